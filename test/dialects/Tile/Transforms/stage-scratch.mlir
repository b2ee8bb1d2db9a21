// RUN: moe-opt %s --moe-stage-scratch | FileCheck %s
// RUN: moe-opt %s --moe-stage-scratch --moe-allocate-shared --moe-insert-barriers | FileCheck %s --check-prefix=BARRIERS
// Scans that stay within a wave need no LDS; others one total per wave.
// Counters may share bytes of one another's, with a barrier in between.

#within = #tile.layout<shape = [64], register = [], lane = [[1], [2], [4], [8], [16], [32]], wave = [[0], [0]], fragment = 1>
#across = #tile.layout<shape = [1024], register = [[1], [512]], lane = [[2], [4], [8], [16], [32], [64]], wave = [[128], [256]], fragment = 1>
#bins = #tile.layout<shape = [16], register = [], lane = [[1], [2], [4], [8], [0], [0]], wave = [[0], [0]], fragment = 1>

// CHECK-LABEL: tile.kernel @kernel
// CHECK: body {
// CHECK-NEXT: %[[TOTALS:.*]] = tile.alloc_shared : !tile.shared<2x1x4xi32,
// CHECK-NEXT: %[[COUNTS:.*]] = tile.alloc_shared : !tile.shared<16xi32,
// CHECK-NEXT: %[[EACH:.*]] = tile.alloc_shared : !tile.shared<4x16xi32,
// CHECK: tile.scan add %{{.*}} axis 0 : tensor<64xi32
// CHECK: tile.scan add %{{.*}} axis 0 scratch %[[TOTALS]]
// CHECK: tile.histogram %{{.*}} scratch %[[COUNTS]]
// CHECK: tile.rank %{{.*}} scratch %[[EACH]]

// BARRIERS-LABEL: tile.kernel @kernel
// BARRIERS: scf.for
// BARRIERS-NEXT: tile.barrier
// BARRIERS-NEXT: tile.rank
tile.kernel @kernel(%n: i32 {tile.name = "N", tile.role = "extent"}) waves(4) launch {
^bb0(%ln: i32):
  tile.grid %ln
} body {
  %zero = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  %x = tile.splat %n : i32 -> tensor<64xi32, #within>
  %y = tile.splat %n : i32 -> tensor<1024xi32, #across>
  %0 = tile.scan add %x axis 0 : tensor<64xi32, #within>
  %1 = tile.scan add %y axis 0 : tensor<1024xi32, #across>
  %2 = tile.histogram %x : tensor<64xi32, #within> -> tensor<16xi32, #bins>
  scf.for %i = %zero to %n step %one : i32 {
    %3, %4 = tile.rank %x : tensor<64xi32, #within>, tensor<16xi32, #bins>
  }
  tile.return
}
