// Variables of the program: __device__, __constant__, __managed__ and static
// ones, by symbol copies and from kernels; two translation units' worth.
// RUN: %hipcc --offload-arch=gfx942 %s -o %t -lamdhip64
// RUN: %hiprun %t | FileCheck %s

#include "check.h"

__device__ int counter = 5;
__constant__ float table[4] = {1, 2, 3, 4};
__managed__ int shared = 11;
static __device__ double hidden[3];

__global__ void use(float *out) {
  atomicAdd(&counter, 3);
  atomicAdd(&shared, 1);
  hidden[2] = 0.5;
  out[threadIdx.x] = table[threadIdx.x % 4];
}

int main() {
  float *out = upload(std::vector<float>(64));
  int value = 0;
  CHECK(hipMemcpyFromSymbol(&value, HIP_SYMBOL(counter), sizeof value));
  EXPECT(value == 5 && shared == 11);
  value = 100;
  CHECK(hipMemcpyToSymbol(HIP_SYMBOL(counter), &value, sizeof value));
  float replaced[] = {30, 40};
  CHECK(hipMemcpyToSymbol(HIP_SYMBOL(table), replaced, sizeof replaced, 8));
  shared = 20;
  use<<<1, 64>>>(out);
  CHECK(hipDeviceSynchronize());
  CHECK(hipMemcpyFromSymbol(&value, HIP_SYMBOL(counter), sizeof value));
  EXPECT(value == 100 + 64 * 3);
  EXPECT(shared == 20 + 64);
  std::vector<float> read = download(out, 4);
  EXPECT(read[0] == 1 && read[1] == 2 && read[2] == 30 && read[3] == 40);
  void *address;
  size_t bytes;
  CHECK(hipGetSymbolAddress(&address, HIP_SYMBOL(hidden)));
  CHECK(hipGetSymbolSize(&bytes, HIP_SYMBOL(hidden)));
  EXPECT(bytes == 24 && static_cast<double *>(address)[2] == 0.5);
  EXPECT_HIP(hipErrorInvalidValue,
             hipMemcpyToSymbol(HIP_SYMBOL(counter), &value, 4, 1));
  EXPECT_HIP(hipErrorInvalidSymbol,
             hipMemcpyToSymbol(&value, &value, 4, 0, hipMemcpyHostToDevice));
  puts("done");
  // CHECK: done
}
