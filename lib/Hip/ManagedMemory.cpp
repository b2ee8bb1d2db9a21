//===- ManagedMemory.cpp - hints about where memory should be -------------===//
//
// All memory is in one place, so hints change nothing but what is answered
// about them. They hold for whole allocations.
//
//===----------------------------------------------------------------------===//

#include "Hip/Runtime.h"
#include <algorithm>

using namespace moesaic::hip;

/// The allocation that holds the range, or null. The caller holds the lock.
static AllocationInfo *find(const void *pointer, size_t bytes) {
  uint64_t base;
  AllocationInfo *info = Runtime::get().find(pointer, &base);
  uint64_t offset = reinterpret_cast<uint64_t>(pointer) - base;
  return info && bytes != 0 && bytes <= info->bytes - offset ? info : nullptr;
}

static bool isPlace(int device) {
  return device == hipCpuDeviceId || deviceAt(device);
}

hipError_t hipMemPrefetchAsync(const void *pointer, size_t bytes, int device,
                               hipStream_t handle) {
  hipStream_t stream = resolve(handle);
  if (!isPlace(device)) {
    return finish(hipErrorInvalidDevice);
  }
  if (!stream) {
    return finish(hipErrorInvalidHandle);
  }
  std::lock_guard<std::mutex> lock(Runtime::get().mutex);
  AllocationInfo *info = find(pointer, bytes);
  if (!info) {
    return finish(hipErrorInvalidValue);
  }
  info->prefetched = device;
  return finish(hipSuccess);
}

hipError_t hipMemAdvise(const void *pointer, size_t bytes,
                        hipMemoryAdvise advice, int device) {
  bool concerns = advice >= hipMemAdviseSetPreferredLocation &&
                  advice <= hipMemAdviseUnsetAccessedBy &&
                  advice != hipMemAdviseUnsetPreferredLocation;
  if (concerns && !isPlace(device)) {
    return finish(hipErrorInvalidDevice);
  }
  std::lock_guard<std::mutex> lock(Runtime::get().mutex);
  AllocationInfo *info = find(pointer, bytes);
  if (!info) {
    return finish(hipErrorInvalidValue);
  }
  switch (advice) {
  case hipMemAdviseSetReadMostly:
  case hipMemAdviseUnsetReadMostly:
    info->readMostly = advice == hipMemAdviseSetReadMostly;
    break;
  case hipMemAdviseSetPreferredLocation:
    info->preferred = device;
    break;
  case hipMemAdviseUnsetPreferredLocation:
    info->preferred = hipInvalidDeviceId;
    break;
  case hipMemAdviseSetAccessedBy:
    info->accessedBy.insert(device);
    break;
  case hipMemAdviseUnsetAccessedBy:
    info->accessedBy.erase(device);
    break;
  case hipMemAdviseSetCoarseGrain:
  case hipMemAdviseUnsetCoarseGrain:
    info->coarseGrained = advice == hipMemAdviseSetCoarseGrain;
    break;
  default:
    return finish(hipErrorInvalidValue);
  }
  return finish(hipSuccess);
}

static hipError_t answer(const AllocationInfo &info, int *data, size_t bytes,
                         hipMemRangeAttribute attribute) {
  if (!data || bytes < sizeof(int) || bytes % sizeof(int) != 0) {
    return hipErrorInvalidValue;
  }
  bool isList = attribute == hipMemRangeAttributeAccessedBy;
  if (!isList && bytes != sizeof(int)) {
    return hipErrorInvalidValue;
  }
  switch (attribute) {
  case hipMemRangeAttributeReadMostly:
    *data = info.readMostly;
    return hipSuccess;
  case hipMemRangeAttributePreferredLocation:
    *data = info.preferred;
    return hipSuccess;
  case hipMemRangeAttributeAccessedBy: {
    size_t count = bytes / sizeof(int), n = 0;
    for (int device : info.accessedBy) {
      if (n < count) {
        data[n++] = device;
      }
    }
    std::fill(data + n, data + count, int(hipInvalidDeviceId));
    return hipSuccess;
  }
  case hipMemRangeAttributeLastPrefetchLocation:
    *data = info.prefetched;
    return hipSuccess;
  case hipMemRangeAttributeCoherencyMode:
    *data = info.coarseGrained ? hipMemRangeCoherencyModeCoarseGrain
                               : hipMemRangeCoherencyModeFineGrain;
    return hipSuccess;
  }
  return hipErrorInvalidValue;
}

hipError_t hipMemRangeGetAttribute(void *data, size_t bytes,
                                   hipMemRangeAttribute attribute,
                                   const void *pointer, size_t count) {
  std::lock_guard<std::mutex> lock(Runtime::get().mutex);
  AllocationInfo *info = find(pointer, count);
  return finish(info ? answer(*info, static_cast<int *>(data), bytes, attribute)
                     : hipErrorInvalidValue);
}

hipError_t hipMemRangeGetAttributes(void **data, size_t *bytes,
                                    hipMemRangeAttribute *attributes,
                                    size_t number, const void *pointer,
                                    size_t count) {
  std::lock_guard<std::mutex> lock(Runtime::get().mutex);
  AllocationInfo *info = find(pointer, count);
  if (!info || !data || !bytes || !attributes || number == 0) {
    return finish(hipErrorInvalidValue);
  }
  for (size_t n = 0; n < number; ++n) {
    if (hipError_t error = answer(*info, static_cast<int *>(data[n]), bytes[n],
                                  attributes[n])) {
      return finish(error);
    }
  }
  return finish(hipSuccess);
}

hipError_t hipStreamAttachMemAsync(hipStream_t handle, void *pointer, size_t,
                                   unsigned) {
  if (!resolve(handle)) {
    return finish(hipErrorInvalidHandle);
  }
  std::lock_guard<std::mutex> lock(Runtime::get().mutex);
  return finish(Runtime::get().find(pointer) ? hipSuccess
                                             : hipErrorInvalidValue);
}
