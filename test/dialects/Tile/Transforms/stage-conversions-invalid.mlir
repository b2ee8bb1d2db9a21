// RUN: moe-opt %s --moe-stage-conversions -verify-diagnostics -split-input-file
// Conversions that have no meaning are refused.

#half = #tile.layout<shape = [32], register = [], lane = [[1], [2], [4], [8], [0], [0]], wave = [], fragment = 1>
#all = #tile.layout<shape = [32], register = [], lane = [[1], [2], [4], [8], [16], [0]], wave = [], fragment = 1>
tile.kernel @lost() waves(1) launch {
  %c1 = arith.constant 1 : i32
  tile.grid %c1
} body {
  %x = tile.range : tensor<32xi32, #half>
  // expected-error @+1 {{the source's layout does not hold every element of the tile}}
  %y = tile.convert_layout %x : tensor<32xi32, #half> -> tensor<32xi32, #all>
  tile.return
}

// -----

#all = #tile.layout<shape = [32], register = [], lane = [[1], [2], [4], [8], [16], [0]], wave = [], fragment = 1>
tile.kernel @bare() waves(1) launch {
  %c1 = arith.constant 1 : i32
  tile.grid %c1
} body {
  %x = tile.range : tensor<32xi32>
  // expected-error @+1 {{expected a layout on source and result}}
  %y = tile.convert_layout %x : tensor<32xi32> -> tensor<32xi32, #all>
  tile.return
}
