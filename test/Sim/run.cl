// The tool loads a code object of clang, runs it and prints buffers and counts.
// RUN: clang -x cl -cl-std=CL2.0 -target amdgcn-amd-amdhsa -mcpu=gfx942 -nogpulib -mcode-object-version=5 -O3 %s -o %t.hsaco
// RUN: moe-sim %t.hsaco --list | FileCheck %s --check-prefix=LIST
// RUN: moe-sim %t.hsaco --grid=2 --block=32 --arg=out:f32:64 --arg=in:f32:64:iota --arg=f32:0.5 --arg=i32:40 --counts | FileCheck %s --check-prefix=VALUES
// RUN: not moe-sim %t.hsaco --grid=3 --block=32 --arg=out:f32:64 --arg=in:f32:64:iota --arg=f32:0.5 --arg=i32:80 2>&1 | FileCheck %s --check-prefix=FAULT
// RUN: not moe-sim %t.hsaco --kernel=other 2>&1 | FileCheck %s --check-prefix=NAME
// RUN: not moe-sim %t.hsaco --chip=gfx1 2>&1 | FileCheck %s --check-prefix=CHIP

// LIST: scale: {{[0-9]+}} VGPRs (0 AGPRs)
// LIST-SAME: 0 bytes LDS
// LIST-NEXT: 0  8 bytes  global_buffer
// LIST-NEXT: 8  8 bytes  global_buffer
// LIST-NEXT: 16  4 bytes  by_value
// LIST-NEXT: 20  4 bytes  by_value

// RUN: moe-sim %t.hsaco --help | FileCheck %s --check-prefix=HELP
// HELP: --grid=

// RUN: moe-sim %t.hsaco --block=4 --arg=out:f32:4 --arg=in:f32:4:3 --arg=f32:2 --arg=i32:4 | FileCheck %s --check-prefix=CONSTANT
// CONSTANT: 6 6 6 6

// VALUES: 0 0.5 1 1.5
// VALUES: {{^}}16 16.5 17 17.5 18 18.5 19 19.5 0 0 0 0
// VALUES: workgroups 2, waves 2
// VALUES: loads 2, stores 2, atomics 0
// VALUES: bytes: read 160, written 160
// VALUES-NEXT: LDS accesses 0, cycles of bank conflicts 0

// FAULT: kernel `scale`: memory access outside of any allocation: 4 bytes at 0x
// FAULT-NEXT: global_load_dword
// FAULT-NEXT: in workgroup (2, 0, 0), wave 0, lane 0
// FAULT-NEXT: nearest allocation: `

// NAME: no kernel `other`; there are: scale
// CHIP: no simulated chip `gfx1`; there are: {{.*}}gfx942

kernel void scale(global float *out, global const float *in, float factor, int n) {
  int i = __builtin_amdgcn_workgroup_id_x() * 32 + __builtin_amdgcn_workitem_id_x();
  if (i < n)
    out[i] = in[i] * factor;
}
