// A vector that grows in place: addresses are reserved, memory is created and
// mapped as it is needed, shown twice, and taken away again.
// RUN: %hipcc --offload-arch=gfx942 %s -o %t -lamdhip64
// RUN: %hiprun %t 2> %t.err | FileCheck %s
// RUN: FileCheck %s --check-prefix=REPORT < %t.err

#include "check.h"
#include <unistd.h>

__global__ void fill(int *data, int n) {
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n;
       i += gridDim.x * blockDim.x) {
    data[i] = i;
  }
}

int main() {
  hipMemAllocationProp properties = {};
  properties.type = hipMemAllocationTypePinned;
  properties.location = {hipMemLocationTypeDevice, 0};
  properties.requestedHandleType = hipMemHandleTypePosixFileDescriptor;
  size_t least = 0, recommended = 0;
  CHECK(hipMemGetAllocationGranularity(&least, &properties,
                                       hipMemAllocationGranularityMinimum));
  CHECK(hipMemGetAllocationGranularity(&recommended, &properties,
                                       hipMemAllocationGranularityRecommended));
  EXPECT(least > 0 && recommended % least == 0);
  const size_t chunk = 16 * least, whole = 1ull << 40;
  size_t before, after;
  CHECK(hipMemGetInfo(&before, nullptr));

  char *base;
  CHECK(hipMemAddressReserve(reinterpret_cast<void **>(&base), whole, 0,
                             nullptr, 0));
  EXPECT_HIP(hipErrorInvalidValue, hipMemset(base, 0, 1));
  hipMemAccessDesc access = {properties.location,
                             hipMemAccessFlagsProtReadWrite};
  std::vector<hipMemGenericAllocationHandle_t> handles;
  for (int n = 0; n < 3; ++n) {
    hipMemGenericAllocationHandle_t handle;
    CHECK(hipMemCreate(&handle, chunk, &properties, 0));
    CHECK(hipMemMap(base + n * chunk, chunk, 0, handle, 0));
    EXPECT_HIP(hipErrorInvalidValue,
               hipMemMap(base + n * chunk, chunk, 0, handle, 0));
    EXPECT_HIP(hipErrorInvalidValue, hipMemset(base + n * chunk, 0, 1));
    CHECK(hipMemSetAccess(base + n * chunk, chunk, &access, 1));
    handles.push_back(handle);
  }
  CHECK(hipMemGetInfo(&after, nullptr));
  EXPECT(before - after == 3 * chunk);

  // Kernels and copies go across the chunks.
  int count = int(3 * chunk / sizeof(int));
  fill<<<8, 256>>>(reinterpret_cast<int *>(base), count);
  std::vector<int> host = download(reinterpret_cast<int *>(base), count);
  for (int i = 0; i < count; ++i) {
    EXPECT(host[i] == i);
  }
  EXPECT_HIP(hipErrorInvalidValue, hipMemset(base, 0, 3 * chunk + 1));
  hipPointerAttribute_t attributes;
  CHECK(hipPointerGetAttributes(&attributes, base + chunk));
  EXPECT(attributes.memoryType == hipMemoryTypeDevice);
  EXPECT_HIP(hipErrorInvalidValue, hipFree(base));
  unsigned long long flags;
  CHECK(hipMemGetAccess(&flags, &properties.location, base));
  EXPECT(flags == hipMemAccessFlagsProtReadWrite);

  // The middle chunk again elsewhere, through a file as another process would.
  int file = -1;
  char *alias;
  hipMemGenericAllocationHandle_t second, third;
  CHECK(hipMemExportToShareableHandle(&file, handles[1],
                                      hipMemHandleTypePosixFileDescriptor, 0));
  CHECK(hipMemImportFromShareableHandle(
      &second, reinterpret_cast<void *>(intptr_t(file)),
      hipMemHandleTypePosixFileDescriptor));
  close(file);
  CHECK(hipMemAddressReserve(reinterpret_cast<void **>(&alias), chunk, 1 << 24,
                             nullptr, 0));
  EXPECT(reinterpret_cast<uint64_t>(alias) % (1 << 24) == 0);
  CHECK(hipMemMap(alias, chunk, 0, second, 0));
  CHECK(hipMemSetAccess(alias, chunk, &access, 1));
  CHECK(hipMemset(alias, 0, chunk));
  EXPECT(download(reinterpret_cast<int *>(base + chunk), 1)[0] == 0);
  CHECK(hipMemRetainAllocationHandle(&third, alias));
  EXPECT(third == second);
  CHECK(hipMemRelease(third));
  CHECK(hipMemRelease(second)); // the mapping keeps the memory
  EXPECT_HIP(hipErrorInvalidValue, hipMemRelease(second));
  CHECK(hipMemset(alias, 1, chunk));

  // Wrong calls.
  EXPECT_HIP(hipErrorInvalidValue, hipMemAddressFree(base, whole));
  EXPECT_HIP(hipErrorInvalidValue, hipMemUnmap(base, chunk / 2));
  EXPECT_HIP(hipErrorInvalidValue, hipMemUnmap(base + 3 * chunk, chunk));
  EXPECT_HIP(hipErrorInvalidValue,
             hipMemCreate(&second, chunk + 1, &properties, 0));
  EXPECT_HIP(hipErrorInvalidValue, hipMemCreate(&second, chunk, nullptr, 0));
  EXPECT_HIP(hipErrorOutOfMemory,
             hipMemCreate(&second, 1ull << 50, &properties, 0));
  EXPECT_HIP(hipErrorInvalidValue,
             hipMemMap(base + 4 * chunk, 2 * chunk, 0, handles[0], 0));
  EXPECT_HIP(hipErrorInvalidValue,
             hipMemAddressReserve(nullptr, chunk, 0, nullptr, 0));
  EXPECT_HIP(hipErrorInvalidValue, hipMemSetAccess(base, chunk, nullptr, 1));
  EXPECT_HIP(hipErrorInvalidValue,
             hipMemGetAllocationPropertiesFromHandle(nullptr, handles[0]));

  // The last chunk is taken away; a kernel that still uses it is caught.
  CHECK(hipMemUnmap(base + 2 * chunk, chunk));
  fill<<<1, 256>>>(reinterpret_cast<int *>(base), 2 * count / 3);
  CHECK(hipDeviceSynchronize());
  fill<<<1, 256>>>(reinterpret_cast<int *>(base), count);
  EXPECT_HIP(hipErrorIllegalAddress, hipDeviceSynchronize());
  // REPORT: kernel `_Z4fillPii`: memory access outside of any allocation
  // REPORT: nearest allocation: `hipMemMap #2`
  CHECK(hipDeviceReset());

  CHECK(hipMemUnmap(base, 2 * chunk));
  CHECK(hipMemUnmap(alias, chunk));
  for (hipMemGenericAllocationHandle_t handle : handles) {
    CHECK(hipMemRelease(handle));
  }
  CHECK(hipMemAddressFree(base, whole));
  CHECK(hipMemAddressFree(alias, chunk));
  CHECK(hipMemGetInfo(&after, nullptr));
  EXPECT(before == after);
  puts("done");
  // CHECK: done
}
