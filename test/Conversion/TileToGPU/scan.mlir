// RUN: moe-opt %s --convert-tile-to-gpu | FileCheck %s
// A running sum: within rows of 16 lanes by DPP, then over rows, in registers
// in between; waves hand over their totals with one barrier.

#line = #tile.layout<shape = [512], register = [[1]], lane = [[2], [4], [8], [16], [32], [64]], wave = [[128], [256]], fragment = 2>
#totals = #tile.shared_layout<shape = [1, 1, 4], offset = [[0, 0, 1], [0, 0, 2]]>

// CHECK-LABEL: gpu.func @line
// CHECK: arith.addi
// CHECK-NEXT: %[[PAIR:.*]] = arith.addi
// CHECK: %[[S1:.*]] = amdgpu.dpp %{{.*}} %[[PAIR]] row_shr(1 : i32) : i32
// CHECK-NEXT: arith.addi %[[S1]], %[[PAIR]]
// CHECK: amdgpu.dpp {{.*}} row_shr(2 : i32)
// CHECK: amdgpu.dpp {{.*}} row_shr(4 : i32)
// CHECK: amdgpu.dpp {{.*}} row_shr(8 : i32)
// CHECK: amdgpu.dpp {{.*}} row_bcast_15 {row_mask = 10 : i32}
// CHECK: amdgpu.dpp {{.*}} row_bcast_31 {row_mask = 12 : i32}
// CHECK-NEXT: %[[SUM:.*]] = arith.addi
// CHECK: rocdl.readlane %[[SUM]]
// CHECK: %[[BEFORE:.*]] = arith.subi %[[SUM]], %[[PAIR]]
// CHECK: llvm.store
// CHECK-NEXT: amdgpu.lds_barrier
// CHECK-COUNT-4: llvm.load
// CHECK-NOT: amdgpu.lds_barrier
// CHECK: gpu.return
tile.kernel @line(%n: i32 {tile.name = "N", tile.role = "extent"}) waves(4) attributes {tile.lds_bytes = 16} launch {
^bb0(%ln: i32):
  tile.grid %ln
} body {
  %b = tile.alloc_shared {offset = 0} : !tile.shared<1x1x4xi32, #totals>
  %x = tile.splat %n : i32 -> tensor<512xi32, #line>
  %s = tile.scan add %x axis 0 scratch %b : !tile.shared<1x1x4xi32, #totals> : tensor<512xi32, #line>
  tile.return
}

// Backwards and where a row holds several groups, lanes at an edge keep theirs.
#rows = #tile.layout<shape = [16, 4], register = [], lane = [[1, 0], [0, 1], [0, 2], [2, 0], [4, 0], [8, 0]], wave = [], fragment = 1>
// CHECK-LABEL: gpu.func @rows
// CHECK: amdgpu.dpp {{.*}} row_shl(2 : i32)
// CHECK: arith.maxnumf
// CHECK: arith.select
// CHECK: amdgpu.dpp {{.*}} row_shl(4 : i32)
// CHECK: arith.maxnumf
// CHECK: arith.select
tile.kernel @rows(%f: f32 {tile.name = "f", tile.role = "scalar"}) waves(1) launch {
^bb0(%lf: f32):
  %one = arith.constant 1 : i32
  tile.grid %one
} body {
  %x = tile.splat %f : f32 -> tensor<16x4xf32, #rows>
  %s = tile.scan max %x axis 1 reverse : tensor<16x4xf32, #rows>
  tile.return
}
