//===- DistributeReduce.cpp - reductions over registers and lanes ---------===//

#include "Conversion/TileToGPU/Distributor.h"
#include "Conversion/TileToGPU/LaneMoves.h"
#include "Layout/Algebra.h"

using namespace mlir;
using namespace moesaic;
using namespace moesaic::tile;

Value Distributor::combine(Location loc, ReduceKind kind, Value a, Value b) {
  bool isFloat = isa<FloatType>(a.getType());
  switch (kind) {
  case ReduceKind::Add:
    return isFloat ? arith::AddFOp::create(builder, loc, a, b).getResult()
                   : arith::AddIOp::create(builder, loc, a, b).getResult();
  case ReduceKind::Mul:
    return isFloat ? arith::MulFOp::create(builder, loc, a, b).getResult()
                   : arith::MulIOp::create(builder, loc, a, b).getResult();
  case ReduceKind::Max:
    return isFloat ? arith::MaxNumFOp::create(builder, loc, a, b).getResult()
                   : arith::MaxSIOp::create(builder, loc, a, b).getResult();
  case ReduceKind::Min:
    return isFloat ? arith::MinNumFOp::create(builder, loc, a, b).getResult()
                   : arith::MinSIOp::create(builder, loc, a, b).getResult();
  case ReduceKind::And:
    return arith::AndIOp::create(builder, loc, a, b);
  case ReduceKind::Or:
    return arith::OrIOp::create(builder, loc, a, b);
  case ReduceKind::Xor:
    return arith::XOrIOp::create(builder, loc, a, b);
  }
  llvm_unreachable("every kind is handled");
}

Value Distributor::identityOf(Location loc, ReduceKind kind, Type type) {
  TypedAttr identity;
  if (auto real = dyn_cast<FloatType>(type)) {
    // Extrema ignore NaN; -0 + -0 is -0, where 0 + -0 is not.
    const llvm::fltSemantics &semantics = real.getFloatSemantics();
    identity = builder.getFloatAttr(
        type, kind == ReduceKind::Add   ? APFloat::getZero(semantics, true)
              : kind == ReduceKind::Mul ? APFloat::getOne(semantics)
                                        : APFloat::getQNaN(semantics));
  } else {
    unsigned bits = type.getIntOrFloatBitWidth();
    auto ofKind = [&] {
      switch (kind) {
      case ReduceKind::Mul:
        return APInt(bits, 1);
      case ReduceKind::Max:
        return APInt::getSignedMinValue(bits);
      case ReduceKind::Min:
        return APInt::getSignedMaxValue(bits);
      case ReduceKind::And:
        return APInt::getAllOnes(bits);
      default:
        return APInt::getZero(bits);
      }
    };
    identity = builder.getIntegerAttr(type, ofKind());
  }
  return arith::ConstantOp::create(builder, loc, identity);
}

LogicalResult Distributor::emitReduce(ReduceOp op) {
  Location loc = op.getLoc();
  const LinearLayout &from = layout(op.getSource()).getMap();
  int64_t axis = op.getAxis();
  // The row-major index in the result, or what an index adds along the axis.
  auto kept = [&](uint32_t index) {
    SmallVector<int64_t> position = from.coordinates(index);
    uint32_t result = 0;
    for (auto [i, coordinate] : llvm::enumerate(position)) {
      if (static_cast<int64_t>(i) != axis) {
        result = result * from.shape()[i] + coordinate;
      }
    }
    return result;
  };
  auto along = [&](uint32_t index) { return from.coordinates(index)[axis]; };

  for (uint32_t basis : from.bases(waveInput)) {
    if (along(basis) != 0) {
      return unsupported(op, "its axis spans waves");
    }
  }
  uint32_t lanes = 0;
  for (auto [bit, basis] : llvm::enumerate(from.bases(laneInput))) {
    if (along(basis) == 0) {
      continue;
    }
    if (kept(basis) != 0) {
      return unsupported(op, "a lane bit moves along the axis and across it");
    }
    lanes |= 1u << bit;
  }

  // Registers of one lane first, in ascending order along the axis, then the
  // lanes, after which all of them hold the result.
  llvm::MapVector<uint32_t, SmallVector<std::pair<int64_t, unsigned>>> groups;
  uint32_t freeRegisters = freeVariables(from, registerInput);
  for (unsigned reg = 0, end = from.size(registerInput); reg < end; ++reg) {
    if (reg & freeRegisters) {
      continue;
    }
    uint32_t index = applyBases(from.bases(registerInput), reg);
    groups[kept(index)].push_back({along(index), reg});
  }
  LaneMoves moves(builder, loc, context.chip, context.lane);
  const Fragments &source = fragments(op.getSource());
  DenseMap<uint32_t, Value> reduced;
  Value identity = identityOf(
      loc, op.getKind(),
      cast<RankedTensorType>(op.getSource().getType()).getElementType());
  for (auto &[index, registers] : groups) {
    llvm::sort(registers);
    Value value = extractRegister(loc, source, registers.front().second);
    for (auto [position, reg] : llvm::drop_begin(registers)) {
      value =
          combine(loc, op.getKind(), value, extractRegister(loc, source, reg));
    }
    reduced[index] =
        moves.reduce(value, lanes, identity, [&](Value a, Value b) {
          return combine(loc, op.getKind(), a, b);
        });
  }

  auto tileType = dyn_cast<RankedTensorType>(op.getType());
  if (!tileType) {
    map(op.getResult(), readFirstLane(loc, reduced.lookup(0)));
    return success();
  }
  const LinearLayout &to = getLayout(tileType).getMap();
  SmallVector<Value> values;
  for (unsigned reg = 0, end = to.size(registerInput); reg < end; ++reg) {
    Value value = reduced.lookup(applyBases(to.bases(registerInput), reg));
    if (!value) {
      return unsupported(
          op, "the result's layout does not follow from the source's");
    }
    values.push_back(value);
  }
  for (StringRef input : {laneInput, waveInput}) {
    for (auto [ours, theirs] :
         llvm::zip_longest(from.bases(input), to.bases(input))) {
      if (kept(ours.value_or(0)) != theirs.value_or(0)) {
        return unsupported(
            op, "the result's layout does not follow from the source's");
      }
    }
  }
  setFragments(op.getResult(),
               packRegisters(loc, values, getLayout(tileType).getFragment()));
  return success();
}
