//===- DistributeShared.cpp - LDS buffers and barriers --------------------===//

#include "Conversion/TileToGPU/Distributor.h"
#include "Layout/Algebra.h"
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

namespace {
/// Byte offsets in a buffer, as images of the bits of register, lane and wave.
struct SharedOffsets {
  SmallVector<uint32_t> registers, lanes, waves;
  int64_t width; ///< Registers that one access moves.
};
} // namespace

/// The byte that an element of `element` bits takes at least.
static uint32_t elementBytes(SharedType buffer) {
  return llvm::divideCeil(buffer.getElementType().getIntOrFloatBitWidth(), 8);
}

static SharedOffsets computeOffsets(const LinearLayout &tile, SharedType buffer,
                                    int64_t fragment) {
  BitMap offsetOf = *invert(buffer.getLayout().getMap());
  uint32_t size = elementBytes(buffer);
  auto images = [&](StringRef input) {
    return llvm::map_to_vector(tile.bases(input), [&](uint32_t index) {
      return offsetOf(index) * size;
    });
  };
  SharedOffsets result{images(registerInput), images(laneInput),
                       images(waveInput), 1};
  // Registers that follow each other in the buffer move together, up to the
  // 16 bytes of ds_read_b128, where every access starts at a multiple of that.
  while (result.width < fragment && result.width * size < 16) {
    unsigned bit = llvm::Log2_64(result.width);
    uint32_t next = result.width * size;
    auto crosses = [&](uint32_t image) {
      return image != next && (image & next) != 0;
    };
    if (result.registers[bit] != next ||
        llvm::any_of(result.registers, crosses) ||
        llvm::any_of(result.lanes, crosses) ||
        llvm::any_of(result.waves, crosses)) {
      break;
    }
    result.width *= 2;
  }
  return result;
}

/// Calls `visit(first register, address)` for every access of a buffer.
template <typename Visit>
static void forEachAccess(OpBuilder &builder, Location loc, Value base,
                          Value thread, const SharedOffsets &offsets,
                          Visit visit) {
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
  for (unsigned first = 0, end = 1u << offsets.registers.size(); first < end;
       first += offsets.width) {
    uint32_t image = applyBases(offsets.registers, first);
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
    visit(first, moved);
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

LogicalResult Distributor::emitSharedStore(SharedStoreOp op) {
  Location loc = op.getLoc();
  LayoutAttr held = layout(op.getValue());
  SharedType buffer = op.getBuffer().getType();
  SharedOffsets offsets =
      computeOffsets(held.getMap(), buffer, held.getFragment());
  const Fragments &values = fragments(op.getValue());
  uint32_t freeRegisters = freeVariables(held.getMap(), registerInput);
  Value thread = sharedThreadPart(loc, offsets.lanes, offsets.waves);
  // Lanes that hold the same elements write the same values to the same place.
  forEachAccess(
      builder, loc, scalar(op.getBuffer()), thread, offsets,
      [&](unsigned first, Value address) {
        if (first & freeRegisters) {
          return;
        }
        int64_t position = first % held.getFragment();
        Value value = values[first / held.getFragment()];
        if (offsets.width != held.getFragment()) {
          value = vector::ExtractStridedSliceOp::create(
              builder, loc, value, ArrayRef<int64_t>{position},
              ArrayRef<int64_t>{offsets.width}, ArrayRef<int64_t>{1});
        }
        value = toStored(builder, loc, value, storedElement(builder, buffer));
        setScopes(LLVM::StoreOp::create(builder, loc, value, address,
                                        offsets.width * elementBytes(buffer)));
      });
  return success();
}

LogicalResult Distributor::emitSharedLoad(SharedLoadOp op) {
  setFragments(op.getResult(),
               loadShared(op.getLoc(), op.getType(), op.getBuffer().getType(),
                          scalar(op.getBuffer())));
  return success();
}

Fragments Distributor::loadShared(Location loc, Type tileType,
                                  SharedType buffer, Value base) {
  LayoutAttr held = getLayout(tileType);
  SharedOffsets offsets =
      computeOffsets(held.getMap(), buffer, held.getFragment());
  VectorType type = fragmentType(tileType);
  auto stored =
      VectorType::get({offsets.width}, storedElement(builder, buffer));
  Fragments values;
  Value fragment;
  Value thread = sharedThreadPart(loc, offsets.lanes, offsets.waves);
  forEachAccess(
      builder, loc, base, thread, offsets, [&](unsigned first, Value address) {
        auto load = LLVM::LoadOp::create(builder, loc, stored, address,
                                         offsets.width * elementBytes(buffer));
        setScopes(load);
        Value part = fromStored(builder, loc, load, type.getElementType());
        if (offsets.width == held.getFragment()) {
          values.push_back(part);
          return;
        }
        int64_t position = first % held.getFragment();
        if (position == 0) {
          fragment = arith::ConstantOp::create(builder, loc,
                                               builder.getZeroAttr(type));
        }
        fragment = vector::InsertStridedSliceOp::create(
            builder, loc, part, fragment, ArrayRef<int64_t>{position},
            ArrayRef<int64_t>{1});
        if (position + offsets.width == held.getFragment()) {
          values.push_back(fragment);
        }
      });
  return values;
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
