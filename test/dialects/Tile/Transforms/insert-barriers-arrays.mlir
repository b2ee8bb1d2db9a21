// RUN: moe-opt %s --moe-allocate-shared --moe-insert-barriers | FileCheck %s
// Shared arrays get barriers as buffers do; atomics of one kind whose results
// nobody uses need none among themselves.

#rows = #tile.layout<shape = [64], register = [], lane = [[1], [2], [4], [8], [16], [32]], wave = [], fragment = 1>

// CHECK-LABEL: tile.kernel @arrays
// CHECK-SAME: tile.lds_bytes = 832
tile.kernel @arrays(%n: i32 {tile.name = "n", tile.role = "scalar"}) waves(1) launch {
^bb0(%ln: i32):
  tile.grid %ln
} body {
  // CHECK: tile.shared_array [64] {offset = 576 : i64}
  // CHECK: tile.shared_array [3, 24] {offset = 0 : i64}
  // CHECK: %[[X:.*]] = tile.range
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %a = tile.shared_array [64] : !tile.array<?xi32, shared>
  %b = tile.shared_array [3, 24] : !tile.array<?x?xi64, shared>
  %x = tile.range : tensor<64xi32, #rows>
  // Every lane reads what it has stored itself.
  // CHECK-NEXT: tile.store
  // CHECK-NEXT: tile.load
  tile.store %x, %a[%x] : tensor<64xi32, #rows>, !tile.array<?xi32, shared>[tensor<64xi32, #rows>]
  %y = tile.load %a[%x] : !tile.array<?xi32, shared>[tensor<64xi32, #rows>] -> tensor<64xi32, #rows>
  // CHECK-NEXT: tile.barrier{{$}}
  // CHECK-NEXT: tile.atomic add
  // CHECK-NEXT: tile.atomic add
  // CHECK-NEXT: tile.barrier{{$}}
  // CHECK-NEXT: tile.atomic max
  // CHECK-NEXT: tile.barrier{{$}}
  // CHECK-NEXT: tile.load
  %u = tile.atomic add %a[%y] value %x : tensor<64xi32, #rows> relaxed workgroup : !tile.array<?xi32, shared>[tensor<64xi32, #rows>] -> tensor<64xi32, #rows>
  %v = tile.atomic add %a[%x] value %y : tensor<64xi32, #rows> relaxed workgroup : !tile.array<?xi32, shared>[tensor<64xi32, #rows>] -> tensor<64xi32, #rows>
  %w = tile.atomic max %a[%y] value %x : tensor<64xi32, #rows> relaxed workgroup : !tile.array<?xi32, shared>[tensor<64xi32, #rows>] -> tensor<64xi32, #rows>
  %s = tile.load %a[%n] : !tile.array<?xi32, shared>[i32] -> i32
  // A used result must not see the atomics behind it.
  // CHECK-NEXT: tile.barrier{{$}}
  // CHECK-NEXT: %[[OLD:.*]] = tile.atomic add
  // CHECK-NEXT: tile.barrier{{$}}
  // CHECK-NEXT: tile.atomic add
  %o = tile.atomic add %a[%y] value %x : tensor<64xi32, #rows> relaxed workgroup : !tile.array<?xi32, shared>[tensor<64xi32, #rows>] -> tensor<64xi32, #rows>
  %p = tile.atomic add %a[%y] value %o : tensor<64xi32, #rows> relaxed workgroup : !tile.array<?xi32, shared>[tensor<64xi32, #rows>] -> tensor<64xi32, #rows>
  // %b has bytes of its own, but every iteration reads and stores it.
  // CHECK-NEXT: scf.for
  // CHECK-NEXT: tile.barrier{{$}}
  // CHECK-NEXT: tile.load
  // CHECK: tile.barrier{{$}}
  // CHECK-NEXT: tile.store
  scf.for %i = %c0 to %n step %c1 : i32 {
    %l = tile.load %b[%c0, %i] : !tile.array<?x?xi64, shared>[i32, i32] -> i64
    tile.store %l, %b[%c1, %i] : i64, !tile.array<?x?xi64, shared>[i32, i32]
  }
  tile.return
}

// Lanes beyond the end of an array read its first element, which another one
// stores.
// CHECK-LABEL: tile.kernel @beyond
// CHECK: tile.load
// CHECK-NEXT: tile.barrier{{$}}
// CHECK-NEXT: tile.store
tile.kernel @beyond(%n: i32 {tile.name = "n", tile.role = "scalar"}) waves(1) launch {
^bb0(%ln: i32):
  tile.grid %ln
} body {
  %a = tile.shared_array [63] : !tile.array<?xi32, shared>
  %x = tile.range : tensor<64xi32, #rows>
  %y = tile.load %a[%x] : !tile.array<?xi32, shared>[tensor<64xi32, #rows>] -> tensor<64xi32, #rows>
  tile.store %y, %a[%x] : tensor<64xi32, #rows>, !tile.array<?xi32, shared>[tensor<64xi32, #rows>]
  tile.return
}
