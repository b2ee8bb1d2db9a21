// RUN: moe-opt %s --convert-tile-to-gpu | FileCheck %s
// A row sum: the registers of a lane in order, then a butterfly over the lanes
// that share the row, and no other lane.

#tile = #tile.layout<shape = [16, 16], register = [[0, 1], [0, 2]], lane = [[1, 0], [2, 0], [4, 0], [8, 0], [0, 4], [0, 8]], wave = [], fragment = 4>
#sums = #tile.layout<shape = [16], register = [], lane = [[1], [2], [4], [8], [0], [0]], wave = [], fragment = 1>

// CHECK-LABEL: gpu.func @sums
// CHECK: %[[E0:.*]] = vector.extract %[[X:.*]][0] : f32 from vector<4xf32>
// CHECK: %[[E1:.*]] = vector.extract %[[X]][1]
// CHECK: %[[S1:.*]] = arith.addf %[[E0]], %[[E1]]
// CHECK: arith.addf
// CHECK: arith.addf
// CHECK: %[[SIXTEEN:.*]] = arith.constant 16 : i32
// CHECK: gpu.shuffle xor %{{.*}}, %[[SIXTEEN]]
// CHECK: arith.addf
// CHECK: %[[THIRTY_TWO:.*]] = arith.constant 32 : i32
// CHECK: gpu.shuffle xor %{{.*}}, %[[THIRTY_TWO]]
// CHECK-NOT: gpu.shuffle
tile.kernel @sums(%c: !tile.ptr<f32> {tile.name = "c", tile.access = "out"},
                  %n: i32 {tile.name = "N", tile.role = "extent"}) waves(1) launch {
^bb0(%lc: !tile.ptr<f32>, %ln: i32):
  tile.grid %ln
} body {
  %one = arith.constant 1.0 : f32
  %x = tile.splat %one : f32 -> tensor<16x16xf32, #tile>
  %s = tile.reduce add %x axis 1 : tensor<16x16xf32, #tile> -> tensor<16xf32, #sums>
  tile.return
}

// Within a row of 16 lanes the exchanges are DPP; a reversal of half a row does
// for bit 2 because the lanes of a quad are equal by then. Rows are combined in
// the last one, whose result every lane reads.
#row = #tile.layout<shape = [64], register = [], lane = [[1], [2], [4], [8], [16], [32]], wave = [], fragment = 1>
#third = #tile.layout<shape = [2, 16], register = [[0, 8]], lane = [[0, 1], [0, 2], [1, 0], [0, 4], [0, 0], [0, 0]], wave = [], fragment = 1>
#thirdSum = #tile.layout<shape = [16], register = [[8]], lane = [[1], [2], [0], [4], [0], [0]], wave = [], fragment = 1>

// CHECK-LABEL: gpu.func @row
// CHECK: amdgpu.dpp %{{.*}} quad_perm([1 : i32, 0 : i32, 3 : i32, 2 : i32]) {bound_ctrl = true} : i32
// CHECK: amdgpu.dpp %{{.*}} quad_perm([2 : i32, 3 : i32, 0 : i32, 1 : i32])
// CHECK: amdgpu.dpp %{{.*}} row_half_mirror
// CHECK: amdgpu.dpp %{{.*}} row_ror(8 : i32)
// CHECK-NOT: gpu.shuffle
// CHECK: amdgpu.dpp {{.*}}  row_bcast_15 {row_mask = 10 : i32}
// CHECK: amdgpu.dpp {{.*}}  row_bcast_31 {row_mask = 12 : i32}
// CHECK: rocdl.readlane
// CHECK: rocdl.readfirstlane
tile.kernel @row(%n: i32 {tile.name = "N", tile.role = "extent"}) waves(1) launch {
^bb0(%ln: i32):
  tile.grid %ln
} body {
  %i = tile.range : tensor<64xi32, #row>
  %s = tile.reduce add %i axis 0 : tensor<64xi32, #row> -> i32
  tile.return
}

// Across bit 2 alone the lanes of a quad differ, so that no reversal will do.
// CHECK-LABEL: gpu.func @third
// CHECK-NOT: amdgpu.dpp
// CHECK: gpu.shuffle xor
tile.kernel @third(%n: i32 {tile.name = "N", tile.role = "extent"}) waves(1) launch {
^bb0(%ln: i32):
  tile.grid %ln
} body {
  %one = arith.constant 1.0 : f32
  %x = tile.splat %one : f32 -> tensor<2x16xf32, #third>
  %s = tile.reduce add %x axis 0 : tensor<2x16xf32, #third> -> tensor<16xf32, #thirdSum>
  tile.return
}

// Two rows of a tile in two rows of lanes each: the last lane of either half.
#halves = #tile.layout<shape = [2, 32], register = [], lane = [[0, 1], [0, 2], [0, 4], [0, 8], [0, 16], [1, 0]], wave = [], fragment = 1>
#halfMax = #tile.layout<shape = [2], register = [], lane = [[0], [0], [0], [0], [0], [1]], wave = [], fragment = 1>

// CHECK-LABEL: gpu.func @halves
// CHECK: amdgpu.dpp {{.*}}  row_bcast_15 {row_mask = 10 : i32}
// CHECK-NOT: row_bcast_31
// CHECK-COUNT-2: rocdl.readlane
// CHECK: arith.select
tile.kernel @halves(%f: f32 {tile.name = "f", tile.role = "scalar"}) waves(1) launch {
^bb0(%lf: f32):
  %one = arith.constant 1 : i32
  tile.grid %one
} body {
  %x = tile.splat %f : f32 -> tensor<2x32xf32, #halves>
  %s = tile.reduce max %x axis 1 : tensor<2x32xf32, #halves> -> tensor<2xf32, #halfMax>
  tile.return
}
