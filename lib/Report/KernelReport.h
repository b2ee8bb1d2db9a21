//===- KernelReport.h - what a kernel costs on a chip -----------*- C++ -*-===//
//
// Figures of one kernel's machine code: registers, LDS, occupancy, the matrix
// loop, the roofline. Text for people, JSON for tools; a saved report is the
// baseline of a later one. Counts are facts of the code object; cycles, shares
// and rooflines are modelled, and are called so.
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_REPORT_KERNELREPORT_H
#define MOESAIC_REPORT_KERNELREPORT_H

#include "Report/MatrixLoop.h"
#include "Target/Chips.h"
#include "Target/CodeObject.h"
#include "llvm/Support/JSON.h"

namespace moesaic::report {

/// How many waves stay on a SIMD at once, and why not more.
struct Occupancy {
  int workgroupsPerCu = 0;
  double wavesPerSimd = 0;
  llvm::StringRef limiter; ///< "VGPRs", "LDS", "SGPRs" or "wave slots".
};

Occupancy computeOccupancy(const Chip &chip, const KernelResources &kernel);

/// How few vector registers would let another workgroup stay.
struct OccupancyStep {
  unsigned registers;        ///< As it is, AGPRs included.
  unsigned registersForMore; ///< At most an eighth less.
};
std::optional<OccupancyStep> nextOccupancy(const Chip &chip,
                                           const KernelResources &kernel);

/// What the chip could reach at the loop's ratio of products to bytes loaded.
struct Roofline {
  double flopsPerByte = 0;
  double boundTflops = 0;
  double peakTflops = 0;
};

struct KernelReport {
  const Chip *chip = nullptr;
  KernelResources resources;
  Occupancy occupancy;
  std::optional<MatrixLoop> loop;
  std::optional<Roofline> roofline;
};

/// Reports on every kernel of a code object for `chip`.
llvm::Expected<std::vector<KernelReport>> makeReports(const Chip &chip,
                                                      llvm::StringRef object);

/// A named figure of a report, as JSON, baselines and limits call it.
struct Figure {
  llvm::StringRef name; ///< "vgprs", "instructions_per_matrix", ...
  double value;
  bool moreIsBetter;
};

/// All figures that the report has, in the order of the text.
std::vector<Figure> figuresOf(const KernelReport &report);

/// The names of all figures that some report may have.
llvm::ArrayRef<llvm::StringRef> figureNames();

void printText(const KernelReport &report, llvm::raw_ostream &out);
llvm::json::Value toJson(llvm::ArrayRef<KernelReport> reports);

/// What changed against a report that `toJson` made: one line per figure that
/// differs, "better" or "worse" said; kernels that only one side has.
llvm::Expected<std::string> compare(llvm::ArrayRef<KernelReport> reports,
                                    llvm::StringRef baselineJson);

/// An upper bound, or a lower one for figures of which more is better.
struct Limit {
  std::string figure;
  double bound;
};

/// Parses "vgprs=160".
llvm::Expected<Limit> parseLimit(llvm::StringRef text);

/// One line per violated limit.
std::vector<std::string> checkLimits(llvm::ArrayRef<KernelReport> reports,
                                     llvm::ArrayRef<Limit> limits);

} // namespace moesaic::report

#endif
