//===- AccessAnalysis.cpp - how wide an access to memory can be -----------===//

#include "dialects/Tile/Transforms/AccessAnalysis.h"
#include "Layout/Algebra.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace moesaic::tile;

/// What zero, which everything divides, counts as.
static constexpr int64_t largestDivisor = int64_t(1) << 30;
/// The alignment that `tile.view` promises for an array's base.
static constexpr int64_t baseAlignment = 16;

static int64_t powerOfTwoDivisor(int64_t value) {
  return value == 0 ? largestDivisor : std::min(value & -value, largestDivisor);
}

int64_t IntegerFacts::elementDivisor() const {
  bool counts = llvm::any_of(contiguity, [](int64_t run) { return run > 1; });
  return counts ? 1 : divisor;
}

/// Facts that hold for any value of `type`.
static IntegerFacts unknown(Type type) {
  IntegerFacts facts;
  auto tensor = dyn_cast<RankedTensorType>(type);
  facts.contiguity.assign(tensor ? tensor.getRank() : 0, 1);
  facts.constancy = facts.contiguity;
  return facts;
}

/// Facts about a tile all of whose elements are divisible by `divisor`.
static IntegerFacts uniform(Type type, int64_t divisor) {
  IntegerFacts facts = unknown(type);
  facts.divisor = divisor;
  if (auto tensor = dyn_cast<RankedTensorType>(type)) {
    facts.constancy.assign(tensor.getShape().begin(), tensor.getShape().end());
  }
  return facts;
}

/// Facts about lhs + rhs, or lhs - rhs.
static IntegerFacts addFacts(const IntegerFacts &lhs, const IntegerFacts &rhs,
                             bool subtract) {
  IntegerFacts result;
  // A group that is cut in pieces starts at multiples of the piece.
  int64_t left = lhs.divisor, right = rhs.divisor;
  for (auto [axis, leftRun] : llvm::enumerate(lhs.contiguity)) {
    int64_t rightRun = rhs.contiguity[axis];
    int64_t up = std::min(leftRun, rhs.constancy[axis]);
    int64_t other = subtract ? 1 : std::min(lhs.constancy[axis], rightRun);
    int64_t run = std::max(up, other);
    result.contiguity.push_back(run);
    result.constancy.push_back(
        std::min(lhs.constancy[axis], rhs.constancy[axis]));
    if (leftRun > run) {
      left = std::min(left, run);
    }
    if (rightRun > run) {
      right = std::min(right, run);
    }
  }
  // Groups that count along two axes cannot all start at aligned positions.
  bool several = llvm::count_if(result.contiguity,
                                [](int64_t run) { return run > 1; }) > 1;
  result.divisor = several ? 1 : std::min(left, right);
  return result;
}

static IntegerFacts multiplyFacts(const IntegerFacts &lhs,
                                  const IntegerFacts &rhs) {
  IntegerFacts result;
  int64_t left = lhs.elementDivisor(), right = rhs.elementDivisor();
  result.divisor =
      left >= largestDivisor / right ? largestDivisor : left * right;
  for (auto [leftRun, rightRun] : llvm::zip(lhs.constancy, rhs.constancy)) {
    result.contiguity.push_back(1);
    result.constancy.push_back(std::min(leftRun, rightRun));
  }
  return result;
}

/// What holds for elements of either of two values.
static IntegerFacts eitherFacts(const IntegerFacts &lhs,
                                const IntegerFacts &rhs) {
  IntegerFacts result;
  result.divisor = std::min(lhs.elementDivisor(), rhs.elementDivisor());
  for (auto [leftRun, rightRun] : llvm::zip(lhs.constancy, rhs.constancy)) {
    result.contiguity.push_back(1);
    result.constancy.push_back(std::min(leftRun, rightRun));
  }
  return result;
}

/// Facts about a tile whose axes are those of another in a new order, with
/// axes of extent 1 added or removed. `from[i]` is the source axis of result
/// axis i, or -1.
static IntegerFacts mapAxes(const IntegerFacts &source,
                            ArrayRef<int64_t> from) {
  IntegerFacts result;
  result.divisor = source.divisor;
  for (int64_t axis : from) {
    result.contiguity.push_back(axis < 0 ? 1 : source.contiguity[axis]);
    result.constancy.push_back(axis < 0 ? 1 : source.constancy[axis]);
  }
  return result;
}

/// The axes of a reshape that only adds or removes axes of extent 1, as
/// `mapAxes` wants them; nothing for any other reshape.
static std::optional<SmallVector<int64_t>> unitAxes(ReshapeOp reshape) {
  auto source = cast<RankedTensorType>(reshape.getSource().getType());
  auto result = cast<RankedTensorType>(reshape.getType());
  SmallVector<int64_t> from;
  int64_t next = 0;
  auto skipUnits = [&] {
    while (next < source.getRank() && source.getDimSize(next) == 1) {
      ++next;
    }
  };
  for (int64_t extent : result.getShape()) {
    if (extent == 1) {
      from.push_back(-1);
      continue;
    }
    skipUnits();
    if (next == source.getRank() || source.getDimSize(next) != extent) {
      return std::nullopt;
    }
    from.push_back(next++);
  }
  return from;
}

static IntegerFacts factsOfArgument(BlockArgument argument,
                                    AccessAnalysis &analysis) {
  IntegerFacts facts = unknown(argument.getType());
  Operation *parent = argument.getOwner()->getParentOp();
  if (auto kernel = dyn_cast<KernelOp>(parent)) {
    if (auto divisor = kernel.getArgAttrOfType<IntegerAttr>(
            argument.getArgNumber(), divisibleAttr)) {
      facts.divisor = powerOfTwoDivisor(divisor.getInt());
    }
  } else if (auto loop = dyn_cast<scf::ForOp>(parent)) {
    if (argument == loop.getInductionVar()) {
      facts.divisor = std::min(analysis.facts(loop.getLowerBound()).divisor,
                               analysis.facts(loop.getStep()).divisor);
    }
  }
  return facts;
}

IntegerFacts AccessAnalysis::compute(Value value) {
  Type type = value.getType();
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    return factsOfArgument(argument, *this);
  }
  Operation *op = value.getDefiningOp();
  DenseIntElementsAttr elements;
  APInt constant;
  if (matchPattern(value, m_Constant(&elements)) && elements.isSplat()) {
    return uniform(type, powerOfTwoDivisor(
                             elements.getSplatValue<APInt>().getSExtValue()));
  }
  if (matchPattern(value, m_ConstantInt(&constant))) {
    return uniform(type, powerOfTwoDivisor(constant.getSExtValue()));
  }
  return TypeSwitch<Operation *, IntegerFacts>(op)
      .Case([&](RangeOp range) {
        IntegerFacts facts = unknown(type);
        facts.divisor = largestDivisor;
        facts.contiguity[0] = cast<ShapedType>(type).getDimSize(0);
        return facts;
      })
      .Case([&](SplatOp splat) {
        return uniform(type, facts(splat.getScalar()).divisor);
      })
      .Case([&](BroadcastOp broadcast) {
        IntegerFacts result = facts(broadcast.getSource());
        auto source = cast<ShapedType>(broadcast.getSource().getType());
        for (auto [axis, extent] :
             llvm::enumerate(cast<ShapedType>(type).getShape())) {
          if (source.getDimSize(axis) != extent) {
            result.constancy[axis] = extent;
          }
        }
        return result;
      })
      .Case([&](ReshapeOp reshape) {
        std::optional<SmallVector<int64_t>> from = unitAxes(reshape);
        return from ? mapAxes(facts(reshape.getSource()), *from)
                    : unknown(type);
      })
      .Case([&](PermuteOp permute) {
        return mapAxes(facts(permute.getSource()), permute.getOrder());
      })
      .Case<arith::ExtSIOp, arith::ExtUIOp, arith::TruncIOp,
            arith::IndexCastOp>(
          [&](Operation *cast) { return facts(cast->getOperand(0)); })
      .Case([&](arith::AddIOp add) {
        return addFacts(facts(add.getLhs()), facts(add.getRhs()), false);
      })
      .Case([&](arith::SubIOp sub) {
        return addFacts(facts(sub.getLhs()), facts(sub.getRhs()), true);
      })
      .Case([&](arith::MulIOp mul) {
        return multiplyFacts(facts(mul.getLhs()), facts(mul.getRhs()));
      })
      .Case<arith::MinSIOp, arith::MaxSIOp, arith::MinUIOp, arith::MaxUIOp>(
          [&](Operation *op) {
            return eitherFacts(facts(op->getOperand(0)),
                               facts(op->getOperand(1)));
          })
      .Case([&](arith::SelectOp select) {
        IntegerFacts either = eitherFacts(facts(select.getTrueValue()),
                                          facts(select.getFalseValue()));
        if (isTile(select.getCondition().getType())) {
          either.constancy.assign(either.constancy.size(), 1);
        }
        return either;
      })
      .Default([&](Operation *) { return unknown(type); });
}

IntegerFacts AccessAnalysis::facts(Value value) {
  auto found = known.find(value);
  if (found == known.end()) {
    // Unknown until computed, should a value depend on itself.
    known[value] = unknown(value.getType());
    IntegerFacts computed = compute(value);
    found = known.find(value);
    found->second = std::move(computed);
  }
  return found->second;
}

/// The array axis whose neighbours lie together in memory; -1 when none does.
static int64_t contiguousAxis(ViewOp view) {
  int64_t rank = view.getType().getRank();
  if (view.getStrides().empty()) {
    return getStorageDigits(rank, view.getBlocks(), view.getOrder())
        .back()
        .axis;
  }
  for (int64_t axis = rank - 1; axis >= 0; --axis) {
    if (matchPattern(view.getStrides()[axis], m_One())) {
      return axis;
    }
  }
  return -1;
}

/// The dimension of an index along which it counts furthest.
static int64_t countingDim(const IntegerFacts &index) {
  return std::max_element(index.contiguity.begin(), index.contiguity.end()) -
         index.contiguity.begin();
}

void AccessAnalysis::listMemorySteps(
    Value array, ValueRange indices, ArrayRef<SmallVector<int64_t>> axes,
    SmallVectorImpl<AccessFacts::MemoryStep> &steps) {
  auto view = array.getDefiningOp<ViewOp>();
  if (!view || !view.getStrides().empty()) {
    return;
  }
  SmallVector<StorageDigit> digits =
      getStorageDigits(indices.size(), view.getBlocks(), view.getOrder());
  for (const StorageDigit &digit : llvm::reverse(digits)) {
    if (axes[digit.axis].empty()) {
      return;
    }
    const IntegerFacts &index = facts(indices[digit.axis]);
    int64_t best = countingDim(index);
    int64_t run = index.contiguity[best];
    // Positions that begin in the middle of a block cross into the next.
    if (index.divisor % digit.block != 0) {
      return;
    }
    int64_t first = digit.isInside ? 1 : digit.block;
    int64_t end = digit.isInside ? std::min(run, digit.block) : run;
    for (int64_t step = first; step < end; step *= 2) {
      steps.push_back({axes[digit.axis][best], step});
    }
    if (!digit.isInside || run < digit.block) {
      return; // What comes next lies at an unknown distance.
    }
  }
}

AccessFacts AccessAnalysis::analyze(Value array, ValueRange indices,
                                    ArrayRef<int64_t> order) {
  AccessFacts result;
  SmallVector<SmallVector<int64_t>> axes = getIndexAxes(indices, order);
  for (ArrayRef<int64_t> ofIndex : llvm::reverse(axes)) {
    llvm::append_range(result.axisOrder, llvm::reverse(ofIndex));
  }
  auto view = array.getDefiningOp<ViewOp>();
  auto shared = array.getDefiningOp<SharedArrayOp>();
  int64_t fast = view     ? contiguousAxis(view)
                 : shared ? int64_t(shared.getShape().size()) - 1
                          : -1;
  if (fast < 0 || axes[fast].empty()) {
    result.limit = AccessLimit::NoContiguousAxis;
    return result;
  }

  // The tile axis with the longest run of consecutive positions goes first.
  const IntegerFacts index = facts(indices[fast]);
  int64_t best = countingDim(index);
  int64_t tileAxis = axes[fast][best];
  result.axisOrder.erase(llvm::find(result.axisOrder, tileAxis));
  result.axisOrder.insert(result.axisOrder.begin(), tileAxis);

  // Group starts, bounds and the steps of all other axes must be aligned.
  int64_t elementBytes = llvm::divideCeil(
      cast<ArrayType>(array.getType()).getElementType().getIntOrFloatBitWidth(),
      8);
  int64_t elements = std::max<int64_t>(baseAlignment / elementBytes, 1);
  elements = std::min(
      elements, cast<ShapedType>(indices[fast].getType()).getDimSize(best));
  auto limit = [&](int64_t most, AccessLimit reason, Value limiter) {
    if (most < elements) {
      elements = most;
      result.limit = reason;
      result.limiter = limiter;
    }
  };
  limit(index.contiguity[best], AccessLimit::Gather, indices[fast]);
  limit(index.divisor, AccessLimit::Start, indices[fast]);
  if (shared) {
    limit(powerOfTwoDivisor(shared.getShape()[fast]), AccessLimit::Extent, {});
  } else if (!view.getBlocks().empty() && view.getBlocks()[fast] > 1) {
    limit(view.getBlocks()[fast], AccessLimit::Block, {});
  } else {
    limit(facts(view.getExtents()[fast]).divisor, AccessLimit::Extent,
          view.getExtents()[fast]);
    for (Value stride : view.getStrides()) {
      if (!matchPattern(stride, m_One())) {
        limit(facts(stride).divisor, AccessLimit::Stride, stride);
      }
    }
  }
  result.elements = std::max<int64_t>(elements, 1);
  listMemorySteps(array, indices, axes, result.memorySteps);
  return result;
}

int64_t moesaic::tile::accessWidth(const AccessFacts &facts,
                                   LayoutAttr layout) {
  return std::min({facts.elements,
                   contiguousElements(layout.getMap(), facts.axisOrder.front()),
                   static_cast<int64_t>(layout.getFragment())});
}
