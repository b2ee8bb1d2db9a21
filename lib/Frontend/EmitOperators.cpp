//===- EmitOperators.cpp - arithmetic, comparison and logic ---------------===//

#include "Frontend/Emitter.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace llvm;
using namespace mlir;
using namespace moesaic::frontend;

/// The element type of an operation: that of its runtime operands, which must
/// agree, else what the constants default to.
Type Emitter::getCommonType(ArrayRef<Operand> operands, StringRef what,
                            Place place) {
  const Operand *first = nullptr;
  for (const Operand &operand : operands) {
    if (!operand.datum.isRuntime()) {
      continue;
    }
    if (!first) {
      first = &operand;
      continue;
    }
    Type a = first->datum.getElementType(), b = operand.datum.getElementType();
    if (a != b) {
      diagnostics
          .error(place, Diag::MixedTypes, what, getTypeName(a), getTypeName(b))
          .help("convert one: `cast<" + getTypeName(a) + ">(...)`");
      return {};
    }
  }
  if (first) {
    return first->datum.getElementType();
  }
  Type type = getDefaultType(operands.front().datum);
  for (const Operand &operand : operands) {
    if (operand.datum.isFloat() && type.isInteger(32)) {
      type = builder.getF32Type();
    }
  }
  return type;
}

bool Emitter::unify(ArrayRef<Operand> operands, StringRef what, Place place,
                    SmallVectorImpl<Value> &values) {
  SmallVector<int64_t> shape;
  for (const Operand &operand : operands) {
    if (operand.datum.isError()) {
      return false;
    }
    if (!operand.datum.isNumeric()) {
      diagnostics.error(operand.place, Diag::OperandKind, what,
                        describe(operand.datum));
      return false;
    }
    SmallVector<int64_t> common;
    if (!broadcastShapes(shape, operand.datum.getShape(), common)) {
      diagnostics
          .error(place, Diag::Broadcast, what, formatShape(shape),
                 formatShape(operand.datum.getShape()))
          .help("axes align from the last; extents must be equal or 1; "
                "`x[:, None]` adds an axis");
      return false;
    }
    shape = common;
  }
  Type type = getCommonType(operands, what, place);
  if (!type || (!shape.empty() && !getTile(shape, type, place))) {
    return false;
  }
  for (const Operand &operand : operands) {
    Value value = materialize(operand, type, shape);
    if (!value) {
      return false;
    }
    values.push_back(value);
  }
  return true;
}

static bool isInteger(Value value) {
  Type type = getElementTypeOrSelf(value.getType());
  return type.isInteger() && !type.isInteger(1);
}
static bool isBoolean(Value value) {
  return getElementTypeOrSelf(value.getType()).isInteger(1);
}
static bool isEightBitFloat(Value value) {
  Type type = getElementTypeOrSelf(value.getType());
  return isa<FloatType>(type) && type.getIntOrFloatBitWidth() == 8;
}

Value Emitter::emitInteger(BinaryOp op, Value lhs, Value rhs, Location loc) {
  switch (op) {
  case BinaryOp::Add:
    return arith::AddIOp::create(builder, loc, lhs, rhs);
  case BinaryOp::Sub:
    return arith::SubIOp::create(builder, loc, lhs, rhs);
  case BinaryOp::Mul:
    return arith::MulIOp::create(builder, loc, lhs, rhs);
  case BinaryOp::Div:
    return arith::FloorDivSIOp::create(builder, loc, lhs, rhs);
  case BinaryOp::Rem: {
    Value quotient = arith::FloorDivSIOp::create(builder, loc, lhs, rhs);
    Value product = arith::MulIOp::create(builder, loc, quotient, rhs);
    return arith::SubIOp::create(builder, loc, lhs, product);
  }
  case BinaryOp::BitAnd:
    return arith::AndIOp::create(builder, loc, lhs, rhs);
  case BinaryOp::BitOr:
    return arith::OrIOp::create(builder, loc, lhs, rhs);
  case BinaryOp::BitXor:
    return arith::XOrIOp::create(builder, loc, lhs, rhs);
  case BinaryOp::Shl:
    return arith::ShLIOp::create(builder, loc, lhs, rhs);
  case BinaryOp::Shr:
    return arith::ShRSIOp::create(builder, loc, lhs, rhs);
  default:
    return {};
  }
}

Value Emitter::emitFloat(BinaryOp op, Value lhs, Value rhs, Location loc) {
  switch (op) {
  case BinaryOp::Add:
    return arith::AddFOp::create(builder, loc, lhs, rhs);
  case BinaryOp::Sub:
    return arith::SubFOp::create(builder, loc, lhs, rhs);
  case BinaryOp::Mul:
    return arith::MulFOp::create(builder, loc, lhs, rhs);
  case BinaryOp::Div:
    return arith::DivFOp::create(builder, loc, lhs, rhs);
  default:
    return {};
  }
}

static arith::CmpIPredicate getIntegerPredicate(BinaryOp op) {
  switch (op) {
  case BinaryOp::Eq:
    return arith::CmpIPredicate::eq;
  case BinaryOp::Ne:
    return arith::CmpIPredicate::ne;
  case BinaryOp::Lt:
    return arith::CmpIPredicate::slt;
  case BinaryOp::Le:
    return arith::CmpIPredicate::sle;
  case BinaryOp::Gt:
    return arith::CmpIPredicate::sgt;
  default:
    return arith::CmpIPredicate::sge;
  }
}

/// Comparisons with NaN are false, except `!=`.
static arith::CmpFPredicate getFloatPredicate(BinaryOp op) {
  switch (op) {
  case BinaryOp::Eq:
    return arith::CmpFPredicate::OEQ;
  case BinaryOp::Ne:
    return arith::CmpFPredicate::UNE;
  case BinaryOp::Lt:
    return arith::CmpFPredicate::OLT;
  case BinaryOp::Le:
    return arith::CmpFPredicate::OLE;
  case BinaryOp::Gt:
    return arith::CmpFPredicate::OGT;
  default:
    return arith::CmpFPredicate::OGE;
  }
}

Datum Emitter::emitBinary(BinaryOp op, const Operand &lhs, const Operand &rhs,
                          Place place) {
  if (lhs.datum.isError() || rhs.datum.isError()) {
    return {};
  }
  std::string spelling = ("'" + getSpelling(op) + "'").str();
  bool areKnown = (lhs.datum.isConstant() || lhs.datum.isType()) &&
                  (rhs.datum.isConstant() || rhs.datum.isType());
  if (areKnown) {
    std::string problem;
    std::optional<Datum> folded = foldBinary(op, lhs.datum, rhs.datum, problem);
    if (!folded) {
      diagnostics.error(place, Diag::ConstantExpression, problem);
    }
    return folded.value_or(Datum());
  }
  if ((op == BinaryOp::Div || op == BinaryOp::Rem) && rhs.datum.isInt() &&
      rhs.datum.getInt() == 0 &&
      isa_and_nonnull<IntegerType>(lhs.datum.getElementType())) {
    diagnostics.error(place, Diag::ConstantExpression, "division by zero");
    return {};
  }
  SmallVector<Value> values;
  if (!unify({lhs, rhs}, spelling, place, values)) {
    return {};
  }
  Location loc = getLoc(place.loc);
  std::string type = getTypeName(getElementTypeOrSelf(values[0].getType()));
  bool isEquality = op == BinaryOp::Eq || op == BinaryOp::Ne;
  bool isBitwise = op >= BinaryOp::BitAnd && op <= BinaryOp::Shr;
  if (isBoolean(values[0]) && !isEquality) {
    diagnostics.error(place, Diag::OperatorType, spelling, type)
        .help("use `and`, `or` and `not`, or `cast<i32>(...)`");
    return {};
  }
  if (isEightBitFloat(values[0])) {
    diagnostics.error(place, Diag::OperatorType, spelling, type)
        .help("convert the operands: `cast<f32>(...)`");
    return {};
  }
  if (isInteger(values[0]) || isBoolean(values[0])) {
    if (isComparison(op)) {
      return Datum::ofValue(arith::CmpIOp::create(
          builder, loc, getIntegerPredicate(op), values[0], values[1]));
    }
    return Datum::ofValue(emitInteger(op, values[0], values[1], loc));
  }
  if (isBitwise || op == BinaryOp::Rem) {
    diagnostics.error(place, Diag::OperatorType, spelling, type)
        .help("it takes integers");
    return {};
  }
  if (isComparison(op)) {
    return Datum::ofValue(arith::CmpFOp::create(
        builder, loc, getFloatPredicate(op), values[0], values[1]));
  }
  return Datum::ofValue(emitFloat(op, values[0], values[1], loc));
}

Datum Emitter::emitUnary(UnaryOp op, const Operand &operand, Place place) {
  const Datum &datum = operand.datum;
  if (datum.isError()) {
    return {};
  }
  if (datum.isConstant()) {
    std::string problem;
    std::optional<Datum> folded = foldUnary(op, datum, problem);
    if (!folded) {
      diagnostics.error(place, Diag::ConstantExpression, problem);
    }
    return folded.value_or(Datum());
  }
  StringRef spelling = op == UnaryOp::Not ? "'not'" : "'-'";
  if (!datum.isRuntime()) {
    diagnostics.error(operand.place, Diag::OperandKind, spelling,
                      describe(datum));
    return {};
  }
  Location loc = getLoc(place.loc);
  Value value = datum.getValue();
  if (isBoolean(value) != (op == UnaryOp::Not) || isEightBitFloat(value)) {
    diagnostics.error(place, Diag::OperatorType, spelling,
                      getTypeName(datum.getElementType()));
    return {};
  }
  if (op == UnaryOp::Not) {
    Value all = materialize({Datum::ofBool(true), place}, builder.getI1Type(),
                            datum.getShape());
    return Datum::ofValue(arith::XOrIOp::create(builder, loc, value, all));
  }
  if (!isInteger(value)) {
    return Datum::ofValue(arith::NegFOp::create(builder, loc, value));
  }
  Value zero = materialize({Datum::ofInt(0), place}, datum.getElementType(),
                           datum.getShape());
  return Datum::ofValue(arith::SubIOp::create(builder, loc, zero, value));
}

/// `and`, `or`: a left operand that decides is all that is looked at.
Datum Emitter::emitLogical(const BinaryExpr &expr) {
  bool isAnd = expr.op == BinaryOp::And;
  std::string spelling = ("'" + getSpelling(expr.op) + "'").str();
  Operand lhs{evaluate(*expr.lhs), *expr.lhs};
  if (lhs.datum.isBool() && lhs.datum.getBool() != isAnd) {
    return lhs.datum;
  }
  Operand rhs{evaluate(*expr.rhs), *expr.rhs};
  for (const Operand *operand : {&lhs, &rhs}) {
    if (operand->datum.isError()) {
      return {};
    }
    bool isTruth =
        operand->datum.isBool() ||
        (operand->datum.isRuntime() && isBoolean(operand->datum.getValue()));
    if (!isTruth) {
      diagnostics.error(operand->place, Diag::OperandKind, spelling,
                        describe(operand->datum));
      return {};
    }
  }
  if (lhs.datum.isBool()) {
    return rhs.datum; // The left one does not decide.
  }
  if (rhs.datum.isBool() && rhs.datum.getBool() == isAnd) {
    return lhs.datum;
  }
  SmallVector<Value> values;
  if (!unify({lhs, rhs}, spelling, expr, values)) {
    return {};
  }
  Location loc = getLoc(expr.loc);
  return Datum::ofValue(
      isAnd ? Value(arith::AndIOp::create(builder, loc, values[0], values[1]))
            : Value(arith::OrIOp::create(builder, loc, values[0], values[1])));
}
