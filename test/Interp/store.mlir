// RUN: %python -c "import numpy as np; np.save('%t.i.npy', np.array([3, -1, 0, 4], np.int32))"
// RUN: moe-run %s --kernel=scatter --in rows=%t.i.npy --out a=%t.a.npy --out b=%t.b.npy --out c=%t.c.npy --fill=0x0
// RUN: %python %S/Inputs/show.py %t.a.npy %t.b.npy %t.c.npy | FileCheck %s
// Stores: out of bounds (negative, too) is dropped, `order` names array axes.

// Rows 3, -1, 0 and 4 of an array of 4 rows and 3 columns.
// CHECK: int32 [4, 3]
// CHECK-NEXT: {{^}}8 9 10
// CHECK-NEXT: {{^}}0 0 0
// CHECK-NEXT: {{^}}0 0 0
// CHECK-NEXT: {{^}}0 1 2
// Transposed: tile axis 0 is array axis 1.
// CHECK-NEXT: int32 [4, 4]
// CHECK-NEXT: {{^}}0 4 8 12
// CHECK-NEXT: {{^}}1 5 9 13
// CHECK-NEXT: {{^}}2 6 10 14
// CHECK-NEXT: {{^}}3 7 11 15
// Scalars: one inside, others dropped.
// CHECK-NEXT: int32 [2]
// CHECK-NEXT: {{^}}0 5
tile.kernel @scatter(%rows: !tile.ptr<i32> {tile.name = "rows", tile.access = "in"},
                     %a: !tile.ptr<i32> {tile.name = "a", tile.access = "out"},
                     %b: !tile.ptr<i32> {tile.name = "b", tile.access = "out"},
                     %c: !tile.ptr<i32> {tile.name = "c", tile.access = "out"}) waves(1) launch {
^bb0(%rows0: !tile.ptr<i32>, %a0: !tile.ptr<i32>, %b0: !tile.ptr<i32>, %c0: !tile.ptr<i32>):
  %1 = arith.constant 1 : i32
  %2 = arith.constant 2 : i32
  %3 = arith.constant 3 : i32
  %4 = arith.constant 4 : i32
  tile.shape %rows0[%4] : !tile.ptr<i32>
  tile.shape %a0[%4, %3] : !tile.ptr<i32>
  tile.shape %b0[%4, %4] : !tile.ptr<i32>
  tile.shape %c0[%2] : !tile.ptr<i32>
  tile.grid %1
} body {
  %m1 = arith.constant -1 : i32
  %1 = arith.constant 1 : i32
  %2 = arith.constant 2 : i32
  %3 = arith.constant 3 : i32
  %4 = arith.constant 4 : i32
  %5 = arith.constant 5 : i32
  %i4 = tile.range : tensor<4xi32>
  %i16 = tile.range : tensor<16xi32>
  %x = tile.reshape %i16 : tensor<16xi32> -> tensor<4x4xi32>
  %rowsv = tile.view %rows[%4] : !tile.ptr<i32> -> !tile.array<?xi32>
  %row = tile.load %rowsv[%i4] : !tile.array<?xi32>[tensor<4xi32>] -> tensor<4xi32>
  %av = tile.view %a[%4, %3] : !tile.ptr<i32> -> !tile.array<?x?xi32>
  tile.store %x, %av[%row, %i4] : tensor<4x4xi32>, !tile.array<?x?xi32>[tensor<4xi32>, tensor<4xi32>]
  %bv = tile.view %b[%4, %4] : !tile.ptr<i32> -> !tile.array<?x?xi32>
  tile.store %x, %bv[%i4, %i4] order [1, 0] : tensor<4x4xi32>, !tile.array<?x?xi32>[tensor<4xi32>, tensor<4xi32>]
  %cv = tile.view %c[%2] : !tile.ptr<i32> -> !tile.array<?xi32>
  tile.store %5, %cv[%1] : i32, !tile.array<?xi32>[i32]
  tile.store %5, %cv[%2] : i32, !tile.array<?xi32>[i32]
  tile.store %5, %cv[%m1] : i32, !tile.array<?xi32>[i32]
  tile.return
}
