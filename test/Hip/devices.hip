// MOESAIC_DEVICE gives several devices, which can touch each other's memory;
// a wrong value is explained and leaves none.
// RUN: %hipcc --offload-arch=gfx942 %s -o %t -lamdhip64
// RUN: %hiprun MOESAIC_DEVICE=gfx942:3 %t | FileCheck %s
// RUN: not %hiprun MOESAIC_DEVICE=gfx942:0 %t 2>&1 | FileCheck %s --check-prefix=COUNT
// RUN: not %hiprun MOESAIC_DEVICE=gfx007 %t 2>&1 | FileCheck %s --check-prefix=CHIP
// RUN: not %hiprun MOESAIC_DEVICE=gfx942:60,gfx950:5 %t 2>&1 | FileCheck %s --check-prefix=MANY
// COUNT: expected MOESAIC_DEVICE=CHIP[:COUNT],... with counts that make 1 to 64 and of the chips {{.*}}gfx942{{.*}}, got `gfx942:0`
// COUNT: hipGetDeviceCount(&count) gave hipErrorNoDevice
// CHIP: got `gfx007`
// MANY: got `gfx942:60,gfx950:5`

#include "check.h"

/// Each device tells the next one over peer memory, round a ring.
__global__ void ring(volatile int *mine, volatile int *next, int first) {
  if (first) {
    *next = 1;
    while (*mine == 0) {
    }
  } else {
    while (*mine == 0) {
    }
    *next = *mine + 1;
  }
}

int main() {
  int count = 0;
  CHECK(hipGetDeviceCount(&count));
  printf("devices %d\n", count);
  // CHECK: devices 3
  std::vector<int *> words(count);
  std::vector<hipStream_t> streams(count);
  for (int d = 0; d < count; ++d) {
    CHECK(hipSetDevice(d));
    CHECK(hipMalloc(&words[d], 4));
    CHECK(hipMemset(words[d], 0, 4));
    CHECK(hipStreamCreate(&streams[d]));
    int can = 0, next = (d + 1) % count;
    CHECK(hipDeviceCanAccessPeer(&can, d, next));
    EXPECT(can == 1);
    CHECK(hipDeviceEnablePeerAccess(next, 0));
    EXPECT_HIP(hipErrorPeerAccessAlreadyEnabled,
               hipDeviceEnablePeerAccess(next, 0));
    (void)hipGetLastError();
  }
  for (int d = 0; d < count; ++d) {
    CHECK(hipSetDevice(d));
    ring<<<1, 1, 0, streams[d]>>>(words[d], words[(d + 1) % count], d == 0);
    CHECK(hipGetLastError());
  }
  for (int d = 0; d < count; ++d) {
    CHECK(hipStreamSynchronize(streams[d]));
  }
  int got[3];
  for (int d = 0; d < count; ++d) {
    CHECK(hipMemcpy(got + d, words[d], 4, hipMemcpyDefault));
  }
  printf("ring %d %d %d\n", got[0], got[1], got[2]);
  // CHECK: ring 3 1 2
  CHECK(hipMemcpyPeer(words[0], 0, words[2], 2, 4));
  CHECK(hipMemcpy(got, words[0], 4, hipMemcpyDeviceToHost));
  EXPECT(got[0] == 2);
  hipPointerAttribute_t attributes;
  CHECK(hipPointerGetAttributes(&attributes, words[1]));
  EXPECT(attributes.device == 1 &&
         attributes.memoryType == hipMemoryTypeDevice);
  // A stream belongs to one device; a launch from another is an error.
  CHECK(hipSetDevice(0));
  ring<<<1, 1, 0, streams[1]>>>(words[0], words[0], 1);
  EXPECT_HIP(hipErrorInvalidHandle, hipGetLastError());
  puts("done");
  // CHECK: done
}
