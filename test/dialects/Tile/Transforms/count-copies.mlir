// RUN: moe-opt %s --moe-count-copies | FileCheck %s
// A wait lets as many copies be under way as have been started, on any path,
// since the ones it is for.

#tile = #tile.layout<shape = [64, 16], register = [[0, 1], [0, 2], [0, 4], [32, 0]], lane = [[0, 8], [1, 0], [2, 0], [4, 0], [8, 0], [16, 0]], wave = [], fragment = 8>
#row = #tile.layout<shape = [64], register = [[32]], lane = [[0], [1], [2], [4], [8], [16]], wave = [], fragment = 1>
#column = #tile.layout<shape = [16], register = [[1], [2], [4]], lane = [[8], [0], [0], [0], [0], [0]], wave = [], fragment = 4>
#shared = #tile.shared_layout<shape = [64, 16], offset = [[0, 1], [0, 2], [0, 4], [0, 8], [1, 0], [2, 0], [4, 0], [8, 0], [16, 0], [32, 0]]>

tile.kernel @k(%a: !tile.ptr<bf16> {tile.name = "a", tile.access = "in"},
               %k: i32 {tile.name = "K", tile.role = "extent"}) waves(1) launch {
^bb0(%la: !tile.ptr<bf16>, %lk: i32):
  tile.grid %lk
} body {
  %b = tile.alloc_shared : !tile.shared<64x16xbf16, #shared>
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %c64 = arith.constant 64 : i32
  %av = tile.view %a[%c64, %k] : !tile.ptr<bf16> -> !tile.array<?x?xbf16>
  %i = tile.range : tensor<64xi32, #row>
  %j = tile.range : tensor<16xi32, #column>

  // Each copy is two instructions; the newest token counts.
  %t0 = tile.shared_copy %av[%i, %j] layout #tile to %b : !tile.array<?x?xbf16>[tensor<64xi32, #row>, tensor<16xi32, #column>] to !tile.shared<64x16xbf16, #shared>
  %t1 = tile.shared_copy %av[%i, %j] layout #tile to %b : !tile.array<?x?xbf16>[tensor<64xi32, #row>, tensor<16xi32, #column>] to !tile.shared<64x16xbf16, #shared>
  %t2 = tile.shared_copy %av[%i, %j] layout #tile to %b : !tile.array<?x?xbf16>[tensor<64xi32, #row>, tensor<16xi32, #column>] to !tile.shared<64x16xbf16, #shared>
  // CHECK: tile.shared_wait %{{.*}} pending 4
  tile.shared_wait %t0
  // CHECK: tile.shared_wait %{{.*}}, %{{.*}} pending 2
  tile.shared_wait %t0, %t1
  // CHECK: tile.shared_wait %{{.*}} pending 0
  tile.shared_wait %t2

  // Two tokens move up in a loop that starts one copy: the older is one copy
  // back, wherever the loop was entered from.
  // CHECK: scf.for
  %l:2 = scf.for %n = %c0 to %k step %c1 iter_args(%old = %t0, %new = %t2) -> (!tile.token, !tile.token) : i32 {
    // CHECK-NEXT: tile.shared_wait %{{.*}} pending 2
    tile.shared_wait %old
    %t = tile.shared_copy %av[%i, %j] layout #tile to %b : !tile.array<?x?xbf16>[tensor<64xi32, #row>, tensor<16xi32, #column>] to !tile.shared<64x16xbf16, #shared>
    // CHECK: tile.shared_wait %{{.*}} pending 4
    tile.shared_wait %old
    scf.yield %new, %t : !tile.token, !tile.token
  }
  // CHECK: tile.shared_wait %{{.*}}#0 pending 2
  tile.shared_wait %l#0
  // CHECK: tile.shared_wait %{{.*}}#0, %{{.*}}#1 pending 0
  tile.shared_wait %l#0, %l#1

  // One way starts two copies, the other none.
  %odd = arith.cmpi eq, %k, %c1 : i32
  scf.if %odd {
    %u = tile.shared_copy %av[%i, %j] layout #tile to %b : !tile.array<?x?xbf16>[tensor<64xi32, #row>, tensor<16xi32, #column>] to !tile.shared<64x16xbf16, #shared>
    %v = tile.shared_copy %av[%i, %j] layout #tile to %b : !tile.array<?x?xbf16>[tensor<64xi32, #row>, tensor<16xi32, #column>] to !tile.shared<64x16xbf16, #shared>
    // CHECK: tile.shared_wait %{{.*}} pending 4
    tile.shared_wait %t2
  }
  // CHECK: tile.shared_wait %{{.*}} pending 0
  tile.shared_wait %t2
  tile.return
}
