//===- Gfx950Test.cpp - what only gfx950 has ------------------------------===//

#include "OpHarness.h"
#include <cmath>
#include <random>

using namespace moesaic::sim;
using namespace moesaic::sim::test;

namespace {

/// A small float's value from its definition; the formats have no NaN here.
double decodeSmall(unsigned code, int exponentBits, int mantissaBits) {
  int bias = (1 << (exponentBits - 1)) - 1;
  int e = code >> mantissaBits & ((1 << exponentBits) - 1);
  double m = double(code & ((1 << mantissaBits) - 1)) / (1 << mantissaBits);
  double magnitude = e ? std::ldexp(1 + m, e - bias) : std::ldexp(m, 1 - bias);
  return code >> (exponentBits + mantissaBits) & 1 ? -magnitude : magnitude;
}

struct Format {
  int exponentBits, mantissaBits;
  unsigned largest; ///< Code of the largest finite value.
  int width() const { return 1 + exponentBits + mantissaBits; }
  double decode(unsigned code) const {
    return decodeSmall(code, exponentBits, mantissaBits);
  }
  /// The nearest code, ties to the even one; out of range `beyond`.
  unsigned encode(double value, unsigned beyond) const {
    unsigned best = 0;
    for (unsigned code = 1; code <= largest; ++code) {
      double d = std::fabs(decode(code) - std::fabs(value));
      double old = std::fabs(decode(best) - std::fabs(value));
      best = d < old || (d == old && code % 2 == 0) ? code : best;
    }
    double step = decode(largest) - decode(largest - 1);
    if (std::fabs(value) >= decode(largest) + step / 2) {
      // A tie above the largest goes up if its code is odd.
      bool tie = std::fabs(value) == decode(largest) + step / 2;
      best = tie && largest % 2 == 0 ? largest : beyond;
    }
    return best | (std::signbit(value) ? 1u << (width() - 1) : 0);
  }
};

constexpr Format kFp8 = {4, 3, 0x7e}, kBf8 = {5, 2, 0x7b}, kFp6 = {2, 3, 31},
                 kBf6 = {3, 2, 31}, kFp4 = {2, 1, 7};
/// In the order of CBSZ and BLGP.
constexpr Format kFormats[] = {kFp8, kBf8, kFp6, kBf6, kFp4};

float exponentOf(u32 raw) {
  int e = int(raw >> 23 & 255);
  return e == 255 ? NAN : std::ldexp(1.0f, e - 127);
}

/// bf16, rounded to nearest even.
u32 bf16(float f) {
  u32 raw = as<u32>(f);
  if (std::isnan(f)) {
    return raw >> 16 | 0x40;
  }
  u32 low = raw & 0xffff, high = raw >> 16;
  return high + (low > 0x8000 || (low == 0x8000 && (high & 1)));
}

TEST(Gfx950, IntegersAndLogic) {
  check({{"v_bitop3_b32 v8, v2, v4, v6 bitop3:0x36", Exact,
          // 0xf0, 0xcc and 0xaa stand for the operands.
          [](const In &x) { return x.bu() ^ (x.au() | x.cu()); }},
         {"v_bitop3_b32 v8, v2, v4, v6 bitop3:0xe4", Exact,
          [](const In &x) { return (x.cu() & x.au()) | (~x.cu() & x.bu()); }},
         {"v_bitop3_b32 v8, v2, 32, v6 bitop3:0x80", Exact,
          [](const In &x) { return x.au() & 32 & x.cu(); }},
         {"v_bitop3_b16 v8, v2, v4, v6 bitop3:0x96", Exact,
          [](const In &x) {
            return (u32(x.old) & 0xffff0000u) |
                   ((x.au() ^ x.bu() ^ x.cu()) & 0xffff);
          }},
         {"v_prng_b32 v8, v2", Exact,
          [](const In &x) {
            return (x.au() * 2) ^ (x.au() & 0x80000000u ? 0xc5u : 0u);
          }},
         {"v_ashr_pk_i8_i32 v8, v2, v4, v6", Exact,
          [](const In &x) {
            auto byte = [&](i32 v) {
              v >>= x.cu() & 31;
              return u32(v < -128 ? -128 : v > 127 ? 127 : v) & 255;
            };
            return (u32(x.old) & 0xffff0000u) | byte(x.ai()) |
                   byte(x.bi()) << 8;
          }},
         {"v_ashr_pk_u8_i32 v8, v2, v4, v6 op_sel:[0,0,0,1]", Exact,
          [](const In &x) {
            auto byte = [&](i32 v) {
              v >>= x.cu() & 31;
              return u32(v < 0 ? 0 : v > 255 ? 255 : v);
            };
            return (u32(x.old) & 0xffff) | byte(x.ai()) << 16 |
                   byte(x.bi()) << 24;
          }}},
        {"gfx950"});
}

float minimum(float a, float b) {
  return std::isnan(a) || std::isnan(b)         ? NAN
         : a < b || (a == b && std::signbit(a)) ? a
                                                : b;
}
float maximum(float a, float b) { return -minimum(-a, -b); }

TEST(Gfx950, MinimumAndMaximum) {
  check({{"v_minimum3_f32 v8, v2, v4, v6", F32,
          [](const In &x) {
            return fbits(minimum(minimum(x.af(), x.bf()), x.cf()));
          }},
         {"v_maximum3_f32 v8, v2, -v4, |v6|", F32,
          [](const In &x) {
            return fbits(maximum(maximum(x.af(), -x.bf()), std::fabs(x.cf())));
          }},
         {"v_pk_minimum3_f16 v8, v2, v4, v6\n v_and_b32 v8, 0xffff, v8", F16,
          [=](const In &x) {
            return hbits(minimum(minimum(x.ah(), x.bh()), x.ch()));
          }},
         {"v_pk_maximum3_f16 v8, v2, v4, v6\n v_lshrrev_b32 v8, 16, v8", F16,
          [](const In &x) {
            auto high = [](u32 v) { return In::half(u16(v >> 16)); };
            return hbits(
                maximum(maximum(high(x.au()), high(x.bu())), high(x.cu())));
          }}},
        {"gfx950"});
}

TEST(Gfx950, Conversions) {
  // The random bits enter below the kept mantissa; then it is truncated.
  auto stochastic = [](const In &x, unsigned dropped) {
    u32 raw = x.au(), noise = x.bu() >> (32 - dropped);
    return std::isnan(x.af()) || std::isinf(x.af())
               ? raw
               : (raw + noise) & ~((1u << dropped) - 1);
  };
  check({{"v_cvt_pk_bf16_f32 v8, v2, v4", Exact,
          [](const In &x) { return bf16(x.af()) | bf16(x.bf()) << 16; }},
         {"v_cvt_pk_f16_f32 v8, v2, v4\n v_pk_max_f16 v8, v8, v8", Exact,
          [](const In &x) {
            auto half = [](float f) {
              return std::isnan(f) ? hbits(f) | 0x200 : hbits(f);
            };
            return half(x.af()) | half(x.bf()) << 16;
          }},
         {"v_cvt_f32_bf16 v8, v2", F32,
          [](const In &x) { return u64(x.au() << 16); }},
         {"v_cvt_sr_bf16_f32 v8, v2, v4", Exact,
          [=](const In &x) {
            u32 value = stochastic(x, 16) >> 16;
            value = std::isnan(x.af()) ? 0x7fff | (value & 0x8000) : value;
            return (u32(x.old) & 0xffff0000u) | value;
          }},
         {"v_cvt_sr_bf16_f32 v8, v2, v4 op_sel:[0,0,1]", Exact,
          [=](const In &x) {
            u32 value = stochastic(x, 16) >> 16;
            value = std::isnan(x.af()) ? 0x7fff | (value & 0x8000) : value;
            return (u32(x.old) & 0xffff) | value << 16;
          }},
         {"v_cvt_scalef32_pk_f32_fp4 v[8:9], v2, v4 op_sel:[0,1,0]", Exact,
          [](const In &x) {
            u32 byte = x.au() >> 16 & 255;
            float s = exponentOf(x.bu());
            float low = float(kFp4.decode(byte & 15) * s);
            float high = float(kFp4.decode(byte >> 4) * s);
            auto clean = [](float f) {
              return std::isnan(f) ? 0x7fc00000u : fbits(f);
            };
            return u64(clean(std::isnan(s) ? NAN : low)) |
                   u64(clean(std::isnan(s) ? NAN : high)) << 32;
          },
          true},
         {"v_cvt_scalef32_pk_fp4_f32 v8, v2, v4, 4.0 op_sel:[0,0,1,0]", Exact,
          [](const In &x) {
            auto code = [](float f) {
              return std::isnan(f) ? 7u | as<u32>(f) >> 31 << 3
                                   : kFp4.encode(double(f) / 4, 7);
            };
            u32 byte = code(x.af()) | code(x.bf()) << 4;
            return (u32(x.old) & ~0xff00u) | byte << 8;
          }},
         {"v_cvt_scalef32_pk_fp8_f32 v8, v2, v4, 0.5 op_sel:[0,0,0,1]", Exact,
          [](const In &x) {
            auto code = [](float f) {
              return std::isnan(f) ? 0x7fu | as<u32>(f) >> 31 << 7
                                   : kFp8.encode(double(f) * 2, 0x7f);
            };
            u32 half = code(x.af()) | code(x.bf()) << 8;
            return (u32(x.old) & 0xffff) | half << 16;
          }},
         {"v_cvt_scalef32_pk_bf8_f16 v8, v2, 1.0", Exact,
          [](const In &x) {
            auto code = [](float f, u32 sign) {
              return std::isnan(f) ? 0x7fu | sign << 7 : kBf8.encode(f, 0x7c);
            };
            u32 half = code(x.ah(), x.au() >> 15 & 1) |
                       code(In::half(u16(x.au() >> 16)), x.au() >> 31) << 8;
            return (u32(x.old) & 0xffff0000u) | half;
          }}},
        {"gfx950"});
}

/// OCP E4M3 and E5M2: every code, through the byte conversions.
TEST(Gfx950, EveryFp8Code) {
  auto object = compileOpenCL(R"(
    kernel void k(global float *o) {
      int i = __builtin_amdgcn_workitem_id_x();
      o[2 * i] = __builtin_amdgcn_cvt_f32_fp8(i << 8, 1);
      o[2 * i + 1] = __builtin_amdgcn_cvt_f32_bf8(i, 0);
    })",
                              "-O1", "gfx950");
  Gpu gpu(object.get(), "gfx950");
  ASSERT_TRUE(gpu.ok()) << gpu.loadError;
  auto *o = gpu.zeros<float>(512);
  ASSERT_EQ(gpu.run({{1, 1, 1}, {256, 1, 1}}, o), "");
  for (unsigned code = 0; code < 256; ++code) {
    float fp8 = o[2 * code], bf8 = o[2 * code + 1];
    if ((code & 127) == 127) {
      EXPECT_TRUE(std::isnan(fp8)) << code;
    } else {
      EXPECT_EQ(fbits(fp8), fbits(float(kFp8.decode(code)))) << code;
    }
    if ((code & 127) > 0x7c) {
      EXPECT_TRUE(std::isnan(bf8)) << code;
    } else if ((code & 127) == 0x7c) {
      EXPECT_EQ(bf8, code & 128 ? -INFINITY : INFINITY);
    } else {
      EXPECT_EQ(fbits(bf8), fbits(float(kBf8.decode(code)))) << code;
    }
  }
}

TEST(Gfx950, SwapsOfLaneGroups) {
  auto object = assemble(R"(
  s_load_dwordx2 s[4:5], s[0:1], 0
  v_lshlrev_b32 v1, 2, v0
  v_mov_b32 v2, v0
  v_add_u32 v3, 100, v0
  v_mov_b32 v4, v0
  v_add_u32 v5, 100, v0
  v_permlane16_swap_b32 v2, v3
  v_permlane32_swap_b32 v4, v5
  s_waitcnt lgkmcnt(0)
  global_store_dword v1, v2, s[4:5]
  global_store_dword v1, v3, s[4:5] offset:256
  global_store_dword v1, v4, s[4:5] offset:512
  global_store_dword v1, v5, s[4:5] offset:768
)",
                         "gfx950");
  Gpu gpu(object.get(), "gfx950");
  ASSERT_TRUE(gpu.ok()) << gpu.loadError;
  auto *out = gpu.zeros<uint32_t>(256);
  ASSERT_EQ(gpu.run({{1, 1, 1}, {64, 1, 1}}, out), "");
  for (unsigned lane = 0; lane < 64; ++lane) {
    // The first register's rows 1 and 3 come from the second's 0 and 2.
    bool odd = lane & 16, upper = lane & 32;
    EXPECT_EQ(out[lane], odd ? 100 + lane - 16 : lane);
    EXPECT_EQ(out[64 + lane], odd ? 100 + lane : lane + 16);
    EXPECT_EQ(out[128 + lane], upper ? 100 + lane - 32 : lane);
    EXPECT_EQ(out[192 + lane], upper ? 100 + lane : lane + 32);
  }
}

/// Each lane of 16 gives a piece of a matrix with 16 columns; lane n gets
/// column n. 1024 bytes of LDS hold the lanes' pieces in order, 16 bytes apart.
TEST(Gfx950, TransposingReads) {
  auto object = assemble(R"(
  s_load_dwordx4 s[4:7], s[0:1], 0
  v_lshlrev_b32 v1, 4, v0
  s_waitcnt lgkmcnt(0)
  global_load_dwordx4 v[4:7], v1, s[4:5]
  s_waitcnt vmcnt(0)
  ds_write_b128 v1, v[4:7]
  ds_read_b64_tr_b16 v[8:9], v1
  ds_read_b64_tr_b8 v[10:11], v1
  ds_read_b64_tr_b4 v[12:13], v1
  ds_read_b96_tr_b6 v[14:16], v1
  s_waitcnt lgkmcnt(0)
  v_mul_u32_u24 v1, 36, v0
  global_store_dwordx4 v1, v[8:11], s[6:7]
  global_store_dwordx4 v1, v[12:15], s[6:7] offset:16
  global_store_dword v1, v16, s[6:7] offset:32
)",
                         "gfx950");
  Gpu gpu(object.get(), "gfx950");
  ASSERT_TRUE(gpu.ok()) << gpu.loadError;
  std::vector<uint8_t> in(1024);
  std::mt19937 random(5);
  for (uint8_t &byte : in) {
    byte = uint8_t(random());
  }
  auto *out = gpu.zeros<uint8_t>(64 * 36);
  ASSERT_EQ(gpu.run({{1, 1, 1}, {64, 1, 1}}, gpu.upload(in), out), "");
  auto element = [](const uint8_t *from, unsigned n, unsigned width) {
    unsigned value = 0;
    for (unsigned bit = 0; bit < width; ++bit) {
      unsigned at = n * width + bit;
      value |= (from[at / 8] >> at % 8 & 1u) << bit;
    }
    return value;
  };
  struct Read {
    unsigned width, elements, offset;
  };
  for (Read r : {Read{16, 4, 0}, {8, 8, 8}, {4, 16, 16}, {6, 16, 24}}) {
    for (unsigned lane = 0; lane < 64; ++lane) {
      for (unsigned row = 0; row < r.elements; ++row) {
        unsigned number = row * 16 + lane % 16;
        unsigned from = lane / 16 * 16 + number / r.elements;
        EXPECT_EQ(element(&out[lane * 36 + r.offset], row, r.width),
                  element(&in[from * 16], number % r.elements, r.width))
            << r.width << " bits, lane " << lane << ", row " << row;
      }
    }
  }
}

TEST(Gfx950, WideLoadsToLdsBeyond64KiB) {
  auto object = compileOpenCL(R"(
    kernel void k(global uint4 *o, global const uint4 *a) {
      local uint4 l[8192];
      uint i = __builtin_amdgcn_workitem_id_x();
      __builtin_amdgcn_global_load_lds(a + i, l + 8000, 16, 0, 0);
      __builtin_amdgcn_fence(__ATOMIC_SEQ_CST, "workgroup");
      __builtin_amdgcn_s_waitcnt(0);
      __builtin_amdgcn_s_barrier();
      o[i] = l[8000 + (i ^ 5)];
      l[i] = o[i];
    })",
                              "-O1", "gfx950");
  Gpu gpu(object.get(), "gfx950");
  ASSERT_TRUE(gpu.ok()) << gpu.loadError;
  EXPECT_EQ(gpu.program->kernels()[0].ldsBytes, 131072u);
  std::vector<uint32_t> a(256);
  for (unsigned n = 0; n < 256; ++n) {
    a[n] = n * 7;
  }
  auto *o = gpu.zeros<uint32_t>(256);
  ASSERT_EQ(gpu.run({{1, 1, 1}, {64, 1, 1}}, o, gpu.upload(a)), "");
  for (unsigned n = 0; n < 256; ++n) {
    EXPECT_EQ(o[n], a[n ^ 20]);
  }
}

struct PackedCase {
  unsigned size, a, b; ///< M = N = size; formats by CBSZ and BLGP.
  bool scaled;
};

class PackedMfma : public testing::TestWithParam<PackedCase> {};

TEST_P(PackedMfma, MatchesTripleLoop) {
  const PackedCase &c = GetParam();
  const unsigned S = c.size, K = S == 16 ? 128 : 64, results = S * S / 64;
  std::mt19937 random(11);
  std::vector<unsigned> A(S * K), B(S * K), scaleA(S * K / 32),
      scaleB(S * K / 32);
  // Values that every format holds, so that sums are exact.
  auto fill = [&](std::vector<unsigned> &codes, const Format &format) {
    static const double values[] = {0, 0.5, 1, 1.5, 2, 3, 4};
    for (unsigned &code : codes) {
      double v = values[random() % 7];
      code = format.encode(random() % 2 ? -v : v, 0);
    }
  };
  fill(A, kFormats[c.a]), fill(B, kFormats[c.b]);
  for (unsigned &byte : scaleA) {
    byte = 125 + random() % 5;
  }
  for (unsigned &byte : scaleB) {
    byte = 125 + random() % 5;
  }
  // Rows 0-7 hold A, 8-15 B, 16-17 the scales, from 18 C.
  std::vector<uint32_t> in((18 + results) * 64);
  for (unsigned lane = 0; lane < 64; ++lane) {
    unsigned line = lane % S, group = lane / S;
    auto place = [&](unsigned row, const std::vector<unsigned> &codes,
                     unsigned format) {
      unsigned width = kFormats[format].width();
      for (unsigned n = 0; n < 32; ++n) {
        // 8-bit elements come in two runs of 16, the narrow ones in one of 32.
        unsigned k = width != 8 ? group * 32 + n
                     : n < 16   ? group * 16 + n
                                : K / 2 + group * 16 + n - 16;
        for (unsigned bit = 0; bit < width; ++bit) {
          unsigned at = n * width + bit;
          in[(row + at / 32) * 64 + lane] |= (codes[line * K + k] >> bit & 1u)
                                             << at % 32;
        }
      }
    };
    place(0, A, c.a);
    place(8, B, c.b);
    in[16 * 64 + lane] = scaleA[line * (K / 32) + group] << 16 | 0x11002233;
    in[17 * 64 + lane] = scaleB[line * (K / 32) + group] << 8 | 0x44550066;
    for (unsigned r = 0; r < results; ++r) {
      in[(18 + r) * 64 + lane] = fbits(float(int(random() % 9) - 4));
    }
  }
  std::string body = "  s_load_dwordx4 s[4:7], s[0:1], 0\n"
                     "  v_lshlrev_b32 v1, 2, v0\n  s_waitcnt lgkmcnt(0)\n";
  for (unsigned r = 0; r < 18 + results; ++r) {
    body += "  global_load_dword v" + std::to_string(4 + r) +
            ", v1, s[4:5]\n  s_add_u32 s4, s4, 256\n  s_addc_u32 s5, s5, 0\n";
  }
  auto range = [](unsigned first, unsigned count) {
    return "v[" + std::to_string(first) + ":" +
           std::to_string(first + count - 1) + "]";
  };
  std::string d = range(22, results);
  body += std::string("  s_waitcnt vmcnt(0)\n  v_mfma_") +
          (c.scaled ? "scale_" : "") +
          (S == 16 ? "f32_16x16x128_f8f6f4 " : "f32_32x32x64_f8f6f4 ") + d +
          ", " + range(4, kFormats[c.a].width()) + ", " +
          range(12, kFormats[c.b].width()) + ", " + d;
  if (c.scaled) { // byte 2 of A's scales, byte 1 of B's
    body += ", v20, v21 op_sel:[0,1,0] op_sel_hi:[1,0,0]";
  }
  body += " cbsz:" + std::to_string(c.a) + " blgp:" + std::to_string(c.b) +
          "\n  s_nop 15\n";
  for (unsigned r = 0; r < results; ++r) {
    body += "  global_store_dword v1, v" + std::to_string(22 + r) +
            ", s[6:7]\n  s_add_u32 s6, s6, 256\n  s_addc_u32 s7, s7, 0\n";
  }
  auto object = assemble(body, "gfx950");
  Gpu gpu(object.get(), "gfx950");
  ASSERT_TRUE(gpu.ok()) << gpu.loadError;
  auto *out = gpu.zeros<uint32_t>(results * 64);
  ASSERT_EQ(gpu.run({{1, 1, 1}, {64, 1, 1}}, gpu.upload(in), out), "");
  for (unsigned i = 0; i < S; ++i) {
    for (unsigned j = 0; j < S; ++j) {
      unsigned lane = S == 16 ? i / 4 * 16 + j : i / 4 % 2 * 32 + j;
      unsigned reg = S == 16 ? i % 4 : i / 8 * 4 + i % 4;
      double sum = as<float>(in[(18 + reg) * 64 + lane]);
      for (unsigned k = 0; k < K; ++k) {
        int exponent = 0;
        if (c.scaled) {
          exponent = int(scaleA[i * (K / 32) + k / 32]) +
                     int(scaleB[j * (K / 32) + k / 32]) - 254;
        }
        sum += std::ldexp(kFormats[c.a].decode(A[i * K + k]) *
                              kFormats[c.b].decode(B[j * K + k]),
                          exponent);
      }
      ASSERT_EQ(as<float>(out[reg * 64 + lane]), sum) << i << " " << j;
    }
  }
}

std::vector<PackedCase> packedCases() {
  std::vector<PackedCase> cases;
  for (unsigned size : {16u, 32u}) {
    for (unsigned a = 0; a < 5; ++a) {
      cases.push_back({size, a, a, false});
      for (unsigned b = 0; b < 5; ++b) {
        cases.push_back({size, a, b, true});
      }
    }
  }
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Gfx950, PackedMfma, testing::ValuesIn(packedCases()));

} // namespace
