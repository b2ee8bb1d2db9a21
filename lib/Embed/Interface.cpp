//===- Interface.cpp - what a host program sees of a program --------------===//

#include "Embed/Interface.h"
#include "Embed/Header.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace moesaic;
using namespace moesaic::embed;

uint64_t embed::hashBytes(StringRef bytes) {
  uint64_t hash = 0xcbf29ce484222325;
  for (unsigned char byte : bytes) {
    hash = (hash ^ byte) * 0x100000001b3;
  }
  return hash;
}

/// Words of C99 and C++17, and macros that compilers define in either's GNU
/// dialect, which no field or function can be called.
static bool isReserved(StringRef name) {
  static const llvm::StringSet<> words = {"alignas",
                                          "alignof",
                                          "and",
                                          "and_eq",
                                          "asm",
                                          "auto",
                                          "bitand",
                                          "bitor",
                                          "bool",
                                          "break",
                                          "case",
                                          "catch",
                                          "char",
                                          "char16_t",
                                          "char32_t",
                                          "class",
                                          "compl",
                                          "const",
                                          "const_cast",
                                          "constexpr",
                                          "continue",
                                          "decltype",
                                          "default",
                                          "delete",
                                          "do",
                                          "double",
                                          "dynamic_cast",
                                          "else",
                                          "enum",
                                          "explicit",
                                          "export",
                                          "extern",
                                          "false",
                                          "float",
                                          "for",
                                          "friend",
                                          "goto",
                                          "if",
                                          "inline",
                                          "int",
                                          "linux",
                                          "long",
                                          "mutable",
                                          "namespace",
                                          "new",
                                          "noexcept",
                                          "not",
                                          "not_eq",
                                          "nullptr",
                                          "operator",
                                          "or",
                                          "or_eq",
                                          "private",
                                          "protected",
                                          "public",
                                          "register",
                                          "restrict",
                                          "return",
                                          "short",
                                          "signed",
                                          "sizeof",
                                          "static",
                                          "static_assert",
                                          "static_cast",
                                          "struct",
                                          "switch",
                                          "template",
                                          "this",
                                          "thread_local",
                                          "throw",
                                          "true",
                                          "try",
                                          "typedef",
                                          "typeid",
                                          "typename",
                                          "typeof",
                                          "union",
                                          "unix",
                                          "unsigned",
                                          "using",
                                          "virtual",
                                          "void",
                                          "volatile",
                                          "wchar_t",
                                          "while",
                                          "xor",
                                          "xor_eq",
                                          "reinterpret_cast"};
  return words.contains(name);
}

std::string embed::toIdentifier(StringRef text) {
  std::string name;
  for (char c : text) {
    name += llvm::isAlnum(c) || c == '_' ? c : '_';
  }
  if (name.empty() || llvm::isDigit(name.front())) {
    name.insert(0, "_");
  }
  return isReserved(name) ? name + "_" : name;
}

/// The name of the type in the language.
static std::string getTypeText(Type type) {
  if (type.isInteger(1)) {
    return "bool";
  }
  std::string text;
  llvm::raw_string_ostream(text) << type;
  return StringRef(text).lower();
}

/// The type of C that has exactly this element's values, or none.
static std::string getElementCType(Type type) {
  if (type.isInteger(1)) {
    return "bool";
  }
  if (type.isInteger()) {
    return "int" + std::to_string(type.getIntOrFloatBitWidth()) + "_t";
  }
  return type.isF32() ? "float" : type.isF64() ? "double" : "";
}

static unsigned getBytes(Type type) {
  return llvm::divideCeil(type.getIntOrFloatBitWidth(), 8);
}

static Field describeField(const run::Parameter &parameter) {
  Field field;
  field.name = toIdentifier(parameter.name);
  field.element = parameter.type;
  std::string exact = getElementCType(parameter.type);
  if (parameter.role == run::Parameter::Array) {
    field.type = (parameter.access == "in" ? "const " : "") +
                 (exact.empty() ? "void" : exact) + " *";
    field.bytes = 8;
    field.text = getTypeText(parameter.type);
    return field;
  }
  field.bytes = getBytes(parameter.type);
  field.type = (exact.empty() ? "uint" + std::to_string(field.bytes * 8) + "_t"
                              : exact) +
               " ";
  switch (parameter.role) {
  case run::Parameter::Extent:
    field.text = "extent";
    break;
  case run::Parameter::Stride:
    field.text = "stride in elements";
    break;
  default:
    field.text =
        exact.empty() ? "bits of a " + getTypeText(parameter.type) : "";
  }
  return field;
}

/// Offsets as C gives them: every member aligned to its own size.
static Layout describeLayout(const run::Callee &callee) {
  Layout layout{callee, {}};
  llvm::StringSet<> taken;
  if (callee.isEntry) {
    taken.insert("workspace");
    taken.insert("workspace_bytes");
  }
  unsigned end = 0;
  for (const run::Parameter &parameter : callee.parameters) {
    Field field = describeField(parameter);
    while (!taken.insert(field.name).second) {
      field.name += "_";
    }
    field.offset = llvm::alignTo(end, field.bytes);
    end = field.offset + field.bytes;
    layout.fields.push_back(std::move(field));
  }
  layout.bytes = end;
  if (callee.isEntry) {
    layout.workspaceOffset = llvm::alignTo(end, 8);
    end = layout.workspaceOffset + 16;
  }
  layout.structBytes = std::max(end, 1u);
  callee.host->walk([&](Operation *op) {
    layout.usesWorkspace |= isa<tile::WorkspaceOp>(op);
    auto shape = dyn_cast<tile::ShapeOp>(op);
    auto argument =
        shape ? dyn_cast<BlockArgument>(shape.getArray()) : BlockArgument();
    if (argument && argument.getOwner() == &callee.host->front()) {
      layout.fields[argument.getArgNumber()].text +=
          " " + getShapeText(shape, callee);
    }
  });
  return layout;
}

static std::string getConstantText(Attribute value) {
  if (auto boolean = dyn_cast<BoolAttr>(value)) {
    return boolean.getValue() ? "1" : "0";
  }
  if (auto integer = dyn_cast<IntegerAttr>(value)) {
    int64_t number = integer.getInt();
    std::string text = std::to_string(number);
    if (!llvm::isInt<32>(number)) {
      text = "INT64_C(" + text + ")";
    }
    return number < 0 ? "(" + text + ")" : text;
  }
  if (auto number = dyn_cast<FloatAttr>(value)) {
    SmallString<32> text;
    number.getValue().toString(text); // enough digits to give the value back
    bool isFloat = text.str().find_first_of(".E") != StringRef::npos;
    return text.str().str() + (isFloat ? "" : ".0");
  }
  return "\"" + cast<StringAttr>(value).str() + "\"";
}

static Function describeFunction(StringRef name, StringRef prefix,
                                 Layout layout) {
  Function function;
  function.name = name.str();
  function.symbol = (prefix + toIdentifier(name)).str();
  if (prefix.empty()) {
    function.symbol = toIdentifier(name);
  }
  run::Callee &callee = layout.callee;
  callee.host->walk([&](tile::RequireOp op) {
    if (op->getBlock() == &callee.host->front() &&
        !op->hasAttr(tile::comparesAttr)) {
      function.clauses.push_back(op.getMessage().str());
    }
  });
  if (auto parameters =
          callee.op->getAttrOfType<DictionaryAttr>(tile::parametersAttr)) {
    for (NamedAttribute parameter : parameters) {
      function.constants.emplace_back(parameter.getName().str(),
                                      getConstantText(parameter.getValue()));
    }
  }
  function.layout = std::move(layout);
  function.interface = hashBytes(getDeclarations(function));
  return function;
}

/// The names under which a kernel or entry is to be exported. A module that
/// marks none exports all by their symbols.
static SmallVector<StringRef> getExports(Operation *op, bool anyMarked) {
  if (auto names = op->getAttrOfType<ArrayAttr>(tile::exportsAttr)) {
    return llvm::to_vector(names.getAsValueRange<StringAttr>());
  }
  if (anyMarked) {
    return {};
  }
  return {SymbolTable::getSymbolName(op).getValue()};
}

FailureOr<Interface> embed::describeInterface(ModuleOp module, StringRef prefix,
                                              StringRef sourcePath) {
  Interface result;
  result.prefix = prefix.empty() ? "" : toIdentifier(prefix) + "_";
  result.source = llvm::sys::path::filename(sourcePath).str();
  bool anyMarked = false;
  for (Operation &op : *module.getBody()) {
    anyMarked |= op.hasAttr(tile::exportsAttr);
  }
  llvm::StringMap<Operation *> owners;
  auto add = [&](Operation *op, const Layout &layout,
                 size_t kernel) -> LogicalResult {
    for (StringRef name : getExports(op, anyMarked)) {
      Function function = describeFunction(name, result.prefix, layout);
      function.kernel = kernel;
      auto [owner, isNew] = owners.try_emplace(function.symbol, op);
      if (!isNew) {
        InFlightDiagnostic error = op->emitError("two functions would be "
                                                 "called '")
                                   << function.symbol << "' in C";
        error.attachNote(owner->second->getLoc()) << "the other is here";
        error.attachNote()
            << "help: --instance=NAME=kernel<...> gives a kernel another name";
        return error;
      }
      result.functions.push_back(std::move(function));
    }
    return success();
  };
  for (auto kernel : module.getOps<tile::KernelOp>()) {
    result.kernels.push_back(describeLayout(run::Callee::get(kernel)));
    if (failed(add(kernel, result.kernels.back(), result.kernels.size() - 1))) {
      return failure();
    }
  }
  for (auto entry : module.getOps<func::FuncOp>()) {
    if (!entry->hasAttr(tile::entryAttr)) {
      continue;
    }
    FailureOr<run::Callee> callee = run::Callee::get(entry);
    if (failed(callee) || failed(add(entry, describeLayout(*callee), 0))) {
      return failure();
    }
  }
  return result;
}
