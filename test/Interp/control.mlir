// RUN: moe-run %s --kernel=loops --set n=7 --out r=%t.r.npy
// RUN: %python %S/Inputs/show.py %t.r.npy | FileCheck %s
// RUN: not moe-run %s --kernel=loops --set n=-1 2>&1 | FileCheck %s --check-prefix=STEP
// Loops and conditions with values carried along, and the workgroup's number.

// CHECK: int32 [2, 6]
// CHECK-NEXT: {{^}}13 8 14 64 21 0
// CHECK-NEXT: {{^}}13 8 1 64 21 100

tile.kernel @loops(%r: !tile.ptr<i32> {tile.name = "r", tile.access = "out"},
                   %n: i32 {tile.name = "n", tile.role = "scalar"}) waves(1) launch {
^bb0(%r0: !tile.ptr<i32>, %n0: i32):
  %2 = arith.constant 2 : i32
  %6 = arith.constant 6 : i32
  tile.shape %r0[%2, %6] : !tile.ptr<i32>
  tile.grid %2
} body {
  %0 = arith.constant 0 : i32
  %1 = arith.constant 1 : i32
  %2 = arith.constant 2 : i32
  %3 = arith.constant 3 : i32
  %4 = arith.constant 4 : i32
  %5 = arith.constant 5 : i32
  %6 = arith.constant 6 : i32
  %rv = tile.view %r[%2, %6] : !tile.ptr<i32> -> !tile.array<?x?xi32>
  %pid = tile.program_id
  // Fibonacci: the two values change places, as if assigned at once.
  %f:2 = scf.for %i = %0 to %6 step %1 iter_args(%a = %1, %b = %1) -> (i32, i32) : i32 {
    %next = arith.addi %a, %b : i32
    scf.yield %next, %a : i32, i32
  }
  tile.store %f#1, %rv[%pid, %0] : i32, !tile.array<?x?xi32>[i32, i32]
  // A loop without an iteration gives its initial value.
  %none = scf.for %i = %6 to %3 step %1 iter_args(%a = %n) -> (i32) : i32 {
    scf.yield %0 : i32
  }
  %some = arith.addi %none, %1 : i32
  tile.store %some, %rv[%pid, %1] : i32, !tile.array<?x?xi32>[i32, i32]
  // A condition with results.
  %isFirst = arith.cmpi eq, %pid, %0 : i32
  %chosen = scf.if %isFirst -> (i32) {
    %twice = arith.muli %n, %2 : i32
    scf.yield %twice : i32
  } else {
    scf.yield %pid : i32
  }
  tile.store %chosen, %rv[%pid, %2] : i32, !tile.array<?x?xi32>[i32, i32]
  // The first power of two from 40, doubled while less.
  %40 = arith.constant 40 : i32
  %power = scf.while (%p = %1) : (i32) -> i32 {
    %less = arith.cmpi slt, %p, %40 : i32
    scf.condition(%less) %p : i32
  } do {
  ^bb0(%p: i32):
    %double = arith.muli %p, %2 : i32
    scf.yield %double : i32
  }
  tile.store %power, %rv[%pid, %3] : i32, !tile.array<?x?xi32>[i32, i32]
  // Index loops with a step: 0 + 3 + 6 and the sum of a tile carried along.
  %c0 = arith.constant 0 : index
  %c7 = arith.index_cast %n : i32 to index
  %step = arith.minsi %n, %3 : i32
  %c3 = arith.index_cast %step : i32 to index
  %zeros = arith.constant dense<0> : tensor<2xi32>
  // STEP: control.mlir:[[#@LINE+1]]:{{.*}}: error: expected a loop step above 0, got -1 (workgroup 0)
  %tile = scf.for %i = %c0 to %c7 step %c3 iter_args(%t = %zeros) -> (tensor<2xi32>) {
    %k = arith.index_cast %i : index to i32
    %range = tile.range : tensor<2xi32>
    %splat = tile.splat %k : i32 -> tensor<2xi32>
    %both = arith.addi %range, %splat : tensor<2xi32>
    %sum = arith.addi %t, %both : tensor<2xi32>
    scf.yield %sum : tensor<2xi32>
  }
  %total = tile.reduce add %tile axis 0 : tensor<2xi32> -> i32
  tile.store %total, %rv[%pid, %4] : i32, !tile.array<?x?xi32>[i32, i32]
  // A condition without an else; inside it a loop that stores.
  %100 = arith.constant 100 : i32
  tile.store %0, %rv[%pid, %5] : i32, !tile.array<?x?xi32>[i32, i32]
  %isSecond = arith.cmpi eq, %pid, %1 : i32
  scf.if %isSecond {
    scf.for %i = %0 to %1 step %1 : i32 {
      tile.store %100, %rv[%pid, %5] : i32, !tile.array<?x?xi32>[i32, i32]
    }
  }
  tile.return
}
