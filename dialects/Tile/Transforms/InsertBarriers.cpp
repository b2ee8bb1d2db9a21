//===- InsertBarriers.cpp - place the barriers that LDS accesses need -----===//
//
// Walks the kernel with the set of LDS accesses since the last barrier. An
// access that conflicts with one of them gets a barrier right before it, the
// latest place there is, which empties the set. Loops are walked until what
// their end hands to their beginning no longer grows.
//
//===----------------------------------------------------------------------===//

#include "dialects/Tile/Transforms/Passes.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/SetVector.h"

namespace moesaic::tile {
#define GEN_PASS_DEF_INSERTBARRIERS
#include "dialects/Tile/Transforms/Passes.h.inc"
} // namespace moesaic::tile

using namespace mlir;
using namespace moesaic::tile;

/// Whether two buffers may share bytes.
static bool overlap(Value lhs, Value rhs) {
  auto left = lhs.getDefiningOp<AllocSharedOp>();
  auto right = rhs.getDefiningOp<AllocSharedOp>();
  if (!left || !right || left == right) {
    return true;
  }
  // Before allocation every buffer has bytes of its own.
  if (!left.getOffset() || !right.getOffset()) {
    return false;
  }
  int64_t leftBegin = *left.getOffset(), rightBegin = *right.getOffset();
  return leftBegin < rightBegin + right.getType().getBytes() &&
         rightBegin < leftBegin + left.getType().getBytes();
}

namespace {
struct Access {
  Value buffer;
  bool writes;

  bool operator==(const Access &other) const {
    return buffer == other.buffer && writes == other.writes;
  }
  bool conflictsWith(const Access &other) const {
    return (writes || other.writes) && overlap(buffer, other.buffer);
  }
};

/// Accesses since the last barrier on any path.
class Pending {
public:
  bool conflictsWith(const Access &access) const {
    return llvm::any_of(accesses, [&](const Access &other) {
      return access.conflictsWith(other);
    });
  }
  void clear() { accesses.clear(); }
  /// False when it was there already.
  bool add(const Access &access) {
    if (llvm::is_contained(accesses, access)) {
      return false;
    }
    accesses.push_back(access);
    return true;
  }
  /// False when nothing is new.
  bool add(const Pending &other) {
    bool grew = false;
    for (const Access &access : other.accesses) {
      grew |= add(access);
    }
    return grew;
  }

private:
  SmallVector<Access> accesses;
};

struct InsertBarriersPass
    : public tile::impl::InsertBarriersBase<InsertBarriersPass> {
  void runOnOperation() override;
};
} // namespace

static std::optional<Access> getAccess(Operation *op) {
  if (auto store = dyn_cast<SharedStoreOp>(op)) {
    return Access{store.getBuffer(), true};
  }
  if (auto load = dyn_cast<SharedLoadOp>(op)) {
    return Access{load.getBuffer(), false};
  }
  return std::nullopt;
}

static Pending walkRegion(Region &region, Pending pending);

/// The state after a loop whose regions run one after the other, any number of
/// times, and which is left before region `exit`.
static Pending walkLoop(MutableArrayRef<Region> regions, size_t exit,
                        Pending pending) {
  while (true) {
    Pending atExit = pending, around = pending;
    for (auto [index, region] : llvm::enumerate(regions)) {
      if (index == exit) {
        atExit = around;
      }
      around = walkRegion(region, around);
    }
    if (!pending.add(around)) {
      return exit < regions.size() ? atExit : around;
    }
  }
}

static Pending walkOp(Operation *op, Pending pending) {
  if (std::optional<Access> access = getAccess(op)) {
    if (pending.conflictsWith(*access)) {
      OpBuilder builder(op);
      BarrierOp::create(builder, op->getLoc());
      pending.clear();
    }
    pending.add(*access);
    return pending;
  }
  if (isa<BarrierOp>(op)) {
    pending.clear();
    return pending;
  }
  if (auto branch = dyn_cast<scf::IfOp>(op)) {
    Pending after = walkRegion(branch.getThenRegion(), pending);
    after.add(walkRegion(branch.getElseRegion(), pending));
    return after;
  }
  if (isa<scf::WhileOp>(op)) {
    return walkLoop(op->getRegions(), 1, pending);
  }
  if (op->getNumRegions() > 0) {
    return walkLoop(op->getRegions(), 0, pending);
  }
  return pending;
}

static Pending walkRegion(Region &region, Pending pending) {
  for (Block &block : region) {
    for (Operation &op : llvm::make_early_inc_range(block)) {
      pending = walkOp(&op, pending);
    }
  }
  return pending;
}

void InsertBarriersPass::runOnOperation() {
  walkRegion(getOperation().getBody(), Pending());
}
