// RUN: moe-opt %s --target=gfx942 --emit=asm | FileCheck %s
// A multiplication and an addition stay two roundings; only fma is fused.

gpu.module @kernels {
  // CHECK-LABEL: {{^}}separate:
  // CHECK-NOT: v_fma
  // CHECK-NOT: v_mac
  // CHECK: v_mul_f32
  // CHECK: v_add_f32
  // CHECK: s_endpgm
  gpu.func @separate(%x: !llvm.ptr<1>) kernel attributes {known_block_size = array<i32: 64, 1, 1>} {
    %tid = gpu.thread_id x
    %i = arith.index_cast %tid : index to i32
    %p = llvm.getelementptr %x[%i] : (!llvm.ptr<1>, i32) -> !llvm.ptr<1>, f32
    %v = llvm.load %p : !llvm.ptr<1> -> f32
    %c = arith.constant 3.0 : f32
    %m = arith.mulf %v, %v : f32
    %s = arith.addf %m, %c : f32
    llvm.store %s, %p : f32, !llvm.ptr<1>
    gpu.return
  }

  // CHECK-LABEL: {{^}}fused:
  // CHECK: v_fma
  // CHECK-NOT: v_mul_f32
  // CHECK: s_endpgm
  gpu.func @fused(%x: !llvm.ptr<1>) kernel attributes {known_block_size = array<i32: 64, 1, 1>} {
    %tid = gpu.thread_id x
    %i = arith.index_cast %tid : index to i32
    %p = llvm.getelementptr %x[%i] : (!llvm.ptr<1>, i32) -> !llvm.ptr<1>, f32
    %v = llvm.load %p : !llvm.ptr<1> -> f32
    %c = arith.constant 3.0 : f32
    %s = math.fma %v, %v, %c : f32
    llvm.store %s, %p : f32, !llvm.ptr<1>
    gpu.return
  }
}
