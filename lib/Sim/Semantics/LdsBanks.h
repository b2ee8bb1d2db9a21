//===- LdsBanks.h - cycles that LDS accesses lose to banks ------*- C++ -*-===//
//
// LDS serves an access in phases, each for some of the wave's lanes. Words of
// one bank that differ take a cycle each, equal ones share it; every cycle of a
// phase beyond its first is a conflict. The sources of the numbers are named in
// README.md.
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_SIM_SEMANTICS_LDSBANKS_H
#define MOESAIC_SIM_SEMANTICS_LDSBANKS_H

#include "Sim/Machine.h"

namespace moesaic::sim {

enum class LdsAccess : uint8_t {
  Read,
  Write ///< Atomics as well.
};

/// The cycles beyond one for each phase, of the lanes in `mask`, which access
/// `bytes` bytes each.
unsigned countConflicts(const ChipModel &chip, LdsAccess access, unsigned bytes,
                        uint64_t mask, const uint32_t address[kLanes]);

/// Adds an access to the counts of the thread that runs the wave.
void addAccess(Wave &w, LdsAccess access, unsigned bytes,
               const uint32_t address[kLanes]);

} // namespace moesaic::sim

#endif
