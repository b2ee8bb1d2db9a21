//===- PipelineLoops.cpp - load ahead in loops that multiply --------------===//
//
// A load of the next iteration's tile is issued during this iteration's
// products; the tile travels to the next iteration in registers. The first
// one is loaded before the loop, and the last iteration loads one that nobody
// uses. Both need no condition: a load reads nothing outside its array,
// whatever its indices are, even when the induction variable has wrapped.
//
//===----------------------------------------------------------------------===//

#include "dialects/Tile/Transforms/Passes.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/SetVector.h"

namespace moesaic::tile {
#define GEN_PASS_DEF_PIPELINELOOPS
#include "dialects/Tile/Transforms/Passes.h.inc"
} // namespace moesaic::tile

using namespace mlir;
using namespace moesaic;
using namespace moesaic::tile;

/// On the kernel: how many steps of a loop are under way at once.
static constexpr StringLiteral stagesAttr = "tile.stages";

namespace {
/// What a loop loads ahead.
struct Prefetches {
  SmallVector<LoadOp> loads;
  /// What computes their indices in the loop, in the order of the block.
  SetVector<Operation *> indices;
};

struct PipelineLoopsPass
    : public tile::impl::PipelineLoopsBase<PipelineLoopsPass> {
  void runOnOperation() override;
};
} // namespace

/// Adds to `ops` what computes `value` in the loop, defining ops first. False
/// when that depends on more than the induction variable, or must not run in
/// iterations that do not exist.
static bool collectIndexOps(Value value, scf::ForOp loop,
                            SetVector<Operation *> &ops) {
  if (loop.isDefinedOutsideOfLoop(value) || value == loop.getInductionVar()) {
    return true;
  }
  Operation *op = value.getDefiningOp();
  if (!op || op->getBlock() != loop.getBody() || op->getNumRegions() > 0 ||
      !isPure(op)) {
    return false;
  }
  if (ops.contains(op)) {
    return true;
  }
  for (Value operand : op->getOperands()) {
    if (!collectIndexOps(operand, loop, ops)) {
      return false;
    }
  }
  ops.insert(op);
  return true;
}

/// Whether nothing writes the array while the kernel runs.
static bool isReadOnly(Value array, KernelOp kernel) {
  auto view = array.getDefiningOp<ViewOp>();
  auto base = view ? dyn_cast<BlockArgument>(view.getBase()) : BlockArgument();
  return base && base.getOwner()->getParentOp() == kernel &&
         kernel.getArgAccess(base.getArgNumber()) == "in";
}

static Prefetches findPrefetches(scf::ForOp loop, KernelOp kernel) {
  Prefetches found;
  for (LoadOp load : loop.getBody()->getOps<LoadOp>()) {
    if (!isa<RankedTensorType>(load.getType())) {
      continue;
    }
    if (!isReadOnly(load.getArray(), kernel) ||
        !loop.isDefinedOutsideOfLoop(load.getArray())) {
      load.emitRemark("not loaded ahead: the kernel may write this array");
      continue;
    }
    SetVector<Operation *> indices = found.indices;
    if (!llvm::all_of(load->getOperands(), [&](Value operand) {
          return collectIndexOps(operand, loop, indices);
        })) {
      load.emitRemark("not loaded ahead: the indices of the next iteration are "
                      "not known in this one");
      continue;
    }
    found.loads.push_back(load);
    found.indices = std::move(indices);
  }
  return found;
}

/// The loads for one value of the induction variable.
static SmallVector<Value> cloneLoads(OpBuilder &builder, scf::ForOp loop,
                                     Prefetches &prefetches, Value iteration) {
  IRMapping mapping;
  mapping.map(loop.getInductionVar(), iteration);
  for (Operation *op : prefetches.indices) {
    builder.clone(*op, mapping);
  }
  SmallVector<Value> values;
  for (LoadOp load : prefetches.loads) {
    values.push_back(builder.clone(*load, mapping)->getResult(0));
  }
  return values;
}

/// Moves the stores to LDS of tiles that were loaded ahead to the front: all
/// share one barrier, and their registers are free for the next tiles.
static void moveStoresToFront(Block &body, ValueRange tiles) {
  Operation *first = &body.front();
  for (Value tile : tiles) {
    for (Operation *user : tile.getUsers()) {
      auto store = dyn_cast<SharedStoreOp>(user);
      if (!store || store->getBlock() != &body) {
        continue;
      }
      if (store == first) {
        first = first->getNextNode();
        continue;
      }
      bool isAlone =
          llvm::all_of(store.getBuffer().getUsers(), [&](Operation *other) {
            return other == store ||
                   (isa<SharedLoadOp>(other) && other->getBlock() == &body &&
                    store->isBeforeInBlock(other));
          });
      if (isAlone) {
        store->moveBefore(first);
      }
    }
  }
}

static void pipeline(scf::ForOp loop, MmaOp product, Prefetches &prefetches) {
  IRRewriter rewriter(loop);
  SmallVector<Value> first =
      cloneLoads(rewriter, loop, prefetches, loop.getLowerBound());
  auto yieldNext = [&](OpBuilder &, Location loc,
                       ArrayRef<BlockArgument> carried) {
    // Nothing waits for the loads before the next iteration, so the machine
    // scheduler takes them forward as far as registers allow. In front of the
    // product their results would be in registers with all its operands.
    OpBuilder builder(product->getNextNode());
    Value next = arith::AddIOp::create(builder, loc, loop.getInductionVar(),
                                       loop.getStep());
    SmallVector<Value> values = cloneLoads(builder, loop, prefetches, next);
    for (auto [load, value] : llvm::zip(prefetches.loads, carried)) {
      rewriter.replaceOp(load, value);
    }
    for (Operation *op : llvm::reverse(prefetches.indices)) {
      if (op->use_empty()) {
        rewriter.eraseOp(op);
      }
    }
    return values;
  };
  FailureOr<LoopLikeOpInterface> pipelined = loop.replaceWithAdditionalYields(
      rewriter, first, /*replaceInitOperandUsesInLoop=*/false, yieldNext);
  if (failed(pipelined)) {
    return;
  }
  auto newLoop = cast<scf::ForOp>(pipelined->getOperation());
  moveStoresToFront(*newLoop.getBody(),
                    newLoop.getRegionIterArgs().take_back(first.size()));
}

void PipelineLoopsPass::runOnOperation() {
  KernelOp kernel = getOperation();
  auto stages = kernel->getAttrOfType<IntegerAttr>(stagesAttr);
  if (!stages || stages.getInt() == 1) {
    return;
  }
  if (stages.getInt() != 2) {
    kernel.emitError("expected '")
        << stagesAttr << "' of 1 or 2, got " << stages.getInt();
    return signalPassFailure();
  }
  SmallVector<scf::ForOp> loops;
  kernel.getBody().walk([&](scf::ForOp loop) { loops.push_back(loop); });
  for (scf::ForOp loop : loops) {
    auto products = loop.getBody()->getOps<MmaOp>();
    if (products.empty() || loop.getUnsignedCmp()) {
      continue;
    }
    Prefetches prefetches = findPrefetches(loop, kernel);
    if (!prefetches.loads.empty()) {
      pipeline(loop, *products.begin(), prefetches);
    }
  }
  // Done: running again would load further ahead.
  kernel->removeAttr(stagesAttr);
}
