//===- EmitCalls.cpp - calls of functions, which are inlined --------------===//

#include "Frontend/Builtins.h"
#include "Frontend/Emitter.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace llvm;
using namespace mlir;
using namespace moesaic::frontend;

bool Emitter::matchArguments(const CallExpr &call, ArrayRef<StringRef> names,
                             SmallVectorImpl<const Expr *> &values) {
  values.assign(names.size(), nullptr);
  for (auto [index, argument] : enumerate(call.arguments)) {
    size_t position = index;
    if (argument.name) {
      position = find(names, argument.name.text) - names.begin();
      if (position == names.size()) {
        Diagnostics::Report error =
            diagnostics.error(argument.name, Diag::UnknownArgument,
                              call.callee.text, argument.name.text);
        StringRef close = suggest(argument.name.text, names);
        if (!close.empty()) {
          error.help("did you mean '" + close + "'?");
        }
        return false;
      }
    } else if (index >= names.size()) {
      diagnostics.error(*argument.value, Diag::ArgumentCount, call.callee.text,
                        count(names.size(), "argument"), call.arguments.size());
      return false;
    }
    if (values[position]) {
      diagnostics.error(*argument.value, Diag::RepeatedArgument,
                        names[position]);
      return false;
    }
    values[position] = argument.value;
  }
  return true;
}

std::optional<ParameterValues> Emitter::bindParameters(const Routine &routine,
                                                       const CallExpr &call) {
  SmallVector<std::pair<Argument, Datum>> given;
  for (const Argument &argument : call.parameters) {
    given.push_back({argument, evaluate(*argument.value)});
    if (given.back().second.isError()) {
      return std::nullopt;
    }
  }
  return session.bindParameters(routine, given, call);
}

/// Checks `operand` against a declared type; a constant for a scalar type
/// becomes a value of it.
bool Emitter::checkType(const TypeSyntax &type, Operand &operand,
                        const Twine &what) {
  Datum &datum = operand.datum;
  auto mismatch = [&](const Twine &expected) {
    diagnostics
        .error(operand.place, Diag::ArgumentType, what.str(), expected.str(),
               describe(datum))
        .note(type, "the type is declared here");
    return false;
  };
  if (type.kind == TypeSyntax::Kind::Tuple) {
    if (!datum.isTuple() || datum.getMembers().size() != type.members.size()) {
      return mismatch("a tuple of " + Twine(type.members.size()));
    }
    std::vector<Datum> members;
    for (auto [member, memberType] : zip(datum.getMembers(), type.members)) {
      Operand part{member, operand.place};
      if (!checkType(*memberType, part, what)) {
        return false;
      }
      members.push_back(part.datum);
    }
    datum = Datum::ofTuple(std::move(members));
    return true;
  }
  Type element = evaluateType(*type.element);
  if (!element) {
    return false;
  }
  std::string elementName = getTypeName(element);
  switch (type.kind) {
  case TypeSyntax::Kind::Scalar:
    if (!datum.isScalar() ||
        (datum.isRuntime() && datum.getElementType() != element)) {
      return mismatch("a scalar of " + elementName);
    }
    datum = Datum::ofValue(materialize(operand, element, {}));
    return !datum.isError();
  case TypeSyntax::Kind::Array: {
    if (!datum.isArray() || datum.getArray().element != element ||
        datum.getArray().extents.size() != type.extents.size()) {
      return mismatch("an array of " + elementName + " with " +
                      count(type.extents.size(), "axis"));
    }
    std::optional<Storage> storage =
        evaluateStorage(type.blocks, type.order, type.extents.size());
    if (!storage) {
      return false;
    }
    bool saysStorage = type.blocks || type.order;
    if (saysStorage && !(*storage == datum.getArray().storage)) {
      diagnostics
          .error(operand.place, Diag::StorageMismatch, what.str(),
                 describe(*storage), describe(datum.getArray().storage))
          .note(type, "the type is declared here");
      return false;
    }
    // Names of extents stand for those of the array that is passed.
    for (auto [expr, extent] : zip(type.extents, datum.getArray().extents)) {
      auto *name = dyn_cast<NameExpr>(expr);
      if (name && !scope->find(name->name)) {
        bind({name->name, name->loc}, extent);
      }
    }
    return true;
  }
  case TypeSyntax::Kind::Tile: {
    SmallVector<int64_t> shape;
    for (const Expr *expr : type.extents) {
      std::optional<int64_t> extent = evaluateInt(*expr, "an extent of a tile");
      if (!extent) {
        return false;
      }
      shape.push_back(*extent);
    }
    if (!datum.isTile() || datum.getElementType() != element ||
        datum.getShape() != ArrayRef<int64_t>(shape)) {
      return mismatch("a tile of " + elementName + " " + formatShape(shape));
    }
    return true;
  }
  case TypeSyntax::Kind::Tuple:
    break;
  }
  return true;
}

Datum Emitter::emitCall(const CallExpr &call) {
  StringRef name = call.callee.text;
  if (const Builtin *builtin = findBuiltin(name)) {
    Type type;
    if (builtin->takesType) {
      if (call.parameters.size() != 1) {
        diagnostics.error(call, Diag::MissingType, name)
            .help("write `" + name + "<f32>(...)`");
        return {};
      }
      if (!(type = evaluateType(*call.parameters.front().value))) {
        return {};
      }
    } else if (!call.parameters.empty()) {
      diagnostics.error(call, Diag::NoParameters, name);
      return {};
    }
    StringRef signature = builtin->arguments;
    bool isVariadic = signature.consume_back("...");
    auto [required, optional] = signature.split('[');
    SmallVector<StringRef> names;
    required.split(names, ' ', -1, /*KeepEmpty=*/false);
    size_t requiredCount = names.size();
    optional.split(names, ' ', -1, /*KeepEmpty=*/false);
    SmallVector<const Expr *> values;
    if (isVariadic) {
      for (const Argument &argument : call.arguments) {
        if (argument.name) {
          diagnostics.error(argument.name, Diag::UnknownArgument, name,
                            argument.name.text);
          return {};
        }
        values.push_back(argument.value);
      }
      values.resize(std::max(values.size(), requiredCount));
    } else if (!matchArguments(call, names, values)) {
      return {};
    }
    for (size_t i = 0; i < requiredCount; ++i) {
      if (!values[i]) {
        diagnostics.error(call, Diag::MissingArgument, name, names[i]);
        return {};
      }
    }
    return builtin->emit({*this, call, values, type});
  }
  const Routine *routine = session.getProgram().find(name);
  if (routine && routine->kind == Routine::Kind::Function) {
    return inlineCall(*routine, call);
  }
  if (routine) {
    Diagnostics::Report error = diagnostics.error(
        call, Diag::NotCallable, getSpelling(routine->kind), name);
    if (routine->kind == Routine::Kind::Kernel) {
      error.help("launch it from an entry: `launch " + name + "(...);`");
    }
    return {};
  }
  std::vector<StringRef> names = session.getProgram().getNames();
  llvm::append_range(names, getBuiltinNames());
  Diagnostics::Report error =
      diagnostics.error(call.callee, Diag::UnknownFunction, name);
  StringRef close = suggest(name, names);
  if (!close.empty()) {
    error.help("did you mean '" + close + "'?");
  }
  return {};
}

Datum Emitter::inlineCall(const Routine &callee, const CallExpr &call) {
  constexpr unsigned maxCalls = 32;
  if (is_contained(callStack, &callee) || callStack.size() > maxCalls) {
    diagnostics.error(call, Diag::Recursion, callee.name.text)
        .note(callee, "'" + callee.name.text + "' is declared here");
    return {};
  }
  std::optional<ParameterValues> parameters = bindParameters(callee, call);
  SmallVector<StringRef> names;
  for (const ArgumentDecl &argument : callee.arguments) {
    names.push_back(argument.name.text);
  }
  SmallVector<const Expr *> values;
  if (!parameters || !matchArguments(call, names, values)) {
    return {};
  }
  std::vector<Operand> arguments;
  std::vector<const Expr *> conditions;
  for (auto [value, argument] : zip(values, callee.arguments)) {
    if (!value) {
      diagnostics
          .error(call, Diag::MissingArgument, callee.name.text,
                 argument.name.text)
          .note(argument.name, "the argument is declared here");
      return {};
    }
    // What is absent here is absent there.
    Binding *absent = findAbsent(*value);
    conditions.push_back(absent ? absent->condition : nullptr);
    arguments.push_back({absent ? Datum::absent() : evaluate(*value), *value});
    if (arguments.back().datum.isError()) {
      return {};
    }
  }

  // The body sees its own names only.
  Scope inner(nullptr);
  SaveAndRestore enter(scope, &inner);
  SaveAndRestore types(resultType,
                       static_cast<const TypeSyntax *>(callee.result));
  callStack.push_back(&callee);
  Diagnostics::Frame frame(diagnostics, call,
                           "in '" + callee.name.text.str() + "' called here");
  for (auto &[name, value] : *parameters) {
    bind(name, value);
  }
  bool isRight = true;
  for (auto [declaration, argument, condition] :
       zip(callee.arguments, arguments, conditions)) {
    if (declaration.type && !argument.datum.isAbsent()) {
      isRight &= checkType(*declaration.type, argument,
                           "argument '" + declaration.name.text + "'");
    }
    bind(declaration.name, argument.datum);
    if (Binding *binding = scope->find(declaration.name.text)) {
      binding->condition = condition;
    }
  }
  Outcome outcome;
  if (isRight) {
    unsigned errors = diagnostics.getErrorCount();
    outcome = run(callee.body);
    if (callee.result && outcome.value.isNothing() &&
        diagnostics.getErrorCount() == errors) {
      diagnostics.error(callee, Diag::MissingReturn, callee.name.text);
      outcome.value = {};
    }
  }
  callStack.pop_back();
  return isRight ? outcome.value : Datum();
}
