// What C++ and HIP offer inside kernels: virtual and recursive functions,
// function pointers, lambdas, big arguments, arrays on the stack, atomics of
// all kinds, half and complex numbers, math, clocks, tiles of a warp.
// RUN: %hipcc --offload-arch=gfx90a --offload-arch=gfx942 %s -o %t -lamdhip64
// RUN: %hiprun %t | FileCheck %s
// RUN: %hiprun MOESAIC_DEVICE=gfx90a %t | FileCheck %s
// RUN: %hipcc -O0 -U__AMDGCN_WAVEFRONT_SIZE -D__AMDGCN_WAVEFRONT_SIZE=32 --offload-arch=gfx1201 %s -o %t -lamdhip64
// RUN: %hiprun MOESAIC_DEVICE=gfx1201 %t | FileCheck %s

#include "check.h"
#include <cmath>
#include <functional>
#include <hip/hip_complex.h>
#include <hip/hip_cooperative_groups.h>

namespace cg = cooperative_groups;

//===-- Calls -------------------------------------------------------------===//

struct Shape {
  __device__ virtual float area() const = 0;
  __device__ virtual ~Shape() {}
};
struct Square : Shape {
  float side;
  __device__ explicit Square(float side) : side(side) {}
  __device__ float area() const override { return side * side; }
};
struct Disc : Shape {
  float radius;
  __device__ explicit Disc(float radius) : radius(radius) {}
  __device__ float area() const override { return 3.0f * radius * radius; }
};

__global__ void shapes(float *out) {
  Shape *shape;
  if (threadIdx.x % 3 == 0) {
    shape = new Square(float(threadIdx.x));
  } else {
    shape = new Disc(float(threadIdx.x));
  }
  out[threadIdx.x] = shape->area();
  delete shape;
}

__device__ __noinline__ int fibonacci(int n) {
  return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}
__device__ int twice(int x) { return 2 * x; }
__device__ int square(int x) { return x * x; }
using Function = int (*)(int);
__device__ Function functions[] = {twice, square, fibonacci};

__global__ void calls(int *out) {
  out[threadIdx.x] = functions[threadIdx.x % 3](threadIdx.x / 4);
}

template <typename F>
__global__ void each(int *out, F f) {
  out[threadIdx.x] = f(int(threadIdx.x));
}

struct Table {
  int values[100];
  double scale;
};
__global__ void byValue(int *out, Table table) {
  out[threadIdx.x] = int(table.values[99 - threadIdx.x] * table.scale);
}

__global__ void stack(int *out, int n) {
  int order[32];
  for (int i = 0; i < 32; ++i) {
    order[i] = (i * 13 + threadIdx.x) % 32;
  }
  for (int i = 0; i < n; ++i) { // insertion sort
    for (int j = i; j > 0 && order[j - 1] > order[j]; --j) {
      int t = order[j];
      order[j] = order[j - 1];
      order[j - 1] = t;
    }
  }
  bool sorted = true;
  for (int i = 0; i < 32; ++i) {
    sorted = sorted && order[i] == i;
  }
  out[threadIdx.x] = sorted;
}

static void checkCalls() {
  float *areas = upload(std::vector<float>(64));
  shapes<<<1, 64>>>(areas);
  std::vector<float> area = download(areas, 64);
  int *out = upload(std::vector<int>(64));
  calls<<<1, 64>>>(out);
  std::vector<int> result = download(out, 64);
  const int fib[] = {0,  1,  1,  2,  3,   5,   8,   13,
                     21, 34, 55, 89, 144, 233, 377, 610};
  for (int i = 0; i < 64; ++i) {
    EXPECT(area[i] == float(i * i) * (i % 3 == 0 ? 1 : 3));
    int x = i / 4;
    EXPECT(result[i] == (i % 3 == 0 ? 2 * x : i % 3 == 1 ? x * x : fib[x]));
  }
  int offset = 1000;
  each<<<1, 64>>>(out, [=] __device__(int i) { return i * 3 + offset; });
  EXPECT(download(out, 64)[63] == 1189);
  Table table;
  for (int i = 0; i < 100; ++i) {
    table.values[i] = i;
  }
  table.scale = 2.5;
  byValue<<<1, 64>>>(out, table);
  EXPECT(download(out, 64)[3] == 240);
  stack<<<1, 64>>>(out, 32);
  EXPECT(download(out, 64) == std::vector<int>(64, 1));
}

//===-- Atomics -----------------------------------------------------------===//

struct Counters {
  int add, sub, least, most, bits, mask, flip, exchanged, swaps;
  unsigned long long wide;
  float sum;
  double precise;
};

__global__ void atomics(Counters *c) {
  __shared__ int local;
  __shared__ float localSum;
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (threadIdx.x == 0) {
    local = 0;
    localSum = 0;
  }
  __syncthreads();
  atomicAdd(&local, i);
  atomicAdd(&localSum, 0.5f);
  __syncthreads();
  if (threadIdx.x == 0) {
    atomicAdd(&c->add, local);
    atomicAdd(&c->sum, localSum);
  }
  atomicSub(&c->sub, 2);
  atomicMin(&c->least, -i);
  atomicMax(&c->most, i);
  atomicOr(&c->bits, 1 << (i % 20));
  atomicAnd(&c->mask, ~(1 << (i % 20)));
  atomicXor(&c->flip, i);
  atomicExch(&c->exchanged, 77);
  atomicAdd(&c->wide, 1ull << 32);
  atomicAdd(&c->precise, 0.25);
  int seen = c->swaps, old;
  do { // a counter by compare and swap
    old = seen;
    seen = atomicCAS(&c->swaps, old, old + 1);
  } while (seen != old);
}

static void checkAtomics() {
  Counters start = {};
  start.mask = -1;
  Counters *c = upload(std::vector<Counters>{start});
  atomics<<<3, 100>>>(c);
  Counters r = download(c, 1)[0];
  int flip = 0;
  for (int i = 0; i < 300; ++i) {
    flip ^= i;
  }
  EXPECT(r.add == 299 * 150 && r.sub == -600 && r.least == -299);
  EXPECT(r.most == 299 && r.bits == 0xfffff && r.mask == ~0xfffff);
  EXPECT(r.flip == flip && r.exchanged == 77 && r.swaps == 300);
  EXPECT(r.wide == 300ull << 32 && r.sum == 150 && r.precise == 75);
}

//===-- Numbers -----------------------------------------------------------===//

__global__ void numbers(const double *in, double *out) {
  int i = threadIdx.x;
  double x = in[i];
  float f = float(x);
  double *o = out + 16 * i;
  o[0] = sin(x);
  o[1] = exp(x);
  o[2] = log(x);
  o[3] = pow(x, 1.5);
  o[4] = sqrt(x);
  o[5] = erf(x);
  o[6] = sinf(f);
  o[7] = expf(f);
  o[8] = logf(f);
  o[9] = powf(f, 1.5f);
  o[10] = tanhf(f);
  o[11] = fmodf(f * 10, 3.0f);
  o[12] = double(_Float16(f) * _Float16(2.0f));
  hipFloatComplex z = make_hipFloatComplex(f, 1.0f);
  o[13] = hipCrealf(hipCmulf(z, z));
  o[14] = double(__mulhi(int(i * 1000003), 1 << 20));
  o[15] = double(__popc(i) + __clz(i + 1) + __ffs(i));
}

static void checkNumbers() {
  std::vector<double> in(64);
  for (int i = 0; i < 64; ++i) {
    in[i] = 0.1 + i * 0.13;
  }
  double *x = upload(in), *y = upload(std::vector<double>(64 * 16));
  numbers<<<1, 64>>>(x, y);
  std::vector<double> out = download(y, 64 * 16);
  for (int i = 0; i < 64; ++i) {
    double v = in[i], f = float(v);
    double exact[16] = {std::sin(v),
                        std::exp(v),
                        std::log(v),
                        std::pow(v, 1.5),
                        std::sqrt(v),
                        std::erf(v),
                        std::sin(f),
                        std::exp(f),
                        std::log(f),
                        std::pow(f, 1.5),
                        std::tanh(f),
                        std::fmod(float(f * 10), 3.0f),
                        2 * f,
                        f * f - 1,
                        double((int64_t(i * 1000003) << 20) >> 32),
                        double(__builtin_popcount(i) + __builtin_clz(i + 1) +
                               __builtin_ffs(i))};
    for (int k = 0; k < 16; ++k) {
      double bound = k < 6     ? 1e-13
                     : k == 11 ? 1e-5
                     : k == 12 ? 1e-3
                     : k < 14  ? 2e-6
                               : 0;
      double error = std::fabs(out[16 * i + k] - exact[k]);
      EXPECT(error <= bound * (1 + std::fabs(exact[k])));
    }
  }
}

//===-- Tiles and clocks --------------------------------------------------===//

__global__ void tiles(int *out, long long *ticks) {
  long long begin = clock64(), real = __builtin_readsteadycounter();
  auto tile = cg::tiled_partition<16>(cg::this_thread_block());
  int value = threadIdx.x;
  for (int step = tile.size() / 2; step > 0; step /= 2) {
    value += tile.shfl_xor(value, step);
  }
  out[threadIdx.x] = value * 16 + tile.thread_rank();
  cg::thread_block block = cg::this_thread_block();
  block.sync();
  if (__all(value > 0) && block.thread_rank() == 0) {
    ticks[0] = clock64() - begin;
    ticks[1] = __builtin_readsteadycounter() - real;
  }
}

static void checkTiles() {
  int *out = upload(std::vector<int>(128));
  auto *ticks = upload(std::vector<long long>(2));
  tiles<<<1, 128>>>(out, ticks);
  std::vector<int> result = download(out, 128);
  for (int i = 0; i < 128; ++i) {
    int base = i / 16 * 16;
    EXPECT(result[i] == (16 * base + 120) * 16 + i % 16);
  }
  EXPECT(download(ticks, 2)[0] > 0 && download(ticks, 2)[1] >= 0);
}

int main() {
  checkCalls();
  checkAtomics();
  checkNumbers();
  checkTiles();
  puts("done");
  // CHECK: done
}
