//===- RdnaOpTest.cpp - vector operations as RDNA has them ----------------===//
//
// What OpTest.cpp's tables do not reach: 16-bit operands that are halves of a
// register, comparisons of every kind and type, DPP, and what only gfx11 or
// gfx12 have.
//
//===----------------------------------------------------------------------===//

#include "OpHarness.h"
#include <limits>
#include <algorithm>
#include <cmath>

using namespace moesaic::sim;
using namespace moesaic::sim::test;

namespace {

const std::vector<std::string> kBoth = {"gfx1100", "gfx1200"};
const std::vector<std::string> kGfx11 = {"gfx1100"};
const std::vector<std::string> kGfx12 = {"gfx1200", "gfx1201"};

float minimum(float a, float b) {
  return std::isnan(a)                          ? b
         : std::isnan(b)                        ? a
         : a < b || (a == b && std::signbit(a)) ? a
                                                : b;
}
float maximum(float a, float b) { return -minimum(-a, -b); }
/// A NaN wins, as in IEEE 754-2019's minimum.
float minimumNaN(float a, float b) {
  return std::isnan(a) || std::isnan(b) ? NAN : minimum(a, b);
}
float maximumNaN(float a, float b) { return -minimumNaN(-a, -b); }

/// A 16-bit result in one half of v8; the other half stays.
u64 low(const In &x, u32 half) {
  return (u32(x.old) & 0xffff0000u) | (half & 0xffff);
}
u64 high(const In &x, u32 half) { return (u32(x.old) & 0xffff) | half << 16; }

//===----------------------------------------------------------------------===//
// Halves
//===----------------------------------------------------------------------===//

using Float2 = float (*)(float, float);
using Short2 = u32 (*)(u32, u32);

/// The same operation on low and high halves, in both encodings.
void addFloat2(std::vector<Op> &ops, const std::string &name, Float2 fn) {
  auto at = [](u64 raw, bool upper) {
    return In::half(u16(upper ? raw >> 16 : raw));
  };
  ops.push_back({name + " v8.l, v2.l, v4.l", F16, [=](const In &x) {
                   return low(x, hbits(fn(x.ah(), x.bh())));
                 }});
  ops.push_back({name + " v8.h, v2.l, v4.h\n v_lshrrev_b32 v8, 16, v8", F16,
                 [=](const In &x) {
                   return u64(hbits(fn(at(x.a, false), at(x.b, true))));
                 }});
  ops.push_back({name + "_e64 v8.l, -v2.h, |v4.l|", F16, [=](const In &x) {
                   return low(
                       x, hbits(fn(-at(x.a, true), std::fabs(at(x.b, false)))));
                 }});
  ops.push_back({name + " v8.l, 2.0, v4.l", F16, [=](const In &x) {
                   return low(x, hbits(fn(2.0f, at(x.b, false))));
                 }});
}

void addShort2(std::vector<Op> &ops, const std::string &name, Short2 fn) {
  ops.push_back({name + " v8.l, v2.l, v4.l", Exact, [=](const In &x) {
                   return low(x, fn(x.au() & 0xffff, x.bu() & 0xffff));
                 }});
  ops.push_back({name + " v8.h, v2.h, v4.l", Exact, [=](const In &x) {
                   return high(x, fn(x.au() >> 16, x.bu() & 0xffff) & 0xffff);
                 }});
}

void addFloat1(std::vector<Op> &ops, const std::string &name,
               float (*fn)(float)) {
  ops.push_back({name + " v8.l, v2.l", F16,
                 [=](const In &x) { return low(x, hbits(fn(x.ah()))); }});
  ops.push_back({name + " v8.l, -v2.h", F16, [=](const In &x) {
                   return low(x, hbits(fn(-In::half(u16(x.a >> 16)))));
                 }});
}

TEST(RdnaOps, HalfFloats) {
  std::vector<Op> ops;
  addFloat2(ops, "v_add_f16", [](float a, float b) { return a + b; });
  addFloat2(ops, "v_sub_f16", [](float a, float b) { return a - b; });
  addFloat2(ops, "v_subrev_f16", [](float a, float b) { return b - a; });
  addFloat2(ops, "v_mul_f16", [](float a, float b) { return a * b; });
  addFloat1(ops, "v_floor_f16", [](float a) { return std::floor(a); });
  addFloat1(ops, "v_ceil_f16", [](float a) { return std::ceil(a); });
  addFloat1(ops, "v_trunc_f16", [](float a) { return std::trunc(a); });
  addFloat1(ops, "v_rndne_f16", [](float a) { return std::nearbyint(a); });
  addFloat1(ops, "v_sqrt_f16", [](float a) { return std::sqrt(a); });
  addFloat1(ops, "v_rcp_f16", [](float a) { return 1.0f / a; });
  std::vector<Op> more = {
      {"v_fma_f16 v8.h, v2.l, v4.h, v6.l\n v_lshrrev_b32 v8, 16, v8", F16,
       [](const In &x) {
         double exact = double(x.ah()) * In::half(u16(x.b >> 16)) + x.ch();
         return u64(as<u16>(_Float16(exact)));
       }},
      {"v_fmac_f16 v8.h, v2.l, v4.l\n v_lshrrev_b32 v8, 16, v8", F16,
       [](const In &x) {
         double exact =
             double(x.ah()) * x.bh() + In::half(u16(u32(x.old) >> 16));
         return u64(as<u16>(_Float16(exact)));
       }},
      {"v_cvt_f32_f16 v8, v2.h", F32,
       [](const In &x) { return fbits(In::half(u16(x.a >> 16))); }},
      {"v_cvt_f16_f32 v8.h, v2\n v_lshrrev_b32 v8, 16, v8", F16,
       [](const In &x) { return u64(hbits(x.af())); }},
      {"v_mov_b16 v8.l, v2.h", Exact,
       [](const In &x) { return low(x, x.au() >> 16); }},
      {"v_mov_b16 v8.h, 0x1234", Exact,
       [](const In &x) { return high(x, 0x1234); }},
      {"v_mov_b32 v9, v2\n v_swap_b16 v8.l, v9.h", Exact,
       [](const In &x) {
         u32 other = (x.au() & 0xffff) | u32(x.old) << 16;
         return low(x, x.au() >> 16) | u64(other) << 32;
       },
       true},
      {"v_cndmask_b16 v8.l, v2.l, v4.h, vcc_lo", Exact,
       [](const In &x) { return low(x, x.vcc ? x.bu() >> 16 : x.au()); }},
      {"v_pack_b32_f16 v8, v2.h, v4.l", Exact,
       [](const In &x) { return u64(x.au() >> 16 | x.bu() << 16); }},
      {"v_cvt_u32_u16 v8, v2.h", Exact,
       [](const In &x) { return u64(x.au() >> 16); }},
      {"v_cvt_i32_i16 v8, v2.l", Exact,
       [](const In &x) { return u64(u32(i32(i16(x.au())))); }},
      {"v_mad_u16 v8.l, v2.h, v4.l, v6.l", Exact,
       [](const In &x) {
         return low(x, (x.au() >> 16) * (x.bu() & 0xffff) + x.cu());
       }},
      {"v_alignbit_b32 v8, v2, v4, v6.l", Exact,
       [](const In &x) {
         u64 both = u64(x.au()) << 32 | x.bu();
         return u64(u32(both >> (x.cu() & 31)));
       }},
      {"v_med3_i16 v8.l, v2.l, v4.l, v6.l", Exact,
       [](const In &x) {
         int a = i16(x.au()), b = i16(x.bu()), c = i16(x.cu());
         return low(x,
                    u32(a + b + c - std::max({a, b, c}) - std::min({a, b, c})));
       }},
  };
  ops.insert(ops.end(), more.begin(), more.end());
  checkAsWritten(ops, kBoth);
}

TEST(RdnaOps, ShortIntegers) {
  std::vector<Op> ops;
  addShort2(ops, "v_add_nc_u16", [](u32 a, u32 b) { return a + b; });
  addShort2(ops, "v_sub_nc_u16", [](u32 a, u32 b) { return a - b; });
  addShort2(ops, "v_add_nc_i16", [](u32 a, u32 b) { return a + b; });
  addShort2(ops, "v_mul_lo_u16", [](u32 a, u32 b) { return a * b; });
  addShort2(ops, "v_and_b16", [](u32 a, u32 b) { return a & b; });
  addShort2(ops, "v_or_b16", [](u32 a, u32 b) { return a | b; });
  addShort2(ops, "v_xor_b16", [](u32 a, u32 b) { return a ^ b; });
  addShort2(ops, "v_lshlrev_b16", [](u32 a, u32 b) { return b << (a & 15); });
  addShort2(ops, "v_lshrrev_b16", [](u32 a, u32 b) { return b >> (a & 15); });
  addShort2(ops, "v_ashrrev_i16",
            [](u32 a, u32 b) { return u32(i32(i16(b)) >> (a & 15)); });
  addShort2(ops, "v_min_u16", [](u32 a, u32 b) { return std::min(a, b); });
  addShort2(ops, "v_max_u16", [](u32 a, u32 b) { return std::max(a, b); });
  addShort2(ops, "v_min_i16",
            [](u32 a, u32 b) { return i16(a) < i16(b) ? a : b; });
  addShort2(ops, "v_max_i16",
            [](u32 a, u32 b) { return i16(a) > i16(b) ? a : b; });
  ops.push_back({"v_not_b16 v8.l, v2.h", Exact,
                 [](const In &x) { return low(x, ~(x.au() >> 16)); }});
  ops.push_back({"v_add_nc_u16 v8.l, v2.l, v4.l clamp", Exact, [](const In &x) {
                   u32 sum = (x.au() & 0xffff) + (x.bu() & 0xffff);
                   return low(x, std::min(sum, 0xffffu));
                 }});
  checkAsWritten(ops, kBoth);
}

//===----------------------------------------------------------------------===//
// Comparisons
//===----------------------------------------------------------------------===//

/// Bit 0: less, 1: equal, 2: greater, 3: unordered.
struct Relation {
  const char *name;
  unsigned accepts;
};
const Relation floatRelations[] = {
    {"lt", 1},   {"eq", 2},   {"le", 3},   {"gt", 4},  {"lg", 5},
    {"ge", 6},   {"o", 7},    {"u", 8},    {"nge", 9}, {"nlg", 10},
    {"ngt", 11}, {"nle", 12}, {"neq", 13}, {"nlt", 14}};
const Relation integerRelations[] = {{"lt", 1}, {"eq", 2}, {"le", 3},
                                     {"gt", 4}, {"ne", 5}, {"ge", 6}};

template <class T>
unsigned relate(T a, T b) {
  return a < b ? 1 : a == b ? 2 : a > b ? 4 : 8;
}

template <class T>
void addCompares(std::vector<Op> &ops, const char *type, const char *operands,
                 T (*a)(const In &), T (*b)(const In &)) {
  auto add = [&](const Relation &relation) {
    unsigned accepts = relation.accepts;
    std::string name = std::string(relation.name) + "_" + type;
    auto holds = [=](const In &x) {
      return u64((relate(a(x), b(x)) & accepts) != 0);
    };
    ops.push_back({"v_cmp_" + name + " vcc_lo, " + operands +
                       "\n v_cndmask_b32 v8, 0, 1, vcc_lo",
                   Exact, holds});
    ops.push_back({"v_cmp_" + name + "_e64 s20, " + operands +
                       "\n v_cndmask_b32 v8, 0, 1, s20",
                   Exact, holds});
    // v_cmpx writes EXEC alone.
    ops.push_back({"v_mov_b32 v8, 0\n s_mov_b32 s21, exec_lo\n v_cmpx_" + name +
                       " " + operands +
                       "\n v_mov_b32 v8, 1\n s_mov_b32 exec_lo, s21",
                   Exact, holds});
  };
  if (std::is_floating_point_v<T>) {
    for (const Relation &relation : floatRelations) {
      add(relation);
    }
  } else {
    for (const Relation &relation : integerRelations) {
      add(relation);
    }
  }
}

TEST(RdnaOps, Comparisons) {
  std::vector<Op> ops;
  addCompares<float>(
      ops, "f32", "v2, v4", [](const In &x) { return x.af(); },
      [](const In &x) { return x.bf(); });
  addCompares<float>(
      ops, "f16", "v2.h, v4.l",
      [](const In &x) { return In::half(u16(x.a >> 16)); },
      [](const In &x) { return x.bh(); });
  addCompares<double>(
      ops, "f64", "v[2:3], v[4:5]", [](const In &x) { return x.ad(); },
      [](const In &x) { return x.bd(); });
  addCompares<i32>(
      ops, "i32", "v2, v4", [](const In &x) { return x.ai(); },
      [](const In &x) { return x.bi(); });
  addCompares<u32>(
      ops, "u32", "v2, v4", [](const In &x) { return x.au(); },
      [](const In &x) { return x.bu(); });
  addCompares<i16>(
      ops, "i16", "v2.l, v4.h", [](const In &x) { return i16(x.a); },
      [](const In &x) { return i16(x.b >> 16); });
  addCompares<u16>(
      ops, "u16", "v2.l, v4.l", [](const In &x) { return u16(x.a); },
      [](const In &x) { return u16(x.b); });
  addCompares<i64>(
      ops, "i64", "v[2:3], v[4:5]", [](const In &x) { return i64(x.a); },
      [](const In &x) { return i64(x.b); });
  addCompares<u64>(
      ops, "u64", "v[2:3], v[4:5]", [](const In &x) { return x.a; },
      [](const In &x) { return x.b; });
  checkAsWritten(ops, kBoth);
}

//===----------------------------------------------------------------------===//
// What only one generation has, or has under a name of its own
//===----------------------------------------------------------------------===//

TEST(RdnaOps, SinceGfx11) {
  checkAsWritten(
      {
          {"v_xor3_b32 v8, v2, v4, v6", Exact,
           [](const In &x) { return u64(x.au() ^ x.bu() ^ x.cu()); }},
          {"v_minmax_i32 v8, v2, v4, v6", Exact,
           [](const In &x) {
             return u64(u32(std::max(std::min(x.ai(), x.bi()), x.ci())));
           }},
          {"v_maxmin_u32 v8, v2, v4, v6", Exact,
           [](const In &x) {
             return u64(std::min(std::max(x.au(), x.bu()), x.cu()));
           }},
          {"v_cls_i32 v8, v2", Exact,
           [](const In &x) -> u64 {
             u32 a = x.au();
             u32 sign = a >> 31, n = 0;
             while (n < 32 && (a >> (31 - n) & 1) == sign) {
               ++n;
             }
             return n == 32 ? ~0u : n;
           }},
          {"v_cvt_pk_i16_f32 v8, v2, v4", Exact,
           [](const In &x) {
             auto convert = [](float f) -> u32 {
               return f != f        ? 0
                      : f >= 32767  ? 0x7fff
                      : f <= -32768 ? 0x8000
                                    : u32(i32(std::trunc(f))) & 0xffff;
             };
             return u64(convert(x.af()) | convert(x.bf()) << 16);
           }},
          {"v_cvt_pk_u16_f32 v8, v2, v4", Exact,
           [](const In &x) {
             auto convert = [](float f) -> u32 {
               return !(f > 0) ? 0 : f >= 65535 ? 0xffff : u32(f);
             };
             return u64(convert(x.af()) | convert(x.bf()) << 16);
           }},
          {"v_dot4_i32_iu8 v8, v2, v4, v6 neg_lo:[1,0,0]", Exact,
           [](const In &x) {
             u32 sum = x.cu();
             for (unsigned n = 0; n < 32; n += 8) {
               sum += u32(i32(int8_t(x.au() >> n)) * i32(x.bu() >> n & 255));
             }
             return u64(sum);
           }},
          {"v_dot8_i32_iu4 v8, v2, v4, v6 neg_lo:[1,1,0]", Exact,
           [](const In &x) {
             u32 sum = x.cu();
             for (unsigned n = 0; n < 32; n += 4) {
               sum += u32((i32(x.au() << (28 - n)) >> 28) *
                          (i32(x.bu() << (28 - n)) >> 28));
             }
             return u64(sum);
           }},
          {"v_fma_dx9_zero_f32 v8, v2, v4, v6", F32,
           [](const In &x) {
             return x.af() == 0 || x.bf() == 0
                        ? fbits(0.0f + x.cf())
                        : fbits(std::fma(x.af(), x.bf(), x.cf()));
           }},
          {"v_mullit_f32 v8, v2, v4, v6", F32,
           [](const In &x) {
             const float least = std::numeric_limits<float>::lowest();
             bool lit = x.bf() > least && x.cf() > 0;
             bool zero = x.af() == 0 || x.bf() == 0;
             return fbits(!lit ? least : zero ? 0.0f : x.af() * x.bf());
           }},
          {"v_mul_dx9_zero_f32 v8, v2, v4", F32,
           [](const In &x) {
             return x.af() == 0 || x.bf() == 0 ? 0 : fbits(x.af() * x.bf());
           }},
          {"v_add_nc_i32 v8, v2, v4 clamp", Exact,
           [](const In &x) {
             i64 sum = i64(x.ai()) + x.bi();
             sum = std::min<i64>(std::max<i64>(sum, INT32_MIN), INT32_MAX);
             return u64(u32(sum));
           }},
          {"v_add_co_u32 v8, s20, v2, v4\n v_cndmask_b32 v9, 0, 1, s20", Exact,
           [](const In &x) {
             u64 sum = u64(x.au()) + x.bu();
             return sum;
           },
           true},
          {"v_sub_co_ci_u32 v8, null, v2, v4, vcc_lo", Exact,
           [](const In &x) { return u64(x.au() - x.bu() - x.vcc); }},
          {"v_dual_add_f32 v8, v2, v4 :: v_dual_mul_f32 v9, v4, v2", F32,
           [](const In &x) { return fbits(x.af() + x.bf()); }},
          {"v_dual_add_f32 v8, v2, v4 :: v_dual_mul_f32 v9, v4, v2\n "
           "v_mov_b32 v8, v9",
           F32, [](const In &x) { return fbits(x.af() * x.bf()); }},
          // Both halves read before either writes.
          {"v_dual_mov_b32 v8, v9 :: v_dual_mov_b32 v9, v8", Exact,
           [](const In &x) { return x.old >> 32 | x.old << 32; }, true},
          {"v_dual_cndmask_b32 v8, v2, v4 :: v_dual_fmac_f32 v9, v3, v5\n "
           "v_mov_b32 v9, v8",
           Exact, [](const In &x) { return u64(x.vcc ? x.bu() : x.au()); }},
          {"v_dual_fmaak_f32 v8, v2, v4, 0x41200000 :: v_dual_lshlrev_b32 v9, "
           "v3, v5\n v_mov_b32 v9, 0",
           F32,
           [](const In &x) { return fbits(std::fma(x.af(), x.bf(), 10.0f)); }},
          {"v_permlane64_b32 v8, v2\n v_mov_b32 v8, v2", Exact,
           [](const In &x) { return u64(x.au()); }},
      },
      kBoth);
}

TEST(RdnaOps, OnlyGfx11) {
  checkAsWritten(
      {
          {"v_min_f16 v8.l, v2.l, v4.l", F16,
           [](const In &x) { return low(x, hbits(minimum(x.ah(), x.bh()))); }},
          {"v_minmax_f32 v8, v2, v4, v6", F32,
           [](const In &x) {
             return fbits(maximum(minimum(x.af(), x.bf()), x.cf()));
           }},
          {"v_maxmin_f16 v8.l, v2.l, v4.l, v6.l", F16,
           [](const In &x) {
             return low(x, hbits(minimum(maximum(x.ah(), x.bh()), x.ch())));
           }},
          {"v_pk_max_f16 v8, v2, v4\n v_and_b32 v8, 0xffff, v8", F16,
           [](const In &x) { return u64(hbits(maximum(x.ah(), x.bh()))); }},
          {"v_mad_u64_u32 v[8:9], null, v2, v4, v[6:7]", Exact,
           [](const In &x) { return u64(x.au()) * x.bu() + x.c; }, true},
          {"v_cmp_f_f32 vcc_lo, v2, v4\n v_cndmask_b32 v8, 0, 1, vcc_lo", Exact,
           [](const In &) { return u64(0); }},
          {"v_cmp_t_i32 vcc_lo, v2, v4\n v_cndmask_b32 v8, 0, 1, vcc_lo", Exact,
           [](const In &) { return u64(1); }},
      },
      kGfx11);
}

TEST(RdnaOps, OnlyGfx12) {
  checkAsWritten(
      {
          {"v_min_num_f16 v8.l, v2.l, v4.l", F16,
           [](const In &x) { return low(x, hbits(minimum(x.ah(), x.bh()))); }},
          {"v_minmax_num_f32 v8, v2, v4, v6", F32,
           [](const In &x) {
             return fbits(maximum(minimum(x.af(), x.bf()), x.cf()));
           }},
          {"v_minimum_f32 v8, v2, v4", F32,
           [](const In &x) { return fbits(minimumNaN(x.af(), x.bf())); }},
          {"v_maximum_f32 v8, v2, -|v4|", F32,
           [](const In &x) {
             return fbits(maximumNaN(x.af(), -std::fabs(x.bf())));
           }},
          {"v_minimum_f16 v8.l, v2.h, v4.l", F16,
           [](const In &x) {
             float a = In::half(u16(x.a >> 16));
             return low(x, hbits(minimumNaN(a, x.bh())));
           }},
          {"v_maximum3_f32 v8, v2, v4, v6", F32,
           [](const In &x) {
             return fbits(maximumNaN(maximumNaN(x.af(), x.bf()), x.cf()));
           }},
          {"v_minimummaximum_f32 v8, v2, v4, v6", F32,
           [](const In &x) {
             return fbits(maximumNaN(minimumNaN(x.af(), x.bf()), x.cf()));
           }},
          {"v_pk_minimum_f16 v8, v2, v4\n v_lshrrev_b32 v8, 16, v8", F16,
           [](const In &x) {
             return u64(hbits(minimumNaN(In::half(u16(x.a >> 16)),
                                         In::half(u16(x.b >> 16)))));
           }},
          {"v_min_num_f64 v[8:9], v[2:3], v[4:5]", F64,
           [](const In &x) {
             double a = x.ad(), b = x.bd();
             return dbits(std::isnan(a)                          ? b
                          : std::isnan(b)                        ? a
                          : a < b || (a == b && std::signbit(a)) ? a
                                                                 : b);
           },
           true},
          {"v_mad_co_u64_u32 v[8:9], s20, v2, v4, v[6:7]\n v_cndmask_b32 v8, "
           "0, 1, s20\n v_mov_b32 v9, 0",
           Exact,
           [](const In &x) {
             u64 product = u64(x.au()) * x.bu();
             return u64(product + x.c < product);
           },
           true},
          {"v_lshlrev_b64 v[8:9], v2, v[4:5]", Exact,
           [](const In &x) { return x.b << (x.au() & 63); }, true},
          {"v_dual_max_num_f32 v8, v2, v4 :: v_dual_min_num_f32 v9, v4, v2",
           F32, [](const In &x) { return fbits(maximum(x.af(), x.bf())); }},
          {"v_s_sqrt_f32 s20, 0x40800000\n v_mov_b32 v8, s20", F32,
           [](const In &) { return fbits(2.0f); }},
          {"v_s_rcp_f32 s20, -4.0\n v_mov_b32 v8, s20", F32,
           [](const In &) { return fbits(-0.25f); }},
          {"s_mov_b32 s20, 0x40490fdb\n s_mul_f32 s21, s20, -2.0\n "
           "v_mov_b32 v8, s21",
           F32, [](const In &) { return fbits(3.14159274f * -2); }},
          {"s_mov_b32 s20, 0xc2f6e979\n s_cvt_i32_f32 s21, s20\n "
           "v_mov_b32 v8, s21",
           Exact, [](const In &) { return u64(u32(-123)); }},
          {"s_mov_b32 s20, 0xc2f6e979\n s_floor_f32 s21, s20\n "
           "v_mov_b32 v8, s21",
           F32, [](const In &) { return fbits(-124.0f); }},
          {"s_mov_b32 s20, 7.0\n s_cmp_nlt_f32 s20, 2.0\n s_cselect_b32 s21, "
           "5, 6\n v_mov_b32 v8, s21",
           Exact, [](const In &) { return u64(5); }},
          {"s_mov_b32 s20, 3.0\n s_fmac_f32 s20, 2.0, 4.0\n v_mov_b32 v8, s20",
           F32, [](const In &) { return fbits(11.0f); }},
          {"s_mov_b32 s20, 0x4200\n s_add_f16 s21, s20, 1.0\n v_mov_b32 v8, "
           "s21",
           Exact, [](const In &) { return u64(0x4400); }},
          {"s_mov_b64 s[20:21], -1\n s_mul_u64 s[22:23], s[20:21], 3\n "
           "s_sub_nc_u64 s[22:23], s[22:23], 2\n v_mov_b32 v8, s22\n "
           "v_mov_b32 v9, s23",
           Exact, [](const In &) { return ~u64(0) * 3 - 2; }, true},
      },
      kGfx12);
}

} // namespace
