//===- VectorConvert.cpp - conversions between number formats -------------===//

#include "Sim/Semantics/Vector.h"
#include <cmath>

using namespace moesaic::sim;

namespace {

/// Float to integer saturates and turns NaN into zero.
template <class I, class F>
I toInteger(F a) {
  constexpr double low = sizeof(I) == 2 ? (std::is_signed_v<I> ? -0x1p15 : 0)
                                        : (std::is_signed_v<I> ? -0x1p31 : 0);
  constexpr double high = std::is_signed_v<I>
                              ? (sizeof(I) == 2 ? 0x1p15 : 0x1p31) - 1
                              : (sizeof(I) == 2 ? 0x1p16 : 0x1p32) - 1;
  double x = a != a ? 0.0 : double(a);
  x = x < low ? low : x > high ? high : x;
  return I(i64(x));
}

template <int n>
float byteToFloat(u32 a) {
  return float(a >> (8 * n) & 255);
}

u16 normalise(float a, bool isSigned) {
  if (a != a) {
    return 0;
  }
  float low = isSigned ? -1.0f : 0.0f;
  a = a < low ? low : a > 1.0f ? 1.0f : a;
  return u16(i32(__builtin_rintf(a * (isSigned ? 32767.0f : 65535.0f))));
}

/// One byte of `old` becomes `a`.
u32 packByte(float a, u32 byte, u32 old) {
  float x = a != a || a < 0 ? 0 : a > 255 ? 255 : a;
  unsigned shift = 8 * (byte & 3);
  return (old & ~(255u << shift)) | u32(x) << shift;
}

// E4M3 FNUZ has bias 8, E5M2 FNUZ bias 16.
uint8_t toFnuzFp8(float a, bool saturate) {
  return floatToFnuz<3, 8>(a, saturate);
}
uint8_t toFnuzBf8(float a, bool saturate) {
  return floatToFnuz<2, 16>(a, saturate);
}
float fromFnuzFp8(uint8_t a) { return fnuzToFloat<3, 8>(a); }
float fromFnuzBf8(uint8_t a) { return fnuzToFloat<2, 16>(a); }
uint8_t toOcpFp8(float a, bool saturate) {
  return uint8_t(floatToSmall<4, 3, Largest::Nan>(a, saturate));
}
uint8_t toOcpBf8(float a, bool saturate) {
  return uint8_t(floatToSmall<5, 2, Largest::Ieee>(a, saturate));
}
float fromOcpFp8(uint8_t a) { return smallToFloat<4, 3, Largest::Nan>(a); }
float fromOcpBf8(uint8_t a) { return smallToFloat<5, 2, Largest::Ieee>(a); }

/// v_cvt_pk_fp8_f32: two results go into the half that op_sel's destination
/// bit names; the other half stays.
template <uint8_t (*convert)(float, bool)>
void packFp8(Wave &w, const Inst &i) {
  const bool saturate = w.mode & kModeFp16Overflow;
  Source<float> a(w, i, 1), b(w, i, 2);
  const u32 *old = w.v[i.op[0].reg].lane;
  bool high = i.opSel & 8;
  u32 out[kLanes];
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    u32 pair = convert(a[lane], saturate) | convert(b[lane], saturate) << 8;
    out[lane] = high ? (old[lane] & 0xffff) | pair << 16
                     : (old[lane] & 0xffff0000u) | pair;
  }
  writeRow(w, i, i.op[0].reg, out, 32, false);
}

/// v_cvt_sr_fp8_f32: adds the random bits below the kept mantissa, then
/// truncates; op_sel names the destination byte.
template <int M, int B>
void stochasticFp8(Wave &w, const Inst &i) {
  const bool saturate = w.mode & kModeFp16Overflow;
  Source<float> a(w, i, 1);
  Source<u32> random(w, i, 2);
  const u32 *old = w.v[i.op[0].reg].lane;
  unsigned byte = (i.opSel >> 2 & 1) | (i.opSel >> 3 & 1) << 1;
  u32 out[kLanes];
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    u32 raw = bits<u32>(a[lane]);
    uint8_t value;
    u32 exponent = raw >> 23 & 255;
    if (exponent == 255) {
      value = floatToFnuz<M, B>(a[lane], saturate);
    } else {
      // Denormal results keep fewer bits, so more of the sum is dropped.
      int e = int(exponent) - 127 + B;
      int drop = 23 - M + (e < 1 ? 1 - e : 0);
      u32 m = (raw & 0x7fffff) | (exponent ? 0x800000 : 0);
      if (drop > 24) {
        value = 0;
      } else {
        u32 noise = random[lane] >> (32 - (23 - M));
        u64 sum = u64(m) + (u64(noise) << (drop - (23 - M)));
        u32 kept = u32(sum >> drop);
        u32 code = kept + (u32((e < 1 ? 1 : e) - 1) << M);
        uint8_t largest = saturate ? 0x7f | (raw >> 24 & 0x80) : 0x80;
        value = code > 0x7f ? largest
                : code == 0 ? 0
                            : uint8_t(code | (raw >> 24 & 0x80));
      }
    }
    out[lane] = (old[lane] & ~(255u << (8 * byte))) | u32(value) << (8 * byte);
  }
  storeRow(w, i, i.op[0].reg, out, 32, false);
}

/// The same to an OCP format.
template <int E, int M, Largest largest>
void stochasticOcp(Wave &w, const Inst &i) {
  const bool saturate = w.mode & kModeFp16Overflow;
  Source<float> a(w, i, 1);
  Source<u32> random(w, i, 2);
  const u32 *old = w.v[i.op[0].reg].lane;
  unsigned byte = (i.opSel >> 2 & 1) | (i.opSel >> 3 & 1) << 1;
  u32 out[kLanes];
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    u32 noise = random[lane];
    u32 value = floatToSmall<E, M, largest>(a[lane], saturate, &noise);
    out[lane] = (old[lane] & ~(255u << (8 * byte))) | value << (8 * byte);
  }
  storeRow(w, i, i.op[0].reg, out, 32, false);
}

/// v_cvt_sr_f16_f32 and v_cvt_sr_bf16_f32: one half of the destination, which
/// op_sel's destination bit names; the other half stays.
template <int E, int M>
void stochasticHalf(Wave &w, const Inst &i) {
  Source<float> a(w, i, 1);
  Source<u32> random(w, i, 2);
  const u32 *old = w.v[i.op[0].reg].lane;
  // The destination's bit is behind those of the two sources.
  bool high = i.opSel & (4 | 8);
  u32 out[kLanes];
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    u32 noise = random[lane];
    u32 value = floatToSmall<E, M, Largest::Ieee>(a[lane], false, &noise);
    out[lane] = high ? (old[lane] & 0xffff) | value << 16
                     : (old[lane] & 0xffff0000u) | value;
  }
  storeRow(w, i, i.op[0].reg, out, 32, false);
}

/// The byte forms take their byte from SDWA (already selected by `Source`) or
/// from op_sel; the packed forms a half, and give a register pair.
template <float (*convert)(uint8_t)>
void unpackFp8(Wave &w, const Inst &i) {
  Source<u32> a(w, i, 1);
  unsigned shift = i.sdwa ? 0 : 8 * ((i.opSel & 1) | (i.opSel >> 1 & 1) << 1);
  Result<float> r;
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    r.set(lane, convert(uint8_t(a[lane] >> shift)));
  }
  r.store(w, i);
}

template <float (*convert)(uint8_t)>
void unpackFp8Pair(Wave &w, const Inst &i) {
  Source<u32> a(w, i, 1);
  unsigned shift = !i.sdwa && (i.opSel & 1) ? 16 : 0;
  u32 low[kLanes], high[kLanes];
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    u32 x = a[lane] >> shift;
    low[lane] = bits<u32>(convert(uint8_t(x)));
    high[lane] = bits<u32>(convert(uint8_t(x >> 8)));
  }
  storeRow(w, i, i.op[0].reg, low, 32, false);
  storeRow(w, i, i.op[0].reg + 1, high, 32, false);
}

} // namespace

void moesaic::sim::MOESAIC_SIM_HOST::addVectorConvertOps(OpcodeTable &t) {
  add(t, "v_cvt_f32_i32", [](i32 a) { return float(a); });
  add(t, "v_cvt_f32_u32", [](u32 a) { return float(a); });
  add(t, "v_cvt_f64_i32", [](i32 a) { return double(a); });
  add(t, "v_cvt_f64_u32", [](u32 a) { return double(a); });
  add(t, "v_cvt_i32_f32", [](float a) { return toInteger<i32>(a); });
  add(t, "v_cvt_u32_f32", [](float a) { return toInteger<u32>(a); });
  add(t, "v_cvt_i32_f64", [](double a) { return toInteger<i32>(a); });
  add(t, "v_cvt_u32_f64", [](double a) { return toInteger<u32>(a); });
  add(t, "v_cvt_f32_f64", [](double a) { return float(a); });
  add(t, "v_cvt_f64_f32", [](float a) { return double(a); });
  add(t, "v_cvt_f16_f32", [](float a) { return F16(a); });
  add(t, "v_cvt_f32_f16", [](F16 a) { return float(a); });
  add(t, "v_cvt_f16_u16", [](u16 a) { return F16(float(a)); });
  add(t, "v_cvt_f16_i16", [](i16 a) { return F16(float(a)); });
  add(t, "v_cvt_u16_f16", [](F16 a) { return toInteger<u16>(float(a)); });
  add(t, "v_cvt_i16_f16", [](F16 a) { return toInteger<i16>(float(a)); });
  add(t, "v_cvt_rpi_i32_f32",
      [](float a) { return toInteger<i32>(std::floor(a + 0.5f)); });
  add(t, "v_cvt_flr_i32_f32",
      [](float a) { return toInteger<i32>(std::floor(a)); });
  add(t, "v_cvt_f32_ubyte0", [](u32 a) { return byteToFloat<0>(a); });
  add(t, "v_cvt_f32_ubyte1", [](u32 a) { return byteToFloat<1>(a); });
  add(t, "v_cvt_f32_ubyte2", [](u32 a) { return byteToFloat<2>(a); });
  add(t, "v_cvt_f32_ubyte3", [](u32 a) { return byteToFloat<3>(a); });
  add(t, "v_cvt_off_f32_i4",
      [](u32 a) { return float(i32(a << 28) >> 28) / 16.0f; });
  add(t, "v_cvt_pkrtz_f16_f32", [](float a, float b) {
    return u32(floatToHalfTowardZero(a)) | u32(floatToHalfTowardZero(b)) << 16;
  });
  add(t, "v_cvt_pknorm_i16_f32", [](float a, float b) {
    return u32(normalise(a, true)) | u32(normalise(b, true)) << 16;
  });
  add(t, "v_cvt_pknorm_u16_f32", [](float a, float b) {
    return u32(normalise(a, false)) | u32(normalise(b, false)) << 16;
  });
  add(t, "v_cvt_pknorm_i16_f16", [](F16 a, F16 b) {
    return u32(normalise(float(a), true)) | u32(normalise(float(b), true))
                                                << 16;
  });
  add(t, "v_cvt_pknorm_u16_f16", [](F16 a, F16 b) {
    return u32(normalise(float(a), false)) | u32(normalise(float(b), false))
                                                 << 16;
  });
  addAccumulate(t, "v_cvt_pkaccum_u8_f32", [](float a, u32 byte, u32 old) {
    return packByte(a, byte, old);
  });
  add(t, "v_cvt_norm_i16_f16", [](F16 a) { return normalise(float(a), true); });
  add(t, "v_cvt_norm_u16_f16",
      [](F16 a) { return normalise(float(a), false); });
  add(t, "v_cvt_pk_u16_u32", [](u32 a, u32 b) {
    return (a > 65535 ? 65535 : a) | (b > 65535 ? 65535 : b) << 16;
  });
  add(t, "v_cvt_pk_i16_i32", [](i32 a, i32 b) {
    a = a < -32768 ? -32768 : a > 32767 ? 32767 : a;
    b = b < -32768 ? -32768 : b > 32767 ? 32767 : b;
    return (u32(a) & 0xffff) | u32(b) << 16;
  });
  add(t, "v_cvt_pk_u8_f32",
      [](float a, u32 byte, u32 old) { return packByte(a, byte, old); });
  add(t, "v_cvt_pk_bf16_f32", [](float a, float b) {
    return u32(floatToBf16(a)) | u32(floatToBf16(b)) << 16;
  });
  const bool ocp = t.chip->ocpFp8;
  auto add8 = [&](const char *name, Handler fnuz, Handler inOcp) {
    t.add(name, vector(ocp ? inOcp : fnuz, true));
  };
  add8("v_cvt_pk_fp8_f32", packFp8<toFnuzFp8>, packFp8<toOcpFp8>);
  add8("v_cvt_pk_bf8_f32", packFp8<toFnuzBf8>, packFp8<toOcpBf8>);
  add8("v_cvt_sr_fp8_f32", stochasticFp8<3, 8>,
       stochasticOcp<4, 3, Largest::Nan>);
  add8("v_cvt_sr_bf8_f32", stochasticFp8<2, 16>,
       stochasticOcp<5, 2, Largest::Ieee>);
  add8("v_cvt_f32_fp8", unpackFp8<fromFnuzFp8>, unpackFp8<fromOcpFp8>);
  add8("v_cvt_f32_bf8", unpackFp8<fromFnuzBf8>, unpackFp8<fromOcpBf8>);
  add8("v_cvt_pk_f32_fp8", unpackFp8Pair<fromFnuzFp8>,
       unpackFp8Pair<fromOcpFp8>);
  add8("v_cvt_pk_f32_bf8", unpackFp8Pair<fromFnuzBf8>,
       unpackFp8Pair<fromOcpBf8>);
  t.add("v_cvt_sr_f16_f32", vector(stochasticHalf<5, 10>, true));
  t.add("v_cvt_sr_bf16_f32", vector(stochasticHalf<8, 7>, true));
  add(t, "v_cvt_f32_bf16", [](u16 a) { return bf16ToFloat(a); });
  add(t, "v_cvt_pk_f16_f32", [](float a, float b) {
    return u32(floatToHalf(a)) | u32(floatToHalf(b)) << 16;
  });
}
