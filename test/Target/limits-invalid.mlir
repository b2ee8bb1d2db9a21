// RUN: not moe-opt %s --target=gfx942 --emit=hsaco -o %t.hsaco 2>&1 | FileCheck %s
// RUN: not ls %t.hsaco
// A limit that only the code generator sees is reported at the kernel.

// CHECK: limits-invalid.mlir:[[#@LINE+4]]:3: error: kernel 'k' needs 70000 bytes of local memory, the limit is 65536
// CHECK-NOT: error
gpu.module @kernels {
  llvm.mlir.global internal @lds() {addr_space = 3 : i32, alignment = 16 : i64} : !llvm.array<70000 x i8>
  gpu.func @k(%x: !llvm.ptr<1>) kernel attributes {known_block_size = array<i32: 64, 1, 1>} {
    %lds = llvm.mlir.addressof @lds : !llvm.ptr<3>
    %v = llvm.load volatile %lds : !llvm.ptr<3> -> i32
    llvm.store %v, %x : i32, !llvm.ptr<1>
    gpu.return
  }
}
