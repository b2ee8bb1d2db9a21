// RUN: moe-opt %s --moe-split-loops --moe-pipeline-loops | FileCheck %s
// Two products with an operand in common. The loop around the steady one loads
// nothing ahead, but stores the tiles of both before the first reads its own, so
// that no barrier stands between them.

#rows = #tile.layout<shape = [32, 16], register = [[0, 1], [0, 2], [0, 4]], lane = [[0, 8], [1, 0], [2, 0], [4, 0], [8, 0], [16, 0]], wave = [], fragment = 8>
#operand = #tile.layout<shape = [32, 16], register = [[0, 1], [0, 2], [0, 4]], lane = [[1, 0], [2, 0], [4, 0], [8, 0], [16, 0], [0, 8]], wave = [], fragment = 8>
#transposed = #tile.layout<shape = [16, 32], register = [[1, 0], [2, 0], [4, 0]], lane = [[0, 1], [0, 2], [0, 4], [0, 8], [0, 16], [8, 0]], wave = [], fragment = 8>
#row = #tile.layout<shape = [32], register = [], lane = [[0], [1], [2], [4], [8], [16]], wave = [], fragment = 1>
#column = #tile.layout<shape = [16], register = [[1], [2], [4]], lane = [[8], [0], [0], [0], [0], [0]], wave = [], fragment = 8>
#acc = #tile.layout<shape = [32, 32], register = [[0, 1], [0, 2], [0, 8], [0, 16]], lane = [[1, 0], [2, 0], [4, 0], [8, 0], [16, 0], [0, 4]], wave = [], fragment = 4>
#shared = #tile.shared_layout<shape = [32, 16], offset = [[0, 1], [0, 2], [0, 4], [0, 8], [1, 0], [2, 0], [4, 0], [8, 0], [16, 0]]>

// CHECK-LABEL: tile.kernel @gated
// CHECK: } {tile.steady}
// CHECK: scf.for
// CHECK: %[[G:.*]] = tile.load
// CHECK: tile.shared_store %[[G]], %[[FIRST:.*]] :
// CHECK: %[[U:.*]] = tile.load
// CHECK: tile.shared_store %[[U]], %[[SECOND:.*]] :
// CHECK: tile.shared_load %[[FIRST]]
// CHECK: tile.mma
// CHECK-NOT: tile.load
// CHECK: tile.shared_load %[[SECOND]]
// CHECK: tile.mma
// CHECK: } {tile.rest}
tile.kernel @gated(%a: !tile.ptr<bf16> {tile.name = "a", tile.access = "in"},
                   %b: !tile.ptr<bf16> {tile.name = "b", tile.access = "in"},
                   %k: i32 {tile.name = "K", tile.role = "extent"})
    waves(1) attributes {tile.stages = 2 : i32} launch {
^bb0(%la: !tile.ptr<bf16>, %lb: !tile.ptr<bf16>, %lk: i32):
  tile.grid %lk
} body {
  %first = tile.alloc_shared : !tile.shared<32x16xbf16, #shared>
  %second = tile.alloc_shared : !tile.shared<32x16xbf16, #shared>
  %c0 = arith.constant 0 : i32
  %c16 = arith.constant 16 : i32
  %c32 = arith.constant 32 : i32
  %c64 = arith.constant 64 : i32
  %zeros = arith.constant dense<0.0> : tensor<32x32xf32, #acc>
  %av = tile.view %a[%c64, %k] : !tile.ptr<bf16> -> !tile.array<?x?xbf16>
  %bv = tile.view %b[%c32, %k] : !tile.ptr<bf16> -> !tile.array<?x?xbf16>
  %rows = tile.range : tensor<32xi32, #row>
  %more = arith.constant dense<32> : tensor<32xi32, #row>
  %others = arith.addi %rows, %more : tensor<32xi32, #row>
  %columns = tile.range : tensor<16xi32, #column>
  %r:2 = scf.for %i = %c0 to %k step %c16 iter_args(%gate = %zeros, %up = %zeros) -> (tensor<32x32xf32, #acc>, tensor<32x32xf32, #acc>) : i32 {
    %splat = tile.splat %i : i32 -> tensor<16xi32, #column>
    %j = arith.addi %splat, %columns : tensor<16xi32, #column>
    %w = tile.load %bv[%rows, %j] order [1, 0] : !tile.array<?x?xbf16>[tensor<32xi32, #row>, tensor<16xi32, #column>] -> tensor<16x32xbf16, #transposed>
    %g = tile.load %av[%rows, %j] : !tile.array<?x?xbf16>[tensor<32xi32, #row>, tensor<16xi32, #column>] -> tensor<32x16xbf16, #rows>
    tile.shared_store %g, %first : tensor<32x16xbf16, #rows>, !tile.shared<32x16xbf16, #shared>
    %x = tile.shared_load %first : !tile.shared<32x16xbf16, #shared> -> tensor<32x16xbf16, #operand>
    %s = tile.mma %x, %w, %gate : tensor<32x16xbf16, #operand>, tensor<16x32xbf16, #transposed>, tensor<32x32xf32, #acc>
    %u = tile.load %av[%others, %j] : !tile.array<?x?xbf16>[tensor<32xi32, #row>, tensor<16xi32, #column>] -> tensor<32x16xbf16, #rows>
    tile.shared_store %u, %second : tensor<32x16xbf16, #rows>, !tile.shared<32x16xbf16, #shared>
    %y = tile.shared_load %second : !tile.shared<32x16xbf16, #shared> -> tensor<32x16xbf16, #operand>
    %t = tile.mma %y, %w, %up : tensor<32x16xbf16, #operand>, tensor<16x32xbf16, #transposed>, tensor<32x32xf32, #acc>
    scf.yield %s, %t : tensor<32x32xf32, #acc>, tensor<32x32xf32, #acc>
  }
  tile.return
}
