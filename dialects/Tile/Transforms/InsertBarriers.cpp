//===- InsertBarriers.cpp - place the barriers that accesses need ---------===//
//
// Walks the kernel with the set of accesses since the last barrier. An access
// that conflicts with one of them gets a barrier right before it, the latest
// place there is, which empties the set. Loops are walked until what their end
// hands to their beginning no longer grows.
//
//===----------------------------------------------------------------------===//

#include "Layout/Algebra.h"
#include "dialects/Tile/Transforms/IndexParts.h"
#include "dialects/Tile/Transforms/Passes.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"

namespace moesaic::tile {
#define GEN_PASS_DEF_INSERTBARRIERS
#include "dialects/Tile/Transforms/Passes.h.inc"
} // namespace moesaic::tile

using namespace mlir;
using namespace moesaic;
using namespace moesaic::tile;

/// Whether two LDS buffers or shared arrays may share bytes. Before allocation
/// every one has bytes of its own.
static bool buffersOverlap(Value lhs, Value rhs) {
  if (!lhs || !rhs) {
    return true;
  }
  std::optional<SharedSpace> left = getSharedSpace(lhs);
  std::optional<SharedSpace> right = getSharedSpace(rhs);
  return !left || !right || lhs == rhs || left->overlaps(*right);
}

/// What the kernel declares about the array behind a view: "in", "out",
/// "inout", or empty when it is unknown.
static StringRef accessOf(Value base) {
  auto argument = dyn_cast_if_present<BlockArgument>(base);
  auto kernel = argument
                    ? dyn_cast<KernelOp>(argument.getOwner()->getParentOp())
                    : nullptr;
  return kernel ? kernel.getArgAccess(argument.getArgNumber()) : StringRef();
}

/// Whether two arrays may share bytes: only `inout` arrays may alias others.
static bool arraysOverlap(Value lhs, Value rhs) {
  if (lhs == rhs) {
    return true;
  }
  auto mayAlias = [](Value base) {
    StringRef access = accessOf(base);
    return access == "inout" || access.empty();
  };
  return mayAlias(lhs) && mayAlias(rhs);
}

namespace {
struct Access {
  Operation *op;
  /// The LDS buffer, or the address of the array; null when it may be any.
  Value place;
  bool isGlobal, writes;
  /// It happened in an earlier iteration: its indices had other values.
  bool isEarlier = false;

  bool operator==(const Access &other) const {
    return op == other.op && isEarlier == other.isEarlier;
  }
  bool conflictsWith(const Access &other) const;
  /// Whether every lane touches the same elements in both accesses.
  bool isSameInEachLane(const Access &other) const;
  /// Whether the two are atomics whose order nobody can tell.
  bool commutesWith(const Access &other) const;
};

/// Accesses since the last barrier on any path.
class Pending {
public:
  bool conflictsWith(const Access &access, bool isGlobal) const {
    return llvm::any_of(accesses, [&](const Access &other) {
      return other.isGlobal == isGlobal && access.conflictsWith(other);
    });
  }
  void clear(bool globalToo) {
    llvm::erase_if(accesses, [&](const Access &access) {
      return globalToo || !access.isGlobal;
    });
  }
  /// False when it was there already.
  bool add(const Access &access) {
    if (llvm::is_contained(accesses, access)) {
      return false;
    }
    accesses.push_back(access);
    return true;
  }
  void add(const Pending &other) {
    for (const Access &access : other.accesses) {
      add(access);
    }
  }
  /// Adds what an earlier iteration left. False when nothing is new.
  bool addEarlier(const Pending &other) {
    bool grew = false;
    for (Access access : other.accesses) {
      access.isEarlier = true;
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

static Value baseOf(Value array) {
  auto view = array.getDefiningOp<ViewOp>();
  return view ? Value(view.getBase()) : Value();
}

/// The LDS buffer that an operation across lanes works in; null without one.
static Value scratchOf(Operation *op) {
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case<ScanOp, HistogramOp, RankOp>(
          [](auto op) { return op.getScratch(); })
      .Default(Value());
}

static std::optional<Access> getAccess(Operation *op) {
  if (Value scratch = scratchOf(op)) {
    return Access{op, scratch, false, true};
  }
  if (auto store = dyn_cast<SharedStoreOp>(op)) {
    return Access{op, store.getBuffer(), false, true};
  }
  if (auto copy = dyn_cast<SharedCopyOp>(op)) {
    return Access{op, copy.getBuffer(), false, true};
  }
  if (auto load = dyn_cast<SharedLoadOp>(op)) {
    return Access{op, load.getBuffer(), false, false};
  }
  if (auto atomic = dyn_cast<AtomicOp>(op)) {
    bool isShared = atomic.getArray().getType().getShared();
    return Access{op, isShared ? atomic.getArray() : baseOf(atomic.getArray()),
                  !isShared, atomic.getKind() != AtomicKind::Load};
  }
  if (auto store = dyn_cast<StoreOp>(op)) {
    bool isShared = store.getArray().getType().getShared();
    return Access{op, isShared ? store.getArray() : baseOf(store.getArray()),
                  !isShared, true};
  }
  if (auto load = dyn_cast<LoadOp>(op)) {
    if (load.getArray().getType().getShared()) {
      return Access{op, load.getArray(), false, false};
    }
    Value base = baseOf(load.getArray());
    if (accessOf(base) != "in") {
      return Access{op, base, true, false};
    }
  }
  return std::nullopt;
}

/// What decides which elements an access touches, and in which lanes.
static std::tuple<Value, OperandRange, ArrayRef<int64_t>, Type>
elementsOf(Operation *op) {
  if (auto load = dyn_cast<LoadOp>(op)) {
    return {load.getArray(), load.getIndices(), load.getOrder(),
            load.getType()};
  }
  auto store = cast<StoreOp>(op);
  return {store.getArray(), store.getIndices(), store.getOrder(),
          store.getValue().getType()};
}

/// Whether indices from `shape`, the extents of a shared array, may lie out of
/// its bounds.
static bool mayExceed(ValueRange indices, ArrayRef<int64_t> shape) {
  return llvm::any_of(llvm::zip_equal(indices, shape), [](auto pair) {
    auto [index, extent] = pair;
    if (APInt constant; matchPattern(index, m_ConstantInt(&constant))) {
      return !constant.ult(extent);
    }
    std::optional<IndexParts> parts =
        isTile(index.getType()) ? splitIndex(index) : std::nullopt;
    return !parts || !parts->scalars.empty() || parts->constant < 0 ||
           parts->constant + parts->range.getType().getNumElements() > extent;
  });
}

/// Whether lanes whose elements are out of bounds may read another one instead,
/// as they do in LDS.
static bool mayReadOthers(Operation *op) {
  auto load = dyn_cast<LoadOp>(op);
  auto array =
      load ? load.getArray().getDefiningOp<SharedArrayOp>() : SharedArrayOp();
  return array && mayExceed(load.getIndices(), array.getShape());
}

bool Access::isSameInEachLane(const Access &other) const {
  if (!isa<LoadOp, StoreOp>(op) || !isa<LoadOp, StoreOp>(other.op)) {
    return false;
  }
  LayoutAttr layout = getLayout(std::get<3>(elementsOf(op)));
  return op->getBlock() == other.op->getBlock() && !other.isEarlier && layout &&
         elementsOf(op) == elementsOf(other.op) &&
         freeVariables(layout.getMap(), laneInput) == 0 &&
         freeVariables(layout.getMap(), waveInput) == 0 && !mayReadOthers(op) &&
         !mayReadOthers(other.op);
}

bool Access::commutesWith(const Access &other) const {
  auto first = dyn_cast<AtomicOp>(op), second = dyn_cast<AtomicOp>(other.op);
  return first && second && place == other.place &&
         first.getKind() == second.getKind() &&
         first.getKind() < AtomicKind::Exchange &&
         first.getResult().use_empty() && second.getResult().use_empty();
}

bool Access::conflictsWith(const Access &other) const {
  if (isGlobal != other.isGlobal || !(writes || other.writes)) {
    return false;
  }
  bool meet = isGlobal ? arraysOverlap(place, other.place)
                       : buffersOverlap(place, other.place);
  return meet && !isSameInEachLane(other) && !commutesWith(other);
}

/// Puts a barrier before `op`, or makes the one there do.
static void insertBarrier(Operation *op, bool isGlobal) {
  auto before = dyn_cast_if_present<BarrierOp>(op->getPrevNode());
  if (!before) {
    OpBuilder builder(op);
    before = BarrierOp::create(builder, op->getLoc());
  }
  if (isGlobal) {
    before.setGlobal(true);
  }
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
    if (!pending.addEarlier(around)) {
      return exit < regions.size() ? atExit : around;
    }
  }
}

static Pending walkOp(Operation *op, Pending pending) {
  if (std::optional<Access> access = getAccess(op)) {
    bool global = pending.conflictsWith(*access, true);
    if (global || pending.conflictsWith(*access, false)) {
      insertBarrier(op, global);
      pending.clear(global);
    }
    pending.add(*access);
    return pending;
  }
  if (isa<SharedWaitOp>(op)) {
    // What this wave has copied, and maybe anywhere in LDS, is for the others
    // to see behind a barrier.
    pending.add(Access{op, Value(), false, true});
    return pending;
  }
  if (auto barrier = dyn_cast<BarrierOp>(op)) {
    pending.clear(barrier.getGlobal());
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
