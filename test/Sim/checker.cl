// The checker reports a race, once and with its source line; `trap` makes it an error, `off` is silent, and a barrier mends it.
// RUN: clang -x cl -cl-std=CL2.0 -target amdgcn-amd-amdhsa -mcpu=gfx942 -nogpulib -mcode-object-version=5 -O2 -g %s -o %t.hsaco
// RUN: env MOESAIC_CHECK=report moe-sim %t.hsaco --kernel=race --grid=2 --block=128 --arg=out:i32:128 2>&1 | FileCheck %s --check-prefix=REPORT
// RUN: not env MOESAIC_CHECK=trap moe-sim %t.hsaco --kernel=race --block=128 --arg=out:i32:128 2>&1 | FileCheck %s --check-prefix=TRAP
// RUN: env MOESAIC_CHECK=off moe-sim %t.hsaco --kernel=race --block=128 --arg=out:i32:128 2>&1 | FileCheck %s --check-prefix=SILENT
// RUN: env MOESAIC_CHECK=report moe-sim %t.hsaco --kernel=mended --block=128 --arg=out:i32:128 2>&1 | FileCheck %s --check-prefix=SILENT
// RUN: env MOESAIC_CHECK=report MOESAIC_SEED=7 moe-sim %t.hsaco --kernel=mended --block=128 --arg=out:i32:128 2>&1 | FileCheck %s --check-prefix=SILENT
// RUN: not env MOESAIC_CHECK=maybe moe-sim %t.hsaco --kernel=mended --block=128 --arg=out:i32:128 2>&1 | FileCheck %s --check-prefix=MODE

// REPORT: warning: kernel `race`: race: a wave {{reads|writes}} LDS that another wave accesses (LDS address
// REPORT-NEXT: at 0x{{.*}}: ds_
// REPORT-NEXT: from {{.*}}checker.cl:[[#]]:
// REPORT-NEXT: in workgroup ([[#]], 0, 0), wave 1, lane
// REPORT-NEXT: wave 0:

// TRAP: moe-sim: error: kernel `race`: {{.*}}another wave accesses
// SILENT-NOT: warning
// MODE: moe-sim: error: expected MOESAIC_CHECK to be off, report or trap, got `maybe`

#define FENCE __builtin_amdgcn_fence(__ATOMIC_SEQ_CST, "workgroup")

kernel void race(global int *out) {
  local int shared[128];
  int i = __builtin_amdgcn_workitem_id_x();
  shared[i] = i;
  FENCE;
  __builtin_amdgcn_s_barrier();
  FENCE;
  shared[i] = 2 * i;
  FENCE;
  out[i] = shared[i ^ 64];
}

kernel void mended(global int *out) {
  local int shared[128];
  int i = __builtin_amdgcn_workitem_id_x();
  shared[i] = 2 * i;
  FENCE;
  __builtin_amdgcn_s_barrier();
  FENCE;
  out[i] = shared[i ^ 64];
}
