//===- Kernels.h - which kernels a module holds -----------------*- C++ -*-===//

#ifndef MOESAIC_DRIVER_KERNELS_H
#define MOESAIC_DRIVER_KERNELS_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Support/LLVM.h"

namespace moesaic {

/// The level of the kernels of a module.
enum class InputLevel { Tile, Lane };

/// Tile if any kernel is a `tile.kernel`. Fails, with a diagnostic, if there is
/// no kernel at all.
mlir::FailureOr<InputLevel> getInputLevel(mlir::ModuleOp module);

/// Erases all kernels but `kernel` (empty: none). Fails, with a diagnostic that
/// lists the kernels, if there is none of that name. Entries would refer to the
/// erased kernels and go too.
mlir::LogicalResult keepKernel(mlir::ModuleOp module, llvm::StringRef kernel);

/// Erases all kernels that the entry does not launch, and the other entries.
/// Fails, with a diagnostic that lists the entries, if it does not exist.
mlir::LogicalResult keepEntry(mlir::ModuleOp module, llvm::StringRef entry);

/// Erases what describes host work.
void eraseEntries(mlir::ModuleOp module);

/// The kernel of a module that has just one; null otherwise.
mlir::Operation *getOnlyKernel(mlir::ModuleOp module);

} // namespace moesaic

#endif
