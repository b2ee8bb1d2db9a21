//===- VectorPermute.cpp - RDNA's exchanges between rows of lanes ---------===//
//
// "RDNA3" and "RDNA4" ISA guides, V_PERMLANE*. op_sel's first bit lets a lane
// read from lanes that EXEC disables; where it may not, its second bit gives
// zero, and without it the lane keeps what it has.
//
//===----------------------------------------------------------------------===//

#include "Sim/Machine.h"
#include "Sim/Semantics/MemoryAccess.h"

using namespace moesaic::sim;

/// Lane `lane` takes the lane `choose(lane)` of its row, or with `exchange` of
/// the row beside it.
template <class Choose>
static void permuteRows(Wave &w, const Inst &i, bool exchange, Choose choose) {
  Row from = w.v[i.op[1].reg];
  uint32_t *to = w.v[i.op[0].reg].lane;
  uint64_t mask = exec(w);
  forLanes(mask, [&](unsigned lane) {
    unsigned row = (lane & ~15u) ^ (exchange ? 16 : 0);
    unsigned source = row + choose(lane);
    if ((mask >> source & 1) || (i.opSel & 1)) {
      to[lane] = from.lane[source];
    } else if (i.opSel & 2) {
      to[lane] = 0;
    }
    return true;
  });
}

/// 16 selectors of four bits in two scalars.
template <bool exchange>
static void permlane16(Wave &w, const Inst &i) {
  uint64_t selectors =
      uint64_t(scalar32(w, i.op[3])) << 32 | scalar32(w, i.op[2]);
  permuteRows(w, i, exchange, [&](unsigned lane) {
    return unsigned(selectors >> (4 * (lane & 15)) & 15);
  });
}

template <bool exchange>
static void permlane16Var(Wave &w, const Inst &i) {
  Row selectors = w.v[i.op[2].reg];
  permuteRows(w, i, exchange,
              [&](unsigned lane) { return selectors.lane[lane] & 15; });
}

/// Swaps the halves of a wave of 64; one of 32 does nothing.
static void permlane64(Wave &w, const Inst &i) {
  if (w.lanes != kLanes) {
    return;
  }
  Row from = w.v[i.op[1].reg];
  forLanes(exec(w), [&](unsigned lane) {
    w.v[i.op[0].reg].lane[lane] = from.lane[lane ^ 32];
    return true;
  });
}

void moesaic::sim::addPermuteOps(OpcodeTable &t) {
  t.add("v_permlane16_b32", {permlane16<false>, InstClass::Valu});
  t.add("v_permlanex16_b32", {permlane16<true>, InstClass::Valu});
  t.add("v_permlane16_var_b32", {permlane16Var<false>, InstClass::Valu});
  t.add("v_permlanex16_var_b32", {permlane16Var<true>, InstClass::Valu});
  t.add("v_permlane64_b32", {permlane64, InstClass::Valu});
}
