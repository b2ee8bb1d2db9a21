//===- HostCode.h - launches and entries as C functions ---------*- C++ -*-===//

#ifndef MOESAIC_EMBED_HOSTCODE_H
#define MOESAIC_EMBED_HOSTCODE_H

#include "Embed/Interface.h"
#include "mlir/IR/OwningOpRef.h"

namespace moesaic::embed {

/// The constant that holds the image; whoever emits the object defines it.
inline constexpr llvm::StringLiteral imageName = "moesaic.image";

/// The `moesaic_module` that the object hands to the runtime.
inline constexpr llvm::StringLiteral moduleName = "moesaic.module";

/// A module in the LLVM dialect with the C functions of the interface. Its
/// program evaluates what moe-run evaluates: the launch regions of kernels and
/// the bodies of entries. Null after a diagnostic.
mlir::OwningOpRef<mlir::ModuleOp> buildHostModule(mlir::ModuleOp program,
                                                  const Interface &interface);

} // namespace moesaic::embed

#endif
