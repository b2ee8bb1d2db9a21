// RUN: moe-opt %s --target=gfx942 --emit=hsaco -o %t.hsaco 2>&1 | FileCheck %s
// A kernel that does not fit into the registers is compiled, with a warning.

// CHECK: spills.mlir:[[#@LINE+3]]:3: warning: kernel 'k' keeps {{[0-9]+}} vector registers in scratch memory, which is slow
// CHECK: note: help: smaller tiles or more waves need fewer registers per lane
gpu.module @kernels {
  gpu.func @k(%x: !llvm.ptr<1>) kernel attributes {known_block_size = array<i32: 1024, 1, 1>} {
    %v0 = llvm.load volatile %x : !llvm.ptr<1> -> vector<32xf32>
    %v1 = llvm.load volatile %x : !llvm.ptr<1> -> vector<32xf32>
    %v2 = llvm.load volatile %x : !llvm.ptr<1> -> vector<32xf32>
    %v3 = llvm.load volatile %x : !llvm.ptr<1> -> vector<32xf32>
    %v4 = llvm.load volatile %x : !llvm.ptr<1> -> vector<32xf32>
    llvm.store volatile %v0, %x : vector<32xf32>, !llvm.ptr<1>
    llvm.store volatile %v1, %x : vector<32xf32>, !llvm.ptr<1>
    llvm.store volatile %v2, %x : vector<32xf32>, !llvm.ptr<1>
    llvm.store volatile %v3, %x : vector<32xf32>, !llvm.ptr<1>
    llvm.store volatile %v4, %x : vector<32xf32>, !llvm.ptr<1>
    gpu.return
  }
}
