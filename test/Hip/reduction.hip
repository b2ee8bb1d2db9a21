// Reductions by shuffles, static and dynamic LDS and atomics give exact sums;
// ballots and the warp size are those of the chip.
// RUN: %hipcc --offload-arch=gfx942 %s -o %t -lamdhip64
// RUN: %hiprun %t | FileCheck %s
// RUN: %hipcc -U__AMDGCN_WAVEFRONT_SIZE -D__AMDGCN_WAVEFRONT_SIZE=32 --offload-arch=gfx1100 --offload-arch=gfx1201 %s -o %t -lamdhip64
// RUN: %hiprun MOESAIC_DEVICE=gfx1100 %t | FileCheck %s
// RUN: %hiprun MOESAIC_DEVICE=gfx1201 %t | FileCheck %s

#include "check.h"

__global__ void sum(const int *in, int n, unsigned long long *total,
                    int *largest) {
  extern __shared__ int partial[]; // one word per warp
  int mine = 0, most = INT32_MIN;
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n;
       i += gridDim.x * blockDim.x) {
    mine += in[i];
    most = max(most, in[i]);
  }
  for (int step = warpSize / 2; step > 0; step /= 2) {
    mine += __shfl_down(mine, step);
    most = max(most, __shfl_xor(most, step));
  }
  int lane = threadIdx.x % warpSize, warp = threadIdx.x / warpSize;
  if (lane == 0) {
    partial[warp] = mine;
    atomicMax(largest, most);
  }
  __syncthreads();
  if (threadIdx.x == 0) {
    unsigned long long block = 0;
    for (unsigned w = 0; w < blockDim.x / warpSize; ++w) {
      block += partial[w];
    }
    atomicAdd(total, block);
  }
}

__global__ void histogram(const int *in, int n, unsigned *bins) {
  __shared__ unsigned local[16];
  if (threadIdx.x < 16) {
    local[threadIdx.x] = 0;
  }
  __syncthreads();
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) {
    atomicAdd(&local[in[i] & 15], 1u);
  }
  __syncthreads();
  if (threadIdx.x < 16) {
    atomicAdd(&bins[threadIdx.x], local[threadIdx.x]);
  }
}

__global__ void ballots(unsigned long long *out) {
  out[threadIdx.x] = __ballot(threadIdx.x % 3 == 0);
}

int main() {
  hipDeviceProp_t properties;
  CHECK(hipGetDeviceProperties(&properties, 0));
  const int warp = properties.warpSize;
  const int n = 100000;
  std::vector<int> in(n);
  unsigned long long expected = 0;
  int most = 0;
  std::vector<unsigned> expectedBins(16);
  for (int i = 0; i < n; ++i) {
    in[i] = (i * 7919) % 10007;
    expected += in[i];
    most = std::max(most, in[i]);
    ++expectedBins[in[i] & 15];
  }
  int *device = upload(in);
  auto *total = upload(std::vector<unsigned long long>{0});
  int *largest = upload(std::vector<int>{0});
  sum<<<37, 256, 256 / warp * sizeof(int)>>>(device, n, total, largest);
  CHECK(hipGetLastError());
  EXPECT(download(total, 1)[0] == expected);
  EXPECT(download(largest, 1)[0] == most);
  printf("sum %llu\n", download(total, 1)[0]);
  // CHECK: sum 500{{[0-9]+}}

  unsigned *bins = upload(std::vector<unsigned>(16));
  histogram<<<(n + 511) / 512, 512>>>(device, n, bins);
  EXPECT(download(bins, 16) == expectedBins);

  auto *masks = upload(std::vector<unsigned long long>(64));
  ballots<<<1, 64>>>(masks);
  EXPECT(download(masks, 64)[17] ==
         (warp == 64 ? 0x9249249249249249ull : 0x49249249ull));
  puts("done");
  // CHECK: done
}
