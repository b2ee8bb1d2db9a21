// RUN: moe-opt %s --convert-tile-to-gpu | FileCheck %s

// Neighbours of a lane are added in one word, under one branch.
// CHECK-LABEL: gpu.func @pairs
// CHECK: scf.if
// CHECK-NEXT: llvm.atomicrmw fadd %{{.*}}, %{{.*}} syncscope("agent") monotonic {alignment = 4 : i64
// CHECK-SAME: rocdl.no_fine_grained_memory
// CHECK-SAME: vector<2xbf16>
// CHECK-NOT: atomicrmw
#pairs = #tile.layout<shape = [128], register = [[1]], lane = [[2], [4], [8], [16], [32], [64]], wave = [], fragment = 2>
tile.kernel @pairs(%base: !tile.ptr<bf16> {tile.name = "y", tile.access = "inout"}) waves(1) attributes {tile.lds_bytes = 0} launch {
^bb0(%lbase: !tile.ptr<bf16>):
  %one = arith.constant 1 : i32
  tile.grid %one
} body {
  %c = arith.constant 128 : i32
  %y = tile.view %base[%c] : !tile.ptr<bf16> -> !tile.array<?xbf16>
  %i = tile.range : tensor<128xi32, #pairs>
  %v = arith.constant dense<1.0> : tensor<128xbf16, #pairs>
  %old = tile.atomic add %y[%i] value %v : tensor<128xbf16, #pairs> relaxed agent : !tile.array<?xbf16>[tensor<128xi32, #pairs>] -> tensor<128xbf16, #pairs>
  tile.return
}

// An element alone goes to its half of the word; the other half is -0.
// CHECK-LABEL: gpu.func @halves
// CHECK: %[[UPPER:.*]] = arith.cmpi ne
// CHECK: llvm.getelementptr
// CHECK: %[[NOTHING:.*]] = arith.constant dense<-0.000000e+00> : vector<2xf16>
// CHECK: %[[SECOND:.*]] = vector.insert %[[V:.*]], %[[NOTHING]] [1]
// CHECK: %[[FIRST:.*]] = vector.insert %[[V]], %[[NOTHING]] [0]
// CHECK: %[[PAIR:.*]] = arith.select %[[UPPER]], %[[SECOND]], %[[FIRST]]
// CHECK: llvm.atomicrmw fadd %{{.*}}, %[[PAIR]]
#each = #tile.layout<shape = [64], register = [], lane = [[1], [2], [4], [8], [16], [32]], wave = [], fragment = 1>
tile.kernel @halves(%base: !tile.ptr<f16> {tile.name = "y", tile.access = "inout"}) waves(1) attributes {tile.lds_bytes = 0} launch {
^bb0(%lbase: !tile.ptr<f16>):
  %one = arith.constant 1 : i32
  tile.grid %one
} body {
  %c = arith.constant 128 : i32
  %y = tile.view %base[%c] : !tile.ptr<f16> -> !tile.array<?xf16>
  %i = tile.range : tensor<64xi32, #each>
  %v = arith.constant dense<1.0> : tensor<64xf16, #each>
  %old = tile.atomic add %y[%i] value %v : tensor<64xf16, #each> relaxed agent : !tile.array<?xf16>[tensor<64xi32, #each>] -> tensor<64xf16, #each>
  tile.return
}
