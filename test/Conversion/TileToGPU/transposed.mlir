// RUN: moe-opt %s --convert-tile-to-gpu=target=gfx950 | FileCheck %s --check-prefixes=CHECK,READ
// RUN: moe-opt %s --convert-tile-to-gpu=target=gfx942 | FileCheck %s --check-prefixes=CHECK,PLAIN
// A buffer with rows along n, of which a lane needs neighbours along k: reads
// that transpose, with the addresses of what lanes ask for, or single elements.
// A buffer with rows along k, to which a lane brings 2 rows of 4 columns: it
// writes neighbours out of two fragments.

#load = #tile.layout<shape = [16, 32], register = [[0, 1], [0, 2], [1, 0]], lane = [[0, 4], [0, 8], [0, 16], [2, 0], [4, 0], [8, 0]], wave = [], fragment = 4>
#row = #tile.layout<shape = [16], register = [[1]], lane = [[0], [0], [0], [2], [4], [8]], wave = [], fragment = 1>
#column = #tile.layout<shape = [32], register = [[1], [2]], lane = [[4], [8], [16], [0], [0], [0]], wave = [], fragment = 4>
#read = #tile.layout<shape = [16, 32], register = [[1, 0], [2, 0], [4, 0]], lane = [[0, 1], [0, 2], [0, 4], [0, 8], [0, 16], [8, 0]], wave = [], fragment = 8>
#out = #tile.layout<shape = [16], register = [[1], [2], [4]], lane = [[0], [0], [0], [0], [0], [8]], wave = [], fragment = 4>
#outcolumn = #tile.layout<shape = [32], register = [], lane = [[1], [2], [4], [8], [16], [0]], wave = [], fragment = 1>
#across = #tile.shared_layout<shape = [16, 32], offset = [[0, 1], [0, 2], [0, 4], [0, 8], [0, 16], [1, 0], [2, 0], [4, 0], [8, 0]]>
#along = #tile.shared_layout<shape = [16, 32], offset = [[1, 0], [2, 0], [4, 0], [8, 0], [0, 1], [0, 2], [0, 4], [0, 8], [0, 16]]>

// CHECK-LABEL: gpu.func @k
// CHECK: %[[LANE:.*]] = arith.andi %{{.*}}, %c63_i32
// CHECK: %[[ACROSS:.*]] = llvm.getelementptr %{{.*}}[0]
// CHECK: %[[ALONG:.*]] = llvm.getelementptr %{{.*}}[1024]
// As it lies in memory: 8 bytes.
// CHECK: llvm.store %{{.*}}, %{{.*}} {alignment = 8 : i64} : vector<4xi16>, !llvm.ptr<3>
// CHECK: llvm.store %{{.*}}, %{{.*}} {alignment = 8 : i64} : vector<4xi16>, !llvm.ptr<3>
// Of each column, two neighbours along k.
// CHECK: %[[FIRST:.*]] = vector.extract %[[ROW0:.*]][0] : i16 from vector<4xi16>
// CHECK: %[[SECOND:.*]] = vector.extract %[[ROW1:.*]][0] : i16 from vector<4xi16>
// CHECK: %[[PAIR:.*]] = vector.from_elements %[[FIRST]], %[[SECOND]] : vector<2xi16>
// CHECK: llvm.store %[[PAIR]], %{{.*}} {alignment = 4 : i64} : vector<2xi16>, !llvm.ptr<3>
// CHECK: vector.extract %[[ROW0]][1]
// CHECK: vector.extract %[[ROW1]][1]
// CHECK-COUNT-3: llvm.store {{.*}} : vector<2xi16>, !llvm.ptr<3>
// Lanes 0 to 3 of a row ask for columns 0, 4, 8 and 12, the next four for the
// row behind: bits 2 and 3 of the lane are k, 64 and 128 bytes.
// READ: amdgpu.lds_barrier
// READ-DAG: arith.andi %[[LANE]], %c3_i32
// READ-DAG: arith.andi %[[LANE]], %c12_i32
// READ: %[[READ:.*]] = rocdl.ds.read.tr16.b64 %{{.*}} : <3> -> vector<4xi16>
// READ: rocdl.ds.read.tr16.b64 %{{.*}} : <3> -> vector<4xi16>
// READ-NOT: rocdl.ds.read.tr16.b64
// PLAIN-COUNT-8: llvm.load {{.*}} {alignment = 2 : i64} : !llvm.ptr<3> -> vector<1xi16>
// CHECK: llvm.load {{.*}} {alignment = 16 : i64} : !llvm.ptr<3> -> vector<8xi16>
// CHECK: gpu.return
tile.kernel @k(%a: !tile.ptr<bf16> {tile.name = "a", tile.access = "in"},
               %c: !tile.ptr<bf16> {tile.name = "c", tile.access = "out"},
               %n: i32 {tile.name = "N", tile.role = "extent", tile.divisible = 8 : i64})
    waves(1) attributes {tile.lds_bytes = 2048 : i64} launch {
^bb0(%la: !tile.ptr<bf16>, %lc: !tile.ptr<bf16>, %ln: i32):
  tile.grid %ln
} body {
  %first = tile.alloc_shared {offset = 0 : i64} : !tile.shared<16x32xbf16, #across>
  %second = tile.alloc_shared {offset = 1024 : i64} : !tile.shared<16x32xbf16, #along>
  %c16 = arith.constant 16 : i32
  %av = tile.view %a[%c16, %n] : !tile.ptr<bf16> -> !tile.array<?x?xbf16>
  %cv = tile.view %c[%c16, %n] : !tile.ptr<bf16> -> !tile.array<?x?xbf16>
  %rows = tile.range : tensor<16xi32, #row>
  %columns = tile.range : tensor<32xi32, #column>
  %x = tile.load %av[%rows, %columns] : !tile.array<?x?xbf16>[tensor<16xi32, #row>, tensor<32xi32, #column>] -> tensor<16x32xbf16, #load>
  tile.shared_store %x, %first : tensor<16x32xbf16, #load>, !tile.shared<16x32xbf16, #across>
  tile.shared_store %x, %second : tensor<16x32xbf16, #load>, !tile.shared<16x32xbf16, #along>
  tile.barrier
  %y = tile.shared_load %first : !tile.shared<16x32xbf16, #across> -> tensor<16x32xbf16, #read>
  %z = tile.shared_load %second : !tile.shared<16x32xbf16, #along> -> tensor<16x32xbf16, #read>
  %outrows = tile.range : tensor<16xi32, #out>
  %outcolumns = tile.range : tensor<32xi32, #outcolumn>
  tile.store %y, %cv[%outrows, %outcolumns] : tensor<16x32xbf16, #read>, !tile.array<?x?xbf16>[tensor<16xi32, #out>, tensor<32xi32, #outcolumn>]
  tile.store %z, %cv[%outrows, %outcolumns] : tensor<16x32xbf16, #read>, !tile.array<?x?xbf16>[tensor<16xi32, #out>, tensor<32xi32, #outcolumn>]
  tile.return
}
