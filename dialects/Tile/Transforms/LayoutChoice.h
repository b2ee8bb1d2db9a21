//===- LayoutChoice.h - the layouts that operations ask for -----*- C++ -*-===//
//
// Where layouts come from: what a matrix product, an access to memory and a
// reduction want on a chip, and how a layout changes through operations that
// only move axes.
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_DIALECTS_TILE_TRANSFORMS_LAYOUTCHOICE_H
#define MOESAIC_DIALECTS_TILE_TRANSFORMS_LAYOUTCHOICE_H

#include "Layout/MatrixLayouts.h"
#include "Target/Chips.h"
#include "dialects/Tile/IR/Tile.h"
#include "dialects/Tile/Transforms/DirectOperands.h"

namespace moesaic::tile {

/// 32-bit registers of a lane that a tile takes; 0 when it has no layout.
int64_t registersOf(mlir::Value tile);

/// What a product wants of its three tiles.
struct ProductLayouts {
  LayoutAttr a, b, accumulator;
  DirectOperands direct;
};

/// The matrix instruction and the wave grid for a product.
struct ProductPlan {
  MatrixExtents instruction;
  WaveGrid waves;
  DirectOperands direct; ///< Known until the product has a layout.
};

/// The best plan for a product on `chip`, by work per wave, then memory and LDS
/// traffic; nothing when no matrix instruction fits. When the product has a
/// layout, the plan that it was made for.
std::optional<ProductPlan> planProduct(MmaOp product, const Chip &chip,
                                       int64_t waves);

class LayoutChoice {
public:
  LayoutChoice(const Chip &chip, int64_t waves) : chip(chip), waves(waves) {}

  ProductLayouts ofProduct(MmaOp product) const;
  /// The coalesced layout of a load's result or of the value that is stored.
  LayoutAttr ofAccess(mlir::RankedTensorType tile,
                      const AccessFacts &facts) const;
  /// The same for atomics, which take a word for each lane at once.
  LayoutAttr ofAtomic(mlir::RankedTensorType tile, AccessFacts facts) const;
  /// The layout in which to copy a tile to LDS, `bytes` for each lane at once,
  /// from where it goes to `read`; null when it has to go through registers.
  LayoutAttr ofCopy(mlir::RankedTensorType tile, const AccessFacts &facts,
                    LayoutAttr read, int64_t bytes) const;
  /// The layout in which to load a tile that goes through LDS to `read`, at the
  /// least cost in all.
  LayoutAttr ofStagedLoad(mlir::RankedTensorType tile, const AccessFacts &facts,
                          LayoutAttr read) const;
  /// A layout for a tile that nothing has an opinion about.
  LayoutAttr ofAnything(mlir::RankedTensorType tile) const;
  /// Whether each wave can reduce `axis` without the others.
  static bool reducesWithinWaves(LayoutAttr layout, int64_t axis);
  /// A layout of which that is true.
  LayoutAttr ofReduction(mlir::RankedTensorType tile, int64_t axis) const;
  /// Whether `tile.scan` can run along `axis` of the layout: every bit of the
  /// axis has one holder, and waves hold neighbouring ones.
  static bool canScan(LayoutAttr layout, int64_t axis);
  /// A layout of which that is true.
  LayoutAttr ofScan(mlir::RankedTensorType tile, int64_t axis) const;
  /// The layout in which `tile.rank` wants its keys.
  LayoutAttr ofRank(mlir::RankedTensorType keys) const;

private:
  /// A layout for memory with vectors of `vector` elements, behind which comes
  /// what lies `next` elements further: `blockedLayout`.
  LayoutAttr blocked(mlir::RankedTensorType tile, const AccessFacts &facts,
                     int64_t vector, llvm::ArrayRef<uint32_t> next = {},
                     unsigned kept = 0) const;
  /// `axis` in registers and lanes, the others in what is left of them and in
  /// waves; `sharedByWaves`: waves without work take part of `axis` too.
  LayoutAttr alongAxis(mlir::RankedTensorType tile, int64_t axis,
                       bool sharedByWaves) const;
  /// `elements`, or fewer so that no lane is left without work.
  int64_t vectorFor(mlir::RankedTensorType tile, int64_t elements) const;

  const Chip &chip;
  int64_t waves;
};

/// The layout attribute for a map that was derived from others; its fragments
/// are what it has of contiguous elements, at most four.
LayoutAttr getDerivedLayout(mlir::MLIRContext *context,
                            const LinearLayout &map);
/// The layout with fragments as in `fragments`, when they still fit.
LayoutAttr getLayoutLike(LayoutAttr fragments, const LinearLayout &map);

/// The layout that an index which spans `axes` needs for an access whose tile
/// has layout `access`.
LayoutAttr getIndexLayout(LayoutAttr access, llvm::ArrayRef<int64_t> axes);
/// The layout that the source of a reshape, permute or broadcast needs so that
/// the result has `layout` without moving anything.
LayoutAttr getSourceLayout(mlir::Operation *op, LayoutAttr layout);
/// The layout of a reduction's result when the source has `source`.
LayoutAttr getReducedLayout(LayoutAttr source, int64_t axis);

} // namespace moesaic::tile

#endif
