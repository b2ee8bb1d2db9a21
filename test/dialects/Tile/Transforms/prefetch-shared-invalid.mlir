// RUN: moe-opt %s --moe-split-loops --moe-prefetch-shared=target=gfx950 --verify-diagnostics
// Stages that LDS has no room for are refused with the sum.

#tile = #tile.layout<shape = [512, 64], register = [[0, 1], [0, 2], [0, 4], [8, 0], [16, 0], [32, 0], [64, 0], [128, 0], [256, 0]], lane = [[0, 8], [0, 16], [0, 32], [1, 8], [2, 16], [4, 32]], wave = [], fragment = 8>
#operand = #tile.layout<shape = [512, 64], register = [[0, 1], [0, 2], [0, 4], [0, 16], [0, 32], [32, 0], [64, 0], [128, 0], [256, 0]], lane = [[1, 0], [2, 0], [4, 0], [8, 0], [16, 0], [0, 8]], wave = [], fragment = 8>
#weights = #tile.layout<shape = [64, 32], register = [[1, 0], [2, 0], [4, 0], [16, 0], [32, 0]], lane = [[0, 1], [0, 2], [0, 4], [0, 8], [0, 16], [8, 0]], wave = [], fragment = 8>
#acc = #tile.layout<shape = [512, 32], register = [[0, 1], [0, 2], [0, 8], [0, 16], [32, 0], [64, 0], [128, 0], [256, 0]], lane = [[1, 0], [2, 0], [4, 0], [8, 0], [16, 0], [0, 4]], wave = [], fragment = 16>
#row = #tile.layout<shape = [512], register = [[8], [16], [32], [64], [128], [256]], lane = [[0], [0], [0], [1], [2], [4]], wave = [], fragment = 1>
#column = #tile.layout<shape = [64], register = [[1], [2], [4]], lane = [[8], [16], [32], [8], [16], [32]], wave = [], fragment = 4>
#shared = #tile.shared_layout<shape = [512, 64], offset = [[0, 1], [0, 2], [0, 4], [0, 8], [0, 16], [0, 32], [1, 8], [2, 16], [4, 32], [8, 0], [16, 0], [32, 0], [64, 0], [128, 0], [256, 0]]>

// expected-error@+2 {{kernel 'large' with 3 stages needs 196608 = 3 x 65536 bytes of LDS, but a workgroup of gfx950 has 163840 bytes}}
// expected-note@+1 {{help: STAGES=2 fits}}
tile.kernel @large(%a: !tile.ptr<bf16> {tile.name = "a", tile.access = "in"},
                   %k: i32 {tile.name = "K", tile.role = "extent", tile.divisible = 8 : i64})
    waves(1) attributes {tile.stages = 3 : i32} launch {
^bb0(%la: !tile.ptr<bf16>, %lk: i32):
  tile.grid %lk
} body {
  %buffer = tile.alloc_shared : !tile.shared<512x64xbf16, #shared>
  %c0 = arith.constant 0 : i32
  %c64 = arith.constant 64 : i32
  %c512 = arith.constant 512 : i32
  %zeros = arith.constant dense<0.0> : tensor<512x32xf32, #acc>
  %w = arith.constant dense<1.0> : tensor<64x32xbf16, #weights>
  %av = tile.view %a[%c512, %k] : !tile.ptr<bf16> -> !tile.array<?x?xbf16>
  %rows = tile.range : tensor<512xi32, #row>
  %columns = tile.range : tensor<64xi32, #column>
  %r = scf.for %i = %c0 to %k step %c64 iter_args(%acc = %zeros) -> (tensor<512x32xf32, #acc>) : i32 {
    %splat = tile.splat %i : i32 -> tensor<64xi32, #column>
    %j = arith.addi %splat, %columns : tensor<64xi32, #column>
    // expected-note@+1 {{this tile takes 65536 bytes a stage = 512 x 64 x 2}}
    %x = tile.load %av[%rows, %j] : !tile.array<?x?xbf16>[tensor<512xi32, #row>, tensor<64xi32, #column>] -> tensor<512x64xbf16, #tile>
    tile.shared_store %x, %buffer : tensor<512x64xbf16, #tile>, !tile.shared<512x64xbf16, #shared>
    %y = tile.shared_load %buffer : !tile.shared<512x64xbf16, #shared> -> tensor<512x64xbf16, #operand>
    %s = tile.mma %y, %w, %acc : tensor<512x64xbf16, #operand>, tensor<64x32xbf16, #weights>, tensor<512x32xf32, #acc>
    scf.yield %s : tensor<512x32xf32, #acc>
  }
  tile.return
}
