// RUN: moe-opt %s -split-input-file -verify-diagnostics
// Layouts that do not fit their tile, and types that do not exist.

// expected-error@+1 {{expected 2 coordinates in every vector, got 1}}
#short = #tile.layout<shape = [4, 4], register = [[1]], lane = [], wave = [], fragment = 1>

// -----

// expected-error@+1 {{coordinate 4 lies outside the extent 4}}
#outside = #tile.layout<shape = [4], register = [[4]], lane = [], wave = [], fragment = 1>

// -----

// expected-error@+1 {{expected extents that are powers of two}}
#odd = #tile.layout<shape = [3], register = [[1]], lane = [], wave = [], fragment = 1>

// -----

// expected-error@+1 {{expected a fragment that is a power of two and at most 2 registers, got 4}}
#wide = #tile.layout<shape = [2], register = [[1]], lane = [], wave = [], fragment = 4>

// -----

// expected-error@+1 {{expected as many offsets as the tile has elements (4), got 2^1}}
#half = #tile.shared_layout<shape = [4], offset = [[1]]>

// -----

// expected-error@+1 {{expected every element at one offset, got vectors that depend on each other}}
#double = #tile.shared_layout<shape = [4], offset = [[1], [1]]>

// -----

// expected-error@+1 {{expected at most 30 vectors in all, got 31}}
#many = #tile.layout<shape = [1], register = [[0], [0], [0], [0], [0], [0], [0], [0], [0], [0], [0], [0], [0], [0], [0], [0], [0], [0], [0], [0], [0], [0], [0], [0], [0], [0], [0], [0], [0], [0], [0]], lane = [], wave = [], fragment = 1>

// -----

#four = #tile.layout<shape = [4], register = [[1], [2]], lane = [], wave = [], fragment = 1>
// expected-error@+1 {{expected a layout of shape [8], got [4]}}
func.func @wrong_shape(%x: tensor<8xf32, #four>)

// -----

// expected-error@+1 {{element type 'index' is not supported}}
func.func @element(%x: !tile.ptr<index>)

// -----

// expected-error@+1 {{expected '?' for every extent of an array}}
func.func @extent(%x: !tile.array<4xf32>)
