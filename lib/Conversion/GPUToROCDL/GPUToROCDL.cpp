//===- GPUToROCDL.cpp - from one lane's level to LLVM and ROCDL -----------===//

#include "Conversion/GPUToROCDL/GPUToROCDL.h"
#include "Target/Chips.h"
#include "mlir/Conversion/AMDGPUToROCDL/AMDGPUToROCDL.h"
#include "mlir/Conversion/ArithToAMDGPU/ArithToAMDGPU.h"
#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVM.h"
#include "mlir/Conversion/GPUToROCDL/GPUToROCDLPass.h"
#include "mlir/Conversion/LLVMCommon/ConversionTarget.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/MemRefToLLVM/MemRefToLLVM.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVM.h"
#include "mlir/Dialect/AMDGPU/Utils/Chipset.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/GPU/Transforms/Passes.h"
#include "mlir/Dialect/Vector/Transforms/LoweringPatterns.h"
#include "mlir/Dialect/Vector/Transforms/VectorRewritePatterns.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "mlir/Transforms/Passes.h"

namespace moesaic {
#define GEN_PASS_DEF_CONVERTLANETOROCDL
#include "Conversion/GPUToROCDL/Passes.h.inc"
} // namespace moesaic

using namespace mlir;
using namespace moesaic;

/// Rewrites within the input dialects: forms that the conversion would lower
/// badly, or not at all.
static LogicalResult rewriteForChip(gpu::GPUModuleOp module, const Chip &chip,
                                    amdgpu::Chipset chipset) {
  RewritePatternSet patterns(module.getContext());
  vector::populateVectorInsertExtractStridedSliceTransforms(patterns);
  vector::populateVectorBroadcastLoweringPatterns(patterns);
  populateGpuLowerSubgroupReduceToDPPPatterns(patterns, chip.waveSize, chipset,
                                              PatternBenefit(2));
  populateGpuLowerClusteredSubgroupReduceToDPPPatterns(
      patterns, chip.waveSize, chipset, PatternBenefit(2));
  populateGpuPromoteShuffleToAMDGPUPatterns(patterns, chipset);
  arith::populateCeilFloorDivExpandOpsPatterns(patterns);
  arith::populateArithToAMDGPUConversionPatterns(
      patterns, /*convertFP8Arithmetic=*/chip.fp8 != Fp8Flavour::None,
      /*saturateFP8Truncf=*/false,
      /*allowPackedF16Rtz=*/false, /*supportsScaledExtTrunc=*/false, chipset);
  populateMathPatterns(patterns);
  populateFloatPatterns(patterns, chip);
  return applyPatternsGreedily(module, std::move(patterns));
}

static LogicalResult convert(gpu::GPUModuleOp module, amdgpu::Chipset chipset) {
  MLIRContext *context = module.getContext();
  LowerToLLVMOptions options(context, DataLayout(module));
  options.overrideIndexBitwidth(32);
  LLVMTypeConverter converter(context, options);
  amdgpu::populateCommonGPUTypeAndAttributeConversions(converter);
  populateAMDGPUTypeAndAttributeConversions(converter);

  RewritePatternSet patterns(context);
  populateSCFToControlFlowConversionPatterns(patterns);
  cf::populateControlFlowToLLVMConversionPatterns(converter, patterns);
  arith::populateArithToLLVMConversionPatterns(converter, patterns);
  populateVectorToLLVMConversionPatterns(converter, patterns,
                                         /*reassociateFPReductions=*/false,
                                         /*force32BitVectorIndices=*/true,
                                         /*useVectorAlignment=*/true);
  populateFinalizeMemRefToLLVMConversionPatterns(converter, patterns);
  populateFuncToLLVMConversionPatterns(converter, patterns);
  populateMathConversionPatterns(converter, patterns);
  populateMathToLLVMConversionPatterns(converter, patterns);
  populateAMDGPUToROCDLConversionPatterns(converter, patterns, chipset);
  populateGpuToROCDLConversionPatterns(converter, patterns,
                                       gpu::amd::Runtime::HIP, chipset);

  LLVMConversionTarget target(*context);
  configureGpuToROCDLConversionLegality(target);
  // Upstream forbids these in favour of a device library; the code generator
  // knows them all.
  target
      .addLegalOp<LLVM::ExpOp, LLVM::Exp2Op, LLVM::LogOp, LLVM::Log2Op,
                  LLVM::Log10Op, LLVM::SqrtOp, LLVM::FCeilOp, LLVM::FFloorOp>();
  return applyPartialConversion(module, target, std::move(patterns));
}

/// Whether `op` calls something that nobody will link: there are no libraries.
static bool callsLibrary(Operation *op) {
  auto call = dyn_cast<LLVM::CallOp>(op);
  if (!call || !call.getCallee()) {
    return false;
  }
  auto callee = SymbolTable::lookupNearestSymbolFrom<LLVM::LLVMFuncOp>(
      op, call.getCalleeAttr());
  return !callee || callee.isExternal();
}

/// Names the ops that no pattern of this chip took: upstream's gates have
/// holes, and the backend aborts on what it does not know.
static LogicalResult verifyConverted(gpu::GPUModuleOp module, StringRef chip) {
  SmallVector<UnrealizedConversionCastOp> casts, remainingCasts;
  module.walk([&](UnrealizedConversionCastOp cast) { casts.push_back(cast); });
  reconcileUnrealizedCasts(casts, &remainingCasts);

  constexpr int maxErrors = 10;
  int errors = 0;
  module.walk([&](Operation *op) {
    if (callsLibrary(op) && errors++ < maxErrors) {
      op->emitError() << "library function '"
                      << *cast<LLVM::CallOp>(op).getCallee()
                      << "' is unsupported on " << chip;
      return;
    }
    if (isa_and_nonnull<LLVM::LLVMDialect, ROCDL::ROCDLDialect>(
            op->getDialect()) ||
        isa<gpu::GPUModuleOp, UnrealizedConversionCastOp>(op) ||
        errors++ >= maxErrors) {
      return;
    }
    InFlightDiagnostic error = op->emitError()
                               << "'" << op->getName() << "' is unsupported on "
                               << chip;
    if (op->getNumResults() != 0) {
      error << " with a result of type " << op->getResult(0).getType();
    } else if (op->getNumOperands() != 0) {
      error << " with an operand of type " << op->getOperand(0).getType();
    }
  });
  if (errors == 0 && !remainingCasts.empty()) {
    UnrealizedConversionCastOp cast = remainingCasts.front();
    return cast.emitError() << "type " << cast.getOperand(0).getType()
                            << " is unsupported on " << chip;
  }
  return success(errors == 0);
}

namespace {
class ConvertLaneToROCDLPass
    : public moesaic::impl::ConvertLaneToROCDLBase<ConvertLaneToROCDLPass> {
public:
  using ConvertLaneToROCDLBase::ConvertLaneToROCDLBase;

  void runOnOperation() override {
    gpu::GPUModuleOp module = getOperation();
    const Chip *chip = findChip(target);
    FailureOr<amdgpu::Chipset> chipset = amdgpu::Chipset::parse(target);
    if (!chip || failed(chipset)) {
      module.emitError() << "unknown target '" << target << "'";
      return signalPassFailure();
    }
    for (auto function : module.getOps<gpu::GPUFuncOp>()) {
      if (function.isKernel() && failed(setKernelAttributes(function))) {
        return signalPassFailure();
      }
    }
    if (failed(checkMathOps(module, target)) ||
        failed(checkFloatOps(module, target)) ||
        failed(rewriteForChip(module, *chip, *chipset)) ||
        failed(convert(module, *chipset)) ||
        failed(verifyConverted(module, target))) {
      return signalPassFailure();
    }
  }
};
} // namespace

void moesaic::buildLaneToROCDLPipeline(OpPassManager &manager, StringRef chip) {
  OpPassManager &nested = manager.nest<gpu::GPUModuleOp>();
  nested.addPass(createCanonicalizerPass());
  nested.addPass(createCSEPass());
  ConvertLaneToROCDLOptions options;
  options.target = chip.str();
  nested.addPass(createConvertLaneToROCDL(options));
}
