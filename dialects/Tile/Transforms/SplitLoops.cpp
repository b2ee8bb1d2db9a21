//===- SplitLoops.cpp - a loop's steady part, without checks --------------===//
//
// The indices of most iterations are in bounds whatever the lane: position
// plus range lies below the extent as long as the induction variable does not
// come near its end. Those iterations become a loop of their own, the steady
// one, whose loads say so; the loop that was there does the rest, however many
// they are. The steady loop may do several iterations in one, so that what the
// loop rotates among its carried values stays in place.
//
//===----------------------------------------------------------------------===//

#include "dialects/Tile/Transforms/AccessAnalysis.h"
#include "dialects/Tile/Transforms/IndexParts.h"
#include "dialects/Tile/Transforms/Passes.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"

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
  Gather load;
  int64_t axis;
  Affine first;   ///< Position of the index tile's first element.
  int64_t length; ///< Number of positions.
  Value extent;   ///< i32
};

/// A loop, and how its steady part is made.
class Splitter {
public:
  Splitter(scf::ForOp loop, int64_t step, int64_t unroll)
      : loop(loop), step(step), unroll(unroll), builder(loop),
        loc(loop.getLoc()) {}

  void findClaims();
  /// The claims hold in every iteration: nothing needs to be split.
  bool allAlwaysHold(AccessAnalysis &analysis);
  void markLoads(const IRMapping *clones = nullptr) const;
  bool hasClaims() const { return !claims.empty(); }
  void split();

private:
  std::optional<Affine> getAffine(Value scalar);
  Value emitEnd();
  Value i32(int64_t value) {
    return arith::ConstantOp::create(builder, loc,
                                     builder.getI32IntegerAttr(value));
  }

  scf::ForOp loop;
  int64_t step, unroll;
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
  for (Gather load : loop.getBody()->getOps<Gather>()) {
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

bool Splitter::allAlwaysHold(AccessAnalysis &analysis) {
  APInt lower;
  if (!matchPattern(loop.getLowerBound(), m_ConstantInt(&lower)) ||
      lower.isNegative() || lower.srem(step) != 0 || unroll != 1) {
    return false;
  }
  // The last position is a multiple of the step below an extent that is one.
  return llvm::all_of(claims, [&](const Claim &claim) {
    return claim.extent == loop.getUpperBound() && claim.first.scale == 1 &&
           claim.first.constant == 0 && claim.length <= step &&
           llvm::isPowerOf2_64(step) &&
           analysis.facts(claim.extent).divisor % step == 0;
  });
}

void Splitter::markLoads(const IRMapping *clones) const {
  for (const Claim &claim : claims) {
    Gather load = claim.load;
    if (clones) {
      load = cast<Gather>(clones->lookup(load.getOperation()));
    }
    SmallVector<int64_t> axes(load.getInBounds());
    axes.push_back(claim.axis);
    llvm::sort(axes);
    load.setInBounds(axes);
  }
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
  // Beyond the last value of the induction variable from which all iterations
  // that one steady iteration does are in bounds. Nothing overflows: bounds and
  // extents count as zero when they are negative, and from a negative lower
  // bound on nothing is steady.
  int64_t ahead = (unroll - 1) * step;
  Value end = subtract(max(loop.getUpperBound(), zero), ahead);
  for (const Claim &claim : claims) {
    Value room = subtract(max(claim.extent, zero),
                          claim.first.constant + claim.length - 1);
    if (claim.first.scale != 1) {
      Value scale = i32(claim.first.scale);
      room = arith::CeilDivSIOp::create(builder, loc, room, scale);
    }
    end = arith::MinSIOp::create(builder, loc, end, subtract(room, ahead));
  }
  Value starts = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::sge,
                                       lower, zero);
  Value span =
      arith::SubIOp::create(builder, loc, max(end, zero), max(lower, zero));
  span = arith::SelectOp::create(builder, loc, starts, max(span, zero), zero);
  Value whole = i32(unroll * step);
  Value rounded =
      arith::AddIOp::create(builder, loc, span, i32(unroll * step - 1));
  Value count = arith::DivUIOp::create(builder, loc, rounded, whole);
  Value length = arith::MulIOp::create(builder, loc, count, whole);
  return arith::AddIOp::create(builder, loc, lower, length);
}

void Splitter::split() {
  Value end = emitEnd();
  auto steady = scf::ForOp::create(
      builder, loc, loop.getLowerBound(), end, i32(unroll * step),
      loop.getInitArgs(),
      [&](OpBuilder &body, Location, Value position, ValueRange carried) {
        SmallVector<Value> values(carried);
        for (int64_t copy = 0; copy < unroll; ++copy) {
          Value here = position;
          if (copy != 0) {
            Value distance = arith::ConstantOp::create(
                body, loc, body.getI32IntegerAttr(copy * step));
            here = arith::AddIOp::create(body, loc, position, distance);
          }
          IRMapping mapping;
          mapping.map(loop.getInductionVar(), here);
          mapping.map(loop.getRegionIterArgs(), values);
          for (Operation &op : loop.getBody()->without_terminator()) {
            body.clone(op, mapping);
          }
          markLoads(&mapping);
          values = llvm::map_to_vector(
              loop.getBody()->getTerminator()->getOperands(),
              [&](Value value) { return mapping.lookupOrDefault(value); });
        }
        scf::YieldOp::create(body, loc, values);
      });
  steady->setAttr(steadyAttr, builder.getUnitAttr());
  loop->setAttr(restAttr, builder.getUnitAttr());
  loop.setLowerBound(end);
  loop.getInitArgsMutable().assign(steady.getResults());
}

void SplitLoopsPass::runOnOperation() {
  AccessAnalysis analysis;
  SmallVector<scf::ForOp> loops;
  getOperation().getBody().walk([&](scf::ForOp loop) {
    if (!loop.getBody()->getOps<MmaOp>().empty()) {
      loops.push_back(loop);
    }
  });
  for (scf::ForOp loop : loops) {
    int64_t unroll = 1;
    if (auto rotation = loop->getAttrOfType<IntegerAttr>(rotationAttr)) {
      unroll = rotation.getInt();
      loop->removeAttr(rotationAttr);
    }
    APInt step;
    if (loop->hasAttr(steadyAttr) || loop->hasAttr(restAttr) ||
        loop.getUnsignedCmp() || !loop.getStep().getType().isInteger(32) ||
        !matchPattern(loop.getStep(), m_ConstantInt(&step)) ||
        step.getSExtValue() * unroll > largestTerm) {
      continue;
    }
    Splitter splitter(loop, step.getSExtValue(), unroll);
    splitter.findClaims();
    if (splitter.hasClaims() && splitter.allAlwaysHold(analysis)) {
      splitter.markLoads();
    } else if (splitter.hasClaims() || unroll > 1) {
      splitter.split();
    }
  }
}
