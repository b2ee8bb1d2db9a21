// RUN: moe-opt %s --moe-assign-layouts --moe-check-registers -verify-diagnostics -split-input-file
// Tiles that cannot be in registers together are refused before code generation.

tile.kernel @large(%a: !tile.ptr<bf16> {tile.name = "a", tile.access = "in"},
                   %N: i32 {tile.name = "N", tile.role = "extent", tile.divisible = 8 : i64})
    waves(1) launch {
^bb0(%la: !tile.ptr<bf16>, %lN: i32):
  tile.grid %lN
} body {
  %c0 = arith.constant 0 : i32
  %c32 = arith.constant 32 : i32
  %av = tile.view %a[%N, %N] : !tile.ptr<bf16> -> !tile.array<?x?xbf16>
  %i = tile.range : tensor<256xi32>
  %k = tile.range : tensor<32xi32>
  %zeros = arith.constant dense<0.0> : tensor<256x256xf32>
  // expected-note @+1 {{this tile of 256x256xf32 takes 1024}}
  %r = scf.for %j = %c0 to %N step %c32 iter_args(%sum = %zeros) -> (tensor<256x256xf32>) : i32 {
    // expected-note @+1 {{one step over k of this tile of 256x32xbf16 takes 32}}
    %x = tile.load %av[%i, %k] : !tile.array<?x?xbf16>[tensor<256xi32>, tensor<32xi32>] -> tensor<256x32xbf16>
    // expected-note @+1 {{one step over k of this tile of 32x256xbf16 takes 32}}
    %y = tile.load %av[%k, %i] : !tile.array<?x?xbf16>[tensor<32xi32>, tensor<256xi32>] -> tensor<32x256xbf16>
    // expected-error @+2 {{kernel 'large' needs at least 1088 registers a lane here, but with WAVES = 1 a lane of gfx942 has 512}}
    // expected-note @+1 {{help: WAVES = 4 shares the tiles among more waves, each with as many registers}}
    %next = tile.mma %x, %y, %sum : tensor<256x32xbf16>, tensor<32x256xbf16>, tensor<256x256xf32>
    scf.yield %next : tensor<256x256xf32>
  }
  tile.return
}
