//===- TileLaneOps.cpp - checks and folds of scans, ranks and the like ----===//

#include "dialects/Tile/IR/Tile.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace moesaic::tile;

static RankedTensorType tileType(Value value) {
  return cast<RankedTensorType>(value.getType());
}

static LogicalResult verifyAxis(Operation *op, Value source, int64_t axis) {
  int64_t rank = tileType(source).getRank();
  if (axis < 0 || axis >= rank) {
    return op->emitOpError("expected an axis from 0 to ")
           << rank - 1 << ", got " << axis;
  }
  return success();
}

LogicalResult ScanOp::verify() {
  if (failed(verifyAxis(*this, getSource(), getAxis()))) { // scan_c1
    return failure();
  }
  if (getKind() != ReduceKind::Add && getKind() != ReduceKind::Max &&
      getKind() != ReduceKind::Min) { // scan_c2
    return emitOpError("expected 'add', 'max' or 'min', got '")
           << stringifyReduceKind(getKind()) << "'";
  }
  return success();
}

OpFoldResult ScanOp::fold(FoldAdaptor) {
  bool alone = tileType(getSource()).getDimSize(getAxis()) == 1;
  return alone && !getExclusive() ? getSource() : Value();
}

LogicalResult ArgReduceOp::verify() {
  if (failed(verifyAxis(*this, getSource(), getAxis()))) { // arg_reduce_c1
    return failure();
  }
  if (getKind() != ReduceKind::Max && getKind() != ReduceKind::Min) {
    // arg_reduce_c2
    return emitOpError("expected 'max' or 'min', got '")
           << stringifyReduceKind(getKind()) << "'";
  }
  SmallVector<int64_t> shape(tileType(getSource()).getShape());
  shape.erase(shape.begin() + getAxis());
  auto isReduced = [&](Value result, Type element) {
    auto tile = dyn_cast<RankedTensorType>(result.getType());
    return getElementTypeOrSelf(result) == element &&
           (shape.empty() ? !tile : tile && tile.getShape() == ArrayRef(shape));
  };
  if (!isReduced(getValue(), tileType(getSource()).getElementType()) ||
      !isReduced(getIndex(),
                 IntegerType::get(getContext(), 32))) { // arg_reduce_c3
    return emitOpError("expected results of shape [")
           << shape << "] with elements of type "
           << tileType(getSource()).getElementType() << " and 'i32', got "
           << getValue().getType() << " and " << getIndex().getType();
  }
  return success();
}

/// Without its position, the greatest element is a reduction.
static LogicalResult dropUnusedIndex(ArgReduceOp op,
                                     PatternRewriter &rewriter) {
  if (!op.getIndex().use_empty()) {
    return rewriter.notifyMatchFailure(op, "the index is used");
  }
  auto reduce = ReduceOp::create(rewriter, op.getLoc(), op.getValue().getType(),
                                 op.getKind(), op.getSource(), op.getAxis());
  rewriter.replaceAllUsesWith(op.getValue(), reduce);
  rewriter.eraseOp(op);
  return success();
}

void ArgReduceOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                              MLIRContext *) {
  patterns.add(dropUnusedIndex);
}

/// Checks that what counts keys is a list of counters.
static LogicalResult verifyCounters(Operation *op, Value counters) {
  if (tileType(counters).getRank() != 1) {
    return op->emitOpError("expected counters of rank 1, got rank ")
           << tileType(counters).getRank();
  }
  return success();
}

LogicalResult HistogramOp::verify() {
  return verifyCounters(*this, getResult()); // histogram_c1
}

LogicalResult RankOp::verify() {
  return verifyCounters(*this, getTotals()); // rank_c1
}

/// Without ranks, the totals are a histogram.
static LogicalResult dropUnusedRanks(RankOp op, PatternRewriter &rewriter) {
  if (!op.getRanks().use_empty() || op.getScratch()) {
    return rewriter.notifyMatchFailure(op, "the ranks are used");
  }
  auto histogram =
      HistogramOp::create(rewriter, op.getLoc(), op.getTotals().getType(),
                          op.getKeys(), /*scratch=*/Value());
  rewriter.replaceAllUsesWith(op.getTotals(), histogram);
  rewriter.eraseOp(op);
  return success();
}

void RankOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                         MLIRContext *) {
  patterns.add(dropUnusedRanks);
}
