//===- LinearLayout.h - linear maps over bits ------------------*- C++ -*-===//
//
// A linear layout maps the bits of named inputs (register, lane, wave, or the
// offset in a buffer) to the coordinates of a tile. Every tile extent is a
// power of two, so coordinates concatenate to one integer, the row-major index,
// and the map is a matrix over F2 whose columns ("bases") are such integers:
//
//     index = XOR of bases[i] over all set input bits i
//
// After "Linear Layouts: Robust Code Generation of Efficient Tensor
// Computation Using F2" (arXiv 2505.23819).
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_LAYOUT_LINEARLAYOUT_H
#define MOESAIC_LAYOUT_LINEARLAYOUT_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/Hashing.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include <string>
#include <utility>

namespace moesaic {

/// Names of the inputs that layouts of tiles and of buffers have.
inline constexpr llvm::StringLiteral registerInput = "register";
inline constexpr llvm::StringLiteral laneInput = "lane";
inline constexpr llvm::StringLiteral waveInput = "wave";
inline constexpr llvm::StringLiteral offsetInput = "offset";

/// One input of a layout: the image of each of its bits, lowest bit first.
struct LayoutInput {
  std::string name;
  llvm::SmallVector<uint32_t> bases;

  /// How many values the input takes: two to the number of its bits.
  uint32_t size() const { return 1u << bases.size(); }
  bool operator==(const LayoutInput &other) const {
    return name == other.name && bases == other.bases;
  }
};

class LinearLayout {
public:
  LinearLayout() = default;
  /// `shape`: the tile's extents, each a power of two.
  LinearLayout(llvm::ArrayRef<int64_t> shape,
               llvm::ArrayRef<LayoutInput> inputs)
      : extents(shape.begin(), shape.end()),
        dims(inputs.begin(), inputs.end()) {}

  llvm::ArrayRef<int64_t> shape() const { return extents; }
  llvm::ArrayRef<LayoutInput> inputs() const { return dims; }
  /// The bases of one input; empty when the layout has no such input.
  llvm::ArrayRef<uint32_t> bases(llvm::StringRef input) const;
  /// How many values `input` takes; 1 when the layout has no such input.
  uint32_t size(llvm::StringRef input) const {
    return 1u << bases(input).size();
  }
  /// Elements of the tile.
  int64_t elements() const;

  /// The row-major index of the element at the given value of each input, in
  /// the order of `inputs()`.
  uint32_t apply(llvm::ArrayRef<uint32_t> values) const;
  /// The coordinates of a row-major index, and back.
  llvm::SmallVector<int64_t> coordinates(uint32_t index) const;
  uint32_t index(llvm::ArrayRef<int64_t> coordinates) const;

  bool operator==(const LinearLayout &other) const {
    return extents == other.extents && dims == other.dims;
  }
  bool operator!=(const LinearLayout &other) const { return !(*this == other); }

private:
  llvm::SmallVector<int64_t> extents;
  llvm::SmallVector<LayoutInput> dims;
};

llvm::hash_code hash_value(const LinearLayout &layout);

} // namespace moesaic

#endif
