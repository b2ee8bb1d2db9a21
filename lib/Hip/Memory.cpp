//===- Memory.cpp - allocations and what is known about a pointer ---------===//
//
// Device addresses are host addresses, and all devices share one simulated
// memory: pinned, managed and peer memory differ only in what queries say.
//
//===----------------------------------------------------------------------===//

#include "Hip/Abi.h"
#include "Hip/Runtime.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;
using namespace moesaic;
using namespace moesaic::hip;

AllocationInfo *Runtime::find(const void *pointer, uint64_t *base) {
  uint64_t address = reinterpret_cast<uint64_t>(pointer);
  auto it = allocations.upper_bound(address);
  if (it == allocations.begin()) {
    return nullptr;
  }
  --it;
  if (address >= it->first + it->second.bytes) {
    return nullptr;
  }
  if (base) {
    *base = it->first;
  }
  return &it->second;
}

//===----------------------------------------------------------------------===//
// Allocation
//===----------------------------------------------------------------------===//

hipError_t moesaic::hip::allocateOn(DeviceState *device, void **result,
                                    size_t bytes, const char *call,
                                    AllocationInfo info) {
  if (!result) {
    return hipErrorInvalidValue;
  }
  *result = nullptr;
  if (!device) {
    return hipErrorNoDevice;
  }
  if (bytes == 0) {
    return hipSuccess;
  }
  Runtime &runtime = Runtime::get();
  std::lock_guard<std::mutex> lock(runtime.mutex);
  bool onDevice = info.type == hipMemoryTypeDevice;
  if (onDevice && bytes > kDeviceMemoryBytes - device->allocatedBytes) {
    return hipErrorOutOfMemory;
  }
  static unsigned count = 0;
  void *pointer = runtime.memory->allocate(
      bytes, (Twine(call) + " #" + Twine(++count)).str());
  if (!pointer) {
    return hipErrorOutOfMemory;
  }
  info.device = device->ordinal;
  info.bytes = bytes;
  runtime.allocations[reinterpret_cast<uint64_t>(pointer)] = info;
  device->allocatedBytes += onDevice ? bytes : 0;
  device->contextActive = true;
  if (info.pool) {
    info.pool->take(bytes);
  }
  *result = pointer;
  return hipSuccess;
}

static hipError_t allocate(void **result, size_t bytes, const char *call,
                           AllocationInfo info) {
  return allocateOn(currentDevice(), result, bytes, call, std::move(info));
}

/// Frees an allocation of the given kind that begins at `pointer`.
static hipError_t release(void *pointer, hipMemoryType type) {
  Runtime &runtime = Runtime::get();
  std::lock_guard<std::mutex> lock(runtime.mutex);
  auto it = runtime.allocations.find(reinterpret_cast<uint64_t>(pointer));
  if (it == runtime.allocations.end() || it->second.type != type ||
      it->second.registered || it->second.isMapping ||
      (it->second.imported && !it->second.pool)) {
    return hipErrorInvalidValue;
  }
  if (type == hipMemoryTypeDevice && !it->second.imported) {
    runtime.devices[it->second.device]->allocatedBytes -= it->second.bytes;
  }
  if (it->second.pool && !it->second.imported) {
    it->second.pool->used -= it->second.bytes;
  }
  runtime.allocations.erase(it);
  runtime.memory->free(pointer);
  return hipSuccess;
}

hipError_t moesaic::hip::releaseAllocation(void *pointer) {
  return release(pointer, hipMemoryTypeDevice);
}

/// The same after the device that owns it has finished its work.
static hipError_t synchronizeAndRelease(void *pointer, hipMemoryType type) {
  if (!pointer) {
    return hipSuccess;
  }
  Runtime &runtime = Runtime::get();
  DeviceState *owner;
  {
    std::lock_guard<std::mutex> lock(runtime.mutex);
    AllocationInfo *info = runtime.find(pointer);
    if (!info) {
      return hipErrorInvalidValue;
    }
    owner = deviceAt(info->device);
  }
  // A fault that is found meanwhile belongs to a call that asks for it.
  if (synchronize(owner) == hipErrorStreamCaptureUnsupported) {
    return hipErrorStreamCaptureUnsupported;
  }
  return release(pointer, type);
}

hipError_t hipMalloc(void **pointer, size_t bytes) {
  return finish(allocate(pointer, bytes, "hipMalloc", {}));
}

hipError_t hipExtMallocWithFlags(void **pointer, size_t bytes, unsigned flags) {
  if (flags & ~unsigned(hipDeviceMallocFinegrained | hipMallocSignalMemory)) {
    return finish(hipErrorInvalidValue);
  }
  AllocationInfo info;
  info.flags = flags;
  return finish(allocate(pointer, bytes, "hipExtMallocWithFlags", info));
}

hipError_t hipMallocManaged(void **pointer, size_t bytes, unsigned flags) {
  AllocationInfo info;
  info.managed = true;
  info.flags = flags;
  return finish(allocate(pointer, bytes, "hipMallocManaged", info));
}

hipError_t hipHostMalloc(void **pointer, size_t bytes, unsigned flags) {
  AllocationInfo info;
  info.type = hipMemoryTypeHost;
  info.flags = flags;
  return finish(allocate(pointer, bytes, "hipHostMalloc", info));
}

hipError_t hipHostAlloc(void **pointer, size_t bytes, unsigned flags) {
  return hipHostMalloc(pointer, bytes, flags);
}

hipError_t hipMallocHost(void **pointer, size_t bytes) {
  return hipHostMalloc(pointer, bytes, hipHostMallocDefault);
}

hipError_t hipMemAllocHost(void **pointer, size_t bytes) {
  return hipHostMalloc(pointer, bytes, hipHostMallocDefault);
}

hipError_t hipFree(void *pointer) {
  return finish(synchronizeAndRelease(pointer, hipMemoryTypeDevice));
}

hipError_t hipHostFree(void *pointer) {
  return finish(synchronizeAndRelease(pointer, hipMemoryTypeHost));
}

hipError_t hipFreeHost(void *pointer) { return hipHostFree(pointer); }

hipError_t hipMallocPitch(void **pointer, size_t *pitch, size_t width,
                          size_t height) {
  if (!pitch) {
    return finish(hipErrorInvalidValue);
  }
  *pitch = alignTo(width, 128);
  return finish(allocate(pointer, *pitch * height, "hipMallocPitch", {}));
}

hipError_t hipMemAllocPitch(hipDeviceptr_t *pointer, size_t *pitch,
                            size_t width, size_t height, unsigned) {
  return hipMallocPitch(pointer, pitch, width, height);
}

hipError_t hipMalloc3D(hipPitchedPtr *result, hipExtent extent) {
  if (!result) {
    return finish(hipErrorInvalidValue);
  }
  result->pitch = alignTo(extent.width, 128);
  result->xsize = extent.width;
  result->ysize = extent.height;
  return finish(allocate(&result->ptr,
                         result->pitch * extent.height * extent.depth,
                         "hipMalloc3D", {}));
}

//===----------------------------------------------------------------------===//
// The program's own memory
//===----------------------------------------------------------------------===//

hipError_t hipHostRegister(void *pointer, size_t bytes, unsigned flags) {
  DeviceState *device = currentDevice();
  if (!pointer || bytes == 0 || !device) {
    return finish(hipErrorInvalidValue);
  }
  Runtime &runtime = Runtime::get();
  std::lock_guard<std::mutex> lock(runtime.mutex);
  if (!runtime.memory->adopt(pointer, bytes, "hipHostRegister")) {
    return finish(hipErrorHostMemoryAlreadyRegistered);
  }
  AllocationInfo info;
  info.type = hipMemoryTypeHost;
  info.device = device->ordinal;
  info.flags = flags;
  info.registered = true;
  info.bytes = bytes;
  runtime.allocations[reinterpret_cast<uint64_t>(pointer)] = info;
  return finish(hipSuccess);
}

hipError_t hipHostUnregister(void *pointer) {
  Runtime &runtime = Runtime::get();
  (void)synchronize(nullptr);
  std::lock_guard<std::mutex> lock(runtime.mutex);
  auto it = runtime.allocations.find(reinterpret_cast<uint64_t>(pointer));
  if (it == runtime.allocations.end() || !it->second.registered) {
    return finish(hipErrorHostMemoryNotRegistered);
  }
  runtime.allocations.erase(it);
  runtime.memory->free(pointer);
  return finish(hipSuccess);
}

hipError_t hipHostGetDevicePointer(void **result, void *pointer, unsigned) {
  if (!result) {
    return finish(hipErrorInvalidValue);
  }
  Runtime &runtime = Runtime::get();
  std::lock_guard<std::mutex> lock(runtime.mutex);
  AllocationInfo *info = runtime.find(pointer);
  if (!info || info->type != hipMemoryTypeHost) {
    return finish(hipErrorInvalidValue);
  }
  *result = pointer;
  return finish(hipSuccess);
}

hipError_t hipHostGetFlags(unsigned *flags, void *pointer) {
  Runtime &runtime = Runtime::get();
  std::lock_guard<std::mutex> lock(runtime.mutex);
  AllocationInfo *info = runtime.find(pointer);
  if (!flags || !info || info->type != hipMemoryTypeHost) {
    return finish(hipErrorInvalidValue);
  }
  *flags = info->flags;
  return finish(hipSuccess);
}

//===----------------------------------------------------------------------===//
// Questions
//===----------------------------------------------------------------------===//

hipError_t hipMemGetInfo(size_t *free, size_t *total) {
  DeviceState *device = currentDevice();
  if (!device) {
    return finish(hipErrorNoDevice);
  }
  std::lock_guard<std::mutex> lock(Runtime::get().mutex);
  if (free) {
    *free = kDeviceMemoryBytes - device->allocatedBytes;
  }
  if (total) {
    *total = kDeviceMemoryBytes;
  }
  return finish(hipSuccess);
}

hipError_t hipMemPtrGetInfo(void *pointer, size_t *bytes) {
  Runtime &runtime = Runtime::get();
  std::lock_guard<std::mutex> lock(runtime.mutex);
  AllocationInfo *info = runtime.find(pointer);
  if (!info || !bytes) {
    return finish(hipErrorInvalidValue);
  }
  *bytes = info->bytes;
  return finish(hipSuccess);
}

hipError_t hipMemGetAddressRange(hipDeviceptr_t *base, size_t *bytes,
                                 hipDeviceptr_t pointer) {
  Runtime &runtime = Runtime::get();
  std::lock_guard<std::mutex> lock(runtime.mutex);
  uint64_t begin;
  AllocationInfo *info = runtime.find(pointer, &begin);
  if (!info || !base || !bytes) {
    return finish(hipErrorInvalidValue);
  }
  *base = reinterpret_cast<void *>(begin);
  *bytes = info->bytes;
  return finish(hipSuccess);
}

hipError_t hipPointerGetAttributes(hipPointerAttribute_t *attributes,
                                   const void *pointer) {
  if (!attributes || !pointer) {
    return finish(hipErrorInvalidValue);
  }
  Runtime &runtime = Runtime::get();
  std::lock_guard<std::mutex> lock(runtime.mutex);
  AllocationInfo *info = runtime.find(pointer);
  if (!info && hipGeneration() >= 6) {
    *attributes = {}; // of the type 0: unregistered
    attributes->device = hipInvalidDeviceId;
    attributes->hostPointer = const_cast<void *>(pointer);
    return finish(hipSuccess);
  }
  if (!info) {
    return finish(hipErrorInvalidValue);
  }
  void *address = const_cast<void *>(pointer);
  attributes->memoryType =
      hipMemoryType(memoryTypeForProgram(info->type, info->managed));
  attributes->device = info->device;
  attributes->devicePointer = address;
  attributes->hostPointer =
      info->managed || info->type == hipMemoryTypeHost ? address : nullptr;
  attributes->isManaged = info->managed;
  attributes->allocationFlags = info->flags;
  return finish(hipSuccess);
}

static hipError_t attributeOf(void *data, hipPointer_attribute attribute,
                              void *pointer) {
  if (!data) {
    return hipErrorInvalidValue;
  }
  Runtime &runtime = Runtime::get();
  std::lock_guard<std::mutex> lock(runtime.mutex);
  uint64_t base = 0;
  AllocationInfo *info = runtime.find(pointer, &base);
  if (!info) {
    return hipErrorInvalidValue;
  }
  switch (attribute) {
  case HIP_POINTER_ATTRIBUTE_MEMORY_TYPE:
    *static_cast<unsigned *>(data) =
        memoryTypeForProgram(info->type, info->managed);
    return hipSuccess;
  case HIP_POINTER_ATTRIBUTE_DEVICE_POINTER:
    *static_cast<void **>(data) = pointer;
    return hipSuccess;
  case HIP_POINTER_ATTRIBUTE_HOST_POINTER:
    if (!info->managed && info->type != hipMemoryTypeHost) {
      return hipErrorInvalidValue;
    }
    *static_cast<void **>(data) = pointer;
    return hipSuccess;
  case HIP_POINTER_ATTRIBUTE_IS_MANAGED:
    *static_cast<unsigned *>(data) = info->managed;
    return hipSuccess;
  case HIP_POINTER_ATTRIBUTE_DEVICE_ORDINAL:
    *static_cast<int *>(data) = info->device;
    return hipSuccess;
  case HIP_POINTER_ATTRIBUTE_RANGE_START_ADDR:
    *static_cast<uint64_t *>(data) = base;
    return hipSuccess;
  case HIP_POINTER_ATTRIBUTE_RANGE_SIZE:
    *static_cast<size_t *>(data) = info->bytes;
    return hipSuccess;
  case HIP_POINTER_ATTRIBUTE_MAPPED:
    *static_cast<unsigned *>(data) = 1;
    return hipSuccess;
  case HIP_POINTER_ATTRIBUTE_BUFFER_ID:
    *static_cast<uint64_t *>(data) = base;
    return hipSuccess;
  default:
    return hipErrorNotSupported;
  }
}

hipError_t hipPointerGetAttribute(void *data, hipPointer_attribute attribute,
                                  hipDeviceptr_t pointer) {
  return finish(attributeOf(data, attribute, pointer));
}

hipError_t hipDrvPointerGetAttributes(unsigned count,
                                      hipPointer_attribute *attributes,
                                      void **data, hipDeviceptr_t pointer) {
  if (!attributes || !data) {
    return finish(hipErrorInvalidValue);
  }
  for (unsigned n = 0; n < count; ++n) {
    if (hipError_t error = attributeOf(data[n], attributes[n], pointer)) {
      return finish(error);
    }
  }
  return finish(hipSuccess);
}
