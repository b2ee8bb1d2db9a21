//===- Layouts.h - helpers of the layout tests ------------------*- C++ -*-===//

#ifndef MOESAIC_TEST_UNIT_LAYOUT_LAYOUTS_H
#define MOESAIC_TEST_UNIT_LAYOUT_LAYOUTS_H

#include "Layout/Algebra.h"
#include <random>

namespace moesaic {

inline LinearLayout tileLayout(llvm::ArrayRef<int64_t> shape,
                               llvm::ArrayRef<uint32_t> registers,
                               llvm::ArrayRef<uint32_t> lanes,
                               llvm::ArrayRef<uint32_t> waves) {
  LayoutInput inputs[] = {
      {registerInput.str(), llvm::SmallVector<uint32_t>(registers)},
      {laneInput.str(), llvm::SmallVector<uint32_t>(lanes)},
      {waveInput.str(), llvm::SmallVector<uint32_t>(waves)}};
  return LinearLayout(shape, inputs);
}

/// A layout whose bases are drawn at random: surjective or not.
inline LinearLayout randomLayout(std::mt19937 &random,
                                 llvm::ArrayRef<int64_t> shape,
                                 unsigned registers, unsigned lanes,
                                 unsigned waves) {
  int64_t elements = LinearLayout(shape, {}).elements();
  auto draw = [&](unsigned count) {
    llvm::SmallVector<uint32_t> bases;
    for (unsigned i = 0; i < count; ++i) {
      bases.push_back(random() % elements);
    }
    return bases;
  };
  return tileLayout(shape, draw(registers), draw(lanes), draw(waves));
}

/// How many positions a layout has.
inline uint32_t positions(const LinearLayout &layout) {
  return 1u << allBases(layout).size();
}

/// The element at a position.
inline uint32_t elementAt(const LinearLayout &layout, uint32_t position) {
  return layout.apply(unpackPosition(layout, position));
}

/// Calls `body(register, lane, wave, coordinates)` for every place.
template <typename Body>
void forEachPlace(const LinearLayout &layout, Body body) {
  for (uint32_t w = 0; w < layout.size(waveInput); ++w) {
    for (uint32_t l = 0; l < layout.size(laneInput); ++l) {
      for (uint32_t r = 0; r < layout.size(registerInput); ++r) {
        body(r, l, w, layout.coordinates(layout.apply({r, l, w})));
      }
    }
  }
}

} // namespace moesaic

#endif
