//===- MatrixTest.cpp - MFMA against a triple loop ------------------------===//
//
// The operand placement is written here a second time, lane by lane: what each
// (lane, element) of A and B and each (lane, register) of D stands for.
//
//===----------------------------------------------------------------------===//

#include "Harness.h"
#include <cmath>
#include <random>

using namespace moesaic::sim;
using namespace moesaic::sim::test;

namespace {

/// FP8 and BF8 are FNUZ, OFP8 and OBF8 the OCP formats.
enum Type { F32, XF32, F16, BF16, I8, FP8, BF8, OFP8, OBF8, F64 };

unsigned bitsOf(Type t) {
  return t == F64                ? 64
         : t == F32 || t == XF32 ? 32
         : t == F16 || t == BF16 ? 16
                                 : 8;
}

/// Small values that every format holds exactly, so that sums are exact in any
/// order: multiples of 0.5 between -3.5 and 3.5 (integers for i8).
double decode(Type t, int n) { return t == I8 ? n : n / 2.0; }

uint64_t encode(Type t, int n) {
  double value = decode(t, n);
  float f = float(value);
  uint32_t raw;
  memcpy(&raw, &f, 4);
  switch (t) {
  case F64: {
    uint64_t wide;
    memcpy(&wide, &value, 8);
    return wide;
  }
  case F32:
  case XF32:
    return raw;
  case BF16:
    return raw >> 16;
  case F16: {
    _Float16 h = _Float16(f);
    uint16_t bits;
    memcpy(&bits, &h, 2);
    return bits;
  }
  case I8:
    return uint8_t(n);
  case FP8:
  case BF8:
  case OFP8:
  case OBF8: {
    // value = 2^(e - bias) (1 + m / 2^M); FNUZ: bias 8 for e4m3, 16 for e5m2.
    if (n == 0) {
      return 0;
    }
    int mantissaBits = t == FP8 || t == OFP8 ? 3 : 2, exponent;
    int bias = t == FP8 ? 8 : t == BF8 ? 16 : t == OFP8 ? 7 : 15;
    double fraction = std::frexp(std::fabs(value), &exponent) * 2 - 1;
    unsigned m = unsigned(fraction * (1 << mantissaBits));
    unsigned e = unsigned(exponent - 1 + bias);
    return (n < 0 ? 0x80u : 0u) | e << mantissaBits | m;
  }
  }
  return 0;
}

struct Case {
  const char *name;
  Type a, b;
  unsigned size, k, blocks; ///< M = N = size.
  const char *modifiers = "";
  const char *chip = "gfx942";
};

void PrintTo(const Case &c, std::ostream *os) {
  *os << c.name << c.modifiers << " " << c.chip;
}

class Mfma : public testing::TestWithParam<Case> {};

TEST_P(Mfma, MatchesTripleLoop) {
  const Case &c = GetParam();
  unsigned S = c.size, perLane = S * c.k * c.blocks / 64;
  unsigned words = perLane * bitsOf(c.a) / 32;
  bool wide = c.a == F64;
  unsigned results = S * S * c.blocks / 64;
  unsigned resultWords = results * (wide ? 2 : 1);
  std::mt19937 random(7);
  std::vector<int> A(c.blocks * S * c.k), B(A.size()), C(c.blocks * S * S);
  auto fill = [&](std::vector<int> &v) {
    for (int &x : v) {
      // e5m2 has two mantissa bits: +-2.5 is the widest half step it holds.
      x = int(random() % 11) - 5;
    }
  };
  fill(A), fill(B), fill(C);

  // Registers: row r, lane l at [r * 64 + l].
  std::vector<uint32_t> regsA(words * 64), regsB(words * 64),
      regsC(resultWords * 64);
  for (unsigned lane = 0; lane < 64; ++lane) {
    for (unsigned n = 0; n < perLane; ++n) {
      unsigned line = lane % S, rest = lane / S;
      unsigned block = c.blocks == 1 ? 0 : rest % c.blocks;
      unsigned group = c.blocks == 1 ? rest : rest / c.blocks;
      unsigned k = group * perLane + n;
      uint64_t a = encode(c.a, A[(block * S + line) * c.k + k]);
      uint64_t b = encode(c.b, B[(block * S + line) * c.k + k]);
      unsigned bit = n * bitsOf(c.a);
      regsA[bit / 32 * 64 + lane] |= uint32_t(a << bit % 32);
      regsB[bit / 32 * 64 + lane] |= uint32_t(b << bit % 32);
      if (wide) {
        regsA[64 + lane] = uint32_t(a >> 32);
        regsB[64 + lane] = uint32_t(b >> 32);
      }
    }
  }
  // The place of D[block][i][j].
  auto place = [&](unsigned block, unsigned i, unsigned j, unsigned &lane,
                   unsigned &reg) {
    if (wide) {
      lane = S == 16 ? (i % 4) * 16 + j : i * 16 + block * 4 + j;
      reg = S == 16 ? 2 * (i / 4) : 0;
    } else if (S == 4) {
      lane = block * 4 + j;
      reg = i;
    } else if (S == 16) {
      lane = i / 4 * 16 + j;
      reg = block * 4 + i % 4;
    } else {
      lane = (i / 4 % 2) * 32 + j;
      reg = block * 16 + i / 8 * 4 + i % 4;
    }
  };
  bool integer = c.a == I8;
  auto encodeC = [&](int n) -> uint64_t {
    return integer ? uint64_t(uint32_t(n)) : encode(wide ? F64 : F32, n);
  };
  for (unsigned block = 0; block < c.blocks; ++block) {
    for (unsigned i = 0; i < S; ++i) {
      for (unsigned j = 0; j < S; ++j) {
        unsigned lane, reg;
        place(block, i, j, lane, reg);
        uint64_t raw = encodeC(C[(block * S + i) * S + j]);
        regsC[reg * 64 + lane] = uint32_t(raw);
        if (wide) {
          regsC[(reg + 1) * 64 + lane] = uint32_t(raw >> 32);
        }
      }
    }
  }

  std::string body = "  s_load_dwordx8 s[4:11], s[0:1], 0\n"
                     "  v_lshlrev_b32 v1, 2, v0\n  s_waitcnt lgkmcnt(0)\n";
  auto each = [&](const char *op, char file, unsigned base, unsigned count,
                  const char *pointer) {
    for (unsigned n = 0; n < count; ++n) {
      // Offsets have 12 bits: move the scalar base along.
      std::string reg = file + std::to_string(base + n);
      body += std::string("  global_") + op +
              (op[0] == 'l' ? " " + reg + ", v1, " : " v1, " + reg + ", ") +
              pointer + "\n";
      std::string low = std::string(1, pointer[0]) +
                        std::string(pointer + 2, strchr(pointer, ':'));
      unsigned first = unsigned(atoi(low.c_str() + 1));
      body += "  s_add_u32 s" + std::to_string(first) + ", s" +
              std::to_string(first) + ", 256\n  s_addc_u32 s" +
              std::to_string(first + 1) + ", s" + std::to_string(first + 1) +
              ", 0\n";
    }
  };
  each("load_dword", 'v', 2, words, "s[4:5]");
  each("load_dword", 'v', 8, words, "s[6:7]");
  each("load_dword", 'a', 0, resultWords, "s[8:9]");
  body += "  s_waitcnt vmcnt(0)\n";
  auto range = [](char file, unsigned first, unsigned count) {
    return count == 1 ? file + std::to_string(first)
                      : file + ("[" + std::to_string(first)) + ":" +
                            std::to_string(first + count - 1) + "]";
  };
  body += std::string("  ") + c.name + " " + range('a', 0, resultWords) + ", " +
          range('v', 2, words) + ", " + range('v', 8, words) + ", " +
          range('a', 0, resultWords) + c.modifiers + "\n  s_nop 15\n";
  each("store_dword", 'a', 0, resultWords, "s[10:11]");
  auto object = assemble(body, c.chip);
  Gpu gpu(object.get(), c.chip);
  ASSERT_TRUE(gpu.ok()) << gpu.loadError;
  auto *out = gpu.zeros<uint32_t>(resultWords * 64);
  ASSERT_EQ(gpu.run({{1, 1, 1}, {64, 1, 1}}, gpu.upload(regsA),
                    gpu.upload(regsB), gpu.upload(regsC), out),
            "");
  std::string modifiers = c.modifiers;
  for (unsigned block = 0; block < c.blocks; ++block) {
    unsigned from = block;
    if (modifiers == " cbsz:2 abid:1") {
      from = block / 4 * 4 + 1;
    }
    for (unsigned i = 0; i < S; ++i) {
      for (unsigned j = 0; j < S; ++j) {
        double sum = decode(integer ? I8 : F32, C[(block * S + i) * S + j]);
        sum = modifiers == " neg:[0,1,1]" ? -sum : sum;
        for (unsigned k = 0; k < c.k; ++k) {
          unsigned columnBlock = block, column = j;
          if (modifiers == " blgp:1" && S == 32) {
            columnBlock = 0; // lanes 32-63 read lanes 0-31
          }
          double product = decode(c.a, A[(from * S + i) * c.k + k]) *
                           decode(c.b, B[(columnBlock * S + column) * c.k + k]);
          sum += modifiers == " neg:[0,1,1]" ? -product : product;
        }
        unsigned lane, reg;
        place(block, i, j, lane, reg);
        double got;
        if (integer) {
          got = int32_t(out[reg * 64 + lane]);
        } else if (wide) {
          uint64_t raw =
              uint64_t(out[(reg + 1) * 64 + lane]) << 32 | out[reg * 64 + lane];
          memcpy(&got, &raw, 8);
        } else {
          float f;
          memcpy(&f, &out[reg * 64 + lane], 4);
          got = f;
        }
        ASSERT_EQ(got, sum) << "block " << block << " i " << i << " j " << j;
      }
    }
  }
  EXPECT_EQ(gpu.stats.mfma, 1u);
}

INSTANTIATE_TEST_SUITE_P(
    Gfx942, Mfma,
    testing::Values(
        Case{"v_mfma_f32_32x32x1_2b_f32", F32, F32, 32, 1, 2},
        Case{"v_mfma_f32_32x32x1_2b_f32", F32, F32, 32, 1, 2, " blgp:1"},
        Case{"v_mfma_f32_16x16x1_4b_f32", F32, F32, 16, 1, 4},
        Case{"v_mfma_f32_16x16x1_4b_f32", F32, F32, 16, 1, 4, " cbsz:2 abid:1"},
        Case{"v_mfma_f32_4x4x1_16b_f32", F32, F32, 4, 1, 16},
        Case{"v_mfma_f32_4x4x1_16b_f32", F32, F32, 4, 1, 16, " cbsz:2 abid:1"},
        Case{"v_mfma_f32_32x32x2_f32", F32, F32, 32, 2, 1},
        Case{"v_mfma_f32_16x16x4_f32", F32, F32, 16, 4, 1},
        Case{"v_mfma_f32_32x32x4_xf32", XF32, XF32, 32, 4, 1},
        Case{"v_mfma_f32_16x16x8_xf32", XF32, XF32, 16, 8, 1},
        Case{"v_mfma_f32_32x32x4_2b_f16", F16, F16, 32, 4, 2},
        Case{"v_mfma_f32_16x16x4_4b_f16", F16, F16, 16, 4, 4},
        Case{"v_mfma_f32_4x4x4_16b_f16", F16, F16, 4, 4, 16},
        Case{"v_mfma_f32_32x32x8_f16", F16, F16, 32, 8, 1},
        Case{"v_mfma_f32_16x16x16_f16", F16, F16, 16, 16, 1},
        Case{"v_mfma_f32_32x32x4_2b_bf16", BF16, BF16, 32, 4, 2},
        Case{"v_mfma_f32_16x16x4_4b_bf16", BF16, BF16, 16, 4, 4},
        Case{"v_mfma_f32_4x4x4_16b_bf16", BF16, BF16, 4, 4, 16},
        Case{"v_mfma_f32_32x32x8_bf16", BF16, BF16, 32, 8, 1},
        Case{"v_mfma_f32_16x16x16_bf16", BF16, BF16, 16, 16, 1},
        Case{"v_mfma_i32_32x32x4_2b_i8", I8, I8, 32, 4, 2},
        Case{"v_mfma_i32_16x16x4_4b_i8", I8, I8, 16, 4, 4},
        Case{"v_mfma_i32_4x4x4_16b_i8", I8, I8, 4, 4, 16},
        Case{"v_mfma_i32_32x32x16_i8", I8, I8, 32, 16, 1},
        Case{"v_mfma_i32_16x16x32_i8", I8, I8, 16, 32, 1},
        Case{"v_mfma_f32_16x16x32_fp8_fp8", FP8, FP8, 16, 32, 1},
        Case{"v_mfma_f32_16x16x32_bf8_fp8", BF8, FP8, 16, 32, 1},
        Case{"v_mfma_f32_32x32x16_fp8_bf8", FP8, BF8, 32, 16, 1},
        Case{"v_mfma_f32_32x32x16_bf8_bf8", BF8, BF8, 32, 16, 1},
        Case{"v_mfma_f64_16x16x4_f64", F64, F64, 16, 4, 1},
        Case{"v_mfma_f64_16x16x4_f64", F64, F64, 16, 4, 1, " neg:[0,1,1]"},
        Case{"v_mfma_f64_4x4x4_4b_f64", F64, F64, 4, 4, 4}));

INSTANTIATE_TEST_SUITE_P(
    Gfx90a, Mfma,
    testing::Values(
        Case{"v_mfma_f32_32x32x1f32", F32, F32, 32, 1, 2, "", "gfx90a"},
        Case{"v_mfma_f32_16x16x1f32", F32, F32, 16, 1, 4, "", "gfx90a"},
        Case{"v_mfma_f32_4x4x1f32", F32, F32, 4, 1, 16, "", "gfx90a"},
        Case{"v_mfma_f32_32x32x2f32", F32, F32, 32, 2, 1, "", "gfx90a"},
        Case{"v_mfma_f32_16x16x4f32", F32, F32, 16, 4, 1, "", "gfx90a"},
        Case{"v_mfma_f32_32x32x4f16", F16, F16, 32, 4, 2, "", "gfx90a"},
        Case{"v_mfma_f32_16x16x4f16", F16, F16, 16, 4, 4, "", "gfx90a"},
        Case{"v_mfma_f32_4x4x4f16", F16, F16, 4, 4, 16, "", "gfx90a"},
        Case{"v_mfma_f32_32x32x8f16", F16, F16, 32, 8, 1, "", "gfx90a"},
        Case{"v_mfma_f32_16x16x16f16", F16, F16, 16, 16, 1, "", "gfx90a"},
        Case{"v_mfma_f32_32x32x2bf16", BF16, BF16, 32, 2, 2, "", "gfx90a"},
        Case{"v_mfma_f32_16x16x2bf16", BF16, BF16, 16, 2, 4, "", "gfx90a"},
        Case{"v_mfma_f32_4x4x2bf16", BF16, BF16, 4, 2, 16, "", "gfx90a"},
        Case{"v_mfma_f32_32x32x4bf16", BF16, BF16, 32, 4, 1, "", "gfx90a"},
        Case{"v_mfma_f32_16x16x8bf16", BF16, BF16, 16, 8, 1, "", "gfx90a"},
        Case{"v_mfma_f32_32x32x4bf16_1k", BF16, BF16, 32, 4, 2, "", "gfx90a"},
        Case{"v_mfma_f32_16x16x4bf16_1k", BF16, BF16, 16, 4, 4, "", "gfx90a"},
        Case{"v_mfma_f32_4x4x4bf16_1k", BF16, BF16, 4, 4, 16, "", "gfx90a"},
        Case{"v_mfma_f32_32x32x8bf16_1k", BF16, BF16, 32, 8, 1, "", "gfx90a"},
        Case{"v_mfma_f32_16x16x16bf16_1k", BF16, BF16, 16, 16, 1, "", "gfx90a"},
        Case{"v_mfma_i32_32x32x4i8", I8, I8, 32, 4, 2, "", "gfx90a"},
        Case{"v_mfma_i32_16x16x4i8", I8, I8, 16, 4, 4, "", "gfx90a"},
        Case{"v_mfma_i32_4x4x4i8", I8, I8, 4, 4, 16, "", "gfx90a"},
        Case{"v_mfma_i32_32x32x8i8", I8, I8, 32, 8, 1, "", "gfx90a"},
        Case{"v_mfma_i32_16x16x16i8", I8, I8, 16, 16, 1, "", "gfx90a"},
        Case{"v_mfma_f64_16x16x4f64", F64, F64, 16, 4, 1, "", "gfx90a"},
        Case{"v_mfma_f64_4x4x4f64", F64, F64, 4, 4, 4, "", "gfx90a"},
        Case{"v_mfma_f32_32x32x1f32", F32, F32, 32, 1, 2, " blgp:1", "gfx90a"},
        Case{"v_mfma_f32_4x4x1f32", F32, F32, 4, 1, 16, " cbsz:2 abid:1",
             "gfx90a"}));

INSTANTIATE_TEST_SUITE_P(
    Gfx950, Mfma,
    testing::Values(
        Case{"v_mfma_f32_32x32x1_2b_f32", F32, F32, 32, 1, 2, "", "gfx950"},
        Case{"v_mfma_f32_32x32x1_2b_f32", F32, F32, 32, 1, 2, " blgp:1",
             "gfx950"},
        Case{"v_mfma_f32_16x16x1_4b_f32", F32, F32, 16, 1, 4, "", "gfx950"},
        Case{"v_mfma_f32_16x16x1_4b_f32", F32, F32, 16, 1, 4, " cbsz:2 abid:1",
             "gfx950"},
        Case{"v_mfma_f32_4x4x1_16b_f32", F32, F32, 4, 1, 16, "", "gfx950"},
        Case{"v_mfma_f32_4x4x1_16b_f32", F32, F32, 4, 1, 16, " cbsz:2 abid:1",
             "gfx950"},
        Case{"v_mfma_f32_32x32x2_f32", F32, F32, 32, 2, 1, "", "gfx950"},
        Case{"v_mfma_f32_16x16x4_f32", F32, F32, 16, 4, 1, "", "gfx950"},
        Case{"v_mfma_f32_32x32x4_2b_f16", F16, F16, 32, 4, 2, "", "gfx950"},
        Case{"v_mfma_f32_16x16x4_4b_f16", F16, F16, 16, 4, 4, "", "gfx950"},
        Case{"v_mfma_f32_4x4x4_16b_f16", F16, F16, 4, 4, 16, "", "gfx950"},
        Case{"v_mfma_f32_32x32x8_f16", F16, F16, 32, 8, 1, "", "gfx950"},
        Case{"v_mfma_f32_16x16x16_f16", F16, F16, 16, 16, 1, "", "gfx950"},
        Case{"v_mfma_f32_32x32x4_2b_bf16", BF16, BF16, 32, 4, 2, "", "gfx950"},
        Case{"v_mfma_f32_16x16x4_4b_bf16", BF16, BF16, 16, 4, 4, "", "gfx950"},
        Case{"v_mfma_f32_4x4x4_16b_bf16", BF16, BF16, 4, 4, 16, "", "gfx950"},
        Case{"v_mfma_f32_32x32x8_bf16", BF16, BF16, 32, 8, 1, "", "gfx950"},
        Case{"v_mfma_f32_16x16x16_bf16", BF16, BF16, 16, 16, 1, "", "gfx950"},
        Case{"v_mfma_i32_32x32x4_2b_i8", I8, I8, 32, 4, 2, "", "gfx950"},
        Case{"v_mfma_i32_16x16x4_4b_i8", I8, I8, 16, 4, 4, "", "gfx950"},
        Case{"v_mfma_i32_4x4x4_16b_i8", I8, I8, 4, 4, 16, "", "gfx950"},
        Case{"v_mfma_i32_32x32x16_i8", I8, I8, 32, 16, 1, "", "gfx950"},
        Case{"v_mfma_i32_16x16x32_i8", I8, I8, 16, 32, 1, "", "gfx950"},
        Case{"v_mfma_f64_16x16x4_f64", F64, F64, 16, 4, 1, "", "gfx950"},
        Case{"v_mfma_f64_16x16x4_f64", F64, F64, 16, 4, 1, " neg:[0,1,1]",
             "gfx950"},
        Case{"v_mfma_f64_4x4x4_4b_f64", F64, F64, 4, 4, 4, "", "gfx950"},
        Case{"v_mfma_f32_32x32x16_f16", F16, F16, 32, 16, 1, "", "gfx950"},
        Case{"v_mfma_f32_16x16x32_f16", F16, F16, 16, 32, 1, "", "gfx950"},
        Case{"v_mfma_f32_32x32x16_bf16", BF16, BF16, 32, 16, 1, "", "gfx950"},
        Case{"v_mfma_f32_16x16x32_bf16", BF16, BF16, 16, 32, 1, "", "gfx950"},
        Case{"v_mfma_i32_32x32x32_i8", I8, I8, 32, 32, 1, "", "gfx950"},
        Case{"v_mfma_i32_16x16x64_i8", I8, I8, 16, 64, 1, "", "gfx950"},
        Case{"v_mfma_f32_16x16x32_fp8_fp8", OFP8, OFP8, 16, 32, 1, "",
             "gfx950"},
        Case{"v_mfma_f32_16x16x32_fp8_bf8", OFP8, OBF8, 16, 32, 1, "",
             "gfx950"},
        Case{"v_mfma_f32_16x16x32_bf8_fp8", OBF8, OFP8, 16, 32, 1, "",
             "gfx950"},
        Case{"v_mfma_f32_16x16x32_bf8_bf8", OBF8, OBF8, 16, 32, 1, "",
             "gfx950"},
        Case{"v_mfma_f32_32x32x16_fp8_fp8", OFP8, OFP8, 32, 16, 1, "",
             "gfx950"},
        Case{"v_mfma_f32_32x32x16_fp8_bf8", OFP8, OBF8, 32, 16, 1, "",
             "gfx950"},
        Case{"v_mfma_f32_32x32x16_bf8_fp8", OBF8, OFP8, 32, 16, 1, "",
             "gfx950"},
        Case{"v_mfma_f32_32x32x16_bf8_bf8", OBF8, OBF8, 32, 16, 1, "",
             "gfx950"}));

/// gfx90a takes denormals of f16 and bf16, and of the f32 sum, as zeros; the
/// other chips keep them.
TEST(MfmaDenormals, AreFlushedOnGfx90a) {
  for (std::string chip : {"gfx90a", "gfx942"}) {
    bool old = chip == "gfx90a";
    std::string f16 = old ? "v_mfma_f32_4x4x4f16" : "v_mfma_f32_4x4x4_16b_f16";
    std::string f32 = old ? "v_mfma_f32_4x4x1f32" : "v_mfma_f32_4x4x1_16b_f32";
    // Products 2^-15 * 1, 2^-14 * 1, and a denormal C alone; then f32's.
    auto object = assemble(
        "  s_load_dwordx2 s[4:5], s[0:1], 0\n  v_lshlrev_b32 v1, 2, v0\n"
        "  v_mov_b32 v2, 0x02000200\n  v_mov_b32 v3, v2\n"
        "  v_mov_b32 v4, 0x3c003c00\n  v_mov_b32 v5, v4\n"
        "  v_mov_b32 v6, 0x04000400\n  v_mov_b32 v7, v6\n"
        "  v_mov_b32 v12, 1\n  v_mov_b32 v13, 1\n  v_mov_b32 v14, 1\n"
        "  v_mov_b32 v15, 1\n  v_mov_b32 v10, 0\n  v_mov_b32 v11, 0\n"
        "  v_mov_b32 v8, 1.0\n  v_mov_b32 v9, 0x00400000\n  s_nop 7\n  " +
            f16 + " v[16:19], v[2:3], v[4:5], 0\n  " + f16 +
            " v[20:23], v[6:7], v[4:5], 0\n  " + f16 +
            " v[24:27], v[10:11], v[10:11], v[12:15]\n  " + f32 +
            " v[28:31], v8, v9, 0\n  s_nop 15\n  s_waitcnt lgkmcnt(0)\n"
            "  global_store_dword v1, v16, s[4:5]\n"
            "  global_store_dword v1, v20, s[4:5] offset:256\n"
            "  global_store_dword v1, v24, s[4:5] offset:512\n"
            "  global_store_dword v1, v28, s[4:5] offset:768\n",
        chip);
    Gpu gpu(object.get(), chip);
    ASSERT_TRUE(gpu.ok()) << gpu.loadError;
    auto *out = gpu.zeros<uint32_t>(256);
    ASSERT_EQ(gpu.run({{1, 1, 1}, {64, 1, 1}}, out), "");
    EXPECT_EQ(out[5], old ? 0u : 0x39000000u) << chip; // 4 * 2^-15
    EXPECT_EQ(out[64 + 5], 0x39800000u) << chip;       // 4 * 2^-14
    EXPECT_EQ(out[128 + 5], old ? 0u : 1u) << chip;    // 2^-149
    EXPECT_EQ(out[192 + 5], 0x00400000u) << chip;      // f32 inputs stay
  }
}

} // namespace
