//===- AssignLayouts.cpp - distribute tiles over lanes --------------------===//
//
// After `LayoutPreferences` has said which layout each tile had best, this
// walks the kernel in program order. What is made only once gets its layout in
// place and asks for its operands in the layouts it needs; everything else is
// made when it is asked for, before the op that made it without a layout. Those
// ops are removed in the end.
//
//===----------------------------------------------------------------------===//

#include "Layout/Algebra.h"
#include "Target/Chips.h"
#include "dialects/Tile/Transforms/LayoutPreferences.h"
#include "dialects/Tile/Transforms/LoopLoads.h"
#include "dialects/Tile/Transforms/Passes.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace moesaic::tile {
#define GEN_PASS_DEF_ASSIGNLAYOUTS
#include "dialects/Tile/Transforms/Passes.h.inc"
} // namespace moesaic::tile

using namespace mlir;
using namespace moesaic;
using namespace moesaic::tile;

static RankedTensorType withLayout(Type type, LayoutAttr layout) {
  auto tile = cast<RankedTensorType>(type);
  return getTileType(tile.getShape(), tile.getElementType(), layout);
}

/// `value`, an attribute of a constant tile, with the type given.
static TypedAttr retype(DenseElementsAttr value, RankedTensorType type) {
  return value.isSplat() ? value.resizeSplat(type) : value.reshape(type);
}

namespace {
class LayoutAssigner {
public:
  LayoutAssigner(KernelOp kernel, const LayoutChoice &choice, int64_t copyBytes)
      : kernel(kernel), choice(choice), copyBytes(copyBytes),
        preferences(kernel, choice), builder(kernel.getContext()) {}

  LogicalResult run();

private:
  LogicalResult checkSupported();
  /// Gives an op that is made once its layout, and asks for its operands.
  void assign(Operation *op);
  void assignControlFlow(Operation *op);
  void assignElementwise(Operation *op);
  /// Sets a tile's layout in place.
  void settle(Value tile, LayoutAttr layout);
  /// Makes every operand of a group the tile that the group has agreed on.
  void demandOperands(Operation *op, LayoutAttr layout);

  /// `tile` in `layout`; `staged`: a tile of many loads shall be loaded as
  /// suits memory and converted, not loaded in `layout`.
  Value demand(Value tile, LayoutAttr layout, bool staged = false);
  Value make(Value tile, LayoutAttr layout, bool staged);
  /// The layout in which to load a tile that is converted to `layout`.
  LayoutAttr getLoadLayout(Value tile, LayoutAttr layout);
  Value remake(Operation *op, LayoutAttr layout, bool staged);
  void demandIndices(Operation *op, MutableOperandRange indices,
                     ArrayRef<int64_t> order, LayoutAttr layout);

  KernelOp kernel;
  const LayoutChoice &choice;
  int64_t copyBytes; ///< What loops copy to LDS at once; 0: they do not.
  LayoutPreferences preferences;
  OpBuilder builder;
  /// Every tile made, by what it was made from, its layout and how.
  DenseMap<std::tuple<Value, LayoutAttr, int>, Value> made;
};

struct AssignLayoutsPass
    : public tile::impl::AssignLayoutsBase<AssignLayoutsPass> {
  using AssignLayoutsBase::AssignLayoutsBase;
  void runOnOperation() override {
    const Chip *chip = findChip(target);
    if (!chip) {
      getOperation().emitError("chip '") << target << "' is not supported";
      return signalPassFailure();
    }
    LayoutChoice choice(*chip, getOperation().getWaves());
    int64_t copyBytes = getCopyBytes(getOperation(), *chip);
    if (failed(LayoutAssigner(getOperation(), choice, copyBytes).run())) {
      signalPassFailure();
    }
  }
};
} // namespace

static bool hasTiles(Operation *op) {
  auto isTileValue = [](Value value) { return isTile(value.getType()); };
  return llvm::any_of(op->getOperands(), isTileValue) ||
         llvm::any_of(op->getResults(), isTileValue);
}

LogicalResult LayoutAssigner::checkSupported() {
  WalkResult result = kernel.getBody().walk([&](Operation *op) {
    if (!hasTiles(op)) {
      return WalkResult::advance();
    }
    for (Type type : op->getResultTypes()) {
      if (getLayout(type)) {
        op->emitOpError("has a layout already");
        return WalkResult::interrupt();
      }
    }
    auto constant = dyn_cast<arith::ConstantOp>(op);
    bool supported =
        isa<RangeOp, SplatOp, BroadcastOp, ReshapeOp, PermuteOp, LoadOp,
            StoreOp, AtomicOp, MmaOp, ReduceOp, ScanOp, HistogramOp, RankOp,
            scf::ForOp, scf::WhileOp, scf::IfOp, scf::YieldOp,
            scf::ConditionOp>(op) ||
        (constant && isa<DenseElementsAttr>(constant.getValue())) ||
        (isElementwise(op) && op->getNumResults() == 1);
    if (!supported) {
      op->emitOpError("cannot be distributed over lanes")
              .attachNote(kernel.getLoc())
          << "in kernel '" << kernel.getSymName() << "'";
      return WalkResult::interrupt();
    }
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

void LayoutAssigner::settle(Value tile, LayoutAttr layout) {
  tile.setType(withLayout(tile.getType(), layout));
  made[{tile, layout, false}] = tile;
}

Value LayoutAssigner::demand(Value tile, LayoutAttr layout, bool staged) {
  Making making = preferences.making(tile);
  if (making == Making::Cheap || layout == preferences.getOrDefault(tile)) {
    staged = staged && making == Making::Relabel;
  }
  std::tuple<Value, LayoutAttr, int> key(tile, layout, staged);
  auto found = made.find(key);
  if (found != made.end()) {
    return found->second;
  }
  Value result = make(tile, layout, staged);
  made[key] = result;
  return result;
}

Value LayoutAssigner::make(Value tile, LayoutAttr layout, bool staged) {
  Making making = preferences.making(tile);
  LayoutAttr own = preferences.getOrDefault(tile);
  bool anew = making == Making::Cheap || making == Making::Relabel ||
              (making == Making::Reload && (!staged || layout == own));
  if (anew) {
    return remake(tile.getDefiningOp(), layout, staged);
  }
  // Loads that suit memory, converted where they are made.
  Value source = making == Making::Reload
                     ? demand(tile, getLoadLayout(tile, layout))
                     : tile;
  OpBuilder::InsertionGuard guard(builder);
  if (auto argument = dyn_cast<BlockArgument>(tile)) {
    builder.setInsertionPointToStart(argument.getOwner());
  } else {
    builder.setInsertionPointAfter(source.getDefiningOp());
  }
  return ConvertLayoutOp::create(builder, tile.getLoc(),
                                 withLayout(tile.getType(), layout), source);
}

LayoutAttr LayoutAssigner::getLoadLayout(Value tile, LayoutAttr layout) {
  LayoutAttr preferred = preferences.getOrDefault(tile);
  auto load = tile.getDefiningOp<LoadOp>();
  if (!load) {
    return preferred;
  }
  auto type = cast<RankedTensorType>(tile.getType());
  AccessFacts facts = preferences.accesses().analyze(load);
  if (copyBytes != 0 && !load.getPad() &&
      isa<scf::ForOp>(load->getParentOp())) {
    if (LayoutAttr copied = choice.ofCopy(type, facts, layout, copyBytes)) {
      return copied;
    }
  }
  return preferred == choice.ofAccess(type, facts)
             ? choice.ofStagedLoad(type, facts, layout)
             : preferred;
}

Value LayoutAssigner::remake(Operation *op, LayoutAttr layout, bool staged) {
  IRMapping mapping;
  if (isa<BroadcastOp, ReshapeOp, PermuteOp>(op)) {
    LayoutAttr source = getSourceLayout(op, layout);
    mapping.map(op->getOperand(0), demand(op->getOperand(0), source, staged));
  } else if (!isa<LoadOp>(op)) {
    for (Value operand : op->getOperands()) {
      if (isTile(operand.getType())) {
        mapping.map(operand, demand(operand, layout, staged));
      }
    }
  }

  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(op);
  auto type = withLayout(op->getResult(0).getType(), layout);
  if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
    auto value = cast<DenseElementsAttr>(constant.getValue());
    return arith::ConstantOp::create(builder, op->getLoc(), type,
                                     retype(value, type));
  }
  Operation *clone = builder.clone(*op, mapping);
  clone->getResult(0).setType(type);
  if (auto load = dyn_cast<LoadOp>(clone)) {
    demandIndices(load, load.getIndicesMutable(), load.getOrder(), layout);
  }
  return clone->getResult(0);
}

void LayoutAssigner::demandIndices(Operation *op, MutableOperandRange indices,
                                   ArrayRef<int64_t> order, LayoutAttr layout) {
  auto axes = getIndexAxes(indices.getAsOperandRange(), order);
  for (auto [operand, ofIndex] : llvm::zip_equal(indices, axes)) {
    if (!ofIndex.empty()) {
      operand.set(demand(operand.get(), getIndexLayout(layout, ofIndex)));
    }
  }
}

void LayoutAssigner::demandOperands(Operation *op, LayoutAttr layout) {
  for (OpOperand &operand : op->getOpOperands()) {
    if (isTile(operand.get().getType())) {
      operand.set(demand(operand.get(), layout));
    }
  }
}

void LayoutAssigner::assignControlFlow(Operation *op) {
  // One layout for all that a group of equal tiles defines here.
  for (const JoinedTiles &group : getJoinedTiles(op)) {
    LayoutAttr layout = preferences.getOrDefault(group.defined.front());
    for (Value value : group.defined) {
      settle(value, layout);
    }
  }
  // Initial values are asked for here, those that a region ends with when its
  // terminator is reached.
  auto demandAll = [&](MutableOperandRange operands, ValueRange like) {
    for (auto [operand, value] : llvm::zip_equal(operands, like)) {
      if (isTile(value.getType())) {
        operand.set(demand(operand.get(), getLayout(value.getType())));
      }
    }
  };
  if (auto loop = dyn_cast<scf::ForOp>(op)) {
    demandAll(loop.getInitArgsMutable(), loop.getRegionIterArgs());
  } else if (auto loop = dyn_cast<scf::WhileOp>(op)) {
    demandAll(loop.getInitsMutable(), loop.getBeforeArguments());
  } else if (auto condition = dyn_cast<scf::ConditionOp>(op)) {
    auto loop = cast<scf::WhileOp>(op->getParentOp());
    demandAll(condition.getArgsMutable(), loop.getResults());
  } else if (auto yield = dyn_cast<scf::YieldOp>(op)) {
    Operation *parent = op->getParentOp();
    auto whileLoop = dyn_cast<scf::WhileOp>(parent);
    demandAll(yield.getResultsMutable(),
              whileLoop ? ValueRange(whileLoop.getBeforeArguments())
                        : ValueRange(parent->getResults()));
  }
}

void LayoutAssigner::assign(Operation *op) {
  if (auto product = dyn_cast<MmaOp>(op)) {
    ProductLayouts layouts = choice.ofProduct(product);
    // What is not loaded as the product wants it goes through LDS.
    product.getAMutable().assign(
        demand(product.getA(), layouts.a, !layouts.direct.a));
    product.getBMutable().assign(
        demand(product.getB(), layouts.b, !layouts.direct.b));
    product.getAccumulatorMutable().assign(
        demand(product.getAccumulator(), layouts.accumulator));
    settle(product.getResult(), layouts.accumulator);
  } else if (auto reduce = dyn_cast<ReduceOp>(op)) {
    LayoutAttr source = preferences.get(reduce.getSource());
    if (!source ||
        !LayoutChoice::reducesWithinWaves(source, reduce.getAxis())) {
      source = choice.ofReduction(
          cast<RankedTensorType>(reduce.getSource().getType()),
          reduce.getAxis());
    }
    reduce.getSourceMutable().assign(demand(reduce.getSource(), source));
    if (isTile(reduce.getType())) {
      settle(reduce.getResult(), getReducedLayout(source, reduce.getAxis()));
    }
  } else if (auto scan = dyn_cast<ScanOp>(op)) {
    LayoutAttr layout = preferences.get(scan.getSource());
    if (!layout || !LayoutChoice::canScan(layout, scan.getAxis())) {
      layout = choice.ofScan(scan.getType(), scan.getAxis());
    }
    demandOperands(op, layout);
    settle(scan.getResult(), layout);
  } else if (auto histogram = dyn_cast<HistogramOp>(op)) {
    demandOperands(op, preferences.getOrDefault(histogram.getKeys()));
    settle(histogram.getResult(),
           preferences.getOrDefault(histogram.getResult()));
  } else if (auto rank = dyn_cast<RankOp>(op)) {
    LayoutAttr layout =
        choice.ofRank(cast<RankedTensorType>(rank.getKeys().getType()));
    demandOperands(op, layout);
    settle(rank.getRanks(), layout);
    settle(rank.getTotals(), preferences.getOrDefault(rank.getTotals()));
  } else if (auto load = dyn_cast<LoadOp>(op)) {
    LayoutAttr layout = preferences.getOrDefault(load.getResult());
    demandIndices(load, load.getIndicesMutable(), load.getOrder(), layout);
    settle(load.getResult(), layout);
  } else if (auto store = dyn_cast<StoreOp>(op)) {
    auto type = cast<RankedTensorType>(store.getValue().getType());
    LayoutAttr layout = preferences.getForStore(store);
    if (!layout) {
      layout = choice.ofAccess(type, preferences.accesses().analyze(store));
    }
    store.getValueMutable().assign(demand(store.getValue(), layout));
    demandIndices(store, store.getIndicesMutable(), store.getOrder(), layout);
  } else if (auto atomic = dyn_cast<AtomicOp>(op)) {
    LayoutAttr layout = preferences.getOrDefault(atomic.getResult());
    for (MutableOperandRange operand :
         {atomic.getValueMutable(), atomic.getExpectedMutable()}) {
      for (OpOperand &use : operand) {
        use.set(demand(use.get(), layout));
      }
    }
    demandIndices(atomic, atomic.getIndicesMutable(), {}, layout);
    settle(atomic.getResult(), layout);
  } else if (isElementwise(op)) {
    LayoutAttr layout = preferences.getOrDefault(op->getResult(0));
    demandOperands(op, layout);
    settle(op->getResult(0), layout);
  } else {
    assignControlFlow(op);
  }
}

LogicalResult LayoutAssigner::run() {
  if (failed(checkSupported())) {
    return failure();
  }
  preferences.run();

  // New ops are inserted during the walk, so it goes over a list.
  SmallVector<Operation *> ops, remade;
  kernel.getBody().walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (hasTiles(op)) {
      ops.push_back(op);
    }
  });
  for (Operation *op : ops) {
    bool once = op->getNumResults() != 1 || op->getNumRegions() > 0 ||
                !isTile(op->getResult(0).getType()) ||
                preferences.making(op->getResult(0)) == Making::Once;
    if (once) {
      assign(op);
    } else {
      remade.push_back(op);
    }
  }
  for (Operation *op : llvm::reverse(remade)) {
    op->erase();
  }
  return success();
}
