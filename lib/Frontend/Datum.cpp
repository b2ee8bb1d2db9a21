//===- Datum.cpp - types and constants ------------------------------------===//

#include "Frontend/Datum.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;
using namespace mlir;
using namespace moesaic::frontend;

static constexpr StringLiteral typeNames[] = {
    "bool", "i8",  "i16",        "i32",        "i64",      "bf16",  "f16",
    "f32",  "f64", "f8e4m3fnuz", "f8e5m2fnuz", "f8e4m3fn", "f8e5m2"};

ArrayRef<StringLiteral> moesaic::frontend::getTypeNames() { return typeNames; }

static Type getType(unsigned index, MLIRContext *context) {
  switch (index) {
  case 0:
    return IntegerType::get(context, 1);
  case 1:
    return IntegerType::get(context, 8);
  case 2:
    return IntegerType::get(context, 16);
  case 3:
    return IntegerType::get(context, 32);
  case 4:
    return IntegerType::get(context, 64);
  case 5:
    return BFloat16Type::get(context);
  case 6:
    return Float16Type::get(context);
  case 7:
    return Float32Type::get(context);
  case 8:
    return Float64Type::get(context);
  case 9:
    return Float8E4M3FNUZType::get(context);
  case 10:
    return Float8E5M2FNUZType::get(context);
  case 11:
    return Float8E4M3FNType::get(context);
  default:
    return Float8E5M2Type::get(context);
  }
}

Type moesaic::frontend::getTypeByName(StringRef name, MLIRContext *context) {
  for (auto [index, known] : enumerate(typeNames)) {
    if (known == name) {
      return getType(index, context);
    }
  }
  return {};
}

std::string moesaic::frontend::getTypeName(Type type) {
  for (auto [index, name] : enumerate(typeNames)) {
    if (getType(index, type.getContext()) == type) {
      return name.str();
    }
  }
  std::string text;
  raw_string_ostream(text) << type;
  return text;
}

std::string moesaic::frontend::formatShape(ArrayRef<int64_t> shape) {
  std::string text = "[";
  raw_string_ostream stream(text);
  interleaveComma(shape, stream);
  return text + "]";
}

static std::string formatNumber(double number) {
  std::string text;
  raw_string_ostream(text) << format("%.9g", number);
  return text;
}

std::string moesaic::frontend::count(size_t number, StringRef noun) {
  std::string text = std::to_string(number) + " ";
  return text + (number == 1       ? noun.str()
                 : noun == "axis"  ? "axes"
                 : noun == "index" ? "indices"
                                   : noun.str() + "s");
}

std::string moesaic::frontend::describe(const Storage &storage) {
  std::string text;
  if (!storage.blocks.empty()) {
    text = " in blocks " + formatShape(storage.blocks);
  }
  if (!storage.order.empty()) {
    text += " in order " + formatShape(storage.order);
  }
  return text.empty() ? "row-major" : "stored" + text;
}

std::string moesaic::frontend::describe(const Datum &datum) {
  switch (datum.getKind()) {
  case Datum::Kind::Error:
    return "an error";
  case Datum::Kind::Nothing:
    return "nothing";
  case Datum::Kind::Absent:
    return "an absent argument";
  case Datum::Kind::Int:
    return "the integer " + std::to_string(datum.getInt());
  case Datum::Kind::Float:
    return "the number " + formatNumber(datum.getFloat());
  case Datum::Kind::Bool:
    return datum.getBool() ? "true" : "false";
  case Datum::Kind::Type:
    return "the type " + getTypeName(datum.getType());
  case Datum::Kind::Runtime: {
    std::string element = getTypeName(datum.getElementType());
    return datum.isTile()
               ? "a tile of " + element + " " + formatShape(datum.getShape())
               : "a scalar of " + element;
  }
  case Datum::Kind::Array:
    return "an array of " + getTypeName(datum.getArray().element) + " with " +
           count(datum.getArray().extents.size(), "axis");
  case Datum::Kind::Tuple:
    return "a tuple of " + std::to_string(datum.getMembers().size());
  }
  return "";
}

std::string moesaic::frontend::formatForSymbol(const Datum &datum) {
  std::string text;
  switch (datum.getKind()) {
  case Datum::Kind::Bool:
    return datum.getBool() ? "true" : "false";
  case Datum::Kind::Type:
    return getTypeName(datum.getType());
  case Datum::Kind::Int:
    text = std::to_string(datum.getInt());
    break;
  default:
    text = formatNumber(datum.getFloat());
    break;
  }
  // Only what is allowed in a symbol of an object file.
  for (char &c : text) {
    c = c == '-' ? 'm' : c == '.' ? 'p' : c == '+' ? '_' : c;
  }
  return text;
}

bool moesaic::frontend::isSameConstant(const Datum &a, const Datum &b) {
  if (a.getKind() != b.getKind()) {
    return false;
  }
  switch (a.getKind()) {
  case Datum::Kind::Int:
  case Datum::Kind::Bool:
    return a.getInt() == b.getInt();
  case Datum::Kind::Float:
    return a.getFloat() == b.getFloat();
  case Datum::Kind::Type:
    return a.getType() == b.getType();
  default:
    return false;
  }
}

int64_t moesaic::frontend::floorDivide(int64_t dividend, int64_t divisor) {
  int64_t quotient = dividend / divisor;
  bool isExact = dividend % divisor == 0;
  return !isExact && (dividend < 0) != (divisor < 0) ? quotient - 1 : quotient;
}

static std::optional<Datum> foldIntegers(BinaryOp op, int64_t a, int64_t b,
                                         std::string &problem) {
  int64_t result = 0;
  bool overflows = false;
  switch (op) {
  case BinaryOp::Add:
    overflows = AddOverflow(a, b, result);
    break;
  case BinaryOp::Sub:
    overflows = SubOverflow(a, b, result);
    break;
  case BinaryOp::Mul:
    overflows = MulOverflow(a, b, result);
    break;
  case BinaryOp::Div:
  case BinaryOp::Rem:
    if (b == 0) {
      problem = "division by zero";
      return std::nullopt;
    }
    if (b == -1) { // The one quotient that overflows, and traps.
      overflows = SubOverflow(int64_t(0), a, result);
      result = op == BinaryOp::Rem ? 0 : result;
      overflows &= op == BinaryOp::Div;
    } else {
      result = floorDivide(a, b);
      result = op == BinaryOp::Rem ? a - result * b : result;
    }
    break;
  case BinaryOp::BitAnd:
    result = a & b;
    break;
  case BinaryOp::BitOr:
    result = a | b;
    break;
  case BinaryOp::BitXor:
    result = a ^ b;
    break;
  case BinaryOp::Shl:
  case BinaryOp::Shr:
    if (b < 0 || b > 62) {
      problem = formatv("shift by {0}; expected 0 to 62", b);
      return std::nullopt;
    }
    if (op == BinaryOp::Shr) {
      result = a >> b;
    } else {
      overflows = MulOverflow(a, int64_t(1) << b, result);
    }
    break;
  default:
    problem = "a truth value is expected";
    return std::nullopt;
  }
  if (overflows) {
    problem = "the result does not fit in 64 bits";
    return std::nullopt;
  }
  return Datum::ofInt(result);
}

static std::optional<Datum> foldFloats(BinaryOp op, double a, double b,
                                       std::string &problem) {
  switch (op) {
  case BinaryOp::Add:
    return Datum::ofFloat(a + b);
  case BinaryOp::Sub:
    return Datum::ofFloat(a - b);
  case BinaryOp::Mul:
    return Datum::ofFloat(a * b);
  case BinaryOp::Div:
    return Datum::ofFloat(a / b);
  default:
    problem = formatv("'{0}' takes integers", getSpelling(op));
    return std::nullopt;
  }
}

template <typename T>
static bool compare(BinaryOp op, T a, T b) {
  switch (op) {
  case BinaryOp::Eq:
    return a == b;
  case BinaryOp::Ne:
    return a != b;
  case BinaryOp::Lt:
    return a < b;
  case BinaryOp::Le:
    return a <= b;
  case BinaryOp::Gt:
    return a > b;
  default:
    return a >= b;
  }
}

std::optional<Datum> moesaic::frontend::foldBinary(BinaryOp op,
                                                   const Datum &lhs,
                                                   const Datum &rhs,
                                                   std::string &problem) {
  if (lhs.isType() && rhs.isType() &&
      (op == BinaryOp::Eq || op == BinaryOp::Ne)) {
    return Datum::ofBool((lhs.getType() == rhs.getType()) ==
                         (op == BinaryOp::Eq));
  }
  if (lhs.isBool() != rhs.isBool() || !lhs.isConstant() || !rhs.isConstant()) {
    problem = describe(lhs) + " and " + describe(rhs) + " do not go together";
    return std::nullopt;
  }
  if (lhs.isBool()) {
    bool a = lhs.getBool(), b = rhs.getBool();
    switch (op) {
    case BinaryOp::And:
      return Datum::ofBool(a && b);
    case BinaryOp::Or:
      return Datum::ofBool(a || b);
    case BinaryOp::Eq:
      return Datum::ofBool(a == b);
    case BinaryOp::Ne:
      return Datum::ofBool(a != b);
    default:
      problem = formatv("'{0}' takes numbers", getSpelling(op));
      return std::nullopt;
    }
  }
  if (lhs.isInt() && rhs.isInt()) {
    return isComparison(op)
               ? Datum::ofBool(compare(op, lhs.getInt(), rhs.getInt()))
               : foldIntegers(op, lhs.getInt(), rhs.getInt(), problem);
  }
  return isComparison(op)
             ? Datum::ofBool(compare(op, lhs.getFloat(), rhs.getFloat()))
             : foldFloats(op, lhs.getFloat(), rhs.getFloat(), problem);
}

std::optional<Datum> moesaic::frontend::foldUnary(UnaryOp op,
                                                  const Datum &operand,
                                                  std::string &problem) {
  if (op == UnaryOp::Not && operand.isBool()) {
    return Datum::ofBool(!operand.getBool());
  }
  if (op == UnaryOp::Negate && operand.isFloat()) {
    return Datum::ofFloat(-operand.getFloat());
  }
  if (op == UnaryOp::Negate && operand.isInt()) {
    return foldIntegers(BinaryOp::Sub, 0, operand.getInt(), problem);
  }
  problem =
      op == UnaryOp::Not ? "'not' takes a truth value" : "'-' takes a number";
  return std::nullopt;
}
