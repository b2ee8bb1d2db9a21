//===- Passes.h - passes on tiles -------------------------------*- C++ -*-===//

#ifndef MOESAIC_DIALECTS_TILE_TRANSFORMS_PASSES_H
#define MOESAIC_DIALECTS_TILE_TRANSFORMS_PASSES_H

#include "dialects/Tile/IR/Tile.h"
#include "mlir/Pass/Pass.h"
#include "llvm/ADT/StringRef.h"

namespace mlir {
class OpPassManager;
}

namespace moesaic::tile {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "dialects/Tile/Transforms/Passes.h.inc"

/// Everything that happens to tiles before they are distributed, for a module:
/// layouts, LDS and barriers. `chip` must be in the table of chips.
void buildTilePipeline(mlir::OpPassManager &manager, llvm::StringRef chip);

/// Makes it known as `moe-distribute-tiles` to pass runners.
void registerTilePipeline();

} // namespace moesaic::tile

#endif
