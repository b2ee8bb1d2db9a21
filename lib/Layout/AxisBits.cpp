//===- AxisBits.cpp - who holds the bits of one axis ----------------------===//

#include "Layout/AxisBits.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace moesaic;
using llvm::ArrayRef;
using llvm::SmallVector;

std::optional<SmallVector<AxisRun>>
moesaic::axisRuns(const LinearLayout &layout, int64_t axis) {
  SmallVector<AxisRun> holders(llvm::Log2_64(layout.shape()[axis]),
                               AxisRun{"", 0, 0});
  for (const LayoutInput &input : layout.inputs()) {
    for (auto [bit, basis] : llvm::enumerate(input.bases)) {
      SmallVector<int64_t> coordinates = layout.coordinates(basis);
      int64_t along = coordinates[axis];
      if (along == 0) {
        continue;
      }
      coordinates[axis] = 0;
      if (!llvm::isPowerOf2_64(along) || layout.index(coordinates) != 0) {
        return std::nullopt;
      }
      AxisRun &holder = holders[llvm::Log2_64(along)];
      if (holder.bits != 0) {
        return std::nullopt;
      }
      holder = {input.name, static_cast<unsigned>(bit), 1};
    }
  }
  SmallVector<AxisRun> runs;
  for (const AxisRun &holder : holders) {
    if (holder.bits == 0) {
      return std::nullopt;
    }
    if (!runs.empty() && runs.back().input == holder.input &&
        runs.back().firstBit + runs.back().bits == holder.firstBit) {
      ++runs.back().bits;
    } else {
      runs.push_back(holder);
    }
  }
  return runs;
}

LinearLayout moesaic::stripedLayout(ArrayRef<int64_t> shape, int64_t lanes,
                                    int64_t waves) {
  unsigned laneBits = llvm::Log2_64(lanes), waveBits = llvm::Log2_64(waves);
  unsigned bits = 0;
  for (int64_t extent : shape) {
    bits += llvm::Log2_64(extent);
  }
  unsigned inLanes = std::min(bits, laneBits);
  unsigned inWaves = std::min(bits - inLanes, waveBits);
  LayoutInput reg{registerInput.str(), {}}, lane{laneInput.str(), {}},
      wave{waveInput.str(), {}};
  for (unsigned bit = 0; bit < bits; ++bit) {
    LayoutInput &holder = bit < inLanes          ? lane
                          : bit < bits - inWaves ? reg
                                                 : wave;
    holder.bases.push_back(1u << bit);
  }
  lane.bases.resize(laneBits, 0);
  wave.bases.resize(waveBits, 0);
  return LinearLayout(shape, {reg, lane, wave});
}
