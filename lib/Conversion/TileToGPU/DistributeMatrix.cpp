//===- DistributeMatrix.cpp - matrix instructions and multiply-adds -------===//

#include "Conversion/TileToGPU/Distributor.h"
#include "mlir/Dialect/AMDGPU/IR/AMDGPUDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace moesaic;
using namespace moesaic::tile;

/// Whether the accumulator's registers and lanes lie as `instruction` leaves
/// them.
static bool isAccumulatorOf(const LinearLayout &map,
                            MatrixExtents instruction) {
  if (map.shape().size() != 2 || map.shape()[0] < instruction.m ||
      map.shape()[1] < instruction.n) {
    return false;
  }
  LinearLayout one = accumulatorLayout(instruction.m, instruction.n,
                                       instruction, /*waves=*/{1, 1});
  auto placed = [&](StringRef input) {
    return llvm::map_to_vector(one.bases(input), [&](uint32_t basis) {
      return map.index(one.coordinates(basis));
    });
  };
  SmallVector<uint32_t> registers = placed(registerInput),
                        lanes = placed(laneInput);
  return map.bases(registerInput).size() >= registers.size() &&
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
  std::optional<MatrixExtents> best;
  for (const MatrixInstruction &entry : context.chip.matrixInstructions) {
    MatrixExtents candidate{entry.m, entry.n, entry.k,
                            context.chip.matrixFamily};
    int64_t operands = operandRegisters(candidate);
    if (entry.elementType == type &&
        layout(op.getResult()).getFragment() ==
            accumulatorRegisters(candidate) &&
        layout(op.getA()).getFragment() % operands == 0 &&
        layout(op.getB()).getFragment() % operands == 0 &&
        isAccumulatorOf(map, candidate) && (!best || candidate.k > best->k)) {
      best = candidate;
    }
  }
  return best ? emitMatrixInstructions(op, *best) : emitMultiplyAdds(op);
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

/// D = A * B + C in one instruction; `a` and `b` are the hardware's operands.
static Value emitInstruction(OpBuilder &builder, Location loc,
                             MatrixExtents instruction, Value a, Value b,
                             Value accumulator) {
  auto [m, n, k, family] = instruction;
  if (family == MatrixFamily::MFMA) {
    return amdgpu::MFMAOp::create(builder, loc, accumulator.getType(), m, n, k,
                                  /*blocks=*/1, a, b, accumulator);
  }
  return amdgpu::WMMAOp::create(builder, loc, accumulator.getType(), m, n, k, a,
                                b, accumulator);
}

LogicalResult Distributor::emitMatrixInstructions(MmaOp op,
                                                  MatrixExtents instruction) {
  Location loc = op.getLoc();
  LayoutAttr result = layout(op.getResult()), a = layout(op.getA()),
             b = layout(op.getB());
  if (layout(op.getAccumulator()) != result) {
    return unsupported(op, "the accumulator's layout is not the result's");
  }
  // Elements of one lane in one operand of the instruction.
  unsigned groupSize = operandRegisters(instruction);
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
      value = emitInstruction(builder, loc, instruction,
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
