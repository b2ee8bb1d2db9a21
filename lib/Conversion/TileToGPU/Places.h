//===- Places.h - addresses of single elements ------------------*- C++ -*-===//
//
// Where the elements of an access lie, register by register, for accesses that
// move them one at a time or within LDS: shared arrays and atomics.
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_CONVERSION_TILETOGPU_PLACES_H
#define MOESAIC_CONVERSION_TILETOGPU_PLACES_H

#include "Conversion/TileToGPU/Distributor.h"

namespace moesaic {

class Distributor::Places {
public:
  /// `tile` is null when all indices are scalars.
  Places(Distributor &self, mlir::Operation *op, mlir::Value array,
         mlir::ValueRange indices, llvm::ArrayRef<int64_t> order,
         mlir::RankedTensorType tile)
      : self(self), builder(self.builder), op(op), loc(op->getLoc()),
        array(array), indices(indices), order(order), tile(tile),
        shared(mlir::cast<tile::ArrayType>(array.getType()).getShared()) {}

  mlir::LogicalResult prepare();
  /// i1: the element of register `reg` is in bounds.
  mlir::Value inBounds(unsigned reg);
  /// The address of register `reg`. In LDS it is the array's own when the
  /// element is out of bounds, so that reading there does no harm.
  mlir::Value address(unsigned reg);

private:
  /// One axis of the array. Constants of the extents and strides of shared
  /// arrays let the code generator see what is in bounds.
  struct Axis {
    StoredAxis stored;  ///< The stride is i32 in LDS.
    mlir::Value scalar; ///< The index, when it is a scalar.
    /// Register of the index tile, per register of the value.
    llvm::SmallVector<unsigned> registers;
  };
  mlir::Value indexOf(unsigned axis, unsigned reg);
  mlir::Value both(mlir::Value a, mlir::Value b);

  Distributor &self;
  mlir::OpBuilder &builder;
  mlir::Operation *op;
  mlir::Location loc;
  mlir::Value array;
  mlir::ValueRange indices;
  llvm::ArrayRef<int64_t> order;
  mlir::RankedTensorType tile;
  bool shared;
  mlir::Value base;
  llvm::SmallVector<Axis> axes;
};

} // namespace moesaic

#endif
