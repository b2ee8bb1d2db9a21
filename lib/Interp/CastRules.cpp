//===- CastRules.cpp - conversions between element types ------------------===//

#include "Interp/Rules.h"

using namespace mlir;
using namespace moesaic::interp;

/// result[i] = function(a[i]) for one pair of decoded types.
template <typename From, typename To, typename F>
static Instruction makeCast(Slot a, Slot result, F function) {
  return [=](Frame &frame) {
    const From *x = frame.get<From>(a);
    To *z = frame.get<To>(result);
    for (uint32_t i = 0; i < result.count; ++i) {
      z[i] = static_cast<To>(function(x[i]));
    }
  };
}

/// Between float types: exact when widening, rounded to nearest even when
/// narrowing.
static Instruction translateFloatCast(Operation *op, Translator &t) {
  Slot a = t.slot(op->getOperand(0)), result = t.slot(op->getResult(0));
  return visitFloat(result.kind, [&](auto k) -> Instruction {
    using To = typename Codec<k.value>::Value;
    auto convert = [](double value) {
      return roundTo<decltype(k)::value>(value);
    };
    return a.kind == ElementKind::F64 ? makeCast<double, To>(a, result, convert)
                                      : makeCast<float, To>(a, result, convert);
  });
}

/// Integer to float, rounded once.
template <bool isSigned>
static Instruction translateToFloat(Operation *op, Translator &t) {
  Slot a = t.slot(op->getOperand(0)), result = t.slot(op->getResult(0));
  return visitFloat(result.kind, [&](auto k) -> Instruction {
    constexpr ElementKind kind = decltype(k)::value;
    using To = typename Codec<kind>::Value;
    return makeCast<int64_t, To>(
        a, result, [width = a.width()](int64_t value) -> double {
          if constexpr (kind == ElementKind::F64) {
            return isSigned ? static_cast<double>(value)
                            : static_cast<double>(asUnsigned(value, width));
          }
          return roundTo<kind>(isSigned
                                   ? toOddDouble(value)
                                   : toOddDouble(asUnsigned(value, width)));
        });
  });
}

/// Float to integer: truncated towards zero; what lies beyond the range gives
/// its end, and NaN gives zero.
template <bool isSigned>
static Instruction translateToInteger(Operation *op, Translator &t) {
  Slot a = t.slot(op->getOperand(0)), result = t.slot(op->getResult(0));
  unsigned width = result.width();
  double low = isSigned ? -std::ldexp(1.0, width - 1) : 0.0;
  double end = std::ldexp(1.0, isSigned ? width - 1 : width);
  uint64_t last = isSigned ? asUnsigned(-1, width) >> 1 : asUnsigned(-1, width);
  auto convert = [=](double value) -> int64_t {
    if (std::isnan(value)) {
      return 0;
    }
    if (value >= end) {
      return wrap(last, width);
    }
    if (value <= low) {
      return isSigned ? wrap(uint64_t(1) << (width - 1), width) : 0;
    }
    return isSigned ? wrap(static_cast<int64_t>(value), width)
                    : wrap(static_cast<uint64_t>(value), width);
  };
  return a.kind == ElementKind::F64
             ? makeCast<double, int64_t>(a, result, convert)
             : makeCast<float, int64_t>(a, result, convert);
}

/// The same bits as another type.
static Instruction translateBitcast(Operation *op, Translator &t) {
  Slot a = t.slot(op->getOperand(0)), result = t.slot(op->getResult(0));
  return visitKind(a.kind, [&](auto from) -> Instruction {
    return visitKind(result.kind, [&](auto to) -> Instruction {
      using From = Codec<from.value>;
      using To = Codec<to.value>;
      return makeCast<typename From::Value, typename To::Value>(
          a, result, [](typename From::Value value) {
            char bits[8] = {};
            From::store(bits, value);
            return To::load(bits);
          });
    });
  });
}

void moesaic::interp::addCastRules(RuleTable &rules) {
  for (StringRef name : {"arith.extf", "arith.truncf"}) {
    rules[name] = translateFloatCast;
  }
  rules["arith.sitofp"] = translateToFloat<true>;
  rules["arith.uitofp"] = translateToFloat<false>;
  rules["arith.fptosi"] = translateToInteger<true>;
  rules["arith.fptoui"] = translateToInteger<false>;
  rules["arith.bitcast"] = translateBitcast;

  // Decoded integers are sign-extended already.
  for (StringRef name : {"arith.extsi", "arith.trunci", "arith.index_cast"}) {
    addIntegerUnary(rules, name, [](int64_t a, unsigned) { return a; });
  }
  for (StringRef name : {"arith.extui", "arith.index_castui"}) {
    rules[name] = [](Operation *op, Translator &t) -> Instruction {
      Slot a = t.slot(op->getOperand(0)), result = t.slot(op->getResult(0));
      return makeCast<int64_t, int64_t>(
          a, result, [from = a.width(), to = result.width()](int64_t value) {
            return wrap(asUnsigned(value, from), to);
          });
    };
  }
}
