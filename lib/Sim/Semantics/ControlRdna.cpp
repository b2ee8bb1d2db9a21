//===- ControlRdna.cpp - RDNA's waits, hints, messages and barriers -------===//

#include "Sim/Machine.h"
#include <initializer_list>

using namespace moesaic::sim;

static void nothing(Wave &, const Inst &) {}

/// The workgroup's barrier; others have a name.
static constexpr int16_t kWorkgroupBarrier = -1;

static bool isWorkgroupBarrier(Wave &w, const Inst &i) {
  if (int16_t(i.op[0].word) != kWorkgroupBarrier) {
    fault(w, i, "only the barrier of the workgroup (-1) is simulated");
    return false;
  }
  return true;
}

/// gfx12 splits a barrier in two: a wave signals, and later waits until all
/// have signalled.
static void signal(Wave &w, const Inst &i) {
  if (isWorkgroupBarrier(w, i)) {
    if (w.signalled) {
      fault(w, i, "a wave signals a barrier twice without waiting for it");
    }
    w.signalled = true;
    bool first = w.group->signals++ == 0;
    w.scc = i.immediate ? first : w.scc;
  }
}

static void waitForBarrier(Wave &w, const Inst &i) {
  if (isWorkgroupBarrier(w, i)) {
    if (!w.signalled) {
      fault(w, i, "a wave waits for a barrier that it has not signalled");
      return;
    }
    w.signalled = false;
    w.state = WaveState::Barrier;
  }
}

/// Answers of messages, such as the doorbell's number, are zero here; but the
/// clock runs.
static void sendMessage32(Wave &w, const Inst &i) { w.s[i.op[0].reg] = 0; }
static void sendMessage64(Wave &w, const Inst &i) {
  writePair(w, i.op[0].reg, i.op[1].word == kMessageRealTime ? realTime() : 0);
}

static void sleep(Wave &w, const Inst &) { w.yield = true; }

void moesaic::sim::addRdnaControlOps(OpcodeTable &t) {
  for (const char *name : {"s_delay_alu",
                           "s_clause",
                           "s_waitcnt_vscnt",
                           "s_waitcnt_vmcnt",
                           "s_waitcnt_lgkmcnt",
                           "s_waitcnt_expcnt",
                           "s_wait_idle",
                           "s_wait_event",
                           "s_wait_alu",
                           "s_wait_loadcnt",
                           "s_wait_storecnt",
                           "s_wait_samplecnt",
                           "s_wait_bvhcnt",
                           "s_wait_dscnt",
                           "s_wait_kmcnt",
                           "s_wait_expcnt",
                           "s_wait_loadcnt_dscnt",
                           "s_wait_storecnt_dscnt",
                           "s_set_inst_prefetch_distance",
                           "s_prefetch_inst",
                           "s_prefetch_inst_pc_rel",
                           "s_prefetch_data",
                           "s_prefetch_data_pc_rel",
                           "s_buffer_prefetch_data",
                           "s_version",
                           "s_gl1_inv",
                           "s_ttracedata_imm",
                           "buffer_gl0_inv",
                           "buffer_gl1_inv",
                           "global_inv",
                           "global_wb",
                           "global_wbinv"}) {
    t.add(name, {nothing, InstClass::Other, false, true});
  }
  t.add("s_barrier_signal", {signal, InstClass::Other, false, true, 0});
  t.add("s_barrier_signal_isfirst", {signal, InstClass::Other, false, true, 1});
  t.add("s_barrier_wait", {waitForBarrier, InstClass::Other, false, true});
  t.add("s_sleep_var", {sleep, InstClass::Other, false, true});
  t.add("s_sendmsg_rtn_b32", {sendMessage32, InstClass::Smem});
  t.add("s_sendmsg_rtn_b64", {sendMessage64, InstClass::Smem});
}
