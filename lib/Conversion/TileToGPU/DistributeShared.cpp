//===- DistributeShared.cpp - LDS buffers and barriers --------------------===//

#include "Conversion/TileToGPU/Distributor.h"
#include "Layout/Algebra.h"
#include "Layout/BankConflicts.h"
#include "mlir/Dialect/AMDGPU/IR/AMDGPUDialect.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/ROCDLDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Interfaces/LoopLikeInterface.h"

using namespace mlir;
using namespace moesaic;
using namespace moesaic::tile;

LogicalResult Distributor::emitSpace(Value buffer) {
  Operation *op = buffer.getDefiningOp();
  SharedSpace space = *getSharedSpace(buffer);
  if (!space.offset) {
    return unsupported(
        op, "the buffer has no offset; run moe-allocate-shared first");
  }
  Value address = LLVM::GEPOp::create(
      builder, op->getLoc(), context.lds.getType(), builder.getI8Type(),
      context.lds, ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(*space.offset)});
  map(buffer, address);
  return success();
}

/// The byte that an element of `element` bits takes at least.
static uint32_t elementBytes(SharedType buffer) {
  return sharedBytes(buffer.getElementType().getIntOrFloatBitWidth());
}

namespace {
/// Byte offsets in a buffer, as images of the bits of register, lane and wave.
struct SharedOffsets {
  SharedOffsets(const LinearLayout &tile, SharedType buffer);

  SmallVector<uint32_t> registers, lanes, waves;
};
} // namespace

SharedOffsets::SharedOffsets(const LinearLayout &tile, SharedType buffer) {
  BitMap offsetOf = *invert(buffer.getLayout().getMap());
  uint32_t size = elementBytes(buffer);
  auto images = [&](StringRef input) {
    return llvm::map_to_vector(tile.bases(input), [&](uint32_t index) {
      return offsetOf(index) * size;
    });
  };
  registers = images(registerInput);
  lanes = images(laneInput);
  waves = images(waveInput);
}

/// Calls `visit(registers, address)` for every access of a buffer.
template <typename Visit>
static void forEachAccess(OpBuilder &builder, Location loc, Value base,
                          Value thread, const SharedOffsets &offsets,
                          const SharedVectors &vectors, Visit visit) {
  uint32_t threadBits = 0;
  for (ArrayRef<uint32_t> images :
       {ArrayRef(offsets.lanes), ArrayRef(offsets.waves)}) {
    for (uint32_t image : images) {
      threadBits |= image;
    }
  }
  // What registers share with the thread's bits needs an exclusive-or of its
  // own; the rest goes into the instruction's constant offset.
  DenseMap<uint32_t, Value> mixed;
  for (ArrayRef<uint32_t> vector : vectors) {
    uint32_t image = applyBases(offsets.registers, vector.front());
    Value &address = mixed[image & threadBits];
    if (!address) {
      Value toggled = thread;
      if (uint32_t overlap = image & threadBits) {
        OpBuilder::InsertionGuard guard(builder);
        builder.setInsertionPointAfterValue(thread);
        Value mask = arith::ConstantOp::create(
            builder, loc, builder.getI32IntegerAttr(overlap));
        toggled = arith::XOrIOp::create(builder, loc, thread, mask);
      }
      address =
          LLVM::GEPOp::create(builder, loc, base.getType(), builder.getI8Type(),
                              base, ArrayRef<LLVM::GEPArg>{toggled});
    }
    auto constant = static_cast<int32_t>(image & ~threadBits);
    Value moved =
        LLVM::GEPOp::create(builder, loc, base.getType(), builder.getI8Type(),
                            address, ArrayRef<LLVM::GEPArg>{constant});
    visit(vector, moved);
  }
}

/// A bool takes a byte of LDS; other elements are integers of their size there,
/// because LLVM knows no fp8.
static Type storedElement(OpBuilder &builder, SharedType buffer) {
  return builder.getIntegerType(elementBytes(buffer) * 8);
}

static Value toStored(OpBuilder &builder, Location loc, Value value,
                      Type stored) {
  auto type =
      VectorType::get(cast<VectorType>(value.getType()).getShape(), stored);
  if (getElementTypeOrSelf(value).isInteger(1)) {
    return arith::ExtUIOp::create(builder, loc, type, value);
  }
  return value.getType() == type
             ? value
             : vector::BitCastOp::create(builder, loc, type, value).getResult();
}

static Value fromStored(OpBuilder &builder, Location loc, Value value,
                        Type element) {
  auto type =
      VectorType::get(cast<VectorType>(value.getType()).getShape(), element);
  if (element.isInteger(1)) {
    return arith::TruncIOp::create(builder, loc, type, value);
  }
  return value.getType() == type
             ? value
             : vector::BitCastOp::create(builder, loc, type, value).getResult();
}

template <typename Access>
void Distributor::setScopes(Access access) {
  if (copiesAhead()) {
    access.setAliasScopesAttr(context.sharedScope);
    access.setNoaliasScopesAttr(context.copyScope);
  }
}

Value Distributor::sharedThreadPart(Location loc, ArrayRef<uint32_t> lanes,
                                    ArrayRef<uint32_t> waves) {
  // In front of all loops, so that those that access the same buffer one after
  // the other share the addresses and hold no parts of them.
  OpBuilder::InsertionGuard guard(builder);
  if (builder.getInsertionBlock()
          ->getParentOp()
          ->getParentOfType<LoopLikeOpInterface>() ||
      isa<LoopLikeOpInterface>(builder.getInsertionBlock()->getParentOp())) {
    builder.setInsertionPointAfterValue(context.wave);
  }
  return threadPart(loc, lanes, waves);
}

Value Distributor::gatherRegisters(Location loc, const Fragments &values,
                                   ArrayRef<uint32_t> registers) {
  auto type = cast<VectorType>(values.front().getType());
  auto count = static_cast<int64_t>(registers.size());
  int64_t size = type.getNumElements(), first = registers.front();
  if (!isRun(registers) || first % size + count > size) {
    SmallVector<Value> elements;
    for (uint32_t number : registers) {
      elements.push_back(extractRegister(loc, values, number));
    }
    return packRegisters(loc, elements, count).front();
  }
  Value fragment = values[first / size];
  if (count == size) {
    return fragment;
  }
  return vector::ExtractStridedSliceOp::create(
      builder, loc, fragment, ArrayRef<int64_t>{first % size},
      ArrayRef<int64_t>{count}, ArrayRef<int64_t>{1});
}

void Distributor::scatterRegisters(Location loc, Value vector,
                                   ArrayRef<uint32_t> registers,
                                   VectorType type, Fragments &values) {
  auto count = static_cast<int64_t>(registers.size());
  int64_t size = type.getNumElements(), first = registers.front();
  bool isSlice = isRun(registers) && first % size + count <= size;
  if (isSlice && count == size) {
    values[first / size] = vector;
    return;
  }
  auto fragmentOf = [&](int64_t number) -> Value & {
    Value &fragment = values[number / size];
    if (!fragment) {
      fragment =
          arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type));
    }
    return fragment;
  };
  if (isSlice) {
    Value &fragment = fragmentOf(first);
    fragment = vector::InsertStridedSliceOp::create(
        builder, loc, vector, fragment, ArrayRef<int64_t>{first % size},
        ArrayRef<int64_t>{1});
    return;
  }
  for (auto [i, number] : llvm::enumerate(registers)) {
    Value &fragment = fragmentOf(number);
    Value element = vector::ExtractOp::create(builder, loc, vector,
                                              static_cast<int64_t>(i));
    fragment = vector::InsertOp::create(builder, loc, element, fragment,
                                        static_cast<int64_t>(number % size));
  }
}

LogicalResult Distributor::emitSharedStore(SharedStoreOp op) {
  Location loc = op.getLoc();
  const LinearLayout &held = layout(op.getValue()).getMap();
  SharedType buffer = op.getBuffer().getType();
  SharedOffsets offsets(held, buffer);
  SharedVectors vectors = sharedVectors(
      held, buffer.getLayout().getMap(),
      widestVector(buffer.getElementType().getIntOrFloatBitWidth()));
  // LLVM puts integers together in fewer instructions than bf16.
  Type element = storedElement(builder, buffer);
  Fragments values =
      llvm::map_to_vector(fragments(op.getValue()), [&](Value value) {
        return toStored(builder, loc, value, element);
      });
  uint32_t freeRegisters = freeVariables(held, registerInput);
  Value thread = sharedThreadPart(loc, offsets.lanes, offsets.waves);
  // Lanes that hold the same elements write the same values to the same place.
  forEachAccess(builder, loc, scalar(op.getBuffer()), thread, offsets, vectors,
                [&](ArrayRef<uint32_t> registers, Value address) {
                  if (registers.front() & freeRegisters) {
                    return;
                  }
                  Value value = gatherRegisters(loc, values, registers);
                  setScopes(LLVM::StoreOp::create(builder, loc, value, address,
                                                  registers.size() *
                                                      elementBytes(buffer)));
                });
  return success();
}

LogicalResult Distributor::emitSharedLoad(SharedLoadOp op) {
  setFragments(op.getResult(),
               loadShared(op.getLoc(), op.getType(), op.getBuffer().getType(),
                          scalar(op.getBuffer())));
  return success();
}

Value Distributor::readShared(Location loc, VectorType type, Value address,
                              bool transposes) {
  int64_t bits = type.getElementTypeBitWidth();
  if (!transposes) {
    auto load = LLVM::LoadOp::create(builder, loc, type, address,
                                     type.getNumElements() * bits / 8);
    setScopes(load);
    return load;
  }
  auto emit = [&](auto op, Type result) -> Value {
    auto read = decltype(op)::create(builder, loc, result, address, ArrayAttr(),
                                     ArrayAttr(), ArrayAttr());
    setScopes(read);
    return read;
  };
  if (bits == 16) {
    return emit(ROCDL::ds_read_tr16_b64(), type);
  }
  Value words = emit(ROCDL::ds_read_tr8_b64(),
                     VectorType::get({2}, builder.getI32Type()));
  return vector::BitCastOp::create(builder, loc, type, words);
}

Fragments Distributor::loadShared(Location loc, Type tileType,
                                  SharedType buffer, Value base) {
  LayoutAttr held = getLayout(tileType);
  SharedRead plan =
      planRead(held.getMap(), buffer.getLayout().getMap(),
               buffer.getElementType().getIntOrFloatBitWidth(), context.chip);
  SharedOffsets offsets(plan.asked, buffer);
  Type element = storedElement(builder, buffer);
  auto type = VectorType::get({held.getFragment()}, element);
  Fragments values(held.getMap().size(registerInput) / held.getFragment());
  Value thread = sharedThreadPart(loc, offsets.lanes, offsets.waves);
  forEachAccess(builder, loc, base, thread, offsets, plan.vectors,
                [&](ArrayRef<uint32_t> registers, Value address) {
                  auto count = static_cast<int64_t>(registers.size());
                  Value part =
                      readShared(loc, VectorType::get({count}, element),
                                 address, plan.transposes);
                  scatterRegisters(loc, part, registers, type, values);
                });
  return llvm::map_to_vector(values, [&](Value value) {
    return fromStored(builder, loc, value, getElementTypeOrSelf(tileType));
  });
}

void Distributor::emitSharedWait(SharedWaitOp op) {
  amdgpu::MemoryCounterWaitOp::create(
      builder, op.getLoc(),
      /*load=*/builder.getI32IntegerAttr(op.getPending().value_or(0)),
      /*store=*/nullptr, /*ds=*/nullptr, /*exp=*/nullptr, /*tensor=*/nullptr);
}

void Distributor::emitBarrier(BarrierOp op) {
  Location loc = op.getLoc();
  if (op.getGlobal()) {
    gpu::BarrierOp::create(builder, loc);
  } else if (!copiesAhead()) {
    amdgpu::LDSBarrierOp::create(builder, loc);
  } else {
    // The fences of an LDS barrier would wait for all copies.
    amdgpu::MemoryCounterWaitOp::create(
        builder, loc, /*load=*/nullptr, /*store=*/nullptr,
        /*ds=*/builder.getI32IntegerAttr(0), /*exp=*/nullptr,
        /*tensor=*/nullptr);
    LLVM::FenceOp::create(builder, loc, LLVM::AtomicOrdering::release,
                          "singlethread");
    ROCDL::SBarrierOp::create(builder, loc);
    LLVM::FenceOp::create(builder, loc, LLVM::AtomicOrdering::acquire,
                          "singlethread");
  }
}
