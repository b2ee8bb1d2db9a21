// RUN: moe-opt %s --canonicalize -split-input-file | FileCheck %s
// Folds of the tile dialect; a permute of a load costs nothing.

// CHECK-LABEL: func @permute_of_load
// CHECK: tile.load %{{.*}} order [1, 0] : {{.*}} -> tensor<32x16xbf16>
// CHECK-NOT: tile.permute
func.func @permute_of_load(%a: !tile.array<?x?xbf16>, %i: tensor<16xi32>, %j: tensor<32xi32>) -> tensor<32x16xbf16> {
  %x = tile.load %a[%i, %j] : !tile.array<?x?xbf16>[tensor<16xi32>, tensor<32xi32>] -> tensor<16x32xbf16>
  %t = tile.permute %x order [1, 0] : tensor<16x32xbf16> -> tensor<32x16xbf16>
  return %t : tensor<32x16xbf16>
}

// -----

// Axis i of the result is axis order[i] of the source, also through two steps.
// CHECK-LABEL: func @permute_of_ordered_load
// CHECK: tile.load %{{.*}} order [0, 2, 1] : {{.*}} -> tensor<2x8x4xbf16>
func.func @permute_of_ordered_load(%a: !tile.array<?x?x?xbf16>, %i: tensor<2xi32>, %j: tensor<4xi32>, %k: tensor<8xi32>) -> tensor<2x8x4xbf16> {
  %x = tile.load %a[%i, %j, %k] order [1, 2, 0] : !tile.array<?x?x?xbf16>[tensor<2xi32>, tensor<4xi32>, tensor<8xi32>] -> tensor<4x8x2xbf16>
  %t = tile.permute %x order [2, 1, 0] : tensor<4x8x2xbf16> -> tensor<2x8x4xbf16>
  return %t : tensor<2x8x4xbf16>
}

// -----

// The folded load must not move across a store.
// CHECK-LABEL: func @load_stays_before_store
// CHECK: tile.load
// CHECK: tile.store
func.func @load_stays_before_store(%a: !tile.array<?x?xbf16>, %i: tensor<16xi32>, %v: tensor<16x16xbf16>) -> tensor<16x16xbf16> {
  %x = tile.load %a[%i, %i] : !tile.array<?x?xbf16>[tensor<16xi32>, tensor<16xi32>] -> tensor<16x16xbf16>
  tile.store %v, %a[%i, %i] : tensor<16x16xbf16>, !tile.array<?x?xbf16>[tensor<16xi32>, tensor<16xi32>]
  %t = tile.permute %x order [1, 0] : tensor<16x16xbf16> -> tensor<16x16xbf16>
  return %t : tensor<16x16xbf16>
}

// -----

// CHECK-LABEL: func @permute_pair
// CHECK-NEXT: return %arg0
func.func @permute_pair(%x: tensor<2x4x8xf32>) -> tensor<2x4x8xf32> {
  %a = tile.permute %x order [1, 2, 0] : tensor<2x4x8xf32> -> tensor<4x8x2xf32>
  %b = tile.permute %a order [2, 0, 1] : tensor<4x8x2xf32> -> tensor<2x4x8xf32>
  return %b : tensor<2x4x8xf32>
}

// -----

// CHECK-LABEL: func @reshape_pair
// CHECK-NEXT: return %arg0
func.func @reshape_pair(%x: tensor<8xf32>) -> tensor<8xf32> {
  %a = tile.reshape %x : tensor<8xf32> -> tensor<8x1xf32>
  %b = tile.reshape %a : tensor<8x1xf32> -> tensor<8xf32>
  return %b : tensor<8xf32>
}

// -----

// CHECK-LABEL: func @constants
// CHECK: %[[C:.*]] = arith.constant dense<3> : tensor<4x8xi32>
// CHECK-NEXT: return %[[C]]
func.func @constants() -> tensor<4x8xi32> {
  %c = arith.constant 3 : i32
  %s = tile.splat %c : i32 -> tensor<4xi32>
  %r = tile.reshape %s : tensor<4xi32> -> tensor<1x4xi32>
  %p = tile.permute %r order [1, 0] : tensor<1x4xi32> -> tensor<4x1xi32>
  %b = tile.broadcast %p : tensor<4x1xi32> -> tensor<4x8xi32>
  return %b : tensor<4x8xi32>
}

// -----

// CHECK-LABEL: func @same_layout
// CHECK-NEXT: return %arg0
func.func @same_layout(%x: tensor<8xf32>) -> tensor<8xf32> {
  %a = tile.convert_layout %x : tensor<8xf32> -> tensor<8xf32>
  return %a : tensor<8xf32>
}
