//===- BankConflicts.cpp - access to buffers in LDS -----------------------===//

#include "Layout/BankConflicts.h"
#include "Layout/Algebra.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>
#include <set>

using namespace moesaic;

static constexpr int64_t bankBytes = 4;

int64_t moesaic::sharedBytes(int64_t elementBits) {
  return std::max<int64_t>(elementBits, 8) / 8;
}

int64_t moesaic::widestVector(int64_t elementBits) {
  constexpr int64_t vectorBytes = 16;
  return vectorBytes / sharedBytes(elementBits);
}

llvm::SmallVector<uint32_t> moesaic::phaseMasks(int64_t bytes,
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

SharedVectors moesaic::sharedVectors(const LinearLayout &tile,
                                     const LinearLayout &shared,
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

  SharedVectors groups;
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

bool moesaic::isRun(llvm::ArrayRef<uint32_t> registers) {
  for (auto [i, number] : llvm::enumerate(registers)) {
    if (number != registers.front() + i) {
      return false;
    }
  }
  return true;
}

int64_t moesaic::transposedElements(int64_t elementBits) {
  constexpr int64_t readBits = 64;
  return readBits / (8 * sharedBytes(elementBits));
}

std::optional<LinearLayout> moesaic::transposedRead(const LinearLayout &tile,
                                                    int64_t elementBits) {
  constexpr size_t rowBits = 4;
  llvm::ArrayRef<uint32_t> registers = tile.bases(registerInput),
                           lanes = tile.bases(laneInput);
  size_t vectorBits = llvm::Log2_64(transposedElements(elementBits));
  // Elements of 8 and 16 bits. Those of 4 take a byte each.
  if (elementBits < 8 || elementBits > 16 || registers.size() < vectorBits ||
      lanes.size() < rowBits) {
    return std::nullopt;
  }
  llvm::SmallVector<uint32_t> number(lanes.take_front(rowBits));
  llvm::append_range(number, registers.take_front(vectorBits));
  llvm::ArrayRef<uint32_t> bits = number;
  llvm::SmallVector<LayoutInput> asked;
  for (const LayoutInput &input : tile.inputs()) {
    LayoutInput &changed = asked.emplace_back(input);
    if (input.name == registerInput) {
      llvm::copy(bits.take_front(vectorBits), changed.bases.begin());
    } else if (input.name == laneInput) {
      llvm::copy(bits.drop_front(vectorBits), changed.bases.begin());
    }
  }
  return LinearLayout(tile.shape(), asked);
}

SharedRead moesaic::planRead(const LinearLayout &tile,
                             const LinearLayout &shared, int64_t elementBits,
                             SharedReads reads) {
  SharedRead plain{tile, false,
                   sharedVectors(tile, shared, widestVector(elementBits))};
  if (!reads.transposes) {
    return plain;
  }
  if (std::optional<LinearLayout> asked = transposedRead(tile, elementBits)) {
    size_t wanted = transposedElements(elementBits);
    SharedVectors vectors = sharedVectors(*asked, shared, wanted);
    bool inOrder = llvm::all_of(vectors, [&](llvm::ArrayRef<uint32_t> group) {
      return group.size() == wanted && group.front() % wanted == 0 &&
             isRun(group);
    });
    if (inOrder && plain.vectors.front().size() < wanted) {
      return {*asked, true, std::move(vectors)};
    }
  }
  return plain;
}

/// The cycles of accesses to `groups` of registers.
static BankCycles countCycles(const LinearLayout &tile,
                              const LinearLayout &shared,
                              const SharedVectors &groups, int64_t bytes,
                              SharedAccess access, int64_t cycleBytes) {
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

BankCycles moesaic::bankConflicts(const LinearLayout &tile,
                                  const LinearLayout &shared,
                                  int64_t elementBits, SharedAccess access,
                                  int64_t cycleBytes) {
  return countCycles(tile, shared,
                     sharedVectors(tile, shared, widestVector(elementBits)),
                     sharedBytes(elementBits), access, cycleBytes);
}

BankCycles moesaic::readConflicts(const LinearLayout &tile,
                                  const LinearLayout &shared,
                                  int64_t elementBits, SharedReads reads) {
  SharedRead read = planRead(tile, shared, elementBits, reads);
  return countCycles(read.asked, shared, read.vectors, sharedBytes(elementBits),
                     SharedAccess::Read, reads.cycleBytes);
}
