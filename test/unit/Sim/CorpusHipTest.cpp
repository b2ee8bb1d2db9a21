//===- CorpusHipTest.cpp - HIP kernels: C++ on the device -----------------===//
//
// What OpenCL C cannot say: indirect and virtual calls, recursion, stacks of
// dynamic size, templates, device globals, dynamic LDS.
//
//===----------------------------------------------------------------------===//

#include "Corpus.h"
#include "OpHarness.h"

using namespace moesaic::sim;
using namespace moesaic::sim::test;

namespace {

class HipKernels : public Corpus {};

constexpr const char *kPrelude = R"(
  #define __global__ __attribute__((global))
  #define __device__ __attribute__((device))
  #define __shared__ __attribute__((shared))
  #define __constant__ __attribute__((constant))
  typedef unsigned uint;
  typedef unsigned long ulong;
  __device__ inline uint lane() { return __builtin_amdgcn_workitem_id_x(); }
  __device__ inline void sync() {
    __builtin_amdgcn_fence(__ATOMIC_SEQ_CST, "workgroup");
    __builtin_amdgcn_s_barrier();
    __builtin_amdgcn_fence(__ATOMIC_SEQ_CST, "workgroup");
  }
)";

TEST_P(HipKernels, IndirectVirtualAndRecursiveCalls) {
  Gpu &gpu = compiledHip(std::string(kPrelude) + R"(
    __device__ __attribute__((noinline)) int twice(int x) { return 2 * x; }
    __device__ __attribute__((noinline)) int square(int x) { return x * x; }
    __device__ __attribute__((noinline)) int minus(int x) { return -x; }
    typedef int (*Fn)(int);
    __device__ Fn table[3] = {twice, square, minus};
    struct Shape {
      __device__ virtual int area(int x) const { return x; }
    };
    struct Square : Shape {
      int side;
      __device__ Square(int s) : side(s) {}
      __device__ int area(int x) const override { return side * side + x; }
    };
    struct Line : Shape {
      __device__ int area(int x) const override { return x - 1; }
    };
    __device__ __attribute__((noinline)) int ackermann(int m, int n) {
      if (m == 0) return n + 1;
      if (n == 0) return ackermann(m - 1, 1);
      return ackermann(m - 1, ackermann(m, n - 1));
    }
    extern "C" __global__ void k(int *out, const int *in) {
      uint i = lane();
      Fn f = table[in[i] % 3]; // another function in each lane
      out[4 * i] = f(in[i]);
      out[4 * i + 1] = table[in[0] % 3](in[i]); // the same one in all
      Square square(in[i]);
      Line line;
      const Shape *shape = i % 5 < 2 ? (const Shape *)&square : &line;
      out[4 * i + 2] = shape->area(7);
      out[4 * i + 3] = ackermann(2, in[i] % 4);
    })");
  ASSERT_TRUE(gpu.ok()) << gpu.loadError;
  std::vector<int> in(64);
  for (int i = 0; i < 64; ++i) {
    in[i] = (i * 29 + 4) % 101;
  }
  int *out = gpu.zeros<int>(256, "out");
  ASSERT_EQ(gpu.run({{1, 1, 1}, {64, 1, 1}}, out, gpu.upload(in)), "");
  auto apply = [](int which, int x) {
    return which == 0 ? 2 * x : which == 1 ? x * x : -x;
  };
  for (int i = 0; i < 64; ++i) {
    EXPECT_EQ(out[4 * i], apply(in[i] % 3, in[i])) << i;
    EXPECT_EQ(out[4 * i + 1], apply(in[0] % 3, in[i])) << i;
    EXPECT_EQ(out[4 * i + 2], i % 5 < 2 ? in[i] * in[i] + 7 : 6) << i;
    EXPECT_EQ(out[4 * i + 3], 2 * (in[i] % 4) + 3) << i; // Ackermann of 2, n
  }
}

TEST_P(HipKernels, DynamicStackAndPrivateArrays) {
  Gpu &gpu = compiledHip(std::string(kPrelude) + R"(
    __device__ __attribute__((noinline)) int sum(const int *p, int n) {
      int s = 0;
      for (int k = 0; k < n; ++k) s = 3 * s + p[k];
      return s;
    }
    extern "C" __global__ void k(int *out, const int *in) {
      uint i = lane();
      int n = in[0] + 5; // the same in all lanes, but not known before
      int *p = (int *)__builtin_alloca(n * sizeof(int));
      char fixed[40];
      for (int k = 0; k < 40; ++k) fixed[k] = (char)(k * in[i]);
      for (int k = 0; k < n; ++k) p[k] = in[i] + k + fixed[(k + i) % 40];
      short *q = (short *)__builtin_alloca(2 * n);
      for (int k = 0; k < n; ++k) q[k] = (short)(p[n - 1 - k] ^ 0x55);
      int s = sum(p, n);
      for (int k = 0; k < n; ++k) s += q[k] * k;
      out[i] = s;
    })");
  ASSERT_TRUE(gpu.ok()) << gpu.loadError;
  std::vector<int> in(64);
  for (int i = 0; i < 64; ++i) {
    in[i] = (i * 17 + 6) % 23;
  }
  int *out = gpu.zeros<int>(64, "out");
  ASSERT_EQ(gpu.run({{1, 1, 1}, {64, 1, 1}}, out, gpu.upload(in)), "");
  const int n = in[0] + 5;
  for (int i = 0; i < 64; ++i) {
    std::vector<int> p(n), q(n);
    u32 s = 0;
    for (int k = 0; k < n; ++k) {
      p[k] = in[i] + k + int8_t((k + i) % 40 * in[i]);
      s = 3 * s + u32(p[k]);
    }
    for (int k = 0; k < n; ++k) {
      s += u32(i16(p[n - 1 - k] ^ 0x55) * k);
    }
    EXPECT_EQ(u32(out[i]), s) << i;
  }
}

TEST_P(HipKernels, TemplatesGlobalsAndDynamicLds) {
  Gpu &gpu = compiledHip(std::string(kPrelude) + R"(
    __constant__ int weights[4] = {1, -2, 3, -4};
    __device__ ulong counter = 5;
    extern __shared__ int dynamic[];
    template <int N, class T> struct Vec {
      T v[N];
      __device__ T dot(const Vec &o) const {
        T s = 0;
        for (int n = 0; n < N; ++n) s += v[n] * o.v[n];
        return s;
      }
    };
    template <class T> __device__ T reduce(T x, T *scratch) {
      scratch[lane()] = x;
      for (uint step = 32; step; step /= 2) {
        sync();
        if (lane() < step) scratch[lane()] += scratch[lane() + step];
      }
      sync();
      return scratch[0];
    }
    extern "C" __global__ void k(long *out, const int *in) {
      __shared__ int fixed[4];
      uint i = lane();
      if (i < 4) fixed[i] = weights[i];
      sync();
      Vec<4, long> a, b;
      for (int n = 0; n < 4; ++n) {
        a.v[n] = in[i] + n;
        b.v[n] = fixed[(n + i) % 4];
      }
      out[2 * i] = a.dot(b);
      out[2 * i + 1] = reduce(in[i], dynamic);
      __atomic_fetch_add(&counter, (ulong)in[i], __ATOMIC_RELAXED);
    })");
  ASSERT_TRUE(gpu.ok()) << gpu.loadError;
  std::vector<int> in(64);
  int total = 0;
  for (int i = 0; i < 64; ++i) {
    in[i] = (i * 37) % 41;
    total += in[i];
  }
  auto *out = gpu.zeros<int64_t>(128, "out");
  LaunchConfig config{{1, 1, 1}, {64, 1, 1}};
  config.dynamicLdsBytes = 64 * 4;
  ASSERT_EQ(gpu.run(config, out, gpu.upload(in)), "");
  const int weights[4] = {1, -2, 3, -4};
  for (int i = 0; i < 64; ++i) {
    int64_t dot = 0;
    for (int n = 0; n < 4; ++n) {
      dot += int64_t(in[i] + n) * weights[(n + i) % 4];
    }
    EXPECT_EQ(out[2 * i], dot) << i;
    EXPECT_EQ(out[2 * i + 1], total);
  }
  auto [address, size] = gpu.program->findGlobal("counter");
  ASSERT_EQ(size, 8u);
  EXPECT_EQ(*reinterpret_cast<u64 *>(address), u64(5 + total));
}

INSTANTIATE_TEST_SUITE_P(Chips, HipKernels, corpusCases(Chips::All),
                         corpusName);

} // namespace
