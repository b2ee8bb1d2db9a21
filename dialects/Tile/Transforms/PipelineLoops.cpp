//===- PipelineLoops.cpp - load ahead in loops that multiply --------------===//
//
// The tiles of later iterations are loaded during this iteration's products.
// Of S stages, one is in use, B - 1 wait in LDS buffers of their own, and the
// rest, S - B, in registers that the loop carries:
//
//     iteration i   multiplies      buffer  i mod B
//                   stores to       buffer (i + B - 1) mod B
//                   loads the tiles of iteration i + S - 1
//
// Buffers and registers rotate: what is in place p moves to p - 1. The first
// tiles are loaded before the loop, and the last iterations load some that
// nobody uses. Both need no condition: a load reads nothing outside its array,
// whatever its indices are, even when the induction variable has wrapped.
//
//===----------------------------------------------------------------------===//

#include "dialects/Tile/Transforms/LayoutChoice.h"
#include "dialects/Tile/Transforms/LoopLoads.h"
#include "dialects/Tile/Transforms/Passes.h"
#include "mlir/IR/PatternMatch.h"

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

  int64_t registers() const { return count - buffers; }
};

/// One loop while it is rewritten.
class Pipeliner {
public:
  Pipeliner(scf::ForOp loop, MmaOp product, Prefetches &prefetches,
            Stages stages)
      : rewriter(loop), loop(loop), product(product), prefetches(prefetches),
        stages(stages) {}

  void run();

private:
  SmallVector<Value> cloneLoads(OpBuilder &builder, Value iteration);
  void duplicateBuffers();
  SmallVector<Value> rewriteBody(ArrayRef<BlockArgument> carried);

  IRRewriter rewriter;
  scf::ForOp loop;
  MmaOp product;
  Prefetches &prefetches;
  Stages stages;
  /// Stores to LDS of what is loaded ahead, and their buffers' copies.
  SmallVector<SharedStoreOp> stores;
  SmallVector<SmallVector<Value>> buffers;
};

struct PipelineLoopsPass
    : public tile::impl::PipelineLoopsBase<PipelineLoopsPass> {
  using PipelineLoopsBase::PipelineLoopsBase;
  void runOnOperation() override;
};
} // namespace

/// The loads for one value of the induction variable.
SmallVector<Value> Pipeliner::cloneLoads(OpBuilder &builder, Value iteration) {
  IRMapping mapping;
  prefetches.cloneIndices(builder, loop, iteration, mapping);
  SmallVector<Value> values;
  for (LoadOp load : prefetches.loads) {
    values.push_back(builder.clone(*load, mapping)->getResult(0));
  }
  return values;
}

void Pipeliner::duplicateBuffers() {
  for (SharedStoreOp store : stores) {
    auto first = store.getBuffer().getDefiningOp<AllocSharedOp>();
    SmallVector<Value> copies = {first.getResult()};
    OpBuilder builder(first->getNextNode());
    while (static_cast<int64_t>(copies.size()) < stages.buffers) {
      copies.push_back(builder.clone(*first)->getResult(0));
    }
    buffers.push_back(std::move(copies));
  }
}

/// Makes the loop use what it carries; returns what it carries on. Carried are,
/// by place, the tiles in registers and then the buffers.
SmallVector<Value> Pipeliner::rewriteBody(ArrayRef<BlockArgument> carried) {
  size_t width = prefetches.loads.size(), places = stages.registers();
  ArrayRef<BlockArgument> tiles = carried.take_front(width * places);
  ArrayRef<BlockArgument> rotating = carried.drop_front(width * places);
  Block &body = *loop.getBody();

  SmallVector<Value> next(tiles.begin() + width, tiles.end());
  // Nothing waits for the loads before a later iteration, so the machine
  // scheduler takes them forward as far as registers allow. In front of the
  // product their results would be in registers with all its operands.
  Operation *behind = product;
  if (stages.buffers > 1) {
    // The registers that the new tiles take are free only after the stores.
    Operation *end = body.getTerminator();
    for (SharedStoreOp store : stores) {
      store->moveBefore(end);
    }
    behind = stores.back();
  }
  OpBuilder builder(behind->getNextNode());
  Value position =
      advance(builder, loop, loop.getInductionVar(), stages.count - 1);
  SmallVector<Value> loaded = cloneLoads(builder, position);
  llvm::append_range(next, loaded);
  for (auto [load, tile] : llvm::zip(prefetches.loads, tiles)) {
    rewriter.replaceOp(load, tile);
  }
  for (Operation *op : llvm::reverse(prefetches.indices)) {
    if (op->use_empty()) {
      rewriter.eraseOp(op);
    }
  }
  if (stages.buffers == 1) {
    // All share one barrier, and their registers are free for the next tiles.
    Operation *first = &body.front();
    for (SharedStoreOp store : stores) {
      if (store == first) {
        first = first->getNextNode();
      } else {
        store->moveBefore(first);
      }
    }
    return next;
  }
  for (size_t number = 0; number < stores.size(); ++number) {
    ArrayRef<BlockArgument> places =
        rotating.slice(number * stages.buffers, stages.buffers);
    Value original = buffers[number].front();
    for (Operation *user : llvm::make_early_inc_range(original.getUsers())) {
      if (user->getBlock() == &body) {
        user->replaceUsesOfWith(original, user == stores[number].getOperation()
                                              ? places.back()
                                              : places.front());
      }
    }
    next.append(places.begin() + 1, places.end());
    next.push_back(places.front());
  }
  return next;
}

void Pipeliner::run() {
  for (LoadOp load : prefetches.loads) {
    if (SharedStoreOp store = getOnlyStore(load)) {
      stores.push_back(store);
    }
  }
  // In front of the loop: tiles that wait in buffers, then those in registers.
  SmallVector<Value> carried;
  if (stages.buffers > 1) {
    duplicateBuffers();
  }
  Value position = loop.getLowerBound();
  for (int64_t stage = 0; stage + 1 < stages.count; ++stage) {
    if (stage > 0) {
      position = advance(rewriter, loop, position, 1);
    }
    SmallVector<Value> tiles = cloneLoads(rewriter, position);
    if (stage + 1 >= stages.buffers) {
      llvm::append_range(carried, tiles);
      continue;
    }
    for (auto [store, tile, copies] : llvm::zip(stores, tiles, buffers)) {
      SharedStoreOp::create(rewriter, store.getLoc(), tile, copies[stage]);
    }
  }
  if (stages.buffers > 1) {
    for (ArrayRef<Value> copies : buffers) {
      llvm::append_range(carried, copies);
    }
  }
  FailureOr<LoopLikeOpInterface> pipelined = loop.replaceWithAdditionalYields(
      rewriter, carried, /*replaceInitOperandUsesInLoop=*/false,
      [&](OpBuilder &, Location, ArrayRef<BlockArgument> arguments) {
        return rewriteBody(arguments);
      });
  // A tile that the product reads from its registers keeps them until after
  // the next load: one set more goes round.
  bool isRead = stores.size() < prefetches.loads.size();
  int64_t rotation = std::max(stages.registers() + isRead, stages.buffers);
  if (succeeded(pipelined) && rotation > 1 &&
      !(*pipelined)->hasAttr(rotationAttr)) {
    (*pipelined)->setAttr(rotationAttr, rewriter.getI32IntegerAttr(rotation));
  }
}

/// Divides the stages of a loop between LDS and registers.
static Stages planStages(int64_t count, Prefetches &prefetches, KernelOp kernel,
                         const Chip &chip) {
  int64_t bytes = 0;
  for (LoadOp load : prefetches.loads) {
    SharedStoreOp store = getOnlyStore(load);
    if (!store) {
      return {count, 1};
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
  kernel.getBody().walk([&](scf::ForOp loop) { loops.push_back(loop); });
  for (scf::ForOp loop : loops) {
    auto products = loop.getBody()->getOps<MmaOp>();
    if (products.empty() || loop.getUnsignedCmp() ||
        (asked && asked.getInt() == 1)) {
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
