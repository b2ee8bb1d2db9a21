//===- EmitEntry.cpp - arrays in entries: workspace, slices, reshape ------===//

#include "Frontend/Builtins.h"
#include "Frontend/Emitter.h"
#include "Frontend/Symbolic.h"
#include "dialects/Tile/IR/Tile.h"

using namespace llvm;
using namespace mlir;
using namespace moesaic;
using namespace moesaic::frontend;

Value Emitter::emitExtent(const Datum &extent, Location loc) {
  return extent.isInt() ? emitI32(extent.getInt(), loc) : extent.getValue();
}

/// An extent or stride as i64, constant where it is one.
static Datum widen(OpBuilder &builder, const Datum &datum, Location loc) {
  if (datum.isInt() || datum.getElementType().isInteger(64)) {
    return datum;
  }
  return Datum::ofValue(arith::ExtSIOp::create(
      builder, loc, builder.getI64Type(), datum.getValue()));
}

static Datum multiply(Emitter &emitter, const Datum &a, const Datum &b,
                      Location loc) {
  OpBuilder &builder = emitter.getBuilder();
  int64_t product = 0;
  if (a.isInt() && b.isInt() && !MulOverflow(a.getInt(), b.getInt(), product)) {
    return Datum::ofInt(product);
  }
  if (a.isInt() && a.getInt() == 1) {
    return widen(builder, b, loc);
  }
  if (b.isInt() && b.getInt() == 1) {
    return widen(builder, a, loc);
  }
  auto value = [&](const Datum &datum) {
    Datum wide = widen(builder, datum, loc);
    return wide.isInt() ? emitter.emitI64(wide.getInt(), loc) : wide.getValue();
  };
  Value x = value(a), y = value(b);
  return Datum::ofValue(arith::MulIOp::create(builder, loc, x, y));
}

/// The product of the extents, as i64.
Value Emitter::emitCount(ArrayRef<Datum> extents, Location loc) {
  Datum count = Datum::ofInt(1);
  for (const Datum &extent : extents) {
    count = multiply(*this, count, extent, loc);
  }
  return count.isInt() ? emitI64(count.getInt(), loc) : count.getValue();
}

SmallVector<Datum> Emitter::getStrides(const ArrayValue &array, Location loc) {
  if (!array.strides.empty()) {
    return array.strides;
  }
  SmallVector<Datum> strides(array.extents.size(), Datum::ofInt(1));
  for (size_t i = strides.size() - 1; i-- > 0;) {
    strides[i] = multiply(*this, strides[i + 1], array.extents[i + 1], loc);
  }
  return strides;
}

std::optional<SmallVector<Datum>> Emitter::evaluateExtents(const Expr &expr,
                                                           StringRef what) {
  auto *list = dyn_cast<ListExpr>(&expr);
  if (!list || list->elements.empty()) {
    diagnostics.error(expr, Diag::ExpectedList, what);
    return std::nullopt;
  }
  SmallVector<Datum> extents;
  for (const Expr *element : list->elements) {
    Datum extent = evaluate(*element);
    if (extent.isError()) {
      return std::nullopt;
    }
    if (extent.isInt()
            ? !isInt<32>(extent.getInt()) || extent.getInt() < 0
            : !toScalar({extent, *element}, builder.getI32Type(), what)) {
      if (extent.isInt()) {
        diagnostics.error(*element, Diag::ExtentRange, extent.getInt());
      }
      return std::nullopt;
    }
    extents.push_back(extent);
  }
  return extents;
}

Operation *Emitter::requireTrue(Value condition, const Twine &message,
                                Location loc) {
  return tile::RequireOp::create(builder, loc, condition,
                                 builder.getStringAttr(message));
}

void Emitter::requireEqual(const Datum &a, const Datum &b, Type type,
                           Place place, const Twine &message) {
  if (a.isError() || b.isError() || isProvablyEqual(a, b)) {
    return;
  }
  if (a.isInt() && b.isInt()) {
    diagnostics.error(place, Diag::ExtentMismatch, message.str(), a.getInt(),
                      b.getInt());
    return;
  }
  Value x = materialize({a, place}, type, {});
  Value y = materialize({b, place}, type, {});
  if (!x || !y) {
    return;
  }
  Location loc = getLoc(place.loc);
  Operation *required = requireTrue(
      arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, x, y),
      message, loc);
  required->setAttr(tile::comparesAttr, builder.getUnitAttr());
}

/// workspace<T>([extents], blocks = [...], order = [...])
Datum Emitter::emitWorkspace(const CallExpr &call, Type element,
                             const Expr &extents, const Expr *blocks,
                             const Expr *order) {
  if (!require(Mode::Entry, call, "'workspace'")) {
    return {};
  }
  std::optional<SmallVector<Datum>> shape =
      evaluateExtents(extents, "an extent of a workspace");
  if (!shape) {
    return {};
  }
  Location loc = getLoc(call.loc);
  auto array = std::make_shared<ArrayValue>();
  array->element = element;
  array->access = TypeSyntax::Access::InOut;
  array->extents = *shape;
  std::optional<Storage> storage =
      evaluateStorage(blocks, order, shape->size());
  if (!storage) {
    return {};
  }
  array->storage = *storage;
  array->pointer = tile::WorkspaceOp::create(
      builder, loc, tile::PointerType::get(builder.getContext(), element),
      emitCount(*shape, loc), StringAttr());
  return Datum::ofArray(array);
}

/// zero(array);
Datum Emitter::emitZero(const CallExpr &call, const Expr &expr) {
  if (!require(Mode::Entry, call, "'zero'")) {
    return {};
  }
  std::shared_ptr<ArrayValue> array = evaluateArray(expr, "'zero'");
  if (!array) {
    return {};
  }
  if (array->access == TypeSyntax::Access::In) {
    diagnostics.error(expr, Diag::WriteOfIn, array->name.text)
        .note(array->name, "'" + array->name.text + "' is declared here")
        .help("declare it `out`, or `inout` to read it too");
    return {};
  }
  if (!array->strides.empty()) {
    diagnostics.error(expr, Diag::NotContiguous, "'zero'")
        .help("zero the whole array");
    return {};
  }
  Location loc = getLoc(call.loc);
  tile::ZeroOp::create(builder, loc, array->pointer,
                       emitCount(array->extents, loc));
  return Datum::nothing();
}

/// array[first:last, :]: a view of the same elements.
Datum Emitter::emitSlice(const IndexExpr &index, ArrayValue &array) {
  if (index.subscripts.size() != array.extents.size()) {
    diagnostics.error(index, Diag::SubscriptCount, array.name.text,
                      count(array.extents.size(), "axis"),
                      count(index.subscripts.size(), "index"));
    return {};
  }
  if (!array.storage.isRowMajor()) {
    diagnostics.error(index, Diag::NotRowMajor, "a slice", array.name.text,
                      describe(array.storage));
    return {};
  }
  Location loc = getLoc(index.loc);
  Type i32 = builder.getI32Type();
  auto view = std::make_shared<ArrayValue>(array);
  SmallVector<Datum> strides = getStrides(array, loc);
  bool isContiguous = array.strides.empty();
  Value offset;
  for (size_t axis = 0; axis < index.subscripts.size(); ++axis) {
    const Subscript &subscript = index.subscripts[axis];
    if (subscript.kind != Subscript::Kind::Slice) {
      diagnostics.error(subscript, Diag::IndexInEntry)
          .help("slice it: `first:last`");
      return {};
    }
    const Datum &extent = array.extents[axis];
    Datum first = Datum::ofInt(0), last = extent;
    for (auto [bound, expr] :
         {std::pair(&first, subscript.first), {&last, subscript.last}}) {
      if (!expr) {
        continue;
      }
      *bound = evaluate(*expr);
      if (bound->isError() ||
          (!bound->isInt() && !toScalar({*bound, *expr}, i32, "a bound"))) {
        return {};
      }
    }
    if (isProvablyEqual(first, Datum::ofInt(0)) &&
        isProvablyEqual(last, extent)) {
      continue;
    }
    // A slice reaches no further than its array.
    Operand low{first, subscript}, high{last, subscript};
    auto requireOrder = [&](const Operand &a, const Operand &b) {
      Datum holds = isProvablyEqual(a.datum, b.datum)
                        ? Datum::ofBool(true)
                        : emitBinary(BinaryOp::Le, a, b, subscript);
      if (holds.isBool() && !holds.getBool()) {
        diagnostics.error(subscript, Diag::SliceBounds, array.name.text);
      } else if (holds.isRuntime()) {
        requireTrue(holds.getValue(),
                    "slice of axis " + Twine(axis) + " of '" + array.name.text +
                        "' is inside the array",
                    loc);
      }
    };
    requireOrder({Datum::ofInt(0), subscript}, low);
    requireOrder(low, high);
    requireOrder(high, {extent, subscript});
    view->extents[axis] = emitBinary(BinaryOp::Sub, high, low, subscript);
    bool startsAtZero = isProvablyEqual(first, Datum::ofInt(0));
    isContiguous &= axis == 0 && startsAtZero;
    if (!startsAtZero) {
      Datum step = multiply(*this, first, strides[axis], loc);
      Value elements =
          step.isInt() ? emitI64(step.getInt(), loc) : step.getValue();
      offset = offset ? arith::AddIOp::create(builder, loc, offset, elements)
                      : elements;
    }
  }
  if (!isContiguous) {
    view->strides = strides;
  }
  if (offset) {
    view->pointer = tile::OffsetOp::create(builder, loc, array.pointer, offset);
    view->offset =
        view->offset ? arith::AddIOp::create(builder, loc, view->offset, offset)
                     : offset;
  }
  return Datum::ofArray(view);
}

/// reshape(array, [extents]): the same elements of a row-major array.
Datum Emitter::emitArrayReshape(const CallExpr &call, const Datum &datum,
                                const Expr &extents) {
  if (!require(Mode::Entry, call, "'reshape' of an array")) {
    return {};
  }
  ArrayValue &array = datum.getArray();
  if (!array.strides.empty()) {
    diagnostics.error(call, Diag::NotContiguous, "'reshape'")
        .help("reshape the whole array");
    return {};
  }
  if (!array.storage.isRowMajor()) {
    diagnostics.error(call, Diag::NotRowMajor, "'reshape'", array.name.text,
                      describe(array.storage));
    return {};
  }
  std::optional<SmallVector<Datum>> shape =
      evaluateExtents(extents, "an extent of an array");
  if (!shape) {
    return {};
  }
  Location loc = getLoc(call.loc);
  auto view = std::make_shared<ArrayValue>(array);
  view->extents = *shape;
  Datum before = Datum::ofValue(emitCount(array.extents, loc));
  Datum after = Datum::ofValue(emitCount(*shape, loc));
  requireEqual(after, before, builder.getI64Type(), call,
               "reshape of '" + array.name.text +
                   "' keeps the number of elements");
  return Datum::ofArray(view);
}

static Datum emitWorkspaceCall(const BuiltinCall &b) {
  return b.emitter.emitWorkspace(b.call, b.type, *b.arguments[0],
                                 b.arguments[1], b.arguments[2]);
}

static Datum emitZeroCall(const BuiltinCall &b) {
  return b.emitter.emitZero(b.call, *b.arguments[0]);
}

/// extent(array, axis)
static Datum emitExtentCall(const BuiltinCall &b) {
  Datum array = b.emitter.evaluate(*b.arguments[0]);
  std::optional<int64_t> axis =
      b.emitter.evaluateInt(*b.arguments[1], "'axis'");
  if (array.isError() || !axis) {
    return {};
  }
  Diagnostics &diagnostics = b.emitter.getDiagnostics();
  if (!array.isArray() && !array.isTile()) {
    diagnostics.error(*b.arguments[0], Diag::ExpectedArray, "'extent'",
                      describe(array));
    return {};
  }
  int64_t rank = array.isArray() ? array.getArray().extents.size()
                                 : array.getShape().size();
  if (*axis < -rank || *axis >= rank) {
    diagnostics.error(*b.arguments[1], Diag::AxisRange, -rank, rank - 1, *axis);
    return {};
  }
  int64_t position = *axis < 0 ? *axis + rank : *axis;
  return array.isArray() ? array.getArray().extents[position]
                         : Datum::ofInt(array.getShape()[position]);
}

ArrayRef<Builtin> moesaic::frontend::getArrayBuiltins() {
  static constexpr Builtin table[] = {
      {"workspace", "extents [blocks order", true, emitWorkspaceCall},
      {"zero", "array", false, emitZeroCall},
      {"extent", "array axis", false, emitExtentCall},
  };
  return table;
}
