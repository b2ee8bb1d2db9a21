// RUN: moe-opt %s --moe-split-loops --moe-pipeline-loops -o %t
// RUN: FileCheck %s --input-file=%t
// RUN: moe-opt %t --moe-pipeline-loops | FileCheck %s
// With SCHED=7, tiles are stored behind the products of the step before theirs.

#rows = #tile.layout<shape = [32, 16], register = [[0, 1], [0, 2], [0, 4]], lane = [[0, 8], [1, 0], [2, 0], [4, 0], [8, 0], [16, 0]], wave = [], fragment = 8>
#operand = #tile.layout<shape = [32, 16], register = [[0, 1], [0, 2], [0, 4]], lane = [[1, 0], [2, 0], [4, 0], [8, 0], [16, 0], [0, 8]], wave = [], fragment = 8>
#transposed = #tile.layout<shape = [16, 32], register = [[1, 0], [2, 0], [4, 0]], lane = [[0, 1], [0, 2], [0, 4], [0, 8], [0, 16], [8, 0]], wave = [], fragment = 8>
#row = #tile.layout<shape = [32], register = [], lane = [[0], [1], [2], [4], [8], [16]], wave = [], fragment = 1>
#column = #tile.layout<shape = [16], register = [[1], [2], [4]], lane = [[8], [0], [0], [0], [0], [0]], wave = [], fragment = 8>
#acc = #tile.layout<shape = [32, 32], register = [[0, 1], [0, 2], [0, 8], [0, 16]], lane = [[1, 0], [2, 0], [4, 0], [8, 0], [16, 0], [0, 4]], wave = [], fragment = 4>
#shared = #tile.shared_layout<shape = [32, 16], offset = [[0, 1], [0, 2], [0, 4], [0, 8], [1, 0], [2, 0], [4, 0], [8, 0], [16, 0]]>
#full = #tile.shared_layout<shape = [512, 64], offset = [[0, 1], [0, 2], [0, 4], [0, 8], [0, 16], [0, 32], [1, 0], [2, 0], [4, 0], [8, 0], [16, 0], [32, 0], [64, 0], [128, 0], [256, 0]]>

// Two stages take two buffers. A step loads in front of its products what it
// stores behind them.
// CHECK-LABEL: tile.kernel @two_buffers
// CHECK: body {
// CHECK: %[[FIRST:.*]] = tile.alloc_shared
// CHECK: %[[SECOND:.*]] = tile.alloc_shared
// CHECK: scf.if
// CHECK: %[[A0:.*]] = tile.load
// CHECK: tile.shared_store %[[A0]], %[[FIRST]]
// CHECK-NOT: tile.load
// CHECK: scf.for {{.*}} step %c32_i32
// CHECK: %[[A1:.*]] = tile.load
// CHECK-NEXT: %[[X0:.*]] = tile.shared_load %[[FIRST]]
// CHECK-NEXT: %[[SUM:.*]] = tile.mma %[[X0]]
// CHECK-NEXT: tile.shared_store %[[A1]], %[[SECOND]]
// CHECK: %[[A2:.*]] = tile.load
// CHECK-NEXT: %[[X1:.*]] = tile.shared_load %[[SECOND]]
// CHECK-NEXT: %[[SUM2:.*]] = tile.mma %[[X1]], %{{.*}}, %[[SUM]]
// CHECK-NEXT: tile.shared_store %[[A2]], %[[FIRST]]
// CHECK-NEXT: scf.yield %[[SUM2]]
// CHECK-NEXT: } {tile.steady}
// CHECK: %[[A3:.*]] = scf.if
// CHECK: tile.shared_load %[[FIRST]]
// CHECK-NEXT: tile.mma
// CHECK-NEXT: tile.shared_store %[[A3]], %[[SECOND]]
// CHECK: scf.if
// CHECK: tile.shared_load %[[SECOND]]
// CHECK-NOT: tile.shared_store
// CHECK: scf.yield
tile.kernel @two_buffers(%a: !tile.ptr<bf16> {tile.name = "a", tile.access = "in"},
                         %k: i32 {tile.name = "K", tile.role = "extent"})
    waves(8) attributes {tile.stages = 2 : i32, tile.sched = 7 : i32} launch {
^bb0(%la: !tile.ptr<bf16>, %lk: i32):
  tile.grid %lk
} body {
  %buffer = tile.alloc_shared : !tile.shared<32x16xbf16, #shared>
  %c0 = arith.constant 0 : i32
  %c16 = arith.constant 16 : i32
  %zeros = arith.constant dense<0.0> : tensor<32x32xf32, #acc>
  %ones = arith.constant dense<1.0> : tensor<16x32xbf16, #transposed>
  %av = tile.view %a[%c16, %k] : !tile.ptr<bf16> -> !tile.array<?x?xbf16>
  %rows = tile.range : tensor<32xi32, #row>
  %columns = tile.range : tensor<16xi32, #column>
  %r = scf.for %i = %c0 to %k step %c16 iter_args(%acc = %zeros) -> (tensor<32x32xf32, #acc>) : i32 {
    %splat = tile.splat %i : i32 -> tensor<16xi32, #column>
    %j = arith.addi %splat, %columns : tensor<16xi32, #column>
    %x = tile.load %av[%rows, %j] : !tile.array<?x?xbf16>[tensor<32xi32, #row>, tensor<16xi32, #column>] -> tensor<32x16xbf16, #rows>
    tile.shared_store %x, %buffer : tensor<32x16xbf16, #rows>, !tile.shared<32x16xbf16, #shared>
    %y = tile.shared_load %buffer : !tile.shared<32x16xbf16, #shared> -> tensor<32x16xbf16, #operand>
    %s = tile.mma %y, %ones, %acc : tensor<32x16xbf16, #operand>, tensor<16x32xbf16, #transposed>, tensor<32x32xf32, #acc>
    scf.yield %s : tensor<32x32xf32, #acc>
  }
  tile.return
}

// Where LDS has no room for a second one, the store goes to the buffer that was
// read in the same step. With three stages it stores what the step before loaded.
// CHECK-LABEL: tile.kernel @one_buffer
// CHECK: body {
// CHECK: %[[BUFFER:.*]] = tile.alloc_shared
// CHECK: %[[A0:.*]] = tile.load
// CHECK: tile.shared_store %[[A0]], %[[BUFFER]]
// CHECK: %[[A1:.*]] = tile.load
// CHECK: scf.for {{.*}} step %c16_i32{{.*}} iter_args(%{{.*}} = %{{.*}}, %[[A:.*]] = %[[A1]])
// CHECK-NEXT: %[[X:.*]] = tile.shared_load %[[BUFFER]]
// CHECK-NEXT: %[[SUM:.*]] = tile.mma %[[X]]
// CHECK-NEXT: tile.shared_store %[[A]], %[[BUFFER]]
// CHECK: %[[A2:.*]] = tile.load
// CHECK-NEXT: scf.yield %[[SUM]], %[[A2]]
// CHECK-NEXT: } {tile.steady}
// CHECK-NEXT: tile.shared_load %[[BUFFER]]
// CHECK-NEXT: tile.mma
// CHECK-NEXT: tile.shared_store %{{.*}}, %[[BUFFER]]
// CHECK: tile.shared_load %[[BUFFER]]
// CHECK-NOT: tile.shared_store
// CHECK: scf.yield
tile.kernel @one_buffer(%a: !tile.ptr<bf16> {tile.name = "a", tile.access = "in"},
                        %k: i32 {tile.name = "K", tile.role = "extent"})
    waves(8) attributes {tile.stages = 3 : i32, tile.sched = 7 : i32} launch {
^bb0(%la: !tile.ptr<bf16>, %lk: i32):
  tile.grid %lk
} body {
  %buffer = tile.alloc_shared : !tile.shared<32x16xbf16, #shared>
  %rest = tile.alloc_shared : !tile.shared<512x64xbf16, #full>
  %c0 = arith.constant 0 : i32
  %c16 = arith.constant 16 : i32
  %zeros = arith.constant dense<0.0> : tensor<32x32xf32, #acc>
  %ones = arith.constant dense<1.0> : tensor<16x32xbf16, #transposed>
  %av = tile.view %a[%c16, %k] : !tile.ptr<bf16> -> !tile.array<?x?xbf16>
  %rows = tile.range : tensor<32xi32, #row>
  %columns = tile.range : tensor<16xi32, #column>
  %r = scf.for %i = %c0 to %k step %c16 iter_args(%acc = %zeros) -> (tensor<32x32xf32, #acc>) : i32 {
    %splat = tile.splat %i : i32 -> tensor<16xi32, #column>
    %j = arith.addi %splat, %columns : tensor<16xi32, #column>
    %x = tile.load %av[%rows, %j] : !tile.array<?x?xbf16>[tensor<32xi32, #row>, tensor<16xi32, #column>] -> tensor<32x16xbf16, #rows>
    tile.shared_store %x, %buffer : tensor<32x16xbf16, #rows>, !tile.shared<32x16xbf16, #shared>
    %y = tile.shared_load %buffer : !tile.shared<32x16xbf16, #shared> -> tensor<32x16xbf16, #operand>
    %s = tile.mma %y, %ones, %acc : tensor<32x16xbf16, #operand>, tensor<16x32xbf16, #transposed>, tensor<32x32xf32, #acc>
    scf.yield %s : tensor<32x32xf32, #acc>
  }
  tile.return
}
