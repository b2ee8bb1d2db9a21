// RUN: not moe-opt %s --target=gfx942 --emit=asm 2>&1 | FileCheck %s --strict-whitespace --implicit-check-not='{{see current operation}}'
// An error shows the line with a caret, and no IR.

gpu.module @kernels {
  gpu.func @k(%x: !llvm.ptr<1>) kernel attributes {known_block_size = array<i32: 64, 1, 1>} {
    %p = llvm.load %x : !llvm.ptr<1> -> f32
// CHECK: diagnostics-invalid.mlir:[[#@LINE+3]]:10: error: 'math.sin' of type 'f32' is unsupported on gfx942
// CHECK-NEXT:    %s = math.sin %p : f32
// CHECK-NEXT:         ^
    %s = math.sin %p : f32
    llvm.store %s, %x : f32, !llvm.ptr<1>
    gpu.return
  }
}
