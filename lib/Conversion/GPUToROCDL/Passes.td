//===- Passes.td - from one lane's level to LLVM and ROCDL ----------------===//

#ifndef MOESAIC_CONVERSION_GPUTOROCDL_PASSES_TD
#define MOESAIC_CONVERSION_GPUTOROCDL_PASSES_TD

include "mlir/Pass/PassBase.td"

def AlternateWaves : Pass<"moe-alternate-waves", "::mlir::gpu::GPUModuleOp"> {
  let summary = "Let one half of the waves multiply while the other loads";
  let description = [{
    Runs on one lane's code, on kernels with `tile.sched` = 7 (the parameter
    SCHED of docs/language.md): loops with `tile.steady` that hold matrix
    instructions become phases of loads and phases of products, each closed by a
    barrier, and the second half of the waves does them one barrier late.
    Conflicting accesses to LDS that a barrier separates in the loop as it was
    have two between them then. A loop that does more than load, multiply and
    move tiles through LDS stays as it is and gets a remark. The attribute stays.

    Example: test/Conversion/GPUToROCDL/alternate-waves.mlir
  }];
  let dependentDialects = ["::mlir::ROCDL::ROCDLDialect", "::mlir::LLVM::LLVMDialect"];
}

def ConvertLaneToROCDL : Pass<"convert-lane-to-rocdl", "::mlir::gpu::GPUModuleOp"> {
  let summary = "Convert a kernel at one lane's level to the llvm and rocdl dialects";
  let description = [{
    Runs after distribution, on each `gpu.module`. Before: functions of `gpu`,
    `arith`, `math`, `vector`, `scf`, `amdgpu`, `rocdl` and `llvm` ops whose
    arguments are `!llvm.ptr<1>` and scalars, with `known_block_size`. After:
    `llvm` and `rocdl` ops only; any other op that is left is an error at its
    location.

    A greedy phase first rewrites what has a better or a more exact form on the
    chip: bf16 arithmetic and truncation, math functions (none calls a device
    library), DPP reductions, strided slices. One conversion with one type
    converter, where an index has 32 bits, does the rest. Attributes of the
    kernel (work group size, argument names, aliasing) are set here and nowhere
    else.

    Example: test/Conversion/GPUToROCDL/kernel.mlir
  }];
  let options = [
    Option<"target", "target", "std::string", /*default=*/"\"gfx942\"", "The chip">,
  ];
  let dependentDialects = [
    "::mlir::LLVM::LLVMDialect", "::mlir::ROCDL::ROCDLDialect", "::mlir::arith::ArithDialect",
    "::mlir::cf::ControlFlowDialect", "::mlir::math::MathDialect", "::mlir::vector::VectorDialect",
    "::mlir::amdgpu::AMDGPUDialect", "::mlir::memref::MemRefDialect",
  ];
}

def ScheduleLoops : Pass<"moe-schedule-loops", "::mlir::gpu::GPUModuleOp"> {
  let summary = "Order the work of loops with products";
  let description = [{
    Runs on one lane's code, on loops with `tile.steady` that hold matrix
    instructions, as the kernel's `tile.sched` says (the parameter SCHED of
    docs/language.md): nothing; loads from memory early, with scheduling groups
    that spread them among the products; a hint to LLVM's scheduler; or loads
    from LDS step by step, with priority for the products. Without
    the attribute the pass chooses by the instruction and the size of the
    accumulators. The attribute goes. In all blocks, products that share an
    operand first take turns step by step over k.

    Example: test/Conversion/GPUToROCDL/schedule-loops.mlir
  }];
  let dependentDialects = ["::mlir::ROCDL::ROCDLDialect"];
}

#endif
