//===- TileValueOps.cpp - checks of tiles made from other tiles -----------===//

#include "dialects/Tile/IR/Tile.h"

using namespace mlir;
using namespace moesaic::tile;

static RankedTensorType tileType(Value value) {
  return cast<RankedTensorType>(value.getType());
}

LogicalResult RangeOp::verify() {
  if (tileType(getResult()).getRank() != 1) { // range_c1
    return emitOpError("expected a result of rank 1, got rank ")
           << tileType(getResult()).getRank();
  }
  return success();
}

LogicalResult SplatOp::verify() {
  Type element = tileType(getResult()).getElementType();
  if (getScalar().getType() != element) { // splat_c1
    return emitOpError("expected a scalar of type ")
           << element << ", got " << getScalar().getType();
  }
  return success();
}

LogicalResult BroadcastOp::verify() {
  RankedTensorType source = tileType(getSource()),
                   result = tileType(getResult());
  if (source.getRank() != result.getRank() ||
      source.getElementType() != result.getElementType()) { // broadcast_c1
    return emitOpError(
               "expected source and result of one rank and element type, got ")
           << source << " and " << result;
  }
  for (auto [axis, from, to] :
       llvm::enumerate(source.getShape(), result.getShape())) {
    if (from != 1 && from != to) { // broadcast_c2
      return emitOpError("expected extent 1 or ")
             << to << " on axis " << axis << ", got " << from;
    }
  }
  return success();
}

LogicalResult ReshapeOp::verify() {
  RankedTensorType source = tileType(getSource()),
                   result = tileType(getResult());
  if (source.getNumElements() != result.getNumElements() ||
      source.getElementType() != result.getElementType()) { // reshape_c1
    return emitOpError("expected as many elements of the same type, got ")
           << source << " and " << result;
  }
  return success();
}

LogicalResult PermuteOp::verify() {
  RankedTensorType source = tileType(getSource()),
                   result = tileType(getResult());
  if (!isPermutation(getOrder(), source.getRank())) { // permute_c1
    return emitOpError("expected 'order' to be a permutation of ")
           << source.getRank() << " axes, got [" << getOrder() << "]";
  }
  SmallVector<int64_t> shape = llvm::map_to_vector(
      getOrder(), [&](int64_t axis) { return source.getShape()[axis]; });
  if (result.getShape() != ArrayRef<int64_t>(shape) ||
      result.getElementType() != source.getElementType()) { // permute_c2
    return emitOpError("expected a result of shape [")
           << shape << "] and type " << source.getElementType() << ", got "
           << result;
  }
  return success();
}

LogicalResult MmaOp::verify() {
  RankedTensorType a = tileType(getA()), b = tileType(getB()),
                   c = tileType(getAccumulator());
  if (a.getRank() != 2 || b.getRank() != 2 || c.getRank() != 2 ||
      a.getShape()[0] != c.getShape()[0] ||
      b.getShape()[1] != c.getShape()[1] ||
      a.getShape()[1] != b.getShape()[0]) { // mma_c1
    return emitOpError("expected shapes MxK, KxN and MxN, got ")
           << a << ", " << b << " and " << c;
  }
  Type element = a.getElementType();
  if (element != b.getElementType() ||
      !(element.isF16() || element.isBF16() || element.isF32())) {
    // mma_c2
    return emitOpError("expected operands that are both f16, bf16 or f32, got ")
           << element << " and " << b.getElementType();
  }
  if (!c.getElementType().isF32()) { // mma_c3
    return emitOpError("expected an accumulator of f32, got ")
           << c.getElementType();
  }
  return success();
}

LogicalResult ReduceOp::verify() {
  RankedTensorType source = tileType(getSource());
  int64_t axis = getAxis();
  if (axis < 0 || axis >= source.getRank()) { // reduce_c1
    return emitOpError("expected an axis from 0 to ")
           << source.getRank() - 1 << ", got " << axis;
  }
  SmallVector<int64_t> shape(source.getShape());
  shape.erase(shape.begin() + axis);
  auto result = dyn_cast<RankedTensorType>(getType());
  bool sameShape =
      shape.empty() ? !result : result && result.getShape() == ArrayRef(shape);
  if (!sameShape ||
      getElementTypeOrSelf(getType()) != source.getElementType()) { // reduce_c2
    InFlightDiagnostic error = emitOpError("expected a result ");
    if (shape.empty()) {
      error << "that is a scalar";
    } else {
      error << "of shape [" << shape << "]";
    }
    return error << " of type " << source.getElementType() << ", got "
                 << getType();
  }
  bool bitwise = getKind() == ReduceKind::And || getKind() == ReduceKind::Or ||
                 getKind() == ReduceKind::Xor;
  if (bitwise && !source.getElementType().isInteger()) { // reduce_c3
    return emitOpError("expected integers for '")
           << stringifyReduceKind(getKind()) << "', got "
           << source.getElementType();
  }
  return success();
}
