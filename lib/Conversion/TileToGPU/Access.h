//===- Access.h - one access to device memory -------------------*- C++ -*-===//
//
// Where the elements of an access lie, and the instructions that move them.
// Scalar indices move the 64-bit base; what is out of bounds is given an offset
// that the descriptor's range check refuses (buffer addressing) or is masked
// (64-bit addressing).
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_CONVERSION_TILETOGPU_ACCESS_H
#define MOESAIC_CONVERSION_TILETOGPU_ACCESS_H

#include "Conversion/TileToGPU/Distributor.h"

namespace moesaic {

/// Bytes that an element takes in memory.
int64_t byteSize(mlir::Type element);

/// The type in which an element lies in memory: a bool is a byte.
mlir::Type memoryElement(mlir::Type element);

/// The integer, or vector of dwords, that one instruction moves.
mlir::Type transferType(mlir::OpBuilder &builder, int64_t bytes);

/// Reinterprets between a transfer type and a vector of memory elements.
mlir::Value reinterpret(mlir::OpBuilder &builder, mlir::Location loc,
                        mlir::Value value, mlir::Type type);

/// One access while it is emitted.
class Distributor::Access {
public:
  Access(Distributor &self, mlir::Operation *op, mlir::Value array,
         mlir::ValueRange indices, llvm::ArrayRef<int64_t> order,
         mlir::RankedTensorType tile, Addressing addressing)
      : self(self), builder(self.builder), op(op), loc(op->getLoc()),
        view(array.getDefiningOp<tile::ViewOp>()), indices(indices),
        order(order), tile(tile), addressing(addressing) {}

  mlir::LogicalResult prepare();

  /// The address that the scalar indices lead to.
  mlir::Value baseAddress() const { return base; }
  /// Registers of one instruction.
  int64_t width() const { return vectorWidth; }
  /// Emits the load of `width()` registers from `first` on.
  mlir::Value load(unsigned first, mlir::Value pad);
  /// Emits the copy of the same to LDS, in all lanes of a wave at once:
  /// `target` is where the first lane's goes.
  void copy(unsigned first, mlir::Value target);
  /// Emits the store of `width()` registers from `first` on: a vector, or one
  /// element.
  void store(unsigned first, mlir::Value value, mlir::Value mask);
  /// i1: the element of register `reg` is in bounds; null when all are.
  mlir::Value inBounds(unsigned reg);

  mlir::Value
      scalarInBounds; ///< i1 over the scalar indices; null when there are none.

private:
  /// One tile axis of an access.
  struct TileAxis {
    StoredAxis stored;
    llvm::SmallVector<unsigned>
        indexOf; ///< Register of the index tile, per register of the value.
    Fragments index;
    bool isChecked; ///< Not known to be in bounds.
  };

  mlir::Value both(mlir::Value a, mlir::Value b) {
    if (!a || !b) {
      return a ? a : b;
    }
    return mlir::arith::AndIOp::create(builder, loc, a, b);
  }
  /// Emits `make` once per key where the first user stands.
  template <typename Key>
  mlir::Value cached(llvm::DenseMap<Key, mlir::Value> &cache, Key key,
                     llvm::function_ref<mlir::Value()> make) {
    mlir::Value &value = cache[key];
    if (!value) {
      value = make();
    }
    return value;
  }
  mlir::Value indexValue(unsigned axis, unsigned reg);
  mlir::Value axisInBounds(unsigned axis, unsigned reg);
  mlir::Value strideBytes(mlir::Value stride);
  mlir::Value byteOffset(unsigned axis, unsigned reg);
  mlir::Value voffset(unsigned first, mlir::Value mask);
  mlir::Value address(unsigned first);
  void makeDescriptor();
  mlir::Value takeUniform(mlir::Value index, const StoredAxis &axis);

  Distributor &self;
  mlir::OpBuilder &builder;
  mlir::Operation *op;
  mlir::Location loc;
  tile::ViewOp view;
  mlir::ValueRange indices;
  llvm::ArrayRef<int64_t> order;
  mlir::RankedTensorType tile;
  Addressing addressing;
  llvm::SmallVector<TileAxis> axes;
  mlir::Value base;       ///< !llvm.ptr<1>, moved by the scalar indices.
  mlir::Value descriptor; ///< !llvm.ptr<8>
  mlir::Value
      soffset; ///< i32, what is the same in all lanes; null when nothing.
  int64_t vectorWidth = 1;
  llvm::DenseMap<std::pair<unsigned, unsigned>, mlir::Value> indexCache,
      boundsCache, offsetCache;
};

} // namespace moesaic

#endif
