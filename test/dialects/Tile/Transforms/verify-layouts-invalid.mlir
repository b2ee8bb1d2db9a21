// RUN: moe-opt %s --moe-verify-layouts -verify-diagnostics -split-input-file
// Layouts that do not fit together are refused before tiles are distributed.

tile.kernel @bare() waves(1) launch {
  %c1 = arith.constant 1 : i32
  tile.grid %c1
} body {
  // expected-error @+1 {{has a tile without a layout}}
  %i = tile.range : tensor<64xi32>
  tile.return
}

// -----

#rows = #tile.layout<shape = [64], register = [], lane = [[1], [2], [4], [8], [16], [32]], wave = [], fragment = 1>
tile.kernel @waves() waves(2) launch {
  %c1 = arith.constant 1 : i32
  tile.grid %c1
} body {
  // expected-error @+1 {{expected a layout of 64 lanes and 2 waves, got 64 and 1}}
  %i = tile.range : tensor<64xi32, #rows>
  tile.return
}

// -----

#half = #tile.layout<shape = [64], register = [], lane = [[1], [2], [4], [8], [16], [0]], wave = [], fragment = 1>
tile.kernel @lost() waves(1) launch {
  %c1 = arith.constant 1 : i32
  tile.grid %c1
} body {
  // expected-error @+1 {{has a layout that does not hold every element}}
  %i = tile.range : tensor<64xi32, #half>
  tile.return
}

// -----

#rows = #tile.layout<shape = [64], register = [], lane = [[1], [2], [4], [8], [16], [32]], wave = [], fragment = 1>
#other = #tile.layout<shape = [64], register = [], lane = [[32], [2], [4], [8], [16], [1]], wave = [], fragment = 1>
tile.kernel @index(%x: !tile.ptr<f32> {tile.name = "x", tile.access = "in"}) waves(1) launch {
^bb0(%lx: !tile.ptr<f32>):
  %c1 = arith.constant 1 : i32
  tile.grid %c1
} body {
  %c64 = arith.constant 64 : i32
  %v = tile.view %x[%c64] : !tile.ptr<f32> -> !tile.array<?xf32>
  %i = tile.range : tensor<64xi32, #other>
  // expected-error @+1 {{expected an index to have the layout #tile.layout<shape = [64], register = [], lane = [[1], [2], [4], [8], [16], [32]], wave = [], fragment = 1>, got}}
  %t = tile.load %v[%i] : !tile.array<?xf32>[tensor<64xi32, #other>] -> tensor<64xf32, #rows>
  tile.return
}

// -----

#two = #tile.layout<shape = [128], register = [], lane = [[1], [2], [4], [8], [16], [32]], wave = [[64]], fragment = 1>
tile.kernel @spanned() waves(2) launch {
  %c1 = arith.constant 1 : i32
  tile.grid %c1
} body {
  %i = tile.range : tensor<128xi32, #two>
  // expected-error @+1 {{expected axis 0 to lie within a wave}}
  %s = tile.reduce add %i axis 0 : tensor<128xi32, #two> -> i32
  tile.return
}

// -----

#mixed = #tile.layout<shape = [64], register = [], lane = [[1], [3], [4], [8], [16], [32]], wave = [], fragment = 1>
tile.kernel @mixed() waves(1) launch {
  %c1 = arith.constant 1 : i32
  tile.grid %c1
} body {
  %i = tile.range : tensor<64xi32, #mixed>
  // expected-error @+1 {{expected every bit of axis 0 to have one holder}}
  %s = tile.scan add %i axis 0 : tensor<64xi32, #mixed>
  tile.return
}

// -----

#two = #tile.layout<shape = [128], register = [], lane = [[1], [2], [4], [8], [16], [32]], wave = [[64]], fragment = 1>
tile.kernel @noScratch() waves(2) launch {
  %c1 = arith.constant 1 : i32
  tile.grid %c1
} body {
  %i = tile.range : tensor<128xi32, #two>
  // expected-error @+1 {{expected scratch of type '!tile.shared<1x1x2xi32, #tile.shared_layout<shape = [1, 1, 2], offset = [[0, 0, 1]]>>'}}
  %s = tile.scan add %i axis 0 : tensor<128xi32, #two>
  tile.return
}

// -----

#blocked = #tile.layout<shape = [128], register = [[1]], lane = [[2], [4], [8], [16], [32], [64]], wave = [], fragment = 2>
#bins = #tile.layout<shape = [2], register = [], lane = [[1], [0], [0], [0], [0], [0]], wave = [], fragment = 1>
tile.kernel @blockedKeys() waves(1) launch {
  %c1 = arith.constant 1 : i32
  tile.grid %c1
} body {
  %k = tile.range : tensor<128xi32, #blocked>
  // expected-error @+1 {{expected the keys to have the layout}}
  %r, %n = tile.rank %k : tensor<128xi32, #blocked>, tensor<2xi32, #bins>
  tile.return
}
