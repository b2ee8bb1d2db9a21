//===- Builtins.cpp - the table, and builtins on scalars and elements -----===//

#include "Frontend/Builtins.h"
#include "Frontend/Emitter.h"
#include "dialects/Tile/IR/Tile.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace llvm;
using namespace mlir;
using namespace moesaic;
using namespace moesaic::frontend;

const Builtin *moesaic::frontend::findBuiltin(StringRef name) {
  for (ArrayRef<Builtin> part :
       {getGridBuiltins(), getElementBuiltins(), getTileBuiltins(),
        getLaneBuiltins(), getArrayBuiltins(), getBitBuiltins(),
        getAtomicBuiltins()}) {
    for (const Builtin &builtin : part) {
      if (builtin.name == name) {
        return &builtin;
      }
    }
  }
  return nullptr;
}

std::vector<StringRef> moesaic::frontend::getBuiltinNames() {
  std::vector<StringRef> names;
  for (ArrayRef<Builtin> part :
       {getGridBuiltins(), getElementBuiltins(), getTileBuiltins(),
        getLaneBuiltins(), getArrayBuiltins(), getBitBuiltins(),
        getAtomicBuiltins()}) {
    for (const Builtin &builtin : part) {
      names.push_back(builtin.name);
    }
  }
  return names;
}

using Operand = Emitter::Operand;

static Operand evaluate(const BuiltinCall &b, unsigned index) {
  return {b.emitter.evaluate(*b.arguments[index]), *b.arguments[index]};
}

static bool isFloatElement(Value value) {
  return isa<FloatType>(getElementTypeOrSelf(value.getType()));
}

/// Reports that the builtin does not take elements of this type.
static Datum rejectElement(const BuiltinCall &b, Type type,
                           const Twine &wanted) {
  b.emitter.getDiagnostics()
      .error(b.call, Diag::BuiltinType, b.call.callee.text, wanted.str(),
             getTypeName(type))
      .help("convert it: `cast<" + wanted + ">(...)`");
  return {};
}

static Location locOf(const BuiltinCall &b) {
  return b.emitter.getLoc(b.call.loc);
}

static Datum emitCeilDiv(const BuiltinCall &b) {
  Operand x = evaluate(b, 0), y = evaluate(b, 1);
  if (y.datum.isInt() && y.datum.getInt() == 0) {
    b.emitter.getDiagnostics().error(b.call, Diag::ConstantExpression,
                                     "division by zero");
    return {};
  }
  if (x.datum.isInt() && y.datum.isInt()) {
    std::string problem;
    std::optional<Datum> negated = foldUnary(UnaryOp::Negate, x.datum, problem);
    std::optional<Datum> quotient =
        negated ? foldBinary(BinaryOp::Div, *negated, y.datum, problem)
                : std::nullopt;
    quotient = quotient ? foldUnary(UnaryOp::Negate, *quotient, problem)
                        : std::nullopt;
    if (!quotient) {
      b.emitter.getDiagnostics().error(b.call, Diag::ConstantExpression,
                                       problem);
    }
    return quotient.value_or(Datum());
  }
  SmallVector<Value> values;
  if (!b.emitter.unify({x, y}, "'ceildiv'", b.call, values)) {
    return {};
  }
  Type type = getElementTypeOrSelf(values[0].getType());
  if (!type.isInteger() || type.isInteger(1)) {
    return rejectElement(b, type, "i32");
  }
  return Datum::ofValue(arith::CeilDivSIOp::create(
      b.emitter.getBuilder(), locOf(b), values[0], values[1]));
}

static Datum emitExtremum(const BuiltinCall &b, bool isMax) {
  if (b.arguments.size() < 2 || !b.arguments[0] || !b.arguments[1]) {
    b.emitter.getDiagnostics()
        .error(b.call, Diag::TwoArguments, b.call.callee.text)
        .help("`reduce_" + b.call.callee.text +
              "(x, axis = 0)` reduces along an axis");
    return {};
  }
  Operand result = evaluate(b, 0);
  for (unsigned i = 1; i < b.arguments.size(); ++i) {
    Operand next = evaluate(b, i);
    const Datum &x = result.datum, &y = next.datum;
    if (x.isConstant() && y.isConstant() && !x.isBool() && !y.isBool()) {
      bool isLess = x.isInt() && y.isInt() ? x.getInt() < y.getInt()
                                           : x.getFloat() < y.getFloat();
      result = isLess == isMax ? next : result;
      continue;
    }
    SmallVector<Value> values;
    if (!b.emitter.unify({result, next}, ("'" + b.call.callee.text + "'").str(),
                         b.call, values)) {
      return {};
    }
    OpBuilder &builder = b.emitter.getBuilder();
    Value x0 = values[0], y0 = values[1], made;
    Type type = getElementTypeOrSelf(x0.getType());
    if (type.isInteger(1) ||
        (isFloatElement(x0) && type.getIntOrFloatBitWidth() == 8)) {
      return rejectElement(b, type, type.isInteger(1) ? "i32" : "f32");
    }
    Location loc = locOf(b);
    if (isFloatElement(x0)) {
      made = isMax ? Value(arith::MaxNumFOp::create(builder, loc, x0, y0))
                   : Value(arith::MinNumFOp::create(builder, loc, x0, y0));
    } else {
      made = isMax ? Value(arith::MaxSIOp::create(builder, loc, x0, y0))
                   : Value(arith::MinSIOp::create(builder, loc, x0, y0));
    }
    result = {Datum::ofValue(made), b.call};
  }
  return result.datum;
}
static Datum emitMin(const BuiltinCall &b) { return emitExtremum(b, false); }
static Datum emitMax(const BuiltinCall &b) { return emitExtremum(b, true); }

static Datum emitAbs(const BuiltinCall &b) {
  Operand x = evaluate(b, 0);
  if (x.datum.isFloat() || (x.datum.isInt() && x.datum.getInt() >= 0)) {
    return x.datum.isInt() ? x.datum
                           : Datum::ofFloat(std::abs(x.datum.getFloat()));
  }
  if (x.datum.isInt()) {
    return b.emitter.emitUnary(UnaryOp::Negate, x, b.call);
  }
  Value value = b.emitter.toRuntime(x);
  if (!value) {
    return {};
  }
  Type type = getElementTypeOrSelf(value.getType());
  if (type.isInteger(1) ||
      (isa<FloatType>(type) && type.getIntOrFloatBitWidth() == 8)) {
    return rejectElement(b, type, type.isInteger(1) ? "i32" : "f32");
  }
  OpBuilder &builder = b.emitter.getBuilder();
  return Datum::ofValue(
      isFloatElement(value)
          ? Value(math::AbsFOp::create(builder, locOf(b), value))
          : Value(math::AbsIOp::create(builder, locOf(b), value)));
}

/// The argument as f32: a constant converts, anything else must be.
static Value evaluateF32(const BuiltinCall &b, unsigned index) {
  Operand x = evaluate(b, index);
  Type f32 = b.emitter.getBuilder().getF32Type();
  Value value = x.datum.isConstant() ? b.emitter.materialize(x, f32, {})
                                     : b.emitter.toRuntime(x);
  if (value && getElementTypeOrSelf(value.getType()) != f32) {
    rejectElement(b, getElementTypeOrSelf(value.getType()), "f32");
    return {};
  }
  return value;
}

template <typename Op>
static Datum emitUnaryF32(const BuiltinCall &b) {
  Value x = evaluateF32(b, 0);
  return x ? Datum::ofValue(Op::create(b.emitter.getBuilder(), locOf(b), x))
           : Datum();
}

static Datum emitSigmoid(const BuiltinCall &b) {
  if (!b.emitter.require(Mode::Kernel, b.call, "'sigmoid'")) {
    return {};
  }
  Value x = evaluateF32(b, 0);
  return x ? Datum::ofValue(tile::SigmoidOp::create(b.emitter.getBuilder(),
                                                    locOf(b), x.getType(), x))
           : Datum();
}

static Datum emitFma(const BuiltinCall &b) {
  SmallVector<Value> values;
  if (!b.emitter.unify({evaluate(b, 0), evaluate(b, 1), evaluate(b, 2)},
                       "'fma'", b.call, values)) {
    return {};
  }
  Type type = getElementTypeOrSelf(values[0].getType());
  if (!type.isF32() && !type.isF64()) {
    return rejectElement(b, type, "f32");
  }
  return Datum::ofValue(math::FmaOp::create(b.emitter.getBuilder(), locOf(b),
                                            values[0], values[1], values[2]));
}

static Datum emitSelect(const BuiltinCall &b) {
  Operand condition = evaluate(b, 0);
  if (condition.datum.isError()) {
    return {};
  }
  if (condition.datum.isBool()) {
    return evaluate(b, condition.datum.getBool() ? 1 : 2).datum;
  }
  Operand x = evaluate(b, 1), y = evaluate(b, 2);
  if (!condition.datum.isRuntime() ||
      !condition.datum.getElementType().isInteger(1)) {
    b.emitter.getDiagnostics().error(condition.place, Diag::ExpectedCondition,
                                     "'select'", describe(condition.datum));
    return {};
  }
  SmallVector<Value> values;
  if (!b.emitter.unify({x, y}, "'select'", b.call, values)) {
    return {};
  }
  Value chosen = condition.datum.getValue();
  if (condition.datum.isTile()) {
    Datum first = Datum::ofValue(values[0]);
    SmallVector<int64_t> shape;
    if (!b.emitter.broadcastShapes(condition.datum.getShape(), first.getShape(),
                                   shape)) {
      b.emitter.getDiagnostics().error(b.call, Diag::Broadcast, "'select'",
                                       formatShape(condition.datum.getShape()),
                                       formatShape(first.getShape()));
      return {};
    }
    if (!b.emitter.getTile(shape, first.getElementType(), b.call)) {
      return {};
    }
    chosen = b.emitter.materialize(condition,
                                   b.emitter.getBuilder().getI1Type(), shape);
    for (auto [value, operand] : zip(values, ArrayRef<Operand>{x, y})) {
      value = b.emitter.materialize({Datum::ofValue(value), operand.place},
                                    first.getElementType(), shape);
    }
  }
  return Datum::ofValue(arith::SelectOp::create(
      b.emitter.getBuilder(), locOf(b), chosen, values[0], values[1]));
}

static Datum emitCast(const BuiltinCall &b) {
  return b.emitter.emitCast(evaluate(b, 0), b.type, b.call);
}

static Datum emitNextPow2(const BuiltinCall &b) {
  std::optional<int64_t> value =
      b.emitter.evaluateInt(*b.arguments[0], "'next_pow2'");
  if (!value) {
    return {};
  }
  if (*value > (int64_t(1) << 62)) {
    b.emitter.getDiagnostics().error(b.call, Diag::ConstantExpression,
                                     "the result does not fit in 64 bits");
    return {};
  }
  return Datum::ofInt(*value < 1 ? 1 : PowerOf2Ceil(*value));
}

ArrayRef<Builtin> moesaic::frontend::getElementBuiltins() {
  static constexpr Builtin table[] = {
      {"ceildiv", "a b", false, emitCeilDiv},
      {"next_pow2", "x", false, emitNextPow2},
      {"min", "...", false, emitMin},
      {"max", "...", false, emitMax},
      {"abs", "x", false, emitAbs},
      {"exp", "x", false, emitUnaryF32<math::ExpOp>},
      {"exp2", "x", false, emitUnaryF32<math::Exp2Op>},
      {"log", "x", false, emitUnaryF32<math::LogOp>},
      {"sqrt", "x", false, emitUnaryF32<math::SqrtOp>},
      {"rsqrt", "x", false, emitUnaryF32<math::RsqrtOp>},
      {"tanh", "x", false, emitUnaryF32<math::TanhOp>},
      {"sigmoid", "x", false, emitSigmoid},
      {"fma", "a b c", false, emitFma},
      {"select", "condition a b", false, emitSelect},
      {"cast", "x", true, emitCast},
  };
  return table;
}
