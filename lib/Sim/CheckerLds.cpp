//===- CheckerLds.cpp - LDS: races, pending DMA, undefined bytes ----------===//
//
// Two accesses of different waves are ordered when a barrier lies between them
// and the first was complete when its wave came to that barrier. Time is
// counted in epochs, one per barrier. Each dword remembers its last write and
// who has read it in the current epoch.
//
//===----------------------------------------------------------------------===//

#include "Sim/Checker.h"
#include "Sim/Engine.h"

using namespace llvm;
using namespace moesaic::sim;

uint32_t GroupChecker::writerOf(const Cell &cell) const {
  const Shadow &s = shadows[cell.writer];
  const std::vector<uint32_t> &ring =
      cell.flags & Dma ? s.vmWriters : s.ldsWriters;
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
             std::to_string(s.vm.issued - 1 - sequence) + ") between them");
}

/// The bytes of dword `n` that [address, address + bytes) covers.
static unsigned covered(uint64_t address, unsigned bytes, uint64_t dword) {
  uint64_t low = std::max(address, 4 * dword) - 4 * dword;
  uint64_t high = std::min(address + bytes, 4 * dword + 4) - 4 * dword;
  return (15u << low) & (15u >> (4 - high)) & 15;
}

/// The second word of a cell without `readBytes`.
static constexpr uint64_t kWrite = ~uint64_t(0) >> 8;

GroupChecker::Alike GroupChecker::alike(const Wave &w, uint64_t address) const {
  Alike like;
  static_assert(sizeof(Cell) == 16, "two words");
  if (address + 4 <= ldsBytes) {
    const Cell &cell = cells[address / 4];
    if (cell.written == 15 && cell.definedBytes == 15 &&
        settled(cell, w.index)) {
      memcpy(&like.write, &cell.sequence, 8);
      like.write &= kWrite;
      like.epoch = cell.writeEpoch;
    }
  }
  return like;
}

bool GroupChecker::readAlike(uint64_t address, unsigned bytes, uint32_t bit,
                             const Alike &like) {
  if ((address | bytes) % 4 != 0 || address + bytes > ldsBytes) {
    return false;
  }
  Cell *cell = &cells[address / 4];
  uint64_t different = 0;
  for (unsigned n = 0; n < bytes / 4; ++n) {
    uint64_t write;
    memcpy(&write, &cell[n].sequence, 8);
    different |= ((write & kWrite) ^ like.write) |
                 uint64_t(cell[n].writeEpoch ^ like.epoch);
    uint32_t readers = cell[n].readEpoch == epoch ? cell[n].readers : 0;
    // Lanes often read the same: a store would hold up their loads.
    if (!(readers & bit) || cell[n].readBytes != 15) {
      cell[n].readers = readers | bit;
      cell[n].readEpoch = epoch;
      cell[n].readBytes = 15;
    }
  }
  return different == 0;
}

bool GroupChecker::writeAlike(uint64_t address, unsigned bytes, uint32_t bit,
                              const Alike &like, uint64_t write) {
  if ((address | bytes) % 4 != 0 || address + bytes > ldsBytes) {
    return false;
  }
  Cell *cell = &cells[address / 4];
  uint64_t different = 0;
  for (unsigned n = 0; n < bytes / 4; ++n) {
    uint64_t old;
    memcpy(&old, &cell[n].sequence, 8);
    different |= ((old & kWrite) ^ like.write) |
                 uint64_t(cell[n].writeEpoch ^ like.epoch) |
                 (cell[n].readEpoch == epoch ? cell[n].readers & ~bit : 0);
  }
  if (different != 0) {
    return false;
  }
  for (unsigned n = 0; n < bytes / 4; ++n) {
    memcpy(&cell[n].sequence, &write, 8);
    cell[n].writeEpoch = epoch;
    cell[n].readBytes = 15; // of this wave, if any
  }
  return true;
}

/// Returns whether all bytes are defined.
bool GroupChecker::readCells(Wave &w, const Inst &i, uint64_t address,
                             unsigned bytes, int lane) {
  if (address + bytes > ldsBytes) {
    return true; // It faults.
  }
  bool defined = true;
  uint32_t bit = uint32_t(1) << w.index;
  uint64_t last = (address + bytes - 1) / 4;
  for (uint64_t n = address / 4; n <= last; ++n) {
    Cell &cell = cells[n];
    unsigned touched = covered(address, bytes, n);
    defined &= (cell.definedBytes & touched) == touched;
    if (cell.writeEpoch != 0 && (cell.written & touched)) {
      if (cell.writer != w.index) {
        if (!ordered(cell)) {
          reportRace(w, i, "reads LDS that", 4 * n, lane, cell.writer,
                     writerOf(cell));
        }
      } else if ((cell.flags & Dma) &&
                 cell.sequence >= shadows[w.index].vm.completed) {
        reportLdsPending(w, i, 4 * n, lane, cell.sequence);
      }
    }
    if (cell.readEpoch != epoch) {
      cell.readEpoch = epoch;
      cell.readers = 0;
      cell.readBytes = 0;
    }
    cell.readers |= bit;
    cell.readBytes |= touched;
  }
  return defined;
}

bool GroupChecker::definedCells(uint64_t address, unsigned bytes) const {
  for (uint64_t n = address / 4; n < (address + bytes + 3) / 4; ++n) {
    unsigned touched = covered(address, bytes, n);
    if (address + bytes <= ldsBytes &&
        (cells[n].definedBytes & touched) != touched) {
      return false;
    }
  }
  return true;
}

void GroupChecker::writeCells(Wave &w, const Inst &i, uint64_t address,
                              unsigned bytes, int lane, uint32_t sequence,
                              uint8_t flags, bool defined) {
  if (address + bytes > ldsBytes) {
    return;
  }
  uint32_t bit = uint32_t(1) << w.index;
  uint64_t last = (address + bytes - 1) / 4;
  bool aligned = (address | bytes) % 4 == 0;
  for (uint64_t n = address / 4; n <= last; ++n) {
    Cell &cell = cells[n];
    if (aligned && settled(cell, w.index) &&
        (cell.readEpoch != epoch || !(cell.readers & ~bit))) {
      cell.written = 15;
      cell.writeEpoch = epoch;
      cell.writer = uint8_t(w.index);
      cell.sequence = sequence;
      cell.flags = flags;
      cell.definedBytes = defined ? 15 : 0;
      continue;
    }
    unsigned touched = covered(address, bytes, n);
    auto suspect = [&](unsigned other, uint32_t inst) {
      if (flags & Dma) {
        reportRace(w, i, "writes LDS that", 4 * n, lane, other, inst);
        return;
      }
      uint32_t old;
      memcpy(&old, w.group->lds + 4 * n, 4);
      suspects.push_back({uint32_t(4 * n), old, lane, other, inst});
    };
    bool together = (cell.flags & flags & Atomic) != 0;
    if (cell.writeEpoch != 0 && (cell.written & touched) && !together) {
      if (cell.writer != w.index) {
        if (!ordered(cell)) {
          suspect(cell.writer, writerOf(cell));
        }
      } else if ((cell.flags & Dma) && !(flags & Dma) &&
                 cell.sequence >= shadows[w.index].vm.completed) {
        reportLdsPending(w, i, 4 * n, lane, cell.sequence);
      }
    }
    if (cell.readEpoch == epoch && (cell.readers & ~bit) &&
        (cell.readBytes & touched)) {
      suspect(unsigned(__builtin_ctz(cell.readers & ~bit)), ~0u);
    }
    bool sameWrite = cell.writeEpoch == epoch && cell.writer == w.index &&
                     cell.sequence == sequence;
    cell.written = (sameWrite ? cell.written : 0) | touched;
    cell.writeEpoch = epoch;
    cell.writer = uint8_t(w.index);
    cell.sequence = sequence;
    cell.flags = flags;
    cell.definedBytes =
        defined ? cell.definedBytes | touched : cell.definedBytes & ~touched;
  }
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
  for (unsigned piece = 0; piece < c.pieces; ++piece) {
    uint64_t undefinedData = 0;
    if (c.data >= 0) {
      const Operand &o =
          i.op[unsigned(piece && c.data2 >= 0 ? c.data2 : c.data)];
      for (unsigned k = 0; o.kind == Operand::Vector && k < o.width; ++k) {
        undefinedData |= s.undefined[o.reg + k];
      }
    }
    uint64_t undefined = 0;
    uint64_t first = mask ? addresses[piece][__builtin_ctzll(mask)] : 0;
    Alike like;
    uint64_t write = 0;
    if (mask && !c.isAtomic) {
      like = alike(w, first);
      write = uint64_t(sequence) | uint64_t(w.index) << 32 |
              uint64_t(0xff) << 40; // as writeCells stores it
    }
    uint32_t bit = uint32_t(1) << w.index;
    for (uint64_t rest = mask; rest != 0; rest &= rest - 1) {
      unsigned lane = unsigned(__builtin_ctzll(rest));
      uint64_t at = addresses[piece][lane];
      bool defined = true;
      if (c.isLoad && readAlike(at, c.bytes, bit, like)) {
        continue;
      }
      if (c.isStore && undefinedData == 0 &&
          writeAlike(at, c.bytes, bit, like, write)) {
        continue;
      }
      if (c.isLoad) {
        defined = readCells(w, i, at, c.bytes, int(lane));
        like = alike(w, at);
      } else {
        // What an atomic operation makes of undefined memory is undefined.
        defined = !c.isAtomic || definedCells(at, c.bytes);
        writeCells(w, i, at, c.bytes, int(lane), sequence,
                   c.isAtomic ? Atomic : 0,
                   defined && !(undefinedData >> lane & 1));
      }
      undefined |= uint64_t(!defined) << lane;
    }
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
