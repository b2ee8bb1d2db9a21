//===- LaneScratch.h - LDS that operations across lanes need ----*- C++ -*-===//

#ifndef MOESAIC_DIALECTS_TILE_TRANSFORMS_LANESCRATCH_H
#define MOESAIC_DIALECTS_TILE_TRANSFORMS_LANESCRATCH_H

#include "dialects/Tile/IR/Tile.h"

namespace moesaic::tile {

/// The buffer that a scan, a histogram or a rank with layouts needs in a kernel
/// of `waves` waves; null when it needs none.
///
/// - scan: [groups of registers, lanes across the axis, waves], the total of
///   each wave; nothing when no wave needs another's.
/// - histogram: [bins], the counters.
/// - rank: [waves, bins], the counters of each wave.
SharedType getScratchType(mlir::Operation *op, int64_t waves);

/// A buffer in row-major order.
SharedType getRowMajorShared(llvm::ArrayRef<int64_t> shape, mlir::Type element);

} // namespace moesaic::tile

#endif
