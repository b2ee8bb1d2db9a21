// RUN: moe-opt %s --pass-pipeline='builtin.module(gpu.module(convert-lane-to-rocdl{target=gfx942}))' | FileCheck %s
// bf16 is computed in f32 and rounded once, to nearest even, NaN kept.

gpu.module @kernels {
  // CHECK-LABEL: llvm.func @truncate_scalar(
  // CHECK-SAME: %[[X:.*]]: f32
  // CHECK-DAG: %[[HALF:.*]] = llvm.mlir.constant(32767 : i32)
  // CHECK-DAG: %[[ONE:.*]] = llvm.mlir.constant(1 : i32)
  // CHECK-DAG: %[[SIXTEEN:.*]] = llvm.mlir.constant(16 : i32)
  // CHECK: %[[QUIET:.*]] = llvm.call_intrinsic "llvm.canonicalize"(%[[X]])
  // CHECK: %[[BITS:.*]] = llvm.bitcast %[[QUIET]] : f32 to i32
  // CHECK: %[[HIGH:.*]] = llvm.lshr %[[BITS]], %[[SIXTEEN]]
  // CHECK: %[[ODD:.*]] = llvm.and %[[HIGH]], %[[ONE]]
  // CHECK: %[[SUM:.*]] = llvm.add %[[BITS]], %[[ODD]]
  // CHECK: %[[ROUNDED:.*]] = llvm.add %[[SUM]], %[[HALF]]
  // CHECK: %[[NAN:.*]] = llvm.fcmp "uno" %[[X]], %[[X]]
  // CHECK: llvm.select %[[NAN]], %[[BITS]], %[[ROUNDED]]
  gpu.func @truncate_scalar(%x: f32) -> bf16 {
    %0 = arith.truncf %x : f32 to bf16
    gpu.return %0 : bf16
  }

  // Two results share one v_perm_b32.
  // CHECK-LABEL: llvm.func @truncate_vector
  // CHECK-COUNT-2: llvm.call_intrinsic "llvm.amdgcn.perm"
  // CHECK-NOT: llvm.amdgcn.perm
  // CHECK: llvm.bitcast %{{.*}} : vector<2xi32> to vector<4xbf16>
  gpu.func @truncate_vector(%x: vector<4xf32>) -> vector<4xbf16> {
    %0 = arith.truncf %x : vector<4xf32> to vector<4xbf16>
    gpu.return %0 : vector<4xbf16>
  }

  // CHECK-LABEL: llvm.func @truncate_odd
  // CHECK-NOT: llvm.amdgcn.perm
  // CHECK: llvm.return
  gpu.func @truncate_odd(%x: vector<1xf32>) -> vector<1xbf16> {
    %0 = arith.truncf %x : vector<1xf32> to vector<1xbf16>
    gpu.return %0 : vector<1xbf16>
  }

  // CHECK-LABEL: llvm.func @arithmetic
  // CHECK-COUNT-2: llvm.fpext %{{.*}} : vector<2xbf16> to vector<2xf32>
  // CHECK: llvm.fdiv %{{.*}} : vector<2xf32>
  // CHECK-NOT: llvm.fdiv {{.*}}bf16
  gpu.func @arithmetic(%x: vector<2xbf16>, %y: vector<2xbf16>) -> vector<2xbf16> {
    %0 = arith.divf %x, %y : vector<2xbf16>
    gpu.return %0 : vector<2xbf16>
  }

  // 32-bit integers have more digits than f32: large ones lose eight bits but
  // for one that says whether those were all zero.
  // CHECK-LABEL: llvm.func @from_integer
  // CHECK-SAME: %[[X:.*]]: i32, %[[Y:.*]]: i16
  // CHECK: %[[LARGE:.*]] = llvm.icmp "uge"
  // CHECK: %[[ODD:.*]] = llvm.select %[[LARGE]], %{{.*}}, %[[X]]
  // CHECK: llvm.sitofp %[[ODD]] : i32 to f32
  // CHECK: llvm.uitofp %[[Y]] : i16 to f32
  gpu.func @from_integer(%x: i32, %y: i16) -> (bf16, bf16) {
    %0 = arith.sitofp %x : i32 to bf16
    %1 = arith.uitofp %y : i16 to bf16
    gpu.return %0, %1 : bf16, bf16
  }

  // CHECK-LABEL: llvm.func @fp8_from_integer
  // CHECK: %[[WIDE:.*]] = llvm.sitofp %{{.*}} : i16 to f32
  // CHECK: rocdl.cvt.pk.fp8.f32 %[[WIDE]]
  gpu.func @fp8_from_integer(%x: i16) -> f8E4M3FNUZ {
    %0 = arith.sitofp %x : i16 to f8E4M3FNUZ
    gpu.return %0 : f8E4M3FNUZ
  }

  // FNUZ is gfx942's flavour of fp8.
  // CHECK-LABEL: llvm.func @fp8
  // CHECK: rocdl.cvt.f32.fp8
  gpu.func @fp8(%x: f8E4M3FNUZ) -> f32 {
    %0 = arith.extf %x : f8E4M3FNUZ to f32
    gpu.return %0 : f32
  }
}
