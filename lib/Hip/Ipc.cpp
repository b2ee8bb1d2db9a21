//===- Ipc.cpp - memory of one process in another -------------------------===//
//
// A handle names the owner's memory file through /proc, so that opening it
// needs no service, and works for processes of one user on one host.
//
//===----------------------------------------------------------------------===//

#include "Hip/Ipc.h"
#include "llvm/ADT/Twine.h"
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

using namespace llvm;
using namespace moesaic;
using namespace moesaic::hip;

static constexpr uint32_t kMagic = 0x4d4f4549; // "MOEI"
static_assert(sizeof(IpcHandle) <= HIP_IPC_HANDLE_SIZE);

hipError_t moesaic::hip::exportMemory(void *pointer, IpcHandle &handle) {
  Runtime &runtime = Runtime::get();
  std::lock_guard<std::mutex> lock(runtime.mutex);
  uint64_t base;
  AllocationInfo *info = runtime.find(pointer, &base);
  if (!info || info->type != hipMemoryTypeDevice || info->imported ||
      info->isMapping) {
    return hipErrorInvalidValue;
  }
  sim::Memory::Backing backing =
      runtime.memory->backing(reinterpret_cast<void *>(base));
  if (backing.file < 0) {
    return hipErrorNotSupported;
  }
  handle = {kMagic,         getpid(),      backing.file, info->device,
            backing.offset, backing.bytes, info->bytes};
  return hipSuccess;
}

int moesaic::hip::openFileOf(int32_t process, int32_t file) {
  std::string path = ("/proc/" + Twine(process) + "/fd/" + Twine(file)).str();
  int opened = open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (opened < 0) {
    say("cannot open the memory of process " + Twine(process) + ": " +
        strerror(errno));
  }
  return opened;
}

hipError_t moesaic::hip::importMemory(const IpcHandle &handle, const char *call,
                                      AllocationInfo info, void *&pointer) {
  if (handle.magic != kMagic) {
    return hipErrorInvalidValue;
  }
  if (handle.process == getpid()) {
    return hipErrorInvalidContext; // as in HIP
  }
  int file = openFileOf(handle.process, handle.file);
  if (file < 0) {
    return hipErrorMapFailed;
  }
  Runtime &runtime = Runtime::get();
  std::lock_guard<std::mutex> lock(runtime.mutex);
  void *memory = runtime.memory->map(
      {file, handle.offset, handle.mappedBytes}, handle.bytes,
      (Twine(call) + " of process " + Twine(handle.process)).str());
  close(file); // the mapping keeps it
  if (!memory) {
    return hipErrorMapFailed;
  }
  info.imported = true;
  info.bytes = handle.bytes;
  runtime.allocations[reinterpret_cast<uint64_t>(memory)] = info;
  pointer = memory;
  return hipSuccess;
}

hipError_t hipIpcGetMemHandle(hipIpcMemHandle_t *result, void *pointer) {
  if (!result) {
    return finish(hipErrorInvalidValue);
  }
  IpcHandle handle;
  if (hipError_t error = exportMemory(pointer, handle)) {
    return finish(error);
  }
  memset(result, 0, sizeof *result);
  memcpy(result, &handle, sizeof handle);
  return finish(hipSuccess);
}

hipError_t hipIpcOpenMemHandle(void **pointer, hipIpcMemHandle_t reserved,
                               unsigned) {
  DeviceState *device = currentDevice();
  IpcHandle handle;
  memcpy(&handle, &reserved, sizeof handle);
  if (!pointer) {
    return finish(hipErrorInvalidValue);
  }
  if (!device) {
    return finish(hipErrorNoDevice);
  }
  AllocationInfo info;
  info.device = device->ordinal;
  return finish(importMemory(handle, "hipIpcOpenMemHandle", info, *pointer));
}

hipError_t hipIpcCloseMemHandle(void *pointer) {
  Runtime &runtime = Runtime::get();
  (void)synchronize(nullptr);
  std::lock_guard<std::mutex> lock(runtime.mutex);
  auto it = runtime.allocations.find(reinterpret_cast<uint64_t>(pointer));
  if (it == runtime.allocations.end() || !it->second.imported ||
      it->second.pool) {
    return finish(hipErrorInvalidValue);
  }
  runtime.allocations.erase(it);
  runtime.memory->free(pointer);
  return finish(hipSuccess);
}
