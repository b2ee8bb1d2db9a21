// RUN: moe-opt %s --pass-pipeline='builtin.module(gpu.module(convert-lane-to-rocdl{target=gfx942}))' | FileCheck %s
// A kernel keeps its argument names, says which arguments alias, and gets the
// size of its workgroup.

gpu.module @kernels {
  // CHECK-LABEL: llvm.func @scale(
  // CHECK-SAME: %{{.*}}: !llvm.ptr<1> {llvm.noalias, llvm.readonly}
  // CHECK-SAME: %{{.*}}: !llvm.ptr<1> {llvm.noalias},
  // CHECK-SAME: %{{.*}}: !llvm.ptr<1>, %{{.*}}: i32)
  // CHECK-SAME: rocdl.flat_work_group_size = "512,512"
  // CHECK-SAME: rocdl.kernel
  // CHECK-SAME: rocdl.reqd_work_group_size = array<i32: 512, 1, 1>
  // CHECK-SAME: tile.argument_names = ["x", "y", "z", "arg3"]
  gpu.func @scale(%x: !llvm.ptr<1> {tile.name = "x", tile.access = "in"},
                  %y: !llvm.ptr<1> {tile.name = "y", tile.access = "out"},
                  %z: !llvm.ptr<1> {tile.name = "z", tile.access = "inout"},
                  %n: i32) kernel
      attributes {known_block_size = array<i32: 512, 1, 1>} {
    gpu.return
  }

  // An index has 32 bits, and a loop becomes branches.
  // CHECK-LABEL: llvm.func @count(
  // CHECK: rocdl.workitem.id.x range <i32, 0, 64> : i32
  // CHECK: llvm.cond_br
  // CHECK-NOT: i64
  // CHECK: llvm.return
  gpu.func @count(%x: !llvm.ptr<1>, %n: i32) kernel
      attributes {known_block_size = array<i32: 64, 1, 1>} {
    %tid = gpu.thread_id x
    %end = arith.index_cast %n : i32 to index
    %one = arith.constant 1 : index
    scf.for %i = %tid to %end step %one {
      %i32 = arith.index_cast %i : index to i32
      %p = llvm.getelementptr %x[%i32] : (!llvm.ptr<1>, i32) -> !llvm.ptr<1>, i32
      llvm.store %i32, %p : i32, !llvm.ptr<1>
    }
    gpu.return
  }
}
