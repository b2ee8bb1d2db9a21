//===- TileCanonicalize.cpp - folds and canonical forms -------------------===//
//
// The one that matters for code: a permute of a load becomes the load's order,
// so that a transposed operand costs no data movement.
//
//===----------------------------------------------------------------------===//

#include "dialects/Tile/IR/Tile.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace moesaic::tile;

/// A splat constant of another type, or null when `source` is not a splat.
static Attribute resplat(Attribute source, Type type) {
  auto splat = dyn_cast_if_present<SplatElementsAttr>(source);
  return splat ? splat.resizeSplat(cast<ShapedType>(type)) : Attribute();
}

OpFoldResult SplatOp::fold(FoldAdaptor adaptor) {
  if (!adaptor.getScalar()) {
    return {};
  }
  return DenseElementsAttr::get(cast<ShapedType>(getType()),
                                adaptor.getScalar());
}

OpFoldResult BroadcastOp::fold(FoldAdaptor adaptor) {
  if (getSource().getType() == getType()) {
    return getSource();
  }
  return resplat(adaptor.getSource(), getType());
}

OpFoldResult ReshapeOp::fold(FoldAdaptor adaptor) {
  if (getSource().getType() == getType()) {
    return getSource();
  }
  return resplat(adaptor.getSource(), getType());
}

OpFoldResult PermuteOp::fold(FoldAdaptor adaptor) {
  if (llvm::is_sorted(getOrder()) && getSource().getType() == getType()) {
    return getSource();
  }
  return resplat(adaptor.getSource(), getType());
}

OpFoldResult ConvertLayoutOp::fold(FoldAdaptor adaptor) {
  if (getSource().getType() == getType()) {
    return getSource();
  }
  return resplat(adaptor.getSource(), getType());
}

/// reshape(reshape(x)) = reshape(x).
static LogicalResult mergeReshapes(ReshapeOp op, PatternRewriter &rewriter) {
  auto inner = op.getSource().getDefiningOp<ReshapeOp>();
  if (!inner) {
    return rewriter.notifyMatchFailure(op, "the source is not a reshape");
  }
  rewriter.modifyOpInPlace(
      op, [&] { op.getSourceMutable().assign(inner.getSource()); });
  return success();
}

void ReshapeOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                            MLIRContext *) {
  patterns.add(mergeReshapes);
}

/// The order that permutes by `first`, then by `second`.
static SmallVector<int64_t> compose(ArrayRef<int64_t> first,
                                    ArrayRef<int64_t> second) {
  if (first.empty()) {
    return SmallVector<int64_t>(second);
  }
  return llvm::map_to_vector(second, [&](int64_t axis) { return first[axis]; });
}

/// permute(permute(x)) = permute(x).
static LogicalResult mergePermutes(PermuteOp op, PatternRewriter &rewriter) {
  auto inner = op.getSource().getDefiningOp<PermuteOp>();
  if (!inner) {
    return rewriter.notifyMatchFailure(op, "the source is not a permute");
  }
  rewriter.replaceOpWithNewOp<PermuteOp>(
      op, op.getType(), inner.getSource(),
      compose(inner.getOrder(), op.getOrder()));
  return success();
}

/// permute(load) = load with an order.
static LogicalResult foldPermuteIntoLoad(PermuteOp op,
                                         PatternRewriter &rewriter) {
  auto load = op.getSource().getDefiningOp<LoadOp>();
  if (!load || !load->hasOneUse()) {
    return rewriter.notifyMatchFailure(op,
                                       "the source is not a load with one use");
  }
  // The new load takes the old one's place: a store may lie in between.
  rewriter.setInsertionPoint(load);
  auto folded = LoadOp::create(
      rewriter, load.getLoc(), op.getType(), load.getArray(), load.getIndices(),
      load.getPad(), compose(load.getOrder(), op.getOrder()),
      load.getInBounds());
  rewriter.replaceOp(op, folded.getResult());
  rewriter.eraseOp(load);
  return success();
}

void PermuteOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                            MLIRContext *) {
  patterns.add(mergePermutes);
  patterns.add(foldPermuteIntoLoad);
}
