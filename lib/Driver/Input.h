//===- Input.h - programs from .tile and .mlir files ------------*- C++ -*-===//

#ifndef MOESAIC_DRIVER_INPUT_H
#define MOESAIC_DRIVER_INPUT_H

#include "Frontend/Frontend.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/SourceMgr.h"

namespace moesaic {

/// Whether a file of this name holds a program of the tile language.
bool isTileFile(llvm::StringRef path);

/// The module in the main buffer of `sources`, through the frontend if its name
/// says that it is a .tile program and as MLIR text otherwise. Null after an
/// error, which has then been printed.
mlir::OwningOpRef<mlir::ModuleOp> loadModule(llvm::SourceMgr &sources,
                                             mlir::MLIRContext &context,
                                             const FrontendOptions &options);

} // namespace moesaic

#endif
