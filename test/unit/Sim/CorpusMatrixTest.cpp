//===- CorpusMatrixTest.cpp - matrix builtins of clang against loops ------===//
//
// The element layouts are written here as tables of (lane, element), apart from
// those in the simulator: one fragment of small integers per instruction, which
// every format holds exactly.
//
//===----------------------------------------------------------------------===//

#include "Corpus.h"
#include "OpHarness.h"
#include <cmath>

using namespace moesaic::sim;
using namespace moesaic::sim::test;

namespace {

enum Format { Float32, Half, Brain, Int8, Fp8, Bf8, Double };

struct Builtin {
  const char *name; ///< Behind __builtin_amdgcn_.
  unsigned m, k, blocks;
  Format format;
  const char *operand; ///< Type of A and B in the source; sparse: of A.
  unsigned bytes;      ///< Of A in a lane.
  const char *chips;
  /// Sparse: B's type; its bytes are twice those of A.
  const char *dense = nullptr;
  bool halves = false; ///< B in two halves of K.
};

constexpr Builtin kBuiltins[] = {
    {"mfma_f32_32x32x1f32", 32, 1, 2, Float32, "float", 4,
     "gfx90a gfx942 gfx950"},
    {"mfma_f32_16x16x1f32", 16, 1, 4, Float32, "float", 4,
     "gfx90a gfx942 gfx950"},
    {"mfma_f32_4x4x1f32", 4, 1, 16, Float32, "float", 4,
     "gfx90a gfx942 gfx950"},
    {"mfma_f32_32x32x2f32", 32, 2, 1, Float32, "float", 4,
     "gfx90a gfx942 gfx950"},
    {"mfma_f32_16x16x4f32", 16, 4, 1, Float32, "float", 4,
     "gfx90a gfx942 gfx950"},
    {"mfma_f32_32x32x4f16", 32, 4, 2, Half, "h4", 8, "gfx90a gfx942 gfx950"},
    {"mfma_f32_16x16x4f16", 16, 4, 4, Half, "h4", 8, "gfx90a gfx942 gfx950"},
    {"mfma_f32_4x4x4f16", 4, 4, 16, Half, "h4", 8, "gfx90a gfx942 gfx950"},
    {"mfma_f32_32x32x8f16", 32, 8, 1, Half, "h4", 8, "gfx90a gfx942 gfx950"},
    {"mfma_f32_16x16x16f16", 16, 16, 1, Half, "h4", 8, "gfx90a gfx942 gfx950"},
    {"mfma_f32_32x32x4bf16_1k", 32, 4, 2, Brain, "s4", 8,
     "gfx90a gfx942 gfx950"},
    {"mfma_f32_16x16x16bf16_1k", 16, 16, 1, Brain, "s4", 8,
     "gfx90a gfx942 gfx950"},
    {"mfma_i32_32x32x4i8", 32, 4, 2, Int8, "int", 4, "gfx90a gfx942 gfx950"},
    {"mfma_i32_16x16x4i8", 16, 4, 4, Int8, "int", 4, "gfx90a gfx942 gfx950"},
    {"mfma_i32_4x4x4i8", 4, 4, 16, Int8, "int", 4, "gfx90a gfx942 gfx950"},
    {"mfma_i32_32x32x8i8", 32, 8, 1, Int8, "int", 4, "gfx90a"},
    {"mfma_i32_16x16x16i8", 16, 16, 1, Int8, "int", 4, "gfx90a"},
    {"mfma_i32_32x32x16_i8", 32, 16, 1, Int8, "long", 8, "gfx942 gfx950"},
    {"mfma_i32_16x16x32_i8", 16, 32, 1, Int8, "long", 8, "gfx942 gfx950"},
    {"mfma_f32_16x16x32_fp8_fp8", 16, 32, 1, Fp8, "long", 8, "gfx942 gfx950"},
    {"mfma_f32_32x32x16_bf8_bf8", 32, 16, 1, Bf8, "long", 8, "gfx942 gfx950"},
    {"mfma_f64_16x16x4f64", 16, 4, 1, Double, "double", 8,
     "gfx90a gfx942 gfx950"},
    {"mfma_f64_4x4x4f64", 4, 4, 4, Double, "double", 8, "gfx90a gfx942 gfx950"},
    {"mfma_f32_16x16x32_f16", 16, 32, 1, Half, "h8", 16, "gfx950"},
    {"mfma_f32_32x32x16_f16", 32, 16, 1, Half, "h8", 16, "gfx950"},
    {"mfma_i32_16x16x64_i8", 16, 64, 1, Int8, "i4", 16, "gfx950"},
    {"mfma_i32_32x32x32_i8", 32, 32, 1, Int8, "i4", 16, "gfx950"},
    {"smfmac_f32_16x16x32_f16", 16, 32, 1, Half, "h4", 8, "gfx942 gfx950",
     "h8"},
    {"smfmac_f32_32x32x16_f16", 32, 16, 1, Half, "h4", 8, "gfx942 gfx950",
     "h8"},
    {"smfmac_f32_16x16x32_bf16", 16, 32, 1, Brain, "s4", 8, "gfx942 gfx950",
     "s8"},
    {"smfmac_f32_32x32x16_bf16", 32, 16, 1, Brain, "s4", 8, "gfx942 gfx950",
     "s8"},
    {"smfmac_i32_16x16x64_i8", 16, 64, 1, Int8, "i2", 8, "gfx942 gfx950", "i4"},
    {"smfmac_i32_32x32x32_i8", 32, 32, 1, Int8, "i2", 8, "gfx942 gfx950", "i4"},
    {"smfmac_f32_16x16x64_fp8_fp8", 16, 64, 1, Fp8, "i2", 8, "gfx942 gfx950",
     "i4"},
    {"smfmac_f32_32x32x32_bf8_bf8", 32, 32, 1, Bf8, "i2", 8, "gfx942 gfx950",
     "i4"},
    {"smfmac_f32_16x16x64_f16", 16, 64, 1, Half, "h8", 16, "gfx950", "h16",
     true},
    {"smfmac_f32_32x32x32_f16", 32, 32, 1, Half, "h8", 16, "gfx950", "h16",
     true},
    {"smfmac_i32_16x16x128_i8", 16, 128, 1, Int8, "i4", 16, "gfx950", "i8v",
     true},
    {"smfmac_i32_32x32x64_i8", 32, 64, 1, Int8, "i4", 16, "gfx950", "i8v",
     true},
    {"smfmac_f32_16x16x128_fp8_fp8", 16, 128, 1, Fp8, "i4", 16, "gfx950", "i8v",
     true},
    {"smfmac_f32_32x32x64_bf8_bf8", 32, 64, 1, Bf8, "i4", 16, "gfx950", "i8v",
     true},
};

unsigned elementBytes(Format f) {
  return f == Double ? 8 : f == Float32 ? 4 : f == Half || f == Brain ? 2 : 1;
}

/// The code of a small integer, at most 7 in magnitude.
u64 encode(Format f, int x, bool ocp) {
  switch (f) {
  case Float32:
    return fbits(float(x));
  case Half:
    return hbits(float(x));
  case Brain:
    return fbits(float(x)) >> 16;
  case Int8:
    return u64(x) & 255;
  case Double:
    return dbits(x);
  case Fp8:
  case Bf8:
    break;
  }
  if (x == 0) {
    return 0;
  }
  int e, mantissa = f == Fp8 ? 3 : 2;
  double m = std::frexp(std::abs(x), &e); // m in [1/2, 1)
  int bias = (f == Fp8 ? 7 : 15) + !ocp;
  u64 code = u64(e - 1 + bias) << mantissa |
             (u64(std::ldexp(m, mantissa + 1)) & ((1u << mantissa) - 1));
  return code | (x < 0 ? 0x80 : 0);
}

class MatrixBuiltins : public Corpus {};

TEST_P(MatrixBuiltins, MatchLoops) {
  std::string source = R"(
    #pragma OPENCL EXTENSION cl_khr_fp16 : enable
    #pragma OPENCL EXTENSION cl_khr_fp64 : enable
    typedef half h4 __attribute__((ext_vector_type(4)));
    typedef half h8 __attribute__((ext_vector_type(8)));
    typedef half h16 __attribute__((ext_vector_type(16)));
    #ifdef __gfx950__
    typedef __bf16 b8 __attribute__((ext_vector_type(8)));
    #endif
    typedef short s4 __attribute__((ext_vector_type(4)));
    typedef short s8 __attribute__((ext_vector_type(8)));
    typedef int i2 __attribute__((ext_vector_type(2)));
    typedef int i4 __attribute__((ext_vector_type(4)));
    typedef int i8v __attribute__((ext_vector_type(8)));
  )";
  std::vector<Builtin> chosen;
  for (const Builtin &b : kBuiltins) {
    if (std::string(b.chips).find(chip()) == std::string::npos) {
      continue;
    }
    chosen.push_back(b);
    unsigned words = b.m * b.m * b.blocks / 64;
    std::string result = b.format == Double ? "double"
                         : b.format == Int8 ? "int"
                                            : "float";
    std::string name = b.name;
    std::string vector = words > 1 ? name + "_d" : result;
    if (words > 1) {
      source += "typedef " + result + " " + vector +
                " __attribute__((ext_vector_type(" + std::to_string(words) +
                ")));\n";
    }
    source += "kernel void " + name + "(global " + vector +
              " *d, global const " + b.operand + " *a, global const " +
              (b.dense ? b.dense : b.operand) +
              " *b, global const int *index) { uint i = "
              "__builtin_amdgcn_workitem_id_x(); d[i] = __builtin_amdgcn_" +
              name + "(a[i], b[i], d[i], " +
              (b.dense ? "index[i], 0, 0" : "0, 0, 0") + "); }\n";
  }
  Gpu &gpu = compiled(source);
  ASSERT_TRUE(gpu.ok()) << gpu.loadError;
  for (const Builtin &b : chosen) {
    SCOPED_TRACE(b.name);
    unsigned size = elementBytes(b.format), blocks = b.blocks, M = b.m;
    bool ocp = chip() == "gfx950", sparse = b.dense;
    auto value = [](unsigned n) {
      return int(n * 2654435761u >> 28) - 8 + int(n % 2);
    };
    auto a = [&](unsigned block, unsigned i, unsigned k) {
      return std::max(-7, std::min(7, value(block * 977 + i * 131 + k)));
    };
    auto bb = [&](unsigned block, unsigned k, unsigned j) {
      return std::max(-7, std::min(7, value(5000 + block * 811 + k * 67 + j)));
    };
    auto c = [&](unsigned block, unsigned i, unsigned j) {
      return int(block * 7 + i * 3 + j) % 50 - 25;
    };
    // Of each four k of a sparse row two are there, in ascending order.
    auto place = [](unsigned i, unsigned quad, unsigned which) {
      static const unsigned pairs[6][2] = {{0, 1}, {0, 2}, {0, 3},
                                           {1, 2}, {1, 3}, {2, 3}};
      return pairs[(i * 5 + quad * 7) % 6][which];
    };
    unsigned perA = b.bytes / size, perB = sparse ? 2 * perA : perA;
    std::vector<uint8_t> rawA(64 * perA * size), rawB(64 * perB * size);
    std::vector<int> index(64);
    for (unsigned lane = 0; lane < 64; ++lane) {
      unsigned line = lane % M, block = lane / M % blocks,
               group = lane / (M * blocks);
      for (unsigned n = 0; n < perB; ++n) {
        unsigned k = b.halves ? group * perB / 2 + n % (perB / 2) +
                                    (n >= perB / 2 ? b.k / 2 : 0)
                              : group * perB + n;
        u64 code = encode(b.format, bb(block, k, line), ocp);
        memcpy(&rawB[(lane * perB + n) * size], &code, size);
      }
      for (unsigned n = 0; n < perA; ++n) {
        unsigned k = group * perA + n;
        if (sparse) {
          unsigned quad = group * perA / 2 + n / 2,
                   p = place(line, quad, n % 2);
          k = 4 * quad + p;
          index[lane] |= int(p << (2 * n));
        }
        u64 code = encode(b.format, a(block, line, k), ocp);
        memcpy(&rawA[(lane * perA + n) * size], &code, size);
      }
      if (sparse && 2 * perA < 32) { // the other index sets must not matter
        index[lane] |= int(0xa5a5a5a5u << (2 * perA));
      }
    }
    // Where D[i][j] lies.
    unsigned wide = b.format == Double ? 8 : 4, words = M * M * blocks / 64;
    auto at = [&](unsigned block, unsigned i, unsigned j, unsigned &lane,
                  unsigned &n) {
      if (b.format == Double) {
        lane = M == 4 ? 16 * i + 4 * block + j : 16 * (i % 4) + j;
        n = M == 4 ? 0 : i / 4;
      } else if (M == 4) {
        lane = 4 * block + j;
        n = i;
      } else {
        unsigned perBlock = M * M / 64, rows = 256 / M;
        lane = i / 4 * M % 64 + j;
        n = block * perBlock + i / rows * 4 + i % 4;
      }
    };
    std::vector<uint8_t> rawD(64 * words * wide);
    auto store = [&](u64 code, unsigned lane, unsigned n) {
      memcpy(&rawD[(lane * words + n) * wide], &code, wide);
    };
    auto number = [&](int x) {
      return b.format == Double ? dbits(x)
             : b.format == Int8 ? u64(u32(x))
                                : u64(fbits(float(x)));
    };
    for (unsigned block = 0; block < blocks; ++block) {
      for (unsigned i = 0; i < M; ++i) {
        for (unsigned j = 0; j < M; ++j) {
          unsigned lane, n;
          at(block, i, j, lane, n);
          store(number(c(block, i, j)), lane, n);
        }
      }
    }
    gpu.kernel = b.name;
    uint8_t *d = gpu.upload(rawD, "d");
    ASSERT_EQ(gpu.run({{1, 1, 1}, {64, 1, 1}}, d, gpu.upload(rawA),
                      gpu.upload(rawB), gpu.upload(index)),
              "");
    unsigned wrong = 0;
    for (unsigned block = 0; block < blocks; ++block) {
      for (unsigned i = 0; i < M; ++i) {
        for (unsigned j = 0; j < M; ++j) {
          int sum = c(block, i, j);
          for (unsigned k = 0; k < b.k; ++k) {
            bool there = !sparse || place(i, k / 4, 0) == k % 4 ||
                         place(i, k / 4, 1) == k % 4;
            sum += there ? a(block, i, k) * bb(block, k, j) : 0;
          }
          unsigned lane, n;
          at(block, i, j, lane, n);
          u64 got = 0, want = number(sum);
          memcpy(&got, d + (lane * words + n) * wide, wide);
          wrong += got != want;
        }
      }
    }
    EXPECT_EQ(wrong, 0u) << "of " << blocks * M * M << " elements";
  }
}

INSTANTIATE_TEST_SUITE_P(Chips, MatrixBuiltins, corpusCases(), corpusName);

} // namespace
