//===- Corpus.cpp - compiling the corpus ----------------------------------===//

#include "Corpus.h"

using llvm::StringRef;
using namespace moesaic::sim;
using namespace moesaic::sim::test;

std::vector<std::string> moesaic::sim::test::testedChips(Chips chips) {
  std::vector<std::string> names = {"gfx90a", "gfx942", "gfx950"};
  if (chips == Chips::All) {
    names.insert(names.end(), {"gfx1100", "gfx1200", "gfx1201"});
  }
  return names;
}

Gpu &Corpus::compiled(const std::string &source,
                      std::vector<std::string> options) {
  // Division and square root as IEEE 754 has them.
  options.insert(options.end(),
                 {level(), "-cl-fp32-correctly-rounded-divide-sqrt",
                  "-I" MOESAIC_SIM_CORPUS});
  auto object = compileOpenCL(source, options, chip());
  gpu = std::make_unique<Gpu>(object.get(), chip());
  return *gpu;
}

Gpu &Corpus::compiledHip(const std::string &source,
                         std::vector<std::string> options) {
  options.push_back(level());
  auto object = compileHip(source, options, chip());
  gpu = std::make_unique<Gpu>(object.get(), chip());
  return *gpu;
}

testing::internal::ParamGenerator<CorpusCase>
moesaic::sim::test::corpusCases(Chips chips) {
  std::vector<CorpusCase> cases;
  bool all = getenv("MOESAIC_LONG"), lower = false;
  for (const std::string &chip : testedChips(chips)) {
    for (const char *level : {"-O0", "-O1", "-O3"}) {
      bool chosen = StringRef(level) == (lower ? "-O1" : "-O0");
      if (all || chosen || StringRef(level) == "-O3") {
        cases.emplace_back(chip, level);
      }
    }
    lower = !lower;
  }
  return testing::ValuesIn(cases);
}

std::string
moesaic::sim::test::corpusName(const testing::TestParamInfo<CorpusCase> &info) {
  return std::get<0>(info.param) + "_" + (std::get<1>(info.param) + 1);
}
