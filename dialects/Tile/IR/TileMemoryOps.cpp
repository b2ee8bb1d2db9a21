//===- TileMemoryOps.cpp - checks of views, gathers and scatters ----------===//

#include "dialects/Tile/IR/Tile.h"

using namespace mlir;
using namespace moesaic::tile;

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
  return success();
}

/// Checks shared by load and store; `what` names the accessed value.
static LogicalResult verifyAccess(Operation *op, ArrayType array,
                                  ValueRange indices, ArrayRef<int64_t> order,
                                  Type value, StringRef what) {
  if (indices.size() != array.getRank()) { // load_c1, store_c1
    return op->emitOpError("expected ")
           << array.getRank() << " indices, one per array axis, got "
           << indices.size();
  }
  bool anyTile = llvm::any_of(indices, [](Value index) {
    return isa<RankedTensorType>(index.getType());
  });
  auto tensor = dyn_cast<RankedTensorType>(value);
  if (anyTile != static_cast<bool>(tensor)) { // load_c2, store_c2
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
  if (tensor &&
      tensor.getShape() != ArrayRef<int64_t>(shape)) { // load_c3, store_c3
    return op->emitOpError("expected the shape of the ")
           << what << " to be [" << shape << "], got [" << tensor.getShape()
           << "]";
  }
  if (getElementTypeOrSelf(value) !=
      array.getElementType()) { // load_c5, store_c5
    return op->emitOpError("expected elements of type ")
           << array.getElementType() << ", got " << getElementTypeOrSelf(value);
  }
  return success();
}

/// Checks that `axes` lists array axes in ascending order.
static LogicalResult verifyInBounds(Operation *op, ArrayRef<int64_t> axes,
                                    ArrayType array) {
  int64_t rank = array.getRank();
  for (auto [number, axis] : llvm::enumerate(axes)) { // load_c6
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

LogicalResult StoreOp::verify() {
  return verifyAccess(*this, getArray().getType(), getIndices(), getOrder(),
                      getValue().getType(), "value");
}
