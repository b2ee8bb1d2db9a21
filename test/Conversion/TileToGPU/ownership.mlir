// RUN: moe-opt %s --convert-tile-to-gpu --canonicalize | FileCheck %s
// Four elements on 64 lanes and two waves: only one lane of those that repeat
// an element stores it.

#four = #tile.layout<shape = [4], register = [], lane = [[1], [2], [0], [0], [0], [0]], wave = [[0]], fragment = 1>

// CHECK-LABEL: gpu.func @few
// CHECK-DAG: %[[FREE:.*]] = arith.constant 60 : i32
// CHECK-DAG: %[[ZERO:.*]] = arith.constant 0 : i32
// CHECK: %[[LANE_BITS:.*]] = arith.andi %{{.*}}, %[[FREE]]
// CHECK: %[[LANE_OWNS:.*]] = arith.cmpi eq, %[[LANE_BITS]], %[[ZERO]]
// CHECK: %[[WAVE_OWNS:.*]] = arith.cmpi eq, %{{.*}}, %[[ZERO]]
// CHECK: %[[OWNS:.*]] = arith.andi %[[LANE_OWNS]], %[[WAVE_OWNS]]
// CHECK: %[[IN_BOUNDS:.*]] = arith.cmpi ult
// CHECK: %[[STORES:.*]] = arith.andi %[[OWNS]], %[[IN_BOUNDS]]
// CHECK: %[[OFFSET:.*]] = arith.select %[[STORES]]
// CHECK: rocdl.raw.ptr.buffer.store %{{.*}}, %{{.*}}, %[[OFFSET]]
tile.kernel @few(%c: !tile.ptr<i32> {tile.name = "c", tile.access = "out"},
                 %n: i32 {tile.name = "N", tile.role = "extent"}) waves(2) launch {
^bb0(%lc: !tile.ptr<i32>, %ln: i32):
  tile.grid %ln
} body {
  %cv = tile.view %c[%n] : !tile.ptr<i32> -> !tile.array<?xi32>
  %i = tile.range : tensor<4xi32, #four>
  tile.store %i, %cv[%i] : tensor<4xi32, #four>, !tile.array<?xi32>[tensor<4xi32, #four>]
  tile.return
}
