//===- BlockedLayout.cpp - coalesced layouts of loads and stores ----------===//

#include "Layout/BlockedLayout.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>

using namespace moesaic;

llvm::SmallVector<int64_t> moesaic::rowMajorOrder(unsigned rank) {
  llvm::SmallVector<int64_t> order;
  for (unsigned axis = rank; axis-- > 0;) {
    order.push_back(axis);
  }
  return order;
}

LinearLayout
moesaic::blockedLayout(llvm::ArrayRef<int64_t> shape,
                       llvm::ArrayRef<int64_t> axisOrder,
                       int64_t vectorElements, int64_t lanes, int64_t waves,
                       llvm::ArrayRef<std::pair<int64_t, int64_t>> fastest,
                       llvm::ArrayRef<uint32_t> next, unsigned kept) {
  LinearLayout tile(shape, {});
  // One basis per bit of the tile, the fastest first.
  llvm::SmallVector<uint32_t> bits;
  auto add = [&](int64_t axis, int64_t step) {
    llvm::SmallVector<int64_t> coordinates(shape.size());
    coordinates[axis] = step;
    uint32_t basis = tile.index(coordinates);
    if (!llvm::is_contained(bits, basis)) {
      bits.push_back(basis);
    }
  };
  for (auto [axis, step] : fastest) {
    add(axis, step);
  }
  for (int64_t axis : axisOrder) {
    for (int64_t step = 1; step < shape[axis]; step *= 2) {
      add(axis, step);
    }
  }
  if (!axisOrder.empty()) {
    vectorElements = std::min(vectorElements, shape[axisOrder[0]]);
  }
  size_t vectorBits =
      std::min<size_t>(llvm::Log2_64(vectorElements), bits.size());
  llvm::SmallVector<uint32_t> order(bits.begin(), bits.begin() + vectorBits);
  for (llvm::ArrayRef<uint32_t> list : {next, llvm::ArrayRef<uint32_t>(bits)}) {
    for (uint32_t basis : list) {
      if (!llvm::is_contained(order, basis)) {
        order.push_back(basis);
      }
    }
  }

  LayoutInput inputs[] = {
      {registerInput.str(), {}}, {laneInput.str(), {}}, {waveInput.str(), {}}};
  llvm::ArrayRef<uint32_t> rest = order;
  auto take = [&](LayoutInput &input, int64_t size) {
    for (int64_t i = 1; i < size; i *= 2) {
      input.bases.push_back(rest.empty() ? 0 : rest.front());
      rest = rest.drop_front(rest.empty() ? 0 : 1);
    }
  };
  take(inputs[0], vectorElements << kept);
  take(inputs[1], lanes);
  take(inputs[2], waves);
  inputs[0].bases.append(rest.begin(), rest.end());
  return LinearLayout(shape, inputs);
}
