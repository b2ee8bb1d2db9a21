// RUN: moe-opt %s --convert-tile-to-gpu=target=gfx1100 | FileCheck %s
// Chips without DPP across rows exchange by a mask within a row of 16 lanes, and by
// v_permlanex16 between the two rows of a wave. What all lanes share is read from one
// lane of each row.

#row = #tile.layout<shape = [32], register = [], lane = [[1], [2], [4], [8], [16]], wave = [], fragment = 1>
#rows = #tile.layout<shape = [2, 16], register = [], lane = [[0, 1], [0, 2], [0, 4], [0, 8], [1, 0]], wave = [], fragment = 1>
#rowsSum = #tile.layout<shape = [16], register = [], lane = [[1], [2], [4], [8], [0]], wave = [], fragment = 1>
#third = #tile.layout<shape = [2, 16], register = [[0, 8]], lane = [[0, 1], [0, 2], [1, 0], [0, 4], [0, 0]], wave = [], fragment = 1>
#thirdSum = #tile.layout<shape = [16], register = [[8]], lane = [[1], [2], [0], [4], [0]], wave = [], fragment = 1>

// CHECK-LABEL: gpu.func @row
// CHECK: rocdl.update.dpp %{{.*}}, %{{.*}} with 353, 15, 15, true : i32
// CHECK: rocdl.update.dpp %{{.*}}, %{{.*}} with 354, 15, 15, true : i32
// CHECK: rocdl.update.dpp %{{.*}}, %{{.*}} with 356, 15, 15, true : i32
// CHECK: rocdl.update.dpp %{{.*}}, %{{.*}} with 360, 15, 15, true : i32
// CHECK: %[[FIRST:.*]] = arith.constant 0 : i32
// CHECK: rocdl.readlane %[[SUM:.*]], %[[FIRST]]
// CHECK: %[[SECOND:.*]] = arith.constant 16 : i32
// CHECK: rocdl.readlane %[[SUM]], %[[SECOND]]
// CHECK: rocdl.readfirstlane
tile.kernel @row(%n: i32 {tile.name = "N", tile.role = "extent"}) waves(1) launch {
^bb0(%ln: i32):
  tile.grid %ln
} body {
  %i = tile.range : tensor<32xi32, #row>
  %s = tile.reduce add %i axis 0 : tensor<32xi32, #row> -> i32
  tile.return
}

// CHECK-LABEL: gpu.func @third
// CHECK: rocdl.update.dpp %{{.*}}, %{{.*}} with 356
// CHECK-NOT: gpu.shuffle
tile.kernel @third(%n: i32 {tile.name = "N", tile.role = "extent"}) waves(1) launch {
^bb0(%ln: i32):
  tile.grid %ln
} body {
  %one = arith.constant 1.0 : f32
  %x = tile.splat %one : f32 -> tensor<2x16xf32, #third>
  %s = tile.reduce add %x axis 0 : tensor<2x16xf32, #third> -> tensor<16xf32, #thirdSum>
  tile.return
}

// CHECK-LABEL: gpu.func @rows
// CHECK-DAG: %[[LOW:.*]] = arith.constant 1985229328 : i32
// CHECK-DAG: %[[HIGH:.*]] = arith.constant -19088744 : i32
// CHECK: rocdl.permlanex16 %[[X:.*]], %[[X]], %[[LOW]], %[[HIGH]], true, false : i32, i32
tile.kernel @rows(%n: i32 {tile.name = "N", tile.role = "extent"}) waves(1) launch {
^bb0(%ln: i32):
  tile.grid %ln
} body {
  %one = arith.constant 1.0 : f32
  %x = tile.splat %one : f32 -> tensor<2x16xf32, #rows>
  %s = tile.reduce add %x axis 0 : tensor<2x16xf32, #rows> -> tensor<16xf32, #rowsSum>
  tile.return
}
