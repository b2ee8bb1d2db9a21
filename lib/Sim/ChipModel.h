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
  /// The GFX version's major number: 9, 11 or 12. From 11 on waves of 32 and of
  /// 64 lanes exist, 16-bit results keep the other half of their register, and
  /// stores have a counter of their own.
  uint8_t generation;
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
  uint8_t dies; ///< Workgroups go to them in turn.
};

static inline bool isRdna(const ChipModel &chip) { return chip.generation > 9; }

/// The model of the chip called `name`, or null.
const ChipModel *findChipModel(const char *name);

/// Base bits 47:32 of the scratch descriptor that waves start with: above every
/// host address, so that buffer instructions recognise it.
constexpr uint32_t kScratchDescriptor = 0xffff;

} // namespace moesaic::sim

#endif
