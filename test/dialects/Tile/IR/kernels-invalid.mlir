// RUN: moe-opt %s -split-input-file -verify-diagnostics
// One rejection per constraint of kernels and launches.

// expected-error@+1 {{expected waves to be a power of two from 1 to 16, got 3}}
tile.kernel @kernel_c1(%n: i32 {tile.name = "N", tile.role = "extent"}) waves(3) launch {
^bb0(%m: i32):
  tile.grid %m
} body {
  tile.return
}

// -----

// expected-error@+1 {{expected no results, got 1}}
tile.kernel @kernel_c2(%n: i32 {tile.name = "N", tile.role = "extent"}) -> i32 waves(1) launch {
^bb0(%m: i32):
  tile.grid %m
} body {
  tile.return
}

// -----

// expected-error@+1 {{expected both regions to take the kernel's arguments}}
tile.kernel @kernel_c3(%n: i32 {tile.name = "N", tile.role = "extent"}) waves(1) launch {
^bb0(%m: i64):
  %c = arith.trunci %m : i64 to i32
  tile.grid %c
} body {
  tile.return
}

// -----

// expected-error@+1 {{argument 0 has no 'tile.name'}}
tile.kernel @kernel_c4(%n: i32 {tile.role = "extent"}) waves(1) launch {
^bb0(%m: i32):
  tile.grid %m
} body {
  tile.return
}

// -----

// expected-error@+1 {{array 'a' needs a 'tile.access' of "in", "out" or "inout"}}
tile.kernel @kernel_c4_access(%a: !tile.ptr<f32> {tile.name = "a"}) waves(1) launch {
^bb0(%b: !tile.ptr<f32>):
  %c = arith.constant 1 : i32
  tile.grid %c
} body {
  tile.return
}

// -----

// expected-error@+1 {{scalar 'N' needs a 'tile.role' of "scalar", "extent" or "stride"}}
tile.kernel @kernel_c4_role(%n: i32 {tile.name = "N"}) waves(1) launch {
^bb0(%m: i32):
  tile.grid %m
} body {
  tile.return
}

// -----

// expected-error@+1 {{expected 'launch' to end with 'tile.grid'}}
tile.kernel @kernel_c5(%n: i32 {tile.name = "N", tile.role = "extent"}) waves(1) launch {
^bb0(%m: i32):
  tile.return
} body {
  tile.return
}

// -----

func.func @launch_c1(%n: i32) {
  // expected-error@+1 {{there is no kernel 'missing'}}
  tile.launch @missing(%n) : i32
  return
}

// -----

// expected-note@+1 {{expected ('i32')}}
tile.kernel @target(%n: i32 {tile.name = "N", tile.role = "extent"}) waves(1) launch {
^bb0(%m: i32):
  tile.grid %m
} body {
  tile.return
}
func.func @launch_c2(%n: i64) {
  // expected-error@+1 {{operands do not match the arguments of kernel 'target'}}
  tile.launch @target(%n) : i64
  return
}
