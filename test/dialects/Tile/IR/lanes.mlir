// RUN: moe-opt %s | moe-opt - | FileCheck %s
// RUN: moe-opt %s --mlir-print-op-generic | moe-opt - | FileCheck %s
// RUN: moe-opt %s --canonicalize | FileCheck %s --check-prefix=FOLD
// Scans, arg-reductions, histograms and ranks: round trips, folds, dead results.

#line = #tile.shared_layout<shape = [4, 16], offset = [[0, 1], [0, 2], [0, 4], [0, 8], [1, 0], [2, 0]]>

// CHECK-LABEL: func.func @round_trip
func.func @round_trip(%x: tensor<4x16xf32>, %k: tensor<64xi32>, %b: !tile.shared<4x16xi32, #line>) {
  // CHECK: tile.scan add %{{.*}} axis 1 : tensor<4x16xf32>
  %0 = tile.scan add %x axis 1 : tensor<4x16xf32>
  // CHECK: tile.scan max %{{.*}} axis 0 exclusive reverse : tensor<4x16xf32>
  %1 = tile.scan max %x axis 0 exclusive reverse : tensor<4x16xf32>
  // CHECK: tile.scan min %{{.*}} axis 0 scratch %{{.*}} : !tile.shared<4x16xi32, #{{.*}}> : tensor<64xi32>
  %2 = tile.scan min %k axis 0 scratch %b : !tile.shared<4x16xi32, #line> : tensor<64xi32>
  // CHECK: tile.arg_reduce max %{{.*}} axis 1 : tensor<4x16xf32> -> tensor<4xf32>, tensor<4xi32>
  %3, %4 = tile.arg_reduce max %x axis 1 : tensor<4x16xf32> -> tensor<4xf32>, tensor<4xi32>
  // CHECK: tile.arg_reduce min %{{.*}} axis 0 : tensor<64xi32> -> i32, i32
  %5, %6 = tile.arg_reduce min %k axis 0 : tensor<64xi32> -> i32, i32
  // CHECK: tile.histogram %{{.*}} : tensor<64xi32> -> tensor<16xi32>
  %7 = tile.histogram %k : tensor<64xi32> -> tensor<16xi32>
  // CHECK: tile.rank %{{.*}} : tensor<64xi32>, tensor<16xi32>
  %8, %9 = tile.rank %k : tensor<64xi32>, tensor<16xi32>
  // CHECK: tile.rank %{{.*}} scratch %{{.*}} : !tile.shared<4x16xi32, #{{.*}}> : tensor<64xi32>, tensor<16xi32>
  %10, %11 = tile.rank %k scratch %b : !tile.shared<4x16xi32, #line> : tensor<64xi32>, tensor<16xi32>
  return
}

// A running total of one element is that element; an exclusive one is not.
// FOLD-LABEL: func.func @single
// FOLD-NEXT: %[[E:.*]] = tile.scan add %[[X:.*]] axis 0 exclusive
// FOLD-NEXT: return %[[X]], %[[E]]
func.func @single(%x: tensor<1xf32>) -> (tensor<1xf32>, tensor<1xf32>) {
  %0 = tile.scan add %x axis 0 : tensor<1xf32>
  %1 = tile.scan add %x axis 0 exclusive : tensor<1xf32>
  return %0, %1 : tensor<1xf32>, tensor<1xf32>
}

// FOLD-LABEL: func.func @unused
// FOLD-NEXT: %[[V:.*]] = tile.reduce max %{{.*}} axis 0 : tensor<64xi32> -> i32
// FOLD-NEXT: %[[N:.*]] = tile.histogram %{{.*}} : tensor<64xi32> -> tensor<16xi32>
// FOLD-NEXT: return %[[V]], %[[N]]
func.func @unused(%k: tensor<64xi32>) -> (i32, tensor<16xi32>) {
  %0, %1 = tile.arg_reduce max %k axis 0 : tensor<64xi32> -> i32, i32
  %2, %3 = tile.rank %k : tensor<64xi32>, tensor<16xi32>
  return %0, %3 : i32, tensor<16xi32>
}
