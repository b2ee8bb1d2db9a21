// RUN: moe-opt %s --pass-pipeline='builtin.module(gpu.module(moe-alternate-waves))' --verify-diagnostics | FileCheck %s
// Loops become phases of loads and of products; half of the waves is one barrier
// late.

gpu.module @kernels {
  // A loop that copies: the barrier that it begins with stands in front of it, and
  // at its end in front of the last products. What the second step over k reads is
  // read behind the first one's eight products.
  // CHECK-LABEL: gpu.func @copies
  // CHECK-SAME: %[[LDS:.*]]: !llvm.ptr<3>, %[[MEMORY:.*]]: !llvm.ptr<8>
  // CHECK: amdgpu.memory_counter_wait load(3) ds(0)
  // CHECK-NEXT: rocdl.s.barrier
  // CHECK: %[[FIRST:.*]] = rocdl.readfirstlane
  // CHECK-NEXT: %[[HALF:.*]] = arith.constant 256
  // CHECK-NEXT: %[[LATE:.*]] = arith.cmpi uge, %[[FIRST]], %[[HALF]]
  // CHECK-NEXT: scf.if %[[LATE]] {
  // CHECK-NEXT: llvm.fence syncscope("singlethread") release
  // CHECK-NEXT: rocdl.s.barrier
  // CHECK-NEXT: llvm.fence syncscope("singlethread") acquire
  // CHECK-NEXT: }
  // CHECK-NEXT: scf.for
  // CHECK-NEXT: rocdl.raw.ptr.buffer.load.lds
  // CHECK-NEXT: %[[X:.*]] = llvm.load %[[LDS]]
  // CHECK-NEXT: llvm.fence
  // CHECK-NEXT: rocdl.s.barrier
  // CHECK-NEXT: llvm.fence
  // CHECK-NEXT: rocdl.s.setprio 1
  // CHECK-COUNT-8: amdgpu.mfma {{.*}} %[[X]] * %[[X]]
  // CHECK-NEXT: rocdl.s.setprio 0
  // CHECK-NEXT: llvm.fence
  // CHECK-NEXT: rocdl.s.barrier
  // CHECK-NEXT: llvm.fence
  // CHECK-NEXT: %[[FAR:.*]] = llvm.getelementptr %[[LDS]][16]
  // CHECK-NEXT: %[[Y:.*]] = llvm.load %[[FAR]]
  // CHECK-NEXT: amdgpu.memory_counter_wait load(3) ds(0)
  // CHECK-NEXT: rocdl.s.barrier
  // CHECK-NEXT: rocdl.s.setprio 1
  // CHECK-COUNT-8: amdgpu.mfma {{.*}} %[[Y]] * %[[Y]]
  // CHECK-NEXT: rocdl.s.setprio 0
  // CHECK-NEXT: llvm.fence
  // CHECK-NEXT: rocdl.s.barrier
  // CHECK-NEXT: llvm.fence
  // CHECK-NEXT: scf.yield
  // CHECK-NEXT: } {tile.steady}
  // CHECK-NEXT: %[[EARLY:.*]] = arith.cmpi ult, %[[FIRST]], %[[HALF]]
  // CHECK-NEXT: scf.if %[[EARLY]] {
  // CHECK-NEXT: llvm.fence
  // CHECK-NEXT: rocdl.s.barrier
  gpu.func @copies(%lds: !llvm.ptr<3>, %memory: !llvm.ptr<8>, %c: vector<16xf32>, %n: i32, %out: !llvm.ptr<1>) kernel attributes {known_block_size = array<i32: 512, 1, 1>, tile.sched = 7 : i32} {
    %c0 = arith.constant 0 : i32
    %c1 = arith.constant 1 : i32
    %c16 = arith.constant 16 : i32
    %r:8 = scf.for %i = %c0 to %n step %c1 iter_args(%a0 = %c, %a1 = %c, %a2 = %c, %a3 = %c, %a4 = %c, %a5 = %c, %a6 = %c, %a7 = %c) -> (vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>) : i32 {
      amdgpu.memory_counter_wait load(3) ds(0)
      rocdl.s.barrier
      rocdl.raw.ptr.buffer.load.lds %memory, %lds, %c16, %c0, %i, %c0, %c0
      %x = llvm.load %lds : !llvm.ptr<3> -> vector<8xbf16>
      %far = llvm.getelementptr %lds[16] : (!llvm.ptr<3>) -> !llvm.ptr<3>, i8
      %y = llvm.load %far : !llvm.ptr<3> -> vector<8xbf16>
      %p0 = amdgpu.mfma 32x32x16 %x * %x + %a0 blgp = none : vector<8xbf16>, vector<8xbf16>, vector<16xf32>
      %p1 = amdgpu.mfma 32x32x16 %x * %x + %a1 blgp = none : vector<8xbf16>, vector<8xbf16>, vector<16xf32>
      %p2 = amdgpu.mfma 32x32x16 %x * %x + %a2 blgp = none : vector<8xbf16>, vector<8xbf16>, vector<16xf32>
      %p3 = amdgpu.mfma 32x32x16 %x * %x + %a3 blgp = none : vector<8xbf16>, vector<8xbf16>, vector<16xf32>
      %p4 = amdgpu.mfma 32x32x16 %x * %x + %a4 blgp = none : vector<8xbf16>, vector<8xbf16>, vector<16xf32>
      %p5 = amdgpu.mfma 32x32x16 %x * %x + %a5 blgp = none : vector<8xbf16>, vector<8xbf16>, vector<16xf32>
      %p6 = amdgpu.mfma 32x32x16 %x * %x + %a6 blgp = none : vector<8xbf16>, vector<8xbf16>, vector<16xf32>
      %p7 = amdgpu.mfma 32x32x16 %x * %x + %a7 blgp = none : vector<8xbf16>, vector<8xbf16>, vector<16xf32>
      %q0 = amdgpu.mfma 32x32x16 %y * %y + %p0 blgp = none : vector<8xbf16>, vector<8xbf16>, vector<16xf32>
      %q1 = amdgpu.mfma 32x32x16 %y * %y + %p1 blgp = none : vector<8xbf16>, vector<8xbf16>, vector<16xf32>
      %q2 = amdgpu.mfma 32x32x16 %y * %y + %p2 blgp = none : vector<8xbf16>, vector<8xbf16>, vector<16xf32>
      %q3 = amdgpu.mfma 32x32x16 %y * %y + %p3 blgp = none : vector<8xbf16>, vector<8xbf16>, vector<16xf32>
      %q4 = amdgpu.mfma 32x32x16 %y * %y + %p4 blgp = none : vector<8xbf16>, vector<8xbf16>, vector<16xf32>
      %q5 = amdgpu.mfma 32x32x16 %y * %y + %p5 blgp = none : vector<8xbf16>, vector<8xbf16>, vector<16xf32>
      %q6 = amdgpu.mfma 32x32x16 %y * %y + %p6 blgp = none : vector<8xbf16>, vector<8xbf16>, vector<16xf32>
      %q7 = amdgpu.mfma 32x32x16 %y * %y + %p7 blgp = none : vector<8xbf16>, vector<8xbf16>, vector<16xf32>
      scf.yield %q0, %q1, %q2, %q3, %q4, %q5, %q6, %q7 : vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>
    } {tile.steady}
    llvm.store %r#0, %out : vector<16xf32>, !llvm.ptr<1>
    gpu.return
  }

  // Stores between two barriers take their part of the products.
  // CHECK-LABEL: gpu.func @stores
  // CHECK: scf.for
  // CHECK-NEXT: %[[TILE:.*]] = rocdl.raw.ptr.buffer.load
  // CHECK-NEXT: %[[X:.*]] = llvm.load
  // CHECK-NEXT: amdgpu.lds_barrier
  // CHECK-NEXT: rocdl.s.setprio 1
  // CHECK-NEXT: amdgpu.mfma
  // CHECK-NEXT: rocdl.s.setprio 0
  // CHECK-NEXT: llvm.fence
  // CHECK-NEXT: rocdl.s.barrier
  // CHECK-NEXT: llvm.fence
  // CHECK-NEXT: llvm.store %[[TILE]]
  // CHECK-NEXT: amdgpu.lds_barrier
  // CHECK-NEXT: rocdl.s.setprio 1
  // CHECK-NEXT: amdgpu.mfma
  // CHECK-NEXT: rocdl.s.setprio 0
  // CHECK-NEXT: llvm.fence
  // CHECK-NEXT: rocdl.s.barrier
  // CHECK-NEXT: llvm.fence
  // CHECK-NEXT: scf.yield
  gpu.func @stores(%lds: !llvm.ptr<3>, %memory: !llvm.ptr<8>, %c: vector<16xf32>, %n: i32, %out: !llvm.ptr<1>) kernel attributes {known_block_size = array<i32: 512, 1, 1>, tile.sched = 7 : i32} {
    %c0 = arith.constant 0 : i32
    %c1 = arith.constant 1 : i32
    %c16 = arith.constant 16 : i32
    %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%a = %c, %b = %c) -> (vector<16xf32>, vector<16xf32>) : i32 {
      %tile = rocdl.raw.ptr.buffer.load %memory, %c0, %i, %c0 : vector<4xi32>
      amdgpu.lds_barrier
      %x = llvm.load %lds : !llvm.ptr<3> -> vector<8xbf16>
      %p = amdgpu.mfma 32x32x16 %x * %x + %a blgp = none : vector<8xbf16>, vector<8xbf16>, vector<16xf32>
      %q = amdgpu.mfma 32x32x16 %x * %x + %b blgp = none : vector<8xbf16>, vector<8xbf16>, vector<16xf32>
      amdgpu.lds_barrier
      llvm.store %tile, %lds : vector<4xi32>, !llvm.ptr<3>
      scf.yield %p, %q : vector<16xf32>, vector<16xf32>
    } {tile.steady}
    llvm.store %r#0, %out : vector<16xf32>, !llvm.ptr<1>
    llvm.store %r#1, %out : vector<16xf32>, !llvm.ptr<1>
    gpu.return
  }

  // Stores of products stand behind all of them.
  // CHECK-LABEL: gpu.func @stored_products
  // CHECK: scf.for
  // CHECK: rocdl.s.setprio 1
  // CHECK-NEXT: amdgpu.mfma
  // CHECK-NEXT: %[[Q:.*]] = amdgpu.mfma
  // CHECK-NEXT: rocdl.s.setprio 0
  // CHECK: llvm.store %[[Q]], %{{.*}} : vector<16xf32>, !llvm.ptr<3>
  // CHECK-NEXT: amdgpu.lds_barrier
  // CHECK-NEXT: llvm.fence
  // CHECK-NEXT: rocdl.s.barrier
  gpu.func @stored_products(%lds: !llvm.ptr<3>, %memory: !llvm.ptr<8>, %c: vector<16xf32>, %n: i32, %out: !llvm.ptr<1>) kernel attributes {known_block_size = array<i32: 512, 1, 1>, tile.sched = 7 : i32} {
    %c0 = arith.constant 0 : i32
    %c1 = arith.constant 1 : i32
    %c16 = arith.constant 16 : i32
    %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%a = %c, %b = %c) -> (vector<16xf32>, vector<16xf32>) : i32 {
      %tile = rocdl.raw.ptr.buffer.load %memory, %c0, %i, %c0 : vector<4xi32>
      amdgpu.lds_barrier
      %x = llvm.load %lds : !llvm.ptr<3> -> vector<8xbf16>
      %p = amdgpu.mfma 32x32x16 %x * %x + %a blgp = none : vector<8xbf16>, vector<8xbf16>, vector<16xf32>
      %q = amdgpu.mfma 32x32x16 %x * %x + %b blgp = none : vector<8xbf16>, vector<8xbf16>, vector<16xf32>
      amdgpu.lds_barrier
      llvm.store %q, %lds : vector<16xf32>, !llvm.ptr<3>
      scf.yield %p, %q : vector<16xf32>, vector<16xf32>
    } {tile.steady}
    llvm.store %r#0, %out : vector<16xf32>, !llvm.ptr<1>
    llvm.store %r#1, %out : vector<16xf32>, !llvm.ptr<1>
    gpu.return
  }

  // What cannot be divided stays as it is.
  // CHECK-LABEL: gpu.func @moved_at_once
  // CHECK-NOT: rocdl.s.setprio
  // CHECK: gpu.func @writes_memory
  // CHECK-NOT: rocdl.s.setprio
  // CHECK: gpu.func @stores_first
  // CHECK-NOT: rocdl.s.setprio
  // CHECK: gpu.func @other_order
  // CHECK-NOT: rocdl.s.setprio
  // CHECK: gpu.return
  gpu.func @moved_at_once(%lds: !llvm.ptr<3>, %memory: !llvm.ptr<8>, %c: vector<16xf32>, %n: i32, %out: !llvm.ptr<1>) kernel attributes {known_block_size = array<i32: 512, 1, 1>, tile.sched = 7 : i32} {
    %c0 = arith.constant 0 : i32
    %c1 = arith.constant 1 : i32
    %c16 = arith.constant 16 : i32
    // expected-remark @below {{waves do not take turns in this loop: it moves what it has just multiplied}}
    %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%a = %c, %b = %c) -> (vector<16xf32>, vector<16xf32>) : i32 {
      %tile = rocdl.raw.ptr.buffer.load %memory, %c0, %i, %c0 : vector<4xi32>
      amdgpu.lds_barrier
      %x = llvm.load %lds : !llvm.ptr<3> -> vector<8xbf16>
      %p = amdgpu.mfma 32x32x16 %x * %x + %a blgp = none : vector<8xbf16>, vector<8xbf16>, vector<16xf32>
      %q = amdgpu.mfma 32x32x16 %x * %x + %b blgp = none : vector<8xbf16>, vector<8xbf16>, vector<16xf32>
      llvm.store %q, %lds : vector<16xf32>, !llvm.ptr<3>
      scf.yield %p, %q : vector<16xf32>, vector<16xf32>
    } {tile.steady}
    llvm.store %r#0, %out : vector<16xf32>, !llvm.ptr<1>
    llvm.store %r#1, %out : vector<16xf32>, !llvm.ptr<1>
    gpu.return
  }
  gpu.func @writes_memory(%lds: !llvm.ptr<3>, %memory: !llvm.ptr<8>, %c: vector<16xf32>, %n: i32, %out: !llvm.ptr<1>) kernel attributes {known_block_size = array<i32: 512, 1, 1>, tile.sched = 7 : i32} {
    %c0 = arith.constant 0 : i32
    %c1 = arith.constant 1 : i32
    %c16 = arith.constant 16 : i32
    // expected-remark @below {{waves do not take turns in this loop: it does more than load, multiply and move tiles through LDS}}
    %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%a = %c, %b = %c) -> (vector<16xf32>, vector<16xf32>) : i32 {
      %tile = rocdl.raw.ptr.buffer.load %memory, %c0, %i, %c0 : vector<4xi32>
      amdgpu.lds_barrier
      %x = llvm.load %lds : !llvm.ptr<3> -> vector<8xbf16>
      %p = amdgpu.mfma 32x32x16 %x * %x + %a blgp = none : vector<8xbf16>, vector<8xbf16>, vector<16xf32>
      %q = amdgpu.mfma 32x32x16 %x * %x + %b blgp = none : vector<8xbf16>, vector<8xbf16>, vector<16xf32>
      llvm.store %tile, %out : vector<4xi32>, !llvm.ptr<1>
      scf.yield %p, %q : vector<16xf32>, vector<16xf32>
    } {tile.steady}
    llvm.store %r#0, %out : vector<16xf32>, !llvm.ptr<1>
    llvm.store %r#1, %out : vector<16xf32>, !llvm.ptr<1>
    gpu.return
  }
  gpu.func @stores_first(%lds: !llvm.ptr<3>, %memory: !llvm.ptr<8>, %c: vector<16xf32>, %n: i32, %out: !llvm.ptr<1>) kernel attributes {known_block_size = array<i32: 512, 1, 1>, tile.sched = 7 : i32} {
    %c0 = arith.constant 0 : i32
    %c1 = arith.constant 1 : i32
    %c16 = arith.constant 16 : i32
    // expected-remark @below {{waves do not take turns in this loop: it multiplies between a store to LDS and the next barrier}}
    %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%a = %c, %b = %c) -> (vector<16xf32>, vector<16xf32>) : i32 {
      %tile = rocdl.raw.ptr.buffer.load %memory, %c0, %i, %c0 : vector<4xi32>
      amdgpu.lds_barrier
      %x = llvm.load %lds : !llvm.ptr<3> -> vector<8xbf16>
      llvm.store %tile, %lds : vector<4xi32>, !llvm.ptr<3>
      %p = amdgpu.mfma 32x32x16 %x * %x + %a blgp = none : vector<8xbf16>, vector<8xbf16>, vector<16xf32>
      %q = amdgpu.mfma 32x32x16 %x * %x + %b blgp = none : vector<8xbf16>, vector<8xbf16>, vector<16xf32>
      scf.yield %p, %q : vector<16xf32>, vector<16xf32>
    } {tile.steady}
    llvm.store %r#0, %out : vector<16xf32>, !llvm.ptr<1>
    llvm.store %r#1, %out : vector<16xf32>, !llvm.ptr<1>
    gpu.return
  }
  gpu.func @other_order(%lds: !llvm.ptr<3>, %memory: !llvm.ptr<8>, %c: vector<16xf32>, %n: i32, %out: !llvm.ptr<1>) kernel attributes {known_block_size = array<i32: 512, 1, 1>, tile.sched = 6 : i32} {
    %c0 = arith.constant 0 : i32
    %c1 = arith.constant 1 : i32
    %c16 = arith.constant 16 : i32
    %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%a = %c, %b = %c) -> (vector<16xf32>, vector<16xf32>) : i32 {
      %tile = rocdl.raw.ptr.buffer.load %memory, %c0, %i, %c0 : vector<4xi32>
      amdgpu.lds_barrier
      %x = llvm.load %lds : !llvm.ptr<3> -> vector<8xbf16>
      %p = amdgpu.mfma 32x32x16 %x * %x + %a blgp = none : vector<8xbf16>, vector<8xbf16>, vector<16xf32>
      %q = amdgpu.mfma 32x32x16 %x * %x + %b blgp = none : vector<8xbf16>, vector<8xbf16>, vector<16xf32>
      scf.yield %p, %q : vector<16xf32>, vector<16xf32>
    } {tile.steady}
    llvm.store %r#0, %out : vector<16xf32>, !llvm.ptr<1>
    llvm.store %r#1, %out : vector<16xf32>, !llvm.ptr<1>
    gpu.return
  }
}
