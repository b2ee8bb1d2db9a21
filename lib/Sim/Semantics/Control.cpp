//===- Control.cpp - branches, barriers, waits, hints, MODE ---------------===//

#include "Sim/Machine.h"
#include <chrono>
#include <initializer_list>

using namespace moesaic::sim;

template <int kind>
static void branch(Wave &w, const Inst &i) {
  bool taken = false;
  switch (kind) {
  case 0:
    taken = true;
    break;
  case 1:
    taken = !w.scc;
    break;
  case 2:
    taken = w.scc;
    break;
  case 3:
    taken = readLaneMask(w, kVcc) == 0;
    break;
  case 4:
    taken = readLaneMask(w, kVcc) != 0;
    break;
  case 5:
    taken = exec(w) == 0;
    break;
  case 6:
    taken = exec(w) != 0;
    break;
  case 7:
    taken = false;
    break; // debugger branches
  }
  if (taken) {
    w.next = i.target;
  }
}

static void endProgram(Wave &w, const Inst &) { w.state = WaveState::Done; }
static void barrier(Wave &w, const Inst &) { w.state = WaveState::Barrier; }

/// Memory is coherent and in order here, so counters are always zero; the
/// immediate stays in the instruction for a model of the counters.
static void nothing(Wave &, const Inst &) {}

/// Long sleeps and priority hints let the other waves run.
static void sleepHint(Wave &w, const Inst &) { w.yield = true; }

static void trap(Wave &w, const Inst &i) {
  fault(w, i, "the kernel trapped (s_trap)");
}

static uint64_t following(const Inst &i) { return i.address + i.size; }

static void getpc(Wave &w, const Inst &i) {
  writePair(w, i.op[0].reg, following(i));
}
static void setpc(Wave &w, const Inst &i) { jump(w, i, scalar64(w, i.op[0])); }
static void swappc(Wave &w, const Inst &i) {
  uint64_t target = scalar64(w, i.op[1]);
  writePair(w, i.op[0].reg, following(i));
  jump(w, i, target);
}
static void call(Wave &w, const Inst &i) {
  writePair(w, i.op[0].reg, following(i));
  w.next = i.target;
}

uint64_t moesaic::sim::hostTime() {
  return uint64_t(std::chrono::steady_clock::now().time_since_epoch().count());
}
uint64_t moesaic::sim::realTime() { return hostTime() / 10; }

/// HW_ID of gfx9: wave, SIMD, compute unit of 16, shader engine. HW_ID1 of
/// RDNA: wave, SIMD, pair of compute units, shader array, shader engine.
static uint32_t hardwareId(const Wave &w) {
  uint32_t unit = seatOf(w).computeUnit, pair = unit / 2;
  return isRdna(*w.chip)
             ? (w.index / 4 & 31) | (w.index & 3) << 8 | (pair & 3) << 10 |
                   (pair >> 2 & 1) << 16 | (pair >> 3 & 7) << 18
             : (w.index / 4 & 15) | (w.index & 3) << 4 | (unit & 15) << 8 |
                   (unit >> 4 & 7) << 13;
}

/// hwreg operands hold id, offset and width as the encoding does.
static uint32_t readHardware(const Wave &w, uint32_t id) {
  const bool rdna = isRdna(*w.chip);
  switch (id) {
  case 1: // MODE
    return w.mode;
  case 2: // STATUS: SCC, EXECZ, VCCZ
    return uint32_t(w.scc) | uint32_t(exec(w) == 0) << 9 |
           uint32_t(readLaneMask(w, kVcc) == 0) << 10;
  case 4: // HW_ID
    return rdna ? 0 : hardwareId(w);
  case 15: // SH_MEM_BASES: the apertures' bits 63 to 48
    return uint32_t(kSharedBase >> 48) << 16 | uint32_t(kPrivateBase >> 48);
  case 20: // XCC_ID
    return rdna ? 0 : seatOf(w).die;
  case 23: // HW_ID1
    return rdna ? hardwareId(w) : 0;
  case 29: // SHADER_CYCLES
    return !rdna ? 0
                 : uint32_t(hostTime()) &
                       (w.chip->generation == 11 ? 0xfffff : ~0u);
  case 30: // SHADER_CYCLES_HI
    return rdna ? uint32_t(hostTime() >> 32) : 0;
  default:
    return 0;
  }
}
static uint32_t fieldMask(uint32_t hwreg) {
  uint32_t width = (hwreg >> 11 & 31) + 1;
  return width == 32 ? ~0u : (1u << width) - 1;
}
static void getreg(Wave &w, const Inst &i) {
  uint32_t hwreg = i.op[1].word;
  w.s[i.op[0].reg] =
      readHardware(w, hwreg & 63) >> (hwreg >> 6 & 31) & fieldMask(hwreg);
}
static void setreg(Wave &w, const Inst &i) {
  uint32_t hwreg = i.op[0].word, shift = hwreg >> 6 & 31;
  uint32_t mask = fieldMask(hwreg) << shift;
  if ((hwreg & 63) == 1) {
    w.mode = (w.mode & ~mask) | (scalar32(w, i.op[1]) << shift & mask);
    w.yield = true; // the run loop depends on the mode
  }
}
static void roundMode(Wave &w, const Inst &i) {
  w.mode = (w.mode & ~0xfu) | (i.op[0].word & 15);
  w.yield = true;
}
static void denormMode(Wave &w, const Inst &i) {
  w.mode = (w.mode & ~0xf0u) | (i.op[0].word & 15) << 4;
  w.yield = true;
}

static void gprIndexOn(Wave &w, const Inst &i) {
  // The index lives in M0[7:0], the enabled operands in M0[15:12].
  w.gprIndexMode = i.op[1].word & 15;
  w.s[kM0] = (w.s[kM0] & 0xffff0f00u) | (scalar32(w, i.op[0]) & 0xff) |
             w.gprIndexMode << 12;
}
static void gprIndexOff(Wave &w, const Inst &) { w.gprIndexMode = 0; }
static void gprIndex(Wave &w, const Inst &i) {
  w.s[kM0] = (w.s[kM0] & 0xffffff00u) | (scalar32(w, i.op[0]) & 0xff);
}

static void memtime(Wave &w, const Inst &i) {
  writePair(w, i.op[0].reg, hostTime());
}
static void memrealtime(Wave &w, const Inst &i) {
  writePair(w, i.op[0].reg, realTime());
}

void moesaic::sim::addControlOps(OpcodeTable &t) {
  t.add("s_branch", {branch<0>, InstClass::Branch, false, true});
  t.add("s_cbranch_scc0", {branch<1>, InstClass::Branch, false, true});
  t.add("s_cbranch_scc1", {branch<2>, InstClass::Branch, false, true});
  t.add("s_cbranch_vccz", {branch<3>, InstClass::Branch, false, true});
  t.add("s_cbranch_vccnz", {branch<4>, InstClass::Branch, false, true});
  t.add("s_cbranch_execz", {branch<5>, InstClass::Branch, false, true});
  t.add("s_cbranch_execnz", {branch<6>, InstClass::Branch, false, true});
  for (const char *name :
       {"s_cbranch_cdbgsys", "s_cbranch_cdbguser", "s_cbranch_cdbgsys_or_user",
        "s_cbranch_cdbgsys_and_user"}) {
    t.add(name, {branch<7>, InstClass::Branch, false, true});
  }
  t.add("s_endpgm", {endProgram, InstClass::Other, false, true});
  t.add("s_barrier", {barrier, InstClass::Other, false, true});
  for (const char *name : {"s_nop",
                           "s_waitcnt",
                           "s_setprio",
                           "s_sendmsg",
                           "s_icache_inv",
                           "s_dcache_inv",
                           "s_dcache_wb",
                           "s_dcache_inv_vol",
                           "s_dcache_wb_vol",
                           "s_inst_prefetch",
                           "s_set_gpr_idx_mode",
                           "s_ttracedata",
                           "s_incperflevel",
                           "s_decperflevel",
                           "s_sethalt",
                           "s_setkill",
                           "s_dcache_discard",
                           "s_dcache_discard_x2",
                           "s_atc_probe",
                           "s_atc_probe_buffer",
                           "v_clrexcp",
                           "v_pipeflush",
                           "s_wakeup",
                           "buffer_wbl2",
                           "buffer_inv",
                           "buffer_wbinvl1",
                           "buffer_wbinvl1_vol",
                           "buffer_invl2",
                           "v_nop",
                           "ds_nop",
                           "s_code_end",
                           "s_waitcnt_depctr"}) {
    t.add(name, {nothing, InstClass::Other, false, true});
  }
  t.add("s_sleep", {sleepHint, InstClass::Other, false, true});
  t.add("s_trap", {trap, InstClass::Other, false, true});
  t.add("s_getpc_b64", {getpc, InstClass::Salu});
  t.add("s_setpc_b64", {setpc, InstClass::Branch});
  t.add("s_swappc_b64", {swappc, InstClass::Branch});
  t.add("s_call_b64", {call, InstClass::Branch});
  t.add("s_getreg_b32", {getreg, InstClass::Salu});
  t.add("s_setreg_b32", {setreg, InstClass::Salu});
  t.add("s_setreg_imm32_b32", {setreg, InstClass::Salu});
  t.add("s_round_mode", {roundMode, InstClass::Other, false, true});
  t.add("s_denorm_mode", {denormMode, InstClass::Other, false, true});
  t.add("s_set_gpr_idx_on", {gprIndexOn, InstClass::Salu});
  t.add("s_set_gpr_idx_off", {gprIndexOff, InstClass::Other, false, true});
  t.add("s_set_gpr_idx_idx", {gprIndex, InstClass::Salu});
  t.add("s_memtime", {memtime, InstClass::Smem});
  t.add("s_memrealtime", {memrealtime, InstClass::Smem});
}
