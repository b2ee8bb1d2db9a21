//===- VectorPacked.cpp - VOP3P: two halves at once -----------------------===//
//
// op_sel and op_sel_hi choose which half of each source feeds the low and the
// high result; neg_lo and neg_hi flip signs likewise. The 32-bit pairs
// (v_pk_fma_f32) choose among the two registers of a pair in the same way.
//
//===----------------------------------------------------------------------===//

#include "Sim/Semantics/Vector.h"

using namespace moesaic::sim;

namespace {

/// Source `n` (0 first) as rows of chosen halves. The rows that come from
/// `Source` know only abs and neg of plain VOP3, so constants and registers
/// are read here.
struct Halves {
  Row temp[2];

  Halves(Wave &w, const Inst &i, unsigned n) {
    const Operand &o = i.op[n + 1];
    Row broadcast;
    const u32 *from = broadcast.lane;
    if (o.kind == Operand::Vector) {
      from = w.v[o.reg].lane;
    } else {
      // A float inline constant is half precision in the low half.
      u32 value = o.kind == Operand::Constant
                      ? (o.wideFloat == o.wide && o.wide >> 32 &&
                                 o.wide >> 32 != 0xffffffff
                             ? o.half
                             : o.word)
                      : scalar32(w, o);
      for (u32 &lane : broadcast.lane) {
        lane = value;
      }
    }
    for (unsigned part = 0; part < 2; ++part) {
      u32 select = part ? i.opSelHi : i.opSel, neg = part ? i.negHi : i.negLo;
      unsigned shift = select >> n & 1 ? 16 : 0;
      u32 flip = neg >> n & 1 ? 0x8000 : 0;
      for (unsigned lane = 0; lane < kLanes; ++lane) {
        temp[part].lane[lane] = (from[lane] >> shift & 0xffff) ^ flip;
      }
    }
  }

  template <class T>
  T get(unsigned part, unsigned lane) const {
    u16 raw = u16(temp[part].lane[lane]);
    if constexpr (std::is_same_v<T, F16>) {
      return F16::of(raw);
    } else {
      return T(raw);
    }
  }
};

template <class T>
u32 finish(const Inst &i, T value) {
  if constexpr (std::is_same_v<T, F16>) {
    return i.clamp ? F16(modifyOutput<float>(i, float(value))).raw : value.raw;
  } else {
    return u16(value);
  }
}

template <class Fn, class T, int count>
void packed(Wave &w, const Inst &i) {
  Halves a(w, i, 0), b(w, i, count > 1 ? 1 : 0), c(w, i, count > 2 ? 2 : 0);
  alignas(64) u32 out[kLanes];
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    u32 r[2];
    for (unsigned part = 0; part < 2; ++part) {
      T x = a.get<T>(part, lane), y = b.get<T>(part, lane);
      if constexpr (count > 2) {
        r[part] = finish<T>(i, instance<Fn>()(x, y, c.get<T>(part, lane)));
      } else {
        r[part] = finish<T>(i, instance<Fn>()(x, y));
      }
    }
    out[lane] = r[0] | r[1] << 16;
  }
  storeRow(w, i, i.op[0].reg, out, 32, false);
}

F16 fmaHalf(F16 a, F16 b, F16 c) {
  double exact = double(float(a)) * double(float(b)) + double(float(c));
  float near = float(exact);
  if (double(near) != exact && !(bits<u32>(near) & 1)) { // round to odd
    u32 raw = bits<u32>(near);
    bool larger = (double(near) < exact) == (exact > 0);
    near = bits<float>(larger ? raw | 1 : raw - 1);
  }
  return F16(near);
}

/// v_pk_fmac_f16: the destination is the addend.
void packedAccumulate(Wave &w, const Inst &i) {
  Halves a(w, i, 0), b(w, i, 1);
  u32 *d = w.v[i.op[0].reg].lane;
  u32 out[kLanes];
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    u32 pair = 0;
    for (unsigned part = 0; part < 2; ++part) {
      F16 r = fmaHalf(a.get<F16>(part, lane), b.get<F16>(part, lane),
                      F16::of(u16(d[lane] >> (16 * part))));
      pair |= u32(r.raw) << (16 * part);
    }
    out[lane] = pair;
  }
  storeRow(w, i, i.op[0].reg, out, 32, false);
}

template <class Fn, class T>
void add2(OpcodeTable &t, const char *name, Fn, T (*)(T, T)) {
  t.add(name, vector(packed<Fn, T, 2>, isFloat<T>, 1));
}
template <class Fn, class T>
void add3(OpcodeTable &t, const char *name, Fn, T (*)(T, T, T)) {
  t.add(name, vector(packed<Fn, T, 3>, isFloat<T>, 1));
}
template <class Fn>
void pk2(OpcodeTable &t, const char *name, Fn fn) {
  add2(t, name, fn, +fn);
}
template <class Fn>
void pk3(OpcodeTable &t, const char *name, Fn fn) {
  add3(t, name, fn, +fn);
}

//===----------------------------------------------------------------------===//
// Pairs of f32
//===----------------------------------------------------------------------===//

struct Pairs {
  Row temp[2];
  const u32 *part[2];

  Pairs(Wave &w, const Inst &i, unsigned n) {
    const Operand &o = i.op[n + 1];
    for (unsigned p = 0; p < 2; ++p) {
      unsigned select = (p ? i.opSelHi : i.opSel) >> n & 1;
      u32 flip = ((p ? i.negHi : i.negLo) >> n & 1) ? 0x80000000u : 0;
      if (o.kind == Operand::Vector) {
        part[p] = w.v[o.reg + select].lane;
        if (flip) {
          for (unsigned lane = 0; lane < kLanes; ++lane) {
            temp[p].lane[lane] = part[p][lane] ^ flip;
          }
          part[p] = temp[p].lane;
        }
        continue;
      }
      u32 value =
          o.kind == Operand::Scalar ? w.s[o.reg + select] : scalar32(w, o);
      for (u32 &lane : temp[p].lane) {
        lane = value ^ flip;
      }
      part[p] = temp[p].lane;
    }
  }
};

template <class Fn, int count>
void pairOp(Wave &w, const Inst &i) {
  Pairs a(w, i, 0), b(w, i, 1), c(w, i, count > 2 ? 2 : 0);
  alignas(64) u32 out[2][kLanes];
  for (unsigned p = 0; p < 2; ++p) {
    for (unsigned lane = 0; lane < kLanes; ++lane) {
      float x = bits<float>(a.part[p][lane]), y = bits<float>(b.part[p][lane]);
      float z = bits<float>(c.part[p][lane]);
      out[p][lane] = bits<u32>(instance<Fn>()(x, y, z));
    }
    if (i.clamp) {
      for (u32 &raw : out[p]) {
        raw = bits<u32>(modifyOutput<float>(i, bits<float>(raw)));
      }
    }
  }
  storeRow(w, i, i.op[0].reg, out[0], 32, false);
  storeRow(w, i, i.op[0].reg + 1, out[1], 32, false);
}

template <int count, class Fn>
void pair(OpcodeTable &t, const char *name, Fn) {
  t.add(name, vector(pairOp<Fn, count>, true));
}

/// v_pk_mov_b32: the low result from the first source, the high one from the
/// second; op_sel chooses the register of each pair.
void pairMove(Wave &w, const Inst &i) {
  u32 out[2][kLanes];
  for (unsigned p = 0; p < 2; ++p) {
    const Operand &o = i.op[p + 1];
    unsigned select = i.opSel >> p & 1;
    for (unsigned lane = 0; lane < kLanes; ++lane) {
      out[p][lane] = o.kind == Operand::Vector ? w.v[o.reg + select].lane[lane]
                     : o.kind == Operand::Scalar ? w.s[o.reg + select]
                                                 : o.word;
    }
  }
  storeRow(w, i, i.op[0].reg, out[0], 32, false);
  storeRow(w, i, i.op[0].reg + 1, out[1], 32, false);
}

//===----------------------------------------------------------------------===//
// Mixed precision: each source is f32, or a half of a register (op_sel_hi)
//===----------------------------------------------------------------------===//

enum class Mix { Float, Low, High };

template <Mix kind>
void fmaMix(Wave &w, const Inst &i) {
  float s[3][kLanes];
  for (unsigned n = 0; n < 3; ++n) {
    const Operand &o = i.op[n + 1];
    bool half = i.opSelHi >> n & 1;
    unsigned shift = half && (i.opSel >> n & 1) ? 16 : 0;
    // neg_lo is the sign, neg_hi the absolute value; both may be printed as
    // ordinary source modifiers.
    bool negate = o.negate || (i.negLo >> n & 1);
    bool absolute = o.absolute || (i.negHi >> n & 1);
    for (unsigned lane = 0; lane < kLanes; ++lane) {
      u32 raw = o.kind == Operand::Vector             ? w.v[o.reg].lane[lane]
                : half && o.kind == Operand::Constant ? o.half
                                                      : scalar32(w, o);
      float x = half ? halfToFloat(u16(raw >> shift)) : bits<float>(raw);
      x = absolute ? __builtin_fabsf(x) : x;
      s[n][lane] = negate ? -x : x;
    }
  }
  u32 out[kLanes];
  const u32 *old = w.v[i.op[0].reg].lane;
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    float r = __builtin_fmaf(s[0][lane], s[1][lane], s[2][lane]);
    r = i.clamp ? modifyOutput<float>(i, r) : r;
    if (kind == Mix::Float) {
      out[lane] = bits<u32>(r);
    } else if (kind == Mix::Low) {
      out[lane] = (old[lane] & 0xffff0000u) | floatToHalf(r);
    } else {
      out[lane] = (old[lane] & 0xffff) | u32(floatToHalf(r)) << 16;
    }
  }
  storeRow(w, i, i.op[0].reg, out, 32, false);
}

/// Dot products of halves accumulate in f32.
template <bool accumulate, float (*convert)(u16)>
void dotHalves(Wave &w, const Inst &i) {
  Halves a(w, i, 0), b(w, i, 1);
  Result<float> r;
  const u32 *old = w.v[i.op[0].reg].lane;
  if constexpr (accumulate) {
    for (unsigned lane = 0; lane < kLanes; ++lane) {
      r.low[lane] = old[lane];
    }
  } else {
    const Operand &o = i.op[3];
    for (unsigned lane = 0; lane < kLanes; ++lane) {
      u32 raw =
          o.kind == Operand::Vector ? w.v[o.reg].lane[lane] : scalar32(w, o);
      r.low[lane] = raw ^ ((i.negLo >> 2 & 1) ? 0x80000000u : 0);
    }
  }
  const float smallest = convert == halfToFloat ? 0x1p-14f : 0x1p-126f;
  auto flush = [&](float value, float limit) {
    return w.chip->matrixFlushesDenormals && __builtin_fabsf(value) < limit
               ? __builtin_copysignf(0, value)
               : value;
  };
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    float sum = flush(bits<float>(r.low[lane]), 0x1p-126f);
    for (unsigned part = 0; part < 2; ++part) {
      float x = flush(convert(u16(a.temp[part].lane[lane])), smallest);
      float y = flush(convert(u16(b.temp[part].lane[lane])), smallest);
      sum = __builtin_fmaf(x, y, sum);
    }
    r.set(lane, flush(sum, 0x1p-126f));
  }
  r.store(w, i);
}

template <class T>
T clampTo(i32 value) {
  constexpr i32 low = std::is_signed_v<T> ? -32768 : 0;
  constexpr i32 high = std::is_signed_v<T> ? 32767 : 65535;
  return T(value < low ? low : value > high ? high : value);
}

} // namespace

void moesaic::sim::MOESAIC_SIM_HOST::addVectorPackedOps(OpcodeTable &t) {
  pk2(t, "v_pk_add_f16", [](F16 a, F16 b) { return F16(float(a) + float(b)); });
  pk2(t, "v_pk_mul_f16", [](F16 a, F16 b) { return F16(float(a) * float(b)); });
  pk2(t, "v_pk_min_f16",
      [](F16 a, F16 b) { return F16(minNumber(float(a), float(b))); });
  pk2(t, "v_pk_max_f16",
      [](F16 a, F16 b) { return F16(maxNumber(float(a), float(b))); });
  pk3(t, "v_pk_fma_f16", [](F16 a, F16 b, F16 c) { return fmaHalf(a, b, c); });
  t.add("v_pk_fmac_f16", vector(packedAccumulate, true, 1));
  pk3(t, "v_pk_minimum3_f16", [](F16 a, F16 b, F16 c) {
    return F16(minimumNaN(minimumNaN(float(a), float(b)), float(c)));
  });
  pk3(t, "v_pk_maximum3_f16", [](F16 a, F16 b, F16 c) {
    return F16(maximumNaN(maximumNaN(float(a), float(b)), float(c)));
  });
  pk2(t, "v_pk_minimum_f16",
      [](F16 a, F16 b) { return F16(minimumNaN(float(a), float(b))); });
  pk2(t, "v_pk_maximum_f16",
      [](F16 a, F16 b) { return F16(maximumNaN(float(a), float(b))); });
  pk2(t, "v_pk_add_u16", [](u16 a, u16 b) { return u16(a + b); });
  pk2(t, "v_pk_add_i16", [](u16 a, u16 b) { return u16(a + b); });
  pk2(t, "v_pk_sub_u16", [](u16 a, u16 b) { return u16(a - b); });
  pk2(t, "v_pk_sub_i16", [](u16 a, u16 b) { return u16(a - b); });
  pk2(t, "v_pk_add_u16 clamp",
      [](u16 a, u16 b) { return clampTo<u16>(i32(a) + b); });
  pk2(t, "v_pk_sub_u16 clamp",
      [](u16 a, u16 b) { return clampTo<u16>(i32(a) - b); });
  pk2(t, "v_pk_add_i16 clamp",
      [](i16 a, i16 b) { return clampTo<i16>(i32(a) + b); });
  pk2(t, "v_pk_sub_i16 clamp",
      [](i16 a, i16 b) { return clampTo<i16>(i32(a) - b); });
  pk2(t, "v_pk_mul_lo_u16", [](u16 a, u16 b) { return u16(u32(a) * b); });
  pk3(t, "v_pk_mad_u16",
      [](u16 a, u16 b, u16 c) { return u16(u32(a) * b + c); });
  pk3(t, "v_pk_mad_i16",
      [](u16 a, u16 b, u16 c) { return u16(u32(a) * b + c); });
  pk2(t, "v_pk_min_u16", [](u16 a, u16 b) { return a < b ? a : b; });
  pk2(t, "v_pk_max_u16", [](u16 a, u16 b) { return a > b ? a : b; });
  pk2(t, "v_pk_min_i16", [](i16 a, i16 b) { return a < b ? a : b; });
  pk2(t, "v_pk_max_i16", [](i16 a, i16 b) { return a > b ? a : b; });
  pk2(t, "v_pk_lshlrev_b16", [](u16 a, u16 b) { return u16(b << (a & 15)); });
  pk2(t, "v_pk_lshrrev_b16", [](u16 a, u16 b) { return u16(b >> (a & 15)); });
  pk2(t, "v_pk_ashrrev_i16", [](i16 a, i16 b) { return i16(b >> (a & 15)); });

  pair<3>(t, "v_pk_fma_f32",
          [](float a, float b, float c) { return __builtin_fmaf(a, b, c); });
  pair<2>(t, "v_pk_mul_f32", [](float a, float b, float) { return a * b; });
  pair<2>(t, "v_pk_add_f32", [](float a, float b, float) { return a + b; });
  t.add("v_pk_mov_b32", vector(pairMove));
  t.add("v_fma_mix_f32", vector(fmaMix<Mix::Float>, true));
  t.add("v_fma_mixlo_f16", vector(fmaMix<Mix::Low>, true));
  t.add("v_fma_mixhi_f16", vector(fmaMix<Mix::High>, true));
  t.add("v_mad_mix_f32", vector(fmaMix<Mix::Float>, true));
  t.add("v_mad_mixlo_f16", vector(fmaMix<Mix::Low>, true));
  t.add("v_mad_mixhi_f16", vector(fmaMix<Mix::High>, true));
  t.add("v_dot2_f32_f16", vector(dotHalves<false, halfToFloat>, true));
  t.add("v_dot2c_f32_f16", vector(dotHalves<true, halfToFloat>, true));
  t.add("v_dot2_f32_bf16", vector(dotHalves<false, bf16ToFloat>, true));
  t.add("v_dot2c_f32_bf16", vector(dotHalves<true, bf16ToFloat>, true));
}
