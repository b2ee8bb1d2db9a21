//===- Rules.h - shapes that element-wise rules have in common -*- C++ -*-===//

#ifndef MOESAIC_INTERP_RULES_H
#define MOESAIC_INTERP_RULES_H

#include "Interp/Program.h"

namespace moesaic::interp {

/// Rounds computed floats to the element type.
template <ElementKind kind>
void roundAll(float *values, size_t count) {
  if constexpr (kind != ElementKind::F32) {
    for (size_t i = 0; i < count; ++i) {
      values[i] = static_cast<float>(roundTo<kind>(values[i]));
    }
  }
}
inline void roundAll(ElementKind kind, float *values, size_t count) {
  visitFloat(kind, [&](auto k) { roundAll<k.value>(values, count); });
}

/// result[i] = function(a[i], width), wrapped to the result's width.
template <typename F>
void addIntegerUnary(RuleTable &rules, llvm::StringRef name, F function) {
  rules[name] = [function](mlir::Operation *op, Translator &t) -> Instruction {
    Slot a = t.slot(op->getOperand(0)), result = t.slot(op->getResult(0));
    return [=, width = result.width()](Frame &frame) {
      const int64_t *x = frame.ints(a);
      int64_t *z = frame.ints(result);
      for (uint32_t i = 0; i < result.count; ++i) {
        z[i] = wrap(function(x[i], width), width);
      }
    };
  };
}

/// result[i] = function(a[i], b[i], width), wrapped to the result's width.
template <typename F>
void addInteger(RuleTable &rules, llvm::StringRef name, F function) {
  rules[name] = [function](mlir::Operation *op, Translator &t) -> Instruction {
    Slot a = t.slot(op->getOperand(0)), b = t.slot(op->getOperand(1));
    Slot result = t.slot(op->getResult(0));
    return [=, width = result.width()](Frame &frame) {
      const int64_t *x = frame.ints(a), *y = frame.ints(b);
      int64_t *z = frame.ints(result);
      for (uint32_t i = 0; i < result.count; ++i) {
        z[i] = wrap(function(x[i], y[i], width), width);
      }
    };
  };
}

/// result[i] = function(a[i]), computed in float (or double for f64) and
/// rounded to the element type.
template <typename F>
void addFloatUnary(RuleTable &rules, llvm::StringRef name, F function) {
  rules[name] = [function](mlir::Operation *op, Translator &t) -> Instruction {
    Slot a = t.slot(op->getOperand(0)), result = t.slot(op->getResult(0));
    return [=](Frame &frame) {
      auto compute = [&](const auto *x, auto *z) {
        for (uint32_t i = 0; i < result.count; ++i) {
          z[i] = function(x[i]);
        }
      };
      if (result.kind == ElementKind::F64) {
        return compute(frame.doubles(a), frame.doubles(result));
      }
      compute(frame.floats(a), frame.floats(result));
      roundAll(result.kind, frame.floats(result), result.count);
    };
  };
}

/// result[i] = function(a[i], b[i]), as addFloatUnary.
template <typename F>
void addFloat(RuleTable &rules, llvm::StringRef name, F function) {
  rules[name] = [function](mlir::Operation *op, Translator &t) -> Instruction {
    Slot a = t.slot(op->getOperand(0)), b = t.slot(op->getOperand(1));
    Slot result = t.slot(op->getResult(0));
    return [=](Frame &frame) {
      auto compute = [&](const auto *x, const auto *y, auto *z) {
        for (uint32_t i = 0; i < result.count; ++i) {
          z[i] = function(x[i], y[i]);
        }
      };
      if (result.kind == ElementKind::F64) {
        return compute(frame.doubles(a), frame.doubles(b),
                       frame.doubles(result));
      }
      compute(frame.floats(a), frame.floats(b), frame.floats(result));
      roundAll(result.kind, frame.floats(result), result.count);
    };
  };
}

/// result[i] = function(a[i]), computed in double and rounded once.
template <typename F>
void addFunction(RuleTable &rules, llvm::StringRef name, F function) {
  rules[name] = [function](mlir::Operation *op, Translator &t) -> Instruction {
    Slot a = t.slot(op->getOperand(0)), result = t.slot(op->getResult(0));
    return [=](Frame &frame) {
      visitFloat(result.kind, [&](auto k) {
        using Value = typename Codec<k.value>::Value;
        const Value *x = frame.get<Value>(a);
        Value *z = frame.get<Value>(result);
        for (uint32_t i = 0; i < result.count; ++i) {
          z[i] = static_cast<Value>(
              roundTo<k.value>(function(static_cast<double>(x[i]))));
        }
      });
    };
  };
}

/// Maximum or minimum that ignores a NaN; +0 is greater than -0.
template <typename T>
T maxIgnoringNaN(T a, T b) {
  if (std::isnan(a) || std::isnan(b)) {
    return std::isnan(a) ? b : a;
  }
  return a == b ? (std::signbit(a) ? b : a) : (a > b ? a : b);
}
template <typename T>
T minIgnoringNaN(T a, T b) {
  if (std::isnan(a) || std::isnan(b)) {
    return std::isnan(a) ? b : a;
  }
  return a == b ? (std::signbit(a) ? a : b) : (a < b ? a : b);
}

} // namespace moesaic::interp

#endif
