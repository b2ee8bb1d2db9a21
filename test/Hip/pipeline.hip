// Streams keep their order, events order streams, independent kernels run at
// the same time, and the null stream waits for all that it blocks.
// RUN: %hipcc --offload-arch=gfx942 %s -o %t -lamdhip64
// RUN: %hiprun %t | FileCheck %s
// RUN: %hipcc --offload-arch=gfx942 -fgpu-default-stream=per-thread -DHIP_API_PER_THREAD_DEFAULT_STREAM %s -o %t -L%build/lib/hip -lamdhip64
// RUN: %hiprun %t | FileCheck %s

#include "check.h"

__global__ void scale(int *data, int n, int factor) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) {
    data[i] *= factor;
  }
}

__global__ void await(volatile int *flag, int *out) {
  while (*flag == 0) {
  }
  *out = *flag + 1;
}

__global__ void raise(volatile int *flag, int value) { *flag = value; }

/// Chunks travel through copy, compute and copy-back streams.
static void pipeline() {
  constexpr int kChunks = 8, kSize = 3000;
  hipStream_t in, work, out;
  CHECK(hipStreamCreateWithFlags(&in, hipStreamNonBlocking));
  CHECK(hipStreamCreateWithFlags(&work, hipStreamNonBlocking));
  CHECK(hipStreamCreateWithFlags(&out, hipStreamNonBlocking));
  int *host, *device;
  CHECK(hipHostMalloc(&host, kChunks * kSize * sizeof(int)));
  CHECK(hipMalloc(&device, kChunks * kSize * sizeof(int)));
  for (int i = 0; i < kChunks * kSize; ++i) {
    host[i] = i;
  }
  hipEvent_t start, stop;
  CHECK(hipEventCreate(&start));
  CHECK(hipEventCreate(&stop));
  CHECK(hipEventRecord(start, in));
  for (int chunk = 0; chunk < kChunks; ++chunk) {
    int *d = device + chunk * kSize, *h = host + chunk * kSize;
    hipEvent_t copied, computed;
    CHECK(hipEventCreateWithFlags(&copied, hipEventDisableTiming));
    CHECK(hipEventCreateWithFlags(&computed, hipEventDisableTiming));
    CHECK(hipMemcpyAsync(d, h, kSize * 4, hipMemcpyHostToDevice, in));
    CHECK(hipEventRecord(copied, in));
    CHECK(hipStreamWaitEvent(work, copied, 0));
    scale<<<(kSize + 127) / 128, 128, 0, work>>>(d, kSize, chunk + 2);
    CHECK(hipEventRecord(computed, work));
    CHECK(hipStreamWaitEvent(out, computed, 0));
    CHECK(hipMemcpyAsync(h, d, kSize * 4, hipMemcpyDeviceToHost, out));
    CHECK(hipEventDestroy(copied));
    CHECK(hipEventDestroy(computed));
  }
  CHECK(hipEventRecord(stop, out));
  CHECK(hipEventSynchronize(stop));
  float milliseconds = -1;
  CHECK(hipEventElapsedTime(&milliseconds, start, stop));
  EXPECT(milliseconds > 0);
  for (int i = 0; i < kChunks * kSize; ++i) {
    EXPECT(host[i] == i * (i / kSize + 2));
  }
  for (hipStream_t stream : {in, work, out}) {
    CHECK(hipStreamQuery(stream));
    CHECK(hipStreamDestroy(stream));
  }
  CHECK(hipHostFree(host));
}

int main() {
  pipeline();
  puts("pipeline");
  // CHECK: pipeline

  // A kernel spins for another stream's, which was submitted later.
  hipStream_t first, second;
  CHECK(hipStreamCreateWithFlags(&first, hipStreamNonBlocking));
  CHECK(hipStreamCreateWithFlags(&second, hipStreamNonBlocking));
  int *words = upload(std::vector<int>{0, 0});
  await<<<1, 64, 0, first>>>(words, words + 1);
  EXPECT_HIP(hipErrorNotReady, hipStreamQuery(first));
  CHECK(hipGetLastError()); // not ready is no error
  raise<<<1, 1, 0, second>>>(words, 41);
  CHECK(hipStreamSynchronize(first));
  EXPECT(download(words, 2)[1] == 42);
  puts("signal");
  // CHECK: signal

  // The host signals through mapped memory, and a host function sees it done.
  int *mapped, *view;
  CHECK(hipHostMalloc(&mapped, 8, hipHostMallocMapped));
  CHECK(hipHostGetDevicePointer(reinterpret_cast<void **>(&view), mapped, 0));
  mapped[0] = mapped[1] = 0;
  hipStream_t blocking;
  CHECK(hipStreamCreate(&blocking));
  await<<<1, 1, 0, blocking>>>(view, view + 1);
  static int seen = 0;
  CHECK(hipStreamAddCallback(
      blocking,
      [](hipStream_t, hipError_t status, void *data) {
        seen = status == hipSuccess ? static_cast<int *>(data)[1] : -1;
      },
      mapped, 0));
  *static_cast<volatile int *>(mapped) = 6;
  // The null stream (or the thread's) comes after the blocking stream.
  CHECK(hipStreamSynchronize(blocking));
  CHECK(hipDeviceSynchronize());
  EXPECT(mapped[1] == 7 && seen == 7);

  // Words in memory order streams too.
  CHECK(hipMemset(words, 0, 8));
  CHECK(hipStreamWaitValue32(first, words, 5, hipStreamWaitValueGte));
  scale<<<1, 1, 0, first>>>(words, 1, 10);
  CHECK(hipStreamWriteValue32(second, words, 6, 0));
  CHECK(hipStreamSynchronize(first));
  EXPECT(download(words, 1)[0] == 60);
  puts("done");
  // CHECK: done
}
