//===- CheckerLds.cpp - LDS: races, pending DMA, undefined bytes ----------===//
//
// Two accesses of different waves are ordered when a barrier lies between them
// and the first was complete when its wave came to that barrier. Time is
// counted in epochs, one per barrier. Each dword remembers its last write and
// who has read it in the current epoch.
//
//===----------------------------------------------------------------------===//

#include "Sim/Checker/Checker.h"
#include "Sim/Engine.h"

using namespace llvm;
using namespace moesaic::sim;

uint32_t GroupChecker::writerOf(const Cell &cell) const {
  const Shadow &s = shadows[cell.writer];
  const std::vector<uint32_t> &ring = cell.dma ? s.vmWriters : s.ldsWriters;
  return ring[cell.sequence % ring.size()];
}

void GroupChecker::reportRace(Wave &w, const Inst &i, const char *what,
                              uint64_t address, int lane, unsigned other,
                              uint32_t inst) {
  if (isReported(launch, i, CheckRule::LdsRace)) {
    return;
  }
  std::string note = "wave " + std::to_string(other) + ": ";
  if (inst != ~0u) {
    const Code &code = launch.program->code;
    note += "at " + describeAddress(launch, code.insts[inst]) + ": " +
            code.text[inst];
  } else {
    note += "an earlier read";
  }
  note += std::string("; expected it complete (") +
          (w.chip->generation == 12 ? "s_wait_dscnt" : "s_waitcnt") +
          ") before a barrier that both waves pass";
  report(w, i, CheckRule::LdsRace,
         std::string("race: a wave ") + what +
             " another wave accesses (LDS "
             "address " +
             std::to_string(address) + ")",
         lane, ~0ull, 0, note);
}

void GroupChecker::reportLdsPending(Wave &w, const Inst &i, uint64_t address,
                                    int lane, uint32_t sequence) {
  const Shadow &s = shadows[w.index];
  uint32_t inst = s.vmWriters[sequence % s.vmWriters.size()];
  const Code &code = launch.program->code;
  report(w, i, CheckRule::MissingWait,
         "LDS address " + std::to_string(address) +
             " is used before the load into it is waited for",
         lane, ~0ull, 0,
         "loaded at " + describeAddress(launch, code.insts[inst]) + ": " +
             code.text[inst] + "; expected s_waitcnt vmcnt(" +
             std::to_string((s.vm.issued - 1 - sequence) & 0xffffff) +
             ") between them");
}

/// The bytes of dword `n` that [address, address + bytes) covers.
static unsigned covered(uint64_t address, unsigned bytes, uint64_t dword) {
  uint64_t low = std::max(address, 4 * dword) - 4 * dword;
  uint64_t high = std::min(address + bytes, 4 * dword + 4) - 4 * dword;
  return (15u << low) & (15u >> (4 - high)) & 15;
}

//===----------------------------------------------------------------------===//
// One dword
//===----------------------------------------------------------------------===//

/// Whether there is nothing to report about an access.
bool GroupChecker::isFine(const Cell &cell, const LdsAccess &access) const {
  if (!(cell.written & access.touched)) {
    return access.kind == LdsAccess::Read || access.swap ||
           !readByOthers(cell, access.wave, access.touched);
  }
  if (access.kind == LdsAccess::Read) {
    return cell.swap || settled(cell, access.wave);
  }
  bool together = cell.atomic && access.kind == LdsAccess::Atomic;
  bool follows = cell.writer == access.wave && cell.dma && access.dma;
  return (together || follows || settled(cell, access.wave)) &&
         (access.swap || !readByOthers(cell, access.wave, access.touched));
}

/// What is known after an access.
void GroupChecker::apply(Cell &cell, const LdsAccess &access) const {
  const unsigned wave = access.wave;
  if (access.kind == LdsAccess::Read) {
    if (cell.written && ordered(cell)) {
      cell.written = cell.writer = cell.sequence = 0;
      cell.dma = cell.atomic = cell.swap = 0;
    }
    if (cell.readBytes == 0 || cell.readEpoch != epoch) {
      cell.readBytes = 0;
      cell.readEpoch = epoch;
      cell.reader = cell.otherReader = wave;
    } else if (cell.reader == cell.otherReader) {
      cell.otherReader = wave;
    }
    cell.readBytes |= access.touched;
    return;
  }
  bool sameWrite = cell.written && cell.writer == wave &&
                   cell.sequence == (access.sequence & 0xffffff) &&
                   cell.dma == access.dma;
  cell.written = (sameWrite ? cell.written : 0) | access.touched;
  cell.writer = wave;
  cell.sequence = access.sequence & 0xffffff;
  cell.dma = access.dma;
  cell.atomic = access.kind == LdsAccess::Atomic;
  cell.swap = access.swap;
  // What an atomic operation makes of undefined memory is undefined.
  bool defined =
      access.defined && (access.kind != LdsAccess::Atomic ||
                         (cell.defined & access.touched) == access.touched);
  cell.defined =
      defined ? cell.defined | access.touched : cell.defined & ~access.touched;
  // The write says all that a reader in the same wave would.
  if (access.touched == 15 || !readByOthers(cell, wave, 15)) {
    cell.readBytes = cell.reader = cell.otherReader = cell.readEpoch = 0;
  }
}

/// Reports what is wrong with an access.
void GroupChecker::explain(Wave &w, const Inst &i, const Cell &cell,
                           const LdsAccess &access, uint64_t dword, int lane) {
  const bool reads = access.kind == LdsAccess::Read;
  auto suspect = [&](unsigned other, uint32_t inst) {
    if (reads || access.dma) {
      reportRace(w, i, reads ? "reads LDS that" : "writes LDS that", 4 * dword,
                 lane, other, inst);
      return;
    }
    uint32_t old;
    memcpy(&old, w.group->lds + 4 * dword, 4);
    suspects.push_back({uint32_t(4 * dword), old, lane, other, inst});
  };
  bool together =
      (cell.atomic && access.kind == LdsAccess::Atomic) || (cell.swap && reads);
  if ((cell.written & access.touched) && !together && !settled(cell, w.index)) {
    if (cell.writer != w.index) {
      suspect(cell.writer, writerOf(cell));
    } else if (!access.dma) {
      reportLdsPending(w, i, 4 * dword, lane, cell.sequence);
    }
  }
  if (!reads && !access.swap && readByOthers(cell, w.index, access.touched)) {
    suspect(cell.reader != w.index ? cell.reader : cell.otherReader, ~0u);
  }
}

/// The counter of epochs starts again; what cells say of old ones goes.
void GroupChecker::forgetReaders() {
  for (uint64_t &word : cells) {
    Cell cell = bits<Cell>(word);
    cell.readBytes = cell.reader = cell.otherReader = cell.readEpoch = 0;
    word = bits<uint64_t>(cell);
  }
}

/// Keeps the sequence numbers of a wave's writes comparable, now and then.
void GroupChecker::forgetOldWrites(unsigned wave, bool dma, uint32_t issued) {
  if (issued % kOldest != 0 || issued == 0) {
    return;
  }
  uint32_t oldest = (issued - kOldest) & 0xffffff;
  for (uint64_t &word : cells) {
    Cell cell = bits<Cell>(word);
    if (cell.written && cell.writer == wave && cell.dma == dma &&
        isBefore(cell.sequence, oldest)) {
      cell.sequence = oldest;
      word = bits<uint64_t>(cell);
    }
  }
}

//===----------------------------------------------------------------------===//
// The lanes of an instruction
//===----------------------------------------------------------------------===//

/// Calls `visit(lane)` for each of `lanes`.
template <class Visit>
static void forEachLane(uint64_t lanes, Visit visit) {
  if (lanes == ~uint64_t(0)) {
    for (unsigned lane = 0; lane < kLanes; ++lane) {
      visit(lane);
    }
    return;
  }
  for (uint64_t rest = lanes; rest != 0; rest &= rest - 1) {
    visit(unsigned(__builtin_ctzll(rest)));
  }
}

/// What becomes of cells in the states that an instruction meets. What an
/// access makes of a cell depends on nothing else, and most instructions meet
/// few states.
struct GroupChecker::Outcome {
  uint64_t from = 0, to = 0;
  uint8_t how = 0;      ///< Bytes, and bit 4: with a value; 0: none.
  bool isFine = false;  ///< Nothing to report.
  bool defined = false; ///< What is there before, as far as it is touched.
};
struct GroupChecker::Outcomes {
  Outcome entries[8];
};

inline const GroupChecker::Outcome *GroupChecker::look(Outcomes &outcomes,
                                                       const LdsAccess &access,
                                                       uint64_t word) const {
  const uint8_t how = uint8_t(access.touched | access.defined << 4);
  const uint64_t hash = word ^ word >> 8 ^ word >> 24 ^ access.touched;
  Outcome &entry = outcomes.entries[hash % 8];
  if (entry.how != how || entry.from != word) {
    Cell cell = bits<Cell>(word);
    entry.defined = (cell.defined & access.touched) == access.touched;
    entry.isFine = isFine(cell, access);
    apply(cell, access);
    entry.how = how;
    entry.from = word;
    entry.to = bits<uint64_t>(cell);
  }
  return &entry;
}

/// Does an access to one cell. Returns whether it holds a value.
inline bool GroupChecker::touch(Wave &w, const Inst &i, Outcomes &outcomes,
                                const LdsAccess &access, uint64_t dword,
                                unsigned lane) {
  const Outcome *entry = look(outcomes, access, cells[dword]);
  if (!entry->isFine) {
    explain(w, i, bits<Cell>(cells[dword]), access, dword, int(lane));
  }
  cells[dword] = entry->to;
  return entry->defined;
}

/// Lanes that touch `words` whole dwords each. They are looked at in blocks,
/// because the cells of a block often are in the same state.
template <unsigned words>
uint64_t GroupChecker::touchDwords(Wave &w, const Inst &i, const uint64_t *at,
                                   uint64_t lanes, const LdsAccess &access) {
  constexpr unsigned kBlock = 8;
  Outcomes outcomes;
  const Outcome *entry = &outcomes.entries[0];
  uint64_t result = 0;
  for (unsigned begin = 0; begin < kLanes; begin += kBlock) {
    const uint64_t block = lanes >> begin & 0xff;
    uint64_t different = block ^ 0xff;
    if (different == 0) {
      const uint64_t word = cells[at[begin] / 4];
      if (entry->from != word || entry->how == 0) {
        entry = look(outcomes, access, word);
      }
      different = !entry->isFine;
      for (unsigned lane = begin; lane < begin + kBlock; ++lane) {
        const uint64_t *cell = &cells[at[lane] / 4];
        for (unsigned n = 0; n < words; ++n) {
          different |= cell[n] ^ word;
        }
      }
    }
    if (different == 0) {
      const uint64_t to = entry->to;
      if (entry->from != to) {
        for (unsigned lane = begin; lane < begin + kBlock; ++lane) {
          std::fill_n(&cells[at[lane] / 4], words, to);
        }
      }
      result |= entry->defined ? 0 : block << begin;
      continue;
    }
    for (uint64_t rest = block << begin; rest != 0; rest &= rest - 1) {
      const unsigned lane = unsigned(__builtin_ctzll(rest));
      bool defined = true;
      for (unsigned n = 0; n < words; ++n) {
        defined &= touch(w, i, outcomes, access, at[lane] / 4 + n, lane);
      }
      if (words == 2 && !defined) {
        spoil(access, at[lane], 4 * words);
      }
      result |= uint64_t(!defined) << lane;
    }
  }
  return result;
}

/// Lanes that touch any bytes.
uint64_t GroupChecker::touchBytes(Wave &w, const Inst &i, const uint64_t *at,
                                  unsigned bytes, uint64_t lanes,
                                  uint64_t undefined, LdsAccess access) {
  Outcomes outcomes;
  uint64_t result = 0;
  for (uint64_t rest = lanes; rest != 0; rest &= rest - 1) {
    const unsigned lane = unsigned(__builtin_ctzll(rest));
    const uint64_t address = at[lane];
    if (!fits(address, bytes, ldsBytes)) {
      continue; // It faults.
    }
    bool defined = true;
    access.defined = !(undefined >> lane & 1);
    const uint64_t last = (address + bytes - 1) / 4;
    for (uint64_t n = address / 4; n <= last; ++n) {
      access.touched = uint8_t(covered(address, bytes, n));
      defined &= touch(w, i, outcomes, access, n, lane);
    }
    if (!defined) {
      spoil(access, address, bytes);
    }
    result |= uint64_t(!defined) << lane;
  }
  return result;
}

/// Half of the operand of an atomic operation makes its whole result undefined.
void GroupChecker::spoil(const LdsAccess &access, uint64_t address,
                         unsigned bytes) {
  for (uint64_t n = address / 4; access.kind == LdsAccess::Atomic && bytes == 8;
       ++n) {
    Cell cell = bits<Cell>(cells[n]);
    cell.defined = 0;
    cells[n] = bits<uint64_t>(cell);
    if (n != address / 4) {
      return;
    }
  }
}

/// A run of whole dwords, if all are in one state that needs no closer look and
/// hold values where they are read.
bool GroupChecker::touchRun(uint64_t first, unsigned count,
                            const LdsAccess &access) {
  const uint64_t word = cells[first];
  Cell cell = bits<Cell>(word);
  uint64_t different = 0;
  for (uint64_t n = first; n < first + count; ++n) {
    different |= cells[n] ^ word;
  }
  if (different != 0 || !isFine(cell, access) ||
      (access.kind != LdsAccess::Write && cell.defined != 15)) {
    return false;
  }
  apply(cell, access);
  if (bits<uint64_t>(cell) != word) {
    std::fill_n(&cells[first], count, bits<uint64_t>(cell));
  }
  return true;
}

/// Checks the accesses of `lanes`, each to `bytes` at its address; what lanes
/// in `undefined` write holds no value. Returns the lanes that read something
/// that was never written.
uint64_t GroupChecker::touchLanes(Wave &w, const Inst &i, const uint64_t *at,
                                  unsigned bytes, uint64_t lanes,
                                  uint64_t undefined, LdsAccess access) {
  uint64_t low = 0, outside = 0;
  forEachLane(lanes, [&](unsigned lane) {
    low |= at[lane];
    outside |= at[lane] | (uint64_t(ldsBytes) - bytes - at[lane]);
  });
  uint64_t result = 0;
  if (outside >> 63 || (undefined & lanes) != 0) {
    result = touchBytes(w, i, at, bytes, lanes, undefined, access);
  } else if (bytes < 4 && lanes != 0) {
    // Lanes touch the same bytes of different dwords, or adjacent ones.
    const uint64_t first = at[__builtin_ctzll(lanes)];
    uint64_t different = 0, scattered = ~lanes;
    forEachLane(lanes, [&](unsigned lane) {
      different |= at[lane] ^ first;
      scattered |= at[lane] ^ (first + uint64_t(bytes) * lane);
    });
    if (scattered == 0 && first % 4 == 0 &&
        touchRun(first / 4, kLanes * bytes / 4, access)) {
      return 0;
    }
    access.touched = uint8_t(covered(first % 4, bytes, 0));
    result = different % 4 != 0 || first % 4 + bytes > 4
                 ? touchBytes(w, i, at, bytes, lanes, undefined, access)
                 : touchDwords<1>(w, i, at, lanes, access);
  } else if (low % 4 != 0) {
    result = touchBytes(w, i, at, bytes, lanes, undefined, access);
  } else {
    result = bytes == 4    ? touchDwords<1>(w, i, at, lanes, access)
             : bytes == 8  ? touchDwords<2>(w, i, at, lanes, access)
             : bytes == 12 ? touchDwords<3>(w, i, at, lanes, access)
                           : touchDwords<4>(w, i, at, lanes, access);
  }
  return access.kind == LdsAccess::Write ? 0 : result;
}

void GroupChecker::checkLds(Wave &w, const Inst &i, const InstCheck &c) {
  Shadow &s = shadows[w.index];
  uint64_t mask = exec(w);
  if (c.address < 0) { // Permutations: no memory, but lanes are exchanged.
    uint64_t any = 0;
    const Operand &data = i.op[i.operands - 1];
    if (data.kind == Operand::Vector) {
      any = s.undefined[data.reg] & mask;
    }
    Origin origin = originOf(s, i, c);
    uint64_t lanes = any;
    if (any && i.operands > 2 && i.op[1].kind == Operand::Vector) {
      lanes = 0;
      for (unsigned lane = 0; lane < kLanes; ++lane) {
        uint32_t to =
            (w.v[i.op[1].reg].lane[lane] + uint32_t(i.offset)) / 4 % kLanes;
        bool pushes =
            launch.program->code.mnemonics[i.index] == "ds_permute_b32";
        if (pushes) {
          lanes |= (any >> lane & 1) << to;
        } else {
          lanes |= (any >> to & 1) << lane;
        }
      }
    }
    issue(w, i, c, mask);
    s.undefined[i.op[0].reg] =
        (s.undefined[i.op[0].reg] & ~mask) | (lanes & mask);
    s.origin[i.op[0].reg] = origin;
    return;
  }
  checkAddress(w, i, c, mask);
  locate(w, i, c, mask);
  uint32_t sequence = s.lds.issued;
  issue(w, i, c, mask);
  LdsAccess access;
  access.kind = c.isLoad    ? LdsAccess::Read
                : c.isStore ? LdsAccess::Write
                            : LdsAccess::Atomic;
  access.swap = c.swap;
  access.wave = uint8_t(w.index);
  access.sequence = sequence;
  for (unsigned piece = 0; piece < c.pieces; ++piece) {
    uint64_t undefinedData = 0;
    if (c.data >= 0) {
      const Operand &o =
          i.op[unsigned(piece && c.data2 >= 0 ? c.data2 : c.data)];
      for (unsigned k = 0; o.kind == Operand::Vector && k < o.width; ++k) {
        undefinedData |= s.undefined[o.reg + k];
      }
    }
    uint64_t undefined = touchLanes(w, i, addresses[piece], c.bytes, mask,
                                    undefinedData, access);
    for (unsigned row = 0; c.transposes && row < kLanes; row += 16) {
      uint64_t lanes = uint64_t(0xffff) << row;
      undefined |= undefined & lanes ? lanes & mask : 0;
    }
    unsigned words = c.pieces == 2 ? c.bytes / 4
                     : c.writes    ? c.write[0].count
                                   : 0;
    for (unsigned k = 0; c.writes && k < words; ++k) {
      unsigned reg = c.write[0].first + piece * words + k;
      s.undefined[reg] = (s.undefined[reg] & ~mask) | undefined;
      if (undefined) {
        Origin &o = s.origin[reg];
        o.kind = Origin::Lds;
        o.inst = i.index;
        o.address = addresses[piece][__builtin_ctzll(undefined)];
      }
    }
  }
}
