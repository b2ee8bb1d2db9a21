// RUN: moe-opt %s -split-input-file -verify-diagnostics
// One rejection for each constraint of shared arrays, atomics and fences.

func.func @view_c4(%p: !tile.ptr<i32>, %n: i32) {
  // expected-error @+1 {{expected an array in device memory, got '!tile.array<?xi32, shared>'}}
  %a = tile.view %p[%n] : !tile.ptr<i32> -> !tile.array<?xi32, shared>
  return
}

// -----

func.func @shared_array_c1() {
  // expected-error @+1 {{expected 2 extents, got 1}}
  %a = tile.shared_array [8] : !tile.array<?x?xi32, shared>
  return
}

// -----

func.func @shared_array_c1_positive() {
  // expected-error @+1 {{expected positive extents, got 0}}
  %a = tile.shared_array [8, 0] : !tile.array<?x?xi32, shared>
  return
}

// -----

func.func @shared_array_c2() {
  // expected-error @+1 {{expected an array in LDS, got '!tile.array<?xi32>'}}
  %a = tile.shared_array [8] : !tile.array<?xi32>
  return
}

// -----

func.func @shared_array_c3() {
  // expected-error @+1 {{expected less than 2^31 bytes}}
  %a = tile.shared_array [65536, 8192] : !tile.array<?x?xi32, shared>
  return
}

// -----

func.func @space() {
  // expected-error @+1 {{expected 'shared'}}
  %a = tile.shared_array [8] : !tile.array<?xi32, global>
  return
}

// -----

func.func @atomic_c1(%a: !tile.array<?x?xi32>, %i: i32) {
  // expected-error @+1 {{expected 2 indices, one per array axis, got 1}}
  %x = tile.atomic add %a[%i] value %i : i32 relaxed agent : !tile.array<?x?xi32>[i32] -> i32
  return
}

// -----

func.func @atomic_c2(%a: !tile.array<?xi32>, %i: i32, %t: tensor<4xi32>) {
  // expected-error @+1 {{expected the result to be a tile because an index is one}}
  %x = tile.atomic add %a[%t] value %i : i32 relaxed agent : !tile.array<?xi32>[tensor<4xi32>] -> i32
  return
}

// -----

func.func @atomic_c3(%a: !tile.array<?xi32>, %t: tensor<4xi32>, %v: tensor<8xi32>) {
  // expected-error @+1 {{expected the shape of the result to be [4], got [8]}}
  %x = tile.atomic add %a[%t] value %v : tensor<8xi32> relaxed agent : !tile.array<?xi32>[tensor<4xi32>] -> tensor<8xi32>
  return
}

// -----

func.func @atomic_c4(%a: !tile.array<?xi32>, %i: i32) {
  // expected-error @+1 {{of kind 'add' needs 'value'}}
  %x = tile.atomic add %a[%i] relaxed agent : !tile.array<?xi32>[i32] -> i32
  return
}

// -----

func.func @atomic_c4_expected(%a: !tile.array<?xi32>, %i: i32) {
  // expected-error @+1 {{of kind 'exchange' takes no 'expected'}}
  %x = tile.atomic exchange %a[%i] value %i : i32 expected %i : i32 relaxed agent : !tile.array<?xi32>[i32] -> i32
  return
}

// -----

func.func @atomic_c4_type(%a: !tile.array<?xi32>, %i: i32, %w: i64) {
  // expected-error @+1 {{expected 'value' of type 'i32', got 'i64'}}
  %x = tile.atomic add %a[%i] value %w : i64 relaxed agent : !tile.array<?xi32>[i32] -> i32
  return
}

// -----

func.func @atomic_c5(%a: !tile.array<?xf32>, %i: i32, %v: f32) {
  // expected-error @+1 {{of kind 'xor' does not take elements of type 'f32'}}
  %x = tile.atomic xor %a[%i] value %v : f32 relaxed agent : !tile.array<?xf32>[i32] -> f32
  return
}

// -----

func.func @atomic_c7(%i: i32, %v: f16) {
  %a = tile.shared_array [7, 3] : !tile.array<?x?xf16, shared>
  // expected-error @+1 {{expected a shared array of whole words of 4 bytes}}
  %x = tile.atomic add %a[%i, %i] value %v : f16 relaxed workgroup : !tile.array<?x?xf16, shared>[i32, i32] -> f16
  return
}

// -----

func.func @atomic_c5_element(%a: !tile.array<?xi32>, %i: i32, %v: i64) {
  // expected-error @+1 {{expected elements of type 'i32', got 'i64'}}
  %x = tile.atomic add %a[%i] value %v : i64 relaxed agent : !tile.array<?xi32>[i32] -> i64
  return
}

// -----

func.func @atomic_c6(%a: !tile.array<?xi32>, %i: i32) {
  // expected-error @+1 {{expected a load to be relaxed or to acquire, got release}}
  %x = tile.atomic load %a[%i] release agent : !tile.array<?xi32>[i32] -> i32
  return
}

// -----

func.func @fence_c1() {
  // expected-error @+1 {{expected a fence to acquire or to release}}
  tile.fence relaxed agent
  return
}
