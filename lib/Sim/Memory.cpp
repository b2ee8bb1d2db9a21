//===- Memory.cpp - the simulated device memory ---------------------------===//
//
// Every allocation has its own mapping with an inaccessible page on each side,
// so that even an error of the simulator cannot run from one into the next.
//
//===----------------------------------------------------------------------===//

#include "Sim/Simulator.h"
#include <cstring>
#include <mutex>
#include <shared_mutex>
#include <sys/mman.h>

using namespace llvm;
using namespace moesaic::sim;

static constexpr uint64_t kPage = 4096;

struct Memory::Impl {
  mutable std::shared_mutex mutex;
  std::map<uint64_t, std::unique_ptr<Allocation>> allocations;
};

static uint64_t mappedBytes(uint64_t bytes) {
  return ((bytes + kPage - 1) / kPage + 2) * kPage;
}

Memory::Memory() : impl(std::make_unique<Impl>()) {}

Memory::~Memory() {
  for (auto &entry : impl->allocations) {
    const Allocation &a = *entry.second;
    munmap(reinterpret_cast<void *>(a.begin - kPage),
           mappedBytes(a.end - a.begin));
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
  uint64_t begin = reinterpret_cast<uint64_t>(base) + kPage;
  uint64_t usable = mapped - 2 * kPage;
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
  const Allocation &a = *it->second;
  munmap(reinterpret_cast<void *>(a.begin - kPage),
         mappedBytes(a.end - a.begin));
  impl->allocations.erase(it);
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
  return Error::success();
}

Error Memory::copyFrom(void *host, const void *device, uint64_t bytes) {
  if (Error e = checkRange(*this, reinterpret_cast<uint64_t>(device), bytes)) {
    return e;
  }
  memcpy(host, device, bytes);
  return Error::success();
}
