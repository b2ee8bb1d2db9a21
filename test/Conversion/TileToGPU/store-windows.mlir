// RUN: moe-opt %s --convert-tile-to-gpu --canonicalize --cse | FileCheck %s
// Stores to arrays of any size go through descriptors of 1.5 GiB each. Along one
// axis the array is cut into windows of at most 1 GiB; along the contiguous axis
// the tile's own position moves the base.

#tile = #tile.layout<shape = [8, 64], register = [[0, 1], [0, 2], [0, 4]], lane = [[0, 8], [0, 16], [0, 32], [1, 0], [2, 0], [4, 0]], wave = [], fragment = 8>
#rows = #tile.layout<shape = [8], register = [], lane = [[0], [0], [0], [1], [2], [4]], wave = [], fragment = 1>
#columns = #tile.layout<shape = [64], register = [[1], [2], [4]], lane = [[8], [16], [32], [0], [0], [0]], wave = [], fragment = 8>
#line = #tile.layout<shape = [64], register = [], lane = [[1], [2], [4], [8], [16], [32]], wave = [], fragment = 1>

// CHECK-LABEL: gpu.func @rows(
// CHECK-SAME: %[[C:.*]]: !llvm.ptr<1> {{.*}}, %[[M:.*]]: i32 {{.*}}, %[[N:.*]]: i32
// CHECK-DAG: %[[OUT:.*]] = arith.constant -2147483648 : i32
// CHECK-DAG: %[[OUT_TOO:.*]] = arith.constant 1610612736 : i32
// CHECK-DAG: %[[SIZE:.*]] = arith.constant 1610612736 : i64
// A power of two of rows, and at least one.
// CHECK: %[[ZEROS:.*]] = "llvm.intr.ctlz"(%{{.*}}) <{is_zero_poison = false}> : (i64) -> i64
// CHECK: %[[LOG:.*]] = arith.subi %{{.*}}, %{{.*}} : i32
// CHECK: %[[ROWS:.*]] = arith.shli %{{.*}}, %[[LOG]] : i32
// CHECK: %[[ROUNDED:.*]] = arith.addi %[[M]], %{{.*}} : i32
// CHECK: %[[WINDOWS:.*]] = arith.shrui %[[ROUNDED]], %[[LOG]] : i32
// CHECK: scf.for %[[WINDOW:.*]] = %{{.*}} to %[[WINDOWS]]
// CHECK: %[[START:.*]] = arith.shli %[[WINDOW]], %[[LOG]] : i32
// CHECK: %[[REST:.*]] = arith.subi %[[M]], %[[START]] : i32
// CHECK: %[[SPAN:.*]] = arith.minsi %[[REST]], %[[ROWS]] : i32
// CHECK: %[[BASE:.*]] = llvm.getelementptr %[[C]]
// CHECK: %[[DESCRIPTOR:.*]] = rocdl.make.buffer.rsrc %[[BASE]], %{{.*}}, %[[SIZE]]
// Each axis is masked by itself: a row outside the window, a column outside the
// array.
// CHECK: %[[ROW:.*]] = arith.subi %{{.*}}, %[[START]] : i32
// CHECK: %[[ROW_OK:.*]] = arith.cmpi ult, %[[ROW]], %[[SPAN]] : i32
// CHECK: %[[ROW_PART:.*]] = arith.select %[[ROW_OK]], %{{.*}}, %[[OUT]] : i32
// CHECK: %[[COLUMN_OK:.*]] = arith.cmpi ult, %{{.*}}, %[[N]] : i32
// CHECK: %[[COLUMN_PART:.*]] = arith.select %[[COLUMN_OK]], %{{.*}}, %[[OUT_TOO]] : i32
// CHECK: %[[OFFSET:.*]] = arith.addi %[[ROW_PART]], %[[COLUMN_PART]] : i32
// CHECK: rocdl.raw.ptr.buffer.store %{{.*}}, %[[DESCRIPTOR]], %[[OFFSET]]
// CHECK-NOT: store
// CHECK: gpu.return
tile.kernel @rows(%c: !tile.ptr<bf16> {tile.name = "c", tile.access = "out"},
                  %m: i32 {tile.name = "M", tile.role = "extent"},
                  %n: i32 {tile.name = "N", tile.role = "extent", tile.divisible = 8 : i64}) waves(1) launch {
^bb0(%lc: !tile.ptr<bf16>, %lm: i32, %ln: i32):
  tile.grid %lm
} body {
  %cv = tile.view %c[%m, %n] : !tile.ptr<bf16> -> !tile.array<?x?xbf16>
  %id = tile.program_id
  %c64 = arith.constant 64 : i32
  %first = arith.muli %id, %c64 : i32
  %at = tile.splat %first : i32 -> tensor<64xi32, #columns>
  %range = tile.range : tensor<64xi32, #columns>
  %j = arith.addi %at, %range : tensor<64xi32, #columns>
  %i = tile.range : tensor<8xi32, #rows>
  %x = arith.constant dense<1.0> : tensor<8x64xbf16, #tile>
  tile.store %x, %cv[%i, %j] : tensor<8x64xbf16, #tile>, !tile.array<?x?xbf16>[tensor<8xi32, #rows>, tensor<64xi32, #columns>]
  tile.return
}

// A range of a vector needs one base: neither loop nor branch.
// CHECK-LABEL: gpu.func @line
// CHECK-NOT: scf
// CHECK: rocdl.raw.ptr.buffer.load
// CHECK-NOT: scf
// CHECK: rocdl.raw.ptr.buffer.store
// CHECK-NOT: {{scf|store}}
// CHECK: gpu.return
tile.kernel @line(%a: !tile.ptr<i32> {tile.name = "a", tile.access = "in"},
                  %c: !tile.ptr<i32> {tile.name = "c", tile.access = "out"},
                  %n: i32 {tile.name = "N", tile.role = "extent"}) waves(1) launch {
^bb0(%la: !tile.ptr<i32>, %lc: !tile.ptr<i32>, %ln: i32):
  tile.grid %ln
} body {
  %av = tile.view %a[%n] : !tile.ptr<i32> -> !tile.array<?xi32>
  %cv = tile.view %c[%n] : !tile.ptr<i32> -> !tile.array<?xi32>
  %id = tile.program_id
  %c64 = arith.constant 64 : i32
  %first = arith.muli %id, %c64 : i32
  %at = tile.splat %first : i32 -> tensor<64xi32, #line>
  %range = tile.range : tensor<64xi32, #line>
  %i = arith.addi %at, %range : tensor<64xi32, #line>
  %x = tile.load %av[%i] : !tile.array<?xi32>[tensor<64xi32, #line>] -> tensor<64xi32, #line>
  tile.store %x, %cv[%i] : tensor<64xi32, #line>, !tile.array<?xi32>[tensor<64xi32, #line>]
  tile.return
}
