//===- NewerFunctions.cpp - what HIP has gained since 5.3 -----------------===//
//
// The packaged headers are older, so that declarations are here.
//
//===----------------------------------------------------------------------===//

#include "Hip/Abi.h"
#include "Hip/DevicePropR0600.h"
#include "Hip/Runtime.h"
#include <algorithm>
#include <dlfcn.h>

using namespace moesaic::hip;

#define HIP_EXPORT extern "C" __attribute__((visibility("default"))) hipError_t

//===----------------------------------------------------------------------===//
// The thread's own stream for null (5.3)
//===----------------------------------------------------------------------===//

HIP_EXPORT hipGraphLaunch_spt(hipGraphExec_t exec, hipStream_t stream);
hipError_t hipGraphLaunch_spt(hipGraphExec_t exec, hipStream_t stream) {
  return hipGraphLaunch(exec, perThread(stream));
}

HIP_EXPORT hipStreamBeginCapture_spt(hipStream_t stream,
                                     hipStreamCaptureMode mode);
hipError_t hipStreamBeginCapture_spt(hipStream_t stream,
                                     hipStreamCaptureMode mode) {
  return hipStreamBeginCapture(perThread(stream), mode);
}

HIP_EXPORT hipStreamEndCapture_spt(hipStream_t stream, hipGraph_t *graph);
hipError_t hipStreamEndCapture_spt(hipStream_t stream, hipGraph_t *graph) {
  return hipStreamEndCapture(perThread(stream), graph);
}

HIP_EXPORT hipStreamIsCapturing_spt(hipStream_t stream,
                                    hipStreamCaptureStatus *status);
hipError_t hipStreamIsCapturing_spt(hipStream_t stream,
                                    hipStreamCaptureStatus *status) {
  return hipStreamIsCapturing(perThread(stream), status);
}

HIP_EXPORT hipStreamGetCaptureInfo_spt(hipStream_t stream,
                                       hipStreamCaptureStatus *status,
                                       unsigned long long *id);
hipError_t hipStreamGetCaptureInfo_spt(hipStream_t stream,
                                       hipStreamCaptureStatus *status,
                                       unsigned long long *id) {
  return hipStreamGetCaptureInfo(perThread(stream), status, id);
}

HIP_EXPORT hipStreamGetCaptureInfo_v2_spt(
    hipStream_t stream, hipStreamCaptureStatus *status, unsigned long long *id,
    hipGraph_t *graph, const hipGraphNode_t **nodes, size_t *count);
hipError_t hipStreamGetCaptureInfo_v2_spt(
    hipStream_t stream, hipStreamCaptureStatus *status, unsigned long long *id,
    hipGraph_t *graph, const hipGraphNode_t **nodes, size_t *count) {
  return hipStreamGetCaptureInfo_v2(perThread(stream), status, id, graph, nodes,
                                    count);
}

HIP_EXPORT hipStreamAddCallback_spt(hipStream_t stream,
                                    hipStreamCallback_t callback, void *data,
                                    unsigned flags);
hipError_t hipStreamAddCallback_spt(hipStream_t stream,
                                    hipStreamCallback_t callback, void *data,
                                    unsigned flags) {
  return hipStreamAddCallback(perThread(stream), callback, data, flags);
}

HIP_EXPORT hipLaunchHostFunc_spt(hipStream_t stream, hipHostFn_t function,
                                 void *data);
hipError_t hipLaunchHostFunc_spt(hipStream_t stream, hipHostFn_t function,
                                 void *data) {
  return hipLaunchHostFunc(perThread(stream), function, data);
}

HIP_EXPORT hipMemsetAsync_spt(void *to, int value, size_t bytes,
                              hipStream_t stream);
hipError_t hipMemsetAsync_spt(void *to, int value, size_t bytes,
                              hipStream_t stream) {
  return hipMemsetAsync(to, value, bytes, perThread(stream));
}

HIP_EXPORT hipMemset2DAsync_spt(void *to, size_t pitch, int value, size_t width,
                                size_t height, hipStream_t stream);
hipError_t hipMemset2DAsync_spt(void *to, size_t pitch, int value, size_t width,
                                size_t height, hipStream_t stream) {
  return hipMemset2DAsync(to, pitch, value, width, height, perThread(stream));
}

HIP_EXPORT hipMemset3DAsync_spt(hipPitchedPtr to, int value, hipExtent extent,
                                hipStream_t stream);
hipError_t hipMemset3DAsync_spt(hipPitchedPtr to, int value, hipExtent extent,
                                hipStream_t stream) {
  return hipMemset3DAsync(to, value, extent, perThread(stream));
}

HIP_EXPORT hipMemcpy2DAsync_spt(void *to, size_t toPitch, const void *from,
                                size_t fromPitch, size_t width, size_t height,
                                hipMemcpyKind kind, hipStream_t stream);
hipError_t hipMemcpy2DAsync_spt(void *to, size_t toPitch, const void *from,
                                size_t fromPitch, size_t width, size_t height,
                                hipMemcpyKind kind, hipStream_t stream) {
  return hipMemcpy2DAsync(to, toPitch, from, fromPitch, width, height, kind,
                          perThread(stream));
}

HIP_EXPORT hipMemcpy3DAsync_spt(const hipMemcpy3DParms *parameters,
                                hipStream_t stream);
hipError_t hipMemcpy3DAsync_spt(const hipMemcpy3DParms *parameters,
                                hipStream_t stream) {
  return hipMemcpy3DAsync(parameters, perThread(stream));
}

HIP_EXPORT hipMemcpyToSymbolAsync_spt(const void *symbol, const void *from,
                                      size_t bytes, size_t offset,
                                      hipMemcpyKind kind, hipStream_t stream);
hipError_t hipMemcpyToSymbolAsync_spt(const void *symbol, const void *from,
                                      size_t bytes, size_t offset,
                                      hipMemcpyKind kind, hipStream_t stream) {
  return hipMemcpyToSymbolAsync(symbol, from, bytes, offset, kind,
                                perThread(stream));
}

HIP_EXPORT hipMemcpyFromSymbolAsync_spt(void *to, const void *symbol,
                                        size_t bytes, size_t offset,
                                        hipMemcpyKind kind, hipStream_t stream);
hipError_t hipMemcpyFromSymbolAsync_spt(void *to, const void *symbol,
                                        size_t bytes, size_t offset,
                                        hipMemcpyKind kind,
                                        hipStream_t stream) {
  return hipMemcpyFromSymbolAsync(to, symbol, bytes, offset, kind,
                                  perThread(stream));
}

//===----------------------------------------------------------------------===//
// Devices, streams and events
//===----------------------------------------------------------------------===//

/// Limits that grow as kernels ask need no setting.
HIP_EXPORT hipDeviceSetLimit(unsigned limit, size_t value);
hipError_t hipDeviceSetLimit(unsigned limit, size_t) {
  constexpr unsigned stackSize = 0;
  return finish(limit == stackSize || limit == hipLimitPrintfFifoSize ||
                        limit == hipLimitMallocHeapSize
                    ? hipSuccess
                    : hipErrorUnsupportedLimit);
}

HIP_EXPORT hipChooseDeviceR0600(int *ordinal,
                                const DevicePropR0600 *properties);
hipError_t hipChooseDeviceR0600(int *ordinal,
                                const DevicePropR0600 *properties) {
  if (!ordinal || !properties) {
    return finish(hipErrorInvalidValue);
  }
  *ordinal = 0; // any simulated device is as good as another
  return finish(currentDevice() ? hipSuccess : hipErrorNoDevice);
}

/// The order in which devices serve threads that chose none; they are alike.
HIP_EXPORT hipSetValidDevices(int *ordinals, int count);
hipError_t hipSetValidDevices(int *ordinals, int count) {
  if (count < 0 || (count != 0 && !ordinals)) {
    return finish(hipErrorInvalidValue);
  }
  bool known = std::all_of(ordinals, ordinals + count,
                           [](int ordinal) { return deviceAt(ordinal); });
  return finish(known ? hipSuccess : hipErrorInvalidDevice);
}

HIP_EXPORT hipStreamGetDevice(hipStream_t handle, hipDevice_t *device);
hipError_t hipStreamGetDevice(hipStream_t handle, hipDevice_t *device) {
  hipStream_t stream = resolve(handle);
  if (!stream || !device) {
    return finish(stream ? hipErrorInvalidValue : hipErrorInvalidHandle);
  }
  *device = stream->device->ordinal;
  return finish(hipSuccess);
}

HIP_EXPORT hipEventRecordWithFlags(hipEvent_t event, hipStream_t stream,
                                   unsigned flags);
hipError_t hipEventRecordWithFlags(hipEvent_t event, hipStream_t stream,
                                   unsigned flags) {
  return flags > 1 ? finish(hipErrorInvalidValue)
                   : hipEventRecord(event, stream);
}

//===----------------------------------------------------------------------===//
// Errors and functions by name
//===----------------------------------------------------------------------===//

HIP_EXPORT hipDrvGetErrorName(hipError_t error, const char **text);
hipError_t hipDrvGetErrorName(hipError_t error, const char **text) {
  if (!text) {
    return finish(hipErrorInvalidValue);
  }
  *text = hipGetErrorName(error);
  return finish(hipSuccess);
}

HIP_EXPORT hipDrvGetErrorString(hipError_t error, const char **text);
hipError_t hipDrvGetErrorString(hipError_t error, const char **text) {
  if (!text) {
    return finish(hipErrorInvalidValue);
  }
  *text = hipGetErrorString(error);
  return finish(hipSuccess);
}

HIP_EXPORT hipExtGetLastError();
hipError_t hipExtGetLastError() { return hipGetLastError(); }

HIP_EXPORT hipGetFuncBySymbol(hipFunction_t *function, const void *symbol);
hipError_t hipGetFuncBySymbol(hipFunction_t *function, const void *symbol) {
  if (!function) {
    return finish(hipErrorInvalidValue);
  }
  return finish(functionOf(symbol, *function));
}

/// `status` is 0 where the function was found, 1 where it was not.
HIP_EXPORT hipGetProcAddress(const char *name, void **function, int version,
                             uint64_t flags, int *status);
hipError_t hipGetProcAddress(const char *name, void **function, int, uint64_t,
                             int *status) {
  if (!name || !function) {
    return finish(hipErrorInvalidValue);
  }
  static void *const self = [] {
    Dl_info info;
    return dladdr(reinterpret_cast<void *>(&hipGetProcAddress), &info)
               ? dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD)
               : nullptr;
  }();
  *function = self ? dlsym(self, name) : nullptr;
  if (status) {
    *status = *function ? 0 : 1;
  }
  return finish(*function ? hipSuccess : hipErrorInvalidValue);
}

//===----------------------------------------------------------------------===//
// Launches and graphs
//===----------------------------------------------------------------------===//

HIP_EXPORT hipModuleLaunchCooperativeKernel(
    hipFunction_t function, unsigned gridX, unsigned gridY, unsigned gridZ,
    unsigned blockX, unsigned blockY, unsigned blockZ, unsigned dynamicLds,
    hipStream_t stream, void **parameters);
hipError_t hipModuleLaunchCooperativeKernel(
    hipFunction_t function, unsigned gridX, unsigned gridY, unsigned gridZ,
    unsigned blockX, unsigned blockY, unsigned blockZ, unsigned dynamicLds,
    hipStream_t stream, void **parameters) {
  return finish(launchCooperative(function, dim3(gridX, gridY, gridZ),
                                  dim3(blockX, blockY, blockZ), parameters,
                                  dynamicLds, stream));
}

/// Executable graphs are always where they run.
HIP_EXPORT hipGraphUpload(hipGraphExec_t exec, hipStream_t stream);
hipError_t hipGraphUpload(hipGraphExec_t exec, hipStream_t stream) {
  if (!exec) {
    return finish(hipErrorInvalidValue);
  }
  return finish(resolve(stream) ? hipSuccess : hipErrorInvalidHandle);
}
