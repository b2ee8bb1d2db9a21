// RUN: moe-opt %s --convert-tile-to-gpu | FileCheck %s
// A swizzled buffer: rows are written and read 16 bytes at a time, the chunk
// number toggled by the row.

#rows = #tile.layout<shape = [8, 64], register = [[0, 1], [0, 2], [0, 4]], lane = [[0, 8], [0, 16], [0, 32], [1, 0], [2, 0], [4, 0]], wave = [], fragment = 8>
#swizzled = #tile.shared_layout<shape = [8, 64], offset = [[0, 1], [0, 2], [0, 4], [0, 8], [0, 16], [0, 32], [1, 8], [2, 16], [4, 32]]>

// CHECK: llvm.mlir.global internal @staged.lds() {addr_space = 3 : i32, alignment = 16 : i64} : !llvm.array<1024 x i8>
// CHECK-LABEL: gpu.func @staged
// CHECK: llvm.store %{{.*}}, %{{.*}} {alignment = 16 : i64} : vector<8xi16>, !llvm.ptr<3>
// CHECK: amdgpu.lds_barrier
// CHECK: llvm.load %{{.*}} {alignment = 16 : i64} : !llvm.ptr<3> -> vector<8xi16>
// CHECK: vector.bitcast %{{.*}} : vector<8xi16> to vector<8xf16>
// CHECK: gpu.barrier
tile.kernel @staged(%n: i32 {tile.name = "N", tile.role = "extent"}) waves(1) attributes {tile.lds_bytes = 1024 : i64} launch {
^bb0(%ln: i32):
  tile.grid %ln
} body {
  %one = arith.constant 1.0 : f16
  %x = tile.splat %one : f16 -> tensor<8x64xf16, #rows>
  %buffer = tile.alloc_shared {offset = 0 : i64} : !tile.shared<8x64xf16, #swizzled>
  tile.shared_store %x, %buffer : tensor<8x64xf16, #rows>, !tile.shared<8x64xf16, #swizzled>
  tile.barrier
  %y = tile.shared_load %buffer : !tile.shared<8x64xf16, #swizzled> -> tensor<8x64xf16, #rows>
  tile.barrier global
  tile.return
}
