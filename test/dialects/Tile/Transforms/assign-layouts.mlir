// RUN: moe-opt %s --moe-assign-layouts --cse --moe-verify-layouts | FileCheck %s
// Element-wise kernels, reductions and products without matrix instructions get
// layouts that need no conversion.

// Rows of 64 bf16: eight lanes of 16 bytes each.
// CHECK-DAG: #[[$ROWS:layout[0-9]*]] = #tile.layout<shape = [32, 64], register = {{\[\[}}0, 1], [0, 2], [0, 4]], lane = {{\[\[}}0, 8], [0, 16], [0, 32], [1, 0], [2, 0], [4, 0]], wave = {{\[\[}}8, 0], [16, 0]], fragment = 8>
// Without a divisor of the row length, one element at a time.
// CHECK-DAG: #[[$SINGLE:layout[0-9]*]] = #tile.layout<shape = [32, 64], register = {{\[\[}}4, 0], [8, 0], [16, 0]], lane = {{\[\[}}0, 1],{{.*}}fragment = 1>
// One wave reduces a row: it lies in its registers and lanes.
// CHECK-DAG: #[[$REDUCED:layout[0-9]*]] = #tile.layout<shape = [16, 512], register = {{\[\[}}0, 1], [0, 2], [0, 256], [4, 0], [8, 0]], lane = {{\[\[}}0, 4], [0, 8], [0, 16], [0, 32], [0, 64], [0, 128]], wave = {{\[\[}}1, 0], [2, 0]], fragment = 4>
// CHECK-DAG: #[[$SLICE:layout[0-9]*]] = #tile.layout<shape = [16], register = {{\[\[}}4], [8]], lane = {{\[\[}}0], [0], [0], [0], [0], [0]], wave = {{\[\[}}1], [2]], fragment = 1>

// CHECK-LABEL: tile.kernel @silu
// CHECK: %[[X:.*]] = tile.load {{.*}} -> tensor<32x64xbf16, #[[$ROWS]]>
// CHECK: arith.extf %[[X]] : tensor<32x64xbf16, #[[$ROWS]]> to tensor<32x64xf32, #[[$ROWS]]>
// CHECK-NOT: convert_layout
// CHECK: tile.store {{.*}} : tensor<32x64xbf16, #[[$ROWS]]>
// CHECK: tile.load {{.*}} -> tensor<32x64xbf16, #[[$SINGLE]]>
// CHECK-NOT: convert_layout
tile.kernel @silu(%x: !tile.ptr<bf16> {tile.name = "x", tile.access = "in"},
                  %y: !tile.ptr<bf16> {tile.name = "y", tile.access = "out"},
                  %M: i32 {tile.name = "M", tile.role = "extent"},
                  %N: i32 {tile.name = "N", tile.role = "extent", tile.divisible = 8 : i64})
    waves(4) launch {
^bb0(%lx: !tile.ptr<bf16>, %ly: !tile.ptr<bf16>, %lM: i32, %lN: i32):
  tile.grid %lM
} body {
  %xv = tile.view %x[%M, %N] : !tile.ptr<bf16> -> !tile.array<?x?xbf16>
  %yv = tile.view %y[%M, %N] : !tile.ptr<bf16> -> !tile.array<?x?xbf16>
  %pid = tile.program_id
  %c32 = arith.constant 32 : i32
  %first = arith.muli %pid, %c32 : i32
  %firsts = tile.splat %first : i32 -> tensor<32xi32>
  %i = tile.range : tensor<32xi32>
  %j = tile.range : tensor<64xi32>
  %row = arith.addi %firsts, %i : tensor<32xi32>
  %t = tile.load %xv[%row, %j] : !tile.array<?x?xbf16>[tensor<32xi32>, tensor<64xi32>] -> tensor<32x64xbf16>
  %f = arith.extf %t : tensor<32x64xbf16> to tensor<32x64xf32>
  %s = tile.sigmoid %f : tensor<32x64xf32>
  %m = arith.mulf %f, %s : tensor<32x64xf32>
  %o = arith.truncf %m : tensor<32x64xf32> to tensor<32x64xbf16>
  tile.store %o, %yv[%row, %j] : tensor<32x64xbf16>, !tile.array<?x?xbf16>[tensor<32xi32>, tensor<64xi32>]
  %odd = tile.view %x[%N, %M] : !tile.ptr<bf16> -> !tile.array<?x?xbf16>
  %u = tile.load %odd[%row, %j] : !tile.array<?x?xbf16>[tensor<32xi32>, tensor<64xi32>] -> tensor<32x64xbf16>
  tile.store %u, %yv[%row, %j] : tensor<32x64xbf16>, !tile.array<?x?xbf16>[tensor<32xi32>, tensor<64xi32>]
  tile.return
}

// CHECK-LABEL: tile.kernel @softmax
// CHECK: tile.load {{.*}} -> tensor<16x512xf32, #[[$REDUCED]]>
// CHECK-NOT: tile.load
// CHECK-NOT: convert_layout
// CHECK: tile.reduce max {{.*}} : tensor<16x512xf32, #[[$REDUCED]]> -> tensor<16xf32, #[[$SLICE]]>
// CHECK: tile.broadcast {{.*}} -> tensor<16x512xf32, #[[$REDUCED]]>
// CHECK-NOT: convert_layout
// CHECK: tile.store {{.*}} : tensor<16xf32, #[[$SLICE]]>
tile.kernel @softmax(%x: !tile.ptr<f32> {tile.name = "x", tile.access = "in"},
                     %y: !tile.ptr<f32> {tile.name = "y", tile.access = "out"},
                     %z: !tile.ptr<f32> {tile.name = "z", tile.access = "out"},
                     %M: i32 {tile.name = "M", tile.role = "extent"},
                     %N: i32 {tile.name = "N", tile.role = "extent", tile.divisible = 4 : i64})
    waves(4) launch {
^bb0(%lx: !tile.ptr<f32>, %ly: !tile.ptr<f32>, %lz: !tile.ptr<f32>, %lM: i32, %lN: i32):
  tile.grid %lM
} body {
  %xv = tile.view %x[%M, %N] : !tile.ptr<f32> -> !tile.array<?x?xf32>
  %yv = tile.view %y[%M, %N] : !tile.ptr<f32> -> !tile.array<?x?xf32>
  %zv = tile.view %z[%M] : !tile.ptr<f32> -> !tile.array<?xf32>
  %i = tile.range : tensor<16xi32>
  %j = tile.range : tensor<512xi32>
  %t = tile.load %xv[%i, %j] : !tile.array<?x?xf32>[tensor<16xi32>, tensor<512xi32>] -> tensor<16x512xf32>
  %max = tile.reduce max %t axis 1 : tensor<16x512xf32> -> tensor<16xf32>
  %maxcol = tile.reshape %max : tensor<16xf32> -> tensor<16x1xf32>
  %maxes = tile.broadcast %maxcol : tensor<16x1xf32> -> tensor<16x512xf32>
  %d = arith.subf %t, %maxes : tensor<16x512xf32>
  %e = math.exp %d : tensor<16x512xf32>
  %sum = tile.reduce add %e axis 1 : tensor<16x512xf32> -> tensor<16xf32>
  %sumcol = tile.reshape %sum : tensor<16xf32> -> tensor<16x1xf32>
  %sums = tile.broadcast %sumcol : tensor<16x1xf32> -> tensor<16x512xf32>
  %o = arith.divf %e, %sums : tensor<16x512xf32>
  tile.store %o, %yv[%i, %j] : tensor<16x512xf32>, !tile.array<?x?xf32>[tensor<16xi32>, tensor<512xi32>]
  tile.store %sum, %zv[%i] : tensor<16xf32>, !tile.array<?xf32>[tensor<16xi32>]
  tile.return
}
