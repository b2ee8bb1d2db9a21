//===- Overlap.cpp - arrays of one launch that share memory ---------------===//

#include "Run/Overlap.h"
#include <algorithm>

using namespace moesaic::run;

ArraySpan moesaic::run::getSpan(uint64_t address,
                                llvm::ArrayRef<int64_t> extents,
                                llvm::ArrayRef<int64_t> strides,
                                uint64_t elementBytes) {
  ArraySpan span{address, address + elementBytes, 0, elementBytes};
  uint64_t rowMajor = 1, outerReach = 0;
  for (size_t axis = extents.size(); axis-- > 0;) {
    uint64_t stride = strides.empty() ? rowMajor : strides[axis];
    uint64_t reach = (extents[axis] - 1) * stride * elementBytes;
    span.end += reach;
    if (extents[axis] > 1 && stride * elementBytes >= span.rowStride) {
      span.rowStride = stride * elementBytes;
      outerReach = reach;
    }
    rowMajor *= extents[axis];
  }
  span.rowBytes = span.end - span.begin - outerReach;
  if (strides.empty()) {
    // Nothing lies between its elements: one row, whatever the extents.
    span.rowStride = span.rowBytes = span.end - span.begin;
  }
  return span;
}

bool moesaic::run::overlap(const ArraySpan &a, const ArraySpan &b) {
  if (a.end <= b.begin || b.end <= a.begin) {
    return false;
  }
  uint64_t stride = std::max(a.rowStride, b.rowStride);
  bool sameRows = (a.rowStride == stride || a.end - a.begin == a.rowBytes) &&
                  (b.rowStride == stride || b.end - b.begin == b.rowBytes);
  if (!sameRows || stride == 0) {
    return true;
  }
  // Both repeat every `stride` bytes: compare one period, seen from a's row.
  uint64_t shift = b.begin >= a.begin ? (b.begin - a.begin) % stride
                                      : stride - (a.begin - b.begin) % stride;
  shift %= stride;
  return shift < a.rowBytes || shift + b.rowBytes > stride;
}
