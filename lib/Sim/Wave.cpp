//===- Wave.cpp - running one wave, and what semantics need ---------------===//

#include "Sim/Engine.h"
#include <algorithm>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

using namespace llvm;
using namespace moesaic::sim;

//===----------------------------------------------------------------------===//
// Reports
//===----------------------------------------------------------------------===//

void moesaic::sim::fault(Wave &w, const Inst &i, const char *what, int lane,
                         uint64_t address, unsigned bytes) {
  w.state = WaveState::Fault;
  Launch &launch = *w.worker->launch;
  launch.stop = true;
  std::lock_guard<std::mutex> lock(launch.mutex);
  if (!launch.report.empty()) {
    return; // The first fault is the one to read.
  }
  launch.report = describe(w, i, what, lane, address, bytes);
}

bool moesaic::sim::checkAccess(Wave &w, const Inst &i, uint64_t address,
                               uint64_t bytes, int lane) {
  Memory::Allocation &recent = w.worker->recent[i.index];
  if (address >= recent.begin &&
      fits(address - recent.begin, bytes, recent.end - recent.begin)) {
    return true;
  }
  if (const Memory::Allocation *a = w.worker->launch->memory->find(address)) {
    if (bytes <= a->end - address) {
      recent.begin = a->begin;
      recent.end = a->end;
      return true;
    }
  }
  if (lane != -2) { // -2: the caller only asks.
    fault(w, i, "memory access outside of any allocation", lane, address,
          unsigned(bytes));
  }
  return false;
}

Traffic &moesaic::sim::traffic(Wave &w) { return w.worker->traffic; }

Seat moesaic::sim::seatOf(const Wave &w) {
  const Launch &launch = *w.worker->launch;
  const std::array<uint32_t, 3> &grid = launch.config.grid;
  const uint32_t *id = w.group->id;
  uint64_t number =
      id[0] + uint64_t(grid[0]) * (id[1] + uint64_t(grid[1]) * id[2]);
  uint32_t units =
      uint32_t(launch.program->device->implementation().chip->computeUnits);
  return {uint32_t(number / w.chip->dies % (units / w.chip->dies)),
          uint32_t(number % w.chip->dies)};
}

void moesaic::sim::jump(Wave &w, const Inst &i, uint64_t address) {
  const Inst *target = w.worker->launch->program->code.at(address);
  if (!target) {
    fault(w, i, "jump to an address that holds no decoded instruction", -1,
          address, 4);
    return;
  }
  w.next = target;
}

//===----------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------===//

static uint64_t special(const Wave &w, unsigned kind) {
  switch (kind) {
  case Operand::Scc:
    return w.scc;
  case Operand::VccZero:
    return readLaneMask(w, kVcc) == 0;
  case Operand::ExecZero:
    return exec(w) == 0;
  case Operand::SharedBase:
    return kSharedBase;
  case Operand::SharedLimit:
    return kSharedBase + 0xffffffffull;
  case Operand::PrivateBase:
    return kPrivateBase;
  default:
    return kPrivateBase + 0xffffffffull;
  }
}

uint32_t moesaic::sim::scalar32(const Wave &w, const Operand &o) {
  switch (o.kind) {
  case Operand::Scalar:
    return w.s[o.reg];
  case Operand::Constant:
    return o.word;
  case Operand::Special:
    // A 32-bit read of an aperture register gives its high half.
    return o.reg >= Operand::SharedBase ? special(w, o.reg) >> 32
                                        : special(w, o.reg);
  case Operand::Vector:
    return w.v[o.reg].lane[0];
  default:
    return 0;
  }
}

uint64_t moesaic::sim::scalar64(const Wave &w, const Operand &o, bool isFloat) {
  switch (o.kind) {
  case Operand::Scalar:
    return readPair(w, o.reg);
  case Operand::Constant:
    return isFloat ? o.wideFloat : o.wide;
  case Operand::Special:
    return special(w, o.reg);
  default:
    return 0;
  }
}

/// The lane that `lane` reads under a DPP control, or -1 (ISA guide, "DPP").
static int dppSource(const Inst &i, int lane) {
  int row = lane & ~15, n = lane & 15, a = i.dppArgument;
  switch (i.dpp) {
  case Dpp::QuadPerm:
    return (lane & ~3) | (a >> (2 * (lane & 3)) & 3);
  case Dpp::RowShl:
    return n + a < 16 ? lane + a : -1;
  case Dpp::RowShr:
    return n >= a ? lane - a : -1;
  case Dpp::RowRor:
    return row | ((n - a) & 15);
  case Dpp::WaveShl:
    return lane < 63 ? lane + 1 : -1;
  case Dpp::WaveRol:
    return (lane + 1) & 63;
  case Dpp::WaveShr:
    return lane > 0 ? lane - 1 : -1;
  case Dpp::WaveRor:
    return (lane - 1) & 63;
  case Dpp::RowMirror:
    return row | (15 - n);
  case Dpp::RowHalfMirror:
    return (lane & ~7) | (7 - (lane & 7));
  case Dpp::RowBcast:
    if (a == 15) {
      return row == 0 ? -1 : row - 1;
    }
    return lane < 32 ? -1 : 31;
  case Dpp::RowNewBcast:
    return row | (a & 15);
  case Dpp::RowXmask:
    return row | (n ^ (a & 15));
  case Dpp::Lanes8:
    return (lane & ~7) | (a >> (3 * (lane & 7)) & 7);
  case Dpp::None:
    break;
  }
  return lane;
}

DppTable moesaic::sim::dppTable(const Inst &i) {
  DppTable table = {};
  for (int lane = 0; lane < int(kLanes); ++lane) {
    int source = dppSource(i, lane);
    table.source[lane] = uint8_t(std::max(source, 0));
    table.reads |= uint64_t(source >= 0) << lane;
    bool enabled =
        (i.rowMask >> (lane / 16) & 1) && (i.bankMask >> (lane / 4 % 4) & 1);
    table.enabled |= uint64_t(enabled) << lane;
  }
  return table;
}

uint64_t moesaic::sim::dppReads(const Wave &w, const Inst &i) {
  const DppTable &table = *i.dppTable;
  const uint64_t mask = exec(w);
  if (mask == w.laneMask || i.fetchInactive) {
    return table.reads;
  }
  uint64_t reads = 0;
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    reads |= (mask >> table.source[lane] & 1) << lane;
  }
  return reads & table.reads;
}

uint64_t moesaic::sim::writeMask(const Wave &w, const Inst &i) {
  uint64_t mask = exec(w);
  if (i.dpp == Dpp::None) {
    return mask;
  }
  // Without bound_ctrl a lane that reads nothing keeps its destination.
  return mask & i.dppTable->enabled & (i.boundCtrl ? ~0ull : dppReads(w, i));
}

const uint32_t *moesaic::sim::materialise(Wave &w, const Inst &i, unsigned n,
                                          unsigned bits, unsigned part,
                                          bool isFloat, Row &temp) {
  const Operand &o = i.op[n];
  uint32_t *t = temp.lane;
  if (o.kind == Operand::Vector) {
    unsigned reg = o.reg + part;
    if (i.indexed && (w.gprIndexMode >> (n - 1) & 1)) {
      reg += w.s[kM0] & 0xff;
      reg = reg < kRows ? reg : o.reg;
    }
    const uint32_t *row = w.v[reg].lane;
    if (i.dpp != Dpp::None && n == i.firstSource) {
      const uint8_t *source = i.dppTable->source;
      const uint64_t reads = dppReads(w, i);
      const uint32_t low = uint32_t(reads), high = uint32_t(reads >> 32);
      for (unsigned lane = 0; lane < 32; ++lane) {
        t[lane] = (low >> lane & 1) ? row[source[lane]] : 0;
        t[32 + lane] = (high >> lane & 1) ? row[source[32 + lane]] : 0;
      }
    } else {
      memcpy(t, row, sizeof(temp));
    }
  } else {
    uint32_t value;
    if (bits == 64) {
      value = uint32_t(scalar64(w, o, isFloat) >> (32 * part));
    } else if (bits == 16 && o.kind == Operand::Constant) {
      value = o.half;
    } else {
      value = scalar32(w, o);
    }
    for (unsigned lane = 0; lane < kLanes; ++lane) {
      t[lane] = value;
    }
  }
  if (o.select != 6) {
    unsigned shift = o.select < 4 ? 8 * o.select : 16 * (o.select - 4);
    unsigned width = o.select < 4 ? 8 : 16;
    for (unsigned lane = 0; lane < kLanes; ++lane) {
      uint32_t field = t[lane] >> shift;
      t[lane] = o.signExtend
                    ? uint32_t(int32_t(field << (32 - width)) >> (32 - width))
                    : field & ((1u << width) - 1);
    }
  } else if (o.signExtend && bits == 16) {
    for (unsigned lane = 0; lane < kLanes; ++lane) {
      t[lane] = uint32_t(int32_t(int16_t(t[lane])));
    }
  }
  if (bits == 16 && n > 0 && (i.opSel >> (n - 1) & 1)) {
    for (unsigned lane = 0; lane < kLanes; ++lane) {
      t[lane] >>= 16;
    }
  }
  if (bits == 64 && part == 0) {
    return t;
  }
  uint32_t sign = bits == 16 ? 0x8000u : 0x80000000u;
  if (o.absolute) {
    for (unsigned lane = 0; lane < kLanes; ++lane) {
      t[lane] &= ~sign;
    }
  }
  if (o.negate) {
    for (unsigned lane = 0; lane < kLanes; ++lane) {
      t[lane] ^= sign;
    }
  }
  return t;
}

void moesaic::sim::writeRow(Wave &w, const Inst &i, unsigned reg,
                            const uint32_t *out, unsigned bits, bool keepHigh) {
  if (i.indexed && (w.gprIndexMode & 8)) {
    unsigned moved = reg + (w.s[kM0] & 0xff);
    reg = moved < kRows ? moved : reg;
  }
  uint64_t mask = writeMask(w, i);
  uint32_t *d = w.v[reg].lane;
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    if (!(mask >> lane & 1)) {
      continue;
    }
    uint32_t value = out[lane], old = d[lane];
    if (i.sdwa && i.dstSelect != 6) {
      unsigned shift =
          i.dstSelect < 4 ? 8 * i.dstSelect : 16 * (i.dstSelect - 4);
      unsigned width = i.dstSelect < 4 ? 8 : 16;
      uint32_t field = ((1u << width) - 1);
      uint32_t placed = (value & field) << shift;
      if (i.dstUnused == 2) {
        value = (old & ~(field << shift)) | placed;
      } else if (i.dstUnused == 1 && (value >> (width - 1) & 1)) {
        value = placed | (~0u << (shift + width - 1) << 1);
      } else {
        value = placed;
      }
    } else if (bits == 16) {
      if (i.opSel & 8) {
        value = (old & 0xffff) | value << 16;
      } else if (keepHigh || isRdna(*w.chip)) {
        value = (old & 0xffff0000) | (value & 0xffff);
      } else {
        value &= 0xffff;
      }
    }
    d[lane] = value;
  }
}

//===----------------------------------------------------------------------===//
// Execution
//===----------------------------------------------------------------------===//

/// The MODE fields at their usual setting: round to nearest even, denormals
/// kept. Everything else goes through the host's control register.
static constexpr uint32_t kUsualFloatMode = 0xf0;

#if defined(__x86_64__)
/// MXCSR for the f32 fields of MODE. Rounding 0: even, 1: +inf, 2: -inf,
/// 3: zero; denormal bit 0: keep sources, bit 1: keep results.
static unsigned hostControl(uint32_t mode) {
  static const unsigned rounding[4] = {0x0000, 0x4000, 0x2000, 0x6000};
  unsigned control = 0x1f80 | rounding[mode & 3];
  control |= mode >> 4 & 1 ? 0 : 0x0040; // denormals are zeros
  control |= mode >> 5 & 1 ? 0 : 0x8000; // flush to zero
  return control;
}

/// f16 and f64 have their own fields.
static bool isWide(const Inst &i) { return i.immediate & 1; }

static void runUnusual(Wave &w, uint64_t count) {
  uint64_t *executed = w.worker->executed.data();
  unsigned saved = _mm_getcsr();
  unsigned narrow = hostControl(w.mode & 0x33);
  unsigned wide = hostControl((w.mode >> 2) & 0x33);
  while (count-- != 0 && w.state == WaveState::Ready && !w.yield) {
    const Inst &i = *w.next;
    w.next = &i + 1;
    ++executed[i.index];
    if (i.usesFloat) {
      _mm_setcsr(isWide(i) ? wide : narrow);
      i.run(w, i);
      _mm_setcsr(saved);
    } else {
      i.run(w, i);
    }
  }
}
#endif

void moesaic::sim::runWave(Wave &w, uint64_t count) {
#if defined(__x86_64__)
  if ((w.mode & 0xff) != kUsualFloatMode) {
    runUnusual(w, count);
    return;
  }
#endif
  uint64_t *executed = w.worker->executed.data();
  while (count-- != 0 && w.state == WaveState::Ready && !w.yield) {
    const Inst &i = *w.next;
    w.next = &i + 1;
    ++executed[i.index];
    i.run(w, i);
  }
}

void moesaic::sim::runWaveChecked(Wave &w, uint64_t count,
                                  GroupChecker &checker) {
  uint64_t *executed = w.worker->executed.data();
  while (count-- != 0 && w.state == WaveState::Ready && !w.yield) {
    const Inst &i = *w.next;
    checker.before(w, i);
    if ((w.mode & 0xff) == kUsualFloatMode) {
      w.next = &i + 1;
      ++executed[i.index];
      i.run(w, i);
    } else {
      runWave(w, 1);
    }
    checker.after(w, i);
  }
}
