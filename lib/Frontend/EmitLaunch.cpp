//===- EmitLaunch.cpp - launches of kernels from entries ------------------===//
//
// The caller passes arrays and scalars; the kernel's extents and strides
// follow from the arrays. Where an array does not provably have the extents
// that the kernel's signature asks for, the launch requires it at run time.
//
//===----------------------------------------------------------------------===//

#include "Frontend/Emitter.h"
#include "Frontend/Symbolic.h"
#include "dialects/Tile/IR/Tile.h"
#include "llvm/Support/SaveAndRestore.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace mlir;
using namespace moesaic;
using namespace moesaic::frontend;

namespace moesaic::frontend {
class LaunchEmitter {
public:
  LaunchEmitter(Emitter &emitter, const Instance &kernel, const CallExpr &call)
      : emitter(emitter), builder(emitter.builder), kernel(kernel), call(call),
        names(nullptr) {}

  void emit();

private:
  bool evaluateArguments();
  bool isForwardedAbsence(const Argument &argument);
  bool checkArray(const ArgumentDecl &declaration, Type element,
                  const Emitter::Operand &argument);
  void bindNames();
  void checkExtents();
  void checkAlignment(const ArgumentDecl &declaration, const ArrayValue &array,
                      Place place);
  SmallVector<Datum> getStrides(const ArrayValue &array) {
    return emitter.getStrides(array, emitter.getLoc(call.loc));
  }
  /// Names of extents and strides for which `visit` is given the expression
  /// in the kernel's signature and what the array has there.
  template <typename Visit>
  void forEachExtent(Visit visit);

  Emitter &emitter;
  OpBuilder &builder;
  const Instance &kernel;
  const CallExpr &call;
  /// What the kernel's signature may name: parameters, scalars, extents and
  /// strides.
  Scope names;
  /// Where each name got its value, for messages.
  StringMap<std::string> origins;
  std::vector<Emitter::Operand> arguments;
};
} // namespace moesaic::frontend

static std::string toText(const Expr &expr) {
  std::string text;
  raw_string_ostream stream(text);
  print(expr, stream);
  return text;
}

template <typename Visit>
void LaunchEmitter::forEachExtent(Visit visit) {
  for (auto [entry, argument] : zip(kernel.arguments, arguments)) {
    const ArgumentDecl &declaration = *entry.first;
    if (!argument.datum.isArray()) {
      continue;
    }
    const ArrayValue &array = argument.datum.getArray();
    auto where = [&](StringRef what, size_t axis) {
      return (what + " of axis " + Twine(axis) + " of '" +
              declaration.name.text + "'")
          .str();
    };
    for (auto [axis, expr] : enumerate(declaration.type->extents)) {
      visit(*expr, array.extents[axis], builder.getI32Type(), argument.place,
            where("extent", axis));
    }
    if (declaration.type->strides.empty()) {
      continue;
    }
    SmallVector<Datum> strides = getStrides(array);
    for (auto [axis, expr] : enumerate(declaration.type->strides)) {
      visit(*expr, strides[axis], builder.getI64Type(), argument.place,
            where("stride", axis));
    }
  }
}

/// Whether what is absent here is given, by name, to an argument of the kernel
/// that is absent too.
bool LaunchEmitter::isForwardedAbsence(const Argument &argument) {
  StringRef name = argument.name.text;
  auto isNamed = [&](const ArgumentDecl *declaration) {
    return declaration->name.text == name;
  };
  return argument.name && emitter.findAbsent(*argument.value) &&
         any_of(kernel.routine->arguments,
                [&](const ArgumentDecl &declaration) {
                  return isNamed(&declaration);
                }) &&
         none_of(kernel.arguments,
                 [&](const auto &present) { return isNamed(present.first); });
}

/// Matches what the call gives to the arguments that are present; extents may
/// be given by name.
bool LaunchEmitter::evaluateArguments() {
  SmallVector<StringRef> known;
  for (auto &[declaration, element] : kernel.arguments) {
    known.push_back(declaration->name.text);
  }
  size_t count = known.size();
  CallExpr given = call;
  llvm::erase_if(given.arguments, [&](const Argument &argument) {
    return isForwardedAbsence(argument);
  });
  for (auto [index, argument] : enumerate(given.arguments)) {
    if (!argument.name && index >= count) {
      emitter.diagnostics.error(
          *argument.value, Diag::ArgumentCount, call.callee.text,
          frontend::count(count, "argument"), given.arguments.size());
      return false;
    }
  }
  for (const Name &extent : kernel.extents) {
    known.push_back(extent.text);
  }
  SmallVector<const Expr *> values;
  if (!emitter.matchArguments(given, known, values)) {
    return false;
  }
  for (auto [index, value] : enumerate(values)) {
    if (!value && index < count) {
      emitter.diagnostics
          .error(call, Diag::MissingArgument, call.callee.text, known[index])
          .note(kernel.arguments[index].first->name,
                "the argument is declared here");
      return false;
    }
    if (!value) {
      continue;
    }
    Emitter::Operand operand{emitter.evaluate(*value), *value};
    if (operand.datum.isError()) {
      return false;
    }
    if (index < count) {
      arguments.push_back(operand);
      continue;
    }
    Value extent = emitter.toScalar(operand, builder.getI32Type(), "an extent");
    if (!extent) {
      return false;
    }
    names.names[known[index]] = {operand.datum, operand.place.loc};
    origins[known[index]] = ("argument '" + known[index] + "'").str();
  }
  return true;
}

bool LaunchEmitter::checkArray(const ArgumentDecl &declaration, Type element,
                               const Emitter::Operand &argument) {
  Diagnostics &diagnostics = emitter.diagnostics;
  std::string note = ("'" + declaration.name.text + "' is declared here").str();
  const TypeSyntax &type = *declaration.type;
  if (!argument.datum.isArray() ||
      argument.datum.getArray().element != element ||
      argument.datum.getArray().extents.size() != type.extents.size()) {
    diagnostics
        .error(argument.place, Diag::ArgumentType,
               ("argument '" + declaration.name.text + "'").str(),
               "an array of " + getTypeName(element) + " with " +
                   count(type.extents.size(), "axis"),
               describe(argument.datum))
        .note(declaration.name, note);
    return false;
  }
  const ArrayValue &array = argument.datum.getArray();
  if (type.access != TypeSyntax::Access::In &&
      array.access == TypeSyntax::Access::In) {
    diagnostics
        .error(argument.place, Diag::LaunchWritesIn, array.name.text,
               call.callee.text)
        .note(declaration.name, note)
        .help("declare '" + array.name.text + "' as `inout`");
    return false;
  }
  std::optional<Storage> storage;
  {
    SaveAndRestore enter(emitter.scope, &names);
    storage =
        emitter.evaluateStorage(type.blocks, type.order, type.extents.size());
  }
  if (!storage) {
    return false;
  }
  if (!(*storage == array.storage)) {
    diagnostics
        .error(argument.place, Diag::StorageMismatch,
               ("argument '" + declaration.name.text + "'").str(),
               describe(*storage), describe(array.storage))
        .note(declaration.name, note)
        .help("a kernel that stores each element in its place reorders them: "
              "`y[m, n] = x[m, n];`");
    return false;
  }
  if (type.strides.empty() && !array.strides.empty()) {
    diagnostics
        .error(argument.place, Diag::StridedArgument, declaration.name.text,
               call.callee.text)
        .note(declaration.name, note)
        .help("give it strides in the kernel: `array<T, [M, N], [row, 1]>`");
    return false;
  }
  return true;
}

/// Gives each name of an extent or stride the value of the first array that
/// has it as a whole extent or stride.
void LaunchEmitter::bindNames() {
  forEachExtent([&](const Expr &expr, const Datum &actual, Type type,
                    Place place, const std::string &where) {
    auto *name = dyn_cast<NameExpr>(&expr);
    bool isName =
        name && (kernel.isExtent(name->name) || kernel.isStride(name->name));
    if (isName && !names.find(name->name)) {
      names.names[name->name] = {actual, place.loc};
      origins[name->name] = where;
    }
  });
  for (const Name &extent : kernel.extents) {
    if (!names.find(extent.text)) {
      emitter.diagnostics
          .error(call, Diag::UnboundExtent, extent.text, call.callee.text)
          .note(extent, "no array has just '" + extent.text + "' as an extent")
          .help("pass it: `launch " + call.callee.text + "(..., " +
                extent.text + " = ...)`");
      names.names[extent.text] = {Datum(), extent.loc};
    }
  }
}

void LaunchEmitter::checkExtents() {
  forEachExtent([&](const Expr &expr, const Datum &actual, Type type,
                    Place place, const std::string &where) {
    Datum expected;
    {
      SaveAndRestore enter(emitter.scope, &names);
      expected = emitter.evaluate(expr);
    }
    std::string wanted = toText(expr);
    if (auto *name = dyn_cast<NameExpr>(&expr)) {
      if (origins.contains(name->name)) {
        wanted += ", the " + origins[name->name];
      }
    }
    emitter.requireEqual(actual, expected, type, place,
                         "launch of '" + call.callee.text + "': " + where +
                             " is " + wanted);
  });
}

/// A strided array is taken to begin as far aligned as its strides are known
/// to be divisible, up to 16 bytes; a slice must keep that.
void LaunchEmitter::checkAlignment(const ArgumentDecl &declaration,
                                   const ArrayValue &array, Place place) {
  if (!array.offset) {
    return;
  }
  unsigned bits = array.element.getIntOrFloatBitWidth();
  int64_t divisor = 16 / std::max(1u, bits / 8);
  for (const Expr *stride : declaration.type->strides) {
    auto *integer = dyn_cast<IntegerExpr>(stride);
    if (integer && integer->value == 1) {
      continue;
    }
    auto *name = dyn_cast<NameExpr>(stride);
    int64_t known = integer ? integer->value & -integer->value
                    : name  ? emitter.session.getDivisor(kernel, name->name)
                            : 1;
    divisor = std::min(divisor, std::max<int64_t>(known, 1));
  }
  if (divisor <= 1) {
    return;
  }
  Location loc = emitter.getLoc(place.loc);
  Value remainder = arith::RemSIOp::create(builder, loc, array.offset,
                                           emitter.emitI64(divisor, loc));
  Value isAligned =
      arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, remainder,
                            emitter.emitI64(0, loc));
  emitter.requireTrue(isAligned,
                      "launch of '" + call.callee.text + "': slice '" +
                          declaration.name.text + "' begins at a multiple of " +
                          Twine(divisor) + " elements",
                      loc);
}

void LaunchEmitter::emit() {
  if (!evaluateArguments()) {
    return;
  }
  Location loc = emitter.getLoc(call.loc);
  for (auto &[name, value] : kernel.parameters) {
    names.names[name.text] = {value, name.loc};
  }
  SmallVector<Value> operands;
  bool areRight = true;
  for (auto [entry, argument] : zip(kernel.arguments, arguments)) {
    auto [declaration, type] = entry;
    if (declaration->type->kind == TypeSyntax::Kind::Array) {
      bool isRight = checkArray(*declaration, type, argument);
      areRight &= isRight;
      operands.push_back(isRight ? argument.datum.getArray().pointer : Value());
      continue;
    }
    Value scalar = emitter.toScalar(
        argument, type, ("argument '" + declaration->name.text + "'").str());
    areRight &= !!scalar;
    operands.push_back(scalar);
    names.names[declaration->name.text] = {argument.datum, argument.place.loc};
  }
  if (!areRight) {
    return;
  }
  bindNames();
  checkExtents();
  for (auto [entry, argument] : zip(kernel.arguments, arguments)) {
    if (argument.datum.isArray()) {
      checkAlignment(*entry.first, argument.datum.getArray(), argument.place);
    }
  }
  auto append = [&](ArrayRef<Name> declared, Type type) {
    for (const Name &name : declared) {
      Datum datum = names.find(name.text)->datum;
      Value value = emitter.toScalar({datum, call}, type, "an extent");
      areRight &= !!value;
      operands.push_back(value);
    }
  };
  append(kernel.extents, builder.getI32Type());
  append(kernel.strides, builder.getI64Type());
  if (areRight) {
    tile::LaunchOp::create(builder, loc, kernel.symbol, operands);
  }
}

void Emitter::emitLaunch(const LaunchStmt &launch) {
  const CallExpr &call = *launch.call;
  if (!require(Mode::Entry, launch, "'launch'")) {
    return;
  }
  const Routine *routine = session.getProgram().find(call.callee.text);
  if (!routine || routine->kind != Routine::Kind::Kernel) {
    std::vector<StringRef> kernels;
    for (StringRef name : session.getProgram().getNames()) {
      if (session.getProgram().find(name)->kind == Routine::Kind::Kernel) {
        kernels.push_back(name);
      }
    }
    Diagnostics::Report error =
        diagnostics.error(call.callee, Diag::UnknownKernel, call.callee.text);
    StringRef close = suggest(call.callee.text, kernels);
    if (!close.empty()) {
      error.help("did you mean '" + close + "'?");
    }
    return;
  }
  std::optional<ParameterValues> parameters = bindParameters(*routine, call);
  const Instance *kernel =
      parameters
          ? session.getKernel(*routine, std::move(*parameters), call.callee.loc)
          : nullptr;
  if (kernel) {
    LaunchEmitter(*this, *kernel, call).emit();
  }
}
