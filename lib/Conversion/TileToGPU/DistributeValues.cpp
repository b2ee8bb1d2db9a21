//===- DistributeValues.cpp - element-wise work and rearrangements --------===//

#include "Conversion/TileToGPU/Distributor.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace moesaic;
using namespace moesaic::tile;

LogicalResult Distributor::emitScalar(Operation &op) {
  if (isa<ProgramIdOp>(op)) {
    Value id = gpu::BlockIdOp::create(builder, op.getLoc(), gpu::Dimension::x);
    map(op.getResult(0), arith::IndexCastOp::create(builder, op.getLoc(),
                                                    builder.getI32Type(), id));
    return success();
  }
  if (isa<XcdCountOp>(op)) {
    map(op.getResult(0), i32(op.getLoc(), context.chip.xcds));
    return success();
  }
  if (op.getNumRegions() != 0 || isa<TileDialect>(op.getDialect())) {
    return unsupported(&op, "there is no rule for it");
  }
  builder.clone(op, scalars);
  return success();
}

LogicalResult Distributor::emitElementwise(Operation &op) {
  if (op.getNumResults() != 1 || !op.hasTrait<OpTrait::Elementwise>()) {
    return unsupported(&op, "there is no rule for it");
  }
  Value result = op.getResult(0);
  for (Value operand : op.getOperands()) {
    if (isa<RankedTensorType>(operand.getType()) &&
        layout(operand) != layout(result)) {
      return unsupported(&op, "its operands have different layouts");
    }
  }
  VectorType type = fragmentType(result.getType());
  unsigned count =
      layout(result).getMap().size(registerInput) / type.getNumElements();
  Fragments values;
  for (unsigned fragment = 0; fragment < count; ++fragment) {
    OperationState state(op.getLoc(), op.getName());
    for (Value operand : op.getOperands()) {
      bool isTile = isa<RankedTensorType>(operand.getType());
      state.addOperands(isTile ? fragments(operand)[fragment]
                               : scalar(operand));
    }
    state.addTypes(type);
    state.addAttributes(op.getAttrs());
    values.push_back(builder.create(state)->getResult(0));
  }
  setFragments(result, std::move(values));
  return success();
}

LogicalResult Distributor::emitConstant(arith::ConstantOp op) {
  auto splat = dyn_cast<SplatElementsAttr>(op.getValue());
  if (!splat) {
    return unsupported(op, "only constants with one value everywhere are");
  }
  VectorType type = fragmentType(op.getType());
  Value value =
      arith::ConstantOp::create(builder, op.getLoc(), splat.resizeSplat(type));
  setFragments(op, Fragments(layout(op).getMap().size(registerInput) /
                                 type.getNumElements(),
                             value));
  return success();
}

LogicalResult Distributor::emitSplat(SplatOp op) {
  VectorType type = fragmentType(op.getType());
  Value value = vector::BroadcastOp::create(builder, op.getLoc(), type,
                                            scalar(op.getScalar()));
  setFragments(op, Fragments(layout(op).getMap().size(registerInput) /
                                 type.getNumElements(),
                             value));
  return success();
}

LogicalResult Distributor::emitRange(RangeOp op) {
  Location loc = op.getLoc();
  const LinearLayout &map = layout(op).getMap();
  VectorType type = fragmentType(op.getType());
  bool disjoint = areDisjoint(map.bases(registerInput), map.bases(laneInput),
                              map.bases(waveInput));
  Value thread = vector::BroadcastOp::create(
      builder, loc, type,
      threadPart(loc, map.bases(laneInput), map.bases(waveInput)));
  Fragments values;
  for (unsigned first = 0, end = map.size(registerInput); first < end;
       first += type.getNumElements()) {
    SmallVector<int32_t> parts;
    for (unsigned reg = first; reg < first + type.getNumElements(); ++reg) {
      parts.push_back(applyBases(map.bases(registerInput), reg));
    }
    Value registers = arith::ConstantOp::create(
        builder, loc, DenseIntElementsAttr::get(type, parts));
    values.push_back(addLinear(loc, thread, registers, disjoint));
  }
  setFragments(op, std::move(values));
  return success();
}

/// With e = exp(-|x|): 1 / (1 + e), times e where x is negative. Neither the
/// exponential nor the native reciprocal then leaves the range in which it is
/// accurate, and results that are denormals are right too.
LogicalResult Distributor::emitSigmoid(SigmoidOp op) {
  Location loc = op.getLoc();
  auto compute = [&](Value x) -> Value {
    auto splat = [&](float value) -> Value {
      TypedAttr attribute = builder.getF32FloatAttr(value);
      if (auto type = dyn_cast<VectorType>(x.getType())) {
        attribute = DenseElementsAttr::get(type, attribute);
      }
      return arith::ConstantOp::create(builder, loc, attribute);
    };
    Value magnitude = math::AbsFOp::create(builder, loc, x);
    Value power = math::ExpOp::create(
        builder, loc, arith::NegFOp::create(builder, loc, magnitude));
    Value sum = arith::AddFOp::create(builder, loc, power, splat(1.0f));
    Value large = arith::DivFOp::create(builder, loc, splat(1.0f), sum,
                                        arith::FastMathFlags::arcp |
                                            arith::FastMathFlags::afn);
    Value small = arith::MulFOp::create(builder, loc, power, large);
    Value isLarge = arith::CmpFOp::create(
        builder, loc, arith::CmpFPredicate::OGE, x, splat(0.0f));
    return arith::SelectOp::create(builder, loc, isLarge, large, small);
  };
  if (!isa<RankedTensorType>(op.getType())) {
    map(op.getResult(), compute(scalar(op.getOperand())));
    return success();
  }
  if (layout(op.getOperand()) != layout(op.getResult())) {
    return unsupported(op, "its operand has another layout");
  }
  Fragments values;
  for (Value fragment : fragments(op.getOperand())) {
    values.push_back(compute(fragment));
  }
  setFragments(op, std::move(values));
  return success();
}

LogicalResult
Distributor::emitRearrangement(Operation *op, Value source, Value result,
                               function_ref<uint32_t(uint32_t)> sourceIndex) {
  LayoutAttr from = layout(source), to = layout(result);
  SmallVector<unsigned> registers =
      matchRegisters(from.getMap(), to.getMap(), sourceIndex);
  if (registers.empty()) {
    return unsupported(op, "its elements would move between lanes");
  }
  const Fragments &held = fragments(source);
  bool isIdentity = from.getFragment() == to.getFragment() &&
                    registers.size() == from.getMap().size(registerInput);
  for (auto [index, reg] : llvm::enumerate(registers)) {
    isIdentity &= index == reg;
  }
  if (isIdentity) {
    setFragments(result, Fragments(held));
    return success();
  }
  SmallVector<Value> values;
  for (unsigned reg : registers) {
    values.push_back(extractRegister(op->getLoc(), held, reg));
  }
  setFragments(result, packRegisters(op->getLoc(), values, to.getFragment()));
  return success();
}

LogicalResult Distributor::emitBroadcast(BroadcastOp op) {
  const LinearLayout &from = layout(op.getSource()).getMap();
  const LinearLayout &to = layout(op).getMap();
  return emitRearrangement(op, op.getSource(), op, [&](uint32_t index) {
    SmallVector<int64_t> coordinates = to.coordinates(index);
    for (auto [coordinate, extent] : llvm::zip(coordinates, from.shape())) {
      coordinate = extent == 1 ? 0 : coordinate;
    }
    return from.index(coordinates);
  });
}

LogicalResult Distributor::emitPermute(PermuteOp op) {
  const LinearLayout &from = layout(op.getSource()).getMap();
  const LinearLayout &to = layout(op).getMap();
  return emitRearrangement(op, op.getSource(), op, [&](uint32_t index) {
    SmallVector<int64_t> coordinates = to.coordinates(index);
    SmallVector<int64_t> source(coordinates.size());
    for (auto [axis, sourceAxis] : llvm::enumerate(op.getOrder())) {
      source[sourceAxis] = coordinates[axis];
    }
    return from.index(source);
  });
}
