// RUN: moe-opt %s | moe-opt - | FileCheck %s
// RUN: moe-opt %s --mlir-print-op-generic | moe-opt - | FileCheck %s
// Every op survives printing and parsing, in its own and in the generic form.

#rows = #tile.layout<shape = [16, 16], register = [[0, 1], [0, 2]], lane = [[0, 4], [0, 8], [1, 0], [2, 0], [4, 0], [8, 0]], wave = [], fragment = 4>
#accumulator = #tile.layout<shape = [16, 16], register = [[1, 0], [2, 0]], lane = [[0, 1], [0, 2], [0, 4], [0, 8], [4, 0], [8, 0]], wave = [], fragment = 4>
#swizzled = #tile.shared_layout<shape = [4, 8], offset = [[0, 1], [0, 2], [0, 4], [1, 2], [2, 0]]>
#copies = #tile.layout<shape = [4, 128], register = [[0, 1], [0, 2], [0, 4]], lane = [[0, 8], [0, 16], [0, 32], [0, 64], [1, 0], [2, 0]], wave = [], fragment = 8>
#copied = #tile.shared_layout<shape = [4, 128], offset = [[0, 1], [0, 2], [0, 4], [0, 8], [0, 16], [0, 32], [0, 64], [1, 0], [2, 0]]>

// CHECK-LABEL: tile.kernel @kernel(
// CHECK-SAME: %{{.*}}: !tile.ptr<bf16> {tile.access = "in", tile.name = "a"}
// CHECK-SAME: waves(4) attributes {tile.lds_bytes = 64 : i64} launch {
// CHECK: ^bb0(%[[A:.*]]: !tile.ptr<bf16>, %[[M:.*]]: i32, %[[S:.*]]: i64):
// CHECK: tile.shape %[[A]][%[[M]], %[[M]]] strides[%[[S]], %{{.*}}] : !tile.ptr<bf16>
// CHECK: tile.require %{{.*}}, "M == 1"
// CHECK: tile.grid %[[M]]
// CHECK: } body {
tile.kernel @kernel(%a: !tile.ptr<bf16> {tile.name = "a", tile.access = "in"},
                    %m: i32 {tile.name = "M", tile.role = "extent", tile.divisible = 8 : i64},
                    %s: i64 {tile.name = "s", tile.role = "stride"})
    waves(4) attributes {tile.lds_bytes = 64} launch {
^bb0(%a0: !tile.ptr<bf16>, %m0: i32, %s0: i64):
  %one = arith.constant 1 : i64
  %one32 = arith.constant 1 : i32
  tile.shape %a0[%m0, %m0] strides [%s0, %one] : !tile.ptr<bf16>
  tile.shape %a0[%m0] : !tile.ptr<bf16>
  %c = arith.cmpi eq, %m0, %one32 : i32
  tile.require %c, "M == 1"
  tile.grid %m0
} body {
  %one = arith.constant 1 : i64
  // CHECK: tile.program_id
  %pid = tile.program_id
  // CHECK: tile.xcd_count
  %dies = tile.xcd_count
  // CHECK: tile.view %{{.*}}[%{{.*}}, %{{.*}}] : !tile.ptr<bf16> -> !tile.array<?x?xbf16>
  %v = tile.view %a[%m, %m] : !tile.ptr<bf16> -> !tile.array<?x?xbf16>
  // CHECK: tile.view %{{.*}}[%{{.*}}, %{{.*}}] strides[%{{.*}}, %{{.*}}] : !tile.ptr<bf16> -> !tile.array<?x?xbf16>
  %w = tile.view %a[%m, %m] strides [%s, %one] : !tile.ptr<bf16> -> !tile.array<?x?xbf16>
  // CHECK: tile.view %{{.*}}[%{{.*}}, %{{.*}}] blocks [16, 8] order [1, 0] : !tile.ptr<bf16> -> !tile.array<?x?xbf16>
  %blocked = tile.view %a[%m, %m] blocks [16, 8] order [1, 0] : !tile.ptr<bf16> -> !tile.array<?x?xbf16>
  // CHECK: tile.range : tensor<16xi32>
  %i = tile.range : tensor<16xi32>
  // CHECK: tile.splat %{{.*}} : i32 -> tensor<16xi32>
  %k = tile.splat %pid : i32 -> tensor<16xi32>
  %pad = arith.constant 1.0 : bf16
  // CHECK: tile.load %{{.*}}[%{{.*}}, %{{.*}}] : !tile.array<?x?xbf16>[tensor<16xi32>, tensor<16xi32>] -> tensor<16x16xbf16>
  %x = tile.load %v[%i, %k] : !tile.array<?x?xbf16>[tensor<16xi32>, tensor<16xi32>] -> tensor<16x16xbf16>
  // CHECK: tile.load %{{.*}}[%{{.*}}, %{{.*}}] order [1, 0] pad %{{.*}} : bf16
  %y = tile.load %v[%i, %k] order [1, 0] pad %pad : bf16 : !tile.array<?x?xbf16>[tensor<16xi32>, tensor<16xi32>] -> tensor<16x16xbf16>
  // CHECK: tile.load %{{.*}}[%{{.*}}, %{{.*}}] in_bounds [0, 1] : !tile.array<?x?xbf16>
  %inside = tile.load %v[%i, %k] in_bounds [0, 1] : !tile.array<?x?xbf16>[tensor<16xi32>, tensor<16xi32>] -> tensor<16x16xbf16>
  // CHECK: tile.load %{{.*}}[%{{.*}}, %{{.*}}] : !tile.array<?x?xbf16>[i32, i32] -> bf16
  %scalar = tile.load %v[%pid, %pid] : !tile.array<?x?xbf16>[i32, i32] -> bf16
  // CHECK: tile.store %{{.*}}, %{{.*}}[%{{.*}}, %{{.*}}] order [1, 0] : tensor<16x16xbf16>, !tile.array<?x?xbf16>[tensor<16xi32>, tensor<16xi32>]
  tile.store %x, %v[%i, %k] order [1, 0] : tensor<16x16xbf16>, !tile.array<?x?xbf16>[tensor<16xi32>, tensor<16xi32>]
  // CHECK: tile.permute %{{.*}} order [1, 0] : tensor<16x16xbf16> -> tensor<16x16xbf16>
  %t = tile.permute %x order [1, 0] : tensor<16x16xbf16> -> tensor<16x16xbf16>
  %zero = arith.constant dense<0.0> : tensor<16x16xf32>
  // CHECK: tile.mma %{{.*}}, %{{.*}}, %{{.*}} : tensor<16x16xbf16>, tensor<16x16xbf16>, tensor<16x16xf32>
  %d = tile.mma %x, %t, %zero : tensor<16x16xbf16>, tensor<16x16xbf16>, tensor<16x16xf32>
  // CHECK: tile.reduce add %{{.*}} axis 1 : tensor<16x16xf32> -> tensor<16xf32>
  %r = tile.reduce add %d axis 1 : tensor<16x16xf32> -> tensor<16xf32>
  // CHECK: tile.reduce max %{{.*}} axis 0 : tensor<16xf32> -> f32
  %rr = tile.reduce max %r axis 0 : tensor<16xf32> -> f32
  // CHECK: tile.reshape %{{.*}} : tensor<16xf32> -> tensor<16x1xf32>
  %col = tile.reshape %r : tensor<16xf32> -> tensor<16x1xf32>
  // CHECK: tile.broadcast %{{.*}} : tensor<16x1xf32> -> tensor<16x16xf32>
  %b = tile.broadcast %col : tensor<16x1xf32> -> tensor<16x16xf32>
  // CHECK: tile.sigmoid %{{.*}} : tensor<16x16xf32>
  %g = tile.sigmoid %b : tensor<16x16xf32>
  %laid = arith.constant dense<0.0> : tensor<16x16xf32, #accumulator>
  // CHECK: tile.convert_layout %{{.*}} : tensor<16x16xf32, #{{.*}}> -> tensor<16x16xf32, #{{.*}}>
  %rows = tile.convert_layout %laid : tensor<16x16xf32, #accumulator> -> tensor<16x16xf32, #rows>
  // CHECK: tile.alloc_shared {offset = 128 : i64} : !tile.shared<4x8xf32, #{{.*}}>
  %buffer = tile.alloc_shared {offset = 128 : i64} : !tile.shared<4x8xf32, #swizzled>
  %small = arith.constant dense<0.0> : tensor<4x8xf32>
  // CHECK: tile.shared_store %{{.*}}, %{{.*}} : tensor<4x8xf32>, !tile.shared<4x8xf32, #{{.*}}>
  tile.shared_store %small, %buffer : tensor<4x8xf32>, !tile.shared<4x8xf32, #swizzled>
  %array = tile.view %a[%m, %m] : !tile.ptr<bf16> -> !tile.array<?x?xbf16>
  %target = tile.alloc_shared : !tile.shared<4x128xbf16, #copied>
  %four = tile.range : tensor<4xi32>
  %many = tile.range : tensor<128xi32>
  // CHECK: %[[T:.*]] = tile.shared_copy %{{.*}}[%{{.*}}, %{{.*}}] order [1, 0] in_bounds [1] layout #{{.*}} to %{{.*}} : !tile.array<?x?xbf16>[tensor<128xi32>, tensor<4xi32>] to !tile.shared<4x128xbf16, #{{.*}}>
  %token = tile.shared_copy %array[%many, %four] order [1, 0] in_bounds [1] layout #copies to %target : !tile.array<?x?xbf16>[tensor<128xi32>, tensor<4xi32>] to !tile.shared<4x128xbf16, #copied>
  // CHECK: tile.shared_wait %[[T]]{{$}}
  tile.shared_wait %token
  // CHECK: tile.shared_wait %[[T]], %[[T]] pending 3
  tile.shared_wait %token, %token pending 3
  // CHECK: tile.barrier
  tile.barrier
  // CHECK: tile.barrier global
  tile.barrier global
  // CHECK: tile.shared_load %{{.*}} : !tile.shared<4x8xf32, #{{.*}}> -> tensor<4x8xf32>
  %back = tile.shared_load %buffer : !tile.shared<4x8xf32, #swizzled> -> tensor<4x8xf32>
  tile.return
}

// CHECK-LABEL: func.func @entry
func.func @entry(%a: !tile.ptr<bf16> {tile.name = "a", tile.access = "in"},
                 %m: i32 {tile.name = "M", tile.role = "extent"}) attributes {tile.entry} {
  tile.shape %a[%m] : !tile.ptr<bf16>
  %count = arith.extsi %m : i32 to i64
  // CHECK: tile.workspace %{{.*}} : !tile.ptr<bf16>
  %w = tile.workspace %count : !tile.ptr<bf16>
  // CHECK: tile.zero %{{.*}}, %{{.*}} : !tile.ptr<bf16>
  tile.zero %w, %count : !tile.ptr<bf16>
  // CHECK: tile.offset %{{.*}}, %{{.*}} : !tile.ptr<bf16>
  %o = tile.offset %w, %count : !tile.ptr<bf16>
  // CHECK: tile.launch @kernel(%{{.*}}, %{{.*}}, %{{.*}}) : !tile.ptr<bf16>, i32, i64
  tile.launch @kernel(%o, %m, %count) : !tile.ptr<bf16>, i32, i64
  return
}
