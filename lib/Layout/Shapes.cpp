//===- Shapes.cpp - layouts of tiles with other axes ----------------------===//

#include "Layout/Algebra.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVectorExtras.h"

using namespace moesaic;

/// The layout of shape `shape` whose bases are those of `layout`, changed by
/// `change`.
template <typename Change>
static LinearLayout mapBases(const LinearLayout &layout,
                             llvm::ArrayRef<int64_t> shape, Change change) {
  llvm::SmallVector<LayoutInput> inputs;
  for (const LayoutInput &input : layout.inputs()) {
    inputs.push_back({input.name, llvm::map_to_vector(input.bases, change)});
  }
  return LinearLayout(shape, inputs);
}

/// Drops the registers that repeat what lower registers hold.
static LinearLayout dropRepeatedRegisters(const LinearLayout &layout) {
  llvm::SmallVector<LayoutInput> inputs(layout.inputs());
  for (LayoutInput &input : inputs) {
    if (input.name == registerInput) {
      BitSpan span;
      llvm::erase_if(input.bases,
                     [&](uint32_t basis) { return !span.add(basis); });
    }
  }
  return LinearLayout(layout.shape(), inputs);
}

LinearLayout moesaic::permuteAxes(const LinearLayout &layout,
                                  llvm::ArrayRef<int64_t> order) {
  llvm::SmallVector<int64_t> shape = llvm::map_to_vector(
      order, [&](int64_t axis) { return layout.shape()[axis]; });
  LinearLayout target(shape, {});
  return mapBases(layout, shape, [&](uint32_t basis) {
    llvm::SmallVector<int64_t> from = layout.coordinates(basis);
    return target.index(
        llvm::map_to_vector(order, [&](int64_t axis) { return from[axis]; }));
  });
}

LinearLayout moesaic::reshape(const LinearLayout &layout,
                              llvm::ArrayRef<int64_t> shape) {
  return LinearLayout(shape, layout.inputs());
}

LinearLayout moesaic::keepAxes(const LinearLayout &layout,
                               llvm::ArrayRef<int64_t> axes) {
  llvm::SmallVector<int64_t> shape = llvm::map_to_vector(
      axes, [&](int64_t axis) { return layout.shape()[axis]; });
  LinearLayout target(shape, {});
  return dropRepeatedRegisters(mapBases(layout, shape, [&](uint32_t basis) {
    llvm::SmallVector<int64_t> from = layout.coordinates(basis);
    return target.index(
        llvm::map_to_vector(axes, [&](int64_t axis) { return from[axis]; }));
  }));
}

LinearLayout moesaic::removeAxis(const LinearLayout &layout, int64_t axis) {
  llvm::SmallVector<int64_t> axes;
  for (int64_t i = 0; i < static_cast<int64_t>(layout.shape().size()); ++i) {
    if (i != axis) {
      axes.push_back(i);
    }
  }
  return keepAxes(layout, axes);
}

LinearLayout moesaic::shrinkAxis(const LinearLayout &layout, int64_t axis) {
  llvm::SmallVector<int64_t> shape(layout.shape());
  shape[axis] = 1;
  return reshape(removeAxis(layout, axis), shape);
}

LinearLayout moesaic::growAxis(const LinearLayout &layout, int64_t axis,
                               int64_t extent) {
  llvm::SmallVector<int64_t> shape(layout.shape());
  shape[axis] = extent;
  LinearLayout target(shape, {});
  LinearLayout grown = mapBases(layout, shape, [&](uint32_t basis) {
    return target.index(layout.coordinates(basis));
  });
  llvm::SmallVector<LayoutInput> inputs(grown.inputs());
  llvm::SmallVector<int64_t> coordinates(shape.size());
  for (LayoutInput &input : inputs) {
    if (input.name != registerInput) {
      continue;
    }
    for (int64_t step = 1; step < extent; step *= 2) {
      coordinates[axis] = step;
      input.bases.push_back(target.index(coordinates));
    }
  }
  return LinearLayout(shape, inputs);
}

LinearLayout moesaic::permuteRegisters(const LinearLayout &layout,
                                       llvm::ArrayRef<unsigned> order) {
  llvm::SmallVector<LayoutInput> inputs(layout.inputs());
  for (LayoutInput &input : inputs) {
    if (input.name == registerInput) {
      llvm::SmallVector<uint32_t> before = input.bases;
      input.bases =
          llvm::map_to_vector(order, [&](unsigned bit) { return before[bit]; });
    }
  }
  return LinearLayout(layout.shape(), inputs);
}
