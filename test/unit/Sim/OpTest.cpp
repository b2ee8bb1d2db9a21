//===- OpTest.cpp - vector operations against host formulas ---------------===//

#include "OpHarness.h"
#include <algorithm>
#include <cmath>

using namespace moesaic::sim;
using namespace moesaic::sim::test;

namespace {

float minimum(float a, float b) {
  return std::isnan(a)                          ? b
         : std::isnan(b)                        ? a
         : a < b || (a == b && std::signbit(a)) ? a
                                                : b;
}
float maximum(float a, float b) {
  return std::isnan(a)                           ? b
         : std::isnan(b)                         ? a
         : a > b || (a == b && !std::signbit(a)) ? a
                                                 : b;
}

TEST(Ops, SingleFloat) {
  check({
      {"v_add_f32 v8, v2, v4", F32,
       [](const In &x) { return fbits(x.af() + x.bf()); }},
      {"v_sub_f32 v8, v2, v4", F32,
       [](const In &x) { return fbits(x.af() - x.bf()); }},
      {"v_subrev_f32 v8, v2, v4", F32,
       [](const In &x) { return fbits(x.bf() - x.af()); }},
      {"v_mul_f32 v8, v2, v4", F32,
       [](const In &x) { return fbits(x.af() * x.bf()); }},
      {"v_mul_f32 v8, -v2, |v4|", F32,
       [](const In &x) { return fbits(-x.af() * std::fabs(x.bf())); }},
      {"v_mul_f32 v8, v2, 0.5", F32,
       [](const In &x) { return fbits(x.af() * 0.5f); }},
      {"v_add_f32 v8, 0x40490fdb, v2", F32,
       [](const In &x) { return fbits(x.af() + 3.14159274f); }},
      {"v_add_f32 v8, v2, v4 mul:4", F32,
       [](const In &x) { return fbits((x.af() + x.bf()) * 4); }},
      {"v_add_f32 v8, v2, v4 div:2", F32,
       [](const In &x) { return fbits((x.af() + x.bf()) * 0.5f); }},
      {"v_add_f32 v8, v2, v4 clamp", F32,
       [](const In &x) {
         float r = x.af() + x.bf();
         return fbits(r > 0 ? std::fmin(r, 1.0f) : 0);
       }},
      {"v_fma_f32 v8, v2, v4, v6", F32,
       [](const In &x) { return fbits(std::fma(x.af(), x.bf(), x.cf())); }},
      {"v_fma_f32 v8, v2, -v4, |v6|", F32,
       [](const In &x) {
         return fbits(std::fma(x.af(), -x.bf(), std::fabs(x.cf())));
       }},
      {"v_fmac_f32 v8, v2, v4", F32,
       [](const In &x) {
         return fbits(std::fma(x.af(), x.bf(), as<float>(u32(x.old))));
       }},
      {"v_fmamk_f32 v8, v2, 0x41200000, v4", F32,
       [](const In &x) { return fbits(std::fma(x.af(), 10.0f, x.bf())); },
       false, true},
      {"v_fmaak_f32 v8, v2, v4, 0x41200000", F32,
       [](const In &x) { return fbits(std::fma(x.af(), x.bf(), 10.0f)); },
       false, true},
      {"v_min_f32 v8, v2, v4", F32,
       [](const In &x) { return fbits(minimum(x.af(), x.bf())); }},
      {"v_max_f32 v8, v2, v4", F32,
       [](const In &x) { return fbits(maximum(x.af(), x.bf())); }},
      {"v_min3_f32 v8, v2, v4, v6", F32,
       [](const In &x) {
         return fbits(minimum(minimum(x.af(), x.bf()), x.cf()));
       }},
      {"v_max3_f32 v8, v2, v4, v6", F32,
       [](const In &x) {
         return fbits(maximum(maximum(x.af(), x.bf()), x.cf()));
       }},
      {"v_floor_f32 v8, v2", F32,
       [](const In &x) { return fbits(std::floor(x.af())); }},
      {"v_ceil_f32 v8, v2", F32,
       [](const In &x) { return fbits(std::ceil(x.af())); }},
      {"v_trunc_f32 v8, v2", F32,
       [](const In &x) { return fbits(std::trunc(x.af())); }},
      {"v_rndne_f32 v8, v2", F32,
       [](const In &x) { return fbits(std::nearbyint(x.af())); }},
      {"v_rcp_f32 v8, v2", Near,
       [](const In &x) {
         float a = std::fabs(x.af()) < 1.17549435e-38f
                       ? std::copysign(0.0f, x.af())
                       : x.af();
         return fbits(1.0f / a);
       }},
      {"v_exp_f32 v8, v2", Near,
       [](const In &x) { return fbits(float(std::exp2(double(x.af())))); }},
      {"v_ldexp_f32 v8, v2, v4", F32,
       [](const In &x) {
         i32 e = x.bi();
         e = e < -1000 ? -1000 : e > 1000 ? 1000 : e;
         return fbits(float(std::ldexp(double(x.af()), e)));
       }},
      {"v_cvt_i32_f32 v8, v2", Exact,
       [](const In &x) -> u32 {
         float a = x.af();
         return a != a         ? 0
                : a >= 0x1p31f ? 0x7fffffff
                : a < -0x1p31f ? 0x80000000
                               : u32(i32(a));
       }},
      {"v_cvt_u32_f32 v8, v2", Exact,
       [](const In &x) -> u32 {
         float a = x.af();
         return !(a > 0) ? 0 : a >= 0x1p32f ? ~0u : u32(a);
       }},
      {"v_cvt_f32_i32 v8, v2", Exact,
       [](const In &x) { return fbits(float(x.ai())); }},
      {"v_cvt_f32_u32 v8, v2", Exact,
       [](const In &x) { return fbits(float(x.au())); }},
      {"v_cvt_f32_ubyte2 v8, v2", Exact,
       [](const In &x) { return fbits(float(x.au() >> 16 & 255)); }},
      {"v_cmp_lt_f32 vcc, v2, v4\n v_cndmask_b32 v8, v2, v4, vcc", Exact,
       [](const In &x) { return x.af() < x.bf() ? x.bu() : x.au(); }},
      {"v_cmp_nlt_f32 s[20:21], v2, |v4|\n v_cndmask_b32 v8, 0, 1, s[20:21]",
       Exact, [](const In &x) { return u32(!(x.af() < std::fabs(x.bf()))); }},
      {"v_cmp_u_f32 vcc, v2, v4\n v_cndmask_b32 v8, 0, v4, vcc", Exact,
       [](const In &x) {
         return std::isnan(x.af()) || std::isnan(x.bf()) ? x.bu() : 0;
       }},
      {"v_mov_b32 v10, 0x90\n v_cmp_class_f32 vcc, v2, v10\n v_cndmask_b32 v8, "
       "0, 1, vcc",
       Exact,
       [](const In &x) {
         return u32(x.af() != 0 && std::fabs(x.af()) < 1.17549435e-38f);
       }},
  });
}

TEST(Ops, DoubleFloat) {
  check({
      {"v_add_f64 v[8:9], v[2:3], v[4:5]", F64,
       [](const In &x) { return dbits(x.ad() + x.bd()); }, true},
      {"v_add_f64 v[8:9], v[2:3], -v[4:5]", F64,
       [](const In &x) { return dbits(x.ad() - x.bd()); }, true},
      {"v_mul_f64 v[8:9], |v[2:3]|, v[4:5]", F64,
       [](const In &x) { return dbits(std::fabs(x.ad()) * x.bd()); }, true},
      {"v_mul_f64 v[8:9], v[2:3], 4.0", F64,
       [](const In &x) { return dbits(x.ad() * 4); }, true},
      {"v_fma_f64 v[8:9], v[2:3], v[4:5], v[6:7]", F64,
       [](const In &x) { return dbits(std::fma(x.ad(), x.bd(), x.cd())); },
       true},
      {"v_fmac_f64 v[8:9], v[2:3], v[4:5]", F64,
       [](const In &x) {
         return dbits(std::fma(x.ad(), x.bd(), as<double>(x.old)));
       },
       true},
      {"v_floor_f64 v[8:9], v[2:3]", F64,
       [](const In &x) { return dbits(std::floor(x.ad())); }, true},
      {"v_trunc_f64 v[8:9], v[2:3]", F64,
       [](const In &x) { return dbits(std::trunc(x.ad())); }, true},
      {"v_rcp_f64 v[8:9], v[2:3]", F64,
       [](const In &x) { return dbits(1 / x.ad()); }, true},
      {"v_cvt_f64_f32 v[8:9], v2", F64,
       [](const In &x) { return dbits(double(x.af())); }, true},
      {"v_cvt_f32_f64 v8, v[2:3]", F32,
       [](const In &x) { return fbits(float(x.ad())); }},
      {"v_cvt_i32_f64 v8, v[2:3]", Exact,
       [](const In &x) -> u32 {
         double a = x.ad();
         return a != a         ? 0
                : a >= 0x1p31  ? 0x7fffffff
                : a <= -0x1p31 ? 0x80000000
                               : u32(i32(a));
       }},
      {"v_cvt_f64_u32 v[8:9], v2", F64,
       [](const In &x) { return dbits(double(x.au())); }, true},
      {"v_trig_preop_f64 v[8:9], 1.0, 0", F64,
       // The double nearest 2/pi is its 53 bits rounded up in the last place.
       [](const In &) {
         return dbits(std::nextafter(0.63661977236758134308, 0));
       },
       true},
      {"v_ldexp_f64 v[8:9], v[2:3], 5", F64,
       [](const In &x) { return dbits(std::ldexp(x.ad(), 5)); }, true},
      {"v_cmp_ge_f64 vcc, v[2:3], v[4:5]\n v_cndmask_b32 v8, 0, 1, vcc", Exact,
       [](const In &x) { return u32(x.ad() >= x.bd()); }},
  });
}

TEST(Ops, HalfFloat) {
  check({
      {"v_add_f16 v8, v2, v4", F16,
       [](const In &x) { return hbits(x.ah() + x.bh()); }},
      {"v_mul_f16 v8, v2, v4", F16,
       [](const In &x) { return hbits(x.ah() * x.bh()); }},
      {"v_mul_f16 v8, v2, 2.0", F16,
       [](const In &x) { return hbits(x.ah() * 2); }},
      {"v_max_f16 v8, -v2, v4", F16,
       [](const In &x) { return hbits(maximum(-x.ah(), x.bh())); }},
      {"v_fma_f16 v8, v2, v4, v6", F16,
       [](const In &x) {
         return (u32(x.old) & 0xffff0000) |
                hbits(float(_Float16(double(x.ah()) * x.bh() + x.ch())));
       }},
      {"v_fma_f16 v8, v2, v4, v6 op_sel:[1,0,0,1]\n v_lshrrev_b32 v8, 16, v8",
       F16,
       [](const In &x) {
         return hbits(
             float(_Float16(double(In::half(x.au() >> 16)) * x.bh() + x.ch())));
       }},
      {"v_fma_f16 v8, v2, v4, v6 op_sel:[1,0,0,1]\n v_and_b32 v8, 0xffff, v8",
       Exact, [](const In &x) { return u32(x.old) & 0xffff; }},
      {"v_cvt_f16_f32 v8, v2", F16, [](const In &x) { return hbits(x.af()); }},
      {"v_cvt_f32_f16 v8, v2", F32, [](const In &x) { return fbits(x.ah()); }},
      {"v_cvt_f32_f16_sdwa v8, v2 dst_sel:DWORD dst_unused:UNUSED_PAD "
       "src0_sel:WORD_1",
       F32, [](const In &x) { return fbits(In::half(x.au() >> 16)); }},
      {"v_add_f16_sdwa v8, v2, v4 dst_sel:WORD_1 dst_unused:UNUSED_PRESERVE "
       "src0_sel:WORD_1 src1_sel:WORD_0\n v_lshrrev_b32 v8, 16, v8",
       F16, [](const In &x) { return hbits(In::half(x.au() >> 16) + x.bh()); }},
      {"v_add_f16_sdwa v8, v2, v4 dst_sel:WORD_1 dst_unused:UNUSED_PRESERVE "
       "src0_sel:WORD_1 src1_sel:WORD_0\n v_and_b32 v8, 0xffff, v8",
       Exact, [](const In &x) { return u32(x.old) & 0xffff; }},
      {"v_pk_add_f16 v8, v2, v4\n v_and_b32 v8, 0xffff, v8", F16,
       [](const In &x) { return hbits(x.ah() + x.bh()); }},
      {"v_pk_mul_f16 v8, v2, v4\n v_lshrrev_b32 v8, 16, v8", F16,
       [](const In &x) {
         return hbits(In::half(x.au() >> 16) * In::half(x.bu() >> 16));
       }},
      {"v_pk_add_f16 v8, v2, v4 op_sel:[1,0] op_sel_hi:[0,1]\n v_and_b32 v8, "
       "0xffff, v8",
       F16, [](const In &x) { return hbits(In::half(x.au() >> 16) + x.bh()); }},
      {"v_pk_fma_f16 v8, v2, v4, v6 neg_lo:[1,0,0]\n v_and_b32 v8, 0xffff, v8",
       F16,
       [](const In &x) {
         return hbits(float(_Float16(double(-x.ah()) * x.bh() + x.ch())));
       }},
      {"v_pk_add_f16 v8, v2, 1.0 op_sel_hi:[1,0]\n v_lshrrev_b32 v8, 16, v8",
       F16, [](const In &x) { return hbits(In::half(x.au() >> 16) + 1); }},
      {"v_cmp_gt_f16 vcc, v2, v4\n v_cndmask_b32 v8, 0, 1, vcc", Exact,
       [](const In &x) { return u32(x.ah() > x.bh()); }},
  });
}

TEST(Ops, Integers) {
  check({
      {"v_add_u32 v8, v2, v4", Exact,
       [](const In &x) { return x.au() + x.bu(); }},
      {"v_sub_u32 v8, v2, v4", Exact,
       [](const In &x) { return x.au() - x.bu(); }},
      {"v_subrev_u32 v8, v2, v4", Exact,
       [](const In &x) { return x.bu() - x.au(); }},
      {"v_add_u32 v8, v2, v4 clamp", Exact,
       [](const In &x) {
         u64 r = u64(x.au()) + x.bu();
         return r > ~0u ? ~0u : r;
       }},
      {"v_sub_i32 v8, v2, v4 clamp", Exact,
       [](const In &x) -> u64 {
         i64 r = i64(x.ai()) - x.bi();
         return u32(r > INT32_MAX ? INT32_MAX : r < INT32_MIN ? INT32_MIN : r);
       }},
      {"v_add_co_u32 v8, vcc, v2, v4\n v_addc_co_u32 v9, vcc, v3, v5, vcc",
       Exact, [](const In &x) { return x.a + x.b; }, true},
      {"v_sub_co_u32 v8, s[20:21], v2, v4\n v_subb_co_u32 v9, vcc, v3, v5, "
       "s[20:21]",
       Exact, [](const In &x) { return x.a - x.b; }, true},
      {"v_addc_co_u32 v8, vcc, v2, v4, vcc", Exact,
       [](const In &x) { return x.au() + x.bu() + x.vcc; }},
      {"v_mad_u64_u32 v[8:9], s[20:21], v2, v4, v[6:7]", Exact,
       [](const In &x) { return u64(x.au()) * x.bu() + x.c; }, true},
      {"v_mad_i64_i32 v[8:9], s[20:21], v2, v4, v[6:7]", Exact,
       [](const In &x) { return u64(i64(x.ai()) * x.bi()) + x.c; }, true},
      {"v_mul_lo_u32 v8, v2, v4", Exact,
       [](const In &x) { return x.au() * x.bu(); }},
      {"v_mul_lo_i32 v8, v2, v4", Exact,
       [](const In &x) { return x.au() * x.bu(); }},
      {"v_mul_hi_u32 v8, v2, v4", Exact,
       [](const In &x) { return u64(x.au()) * x.bu() >> 32; }},
      {"v_mul_hi_i32 v8, v2, v4", Exact,
       [](const In &x) { return u64(i64(x.ai()) * x.bi() >> 32); }},
      {"v_mul_u32_u24 v8, v2, v4", Exact,
       [](const In &x) { return (x.au() & 0xffffff) * (x.bu() & 0xffffff); }},
      {"v_mul_i32_i24 v8, v2, v4", Exact,
       [](const In &x) {
         return u64(i64(i32(x.au() << 8) >> 8) * (i32(x.bu() << 8) >> 8));
       }},
      {"v_mad_u32_u24 v8, v2, v4, v6", Exact,
       [](const In &x) {
         return (x.au() & 0xffffff) * (x.bu() & 0xffffff) + x.cu();
       }},
      {"v_min_i32 v8, v2, v4", Exact,
       [](const In &x) { return u32(std::min(x.ai(), x.bi())); }},
      {"v_max_u32 v8, v2, v4", Exact,
       [](const In &x) { return std::max(x.au(), x.bu()); }},
      {"v_med3_i32 v8, v2, v4, v6", Exact,
       [](const In &x) {
         return u32(std::max(std::min(x.ai(), x.bi()),
                             std::min(std::max(x.ai(), x.bi()), x.ci())));
       }},
      {"v_add3_u32 v8, v2, v4, v6", Exact,
       [](const In &x) { return x.au() + x.bu() + x.cu(); }},
      {"v_lshl_add_u32 v8, v2, 5, v6", Exact,
       [](const In &x) { return (x.au() << 5) + x.cu(); }},
      {"v_add_lshl_u32 v8, v2, v4, 7", Exact,
       [](const In &x) { return (x.au() + x.bu()) << 7; }},
      {"v_lshl_or_b32 v8, v2, v4, v6", Exact,
       [](const In &x) { return (x.au() << (x.bu() & 31)) | x.cu(); }},
      {"v_and_or_b32 v8, v2, v4, v6", Exact,
       [](const In &x) { return (x.au() & x.bu()) | x.cu(); }},
      {"v_or3_b32 v8, v2, v4, v6", Exact,
       [](const In &x) { return x.au() | x.bu() | x.cu(); }},
      {"v_xad_u32 v8, v2, v4, v6", Exact,
       [](const In &x) { return (x.au() ^ x.bu()) + x.cu(); }},
      {"v_lshl_add_u64 v[8:9], v[2:3], 3, v[6:7]", Exact,
       [](const In &x) { return (x.a << 3) + x.c; }, true, true},
      {"v_lshlrev_b64 v[8:9], v2, v[4:5]", Exact,
       [](const In &x) { return x.b << (x.a & 63); }, true},
      {"v_ashrrev_i64 v[8:9], v2, v[4:5]", Exact,
       [](const In &x) { return u64(i64(x.b) >> (x.a & 63)); }, true},
      {"v_lshrrev_b32 v8, v2, v4", Exact,
       [](const In &x) { return x.bu() >> (x.a & 31); }},
      {"v_ashrrev_i32 v8, 3, v4", Exact,
       [](const In &x) { return u32(x.bi() >> 3); }},
      {"v_bfe_u32 v8, v2, 3, 11", Exact,
       [](const In &x) { return x.au() >> 3 & 0x7ff; }},
      {"v_bfe_i32 v8, v2, 3, 11", Exact,
       [](const In &x) { return u32(i32(x.au() << 18) >> 21); }},
      {"v_bfi_b32 v8, v2, v4, v6", Exact,
       [](const In &x) { return (x.au() & x.bu()) | (~x.au() & x.cu()); }},
      {"v_alignbit_b32 v8, v2, v4, 9", Exact,
       [](const In &x) { return (x.au() << 23) | (x.bu() >> 9); }},
      {"v_alignbyte_b32 v8, v2, v4, 1", Exact,
       [](const In &x) { return (x.au() << 24) | (x.bu() >> 8); }},
      {"s_mov_b32 s20, 0x0c020507\n v_perm_b32 v8, v2, v4, s20", Exact,
       [](const In &x) {
         return (x.bu() >> 16 & 255) << 16 | (x.au() >> 8 & 255) << 8 |
                (x.au() >> 24);
       }},
      {"v_bfrev_b32 v8, v2", Exact,
       [](const In &x) {
         u32 r = 0;
         for (int n = 0; n < 32; ++n) {
           r |= (x.au() >> n & 1) << (31 - n);
         }
         return r;
       }},
      {"v_ffbh_u32 v8, v2", Exact,
       [](const In &x) {
         for (u32 n = 0; n < 32; ++n) {
           if (x.au() >> (31 - n) & 1) {
             return n;
           }
         }
         return ~0u;
       }},
      {"v_ffbl_b32 v8, v2", Exact,
       [](const In &x) {
         for (u32 n = 0; n < 32; ++n) {
           if (x.au() >> n & 1) {
             return n;
           }
         }
         return ~0u;
       }},
      {"v_bcnt_u32_b32 v8, v2, v4", Exact,
       [](const In &x) {
         u32 r = x.bu();
         for (int n = 0; n < 32; ++n) {
           r += x.au() >> n & 1;
         }
         return r;
       }},
      {"v_add_u16 v8, v2, v4", Exact,
       [](const In &x) { return u16(x.au() + x.bu()); }},
      {"v_mul_lo_u16 v8, v2, v4", Exact,
       [](const In &x) { return u16(u32(u16(x.a)) * u16(x.b)); }},
      {"v_ashrrev_i16 v8, 3, v4", Exact,
       [](const In &x) { return u16(i16(x.b) >> 3); }},
      {"v_mad_u16 v8, v2, v4, v6 op_sel:[1,0,0,0]", Exact,
       [](const In &x) {
         return (u32(x.old) & 0xffff0000) |
                u16((x.au() >> 16) * u16(x.b) + x.cu());
       }},
      {"v_pk_add_u16 v8, v2, v4", Exact,
       [](const In &x) {
         return u16(x.au() + x.bu()) | ((x.au() >> 16) + (x.bu() >> 16)) << 16;
       }},
      {"v_pk_max_i16 v8, v2, v4", Exact,
       [](const In &x) {
         return u32(u16(std::max(i16(x.a), i16(x.b)))) |
                u32(std::max(i16(x.a >> 16), i16(x.b >> 16))) << 16;
       }},
      {"v_pk_lshlrev_b16 v8, 4, v4 op_sel_hi:[0,1]", Exact,
       [](const In &x) { return (x.bu() << 4 & 0xfff0fff0); }},
      {"v_dot4_i32_i8 v8, v2, v4, v6", Exact,
       [](const In &x) {
         i64 r = x.ci();
         for (int n = 0; n < 32; n += 8) {
           r += int8_t(x.au() >> n) * int8_t(x.bu() >> n);
         }
         return u64(r);
       }},
      {"v_add_u32_sdwa v8, v2, v4 dst_sel:BYTE_1 dst_unused:UNUSED_PRESERVE "
       "src0_sel:BYTE_2 src1_sel:WORD_1",
       Exact,
       [](const In &x) {
         return (u32(x.old) & 0xffff00ff) |
                ((x.au() >> 16) + (x.bu() >> 16) & 255) << 8;
       }},
      {"v_add_u32_sdwa v8, sext(v2), v4 dst_sel:DWORD dst_unused:UNUSED_PAD "
       "src0_sel:BYTE_3 src1_sel:DWORD",
       Exact, [](const In &x) { return u32(int8_t(x.au() >> 24)) + x.bu(); }},
      {"v_lshlrev_b32_sdwa v8, v2, v4 dst_sel:WORD_0 dst_unused:UNUSED_SEXT "
       "src0_sel:BYTE_0 src1_sel:WORD_0",
       Exact,
       [](const In &x) { return u32(i16(u32(u16(x.b)) << (x.au() & 31))); }},
      {"v_add_co_u32_sdwa v8, vcc, v2, v4 dst_sel:DWORD dst_unused:UNUSED_PAD "
       "src0_sel:WORD_1 src1_sel:BYTE_0",
       Exact, [](const In &x) { return (x.au() >> 16) + (x.bu() & 255); }},
      {"v_cmp_eq_u16_sdwa vcc, v2, v4 src0_sel:WORD_1 src1_sel:WORD_1\n "
       "v_cndmask_b32 v8, 0, 1, vcc",
       Exact, [](const In &x) { return u32(x.au() >> 16 == x.bu() >> 16); }},
      {"v_cmp_lt_i64 vcc, v[2:3], v[4:5]\n v_cndmask_b32 v8, 0, 1, vcc", Exact,
       [](const In &x) { return u32(i64(x.a) < i64(x.b)); }},
      {"v_cmp_gt_u32 vcc, 64, v2\n v_cndmask_b32 v8, 0, 1, vcc", Exact,
       [](const In &x) { return u32(64 > x.au()); }},
      {"v_cndmask_b32 v8, v2, v4, vcc", Exact,
       [](const In &x) { return x.vcc ? x.bu() : x.au(); }},
      {"v_pk_mov_b32 v[8:9], v[2:3], v[4:5] op_sel:[1,0]", Exact,
       [](const In &x) { return x.a >> 32 | x.b << 32; }, true},
      {"v_accvgpr_write_b32 a3, v2\n v_accvgpr_read_b32 v8, a3", Exact,
       [](const In &x) { return x.au(); }},
      {"v_mov_b64 v[8:9], v[4:5]", Exact, [](const In &x) { return x.b; }, true,
       true},
      {"v_swap_b32 v8, v2\n v_swap_b32 v8, v2\n v_not_b32 v8, v8", Exact,
       [](const In &x) { return ~u32(x.old); }},
      {"v_sad_u8 v8, v2, v4, v6", Exact,
       [](const In &x) {
         u32 r = x.cu();
         for (int n = 0; n < 32; n += 8) {
           r += u32(std::abs(int(x.au() >> n & 255) - int(x.bu() >> n & 255)));
         }
         return r;
       }},
  });
}

TEST(Ops, PairsOfFloats) {
  auto low = [](u64 a) { return as<float>(u32(a)); };
  auto high = [](u64 a) { return as<float>(u32(a >> 32)); };
  auto clean = [](float f) { return std::isnan(f) ? 0x7fc00000u : fbits(f); };
  // A NaN's bits are the host's business: the kernel replaces them.
  std::string tail =
      "\n v_cmp_u_f32 vcc, v8, v8\n v_mov_b32 v10, 0x7fc00000\n v_cndmask_b32 "
      "v8, v8, v10, vcc"
      "\n v_cmp_u_f32 vcc, v9, v9\n v_cndmask_b32 v9, v9, v10, vcc";
  std::string fma = "v_pk_fma_f32 v[8:9], v[2:3], v[4:5], v[6:7]" + tail;
  std::string swapped = "v_pk_mul_f32 v[8:9], v[2:3], v[4:5] op_sel:[1,0] "
                        "op_sel_hi:[0,1] neg_lo:[1,0]" +
                        tail;
  std::string scalar = "s_mov_b32 s20, 2.0\n s_mov_b32 s21, 4.0\n v_pk_add_f32 "
                       "v[8:9], v[2:3], s[20:21]" +
                       tail;
  check({
      {fma.c_str(), Exact,
       [=](const In &x) {
         return u64(clean(std::fma(low(x.a), low(x.b), low(x.c)))) |
                u64(clean(std::fma(high(x.a), high(x.b), high(x.c)))) << 32;
       },
       true},
      {swapped.c_str(), Exact,
       [=](const In &x) {
         return u64(clean(-high(x.a) * low(x.b))) |
                u64(clean(low(x.a) * high(x.b))) << 32;
       },
       true},
      {scalar.c_str(), Exact,
       [=](const In &x) {
         return u64(clean(low(x.a) + 2)) | u64(clean(high(x.a) + 4)) << 32;
       },
       true},
      {"v_fma_mix_f32 v8, v2, v4, v6 op_sel_hi:[1,0,0]", F32,
       [](const In &x) { return fbits(std::fma(x.ah(), x.bf(), x.cf())); }},
      {"v_fma_mix_f32 v8, v2, v4, v6", F32,
       [](const In &x) { return fbits(std::fma(x.af(), x.bf(), x.cf())); }},
      {"v_dot2_f32_f16 v8, v2, v4, v6", F32,
       [](const In &x) {
         return fbits(std::fma(In::half(x.au() >> 16), In::half(x.bu() >> 16),
                               std::fma(x.ah(), x.bh(), x.cf())));
       },
       false, true},
  });
}

/// Denormals of a format as zeros of their sign.
float flush(float x, float smallest) {
  return std::fabs(x) < smallest ? std::copysign(0.0f, x) : x;
}
float flush32(float x) { return flush(x, 0x1p-126f); }
float flush16(float x) { return flush(x, 0x1p-14f); }

/// v_mad rounds twice; it and the dot products know no denormals.
TEST(Ops, Gfx90a) {
  auto mad = [](float a, float b, float c) {
    return fbits(flush32(flush32(flush32(a) * flush32(b)) + flush32(c)));
  };
  check({{"v_mad_f32 v8, v2, v4, v6", F32,
          [=](const In &x) { return mad(x.af(), x.bf(), x.cf()); }},
         {"v_mac_f32 v8, v2, v4", F32,
          [=](const In &x) {
            return mad(x.af(), x.bf(), as<float>(u32(x.old)));
          }},
         {"v_madmk_f32 v8, v2, 0x41200000, v4", F32,
          [=](const In &x) { return mad(x.af(), 10.0f, x.bf()); }},
         {"v_madak_f32 v8, v2, v4, 0x41200000", F32,
          [=](const In &x) { return mad(x.af(), x.bf(), 10.0f); }},
         {"v_dot2_f32_f16 v8, v2, v4, v6", F32,
          [](const In &x) {
            auto high = [](u32 v) { return flush16(In::half(u16(v >> 16))); };
            float sum =
                std::fma(flush16(x.ah()), flush16(x.bh()), flush32(x.cf()));
            return fbits(flush32(std::fma(high(x.au()), high(x.bu()), sum)));
          }}},
        {"gfx90a"});
}

/// The sign of (1 + a) - round(1 + a); zero for infinities and NaN.
double error(float a) {
  if (!std::isfinite(a)) {
    return 0;
  }
  return std::fabs(a) >= 0x1p53f ? 1 : double(a) - (double(1.0f + a) - 1.0);
}

/// gfx942 gives NaN, 0x80, for what is too large for its fp8, or with
/// MODE.FP16_OVFL the largest value; an infinity is NaN in both cases.
TEST(Ops, Fp8Overflow) {
  auto text = [](const char *op, int saturate) {
    return "s_setreg_imm32_b32 hwreg(HW_REG_MODE, 23, 1), " +
           std::to_string(saturate) + "\n v_mov_b32 v8, 0\n " + op +
           " v8, v2, v2\n v_and_b32 v8, 0x7f, v8\n"
           " s_setreg_imm32_b32 hwreg(HW_REG_MODE, 23, 1), 0";
  };
  // Only what overflows is looked at: everything else counts as right. The
  // bounds are the largest value and half of its last place.
  std::string plain = text("v_cvt_pk_fp8_f32", 0);
  std::string saturating = text("v_cvt_pk_fp8_f32", 1);
  auto clean = [](const char *bound) {
    return std::string("\n v_mov_b32 v10, ") + bound +
           "\n v_cmp_lt_f32 vcc, |v2|, v10\n v_cndmask_b32 v8, v8, -1, vcc\n"
           " v_cmp_u_f32 vcc, v2, v2\n v_cndmask_b32 v8, v8, -1, vcc";
  };
  plain += clean("0x43780000"); // 248
  saturating += clean("0x43780000");
  auto expected = [](const In &x, u32 large) -> u64 {
    float a = std::fabs(x.af());
    return !(a >= 248) ? ~0u : std::isinf(a) ? 0 : large;
  };
  check({{plain.c_str(), Exact, [=](const In &x) { return expected(x, 0); }},
         {saturating.c_str(), Exact,
          [=](const In &x) { return expected(x, 0x7f); }}},
        {"gfx942"});
}

TEST(Ops, ModeRegister) {
  // The assembler's default descriptor keeps f32 denormals here; the kernel
  // changes rounding (bits 1:0) and denormals (bits 5:4) itself.
  check({
      {"s_setreg_imm32_b32 hwreg(HW_REG_MODE, 0, 2), 1\n v_add_f32 v8, 1.0, "
       "v2\n s_setreg_imm32_b32 hwreg(HW_REG_MODE, 0, 2), 0",
       F32,
       [](const In &x) {
         float near = 1.0f + x.af();
         return fbits(error(x.af()) > 0 ? std::nextafter(near, INFINITY)
                                        : near);
       }},
      {"s_setreg_imm32_b32 hwreg(HW_REG_MODE, 0, 2), 3\n v_add_f32 v8, 1.0, "
       "v2\n s_setreg_imm32_b32 hwreg(HW_REG_MODE, 0, 2), 0",
       F32,
       [](const In &x) {
         float near = 1.0f + x.af();
         return fbits(error(x.af()) * near < 0 ? std::nextafter(near, 0.0f)
                                               : near);
       }},
      {"s_setreg_imm32_b32 hwreg(HW_REG_MODE, 4, 2), 0\n v_mul_f32 v8, 1.0, "
       "v2\n s_setreg_imm32_b32 hwreg(HW_REG_MODE, 4, 2), 3",
       F32,
       [](const In &x) {
         return std::fabs(x.af()) < 1.17549435e-38f ? x.au() & 0x80000000
                                                    : x.au();
       }},
      {"v_mul_f32 v8, 1.0, v2\n s_getreg_b32 s20, hwreg(HW_REG_MODE, 4, 4)\n "
       "v_mov_b32 v9, s20",
       F32, [](const In &x) { return u64(x.au()); }},
      {"s_getreg_b32 s20, hwreg(HW_REG_MODE, 4, 4)\n v_mov_b32 v8, s20", Exact,
       [](const In &) { return u64(15); }},
  });
}

} // namespace
