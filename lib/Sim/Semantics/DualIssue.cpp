//===- DualIssue.cpp - VOPD: two operations in one instruction ------------===//
//
// Both halves read their sources before either writes ("RDNA3" ISA guide,
// "Dual-issue VALU"). Their destinations differ: one register is even, the
// other odd.
//
//===----------------------------------------------------------------------===//

#include "Sim/Decode/Decode.h"

using namespace moesaic::sim;

void moesaic::sim::runPair(Wave &w, const Inst &i) {
  const Inst &first = i.pair[0], &second = i.pair[1];
  Row &d = w.v[first.op[0].reg];
  Row before = d;
  first.run(w, first);
  Row after = d;
  d = before;
  second.run(w, second);
  d = after;
}
