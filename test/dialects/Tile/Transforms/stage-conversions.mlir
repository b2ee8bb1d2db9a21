// RUN: moe-opt %s --moe-stage-conversions | FileCheck %s
// Conversions that move elements between lanes go through a swizzled buffer;
// those within a lane stay.

#rows = #tile.layout<shape = [32, 16], register = [[0, 1], [0, 2], [0, 4]], lane = [[0, 8], [1, 0], [2, 0], [4, 0], [8, 0], [16, 0]], wave = [], fragment = 8>
#swapped = #tile.layout<shape = [32, 16], register = [[0, 4], [0, 1], [0, 2]], lane = [[0, 8], [1, 0], [2, 0], [4, 0], [8, 0], [16, 0]], wave = [], fragment = 1>
#operand = #tile.layout<shape = [32, 16], register = [[0, 1], [0, 2], [0, 4]], lane = [[1, 0], [2, 0], [4, 0], [8, 0], [16, 0], [0, 8]], wave = [], fragment = 8>
#columns = #tile.layout<shape = [32, 16], register = [[1, 0], [2, 0], [4, 0]], lane = [[8, 0], [16, 0], [0, 1], [0, 2], [0, 4], [0, 8]], wave = [], fragment = 8>

// 16-byte vectors in a row; the row's low bits move to other banks.
// CHECK-DAG: #[[$SHARED:shared_layout[0-9]*]] = #tile.shared_layout<shape = [32, 16], offset = {{\[\[}}0, 1], [0, 2], [0, 4], [0, 8], [1, 0], [2, 0], [4, 8], [8, 0], [16, 0]]>

// CHECK-LABEL: tile.kernel @lanes
// CHECK: body {
// CHECK: %[[FIRST:.*]] = tile.alloc_shared : !tile.shared<32x16xf16, #[[$SHARED]]>
// CHECK: %[[SECOND:.*]] = tile.alloc_shared : !tile.shared<32x16xf16,
// CHECK: %[[X:.*]] = arith.constant
// CHECK-NOT: shared_store
// CHECK: arith.addi
// All stores come before the loads, right before the first user.
// CHECK-NEXT: tile.shared_store %[[X]], %[[FIRST]]
// CHECK-NEXT: tile.shared_store %[[X]], %[[SECOND]]
// CHECK-NEXT: %[[A:.*]] = tile.shared_load %[[FIRST]]
// CHECK-NEXT: %[[B:.*]] = tile.shared_load %[[SECOND]]
// CHECK-NEXT: scf.if
// CHECK: arith.addf %[[A]]
// CHECK: arith.addf %[[B]]
tile.kernel @lanes(%n: i32 {tile.name = "n", tile.role = "scalar"}) waves(1) launch {
^bb0(%ln: i32):
  tile.grid %ln
} body {
  %x = arith.constant dense<1.0> : tensor<32x16xf16, #rows>
  %a = tile.convert_layout %x : tensor<32x16xf16, #rows> -> tensor<32x16xf16, #operand>
  %b = tile.convert_layout %x : tensor<32x16xf16, #rows> -> tensor<32x16xf16, #columns>
  %one = arith.constant true
  %twice = arith.addi %n, %n : i32
  scf.if %one {
    %aa = arith.addf %a, %a : tensor<32x16xf16, #operand>
    %bb = arith.addf %b, %b : tensor<32x16xf16, #columns>
  }
  tile.return
}

// CHECK-LABEL: tile.kernel @registers
// CHECK-NOT: shared
// CHECK: tile.convert_layout
// CHECK-NOT: shared
// CHECK: tile.return
tile.kernel @registers() waves(1) launch {
  %c1 = arith.constant 1 : i32
  tile.grid %c1
} body {
  %x = arith.constant dense<1.0> : tensor<32x16xf16, #rows>
  %a = tile.convert_layout %x : tensor<32x16xf16, #rows> -> tensor<32x16xf16, #swapped>
  %aa = arith.addf %a, %a : tensor<32x16xf16, #swapped>
  tile.return
}

// CHECK-LABEL: tile.kernel @unused
// CHECK-NOT: shared
// CHECK-NOT: convert_layout
tile.kernel @unused() waves(1) launch {
  %c1 = arith.constant 1 : i32
  tile.grid %c1
} body {
  %x = arith.constant dense<1.0> : tensor<32x16xf16, #rows>
  %a = tile.convert_layout %x : tensor<32x16xf16, #rows> -> tensor<32x16xf16, #operand>
  tile.return
}
