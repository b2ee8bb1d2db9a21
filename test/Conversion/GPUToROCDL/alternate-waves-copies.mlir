// RUN: moe-opt %s --pass-pipeline='builtin.module(gpu.module(moe-alternate-waves))' | FileCheck %s
// Copies to LDS, with what only they need, are divided among the first half of
// the phases.

gpu.module @kernels {
  // CHECK: scf.for
  // CHECK-NEXT: rocdl.raw.ptr.buffer.load.lds
  // CHECK-NEXT: llvm.getelementptr
  // CHECK-NEXT: llvm.load
  // CHECK: rocdl.s.barrier
  // CHECK-COUNT-8: amdgpu.mfma
  // CHECK: rocdl.s.barrier
  // CHECK-NEXT: llvm.fence
  // CHECK-NEXT: %[[FAR:.*]] = llvm.getelementptr
  // CHECK-NEXT: rocdl.raw.ptr.buffer.load.lds %{{.*}}, %[[FAR]]
  // CHECK-NEXT: llvm.getelementptr
  // CHECK-NEXT: llvm.load
  // CHECK-COUNT-24: amdgpu.mfma
  // CHECK-NOT: amdgpu.mfma
  // CHECK: scf.yield
  gpu.func @copies(%lds: !llvm.ptr<3>, %memory: !llvm.ptr<8>, %c: vector<16xf32>, %n: i32, %out: !llvm.ptr<1>) kernel attributes {known_block_size = array<i32: 512, 1, 1>, tile.sched = 7 : i32} {
    %c0 = arith.constant 0 : i32
    %c1 = arith.constant 1 : i32
    %c16 = arith.constant 16 : i32
    %r:8 = scf.for %i = %c0 to %n step %c1 iter_args(%a0_0 = %c, %a0_1 = %c, %a0_2 = %c, %a0_3 = %c, %a0_4 = %c, %a0_5 = %c, %a0_6 = %c, %a0_7 = %c) -> (vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>) : i32 {
      amdgpu.memory_counter_wait load(0) ds(0)
      rocdl.s.barrier
      rocdl.raw.ptr.buffer.load.lds %memory, %lds, %c16, %c0, %i, %c0, %c0
      %far = llvm.getelementptr %lds[4096] : (!llvm.ptr<3>) -> !llvm.ptr<3>, i8
      rocdl.raw.ptr.buffer.load.lds %memory, %far, %c16, %c0, %i, %c0, %c0
      %p0 = llvm.getelementptr %lds[8192] : (!llvm.ptr<3>) -> !llvm.ptr<3>, i8
      %x0 = llvm.load %p0 : !llvm.ptr<3> -> vector<8xbf16>
      %p1 = llvm.getelementptr %lds[8208] : (!llvm.ptr<3>) -> !llvm.ptr<3>, i8
      %x1 = llvm.load %p1 : !llvm.ptr<3> -> vector<8xbf16>
      %p2 = llvm.getelementptr %lds[8224] : (!llvm.ptr<3>) -> !llvm.ptr<3>, i8
      %x2 = llvm.load %p2 : !llvm.ptr<3> -> vector<8xbf16>
      %p3 = llvm.getelementptr %lds[8240] : (!llvm.ptr<3>) -> !llvm.ptr<3>, i8
      %x3 = llvm.load %p3 : !llvm.ptr<3> -> vector<8xbf16>
      %a1_0 = amdgpu.mfma 32x32x16 %x0 * %x0 + %a0_0 blgp = none : vector<8xbf16>, vector<8xbf16>, vector<16xf32>
      %a1_1 = amdgpu.mfma 32x32x16 %x0 * %x0 + %a0_1 blgp = none : vector<8xbf16>, vector<8xbf16>, vector<16xf32>
      %a1_2 = amdgpu.mfma 32x32x16 %x0 * %x0 + %a0_2 blgp = none : vector<8xbf16>, vector<8xbf16>, vector<16xf32>
      %a1_3 = amdgpu.mfma 32x32x16 %x0 * %x0 + %a0_3 blgp = none : vector<8xbf16>, vector<8xbf16>, vector<16xf32>
      %a1_4 = amdgpu.mfma 32x32x16 %x0 * %x0 + %a0_4 blgp = none : vector<8xbf16>, vector<8xbf16>, vector<16xf32>
      %a1_5 = amdgpu.mfma 32x32x16 %x0 * %x0 + %a0_5 blgp = none : vector<8xbf16>, vector<8xbf16>, vector<16xf32>
      %a1_6 = amdgpu.mfma 32x32x16 %x0 * %x0 + %a0_6 blgp = none : vector<8xbf16>, vector<8xbf16>, vector<16xf32>
      %a1_7 = amdgpu.mfma 32x32x16 %x0 * %x0 + %a0_7 blgp = none : vector<8xbf16>, vector<8xbf16>, vector<16xf32>
      %a2_0 = amdgpu.mfma 32x32x16 %x1 * %x1 + %a1_0 blgp = none : vector<8xbf16>, vector<8xbf16>, vector<16xf32>
      %a2_1 = amdgpu.mfma 32x32x16 %x1 * %x1 + %a1_1 blgp = none : vector<8xbf16>, vector<8xbf16>, vector<16xf32>
      %a2_2 = amdgpu.mfma 32x32x16 %x1 * %x1 + %a1_2 blgp = none : vector<8xbf16>, vector<8xbf16>, vector<16xf32>
      %a2_3 = amdgpu.mfma 32x32x16 %x1 * %x1 + %a1_3 blgp = none : vector<8xbf16>, vector<8xbf16>, vector<16xf32>
      %a2_4 = amdgpu.mfma 32x32x16 %x1 * %x1 + %a1_4 blgp = none : vector<8xbf16>, vector<8xbf16>, vector<16xf32>
      %a2_5 = amdgpu.mfma 32x32x16 %x1 * %x1 + %a1_5 blgp = none : vector<8xbf16>, vector<8xbf16>, vector<16xf32>
      %a2_6 = amdgpu.mfma 32x32x16 %x1 * %x1 + %a1_6 blgp = none : vector<8xbf16>, vector<8xbf16>, vector<16xf32>
      %a2_7 = amdgpu.mfma 32x32x16 %x1 * %x1 + %a1_7 blgp = none : vector<8xbf16>, vector<8xbf16>, vector<16xf32>
      %a3_0 = amdgpu.mfma 32x32x16 %x2 * %x2 + %a2_0 blgp = none : vector<8xbf16>, vector<8xbf16>, vector<16xf32>
      %a3_1 = amdgpu.mfma 32x32x16 %x2 * %x2 + %a2_1 blgp = none : vector<8xbf16>, vector<8xbf16>, vector<16xf32>
      %a3_2 = amdgpu.mfma 32x32x16 %x2 * %x2 + %a2_2 blgp = none : vector<8xbf16>, vector<8xbf16>, vector<16xf32>
      %a3_3 = amdgpu.mfma 32x32x16 %x2 * %x2 + %a2_3 blgp = none : vector<8xbf16>, vector<8xbf16>, vector<16xf32>
      %a3_4 = amdgpu.mfma 32x32x16 %x2 * %x2 + %a2_4 blgp = none : vector<8xbf16>, vector<8xbf16>, vector<16xf32>
      %a3_5 = amdgpu.mfma 32x32x16 %x2 * %x2 + %a2_5 blgp = none : vector<8xbf16>, vector<8xbf16>, vector<16xf32>
      %a3_6 = amdgpu.mfma 32x32x16 %x2 * %x2 + %a2_6 blgp = none : vector<8xbf16>, vector<8xbf16>, vector<16xf32>
      %a3_7 = amdgpu.mfma 32x32x16 %x2 * %x2 + %a2_7 blgp = none : vector<8xbf16>, vector<8xbf16>, vector<16xf32>
      %a4_0 = amdgpu.mfma 32x32x16 %x3 * %x3 + %a3_0 blgp = none : vector<8xbf16>, vector<8xbf16>, vector<16xf32>
      %a4_1 = amdgpu.mfma 32x32x16 %x3 * %x3 + %a3_1 blgp = none : vector<8xbf16>, vector<8xbf16>, vector<16xf32>
      %a4_2 = amdgpu.mfma 32x32x16 %x3 * %x3 + %a3_2 blgp = none : vector<8xbf16>, vector<8xbf16>, vector<16xf32>
      %a4_3 = amdgpu.mfma 32x32x16 %x3 * %x3 + %a3_3 blgp = none : vector<8xbf16>, vector<8xbf16>, vector<16xf32>
      %a4_4 = amdgpu.mfma 32x32x16 %x3 * %x3 + %a3_4 blgp = none : vector<8xbf16>, vector<8xbf16>, vector<16xf32>
      %a4_5 = amdgpu.mfma 32x32x16 %x3 * %x3 + %a3_5 blgp = none : vector<8xbf16>, vector<8xbf16>, vector<16xf32>
      %a4_6 = amdgpu.mfma 32x32x16 %x3 * %x3 + %a3_6 blgp = none : vector<8xbf16>, vector<8xbf16>, vector<16xf32>
      %a4_7 = amdgpu.mfma 32x32x16 %x3 * %x3 + %a3_7 blgp = none : vector<8xbf16>, vector<8xbf16>, vector<16xf32>
      scf.yield %a4_0, %a4_1, %a4_2, %a4_3, %a4_4, %a4_5, %a4_6, %a4_7 : vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>
    } {tile.steady}
    llvm.store %r#0, %out : vector<16xf32>, !llvm.ptr<1>
    gpu.return
  }
}
