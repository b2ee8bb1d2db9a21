// RUN: moe-opt %s --pass-pipeline='builtin.module(gpu.module(convert-lane-to-rocdl{target=gfx942}))' | FileCheck %s
// Reductions over lanes use DPP, matrix ops their intrinsic, slices of vectors
// no memory.

gpu.module @kernels {
  // CHECK-LABEL: llvm.func @reduce
  // CHECK: rocdl.update.dpp
  // CHECK-NOT: rocdl.ds_bpermute
  // CHECK: llvm.return
  gpu.func @reduce(%x: f32) -> f32 {
    %0 = gpu.subgroup_reduce add %x cluster(size = 16) : (f32) -> f32
    gpu.return %0 : f32
  }

  // CHECK-LABEL: llvm.func @multiply
  // CHECK: rocdl.mfma.f32.32x32x8bf16.1k
  gpu.func @multiply(%a: vector<8xbf16>, %b: vector<4xbf16>, %c: vector<16xf32>) -> vector<16xf32> {
    // CHECK-NOT: alloca
    %low = vector.extract_strided_slice %a {offsets = [4], sizes = [4], strides = [1]} : vector<8xbf16> to vector<4xbf16>
    %d = amdgpu.mfma 32x32x8 %low * %b + %c blgp = none : vector<4xbf16>, vector<4xbf16>, vector<16xf32>
    gpu.return %d : vector<16xf32>
  }

  // Floor division is not the machine's, and has to be spelled out.
  // CHECK-LABEL: llvm.func @floor_division
  // CHECK: llvm.sdiv
  gpu.func @floor_division(%a: i32, %b: i32) -> i32 {
    %0 = arith.floordivsi %a, %b : i32
    gpu.return %0 : i32
  }
}
