// hipExtModuleLaunchKernel takes the grid in work-items: the last workgroups
// are smaller, and sizes, ids and barriers of the kernel are right there too.
// RUN: %hipcc --offload-arch=gfx942 --cuda-device-only --no-gpu-bundle-output -fno-offload-uniform-block %s -o %t.hsaco
// RUN: %hipcc --offload-arch=gfx942 %s -o %t -lamdhip64
// RUN: %hiprun %t %t.hsaco | FileCheck %s

#include "check.h"
#include <hip/hip_ext.h>

struct Record {
  unsigned block, blocks, items, sum;
};

extern "C" __global__ void record(Record *out, int width) {
  __shared__ unsigned sum;
  if (threadIdx.x == 0 && threadIdx.y == 0) {
    sum = 0;
  }
  __syncthreads();
  atomicAdd(&sum, 1u);
  __syncthreads();
  // Ids rest on the full block size, sizes on the actual one.
  int x = __builtin_amdgcn_workgroup_id_x() * 100 + threadIdx.x;
  int y = __builtin_amdgcn_workgroup_id_y() * 3 + threadIdx.y;
  out[y * width + x] = {unsigned(blockDim.x * 1000 + blockDim.y),
                        unsigned(gridDim.x * 1000 + gridDim.y),
                        __builtin_amdgcn_grid_size_x(), sum};
}

int main(int argc, char **argv) {
  hipModule_t module;
  hipFunction_t function;
  CHECK(hipModuleLoad(&module, argv[1]));
  CHECK(hipModuleGetFunction(&function, module, "record"));
  int width = 250, height = 7; // blocks of 100 x 3: the last are 50 and 1
  Record *out = upload(std::vector<Record>(width * height));
  void *arguments[] = {&out, &width};
  hipEvent_t start, stop;
  CHECK(hipEventCreate(&start));
  CHECK(hipEventCreate(&stop));
  CHECK(hipExtModuleLaunchKernel(function, width, height, 1, 100, 3, 1, 0,
                                 nullptr, arguments, nullptr, start, stop, 0));
  float time = -1;
  CHECK(hipEventSynchronize(stop));
  CHECK(hipEventElapsedTime(&time, start, stop));
  EXPECT(time > 0);
  std::vector<Record> result = download(out, width * height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const Record &r = result[y * width + x];
      unsigned bx = x < 200 ? 100 : 50, by = y < 6 ? 3 : 1;
      EXPECT(r.sum == bx * by);
      EXPECT(r.block == bx * 1000 + by);
      EXPECT(r.items == 250);
    }
  }
  printf("blocks %u\n", result[0].blocks);
  // CHECK: blocks 3003
}
