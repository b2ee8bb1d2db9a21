//===- SwmmacTest.cpp - sparse WMMA of gfx12 against a triple loop --------===//
//
// The host fills a dense A, of which each four consecutive elements of a row
// hold two, and packs it lane by lane.
//
//===----------------------------------------------------------------------===//

#include "OpHarness.h"
#include <cmath>
#include <random>

using namespace moesaic::sim;
using namespace moesaic::sim::test;

namespace {

/// A number format by its width and the bits of small integers in it.
struct Format {
  unsigned width;
  u32 (*encode)(int);
};

u32 half(int x) { return hbits(float(x)); }
u32 brain(int x) { return fbits(float(x)) >> 16; }
u32 integer(int x) { return u32(x); }
/// One of 8 bits; exact for integers up to 4.
template <int mantissa, int bias>
u32 small(int x) {
  if (x == 0) {
    return 0;
  }
  int e = std::abs(x) >= 4 ? 2 : std::abs(x) >= 2 ? 1 : 0;
  int fraction = (std::abs(x) << mantissa >> e) - (1 << mantissa);
  return (x < 0 ? 128 : 0) | u32((e + bias) << mantissa) | u32(fraction);
}

const Format f16{16, half}, bf16{16, brain}, e4m3{8, small<3, 7>},
    e5m2{8, small<2, 15>}, i8{8, integer}, i4{4, integer};

struct Case {
  const char *name;
  Format a, b;
  unsigned k;
  unsigned key = 0;
  const char *modifiers = "";
  Format d = {32, nullptr};
};

void PrintTo(const Case &c, std::ostream *os) { *os << c.name << c.modifiers; }

class Swmmac : public testing::TestWithParam<Case> {};

TEST_P(Swmmac, MatchesTripleLoop) {
  const Case &c = GetParam();
  const bool isInteger = c.a.encode == integer;
  std::mt19937 random(3);
  std::vector<int> a(16 * c.k), b(16 * c.k), addend(256);
  for (int &x : b) {
    x = int(random() % 7) - 3;
  }
  for (int &x : addend) {
    x = int(random() % 41) - 20;
  }
  // Per lane: A in words 0 to 3, B in 4 to 11, D in 12 to 19, the index in 20.
  constexpr unsigned kWords = 24;
  std::vector<u32> in(32 * kWords);
  auto put = [&](unsigned lane, unsigned word, unsigned element,
                 const Format &format, int x) {
    unsigned bit = element * format.width;
    u32 mask = format.width == 32 ? ~0u : (1u << format.width) - 1;
    in[lane * kWords + word + bit / 32] |= (format.encode(x) & mask)
                                           << (bit % 32);
  };
  // A lane has K / 2 of the k, in one run or, with 16 bits, in two of eight.
  auto kOf = [&](unsigned lane, unsigned n) {
    unsigned group = lane / 16;
    return c.a.width == 16 ? n % 8 + 8 * group + (n >= 8 ? 16 : 0)
                           : group * c.k / 2 + n;
  };
  for (unsigned lane = 0; lane < 32; ++lane) {
    for (unsigned n = 0; n < c.k / 2; ++n) {
      put(lane, 4, n, c.b, b[kOf(lane, n) * 16 + lane % 16]);
    }
    u64 places = 0;
    for (unsigned quad = 0; quad < c.k / 8; ++quad) {
      unsigned first = random() % 3,
               second = first + 1 + random() % (3 - first);
      for (unsigned which = 0; which < 2; ++which) {
        unsigned place = which ? second : first, e = 2 * quad + which;
        int x = int(random() % 7) - 3;
        a[lane % 16 * c.k + kOf(lane, 4 * quad) + place] = x;
        put(lane, 0, e, c.a, x);
        places |= u64(place) << (2 * e);
      }
    }
    // The set that is not chosen must not matter.
    in[lane * kWords + 20] = c.k == 64    ? u32(places)
                             : c.key == 1 ? u32(places) << 16 | 0x1b1b
                                          : u32(places) | 0xe4e40000u;
  }
  auto result = [&](unsigned row, unsigned column, unsigned &lane) {
    lane = column + row / 8 * 16;
    return row % 8;
  };
  unsigned lane;
  const Format addends =
      c.d.width == 16 ? c.d
      : isInteger     ? Format{32, integer}
                      : Format{32, [](int x) { return fbits(float(x)); }};
  for (unsigned n = 0; n < 256; ++n) {
    unsigned element = result(n / 16, n % 16, lane);
    put(lane, 12, element, addends, addend[n]);
  }
  auto range = [](unsigned first, unsigned words) {
    return words == 1 ? "v" + std::to_string(first)
                      : "v[" + std::to_string(first) + ":" +
                            std::to_string(first + words - 1) + "]";
  };
  std::string body = "  s_load_b128 s[4:7], s[0:1], 0\n  s_wait_kmcnt 0\n"
                     "  v_mul_u32_u24 v1, 96, v0\n";
  for (unsigned n = 0; n < 6; ++n) {
    body += "  global_load_b128 " + range(8 + 4 * n, 4) +
            ", v1, s[4:5] offset:" + std::to_string(16 * n) + "\n";
  }
  body += std::string("  s_wait_loadcnt 0\n  ") + c.name + " " +
          range(20, c.d.width == 16 ? 4 : 8) + ", " +
          range(8, c.k / 4 * c.a.width / 32) + ", " +
          range(12, c.k / 2 * c.b.width / 32) + ", v28" +
          (c.key ? " index_key:1" : "") + c.modifiers +
          "\n  v_lshlrev_b32 v1, 5, v0\n"
          "  global_store_b128 v1, v[20:23], s[6:7]\n"
          "  global_store_b128 v1, v[24:27], s[6:7] offset:16\n";
  auto object = assemble(body, "gfx1200", 32);
  Gpu gpu(object.get(), "gfx1200");
  ASSERT_TRUE(gpu.ok()) << gpu.loadError;
  u32 *out = gpu.zeros<u32>(32 * 8);
  ASSERT_EQ(gpu.run({{1, 1, 1}, {32, 1, 1}}, gpu.upload(in), out), "");
  for (unsigned n = 0; n < 256; ++n) {
    int sum = addend[n];
    for (unsigned k = 0; k < c.k; ++k) {
      sum += a[n / 16 * c.k + k] * b[k * 16 + n % 16];
    }
    unsigned element = result(n / 16, n % 16, lane);
    unsigned bit = element * addends.width;
    u32 word = out[lane * 8 + bit / 32] >> (bit % 32);
    u32 mask = addends.width == 32 ? ~0u : 0xffffu;
    ASSERT_EQ(word & mask, addends.encode(sum) & mask) << n;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Gfx12, Swmmac,
    testing::Values(
        Case{"v_swmmac_f32_16x16x32_f16", f16, f16, 32},
        Case{"v_swmmac_f32_16x16x32_f16", f16, f16, 32, 1},
        Case{"v_swmmac_f32_16x16x32_bf16", bf16, bf16, 32},
        Case{"v_swmmac_f16_16x16x32_f16", f16, f16, 32, 0, "", f16},
        Case{"v_swmmac_bf16_16x16x32_bf16", bf16, bf16, 32, 1, "", bf16},
        Case{"v_swmmac_f32_16x16x32_fp8_fp8", e4m3, e4m3, 32},
        Case{"v_swmmac_f32_16x16x32_fp8_bf8", e4m3, e5m2, 32, 1},
        Case{"v_swmmac_f32_16x16x32_bf8_fp8", e5m2, e4m3, 32},
        Case{"v_swmmac_f32_16x16x32_bf8_bf8", e5m2, e5m2, 32},
        Case{"v_swmmac_i32_16x16x32_iu8", i8, i8, 32, 1, " neg_lo:[1,1,0]"},
        Case{"v_swmmac_i32_16x16x32_iu4", i4, i4, 32, 0, " neg_lo:[1,1,0]"},
        Case{"v_swmmac_i32_16x16x64_iu4", i4, i4, 64, 0,
             " neg_lo:[1,1,0] clamp"}));

} // namespace
