//===- ChipModel.cpp - what the simulated chips do differently ------------===//

#include "Sim/ChipModel.h"
#include <cstring>

using namespace moesaic::sim;

// gfx90a: "AMD Instinct MI200" ISA guide; the flush of denormals is AMD's
// statement on MI200's MFMA and V_DOT2. gfx942, gfx950: "MI300" and "CDNA4" ISA
// guides. gfx1100, gfx1200, gfx1201: "RDNA3" and "RDNA4" ISA guides.
// Architected scratch: LLVM's AMDGPUUsage, "Initial Kernel Execution State".
// gfx950's 160 KiB of LDS need 18 address bits.
static constexpr ChipModel models[] = {
    {"gfx90a", /*generation=*/9, /*ocpFp8=*/false,
     /*matrixFlushesDenormals=*/true,
     /*f64MatrixNegates=*/false, /*architectedScratch=*/false,
     /*ldsAddressMask=*/0xffff, /*dies=*/1},
    {"gfx942", /*generation=*/9, /*ocpFp8=*/false,
     /*matrixFlushesDenormals=*/false,
     /*f64MatrixNegates=*/true, /*architectedScratch=*/true,
     /*ldsAddressMask=*/0xffff, /*dies=*/8},
    {"gfx950", /*generation=*/9, /*ocpFp8=*/true,
     /*matrixFlushesDenormals=*/false,
     /*f64MatrixNegates=*/true, /*architectedScratch=*/true,
     /*ldsAddressMask=*/0x3ffff, /*dies=*/8},
    {"gfx1100", /*generation=*/11, /*ocpFp8=*/false,
     /*matrixFlushesDenormals=*/false, /*f64MatrixNegates=*/false,
     /*architectedScratch=*/true, /*ldsAddressMask=*/0xffff, /*dies=*/1},
    {"gfx1200", /*generation=*/12, /*ocpFp8=*/true,
     /*matrixFlushesDenormals=*/false, /*f64MatrixNegates=*/false,
     /*architectedScratch=*/true, /*ldsAddressMask=*/0xffff, /*dies=*/1},
    {"gfx1201", /*generation=*/12, /*ocpFp8=*/true,
     /*matrixFlushesDenormals=*/false, /*f64MatrixNegates=*/false,
     /*architectedScratch=*/true, /*ldsAddressMask=*/0xffff, /*dies=*/1},
};

const ChipModel *moesaic::sim::findChipModel(const char *name) {
  for (const ChipModel &model : models) {
    if (!strcmp(model.name, name)) {
      return &model;
    }
  }
  return nullptr;
}
