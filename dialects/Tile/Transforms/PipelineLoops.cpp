//===- PipelineLoops.cpp - load ahead in loops that multiply --------------===//
//
// The tiles of later iterations are loaded during this iteration's products.
// They go to one of B LDS buffers A steps before they are multiplied; until
// then they wait in registers that the loop carries, S - 1 - A steps of S:
//
//     step i   multiplies      buffer  i mod B
//              stores to       buffer (i + A) mod B
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
  int64_t buffers = 1;
  /// Steps that tiles go to LDS ahead, behind the products of a step. With none
  /// they go there in front of their own.
  int64_t storedAhead = 0;

  /// The product reads some tile from its registers, which keep it until after
  /// the next load: one set more goes round.
  bool isRead = false;

  int64_t registers() const { return count - 1 - storedAhead; }
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
  void prepare() override;
  SmallVector<Value> begin(Value position, int64_t number) override;
  void emitFirst(State &state, Value position, int64_t number) override;
  void emitStep(State &state, Value position, int64_t number,
                Later later) override;

  Stages plan;
  /// The operation that loads stand behind; null: in front of all.
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
SmallVector<Value> Pipeliner::begin(Value position, int64_t) {
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
  if (plan.storedAhead > 0) {
    // The registers that new tiles take are free only after the stores, which
    // these very tiles go to when no others wait.
    for (SharedStoreOp store : stores) {
      store->moveBefore(body.getTerminator());
    }
    behind = plan.registers() > 0 ? stores.back().getOperation() : nullptr;
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
  SmallVector<Value> tiles = begin(position, number);
  if (number >= plan.storedAhead) {
    state.begun.push_back(std::move(tiles));
    return;
  }
  for (auto [store, tile, copies] : llvm::zip(stores, tiles, buffers)) {
    SharedStoreOp::create(builder, store.getLoc(), tile,
                          copies[number % plan.buffers]);
  }
}

void Pipeliner::emitStep(State &state, Value position, int64_t number,
                         Later later) {
  IRMapping mapping = mapStep(state, position, number);
  auto load = [&] {
    SmallVector<Value> otherwise;
    if (later.exists) {
      for (LoadOp load : prefetches.loads) {
        TypedAttr zero = builder.getZeroAttr(load.getType());
        otherwise.push_back(arith::ConstantOp::create(builder, loc, zero));
      }
    }
    beginLater(state, position, number, later, otherwise);
  };
  if (!behind && later.begins) {
    load();
  }
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
                            [(number + plan.storedAhead) % plan.buffers];
      if (hasTiles) {
        SharedStoreOp::create(builder, store->getLoc(),
                              mapping.lookup(store->getValue()), target);
      }
    } else if (!unused.contains(&op)) {
      builder.clone(op, mapping);
    }
    if (&op == behind && later.begins) {
      load();
    }
  }
  finishStep(state, mapping);
}

/// Divides the stages of a loop between LDS and registers. `alternates`: half
/// of the waves multiplies during the stores.
static Stages planStages(int64_t count, Prefetches &prefetches, KernelOp kernel,
                         const Chip &chip, bool alternates) {
  Stages plan{count};
  int64_t bytes = 0;
  for (LoadOp load : prefetches.loads) {
    SharedStoreOp store = getOnlyStore(load);
    if (!store) {
      plan.isRead = true;
      return plan;
    }
    bytes += store.getBuffer().getType().getBytes();
  }
  bool hasRoom = countSharedBytes(kernel) + bytes <= chip.ldsBytes;
  plan.buffers = (count > 2 || alternates) && hasRoom ? 2 : 1;
  plan.storedAhead = alternates ? 1 : plan.buffers - 1;
  return plan;
}

/// The stages that are best for a loop when nobody asks for a number: as many
/// as the chip likes while they fit into registers, and one more for a loop
/// that loads more registers in a step than it accumulates into: it waits for
/// memory, not for products.
static int64_t chooseStages(scf::ForOp loop, Prefetches &prefetches,
                            KernelOp kernel, const Chip &chip, int64_t least) {
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
  while (stages > least && working + carried + (stages - 1) * loaded > limit) {
    --stages;
  }
  return stages;
}

/// Refuses waves that are to alternate where no two of them share a SIMD.
static LogicalResult checkAlternation(KernelOp kernel, const Chip &chip) {
  int64_t waves = kernel.getWaves();
  int64_t simds = chip.simdsPerCu * chip.cusSharingLds;
  if (waves >= 2 * simds) {
    return success();
  }
  InFlightDiagnostic error =
      kernel.emitError("'SCHED' of kernel '")
      << kernel.getSymName() << "' is 7, which needs two waves on each of the "
      << simds << " SIMDs of " << chip.name
      << " that a workgroup runs on, but 'WAVES' is " << waves;
  error.attachNote() << "help: WAVES=" << 2 * simds
                     << ", or SCHED=6, which needs no certain number";
  return failure();
}

/// Stores all tiles of a step to LDS at its beginning, so that one barrier is
/// enough, and products that share an operand can take turns step by step.
/// `together`: their loads wait for memory together, in registers of their own.
static void storeFirst(scf::ForOp loop, KernelOp kernel, bool together) {
  Prefetches prefetches = findPrefetches(loop, kernel, /*report=*/false,
                                         [](LoadOp) { return true; });
  SmallVector<Operation *> moved(prefetches.indices.begin(),
                                 prefetches.indices.end());
  SmallVector<Operation *> stores;
  for (LoadOp load : prefetches.loads) {
    if (SharedStoreOp store = getOnlyStore(load)) {
      moved.push_back(load);
      (together ? stores : moved).push_back(store);
    }
  }
  moved.append(stores);
  for (Operation *op : llvm::reverse(moved)) {
    op->moveBefore(&loop.getBody()->front());
  }
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
  SmallVector<scf::ForOp> loops = findSteadyLoops(kernel);
  auto order = kernel->getAttrOfType<IntegerAttr>(schedAttr);
  bool alternates = order && order.getInt() == int64_t(Sched::Alternate);
  if (alternates && !loops.empty() && failed(checkAlternation(kernel, *chip))) {
    return signalPassFailure();
  }
  if (asked && asked.getInt() == 1) {
    return;
  }
  for (scf::ForOp loop : loops) {
    Prefetches prefetches = findPrefetches(
        loop, kernel, /*report=*/asked != nullptr, [](LoadOp) { return true; });
    int64_t count = asked ? asked.getInt()
                          : chooseStages(loop, prefetches, kernel, *chip,
                                         /*least=*/alternates ? 2 : 1);
    if (!prefetches.loads.empty() && count > 1) {
      Stages plan = planStages(count, prefetches, kernel, *chip, alternates);
      Pipeliner(loop, prefetches, plan).run();
    } else {
      storeFirst(loop, kernel, /*together=*/true);
    }
  }
  kernel.getBody().walk([&](scf::ForOp loop) {
    auto products = loop.getBody()->getOps<MmaOp>();
    if (!loop->hasAttr(steadyAttr) && llvm::range_size(products) > 1) {
      storeFirst(loop, kernel, /*together=*/false);
    }
  });
  // Done: running again would load further ahead.
  kernel->setAttr(stagesAttr,
                  Builder(kernel.getContext()).getI32IntegerAttr(1));
}
