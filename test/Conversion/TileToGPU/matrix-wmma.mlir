// RUN: moe-opt %s --convert-tile-to-gpu=target=gfx1100 | FileCheck %s
// gfx11's operands are whole rows, which lanes 16 to 31 repeat, and the columns of
// b lie over the lanes such that a lane gets eight neighbouring ones of the result.

#accumulator = #tile.layout<shape = [16, 16], register = [[0, 1], [0, 2], [0, 4]], lane = [[1, 0], [2, 0], [4, 0], [8, 0], [0, 8]], wave = [], fragment = 8>
#a = #tile.layout<shape = [16, 32], register = [[0, 1], [0, 2], [0, 4], [0, 8], [0, 16]], lane = [[1, 0], [2, 0], [4, 0], [8, 0], [0, 0]], wave = [], fragment = 16>
#b = #tile.layout<shape = [32, 16], register = [[1, 0], [2, 0], [4, 0], [8, 0], [16, 0]], lane = [[0, 8], [0, 1], [0, 2], [0, 4], [0, 0]], wave = [], fragment = 16>

// CHECK-LABEL: gpu.func @product
// CHECK: %[[ZERO:.*]] = arith.constant dense<0.000000e+00> : vector<8xf32>
// CHECK: %[[D0:.*]] = amdgpu.wmma 16x16x16 %{{.*}} * %{{.*}} + %[[ZERO]] : vector<16xf16>, vector<16xf16>, vector<8xf32>
// CHECK: amdgpu.wmma 16x16x16 %{{.*}} * %{{.*}} + %[[D0]]
// CHECK-NOT: amdgpu.wmma
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
