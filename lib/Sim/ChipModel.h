//===- ChipModel.h - what the simulated chips do differently ----*- C++ -*-===//
//
// The disassembler already rejects what a chip lacks, so that one table of
// opcodes serves all chips. Here are the facts that change the meaning of an
// instruction that several chips share. Plain data: vector semantics include
// it.
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_SIM_CHIPMODEL_H
#define MOESAIC_SIM_CHIPMODEL_H

#include <cstdint>

namespace moesaic::sim {

struct ChipModel {
  const char *name;
  /// fp8 and bf8 are the OCP formats E4M3 and E5M2, not the FNUZ ones.
  bool ocpFp8;
  /// MFMA and dot products of f16 and bf16 take denormal inputs, and give
  /// denormal results, as zeros.
  bool matrixFlushesDenormals;
  /// BLGP of f64 MFMA flips signs; before it permuted lanes as elsewhere.
  bool f64MatrixNegates;
  /// Waves start with their scratch set up. Before, buffer instructions reach
  /// it through a swizzled descriptor in s[0:3].
  bool architectedScratch;
  /// Bits of M0 that are the LDS address of a load to LDS.
  uint32_t ldsAddressMask;
};

/// The model of the chip called `name`, or null.
const ChipModel *findChipModel(const char *name);

/// Base bits 47:32 of the scratch descriptor that waves start with: above every
/// host address, so that buffer instructions recognise it.
constexpr uint32_t kScratchDescriptor = 0xffff;

} // namespace moesaic::sim

#endif
