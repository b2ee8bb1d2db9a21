//===- TileDistributionOps.cpp - checks of layouts and LDS accesses -------===//

#include "dialects/Tile/IR/Tile.h"

using namespace mlir;
using namespace moesaic::tile;

#include "dialects/Tile/IR/TileInterfaces.cpp.inc"

LogicalResult ConvertLayoutOp::verify() {
  auto source = cast<RankedTensorType>(getSource().getType());
  auto result = cast<RankedTensorType>(getResult().getType());
  if (source.getShape() != result.getShape() ||
      source.getElementType() != result.getElementType()) { // convert_layout_c1
    return emitOpError("expected source and result to differ in their layouts "
                       "only, got ")
           << source << " and " << result;
  }
  return success();
}

static LogicalResult verifySharedAccess(Operation *op, Type tile,
                                        SharedType buffer) {
  auto tensor = cast<RankedTensorType>(tile);
  if (tensor.getShape() != buffer.getShape() ||
      tensor.getElementType() !=
          buffer.getElementType()) { // shared_store_c1, shared_load_c1
    return op->emitOpError(
               "expected a tile of the buffer's shape and element type, got ")
           << tensor << " and " << buffer;
  }
  return success();
}

LogicalResult SharedStoreOp::verify() {
  return verifySharedAccess(*this, getValue().getType(), getBuffer().getType());
}

LogicalResult SharedWaitOp::verify() {
  IntegerAttr pending = getPendingAttr();
  if (pending && pending.getInt() < 0) { // shared_wait_c1
    return emitOpError("expected 'pending' not to be negative, got ")
           << pending.getInt();
  }
  return success();
}

LogicalResult SharedLoadOp::verify() {
  return verifySharedAccess(*this, getType(), getBuffer().getType());
}
