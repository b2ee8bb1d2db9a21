//===- AxisBits.h - who holds the bits of one axis --------------*- C++ -*-===//

#ifndef MOESAIC_LAYOUT_AXISBITS_H
#define MOESAIC_LAYOUT_AXISBITS_H

#include "Layout/LinearLayout.h"
#include <optional>

namespace moesaic {

/// Neighbouring bits of a coordinate that neighbouring bits of one input hold,
/// in the same order.
struct AxisRun {
  llvm::StringRef input;
  unsigned firstBit; ///< Of the input.
  unsigned bits;

  bool operator==(const AxisRun &other) const {
    return input == other.input && firstBit == other.firstBit &&
           bits == other.bits;
  }
};

/// The holders of the bits of the coordinate along `axis`, from the lowest up,
/// in maximal runs. Nothing when a bit has several holders, or when one holds
/// more than a bit.
std::optional<llvm::SmallVector<AxisRun>> axisRuns(const LinearLayout &layout,
                                                   int64_t axis);

/// The layout with bits of the row-major index in lanes first, then, from the
/// highest down, in waves, and the rest in registers: each wave has one piece
/// of the tile, and each of its registers 'lanes' neighbours of it. A tile with
/// fewer elements is replicated.
LinearLayout stripedLayout(llvm::ArrayRef<int64_t> shape, int64_t lanes,
                           int64_t waves);

} // namespace moesaic

#endif
