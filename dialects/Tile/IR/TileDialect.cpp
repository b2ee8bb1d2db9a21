//===- TileDialect.cpp - the dialect itself and its shared helpers --------===//

#include "dialects/Tile/IR/Tile.h"

#include "dialects/Tile/IR/TileDialect.cpp.inc"

using namespace mlir;
using namespace moesaic::tile;

#define GET_OP_CLASSES
#include "dialects/Tile/IR/TileOps.cpp.inc"

void TileDialect::initialize() {
  registerTypes();
  registerAttributes();
  addOperations<
#define GET_OP_LIST
#include "dialects/Tile/IR/TileOps.cpp.inc"
      >();
}

Operation *TileDialect::materializeConstant(OpBuilder &builder, Attribute value,
                                            Type type, Location loc) {
  return arith::ConstantOp::materialize(builder, value, type, loc);
}

bool moesaic::tile::isTile(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.getRank() > 0 && tensor.hasStaticShape() &&
         llvm::all_of(tensor.getShape(), [](int64_t extent) {
           return llvm::isPowerOf2_64(extent);
         });
}

RankedTensorType moesaic::tile::getTileType(ArrayRef<int64_t> shape,
                                            Type elementType,
                                            Attribute layout) {
  return RankedTensorType::get(shape, elementType, layout);
}

LayoutAttr moesaic::tile::getLayout(Type tileType) {
  auto tensor = dyn_cast<RankedTensorType>(tileType);
  return tensor ? dyn_cast_or_null<LayoutAttr>(tensor.getEncoding())
                : LayoutAttr();
}

bool moesaic::tile::isPermutation(ArrayRef<int64_t> order, int64_t rank) {
  if (static_cast<int64_t>(order.size()) != rank) {
    return false;
  }
  SmallVector<bool> seen(rank);
  for (int64_t axis : order) {
    if (axis < 0 || axis >= rank || seen[axis]) {
      return false;
    }
    seen[axis] = true;
  }
  return true;
}

SmallVector<int64_t> moesaic::tile::getAccessShape(ValueRange indices,
                                                   ArrayRef<int64_t> order) {
  SmallVector<int64_t> natural;
  for (Value index : indices) {
    if (auto tensor = dyn_cast<RankedTensorType>(index.getType())) {
      llvm::append_range(natural, tensor.getShape());
    }
  }
  if (order.empty()) {
    return natural;
  }
  return llvm::map_to_vector(order,
                             [&](int64_t axis) { return natural[axis]; });
}

SmallVector<SmallVector<int64_t>>
moesaic::tile::getIndexAxes(ValueRange indices, ArrayRef<int64_t> order) {
  SmallVector<SmallVector<int64_t>> result;
  int64_t natural = 0;
  for (Value index : indices) {
    SmallVector<int64_t> &axes = result.emplace_back();
    auto tensor = dyn_cast<RankedTensorType>(index.getType());
    for (int64_t i = 0, rank = tensor ? tensor.getRank() : 0; i < rank;
         ++i, ++natural) {
      axes.push_back(
          order.empty() ? natural : llvm::find(order, natural) - order.begin());
    }
  }
  return result;
}
