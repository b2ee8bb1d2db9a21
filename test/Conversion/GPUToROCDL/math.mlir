// RUN: moe-opt %s --pass-pipeline='builtin.module(gpu.module(convert-lane-to-rocdl{target=gfx942}))' | FileCheck %s
// No math function calls a device library, each covers the whole range of f32,
// and the narrow types go through f32.

gpu.module @kernels {
  // CHECK-NOT: __ocml
  // CHECK-LABEL: llvm.func @intrinsics
  gpu.func @intrinsics(%x: f32, %v: vector<4xf32>) -> (f32, vector<4xf32>) {
    // CHECK: llvm.intr.exp(%{{.*}}) : (f32) -> f32
    %0 = math.exp %x : f32
    // CHECK: llvm.intr.exp2(%{{.*}}) : (f32) -> f32
    %1 = math.exp2 %0 : f32
    // CHECK: llvm.intr.log(%{{.*}}) : (f32) -> f32
    %2 = math.log %1 : f32
    // CHECK: llvm.intr.log2(%{{.*}}) : (f32) -> f32
    %3 = math.log2 %2 : f32
    // CHECK: llvm.intr.log10(%{{.*}}) : (f32) -> f32
    %4 = math.log10 %3 : f32
    // CHECK: llvm.intr.sqrt(%{{.*}}) : (f32) -> f32
    %5 = math.sqrt %4 : f32
    // CHECK: llvm.intr.floor(%{{.*}}) : (f32) -> f32
    %6 = math.floor %5 : f32
    // CHECK: llvm.intr.ceil(%{{.*}}) : (f32) -> f32
    %7 = math.ceil %6 : f32
    // CHECK: llvm.intr.roundeven(%{{.*}}) : (f32) -> f32
    %8 = math.roundeven %7 : f32
    // CHECK: llvm.intr.fabs(%{{.*}}) : (f32) -> f32
    %9 = math.absf %8 : f32
    // CHECK: llvm.intr.fma(%{{.*}}) : (f32, f32, f32) -> f32
    %10 = math.fma %9, %9, %9 : f32
    // CHECK: llvm.intr.exp2(%{{.*}}) : (vector<4xf32>) -> vector<4xf32>
    %11 = math.exp2 %v : vector<4xf32>
    gpu.return %10, %11 : f32, vector<4xf32>
  }

  // v_rsq_f32 takes denormals for zero: they are scaled up and back.
  // CHECK-LABEL: llvm.func @rsqrt
  // CHECK-DAG: %[[MIN:.*]] = llvm.mlir.constant(1.17549435E-38 : f32)
  // CHECK-DAG: %[[UP:.*]] = llvm.mlir.constant(0x4B800000 : f32)
  // CHECK-DAG: %[[BACK:.*]] = llvm.mlir.constant(4.096000e+03 : f32)
  // CHECK: %[[TINY:.*]] = llvm.fcmp "olt" %{{.*}}, %[[MIN]]
  // CHECK: %[[SCALED:.*]] = llvm.fmul %{{.*}}, %[[UP]]
  // CHECK: %[[X:.*]] = llvm.select %[[TINY]], %[[SCALED]]
  // CHECK: %[[R:.*]] = llvm.call_intrinsic "llvm.amdgcn.rsq"(%[[X]])
  // CHECK: %[[RB:.*]] = llvm.fmul %[[R]], %[[BACK]]
  // CHECK: llvm.select %[[TINY]], %[[RB]], %[[R]]
  gpu.func @rsqrt(%x: f32) -> f32 {
    %0 = math.rsqrt %x : f32
    gpu.return %0 : f32
  }

  // The sign is put back last, so that tanh(-0) is -0.
  // CHECK-LABEL: llvm.func @tanh
  // CHECK-COUNT-2: llvm.call_intrinsic "llvm.amdgcn.rcp"
  gpu.func @tanh(%v: vector<2xf32>) -> vector<2xf32> {
    // CHECK: llvm.intr.copysign
    %0 = math.tanh %v : vector<2xf32>
    gpu.return %0 : vector<2xf32>
  }

  // CHECK-LABEL: llvm.func @narrow
  gpu.func @narrow(%x: f16, %v: vector<2xbf16>) -> (f16, vector<2xbf16>) {
    // CHECK: llvm.fpext %{{.*}} : f16 to f32
    // CHECK: llvm.intr.exp(%{{.*}}) : (f32) -> f32
    // CHECK: llvm.fptrunc %{{.*}} : f32 to f16
    %0 = math.exp %x : f16
    // CHECK: llvm.fpext %{{.*}} : vector<2xbf16> to vector<2xf32>
    // CHECK: llvm.intr.log(%{{.*}}) : (vector<2xf32>) -> vector<2xf32>
    // CHECK: "llvm.amdgcn.perm"
    %1 = math.log %v : vector<2xbf16>
    gpu.return %0, %1 : f16, vector<2xbf16>
  }
}
