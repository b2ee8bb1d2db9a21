//===- VectorRdna.cpp - vector operations that only RDNA chips have -------===//
//
// From the "RDNA3" and "RDNA4" ISA guides, "Vector ALU". Dot products to 16
// bits round once, at the end.
//
//===----------------------------------------------------------------------===//

#include "Sim/Semantics/Vector.h"
#include <cmath>

using namespace moesaic::sim;

namespace {

//===----------------------------------------------------------------------===//
// 16-bit moves
//===----------------------------------------------------------------------===//

void conditionalMove16(Wave &w, const Inst &i) {
  Source<u16> a(w, i, 1), b(w, i, 2);
  u64 mask = scalar64(w, i.op[3]);
  Result<u16> r;
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    r.set(lane, mask >> lane & 1 ? b[lane] : a[lane]);
  }
  r.store(w, i);
}

void swap16(Wave &w, const Inst &i) {
  const unsigned to = i.opSel & 8 ? 16 : 0;
  const unsigned from = i.op[1].select == 5 ? 16 : 0;
  u64 mask = exec(w);
  u32 *a = w.v[i.op[0].reg].lane, *b = w.v[i.op[1].reg].lane;
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    if (mask >> lane & 1) {
      u32 x = a[lane] >> to & 0xffff, y = b[lane] >> from & 0xffff;
      a[lane] = (a[lane] & ~(0xffffu << to)) | y << to;
      b[lane] = (b[lane] & ~(0xffffu << from)) | x << from;
    }
  }
}

//===----------------------------------------------------------------------===//
// Registers that M0 indexes
//===----------------------------------------------------------------------===//

/// v_movrels, v_movreld, v_movrelsd: M0 is added to the source's number, to the
/// destination's, to both; v_movrelsd_2 has an index of 10 bits for each.
enum class Index { Source, Destination, Both, Two };

template <Index kind>
void moveRelative(Wave &w, const Inst &i) {
  u32 m0 = w.s[kM0], second = m0;
  if (kind == Index::Two) {
    second = m0 >> 16 & 1023;
    m0 &= 1023;
  }
  const unsigned from = i.op[1].reg + (kind == Index::Destination ? 0 : m0);
  const unsigned to = i.op[0].reg + (kind == Index::Source ? 0 : second);
  if (to >= kAgprBase ||
      (from >= kAgprBase && i.op[1].kind == Operand::Vector)) {
    fault(w, i, "M0 indexes a register that does not exist");
    return;
  }
  Row value;
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    value.lane[lane] = i.op[1].kind == Operand::Vector ? w.v[from].lane[lane]
                                                       : scalar32(w, i.op[1]);
  }
  storeRow(w, i, to, value.lane, 32, false);
}

void swapRelative(Wave &w, const Inst &i) {
  const unsigned a = i.op[0].reg + (w.s[kM0] >> 16 & 1023);
  const unsigned b = i.op[1].reg + (w.s[kM0] & 1023);
  if (a >= kAgprBase || b >= kAgprBase) {
    fault(w, i, "M0 indexes a register that does not exist");
    return;
  }
  const u64 mask = exec(w);
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    if (mask >> lane & 1) {
      u32 x = w.v[a].lane[lane];
      w.v[a].lane[lane] = w.v[b].lane[lane];
      w.v[b].lane[lane] = x;
    }
  }
}

//===----------------------------------------------------------------------===//
// Dot products
//===----------------------------------------------------------------------===//

template <float (*from)(u16), u16 (*to)(float)>
void dot2To16(Wave &w, const Inst &i) {
  Source<u32> a(w, i, 1), b(w, i, 2);
  Source<u16> c(w, i, 3);
  Result<u16> r;
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    float sum = from(c[lane]);
    for (unsigned part = 0; part < 32; part += 16) {
      sum = __builtin_fmaf(from(u16(a[lane] >> part)),
                           from(u16(b[lane] >> part)), sum);
    }
    r.set(lane, to(sum));
  }
  r.store(w, i);
}

/// neg_lo of a source says that its integers are signed.
template <unsigned width>
void dotMixed(Wave &w, const Inst &i) {
  Source<u32> a(w, i, 1), b(w, i, 2), c(w, i, 3);
  const bool signedA = i.negLo & 1, signedB = i.negLo & 2;
  auto part = [](u32 word, unsigned at, bool isSigned) {
    u32 up = word << (32 - width - at);
    return isSigned ? i64(i32(up) >> (32 - width)) : i64(up >> (32 - width));
  };
  Result<u32> r;
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    i64 sum = i32(c[lane]);
    for (unsigned at = 0; at < 32; at += width) {
      sum += part(a[lane], at, signedA) * part(b[lane], at, signedB);
    }
    if (i.clamp) {
      sum = sum < -0x80000000ll ? -0x80000000ll
            : sum > 0x7fffffff  ? 0x7fffffff
                                : sum;
    }
    r.set(lane, u32(sum));
  }
  r.store(w, i);
}

float fromFp8(u32 a) { return smallToFloat<4, 3, Largest::Nan>(a); }
float fromBf8(u32 a) { return smallToFloat<5, 2, Largest::Ieee>(a); }

template <float (*fromA)(u32), float (*fromB)(u32)>
void dot4Fp8(Wave &w, const Inst &i) {
  Source<u32> a(w, i, 1), b(w, i, 2);
  Source<float> c(w, i, 3);
  Result<float> r;
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    float sum = i.negHi & 4 ? __builtin_fabsf(c[lane]) : c[lane];
    sum = i.negLo & 4 ? -sum : sum;
    for (unsigned at = 0; at < 32; at += 8) {
      sum = __builtin_fmaf(fromA(a[lane] >> at & 255),
                           fromB(b[lane] >> at & 255), sum);
    }
    r.set(lane, sum);
  }
  r.store(w, i);
}

//===----------------------------------------------------------------------===//
// Transcendental functions of scalars
//===----------------------------------------------------------------------===//

float flush(float a) {
  return (bits<u32>(a) & 0x7f800000) == 0 ? __builtin_copysignf(0.0f, a) : a;
}
float reciprocal(float a) { return 1.0f / a; }
float reciprocalRoot(float a) { return float(1.0 / std::sqrt(double(a))); }
float root(float a) { return std::sqrt(a); }
float exponential(float a) { return std::exp2(a); }
float logarithm(float a) { return std::log2(a); }

template <float (*fn)(float), bool half>
void scalarFunction(Wave &w, const Inst &i) {
  const Operand &o = i.op[1];
  u32 raw = half && o.kind == Operand::Constant ? o.half : scalar32(w, o);
  float a = half ? halfToFloat(u16(raw)) : flush(bits<float>(raw));
  a = o.absolute ? __builtin_fabsf(a) : a;
  a = fn(o.negate ? -a : a);
  a = i.omod != 0 || i.clamp ? modifyOutput(i, a) : a;
  w.s[i.op[0].reg] = half ? floatToHalf(a) : bits<u32>(flush(a));
}

template <float (*fn)(float)>
void addScalarFunction(OpcodeTable &t, const char *single, const char *half) {
  t.add(single, vector(scalarFunction<fn, false>, true));
  t.add(half, vector(scalarFunction<fn, true>, true, 1));
}

//===----------------------------------------------------------------------===//

u32 normalise(float a, bool isSigned) {
  if (a != a) {
    return 0;
  }
  float low = isSigned ? -1.0f : 0.0f;
  a = a < low ? low : a > 1.0f ? 1.0f : a;
  return u16(i32(__builtin_rintf(a * (isSigned ? 32767.0f : 65535.0f))));
}

/// Truncates and saturates; NaN gives zero.
u32 toShort(float a, float low, float high) {
  a = a != a ? 0.0f : a < low ? low : a > high ? high : a;
  return u32(i32(a)) & 0xffff;
}

float fmaDx9(float a, float b, float c) {
  return a == 0 || b == 0 ? 0.0f + c : __builtin_fmaf(a, b, c);
}

template <class T>
T largest(T a, T b) {
  return a > b ? a : b;
}
template <class T>
T smallest(T a, T b) {
  return a < b ? a : b;
}

void addShort(OpcodeTable &t) {
  add(t, "v_mov_b16", [](u16 a) { return a; });
  add(t, "v_not_b16", [](u16 a) { return u16(~a); });
  add(t, "v_and_b16", [](u16 a, u16 b) { return u16(a & b); });
  add(t, "v_or_b16", [](u16 a, u16 b) { return u16(a | b); });
  add(t, "v_xor_b16", [](u16 a, u16 b) { return u16(a ^ b); });
  t.add("v_cndmask_b16", vector(conditionalMove16));
  t.add("v_swap_b16", vector(swap16));
  add(t, "v_cvt_i32_i16", [](i16 a) { return i32(a); });
  add(t, "v_cvt_u32_u16", [](u16 a) { return u32(a); });
  add(t, "v_cvt_pk_i16_f32", [](float a, float b) {
    return toShort(a, -32768, 32767) | toShort(b, -32768, 32767) << 16;
  });
  add(t, "v_cvt_pk_u16_f32", [](float a, float b) {
    return toShort(a, 0, 65535) | toShort(b, 0, 65535) << 16;
  });
  add(t, "v_cvt_pk_norm_i16_f16", [](F16 a, F16 b) {
    return normalise(float(a), true) | normalise(float(b), true) << 16;
  });
  add(t, "v_cvt_pk_norm_u16_f16", [](F16 a, F16 b) {
    return normalise(float(a), false) | normalise(float(b), false) << 16;
  });
}

void addMinMax(OpcodeTable &t) {
  add(t, "v_minmax_i32",
      [](i32 a, i32 b, i32 c) { return largest(smallest(a, b), c); });
  add(t, "v_maxmin_i32",
      [](i32 a, i32 b, i32 c) { return smallest(largest(a, b), c); });
  add(t, "v_minmax_u32",
      [](u32 a, u32 b, u32 c) { return largest(smallest(a, b), c); });
  add(t, "v_maxmin_u32",
      [](u32 a, u32 b, u32 c) { return smallest(largest(a, b), c); });
  add(t, "v_minmax_f32",
      [](float a, float b, float c) { return maxNumber(minNumber(a, b), c); });
  add(t, "v_maxmin_f32",
      [](float a, float b, float c) { return minNumber(maxNumber(a, b), c); });
  add(t, "v_minmax_f16", [](F16 a, F16 b, F16 c) {
    return F16(maxNumber(minNumber(float(a), float(b)), float(c)));
  });
  add(t, "v_maxmin_f16", [](F16 a, F16 b, F16 c) {
    return F16(minNumber(maxNumber(float(a), float(b)), float(c)));
  });
  add(t, "v_minimum_f32", [](float a, float b) { return minimumNaN(a, b); });
  add(t, "v_maximum_f32", [](float a, float b) { return maximumNaN(a, b); });
  add(t, "v_minimum_f64", [](double a, double b) { return minimumNaN(a, b); });
  add(t, "v_maximum_f64", [](double a, double b) { return maximumNaN(a, b); });
  add(t, "v_minimum_f16",
      [](F16 a, F16 b) { return F16(minimumNaN(float(a), float(b))); });
  add(t, "v_maximum_f16",
      [](F16 a, F16 b) { return F16(maximumNaN(float(a), float(b))); });
  add(t, "v_minimum3_f16", [](F16 a, F16 b, F16 c) {
    return F16(minimumNaN(minimumNaN(float(a), float(b)), float(c)));
  });
  add(t, "v_maximum3_f16", [](F16 a, F16 b, F16 c) {
    return F16(maximumNaN(maximumNaN(float(a), float(b)), float(c)));
  });
  add(t, "v_minimummaximum_f32", [](float a, float b, float c) {
    return maximumNaN(minimumNaN(a, b), c);
  });
  add(t, "v_maximumminimum_f32", [](float a, float b, float c) {
    return minimumNaN(maximumNaN(a, b), c);
  });
  add(t, "v_minimummaximum_f16", [](F16 a, F16 b, F16 c) {
    return F16(maximumNaN(minimumNaN(float(a), float(b)), float(c)));
  });
  add(t, "v_maximumminimum_f16", [](F16 a, F16 b, F16 c) {
    return F16(minimumNaN(maximumNaN(float(a), float(b)), float(c)));
  });
}

void addDots(OpcodeTable &t) {
  t.add("v_dot2_f16_f16", vector(dot2To16<halfToFloat, floatToHalf>, true, 1));
  t.add("v_dot2_bf16_bf16",
        vector(dot2To16<bf16ToFloat, floatToBf16>, true, 1));
  t.add("v_dot4_i32_iu8", vector(dotMixed<8>));
  t.add("v_dot8_i32_iu4", vector(dotMixed<4>));
  t.add("v_dot4_f32_fp8_fp8", vector(dot4Fp8<fromFp8, fromFp8>, true));
  t.add("v_dot4_f32_fp8_bf8", vector(dot4Fp8<fromFp8, fromBf8>, true));
  t.add("v_dot4_f32_bf8_fp8", vector(dot4Fp8<fromBf8, fromFp8>, true));
  t.add("v_dot4_f32_bf8_bf8", vector(dot4Fp8<fromBf8, fromBf8>, true));
}

} // namespace

void moesaic::sim::MOESAIC_SIM_HOST::addVectorRdnaOps(OpcodeTable &t) {
  addShort(t);
  addMinMax(t);
  addDots(t);
  add(t, "v_xor3_b32", [](u32 a, u32 b, u32 c) { return a ^ b ^ c; });
  // A lighting coefficient: s0 s1, or the least float where s1 is that or less,
  // or s2 is not positive, or either is a NaN. Zero times anything is zero.
  add(t, "v_mullit_f32", [](float a, float b, float c) {
    constexpr float least = -3.40282347e38f;
    if (!(b > least) || !(c > 0)) {
      return least;
    }
    return a == 0 || b == 0 ? 0.0f : a * b;
  });
  add(t, "v_fma_dx9_zero_f32",
      [](float a, float b, float c) { return fmaDx9(a, b, c); });
  addAccumulate(t, "v_fmac_dx9_zero_f32",
                [](float a, float b, float c) { return fmaDx9(a, b, c); });
  t.add("v_movrels_b32", vector(moveRelative<Index::Source>));
  t.add("v_movreld_b32", vector(moveRelative<Index::Destination>));
  t.add("v_swaprel_b32", vector(swapRelative));
  t.add("v_movrelsd_b32", vector(moveRelative<Index::Both>));
  t.add("v_movrelsd_2_b32", vector(moveRelative<Index::Two>));
  addScalarFunction<exponential>(t, "v_s_exp_f32", "v_s_exp_f16");
  addScalarFunction<logarithm>(t, "v_s_log_f32", "v_s_log_f16");
  addScalarFunction<reciprocal>(t, "v_s_rcp_f32", "v_s_rcp_f16");
  addScalarFunction<reciprocalRoot>(t, "v_s_rsq_f32", "v_s_rsq_f16");
  addScalarFunction<root>(t, "v_s_sqrt_f32", "v_s_sqrt_f16");
}
