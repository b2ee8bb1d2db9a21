//===- DistributeReduce.cpp - reductions over registers and lanes ---------===//

#include "Conversion/TileToGPU/Distributor.h"
#include "Layout/Algebra.h"
#include "mlir/Dialect/AMDGPU/IR/AMDGPUDialect.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"

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

/// The DPP control that exchanges lanes across `bit`, where one exists. Within
/// a row of 16 lanes an exchange is free; that across bit 2 is a reversal,
/// right only when the lanes of each quad already hold the same value.
static std::optional<std::pair<amdgpu::DPPPerm, Attribute>>
getRowExchange(OpBuilder &builder, uint32_t bit, bool quadsAreUniform) {
  switch (bit) {
  case 1:
    return {
        {amdgpu::DPPPerm::quad_perm, builder.getI32ArrayAttr({1, 0, 3, 2})}};
  case 2:
    return {
        {amdgpu::DPPPerm::quad_perm, builder.getI32ArrayAttr({2, 3, 0, 1})}};
  case 4:
    if (quadsAreUniform) {
      return {{amdgpu::DPPPerm::row_half_mirror, builder.getUnitAttr()}};
    }
    return std::nullopt;
  case 8:
    return {{amdgpu::DPPPerm::row_ror, builder.getI32IntegerAttr(8)}};
  default:
    return std::nullopt;
  }
}

/// The value of the lane whose number differs in `bit`. `reduced`: bits across
/// which lanes hold the same value.
Value Distributor::exchange(Location loc, Value value, uint32_t bit,
                            uint32_t reduced) {
  return viaInteger(loc, value, [&](Value integer) -> Value {
    auto row = getRowExchange(builder, bit, (reduced & 3) == 3);
    if (row && integer.getType().isInteger(32)) {
      // Every lane has a partner; saying so lets the exchange become part of
      // the instruction that uses it.
      return amdgpu::DPPOp::create(builder, loc, integer.getType(), integer,
                                   integer, row->first, row->second,
                                   /*row_mask=*/0xf, /*bank_mask=*/0xf,
                                   /*bound_ctrl=*/true);
    }
    return gpu::ShuffleOp::create(builder, loc, integer, i32(loc, bit),
                                  i32(loc, context.chip.waveSize),
                                  gpu::ShuffleMode::XOR)
        .getShuffleResult();
  });
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

  // Registers of one lane first, in ascending order along the axis, then a
  // butterfly over the lanes, after which all of them hold the result.
  llvm::MapVector<uint32_t, SmallVector<std::pair<int64_t, unsigned>>> groups;
  uint32_t freeRegisters = freeVariables(from, registerInput);
  for (unsigned reg = 0, end = from.size(registerInput); reg < end; ++reg) {
    if (reg & freeRegisters) {
      continue;
    }
    uint32_t index = applyBases(from.bases(registerInput), reg);
    groups[kept(index)].push_back({along(index), reg});
  }
  const Fragments &source = fragments(op.getSource());
  DenseMap<uint32_t, Value> reduced;
  for (auto &[index, registers] : groups) {
    llvm::sort(registers);
    Value value = extractRegister(loc, source, registers.front().second);
    for (auto [position, reg] : llvm::drop_begin(registers)) {
      value =
          combine(loc, op.getKind(), value, extractRegister(loc, source, reg));
    }
    for (uint32_t bit = 1; bit != 0 && bit <= lanes; bit <<= 1) {
      if (lanes & bit) {
        Value other = exchange(loc, value, bit, lanes & (bit - 1));
        value = combine(loc, op.getKind(), value, other);
      }
    }
    reduced[index] = value;
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
