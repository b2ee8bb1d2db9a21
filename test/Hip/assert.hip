// A failed assertion and an abort in a kernel: the message, and the error that
// every later call gives until the device is reset.
// RUN: %hipcc --offload-arch=gfx942 %s -o %t -lamdhip64
// RUN: %hiprun %t > %t.out 2> %t.err
// RUN: FileCheck %s < %t.out
// RUN: FileCheck %s --check-prefix=REPORT < %t.err
// RUN: %hipcc -O0 -U__AMDGCN_WAVEFRONT_SIZE -D__AMDGCN_WAVEFRONT_SIZE=32 --offload-arch=gfx1100 %s -o %t -lamdhip64
// RUN: %hiprun MOESAIC_DEVICE=gfx1100 %t > %t.out 2> %t.err
// RUN: FileCheck %s < %t.out
// RUN: FileCheck %s --check-prefix=REPORT < %t.err

#include "check.h"

__global__ void positive(const int *data) {
  assert(data[threadIdx.x] > 0 && "data is positive");
}

__global__ void give(int up) {
  if (up) {
    abort();
  }
}

int main() {
  int *data = upload(std::vector<int>{3, 1, 4, 1, -5, 9});
  positive<<<1, 4>>>(data);
  CHECK(hipDeviceSynchronize());
  positive<<<1, 6>>>(data);
  EXPECT_HIP(hipErrorAssert, hipDeviceSynchronize());
  EXPECT_HIP(hipErrorAssert, hipStreamSynchronize(nullptr));
  // clang-format off
  // REPORT: assert.hip:[[# @LINE - 17]]: void positive(const int *): Device-side assertion `data[threadIdx.x] > 0 && "data is positive"' failed.
  // clang-format on
  // REPORT-NOT: Device-side assertion
  // REPORT: kernel `_Z8positivePKi`: the kernel trapped (s_trap)
  CHECK(hipDeviceReset());
  give<<<1, 1>>>(0);
  CHECK(hipDeviceSynchronize());
  give<<<1, 1>>>(1);
  EXPECT_HIP(hipErrorLaunchFailure, hipDeviceSynchronize());
  // REPORT: kernel `_Z4givei`: the kernel trapped (s_trap)
  puts("done");
  // CHECK: done
}
