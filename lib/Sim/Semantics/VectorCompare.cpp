//===- VectorCompare.cpp - v_cmp, v_cmpx and v_cmp_class ------------------===//

#include "Sim/Semantics/Vector.h"
#include <initializer_list>

using namespace moesaic::sim;

namespace {

/// Fixed-length names without the standard library's inline functions, which
/// must not be compiled for one host and called on another.
struct Name {
  char text[40];
  Name(const char *a, const char *b, const char *c) {
    unsigned n = 0;
    for (const char *part : {a, b, c}) {
      while (*part && n < sizeof(text) - 1) {
        text[n++] = *part++;
      }
    }
    text[n] = 0;
  }
};

template <class Fn, class A, class B>
void addBoth(OpcodeTable &t, const char *op, const char *type, Fn) {
  Opcode opcode = vectorOpcode<A, B>(Vop<Fn, High::Clear, bool, A, B>::run);
  t.add(Name("v_cmp_", op, type).text, opcode);
  opcode.immediate |= 2; // also writes EXEC
  t.add(Name("v_cmpx_", op, type).text, opcode);
}

template <class T>
auto load(T a) {
  if constexpr (std::is_same_v<T, F16>) {
    return float(a);
  } else {
    return a;
  }
}

template <class T>
void addCommon(OpcodeTable &t, const char *type) {
#define MOESAIC_SIM_CMP(NAME, EXPRESSION)                                      \
  {                                                                            \
    auto fn = [](T x, T y) -> bool {                                           \
      auto a = load(x), b = load(y);                                           \
      (void)a, (void)b;                                                        \
      return EXPRESSION;                                                       \
    };                                                                         \
    addBoth<decltype(fn), T, T>(t, NAME, type, fn);                            \
  }
  MOESAIC_SIM_CMP("f", false)
  MOESAIC_SIM_CMP("lt", a < b)
  MOESAIC_SIM_CMP("eq", a == b)
  MOESAIC_SIM_CMP("le", a <= b)
  MOESAIC_SIM_CMP("gt", a > b)
  MOESAIC_SIM_CMP("ge", a >= b)
  if constexpr (isFloat<T>) {
    MOESAIC_SIM_CMP("lg", a < b || a > b)
    MOESAIC_SIM_CMP("o", a == a && b == b)
    MOESAIC_SIM_CMP("u", a != a || b != b)
    MOESAIC_SIM_CMP("nge", !(a >= b))
    MOESAIC_SIM_CMP("nlg", !(a < b || a > b))
    MOESAIC_SIM_CMP("ngt", !(a > b))
    MOESAIC_SIM_CMP("nle", !(a <= b))
    MOESAIC_SIM_CMP("neq", !(a == b))
    MOESAIC_SIM_CMP("nlt", !(a < b))
    MOESAIC_SIM_CMP("tru", true)
  } else {
    MOESAIC_SIM_CMP("ne", a != b)
    MOESAIC_SIM_CMP("t", true)
  }
#undef MOESAIC_SIM_CMP
}

/// v_cmp_class: bits select signalling NaN, quiet NaN, -inf, -normal,
/// -denormal, -0, +0, +denormal, +normal, +inf.
template <class Raw, int exponentBits, int mantissaBits>
bool isClass(Raw raw, u32 mask) {
  constexpr Raw mantissaMask = (Raw(1) << mantissaBits) - 1;
  Raw mantissa = raw & mantissaMask;
  u32 all = (1u << exponentBits) - 1;
  u32 exponent = u32(raw >> mantissaBits) & all;
  bool negative = raw >> (exponentBits + mantissaBits) & 1;
  unsigned bit;
  if (exponent == all && mantissa != 0) {
    bit = mantissa >> (mantissaBits - 1) & 1 ? 1 : 0;
  } else if (exponent == all) {
    bit = negative ? 2 : 9;
  } else if (exponent != 0) {
    bit = negative ? 3 : 8;
  } else if (mantissa != 0) {
    bit = negative ? 4 : 7;
  } else {
    bit = negative ? 5 : 6;
  }
  return mask >> bit & 1;
}

} // namespace

void moesaic::sim::MOESAIC_SIM_HOST::addVectorCompareOps(OpcodeTable &t) {
  addCommon<F16>(t, "_f16");
  addCommon<float>(t, "_f32");
  addCommon<double>(t, "_f64");
  addCommon<i16>(t, "_i16");
  addCommon<u16>(t, "_u16");
  addCommon<i32>(t, "_i32");
  addCommon<u32>(t, "_u32");
  addCommon<i64>(t, "_i64");
  addCommon<u64>(t, "_u64");
  auto f16 = [](F16 a, u32 m) { return isClass<u16, 5, 10>(a.raw, m); };
  auto f32 = [](float a, u32 m) {
    return isClass<u32, 8, 23>(bits<u32>(a), m);
  };
  auto f64 = [](double a, u32 m) {
    return isClass<u64, 11, 52>(bits<u64>(a), m);
  };
  addBoth<decltype(f16), F16, u32>(t, "class", "_f16", f16);
  addBoth<decltype(f32), float, u32>(t, "class", "_f32", f32);
  addBoth<decltype(f64), double, u32>(t, "class", "_f64", f64);
}
