//===- CheckerWaits.cpp - results that are not there yet ------------------===//
//
// gfx9 counts outstanding operations: vmcnt vector memory (stores as well), in
// order; lgkmcnt LDS, in order among themselves, and scalar loads, in any
// order; flat instructions count in both, in any order. After a wait for n,
// at most n are outstanding, so all but the n youngest of an ordered kind are
// done, and those without an order only when n is 0.
//
// RDNA counts stores, and atomics that return nothing, apart (vscnt, storecnt):
// no register waits for them. gfx12 splits the other counters by what they
// count: loadcnt, dscnt for LDS, kmcnt for scalar loads. Its flat instructions
// keep their order in both counters.
//
//===----------------------------------------------------------------------===//

#include "Sim/Checker/Checker.h"
#include "Sim/Engine.h"

using namespace llvm;
using namespace moesaic::sim;

void GroupChecker::wait(Shadow &s, const InstCheck &c) {
  if (c.vmWait >= 0) {
    s.vm.wait(c.vmWait);
    if (c.vmWait == 0) {
      s.flatVm.wait(0);
    }
  }
  if (c.lgkmWait >= 0) {
    s.lds.wait(c.lgkmWait);
    if (c.lgkmWait == 0) {
      s.flatLgkm.wait(0);
    }
  }
  if (c.scalarWait == 0) {
    s.smem.wait(0);
  }
  s.idle = s.vm.issued == s.vm.completed && s.lds.issued == s.lds.completed &&
           s.flatVm.issued == s.flatVm.completed &&
           s.flatLgkm.issued == s.flatLgkm.completed;
}

bool GroupChecker::complete(const Shadow &s, const Token &t) const {
  switch (t.counter) {
  case Token::None:
    return true;
  case Token::Vm:
    return t.sequence < s.vm.completed;
  case Token::Lds:
    return t.sequence < s.lds.completed;
  case Token::Smem:
    return t.sequence < s.smem.completed;
  case Token::Flat:
    return t.sequence < s.flatVm.completed && t.sequence < s.flatLgkm.completed;
  case Token::OrderedFlat:
    return t.sequence < s.vm.completed && t.second < s.lds.completed;
  }
  return true;
}

static std::string registerName(unsigned reg) {
  if (reg >= kAgprBase) {
    return "a" + std::to_string(reg - kAgprBase);
  }
  return "v" + std::to_string(reg);
}

static std::string scalarName(unsigned reg) {
  switch (reg) {
  case kVcc:
    return "vcc_lo";
  case kVcc + 1:
    return "vcc_hi";
  case kM0:
    return "m0";
  case kExec:
    return "exec_lo";
  case kExec + 1:
    return "exec_hi";
  }
  return "s" + std::to_string(reg);
}

/// The wait for `kind` with at most `count` outstanding, as code has it.
static std::string waitFor(const ChipModel &chip, const char *kind,
                           unsigned count) {
  StringRef name = kind;
  if (chip.generation < 12) {
    return "s_waitcnt " + name.str() + "(" + std::to_string(count) + ")";
  }
  name = name == "vmcnt" ? "loadcnt" : name == "lgkmcnt" ? "dscnt" : name;
  return "s_wait_" + name.str() + " " + std::to_string(count);
}

static std::string missing(const std::string &name, bool writes) {
  return name + (writes ? " is overwritten" : " is used") +
         " before the load into it is waited for";
}

void GroupChecker::findPending(Wave &w, const Inst &i, Shadow &s,
                               const Registers &r, uint64_t lanes, bool writes,
                               Token::Counter allowed) {
  unsigned end = std::min<unsigned>(r.first + r.count, kRows);
  for (unsigned reg = r.first; reg < end; ++reg) {
    uint64_t &word = s.pending[reg / 64], bit = uint64_t(1) << (reg % 64);
    if (!(word & bit)) {
      continue;
    }
    const Token &t = s.token[reg];
    if (complete(s, t)) {
      word &= ~bit;
      continue;
    }
    uint64_t hit = t.lanes & lanes;
    if (hit == 0 || (writes && t.counter == allowed)) {
      continue;
    }
    std::string wanted;
    switch (t.counter) {
    case Token::Vm:
      wanted = waitFor(*w.chip, "vmcnt", s.vm.issued - 1 - t.sequence);
      break;
    case Token::Lds:
      wanted = waitFor(*w.chip, "lgkmcnt", s.lds.issued - 1 - t.sequence);
      break;
    case Token::OrderedFlat:
      wanted = waitFor(*w.chip, "vmcnt", s.vm.issued - 1 - t.sequence) +
               " and " +
               waitFor(*w.chip, "lgkmcnt", s.lds.issued - 1 - t.second);
      break;
    default:
      wanted = "s_waitcnt vmcnt(0) lgkmcnt(0)";
      break;
    }
    word &= ~bit;
    report(w, i, CheckRule::MissingWait, missing(registerName(reg), writes),
           __builtin_ctzll(hit), ~0ull, 0,
           "loaded at " +
               describeAddress(launch, launch.program->code.insts[t.inst]) +
               ": " + launch.program->code.text[t.inst] + "; expected " +
               wanted + " between them");
    return;
  }
}

void GroupChecker::findScalarPending(Wave &w, const Inst &i, Shadow &s,
                                     uint64_t low, uint64_t high, bool writes) {
  for (unsigned half = 0; half < 2; ++half) {
    for (uint64_t rest = half ? high : low; rest != 0; rest &= rest - 1) {
      unsigned bit = unsigned(__builtin_ctzll(rest)), reg = 64 * half + bit;
      const Token &t = s.scalarToken[reg];
      s.scalarPending[half] &= ~(uint64_t(1) << bit);
      if (complete(s, t)) {
        continue;
      }
      report(w, i, CheckRule::MissingWait, missing(scalarName(reg), writes), -1,
             ~0ull, 0,
             "loaded at " +
                 describeAddress(launch, launch.program->code.insts[t.inst]) +
                 ": " + launch.program->code.text[t.inst] + "; expected " +
                 waitFor(*w.chip,
                         w.chip->generation == 12 ? "kmcnt" : "lgkmcnt", 0) +
                 " between them");
      return;
    }
  }
}

static bool overlaps(const uint64_t *pending, const Registers &r) {
  unsigned first = r.first, last = r.first + r.count - 1;
  unsigned a = first / 64, b = last / 64;
  if (b >= kRows / 64) {
    return false;
  }
  uint64_t low = ~uint64_t(0) << (first % 64);
  uint64_t high = ~uint64_t(0) >> (63 - last % 64);
  return a == b ? (pending[a] & low & high) != 0
                : ((pending[a] & low) | (pending[b] & high)) != 0;
}

void GroupChecker::checkPending(Wave &w, const Inst &i, const InstCheck &c) {
  Shadow &s = shadows[w.index];
  uint64_t lowRead = s.scalarPending[0] & c.scalarReadMask[0];
  uint64_t highRead = s.scalarPending[1] & c.scalarReadMask[1];
  if (lowRead | highRead) {
    findScalarPending(w, i, s, lowRead, highRead, false);
  }
  uint64_t lowWrite = s.scalarPending[0] & c.scalarWriteMask[0];
  uint64_t highWrite = s.scalarPending[1] & c.scalarWriteMask[1];
  if (lowWrite | highWrite) {
    findScalarPending(w, i, s, lowWrite, highWrite, true);
  }
  if (c.indexed || s.idle) {
    return;
  }
  uint64_t lanes = c.allLanes ? ~0ull : exec(w);
  for (unsigned n = 0; n < c.reads; ++n) {
    if (overlaps(s.pending, c.read[n])) {
      findPending(w, i, s, c.read[n], lanes, false, Token::None);
    }
  }
  // A load may follow another into the same register: both arrive in order.
  Token::Counter allowed =
      c.kind == CheckKind::Lds ? Token::Lds
      : c.kind == CheckKind::Memory && c.space != CheckSpace::Flat
          ? Token::Vm
          : Token::None;
  for (unsigned n = 0; n < c.writes; ++n) {
    if (overlaps(s.pending, c.write[n])) {
      findPending(w, i, s, c.write[n], lanes, true, allowed);
    }
  }
}

/// Counts a memory operation and marks what it loads into.
void GroupChecker::issue(Wave &w, const Inst &i, const InstCheck &c,
                         uint64_t lanes) {
  Shadow &s = shadows[w.index];
  Token t;
  t.inst = i.index;
  t.lanes = lanes;
  if (c.kind == CheckKind::ScalarLoad) {
    t.counter = Token::Smem;
    t.sequence = s.smem.issued++;
    for (unsigned half = 0; half < 2; ++half) {
      s.scalarPending[half] |= c.scalarWriteMask[half];
    }
    for (unsigned n = 0; n < c.scalarWrites; ++n) {
      for (unsigned k = 0; k < c.scalarWrite[n].count; ++k) {
        s.scalarToken[(c.scalarWrite[n].first + k) & 127] = t;
      }
    }
    return;
  }
  s.idle = false;
  if (c.kind == CheckKind::Lds) {
    t.counter = Token::Lds;
    t.sequence = s.lds.issued++;
    forgetOldWrites(w.index, false, t.sequence);
    s.ldsWriters[t.sequence % s.ldsWriters.size()] = i.index;
    // The counter has four bits, on RDNA six; issue stops when it is full.
    s.lds.wait(isRdna(*w.chip) ? 63 : 15);
  } else if (isRdna(*w.chip)) {
    bool isFlat = c.space == CheckSpace::Flat;
    t.counter = isFlat ? Token::OrderedFlat : Token::Vm;
    if (isFlat) {
      t.second = s.lds.issued++;
      forgetOldWrites(w.index, false, t.second);
      s.ldsWriters[t.second % s.ldsWriters.size()] = i.index;
      s.lds.wait(63);
    }
    if (!c.isLoad) {
      return;
    }
    t.sequence = s.vm.issued++;
    s.vm.wait(63);
  } else if (c.space == CheckSpace::Flat) {
    t.counter = Token::Flat;
    t.sequence = s.flatVm.issued++;
    ++s.flatLgkm.issued;
  } else {
    t.counter = Token::Vm;
    t.sequence = s.vm.issued++;
    forgetOldWrites(w.index, true, t.sequence);
    s.vmWriters[t.sequence % s.vmWriters.size()] = i.index;
    s.vm.wait(63);
  }
  if (lanes == 0) {
    return;
  }
  for (unsigned n = 0; n < c.writes; ++n) {
    for (unsigned k = 0; k < c.write[n].count; ++k) {
      unsigned reg = c.write[n].first + k;
      s.pending[reg / 64] |= uint64_t(1) << (reg % 64);
      s.token[reg] = t;
    }
  }
}
