// Managed memory between host and kernel, and what hints about it answer.
// RUN: %hipcc --offload-arch=gfx942 %s -o %t -lamdhip64
// RUN: %hiprun MOESAIC_DEVICE=gfx942:2 %t | FileCheck %s

#include "check.h"

__managed__ int total;

__global__ void add(const int *data, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) {
    atomicAdd(&total, data[i]);
  }
}

int main() {
  const int n = 1000;
  const size_t bytes = n * sizeof(int);
  int *data;
  CHECK(hipMallocManaged(&data, bytes));
  for (int i = 0; i < n; ++i) {
    data[i] = i;
  }
  total = 5;
  CHECK(hipMemAdvise(data, bytes, hipMemAdviseSetReadMostly, 0));
  CHECK(hipMemAdvise(data, bytes, hipMemAdviseSetPreferredLocation, 1));
  CHECK(hipMemAdvise(data, bytes, hipMemAdviseSetAccessedBy, 0));
  CHECK(hipMemAdvise(data, bytes, hipMemAdviseSetAccessedBy, hipCpuDeviceId));
  CHECK(hipMemPrefetchAsync(data, bytes, 0, nullptr));
  add<<<4, 256>>>(data, n);
  CHECK(hipDeviceSynchronize());
  EXPECT(total == 5 + n * (n - 1) / 2);

  int readMostly, preferred, by[3], prefetched, coherency;
  CHECK(hipMemRangeGetAttribute(&readMostly, 4, hipMemRangeAttributeReadMostly,
                                data, bytes));
  CHECK(hipMemRangeGetAttribute(by, sizeof by, hipMemRangeAttributeAccessedBy,
                                data, bytes));
  EXPECT(readMostly == 1);
  EXPECT(by[0] == hipCpuDeviceId && by[1] == 0 && by[2] == hipInvalidDeviceId);
  void *results[] = {&preferred, &prefetched, &coherency};
  size_t sizes[] = {4, 4, 4};
  hipMemRangeAttribute attributes[] = {hipMemRangeAttributePreferredLocation,
                                       hipMemRangeAttributeLastPrefetchLocation,
                                       hipMemRangeAttributeCoherencyMode};
  CHECK(hipMemRangeGetAttributes(results, sizes, attributes, 3, data, bytes));
  EXPECT(preferred == 1 && prefetched == 0);
  EXPECT(coherency == hipMemRangeCoherencyModeFineGrain);
  CHECK(hipMemAdvise(data, bytes, hipMemAdviseUnsetAccessedBy, 0));
  CHECK(hipMemAdvise(data, bytes, hipMemAdviseUnsetPreferredLocation, 7));
  CHECK(hipMemRangeGetAttributes(results, sizes, attributes, 1, data, bytes));
  EXPECT(preferred == hipInvalidDeviceId);

  EXPECT_HIP(hipErrorInvalidValue,
             hipMemRangeGetAttribute(by, 3, hipMemRangeAttributeReadMostly,
                                     data, bytes));
  EXPECT_HIP(
      hipErrorInvalidValue,
      hipMemRangeGetAttribute(by, 4, hipMemRangeAttributeReadMostly, by, 4));
  EXPECT_HIP(hipErrorInvalidValue,
             hipMemRangeGetAttributes(nullptr, sizes, attributes, 3, data, 4));
  EXPECT_HIP(hipErrorInvalidDevice,
             hipMemAdvise(data, bytes, hipMemAdviseSetAccessedBy, 2));
  EXPECT_HIP(hipErrorInvalidValue,
             hipMemAdvise(data, bytes + 1, hipMemAdviseSetReadMostly, 0));
  EXPECT_HIP(hipErrorInvalidDevice,
             hipMemPrefetchAsync(data, bytes, 2, nullptr));

  // Streams for some of the compute units only.
  hipStream_t all, some;
  uint32_t mask[] = {0xf0f0f0f0}, answer[16];
  CHECK(hipStreamCreate(&all));
  CHECK(hipExtStreamCreateWithCUMask(&some, 1, mask));
  CHECK(hipExtStreamGetCUMask(some, 16, answer));
  EXPECT(answer[0] == mask[0] && answer[1] == 0);
  CHECK(hipExtStreamGetCUMask(all, 16, answer));
  EXPECT(answer[0] == ~0u && answer[9] == 0xffff && answer[10] == 0);
  EXPECT_HIP(hipErrorInvalidValue, hipExtStreamGetCUMask(all, 1, answer));
  EXPECT_HIP(hipErrorInvalidValue, hipExtStreamGetCUMask(all, 16, nullptr));
  CHECK(hipStreamDestroy(some));
  EXPECT_HIP(hipErrorInvalidHandle, hipExtStreamGetCUMask(some, 16, answer));
  puts("done");
  // CHECK: done
}
