//===- RunningWorkgroup.cpp - a workgroup's start state and its turns -----===//
//
// The waves of a workgroup take turns on one thread.
//
//===----------------------------------------------------------------------===//

#include "Sim/RunningWorkgroup.h"
#include "llvm/Support/Endian.h"
#include <numeric>

using namespace llvm;
using namespace moesaic::sim;

/// Instructions of a wave's turn, and of a workgroup's.
static constexpr uint64_t kTurn = 4096;
static constexpr uint64_t kSlice = 1 << 18;
void RunningWorkgroup::start(const Launch &launch, uint64_t number,
                             uint64_t kernarg, uint64_t packet,
                             uint32_t scratchBytes, uint32_t ldsBytes) {
  const LaunchConfig &config = launch.config;
  const KernelDescriptor &d = launch.kernel->descriptor;
  group.id[0] = number % config.grid[0];
  group.id[1] = number / config.grid[0] % config.grid[1];
  group.id[2] = number / config.grid[0] / config.grid[1];
  group.lds = lds.data();
  group.ldsBytes = ldsBytes;
  group.signals = 0;
  memset(lds.data(), 0, lds.size());
  random = config.seed ? (config.seed + number) * 0x9e3779b97f4a7c15ull | 1 : 0;
  order.resize(waves.size());
  std::iota(order.begin(), order.end(), 0u);
  if (checker) {
    checker->start();
  }
  std::array<uint32_t, 3> block; // smaller at the end of a partial grid
  for (unsigned axis = 0; axis < 3; ++axis) {
    block[axis] =
        std::min(config.block[axis],
                 gridLanes(config, axis) - group.id[axis] * config.block[axis]);
  }
  uint32_t lanes = block[0] * block[1] * block[2];
  const ChipModel &chip = *launch.program->device->implementation().model;
  const unsigned perWave = waveLanes(chip, *launch.kernel);
  uint32_t groupWaves = (lanes + perWave - 1) / perWave;
  unsigned vgprs = std::min(kAgprBase, ((d.rsrc1 & 63) + 1) * 8);
  for (unsigned n = 0; n < waves.size(); ++n) {
    Wave &w = waves[n];
    w = Wave();
    w.v = rows[n].get();
    memset(static_cast<void *>(w.v), 0, vgprs * sizeof(Row));
    memset(static_cast<void *>(w.v + kAgprBase), 0, vgprs * sizeof(Row));
    w.group = &group;
    w.chip = &chip;
    w.lanes = uint8_t(perWave);
    w.laneMask = ~0ull >> (kLanes - perWave);
    w.index = n;
    w.scratchBytes = scratchBytes;
    w.scratch = scratch.data() + size_t(scratchBytes) * kLanes * n;
    w.mode = d.rsrc1 >> 12 & 0xff;      // rounding and denormals
    w.mode |= (d.rsrc1 >> 21 & 1) << 8; // DX10_CLAMP
    w.mode |= (d.rsrc1 >> 23 & 1) << 9; // IEEE
    w.mode |= d.rsrc1 >> 26 & 1 ? kModeFp16Overflow : 0;
    w.next = launch.program->code.at(startAddress(*launch.kernel));
    uint32_t first = n * perWave;
    if (n >= groupWaves) {
      w.state = WaveState::Done;
      w.absent = true;
      continue;
    }
    uint64_t active = lanes - first >= perWave
                          ? w.laneMask
                          : (uint64_t(1) << (lanes - first)) - 1;
    writePair(w, kExec, active);
    // gfx90a and later, and gfx11, pack the work-item id: x, y and z in 10 bits
    // each.
    for (unsigned lane = 0; lane < perWave; ++lane) {
      uint32_t flat = first + lane;
      uint32_t x = flat % block[0];
      uint32_t y = flat / block[0] % block[1];
      uint32_t z = flat / block[0] / block[1];
      w.v[0].lane[lane] = x | y << 10 | z << 20;
    }
    // User SGPRs in the order that AMDGPUUsage gives, then the system's.
    unsigned s = 0;
    uint16_t properties = d.properties;
    if (properties & 1) { // private segment buffer
      // 4-byte elements interleaved over 64 lanes (add_tid, swizzled).
      w.s[s + 1] = kScratchDescriptor | 1u << 31;
      w.s[s + 2] = ~0u;
      w.s[s + 3] = 1u << 19 | 3u << 21 | 1u << 23;
      s += 4;
    }
    if (properties & 2) {
      writePair(w, s, packet);
      s += 2;
    }
    if (properties & 4) {
      s += 2; // queue
    }
    if (properties & 8) {
      writePair(w, s, kernarg);
      s += 2;
    }
    if (properties & 16) {
      s += 2; // dispatch id
    }
    if (properties & 32) {
      s += 2; // flat scratch
    }
    if (properties & 64) {
      w.s[s++] = scratchBytes;
    }
    unsigned preload = d.preload & 0x7f, from = d.preload >> 7;
    for (unsigned k = 0; k < preload && s < 16; ++k) {
      w.s[s++] = support::endian::read32le(
          reinterpret_cast<const uint8_t *>(kernarg) + 4 * (from + k));
    }
    s = std::max(s, d.rsrc2 >> 1 & 31);
    if (chip.generation == 12) {
      w.s[kTtmp + 9] = group.id[0];
      w.s[kTtmp + 7] = group.id[1] | group.id[2] << 16;
    }
    for (unsigned axis = 0; axis < 3 && chip.generation < 12; ++axis) {
      if (d.rsrc2 >> (7 + axis) & 1) {
        w.s[s++] = group.id[axis];
      }
    }
    if (d.rsrc2 >> 10 & 1) {
      w.s[s++] = (n == 0 ? 1u << 31 : 0) | groupWaves;
    }
    if ((d.rsrc2 & 1) && !w.chip->architectedScratch) {
      w.s[s++] = 0; // the wave's offset: its descriptor is its own
    }
    if (checker) {
      checker->startWave(n, s, active, w.laneMask);
    }
  }
}

/// xorshift64*
uint64_t RunningWorkgroup::draw() {
  random ^= random >> 12;
  random ^= random << 25;
  random ^= random >> 27;
  return random * 0x2545f4914f6cdd1dull >> 16;
}

bool RunningWorkgroup::run(Worker &worker, uint64_t budget) {
  Launch &launch = *worker.launch;
  for (uint64_t spent = 0; spent < kSlice;) {
    unsigned done = 0, waiting = 0, asleep = 0;
    uint64_t longest = kTurn;
    if (random) {
      // Turns of 1 to 4096 instructions, short ones as often as long ones.
      longest = uint64_t(1) << draw() % 13;
      for (size_t n = waves.size(); n > 1; --n) {
        std::swap(order[n - 1], order[draw() % n]);
      }
    }
    for (unsigned n : order) {
      Wave &w = waves[n];
      if (launch.stop.load(std::memory_order_relaxed)) {
        return false;
      }
      if (w.state == WaveState::Ready) {
        w.worker = &worker;
        w.yield = false;
        const uint64_t turn = std::min(longest, budget - w.executed);
        if (checker) {
          runWaveChecked(w, turn, *checker);
        } else {
          runWave(w, turn);
        }
        asleep += w.yield;
        if (w.yield && launch.config.onSleep) {
          launch.config.onSleep();
        }
        w.executed +=
            w.yield ? std::min<uint64_t>(64, turn) : turn; // an upper bound
        spent += turn;
        if (w.executed >= budget && w.state == WaveState::Ready) {
          fault(w, *w.next,
                "the wave does not end within its instruction budget "
                "(LaunchConfig::instructionBudget)");
        }
      }
      done += w.state == WaveState::Done;
      waiting += w.state == WaveState::Barrier;
    }
    if (done == waves.size()) {
      return false;
    }
    // Waves that have ended do not take part in a barrier.
    if (done + waiting == waves.size()) {
      if (checker) {
        checker->meet(waves);
      }
      for (Wave &w : waves) {
        if (w.state == WaveState::Barrier) {
          w.state = WaveState::Ready;
        }
      }
      group.signals = 0;
    } else if (asleep != 0) {
      return true; // s_sleep: let other workgroups run
    }
  }
  return true;
}

bool RunningWorkgroup::isStuck() const {
  bool syncs = false;
  for (const Wave &w : waves) {
    if (w.state == WaveState::Ready && !isSyncing(w) &&
        !(checker && checker->spins(w))) {
      return false;
    }
    syncs |= isSyncing(w);
  }
  return syncs || checker != nullptr;
}

void RunningWorkgroup::reportStuck() {
  for (Wave &w : waves) {
    if (w.state == WaveState::Ready && isSyncing(w)) {
      fault(w, *w.next,
            "the wave waits forever: the others that it waits for never come");
      return;
    }
    if (w.state == WaveState::Ready) {
      fault(w, checker->spinJump(w),
            "the wave spins forever: every resident wave spins, waits at a "
            "barrier or has ended, and none can change memory");
      return;
    }
  }
}
