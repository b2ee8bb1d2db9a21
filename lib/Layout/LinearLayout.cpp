//===- LinearLayout.cpp - linear maps over bits ---------------------------===//

#include "Layout/LinearLayout.h"
#include "llvm/ADT/STLExtras.h"

using namespace moesaic;

llvm::ArrayRef<uint32_t> LinearLayout::bases(llvm::StringRef input) const {
  const auto *found = llvm::find_if(
      dims, [&](const LayoutInput &dim) { return dim.name == input; });
  return found == dims.end() ? llvm::ArrayRef<uint32_t>()
                             : llvm::ArrayRef<uint32_t>(found->bases);
}

int64_t LinearLayout::elements() const {
  int64_t product = 1;
  for (int64_t extent : extents) {
    product *= extent;
  }
  return product;
}

uint32_t LinearLayout::apply(llvm::ArrayRef<uint32_t> values) const {
  uint32_t result = 0;
  for (auto [dim, value] : llvm::zip_equal(dims, values)) {
    for (auto [bit, basis] : llvm::enumerate(dim.bases)) {
      if (value >> bit & 1) {
        result ^= basis;
      }
    }
  }
  return result;
}

llvm::SmallVector<int64_t> LinearLayout::coordinates(uint32_t index) const {
  llvm::SmallVector<int64_t> result(extents.size());
  for (int axis = static_cast<int>(extents.size()) - 1; axis >= 0; --axis) {
    result[axis] = index % extents[axis];
    index /= extents[axis];
  }
  return result;
}

uint32_t LinearLayout::index(llvm::ArrayRef<int64_t> coordinates) const {
  uint32_t result = 0;
  for (auto [extent, coordinate] : llvm::zip_equal(extents, coordinates)) {
    result = result * extent + coordinate;
  }
  return result;
}

llvm::hash_code moesaic::hash_value(const LinearLayout &layout) {
  llvm::hash_code code =
      llvm::hash_combine_range(layout.shape().begin(), layout.shape().end());
  for (const LayoutInput &input : layout.inputs()) {
    code = llvm::hash_combine(
        code, llvm::StringRef(input.name),
        llvm::hash_combine_range(input.bases.begin(), input.bases.end()));
  }
  return code;
}
