// The driver's view: contexts, devices by bus id, occupancy, facts about
// kernels, and the older ways to launch.
// RUN: %hipcc -Wno-deprecated-declarations --offload-arch=gfx942 --cuda-device-only --no-gpu-bundle-output %s -o %t.hsaco
// RUN: %hipcc -Wno-deprecated-declarations --offload-arch=gfx942 %s -o %t -lamdhip64
// RUN: %hiprun MOESAIC_DEVICE=gfx942:2 %t %t.hsaco | FileCheck %s

#include "check.h"
#include <cstring>
#include <fstream>
#include <hip/hip_ext.h>
#include <iterator>

extern "C" __global__ void __launch_bounds__(256) scale(int *data, int by) {
  __shared__ int tile[256];
  tile[threadIdx.x] = data[threadIdx.x];
  __syncthreads();
  data[threadIdx.x] = tile[threadIdx.x ^ 1] * by;
}

__global__ void dynamic(int *data) {
  extern __shared__ int words[];
  data[0] = words[threadIdx.x];
}

static void checkContexts() {
  CHECK(hipInit(0));
  EXPECT_HIP(hipErrorInvalidValue, hipInit(1));
  hipDevice_t device;
  hipCtx_t first, second, current;
  CHECK(hipDeviceGet(&device, 1));
  EXPECT_HIP(hipErrorInvalidDevice, hipDeviceGet(&device, 2));
  CHECK(hipCtxCreate(&first, 0, device));
  CHECK(hipCtxGetCurrent(&current));
  EXPECT(current == first);
  CHECK(hipCtxGetDevice(&device));
  EXPECT(device == 1);
  CHECK(hipCtxPopCurrent(&current));
  CHECK(hipCtxGetDevice(&device));
  EXPECT(current == first && device == 0);
  CHECK(hipCtxSetCurrent(first));
  CHECK(hipCtxSynchronize());
  CHECK(hipCtxSetCurrent(nullptr));
  CHECK(hipDevicePrimaryCtxRetain(&second, 0));
  CHECK(hipCtxPushCurrent(second));
  CHECK(hipCtxPopCurrent(&current));
  EXPECT(current == second);
  EXPECT_HIP(hipErrorInvalidContext, hipCtxPopCurrent(&current));
  int can = 1;
  CHECK(hipCtxEnablePeerAccess(first, 0));
  EXPECT_HIP(hipErrorPeerAccessAlreadyEnabled, hipDeviceEnablePeerAccess(1, 0));
  CHECK(hipCtxDisablePeerAccess(first));
  EXPECT_HIP(hipErrorPeerAccessNotEnabled, hipDeviceDisablePeerAccess(1));
  EXPECT_HIP(hipErrorInvalidContext,
             hipCtxEnablePeerAccess(reinterpret_cast<hipCtx_t>(&can), 0));
  CHECK(
      hipDeviceGetP2PAttribute(&can, hipDevP2PAttrNativeAtomicSupported, 0, 1));
  EXPECT(can == 1);
  EXPECT_HIP(
      hipErrorInvalidDevice,
      hipDeviceGetP2PAttribute(&can, hipDevP2PAttrAccessSupported, 0, 0));
  unsigned flags;
  int active;
  CHECK(hipDevicePrimaryCtxGetState(0, &flags, &active));
  CHECK(hipDevicePrimaryCtxRelease(0));
  CHECK(hipCtxDestroy(first));
}

static void checkDevices() {
  char name[64], bus[32];
  int ordinal = -1, major, minor, version;
  size_t bytes;
  uint32_t link, hops;
  CHECK(hipDeviceGetName(name, sizeof name, 0));
  EXPECT(strlen(name) > 0);
  CHECK(hipDeviceGetPCIBusId(bus, sizeof bus, 1));
  CHECK(hipDeviceGetByPCIBusId(&ordinal, bus));
  EXPECT(ordinal == 1);
  EXPECT_HIP(hipErrorInvalidValue, hipDeviceGetByPCIBusId(&ordinal, "x"));
  CHECK(hipDeviceComputeCapability(&major, &minor, 0));
  EXPECT(major == 9 && minor == 4);
  CHECK(hipDeviceTotalMem(&bytes, 0));
  hipUUID ids[2];
  CHECK(hipDeviceGetUuid(&ids[0], 0));
  CHECK(hipDeviceGetUuid(&ids[1], 1));
  EXPECT(memcmp(&ids[0], &ids[1], sizeof ids[0]) != 0);
  CHECK(hipDriverGetVersion(&version));
  CHECK(hipRuntimeGetVersion(&version));
  CHECK(hipExtGetLinkTypeAndHopCount(0, 1, &link, &hops));
  EXPECT(hops == 1);
  hipDeviceProp_t properties;
  CHECK(hipGetDeviceProperties(&properties, 1));
  EXPECT(bytes == properties.totalGlobalMem);
  CHECK(hipChooseDevice(&ordinal, &properties));
  CHECK(hipSetDeviceFlags(hipDeviceScheduleYield));
  unsigned flags;
  CHECK(hipGetDeviceFlags(&flags));
  EXPECT(flags == hipDeviceScheduleYield);
  int least, greatest, priority;
  CHECK(hipDeviceGetStreamPriorityRange(&least, &greatest));
  hipStream_t stream;
  CHECK(hipStreamCreateWithPriority(&stream, hipStreamNonBlocking, greatest));
  CHECK(hipStreamGetPriority(stream, &priority));
  CHECK(hipStreamGetFlags(stream, &flags));
  EXPECT(priority == greatest && flags == hipStreamNonBlocking);
  EXPECT(hipGetStreamDeviceId(stream) == 0);
  EXPECT_HIP(hipErrorInvalidValue, hipStreamGetFlags(stream, nullptr));
  CHECK(hipStreamDestroy(stream));
}

static void checkOccupancy(hipFunction_t function) {
  auto kernel = reinterpret_cast<const void *>(scale);
  int blocks, grid, block, value;
  // 8 waves a SIMD, 4 SIMDs: 32 waves; 64 KiB of LDS in pieces of 1 KiB.
  CHECK(hipOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, kernel, 256, 0));
  EXPECT(blocks == 8);
  CHECK(hipOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(
      &blocks, kernel, 256, 31 * 1024, hipOccupancyDefault));
  EXPECT(blocks == 2);
  CHECK(hipModuleOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, function,
                                                           64, 0));
  EXPECT(blocks == 32);
  CHECK(hipModuleOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(
      &blocks, function, 128, 0, 0));
  EXPECT(blocks == 16);
  CHECK(hipOccupancyMaxPotentialBlockSize(&grid, &block, kernel, 0, 0));
  EXPECT(block == 256 && grid == 8 * 304);
  CHECK(
      hipModuleOccupancyMaxPotentialBlockSize(&grid, &block, function, 0, 128));
  EXPECT(block == 128 && grid == 16 * 304);
  CHECK(hipModuleOccupancyMaxPotentialBlockSizeWithFlags(&grid, &block,
                                                         function, 0, 0, 0));
  EXPECT(block == 256);
  EXPECT_HIP(hipErrorInvalidValue, hipOccupancyMaxActiveBlocksPerMultiprocessor(
                                       nullptr, kernel, 64, 0));
  EXPECT_HIP(
      hipErrorInvalidDeviceFunction,
      hipOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, &value, 64, 0));

  hipFuncAttributes attributes;
  CHECK(hipFuncGetAttributes(&attributes, kernel));
  EXPECT(attributes.maxThreadsPerBlock == 256);
  EXPECT(attributes.sharedSizeBytes == 1024);
  EXPECT(attributes.maxDynamicSharedSizeBytes == 63 * 1024);
  EXPECT(attributes.localSizeBytes == 0);
  EXPECT(attributes.numRegs > 0 && attributes.numRegs < 64);
  CHECK(hipFuncGetAttribute(&value, HIP_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES,
                            function));
  EXPECT(value == 1024);
  CHECK(hipFuncGetAttribute(&value, HIP_FUNC_ATTRIBUTE_NUM_REGS, function));
  EXPECT(value == attributes.numRegs);
  EXPECT_HIP(hipErrorInvalidValue,
             hipFuncGetAttribute(&value, hipFunction_attribute(99), function));
  EXPECT_HIP(hipErrorInvalidDeviceFunction,
             hipFuncGetAttributes(&attributes, &value));
  auto other = reinterpret_cast<const void *>(dynamic);
  CHECK(hipFuncSetAttribute(other, hipFuncAttributeMaxDynamicSharedMemorySize,
                            65536));
  EXPECT_HIP(hipErrorInvalidValue,
             hipFuncSetAttribute(
                 other, hipFuncAttributeMaxDynamicSharedMemorySize, 65537));
  EXPECT_HIP(hipErrorInvalidValue,
             hipFuncSetAttribute(other, hipFuncAttribute(99), 0));
  CHECK(hipFuncSetCacheConfig(other, hipFuncCachePreferL1));
  CHECK(hipFuncSetSharedMemConfig(other, hipSharedMemBankSizeFourByte));
  EXPECT(!strcmp(hipKernelNameRef(function), "scale"));
  EXPECT(!strcmp(hipKernelNameRefByPtr(kernel, nullptr), "scale"));
}

static void checkLaunches(hipFunction_t function) {
  std::vector<int> host(256);
  for (int i = 0; i < 256; ++i) {
    host[i] = i;
  }
  int *data = upload(host);
  int by = 2, power = 1;
  auto expect = [&](int swaps) {
    std::vector<int> result = download(data, 256);
    for (int i = 0; i < 256; ++i) {
      EXPECT(result[i] == (swaps % 2 ? i ^ 1 : i) * power);
    }
  };
  struct {
    int *data;
    int by;
  } packed = {data, by};
  size_t bytes = sizeof packed;
  void *extra[] = {HIP_LAUNCH_PARAM_BUFFER_POINTER, &packed,
                   HIP_LAUNCH_PARAM_BUFFER_SIZE, &bytes, HIP_LAUNCH_PARAM_END};
  void *arguments[] = {&data, &by};
  CHECK(hipModuleLaunchKernel(function, 1, 1, 1, 256, 1, 1, 0, nullptr, nullptr,
                              extra));
  power *= 2;
  expect(1);
  EXPECT_HIP(hipErrorInvalidValue,
             hipModuleLaunchKernel(function, 1, 1, 1, 256, 1, 1, 0, nullptr,
                                   arguments, extra));
  auto kernel = reinterpret_cast<const void *>(scale);
  CHECK(hipConfigureCall(dim3(1), dim3(256), 0, nullptr));
  CHECK(hipSetupArgument(&data, sizeof data, 0));
  CHECK(hipSetupArgument(&by, sizeof by, sizeof data));
  CHECK(hipLaunchByPtr(kernel));
  power *= 2;
  expect(2);
  EXPECT_HIP(hipErrorMissingConfiguration, hipLaunchByPtr(kernel));
  hipEvent_t start, stop;
  CHECK(hipEventCreate(&start));
  CHECK(hipEventCreate(&stop));
  CHECK(hipExtLaunchKernel(kernel, dim3(1), dim3(256), arguments, 0, nullptr,
                           start, stop, 0));
  CHECK(hipEventSynchronize(stop));
  float time = -1;
  CHECK(hipEventElapsedTime(&time, start, stop));
  EXPECT(time > 0);
  power *= 2;
  expect(3);
  hipLaunchParams many[2] = {};
  int *there;
  CHECK(hipSetDevice(1));
  there = upload(host);
  CHECK(hipStreamCreate(&many[1].stream));
  CHECK(hipSetDevice(0));
  CHECK(hipStreamCreate(&many[0].stream));
  void *others[] = {&there, &by};
  for (int n = 0; n < 2; ++n) {
    many[n].func = const_cast<void *>(kernel);
    many[n].gridDim = dim3(1);
    many[n].blockDim = dim3(256);
    many[n].args = n == 0 ? arguments : others;
  }
  CHECK(hipExtLaunchMultiKernelMultiDevice(many, 2, 0));
  CHECK(hipStreamSynchronize(many[0].stream));
  power *= 2;
  expect(4);
  EXPECT(download(there, 2)[0] == 2);
}

int main(int argc, char **argv) {
  checkContexts();
  checkDevices();
  std::ifstream file(argv[1], std::ios::binary);
  std::vector<char> image((std::istreambuf_iterator<char>(file)), {});
  hipModule_t module;
  hipFunction_t function;
  CHECK(hipModuleLoadDataEx(&module, image.data(), 0, nullptr, nullptr));
  CHECK(hipModuleGetFunction(&function, module, "scale"));
  checkOccupancy(function);
  checkLaunches(function);
  CHECK(hipProfilerStart());
  CHECK(hipProfilerStop());
  puts("done");
  // CHECK: done
}
