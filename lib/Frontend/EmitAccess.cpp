//===- EmitAccess.cpp - loads and stores of array elements ----------------===//

#include "Frontend/Emitter.h"
#include "dialects/Tile/IR/Tile.h"

using namespace llvm;
using namespace mlir;
using namespace moesaic;
using namespace moesaic::frontend;

std::shared_ptr<ArrayValue> Emitter::evaluateArray(const Expr &expr,
                                                   StringRef what) {
  Datum datum = evaluate(expr);
  if (datum.isArray()) {
    return datum.getSharedArray();
  }
  if (!datum.isError()) {
    diagnostics.error(expr, Diag::ExpectedArray, what, describe(datum));
  }
  return nullptr;
}

/// One i32 scalar or tile per axis of the array.
bool Emitter::evaluateIndices(const IndexExpr &index, const ArrayValue &array,
                              SmallVectorImpl<Value> &indices) {
  if (index.subscripts.size() != array.extents.size()) {
    diagnostics
        .error(index, Diag::SubscriptCount, array.name.text,
               count(array.extents.size(), "axis"),
               count(index.subscripts.size(), "index"))
        .note(array.name, "'" + array.name.text + "' is declared here");
    return false;
  }
  for (const Subscript &subscript : index.subscripts) {
    if (subscript.kind != Subscript::Kind::Index) {
      diagnostics.error(subscript, Diag::SliceInKernel)
          .help("index with a tile of positions: `k + range(BK)`");
      return false;
    }
    Datum datum = evaluate(*subscript.first);
    if (datum.isError()) {
      return false;
    }
    bool isIndex = datum.isInt() ||
                   (datum.isRuntime() && datum.getElementType().isInteger(32));
    if (!isIndex) {
      Diagnostics::Report error =
          diagnostics.error(*subscript.first, Diag::IndexType, describe(datum));
      if (datum.isRuntime() && datum.getElementType().isInteger()) {
        error.help("convert it: `cast<i32>(...)`");
      }
      return false;
    }
    Value value = datum.isInt() ? materialize({datum, *subscript.first},
                                              builder.getI32Type(), {})
                                : datum.getValue();
    if (!value) {
      return false;
    }
    indices.push_back(value);
  }
  return true;
}

Datum Emitter::emitLoad(const IndexExpr &index, const Expr *pad,
                        ArrayRef<int64_t> order, Place place) {
  std::shared_ptr<ArrayValue> array = evaluateArray(*index.base, "a load");
  if (!array || !require(Mode::Kernel, index, "reading an array")) {
    return {};
  }
  if (array->access == TypeSyntax::Access::Out) {
    diagnostics.error(index, Diag::ReadOfOut, array->name.text)
        .note(array->name, "'" + array->name.text + "' is declared here")
        .help("declare it `inout`");
    return {};
  }
  SmallVector<Value> indices;
  if (!evaluateIndices(index, *array, indices)) {
    return {};
  }
  SmallVector<int64_t> natural = tile::getAccessShape(indices, {});
  if (!order.empty() && !tile::isPermutation(order, natural.size())) {
    diagnostics.error(place, Diag::NotPermutation, natural.size(),
                      formatShape(order));
    return {};
  }
  Value padding;
  if (pad) {
    padding = toScalar({evaluate(*pad), *pad}, array->element, "'pad'");
    if (!padding) {
      return {};
    }
  }
  Type type = array->element;
  if (!natural.empty()) {
    type = getTile(tile::getAccessShape(indices, order), array->element, place);
    if (!type) {
      return {};
    }
  }
  return Datum::ofValue(tile::LoadOp::create(
      builder, getLoc(place.loc), type, array->view, indices, padding, order));
}

/// The order of the store that a store of `value`, a permuted tile, becomes.
static SmallVector<int64_t> invert(ArrayRef<int64_t> order) {
  SmallVector<int64_t> inverse(order.size());
  for (auto [position, axis] : enumerate(order)) {
    inverse[axis] = position;
  }
  return inverse;
}

void Emitter::emitStore(const IndexExpr &index, const Operand &value,
                        Place place) {
  std::shared_ptr<ArrayValue> array = evaluateArray(*index.base, "a store");
  if (!array || value.datum.isError() ||
      !require(Mode::Kernel, index, "writing an array")) {
    return;
  }
  if (array->access == TypeSyntax::Access::In) {
    diagnostics.error(index, Diag::WriteOfIn, array->name.text)
        .note(array->name, "'" + array->name.text + "' is declared here")
        .help("declare it `out`, or `inout` to read it too");
    return;
  }
  SmallVector<Value> indices;
  if (!evaluateIndices(index, *array, indices)) {
    return;
  }
  SmallVector<int64_t> shape = tile::getAccessShape(indices, {});
  if (!shape.empty() && !getTile(shape, array->element, place)) {
    return;
  }
  Value stored = materialize(value, array->element, shape);
  if (!stored) {
    return;
  }
  // A permuted tile is stored in the order that undoes the permutation. The
  // permute stays: a variable may name it.
  SmallVector<int64_t> order;
  if (auto permute = stored.getDefiningOp<tile::PermuteOp>()) {
    stored = permute.getSource();
    order = invert(permute.getOrder());
  }
  tile::StoreOp::create(builder, getLoc(place.loc), stored, array->view,
                        indices, order);
}
