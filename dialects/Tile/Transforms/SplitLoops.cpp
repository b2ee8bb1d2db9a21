//===- SplitLoops.cpp - a loop's steady part, without checks --------------===//
//
// The indices of most iterations are in bounds whatever the lane: position
// plus range lies below the extent as long as the induction variable does not
// come near its end. Those iterations become a loop of their own, the steady
// one, whose loads say so; the loop that was there does the rest, however many
// they are. The steady loop also takes for granted that descriptors reach the
// arrays that it loads from, and is left out where they do not.
//
//===----------------------------------------------------------------------===//

#include "dialects/Tile/Transforms/AccessAnalysis.h"
#include "dialects/Tile/Transforms/ArrayReach.h"
#include "dialects/Tile/Transforms/IndexParts.h"
#include "dialects/Tile/Transforms/Passes.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace moesaic::tile {
#define GEN_PASS_DEF_SPLITLOOPS
#include "dialects/Tile/Transforms/Passes.h.inc"
} // namespace moesaic::tile

using namespace mlir;
using namespace moesaic;
using namespace moesaic::tile;

/// Constants up to here leave sums of a few of them without overflow.
static constexpr int64_t largestTerm = int64_t(1) << 26;

namespace {
/// scale * induction variable + constant.
struct Affine {
  int64_t scale = 0, constant = 0;
};

/// A load whose index along `axis` counts from an affine position.
struct Claim {
  LoadOp load;
  int64_t axis;
  Affine first;   ///< Position of the index tile's first element.
  int64_t length; ///< Number of positions.
  Value extent;   ///< i32
};

/// A loop, and how its steady part is made.
class Splitter {
public:
  Splitter(scf::ForOp loop, int64_t step)
      : loop(loop), step(step), builder(loop), loc(loop.getLoc()) {}

  void findClaims();
  /// Marks what holds in every iteration of the loop as it is.
  void settleClaims(AccessAnalysis &analysis);
  void split();

private:
  std::optional<Affine> getAffine(Value scalar);
  bool alwaysHolds(const Claim &claim, AccessAnalysis &analysis);
  static void markInBounds(LoadOp load, int64_t axis);
  Value emitEnd();
  Value emitAllInReach();
  Value i32(int64_t value) {
    return arith::ConstantOp::create(builder, loc,
                                     builder.getI32IntegerAttr(value));
  }

  scf::ForOp loop;
  int64_t step;
  OpBuilder builder;
  Location loc;
  SmallVector<Claim> claims;
};

struct SplitLoopsPass : public tile::impl::SplitLoopsBase<SplitLoopsPass> {
  void runOnOperation() override;
};
} // namespace

std::optional<Affine> Splitter::getAffine(Value scalar) {
  APInt constant;
  if (matchPattern(scalar, m_ConstantInt(&constant))) {
    int64_t value = constant.getSExtValue();
    return std::abs(value) <= largestTerm ? std::optional(Affine{0, value})
                                          : std::nullopt;
  }
  if (scalar == loop.getInductionVar()) {
    return Affine{1, 0};
  }
  auto add = scalar.getDefiningOp<arith::AddIOp>();
  auto multiply = scalar.getDefiningOp<arith::MulIOp>();
  if (!add && !multiply) {
    return std::nullopt;
  }
  Operation *op = scalar.getDefiningOp();
  std::optional<Affine> left = getAffine(op->getOperand(0));
  std::optional<Affine> right = getAffine(op->getOperand(1));
  if (!left || !right) {
    return std::nullopt;
  }
  Affine result;
  if (add) {
    result = {left->scale + right->scale, left->constant + right->constant};
  } else if (right->scale == 0) {
    result = {left->scale * right->constant, left->constant * right->constant};
  } else {
    return std::nullopt;
  }
  return result.scale >= 0 && result.scale <= largestTerm &&
                 std::abs(result.constant) <= largestTerm
             ? std::optional(result)
             : std::nullopt;
}

void Splitter::findClaims() {
  for (LoadOp load : loop.getBody()->getOps<LoadOp>()) {
    auto view = load.getArray().getDefiningOp<ViewOp>();
    if (!view || !loop.isDefinedOutsideOfLoop(view)) {
      continue;
    }
    for (auto [axis, index] : llvm::enumerate(load.getIndices())) {
      auto type = dyn_cast<RankedTensorType>(index.getType());
      if (!type || !type.getElementType().isInteger(32) ||
          llvm::is_contained(load.getInBounds(), static_cast<int64_t>(axis))) {
        continue;
      }
      std::optional<IndexParts> parts = splitIndex(index);
      if (!parts || parts->scalars.size() != 1) {
        continue;
      }
      std::optional<Affine> first = getAffine(parts->scalars.front());
      int64_t length = cast<ShapedType>(parts->range.getType()).getDimSize(0);
      if (!first || first->scale == 0 || length > largestTerm) {
        continue;
      }
      first->constant += parts->constant;
      if (first->constant >= 0 && first->constant <= largestTerm) {
        claims.push_back({load, static_cast<int64_t>(axis), *first, length,
                          view.getExtents()[axis]});
      }
    }
  }
}

bool Splitter::alwaysHolds(const Claim &claim, AccessAnalysis &analysis) {
  APInt lower;
  if (!matchPattern(loop.getLowerBound(), m_ConstantInt(&lower)) ||
      lower.isNegative() || lower.srem(step) != 0) {
    return false;
  }
  // The last position is a multiple of the step below an extent that is one.
  return claim.extent == loop.getUpperBound() && claim.first.scale == 1 &&
         claim.first.constant == 0 && claim.length <= step &&
         llvm::isPowerOf2_64(step) &&
         analysis.facts(claim.extent).divisor % step == 0;
}

void Splitter::markInBounds(LoadOp load, int64_t axis) {
  SmallVector<int64_t> axes(load.getInBounds());
  axes.push_back(axis);
  llvm::sort(axes);
  load.setInBounds(axes);
}

void Splitter::settleClaims(AccessAnalysis &analysis) {
  llvm::erase_if(claims, [&](const Claim &claim) {
    bool holds = alwaysHolds(claim, analysis);
    if (holds) {
      markInBounds(claim.load, claim.axis);
    }
    return holds;
  });
}

/// Emits where the steady part ends: the lower bound plus so many whole steps.
Value Splitter::emitEnd() {
  Value lower = loop.getLowerBound(), zero = i32(0);
  auto max = [&](Value a, Value b) -> Value {
    return arith::MaxSIOp::create(builder, loc, a, b);
  };
  auto subtract = [&](Value a, int64_t b) -> Value {
    return b == 0 ? a : arith::SubIOp::create(builder, loc, a, i32(b));
  };
  // Beyond the last value of the induction variable that is in bounds. Nothing
  // overflows: bounds and extents count as zero when they are negative, and
  // from a negative lower bound on nothing is steady.
  Value end = max(loop.getUpperBound(), zero);
  for (const Claim &claim : claims) {
    Value room = subtract(max(claim.extent, zero),
                          claim.first.constant + claim.length - 1);
    if (claim.first.scale != 1) {
      Value scale = i32(claim.first.scale);
      room = arith::CeilDivSIOp::create(builder, loc, room, scale);
    }
    end = arith::MinSIOp::create(builder, loc, end, room);
  }
  Value starts = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::sge,
                                       lower, zero);
  Value span =
      arith::SubIOp::create(builder, loc, max(end, zero), max(lower, zero));
  span = arith::SelectOp::create(builder, loc, starts, max(span, zero), zero);
  Value whole = i32(step);
  Value rounded = arith::AddIOp::create(builder, loc, span, i32(step - 1));
  Value count = arith::DivUIOp::create(builder, loc, rounded, whole);
  Value length = arith::MulIOp::create(builder, loc, count, whole);
  return arith::AddIOp::create(builder, loc, lower, length);
}

/// Emits i1: descriptors reach every array that the loop loads from; null when
/// that is certain. Loads from arrays that are made in the loop do not count.
Value Splitter::emitAllInReach() {
  Value all;
  llvm::SmallPtrSet<Operation *, 4> seen;
  for (LoadOp load : loop.getBody()->getOps<LoadOp>()) {
    auto view = load.getArray().getDefiningOp<ViewOp>();
    if (!view || !loop.isDefinedOutsideOfLoop(view) ||
        !seen.insert(view).second) {
      continue;
    }
    Value one = emitInReach(builder, view, [](Value value) { return value; });
    if (one) {
      all =
          all ? arith::AndIOp::create(builder, loc, all, one).getResult() : one;
    }
  }
  return all;
}

void Splitter::split() {
  Value lower = loop.getLowerBound(), end = emitEnd();
  Value runs = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::sgt,
                                     end, lower);
  if (Value inReach = emitAllInReach()) {
    runs = arith::AndIOp::create(builder, loc, runs, inReach);
  }
  SmallVector<Value> initial(loop.getInitArgs());
  initial.push_back(lower);
  auto branch = scf::IfOp::create(builder, loc, ValueRange(initial).getTypes(),
                                  runs, /*withElseRegion=*/true);
  {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(branch.elseBlock());
    scf::YieldOp::create(builder, loc, initial);
    builder.setInsertionPointToStart(branch.thenBlock());
    IRMapping clones;
    auto steady = cast<scf::ForOp>(builder.clone(*loop, clones));
    steady.setUpperBound(end);
    steady->setAttr(steadyAttr, builder.getUnitAttr());
    for (Claim &claim : claims) {
      markInBounds(cast<LoadOp>(clones.lookup(claim.load.getOperation())),
                   claim.axis);
    }
    for (LoadOp load : steady.getBody()->getOps<LoadOp>()) {
      auto view = load.getArray().getDefiningOp<ViewOp>();
      if (view && steady.isDefinedOutsideOfLoop(view)) {
        load->setAttr(inReachAttr, builder.getBoolAttr(true));
      }
    }
    SmallVector<Value> results(steady.getResults());
    results.push_back(end);
    scf::YieldOp::create(builder, loc, results);
  }
  loop->setAttr(restAttr, builder.getUnitAttr());
  loop.setLowerBound(branch.getResults().back());
  loop.getInitArgsMutable().assign(branch.getResults().drop_back());
}

/// Moves loads down to the stores to LDS that use them, so that one tile at a
/// time is in registers on its way: the rest has no time to win, and must not
/// need more registers than the steady part.
static void delayLoads(scf::ForOp loop) {
  for (LoadOp load :
       llvm::make_early_inc_range(loop.getBody()->getOps<LoadOp>())) {
    if (!load->hasOneUse() || !isa<SharedStoreOp>(*load->user_begin()) ||
        load->getBlock() != load->user_begin()->getBlock()) {
      continue;
    }
    Operation *store = *load->user_begin(), *between = load->getNextNode();
    while (between != store &&
           (isPure(between) ||
            isa<LoadOp, SharedLoadOp, SharedStoreOp>(between))) {
      between = between->getNextNode();
    }
    load->moveBefore(between);
  }
}

/// Whether the loop loads tiles from memory.
static bool loadsTiles(scf::ForOp loop) {
  return llvm::any_of(loop.getBody()->getOps<LoadOp>(), [](LoadOp load) {
    return isa<RankedTensorType>(load.getType()) &&
           load.getArray().getDefiningOp<ViewOp>();
  });
}

void SplitLoopsPass::runOnOperation() {
  AccessAnalysis analysis;
  SmallVector<scf::ForOp> loops;
  getOperation().getBody().walk([&](scf::ForOp loop) {
    if (!loop.getBody()->getOps<MmaOp>().empty() && loadsTiles(loop)) {
      loops.push_back(loop);
    }
  });
  for (scf::ForOp loop : loops) {
    APInt step;
    if (loop->hasAttr(steadyAttr) || loop->hasAttr(restAttr) ||
        loop.getUnsignedCmp() || !loop.getStep().getType().isInteger(32) ||
        !matchPattern(loop.getStep(), m_ConstantInt(&step)) ||
        step.getSExtValue() > largestTerm) {
      continue;
    }
    Splitter splitter(loop, step.getSExtValue());
    splitter.findClaims();
    splitter.settleClaims(analysis);
    splitter.split();
    delayLoads(loop);
  }
}
