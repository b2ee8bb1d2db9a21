// RUN: moe-opt %s --convert-tile-to-gpu | FileCheck %s
// One 16x16x32 product becomes two matrix instructions with exchanged operands
// that accumulate into one vector of four.

#accumulator = #tile.layout<shape = [16, 16], register = [[0, 1], [0, 2]], lane = [[1, 0], [2, 0], [4, 0], [8, 0], [0, 4], [0, 8]], wave = [], fragment = 4>
#a = #tile.layout<shape = [16, 32], register = [[0, 1], [0, 2], [0, 4]], lane = [[1, 0], [2, 0], [4, 0], [8, 0], [0, 8], [0, 16]], wave = [], fragment = 8>
#b = #tile.layout<shape = [32, 16], register = [[1, 0], [2, 0], [4, 0]], lane = [[0, 1], [0, 2], [0, 4], [0, 8], [8, 0], [16, 0]], wave = [], fragment = 8>

// CHECK-LABEL: gpu.func @product
// CHECK: %[[ZERO:.*]] = arith.constant dense<0.000000e+00> : vector<4xf32>
// CHECK: %[[B0:.*]] = vector.extract_strided_slice %[[B:.*]] {offsets = [0], sizes = [4], strides = [1]} : vector<8xf16> to vector<4xf16>
// CHECK: %[[A0:.*]] = vector.extract_strided_slice %[[A:.*]] {offsets = [0], sizes = [4], strides = [1]} : vector<8xf16> to vector<4xf16>
// CHECK: %[[D0:.*]] = amdgpu.mfma 16x16x16 %[[B0]] * %[[A0]] + %[[ZERO]]
// CHECK: %[[B1:.*]] = vector.extract_strided_slice %[[B]] {offsets = [4]
// CHECK: %[[A1:.*]] = vector.extract_strided_slice %[[A]] {offsets = [4]
// CHECK: amdgpu.mfma 16x16x16 %[[B1]] * %[[A1]] + %[[D0]]
// CHECK-NOT: amdgpu.mfma
tile.kernel @product(%n: i32 {tile.name = "N", tile.role = "extent"}) waves(1) launch {
^bb0(%ln: i32):
  tile.grid %ln
} body {
  %one = arith.constant 1.0 : f16
  %a = tile.splat %one : f16 -> tensor<16x32xf16, #a>
  %b = tile.splat %one : f16 -> tensor<32x16xf16, #b>
  %zero = arith.constant dense<0.0> : tensor<16x16xf32, #accumulator>
  %d = tile.mma %a, %b, %zero : tensor<16x32xf16, #a>, tensor<32x16xf16, #b>, tensor<16x16xf32, #accumulator>
  tile.return
}
