// RUN: moe-opt %s --moe-insert-barriers | FileCheck %s
// RUN: moe-opt %s --moe-insert-barriers --moe-insert-barriers | FileCheck %s
// Barriers stand where accesses conflict, and nowhere else.

#rows = #tile.layout<shape = [64], register = [], lane = [[1], [2], [4], [8], [16], [32]], wave = [], fragment = 1>
#few = #tile.layout<shape = [32], register = [], lane = [[1], [2], [4], [8], [16], [0]], wave = [], fragment = 1>
#shared = #tile.shared_layout<shape = [64], offset = [[1], [2], [4], [8], [16], [32]]>

// A copy is written to when it starts, which must not meet what others still
// read, and when it has been waited for, which the others have to see: one
// barrier behind the wait serves both.
// CHECK-LABEL: tile.kernel @copies
tile.kernel @copies(%p: !tile.ptr<i32> {tile.name = "p", tile.access = "in"},
                    %n: i32 {tile.name = "n", tile.role = "extent"}) waves(1) launch {
^bb0(%lp: !tile.ptr<i32>, %ln: i32):
  tile.grid %ln
} body {
  %a = tile.alloc_shared {offset = 0 : i64} : !tile.shared<64xi32, #shared>
  %b = tile.alloc_shared {offset = 256 : i64} : !tile.shared<64xi32, #shared>
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %v = tile.view %p[%n] : !tile.ptr<i32> -> !tile.array<?xi32>
  %i = tile.range : tensor<64xi32, #rows>
  // CHECK: %[[FIRST:.*]] = tile.shared_copy
  // CHECK-NEXT: scf.for
  // CHECK-NEXT: tile.shared_wait
  // CHECK-NEXT: tile.barrier
  // CHECK-NEXT: tile.shared_copy
  // CHECK-NEXT: tile.shared_load
  // CHECK-NEXT: tile.shared_wait
  // CHECK-NEXT: tile.barrier
  // CHECK-NEXT: tile.shared_copy
  // CHECK-NEXT: tile.shared_load
  // CHECK-NEXT: scf.yield
  %first = tile.shared_copy %v[%i] layout #rows to %a : !tile.array<?xi32>[tensor<64xi32, #rows>] to !tile.shared<64xi32, #shared>
  %r = scf.for %k = %c0 to %n step %c1 iter_args(%t = %first) -> (!tile.token) : i32 {
    tile.shared_wait %t
    %u = tile.shared_copy %v[%i] layout #rows to %b : !tile.array<?xi32>[tensor<64xi32, #rows>] to !tile.shared<64xi32, #shared>
    %x = tile.shared_load %a : !tile.shared<64xi32, #shared> -> tensor<64xi32, #rows>
    tile.shared_wait %u
    %w = tile.shared_copy %v[%i] layout #rows to %a : !tile.array<?xi32>[tensor<64xi32, #rows>] to !tile.shared<64xi32, #shared>
    %y = tile.shared_load %b : !tile.shared<64xi32, #shared> -> tensor<64xi32, #rows>
    scf.yield %w : !tile.token
  }
  tile.return
}

// CHECK-LABEL: tile.kernel @buffers
tile.kernel @buffers(%n: i32 {tile.name = "n", tile.role = "scalar"}) waves(1) launch {
^bb0(%ln: i32):
  tile.grid %ln
} body {
  %a = tile.alloc_shared {offset = 0 : i64} : !tile.shared<64xi32, #shared>
  %b = tile.alloc_shared {offset = 256 : i64} : !tile.shared<64xi32, #shared>
  %c = tile.alloc_shared {offset = 128 : i64} : !tile.shared<64xi32, #shared>
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  // CHECK: %[[X:.*]] = tile.range
  %x = tile.range : tensor<64xi32, #rows>
  // Two stores to different bytes, one barrier, two loads.
  // CHECK-NEXT: tile.shared_store
  // CHECK-NEXT: tile.shared_store
  // CHECK-NEXT: tile.barrier{{$}}
  // CHECK-NEXT: tile.shared_load
  // CHECK-NEXT: tile.shared_load
  // CHECK-NEXT: tile.shared_load
  tile.shared_store %x, %a : tensor<64xi32, #rows>, !tile.shared<64xi32, #shared>
  tile.shared_store %x, %b : tensor<64xi32, #rows>, !tile.shared<64xi32, #shared>
  %y = tile.shared_load %a : !tile.shared<64xi32, #shared> -> tensor<64xi32, #rows>
  %z = tile.shared_load %b : !tile.shared<64xi32, #shared> -> tensor<64xi32, #rows>
  %w = tile.shared_load %a : !tile.shared<64xi32, #shared> -> tensor<64xi32, #rows>
  // %c shares bytes with both.
  // CHECK-NEXT: tile.barrier{{$}}
  // CHECK-NEXT: tile.shared_store
  tile.shared_store %x, %c : tensor<64xi32, #rows>, !tile.shared<64xi32, #shared>
  // CHECK-NEXT: scf.for
  // CHECK-NEXT: tile.barrier{{$}}
  // CHECK-NEXT: tile.shared_store
  // CHECK-NEXT: tile.barrier{{$}}
  // CHECK-NEXT: tile.shared_load
  // CHECK-NEXT: }
  scf.for %i = %c0 to %n step %c1 : i32 {
    tile.shared_store %x, %a : tensor<64xi32, #rows>, !tile.shared<64xi32, #shared>
    %v = tile.shared_load %a : !tile.shared<64xi32, #shared> -> tensor<64xi32, #rows>
  }
  // The branch may have stored, so the load after it waits.
  // CHECK: scf.if
  // CHECK-NEXT: tile.barrier{{$}}
  // CHECK-NEXT: tile.shared_store
  // CHECK-NEXT: }
  // CHECK-NEXT: tile.barrier{{$}}
  // CHECK-NEXT: tile.shared_load
  // CHECK-NEXT: tile.return
  %one = arith.cmpi eq, %n, %c1 : i32
  scf.if %one {
    tile.shared_store %x, %a : tensor<64xi32, #rows>, !tile.shared<64xi32, #shared>
  }
  %u = tile.shared_load %a : !tile.shared<64xi32, #shared> -> tensor<64xi32, #rows>
  tile.return
}

// Only the iteration before makes the first barrier necessary; the while loop
// hands from its second region to its first.
// CHECK-LABEL: tile.kernel @around
// CHECK: scf.for
// CHECK-NEXT: tile.barrier{{$}}
// CHECK-NEXT: tile.shared_store
// CHECK-NEXT: tile.barrier{{$}}
// CHECK-NEXT: tile.shared_load
// CHECK-NEXT: }
// CHECK: scf.while
// CHECK-NEXT: tile.barrier{{$}}
// CHECK-NEXT: tile.shared_store
// CHECK: scf.condition
// CHECK: ^bb0
// CHECK-NEXT: tile.barrier{{$}}
// CHECK-NEXT: tile.shared_load
// CHECK-NEXT: scf.yield
tile.kernel @around(%n: i32 {tile.name = "n", tile.role = "scalar"}) waves(1) launch {
^bb0(%ln: i32):
  tile.grid %ln
} body {
  %a = tile.alloc_shared : !tile.shared<64xi32, #shared>
  %b = tile.alloc_shared : !tile.shared<64xi32, #shared>
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %x = tile.range : tensor<64xi32, #rows>
  scf.for %i = %c0 to %n step %c1 : i32 {
    tile.shared_store %x, %a : tensor<64xi32, #rows>, !tile.shared<64xi32, #shared>
    %v = tile.shared_load %a : !tile.shared<64xi32, #shared> -> tensor<64xi32, #rows>
  }
  %r = scf.while (%i = %c0) : (i32) -> i32 {
    tile.shared_store %x, %b : tensor<64xi32, #rows>, !tile.shared<64xi32, #shared>
    %go = arith.cmpi slt, %i, %n : i32
    scf.condition(%go) %i : i32
  } do {
  ^bb0(%i: i32):
    %v = tile.shared_load %b : !tile.shared<64xi32, #shared> -> tensor<64xi32, #rows>
    scf.yield %i : i32
  }
  tile.return
}

// CHECK-LABEL: tile.kernel @arrays
tile.kernel @arrays(%x: !tile.ptr<i32> {tile.name = "x", tile.access = "inout"},
                    %y: !tile.ptr<i32> {tile.name = "y", tile.access = "in"},
                    %n: i32 {tile.name = "n", tile.role = "extent"}) waves(1) launch {
^bb0(%lx: !tile.ptr<i32>, %ly: !tile.ptr<i32>, %ln: i32):
  tile.grid %ln
} body {
  %xv = tile.view %x[%n] : !tile.ptr<i32> -> !tile.array<?xi32>
  %yv = tile.view %y[%n] : !tile.ptr<i32> -> !tile.array<?xi32>
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %i = tile.range : tensor<64xi32, #rows>
  %j = tile.range : tensor<32xi32, #few>
  // In place: each lane stores what it has loaded.
  // CHECK: tile.load
  // CHECK-NEXT: tile.load
  // CHECK-NEXT: tile.store
  %a = tile.load %xv[%i] : !tile.array<?xi32>[tensor<64xi32, #rows>] -> tensor<64xi32, #rows>
  %b = tile.load %yv[%i] : !tile.array<?xi32>[tensor<64xi32, #rows>] -> tensor<64xi32, #rows>
  tile.store %b, %xv[%i] : tensor<64xi32, #rows>, !tile.array<?xi32>[tensor<64xi32, #rows>]
  // Other lanes than those that stored.
  // CHECK-NEXT: tile.barrier global
  // CHECK-NEXT: tile.load
  // CHECK-NEXT: tile.barrier global
  // CHECK-NEXT: tile.store
  %s = tile.load %xv[%c0] : !tile.array<?xi32>[i32] -> i32
  tile.store %s, %xv[%c1] : i32, !tile.array<?xi32>[i32]
  // In place again, but two lanes have each element, and indices change.
  // CHECK-NEXT: scf.for
  // CHECK-NEXT: tile.barrier global
  // CHECK-NEXT: tile.load
  // CHECK-NEXT: tile.barrier global
  // CHECK-NEXT: tile.store
  // CHECK-NEXT: }
  scf.for %k = %c0 to %n step %c1 : i32 {
    %c = tile.load %xv[%j] : !tile.array<?xi32>[tensor<32xi32, #few>] -> tensor<32xi32, #few>
    tile.store %c, %xv[%j] : tensor<32xi32, #few>, !tile.array<?xi32>[tensor<32xi32, #few>]
  }
  tile.return
}
