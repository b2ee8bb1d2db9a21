//===- BankConflicts.h - access to buffers in LDS ---------------*- C++ -*-===//
//
// LDS has 32 banks of 4 bytes and serves 128 bytes a cycle. A wave's access is
// cut into phases, and lanes of one phase that want different words of one bank
// wait for each other. Which lanes form a phase depends on the access ("LDS
// bank conflicts", Composable Kernel documentation):
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
// gfx950 also has reads of 8 bytes whose elements come out in other lanes
// ("CDNA4" ISA guide, DS_READ_B64_TR_B16 and its kin). What 16 neighbouring
// lanes ask for, one lane's bytes after the other's, is a matrix with 16
// columns, and lane n of them gets column n. In terms of layouts that is a
// permutation of bits: with E elements in 8 bytes, the low four bits of the
// lane that gets an element, and above them those of its register, are the
// number of the element among E * 16, and so are the bits of the register that
// it is asked for in, and above them those of the lane.
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_LAYOUT_BANKCONFLICTS_H
#define MOESAIC_LAYOUT_BANKCONFLICTS_H

#include "Layout/LinearLayout.h"
#include "Target/Chips.h"
#include <optional>

namespace moesaic {

enum class SharedAccess { Read, Write };

/// What LDS writes in a cycle; what it reads depends on the chip.
constexpr int64_t writeCycleBytes = 128;

/// How the LDS of a chip is read.
struct SharedReads {
  SharedReads(const Chip &chip)
      : cycleBytes(chip.ldsReadBytes), transposes(chip.readsTransposed) {}
  SharedReads(int64_t cycleBytes, bool transposes = false)
      : cycleBytes(cycleBytes), transposes(transposes) {}
  int64_t cycleBytes; ///< Bytes that the banks serve at once.
  bool transposes;    ///< There are transposing reads.
};

/// How registers meet a buffer: each group is one vector access, its registers
/// in the order of their offsets. All lanes use the same groups. The groups are
/// as long as the layouts allow, at most `maxElements`; one register each when
/// nothing is contiguous.
using SharedVectors = llvm::SmallVector<llvm::SmallVector<uint32_t>>;
SharedVectors sharedVectors(const LinearLayout &tile,
                            const LinearLayout &shared, int64_t maxElements);

/// Whether registers count upwards by one.
bool isRun(llvm::ArrayRef<uint32_t> registers);

/// Bytes that an element takes in LDS.
int64_t sharedBytes(int64_t elementBits);

/// The most elements that one access moves for a lane.
int64_t widestVector(int64_t elementBits);

/// Lane masks that span one phase of an access of `bytes` a lane by waves of
/// `lanes` lanes, with banks for `cycleBytes`.
llvm::SmallVector<uint32_t> phaseMasks(int64_t bytes, SharedAccess access,
                                       uint32_t lanes, int64_t cycleBytes);

/// The layout in which lanes ask for what transposing reads give them in
/// `tile`; nothing when there are no such reads.
std::optional<LinearLayout> transposedRead(const LinearLayout &tile,
                                           int64_t elementBits);

/// Elements that a transposing read moves for each lane.
int64_t transposedElements(int64_t elementBits);

/// The reads that bring a tile from a buffer to its lanes.
struct SharedRead {
  LinearLayout asked; ///< Which lane asks for which element.
  bool transposes;
  SharedVectors vectors;
};

/// Plain reads, unless transposing ones are wider.
SharedRead planRead(const LinearLayout &tile, const LinearLayout &shared,
                    int64_t elementBits, SharedReads reads);

/// Cycles that all waves' accesses to a buffer take, and without conflicts,
/// with banks for `cycleBytes`.
struct BankCycles {
  int64_t cycles, ideal;
};
BankCycles bankConflicts(const LinearLayout &tile, const LinearLayout &shared,
                         int64_t elementBits, SharedAccess access,
                         int64_t cycleBytes);

/// The same for the reads that `planRead` chooses.
BankCycles readConflicts(const LinearLayout &tile, const LinearLayout &shared,
                         int64_t elementBits, SharedReads reads);

} // namespace moesaic

#endif
