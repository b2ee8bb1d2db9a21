//===- CorpusWmmaTest.cpp - clang's WMMA builtins against loops -----------===//
//
// RDNA in waves of 32. Fragments of small integers, which every format holds
// exactly, are laid out here lane by lane.
//
//===----------------------------------------------------------------------===//

#include "Corpus.h"
#include "OpHarness.h"

using namespace moesaic::sim;
using namespace moesaic::sim::test;

namespace {

enum Format { Half, Brain, Fp8, Bf8, Int8, Int4 };

constexpr unsigned widthOf(Format f) {
  return f <= Brain ? 16 : f == Int4 ? 4 : 8;
}

/// The bits of an integer up to 3.
u32 encode(Format f, int x) {
  auto small = [&](int mantissa, int bias) -> u32 {
    int e = std::abs(x) >= 2;
    u32 fraction = u32(std::abs(x) << mantissa >> e) - (1u << mantissa);
    return x == 0 ? 0
                  : (x < 0 ? 128u : 0u) | u32(e + bias) << mantissa | fraction;
  };
  switch (f) {
  case Half:
    return hbits(float(x));
  case Brain:
    return fbits(float(x)) >> 16;
  case Fp8:
    return small(3, 7);
  case Bf8:
    return small(2, 15);
  default:
    return u32(x) & ((1u << widthOf(f)) - 1);
  }
}

struct Builtin {
  const char *name; ///< Behind __builtin_amdgcn_.
  unsigned k;
  Format format;
  const char *operand; ///< Type of A and B; sparse: of A.
  bool is12;
  const char *dense = nullptr; ///< Sparse: type of B.
};

constexpr Builtin kBuiltins[] = {
    {"wmma_f32_16x16x16_f16_w32", 16, Half, "h16", false},
    {"wmma_f32_16x16x16_bf16_w32", 16, Brain, "s16", false},
    {"wmma_i32_16x16x16_iu8_w32", 16, Int8, "i4", false},
    {"wmma_i32_16x16x16_iu4_w32", 16, Int4, "i2", false},
    {"wmma_f32_16x16x16_f16_w32_gfx12", 16, Half, "h8", true},
    {"wmma_f32_16x16x16_bf16_w32_gfx12", 16, Brain, "s8", true},
    {"wmma_f32_16x16x16_fp8_fp8_w32_gfx12", 16, Fp8, "i2", true},
    {"wmma_f32_16x16x16_bf8_bf8_w32_gfx12", 16, Bf8, "i2", true},
    {"wmma_i32_16x16x16_iu8_w32_gfx12", 16, Int8, "i2", true},
    {"wmma_i32_16x16x16_iu4_w32_gfx12", 16, Int4, "int", true},
    {"wmma_i32_16x16x32_iu4_w32_gfx12", 32, Int4, "i2", true},
    {"swmmac_f32_16x16x32_f16_w32", 32, Half, "h8", true, "h16"},
    {"swmmac_f32_16x16x32_bf16_w32", 32, Brain, "s8", true, "s16"},
    {"swmmac_f32_16x16x32_fp8_fp8_w32", 32, Fp8, "i2", true, "i4"},
    {"swmmac_f32_16x16x32_bf8_bf8_w32", 32, Bf8, "i2", true, "i4"},
    {"swmmac_i32_16x16x32_iu8_w32", 32, Int8, "i2", true, "i4"},
    {"swmmac_i32_16x16x32_iu4_w32", 32, Int4, "int", true, "i2"},
    {"swmmac_i32_16x16x64_iu4_w32", 64, Int4, "i2", true, "i4"}};

class WmmaBuiltins : public Corpus {};

TEST_P(WmmaBuiltins, MatchLoops) {
  if (!isRdna()) {
    return;
  }
  std::string source = R"(
    #pragma OPENCL EXTENSION cl_khr_fp16 : enable
    #define VECTOR(NAME, TYPE, N) typedef TYPE NAME __attribute__((ext_vector_type(N)));
    VECTOR(h8, half, 8) VECTOR(h16, half, 16) VECTOR(s8, short, 8) VECTOR(s16, short, 16)
    VECTOR(i2, int, 2) VECTOR(i4, int, 4) VECTOR(i8, int, 8) VECTOR(f8, float, 8)
  )";
  std::vector<Builtin> chosen;
  for (const Builtin &b : kBuiltins) {
    if (b.is12 != (chip() != "gfx1100")) {
      continue;
    }
    chosen.push_back(b);
    const bool isInteger = b.format >= Int8;
    const std::string d = isInteger ? "i8" : "f8", name = b.name;
    std::string call = name + (isInteger ? "(true, a[i], true, b[i], d[i]"
                                         : "(a[i], b[i], d[i]");
    call += b.dense ? ", index[i]" : "";
    call += isInteger ? ", false)" : ")";
    source += "kernel void " + name + "(global " + d + " *d, global const " +
              b.operand + " *a, global const " +
              (b.dense ? b.dense : b.operand) +
              " *b, global const int *index) { uint i = "
              "__builtin_amdgcn_workitem_id_x(); d[i] = __builtin_amdgcn_" +
              call + "; }\n";
  }
  Gpu &gpu = compiled(source);
  ASSERT_TRUE(gpu.ok()) << gpu.loadError;
  auto value = [](unsigned n) { return int(n * 2654435761u >> 29) % 7 - 3; };
  for (const Builtin &b : chosen) {
    SCOPED_TRACE(b.name);
    const unsigned width = widthOf(b.format);
    const bool isInteger = b.format >= Int8;
    auto place = [](unsigned i, unsigned quad, unsigned which) {
      static const unsigned pairs[6][2] = {{0, 1}, {0, 2}, {0, 3},
                                           {1, 2}, {1, 3}, {2, 3}};
      return pairs[(i * 5 + quad * 7) % 6][which];
    };
    auto a = [&](unsigned i, unsigned k) {
      bool there = !b.dense || place(i, k / 4, 0) == k % 4 ||
                   place(i, k / 4, 1) == k % 4;
      return there ? value(i * 131 + k) : 0;
    };
    auto bb = [&](unsigned k, unsigned j) { return value(5000 + k * 67 + j); };
    auto c = [](unsigned i, unsigned j) { return int(i * 3 + j) % 50 - 25; };
    // The element numbered `n` of a lane with `held` of them; gfx11 has all.
    auto kOf = [&](unsigned lane, unsigned n) {
      return !b.is12                        ? n
             : b.dense && b.format <= Brain ? n % 8 + n / 8 * 16 + lane / 16 * 8
                                            : lane / 16 * b.k / 2 + n;
    };
    const unsigned held = b.is12 ? b.k / 2 : b.k;
    const unsigned wordsB = held * width / 32;
    const unsigned wordsA = b.dense ? wordsB / 2 : wordsB;
    std::vector<u32> rawA(32 * wordsA), rawB(32 * wordsB), index(32);
    auto put = [&](std::vector<u32> &raw, unsigned words, unsigned lane,
                   unsigned n, int x) {
      raw[lane * words + n * width / 32] |= encode(b.format, x)
                                            << (n * width % 32);
    };
    for (unsigned lane = 0; lane < 32; ++lane) {
      const unsigned line = lane % 16;
      for (unsigned n = 0; n < held; ++n) {
        put(rawB, wordsB, lane, n, bb(kOf(lane, n), line));
        if (!b.dense) {
          put(rawA, wordsA, lane, n, a(line, kOf(lane, n)));
        }
      }
      for (unsigned n = 0; b.dense && n < held / 2; ++n) {
        unsigned quad = kOf(lane, n / 2 * 4) / 4, p = place(line, quad, n % 2);
        put(rawA, wordsA, lane, n, a(line, 4 * quad + p));
        index[lane] |= p << (2 * n);
      }
    }
    auto at = [&](unsigned i, unsigned j) {
      return b.is12 ? (i / 8 * 16 + j) * 8 + i % 8
                    : (i % 2 * 16 + j) * 8 + i / 2;
    };
    auto number = [&](int x) { return isInteger ? u32(x) : fbits(float(x)); };
    std::vector<u32> rawD(256);
    for (unsigned n = 0; n < 256; ++n) {
      rawD[at(n / 16, n % 16)] = number(c(n / 16, n % 16));
    }
    gpu.kernel = b.name;
    u32 *d = gpu.upload(rawD, "d");
    ASSERT_EQ(gpu.run({{1, 1, 1}, {32, 1, 1}}, d, gpu.upload(rawA),
                      gpu.upload(rawB), gpu.upload(index)),
              "");
    for (unsigned n = 0; n < 256; ++n) {
      int sum = c(n / 16, n % 16);
      for (unsigned k = 0; k < b.k; ++k) {
        sum += a(n / 16, k) * bb(k, n % 16);
      }
      ASSERT_EQ(d[at(n / 16, n % 16)], number(sum)) << n;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Chips, WmmaBuiltins, corpusCases(Chips::All),
                         corpusName);

} // namespace
