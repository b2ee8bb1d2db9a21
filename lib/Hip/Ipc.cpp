//===- Ipc.cpp - memory of one process in another -------------------------===//
//
// A handle names the owner's memory file through /proc, so that opening it
// needs no service, and works for processes of one user on one host.
//
//===----------------------------------------------------------------------===//

#include "Hip/Runtime.h"
#include "llvm/ADT/Twine.h"
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

using namespace llvm;
using namespace moesaic;
using namespace moesaic::hip;

namespace {
struct Handle {
  uint32_t magic;
  int32_t process;
  int32_t file;
  int32_t device;
  uint64_t offset;
  uint64_t mappedBytes;
  uint64_t bytes;
};
} // namespace

static constexpr uint32_t kMagic = 0x4d4f4549; // "MOEI"
static_assert(sizeof(Handle) <= HIP_IPC_HANDLE_SIZE);

hipError_t hipIpcGetMemHandle(hipIpcMemHandle_t *result, void *pointer) {
  if (!result) {
    return finish(hipErrorInvalidValue);
  }
  Runtime &runtime = Runtime::get();
  std::lock_guard<std::mutex> lock(runtime.mutex);
  uint64_t base;
  AllocationInfo *info = runtime.find(pointer, &base);
  if (!info || info->type != hipMemoryTypeDevice || info->imported) {
    return finish(hipErrorInvalidValue);
  }
  sim::Memory::Backing backing =
      runtime.memory->backing(reinterpret_cast<void *>(base));
  if (backing.file < 0) {
    return finish(hipErrorNotSupported);
  }
  Handle handle = {kMagic,         getpid(),      backing.file, info->device,
                   backing.offset, backing.bytes, info->bytes};
  memset(result, 0, sizeof *result);
  memcpy(result, &handle, sizeof handle);
  return finish(hipSuccess);
}

hipError_t hipIpcOpenMemHandle(void **pointer, hipIpcMemHandle_t reserved,
                               unsigned flags) {
  DeviceState *device = currentDevice();
  Handle handle;
  memcpy(&handle, &reserved, sizeof handle);
  if (!pointer || handle.magic != kMagic) {
    return finish(hipErrorInvalidValue);
  }
  if (!device) {
    return finish(hipErrorNoDevice);
  }
  if (handle.process == getpid()) {
    return finish(hipErrorInvalidContext); // as in HIP
  }
  std::string path =
      ("/proc/" + Twine(handle.process) + "/fd/" + Twine(handle.file)).str();
  int file = open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (file < 0) {
    say("cannot open the memory of process " + Twine(handle.process) + ": " +
        strerror(errno));
    return finish(hipErrorMapFailed);
  }
  Runtime &runtime = Runtime::get();
  std::lock_guard<std::mutex> lock(runtime.mutex);
  void *memory = runtime.memory->map(
      {file, handle.offset, handle.mappedBytes}, handle.bytes,
      ("hipIpcOpenMemHandle of process " + Twine(handle.process)).str());
  close(file); // the mapping keeps it
  if (!memory) {
    return finish(hipErrorMapFailed);
  }
  AllocationInfo info;
  info.device = device->ordinal;
  info.imported = true;
  info.bytes = handle.bytes;
  runtime.allocations[reinterpret_cast<uint64_t>(memory)] = info;
  *pointer = memory;
  return finish(hipSuccess);
}

hipError_t hipIpcCloseMemHandle(void *pointer) {
  Runtime &runtime = Runtime::get();
  (void)synchronize(nullptr);
  std::lock_guard<std::mutex> lock(runtime.mutex);
  auto it = runtime.allocations.find(reinterpret_cast<uint64_t>(pointer));
  if (it == runtime.allocations.end() || !it->second.imported) {
    return finish(hipErrorInvalidValue);
  }
  runtime.allocations.erase(it);
  runtime.memory->free(pointer);
  return finish(hipSuccess);
}
