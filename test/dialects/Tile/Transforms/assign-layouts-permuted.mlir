// RUN: moe-opt %s --canonicalize --moe-assign-layouts --moe-verify-layouts | FileCheck %s
// A three-dimensional tile that is permuted between load and store costs no
// conversion in any order: each lane loads and stores the same elements.

// CHECK-LABEL: tile.kernel @permuted
// CHECK-NOT: tile.permute
// CHECK-NOT: convert_layout
// CHECK-COUNT-6: tile.store
tile.kernel @permuted(%x: !tile.ptr<bf16> {tile.name = "x", tile.access = "in"},
    %y: !tile.ptr<bf16> {tile.name = "y", tile.access = "out"},
    %A: i32 {tile.name = "A", tile.role = "extent"},
    %B: i32 {tile.name = "B", tile.role = "extent"},
    %C: i32 {tile.name = "C", tile.role = "extent", tile.divisible = 8 : i64}) waves(4) launch {
^bb0(%lx: !tile.ptr<bf16>, %ly: !tile.ptr<bf16>, %lA: i32, %lB: i32, %lC: i32):
  tile.grid %lA
} body {
  %xv = tile.view %x[%A, %B, %C] : !tile.ptr<bf16> -> !tile.array<?x?x?xbf16>
  %i = tile.range : tensor<4xi32>
  %j = tile.range : tensor<16xi32>
  %k = tile.range : tensor<64xi32>
  %x0 = tile.load %xv[%i, %j, %k] : !tile.array<?x?x?xbf16>[tensor<4xi32>, tensor<16xi32>, tensor<64xi32>] -> tensor<4x16x64xbf16>
  %p0 = tile.permute %x0 order [0, 1, 2] : tensor<4x16x64xbf16> -> tensor<4x16x64xbf16>
  %y0 = tile.view %y[%A, %B, %C] : !tile.ptr<bf16> -> !tile.array<?x?x?xbf16>
  tile.store %p0, %y0[%i, %j, %k] : tensor<4x16x64xbf16>, !tile.array<?x?x?xbf16>[tensor<4xi32>, tensor<16xi32>, tensor<64xi32>]
  %x1 = tile.load %xv[%i, %j, %k] : !tile.array<?x?x?xbf16>[tensor<4xi32>, tensor<16xi32>, tensor<64xi32>] -> tensor<4x16x64xbf16>
  %p1 = tile.permute %x1 order [0, 2, 1] : tensor<4x16x64xbf16> -> tensor<4x64x16xbf16>
  %y1 = tile.view %y[%A, %C, %B] : !tile.ptr<bf16> -> !tile.array<?x?x?xbf16>
  tile.store %p1, %y1[%i, %k, %j] : tensor<4x64x16xbf16>, !tile.array<?x?x?xbf16>[tensor<4xi32>, tensor<64xi32>, tensor<16xi32>]
  %x2 = tile.load %xv[%i, %j, %k] : !tile.array<?x?x?xbf16>[tensor<4xi32>, tensor<16xi32>, tensor<64xi32>] -> tensor<4x16x64xbf16>
  %p2 = tile.permute %x2 order [1, 0, 2] : tensor<4x16x64xbf16> -> tensor<16x4x64xbf16>
  %y2 = tile.view %y[%B, %A, %C] : !tile.ptr<bf16> -> !tile.array<?x?x?xbf16>
  tile.store %p2, %y2[%j, %i, %k] : tensor<16x4x64xbf16>, !tile.array<?x?x?xbf16>[tensor<16xi32>, tensor<4xi32>, tensor<64xi32>]
  %x3 = tile.load %xv[%i, %j, %k] : !tile.array<?x?x?xbf16>[tensor<4xi32>, tensor<16xi32>, tensor<64xi32>] -> tensor<4x16x64xbf16>
  %p3 = tile.permute %x3 order [1, 2, 0] : tensor<4x16x64xbf16> -> tensor<16x64x4xbf16>
  %y3 = tile.view %y[%B, %C, %A] : !tile.ptr<bf16> -> !tile.array<?x?x?xbf16>
  tile.store %p3, %y3[%j, %k, %i] : tensor<16x64x4xbf16>, !tile.array<?x?x?xbf16>[tensor<16xi32>, tensor<64xi32>, tensor<4xi32>]
  %x4 = tile.load %xv[%i, %j, %k] : !tile.array<?x?x?xbf16>[tensor<4xi32>, tensor<16xi32>, tensor<64xi32>] -> tensor<4x16x64xbf16>
  %p4 = tile.permute %x4 order [2, 0, 1] : tensor<4x16x64xbf16> -> tensor<64x4x16xbf16>
  %y4 = tile.view %y[%C, %A, %B] : !tile.ptr<bf16> -> !tile.array<?x?x?xbf16>
  tile.store %p4, %y4[%k, %i, %j] : tensor<64x4x16xbf16>, !tile.array<?x?x?xbf16>[tensor<64xi32>, tensor<4xi32>, tensor<16xi32>]
  %x5 = tile.load %xv[%i, %j, %k] : !tile.array<?x?x?xbf16>[tensor<4xi32>, tensor<16xi32>, tensor<64xi32>] -> tensor<4x16x64xbf16>
  %p5 = tile.permute %x5 order [2, 1, 0] : tensor<4x16x64xbf16> -> tensor<64x16x4xbf16>
  %y5 = tile.view %y[%C, %B, %A] : !tile.ptr<bf16> -> !tile.array<?x?x?xbf16>
  tile.store %p5, %y5[%k, %j, %i] : tensor<64x16x4xbf16>, !tile.array<?x?x?xbf16>[tensor<64xi32>, tensor<16xi32>, tensor<4xi32>]
  tile.return
}
