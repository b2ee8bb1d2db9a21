// RUN: moe-opt %s --moe-split-loops --moe-pipeline-loops --verify-diagnostics
// Stage counts that the pass does not know are refused, and waves that cannot
// alternate.

#rows = #tile.layout<shape = [32, 16], register = [[0, 1], [0, 2], [0, 4]], lane = [[0, 8], [1, 0], [2, 0], [4, 0], [8, 0], [16, 0]], wave = [], fragment = 8>
#operand = #tile.layout<shape = [32, 16], register = [[0, 1], [0, 2], [0, 4]], lane = [[1, 0], [2, 0], [4, 0], [8, 0], [16, 0], [0, 8]], wave = [], fragment = 8>
#transposed = #tile.layout<shape = [16, 32], register = [[1, 0], [2, 0], [4, 0]], lane = [[0, 1], [0, 2], [0, 4], [0, 8], [0, 16], [8, 0]], wave = [], fragment = 8>
#row = #tile.layout<shape = [32], register = [], lane = [[0], [1], [2], [4], [8], [16]], wave = [], fragment = 1>
#column = #tile.layout<shape = [16], register = [[1], [2], [4]], lane = [[8], [0], [0], [0], [0], [0]], wave = [], fragment = 8>
#acc = #tile.layout<shape = [32, 32], register = [[0, 1], [0, 2], [0, 8], [0, 16]], lane = [[1, 0], [2, 0], [4, 0], [8, 0], [16, 0], [0, 4]], wave = [], fragment = 4>
#shared = #tile.shared_layout<shape = [32, 16], offset = [[0, 1], [0, 2], [0, 4], [0, 8], [1, 0], [2, 0], [4, 0], [8, 0], [16, 0]]>

// expected-error @below {{expected 'tile.stages' from 1 to 4, got 5}}
tile.kernel @f(%n: i32 {tile.name = "n", tile.role = "scalar"})
    waves(1) attributes {tile.stages = 5 : i32} launch {
^bb0(%ln: i32):
  tile.grid %ln
} body {
  tile.return
}

// expected-error @below {{'SCHED' of kernel 'few_waves' is 7, which needs two waves on each of the 4 SIMDs of gfx942 that a workgroup runs on, but 'WAVES' is 4}}
// expected-note @below {{help: WAVES=8, or SCHED=6, which needs no certain number}}
tile.kernel @few_waves(%a: !tile.ptr<bf16> {tile.name = "a", tile.access = "in"},
                       %k: i32 {tile.name = "K", tile.role = "extent"})
    waves(4) attributes {tile.sched = 7 : i32} launch {
^bb0(%la: !tile.ptr<bf16>, %lk: i32):
  tile.grid %lk
} body {
  %buffer = tile.alloc_shared : !tile.shared<32x16xbf16, #shared>
  %c0 = arith.constant 0 : i32
  %c16 = arith.constant 16 : i32
  %zeros = arith.constant dense<0.0> : tensor<32x32xf32, #acc>
  %ones = arith.constant dense<1.0> : tensor<16x32xbf16, #transposed>
  %av = tile.view %a[%c16, %k] : !tile.ptr<bf16> -> !tile.array<?x?xbf16>
  %rows = tile.range : tensor<32xi32, #row>
  %columns = tile.range : tensor<16xi32, #column>
  %r = scf.for %i = %c0 to %k step %c16 iter_args(%acc = %zeros) -> (tensor<32x32xf32, #acc>) : i32 {
    %splat = tile.splat %i : i32 -> tensor<16xi32, #column>
    %j = arith.addi %splat, %columns : tensor<16xi32, #column>
    %x = tile.load %av[%rows, %j] : !tile.array<?x?xbf16>[tensor<32xi32, #row>, tensor<16xi32, #column>] -> tensor<32x16xbf16, #rows>
    tile.shared_store %x, %buffer : tensor<32x16xbf16, #rows>, !tile.shared<32x16xbf16, #shared>
    %y = tile.shared_load %buffer : !tile.shared<32x16xbf16, #shared> -> tensor<32x16xbf16, #operand>
    %s = tile.mma %y, %ones, %acc : tensor<32x16xbf16, #operand>, tensor<16x32xbf16, #transposed>, tensor<32x32xf32, #acc>
    scf.yield %s : tensor<32x32xf32, #acc>
  }
  tile.return
}
