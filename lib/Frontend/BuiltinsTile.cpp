//===- BuiltinsTile.cpp - builtins that make and reshape tiles ------------===//

#include "Frontend/Builtins.h"
#include "Frontend/Emitter.h"
#include "dialects/Tile/IR/Tile.h"

using namespace llvm;
using namespace mlir;
using namespace moesaic;
using namespace moesaic::frontend;

using Operand = Emitter::Operand;

static Location locOf(const BuiltinCall &b) {
  return b.emitter.getLoc(b.call.loc);
}

Datum moesaic::frontend::evaluateTile(const BuiltinCall &b, unsigned index) {
  Datum datum = b.emitter.evaluate(*b.arguments[index]);
  if (!datum.isError() && !datum.isTile()) {
    b.emitter.getDiagnostics().error(*b.arguments[index], Diag::ExpectedTile,
                                     b.call.callee.text, describe(datum));
    return {};
  }
  return datum;
}

std::optional<int64_t> moesaic::frontend::evaluateAxis(const BuiltinCall &b,
                                                       unsigned index,
                                                       int64_t rank) {
  std::optional<int64_t> given =
      b.emitter.evaluateInt(*b.arguments[index], "'axis'");
  if (!given) {
    return std::nullopt;
  }
  int64_t axis = *given < 0 ? *given + rank : *given;
  if (axis < 0 || axis >= rank) {
    b.emitter.getDiagnostics().error(*b.arguments[index], Diag::AxisRange,
                                     -rank, rank - 1, *given);
    return std::nullopt;
  }
  return axis;
}

/// range(last) or range(first, last): first, first + 1, ...
static Datum emitRange(const BuiltinCall &b) {
  if (!b.emitter.require(Mode::Kernel, b.call, "'range'")) {
    return {};
  }
  std::optional<int64_t> first =
      b.emitter.evaluateInt(*b.arguments[0], "'range'");
  std::optional<int64_t> last = first;
  if (b.arguments[1]) {
    last = b.emitter.evaluateInt(*b.arguments[1], "'range'");
  } else {
    first = 0;
  }
  int64_t extent = 0;
  if (!first || !last || SubOverflow(*last, *first, extent)) {
    return {};
  }
  OpBuilder &builder = b.emitter.getBuilder();
  RankedTensorType type =
      b.emitter.getTile({extent}, builder.getI32Type(), b.call);
  if (!type) {
    return {};
  }
  Datum range = Datum::ofValue(tile::RangeOp::create(builder, locOf(b), type));
  return *first == 0
             ? range
             : b.emitter.emitBinary(BinaryOp::Add, {range, b.call},
                                    {Datum::ofInt(*first), *b.arguments[0]},
                                    b.call);
}

static Datum emitFilled(const BuiltinCall &b, ArrayRef<const Expr *> extents,
                        const Operand &value) {
  if (!b.emitter.require(Mode::Kernel, b.call,
                         ("'" + b.call.callee.text + "'").str())) {
    return {};
  }
  SmallVector<int64_t> shape;
  for (const Expr *expr : extents) {
    std::optional<int64_t> extent =
        b.emitter.evaluateInt(*expr, "an extent of a tile");
    if (!extent) {
      return {};
    }
    shape.push_back(*extent);
  }
  if (!b.emitter.getTile(shape, b.type, b.call)) {
    return {};
  }
  return Datum::ofValue(b.emitter.materialize(value, b.type, shape));
}

static Datum emitZeros(const BuiltinCall &b) {
  Datum zero = b.type.isInteger(1) ? Datum::ofBool(false) : Datum::ofInt(0);
  return emitFilled(b, b.arguments, {zero, b.call});
}

/// full<T>(extents..., value)
static Datum emitFull(const BuiltinCall &b) {
  if (b.arguments.size() < 2) {
    b.emitter.getDiagnostics().error(b.call, Diag::MissingArgument, "full",
                                     "value");
    return {};
  }
  const Expr *value = b.arguments.back();
  return emitFilled(b, b.arguments.drop_back(),
                    {b.emitter.evaluate(*value), *value});
}

static Datum emitMma(const BuiltinCall &b) {
  Datum x = evaluateTile(b, 0), y = evaluateTile(b, 1),
        acc = evaluateTile(b, 2);
  if (x.isError() || y.isError() || acc.isError()) {
    return {};
  }
  Diagnostics &diagnostics = b.emitter.getDiagnostics();
  ArrayRef<int64_t> m = x.getShape(), n = y.getShape(), c = acc.getShape();
  if (m.size() != 2 || n.size() != 2 || c.size() != 2 || m[1] != n[0] ||
      m[0] != c[0] || n[1] != c[1]) {
    Diagnostics::Report error =
        diagnostics.error(b.call, Diag::MmaShapes, formatShape(m),
                          formatShape(n), formatShape(c));
    if (m.size() == 2 && n.size() == 2 && m[1] == n[1] && m[1] != n[0]) {
      error.help("transpose the second operand: `mma(a, transpose(b), acc)`");
    }
    return {};
  }
  Type element = x.getElementType();
  if (element != y.getElementType() ||
      !(element.isF16() || element.isBF16() || element.isF32())) {
    diagnostics.error(b.call, Diag::MmaTypes, getTypeName(element),
                      getTypeName(y.getElementType()));
    return {};
  }
  if (!acc.getElementType().isF32()) {
    diagnostics
        .error(*b.arguments[2], Diag::MmaAccumulator,
               getTypeName(acc.getElementType()))
        .help("begin with `zeros<f32>(...)`");
    return {};
  }
  return Datum::ofValue(tile::MmaOp::create(
      b.emitter.getBuilder(), locOf(b), acc.getValue().getType(), x.getValue(),
      y.getValue(), acc.getValue()));
}

static Datum permute(const BuiltinCall &b, const Datum &source,
                     ArrayRef<int64_t> order, Place place) {
  if (!tile::isPermutation(order, source.getShape().size())) {
    b.emitter.getDiagnostics().error(place, Diag::NotPermutation,
                                     source.getShape().size(),
                                     formatShape(order));
    return {};
  }
  SmallVector<int64_t> shape = map_to_vector(
      order, [&](int64_t axis) { return source.getShape()[axis]; });
  return Datum::ofValue(
      tile::PermuteOp::create(b.emitter.getBuilder(), locOf(b),
                              tile::getTileType(shape, source.getElementType()),
                              source.getValue(), order));
}

/// The last two axes exchanged.
static Datum emitTranspose(const BuiltinCall &b) {
  Datum source = evaluateTile(b, 0);
  if (source.isError()) {
    return {};
  }
  int64_t rank = source.getShape().size();
  if (rank < 2) {
    b.emitter.getDiagnostics().error(b.call, Diag::TransposeRank,
                                     describe(source));
    return {};
  }
  SmallVector<int64_t> order = llvm::to_vector(llvm::seq<int64_t>(0, rank));
  std::swap(order[rank - 1], order[rank - 2]);
  return permute(b, source, order, b.call);
}

static Datum emitPermute(const BuiltinCall &b) {
  Datum source = evaluateTile(b, 0);
  std::optional<SmallVector<int64_t>> order =
      b.emitter.evaluateInts(*b.arguments[1], "'order'");
  if (source.isError() || !order) {
    return {};
  }
  return permute(b, source, *order, *b.arguments[1]);
}

/// reshape(tile, [extents]) and, in an entry, reshape(array, [extents]).
static Datum emitReshape(const BuiltinCall &b) {
  Datum source = b.emitter.evaluate(*b.arguments[0]);
  if (source.isArray()) {
    return b.emitter.emitArrayReshape(b.call, source, *b.arguments[1]);
  }
  if (source.isError()) {
    return {};
  }
  Diagnostics &diagnostics = b.emitter.getDiagnostics();
  if (!source.isTile()) {
    diagnostics.error(*b.arguments[0], Diag::ExpectedTile, "reshape",
                      describe(source));
    return {};
  }
  std::optional<SmallVector<int64_t>> shape =
      b.emitter.evaluateInts(*b.arguments[1], "an extent of a tile");
  RankedTensorType type =
      shape ? b.emitter.getTile(*shape, source.getElementType(), b.call)
            : RankedTensorType();
  if (!type) {
    return {};
  }
  int64_t had =
      cast<RankedTensorType>(source.getValue().getType()).getNumElements();
  if (type.getNumElements() != had) {
    diagnostics.error(b.call, Diag::ReshapeCount, formatShape(*shape),
                      type.getNumElements(), formatShape(source.getShape()),
                      had);
    return {};
  }
  return Datum::ofValue(
      b.emitter.emitReshape(source.getValue(), *shape, locOf(b)));
}

/// Reports that the builtin does not take elements of this type.
static bool rejectElement(const BuiltinCall &b, Type element,
                          StringRef wanted) {
  b.emitter.getDiagnostics()
      .error(b.call, Diag::BuiltinType, b.call.callee.text, wanted,
             getTypeName(element))
      .help("convert it: `cast<" + wanted + ">(...)`");
  return false;
}

bool moesaic::frontend::requireNumbers(const BuiltinCall &b, Type element) {
  bool isSmallFloat =
      isa<FloatType>(element) && element.getIntOrFloatBitWidth() == 8;
  return (!element.isInteger(1) && !isSmallFloat) ||
         rejectElement(b, element, isSmallFloat ? "f32" : "i32");
}

/// Along `axis`, counted from the end when negative; over all elements
/// without one.
static Datum reduce(const BuiltinCall &b, tile::ReduceKind kind,
                    bool isLogical) {
  Datum source = evaluateTile(b, 0);
  if (source.isError()) {
    return {};
  }
  Type element = source.getElementType();
  bool isRight = isLogical
                     ? element.isInteger(1) || rejectElement(b, element, "bool")
                     : requireNumbers(b, element);
  if (!isRight) {
    return {};
  }
  OpBuilder &builder = b.emitter.getBuilder();
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
    int64_t count = 1;
    for (int64_t extent : shape) {
      count *= extent;
    }
    shape = {count};
    value = b.emitter.emitReshape(value, shape, locOf(b));
  }
  shape.erase(shape.begin() + axis);
  Type type = shape.empty() ? element : tile::getTileType(shape, element);
  return Datum::ofValue(
      tile::ReduceOp::create(builder, locOf(b), type, kind, value, axis));
}

template <tile::ReduceKind kind, bool isLogical = false>
static Datum emitReduce(const BuiltinCall &b) {
  return reduce(b, kind, isLogical);
}

/// load(array[indices], pad = value, order = [axes])
static Datum emitLoad(const BuiltinCall &b) {
  auto *index = dyn_cast<IndexExpr>(b.arguments[0]);
  if (!index) {
    b.emitter.getDiagnostics()
        .error(*b.arguments[0], Diag::LoadArgument)
        .help("write `load(a[i, j], pad = -1.0)`");
    return {};
  }
  SmallVector<int64_t> order;
  if (b.arguments[2]) {
    std::optional<SmallVector<int64_t>> given =
        b.emitter.evaluateInts(*b.arguments[2], "'order'");
    if (!given) {
      return {};
    }
    order = *given;
  }
  return b.emitter.emitLoad(*index, b.arguments[1], order, b.call);
}

ArrayRef<Builtin> moesaic::frontend::getTileBuiltins() {
  using tile::ReduceKind;
  static constexpr Builtin table[] = {
      {"range", "first [last", false, emitRange},
      {"zeros", "...", true, emitZeros},
      {"full", "...", true, emitFull},
      {"mma", "a b acc", false, emitMma},
      {"transpose", "x", false, emitTranspose},
      {"permute", "x order", false, emitPermute},
      {"reshape", "x shape", false, emitReshape},
      {"sum", "x [axis", false, emitReduce<ReduceKind::Add>},
      {"prod", "x [axis", false, emitReduce<ReduceKind::Mul>},
      {"reduce_max", "x [axis", false, emitReduce<ReduceKind::Max>},
      {"reduce_min", "x [axis", false, emitReduce<ReduceKind::Min>},
      {"any", "x [axis", false, emitReduce<ReduceKind::Or, true>},
      {"all", "x [axis", false, emitReduce<ReduceKind::And, true>},
      {"load", "element [pad order", false, emitLoad},
  };
  return table;
}
