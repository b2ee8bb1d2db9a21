//===- LdsBanks.cpp - cycles that LDS accesses lose to banks --------------===//

#include "Sim/Semantics/LdsBanks.h"
#include "Sim/Engine.h"
#include <algorithm>

using namespace moesaic::sim;

namespace {

/// Which phase serves four neighbouring lanes, by their place in 32 lanes.
using QuadPhases = std::array<uint8_t, 8>;
constexpr QuadPhases inOrder = {0, 0, 1, 1, 2, 2, 3, 3};
constexpr QuadPhases eightLanes = {0, 1, 2, 3, 1, 0, 3, 2};
constexpr QuadPhases sixteenLanes = {0, 1, 1, 0, 1, 0, 0, 1};

/// How a chip serves reads. Writes go to 32 banks everywhere, lanes in order.
struct BankModel {
  unsigned readBanks;
  QuadPhases read12, read16;
};

constexpr unsigned kBankBytes = 4, kWriteBanks = 32;

} // namespace

static BankModel modelOf(const ChipModel &chip) {
  if (chip.generation == 12) {
    return {32, inOrder, inOrder};
  }
  // gfx950 reads twice the bytes in a cycle.
  return !strcmp(chip.name, "gfx950") ? BankModel{64, eightLanes, sixteenLanes}
                                      : BankModel{32, eightLanes, eightLanes};
}

namespace {

/// How one access is served.
struct Schedule {
  unsigned banks;
  unsigned lanes = 0; ///< Of a phase, in order; 0: `quads` says.
  QuadPhases quads = {};

  Schedule(const ChipModel &chip, LdsAccess access, unsigned bytes) {
    BankModel model = modelOf(chip);
    banks = access == LdsAccess::Read ? model.readBanks : kWriteBanks;
    if (access == LdsAccess::Write || bytes <= 8) {
      // As many as fill the banks; 12 bytes are served as 16.
      unsigned words = bytes <= 4 ? 1 : bytes <= 8 ? 2 : 4;
      lanes = banks / words;
    } else if (bytes <= 12) {
      banks = 32;
      quads = model.read12;
    } else {
      quads = model.read16;
    }
  }

  unsigned phaseOf(unsigned lane) const {
    return lanes ? lane / lanes : lane / 32 * 4 + quads[lane % 32 / 4];
  }
};

} // namespace

/// The cycles that one phase takes: those of its busiest bank.
static unsigned countCycles(llvm::SmallVectorImpl<uint32_t> &words,
                            unsigned banks) {
  std::sort(words.begin(), words.end());
  words.erase(std::unique(words.begin(), words.end()), words.end());
  std::array<uint16_t, 64> busy = {};
  unsigned cycles = 0;
  for (uint32_t word : words) {
    cycles = std::max<unsigned>(cycles, ++busy[word % banks]);
  }
  return cycles;
}

unsigned moesaic::sim::countConflicts(const ChipModel &chip, LdsAccess access,
                                      unsigned bytes, uint64_t mask,
                                      const uint32_t address[kLanes]) {
  Schedule schedule(chip, access, bytes);
  std::array<llvm::SmallVector<uint32_t, 64>, 8> phases;
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    if (!(mask >> lane & 1)) {
      continue;
    }
    uint32_t last = (address[lane] + bytes - 1) / kBankBytes;
    for (uint32_t word = address[lane] / kBankBytes; word <= last; ++word) {
      phases[schedule.phaseOf(lane)].push_back(word);
    }
  }
  unsigned conflicts = 0;
  for (auto &words : phases) {
    conflicts += words.empty() ? 0 : countCycles(words, schedule.banks) - 1;
  }
  return conflicts;
}

void moesaic::sim::addAccess(Wave &w, LdsAccess access, unsigned bytes,
                             const uint32_t address[kLanes]) {
  uint64_t mask = exec(w);
  if (mask != 0) {
    ++w.worker->ldsAccesses;
    w.worker->ldsConflicts +=
        countConflicts(*w.chip, access, bytes, mask, address);
  }
}
