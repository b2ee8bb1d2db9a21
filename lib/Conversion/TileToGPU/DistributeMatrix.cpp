//===- DistributeMatrix.cpp - matrix instructions and multiply-adds -------===//

#include "Conversion/TileToGPU/Distributor.h"
#include "mlir/Dialect/AMDGPU/IR/AMDGPUDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace moesaic;
using namespace moesaic::tile;

/// Whether the accumulator's registers and lanes lie as `size`x`size`
/// instructions leave them: row = lane % size, four neighbouring columns in
/// the low registers.
static bool isAccumulatorOf(const LinearLayout &map, uint32_t size) {
  if (map.shape().size() != 2) {
    return false;
  }
  auto at = [&](int64_t row, int64_t column) {
    return map.index({row, column});
  };
  SmallVector<uint32_t> registers, lanes;
  uint32_t groups = 64 / size;
  for (uint32_t column : {1, 2}) {
    registers.push_back(at(0, column));
  }
  for (uint32_t column = 4 * groups; column < size; column *= 2) {
    registers.push_back(at(0, column));
  }
  for (uint32_t row = 1; row < size; row *= 2) {
    lanes.push_back(at(row, 0));
  }
  for (uint32_t column = 4; column < 4 * groups; column *= 2) {
    lanes.push_back(at(0, column));
  }
  return map.shape()[0] >= size && map.shape()[1] >= size &&
         map.bases(registerInput).size() >= registers.size() &&
         map.bases(registerInput).take_front(registers.size()) ==
             ArrayRef(registers) &&
         map.bases(laneInput) == ArrayRef(lanes);
}

LogicalResult Distributor::emitMma(MmaOp op) {
  const LinearLayout &map = layout(op.getResult()).getMap();
  StringRef type = getElementTypeOrSelf(op.getA()).isF16()    ? "f16"
                   : getElementTypeOrSelf(op.getA()).isBF16() ? "bf16"
                                                              : "f32";
  // The deepest instruction whose share of k the operands' fragments hold.
  const MatrixInstruction *best = nullptr;
  for (const MatrixInstruction &candidate : context.chip.matrixInstructions) {
    int registers = candidate.m * candidate.n / context.chip.waveSize;
    int operands = candidate.m * candidate.k / context.chip.waveSize;
    if (candidate.elementType == type &&
        layout(op.getResult()).getFragment() == registers &&
        layout(op.getA()).getFragment() % operands == 0 &&
        layout(op.getB()).getFragment() % operands == 0 &&
        isAccumulatorOf(map, candidate.m) && (!best || candidate.k > best->k)) {
      best = &candidate;
    }
  }
  return best ? emitMatrixInstructions(op, best->m, best->n, best->k)
              : emitMultiplyAdds(op);
}

/// Registers of an operand that feed one instruction: those of one row of our
/// a, or column of our b, by the k of their first element at lane 0.
static DenseMap<std::pair<int64_t, int64_t>, unsigned>
findOperandGroups(const LinearLayout &map, unsigned kAxis, unsigned groupSize) {
  DenseMap<std::pair<int64_t, int64_t>, unsigned> result;
  for (unsigned reg = 0, end = map.size(registerInput); reg < end;
       reg += groupSize) {
    SmallVector<int64_t> position =
        map.coordinates(applyBases(map.bases(registerInput), reg));
    result.try_emplace({position[1 - kAxis], position[kAxis]}, reg);
  }
  return result;
}

LogicalResult Distributor::emitMatrixInstructions(MmaOp op, int m, int n,
                                                  int k) {
  Location loc = op.getLoc();
  LayoutAttr result = layout(op.getResult()), a = layout(op.getA()),
             b = layout(op.getB());
  if (layout(op.getAccumulator()) != result) {
    return unsupported(op, "the accumulator's layout is not the result's");
  }
  // Elements of one lane in one operand of the instruction.
  unsigned groupSize = m * k / context.chip.waveSize;
  auto aGroups = findOperandGroups(a.getMap(), /*kAxis=*/1, groupSize);
  auto bGroups = findOperandGroups(b.getMap(), /*kAxis=*/0, groupSize);
  auto operand = [&](Value tile, LayoutAttr held, unsigned reg) -> Value {
    Value fragment = fragments(tile)[reg / held.getFragment()];
    if (held.getFragment() == static_cast<int>(groupSize)) {
      return fragment;
    }
    return vector::ExtractStridedSliceOp::create(
        builder, loc, fragment, ArrayRef<int64_t>{reg % held.getFragment()},
        ArrayRef<int64_t>{groupSize}, ArrayRef<int64_t>{1});
  };
  // The steps over k, in the order of the registers of a's first row.
  SmallVector<int64_t> steps;
  for (unsigned reg = 0, end = a.getMap().size(registerInput); reg < end;
       reg += groupSize) {
    SmallVector<int64_t> position = a.getMap().coordinates(
        applyBases(a.getMap().bases(registerInput), reg));
    if (position[0] == 0) {
      steps.push_back(position[1]);
    }
  }
  Fragments values = fragments(op.getAccumulator());
  for (int64_t step : steps) {
    for (auto [number, value] : llvm::enumerate(values)) {
      SmallVector<int64_t> block = result.getMap().coordinates(applyBases(
          result.getMap().bases(registerInput), number * result.getFragment()));
      auto ofA = aGroups.find({block[0], step}),
           ofB = bGroups.find({block[1], step});
      if (ofA == aGroups.end() || ofB == bGroups.end()) {
        return unsupported(
            op, "the operands' layouts do not fit the accumulator's");
      }
      value = amdgpu::MFMAOp::create(builder, loc, value.getType(), m, n, k,
                                     /*blocks=*/1,
                                     operand(op.getB(), b, ofB->second),
                                     operand(op.getA(), a, ofA->second), value);
    }
  }
  setFragments(op.getResult(), std::move(values));
  return success();
}

/// Every lane multiplies its rows of a with its columns of b, k ascending.
LogicalResult Distributor::emitMultiplyAdds(MmaOp op) {
  Location loc = op.getLoc();
  LayoutAttr result = layout(op.getResult()), a = layout(op.getA()),
             b = layout(op.getB());
  int64_t depth = a.getMap().shape()[1];
  if (layout(op.getAccumulator()) != result) {
    return unsupported(op, "the accumulator's layout is not the result's");
  }
  auto registersByIndex = [](const LinearLayout &map) {
    DenseMap<uint32_t, unsigned> found;
    for (unsigned reg = 0, end = map.size(registerInput); reg < end; ++reg) {
      found.try_emplace(applyBases(map.bases(registerInput), reg), reg);
    }
    return found;
  };
  auto aRegisters = registersByIndex(a.getMap()),
       bRegisters = registersByIndex(b.getMap());
  DenseMap<std::pair<Value, unsigned>, Value> widened;
  auto operand = [&](Value tile, unsigned reg) {
    Value &value = widened[{tile, reg}];
    if (!value) {
      value = extractRegister(loc, fragments(tile), reg);
      if (!value.getType().isF32()) {
        value =
            arith::ExtFOp::create(builder, loc, builder.getF32Type(), value);
      }
    }
    return value;
  };
  const Fragments &accumulators = fragments(op.getAccumulator());
  SmallVector<Value> sums;
  for (unsigned reg = 0, end = result.getMap().size(registerInput); reg < end;
       ++reg) {
    SmallVector<int64_t> position = result.getMap().coordinates(
        applyBases(result.getMap().bases(registerInput), reg));
    Value sum = extractRegister(loc, accumulators, reg);
    for (int64_t k = 0; k < depth; ++k) {
      auto ofA = aRegisters.find(a.getMap().index({position[0], k}));
      auto ofB = bRegisters.find(b.getMap().index({k, position[1]}));
      if (ofA == aRegisters.end() || ofB == bRegisters.end()) {
        return unsupported(
            op, "the operands' layouts do not fit the accumulator's");
      }
      sum = math::FmaOp::create(builder, loc, operand(op.getA(), ofA->second),
                                operand(op.getB(), ofB->second), sum);
    }
    sums.push_back(sum);
  }
  setFragments(op.getResult(), packRegisters(loc, sums, result.getFragment()));
  return success();
}
