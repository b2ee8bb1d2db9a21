//===- ExplainPerformance.cpp - what will be fast, what slow, and why -----===//
//
// Speaks of the program as its author wrote it: which operation, which reason,
// and what to write instead, where there is something to write.
//
//===----------------------------------------------------------------------===//

#include "Layout/SharedLayout.h"
#include "Target/Chips.h"
#include "dialects/Tile/Transforms/AccessAnalysis.h"
#include "dialects/Tile/Transforms/LayoutChoice.h"
#include "dialects/Tile/Transforms/Passes.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/TypeSwitch.h"

namespace moesaic::tile {
#define GEN_PASS_DEF_EXPLAINPERFORMANCE
#include "dialects/Tile/Transforms/Passes.h.inc"
} // namespace moesaic::tile

using namespace mlir;
using namespace moesaic;
using namespace moesaic::tile;

/// Bytes that the widest access to memory moves for one lane.
static constexpr int64_t widestBytes = 16;

static int64_t bytesOf(Type element) {
  return llvm::divideCeil(element.getIntOrFloatBitWidth(), 8);
}

namespace {
class Explainer {
public:
  Explainer(KernelOp kernel, const Chip &chip) : kernel(kernel), chip(chip) {}

  void explain(Operation *op);

private:
  void explainProduct(MmaOp product);
  void explainAccess(Operation *access, RankedTensorType tile,
                     const AccessFacts &facts);
  void attachReason(InFlightDiagnostic &remark, const AccessFacts &facts,
                    int64_t possible);
  void explainBuffer(AllocSharedOp buffer);
  void explainEmulation(Operation *op);
  /// The name of the kernel's argument that `value` is; empty for others.
  StringRef argumentName(Value value);

  KernelOp kernel;
  const Chip &chip;
  AccessAnalysis accesses;
  llvm::SmallDenseSet<std::pair<Location, StringRef>> emulated;
  llvm::SmallDenseSet<std::pair<Location, OperationName>> explained;
};

struct ExplainPerformancePass
    : public tile::impl::ExplainPerformanceBase<ExplainPerformancePass> {
  using ExplainPerformanceBase::ExplainPerformanceBase;
  void runOnOperation() override {
    const Chip *chip = findChip(target);
    if (!chip) {
      getOperation().emitError("chip '") << target << "' is not supported";
      return signalPassFailure();
    }
    Explainer explainer(getOperation(), *chip);
    getOperation().getBody().walk(
        [&](Operation *op) { explainer.explain(op); });
    markAllAnalysesPreserved();
  }
};
} // namespace

StringRef Explainer::argumentName(Value value) {
  while (value.getDefiningOp<arith::ExtSIOp>()) {
    value = value.getDefiningOp()->getOperand(0);
  }
  auto argument = dyn_cast<BlockArgument>(value);
  return argument && argument.getOwner()->getParentOp() == kernel
             ? kernel.getArgName(argument.getArgNumber())
             : StringRef();
}

/// Whether a tile is loaded to the registers it is used from, in this iteration
/// of a loop or an earlier one.
static bool comesFromMemory(Value tile) {
  while (auto permute = tile.getDefiningOp<PermuteOp>()) {
    tile = permute.getSource();
  }
  auto argument = dyn_cast<BlockArgument>(tile);
  auto loop = argument
                  ? dyn_cast<scf::ForOp>(argument.getOwner()->getParentOp())
                  : tile.getDefiningOp<scf::ForOp>();
  if (!loop) {
    return tile.getDefiningOp<LoadOp>() != nullptr;
  }
  OpOperand *init = argument ? loop.getTiedLoopInit(argument)
                             : loop.getTiedLoopInit(cast<OpResult>(tile));
  return init && comesFromMemory(init->get());
}

void Explainer::explainProduct(MmaOp product) {
  std::optional<ProductPlan> plan =
      planProduct(product, chip, kernel.getWaves());
  auto a = cast<RankedTensorType>(product.getA().getType());
  auto b = cast<RankedTensorType>(product.getB().getType());
  if (plan) {
    InFlightDiagnostic remark =
        product.emitRemark("uses the matrix instruction ");
    remark << plan->instruction.m << "x" << plan->instruction.n << "x"
           << plan->instruction.k << " of " << a.getElementType()
           << ", the waves in a grid of " << plan->waves.m << " x "
           << plan->waves.n;
    for (auto [name, operand] :
         {std::pair("a", product.getA()), {"b", product.getB()}}) {
      if (comesFromMemory(operand)) {
        remark << "; " << name << " skips LDS";
      }
    }
    return;
  }
  InFlightDiagnostic remark = product.emitRemark("no matrix instruction: ");
  const MatrixInstruction *least = nullptr;
  for (const MatrixInstruction &entry : chip.matrixInstructions) {
    bool fits = entry.elementType == (a.getElementType().isBF16()  ? "bf16"
                                      : a.getElementType().isF16() ? "f16"
                                                                   : "");
    if (fits && (!least || entry.m * entry.n * entry.k <
                               least->m * least->n * least->k)) {
      least = &entry;
    }
  }
  if (!least) {
    remark << chip.name << " has none of " << a.getElementType()
           << " here, every lane multiplies and adds";
    remark.attachNote() << "help: operands of f16 or bf16 have one";
    return;
  }
  remark << "the tile of " << a.getDimSize(0) << "x" << b.getDimSize(1) << "x"
         << a.getDimSize(1) << " is smaller than the least, " << least->m << "x"
         << least->n << "x" << least->k;
}

void Explainer::attachReason(InFlightDiagnostic &remark,
                             const AccessFacts &facts, int64_t possible) {
  StringRef name = facts.limiter ? argumentName(facts.limiter) : "";
  switch (facts.limit) {
  case AccessLimit::None:
    remark << "the layout that its users need keeps no more together";
    return;
  case AccessLimit::NoContiguousAxis:
    remark << "no tile of indices walks an axis whose elements lie together";
    return;
  case AccessLimit::Gather:
    remark << "the indices along the contiguous axis do not count upwards";
    return;
  case AccessLimit::Start:
    remark << "the indices start at multiples of "
           << accesses.facts(facts.limiter).divisor << " elements";
    return;
  case AccessLimit::Block:
    remark << "the array is stored in blocks of " << facts.elements
           << " elements along its contiguous axis";
    return;
  case AccessLimit::Extent:
  case AccessLimit::Stride:
    StringRef what = facts.limit == AccessLimit::Extent ? "extent" : "stride";
    remark << "the " << what;
    if (name.empty()) {
      remark << " along its contiguous axis";
    } else {
      remark << " '" << name << "'";
    }
    remark << " is not known to be a multiple of " << possible;
    if (!name.empty()) {
      remark.attachNote() << "help: where " << name << " % " << possible
                          << " == 0";
    }
    return;
  }
}

void Explainer::explainAccess(Operation *access, RankedTensorType tile,
                              const AccessFacts &facts) {
  LayoutAttr layout = getLayout(tile);
  if (!layout) {
    return;
  }
  int64_t bytes = bytesOf(tile.getElementType());
  int64_t lanes = int64_t(chip.waveSize) * kernel.getWaves();
  int64_t possible =
      std::min({std::max<int64_t>(widestBytes / bytes, 1),
                tile.getDimSize(facts.axisOrder.front()),
                std::max<int64_t>(tile.getNumElements() / lanes, 1)});
  int64_t width = accessWidth(facts, layout);
  if (width >= possible) {
    return;
  }
  InFlightDiagnostic remark = access->emitRemark();
  remark << "moves " << width * bytes << " bytes at once of "
         << possible * bytes << " possible: ";
  AccessFacts reason = facts;
  if (facts.elements >= possible) {
    reason.limit = AccessLimit::None;
  }
  attachReason(remark, reason, possible);
}

/// Whether a product reads the tile, possibly in another form.
static bool feedsProduct(Value tile) {
  return llvm::any_of(tile.getUsers(), [](Operation *user) {
    if (isa<ConvertLayoutOp, PermuteOp, ReshapeOp>(user)) {
      return feedsProduct(user->getResult(0));
    }
    return isa<MmaOp>(user);
  });
}

void Explainer::explainBuffer(AllocSharedOp buffer) {
  SharedType type = buffer.getType();
  int64_t bits = type.getElementType().getIntOrFloatBitWidth();
  bool forProduct = false;
  for (Operation *user : buffer->getUsers()) {
    if (isa<SharedCopyOp>(user)) {
      continue; // in order, hence without conflicts
    }
    auto store = dyn_cast<SharedStoreOp>(user);
    auto load = dyn_cast<SharedLoadOp>(user);
    if (!store && !load) {
      return;
    }
    Type tile = store ? store.getValue().getType() : load.getType();
    const LinearLayout &map = getLayout(tile).getMap();
    const LinearLayout &shared = type.getLayout().getMap();
    BankCycles cycles =
        store ? bankConflicts(map, shared, bits, SharedAccess::Write,
                              writeCycleBytes)
              : readConflicts(map, shared, bits, chip);
    if (cycles.cycles > cycles.ideal) {
      user->emitRemark(store ? "write to LDS" : "read from LDS")
          << " takes " << cycles.cycles << " cycles where " << cycles.ideal
          << " are enough: bank conflicts";
    }
    forProduct |= load && feedsProduct(load);
  }
  if (!forProduct) {
    buffer.emitRemark("moves between lanes through ")
        << type.getBytes()
        << " bytes of LDS, because its users need another distribution";
  }
}

void Explainer::explainEmulation(Operation *op) {
  if (op->getNumResults() != 1 || !isTile(op->getResult(0).getType())) {
    return;
  }
  Type element = getElementTypeOrSelf(op->getResult(0).getType());
  StringRef what;
  if (isa<arith::AddFOp, arith::SubFOp, arith::MulFOp, arith::DivFOp>(op) &&
      element.isBF16()) {
    what = "arithmetic on bf16 is done in f32, with conversions there and back";
  } else if (isa<arith::TruncFOp>(op) && element.isBF16() &&
             !chip.convertsToBF16) {
    what = "this chip has no conversion to bf16; it takes about five "
           "instructions for two elements";
  } else if (isa<arith::DivSIOp, arith::FloorDivSIOp, arith::RemSIOp,
                 arith::CeilDivSIOp>(op)) {
    what = "division of integers by a value that is no constant takes dozens "
           "of instructions an element";
    if (matchPattern(op->getOperand(1), m_Constant())) {
      return;
    }
  }
  if (!what.empty() && emulated.insert({op->getLoc(), what}).second) {
    op->emitRemark(what);
  }
}

void Explainer::explain(Operation *op) {
  // Several copies stand for one statement of the program.
  if (isa<MmaOp, LoadOp, StoreOp>(op) &&
      !explained.insert({op->getLoc(), op->getName()}).second) {
    return;
  }
  llvm::TypeSwitch<Operation *>(op)
      .Case([&](MmaOp product) { explainProduct(product); })
      .Case([&](LoadOp load) {
        if (auto tile = dyn_cast<RankedTensorType>(load.getType())) {
          explainAccess(op, tile, accesses.analyze(load));
        }
      })
      .Case([&](StoreOp store) {
        if (auto tile =
                dyn_cast<RankedTensorType>(store.getValue().getType())) {
          explainAccess(op, tile, accesses.analyze(store));
        }
      })
      .Case([&](AllocSharedOp buffer) { explainBuffer(buffer); })
      .Default([&](Operation *other) { explainEmulation(other); });
}
