//===- LayoutPreferences.cpp - which layout each tile had best ------------===//

#include "dialects/Tile/Transforms/LayoutPreferences.h"
#include "Layout/Algebra.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace moesaic;
using namespace moesaic::tile;

bool moesaic::tile::isElementwise(Operation *op) {
  return op->hasTrait<OpTrait::Elementwise>() || isa<SigmoidOp>(op);
}

SmallVector<JoinedTiles> moesaic::tile::getJoinedTiles(Operation *op) {
  SmallVector<JoinedTiles> groups;
  // Each list has one value per group; scalars drop out.
  auto add = [&](std::initializer_list<ValueRange> defined,
                 std::initializer_list<ValueRange> given) {
    for (size_t i = 0, count = defined.begin()->size(); i < count; ++i) {
      if (isTile((*defined.begin())[i].getType())) {
        JoinedTiles &group = groups.emplace_back();
        for (ValueRange list : defined) {
          group.defined.push_back(list[i]);
        }
        for (ValueRange list : given) {
          group.given.push_back(list[i]);
        }
      }
    }
  };
  if (auto loop = dyn_cast<scf::ForOp>(op)) {
    add({loop.getRegionIterArgs(), loop.getResults()},
        {loop.getInits(), loop.getYieldedValues()});
  } else if (auto loop = dyn_cast<scf::WhileOp>(op)) {
    add({loop.getBeforeArguments()},
        {loop.getInits(), loop.getYieldedValues()});
    add({loop.getAfterArguments(), loop.getResults()},
        {loop.getConditionOp().getArgs()});
  } else if (auto branch = dyn_cast<scf::IfOp>(op)) {
    if (branch.getNumResults() > 0) {
      add({branch.getResults()},
          {branch.thenYield().getResults(), branch.elseYield().getResults()});
    }
  }
  return groups;
}

void LayoutPreferences::join(Value value, Preference preference) {
  if (!isTile(value.getType())) {
    return;
  }
  Preference &current = table[value];
  if (preference.strength > current.strength) {
    current = preference;
    changed = true;
  }
}

void LayoutPreferences::unify(const JoinedTiles &group) {
  Preference strongest;
  for (ArrayRef<Value> values :
       {ArrayRef(group.defined), ArrayRef(group.given)}) {
    for (Value value : values) {
      Preference preference = lookup(value);
      if (preference.strength > strongest.strength) {
        strongest = preference;
      }
    }
  }
  // What is given keeps its own; a loop may even be given what it defines.
  for (Value value : group.defined) {
    join(value, strongest);
  }
}

void LayoutPreferences::visitControlFlow(Operation *op) {
  for (const JoinedTiles &group : getJoinedTiles(op)) {
    unify(group);
  }
}

void LayoutPreferences::preferForReduction(Value tile, LayoutAttr layout) {
  Operation *op = tile.getDefiningOp();
  if (!op || making(tile) == Making::Cheap) {
    return;
  }
  if (isa<LoadOp>(op)) {
    join(tile, {layout, ReducedLoad});
  } else if (isElementwise(op)) {
    for (Value operand : op->getOperands()) {
      if (isTile(operand.getType())) {
        preferForReduction(operand, layout);
      }
    }
  }
}

void LayoutPreferences::follow(Value result, LayoutAttr layout) {
  Preference &current = table[result];
  if (current.layout != layout) {
    current = {layout, Reduction};
    changed = true;
  }
}

bool LayoutPreferences::isScattered(LoadOp load) {
  return load.getArray().getType().getShared() &&
         analysis.analyze(load).elements == 1;
}

void LayoutPreferences::visitElementwise(Operation *op) {
  Value result = op->getResult(0);
  for (Value operand : op->getOperands()) {
    join(result, lookup(operand));
  }
  for (Value operand : op->getOperands()) {
    auto load = operand.getDefiningOp<LoadOp>();
    if (load && isTile(load.getType()) && isScattered(load)) {
      join(operand, lookup(result));
    }
  }
  LayoutAttr layout = get(result);
  if (settled && layout) {
    for (Value operand : op->getOperands()) {
      join(operand, {layout, Default});
    }
  }
}

void LayoutPreferences::visit(Operation *op) {
  if (isa<scf::ForOp, scf::WhileOp, scf::IfOp>(op)) {
    visitControlFlow(op);
    return;
  }
  if (auto rank = dyn_cast<RankOp>(op)) {
    auto keys = cast<RankedTensorType>(rank.getKeys().getType());
    follow(rank.getRanks(), choice.ofRank(keys));
    return;
  }
  if (op->getNumResults() != 1 || !isTile(op->getResult(0).getType())) {
    return;
  }
  Value result = op->getResult(0);
  if (auto product = dyn_cast<MmaOp>(op)) {
    if (lookup(result).strength < Product) {
      join(result, {choice.ofProduct(product).accumulator, Product});
    }
  } else if (auto load = dyn_cast<LoadOp>(op)) {
    if (lookup(result).strength < Load && making(result) != Making::Cheap) {
      auto type = cast<RankedTensorType>(result.getType());
      join(result, {choice.ofAccess(type, analysis.analyze(load)),
                    isScattered(load) ? Scattered : Load});
    }
  } else if (auto atomic = dyn_cast<AtomicOp>(op)) {
    if (lookup(result).strength < Load) {
      auto type = cast<RankedTensorType>(result.getType());
      join(result, {choice.ofAtomic(type, analysis.analyze(atomic)), Load});
    }
  } else if (isa<ReduceOp, ScanOp>(op) && !sourcesKnown) {
    return;
  } else if (auto reduce = dyn_cast<ReduceOp>(op)) {
    auto source = cast<RankedTensorType>(reduce.getSource().getType());
    LayoutAttr layout = get(reduce.getSource());
    if (!layout ||
        !LayoutChoice::reducesWithinWaves(layout, reduce.getAxis())) {
      layout = choice.ofReduction(source, reduce.getAxis());
      preferForReduction(reduce.getSource(), layout);
    }
    follow(result, getReducedLayout(layout, reduce.getAxis()));
  } else if (auto scan = dyn_cast<ScanOp>(op)) {
    LayoutAttr layout = get(scan.getSource());
    if (!layout || !LayoutChoice::canScan(layout, scan.getAxis())) {
      layout = choice.ofScan(scan.getType(), scan.getAxis());
    }
    follow(result, layout);
  } else if (auto permute = dyn_cast<PermuteOp>(op)) {
    Preference source = lookup(permute.getSource());
    if (source.layout) {
      source.layout =
          getLayoutLike(source.layout, permuteAxes(source.layout.getMap(),
                                                   permute.getOrder()));
      join(result, source);
    }
  } else if (auto reshaped = dyn_cast<ReshapeOp>(op)) {
    Preference source = lookup(reshaped.getSource());
    if (source.layout) {
      auto type = cast<RankedTensorType>(result.getType());
      source.layout = getLayoutLike(
          source.layout, reshape(source.layout.getMap(), type.getShape()));
      join(result, source);
    }
  } else if (isElementwise(op)) {
    visitElementwise(op);
  }
}

void LayoutPreferences::run() {
  auto toFixpoint = [&] {
    // Strengths only grow, and a reduction follows its source, so few rounds
    // are needed; the bound is for programs that would not settle.
    constexpr int mostRounds = 64;
    changed = true;
    for (int round = 0; changed && round < mostRounds; ++round) {
      changed = false;
      kernel.getBody().walk<WalkOrder::PreOrder>(
          [&](Operation *op) { visit(op); });
    }
  };
  toFixpoint();
  // Reductions follow what they reduce, and others follow them.
  sourcesKnown = true;
  toFixpoint();
  // What does not care is wanted as what it is used with.
  settled = true;
  toFixpoint();
  // What goes through control flow exists once, so it needs some layout, and
  // what is computed from it should have the same.
  kernel.getBody().walk([&](Operation *op) {
    for (const JoinedTiles &group : getJoinedTiles(op)) {
      auto type = cast<RankedTensorType>(group.defined.front().getType());
      for (Value value : group.defined) {
        join(value, {choice.ofAnything(type), Default});
      }
    }
  });
  toFixpoint();
}

LayoutAttr LayoutPreferences::get(Value tile) const {
  return lookup(tile).layout;
}

LayoutAttr LayoutPreferences::getOrDefault(Value tile) const {
  LayoutAttr layout = get(tile);
  return layout ? layout
                : choice.ofAnything(cast<RankedTensorType>(tile.getType()));
}

LayoutAttr LayoutPreferences::getForStore(StoreOp store) {
  LayoutAttr layout = get(store.getValue());
  if (layout || !store.getOrder().empty() ||
      analysis.analyze(store).elements != 1) {
    return layout;
  }
  for (Value index : store.getIndices()) {
    auto places = dyn_cast<RankedTensorType>(index.getType());
    if (places &&
        store.getValue().getType() ==
            places.clone(getElementTypeOrSelf(store.getValue())) &&
        making(index) == Making::Once) {
      return get(index);
    }
  }
  return layout;
}

/// Whether nothing writes the array during the kernel.
static bool isReadOnly(Value array) {
  auto view = array.getDefiningOp<ViewOp>();
  auto argument = view ? dyn_cast<BlockArgument>(view.getBase()) : nullptr;
  auto kernel = argument
                    ? dyn_cast<KernelOp>(argument.getOwner()->getParentOp())
                    : nullptr;
  return kernel && kernel.getArgAccess(argument.getArgNumber()) == "in";
}

Making LayoutPreferences::making(Value tile) {
  auto found = makings.find(tile);
  if (found != makings.end()) {
    return found->second;
  }
  Operation *op = tile.getDefiningOp();
  Making making = Making::Once;
  if (!op) {
    making = Making::Once;
  } else if (isa<BroadcastOp, ReshapeOp, PermuteOp>(op)) {
    making = Making::Relabel;
  } else if (isa<RangeOp, SplatOp, arith::ConstantOp>(op)) {
    making = Making::Cheap;
  } else if (auto load = dyn_cast<LoadOp>(op)) {
    bool vector = cast<RankedTensorType>(tile.getType()).getRank() == 1;
    making = !isReadOnly(load.getArray()) ? Making::Once
             : vector                     ? Making::Cheap
                                          : Making::Reload;
  } else if (isElementwise(op)) {
    making = Making::Cheap;
    for (Value operand : op->getOperands()) {
      if (!isTile(operand.getType())) {
        continue;
      }
      Making ofOperand = this->making(operand);
      // Behind a broadcast there are fewer elements than here; behind other
      // relabelings there are as many.
      while (ofOperand == Making::Relabel) {
        Operation *relabel = operand.getDefiningOp();
        operand = relabel->getOperand(0);
        ofOperand =
            isa<BroadcastOp>(relabel) ? Making::Cheap : this->making(operand);
      }
      making = std::max(making, ofOperand);
    }
  }
  makings[tile] = making;
  return making;
}
