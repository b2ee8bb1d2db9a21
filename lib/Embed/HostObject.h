//===- HostObject.h - the relocatable object for the host -------*- C++ -*-===//

#ifndef MOESAIC_EMBED_HOSTOBJECT_H
#define MOESAIC_EMBED_HOSTOBJECT_H

#include "mlir/IR/BuiltinOps.h"

namespace moesaic::embed {

/// The hosts that objects are made for, as in `--host=aarch64`.
llvm::ArrayRef<llvm::StringLiteral> getHosts();
/// The one that this program runs on, if it is one of them.
llvm::StringRef getDefaultHost();

/// Position-independent code for Linux on `host` from a module of
/// buildHostModule(), with the image as its only large constant.
mlir::LogicalResult emitHostObject(mlir::ModuleOp module, llvm::StringRef image,
                                   llvm::StringRef source, llvm::StringRef host,
                                   llvm::SmallVectorImpl<char> &out);

} // namespace moesaic::embed

#endif
