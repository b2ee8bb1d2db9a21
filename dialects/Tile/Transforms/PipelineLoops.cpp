//===- PipelineLoops.cpp - load ahead in loops that multiply --------------===//
//
// The tiles of later iterations are loaded during this iteration's products.
// Of S stages, one is in use, B - 1 wait in LDS buffers of their own, and the
// rest, S - B, in registers that the loop carries:
//
//     step i   multiplies      buffer  i mod B
//              stores to       buffer (i + B - 1) mod B
//              loads the tiles of step i + S - 1
//
// The loop does as many steps at once as bring buffers and registers back in
// place, so that nothing has to be moved. The first S - 1 steps' tiles are
// loaded in front of it, the last S - 1 steps stand behind it and load nothing.
// Only steady loops are changed: what their branch does not do, the rest does.
//
//===----------------------------------------------------------------------===//

#include "dialects/Tile/Transforms/LayoutChoice.h"
#include "dialects/Tile/Transforms/LoopLoads.h"
#include "dialects/Tile/Transforms/Passes.h"
#include "mlir/IR/Matchers.h"

namespace moesaic::tile {
#define GEN_PASS_DEF_PIPELINELOOPS
#include "dialects/Tile/Transforms/Passes.h.inc"
} // namespace moesaic::tile

using namespace mlir;
using namespace moesaic;
using namespace moesaic::tile;

namespace {
/// Where the tiles of the stages wait.
struct Stages {
  int64_t count;
  int64_t buffers;

  /// The product reads some tile from its registers, which keep it until after
  /// the next load: one set more goes round.
  bool isRead = false;

  int64_t registers() const { return count - buffers; }
  /// Steps after which buffers and registers are back in place.
  int64_t rotation() const { return std::max(registers() + isRead, buffers); }
};

/// A steady loop, alone in its branch, while it is rewritten.
class Pipeliner {
public:
  Pipeliner(scf::ForOp loop, MmaOp product, Prefetches &prefetches,
            Stages stages)
      : builder(loop), loc(loop.getLoc()), loop(loop),
        branch(cast<scf::IfOp>(loop->getParentOp())), prefetches(prefetches),
        stages(stages), behind(product) {}

  void run();

private:
  /// The tiles of one step.
  using Tiles = SmallVector<Value>;
  /// What stays between two steps: accumulators, tiles in registers by step.
  struct State {
    SmallVector<Value> carried;
    SmallVector<Tiles> waiting;
  };

  void duplicateBuffers();
  void orderBody();
  void findUnused();
  Value advance(Value position, int64_t steps);
  Value i32(int64_t value) {
    return arith::ConstantOp::create(builder, loc,
                                     builder.getI32IntegerAttr(value));
  }
  Tiles emitLoads(Value position);
  /// Emits step number `number`, modulo the steps of an iteration.
  void emitStep(State &state, Value position, int64_t number, bool loadsAhead);
  void emitLoop(State &state, Value end);

  OpBuilder builder;
  Location loc;
  scf::ForOp loop;
  scf::IfOp branch;
  Prefetches &prefetches;
  Stages stages;
  /// The operation that loads stand behind.
  Operation *behind;
  int64_t step = 0;
  /// Stores to LDS of what is loaded ahead, and their buffers' copies.
  SmallVector<SharedStoreOp> stores;
  SmallVector<SmallVector<Value>> buffers;
  /// What a step itself does not do: the loads, and what is only for them.
  SmallPtrSet<Operation *, 16> unused;
};

struct PipelineLoopsPass
    : public tile::impl::PipelineLoopsBase<PipelineLoopsPass> {
  using PipelineLoopsBase::PipelineLoopsBase;
  void runOnOperation() override;
};
} // namespace

/// The loads for one value of the induction variable.
Pipeliner::Tiles Pipeliner::emitLoads(Value position) {
  IRMapping mapping;
  prefetches.cloneIndices(builder, loop, position, mapping);
  Tiles tiles;
  for (LoadOp load : prefetches.loads) {
    tiles.push_back(builder.clone(*load, mapping)->getResult(0));
  }
  return tiles;
}

Value Pipeliner::advance(Value position, int64_t steps) {
  return builder.createOrFold<arith::AddIOp>(loc, position, i32(steps * step));
}

void Pipeliner::duplicateBuffers() {
  for (LoadOp load : prefetches.loads) {
    SharedStoreOp store = getOnlyStore(load);
    if (!store) {
      continue;
    }
    auto first = store.getBuffer().getDefiningOp<AllocSharedOp>();
    SmallVector<Value> copies = {first.getResult()};
    OpBuilder allocations(first->getNextNode());
    while (static_cast<int64_t>(copies.size()) < stages.buffers) {
      copies.push_back(allocations.clone(*first)->getResult(0));
    }
    stores.push_back(store);
    buffers.push_back(std::move(copies));
  }
}

/// Brings the loop's body in the order of a step.
void Pipeliner::orderBody() {
  Block &body = *loop.getBody();
  if (stages.buffers > 1) {
    // The registers that new tiles take are free only after the stores.
    for (SharedStoreOp store : stores) {
      store->moveBefore(body.getTerminator());
    }
    behind = stores.back();
    return;
  }
  // Nothing waits for the loads before a later step, so the machine scheduler
  // takes them forward as far as registers allow. In front of the product their
  // results would be in registers with all its operands. Stores share one
  // barrier at the beginning, and their registers are free for the next tiles.
  for (SharedStoreOp store : llvm::reverse(stores)) {
    store->moveBefore(&body.front());
  }
}

void Pipeliner::findUnused() {
  unused.insert(prefetches.loads.begin(), prefetches.loads.end());
  for (Operation *op : llvm::reverse(prefetches.indices)) {
    if (llvm::all_of(op->getUsers(),
                     [&](Operation *user) { return unused.contains(user); })) {
      unused.insert(op);
    }
  }
}

void Pipeliner::emitStep(State &state, Value position, int64_t number,
                         bool loadsAhead) {
  IRMapping mapping;
  mapping.map(loop.getInductionVar(), position);
  mapping.map(loop.getRegionIterArgs(), state.carried);
  // The last of the waiting tiles have gone to LDS in earlier steps.
  bool hasTiles = !state.waiting.empty();
  if (hasTiles) {
    for (auto [load, tile] :
         llvm::zip(prefetches.loads, state.waiting.front())) {
      mapping.map(load.getResult(), tile);
    }
    state.waiting.erase(state.waiting.begin());
  }
  for (ArrayRef<Value> copies : buffers) {
    mapping.map(copies.front(), copies[number % stages.buffers]);
  }
  for (Operation &op : loop.getBody()->without_terminator()) {
    auto store = llvm::find(stores, &op);
    if (store != stores.end()) {
      Value target = buffers[store - stores.begin()]
                            [(number + stages.buffers - 1) % stages.buffers];
      if (hasTiles) {
        SharedStoreOp::create(builder, store->getLoc(),
                              mapping.lookup(store->getValue()), target);
      }
    } else if (!unused.contains(&op)) {
      builder.clone(op, mapping);
    }
    if (&op == behind && loadsAhead) {
      state.waiting.push_back(emitLoads(advance(position, stages.count - 1)));
    }
  }
  state.carried = llvm::map_to_vector(
      loop.getBody()->getTerminator()->getOperands(),
      [&](Value value) { return mapping.lookupOrDefault(value); });
}

/// Emits the loop itself, up to `end`.
void Pipeliner::emitLoop(State &state, Value end) {
  size_t carried = state.carried.size(), width = prefetches.loads.size();
  auto flatten = [](const State &state) {
    SmallVector<Value> values = state.carried;
    for (const Tiles &tiles : state.waiting) {
      llvm::append_range(values, tiles);
    }
    return values;
  };
  auto restore = [&](ValueRange values) {
    State state;
    state.carried.assign(values.begin(), values.begin() + carried);
    for (size_t i = carried; i < values.size(); i += width) {
      state.waiting.emplace_back(values.slice(i, width));
    }
    return state;
  };
  auto pipelined =
      scf::ForOp::create(builder, loc, loop.getLowerBound(), end,
                         i32(stages.rotation() * step), flatten(state));
  pipelined->setAttrs(loop->getAttrs());
  if (!pipelined.getBody()->empty()) {
    pipelined.getBody()->getTerminator()->erase();
  }
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToEnd(pipelined.getBody());
  State inside = restore(pipelined.getRegionIterArgs());
  for (int64_t number = 0; number < stages.rotation(); ++number) {
    emitStep(inside, advance(pipelined.getInductionVar(), number), number,
             /*loadsAhead=*/true);
  }
  scf::YieldOp::create(builder, loc, flatten(inside));
  state = restore(pipelined.getResults());
}

void Pipeliner::run() {
  APInt constant;
  matchPattern(loop.getStep(), m_ConstantInt(&constant));
  step = constant.getSExtValue();
  duplicateBuffers();
  orderBody();
  findUnused();

  // The branch is taken when there are enough steps, and stops where the last
  // iteration of the loop, which may do several, and the steps behind it end.
  int64_t ahead = (stages.count - 1) * step;
  builder.setInsertionPoint(branch);
  Value lower = loop.getLowerBound(), upper = loop.getUpperBound();
  Value length = arith::SubIOp::create(builder, loc, upper, lower);
  if (stages.count > 2) {
    Value enough = arith::CmpIOp::create(
        builder, loc, arith::CmpIPredicate::sge, length, i32(ahead));
    branch.getConditionMutable().assign(
        arith::AndIOp::create(builder, loc, branch.getCondition(), enough));
  }
  Value end = arith::SubIOp::create(builder, loc, upper, i32(ahead));
  Value done;
  if (stages.rotation() > 1) {
    Value whole = i32(stages.rotation() * step);
    Value room = arith::SubIOp::create(builder, loc, length, i32(ahead));
    Value count = arith::DivUIOp::create(builder, loc, room, whole);
    end = arith::AddIOp::create(
        builder, loc, lower, arith::MulIOp::create(builder, loc, count, whole));
    // In front of the branch, so that its divisors are known behind it.
    done = advance(end, stages.count - 1);
  }

  builder.setInsertionPoint(loop);
  State state{SmallVector<Value>(loop.getInitArgs()), {}};
  for (int64_t number = 0; number + 1 < stages.count; ++number) {
    Tiles tiles = emitLoads(advance(lower, number));
    if (number + 1 >= stages.buffers) {
      state.waiting.push_back(std::move(tiles));
      continue;
    }
    for (auto [store, tile, copies] : llvm::zip(stores, tiles, buffers)) {
      SharedStoreOp::create(builder, store.getLoc(), tile, copies[number]);
    }
  }
  emitLoop(state, end);
  for (int64_t number = 0; number + 1 < stages.count; ++number) {
    emitStep(state, advance(end, number), number, /*loadsAhead=*/false);
  }
  if (done) {
    branch.thenYield()
        .getResultsMutable()
        .slice(branch.getNumResults() - 1, 1)
        .assign(done);
  }
  loop.replaceAllUsesWith(state.carried);
  loop.erase();
}

/// Divides the stages of a loop between LDS and registers.
static Stages planStages(int64_t count, Prefetches &prefetches, KernelOp kernel,
                         const Chip &chip) {
  int64_t bytes = 0;
  for (LoadOp load : prefetches.loads) {
    SharedStoreOp store = getOnlyStore(load);
    if (!store) {
      return {count, 1, /*isRead=*/true};
    }
    bytes += store.getBuffer().getType().getBytes();
  }
  bool hasRoom = countSharedBytes(kernel) + bytes <= chip.ldsBytes;
  return {count, count > 2 && hasRoom ? 2 : 1};
}

/// The stages that are best for a loop when nobody asks for a number: as many
/// as the chip likes while they fit into registers, and one more for a loop
/// that loads more registers in a step than it accumulates into: it waits for
/// memory, not for products.
static int64_t chooseStages(scf::ForOp loop, Prefetches &prefetches,
                            KernelOp kernel, const Chip &chip) {
  // Operands of two steps over k, addresses and the like.
  constexpr int64_t working = 72;
  int64_t accumulated = 0, loaded = 0;
  for (Value value : loop.getRegionIterArgs()) {
    accumulated += registersOf(value);
  }
  int64_t carried = accumulated;
  for (LoadOp load : prefetches.loads) {
    int64_t registers = registersOf(load.getResult());
    loaded += registers;
    // Those in use are in registers, too, when they do not go through LDS.
    carried += getOnlyStore(load) ? 0 : registers;
  }
  int64_t sharers =
      llvm::divideCeil(int64_t(kernel.getWaves()), int64_t(chip.simdsPerCu));
  int64_t limit =
      std::min<int64_t>(chip.maxArchVgprs, chip.vgprsPerLane / sharers);
  int64_t stages = loaded > accumulated ? chip.stages + 1 : chip.stages;
  while (stages > 1 && working + carried + (stages - 1) * loaded > limit) {
    --stages;
  }
  return stages;
}

void PipelineLoopsPass::runOnOperation() {
  KernelOp kernel = getOperation();
  const Chip *chip = findChip(target);
  if (!chip) {
    kernel.emitError("chip '") << target << "' is not supported";
    return signalPassFailure();
  }
  auto asked = kernel->getAttrOfType<IntegerAttr>(stagesAttr);
  if (asked && (asked.getInt() < 1 || asked.getInt() > mostStages)) {
    kernel.emitError("expected '") << stagesAttr << "' from 1 to " << mostStages
                                   << ", got " << asked.getInt();
    return signalPassFailure();
  }
  SmallVector<scf::ForOp> loops;
  kernel.getBody().walk([&](scf::ForOp loop) {
    if (loop->hasAttr(steadyAttr)) {
      loops.push_back(loop);
    }
  });
  for (scf::ForOp loop : loops) {
    auto products = loop.getBody()->getOps<MmaOp>();
    if (products.empty() || (asked && asked.getInt() == 1)) {
      continue;
    }
    Prefetches prefetches = findPrefetches(
        loop, kernel, /*report=*/asked != nullptr, [](LoadOp) { return true; });
    int64_t count =
        asked ? asked.getInt() : chooseStages(loop, prefetches, kernel, *chip);
    if (!prefetches.loads.empty() && count > 1) {
      Stages plan = planStages(count, prefetches, kernel, *chip);
      Pipeliner(loop, *products.begin(), prefetches, plan).run();
    }
  }
  // Done: running again would load further ahead.
  kernel->setAttr(stagesAttr,
                  Builder(kernel.getContext()).getI32IntegerAttr(1));
}
