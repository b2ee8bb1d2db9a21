// RUN: moe-opt %s --target=gfx942 --emit=hsaco -o %t.hsaco
// RUN: llvm-readelf --dyn-syms %t.hsaco | FileCheck %s --check-prefix=ALL
// RUN: llvm-readelf --notes %t.hsaco | FileCheck %s --check-prefix=NOTES
// RUN: moe-opt %s --target=gfx942 --kernel=second --emit=hsaco -o %t.hsaco
// RUN: llvm-readelf --dyn-syms %t.hsaco | FileCheck %s --check-prefix=ONE
// All kernels of a file go into one code object, each with its own LDS though
// the buffers have one name; --kernel takes one of them.

// ALL-DAG: {{ first$}}
// ALL-DAG: {{ first.kd$}}
// ALL-DAG: {{ second.kd$}}
// NOTES: amdhsa.kernels:
// NOTES: .group_segment_fixed_size: 1024
// NOTES: .name: first
// NOTES: .group_segment_fixed_size: 2048
// NOTES: .name: second
// NOTES-NOT: amdhsa.kernels:
// ONE-NOT: first
// ONE: {{ second.kd$}}
// ONE-NOT: first

gpu.module @one {
  llvm.mlir.global internal @lds() {addr_space = 3 : i32, alignment = 16 : i64} : !llvm.array<1024 x i8>
  gpu.func @first(%x: !llvm.ptr<1>) kernel attributes {known_block_size = array<i32: 64, 1, 1>} {
    %lds = llvm.mlir.addressof @lds : !llvm.ptr<3>
    %v = llvm.load volatile %lds : !llvm.ptr<3> -> i32
    llvm.store %v, %x : i32, !llvm.ptr<1>
    gpu.return
  }
}
gpu.module @two {
  llvm.mlir.global internal @lds() {addr_space = 3 : i32, alignment = 16 : i64} : !llvm.array<2048 x i8>
  gpu.func @second(%x: !llvm.ptr<1>) kernel attributes {known_block_size = array<i32: 128, 1, 1>} {
    %lds = llvm.mlir.addressof @lds : !llvm.ptr<3>
    %v = llvm.load volatile %lds : !llvm.ptr<3> -> i32
    llvm.store %v, %x : i32, !llvm.ptr<1>
    gpu.return
  }
}
