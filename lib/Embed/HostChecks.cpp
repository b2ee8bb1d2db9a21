//===- HostChecks.cpp - what is checked before a launch -------------------===//
//
// In the order of the program: the arrays, which the runtime checks together,
// then the `where` clauses. moe-run checks the same (lib/Run/Runner.cpp).
//
//===----------------------------------------------------------------------===//

#include "Embed/HostBody.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace moesaic;
using namespace moesaic::embed;

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

void HostBody::expandShape(tile::ShapeOp op) {
  unsigned index = 0;
  const Field *field = findField(layout, op->getOperand(0), index);
  if (purpose != Purpose::Check || !field) {
    return;
  }
  Array array{field->name, layout.callee.parameters[index].access, {}};
  array.elementBytes = getElementBytes(op);
  array.alignment = getAlignment(op, array.elementBytes);
  array.rank = op.getExtents().size();
  array.hasStrides = !op.getStrides().empty();
  for (Value value : op->getOperands()) {
    array.values.push_back(builder.extend(value));
  }
  arrays.push_back(std::move(array));
  Operation *next = op->getNextNode();
  while (next && !isa<tile::TileDialect>(next->getDialect())) {
    next = next->getNextNode();
  }
  if (!isa_and_present<tile::ShapeOp>(next)) {
    checkArrays(op);
  }
}

/// Passes what is known of the arrays so far to the runtime, as
/// moesaic_array says. The arrays of an entry may share memory as long as those
/// of each launch do not.
void HostBody::checkArrays(Operation *op) {
  MLIRContext *context = builder.getContext();
  Type i16 = builder.getI16Type();
  auto type = LLVM::LLVMStructType::getLiteral(
      context,
      {builder.pointer, builder.i32, builder.i32, builder.i32, i16, i16});
  auto tableType = LLVM::LLVMArrayType::get(type, arrays.size());
  LLVM::GlobalOp table;
  {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(builder.host.getBody());
    table = LLVM::GlobalOp::create(builder, builder.loc, tableType,
                                   /*isConstant=*/true, LLVM::Linkage::Internal,
                                   function.getName().str() + ".arrays." +
                                       std::to_string(tables++),
                                   Attribute());
    table.setUnnamedAddr(LLVM::UnnamedAddr::Global); // equal ones may merge
    builder.createBlock(&table.getInitializerRegion());
    Value all = LLVM::ZeroOp::create(builder, builder.loc, tableType);
    for (auto [i, array] : llvm::enumerate(arrays)) {
      int64_t access = layout.callee.isEntry || array.access == "in" ? 0
                       : array.access == "out"                       ? 1
                                                                     : 2;
      Value fields[] = {builder.text(array.name),
                        builder.constant(builder.i32, array.rank),
                        builder.constant(builder.i32, array.elementBytes),
                        builder.constant(builder.i32, array.alignment),
                        builder.constant(i16, access),
                        builder.constant(i16, array.hasStrides)};
      for (auto [j, value] : llvm::enumerate(fields)) {
        all = LLVM::InsertValueOp::create(
            builder, builder.loc, all, value,
            ArrayRef<int64_t>{static_cast<int64_t>(i),
                              static_cast<int64_t>(j)});
      }
    }
    LLVM::ReturnOp::create(builder, builder.loc, all);
  }
  size_t count = 0;
  for (const Array &array : arrays) {
    count += array.values.size();
  }
  Value values = builder.stack(8 * count);
  int32_t offset = 0;
  for (const Array &array : arrays) {
    for (Value value : array.values) {
      builder.store(value, values, offset);
      offset += 8;
    }
  }
  Value status = builder.callRuntime(
      "moesaic_check_arrays", builder.i32,
      {builder.text(name), builder.constant(builder.i32, arrays.size()),
       builder.addressOf(table.getSymName()), values});
  builder.returnIfFailed(status, op);
  arrays.clear();
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
