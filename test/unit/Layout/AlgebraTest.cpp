//===- AlgebraTest.cpp - inverses and transfers by brute force ------------===//

#include "Layout/BlockedLayout.h"
#include "Layouts.h"
#include "gtest/gtest.h"
#include <set>

using namespace moesaic;

static std::set<uint32_t> image(const LinearLayout &layout) {
  std::set<uint32_t> elements;
  for (uint32_t position = 0; position < positions(layout); ++position) {
    elements.insert(elementAt(layout, position));
  }
  return elements;
}

TEST(Algebra, PositionsPackAndUnpack) {
  LinearLayout layout = tileLayout({4, 8}, {1, 2}, {4, 8}, {16});
  for (uint32_t position = 0; position < 32; ++position) {
    EXPECT_EQ(packPosition(layout, unpackPosition(layout, position)), position);
  }
}

TEST(Algebra, RankAndSurjectivityCountTheImage) {
  std::mt19937 random(1);
  unsigned surjective = 0;
  for (int round = 0; round < 200; ++round) {
    LinearLayout layout = randomLayout(random, {4, 8}, 3, 3, 2);
    size_t size = image(layout).size();
    EXPECT_EQ(size_t(1) << rank(layout), size);
    EXPECT_EQ(isSurjective(layout), size == 32);
    EXPECT_EQ(isBijective(layout), size == 32 && positions(layout) == 32);
    surjective += isSurjective(layout);
  }
  EXPECT_GT(surjective, 0u);
  EXPECT_LT(surjective, 200u);
}

TEST(Algebra, PlacesWithoutFreeBitsOwnEveryElementOnce) {
  std::mt19937 random(2);
  for (int round = 0; round < 200; ++round) {
    LinearLayout layout = randomLayout(random, {4, 8}, 3, 3, 2);
    uint32_t freeRegisters = freeVariables(layout, registerInput);
    uint32_t freeLanes = freeVariables(layout, laneInput);
    uint32_t freeWaves = freeVariables(layout, waveInput);
    std::multiset<uint32_t> owned;
    for (uint32_t position = 0; position < positions(layout); ++position) {
      auto values = unpackPosition(layout, position);
      if (!(values[0] & freeRegisters) && !(values[1] & freeLanes) &&
          !(values[2] & freeWaves)) {
        owned.insert(layout.apply(values));
      }
    }
    std::set<uint32_t> all = image(layout);
    EXPECT_EQ(owned, std::multiset<uint32_t>(all.begin(), all.end()));
  }
}

TEST(Algebra, InverseFindsEveryElement) {
  std::mt19937 random(3);
  unsigned found = 0;
  for (int round = 0; round < 200; ++round) {
    LinearLayout layout = randomLayout(random, {2, 16}, 3, 3, 1);
    std::optional<BitMap> inverse = invert(layout);
    ASSERT_EQ(inverse.has_value(), isSurjective(layout));
    if (!inverse) {
      continue;
    }
    ++found;
    for (uint32_t index = 0; index < 32; ++index) {
      uint32_t position = (*inverse)(index);
      EXPECT_EQ(elementAt(layout, position), index);
      auto values = unpackPosition(layout, position);
      EXPECT_EQ(values[1] & freeVariables(layout, laneInput), 0u);
    }
  }
  EXPECT_GT(found, 0u);
}

TEST(Algebra, TransferReadsTheRightElement) {
  std::mt19937 random(4);
  unsigned kinds[4] = {};
  for (int round = 0; round < 500; ++round) {
    LinearLayout from = randomLayout(random, {4, 8}, 4, 2, 2);
    LinearLayout to = randomLayout(random, {4, 8}, 3, 2, 2);
    std::optional<Transfer> moved = transfer(from, to);
    ASSERT_EQ(moved.has_value(), isSurjective(from));
    if (!moved) {
      continue;
    }
    ++kinds[static_cast<int>(moved->movement)];
    for (uint32_t position = 0; position < positions(to); ++position) {
      auto values = unpackPosition(to, position);
      auto source = unpackPosition(from, moved->source(position));
      EXPECT_EQ(from.apply(source), to.apply(values));
      if (moved->movement <= Movement::Registers) {
        EXPECT_EQ(source[1], values[1]);
      }
      if (moved->movement <= Movement::Lanes) {
        EXPECT_EQ(source[2], values[2]);
      }
    }
  }
  EXPECT_GT(kinds[3], 0u);
}

TEST(Algebra, TransferKnowsHowFarElementsMove) {
  LinearLayout from = tileLayout({64}, {1, 2}, {4, 8}, {16, 32});
  auto movement = [&](const LinearLayout &to) {
    return transfer(from, to)->movement;
  };
  EXPECT_EQ(movement(from), Movement::None);
  EXPECT_EQ(movement(tileLayout({64}, {2, 1}, {4, 8}, {16, 32})),
            Movement::Registers);
  // Every lane gets fewer registers, or each of them twice.
  EXPECT_EQ(movement(tileLayout({64}, {1}, {4, 8}, {16, 32})),
            Movement::Registers);
  EXPECT_EQ(movement(tileLayout({64}, {1, 2, 0}, {4, 8}, {16, 32})),
            Movement::Registers);
  EXPECT_EQ(movement(tileLayout({64}, {1, 2}, {8, 4}, {16, 32})),
            Movement::Lanes);
  EXPECT_EQ(movement(tileLayout({64}, {1, 4}, {2, 8}, {16, 32})),
            Movement::Lanes);
  EXPECT_EQ(movement(tileLayout({64}, {1, 2}, {4, 8}, {32, 16})),
            Movement::Waves);
  EXPECT_EQ(movement(tileLayout({64}, {1, 2}, {4, 16}, {8, 32})),
            Movement::Waves);
  EXPECT_EQ(transfer(from, tileLayout({8, 8}, {1}, {2}, {4})), std::nullopt);
}

TEST(Algebra, ContiguousElementsAreContiguousAndAligned) {
  EXPECT_EQ(contiguousElements(tileLayout({4, 8}, {1, 2}, {4, 8}, {16}), 1), 4);
  EXPECT_EQ(contiguousElements(tileLayout({4, 8}, {8, 16}, {1, 2, 4}, {}), 0),
            4);
  EXPECT_EQ(contiguousElements(tileLayout({4, 8}, {8, 16}, {1, 2, 4}, {}), 1),
            1);
  // A lane bit that moves the pair apart, and one that misaligns it.
  EXPECT_EQ(contiguousElements(tileLayout({4, 8}, {1, 2}, {6, 8}, {16}), 1), 2);
  EXPECT_EQ(contiguousElements(tileLayout({4, 8}, {1, 2}, {7, 8}, {16}), 1), 1);
}

TEST(Algebra, BlockedLayoutsAreCoalesced) {
  // 128x64 of 2 bytes: eight elements a lane, eight lanes a row.
  LinearLayout layout = blockedLayout({128, 64}, {1, 0}, 8, 64, 4);
  EXPECT_TRUE(isBijective(layout));
  EXPECT_EQ(contiguousElements(layout, 1), 8);
  EXPECT_EQ(layout.coordinates(layout.apply({0, 9, 0})),
            (llvm::SmallVector<int64_t>{1, 8}));
  EXPECT_EQ(layout.coordinates(layout.apply({0, 0, 1})),
            (llvm::SmallVector<int64_t>{8, 0}));
  EXPECT_EQ(layout.coordinates(layout.apply({8, 0, 0})),
            (llvm::SmallVector<int64_t>{32, 0}));
  // Columns first.
  EXPECT_EQ(contiguousElements(blockedLayout({128, 64}, {0, 1}, 4, 64, 4), 0),
            4);
  // Fewer elements than lanes: replicated.
  LinearLayout small = blockedLayout({16}, {0}, 4, 64, 2);
  EXPECT_TRUE(isSurjective(small));
  EXPECT_EQ(freeVariables(small, laneInput), 60u);
  EXPECT_EQ(freeVariables(small, waveInput), 1u);
}
