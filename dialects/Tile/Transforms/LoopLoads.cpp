//===- LoopLoads.cpp - loads that a loop can do ahead ---------------------===//

#include "dialects/Tile/Transforms/LoopLoads.h"
#include "dialects/Tile/Transforms/LayoutChoice.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace moesaic;
using namespace moesaic::tile;

void Prefetches::cloneIndices(OpBuilder &builder, scf::ForOp loop,
                              Value iteration, IRMapping &mapping) const {
  mapping.map(loop.getInductionVar(), iteration);
  for (Operation *op : indices) {
    builder.clone(*op, mapping);
  }
}

int64_t Prefetches::countRegisters() const {
  int64_t registers = 0;
  for (LoadOp load : loads) {
    registers += registersOf(load.getResult());
  }
  return registers;
}

bool Prefetches::waitsForMemory(scf::ForOp loop) const {
  return countRegisters() > countCarriedRegisters(loop);
}

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

Prefetches
moesaic::tile::findPrefetches(scf::ForOp loop, KernelOp kernel, bool report,
                              llvm::function_ref<bool(LoadOp)> accepts) {
  Prefetches found;
  for (LoadOp load : loop.getBody()->getOps<LoadOp>()) {
    if (!isa<RankedTensorType>(load.getType()) || !accepts(load)) {
      continue;
    }
    if (!isReadOnly(load.getArray(), kernel) ||
        !loop.isDefinedOutsideOfLoop(load.getArray())) {
      if (report) {
        load.emitRemark("not loaded ahead: the kernel may write this array");
      }
      continue;
    }
    SetVector<Operation *> indices = found.indices;
    if (!llvm::all_of(load->getOperands(), [&](Value operand) {
          return collectIndexOps(operand, loop, indices);
        })) {
      if (report) {
        load.emitRemark("not loaded ahead: the indices of the next iteration "
                        "are not known in this one");
      }
      continue;
    }
    found.loads.push_back(load);
    found.indices = std::move(indices);
  }
  return found;
}

int64_t moesaic::tile::countCarriedRegisters(scf::ForOp loop) {
  int64_t registers = 0;
  for (Value value : loop.getRegionIterArgs()) {
    registers += registersOf(value);
  }
  return registers;
}

SharedStoreOp moesaic::tile::getOnlyStore(LoadOp load) {
  if (!load->hasOneUse()) {
    return {};
  }
  auto store = dyn_cast<SharedStoreOp>(*load->user_begin());
  if (!store || store->getBlock() != load->getBlock() ||
      !store.getBuffer().getDefiningOp<AllocSharedOp>()) {
    return {};
  }
  // Elsewhere it may be used for the same tile of other steps.
  bool isAlone = llvm::all_of(store.getBuffer().getUsers(), [&](Operation *op) {
    if (op->getBlock() != store->getBlock()) {
      return llvm::any_of(store.getBuffer().getUsers(), [&](Operation *other) {
        return isa<SharedStoreOp>(other) &&
               other->getBlock() == op->getBlock() &&
               (other == op || other->isBeforeInBlock(op));
      });
    }
    return op == store || (isa<SharedLoadOp>(op) && store->isBeforeInBlock(op));
  });
  return isAlone ? store : SharedStoreOp();
}

int64_t moesaic::tile::countSharedBytes(KernelOp kernel) {
  int64_t bytes = 0;
  kernel.getBody().walk(
      [&](AllocSharedOp op) { bytes += op.getType().getBytes(); });
  return bytes;
}

// The values of DMA (docs/language.md).
enum CopyChoice { ByChip, ThroughRegisters, Copies };

static int64_t getCopyChoice(KernelOp kernel) {
  auto asked = kernel->getAttrOfType<IntegerAttr>(dmaAttr);
  return asked ? asked.getInt() : int64_t(ByChip);
}

bool moesaic::tile::asksForCopies(KernelOp kernel) {
  return getCopyChoice(kernel) == Copies;
}

int64_t moesaic::tile::getCopyBytes(KernelOp kernel, const Chip &chip) {
  auto stages = kernel->getAttrOfType<IntegerAttr>(stagesAttr);
  int64_t choice = getCopyChoice(kernel);
  bool copies =
      choice == Copies || (choice == ByChip && chip.copiesByDefault());
  return copies && !(stages && stages.getInt() == 1) ? chip.copyBytes : 0;
}
