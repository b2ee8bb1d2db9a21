//===- LoopBody.h - what loops with products consist of ---------*- C++ -*-===//
//
// For the passes that order such loops at one lane's level.
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_CONVERSION_GPUTOROCDL_LOOPBODY_H
#define MOESAIC_CONVERSION_GPUTOROCDL_LOOPBODY_H

#include "dialects/Tile/IR/Tile.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace moesaic {

bool isProduct(mlir::Operation *op);
bool isSharedLoad(mlir::Operation *op);
bool isSharedStore(mlir::Operation *op);
/// Loads from memory, to registers or to LDS.
bool isGlobalLoad(mlir::Operation *op);

/// The steady loops of a kernel that hold products.
llvm::SmallVector<mlir::scf::ForOp>
findProductLoops(mlir::gpu::GPUFuncOp function);

/// Operations of a loop's body in their order, with no barrier between them.
using Operations = llvm::SmallVector<mlir::Operation *>;

/// The products among them by steps over k: what needs a product of the one
/// before begins the next.
llvm::SmallVector<Operations>
splitProducts(llvm::ArrayRef<mlir::Operation *> segment);

/// For each operation, the first step whose products need it; the first one of
/// all for what something else needs, too, and what has effects other than
/// reading LDS.
llvm::DenseMap<mlir::Operation *, size_t>
assignSteps(llvm::ArrayRef<mlir::Operation *> segment,
            llvm::ArrayRef<Operations> steps);

} // namespace moesaic

#endif
