// Host threads with a stream each, side by side: kernels that print, allocate,
// wait for the host, and count with atomics in each other's memory.
// RUN: %hipcc --offload-arch=gfx942 %s -o %t -lamdhip64
// RUN: %hiprun MOESAIC_DEVICE=gfx942:2 %t > %t.out
// RUN: FileCheck %s < %t.out
// RUN: grep -c "thread . round . lane" %t.out | FileCheck %s --check-prefix=LINES

#include "check.h"
#include <thread>

__global__ void work(int thread, int round, unsigned *total) {
  auto *block = static_cast<int *>(malloc(64));
  for (int n = 0; n < 16; ++n) {
    block[n] = thread + n;
  }
  unsigned sum = 0;
  for (int n = 0; n < 16; ++n) {
    sum += block[n];
  }
  free(block);
  atomicAdd(total, sum);
  if (threadIdx.x % 32 == 5) {
    printf("thread %d round %d lane %d\n", thread, round, int(threadIdx.x));
  }
}

__global__ void await(unsigned *flag, unsigned value) {
  while (__hip_atomic_load(flag, __ATOMIC_ACQUIRE, __HIP_MEMORY_SCOPE_SYSTEM) !=
         value) {
  }
}

static void host(int thread, unsigned *total) {
  CHECK(hipSetDevice(thread % 2));
  hipStream_t stream;
  hipEvent_t event;
  unsigned *flag, *copy;
  CHECK(hipStreamCreateWithFlags(&stream, hipStreamNonBlocking));
  CHECK(hipEventCreate(&event));
  CHECK(hipHostMalloc(&flag, 4));
  CHECK(hipMallocAsync(&copy, 4, stream));
  for (unsigned round = 1; round <= 3; ++round) {
    await<<<1, 1, 0, stream>>>(flag, round);
    work<<<2, 64, 0, stream>>>(thread, round, total);
    CHECK(hipMemcpyAsync(copy, total, 4, hipMemcpyDeviceToDevice, stream));
    CHECK(hipEventRecord(event, stream));
    EXPECT_HIP(hipErrorNotReady, hipEventQuery(event));
    CHECK(hipStreamWriteValue32(hipStreamPerThread, flag, round, 0));
    CHECK(hipEventSynchronize(event));
    unsigned seen = 0;
    CHECK(hipMemcpy(&seen, copy, 4, hipMemcpyDeviceToHost));
    EXPECT(seen >= round * 128 * (16 * thread + 120));
  }
  CHECK(hipFreeAsync(copy, stream));
  CHECK(hipStreamSynchronize(stream));
  CHECK(hipStreamDestroy(stream));
  CHECK(hipEventDestroy(event));
  CHECK(hipHostFree(flag));
}

int main() {
  unsigned *total;
  CHECK(hipMalloc(&total, 4));
  CHECK(hipMemset(total, 0, 4));
  std::vector<std::thread> threads;
  unsigned expected = 0;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back(host, thread, total);
    expected += 3 * 128 * (16 * thread + 120);
  }
  for (std::thread &thread : threads) {
    thread.join();
  }
  EXPECT(download(total, 1)[0] == expected);
  puts("done");
  // CHECK: done
  // LINES: 48
}
