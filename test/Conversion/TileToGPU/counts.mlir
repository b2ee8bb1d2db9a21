// RUN: moe-opt %s --convert-tile-to-gpu | FileCheck %s
// A rank: one ballot per bit of the key and one for the range; the first of
// equal lanes counts; two barriers around the scan over the waves' counters.

#keys = #tile.layout<shape = [512], register = [[64]], lane = [[1], [2], [4], [8], [16], [32]], wave = [[128], [256]], fragment = 1>
#bins = #tile.layout<shape = [8], register = [], lane = [[1], [2], [4], [0], [0], [0]], wave = [[0], [0]], fragment = 1>
#each = #tile.shared_layout<shape = [4, 8], offset = [[0, 1], [0, 2], [0, 4], [1, 0], [2, 0]]>
#counts = #tile.shared_layout<shape = [8], offset = [[1], [2], [4]]>

// CHECK-LABEL: gpu.func @ranks
// The wave's own counters, by its first eight lanes.
// CHECK: arith.cmpi ult, %[[LANE:.*]], %{{.*}} : i32
// CHECK-NEXT: scf.if
// CHECK-NOT: amdgpu.lds_barrier
// CHECK-COUNT-4: rocdl.ballot
// CHECK: rocdl.mbcnt.lo
// CHECK: %[[AHEAD:.*]] = rocdl.mbcnt.hi
// CHECK: llvm.fence syncscope("wavefront") acq_rel
// CHECK-NEXT: %[[SEEN:.*]] = llvm.load
// CHECK: scf.if
// CHECK: math.ctpop
// CHECK: llvm.store
// CHECK: arith.addi %[[SEEN]], %[[AHEAD]]
// CHECK-COUNT-4: rocdl.ballot
// CHECK-NOT: rocdl.ballot
// CHECK: amdgpu.lds_barrier
// CHECK: scf.if
// CHECK-COUNT-4: llvm.load
// CHECK-COUNT-4: llvm.store
// CHECK: amdgpu.lds_barrier
// CHECK-COUNT-2: llvm.load
// CHECK-NOT: amdgpu.lds_barrier
// CHECK: gpu.return
tile.kernel @ranks(%n: i32 {tile.name = "N", tile.role = "extent"}) waves(4) attributes {tile.lds_bytes = 128} launch {
^bb0(%ln: i32):
  tile.grid %ln
} body {
  %b = tile.alloc_shared {offset = 0} : !tile.shared<4x8xi32, #each>
  %k = tile.splat %n : i32 -> tensor<512xi32, #keys>
  %r, %t = tile.rank %k scratch %b : !tile.shared<4x8xi32, #each> : tensor<512xi32, #keys>, tensor<8xi32, #bins>
  tile.return
}

// A histogram: the lanes that hold a key first add one to its counter.
// CHECK-LABEL: gpu.func @counts
// CHECK: scf.if
// CHECK: llvm.store
// CHECK: amdgpu.lds_barrier
// CHECK: scf.if
// CHECK: llvm.atomicrmw add %{{.*}}, %{{.*}} syncscope("workgroup") monotonic
// CHECK: amdgpu.lds_barrier
// CHECK: llvm.load
#few = #tile.layout<shape = [16], register = [], lane = [[1], [2], [4], [8], [0], [0]], wave = [[0], [0]], fragment = 1>
tile.kernel @counts(%n: i32 {tile.name = "N", tile.role = "extent"}) waves(4) attributes {tile.lds_bytes = 32} launch {
^bb0(%ln: i32):
  tile.grid %ln
} body {
  %b = tile.alloc_shared {offset = 0} : !tile.shared<8xi32, #counts>
  %k = tile.splat %n : i32 -> tensor<16xi32, #few>
  %h = tile.histogram %k scratch %b : !tile.shared<8xi32, #counts> : tensor<16xi32, #few> -> tensor<8xi32, #bins>
  tile.return
}
