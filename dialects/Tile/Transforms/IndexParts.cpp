//===- IndexParts.cpp - what of an index is the same in all lanes ---------===//

#include "dialects/Tile/Transforms/IndexParts.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace moesaic::tile;

/// Adds the terms of `index` to `parts`; false when one is of another kind.
static bool collectTerms(Value index, IndexParts &parts) {
  DenseIntElementsAttr elements;
  if (matchPattern(index, m_Constant(&elements)) && elements.isSplat()) {
    parts.constant += elements.getSplatValue<APInt>().getSExtValue();
    return true;
  }
  if (auto add = index.getDefiningOp<arith::AddIOp>()) {
    return collectTerms(add.getLhs(), parts) &&
           collectTerms(add.getRhs(), parts);
  }
  if (auto splat = index.getDefiningOp<SplatOp>()) {
    parts.scalars.push_back(splat.getScalar());
    return true;
  }
  if (auto range = index.getDefiningOp<RangeOp>(); range && !parts.range) {
    parts.range = range;
    return true;
  }
  return false;
}

std::optional<IndexParts> moesaic::tile::splitIndex(Value index) {
  IndexParts parts;
  if (!collectTerms(index, parts) || !parts.range) {
    return std::nullopt;
  }
  return parts;
}
