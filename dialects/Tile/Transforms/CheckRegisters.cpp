//===- CheckRegisters.cpp - refuse kernels that cannot fit in registers ---===//
//
// A lower bound, so that nothing is refused that could run: what loops carry
// around a product and the product's own tiles are all in registers at once,
// and so is a tile that comes from memory. Operands that come from LDS need to
// be there for one step over k only. Element-wise results may be made piece by
// piece.
//
//===----------------------------------------------------------------------===//

#include "Layout/Algebra.h"
#include "Target/Chips.h"
#include "dialects/Tile/Transforms/LayoutChoice.h"
#include "dialects/Tile/Transforms/Passes.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/MapVector.h"

namespace moesaic::tile {
#define GEN_PASS_DEF_CHECKREGISTERS
#include "dialects/Tile/Transforms/Passes.h.inc"
} // namespace moesaic::tile

using namespace mlir;
using namespace moesaic;
using namespace moesaic::tile;

/// Waves of the largest workgroup that a kernel may have.
static constexpr int64_t largestWaves = 16;

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

/// Whether a product's operand comes from LDS, or will when conversions are
/// staged.
static bool comesFromShared(Value operand) {
  if (operand.getDefiningOp<SharedLoadOp>()) {
    return true;
  }
  auto conversion = operand.getDefiningOp<ConvertLayoutOp>();
  LayoutAttr to = getLayout(operand.getType());
  LayoutAttr from =
      conversion ? getLayout(conversion.getSource().getType()) : LayoutAttr();
  if (!to || !from) {
    return false;
  }
  std::optional<Transfer> moves = transfer(from.getMap(), to.getMap());
  return moves && moves->movement >= Movement::Lanes;
}

/// How many steps over `kAxis` the registers of a product's operand make if the
/// operand comes from LDS, which can be read step by step; 1 if it does not.
static int64_t stepsFromShared(Value operand, int64_t kAxis) {
  LayoutAttr layout = getLayout(operand.getType());
  if (!layout || !comesFromShared(operand)) {
    return 1;
  }
  ArrayRef<uint32_t> registers = layout.getMap().bases(registerInput);
  int64_t steps = 1;
  for (uint32_t basis :
       registers.drop_front(llvm::Log2_64(layout.getFragment()))) {
    if (layout.getMap().coordinates(basis)[kAxis] != 0) {
      steps *= 2;
    }
  }
  return steps;
}

/// Whether what a loop carries is used by `op` or after it in an iteration.
static bool isUsedFrom(Operation *op, BlockArgument argument) {
  Block *body = argument.getOwner();
  Operation *here = body->findAncestorOpInBlock(*op);
  return llvm::any_of(argument.getUsers(), [&](Operation *user) {
    return !body->findAncestorOpInBlock(*user)->isBeforeInBlock(here);
  });
}

/// Tiles that are in registers while `op` runs, whatever the compiler does, and
/// how many registers of a lane they take then.
static llvm::MapVector<Value, int64_t> tilesAlive(Operation *op) {
  llvm::MapVector<Value, int64_t> tiles;
  auto add = [&](ValueRange values) {
    for (Value value : values) {
      if (int64_t registers = registersOf(value)) {
        tiles.insert({value, registers});
      }
    }
  };
  // A product's result takes its accumulator's place; other results are new.
  if (auto product = dyn_cast<MmaOp>(op)) {
    for (auto [operand, kAxis] :
         {std::pair(product.getA(), 1), std::pair(product.getB(), 0)}) {
      if (int64_t registers = registersOf(operand)) {
        tiles.insert(
            {operand,
             llvm::divideCeil(registers, stepsFromShared(operand, kAxis))});
      }
    }
    add(product.getAccumulator());
  } else {
    add(op->getResults());
  }
  for (Operation *parent = op->getParentOp(); parent && !isa<KernelOp>(parent);
       parent = parent->getParentOp()) {
    if (auto loop = dyn_cast<scf::ForOp>(parent)) {
      for (BlockArgument argument : loop.getRegionIterArgs()) {
        if (isUsedFrom(op, argument)) {
          add(argument);
        }
      }
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
  llvm::MapVector<Value, int64_t> tiles = tilesAlive(op);
  int64_t total = 0;
  for (auto [tile, registers] : tiles) {
    total += registers;
  }
  // Waves of one workgroup run at once; those on one SIMD share its registers.
  auto limitOf = [&](int64_t waves) {
    return std::min<int64_t>(
        chip.maxVgprs,
        chip.vgprsPerLane / llvm::divideCeil(waves, int64_t(chip.simdsPerCu)));
  };
  int64_t waves = kernel.getWaves(), limit = limitOf(waves);
  if (total <= limit) {
    return success();
  }
  InFlightDiagnostic error =
      op->emitError("kernel '")
      << kernel.getSymName() << "' needs at least " << total
      << " registers a lane here, but with WAVES = " << waves << " a lane of "
      << chip.name << " has " << limit;
  for (auto [tile, registers] : tiles) {
    error.attachNote(tile.getLoc())
        << (registers < registersOf(tile) ? "one step over k of " : "")
        << "this tile of " << describe(tile) << " takes " << registers;
  }
  int64_t mostWaves = waves;
  while (2 * mostWaves <= largestWaves && limitOf(2 * mostWaves) == limit) {
    mostWaves *= 2;
  }
  if (waves < mostWaves) {
    error.attachNote()
        << "help: WAVES = " << mostWaves
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
