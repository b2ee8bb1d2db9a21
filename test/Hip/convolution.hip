// A program as tutorials have it: a filter in constant memory, a tile with its
// halo in dynamic shared memory, errors through a macro with strings.
// RUN: %hipcc --offload-arch=gfx942 %s -o %t -lamdhip64
// RUN: %hiprun %t | FileCheck %s
// RUN: %hipcc -U__AMDGCN_WAVEFRONT_SIZE -D__AMDGCN_WAVEFRONT_SIZE=32 --offload-arch=gfx1100 --offload-arch=gfx1201 %s -o %t -lamdhip64
// RUN: %hiprun MOESAIC_DEVICE=gfx1100 %t | FileCheck %s
// RUN: %hiprun MOESAIC_DEVICE=gfx1201 %t | FileCheck %s

#include <cmath>
#include <hip/hip_runtime.h>
#include <iostream>
#include <vector>

#define HIP_CHECK(call)                                                        \
  do {                                                                         \
    hipError_t status = call;                                                  \
    if (status != hipSuccess) {                                                \
      std::cerr << "HIP error " << hipGetErrorName(status) << ": "             \
                << hipGetErrorString(status) << " at " << __FILE__ << ":"      \
                << __LINE__ << std::endl;                                      \
      std::exit(EXIT_FAILURE);                                                 \
    }                                                                          \
  } while (0)

constexpr int kRadius = 4;
__constant__ float filter[2 * kRadius + 1];
__device__ unsigned int blocksDone = 0;

template <typename T>
__global__ void convolve(const T *__restrict__ in, T *__restrict__ out,
                         size_t n) {
  extern __shared__ float tile[];
  const size_t i = size_t(blockIdx.x) * blockDim.x + threadIdx.x;
  const int local = threadIdx.x + kRadius;
  tile[local] = i < n ? float(in[i]) : 0.0f;
  if (threadIdx.x < kRadius) {
    tile[threadIdx.x] = i >= kRadius ? float(in[i - kRadius]) : 0.0f;
    size_t right = i + blockDim.x;
    tile[local + blockDim.x] = right < n ? float(in[right]) : 0.0f;
  }
  __syncthreads();
  if (i < n) {
    float sum = 0;
#pragma unroll
    for (int k = -kRadius; k <= kRadius; ++k) {
      sum = fmaf(filter[k + kRadius], tile[local + k], sum);
    }
    out[i] = T(sum);
  }
  if (threadIdx.x == 0) {
    atomicAdd(&blocksDone, 1u);
  }
}

template <typename T>
static void run(const char *name) {
  const size_t n = 10007;
  std::vector<T> in(n), out(n);
  std::vector<float> weights(2 * kRadius + 1);
  for (size_t i = 0; i < n; ++i) {
    in[i] = T(std::sin(0.01 * double(i)) * 100);
  }
  for (int k = 0; k < 2 * kRadius + 1; ++k) {
    weights[k] = 1.0f / float(1 + std::abs(k - kRadius));
  }
  HIP_CHECK(hipMemcpyToSymbol(HIP_SYMBOL(filter), weights.data(),
                              weights.size() * sizeof(float)));
  unsigned int zero = 0, blocks = 0;
  HIP_CHECK(hipMemcpyToSymbol(HIP_SYMBOL(blocksDone), &zero, sizeof zero));
  T *a, *b;
  HIP_CHECK(hipMalloc(&a, n * sizeof(T)));
  HIP_CHECK(hipMalloc(&b, n * sizeof(T)));
  HIP_CHECK(hipMemcpy(a, in.data(), n * sizeof(T), hipMemcpyHostToDevice));
  const int threads = 256, grid = (n + threads - 1) / threads;
  const size_t shared = (threads + 2 * kRadius) * sizeof(float);
  convolve<T><<<dim3(grid), dim3(threads), shared, 0>>>(a, b, n);
  HIP_CHECK(hipGetLastError());
  HIP_CHECK(hipDeviceSynchronize());
  HIP_CHECK(hipMemcpy(out.data(), b, n * sizeof(T), hipMemcpyDeviceToHost));
  HIP_CHECK(
      hipMemcpyFromSymbol(&blocks, HIP_SYMBOL(blocksDone), sizeof blocks));
  int wrong = 0;
  for (size_t i = 0; i < n; ++i) {
    double sum = 0;
    for (int k = -kRadius; k <= kRadius; ++k) {
      if (i + k < n) { // wraps around below zero
        sum += double(weights[k + kRadius]) * double(in[i + k]);
      }
    }
    wrong += std::abs(double(out[i]) - sum) >
             1e-3 * (1 + std::abs(sum)) + (sizeof(T) == 2 ? 1 : 0);
  }
  HIP_CHECK(hipFree(a));
  HIP_CHECK(hipFree(b));
  std::cout << name << ": " << wrong << " wrong, " << blocks << " of " << grid
            << " blocks" << std::endl;
}

int main() {
  run<float>("float");
  run<double>("double");
  run<short>("short");
  // CHECK: float: 0 wrong, 40 of 40 blocks
  // CHECK: double: 0 wrong, 40 of 40 blocks
  // CHECK: short: 0 wrong, 40 of 40 blocks
  return 0;
}
