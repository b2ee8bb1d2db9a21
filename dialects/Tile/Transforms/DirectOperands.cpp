//===- DirectOperands.cpp - operands without a way through LDS ------------===//

#include "dialects/Tile/Transforms/DirectOperands.h"
#include "Layout/Algebra.h"

using namespace mlir;
using namespace moesaic;
using namespace moesaic::tile;

/// What one lane should load at once.
static constexpr int64_t laneBytes = 16;
/// A cache line of the second level on chips with MFMA, two of the first on
/// those with WMMA ("AMD CDNA 3" white paper, "RDNA3" ISA guide).
static constexpr int64_t lineBytes = 128;

static bool suitsDirectLoad(Value operand, const LinearLayout &layout,
                            AccessAnalysis &accesses) {
  LinearLayout map = layout;
  while (auto permute = operand.getDefiningOp<PermuteOp>()) {
    SmallVector<int64_t> inverse(permute.getOrder().size());
    for (auto [to, from] : llvm::enumerate(permute.getOrder())) {
      inverse[from] = to;
    }
    map = permuteAxes(map, inverse);
    operand = permute.getSource();
  }
  auto load = operand.getDefiningOp<LoadOp>();
  auto view = load ? load.getArray().getDefiningOp<ViewOp>() : ViewOp();
  if (!view || view.getBlocks().empty()) {
    return false;
  }
  AccessFacts facts = accesses.analyze(load);
  int64_t bytes = llvm::divideCeil(
      getElementTypeOrSelf(load.getType()).getIntOrFloatBitWidth(), 8);
  int64_t wide = std::max<int64_t>(laneBytes / bytes, 1);
  if (facts.elements < wide ||
      contiguousElements(map, facts.axisOrder.front()) < wide) {
    return false;
  }
  // Behind the elements of one lane come those of others.
  int64_t together = wide;
  for (auto [axis, step] :
       ArrayRef(facts.memorySteps).drop_front(llvm::Log2_64(wide))) {
    SmallVector<int64_t> position(map.shape().size());
    position[axis] = step;
    if (!llvm::is_contained(map.bases(laneInput), map.index(position))) {
      break;
    }
    together *= 2;
  }
  return together * bytes >= lineBytes;
}

DirectOperands moesaic::tile::findDirectOperands(MmaOp product,
                                                 MatrixExtents instruction,
                                                 WaveGrid grid,
                                                 const Chip &chip,
                                                 AccessAnalysis &accesses) {
  // Addresses, the other operand and the like.
  constexpr int64_t working = 72;
  auto shape = [](Value value) {
    return cast<RankedTensorType>(value.getType()).getShape();
  };
  int64_t m = shape(product.getA())[0], k = shape(product.getA())[1],
          n = shape(product.getB())[1];
  int64_t waves = grid.m * grid.n;
  int64_t sharers = llvm::divideCeil(waves, int64_t(chip.simdsPerCu));
  int64_t left =
      std::min<int64_t>(chip.maxArchVgprs, chip.vgprsPerLane / sharers) -
      working -
      int64_t(accumulatorLayout(m, n, instruction, grid).size(registerInput));
  auto isDirect = [&](MatrixOperand which, Value value, int64_t rows) {
    LinearLayout layout = operandLayout(which, rows, k, instruction, grid,
                                        preferredKVector(k, instruction));
    int64_t bits =
        getElementTypeOrSelf(value.getType()).getIntOrFloatBitWidth();
    int64_t registers = int64_t(layout.size(registerInput)) * bits / 32;
    if (2 * registers > left || !suitsDirectLoad(value, layout, accesses)) {
      return false;
    }
    left -= 2 * registers;
    return true;
  };
  DirectOperands direct;
  direct.b = isDirect(MatrixOperand::B, product.getB(), n);
  direct.a = isDirect(MatrixOperand::A, product.getA(), m);
  return direct;
}
