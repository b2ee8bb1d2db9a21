// RUN: moe-opt %s --moe-split-loops --moe-prefetch-shared=target=gfx950 --verify-diagnostics -o /dev/null
// RUN: not moe-opt %s --moe-split-loops --moe-prefetch-shared=target=gfx1100 2>&1 | FileCheck %s
// Where DMA=2 asks for copies, a remark says what prevents them, and chips that
// have none refuse it.

// CHECK: error: 'DMA' of kernel 'mixed' is 2, but gfx1100 loads nothing straight to LDS
// CHECK: note: help: DMA=0 copies where the chip does that well

#rows = #tile.layout<shape = [32, 16], register = [[0, 1], [0, 2], [0, 4]], lane = [[0, 8], [1, 0], [2, 0], [4, 8], [8, 0], [16, 0]], wave = [], fragment = 8>
#operand = #tile.layout<shape = [32, 16], register = [[0, 1], [0, 2], [0, 4]], lane = [[1, 0], [2, 0], [4, 0], [8, 0], [16, 0], [0, 8]], wave = [], fragment = 8>
#transposed = #tile.layout<shape = [16, 32], register = [[1, 0], [2, 0], [4, 0]], lane = [[0, 1], [0, 2], [0, 4], [0, 8], [0, 16], [8, 0]], wave = [], fragment = 8>
#row = #tile.layout<shape = [32], register = [], lane = [[0], [1], [2], [4], [8], [16]], wave = [], fragment = 1>
#column = #tile.layout<shape = [16], register = [[1], [2], [4]], lane = [[8], [0], [0], [8], [0], [0]], wave = [], fragment = 4>
#acc = #tile.layout<shape = [32, 32], register = [[0, 1], [0, 2], [0, 8], [0, 16]], lane = [[1, 0], [2, 0], [4, 0], [8, 0], [16, 0], [0, 4]], wave = [], fragment = 4>
#shared = #tile.shared_layout<shape = [32, 16], offset = [[0, 1], [0, 2], [0, 4], [0, 8], [1, 0], [2, 0], [4, 0], [8, 0], [16, 0]]>

tile.kernel @mixed(%a: !tile.ptr<bf16> {tile.name = "a", tile.access = "in"},
                   %k: i32 {tile.name = "K", tile.role = "extent", tile.divisible = 8 : i64})
    waves(1) attributes {tile.stages = 2 : i32, tile.dma = 2 : i32} launch {
^bb0(%la: !tile.ptr<bf16>, %lk: i32):
  tile.grid %lk
} body {
  %buffer = tile.alloc_shared : !tile.shared<32x16xbf16, #shared>
  %c0 = arith.constant 0 : i32
  %c16 = arith.constant 16 : i32
  %c32 = arith.constant 32 : i32
  %zeros = arith.constant dense<0.0> : tensor<32x32xf32, #acc>
  %av = tile.view %a[%c32, %k] : !tile.ptr<bf16> -> !tile.array<?x?xbf16>
  %rows = tile.range : tensor<32xi32, #row>
  %columns = tile.range : tensor<16xi32, #column>
  %r = scf.for %i = %c0 to %k step %c16 iter_args(%acc = %zeros) -> (tensor<32x32xf32, #acc>) : i32 {
    %splat = tile.splat %i : i32 -> tensor<16xi32, #column>
    %j = arith.addi %splat, %columns : tensor<16xi32, #column>
    %x = tile.load %av[%rows, %j] : !tile.array<?x?xbf16>[tensor<32xi32, #row>, tensor<16xi32, #column>] -> tensor<32x16xbf16, #rows>
    // expected-remark @below {{this tile keeps those of the loop from being copied to LDS: it is read from registers}}
    %w = tile.load %av[%rows, %j] order [1, 0] : !tile.array<?x?xbf16>[tensor<32xi32, #row>, tensor<16xi32, #column>] -> tensor<16x32xbf16, #transposed>
    tile.shared_store %x, %buffer : tensor<32x16xbf16, #rows>, !tile.shared<32x16xbf16, #shared>
    %y = tile.shared_load %buffer : !tile.shared<32x16xbf16, #shared> -> tensor<32x16xbf16, #operand>
    %s = tile.mma %y, %w, %acc : tensor<32x16xbf16, #operand>, tensor<16x32xbf16, #transposed>, tensor<32x32xf32, #acc>
    scf.yield %s : tensor<32x32xf32, #acc>
  }
  tile.return
}

tile.kernel @padded(%a: !tile.ptr<bf16> {tile.name = "a", tile.access = "in"},
                    %k: i32 {tile.name = "K", tile.role = "extent", tile.divisible = 8 : i64})
    waves(1) attributes {tile.stages = 2 : i32, tile.dma = 2 : i32} launch {
^bb0(%la: !tile.ptr<bf16>, %lk: i32):
  tile.grid %lk
} body {
  %buffer = tile.alloc_shared : !tile.shared<32x16xbf16, #shared>
  %c0 = arith.constant 0 : i32
  %c16 = arith.constant 16 : i32
  %c32 = arith.constant 32 : i32
  %one = arith.constant 1.0 : bf16
  %w = arith.constant dense<1.0> : tensor<16x32xbf16, #transposed>
  %zeros = arith.constant dense<0.0> : tensor<32x32xf32, #acc>
  %av = tile.view %a[%c32, %k] : !tile.ptr<bf16> -> !tile.array<?x?xbf16>
  %rows = tile.range : tensor<32xi32, #row>
  %columns = tile.range : tensor<16xi32, #column>
  %r = scf.for %i = %c0 to %k step %c16 iter_args(%acc = %zeros) -> (tensor<32x32xf32, #acc>) : i32 {
    %splat = tile.splat %i : i32 -> tensor<16xi32, #column>
    %j = arith.addi %splat, %columns : tensor<16xi32, #column>
    // expected-remark @below {{this tile keeps those of the loop from being copied to LDS: it has a pad value}}
    %x = tile.load %av[%rows, %j] pad %one : bf16 : !tile.array<?x?xbf16>[tensor<32xi32, #row>, tensor<16xi32, #column>] -> tensor<32x16xbf16, #rows>
    tile.shared_store %x, %buffer : tensor<32x16xbf16, #rows>, !tile.shared<32x16xbf16, #shared>
    %y = tile.shared_load %buffer : !tile.shared<32x16xbf16, #shared> -> tensor<32x16xbf16, #operand>
    %s = tile.mma %y, %w, %acc : tensor<32x16xbf16, #operand>, tensor<16x32xbf16, #transposed>, tensor<32x32xf32, #acc>
    scf.yield %s : tensor<32x32xf32, #acc>
  }
  tile.return
}
