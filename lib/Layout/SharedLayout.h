//===- SharedLayout.h - buffers in LDS and their access ---------*- C++ -*-===//
//
// A shared layout is a bijection from the offset in a buffer, in elements, to
// the element of the tile. LDS has 32 banks of 4 bytes and serves 128 bytes a
// cycle. A wave's access is cut into phases, and lanes of one phase that want
// different words of one bank wait for each other. Which lanes form a phase
// depends on the access ("LDS bank conflicts", Composable Kernel
// documentation):
//
//     16-byte write: lanes 0-7, 8-15, ...
//     16-byte read:  lanes 0-3 and 20-23, 4-7 and 16-19, 8-11 and 28-31, ...
//      8-byte:       lanes 0-15, ...     4 bytes and less: lanes 0-31, ...
//
// gfx950 reads from 64 banks, 256 bytes a cycle ("Empirical LDS Measurements",
// amd-shark-ai):
//
//     16-byte read:  lanes 0-3, 12-15 and 20-27, 4-11, 16-19 and 28-31, ...
//      8-byte read:  lanes 0-31, ...     4 bytes and less: all
//
// That is documented for waves of 64 lanes. Waves of 32 are taken to read in
// the order in which they write.
//
// Each is a coset of a space over F2, so that a layout without conflicts is one
// whose offsets above 128 bytes span a common complement of those spaces.
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_LAYOUT_SHAREDLAYOUT_H
#define MOESAIC_LAYOUT_SHAREDLAYOUT_H

#include "Layout/LinearLayout.h"

namespace moesaic {

enum class SharedAccess { Read, Write };

/// What LDS writes in a cycle; what it reads depends on the chip.
constexpr int64_t writeCycleBytes = 128;

/// How registers meet a buffer: each group is one vector access, its registers
/// in the order of their offsets. All lanes use the same groups. The groups are
/// as long as the layouts allow, at most `maxElements`; one register each when
/// nothing is contiguous.
llvm::SmallVector<llvm::SmallVector<uint32_t>>
sharedVectors(const LinearLayout &tile, const LinearLayout &shared,
              int64_t maxElements);

/// A layout of the buffer through which a tile goes from `write` to `read`:
/// reads are as wide as can be, at most 16 bytes, writes too where both agree,
/// and neither has bank conflicts where that is possible. LDS reads
/// `readCycleBytes` in a cycle.
LinearLayout swizzledSharedLayout(int64_t elementBits,
                                  const LinearLayout &write,
                                  const LinearLayout &read,
                                  int64_t readCycleBytes);

/// Row-major without a swizzle.
LinearLayout rowMajorSharedLayout(llvm::ArrayRef<int64_t> shape);

/// Cycles that all waves' accesses to a buffer take, and without conflicts,
/// with banks for `cycleBytes`.
struct BankCycles {
  int64_t cycles, ideal;
};
BankCycles bankConflicts(const LinearLayout &tile, const LinearLayout &shared,
                         int64_t elementBits, SharedAccess access,
                         int64_t cycleBytes);

} // namespace moesaic

#endif
