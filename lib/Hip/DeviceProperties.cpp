//===- DeviceProperties.cpp - what devices say about themselves -----------===//
//
// Everything that the chip table knows comes from there; clocks and sizes that
// only describe real boards are the same for all simulated devices.
//
//===----------------------------------------------------------------------===//

#include "Hip/DevicePropR0600.h"
#include "Hip/Runtime.h"
#include "llvm/ADT/StringExtras.h"
#include <cstdio>

using namespace llvm;
using namespace moesaic;
using namespace moesaic::hip;

static constexpr int kClockKHz = 1700000;
static constexpr int kMemoryClockKHz = 1300000;
static constexpr int kMemoryBusBits = 8192;
static constexpr int kTimerKHz = 100000;
static constexpr int kL2Bytes = 4 << 20;

static void setText(char *to, size_t size, const std::string &text) {
  snprintf(to, size, "%s", text.c_str());
}

static std::string nameOf(const Chip &chip) {
  return ("Moesaic simulator of " + chip.name).str();
}

/// The number in a chip's name, read as HIP reads it: 942 for gfx942.
static int decimalArch(const Chip &chip) {
  int number = 0;
  (void)chip.name.drop_front(3).getAsInteger(10, number);
  return number; // 0 for names with letters, such as gfx90a
}

/// `gfx942` is version 9.4, `gfx1100` is 11.0.
static void versionOf(const Chip &chip, int &major, int &minor) {
  StringRef digits = chip.name.drop_front(3);
  major = minor = 0;
  (void)digits.drop_back(2).getAsInteger(10, major);
  (void)digits.take_back(2).take_front(1).getAsInteger(16, minor);
}

static int wavesPerUnit(const Chip &chip) {
  return chip.simdsPerCu * (chip.waveSize == 64 ? 8 : 16);
}

static int lanesPerUnit(const Chip &chip) {
  return wavesPerUnit(chip) * chip.waveSize;
}

static hipDeviceArch_t features() {
  hipDeviceArch_t arch = {};
  arch.hasGlobalInt32Atomics = arch.hasGlobalFloatAtomicExch = 1;
  arch.hasSharedInt32Atomics = arch.hasSharedFloatAtomicExch = 1;
  arch.hasFloatAtomicAdd = arch.hasGlobalInt64Atomics = 1;
  arch.hasSharedInt64Atomics = arch.hasDoubles = 1;
  arch.hasWarpVote = arch.hasWarpBallot = arch.hasWarpShuffle = 1;
  arch.hasThreadFenceSystem = arch.has3dGrid = 1;
  return arch;
}

/// What both forms of the structure call alike.
template <typename T>
static void fillCommon(T &p, const DeviceState &device) {
  const Chip &chip = *device.chip;
  memset(static_cast<void *>(&p), 0, sizeof p);
  setText(p.name, sizeof p.name, nameOf(chip));
  setText(p.gcnArchName, sizeof p.gcnArchName, targetId(chip));
  p.totalGlobalMem = kDeviceMemoryBytes;
  p.sharedMemPerBlock = chip.ldsBytes;
  p.maxSharedMemoryPerMultiProcessor = chip.ldsBytes;
  p.regsPerBlock = 65536;
  p.warpSize = chip.waveSize;
  p.maxThreadsPerBlock = chip.maxWorkgroupSize;
  for (int &size : p.maxThreadsDim) {
    size = 1024;
  }
  p.maxGridSize[0] = INT32_MAX;
  p.maxGridSize[1] = p.maxGridSize[2] = 65536;
  p.clockRate = kClockKHz;
  p.memoryClockRate = kMemoryClockKHz;
  p.memoryBusWidth = kMemoryBusBits;
  p.clockInstructionRate = kTimerKHz;
  p.totalConstMem = INT32_MAX;
  versionOf(chip, p.major, p.minor);
  p.multiProcessorCount = chip.computeUnits;
  p.l2CacheSize = kL2Bytes;
  p.maxThreadsPerMultiProcessor = lanesPerUnit(chip);
  p.arch = features();
  p.concurrentKernels = 1;
  p.pciBusID = device.ordinal + 1;
  p.canMapHostMemory = 1;
  p.cooperativeLaunch = 1;
  p.cooperativeMultiDeviceLaunch = 1;
  p.memPitch = INT32_MAX;
  p.textureAlignment = p.texturePitchAlignment = 256;
  p.ECCEnabled = chip.waveSize == 64;
  p.isLargeBar = 1;
  p.managedMemory = 1;
  p.concurrentManagedAccess = 1;
}

hipError_t hipGetDeviceProperties(hipDeviceProp_t *properties, int ordinal) {
  if (!properties) {
    return finish(hipErrorInvalidValue);
  }
  DeviceState *device = deviceAt(ordinal);
  if (!device) {
    return finish(hipErrorInvalidDevice);
  }
  fillCommon(*properties, *device);
  properties->gcnArch = decimalArch(*device->chip);
  properties->cooperativeMultiDeviceUnmatchedFunc = 1;
  properties->cooperativeMultiDeviceUnmatchedGridDim = 1;
  properties->cooperativeMultiDeviceUnmatchedBlockDim = 1;
  properties->cooperativeMultiDeviceUnmatchedSharedMem = 1;
  return finish(hipSuccess);
}

extern "C" __attribute__((visibility("default"))) hipError_t
hipGetDevicePropertiesR0600(DevicePropR0600 *properties, int ordinal) {
  if (!properties) {
    return finish(hipErrorInvalidValue);
  }
  DeviceState *device = deviceAt(ordinal);
  if (!device) {
    return finish(hipErrorInvalidDevice);
  }
  fillCommon(*properties, *device);
  const Chip &chip = *device->chip;
  (void)hipDeviceGetUuid(&properties->uuid, ordinal);
  properties->asyncEngineCount = 1;
  properties->unifiedAddressing = 1;
  properties->streamPrioritiesSupported = 1;
  properties->sharedMemPerMultiprocessor = chip.ldsBytes;
  properties->sharedMemPerBlockOptin = chip.ldsBytes;
  properties->regsPerMultiprocessor = properties->regsPerBlock;
  properties->maxBlocksPerMultiProcessor = wavesPerUnit(chip);
  properties->hostNativeAtomicSupported = 1;
  properties->canUseHostPointerForRegisteredMem = 1;
  properties->hostRegisterSupported = 1;
  properties->unifiedFunctionPointers = 1;
  properties->memoryPoolsSupported = 1;
  properties->memoryPoolSupportedHandleTypes =
      hipMemHandleTypePosixFileDescriptor;
  properties->ipcEventSupported = 1;
  for (int &unmatched : properties->cooperativeMultiDeviceUnmatched) {
    unmatched = 1;
  }
  return finish(hipSuccess);
}

hipError_t hipDeviceGetAttribute(int *value, hipDeviceAttribute_t attribute,
                                 int ordinal) {
  if (!value) {
    return finish(hipErrorInvalidValue);
  }
  DeviceState *device = deviceAt(ordinal);
  if (!device) {
    return finish(hipErrorInvalidDevice);
  }
  hipDeviceProp_t p;
  fillCommon(p, *device);
  const Chip &chip = *device->chip;
  auto clamp = [](size_t size) {
    return int(std::min<size_t>(size, INT32_MAX));
  };
  switch (attribute) {
#define ATTRIBUTE(name, expression)                                            \
  case hipDeviceAttribute##name:                                               \
    *value = expression;                                                       \
    break
    ATTRIBUTE(EccEnabled, p.ECCEnabled);
    ATTRIBUTE(AsyncEngineCount, 1);
    ATTRIBUTE(CanMapHostMemory, 1);
    ATTRIBUTE(CanUseHostPointerForRegisteredMem, 1);
    ATTRIBUTE(ClockRate, p.clockRate);
    ATTRIBUTE(ComputeMode, hipComputeModeDefault);
    ATTRIBUTE(ConcurrentKernels, 1);
    ATTRIBUTE(ConcurrentManagedAccess, p.concurrentManagedAccess);
    ATTRIBUTE(CooperativeLaunch, p.cooperativeLaunch);
    ATTRIBUTE(CooperativeMultiDeviceLaunch, 1);
    ATTRIBUTE(CooperativeMultiDeviceUnmatchedFunc, 1);
    ATTRIBUTE(CooperativeMultiDeviceUnmatchedGridDim, 1);
    ATTRIBUTE(CooperativeMultiDeviceUnmatchedBlockDim, 1);
    ATTRIBUTE(CooperativeMultiDeviceUnmatchedSharedMem, 1);
    ATTRIBUTE(DirectManagedMemAccessFromHost, 1);
    ATTRIBUTE(HostNativeAtomicSupported, 1);
    ATTRIBUTE(Integrated, 0);
    ATTRIBUTE(IsMultiGpuBoard, 0);
    ATTRIBUTE(KernelExecTimeout, 0);
    ATTRIBUTE(L2CacheSize, p.l2CacheSize);
    ATTRIBUTE(ComputeCapabilityMajor, p.major);
    ATTRIBUTE(ComputeCapabilityMinor, p.minor);
    ATTRIBUTE(ManagedMemory, p.managedMemory);
    ATTRIBUTE(MaxBlocksPerMultiProcessor, wavesPerUnit(chip));
    ATTRIBUTE(MaxBlockDimX, p.maxThreadsDim[0]);
    ATTRIBUTE(MaxBlockDimY, p.maxThreadsDim[1]);
    ATTRIBUTE(MaxBlockDimZ, p.maxThreadsDim[2]);
    ATTRIBUTE(MaxGridDimX, p.maxGridSize[0]);
    ATTRIBUTE(MaxGridDimY, p.maxGridSize[1]);
    ATTRIBUTE(MaxGridDimZ, p.maxGridSize[2]);
    ATTRIBUTE(MaxThreadsPerBlock, p.maxThreadsPerBlock);
    ATTRIBUTE(MaxThreadsPerMultiProcessor, p.maxThreadsPerMultiProcessor);
    ATTRIBUTE(MaxPitch, clamp(p.memPitch));
    ATTRIBUTE(MemoryBusWidth, p.memoryBusWidth);
    ATTRIBUTE(MemoryClockRate, p.memoryClockRate);
    ATTRIBUTE(MultiprocessorCount, p.multiProcessorCount);
    ATTRIBUTE(PhysicalMultiProcessorCount, p.multiProcessorCount);
    ATTRIBUTE(PageableMemoryAccess, 0);
    ATTRIBUTE(PageableMemoryAccessUsesHostPageTables, 0);
    ATTRIBUTE(PciBusId, p.pciBusID);
    ATTRIBUTE(PciDeviceId, p.pciDeviceID);
    ATTRIBUTE(PciDomainID, p.pciDomainID);
    ATTRIBUTE(MaxRegistersPerBlock, p.regsPerBlock);
    ATTRIBUTE(MaxRegistersPerMultiprocessor, p.regsPerBlock);
    ATTRIBUTE(ReservedSharedMemPerBlock, 0);
    ATTRIBUTE(MaxSharedMemoryPerBlock, clamp(p.sharedMemPerBlock));
    ATTRIBUTE(SharedMemPerBlockOptin, clamp(p.sharedMemPerBlock));
    ATTRIBUTE(SharedMemPerMultiprocessor, clamp(p.sharedMemPerBlock));
    ATTRIBUTE(MaxSharedMemoryPerMultiprocessor, clamp(p.sharedMemPerBlock));
    ATTRIBUTE(StreamPrioritiesSupported, 1);
    ATTRIBUTE(TextureAlignment, clamp(p.textureAlignment));
    ATTRIBUTE(TexturePitchAlignment, clamp(p.texturePitchAlignment));
    ATTRIBUTE(TotalConstantMemory, clamp(p.totalConstMem));
    ATTRIBUTE(TotalGlobalMem, clamp(p.totalGlobalMem));
    ATTRIBUTE(UnifiedAddressing, 1);
    ATTRIBUTE(WarpSize, p.warpSize);
    ATTRIBUTE(MemoryPoolsSupported, 1);
    ATTRIBUTE(ClockInstructionRate, p.clockInstructionRate);
    ATTRIBUTE(GcnArch, decimalArch(chip));
    ATTRIBUTE(IsLargeBar, p.isLargeBar);
    ATTRIBUTE(AsicRevision, 0);
    ATTRIBUTE(CanUseStreamWaitValue, 1);
    ATTRIBUTE(ImageSupport, 0);
    ATTRIBUTE(FineGrainSupport, 1);
#undef ATTRIBUTE
  default:
    return finish(hipErrorInvalidValue);
  }
  return finish(hipSuccess);
}

//===----------------------------------------------------------------------===//
// Single facts
//===----------------------------------------------------------------------===//

hipError_t hipDeviceGetName(char *name, int bytes, hipDevice_t ordinal) {
  if (!name || bytes <= 0) {
    return finish(hipErrorInvalidValue);
  }
  DeviceState *device = deviceAt(ordinal);
  if (!device) {
    return finish(hipErrorInvalidDevice);
  }
  setText(name, size_t(bytes), nameOf(*device->chip));
  return finish(hipSuccess);
}

hipError_t hipDeviceGetUuid(hipUUID *uuid, hipDevice_t ordinal) {
  if (!uuid) {
    return finish(hipErrorInvalidValue);
  }
  if (!deviceAt(ordinal)) {
    return finish(hipErrorInvalidDevice);
  }
  static constexpr char kPrefix[] = "moesaic-sim-";
  memset(uuid->bytes, 0, sizeof uuid->bytes);
  memcpy(uuid->bytes, kPrefix, sizeof kPrefix - 1);
  uuid->bytes[15] = char(ordinal);
  return finish(hipSuccess);
}

hipError_t hipDeviceComputeCapability(int *major, int *minor,
                                      hipDevice_t ordinal) {
  if (!major || !minor) {
    return finish(hipErrorInvalidValue);
  }
  DeviceState *device = deviceAt(ordinal);
  if (!device) {
    return finish(hipErrorInvalidDevice);
  }
  versionOf(*device->chip, *major, *minor);
  return finish(hipSuccess);
}

hipError_t hipDeviceTotalMem(size_t *bytes, hipDevice_t ordinal) {
  if (!bytes) {
    return finish(hipErrorInvalidValue);
  }
  if (!deviceAt(ordinal)) {
    return finish(hipErrorInvalidDevice);
  }
  *bytes = kDeviceMemoryBytes;
  return finish(hipSuccess);
}

hipError_t hipDeviceGetPCIBusId(char *text, int bytes, int ordinal) {
  if (!text || bytes < 13) {
    return finish(hipErrorInvalidValue);
  }
  if (!deviceAt(ordinal)) {
    return finish(hipErrorInvalidDevice);
  }
  snprintf(text, size_t(bytes), "0000:%02x:00.0", unsigned(ordinal + 1));
  return finish(hipSuccess);
}

hipError_t hipDeviceGetByPCIBusId(int *ordinal, const char *text) {
  unsigned domain, bus, slot, function;
  if (!ordinal || !text ||
      sscanf(text, "%x:%x:%x.%x", &domain, &bus, &slot, &function) != 4) {
    return finish(hipErrorInvalidValue);
  }
  if (domain != 0 || slot != 0 || function != 0 || !deviceAt(int(bus) - 1)) {
    return finish(hipErrorInvalidDevice);
  }
  *ordinal = int(bus) - 1;
  return finish(hipSuccess);
}

hipError_t hipDeviceGetLimit(size_t *value, hipLimit_t limit) {
  if (!value) {
    return finish(hipErrorInvalidValue);
  }
  switch (limit) {
  case hipLimitMallocHeapSize:
    *value = kDeviceMemoryBytes; // it grows as kernels ask
    return finish(hipSuccess);
  case hipLimitPrintfFifoSize:
    *value = kPrintfBytes;
    return finish(hipSuccess);
  default:
    return finish(hipErrorUnsupportedLimit);
  }
}

/// Any simulated device is as good as another.
hipError_t hipChooseDevice(int *ordinal, const hipDeviceProp_t *properties) {
  if (!ordinal || !properties) {
    return finish(hipErrorInvalidValue);
  }
  *ordinal = 0;
  return finish(currentDevice() ? hipSuccess : hipErrorNoDevice);
}
