// RUN: %python -c "import numpy as np; np.save('%t.a.npy', np.arange(15, dtype=np.float32).reshape(3, 5)); np.save('%t.i.npy', np.array([2, -1, 0, 3], np.int32))"
// RUN: moe-run %s --kernel=gather --in a=%t.a.npy --in rows=%t.i.npy --out r=%t.r.npy --out c=%t.c.npy --out s=%t.s.npy
// RUN: %python %S/Inputs/show.py %t.r.npy %t.c.npy %t.s.npy | FileCheck %s
// Loads: an index tile for each axis or a scalar, out of bounds (negative, too)
// reads zero or the pad value, and `order` permutes the result.

// Rows 2, -1, 0, 3 of 3 and columns 0 to 7 of 5, padded with zero.
// CHECK: float32 [4, 8]
// CHECK-NEXT: {{^}}10.0 11.0 12.0 13.0 14.0 0.0 0.0 0.0
// CHECK-NEXT: {{^}}0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.0
// CHECK-NEXT: {{^}}0.0 1.0 2.0 3.0 4.0 0.0 0.0 0.0
// CHECK-NEXT: {{^}}0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.0
// The same transposed, padded with -1.
// CHECK-NEXT: float32 [8, 4]
// CHECK-NEXT: {{^}}10.0 -1.0 0.0 -1.0
// CHECK-NEXT: {{^}}11.0 -1.0 1.0 -1.0
// CHECK-NEXT: {{^}}12.0 -1.0 2.0 -1.0
// CHECK-NEXT: {{^}}13.0 -1.0 3.0 -1.0
// CHECK-NEXT: {{^}}14.0 -1.0 4.0 -1.0
// CHECK-NEXT: {{^}}-1.0 -1.0 -1.0 -1.0
// CHECK-NEXT: {{^}}-1.0 -1.0 -1.0 -1.0
// CHECK-NEXT: {{^}}-1.0 -1.0 -1.0 -1.0
// A scalar fixes an axis: column 1 of the rows; element [2, 4]; element [3, 4],
// which is out of bounds; row 1 of a view with the strides swapped, [1, 3).
// CHECK-NEXT: float32 [4, 4]
// CHECK-NEXT: {{^}}11.0 0.0 1.0 0.0
// CHECK-NEXT: {{^}}14.0 14.0 14.0 14.0
// CHECK-NEXT: {{^}}7.0 7.0 7.0 7.0
// CHECK-NEXT: {{^}}1.0 6.0 11.0 0.0
tile.kernel @gather(%a: !tile.ptr<f32> {tile.name = "a", tile.access = "in"},
                    %rows: !tile.ptr<i32> {tile.name = "rows", tile.access = "in"},
                    %r: !tile.ptr<f32> {tile.name = "r", tile.access = "out"},
                    %c: !tile.ptr<f32> {tile.name = "c", tile.access = "out"},
                    %s: !tile.ptr<f32> {tile.name = "s", tile.access = "out"},
                    %m: i32 {tile.name = "M", tile.role = "extent"},
                    %n: i32 {tile.name = "N", tile.role = "extent"}) waves(1) launch {
^bb0(%a0: !tile.ptr<f32>, %rows0: !tile.ptr<i32>, %r0: !tile.ptr<f32>, %c0: !tile.ptr<f32>, %s0: !tile.ptr<f32>, %m0: i32, %n0: i32):
  %1 = arith.constant 1 : i32
  %4 = arith.constant 4 : i32
  %8 = arith.constant 8 : i32
  tile.shape %a0[%m0, %n0] : !tile.ptr<f32>
  tile.shape %rows0[%4] : !tile.ptr<i32>
  tile.shape %r0[%4, %8] : !tile.ptr<f32>
  tile.shape %c0[%8, %4] : !tile.ptr<f32>
  tile.shape %s0[%4, %4] : !tile.ptr<f32>
  tile.grid %1
} body {
  %0 = arith.constant 0 : i32
  %1 = arith.constant 1 : i32
  %2 = arith.constant 2 : i32
  %3 = arith.constant 3 : i32
  %4 = arith.constant 4 : i32
  %8 = arith.constant 8 : i32
  %i4 = tile.range : tensor<4xi32>
  %i8 = tile.range : tensor<8xi32>
  %av = tile.view %a[%m, %n] : !tile.ptr<f32> -> !tile.array<?x?xf32>
  %rowsv = tile.view %rows[%4] : !tile.ptr<i32> -> !tile.array<?xi32>
  %row = tile.load %rowsv[%i4] : !tile.array<?xi32>[tensor<4xi32>] -> tensor<4xi32>
  %x = tile.load %av[%row, %i8] : !tile.array<?x?xf32>[tensor<4xi32>, tensor<8xi32>] -> tensor<4x8xf32>
  %rv = tile.view %r[%4, %8] : !tile.ptr<f32> -> !tile.array<?x?xf32>
  tile.store %x, %rv[%i4, %i8] : tensor<4x8xf32>, !tile.array<?x?xf32>[tensor<4xi32>, tensor<8xi32>]
  %pad = arith.constant -1.0 : f32
  %y = tile.load %av[%row, %i8] order [1, 0] pad %pad : f32 : !tile.array<?x?xf32>[tensor<4xi32>, tensor<8xi32>] -> tensor<8x4xf32>
  %cv = tile.view %c[%8, %4] : !tile.ptr<f32> -> !tile.array<?x?xf32>
  tile.store %y, %cv[%i8, %i4] : tensor<8x4xf32>, !tile.array<?x?xf32>[tensor<8xi32>, tensor<4xi32>]
  %sv = tile.view %s[%4, %4] : !tile.ptr<f32> -> !tile.array<?x?xf32>
  %column = tile.load %av[%row, %1] : !tile.array<?x?xf32>[tensor<4xi32>, i32] -> tensor<4xf32>
  tile.store %column, %sv[%0, %i4] : tensor<4xf32>, !tile.array<?x?xf32>[i32, tensor<4xi32>]
  %last = tile.load %av[%2, %4] : !tile.array<?x?xf32>[i32, i32] -> f32
  %lasts = tile.splat %last : f32 -> tensor<4xf32>
  tile.store %lasts, %sv[%1, %i4] : tensor<4xf32>, !tile.array<?x?xf32>[i32, tensor<4xi32>]
  %seven = arith.constant 7.0 : f32
  %outside = tile.load %av[%3, %4] pad %seven : f32 : !tile.array<?x?xf32>[i32, i32] -> f32
  %outsides = tile.splat %outside : f32 -> tensor<4xf32>
  tile.store %outsides, %sv[%2, %i4] : tensor<4xf32>, !tile.array<?x?xf32>[i32, tensor<4xi32>]
  %one = arith.constant 1 : i64
  %five = arith.constant 5 : i64
  %swapped = tile.view %a[%n, %m] strides [%one, %five] : !tile.ptr<f32> -> !tile.array<?x?xf32>
  %z = tile.load %swapped[%1, %i4] : !tile.array<?x?xf32>[i32, tensor<4xi32>] -> tensor<4xf32>
  tile.store %z, %sv[%3, %i4] : tensor<4xf32>, !tile.array<?x?xf32>[i32, tensor<4xi32>]
  tile.return
}
