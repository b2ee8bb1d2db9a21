//===- AxisBitsTest.cpp - runs of an axis, striped layouts ----------------===//

#include "Layout/AxisBits.h"
#include "Layout/Algebra.h"
#include "gtest/gtest.h"

using namespace moesaic;

static LinearLayout makeLayout(llvm::ArrayRef<int64_t> shape,
                               llvm::ArrayRef<uint32_t> registers,
                               llvm::ArrayRef<uint32_t> lanes,
                               llvm::ArrayRef<uint32_t> waves) {
  auto input = [](llvm::StringRef name, llvm::ArrayRef<uint32_t> bases) {
    return LayoutInput{name.str(), {bases.begin(), bases.end()}};
  };
  return LinearLayout(shape,
                      {input(registerInput, registers), input(laneInput, lanes),
                       input(waveInput, waves)});
}

TEST(AxisBits, RunsAreMaximal) {
  // 4 x 32: columns in two registers, lanes 1 and 2, lane 0, a wave.
  LinearLayout layout = makeLayout({4, 32}, {1}, {8, 2, 4, 32}, {16, 64});
  auto columns = axisRuns(layout, 1);
  ASSERT_TRUE(columns);
  ASSERT_EQ(columns->size(), 4u);
  EXPECT_EQ((*columns)[0], (AxisRun{registerInput, 0, 1}));
  EXPECT_EQ((*columns)[1], (AxisRun{laneInput, 1, 2}));
  EXPECT_EQ((*columns)[2], (AxisRun{laneInput, 0, 1}));
  EXPECT_EQ((*columns)[3], (AxisRun{waveInput, 0, 1}));
  auto rows = axisRuns(layout, 0);
  ASSERT_TRUE(rows);
  ASSERT_EQ(rows->size(), 2u);
  EXPECT_EQ((*rows)[0], (AxisRun{laneInput, 3, 1}));
  EXPECT_EQ((*rows)[1], (AxisRun{waveInput, 1, 1}));
}

TEST(AxisBits, MixedAndMissingBitsHaveNoRuns) {
  EXPECT_FALSE(axisRuns(makeLayout({4}, {}, {1, 3}, {}), 0));    // two bits
  EXPECT_FALSE(axisRuns(makeLayout({4}, {1}, {1, 2}, {}), 0));   // two holders
  EXPECT_FALSE(axisRuns(makeLayout({4}, {}, {1, 0}, {}), 0));    // no holder
  EXPECT_FALSE(axisRuns(makeLayout({2, 2}, {}, {3, 2}, {}), 0)); // both axes
  EXPECT_TRUE(axisRuns(makeLayout({1, 2}, {}, {1}, {}), 0)->empty());
}

TEST(AxisBits, StripedLayoutsHoldEveryElement) {
  for (int64_t elements = 1; elements <= 4096; elements *= 2) {
    for (int64_t waves = 1; waves <= 16; waves *= 4) {
      LinearLayout layout = stripedLayout({elements}, 64, waves);
      EXPECT_TRUE(isSurjective(layout));
      EXPECT_EQ(layout.size(laneInput), 64u);
      EXPECT_EQ(int64_t(layout.size(waveInput)), waves);
      // Element i is in lane i % 64, pieces follow each other over the waves.
      int64_t pieces = std::min(waves, std::max<int64_t>(elements / 64, 1));
      for (int64_t i = 0; i < elements; ++i) {
        uint32_t piece = i / (elements / pieces);
        uint32_t reg = i % (elements / pieces) / 64;
        EXPECT_EQ(layout.apply({reg, uint32_t(i % 64), piece}), i);
      }
    }
  }
}
