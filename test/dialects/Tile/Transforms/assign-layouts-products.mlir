// RUN: moe-opt %s --moe-assign-layouts --cse --moe-verify-layouts | FileCheck %s
// Products take the matrix instruction and the wave grid that suit their shape;
// f32 has no instruction, so lanes hold whole rows and columns.

// 16 rows: the small instruction, all waves along n.
// CHECK-DAG: #[[$THIN:layout[0-9]*]] = #tile.layout<shape = [16, 128], register = {{\[\[}}0, 1], [0, 2], [0, 16]], lane = {{\[\[}}1, 0], [2, 0], [4, 0], [8, 0], [0, 4], [0, 8]], wave = {{\[\[}}0, 32], [0, 64]], fragment = 4>
// CHECK-DAG: #[[$THINB:layout[0-9]*]] = #tile.layout<shape = [16, 128], register = {{\[\[}}1, 0], [2, 0], [0, 16]], lane = {{\[\[}}0, 1], [0, 2], [0, 4], [0, 8], [4, 0], [8, 0]], wave = {{\[\[}}0, 32], [0, 64]], fragment = 4>
// CHECK-DAG: #[[$FMA:layout[0-9]*]] = #tile.layout<shape = [8, 8], register = [], lane = {{\[\[}}0, 1], [0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], wave = {{\[\[}}0, 0], [0, 0]], fragment = 1>
// CHECK-DAG: #[[$FMAA:layout[0-9]*]] = #tile.layout<shape = [8, 16], register = {{\[\[}}0, 1], [0, 2], [0, 4], [0, 8]], lane = {{\[\[}}0, 0], [0, 0], [0, 0], [1, 0], [2, 0], [4, 0]]
// CHECK-DAG: #[[$FMAB:layout[0-9]*]] = #tile.layout<shape = [16, 8], register = {{\[\[}}1, 0], [2, 0], [4, 0], [8, 0]], lane = {{\[\[}}0, 1], [0, 2], [0, 4], [0, 0], [0, 0], [0, 0]]

// CHECK-LABEL: tile.kernel @thin
// CHECK: tile.convert_layout {{.*}} -> tensor<16x128xf16, #[[$THINB]]>
// CHECK: tile.mma {{.*}}, tensor<16x128xf16, #[[$THINB]]>, tensor<16x128xf32, #[[$THIN]]>
// CHECK: tile.load {{.*}} -> tensor<16x128xf32, #[[$THIN]]>
// CHECK: tile.store {{.*}} : tensor<16x128xf32, #[[$THIN]]>
tile.kernel @thin(%a: !tile.ptr<f16> {tile.name = "a", tile.access = "in"},
                  %b: !tile.ptr<f16> {tile.name = "b", tile.access = "in"},
                  %r: !tile.ptr<f32> {tile.name = "r", tile.access = "in"},
                  %c: !tile.ptr<f32> {tile.name = "c", tile.access = "out"},
                  %N: i32 {tile.name = "N", tile.role = "extent", tile.divisible = 8 : i64})
    waves(4) launch {
^bb0(%la: !tile.ptr<f16>, %lb: !tile.ptr<f16>, %lr: !tile.ptr<f32>, %lc: !tile.ptr<f32>, %lN: i32):
  tile.grid %lN
} body {
  %c16 = arith.constant 16 : i32
  %av = tile.view %a[%c16, %N] : !tile.ptr<f16> -> !tile.array<?x?xf16>
  %bv = tile.view %b[%c16, %N] : !tile.ptr<f16> -> !tile.array<?x?xf16>
  %rv = tile.view %r[%c16, %N] : !tile.ptr<f32> -> !tile.array<?x?xf32>
  %cv = tile.view %c[%c16, %N] : !tile.ptr<f32> -> !tile.array<?x?xf32>
  %i = tile.range : tensor<16xi32>
  %j = tile.range : tensor<128xi32>
  %x = tile.load %av[%i, %i] : !tile.array<?x?xf16>[tensor<16xi32>, tensor<16xi32>] -> tensor<16x16xf16>
  %y = tile.load %bv[%i, %j] : !tile.array<?x?xf16>[tensor<16xi32>, tensor<128xi32>] -> tensor<16x128xf16>
  %zero = arith.constant dense<0.0> : tensor<16x128xf32>
  %d = tile.mma %x, %y, %zero : tensor<16x16xf16>, tensor<16x128xf16>, tensor<16x128xf32>
  // A residual is read as the accumulator lies: no conversion.
  %residual = tile.load %rv[%i, %j] : !tile.array<?x?xf32>[tensor<16xi32>, tensor<128xi32>] -> tensor<16x128xf32>
  %sum = arith.addf %d, %residual : tensor<16x128xf32>
  tile.store %sum, %cv[%i, %j] : tensor<16x128xf32>, !tile.array<?x?xf32>[tensor<16xi32>, tensor<128xi32>]
  tile.return
}

// A tile used twice is loaded once and goes to each operand.
// CHECK-LABEL: tile.kernel @square
// CHECK: %[[X:.*]] = tile.load {{.*}} -> tensor<8x16xf32,
// CHECK-DAG: %[[A:.*]] = tile.convert_layout %[[X]] {{.*}} -> tensor<8x16xf32, #[[$FMAA]]>
// CHECK-DAG: %[[BT:.*]] = tile.convert_layout %[[X]]
// CHECK: %[[B:.*]] = tile.permute %[[BT]] order [1, 0] {{.*}} -> tensor<16x8xf32, #[[$FMAB]]>
// CHECK: tile.mma %[[A]], %[[B]], {{.*}}, tensor<8x8xf32, #[[$FMA]]>
tile.kernel @square(%a: !tile.ptr<f32> {tile.name = "a", tile.access = "in"},
                    %c: !tile.ptr<f32> {tile.name = "c", tile.access = "out"},
                    %K: i32 {tile.name = "K", tile.role = "extent"})
    waves(4) launch {
^bb0(%la: !tile.ptr<f32>, %lc: !tile.ptr<f32>, %lK: i32):
  tile.grid %lK
} body {
  %c8 = arith.constant 8 : i32
  %av = tile.view %a[%c8, %K] : !tile.ptr<f32> -> !tile.array<?x?xf32>
  %cv = tile.view %c[%c8, %c8] : !tile.ptr<f32> -> !tile.array<?x?xf32>
  %i = tile.range : tensor<8xi32>
  %k = tile.range : tensor<16xi32>
  %x = tile.load %av[%i, %k] : !tile.array<?x?xf32>[tensor<8xi32>, tensor<16xi32>] -> tensor<8x16xf32>
  %xt = tile.permute %x order [1, 0] : tensor<8x16xf32> -> tensor<16x8xf32>
  %zero = arith.constant dense<0.0> : tensor<8x8xf32>
  %d = tile.mma %x, %xt, %zero : tensor<8x16xf32>, tensor<16x8xf32>, tensor<8x8xf32>
  tile.store %d, %cv[%i, %i] : tensor<8x8xf32>, !tile.array<?x?xf32>[tensor<8xi32>, tensor<8xi32>]
  tile.return
}
