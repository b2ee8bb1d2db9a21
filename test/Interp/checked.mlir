// RUN: moe-run %s --kernel=twice --out r=%t.r.npy
// RUN: %python %S/Inputs/show.py %t.r.npy | FileCheck %s --check-prefix=ONE
// RUN: not moe-run %s --kernel=twice --device=interp:checked 2>&1 | FileCheck %s
// RUN: moe-run %s --kernel=once --device=interp:checked --out r=%t.r.npy
// Two elements of one store to one place: one is kept; checked mode refuses.

// ONE: int32 [2]
// ONE-NEXT: {{^}}{{[02]}} {{[13]}}
tile.kernel @twice(%r: !tile.ptr<i32> {tile.name = "r", tile.access = "out"}) waves(1) launch {
^bb0(%r0: !tile.ptr<i32>):
  %2 = arith.constant 2 : i32
  tile.shape %r0[%2] : !tile.ptr<i32>
  tile.grid %2
} body {
  %2 = arith.constant 2 : i32
  %i = tile.range : tensor<4xi32>
  %twos = arith.constant dense<2> : tensor<4xi32>
  %half = arith.remui %i, %twos : tensor<4xi32>
  %rv = tile.view %r[%2] : !tile.ptr<i32> -> !tile.array<?xi32>
  // CHECK: checked.mlir:[[#@LINE+1]]:3: error: elements 0 and 2 of one store go to the same place, offset 0 of the array (workgroup 0)
  tile.store %i, %rv[%half] : tensor<4xi32>, !tile.array<?xi32>[tensor<4xi32>]
  tile.return
}

// What is dropped goes nowhere.
tile.kernel @once(%r: !tile.ptr<i32> {tile.name = "r", tile.access = "out"}) waves(1) launch {
^bb0(%r0: !tile.ptr<i32>):
  %1 = arith.constant 1 : i32
  %2 = arith.constant 2 : i32
  tile.shape %r0[%2] : !tile.ptr<i32>
  tile.grid %1
} body {
  %2 = arith.constant 2 : i32
  %i = arith.constant dense<[0, 5, 1, 5]> : tensor<4xi32>
  %rv = tile.view %r[%2] : !tile.ptr<i32> -> !tile.array<?xi32>
  tile.store %i, %rv[%i] : tensor<4xi32>, !tile.array<?xi32>[tensor<4xi32>]
  tile.return
}
