//===- IndexParts.h - what of an index is the same in all lanes -*- C++ -*-===//
//
// An index tile such as `k + range(64)` is a uniform position plus a range that
// starts at zero. The position can move an access through a scalar register,
// and where it lies between bounds the whole index does.
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_DIALECTS_TILE_TRANSFORMS_INDEXPARTS_H
#define MOESAIC_DIALECTS_TILE_TRANSFORMS_INDEXPARTS_H

#include "dialects/Tile/IR/Tile.h"

namespace moesaic::tile {

/// An index tile as the sum of scalars, a constant and 0, 1, ... extent - 1.
struct IndexParts {
  llvm::SmallVector<mlir::Value> scalars;
  int64_t constant = 0;
  RangeOp range;
};

/// The parts of `index`; nothing when it is no such sum.
std::optional<IndexParts> splitIndex(mlir::Value index);

} // namespace moesaic::tile

#endif
