//===- BlockedLayout.h - coalesced layouts of loads and stores --*- C++ -*-===//

#ifndef MOESAIC_LAYOUT_BLOCKEDLAYOUT_H
#define MOESAIC_LAYOUT_BLOCKEDLAYOUT_H

#include "Layout/LinearLayout.h"

namespace moesaic {

/// A layout for access to memory in which `axisOrder[0]` is the fastest axis,
/// `axisOrder[1]` the next, and so on (all axes, each once). Along that order
/// lie `vectorElements` registers (within the fastest axis), then lanes, then
/// waves, then the remaining registers. A tile with fewer elements is
/// replicated over the waves, then over the lanes, that are left. The numbers
/// are powers of two. `fastest`, pairs of an axis and a step along it, come
/// before everything else. What lies `next` elements further, in row-major
/// order, comes behind the vector: the first `kept` of these bits in registers
/// of the same lane, the others in the lowest bits of the lane.
LinearLayout
blockedLayout(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> axisOrder,
              int64_t vectorElements, int64_t lanes, int64_t waves,
              llvm::ArrayRef<std::pair<int64_t, int64_t>> fastest = {},
              llvm::ArrayRef<uint32_t> next = {}, unsigned kept = 0);

/// The order of the axes of a row-major tile: the last is the fastest.
llvm::SmallVector<int64_t> rowMajorOrder(unsigned rank);

} // namespace moesaic

#endif
