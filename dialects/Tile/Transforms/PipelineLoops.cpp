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
// StagedLoop.h has the loop around the steps.
//
//===----------------------------------------------------------------------===//

#include "dialects/Tile/Transforms/LayoutChoice.h"
#include "dialects/Tile/Transforms/Passes.h"
#include "dialects/Tile/Transforms/StagedLoop.h"

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

/// A loop whose tiles are loaded to registers and stored to LDS from there.
class Pipeliner : public StagedLoop {
public:
  Pipeliner(scf::ForOp loop, Prefetches &prefetches, Stages plan)
      : StagedLoop(loop, prefetches, plan.count, plan.rotation()), plan(plan),
        behind(*loop.getBody()->getOps<MmaOp>().begin()) {}

private:
  void duplicateBuffers();
  void orderBody();
  SmallVector<Value> emitLoads(Value position);
  void prepare() override;
  void emitFirst(State &state, Value position, int64_t number) override;
  void emitStep(State &state, Value position, int64_t number,
                bool beginsLater) override;

  Stages plan;
  /// The operation that loads stand behind.
  Operation *behind;
  /// Stores to LDS of what is loaded ahead, to the first of its buffers.
  SmallVector<SharedStoreOp> stores;
};

struct PipelineLoopsPass
    : public tile::impl::PipelineLoopsBase<PipelineLoopsPass> {
  using PipelineLoopsBase::PipelineLoopsBase;
  void runOnOperation() override;
};
} // namespace

/// The loads for one value of the induction variable.
SmallVector<Value> Pipeliner::emitLoads(Value position) {
  IRMapping mapping;
  prefetches.cloneIndices(builder, loop, position, mapping);
  SmallVector<Value> tiles;
  for (LoadOp load : prefetches.loads) {
    tiles.push_back(builder.clone(*load, mapping)->getResult(0));
  }
  return tiles;
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
    while (static_cast<int64_t>(copies.size()) < plan.buffers) {
      copies.push_back(allocations.clone(*first)->getResult(0));
    }
    stores.push_back(store);
    buffers.push_back(std::move(copies));
  }
}

/// Brings the loop's body in the order of a step.
void Pipeliner::orderBody() {
  Block &body = *loop.getBody();
  if (plan.buffers > 1) {
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

void Pipeliner::prepare() {
  duplicateBuffers();
  orderBody();
  unused.insert(prefetches.loads.begin(), prefetches.loads.end());
  leaveOutIndices();
}

void Pipeliner::emitFirst(State &state, Value position, int64_t number) {
  SmallVector<Value> tiles = emitLoads(position);
  if (number + 1 >= plan.buffers) {
    state.begun.push_back(std::move(tiles));
    return;
  }
  for (auto [store, tile, copies] : llvm::zip(stores, tiles, buffers)) {
    SharedStoreOp::create(builder, store.getLoc(), tile, copies[number]);
  }
}

void Pipeliner::emitStep(State &state, Value position, int64_t number,
                         bool beginsLater) {
  IRMapping mapping = mapStep(state, position, number);
  // The last of the waiting tiles have gone to LDS in earlier steps.
  bool hasTiles = !state.begun.empty();
  if (hasTiles) {
    for (auto [load, tile] : llvm::zip(prefetches.loads, state.takeBegun())) {
      mapping.map(load.getResult(), tile);
    }
  }
  for (Operation &op : loop.getBody()->without_terminator()) {
    auto store = llvm::find(stores, &op);
    if (store != stores.end()) {
      Value target = buffers[store - stores.begin()]
                            [(number + plan.buffers - 1) % plan.buffers];
      if (hasTiles) {
        SharedStoreOp::create(builder, store->getLoc(),
                              mapping.lookup(store->getValue()), target);
      }
    } else if (!unused.contains(&op)) {
      builder.clone(op, mapping);
    }
    if (&op == behind && beginsLater) {
      state.begun.push_back(emitLoads(advance(position, stages - 1)));
    }
  }
  finishStep(state, mapping);
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
  int64_t loaded = prefetches.countRegisters();
  int64_t carried = countCarriedRegisters(loop);
  for (LoadOp load : prefetches.loads) {
    // Those in use are in registers, too, when they do not go through LDS.
    carried += getOnlyStore(load) ? 0 : registersOf(load.getResult());
  }
  int64_t sharers =
      llvm::divideCeil(int64_t(kernel.getWaves()), int64_t(chip.simdsPerCu));
  int64_t limit =
      std::min<int64_t>(chip.maxArchVgprs, chip.vgprsPerLane / sharers);
  int64_t stages = chip.stages + prefetches.waitsForMemory(loop);
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
  if (asked && asked.getInt() == 1) {
    return;
  }
  for (scf::ForOp loop : findSteadyLoops(kernel)) {
    Prefetches prefetches = findPrefetches(
        loop, kernel, /*report=*/asked != nullptr, [](LoadOp) { return true; });
    int64_t count =
        asked ? asked.getInt() : chooseStages(loop, prefetches, kernel, *chip);
    if (!prefetches.loads.empty() && count > 1) {
      Stages plan = planStages(count, prefetches, kernel, *chip);
      Pipeliner(loop, prefetches, plan).run();
    }
  }
  // Done: running again would load further ahead.
  kernel->setAttr(stagesAttr,
                  Builder(kernel.getContext()).getI32IntegerAttr(1));
}
