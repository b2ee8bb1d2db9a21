// RUN: %python -c "import numpy as np; np.save('%t.x.npy', np.arange(8, dtype=np.int32))"
// RUN: moe-run %s --entry=sums --in x=%t.x.npy --set twice=true --out y=%t.y.npy --stats | FileCheck %s
// RUN: moe-run %s --entry=sums --in x=%t.x.npy --set twice=false --out y=%t.z.npy --stats | FileCheck %s --check-prefix=ONCE
// RUN: moe-run %s --entry=sums --in x=%t.x.npy --set twice=1 --out y=%t.s.npy --device=sim:gfx942
// RUN: %python %S/../../Interp/Inputs/show.py %t.y.npy %t.z.npy %t.s.npy | FileCheck %s --check-prefix=RESULT
// RUN: not moe-run %s --entry=sums --extent N=9 --in x=%t.x.npy --set twice=1 2>&1 | FileCheck %s --check-prefix=EXTENT
// RUN: moe-run %s --entry=poisoned --out y=%t.p.npy
// RUN: %python %S/../../Interp/Inputs/show.py %t.p.npy | FileCheck %s --check-prefix=POISON
// An entry launches kernels in order on workspace, by conditions and loops.

// CHECK-COUNT-6: accumulate: 1 workgroups, {{[0-9.]+}} ms
// CHECK-NEXT: memory: 32 bytes read, 16 bytes written
// CHECK-NOT: accumulate
// ONCE-COUNT-5: accumulate: 1 workgroups
// ONCE-NOT: accumulate
// RESULT: int32 [8]
// RESULT-NEXT: {{^}}4 11 18 25 24 30 36 42
// RESULT-NEXT: int32 [8]
// RESULT-NEXT: {{^}}4 8 12 16 12 15 18 21
// RESULT-NEXT: int32 [8]
// RESULT-NEXT: {{^}}4 11 18 25 24 30 36 42
// EXTENT: error: extent 'N' is 9 by --extent, but 8 by axis 0 of 'x'
// POISON: {{^}}-1 -1

// c += a
tile.kernel @accumulate(%a: !tile.ptr<i32> {tile.name = "a", tile.access = "in"},
                        %c: !tile.ptr<i32> {tile.name = "c", tile.access = "inout"},
                        %n: i32 {tile.name = "N", tile.role = "extent"}) waves(1) launch {
^bb0(%a: !tile.ptr<i32>, %c: !tile.ptr<i32>, %n: i32):
  tile.shape %a[%n] : !tile.ptr<i32>
  tile.shape %c[%n] : !tile.ptr<i32>
  %64 = arith.constant 64 : i32
  %blocks = arith.ceildivsi %n, %64 : i32
  tile.grid %blocks
} body {
  %64 = arith.constant 64 : i32
  %pid = tile.program_id
  %start = arith.muli %pid, %64 : i32
  %starts = tile.splat %start : i32 -> tensor<64xi32>
  %range = tile.range : tensor<64xi32>
  %i = arith.addi %starts, %range : tensor<64xi32>
  %av = tile.view %a[%n] : !tile.ptr<i32> -> !tile.array<?xi32>
  %cv = tile.view %c[%n] : !tile.ptr<i32> -> !tile.array<?xi32>
  %x = tile.load %av[%i] : !tile.array<?xi32>[tensor<64xi32>] -> tensor<64xi32>
  %y = tile.load %cv[%i] : !tile.array<?xi32>[tensor<64xi32>] -> tensor<64xi32>
  %z = arith.addi %x, %y : tensor<64xi32>
  tile.store %z, %cv[%i] : tensor<64xi32>, !tile.array<?xi32>[tensor<64xi32>]
  tile.return
}

// y = 3 x (twice: 6 x), then its first half += the last half of x
func.func @sums(%x: !tile.ptr<i32> {tile.name = "x", tile.access = "in"},
                %y: !tile.ptr<i32> {tile.name = "y", tile.access = "out"},
                %twice: i1 {tile.name = "twice", tile.role = "scalar"},
                %n: i32 {tile.name = "N", tile.role = "extent"}) attributes {tile.entry} {
  tile.shape %x[%n] : !tile.ptr<i32>
  tile.shape %y[%n] : !tile.ptr<i32>
  %count = arith.extsi %n : i32 to i64
  %sum = tile.workspace %count {name = "sum"} : !tile.ptr<i32>
  tile.zero %sum, %count : !tile.ptr<i32>
  %0 = arith.constant 0 : i32
  %1 = arith.constant 1 : i32
  %3 = arith.constant 3 : i32
  scf.for %i = %0 to %3 step %1 : i32 {
    tile.launch @accumulate(%x, %sum, %n) : !tile.ptr<i32>, !tile.ptr<i32>, i32
  }
  tile.zero %y, %count : !tile.ptr<i32>
  tile.launch @accumulate(%sum, %y, %n) : !tile.ptr<i32>, !tile.ptr<i32>, i32
  scf.if %twice {
    tile.launch @accumulate(%sum, %y, %n) : !tile.ptr<i32>, !tile.ptr<i32>, i32
  }
  %2 = arith.constant 2 : i32
  %half = arith.divsi %n, %2 : i32
  %half64 = arith.extsi %half : i32 to i64
  %last = tile.offset %x, %half64 : !tile.ptr<i32>
  tile.launch @accumulate(%last, %y, %half) : !tile.ptr<i32>, !tile.ptr<i32>, i32
  return
}

// Workspace is poisoned, as outputs are: -1 + 0.
func.func @poisoned(%y: !tile.ptr<i32> {tile.name = "y", tile.access = "out"}) attributes {tile.entry} {
  %2 = arith.constant 2 : i32
  %count = arith.constant 2 : i64
  tile.shape %y[%2] : !tile.ptr<i32>
  %work = tile.workspace %count : !tile.ptr<i32>
  tile.zero %y, %count : !tile.ptr<i32>
  tile.launch @accumulate(%work, %y, %2) : !tile.ptr<i32>, !tile.ptr<i32>, i32
  return
}
