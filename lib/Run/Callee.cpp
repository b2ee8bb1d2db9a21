//===- Callee.cpp - kernels and entries as their caller sees them ---------===//

#include "Run/Callee.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace moesaic;
using namespace moesaic::run;

Callee Callee::get(tile::KernelOp kernel) {
  Callee callee{
      kernel, kernel.getSymName().str(), false, &kernel.getLaunch(), {}};
  for (BlockArgument argument : kernel.getBody().getArguments()) {
    unsigned index = argument.getArgNumber();
    StringRef role = kernel.getArgRole(index);
    Parameter parameter{kernel.getArgName(index).str(), Parameter::Scalar,
                        argument.getType(), kernel.getArgAccess(index).str(),
                        argument.getLoc()};
    if (auto pointer = dyn_cast<tile::PointerType>(argument.getType())) {
      parameter.role = Parameter::Array;
      parameter.type = pointer.getElementType();
    } else if (role == "extent") {
      parameter.role = Parameter::Extent;
    } else if (role == "stride") {
      parameter.role = Parameter::Stride;
    }
    callee.parameters.push_back(parameter);
  }
  return callee;
}

FailureOr<Callee> Callee::get(func::FuncOp entry) {
  Callee callee{entry, entry.getName().str(), true, &entry.getBody(), {}};
  if (entry.isDeclaration()) {
    return entry.emitError("entry '") << entry.getName() << "' has no body";
  }
  for (BlockArgument argument : entry.getArguments()) {
    unsigned index = argument.getArgNumber();
    auto get = [&](StringRef attribute) -> std::string {
      auto string = entry.getArgAttrOfType<StringAttr>(index, attribute);
      return string ? string.str() : "";
    };
    Parameter parameter{get(tile::nameAttr), Parameter::Scalar,
                        argument.getType(), get(tile::accessAttr),
                        argument.getLoc()};
    std::string role = get(tile::roleAttr);
    if (auto pointer = dyn_cast<tile::PointerType>(argument.getType())) {
      parameter.role = Parameter::Array;
      parameter.type = pointer.getElementType();
    } else if (!argument.getType().isIntOrFloat()) {
      return entry.emitError("argument ")
             << index << " of entry '" << entry.getName()
             << "' is neither a !tile.ptr nor a scalar";
    } else if (role == "extent") {
      parameter.role = Parameter::Extent;
    } else if (role == "stride") {
      parameter.role = Parameter::Stride;
    }
    bool isArray = parameter.role == Parameter::Array;
    if (parameter.name.empty() || (isArray && parameter.access.empty())) {
      return entry.emitError("argument ")
             << index << " of entry '" << entry.getName() << "' needs "
             << (parameter.name.empty() ? tile::nameAttr : tile::accessAttr);
    }
    callee.parameters.push_back(parameter);
  }
  return callee;
}

std::string Callee::describe() const {
  return (isEntry ? "entry '" : "kernel '") + name + "'";
}

/// Whether `name` stands in `text` as a whole word.
static bool isNamed(StringRef text, StringRef name) {
  auto isWord = [](char c) { return llvm::isAlnum(c) || c == '_'; };
  for (size_t at = text.find(name); at != StringRef::npos;
       at = text.find(name, at + name.size())) {
    size_t end = at + name.size();
    if ((at == 0 || !isWord(text[at - 1])) &&
        (end == text.size() || !isWord(text[end]))) {
      return true;
    }
  }
  return false;
}

SmallVector<size_t> run::getNamedIntegers(StringRef clause,
                                          const Callee &callee) {
  SmallVector<size_t> result;
  for (auto [index, parameter] : llvm::enumerate(callee.parameters)) {
    if (parameter.role != Parameter::Array &&
        parameter.type.isSignlessInteger() && isNamed(clause, parameter.name)) {
      result.push_back(index);
    }
  }
  return result;
}
