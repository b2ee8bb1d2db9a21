//===- VectorScaled.cpp - conversions with a block scale ------------------===//
//
// gfx950's v_cvt_scalef32_*. The scale is the power of two in the exponent of
// an f32. To a small format the source is divided by it and rounded once; from
// a small format the value is multiplied by it. The MX formats fp6, bf6 and fp4
// saturate, and so does fp8 when MODE says so.
//
//===----------------------------------------------------------------------===//

#include "Sim/Semantics/Vector.h"

using namespace moesaic::sim;

namespace {

template <int E, int M, Largest largest>
struct Small {
  static constexpr unsigned width = 1 + E + M;
  static float from(u32 code) { return smallToFloat<E, M, largest>(code); }
  static u32 to(float value, bool saturate, const u32 *noise = nullptr) {
    return floatToSmall<E, M, largest>(value, saturate, noise);
  }
};
using Fp8 = Small<4, 3, Largest::Nan>;
using Bf8 = Small<5, 2, Largest::Ieee>;
using Fp6 = Small<2, 3, Largest::Number>;
using Bf6 = Small<3, 2, Largest::Number>;
using Fp4 = Small<2, 1, Largest::Number>;

struct Float32 {
  static constexpr unsigned width = 32;
  static float from(u32 raw) { return bits<float>(raw); }
  static u32 to(double value) { return bits<u32>(float(value)); }
};
/// Scaling is exact in double; the results round once: float holds every small
/// value times a power of two that a half can hold.
struct Float16 {
  static constexpr unsigned width = 16;
  static float from(u32 raw) { return halfToFloat(u16(raw)); }
  static u32 to(double value) { return floatToHalf(float(value)); }
};
struct Brain16 {
  static constexpr unsigned width = 16;
  static float from(u32 raw) { return bf16ToFloat(u16(raw)); }
  static u32 to(double value) { return floatToBf16(float(value)); }
};

/// 2^(exponent of `raw` - 127), negated exponent with `inverse`.
double scaleOf(u32 raw, bool inverse) {
  int e = int(raw >> 23 & 255);
  if (e == 255) {
    return __builtin_nan("");
  }
  int exponent = inverse ? 127 - e : e - 127;
  return bits<double>(u64(exponent + 1023) << 52);
}

unsigned sourceByte(const Inst &i) { return i.opSel & 3; }
unsigned resultByte(const Inst &i) { return i.opSel >> 2 & 3; }

/// One small value, of the byte that op_sel names.
template <class From, class To>
void expand(Wave &w, const Inst &i) {
  Source<u32> a(w, i, 1), scale(w, i, 2);
  const u32 *old = w.v[i.op[0].reg].lane;
  u32 out[kLanes];
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    float value = From::from(a[lane] >> (8 * sourceByte(i)) & 255);
    u32 raw = To::to(value * scaleOf(scale[lane], false));
    if (To::width == 16) { // the other half stays
      raw = i.opSel & 8 ? (old[lane] & 0xffff) | raw << 16
                        : (old[lane] & 0xffff0000u) | raw;
    }
    out[lane] = raw;
  }
  storeRow(w, i, i.op[0].reg, out, 32, false);
}

/// Two small values: of the half, or for fp4 the byte, that op_sel names.
template <class From, class To>
void expandPair(Wave &w, const Inst &i) {
  Source<u32> a(w, i, 1), scale(w, i, 2);
  u32 out[2][kLanes];
  unsigned shift = From::width == 4 ? 8 * sourceByte(i) : 16 * (i.opSel & 1);
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    double factor = scaleOf(scale[lane], false);
    u32 raw[2];
    for (unsigned n = 0; n < 2; ++n) {
      u32 code =
          a[lane] >> (shift + n * From::width) & ((1u << From::width) - 1);
      raw[n] = To::to(From::from(code) * factor);
    }
    out[0][lane] = To::width == 16 ? raw[0] | raw[1] << 16 : raw[0];
    out[1][lane] = raw[1];
  }
  storeRow(w, i, i.op[0].reg, out[0], 32, false);
  if (To::width == 32) {
    storeRow(w, i, i.op[0].reg + 1, out[1], 32, false);
  }
}

/// Two values into the half, or for fp4 the byte, that op_sel names. f32 has a
/// register for each, the 16-bit types one for both.
template <class From, class To>
void shrinkPair(Wave &w, const Inst &i) {
  constexpr bool wide = From::width == 32;
  Source<u32> a(w, i, 1), b(w, i, wide ? 2 : 1), scale(w, i, wide ? 3 : 2);
  const bool saturate = w.mode & kModeFp16Overflow;
  const u32 *old = w.v[i.op[0].reg].lane;
  constexpr u32 mask = (1u << (2 * To::width)) - 1;
  unsigned shift = To::width == 4 ? 8 * resultByte(i) : 16 * (i.opSel >> 3 & 1);
  u32 out[kLanes];
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    double factor = scaleOf(scale[lane], true);
    u32 high = wide ? b[lane] : a[lane] >> 16;
    u32 pair = To::to(float(From::from(a[lane]) * factor), saturate) |
               To::to(float(From::from(high) * factor), saturate) << To::width;
    out[lane] = (old[lane] & ~(mask << shift)) | pair << shift;
  }
  storeRow(w, i, i.op[0].reg, out, 32, false);
}

/// v_cvt_scalef32_sr_pk_fp4_*: two values, random bits that serve both, scale;
/// one byte of the result.
template <class From, class To>
void shrinkPairStochastic(Wave &w, const Inst &i) {
  constexpr bool wide = From::width == 32;
  Source<u32> a(w, i, 1), random(w, i, 2), scale(w, i, 3);
  Row upper;
  const u32 *second =
      wide ? materialise(w, i, 1, 64, 1, false, upper) : nullptr;
  const u32 *old = w.v[i.op[0].reg].lane;
  unsigned shift = 8 * resultByte(i);
  u32 out[kLanes];
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    double factor = scaleOf(scale[lane], true);
    u32 low = a[lane], high = wide ? second[lane] : low >> 16;
    u32 noise = random[lane];
    u32 pair = To::to(float(From::from(low) * factor), true, &noise) |
               To::to(float(From::from(high) * factor), true, &noise)
                   << To::width;
    out[lane] = (old[lane] & ~(255u << shift)) | pair << shift;
  }
  storeRow(w, i, i.op[0].reg, out, 32, false);
}

/// v_cvt_scalef32_sr_*: source, random bits, scale; one byte of the result.
template <class From, class To>
void shrinkStochastic(Wave &w, const Inst &i) {
  Source<u32> a(w, i, 1), random(w, i, 2), scale(w, i, 3);
  const bool saturate = w.mode & kModeFp16Overflow;
  const u32 *old = w.v[i.op[0].reg].lane;
  unsigned from = From::width == 16 ? 16 * (i.opSel & 1) : 0;
  unsigned shift = 8 * resultByte(i);
  u32 out[kLanes];
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    u32 noise = random[lane];
    double factor = scaleOf(scale[lane], true);
    u32 code =
        To::to(float(From::from(a[lane] >> from) * factor), saturate, &noise);
    out[lane] = (old[lane] & ~(255u << shift)) | code << shift;
  }
  storeRow(w, i, i.op[0].reg, out, 32, false);
}

/// Element `n` of 32 packed ones, and its place in a result.
u32 unpack(const Row *r, unsigned lane, unsigned n, unsigned width) {
  unsigned bit = n * width;
  u64 pair = r[bit / 32].lane[lane];
  if (bit % 32 + width > 32) {
    pair |= u64(r[bit / 32 + 1].lane[lane]) << 32;
  }
  return u32(pair >> (bit % 32)) & u32((u64(1) << width) - 1);
}

void pack(u32 (*out)[kLanes], unsigned lane, unsigned n, unsigned width,
          u32 code) {
  unsigned bit = n * width;
  u64 placed = u64(code) << (bit % 32);
  out[bit / 32][lane] |= u32(placed);
  if (placed >> 32) {
    out[bit / 32 + 1][lane] |= u32(placed >> 32);
  }
}

/// 32 values of one lane; one of the formats has six bits.
template <class From, class To>
void convert32(Wave &w, const Inst &i) {
  constexpr bool expands = To::width > From::width;
  Source<u32> scale(w, i, 2);
  u32 out[To::width][kLanes] = {};
  const Row *a = &w.v[i.op[1].reg];
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    double factor = scaleOf(scale[lane], !expands);
    for (unsigned n = 0; n < 32; ++n) {
      float value = From::from(unpack(a, lane, n, From::width));
      u32 code;
      if constexpr (expands) {
        code = To::to(value * factor);
      } else {
        code = To::to(float(value * factor), true);
      }
      pack(out, lane, n, To::width, code);
    }
  }
  for (unsigned row = 0; row < To::width; ++row) {
    storeRow(w, i, i.op[0].reg + row, out[row], 32, false);
  }
}

/// 32 values of one lane, rounded with random bits; the scale is last.
template <class From, class To>
void convert32Stochastic(Wave &w, const Inst &i) {
  Source<u32> random(w, i, 2), scale(w, i, 3);
  u32 out[To::width][kLanes] = {};
  const Row *a = &w.v[i.op[1].reg];
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    double factor = scaleOf(scale[lane], true);
    u32 noise = random[lane];
    for (unsigned n = 0; n < 32; ++n) {
      float value = From::from(unpack(a, lane, n, From::width));
      pack(out, lane, n, To::width,
           To::to(float(value * factor), true, &noise));
    }
  }
  for (unsigned row = 0; row < To::width; ++row) {
    storeRow(w, i, i.op[0].reg + row, out[row], 32, false);
  }
}

/// v_cvt_scalef32_2xpk16_*: 16 values of each of two sources, interleaved.
template <class To>
void convertTwice16(Wave &w, const Inst &i) {
  Source<u32> scale(w, i, 3);
  u32 out[To::width][kLanes] = {};
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    double factor = scaleOf(scale[lane], true);
    for (unsigned n = 0; n < 32; ++n) {
      u32 raw = w.v[i.op[1 + n % 2].reg + n / 2].lane[lane];
      pack(out, lane, n, To::width,
           To::to(float(bits<float>(raw) * factor), true));
    }
  }
  for (unsigned row = 0; row < To::width; ++row) {
    storeRow(w, i, i.op[0].reg + row, out[row], 32, false);
  }
}

template <class S>
void addSmall8(OpcodeTable &t, const char *const (&names)[11]) {
  const Handler handlers[11] = {
      expand<S, Float32>,           expand<S, Float16>,
      expandPair<S, Float32>,       expandPair<S, Float16>,
      expandPair<S, Brain16>,       shrinkPair<Float32, S>,
      shrinkPair<Float16, S>,       shrinkPair<Brain16, S>,
      shrinkStochastic<Float32, S>, shrinkStochastic<Float16, S>,
      shrinkStochastic<Brain16, S>};
  for (unsigned n = 0; n < 11; ++n) {
    t.add(names[n], vector(handlers[n], true));
  }
}

template <class S>
void addSmall6(OpcodeTable &t, const char *const (&names)[5]) {
  const Handler handlers[5] = {convert32<S, Float32>, convert32<S, Float16>,
                               convert32<S, Brain16>, convert32<Float16, S>,
                               convert32<Brain16, S>};
  for (unsigned n = 0; n < 5; ++n) {
    t.add(names[n], vector(handlers[n], true));
  }
}

} // namespace

void moesaic::sim::MOESAIC_SIM_HOST::addVectorScaledOps(OpcodeTable &t) {
  addSmall8<Fp8>(t, {"v_cvt_scalef32_f32_fp8", "v_cvt_scalef32_f16_fp8",
                     "v_cvt_scalef32_pk_f32_fp8", "v_cvt_scalef32_pk_f16_fp8",
                     "v_cvt_scalef32_pk_bf16_fp8", "v_cvt_scalef32_pk_fp8_f32",
                     "v_cvt_scalef32_pk_fp8_f16", "v_cvt_scalef32_pk_fp8_bf16",
                     "v_cvt_scalef32_sr_fp8_f32", "v_cvt_scalef32_sr_fp8_f16",
                     "v_cvt_scalef32_sr_fp8_bf16"});
  addSmall8<Bf8>(t, {"v_cvt_scalef32_f32_bf8", "v_cvt_scalef32_f16_bf8",
                     "v_cvt_scalef32_pk_f32_bf8", "v_cvt_scalef32_pk_f16_bf8",
                     "v_cvt_scalef32_pk_bf16_bf8", "v_cvt_scalef32_pk_bf8_f32",
                     "v_cvt_scalef32_pk_bf8_f16", "v_cvt_scalef32_pk_bf8_bf16",
                     "v_cvt_scalef32_sr_bf8_f32", "v_cvt_scalef32_sr_bf8_f16",
                     "v_cvt_scalef32_sr_bf8_bf16"});
  addSmall6<Fp6>(t,
                 {"v_cvt_scalef32_pk32_f32_fp6", "v_cvt_scalef32_pk32_f16_fp6",
                  "v_cvt_scalef32_pk32_bf16_fp6", "v_cvt_scalef32_pk32_fp6_f16",
                  "v_cvt_scalef32_pk32_fp6_bf16"});
  addSmall6<Bf6>(t,
                 {"v_cvt_scalef32_pk32_f32_bf6", "v_cvt_scalef32_pk32_f16_bf6",
                  "v_cvt_scalef32_pk32_bf16_bf6", "v_cvt_scalef32_pk32_bf6_f16",
                  "v_cvt_scalef32_pk32_bf6_bf16"});
  t.add("v_cvt_scalef32_2xpk16_fp6_f32", vector(convertTwice16<Fp6>, true));
  t.add("v_cvt_scalef32_2xpk16_bf6_f32", vector(convertTwice16<Bf6>, true));
  t.add("v_cvt_scalef32_sr_pk32_fp6_f32",
        vector(convert32Stochastic<Float32, Fp6>, true));
  t.add("v_cvt_scalef32_sr_pk32_fp6_f16",
        vector(convert32Stochastic<Float16, Fp6>, true));
  t.add("v_cvt_scalef32_sr_pk32_fp6_bf16",
        vector(convert32Stochastic<Brain16, Fp6>, true));
  t.add("v_cvt_scalef32_sr_pk32_bf6_f32",
        vector(convert32Stochastic<Float32, Bf6>, true));
  t.add("v_cvt_scalef32_sr_pk32_bf6_f16",
        vector(convert32Stochastic<Float16, Bf6>, true));
  t.add("v_cvt_scalef32_sr_pk32_bf6_bf16",
        vector(convert32Stochastic<Brain16, Bf6>, true));
  t.add("v_cvt_scalef32_sr_pk_fp4_f32",
        vector(shrinkPairStochastic<Float32, Fp4>, true));
  t.add("v_cvt_scalef32_sr_pk_fp4_f16",
        vector(shrinkPairStochastic<Float16, Fp4>, true));
  t.add("v_cvt_scalef32_sr_pk_fp4_bf16",
        vector(shrinkPairStochastic<Brain16, Fp4>, true));
  t.add("v_cvt_scalef32_pk_f32_fp4", vector(expandPair<Fp4, Float32>, true));
  t.add("v_cvt_scalef32_pk_f16_fp4", vector(expandPair<Fp4, Float16>, true));
  t.add("v_cvt_scalef32_pk_bf16_fp4", vector(expandPair<Fp4, Brain16>, true));
  t.add("v_cvt_scalef32_pk_fp4_f32", vector(shrinkPair<Float32, Fp4>, true));
  t.add("v_cvt_scalef32_pk_fp4_f16", vector(shrinkPair<Float16, Fp4>, true));
  t.add("v_cvt_scalef32_pk_fp4_bf16", vector(shrinkPair<Brain16, Fp4>, true));
}
