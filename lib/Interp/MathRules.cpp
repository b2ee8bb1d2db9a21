//===- MathRules.cpp - functions of the math dialect ----------------------===//
//
// Functions are computed in double and rounded once, so that results of f32
// and narrower types are correctly rounded but for the rarest cases. In f64
// they are those of the C library.
//
//===----------------------------------------------------------------------===//

#include "Interp/Rules.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/bit.h"

using namespace mlir;
using namespace moesaic::interp;

/// a * b + c with a single rounding.
static Instruction translateFma(Operation *op, Translator &t) {
  Slot a = t.slot(op->getOperand(0)), b = t.slot(op->getOperand(1));
  Slot c = t.slot(op->getOperand(2)), result = t.slot(op->getResult(0));
  return visitFloat(result.kind, [&](auto k) -> Instruction {
    using Value = typename Codec<k.value>::Value;
    return [=](Frame &frame) {
      const Value *x = frame.get<Value>(a), *y = frame.get<Value>(b);
      const Value *w = frame.get<Value>(c);
      Value *z = frame.get<Value>(result);
      for (uint32_t i = 0; i < result.count; ++i) {
        z[i] = static_cast<Value>(fusedMultiplyAdd<k.value>(x[i], y[i], w[i]));
      }
    };
  });
}

/// A float raised to an integer power.
static Instruction translatePowerOfInteger(Operation *op, Translator &t) {
  Slot a = t.slot(op->getOperand(0)), b = t.slot(op->getOperand(1));
  Slot result = t.slot(op->getResult(0));
  return visitFloat(result.kind, [&](auto k) -> Instruction {
    using Value = typename Codec<k.value>::Value;
    return [=](Frame &frame) {
      for (uint32_t i = 0; i < result.count; ++i) {
        double power = std::pow(static_cast<double>(frame.get<Value>(a)[i]),
                                static_cast<double>(frame.ints(b)[i]));
        frame.get<Value>(result)[i] =
            static_cast<Value>(roundTo<k.value>(power));
      }
    };
  });
}

void moesaic::interp::addMathRules(RuleTable &rules) {
  auto add = [&](StringRef name, double (*function)(double)) {
    addFunction(rules, name, function);
  };
  add("math.exp", std::exp);
  add("math.exp2", std::exp2);
  add("math.expm1", std::expm1);
  add("math.log", std::log);
  add("math.log2", std::log2);
  add("math.log10", std::log10);
  add("math.log1p", std::log1p);
  add("math.sqrt", std::sqrt);
  add("math.rsqrt", [](double x) { return 1 / std::sqrt(x); });
  add("math.cbrt", std::cbrt);
  add("math.sin", std::sin);
  add("math.cos", std::cos);
  add("math.tanh", std::tanh);
  add("math.erf", std::erf);
  add("math.floor", std::floor);
  add("math.ceil", std::ceil);
  add("math.trunc", std::trunc);
  add("math.round", std::round);
  add("math.roundeven", std::nearbyint); // in the default rounding mode
  add("tile.sigmoid", [](double x) { return 1 / (1 + std::exp(-x)); });
  addFloatUnary(rules, "math.absf", [](auto a) { return std::fabs(a); });
  addFloat(rules, "math.copysign",
           [](auto a, auto b) { return std::copysign(a, b); });
  addFloat(rules, "math.powf", [](auto a, auto b) {
    return static_cast<decltype(a)>(
        std::pow(static_cast<double>(a), static_cast<double>(b)));
  });
  rules["math.fma"] = translateFma;
  rules["math.fpowi"] = translatePowerOfInteger;

  addIntegerUnary(rules, "math.absi", [](int64_t a, unsigned) {
    return a < 0 ? -static_cast<uint64_t>(a) : static_cast<uint64_t>(a);
  });
  addIntegerUnary(rules, "math.ctpop", [](int64_t a, unsigned width) {
    return llvm::popcount(asUnsigned(a, width));
  });
  addIntegerUnary(rules, "math.ctlz", [](int64_t a, unsigned width) {
    return llvm::countl_zero(asUnsigned(a, width)) - (64 - width);
  });
  addIntegerUnary(rules, "math.cttz", [](int64_t a, unsigned width) {
    return std::min<unsigned>(llvm::countr_zero(asUnsigned(a, width)), width);
  });
}
