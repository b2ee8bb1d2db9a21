//===- LaneMoves.h - values that travel between lanes of a wave -*- C++ -*-===//
//
// Everything that one lane learns from another without LDS: exchanges, shifts,
// scans and votes. A row is 16 lanes, within which DPP moves operands for free;
// what crosses rows differs from chip to chip, and is decided here.
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_CONVERSION_TILETOGPU_LANEMOVES_H
#define MOESAIC_CONVERSION_TILETOGPU_LANEMOVES_H

#include "Target/Chips.h"
#include "mlir/Dialect/AMDGPU/IR/AMDGPUDialect.h"
#include "mlir/IR/Builders.h"

namespace moesaic {

/// Lanes that differ in `bits` bits of their number from `firstBit` on, each in
/// the order of those bits.
struct LaneGroup {
  unsigned firstBit, bits;

  unsigned endBit() const { return firstBit + bits; }
  /// The bits that tell its lanes apart.
  unsigned mask() const { return ((1u << bits) - 1) << firstBit; }
};

class LaneMoves {
public:
  using Combine = llvm::function_ref<mlir::Value(mlir::Value, mlir::Value)>;

  LaneMoves(mlir::OpBuilder &builder, mlir::Location loc, const Chip &chip,
            mlir::Value lane)
      : builder(builder), loc(loc), chip(chip), lane(lane) {}

  /// The value of the lane whose number differs in `bit`. `reduced`: bits
  /// across which lanes hold the same value.
  mlir::Value exchange(mlir::Value value, uint32_t bit, uint32_t reduced);
  /// The value of lane `from`, for all lanes.
  mlir::Value read(mlir::Value value, unsigned from);
  /// The value of the lane with the number `from`, which may differ from lane
  /// to lane.
  mlir::Value gather(mlir::Value value, mlir::Value from);

  /// The values of all lanes that differ in the bits `lanes` of their number,
  /// combined, for each of them.
  mlir::Value reduce(mlir::Value value, uint32_t lanes, mlir::Value identity,
                     Combine combine);
  /// Each lane's value combined with those of all lanes of its group before it,
  /// or behind it when `reverse`. `identity` changes nothing when combined.
  mlir::Value scan(mlir::Value value, LaneGroup group, bool reverse,
                   mlir::Value identity, Combine combine);
  /// The value of the lane before (behind) each lane in its group; `first` for
  /// the one that has none.
  mlir::Value previous(mlir::Value value, LaneGroup group, bool reverse,
                       mlir::Value first);
  /// The value of the last (first) lane of each group.
  mlir::Value last(mlir::Value value, LaneGroup group, bool reverse);

  /// The lanes where `condition` holds, one bit each, as an integer of as many
  /// bits as a wave has lanes.
  mlir::Value ballot(mlir::Value condition);
  /// i32: how many bits of a mask like that are set.
  mlir::Value count(mlir::Value mask);
  /// i32: how many of them belong to lanes below this one; beyond the first
  /// `distinct` lanes, what the lane knows that this one repeats.
  mlir::Value countBelow(mlir::Value mask, unsigned distinct);
  /// The lanes, of the first `distinct`, where `condition` holds and whose keys
  /// agree with this lane's in the lowest `bits` bits.
  mlir::Value match(mlir::Value key, unsigned bits, mlir::Value condition,
                    unsigned distinct);

private:
  mlir::Value constant(int64_t value);
  /// The type of a mask of lanes, and a number of it.
  mlir::Type maskType() { return builder.getIntegerType(chip.waveSize); }
  mlir::Value mask(uint64_t lanes);
  /// i1: (lane & mask) compared with a number.
  mlir::Value isLane(unsigned mask, mlir::arith::CmpIPredicate predicate,
                     unsigned number);
  /// Applies `move` to the 32-bit words that values of one type consist of.
  mlir::Value
  byWords(llvm::ArrayRef<mlir::Value> values,
          llvm::function_ref<mlir::Value(llvm::ArrayRef<mlir::Value>)> move);
  mlir::Value dpp(mlir::Value value, mlir::Value fill,
                  mlir::amdgpu::DPPPerm control, mlir::Attribute argument,
                  unsigned rows = 0xf);
  /// The value `distance` lanes below (above, when `reverse`); `fill` where
  /// that is outside the row.
  mlir::Value shiftInRow(mlir::Value value, unsigned distance, bool reverse,
                         mlir::Value fill);
  /// `reduce` over the bits `rows` when every row holds one value; null where
  /// exchanges do better.
  mlir::Value reduceRows(mlir::Value value, uint32_t rows, mlir::Value identity,
                         Combine combine);
  /// For the upper (lower) half of the lanes that differ in the bits of `half`
  /// and in the one above: the value of the last lane of the other half. Other
  /// lanes get anything, or `identity`, which `isExact` says.
  mlir::Value acrossRows(mlir::Value value, LaneGroup half, bool reverse,
                         mlir::Value identity, bool &isExact);

  mlir::OpBuilder &builder;
  mlir::Location loc;
  const Chip &chip;
  mlir::Value lane;
};

} // namespace moesaic

#endif
