//===- FloatFormats.h - the small float formats -----------------*- C++ -*-===//
//
// Conversions between f32 and f16, bf16, and the fp8 kinds, from their
// definitions. Rounding is to nearest even unless a function says otherwise.
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_SIM_SEMANTICS_FLOATFORMATS_H
#define MOESAIC_SIM_SEMANTICS_FLOATFORMATS_H

#include "Sim/Machine.h"

namespace moesaic::sim {

static inline float halfToFloat(uint16_t h) {
#ifdef __F16C__
  return float(bits<_Float16>(h));
#else
  uint32_t sign = uint32_t(h & 0x8000) << 16, e = h >> 10 & 31, m = h & 0x3ff;
  if (e == 31) {
    return bits<float>(sign | 0x7f800000 | m << 13 | (m ? 0x400000 : 0));
  }
  if (e == 0) { // zero or denormal: m * 2^-24
    float value = float(m) * 0x1p-24f;
    return bits<float>(bits<uint32_t>(value) | sign);
  }
  return bits<float>(sign | (e + 112) << 23 | m << 13);
#endif
}

static inline uint16_t floatToHalf(float f) {
#ifdef __F16C__
  return bits<uint16_t>(_Float16(f));
#else
  uint32_t x = bits<uint32_t>(f), sign = x >> 16 & 0x8000;
  x &= 0x7fffffff;
  if (x >= 0x7f800000) {
    return uint16_t(sign | 0x7c00 |
                    (x > 0x7f800000 ? 0x200 | (x >> 13 & 0x3ff) : 0));
  }
  if (x >= 0x477ff000) { // rounds beyond 65504
    return uint16_t(sign | 0x7c00);
  }
  if (x < 0x38800000) { // denormal: the addition rounds at 2^-24
    float value = bits<float>(x) + 0.5f;
    return uint16_t(sign | (bits<uint32_t>(value) - 0x3f000000));
  }
  uint32_t rounded = x - 0x38000000 + 0xfff + (x >> 13 & 1);
  return uint16_t(sign | rounded >> 13);
#endif
}

/// Rounds toward zero: what does not fit becomes the largest finite value.
static inline uint16_t floatToHalfTowardZero(float f) {
  uint32_t x = bits<uint32_t>(f), sign = x >> 16 & 0x8000;
  x &= 0x7fffffff;
  if (x >= 0x7f800000) {
    return uint16_t(sign | 0x7c00 |
                    (x > 0x7f800000 ? 0x200 | (x >> 13 & 0x3ff) : 0));
  }
  if (x >= 0x47800000) {
    return uint16_t(sign | 0x7bff);
  }
  if (x < 0x38800000) {
    uint32_t e = x >> 23, m = (x & 0x7fffff) | 0x800000;
    uint32_t shift = 126 - e; // to units of 2^-24
    return uint16_t(sign | (e == 0 || shift > 31 ? 0 : m >> shift));
  }
  return uint16_t(sign | (x - 0x38000000) >> 13);
}

static inline float bf16ToFloat(uint16_t b) {
  return bits<float>(uint32_t(b) << 16);
}

static inline uint16_t floatToBf16(float f) {
  uint32_t x = bits<uint32_t>(f);
  uint32_t rounded = (x + 0x7fff + (x >> 16 & 1)) >> 16;
  uint32_t quiet = x >> 16 | 0x40;
  return uint16_t((x & 0x7fffffff) > 0x7f800000 ? quiet : rounded);
}

/// An 8-bit float with `M` mantissa bits and the exponent bias `B`. FNUZ: one
/// NaN, 0x80, no infinity, no negative zero.
template <int M, int B>
static inline float fnuzToFloat(uint8_t v) {
  if (v == 0x80) {
    return bits<float>(0x7fc00000u);
  }
  int e = (v & 0x7f) >> M, m = v & ((1 << M) - 1);
  float magnitude =
      e == 0
          ? float(m) * bits<float>(uint32_t(127 + 1 - B - M) << 23)
          : bits<float>(uint32_t(e - B + 127) << 23 | uint32_t(m) << (23 - M));
  return v & 0x80 ? -magnitude : magnitude;
}

/// Rounds to nearest even. Out of range gives NaN, or with `saturate` the
/// largest finite value. An infinity is no overflow: like NaN it gives NaN
/// (ISA guides, MODE.FP16_OVFL: "preserving true INF values").
template <int M, int B>
static inline uint8_t floatToFnuz(float f, bool saturate) {
  uint32_t x = bits<uint32_t>(f);
  uint8_t sign = x >> 24 & 0x80;
  x &= 0x7fffffff;
  if (x >= 0x7f800000) {
    return 0x80;
  }
  int e = int(x >> 23) - 127 + B;
  uint32_t m = (x & 0x7fffff) | (x >> 23 ? 0x800000 : 0);
  int shift = 23 - M + (e < 1 ? 1 - e : 0);
  if (shift > 30) {
    return 0;
  }
  uint32_t half = 1u << (shift - 1), kept = m >> shift;
  uint32_t rest = m & ((1u << shift) - 1);
  kept += rest > half || (rest == half && (kept & 1));
  // `kept` holds the implicit one of a normal number; exponent 1 and denormals
  // share their scale.
  uint32_t out = kept + (uint32_t((e < 1 ? 1 : e) - 1) << M);
  if (out > 0x7f) {
    return saturate ? uint8_t(sign | 0x7f) : 0x80;
  }
  return out == 0 ? 0 : uint8_t(sign | out);
}

/// The small formats without offset bias: what the largest exponent means.
enum class Largest {
  Ieee, ///< E5M2: infinity and NaN.
  Nan,  ///< E4M3: numbers, but all ones are NaN.
  Number
};

/// An `E` exponent, `M` mantissa bit float with a sign: OCP fp8 (E4M3), bf8
/// (E5M2), and of the MX formats fp6 (E2M3), bf6 (E3M2) and fp4 (E2M1).
template <int E, int M, Largest largest>
static inline float smallToFloat(uint32_t v) {
  constexpr int bias = (1 << (E - 1)) - 1;
  uint32_t e = v >> M & ((1 << E) - 1), m = v & ((1 << M) - 1);
  uint32_t sign = (v >> (E + M) & 1) << 31;
  constexpr uint32_t ones = (1 << E) - 1;
  if (e == ones && (largest == Largest::Ieee ||
                    (largest == Largest::Nan && m == (1 << M) - 1))) {
    bool isNan = largest == Largest::Nan || m != 0;
    return bits<float>(sign | 0x7f800000u | (isNan ? 0x400000u : 0));
  }
  float magnitude =
      e == 0 ? float(m) * bits<float>(uint32_t(127 + 1 - bias - M) << 23)
             : bits<float>((e + 127 - bias) << 23 | m << (23 - M));
  return bits<float>(bits<uint32_t>(magnitude) | sign);
}

/// The code of the largest finite magnitude.
template <int E, int M, Largest largest>
static constexpr uint32_t largestSmall() {
  return largest == Largest::Ieee  ? (((1u << E) - 1) << M) - 1
         : largest == Largest::Nan ? (1u << (E + M)) - 2
                                   : (1u << (E + M)) - 1;
}

/// Rounds to nearest even; with `noise` it adds these random bits below the
/// kept mantissa and truncates instead: the top 23 - M bits count. What is too
/// large becomes the largest finite value with `saturate` and in formats
/// without NaN, else infinity or NaN.
template <int E, int M, Largest largest>
static inline uint32_t floatToSmall(float f, bool saturate,
                                    const uint32_t *noise = nullptr) {
  constexpr int bias = (1 << (E - 1)) - 1;
  constexpr uint32_t limit = largestSmall<E, M, largest>();
  constexpr uint32_t beyond = largest == Largest::Ieee  ? limit + 1
                              : largest == Largest::Nan ? limit + 1
                                                        : limit;
  uint32_t x = bits<uint32_t>(f), sign = x >> 31 << (E + M);
  x &= 0x7fffffff;
  if (x > 0x7f800000) {
    return sign | (largest == Largest::Number ? limit : (1u << (E + M)) - 1);
  }
  uint32_t tooLarge = sign | (saturate ? limit : beyond);
  if (x == 0x7f800000) {
    return tooLarge;
  }
  int e = int(x >> 23 ? x >> 23 : 1) - 127 + bias;
  uint64_t m = (x & 0x7fffff) | (x >> 23 ? 0x800000 : 0);
  // Denormal results keep fewer bits.
  int shift = 23 - M + (e < 1 ? 1 - e : 0);
  if (shift > 40) {
    return sign;
  }
  uint64_t half = uint64_t(1) << (shift - 1);
  uint64_t rest = m & (2 * half - 1), kept = m >> shift;
  if (noise) {
    uint64_t random = uint64_t(*noise >> (32 - (23 - M)));
    kept = (m + (random << (shift - (23 - M)))) >> shift;
  } else {
    kept += rest > half || (rest == half && (kept & 1));
  }
  uint64_t out = kept + (uint64_t((e < 1 ? 1 : e) - 1) << M);
  return out > limit ? tooLarge : sign | uint32_t(out);
}

/// IEEE 754-2019 minimum and maximum: of a NaN a quiet NaN, -0 below +0.
template <class T>
static inline T minimumNaN(T a, T b) {
  if (a != a || b != b) {
    return a + b;
  }
  return a < b || (a == b && __builtin_signbit(a)) ? a : b;
}
template <class T>
static inline T maximumNaN(T a, T b) {
  if (a != a || b != b) {
    return a + b;
  }
  return a > b || (a == b && !__builtin_signbit(a)) ? a : b;
}

/// IEEE minNum and maxNum with -0 below +0, as V_MIN and V_MAX compute.
/// Of two NaN the sum: it is quiet.
template <class T>
static inline T minNumber(T a, T b) {
  if (a == b) {
    return __builtin_signbit(a) ? a : b;
  }
  return a != a ? (b != b ? a + b : b) : (b != b ? a : (a < b ? a : b));
}
template <class T>
static inline T maxNumber(T a, T b) {
  if (a == b) {
    return __builtin_signbit(a) ? b : a;
  }
  return a != a ? (b != b ? a + b : b) : (b != b ? a : (a > b ? a : b));
}

} // namespace moesaic::sim

#endif
