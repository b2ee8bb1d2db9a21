// Prefix sums and softmax by warp shuffles, written for any warp size.
// RUN: %hipcc --offload-arch=gfx90a --offload-arch=gfx942 %s -o %t -lamdhip64
// RUN: %hiprun %t | FileCheck %s
// RUN: %hiprun MOESAIC_DEVICE=gfx90a %t | FileCheck %s
// RUN: %hipcc -O0 -U__AMDGCN_WAVEFRONT_SIZE -D__AMDGCN_WAVEFRONT_SIZE=32 --offload-arch=gfx1100 %s -o %t -lamdhip64
// RUN: %hiprun MOESAIC_DEVICE=gfx1100 %t | FileCheck %s

#include "check.h"
#include <cmath>
#include <numeric>

template <int Block>
__global__ void scanBlocks(const int *in, int *out, int *sums, int n) {
  __shared__ int warps[Block / 32];
  int i = blockIdx.x * Block + threadIdx.x;
  int lane = threadIdx.x % warpSize, warp = threadIdx.x / warpSize;
  int value = i < n ? in[i] : 0;
  for (int step = 1; step < warpSize; step *= 2) {
    int other = __shfl_up(value, step);
    if (lane >= step) {
      value += other;
    }
  }
  if (lane == warpSize - 1) {
    warps[warp] = value;
  }
  __syncthreads();
  if (warp == 0) {
    int count = Block / warpSize;
    int total = lane < count ? warps[lane] : 0;
    for (int step = 1; step < count; step *= 2) {
      int other = __shfl_up(total, step);
      if (lane >= step) {
        total += other;
      }
    }
    if (lane < count) {
      warps[lane] = total;
    }
  }
  __syncthreads();
  value += warp > 0 ? warps[warp - 1] : 0;
  if (i < n) {
    out[i] = value;
  }
  if (threadIdx.x == Block - 1) {
    sums[blockIdx.x] = value;
  }
}

__global__ void addSums(int *out, const int *sums, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (blockIdx.x > 0 && i < n) {
    out[i] += sums[blockIdx.x - 1];
  }
}

static void scan(const int *in, int *out, int n) {
  constexpr int block = 256;
  int blocks = (n + block - 1) / block;
  int *sums;
  CHECK(hipMalloc(&sums, blocks * sizeof(int)));
  scanBlocks<block><<<blocks, block>>>(in, out, sums, n);
  if (blocks > 1) {
    scan(sums, sums, blocks);
    addSums<<<blocks, block>>>(out, sums, n);
  }
  CHECK(hipFree(sums));
}

/// One warp per row.
__global__ void softmax(const float *in, float *out, int rows, int columns) {
  int row = (blockIdx.x * blockDim.x + threadIdx.x) / warpSize;
  int lane = threadIdx.x % warpSize;
  if (row >= rows) {
    return;
  }
  float most = -INFINITY, sum = 0;
  for (int c = lane; c < columns; c += warpSize) {
    most = fmaxf(most, in[row * columns + c]);
  }
  for (int mask = warpSize / 2; mask > 0; mask /= 2) {
    most = fmaxf(most, __shfl_xor(most, mask));
  }
  for (int c = lane; c < columns; c += warpSize) {
    sum += expf(in[row * columns + c] - most);
  }
  for (int mask = warpSize / 2; mask > 0; mask /= 2) {
    sum += __shfl_xor(sum, mask);
  }
  for (int c = lane; c < columns; c += warpSize) {
    out[row * columns + c] = expf(in[row * columns + c] - most) / sum;
  }
}

/// Warp votes, broadcasts and popcounts: the lanes with a value go in front.
__global__ void compact(const int *in, int *out, int *count) {
  int value = in[threadIdx.x], lane = threadIdx.x % warpSize;
  unsigned long long chosen = __ballot(value > 0);
  int base = 0;
  if (lane == 0) {
    base = atomicAdd(count, __popcll(chosen));
  }
  base = __shfl(base, 0);
  if (value > 0) {
    out[base + __popcll(chosen & ((1ull << lane) - 1))] = value;
  }
}

int main() {
  const int n = 30000;
  std::vector<int> in(n), expected(n);
  for (int i = 0; i < n; ++i) {
    in[i] = i * 37 % 11 - 3;
  }
  std::partial_sum(in.begin(), in.end(), expected.begin());
  int *data = upload(in), *out = upload(in);
  scan(data, out, n);
  EXPECT(download(out, n) == expected);

  const int rows = 37, columns = 150;
  std::vector<float> logits(rows * columns);
  for (int i = 0; i < rows * columns; ++i) {
    logits[i] = float(i * 29 % 101) / 8 - 4;
  }
  float *x = upload(logits), *y = upload(logits);
  hipDeviceProp_t properties;
  CHECK(hipGetDeviceProperties(&properties, 0));
  int rowsPerBlock = 256 / properties.warpSize;
  softmax<<<(rows + rowsPerBlock - 1) / rowsPerBlock, 256>>>(x, y, rows,
                                                             columns);
  std::vector<float> result = download(y, rows * columns);
  for (int row = 0; row < rows; ++row) {
    double sum = 0;
    for (int c = 0; c < columns; ++c) {
      sum += std::exp(double(logits[row * columns + c]));
    }
    for (int c = 0; c < columns; ++c) {
      double exact = std::exp(double(logits[row * columns + c])) / sum;
      EXPECT(std::fabs(result[row * columns + c] - exact) < 1e-5 * exact);
    }
  }

  int *kept = upload(std::vector<int>(256)), *count = upload<int>({0});
  compact<<<1, 256>>>(data, kept, count);
  int wanted = 0, sum = 0;
  for (int i = 0; i < 256; ++i) {
    wanted += in[i] > 0;
    sum += in[i] > 0 ? in[i] : 0;
  }
  std::vector<int> front = download(kept, wanted);
  EXPECT(download(count, 1)[0] == wanted);
  EXPECT(std::accumulate(front.begin(), front.end(), 0) == sum);
  puts("done");
  // CHECK: done
}
