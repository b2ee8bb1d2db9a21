// RUN: moe-opt %s --moe-distribute-tiles | FileCheck %s
// The grouped GEMM of the documentation's first page, as the frontend leaves
// it: both operands go through swizzled LDS with two barriers an iteration,
// indices and row weights never do, and the accumulator is stored as it is.
//
// C[s] = A[s / replicas] * B[expert]^T * weight[s] for the slots s of one block.

// CHECK-DAG: #[[$ACC:layout[0-9]*]] = #tile.layout<shape = [128, 128], register = {{\[\[}}0, 1], [0, 2], [0, 8], [0, 16], [0, 32], [32, 0]], lane = {{\[\[}}1, 0], [2, 0], [4, 0], [8, 0], [16, 0], [0, 4]], wave = {{\[\[}}0, 64], [64, 0]], fragment = 16>
// CHECK-DAG: #[[$ROWS:layout[0-9]*]] = #tile.layout<shape = [128, 64], register = {{\[\[}}0, 1], [0, 2], [0, 4], [32, 0], [64, 0]], lane = {{\[\[}}0, 8], [0, 16], [0, 32], [1, 0], [2, 0], [4, 0]], wave = {{\[\[}}8, 0], [16, 0]], fragment = 8>
// CHECK-DAG: #[[$A:layout[0-9]*]] = #tile.layout<shape = [128, 64], register = {{\[\[}}0, 1], [0, 2], [0, 4], [0, 16], [0, 32], [32, 0]], lane = {{\[\[}}1, 0], [2, 0], [4, 0], [8, 0], [16, 0], [0, 8]], wave = {{\[\[}}0, 0], [64, 0]], fragment = 8>
// CHECK-DAG: #[[$B:layout[0-9]*]] = #tile.layout<shape = [64, 128], register = {{\[\[}}1, 0], [2, 0], [4, 0], [16, 0], [32, 0], [0, 32]], lane = {{\[\[}}0, 1], [0, 2], [0, 4], [0, 8], [0, 16], [8, 0]], wave = {{\[\[}}0, 64], [0, 0]], fragment = 8>
// CHECK-DAG: #[[$SWIZZLED:shared_layout[0-9]*]] = #tile.shared_layout<shape = [128, 64], offset = {{\[\[}}0, 1], [0, 2], [0, 4], [0, 8], [0, 16], [0, 32], [1, 8], [2, 16], [4, 32], [8, 0], [16, 0], [32, 0], [64, 0]]>

// CHECK-LABEL: tile.kernel @grouped_gemm
// CHECK-SAME: tile.lds_bytes = 32768
// CHECK: body {
// CHECK: %[[ABUF:.*]] = tile.alloc_shared {offset = 0 : i64} : !tile.shared<128x64xbf16, #[[$SWIZZLED]]>
// CHECK: %[[BBUF:.*]] = tile.alloc_shared {offset = 16384 : i64}
// CHECK: scf.if
// CHECK-NOT: shared_store
// CHECK: %[[STEADY:.*]] = scf.if {{.*}} -> (tensor<128x128xf32, #[[$ACC]]>)
// CHECK: scf.for {{.*}} iter_args(%[[SUM:.*]] = %{{.*}}) -> (tensor<128x128xf32, #[[$ACC]]>)
// CHECK: %[[X:.*]] = tile.load {{.*}} -> tensor<128x64xbf16, #[[$ROWS]]>
// CHECK: %[[W:.*]] = tile.load {{.*}} order [1, 0] {{.*}} -> tensor<64x128xbf16,
// CHECK-NEXT: tile.barrier
// CHECK-NEXT: tile.shared_store %[[X]], %[[ABUF]]
// CHECK-NEXT: tile.shared_store %[[W]], %[[BBUF]]
// CHECK-NEXT: tile.barrier
// CHECK-NEXT: %[[AOP:.*]] = tile.shared_load %[[ABUF]] {{.*}} -> tensor<128x64xbf16, #[[$A]]>
// CHECK-NEXT: %[[BOP:.*]] = tile.shared_load %[[BBUF]] {{.*}} -> tensor<64x128xbf16, #[[$B]]>
// CHECK-NEXT: tile.mma %[[AOP]], %[[BOP]], %[[SUM]]
// CHECK-NEXT: scf.yield
// CHECK-NEXT: } {tile.steady}
// CHECK: scf.for {{.*}} iter_args(%{{.*}} = %[[STEADY]])
// CHECK: } {tile.rest}
// CHECK-NOT: tile.barrier
// CHECK-NOT: shared_store
// CHECK: tile.broadcast {{.*}} -> tensor<128x128xf32, #[[$ACC]]>
// CHECK: tile.store {{.*}} : tensor<128x128xbf16, #[[$ACC]]>
tile.kernel @grouped_gemm(
    %a: !tile.ptr<bf16> {tile.name = "a", tile.access = "in"},
    %b: !tile.ptr<bf16> {tile.name = "b", tile.access = "in"},
    %c: !tile.ptr<bf16> {tile.name = "c", tile.access = "out"},
    %weights: !tile.ptr<f32> {tile.name = "weights", tile.access = "in"},
    %slots: !tile.ptr<i32> {tile.name = "slots", tile.access = "in"},
    %experts: !tile.ptr<i32> {tile.name = "experts", tile.access = "in"},
    %padded: !tile.ptr<i32> {tile.name = "padded", tile.access = "in"},
    %replicas: i32 {tile.name = "replicas", tile.role = "scalar"},
    %M: i32 {tile.name = "M", tile.role = "extent"},
    %K: i32 {tile.name = "K", tile.role = "extent", tile.divisible = 8 : i64},
    %E: i32 {tile.name = "E", tile.role = "extent"},
    %N: i32 {tile.name = "N", tile.role = "extent", tile.divisible = 8 : i64},
    %S: i32 {tile.name = "S", tile.role = "extent"},
    %P: i32 {tile.name = "P", tile.role = "extent"},
    %PB: i32 {tile.name = "P / BM", tile.role = "extent"})
    waves(4) attributes {tile.stages = 1 : i32} launch {
^bb0(%la: !tile.ptr<bf16>, %lb: !tile.ptr<bf16>, %lc: !tile.ptr<bf16>,
     %lw: !tile.ptr<f32>, %ls: !tile.ptr<i32>, %le: !tile.ptr<i32>,
     %lp: !tile.ptr<i32>, %lr: i32, %lM: i32, %lK: i32, %lE: i32, %lN: i32,
     %lS: i32, %lP: i32, %lPB: i32):
  %c128 = arith.constant 128 : i32
  %nbm = arith.ceildivsi %lP, %c128 : i32
  %nbn = arith.ceildivsi %lN, %c128 : i32
  %blocks = arith.muli %nbm, %nbn : i32
  tile.grid %blocks
} body {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %c64 = arith.constant 64 : i32
  %c128 = arith.constant 128 : i32
  %av = tile.view %a[%M, %K] : !tile.ptr<bf16> -> !tile.array<?x?xbf16>
  %bv = tile.view %b[%E, %N, %K] : !tile.ptr<bf16> -> !tile.array<?x?x?xbf16>
  %cv = tile.view %c[%S, %N] : !tile.ptr<bf16> -> !tile.array<?x?xbf16>
  %wv = tile.view %weights[%S] : !tile.ptr<f32> -> !tile.array<?xf32>
  %sv = tile.view %slots[%P] : !tile.ptr<i32> -> !tile.array<?xi32>
  %ev = tile.view %experts[%PB] : !tile.ptr<i32> -> !tile.array<?xi32>
  %pv = tile.view %padded[%c1] : !tile.ptr<i32> -> !tile.array<?xi32>
  %pid = tile.program_id
  %nbn = arith.ceildivsi %N, %c128 : i32
  %bm = arith.divsi %pid, %nbn : i32
  %bn = arith.remsi %pid, %nbn : i32
  %row0 = arith.muli %bm, %c128 : i32
  %limit = tile.load %pv[%c0] : !tile.array<?xi32>[i32] -> i32
  %inside = arith.cmpi slt, %row0, %limit : i32
  scf.if %inside {
    %i128 = tile.range : tensor<128xi32>
    %i64 = tile.range : tensor<64xi32>
    %row0t = tile.splat %row0 : i32 -> tensor<128xi32>
    %position = arith.addi %row0t, %i128 : tensor<128xi32>
    %slot = tile.load %sv[%position] : !tile.array<?xi32>[tensor<128xi32>] -> tensor<128xi32>
    %e = tile.load %ev[%bm] : !tile.array<?xi32>[i32] -> i32
    %col0 = arith.muli %bn, %c128 : i32
    %col0t = tile.splat %col0 : i32 -> tensor<128xi32>
    %n = arith.addi %col0t, %i128 : tensor<128xi32>
    %replicast = tile.splat %replicas : i32 -> tensor<128xi32>
    %token = arith.floordivsi %slot, %replicast : tensor<128xi32>
    %zero = arith.constant dense<0.0> : tensor<128x128xf32>
    %acc = scf.for %k = %c0 to %K step %c64 iter_args(%sum = %zero) -> (tensor<128x128xf32>) : i32 {
      %kt = tile.splat %k : i32 -> tensor<64xi32>
      %ki = arith.addi %kt, %i64 : tensor<64xi32>
      %x = tile.load %av[%token, %ki] : !tile.array<?x?xbf16>[tensor<128xi32>, tensor<64xi32>] -> tensor<128x64xbf16>
      %w = tile.load %bv[%e, %n, %ki] : !tile.array<?x?x?xbf16>[i32, tensor<128xi32>, tensor<64xi32>] -> tensor<128x64xbf16>
      %wt = tile.permute %w order [1, 0] : tensor<128x64xbf16> -> tensor<64x128xbf16>
      %next = tile.mma %x, %wt, %sum : tensor<128x64xbf16>, tensor<64x128xbf16>, tensor<128x128xf32>
      scf.yield %next : tensor<128x128xf32>
    }
    %weight = tile.load %wv[%slot] : !tile.array<?xf32>[tensor<128xi32>] -> tensor<128xf32>
    %weight2 = tile.reshape %weight : tensor<128xf32> -> tensor<128x1xf32>
    %weightb = tile.broadcast %weight2 : tensor<128x1xf32> -> tensor<128x128xf32>
    %scaled = arith.mulf %acc, %weightb : tensor<128x128xf32>
    %out = arith.truncf %scaled : tensor<128x128xf32> to tensor<128x128xbf16>
    tile.store %out, %cv[%slot, %n] : tensor<128x128xbf16>, !tile.array<?x?xbf16>[tensor<128xi32>, tensor<128xi32>]
  }
  tile.return
}
