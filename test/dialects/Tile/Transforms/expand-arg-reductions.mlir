// RUN: moe-opt %s --moe-expand-arg-reductions | FileCheck %s
// The position of an extremum is a second reduction; only floats can have none.

// CHECK-LABEL: tile.kernel @rows
// CHECK: %[[X:.*]] = tile.splat
// CHECK-NEXT: %[[BEST:.*]] = tile.reduce max %[[X]] axis 1 : tensor<4x16xf32> -> tensor<4xf32>
// CHECK-NEXT: %[[UNIT:.*]] = tile.reshape %[[BEST]] : tensor<4xf32> -> tensor<4x1xf32>
// CHECK-NEXT: %[[ALL:.*]] = tile.broadcast %[[UNIT]]
// CHECK-NEXT: %[[IS:.*]] = arith.cmpf oeq, %[[X]], %[[ALL]]
// CHECK: %[[AT:.*]] = tile.broadcast %{{.*}} : tensor<1x16xi32> -> tensor<4x16xi32>
// CHECK: %[[NONE:.*]] = arith.constant dense<16>
// CHECK-NEXT: %[[C:.*]] = arith.select %[[IS]], %[[AT]], %[[NONE]]
// CHECK-NEXT: %[[FIRST:.*]] = tile.reduce min %[[C]] axis 1
// CHECK: arith.select %{{.*}}, %{{.*}}, %[[FIRST]] : tensor<4xi1>, tensor<4xi32>
// CHECK-LABEL: tile.kernel @integers
// CHECK: tile.reduce min %{{.*}} axis 0 : tensor<64xi32> -> i32
// CHECK: tile.splat
// CHECK: arith.cmpi eq
// CHECK: tile.reduce min
// CHECK-NEXT: arith.addi
tile.kernel @rows(%n: i32 {tile.name = "N", tile.role = "extent"}) waves(1) launch {
^bb0(%ln: i32):
  tile.grid %ln
} body {
  %one = arith.constant 1.0 : f32
  %x = tile.splat %one : f32 -> tensor<4x16xf32>
  %v, %i = tile.arg_reduce max %x axis 1 : tensor<4x16xf32> -> tensor<4xf32>, tensor<4xi32>
  %sum = arith.addi %i, %i : tensor<4xi32>
  tile.return
}

tile.kernel @integers(%n: i32 {tile.name = "N", tile.role = "extent"}) waves(1) launch {
^bb0(%ln: i32):
  tile.grid %ln
} body {
  %x = tile.range : tensor<64xi32>
  %v, %i = tile.arg_reduce min %x axis 0 : tensor<64xi32> -> i32, i32
  %sum = arith.addi %i, %v : i32
  tile.return
}
