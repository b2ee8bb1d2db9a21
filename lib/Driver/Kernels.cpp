//===- Kernels.cpp - which kernels a module holds -------------------------===//

#include "Driver/Kernels.h"
#include "dialects/Tile/IR/Tile.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"

using namespace mlir;
using namespace moesaic;

/// All kernels of both levels, in the order of the module.
static SmallVector<Operation *> getKernels(ModuleOp module) {
  SmallVector<Operation *> kernels;
  module.walk([&](Operation *op) {
    auto function = dyn_cast<gpu::GPUFuncOp>(op);
    if (isa<tile::KernelOp>(op) || (function && function.isKernel())) {
      kernels.push_back(op);
    }
  });
  return kernels;
}

FailureOr<InputLevel> moesaic::getInputLevel(ModuleOp module) {
  SmallVector<Operation *> kernels = getKernels(module);
  if (kernels.empty()) {
    return module.emitError() << "expected a kernel, got a module without any";
  }
  bool anyTile = llvm::any_of(kernels, llvm::IsaPred<tile::KernelOp>);
  return anyTile ? InputLevel::Tile : InputLevel::Lane;
}

LogicalResult moesaic::keepKernel(ModuleOp module, StringRef kernel) {
  SmallVector<Operation *> kernels = getKernels(module);
  auto nameOf = [](Operation *op) {
    return SymbolTable::getSymbolName(op).getValue();
  };
  if (!kernel.empty()) {
    if (llvm::none_of(kernels,
                      [&](Operation *op) { return nameOf(op) == kernel; })) {
      std::string names;
      llvm::raw_string_ostream stream(names);
      llvm::interleaveComma(kernels, stream,
                            [&](Operation *op) { stream << nameOf(op); });
      InFlightDiagnostic error = emitError(module.getLoc())
                                 << "no kernel '" << kernel << "'";
      if (!kernels.empty()) {
        error.attachNote() << "help: the kernels are " << names;
      }
      return error;
    }
    for (Operation *op : kernels) {
      if (nameOf(op) != kernel) {
        op->erase();
      }
    }
  }
  // Entries are the host's business and refer to the kernels just erased.
  for (auto function :
       llvm::make_early_inc_range(module.getOps<func::FuncOp>())) {
    function.erase();
  }
  for (auto gpuModule :
       llvm::make_early_inc_range(module.getOps<gpu::GPUModuleOp>())) {
    if (gpuModule.getOps<gpu::GPUFuncOp>().empty()) {
      gpuModule.erase();
    }
  }
  return success();
}

Operation *moesaic::getOnlyKernel(ModuleOp module) {
  SmallVector<Operation *> kernels = getKernels(module);
  return kernels.size() == 1 ? kernels.front() : nullptr;
}
