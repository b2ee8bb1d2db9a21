// RUN: moe-opt %s --moe-split-loops -o %t
// RUN: FileCheck %s --input-file=%t
// RUN: moe-opt %t --moe-split-loops | FileCheck %s
// Iterations whose columns are in bounds for certain get a loop of their own.

#operand = #tile.layout<shape = [32, 16], register = [[0, 1], [0, 2], [0, 4]], lane = [[1, 0], [2, 0], [4, 0], [8, 0], [16, 0], [0, 8]], wave = [], fragment = 8>
#transposed = #tile.layout<shape = [16, 32], register = [[1, 0], [2, 0], [4, 0]], lane = [[0, 1], [0, 2], [0, 4], [0, 8], [0, 16], [8, 0]], wave = [], fragment = 8>
#row = #tile.layout<shape = [32], register = [], lane = [[1], [2], [4], [8], [16], [0]], wave = [], fragment = 1>
#column = #tile.layout<shape = [16], register = [[1], [2], [4]], lane = [[0], [0], [0], [0], [0], [8]], wave = [], fragment = 8>
#acc = #tile.layout<shape = [32, 32], register = [[0, 1], [0, 2], [0, 8], [0, 16]], lane = [[1, 0], [2, 0], [4, 0], [8, 0], [16, 0], [0, 4]], wave = [], fragment = 4>

// The load runs 16 positions ahead, and has 16 of them: the steady part ends
// where k + 31 would reach K. Its rows stay unknown. It runs where descriptors
// reach the array, and says where the rest begins.
// CHECK-LABEL: tile.kernel @tail
// CHECK: body {
// CHECK: %[[AHEAD:.*]] = arith.constant 31 : i32
// CHECK: %[[ROOM:.*]] = arith.subi %{{.*}}, %[[AHEAD]]
// CHECK: arith.minsi %{{.*}}, %[[ROOM]]
// CHECK: %[[SOME:.*]] = arith.cmpi sgt, %[[END:.*]], %c0_i32
// CHECK: arith.constant 2147483648 : i64
// CHECK: arith.cmpi ult, %{{.*}} : i64
// CHECK: %[[RUNS:.*]] = arith.andi %[[SOME]], %{{.*}}
// CHECK: %[[STEADY:.*]]:2 = scf.if %[[RUNS]]
// CHECK: scf.for %{{.*}} = %c0_i32 to %[[END]] step
// CHECK: tile.load %{{.*}} in_bounds [1] {tile.in_reach = true} :
// CHECK: } {tile.steady}
// CHECK: scf.yield %{{.*}}, %[[END]]
// CHECK: } else {
// CHECK: scf.yield %{{.*}}, %c0_i32
// CHECK: scf.for %{{.*}} = %[[STEADY]]#1 to %{{.*}} step %c16_i32 iter_args(%{{.*}} = %[[STEADY]]#0)
// CHECK: tile.load
// CHECK-NOT: in_bounds
// CHECK-NOT: in_reach
// CHECK: } {tile.rest}
tile.kernel @tail(%a: !tile.ptr<bf16> {tile.name = "a", tile.access = "in"},
                  %k: i32 {tile.name = "K", tile.role = "extent"}) waves(1) launch {
^bb0(%la: !tile.ptr<bf16>, %lk: i32):
  tile.grid %lk
} body {
  %c0_i32 = arith.constant 0 : i32
  %c16_i32 = arith.constant 16 : i32
  %zeros = arith.constant dense<0.0> : tensor<32x32xf32, #acc>
  %ones = arith.constant dense<1.0> : tensor<16x32xbf16, #transposed>
  %av = tile.view %a[%c16_i32, %k] : !tile.ptr<bf16> -> !tile.array<?x?xbf16>
  %rows = tile.range : tensor<32xi32, #row>
  %columns = tile.range : tensor<16xi32, #column>
  %r = scf.for %i = %c0_i32 to %k step %c16_i32 iter_args(%acc = %zeros) -> (tensor<32x32xf32, #acc>) : i32 {
    %next = arith.addi %i, %c16_i32 : i32
    %splat = tile.splat %next : i32 -> tensor<16xi32, #column>
    %j = arith.addi %splat, %columns : tensor<16xi32, #column>
    %x = tile.load %av[%rows, %j] : !tile.array<?x?xbf16>[tensor<32xi32, #row>, tensor<16xi32, #column>] -> tensor<32x16xbf16, #operand>
    %s = tile.mma %x, %ones, %acc : tensor<32x16xbf16, #operand>, tensor<16x32xbf16, #transposed>, tensor<32x32xf32, #acc>
    scf.yield %s : tensor<32x32xf32, #acc>
  }
  tile.return
}

// K is a multiple of the step: all iterations are in bounds, of the rest, too.
// CHECK-LABEL: tile.kernel @divisible
// CHECK: tile.load %{{.*}} in_bounds [1] {tile.in_reach = true} :
// CHECK: } {tile.steady}
// CHECK: tile.load %{{.*}} in_bounds [1] :
// CHECK: } {tile.rest}
tile.kernel @divisible(%a: !tile.ptr<bf16> {tile.name = "a", tile.access = "in"},
                       %k: i32 {tile.name = "K", tile.role = "extent", tile.divisible = 32 : i64}) waves(1) launch {
^bb0(%la: !tile.ptr<bf16>, %lk: i32):
  tile.grid %lk
} body {
  %c0_i32 = arith.constant 0 : i32
  %c16_i32 = arith.constant 16 : i32
  %zeros = arith.constant dense<0.0> : tensor<32x32xf32, #acc>
  %ones = arith.constant dense<1.0> : tensor<16x32xbf16, #transposed>
  %av = tile.view %a[%c16_i32, %k] : !tile.ptr<bf16> -> !tile.array<?x?xbf16>
  %rows = tile.range : tensor<32xi32, #row>
  %columns = tile.range : tensor<16xi32, #column>
  %r = scf.for %i = %c0_i32 to %k step %c16_i32 iter_args(%acc = %zeros) -> (tensor<32x32xf32, #acc>) : i32 {
    %splat = tile.splat %i : i32 -> tensor<16xi32, #column>
    %j = arith.addi %splat, %columns : tensor<16xi32, #column>
    %x = tile.load %av[%rows, %j] : !tile.array<?x?xbf16>[tensor<32xi32, #row>, tensor<16xi32, #column>] -> tensor<32x16xbf16, #operand>
    %s = tile.mma %x, %ones, %acc : tensor<32x16xbf16, #operand>, tensor<16x32xbf16, #transposed>, tensor<32x32xf32, #acc>
    scf.yield %s : tensor<32x32xf32, #acc>
  }
  tile.return
}

// An index that goes down is not known, but descriptors reach the array.
// CHECK-LABEL: tile.kernel @down
// CHECK-NOT: in_bounds
// CHECK: tile.load %{{.*}} {tile.in_reach = true}
// CHECK: } {tile.steady}
// CHECK-NOT: in_bounds
// CHECK: } {tile.rest}
tile.kernel @down(%a: !tile.ptr<bf16> {tile.name = "a", tile.access = "in"},
                   %k: i32 {tile.name = "K", tile.role = "extent"}) waves(1) launch {
^bb0(%la: !tile.ptr<bf16>, %lk: i32):
  tile.grid %lk
} body {
  %c0_i32 = arith.constant 0 : i32
  %c16_i32 = arith.constant 16 : i32
  %zeros = arith.constant dense<0.0> : tensor<32x32xf32, #acc>
  %ones = arith.constant dense<1.0> : tensor<16x32xbf16, #transposed>
  %av = tile.view %a[%c16_i32, %k] : !tile.ptr<bf16> -> !tile.array<?x?xbf16>
  %rows = tile.range : tensor<32xi32, #row>
  %columns = tile.range : tensor<16xi32, #column>
  %r = scf.for %i = %c0_i32 to %k step %c16_i32 iter_args(%acc = %zeros) -> (tensor<32x32xf32, #acc>) : i32 {
    %down = arith.subi %k, %i : i32
    %splat = tile.splat %down : i32 -> tensor<16xi32, #column>
    %j = arith.addi %splat, %columns : tensor<16xi32, #column>
    %x = tile.load %av[%rows, %j] : !tile.array<?x?xbf16>[tensor<32xi32, #row>, tensor<16xi32, #column>] -> tensor<32x16xbf16, #operand>
    %s = tile.mma %x, %ones, %acc : tensor<32x16xbf16, #operand>, tensor<16x32xbf16, #transposed>, tensor<32x32xf32, #acc>
    scf.yield %s : tensor<32x32xf32, #acc>
  }
  tile.return
}

// Nothing is loaded, or the step is not known: the loop stays.
// CHECK-LABEL: tile.kernel @stays
// CHECK: scf.for
// CHECK: scf.for
// CHECK-NOT: scf.for
// CHECK: tile.return
tile.kernel @stays(%a: !tile.ptr<bf16> {tile.name = "a", tile.access = "in"},
                   %k: i32 {tile.name = "K", tile.role = "extent"}) waves(1) launch {
^bb0(%la: !tile.ptr<bf16>, %lk: i32):
  tile.grid %lk
} body {
  %c0_i32 = arith.constant 0 : i32
  %c16_i32 = arith.constant 16 : i32
  %zeros = arith.constant dense<0.0> : tensor<32x32xf32, #acc>
  %ones = arith.constant dense<1.0> : tensor<16x32xbf16, #transposed>
  %twos = arith.constant dense<2.0> : tensor<32x16xbf16, #operand>
  %av = tile.view %a[%c16_i32, %k] : !tile.ptr<bf16> -> !tile.array<?x?xbf16>
  %rows = tile.range : tensor<32xi32, #row>
  %columns = tile.range : tensor<16xi32, #column>
  %r = scf.for %i = %c0_i32 to %k step %c16_i32 iter_args(%acc = %zeros) -> (tensor<32x32xf32, #acc>) : i32 {
    %s = tile.mma %twos, %ones, %acc : tensor<32x16xbf16, #operand>, tensor<16x32xbf16, #transposed>, tensor<32x32xf32, #acc>
    scf.yield %s : tensor<32x32xf32, #acc>
  }
  %q = scf.for %i = %c0_i32 to %k step %k iter_args(%acc = %r) -> (tensor<32x32xf32, #acc>) : i32 {
    %x = tile.load %av[%rows, %columns] : !tile.array<?x?xbf16>[tensor<32xi32, #row>, tensor<16xi32, #column>] -> tensor<32x16xbf16, #operand>
    %s = tile.mma %x, %ones, %acc : tensor<32x16xbf16, #operand>, tensor<16x32xbf16, #transposed>, tensor<32x32xf32, #acc>
    scf.yield %s : tensor<32x32xf32, #acc>
  }
  tile.return
}
