//===- Occupancy.cpp - waves per SIMD -------------------------------------===//

#include "Report/KernelReport.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>

using namespace llvm;
using namespace moesaic;
using namespace moesaic::report;

/// Waves per SIMD that the scalar registers allow. Chips with waves of 64 share
/// 800 of them, in granules of 16; later ones give every wave its full set.
static int wavesByScalars(const Chip &chip, unsigned sgprs) {
  constexpr int sharedScalars = 800, granule = 16;
  if (chip.waveSize != 64 || sgprs == 0) {
    return chip.maxWavesPerSimd;
  }
  return sharedScalars / int(alignTo(sgprs, granule));
}

/// Vector registers that a lane allocates; AGPRs begin at a multiple of four
/// behind the others.
static unsigned vectorRegisters(const KernelResources &kernel) {
  return alignTo(kernel.vgprs, kernel.agprs ? 4 : 1) + kernel.agprs;
}

Occupancy moesaic::report::computeOccupancy(const Chip &chip,
                                            const KernelResources &kernel) {
  int simds = chip.simdsPerCu * chip.cusSharingLds;
  int waves = std::max(1, int(divideCeil(kernel.workgroupSize, chip.waveSize)));
  unsigned registers =
      std::max<unsigned>(alignTo(vectorRegisters(kernel), chip.vgprGranule), 1);
  int byVectors =
      std::min<int>(chip.maxWavesPerSimd, chip.vgprsPerLane / registers);
  int byScalars = wavesByScalars(chip, kernel.sgprs);

  std::pair<int, StringRef> limits[] = {
      {chip.maxWavesPerSimd * simds / waves, "wave slots"},
      {byVectors * simds / waves, "VGPRs"},
      {byScalars * simds / waves, "SGPRs"},
      {kernel.ldsBytes == 0
           ? INT_MAX
           : chip.ldsBytes * chip.cusSharingLds / int(kernel.ldsBytes),
       "LDS"}};
  auto least =
      std::min_element(std::begin(limits), std::end(limits),
                       [](auto &a, auto &b) { return a.first < b.first; });
  Occupancy result;
  result.wavesPerSimd = double(least->first) * waves / simds;
  result.workgroupsPerCu = least->first / chip.cusSharingLds;
  result.limiter = least->second;
  return result;
}

std::optional<OccupancyStep>
moesaic::report::nextOccupancy(const Chip &chip,
                               const KernelResources &kernel) {
  Occupancy now = computeOccupancy(chip, kernel);
  unsigned registers = vectorRegisters(kernel);
  if (now.limiter != "VGPRs") {
    return std::nullopt;
  }
  for (unsigned fewer = registers; fewer >= registers - registers / 8;
       --fewer) {
    KernelResources smaller = kernel;
    smaller.vgprs = fewer;
    smaller.agprs = 0;
    if (computeOccupancy(chip, smaller).wavesPerSimd > now.wavesPerSimd) {
      return OccupancyStep{registers, fewer};
    }
  }
  return std::nullopt;
}
