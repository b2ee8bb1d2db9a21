// RUN: moe-opt %s --moe-stage-atomics | FileCheck %s
// Orders become fences and barriers; results that others need go through LDS.

#each = #tile.layout<shape = [128], register = [], lane = [[1], [2], [4], [8], [16], [32]], wave = [[64]], fragment = 1>
#few = #tile.layout<shape = [64], register = [], lane = [[1], [2], [4], [8], [16], [32]], wave = [[0]], fragment = 1>

// CHECK-LABEL: tile.kernel @results
tile.kernel @results(%p: !tile.ptr<i32> {tile.name = "p", tile.access = "inout"}, %n: i32 {tile.name = "n", tile.role = "extent"}) waves(2) launch {
^bb0(%lp: !tile.ptr<i32>, %ln: i32):
  tile.shape %lp[%ln] : !tile.ptr<i32>
  tile.grid %ln
} body {
  %a = tile.view %p[%n] : !tile.ptr<i32> -> !tile.array<?xi32>
  %x = tile.range : tensor<128xi32, #each>
  %y = tile.range : tensor<64xi32, #few>
  // One lane for each element: nothing to share.
  // CHECK: %[[X:.*]] = tile.atomic add %{{.*}}[%{{.*}}] value %{{.*}} : tensor<128xi32, #{{.*}}> relaxed agent
  // CHECK-NEXT: tile.store %[[X]]
  %s = tile.atomic add %a[%x] value %x : tensor<128xi32, #each> relaxed agent : !tile.array<?xi32>[tensor<128xi32, #each>] -> tensor<128xi32, #each>
  tile.store %s, %a[%x] : tensor<128xi32, #each>, !tile.array<?xi32>[tensor<128xi32, #each>]
  // Not used: nothing to share either.
  // CHECK-NEXT: tile.atomic add
  // CHECK-NEXT: %[[PLACE:.*]] = tile.shared_array [64] : !tile.array<?xi32, shared>
  %u = tile.atomic add %a[%y] value %y : tensor<64xi32, #few> relaxed agent : !tile.array<?xi32>[tensor<64xi32, #few>] -> tensor<64xi32, #few>
  // Both waves hold the result.
  // CHECK-NEXT: %[[I:.*]] = tile.range
  // CHECK-NEXT: %[[Y:.*]] = tile.atomic min
  // CHECK-NEXT: tile.store %[[Y]], %[[PLACE]][%[[I]]]
  // CHECK-NEXT: %[[READ:.*]] = tile.load %[[PLACE]][%[[I]]]
  // CHECK-NEXT: tile.store %[[READ]]
  %t = tile.atomic min %a[%y] value %y : tensor<64xi32, #few> relaxed agent : !tile.array<?xi32>[tensor<64xi32, #few>] -> tensor<64xi32, #few>
  tile.store %t, %a[%y] : tensor<64xi32, #few>, !tile.array<?xi32>[tensor<64xi32, #few>]
  tile.return
}

// CHECK-LABEL: tile.kernel @orders
tile.kernel @orders(%p: !tile.ptr<i32> {tile.name = "p", tile.access = "inout"}, %n: i32 {tile.name = "n", tile.role = "extent"}) waves(2) launch {
^bb0(%lp: !tile.ptr<i32>, %ln: i32):
  tile.shape %lp[%ln] : !tile.ptr<i32>
  tile.grid %ln
} body {
  %a = tile.view %p[%n] : !tile.ptr<i32> -> !tile.array<?xi32>
  // CHECK: tile.fence release agent
  // CHECK-NEXT: tile.barrier global
  // CHECK-NEXT: %[[PLACE:.*]] = tile.shared_array [1]
  // CHECK-NEXT: %[[C0:.*]] = arith.constant 0
  // CHECK-NEXT: %[[OLD:.*]] = tile.atomic add %{{.*}} relaxed agent
  // CHECK-NEXT: tile.store %[[OLD]], %[[PLACE]][%[[C0]]]
  // CHECK-NEXT: tile.barrier global
  // CHECK-NEXT: tile.fence acquire agent
  // CHECK-NEXT: %[[ALL:.*]] = tile.load %[[PLACE]][%[[C0]]]
  // CHECK-NEXT: tile.store %[[ALL]]
  %old = tile.atomic add %a[%n] value %n : i32 acq_rel agent : !tile.array<?xi32>[i32] -> i32
  tile.store %old, %a[%n] : i32, !tile.array<?xi32>[i32]
  // CHECK-NEXT: tile.fence release system
  // CHECK-NEXT: tile.barrier global
  // CHECK-NEXT: tile.fence acquire system
  // CHECK-NEXT: tile.return
  tile.fence acq_rel system
  tile.return
}
