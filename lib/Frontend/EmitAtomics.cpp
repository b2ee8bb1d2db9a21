//===- EmitAtomics.cpp - shared arrays and atomic accesses ----------------===//

#include "Frontend/Emitter.h"

using namespace llvm;
using namespace mlir;
using namespace moesaic;
using namespace moesaic::frontend;

/// shared<T>([extents])
Datum Emitter::emitSharedArray(const CallExpr &call, Type element,
                               const Expr &extents) {
  if (!require(Mode::Kernel, call, "'shared'")) {
    return {};
  }
  std::optional<SmallVector<int64_t>> shape =
      evaluateInts(extents, "an extent of a shared array");
  if (!shape) {
    return {};
  }
  if (shape->empty()) {
    diagnostics.error(extents, Diag::RankZero);
    return {};
  }
  constexpr int64_t most = std::numeric_limits<int32_t>::max();
  int64_t bytes = divideCeil(element.getIntOrFloatBitWidth(), 8);
  auto array = std::make_shared<ArrayValue>();
  for (int64_t extent : *shape) {
    if (extent <= 0) {
      diagnostics.error(extents, Diag::SharedExtent, extent);
      return {};
    }
    if (extent > most / bytes) {
      diagnostics.error(extents, Diag::SharedBytes);
      return {};
    }
    bytes *= extent;
    array->extents.push_back(Datum::ofInt(extent));
  }
  array->element = element;
  array->access = TypeSyntax::Access::InOut;
  auto type = tile::ArrayType::get(builder.getContext(), shape->size(), element,
                                   /*shared=*/true);
  array->view = tile::SharedArrayOp::create(
      builder, getLoc(call.loc), type, builder.getDenseI64ArrayAttr(*shape),
      /*offset=*/nullptr);
  return Datum::ofArray(array);
}

/// The element types that `kind` takes.
static StringRef getAtomicTypes(tile::AtomicKind kind, MLIRContext *context) {
  return tile::supportsAtomic(kind, Float16Type::get(context))
             ? "i32, i64, f16, bf16, f32 or f64"
         : tile::supportsAtomic(kind, Float32Type::get(context))
             ? "i32, i64, f32 or f64"
             : "i32 or i64";
}

Datum Emitter::emitAtomic(const CallExpr &call, tile::AtomicKind kind,
                          const Expr &element, const Expr *value,
                          const Expr *expected, tile::MemoryOrder order,
                          tile::MemoryScope scope) {
  StringRef name = call.callee.text;
  if (!require(Mode::Kernel, call, ("'" + name + "'").str())) {
    return {};
  }
  auto *index = dyn_cast<IndexExpr>(&element);
  if (!index) {
    diagnostics.error(element, Diag::AtomicArgument, name)
        .help("write `" + name + (value ? "(a[i], 1)`" : "(a[i])`"));
    return {};
  }
  std::shared_ptr<ArrayValue> array = evaluateArray(*index->base, name);
  if (!array) {
    return {};
  }
  if (array->access == TypeSyntax::Access::In) {
    diagnostics.error(*index, Diag::WriteOfIn, array->name.text)
        .note(array->name, "'" + array->name.text + "' is declared here")
        .help("declare it `inout`");
    return {};
  }
  if (!tile::supportsAtomic(kind, array->element)) {
    diagnostics.error(*index, Diag::BuiltinType, name,
                      getAtomicTypes(kind, builder.getContext()),
                      getTypeName(array->element));
    return {};
  }
  if (!tile::hasWholeWords(array->view)) {
    diagnostics.error(*index, Diag::AtomicWords, name, array->name.text)
        .note(array->name, "'" + array->name.text + "' is declared here")
        .help("declare it with an even number of elements");
    return {};
  }
  SmallVector<Value> indices;
  if (!evaluateIndices(*index, *array, indices)) {
    return {};
  }
  SmallVector<int64_t> shape = tile::getAccessShape(indices, {});
  Type type = array->element;
  if (!shape.empty() && !(type = getTile(shape, array->element, call))) {
    return {};
  }
  Value operands[2];
  for (auto [expr, operand] : zip(ArrayRef({value, expected}), operands)) {
    if (expr && !(operand = materialize({evaluate(*expr), *expr},
                                        array->element, shape))) {
      return {};
    }
  }
  // Barriers order what a workgroup does in LDS, and nobody else sees it.
  if (cast<tile::ArrayType>(array->view.getType()).getShared()) {
    order = tile::MemoryOrder::Relaxed;
    scope = tile::MemoryScope::Workgroup;
  }
  return Datum::ofValue(
      tile::AtomicOp::create(builder, getLoc(call.loc), type, kind, array->view,
                             indices, operands[0], operands[1], order, scope));
}
