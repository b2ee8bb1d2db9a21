//===- GPUToROCDL.h - from one lane's level to LLVM and ROCDL ---*- C++ -*-===//

#ifndef MOESAIC_CONVERSION_GPUTOROCDL_GPUTOROCDL_H
#define MOESAIC_CONVERSION_GPUTOROCDL_GPUTOROCDL_H

#include "mlir/Dialect/AMDGPU/IR/AMDGPUDialect.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/ROCDLDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Pass/Pass.h"

namespace mlir {
class LLVMTypeConverter;
} // namespace mlir

namespace moesaic {

struct Chip;

#define GEN_PASS_DECL
#include "Conversion/GPUToROCDL/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "Conversion/GPUToROCDL/Passes.h.inc"

/// On a kernel in the llvm dialect: the names of its arguments, in order.
inline constexpr llvm::StringLiteral argumentNamesAttr = "tile.argument_names";

/// All passes from a module with `gpu.module`s at one lane's level to one whose
/// functions consist of llvm and rocdl ops.
void buildLaneToROCDLPipeline(mlir::OpPassManager &, llvm::StringRef chip);

/// Math functions on f32 (through f32 on f16 and bf16) from instructions of the
/// chip, without device libraries. Bounds in units in the last place of f32:
/// sqrt 0.5; exp2, log2, rsqrt 1; exp, log, log10 2; tanh 3. All are right for
/// NaN, infinities, denormals and signed zeros.
void populateMathPatterns(mlir::RewritePatternSet &);
void populateMathConversionPatterns(const mlir::LLVMTypeConverter &,
                                    mlir::RewritePatternSet &);

/// Reports the first math op that has no such lowering.
mlir::LogicalResult checkMathOps(mlir::Operation *root, llvm::StringRef chip);

/// Arithmetic and conversions on bf16, each rounded once, to nearest even.
void populateFloatPatterns(mlir::RewritePatternSet &, const Chip &);

/// Reports the first op on bf16 that the code generator would round twice.
mlir::LogicalResult checkFloatOps(mlir::Operation *root, llvm::StringRef chip);

/// Moves `tile.*` argument attributes of a kernel to where they take effect:
/// names to `argumentNamesAttr`, accesses to llvm's aliasing attributes.
mlir::LogicalResult setKernelAttributes(mlir::gpu::GPUFuncOp);

} // namespace moesaic

#endif
