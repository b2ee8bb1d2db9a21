//===- Runtime.h - what all parts of the HIP library share ------*- C++ -*-===//
//
// One `Runtime` per process holds the simulated devices, their streams and the
// registered fat binaries. One lock guards all of it, and one condition
// variable announces every change; work itself runs outside the lock, on one
// thread per stream (Streams.cpp).
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_HIP_RUNTIME_H
#define MOESAIC_HIP_RUNTIME_H

#include "Sim/Simulator.h"
#include "Target/Chips.h"
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <hip/hip_runtime_api.h>
#include <memory>
#include <mutex>
#include <set>
#include <unordered_map>

namespace moesaic::hip {

class DeviceHeap;
struct DeviceState;
struct Capture;

/// The promise that one piece of work will be done.
struct Ticket {
  bool done = false;
  hipError_t result = hipSuccess;
  std::chrono::steady_clock::time_point finished;
};
using TicketRef = std::shared_ptr<Ticket>;

/// A piece of work for a stream, or a node of a graph.
struct Command {
  hipGraphNodeType type = hipGraphNodeTypeEmpty;
  DeviceState *device = nullptr;
  std::function<hipError_t()> run; ///< Empty: nothing to do.

  // What the graph functions get and set, by type.
  hipKernelNodeParams kernel = {};
  std::vector<uint8_t> kernarg; ///< Backs `kernelParams`.
  std::vector<void *> kernelParams;
  hipMemsetParams memset = {};
  hipMemcpy3DParms copy = {};
  hipHostNodeParams host = {};
  hipEvent_t event = nullptr;
  hipGraph_t child = nullptr;
  /// Of a graph: its commands in order, instead of `run`.
  std::vector<std::shared_ptr<const Command>> steps;
  /// Tickets that are done with this work at the latest.
  std::vector<TicketRef> marks;
};

/// Work that waits in a stream.
struct Operation {
  std::function<hipError_t()> run;
  std::vector<TicketRef> after;
  std::vector<TicketRef> marks;
  TicketRef ticket;
};

/// How often an event that processes share was recorded, and how many of these
/// records are done. Lies in memory that they share.
struct SharedEvent {
  std::atomic<uint64_t> recorded{0}, done{0};

  void finish(uint64_t record);
  /// Waits until `record` is done, or the program ends.
  void waitFor(uint64_t record) const;
};

using Pool = std::shared_ptr<ihipMemPoolHandle_t>;

/// What the runtime knows about an allocation besides its range.
struct AllocationInfo {
  hipMemoryType type = hipMemoryTypeDevice;
  int device = 0;
  unsigned flags = 0;
  bool managed = false;
  bool registered = false; ///< hipHostRegister: the program's own memory.
  bool imported = false;   ///< Memory of another process.
  bool isMapping = false;  ///< hipMemMap.
  bool captured = false;   ///< Allocated by a stream that captured.
  bool freeing = false;    ///< hipFreeAsync waits in a stream.
  uint64_t bytes = 0;
  Pool pool; ///< What it was taken from, or null.
  // What hipMemAdvise and hipMemPrefetchAsync said.
  bool readMostly = false, coarseGrained = false;
  int preferred = hipInvalidDeviceId, prefetched = hipInvalidDeviceId;
  std::set<int> accessedBy;
};

struct DeviceState {
  int ordinal = 0;
  const Chip *chip = nullptr;
  hipStream_t nullStream = nullptr;
  std::set<hipStream_t> streams; ///< All but the null stream.
  std::set<int> peers;           ///< Devices whose memory is enabled.
  uint64_t allocatedBytes = 0;
  unsigned flags = 0;
  bool contextActive = false;
  hipError_t fault = hipSuccess; ///< Sticks until hipDeviceReset.
  Pool defaultPool, pool;        ///< Null until they are asked for.

  /// The simulated device, made when it is first needed. Thread-safe.
  sim::Device *simulator();

  /// What kernels' malloc takes memory from. Thread-safe.
  DeviceHeap &deviceHeap();

  DeviceState();
  ~DeviceState();

private:
  std::once_flag once, heapOnce;
  std::unique_ptr<sim::Device> sim;
  std::unique_ptr<DeviceHeap> heap;
};

struct Runtime {
  /// The one runtime; it is never destroyed, because programs call HIP from
  /// destructors of static objects.
  static Runtime &get();

  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::unique_ptr<DeviceState>> devices;
  std::shared_ptr<sim::Memory> memory; ///< Of all devices, and pinned memory.
  std::map<uint64_t, AllocationInfo> allocations; ///< By first byte.
  std::set<hipEvent_t> events;
  std::map<hipMemPool_t, Pool> pools; ///< Handles that are valid.
  std::set<hipFunction_t> functions;  ///< Handles that are valid.
  unsigned running = 0;               ///< Operations that execute now.
  std::atomic<bool> exiting{false};

  /// The allocation that holds `pointer`, or null; `base` is its first byte.
  /// The caller holds the lock.
  AllocationInfo *find(const void *pointer, uint64_t *base = nullptr);

private:
  Runtime();
};

/// Memory that a simulated device reports. Pages are committed when touched,
/// so this may exceed what the host has.
constexpr uint64_t kDeviceMemoryBytes = uint64_t(64) << 30;

/// The buffer of `-mprintf-kind=buffered`: what does not fit is lost.
constexpr uint64_t kPrintfBytes = uint64_t(1) << 20;

//===----------------------------------------------------------------------===//
// Errors.cpp
//===----------------------------------------------------------------------===//

/// Remembers an error for hipGetLastError and returns it. Every entry point
/// returns through this.
hipError_t finish(hipError_t error);

/// Prints one line for the user on standard error.
void say(const llvm::Twine &message);

/// Prints the message of an error, which must be one.
void say(llvm::Error error);

/// For entry points without an implementation: says so once per name.
hipError_t unsupported(const char *name);

//===----------------------------------------------------------------------===//
// Devices.cpp
//===----------------------------------------------------------------------===//

/// The calling thread's current device, or null when there is none.
DeviceState *currentDevice();
void setCurrentDevice(int ordinal);

/// The device with this number, or null.
DeviceState *deviceAt(int ordinal);

//===----------------------------------------------------------------------===//
// Streams.cpp
//===----------------------------------------------------------------------===//

/// Turns a handle (null, legacy, per thread or made) into a stream of the
/// current device, or null when it is none.
hipStream_t resolve(hipStream_t stream);

/// The stream that `_spt` entry points mean by null.
hipStream_t perThread(hipStream_t stream);

/// Appends a command to a stream, or to the graph that it captures.
hipError_t submit(hipStream_t stream, Command command);

/// `submit`, then waits for its end when nothing is being captured.
hipError_t submitAndWait(hipStream_t stream, Command command);

/// Waits for everything in the streams of a device, or of all when null.
hipError_t synchronize(DeviceState *device);

/// Waits until `ticket` is done. The caller holds the lock.
void waitFor(std::unique_lock<std::mutex> &lock, const TicketRef &ticket);

/// Says that a ticket's work is done. The caller holds the lock.
void complete(Ticket &ticket, hipError_t result);

/// Whether a capture forbids calls that synchronize. The caller holds no lock.
bool capturing(hipStream_t stream);

//===----------------------------------------------------------------------===//
// Memory.cpp
//===----------------------------------------------------------------------===//

/// Allocates `bytes` that belong to `device`; reports name the memory after the
/// call and its number in the program.
hipError_t allocateOn(DeviceState *device, void **result, size_t bytes,
                      const char *call, AllocationInfo info);

/// Frees device memory that begins at `pointer`.
hipError_t releaseAllocation(void *pointer);

//===----------------------------------------------------------------------===//
// Copies.cpp
//===----------------------------------------------------------------------===//

/// Commands from the parameters of graph nodes; the result says whether they
/// are valid.
hipError_t makeCopy(const hipMemcpy3DParms &parameters, Command &command);
hipError_t makeMemset(const hipMemsetParams &parameters, Command &command);

/// A linear copy as the parameters of a 3-D one.
hipMemcpy3DParms linearCopy(void *to, const void *from, size_t bytes,
                            hipMemcpyKind kind);

/// A copy between memory and a variable of the current device.
hipError_t symbolCopy(const void *symbol, void *other, size_t bytes,
                      size_t offset, hipMemcpyKind kind, bool toSymbol,
                      hipMemcpy3DParms &parameters);

//===----------------------------------------------------------------------===//
// Modules.cpp and FatBinary.cpp
//===----------------------------------------------------------------------===//

/// A code object on one device.
struct LoadedProgram {
  DeviceState *device = nullptr;
  std::unique_ptr<sim::Program> program;
};

/// Takes the code object for the device out of `image` (a code object or a
/// bundle) and loads it.
hipError_t loadImage(const void *image, DeviceState &device,
                     std::shared_ptr<LoadedProgram> &result);

/// The code object for the chip inside `image`. The bytes live in `image` or
/// in `storage`.
hipError_t selectCodeObject(const void *image, const Chip &chip,
                            std::unique_ptr<llvm::MemoryBuffer> &storage,
                            llvm::StringRef &object);

/// The function of the current device behind a kernel's host symbol.
hipError_t functionOf(const void *hostFunction, hipFunction_t &function);

/// The address and size on the current device behind a variable's host symbol.
hipError_t symbolOf(const void *symbol, void *&address, size_t &bytes);

/// Whether the handle is one of a kernel.
bool isFunction(hipFunction_t function);

/// Target id of the simulated chip, for example `gfx942:sramecc+:xnack-`.
std::string targetId(const Chip &chip);

//===----------------------------------------------------------------------===//
// Launch.cpp
//===----------------------------------------------------------------------===//

/// How workgroups of a launch meet at barriers of the grid or of several grids.
struct Cooperation {
  bool together = false;
  uint64_t multigrid = 0;       ///< The hidden argument.
  std::shared_ptr<void> memory; ///< Stays until the launch is done.
};

struct LaunchShape {
  std::array<uint32_t, 3> lanes; ///< Of the whole grid.
  std::array<uint32_t, 3> block;
  uint64_t dynamicLds = 0;
  Cooperation cooperation = {};
};

/// Checks a launch and packs its arguments from `parameters` or `extra`.
hipError_t makeLaunch(hipFunction_t function, const LaunchShape &shape,
                      void **parameters, void **extra, Command &command);

/// The same for a kernel node, whose `func` is a host symbol or a function.
hipError_t makeKernelNode(const hipKernelNodeParams &parameters,
                          Command &command, Cooperation cooperation = {});

/// Launches a kernel; `symbol` is what the program calls it by.
hipError_t launch(hipFunction_t function, void *symbol, dim3 grid, dim3 block,
                  void **parameters, void **extra, size_t dynamicLds,
                  hipStream_t stream, Cooperation cooperation = {});

/// The same for a grid whose workgroups wait for each other.
hipError_t launchCooperative(hipFunction_t function, dim3 grid, dim3 block,
                             void **parameters, unsigned dynamicLds,
                             hipStream_t stream);

/// Launches the kernel behind a host symbol on the current device.
hipError_t launchSymbol(const void *symbol, dim3 grid, dim3 block,
                        void **parameters, size_t dynamicLds,
                        hipStream_t stream, Cooperation cooperation = {});

/// Blocks of `lanes` work-items that one compute unit holds at once.
int residentBlocks(const sim::KernelInfo &kernel, const Chip &chip,
                   uint32_t lanes, uint64_t dynamicLds);

//===----------------------------------------------------------------------===//
// Graph.cpp and Capture.cpp
//===----------------------------------------------------------------------===//

/// Appends to the graph that `stream` captures. The caller holds the lock.
hipError_t captureCommand(hipStream_t stream, Command command);

/// Records and waits in a capture. The caller holds the lock.
hipError_t captureEventRecord(hipStream_t stream, hipEvent_t event);
hipError_t captureEventWait(hipStream_t stream, hipEvent_t event);

} // namespace moesaic::hip

namespace moesaic::hip {

/// What programs hold by handle: knows which handles are valid.
template <typename T>
class Handle {
public:
  Handle() {
    std::lock_guard<std::mutex> lock(registry().mutex);
    registry().alive.insert(this);
  }
  ~Handle() {
    std::lock_guard<std::mutex> lock(registry().mutex);
    registry().alive.erase(this);
  }
  Handle(const Handle &) = delete;
  Handle &operator=(const Handle &) = delete;

  static bool isAlive(const T *handle) {
    std::lock_guard<std::mutex> lock(registry().mutex);
    return registry().alive.count(static_cast<const Handle *>(handle)) != 0;
  }

private:
  struct Registry {
    std::mutex mutex;
    std::set<const Handle *> alive;
  };
  /// Never destroyed, like the runtime.
  static Registry &registry() {
    static auto *instance = new Registry();
    return *instance;
  }
};

/// Whether the program may use the handle; null is none.
template <typename T>
bool isAlive(const T *handle) {
  return Handle<T>::isAlive(handle);
}

} // namespace moesaic::hip

struct hipGraphNode : moesaic::hip::Handle<hipGraphNode> {
  std::shared_ptr<const moesaic::hip::Command> command;
  hipGraph_t graph = nullptr;
  std::vector<hipGraphNode_t> after;
  hipGraphNode_t original = nullptr; ///< What hipGraphClone copied.
};

struct ihipStream_t {
  moesaic::hip::DeviceState *device = nullptr;
  unsigned flags = 0;
  int priority = 0;
  std::vector<uint32_t> unitMask; ///< Empty: all compute units.
  std::deque<moesaic::hip::Operation> queue;
  moesaic::hip::TicketRef last;
  bool started = false; ///< Has its thread.
  bool closing = false;
  /// The capture that the stream takes part in, and its latest nodes.
  std::shared_ptr<moesaic::hip::Capture> capture;
  std::vector<hipGraphNode_t> tail;
};

struct ihipEvent_t {
  ~ihipEvent_t();

  unsigned flags = 0;
  moesaic::hip::DeviceState *device = nullptr;
  moesaic::hip::TicketRef ticket; ///< Null until recorded.
  /// Between processes, instead of the ticket.
  std::shared_ptr<moesaic::hip::SharedEvent> shared;
  int file = -1; ///< What the owner lets others open.
  std::shared_ptr<moesaic::hip::Capture> capture;
  std::vector<hipGraphNode_t> nodes; ///< What it was recorded after.
};

/// A memory pool.
struct ihipMemPoolHandle_t {
  moesaic::hip::DeviceState *device = nullptr;
  bool shareable = false;
  bool imported = false; ///< Another process'.
  uint64_t threshold = 0;
  uint64_t used = 0, usedHigh = 0, reservedHigh = 0;
  std::map<int, int> reuse; ///< Attributes that were set.
  std::map<int, hipMemAccessFlags> access;

  void take(uint64_t bytes);
};

/// A kernel on one device; the runtime knows which handles are alive. Made and
/// destroyed with the runtime's lock open.
struct ihipModuleSymbol_t {
  ihipModuleSymbol_t(std::shared_ptr<moesaic::hip::LoadedProgram> loaded,
                     const moesaic::sim::KernelInfo *kernel);
  ~ihipModuleSymbol_t();

  std::shared_ptr<moesaic::hip::LoadedProgram> loaded;
  const moesaic::sim::KernelInfo *kernel;
};

struct ihipModule_t : moesaic::hip::Handle<ihipModule_t> {
  std::mutex mutex;
  std::shared_ptr<moesaic::hip::LoadedProgram> loaded;
  std::map<std::string, std::unique_ptr<ihipModuleSymbol_t>> functions;
};

#endif
