// RUN: moe-opt %s --convert-tile-to-gpu -split-input-file -verify-diagnostics
// What the distribution cannot do is said at the operation.

tile.kernel @no_layout(%n: i32 {tile.name = "N", tile.role = "extent"}) waves(1) launch {
^bb0(%ln: i32):
  tile.grid %ln
} body {
  // expected-error@+1 {{cannot distribute 'tile.range' on gfx942: its result has no layout; run moe-assign-layouts first}}
  %i = tile.range : tensor<4xi32>
  tile.return
}

// -----

#by_lane = #tile.layout<shape = [64], register = [], lane = [[1], [2], [4], [8], [16], [32]], wave = [], fragment = 1>
#reversed = #tile.layout<shape = [64], register = [], lane = [[32], [16], [8], [4], [2], [1]], wave = [], fragment = 1>
tile.kernel @crossing(%n: i32 {tile.name = "N", tile.role = "extent"}) waves(1) launch {
^bb0(%ln: i32):
  tile.grid %ln
} body {
  %i = tile.range : tensor<64xi32, #by_lane>
  // expected-error@+1 {{its elements would move between lanes}}
  %j = tile.convert_layout %i : tensor<64xi32, #by_lane> -> tensor<64xi32, #reversed>
  tile.return
}

// -----

#swizzled = #tile.shared_layout<shape = [4], offset = [[1], [2]]>
tile.kernel @no_offset(%n: i32 {tile.name = "N", tile.role = "extent"}) waves(1) launch {
^bb0(%ln: i32):
  tile.grid %ln
} body {
  // expected-error@+1 {{the buffer has no offset; run moe-allocate-shared first}}
  %b = tile.alloc_shared : !tile.shared<4xf16, #swizzled>
  tile.return
}
