//===- LoopLoads.h - loads that a loop can do ahead -------------*- C++ -*-===//
//
// What loops with products load, and whether an earlier iteration can: shared
// by the passes that load ahead, to LDS and to registers.
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_DIALECTS_TILE_TRANSFORMS_LOOPLOADS_H
#define MOESAIC_DIALECTS_TILE_TRANSFORMS_LOOPLOADS_H

#include "Target/Chips.h"
#include "dialects/Tile/IR/Tile.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/SetVector.h"

namespace moesaic::tile {

/// The most stages that a kernel can ask for.
inline constexpr int64_t mostStages = 4;

/// What a loop loads ahead.
struct Prefetches {
  llvm::SmallVector<LoadOp> loads;
  /// What computes their indices in the loop, in the order of the block.
  llvm::SetVector<mlir::Operation *> indices;

  /// Clones the computation of the indices for one value of the induction
  /// variable, and says in `mapping` what stands for what.
  void cloneIndices(mlir::OpBuilder &builder, mlir::scf::ForOp loop,
                    mlir::Value iteration, mlir::IRMapping &mapping) const;
  /// Registers that the tiles of a step take.
  int64_t countRegisters() const;
  /// Whether a step loads more registers than the loop accumulates into: it
  /// waits for memory, not for products.
  bool waitsForMemory(mlir::scf::ForOp loop) const;
};

/// What can be loaded ahead of what `accepts` lets through; `report`: remarks
/// say of the rest why it cannot.
Prefetches findPrefetches(mlir::scf::ForOp loop, KernelOp kernel, bool report,
                          llvm::function_ref<bool(LoadOp)> accepts);

/// Registers that a loop carries from one iteration to the next.
int64_t countCarriedRegisters(mlir::scf::ForOp loop);

/// The store to LDS that is all that uses a load, when nothing but loads after
/// it uses the buffer; null otherwise.
SharedStoreOp getOnlyStore(LoadOp load);

/// Bytes of all LDS buffers of a kernel.
int64_t countSharedBytes(KernelOp kernel);

/// Whether the kernel asks for tiles that are copied straight to LDS.
bool asksForCopies(KernelOp kernel);

/// Bytes that each lane copies to LDS at once; 0 when tiles go there through
/// registers, because the chip has no better way or the kernel wants it so.
int64_t getCopyBytes(KernelOp kernel, const Chip &chip);

} // namespace moesaic::tile

#endif
