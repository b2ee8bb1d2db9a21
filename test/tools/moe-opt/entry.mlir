// RUN: moe-opt %s --emit=tile --entry=first | FileCheck %s
// RUN: not moe-opt %s --emit=tile --entry=third 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// An entry brings the kernels that it launches and no others.

// CHECK: tile.kernel @a(
// CHECK-NOT: tile.kernel @b
// CHECK-NOT: func.func @second
// UNKNOWN: error: no entry 'third'
// UNKNOWN: note: help: the entries are first, second
tile.kernel @a(%n: i32 {tile.name = "N", tile.role = "extent"}) waves(1) launch {
^bb0(%n: i32):
  tile.grid %n
} body {
  tile.return
}
tile.kernel @b(%n: i32 {tile.name = "N", tile.role = "extent"}) waves(1) launch {
^bb0(%n: i32):
  tile.grid %n
} body {
  tile.return
}
func.func @first(%n: i32 {tile.name = "N", tile.role = "extent"}) attributes {tile.entry} {
  tile.launch @a(%n) : i32
  return
}
func.func @second(%n: i32 {tile.name = "N", tile.role = "extent"}) attributes {tile.entry} {
  tile.launch @b(%n) : i32
  return
}
