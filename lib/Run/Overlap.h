//===- Overlap.h - arrays of one launch that share memory -------*- C++ -*-===//

#ifndef MOESAIC_RUN_OVERLAP_H
#define MOESAIC_RUN_OVERLAP_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include <cstdint>

namespace moesaic::run {

/// The bytes that a strided array spans. Strides are not negative.
struct ArraySpan {
  uint64_t begin, end; ///< Of the whole array; `end` is one past its last byte.
  /// Distance between rows, along the axis of the largest stride, and bytes
  /// that one row spans; equal for an array without gaps.
  uint64_t rowStride, rowBytes;
};

/// The span of an array with at least one element. `strides` count elements and
/// may be empty for a row-major array.
ArraySpan getSpan(uint64_t address, llvm::ArrayRef<int64_t> extents,
                  llvm::ArrayRef<int64_t> strides, uint64_t elementBytes);

/// Whether two arrays can share a byte. Rows that interleave without touching,
/// such as the two halves of the columns of a matrix, do not.
bool overlap(const ArraySpan &a, const ArraySpan &b);

} // namespace moesaic::run

#endif
