//===- Algebra.h - elimination, inverses and shapes of layouts --*- C++ -*-===//
//
// What can be asked of linear layouts, all by elimination over F2. The values
// of all inputs of a layout are also handled as one number, the "position":
// the first input in its lowest bits, then the next.
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_LAYOUT_ALGEBRA_H
#define MOESAIC_LAYOUT_ALGEBRA_H

#include "Layout/LinearLayout.h"
#include <optional>

namespace moesaic {

/// A set of vectors over F2 in reduced form, each with the combination of the
/// added vectors that makes it.
class BitSpan {
public:
  /// Adds a vector. False, and nothing changes, when it is in the span already.
  /// `tag` stands for the vector in the answers of `solve`; a tag is a mask.
  bool add(uint32_t vector, uint32_t tag = 0);
  /// The exclusive-or of the tags of vectors that add up to `vector`; nothing
  /// when it is not in the span.
  std::optional<uint32_t> solve(uint32_t vector) const;
  bool contains(uint32_t vector) const { return solve(vector).has_value(); }
  unsigned rank() const { return rows.size(); }

private:
  struct Row {
    uint32_t vector, tag;
  };
  llvm::SmallVector<Row> rows;
};

/// One number out of one value per input, and back.
uint32_t packPosition(const LinearLayout &layout,
                      llvm::ArrayRef<uint32_t> values);
llvm::SmallVector<uint32_t> unpackPosition(const LinearLayout &layout,
                                           uint32_t position);
/// The bases of all inputs, one after the other: one per bit of a position.
llvm::SmallVector<uint32_t> allBases(const LinearLayout &layout);

/// Dimension of the image.
unsigned rank(const LinearLayout &layout);
/// Every element of the tile is held somewhere.
bool isSurjective(const LinearLayout &layout);
/// Every element of the tile is held in exactly one place.
bool isBijective(const LinearLayout &layout);
/// The bits of `input` that can be zero without losing an element, because bits
/// below it or inputs before it reach the same elements. The places whose free
/// bits are all zero hold every element exactly once: they are its owners.
uint32_t freeVariables(const LinearLayout &layout, llvm::StringRef input);

/// A linear map from the positions of one layout to the positions of another,
/// or from indices to positions: the image of each bit.
class BitMap {
public:
  BitMap() = default;
  explicit BitMap(llvm::ArrayRef<uint32_t> images)
      : images(images.begin(), images.end()) {}
  uint32_t operator()(uint32_t value) const;
  llvm::ArrayRef<uint32_t> columns() const { return images; }

private:
  llvm::SmallVector<uint32_t> images;
};

/// Where each element is held: from row-major indices to positions whose free
/// bits are zero. Nothing when the layout is not surjective.
std::optional<BitMap> invert(const LinearLayout &layout);

/// How far the elements travel when a tile changes its layout.
enum class Movement {
  None,      ///< Every register keeps its element.
  Registers, ///< Registers of one lane exchange or copy elements.
  Lanes,     ///< Elements move between the lanes of a wave.
  Waves,     ///< Elements move between waves.
};

/// Where a layout finds its elements in another one of the same shape.
struct Transfer {
  /// From positions of `to` to positions of `from`.
  BitMap source;
  Movement movement;
};

/// The source of every position of `to` in `from`, as near as possible: the
/// same lane and wave where they hold the element. Nothing when shapes differ
/// or `from` is not surjective.
std::optional<Transfer> transfer(const LinearLayout &from,
                                 const LinearLayout &to);

/// Axis i of the result is axis `order[i]` of `layout`.
LinearLayout permuteAxes(const LinearLayout &layout,
                         llvm::ArrayRef<int64_t> order);
/// The same elements in row-major order under another shape.
LinearLayout reshape(const LinearLayout &layout, llvm::ArrayRef<int64_t> shape);
/// The layout of a tile that has only some axes of this one, in their order,
/// such that every lane holds the coordinates it needs: the layout of one index
/// of an access, or of the result of a reduction. Registers that would only
/// repeat others disappear; lanes and waves may replicate.
LinearLayout keepAxes(const LinearLayout &layout, llvm::ArrayRef<int64_t> axes);
/// `keepAxes` of all axes but one.
LinearLayout removeAxis(const LinearLayout &layout, int64_t axis);
/// The same for an axis that stays, with extent 1: the source of a broadcast.
LinearLayout shrinkAxis(const LinearLayout &layout, int64_t axis);
/// An axis of extent 1 becomes longer; each lane holds all its elements, in
/// registers above those it has.
LinearLayout growAxis(const LinearLayout &layout, int64_t axis, int64_t extent);
/// Registers in another order: bit i of the result is bit `order[i]`.
LinearLayout permuteRegisters(const LinearLayout &layout,
                              llvm::ArrayRef<unsigned> order);

/// How many registers from 0 on hold elements that follow each other along
/// `axis`, aligned to that number, for every lane: the width of a vector
/// access.
int64_t contiguousElements(const LinearLayout &layout, int64_t axis);

} // namespace moesaic

#endif
