//===- Session.cpp - instances of one compilation -------------------------===//

#include "Frontend/Session.h"
#include "Frontend/Emitter.h"
#include "Frontend/Parser.h"
#include "dialects/Tile/IR/Tile.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Verifier.h"

using namespace llvm;
using namespace mlir;
using namespace moesaic;
using namespace moesaic::frontend;

/// Statements and expressions that one compilation may evaluate: more than any
/// kernel needs, and little enough to fail within seconds.
static constexpr unsigned maxSteps = 400000;

/// Parts of a sum that a kernel can be asked for.
static constexpr int64_t mostParts = 256;

ArrayRef<ReservedParameter> moesaic::frontend::getReservedParameters() {
  static constexpr ReservedParameter parameters[] = {
      {"WAVES", 4}, {"WAVES_PER_EU", 0}, {"STAGES", 0},
      {"SCHED", 0}, {"DMA", 0},          {"SPLIT_K", 1}};
  return parameters;
}

static bool contains(ArrayRef<Name> names, StringRef name) {
  return any_of(names, [&](const Name &known) { return known.text == name; });
}

bool Instance::isExtent(StringRef name) const {
  return contains(extents, name);
}
bool Instance::isStride(StringRef name) const {
  return contains(strides, name);
}

Datum Instance::getParameter(StringRef name) const {
  for (auto &[parameter, value] : parameters) {
    if (parameter.text == name) {
      return value;
    }
  }
  return {};
}

Session::Session(MLIRContext &context, Diagnostics &diagnostics,
                 Program &program, const FrontendOptions &options)
    : context(context), diagnostics(diagnostics), program(program),
      options(options), builder(&context), stepsLeft(maxSteps) {
  context.loadDialect<tile::TileDialect, arith::ArithDialect, func::FuncDialect,
                      math::MathDialect, scf::SCFDialect>();
}

Location Session::getLoc(SMLoc loc) {
  SourceMgr &sources = diagnostics.getSources();
  unsigned buffer = loc.isValid() ? sources.FindBufferContainingLoc(loc) : 0;
  if (!buffer) {
    buffer = sources.getMainFileID();
    loc = SMLoc::getFromPointer(
        sources.getMemoryBuffer(buffer)->getBufferStart());
  }
  auto [line, column] = sources.getLineAndColumn(loc, buffer);
  return FileLineColLoc::get(
      &context, sources.getMemoryBuffer(buffer)->getBufferIdentifier(), line,
      column);
}

bool Session::step(Place place) {
  if (stepsLeft > 0) {
    --stepsLeft;
    return true;
  }
  // Once: everything that is still to be emitted would say the same.
  if (!std::exchange(ranOut, true)) {
    diagnostics.error(place, Diag::TooManySteps, maxSteps)
        .help("unroll less with `static for`, or use `for`");
  }
  return false;
}

bool Session::mayNest(unsigned depth, Place place) {
  constexpr unsigned maxDepth = 600;
  if (depth <= maxDepth) {
    return true;
  }
  if (!std::exchange(nestedTooDeeply, true)) {
    diagnostics.error(place, Diag::NestedTooDeeply, maxDepth)
        .help("calls, blocks and what follows an early `return` nest");
  }
  return false;
}

//===----------------------------------------------------------------------===//
// Parameters
//===----------------------------------------------------------------------===//

/// `value` as a parameter of `kind`; an error when it is of another.
static Datum coerceParameter(Diagnostics &diagnostics,
                             const Parameter &parameter, const Datum &value,
                             Place place) {
  if (value.isError()) {
    return value;
  }
  switch (parameter.kind) {
  case Parameter::Kind::Int:
    if (value.isInt()) {
      return value;
    }
    break;
  case Parameter::Kind::Bool:
    if (value.isBool()) {
      return value;
    }
    break;
  case Parameter::Kind::Float:
    if (value.isFloat() || value.isInt()) {
      return Datum::ofFloat(value.getFloat());
    }
    break;
  case Parameter::Kind::Type:
    if (value.isType()) {
      return value;
    }
    break;
  }
  if (value.isRuntime()) {
    diagnostics.error(place, Diag::NotConstant, "a parameter");
  } else {
    Diagnostics::Report error =
        diagnostics.error(place, Diag::ParameterKind, parameter.name.text,
                          getSpelling(parameter.kind), describe(value));
    if (parameter.name.loc.isValid()) {
      error.note(parameter.name, "the parameter is declared here");
    }
  }
  return {};
}

/// All parameters of a routine: those declared, then the reserved ones that it
/// does not declare.
static std::vector<Parameter> getParameters(const Routine &routine) {
  std::vector<Parameter> parameters = routine.parameters;
  if (routine.kind != Routine::Kind::Kernel) {
    return parameters;
  }
  for (const ReservedParameter &reserved : getReservedParameters()) {
    if (none_of(routine.parameters, [&](const Parameter &parameter) {
          return parameter.name.text == reserved.name;
        })) {
      Parameter parameter;
      parameter.name.text = reserved.name;
      parameters.push_back(parameter);
    }
  }
  return parameters;
}

/// The default of a parameter given those before it; nothing when it has none.
static Datum evaluateDefault(Session &session, const Parameter &parameter,
                             Scope &scope) {
  if (parameter.defaultValue) {
    Datum value = Emitter(session, Mode::Constant, scope)
                      .evaluate(*parameter.defaultValue);
    return coerceParameter(session.getDiagnostics(), parameter, value,
                           *parameter.defaultValue);
  }
  for (const ReservedParameter &reserved : getReservedParameters()) {
    if (reserved.name == parameter.name.text && !parameter.name.loc.isValid()) {
      return Datum::ofInt(reserved.defaultValue);
    }
  }
  return Datum::nothing();
}

std::optional<ParameterValues>
Session::bindParameters(const Routine &routine,
                        ArrayRef<std::pair<Argument, Datum>> given,
                        Place place) {
  std::vector<Parameter> parameters = getParameters(routine);
  SmallVector<const std::pair<Argument, Datum> *> chosen(parameters.size());
  for (size_t index = 0; index < given.size(); ++index) {
    const std::pair<Argument, Datum> &argument = given[index];
    size_t position = index;
    Place where = argument.first.value ? Place(*argument.first.value) : place;
    if (argument.first.name) {
      where = argument.first.name;
      position =
          find_if(parameters,
                  [&](const Parameter &parameter) {
                    return parameter.name.text == argument.first.name.text;
                  }) -
          parameters.begin();
    } else if (index >= routine.parameters.size()) {
      diagnostics.error(where, Diag::TooManyParameters, routine.name.text,
                        count(routine.parameters.size(), "parameter"),
                        given.size());
      return std::nullopt;
    }
    if (position == parameters.size()) {
      std::vector<StringRef> names;
      for (const Parameter &parameter : parameters) {
        names.push_back(parameter.name.text);
      }
      Diagnostics::Report error = diagnostics.error(
          where, Diag::UnknownParameter, getSpelling(routine.kind),
          routine.name.text, argument.first.name.text);
      StringRef close = suggest(argument.first.name.text, names);
      if (!close.empty()) {
        error.help("did you mean '" + close + "'?");
      }
      error.note(routine, "the " + getSpelling(routine.kind) + " is here");
      return std::nullopt;
    }
    if (chosen[position]) {
      diagnostics.error(where, Diag::RepeatedArgument,
                        parameters[position].name.text);
      return std::nullopt;
    }
    chosen[position] = &argument;
  }

  ParameterValues values;
  Scope scope(nullptr);
  for (auto [parameter, argument] : zip(parameters, chosen)) {
    Datum value;
    if (argument) {
      Place where =
          argument->first.value ? Place(*argument->first.value) : place;
      value = coerceParameter(diagnostics, parameter, argument->second, where);
    } else {
      value = evaluateDefault(*this, parameter, scope);
      if (value.isNothing()) {
        diagnostics
            .error(place, Diag::MissingParameter, getSpelling(routine.kind),
                   routine.name.text, parameter.name.text)
            .note(parameter.name, "the parameter is declared here")
            .help("give it a default, or a value where '" + routine.name.text +
                  "' is used: `" + parameter.name.text + " = ...`");
        return std::nullopt;
      }
    }
    if (value.isError()) {
      return std::nullopt;
    }
    values.push_back({parameter.name, value});
    scope.names[parameter.name.text] = {value, parameter.name.loc};
  }
  return values;
}

std::string Session::mangle(const Routine &routine,
                            const ParameterValues &values) {
  std::string symbol = routine.name.text.str();
  Scope scope(nullptr);
  for (auto [parameter, value] : zip(getParameters(routine), values)) {
    Datum standard = evaluateDefault(*this, parameter, scope);
    if (!isSameConstant(standard, value.second)) {
      symbol +=
          ("__" + parameter.name.text + "_" + formatForSymbol(value.second))
              .str();
    }
    scope.names[parameter.name.text] = {value.second, parameter.name.loc};
  }
  return symbol;
}

//===----------------------------------------------------------------------===//
// The command line
//===----------------------------------------------------------------------===//

StringRef Session::addCommandLineText(const std::string &text) {
  SourceMgr &sources = diagnostics.getSources();
  unsigned buffer = sources.AddNewSourceBuffer(
      MemoryBuffer::getMemBufferCopy(text, "<command line>"), SMLoc());
  return sources.getMemoryBuffer(buffer)->getBuffer();
}

bool Session::parseDefines() {
  for (const auto &option : options.defines) {
    const std::string &name = option.first;
    StringRef stored = addCommandLineText(name + "=" + option.second);
    Define define;
    define.argument.name = {stored.take_front(name.size()),
                            SMLoc::getFromPointer(stored.data())};
    Parser parser(stored.drop_front(name.size() + 1), program.getContext(),
                  diagnostics);
    define.argument.value = parser.parseLoneExpression();
    if (!define.argument.value) {
      continue;
    }
    Scope scope(nullptr);
    define.value =
        Emitter(*this, Mode::Constant, scope).evaluate(*define.argument.value);
    erase_if(defines, [&](const Define &earlier) {
      return earlier.argument.name.text == name;
    });
    defines.push_back(define);
  }
  return !diagnostics.hasErrors();
}

std::optional<ParameterValues> Session::bindDefines(const Routine &routine) {
  SmallVector<std::pair<Argument, Datum>> given;
  for (Define &define : defines) {
    for (const Parameter &parameter : getParameters(routine)) {
      if (parameter.name.text == define.argument.name.text) {
        given.push_back({define.argument, define.value});
        define.isUsed = true;
      }
    }
  }
  return bindParameters(routine, given, routine);
}

void Session::checkDefines() {
  std::vector<StringRef> names;
  for (const Routine *routine : program.getMainRoutines()) {
    for (const Parameter &parameter : getParameters(*routine)) {
      names.push_back(parameter.name.text);
    }
  }
  for (const Define &define : defines) {
    if (define.isUsed) {
      continue;
    }
    StringRef name = define.argument.name.text;
    Diagnostics::Report error =
        diagnostics.error(define.argument.name, Diag::UnusedDefine, name);
    StringRef close = suggest(name, names);
    if (!close.empty()) {
      error.help("did you mean '" + close + "'?");
    }
  }
}

const Routine *Session::findRoutine(StringRef name, Routine::Kind kind) {
  const Routine *routine = program.find(name);
  if (routine && routine->kind == kind) {
    return routine;
  }
  std::vector<StringRef> names;
  for (StringRef candidate : program.getNames()) {
    if (program.find(candidate)->kind == kind) {
      names.push_back(candidate);
    }
  }
  SMLoc start = SMLoc::getFromPointer(
      diagnostics.getSources()
          .getMemoryBuffer(diagnostics.getSources().getMainFileID())
          ->getBufferStart());
  Diagnostics::Report error =
      diagnostics.error(start, Diag::NoSuchRoutine, getSpelling(kind), name);
  if (names.empty()) {
    return nullptr;
  }
  StringRef close = suggest(name, names);
  error.help(close.empty() ? "there are: " + join(names, ", ")
                           : "did you mean '" + close.str() + "'?");
  return nullptr;
}

//===----------------------------------------------------------------------===//
// Signatures
//===----------------------------------------------------------------------===//

void moesaic::frontend::forEachName(
    const Expr *expr, llvm::function_ref<void(const NameExpr &)> visit) {
  if (!expr) {
    return;
  }
  llvm::TypeSwitch<const Expr *>(expr)
      .Case([&](const NameExpr *name) { visit(*name); })
      .Case([&](const UnaryExpr *unary) { forEachName(unary->operand, visit); })
      .Case([&](const BinaryExpr *binary) {
        forEachName(binary->lhs, visit);
        forEachName(binary->rhs, visit);
      })
      .Case([&](const CallExpr *call) {
        for (const Argument &argument : call->arguments) {
          forEachName(argument.value, visit);
        }
      });
}

/// Decides which arguments are present and of which types, and which names the
/// array types introduce.
bool Session::resolveSignature(Instance &instance) {
  Scope scope(nullptr);
  Emitter emitter(*this, Mode::Constant, scope);
  unsigned errors = diagnostics.getErrorCount();
  for (auto &[name, value] : instance.parameters) {
    emitter.bind(name, value);
  }
  for (const ArgumentDecl &argument : instance.routine->arguments) {
    if (argument.condition) {
      Datum condition =
          emitter.evaluateCondition(*argument.condition, "'when'");
      if (condition.isRuntime()) {
        diagnostics.error(*argument.condition, Diag::NotConstant, "'when'");
      }
      if (!condition.isBool() || !condition.getBool()) {
        continue;
      }
    }
    const TypeSyntax &type = *argument.type;
    if (type.kind != TypeSyntax::Kind::Scalar &&
        type.kind != TypeSyntax::Kind::Array) {
      diagnostics.error(type, Diag::KernelArgumentType,
                        getWithArticle(instance.routine->kind));
      continue;
    }
    if (Type element = emitter.evaluateType(*type.element)) {
      instance.arguments.push_back({&argument, element});
    }
  }
  return diagnostics.getErrorCount() == errors && collectNames(instance);
}

bool Session::collectNames(Instance &instance) {
  llvm::StringSet<> known;
  unsigned errors = diagnostics.getErrorCount();
  for (auto &[name, value] : instance.parameters) {
    known.insert(name.text);
  }
  for (auto &[argument, type] : instance.arguments) {
    if (argument->type->kind == TypeSyntax::Kind::Scalar) {
      known.insert(argument->name.text);
    }
  }
  auto collect = [&](SmallVector<Name> &names, const Expr *expr) {
    forEachName(expr, [&](const NameExpr &name) {
      if (!known.contains(name.name) && !contains(names, name.name) &&
          !getTypeByName(name.name, &context)) {
        names.push_back({name.name, name.loc});
      }
    });
  };
  for (auto &[argument, type] : instance.arguments) {
    for (const Expr *extent : argument->type->extents) {
      collect(instance.extents, extent);
    }
  }
  for (auto &[argument, type] : instance.arguments) {
    for (const Expr *stride : argument->type->strides) {
      collect(instance.strides, stride);
    }
  }
  for (const Name &stride : instance.strides) {
    if (instance.isExtent(stride.text)) {
      diagnostics.error(stride, Diag::StrideIsExtent, stride.text)
          .help("name the stride otherwise, for example '" + stride.text +
                "_stride'");
    }
  }
  return diagnostics.getErrorCount() == errors;
}

void Session::checkSupported(const Instance &instance) {
  Place place = instance.launchLoc.isValid() ? Place(instance.launchLoc)
                                             : Place(*instance.routine);
  StringRef kernel = instance.routine->name.text;
  int64_t waves = instance.getParameter("WAVES").getInt();
  if (waves < 1 || waves > 16 || !isPowerOf2_64(waves)) {
    diagnostics.error(place, Diag::WavesNotPowerOfTwo, kernel, waves)
        .help("4 is the default");
  }
  int64_t wavesPerEU = instance.getParameter("WAVES_PER_EU").getInt();
  if (wavesPerEU < 0 || wavesPerEU > 16) {
    diagnostics.error(place, Diag::WavesPerEURange, kernel, wavesPerEU);
  }
  int64_t stages = instance.getParameter("STAGES").getInt();
  if (stages < 0 || stages > 4) {
    diagnostics.error(place, Diag::StagesRange, kernel, stages)
        .help("0 lets the compiler decide; 2 loads the tiles of a loop's next "
              "step during the products of this one");
  }
  int64_t sched = instance.getParameter("SCHED").getInt();
  if (sched < 0 || sched > 7) {
    diagnostics.error(place, Diag::SchedRange, kernel, sched)
        .help("0 lets the compiler decide");
  }
  if (sched == int64_t(tile::Sched::Alternate) && stages == 1) {
    diagnostics.error(place, Diag::SchedStages, kernel)
        .help("STAGES=2, or SCHED=6");
  }
  int64_t dma = instance.getParameter("DMA").getInt();
  if (dma < 0 || dma > 2) {
    diagnostics.error(place, Diag::DmaRange, kernel, dma)
        .help("0 lets the compiler decide");
  }
  int64_t parts = instance.getParameter("SPLIT_K").getInt();
  if (parts < 1 || parts > mostParts) {
    diagnostics.error(place, Diag::SplitRange, kernel, mostParts, parts)
        .help("1 is the default");
  }
}

void Session::checkSplit(const Instance &instance, const Emitter &emitter) {
  int64_t parts = instance.getParameter("SPLIT_K").getInt();
  if (parts == 1 || emitter.usesSplit()) {
    return;
  }
  Place place = instance.launchLoc.isValid() ? Place(instance.launchLoc)
                                             : Place(*instance.routine);
  StringRef kernel = instance.routine->name.text;
  diagnostics.error(place, Diag::NotSplit, kernel, parts)
      .help("leave it at 1, or let a loop run over `split_range(first, last, "
            "step)` and store each part by itself");
}

Instance *Session::getKernel(const Routine &routine, ParameterValues parameters,
                             SMLoc launchLoc) {
  std::string symbol = mangle(routine, parameters);
  auto [entry, isNew] = kernels.try_emplace(symbol);
  if (!isNew) {
    return entry->second.get();
  }
  auto instance = std::make_unique<Instance>();
  instance->routine = &routine;
  instance->parameters = std::move(parameters);
  instance->symbol = symbol;
  instance->launchLoc = launchLoc;
  unsigned errors = diagnostics.getErrorCount();
  checkSupported(*instance);
  if (!resolveSignature(*instance) || diagnostics.getErrorCount() != errors) {
    return nullptr; // Remembered as null: its errors are reported once.
  }
  entry->second = std::move(instance);
  pending.push_back(entry->second.get());
  return entry->second.get();
}

//===----------------------------------------------------------------------===//
// The whole module
//===----------------------------------------------------------------------===//

void Session::emitPending() {
  for (size_t i = 0; i < pending.size() && !diagnostics.isFull(); ++i) {
    emitKernel(*pending[i]);
  }
  pending.clear();
}

/// Whether `text` looks like `kernel` or `kernel<...>`.
static bool isInstance(StringRef text) {
  StringRef name =
      text.take_while([](char c) { return isAlnum(c) || c == '_'; });
  StringRef rest = text.drop_front(name.size()).trim();
  return !name.empty() && !isDigit(name.front()) &&
         (rest.empty() || (rest.starts_with("<") && rest.ends_with(">")));
}

void Session::emitInstances() {
  for (auto &[name, text] : options.instances) {
    // As a call without arguments, whose parameters are those of the instance.
    StringRef stored = addCommandLineText(text + "()");
    Parser parser(stored, program.getContext(), diagnostics);
    if (!isInstance(text)) {
      diagnostics.error(SMLoc::getFromPointer(stored.data()),
                        Diag::ExpectedInstance, text);
      continue;
    }
    auto *call = dyn_cast_or_null<CallExpr>(parser.parseLoneExpression());
    if (!call) {
      continue;
    }
    const Routine *routine =
        findRoutine(call->callee.text, Routine::Kind::Kernel);
    if (!routine) {
      continue;
    }
    Scope scope(nullptr);
    std::optional<ParameterValues> values =
        Emitter(*this, Mode::Constant, scope).bindParameters(*routine, *call);
    if (!values) {
      continue;
    }
    if (Instance *kernel = getKernel(*routine, std::move(*values), SMLoc())) {
      kernel->exports.push_back(name);
    }
  }
}

void Session::emitWanted() {
  std::vector<const Routine *> wanted;
  if (!options.kernel.empty()) {
    wanted.push_back(findRoutine(options.kernel, Routine::Kind::Kernel));
  } else if (!options.entry.empty()) {
    wanted.push_back(findRoutine(options.entry, Routine::Kind::Entry));
  } else {
    copy_if(program.getMainRoutines(), std::back_inserter(wanted),
            [&](const Routine *routine) {
              return options.instances.empty() ||
                     routine->kind != Routine::Kind::Kernel;
            });
  }
  for (const Routine *routine : wanted) {
    if (!routine || routine->kind == Routine::Kind::Function) {
      continue;
    }
    std::optional<ParameterValues> values = bindDefines(*routine);
    if (!values) {
      continue;
    }
    if (routine->kind == Routine::Kind::Kernel) {
      if (Instance *kernel = getKernel(*routine, std::move(*values), SMLoc())) {
        kernel->exports.push_back(routine->name.text.str());
      }
      continue;
    }
    Instance instance;
    instance.routine = routine;
    instance.parameters = std::move(*values);
    instance.symbol = routine->name.text.str();
    instance.exports = {instance.symbol};
    if (resolveSignature(instance)) {
      emitEntry(instance);
    }
  }
}

OwningOpRef<ModuleOp> Session::run() {
  SourceMgr &sources = diagnostics.getSources();
  module = ModuleOp::create(getLoc(SMLoc::getFromPointer(
      sources.getMemoryBuffer(sources.getMainFileID())->getBufferStart())));
  builder.setInsertionPointToEnd(module->getBody());
  if (!parseDefines()) {
    return nullptr;
  }
  emitInstances();
  emitWanted();
  emitPending();
  checkDefines();
  if (diagnostics.hasErrors()) {
    return nullptr;
  }
  if (failed(verify(*module))) {
    diagnostics.error(SMLoc(), Diag::InternalError);
    return nullptr;
  }
  return std::move(module);
}
