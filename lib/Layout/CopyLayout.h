//===- CopyLayout.h - layouts of copies straight into LDS -------*- C++ -*-===//
//
// An instruction that loads to LDS gives every lane an address to read from,
// and none to write to: lane n's bytes go to a scalar base plus n times their
// number. What keeps reads free of bank conflicts, the swizzle of the buffer,
// is therefore a matter of which element each lane asks for.
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_LAYOUT_COPYLAYOUT_H
#define MOESAIC_LAYOUT_COPYLAYOUT_H

#include "Layout/BankConflicts.h"
#include <optional>

namespace moesaic {

/// The layout in which lanes ask for a tile that goes to LDS, `vector`
/// neighbouring elements each, and from there to the layout `read` without bank
/// conflicts, where that is possible. `load`: a layout that suits memory.
/// Nothing when the tile has too few elements for all waves, or when neighbours
/// in memory are none in LDS.
std::optional<LinearLayout> copyLayout(int64_t elementBits, int64_t vector,
                                       const LinearLayout &load,
                                       const LinearLayout &read,
                                       SharedReads reads);

/// The buffer in which what each instruction copies lies in the order of the
/// lanes, and of the waves. `tile` holds no element twice.
LinearLayout copiedSharedLayout(const LinearLayout &tile, int64_t vector);

/// Whether `tile` can be copied into a buffer, `vector` registers of all lanes
/// of a wave at once: they follow each other there.
bool copiesInOrder(const LinearLayout &tile, const LinearLayout &shared,
                   int64_t vector);

} // namespace moesaic

#endif
