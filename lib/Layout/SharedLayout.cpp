//===- SharedLayout.cpp - swizzles ----------------------------------------===//

#include "Layout/SharedLayout.h"
#include "Layout/Algebra.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>

using namespace moesaic;

/// The element that a lane mask stands for in a layout.
static uint32_t applyLanes(const LinearLayout &layout, uint32_t lanes) {
  return BitMap(layout.bases(laneInput))(lanes);
}

LinearLayout moesaic::rowMajorSharedLayout(llvm::ArrayRef<int64_t> shape) {
  LayoutInput offset{offsetInput.str(), {}};
  int64_t elements = LinearLayout(shape, {}).elements();
  for (int64_t index = 1; index < elements; index *= 2) {
    offset.bases.push_back(index);
  }
  return LinearLayout(shape, {offset});
}

/// A basis: `span` filled up to `size` vectors with those given that are new.
static void complete(llvm::SmallVectorImpl<uint32_t> &basis, BitSpan &span,
                     size_t size, llvm::ArrayRef<uint32_t> candidates) {
  for (uint32_t candidate : candidates) {
    if (basis.size() < size && span.add(candidate)) {
      basis.push_back(candidate);
    }
  }
}

namespace {
/// Builds the basis of a swizzled buffer, one candidate after the other.
class Swizzle {
public:
  /// `readElements`: what one read moves at most.
  Swizzle(int64_t elementBits, const LinearLayout &write,
          const LinearLayout &read, int64_t readElements)
      : bytes(sharedBytes(elementBits)), write(write), read(read) {
    for (int64_t index = 1; index < read.elements(); index *= 2) {
      units.push_back(index);
    }
    chooseVector(widestVector(elementBits), readElements);
  }

  /// The layout when the lanes of `readPhase` and `writePhase` must not meet.
  /// Cycles of writes may be shorter: the first vectors of their basis are what
  /// such a cycle holds.
  LinearLayout build(llvm::ArrayRef<uint32_t> readPhase,
                     llvm::ArrayRef<uint32_t> writePhase,
                     int64_t cycleBytes) const {
    size_t cycleBits =
        std::min<size_t>(llvm::Log2_64(cycleBytes / bytes), units.size());
    llvm::SmallVector<uint32_t> readBasis =
        cycleBasis(read, readPhase, cycleBits);
    llvm::SmallVector<uint32_t> writeBasis =
        cycleBasis(write, writePhase, cycleBits);

    // A common complement of both spans: what one has and the other lacks, in
    // pairs, and whatever neither has.
    llvm::SmallVector<uint32_t> onlyRead = missing(readBasis, writeBasis);
    llvm::SmallVector<uint32_t> onlyWrite = missing(writeBasis, readBasis);
    llvm::SmallVector<uint32_t> above;
    for (auto [fromRead, fromWrite] : llvm::zip_equal(onlyRead, onlyWrite)) {
      above.push_back(fromRead ^ fromWrite);
    }
    BitSpan both;
    for (uint32_t vector : llvm::concat<uint32_t>(readBasis, writeBasis)) {
      both.add(vector);
    }
    complete(above, both, units.size(), units);

    LayoutInput offset{offsetInput.str(), writeBasis};
    offset.bases.append(above);
    return LinearLayout(read.shape(), {offset});
  }

  int64_t readVectorBytes() const { return commonBytes(read); }
  int64_t writeVectorBytes() const { return commonBytes(write); }

private:
  /// The lowest bits of the offset: elements of one vector access. Registers
  /// that both sides have come first, then those of the reading side, and above
  /// what it takes at once those of the writing side.
  void chooseVector(int64_t elements, int64_t readElements) {
    size_t size = std::min<size_t>(llvm::Log2_64(elements), units.size());
    size_t readSize = std::min<size_t>(llvm::Log2_64(readElements), size);
    BitSpan inWrite, span;
    for (uint32_t basis : write.bases(registerInput)) {
      inWrite.add(basis);
    }
    llvm::SmallVector<uint32_t> common, rest;
    for (uint32_t basis : read.bases(registerInput)) {
      (inWrite.contains(basis) ? common : rest).push_back(basis);
    }
    complete(vector, span, readSize, common);
    complete(vector, span, readSize, rest);
    complete(vector, span, size, write.bases(registerInput));
  }

  /// How many bytes of the vector the registers of one side hold.
  int64_t commonBytes(const LinearLayout &layout) const {
    BitSpan registers;
    for (uint32_t basis : layout.bases(registerInput)) {
      registers.add(basis);
    }
    int64_t common = bytes;
    for (uint32_t basis : vector) {
      if (!registers.contains(basis)) {
        break;
      }
      common *= 2;
    }
    return common;
  }

  /// What should share one cycle: the vector, then lanes, then anything.
  llvm::SmallVector<uint32_t> cycleBasis(const LinearLayout &layout,
                                         llvm::ArrayRef<uint32_t> phase,
                                         size_t size) const {
    llvm::SmallVector<uint32_t> basis;
    BitSpan span;
    complete(basis, span, size, vector);
    for (uint32_t lanes : phase) {
      complete(basis, span, size, applyLanes(layout, lanes));
    }
    complete(basis, span, size, layout.bases(laneInput));
    complete(basis, span, size, layout.bases(registerInput));
    complete(basis, span, size, units);
    return basis;
  }

  /// The vectors of `basis` that are new to the span of `other`.
  static llvm::SmallVector<uint32_t> missing(llvm::ArrayRef<uint32_t> basis,
                                             llvm::ArrayRef<uint32_t> other) {
    BitSpan span;
    for (uint32_t vector : other) {
      span.add(vector);
    }
    llvm::SmallVector<uint32_t> result;
    complete(result, span, basis.size(), basis);
    return result;
  }

  int64_t bytes;
  const LinearLayout &write, &read;
  llvm::SmallVector<uint32_t> units;
  llvm::SmallVector<uint32_t> vector;
};
} // namespace

/// The best buffer for `read`, in which one read moves at most `readElements`.
static LinearLayout swizzle(int64_t elementBits, const LinearLayout &write,
                            const LinearLayout &read, int64_t readElements,
                            int64_t readCycleBytes) {
  Swizzle swizzle(elementBits, write, read, readElements);
  auto cost = [&](const LinearLayout &shared) {
    return bankConflicts(read, shared, elementBits, SharedAccess::Read,
                         readCycleBytes)
               .cycles +
           bankConflicts(write, shared, elementBits, SharedAccess::Write,
                         writeCycleBytes)
               .cycles;
  };
  uint32_t lanes = read.size(laneInput);
  auto writePhase = phaseMasks(swizzle.writeVectorBytes(), SharedAccess::Write,
                               lanes, writeCycleBytes);
  // Reads that look like writes give the plainer swizzle, and usually serve the
  // read phases as well.
  LinearLayout plain =
      swizzle.build(phaseMasks(swizzle.readVectorBytes(), SharedAccess::Write,
                               lanes, readCycleBytes),
                    writePhase, readCycleBytes);
  LinearLayout exact =
      swizzle.build(phaseMasks(swizzle.readVectorBytes(), SharedAccess::Read,
                               lanes, readCycleBytes),
                    writePhase, readCycleBytes);
  return cost(plain) <= cost(exact) ? plain : exact;
}

LinearLayout moesaic::swizzledSharedLayout(int64_t elementBits,
                                           const LinearLayout &write,
                                           const LinearLayout &read,
                                           SharedReads reads) {
  LinearLayout best = swizzle(elementBits, write, read,
                              widestVector(elementBits), reads.cycleBytes);
  std::optional<LinearLayout> asked;
  if (reads.transposes) {
    asked = transposedRead(read, elementBits);
  }
  if (asked) {
    LinearLayout transposed =
        swizzle(elementBits, write, *asked, transposedElements(elementBits),
                reads.cycleBytes);
    if (sharedCost(elementBits, write, transposed, read, reads) <
        sharedCost(elementBits, write, best, read, reads)) {
      return transposed;
    }
  }
  return best;
}

/// Moves between registers that groups of them need which are no neighbours.
/// Elements as large as a register find their place by renaming.
static int64_t countMoves(const LinearLayout &tile,
                          const SharedVectors &vectors, int64_t elementBits) {
  constexpr int64_t registerBits = 32;
  if (elementBits >= registerBits || llvm::all_of(vectors, isRun)) {
    return 0;
  }
  return llvm::divideCeil(int64_t(tile.size(registerInput)) * 8 *
                              sharedBytes(elementBits),
                          registerBits);
}

int64_t moesaic::sharedCost(int64_t elementBits, const LinearLayout &write,
                            const LinearLayout &shared,
                            const LinearLayout &read, SharedReads reads) {
  SharedVectors writeVectors =
      sharedVectors(write, shared, widestVector(elementBits));
  SharedVectors readVectors =
      planRead(read, shared, elementBits, reads).vectors;
  int64_t accesses = writeVectors.size() + readVectors.size();
  int64_t moves = countMoves(write, writeVectors, elementBits) +
                  countMoves(read, readVectors, elementBits);
  BankCycles ofWrites = bankConflicts(write, shared, elementBits,
                                      SharedAccess::Write, writeCycleBytes);
  BankCycles ofReads = readConflicts(read, shared, elementBits, reads);
  int64_t lost =
      ofWrites.cycles - ofWrites.ideal + ofReads.cycles - ofReads.ideal;
  return sharedAccessCost * accesses + moves +
         llvm::divideCeil(lost, int64_t(read.size(waveInput)));
}
