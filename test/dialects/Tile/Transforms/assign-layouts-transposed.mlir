// RUN: moe-opt %s --moe-assign-layouts=target=gfx942 --cse --moe-stage-conversions=target=gfx942 --moe-verify-layouts=target=gfx942 | FileCheck %s --check-prefixes=CHECK,BLOCK
// RUN: moe-opt %s --moe-assign-layouts=target=gfx1201 --cse --moe-stage-conversions=target=gfx1201 --moe-verify-layouts=target=gfx1201 | FileCheck %s --check-prefixes=CHECK,WAVE32
// RUN: moe-opt %s --moe-assign-layouts=target=gfx950 --cse --moe-stage-conversions=target=gfx950 --moe-verify-layouts=target=gfx950 | FileCheck %s --check-prefixes=CHECK,ACROSS
// Operands whose rows do not lie along k. A lane loads 16 bytes of several rows,
// which it transposes in its registers, and the next lane has the rows that one
// read from LDS takes with them; gfx950 leaves the operand as it lies in memory
// and transposes when it reads, also what it copies to LDS in a loop.

// 8 columns of 4 rows; the buffer has k first. So it is for a, whose rows lie
// along m, and for b, whose rows lie along n.
// BLOCK-DAG: #[[$B:layout[0-9]*]] = #tile.layout<shape = [64, 128], register = {{\[\[}}0, 1], [0, 2], [0, 4], [1, 0], [2, 0]], lane = {{\[\[}}4, 0], [0, 8], [0, 16], [0, 32], [0, 64], [8, 0]], wave = {{\[\[}}16, 0], [32, 0]], fragment = 8>
// BLOCK-DAG: #[[$SHARED:shared_layout[0-9]*]] = #tile.shared_layout<shape = [64, 128], offset = {{\[\[}}1, 0], [2, 0], [4, 0], [0, 8], [0, 16], [0, 32],
// Waves of 32 have twice as much each: 8 rows.
// WAVE32-DAG: #[[$B:layout[0-9]*]] = #tile.layout<shape = [64, 128], register = {{\[\[}}0, 1], [0, 2], [0, 4], [1, 0], [2, 0], [4, 0]],
// WAVE32-DAG: #[[$SHARED:shared_layout[0-9]*]] = #tile.shared_layout<shape = [64, 128], offset = {{\[\[}}1, 0], [2, 0], [4, 0],

// ACROSS-DAG: #[[$B:layout[0-9]*]] = #tile.layout<shape = [64, 128], register = {{\[\[}}0, 1], [0, 2], [0, 4], {{.*}}, fragment = 8>
// ACROSS-DAG: #[[$SHARED:shared_layout[0-9]*]] = #tile.shared_layout<shape = [64, 128], offset = {{\[\[}}0, 1], [0, 2], [0, 4], [0, 8], [0, 16], [0, 32],

// CHECK-LABEL: tile.kernel @product
// CHECK: tile.alloc_shared : !tile.shared<64x128xbf16, #[[$SHARED]]>
// CHECK: tile.alloc_shared : !tile.shared<64x128xbf16, #[[$SHARED]]>
// CHECK: %[[X:.*]] = tile.load {{.*}} -> tensor<64x128xbf16, #[[$B]]>
// CHECK: tile.shared_store %[[X]]
// CHECK: %[[Y:.*]] = tile.load {{.*}} -> tensor<64x128xbf16, #[[$B]]>
// CHECK: tile.shared_store %[[Y]]
tile.kernel @product(%a: !tile.ptr<bf16> {tile.name = "a", tile.access = "in"},
                     %b: !tile.ptr<bf16> {tile.name = "b", tile.access = "in"},
                     %c: !tile.ptr<f32> {tile.name = "c", tile.access = "out"},
                     %N: i32 {tile.name = "N", tile.role = "extent", tile.divisible = 8 : i64})
    waves(4) launch {
^bb0(%la: !tile.ptr<bf16>, %lb: !tile.ptr<bf16>, %lc: !tile.ptr<f32>, %lN: i32):
  tile.grid %lN
} body {
  %zero = arith.constant 0 : i32
  %step = arith.constant 64 : i32
  %av = tile.view %a[%N, %N] : !tile.ptr<bf16> -> !tile.array<?x?xbf16>
  %bv = tile.view %b[%N, %N] : !tile.ptr<bf16> -> !tile.array<?x?xbf16>
  %cv = tile.view %c[%N, %N] : !tile.ptr<f32> -> !tile.array<?x?xf32>
  %j = tile.range : tensor<128xi32>
  %d = tile.range : tensor<64xi32>
  %acc = arith.constant dense<0.0> : tensor<128x128xf32>
  %sum = scf.for %k = %zero to %N step %step iter_args(%s = %acc) -> (tensor<128x128xf32>) : i32 {
    %start = tile.splat %k : i32 -> tensor<64xi32>
    %depth = arith.addi %start, %d : tensor<64xi32>
    %x = tile.load %av[%depth, %j] : !tile.array<?x?xbf16>[tensor<64xi32>, tensor<128xi32>] -> tensor<64x128xbf16>
    %t = tile.permute %x order [1, 0] : tensor<64x128xbf16> -> tensor<128x64xbf16>
    %y = tile.load %bv[%depth, %j] : !tile.array<?x?xbf16>[tensor<64xi32>, tensor<128xi32>] -> tensor<64x128xbf16>
    %p = tile.mma %t, %y, %s : tensor<128x64xbf16>, tensor<64x128xbf16>, tensor<128x128xf32>
    scf.yield %p : tensor<128x128xf32>
  }
  tile.store %sum, %cv[%j, %j] : tensor<128x128xf32>, !tile.array<?x?xf32>[tensor<128xi32>, tensor<128xi32>]
  tile.return
}
