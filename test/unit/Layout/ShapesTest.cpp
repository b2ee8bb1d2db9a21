//===- ShapesTest.cpp - layouts of tiles with other axes ------------------===//

#include "Layout/BlockedLayout.h"
#include "Layouts.h"
#include "gtest/gtest.h"

using namespace moesaic;
using Vector = llvm::SmallVector<int64_t>;

TEST(Shapes, PermutedAxesHoldTheSameElements) {
  std::mt19937 random(5);
  LinearLayout layout = randomLayout(random, {2, 4, 8}, 3, 3, 2);
  for (Vector order : {Vector{0, 1, 2}, Vector{0, 2, 1}, Vector{1, 0, 2},
                       Vector{1, 2, 0}, Vector{2, 0, 1}, Vector{2, 1, 0}}) {
    LinearLayout permuted = permuteAxes(layout, order);
    for (uint32_t position = 0; position < positions(layout); ++position) {
      Vector from = layout.coordinates(elementAt(layout, position));
      Vector to = permuted.coordinates(elementAt(permuted, position));
      for (int axis = 0; axis < 3; ++axis) {
        EXPECT_EQ(to[axis], from[order[axis]]);
      }
    }
  }
}

TEST(Shapes, KeptAxesHaveTheirCoordinateInTheSameLane) {
  std::mt19937 random(6);
  for (int round = 0; round < 50; ++round) {
    LinearLayout layout = randomLayout(random, {4, 8, 2}, 4, 3, 2);
    for (Vector axes : {Vector{0}, Vector{1}, Vector{2}, Vector{0, 2}}) {
      LinearLayout kept = keepAxes(layout, axes);
      EXPECT_EQ(freeVariables(kept, registerInput), 0u);
      forEachPlace(layout, [&](uint32_t, uint32_t lane, uint32_t wave,
                               const Vector &coordinates) {
        bool found = false;
        for (uint32_t r = 0; r < kept.size(registerInput); ++r) {
          Vector have = kept.coordinates(kept.apply({r, lane, wave}));
          bool same = true;
          for (size_t i = 0; i < axes.size(); ++i) {
            same &= have[i] == coordinates[axes[i]];
          }
          found |= same;
        }
        EXPECT_TRUE(found);
      });
    }
  }
}

TEST(Shapes, ShrunkAndGrownAxesAreBroadcastSources) {
  LinearLayout layout = tileLayout({4, 8}, {1, 8}, {2, 4}, {16});
  LinearLayout shrunk = shrinkAxis(layout, 1);
  EXPECT_EQ(shrunk, tileLayout({4, 1}, {1}, {0, 0}, {2}));
  EXPECT_EQ(removeAxis(layout, 1), tileLayout({4}, {1}, {0, 0}, {2}));
  EXPECT_EQ(shrinkAxis(layout, 0), tileLayout({1, 8}, {1}, {2, 4}, {0}));
  // Grown, each lane has the whole axis.
  EXPECT_EQ(growAxis(shrunk, 1, 8),
            tileLayout({4, 8}, {8, 1, 2, 4}, {0, 0}, {16}));
  EXPECT_EQ(shrinkAxis(growAxis(shrunk, 1, 8), 1), shrunk);
  EXPECT_EQ(permuteRegisters(layout, {1, 0}),
            tileLayout({4, 8}, {8, 1}, {2, 4}, {16}));
}

// Blocks of 16 by 8 elements: one lane after the other takes what lies there.
TEST(Shapes, StepsThroughMemoryComeFirst) {
  llvm::SmallVector<std::pair<int64_t, int64_t>> steps = {
      {1, 1}, {1, 2}, {1, 4}, {0, 1}, {0, 2}, {0, 4}, {0, 8}, {1, 8}, {1, 16}};
  LinearLayout layout = blockedLayout({64, 32}, {1, 0}, /*vectorElements=*/8,
                                      /*lanes=*/64, /*waves=*/2, steps);
  for (uint32_t reg = 0; reg < 8; ++reg) {
    for (uint32_t lane = 0; lane < 64; ++lane) {
      Vector at = layout.coordinates(layout.apply({reg, lane, 0}));
      int64_t block = at[0] / 16 * 4 + at[1] / 8;
      int64_t place = block * 128 + at[0] % 16 * 8 + at[1] % 8;
      EXPECT_EQ(place, lane * 8 + reg);
    }
  }
  EXPECT_EQ(freeVariables(layout, waveInput), 0u);
  EXPECT_EQ(positions(layout), 64u * 32u);
}

TEST(BlockedLayout, RowsBehindTheVector) {
  // Vectors of 8 in rows of 128: rows 0 and 1 in the same lane, rows 2 and 3 in
  // the next, then the columns.
  LinearLayout layout =
      blockedLayout({64, 128}, {1, 0}, 8, 64, 4, {}, {128, 256}, /*kept=*/1);
  EXPECT_TRUE(isBijective(layout));
  EXPECT_EQ(layout.bases(registerInput).take_front(4),
            llvm::ArrayRef<uint32_t>({1, 2, 4, 128}));
  EXPECT_EQ(layout.bases(laneInput).take_front(5),
            llvm::ArrayRef<uint32_t>({256, 8, 16, 32, 64}));
  EXPECT_EQ(contiguousElements(layout, 1), 8);
}
