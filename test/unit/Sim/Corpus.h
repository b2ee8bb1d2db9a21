//===- Corpus.h - kernels that run on every chip ----------------*- C++ -*-===//
//
// The corpus is made of small kernels in OpenCL C and HIP. Each source is
// compiled by clang for every chip, without, with some and with all
// optimisation; what it computes is checked against host arithmetic, and the
// checker must be silent.
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_TEST_SIM_CORPUS_H
#define MOESAIC_TEST_SIM_CORPUS_H

#include "Harness.h"
#include <memory>

namespace moesaic::sim::test {

/// A chip and an optimisation level.
using CorpusCase = std::tuple<std::string, const char *>;

/// The chips that a part of the corpus runs on: those whose waves have 64
/// lanes, or all, with RDNA in its waves of 32.
enum class Chips { Wave64, All };
std::vector<std::string> testedChips(Chips chips);

class Corpus : public testing::TestWithParam<CorpusCase> {
protected:
  const std::string &chip() const { return std::get<0>(GetParam()); }
  const char *level() const { return std::get<1>(GetParam()); }
  bool isRdna() const { return chip().rfind("gfx1", 0) == 0; }
  bool isCdna3() const { return chip() == "gfx942" || chip() == "gfx950"; }

  /// A device with `source`, OpenCL C or HIP, compiled for this case.
  Gpu &compiled(const std::string &source,
                std::vector<std::string> options = {});
  Gpu &compiledHip(const std::string &source,
                   std::vector<std::string> options = {});

private:
  std::unique_ptr<Gpu> gpu;
};

/// Every chip at -O3 and at one lower level; with MOESAIC_LONG in the
/// environment, at -O0, -O1 and -O3.
testing::internal::ParamGenerator<CorpusCase>
corpusCases(Chips chips = Chips::Wave64);
std::string corpusName(const testing::TestParamInfo<CorpusCase> &info);

} // namespace moesaic::sim::test

#endif
