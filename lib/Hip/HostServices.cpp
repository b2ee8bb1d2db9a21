//===- HostServices.cpp - what running kernels ask of the host ------------===//
//
// ROCm's device libraries call the host through a buffer of packets, one for
// each wave that may be waiting. A wave takes a packet from the free stack,
// fills one payload of eight words per lane, pushes the packet onto the ready
// stack and sleeps until its control word says that the host is done. Stacks
// hold packet numbers with a tag above them that changes with each use.
//
// A sleeping wave is what makes the simulator look here, so that requests are
// served by the thread that runs the kernel, and no thread has to watch.
//
//===----------------------------------------------------------------------===//

#include "Hip/HostServices.h"
#include "Hip/DevicePrintf.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"
#include <thread>

using namespace llvm;
using namespace moesaic;
using namespace moesaic::hip;

//===----------------------------------------------------------------------===//
// The layout that device code knows
//===----------------------------------------------------------------------===//

namespace {

struct Packet {
  uint64_t next;
  uint64_t lanes; ///< Mask of those that take part.
  uint32_t service;
  uint32_t control; ///< Bit 0: waits for the host.
};

struct Payload {
  uint64_t words[64][8];
};

/// amd_signal_t of the HSA runtime; without a mailbox it is only a number.
struct Signal {
  uint64_t kind;
  uint64_t value;
  uint64_t mailbox;
  uint64_t rest[5];
};

struct BufferHeader {
  Packet *packets;
  Payload *payloads;
  Signal *doorbell;
  uint64_t freeStack;
  uint64_t readyStack;
  uint64_t numberMask;
};

enum Service : uint32_t { Call = 1, Printf = 2, Memory = 3 };

} // namespace

/// More than any release of the device libraries keeps in it.
static constexpr uint64_t kHeapRootBytes = 1 << 20;
/// The device's allocator finds a slab by masking addresses inside it.
static constexpr uint64_t kSlabBytes = 2 << 20;

//===----------------------------------------------------------------------===//
// Packets
//===----------------------------------------------------------------------===//

namespace moesaic::hip {

class HostcallBuffer {
public:
  HostcallBuffer(void *memory, uint64_t packets);
  ~HostcallBuffer() { Runtime::get().memory->free(header); }

  static uint64_t bytesFor(uint64_t packets) {
    return sizeof(BufferHeader) + sizeof(Signal) +
           packets * (sizeof(Packet) + sizeof(Payload));
  }

  uint64_t address() const { return reinterpret_cast<uint64_t>(header); }

  /// Serves all that waits.
  void serve(DeviceHeap &heap);

  bool wroteOutput = false, wroteError = false;

private:
  void printLane(uint64_t *words);

  BufferHeader *header;
  std::mutex mutex;
  /// Messages that are not complete yet, by number.
  std::map<uint64_t, std::vector<uint64_t>> messages;
  uint64_t nextMessage = 1;
};

} // namespace moesaic::hip

HostcallBuffer::HostcallBuffer(void *memory, uint64_t packets)
    : header(static_cast<BufferHeader *>(memory)) {
  header->doorbell = reinterpret_cast<Signal *>(header + 1);
  header->packets = reinterpret_cast<Packet *>(header->doorbell + 1);
  header->payloads = reinterpret_cast<Payload *>(header->packets + packets);
  header->numberMask = packets - 1;
  // A tag of 1 tells packet 0 from the null that ends a stack.
  for (uint64_t n = 0; n < packets; ++n) {
    header->packets[n].next = header->freeStack;
    header->freeStack = packets | n;
  }
  // Calls with fewer than eight words leave the others as they happen to be.
  Runtime::get().memory->allowUndefinedStores(memory);
}

/// Adds one lane's words to its message, and prints the message at its end.
void HostcallBuffer::printLane(uint64_t *words) {
  // Bit 0 begins a message, bit 1 ends it, bits 5 to 7 count the words that
  // follow; above is the number of the message.
  uint64_t descriptor = words[0];
  uint64_t id = descriptor & 1 ? nextMessage++ : descriptor >> 8;
  std::vector<uint64_t> &message = messages[id];
  message.insert(message.end(), words + 1, words + 1 + (descriptor >> 5 & 7));
  words[0] = id << 8;
  if (!(descriptor & 2)) {
    return;
  }
  ArrayRef<uint64_t> all(message);
  bool toError = !all.empty() && all[0] == 1;
  (toError ? wroteError : wroteOutput) = true;
  all = all.drop_front(all.empty() ? 0 : 1);
  words[0] = uint64_t(
      printDeviceMessage(toError ? stderr : stdout,
                         ArrayRef(reinterpret_cast<const uint8_t *>(all.data()),
                                  all.size() * sizeof(uint64_t))));
  messages.erase(id);
}

void HostcallBuffer::serve(DeviceHeap &heap) {
  if (__atomic_load_n(&header->readyStack, __ATOMIC_RELAXED) == 0) {
    return;
  }
  std::lock_guard<std::mutex> lock(mutex);
  std::vector<uint64_t> numbers; // the latest first
  for (uint64_t top = __atomic_exchange_n(&header->readyStack, uint64_t(0),
                                          __ATOMIC_ACQUIRE);
       top != 0;) {
    numbers.push_back(top & header->numberMask);
    top = header->packets[numbers.back()].next;
  }
  for (uint64_t number : reverse(numbers)) {
    Packet &packet = header->packets[number];
    for (unsigned lane = 0; lane < 64; ++lane) {
      uint64_t *words = header->payloads[number].words[lane];
      if (!(packet.lanes >> lane & 1)) {
        continue;
      }
      if (packet.service == Printf) {
        printLane(words);
      } else if (packet.service == Memory) {
        if (words[0] == 0) {
          words[0] = heap.allocate(words[1]);
        } else {
          heap.free(words[0]);
        }
      } else if (packet.service == Call) {
        // __ockl_call_host_function
        auto function =
            reinterpret_cast<void (*)(uint64_t *, uint64_t *)>(words[0]);
        uint64_t output[2] = {0, 0};
        function(output, words + 1);
        memcpy(words, output, sizeof output);
      } else {
        words[0] = words[1] = 0;
      }
    }
    __atomic_store_n(&packet.control, 0u, __ATOMIC_RELEASE);
  }
}

//===----------------------------------------------------------------------===//
// Device-side malloc
//===----------------------------------------------------------------------===//

uint64_t DeviceHeap::enter() {
  std::lock_guard<std::mutex> lock(mutex);
  ++users;
  if (root == 0) {
    root = reinterpret_cast<uint64_t>(Runtime::get().memory->allocate(
        kHeapRootBytes, "root of the device heap"));
  }
  return root;
}

void DeviceHeap::leave() {
  std::lock_guard<std::mutex> lock(mutex);
  if (--users != 0) {
    return;
  }
  for (uint64_t block : freed) {
    Runtime::get().memory->free(reinterpret_cast<void *>(block));
  }
  freed.clear();
}

uint64_t DeviceHeap::allocate(uint64_t bytes) {
  Runtime &runtime = Runtime::get();
  {
    std::lock_guard<std::mutex> lock(runtime.mutex);
    if (bytes > kDeviceMemoryBytes - device.allocatedBytes) {
      return 0;
    }
    device.allocatedBytes += bytes;
  }
  auto block = reinterpret_cast<uint64_t>(
      runtime.memory->allocate(bytes, "malloc in a kernel", kSlabBytes));
  if (block == 0) {
    std::lock_guard<std::mutex> lock(runtime.mutex);
    device.allocatedBytes -= bytes;
    return 0;
  }
  std::lock_guard<std::mutex> lock(mutex);
  blocks[block] = bytes;
  return block;
}

void DeviceHeap::free(uint64_t block) {
  uint64_t bytes;
  {
    std::lock_guard<std::mutex> lock(mutex);
    auto it = blocks.find(block);
    if (it == blocks.end()) {
      return;
    }
    bytes = it->second;
    blocks.erase(it);
    freed.push_back(block);
  }
  Runtime &runtime = Runtime::get();
  std::lock_guard<std::mutex> lock(runtime.mutex);
  device.allocatedBytes -= bytes;
}

DeviceState::DeviceState() = default;
DeviceState::~DeviceState() = default;

DeviceHeap &DeviceState::deviceHeap() {
  std::call_once(heapOnce, [&] { heap = std::make_unique<DeviceHeap>(*this); });
  return *heap;
}

//===----------------------------------------------------------------------===//
// One launch
//===----------------------------------------------------------------------===//

static bool hasArgument(const sim::KernelInfo &kernel, StringRef kind) {
  return any_of(kernel.arguments, [&](const sim::KernelArgument &argument) {
    return argument.kind == kind;
  });
}

/// Packets for all waves that may wait at once: those of as many workgroups as
/// the simulator keeps going.
static uint64_t packetsFor(const sim::LaunchConfig &config, const Chip &chip) {
  uint64_t groups = uint64_t(config.grid[0]) * config.grid[1] * config.grid[2];
  if (!config.together) {
    groups = std::min<uint64_t>(
        groups, chip.computeUnits + std::thread::hardware_concurrency() + 1);
  }
  uint64_t lanes =
      uint64_t(config.block[0]) * config.block[1] * config.block[2];
  return PowerOf2Ceil(groups * divideCeil(lanes, 32));
}

LaunchServices::LaunchServices(const LoadedProgram &loaded,
                               const sim::KernelInfo &kernel,
                               sim::LaunchConfig &config)
    : loaded(loaded) {
  sim::Memory &memory = *Runtime::get().memory;
  DeviceHeap &heap = loaded.device->deviceHeap();
  if (hasArgument(kernel, "hidden_hostcall_buffer")) {
    uint64_t packets = packetsFor(config, *loaded.device->chip);
    if (void *buffer = memory.allocate(HostcallBuffer::bytesFor(packets),
                                       "hostcall buffer")) {
      hostcalls = std::make_unique<HostcallBuffer>(buffer, packets);
      config.services.hostcallBuffer = hostcalls->address();
      config.onSleep = [&heap, calls = hostcalls.get()] { calls->serve(heap); };
    }
  }
  if (hasArgument(kernel, "hidden_printf_buffer")) {
    printed =
        static_cast<uint8_t *>(memory.allocate(kPrintfBytes, "printf buffer"));
    if (printed) {
      reinterpret_cast<uint32_t *>(printed)[1] = uint32_t(kPrintfBytes);
      config.services.printfBuffer = reinterpret_cast<uint64_t>(printed);
    }
  }
  if (hasArgument(kernel, "hidden_heap_v1")) {
    usesHeap = true;
    config.services.heap = heap.enter();
  }
}

LaunchServices::~LaunchServices() {
  Runtime::get().memory->free(printed);
  if (usesHeap) {
    loaded.device->deviceHeap().leave();
  }
}

bool LaunchServices::finish() {
  bool output = hostcalls && hostcalls->wroteOutput;
  if (printed) {
    // The bytes that were used, and of the buffer, come before the records.
    size_t used = std::min<size_t>(reinterpret_cast<uint32_t *>(printed)[0],
                                   kPrintfBytes - 8);
    printDeviceBuffer(ArrayRef(printed + 8, used),
                      loaded.program->printfFormats());
    output |= used != 0;
  }
  if (output) {
    fflush(stdout);
  }
  return hostcalls && hostcalls->wroteError;
}
