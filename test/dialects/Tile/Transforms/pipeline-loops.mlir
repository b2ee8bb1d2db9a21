// RUN: moe-opt %s --moe-split-loops --moe-pipeline-loops --verify-diagnostics -o %t
// RUN: FileCheck %s --input-file=%t
// RUN: moe-opt %t --moe-pipeline-loops | FileCheck %s
// The tiles of the next step are loaded during the products of this one.

#rows = #tile.layout<shape = [32, 16], register = [[0, 1], [0, 2], [0, 4]], lane = [[0, 8], [1, 0], [2, 0], [4, 0], [8, 0], [16, 0]], wave = [], fragment = 8>
#operand = #tile.layout<shape = [32, 16], register = [[0, 1], [0, 2], [0, 4]], lane = [[1, 0], [2, 0], [4, 0], [8, 0], [16, 0], [0, 8]], wave = [], fragment = 8>
#transposed = #tile.layout<shape = [16, 32], register = [[1, 0], [2, 0], [4, 0]], lane = [[0, 1], [0, 2], [0, 4], [0, 8], [0, 16], [8, 0]], wave = [], fragment = 8>
#row = #tile.layout<shape = [32], register = [], lane = [[0], [1], [2], [4], [8], [16]], wave = [], fragment = 1>
#column = #tile.layout<shape = [16], register = [[1], [2], [4]], lane = [[8], [0], [0], [0], [0], [0]], wave = [], fragment = 8>
#acc = #tile.layout<shape = [32, 32], register = [[0, 1], [0, 2], [0, 8], [0, 16]], lane = [[1, 0], [2, 0], [4, 0], [8, 0], [16, 0], [0, 4]], wave = [], fragment = 4>
#shared = #tile.shared_layout<shape = [32, 16], offset = [[0, 1], [0, 2], [0, 4], [0, 8], [1, 0], [2, 0], [4, 0], [8, 0], [16, 0]]>

// One load goes through LDS, one stays in its lanes; the indices are made for
// the next step only. What was loaded ahead is stored before anything else. The
// product reads the second tile from the registers it was loaded to, so that two
// sets of them take turns: the loop does two steps at once. Behind it stands one
// step, which loads the tiles of another one if there is one.
// CHECK-LABEL: tile.kernel @gemm
// CHECK: body {
// CHECK: %[[BUFFER:.*]] = tile.alloc_shared
// CHECK: %[[COLUMNS:.*]] = tile.range : tensor<16xi32
// CHECK: %[[PAIRS:.*]] = arith.muli %{{.*}}, %c32_i32{{.*}} : i32
// CHECK-NEXT: %[[END:.*]] = arith.addi %c0_i32, %[[PAIRS]] : i32
// CHECK-NEXT: scf.if
// CHECK: %[[K0:.*]] = tile.splat
// CHECK-NEXT: %[[I0:.*]] = arith.addi %[[K0]], %[[COLUMNS]]
// CHECK-NEXT: %[[A0:.*]] = tile.load %{{.*}}[%{{.*}}, %[[I0]]]
// CHECK-NEXT: %[[B0:.*]] = tile.load %{{.*}}[%{{.*}}, %[[I0]]]{{.*}} order [1, 0]
// CHECK: scf.for %[[K:.*]] = %c0_i32 to %[[END]] step %c32_i32{{.*}} iter_args(%[[ACC:.*]] = %{{.*}}, %[[A:.*]] = %[[A0]], %[[B:.*]] = %[[B0]])
// CHECK: tile.shared_store %[[A]], %[[BUFFER]]
// CHECK-NEXT: %[[X:.*]] = tile.shared_load %[[BUFFER]]
// CHECK-NEXT: %[[SUM:.*]] = tile.mma %[[X]], %[[B]], %[[ACC]]
// CHECK: %[[NEXT:.*]] = arith.addi %[[K]], %{{.*}}
// CHECK-NEXT: %[[K1:.*]] = tile.splat %[[NEXT]]
// CHECK-NEXT: %[[I1:.*]] = arith.addi %[[K1]], %[[COLUMNS]]
// CHECK-NEXT: %[[A1:.*]] = tile.load %{{.*}}[%{{.*}}, %[[I1]]]
// CHECK-NEXT: %[[B1:.*]] = tile.load %{{.*}}[%{{.*}}, %[[I1]]]{{.*}} order [1, 0]
// CHECK: tile.shared_store %[[A1]], %[[BUFFER]]
// CHECK-NEXT: %[[Y:.*]] = tile.shared_load %[[BUFFER]]
// CHECK-NEXT: %[[SUM2:.*]] = tile.mma %[[Y]], %[[B1]], %[[SUM]]
// CHECK: %[[A2:.*]] = tile.load
// CHECK-NEXT: %[[B2:.*]] = tile.load
// CHECK-NEXT: scf.yield %[[SUM2]], %[[A2]], %[[B2]]
// CHECK-NEXT: } {tile.steady}
// CHECK: %[[MORE:.*]] = arith.cmpi slt, %{{.*}}, %[[UPPER:.*]] : i32
// CHECK-NOT: tile.load
// CHECK: tile.shared_store
// CHECK: %[[LAST:.*]] = tile.mma
// CHECK: %[[LOADED:.*]]:2 = scf.if %[[MORE]]
// CHECK: %[[A3:.*]] = tile.load
// CHECK-NEXT: %[[B3:.*]] = tile.load
// CHECK-NEXT: scf.yield %[[A3]], %[[B3]]
// CHECK-NEXT: } else {
// CHECK: %[[DONE:.*]] = scf.if
// CHECK: tile.shared_store %[[LOADED]]#0
// CHECK: %[[SUM3:.*]] = tile.mma %{{.*}}, %[[LOADED]]#1, %[[LAST]]
// CHECK-NEXT: scf.yield %[[SUM3]]
// CHECK-NEXT: } else {
// CHECK-NEXT: scf.yield %[[LAST]]
// CHECK-NOT: tile.load
// CHECK: scf.yield %[[DONE]], %[[UPPER]]
// CHECK: } else {
// CHECK: } {tile.rest}
tile.kernel @gemm(%a: !tile.ptr<bf16> {tile.name = "a", tile.access = "in"},
                  %b: !tile.ptr<bf16> {tile.name = "b", tile.access = "in"},
                  %k: i32 {tile.name = "K", tile.role = "extent"})
    waves(1) attributes {tile.stages = 2 : i32} launch {
^bb0(%la: !tile.ptr<bf16>, %lb: !tile.ptr<bf16>, %lk: i32):
  tile.grid %lk
} body {
  %buffer = tile.alloc_shared : !tile.shared<32x16xbf16, #shared>
  %c0 = arith.constant 0 : i32
  %c16 = arith.constant 16 : i32
  %c32 = arith.constant 32 : i32
  %zeros = arith.constant dense<0.0> : tensor<32x32xf32, #acc>
  %av = tile.view %a[%c32, %k] : !tile.ptr<bf16> -> !tile.array<?x?xbf16>
  %bv = tile.view %b[%c32, %k] : !tile.ptr<bf16> -> !tile.array<?x?xbf16>
  %rows = tile.range : tensor<32xi32, #row>
  %columns = tile.range : tensor<16xi32, #column>
  %r = scf.for %i = %c0 to %k step %c16 iter_args(%acc = %zeros) -> (tensor<32x32xf32, #acc>) : i32 {
    %splat = tile.splat %i : i32 -> tensor<16xi32, #column>
    %j = arith.addi %splat, %columns : tensor<16xi32, #column>
    %x = tile.load %av[%rows, %j] : !tile.array<?x?xbf16>[tensor<32xi32, #row>, tensor<16xi32, #column>] -> tensor<32x16xbf16, #rows>
    %w = tile.load %bv[%rows, %j] order [1, 0] : !tile.array<?x?xbf16>[tensor<32xi32, #row>, tensor<16xi32, #column>] -> tensor<16x32xbf16, #transposed>
    tile.shared_store %x, %buffer : tensor<32x16xbf16, #rows>, !tile.shared<32x16xbf16, #shared>
    %y = tile.shared_load %buffer : !tile.shared<32x16xbf16, #shared> -> tensor<32x16xbf16, #operand>
    %s = tile.mma %y, %w, %acc : tensor<32x16xbf16, #operand>, tensor<16x32xbf16, #transposed>, tensor<32x32xf32, #acc>
    scf.yield %s : tensor<32x32xf32, #acc>
  }
  tile.return
}

// An array that the kernel may write, indices from memory, indices that only
// divide by zero in steps that do not exist: these stay.
// CHECK-LABEL: tile.kernel @stays
// CHECK: body {
// CHECK: scf.for %[[K:.*]] = %{{.*}} to %{{.*}} step %c16_i32 iter_args(%[[ACC:[^ ,]*]] = %[[ZEROS:[^ ,]*]]) ->
// CHECK-NEXT: tile.load
// CHECK: arith.divsi
// CHECK: tile.load
// CHECK: tile.load
// CHECK: tile.load
// CHECK: tile.mma
// CHECK: tile.mma
tile.kernel @stays(%a: !tile.ptr<bf16> {tile.name = "a", tile.access = "inout"},
                   %b: !tile.ptr<bf16> {tile.name = "b", tile.access = "in"},
                   %table: !tile.ptr<i32> {tile.name = "table", tile.access = "in"},
                   %k: i32 {tile.name = "K", tile.role = "extent"})
    waves(1) attributes {tile.stages = 2 : i32} launch {
^bb0(%la: !tile.ptr<bf16>, %lb: !tile.ptr<bf16>, %lt: !tile.ptr<i32>, %lk: i32):
  tile.grid %lk
} body {
  %c0 = arith.constant 0 : i32
  %c16 = arith.constant 16 : i32
  %c32 = arith.constant 32 : i32
  %zeros = arith.constant dense<0.0> : tensor<32x32xf32, #acc>
  %av = tile.view %a[%c32, %k] : !tile.ptr<bf16> -> !tile.array<?x?xbf16>
  %bv = tile.view %b[%c32, %k] : !tile.ptr<bf16> -> !tile.array<?x?xbf16>
  %tv = tile.view %table[%k] : !tile.ptr<i32> -> !tile.array<?xi32>
  %rows = tile.range : tensor<32xi32, #row>
  %columns = tile.range : tensor<16xi32, #column>
  %r = scf.for %i = %c0 to %k step %c16 iter_args(%acc = %zeros) -> (tensor<32x32xf32, #acc>) : i32 {
    %entry = tile.load %tv[%i] : !tile.array<?xi32>[i32] -> i32
    %splat = tile.splat %entry : i32 -> tensor<16xi32, #column>
    %q = arith.divsi %c32, %i : i32
    %quotient = tile.splat %q : i32 -> tensor<16xi32, #column>
    // expected-remark @below {{not loaded ahead: the kernel may write this array}}
    %x = tile.load %av[%rows, %columns] : !tile.array<?x?xbf16>[tensor<32xi32, #row>, tensor<16xi32, #column>] -> tensor<32x16xbf16, #operand>
    // expected-remark @below {{not loaded ahead: the indices of the next iteration are not known in this one}}
    %w = tile.load %bv[%rows, %splat] order [1, 0] : !tile.array<?x?xbf16>[tensor<32xi32, #row>, tensor<16xi32, #column>] -> tensor<16x32xbf16, #transposed>
    // expected-remark @below {{not loaded ahead: the indices of the next iteration are not known in this one}}
    %v = tile.load %bv[%rows, %quotient] order [1, 0] : !tile.array<?x?xbf16>[tensor<32xi32, #row>, tensor<16xi32, #column>] -> tensor<16x32xbf16, #transposed>
    %s = tile.mma %x, %w, %acc : tensor<32x16xbf16, #operand>, tensor<16x32xbf16, #transposed>, tensor<32x32xf32, #acc>
    %t = tile.mma %x, %v, %s : tensor<32x16xbf16, #operand>, tensor<16x32xbf16, #transposed>, tensor<32x32xf32, #acc>
    scf.yield %t : tensor<32x32xf32, #acc>
  }
  tile.return
}

// One stage: nothing changes.
// CHECK-LABEL: tile.kernel @one_stage
// CHECK: scf.for %{{.*}} iter_args(%{{[^ ,]*}} = %{{[^ ,]*}}) ->
// CHECK-NEXT: tile.load
// CHECK-NEXT: tile.load
// CHECK-NEXT: tile.mma
tile.kernel @one_stage(%a: !tile.ptr<bf16> {tile.name = "a", tile.access = "in"},
                       %k: i32 {tile.name = "K", tile.role = "extent"})
    waves(1) attributes {tile.stages = 1 : i32} launch {
^bb0(%la: !tile.ptr<bf16>, %lk: i32):
  tile.grid %lk
} body {
  %c0 = arith.constant 0 : i32
  %c16 = arith.constant 16 : i32
  %zeros = arith.constant dense<0.0> : tensor<32x32xf32, #acc>
  %av = tile.view %a[%c16, %k] : !tile.ptr<bf16> -> !tile.array<?x?xbf16>
  %rows = tile.range : tensor<32xi32, #row>
  %columns = tile.range : tensor<16xi32, #column>
  %r = scf.for %i = %c0 to %k step %c16 iter_args(%acc = %zeros) -> (tensor<32x32xf32, #acc>) : i32 {
    %x = tile.load %av[%rows, %columns] : !tile.array<?x?xbf16>[tensor<32xi32, #row>, tensor<16xi32, #column>] -> tensor<32x16xbf16, #operand>
    %w = tile.load %av[%rows, %columns] order [1, 0] : !tile.array<?x?xbf16>[tensor<32xi32, #row>, tensor<16xi32, #column>] -> tensor<16x32xbf16, #transposed>
    %s = tile.mma %x, %w, %acc : tensor<32x16xbf16, #operand>, tensor<16x32xbf16, #transposed>, tensor<32x32xf32, #acc>
    scf.yield %s : tensor<32x32xf32, #acc>
  }
  tile.return
}

// Without the attribute the pass takes the chip's two stages.
// CHECK-LABEL: tile.kernel @default
// CHECK: attributes {tile.stages = 1 : i32}
// CHECK: tile.load
// CHECK: scf.for %{{.*}} iter_args(%{{.*}} = %{{.*}}, %[[W:.*]] = %{{.*}}) ->
// CHECK: tile.mma %{{.*}}, %[[W]]
tile.kernel @default(%a: !tile.ptr<bf16> {tile.name = "a", tile.access = "in"},
                     %k: i32 {tile.name = "K", tile.role = "extent"}) waves(1) launch {
^bb0(%la: !tile.ptr<bf16>, %lk: i32):
  tile.grid %lk
} body {
  %c0 = arith.constant 0 : i32
  %c16 = arith.constant 16 : i32
  %zeros = arith.constant dense<0.0> : tensor<32x32xf32, #acc>
  %ones = arith.constant dense<1.0> : tensor<32x16xbf16, #operand>
  %av = tile.view %a[%c16, %k] : !tile.ptr<bf16> -> !tile.array<?x?xbf16>
  %rows = tile.range : tensor<32xi32, #row>
  %columns = tile.range : tensor<16xi32, #column>
  %r = scf.for %i = %c0 to %k step %c16 iter_args(%acc = %zeros) -> (tensor<32x32xf32, #acc>) : i32 {
    %w = tile.load %av[%rows, %columns] order [1, 0] : !tile.array<?x?xbf16>[tensor<32xi32, #row>, tensor<16xi32, #column>] -> tensor<16x32xbf16, #transposed>
    %s = tile.mma %ones, %w, %acc : tensor<32x16xbf16, #operand>, tensor<16x32xbf16, #transposed>, tensor<32x32xf32, #acc>
    scf.yield %s : tensor<32x32xf32, #acc>
  }
  tile.return
}

// Three stages of a tile that goes through LDS: one in use, one in the second
// buffer, one in registers. The first step's tile is stored in front. Steps are
// done in pairs, so that buffers stay in place; behind the loop stand two steps
// and a third, if it is left, whose tile the first of them loads.
// CHECK-LABEL: tile.kernel @double_buffer
// CHECK: body {
// CHECK: %[[FIRST:.*]] = tile.alloc_shared
// CHECK: %[[SECOND:.*]] = tile.alloc_shared
// CHECK: %[[ENOUGH:.*]] = arith.cmpi sge, %[[LENGTH:.*]], %c32_i32
// CHECK: arith.andi %{{.*}}, %[[ENOUGH]]
// CHECK: %[[PAIRS:.*]] = arith.divui
// CHECK: %[[LENGTH:.*]] = arith.muli %[[PAIRS]], %[[PAIR:[^ ]*]] :
// CHECK: %[[END:.*]] = arith.addi %c0_i32, %[[LENGTH]]
// CHECK: scf.if
// CHECK: %[[A0:.*]] = tile.load
// CHECK: tile.shared_store %[[A0]], %[[FIRST]]
// CHECK: %[[A1:.*]] = tile.load
// CHECK: scf.for %[[K:.*]] = %c0_i32 to %[[END]] step %c32_i32{{.*}} iter_args(%{{.*}} = %{{.*}}, %[[A:.*]] = %[[A1]])
// CHECK: %[[X:.*]] = tile.shared_load %[[FIRST]]
// CHECK-NEXT: %[[SUM:.*]] = tile.mma %[[X]]
// CHECK-NEXT: tile.shared_store %[[A]], %[[SECOND]]
// CHECK: %[[A2:.*]] = tile.load
// CHECK: %[[Y:.*]] = tile.shared_load %[[SECOND]]
// CHECK-NEXT: %[[SUM2:.*]] = tile.mma %[[Y]], %{{.*}}, %[[SUM]]
// CHECK-NEXT: tile.shared_store %[[A2]], %[[FIRST]]
// CHECK: %[[A3:.*]] = tile.load
// CHECK: scf.yield %[[SUM2]], %[[A3]]
// CHECK: } {tile.steady}
// CHECK: tile.shared_load %[[FIRST]]
// CHECK: tile.shared_store %{{.*}}, %[[SECOND]]
// CHECK: %[[A4:.*]] = scf.if
// CHECK: tile.load
// CHECK: tile.shared_load %[[SECOND]]
// CHECK: tile.shared_store %[[A4]], %[[FIRST]]
// CHECK: scf.if
// CHECK: tile.shared_load %[[FIRST]]
// CHECK-NOT: tile.shared_store
// CHECK: scf.yield
// CHECK: } {tile.rest}
tile.kernel @double_buffer(%a: !tile.ptr<bf16> {tile.name = "a", tile.access = "in"},
                           %k: i32 {tile.name = "K", tile.role = "extent"})
    waves(1) attributes {tile.stages = 3 : i32} launch {
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
