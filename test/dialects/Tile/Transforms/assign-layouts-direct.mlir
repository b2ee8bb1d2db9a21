// RUN: moe-opt %s --moe-assign-layouts=target=gfx942 --moe-verify-layouts=target=gfx942 | FileCheck %s --check-prefixes=CHECK,MFMA
// RUN: moe-opt %s --moe-assign-layouts=target=gfx1201 --moe-verify-layouts=target=gfx1201 | FileCheck %s --check-prefixes=CHECK,WMMA
// An operand that is stored in the order of the instruction's lanes is loaded as
// the product wants it, and every wave has columns of its own. What is stored in
// other blocks, or begins inside of one, is converted.

// Four waves along n: [0, 32] and [0, 64] of the accumulator.
// MFMA-DAG: #[[$B:layout[0-9]*]] = #tile.layout<shape = [64, 128], register = {{\[\[}}1, 0], [2, 0], [4, 0], {{.*}} wave = {{\[\[}}0, 32], [0, 64]], fragment = 8>
// WMMA-DAG: #[[$B:layout[0-9]*]] = #tile.layout<shape = [64, 128], register = {{\[\[}}1, 0], [2, 0], [4, 0], {{.*}} wave = {{\[\[}}0, 32], [0, 64]], fragment = 8>

// CHECK-LABEL: tile.kernel @product
// CHECK: %[[X:.*]] = tile.load
// CHECK: tile.convert_layout %[[X]]
// CHECK: %[[W:.*]] = tile.load {{.*}} order [1, 0] {{.*}} -> tensor<64x128xbf16, #[[$B]]>
// CHECK-NOT: convert_layout
// CHECK: tile.mma %{{.*}}, %[[W]],
// CHECK: tile.load {{.*}} -> tensor<64x128xbf16
// CHECK: convert_layout
// CHECK: tile.mma
// CHECK: tile.load {{.*}} -> tensor<64x128xbf16
// CHECK: convert_layout
// CHECK: tile.mma
tile.kernel @product(%a: !tile.ptr<bf16> {tile.name = "a", tile.access = "in"},
                     %b: !tile.ptr<bf16> {tile.name = "b", tile.access = "in"},
                     %c: !tile.ptr<f32> {tile.name = "c", tile.access = "out"},
                     %n: i32 {tile.name = "n", tile.role = "extent", tile.divisible = 16 : i64},
                     %k: i32 {tile.name = "k", tile.role = "extent", tile.divisible = 8 : i64}) waves(4) launch {
^bb0(%a: !tile.ptr<bf16>, %b: !tile.ptr<bf16>, %c: !tile.ptr<f32>, %n: i32, %k: i32):
  tile.grid %n
} body {
  %x = tile.view %a[%n, %k] : !tile.ptr<bf16> -> !tile.array<?x?xbf16>
  %w = tile.view %b[%n, %k] blocks [16, 8] : !tile.ptr<bf16> -> !tile.array<?x?xbf16>
  %v = tile.view %b[%n, %k] blocks [16, 4] : !tile.ptr<bf16> -> !tile.array<?x?xbf16>
  %y = tile.view %c[%n, %n] : !tile.ptr<f32> -> !tile.array<?x?xf32>
  %rows = tile.range : tensor<16xi32>
  %columns = tile.range : tensor<128xi32>
  %depth = tile.range : tensor<64xi32>
  %zero = arith.constant dense<0.0> : tensor<16x128xf32>
  %p = tile.load %x[%rows, %depth] : !tile.array<?x?xbf16>[tensor<16xi32>, tensor<64xi32>] -> tensor<16x64xbf16>
  %q = tile.load %w[%columns, %depth] order [1, 0] : !tile.array<?x?xbf16>[tensor<128xi32>, tensor<64xi32>] -> tensor<64x128xbf16>
  %r = tile.mma %p, %q, %zero : tensor<16x64xbf16>, tensor<64x128xbf16>, tensor<16x128xf32>
  %t = tile.load %v[%columns, %depth] order [1, 0] : !tile.array<?x?xbf16>[tensor<128xi32>, tensor<64xi32>] -> tensor<64x128xbf16>
  %s = tile.mma %p, %t, %r : tensor<16x64xbf16>, tensor<64x128xbf16>, tensor<16x128xf32>
  %c8 = arith.constant 8 : i32
  %eight = tile.splat %c8 : i32 -> tensor<128xi32>
  %shifted = arith.addi %columns, %eight : tensor<128xi32>
  %u = tile.load %w[%shifted, %depth] order [1, 0] : !tile.array<?x?xbf16>[tensor<128xi32>, tensor<64xi32>] -> tensor<64x128xbf16>
  %z = tile.mma %p, %u, %s : tensor<16x64xbf16>, tensor<64x128xbf16>, tensor<16x128xf32>
  tile.store %z, %y[%rows, %columns] : tensor<16x128xf32>, !tile.array<?x?xf32>[tensor<16xi32>, tensor<128xi32>]
  tile.return
}
