//===- MatrixLoop.h - the loop that does a kernel's products ----*- C++ -*-===//

#ifndef MOESAIC_REPORT_MATRIXLOOP_H
#define MOESAIC_REPORT_MATRIXLOOP_H

#include "Report/MachineCode.h"

namespace moesaic::report {

/// The innermost loop with the most matrix instructions, counted from its first
/// instruction to the branch back, that branch included. Of equal loops the
/// shorter one: the steady part, not the rest with its checks.
struct MatrixLoop {
  std::string instruction; ///< The matrix instruction that stands there most.
  unsigned instructions = 0;
  unsigned matrix = 0;
  unsigned lds = 0;    ///< LDS reads and writes.
  unsigned global = 0; ///< Global loads, stores, atomics; DMA to LDS.
  unsigned valu = 0;   ///< Other vector instructions: addresses, conversions.
  unsigned salu = 0;   ///< Scalar arithmetic and loads.
  unsigned sync = 0;   ///< Waits, barriers, branches, hints.
  unsigned narrowestGlobal = 0; ///< Bytes per lane of an access; 0: none.
  unsigned narrowestLds = 0;
  uint64_t loadedBytes = 0;     ///< Per lane, from global memory.
  unsigned loadsInFlight = 0;   ///< From global memory, at most at one time.
  uint64_t flops = 0;           ///< Of one wave.
  std::optional<double> cycles; ///< One iteration, modelled by llvm-mca.
  unsigned busyCycles = 0;      ///< Of the matrix unit, in the same model.

  double perMatrix() const { return double(instructions) / matrix; }
  /// Part of the modelled cycles in which the matrix unit is busy.
  std::optional<double> share() const;
};

/// The loop, or none if no loop has a matrix instruction.
std::optional<MatrixLoop>
findMatrixLoop(const MachineTarget &target,
               llvm::ArrayRef<MachineInstruction> code);

/// How many loads from global memory an instruction waits for, from its text:
/// those still under way behind it; none if it does not wait for them.
std::optional<unsigned> loadsLeft(llvm::StringRef text);

/// Bytes that an access moves per lane, from its mnemonic; 0 if it is none.
unsigned accessBytes(llvm::StringRef mnemonic);

} // namespace moesaic::report

#endif
