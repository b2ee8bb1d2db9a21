//===- Memory.cpp - the simulated device memory ---------------------------===//
//
// Every allocation has its own mapping with an inaccessible page on each side,
// so that even an error of the simulator cannot run from one into the next.
//
//===----------------------------------------------------------------------===//

#include "Sim/Simulator.h"
#include <cstring>
#include <deque>
#include <mutex>
#include <shared_mutex>
#include <sys/mman.h>

using namespace llvm;
using namespace moesaic::sim;

static constexpr uint64_t kPage = 4096;
/// The red zone on each side of an allocation.
static constexpr uint64_t kGuard = 64 * 1024;
/// Freed ranges stay reserved, so that a late access hits nothing, until there
/// are this many or this much of them.
static constexpr size_t kFreedRanges = 256;
static constexpr uint64_t kFreedBytes = uint64_t(1) << 40;

struct Memory::Impl {
  mutable std::shared_mutex mutex;
  std::map<uint64_t, std::unique_ptr<Allocation>> allocations;
  std::deque<Allocation> freed;
  uint64_t freedBytes = 0;
};

static uint64_t mappedBytes(uint64_t bytes) {
  return (bytes + kPage - 1) / kPage * kPage + 2 * kGuard;
}

static void unmap(const Memory::Allocation &a) {
  munmap(reinterpret_cast<void *>(a.begin - kGuard),
         mappedBytes(a.end - a.begin));
}

static void unmapShadow(const Memory::Allocation &a) {
  if (a.defined) {
    munmap(a.defined, a.end - a.begin);
  }
}

Memory::Memory() : impl(std::make_unique<Impl>()) {}

Memory::~Memory() {
  for (auto &entry : impl->allocations) {
    unmap(*entry.second);
    unmapShadow(*entry.second);
  }
  for (const Allocation &a : impl->freed) {
    unmap(a);
  }
}

void *Memory::allocate(uint64_t bytes, StringRef name) {
  if (bytes > (uint64_t(1) << 46)) {
    return nullptr;
  }
  uint64_t mapped = mappedBytes(bytes);
  void *base = mmap(nullptr, mapped, PROT_NONE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (base == MAP_FAILED) {
    return nullptr;
  }
  uint64_t begin = reinterpret_cast<uint64_t>(base) + kGuard;
  uint64_t usable = mapped - 2 * kGuard;
  if (usable != 0 && mprotect(reinterpret_cast<void *>(begin), usable,
                              PROT_READ | PROT_WRITE) != 0) {
    munmap(base, mapped);
    return nullptr;
  }
  auto allocation = std::make_unique<Allocation>();
  allocation->begin = begin;
  allocation->end = begin + bytes;
  allocation->name = name.str();
  std::unique_lock<std::shared_mutex> lock(impl->mutex);
  impl->allocations[begin] = std::move(allocation);
  return reinterpret_cast<void *>(begin);
}

void Memory::free(void *pointer) {
  if (!pointer) {
    return;
  }
  std::unique_lock<std::shared_mutex> lock(impl->mutex);
  auto it = impl->allocations.find(reinterpret_cast<uint64_t>(pointer));
  if (it == impl->allocations.end()) {
    return;
  }
  Allocation a = *it->second;
  impl->allocations.erase(it);
  unmapShadow(a);
  a.defined = nullptr;
  // The pages go back to the host; their addresses stay taken.
  uint64_t mapped = mappedBytes(a.end - a.begin);
  void *base = reinterpret_cast<void *>(a.begin - kGuard);
  if (mmap(base, mapped, PROT_NONE,
           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1,
           0) == MAP_FAILED) {
    munmap(base, mapped);
    return;
  }
  impl->freed.push_back(a);
  impl->freedBytes += mapped;
  while (impl->freed.size() > kFreedRanges || impl->freedBytes > kFreedBytes) {
    const Allocation &oldest = impl->freed.front();
    impl->freedBytes -= mappedBytes(oldest.end - oldest.begin);
    unmap(oldest);
    impl->freed.pop_front();
  }
}

void Memory::setUndefined(void *allocation) {
  std::unique_lock<std::shared_mutex> lock(impl->mutex);
  auto it = impl->allocations.find(reinterpret_cast<uint64_t>(allocation));
  if (it == impl->allocations.end() || it->second->end == it->second->begin) {
    return;
  }
  Allocation &a = *it->second;
  unmapShadow(a);
  void *shadow = mmap(nullptr, a.end - a.begin, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  a.defined = shadow == MAP_FAILED ? nullptr : static_cast<uint8_t *>(shadow);
}

void Memory::setDefined(void *device, uint64_t bytes) {
  uint64_t address = reinterpret_cast<uint64_t>(device);
  const Allocation *a = find(address);
  if (a && a->defined) {
    memset(a->defined + (address - a->begin), 1,
           std::min(bytes, a->end - address));
  }
}

std::string Memory::findFreed(uint64_t address) const {
  std::shared_lock<std::shared_mutex> lock(impl->mutex);
  for (auto it = impl->freed.rbegin(); it != impl->freed.rend(); ++it) {
    if (address >= it->begin && address < it->end) {
      return it->name;
    }
  }
  return "";
}

const Memory::Allocation *Memory::find(uint64_t address) const {
  std::shared_lock<std::shared_mutex> lock(impl->mutex);
  auto it = impl->allocations.upper_bound(address);
  if (it == impl->allocations.begin()) {
    return nullptr;
  }
  --it;
  return address < it->second->end ? it->second.get() : nullptr;
}

const Memory::Allocation *Memory::nearest(uint64_t address) const {
  std::shared_lock<std::shared_mutex> lock(impl->mutex);
  const Allocation *best = nullptr;
  uint64_t distance = ~0ull;
  for (auto &entry : impl->allocations) {
    const Allocation &a = *entry.second;
    uint64_t d = address < a.begin  ? a.begin - address
                 : address >= a.end ? address - a.end
                                    : 0;
    if (d < distance) {
      distance = d;
      best = &a;
    }
  }
  return best;
}

static Error checkRange(const Memory &memory, uint64_t address,
                        uint64_t bytes) {
  const Memory::Allocation *a = memory.find(address);
  if (bytes != 0 && (!a || bytes > a->end - address)) {
    return createStringError("device range 0x%" PRIx64 " of %" PRIu64
                             " bytes does not lie inside one allocation",
                             address, bytes);
  }
  return Error::success();
}

Error Memory::copyTo(void *device, const void *host, uint64_t bytes) {
  if (Error e = checkRange(*this, reinterpret_cast<uint64_t>(device), bytes)) {
    return e;
  }
  memcpy(device, host, bytes);
  setDefined(device, bytes);
  return Error::success();
}

Error Memory::copyFrom(void *host, const void *device, uint64_t bytes) {
  if (Error e = checkRange(*this, reinterpret_cast<uint64_t>(device), bytes)) {
    return e;
  }
  memcpy(host, device, bytes);
  return Error::success();
}
