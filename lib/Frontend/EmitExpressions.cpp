//===- EmitExpressions.cpp - names, subscripts and dispatch ---------------===//

#include "Frontend/Builtins.h"
#include "Frontend/Emitter.h"
#include "llvm/Support/SaveAndRestore.h"
#include <cmath>

using namespace llvm;
using namespace mlir;
using namespace moesaic::frontend;

Binding *Scope::find(StringRef name) {
  for (Scope *scope = this; scope; scope = scope->parent) {
    auto found = scope->names.find(name);
    if (found != scope->names.end()) {
      return &found->second;
    }
  }
  return nullptr;
}

void Emitter::bind(const Name &name, Datum datum, bool isVar) {
  auto found = scope->names.find(name.text);
  if (found != scope->names.end()) {
    Diagnostics::Report error =
        diagnostics.error(name, Diag::Redefinition, name.text);
    if (found->second.loc.isValid()) {
      error.note(found->second.loc, "the other '" + name.text + "' is here");
    }
    return;
  }
  if (getTypeByName(name.text, session.getContext())) {
    diagnostics.error(name, Diag::RedefinedType, name.text);
  }
  scope->names[name.text] = {std::move(datum), name.loc, isVar};
}

bool Emitter::require(Mode wanted, Place place, StringRef what) {
  if (mode == wanted) {
    return true;
  }
  static constexpr StringLiteral where[] = {
      "in a constant", "in 'where' and 'grid'", "in the body of a kernel",
      "in an entry"};
  diagnostics.error(place, Diag::WrongMode, what,
                    where[static_cast<unsigned>(wanted)],
                    where[static_cast<unsigned>(mode)]);
  return false;
}

Datum Emitter::evaluate(const Expr &expr) {
  if (!session.step(expr) || !session.mayNest(depth, expr)) {
    return {};
  }
  SaveAndRestore deeper(depth, depth + 1);
  switch (expr.kind) {
  case Expr::Kind::Integer:
    return Datum::ofInt(cast<IntegerExpr>(expr).value);
  case Expr::Kind::Float:
    return Datum::ofFloat(cast<FloatExpr>(expr).value);
  case Expr::Kind::Bool:
    return Datum::ofBool(cast<BoolExpr>(expr).value);
  case Expr::Kind::Name:
    return evaluateName(cast<NameExpr>(expr));
  case Expr::Kind::Unary: {
    auto &unary = cast<UnaryExpr>(expr);
    return emitUnary(unary.op, {evaluate(*unary.operand), *unary.operand},
                     expr);
  }
  case Expr::Kind::Binary: {
    auto &binary = cast<BinaryExpr>(expr);
    if (binary.op == BinaryOp::And || binary.op == BinaryOp::Or) {
      return emitLogical(binary);
    }
    Operand lhs{evaluate(*binary.lhs), *binary.lhs};
    Operand rhs{evaluate(*binary.rhs), *binary.rhs};
    return emitBinary(binary.op, lhs, rhs, expr);
  }
  case Expr::Kind::Call:
    return emitCall(cast<CallExpr>(expr));
  case Expr::Kind::Index:
    return emitIndex(cast<IndexExpr>(expr));
  case Expr::Kind::List:
    diagnostics.error(expr, Diag::MisplacedList);
    return {};
  case Expr::Kind::Tuple: {
    std::vector<Datum> members;
    for (const Expr *element : cast<TupleExpr>(expr).elements) {
      members.push_back(evaluate(*element));
      if (members.back().isError()) {
        return {};
      }
    }
    return Datum::ofTuple(std::move(members));
  }
  }
  return {};
}

Binding *Emitter::findAbsent(const Expr &expr) {
  auto *name = dyn_cast<NameExpr>(&expr);
  Binding *binding = name ? scope->find(name->name) : nullptr;
  return binding && binding->datum.isAbsent() ? binding : nullptr;
}

Datum Emitter::evaluateName(const NameExpr &name) {
  if (Binding *binding = scope->find(name.name)) {
    if (binding->datum.isAbsent()) {
      Diagnostics::Report error =
          diagnostics.error(name, Diag::AbsentArgument, name.name);
      if (binding->condition) {
        error.note(*binding->condition, "its condition is false here");
      }
      return {};
    }
    return binding->datum;
  }
  if (Type type = getTypeByName(name.name, session.getContext())) {
    return Datum::ofType(type);
  }
  if (name.name == "inf" || name.name == "nan") {
    return Datum::ofFloat(name.name == "inf" ? INFINITY : NAN);
  }
  std::vector<StringRef> names;
  for (Scope *s = scope; s; s = s->parent) {
    for (const auto &entry : s->names) {
      names.push_back(entry.getKey());
    }
  }
  llvm::append_range(names, getTypeNames());
  llvm::sort(names);
  Diagnostics::Report error =
      diagnostics.error(name, Diag::UnknownName, name.name);
  StringRef close = suggest(name.name, names);
  if (!close.empty()) {
    error.help("did you mean '" + close + "'?");
  } else if (isBuiltin(name.name) || session.getProgram().find(name.name)) {
    error.help("'" + name.name + "' is a function; call it");
  }
  return {};
}

std::optional<int64_t> Emitter::evaluateInt(const Expr &expr, StringRef what) {
  Datum datum = evaluate(expr);
  if (datum.isError()) {
    return std::nullopt;
  }
  if (datum.isInt()) {
    return datum.getInt();
  }
  if (datum.isRuntime()) {
    diagnostics.error(expr, Diag::NotConstant, what);
  } else {
    diagnostics.error(expr, Diag::NotInteger, what, describe(datum));
  }
  return std::nullopt;
}

std::optional<SmallVector<int64_t>> Emitter::evaluateInts(const Expr &expr,
                                                          StringRef what) {
  auto *list = dyn_cast<ListExpr>(&expr);
  if (!list) {
    diagnostics.error(expr, Diag::ExpectedList, what);
    return std::nullopt;
  }
  SmallVector<int64_t> values;
  for (const Expr *element : list->elements) {
    std::optional<int64_t> value = evaluateInt(*element, what);
    if (!value) {
      return std::nullopt;
    }
    values.push_back(*value);
  }
  return values;
}

Type Emitter::evaluateType(const Expr &expr) {
  Datum datum = evaluate(expr);
  if (datum.isType()) {
    return datum.getType();
  }
  if (!datum.isError()) {
    diagnostics.error(expr, Diag::ExpectedType, describe(datum))
        .help("types are bool, i8, i16, i32, i64, bf16, f16, f32, f64, "
              "f8e4m3fnuz, f8e5m2fnuz, f8e4m3fn, f8e5m2");
  }
  return {};
}

Datum Emitter::evaluateCondition(const Expr &expr, StringRef what) {
  Datum datum = evaluate(expr);
  if (datum.isError() || datum.isBool() ||
      (datum.isScalar() && datum.isRuntime() &&
       datum.getElementType().isInteger(1))) {
    return datum;
  }
  diagnostics.error(expr, Diag::ExpectedCondition, what, describe(datum));
  return {};
}

Value Emitter::evaluateI32(const Expr &expr, StringRef what) {
  Datum datum = evaluate(expr);
  return datum.isError() ? Value()
                         : toScalar({datum, expr}, builder.getI32Type(), what);
}

Datum Emitter::emitIndex(const IndexExpr &index) {
  Datum base = evaluate(*index.base);
  if (base.isError()) {
    return base;
  }
  if (base.isArray()) {
    return mode == Mode::Entry ? emitSlice(index, base.getArray())
                               : emitLoad(index, nullptr, {}, index);
  }
  if (base.isTile()) {
    return emitNewAxes(index, base);
  }
  diagnostics.error(*index.base, Diag::NotIndexable, describe(base));
  return {};
}

/// tile[:, None]: new axes of extent 1.
Datum Emitter::emitNewAxes(const IndexExpr &index, const Datum &tile) {
  ArrayRef<int64_t> shape = tile.getShape();
  SmallVector<int64_t> result;
  for (const Subscript &subscript : index.subscripts) {
    if (subscript.kind == Subscript::Kind::NewAxis) {
      result.push_back(1);
      continue;
    }
    if (subscript.kind != Subscript::Kind::Slice || subscript.first ||
        subscript.last) {
      diagnostics.error(subscript, Diag::TileSubscript)
          .help("index the array that the tile was loaded from");
      return {};
    }
    if (shape.empty()) {
      diagnostics.error(subscript, Diag::TooManySubscripts,
                        tile.getShape().size());
      return {};
    }
    result.push_back(shape.front());
    shape = shape.drop_front();
  }
  result.append(shape.begin(), shape.end());
  return Datum::ofValue(
      emitReshape(tile.getValue(), result, getLoc(index.loc)));
}
