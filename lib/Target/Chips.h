//===- Chips.h - the one table of supported GPUs ----------------*- C++ -*-===//
//
// Every fact about a chip that a pass, the simulator or a report needs. Nothing
// else asks "is this gfx942?". The table knows no MLIR, so that the simulator
// shares these scalar facts with the compiler and nothing more.
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_TARGET_CHIPS_H
#define MOESAIC_TARGET_CHIPS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

namespace moesaic {

/// How a chip's matrix instructions spread their operands over a wave; the
/// fragments are described in Layout/MatrixLayouts.h.
enum class MatrixFamily {
  MFMA,   ///< gfx9: waves of 64 lanes.
  WMMA11, ///< gfx11: waves of 32; half a wave repeats the other's operands.
  WMMA12, ///< gfx12: waves of 32; every lane has operands of its own.
};

/// A dense matrix instruction D[m,n] += A[m,k] * B[k,n] of one wave.
struct MatrixInstruction {
  int m, n, k;
  /// Type of A and B: "f16" or "bf16". The accumulator is f32.
  llvm::StringRef elementType;
  /// Issue cycles divided by four, the "passes" of the ISA guide.
  int passes;
};

/// The encoding behind the 8-bit float types of a chip's matrix and conversion
/// instructions.
enum class Fp8Flavour { None, FNUZ, OCP };

struct Chip {
  llvm::StringRef name;    ///< The gfx name, as in `--target=gfx942`.
  llvm::StringRef product; ///< Products that carry it.
  int waveSize;            ///< Lanes of a wave.
  int ldsBytes;            ///< LDS that one workgroup may use.
  int vgprsPerLane;        ///< Vector registers that a SIMD has for each lane
                           ///< of a wave, AGPRs included.
  int maxVgprs;            ///< Those that one wave can have, AGPRs included.
  int maxArchVgprs;        ///< Those that ordinary VALU instructions address.
  int sgprs;               ///< Scalar registers that a wave may use.
  int simdsPerCu;          ///< SIMD units of a compute unit.
  int computeUnits;        ///< Compute units of the largest product.
  int maxWorkgroupSize;    ///< Lanes of the largest workgroup.
  unsigned bufferFlags;    ///< Word 3 of a raw buffer descriptor.
  Fp8Flavour fp8;
  bool convertsToBF16; ///< Has v_cvt_pk_bf16_f32.
  MatrixFamily matrixFamily;
  llvm::ArrayRef<MatrixInstruction> matrixInstructions;
  // What reports compute occupancy and peak rates from.
  int vgprGranule;     ///< Registers are allocated in multiples of this.
  int maxWavesPerSimd; ///< Waves that a SIMD can hold.
  int cusSharingLds;   ///< Compute units that one workgroup spreads over.
  int clockMHz;        ///< Highest engine clock of the largest product.
  int memoryGBs;       ///< Bandwidth of its memory, 10^9 bytes a second.
  /// Steps of a loop with products that are best under way at once.
  int stages;
  /// Bytes that a load straight to LDS takes for each lane at most; 0 when the
  /// chip has none.
  int copyBytes;
  /// Bytes that the banks of LDS serve to reads at once; to writes it is 128 on
  /// every chip (BankConflicts.h).
  int ldsReadBytes;
  /// Has reads of LDS that transpose (BankConflicts.h).
  bool readsTransposed;
  /// Dies with an L2 cache of their own; workgroup i runs on die i modulo their
  /// number ("AMD CDNA 3" and "AMD CDNA 4" architecture white papers).
  int xcds;

  /// Loads to LDS do better than loads to registers and stores from there. With
  /// 4 bytes a lane they are four times as many, each with an address in M0.
  bool copiesByDefault() const { return copyBytes >= 16; }
  /// Has DPP across rows of 16 lanes: row_bcast:15 and :31, wave_shr and
  /// wave_shl. The chips with waves of 64 lanes do ("AMD Instinct MI300" ISA
  /// guide, DPP_CTRL); "RDNA3" and "RDNA4" took those controls away.
  bool hasDppAcrossRows() const { return waveSize == 64; }
};

/// All chips that the compiler accepts, in the order of their names.
llvm::ArrayRef<Chip> supportedChips();

/// The chip called `name`, or null.
const Chip *findChip(llvm::StringRef name);

} // namespace moesaic

#endif
