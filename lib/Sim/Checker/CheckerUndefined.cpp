//===- CheckerUndefined.cpp - where undefined values go -------------------===//
//
// A lane of a vector register is undefined until it is written, and undefined
// again when it is computed from something undefined. Scalar registers are
// tracked bit by bit, because they hold masks of lanes. That alone is no
// mistake: padding is computed and thrown away. A report is made where such a
// value decides something: an address, a branch, EXEC, or data that leave the
// workgroup.
//
//===----------------------------------------------------------------------===//

#include "Sim/Checker/Checker.h"
#include "Sim/Engine.h"

using namespace llvm;
using namespace moesaic::sim;

uint64_t GroupChecker::scalarBits(const Shadow &s, const Operand &o) const {
  if (o.kind == Operand::Scalar) {
    uint64_t bits = s.scalarUndefined[o.reg];
    for (unsigned n = 1; n < o.width; ++n) {
      bits |= uint64_t(s.scalarUndefined[(o.reg + n) & 127])
              << (n == 1 ? 32 : 0);
    }
    return bits;
  }
  if (o.kind == Operand::Special && o.reg == Operand::Scc) {
    return s.sccUndefined;
  }
  return 0;
}

GroupChecker::Origin GroupChecker::originOf(const Shadow &s, const Inst &i,
                                            const InstCheck &c) const {
  for (unsigned n = 0; n < c.reads; ++n) {
    for (unsigned k = 0; k < c.read[n].count; ++k) {
      if (s.undefined[c.read[n].first + k]) {
        return s.origin[c.read[n].first + k];
      }
    }
  }
  for (unsigned half = 0; half < 2; ++half) {
    for (uint64_t rest = c.scalarReadMask[half]; rest != 0; rest &= rest - 1) {
      unsigned reg = 64 * half + unsigned(__builtin_ctzll(rest));
      if (s.scalarUndefined[reg]) {
        return s.scalarOrigin[reg];
      }
    }
  }
  return s.sccOrigin;
}

void GroupChecker::reportUndefined(Wave &w, const Inst &i, const char *what,
                                   int lane, const Origin &o) {
  if (isReported(launch, i, CheckRule::Undefined)) {
    return;
  }
  std::string note;
  const Code &code = launch.program->code;
  if (o.kind == Origin::Register) {
    std::string name = o.reg >= kRows + 128    ? "scc"
                       : o.reg == kRows + kVcc ? "vcc"
                       : o.reg == kRows + kM0  ? "m0"
                       : o.reg >= kRows ? "s" + std::to_string(o.reg - kRows)
                       : o.reg >= kAgprBase
                           ? "a" + std::to_string(o.reg - kAgprBase)
                           : "v" + std::to_string(o.reg);
    note = "it comes from " + name + ", which was never written";
  } else {
    note = std::string("it was read from ") +
           (o.kind == Origin::Lds ? "LDS" : "global memory") +
           " that was never written, at " +
           describeAddress(launch, code.insts[o.inst]) + ": " +
           code.text[o.inst];
    if (o.kind == Origin::Global) {
      if (const Memory::Allocation *a = launch.memory->find(o.address)) {
        note += "\n  at offset " + std::to_string(o.address - a->begin) +
                " of `" + a->name + "`";
      }
    } else {
      note += "\n  at LDS address " + std::to_string(o.address);
    }
  }
  report(w, i, CheckRule::Undefined, what, lane, ~0ull, 0, note);
}

void GroupChecker::setScalar(Wave &w, const Inst &i, const Operand &o,
                             uint64_t undefined, const Origin &origin) {
  if (o.kind != Operand::Scalar) {
    return;
  }
  Shadow &s = shadows[w.index];
  if (undefined && o.reg >= kExec) {
    reportUndefined(w, i, "EXEC is set from an undefined value",
                    __builtin_ctzll(undefined), origin);
    return;
  }
  for (unsigned n = 0; n < o.width; ++n) {
    unsigned reg = (o.reg + n) & 127;
    s.scalarUndefined[reg] = uint32_t(undefined >> (n & 1 ? 32 : 0));
    s.scalarOrigin[reg] = origin;
  }
}

void GroupChecker::checkBranch(Wave &w, const Inst &i, const InstCheck &c) {
  Shadow &s = shadows[w.index];
  uint32_t bits = 0;
  for (unsigned n = 0; n < c.scalarReads; ++n) {
    for (unsigned k = 0; k < c.scalarRead[n].count; ++k) {
      bits |= s.scalarUndefined[c.scalarRead[n].first + k];
    }
  }
  if (bits || (c.readsScc && s.sccUndefined)) {
    reportUndefined(w, i, "a branch depends on an undefined value", -1,
                    originOf(s, i, c));
  }
  for (unsigned n = 0; n < c.scalarWrites; ++n) {
    for (unsigned k = 0; k < c.scalarWrite[n].count; ++k) {
      s.scalarUndefined[c.scalarWrite[n].first + k] = 0;
    }
  }
}

void GroupChecker::flowScalar(Wave &w, const Inst &i, const InstCheck &c) {
  Shadow &s = shadows[w.index];
  uint32_t any = 0;
  for (unsigned half = 0; half < 2; ++half) {
    for (uint64_t rest = c.scalarReadMask[half]; rest != 0; rest &= rest - 1) {
      any |= s.scalarUndefined[64 * half + unsigned(__builtin_ctzll(rest))];
    }
  }
  if (c.indexed) {
    // s_movreld: the destination is known only now.
    const Operand &to = i.op[0];
    const uint32_t index = c.pieces == 2 ? w.s[kM0] >> 16 : w.s[kM0];
    for (unsigned n = 0; n < 2; ++n) {
      s.scalarUndefined[(to.reg + index + n) & 127] = 0;
      s.scalarUndefined[(to.reg + n) & 127] = 0;
    }
    return;
  }
  if (!any && !(c.readsScc && s.sccUndefined)) {
    for (unsigned n = 0; n < c.scalarWrites; ++n) {
      for (unsigned k = 0; k < c.scalarWrite[n].count; ++k) {
        s.scalarUndefined[(c.scalarWrite[n].first + k) & 127] = 0;
      }
    }
    s.sccUndefined &= !c.writesScc;
    return;
  }
  Origin origin = originOf(s, i, c);
  uint64_t a = scalarBits(s, i.op[1]), undefined = ~0ull, known = 0;
  uint64_t b = c.flow == Flow::SaveExec ? 0 : scalarBits(s, i.op[2]);
  if (c.flow == Flow::Copy) {
    undefined = a | b;
    if (i.op[0].width == 1) {
      undefined &= 0xffffffffull;
    }
  } else if (c.flow == Flow::And || c.flow == Flow::Or ||
             c.flow == Flow::SaveExec) {
    bool isOr = c.flow == Flow::Or || (c.flow == Flow::SaveExec && c.isOr);
    auto value = [&](const Operand &o) {
      return o.width == 2 || i.op[0].width == 2 ? scalar64(w, o)
                                                : uint64_t(scalar32(w, o));
    };
    uint64_t x = value(i.op[1]);
    uint64_t y = c.flow == Flow::SaveExec ? exec(w) : value(i.op[2]);
    x = c.invertFirst ? ~x : x;
    y = c.invertSecond ? ~y : y;
    undefined =
        isOr ? (a & b) | (a & ~y) | (b & ~x) : (a & b) | (a & y) | (b & x);
    known = (isOr ? x | y : x & y) & ~undefined;
    if (i.op[0].width == 1) {
      undefined &= 0xffffffffull;
      known &= 0xffffffffull;
    }
  } else if (c.flow == Flow::Select && !s.sccUndefined) {
    undefined = w.scc ? a : b;
  }
  if (c.writesScc) {
    s.sccUndefined = undefined != 0 && known == 0;
    s.sccOrigin = origin;
  }
  if (c.flow == Flow::Compare) {
    return;
  }
  if (c.flow == Flow::SaveExec) {
    Operand to;
    to.kind = Operand::Scalar;
    to.reg = kExec;
    to.width = 2;
    setScalar(w, i, to, undefined, origin);
    undefined = 0;
  }
  setScalar(w, i, i.op[0], undefined, origin);
}

/// Lanes in which a source is undefined. `part` is the register of a pair.
uint64_t GroupChecker::sourceLanes(Wave &w, const Inst &i, Shadow &s,
                                   unsigned operand, unsigned part) const {
  const Operand &o = i.op[operand];
  if (o.kind != Operand::Vector) {
    uint64_t bits = scalarBits(s, o);
    if (o.kind == Operand::Scalar && o.width == 2) {
      bits = part ? bits >> 32 : bits & 0xffffffffull;
    }
    return bits ? ~0ull : 0;
  }
  unsigned reg = o.reg + (part < o.width ? part : o.width - 1);
  uint64_t lanes = s.undefined[reg];
  if (lanes == 0 || i.dpp == Dpp::None || operand != i.firstSource) {
    return lanes;
  }
  uint64_t moved = 0;
  for (uint64_t rest = dppReads(w, i); rest != 0; rest &= rest - 1) {
    unsigned lane = unsigned(__builtin_ctzll(rest));
    moved |= (lanes >> i.dppTable->source[lane] & 1) << lane;
  }
  return moved;
}

/// Which sources a byte permutation reads. Bit 0: op 1, bit 1: op 2.
static unsigned permuted(const Wave &w, const Operand &selector) {
  if (selector.kind == Operand::Vector) {
    return 3;
  }
  uint32_t bytes = scalar32(w, selector);
  unsigned used = 0;
  for (unsigned n = 0; n < 4; ++n) {
    unsigned pick = bytes >> (8 * n) & 0xff;
    used |= pick < 4 ? 2 : pick < 8 ? 1 : pick < 10 ? 2 : pick < 12 ? 1 : 0;
  }
  return used;
}

void GroupChecker::flowVector(Wave &w, const Inst &i, const InstCheck &c) {
  Shadow &s = shadows[w.index];
  uint64_t mask = exec(w);
  if (c.indexed) {
    // Registers are indexed by M0; what is written counts as defined.
    for (unsigned n = 0; n < c.writes; ++n) {
      unsigned reg = c.write[n].first;
      s.undefined[reg] &= ~mask;
      s.undefined[(reg + (w.s[kM0] & 0xff)) % kRows] &= ~mask;
    }
    return;
  }
  uint64_t any = 0;
  for (unsigned n = 0; n < c.reads; ++n) {
    const Registers &r = c.read[n];
    for (unsigned k = 0; k < r.count; ++k) {
      any |= s.undefined[r.first + k];
    }
  }
  uint32_t scalars = 0;
  for (unsigned n = 0; n < c.scalarReads; ++n) {
    for (unsigned k = 0; k < c.scalarRead[n].count; ++k) {
      scalars |= s.scalarUndefined[c.scalarRead[n].first + k];
    }
  }
  uint64_t written = i.dpp == Dpp::None ? mask : writeMask(w, i);
  if (c.flow == Flow::WriteLane) {
    unsigned lane = scalar32(w, i.op[2]) & (w.lanes - 1u);
    written = uint64_t(1) << lane;
  }
  if (any == 0 && scalars == 0) {
    for (unsigned n = 0; n < c.writes; ++n) {
      for (unsigned k = 0; k < c.write[n].count; ++k) {
        s.undefined[c.write[n].first + k] &= ~written;
      }
    }
    for (unsigned n = 0; n < c.scalarWrites; ++n) {
      for (unsigned k = 0; k < c.scalarWrite[n].count; ++k) {
        s.scalarUndefined[c.scalarWrite[n].first + k] = 0;
      }
    }
    return;
  }

  Origin origin = originOf(s, i, c);
  unsigned firstSource = 1;
  for (unsigned n = 0; n < c.scalarWrites; ++n) {
    firstSource = c.scalarWrite[n].operand == 1 ? 2 : firstSource;
  }
  uint64_t all = 0, low = 0; // low: of the first register of each source
  for (unsigned n = 0; n < c.reads; ++n) {
    for (unsigned k = 0; k < c.read[n].count; ++k) {
      uint64_t lanes = sourceLanes(w, i, s, c.read[n].operand, k);
      all |= lanes;
      low |= k == 0 ? lanes : 0;
    }
  }
  uint64_t fromScalars = 0;
  for (unsigned n = firstSource; n < i.operands; ++n) {
    if (i.op[n].kind == Operand::Scalar) {
      uint64_t bits = scalarBits(s, i.op[n]);
      fromScalars |= int(n) == c.laneMask ? bits : bits ? ~0ull : 0;
    }
  }
  all |= fromScalars;
  low |= fromScalars;

  switch (c.flow) {
  case Flow::ReadLane: {
    unsigned lane = mask ? unsigned(__builtin_ctzll(mask)) : 0;
    if (i.operands > 2) {
      lane = scalar32(w, i.op[2]) & (w.lanes - 1u);
    }
    setScalar(w, i, i.op[0], all >> lane & 1 ? ~0ull : 0, origin);
    return;
  }
  case Flow::WriteLane:
    all = fromScalars;
    break;
  case Flow::Compare: {
    uint64_t undefined = all & written;
    setScalar(w, i, i.op[0], undefined, origin);
    if (c.scalarWrites > 1 && undefined) {
      reportUndefined(w, i, "EXEC is set from an undefined value",
                      __builtin_ctzll(undefined), origin);
    }
    return;
  }
  case Flow::Select: {
    const Operand &o = i.op[3];
    uint64_t unknown = scalarBits(s, o);
    uint64_t chosen = o.kind == Operand::Scalar ? readPair(w, o.reg) : 0;
    all = unknown | (chosen & sourceLanes(w, i, s, 2, 0)) |
          (~chosen & sourceLanes(w, i, s, 1, 0));
    break;
  }
  case Flow::Permute: {
    unsigned used = permuted(w, i.op[3]);
    all = (used & 1 ? sourceLanes(w, i, s, 1, 0) : 0) |
          (used & 2 ? sourceLanes(w, i, s, 2, 0) : 0) |
          sourceLanes(w, i, s, 3, 0);
    break;
  }
  case Flow::Defined:
    all = low = 0;
    break;
  default:
    break;
  }
  for (unsigned n = 0; n < c.writes; ++n) {
    for (unsigned k = 0; k < c.write[n].count; ++k) {
      unsigned reg = c.write[n].first + k;
      uint64_t lanes = all;
      if (c.flow == Flow::LowFirst && k == 0) {
        lanes = low;
      } else if (c.flow == Flow::Packed) {
        lanes = 0;
        for (unsigned m = 1; m < i.operands; ++m) {
          unsigned part = (k ? i.opSelHi : i.opSel) >> (m - 1) & 1;
          lanes |= sourceLanes(w, i, s, m, part);
        }
      } else if (c.flow == Flow::PackedMov) {
        lanes = sourceLanes(w, i, s, k + 1, i.opSel >> k & 1);
      }
      s.undefined[reg] = (s.undefined[reg] & ~written) | (lanes & written);
      if (lanes & written) {
        s.origin[reg] = origin;
      }
    }
  }
  for (unsigned n = 0; n < c.scalarWrites; ++n) {
    setScalar(w, i, i.op[c.scalarWrite[n].operand], all & written, origin);
  }
}

/// VOPD: neither half sees what the other writes.
void GroupChecker::flowPair(Wave &w, const Inst &i, const InstCheck &c) {
  const auto &halves = table.pairs[unsigned(c.pair)];
  checkPending(w, i.pair[0], halves[0]);
  checkPending(w, i.pair[1], halves[1]);
  uint64_t &first = shadows[w.index].undefined[i.pair[0].op[0].reg];
  uint64_t before = first;
  flowVector(w, i.pair[0], halves[0]);
  uint64_t after = first;
  first = before;
  flowVector(w, i.pair[1], halves[1]);
  first = after;
}

/// Rows and columns of 16; D's element (row, column) depends on a row of A and
/// a column of B, of which all of 16 lanes apart hold parts (Wmma.cpp).
void GroupChecker::flowWmma(Wave &w, const Inst &i, const InstCheck &c) {
  Shadow &s = shadows[w.index];
  auto lanesOf = [&](const Operand &o) {
    uint64_t lanes = 0;
    for (unsigned k = 0; o.kind == Operand::Vector && k < o.width; ++k) {
      lanes |= s.undefined[o.reg + k];
    }
    return lanes & w.laneMask;
  };
  uint64_t a = lanesOf(i.op[1]), b = lanesOf(i.op[2]);
  const bool sparse = c.read[0].operand == 0;
  a |= sparse ? lanesOf(i.op[3]) : 0; // The places of A's elements.
  Origin origin = originOf(s, i, c);
  const Operand &addend = i.op[sparse ? 0 : 3], &d = i.op[0];
  uint64_t old[16];
  for (unsigned r = 0; r < d.width && r < 16; ++r) {
    old[r] = addend.kind == Operand::Vector ? s.undefined[addend.reg + r] : 0;
  }
  auto fold = [](uint64_t lanes) {
    return uint16_t(lanes | lanes >> 16 | lanes >> 32 | lanes >> 48);
  };
  const uint16_t rows = fold(a), columns = fold(b);
  const unsigned groups = w.lanes / 16, perGroup = 16 / groups;
  for (unsigned r = 0; r < d.width && r < 16; ++r) {
    uint64_t lanes = old[r];
    for (unsigned lane = 0; lane < w.lanes; ++lane) {
      unsigned group = lane / 16, row, count = 1;
      if (w.chip->generation == 11) {
        row = r * groups + group;
      } else {
        count = perGroup / d.width; // 16-bit results: two rows a register
        row = group * perGroup + r * count;
      }
      bool undefined = columns >> (lane % 16) & 1;
      undefined |= (rows >> row & ((1u << count) - 1)) != 0;
      lanes |= uint64_t(undefined) << lane;
    }
    s.undefined[d.reg + r] = lanes & w.laneMask;
    s.origin[d.reg + r] = origin;
  }
}

/// Element (row i, column j) of D depends on row i of A and column j of B
/// (Matrix.cpp has the layouts).
void GroupChecker::flowMatrix(Wave &w, const Inst &i, const InstCheck &c) {
  if (isRdna(*w.chip)) {
    flowWmma(w, i, c);
    return;
  }
  Shadow &s = shadows[w.index];
  uint64_t a = 0, b = 0, any = 0;
  for (unsigned n = 0; n < c.reads; ++n) {
    for (unsigned k = 0; k < c.read[n].count; ++k) {
      uint64_t lanes = s.undefined[c.read[n].first + k];
      any |= lanes;
      a |= c.read[n].operand == 1 ? lanes : 0;
      b |= c.read[n].operand == 2 ? lanes : 0;
      // The indices of a sparse A are as good as its elements.
      a |= c.read[n].operand == 3 && c.read[0].operand == 0 ? lanes : 0;
    }
  }
  const Registers &d = c.write[0];
  if (any == 0 || c.writes == 0 || c.m == 0) {
    for (unsigned k = 0; c.writes && k < d.count; ++k) {
      s.undefined[d.first + k] = 0;
    }
    return;
  }
  Origin origin = originOf(s, i, c);
  const Operand &addend = i.op[i.operands > 3 ? 3 : 0];
  bool sparse = c.read[0].operand == 0;
  unsigned words = i.op[0].width * kLanes / (c.m * c.n * c.blocks);
  std::vector<bool> rows(c.m * c.blocks), columns(c.n * c.blocks);
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    unsigned block = lane / c.m % c.blocks;
    if (a >> lane & 1) {
      rows[block * c.m + lane % c.m] = true;
      if (i.cbsz) { // The block is broadcast.
        std::fill(rows.begin(), rows.end(), true);
      }
    }
    if (b >> lane & 1) {
      columns[block * c.n + lane % c.n] = true;
      if (i.blgp) {
        std::fill(columns.begin(), columns.end(), true);
      }
    }
  }
  uint64_t result[64];
  unsigned count = std::min<unsigned>(d.count, 64);
  for (unsigned r = 0; r < count; ++r) {
    uint64_t old = sparse ? s.undefined[d.first + r]
                   : addend.kind == Operand::Vector
                       ? s.undefined[addend.reg + r]
                       : 0;
    for (unsigned lane = 0; lane < kLanes; ++lane) {
      unsigned row, column, block;
      if (words == 2) { // f64
        row = c.m == 4 ? lane / 16 : 4 * (r / 2) + lane / 16;
        column = lane % c.n;
        block = c.m == 4 ? lane / 4 % 4 : 0;
      } else if (c.m == 4) {
        row = r;
        column = lane % 4;
        block = lane / 4;
      } else {
        unsigned groups = kLanes / c.n, perBlock = c.m * c.n / kLanes;
        unsigned inner = r % perBlock;
        block = r / perBlock;
        row = 4 * groups * (inner / 4) + 4 * (lane / c.n) + inner % 4;
        column = lane % c.n;
      }
      if (rows[(block * c.m + row) % rows.size()] ||
          columns[(block * c.n + column) % columns.size()]) {
        old |= uint64_t(1) << lane;
      }
    }
    result[r] = old;
  }
  for (unsigned r = 0; r < count; ++r) {
    s.undefined[d.first + r] = result[r];
    s.origin[d.first + r] = origin;
  }
}
