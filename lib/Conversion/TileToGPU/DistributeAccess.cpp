//===- DistributeAccess.cpp - gathers and scatters of device memory -------===//
//
// One access of a tile becomes one instruction per run of registers that lie
// next to each other in memory. Scalar indices move the 64-bit base; what is
// out of bounds is given an offset that the descriptor's range check refuses
// (buffer addressing) or is masked (64-bit addressing). Where it is not known
// before the kernel runs that descriptors reach the array, the access is there
// twice, under a uniform branch.
//
//===----------------------------------------------------------------------===//

#include "Conversion/TileToGPU/Distributor.h"
#include "Layout/Algebra.h"
#include "dialects/Tile/Transforms/ArrayReach.h"
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

/// Bytes that an element takes in memory.
static int64_t byteSize(Type element) {
  return llvm::divideCeil(element.getIntOrFloatBitWidth(), 8);
}

/// The type in which an element lies in memory: a bool is a byte.
static Type memoryElement(Type element) {
  return element.isInteger(1) ? IntegerType::get(element.getContext(), 8)
                              : element;
}

/// The array axes along which an access is known to be in bounds.
static ArrayRef<int64_t> inBoundsAxes(Operation *op) {
  auto load = dyn_cast<Gather>(op);
  return load ? load.getInBounds() : ArrayRef<int64_t>();
}

namespace {
/// One tile axis of an access.
struct TileAxis {
  StoredAxis stored;
  SmallVector<unsigned>
      indexOf; ///< Register of the index tile, per register of the value.
  Fragments index;
  bool isChecked; ///< Not known to be in bounds.
};
} // namespace

/// One access while it is emitted.
class Distributor::Access {
public:
  Access(Distributor &self, Operation *op, Value array, ValueRange indices,
         ArrayRef<int64_t> order, RankedTensorType tile, Addressing addressing)
      : self(self), builder(self.builder), op(op), loc(op->getLoc()),
        view(array.getDefiningOp<ViewOp>()), indices(indices), order(order),
        tile(tile), addressing(addressing) {}

  LogicalResult prepare();

  /// The address that the scalar indices lead to.
  Value baseAddress() const { return base; }
  /// Registers of one instruction.
  int64_t width() const { return vectorWidth; }
  /// Emits the load of `width()` registers from `first` on.
  Value load(unsigned first, Value pad);
  /// Emits the copy of the same to LDS, in all lanes of a wave at once:
  /// `target` is where the first lane's goes.
  void copy(unsigned first, Value target);
  /// Emits the store of `width()` registers from `first` on: a vector, or one
  /// element.
  void store(unsigned first, Value value, Value mask);
  /// i1: the element of register `reg` is in bounds; null when all are.
  Value inBounds(unsigned reg);

  Value
      scalarInBounds; ///< i1 over the scalar indices; null when there are none.

private:
  Value both(Value a, Value b) {
    if (!a || !b) {
      return a ? a : b;
    }
    return arith::AndIOp::create(builder, loc, a, b);
  }
  /// Emits `make` once per key where the first user stands.
  template <typename Key>
  Value cached(DenseMap<Key, Value> &cache, Key key,
               function_ref<Value()> make) {
    Value &value = cache[key];
    if (!value) {
      value = make();
    }
    return value;
  }
  Value indexValue(unsigned axis, unsigned reg);
  Value axisInBounds(unsigned axis, unsigned reg);
  Value strideBytes(Value stride);
  Value byteOffset(unsigned axis, unsigned reg);
  Value voffset(unsigned first, Value mask);
  Value address(unsigned first);
  void makeDescriptor();
  Value takeUniform(Value index, const StoredAxis &axis);

  Distributor &self;
  OpBuilder &builder;
  Operation *op;
  Location loc;
  ViewOp view;
  ValueRange indices;
  ArrayRef<int64_t> order;
  RankedTensorType tile;
  Addressing addressing;
  SmallVector<TileAxis> axes;
  Value base;       ///< !llvm.ptr<1>, moved by the scalar indices.
  Value descriptor; ///< !llvm.ptr<8>
  Value soffset;    ///< i32, what is the same in all lanes; null when nothing.
  int64_t vectorWidth = 1;
  DenseMap<std::pair<unsigned, unsigned>, Value> indexCache, boundsCache,
      offsetCache;
};

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

/// The integer, or vector of dwords, that one instruction moves.
static Type transferType(OpBuilder &builder, int64_t bytes) {
  if (bytes <= 4) {
    return builder.getIntegerType(bytes * 8);
  }
  return VectorType::get({bytes / 4}, builder.getI32Type());
}

/// Reinterprets between a transfer type and a vector of memory elements.
static Value reinterpret(OpBuilder &builder, Location loc, Value value,
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

/// A read-only array's memory does not change while the kernel runs.
static bool isReadOnly(KernelOp kernel, ViewOp view) {
  auto argument = dyn_cast<BlockArgument>(view.getBase());
  return argument && kernel.getArgAccess(argument.getArgNumber()) == "in";
}

LogicalResult Distributor::emitScalarLoad(LoadOp op) {
  Location loc = op.getLoc();
  Access access(*this, op, op.getArray(), op.getIndices(), op.getOrder(), {},
                Addressing::Global);
  if (failed(access.prepare())) {
    return failure();
  }
  Type type = op.getType(), stored = memoryElement(type);
  bool readOnly =
      isReadOnly(context.kernel, op.getArray().getDefiningOp<ViewOp>());
  auto branch = scf::IfOp::create(builder, loc, TypeRange(stored),
                                  access.scalarInBounds, true);
  {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(branch.thenBlock());
    int64_t bytes = byteSize(type);
    auto load =
        LLVM::LoadOp::create(builder, loc, builder.getIntegerType(bytes * 8),
                             access.baseAddress(), bytes, /*isVolatile=*/false,
                             /*isNonTemporal=*/false, /*isInvariant=*/readOnly);
    if (!readOnly && context.acquires) {
      // A fence does not invalidate the scalar cache, and LLVM makes scalar
      // loads of whatever nothing but a fence can change. Not of atomics.
      load.setOrdering(LLVM::AtomicOrdering::monotonic);
      load.setSyncscope("wavefront");
    }
    Value bits = load;
    if (isa<FloatType>(stored)) {
      bits = arith::BitcastOp::create(builder, loc, stored, bits);
    }
    scf::YieldOp::create(builder, loc, bits);
    builder.setInsertionPointToStart(branch.elseBlock());
    Value pad = op.getPad() ? scalar(op.getPad()) : Value();
    if (!pad) {
      pad =
          arith::ConstantOp::create(builder, loc, builder.getZeroAttr(stored));
    } else if (type != stored) {
      pad = arith::ExtUIOp::create(builder, loc, stored, pad);
    }
    scf::YieldOp::create(builder, loc, pad);
  }
  Value loaded = branch.getResult(0);
  if (!readOnly) {
    loaded = readFirstLane(loc, loaded);
  }
  if (type != stored) {
    loaded = arith::TruncIOp::create(builder, loc, type, loaded);
  }
  map(op.getResult(), loaded);
  return success();
}

LogicalResult Distributor::emitScalarStore(StoreOp op) {
  Location loc = op.getLoc();
  Access access(*this, op, op.getArray(), op.getIndices(), op.getOrder(), {},
                Addressing::Global);
  if (failed(access.prepare())) {
    return failure();
  }
  Value first = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq,
                                      context.thread, i32(loc, 0));
  Value mask =
      arith::AndIOp::create(builder, loc, first, access.scalarInBounds);
  auto branch = scf::IfOp::create(builder, loc, mask, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(branch.thenBlock());
  Value value = scalar(op.getValue());
  Type type = value.getType();
  if (type.isInteger(1)) {
    value = arith::ExtUIOp::create(builder, loc, builder.getI8Type(), value);
  } else if (isa<FloatType>(type)) {
    Type bits = builder.getIntegerType(type.getIntOrFloatBitWidth());
    value = arith::BitcastOp::create(builder, loc, bits, value);
  }
  LLVM::StoreOp::create(builder, loc, value, access.baseAddress(),
                        byteSize(type));
  return success();
}

Value Distributor::isInReach(Operation *op, Value array) {
  if (auto known = op->getAttrOfType<BoolAttr>(inReachAttr)) {
    return known.getValue() ? Value()
                            : constant(op->getLoc(), builder.getI1Type(), 0);
  }
  auto view = array.getDefiningOp<ViewOp>();
  return view ? inReach.lookup(view) : Value();
}

FailureOr<Fragments> Distributor::emitLoad(LoadOp op, Addressing addressing) {
  auto tileType = cast<RankedTensorType>(op.getType());
  Location loc = op.getLoc();
  Access access(*this, op, op.getArray(), op.getIndices(), op.getOrder(),
                tileType, addressing);
  if (failed(access.prepare())) {
    return failure();
  }
  Value pad = op.getPad() ? scalar(op.getPad()) : Value();
  VectorType type = fragmentType(tileType);
  int64_t size = type.getNumElements();
  Fragments values;
  for (unsigned first = 0,
                end = layout(op.getResult()).getMap().size(registerInput);
       first < end; first += size) {
    if (access.width() == size) {
      values.push_back(access.load(first, pad));
      continue;
    }
    Value fragment =
        arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type));
    for (int64_t part = 0; part < size; part += access.width()) {
      fragment = vector::InsertStridedSliceOp::create(
          builder, loc, access.load(first + part, pad), fragment,
          ArrayRef<int64_t>{part}, ArrayRef<int64_t>{1});
    }
    values.push_back(fragment);
  }
  return values;
}

LogicalResult Distributor::emitLoad(LoadOp op) {
  if (!isa<RankedTensorType>(op.getType())) {
    return emitScalarLoad(op);
  }
  Value reaches = isInReach(op, op.getArray());
  if (!reaches) {
    FailureOr<Fragments> values = emitLoad(op, Addressing::Buffer);
    if (failed(values)) {
      return failure();
    }
    setFragments(op.getResult(), std::move(*values));
    return success();
  }
  auto branch =
      scf::IfOp::create(builder, op.getLoc(), flattenTypes(op.getType()),
                        reaches, /*withElseRegion=*/true);
  for (auto [block, addressing] :
       {std::pair(branch.thenBlock(), Addressing::Buffer),
        std::pair(branch.elseBlock(), Addressing::Global)}) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(block);
    FailureOr<Fragments> values = emitLoad(op, addressing);
    if (failed(values)) {
      return failure();
    }
    scf::YieldOp::create(builder, op.getLoc(), *values);
  }
  setFragments(op.getResult(), Fragments(branch.getResults()));
  return success();
}

LogicalResult Distributor::emitSharedCopy(SharedCopyOp op) {
  Value reaches = isInReach(op, op.getArray());
  if (!reaches) {
    return emitSharedCopy(op, Addressing::Buffer);
  }
  auto branch = scf::IfOp::create(builder, op.getLoc(), reaches,
                                  /*withElseRegion=*/true);
  for (auto [block, addressing] :
       {std::pair(branch.thenBlock(), Addressing::Buffer),
        std::pair(branch.elseBlock(), Addressing::Global)}) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(block);
    if (failed(emitSharedCopy(op, addressing))) {
      return failure();
    }
  }
  return success();
}

LogicalResult Distributor::emitSharedCopy(SharedCopyOp op,
                                          Addressing addressing) {
  Location loc = op.getLoc();
  RankedTensorType tile = op.getTileType();
  Access access(*this, op, op.getArray(), op.getIndices(), op.getOrder(), tile,
                addressing);
  if (failed(access.prepare())) {
    return failure();
  }
  const LinearLayout &map = op.getLayout().getMap();
  int64_t size = op.getLayout().getFragment();
  if (access.width() != size) {
    return unsupported(op, "fragments of the layout do not lie together in "
                           "memory");
  }
  BitMap offsetOf = *invert(op.getBuffer().getType().getLayout().getMap());
  int64_t elementBytes = byteSize(tile.getElementType());
  auto images = [&](StringRef input) {
    return llvm::map_to_vector(map.bases(input), [&](uint32_t index) {
      return static_cast<uint32_t>(offsetOf(index) * elementBytes);
    });
  };
  // Copies have one address for a wave, and add the lane's part themselves.
  bool copies = addressing == Addressing::Buffer;
  SmallVector<uint32_t> lanes, registers = images(registerInput);
  if (!copies) {
    lanes = images(laneInput);
  }
  Value base = scalar(op.getBuffer());
  auto addressAt = [&](Value from, LLVM::GEPArg offset) {
    return LLVM::GEPOp::create(builder, loc, base.getType(),
                               builder.getI8Type(), from,
                               ArrayRef<LLVM::GEPArg>{offset});
  };
  Value start = addressAt(base, threadPart(loc, lanes, images(waveInput)));
  for (unsigned first = 0, end = map.size(registerInput); first < end;
       first += size) {
    auto offset = static_cast<int32_t>(applyBases(registers, first));
    Value target = addressAt(start, offset);
    if (copies) {
      access.copy(first, target);
      continue;
    }
    Value value = reinterpret(builder, loc, access.load(first, {}),
                              transferType(builder, size * elementBytes));
    LLVM::StoreOp::create(builder, loc, value, target, size * elementBytes);
  }
  return success();
}

LogicalResult Distributor::emitStore(StoreOp op) {
  if (!isa<RankedTensorType>(op.getValue().getType())) {
    return emitScalarStore(op);
  }
  Value reaches = isInReach(op, op.getArray());
  if (!reaches) {
    return emitStore(op, Addressing::Buffer);
  }
  auto branch = scf::IfOp::create(builder, op.getLoc(), reaches,
                                  /*withElseRegion=*/true);
  for (auto [block, addressing] :
       {std::pair(branch.thenBlock(), Addressing::Buffer),
        std::pair(branch.elseBlock(), Addressing::Global)}) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(block);
    if (failed(emitStore(op, addressing))) {
      return failure();
    }
  }
  return success();
}

LogicalResult Distributor::emitStore(StoreOp op, Addressing addressing) {
  auto tileType = cast<RankedTensorType>(op.getValue().getType());
  Location loc = op.getLoc();
  Access access(*this, op, op.getArray(), op.getIndices(), op.getOrder(),
                tileType, addressing);
  if (failed(access.prepare())) {
    return failure();
  }
  const LinearLayout &map = layout(op.getValue()).getMap();
  Value owner = emitOwner(loc, tileType);
  int64_t size = layout(op.getValue()).getFragment();
  uint32_t freeRegisters = freeVariables(map, registerInput);
  for (auto [number, fragment] : llvm::enumerate(fragments(op.getValue()))) {
    for (int64_t part = 0; part < size; part += access.width()) {
      unsigned first = number * size + part;
      if (first & freeRegisters) {
        continue;
      }
      Value value = fragment;
      if (access.width() == 1) {
        // From a slice of one element LLVM converts it again, alone, and keeps
        // what it was converted from in registers until then.
        value = vector::ExtractOp::create(builder, loc, fragment, part);
      } else if (access.width() != size) {
        value = vector::ExtractStridedSliceOp::create(
            builder, loc, fragment, ArrayRef<int64_t>{part},
            ArrayRef<int64_t>{access.width()}, ArrayRef<int64_t>{1});
      }
      access.store(first, value, owner);
    }
  }
  return success();
}
