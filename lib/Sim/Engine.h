//===- Engine.h - programs, devices, their threads --------------*- C++ -*-===//

#ifndef MOESAIC_SIM_ENGINE_H
#define MOESAIC_SIM_ENGINE_H

#include "Sim/Checker/Checker.h"
#include "Sim/Decode/CodeObject.h"
#include "Sim/Decode/Decode.h"
#include "Sim/Machine.h"
#include "Sim/Simulator.h"
#include "Target/Chips.h"
#include <atomic>
#include <mutex>
#include <set>

namespace moesaic::sim {

struct Program::Impl {
  Device *device = nullptr;
  CodeObject object;
  Code code;
  std::vector<KernelInfo> infos;
  std::string bytes; ///< The file, for its line table.
  /// Made at the first launch under the checker.
  mutable std::unique_ptr<CheckTable> checks;
  mutable std::mutex checking;
  mutable std::set<uint64_t> reported; ///< Sites; guarded by `checking`.

  ~Impl();
};

struct Device::Impl {
  explicit Impl(std::shared_ptr<Memory> shared)
      : owner(std::move(shared)), memory(*owner) {}

  const Chip *chip = nullptr;
  const ChipModel *model = nullptr;
  std::shared_ptr<Memory> owner;
  Memory &memory;
  std::unique_ptr<Decoder> decoder;
  std::unique_ptr<Decoder> wideDecoder; ///< For waves of 64 where both exist.
  std::mutex decoding;                  ///< LLVM's disassembler keeps state.
};

/// Apart from what other threads write.
constexpr size_t kCacheLine = 64;

/// The counters at which waves of all workgroups meet.
struct SyncCounter {
  int64_t count = 0;
  uint64_t releases = 0;
  bool isSet = false;
  bool isSemaphore = false;
};
struct alignas(kCacheLine) GlobalSync {
  std::mutex mutex; ///< Guards `counters`.
  SyncCounter counters[64];
};

/// Whether the wave waits for others and may not go on yet.
bool isSyncing(const Wave &w);

/// What all workgroups of one launch share. All threads read it all the time.
struct alignas(kCacheLine) Launch {
  const Program::Impl *program = nullptr;
  const Kernel *kernel = nullptr;
  const Memory *memory = nullptr;
  LaunchConfig config;
  CheckMode check = CheckMode::Off;
  llvm::ArrayRef<Worker> workers;
  std::atomic<bool> stop{false};

  alignas(kCacheLine) std::mutex mutex; ///< Guards the reports.
  std::string report;
  std::vector<std::string> reports;

  GlobalSync sync;

  /// How often memory has changed: while that stays the same, a wave that
  /// comes back to a state spins.
  uint64_t changes() const;
};

/// One host thread of a launch.
struct alignas(kCacheLine) Worker {
  Launch *launch = nullptr;
  std::vector<uint64_t> executed; ///< Per instruction.
  /// The allocation that each instruction touched last.
  std::vector<Memory::Allocation> recent;
  Traffic traffic;
  uint64_t ldsAccesses = 0, ldsConflicts = 0; ///< When they are counted.
  std::atomic<uint64_t> changes{0};           ///< Written by this thread only.

  void countChange() {
    changes.store(changes.load(std::memory_order_relaxed) + 1,
                  std::memory_order_relaxed);
  }
};

/// Lanes of a wave of the kernel.
unsigned waveLanes(const ChipModel &chip, const Kernel &kernel);

/// Where a wave starts: hardware that preloads kernel arguments skips the 256
/// bytes of code that load them (AMDGPUUsage, "Preloaded Kernel Arguments").
uint64_t startAddress(const Kernel &kernel);

/// The decoder for the size of the object's waves, which shows in the names of
/// registers that hold masks.
llvm::Expected<Decoder *> decoderFor(Device::Impl &gpu,
                                     const CodeObject &object);

/// Runs until the wave waits, ends, faults or has executed `count`
/// instructions.
void runWave(Wave &w, uint64_t count);

} // namespace moesaic::sim

#endif
