//===- Access.cpp - one access to device memory ---------------------------===//

#include "Conversion/TileToGPU/Access.h"
#include "Layout/Algebra.h"
#include "dialects/Tile/Transforms/IndexParts.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/ROCDLDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace moesaic;
using namespace moesaic::tile;

/// Not below any num_records, which stays under 2 GiB: such a lane is dropped.
static constexpr int64_t outOfRange = -0x80000000LL;

/// Bytes that one instruction moves at most.
static constexpr int64_t widestAccess = 16;

int64_t moesaic::byteSize(Type element) {
  return llvm::divideCeil(element.getIntOrFloatBitWidth(), 8);
}

Type moesaic::memoryElement(Type element) {
  return element.isInteger(1) ? IntegerType::get(element.getContext(), 8)
                              : element;
}

/// The array axes along which an access is known to be in bounds.
static ArrayRef<int64_t> inBoundsAxes(Operation *op) {
  auto load = dyn_cast<Gather>(op);
  return load ? load.getInBounds() : ArrayRef<int64_t>();
}

LogicalResult Distributor::Access::prepare() {
  if (!view) {
    return self.unsupported(op, "the array does not come from a 'tile.view'");
  }
  Type element = view.getType().getElementType();
  SmallVector<StoredAxis> stored = self.getStoredAxes(loc, view);

  const LinearLayout *map = tile ? &getLayout(tile).getMap() : nullptr;
  SmallVector<SmallVector<int64_t>> indexAxes = getIndexAxes(indices, order);
  Value moved = self.i64(loc, 0);
  for (unsigned axis = 0; axis < stored.size(); ++axis) {
    Value index = indices[axis];
    if (!isa<RankedTensorType>(index.getType())) {
      Value position = self.scalar(index);
      scalarInBounds =
          both(scalarInBounds,
               arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ult,
                                     position, stored[axis].extent));
      Value wide =
          arith::ExtSIOp::create(builder, loc, builder.getI64Type(), position);
      Value step =
          stored[axis].distance(builder, loc, wide, stored[axis].stride);
      moved = arith::AddIOp::create(builder, loc, moved, step);
      continue;
    }
    bool isChecked = !llvm::is_contained(inBoundsAxes(op), axis);
    if (!isChecked && addressing == Addressing::Buffer) {
      index = takeUniform(index, stored[axis]);
    }
    const LinearLayout &held = self.layout(index).getMap();
    SmallVector<unsigned> registers =
        matchRegisters(held, *map, [&](uint32_t position) {
          SmallVector<int64_t> all = map->coordinates(position);
          return held.index(llvm::map_to_vector(
              indexAxes[axis], [&](int64_t i) { return all[i]; }));
        });
    if (registers.empty()) {
      return self.unsupported(op, "the layout of index " + Twine(axis) +
                                      " does not fit the tile's");
    }
    axes.push_back(
        {stored[axis], std::move(registers), self.fragments(index), isChecked});
  }
  Value bytes = arith::MulIOp::create(builder, loc, moved,
                                      self.i64(loc, byteSize(element)));
  base = LLVM::GEPOp::create(
      builder, loc, LLVM::LLVMPointerType::get(builder.getContext(), 1),
      builder.getI8Type(), self.scalar(view.getBase()),
      ArrayRef<LLVM::GEPArg>{bytes});
  if (tile) {
    AccessFacts facts = isa<Gather>(op)
                            ? self.context.accesses.analyze(cast<Gather>(op))
                            : self.context.accesses.analyze(cast<StoreOp>(op));
    vectorWidth = std::min(
        {facts.elements, contiguousElements(*map, facts.axisOrder.front()),
         static_cast<int64_t>(getLayout(tile).getFragment())});
    if (addressing == Addressing::Buffer) {
      makeDescriptor();
    }
  }
  return success();
}

/// Moves what all lanes add to an index that is in bounds into the scalar
/// offset, and returns the index that remains.
Value Distributor::Access::takeUniform(Value index, const StoredAxis &axis) {
  // The rest is a range, hence not negative: neither is a part of the sum, and
  // the range check sees no offset that has wrapped.
  std::optional<IndexParts> parts = splitIndex(index);
  if (!parts || parts->scalars.empty()) {
    return index;
  }
  // Positions inside a block add up only where it begins.
  bool startsBlock =
      parts->constant % axis.block == 0 &&
      llvm::all_of(parts->scalars, [&](Value scalar) {
        return self.context.accesses.facts(scalar).divisor % axis.block == 0;
      });
  if (!startsBlock) {
    return index;
  }
  Value position = self.i32(loc, parts->constant);
  for (Value scalar : parts->scalars) {
    position =
        arith::AddIOp::create(builder, loc, position, self.scalar(scalar));
  }
  Value moved = axis.distance(builder, loc, position, strideBytes(axis.stride),
                              byteSize(tile.getElementType()));
  soffset =
      soffset ? arith::AddIOp::create(builder, loc, soffset, moved).getResult()
              : moved;
  return parts->range.getResult();
}

/// A descriptor of everything that the tile indices can reach from the base.
void Distributor::Access::makeDescriptor() {
  Value last = self.i64(loc, 0);
  for (TileAxis &axis : axes) {
    Value extent = arith::ExtSIOp::create(builder, loc, builder.getI64Type(),
                                          axis.stored.extent);
    Value steps = arith::SubIOp::create(builder, loc, extent, self.i64(loc, 1));
    Value reach = axis.stored.distance(builder, loc, steps, axis.stored.stride);
    last = arith::AddIOp::create(builder, loc, last, reach);
  }
  Value elements = arith::AddIOp::create(builder, loc, last, self.i64(loc, 1));
  int64_t size = byteSize(tile.getElementType());
  Value bytes =
      arith::MulIOp::create(builder, loc, elements, self.i64(loc, size));
  bytes = arith::MaxSIOp::create(builder, loc, bytes, self.i64(loc, 0));
  if (scalarInBounds) {
    bytes = arith::SelectOp::create(builder, loc, scalarInBounds, bytes,
                                    self.i64(loc, 0));
  }
  Value noStride = self.constant(loc, builder.getI16Type(), 0);
  descriptor = ROCDL::MakeBufferRsrcOp::create(
      builder, loc, LLVM::LLVMPointerType::get(builder.getContext(), 8), base,
      noStride, bytes, self.i32(loc, self.context.chip.bufferFlags));
}

Value Distributor::Access::indexValue(unsigned axis, unsigned reg) {
  unsigned held = axes[axis].indexOf[reg];
  return cached<std::pair<unsigned, unsigned>>(indexCache, {axis, held}, [&] {
    return self.extractRegister(loc, axes[axis].index, held);
  });
}

Value Distributor::Access::axisInBounds(unsigned axis, unsigned reg) {
  return cached<std::pair<unsigned, unsigned>>(
      boundsCache, {axis, axes[axis].indexOf[reg]}, [&] {
        // Unsigned: a negative index is beyond every extent.
        return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ult,
                                     indexValue(axis, reg),
                                     axes[axis].stored.extent)
            .getResult();
      });
}

Value Distributor::Access::inBounds(unsigned reg) {
  Value all = scalarInBounds;
  for (unsigned axis = 0; axis < axes.size(); ++axis) {
    if (axes[axis].isChecked) {
      all = both(all, axisInBounds(axis, reg));
    }
  }
  return all;
}

/// i32: `stride`, which counts elements, in bytes.
Value Distributor::Access::strideBytes(Value stride) {
  Value bytes = arith::MulIOp::create(
      builder, loc, stride, self.i64(loc, byteSize(tile.getElementType())));
  return arith::TruncIOp::create(builder, loc, builder.getI32Type(), bytes);
}

/// The part of a 32-bit byte offset that one axis contributes.
Value Distributor::Access::byteOffset(unsigned axis, unsigned reg) {
  return cached<std::pair<unsigned, unsigned>>(
      offsetCache, {axis, axes[axis].indexOf[reg]}, [&] {
        const StoredAxis &stored = axes[axis].stored;
        return stored.distance(builder, loc, indexValue(axis, reg),
                               strideBytes(stored.stride),
                               byteSize(tile.getElementType()));
      });
}

Value Distributor::Access::voffset(unsigned first, Value mask) {
  Value invalid = self.i32(loc, outOfRange);
  Value sum;
  // The sum of the offsets in bounds stays below 2 GiB, so that an axis out of
  // bounds, once it has set the top bit, is never undone by those after it.
  for (unsigned axis = 0; axis < axes.size(); ++axis) {
    Value part = byteOffset(axis, first);
    sum =
        sum ? arith::AddIOp::create(builder, loc, sum, part).getResult() : part;
    if (axes[axis].isChecked) {
      sum = arith::SelectOp::create(builder, loc, axisInBounds(axis, first),
                                    sum, invalid);
    }
  }
  return mask ? arith::SelectOp::create(builder, loc, mask, sum, invalid)
                    .getResult()
              : sum;
}

/// The 64-bit address of register `first`, which is in bounds: no index is
/// negative.
Value Distributor::Access::address(unsigned first) {
  Value sum = self.i64(loc, 0);
  for (unsigned axis = 0; axis < axes.size(); ++axis) {
    Value wide = arith::ExtUIOp::create(builder, loc, builder.getI64Type(),
                                        indexValue(axis, first));
    const StoredAxis &stored = axes[axis].stored;
    Value part = stored.distance(builder, loc, wide, stored.stride);
    sum = arith::AddIOp::create(builder, loc, sum, part);
  }
  Value bytes = arith::MulIOp::create(
      builder, loc, sum, self.i64(loc, byteSize(tile.getElementType())));
  return LLVM::GEPOp::create(builder, loc, base.getType(), builder.getI8Type(),
                             base, ArrayRef<LLVM::GEPArg>{bytes});
}

Value Distributor::zeros(Location loc) {
  constexpr StringLiteral name = "zeros";
  auto module = builder.getInsertionBlock()
                    ->getParentOp()
                    ->getParentOfType<gpu::GPUModuleOp>();
  auto global = module.lookupSymbol<LLVM::GlobalOp>(name);
  if (!global) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(module.getBody());
    auto type = LLVM::LLVMArrayType::get(builder.getI8Type(), widestAccess);
    global = LLVM::GlobalOp::create(builder, loc, type, /*isConstant=*/true,
                                    LLVM::Linkage::Internal, name,
                                    builder.getZeroAttr(VectorType::get(
                                        {widestAccess}, builder.getI8Type())),
                                    /*alignment=*/widestAccess,
                                    /*addrSpace=*/1);
  }
  return LLVM::AddressOfOp::create(builder, loc, global);
}

Type moesaic::transferType(OpBuilder &builder, int64_t bytes) {
  if (bytes <= 4) {
    return builder.getIntegerType(bytes * 8);
  }
  return VectorType::get({bytes / 4}, builder.getI32Type());
}

Value moesaic::reinterpret(OpBuilder &builder, Location loc, Value value,
                           Type type) {
  if (!isa<VectorType>(value.getType())) {
    if (!isa<VectorType>(type)) {
      return value.getType() == type
                 ? value
                 : arith::BitcastOp::create(builder, loc, type, value);
    }
    value = vector::FromElementsOp::create(
        builder, loc, VectorType::get({1}, value.getType()), value);
  }
  bool toScalar = !isa<VectorType>(type);
  auto vectorType =
      toScalar ? VectorType::get({1}, type) : cast<VectorType>(type);
  if (value.getType() != vectorType) {
    value = vector::BitCastOp::create(builder, loc, vectorType, value);
  }
  return toScalar ? vector::ExtractOp::create(builder, loc, value,
                                              ArrayRef<int64_t>{0})
                        .getResult()
                  : value;
}

Value Distributor::Access::load(unsigned first, Value pad) {
  Type element = tile.getElementType();
  auto memoryType = VectorType::get({vectorWidth}, memoryElement(element));
  int64_t bytes = vectorWidth * byteSize(element);
  Value loaded;
  if (descriptor) {
    Value zero = self.i32(loc, 0);
    loaded = ROCDL::RawPtrBufferLoadOp::create(
        builder, loc, transferType(builder, bytes), descriptor,
        voffset(first, {}), soffset ? soffset : zero, zero, ArrayAttr(),
        ArrayAttr(), ArrayAttr());
    loaded = reinterpret(builder, loc, loaded, memoryType);
  } else {
    Value from = address(first);
    if (Value mask = inBounds(first)) {
      // A branch would cost more, and keep loads from overlapping.
      from = arith::SelectOp::create(builder, loc, mask, from, self.zeros(loc));
    }
    loaded = LLVM::LoadOp::create(builder, loc, transferType(builder, bytes),
                                  from, bytes);
    loaded = reinterpret(builder, loc, loaded, memoryType);
  }
  auto type = VectorType::get({vectorWidth}, element);
  if (element.isInteger(1)) {
    loaded = arith::TruncIOp::create(builder, loc, type, loaded);
  }
  Value mask = pad ? inBounds(first) : Value();
  if (mask) {
    Value padding = vector::BroadcastOp::create(builder, loc, type, pad);
    loaded = arith::SelectOp::create(builder, loc, mask, loaded, padding);
  }
  return loaded;
}

void Distributor::Access::copy(unsigned first, Value target) {
  int64_t bytes = vectorWidth * byteSize(tile.getElementType());
  Value zero = self.i32(loc, 0);
  // What is out of range becomes zeros in LDS.
  ROCDL::RawPtrBufferLoadLdsOp::create(
      builder, loc, descriptor, target, self.i32(loc, bytes),
      voffset(first, {}), soffset ? soffset : zero, zero, zero,
      self.context.copyScope, self.context.sharedScope, ArrayAttr());
}

void Distributor::Access::store(unsigned first, Value value, Value mask) {
  Type element = tile.getElementType();
  int64_t bytes = vectorWidth * byteSize(element);
  if (element.isInteger(1)) {
    Type wide = memoryElement(element);
    if (vectorWidth > 1) {
      wide = VectorType::get({vectorWidth}, wide);
    }
    value = arith::ExtUIOp::create(builder, loc, wide, value);
  }
  if (descriptor) {
    Value zero = self.i32(loc, 0);
    ROCDL::RawPtrBufferStoreOp::create(
        builder, loc,
        reinterpret(builder, loc, value, transferType(builder, bytes)),
        descriptor, voffset(first, mask), zero, zero, ArrayAttr(), ArrayAttr(),
        ArrayAttr());
    return;
  }
  mask = both(mask, inBounds(first));
  OpBuilder::InsertionGuard guard(builder);
  for (unsigned axis = 0; axis < axes.size(); ++axis) {
    indexValue(axis, first); // what is cached must dominate later uses
  }
  if (mask) {
    auto branch =
        scf::IfOp::create(builder, loc, mask, /*withElseRegion=*/false);
    builder.setInsertionPointToStart(branch.thenBlock());
  }
  LLVM::StoreOp::create(
      builder, loc,
      reinterpret(builder, loc, value, transferType(builder, bytes)),
      address(first), bytes);
}
