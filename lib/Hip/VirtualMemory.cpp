//===- VirtualMemory.cpp - addresses and memory apart ---------------------===//
//
// Addresses are reserved without memory; physical memory is a file of its own,
// which other processes may be given; mapping joins the two. Kernels and copies
// see a mapping once access has been set, as an allocation.
//
//===----------------------------------------------------------------------===//

#include "Hip/Runtime.h"
#include "llvm/ADT/Twine.h"
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace llvm;
using namespace moesaic;
using namespace moesaic::hip;

static constexpr uint64_t kMinimum = 4096;
static constexpr uint64_t kRecommended = 2 << 20;

/// Physical memory: it lives while there is a handle or a mapping of it.
struct ihipMemGenericAllocationHandle {
  ~ihipMemGenericAllocationHandle();

  int file = -1;
  uint64_t bytes = 0;
  hipMemAllocationProp properties = {};
  unsigned handles = 1; ///< Zero: only mappings are left.
};

namespace {

using Physical = std::shared_ptr<ihipMemGenericAllocationHandle>;

struct Mapping {
  uint64_t bytes = 0, offset = 0;
  Physical memory;
  std::map<int, hipMemAccessFlags> access; ///< By device.
};

struct Space {
  std::map<uint64_t, uint64_t> reserved; ///< First byte to size.
  std::map<uint64_t, Mapping> mappings;  ///< By first byte.
  std::map<hipMemGenericAllocationHandle_t, Physical> handles;
};

} // namespace

/// Guarded by the runtime's lock; never destroyed, like the runtime.
static Space &space() {
  static Space *instance = new Space();
  return *instance;
}

ihipMemGenericAllocationHandle::~ihipMemGenericAllocationHandle() {
  close(file);
  deviceAt(properties.location.id)->allocatedBytes -= bytes;
}

static bool isValid(const hipMemAllocationProp *properties) {
  return properties && properties->type == hipMemAllocationTypePinned &&
         properties->location.type == hipMemLocationTypeDevice &&
         deviceAt(properties->location.id);
}

static Physical find(hipMemGenericAllocationHandle_t handle) {
  auto it = space().handles.find(handle);
  return it == space().handles.end() ? nullptr : it->second;
}

//===----------------------------------------------------------------------===//
// Addresses
//===----------------------------------------------------------------------===//

hipError_t hipMemAddressReserve(void **pointer, size_t bytes, size_t alignment,
                                void *, unsigned long long flags) {
  if (!pointer || bytes == 0 || bytes % kMinimum != 0 || flags != 0 ||
      (alignment & (alignment - 1)) != 0) {
    return finish(hipErrorInvalidValue);
  }
  if (!currentDevice()) {
    return finish(hipErrorNoDevice);
  }
  void *begin = sim::Memory::reserveAddresses(
      bytes, std::max<uint64_t>(alignment, kRecommended));
  if (!begin) {
    return finish(hipErrorOutOfMemory);
  }
  std::lock_guard<std::mutex> lock(Runtime::get().mutex);
  space().reserved[reinterpret_cast<uint64_t>(begin)] = bytes;
  *pointer = begin;
  return finish(hipSuccess);
}

/// Whether a mapping begins or ends inside the range.
static bool touchesMapping(uint64_t begin, uint64_t bytes) {
  auto it = space().mappings.lower_bound(begin);
  if (it != space().mappings.end() && it->first < begin + bytes) {
    return true;
  }
  return it != space().mappings.begin() &&
         std::prev(it)->first + std::prev(it)->second.bytes > begin;
}

hipError_t hipMemAddressFree(void *pointer, size_t bytes) {
  std::lock_guard<std::mutex> lock(Runtime::get().mutex);
  auto begin = reinterpret_cast<uint64_t>(pointer);
  auto it = space().reserved.find(begin);
  if (it == space().reserved.end() || it->second != bytes ||
      touchesMapping(begin, bytes)) {
    return finish(hipErrorInvalidValue);
  }
  space().reserved.erase(it);
  munmap(pointer, bytes);
  return finish(hipSuccess);
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

hipError_t
hipMemGetAllocationGranularity(size_t *granularity,
                               const hipMemAllocationProp *properties,
                               hipMemAllocationGranularity_flags option) {
  if (!granularity || !isValid(properties) ||
      (option != hipMemAllocationGranularityMinimum &&
       option != hipMemAllocationGranularityRecommended)) {
    return finish(hipErrorInvalidValue);
  }
  *granularity =
      option == hipMemAllocationGranularityMinimum ? kMinimum : kRecommended;
  return finish(hipSuccess);
}

/// Makes a handle for the file, which it takes over. The caller holds the lock.
static hipMemGenericAllocationHandle_t
addMemory(int file, uint64_t bytes, const hipMemAllocationProp &properties) {
  auto memory = std::make_shared<ihipMemGenericAllocationHandle>();
  memory->file = file;
  memory->bytes = bytes;
  memory->properties = properties;
  deviceAt(properties.location.id)->allocatedBytes += bytes;
  space().handles[memory.get()] = memory;
  return memory.get();
}

hipError_t hipMemCreate(hipMemGenericAllocationHandle_t *handle, size_t bytes,
                        const hipMemAllocationProp *properties,
                        unsigned long long flags) {
  if (!handle || bytes == 0 || bytes % kMinimum != 0 || !isValid(properties) ||
      flags != 0) {
    return finish(hipErrorInvalidValue);
  }
  std::lock_guard<std::mutex> lock(Runtime::get().mutex);
  DeviceState &device = *deviceAt(properties->location.id);
  if (bytes > kDeviceMemoryBytes - device.allocatedBytes) {
    return finish(hipErrorOutOfMemory);
  }
  int file = memfd_create("memory", MFD_CLOEXEC);
  if (file < 0) {
    return finish(hipErrorOutOfMemory);
  }
  if (ftruncate(file, off_t(bytes)) != 0) {
    close(file);
    return finish(hipErrorOutOfMemory);
  }
  *handle = addMemory(file, bytes, *properties);
  return finish(hipSuccess);
}

hipError_t hipMemRelease(hipMemGenericAllocationHandle_t handle) {
  std::lock_guard<std::mutex> lock(Runtime::get().mutex);
  Physical memory = find(handle);
  if (!memory) {
    return finish(hipErrorInvalidValue);
  }
  if (--memory->handles == 0) {
    space().handles.erase(handle);
  }
  return finish(hipSuccess);
}

hipError_t hipMemRetainAllocationHandle(hipMemGenericAllocationHandle_t *handle,
                                        void *pointer) {
  std::lock_guard<std::mutex> lock(Runtime::get().mutex);
  auto address = reinterpret_cast<uint64_t>(pointer);
  auto it = space().mappings.upper_bound(address);
  if (!handle || it == space().mappings.begin() ||
      (--it)->first + it->second.bytes <= address) {
    return finish(hipErrorInvalidValue);
  }
  const Physical &memory = it->second.memory;
  ++memory->handles;
  space().handles[memory.get()] = memory;
  *handle = memory.get();
  return finish(hipSuccess);
}

hipError_t hipMemGetAllocationPropertiesFromHandle(
    hipMemAllocationProp *properties, hipMemGenericAllocationHandle_t handle) {
  std::lock_guard<std::mutex> lock(Runtime::get().mutex);
  Physical memory = find(handle);
  if (!properties || !memory) {
    return finish(hipErrorInvalidValue);
  }
  *properties = memory->properties;
  return finish(hipSuccess);
}

hipError_t hipMemExportToShareableHandle(void *result,
                                         hipMemGenericAllocationHandle_t handle,
                                         hipMemAllocationHandleType type,
                                         unsigned long long flags) {
  std::lock_guard<std::mutex> lock(Runtime::get().mutex);
  Physical memory = find(handle);
  if (!result || !memory || flags != 0 ||
      type != hipMemHandleTypePosixFileDescriptor ||
      memory->properties.requestedHandleType != type) {
    return finish(hipErrorInvalidValue);
  }
  int file = fcntl(memory->file, F_DUPFD_CLOEXEC, 0);
  if (file < 0) {
    return finish(hipErrorOperatingSystem);
  }
  *static_cast<int *>(result) = file;
  return finish(hipSuccess);
}

hipError_t
hipMemImportFromShareableHandle(hipMemGenericAllocationHandle_t *handle,
                                void *from, hipMemAllocationHandleType type) {
  DeviceState *device = currentDevice();
  struct stat status;
  int given = int(reinterpret_cast<intptr_t>(from));
  if (!handle || !device || type != hipMemHandleTypePosixFileDescriptor ||
      fstat(given, &status) != 0 || status.st_size == 0 ||
      status.st_size % kMinimum != 0) {
    return finish(hipErrorInvalidValue);
  }
  int file = fcntl(given, F_DUPFD_CLOEXEC, 0);
  if (file < 0) {
    return finish(hipErrorOperatingSystem);
  }
  hipMemAllocationProp properties = {};
  properties.type = hipMemAllocationTypePinned;
  properties.location = {hipMemLocationTypeDevice, device->ordinal};
  properties.requestedHandleType = type;
  std::lock_guard<std::mutex> lock(Runtime::get().mutex);
  *handle = addMemory(file, uint64_t(status.st_size), properties);
  return finish(hipSuccess);
}

//===----------------------------------------------------------------------===//
// Mappings
//===----------------------------------------------------------------------===//

hipError_t hipMemMap(void *pointer, size_t bytes, size_t offset,
                     hipMemGenericAllocationHandle_t handle,
                     unsigned long long flags) {
  std::lock_guard<std::mutex> lock(Runtime::get().mutex);
  auto begin = reinterpret_cast<uint64_t>(pointer);
  Physical memory = find(handle);
  if (!memory || bytes == 0 || flags != 0 || begin % kMinimum != 0 ||
      bytes % kMinimum != 0 || offset % kMinimum != 0 ||
      offset > memory->bytes || bytes > memory->bytes - offset) {
    return finish(hipErrorInvalidValue);
  }
  auto it = space().reserved.upper_bound(begin);
  if (it == space().reserved.begin() ||
      (--it)->first + it->second < begin + bytes ||
      touchesMapping(begin, bytes)) {
    return finish(hipErrorInvalidValue);
  }
  space().mappings[begin] = {bytes, offset, memory, {}};
  return finish(hipSuccess);
}

/// The mappings that make up the range, which must be whole ones without gaps;
/// else none.
static std::vector<uint64_t> mappingsOf(uint64_t begin, uint64_t bytes) {
  std::vector<uint64_t> found;
  uint64_t at = begin;
  for (auto it = space().mappings.find(begin);
       it != space().mappings.end() && it->first == at && at < begin + bytes;
       ++it) {
    found.push_back(at);
    at += it->second.bytes;
  }
  return at == begin + bytes ? found : std::vector<uint64_t>();
}

static bool isAccessible(const Mapping &mapping) {
  for (auto [device, flags] : mapping.access) {
    if (flags != hipMemAccessFlagsProtNone) {
      return true;
    }
  }
  return false;
}

/// Makes the mapping an allocation, or takes that back. The caller holds the
/// lock.
static bool show(uint64_t begin, const Mapping &mapping, bool visible) {
  Runtime &runtime = Runtime::get();
  void *pointer = reinterpret_cast<void *>(begin);
  if (!visible) {
    runtime.allocations.erase(begin);
    runtime.memory->free(pointer);
    return true;
  }
  static unsigned count = 0;
  if (!runtime.memory->mapAt(
          pointer, {mapping.memory->file, mapping.offset, mapping.bytes},
          ("hipMemMap #" + Twine(++count)).str())) {
    return false;
  }
  AllocationInfo info;
  info.device = mapping.memory->properties.location.id;
  info.isMapping = true;
  info.bytes = mapping.bytes;
  runtime.allocations[begin] = info;
  return true;
}

/// All devices see what one may access, and for writing, too.
hipError_t hipMemSetAccess(void *pointer, size_t bytes,
                           const hipMemAccessDesc *descriptors, size_t count) {
  if (!descriptors || count == 0) {
    return finish(hipErrorInvalidValue);
  }
  for (size_t n = 0; n < count; ++n) {
    const hipMemAccessDesc &d = descriptors[n];
    if (d.location.type != hipMemLocationTypeDevice ||
        !deviceAt(d.location.id) ||
        (d.flags != hipMemAccessFlagsProtNone &&
         d.flags != hipMemAccessFlagsProtRead &&
         d.flags != hipMemAccessFlagsProtReadWrite)) {
      return finish(hipErrorInvalidValue);
    }
  }
  std::lock_guard<std::mutex> lock(Runtime::get().mutex);
  auto mappings = mappingsOf(reinterpret_cast<uint64_t>(pointer), bytes);
  if (mappings.empty()) {
    return finish(hipErrorInvalidValue);
  }
  for (uint64_t begin : mappings) {
    Mapping &mapping = space().mappings[begin];
    bool before = isAccessible(mapping);
    for (size_t n = 0; n < count; ++n) {
      mapping.access[descriptors[n].location.id] = descriptors[n].flags;
    }
    bool after = isAccessible(mapping);
    if (before != after && !show(begin, mapping, after)) {
      return finish(hipErrorMapFailed);
    }
  }
  return finish(hipSuccess);
}

hipError_t hipMemGetAccess(unsigned long long *flags,
                           const hipMemLocation *location, void *pointer) {
  std::lock_guard<std::mutex> lock(Runtime::get().mutex);
  auto address = reinterpret_cast<uint64_t>(pointer);
  auto it = space().mappings.upper_bound(address);
  if (!flags || !location || location->type != hipMemLocationTypeDevice ||
      !deviceAt(location->id) || it == space().mappings.begin() ||
      (--it)->first + it->second.bytes <= address) {
    return finish(hipErrorInvalidValue);
  }
  auto access = it->second.access.find(location->id);
  *flags = access == it->second.access.end() ? hipMemAccessFlagsProtNone
                                             : access->second;
  return finish(hipSuccess);
}

/// Waits for what may still use the memory.
hipError_t hipMemUnmap(void *pointer, size_t bytes) {
  if (synchronize(nullptr) == hipErrorStreamCaptureUnsupported) {
    return finish(hipErrorStreamCaptureUnsupported);
  }
  std::lock_guard<std::mutex> lock(Runtime::get().mutex);
  auto mappings = mappingsOf(reinterpret_cast<uint64_t>(pointer), bytes);
  if (mappings.empty()) {
    return finish(hipErrorInvalidValue);
  }
  for (uint64_t begin : mappings) {
    const Mapping &mapping = space().mappings[begin];
    if (isAccessible(mapping)) {
      (void)show(begin, mapping, false);
    }
    space().mappings.erase(begin);
  }
  return finish(hipSuccess);
}
