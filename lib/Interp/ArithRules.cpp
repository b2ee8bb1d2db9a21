//===- ArithRules.cpp - integer and float arithmetic ----------------------===//

#include "Interp/Rules.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace moesaic::interp;

//===----------------------------------------------------------------------===//
// Integers
//===----------------------------------------------------------------------===//

static int64_t floorDivide(int64_t a, int64_t b) {
  int64_t quotient = a / b;
  return quotient * b != a && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}
static int64_t ceilDivide(int64_t a, int64_t b) {
  int64_t quotient = a / b;
  return quotient * b != a && (a < 0) == (b < 0) ? quotient + 1 : quotient;
}

/// A division of signed or unsigned numbers. By zero it gives zero and warns;
/// by minus one it negates, which wraps.
template <bool isSigned, typename F>
static void addDivision(RuleTable &rules, StringRef name, F function) {
  rules[name] = [=](Operation *op, Translator &t) -> Instruction {
    Slot a = t.slot(op->getOperand(0)), b = t.slot(op->getOperand(1));
    Slot result = t.slot(op->getResult(0));
    bool isRemainder = name.contains("rem");
    return [=, width = result.width()](Frame &frame) {
      const int64_t *x = frame.ints(a), *y = frame.ints(b);
      int64_t *z = frame.ints(result);
      bool byZero = false;
      for (uint32_t i = 0; i < result.count; ++i) {
        if (y[i] == 0) {
          byZero = true;
          z[i] = 0;
        } else if (!isSigned) {
          z[i] =
              wrap(function(asUnsigned(x[i], width), asUnsigned(y[i], width)),
                   width);
        } else if (y[i] == -1) {
          z[i] = isRemainder ? 0 : wrap(-static_cast<uint64_t>(x[i]), width);
        } else {
          z[i] = wrap(function(x[i], y[i]), width);
        }
      }
      if (byZero) {
        frame.warn(op->getLoc(), "division by zero in '" +
                                     op->getName().getStringRef().str() +
                                     "' gives 0");
      }
    };
  };
}

static void addIntegerRules(RuleTable &rules) {
  addInteger(rules, "arith.addi",
             [](uint64_t a, uint64_t b, unsigned) { return a + b; });
  addInteger(rules, "arith.subi",
             [](uint64_t a, uint64_t b, unsigned) { return a - b; });
  addInteger(rules, "arith.muli",
             [](uint64_t a, uint64_t b, unsigned) { return a * b; });
  addInteger(rules, "arith.andi",
             [](uint64_t a, uint64_t b, unsigned) { return a & b; });
  addInteger(rules, "arith.ori",
             [](uint64_t a, uint64_t b, unsigned) { return a | b; });
  addInteger(rules, "arith.xori",
             [](uint64_t a, uint64_t b, unsigned) { return a ^ b; });
  addInteger(rules, "arith.maxsi",
             [](int64_t a, int64_t b, unsigned) { return std::max(a, b); });
  addInteger(rules, "arith.minsi",
             [](int64_t a, int64_t b, unsigned) { return std::min(a, b); });
  addInteger(rules, "arith.maxui", [](int64_t a, int64_t b, unsigned width) {
    return std::max(asUnsigned(a, width), asUnsigned(b, width));
  });
  addInteger(rules, "arith.minui", [](int64_t a, int64_t b, unsigned width) {
    return std::min(asUnsigned(a, width), asUnsigned(b, width));
  });

  // Shifts by the width or more give zero, or the sign.
  addInteger(rules, "arith.shli", [](uint64_t a, int64_t b, unsigned width) {
    return asUnsigned(b, width) < width ? a << b : 0;
  });
  addInteger(rules, "arith.shrui", [](int64_t a, int64_t b, unsigned width) {
    return asUnsigned(b, width) < width ? asUnsigned(a, width) >> b : 0;
  });
  addInteger(rules, "arith.shrsi", [](int64_t a, int64_t b, unsigned width) {
    return a >> std::min<uint64_t>(asUnsigned(b, width), 63);
  });

  addDivision<true>(rules, "arith.divsi",
                    [](int64_t a, int64_t b) { return a / b; });
  addDivision<true>(rules, "arith.remsi",
                    [](int64_t a, int64_t b) { return a % b; });
  addDivision<true>(rules, "arith.floordivsi", floorDivide);
  addDivision<true>(rules, "arith.ceildivsi", ceilDivide);
  addDivision<false>(rules, "arith.divui",
                     [](uint64_t a, uint64_t b) { return a / b; });
  addDivision<false>(rules, "arith.remui",
                     [](uint64_t a, uint64_t b) { return a % b; });
  addDivision<false>(rules, "arith.ceildivui", [](uint64_t a, uint64_t b) {
    return a / b + (a % b != 0);
  });
}

/// The low and the high half of a product twice as wide.
template <bool isSigned>
static Instruction translateExtendedMultiply(Operation *op, Translator &t) {
  Slot a = t.slot(op->getOperand(0)), b = t.slot(op->getOperand(1));
  Slot low = t.slot(op->getResult(0)), high = t.slot(op->getResult(1));
  return [=, width = low.width()](Frame &frame) {
    for (uint32_t i = 0; i < low.count; ++i) {
      int64_t x = frame.ints(a)[i], y = frame.ints(b)[i];
      unsigned __int128 product =
          isSigned
              ? static_cast<unsigned __int128>(static_cast<__int128>(x) * y)
              : static_cast<unsigned __int128>(asUnsigned(x, width)) *
                    asUnsigned(y, width);
      frame.ints(low)[i] = wrap(static_cast<uint64_t>(product), width);
      frame.ints(high)[i] =
          wrap(static_cast<uint64_t>(product >> width), width);
    }
  };
}

/// A sum and whether it exceeds the unsigned range.
static Instruction translateExtendedAdd(Operation *op, Translator &t) {
  Slot a = t.slot(op->getOperand(0)), b = t.slot(op->getOperand(1));
  Slot sum = t.slot(op->getResult(0)), overflow = t.slot(op->getResult(1));
  return [=, width = sum.width()](Frame &frame) {
    for (uint32_t i = 0; i < sum.count; ++i) {
      uint64_t x = asUnsigned(frame.ints(a)[i], width);
      uint64_t total = asUnsigned(x + frame.ints(b)[i], width);
      frame.ints(sum)[i] = wrap(total, width);
      frame.ints(overflow)[i] = total < x ? -1 : 0;
    }
  };
}

//===----------------------------------------------------------------------===//
// Comparison and selection
//===----------------------------------------------------------------------===//

/// result[i] = compare(a[i], b[i]), true being -1.
template <typename T, typename F>
static Instruction makeComparison(Slot a, Slot b, Slot result, F compare) {
  return [=](Frame &frame) {
    const T *x = frame.get<T>(a), *y = frame.get<T>(b);
    int64_t *z = frame.ints(result);
    for (uint32_t i = 0; i < result.count; ++i) {
      z[i] = -static_cast<int64_t>(compare(x[i], y[i]));
    }
  };
}

static Instruction translateCmpI(Operation *op, Translator &t) {
  auto compare = cast<arith::CmpIOp>(op);
  Slot a = t.slot(compare.getLhs()), b = t.slot(compare.getRhs());
  Slot result = t.slot(compare.getResult());
  // A sign-extended number keeps its unsigned order when read as uint64_t.
  switch (compare.getPredicate()) {
  case arith::CmpIPredicate::eq:
    return makeComparison<int64_t>(a, b, result, std::equal_to<>());
  case arith::CmpIPredicate::ne:
    return makeComparison<int64_t>(a, b, result, std::not_equal_to<>());
  case arith::CmpIPredicate::slt:
    return makeComparison<int64_t>(a, b, result, std::less<>());
  case arith::CmpIPredicate::sle:
    return makeComparison<int64_t>(a, b, result, std::less_equal<>());
  case arith::CmpIPredicate::sgt:
    return makeComparison<int64_t>(a, b, result, std::greater<>());
  case arith::CmpIPredicate::sge:
    return makeComparison<int64_t>(a, b, result, std::greater_equal<>());
  case arith::CmpIPredicate::ult:
    return makeComparison<uint64_t>(a, b, result, std::less<>());
  case arith::CmpIPredicate::ule:
    return makeComparison<uint64_t>(a, b, result, std::less_equal<>());
  case arith::CmpIPredicate::ugt:
    return makeComparison<uint64_t>(a, b, result, std::greater<>());
  case arith::CmpIPredicate::uge:
    return makeComparison<uint64_t>(a, b, result, std::greater_equal<>());
  }
  return nullptr;
}

/// Ordered predicates (o..) are false and unordered ones (u..) true on NaN.
template <typename T>
static Instruction makeFloatComparison(arith::CmpFPredicate predicate, Slot a,
                                       Slot b, Slot result) {
  using P = arith::CmpFPredicate;
  auto make = [&](auto f) { return makeComparison<T>(a, b, result, f); };
  switch (predicate) {
  case P::AlwaysFalse:
    return make([](T, T) { return false; });
  case P::AlwaysTrue:
    return make([](T, T) { return true; });
  case P::OEQ:
    return make([](T x, T y) { return x == y; });
  case P::OGT:
    return make([](T x, T y) { return x > y; });
  case P::OGE:
    return make([](T x, T y) { return x >= y; });
  case P::OLT:
    return make([](T x, T y) { return x < y; });
  case P::OLE:
    return make([](T x, T y) { return x <= y; });
  case P::ONE:
    return make([](T x, T y) { return x < y || x > y; });
  case P::ORD:
    return make([](T x, T y) { return !std::isunordered(x, y); });
  case P::UEQ:
    return make([](T x, T y) { return !(x < y || x > y); });
  case P::UGT:
    return make([](T x, T y) { return !(x <= y); });
  case P::UGE:
    return make([](T x, T y) { return !(x < y); });
  case P::ULT:
    return make([](T x, T y) { return !(x >= y); });
  case P::ULE:
    return make([](T x, T y) { return !(x > y); });
  case P::UNE:
    return make([](T x, T y) { return x != y; });
  case P::UNO:
    return make([](T x, T y) { return std::isunordered(x, y); });
  }
  return nullptr;
}

static Instruction translateCmpF(Operation *op, Translator &t) {
  auto compare = cast<arith::CmpFOp>(op);
  Slot a = t.slot(compare.getLhs()), b = t.slot(compare.getRhs());
  Slot result = t.slot(compare.getResult());
  return a.kind == ElementKind::F64
             ? makeFloatComparison<double>(compare.getPredicate(), a, b, result)
             : makeFloatComparison<float>(compare.getPredicate(), a, b, result);
}

/// result[i] = condition[i] ? a[i] : b[i]; the condition may be one scalar.
template <typename T>
static Instruction makeSelect(Slot condition, Slot a, Slot b, Slot result) {
  return [=, step = condition.count == 1 ? 0 : 1](Frame &frame) {
    const int64_t *c = frame.ints(condition);
    const T *x = frame.get<T>(a), *y = frame.get<T>(b);
    T *z = frame.get<T>(result);
    for (uint32_t i = 0; i < result.count; ++i) {
      z[i] = c[i * step] ? x[i] : y[i];
    }
  };
}

static Instruction translateSelect(Operation *op, Translator &t) {
  Slot condition = t.slot(op->getOperand(0)), a = t.slot(op->getOperand(1));
  Slot b = t.slot(op->getOperand(2)), result = t.slot(op->getResult(0));
  // Bits are copied, whatever they mean.
  return result.valueBytes() == 8
             ? makeSelect<uint64_t>(condition, a, b, result)
             : makeSelect<uint32_t>(condition, a, b, result);
}

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

/// Fills a slot from a constant, element by element when it is not a splat.
static Instruction translateConstant(Operation *op, Translator &t) {
  Slot result = t.slot(op->getResult(0));
  Attribute value = cast<arith::ConstantOp>(op).getValue();
  // The encoded bits of every element, or of the one that all share.
  std::vector<APInt> bits;
  if (auto integer = dyn_cast<IntegerAttr>(value)) {
    bits.push_back(integer.getValue());
  } else if (auto number = dyn_cast<FloatAttr>(value)) {
    bits.push_back(number.getValue().bitcastToAPInt());
  } else if (auto dense = dyn_cast<DenseElementsAttr>(value)) {
    bool isFloat = isa<FloatType>(dense.getElementType());
    auto append = [&](auto range) {
      for (auto element : range) {
        if constexpr (std::is_same_v<decltype(element), APFloat>) {
          bits.push_back(element.bitcastToAPInt());
        } else {
          bits.push_back(element);
        }
        if (dense.isSplat()) {
          break;
        }
      }
    };
    isFloat ? append(dense.getValues<APFloat>())
            : append(dense.getValues<APInt>());
  } else {
    op->emitError("the interpreter does not support this kind of constant");
    return nullptr;
  }
  return visitKind(result.kind, [&](auto k) -> Instruction {
    using Value = typename Codec<k.value>::Value;
    std::vector<Value> values;
    for (const APInt &element : bits) {
      uint64_t raw = element.getZExtValue();
      values.push_back(Codec<k.value>::load(reinterpret_cast<char *>(&raw)));
    }
    return [values, result](Frame &frame) {
      Value *z = frame.get<Value>(result);
      if (values.size() == 1) {
        std::fill_n(z, result.count, values.front());
      } else {
        std::copy(values.begin(), values.end(), z);
      }
    };
  });
}

void moesaic::interp::addArithRules(RuleTable &rules) {
  addIntegerRules(rules);
  rules["arith.mulsi_extended"] = translateExtendedMultiply<true>;
  rules["arith.mului_extended"] = translateExtendedMultiply<false>;
  rules["arith.addui_extended"] = translateExtendedAdd;
  rules["arith.cmpi"] = translateCmpI;
  rules["arith.cmpf"] = translateCmpF;
  rules["arith.select"] = translateSelect;
  rules["arith.constant"] = translateConstant;

  addFloat(rules, "arith.addf", [](auto a, auto b) { return a + b; });
  addFloat(rules, "arith.subf", [](auto a, auto b) { return a - b; });
  addFloat(rules, "arith.mulf", [](auto a, auto b) { return a * b; });
  addFloat(rules, "arith.divf", [](auto a, auto b) { return a / b; });
  addFloat(rules, "arith.remf", [](auto a, auto b) { return std::fmod(a, b); });
  addFloat(rules, "arith.maxnumf",
           [](auto a, auto b) { return maxIgnoringNaN(a, b); });
  addFloat(rules, "arith.minnumf",
           [](auto a, auto b) { return minIgnoringNaN(a, b); });
  // These two give NaN when either operand is one.
  addFloat(rules, "arith.maximumf", [](auto a, auto b) {
    return std::isunordered(a, b) ? a + b : maxIgnoringNaN(a, b);
  });
  addFloat(rules, "arith.minimumf", [](auto a, auto b) {
    return std::isunordered(a, b) ? a + b : minIgnoringNaN(a, b);
  });
  addFloatUnary(rules, "arith.negf", [](auto a) { return -a; });
}
