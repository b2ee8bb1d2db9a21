// RUN: moe-opt %s --moe-split-stores -o %t
// RUN: FileCheck %s --input-file=%t
// RUN: moe-opt %t --moe-split-stores | FileCheck %s
// A store whose array may be too large for a descriptor, in windows too, stands
// in a branch, and with it what only it uses.

#tile = #tile.layout<shape = [8, 64], register = [[0, 1], [0, 2], [0, 4]], lane = [[0, 8], [0, 16], [0, 32], [1, 0], [2, 0], [4, 0]], wave = [], fragment = 8>
#rows = #tile.layout<shape = [8], register = [], lane = [[0], [0], [0], [1], [2], [4]], wave = [], fragment = 1>
#columns = #tile.layout<shape = [64], register = [[1], [2], [4]], lane = [[8], [16], [32], [0], [0], [0]], wave = [], fragment = 8>

// The rows are used twice and stay in front.
// CHECK-LABEL: tile.kernel @copy
// CHECK: %[[ROWS:.*]] = tile.range : tensor<8xi32
// CHECK-NOT: truncf
// CHECK: arith.cmpi ult, %{{.*}} : i64
// CHECK: scf.if
// CHECK: %[[COLUMNS:.*]] = tile.range : tensor<64xi32
// CHECK: %[[VALUE:.*]] = arith.truncf
// CHECK: tile.store %[[VALUE]], %{{.*}}[%[[ROWS]], %[[COLUMNS]]] {tile.in_reach = true}
// CHECK: } else {
// CHECK: %[[COLUMNS:.*]] = tile.range : tensor<64xi32
// CHECK: %[[VALUE:.*]] = arith.truncf
// CHECK: tile.store %[[VALUE]], %{{.*}}[%[[ROWS]], %[[COLUMNS]]] {tile.in_reach = false}
// CHECK-NOT: tile.store
// CHECK: tile.return
tile.kernel @copy(%a: !tile.ptr<f32> {tile.name = "a", tile.access = "in"},
                  %c: !tile.ptr<bf16> {tile.name = "c", tile.access = "out"},
                  %m: i32 {tile.name = "M", tile.role = "extent"},
                  %k: i32 {tile.name = "K", tile.role = "extent"}) waves(1) launch {
^bb0(%la: !tile.ptr<f32>, %lc: !tile.ptr<bf16>, %lm: i32, %lk: i32):
  tile.grid %lm
} body {
  %av = tile.view %a[%m, %k] : !tile.ptr<f32> -> !tile.array<?x?xf32>
  %stride = arith.extui %k : i32 to i64
  %one = arith.constant 1 : i64
  %cv = tile.view %c[%m, %k] strides [%stride, %one] : !tile.ptr<bf16> -> !tile.array<?x?xbf16>
  %i = tile.range : tensor<8xi32, #rows>
  %l = tile.range : tensor<64xi32, #columns>
  %x = tile.load %av[%i, %l] : !tile.array<?x?xf32>[tensor<8xi32, #rows>, tensor<64xi32, #columns>] -> tensor<8x64xf32, #tile>
  %j = tile.range : tensor<64xi32, #columns>
  %y = arith.truncf %x : tensor<8x64xf32, #tile> to tensor<8x64xbf16, #tile>
  tile.store %y, %cv[%i, %j] : tensor<8x64xbf16, #tile>, !tile.array<?x?xbf16>[tensor<8xi32, #rows>, tensor<64xi32, #columns>]
  tile.return
}

// The extents alone say that the array is small.
// CHECK-LABEL: tile.kernel @small
// CHECK-NOT: scf.if
// CHECK: tile.store %{{[^ ]*}}, %{{[^ ]*}}[%{{[^ ]*}}] :
tile.kernel @small(%c: !tile.ptr<i32> {tile.name = "c", tile.access = "out"}) waves(1) launch {
^bb0(%lc: !tile.ptr<i32>):
  %one = arith.constant 1 : i32
  tile.grid %one
} body {
  %extent = arith.constant 64 : i32
  %cv = tile.view %c[%extent] : !tile.ptr<i32> -> !tile.array<?xi32>
  %j = tile.range : tensor<64xi32, #columns>
  tile.store %j, %cv[%j] : tensor<64xi32, #columns>, !tile.array<?xi32>[tensor<64xi32, #columns>]
  tile.return
}

// Windows of rows are in reach of descriptors.
// CHECK-LABEL: tile.kernel @rows
// CHECK-NOT: scf.if
// CHECK: tile.store %{{[^ ]*}}, %{{[^ ]*}}[%{{[^ ]*}}, %{{[^ ]*}}] :
tile.kernel @rows(%c: !tile.ptr<i32> {tile.name = "c", tile.access = "out"},
                  %m: i32 {tile.name = "M", tile.role = "extent"},
                  %k: i32 {tile.name = "K", tile.role = "extent"}) waves(1) launch {
^bb0(%lc: !tile.ptr<i32>, %lm: i32, %lk: i32):
  tile.grid %lm
} body {
  %cv = tile.view %c[%m, %k] : !tile.ptr<i32> -> !tile.array<?x?xi32>
  %i = tile.range : tensor<8xi32, #rows>
  %j = tile.range : tensor<64xi32, #columns>
  %x = arith.constant dense<0> : tensor<8x64xi32, #tile>
  tile.store %x, %cv[%i, %j] : tensor<8x64xi32, #tile>, !tile.array<?x?xi32>[tensor<8xi32, #rows>, tensor<64xi32, #columns>]
  tile.return
}
