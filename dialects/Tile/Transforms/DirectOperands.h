//===- DirectOperands.h - operands without a way through LDS ----*- C++ -*-===//
//
// Weights that are stored in the order in which a matrix instruction's lanes
// want them ("preshuffled") go from memory to registers in whole cache lines.
// LDS would only cost time: nothing is left to rearrange.
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_DIALECTS_TILE_TRANSFORMS_DIRECTOPERANDS_H
#define MOESAIC_DIALECTS_TILE_TRANSFORMS_DIRECTOPERANDS_H

#include "Layout/MatrixLayouts.h"
#include "dialects/Tile/Transforms/AccessAnalysis.h"

namespace moesaic::tile {

/// Which operands of a product are loaded from memory to the registers that the
/// product reads.
struct DirectOperands {
  bool a = false, b = false;
};

/// The operands that are read-only arrays in which lanes find 16 bytes each and
/// whole cache lines together, unless the product would run out of registers
/// that hold one step's operands while the next step's are on their way.
DirectOperands findDirectOperands(MmaOp product, MatrixExtents instruction,
                                  WaveGrid grid, const Chip &chip,
                                  AccessAnalysis &accesses);

} // namespace moesaic::tile

#endif
