// RUN: moe-opt %s | moe-opt - | FileCheck %s
// RUN: moe-opt %s --mlir-print-op-generic | moe-opt - | FileCheck %s
// Shared arrays, atomics and fences keep their text form.

// CHECK-LABEL: func.func @shared
func.func @shared(%i: i32, %t: tensor<64xi32>, %v: tensor<64xf32>) {
  // CHECK: %[[A:.*]] = tile.shared_array [3, 100] : !tile.array<?x?xi32, shared>
  %a = tile.shared_array [3, 100] : !tile.array<?x?xi32, shared>
  // CHECK: tile.shared_array [7] {offset = 16 : i64} : !tile.array<?xf32, shared>
  %b = tile.shared_array [7] {offset = 16 : i64} : !tile.array<?xf32, shared>
  // CHECK: tile.load %[[A]][%{{.*}}, %{{.*}}] : !tile.array<?x?xi32, shared>[i32, tensor<64xi32>] -> tensor<64xi32>
  %x = tile.load %a[%i, %t] : !tile.array<?x?xi32, shared>[i32, tensor<64xi32>] -> tensor<64xi32>
  // CHECK: tile.atomic add %[[A]][%{{.*}}, %{{.*}}] value %{{.*}} : tensor<64xi32> relaxed workgroup : !tile.array<?x?xi32, shared>[i32, tensor<64xi32>] -> tensor<64xi32>
  %old = tile.atomic add %a[%i, %t] value %x : tensor<64xi32> relaxed workgroup : !tile.array<?x?xi32, shared>[i32, tensor<64xi32>] -> tensor<64xi32>
  // CHECK: tile.atomic cas %[[A]][%{{.*}}, %{{.*}}] value %{{.*}} : i32 expected %{{.*}} : i32 acq_rel system
  %one = tile.atomic cas %a[%i, %i] value %i : i32 expected %i : i32 acq_rel system : !tile.array<?x?xi32, shared>[i32, i32] -> i32
  // CHECK: tile.atomic max %{{.*}}[%{{.*}}] value %{{.*}} : tensor<64xf32> release agent
  %f = tile.atomic max %b[%t] value %v : tensor<64xf32> release agent : !tile.array<?xf32, shared>[tensor<64xi32>] -> tensor<64xf32>
  // CHECK: tile.atomic load %{{.*}}[%{{.*}}] acquire agent : !tile.array<?xf32, shared>[i32] -> f32
  %l = tile.atomic load %b[%i] acquire agent : !tile.array<?xf32, shared>[i32] -> f32
  // CHECK: tile.fence acq_rel agent
  tile.fence acq_rel agent
  return
}
