// RUN: moe-opt %s --moe-assign-layouts --moe-stage-conversions --moe-allocate-shared -verify-diagnostics -split-input-file
// A kernel that needs too much LDS is refused with every buffer's size and with
// tile sizes that would fit.

// expected-error @+2 {{kernel 'deep' needs 131072 bytes of LDS, but a workgroup of gfx942 has 65536 bytes}}
// expected-note @+1 {{help: tiles that sum over 128 elements instead of 256 need 65536 bytes}}
tile.kernel @deep(%a: !tile.ptr<bf16> {tile.name = "a", tile.access = "in"},
                  %c: !tile.ptr<f32> {tile.name = "c", tile.access = "out"},
                  %N: i32 {tile.name = "N", tile.role = "extent", tile.divisible = 8 : i64})
    waves(4) launch {
^bb0(%la: !tile.ptr<bf16>, %lc: !tile.ptr<f32>, %lN: i32):
  tile.grid %lN
} body {
  %av = tile.view %a[%N, %N] : !tile.ptr<bf16> -> !tile.array<?x?xbf16>
  %cv = tile.view %c[%N, %N] : !tile.ptr<f32> -> !tile.array<?x?xf32>
  %i = tile.range : tensor<128xi32>
  %k = tile.range : tensor<256xi32>
  // expected-note @+1 {{this tile takes 65536 bytes = 128 x 256 x 2}}
  %x = tile.load %av[%i, %k] : !tile.array<?x?xbf16>[tensor<128xi32>, tensor<256xi32>] -> tensor<128x256xbf16>
  // expected-note @+1 {{this tile takes 65536 bytes = 256 x 128 x 2}}
  %y = tile.load %av[%k, %i] : !tile.array<?x?xbf16>[tensor<256xi32>, tensor<128xi32>] -> tensor<256x128xbf16>
  %zeros = arith.constant dense<0.0> : tensor<128x128xf32>
  %d = tile.mma %x, %y, %zeros : tensor<128x256xbf16>, tensor<256x128xbf16>, tensor<128x128xf32>
  tile.store %d, %cv[%i, %i] : tensor<128x128xf32>, !tile.array<?x?xf32>[tensor<128xi32>, tensor<128xi32>]
  tile.return
}
