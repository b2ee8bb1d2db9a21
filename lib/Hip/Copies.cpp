//===- Copies.cpp - copying and filling memory ----------------------------===//
//
// Every copy is a 3-D copy of rows; every fill is a 2-D fill of elements.
// Ranges are checked when the work is submitted.
//
//===----------------------------------------------------------------------===//

#include "Hip/Abi.h"
#include "Hip/Runtime.h"
#include <cstring>

using namespace moesaic;
using namespace moesaic::hip;

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

/// Whether simulated devices know the address; if so, whether the range lies
/// inside one allocation, or in mappings side by side.
static bool isKnown(uint64_t begin, uint64_t bytes, bool &fits) {
  const sim::Memory &memory = *Runtime::get().memory;
  const sim::Memory::Allocation *first = memory.find(begin);
  const sim::Memory::Allocation *a = first;
  uint64_t at = begin;
  while (a && bytes > a->end - at) {
    bytes -= a->end - at;
    at = a->end;
    a = memory.find(at);
  }
  fits = !first || a;
  return first != nullptr;
}

static bool isPageable(const void *pointer) {
  return !Runtime::get().memory->find(reinterpret_cast<uint64_t>(pointer));
}

namespace {
/// One side of a copy: the first byte, and the distance of rows and slices.
struct Side {
  uint8_t *first = nullptr;
  size_t row = 0, slice = 0;

  uint64_t span(const hipExtent &extent) const {
    return (extent.depth - 1) * slice + (extent.height - 1) * row +
           extent.width;
  }
};
} // namespace

static Side sideOf(const hipPitchedPtr &pointer, const hipPos &position) {
  Side side;
  side.row = pointer.pitch;
  side.slice = pointer.pitch * pointer.ysize;
  side.first = static_cast<uint8_t *>(pointer.ptr) + position.x +
               position.y * side.row + position.z * side.slice;
  return side;
}

static hipError_t checkSide(const Side &side, const hipPitchedPtr &pointer,
                            const hipExtent &extent, bool mustBeDevice) {
  if (!pointer.ptr) {
    return hipErrorInvalidValue;
  }
  if ((extent.height > 1 || extent.depth > 1) && side.row < extent.width) {
    return hipErrorInvalidPitchValue;
  }
  bool fits;
  bool known =
      isKnown(reinterpret_cast<uint64_t>(side.first), side.span(extent), fits);
  return !fits || (mustBeDevice && !known) ? hipErrorInvalidValue : hipSuccess;
}

hipError_t moesaic::hip::makeCopy(const hipMemcpy3DParms &parameters,
                                  Command &command) {
  if (parameters.srcArray || parameters.dstArray) {
    return hipErrorNotSupported;
  }
  if (parameters.kind < hipMemcpyHostToHost ||
      parameters.kind > hipMemcpyDefault) {
    return hipErrorInvalidMemcpyDirection;
  }
  const hipExtent extent = parameters.extent;
  command.type = hipGraphNodeTypeMemcpy;
  command.copy = parameters;
  command.run = nullptr;
  if (extent.width == 0 || extent.height == 0 || extent.depth == 0) {
    return hipSuccess;
  }
  Side from = sideOf(parameters.srcPtr, parameters.srcPos);
  Side to = sideOf(parameters.dstPtr, parameters.dstPos);
  hipMemcpyKind kind = parameters.kind;
  if (hipError_t error = checkSide(from, parameters.srcPtr, extent,
                                   kind == hipMemcpyDeviceToHost ||
                                       kind == hipMemcpyDeviceToDevice)) {
    return error;
  }
  if (hipError_t error = checkSide(to, parameters.dstPtr, extent,
                                   kind == hipMemcpyHostToDevice ||
                                       kind == hipMemcpyDeviceToDevice)) {
    return error;
  }
  command.run = [=] {
    for (size_t z = 0; z < extent.depth; ++z) {
      for (size_t y = 0; y < extent.height; ++y) {
        memmove(to.first + z * to.slice + y * to.row,
                from.first + z * from.slice + y * from.row, extent.width);
      }
    }
    return hipSuccess;
  };
  return hipSuccess;
}

hipError_t moesaic::hip::makeMemset(const hipMemsetParams &parameters,
                                    Command &command) {
  size_t size = parameters.elementSize;
  if (size != 1 && size != 2 && size != 4) {
    return hipErrorInvalidValue;
  }
  command.type = hipGraphNodeTypeMemset;
  command.memset = parameters;
  command.run = nullptr;
  size_t bytes = parameters.width * size, rows = parameters.height;
  if (bytes == 0 || rows == 0) {
    return hipSuccess;
  }
  if (rows > 1 && parameters.pitch < bytes) {
    return hipErrorInvalidPitchValue;
  }
  bool fits;
  if (!isKnown(reinterpret_cast<uint64_t>(parameters.dst),
               (rows - 1) * parameters.pitch + bytes, fits) ||
      !fits) {
    return hipErrorInvalidValue;
  }
  command.run = [=] {
    for (size_t y = 0; y < rows; ++y) {
      auto *row = static_cast<uint8_t *>(parameters.dst) + y * parameters.pitch;
      if (size == 1) {
        memset(row, int(parameters.value), bytes);
        continue;
      }
      for (size_t x = 0; x < bytes; x += size) {
        memcpy(row + x, &parameters.value, size);
      }
    }
    return hipSuccess;
  };
  return hipSuccess;
}

//===----------------------------------------------------------------------===//
// Submission
//===----------------------------------------------------------------------===//

hipMemcpy3DParms moesaic::hip::linearCopy(void *to, const void *from,
                                          size_t bytes, hipMemcpyKind kind) {
  hipMemcpy3DParms copy = {};
  copy.srcPtr = {const_cast<void *>(from), bytes, bytes, 1};
  copy.dstPtr = {to, bytes, bytes, 1};
  copy.extent = {bytes, 1, 1};
  copy.kind = kind;
  return copy;
}

static hipMemcpy3DParms planarCopy(void *to, size_t toPitch, const void *from,
                                   size_t fromPitch, size_t width,
                                   size_t height, hipMemcpyKind kind) {
  hipMemcpy3DParms copy = {};
  copy.srcPtr = {const_cast<void *>(from), fromPitch, width, height};
  copy.dstPtr = {to, toPitch, width, height};
  copy.extent = {width, height, 1};
  copy.kind = kind;
  return copy;
}

/// As HIP does, a copy from or to pageable host memory ends before the call
/// returns, even if it is asynchronous by name.
static hipError_t copy(const hipMemcpy3DParms &parameters, hipStream_t handle,
                       bool wait) {
  hipStream_t stream = resolve(handle);
  if (!stream) {
    return currentDevice() ? hipErrorInvalidHandle : hipErrorNoDevice;
  }
  Command command;
  command.device = stream->device;
  if (hipError_t error = makeCopy(parameters, command)) {
    return error;
  }
  if (!command.run) {
    return hipSuccess;
  }
  wait |=
      isPageable(parameters.srcPtr.ptr) || isPageable(parameters.dstPtr.ptr);
  return wait ? submitAndWait(stream, std::move(command))
              : submit(stream, std::move(command));
}

static hipError_t fill(const hipMemsetParams &parameters, hipStream_t handle,
                       bool wait) {
  hipStream_t stream = resolve(handle);
  if (!stream) {
    return currentDevice() ? hipErrorInvalidHandle : hipErrorNoDevice;
  }
  Command command;
  command.device = stream->device;
  if (hipError_t error = makeMemset(parameters, command)) {
    return error;
  }
  if (!command.run) {
    return hipSuccess;
  }
  return wait ? submitAndWait(stream, std::move(command))
              : submit(stream, std::move(command));
}

static hipMemsetParams linearFill(void *to, unsigned value, unsigned size,
                                  size_t count) {
  hipMemsetParams parameters = {};
  parameters.dst = to;
  parameters.value = value;
  parameters.elementSize = size;
  parameters.width = count;
  parameters.height = 1;
  return parameters;
}

static hipMemsetParams planarFill(void *to, size_t pitch, int value,
                                  size_t width, size_t height) {
  hipMemsetParams parameters = linearFill(to, uint8_t(value), 1, width);
  parameters.pitch = pitch;
  parameters.height = height;
  return parameters;
}

//===----------------------------------------------------------------------===//
// Linear copies
//===----------------------------------------------------------------------===//

hipError_t hipMemcpy(void *to, const void *from, size_t bytes,
                     hipMemcpyKind kind) {
  return finish(copy(linearCopy(to, from, bytes, kind), nullptr, true));
}

hipError_t hipMemcpy_spt(void *to, const void *from, size_t bytes,
                         hipMemcpyKind kind) {
  return finish(
      copy(linearCopy(to, from, bytes, kind), hipStreamPerThread, true));
}

hipError_t hipMemcpyWithStream(void *to, const void *from, size_t bytes,
                               hipMemcpyKind kind, hipStream_t stream) {
  return finish(copy(linearCopy(to, from, bytes, kind), stream, true));
}

hipError_t hipMemcpyAsync(void *to, const void *from, size_t bytes,
                          hipMemcpyKind kind, hipStream_t stream) {
  return finish(copy(linearCopy(to, from, bytes, kind), stream, false));
}

hipError_t hipMemcpyAsync_spt(void *to, const void *from, size_t bytes,
                              hipMemcpyKind kind, hipStream_t stream) {
  return hipMemcpyAsync(to, from, bytes, kind, perThread(stream));
}

hipError_t hipMemcpyHtoD(hipDeviceptr_t to, void *from, size_t bytes) {
  return hipMemcpy(to, from, bytes, hipMemcpyHostToDevice);
}

hipError_t hipMemcpyDtoH(void *to, hipDeviceptr_t from, size_t bytes) {
  return hipMemcpy(to, from, bytes, hipMemcpyDeviceToHost);
}

hipError_t hipMemcpyDtoD(hipDeviceptr_t to, hipDeviceptr_t from, size_t bytes) {
  return hipMemcpy(to, from, bytes, hipMemcpyDeviceToDevice);
}

hipError_t hipMemcpyHtoDAsync(hipDeviceptr_t to, void *from, size_t bytes,
                              hipStream_t stream) {
  return hipMemcpyAsync(to, from, bytes, hipMemcpyHostToDevice, stream);
}

hipError_t hipMemcpyDtoHAsync(void *to, hipDeviceptr_t from, size_t bytes,
                              hipStream_t stream) {
  return hipMemcpyAsync(to, from, bytes, hipMemcpyDeviceToHost, stream);
}

hipError_t hipMemcpyDtoDAsync(hipDeviceptr_t to, hipDeviceptr_t from,
                              size_t bytes, hipStream_t stream) {
  return hipMemcpyAsync(to, from, bytes, hipMemcpyDeviceToDevice, stream);
}

hipError_t hipMemcpyPeer(void *to, int toDevice, const void *from,
                         int fromDevice, size_t bytes) {
  if (!deviceAt(toDevice) || !deviceAt(fromDevice)) {
    return finish(hipErrorInvalidDevice);
  }
  return hipMemcpy(to, from, bytes, hipMemcpyDeviceToDevice);
}

hipError_t hipMemcpyPeerAsync(void *to, int toDevice, const void *from,
                              int fromDevice, size_t bytes,
                              hipStream_t stream) {
  if (!deviceAt(toDevice) || !deviceAt(fromDevice)) {
    return finish(hipErrorInvalidDevice);
  }
  return hipMemcpyAsync(to, from, bytes, hipMemcpyDeviceToDevice, stream);
}

//===----------------------------------------------------------------------===//
// Copies of rows
//===----------------------------------------------------------------------===//

hipError_t hipMemcpy2D(void *to, size_t toPitch, const void *from,
                       size_t fromPitch, size_t width, size_t height,
                       hipMemcpyKind kind) {
  return finish(
      copy(planarCopy(to, toPitch, from, fromPitch, width, height, kind),
           nullptr, true));
}

hipError_t hipMemcpy2D_spt(void *to, size_t toPitch, const void *from,
                           size_t fromPitch, size_t width, size_t height,
                           hipMemcpyKind kind) {
  return finish(
      copy(planarCopy(to, toPitch, from, fromPitch, width, height, kind),
           hipStreamPerThread, true));
}

hipError_t hipMemcpy2DAsync(void *to, size_t toPitch, const void *from,
                            size_t fromPitch, size_t width, size_t height,
                            hipMemcpyKind kind, hipStream_t stream) {
  return finish(
      copy(planarCopy(to, toPitch, from, fromPitch, width, height, kind),
           stream, false));
}

static hipMemcpy3DParms fromDriver(const hip_Memcpy2D &p) {
  hipMemcpy3DParms copy = {};
  bool fromHost = memoryTypeOfProgram(p.srcMemoryType) == hipMemoryTypeHost;
  bool toHost = memoryTypeOfProgram(p.dstMemoryType) == hipMemoryTypeHost;
  void *from = fromHost ? const_cast<void *>(p.srcHost) : p.srcDevice;
  void *to = toHost ? p.dstHost : p.dstDevice;
  copy.srcArray = memoryTypeOfProgram(p.srcMemoryType) == hipMemoryTypeArray
                      ? p.srcArray
                      : nullptr;
  copy.dstArray = memoryTypeOfProgram(p.dstMemoryType) == hipMemoryTypeArray
                      ? p.dstArray
                      : nullptr;
  copy.srcPtr = {from, p.srcPitch ? p.srcPitch : p.WidthInBytes, p.WidthInBytes,
                 p.Height};
  copy.dstPtr = {to, p.dstPitch ? p.dstPitch : p.WidthInBytes, p.WidthInBytes,
                 p.Height};
  copy.srcPos = {p.srcXInBytes, p.srcY, 0};
  copy.dstPos = {p.dstXInBytes, p.dstY, 0};
  copy.extent = {p.WidthInBytes, p.Height, 1};
  copy.kind = hipMemcpyDefault;
  return copy;
}

hipError_t hipMemcpyParam2D(const hip_Memcpy2D *parameters) {
  return finish(parameters ? copy(fromDriver(*parameters), nullptr, true)
                           : hipErrorInvalidValue);
}

hipError_t hipDrvMemcpy2DUnaligned(const hip_Memcpy2D *parameters) {
  return hipMemcpyParam2D(parameters);
}

hipError_t hipMemcpyParam2DAsync(const hip_Memcpy2D *parameters,
                                 hipStream_t stream) {
  return finish(parameters ? copy(fromDriver(*parameters), stream, false)
                           : hipErrorInvalidValue);
}

static hipMemcpy3DParms fromDriver(const HIP_MEMCPY3D &p) {
  hipMemcpy3DParms copy = {};
  bool fromHost = memoryTypeOfProgram(p.srcMemoryType) == hipMemoryTypeHost;
  bool toHost = memoryTypeOfProgram(p.dstMemoryType) == hipMemoryTypeHost;
  void *from = fromHost ? const_cast<void *>(p.srcHost) : p.srcDevice;
  void *to = toHost ? p.dstHost : p.dstDevice;
  copy.srcArray = memoryTypeOfProgram(p.srcMemoryType) == hipMemoryTypeArray
                      ? p.srcArray
                      : nullptr;
  copy.dstArray = memoryTypeOfProgram(p.dstMemoryType) == hipMemoryTypeArray
                      ? p.dstArray
                      : nullptr;
  copy.srcPtr = {from, p.srcPitch ? p.srcPitch : p.WidthInBytes, p.WidthInBytes,
                 p.srcHeight ? p.srcHeight : p.Height};
  copy.dstPtr = {to, p.dstPitch ? p.dstPitch : p.WidthInBytes, p.WidthInBytes,
                 p.dstHeight ? p.dstHeight : p.Height};
  copy.srcPos = {p.srcXInBytes, p.srcY, p.srcZ};
  copy.dstPos = {p.dstXInBytes, p.dstY, p.dstZ};
  copy.extent = {p.WidthInBytes, p.Height, p.Depth};
  copy.kind = hipMemcpyDefault;
  return copy;
}

hipError_t hipDrvMemcpy3D(const HIP_MEMCPY3D *parameters) {
  return finish(parameters ? copy(fromDriver(*parameters), nullptr, true)
                           : hipErrorInvalidValue);
}

hipError_t hipDrvMemcpy3DAsync(const HIP_MEMCPY3D *parameters,
                               hipStream_t stream) {
  return finish(parameters ? copy(fromDriver(*parameters), stream, false)
                           : hipErrorInvalidValue);
}

hipError_t hipMemcpy3D(const hipMemcpy3DParms *parameters) {
  return finish(parameters ? copy(*parameters, nullptr, true)
                           : hipErrorInvalidValue);
}

hipError_t hipMemcpy3D_spt(const hipMemcpy3DParms *parameters) {
  return finish(parameters ? copy(*parameters, hipStreamPerThread, true)
                           : hipErrorInvalidValue);
}

hipError_t hipMemcpy3DAsync(const hipMemcpy3DParms *parameters,
                            hipStream_t stream) {
  return finish(parameters ? copy(*parameters, stream, false)
                           : hipErrorInvalidValue);
}

//===----------------------------------------------------------------------===//
// Fills
//===----------------------------------------------------------------------===//

hipError_t hipMemset(void *to, int value, size_t bytes) {
  return finish(fill(linearFill(to, uint8_t(value), 1, bytes), nullptr, true));
}

hipError_t hipMemset_spt(void *to, int value, size_t bytes) {
  return finish(
      fill(linearFill(to, uint8_t(value), 1, bytes), hipStreamPerThread, true));
}

hipError_t hipMemsetAsync(void *to, int value, size_t bytes,
                          hipStream_t stream) {
  return finish(fill(linearFill(to, uint8_t(value), 1, bytes), stream, false));
}

hipError_t hipMemsetD8(hipDeviceptr_t to, unsigned char value, size_t count) {
  return finish(fill(linearFill(to, value, 1, count), nullptr, true));
}

hipError_t hipMemsetD8Async(hipDeviceptr_t to, unsigned char value,
                            size_t count, hipStream_t stream) {
  return finish(fill(linearFill(to, value, 1, count), stream, false));
}

hipError_t hipMemsetD16(hipDeviceptr_t to, unsigned short value, size_t count) {
  return finish(fill(linearFill(to, value, 2, count), nullptr, true));
}

hipError_t hipMemsetD16Async(hipDeviceptr_t to, unsigned short value,
                             size_t count, hipStream_t stream) {
  return finish(fill(linearFill(to, value, 2, count), stream, false));
}

hipError_t hipMemsetD32(hipDeviceptr_t to, int value, size_t count) {
  return finish(fill(linearFill(to, unsigned(value), 4, count), nullptr, true));
}

hipError_t hipMemsetD32Async(hipDeviceptr_t to, int value, size_t count,
                             hipStream_t stream) {
  return finish(fill(linearFill(to, unsigned(value), 4, count), stream, false));
}

hipError_t hipMemset2D(void *to, size_t pitch, int value, size_t width,
                       size_t height) {
  return finish(
      fill(planarFill(to, pitch, value, width, height), nullptr, true));
}

hipError_t hipMemset2D_spt(void *to, size_t pitch, int value, size_t width,
                           size_t height) {
  return finish(fill(planarFill(to, pitch, value, width, height),
                     hipStreamPerThread, true));
}

hipError_t hipMemset2DAsync(void *to, size_t pitch, int value, size_t width,
                            size_t height, hipStream_t stream) {
  return finish(
      fill(planarFill(to, pitch, value, width, height), stream, false));
}

/// Fills a box that spans whole rows of slices, one slice after another.
static hipError_t fillBox(const hipPitchedPtr &to, int value,
                          const hipExtent &extent, hipStream_t stream,
                          bool wait) {
  for (size_t z = 0; z < extent.depth; ++z) {
    auto *slice = static_cast<uint8_t *>(to.ptr) + z * to.pitch * to.ysize;
    if (hipError_t error = fill(
            planarFill(slice, to.pitch, value, extent.width, extent.height),
            stream, wait)) {
      return error;
    }
  }
  return hipSuccess;
}

hipError_t hipMemset3D(hipPitchedPtr to, int value, hipExtent extent) {
  return finish(fillBox(to, value, extent, nullptr, true));
}

hipError_t hipMemset3D_spt(hipPitchedPtr to, int value, hipExtent extent) {
  return finish(fillBox(to, value, extent, hipStreamPerThread, true));
}

hipError_t hipMemset3DAsync(hipPitchedPtr to, int value, hipExtent extent,
                            hipStream_t stream) {
  return finish(fillBox(to, value, extent, stream, false));
}

//===----------------------------------------------------------------------===//
// Variables of the program
//===----------------------------------------------------------------------===//

hipError_t moesaic::hip::symbolCopy(const void *symbol, void *other,
                                    size_t bytes, size_t offset,
                                    hipMemcpyKind kind, bool toSymbol,
                                    hipMemcpy3DParms &parameters) {
  void *address;
  size_t size;
  if (hipError_t error = symbolOf(symbol, address, size)) {
    return error;
  }
  if (offset > size || bytes > size - offset) {
    return hipErrorInvalidValue;
  }
  void *device = static_cast<uint8_t *>(address) + offset;
  parameters = toSymbol ? linearCopy(device, other, bytes, kind)
                        : linearCopy(other, device, bytes, kind);
  return hipSuccess;
}

static hipError_t copySymbol(const void *symbol, void *other, size_t bytes,
                             size_t offset, hipMemcpyKind kind, bool toSymbol,
                             hipStream_t stream, bool wait) {
  hipMemcpy3DParms parameters;
  hipError_t error =
      symbolCopy(symbol, other, bytes, offset, kind, toSymbol, parameters);
  return error ? error : copy(parameters, stream, wait);
}

hipError_t hipMemcpyToSymbol(const void *symbol, const void *from, size_t bytes,
                             size_t offset, hipMemcpyKind kind) {
  return finish(copySymbol(symbol, const_cast<void *>(from), bytes, offset,
                           kind, true, nullptr, true));
}

hipError_t hipMemcpyToSymbolAsync(const void *symbol, const void *from,
                                  size_t bytes, size_t offset,
                                  hipMemcpyKind kind, hipStream_t stream) {
  return finish(copySymbol(symbol, const_cast<void *>(from), bytes, offset,
                           kind, true, stream, false));
}

hipError_t hipMemcpyToSymbol_spt(const void *symbol, const void *from,
                                 size_t bytes, size_t offset,
                                 hipMemcpyKind kind) {
  return finish(copySymbol(symbol, const_cast<void *>(from), bytes, offset,
                           kind, true, hipStreamPerThread, true));
}

hipError_t hipMemcpyFromSymbol(void *to, const void *symbol, size_t bytes,
                               size_t offset, hipMemcpyKind kind) {
  return finish(
      copySymbol(symbol, to, bytes, offset, kind, false, nullptr, true));
}

hipError_t hipMemcpyFromSymbolAsync(void *to, const void *symbol, size_t bytes,
                                    size_t offset, hipMemcpyKind kind,
                                    hipStream_t stream) {
  return finish(
      copySymbol(symbol, to, bytes, offset, kind, false, stream, false));
}

hipError_t hipMemcpyFromSymbol_spt(void *to, const void *symbol, size_t bytes,
                                   size_t offset, hipMemcpyKind kind) {
  return finish(copySymbol(symbol, to, bytes, offset, kind, false,
                           hipStreamPerThread, true));
}
