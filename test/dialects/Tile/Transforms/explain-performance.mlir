// RUN: moe-opt %s --moe-distribute-tiles=target=gfx942 --moe-explain-performance -verify-diagnostics -split-input-file
// Every reason for slow code is said once, at its operation.

tile.kernel @products(%a: !tile.ptr<bf16> {tile.name = "a", tile.access = "in"},
                      %f: !tile.ptr<f32> {tile.name = "f", tile.access = "inout"},
                      %N: i32 {tile.name = "N", tile.role = "extent", tile.divisible = 64 : i64})
    waves(4) launch {
^bb0(%la: !tile.ptr<bf16>, %lf: !tile.ptr<f32>, %lN: i32):
  tile.grid %lN
} body {
  %av = tile.view %a[%N, %N] : !tile.ptr<bf16> -> !tile.array<?x?xbf16>
  %fv = tile.view %f[%N, %N] : !tile.ptr<f32> -> !tile.array<?x?xf32>
  %i = tile.range : tensor<64xi32>
  %j = tile.range : tensor<8xi32>
  %zeros = arith.constant dense<0.0> : tensor<64x64xf32>
  %x = tile.load %av[%i, %i] : !tile.array<?x?xbf16>[tensor<64xi32>, tensor<64xi32>] -> tensor<64x64xbf16>
  // expected-remark @+1 {{uses the matrix instruction 32x32x8 of 'bf16', the waves in a grid of 2 x 2}}
  %p = tile.mma %x, %x, %zeros : tensor<64x64xbf16>, tensor<64x64xbf16>, tensor<64x64xf32>
  tile.store %p, %fv[%i, %i] : tensor<64x64xf32>, !tile.array<?x?xf32>[tensor<64xi32>, tensor<64xi32>]
  tile.return
}

// -----

tile.kernel @no_instruction(%f: !tile.ptr<f32> {tile.name = "f", tile.access = "inout"},
                            %b: !tile.ptr<bf16> {tile.name = "b", tile.access = "in"},
                            %N: i32 {tile.name = "N", tile.role = "extent", tile.divisible = 64 : i64})
    waves(1) launch {
^bb0(%lf: !tile.ptr<f32>, %lb: !tile.ptr<bf16>, %lN: i32):
  tile.grid %lN
} body {
  %fv = tile.view %f[%N, %N] : !tile.ptr<f32> -> !tile.array<?x?xf32>
  %bv = tile.view %b[%N, %N] : !tile.ptr<bf16> -> !tile.array<?x?xbf16>
  %i = tile.range : tensor<8xi32>
  %k = tile.range : tensor<16xi32>
  %zeros = arith.constant dense<0.0> : tensor<8x8xf32>
  %x = tile.load %fv[%i, %i] : !tile.array<?x?xf32>[tensor<8xi32>, tensor<8xi32>] -> tensor<8x8xf32>
  // expected-remark @+2 {{no matrix instruction: gfx942 has none of 'f32' here, every lane multiplies and adds}}
  // expected-note @+1 {{help: operands of f16 or bf16 have one}}
  %p = tile.mma %x, %x, %zeros : tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>
  %y = tile.load %bv[%i, %k] : !tile.array<?x?xbf16>[tensor<8xi32>, tensor<16xi32>] -> tensor<8x16xbf16>
  %z = tile.load %bv[%k, %i] : !tile.array<?x?xbf16>[tensor<16xi32>, tensor<8xi32>] -> tensor<16x8xbf16>
  // expected-remark @+1 {{no matrix instruction: the tile of 8x8x16 is smaller than the least, 16x16x16}}
  %q = tile.mma %y, %z, %p : tensor<8x16xbf16>, tensor<16x8xbf16>, tensor<8x8xf32>
  tile.store %q, %fv[%i, %i] : tensor<8x8xf32>, !tile.array<?x?xf32>[tensor<8xi32>, tensor<8xi32>]
  tile.return
}

// -----

tile.kernel @accesses(%a: !tile.ptr<f32> {tile.name = "a", tile.access = "in"},
                      %slots: !tile.ptr<i32> {tile.name = "slots", tile.access = "in"},
                      %out: !tile.ptr<f32> {tile.name = "out", tile.access = "out"},
                      %first: i32 {tile.name = "first", tile.role = "scalar", tile.divisible = 2 : i64},
                      %N: i32 {tile.name = "N", tile.role = "extent", tile.divisible = 4 : i64},
                      %M: i32 {tile.name = "M", tile.role = "extent"},
                      %row: i64 {tile.name = "row", tile.role = "stride", tile.divisible = 2 : i64},
                      %column: i64 {tile.name = "column", tile.role = "stride"})
    waves(1) launch {
^bb0(%la: !tile.ptr<f32>, %ls: !tile.ptr<i32>, %lo: !tile.ptr<f32>, %lf: i32, %lN: i32, %lM: i32, %lr: i64, %lc: i64):
  tile.grid %lN
} body {
  %c1 = arith.constant 1 : i64
  %i = tile.range : tensor<1024xi32>
  %r = tile.range : tensor<8xi32>
  %k = tile.range : tensor<128xi32>
  %o = tile.view %out[%N] : !tile.ptr<f32> -> !tile.array<?xf32>
  %o2 = tile.view %out[%N, %N] : !tile.ptr<f32> -> !tile.array<?x?xf32>
  %s = tile.view %slots[%N] : !tile.ptr<i32> -> !tile.array<?xi32>

  %aM = tile.view %a[%M] : !tile.ptr<f32> -> !tile.array<?xf32>
  // expected-remark @+2 {{moves 4 bytes at once of 16 possible: the extent 'M' is not known to be a multiple of 4}}
  // expected-note @+1 {{help: where M % 4 == 0}}
  %v0 = tile.load %aM[%i] : !tile.array<?xf32>[tensor<1024xi32>] -> tensor<1024xf32>

  %aR = tile.view %a[%N, %N] strides [%row, %c1] : !tile.ptr<f32> -> !tile.array<?x?xf32>
  // expected-remark @+2 {{moves 8 bytes at once of 16 possible: the stride 'row' is not known to be a multiple of 4}}
  // expected-note @+1 {{help: where row % 4 == 0}}
  %v1 = tile.load %aR[%r, %k] : !tile.array<?x?xf32>[tensor<8xi32>, tensor<128xi32>] -> tensor<8x128xf32>

  %aC = tile.view %a[%N] strides [%column] : !tile.ptr<f32> -> !tile.array<?xf32>
  // expected-remark @+1 {{moves 4 bytes at once of 16 possible: no tile of indices walks an axis whose elements lie together}}
  %v2 = tile.load %aC[%i] : !tile.array<?xf32>[tensor<1024xi32>] -> tensor<1024xf32>

  %aN = tile.view %a[%N] : !tile.ptr<f32> -> !tile.array<?xf32>
  %slot = tile.load %s[%i] : !tile.array<?xi32>[tensor<1024xi32>] -> tensor<1024xi32>
  // expected-remark @+1 {{moves 4 bytes at once of 16 possible: the indices along the contiguous axis do not count upwards}}
  %v3 = tile.load %aN[%slot] : !tile.array<?xf32>[tensor<1024xi32>] -> tensor<1024xf32>

  %f = tile.splat %first : i32 -> tensor<1024xi32>
  %shifted = arith.addi %f, %i : tensor<1024xi32>
  // expected-remark @+1 {{moves 8 bytes at once of 16 possible: the indices start at multiples of 2 elements}}
  %v4 = tile.load %aN[%shifted] : !tile.array<?xf32>[tensor<1024xi32>] -> tensor<1024xf32>

  %x = arith.addf %v0, %v2 : tensor<1024xf32>
  %y = arith.addf %v3, %v4 : tensor<1024xf32>
  %z = arith.addf %x, %y : tensor<1024xf32>
  tile.store %z, %o[%i] : tensor<1024xf32>, !tile.array<?xf32>[tensor<1024xi32>]
  // expected-remark @+1 {{moves 8 bytes at once of 16 possible: the layout that its users need keeps no more together}}
  tile.store %v1, %o2[%r, %k] : tensor<8x128xf32>, !tile.array<?x?xf32>[tensor<8xi32>, tensor<128xi32>]
  tile.return
}

// -----

tile.kernel @emulated(%a: !tile.ptr<bf16> {tile.name = "a", tile.access = "inout"},
                      %n: !tile.ptr<i32> {tile.name = "n", tile.access = "inout"},
                      %d: i32 {tile.name = "d", tile.role = "scalar"},
                      %N: i32 {tile.name = "N", tile.role = "extent", tile.divisible = 64 : i64})
    waves(1) launch {
^bb0(%la: !tile.ptr<bf16>, %ln: !tile.ptr<i32>, %ld: i32, %lN: i32):
  tile.grid %lN
} body {
  %av = tile.view %a[%N] : !tile.ptr<bf16> -> !tile.array<?xbf16>
  %nv = tile.view %n[%N] : !tile.ptr<i32> -> !tile.array<?xi32>
  %i = tile.range : tensor<1024xi32>
  %x = tile.load %av[%i] : !tile.array<?xbf16>[tensor<1024xi32>] -> tensor<1024xbf16>
  // expected-remark @+1 {{arithmetic on bf16 is done in f32}}
  %y = arith.mulf %x, %x : tensor<1024xbf16>
  tile.store %y, %av[%i] : tensor<1024xbf16>, !tile.array<?xbf16>[tensor<1024xi32>]
  %f = arith.extf %x : tensor<1024xbf16> to tensor<1024xf32>
  %g = arith.addf %f, %f : tensor<1024xf32>
  // expected-remark @+1 {{this chip has no conversion to bf16}}
  %t = arith.truncf %g : tensor<1024xf32> to tensor<1024xbf16>
  tile.store %t, %av[%i] : tensor<1024xbf16>, !tile.array<?xbf16>[tensor<1024xi32>]
  %s = tile.splat %d : i32 -> tensor<1024xi32>
  %c3 = arith.constant dense<3> : tensor<1024xi32>
  %third = arith.divsi %i, %c3 : tensor<1024xi32>
  // expected-remark @+1 {{division of integers by a value that is no constant}}
  %q = arith.divsi %third, %s : tensor<1024xi32>
  tile.store %q, %nv[%i] : tensor<1024xi32>, !tile.array<?xi32>[tensor<1024xi32>]
  tile.return
}

// -----

tile.kernel @exchange(%a: !tile.ptr<f32> {tile.name = "a", tile.access = "in"},
                      %out: !tile.ptr<f32> {tile.name = "out", tile.access = "out"},
                      %N: i32 {tile.name = "N", tile.role = "extent", tile.divisible = 64 : i64})
    waves(4) launch {
^bb0(%la: !tile.ptr<f32>, %lo: !tile.ptr<f32>, %lN: i32):
  tile.grid %lN
} body {
  %av = tile.view %a[%N, %N] : !tile.ptr<f32> -> !tile.array<?x?xf32>
  %ov = tile.view %out[%N, %N] : !tile.ptr<f32> -> !tile.array<?x?xf32>
  %i = tile.range : tensor<64xi32>
  %x = tile.load %av[%i, %i] : !tile.array<?x?xf32>[tensor<64xi32>, tensor<64xi32>] -> tensor<64x64xf32>
  // expected-remark @+1 {{moves between lanes through 256 bytes of LDS, because its users need another distribution}}
  %rows = tile.reduce add %x axis 1 : tensor<64x64xf32> -> tensor<64xf32>
  %row = tile.reshape %rows : tensor<64xf32> -> tensor<1x64xf32>
  %all = tile.broadcast %row : tensor<1x64xf32> -> tensor<64x64xf32>
  %y = arith.addf %x, %all : tensor<64x64xf32>
  tile.store %y, %ov[%i, %i] : tensor<64x64xf32>, !tile.array<?x?xf32>[tensor<64xi32>, tensor<64xi32>]
  tile.return
}
