// RUN: moe-run %s --kernel=values --out range=%t.range.npy --out splat=%t.splat.npy --out dense=%t.dense.npy --out half=%t.half.npy --out broadcast=%t.broadcast.npy --out rows=%t.rows.npy --out reshape=%t.reshape.npy
// RUN: %python %S/Inputs/show.py %t.range.npy %t.splat.npy %t.dense.npy %t.half.npy %t.broadcast.npy %t.rows.npy %t.reshape.npy | FileCheck %s
// Constants and tiles made from scalars and from other tiles.

tile.kernel @values(%range: !tile.ptr<i32> {tile.name = "range", tile.access = "out"},
                    %splat: !tile.ptr<f32> {tile.name = "splat", tile.access = "out"},
                    %dense: !tile.ptr<i8> {tile.name = "dense", tile.access = "out"},
                    %half: !tile.ptr<f16> {tile.name = "half", tile.access = "out"},
                    %broadcast: !tile.ptr<i32> {tile.name = "broadcast", tile.access = "out"},
                    %rows: !tile.ptr<i32> {tile.name = "rows", tile.access = "out"},
                    %reshape: !tile.ptr<i32> {tile.name = "reshape", tile.access = "out"}) waves(1) launch {
^bb0(%range0: !tile.ptr<i32>, %splat0: !tile.ptr<f32>, %dense0: !tile.ptr<i8>, %half0: !tile.ptr<f16>,
     %broadcast0: !tile.ptr<i32>, %rows0: !tile.ptr<i32>, %reshape0: !tile.ptr<i32>):
  %1 = arith.constant 1 : i32
  %2 = arith.constant 2 : i32
  %4 = arith.constant 4 : i32
  tile.shape %range0[%4] : !tile.ptr<i32>
  tile.shape %splat0[%2] : !tile.ptr<f32>
  tile.shape %dense0[%4] : !tile.ptr<i8>
  tile.shape %half0[%4] : !tile.ptr<f16>
  tile.shape %broadcast0[%4, %2] : !tile.ptr<i32>
  tile.shape %rows0[%2, %4] : !tile.ptr<i32>
  tile.shape %reshape0[%2, %2] : !tile.ptr<i32>
  tile.grid %1
} body {
  %2 = arith.constant 2 : i32
  %4 = arith.constant 4 : i32
  %i2 = tile.range : tensor<2xi32>
  // CHECK: int32 [4]
  // CHECK-NEXT: {{^}}0 1 2 3{{$}}
  %i4 = tile.range : tensor<4xi32>
  %range1 = tile.view %range[%4] : !tile.ptr<i32> -> !tile.array<?xi32>
  tile.store %i4, %range1[%i4] : tensor<4xi32>, !tile.array<?xi32>[tensor<4xi32>]
  // CHECK-NEXT: float32 [2]
  // CHECK-NEXT: {{^}}2.5 2.5{{$}}
  %c = arith.constant 2.5 : f32
  %s = tile.splat %c : f32 -> tensor<2xf32>
  %splat1 = tile.view %splat[%2] : !tile.ptr<f32> -> !tile.array<?xf32>
  tile.store %s, %splat1[%i2] : tensor<2xf32>, !tile.array<?xf32>[tensor<2xi32>]
  // CHECK-NEXT: int8 [4]
  // CHECK-NEXT: {{^}}1 -2 127 -128{{$}}
  %d = arith.constant dense<[1, -2, 127, -128]> : tensor<4xi8>
  %dense1 = tile.view %dense[%4] : !tile.ptr<i8> -> !tile.array<?xi8>
  tile.store %d, %dense1[%i4] : tensor<4xi8>, !tile.array<?xi8>[tensor<4xi32>]
  // CHECK-NEXT: float16 [4]
  // CHECK-NEXT: {{^}}0.5 0.5 0.5 0.5{{$}}
  %h = arith.constant dense<0.5> : tensor<4xf16>
  %half1 = tile.view %half[%4] : !tile.ptr<f16> -> !tile.array<?xf16>
  tile.store %h, %half1[%i4] : tensor<4xf16>, !tile.array<?xf16>[tensor<4xi32>]
  // An axis of extent 1 is repeated.
  // CHECK-NEXT: int32 [4, 2]
  // CHECK-NEXT: {{^}}0 0
  // CHECK-NEXT: {{^}}1 1
  // CHECK-NEXT: {{^}}2 2
  // CHECK-NEXT: {{^}}3 3
  %column = tile.reshape %i4 : tensor<4xi32> -> tensor<4x1xi32>
  %b = tile.broadcast %column : tensor<4x1xi32> -> tensor<4x2xi32>
  %broadcast1 = tile.view %broadcast[%4, %2] : !tile.ptr<i32> -> !tile.array<?x?xi32>
  tile.store %b, %broadcast1[%i4, %i2] : tensor<4x2xi32>, !tile.array<?x?xi32>[tensor<4xi32>, tensor<2xi32>]
  // CHECK-NEXT: int32 [2, 4]
  // CHECK-NEXT: {{^}}0 1 2 3
  // CHECK-NEXT: {{^}}0 1 2 3
  %row = tile.reshape %i4 : tensor<4xi32> -> tensor<1x4xi32>
  %r = tile.broadcast %row : tensor<1x4xi32> -> tensor<2x4xi32>
  %rows1 = tile.view %rows[%2, %4] : !tile.ptr<i32> -> !tile.array<?x?xi32>
  tile.store %r, %rows1[%i2, %i4] : tensor<2x4xi32>, !tile.array<?x?xi32>[tensor<2xi32>, tensor<4xi32>]
  // CHECK-NEXT: int32 [2, 2]
  // CHECK-NEXT: {{^}}0 1
  // CHECK-NEXT: {{^}}2 3
  %square = tile.reshape %i4 : tensor<4xi32> -> tensor<2x2xi32>
  %reshape1 = tile.view %reshape[%2, %2] : !tile.ptr<i32> -> !tile.array<?x?xi32>
  tile.store %square, %reshape1[%i2, %i2] : tensor<2x2xi32>, !tile.array<?x?xi32>[tensor<2xi32>, tensor<2xi32>]
  tile.return
}
