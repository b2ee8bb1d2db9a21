//===- VectorLane.cpp - instructions that move data between lanes ---------===//

#include "Sim/Machine.h"
#include "Sim/Semantics/MemoryAccess.h"

using namespace moesaic::sim;

static void readFirstLane(Wave &w, const Inst &i) {
  uint64_t mask = exec(w);
  unsigned lane = mask ? unsigned(__builtin_ctzll(mask)) : 0;
  w.s[i.op[0].reg] = i.op[1].kind == Operand::Vector
                         ? w.v[i.op[1].reg].lane[lane]
                         : scalar32(w, i.op[1]);
}

static void readLane(Wave &w, const Inst &i) {
  unsigned lane = scalar32(w, i.op[2]) & (w.lanes - 1u);
  w.s[i.op[0].reg] = w.v[i.op[1].reg].lane[lane];
}

static void writeLane(Wave &w, const Inst &i) {
  unsigned lane = scalar32(w, i.op[2]) & (w.lanes - 1u);
  w.v[i.op[0].reg].lane[lane] = scalar32(w, i.op[1]);
}

/// v_mbcnt: how many lanes below this one have their bit set in the mask. The
/// lo form counts bits of lanes 0-31, the hi form those of 32-63.
static void mbcnt(Wave &w, const Inst &i) {
  Row temp[2];
  const uint32_t *mask = i.op[1].plain
                             ? w.v[i.op[1].reg].lane
                             : materialise(w, i, 1, 32, 0, false, temp[0]);
  const uint32_t *base = i.op[2].plain
                             ? w.v[i.op[2].reg].lane
                             : materialise(w, i, 2, 32, 0, false, temp[1]);
  uint32_t out[kLanes];
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    uint64_t below = (uint64_t(1) << lane) - 1;
    uint32_t part = i.immediate ? uint32_t(below >> 32) : uint32_t(below);
    out[lane] = base[lane] + uint32_t(__builtin_popcount(mask[lane] & part));
  }
  writeRow(w, i, i.op[0].reg, out, 32, false);
}

/// gfx950: exchanges the odd groups of `size` lanes of the first register with
/// the even groups of the second. Active lanes take part.
template <unsigned size>
static void swapGroups(Wave &w, const Inst &i) {
  Row &first = w.v[i.op[0].reg], &second = w.v[i.op[1].reg];
  Row oldFirst = first, oldSecond = second;
  uint64_t mask = exec(w);
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    if (!(mask >> lane & 1)) {
      continue;
    }
    if (lane / size % 2) {
      first.lane[lane] = oldSecond.lane[lane - size];
    } else {
      second.lane[lane] = oldFirst.lane[lane + size];
    }
  }
}

void moesaic::sim::addLaneOps(OpcodeTable &t) {
  t.add("v_readfirstlane_b32", {readFirstLane, InstClass::Valu});
  t.add("v_readlane_b32", {readLane, InstClass::Valu});
  t.add("v_writelane_b32", {writeLane, InstClass::Valu});
  t.add("v_permlane16_swap_b32", {swapGroups<16>, InstClass::Valu});
  t.add("v_permlane32_swap_b32", {swapGroups<32>, InstClass::Valu});
  t.add("v_mbcnt_lo_u32_b32", {mbcnt, InstClass::Valu, false, false, 0});
  t.add("v_mbcnt_hi_u32_b32", {mbcnt, InstClass::Valu, false, false, 1});
}
