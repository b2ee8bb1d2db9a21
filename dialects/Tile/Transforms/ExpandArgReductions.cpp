//===- ExpandArgReductions.cpp - positions of extrema as reductions -------===//
//
// The greatest element is one reduction, and the least position of an element
// that equals it is another. Each of their steps is a single instruction that
// takes an operand from another lane, where exchanging pairs of value and
// position would take eight.
//
//===----------------------------------------------------------------------===//

#include "dialects/Tile/Transforms/Passes.h"

namespace moesaic::tile {
#define GEN_PASS_DEF_EXPANDARGREDUCTIONS
#include "dialects/Tile/Transforms/Passes.h.inc"
} // namespace moesaic::tile

using namespace mlir;
using namespace moesaic::tile;

/// `values`, without `axis`, repeated along it; a scalar becomes a tile.
static Value spread(OpBuilder &builder, Location loc, Value values,
                    RankedTensorType type, int64_t axis) {
  if (!isTile(values.getType())) {
    return SplatOp::create(builder, loc, type, values);
  }
  SmallVector<int64_t> shape(type.getShape());
  shape[axis] = 1;
  Value unit = ReshapeOp::create(
      builder, loc, getTileType(shape, type.getElementType()), values);
  return BroadcastOp::create(builder, loc, type, unit);
}

/// For every element its position along `axis`.
static Value positions(OpBuilder &builder, Location loc, RankedTensorType type,
                       int64_t axis) {
  int64_t extent = type.getDimSize(axis);
  Value range = RangeOp::create(builder, loc,
                                getTileType({extent}, type.getElementType()));
  SmallVector<int64_t> shape(type.getRank(), 1);
  shape[axis] = extent;
  Value line = ReshapeOp::create(
      builder, loc, getTileType(shape, type.getElementType()), range);
  return BroadcastOp::create(builder, loc, type, line);
}

static void expand(ArgReduceOp op) {
  OpBuilder builder(op);
  Location loc = op.getLoc();
  auto source = cast<RankedTensorType>(op.getSource().getType());
  int64_t axis = op.getAxis();
  RankedTensorType index = getTileType(source.getShape(), builder.getI32Type());
  auto fill = [&](Type type, int64_t value) -> Value {
    TypedAttr attribute = builder.getI32IntegerAttr(value);
    if (auto tile = dyn_cast<RankedTensorType>(type)) {
      attribute = DenseElementsAttr::get(tile, attribute);
    }
    return arith::ConstantOp::create(builder, loc, attribute);
  };

  Value best = ReduceOp::create(builder, loc, op.getValue().getType(),
                                op.getKind(), op.getSource(), axis);
  Value everywhere = spread(builder, loc, best, source, axis);
  Value isBest;
  if (isa<FloatType>(source.getElementType())) {
    isBest = arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::OEQ,
                                   op.getSource(), everywhere);
  } else {
    isBest = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq,
                                   op.getSource(), everywhere);
  }
  // No element equals the result when all are NaN.
  int64_t none = source.getDimSize(axis);
  Value candidates = arith::SelectOp::create(
      builder, loc, isBest, positions(builder, loc, index, axis),
      fill(index, none));
  Type indexType = op.getIndex().getType();
  Value first = ReduceOp::create(builder, loc, indexType, ReduceKind::Min,
                                 candidates, axis);
  if (isa<FloatType>(source.getElementType())) {
    Value isNone = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq,
                                         first, fill(indexType, none));
    first = arith::SelectOp::create(builder, loc, isNone, fill(indexType, 0),
                                    first);
  }
  op.getValue().replaceAllUsesWith(best);
  op.getIndex().replaceAllUsesWith(first);
  op.erase();
}

namespace {
struct ExpandArgReductionsPass
    : public moesaic::tile::impl::ExpandArgReductionsBase<
          ExpandArgReductionsPass> {
  void runOnOperation() override {
    getOperation().getBody().walk([](ArgReduceOp op) { expand(op); });
  }
};
} // namespace
