//===- Contexts.cpp - the driver's view: one context per device -----------===//

#include "Hip/Runtime.h"

using namespace moesaic::hip;

static hipCtx_t contextOf(DeviceState *device) {
  return reinterpret_cast<hipCtx_t>(device);
}

static DeviceState *deviceOf(hipCtx_t context) {
  for (const auto &device : Runtime::get().devices) {
    if (contextOf(device.get()) == context) {
      return device.get();
    }
  }
  return nullptr;
}

/// Ordinals to return to when contexts are popped.
static thread_local std::vector<int> pushed;

hipError_t hipCtxCreate(hipCtx_t *context, unsigned flags,
                        hipDevice_t ordinal) {
  DeviceState *device = deviceAt(ordinal);
  if (!context) {
    return finish(hipErrorInvalidValue);
  }
  if (!device) {
    return finish(hipErrorInvalidDevice);
  }
  *context = contextOf(device);
  return hipCtxPushCurrent(*context);
}

hipError_t hipCtxDestroy(hipCtx_t context) {
  return finish(deviceOf(context) ? hipSuccess : hipErrorInvalidValue);
}

hipError_t hipCtxPushCurrent(hipCtx_t context) {
  DeviceState *device = deviceOf(context), *current = currentDevice();
  if (!device || !current) {
    return finish(hipErrorInvalidContext);
  }
  pushed.push_back(current->ordinal);
  setCurrentDevice(device->ordinal);
  return finish(hipSuccess);
}

hipError_t hipCtxPopCurrent(hipCtx_t *context) {
  if (pushed.empty()) {
    return finish(hipErrorInvalidContext);
  }
  if (context) {
    *context = contextOf(currentDevice());
  }
  setCurrentDevice(pushed.back());
  pushed.pop_back();
  return finish(hipSuccess);
}

hipError_t hipCtxSetCurrent(hipCtx_t context) {
  if (!context) {
    setCurrentDevice(0);
    return finish(hipSuccess);
  }
  DeviceState *device = deviceOf(context);
  if (!device) {
    return finish(hipErrorInvalidContext);
  }
  setCurrentDevice(device->ordinal);
  return finish(hipSuccess);
}

hipError_t hipCtxGetCurrent(hipCtx_t *context) {
  if (!context) {
    return finish(hipErrorInvalidValue);
  }
  *context = contextOf(currentDevice());
  return finish(hipSuccess);
}

hipError_t hipCtxGetDevice(hipDevice_t *device) { return hipGetDevice(device); }

hipError_t hipCtxSynchronize() { return hipDeviceSynchronize(); }

hipError_t hipCtxGetApiVersion(hipCtx_t context, int *version) {
  if (!version) {
    return finish(hipErrorInvalidValue);
  }
  *version = 4; // what HIP has always said
  return finish(hipSuccess);
}

hipError_t hipCtxGetFlags(unsigned *flags) { return hipGetDeviceFlags(flags); }

hipError_t hipCtxGetCacheConfig(hipFuncCache_t *config) {
  return hipDeviceGetCacheConfig(config);
}

hipError_t hipCtxSetCacheConfig(hipFuncCache_t config) {
  return hipDeviceSetCacheConfig(config);
}

hipError_t hipCtxGetSharedMemConfig(hipSharedMemConfig *config) {
  return hipDeviceGetSharedMemConfig(config);
}

hipError_t hipCtxSetSharedMemConfig(hipSharedMemConfig config) {
  return hipDeviceSetSharedMemConfig(config);
}

hipError_t hipCtxEnablePeerAccess(hipCtx_t peer, unsigned flags) {
  DeviceState *device = deviceOf(peer);
  return device ? hipDeviceEnablePeerAccess(device->ordinal, flags)
                : finish(hipErrorInvalidContext);
}

hipError_t hipCtxDisablePeerAccess(hipCtx_t peer) {
  DeviceState *device = deviceOf(peer);
  return device ? hipDeviceDisablePeerAccess(device->ordinal)
                : finish(hipErrorInvalidContext);
}

//===----------------------------------------------------------------------===//
// Primary contexts
//===----------------------------------------------------------------------===//

hipError_t hipDevicePrimaryCtxGetState(hipDevice_t ordinal, unsigned *flags,
                                       int *active) {
  DeviceState *device = deviceAt(ordinal);
  if (!device) {
    return finish(hipErrorInvalidDevice);
  }
  if (!flags || !active) {
    return finish(hipErrorInvalidValue);
  }
  std::lock_guard<std::mutex> lock(Runtime::get().mutex);
  *flags = device->flags;
  *active = device->contextActive;
  return finish(hipSuccess);
}

hipError_t hipDevicePrimaryCtxRetain(hipCtx_t *context, hipDevice_t ordinal) {
  DeviceState *device = deviceAt(ordinal);
  if (!device) {
    return finish(hipErrorInvalidDevice);
  }
  if (!context) {
    return finish(hipErrorInvalidValue);
  }
  *context = contextOf(device);
  return finish(hipSuccess);
}

hipError_t hipDevicePrimaryCtxRelease(hipDevice_t ordinal) {
  return finish(deviceAt(ordinal) ? hipSuccess : hipErrorInvalidDevice);
}

hipError_t hipDevicePrimaryCtxReset(hipDevice_t ordinal) {
  return finish(deviceAt(ordinal) ? hipSuccess : hipErrorInvalidDevice);
}

hipError_t hipDevicePrimaryCtxSetFlags(hipDevice_t ordinal, unsigned) {
  return finish(deviceAt(ordinal) ? hipErrorContextAlreadyInUse
                                  : hipErrorInvalidDevice);
}

// No profiler listens.

hipError_t hipProfilerStart() { return finish(hipSuccess); }
hipError_t hipProfilerStop() { return finish(hipSuccess); }
