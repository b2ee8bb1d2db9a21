//===- RdnaScalarTest.cpp - SALU operations under RDNA's names ------------===//
//
// Each operation runs on pairs of interesting operands; the result is the
// destination below SCC.
//
//===----------------------------------------------------------------------===//

#include "OpHarness.h"
#include <cmath>

using namespace moesaic::sim;
using namespace moesaic::sim::test;

namespace {

struct Result {
  u32 value;
  bool scc;
};

struct ScalarOp {
  const char *name;
  bool isUnary;
  Result (*fn)(u32 a, u32 b);
};

Result nonZero(u32 value) { return {value, value != 0}; }
Result keep(u32 value) { return {value, true}; } // SCC is set before

u32 leadingEqual(u32 a) {
  u32 n = 1;
  while (n < 32 && (a >> (31 - n) & 1) == a >> 31) {
    ++n;
  }
  return n == 32 ? ~0u : n;
}

const ScalarOp sharedOps[] = {
    {"s_and_b32", false, [](u32 a, u32 b) { return nonZero(a & b); }},
    {"s_and_not1_b32", false, [](u32 a, u32 b) { return nonZero(a & ~b); }},
    {"s_or_not1_b32", false, [](u32 a, u32 b) { return nonZero(a | ~b); }},
    {"s_nand_b32", false, [](u32 a, u32 b) { return nonZero(~(a & b)); }},
    {"s_xnor_b32", false, [](u32 a, u32 b) { return nonZero(~(a ^ b)); }},
    {"s_lshl_b32", false, [](u32 a, u32 b) { return nonZero(a << (b & 31)); }},
    {"s_ashr_i32", false,
     [](u32 a, u32 b) { return nonZero(u32(i32(a) >> (b & 31))); }},
    {"s_lshl2_add_u32", false,
     [](u32 a, u32 b) {
       u64 sum = u64(a) * 4 + b;
       return Result{u32(sum), sum >> 32 != 0};
     }},
    {"s_mul_i32", false, [](u32 a, u32 b) { return keep(a * b); }},
    {"s_mul_hi_u32", false,
     [](u32 a, u32 b) { return keep(u32(u64(a) * b >> 32)); }},
    {"s_mul_hi_i32", false,
     [](u32 a, u32 b) { return keep(u32(i64(i32(a)) * i32(b) >> 32)); }},
    {"s_min_i32", false,
     [](u32 a, u32 b) {
       return Result{i32(a) < i32(b) ? a : b, i32(a) < i32(b)};
     }},
    {"s_max_u32", false,
     [](u32 a, u32 b) { return Result{a > b ? a : b, a > b}; }},
    {"s_pack_ll_b32_b16", false,
     [](u32 a, u32 b) { return keep((a & 0xffff) | b << 16); }},
    {"s_pack_hl_b32_b16", false,
     [](u32 a, u32 b) { return keep(a >> 16 | b << 16); }},
    {"s_pack_lh_b32_b16", false,
     [](u32 a, u32 b) { return keep((a & 0xffff) | (b & 0xffff0000)); }},
    {"s_absdiff_i32", false,
     [](u32 a, u32 b) {
       u32 d = a - b; // its sign counts after it has wrapped
       return nonZero(i32(d) < 0 ? 0u - d : d);
     }},
    {"s_bfe_u32", false,
     [](u32 a, u32 b) {
       u32 width = b >> 16 & 127, shifted = a >> (b & 31);
       return nonZero(width >= 32  ? shifted
                      : width == 0 ? 0
                                   : shifted & ((1u << width) - 1));
     }},
    {"s_ctz_i32_b32", true,
     [](u32 a, u32) { return keep(a ? u32(__builtin_ctz(a)) : ~0u); }},
    {"s_clz_i32_u32", true,
     [](u32 a, u32) { return keep(a ? u32(__builtin_clz(a)) : ~0u); }},
    {"s_cls_i32", true, [](u32 a, u32) { return keep(leadingEqual(a)); }},
    {"s_brev_b32", true,
     [](u32 a, u32) {
       u32 r = 0;
       for (unsigned n = 0; n < 32; ++n) {
         r |= (a >> n & 1) << (31 - n);
       }
       return keep(r);
     }},
    {"s_bcnt1_i32_b32", true,
     [](u32 a, u32) {
       u32 count = 0;
       for (; a != 0; a >>= 1) {
         count += a & 1;
       }
       return nonZero(count);
     }},
    {"s_not_b32", true, [](u32 a, u32) { return nonZero(~a); }},
    {"s_abs_i32", true,
     [](u32 a, u32) { return nonZero(i32(a) < 0 ? 0 - a : a); }},
    {"s_sext_i32_i8", true, [](u32 a, u32) { return keep(u32(int8_t(a))); }},
};

Result addUnsigned(u32 a, u32 b) {
  u64 sum = u64(a) + b;
  return {u32(sum), sum >> 32 != 0};
}
Result subtractUnsigned(u32 a, u32 b) { return {a - b, b > a}; }
Result addWithCarry(u32 a, u32 b) { // SCC is set before
  u64 sum = u64(a) + b + 1;
  return {u32(sum), sum >> 32 != 0};
}
Result subtractWithCarry(u32 a, u32 b) { return {a - b - 1, u64(b) + 1 > a}; }
Result addSigned(u32 a, u32 b) {
  i64 sum = i64(i32(a)) + i32(b);
  return {u32(sum), sum != i32(sum)};
}

const ScalarOp gfx11Ops[] = {
    {"s_add_u32", false, addUnsigned},
    {"s_sub_u32", false, subtractUnsigned},
    {"s_addc_u32", false, addWithCarry},
    {"s_subb_u32", false, subtractWithCarry},
    {"s_add_i32", false, addSigned},
};

float number(u32 raw) { return as<float>(raw); }
float halfOf(u32 raw) { return In::half(u16(raw)); }
float smaller(float a, float b) {
  return std::isnan(a)                          ? b
         : std::isnan(b)                        ? a
         : a < b || (a == b && std::signbit(a)) ? a
                                                : b;
}

const ScalarOp gfx12Ops[] = {
    {"s_add_co_u32", false, addUnsigned},
    {"s_sub_co_u32", false, subtractUnsigned},
    {"s_add_co_ci_u32", false, addWithCarry},
    {"s_sub_co_ci_u32", false, subtractWithCarry},
    {"s_add_co_i32", false, addSigned},
    {"s_add_f32", false,
     [](u32 a, u32 b) { return keep(fbits(number(a) + number(b))); }},
    {"s_sub_f32", false,
     [](u32 a, u32 b) { return keep(fbits(number(a) - number(b))); }},
    {"s_mul_f32", false,
     [](u32 a, u32 b) { return keep(fbits(number(a) * number(b))); }},
    {"s_min_num_f32", false,
     [](u32 a, u32 b) { return keep(fbits(smaller(number(a), number(b)))); }},
    {"s_max_num_f32", false,
     [](u32 a, u32 b) {
       return keep(fbits(-smaller(-number(a), -number(b))));
     }},
    {"s_add_f16", false,
     [](u32 a, u32 b) { return keep(hbits(halfOf(a) + halfOf(b))); }},
    {"s_mul_f16", false,
     [](u32 a, u32 b) { return keep(hbits(halfOf(a) * halfOf(b))); }},
    {"s_ceil_f32", true,
     [](u32 a, u32) { return keep(fbits(std::ceil(number(a)))); }},
    {"s_rndne_f32", true,
     [](u32 a, u32) { return keep(fbits(std::nearbyint(number(a)))); }},
    {"s_trunc_f16", true,
     [](u32 a, u32) { return keep(hbits(std::trunc(halfOf(a)))); }},
    {"s_cvt_f32_i32", true, [](u32 a, u32) { return keep(fbits(i32(a))); }},
    {"s_cvt_f32_u32", true, [](u32 a, u32) { return keep(fbits(a)); }},
    {"s_cvt_f32_f16", true, [](u32 a, u32) { return keep(fbits(halfOf(a))); }},
    {"s_cvt_hi_f32_f16", true,
     [](u32 a, u32) { return keep(fbits(halfOf(a >> 16))); }},
    {"s_cvt_u32_f32", true,
     [](u32 a, u32) {
       float x = number(a);
       return keep(!(x > 0) ? 0 : x >= 0x1p32f ? ~0u : u32(x));
     }},
};

/// Integers, and f32 and f16 values without NaN.
const std::pair<u32, u32> operands[] = {{0, 0},
                                        {1, 0xffffffff},
                                        {0x7fffffff & 0x7f7fffff, 1},
                                        {0x80000000, 0x80000000},
                                        {0x40490fdb, 0xc0200000},
                                        {0x00123c01, 0x0005bc00},
                                        {0xcf000000, 0x4f000001},
                                        {0x3f000000, 0x3f800001}};

bool isFloat(const std::string &name) {
  return name.find("_f32") != name.npos || name.find("_f16") != name.npos;
}

template <class List>
void append(std::vector<Op> &ops, const List &list) {
  for (const ScalarOp &op : list) {
    for (const auto &[a, b] : operands) {
      if (isFloat(op.name) &&
          (std::isnan(number(b)) || std::isnan(halfOf(a)) ||
           std::isnan(halfOf(b)) || std::isnan(halfOf(a >> 16)))) {
        continue;
      }
      Result want = op.fn(a, b);
      std::string text = "s_mov_b32 s20, " + std::to_string(a) +
                         "\n s_mov_b32 s21, " + std::to_string(b) +
                         "\n s_cmp_eq_u32 s20, s20\n " + op.name + " s22, s20" +
                         (op.isUnary ? "" : ", s21") +
                         "\n s_cselect_b32 s23, 1, 0\n v_mov_b32 v8, s22\n "
                         "v_mov_b32 v9, s23";
      ops.push_back(
          {text, Exact,
           [=](const In &) { return want.value | u64(want.scc) << 32; }, true});
    }
  }
}

TEST(RdnaScalars, AgainstFormulas) {
  std::vector<Op> ops;
  append(ops, sharedOps);
  append(ops, gfx11Ops);
  checkAsWritten(ops, {"gfx1100"});
  ops.clear();
  append(ops, sharedOps);
  append(ops, gfx12Ops);
  checkAsWritten(ops, {"gfx1201"});
}

} // namespace
