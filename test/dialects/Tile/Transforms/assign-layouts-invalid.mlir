// RUN: moe-opt %s --moe-assign-layouts -verify-diagnostics -split-input-file
// What cannot be distributed is refused where it stands.

// expected-note @+1 {{in kernel 'foreign'}}
tile.kernel @foreign() waves(1) launch {
  %c1 = arith.constant 1 : i32
  tile.grid %c1
} body {
  %i = tile.range : tensor<16xi32>
  %c0 = arith.constant 0 : index
  // expected-error @+1 {{cannot be distributed over lanes}}
  %e = tensor.extract %i[%c0] : tensor<16xi32>
  tile.return
}

// -----

#rows = #tile.layout<shape = [16], register = [[1]], lane = [[2], [4], [8], [0], [0], [0]], wave = [], fragment = 2>
tile.kernel @twice() waves(1) launch {
  %c1 = arith.constant 1 : i32
  tile.grid %c1
} body {
  // expected-error @+1 {{has a layout already}}
  %i = tile.range : tensor<16xi32, #rows>
  tile.return
}
