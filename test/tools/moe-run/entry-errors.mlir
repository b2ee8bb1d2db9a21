// RUN: not moe-run %s --entry=small --extent N=8 2>&1 | FileCheck %s --check-prefix=SMALL
// RUN: not moe-run %s --entry=past --extent N=8 2>&1 | FileCheck %s --check-prefix=PAST
// RUN: not moe-run %s --entry=clause --extent N=6 2>&1 | FileCheck %s --check-prefix=CLAUSE
// RUN: not moe-run %s --entry=own_clause --extent N=6 2>&1 | FileCheck %s --check-prefix=OWN
// RUN: not moe-run %s --entry=negative --extent N=6 2>&1 | FileCheck %s --check-prefix=NEGATIVE
// RUN: not moe-run %s --entry=large --extent N=6 2>&1 | FileCheck %s --check-prefix=LARGE
// RUN: not moe-run %s --entry=too_large --extent N=6 2>&1 | FileCheck %s --check-prefix=MEMORY
// RUN: not moe-run %s --entry=zero --extent N=6 2>&1 | FileCheck %s --check-prefix=ZERO
// RUN: not moe-run %s --entry=nameless --extent N=6 2>&1 | FileCheck %s --check-prefix=NAMELESS
// RUN: not moe-run %s --entry=not_an_entry 2>&1 | FileCheck %s --check-prefix=CHOICES
// What an entry may not do: leave its memory, or launch against a clause.

// CHOICES: error: there is no entry 'not_an_entry' in '{{.*}}entry-errors.mlir'
// CHOICES-NEXT: note: its kernels: fill
// CHOICES-NEXT: note: its entries: small, past, clause, own_clause, negative, large, too_large, zero, nameless
func.func @not_an_entry() {
  return
}

tile.kernel @fill(%c: !tile.ptr<i32> {tile.name = "c", tile.access = "out"},
                  %n: i32 {tile.name = "N", tile.role = "extent"}) waves(1) launch {
^bb0(%c: !tile.ptr<i32>, %n: i32):
  // SMALL: entry-errors.mlir:[[#@LINE+2]]:3: error: array 'c' of kernel 'fill' takes 32 bytes, but 'work' has only 28 bytes from there on
  // PAST: entry-errors.mlir:[[#@LINE+1]]:3: error: array 'c' of kernel 'fill' is not in memory of this run
  tile.shape %c[%n] : !tile.ptr<i32>
  %0 = arith.constant 0 : i32
  %4 = arith.constant 4 : i32
  %rest = arith.remsi %n, %4 : i32
  %ok = arith.cmpi eq, %rest, %0 : i32
  // CLAUSE: entry-errors.mlir:[[#@LINE+1]]:3: error: kernel 'fill' requires N % 4 == 0, but N is 6
  tile.require %ok, "N % 4 == 0"
  tile.grid %n
} body {
  %cv = tile.view %c[%n] : !tile.ptr<i32> -> !tile.array<?xi32>
  %pid = tile.program_id
  tile.store %pid, %cv[%pid] : i32, !tile.array<?xi32>[i32]
  tile.return
}

func.func @small(%n: i32 {tile.name = "N", tile.role = "extent"}) attributes {tile.entry} {
  %7 = arith.constant 7 : i64
  %work = tile.workspace %7 {name = "work"} : !tile.ptr<i32>
  tile.launch @fill(%work, %n) : !tile.ptr<i32>, i32
  return
}

func.func @past(%n: i32 {tile.name = "N", tile.role = "extent"}) attributes {tile.entry} {
  %7 = arith.constant 7 : i64
  %far = arith.constant 1000000000000 : i64
  %work = tile.workspace %7 {name = "work"} : !tile.ptr<i32>
  %other = tile.offset %work, %far : !tile.ptr<i32>
  tile.launch @fill(%other, %n) : !tile.ptr<i32>, i32
  return
}

func.func @clause(%n: i32 {tile.name = "N", tile.role = "extent"}) attributes {tile.entry} {
  %8 = arith.constant 8 : i64
  %work = tile.workspace %8 : !tile.ptr<i32>
  tile.launch @fill(%work, %n) : !tile.ptr<i32>, i32
  return
}

func.func @own_clause(%n: i32 {tile.name = "N", tile.role = "extent"}) attributes {tile.entry} {
  %8 = arith.constant 8 : i32
  %large = arith.cmpi sge, %n, %8 : i32
  // OWN: entry-errors.mlir:[[#@LINE+1]]:3: error: entry 'own_clause' requires N >= 8, but N is 6
  tile.require %large, "N >= 8"
  return
}

func.func @negative(%n: i32 {tile.name = "N", tile.role = "extent"}) attributes {tile.entry} {
  %count = arith.constant -5 : i64
  // NEGATIVE: entry-errors.mlir:[[#@LINE+1]]:11: error: workspace 'cache' cannot have -5 elements
  %work = tile.workspace %count {name = "cache"} : !tile.ptr<i32>
  return
}

func.func @large(%n: i32 {tile.name = "N", tile.role = "extent"}) attributes {tile.entry} {
  %count = arith.constant 4611686018427387904 : i64
  // LARGE: entry-errors.mlir:[[#@LINE+1]]:11: error: workspace 'cache' cannot have 4611686018427387904 elements
  %work = tile.workspace %count {name = "cache"} : !tile.ptr<i32>
  return
}

// MEMORY: moe-run: error: 'cache' takes 4398046511104 bytes, but this machine has only {{[0-9]+}} left
func.func @too_large(%n: i32 {tile.name = "N", tile.role = "extent"}) attributes {tile.entry} {
  %count = arith.constant 1099511627776 : i64
  %work = tile.workspace %count {name = "cache"} : !tile.ptr<i32>
  return
}

func.func @zero(%n: i32 {tile.name = "N", tile.role = "extent"}) attributes {tile.entry} {
  %7 = arith.constant 7 : i64
  %8 = arith.constant 8 : i64
  %work = tile.workspace %7 : !tile.ptr<i32>
  // ZERO: entry-errors.mlir:[[#@LINE+1]]:3: error: expected at least 32 bytes to fill with zeros, got 28
  tile.zero %work, %8 : !tile.ptr<i32>
  return
}

// NAMELESS: entry-errors.mlir:[[#@LINE+1]]:1: error: argument 0 of entry 'nameless' needs tile.name
func.func @nameless(%n: i32) attributes {tile.entry} {
  return
}
