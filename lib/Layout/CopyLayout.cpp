//===- CopyLayout.cpp - layouts of copies straight into LDS ---------------===//

#include "Layout/CopyLayout.h"
#include "Layout/Algebra.h"
#include "Layout/SharedLayout.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace moesaic;

std::optional<LinearLayout> moesaic::copyLayout(int64_t elementBits,
                                                int64_t vector,
                                                const LinearLayout &load,
                                                const LinearLayout &read,
                                                SharedReads reads) {
  LinearLayout shared = swizzledSharedLayout(elementBits, load, read, reads);
  llvm::ArrayRef<uint32_t> rest = shared.bases(offsetInput);
  size_t vectorBits = llvm::Log2_64(vector);
  llvm::ArrayRef<uint32_t> loaded = load.bases(registerInput);
  if (rest.size() < vectorBits + load.bases(laneInput).size() +
                        load.bases(waveInput).size() ||
      loaded.take_front(vectorBits) != rest.take_front(vectorBits)) {
    return std::nullopt;
  }
  auto take = [&](llvm::StringRef input, size_t count) {
    LayoutInput taken{input.str(), {}};
    taken.bases.append(rest.begin(), rest.begin() + count);
    rest = rest.drop_front(count);
    return taken;
  };
  LayoutInput registers = take(registerInput, vectorBits);
  LayoutInput lanes = take(laneInput, load.bases(laneInput).size());
  LayoutInput waves = take(waveInput, load.bases(waveInput).size());
  registers.bases.append(rest.begin(), rest.end());
  return LinearLayout(read.shape(), {registers, lanes, waves});
}

LinearLayout moesaic::copiedSharedLayout(const LinearLayout &tile,
                                         int64_t vector) {
  size_t vectorBits = llvm::Log2_64(vector);
  llvm::ArrayRef<uint32_t> registers = tile.bases(registerInput);
  LayoutInput offset{offsetInput.str(), {}};
  for (llvm::ArrayRef<uint32_t> bases :
       {registers.take_front(vectorBits), tile.bases(laneInput),
        tile.bases(waveInput), registers.drop_front(vectorBits)}) {
    offset.bases.append(bases.begin(), bases.end());
  }
  return LinearLayout(tile.shape(), {offset});
}

bool moesaic::copiesInOrder(const LinearLayout &tile,
                            const LinearLayout &shared, int64_t vector) {
  size_t vectorBits = llvm::Log2_64(vector);
  llvm::ArrayRef<uint32_t> registers = tile.bases(registerInput);
  if (registers.size() < vectorBits || !isBijective(tile)) {
    return false;
  }
  BitMap offset = *invert(shared);
  uint32_t next = 1;
  for (llvm::ArrayRef<uint32_t> bases :
       {registers.take_front(vectorBits), tile.bases(laneInput)}) {
    for (uint32_t basis : bases) {
      if (offset(basis) != next) {
        return false;
      }
      next *= 2;
    }
  }
  auto startsBlock = [&](uint32_t basis) {
    return (offset(basis) & (next - 1)) == 0;
  };
  return llvm::all_of(registers.drop_front(vectorBits), startsBlock) &&
         llvm::all_of(tile.bases(waveInput), startsBlock);
}
