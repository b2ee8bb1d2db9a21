// RUN: moe-opt %s --target=gfx942 --emit=hsaco -o %t.hsaco
// RUN: llvm-dwarfdump --debug-line %t.hsaco | FileCheck %s --match-full-lines
// RUN: moe-opt %s --target=gfx942 --emit=hsaco --no-line-tables -o %t.plain.hsaco
// RUN: llvm-objcopy -O binary -j .text %t.hsaco %t.text
// RUN: llvm-objcopy -O binary -j .text %t.plain.hsaco %t.plain.text
// RUN: cmp %t.text %t.plain.text
// RUN: llvm-readelf -S %t.plain.hsaco | FileCheck %s --check-prefix=PLAIN
// Instructions know their source line; the code is the same without.

// CHECK: {{ +}}name: "line-tables.mlir"
// CHECK: 0x{{[0-9a-f]+ +}}24 {{.*}}
// CHECK: 0x{{[0-9a-f]+ +}}25 {{.*}}
// PLAIN-NOT: .debug_line

gpu.module @kernels {
  gpu.func @copy(%x: !llvm.ptr<1>) kernel attributes {known_block_size = array<i32: 64, 1, 1>} {
    %tid = gpu.thread_id x
    %i = arith.index_cast %tid : index to i32
    %p = llvm.getelementptr %x[%i] : (!llvm.ptr<1>, i32) -> !llvm.ptr<1>, f32


    %v = llvm.load %p : !llvm.ptr<1> -> f32
    %s = arith.addf %v, %v : f32
    llvm.store %s, %p : f32, !llvm.ptr<1>
    gpu.return
  }
}
