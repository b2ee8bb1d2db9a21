//===- MemoryPools.cpp - allocation in the order of a stream --------------===//
//
// A pool counts what is allocated from it. It keeps nothing back for reuse, so
// that a kernel which touches freed memory is caught; the release threshold is
// only remembered.
//
//===----------------------------------------------------------------------===//

#include "Hip/Ipc.h"
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

using namespace moesaic;
using namespace moesaic::hip;

static Pool makePool(DeviceState *device) {
  auto pool = std::make_shared<ihipMemPoolHandle_t>();
  pool->device = device;
  pool->access[device->ordinal] = hipMemAccessFlagsProtReadWrite;
  return pool;
}

/// A device's own pool. The caller holds the lock.
static const Pool &defaultPool(DeviceState *device) {
  if (!device->defaultPool) {
    device->defaultPool = device->pool = makePool(device);
    Runtime::get().pools[device->defaultPool.get()] = device->defaultPool;
  }
  return device->defaultPool;
}

/// The pool behind a handle, or null. The caller holds the lock.
static Pool find(hipMemPool_t handle) {
  auto it = Runtime::get().pools.find(handle);
  return it == Runtime::get().pools.end() ? nullptr : it->second;
}

void ihipMemPoolHandle_t::take(uint64_t bytes) {
  used += bytes;
  usedHigh = std::max(usedHigh, used);
  reservedHigh = std::max(reservedHigh, used);
}

//===----------------------------------------------------------------------===//
// Allocation
//===----------------------------------------------------------------------===//

/// While a stream captures, the memory is there from the start, for each launch
/// of the graph.
static hipError_t allocateFrom(void **pointer, size_t bytes, const char *call,
                               hipStream_t handle, hipMemPool_t wanted) {
  hipStream_t stream = resolve(handle);
  if (!stream) {
    return hipErrorInvalidHandle;
  }
  AllocationInfo info;
  {
    std::lock_guard<std::mutex> lock(Runtime::get().mutex);
    if (wanted) {
      info.pool = find(wanted);
    } else {
      (void)defaultPool(stream->device);
      info.pool = stream->device->pool;
    }
    info.captured = stream->capture != nullptr;
  }
  if (!info.pool || info.pool->imported) {
    return hipErrorInvalidValue;
  }
  return allocateOn(info.pool->device, pointer, bytes, call, info);
}

hipError_t hipMallocAsync(void **pointer, size_t bytes, hipStream_t stream) {
  return finish(
      allocateFrom(pointer, bytes, "hipMallocAsync", stream, nullptr));
}

hipError_t hipMallocFromPoolAsync(void **pointer, size_t bytes,
                                  hipMemPool_t pool, hipStream_t stream) {
  if (!pool) {
    return finish(hipErrorInvalidValue);
  }
  return finish(
      allocateFrom(pointer, bytes, "hipMallocFromPoolAsync", stream, pool));
}

hipError_t hipFreeAsync(void *pointer, hipStream_t handle) {
  hipStream_t stream = resolve(handle);
  if (!stream) {
    return finish(hipErrorInvalidHandle);
  }
  Command command;
  {
    std::lock_guard<std::mutex> lock(Runtime::get().mutex);
    uint64_t base;
    AllocationInfo *info = Runtime::get().find(pointer, &base);
    if (!info || base != reinterpret_cast<uint64_t>(pointer) ||
        info->type != hipMemoryTypeDevice || info->freeing || info->isMapping) {
      return finish(hipErrorInvalidValue);
    }
    if (!stream->capture) {
      info->freeing = true;
      command.run = [=] { return releaseAllocation(pointer); };
    } else if (!info->captured) {
      return finish(hipErrorInvalidValue); // each launch would free it
    }
  }
  hipError_t error = submit(stream, std::move(command));
  if (error != hipSuccess) {
    std::lock_guard<std::mutex> lock(Runtime::get().mutex);
    if (AllocationInfo *info = Runtime::get().find(pointer)) {
      info->freeing = false;
    }
  }
  return finish(error);
}

//===----------------------------------------------------------------------===//
// Pools
//===----------------------------------------------------------------------===//

hipError_t hipMemPoolCreate(hipMemPool_t *result,
                            const hipMemPoolProps *properties) {
  if (!result || !properties ||
      properties->allocType != hipMemAllocationTypePinned ||
      properties->location.type != hipMemLocationTypeDevice) {
    return finish(hipErrorInvalidValue);
  }
  DeviceState *device = deviceAt(properties->location.id);
  if (!device) {
    return finish(hipErrorInvalidValue);
  }
  if (properties->handleTypes != hipMemHandleTypeNone &&
      properties->handleTypes != hipMemHandleTypePosixFileDescriptor) {
    return finish(hipErrorNotSupported);
  }
  Pool pool = makePool(device);
  pool->shareable = properties->handleTypes != hipMemHandleTypeNone;
  std::lock_guard<std::mutex> lock(Runtime::get().mutex);
  Runtime::get().pools[pool.get()] = pool;
  *result = pool.get();
  return finish(hipSuccess);
}

/// What was allocated from the pool lives on.
hipError_t hipMemPoolDestroy(hipMemPool_t handle) {
  std::lock_guard<std::mutex> lock(Runtime::get().mutex);
  Pool pool = find(handle);
  if (!pool || pool == pool->device->defaultPool) {
    return finish(hipErrorInvalidValue);
  }
  if (pool->device->pool == pool) {
    pool->device->pool = defaultPool(pool->device);
  }
  Runtime::get().pools.erase(handle);
  return finish(hipSuccess);
}

hipError_t hipDeviceGetDefaultMemPool(hipMemPool_t *pool, int ordinal) {
  DeviceState *device = deviceAt(ordinal);
  if (!pool) {
    return finish(hipErrorInvalidValue);
  }
  if (!device) {
    return finish(hipErrorInvalidDevice);
  }
  std::lock_guard<std::mutex> lock(Runtime::get().mutex);
  *pool = defaultPool(device).get();
  return finish(hipSuccess);
}

hipError_t hipDeviceGetMemPool(hipMemPool_t *pool, int ordinal) {
  DeviceState *device = deviceAt(ordinal);
  if (!pool) {
    return finish(hipErrorInvalidValue);
  }
  if (!device) {
    return finish(hipErrorInvalidDevice);
  }
  std::lock_guard<std::mutex> lock(Runtime::get().mutex);
  (void)defaultPool(device);
  *pool = device->pool.get();
  return finish(hipSuccess);
}

hipError_t hipDeviceSetMemPool(int ordinal, hipMemPool_t handle) {
  DeviceState *device = deviceAt(ordinal);
  if (!device) {
    return finish(hipErrorInvalidDevice);
  }
  std::lock_guard<std::mutex> lock(Runtime::get().mutex);
  Pool pool = find(handle);
  if (!pool || pool->imported || pool->device != device) {
    return finish(hipErrorInvalidValue);
  }
  (void)defaultPool(device);
  device->pool = pool;
  return finish(hipSuccess);
}

hipError_t hipMemPoolTrimTo(hipMemPool_t pool, size_t) {
  std::lock_guard<std::mutex> lock(Runtime::get().mutex);
  return finish(find(pool) ? hipSuccess : hipErrorInvalidValue);
}

//===----------------------------------------------------------------------===//
// Attributes and access
//===----------------------------------------------------------------------===//

hipError_t hipMemPoolSetAttribute(hipMemPool_t handle, hipMemPoolAttr attribute,
                                  void *value) {
  std::lock_guard<std::mutex> lock(Runtime::get().mutex);
  Pool pool = find(handle);
  if (!pool || !value) {
    return finish(hipErrorInvalidValue);
  }
  auto *bytes = static_cast<uint64_t *>(value);
  switch (attribute) {
  case hipMemPoolReuseFollowEventDependencies:
  case hipMemPoolReuseAllowOpportunistic:
  case hipMemPoolReuseAllowInternalDependencies:
    pool->reuse[attribute] = *static_cast<int *>(value);
    return finish(hipSuccess);
  case hipMemPoolAttrReleaseThreshold:
    pool->threshold = *bytes;
    return finish(hipSuccess);
  case hipMemPoolAttrReservedMemHigh:
  case hipMemPoolAttrUsedMemHigh:
    if (*bytes != 0) {
      return finish(hipErrorInvalidValue); // it can only be reset
    }
    (attribute == hipMemPoolAttrUsedMemHigh ? pool->usedHigh
                                            : pool->reservedHigh) = pool->used;
    return finish(hipSuccess);
  default:
    return finish(hipErrorInvalidValue);
  }
}

hipError_t hipMemPoolGetAttribute(hipMemPool_t handle, hipMemPoolAttr attribute,
                                  void *value) {
  std::lock_guard<std::mutex> lock(Runtime::get().mutex);
  Pool pool = find(handle);
  if (!pool || !value) {
    return finish(hipErrorInvalidValue);
  }
  auto &bytes = *static_cast<uint64_t *>(value);
  switch (attribute) {
  case hipMemPoolReuseFollowEventDependencies:
  case hipMemPoolReuseAllowOpportunistic:
  case hipMemPoolReuseAllowInternalDependencies: {
    auto it = pool->reuse.find(attribute);
    *static_cast<int *>(value) = it == pool->reuse.end() ? 1 : it->second;
    return finish(hipSuccess);
  }
  case hipMemPoolAttrReleaseThreshold:
    bytes = pool->threshold;
    return finish(hipSuccess);
  case hipMemPoolAttrReservedMemCurrent:
  case hipMemPoolAttrUsedMemCurrent:
    bytes = pool->used;
    return finish(hipSuccess);
  case hipMemPoolAttrReservedMemHigh:
    bytes = pool->reservedHigh;
    return finish(hipSuccess);
  case hipMemPoolAttrUsedMemHigh:
    bytes = pool->usedHigh;
    return finish(hipSuccess);
  }
  return finish(hipErrorInvalidValue);
}

/// Remembered only: all devices share one memory.
hipError_t hipMemPoolSetAccess(hipMemPool_t handle,
                               const hipMemAccessDesc *descriptors,
                               size_t count) {
  std::lock_guard<std::mutex> lock(Runtime::get().mutex);
  Pool pool = find(handle);
  if (!pool || (count != 0 && !descriptors)) {
    return finish(hipErrorInvalidValue);
  }
  for (size_t n = 0; n < count; ++n) {
    const hipMemAccessDesc &d = descriptors[n];
    bool own = d.location.id == pool->device->ordinal;
    if (d.location.type != hipMemLocationTypeDevice ||
        !deviceAt(d.location.id) ||
        (own && d.flags != hipMemAccessFlagsProtReadWrite)) {
      return finish(hipErrorInvalidValue);
    }
  }
  for (size_t n = 0; n < count; ++n) {
    pool->access[descriptors[n].location.id] = descriptors[n].flags;
  }
  return finish(hipSuccess);
}

hipError_t hipMemPoolGetAccess(hipMemAccessFlags *flags, hipMemPool_t handle,
                               hipMemLocation *location) {
  std::lock_guard<std::mutex> lock(Runtime::get().mutex);
  Pool pool = find(handle);
  if (!flags || !pool || !location ||
      location->type != hipMemLocationTypeDevice || !deviceAt(location->id)) {
    return finish(hipErrorInvalidValue);
  }
  auto it = pool->access.find(location->id);
  *flags = it == pool->access.end() ? hipMemAccessFlagsProtNone : it->second;
  return finish(hipSuccess);
}

//===----------------------------------------------------------------------===//
// Sharing with other processes
//===----------------------------------------------------------------------===//

/// The file stands for the pool; what is allocated from it is shared through
/// handles like those of hipIpcGetMemHandle.
hipError_t hipMemPoolExportToShareableHandle(void *result, hipMemPool_t handle,
                                             hipMemAllocationHandleType type,
                                             unsigned flags) {
  std::lock_guard<std::mutex> lock(Runtime::get().mutex);
  Pool pool = find(handle);
  if (!result || !pool || flags != 0 || !pool->shareable || pool->imported ||
      type != hipMemHandleTypePosixFileDescriptor) {
    return finish(hipErrorInvalidValue);
  }
  int file = memfd_create("pool", MFD_CLOEXEC);
  if (file < 0) {
    return finish(hipErrorOperatingSystem);
  }
  *static_cast<int *>(result) = file;
  return finish(hipSuccess);
}

hipError_t hipMemPoolImportFromShareableHandle(hipMemPool_t *result, void *from,
                                               hipMemAllocationHandleType type,
                                               unsigned flags) {
  DeviceState *device = currentDevice();
  int file = int(reinterpret_cast<intptr_t>(from));
  if (!result || !device || flags != 0 ||
      type != hipMemHandleTypePosixFileDescriptor || fcntl(file, F_GETFD) < 0) {
    return finish(hipErrorInvalidValue);
  }
  Pool pool = makePool(device);
  pool->imported = true;
  std::lock_guard<std::mutex> lock(Runtime::get().mutex);
  Runtime::get().pools[pool.get()] = pool;
  *result = pool.get();
  return finish(hipSuccess);
}

hipError_t hipMemPoolExportPointer(hipMemPoolPtrExportData *data,
                                   void *pointer) {
  if (!data) {
    return finish(hipErrorInvalidValue);
  }
  {
    std::lock_guard<std::mutex> lock(Runtime::get().mutex);
    AllocationInfo *info = Runtime::get().find(pointer);
    if (!info || !info->pool || !info->pool->shareable) {
      return finish(hipErrorInvalidValue);
    }
  }
  static_assert(sizeof(IpcHandle) <= sizeof(hipMemPoolPtrExportData));
  *data = {};
  return finish(exportMemory(pointer, *reinterpret_cast<IpcHandle *>(data)));
}

hipError_t hipMemPoolImportPointer(void **pointer, hipMemPool_t handle,
                                   hipMemPoolPtrExportData *data) {
  if (!pointer || !data) {
    return finish(hipErrorInvalidValue);
  }
  AllocationInfo info;
  {
    std::lock_guard<std::mutex> lock(Runtime::get().mutex);
    info.pool = find(handle);
  }
  if (!info.pool || !info.pool->imported) {
    return finish(hipErrorInvalidValue);
  }
  IpcHandle from;
  memcpy(&from, data, sizeof from);
  info.device = info.pool->device->ordinal;
  return finish(importMemory(from, "hipMemPoolImportPointer", info, *pointer));
}
