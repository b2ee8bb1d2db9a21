//===- AccessAnalysis.h - how wide an access to memory can be ---*- C++ -*-===//
//
// A load or store of a tile can move several elements at once when its indices
// count upwards along the array's contiguous axis from aligned positions, and
// when nothing but the whole group can be out of bounds. What is known about
// integers comes from constants, `tile.range`, loop bounds and the arguments'
// `tile.divisible`.
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_DIALECTS_TILE_TRANSFORMS_ACCESSANALYSIS_H
#define MOESAIC_DIALECTS_TILE_TRANSFORMS_ACCESSANALYSIS_H

#include "dialects/Tile/IR/Tile.h"
#include "llvm/ADT/DenseMap.h"

namespace moesaic::tile {

/// What is known about a scalar or about a tile of integers.
struct IntegerFacts {
  /// A power of two that divides the scalar, or the first element of every
  /// group along an axis (see `contiguity`).
  int64_t divisor = 1;
  /// By axis: aligned groups of this many elements count upwards by one.
  llvm::SmallVector<int64_t> contiguity;
  /// By axis: aligned groups of this many elements are equal.
  llvm::SmallVector<int64_t> constancy;

  /// A power of two that divides every element.
  int64_t elementDivisor() const;
};

/// What keeps an access from moving 16 bytes at once.
enum class AccessLimit {
  None,
  NoContiguousAxis, ///< No stride is known to be 1, or its index is a scalar.
  Gather,           ///< The index along that axis does not count upwards.
  Start,            ///< The index starts at positions not known to be aligned.
  Extent,           ///< The extent along it is not known to be divisible.
  Stride,           ///< Nor a stride of another axis.
  Block,            ///< The array is stored in blocks that are no longer.
};

/// What an access of a tile allows.
struct AccessFacts {
  /// The axes of the accessed tile, the one that walks contiguous memory
  /// first, then those of later array axes.
  llvm::SmallVector<int64_t> axisOrder;
  /// How many neighbours along `axisOrder[0]`, from a multiple of that number
  /// on, lie together in memory, aligned to their size, and are all in bounds
  /// or all out of bounds.
  int64_t elements = 1;
  /// Why there are no more, and the integer that is to blame, if one is.
  AccessLimit limit = AccessLimit::None;
  mlir::Value limiter;
  /// Steps through memory: `step` elements further along `axis` of the tile lie
  /// 2^i elements further in memory, for entry i.
  struct MemoryStep {
    int64_t axis, step;
  };
  llvm::SmallVector<MemoryStep> memorySteps;
};

/// How many elements one instruction moves when the accessed tile has this
/// layout.
int64_t accessWidth(const AccessFacts &facts, LayoutAttr layout);

class AccessAnalysis {
public:
  /// Facts about an integer value: scalar or tile. By value, because the facts
  /// about another value may move all that are known.
  IntegerFacts facts(mlir::Value value);
  AccessFacts analyze(Gather load) {
    return analyze(load.getArray(), load.getIndices(), load.getOrder());
  }
  AccessFacts analyze(StoreOp store) {
    return analyze(store.getArray(), store.getIndices(), store.getOrder());
  }

  AccessFacts analyze(AtomicOp atomic) {
    return analyze(atomic.getArray(), atomic.getIndices(), {});
  }

private:
  AccessFacts analyze(mlir::Value array, mlir::ValueRange indices,
                      llvm::ArrayRef<int64_t> order);
  IntegerFacts compute(mlir::Value value);
  void listMemorySteps(mlir::Value array, mlir::ValueRange indices,
                       llvm::ArrayRef<llvm::SmallVector<int64_t>> axes,
                       llvm::SmallVectorImpl<AccessFacts::MemoryStep> &steps);

  llvm::DenseMap<mlir::Value, IntegerFacts> known;
};

} // namespace moesaic::tile

#endif
