// RUN: moe-run %s --kernel=shared --out r=%t.r.npy --out f=%t.f.npy
// RUN: %python %S/Inputs/show.py %t.r.npy %t.f.npy | FileCheck %s
// Layouts and barriers change nothing. A buffer is poisoned at first, and again
// by a store to another one that has bytes in common with it.

#rows = #tile.layout<shape = [4, 4], register = [[0, 1], [0, 2]], lane = [[1, 0], [2, 0], [0, 0], [0, 0], [0, 0], [0, 0]], wave = [], fragment = 4>
#columns = #tile.layout<shape = [4, 4], register = [[1, 0], [2, 0]], lane = [[0, 1], [0, 2], [0, 0], [0, 0], [0, 0], [0, 0]], wave = [], fragment = 4>
#swizzled = #tile.shared_layout<shape = [4, 4], offset = [[0, 1], [0, 2], [1, 1], [2, 2]]>
#plain = #tile.shared_layout<shape = [4, 4], offset = [[0, 1], [0, 2], [1, 0], [2, 0]]>

// CHECK: int32 [4, 4]
// CHECK-NEXT: {{^}}0 1 2 3
// CHECK-NEXT: {{^}}4 5 6 7
// CHECK-NEXT: {{^}}8 9 10 11
// CHECK-NEXT: {{^}}12 13 14 15
// The sum of f32 buffers: untouched, apart from others, and overlapped.
// CHECK-NEXT: float32 [3]
// CHECK-NEXT: {{^}}nan 16.0 nan
tile.kernel @shared(%r: !tile.ptr<i32> {tile.name = "r", tile.access = "out"},
                    %f: !tile.ptr<f32> {tile.name = "f", tile.access = "out"}) waves(1) launch {
^bb0(%r0: !tile.ptr<i32>, %f0: !tile.ptr<f32>):
  %1 = arith.constant 1 : i32
  %3 = arith.constant 3 : i32
  %4 = arith.constant 4 : i32
  tile.shape %r0[%4, %4] : !tile.ptr<i32>
  tile.shape %f0[%3] : !tile.ptr<f32>
  tile.grid %1
} body {
  %0 = arith.constant 0 : i32
  %1 = arith.constant 1 : i32
  %2 = arith.constant 2 : i32
  %3 = arith.constant 3 : i32
  %4 = arith.constant 4 : i32
  %i = tile.range : tensor<4xi32>
  %i16 = tile.range : tensor<16xi32>
  %x = tile.reshape %i16 : tensor<16xi32> -> tensor<4x4xi32, #rows>
  %y = tile.convert_layout %x : tensor<4x4xi32, #rows> -> tensor<4x4xi32, #columns>
  %buffer = tile.alloc_shared : !tile.shared<4x4xi32, #swizzled>
  tile.shared_store %y, %buffer : tensor<4x4xi32, #columns>, !tile.shared<4x4xi32, #swizzled>
  tile.barrier
  %z = tile.shared_load %buffer : !tile.shared<4x4xi32, #swizzled> -> tensor<4x4xi32>
  %rv = tile.view %r[%4, %4] : !tile.ptr<i32> -> !tile.array<?x?xi32>
  tile.store %z, %rv[%i, %i] : tensor<4x4xi32>, !tile.array<?x?xi32>[tensor<4xi32>, tensor<4xi32>]

  %fv = tile.view %f[%3] : !tile.ptr<f32> -> !tile.array<?xf32>
  %ones = arith.constant dense<1.0> : tensor<4x4xf32>
  %a = tile.alloc_shared {offset = 0 : i64} : !tile.shared<4x4xf32, #plain>
  %b = tile.alloc_shared {offset = 64 : i64} : !tile.shared<4x4xf32, #plain>
  %c = tile.alloc_shared {offset = 32 : i64} : !tile.shared<4x4xf32, #plain>
  %fresh = tile.shared_load %a : !tile.shared<4x4xf32, #plain> -> tensor<4x4xf32>
  %freshFlat = tile.reshape %fresh : tensor<4x4xf32> -> tensor<16xf32>
  %freshSum = tile.reduce add %freshFlat axis 0 : tensor<16xf32> -> f32
  tile.store %freshSum, %fv[%0] : f32, !tile.array<?xf32>[i32]
  tile.shared_store %ones, %a : tensor<4x4xf32>, !tile.shared<4x4xf32, #plain>
  tile.shared_store %ones, %b : tensor<4x4xf32>, !tile.shared<4x4xf32, #plain>
  %apart = tile.shared_load %a : !tile.shared<4x4xf32, #plain> -> tensor<4x4xf32>
  %apartFlat = tile.reshape %apart : tensor<4x4xf32> -> tensor<16xf32>
  %apartSum = tile.reduce add %apartFlat axis 0 : tensor<16xf32> -> f32
  tile.store %apartSum, %fv[%1] : f32, !tile.array<?xf32>[i32]
  tile.shared_store %ones, %c : tensor<4x4xf32>, !tile.shared<4x4xf32, #plain>
  %over = tile.shared_load %b : !tile.shared<4x4xf32, #plain> -> tensor<4x4xf32>
  %overFlat = tile.reshape %over : tensor<4x4xf32> -> tensor<16xf32>
  %overSum = tile.reduce add %overFlat axis 0 : tensor<16xf32> -> f32
  tile.store %overSum, %fv[%2] : f32, !tile.array<?xf32>[i32]
  tile.return
}
