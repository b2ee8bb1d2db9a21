//===- WmmaTest.cpp - WMMA against a triple loop --------------------------===//
//
// The host lays fragments out one lane and one element at a time, as the ISA
// guides draw them.
//
//===----------------------------------------------------------------------===//

#include "OpHarness.h"
#include <cmath>
#include <random>

using namespace moesaic::sim;
using namespace moesaic::sim::test;

namespace {

enum Type { Half, Brain, E4M3, E5M2, I8, I4, Single, I32 };

constexpr unsigned width(Type type) {
  return type == I4                                   ? 4
         : type == I8 || type == E4M3 || type == E5M2 ? 8
         : type == Half || type == Brain              ? 16
                                                      : 32;
}

/// The bits of a small value; multiples of 1/4 up to 4 exist in every format.
u32 encode(Type type, double x) {
  auto small = [&](int mantissa, int bias) -> u32 {
    if (x == 0) {
      return 0;
    }
    int e;
    double m = std::frexp(std::fabs(x), &e); // m in [1/2, 1)
    u32 field = u32((2 * m - 1) * (1 << mantissa));
    return (x < 0 ? 128 : 0) | u32(e - 1 + bias) << mantissa | field;
  };
  switch (type) {
  case Half:
    return hbits(float(x));
  case Brain:
    return fbits(float(x)) >> 16;
  case E4M3:
    return small(3, 7);
  case E5M2:
    return small(2, 15);
  case Single:
    return fbits(float(x));
  default:
    return u32(i32(x));
  }
}

double decode(Type type, u32 raw) {
  return type == Half    ? In::half(u16(raw))
         : type == Brain ? as<float>(raw << 16)
         : type == I32   ? double(i32(raw))
                         : as<float>(raw);
}

/// The nearest value with `bits` significant bits.
double rounded(double x, int bits) {
  int e;
  double m = std::frexp(x, &e);
  return std::ldexp(std::nearbyint(std::ldexp(m, bits)), e - bits);
}

struct Case {
  const char *name;
  const char *chip;
  unsigned lanes;
  Type a, b, d;
  unsigned k;
  const char *modifiers = "";
  double scaleA = 1, scaleB = 1, scaleC = 1; ///< Effect of the modifiers.
  bool highHalf = false;                     ///< gfx11, 16-bit results.

  /// Integers are unsigned unless neg_lo is given.
  bool isSigned() const { return strstr(modifiers, "neg_lo") != nullptr; }
};

void PrintTo(const Case &c, std::ostream *os) {
  *os << c.chip << " wave" << c.lanes << " " << c.name << c.modifiers;
}

constexpr unsigned kWords = 8; // of each fragment of a lane

class Wmma : public testing::TestWithParam<Case> {
protected:
  bool is11() const { return !strcmp(GetParam().chip, "gfx1100"); }

  /// Where element (row, k) of A, or (column, k) of B, lies in each lane that
  /// holds it: `visit(lane, element)`.
  template <class Visit>
  void holders(unsigned row, unsigned k, Visit visit) {
    const Case &c = GetParam();
    if (is11()) {
      for (unsigned lane = row; lane < c.lanes; lane += 16) {
        visit(lane, k);
      }
    } else {
      visit(row + (k >= c.k / 2 ? 16 : 0), k % (c.k / 2));
    }
  }

  /// Register, lane and shift of element (row, column) of D.
  void placeResult(unsigned row, unsigned column, unsigned &reg, unsigned &lane,
                   unsigned &shift) {
    const Case &c = GetParam();
    shift = 0;
    if (is11()) {
      unsigned groups = c.lanes / 16;
      reg = row / groups;
      lane = column + 16 * (row % groups);
      shift = c.highHalf ? 16 : 0;
      return;
    }
    lane = column + (row >= 8 ? 16 : 0);
    reg = row % 8;
    if (width(c.d) == 16) {
      shift = reg % 2 ? 16 : 0;
      reg /= 2;
    }
  }
};

TEST_P(Wmma, MatchesTripleLoop) {
  const Case &c = GetParam();
  std::mt19937 random(7);
  const bool isInteger = c.d == I32;
  auto draw = [&](Type type) -> double {
    if (type == I8) {
      return double(random() % 256) - (c.isSigned() ? 128 : 0);
    }
    if (type == I4) {
      return double(random() % 16) - (c.isSigned() ? 8 : 0);
    }
    return (int(random() % 17) - 8) / 4.0;
  };
  std::vector<double> a(16 * c.k), b(16 * c.k), addend(256);
  for (double &x : a) {
    x = draw(c.a);
  }
  for (double &x : b) {
    x = draw(c.b);
  }
  for (double &x : addend) {
    x = isInteger ? double(i32(random() % 2000)) - 1000 : draw(Half);
  }
  if (isInteger) {
    addend[5] = 0x7fffffff;
    addend[6] = -0x7fffffff;
  }
  // Per lane: A, B, C, kWords each.
  std::vector<u32> in(c.lanes * 3 * kWords);
  auto put = [&](unsigned lane, unsigned base, unsigned element, Type type,
                 double x) {
    unsigned bit = element * width(type);
    u32 mask = width(type) == 32 ? ~0u : (1u << width(type)) - 1;
    in[lane * 3 * kWords + base + bit / 32] |= (encode(type, x) & mask)
                                               << (bit % 32);
  };
  for (unsigned row = 0; row < 16; ++row) {
    for (unsigned k = 0; k < c.k; ++k) {
      holders(row, k, [&](unsigned lane, unsigned e) {
        put(lane, 0, e, c.a, a[row * c.k + k]);
        put(lane, kWords, e, c.b, b[row * c.k + k]);
      });
    }
  }
  const u32 kept = 0x5a5a5a5a; // the other half of a 16-bit result
  if (is11() && width(c.d) == 16) {
    for (unsigned lane = 0; lane < c.lanes; ++lane) {
      for (unsigned n = 0; n < kWords; ++n) {
        in[(lane * 3 + 2) * kWords + n] =
            c.highHalf ? kept & 0xffff : kept & 0xffff0000;
      }
    }
  }
  unsigned reg, lane, shift;
  for (unsigned row = 0; row < 16; ++row) {
    for (unsigned column = 0; column < 16; ++column) {
      placeResult(row, column, reg, lane, shift);
      in[(lane * 3 + 2) * kWords + reg] |=
          encode(c.d, addend[row * 16 + column]) << shift;
    }
  }
  auto range = [](unsigned first, unsigned words) {
    return words == 1 ? "v" + std::to_string(first)
                      : "v[" + std::to_string(first) + ":" +
                            std::to_string(first + words - 1) + "]";
  };
  unsigned held = is11() ? c.k : c.k / 2;
  unsigned results = is11() ? 256 / c.lanes : width(c.d) == 16 ? 4 : 8;
  const bool split = !is11();
  std::string wait = split ? "  s_wait_loadcnt 0\n" : "  s_waitcnt vmcnt(0)\n";
  std::string body = "  s_load_b128 s[4:7], s[0:1], 0\n";
  body += split ? "  s_wait_kmcnt 0\n" : "  s_waitcnt lgkmcnt(0)\n";
  body += "  v_mul_u32_u24 v1, 96, v0\n";
  for (unsigned n = 0; n < 6; ++n) {
    body += "  global_load_b128 " + range(8 + 4 * n, 4) +
            ", v1, s[4:5] offset:" + std::to_string(16 * n) + "\n";
  }
  body += wait;
  body += std::string("  ") + c.name + " " + range(24, results) + ", " +
          range(8, held * width(c.a) / 32) + ", " +
          range(16, held * width(c.b) / 32) + ", " + range(24, results) +
          c.modifiers + "\n";
  body += "  v_lshlrev_b32 v1, 5, v0\n";
  body += "  global_store_b128 v1, v[24:27], s[6:7]\n";
  body += "  global_store_b128 v1, v[28:31], s[6:7] offset:16\n";
  auto object = assemble(body, c.chip, c.lanes);
  Gpu gpu(object.get(), c.chip);
  ASSERT_TRUE(gpu.ok()) << gpu.loadError;
  u32 *out = gpu.zeros<u32>(c.lanes * kWords);
  ASSERT_EQ(gpu.run({{1, 1, 1}, {c.lanes, 1, 1}}, gpu.upload(in), out), "");
  EXPECT_EQ(gpu.stats.mfma, 1u);
  const bool clamps = strstr(c.modifiers, "clamp");
  for (unsigned row = 0; row < 16; ++row) {
    for (unsigned column = 0; column < 16; ++column) {
      double sum = c.scaleC * addend[row * 16 + column];
      for (unsigned k = 0; k < c.k; ++k) {
        sum += c.scaleA * a[row * c.k + k] * c.scaleB * b[column * c.k + k];
      }
      if (isInteger) {
        sum = clamps ? std::fmin(std::fmax(sum, -0x1p31), 0x1p31 - 1)
                     : double(i32(u32(i64(sum))));
      }
      sum = c.d == Brain ? rounded(sum, 8) : sum;
      placeResult(row, column, reg, lane, shift);
      u32 word = out[lane * kWords + reg];
      u32 mask = width(c.d) == 32 ? ~0u : 0xffffu;
      ASSERT_EQ(decode(c.d, word >> shift & mask), sum)
          << row << " " << column << " in lane " << lane << " register " << reg;
      if (is11() && width(c.d) == 16) {
        EXPECT_EQ(word & ~(mask << shift), kept & ~(mask << shift));
      }
    }
  }
}

const char signedBoth[] = " neg_lo:[1,1,0]";
const char signedClamp[] = " neg_lo:[1,1,0] clamp";

INSTANTIATE_TEST_SUITE_P(
    Gfx11, Wmma,
    testing::Values(
        Case{"v_wmma_f32_16x16x16_f16", "gfx1100", 32, Half, Half, Single, 16},
        Case{"v_wmma_f32_16x16x16_f16", "gfx1100", 64, Half, Half, Single, 16},
        Case{"v_wmma_f32_16x16x16_bf16", "gfx1100", 32, Brain, Brain, Single,
             16},
        Case{"v_wmma_f32_16x16x16_bf16", "gfx1100", 64, Brain, Brain, Single,
             16},
        Case{"v_wmma_f32_16x16x16_f16", "gfx1100", 32, Half, Half, Single, 16,
             " neg_lo:[0,1,1] neg_hi:[0,1,0]", 1, -1, -1},
        Case{"v_wmma_f16_16x16x16_f16", "gfx1100", 32, Half, Half, Half, 16},
        Case{"v_wmma_f16_16x16x16_f16", "gfx1100", 32, Half, Half, Half, 16,
             " op_sel:[0,0,1]", 1, 1, 1, true},
        Case{"v_wmma_f16_16x16x16_f16", "gfx1100", 64, Half, Half, Half, 16,
             " op_sel:[0,0,1]", 1, 1, 1, true},
        Case{"v_wmma_bf16_16x16x16_bf16", "gfx1100", 32, Brain, Brain, Brain,
             16},
        Case{"v_wmma_i32_16x16x16_iu8", "gfx1100", 32, I8, I8, I32, 16,
             signedBoth},
        Case{"v_wmma_i32_16x16x16_iu8", "gfx1100", 64, I8, I8, I32, 16,
             signedClamp},
        Case{"v_wmma_i32_16x16x16_iu8", "gfx1100", 32, I8, I8, I32, 16},
        Case{"v_wmma_i32_16x16x16_iu4", "gfx1100", 32, I4, I4, I32, 16,
             signedClamp},
        Case{"v_wmma_i32_16x16x16_iu4", "gfx1100", 32, I4, I4, I32, 16}));

INSTANTIATE_TEST_SUITE_P(
    Gfx12, Wmma,
    testing::Values(
        Case{"v_wmma_f32_16x16x16_f16", "gfx1200", 32, Half, Half, Single, 16},
        Case{"v_wmma_f32_16x16x16_bf16", "gfx1201", 32, Brain, Brain, Single,
             16},
        Case{"v_wmma_f32_16x16x16_f16", "gfx1200", 32, Half, Half, Single, 16,
             " neg_lo:[0,1,1] neg_hi:[0,1,0]", 1, -1, -1},
        Case{"v_wmma_f16_16x16x16_f16", "gfx1200", 32, Half, Half, Half, 16},
        Case{"v_wmma_bf16_16x16x16_bf16", "gfx1200", 32, Brain, Brain, Brain,
             16},
        Case{"v_wmma_f32_16x16x16_fp8_fp8", "gfx1200", 32, E4M3, E4M3, Single,
             16},
        Case{"v_wmma_f32_16x16x16_fp8_bf8", "gfx1200", 32, E4M3, E5M2, Single,
             16},
        Case{"v_wmma_f32_16x16x16_bf8_fp8", "gfx1201", 32, E5M2, E4M3, Single,
             16},
        Case{"v_wmma_f32_16x16x16_bf8_bf8", "gfx1200", 32, E5M2, E5M2, Single,
             16},
        Case{"v_wmma_i32_16x16x16_iu8", "gfx1200", 32, I8, I8, I32, 16,
             signedBoth},
        Case{"v_wmma_i32_16x16x16_iu8", "gfx1200", 32, I8, I8, I32, 16},
        Case{"v_wmma_i32_16x16x16_iu4", "gfx1200", 32, I4, I4, I32, 16,
             signedClamp},
        Case{"v_wmma_i32_16x16x32_iu4", "gfx1200", 32, I4, I4, I32, 32,
             signedBoth}));

TEST(WmmaErrors, Gfx12InWideWaves) {
  auto object = assemble(
      " v_wmma_f32_16x16x16_f16 v[4:7], v[0:1], v[2:3], v[4:7]", "gfx1200", 64);
  Gpu gpu(object.get(), "gfx1200");
  EXPECT_NE(gpu.loadError.find("v_wmma_f32_16x16x16_f16"), std::string::npos);
}

/// Nothing says which of two different copies hardware would take.
TEST(WmmaErrors, DifferentCopies) {
  auto object = assemble(R"(
  v_cvt_f32_u32 v8, v0
  v_mov_b32 v9, v8
  v_mov_b32 v10, v8
  v_mov_b32 v11, v8
  v_mov_b32 v12, v8
  v_mov_b32 v13, v8
  v_mov_b32 v14, v8
  v_mov_b32 v15, v8
  v_wmma_f32_16x16x16_f16 v[16:23], v[8:15], v[8:15], 0
)",
                         "gfx1100");
  Gpu gpu(object.get(), "gfx1100");
  ASSERT_TRUE(gpu.ok()) << gpu.loadError;
  EXPECT_NE(gpu.run({{1, 1, 1}, {32, 1, 1}})
                .find("lanes 16 apart hold different elements of A"),
            std::string::npos);
}

} // namespace
