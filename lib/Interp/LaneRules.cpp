//===- LaneRules.cpp - scans, arg-reductions, histograms and ranks --------===//

#include "Interp/Rules.h"
#include "dialects/Tile/IR/Tile.h"
#include <limits>

using namespace mlir;
using namespace moesaic;
using namespace moesaic::interp;
using tile::ReduceKind;

namespace {
/// A tile seen as [outer, extent, inner] around one axis.
struct AxisView {
  size_t outer, extent, inner;

  AxisView(Value source, int64_t axis) {
    ArrayRef<int64_t> shape =
        cast<RankedTensorType>(source.getType()).getShape();
    outer = llvm::product_of(shape.take_front(axis));
    extent = shape[axis];
    inner = llvm::product_of(shape.drop_front(axis + 1));
  }
  /// Calls `visit` with the position of the first element of every line along
  /// the axis; neighbours on a line are `inner` apart.
  template <typename F>
  void forEachLine(F visit) const {
    for (size_t o = 0; o < outer; ++o) {
      for (size_t i = 0; i < inner; ++i) {
        visit(o * extent * inner + i, o * inner + i);
      }
    }
  }
};
} // namespace

template <typename Value>
static Value combine(ReduceKind kind, Value a, Value b) {
  if constexpr (std::is_integral_v<Value>) {
    switch (kind) {
    case ReduceKind::Add:
      return static_cast<uint64_t>(a) + static_cast<uint64_t>(b);
    case ReduceKind::Max:
      return std::max(a, b);
    default:
      return std::min(a, b);
    }
  } else {
    switch (kind) {
    case ReduceKind::Add:
      return a + b;
    case ReduceKind::Max:
      return maxIgnoringNaN(a, b);
    default:
      return minIgnoringNaN(a, b);
    }
  }
}

/// What an exclusive scan begins with.
template <typename Value>
static Value initialValue(ReduceKind kind, Slot slot) {
  if (kind == ReduceKind::Add) {
    return 0;
  }
  bool isMax = kind == ReduceKind::Max;
  if constexpr (std::is_integral_v<Value>) {
    int64_t greatest = std::numeric_limits<int64_t>::max() >>
                       (64 - static_cast<int>(slot.width()));
    return isMax ? -greatest - 1 : greatest;
  } else {
    Value infinity = std::numeric_limits<Value>::infinity();
    return isMax ? -infinity : infinity;
  }
}

/// Calls `function` with a null pointer to the decoded type of a slot.
template <typename F>
static Instruction visitValue(Slot slot, F function) {
  if (isInteger(slot.kind)) {
    return function(static_cast<int64_t *>(nullptr));
  }
  if (slot.kind == ElementKind::F64) {
    return function(static_cast<double *>(nullptr));
  }
  return function(static_cast<float *>(nullptr));
}

/// Running totals are kept unrounded and rounded where they are written.
static Instruction translateScan(Operation *op, Translator &t) {
  auto scan = cast<tile::ScanOp>(op);
  Slot source = t.slot(scan.getSource()), result = t.slot(scan.getResult());
  AxisView view(scan.getSource(), scan.getAxis());
  ReduceKind kind = scan.getKind();
  bool exclusive = scan.getExclusive(), reverse = scan.getReverse();
  return visitValue(source, [&](auto *null) -> Instruction {
    using Value = std::remove_pointer_t<decltype(null)>;
    return [=](Frame &frame) {
      const Value *x = frame.get<Value>(source);
      Value *z = frame.get<Value>(result);
      view.forEachLine([&](size_t first, size_t) {
        std::optional<Value> running;
        if (exclusive) {
          running = initialValue<Value>(kind, source);
        }
        for (size_t n = 0; n < view.extent; ++n) {
          size_t position = reverse ? view.extent - 1 - n : n;
          size_t at = first + position * view.inner;
          Value before = running.value_or(x[at]);
          Value after = running ? combine(kind, *running, x[at]) : x[at];
          if constexpr (std::is_same_v<Value, int64_t>) {
            after = wrap(after, source.width());
          }
          z[at] = exclusive ? before : after;
          running = after;
        }
      });
      if constexpr (std::is_same_v<Value, float>) {
        roundAll(result.kind, z, result.count);
      }
    };
  });
}

static Instruction translateArgReduce(Operation *op, Translator &t) {
  auto reduce = cast<tile::ArgReduceOp>(op);
  Slot source = t.slot(reduce.getSource()), value = t.slot(reduce.getValue());
  Slot index = t.slot(reduce.getIndex());
  AxisView view(reduce.getSource(), reduce.getAxis());
  ReduceKind kind = reduce.getKind();
  return visitValue(source, [&](auto *null) -> Instruction {
    using Value = std::remove_pointer_t<decltype(null)>;
    return [=](Frame &frame) {
      const Value *x = frame.get<Value>(source);
      view.forEachLine([&](size_t first, size_t line) {
        Value best = x[first];
        for (size_t n = 1; n < view.extent; ++n) {
          best = combine(kind, best, x[first + n * view.inner]);
        }
        size_t position = 0;
        while (position < view.extent &&
               x[first + position * view.inner] != best) {
          ++position;
        }
        frame.get<Value>(value)[line] = best;
        frame.ints(index)[line] = position == view.extent ? 0 : position;
      });
    };
  });
}

static Instruction translateHistogram(Operation *op, Translator &t) {
  auto histogram = cast<tile::HistogramOp>(op);
  return [keys = t.slot(histogram.getKeys()),
          result = t.slot(histogram.getResult())](Frame &frame) {
    int64_t *counts = frame.ints(result);
    std::fill_n(counts, result.count, 0);
    for (size_t i = 0; i < keys.count; ++i) {
      int64_t key = frame.ints(keys)[i];
      if (key >= 0 && key < result.count) {
        ++counts[key];
      }
    }
  };
}

static Instruction translateRank(Operation *op, Translator &t) {
  auto rank = cast<tile::RankOp>(op);
  return [keys = t.slot(rank.getKeys()), ranks = t.slot(rank.getRanks()),
          totals = t.slot(rank.getTotals())](Frame &frame) {
    int64_t *counts = frame.ints(totals);
    std::fill_n(counts, totals.count, 0);
    for (size_t i = 0; i < keys.count; ++i) {
      int64_t key = frame.ints(keys)[i];
      bool counted = key >= 0 && key < totals.count;
      frame.ints(ranks)[i] = counted ? counts[key]++ : 0;
    }
  };
}

void moesaic::interp::addLaneRules(RuleTable &rules) {
  rules["tile.scan"] = translateScan;
  rules["tile.arg_reduce"] = translateArgReduce;
  rules["tile.histogram"] = translateHistogram;
  rules["tile.rank"] = translateRank;
}
