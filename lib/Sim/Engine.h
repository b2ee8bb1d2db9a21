//===- Engine.h - programs, devices and the threads that run them -*- C++
//-*-===//

#ifndef MOESAIC_SIM_ENGINE_H
#define MOESAIC_SIM_ENGINE_H

#include "Sim/CodeObject.h"
#include "Sim/Decode.h"
#include "Sim/Machine.h"
#include "Sim/Simulator.h"
#include "Target/Chips.h"
#include <atomic>
#include <mutex>

namespace moesaic::sim {

struct Program::Impl {
  Device *device = nullptr;
  CodeObject object;
  Code code;
  std::vector<KernelInfo> infos;

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
  std::mutex decoding; ///< LLVM's disassembler keeps state.
};

/// What all workgroups of one launch share.
struct Launch {
  const Program::Impl *program = nullptr;
  const Kernel *kernel = nullptr;
  const Memory *memory = nullptr;
  LaunchConfig config;
  std::atomic<bool> stop{false};
  std::mutex mutex; ///< Guards `report`.
  std::string report;
};

/// One host thread of a launch.
struct Worker {
  Launch *launch = nullptr;
  std::vector<uint64_t> executed; ///< Per instruction.
  /// The allocation that each instruction touched last.
  std::vector<Memory::Allocation> recent;
  Traffic traffic;
};

/// Runs until the wave waits, ends, faults or has executed `count`
/// instructions.
void runWave(Wave &w, uint64_t count);

} // namespace moesaic::sim

#endif
