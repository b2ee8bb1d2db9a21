// RUN: moe-opt %s --moe-assign-layouts --cse --moe-verify-layouts | FileCheck %s
// Loops and branches give their tiles one layout each, the strongest that meets
// there; tiles smaller than a wave are replicated.

// CHECK-DAG: #[[$SMALL:layout[0-9]*]] = #tile.layout<shape = [16], register = [], lane = {{\[\[}}1], [2], [4], [8], [0], [0]], wave = {{\[\[}}0]], fragment = 1>
// CHECK-DAG: #[[$ACC:layout[0-9]*]] = #tile.layout<shape = [32, 32], {{.*}}fragment = 16>

// CHECK-LABEL: tile.kernel @carried
// CHECK: scf.for {{.*}} -> (tensor<16xf32, #[[$SMALL]]>, tensor<16xf32, #[[$SMALL]]>, tensor<16xi32, #[[$SMALL]]>)
// CHECK: scf.if {{.*}} -> (tensor<16xf32, #[[$SMALL]]>)
// CHECK: scf.while (%{{.*}} = %{{.*}}) : (tensor<16xf32, #[[$SMALL]]>) -> tensor<16xf32, #[[$SMALL]]>
// CHECK: tile.reduce add {{.*}} -> f32
// CHECK: tile.store {{.*}} : tensor<16xf32, #[[$SMALL]]>
tile.kernel @carried(%x: !tile.ptr<f32> {tile.name = "x", tile.access = "inout"},
                     %N: i32 {tile.name = "N", tile.role = "extent", tile.divisible = 8 : i64})
    waves(2) launch {
^bb0(%lx: !tile.ptr<f32>, %lN: i32):
  tile.grid %lN
} body {
  %xv = tile.view %x[%N] : !tile.ptr<f32> -> !tile.array<?xf32>
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %c4 = arith.constant 4 : i32
  %i = tile.range : tensor<16xi32>
  %zeros = arith.constant dense<0.0> : tensor<16xf32>
  %ones = arith.constant dense<1.0> : tensor<16xf32>
  %r:3 = scf.for %k = %c0 to %c4 step %c1 iter_args(%a = %zeros, %b = %ones, %index = %i) -> (tensor<16xf32>, tensor<16xf32>, tensor<16xi32>) : i32 {
    %v = tile.load %xv[%index] : !tile.array<?xf32>[tensor<16xi32>] -> tensor<16xf32>
    %sum = arith.addf %a, %v : tensor<16xf32>
    %first = arith.cmpi slt, %k, %c1 : i32
    %picked = scf.if %first -> tensor<16xf32> {
      scf.yield %zeros : tensor<16xf32>
    } else {
      scf.yield %sum : tensor<16xf32>
    }
    %next = arith.addi %index, %i : tensor<16xi32>
    scf.yield %b, %picked, %next : tensor<16xf32>, tensor<16xf32>, tensor<16xi32>
  }
  %w = scf.while (%p = %r#0) : (tensor<16xf32>) -> tensor<16xf32> {
    %s = tile.reduce add %p axis 0 : tensor<16xf32> -> f32
    %limit = arith.constant 10.0 : f32
    %go = arith.cmpf olt, %s, %limit : f32
    scf.condition(%go) %p : tensor<16xf32>
  } do {
  ^bb0(%p: tensor<16xf32>):
    %n = arith.addf %p, %ones : tensor<16xf32>
    scf.yield %n : tensor<16xf32>
  }
  tile.store %w, %xv[%r#2] : tensor<16xf32>, !tile.array<?xf32>[tensor<16xi32>]
  tile.return
}

// Two accumulators go round the loop; the sum of both is stored as they lie.
// CHECK-LABEL: tile.kernel @two_products
// CHECK: scf.for {{.*}} -> (tensor<32x32xf32, #[[$ACC]]>, tensor<32x32xf32, #[[$ACC]]>)
// CHECK: arith.addf {{.*}} : tensor<32x32xf32, #[[$ACC]]>
// CHECK: tile.store {{.*}} : tensor<32x32xf32, #[[$ACC]]>
tile.kernel @two_products(%a: !tile.ptr<f16> {tile.name = "a", tile.access = "in"},
                          %c: !tile.ptr<f32> {tile.name = "c", tile.access = "out"},
                          %N: i32 {tile.name = "N", tile.role = "extent", tile.divisible = 8 : i64})
    waves(1) launch {
^bb0(%la: !tile.ptr<f16>, %lc: !tile.ptr<f32>, %lN: i32):
  tile.grid %lN
} body {
  %c0 = arith.constant 0 : i32
  %c32 = arith.constant 32 : i32
  %av = tile.view %a[%N, %N] : !tile.ptr<f16> -> !tile.array<?x?xf16>
  %cv = tile.view %c[%N, %N] : !tile.ptr<f32> -> !tile.array<?x?xf32>
  %i = tile.range : tensor<32xi32>
  %zeros = arith.constant dense<0.0> : tensor<32x32xf32>
  %r:2 = scf.for %k = %c0 to %N step %c32 iter_args(%p = %zeros, %q = %zeros) -> (tensor<32x32xf32>, tensor<32x32xf32>) : i32 {
    %ks = tile.splat %k : i32 -> tensor<32xi32>
    %j = arith.addi %ks, %i : tensor<32xi32>
    %x = tile.load %av[%i, %j] : !tile.array<?x?xf16>[tensor<32xi32>, tensor<32xi32>] -> tensor<32x32xf16>
    %y = tile.load %av[%j, %i] : !tile.array<?x?xf16>[tensor<32xi32>, tensor<32xi32>] -> tensor<32x32xf16>
    %pn = tile.mma %x, %y, %p : tensor<32x32xf16>, tensor<32x32xf16>, tensor<32x32xf32>
    %qn = tile.mma %y, %x, %q : tensor<32x32xf16>, tensor<32x32xf16>, tensor<32x32xf32>
    scf.yield %pn, %qn : tensor<32x32xf32>, tensor<32x32xf32>
  }
  %sum = arith.addf %r#0, %r#1 : tensor<32x32xf32>
  tile.store %sum, %cv[%i, %i] : tensor<32x32xf32>, !tile.array<?x?xf32>[tensor<32xi32>, tensor<32xi32>]
  tile.return
}

// -----

// A loop that exchanges its tiles: what is yielded for one is the argument of
// the other, and both keep one layout each.

// CHECK-LABEL: tile.kernel @exchange
// CHECK: scf.for
// CHECK: scf.yield
tile.kernel @exchange(%x: !tile.ptr<f32> {tile.name = "x", tile.access = "in"},
                      %y: !tile.ptr<f32> {tile.name = "y", tile.access = "out"},
                      %n: i32 {tile.name = "N", tile.role = "extent"}) waves(4) launch {
^bb0(%lx: !tile.ptr<f32>, %ly: !tile.ptr<f32>, %ln: i32):
  tile.grid %ln
} body {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %xv = tile.view %x[%n, %n] : !tile.ptr<f32> -> !tile.array<?x?xf32>
  %yv = tile.view %y[%n, %n] : !tile.ptr<f32> -> !tile.array<?x?xf32>
  %i = tile.range : tensor<16xi32>
  %j = tile.range : tensor<128xi32>
  %a = tile.load %xv[%j, %i] order [1, 0] : !tile.array<?x?xf32>[tensor<128xi32>, tensor<16xi32>] -> tensor<16x128xf32>
  %b = tile.load %xv[%i, %j] : !tile.array<?x?xf32>[tensor<16xi32>, tensor<128xi32>] -> tensor<16x128xf32>
  %r:2 = scf.for %k = %c0 to %n step %c1 iter_args(%p = %a, %q = %b) -> (tensor<16x128xf32>, tensor<16x128xf32>) : i32 {
    scf.yield %q, %p : tensor<16x128xf32>, tensor<16x128xf32>
  }
  tile.store %r#1, %yv[%i, %j] : tensor<16x128xf32>, !tile.array<?x?xf32>[tensor<16xi32>, tensor<128xi32>]
  tile.return
}
