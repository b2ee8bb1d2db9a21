//===- VerifyLayouts.cpp - check that layouts fit together ----------------===//

#include "Layout/Algebra.h"
#include "dialects/Tile/Transforms/LaneScratch.h"
#include "dialects/Tile/Transforms/LayoutChoice.h"
#include "dialects/Tile/Transforms/Passes.h"

namespace moesaic::tile {
#define GEN_PASS_DEF_VERIFYLAYOUTS
#include "dialects/Tile/Transforms/Passes.h.inc"
} // namespace moesaic::tile

using namespace mlir;
using namespace moesaic;
using namespace moesaic::tile;

namespace {
class LayoutVerifier {
public:
  LayoutVerifier(KernelOp kernel, const Chip &chip)
      : kernel(kernel), chip(chip), choice(chip, kernel.getWaves()) {}

  /// Checks one op whose regions are checked on their own.
  LogicalResult verify(Operation *op);

private:
  LogicalResult verifyTile(Operation *op, Value tile);
  LogicalResult expect(Operation *op, Value tile, const LinearLayout &map,
                       StringRef what);
  LogicalResult verifyAccess(Operation *op, Type tile, ValueRange indices,
                             ArrayRef<int64_t> order);
  LogicalResult verifyScratch(Operation *op, Value scratch);

  KernelOp kernel;
  const Chip &chip;
  LayoutChoice choice;
};

struct VerifyLayoutsPass
    : public tile::impl::VerifyLayoutsBase<VerifyLayoutsPass> {
  using VerifyLayoutsBase::VerifyLayoutsBase;
  void runOnOperation() override;
};
} // namespace

static LinearLayout mapOf(Value tile) {
  return getLayout(tile.getType()).getMap();
}

LogicalResult LayoutVerifier::verifyTile(Operation *op, Value tile) {
  LayoutAttr layout = getLayout(tile.getType());
  if (!layout) {
    return op->emitOpError("has a tile without a layout");
  }
  const LinearLayout &map = layout.getMap();
  if (int64_t(map.size(laneInput)) != chip.waveSize ||
      map.size(waveInput) != kernel.getWaves()) {
    return op->emitOpError("expected a layout of ")
           << chip.waveSize << " lanes and " << kernel.getWaves()
           << " waves, got " << map.size(laneInput) << " and "
           << map.size(waveInput);
  }
  if (!isSurjective(map)) {
    return op->emitOpError("has a layout that does not hold every element");
  }
  return success();
}

LogicalResult LayoutVerifier::expect(Operation *op, Value tile,
                                     const LinearLayout &map, StringRef what) {
  if (mapOf(tile) == map) {
    return success();
  }
  return op->emitOpError("expected ") << what << " to have the layout "
                                      << getDerivedLayout(op->getContext(), map)
                                      << ", got " << getLayout(tile.getType());
}

LogicalResult LayoutVerifier::verifyAccess(Operation *op, Type tile,
                                           ValueRange indices,
                                           ArrayRef<int64_t> order) {
  if (!isTile(tile)) {
    return success();
  }
  auto axes = getIndexAxes(indices, order);
  for (auto [index, ofIndex] : llvm::zip_equal(indices, axes)) {
    if (!ofIndex.empty() &&
        failed(expect(op, index, keepAxes(getLayout(tile).getMap(), ofIndex),
                      "an index"))) {
      return failure();
    }
  }
  return success();
}

LogicalResult LayoutVerifier::verifyScratch(Operation *op, Value scratch) {
  SharedType wanted = getScratchType(op, kernel.getWaves());
  if (scratch ? scratch.getType() == wanted : !wanted) {
    return success();
  }
  InFlightDiagnostic error = op->emitOpError("expected ");
  error << (wanted ? "scratch of type " : "no scratch");
  if (wanted) {
    error << wanted;
  }
  return error;
}

LogicalResult LayoutVerifier::verify(Operation *op) {
  for (ValueRange values :
       {ValueRange(op->getOperands()), ValueRange(op->getResults())}) {
    for (Value value : values) {
      if (isTile(value.getType()) && failed(verifyTile(op, value))) {
        return failure();
      }
    }
  }
  if (auto load = dyn_cast<LoadOp>(op)) {
    return verifyAccess(op, load.getType(), load.getIndices(), load.getOrder());
  }
  if (auto copy = dyn_cast<SharedCopyOp>(op)) {
    return verifyAccess(op, copy.getTileType(), copy.getIndices(),
                        copy.getOrder());
  }
  if (auto store = dyn_cast<StoreOp>(op)) {
    return verifyAccess(op, store.getValue().getType(), store.getIndices(),
                        store.getOrder());
  }
  if (auto atomic = dyn_cast<AtomicOp>(op)) {
    if (!isTile(atomic.getType())) {
      return success();
    }
    for (Value operand : {atomic.getValue(), atomic.getExpected()}) {
      if (operand && failed(expect(op, operand, mapOf(atomic.getResult()),
                                   "every operand"))) {
        return failure();
      }
    }
    return verifyAccess(op, atomic.getType(), atomic.getIndices(), {});
  }
  if (isa<BroadcastOp, ReshapeOp, PermuteOp>(op)) {
    LayoutAttr source =
        getSourceLayout(op, getLayout(op->getResult(0).getType()));
    return expect(op, op->getOperand(0), source.getMap(), "the source");
  }
  if (auto product = dyn_cast<MmaOp>(op)) {
    ProductLayouts layouts = choice.ofProduct(product);
    return success(
        succeeded(expect(op, product.getA(), layouts.a.getMap(), "'a'")) &&
        succeeded(expect(op, product.getB(), layouts.b.getMap(), "'b'")) &&
        succeeded(expect(op, product.getAccumulator(),
                         layouts.accumulator.getMap(), "the accumulator")));
  }
  if (auto reduce = dyn_cast<ReduceOp>(op)) {
    LayoutAttr source = getLayout(reduce.getSource().getType());
    if (!LayoutChoice::reducesWithinWaves(source, reduce.getAxis())) {
      return op->emitOpError("expected axis ")
             << reduce.getAxis() << " to lie within a wave, got " << source;
    }
    return isTile(reduce.getType())
               ? expect(op, reduce.getResult(),
                        removeAxis(source.getMap(), reduce.getAxis()),
                        "the result")
               : success();
  }
  if (auto scan = dyn_cast<ScanOp>(op)) {
    LayoutAttr layout = getLayout(scan.getType());
    if (!LayoutChoice::canScan(layout, scan.getAxis())) {
      return op->emitOpError("expected every bit of axis ")
             << scan.getAxis() << " to have one holder, got " << layout;
    }
    return verifyScratch(op, scan.getScratch());
  }
  if (auto histogram = dyn_cast<HistogramOp>(op)) {
    return verifyScratch(op, histogram.getScratch());
  }
  if (auto rank = dyn_cast<RankOp>(op)) {
    auto keys = cast<RankedTensorType>(rank.getKeys().getType());
    return success(
        succeeded(expect(op, rank.getKeys(), choice.ofRank(keys).getMap(),
                         "the keys")) &&
        succeeded(verifyScratch(op, rank.getScratch())));
  }
  // Element-wise operations check their types themselves.
  return success();
}

void VerifyLayoutsPass::runOnOperation() {
  KernelOp kernel = getOperation();
  const Chip *chip = findChip(target);
  if (!chip) {
    kernel.emitError("chip '") << target << "' is not supported";
    return signalPassFailure();
  }
  LayoutVerifier verifier(kernel, *chip);
  WalkResult result = kernel.getBody().walk([&](Operation *op) {
    return failed(verifier.verify(op)) ? WalkResult::interrupt()
                                       : WalkResult::advance();
  });
  if (result.wasInterrupted()) {
    signalPassFailure();
  }
}
