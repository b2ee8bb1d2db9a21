// Wrong calls give HIP's error codes, the last error is kept and cleared, and
// a fault of a kernel is reported, sticks, and goes away with a reset.
// RUN: %hipcc --offload-arch=gfx942 %s -o %t -lamdhip64
// RUN: %hiprun %t > %t.out 2> %t.err
// RUN: FileCheck %s < %t.out
// RUN: FileCheck %s --check-prefix=REPORT < %t.err

#include "check.h"
#include <cstring>

__global__ void store(int *data, int index) { data[index] = 1; }

__global__ void __launch_bounds__(128) bounded(int *data) { data[0] = 2; }

__global__ void big(int *data) {
  extern __shared__ int lds[];
  lds[threadIdx.x] = 1;
  data[0] = lds[0];
}

__global__ void forever(int *data) {
  while (data[0] == 0) {
    __builtin_amdgcn_s_sleep(1);
  }
}

int main() {
  void *pointer;
  int *data = upload(std::vector<int>(16));
  std::vector<int> host(16);

  EXPECT_HIP(hipErrorInvalidValue, hipMalloc(static_cast<void **>(nullptr), 4));
  EXPECT_HIP(hipErrorInvalidValue, hipPeekAtLastError());
  EXPECT_HIP(hipErrorInvalidValue, hipGetLastError());
  EXPECT_HIP(hipSuccess, hipGetLastError());
  EXPECT_HIP(hipErrorOutOfMemory, hipMalloc(&pointer, size_t(1) << 50));
  EXPECT_HIP(hipErrorInvalidValue, hipFree(host.data()));
  EXPECT_HIP(hipErrorInvalidDevice, hipSetDevice(1));
  EXPECT_HIP(hipErrorInvalidValue,
             hipMemcpy(data, host.data(), 65, hipMemcpyHostToDevice));
  EXPECT_HIP(hipErrorInvalidValue,
             hipMemcpy(host.data(), host.data(), 4, hipMemcpyHostToDevice));
  EXPECT_HIP(hipErrorInvalidMemcpyDirection,
             hipMemcpy(data, data, 4, hipMemcpyKind(9)));
  EXPECT_HIP(hipErrorInvalidHandle,
             hipStreamSynchronize(reinterpret_cast<hipStream_t>(host.data())));
  hipEvent_t event;
  CHECK(hipEventCreate(&event));
  float time;
  EXPECT_HIP(hipErrorInvalidHandle, hipEventElapsedTime(&time, event, event));
  hipModule_t module;
  EXPECT_HIP(hipErrorFileNotFound, hipModuleLoad(&module, "no/such/file"));
  EXPECT_HIP(hipErrorInvalidImage, hipModuleLoadData(&module, "nonsense......"));
  EXPECT_HIP(hipErrorInvalidDeviceFunction,
             hipLaunchKernel(host.data(), dim3(1), dim3(1), nullptr, 0, 0));
  // REPORT: cannot read `no/such/file`: No such file or directory
  // REPORT: expected a code object or an offload bundle

  (void)hipGetLastError();
  store<<<1, 1025>>>(data, 0);
  EXPECT_HIP(hipErrorInvalidConfiguration, hipGetLastError());
  store<<<0, 1>>>(data, 0);
  EXPECT_HIP(hipErrorInvalidConfiguration, hipGetLastError());
  bounded<<<1, 129>>>(data);
  EXPECT_HIP(hipErrorLaunchFailure, hipGetLastError());
  // REPORT: kernel `_Z7boundedPi`: expected at most 128 lanes in a block (its __launch_bounds__), got 129
  big<<<1, 64, 65537>>>(data);
  EXPECT_HIP(hipErrorInvalidValue, hipGetLastError());
  // REPORT: kernel `_Z3bigPi`: expected at most 65536 bytes of LDS, got 0 static and 65537 dynamic
  big<<<1, 64, 65536>>>(data);
  CHECK(hipDeviceSynchronize());

  textureReference *texture;
  EXPECT_HIP(hipErrorNotSupported, hipModuleGetTexRef(&texture, nullptr, ""));
  EXPECT_HIP(hipErrorNotSupported, hipModuleGetTexRef(&texture, nullptr, ""));
  // REPORT: hipModuleGetTexRef is not supported on simulated devices
  // REPORT-NOT: hipModuleGetTexRef

  (void)hipGetLastError();

  // One past the end: the call that waits tells, and so do all that follow.
  store<<<1, 1>>>(data, 16);
  CHECK(hipGetLastError());
  EXPECT_HIP(hipErrorIllegalAddress, hipDeviceSynchronize());
  EXPECT_HIP(hipErrorIllegalAddress,
             hipMemcpy(host.data(), data, 4, hipMemcpyDeviceToHost));
  store<<<1, 1>>>(data, 0);
  EXPECT_HIP(hipErrorIllegalAddress, hipGetLastError());
  // REPORT: kernel `_Z5storePii`: memory access outside of any allocation: 4 bytes at [[AT:0x[0-9a-f]+]]
  // REPORT: global_store_dword
  // REPORT: nearest allocation: `hipMalloc #1`, 64 bytes at {{.*}}, the address is at offset 64
  CHECK(hipDeviceReset());
  (void)hipGetLastError();
  store<<<1, 1>>>(data, 3);
  EXPECT(download(data, 4)[3] == 1);

  EXPECT(!strcmp(hipGetErrorName(hipErrorNoBinaryForGpu),
                 "hipErrorNoBinaryForGpu"));
  EXPECT(!strcmp(hipGetErrorString(hipErrorInvalidValue), "invalid argument"));
  EXPECT(!strcmp(hipGetErrorName(hipError_t(12345)), "hipErrorUnknown"));

  // A program may end while a kernel runs.
  CHECK(hipMemset(data, 0, 64));
  forever<<<1, 1>>>(data);
  puts("done");
  // CHECK: done
}
