//===- TileMemoryOps.cpp - checks of views, gathers and scatters ----------===//

#include "Layout/CopyLayout.h"
#include "dialects/Tile/IR/Tile.h"

using namespace mlir;
using namespace moesaic;
using namespace moesaic::tile;

SmallVector<StorageDigit>
moesaic::tile::getStorageDigits(unsigned rank, ArrayRef<int64_t> blocks,
                                ArrayRef<int64_t> order) {
  SmallVector<StorageDigit> digits;
  for (bool isInside : {false, true}) {
    for (unsigned i = 0; i < rank; ++i) {
      unsigned axis = order.empty() ? i : order[i];
      int64_t block = blocks.empty() ? 1 : blocks[axis];
      if (!isInside || block > 1) {
        digits.push_back({axis, block, isInside});
      }
    }
  }
  return digits;
}

/// Checks shared by `tile.view` and `tile.shape`.
static LogicalResult verifyStorage(Operation *op, size_t rank, bool hasStrides,
                                   ArrayRef<int64_t> blocks,
                                   ArrayRef<int64_t> order) {
  if (!blocks.empty() && blocks.size() != rank) { // view_c5
    return op->emitOpError("expected no 'blocks' or ")
           << rank << ", got " << blocks.size();
  }
  for (int64_t block : blocks) {
    if (block <= 0 || !llvm::isPowerOf2_64(block)) { // view_c5
      return op->emitOpError("expected 'blocks' to be powers of two, got ")
             << block;
    }
  }
  if (!order.empty() && !isPermutation(order, rank)) { // view_c6
    return op->emitOpError("expected 'order' to be a permutation of the ")
           << rank << " axes, got [" << order << "]";
  }
  if (hasStrides && !(blocks.empty() && order.empty())) { // view_c7
    return op->emitOpError(
        "expected strides or 'blocks' and 'order', not both");
  }
  return success();
}

LogicalResult ShapeOp::verify() {
  if (!getStrides().empty() &&
      getStrides().size() != getExtents().size()) { // shape_c1
    return emitOpError("expected no strides or one for each of the ")
           << getExtents().size() << " extents, got " << getStrides().size();
  }
  return verifyStorage(*this, getExtents().size(), // shape_c2
                       !getStrides().empty(), getBlocks(), getOrder());
}

LogicalResult ViewOp::verify() {
  ArrayType array = getType();
  if (getExtents().size() != array.getRank()) { // view_c1
    return emitOpError("expected ")
           << array.getRank() << " extents, got " << getExtents().size();
  }
  if (!getStrides().empty() &&
      getStrides().size() != array.getRank()) { // view_c2
    return emitOpError("expected no strides or ")
           << array.getRank() << ", got " << getStrides().size();
  }
  if (getBase().getType().getElementType() !=
      array.getElementType()) { // view_c3
    return emitOpError("expected elements of type ")
           << getBase().getType().getElementType() << ", got "
           << array.getElementType();
  }
  if (array.getShared()) { // view_c4
    return emitOpError("expected an array in device memory, got ") << array;
  }
  return verifyStorage(*this, array.getRank(), !getStrides().empty(),
                       getBlocks(), getOrder());
}

int64_t SharedArrayOp::getBytes() {
  return llvm::product_of(getShape()) *
         llvm::divideCeil(getType().getElementType().getIntOrFloatBitWidth(),
                          8);
}

LogicalResult SharedArrayOp::verify() {
  ArrayType array = getType();
  if (getShape().size() != array.getRank()) { // shared_array_c1
    return emitOpError("expected ")
           << array.getRank() << " extents, got " << getShape().size();
  }
  constexpr int64_t most = std::numeric_limits<int32_t>::max();
  int64_t bytes =
      llvm::divideCeil(array.getElementType().getIntOrFloatBitWidth(), 8);
  for (int64_t extent : getShape()) {
    if (extent <= 0) { // shared_array_c1
      return emitOpError("expected positive extents, got ") << extent;
    }
    if (extent > most / bytes) { // shared_array_c3
      return emitOpError("expected less than 2^31 bytes");
    }
    bytes *= extent;
  }
  if (!array.getShared()) { // shared_array_c2
    return emitOpError("expected an array in LDS, got ") << array;
  }
  return success();
}

/// Checks shared by load, store, atomics and copies; `what` names the accessed
/// value.
static LogicalResult verifyAccess(Operation *op, ArrayType array,
                                  ValueRange indices, ArrayRef<int64_t> order,
                                  Type value, StringRef what) {
  if (indices.size() != array.getRank()) { // load_c1, store_c1, atomic_c1
    return op->emitOpError("expected ")
           << array.getRank() << " indices, one per array axis, got "
           << indices.size();
  }
  bool anyTile = llvm::any_of(indices, [](Value index) {
    return isa<RankedTensorType>(index.getType());
  });
  auto tensor = dyn_cast<RankedTensorType>(value);
  if (anyTile != static_cast<bool>(tensor)) { // load_c2, store_c2, atomic_c2
    return op->emitOpError("expected the ")
           << what << " to be a "
           << (anyTile ? "tile because an index is one" : "scalar");
  }
  int64_t naturalRank = getAccessShape(indices, {}).size();
  if (!order.empty() &&
      !isPermutation(order, naturalRank)) { // load_c4, store_c4
    return op->emitOpError("expected 'order' to be a permutation of the ")
           << naturalRank << " tile axes, got [" << order << "]";
  }
  SmallVector<int64_t> shape = getAccessShape(indices, order);
  if (tensor && tensor.getShape() !=
                    ArrayRef<int64_t>(shape)) { // load_c3, store_c3, atomic_c3
    return op->emitOpError("expected the shape of the ")
           << what << " to be [" << shape << "], got [" << tensor.getShape()
           << "]";
  }
  if (getElementTypeOrSelf(value) !=
      array.getElementType()) { // load_c5, store_c5, atomic_c5
    return op->emitOpError("expected elements of type ")
           << array.getElementType() << ", got " << getElementTypeOrSelf(value);
  }
  return success();
}

/// Checks that `axes` lists array axes in ascending order.
static LogicalResult verifyInBounds(Operation *op, ArrayRef<int64_t> axes,
                                    ArrayType array) {
  int64_t rank = array.getRank();
  for (auto [number, axis] : llvm::enumerate(axes)) { // load_c6, shared_copy_c5
    if (axis < 0 || axis >= rank || (number > 0 && axis <= axes[number - 1])) {
      return op->emitOpError("expected 'in_bounds' to list some of the ")
             << rank << " array axes in ascending order, got [" << axes << "]";
    }
  }
  return success();
}

LogicalResult LoadOp::verify() {
  if (failed(verifyAccess(*this, getArray().getType(), getIndices(), getOrder(),
                          getType(), "result"))) {
    return failure();
  }
  if (getPad() &&
      getPad().getType() != getArray().getType().getElementType()) { // load_c5
    return emitOpError("expected a pad value of type ")
           << getArray().getType().getElementType() << ", got "
           << getPad().getType();
  }
  return verifyInBounds(*this, getInBounds(), getArray().getType());
}

RankedTensorType SharedCopyOp::getTileType() {
  SharedType buffer = getBuffer().getType();
  return moesaic::tile::getTileType(buffer.getShape(), buffer.getElementType(),
                                    getLayout());
}

int64_t SharedCopyOp::getInstructions() {
  return getLayout().getMap().size(registerInput) / getLayout().getFragment();
}

LogicalResult SharedCopyOp::verify() {
  SharedType buffer = getBuffer().getType();
  const LinearLayout &layout = getLayout().getMap();
  if (layout.shape() != buffer.getShape()) { // shared_copy_c6
    return emitOpError("expected a layout of the buffer's own shape");
  }
  if (!copiesInOrder(layout, buffer.getLayout().getMap(),
                     getLayout().getFragment())) { // shared_copy_c6
    return emitOpError("expected fragments and lanes of ")
           << getLayout() << " to follow each other in the buffer";
  }
  // shared_copy_c1 to shared_copy_c5
  return success(
      succeeded(verifyAccess(*this, getArray().getType(), getIndices(),
                             getOrder(), getTileType(), "buffer")) &&
      succeeded(verifyInBounds(*this, getInBounds(), getArray().getType())));
}

LogicalResult StoreOp::verify() {
  return verifyAccess(*this, getArray().getType(), getIndices(), getOrder(),
                      getValue().getType(), "value");
}

LogicalResult AtomicOp::verify() {
  if (failed(verifyAccess(*this, getArray().getType(), getIndices(), {},
                          getType(), "result"))) {
    return failure();
  }
  AtomicKind kind = getKind();
  auto check = [&](Value operand, bool isWanted,
                   StringRef name) -> LogicalResult {
    if (static_cast<bool>(operand) != isWanted) { // atomic_c4
      return emitOpError("of kind '")
             << stringifyAtomicKind(kind)
             << (isWanted ? "' needs '" : "' takes no '") << name << "'";
    }
    if (operand && operand.getType() != getType()) { // atomic_c4
      return emitOpError("expected '") << name << "' of type " << getType()
                                       << ", got " << operand.getType();
    }
    return success();
  };
  if (failed(check(getValue(), kind != AtomicKind::Load, "value")) ||
      failed(check(getExpected(), kind == AtomicKind::Cas, "expected"))) {
    return failure();
  }
  if (!supportsAtomic(kind, getArray().getType().getElementType())) {
    return emitOpError("of kind '") // atomic_c5
           << stringifyAtomicKind(kind) << "' does not take elements of type "
           << getArray().getType().getElementType();
  }
  if (!hasWholeWords(getArray())) { // atomic_c7
    return emitOpError("expected a shared array of whole words of 4 bytes");
  }
  if (kind == AtomicKind::Load && getOrdering() != MemoryOrder::Relaxed &&
      getOrdering() != MemoryOrder::Acquire) { // atomic_c6
    return emitOpError("expected a load to be relaxed or to acquire, got ")
           << stringifyMemoryOrder(getOrdering());
  }
  return success();
}

LogicalResult FenceOp::verify() {
  if (getOrdering() == MemoryOrder::Relaxed) { // fence_c1
    return emitOpError("expected a fence to acquire or to release");
  }
  return success();
}

bool moesaic::tile::hasWholeWords(Value array) {
  auto shared = array.getDefiningOp<SharedArrayOp>();
  return !shared || shared.getBytes() % 4 == 0;
}

bool moesaic::tile::supportsAtomic(AtomicKind kind, Type element) {
  if (element.isInteger(32) || element.isInteger(64)) {
    return true;
  }
  if (element.isF16() || element.isBF16()) {
    return kind == AtomicKind::Add;
  }
  return (element.isF32() || element.isF64()) &&
         (kind == AtomicKind::Add || kind == AtomicKind::Min ||
          kind == AtomicKind::Max || kind == AtomicKind::Exchange ||
          kind == AtomicKind::Load);
}

static std::optional<int64_t> toSigned(std::optional<uint64_t> offset) {
  return offset ? std::optional<int64_t>(*offset) : std::nullopt;
}

std::optional<SharedSpace> moesaic::tile::getSharedSpace(Value buffer) {
  if (auto alloc = buffer.getDefiningOp<AllocSharedOp>()) {
    return SharedSpace{toSigned(alloc.getOffset()), alloc.getType().getBytes()};
  }
  if (auto array = buffer.getDefiningOp<SharedArrayOp>()) {
    return SharedSpace{toSigned(array.getOffset()), array.getBytes()};
  }
  return std::nullopt;
}
