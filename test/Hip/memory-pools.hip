// Allocation in stream order: memory from default, made and shared pools, what
// pools count, wrong calls, and a late access that is caught.
// RUN: %hipcc --offload-arch=gfx942 %s -o %t -lamdhip64
// RUN: %hiprun MOESAIC_DEVICE=gfx942:2 %t 2> %t.err | FileCheck %s
// RUN: FileCheck %s --check-prefix=REPORT < %t.err

#include "check.h"
#include <fcntl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

__global__ void scale(float *data, float by, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) {
    data[i] = (data[i] + 1) * by;
  }
}

static uint64_t get(hipMemPool_t pool, hipMemPoolAttr attribute) {
  uint64_t value = 0;
  CHECK(hipMemPoolGetAttribute(pool, attribute, &value));
  return value;
}

/// Allocates, computes and frees, all in the order of one stream.
static void rounds(int number) {
  hipStream_t stream;
  CHECK(hipStreamCreateWithFlags(&stream, hipStreamNonBlocking));
  const int n = 1000;
  float *host;
  CHECK(hipHostMalloc(&host, n * sizeof(float)));
  for (int round = 0; round < 5; ++round) {
    float *data;
    CHECK(hipMallocAsync(&data, n * sizeof(float), stream));
    CHECK(hipMemsetAsync(data, 0, n * sizeof(float), stream));
    scale<<<4, 256, 0, stream>>>(data, number, n);
    scale<<<4, 256, 0, stream>>>(data, 2, n);
    CHECK(hipMemcpyAsync(host, data, n * sizeof(float), hipMemcpyDeviceToHost,
                         stream));
    CHECK(hipFreeAsync(data, stream));
    EXPECT_HIP(hipErrorInvalidValue, hipFreeAsync(data, stream));
    CHECK(hipStreamSynchronize(stream));
    for (int i = 0; i < n; ++i) {
      EXPECT(host[i] == 2.0f * (number + 1));
    }
  }
  CHECK(hipHostFree(host));
  CHECK(hipStreamDestroy(stream));
}

/// The other process: imports a pool and a pointer from it.
static int import(int from) {
  int pid, poolFile;
  hipMemPoolPtrExportData data;
  EXPECT(read(from, &pid, sizeof pid) == sizeof pid);
  EXPECT(read(from, &poolFile, sizeof poolFile) == sizeof poolFile);
  EXPECT(read(from, &data, sizeof data) == sizeof data);
  std::string path =
      "/proc/" + std::to_string(pid) + "/fd/" + std::to_string(poolFile);
  int file = open(path.c_str(), O_RDWR);
  hipMemPool_t pool;
  CHECK(hipMemPoolImportFromShareableHandle(
      &pool, reinterpret_cast<void *>(intptr_t(file)),
      hipMemHandleTypePosixFileDescriptor, 0));
  float *memory;
  EXPECT_HIP(hipErrorInvalidValue,
             hipMallocFromPoolAsync(&memory, 64, pool, nullptr));
  CHECK(
      hipMemPoolImportPointer(reinterpret_cast<void **>(&memory), pool, &data));
  scale<<<1, 16>>>(memory, 10, 16);
  CHECK(hipDeviceSynchronize());
  CHECK(hipFree(memory));
  CHECK(hipMemPoolDestroy(pool));
  return 0;
}

int main() {
  int pipes[2];
  EXPECT(pipe(pipes) == 0);
  pid_t child = fork();
  if (child == 0) {
    _exit(import(pipes[0]));
  }
  int supported = 0;
  CHECK(hipDeviceGetAttribute(&supported,
                              hipDeviceAttributeMemoryPoolsSupported, 0));
  EXPECT(supported);
  std::thread first(rounds, 3), second(rounds, 4);
  first.join();
  second.join();

  hipMemPool_t own, current;
  CHECK(hipDeviceGetDefaultMemPool(&own, 0));
  CHECK(hipDeviceGetMemPool(&current, 0));
  EXPECT(own == current);
  EXPECT(get(own, hipMemPoolAttrUsedMemCurrent) == 0);
  EXPECT(get(own, hipMemPoolAttrUsedMemHigh) >= 4000);
  uint64_t zero = 0, one = 1, threshold = UINT64_MAX;
  CHECK(hipMemPoolSetAttribute(own, hipMemPoolAttrUsedMemHigh, &zero));
  EXPECT(get(own, hipMemPoolAttrUsedMemHigh) == 0);
  CHECK(
      hipMemPoolSetAttribute(own, hipMemPoolAttrReleaseThreshold, &threshold));
  EXPECT(get(own, hipMemPoolAttrReleaseThreshold) == UINT64_MAX);
  EXPECT_HIP(hipErrorInvalidValue,
             hipMemPoolSetAttribute(own, hipMemPoolAttrUsedMemHigh, &one));
  EXPECT_HIP(hipErrorInvalidValue,
             hipMemPoolSetAttribute(own, hipMemPoolAttrUsedMemCurrent, &zero));
  EXPECT_HIP(hipErrorInvalidValue,
             hipMemPoolGetAttribute(own, hipMemPoolAttr(99), &zero));
  EXPECT_HIP(hipErrorInvalidValue, hipMemPoolDestroy(own));

  hipMemPoolProps properties = {};
  properties.allocType = hipMemAllocationTypePinned;
  properties.handleTypes = hipMemHandleTypePosixFileDescriptor;
  properties.location = {hipMemLocationTypeDevice, 1};
  hipMemPool_t pool;
  CHECK(hipMemPoolCreate(&pool, &properties));
  EXPECT_HIP(hipErrorInvalidValue, hipDeviceSetMemPool(0, pool));
  EXPECT_HIP(hipErrorInvalidDevice, hipDeviceSetMemPool(2, pool));
  CHECK(hipDeviceSetMemPool(1, pool));
  float *memory;
  CHECK(hipMallocFromPoolAsync(&memory, 64, pool, nullptr));
  CHECK(hipMemset(memory, 0, 64));
  hipPointerAttribute_t attributes;
  CHECK(hipPointerGetAttributes(&attributes, memory));
  EXPECT(attributes.device == 1);
  EXPECT(get(pool, hipMemPoolAttrUsedMemCurrent) == 64);
  hipMemLocation there = {hipMemLocationTypeDevice, 0};
  hipMemAccessFlags flags;
  CHECK(hipMemPoolGetAccess(&flags, pool, &there));
  EXPECT(flags == hipMemAccessFlagsProtNone);
  hipMemAccessDesc access = {there, hipMemAccessFlagsProtReadWrite};
  CHECK(hipMemPoolSetAccess(pool, &access, 1));
  CHECK(hipMemPoolGetAccess(&flags, pool, &there));
  EXPECT(flags == hipMemAccessFlagsProtReadWrite);
  access = {properties.location, hipMemAccessFlagsProtNone};
  EXPECT_HIP(hipErrorInvalidValue, hipMemPoolSetAccess(pool, &access, 1));

  // The child multiplies what is in it.
  int pid = getpid(), file;
  hipMemPoolPtrExportData data;
  CHECK(hipMemPoolExportToShareableHandle(
      &file, pool, hipMemHandleTypePosixFileDescriptor, 0));
  CHECK(hipMemPoolExportPointer(&data, memory));
  EXPECT_HIP(hipErrorInvalidValue,
             hipMemPoolExportToShareableHandle(
                 &file, own, hipMemHandleTypePosixFileDescriptor, 0));
  EXPECT(write(pipes[1], &pid, sizeof pid) == sizeof pid);
  EXPECT(write(pipes[1], &file, sizeof file) == sizeof file);
  EXPECT(write(pipes[1], &data, sizeof data) == sizeof data);
  int status = -1;
  EXPECT(waitpid(child, &status, 0) == child && status == 0);
  EXPECT(download(memory, 16)[15] == 10);

  // Memory outlives its pool, and handles do not.
  CHECK(hipMemPoolTrimTo(pool, 0));
  CHECK(hipMemPoolDestroy(pool));
  CHECK(hipMemset(memory, 0, 64));
  CHECK(hipFree(memory));
  EXPECT_HIP(hipErrorInvalidValue, hipMemPoolTrimTo(pool, 0));
  EXPECT_HIP(hipErrorInvalidValue, hipMemPoolDestroy(pool));
  EXPECT_HIP(hipErrorInvalidValue,
             hipMallocFromPoolAsync(&memory, 64, pool, nullptr));
  CHECK(hipDeviceGetMemPool(&current, 1));
  EXPECT(current != pool);
  properties.location.id = 2;
  EXPECT_HIP(hipErrorInvalidValue, hipMemPoolCreate(&pool, &properties));
  properties.location.id = 0;
  properties.handleTypes = hipMemHandleTypeWin32;
  EXPECT_HIP(hipErrorNotSupported, hipMemPoolCreate(&pool, &properties));
  EXPECT_HIP(hipErrorInvalidValue, hipMemPoolCreate(nullptr, &properties));

  // A graph has its memory at every launch.
  hipStream_t stream;
  hipGraph_t graph;
  hipGraphExec_t exec;
  CHECK(hipStreamCreate(&stream));
  float *result = upload(std::vector<float>(16));
  CHECK(hipStreamBeginCapture(stream, hipStreamCaptureModeGlobal));
  CHECK(hipMallocAsync(&memory, 64, stream));
  CHECK(hipMemsetAsync(memory, 0, 64, stream));
  scale<<<1, 16, 0, stream>>>(memory, 5, 16);
  CHECK(hipMemcpyAsync(result, memory, 64, hipMemcpyDeviceToDevice, stream));
  CHECK(hipFreeAsync(memory, stream));
  CHECK(hipStreamEndCapture(stream, &graph));
  CHECK(hipGraphInstantiate(&exec, graph, nullptr, nullptr, 0));
  for (int n = 0; n < 2; ++n) {
    CHECK(hipMemset(result, 0, 64));
    CHECK(hipGraphLaunch(exec, stream));
    CHECK(hipStreamSynchronize(stream));
    EXPECT(download(result, 16)[7] == 5);
  }

  CHECK(hipMallocAsync(&memory, 64, stream));
  CHECK(hipFreeAsync(memory, stream));
  scale<<<1, 16, 0, stream>>>(memory, 5, 16);
  EXPECT_HIP(hipErrorIllegalAddress, hipStreamSynchronize(stream));
  // REPORT: kernel `_Z5scalePffi`: memory access outside of any allocation
  // REPORT: hipMallocAsync
  puts("done");
  // CHECK: done
}
