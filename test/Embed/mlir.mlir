// RUN: moe-opt %s --target=gfx942 -o %t.o --header=%t.h --prefix=m
// RUN: FileCheck %s --input-file=%t.h
// RUN: moe-opt %s --target=gfx942 --kernel=second --emit=header | FileCheck %s --check-prefix=ONE
// RUN: not moe-opt %s --target=gfx942 --instance=a=first -o %t.x.o 2>&1 | FileCheck %s --check-prefix=INSTANCE
// Goal: MLIR text is embedded as programs are; all of it is exported.

// CHECK: struct m_first_args {
// CHECK: struct m_second_args {
// CHECK: struct m_entry_args {
// ONE-NOT: first
// ONE: struct mlir_second_args {
// ONE-NOT: entry
// INSTANCE: error: --instance names a kernel of a .tile program, got 'first' for MLIR text

tile.kernel @first(%x: !tile.ptr<f32> {tile.name = "x", tile.access = "out"},
                   %n: i32 {tile.name = "N", tile.role = "extent"}) waves(1) launch {
^bb0(%x: !tile.ptr<f32>, %n: i32):
  tile.shape %x[%n] : !tile.ptr<f32>
  tile.grid %n
} body {
  tile.return
}

tile.kernel @second() waves(1) launch {
  %one = arith.constant 1 : i32
  tile.grid %one
} body {
  tile.return
}

func.func @entry(%x: !tile.ptr<f32> {tile.name = "x", tile.access = "out"},
                 %n: i32 {tile.name = "N", tile.role = "extent"}) attributes {tile.entry} {
  tile.shape %x[%n] : !tile.ptr<f32>
  %c3 = arith.constant 3 : i32
  %c0 = arith.constant 0 : i32
  // A loop over launches, a pointer that control flow chooses.
  scf.for %i = %c0 to %n step %c3 : i32 {
    %even = arith.cmpi eq, %i, %c0 : i32
    %elements = arith.extsi %i : i32 to i64
    %chosen = scf.if %even -> !tile.ptr<f32> {
      scf.yield %x : !tile.ptr<f32>
    } else {
      %later = tile.offset %x, %elements : !tile.ptr<f32>
      scf.yield %later : !tile.ptr<f32>
    }
    tile.launch @first(%chosen, %c3) : !tile.ptr<f32>, i32
  }
  return
}

// What the host cannot carry out is refused, where it stands.
// RUN: sed 's|^// BAD ||' %s > %t.bad.mlir
// RUN: not moe-opt %t.bad.mlir --target=gfx942 -o %t.x.o 2>&1 | FileCheck %s --check-prefix=HOST
// HOST: bad.mlir:{{[0-9]+}}:{{[0-9]+}}: error: host code cannot carry out 'math.exp' on 'f32'
// HOST: help: compute it in a kernel, or pass its result as an argument
// BAD func.func @bad(%a: f32 {tile.name = "a", tile.role = "scalar"}) attributes {tile.entry} {
// BAD   %b = math.exp %a : f32
// BAD   return
// BAD }
