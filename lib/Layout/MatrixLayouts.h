//===- MatrixLayouts.h - fragments of matrix instructions -------*- C++ -*-===//
//
// How `v_mfma_f32_MxNxK` of a 64-lane wave wants its operands and leaves its
// result ("AMD Instinct MI300" ISA guide, "Matrix Arithmetic Instructions").
// With G = 64 / M groups of lanes, lane l and register i:
//
//     hardware A[row, k]:       row = l % M,    k = (K / G) * (l / M) + i
//     hardware B[k, column]:    column = l % N, k = (K / G) * (l / N) + i
//     hardware D[row, column]:  column = l % N, row = 4 G (i / 4) + 4 (l / N) +
//     i % 4
//
// We give the instruction our operands exchanged, hardware A = our b transposed
// and hardware B = our a, so that it computes the transposed product: a lane
// then owns one row of the result and four neighbouring columns, which one
// 8-byte or 16-byte store writes.
//
// `v_wmma_f32_16x16x16` of a 32-lane wave ("RDNA3" and "RDNA4" ISA guides,
// "Wave Matrix Multiply Accumulate"), with l < 32:
//
//     gfx12 A[row, k]:       row = l % 16,    k = 8 (l / 16) + i
//     gfx12 B[k, column]:    column = l % 16, k = 8 (l / 16) + i
//     gfx12 D[row, column]:  column = l % 16, row = 8 (l / 16) + i
//     gfx11 A[row, k]:       row = l % 16,    k = i; lanes 16 to 31 repeat
//     gfx11 B[k, column]:    column = l % 16, k = i; lanes 16 to 31 repeat
//     gfx11 D[row, column]:  column = l % 16, row = 2 i + l / 16
//
// Exchanged in the same way, a lane owns one row and eight neighbouring
// columns. On gfx11 that takes columns of our b in another order: hardware row
// 2 i + h is column 8 h + i.
//
// The sum over k may run in any order as long as both operands agree. With
// `kVector` = 2 K / G each lane holds 2 K / G neighbouring k, which one 16-byte
// LDS read delivers for f16 and bf16, and which feeds two instructions: element
// i of instruction j is k = kVector * (l / M) + (K / G) * j + i.
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_LAYOUT_MATRIXLAYOUTS_H
#define MOESAIC_LAYOUT_MATRIXLAYOUTS_H

#include "Layout/LinearLayout.h"
#include "Target/Chips.h"

namespace moesaic {

/// Extents of one matrix instruction, and the family that says how lanes hold
/// its operands.
struct MatrixExtents {
  int64_t m, n, k;
  MatrixFamily family = MatrixFamily::MFMA;
};

/// How many waves share the rows and the columns of a product.
struct WaveGrid {
  int64_t m, n;
};

enum class MatrixOperand { A, B };

/// The accumulator, MxN. Registers of one instruction, then repeats along n,
/// then along m; each wave has a contiguous block; waves that the tile has no
/// room for replicate.
LinearLayout accumulatorLayout(int64_t m, int64_t n, MatrixExtents instruction,
                               WaveGrid waves);

/// `a`, of shape {M, K}, or `b`, of shape {K, N}: `rows` is M or N. Registers:
/// `kVector` neighbouring k, then repeats along k, then along the rows.
LinearLayout operandLayout(MatrixOperand operand, int64_t rows, int64_t k,
                           MatrixExtents instruction, WaveGrid waves,
                           int64_t kVector);

/// Registers of one lane that one instruction takes of an operand.
int64_t operandRegisters(MatrixExtents instruction);
/// Registers of one lane that one instruction takes as accumulator.
int64_t accumulatorRegisters(MatrixExtents instruction);
/// The default `kVector`: two instructions' worth when `k` allows that and one
/// 16-byte read delivers them.
int64_t preferredKVector(int64_t k, MatrixExtents instruction);

/// `a` or `b` of a product that is made without matrix instructions, from the
/// layout of its accumulator: each lane holds all k, in its lowest registers,
/// of the rows (columns) that it has in the accumulator.
LinearLayout scalarOperandLayout(MatrixOperand operand,
                                 const LinearLayout &accumulator, int64_t k);

} // namespace moesaic

#endif
