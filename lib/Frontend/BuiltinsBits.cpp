//===- BuiltinsBits.cpp - builtins on the bits of elements ----------------===//

#include "Frontend/Builtins.h"
#include "Frontend/Emitter.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace llvm;
using namespace mlir;
using namespace moesaic;
using namespace moesaic::frontend;

static Location locOf(const BuiltinCall &b) {
  return b.emitter.getLoc(b.call.loc);
}

/// Reports that the builtin does not take this value.
static Datum rejectType(const BuiltinCall &b, Type type, const Twine &wanted) {
  b.emitter.getDiagnostics().error(b.call, Diag::BuiltinType,
                                   b.call.callee.text, wanted.str(),
                                   getTypeName(type));
  return {};
}

static bool isNumberOfBits(Type type) {
  return type.isInteger() && !type.isInteger(1);
}

template <typename Op>
static Datum emitCount(const BuiltinCall &b) {
  Value value = b.emitter.toRuntime(
      {b.emitter.evaluate(*b.arguments[0]), *b.arguments[0]});
  if (!value) {
    return {};
  }
  Type type = getElementTypeOrSelf(value.getType());
  return isNumberOfBits(type) ? Datum::ofValue(Op::create(
                                    b.emitter.getBuilder(), locOf(b), value))
                              : rejectType(b, type, "integers");
}

/// x >> n with zeros from above.
static Datum emitShiftLogical(const BuiltinCall &b) {
  SmallVector<Emitter::Operand> operands;
  for (const Expr *expr : b.arguments) {
    operands.push_back({b.emitter.evaluate(*expr), *expr});
  }
  SmallVector<Value> values;
  if (!b.emitter.unify(operands, "'shr_logical'", b.call, values)) {
    return {};
  }
  Type type = getElementTypeOrSelf(values[0].getType());
  return isNumberOfBits(type)
             ? Datum::ofValue(arith::ShRUIOp::create(
                   b.emitter.getBuilder(), locOf(b), values[0], values[1]))
             : rejectType(b, type, "integers");
}

/// The same bits as another type of the same width.
static Datum emitBitcast(const BuiltinCall &b) {
  Value value = b.emitter.toRuntime(
      {b.emitter.evaluate(*b.arguments[0]), *b.arguments[0]});
  if (!value) {
    return {};
  }
  Type from = getElementTypeOrSelf(value.getType());
  unsigned width = b.type.getIntOrFloatBitWidth();
  if (width == 1 || from.getIntOrFloatBitWidth() != width) {
    return rejectType(b, from,
                      width == 1 ? Twine("a type of 8 bits or more")
                                 : "a type of " + Twine(width) + " bits");
  }
  if (from == b.type) {
    return Datum::ofValue(value);
  }
  auto tensor = dyn_cast<RankedTensorType>(value.getType());
  Type type = tensor ? Type(tensor.clone(b.type)) : b.type;
  return Datum::ofValue(
      arith::BitcastOp::create(b.emitter.getBuilder(), locOf(b), type, value));
}

ArrayRef<Builtin> moesaic::frontend::getBitBuiltins() {
  static constexpr Builtin table[] = {
      {"popcount", "x", false, emitCount<math::CtPopOp>},
      {"clz", "x", false, emitCount<math::CountLeadingZerosOp>},
      {"ctz", "x", false, emitCount<math::CountTrailingZerosOp>},
      {"shr_logical", "x n", false, emitShiftLogical},
      {"bitcast", "x", true, emitBitcast},
  };
  return table;
}
