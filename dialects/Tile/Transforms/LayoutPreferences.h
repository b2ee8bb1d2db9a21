//===- LayoutPreferences.h - which layout each tile had best ----*- C++ -*-===//
//
// A forward analysis over a kernel. Products, loads and reductions prefer
// certain layouts; what is computed from a tile prefers its layout; a product's
// wish counts more than a load's, and a load that is to be reduced wishes that
// no wave needs another's part. Values that
// go round a loop or leave a branch agree on the strongest wish.
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_DIALECTS_TILE_TRANSFORMS_LAYOUTPREFERENCES_H
#define MOESAIC_DIALECTS_TILE_TRANSFORMS_LAYOUTPREFERENCES_H

#include "dialects/Tile/Transforms/LayoutChoice.h"

namespace moesaic::tile {

/// How a value reaches a layout other than the one it prefers.
enum class Making {
  /// Its axes are another value's: ask for that one in the right layout.
  Relabel,
  /// It costs next to nothing: make it again.
  Cheap,
  /// It is made of loads that can be made in another layout, if more slowly.
  Reload,
  /// It is made once, and converted.
  Once,
};

/// Tiles that control flow makes equal. A loop that exchanges its tiles yields
/// the iteration arguments of other groups, so that only their role tells which
/// of them follow the group.
struct JoinedTiles {
  /// Iteration arguments and results.
  llvm::SmallVector<mlir::Value> defined;
  /// Initial values and what regions end with.
  llvm::SmallVector<mlir::Value> given;
};

class LayoutPreferences {
public:
  LayoutPreferences(KernelOp kernel, const LayoutChoice &choice)
      : kernel(kernel), choice(choice) {}

  void run();
  /// The layout that `tile` prefers; null when it does not care.
  LayoutAttr get(mlir::Value tile) const;
  /// The same, or one for values that do not care.
  LayoutAttr getOrDefault(mlir::Value tile) const;
  /// What the value of a store prefers or, where it scatters single elements,
  /// the index that decides where they go. Null when neither cares.
  LayoutAttr getForStore(StoreOp store);
  Making making(mlir::Value tile);
  AccessAnalysis &accesses() { return analysis; }

private:
  /// In the order of their weight.
  enum Strength {
    None,
    Default,
    Scattered,
    Reduction,
    Load,
    ReducedLoad,
    Product
  };
  struct Preference {
    LayoutAttr layout;
    Strength strength = None;
  };

  Preference lookup(mlir::Value value) const { return table.lookup(value); }
  void join(mlir::Value value, Preference preference);
  /// Gives those that are defined the strongest preference among all.
  void unify(const JoinedTiles &group);
  /// Makes the loads behind a tile prefer the layout in which it is reduced.
  void preferForReduction(mlir::Value tile, LayoutAttr layout);
  /// Makes a result have the layout that its operand leads to. It is kept up
  /// to date: the operand's preference may still become stronger.
  void follow(mlir::Value result, LayoutAttr layout);
  /// Whether any layout suits a load: it takes single elements of LDS.
  bool isScattered(LoadOp load);
  void visitElementwise(mlir::Operation *op);
  void visit(mlir::Operation *op);
  void visitControlFlow(mlir::Operation *op);

  KernelOp kernel;
  const LayoutChoice &choice;
  AccessAnalysis analysis;
  llvm::DenseMap<mlir::Value, Preference> table;
  llvm::DenseMap<mlir::Value, Making> makings;
  bool changed = false;
  /// Products and loads have said what they wish for; then all have.
  bool sourcesKnown = false, settled = false;
};

/// Whether `op` computes each element of its result from the same element of
/// its operands.
bool isElementwise(mlir::Operation *op);

llvm::SmallVector<JoinedTiles> getJoinedTiles(mlir::Operation *op);

} // namespace moesaic::tile

#endif
