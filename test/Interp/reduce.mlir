// RUN: %python -c "import numpy as np; np.save('%t.x.npy', np.array([[3, -1, 7, 7], [2, 5, -8, 2147483647]], np.int32)); np.save('%t.y.npy', np.array([[1, np.nan, -0.0, np.nan], [2, 4, 0, np.nan]], np.float32))"
// RUN: moe-run %s --kernel=integers --in x=%t.x.npy --out rows=%t.rows.npy --out columns=%t.columns.npy --out all=%t.all.npy
// RUN: %python %S/Inputs/show.py %t.rows.npy %t.columns.npy %t.all.npy | FileCheck %s --check-prefix=INTEGERS
// RUN: moe-run %s --kernel=floats --in y=%t.y.npy --out r=%t.r.npy --out s=%t.s.npy
// RUN: %python %S/Inputs/show.py %t.r.npy %t.s.npy | FileCheck %s --check-prefix=FLOATS
// Reductions of every kind, along each axis and to a scalar. Integers wrap.

// Along axis 1: add, mul, max, min, and, or, xor.
// INTEGERS: int32 [7, 2]
// INTEGERS-NEXT: {{^}}16 2147483646
// INTEGERS-NEXT: {{^}}-147 80
// INTEGERS-NEXT: {{^}}7 2147483647
// INTEGERS-NEXT: {{^}}-1 -8
// INTEGERS-NEXT: {{^}}3 0
// INTEGERS-NEXT: {{^}}-1 -1
// INTEGERS-NEXT: {{^}}-4 -2147483648
// Along axis 0: add, min.
// INTEGERS-NEXT: int32 [2, 4]
// INTEGERS-NEXT: {{^}}5 4 -1 -2147483642
// INTEGERS-NEXT: {{^}}2 -1 -8 7
// To a scalar.
// INTEGERS-NEXT: int32 [1]
// INTEGERS-NEXT: {{^}}10
tile.kernel @integers(%x: !tile.ptr<i32> {tile.name = "x", tile.access = "in"},
                      %rows: !tile.ptr<i32> {tile.name = "rows", tile.access = "out"},
                      %columns: !tile.ptr<i32> {tile.name = "columns", tile.access = "out"},
                      %all: !tile.ptr<i32> {tile.name = "all", tile.access = "out"}) waves(1) launch {
^bb0(%x0: !tile.ptr<i32>, %rows0: !tile.ptr<i32>, %columns0: !tile.ptr<i32>, %all0: !tile.ptr<i32>):
  %1 = arith.constant 1 : i32
  %2 = arith.constant 2 : i32
  %4 = arith.constant 4 : i32
  %7 = arith.constant 7 : i32
  tile.shape %x0[%2, %4] : !tile.ptr<i32>
  tile.shape %rows0[%7, %2] : !tile.ptr<i32>
  tile.shape %columns0[%2, %4] : !tile.ptr<i32>
  tile.shape %all0[%1] : !tile.ptr<i32>
  tile.grid %1
} body {
  %0 = arith.constant 0 : i32
  %1 = arith.constant 1 : i32
  %2 = arith.constant 2 : i32
  %3 = arith.constant 3 : i32
  %4 = arith.constant 4 : i32
  %5 = arith.constant 5 : i32
  %6 = arith.constant 6 : i32
  %7 = arith.constant 7 : i32
  %i2 = tile.range : tensor<2xi32>
  %i4 = tile.range : tensor<4xi32>
  %xv = tile.view %x[%2, %4] : !tile.ptr<i32> -> !tile.array<?x?xi32>
  %t = tile.load %xv[%i2, %i4] : !tile.array<?x?xi32>[tensor<2xi32>, tensor<4xi32>] -> tensor<2x4xi32>
  %rv = tile.view %rows[%7, %2] : !tile.ptr<i32> -> !tile.array<?x?xi32>
  %add = tile.reduce add %t axis 1 : tensor<2x4xi32> -> tensor<2xi32>
  tile.store %add, %rv[%0, %i2] : tensor<2xi32>, !tile.array<?x?xi32>[i32, tensor<2xi32>]
  %mul = tile.reduce mul %t axis 1 : tensor<2x4xi32> -> tensor<2xi32>
  tile.store %mul, %rv[%1, %i2] : tensor<2xi32>, !tile.array<?x?xi32>[i32, tensor<2xi32>]
  %max = tile.reduce max %t axis 1 : tensor<2x4xi32> -> tensor<2xi32>
  tile.store %max, %rv[%2, %i2] : tensor<2xi32>, !tile.array<?x?xi32>[i32, tensor<2xi32>]
  %min = tile.reduce min %t axis 1 : tensor<2x4xi32> -> tensor<2xi32>
  tile.store %min, %rv[%3, %i2] : tensor<2xi32>, !tile.array<?x?xi32>[i32, tensor<2xi32>]
  %and = tile.reduce and %t axis 1 : tensor<2x4xi32> -> tensor<2xi32>
  tile.store %and, %rv[%4, %i2] : tensor<2xi32>, !tile.array<?x?xi32>[i32, tensor<2xi32>]
  %or = tile.reduce or %t axis 1 : tensor<2x4xi32> -> tensor<2xi32>
  tile.store %or, %rv[%5, %i2] : tensor<2xi32>, !tile.array<?x?xi32>[i32, tensor<2xi32>]
  %xor = tile.reduce xor %t axis 1 : tensor<2x4xi32> -> tensor<2xi32>
  tile.store %xor, %rv[%6, %i2] : tensor<2xi32>, !tile.array<?x?xi32>[i32, tensor<2xi32>]
  %cv = tile.view %columns[%2, %4] : !tile.ptr<i32> -> !tile.array<?x?xi32>
  %cadd = tile.reduce add %t axis 0 : tensor<2x4xi32> -> tensor<4xi32>
  tile.store %cadd, %cv[%0, %i4] : tensor<4xi32>, !tile.array<?x?xi32>[i32, tensor<4xi32>]
  %cmin = tile.reduce min %t axis 0 : tensor<2x4xi32> -> tensor<4xi32>
  tile.store %cmin, %cv[%1, %i4] : tensor<4xi32>, !tile.array<?x?xi32>[i32, tensor<4xi32>]
  %sum = tile.reduce add %i4 axis 0 : tensor<4xi32> -> i32
  %first = tile.load %xv[%1, %0] : !tile.array<?x?xi32>[i32, i32] -> i32
  %both = arith.addi %sum, %first : i32
  %last = arith.addi %both, %2 : i32
  %allv = tile.view %all[%1] : !tile.ptr<i32> -> !tile.array<?xi32>
  tile.store %last, %allv[%0] : i32, !tile.array<?xi32>[i32]
  tile.return
}

// NaN is ignored by max and min unless all are NaN, and +0 is above -0.
// FLOATS: float32 [2, 4]
// FLOATS-NEXT: {{^}}2.0 4.0 0.0 nan
// FLOATS-NEXT: {{^}}1.0 4.0 -0.0 nan
// FLOATS-NEXT: float32 [2, 4]
// FLOATS-NEXT: {{^}}3.0 nan 0.0 nan
// FLOATS-NEXT: {{^}}2.0 nan -0.0 nan
tile.kernel @floats(%y: !tile.ptr<f32> {tile.name = "y", tile.access = "in"},
                    %r: !tile.ptr<f32> {tile.name = "r", tile.access = "out"},
                    %s: !tile.ptr<f32> {tile.name = "s", tile.access = "out"}) waves(1) launch {
^bb0(%y0: !tile.ptr<f32>, %r0: !tile.ptr<f32>, %s0: !tile.ptr<f32>):
  %1 = arith.constant 1 : i32
  %2 = arith.constant 2 : i32
  %4 = arith.constant 4 : i32
  tile.shape %y0[%2, %4] : !tile.ptr<f32>
  tile.shape %r0[%2, %4] : !tile.ptr<f32>
  tile.shape %s0[%2, %4] : !tile.ptr<f32>
  tile.grid %1
} body {
  %0 = arith.constant 0 : i32
  %1 = arith.constant 1 : i32
  %2 = arith.constant 2 : i32
  %4 = arith.constant 4 : i32
  %i2 = tile.range : tensor<2xi32>
  %i4 = tile.range : tensor<4xi32>
  %yv = tile.view %y[%2, %4] : !tile.ptr<f32> -> !tile.array<?x?xf32>
  %rv = tile.view %r[%2, %4] : !tile.ptr<f32> -> !tile.array<?x?xf32>
  %sv = tile.view %s[%2, %4] : !tile.ptr<f32> -> !tile.array<?x?xf32>
  %t = tile.load %yv[%i2, %i4] : !tile.array<?x?xf32>[tensor<2xi32>, tensor<4xi32>] -> tensor<2x4xf32>
  %max = tile.reduce max %t axis 0 : tensor<2x4xf32> -> tensor<4xf32>
  tile.store %max, %rv[%0, %i4] : tensor<4xf32>, !tile.array<?x?xf32>[i32, tensor<4xi32>]
  %min = tile.reduce min %t axis 0 : tensor<2x4xf32> -> tensor<4xf32>
  tile.store %min, %rv[%1, %i4] : tensor<4xf32>, !tile.array<?x?xf32>[i32, tensor<4xi32>]
  %add = tile.reduce add %t axis 0 : tensor<2x4xf32> -> tensor<4xf32>
  tile.store %add, %sv[%0, %i4] : tensor<4xf32>, !tile.array<?x?xf32>[i32, tensor<4xi32>]
  %mul = tile.reduce mul %t axis 0 : tensor<2x4xf32> -> tensor<4xf32>
  tile.store %mul, %sv[%1, %i4] : tensor<4xf32>, !tile.array<?x?xf32>[i32, tensor<4xi32>]
  tile.return
}
