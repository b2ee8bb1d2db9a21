//===- ArrayReach.h - arrays that a buffer descriptor covers ----*- C++ -*-===//
//
// A buffer descriptor checks 32-bit offsets against 2 GiB at most. An array is
// in reach when the axes that tiles index span less; scalar indices move the
// 64-bit base and may lead anywhere.
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_DIALECTS_TILE_TRANSFORMS_ARRAYREACH_H
#define MOESAIC_DIALECTS_TILE_TRANSFORMS_ARRAYREACH_H

#include "dialects/Tile/IR/Tile.h"

namespace moesaic::tile {

/// On an access of an array, a bool: it runs only where the array is in reach,
/// or only where it is not.
inline constexpr llvm::StringLiteral inReachAttr = "tile.in_reach";

/// Emits i1: every axis that `view`'s users index with tiles is in reach, with
/// strides that are not negative. `lookup` gives what stands for a scalar.
/// Null when the extents' values alone prove it.
mlir::Value emitInReach(mlir::OpBuilder &builder, ViewOp view,
                        llvm::function_ref<mlir::Value(mlir::Value)> lookup);

/// How an access keeps to the reach of a descriptor in an array of any size,
/// which is row-major, in some order of its axes.
struct Windows {
  /// The contiguous axis, where its index is a uniform position and a range:
  /// the position moves the 64-bit base. -1: none.
  int64_t moved = -1;
  /// The axis whose positions are cut into windows, each of which has a base.
  /// -1: one base is enough.
  int64_t cut = -1;
};

/// Nothing when an access that tiles index along these axes needs more than
/// windows along one of them.
std::optional<Windows> planWindows(ViewOp view, mlir::ValueRange indices);

} // namespace moesaic::tile

#endif
