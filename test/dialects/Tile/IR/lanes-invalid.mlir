// RUN: moe-opt %s -split-input-file -verify-diagnostics
// Every constraint of scans, arg-reductions, histograms and ranks rejects something.

func.func @scan_c1(%x: tensor<8x4xf32>) {
  // expected-error@+1 {{expected an axis from 0 to 1, got 2}}
  %0 = tile.scan add %x axis 2 : tensor<8x4xf32>
  return
}

// -----

func.func @scan_c2(%x: tensor<8xi32>) {
  // expected-error@+1 {{expected 'add', 'max' or 'min', got 'xor'}}
  %0 = tile.scan xor %x axis 0 : tensor<8xi32>
  return
}

// -----

func.func @scan_numbers(%x: tensor<8xi1>) {
  // expected-error@+1 {{operand #0 must be tile of numbers}}
  %0 = tile.scan add %x axis 0 : tensor<8xi1>
  return
}

// -----

func.func @arg_reduce_c1(%x: tensor<8xf32>) {
  // expected-error@+1 {{expected an axis from 0 to 0, got -1}}
  %0, %1 = tile.arg_reduce max %x axis -1 : tensor<8xf32> -> f32, i32
  return
}

// -----

func.func @arg_reduce_c2(%x: tensor<8xf32>) {
  // expected-error@+1 {{expected 'max' or 'min', got 'add'}}
  %0, %1 = tile.arg_reduce add %x axis 0 : tensor<8xf32> -> f32, i32
  return
}

// -----

func.func @arg_reduce_c3(%x: tensor<8x4xf32>) {
  // expected-error@+1 {{expected results of shape [4] with elements of type 'f32' and 'i32', got 'tensor<8xf32>' and 'tensor<4xi32>'}}
  %0, %1 = tile.arg_reduce max %x axis 0 : tensor<8x4xf32> -> tensor<8xf32>, tensor<4xi32>
  return
}

// -----

func.func @histogram_c1(%k: tensor<8xi32>) {
  // expected-error@+1 {{expected counters of rank 1, got rank 2}}
  %0 = tile.histogram %k : tensor<8xi32> -> tensor<4x4xi32>
  return
}

// -----

func.func @rank_c1(%k: tensor<8xi32>) {
  // expected-error@+1 {{expected counters of rank 1, got rank 2}}
  %0, %1 = tile.rank %k : tensor<8xi32>, tensor<4x4xi32>
  return
}
