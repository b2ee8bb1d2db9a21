// RUN: rm -rf %t && mkdir %t
// RUN: not env TMPDIR=%t moe-opt %s --target=gfx942 --emit=hsaco -o %t/k.hsaco 2>&1 | FileCheck %s
// RUN: not ls %t/k.hsaco
// RUN: not moe-opt %t/moesaic-reproducer-*.mlir --target=gfx942 --emit=hsaco -o %t/k.hsaco 2>&1 | FileCheck %s
// An instruction that gfx942 lacks makes the code generator abort: that is one
// error at the kernel, without a stack trace, and the reproducer reproduces it.

// CHECK-NOT: Stack dump
// CHECK: crash-invalid.mlir:[[#@LINE+4]]:3: error: internal compiler error: kernel 'k': Cannot select: intrinsic %llvm.amdgcn.permlane16, while generating machine code
// CHECK: note: please report this with {{.*}}/moesaic-reproducer-{{.*}}.mlir
// CHECK-NOT: Stack dump
gpu.module @kernels {
  gpu.func @k(%x: !llvm.ptr<1>) kernel attributes {known_block_size = array<i32: 64, 1, 1>} {
    %c = llvm.mlir.constant(1 : i32) : i32
    %f = llvm.mlir.constant(false) : i1
    %v = llvm.call_intrinsic "llvm.amdgcn.permlane16"(%c, %c, %c, %c, %f, %f) : (i32, i32, i32, i32, i1, i1) -> i32
    llvm.store %v, %x : i32, !llvm.ptr<1>
    gpu.return
  }
}
