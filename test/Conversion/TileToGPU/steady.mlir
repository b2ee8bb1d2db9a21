// RUN: moe-opt %s --convert-tile-to-gpu | FileCheck %s
// In a steady loop the position goes through the scalar offset, without a
// check; elsewhere a load asks whether a descriptor reaches its array, and lanes
// out of bounds of the others read zeros.

#tile = #tile.layout<shape = [8, 64], register = [[0, 1], [0, 2], [0, 4]], lane = [[0, 8], [0, 16], [0, 32], [1, 0], [2, 0], [4, 0]], wave = [], fragment = 8>
#rows = #tile.layout<shape = [8], register = [], lane = [[0], [0], [0], [1], [2], [4]], wave = [], fragment = 1>
#columns = #tile.layout<shape = [64], register = [[1], [2], [4]], lane = [[8], [16], [32], [0], [0], [0]], wave = [], fragment = 8>

// CHECK: llvm.mlir.global internal constant @zeros(dense<0> : vector<16xi8>) {addr_space = 1 : i32, alignment = 16 : i64}
// CHECK-LABEL: gpu.func @walk
// CHECK: scf.for %[[POSITION:.*]] = %{{.*}} to %{{.*}} step
// CHECK-NOT: scf.if
// CHECK: %[[SUM:.*]] = arith.addi %{{.*}}, %[[POSITION]]
// CHECK: %[[UNIFORM:.*]] = arith.muli %[[SUM]]
// CHECK: %[[ROW:.*]] = arith.select
// CHECK-NOT: arith.select
// CHECK: rocdl.raw.ptr.buffer.load %{{.*}}, %{{.*}}, %[[UNIFORM]], %{{.*}} : vector<4xi32>
// CHECK-NOT: scf.if
// CHECK: } {tile.steady}
// CHECK: scf.for
// CHECK: scf.if
// CHECK: rocdl.raw.ptr.buffer.load
// CHECK: } else {
// CHECK: %[[ZEROS:.*]] = llvm.mlir.addressof @zeros
// CHECK: %[[FROM:.*]] = arith.select %{{.*}}, %{{.*}}, %[[ZEROS]]
// CHECK: llvm.load %[[FROM]]
// CHECK: gpu.return
tile.kernel @walk(%a: !tile.ptr<bf16> {tile.name = "a", tile.access = "in"},
                  %c: !tile.ptr<bf16> {tile.name = "c", tile.access = "out"},
                  %m: i32 {tile.name = "M", tile.role = "extent"},
                  %k: i32 {tile.name = "K", tile.role = "extent", tile.divisible = 8 : i64},
                  %end: i32 {tile.name = "end", tile.role = "scalar"}) waves(1) launch {
^bb0(%la: !tile.ptr<bf16>, %lc: !tile.ptr<bf16>, %lm: i32, %lk: i32, %le: i32):
  tile.grid %lm
} body {
  %c0 = arith.constant 0 : i32
  %c64 = arith.constant 64 : i32
  %zeros = arith.constant dense<0.0> : tensor<8x64xbf16, #tile>
  %av = tile.view %a[%m, %k] : !tile.ptr<bf16> -> !tile.array<?x?xbf16>
  %cv = tile.view %c[%m, %k] : !tile.ptr<bf16> -> !tile.array<?x?xbf16>
  %i = tile.range : tensor<8xi32, #rows>
  %j = tile.range : tensor<64xi32, #columns>
  %steady = scf.for %p = %c0 to %end step %c64 iter_args(%x = %zeros) -> (tensor<8x64xbf16, #tile>) : i32 {
    %s = tile.splat %p : i32 -> tensor<64xi32, #columns>
    %q = arith.addi %s, %j : tensor<64xi32, #columns>
    %y = tile.load %av[%i, %q] in_bounds [1] {tile.in_reach = true} : !tile.array<?x?xbf16>[tensor<8xi32, #rows>, tensor<64xi32, #columns>] -> tensor<8x64xbf16, #tile>
    scf.yield %y : tensor<8x64xbf16, #tile>
  } {tile.steady}
  %rest = scf.for %p = %end to %k step %c64 iter_args(%x = %steady) -> (tensor<8x64xbf16, #tile>) : i32 {
    %s = tile.splat %p : i32 -> tensor<64xi32, #columns>
    %q = arith.addi %s, %j : tensor<64xi32, #columns>
    %y = tile.load %av[%i, %q] : !tile.array<?x?xbf16>[tensor<8xi32, #rows>, tensor<64xi32, #columns>] -> tensor<8x64xbf16, #tile>
    scf.yield %y : tensor<8x64xbf16, #tile>
  }
  tile.store %rest, %cv[%i, %j] : tensor<8x64xbf16, #tile>, !tile.array<?x?xbf16>[tensor<8xi32, #rows>, tensor<64xi32, #columns>]
  tile.return
}
