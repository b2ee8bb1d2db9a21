//===- Kernels.cpp - which kernels a module holds -------------------------===//

#include "Driver/Kernels.h"
#include "dialects/Tile/IR/Tile.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "llvm/ADT/StringSet.h"

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

static StringRef nameOf(Operation *op) {
  return SymbolTable::getSymbolName(op).getValue();
}

/// "no WHAT 'name'", with a list of those that exist.
static LogicalResult reportUnknown(ModuleOp module, StringRef what,
                                   StringRef plural, StringRef name,
                                   ArrayRef<Operation *> known) {
  InFlightDiagnostic error = emitError(module.getLoc())
                             << "no " << what << " '" << name << "'";
  if (!known.empty()) {
    std::string names;
    llvm::raw_string_ostream stream(names);
    llvm::interleaveComma(known, stream,
                          [&](Operation *op) { stream << nameOf(op); });
    error.attachNote() << "help: the " << plural << " are " << names;
  }
  return error;
}

/// Erases the kernels for which `isNeeded` is false, and modules left empty.
static void eraseKernels(ModuleOp module,
                         llvm::function_ref<bool(StringRef)> isNeeded) {
  for (Operation *op : getKernels(module)) {
    if (!isNeeded(nameOf(op))) {
      op->erase();
    }
  }
  for (auto gpuModule :
       llvm::make_early_inc_range(module.getOps<gpu::GPUModuleOp>())) {
    if (gpuModule.getOps<gpu::GPUFuncOp>().empty()) {
      gpuModule.erase();
    }
  }
}

LogicalResult moesaic::keepKernel(ModuleOp module, StringRef kernel) {
  if (kernel.empty()) {
    return success();
  }
  SmallVector<Operation *> kernels = getKernels(module);
  if (llvm::none_of(kernels,
                    [&](Operation *op) { return nameOf(op) == kernel; })) {
    return reportUnknown(module, "kernel", "kernels", kernel, kernels);
  }
  eraseEntries(module);
  eraseKernels(module, [&](StringRef name) { return name == kernel; });
  return success();
}

LogicalResult moesaic::keepEntry(ModuleOp module, StringRef entry) {
  SmallVector<Operation *> entries;
  llvm::StringSet<> launched;
  bool found = false;
  for (auto function : module.getOps<func::FuncOp>()) {
    if (!function->hasAttr(tile::entryAttr)) {
      continue;
    }
    entries.push_back(function);
    if (function.getName() == entry) {
      found = true;
      function.walk(
          [&](tile::LaunchOp launch) { launched.insert(launch.getKernel()); });
    }
  }
  if (!found) {
    return reportUnknown(module, "entry", "entries", entry, entries);
  }
  for (Operation *op : entries) {
    if (nameOf(op) != entry) {
      op->erase();
    }
  }
  eraseKernels(module, [&](StringRef name) { return launched.contains(name); });
  return success();
}

void moesaic::eraseEntries(ModuleOp module) {
  for (auto function :
       llvm::make_early_inc_range(module.getOps<func::FuncOp>())) {
    function.erase();
  }
}

Operation *moesaic::getOnlyKernel(ModuleOp module) {
  SmallVector<Operation *> kernels = getKernels(module);
  return kernels.size() == 1 ? kernels.front() : nullptr;
}
