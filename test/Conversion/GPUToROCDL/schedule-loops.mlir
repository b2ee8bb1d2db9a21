// RUN: moe-opt %s --pass-pipeline='builtin.module(gpu.module(moe-schedule-loops))' | FileCheck %s
// Loads from memory go to the front, and scheduling groups spread them among the
// products.

gpu.module @kernels {
  // CHECK-LABEL: gpu.func @groups
  // CHECK: scf.for
  // CHECK: amdgpu.lds_barrier
  // CHECK-NEXT: rocdl.raw.ptr.buffer.load
  // CHECK: llvm.load
  // CHECK: llvm.load
  // CHECK-NEXT: amdgpu.mfma
  // CHECK-NEXT: amdgpu.mfma
  // CHECK-NEXT: rocdl.sched.group.barrier 256, 2, 0
  // CHECK-NEXT: rocdl.sched.group.barrier 32, 1, 0
  // CHECK-NEXT: rocdl.sched.group.barrier 8, 2, 0
  // CHECK: scf.yield
  gpu.func @groups(%lds: !llvm.ptr<3>, %memory: !llvm.ptr<8>, %b: vector<4xbf16>, %c: vector<16xf32>, %n: i32, %out: !llvm.ptr<1>) kernel attributes {known_block_size = array<i32: 64, 1, 1>} {
    %c0 = arith.constant 0 : i32
    %c1 = arith.constant 1 : i32
    %v = arith.constant dense<0> : vector<4xi32>
    %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%acc = %c, %tile = %v) -> (vector<16xf32>, vector<4xi32>) : i32 {
      llvm.store %tile, %lds : vector<4xi32>, !llvm.ptr<3>
      amdgpu.lds_barrier
      %x = llvm.load %lds : !llvm.ptr<3> -> vector<4xbf16>
      %far = llvm.getelementptr %lds[16] : (!llvm.ptr<3>) -> !llvm.ptr<3>, i8
      %y = llvm.load %far : !llvm.ptr<3> -> vector<4xbf16>
      %d = amdgpu.mfma 32x32x8 %x * %b + %acc blgp = none : vector<4xbf16>, vector<4xbf16>, vector<16xf32>
      %e = amdgpu.mfma 32x32x8 %y * %b + %d blgp = none : vector<4xbf16>, vector<4xbf16>, vector<16xf32>
      %next = rocdl.raw.ptr.buffer.load %memory, %c0, %i, %c0 : vector<4xi32>
      scf.yield %e, %next : vector<16xf32>, vector<4xi32>
    } {tile.steady}
    llvm.store %r#0, %out : vector<16xf32>, !llvm.ptr<1>
    gpu.return
  }

  // Products that share an operand take turns, in any block: %x and %y are in
  // registers for one step over k.
  // CHECK-LABEL: gpu.func @interleaved
  // CHECK: llvm.load
  // CHECK: llvm.load
  // CHECK: llvm.load
  // CHECK-NEXT: %[[D:.*]] = amdgpu.mfma 32x32x8 %[[X:[^ ]*]] * %{{.*}} + %arg2
  // CHECK-NEXT: %[[F:.*]] = amdgpu.mfma 32x32x8 %[[X]] * %{{.*}} + %arg2
  // CHECK-NEXT: %[[E:.*]] = amdgpu.mfma 32x32x8 %[[Y:[^ ]*]] * %{{.*}} + %[[D]]
  // CHECK-NEXT: %[[G:.*]] = amdgpu.mfma 32x32x8 %[[Y]] * %{{.*}} + %[[F]]
  // CHECK-NEXT: llvm.store %[[E]]
  gpu.func @interleaved(%lds: !llvm.ptr<3>, %a: vector<4xbf16>, %c: vector<16xf32>, %out: !llvm.ptr<1>) kernel attributes {known_block_size = array<i32: 64, 1, 1>} {
    %far = llvm.getelementptr %lds[16] : (!llvm.ptr<3>) -> !llvm.ptr<3>, i8
    %x = llvm.load %lds : !llvm.ptr<3> -> vector<4xbf16>
    %y = llvm.load %far : !llvm.ptr<3> -> vector<4xbf16>
    %d = amdgpu.mfma 32x32x8 %x * %a + %c blgp = none : vector<4xbf16>, vector<4xbf16>, vector<16xf32>
    %e = amdgpu.mfma 32x32x8 %y * %a + %d blgp = none : vector<4xbf16>, vector<4xbf16>, vector<16xf32>
    %b = llvm.load %far : !llvm.ptr<3> -> vector<4xbf16>
    %f = amdgpu.mfma 32x32x8 %x * %b + %c blgp = none : vector<4xbf16>, vector<4xbf16>, vector<16xf32>
    %g = amdgpu.mfma 32x32x8 %y * %b + %f blgp = none : vector<4xbf16>, vector<4xbf16>, vector<16xf32>
    llvm.store %e, %out : vector<16xf32>, !llvm.ptr<1>
    llvm.store %g, %out : vector<16xf32>, !llvm.ptr<1>
    gpu.return
  }

  // Only steady loops are ordered, and none with SCHED=1.
  // CHECK-LABEL: gpu.func @rest
  // CHECK-NOT: rocdl.sched.group.barrier
  // CHECK-NOT: rocdl.iglp.opt
  // CHECK: gpu.func @free
  // CHECK-NOT: rocdl.sched.group.barrier
  // CHECK-NOT: rocdl.iglp.opt
  // CHECK-NOT: tile.sched
  // CHECK: gpu.return
  gpu.func @rest(%a: vector<4xbf16>, %c: vector<16xf32>, %n: i32, %out: !llvm.ptr<1>) kernel attributes {known_block_size = array<i32: 64, 1, 1>} {
    %c0 = arith.constant 0 : i32
    %c1 = arith.constant 1 : i32
    %r = scf.for %i = %c0 to %n step %c1 iter_args(%acc = %c) -> (vector<16xf32>) : i32 {
      %d = amdgpu.mfma 32x32x8 %a * %a + %acc blgp = none : vector<4xbf16>, vector<4xbf16>, vector<16xf32>
      scf.yield %d : vector<16xf32>
    } {tile.rest}
    llvm.store %r, %out : vector<16xf32>, !llvm.ptr<1>
    gpu.return
  }
  gpu.func @free(%a: vector<4xbf16>, %c: vector<16xf32>, %n: i32, %out: !llvm.ptr<1>) kernel attributes {known_block_size = array<i32: 64, 1, 1>, tile.sched = 1 : i32} {
    %c0 = arith.constant 0 : i32
    %c1 = arith.constant 1 : i32
    %r = scf.for %i = %c0 to %n step %c1 iter_args(%acc = %c) -> (vector<16xf32>) : i32 {
      %d = amdgpu.mfma 32x32x8 %a * %a + %acc blgp = none : vector<4xbf16>, vector<4xbf16>, vector<16xf32>
      scf.yield %d : vector<16xf32>
    } {tile.steady}
    llvm.store %r, %out : vector<16xf32>, !llvm.ptr<1>
    gpu.return
  }

  // Copies to LDS are left to LLVM, unless SCHED=2 asks for groups: behind the
  // wait, among the products.
  // CHECK-LABEL: gpu.func @copies
  // CHECK-NOT: rocdl.sched.group.barrier
  // CHECK-NOT: rocdl.iglp.opt
  // CHECK: gpu.func @copies_in_groups
  // CHECK: amdgpu.memory_counter_wait
  // CHECK-NEXT: rocdl.raw.ptr.buffer.load.lds
  // CHECK: amdgpu.mfma
  // CHECK: rocdl.sched.group.barrier 32, 1, 0
  gpu.func @copies(%lds: !llvm.ptr<3>, %memory: !llvm.ptr<8>, %a: vector<4xbf16>, %c: vector<16xf32>, %n: i32, %out: !llvm.ptr<1>) kernel attributes {known_block_size = array<i32: 64, 1, 1>} {
    %c0 = arith.constant 0 : i32
    %c1 = arith.constant 1 : i32
    %c16 = arith.constant 16 : i32
    %r = scf.for %i = %c0 to %n step %c1 iter_args(%acc = %c) -> (vector<16xf32>) : i32 {
      amdgpu.memory_counter_wait load(0)
      %x = llvm.load %lds : !llvm.ptr<3> -> vector<4xbf16>
      %d = amdgpu.mfma 32x32x8 %x * %a + %acc blgp = none : vector<4xbf16>, vector<4xbf16>, vector<16xf32>
      rocdl.raw.ptr.buffer.load.lds %memory, %lds, %c16, %c0, %i, %c0, %c0
      scf.yield %d : vector<16xf32>
    } {tile.steady}
    llvm.store %r, %out : vector<16xf32>, !llvm.ptr<1>
    gpu.return
  }
  gpu.func @copies_in_groups(%lds: !llvm.ptr<3>, %memory: !llvm.ptr<8>, %a: vector<4xbf16>, %c: vector<16xf32>, %n: i32, %out: !llvm.ptr<1>) kernel attributes {known_block_size = array<i32: 64, 1, 1>, tile.sched = 2 : i32} {
    %c0 = arith.constant 0 : i32
    %c1 = arith.constant 1 : i32
    %c16 = arith.constant 16 : i32
    %r = scf.for %i = %c0 to %n step %c1 iter_args(%acc = %c) -> (vector<16xf32>) : i32 {
      amdgpu.memory_counter_wait load(0)
      %x = llvm.load %lds : !llvm.ptr<3> -> vector<4xbf16>
      %d = amdgpu.mfma 32x32x8 %x * %a + %acc blgp = none : vector<4xbf16>, vector<4xbf16>, vector<16xf32>
      rocdl.raw.ptr.buffer.load.lds %memory, %lds, %c16, %c0, %i, %c0, %c0
      scf.yield %d : vector<16xf32>
    } {tile.steady}
    llvm.store %r, %out : vector<16xf32>, !llvm.ptr<1>
    gpu.return
  }

  // With SCHED=6, each step over k reads what it needs in front of its products,
  // which go first. What a copy needs, too, stays in front of all.
  // CHECK-LABEL: gpu.func @turns
  // CHECK-SAME: %[[LDS:.*]]: !llvm.ptr<3>, %{{.*}}: !llvm.ptr<8>, %[[C:.*]]: vector<16xf32>
  // CHECK: scf.for {{.*}} iter_args(%[[ACC:.*]] = %[[C]], %[[ACC2:.*]] = %[[C]])
  // CHECK: amdgpu.memory_counter_wait
  // CHECK-NEXT: %[[SHARED:.*]] = llvm.getelementptr %[[LDS]][32]
  // CHECK-NEXT: rocdl.raw.ptr.buffer.load.lds %{{.*}}, %[[SHARED]]
  // CHECK-NEXT: %[[X:.*]] = llvm.load %[[LDS]]
  // CHECK-NEXT: rocdl.s.setprio 1
  // CHECK-NEXT: %[[D:.*]] = amdgpu.mfma {{.*}} %[[X]] * %[[X]] + %[[ACC]]
  // CHECK-NEXT: %[[E:.*]] = amdgpu.mfma {{.*}} %[[X]] * %[[X]] + %[[ACC2]]
  // CHECK-NEXT: rocdl.s.setprio 0
  // CHECK-NEXT: %[[FAR:.*]] = llvm.getelementptr %[[SHARED]][16]
  // CHECK-NEXT: %[[Y:.*]] = llvm.load %[[FAR]]
  // CHECK-NEXT: rocdl.s.setprio 1
  // CHECK-NEXT: amdgpu.mfma {{.*}} %[[Y]] * %[[Y]] + %[[D]]
  // CHECK-NEXT: amdgpu.mfma {{.*}} %[[Y]] * %[[Y]] + %[[E]]
  // CHECK-NEXT: rocdl.s.setprio 0
  // CHECK-NEXT: scf.yield
  gpu.func @turns(%lds: !llvm.ptr<3>, %memory: !llvm.ptr<8>, %c: vector<16xf32>, %n: i32, %out: !llvm.ptr<1>) kernel attributes {known_block_size = array<i32: 64, 1, 1>, tile.sched = 6 : i32} {
    %c0 = arith.constant 0 : i32
    %c1 = arith.constant 1 : i32
    %c16 = arith.constant 16 : i32
    %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%acc = %c, %acc2 = %c) -> (vector<16xf32>, vector<16xf32>) : i32 {
      amdgpu.memory_counter_wait load(0)
      %shared = llvm.getelementptr %lds[32] : (!llvm.ptr<3>) -> !llvm.ptr<3>, i8
      %x = llvm.load %lds : !llvm.ptr<3> -> vector<4xbf16>
      %far = llvm.getelementptr %shared[16] : (!llvm.ptr<3>) -> !llvm.ptr<3>, i8
      %y = llvm.load %far : !llvm.ptr<3> -> vector<4xbf16>
      %d = amdgpu.mfma 32x32x8 %x * %x + %acc blgp = none : vector<4xbf16>, vector<4xbf16>, vector<16xf32>
      %e = amdgpu.mfma 32x32x8 %x * %x + %acc2 blgp = none : vector<4xbf16>, vector<4xbf16>, vector<16xf32>
      %f = amdgpu.mfma 32x32x8 %y * %y + %d blgp = none : vector<4xbf16>, vector<4xbf16>, vector<16xf32>
      %g = amdgpu.mfma 32x32x8 %y * %y + %e blgp = none : vector<4xbf16>, vector<4xbf16>, vector<16xf32>
      rocdl.raw.ptr.buffer.load.lds %memory, %shared, %c16, %c0, %i, %c0, %c0
      scf.yield %f, %g : vector<16xf32>, vector<16xf32>
    } {tile.steady}
    llvm.store %r#0, %out : vector<16xf32>, !llvm.ptr<1>
    llvm.store %r#1, %out : vector<16xf32>, !llvm.ptr<1>
    gpu.return
  }

  // SCHED=4 and SCHED=5 leave it to LLVM's strategies.
  // CHECK-LABEL: gpu.func @interleave
  // CHECK: rocdl.iglp.opt 1
  gpu.func @interleave(%a: vector<4xbf16>, %c: vector<16xf32>, %n: i32, %out: !llvm.ptr<1>) kernel attributes {known_block_size = array<i32: 64, 1, 1>, tile.sched = 4 : i32} {
    %c0 = arith.constant 0 : i32
    %c1 = arith.constant 1 : i32
    %r = scf.for %i = %c0 to %n step %c1 iter_args(%acc = %c) -> (vector<16xf32>) : i32 {
      %d = amdgpu.mfma 32x32x8 %a * %a + %acc blgp = none : vector<4xbf16>, vector<4xbf16>, vector<16xf32>
      scf.yield %d : vector<16xf32>
    } {tile.steady}
    llvm.store %r, %out : vector<16xf32>, !llvm.ptr<1>
    gpu.return
  }
  // CHECK-LABEL: gpu.func @max_ilp
  // CHECK-SAME: passthrough = {{\[}}["amdgpu-sched-strategy", "max-ilp"]]
  gpu.func @max_ilp(%a: i32) kernel attributes {known_block_size = array<i32: 64, 1, 1>, tile.sched = 5 : i32} {
    gpu.return
  }
}
