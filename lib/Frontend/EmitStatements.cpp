//===- EmitStatements.cpp - variables and control flow --------------------===//
//
// Variables that a branch or a loop assigns to are its results. A `return`
// inside an `if` moves what follows the `if` into the branches that go on.
//
//===----------------------------------------------------------------------===//

#include "Frontend/Builtins.h"
#include "Frontend/Emitter.h"
#include "dialects/Tile/IR/Tile.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace llvm;
using namespace mlir;
using namespace moesaic;
using namespace moesaic::frontend;

/// A workspace is called after the first name it is given.
static void nameArray(const Datum &datum, const Name &name) {
  if (!datum.isArray() || datum.getArray().name) {
    return;
  }
  ArrayValue &array = datum.getArray();
  array.name = name;
  auto op = array.pointer ? array.pointer.getDefiningOp<tile::WorkspaceOp>()
                          : tile::WorkspaceOp();
  if (op) {
    op.setName(name.text);
  }
}

void Emitter::emitLet(const LetStmt &let) {
  Datum datum = evaluate(*let.init);
  if (!let.isTuple) {
    if (datum.isNothing()) {
      diagnostics.error(*let.init, Diag::NoValue);
      datum = {};
    }
    if (let.isVar && !datum.isError()) {
      if (datum.isNumeric()) {
        datum = Datum::ofValue(toRuntime({datum, *let.init}));
      } else {
        diagnostics.error(*let.init, Diag::VariableKind, describe(datum));
        datum = {};
      }
    }
    nameArray(datum, let.names.front());
    bind(let.names.front(), std::move(datum), let.isVar);
    return;
  }
  bool isRight =
      datum.isTuple() && datum.getMembers().size() == let.names.size();
  if (!datum.isError() && !isRight) {
    diagnostics.error(*let.init, Diag::TupleSize, let.names.size(),
                      describe(datum));
  }
  for (auto [index, name] : enumerate(let.names)) {
    Datum member = isRight ? datum.getMembers()[index] : Datum();
    if (let.isVar && member.isConstant()) {
      member = Datum::ofValue(toRuntime({member, *let.init}));
    }
    bind(name, member, let.isVar);
  }
}

void Emitter::emitAssign(const AssignStmt &assign) {
  Operand value{evaluate(*assign.value), *assign.value};
  if (assign.isCompound) {
    Operand old{evaluate(*assign.target), *assign.target};
    value.datum = emitBinary(assign.op, old, value, assign);
  }
  if (auto *name = dyn_cast<NameExpr>(assign.target)) {
    assignVariable(*name, value, assign);
    return;
  }
  auto &index = *cast<IndexExpr>(assign.target);
  auto *base = dyn_cast<NameExpr>(index.base);
  Binding *binding = base ? scope->find(base->name) : nullptr;
  if (binding && binding->datum.isTile()) {
    diagnostics.error(index, Diag::TileElement, base->name)
        .help("compute the whole tile, for example with `select`");
    return;
  }
  emitStore(index, value, assign);
}

void Emitter::assignVariable(const NameExpr &target, Operand value,
                             Place place) {
  Binding *binding = scope->find(target.name);
  if (!binding) {
    evaluateName(target); // Reports the unknown name.
    return;
  }
  if (!binding->isVar) {
    Diagnostics::Report error =
        diagnostics.error(target, Diag::AssignToLet, target.name);
    if (binding->loc.isValid()) {
      error.note(binding->loc, "'" + target.name + "' is declared here");
    }
    error.help("declare it with `var`");
    return;
  }
  const Datum &old = binding->datum;
  if (old.isError() || value.datum.isError()) {
    return;
  }
  Value converted = materialize(value, old.getElementType(), old.getShape());
  if (converted) {
    binding->datum = Datum::ofValue(converted);
  }
}

//===----------------------------------------------------------------------===//
// Blocks
//===----------------------------------------------------------------------===//

void Emitter::runInScope(ArrayRef<Stmt *> statements) {
  runInScope(statements, nullptr);
}

Emitter::Outcome Emitter::runInScope(ArrayRef<Stmt *> statements,
                                     const Rest *rest) {
  Scope inner(scope);
  SaveAndRestore enter(scope, &inner);
  return run(statements, rest);
}

Datum Emitter::evaluateReturn(const ReturnStmt &statement) {
  if (callStack.empty()) {
    if (statement.value) {
      diagnostics.error(*statement.value, Diag::ReturnFromKernel);
    }
    return Datum::nothing();
  }
  if (!statement.value) {
    return Datum::nothing();
  }
  Operand value{evaluate(*statement.value), *statement.value};
  if (resultType && !value.datum.isError() &&
      !checkType(*resultType, value, "the result")) {
    return {};
  }
  return value.datum;
}

Emitter::Outcome Emitter::run(ArrayRef<Stmt *> statements, const Rest *rest) {
  if (!statements.empty() && !session.mayNest(depth, *statements.front())) {
    return {};
  }
  SaveAndRestore deeper(depth, depth + 2);
  for (auto [index, statement] : enumerate(statements)) {
    if (diagnostics.isFull() || !session.step(*statement)) {
      return {};
    }
    switch (statement->kind) {
    case Stmt::Kind::Let:
      emitLet(*cast<LetStmt>(statement));
      break;
    case Stmt::Kind::Assign:
      emitAssign(*cast<AssignStmt>(statement));
      break;
    case Stmt::Kind::For:
      emitFor(*cast<ForStmt>(statement));
      break;
    case Stmt::Kind::While:
      emitWhile(*cast<WhileStmt>(statement));
      break;
    case Stmt::Kind::If: {
      auto &branch = *cast<IfStmt>(statement);
      Datum condition = evaluateCondition(*branch.condition, "'if'");
      Rest here{statements.drop_front(index + 1), scope, rest};
      if (condition.isError()) {
        break;
      }
      if (condition.isBool()) {
        ArrayRef<Stmt *> taken =
            condition.getBool() ? branch.thenBlock : branch.elseBlock;
        if (branch.mayReturn) {
          return runInScope(taken, &here);
        }
        runInScope(taken);
      } else if (branch.mayReturn) {
        return emitReturningIf(branch, condition.getValue(), here);
      } else {
        emitIf(branch, condition.getValue());
      }
      break;
    }
    case Stmt::Kind::Return: {
      auto &returned = *cast<ReturnStmt>(statement);
      return {true, evaluateReturn(returned), returned.loc};
    }
    case Stmt::Kind::Call: {
      const Expr &expr = *cast<CallStmt>(statement)->call;
      Datum result = evaluate(expr);
      auto *call = dyn_cast<CallExpr>(&expr);
      const Builtin *builtin = call ? findBuiltin(call->callee.text) : nullptr;
      if (!result.isError() && !result.isNothing() &&
          !(builtin && builtin->hasEffect)) {
        diagnostics.error(expr, Diag::UnusedResult);
      }
      break;
    }
    case Stmt::Kind::Launch:
      emitLaunch(*cast<LaunchStmt>(statement));
      break;
    }
  }
  if (!rest) {
    return {};
  }
  // Both branches of an `if` may get here: each declares names of its own.
  Scope copy = *rest->scope;
  SaveAndRestore enter(scope, &copy);
  return run(rest->statements, rest->next);
}

//===----------------------------------------------------------------------===//
// if
//===----------------------------------------------------------------------===//

static void findAssigned(ArrayRef<Stmt *> statements,
                         llvm::SetVector<StringRef> &names) {
  for (Stmt *statement : statements) {
    if (auto *assign = dyn_cast<AssignStmt>(statement)) {
      if (auto *name = dyn_cast<NameExpr>(assign->target)) {
        names.insert(name->name);
      }
    } else if (auto *loop = dyn_cast<ForStmt>(statement)) {
      findAssigned(loop->body, names);
    } else if (auto *loop = dyn_cast<WhileStmt>(statement)) {
      findAssigned(loop->body, names);
    } else if (auto *branch = dyn_cast<IfStmt>(statement)) {
      findAssigned(branch->thenBlock, names);
      findAssigned(branch->elseBlock, names);
    }
  }
}

SmallVector<Binding *> Emitter::findCarried(ArrayRef<const StmtList *> blocks) {
  llvm::SetVector<StringRef> names;
  for (const StmtList *block : blocks) {
    findAssigned(*block, names);
  }
  SmallVector<Binding *> carried;
  for (StringRef name : names) {
    Binding *binding = scope->find(name);
    if (binding && binding->isVar && binding->datum.isRuntime()) {
      carried.push_back(binding);
    }
  }
  return carried;
}

static SmallVector<Value> getValues(ArrayRef<Binding *> bindings) {
  return map_to_vector(bindings,
                       [](Binding *b) { return b->datum.getValue(); });
}

static void setValues(ArrayRef<Binding *> bindings, ValueRange values) {
  for (auto [binding, value] : zip(bindings, values)) {
    binding->datum = Datum::ofValue(value);
  }
}

void Emitter::emitIf(const IfStmt &branch, Value condition) {
  Location loc = getLoc(branch.loc);
  SmallVector<Binding *> carried =
      findCarried({&branch.thenBlock, &branch.elseBlock});
  SmallVector<Value> before = getValues(carried);
  bool needsElse = !branch.elseBlock.empty() || !carried.empty();
  auto op = scf::IfOp::create(builder, loc, ValueRange(before).getTypes(),
                              condition, needsElse);
  auto fill = [&](mlir::Block *block, const StmtList &statements) {
    OpBuilder::InsertionGuard guard(builder);
    bool hasTerminator = !block->empty();
    if (hasTerminator) {
      builder.setInsertionPoint(block->getTerminator());
    } else {
      builder.setInsertionPointToEnd(block);
    }
    runInScope(statements);
    if (!hasTerminator) {
      scf::YieldOp::create(builder, loc, getValues(carried));
    }
    setValues(carried, before);
  };
  fill(op.thenBlock(), branch.thenBlock);
  if (needsElse) {
    fill(op.elseBlock(), branch.elseBlock);
  }
  setValues(carried, op.getResults());
}

/// The values that make up a function's result, for a branch to yield.
static bool flatten(const Datum &datum, SmallVectorImpl<Datum> &parts) {
  if (datum.isTuple()) {
    return all_of(datum.getMembers(),
                  [&](const Datum &member) { return flatten(member, parts); });
  }
  parts.push_back(datum);
  return datum.isNumeric();
}

static Datum unflatten(const Datum &shape, ValueRange &values) {
  if (shape.isTuple()) {
    std::vector<Datum> members;
    for (const Datum &member : shape.getMembers()) {
      members.push_back(unflatten(member, values));
    }
    return Datum::ofTuple(std::move(members));
  }
  Value value = values.front();
  values = values.drop_front();
  return Datum::ofValue(value);
}

Emitter::Outcome Emitter::emitReturningIf(const IfStmt &branch, Value condition,
                                          const Rest &rest) {
  Location loc = getLoc(branch.loc);
  // Both branches run what follows, from the values that variables have now.
  SmallVector<Binding *> variables;
  llvm::DenseSet<Scope *> visited;
  auto collect = [&](Scope *from) {
    for (Scope *s = from; s && visited.insert(s).second; s = s->parent) {
      for (auto &entry : s->names) {
        if (entry.second.isVar && entry.second.datum.isRuntime()) {
          variables.push_back(&entry.second);
        }
      }
    }
  };
  for (const Rest *r = &rest; r; r = r->next) {
    collect(r->scope);
  }
  SmallVector<Value> before = getValues(variables);

  Region regions[2];
  Outcome outcomes[2];
  const StmtList *blocks[2] = {&branch.thenBlock, &branch.elseBlock};
  OpBuilder::InsertPoint ends[2];
  for (int i : {0, 1}) {
    OpBuilder::InsertionGuard guard(builder);
    regions[i].push_back(new mlir::Block);
    builder.setInsertionPointToEnd(&regions[i].front());
    outcomes[i] = runInScope(*blocks[i], &rest);
    ends[i] = builder.saveInsertionPoint();
    setValues(variables, before);
  }

  // Bring what the branches return to common types.
  SmallVector<Datum> parts[2];
  SmallVector<Type> types;
  Outcome result{true, outcomes[0].value, outcomes[0].loc};
  if (outcomes[0].value.isError() || outcomes[1].value.isError()) {
    result.value = {};
    return result;
  }
  bool haveValues =
      !outcomes[0].value.isNothing() || !outcomes[1].value.isNothing();
  if (haveValues) {
    Place place = outcomes[0].value.isNothing() || !outcomes[0].returned
                      ? Place(branch)
                      : Place(outcomes[0].loc);
    bool areAlike = flatten(outcomes[0].value, parts[0]) &&
                    flatten(outcomes[1].value, parts[1]) &&
                    parts[0].size() == parts[1].size();
    for (size_t i = 0; areAlike && i < parts[0].size(); ++i) {
      const Datum &a = parts[0][i], &b = parts[1][i];
      Type element = a.isRuntime() ? a.getElementType() : b.getElementType();
      if (!element) {
        element = getDefaultType(a.isFloat() ? a : b);
      }
      ArrayRef<int64_t> shape = a.isTile() ? a.getShape() : b.getShape();
      areAlike = (!a.isTile() || !b.isTile() || a.getShape() == b.getShape()) &&
                 (!a.isRuntime() || a.getElementType() == element) &&
                 (!b.isRuntime() || b.getElementType() == element);
      types.push_back(shape.empty() ? element
                                    : RankedTensorType::get(shape, element));
    }
    if (!areAlike) {
      Diagnostics::Report error = diagnostics.error(
          place, Diag::DifferentResults, describe(outcomes[0].value),
          describe(outcomes[1].value));
      if (outcomes[1].loc.isValid()) {
        error.note(outcomes[1].loc, "the other result is here");
      }
      result.value = {};
      return result;
    }
  }
  for (int i : {0, 1}) {
    OpBuilder::InsertionGuard guard(builder);
    builder.restoreInsertionPoint(ends[i]);
    SmallVector<Value> yielded;
    for (auto [part, type] : zip(parts[i], types)) {
      auto tile = dyn_cast<RankedTensorType>(type);
      Value value =
          materialize({part, outcomes[i].loc}, getElementTypeOrSelf(type),
                      tile ? tile.getShape() : ArrayRef<int64_t>());
      if (!value) {
        result.value = {};
        return result;
      }
      yielded.push_back(value);
    }
    scf::YieldOp::create(builder, loc, yielded);
  }
  auto op = scf::IfOp::create(builder, loc, types, condition,
                              /*addThenBlock=*/false, /*addElseBlock=*/false);
  op.getThenRegion().takeBody(regions[0]);
  op.getElseRegion().takeBody(regions[1]);
  ValueRange results = op.getResults();
  if (haveValues) {
    result.value = unflatten(result.value, results);
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

void Emitter::emitFor(const ForStmt &loop) {
  if (loop.isStatic) {
    emitStaticFor(loop);
    return;
  }
  if (!require(Mode::Kernel, loop, "a loop")) {
    return;
  }
  Location loc = getLoc(loop.loc);
  Value first = evaluateI32(*loop.first, "the start of a loop");
  Value last = evaluateI32(*loop.last, "the end of a loop");
  Datum stepDatum = loop.step ? evaluate(*loop.step) : Datum::ofInt(1);
  Place stepPlace = loop.step ? Place(*loop.step) : Place(loop);
  if (stepDatum.isInt() && stepDatum.getInt() <= 0) {
    diagnostics.error(stepPlace, Diag::StepNotPositive, stepDatum.getInt());
    return;
  }
  Value step = toScalar({stepDatum, stepPlace}, builder.getI32Type(), "a step");
  if (!first || !last || !step) {
    return;
  }
  SmallVector<Binding *> carried = findCarried({&loop.body});
  auto op =
      scf::ForOp::create(builder, loc, first, last, step, getValues(carried));
  {
    OpBuilder::InsertionGuard guard(builder);
    mlir::Block *body = op.getBody();
    if (carried.empty()) {
      builder.setInsertionPoint(body->getTerminator());
    } else {
      builder.setInsertionPointToEnd(body);
    }
    setValues(carried, op.getRegionIterArgs());
    Scope inner(scope);
    SaveAndRestore enter(scope, &inner);
    bind(loop.variable, Datum::ofValue(op.getInductionVar()));
    runInScope(loop.body);
    if (!carried.empty()) {
      scf::YieldOp::create(builder, loc, getValues(carried));
    }
  }
  setValues(carried, op.getResults());
}

void Emitter::emitStaticFor(const ForStmt &loop) {
  std::optional<int64_t> first = evaluateInt(*loop.first, "'static for'");
  std::optional<int64_t> last = evaluateInt(*loop.last, "'static for'");
  std::optional<int64_t> step =
      loop.step ? evaluateInt(*loop.step, "'static for'") : 1;
  if (!first || !last || !step) {
    return;
  }
  if (*step <= 0) {
    diagnostics.error(*loop.step, Diag::StepNotPositive, *step);
    return;
  }
  unsigned errors = diagnostics.getErrorCount();
  for (int64_t i = *first; i < *last;) {
    if (!session.step(loop) || diagnostics.getErrorCount() != errors) {
      return;
    }
    Scope inner(scope);
    SaveAndRestore enter(scope, &inner);
    bind(loop.variable, Datum::ofInt(i));
    runInScope(loop.body);
    if (AddOverflow(i, *step, i)) {
      return;
    }
  }
}

void Emitter::emitWhile(const WhileStmt &loop) {
  if (!require(Mode::Kernel, loop, "a loop")) {
    return;
  }
  Location loc = getLoc(loop.loc);
  SmallVector<Binding *> carried = findCarried({&loop.body});
  SmallVector<Value> before = getValues(carried);
  ValueRange initial(before);
  SmallVector<Location> locs(carried.size(), loc);
  auto op = scf::WhileOp::create(builder, loc, initial.getTypes(), initial);
  {
    OpBuilder::InsertionGuard guard(builder);
    mlir::Block *block =
        builder.createBlock(&op.getBefore(), {}, initial.getTypes(), locs);
    setValues(carried, block->getArguments());
    Datum condition = evaluateCondition(*loop.condition, "'while'");
    Value value = condition.isError()
                      ? Value()
                      : toScalar({condition, *loop.condition},
                                 builder.getI1Type(), "a condition");
    if (!value) {
      setValues(carried, before);
      return;
    }
    scf::ConditionOp::create(builder, loc, value, block->getArguments());
    block = builder.createBlock(&op.getAfter(), {}, initial.getTypes(), locs);
    setValues(carried, block->getArguments());
    runInScope(loop.body);
    scf::YieldOp::create(builder, loc, getValues(carried));
  }
  setValues(carried, op.getResults());
}
