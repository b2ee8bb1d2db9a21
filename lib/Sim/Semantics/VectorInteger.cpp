//===- VectorInteger.cpp - integer and bit operations of the VALU ---------===//

#include "Sim/Semantics/Vector.h"
#include <limits>

using namespace moesaic::sim;

namespace {

/// v_bitop3: bit n of the table is the result for source bits (n / 4, n / 2 %
/// 2, n % 2).
template <class T>
void bitop3(Wave &w, const Inst &i) {
  Source<T> a(w, i, 1), b(w, i, 2), c(w, i, 3);
  Result<T> r;
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    u32 out = 0;
    for (unsigned n = 0; n < 8; ++n) {
      u32 x = n & 4 ? a[lane] : ~a[lane], y = n & 2 ? b[lane] : ~b[lane];
      u32 z = n & 1 ? c[lane] : ~c[lane];
      out |= i.bitop3 >> n & 1 ? x & y & z : 0;
    }
    r.set(lane, T(out));
  }
  r.store(w, i, High::Keep);
}

/// Two integers, saturated to [low, high], as two bytes.
u16 packBytes(i32 a, i32 b, i32 low, i32 high) {
  a = a < low ? low : a > high ? high : a;
  b = b < low ? low : b > high ? high : b;
  return u16((u32(a) & 255) | u32(b) << 8);
}

u32 low24(u32 a) { return a & 0xffffff; }
i32 signed24(u32 a) { return i32(a << 8) >> 8; }

template <class T>
T median(T a, T b, T c) {
  T low = a < b ? a : b, high = a < b ? b : a;
  return c < low ? low : (c > high ? high : c);
}

template <class T>
T saturate(i64 value) {
  i64 low = std::numeric_limits<T>::min(), high = std::numeric_limits<T>::max();
  return T(value < low ? low : value > high ? high : value);
}

u32 leadingZeros(u32 a) { return a ? u32(__builtin_clz(a)) : ~0u; }

u32 bfe(u32 a, u32 offset, u32 width) {
  width &= 31;
  return (a >> (offset & 31)) & ((1u << width) - 1);
}
i32 bfeSigned(i32 a, u32 offset, u32 width) {
  offset &= 31;
  width &= 31;
  if (width == 0) {
    return 0;
  }
  if (offset + width >= 32) {
    return a >> offset;
  }
  return i32(u32(a) << (32 - offset - width)) >> (32 - width);
}

/// v_perm_b32: selectors 0-3 take bytes of the second source, 4-7 of the
/// first, 8-11 replicate a sign, 12 is zero, 13 and more 0xff.
u32 permute(u32 a, u32 b, u32 select) {
  u64 data = u64(a) << 32 | b;
  u32 r = 0;
  for (unsigned n = 0; n < 4; ++n) {
    u32 s = select >> (8 * n) & 255, byte;
    if (s < 8) {
      byte = data >> (8 * s) & 255;
    } else if (s < 12) {
      byte = data >> (16 * (s - 8) + 15) & 1 ? 255 : 0;
    } else {
      byte = s == 12 ? 0 : 255;
    }
    r |= byte << (8 * n);
  }
  return r;
}

template <int shift>
u32 sad(u32 a, u32 b, u32 c, bool masked) {
  for (unsigned n = 0; n < 4; ++n) {
    i32 x = a >> (8 * n) & 255, y = b >> (8 * n) & 255;
    if (!masked || y != 0) {
      c += u32(x > y ? x - y : y - x) << shift;
    }
  }
  return c;
}

/// Four sums over windows of the first source that start a byte apart; the
/// second source is the reference. The sums are 16 bits wide and wrap.
template <bool masked>
void quadSad(Wave &w, const Inst &i) {
  Source<u64> a(w, i, 1), c(w, i, 3);
  Source<u32> b(w, i, 2);
  Result<u64> r;
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    u64 sums = 0;
    for (unsigned n = 0; n < 4; ++n) {
      u32 old = u16(c[lane] >> (16 * n));
      u32 sum = sad<0>(u32(a[lane] >> (8 * n)), b[lane], old, masked);
      sums |= u64(u16(sum)) << (16 * n);
    }
    r.set(lane, sums);
  }
  r.store(w, i);
}

/// The same with sums of 32 bits, in four registers.
void quadSadWide(Wave &w, const Inst &i) {
  Source<u64> a(w, i, 1);
  Source<u32> b(w, i, 2);
  u32 out[4][kLanes];
  for (unsigned n = 0; n < 4; ++n) {
    const Operand &o = i.op[3];
    for (unsigned lane = 0; lane < kLanes; ++lane) {
      u32 old = o.kind == Operand::Vector   ? w.v[o.reg + n].lane[lane]
                : o.kind == Operand::Scalar ? w.s[o.reg + n]
                                            : scalar32(w, o);
      out[n][lane] = sad<0>(u32(a[lane] >> (8 * n)), b[lane], old, true);
    }
  }
  for (unsigned n = 0; n < 4; ++n) {
    storeRow(w, i, i.op[0].reg + n, out[n], 32, false);
  }
}

template <int count, bool isSigned>
i64 dot(u32 a, u32 b) {
  constexpr unsigned width = 32 / count;
  i64 sum = 0;
  for (unsigned n = 0; n < count; ++n) {
    u32 x = a << (32 - width * (n + 1)), y = b << (32 - width * (n + 1));
    sum += isSigned ? i64(i32(x) >> (32 - width)) * (i32(y) >> (32 - width))
                    : i64(x >> (32 - width)) * i64(y >> (32 - width));
  }
  return sum;
}

//===----------------------------------------------------------------------===//
// Carry chains: destination, carry out, two sources, carry in
//===----------------------------------------------------------------------===//

enum class Carry { Add, Sub, SubReverse };

template <Carry kind, bool carryIn>
void carryOp(Wave &w, const Inst &i) {
  Source<u32> a(w, i, 2), b(w, i, 3);
  // VOP2 SDWA and DPP name the same operands; in-carry is a scalar pair.
  u64 in = carryIn ? scalar64(w, i.op[4]) : 0;
  Result<u32> r;
  u64 out = 0;
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    u64 x = a[lane], y = b[lane], c = in >> lane & 1;
    if (kind == Carry::SubReverse) {
      u64 swap = x;
      x = y;
      y = swap;
    }
    u64 value = kind == Carry::Add ? x + y + c : x - y - c;
    r.set(lane, u32(value));
    out |= u64(value >> 32 & 1) << lane;
  }
  r.store(w, i);
  writeLaneMask(w, i.op[1].reg, out & writeMask(w, i));
}

template <bool isSigned>
void mad64(Wave &w, const Inst &i) {
  Source<u32> a(w, i, 2), b(w, i, 3);
  Source<u64> c(w, i, 4);
  Result<u64> r;
  u64 out = 0;
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    u64 addend = c[lane], sum;
    if (isSigned) {
      i64 product = i64(i32(a[lane])) * i32(b[lane]);
      i64 result;
      out |= u64(__builtin_add_overflow(product, i64(addend), &result)) << lane;
      sum = u64(result);
    } else {
      u64 product = u64(a[lane]) * b[lane];
      out |= u64(__builtin_add_overflow(product, addend, &sum)) << lane;
    }
    r.set(lane, sum);
  }
  r.store(w, i);
  writeLaneMask(w, i.op[1].reg, out & exec(w));
}

void cndmask(Wave &w, const Inst &i) {
  Source<u32> a(w, i, 1), b(w, i, 2);
  u64 mask = scalar64(w, i.op[3]);
  u32 low = u32(mask), high = u32(mask >> 32);
  Result<u32> r;
  for (unsigned lane = 0; lane < 32; ++lane) {
    r.low[lane] = low >> lane & 1 ? b[lane] : a[lane];
  }
  for (unsigned lane = 0; lane < 32; ++lane) {
    r.low[32 + lane] = high >> lane & 1 ? b[32 + lane] : a[32 + lane];
  }
  r.store(w, i);
}

void movePair(Wave &w, const Inst &i) {
  Source<u64> a(w, i, 1);
  Result<u64> r;
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    r.set(lane, a[lane]);
  }
  r.store(w, i);
}

void swap(Wave &w, const Inst &i) {
  u64 mask = exec(w);
  u32 *a = w.v[i.op[0].reg].lane, *b = w.v[i.op[1].reg].lane;
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    if (mask >> lane & 1) {
      u32 old = a[lane];
      a[lane] = b[lane];
      b[lane] = old;
    }
  }
}

void addMoves(OpcodeTable &t) {
  add(t, "v_mov_b32", [](u32 a) { return a; });
  t.add("v_mov_b64", vector(movePair));
  t.add("v_swap_b32", vector(swap));
  add(t, "v_not_b32", [](u32 a) { return ~a; });
  add(t, "v_bfrev_b32", [](u32 a) { return __builtin_bitreverse32(a); });
  add(t, "v_ffbh_u32", [](u32 a) { return leadingZeros(a); });
  add(t, "v_ffbl_b32", [](u32 a) { return a ? u32(__builtin_ctz(a)) : ~0u; });
  add(t, "v_ffbh_i32", [](i32 a) { return leadingZeros(u32(a < 0 ? ~a : a)); });
  t.add("v_cndmask_b32", vector(cndmask));
  add(t, "v_accvgpr_read_b32", [](u32 a) { return a; });
  add(t, "v_accvgpr_write_b32", [](u32 a) { return a; });
  add(t, "v_accvgpr_mov_b32", [](u32 a) { return a; });
}

void addArithmetic(OpcodeTable &t) {
  add(t, "v_add_u32", [](u32 a, u32 b) { return a + b; });
  add(t, "v_sub_u32", [](u32 a, u32 b) { return a - b; });
  add(t, "v_subrev_u32", [](u32 a, u32 b) { return b - a; });
  add(t, "v_add_i32", [](u32 a, u32 b) { return a + b; });
  add(t, "v_sub_i32", [](u32 a, u32 b) { return a - b; });
  add(t, "v_add_u32 clamp",
      [](u32 a, u32 b) { return a + b < a ? ~0u : a + b; });
  add(t, "v_sub_u32 clamp", [](u32 a, u32 b) { return a < b ? 0u : a - b; });
  add(t, "v_subrev_u32 clamp", [](u32 a, u32 b) { return b < a ? 0u : b - a; });
  add(t, "v_add_i32 clamp",
      [](i32 a, i32 b) { return saturate<i32>(i64(a) + b); });
  add(t, "v_sub_i32 clamp",
      [](i32 a, i32 b) { return saturate<i32>(i64(a) - b); });
  t.add("v_add_co_u32", vector(carryOp<Carry::Add, false>));
  t.add("v_sub_co_u32", vector(carryOp<Carry::Sub, false>));
  t.add("v_subrev_co_u32", vector(carryOp<Carry::SubReverse, false>));
  t.add("v_addc_co_u32", vector(carryOp<Carry::Add, true>));
  t.add("v_subb_co_u32", vector(carryOp<Carry::Sub, true>));
  t.add("v_subbrev_co_u32", vector(carryOp<Carry::SubReverse, true>));
  t.add("v_mad_u64_u32", vector(mad64<false>));
  t.add("v_mad_i64_i32", vector(mad64<true>));
  add(t, "v_mul_lo_u32", [](u32 a, u32 b) { return a * b; });
  add(t, "v_mul_lo_i32", [](u32 a, u32 b) { return a * b; });
  add(t, "v_mul_hi_u32", [](u32 a, u32 b) { return u32(u64(a) * b >> 32); });
  add(t, "v_mul_hi_i32", [](i32 a, i32 b) { return i32(i64(a) * b >> 32); });
  add(t, "v_mul_u32_u24", [](u32 a, u32 b) { return low24(a) * low24(b); });
  add(t, "v_mul_i32_i24",
      [](u32 a, u32 b) { return u32(i64(signed24(a)) * signed24(b)); });
  add(t, "v_mul_hi_u32_u24",
      [](u32 a, u32 b) { return u32(u64(low24(a)) * low24(b) >> 32); });
  add(t, "v_mul_hi_i32_i24",
      [](u32 a, u32 b) { return i32(i64(signed24(a)) * signed24(b) >> 32); });
  add(t, "v_mad_u32_u24",
      [](u32 a, u32 b, u32 c) { return low24(a) * low24(b) + c; });
  add(t, "v_mad_i32_i24", [](u32 a, u32 b, u32 c) {
    return u32(i64(signed24(a)) * signed24(b)) + c;
  });
  add(t, "v_min_i32", [](i32 a, i32 b) { return a < b ? a : b; });
  add(t, "v_max_i32", [](i32 a, i32 b) { return a > b ? a : b; });
  add(t, "v_min_u32", [](u32 a, u32 b) { return a < b ? a : b; });
  add(t, "v_max_u32", [](u32 a, u32 b) { return a > b ? a : b; });
  add(t, "v_min3_i32", [](i32 a, i32 b, i32 c) {
    i32 m = a < b ? a : b;
    return m < c ? m : c;
  });
  add(t, "v_max3_i32", [](i32 a, i32 b, i32 c) {
    i32 m = a > b ? a : b;
    return m > c ? m : c;
  });
  add(t, "v_min3_u32", [](u32 a, u32 b, u32 c) {
    u32 m = a < b ? a : b;
    return m < c ? m : c;
  });
  add(t, "v_max3_u32", [](u32 a, u32 b, u32 c) {
    u32 m = a > b ? a : b;
    return m > c ? m : c;
  });
  add(t, "v_med3_i32", [](i32 a, i32 b, i32 c) { return median(a, b, c); });
  add(t, "v_med3_u32", [](u32 a, u32 b, u32 c) { return median(a, b, c); });
  add(t, "v_add3_u32", [](u32 a, u32 b, u32 c) { return a + b + c; });
  add(t, "v_add_lshl_u32",
      [](u32 a, u32 b, u32 c) { return (a + b) << (c & 31); });
  add(t, "v_lshl_add_u32",
      [](u32 a, u32 b, u32 c) { return (a << (b & 31)) + c; });
  add(t, "v_lshl_or_b32",
      [](u32 a, u32 b, u32 c) { return (a << (b & 31)) | c; });
  add(t, "v_lshl_add_u64",
      [](u64 a, u32 b, u64 c) { return (a << (b & 7)) + c; });
  add(t, "v_sad_u8",
      [](u32 a, u32 b, u32 c) { return sad<0>(a, b, c, false); });
  add(t, "v_sad_hi_u8",
      [](u32 a, u32 b, u32 c) { return sad<16>(a, b, c, false); });
  add(t, "v_msad_u8",
      [](u32 a, u32 b, u32 c) { return sad<0>(a, b, c, true); });
  t.add("v_qsad_pk_u16_u8", vector(quadSad<false>));
  t.add("v_mqsad_pk_u16_u8", vector(quadSad<true>));
  t.add("v_mqsad_u32_u8", vector(quadSadWide));
  add(t, "v_sad_u32",
      [](u32 a, u32 b, u32 c) { return (a > b ? a - b : b - a) + c; });
  add(t, "v_sad_u16", [](u32 a, u32 b, u32 c) {
    i32 x0 = a & 0xffff, y0 = b & 0xffff, x1 = a >> 16, y1 = b >> 16;
    return c + u32(x0 > y0 ? x0 - y0 : y0 - x0) +
           u32(x1 > y1 ? x1 - y1 : y1 - x1);
  });
}

void addBits(OpcodeTable &t) {
  add(t, "v_and_b32", [](u32 a, u32 b) { return a & b; });
  add(t, "v_or_b32", [](u32 a, u32 b) { return a | b; });
  add(t, "v_xor_b32", [](u32 a, u32 b) { return a ^ b; });
  add(t, "v_xnor_b32", [](u32 a, u32 b) { return ~(a ^ b); });
  add(t, "v_and_or_b32", [](u32 a, u32 b, u32 c) { return (a & b) | c; });
  add(t, "v_or3_b32", [](u32 a, u32 b, u32 c) { return a | b | c; });
  add(t, "v_xad_u32", [](u32 a, u32 b, u32 c) { return (a ^ b) + c; });
  add(t, "v_lshlrev_b32", [](u32 a, u32 b) { return b << (a & 31); });
  add(t, "v_lshrrev_b32", [](u32 a, u32 b) { return b >> (a & 31); });
  add(t, "v_ashrrev_i32", [](u32 a, i32 b) { return b >> (a & 31); });
  add(t, "v_lshlrev_b64", [](u32 a, u64 b) { return b << (a & 63); });
  add(t, "v_lshrrev_b64", [](u32 a, u64 b) { return b >> (a & 63); });
  add(t, "v_ashrrev_i64", [](u32 a, i64 b) { return b >> (a & 63); });
  add(t, "v_bfe_u32", [](u32 a, u32 b, u32 c) { return bfe(a, b, c); });
  add(t, "v_bfe_i32", [](i32 a, u32 b, u32 c) { return bfeSigned(a, b, c); });
  t.add("v_bitop3_b32", vector(bitop3<u32>));
  t.add("v_bitop3_b16", vector(bitop3<u16>));
  add(t, "v_prng_b32",
      [](u32 a) { return a << 1 ^ (a >> 31 ? 197u : 0u); }); // an LFSR
  add<High::Keep>(t, "v_ashr_pk_i8_i32", [](i32 a, i32 b, u32 n) {
    return packBytes(a >> (n & 31), b >> (n & 31), -128, 127);
  });
  add<High::Keep>(t, "v_ashr_pk_u8_i32", [](i32 a, i32 b, u32 n) {
    return packBytes(a >> (n & 31), b >> (n & 31), 0, 255);
  });
  add(t, "v_bfi_b32", [](u32 a, u32 b, u32 c) { return (a & b) | (~a & c); });
  add(t, "v_bfm_b32",
      [](u32 a, u32 b) { return ((1u << (a & 31)) - 1) << (b & 31); });
  add(t, "v_bcnt_u32_b32",
      [](u32 a, u32 b) { return u32(__builtin_popcount(a)) + b; });
  add(t, "v_alignbit_b32",
      [](u32 a, u32 b, u32 c) { return u32((u64(a) << 32 | b) >> (c & 31)); });
  add(t, "v_alignbyte_b32", [](u32 a, u32 b, u32 c) {
    return u32((u64(a) << 32 | b) >> (8 * (c & 3)));
  });
  add(t, "v_perm_b32", [](u32 a, u32 b, u32 c) { return permute(a, b, c); });
  add(t, "v_lerp_u8", [](u32 a, u32 b, u32 c) {
    u32 r = 0;
    for (unsigned n = 0; n < 32; n += 8) {
      r |= (((a >> n & 255) + (b >> n & 255) + (c >> n & 1)) >> 1 & 255) << n;
    }
    return r;
  });
}

void addShort(OpcodeTable &t) {
  add(t, "v_add_u16", [](u16 a, u16 b) { return u16(a + b); });
  add(t, "v_sub_u16", [](u16 a, u16 b) { return u16(a - b); });
  add(t, "v_subrev_u16", [](u16 a, u16 b) { return u16(b - a); });
  add(t, "v_add_u16 clamp",
      [](u16 a, u16 b) { return saturate<u16>(i64(a) + b); });
  add(t, "v_sub_u16 clamp",
      [](u16 a, u16 b) { return saturate<u16>(i64(a) - b); });
  add<High::Keep>(t, "v_add_i16", [](i16 a, i16 b) { return i16(a + b); });
  add<High::Keep>(t, "v_sub_i16", [](i16 a, i16 b) { return i16(a - b); });
  add<High::Keep>(t, "v_add_i16 clamp",
                  [](i16 a, i16 b) { return saturate<i16>(i64(a) + b); });
  add<High::Keep>(t, "v_sub_i16 clamp",
                  [](i16 a, i16 b) { return saturate<i16>(i64(a) - b); });
  add(t, "v_mul_lo_u16", [](u16 a, u16 b) { return u16(u32(a) * b); });
  add<High::Keep>(t, "v_mad_u16",
                  [](u16 a, u16 b, u16 c) { return u16(u32(a) * b + c); });
  add<High::Keep>(t, "v_mad_i16",
                  [](u16 a, u16 b, u16 c) { return u16(u32(a) * b + c); });
  add(t, "v_mad_legacy_u16",
      [](u16 a, u16 b, u16 c) { return u16(u32(a) * b + c); });
  add(t, "v_mad_legacy_i16",
      [](u16 a, u16 b, u16 c) { return u16(u32(a) * b + c); });
  add(t, "v_mad_u32_u16", [](u16 a, u16 b, u32 c) { return u32(a) * b + c; });
  add(t, "v_mad_i32_i16",
      [](i16 a, i16 b, i32 c) { return u32(i32(a) * b) + u32(c); });
  add(t, "v_lshlrev_b16", [](u16 a, u16 b) { return u16(b << (a & 15)); });
  add(t, "v_lshrrev_b16", [](u16 a, u16 b) { return u16(b >> (a & 15)); });
  add(t, "v_ashrrev_i16", [](u16 a, i16 b) { return i16(b >> (a & 15)); });
  add(t, "v_min_u16", [](u16 a, u16 b) { return a < b ? a : b; });
  add(t, "v_max_u16", [](u16 a, u16 b) { return a > b ? a : b; });
  add(t, "v_min_i16", [](i16 a, i16 b) { return a < b ? a : b; });
  add(t, "v_max_i16", [](i16 a, i16 b) { return a > b ? a : b; });
  add<High::Keep>(t, "v_min3_u16", [](u16 a, u16 b, u16 c) {
    u16 m = a < b ? a : b;
    return m < c ? m : c;
  });
  add<High::Keep>(t, "v_max3_u16", [](u16 a, u16 b, u16 c) {
    u16 m = a > b ? a : b;
    return m > c ? m : c;
  });
  add<High::Keep>(t, "v_min3_i16", [](i16 a, i16 b, i16 c) {
    i16 m = a < b ? a : b;
    return m < c ? m : c;
  });
  add<High::Keep>(t, "v_max3_i16", [](i16 a, i16 b, i16 c) {
    i16 m = a > b ? a : b;
    return m > c ? m : c;
  });
  add<High::Keep>(t, "v_med3_u16",
                  [](u16 a, u16 b, u16 c) { return median(a, b, c); });
  add<High::Keep>(t, "v_med3_i16",
                  [](i16 a, i16 b, i16 c) { return median(a, b, c); });
  add(t, "v_sat_pk_u8_i16", [](u32 a) {
    return u16(saturate<uint8_t>(i16(a)) | saturate<uint8_t>(i16(a >> 16))
                                               << 8);
  });
  add(t, "v_pack_b32_f16",
      [](F16 a, F16 b) { return u32(a.raw) | u32(b.raw) << 16; });
}

void addDot(OpcodeTable &t) {
  add(t, "v_dot2_i32_i16",
      [](u32 a, u32 b, u32 c) { return u32(dot<2, true>(a, b)) + c; });
  add(t, "v_dot2_u32_u16",
      [](u32 a, u32 b, u32 c) { return u32(dot<2, false>(a, b)) + c; });
  add(t, "v_dot4_i32_i8",
      [](u32 a, u32 b, u32 c) { return u32(dot<4, true>(a, b)) + c; });
  add(t, "v_dot4_u32_u8",
      [](u32 a, u32 b, u32 c) { return u32(dot<4, false>(a, b)) + c; });
  add(t, "v_dot8_i32_i4",
      [](u32 a, u32 b, u32 c) { return u32(dot<8, true>(a, b)) + c; });
  add(t, "v_dot8_u32_u4",
      [](u32 a, u32 b, u32 c) { return u32(dot<8, false>(a, b)) + c; });
  add(t, "v_dot2_i32_i16 clamp", [](u32 a, u32 b, i32 c) {
    return saturate<i32>(dot<2, true>(a, b) + c);
  });
  add(t, "v_dot2_u32_u16 clamp", [](u32 a, u32 b, u32 c) {
    return saturate<u32>(dot<2, false>(a, b) + c);
  });
  add(t, "v_dot4_i32_i8 clamp", [](u32 a, u32 b, i32 c) {
    return saturate<i32>(dot<4, true>(a, b) + c);
  });
  add(t, "v_dot4_u32_u8 clamp", [](u32 a, u32 b, u32 c) {
    return saturate<u32>(dot<4, false>(a, b) + c);
  });
  add(t, "v_dot8_i32_i4 clamp", [](u32 a, u32 b, i32 c) {
    return saturate<i32>(dot<8, true>(a, b) + c);
  });
  add(t, "v_dot8_u32_u4 clamp", [](u32 a, u32 b, u32 c) {
    return saturate<u32>(dot<8, false>(a, b) + c);
  });
  addAccumulate(t, "v_dot2c_i32_i16", [](u32 a, u32 b, u32 c) {
    return u32(dot<2, true>(a, b)) + c;
  });
  addAccumulate(t, "v_dot4c_i32_i8", [](u32 a, u32 b, u32 c) {
    return u32(dot<4, true>(a, b)) + c;
  });
  addAccumulate(t, "v_dot8c_i32_i4", [](u32 a, u32 b, u32 c) {
    return u32(dot<8, true>(a, b)) + c;
  });
}

} // namespace

void moesaic::sim::MOESAIC_SIM_HOST::addVectorIntegerOps(OpcodeTable &t) {
  addMoves(t);
  addArithmetic(t);
  addBits(t);
  addShort(t);
  addDot(t);
}
