//===- Memory.cpp - the simulated device memory ---------------------------===//
//
// Every allocation has its own mapping with an inaccessible page on each side,
// so that even an error of the simulator cannot run from one into the next.
//
//===----------------------------------------------------------------------===//

#include "Sim/SharedPages.h"
#include "Sim/Simulator.h"
#include <array>
#include <atomic>
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

namespace {

/// An allocation and who owns its pages.
struct Entry {
  Memory::Allocation allocation;
  uint64_t mapped = 0; ///< Bytes of the mapping; 0: the host's own memory.
  Memory::Backing backing;
  bool ownsBacking = false;
  bool isReserved = false; ///< Of addresses that stay taken: no red zones.

  void *base() const {
    return reinterpret_cast<void *>(allocation.begin - kGuard);
  }
};

/// A mutex that many threads share often and few take alone. A thread shares
/// one of several mutexes, so that threads do not pass one cache line around.
class ManyReaders {
public:
  void lock() {
    for (Slot &slot : slots) {
      slot.mutex.lock();
    }
  }
  void unlock() {
    for (Slot &slot : slots) {
      slot.mutex.unlock();
    }
  }
  void lock_shared() { mine().lock_shared(); }
  void unlock_shared() { mine().unlock_shared(); }

private:
  struct alignas(64) Slot {
    std::shared_mutex mutex;
  };
  std::array<Slot, 32> slots;

  std::shared_mutex &mine() {
    static std::atomic<unsigned> threads{0};
    thread_local const unsigned number = threads++;
    return slots[number % slots.size()].mutex;
  }
};

} // namespace

struct Memory::Impl {
  mutable ManyReaders mutex;
  std::map<uint64_t, Entry> allocations;
  std::deque<Entry> freed;
  uint64_t freedBytes = 0;
  SharedPages pages;

  void *insert(uint64_t begin, uint64_t bytes, StringRef name, Entry entry);
  void releasePages(const Entry &entry);
};

static uint64_t wholePages(uint64_t bytes) {
  return (bytes + kPage - 1) / kPage * kPage;
}

void *Memory::Impl::insert(uint64_t begin, uint64_t bytes, StringRef name,
                           Entry entry) {
  entry.allocation.begin = begin;
  entry.allocation.end = begin + bytes;
  entry.allocation.name = name.str();
  std::unique_lock<ManyReaders> lock(mutex);
  allocations[begin] = std::move(entry);
  return reinterpret_cast<void *>(begin);
}

void Memory::Impl::releasePages(const Entry &entry) {
  if (entry.ownsBacking && entry.backing.file >= 0) {
    pages.release(entry.backing.offset, entry.backing.bytes);
  }
}

static void unmapShadow(const Memory::Allocation &a) {
  if (a.defined) {
    munmap(a.defined, a.end - a.begin);
  }
}

Memory::Memory() : impl(std::make_unique<Impl>()) {}

Memory::~Memory() {
  for (auto &[begin, entry] : impl->allocations) {
    unmapShadow(entry.allocation);
    if (entry.mapped != 0) {
      munmap(entry.base(), entry.mapped);
      impl->releasePages(entry);
    }
  }
  for (const Entry &entry : impl->freed) {
    munmap(entry.base(), entry.mapped);
  }
}

/// Takes `bytes` of addresses that are `offset` beyond a multiple of
/// `alignment`, or returns null. Nothing can be accessed there.
static uint8_t *takeAddresses(uint64_t bytes, uint64_t alignment,
                              uint64_t offset) {
  uint64_t slack = alignment - kPage;
  void *taken = mmap(nullptr, bytes + slack, PROT_NONE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (taken == MAP_FAILED) {
    return nullptr;
  }
  uint64_t first = reinterpret_cast<uint64_t>(taken);
  uint64_t before = (offset - first) & (alignment - 1);
  uint8_t *base = static_cast<uint8_t *>(taken) + before;
  if (before != 0) {
    munmap(taken, before);
  }
  if (before != slack) {
    munmap(base + bytes, slack - before);
  }
  return base;
}

/// Maps `backing` between two red zones and returns its first byte,
/// or null. Private pages serve where there is no file.
static void *mapGuarded(const Memory::Backing &backing,
                        uint64_t alignment = kPage) {
  uint64_t mapped = backing.bytes + 2 * kGuard;
  uint8_t *base = takeAddresses(mapped, alignment, 0 - kGuard);
  if (!base) {
    return nullptr;
  }
  void *begin = base + kGuard;
  int flags = MAP_FIXED | MAP_NORESERVE |
              (backing.file >= 0 ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS);
  if (backing.bytes != 0 &&
      mmap(begin, backing.bytes, PROT_READ | PROT_WRITE, flags, backing.file,
           off_t(backing.offset)) == MAP_FAILED) {
    munmap(base, mapped);
    return nullptr;
  }
  return begin;
}

void *Memory::allocate(uint64_t bytes, StringRef name, uint64_t alignment) {
  if (bytes > (uint64_t(1) << 46)) {
    return nullptr;
  }
  Entry entry;
  entry.backing.bytes = wholePages(bytes);
  entry.backing.file =
      bytes ? impl->pages.reserve(entry.backing.bytes, entry.backing.offset)
            : -1;
  entry.ownsBacking = true;
  entry.mapped = entry.backing.bytes + 2 * kGuard;
  void *begin = mapGuarded(entry.backing, alignment);
  if (!begin) {
    if (entry.backing.file >= 0) {
      impl->pages.release(entry.backing.offset, entry.backing.bytes);
    }
    return nullptr;
  }
  return impl->insert(reinterpret_cast<uint64_t>(begin), bytes, name, entry);
}

void *Memory::map(const Backing &backing, uint64_t bytes, StringRef name) {
  Entry entry;
  entry.backing = backing;
  entry.mapped = backing.bytes + 2 * kGuard;
  void *begin = mapGuarded(backing);
  if (!begin) {
    return nullptr;
  }
  return impl->insert(reinterpret_cast<uint64_t>(begin), bytes, name, entry);
}

void *Memory::reserveAddresses(uint64_t bytes, uint64_t alignment) {
  return takeAddresses(bytes, alignment, 0);
}

bool Memory::mapAt(void *address, const Backing &backing, StringRef name) {
  Entry entry;
  entry.backing = backing;
  entry.isReserved = true;
  if (mmap(address, backing.bytes, PROT_READ | PROT_WRITE,
           MAP_FIXED | MAP_SHARED | MAP_NORESERVE, backing.file,
           off_t(backing.offset)) == MAP_FAILED) {
    return false;
  }
  impl->insert(reinterpret_cast<uint64_t>(address), backing.bytes, name, entry);
  return true;
}

bool Memory::adopt(void *host, uint64_t bytes, StringRef name) {
  uint64_t begin = reinterpret_cast<uint64_t>(host);
  {
    std::shared_lock<ManyReaders> lock(impl->mutex);
    auto next = impl->allocations.lower_bound(begin);
    if (next != impl->allocations.end() && next->first < begin + bytes) {
      return false;
    }
    if (next != impl->allocations.begin() &&
        std::prev(next)->second.allocation.end > begin) {
      return false;
    }
  }
  impl->insert(begin, bytes, name, Entry());
  return true;
}

Memory::Backing Memory::backing(const void *pointer) const {
  std::shared_lock<ManyReaders> lock(impl->mutex);
  auto it = impl->allocations.find(reinterpret_cast<uint64_t>(pointer));
  return it == impl->allocations.end() ? Backing() : it->second.backing;
}

void Memory::free(void *pointer) {
  if (!pointer) {
    return;
  }
  std::unique_lock<ManyReaders> lock(impl->mutex);
  auto it = impl->allocations.find(reinterpret_cast<uint64_t>(pointer));
  if (it == impl->allocations.end()) {
    return;
  }
  Entry entry = it->second;
  impl->allocations.erase(it);
  unmapShadow(entry.allocation);
  entry.allocation.defined = nullptr;
  if (entry.isReserved) {
    mmap(pointer, entry.backing.bytes, PROT_NONE,
         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
  }
  if (entry.mapped == 0) {
    return;
  }
  // The pages go back to the host; their addresses stay taken.
  bool kept = mmap(entry.base(), entry.mapped, PROT_NONE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1,
                   0) != MAP_FAILED;
  impl->releasePages(entry);
  if (!kept) {
    munmap(entry.base(), entry.mapped);
    return;
  }
  impl->freedBytes += entry.mapped;
  impl->freed.push_back(std::move(entry));
  while (impl->freed.size() > kFreedRanges || impl->freedBytes > kFreedBytes) {
    const Entry &oldest = impl->freed.front();
    impl->freedBytes -= oldest.mapped;
    munmap(oldest.base(), oldest.mapped);
    impl->freed.pop_front();
  }
}

void Memory::setUndefined(void *allocation) {
  std::unique_lock<ManyReaders> lock(impl->mutex);
  auto it = impl->allocations.find(reinterpret_cast<uint64_t>(allocation));
  if (it == impl->allocations.end()) {
    return;
  }
  Allocation &a = it->second.allocation;
  if (a.end == a.begin) {
    return;
  }
  unmapShadow(a);
  void *shadow = mmap(nullptr, a.end - a.begin, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  a.defined = shadow == MAP_FAILED ? nullptr : static_cast<uint8_t *>(shadow);
}

void Memory::allowUndefinedStores(void *allocation) {
  std::unique_lock<ManyReaders> lock(impl->mutex);
  auto it = impl->allocations.find(reinterpret_cast<uint64_t>(allocation));
  if (it != impl->allocations.end()) {
    it->second.allocation.undefinedStores = true;
  }
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
  std::shared_lock<ManyReaders> lock(impl->mutex);
  for (auto it = impl->freed.rbegin(); it != impl->freed.rend(); ++it) {
    const Allocation &a = it->allocation;
    if (address >= a.begin && address < a.end) {
      return a.name;
    }
  }
  return "";
}

const Memory::Allocation *Memory::find(uint64_t address) const {
  std::shared_lock<ManyReaders> lock(impl->mutex);
  auto it = impl->allocations.upper_bound(address);
  if (it == impl->allocations.begin()) {
    return nullptr;
  }
  --it;
  return address < it->second.allocation.end ? &it->second.allocation : nullptr;
}

const Memory::Allocation *Memory::nearest(uint64_t address) const {
  std::shared_lock<ManyReaders> lock(impl->mutex);
  const Allocation *best = nullptr;
  uint64_t distance = ~0ull;
  for (auto &entry : impl->allocations) {
    const Allocation &a = entry.second.allocation;
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
