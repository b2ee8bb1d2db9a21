// RUN: moe-opt %s --convert-tile-to-gpu=target=gfx950 | FileCheck %s
// A copy to LDS: one instruction a fragment, with a scalar address in LDS. Waits
// let later copies run on, and neither they nor barriers nor alias scopes make
// LLVM wait for all. Arrays beyond 2 GiB go through registers.

#tile = #tile.layout<shape = [64, 32], register = [[0, 1], [0, 2], [0, 4], [32, 0]], lane = [[0, 8], [0, 16], [1, 8], [2, 16], [4, 0], [8, 0]], wave = [[16, 0]], fragment = 8>
#row = #tile.layout<shape = [64], register = [[32]], lane = [[0], [0], [1], [2], [4], [8]], wave = [[16]], fragment = 1>
#column = #tile.layout<shape = [32], register = [[1], [2], [4]], lane = [[8], [16], [8], [16], [0], [0]], wave = [[0]], fragment = 4>
#shared = #tile.shared_layout<shape = [64, 32], offset = [[0, 1], [0, 2], [0, 4], [0, 8], [0, 16], [1, 8], [2, 16], [4, 0], [8, 0], [16, 0], [32, 0]]>

// CHECK-DAG: #[[$COPIES:.*]] = #llvm.alias_scope<{{.*}}description = "copies">
// CHECK-DAG: #[[$OTHERS:.*]] = #llvm.alias_scope<{{.*}}description = "accesses">
// CHECK-LABEL: gpu.func @k
// CHECK-DAG: %[[WAVE:.*]] = rocdl.readfirstlane
// CHECK-DAG: %[[LDS:.*]] = llvm.mlir.addressof @k.lds
// CHECK: %[[BUFFER:.*]] = llvm.getelementptr %[[LDS]][128]
// CHECK: scf.if
// CHECK: %[[ARRAY:.*]] = rocdl.make.buffer.rsrc
// CHECK: %[[BIT:.*]] = arith.andi %[[WAVE]], %c1_i32{{.*}}
// CHECK: %[[OFWAVE:.*]] = arith.shli %[[BIT]], %c10_i32
// CHECK-NEXT: %[[START:.*]] = llvm.getelementptr %[[BUFFER]][%[[OFWAVE]]]
// CHECK: %[[FIRST:.*]] = llvm.getelementptr %[[START]][0]
// CHECK: rocdl.raw.ptr.buffer.load.lds %[[ARRAY]], %[[FIRST]], %c16_i32{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {alias_scopes = [#[[$COPIES]]], noalias_scopes = [#[[$OTHERS]]]}
// CHECK: %[[SECOND:.*]] = llvm.getelementptr %[[START]][2048]
// CHECK: rocdl.raw.ptr.buffer.load.lds %[[ARRAY]], %[[SECOND]], %c16_i32
// CHECK-NOT: rocdl.raw.ptr.buffer.load.lds
// CHECK: } else {
// CHECK-NOT: buffer.load.lds
// CHECK: %[[LOADED:.*]] = llvm.load %{{.*}} : !llvm.ptr<1> -> vector<4xi32>
// CHECK: llvm.store %{{.*}}, %{{.*}} {alignment = 16 : i64} : vector<4xi32>, !llvm.ptr<3>
// CHECK: }
// CHECK: amdgpu.memory_counter_wait load(7)
// CHECK-NEXT: amdgpu.memory_counter_wait ds(0)
// CHECK-NEXT: llvm.fence syncscope("singlethread") release
// CHECK-NEXT: rocdl.s.barrier
// CHECK-NEXT: llvm.fence syncscope("singlethread") acquire
// CHECK: llvm.load {{.*}}alias_scopes = [#[[$OTHERS]]], {{.*}}noalias_scopes = [#[[$COPIES]]]{{.*}} -> vector<8xi16>
// CHECK: gpu.return
tile.kernel @k(%a: !tile.ptr<bf16> {tile.name = "a", tile.access = "in"},
               %c: !tile.ptr<bf16> {tile.name = "c", tile.access = "out"},
               %k: i32 {tile.name = "K", tile.role = "extent", tile.divisible = 8 : i64})
    waves(2) attributes {tile.lds_bytes = 4224 : i64} launch {
^bb0(%la: !tile.ptr<bf16>, %lc: !tile.ptr<bf16>, %lk: i32):
  tile.grid %lk
} body {
  %buffer = tile.alloc_shared {offset = 128 : i64} : !tile.shared<64x32xbf16, #shared>
  %c64 = arith.constant 64 : i32
  %av = tile.view %a[%c64, %k] : !tile.ptr<bf16> -> !tile.array<?x?xbf16>
  %cv = tile.view %c[%c64, %k] : !tile.ptr<bf16> -> !tile.array<?x?xbf16>
  %rows = tile.range : tensor<64xi32, #row>
  %columns = tile.range : tensor<32xi32, #column>
  %t = tile.shared_copy %av[%rows, %columns] layout #tile to %buffer : !tile.array<?x?xbf16>[tensor<64xi32, #row>, tensor<32xi32, #column>] to !tile.shared<64x32xbf16, #shared>
  tile.shared_wait %t pending 7
  tile.barrier
  %x = tile.shared_load %buffer : !tile.shared<64x32xbf16, #shared> -> tensor<64x32xbf16, #tile>
  tile.store %x, %cv[%rows, %columns] : tensor<64x32xbf16, #tile>, !tile.array<?x?xbf16>[tensor<64xi32, #row>, tensor<32xi32, #column>]
  tile.return
}
