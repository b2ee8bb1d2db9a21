//===- BuiltinsLanes.cpp - scans, arg-reductions, histograms, ranks -------===//

#include "Frontend/Builtins.h"
#include "Frontend/Emitter.h"
#include "dialects/Tile/IR/Tile.h"

using namespace llvm;
using namespace mlir;
using namespace moesaic;
using namespace moesaic::frontend;

static Location locOf(const BuiltinCall &b) {
  return b.emitter.getLoc(b.call.loc);
}

/// Evaluates an argument that must be a constant truth value; false where it is
/// left out.
static std::optional<bool> evaluateFlag(const BuiltinCall &b, unsigned index,
                                        StringRef what) {
  if (!b.arguments[index]) {
    return false;
  }
  const Expr &expr = *b.arguments[index];
  Datum datum = b.emitter.evaluateCondition(expr, what);
  if (datum.isBool()) {
    return datum.getBool();
  }
  if (!datum.isError()) {
    b.emitter.getDiagnostics().error(expr, Diag::NotConstant, what);
  }
  return std::nullopt;
}

/// cumsum(x, axis = 0, exclusive = false, reverse = false) and its kin
template <tile::ReduceKind kind>
static Datum emitScan(const BuiltinCall &b) {
  Datum source = evaluateTile(b, 0);
  if (source.isError() || !requireNumbers(b, source.getElementType())) {
    return {};
  }
  std::optional<int64_t> axis =
      b.arguments[1] ? evaluateAxis(b, 1, source.getShape().size()) : 0;
  std::optional<bool> exclusive = evaluateFlag(b, 2, "'exclusive'");
  std::optional<bool> reverse = evaluateFlag(b, 3, "'reverse'");
  if (!axis || !exclusive || !reverse) {
    return {};
  }
  return Datum::ofValue(tile::ScanOp::create(
      b.emitter.getBuilder(), locOf(b), source.getValue().getType(), kind,
      source.getValue(), *axis, *exclusive, *reverse, /*scratch=*/Value()));
}

/// Along `axis`; over all elements, in row-major order, without one.
template <tile::ReduceKind kind, bool withValue>
static Datum emitArgReduce(const BuiltinCall &b) {
  Datum source = evaluateTile(b, 0);
  if (source.isError() || !requireNumbers(b, source.getElementType())) {
    return {};
  }
  Value value = source.getValue();
  SmallVector<int64_t> shape(source.getShape());
  int64_t axis = 0;
  if (b.arguments[1]) {
    std::optional<int64_t> given = evaluateAxis(b, 1, shape.size());
    if (!given) {
      return {};
    }
    axis = *given;
  } else {
    shape = {llvm::product_of(shape)};
    value = b.emitter.emitReshape(value, shape, locOf(b));
  }
  shape.erase(shape.begin() + axis);
  OpBuilder &builder = b.emitter.getBuilder();
  auto reduced = [&](Type element) -> Type {
    return shape.empty() ? element : Type(tile::getTileType(shape, element));
  };
  auto reduce = tile::ArgReduceOp::create(
      builder, locOf(b), reduced(source.getElementType()),
      reduced(builder.getI32Type()), kind, value, axis);
  Datum index = Datum::ofValue(reduce.getIndex());
  return withValue ? Datum::ofTuple({Datum::ofValue(reduce.getValue()), index})
                   : index;
}

/// The keys and the type of their counters; nulls on error.
static std::pair<Value, RankedTensorType> evaluateKeys(const BuiltinCall &b) {
  Datum keys = evaluateTile(b, 0);
  std::optional<int64_t> bins =
      b.emitter.evaluateInt(*b.arguments[1], "'bins'");
  if (keys.isError() || !bins) {
    return {};
  }
  OpBuilder &builder = b.emitter.getBuilder();
  if (!keys.getElementType().isInteger(32)) {
    b.emitter.getDiagnostics()
        .error(*b.arguments[0], Diag::BuiltinType, b.call.callee.text, "i32",
               getTypeName(keys.getElementType()))
        .help("convert them: `cast<i32>(...)`");
    return {};
  }
  return {keys.getValue(),
          b.emitter.getTile({*bins}, builder.getI32Type(), *b.arguments[1])};
}

static Datum emitHistogram(const BuiltinCall &b) {
  auto [keys, counters] = evaluateKeys(b);
  return counters ? Datum::ofValue(tile::HistogramOp::create(
                        b.emitter.getBuilder(), locOf(b), counters, keys,
                        /*scratch=*/Value()))
                  : Datum();
}

/// rank(keys, bins): the ranks and the histogram
static Datum emitRank(const BuiltinCall &b) {
  auto [keys, counters] = evaluateKeys(b);
  if (!counters) {
    return {};
  }
  auto rank =
      tile::RankOp::create(b.emitter.getBuilder(), locOf(b), keys.getType(),
                           counters, keys, /*scratch=*/Value());
  return Datum::ofTuple(
      {Datum::ofValue(rank.getRanks()), Datum::ofValue(rank.getTotals())});
}

ArrayRef<Builtin> moesaic::frontend::getLaneBuiltins() {
  using tile::ReduceKind;
  static constexpr Builtin table[] = {
      {"cumsum", "x [axis exclusive reverse", false, emitScan<ReduceKind::Add>},
      {"cummax", "x [axis exclusive reverse", false, emitScan<ReduceKind::Max>},
      {"cummin", "x [axis exclusive reverse", false, emitScan<ReduceKind::Min>},
      {"argmax", "x [axis", false, emitArgReduce<ReduceKind::Max, false>},
      {"argmin", "x [axis", false, emitArgReduce<ReduceKind::Min, false>},
      {"max_with_index", "x [axis", false,
       emitArgReduce<ReduceKind::Max, true>},
      {"min_with_index", "x [axis", false,
       emitArgReduce<ReduceKind::Min, true>},
      {"histogram", "keys bins", false, emitHistogram},
      {"rank", "keys bins", false, emitRank},
  };
  return table;
}
