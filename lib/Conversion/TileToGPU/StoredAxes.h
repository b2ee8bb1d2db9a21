//===- StoredAxes.h - how far apart an array's elements lie -----*- C++ -*-===//

#ifndef MOESAIC_CONVERSION_TILETOGPU_STOREDAXES_H
#define MOESAIC_CONVERSION_TILETOGPU_STOREDAXES_H

#include "mlir/IR/Builders.h"

namespace moesaic {

/// One axis of an array in device memory.
struct StoredAxis {
  mlir::Value extent; ///< i32
  mlir::Value stride; ///< i64: elements from one block to the next.
  /// Elements of a block, and from one of them to the next.
  int64_t block = 1, step = 0;

  /// How many elements lie before `index`, of the same integer type as
  /// `stride`; `scale` multiplies the distance and is in `stride` already.
  mlir::Value distance(mlir::OpBuilder &builder, mlir::Location loc,
                       mlir::Value index, mlir::Value stride,
                       int64_t scale = 1) const;
};

} // namespace moesaic

#endif
