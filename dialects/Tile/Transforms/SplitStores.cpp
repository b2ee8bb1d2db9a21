//===- SplitStores.cpp - stores for arrays in reach and others ------------===//
//
// A store to an array that descriptors may not reach, not in windows either, is
// there twice, under a uniform branch. What only the store uses, conversions
// and indices, goes into the branch with it: in front of it, its results would
// take registers while the masked stores of the other side run one by one.
//
//===----------------------------------------------------------------------===//

#include "dialects/Tile/Transforms/ArrayReach.h"
#include "dialects/Tile/Transforms/Passes.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/SetVector.h"

namespace moesaic::tile {
#define GEN_PASS_DEF_SPLITSTORES
#include "dialects/Tile/Transforms/Passes.h.inc"
} // namespace moesaic::tile

using namespace mlir;
using namespace moesaic::tile;

namespace {
struct SplitStoresPass
    : public moesaic::tile::impl::SplitStoresBase<SplitStoresPass> {
  void runOnOperation() override;
};
} // namespace

/// Whether every lane computes its results from its own operands alone.
static bool isLocal(Operation *op) {
  return op->hasTrait<OpTrait::Elementwise>() ||
         isa<SplatOp, RangeOp, BroadcastOp, PermuteOp, ReshapeOp>(op);
}

/// The store behind what nothing else uses, in the order of the block.
static SmallVector<Operation *> collectOwn(StoreOp store) {
  llvm::SetVector<Operation *> own;
  own.insert(store);
  for (size_t i = 0; i < own.size(); ++i) {
    for (Value operand : own[i]->getOperands()) {
      Operation *op = operand.getDefiningOp();
      if (op && op->getBlock() == store->getBlock() && isPure(op) &&
          isLocal(op) && isa<RankedTensorType>(operand.getType()) &&
          llvm::all_of(op->getUsers(),
                       [&](Operation *user) { return own.contains(user); })) {
        own.insert(op);
      }
    }
  }
  SmallVector<Operation *> ordered = own.takeVector();
  llvm::sort(ordered,
             [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
  return ordered;
}

static void split(StoreOp store, Value inReach) {
  SmallVector<Operation *> own = collectOwn(store);
  OpBuilder builder(store);
  auto branch = scf::IfOp::create(builder, store.getLoc(), inReach,
                                  /*withElseRegion=*/true);
  for (Block *block : {branch.thenBlock(), branch.elseBlock()}) {
    builder.setInsertionPointToStart(block);
    IRMapping mapping;
    for (Operation *op : own) {
      Operation *clone = builder.clone(*op, mapping);
      if (op == store) {
        bool reaches = block == branch.thenBlock();
        clone->setAttr(inReachAttr, builder.getBoolAttr(reaches));
      }
    }
  }
  for (Operation *op : llvm::reverse(own)) {
    op->erase();
  }
}

void SplitStoresPass::runOnOperation() {
  SmallVector<StoreOp> stores;
  getOperation().getBody().walk([&](StoreOp store) {
    if (isa<RankedTensorType>(store.getValue().getType()) &&
        !store->hasAttr(inReachAttr) &&
        store.getArray().getDefiningOp<ViewOp>()) {
      stores.push_back(store);
    }
  });
  for (StoreOp store : stores) {
    OpBuilder builder(store);
    auto view = store.getArray().getDefiningOp<ViewOp>();
    if (planWindows(view, store.getIndices())) {
      continue;
    }
    if (Value inReach =
            emitInReach(builder, view, [](Value value) { return value; })) {
      split(store, inReach);
    }
  }
}
