//===- VectorFloat.cpp - f32, f64 and f16 arithmetic ----------------------===//

#include "Sim/Semantics/Vector.h"
#include <cmath>
#include <limits>

using namespace moesaic::sim;

namespace {

float fma32(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
double fma64(double a, double b, double c) { return __builtin_fma(a, b, c); }

/// f16 product and sum fit in a double, so that one rounding remains.
F16 fma16(F16 a, F16 b, F16 c) {
  double exact = double(float(a)) * double(float(b)) + double(float(c));
  // To float with round to odd, so that the second rounding sees the rest.
  float near = float(exact);
  double back = near;
  if (back != exact && !(bits<u32>(near) & 1)) {
    u32 raw = bits<u32>(near);
    bool larger = (back < exact) == (exact > 0);
    near = bits<float>(larger ? raw | 1 : raw - 1);
  }
  return F16(near);
}

/// Transcendental units take and give zeros for denormals.
float flush(float a) {
  return (bits<u32>(a) & 0x7f800000) == 0 ? __builtin_copysignf(0.0f, a) : a;
}

int exponent32(float a) { return int(bits<u32>(a) >> 23 & 255); }
int exponent64(double a) { return int(bits<u64>(a) >> 52 & 2047); }
bool denormal32(float a) { return exponent32(a) == 0 && a != 0; }
bool denormal64(double a) { return exponent64(a) == 0 && a != 0; }

/// v_mad and v_mac round twice and always take denormals as zeros.
float mulAdd(float a, float b, float c) {
  auto flush = [](float x) {
    return __builtin_fabsf(x) < 0x1p-126f ? __builtin_copysignf(0, x) : x;
  };
  return flush(flush(flush(a) * flush(b)) + flush(c));
}

template <class T>
T mulLegacy(T a, T b) {
  return a == 0 || b == 0 ? T(0) : a * b;
}

template <class T>
T median(T a, T b, T c) {
  if (a != a || b != b || c != c) {
    return minNumber(minNumber(a, b), c);
  }
  T largest = maxNumber(maxNumber(a, b), c);
  if (largest == a) {
    return maxNumber(b, c);
  }
  return largest == b ? maxNumber(a, c) : maxNumber(a, b);
}

template <class T>
T fraction(T a) {
  T r = a - std::floor(a);
  T below = sizeof(T) == 4 ? T(0x1.fffffep-1) : T(0x1.fffffffffffffp-1);
  return r != r ? r : (r < below ? r : below);
}

//===----------------------------------------------------------------------===//
// Division: pseudo-code of the ISA guide
//===----------------------------------------------------------------------===//

/// v_div_scale: operands are destination, mask, value, denominator, numerator.
/// Returns the scaled value; `flag` asks v_div_fmas to undo it.
float divScale32(float value, float den, float num, bool &flag) {
  flag = false;
  if (num == 0 || den == 0) {
    return bits<float>(0x7fc00000u);
  }
  int apart = exponent32(num) - exponent32(den);
  float inverse = float(1.0 / double(den)),
        quotient = float(double(num) / double(den));
  bool same = bits<u32>(value) == bits<u32>(den);
  if (apart >= 96) {
    flag = true;
    return same ? value * 0x1p64f : value;
  }
  if (denormal32(den)) {
    return value * 0x1p64f;
  }
  if (denormal32(inverse) && denormal32(quotient)) {
    // The guide prints 64, with which 1 / FLT_MAX would be NaN.
    flag = true;
    return same ? value * 0x1p-64f : value;
  }
  if (denormal32(inverse)) {
    return value * 0x1p-64f;
  }
  if (denormal32(quotient)) {
    flag = true;
    return bits<u32>(value) == bits<u32>(num) ? value * 0x1p64f : value;
  }
  return exponent32(num) <= 23 ? value * 0x1p64f : value;
}

double divScale64(double value, double den, double num, bool &flag) {
  flag = false;
  if (num == 0 || den == 0) {
    return bits<double>(u64(0x7ff8000000000000));
  }
  int apart = exponent64(num) - exponent64(den);
  bool same = bits<u64>(value) == bits<u64>(den);
  if (apart >= 768) {
    flag = true;
    return same ? value * 0x1p128 : value;
  }
  double inverse = 1.0 / den, quotient = num / den;
  if (denormal64(den)) {
    return value * 0x1p128;
  }
  if (denormal64(inverse) && denormal64(quotient)) {
    flag = true;
    return same ? value * 0x1p-128 : value;
  }
  if (denormal64(inverse)) {
    return value * 0x1p-128;
  }
  if (denormal64(quotient)) {
    flag = true;
    return bits<u64>(value) == bits<u64>(num) ? value * 0x1p128 : value;
  }
  return exponent64(num) <= 53 ? value * 0x1p128 : value;
}

template <class T>
void divScale(Wave &w, const Inst &i) {
  Source<T> value(w, i, 2), den(w, i, 3), num(w, i, 4);
  Result<T> r;
  u64 mask = 0;
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    bool flag;
    if constexpr (sizeof(T) == 8) {
      r.set(lane, divScale64(value[lane], den[lane], num[lane], flag));
    } else {
      r.set(lane, divScale32(value[lane], den[lane], num[lane], flag));
    }
    mask |= u64(flag) << lane;
  }
  r.store(w, i);
  u64 active = exec(w), old = readPair(w, i.op[1].reg);
  writeLaneMask(w, i.op[1].reg, (old & ~active) | (mask & active));
}

/// a * b + c, scaled by a power of two, with one rounding: a quotient that
/// becomes denormal must not be rounded twice. The sum is exact in 113 bits
/// because a * b corrects the last bits of the quotient c.
template <class T>
T scaledFma(T a, T b, T c, double factor) {
  __float128 sum = __float128(a) * __float128(b) + __float128(c);
  return T(sum * __float128(factor));
}

/// v_div_fmas: a fused multiply-add whose result is scaled back in the lanes
/// of VCC, up when the quotient estimate (the addend) is at least one, else
/// down.
template <class T>
void divFmas(Wave &w, const Inst &i) {
  Source<T> a(w, i, 1), b(w, i, 2), c(w, i, 3);
  Result<T> r;
  u64 vcc = readPair(w, kVcc);
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    bool scaled = vcc >> lane & 1;
    if constexpr (sizeof(T) == 8) {
      double factor = exponent64(c[lane]) > 1023 ? 0x1p128 : 0x1p-128;
      r.set(lane, scaled ? scaledFma(a[lane], b[lane], c[lane], factor)
                         : fma64(a[lane], b[lane], c[lane]));
    } else {
      double factor = exponent32(c[lane]) > 127 ? 0x1p64 : 0x1p-64;
      r.set(lane, scaled ? scaledFma(a[lane], b[lane], c[lane], factor)
                         : fma32(a[lane], b[lane], c[lane]));
    }
  }
  r.store(w, i);
}

template <class T>
T divFixup(T quotient, T den, T num) {
  bool negative = __builtin_signbit(den) != __builtin_signbit(num);
  T inf = std::numeric_limits<T>::infinity();
  T sign = negative ? T(-1) : T(1);
  if (num != num) {
    return num;
  }
  if (den != den) {
    return den;
  }
  if ((den == 0 && num == 0) ||
      (std::fabs(den) == inf && std::fabs(num) == inf)) {
    return -std::numeric_limits<T>::quiet_NaN();
  }
  if (den == 0 || std::fabs(num) == inf) {
    return sign * inf;
  }
  if (std::fabs(den) == inf || num == 0) {
    return sign * T(0);
  }
  int apart = sizeof(T) == 8 ? exponent64(num) - exponent64(den)
                             : exponent32(num) - exponent32(den);
  if (apart < (sizeof(T) == 8 ? -1075 : -150)) {
    return sign * T(0);
  }
  // The estimate of a quotient far beyond the range has met inf - inf.
  return std::copysign(quotient != quotient ? inf : quotient, sign);
}

//===----------------------------------------------------------------------===//
// Exponents
//===----------------------------------------------------------------------===//

float ldexp32(float a, i32 e) {
  e = e < -400 ? -400 : e > 400 ? 400 : e;
  return std::ldexp(a, e);
}
double ldexp64(double a, i32 e) {
  e = e < -3000 ? -3000 : e > 3000 ? 3000 : e;
  return std::ldexp(a, e);
}

template <class T>
i32 frexpExponent(T a) {
  int e = 0;
  if (a == a && std::fabs(a) != std::numeric_limits<T>::infinity()) {
    std::frexp(a, &e);
  }
  return e;
}
template <class T>
T frexpMantissa(T a) {
  int e;
  return a == a && std::fabs(a) != std::numeric_limits<T>::infinity()
             ? std::frexp(a, &e)
             : a;
}

/// The first 1216 bits of 2/pi, the highest first.
constexpr u64 kTwoOverPi[19] = {
    0xa2f9836e4e441529, 0xfc2757d1f534ddc0, 0xdb6295993c439041,
    0xfe5163abdebbc561, 0xb7246e3a424dd2e0, 0x06492eea09d1921c,
    0xfe1deb1cb129a73e, 0xe88235f52ebb4484, 0xe99c7026b45f7e41,
    0x3991d639835339f4, 0x9c845f8bbdf9283b, 0x1ff897ffde05980f,
    0xef2f118b5a0a6d1f, 0x6d367ecf27cb09b7, 0x4f463f669e5fea2d,
    0x7527bac7ebe5f17b, 0x3d0739f78a5292ea, 0x6bfb5fb11f8d5d08,
    0x56033046fc7b6bab};

/// v_trig_preop_f64: 53 bits of 2/pi from a position that depends on the
/// argument's exponent and the segment, scaled to their place.
double trigPreop(double a, u32 segment) {
  unsigned shift = (segment & 31) * 53;
  int exponent = exponent64(a);
  shift += exponent > 1077 ? unsigned(exponent - 1077) : 0;
  u64 result = 0;
  for (unsigned n = 0; n < 53; ++n) {
    unsigned at = shift + n;
    u64 bit = at < 1201 ? kTwoOverPi[at / 64] >> (63 - at % 64) & 1 : 0;
    result = result << 1 | bit;
  }
  int scale = -53 - int(shift) + (exponent >= 1968 ? 128 : 0);
  return std::ldexp(double(result), scale);
}

double turns(double a) {
  double reduced = a - std::floor(a);
  return reduced * 6.283185307179586476925;
}

//===----------------------------------------------------------------------===//
// Cube maps: the face that a direction meets, its axis and coordinates on it
//===----------------------------------------------------------------------===//

enum class Axis { X, Y, Z };

Axis majorAxis(float x, float y, float z) {
  x = std::fabs(x), y = std::fabs(y), z = std::fabs(z);
  return z >= x && z >= y ? Axis::Z : y >= x ? Axis::Y : Axis::X;
}

float cubeFace(float x, float y, float z) {
  switch (majorAxis(x, y, z)) {
  case Axis::Z:
    return z < 0 ? 5.0f : 4.0f;
  case Axis::Y:
    return y < 0 ? 3.0f : 2.0f;
  case Axis::X:
    break;
  }
  return x < 0 ? 1.0f : 0.0f;
}

float cubeMajor(float x, float y, float z) {
  Axis axis = majorAxis(x, y, z);
  return 2.0f * (axis == Axis::Z ? z : axis == Axis::Y ? y : x);
}

float cubeS(float x, float y, float z) {
  switch (majorAxis(x, y, z)) {
  case Axis::Z:
    return z < 0 ? -x : x;
  case Axis::Y:
    return x;
  case Axis::X:
    break;
  }
  return x < 0 ? z : -z;
}

float cubeT(float x, float y, float z) {
  if (majorAxis(x, y, z) == Axis::Y) {
    return y < 0 ? -z : z;
  }
  return -y;
}

/// v_mad_f16 and v_mac_f16 round the product, then the sum.
F16 mulAdd16(F16 a, F16 b, F16 c) {
  return F16(float(F16(float(a) * float(b))) + float(c));
}

/// The forms before GFX9 clear the upper half of the destination, the later
/// ones of the same name keep it.
void addMultiplyAddHalf(OpcodeTable &t) {
  add<High::Keep>(t, "v_mad_f16",
                  [](F16 a, F16 b, F16 c) { return mulAdd16(a, b, c); });
  add(t, "v_mad_legacy_f16",
      [](F16 a, F16 b, F16 c) { return mulAdd16(a, b, c); });
  add(t, "v_madmk_f16", [](F16 a, F16 k, F16 c) { return mulAdd16(a, k, c); });
  add(t, "v_madak_f16", [](F16 a, F16 b, F16 k) { return mulAdd16(a, b, k); });
  addAccumulate(t, "v_mac_f16",
                [](F16 a, F16 b, F16 c) { return mulAdd16(a, b, c); });
  add(t, "v_fma_legacy_f16",
      [](F16 a, F16 b, F16 c) { return fma16(a, b, c); });
  add(t, "v_div_fixup_legacy_f16", [](F16 q, F16 d, F16 n) {
    return F16(divFixup(float(q), float(d), float(n)));
  });
}

void addHalf(OpcodeTable &t) {
  addMultiplyAddHalf(t);
  add(t, "v_add_f16", [](F16 a, F16 b) { return F16(float(a) + float(b)); });
  add(t, "v_sub_f16", [](F16 a, F16 b) { return F16(float(a) - float(b)); });
  add(t, "v_subrev_f16", [](F16 a, F16 b) { return F16(float(b) - float(a)); });
  add(t, "v_mul_f16", [](F16 a, F16 b) { return F16(float(a) * float(b)); });
  add(t, "v_min_f16",
      [](F16 a, F16 b) { return F16(minNumber(float(a), float(b))); });
  add(t, "v_max_f16",
      [](F16 a, F16 b) { return F16(maxNumber(float(a), float(b))); });
  addAccumulate(t, "v_fmac_f16",
                [](F16 a, F16 b, F16 c) { return fma16(a, b, c); });
  add(t, "v_fmamk_f16", [](F16 a, F16 k, F16 b) { return fma16(a, k, b); });
  add(t, "v_fmaak_f16", [](F16 a, F16 b, F16 k) { return fma16(a, b, k); });
  add<High::Keep>(t, "v_fma_f16",
                  [](F16 a, F16 b, F16 c) { return fma16(a, b, c); });
  add<High::Keep>(t, "v_min3_f16", [](F16 a, F16 b, F16 c) {
    return F16(minNumber(minNumber(float(a), float(b)), float(c)));
  });
  add<High::Keep>(t, "v_max3_f16", [](F16 a, F16 b, F16 c) {
    return F16(maxNumber(maxNumber(float(a), float(b)), float(c)));
  });
  add<High::Keep>(t, "v_med3_f16", [](F16 a, F16 b, F16 c) {
    return F16(median(float(a), float(b), float(c)));
  });
  add<High::Keep>(t, "v_div_fixup_f16", [](F16 q, F16 d, F16 n) {
    return F16(divFixup(float(q), float(d), float(n)));
  });
  add(t, "v_rcp_f16", [](F16 a) { return F16(1.0f / float(a)); });
  add(t, "v_sqrt_f16", [](F16 a) { return F16(std::sqrt(float(a))); });
  add(t, "v_rsq_f16",
      [](F16 a) { return F16(float(1.0 / std::sqrt(double(float(a))))); });
  add(t, "v_exp_f16", [](F16 a) { return F16(std::exp2(float(a))); });
  add(t, "v_log_f16", [](F16 a) { return F16(std::log2(float(a))); });
  add(t, "v_sin_f16",
      [](F16 a) { return F16(float(std::sin(turns(float(a))))); });
  add(t, "v_cos_f16",
      [](F16 a) { return F16(float(std::cos(turns(float(a))))); });
  add(t, "v_floor_f16", [](F16 a) { return F16(std::floor(float(a))); });
  add(t, "v_ceil_f16", [](F16 a) { return F16(std::ceil(float(a))); });
  add(t, "v_trunc_f16", [](F16 a) { return F16(std::trunc(float(a))); });
  add(t, "v_rndne_f16", [](F16 a) { return F16(__builtin_rintf(a)); });
  add(t, "v_fract_f16", [](F16 a) {
    float r = float(a) - std::floor(float(a));
    return F16(r < 0x1.ffcp-1f ? r : (r != r ? r : 0x1.ffcp-1f));
  });
  add(t, "v_ldexp_f16", [](F16 a, i16 e) { return F16(ldexp32(a, e)); });
  add(t, "v_frexp_mant_f16",
      [](F16 a) { return F16(frexpMantissa(float(a))); });
  add(t, "v_frexp_exp_i16_f16",
      [](F16 a) { return i16(frexpExponent(float(a))); });
}

void addSingle(OpcodeTable &t) {
  add(t, "v_add_f32", [](float a, float b) { return a + b; });
  add(t, "v_sub_f32", [](float a, float b) { return a - b; });
  add(t, "v_subrev_f32", [](float a, float b) { return b - a; });
  add(t, "v_mul_f32", [](float a, float b) { return a * b; });
  add(t, "v_mul_legacy_f32", [](float a, float b) { return mulLegacy(a, b); });
  add(t, "v_min_f32", [](float a, float b) { return minNumber(a, b); });
  add(t, "v_max_f32", [](float a, float b) { return maxNumber(a, b); });
  add(t, "v_fma_f32", [](float a, float b, float c) { return fma32(a, b, c); });
  addAccumulate(t, "v_fmac_f32",
                [](float a, float b, float c) { return fma32(a, b, c); });
  add(t, "v_fmamk_f32",
      [](float a, float k, float b) { return fma32(a, k, b); });
  add(t, "v_fmaak_f32",
      [](float a, float b, float k) { return fma32(a, b, k); });
  add(t, "v_mad_f32",
      [](float a, float b, float c) { return mulAdd(a, b, c); });
  add(t, "v_madmk_f32",
      [](float a, float k, float c) { return mulAdd(a, k, c); });
  add(t, "v_madak_f32",
      [](float a, float b, float k) { return mulAdd(a, b, k); });
  addAccumulate(t, "v_mac_f32",
                [](float a, float b, float c) { return mulAdd(a, b, c); });
  add(t, "v_mad_legacy_f32",
      [](float a, float b, float c) { return mulLegacy(a, b) + c; });
  add(t, "v_min3_f32",
      [](float a, float b, float c) { return minNumber(minNumber(a, b), c); });
  add(t, "v_minimum3_f32", [](float a, float b, float c) {
    return minimumNaN(minimumNaN(a, b), c);
  });
  add(t, "v_maximum3_f32", [](float a, float b, float c) {
    return maximumNaN(maximumNaN(a, b), c);
  });
  add(t, "v_max3_f32",
      [](float a, float b, float c) { return maxNumber(maxNumber(a, b), c); });
  add(t, "v_med3_f32",
      [](float a, float b, float c) { return median(a, b, c); });
  add(t, "v_rcp_f32", [](float a) { return flush(1.0f / flush(a)); });
  add(t, "v_rcp_iflag_f32", [](float a) { return flush(1.0f / flush(a)); });
  add(t, "v_rsq_f32",
      [](float a) { return float(1.0 / std::sqrt(double(flush(a)))); });
  add(t, "v_sqrt_f32", [](float a) { return std::sqrt(flush(a)); });
  add(t, "v_exp_f32", [](float a) { return flush(std::exp2(flush(a))); });
  add(t, "v_exp_legacy_f32",
      [](float a) { return flush(std::exp2(flush(a))); });
  add(t, "v_log_f32", [](float a) { return std::log2(flush(a)); });
  add(t, "v_log_legacy_f32", [](float a) { return std::log2(flush(a)); });
  add(t, "v_sin_f32", [](float a) { return float(std::sin(turns(a))); });
  add(t, "v_cos_f32", [](float a) { return float(std::cos(turns(a))); });
  add(t, "v_floor_f32", [](float a) { return std::floor(a); });
  add(t, "v_ceil_f32", [](float a) { return std::ceil(a); });
  add(t, "v_trunc_f32", [](float a) { return std::trunc(a); });
  add(t, "v_rndne_f32", [](float a) { return __builtin_roundevenf(a); });
  add(t, "v_fract_f32", [](float a) { return fraction(a); });
  add(t, "v_ldexp_f32", [](float a, i32 e) { return ldexp32(a, e); });
  add(t, "v_frexp_mant_f32", [](float a) { return frexpMantissa(a); });
  add(t, "v_frexp_exp_i32_f32", [](float a) { return frexpExponent(a); });
  add(t, "v_div_fixup_f32",
      [](float q, float d, float n) { return divFixup(q, d, n); });
  add(t, "v_cubeid_f32",
      [](float x, float y, float z) { return cubeFace(x, y, z); });
  add(t, "v_cubema_f32",
      [](float x, float y, float z) { return cubeMajor(x, y, z); });
  add(t, "v_cubesc_f32",
      [](float x, float y, float z) { return cubeS(x, y, z); });
  add(t, "v_cubetc_f32",
      [](float x, float y, float z) { return cubeT(x, y, z); });
  t.add("v_div_scale_f32", vector(divScale<float>, true));
  t.add("v_div_fmas_f32", vector(divFmas<float>, true));
}

void addDouble(OpcodeTable &t) {
  add(t, "v_add_f64", [](double a, double b) { return a + b; });
  add(t, "v_mul_f64", [](double a, double b) { return a * b; });
  add(t, "v_min_f64", [](double a, double b) { return minNumber(a, b); });
  add(t, "v_max_f64", [](double a, double b) { return maxNumber(a, b); });
  add(t, "v_fma_f64",
      [](double a, double b, double c) { return fma64(a, b, c); });
  addAccumulate(t, "v_fmac_f64",
                [](double a, double b, double c) { return fma64(a, b, c); });
  add(t, "v_rcp_f64", [](double a) { return 1.0 / a; });
  add(t, "v_rsq_f64", [](double a) { return 1.0 / std::sqrt(a); });
  add(t, "v_sqrt_f64", [](double a) { return std::sqrt(a); });
  add(t, "v_floor_f64", [](double a) { return std::floor(a); });
  add(t, "v_ceil_f64", [](double a) { return std::ceil(a); });
  add(t, "v_trunc_f64", [](double a) { return std::trunc(a); });
  add(t, "v_rndne_f64", [](double a) { return __builtin_roundeven(a); });
  add(t, "v_fract_f64", [](double a) { return fraction(a); });
  add(t, "v_ldexp_f64", [](double a, i32 e) { return ldexp64(a, e); });
  add(t, "v_frexp_mant_f64", [](double a) { return frexpMantissa(a); });
  add(t, "v_frexp_exp_i32_f64", [](double a) { return frexpExponent(a); });
  add(t, "v_div_fixup_f64",
      [](double q, double d, double n) { return divFixup(q, d, n); });
  add(t, "v_trig_preop_f64",
      [](double a, u32 segment) { return trigPreop(a, segment); });
  t.add("v_div_scale_f64", vector(divScale<double>, true, 1));
  t.add("v_div_fmas_f64", vector(divFmas<double>, true, 1));
}

} // namespace

void moesaic::sim::MOESAIC_SIM_HOST::addVectorFloatOps(OpcodeTable &t) {
  addHalf(t);
  addSingle(t);
  addDouble(t);
}
