//===- RunningWorkgroup.h - a workgroup and its waves on one thread -------===//

#ifndef MOESAIC_SIM_RUNNINGWORKGROUP_H
#define MOESAIC_SIM_RUNNINGWORKGROUP_H

#include "Sim/Engine.h"

namespace moesaic::sim {

/// Lanes of the whole grid along an axis.
inline uint32_t gridLanes(const LaunchConfig &config, unsigned axis) {
  return config.lanes[axis] ? config.lanes[axis]
                            : config.grid[axis] * config.block[axis];
}

/// A workgroup with the storage of its waves.
class RunningWorkgroup {
public:
  RunningWorkgroup(Launch &launch, unsigned waves, uint32_t ldsBytes,
                   uint32_t scratchBytes)
      : waves(waves), rows(waves), lds(ldsBytes + 16),
        scratch(size_t(scratchBytes) * kLanes * waves) {
    if (launch.check != CheckMode::Off) {
      checker = std::make_unique<GroupChecker>(*launch.program->checks, launch,
                                               waves, ldsBytes);
    }
    for (auto &file : rows) {
      file.reset(new Row[kRows]);
    }
  }

  /// Lays out the start state of the workgroup with linear number `number`.
  void start(const Launch &launch, uint64_t number, uint64_t kernarg,
             uint64_t packet, uint32_t scratchBytes, uint32_t ldsBytes);

  /// Runs for one slice. Returns false when there is nothing left to run.
  bool run(Worker &worker, uint64_t budget);

  /// Whether every wave has ended, waits at a barrier or spins on memory that
  /// has not changed since.
  bool isStuck() const;

  /// Stops the launch: no wave of any workgroup can go on.
  void reportStuck();

private:
  Workgroup group;
  std::vector<Wave> waves;
  std::vector<std::unique_ptr<Row[]>> rows;
  std::vector<uint8_t> lds;
  std::vector<uint8_t> scratch;
  std::unique_ptr<GroupChecker> checker;
  uint64_t random = 0; ///< The state of the seeded order; 0: none.
  std::vector<unsigned> order;

  uint64_t draw();
};

} // namespace moesaic::sim

#endif
