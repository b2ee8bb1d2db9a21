//===- HostChecks.cpp - what is checked before a launch -------------------===//
//
// In the order of the program: for each array its extents, its size and its
// pointer; then the `where` clauses; then that arrays do not overlap. moe-run
// checks the same on the host that it runs on (lib/Run/Runner.cpp).
//
//===----------------------------------------------------------------------===//

#include "Embed/HostBody.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"
#include "moesaic/embed.h"

using namespace mlir;
using namespace moesaic;
using namespace moesaic::embed;
using Predicate = LLVM::ICmpPredicate;

/// The parameter whose struct field a value was loaded from.
static const Field *findField(const Layout &layout, Value pointer,
                              unsigned &index) {
  auto load = pointer.getDefiningOp<LLVM::LoadOp>();
  auto place = load ? load.getAddr().getDefiningOp<LLVM::GEPOp>() : nullptr;
  if (!place || place.getRawConstantIndices().size() != 1) {
    return nullptr;
  }
  for (auto [i, field] : llvm::enumerate(layout.fields)) {
    if (static_cast<int32_t>(field.offset) ==
        place.getRawConstantIndices()[0]) {
      index = i;
      return &field;
    }
  }
  return nullptr;
}

/// The base is as aligned as `tile.view` promises: 16 bytes, or what all
/// strides but a constant 1 are known to be divisible by.
uint64_t HostBody::getAlignment(tile::ShapeOp op, unsigned elementBytes) {
  uint64_t alignment = 16;
  for (Value stride : op.getStrides()) {
    uint64_t divisor = 1;
    unsigned index = 0;
    APInt constant;
    if (matchPattern(stride, m_ConstantInt(&constant))) {
      uint64_t value = constant.getZExtValue();
      if (value == 1) {
        continue;
      }
      divisor = value ? value & -value : 16;
    } else if (findField(layout, stride, index)) {
      Operation *callee = layout.callee.op;
      IntegerAttr known;
      if (auto kernel = dyn_cast<tile::KernelOp>(callee)) {
        known =
            kernel.getArgAttrOfType<IntegerAttr>(index, tile::divisibleAttr);
      } else {
        known = cast<func::FuncOp>(callee).getArgAttrOfType<IntegerAttr>(
            index, tile::divisibleAttr);
      }
      divisor = known ? known.getInt() : 1;
    }
    alignment = std::min(alignment, divisor * elementBytes);
  }
  return std::max<uint64_t>(alignment, elementBytes);
}

/// Checks the extents; returns whether there are no elements, and from the
/// base on the bytes that a row-major array takes.
Value HostBody::checkElements(tile::ShapeOp op, const Field &field,
                              Value &bytes) {
  Value isEmpty = LLVM::ConstantOp::create(
      builder, builder.loc, builder.getI1Type(), builder.getBoolAttr(false));
  bytes = builder.constant(builder.i64, getElementBytes(op));
  Value zero = builder.constant(builder.i64, 0);
  for (auto [axis, operand] : llvm::enumerate(op.getExtents())) {
    Value extent = builder.extend(operand);
    APInt constant;
    if (!matchPattern(operand, m_ConstantInt(&constant)) ||
        constant.isNegative()) {
      std::string what =
          "axis " + std::to_string(axis) + " of array '" + field.name + "'";
      builder.returnUnless(
          builder.compare(Predicate::sge, extent, zero), op, [&] {
            return builder.callRuntime(
                "moesaic_fail_negative", builder.i32,
                {builder.text(name), builder.text(what), extent});
          });
    }
    isEmpty = builder.bitOr(isEmpty, builder.isZero(extent));
    bytes = builder.multiplySaturating(bytes, extent);
  }
  return isEmpty;
}

/// As run::getSpan: where the bytes of an array begin and end, and its rows.
/// An array that is empty, or goes backwards, takes none.
HostBody::Span HostBody::getSpan(tile::ShapeOp op, unsigned index,
                                 Value isEmpty, Value bytes) {
  const run::Parameter &parameter = layout.callee.parameters[index];
  Value zero = builder.constant(builder.i64, 0);
  Value begin = builder.extend(op->getOperand(0));
  Span span{
      layout.fields[index].name, parameter.access, begin, {}, bytes, bytes};
  Value takesNone = isEmpty;
  if (!op.getStrides().empty()) {
    Value elementBytes = builder.constant(builder.i64, getElementBytes(op));
    Value one = builder.constant(builder.i64, 1);
    Value outerReach = zero;
    bytes = span.rowStride = elementBytes;
    for (auto [count, stride] :
         llvm::reverse(llvm::zip(op.getExtents(), op.getStrides()))) {
      Value extent = builder.extend(count);
      Value step = builder.mul(stride, elementBytes);
      Value reach = builder.mul(builder.sub(extent, one), step);
      bytes = builder.add(bytes, reach);
      Value isOuter =
          builder.bitAnd(builder.compare(Predicate::sgt, extent, one),
                         builder.compare(Predicate::uge, step, span.rowStride));
      span.rowStride = builder.select(isOuter, step, span.rowStride);
      outerReach = builder.select(isOuter, reach, outerReach);
      takesNone = builder.bitOr(takesNone,
                                builder.compare(Predicate::slt, stride, zero));
    }
    span.rowBytes = builder.sub(bytes, outerReach);
  }
  span.begin = builder.select(takesNone, zero, begin);
  span.end = builder.select(takesNone, zero, builder.add(begin, bytes));
  return span;
}

void HostBody::expandShape(tile::ShapeOp op) {
  unsigned index = 0;
  const Field *field = findField(layout, op->getOperand(0), index);
  if (purpose != Purpose::Check || !field) {
    return;
  }
  Value bytes;
  Value isEmpty = checkElements(op, *field, bytes);
  builder.returnUnless(
      builder.bitOr(isEmpty, builder.compare(Predicate::sge, bytes,
                                             builder.constant(builder.i64, 0))),
      op, [&] {
        return builder.callRuntime(
            "moesaic_fail_size", builder.i32,
            {builder.text(name), builder.text(field->name)});
      });
  uint64_t alignment = getAlignment(op, getElementBytes(op));
  Value low = builder.bitAnd(builder.extend(op->getOperand(0)),
                             builder.constant(builder.i64, alignment - 1));
  Value isRight = builder.bitAnd(
      builder.isZero(low),
      builder.compare(Predicate::ne, op->getOperand(0), builder.null()));
  builder.returnUnless(builder.bitOr(isEmpty, isRight), op, [&] {
    return builder.callRuntime("moesaic_fail_pointer", builder.i32,
                               {builder.text(name), builder.text(field->name),
                                op->getOperand(0),
                                builder.constant(builder.i32, alignment)});
  });
  spans.push_back(getSpan(op, index, isEmpty, bytes));
}

/// The two sides of a comparison for equality, as i64.
static std::pair<Value, Value> getSides(HostBuilder &builder,
                                        tile::RequireOp op) {
  auto compare = op.getCondition().getDefiningOp<arith::CmpIOp>();
  if (!op->hasAttr(tile::comparesAttr) || !compare) {
    return {};
  }
  return {builder.extend(compare.getRhs()), builder.extend(compare.getLhs())};
}

void HostBody::expandRequire(tile::RequireOp op) {
  if (purpose != Purpose::Check) {
    return;
  }
  builder.returnUnless(op.getCondition(), op, [&]() -> Value {
    auto [expected, actual] = getSides(builder, op);
    if (expected) {
      return builder.callRuntime("moesaic_fail_extent", builder.i32,
                                 {builder.text(name),
                                  builder.text(op.getMessage()), expected,
                                  actual});
    }
    SmallVector<size_t> named =
        run::getNamedIntegers(op.getMessage(), layout.callee);
    unsigned count = named.size();
    Value names = builder.stack(std::max(8 * count, 8u));
    Value values = builder.stack(std::max(8 * count, 8u));
    for (auto [position, parameter] : llvm::enumerate(named)) {
      const Field &field = layout.fields[parameter];
      builder.store(builder.text(field.name), names, 8 * position);
      Value value =
          builder.load(field.element, function.getArgument(0), field.offset);
      builder.store(builder.extend(value), values, 8 * position);
    }
    return builder.callRuntime(
        "moesaic_fail_requirement", builder.i32,
        {builder.text(name), builder.text(op.getMessage()),
         builder.constant(builder.i32, count), names, values});
  });
}

/// Compares all arrays of a kernel, unless they may share what they like.
void HostBody::checkOverlap(Operation *op) {
  auto all = [&](StringRef access) {
    return llvm::all_of(
        spans, [&](const Span &span) { return span.access == access; });
  };
  if (spans.size() < 2 || all("in") || all("inout")) {
    return;
  }
  Value table = builder.stack(spans.size() * sizeof(moesaic_array));
  for (auto [i, span] : llvm::enumerate(spans)) {
    auto put = [&, base = i * sizeof(moesaic_array)](Value value,
                                                     size_t offset) {
      builder.store(value, table, base + offset);
    };
    int64_t access = span.access == "in" ? 0 : span.access == "out" ? 1 : 2;
    put(builder.text(span.name), offsetof(moesaic_array, name));
    put(span.begin, offsetof(moesaic_array, begin));
    put(span.end, offsetof(moesaic_array, end));
    put(span.rowStride, offsetof(moesaic_array, row_stride));
    put(span.rowBytes, offsetof(moesaic_array, row_bytes));
    put(builder.constant(builder.i32, access), offsetof(moesaic_array, access));
    put(builder.constant(builder.i32, 0), offsetof(moesaic_array, reserved));
  }
  Value status = builder.callRuntime(
      "moesaic_check_overlap", builder.i32,
      {builder.text(name), builder.constant(builder.i32, spans.size()), table});
  builder.returnIfFailed(status, op);
}
