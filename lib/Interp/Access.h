//===- Access.h - the elements that an access touches -----------*- C++ -*-===//

#ifndef MOESAIC_INTERP_ACCESS_H
#define MOESAIC_INTERP_ACCESS_H

#include "Interp/Program.h"

namespace moesaic::interp {

/// Marks an element that is out of bounds. (No array is that large.)
inline constexpr int64_t outOfBounds = std::numeric_limits<int64_t>::min();

/// The elements that a load or a store touches, in the tile's order.
struct Access {
  Slot array;
  llvm::SmallVector<Slot> indices;
  uint32_t count = 1;
  /// Element i of the tile is element source[i] in the order of the array's
  /// axes; empty when that is i.
  std::vector<uint32_t> source;
  /// By axis: elements of a block and the distance of neighbours inside it.
  /// Empty for an array that is not stored in blocks.
  llvm::SmallVector<std::pair<int64_t, int64_t>> blocks;

  Access(mlir::Value arrayValue, mlir::ValueRange indexValues,
         llvm::ArrayRef<int64_t> order, Translator &t)
      : array(t.slot(arrayValue)) {
    for (mlir::Value index : indexValues) {
      indices.push_back(t.slot(index));
      count *= indices.back().count;
    }
    listBlocks(arrayValue);
    if (llvm::is_sorted(order)) {
      return;
    }
    llvm::SmallVector<int64_t> shape = tile::getAccessShape(indexValues, {});
    llvm::SmallVector<int64_t> strides(shape.size(), 1);
    for (int64_t axis = shape.size() - 2; axis >= 0; --axis) {
      strides[axis] = strides[axis + 1] * shape[axis + 1];
    }
    source.assign(1, 0);
    for (int64_t axis : order) { // tile axis i walks along axis order[i]
      std::vector<uint32_t> longer;
      longer.reserve(source.size() * shape[axis]);
      for (uint32_t position : source) {
        for (int64_t i = 0; i < shape[axis]; ++i) {
          longer.push_back(position + i * strides[axis]);
        }
      }
      source = std::move(longer);
    }
  }

  void listBlocks(mlir::Value arrayValue) {
    auto view = arrayValue.getDefiningOp<tile::ViewOp>();
    if (!view || view.getBlocks().empty()) {
      return;
    }
    for (int64_t block : view.getBlocks()) {
      blocks.push_back({block, 0});
    }
    int64_t inside = 1;
    llvm::SmallVector<tile::StorageDigit> digits = tile::getStorageDigits(
        indices.size(), view.getBlocks(), view.getOrder());
    for (const tile::StorageDigit &digit : llvm::reverse(digits)) {
      if (digit.isInside) {
        blocks[digit.axis].second = inside;
        inside *= digit.block;
      }
    }
  }

  /// Writes the distance from the array's base, in elements, of each element,
  /// or outOfBounds, in the order of the array's axes: the outer sum of what
  /// each index contributes.
  void listOffsets(Frame &frame, std::vector<int64_t> &offsets) const {
    offsets.resize(count);
    const int64_t *extents = frame.ints(array) + 1;
    const int64_t *strides = extents + indices.size();
    offsets[0] = 0;
    size_t done = 1;
    for (auto [axis, index] : llvm::enumerate(indices)) {
      const int64_t *positions = frame.ints(index);
      size_t length = index.count;
      uint64_t extent = extents[axis];
      int64_t stride = strides[axis];
      auto [block, step] =
          blocks.empty() ? std::pair<int64_t, int64_t>(1, 0) : blocks[axis];
      for (size_t i = done; i-- > 0;) { // backwards: each one becomes `length`
        int64_t start = offsets[i];
        int64_t *out = offsets.data() + i * length;
        for (size_t j = length; j-- > 0;) {
          bool inside = start != outOfBounds &&
                        static_cast<uint64_t>(positions[j]) < extent;
          out[j] = inside ? start + positions[j] / block * stride +
                                positions[j] % block * step
                          : outOfBounds;
        }
      }
      done *= length;
    }
  }
};

/// The bytes of a shared array and, behind them, one byte per element that
/// tells whether it was written.
struct SharedMemory {
  int64_t bytes = 0; ///< 0 for an array in device memory.

  explicit SharedMemory(mlir::Value array) {
    if (auto shared = array.getDefiningOp<tile::SharedArrayOp>()) {
      bytes = shared.getBytes();
    }
  }
  char *isWritten(char *base) const { return base + bytes; }
  void noteWrite(const Frame &frame, char *base, int64_t offset) const {
    if (bytes && frame.checked) {
      isWritten(base)[offset] = 1;
    }
  }
  void checkRead(Frame &frame, mlir::Location loc, char *base,
                 int64_t offset) const {
    if (bytes && frame.checked && !isWritten(base)[offset]) {
      frame.fail(loc, "element " + std::to_string(offset) +
                          " of a shared array is read before it is written");
    }
  }
};

/// The buffers and shared arrays that have bytes of LDS in common with this
/// one.
llvm::SmallVector<Slot> findOverlapping(mlir::Value buffer, Translator &t);
/// Fills a buffer with the bits of a NaN, or -1.
void poison(Frame &frame, Slot buffer);

} // namespace moesaic::interp

#endif
