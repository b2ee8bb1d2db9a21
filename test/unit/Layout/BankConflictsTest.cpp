//===- BankConflictsTest.cpp - reads of LDS, lane by lane -----------------===//

#include "Layout/BankConflicts.h"
#include "Layout/BlockedLayout.h"
#include "Layout/MatrixLayouts.h"
#include "Layout/SharedLayout.h"
#include "Layouts.h"
#include "gtest/gtest.h"

using namespace moesaic;

static const MatrixExtents deep{32, 32, 16}, flat{16, 16, 32},
    small{16, 16, 16};

/// Checks the ISA's words: what 16 lanes read, one lane's elements after the
/// other's, is a matrix with 16 columns, and each lane gets one of them.
static void checkColumns(const LinearLayout &tile, const LinearLayout &asked,
                         uint32_t elements) {
  ASSERT_TRUE(isBijective(asked) == isBijective(tile));
  for (uint32_t wave = 0; wave < tile.size(waveInput); ++wave) {
    for (uint32_t first = 0; first < tile.size(registerInput);
         first += elements) {
      for (uint32_t row = 0; row < tile.size(laneInput); row += 16) {
        std::vector<uint32_t> matrix;
        for (uint32_t lane = row; lane < row + 16; ++lane) {
          for (uint32_t i = 0; i < elements; ++i) {
            matrix.push_back(asked.apply({first + i, lane, wave}));
          }
        }
        for (uint32_t column = 0; column < 16; ++column) {
          for (uint32_t i = 0; i < elements; ++i) {
            EXPECT_EQ(tile.apply({first + i, row + column, wave}),
                      matrix[i * 16 + column]);
          }
        }
      }
    }
  }
}

TEST(TransposedRead, LanesGetColumns) {
  for (MatrixExtents instruction : {deep, flat, small}) {
    for (MatrixOperand operand : {MatrixOperand::A, MatrixOperand::B}) {
      LinearLayout tile =
          operandLayout(operand, 128, 64, instruction, {2, 2}, 8);
      for (int64_t bits : {8, 16}) {
        SCOPED_TRACE(bits);
        std::optional<LinearLayout> asked = transposedRead(tile, bits);
        ASSERT_TRUE(asked);
        EXPECT_EQ(transposedElements(bits), 64 / bits);
        checkColumns(tile, *asked, 64 / bits);
      }
    }
  }
}

TEST(TransposedRead, NeedsSmallElementsAndEnoughOfThem) {
  LinearLayout tile = operandLayout(MatrixOperand::B, 128, 64, deep, {2, 2}, 8);
  EXPECT_FALSE(transposedRead(tile, 32));
  EXPECT_FALSE(transposedRead(tile, 1));
  EXPECT_FALSE(
      transposedRead(tileLayout({16, 4}, {1}, {2, 4, 8, 16, 32}, {}), 16));
}

TEST(TransposedRead, WhereElementsLieAcross) {
  LinearLayout read = operandLayout(MatrixOperand::B, 128, 64, deep, {2, 2}, 8);
  SharedReads reads(256, /*transposes=*/true);
  // n fastest, as in memory.
  LinearLayout across = rowMajorSharedLayout({64, 128});
  SharedRead plan = planRead(read, across, 16, reads);
  EXPECT_TRUE(plan.transposes);
  EXPECT_EQ(plan.vectors.size(), read.size(registerInput) / 4);
  // Without such reads, elements alone.
  plan = planRead(read, across, 16, 256);
  EXPECT_FALSE(plan.transposes);
  EXPECT_EQ(plan.asked, read);
  EXPECT_EQ(plan.vectors.size(), read.size(registerInput));
  // With k fastest a plain read is wider.
  LinearLayout along = swizzledSharedLayout(
      16, blockedLayout({64, 128}, {0, 1}, 8, 64, 4), read, reads);
  plan = planRead(read, along, 16, reads);
  EXPECT_FALSE(plan.transposes);
  EXPECT_EQ(plan.vectors.front().size(), 8u);
}
