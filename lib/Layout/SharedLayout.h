//===- SharedLayout.h - buffers in LDS --------------------------*- C++ -*-===//
//
// A shared layout is a bijection from the offset in a buffer, in elements, to
// the element of the tile.
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_LAYOUT_SHAREDLAYOUT_H
#define MOESAIC_LAYOUT_SHAREDLAYOUT_H

#include "Layout/BankConflicts.h"

namespace moesaic {

/// A layout of the buffer through which a tile goes from `write` to `read`:
/// reads are as wide as can be, at most 16 bytes, writes too where both agree,
/// and neither has bank conflicts where that is possible. Where transposing
/// reads cost less, the buffer is made for them.
LinearLayout swizzledSharedLayout(int64_t elementBits,
                                  const LinearLayout &write,
                                  const LinearLayout &read, SharedReads reads);

/// Row-major without a swizzle.
LinearLayout rowMajorSharedLayout(llvm::ArrayRef<int64_t> shape);

/// What an instruction costs a wave, in instructions on registers: all waves of
/// a compute unit share the path to LDS, and that to memory is narrower still.
constexpr int64_t sharedAccessCost = 2, memoryAccessCost = 3;

/// What the way through a buffer costs a wave: accesses, moves of elements
/// between registers that bring together what is written at once, and cycles
/// lost to bank conflicts.
int64_t sharedCost(int64_t elementBits, const LinearLayout &write,
                   const LinearLayout &shared, const LinearLayout &read,
                   SharedReads reads);

} // namespace moesaic

#endif
