//===- CheckRegisters.cpp - refuse kernels that cannot fit in registers ---===//
//
// A lower bound, so that nothing is refused that could run: what loops carry
// around a product and the product's own tiles are all in registers at once.
//
//===----------------------------------------------------------------------===//

#include "Target/Chips.h"
#include "dialects/Tile/Transforms/Passes.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/SetVector.h"

namespace moesaic::tile {
#define GEN_PASS_DEF_CHECKREGISTERS
#include "dialects/Tile/Transforms/Passes.h.inc"
} // namespace moesaic::tile

using namespace mlir;
using namespace moesaic;
using namespace moesaic::tile;

/// 32-bit registers of a lane that a tile takes; 0 when it has no layout.
static int64_t registersOf(Value tile) {
  LayoutAttr layout = getLayout(tile.getType());
  if (!layout) {
    return 0;
  }
  int64_t bits =
      cast<RankedTensorType>(tile.getType()).getElementTypeBitWidth();
  return llvm::divideCeil(int64_t(layout.getMap().size(registerInput)) *
                              std::max<int64_t>(bits, 8),
                          32);
}

/// Tiles that are in registers while `op` runs, whatever the compiler does.
static SetVector<Value> tilesAlive(Operation *op) {
  SetVector<Value> tiles;
  auto add = [&](ValueRange values) {
    for (Value value : values) {
      if (registersOf(value) > 0) {
        tiles.insert(value);
      }
    }
  };
  // The result of a product takes its accumulator's place.
  add(op->getOperands());
  if (!isa<MmaOp>(op)) {
    add(op->getResults());
  }
  for (Operation *parent = op->getParentOp(); parent && !isa<KernelOp>(parent);
       parent = parent->getParentOp()) {
    if (auto loop = dyn_cast<scf::ForOp>(parent)) {
      add(loop.getRegionIterArgs());
    }
  }
  return tiles;
}

/// Whether a tile of this op exists as a whole: it comes from memory, a product
/// or a loop. Element-wise results may be made piece by piece.
static bool holdsWholeTiles(Operation *op) {
  return isa<MmaOp, LoadOp, SharedLoadOp>(op);
}

namespace {
struct CheckRegistersPass
    : public tile::impl::CheckRegistersBase<CheckRegistersPass> {
  using CheckRegistersBase::CheckRegistersBase;
  void runOnOperation() override;
};
} // namespace

static LogicalResult check(Operation *op, KernelOp kernel, const Chip &chip) {
  SetVector<Value> tiles = tilesAlive(op);
  int64_t total = 0;
  for (Value tile : tiles) {
    total += registersOf(tile);
  }
  // Waves of one workgroup run at once; those on one SIMD share its registers.
  int64_t waves = kernel.getWaves();
  int64_t limit =
      chip.vgprsPerLane / llvm::divideCeil(waves, int64_t(chip.simdsPerCu));
  if (total <= limit) {
    return success();
  }
  InFlightDiagnostic error = op->emitError("kernel '")
                             << kernel.getSymName() << "' needs at least "
                             << total << " registers a lane here, but with "
                             << waves << " waves a lane of " << chip.name
                             << " has " << limit;
  for (Value tile : tiles) {
    auto type = cast<RankedTensorType>(tile.getType());
    Diagnostic &note = error.attachNote(tile.getLoc());
    note << "this tile of ";
    llvm::interleave(
        type.getShape(), [&](int64_t extent) { note << extent; },
        [&] { note << "x"; });
    note << "x" << type.getElementType() << " takes " << registersOf(tile);
  }
  if (waves < chip.simdsPerCu) {
    error.attachNote() << "help: " << chip.simdsPerCu
                       << " waves have as many registers each and share the "
                          "tile";
  } else {
    error.attachNote() << "help: make the largest of these tiles smaller";
  }
  return error;
}

void CheckRegistersPass::runOnOperation() {
  KernelOp kernel = getOperation();
  const Chip *chip = findChip(target);
  if (!chip) {
    kernel.emitError("chip '") << target << "' is not supported";
    return signalPassFailure();
  }
  WalkResult result = kernel.getBody().walk([&](Operation *op) {
    return holdsWholeTiles(op) && failed(check(op, kernel, *chip))
               ? WalkResult::interrupt()
               : WalkResult::advance();
  });
  if (result.wasInterrupted()) {
    signalPassFailure();
  }
}
