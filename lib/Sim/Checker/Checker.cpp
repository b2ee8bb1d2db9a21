//===- Checker.cpp - the shadow of a workgroup, step by step --------------===//

#include "Sim/Checker/Checker.h"
#include "Sim/Engine.h"
#include "llvm/ADT/Twine.h"
#include <algorithm>

using namespace llvm;
using namespace moesaic::sim;

GroupChecker::GroupChecker(const CheckTable &table, Launch &launch,
                           unsigned waves, uint32_t ldsBytes)
    : table(table), launch(launch), shadows(waves), cells(ldsBytes / 4 + 8),
      ldsBytes(ldsBytes), recent(table.insts.size()) {}

void GroupChecker::start() {
  epoch = 1;
  outOfStep.clear();
  std::fill(cells.begin(), cells.end(), 0);
}

void GroupChecker::startWave(unsigned n, unsigned scalars, uint64_t lanes,
                             uint64_t all) {
  Shadow &s = shadows[n];
  std::fill(std::begin(s.undefined), std::end(s.undefined), all);
  s.undefined[0] = 0;
  std::fill(std::begin(s.scalarUndefined), std::end(s.scalarUndefined), 0u);
  std::fill(s.scalarUndefined + scalars, s.scalarUndefined + 102, ~0u);
  if (isRdna(*launch.program->device->implementation().model)) {
    std::fill(s.scalarUndefined + 102, s.scalarUndefined + kVcc, ~0u);
  }
  s.scalarUndefined[kVcc] = s.scalarUndefined[kVcc + 1] = ~0u;
  s.scalarUndefined[kM0] = ~0u;
  std::fill(std::begin(s.pending), std::end(s.pending), 0);
  s.scalarPending[0] = s.scalarPending[1] = 0;
  for (unsigned r = 0; r < kRows; ++r) {
    s.origin[r] = Origin();
    s.origin[r].reg = r;
  }
  for (unsigned r = 0; r < 128; ++r) {
    s.scalarOrigin[r] = Origin();
    s.scalarOrigin[r].reg = kRows + r;
  }
  s.sccOrigin = Origin();
  s.sccOrigin.reg = kRows + 128;
  s.sccUndefined = true;
  s.vm = s.lds = s.smem = s.flatVm = s.flatLgkm = Progress();
  s.idle = true;
  for (unsigned dma = 0; dma < 2; ++dma) {
    atBarrier[dma][n] = arrived[dma][n] = 0;
  }
  s.lanes = lanes;
  s.barrier = nullptr;
  s.ldsWriters.assign(256, ~0u);
  s.vmWriters.assign(256, ~0u);
  s.jumps = 0;
  s.power = 1;
  s.remembered = nullptr;
  s.spinning = false;
}

void GroupChecker::runBefore(Wave &w, const Inst &i, const InstCheck &c) {
  switch (c.kind) {
  case CheckKind::Nothing:
    return;
  case CheckKind::Wait:
    wait(shadows[w.index], c);
    return;
  case CheckKind::Signal:
    arrived[0][w.index] = shadows[w.index].lds.completed;
    return;
  case CheckKind::Barrier: {
    Shadow &s = shadows[w.index];
    if (!c.afterSignal) {
      arrived[0][w.index] = s.lds.completed;
      arrived[1][w.index] = s.vm.completed;
    }
    s.barrier = &i;
    if (exec(w) != s.lanes) {
      uint64_t missing = s.lanes & ~exec(w);
      report(w, i, CheckRule::Barrier,
             "a wave reaches the barrier with lanes switched off",
             missing ? __builtin_ctzll(missing) : -1);
    }
    return;
  }
  case CheckKind::End:
    shadows[w.index].barrier = nullptr;
    return;
  case CheckKind::Branch:
    checkPending(w, i, c);
    checkBranch(w, i, c);
    return;
  case CheckKind::Scalar:
    checkPending(w, i, c);
    flowScalar(w, i, c);
    return;
  case CheckKind::ScalarLoad:
    checkPending(w, i, c);
    checkScalarLoad(w, i, c);
    return;
  case CheckKind::Vector:
    checkPending(w, i, c);
    flowVector(w, i, c);
    return;
  case CheckKind::Pair:
    flowPair(w, i, c);
    return;
  case CheckKind::Matrix:
    checkPending(w, i, c);
    flowMatrix(w, i, c);
    return;
  case CheckKind::Memory:
    checkPending(w, i, c);
    checkMemory(w, i, c);
    return;
  case CheckKind::Lds:
    checkPending(w, i, c);
    checkLds(w, i, c);
    return;
  }
}

void GroupChecker::runAfter(Wave &w, const Inst &i) {
  const InstCheck &c = table.insts[i.index];
  if (c.kind == CheckKind::Branch) {
    if (w.next <= &i) {
      watchJump(w, i);
    }
    return;
  }
  if (c.kind == CheckKind::Lds && !suspects.empty()) {
    // A write that leaves memory as it was is no race that matters: all waves
    // may well store the same value.
    for (const Suspect &suspect : suspects) {
      uint32_t now = 0;
      memcpy(&now, w.group->lds + suspect.address, 4);
      if (now != suspect.old) {
        reportRace(w, i, "writes LDS that", suspect.address, suspect.lane,
                   suspect.other, suspect.writer);
        break;
      }
    }
    suspects.clear();
  }
  bool stores = c.isStore || c.toLds;
  if (c.isAtomic && c.kind == CheckKind::Memory) {
    for (uint64_t rest = atomicLanes; rest != 0; rest &= rest - 1) {
      unsigned lane = unsigned(__builtin_ctzll(rest));
      uint64_t now = 0;
      memcpy(&now, reinterpret_cast<void *>(addresses[0][lane]), c.bytes);
      stores |= now != atomicsBefore[lane];
    }
  } else if (c.isAtomic) {
    stores = true;
  }
  if (stores) {
    w.worker->countChange();
  }
}

//===----------------------------------------------------------------------===//
// Barriers
//===----------------------------------------------------------------------===//

void GroupChecker::meet(std::vector<Wave> &waves) {
  const Wave *first = nullptr, *ended = nullptr;
  for (Wave &w : waves) {
    if (w.state == WaveState::Done) {
      ended = w.absent ? ended : &w;
      continue;
    }
    Shadow &s = shadows[w.index];
    if (!first) {
      first = &w;
    } else if (outOfStep.empty() && s.barrier &&
               s.barrier != shadows[first->index].barrier) {
      auto place = [&](const Wave &wave) {
        return "wave " + std::to_string(wave.index) + " at " +
               describeAddress(launch, *shadows[wave.index].barrier);
      };
      outOfStep = "; waves first met at different barriers: " + place(*first) +
                  ", " + place(w);
    }
    s.spinning = false;
  }
  if (first && ended) {
    Wave &w = waves[first->index];
    report(w, *shadows[w.index].barrier, CheckRule::Barrier,
           "a wave waits at a barrier that another wave of its workgroup never "
           "reaches",
           -1, ~0ull, 0,
           "wave " + std::to_string(ended->index) + " has ended" + outOfStep);
  }
  waves[0].worker->countChange();
  memcpy(atBarrier, arrived, sizeof(atBarrier));
  if (++epoch > kLastEpoch) {
    forgetReaders();
    epoch = 1;
  }
}

//===----------------------------------------------------------------------===//
// Spins
//===----------------------------------------------------------------------===//

static uint64_t hashRegisters(const Wave &w) {
  uint64_t h = 0xcbf29ce484222325ull;
  for (unsigned r = 0; r < kRows; ++r) {
    const uint32_t *row = w.v[r].lane;
    for (unsigned lane = 0; lane < kLanes; lane += 2) {
      h = (h ^ (uint64_t(row[lane + 1]) << 32 | row[lane])) *
          0x9e3779b97f4a7c15ull;
      h ^= h >> 29;
    }
  }
  return h;
}

/// Brent's search for a cycle: a state is remembered at jumps 1, 2, 4, 8...
/// and compared at each later one.
void GroupChecker::watchJump(Wave &w, const Inst &i) {
  Shadow &s = shadows[w.index];
  bool same = s.remembered == &i && s.scc == w.scc &&
              memcmp(s.s, w.s, sizeof(s.s)) == 0 &&
              s.version == launch.changes();
  if (same && s.hash == hashRegisters(w)) {
    s.spinning = true;
    w.yield = true; // The others may change what this wave waits for.
    return;
  }
  s.spinning = false;
  if (same) {
    s.remembered = nullptr; // Hashing at each jump would be slow.
  }
  if (++s.jumps == s.power) {
    s.power *= 2;
    if (s.jumps >= 64) {
      s.remembered = &i;
      s.version = launch.changes();
      s.scc = w.scc;
      memcpy(s.s, w.s, sizeof(s.s));
      s.hash = hashRegisters(w);
    }
  }
}

uint64_t Launch::changes() const {
  uint64_t sum = 0;
  for (const Worker &worker : workers) {
    sum += worker.changes.load(std::memory_order_relaxed);
  }
  return sum;
}

bool GroupChecker::spins(const Wave &w) const {
  const Shadow &s = shadows[w.index];
  return s.spinning && s.version == launch.changes();
}
