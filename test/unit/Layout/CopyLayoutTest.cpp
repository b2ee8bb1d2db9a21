//===- CopyLayoutTest.cpp - copies to LDS, instruction by instruction -----===//

#include "Layout/CopyLayout.h"
#include "Layout/BlockedLayout.h"
#include "Layout/MatrixLayouts.h"
#include "Layout/SharedLayout.h"
#include "Layouts.h"
#include "gtest/gtest.h"
#include <set>

using namespace moesaic;

/// Where the elements of every instruction land when lane n writes `vector`
/// elements at n times that, from wherever the first lane does.
static void expectConsecutive(const LinearLayout &tile,
                              const LinearLayout &shared, uint32_t vector) {
  BitMap offset = *invert(shared);
  std::set<uint32_t> all;
  for (uint32_t wave = 0; wave < tile.size(waveInput); ++wave) {
    for (uint32_t first = 0; first < tile.size(registerInput);
         first += vector) {
      uint32_t base = offset(tile.apply({first, 0, wave}));
      for (uint32_t lane = 0; lane < tile.size(laneInput); ++lane) {
        for (uint32_t i = 0; i < vector; ++i) {
          uint32_t place = offset(tile.apply({first + i, lane, wave}));
          ASSERT_EQ(place, base + lane * vector + i);
          all.insert(place);
        }
      }
    }
  }
  EXPECT_EQ(all.size(), size_t(tile.elements()));
}

static void checkCopy(int64_t rows, int64_t k, int64_t vector,
                      MatrixOperand operand, MatrixExtents instruction,
                      WaveGrid waves) {
  SCOPED_TRACE(::testing::Message() << rows << "x" << k << " by " << vector);
  LinearLayout load = blockedLayout({rows, k}, {1, 0}, /*vectorElements=*/8,
                                    /*lanes=*/64, waves.m * waves.n);
  LinearLayout read = operandLayout(operand, rows, k, instruction, waves,
                                    preferredKVector(k, instruction));
  if (operand == MatrixOperand::B) {
    read = permuteAxes(read, {1, 0});
  }
  for (int64_t cycle : {128, 256}) {
    std::optional<LinearLayout> copy =
        copyLayout(16, vector, load, read, cycle);
    ASSERT_TRUE(copy);
    LinearLayout shared = copiedSharedLayout(*copy, vector);
    ASSERT_TRUE(isBijective(shared));
    EXPECT_TRUE(copiesInOrder(*copy, shared, vector));
    expectConsecutive(*copy, shared, vector);
    BankCycles reads =
        bankConflicts(read, shared, 16, SharedAccess::Read, cycle);
    EXPECT_EQ(reads.cycles, reads.ideal);
    // A lane's elements lie together in memory, and neighbours fill whole rows.
    EXPECT_GE(contiguousElements(*copy, 1), vector);
    std::set<int64_t> touched;
    for (uint32_t lane = 0; lane < 64; ++lane) {
      touched.insert(copy->coordinates(copy->apply({0, lane, 0}))[0]);
    }
    EXPECT_LE(int64_t(touched.size()), std::max<int64_t>(64 * vector / 64, 1));
  }
}

TEST(CopyLayout, OrderedAndWithoutConflicts) {
  const MatrixExtents big{32, 32, 16}, small{16, 16, 32};
  for (int64_t vector : {2, 8}) {
    for (MatrixOperand operand : {MatrixOperand::A, MatrixOperand::B}) {
      checkCopy(128, 64, vector, operand, big, {2, 2});
      checkCopy(256, 64, vector, operand, big, {2, 4});
      checkCopy(128, 128, vector, operand, small, {1, 4});
    }
  }
}

TEST(CopyLayout, ForTransposingReads) {
  const MatrixExtents big{32, 32, 16}, small{16, 16, 32};
  SharedReads reads(256, /*transposes=*/true);
  for (MatrixExtents instruction : {big, small}) {
    LinearLayout load = blockedLayout({64, 128}, {1, 0}, 8, 64, 4);
    LinearLayout read =
        operandLayout(MatrixOperand::B, 128, 64, instruction, {2, 2}, 8);
    std::optional<LinearLayout> copy = copyLayout(16, 8, load, read, reads);
    ASSERT_TRUE(copy);
    LinearLayout shared = copiedSharedLayout(*copy, 8);
    EXPECT_TRUE(copiesInOrder(*copy, shared, 8));
    expectConsecutive(*copy, shared, 8);
    EXPECT_TRUE(planRead(read, shared, 16, reads).transposes);
    BankCycles cycles = readConflicts(read, shared, 16, reads);
    EXPECT_EQ(cycles.cycles, cycles.ideal);
    EXPECT_GE(contiguousElements(*copy, 1), 8);
    // Neighbours in memory would be none in LDS.
    EXPECT_FALSE(copyLayout(16, 8, load, read, 256));
  }
}

TEST(CopyLayout, TooFewElements) {
  LinearLayout load = blockedLayout({16, 64}, {1, 0}, 8, 64, 4);
  LinearLayout read =
      operandLayout(MatrixOperand::A, 16, 64, {16, 16, 32}, {1, 4}, 8);
  EXPECT_FALSE(copyLayout(16, 8, load, read, 128));
  // Half the bytes a lane, and all waves have some.
  EXPECT_TRUE(copyLayout(16, 4, load, read, 128));
}

TEST(CopyLayout, NeighboursInMemoryAreNoneInLds) {
  // Memory is contiguous along rows, reads are along columns.
  LinearLayout load = blockedLayout({128, 64}, {0, 1}, 8, 64, 4);
  LinearLayout read =
      operandLayout(MatrixOperand::A, 128, 64, {32, 32, 16}, {2, 2}, 8);
  EXPECT_FALSE(copyLayout(16, 8, load, read, 128));
}

TEST(CopyLayout, OutOfOrder) {
  LinearLayout load = blockedLayout({64, 64}, {1, 0}, 8, 64, 1);
  EXPECT_TRUE(copiesInOrder(load, rowMajorSharedLayout({64, 64}), 8));
  // Every other row is stored the other way round.
  LinearLayout shared = rowMajorSharedLayout({64, 64});
  LayoutInput offset = shared.inputs().front();
  offset.bases[6] ^= 8;
  LinearLayout swizzled({64, 64}, {offset});
  EXPECT_FALSE(copiesInOrder(load, swizzled, 8));
  // Lanes that repeat others have no place of their own.
  EXPECT_FALSE(copiesInOrder(blockedLayout({4, 64}, {1, 0}, 8, 64, 1),
                             rowMajorSharedLayout({4, 64}), 8));
}
