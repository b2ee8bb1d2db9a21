// RUN: moe-run %s --kernel=permute --out a=%t.a.npy --out b=%t.b.npy
// RUN: %python %S/Inputs/show.py %t.a.npy %t.b.npy | FileCheck %s
// Axis i of the result is axis order[i] of the source.

// The source counts from 0 to 31 in its shape [2, 4, 4]; its element [x, y, z]
// is 16 x + 4 y + z. Results are stored as rows of their last axis.
// Order [2, 0, 1]: result[z, x, y].
// CHECK: int32 [8, 4]
// CHECK-NEXT: {{^}}0 4 8 12
// CHECK-NEXT: {{^}}16 20 24 28
// CHECK-NEXT: {{^}}1 5 9 13
// CHECK-NEXT: {{^}}17 21 25 29
// CHECK-NEXT: {{^}}2 6 10 14
// CHECK-NEXT: {{^}}18 22 26 30
// CHECK-NEXT: {{^}}3 7 11 15
// CHECK-NEXT: {{^}}19 23 27 31
// Order [1, 2, 0]: result[y, z, x].
// CHECK-NEXT: int32 [16, 2]
// CHECK-NEXT: {{^}}0 16
// CHECK-NEXT: {{^}}1 17
// CHECK-NEXT: {{^}}2 18
// CHECK-NEXT: {{^}}3 19
// CHECK-NEXT: {{^}}4 20
tile.kernel @permute(%a: !tile.ptr<i32> {tile.name = "a", tile.access = "out"},
                     %b: !tile.ptr<i32> {tile.name = "b", tile.access = "out"}) waves(1) launch {
^bb0(%a0: !tile.ptr<i32>, %b0: !tile.ptr<i32>):
  %1 = arith.constant 1 : i32
  %2 = arith.constant 2 : i32
  %4 = arith.constant 4 : i32
  %8 = arith.constant 8 : i32
  %16 = arith.constant 16 : i32
  tile.shape %a0[%8, %4] : !tile.ptr<i32>
  tile.shape %b0[%16, %2] : !tile.ptr<i32>
  tile.grid %1
} body {
  %32 = arith.constant 32 : i32
  %i = tile.range : tensor<32xi32>
  %x = tile.reshape %i : tensor<32xi32> -> tensor<2x4x4xi32>
  %y = tile.permute %x order [2, 0, 1] : tensor<2x4x4xi32> -> tensor<4x2x4xi32>
  %z = tile.permute %x order [1, 2, 0] : tensor<2x4x4xi32> -> tensor<4x4x2xi32>
  %flat = tile.reshape %y : tensor<4x2x4xi32> -> tensor<32xi32>
  %flat2 = tile.reshape %z : tensor<4x4x2xi32> -> tensor<32xi32>
  %av = tile.view %a[%32] : !tile.ptr<i32> -> !tile.array<?xi32>
  %bv = tile.view %b[%32] : !tile.ptr<i32> -> !tile.array<?xi32>
  tile.store %flat, %av[%i] : tensor<32xi32>, !tile.array<?xi32>[tensor<32xi32>]
  tile.store %flat2, %bv[%i] : tensor<32xi32>, !tile.array<?xi32>[tensor<32xi32>]
  tile.return
}
