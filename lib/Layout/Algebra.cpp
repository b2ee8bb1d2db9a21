//===- Algebra.cpp - elimination and inverses of layouts ------------------===//

#include "Layout/Algebra.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace moesaic;

bool BitSpan::add(uint32_t vector, uint32_t tag) {
  for (const Row &row : rows) {
    if ((vector ^ row.vector) < vector) {
      vector ^= row.vector;
      tag ^= row.tag;
    }
  }
  if (vector == 0) {
    return false;
  }
  // Rows stay sorted by their highest bit, highest first, so that one pass
  // reduces a vector.
  Row *place =
      llvm::find_if(rows, [&](const Row &row) { return row.vector < vector; });
  rows.insert(place, {vector, tag});
  return true;
}

std::optional<uint32_t> BitSpan::solve(uint32_t vector) const {
  uint32_t tag = 0;
  for (const Row &row : rows) {
    if ((vector ^ row.vector) < vector) {
      vector ^= row.vector;
      tag ^= row.tag;
    }
  }
  if (vector != 0) {
    return std::nullopt;
  }
  return tag;
}

uint32_t moesaic::packPosition(const LinearLayout &layout,
                               llvm::ArrayRef<uint32_t> values) {
  uint32_t position = 0;
  unsigned shift = 0;
  for (auto [input, value] : llvm::zip_equal(layout.inputs(), values)) {
    position |= value << shift;
    shift += input.bases.size();
  }
  return position;
}

llvm::SmallVector<uint32_t> moesaic::unpackPosition(const LinearLayout &layout,
                                                    uint32_t position) {
  llvm::SmallVector<uint32_t> values;
  for (const LayoutInput &input : layout.inputs()) {
    values.push_back(position & (input.size() - 1));
    position >>= input.bases.size();
  }
  return values;
}

llvm::SmallVector<uint32_t> moesaic::allBases(const LinearLayout &layout) {
  llvm::SmallVector<uint32_t> bases;
  for (const LayoutInput &input : layout.inputs()) {
    bases.append(input.bases.begin(), input.bases.end());
  }
  return bases;
}

unsigned moesaic::rank(const LinearLayout &layout) {
  BitSpan span;
  for (uint32_t basis : allBases(layout)) {
    span.add(basis);
  }
  return span.rank();
}

bool moesaic::isSurjective(const LinearLayout &layout) {
  return (int64_t(1) << rank(layout)) == layout.elements();
}

bool moesaic::isBijective(const LinearLayout &layout) {
  return isSurjective(layout) && allBases(layout).size() == rank(layout);
}

uint32_t moesaic::freeVariables(const LinearLayout &layout,
                                llvm::StringRef name) {
  BitSpan span;
  for (const LayoutInput &input : layout.inputs()) {
    uint32_t free = 0;
    for (auto [bit, basis] : llvm::enumerate(input.bases)) {
      if (!span.add(basis)) {
        free |= 1u << bit;
      }
    }
    if (input.name == name) {
      return free;
    }
  }
  return 0;
}

uint32_t BitMap::operator()(uint32_t value) const {
  uint32_t result = 0;
  for (auto [bit, image] : llvm::enumerate(images)) {
    if (value >> bit & 1) {
      result ^= image;
    }
  }
  return result;
}

std::optional<BitMap> moesaic::invert(const LinearLayout &layout) {
  BitSpan span;
  for (auto [bit, basis] : llvm::enumerate(allBases(layout))) {
    span.add(basis, 1u << bit);
  }
  llvm::SmallVector<uint32_t> images;
  for (int64_t index = 1; index < layout.elements(); index *= 2) {
    std::optional<uint32_t> position = span.solve(index);
    if (!position) {
      return std::nullopt;
    }
    images.push_back(*position);
  }
  return BitMap(images);
}

/// Which movement it is when one bit of an input comes from position `source`
/// although `same` would be the same place but for registers.
static Movement movementOf(uint32_t source, uint32_t same, uint32_t registers,
                           uint32_t lanes) {
  uint32_t difference = source ^ same;
  if (difference == 0) {
    return Movement::None;
  }
  if ((difference & ~registers) == 0) {
    // A register that depends on the lane is no renaming: it takes a select.
    return (same & registers) == same ? Movement::Registers : Movement::Lanes;
  }
  return (difference & ~(registers | lanes)) == 0 &&
                 (same & ~(registers | lanes)) == 0
             ? Movement::Lanes
             : Movement::Waves;
}

std::optional<Transfer> moesaic::transfer(const LinearLayout &from,
                                          const LinearLayout &to) {
  if (from.shape() != to.shape()) {
    return std::nullopt;
  }
  llvm::SmallVector<uint32_t> sourceBases = allBases(from);
  unsigned registerBits = from.bases(registerInput).size();
  unsigned laneBits = from.bases(laneInput).size();
  uint32_t registers = (1u << registerBits) - 1;
  uint32_t lanes = ((1u << laneBits) - 1) << registerBits;

  // Registers are tried alone first, then with lanes, then with everything:
  // later bits of `span` are used only when those before do not suffice.
  BitSpan spans[3];
  for (auto [bit, basis] : llvm::enumerate(sourceBases)) {
    uint32_t mask = 1u << bit;
    if (mask & registers) {
      spans[0].add(basis, mask);
    }
    if (mask & (registers | lanes)) {
      spans[1].add(basis, mask);
    }
    spans[2].add(basis, mask);
  }

  Transfer result{BitMap(), Movement::None};
  llvm::SmallVector<uint32_t> images;
  for (const LayoutInput &input : to.inputs()) {
    unsigned shift = 0;
    for (const LayoutInput &other : from.inputs()) {
      if (other.name == input.name) {
        break;
      }
      shift += other.bases.size();
    }
    for (auto [bit, basis] : llvm::enumerate(input.bases)) {
      // The same bit of the same input, corrected by registers if it can be.
      bool hasSame = bit < from.bases(input.name).size();
      uint32_t same = hasSame ? 1u << (shift + bit) : 0;
      uint32_t sameBasis = hasSame ? from.bases(input.name)[bit] : 0;
      std::optional<uint32_t> source;
      if (sameBasis == basis && hasSame) {
        source = same;
      } else if (input.name != registerInput) {
        if (std::optional<uint32_t> correction =
                spans[0].solve(basis ^ sameBasis)) {
          source = same ^ *correction;
        }
      }
      for (unsigned i = 0; i < 3 && !source; ++i) {
        source = spans[i].solve(basis);
      }
      if (!source) {
        return std::nullopt;
      }
      images.push_back(*source);
      result.movement = std::max(result.movement,
                                 movementOf(*source, same, registers, lanes));
    }
  }
  if (from.bases(registerInput).size() != to.bases(registerInput).size()) {
    result.movement = std::max(result.movement, Movement::Registers);
  }
  result.source = BitMap(images);
  return result;
}

int64_t moesaic::contiguousElements(const LinearLayout &layout, int64_t axis) {
  // The step between neighbours along the axis, in row-major order.
  uint32_t step = 1;
  for (int64_t extent : layout.shape().drop_front(axis + 1)) {
    step *= extent;
  }
  llvm::ArrayRef<uint32_t> registers = layout.bases(registerInput);
  unsigned bits = 0;
  unsigned axisBits = llvm::Log2_64(layout.shape()[axis]);
  while (bits < registers.size() && bits < axisBits &&
         registers[bits] == step << bits) {
    ++bits;
  }
  // Nothing else may change the low bits of that coordinate.
  llvm::SmallVector<uint32_t> bases = allBases(layout);
  for (unsigned i = bits; i < bases.size(); ++i) {
    while (bits > 0 && i >= bits &&
           (bases[i] / step & ((1u << bits) - 1)) != 0) {
      --bits;
    }
  }
  return int64_t(1) << bits;
}
