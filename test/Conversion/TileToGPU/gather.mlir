// RUN: moe-opt %s --convert-tile-to-gpu | FileCheck %s
// A gather of 8 rows by 64 columns of bf16 by one wave: 16-byte buffer loads
// with masked offsets, or 64-bit loads where the array is too large for them.
// Its store is in windows.

#tile = #tile.layout<shape = [8, 64], register = [[0, 1], [0, 2], [0, 4]], lane = [[0, 8], [0, 16], [0, 32], [1, 0], [2, 0], [4, 0]], wave = [], fragment = 8>
#rows = #tile.layout<shape = [8], register = [], lane = [[0], [0], [0], [1], [2], [4]], wave = [], fragment = 1>
#columns = #tile.layout<shape = [64], register = [[1], [2], [4]], lane = [[8], [16], [32], [0], [0], [0]], wave = [], fragment = 8>

// CHECK-LABEL: gpu.module @copy
// CHECK: gpu.func @copy(%[[A:.*]]: !llvm.ptr<1> {tile.access = "in", tile.name = "a"}, %{{.*}}: !llvm.ptr<1> {{.*}}, %[[M:.*]]: i32 {{.*}}, %[[K:.*]]: i32 {{.*}}) kernel
// CHECK-SAME: known_block_size = array<i32: 64, 1, 1>
// CHECK: scf.if
// The descriptor reaches to the end of the array.
// CHECK: rocdl.make.buffer.rsrc
// Rows out of bounds get an offset that the range check refuses.
// CHECK: %[[OUT:.*]] = arith.constant -2147483648 : i32
// CHECK: %[[ROW_OK:.*]] = arith.cmpi ult, %{{.*}}, %[[M]] : i32
// CHECK: arith.select %[[ROW_OK]], %{{.*}}, %[[OUT]]
// CHECK: %[[COLUMN_OK:.*]] = arith.cmpi ult, %{{.*}}, %[[K]] : i32
// CHECK: %[[OFFSET:.*]] = arith.select %[[COLUMN_OK]], %{{.*}}, %[[OUT]]
// CHECK: %[[LOADED:.*]] = rocdl.raw.ptr.buffer.load %{{.*}}, %[[OFFSET]], {{.*}} : vector<4xi32>
// CHECK: vector.bitcast %[[LOADED]] : vector<4xi32> to vector<8xbf16>
// CHECK-NOT: rocdl.raw.ptr.buffer.load
// CHECK: } else {
// CHECK: llvm.load %{{.*}} {alignment = 16 : i64} : !llvm.ptr<1> -> vector<4xi32>
// CHECK: scf.for
// CHECK: rocdl.raw.ptr.buffer.store %{{.*}} : vector<4xi32>
// CHECK-NOT: store
// CHECK: gpu.return
tile.kernel @copy(%a: !tile.ptr<bf16> {tile.name = "a", tile.access = "in"},
                  %c: !tile.ptr<bf16> {tile.name = "c", tile.access = "out"},
                  %m: i32 {tile.name = "M", tile.role = "extent"},
                  %k: i32 {tile.name = "K", tile.role = "extent", tile.divisible = 8 : i64}) waves(1) launch {
^bb0(%la: !tile.ptr<bf16>, %lc: !tile.ptr<bf16>, %lm: i32, %lk: i32):
  tile.grid %lm
} body {
  %av = tile.view %a[%m, %k] : !tile.ptr<bf16> -> !tile.array<?x?xbf16>
  %cv = tile.view %c[%m, %k] : !tile.ptr<bf16> -> !tile.array<?x?xbf16>
  %i = tile.range : tensor<8xi32, #rows>
  %j = tile.range : tensor<64xi32, #columns>
  %x = tile.load %av[%i, %j] : !tile.array<?x?xbf16>[tensor<8xi32, #rows>, tensor<64xi32, #columns>] -> tensor<8x64xbf16, #tile>
  tile.store %x, %cv[%i, %j] : tensor<8x64xbf16, #tile>, !tile.array<?x?xbf16>[tensor<8xi32, #rows>, tensor<64xi32, #columns>]
  tile.return
}
