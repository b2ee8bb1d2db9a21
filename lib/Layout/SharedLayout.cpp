//===- SharedLayout.cpp - swizzles and bank conflicts ---------------------===//

#include "Layout/SharedLayout.h"
#include "Layout/Algebra.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>
#include <set>

using namespace moesaic;

static constexpr int64_t bankBytes = 4;
static constexpr int64_t vectorBytes = 16;

static int64_t elementBytes(int64_t elementBits) {
  return std::max<int64_t>(elementBits, 8) / 8;
}

/// Lane masks that span one phase of an access of `bytes` a lane by waves of
/// `lanes` lanes, with banks for `cycleBytes`.
static llvm::SmallVector<uint32_t> phaseMasks(int64_t bytes,
                                              SharedAccess access,
                                              uint32_t lanes,
                                              int64_t cycleBytes) {
  llvm::SmallVector<uint32_t> masks;
  if (bytes >= 16 && access == SharedAccess::Read && lanes == 64) {
    masks = {1, 2, 20, 12};
  } else {
    masks = {1, 2, 4, 8, 16, 32};
  }
  masks.truncate(llvm::Log2_64(cycleBytes / std::clamp<int64_t>(bytes, 4, 16)));
  return masks;
}

/// The element that a lane mask stands for in a layout.
static uint32_t applyLanes(const LinearLayout &layout, uint32_t lanes) {
  return BitMap(layout.bases(laneInput))(lanes);
}

llvm::SmallVector<llvm::SmallVector<uint32_t>>
moesaic::sharedVectors(const LinearLayout &tile, const LinearLayout &shared,
                       int64_t maxElements) {
  BitMap offset = *invert(shared);
  BitSpan registers;
  for (auto [bit, basis] : llvm::enumerate(tile.bases(registerInput))) {
    registers.add(offset(basis), 1u << bit);
  }
  uint32_t othersBits = 0;
  for (llvm::StringRef input : {laneInput, waveInput}) {
    for (uint32_t basis : tile.bases(input)) {
      othersBits |= offset(basis);
    }
  }
  llvm::SmallVector<uint32_t> steps;
  while ((int64_t(2) << steps.size()) <= maxElements) {
    uint32_t step = 1u << steps.size();
    std::optional<uint32_t> mask = registers.solve(step);
    if (!mask || (othersBits & step)) {
      break;
    }
    steps.push_back(*mask);
  }

  llvm::SmallVector<llvm::SmallVector<uint32_t>> groups;
  BitMap inVector(steps), registerOf(tile.bases(registerInput));
  uint32_t vector = 1u << steps.size();
  for (uint32_t start = 0; start < tile.size(registerInput); ++start) {
    if ((offset(registerOf(start)) & (vector - 1)) != 0) {
      continue;
    }
    llvm::SmallVector<uint32_t> &group = groups.emplace_back();
    for (uint32_t i = 0; i < vector; ++i) {
      group.push_back(start ^ inVector(i));
    }
  }
  return groups;
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
  Swizzle(int64_t elementBits, const LinearLayout &write,
          const LinearLayout &read)
      : bytes(elementBytes(elementBits)), write(write), read(read) {
    for (int64_t index = 1; index < read.elements(); index *= 2) {
      units.push_back(index);
    }
    chooseVector();
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
  /// that both sides have come first, then those of the reading side.
  void chooseVector() {
    size_t size =
        std::min<size_t>(llvm::Log2_64(vectorBytes / bytes), units.size());
    BitSpan inWrite, span;
    for (uint32_t basis : write.bases(registerInput)) {
      inWrite.add(basis);
    }
    llvm::SmallVector<uint32_t> common, rest;
    for (uint32_t basis : read.bases(registerInput)) {
      (inWrite.contains(basis) ? common : rest).push_back(basis);
    }
    complete(vector, span, size, common);
    complete(vector, span, size, rest);
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

LinearLayout moesaic::swizzledSharedLayout(int64_t elementBits,
                                           const LinearLayout &write,
                                           const LinearLayout &read,
                                           int64_t readCycleBytes) {
  Swizzle swizzle(elementBits, write, read);
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

BankCycles moesaic::bankConflicts(const LinearLayout &tile,
                                  const LinearLayout &shared,
                                  int64_t elementBits, SharedAccess access,
                                  int64_t cycleBytes) {
  int64_t bytes = elementBytes(elementBits);
  auto groups = sharedVectors(tile, shared, vectorBytes / bytes);
  BitMap offset = *invert(shared);
  int64_t accessBytes = groups.front().size() * bytes;
  llvm::SmallVector<uint32_t> phase =
      phaseMasks(accessBytes, access, tile.size(laneInput), cycleBytes);
  llvm::erase_if(phase,
                 [&](uint32_t lanes) { return lanes >= tile.size(laneInput); });

  // Every phase is the first one with the same bits of its offsets flipped,
  // which exchanges banks and nothing else: one phase stands for all.
  BitMap inPhase(phase);
  uint32_t start = BitMap(tile.bases(registerInput))(groups.front().front());
  int64_t banks = cycleBytes / bankBytes;
  std::vector<std::set<int64_t>> words(banks);
  std::set<int64_t> all;
  for (uint32_t i = 0; i < (1u << phase.size()); ++i) {
    uint32_t element = start ^ applyLanes(tile, inPhase(i));
    int64_t begin = int64_t(offset(element)) * bytes;
    for (int64_t byte = begin; byte < begin + accessBytes; byte += bankBytes) {
      int64_t word = byte / bankBytes;
      words[word % banks].insert(word);
      all.insert(word);
    }
  }
  size_t worst = 0;
  for (const auto &bank : words) {
    worst = std::max(worst, bank.size());
  }
  int64_t phases = int64_t(groups.size()) * tile.size(waveInput) *
                   (tile.size(laneInput) >> phase.size());
  return {phases * int64_t(worst),
          phases * int64_t(llvm::divideCeil(all.size() * bankBytes,
                                            uint64_t(cycleBytes)))};
}
