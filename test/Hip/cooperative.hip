// Barriers of a whole grid and of grids on several devices, and a grid that
// does not fit.
// RUN: %hipcc --offload-arch=gfx90a --offload-arch=gfx942 %s -o %t -lamdhip64
// RUN: %hiprun MOESAIC_DEVICE=gfx942:3 %t | FileCheck %s
// RUN: %hiprun MOESAIC_DEVICE=gfx90a:3 %t | FileCheck %s
// RUN: %hipcc -U__AMDGCN_WAVEFRONT_SIZE -D__AMDGCN_WAVEFRONT_SIZE=32 --offload-arch=gfx1100 %s -o %t -lamdhip64
// RUN: %hiprun MOESAIC_DEVICE=gfx1100:3 %t | FileCheck %s

#include "check.h"
#include <hip/hip_cooperative_groups.h>

namespace cg = cooperative_groups;

/// Jacobi steps of a ring: each needs all values of the step before.
__global__ void smooth(int *a, int *b, int n, int steps) {
  cg::grid_group grid = cg::this_grid();
  for (int step = 0; step < steps; ++step) {
    for (int i = grid.thread_rank(); i < n; i += grid.size()) {
      b[i] = a[(i + 1) % n] + a[(i + n - 1) % n];
    }
    grid.sync();
    int *c = a;
    a = b;
    b = c;
  }
}

/// The same by a barrier of one's own.
__global__ void count(unsigned *arrived, unsigned *seen) {
  if (threadIdx.x == 0) {
    atomicAdd(arrived, 1u);
    while (atomicAdd(arrived, 0u) < gridDim.x) {
    }
    atomicAdd(seen, 1u);
  }
}

__global__ void together(int *data, int *ranks) {
  cg::multi_grid_group all = cg::this_multi_grid();
  atomicAdd(data, 1);
  all.sync();
  if (all.thread_rank() % 64 == 0) {
    ranks[all.thread_rank() / 64] = *data * 100 + all.grid_rank();
  }
  if (all.thread_rank() == all.size() - 1) {
    data[1] = all.size() * 10 + all.num_grids();
  }
}

static void checkOneGrid() {
  int n = 5000, steps = 4;
  std::vector<int> host(n), next(n);
  for (int i = 0; i < n; ++i) {
    host[i] = i * 7 % 31;
  }
  int *a = upload(host), *b = upload(host);
  void *arguments[] = {&a, &b, &n, &steps};
  CHECK(hipLaunchCooperativeKernel(reinterpret_cast<void *>(smooth), dim3(9),
                                   dim3(256), arguments, 0, nullptr));
  for (int step = 0; step < steps; ++step) {
    for (int i = 0; i < n; ++i) {
      next[i] = host[(i + 1) % n] + host[(i + n - 1) % n];
    }
    std::swap(host, next);
  }
  EXPECT(download(a, n) == host);
}

static void checkManyBlocks() {
  int perUnit;
  hipDeviceProp_t properties;
  CHECK(hipGetDeviceProperties(&properties, 0));
  CHECK(hipOccupancyMaxActiveBlocksPerMultiprocessor(
      &perUnit, reinterpret_cast<void *>(count), 64, 0));
  EXPECT(perUnit >= 2);
  unsigned blocks = 2 * properties.multiProcessorCount;
  unsigned *arrived = upload(std::vector<unsigned>{0, 0});
  unsigned *seen = arrived + 1;
  void *arguments[] = {&arrived, &seen};
  CHECK(hipLaunchCooperativeKernel(reinterpret_cast<void *>(count),
                                   dim3(blocks), dim3(64), arguments, 0,
                                   nullptr));
  EXPECT(download(arrived, 2)[1] == blocks);
  EXPECT_HIP(hipErrorCooperativeLaunchTooLarge,
             hipLaunchCooperativeKernel(
                 reinterpret_cast<void *>(count),
                 dim3(perUnit * properties.multiProcessorCount + 1), dim3(64),
                 arguments, 0, nullptr));
  EXPECT_HIP(hipErrorInvalidConfiguration,
             hipLaunchCooperativeKernel(reinterpret_cast<void *>(count),
                                        dim3(1), dim3(0), arguments, 0,
                                        nullptr));
}

static void checkManyDevices() {
  hipLaunchParams launches[3] = {};
  int *data, *ranks = nullptr;
  CHECK(hipHostMalloc(&data, 64));
  CHECK(hipHostMalloc(&ranks, 1024));
  data[0] = 0;
  void *arguments[] = {&data, &ranks};
  for (int n = 0; n < 3; ++n) {
    CHECK(hipSetDevice(n));
    launches[n].func = reinterpret_cast<void *>(together);
    launches[n].gridDim = dim3(n + 1);
    launches[n].blockDim = dim3(64);
    launches[n].args = arguments;
    CHECK(hipStreamCreate(&launches[n].stream));
  }
  CHECK(hipSetDevice(1));
  CHECK(hipLaunchCooperativeKernelMultiDevice(launches, 3, 0));
  int device;
  CHECK(hipGetDevice(&device));
  EXPECT(device == 1);
  CHECK(hipStreamSynchronize(launches[0].stream)); // waits for all of them
  EXPECT(data[0] == 6 * 64 && data[1] == 6 * 64 * 10 + 3);
  for (int block = 0; block < 6; ++block) {
    int grid = block == 0 ? 0 : block < 3 ? 1 : 2;
    EXPECT(ranks[block] == data[0] * 100 + grid);
  }

  EXPECT_HIP(hipErrorInvalidValue,
             hipLaunchCooperativeKernelMultiDevice(nullptr, 3, 0));
  EXPECT_HIP(hipErrorInvalidValue,
             hipLaunchCooperativeKernelMultiDevice(launches, 4, 0));
  EXPECT_HIP(hipErrorInvalidValue,
             hipLaunchCooperativeKernelMultiDevice(launches, 3, 8));
  hipStream_t stream = launches[2].stream;
  launches[2].stream = nullptr;
  EXPECT_HIP(hipErrorInvalidHandle,
             hipLaunchCooperativeKernelMultiDevice(launches, 3, 0));
  launches[2].stream = launches[1].stream;
  EXPECT_HIP(hipErrorInvalidDevice,
             hipLaunchCooperativeKernelMultiDevice(launches, 3, 0));
  launches[2].stream = stream;
  launches[2].gridDim = dim3(1 << 20);
  EXPECT_HIP(hipErrorCooperativeLaunchTooLarge,
             hipLaunchCooperativeKernelMultiDevice(launches, 3, 0));
}

int main() {
  checkOneGrid();
  checkManyBlocks();
  checkManyDevices();
  puts("done");
  // CHECK: done
}
