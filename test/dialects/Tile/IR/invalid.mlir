// RUN: moe-opt %s -split-input-file -verify-diagnostics
// One rejection per constraint of the values, memory and distribution ops.

func.func @range_c1() {
  // expected-error@+1 {{expected a result of rank 1, got rank 2}}
  %0 = tile.range : tensor<4x4xi32>
  return
}

// -----

func.func @tile_extent() {
  // expected-error@+1 {{must be tile of i32 elements}}
  %0 = tile.range : tensor<3xi32>
  return
}

// -----

func.func @splat_c1(%s: f32) {
  // expected-error@+1 {{expected a scalar of type 'bf16', got 'f32'}}
  %0 = tile.splat %s : f32 -> tensor<4xbf16>
  return
}

// -----

func.func @broadcast_c1(%x: tensor<4xf32>) {
  // expected-error@+1 {{expected source and result of one rank and element type}}
  %0 = tile.broadcast %x : tensor<4xf32> -> tensor<4x4xf32>
  return
}

// -----

func.func @broadcast_c2(%x: tensor<2x4xf32>) {
  // expected-error@+1 {{expected extent 1 or 4 on axis 0, got 2}}
  %0 = tile.broadcast %x : tensor<2x4xf32> -> tensor<4x4xf32>
  return
}

// -----

func.func @reshape_c1(%x: tensor<2x4xf32>) {
  // expected-error@+1 {{expected as many elements of the same type}}
  %0 = tile.reshape %x : tensor<2x4xf32> -> tensor<16xf32>
  return
}

// -----

func.func @permute_c1(%x: tensor<2x4xf32>) {
  // expected-error@+1 {{expected 'order' to be a permutation of 2 axes, got [1, 1]}}
  %0 = tile.permute %x order [1, 1] : tensor<2x4xf32> -> tensor<4x4xf32>
  return
}

// -----

func.func @permute_c2(%x: tensor<2x4xf32>) {
  // expected-error@+1 {{expected a result of shape [4, 2] and type 'f32'}}
  %0 = tile.permute %x order [1, 0] : tensor<2x4xf32> -> tensor<2x4xf32>
  return
}

// -----

func.func @mma_c1(%a: tensor<16x32xbf16>, %b: tensor<16x16xbf16>, %c: tensor<16x16xf32>) {
  // expected-error@+1 {{expected shapes MxK, KxN and MxN}}
  %0 = tile.mma %a, %b, %c : tensor<16x32xbf16>, tensor<16x16xbf16>, tensor<16x16xf32>
  return
}

// -----

func.func @mma_c2(%a: tensor<16x16xbf16>, %b: tensor<16x16xf16>, %c: tensor<16x16xf32>) {
  // expected-error@+1 {{expected operands that are both f16, bf16 or f32, got 'bf16' and 'f16'}}
  %0 = tile.mma %a, %b, %c : tensor<16x16xbf16>, tensor<16x16xf16>, tensor<16x16xf32>
  return
}

// -----

func.func @mma_c3(%a: tensor<16x16xbf16>, %c: tensor<16x16xbf16>) {
  // expected-error@+1 {{expected an accumulator of f32, got 'bf16'}}
  %0 = tile.mma %a, %a, %c : tensor<16x16xbf16>, tensor<16x16xbf16>, tensor<16x16xbf16>
  return
}

// -----

func.func @reduce_c1(%x: tensor<4x4xf32>) {
  // expected-error@+1 {{expected an axis from 0 to 1, got 2}}
  %0 = tile.reduce add %x axis 2 : tensor<4x4xf32> -> tensor<4xf32>
  return
}

// -----

func.func @reduce_c2(%x: tensor<4x8xf32>) {
  // expected-error@+1 {{expected a result of shape [4] of type 'f32', got 'tensor<8xf32>'}}
  %0 = tile.reduce add %x axis 1 : tensor<4x8xf32> -> tensor<8xf32>
  return
}

// -----

func.func @reduce_c3(%x: tensor<4xf32>) {
  // expected-error@+1 {{expected integers for 'xor', got 'f32'}}
  %0 = tile.reduce xor %x axis 0 : tensor<4xf32> -> f32
  return
}

// -----

func.func @view_c1(%p: !tile.ptr<f32>, %n: i32) {
  // expected-error@+1 {{expected 2 extents, got 1}}
  %0 = tile.view %p[%n] : !tile.ptr<f32> -> !tile.array<?x?xf32>
  return
}

// -----

func.func @view_c2(%p: !tile.ptr<f32>, %n: i32, %s: i64) {
  // expected-error@+1 {{expected no strides or 2, got 1}}
  %0 = tile.view %p[%n, %n] strides [%s] : !tile.ptr<f32> -> !tile.array<?x?xf32>
  return
}

// -----

func.func @view_c3(%p: !tile.ptr<f32>, %n: i32) {
  // expected-error@+1 {{expected elements of type 'f32', got 'f16'}}
  %0 = tile.view %p[%n] : !tile.ptr<f32> -> !tile.array<?xf16>
  return
}

// -----

func.func @view_c5(%p: !tile.ptr<f32>, %n: i32) {
  // expected-error@+1 {{expected no 'blocks' or 2, got 1}}
  %0 = tile.view %p[%n, %n] blocks [16] : !tile.ptr<f32> -> !tile.array<?x?xf32>
  return
}

// -----

func.func @view_c5_power(%p: !tile.ptr<f32>, %n: i32) {
  // expected-error@+1 {{expected 'blocks' to be powers of two, got 12}}
  %0 = tile.view %p[%n, %n] blocks [16, 12] : !tile.ptr<f32> -> !tile.array<?x?xf32>
  return
}

// -----

func.func @view_c6(%p: !tile.ptr<f32>, %n: i32) {
  // expected-error@+1 {{expected 'order' to be a permutation of the 2 axes, got [0, 0]}}
  %0 = tile.view %p[%n, %n] order [0, 0] : !tile.ptr<f32> -> !tile.array<?x?xf32>
  return
}

// -----

func.func @view_c7(%p: !tile.ptr<f32>, %n: i32, %s: i64) {
  // expected-error@+1 {{expected strides or 'blocks' and 'order', not both}}
  %0 = tile.view %p[%n, %n] strides [%s, %s] blocks [16, 8] : !tile.ptr<f32> -> !tile.array<?x?xf32>
  return
}

// -----

func.func @load_c1(%a: !tile.array<?x?xf32>, %i: i32) {
  // expected-error@+1 {{expected 2 indices, one per array axis, got 1}}
  %0 = tile.load %a[%i] : !tile.array<?x?xf32>[i32] -> f32
  return
}

// -----

func.func @load_c2(%a: !tile.array<?xf32>, %i: tensor<4xi32>) {
  // expected-error@+1 {{expected the result to be a tile because an index is one}}
  %0 = tile.load %a[%i] : !tile.array<?xf32>[tensor<4xi32>] -> f32
  return
}

// -----

func.func @load_c3(%a: !tile.array<?x?xf32>, %i: tensor<4xi32>, %j: tensor<8xi32>) {
  // expected-error@+1 {{expected the shape of the result to be [8, 4], got [4, 8]}}
  %0 = tile.load %a[%i, %j] order [1, 0] : !tile.array<?x?xf32>[tensor<4xi32>, tensor<8xi32>] -> tensor<4x8xf32>
  return
}

// -----

func.func @load_c4(%a: !tile.array<?x?xf32>, %i: tensor<4xi32>, %j: tensor<8xi32>) {
  // expected-error@+1 {{expected 'order' to be a permutation of the 2 tile axes, got [0, 2]}}
  %0 = tile.load %a[%i, %j] order [0, 2] : !tile.array<?x?xf32>[tensor<4xi32>, tensor<8xi32>] -> tensor<4x8xf32>
  return
}

// -----

func.func @load_c5(%a: !tile.array<?xf32>, %i: tensor<4xi32>, %pad: f16) {
  // expected-error@+1 {{expected a pad value of type 'f32', got 'f16'}}
  %0 = tile.load %a[%i] pad %pad : f16 : !tile.array<?xf32>[tensor<4xi32>] -> tensor<4xf32>
  return
}

// -----

func.func @load_c6(%a: !tile.array<?x?xf32>, %i: tensor<4xi32>) {
  // expected-error@+1 {{expected 'in_bounds' to list some of the 2 array axes in ascending order, got [1, 0]}}
  %0 = tile.load %a[%i, %i] in_bounds [1, 0] : !tile.array<?x?xf32>[tensor<4xi32>, tensor<4xi32>] -> tensor<4x4xf32>
  return
}

// -----

func.func @load_c6_rank(%a: !tile.array<?x?xf32>, %i: tensor<4xi32>) {
  // expected-error@+1 {{expected 'in_bounds' to list some of the 2 array axes in ascending order, got [2]}}
  %0 = tile.load %a[%i, %i] in_bounds [2] : !tile.array<?x?xf32>[tensor<4xi32>, tensor<4xi32>] -> tensor<4x4xf32>
  return
}

// -----

func.func @store_c1(%a: !tile.array<?x?xf32>, %i: i32, %v: f32) {
  // expected-error@+1 {{expected 2 indices, one per array axis, got 1}}
  tile.store %v, %a[%i] : f32, !tile.array<?x?xf32>[i32]
  return
}

// -----

func.func @store_c2(%a: !tile.array<?xf32>, %i: i32, %v: tensor<4xf32>) {
  // expected-error@+1 {{expected the value to be a scalar}}
  tile.store %v, %a[%i] : tensor<4xf32>, !tile.array<?xf32>[i32]
  return
}

// -----

func.func @store_c3(%a: !tile.array<?xf32>, %i: tensor<8xi32>, %v: tensor<4xf32>) {
  // expected-error@+1 {{expected the shape of the value to be [8], got [4]}}
  tile.store %v, %a[%i] : tensor<4xf32>, !tile.array<?xf32>[tensor<8xi32>]
  return
}

// -----

func.func @store_c4(%a: !tile.array<?xf32>, %i: tensor<8xi32>, %v: tensor<8xf32>) {
  // expected-error@+1 {{expected 'order' to be a permutation of the 1 tile axes, got [1]}}
  tile.store %v, %a[%i] order [1] : tensor<8xf32>, !tile.array<?xf32>[tensor<8xi32>]
  return
}

// -----

func.func @store_c5(%a: !tile.array<?xf32>, %i: tensor<8xi32>, %v: tensor<8xf16>) {
  // expected-error@+1 {{expected elements of type 'f32', got 'f16'}}
  tile.store %v, %a[%i] : tensor<8xf16>, !tile.array<?xf32>[tensor<8xi32>]
  return
}

// -----

func.func @convert_layout_c1(%x: tensor<8xf32>) {
  // expected-error@+1 {{expected source and result to differ in their layouts only}}
  %0 = tile.convert_layout %x : tensor<8xf32> -> tensor<8xf16>
  return
}

// -----

#plain = #tile.shared_layout<shape = [4], offset = [[1], [2]]>
func.func @shared_store_c1(%b: !tile.shared<4xf32, #plain>, %x: tensor<8xf32>) {
  // expected-error@+1 {{expected a tile of the buffer's shape and element type}}
  tile.shared_store %x, %b : tensor<8xf32>, !tile.shared<4xf32, #plain>
  return
}

// -----

#plain = #tile.shared_layout<shape = [4], offset = [[1], [2]]>
func.func @shared_load_c1(%b: !tile.shared<4xf32, #plain>) {
  // expected-error@+1 {{expected a tile of the buffer's shape and element type}}
  %0 = tile.shared_load %b : !tile.shared<4xf32, #plain> -> tensor<4xf16>
  return
}

// -----

#lanes = #tile.layout<shape = [64], register = [], lane = [[1], [2], [4], [8], [16], [32]], wave = [], fragment = 1>
#plain = #tile.shared_layout<shape = [64], offset = [[1], [2], [4], [8], [16], [32]]>
func.func @shared_copy_c1_indices(%a: !tile.array<?x?xi32>, %i: tensor<64xi32>, %b: !tile.shared<64xi32, #plain>) {
  // expected-error@+1 {{expected 2 indices, one per array axis, got 1}}
  %0 = tile.shared_copy %a[%i] layout #lanes to %b : !tile.array<?x?xi32>[tensor<64xi32>] to !tile.shared<64xi32, #plain>
  return
}

// -----

#lanes = #tile.layout<shape = [64], register = [], lane = [[1], [2], [4], [8], [16], [32]], wave = [], fragment = 1>
#plain = #tile.shared_layout<shape = [64], offset = [[1], [2], [4], [8], [16], [32]]>
func.func @shared_copy_c1_tile(%a: !tile.array<?xi32>, %i: i32, %b: !tile.shared<64xi32, #plain>) {
  // expected-error@+1 {{expected the buffer to be a scalar}}
  %0 = tile.shared_copy %a[%i] layout #lanes to %b : !tile.array<?xi32>[i32] to !tile.shared<64xi32, #plain>
  return
}

// -----

#lanes = #tile.layout<shape = [64], register = [], lane = [[1], [2], [4], [8], [16], [32]], wave = [], fragment = 1>
#plain = #tile.shared_layout<shape = [64], offset = [[1], [2], [4], [8], [16], [32]]>
func.func @shared_copy_c2(%a: !tile.array<?xi32>, %i: tensor<32xi32>, %b: !tile.shared<64xi32, #plain>) {
  // expected-error@+1 {{expected the shape of the buffer to be [32], got [64]}}
  %0 = tile.shared_copy %a[%i] layout #lanes to %b : !tile.array<?xi32>[tensor<32xi32>] to !tile.shared<64xi32, #plain>
  return
}

// -----

#lanes = #tile.layout<shape = [64], register = [], lane = [[1], [2], [4], [8], [16], [32]], wave = [], fragment = 1>
#plain = #tile.shared_layout<shape = [64], offset = [[1], [2], [4], [8], [16], [32]]>
func.func @shared_copy_c3(%a: !tile.array<?xi32>, %i: tensor<64xi32>, %b: !tile.shared<64xi32, #plain>) {
  // expected-error@+1 {{expected 'order' to be a permutation of the 1 tile axes, got [1]}}
  %0 = tile.shared_copy %a[%i] order [1] layout #lanes to %b : !tile.array<?xi32>[tensor<64xi32>] to !tile.shared<64xi32, #plain>
  return
}

// -----

#lanes = #tile.layout<shape = [64], register = [], lane = [[1], [2], [4], [8], [16], [32]], wave = [], fragment = 1>
#plain = #tile.shared_layout<shape = [64], offset = [[1], [2], [4], [8], [16], [32]]>
func.func @shared_copy_c4(%a: !tile.array<?xf32>, %i: tensor<64xi32>, %b: !tile.shared<64xi32, #plain>) {
  // expected-error@+1 {{expected elements of type 'f32', got 'i32'}}
  %0 = tile.shared_copy %a[%i] layout #lanes to %b : !tile.array<?xf32>[tensor<64xi32>] to !tile.shared<64xi32, #plain>
  return
}

// -----

#lanes = #tile.layout<shape = [64], register = [], lane = [[1], [2], [4], [8], [16], [32]], wave = [], fragment = 1>
#plain = #tile.shared_layout<shape = [64], offset = [[1], [2], [4], [8], [16], [32]]>
func.func @shared_copy_c5(%a: !tile.array<?xi32>, %i: tensor<64xi32>, %b: !tile.shared<64xi32, #plain>) {
  // expected-error@+1 {{expected 'in_bounds' to list some of the 1 array axes in ascending order, got [1]}}
  %0 = tile.shared_copy %a[%i] in_bounds [1] layout #lanes to %b : !tile.array<?xi32>[tensor<64xi32>] to !tile.shared<64xi32, #plain>
  return
}

// -----

#lanes = #tile.layout<shape = [64], register = [], lane = [[2], [1], [4], [8], [16], [32]], wave = [], fragment = 1>
#plain = #tile.shared_layout<shape = [64], offset = [[1], [2], [4], [8], [16], [32]]>
func.func @shared_copy_c6_order(%a: !tile.array<?xi32>, %i: tensor<64xi32>, %b: !tile.shared<64xi32, #plain>) {
  // expected-error@+1 {{to follow each other in the buffer}}
  %0 = tile.shared_copy %a[%i] layout #lanes to %b : !tile.array<?xi32>[tensor<64xi32>] to !tile.shared<64xi32, #plain>
  return
}

// -----

#lanes = #tile.layout<shape = [32], register = [], lane = [[1], [2], [4], [8], [16], [0]], wave = [], fragment = 1>
#plain = #tile.shared_layout<shape = [64], offset = [[1], [2], [4], [8], [16], [32]]>
func.func @shared_copy_c6_shape(%a: !tile.array<?xi32>, %i: tensor<64xi32>, %b: !tile.shared<64xi32, #plain>) {
  // expected-error@+1 {{expected a layout of the buffer's own shape}}
  %0 = tile.shared_copy %a[%i] layout #lanes to %b : !tile.array<?xi32>[tensor<64xi32>] to !tile.shared<64xi32, #plain>
  return
}

// -----

func.func @shared_wait_c1(%t: !tile.token) {
  // expected-error@+1 {{expected 'pending' not to be negative, got -1}}
  tile.shared_wait %t pending -1
  return
}

// -----

func.func @shape_c1(%p: !tile.ptr<f32>, %n: i32, %s: i64) {
  // expected-error@+1 {{expected no strides or one for each of the 2 extents, got 1}}
  tile.shape %p[%n, %n] strides [%s] : !tile.ptr<f32>
  return
}

// -----

func.func @shape_c2(%p: !tile.ptr<f32>, %n: i32) {
  // expected-error@+1 {{expected 'blocks' to be powers of two, got 0}}
  tile.shape %p[%n, %n] blocks [0, 8] : !tile.ptr<f32>
  return
}
