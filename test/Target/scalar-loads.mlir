// RUN: moe-opt %s --target=gfx942 --emit=asm | FileCheck %s
// What every lane reads alike from an input comes through the scalar cache.

// CHECK-LABEL: {{^}}uniform:
// CHECK: s_load_dword s{{[0-9]+}}, s[{{[0-9:]+}}], 0x8
// CHECK: global_store_dword
gpu.module @kernels {
  gpu.func @uniform(%x: !llvm.ptr<1> {tile.name = "x", tile.access = "in"},
                    %y: !llvm.ptr<1> {tile.name = "y", tile.access = "out"}) kernel
      attributes {known_block_size = array<i32: 64, 1, 1>} {
    %tid = gpu.thread_id x
    %i = arith.index_cast %tid : index to i32
    %q = llvm.getelementptr %y[%i] : (!llvm.ptr<1>, i32) -> !llvm.ptr<1>, f32
    %c = arith.constant 1.0 : f32
    llvm.store %c, %q : f32, !llvm.ptr<1>
    %p = llvm.getelementptr %x[2] : (!llvm.ptr<1>) -> !llvm.ptr<1>, f32
    %v = llvm.load %p : !llvm.ptr<1> -> f32
    llvm.store %v, %q : f32, !llvm.ptr<1>
    gpu.return
  }
}
