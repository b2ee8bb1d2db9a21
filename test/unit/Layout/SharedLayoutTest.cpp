//===- SharedLayoutTest.cpp - swizzles against counted bank conflicts -----===//

#include "Layout/SharedLayout.h"
#include "Layout/BlockedLayout.h"
#include "Layout/MatrixLayouts.h"
#include "Layouts.h"
#include "llvm/Support/MathExtras.h"
#include "gtest/gtest.h"
#include <map>
#include <set>

using namespace moesaic;

static constexpr MatrixExtents big{32, 32, 8}, small{16, 16, 16};

/// Checks that reads and writes are conflict-free with vectors of the widths
/// given, in elements.
static void checkSwizzle(int64_t elementBits, const LinearLayout &write,
                         const LinearLayout &read, size_t writeVector,
                         size_t readVector) {
  for (int64_t cycle : {128, 256}) {
    SCOPED_TRACE(cycle);
    LinearLayout shared = swizzledSharedLayout(elementBits, write, read, cycle);
    ASSERT_TRUE(isBijective(shared));
    int64_t most = 128 / elementBits;
    EXPECT_EQ(sharedVectors(write, shared, most).front().size(), writeVector);
    EXPECT_EQ(sharedVectors(read, shared, most).front().size(), readVector);
    BankCycles reads =
        bankConflicts(read, shared, elementBits, SharedAccess::Read, cycle);
    EXPECT_EQ(reads.cycles, reads.ideal);
    BankCycles writes = bankConflicts(write, shared, elementBits,
                                      SharedAccess::Write, writeCycleBytes);
    EXPECT_EQ(writes.cycles, writes.ideal);
  }
}

/// Cycles by looking at every access of every wave.
static BankCycles countConflicts(const LinearLayout &tile,
                                 const LinearLayout &shared,
                                 int64_t elementBytes, SharedAccess access,
                                 int64_t cycle, int64_t vectorBytes = 16) {
  auto groups = sharedVectors(tile, shared, vectorBytes / elementBytes);
  BitMap offset = *invert(shared);
  int64_t bytes = groups.front().size() * elementBytes;
  BankCycles result{0, 0};
  for (uint32_t wave = 0; wave < tile.size(waveInput); ++wave) {
    for (const auto &group : groups) {
      // Lanes by phase, then the words that each bank is asked for.
      std::map<uint32_t, std::map<int64_t, std::set<int64_t>>> phases;
      std::map<uint32_t, std::set<int64_t>> words;
      for (uint32_t lane = 0; lane < tile.size(laneInput); ++lane) {
        uint32_t phase = lane / (cycle / std::max<int64_t>(bytes, 4));
        if (bytes == 16 && access == SharedAccess::Read &&
            tile.size(laneInput) == 64) {
          // 0-3 with 20-23, 4-7 with 16-19, 8-11 with 28-31, 12-15 with 24-27;
          // of 64 banks the first and last two of these pairs, crosswise.
          uint32_t quad = lane % 32 / 4;
          uint32_t pair = quad < 4 ? quad : (quad - 4) ^ 1;
          phase =
              lane / 32 * 4 + (cycle == 128 ? pair : pair == 1 || pair == 2);
        }
        int64_t begin =
            offset(tile.apply({group[0], lane, wave})) * elementBytes;
        for (int64_t word = begin / 4; word * 4 < begin + bytes; ++word) {
          phases[phase][word % (cycle / 4)].insert(word);
          words[phase].insert(word);
        }
      }
      for (auto &[phase, banks] : phases) {
        size_t worst = 0;
        for (auto &[bank, wanted] : banks) {
          worst = std::max(worst, wanted.size());
        }
        result.cycles += worst;
        result.ideal += llvm::divideCeil(words[phase].size(), cycle / 4);
      }
    }
  }
  return result;
}

TEST(SharedLayout, OnePhaseStandsForAll) {
  std::mt19937 random(8);
  for (int round = 0; round < 200; ++round) {
    int lanes = round % 2 ? 6 : 5;
    LinearLayout tile = randomLayout(random, {32, 32}, 4, lanes, 2);
    int64_t cycle = round % 4 < 2 ? 128 : 256;
    LinearLayout shared = swizzledSharedLayout(
        16, tile, randomLayout(random, {32, 32}, 4, lanes, 2), cycle);
    for (SharedAccess access : {SharedAccess::Read, SharedAccess::Write}) {
      BankCycles fast = bankConflicts(tile, shared, 16, access, cycle);
      BankCycles slow = countConflicts(tile, shared, 2, access, cycle);
      EXPECT_EQ(fast.cycles, slow.cycles);
      EXPECT_EQ(fast.ideal, slow.ideal);
    }
  }
}

TEST(SharedLayout, RowMajorOperandsConflictWithoutSwizzle) {
  LinearLayout read = operandLayout(MatrixOperand::A, 128, 64, big, {2, 2}, 8);
  LinearLayout plain = rowMajorSharedLayout({128, 64});
  ASSERT_TRUE(isBijective(plain));
  BankCycles cycles = bankConflicts(read, plain, 16, SharedAccess::Read, 128);
  // Rows of 128 bytes: all eight lanes of a phase want the same four banks.
  EXPECT_EQ(cycles.cycles, 8 * cycles.ideal);
}

TEST(SharedLayout, OperandsReadWithoutConflicts) {
  for (int64_t k : {16, 32, 64, 128}) {
    LinearLayout write = blockedLayout({128, k}, {1, 0}, 8, 64, 4);
    checkSwizzle(16, write,
                 operandLayout(MatrixOperand::A, 128, k, big, {2, 2}, 8), 8, 8);
    if (k >= 32) {
      checkSwizzle(16, write,
                   operandLayout(MatrixOperand::A, 128, k, small, {2, 2}, 8), 8,
                   8);
    }
  }
  // b as a transposed load of an array with k fastest.
  checkSwizzle(16, blockedLayout({64, 128}, {0, 1}, 8, 64, 4),
               operandLayout(MatrixOperand::B, 128, 64, big, {2, 2}, 8), 8, 8);
}

TEST(SharedLayout, OperandsOfWavesOf32ReadWithoutConflicts) {
  for (MatrixFamily family : {MatrixFamily::WMMA11, MatrixFamily::WMMA12}) {
    MatrixExtents wmma{16, 16, 16, family};
    for (int64_t k : {16, 32, 64, 128}) {
      int64_t kVector = preferredKVector(k, wmma);
      checkSwizzle(
          16, blockedLayout({64, k}, {1, 0}, 8, 32, 4),
          operandLayout(MatrixOperand::A, 64, k, wmma, {2, 2}, kVector), 8, 8);
      checkSwizzle(
          16, blockedLayout({k, 128}, {0, 1}, 8, 32, 4),
          operandLayout(MatrixOperand::B, 128, k, wmma, {2, 2}, kVector), 8, 8);
    }
  }
}

TEST(SharedLayout, TransposedOperandsReadVectors) {
  // b as a load of an array with n fastest: the write side goes element-wise.
  LinearLayout write = blockedLayout({64, 128}, {1, 0}, 8, 64, 4);
  LinearLayout read = operandLayout(MatrixOperand::B, 128, 64, big, {2, 2}, 8);
  LinearLayout shared = swizzledSharedLayout(16, write, read, 128);
  ASSERT_TRUE(isBijective(shared));
  EXPECT_EQ(sharedVectors(read, shared, 8).front().size(), 8u);
  BankCycles reads = bankConflicts(read, shared, 16, SharedAccess::Read, 128);
  EXPECT_EQ(reads.cycles, reads.ideal);
}

TEST(SharedLayout, TransposingReadsTakeWhatLiesInMemory) {
  const MatrixExtents deep{32, 32, 16}, flat{16, 16, 32};
  for (MatrixExtents instruction : {deep, flat, big}) {
    for (int64_t n : {64, 128, 256}) {
      SCOPED_TRACE(n);
      LinearLayout write = blockedLayout({64, n}, {1, 0}, 8, 64, 4);
      LinearLayout read =
          operandLayout(MatrixOperand::B, n, 64, instruction, {2, 2}, 8);
      SharedReads reads(256, /*transposes=*/true);
      LinearLayout shared = swizzledSharedLayout(16, write, read, reads);
      ASSERT_TRUE(isBijective(shared));
      EXPECT_EQ(sharedVectors(write, shared, 8).front().size(), 8u);
      SharedRead plan = planRead(read, shared, 16, reads);
      EXPECT_TRUE(plan.transposes);
      BankCycles fast = readConflicts(read, shared, 16, reads);
      BankCycles slow =
          countConflicts(plan.asked, shared, 2, SharedAccess::Read, 256, 8);
      EXPECT_EQ(fast.cycles, slow.cycles);
      EXPECT_EQ(fast.ideal, slow.ideal);
      EXPECT_EQ(slow.cycles, slow.ideal);
      slow = countConflicts(write, shared, 2, SharedAccess::Write, 128);
      EXPECT_EQ(slow.cycles, slow.ideal);
    }
  }
}

TEST(SharedLayout, BlocksOfRowsWriteVectors) {
  // Each lane has 8 columns of 4 rows, and the next lane the 4 rows behind.
  LinearLayout write = blockedLayout({64, 128}, {1, 0}, 8, 64, 4, {},
                                     {128, 256, 512}, /*kept=*/2);
  LinearLayout read = operandLayout(MatrixOperand::B, 128, 64, big, {2, 2}, 8);
  LinearLayout shared = swizzledSharedLayout(16, write, read, 128);
  EXPECT_EQ(sharedVectors(write, shared, 8).front().size(), 4u);
  EXPECT_EQ(sharedVectors(read, shared, 8).front().size(), 8u);
  for (auto [tile, access] : {std::pair(&write, SharedAccess::Write),
                              std::pair(&read, SharedAccess::Read)}) {
    BankCycles cycles = countConflicts(*tile, shared, 2, access, 128);
    EXPECT_EQ(cycles.cycles, cycles.ideal);
  }
}

TEST(SharedLayout, CostCountsAccessesMovesAndConflicts) {
  LinearLayout read = operandLayout(MatrixOperand::B, 128, 64, big, {2, 2}, 8);
  LinearLayout shared = swizzledSharedLayout(
      16, blockedLayout({64, 128}, {0, 1}, 8, 64, 4), read, 128);
  auto cost = [&](const LinearLayout &write, int64_t bits) {
    return sharedCost(bits, write, shared, read, 128);
  };
  // 4 writes and 8 reads of 16 bytes.
  LinearLayout along = blockedLayout({64, 128}, {0, 1}, 8, 64, 4);
  EXPECT_EQ(cost(along, 16), sharedAccessCost * (4 + 8));
  // Of 4 columns, 8 rows each: 16 words find their neighbours first.
  LinearLayout block = blockedLayout({64, 128}, {1, 0}, 4, 64, 4, {},
                                     {128, 256, 512}, /*kept=*/3);
  BankCycles writes =
      bankConflicts(block, shared, 16, SharedAccess::Write, 128);
  EXPECT_EQ(cost(block, 16), sharedAccessCost * (4 + 8) + 16 +
                                 (writes.cycles - writes.ideal) / 4);
  // Every element alone.
  LinearLayout across = blockedLayout({64, 128}, {1, 0}, 8, 64, 4);
  EXPECT_GE(cost(across, 16), sharedAccessCost * (32 + 8));
}

TEST(SharedLayout, AccumulatorsGoThroughToRows) {
  LinearLayout acc = accumulatorLayout(128, 128, big, {2, 2});
  checkSwizzle(32, acc, blockedLayout({128, 128}, {1, 0}, 4, 64, 4), 4, 4);
}

TEST(SharedLayout, AnyPairIsABijectionWithCompleteVectors) {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    LinearLayout write = randomLayout(random, {16, 32}, 4, 6, 2);
    LinearLayout read = randomLayout(random, {16, 32}, 4, 6, 1);
    LinearLayout shared = swizzledSharedLayout(16, write, read, 128);
    ASSERT_TRUE(isBijective(shared));
    BitMap offset = *invert(shared);
    for (const LinearLayout *tile : {&write, &read}) {
      // The groups hold every element of a lane, at consecutive offsets.
      auto groups = sharedVectors(*tile, shared, 8);
      std::set<uint32_t> covered;
      for (const auto &group : groups) {
        for (uint32_t lane : {0, 5, 63}) {
          uint32_t begin = offset(tile->apply({group[0], lane, 1}));
          EXPECT_EQ(begin % group.size(), 0u);
          for (size_t i = 0; i < group.size(); ++i) {
            EXPECT_EQ(offset(tile->apply({group[i], lane, 1})), begin + i);
            if (lane == 0) {
              covered.insert(offset(tile->apply({group[i], 0, 0})));
            }
          }
        }
      }
      std::set<uint32_t> all;
      for (uint32_t r = 0; r < tile->size(registerInput); ++r) {
        all.insert(offset(tile->apply({r, 0, 0})));
      }
      EXPECT_EQ(covered, all);
    }
  }
}
