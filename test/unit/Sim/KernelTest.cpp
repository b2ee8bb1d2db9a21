//===- KernelTest.cpp - kernels from clang against host arithmetic --------===//

#include "Harness.h"
#include <cmath>

using namespace moesaic::sim;
using namespace moesaic::sim::test;

namespace {

/// Each kernel runs as clang compiles it without, with some and with all
/// optimisation: calls and scratch, then registers, then vector code.
class Kernels : public testing::TestWithParam<const char *> {};

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
                              GetParam());
  Gpu gpu(object.get());
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
    EXPECT_NEAR(o[g], g < n ? quotient * 1.5f : 0,
                std::fabs(quotient) * 1e-6f);
    EXPECT_EQ(e[g], std::fma(double(g % 256), 0.0, 7.0 * 3.75) +
                        double(g % 256) / 7.0);
  }
  EXPECT_EQ(gpu.stats.workgroups, 4u);
  EXPECT_EQ(gpu.stats.waves, 16u);
}

INSTANTIATE_TEST_SUITE_P(Levels, Kernels,
                         testing::Values("-O0", "-O1", "-O3"),
                         [](const auto &level) {
                           return std::string(level.param + 1);
                         });

} // namespace
