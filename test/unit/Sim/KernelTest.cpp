//===- KernelTest.cpp - kernels from clang against host arithmetic --------===//

#include "Harness.h"
#include <cmath>

using llvm::StringRef;
using namespace moesaic::sim;
using namespace moesaic::sim::test;

namespace {

/// Each kernel runs on every chip as clang compiles it without, with some and
/// with all optimisation: calls and scratch, then registers, then vector code.
class Kernels
    : public testing::TestWithParam<std::tuple<const char *, const char *>> {
protected:
  const char *chip() const { return std::get<0>(GetParam()); }
  const char *level() const { return std::get<1>(GetParam()); }
  bool isRdna() const { return StringRef(chip()).starts_with("gfx1"); }
};

TEST_P(Kernels, ScaleThroughLds) {
  auto object = compileOpenCL(R"(
    kernel void k(global float *o, global const float *a, global const float *b,
                  int n, float s, double d, global double *e) {
      local float l[256];
      uint i = __builtin_amdgcn_workitem_id_x();
      uint g = __builtin_amdgcn_workgroup_id_x() * 256 + i;
      l[i] = a[g] / b[g];
      __builtin_amdgcn_fence(__ATOMIC_RELEASE, "workgroup");
      __builtin_amdgcn_s_barrier();
      __builtin_amdgcn_fence(__ATOMIC_ACQUIRE, "workgroup");
      if (g < n)
        o[g] = l[255 - i] * s;
      e[g] = d * 3.75 + (double)i / d;
    })",
                              level(), chip());
  Gpu gpu(object.get(), chip());
  ASSERT_TRUE(gpu.ok()) << gpu.loadError;
  constexpr int n = 1000;
  std::vector<float> a(1024), b(1024);
  for (int i = 0; i < 1024; ++i) {
    a[i] = std::sin(float(i)) * 100;
    b[i] = std::cos(float(i)) + 2;
  }
  float *o = gpu.zeros<float>(1024);
  double *e = gpu.zeros<double>(1024);
  ASSERT_EQ(gpu.run({{4, 1, 1}, {256, 1, 1}}, o, gpu.upload(a), gpu.upload(b),
                    n, 1.5f, 7.0, e),
            "");
  for (int g = 0; g < 1024; ++g) {
    int from = g / 256 * 256 + 255 - g % 256;
    float quotient = a[from] / b[from];
    // OpenCL's division is good to 2.5 ulp.
    EXPECT_NEAR(o[g], g < n ? quotient * 1.5f : 0, std::fabs(quotient) * 1e-6f);
    EXPECT_EQ(e[g], std::fma(double(g % 256), 0.0, 7.0 * 3.75) +
                        double(g % 256) / 7.0);
  }
  EXPECT_EQ(gpu.stats.workgroups, 4u);
  EXPECT_EQ(gpu.stats.waves, isRdna() ? 32u : 16u);
}

TEST_P(Kernels, IntegerDivisionAndWideArithmetic) {
  auto object = compileOpenCL(R"(
    kernel void k(global long *o, global const long *a, global const long *b) {
      uint i = __builtin_amdgcn_workitem_id_x();
      long x = a[i], y = b[i];
      o[8 * i + 0] = x / y;
      o[8 * i + 1] = x % y;
      o[8 * i + 2] = (ulong)x / (ulong)y;
      o[8 * i + 3] = (int)x / (int)y;
      o[8 * i + 4] = (uint)x % (uint)y;
      o[8 * i + 5] = x * y;
      o[8 * i + 6] = (x >> (y & 63)) ^ (x << (y & 31));
      o[8 * i + 7] = (short)x * (char)y + (x < y ? 3 : 4);
    })",
                              level(), chip());
  Gpu gpu(object.get(), chip());
  ASSERT_TRUE(gpu.ok()) << gpu.loadError;
  std::vector<uint64_t> rawA = operands64(64, 11), rawB = operands64(64, 12);
  std::vector<int64_t> a(rawA.begin(), rawA.end()), b(rawB.begin(), rawB.end());
  for (unsigned i = 0; i < 64; ++i) {
    b[i] |= 3; // no zero in either half, and no overflowing quotient
    if (int32_t(b[i]) == -1 || b[i] == -1) {
      b[i] = 7;
    }
  }
  auto *o = gpu.zeros<int64_t>(512);
  ASSERT_EQ(gpu.run({{1, 1, 1}, {64, 1, 1}}, o, gpu.upload(a), gpu.upload(b)),
            "");
  for (unsigned i = 0; i < 64; ++i) {
    int64_t x = a[i], y = b[i];
    const int64_t *got = o + 8 * i;
    EXPECT_EQ(got[0], x / y) << x << " / " << y;
    EXPECT_EQ(got[1], x % y);
    EXPECT_EQ(uint64_t(got[2]), uint64_t(x) / uint64_t(y));
    EXPECT_EQ(got[3], int32_t(x) / int32_t(y));
    EXPECT_EQ(uint64_t(got[4]), uint32_t(x) % uint32_t(y));
    EXPECT_EQ(uint64_t(got[5]), uint64_t(x) * uint64_t(y));
    EXPECT_EQ(got[6], (x >> (y & 63)) ^ int64_t(uint64_t(x) << (y & 31)));
    EXPECT_EQ(got[7], int16_t(x) * int8_t(y) + (x < y ? 3 : 4));
  }
}

TEST_P(Kernels, CallsScratchTablesAndSwitches) {
  auto object = compileOpenCL(R"(
    constant int table[8] = {3, 1, 4, 1, 5, 9, 2, 6};
    __attribute__((noinline)) int fib(int n) {
      int a = 0, b = 1;
      for (int i = 0; i < n; ++i) { int t = a + b; a = b; b = t; }
      return a;
    }
    __attribute__((noinline)) int choose(int which, int x) {
      switch (which) {
      case 0: return x + 1;
      case 1: return x * 7;
      case 2: return fib(x & 15);
      case 3: return x ^ 0x55;
      case 4: return x - 9;
      default: return table[x & 7];
      }
    }
    kernel void k(global int *o, global const int *in) {
      uint i = __builtin_amdgcn_workitem_id_x();
      int local_array[16];
      for (int n = 0; n < 16; ++n)
        local_array[n] = choose((in[i] + n) % 6, in[i] + n);
      int at = in[i] & 15;
      local_array[at] += 1000;
      int *flat = &local_array[(at * 5) & 15];
      int sum = *flat;
      for (int n = 0; n < 16; ++n)
        sum = sum * 3 + local_array[(n + at) & 15];
      o[i] = sum;
    })",
                              level(), chip());
  Gpu gpu(object.get(), chip());
  ASSERT_TRUE(gpu.ok()) << gpu.loadError;
  auto fib = [](int n) {
    int a = 0, b = 1;
    while (n-- > 0) {
      int t = a + b;
      a = b;
      b = t;
    }
    return a;
  };
  auto choose = [&](int which, int x) {
    const int table[8] = {3, 1, 4, 1, 5, 9, 2, 6};
    switch (which) {
    case 0:
      return x + 1;
    case 1:
      return x * 7;
    case 2:
      return fib(x & 15);
    case 3:
      return x ^ 0x55;
    case 4:
      return x - 9;
    default:
      return table[x & 7];
    }
  };
  std::vector<int> in(192);
  for (int i = 0; i < 192; ++i) {
    in[i] = i * 37 % 1000;
  }
  auto *o = gpu.zeros<int>(192);
  ASSERT_EQ(gpu.run({{1, 1, 1}, {192, 1, 1}}, o, gpu.upload(in)), "");
  for (int i = 0; i < 192; ++i) {
    int array[16];
    for (int n = 0; n < 16; ++n) {
      array[n] = choose((in[i] + n) % 6, in[i] + n);
    }
    int at = in[i] & 15;
    array[at] += 1000;
    uint32_t sum = uint32_t(array[(at * 5) & 15]);
    for (int n = 0; n < 16; ++n) {
      sum = sum * 3 + uint32_t(array[(n + at) & 15]);
    }
    EXPECT_EQ(o[i], int(sum)) << i;
  }
}

TEST_P(Kernels, BlockReduction) {
  // A tree in LDS, then one atomic per workgroup; ids in three dimensions.
  auto object = compileOpenCL(R"(
    kernel void k(volatile global atomic_int *total, global const int *in) {
      local int l[128];
      uint x = __builtin_amdgcn_workitem_id_x(), y = __builtin_amdgcn_workitem_id_y();
      uint z = __builtin_amdgcn_workitem_id_z();
      uint i = x + 8 * (y + 4 * z);
      uint group = __builtin_amdgcn_workgroup_id_x() + 3 * __builtin_amdgcn_workgroup_id_y();
      l[i] = in[group * 128 + i];
      for (uint step = 64; step > 0; step /= 2) {
        __builtin_amdgcn_fence(__ATOMIC_SEQ_CST, "workgroup");
        __builtin_amdgcn_s_barrier();
        __builtin_amdgcn_fence(__ATOMIC_SEQ_CST, "workgroup");
        if (i < step)
          l[i] += l[i + step];
      }
      if (i == 0)
        __opencl_atomic_fetch_add(total, l[0], memory_order_relaxed, memory_scope_device);
    })",
                              level(), chip());
  Gpu gpu(object.get(), chip());
  ASSERT_TRUE(gpu.ok()) << gpu.loadError;
  std::vector<int> in(6 * 128);
  int want = 0;
  for (size_t i = 0; i < in.size(); ++i) {
    in[i] = int(i * i % 1013);
    want += in[i];
  }
  auto *total = gpu.zeros<int>(1);
  ASSERT_EQ(gpu.run({{3, 2, 1}, {8, 4, 4}}, total, gpu.upload(in)), "");
  EXPECT_EQ(*total, want);
}

TEST_P(Kernels, HalfAndBfloat) {
  auto object = compileOpenCL(R"(
    #pragma OPENCL EXTENSION cl_khr_fp16 : enable
    typedef half h2 __attribute__((ext_vector_type(2)));
    kernel void k(global h2 *o, global const h2 *a, global const h2 *b, global float *s) {
      uint i = __builtin_amdgcn_workitem_id_x();
      h2 x = a[i], y = b[i];
      o[i] = x * y + (h2)(1.0h, 0.5h);
      s[i] = (float)x.x * 2.0f - (float)y.y;
    })",
                              level(), chip());
  Gpu gpu(object.get(), chip());
  ASSERT_TRUE(gpu.ok()) << gpu.loadError;
  std::vector<_Float16> a(128), b(128);
  for (int i = 0; i < 128; ++i) {
    a[i] = _Float16(float(i - 60) / 8);
    b[i] = _Float16(float(i % 7) / 4);
  }
  auto *o = gpu.zeros<_Float16>(128);
  auto *s = gpu.zeros<float>(64);
  ASSERT_EQ(
      gpu.run({{1, 1, 1}, {64, 1, 1}}, o, gpu.upload(a), gpu.upload(b), s), "");
  for (int i = 0; i < 128; ++i) {
    // All intermediate values are exact.
    EXPECT_EQ(float(o[i]), float(a[i]) * float(b[i]) + (i % 2 ? 0.5f : 1.0f));
  }
  for (int i = 0; i < 64; ++i) {
    EXPECT_EQ(s[i], float(a[2 * i]) * 2 - float(b[2 * i + 1]));
  }
}

TEST_P(Kernels, HalvesAndShortsTogether) {
  // Enough of them that compilers put two into one register.
  auto object = compileOpenCL(R"(
    #pragma OPENCL EXTENSION cl_khr_fp16 : enable
    kernel void k(global half *o, global short *s, global const half *a,
                  global const half *b, global const short *c) {
      uint i = __builtin_amdgcn_workitem_id_x();
      half x = a[i], y = b[i], z = a[i + 64], w = b[i + 64];
      short p = c[i], q = c[i + 64];
      o[i] = x * y + z;
      o[i + 64] = w > x ? z - y : w * (half)4;
      s[i] = p * q + (short)(p < 0);
      s[i + 64] = p > q ? p - q : (short)(q << 2);
      half sum = 0;
      for (int n = 0; n < 4; ++n) {
        sum += a[(i + n) & 127] * b[(i * 3 + n) & 127];
        o[i + 128 + 64 * n] = sum;
      }
    })",
                              level(), chip());
  Gpu gpu(object.get(), chip());
  ASSERT_TRUE(gpu.ok()) << gpu.loadError;
  std::vector<_Float16> a(128), b(128);
  std::vector<int16_t> c(128);
  for (int i = 0; i < 128; ++i) {
    a[i] = _Float16(float(i % 23 - 11) / 4);
    b[i] = _Float16(float(i * 7 % 19 - 9) / 2);
    c[i] = int16_t(i * 2741);
  }
  auto *o = gpu.zeros<_Float16>(384);
  auto *s = gpu.zeros<int16_t>(128);
  ASSERT_EQ(gpu.run({{1, 1, 1}, {64, 1, 1}}, o, s, gpu.upload(a), gpu.upload(b),
                    gpu.upload(c)),
            "");
  for (int i = 0; i < 64; ++i) {
    // All values are exact.
    float x = a[i], y = b[i], z = a[i + 64], w = b[i + 64];
    EXPECT_EQ(float(o[i]), x * y + z);
    EXPECT_EQ(float(o[i + 64]), w > x ? z - y : w * 4);
    EXPECT_EQ(s[i], int16_t(c[i] * c[i + 64] + (c[i] < 0)));
    EXPECT_EQ(s[i + 64],
              int16_t(c[i] > c[i + 64] ? c[i] - c[i + 64] : c[i + 64] * 4));
    float sum = 0;
    for (int n = 0; n < 4; ++n) {
      sum += float(a[(i + n) & 127]) * float(b[(i * 3 + n) & 127]);
      EXPECT_EQ(float(o[i + 128 + 64 * n]), sum);
    }
  }
}

TEST_P(Kernels, TiledMatmulWithMfma) {
  // C[64,64] = A[64,K] B[64,K]^T, 32x32 tiles, one wave each, through LDS.
  if (isRdna()) {
    GTEST_SKIP() << "the chip has no MFMA";
  }
  auto object = compileOpenCL(R"(
    typedef short s4 __attribute__((ext_vector_type(4)));
    typedef float f16v __attribute__((ext_vector_type(16)));
    kernel void k(global float *c, global const s4 *a, global const s4 *b, int K) {
      local s4 la[64], lb[64];
      uint lane = __builtin_amdgcn_workitem_id_x();
      uint bi = __builtin_amdgcn_workgroup_id_x(), bj = __builtin_amdgcn_workgroup_id_y();
      f16v acc = 0;
      for (int k = 0; k < K; k += 8) {
        uint row = lane % 32, part = lane / 32;
        la[lane] = a[((bi * 32 + row) * K + k) / 4 + part];
        lb[lane] = b[((bj * 32 + row) * K + k) / 4 + part];
        __builtin_amdgcn_fence(__ATOMIC_SEQ_CST, "workgroup");
        __builtin_amdgcn_s_barrier();
        acc = __builtin_amdgcn_mfma_f32_32x32x8bf16_1k(la[lane], lb[lane], acc, 0, 0, 0);
        __builtin_amdgcn_s_barrier();
      }
      for (int r = 0; r < 16; ++r) {
        uint i = 8 * (r / 4) + 4 * (lane / 32) + r % 4;
        c[(bi * 32 + i) * 64 + bj * 32 + lane % 32] = acc[r];
      }
    })",
                              level(), chip());
  Gpu gpu(object.get(), chip());
  ASSERT_TRUE(gpu.ok()) << gpu.loadError;
  constexpr int K = 40;
  auto bf16 = [](int n) { // small integers are exact
    float f = float(n);
    uint32_t raw;
    memcpy(&raw, &f, 4);
    return uint16_t(raw >> 16);
  };
  std::vector<int> a(64 * K), b(64 * K);
  std::vector<uint16_t> rawA(64 * K), rawB(64 * K);
  for (int i = 0; i < 64 * K; ++i) {
    a[i] = i * 7 % 23 - 11;
    b[i] = i * 5 % 19 - 9;
    rawA[i] = bf16(a[i]);
    rawB[i] = bf16(b[i]);
  }
  auto *c = gpu.zeros<float>(64 * 64);
  ASSERT_EQ(gpu.run({{2, 2, 1}, {64, 1, 1}}, c, gpu.upload(rawA),
                    gpu.upload(rawB), K),
            "");
  for (int i = 0; i < 64; ++i) {
    for (int j = 0; j < 64; ++j) {
      int sum = 0;
      for (int k = 0; k < K; ++k) {
        sum += a[i * K + k] * b[j * K + k];
      }
      ASSERT_EQ(c[i * 64 + j], float(sum)) << i << " " << j;
    }
  }
  EXPECT_EQ(gpu.stats.mfma, 4u * K / 8);
  EXPECT_EQ(gpu.stats.matrixOpcodes[StringRef(chip()) == "gfx90a"
                                        ? "v_mfma_f32_32x32x8bf16_1k"
                                        : "v_mfma_f32_32x32x8_bf16"],
            4u * K / 8);
}

TEST_P(Kernels, Fp8Conversions) {
  if (StringRef(chip()) == "gfx90a" || StringRef(chip()) == "gfx1100") {
    GTEST_SKIP() << "the chip has no fp8";
  }
  const bool ocp = StringRef(chip()) != "gfx942";
  auto object = compileOpenCL(R"(
    kernel void k(global float *o, global int *packed, global const float *a) {
      uint i = __builtin_amdgcn_workitem_id_x();
      int p = __builtin_amdgcn_cvt_pk_fp8_f32(a[i], -a[i], 0, 0);
      p = __builtin_amdgcn_cvt_pk_bf8_f32(a[i], a[i] * 2.0f, p, 1);
      packed[i] = p;
      o[4 * i] = __builtin_amdgcn_cvt_f32_fp8(p, 0);
      o[4 * i + 1] = __builtin_amdgcn_cvt_f32_fp8(p, 1);
      o[4 * i + 2] = __builtin_amdgcn_cvt_f32_bf8(p, 2);
      o[4 * i + 3] = __builtin_amdgcn_cvt_f32_bf8(p, 3);
    })",
                              level(), chip());
  Gpu gpu(object.get(), chip());
  ASSERT_TRUE(gpu.ok()) << gpu.loadError;
  std::vector<float> a(256);
  for (int i = 0; i < 256; ++i) {
    a[i] = (i % 2 ? 1.0f : -1.0f) *
           std::ldexp(1.0f + float(i % 37) / 37, i / 16 - 10);
  }
  auto *o = gpu.zeros<float>(1024);
  auto *packed = gpu.zeros<uint32_t>(256);
  ASSERT_EQ(gpu.run({{1, 1, 1}, {256, 1, 1}}, o, packed, gpu.upload(a)), "");
  // The nearest of all values of the format, ties to the even code. FNUZ has
  // its bias one higher and saturates; OCP gives NaN (E4M3) or infinity (E5M2).
  auto round = [&](float x, int mantissa, int bias) {
    float best = 0;
    double distance = INFINITY;
    int codes = !ocp ? 128 : mantissa == 3 ? 127 : 124;
    for (int code = 0; code < codes; ++code) {
      int e = code >> mantissa, m = code & ((1 << mantissa) - 1);
      double value = e ? std::ldexp(1.0 + double(m) / (1 << mantissa), e - bias)
                       : std::ldexp(double(m) / (1 << mantissa), 1 - bias);
      double d = std::fabs(value - std::fabs(double(x)));
      if (d < distance || (d == distance && code % 2 == 0)) {
        distance = d;
        best = float(value);
      }
    }
    // Halfway to the code that does not exist.
    if (ocp && std::fabs(x) > (mantissa == 3 ? 464 : 61439)) {
      best = mantissa == 3 ? NAN : INFINITY;
    }
    return best == 0 && !ocp ? 0.0f : std::copysign(best, x);
  };
  auto same = [](float got, float want) {
    return got == want || (std::isnan(got) && std::isnan(want));
  };
  const int bias = ocp ? 0 : 1;
  for (int i = 0; i < 256; ++i) {
    EXPECT_PRED2(same, o[4 * i], round(a[i], 3, 7 + bias)) << a[i];
    EXPECT_PRED2(same, o[4 * i + 1], round(-a[i], 3, 7 + bias)) << a[i];
    EXPECT_PRED2(same, o[4 * i + 2], round(a[i], 2, 15 + bias)) << a[i];
    EXPECT_PRED2(same, o[4 * i + 3], round(a[i] * 2, 2, 15 + bias)) << a[i];
  }
}

INSTANTIATE_TEST_SUITE_P(Chips, Kernels,
                         testing::Combine(testing::Values("gfx90a", "gfx942",
                                                          "gfx950", "gfx1100",
                                                          "gfx1200", "gfx1201"),
                                          testing::Values("-O0", "-O1", "-O3")),
                         [](const auto &info) {
                           return std::string(std::get<0>(info.param)) + "_" +
                                  (std::get<1>(info.param) + 1);
                         });

} // namespace
