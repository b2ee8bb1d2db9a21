//===- MatrixLayouts.cpp - fragments of matrix instructions ---------------===//

#include "Layout/MatrixLayouts.h"
#include "Layout/Algebra.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>

using namespace moesaic;

static int64_t waveLanes(MatrixExtents instruction) {
  return instruction.family == MatrixFamily::MFMA ? 64 : 32;
}
/// Neighbouring columns of our result in consecutive registers.
static int64_t resultColumns(MatrixExtents instruction) {
  return instruction.family == MatrixFamily::MFMA ? 4 : 8;
}
/// Lanes that hold each element of an operand.
static int64_t operandCopies(MatrixExtents instruction) {
  return instruction.family == MatrixFamily::WMMA11 ? 2 : 1;
}
/// Elements of f16 and bf16 in a 16-byte read.
static constexpr int64_t widestVector = 8;

/// Appends `step`, 2 `step`, ... below `end`: the bits of one axis.
static void appendBits(llvm::SmallVectorImpl<uint32_t> &bases, int64_t begin,
                       int64_t end, int64_t step) {
  for (int64_t value = begin; value < end; value *= 2) {
    bases.push_back(value * step);
  }
}

/// Appends the bits of `waves` waves along one axis: blocks of `block` elements
/// as far as the axis reaches, replication beyond.
static void appendWaves(llvm::SmallVectorImpl<uint32_t> &bases, int64_t waves,
                        int64_t block, int64_t extent, int64_t step) {
  for (int64_t wave = 1; wave < waves; wave *= 2) {
    bases.push_back(block * wave < extent ? block * wave * step : 0);
  }
}

int64_t moesaic::operandRegisters(MatrixExtents instruction) {
  return instruction.m * instruction.k * operandCopies(instruction) /
         waveLanes(instruction);
}

int64_t moesaic::accumulatorRegisters(MatrixExtents instruction) {
  return instruction.m * instruction.n / waveLanes(instruction);
}

int64_t moesaic::preferredKVector(int64_t k, MatrixExtents instruction) {
  int64_t one = operandRegisters(instruction);
  return 2 * one <= widestVector && k >= 2 * instruction.k ? 2 * one : one;
}

LinearLayout moesaic::accumulatorLayout(int64_t m, int64_t n,
                                        MatrixExtents instruction,
                                        WaveGrid waves) {
  LayoutInput registers{registerInput.str(), {}}, lanes{laneInput.str(), {}},
      wave{waveInput.str(), {}};
  int64_t groups = waveLanes(instruction) / instruction.m;
  int64_t columns = resultColumns(instruction);
  int64_t blockM = std::max(m / waves.m, instruction.m);
  int64_t blockN = std::max(n / waves.n, instruction.n);
  appendBits(registers.bases, 1, columns, 1);
  appendBits(registers.bases, columns * groups, instruction.n, 1);
  appendBits(registers.bases, instruction.n, blockN, 1);
  appendBits(registers.bases, instruction.m, blockM, n);
  appendBits(lanes.bases, 1, instruction.m, n);
  appendBits(lanes.bases, columns, columns * groups, 1);
  appendWaves(wave.bases, waves.n, blockN, n, 1);
  appendWaves(wave.bases, waves.m, blockM, m, n);
  return LinearLayout({m, n}, {registers, lanes, wave});
}

LinearLayout moesaic::operandLayout(MatrixOperand operand, int64_t rows,
                                    int64_t k, MatrixExtents instruction,
                                    WaveGrid waves, int64_t kVector) {
  bool isA = operand == MatrixOperand::A;
  int64_t tile = isA ? instruction.m : instruction.n;
  int64_t copies = operandCopies(instruction);
  int64_t groups = waveLanes(instruction) / tile / copies;
  int64_t block = std::max(rows / (isA ? waves.m : waves.n), tile);
  // The steps between neighbouring rows and neighbouring k of a row-major tile.
  int64_t rowStep = isA ? k : 1, kStep = isA ? 1 : rows;

  LayoutInput registers{registerInput.str(), {}}, lanes{laneInput.str(), {}},
      wave{waveInput.str(), {}};
  appendBits(registers.bases, 1, kVector, kStep);
  appendBits(registers.bases, kVector * groups, k, kStep);
  appendBits(registers.bases, tile, block, rowStep);
  if (!isA && instruction.family == MatrixFamily::WMMA11) {
    // Even and odd hardware rows of the result belong to different lanes; they
    // become its lower and upper columns.
    lanes.bases.push_back(tile / 2 * rowStep);
    appendBits(lanes.bases, 1, tile / 2, rowStep);
  } else {
    appendBits(lanes.bases, 1, tile, rowStep);
  }
  appendBits(lanes.bases, kVector, kVector * groups, kStep);
  lanes.bases.append(llvm::Log2_64(copies), 0);
  // The low wave bits count along n, as in the accumulator.
  appendWaves(wave.bases, waves.n, isA ? rows : block, rows, rowStep);
  appendWaves(wave.bases, waves.m, isA ? block : rows, rows, rowStep);
  return isA ? LinearLayout({rows, k}, {registers, lanes, wave})
             : LinearLayout({k, rows}, {registers, lanes, wave});
}

LinearLayout moesaic::scalarOperandLayout(MatrixOperand operand,
                                          const LinearLayout &accumulator,
                                          int64_t k) {
  bool isA = operand == MatrixOperand::A;
  LinearLayout rows = keepAxes(accumulator, {isA ? 0 : 1});
  int64_t extent = rows.shape()[0];
  LinearLayout grown = isA ? growAxis(reshape(rows, {extent, 1}), 1, k)
                           : growAxis(reshape(rows, {1, extent}), 0, k);
  // growAxis puts the new registers above the others; k comes first here.
  unsigned rowBits = rows.bases(registerInput).size();
  unsigned bits = grown.bases(registerInput).size();
  llvm::SmallVector<unsigned> order;
  for (unsigned bit = 0; bit < bits; ++bit) {
    order.push_back((bit + rowBits) % bits);
  }
  return permuteRegisters(grown, order);
}
