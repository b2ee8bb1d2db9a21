//===- Simulator.h - runs AMDGPU code objects on the host -------*- C++ -*-===//
//
// The public face of the simulated GPU. A `Device` is one chip with its memory;
// a `Program` is a code object loaded into it; `Device::launch` runs one kernel
// over a grid and returns what it executed:
//
//   auto device = cantFail(sim::Device::create("gfx942"));
//   auto program = cantFail(sim::Program::load(object, *device));
//   void *data = device->memory().allocate(bytes, "data");
//   auto stats = device->launch(*program, "kernel", {grid, block}, arguments);
//
// Device addresses are host addresses: a kernel argument that is a pointer is
// the value that `allocate` returned, and the host may read and write it.
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_SIM_SIMULATOR_H
#define MOESAIC_SIM_SIMULATOR_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBufferRef.h"
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace moesaic::sim {

class Device;

/// Device memory: allocations that kernels may touch. Memory is reserved, not
/// committed, so that an array of many GiB costs only the pages that are used.
class Memory {
public:
  struct Allocation {
    uint64_t begin = 0;
    uint64_t end = 0; ///< One past the last byte that may be touched.
    std::string name;
    /// One byte per byte, nonzero once it holds a value; null: all do.
    uint8_t *defined = nullptr;
    bool undefinedStores = false; ///< Are allowed.
  };

  Memory();
  ~Memory();
  Memory(const Memory &) = delete;
  Memory &operator=(const Memory &) = delete;

  /// Returns zeroed memory with the alignment, a power of two of at least 4096,
  /// or null when the host has none. The name appears in reports.
  void *allocate(uint64_t bytes, llvm::StringRef name,
                 uint64_t alignment = 4096);

  /// Says that an allocation holds no values yet, as fresh memory of a GPU: the
  /// checker reports when what is read from it decides something. Values get
  /// there by stores of kernels, `copyTo` and `setDefined`.
  void setUndefined(void *allocation);

  /// Says that kernels may store undefined values in an allocation, as they do
  /// where they fill only a part of a message.
  void allowUndefinedStores(void *allocation);

  /// Says that the host has written the bytes.
  void setDefined(void *device, uint64_t bytes);

  /// Where an allocation's pages live: a range of a file that another process
  /// can map, or file -1.
  struct Backing {
    int file = -1;
    uint64_t offset = 0;
    uint64_t bytes = 0; ///< A multiple of the page size.
  };

  /// The pages of the allocation that begins at `pointer`.
  Backing backing(const void *pointer) const;

  /// Makes an allocation of `bytes` out of another process' pages; the caller
  /// keeps the file. Returns null when the host refuses.
  void *map(const Backing &backing, uint64_t bytes, llvm::StringRef name);

  /// Takes addresses with nothing behind them; munmap gives them back.
  static void *reserveAddresses(uint64_t bytes, uint64_t alignment);

  /// Makes pages of a file an allocation at reserved addresses; `free` takes
  /// that back. Fails when the host refuses.
  bool mapAt(void *address, const Backing &backing, llvm::StringRef name);

  /// Lets kernels touch memory that the host owns, until `free`. Fails when the
  /// range overlaps an allocation.
  bool adopt(void *host, uint64_t bytes, llvm::StringRef name);

  /// Releases what `allocate` or `map` returned and forgets what was adopted;
  /// null is ignored. No launch that can still touch it may be running.
  void free(void *pointer);

  /// Copies between host memory and an allocation, or fails when the device
  /// range does not lie inside one allocation.
  llvm::Error copyTo(void *device, const void *host, uint64_t bytes);
  llvm::Error copyFrom(void *host, const void *device, uint64_t bytes);

  /// The allocation that holds `address`, or null.
  const Allocation *find(uint64_t address) const;

  /// The allocation nearest to `address` (for reports), or null when there is
  /// none.
  const Allocation *nearest(uint64_t address) const;

  /// The name of the allocation that held `address` before it was freed, or an
  /// empty string. The last few hundred are remembered.
  std::string findFreed(uint64_t address) const;

private:
  struct Impl;
  std::unique_ptr<Impl> impl;
};

/// One argument slot of a kernel, from the code object's metadata.
struct KernelArgument {
  std::string name; ///< Empty when the compiler left it out.
  std::string kind; ///< `by_value`, `global_buffer`, `hidden_block_count_x`...
  uint32_t offset = 0;
  uint32_t size = 0;
};

/// What a code object says about one of its kernels.
struct KernelInfo {
  std::string name;
  uint32_t kernargBytes = 0;
  uint32_t ldsBytes = 0;     ///< Static LDS of a workgroup.
  uint32_t scratchBytes = 0; ///< Private memory of one lane.
  uint32_t vgprs = 0;        ///< All vector registers, AGPRs included.
  uint32_t agprs = 0;
  uint32_t sgprs = 0;
  uint32_t vgprSpills = 0;
  uint32_t sgprSpills = 0;
  uint32_t maxWorkgroupSize = 0;
  std::array<uint32_t, 3> requiredWorkgroupSize = {0, 0, 0}; ///< 0: any.
  std::vector<KernelArgument> arguments;
};

/// A code object loaded into a device. It must not outlive the device.
class Program {
public:
  /// Loads an ELF code object for the device's chip. The object's bytes are
  /// copied. Fails with the reason when the file is malformed, is for another
  /// chip, or a kernel holds instructions that the simulator does not know
  /// (all of them are listed).
  static llvm::Expected<std::unique_ptr<Program>>
  load(llvm::MemoryBufferRef object, Device &device);

  ~Program();
  Program(const Program &) = delete;
  Program &operator=(const Program &) = delete;

  llvm::ArrayRef<KernelInfo> kernels() const;

  /// The kernel called `name`, or null.
  const KernelInfo *findKernel(llvm::StringRef name) const;

  /// The format strings of buffered device `printf`, as the metadata has them.
  llvm::ArrayRef<std::string> printfFormats() const;

  /// The address and size of a global variable of the program, or {0, 0}.
  std::pair<uint64_t, uint64_t> findGlobal(llvm::StringRef name) const;

  struct Impl;
  const Impl &implementation() const { return *impl; }

private:
  explicit Program(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl;
};

/// What the checker does about a mistake that hardware would not fault on
/// (docs/checker.md).
enum class CheckMode : uint8_t {
  Environment, ///< What MOESAIC_CHECK says: off, report or trap; else Report.
  Off,
  Report, ///< Says so, once per instruction; the launch goes on.
  Trap    ///< Fails the launch.
};

/// The mode that stands for `asked` in this process; Environment when
/// MOESAIC_CHECK is none of them.
CheckMode checkMode(CheckMode asked = CheckMode::Environment);

/// Device addresses of what the host offers to a kernel through hidden
/// arguments (AMDGPUUsage, "Code Object V5 Metadata"); 0: it does not.
struct HostServices {
  uint64_t hostcallBuffer = 0;
  uint64_t printfBuffer = 0;
  uint64_t heap = 0;
  uint64_t multigridSync = 0;
};

struct LaunchConfig {
  std::array<uint32_t, 3> grid = {1, 1, 1};  ///< Workgroups.
  std::array<uint32_t, 3> block = {1, 1, 1}; ///< Lanes of a workgroup.
  /// Lanes of the whole grid, when the last workgroup along an axis is smaller
  /// than a block; 0 is grid * block.
  std::array<uint32_t, 3> lanes = {0, 0, 0};
  /// Nobody else writes device memory while the launch runs: a kernel whose
  /// waves all spin will then never end.
  bool alone = true;
  /// All workgroups run side by side, however many they are, because they wait
  /// for each other.
  bool together = false;
  uint32_t dynamicLdsBytes = 0;
  /// Instructions that one wave may execute before the launch fails as a
  /// runaway; 0 is the default, 2^28.
  uint64_t instructionBudget = 0;
  unsigned threads = 0; ///< Host threads; 0 is one per core.
  CheckMode check = CheckMode::Environment;
  /// Fill in `ldsAccesses` and `ldsConflicts`, which takes time.
  bool countLdsConflicts = false;
  /// The waves of a workgroup take turns in an order, and for lengths, that
  /// depend only on the seed. 0: what MOESAIC_SEED says, else one after
  /// another.
  uint64_t seed = 0;
  /// Receives the checker's reports; without it they go to standard error.
  std::function<void(llvm::StringRef)> onReport = nullptr;
  HostServices services = {};
  /// Called when a wave has gone to sleep, as one does that waits for the host.
  /// Several threads of the launch may call it at once.
  std::function<void()> onSleep = nullptr;
};

/// What a launch executed. Instruction counts are per wave.
struct LaunchStats {
  uint64_t salu = 0;
  uint64_t valu = 0;
  uint64_t mfma = 0;
  uint64_t smem = 0;
  uint64_t vmemLoads = 0;
  uint64_t vmemStores = 0;
  uint64_t vmemAtomics = 0;
  uint64_t lds = 0;
  uint64_t branches = 0;
  uint64_t other = 0; ///< Waits, barriers, hints, end of program.
  uint64_t workgroups = 0;
  uint64_t waves = 0;
  uint64_t globalBytesRead = 0;    ///< By vector memory instructions.
  uint64_t globalBytesWritten = 0; ///< Atomics count as written.
  uint64_t scalarBytesRead = 0;
  uint64_t ldsBytes = 0; ///< Bytes moved to and from LDS.
  /// Accesses of LDS instructions, two of a two-address one, and the cycles
  /// that they lose to bank conflicts (README.md, "LDS banks").
  uint64_t ldsAccesses = 0, ldsConflicts = 0;
  double seconds = 0;                            ///< Host time.
  std::map<std::string, uint64_t> matrixOpcodes; ///< Executions per opcode.
  std::vector<std::string> reports;              ///< Of the checker.

  uint64_t instructions() const {
    return salu + valu + mfma + smem + vmemLoads + vmemStores + vmemAtomics +
           lds + branches + other;
  }
  LaunchStats &operator+=(const LaunchStats &other);
};

/// The names of the simulated chips.
std::vector<llvm::StringRef> simulatedChips();

/// The mnemonics that are simulated on `chip`, and its other compute
/// instructions, sorted. Code that has one of those does not load.
llvm::Expected<std::vector<std::string>>
supportedInstructions(llvm::StringRef chip);
llvm::Expected<std::vector<std::string>>
missingInstructions(llvm::StringRef chip);

/// One simulated GPU.
class Device {
public:
  /// A device of the named chip, or an error that lists the chips there are.
  /// Devices that are given the same memory can touch each other's allocations.
  static llvm::Expected<std::unique_ptr<Device>>
  create(llvm::StringRef chip, std::shared_ptr<Memory> memory = nullptr);

  ~Device();
  Device(const Device &) = delete;
  Device &operator=(const Device &) = delete;

  llvm::StringRef chip() const;
  Memory &memory();

  /// Runs `kernel` to its end. `explicitKernargs` is the kernarg segment up to
  /// the hidden arguments, which are filled in here; it may be shorter than the
  /// segment, and missing bytes are zero. The error of a faulting access names
  /// kernel, instruction, workgroup, wave, lane and address.
  llvm::Expected<LaunchStats> launch(const Program &program,
                                     llvm::StringRef kernel,
                                     const LaunchConfig &config,
                                     llvm::ArrayRef<uint8_t> explicitKernargs);

  struct Impl;
  Impl &implementation() { return *impl; }

private:
  explicit Device(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl;
};

} // namespace moesaic::sim

#endif
