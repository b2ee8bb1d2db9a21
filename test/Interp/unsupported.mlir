// RUN: not moe-run %s --kernel=no_rule 2>&1 | FileCheck %s --check-prefix=RULE
// RUN: not moe-run %s --kernel=no_type 2>&1 | FileCheck %s --check-prefix=TYPE
// RUN: moe-run %s --kernel=by_zero --out r=%t.r.npy 2>&1 | FileCheck %s --check-prefix=ZERO
// RUN: %python %S/Inputs/show.py %t.r.npy | FileCheck %s --check-prefix=RESULT
// What has no meaning is refused with its place; a division by zero gives zero
// and a warning.

tile.kernel @no_rule() waves(1) launch {
  %1 = arith.constant 1 : i32
  tile.grid %1
} body {
  %x = arith.constant 1.0 : f32
  // RULE: unsupported.mlir:[[#@LINE+1]]:8: error: the interpreter has no rule for 'math.acosh'
  %y = math.acosh %x : f32
  tile.return
}

tile.kernel @no_type() waves(1) launch {
  %1 = arith.constant 1 : i32
  tile.grid %1
} body {
  // TYPE: unsupported.mlir:[[#@LINE+1]]:8: error: the interpreter does not support values of type 'i7'
  %x = arith.constant 1 : i7
  tile.return
}

tile.kernel @by_zero(%r: !tile.ptr<i32> {tile.name = "r", tile.access = "out"}) waves(1) launch {
^bb0(%r0: !tile.ptr<i32>):
  %4 = arith.constant 4 : i32
  tile.shape %r0[%4] : !tile.ptr<i32>
  tile.grid %4
} body {
  %4 = arith.constant 4 : i32
  %pid = tile.program_id
  %3 = arith.constant 3 : i32
  %d = arith.subi %3, %pid : i32
  // ZERO: unsupported.mlir:[[#@LINE+1]]:8: warning: division by zero in 'arith.floordivsi' gives 0 (workgroup 3)
  %q = arith.floordivsi %4, %d : i32
  %rv = tile.view %r[%4] : !tile.ptr<i32> -> !tile.array<?xi32>
  tile.store %q, %rv[%pid] : i32, !tile.array<?xi32>[i32]
  // RESULT: int32 [4]
  // RESULT-NEXT: {{^}}1 2 4 0
  tile.return
}
