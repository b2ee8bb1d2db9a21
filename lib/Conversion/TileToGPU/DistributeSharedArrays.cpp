//===- DistributeSharedArrays.cpp - loads and stores of shared arrays -----===//
//
// Where the indices count up, neighbouring registers move together. Barriers
// are placed already.
//
//===----------------------------------------------------------------------===//

#include "Conversion/TileToGPU/Places.h"
#include "Layout/Algebra.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace moesaic;
using namespace moesaic::tile;

/// Elements are integers of their size in LDS: LLVM knows no fp8, and a bool
/// takes a byte.
static IntegerType storedType(Type element) {
  unsigned bits = element.getIntOrFloatBitWidth();
  return IntegerType::get(element.getContext(), std::max(bits, 8u));
}

static Value toStored(OpBuilder &builder, Location loc, Value value) {
  Type stored = storedType(getElementTypeOrSelf(value.getType()));
  if (auto vector = dyn_cast<VectorType>(value.getType())) {
    stored = vector.clone(stored);
  }
  if (getElementTypeOrSelf(value.getType()).isInteger(1)) {
    return arith::ExtUIOp::create(builder, loc, stored, value);
  }
  return value.getType() == stored
             ? value
             : arith::BitcastOp::create(builder, loc, stored, value)
                   .getResult();
}

/// The inverse of `toStored`, for a scalar or vector of `element`.
static Value fromStored(OpBuilder &builder, Location loc, Value value,
                        Type element) {
  Type type = element;
  if (auto vector = dyn_cast<VectorType>(value.getType())) {
    type = vector.clone(element);
  }
  if (element.isInteger(1)) {
    return arith::TruncIOp::create(builder, loc, type, value);
  }
  return value.getType() == type
             ? value
             : arith::BitcastOp::create(builder, loc, type, value).getResult();
}

Value Distributor::emitOwner(Location loc, Type type) {
  auto isZero = [&](Value number, int64_t mask) -> Value {
    Value bits = arith::AndIOp::create(builder, loc, number, i32(loc, mask));
    return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, bits,
                                 i32(loc, 0));
  };
  LayoutAttr held = getLayout(type);
  if (!held) {
    return isZero(context.thread, -1);
  }
  uint32_t lanes = freeVariables(held.getMap(), laneInput);
  uint32_t waves = freeVariables(held.getMap(), waveInput);
  Value lane = lanes ? isZero(context.lane, lanes) : Value();
  Value wave = waves ? isZero(context.wave, waves) : Value();
  if (!lane || !wave) {
    return lane ? lane : wave;
  }
  return arith::AndIOp::create(builder, loc, lane, wave);
}

LogicalResult Distributor::emitArrayLoad(LoadOp op) {
  Location loc = op.getLoc();
  auto tileType = dyn_cast<RankedTensorType>(op.getType());
  Type element = getElementTypeOrSelf(op.getType());
  IntegerType stored = storedType(element);
  int64_t bytes = stored.getWidth() / 8;
  Value pad = op.getPad() ? scalar(op.getPad())
                          : arith::ConstantOp::create(
                                builder, loc, builder.getZeroAttr(element));
  Places places(*this, op, op.getArray(), op.getIndices(), op.getOrder(),
                tileType);
  if (failed(places.prepare())) {
    return failure();
  }
  if (!tileType) {
    Value bits =
        LLVM::LoadOp::create(builder, loc, stored, places.address(0), bytes);
    Value loaded =
        arith::SelectOp::create(builder, loc, places.inBounds(0),
                                fromStored(builder, loc, bits, element), pad);
    map(op.getResult(), readFirstLane(loc, loaded));
    return success();
  }

  const LinearLayout &tileMap = layout(op.getResult()).getMap();
  AccessFacts facts = context.accesses.analyze(op);
  int64_t size = layout(op.getResult()).getFragment();
  int64_t width = accessWidth(facts, layout(op.getResult()));
  auto partType = VectorType::get({width}, element);
  Value padding = vector::BroadcastOp::create(builder, loc, partType, pad);
  Fragments values;
  Value fragment;
  for (unsigned first = 0, end = tileMap.size(registerInput); first < end;
       first += width) {
    Value bits =
        LLVM::LoadOp::create(builder, loc, VectorType::get({width}, stored),
                             places.address(first), width * bytes);
    Value part = arith::SelectOp::create(
        builder, loc, places.inBounds(first),
        fromStored(builder, loc, bits, element), padding);
    if (width == size) {
      values.push_back(part);
      continue;
    }
    int64_t position = first % size;
    if (position == 0) {
      VectorType type = fragmentType(tileType);
      fragment =
          arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type));
    }
    fragment = vector::InsertStridedSliceOp::create(
        builder, loc, part, fragment, ArrayRef<int64_t>{position},
        ArrayRef<int64_t>{1});
    if (position + width == size) {
      values.push_back(fragment);
    }
  }
  setFragments(op.getResult(), std::move(values));
  return success();
}

LogicalResult Distributor::emitArrayStore(StoreOp op) {
  Location loc = op.getLoc();
  Type type = op.getValue().getType();
  auto tileType = dyn_cast<RankedTensorType>(type);
  int64_t bytes = storedType(getElementTypeOrSelf(type)).getWidth() / 8;
  Places places(*this, op, op.getArray(), op.getIndices(), op.getOrder(),
                tileType);
  if (failed(places.prepare())) {
    return failure();
  }
  Value owner = emitOwner(loc, type);
  auto storeAt = [&](unsigned first, Value value, int64_t width) {
    Value mask = places.inBounds(first);
    if (owner) {
      mask = arith::AndIOp::create(builder, loc, mask, owner);
    }
    auto branch =
        scf::IfOp::create(builder, loc, mask, /*withElseRegion=*/false);
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(branch.thenBlock());
    LLVM::StoreOp::create(builder, loc, toStored(builder, loc, value),
                          places.address(first), width * bytes);
  };
  if (!tileType) {
    storeAt(0, scalar(op.getValue()), 1);
    return success();
  }
  const LinearLayout &tileMap = layout(op.getValue()).getMap();
  uint32_t freeRegisters = freeVariables(tileMap, registerInput);
  AccessFacts facts = context.accesses.analyze(op);
  int64_t size = layout(op.getValue()).getFragment();
  int64_t width = accessWidth(facts, layout(op.getValue()));
  const Fragments &values = fragments(op.getValue());
  for (unsigned first = 0, end = tileMap.size(registerInput); first < end;
       first += width) {
    if (first & freeRegisters) {
      continue;
    }
    Value value = values[first / size];
    if (width != size) {
      value = vector::ExtractStridedSliceOp::create(
          builder, loc, value,
          ArrayRef<int64_t>{static_cast<int64_t>(first % size)},
          ArrayRef<int64_t>{width}, ArrayRef<int64_t>{1});
    }
    storeAt(first, value, width);
  }
  return success();
}
