//===- MatrixLayoutsTest.cpp - fragments against the ISA guide ------------===//
//
// Multiplies integer matrices with a scalar model of the matrix instruction,
// written from the ISA guide, through the layouts under test.
//
//===----------------------------------------------------------------------===//

#include "Layout/MatrixLayouts.h"
#include "Layout/BlockedLayout.h"
#include "Layouts.h"
#include "gtest/gtest.h"
#include <vector>

using namespace moesaic;

/// D += A * B as one wave's `v_mfma_f32_{32x32x8,16x16x16}` does it, or
/// gfx950's 32x32x16 and 16x16x32, whose lanes hold eight k instead of four;
/// operand and accumulator registers as [lane][register].
using Registers = std::vector<std::vector<int64_t>>;
static void matrixInstruction(int m, const Registers &a, const Registers &b,
                              Registers &d) {
  for (int lane = 0; lane < 64; ++lane) {
    for (int r = 0; r < m * m / 64; ++r) {
      int column = lane % m;
      int row =
          m == 32 ? 8 * (r / 4) + 4 * (lane / 32) + r % 4 : 4 * (lane / 16) + r;
      for (int group = 0; group < 64 / m; ++group) {
        for (size_t i = 0; i < a[lane].size(); ++i) {
          d[lane][r] += a[group * m + row][i] * b[group * m + column][i];
        }
      }
    }
  }
}

/// The same for `v_wmma_f32_16x16x16` of gfx11, whose half waves must hold the
/// same operands.
static void matrixInstruction11(const Registers &a, const Registers &b,
                                Registers &d) {
  for (int lane = 0; lane < 16; ++lane) {
    ASSERT_EQ(a[lane], a[lane + 16]);
    ASSERT_EQ(b[lane], b[lane + 16]);
  }
  for (int row = 0; row < 16; ++row) {
    for (int column = 0; column < 16; ++column) {
      for (int k = 0; k < 16; ++k) {
        d[row % 2 * 16 + column][row / 2] += a[row][k] * b[column][k];
      }
    }
  }
}

/// The same for gfx12's.
static void matrixInstruction12(const Registers &a, const Registers &b,
                                Registers &d) {
  for (int row = 0; row < 16; ++row) {
    for (int column = 0; column < 16; ++column) {
      for (int k = 0; k < 16; ++k) {
        d[row / 8 * 16 + column][row % 8] +=
            a[k / 8 * 16 + row][k % 8] * b[k / 8 * 16 + column][k % 8];
      }
    }
  }
}

static void multiply(MatrixExtents instruction, const Registers &a,
                     const Registers &b, Registers &d) {
  switch (instruction.family) {
  case MatrixFamily::MFMA:
    return matrixInstruction(static_cast<int>(instruction.m), a, b, d);
  case MatrixFamily::WMMA11:
    return matrixInstruction11(a, b, d);
  case MatrixFamily::WMMA12:
    return matrixInstruction12(a, b, d);
  }
}

static int64_t valueOfA(int64_t m, int64_t k) {
  return 1 + (7 * m + 3 * k) % 11;
}
static int64_t valueOfB(int64_t k, int64_t n) {
  return 1 + (5 * n + 2 * k) % 13;
}

/// Multiplies an MxK by a KxN tile through the layouts and compares.
static void checkProduct(int64_t m, int64_t n, int64_t k,
                         MatrixExtents instruction, WaveGrid waves,
                         int64_t kVector) {
  LinearLayout acc = accumulatorLayout(m, n, instruction, waves);
  LinearLayout a =
      operandLayout(MatrixOperand::A, m, k, instruction, waves, kVector);
  LinearLayout b =
      operandLayout(MatrixOperand::B, n, k, instruction, waves, kVector);
  ASSERT_TRUE(isSurjective(acc) && isSurjective(a) && isSurjective(b));
  uint32_t lanes = instruction.family == MatrixFamily::MFMA ? 64 : 32;
  ASSERT_EQ(acc.size(laneInput), lanes);
  ASSERT_EQ(a.size(laneInput), lanes);
  ASSERT_EQ(b.size(laneInput), lanes);
  ASSERT_EQ(acc.size(waveInput), waves.m * waves.n);

  uint32_t step = accumulatorRegisters(instruction);
  uint32_t operandStep = operandRegisters(instruction);
  for (uint32_t wave = 0; wave < acc.size(waveInput); ++wave) {
    for (uint32_t first = 0; first < acc.size(registerInput); first += step) {
      auto corner = acc.coordinates(acc.apply({first, 0, wave}));
      Registers d(lanes, std::vector<int64_t>(step, 0));
      // Pairs of operand registers that cover this fragment's rows and columns.
      for (uint32_t ra = 0; ra < a.size(registerInput); ra += operandStep) {
        auto atA = a.coordinates(a.apply({ra, 0, wave}));
        if (atA[0] != corner[0]) {
          continue;
        }
        for (uint32_t rb = 0; rb < b.size(registerInput); rb += operandStep) {
          auto atB = b.coordinates(b.apply({rb, 0, wave}));
          if (atB[1] != corner[1] || atB[0] != atA[1]) {
            continue;
          }
          Registers hardwareA(lanes), hardwareB(lanes);
          for (uint32_t lane = 0; lane < lanes; ++lane) {
            for (uint32_t i = 0; i < operandStep; ++i) {
              auto inB = b.coordinates(b.apply({rb + i, lane, wave}));
              auto inA = a.coordinates(a.apply({ra + i, lane, wave}));
              hardwareA[lane].push_back(valueOfB(inB[0], inB[1]));
              hardwareB[lane].push_back(valueOfA(inA[0], inA[1]));
            }
          }
          multiply(instruction, hardwareA, hardwareB, d);
        }
      }
      for (uint32_t lane = 0; lane < lanes; ++lane) {
        for (uint32_t r = 0; r < step; ++r) {
          auto at = acc.coordinates(acc.apply({first + r, lane, wave}));
          int64_t expected = 0;
          for (int64_t i = 0; i < k; ++i) {
            expected += valueOfA(at[0], i) * valueOfB(i, at[1]);
          }
          ASSERT_EQ(d[lane][r], expected) << "at " << at[0] << ", " << at[1];
        }
      }
    }
  }
}

static constexpr MatrixExtents big{32, 32, 8}, small{16, 16, 16};

TEST(MatrixLayouts, OneInstruction) {
  checkProduct(32, 32, 8, big, {1, 1}, 4);
  checkProduct(16, 16, 16, small, {1, 1}, 4);
}

TEST(MatrixLayouts, TwoInstructionsShareOneRead) {
  checkProduct(32, 32, 16, big, {1, 1}, 8);
  checkProduct(16, 16, 32, small, {1, 1}, 8);
  EXPECT_EQ(preferredKVector(64, big), 8);
  EXPECT_EQ(preferredKVector(8, big), 4);
  EXPECT_EQ(preferredKVector(16, small), 4);
  EXPECT_EQ(contiguousElements(
                operandLayout(MatrixOperand::A, 64, 64, big, {2, 2}, 8), 1),
            8);
}

TEST(MatrixLayouts, DeepInstructionsReadSixteenBytes) {
  constexpr MatrixExtents deepBig{32, 32, 16}, deepSmall{16, 16, 32};
  checkProduct(32, 32, 16, deepBig, {1, 1}, 8);
  checkProduct(16, 16, 32, deepSmall, {1, 1}, 8);
  checkProduct(128, 128, 32, deepBig, {2, 2}, 8);
  checkProduct(64, 128, 64, deepSmall, {2, 2}, 8);
  EXPECT_EQ(preferredKVector(64, deepBig), 8);
  EXPECT_EQ(preferredKVector(128, deepSmall), 8);
}

TEST(MatrixLayouts, TilesOfSeveralWaves) {
  checkProduct(128, 128, 32, big, {2, 2}, 8);
  checkProduct(64, 128, 32, small, {2, 2}, 8);
  checkProduct(16, 128, 64, small, {1, 4}, 8);
  checkProduct(128, 32, 16, big, {4, 1}, 4);
}

TEST(MatrixLayouts, HalfWavesShareOperandsOnGfx11) {
  constexpr MatrixExtents wmma{16, 16, 16, MatrixFamily::WMMA11};
  EXPECT_EQ(operandRegisters(wmma), 16);
  EXPECT_EQ(accumulatorRegisters(wmma), 8);
  EXPECT_EQ(preferredKVector(64, wmma), 16);
  checkProduct(16, 16, 16, wmma, {1, 1}, 16);
  checkProduct(64, 64, 32, wmma, {2, 2}, 16);
  checkProduct(32, 128, 16, wmma, {2, 4}, 16);
  checkProduct(16, 32, 32, wmma, {2, 2}, 16);
  LinearLayout a = operandLayout(MatrixOperand::A, 64, 64, wmma, {1, 1}, 16);
  EXPECT_EQ(freeVariables(a, laneInput), 16u);
}

TEST(MatrixLayouts, EveryLaneHasItsOwnOperandsOnGfx12) {
  constexpr MatrixExtents wmma{16, 16, 16, MatrixFamily::WMMA12};
  EXPECT_EQ(operandRegisters(wmma), 8);
  EXPECT_EQ(accumulatorRegisters(wmma), 8);
  EXPECT_EQ(preferredKVector(64, wmma), 8);
  checkProduct(16, 16, 16, wmma, {1, 1}, 8);
  checkProduct(64, 64, 32, wmma, {2, 2}, 8);
  checkProduct(32, 128, 16, wmma, {2, 4}, 8);
  checkProduct(16, 32, 32, wmma, {2, 2}, 8);
  LinearLayout a = operandLayout(MatrixOperand::A, 64, 64, wmma, {1, 1}, 8);
  EXPECT_EQ(freeVariables(a, laneInput), 0u);
}

TEST(MatrixLayouts, WavesBeyondTheTileReplicate) {
  checkProduct(32, 32, 16, big, {2, 2}, 8);
  LinearLayout acc = accumulatorLayout(32, 32, big, {2, 2});
  EXPECT_EQ(freeVariables(acc, waveInput), 3u);
}

TEST(MatrixLayouts, AccumulatorsHoldNeighbouringColumns) {
  EXPECT_EQ(contiguousElements(accumulatorLayout(128, 128, big, {2, 2}), 1), 4);
  EXPECT_EQ(contiguousElements(accumulatorLayout(64, 64, small, {2, 2}), 1), 4);
  for (MatrixFamily family : {MatrixFamily::WMMA11, MatrixFamily::WMMA12}) {
    EXPECT_EQ(contiguousElements(
                  accumulatorLayout(64, 64, {16, 16, 16, family}, {2, 2}), 1),
              8);
  }
  EXPECT_EQ(accumulatorRegisters(big), 16);
  EXPECT_EQ(accumulatorRegisters(small), 4);
}

TEST(MatrixLayouts, ScalarOperandsHoldAllKOfTheirRows) {
  LinearLayout acc = blockedLayout({16, 32}, {1, 0}, 4, 64, 2);
  LinearLayout a = scalarOperandLayout(MatrixOperand::A, acc, 8);
  LinearLayout b = scalarOperandLayout(MatrixOperand::B, acc, 8);
  EXPECT_EQ(contiguousElements(a, 1), 8);
  EXPECT_EQ(contiguousElements(b, 0), 8);
  forEachPlace(acc, [&](uint32_t r, uint32_t lane, uint32_t wave, auto at) {
    unsigned found = 0;
    for (uint32_t i = 0; i < a.size(registerInput); ++i) {
      found += a.coordinates(a.apply({i, lane, wave}))[0] == at[0];
    }
    for (uint32_t i = 0; i < b.size(registerInput); ++i) {
      found += b.coordinates(b.apply({i, lane, wave}))[1] == at[1];
    }
    EXPECT_EQ(found, 16u);
  });
}
