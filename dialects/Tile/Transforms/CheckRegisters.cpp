//===- CheckRegisters.cpp - refuse kernels that cannot fit in registers ---===//
//
// A lower bound, so that nothing is refused that could run: what loops carry
// around a product and the product's own tiles are all in registers at once,
// and so is a tile that comes from memory. Element-wise results may be made
// piece by piece.
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

/// Extents and element type, as in 128x64xf32.
static std::string describe(Value tile) {
  auto type = cast<RankedTensorType>(tile.getType());
  std::string text;
  llvm::raw_string_ostream stream(text);
  for (int64_t extent : type.getShape()) {
    stream << extent << "x";
  }
  stream << type.getElementType();
  return text;
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
  // A product's result takes its accumulator's place; other results are new.
  if (isa<MmaOp>(op)) {
    add(op->getOperands());
  } else {
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
  InFlightDiagnostic error =
      op->emitError("kernel '")
      << kernel.getSymName() << "' needs at least " << total
      << " registers a lane here, but with WAVES = " << waves << " a lane of "
      << chip.name << " has " << limit;
  for (Value tile : tiles) {
    error.attachNote(tile.getLoc())
        << "this tile of " << describe(tile) << " takes " << registersOf(tile);
  }
  if (waves < chip.simdsPerCu) {
    error.attachNote()
        << "help: WAVES = " << chip.simdsPerCu
        << " shares the tiles among more waves, each with as many registers";
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
  // Products first: they say most about a kernel.
  auto checkAll = [&](auto isChecked) {
    return kernel.getBody()
        .walk([&](Operation *op) {
          return isChecked(op) && failed(check(op, kernel, *chip))
                     ? WalkResult::interrupt()
                     : WalkResult::advance();
        })
        .wasInterrupted();
  };
  if (checkAll([](Operation *op) { return isa<MmaOp>(op); }) ||
      checkAll([](Operation *op) { return isa<LoadOp, SharedLoadOp>(op); })) {
    signalPassFailure();
  }
}
