//===- EmitKernel.cpp - kernels and entries as a whole --------------------===//

#include "Frontend/Emitter.h"
#include "dialects/Tile/IR/Tile.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;
using namespace mlir;
using namespace moesaic;
using namespace moesaic::frontend;

//===----------------------------------------------------------------------===//
// Signatures
//===----------------------------------------------------------------------===//

static bool isArray(const ArgumentDecl &argument) {
  return argument.type->kind == TypeSyntax::Kind::Array;
}

SmallVector<Type> Session::getArgumentTypes(const Instance &instance) {
  SmallVector<Type> types;
  for (auto &[argument, element] : instance.arguments) {
    types.push_back(isArray(*argument)
                        ? Type(tile::PointerType::get(&context, element))
                        : element);
  }
  types.append(instance.extents.size(), builder.getI32Type());
  types.append(instance.strides.size(), builder.getI64Type());
  return types;
}

int64_t Session::getDivisor(const Instance &instance, StringRef name) {
  int64_t divisor = 1;
  Scope scope(nullptr);
  Emitter emitter(*this, Mode::Constant, scope);
  for (auto &[parameter, value] : instance.parameters) {
    scope.names[parameter.text] = {value, parameter.loc};
  }
  for (const Expr *condition : instance.routine->conditions) {
    auto *equal = dyn_cast<BinaryExpr>(condition);
    auto *zero = equal && equal->op == BinaryOp::Eq
                     ? dyn_cast<IntegerExpr>(equal->rhs)
                     : nullptr;
    auto *remainder =
        zero && zero->value == 0 ? dyn_cast<BinaryExpr>(equal->lhs) : nullptr;
    if (!remainder || remainder->op != BinaryOp::Rem) {
      continue;
    }
    auto *dividend = dyn_cast<NameExpr>(remainder->lhs);
    // Only constants and parameters: another divisor proves nothing.
    bool isConstant = true;
    forEachName(remainder->rhs, [&](const NameExpr &part) {
      isConstant &= scope.find(part.name) != nullptr;
    });
    if (!dividend || dividend->name != name || !isConstant) {
      continue;
    }
    Datum value = emitter.evaluate(*remainder->rhs);
    if (value.isInt() && value.getInt() > 0) {
      divisor = std::max(divisor, value.getInt() & -value.getInt());
    }
  }
  return divisor;
}

int64_t Session::getBlock(const Instance &instance, StringRef name) {
  int64_t block = 1;
  Scope scope(nullptr);
  Emitter emitter(*this, Mode::Constant, scope);
  for (auto &[parameter, value] : instance.parameters) {
    scope.names[parameter.text] = {value, parameter.loc};
  }
  for (auto &[argument, element] : instance.arguments) {
    const ListExpr *blocks = argument->type->blocks;
    if (!blocks) {
      continue;
    }
    for (auto [extent, expr] : zip(argument->type->extents, blocks->elements)) {
      auto *extentName = dyn_cast<NameExpr>(extent);
      Datum value = extentName && extentName->name == name
                        ? emitter.evaluate(*expr)
                        : Datum();
      if (value.isInt()) {
        block = std::max(block, value.getInt());
      }
    }
  }
  return block;
}

ArrayAttr Session::getArgumentAttrs(const Instance &instance) {
  static constexpr StringLiteral accesses[] = {"in", "out", "inout"};
  SmallVector<Attribute> result;
  auto add = [&](StringRef name, StringRef kind, StringRef value,
                 bool isInteger) {
    NamedAttrList attributes;
    attributes.set(tile::nameAttr, builder.getStringAttr(name));
    attributes.set(kind, builder.getStringAttr(value));
    int64_t divisor = isInteger ? std::max(getDivisor(instance, name),
                                           getBlock(instance, name))
                                : 1;
    if (divisor > 1) {
      attributes.set(tile::divisibleAttr, builder.getI64IntegerAttr(divisor));
    }
    result.push_back(attributes.getDictionary(&context));
  };
  for (auto &[argument, element] : instance.arguments) {
    if (isArray(*argument)) {
      add(argument->name.text, tile::accessAttr,
          accesses[static_cast<unsigned>(argument->type->access)], false);
    } else {
      add(argument->name.text, tile::roleAttr, "scalar", element.isInteger());
    }
  }
  for (const Name &name : instance.extents) {
    add(name.text, tile::roleAttr, "extent", true);
  }
  for (const Name &name : instance.strides) {
    add(name.text, tile::roleAttr, "stride", true);
  }
  return builder.getArrayAttr(result);
}

/// The text of an expression, on one line.
static std::string getSourceText(const Expr &expr) {
  StringRef text(expr.range.Start.getPointer(),
                 expr.range.End.getPointer() - expr.range.Start.getPointer());
  SmallVector<StringRef> words;
  SplitString(text, words);
  return join(words, " ");
}

std::optional<Storage>
Emitter::evaluateStorage(const Expr *blocks, const Expr *order, unsigned rank) {
  Storage storage;
  auto evaluateList = [&](const Expr *list, StringRef what,
                          SmallVector<int64_t> &values) {
    if (!list) {
      return true;
    }
    std::optional<SmallVector<int64_t>> found = evaluateInts(*list, what);
    if (!found) {
      return false;
    }
    if (found->size() != rank) {
      diagnostics.error(*list, Diag::StorageCount, what, rank, found->size());
      return false;
    }
    values = std::move(*found);
    return true;
  };
  if (!evaluateList(blocks, "'blocks'", storage.blocks) ||
      !evaluateList(order, "'order'", storage.order)) {
    return std::nullopt;
  }
  for (int64_t block : storage.blocks) {
    // A block of 2^20 elements is as large as a tile can be.
    if (block < 1 || block > (1 << 20) || !isPowerOf2_64(block)) {
      diagnostics.error(*blocks, Diag::BlockExtent, block);
      return std::nullopt;
    }
  }
  if (!storage.order.empty() && !tile::isPermutation(storage.order, rank)) {
    diagnostics.error(*order, Diag::NotPermutation, rank,
                      formatShape(storage.order));
    return std::nullopt;
  }
  // One way to say each storage, so that equal ones compare equal.
  if (all_of(storage.blocks, [](int64_t block) { return block == 1; })) {
    storage.blocks.clear();
  }
  if (is_sorted(storage.order)) {
    storage.order.clear();
  }
  return storage;
}

void Emitter::requireWholeBlocks(const ArrayValue &array,
                                 ArrayRef<Place> places,
                                 ArrayRef<std::string> texts) {
  for (auto [axis, block] : enumerate(array.storage.blocks)) {
    if (block == 1) {
      continue;
    }
    Operand extent{array.extents[axis], places[axis]};
    Operand divisor{Datum::ofInt(block), places[axis]};
    Operand zero{Datum::ofInt(0), places[axis]};
    Operand rest{emitBinary(BinaryOp::Rem, extent, divisor, places[axis]),
                 places[axis]};
    Datum isWhole = emitBinary(BinaryOp::Eq, rest, zero, places[axis]);
    std::string text = texts[axis] + " % " + std::to_string(block) + " == 0";
    if (isWhole.isBool() && !isWhole.getBool()) {
      diagnostics.error(places[axis], Diag::PartialBlocks, text);
    } else if (isWhole.isRuntime()) {
      tile::RequireOp::create(builder, getLoc(places[axis].loc),
                              isWhole.getValue(), text);
    }
  }
}

/// Binds parameters and arguments in the current scope; describes the shape of
/// each array by the operation that the region asks for.
void Emitter::bindSignature(const Instance &instance, ValueRange values) {
  for (auto &[name, value] : instance.parameters) {
    bind(name, value);
  }
  llvm::DenseSet<const ArgumentDecl *> present;
  for (auto [entry, value] : zip(instance.arguments, values)) {
    present.insert(entry.first);
    if (!isArray(*entry.first)) {
      bind(entry.first->name, Datum::ofValue(value));
    }
  }
  ValueRange names = values.drop_front(instance.arguments.size());
  for (auto [name, value] :
       zip(concat<const Name>(instance.extents, instance.strides), names)) {
    bind(name, Datum::ofValue(value));
  }
  for (const ArgumentDecl &argument : instance.routine->arguments) {
    if (!present.contains(&argument)) {
      bind(argument.name, Datum::absent());
      if (Binding *binding = scope->find(argument.name.text)) {
        binding->condition = argument.condition;
      }
    }
  }

  for (auto [entry, value] : zip(instance.arguments, values)) {
    auto [argument, element] = entry;
    if (!isArray(*argument)) {
      continue;
    }
    const TypeSyntax &type = *argument->type;
    Location loc = getLoc(argument->name.loc);
    auto array = std::make_shared<ArrayValue>();
    array->name = argument->name;
    array->element = element;
    array->access = type.access;
    array->pointer = value;
    SmallVector<Value> extents, strides;
    for (const Expr *expr : type.extents) {
      Datum extent = evaluate(*expr);
      array->extents.push_back(extent);
      extents.push_back(
          toScalar({extent, *expr}, builder.getI32Type(), "an extent"));
    }
    for (const Expr *expr : type.strides) {
      Datum stride = evaluate(*expr);
      array->strides.push_back(stride);
      strides.push_back(
          toScalar({stride, *expr}, builder.getI64Type(), "a stride"));
    }
    if (!all_of(concat<Value>(extents, strides), [](Value v) { return !!v; })) {
      bind(argument->name, Datum());
      continue;
    }
    if (extents.empty()) {
      diagnostics.error(type, Diag::RankZero);
      bind(argument->name, Datum());
      continue;
    }
    std::optional<Storage> storage =
        evaluateStorage(type.blocks, type.order, extents.size());
    if (!storage) {
      bind(argument->name, Datum());
      continue;
    }
    array->storage = *storage;
    if (mode == Mode::Kernel) {
      array->view = tile::ViewOp::create(
          builder, loc,
          tile::ArrayType::get(builder.getContext(), extents.size(), element),
          value, extents, strides, storage->blocks, storage->order);
    } else {
      tile::ShapeOp::create(builder, loc, value, extents, strides,
                            storage->blocks, storage->order);
      SmallVector<Place> places;
      SmallVector<std::string> texts;
      for (const Expr *expr : type.extents) {
        places.push_back(*expr);
        texts.push_back(getSourceText(*expr));
      }
      requireWholeBlocks(*array, places, texts);
    }
    bind(argument->name, Datum::ofArray(array));
  }
}

void Emitter::emitConditions(const Instance &instance) {
  for (const Expr *condition : instance.routine->conditions) {
    Datum datum = evaluateCondition(*condition, "'where'");
    if (datum.isBool() && !datum.getBool()) {
      diagnostics.error(*condition, Diag::ConditionIsFalse,
                        getSpelling(instance.routine->kind), instance.symbol);
    } else if (datum.isRuntime()) {
      tile::RequireOp::create(builder, getLoc(condition->loc), datum.getValue(),
                              getSourceText(*condition));
    }
  }
}

//===----------------------------------------------------------------------===//
// Bodies
//===----------------------------------------------------------------------===//

static void addEntryBlock(Region &region, TypeRange types, Location loc) {
  auto *block = new mlir::Block;
  region.push_back(block);
  block->addArguments(types, SmallVector<Location>(types.size(), loc));
}

/// What the host may want to know of a parameter's value.
static Attribute getAttribute(Builder &builder, const Datum &value) {
  if (value.isInt()) {
    return builder.getI64IntegerAttr(value.getInt());
  }
  if (value.isBool()) {
    return builder.getBoolAttr(value.getBool());
  }
  return value.isFloat() ? Attribute(builder.getF64FloatAttr(value.getFloat()))
                         : builder.getStringAttr(getTypeName(value.getType()));
}

void Session::markExport(Operation *op, const Instance &instance) {
  if (!options.markExports || instance.exports.empty()) {
    return;
  }
  op->setAttr(
      tile::exportsAttr,
      builder.getStrArrayAttr(to_vector_of<StringRef>(instance.exports)));
  NamedAttrList parameters;
  for (auto [parameter, value] :
       zip(instance.routine->parameters, instance.parameters)) {
    parameters.set(parameter.name.text, getAttribute(builder, value.second));
  }
  op->setAttr(tile::parametersAttr, parameters.getDictionary(&context));
}

void Session::emitKernel(const Instance &instance) {
  const Routine &routine = *instance.routine;
  std::optional<Diagnostics::Frame> frame;
  if (instance.launchLoc.isValid()) {
    frame.emplace(diagnostics, instance.launchLoc,
                  "in kernel '" + instance.symbol + "' launched here");
  }
  Location loc = getLoc(routine.loc);
  SmallVector<Type> types = getArgumentTypes(instance);
  auto kernel = tile::KernelOp::create(
      builder, loc, instance.symbol, builder.getFunctionType(types, {}),
      instance.getParameter("WAVES").getInt(), getArgumentAttrs(instance));
  // Zero leaves the choice to the compiler.
  for (auto [parameter, attribute] :
       {std::pair<StringRef, StringRef>("WAVES_PER_EU", "tile.waves_per_eu"),
        {"STAGES", tile::stagesAttr},
        {"SCHED", tile::schedAttr},
        {"DMA", tile::dmaAttr}}) {
    if (int64_t value = instance.getParameter(parameter).getInt()) {
      kernel->setAttr(attribute, builder.getI32IntegerAttr(value));
    }
  }
  markExport(kernel, instance);
  addEntryBlock(kernel.getBody(), types, loc);
  addEntryBlock(kernel.getLaunch(), types, loc);
  unsigned errors = diagnostics.getErrorCount();
  {
    Scope scope(nullptr);
    Emitter emitter(*this, Mode::Launch, scope);
    mlir::Block &block = kernel.getLaunch().front();
    emitter.getBuilder().setInsertionPointToEnd(&block);
    emitter.bindSignature(instance, block.getArguments());
    emitter.emitConditions(instance);
    if (!routine.grid) {
      return;
    }
    Value grid = emitter.evaluateI32(*routine.grid, "'grid'");
    if (!grid) {
      return;
    }
    Location gridLoc = getLoc(routine.grid->loc);
    if (int64_t parts = instance.getParameter("SPLIT_K").getInt(); parts != 1) {
      grid = arith::MulIOp::create(emitter.getBuilder(), gridLoc, grid,
                                   emitter.emitI32(parts, gridLoc));
    }
    tile::GridOp::create(emitter.getBuilder(), gridLoc, grid);
  }
  if (diagnostics.getErrorCount() != errors) {
    return;
  }
  Scope scope(nullptr);
  Emitter emitter(*this, Mode::Kernel, scope);
  mlir::Block &block = kernel.getBody().front();
  emitter.getBuilder().setInsertionPointToEnd(&block);
  emitter.bindSignature(instance, block.getArguments());
  emitter.enterKernel(instance);
  emitter.run(routine.body);
  checkSplit(instance, emitter);
  emitter.getBuilder().setInsertionPointToEnd(&block);
  tile::ReturnOp::create(emitter.getBuilder(), loc);
}

void Session::emitEntry(const Instance &instance) {
  const Routine &routine = *instance.routine;
  Location loc = getLoc(routine.loc);
  SmallVector<Type> types = getArgumentTypes(instance);
  auto function = func::FuncOp::create(builder, loc, instance.symbol,
                                       builder.getFunctionType(types, {}));
  function->setAttr(tile::entryAttr, builder.getUnitAttr());
  function.setArgAttrsAttr(getArgumentAttrs(instance));
  markExport(function, instance);
  addEntryBlock(function.getBody(), types, loc);
  mlir::Block &block = function.getBody().front();

  Scope scope(nullptr);
  Emitter emitter(*this, Mode::Entry, scope);
  emitter.getBuilder().setInsertionPointToEnd(&block);
  emitter.bindSignature(instance, block.getArguments());
  emitter.emitConditions(instance);
  emitter.run(routine.body);
  emitter.getBuilder().setInsertionPointToEnd(&block);
  func::ReturnOp::create(emitter.getBuilder(), loc);
}
