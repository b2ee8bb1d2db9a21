//===- OverlapTest.cpp - which arrays share memory ------------------------===//

#include "Run/Overlap.h"
#include "gtest/gtest.h"
#include <set>

using namespace moesaic::run;

/// Every byte of a two-dimensional array, the slow way.
static std::set<uint64_t> bytesOf(uint64_t address, int64_t rows,
                                  int64_t columns, int64_t stride,
                                  uint64_t elementBytes) {
  std::set<uint64_t> bytes;
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t column = 0; column < columns; ++column) {
      for (uint64_t byte = 0; byte < elementBytes; ++byte) {
        bytes.insert(address + (row * stride + column) * elementBytes + byte);
      }
    }
  }
  return bytes;
}

// Matrices of one row stride at every distance: the answer is exact.
TEST(Overlap, EqualStridesAreExact) {
  for (int64_t columns : {1, 3, 4}) {
    for (int64_t otherColumns : {1, 4, 8}) {
      for (uint64_t address = 0; address < 120; address += 2) {
        ArraySpan a = getSpan(1000, {3, columns}, {8, 1}, 2);
        ArraySpan b = getSpan(950 + address, {2, otherColumns}, {8, 1}, 2);
        auto ours = bytesOf(1000, 3, columns, 8, 2);
        auto theirs = bytesOf(950 + address, 2, otherColumns, 8, 2);
        bool shared = false;
        for (uint64_t byte : ours) {
          shared |= theirs.count(byte) != 0;
        }
        bool near = a.end > b.begin && b.end > a.begin;
        // Interleaved rows that end apart may be called overlapping only when
        // their periods touch.
        EXPECT_TRUE(!shared || overlap(a, b)) << columns << " " << address;
        EXPECT_TRUE(near || !overlap(a, b));
        if (otherColumns + columns <= 8 && address % 16 == 0) {
          EXPECT_EQ(overlap(a, b), overlap(b, a));
        }
      }
    }
  }
}

TEST(Overlap, HalvesOfColumnsAreApart) {
  ArraySpan gate = getSpan(4096, {5, 64}, {128, 1}, 2);
  ArraySpan up = getSpan(4096 + 128, {5, 64}, {128, 1}, 2);
  EXPECT_FALSE(overlap(gate, up));
  EXPECT_FALSE(overlap(up, gate));
  ArraySpan wider = getSpan(4096, {5, 65}, {128, 1}, 2);
  EXPECT_TRUE(overlap(wider, up));
  EXPECT_TRUE(overlap(up, wider));
}

TEST(Overlap, DifferentStridesAreCalledOverlapping) {
  EXPECT_TRUE(
      overlap(getSpan(0, {4, 4}, {16, 1}, 4), getSpan(16, {64}, {}, 4)));
  EXPECT_FALSE(overlap(getSpan(0, {4, 4}, {}, 4), getSpan(64, {64}, {}, 4)));
}
