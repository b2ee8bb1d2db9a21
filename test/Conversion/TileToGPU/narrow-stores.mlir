// RUN: moe-opt %s --convert-tile-to-gpu | FileCheck %s
// Rows of a length that is not known to be even: every element is stored alone,
// taken out of its fragment as it is. A slice of one element LLVM would convert
// once more from the f32 that it came from.

#row = #tile.layout<shape = [128], register = [[1]], lane = [[2], [4], [8], [16], [32], [64]], wave = [], fragment = 2>

// CHECK-LABEL: gpu.func @narrow
// CHECK: %[[PAIR:.*]] = arith.truncf %{{.*}} : vector<2xf32> to vector<2xbf16>
// CHECK-NOT: vector.extract_strided_slice
// CHECK: %[[FIRST:.*]] = vector.extract %[[PAIR]][0] : bf16 from vector<2xbf16>
// CHECK: %[[FIRST_BITS:.*]] = arith.bitcast %[[FIRST]] : bf16 to i16
// CHECK: rocdl.raw.ptr.buffer.store %[[FIRST_BITS]], {{.*}} : i16
// CHECK: %[[SECOND:.*]] = vector.extract %[[PAIR]][1] : bf16 from vector<2xbf16>
// CHECK: %[[SECOND_BITS:.*]] = arith.bitcast %[[SECOND]] : bf16 to i16
// CHECK: rocdl.raw.ptr.buffer.store %[[SECOND_BITS]], {{.*}} : i16
// CHECK-NOT: store
tile.kernel @narrow(%c: !tile.ptr<bf16> {tile.name = "c", tile.access = "out"},
                    %m: i32 {tile.name = "M", tile.role = "extent"},
                    %n: i32 {tile.name = "N", tile.role = "extent"}) waves(1) launch {
^bb0(%lc: !tile.ptr<bf16>, %lm: i32, %ln: i32):
  tile.grid %lm
} body {
  %cv = tile.view %c[%m, %n] : !tile.ptr<bf16> -> !tile.array<?x?xbf16>
  %row = tile.program_id
  %j = tile.range : tensor<128xi32, #row>
  %f = arith.sitofp %j : tensor<128xi32, #row> to tensor<128xf32, #row>
  %x = arith.truncf %f : tensor<128xf32, #row> to tensor<128xbf16, #row>
  tile.store %x, %cv[%row, %j] : tensor<128xbf16, #row>, !tile.array<?x?xbf16>[i32, tensor<128xi32, #row>]
  tile.return
}

// A bool is a byte in memory.
// CHECK-LABEL: gpu.func @bools
// CHECK: %[[BIT:.*]] = vector.extract %{{.*}}[1] : i1 from vector<2xi1>
// CHECK: %[[BYTE:.*]] = arith.extui %[[BIT]] : i1 to i8
// CHECK: rocdl.raw.ptr.buffer.store %[[BYTE]], {{.*}} : i8
tile.kernel @bools(%c: !tile.ptr<i1> {tile.name = "c", tile.access = "out"},
                   %m: i32 {tile.name = "M", tile.role = "extent"},
                   %n: i32 {tile.name = "N", tile.role = "extent"}) waves(1) launch {
^bb0(%lc: !tile.ptr<i1>, %lm: i32, %ln: i32):
  tile.grid %lm
} body {
  %cv = tile.view %c[%m, %n] : !tile.ptr<i1> -> !tile.array<?x?xi1>
  %row = tile.program_id
  %j = tile.range : tensor<128xi32, #row>
  %limit = tile.splat %n : i32 -> tensor<128xi32, #row>
  %x = arith.cmpi slt, %j, %limit : tensor<128xi32, #row>
  tile.store %x, %cv[%row, %j] : tensor<128xi1, #row>, !tile.array<?x?xi1>[i32, tensor<128xi32, #row>]
  tile.return
}
