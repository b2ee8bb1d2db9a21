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

/// Log2 of the bytes that a window spans at most along the axis that is cut.
/// What the tile covers along the other axis comes on top.
static constexpr int64_t windowBits = 30;

/// Not below the num_records of a window, nor does it wrap when added to
/// `outOfRange`.
static constexpr int64_t outOfWindow = 0x60000000;

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
  for (int64_t axis = 0, rank = stored.size(); axis < rank; ++axis) {
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
    Value start = windows ? startOfWindow(axis) : Value();
    if (start) {
      Value wide =
          arith::ExtSIOp::create(builder, loc, builder.getI64Type(), start);
      moved = arith::AddIOp::create(
          builder, loc, moved,
          stored[axis].distance(builder, loc, wide, stored[axis].stride));
    } else if (!isChecked && addressing == Addressing::Buffer) {
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
    TileAxis added = {stored[axis],
                      std::move(registers),
                      self.fragments(index),
                      isChecked,
                      start,
                      Value()};
    if (windows && windows->cut == axis) {
      added.isChecked = true;
      Value rest =
          arith::SubIOp::create(builder, loc, added.stored.extent, start);
      added.span = arith::MinSIOp::create(builder, loc, rest, windowSize);
    }
    axes.push_back(std::move(added));
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
    vectorWidth = accessWidth(facts, getLayout(tile));
    if (addressing != Addressing::Global) {
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
  Value moved =
      axis.distance(builder, loc, uniformPart(*parts), strideBytes(axis.stride),
                    byteSize(tile.getElementType()));
  soffset =
      soffset ? arith::AddIOp::create(builder, loc, soffset, moved).getResult()
              : moved;
  return parts->range.getResult();
}

LogicalResult Distributor::Access::emit(function_ref<void()> body) {
  OpBuilder::InsertionGuard guard(builder);
  if (addressing == Addressing::Windows) {
    windows = planWindows(view, indices);
    if (windows->cut >= 0) {
      beginWindow();
    }
  }
  if (failed(prepare())) {
    return failure();
  }
  body();
  return success();
}

/// Opens the loop over the windows along the axis that is cut.
void Distributor::Access::beginWindow() {
  // As many positions as fit, a power of two, so that nothing is divided; one
  // whose elements alone span more begins at offset 0 and is in reach.
  StoredAxis axis = self.getStoredAxes(loc, view)[windows->cut];
  int64_t size = byteSize(tile.getElementType());
  Value stride =
      arith::MulIOp::create(builder, loc, axis.stride, self.i64(loc, size));
  // An empty array may have strides of 0.
  Value isEmpty = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq,
                                        stride, self.i64(loc, 0));
  Value below = arith::SubIOp::create(builder, loc, stride, self.i64(loc, 1));
  below =
      arith::SelectOp::create(builder, loc, isEmpty, self.i64(loc, 0), below);
  Value zeros = LLVM::CountLeadingZerosOp::create(
      builder, loc, builder.getI64Type(), below, /*is_zero_poison=*/false);
  Value bits = arith::SubIOp::create(builder, loc, self.i64(loc, 64), zeros);
  bits = arith::TruncIOp::create(builder, loc, builder.getI32Type(), bits);
  Value most = self.i32(loc, windowBits);
  bits = arith::MinUIOp::create(builder, loc, bits, most);
  Value log = arith::SubIOp::create(builder, loc, most, bits);
  Value one = self.i32(loc, 1), zero = self.i32(loc, 0);
  windowSize = arith::ShLIOp::create(builder, loc, one, log);
  Value up = arith::SubIOp::create(builder, loc, windowSize, one);
  // Unsigned: the sum stays below 2^32.
  Value count = arith::ShRUIOp::create(
      builder, loc, arith::AddIOp::create(builder, loc, axis.extent, up), log);
  auto loop = scf::ForOp::create(builder, loc, zero, count, one);
  builder.setInsertionPointToStart(loop.getBody());
  windowStart =
      arith::ShLIOp::create(builder, loc, loop.getInductionVar(), log);
}

/// i32: the position along an axis at which the window begins, or null if it
/// has all.
Value Distributor::Access::startOfWindow(int64_t axis) {
  if (axis == windows->cut) {
    return windowStart;
  }
  return axis == windows->moved ? uniformPart(*splitIndex(indices[axis]))
                                : Value();
}

/// i32: what all lanes add to an index.
Value Distributor::Access::uniformPart(const IndexParts &parts) {
  Value position = self.i32(loc, parts.constant);
  for (Value scalar : parts.scalars) {
    position =
        arith::AddIOp::create(builder, loc, position, self.scalar(scalar));
  }
  return position;
}

/// i64: the bytes that the tile indices can reach from the base.
Value Distributor::Access::reach() {
  if (windows) {
    return self.i64(loc, outOfWindow); // Everything else is masked.
  }
  Value last = self.i64(loc, 0);
  for (TileAxis &axis : axes) {
    Value extent = arith::ExtSIOp::create(builder, loc, builder.getI64Type(),
                                          axis.stored.extent);
    Value steps = arith::SubIOp::create(builder, loc, extent, self.i64(loc, 1));
    Value part = axis.stored.distance(builder, loc, steps, axis.stored.stride);
    last = arith::AddIOp::create(builder, loc, last, part);
  }
  Value elements = arith::AddIOp::create(builder, loc, last, self.i64(loc, 1));
  Value bytes = arith::MulIOp::create(
      builder, loc, elements, self.i64(loc, byteSize(tile.getElementType())));
  return arith::MaxSIOp::create(builder, loc, bytes, self.i64(loc, 0));
}

/// A descriptor of everything that the tile indices can reach from the base.
void Distributor::Access::makeDescriptor() {
  Value bytes = reach();
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

/// The index, counted from where the descriptor begins.
Value Distributor::Access::position(unsigned axis, unsigned reg) {
  Value index = indexValue(axis, reg);
  return axes[axis].start
             ? arith::SubIOp::create(builder, loc, index, axes[axis].start)
                   .getResult()
             : index;
}

Value Distributor::Access::axisInBounds(unsigned axis, unsigned reg) {
  return cached<std::pair<unsigned, unsigned>>(
      boundsCache, {axis, axes[axis].indexOf[reg]}, [&] {
        const TileAxis &indexed = axes[axis];
        // Unsigned: a negative index is beyond every extent, and what is in
        // front of a window beyond its end.
        return arith::CmpIOp::create(
                   builder, loc, arith::CmpIPredicate::ult,
                   indexed.span ? position(axis, reg) : indexValue(axis, reg),
                   indexed.span ? indexed.span : indexed.stored.extent)
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
        return stored.distance(builder, loc, position(axis, reg),
                               strideBytes(stored.stride),
                               byteSize(tile.getElementType()));
      });
}

/// The sum of what each axis contributes by itself: fewer instructions where
/// many registers share a position along one axis.
Value Distributor::Access::windowOffset(unsigned first, Value mask) {
  Value sum;
  for (unsigned axis = 0; axis < axes.size(); ++axis) {
    auto makePart = [&] {
      Value part = byteOffset(axis, first);
      Value valid = axes[axis].isChecked ? axisInBounds(axis, first) : Value();
      valid = both(axis == 0 ? mask : Value(), valid);
      if (!valid) {
        return part;
      }
      Value invalid = self.i32(loc, axis == 0 ? outOfRange : outOfWindow);
      return arith::SelectOp::create(builder, loc, valid, part, invalid)
          .getResult();
    };
    Value part = cached<std::pair<unsigned, unsigned>>(
        windowCache, {axis, axes[axis].indexOf[first]}, makePart);
    sum =
        sum ? arith::AddIOp::create(builder, loc, sum, part).getResult() : part;
  }
  return sum;
}

Value Distributor::Access::voffset(unsigned first, Value mask) {
  if (windows) {
    return windowOffset(first, mask);
  }
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
