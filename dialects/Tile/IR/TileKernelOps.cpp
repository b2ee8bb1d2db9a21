//===- TileKernelOps.cpp - kernels, their launch and entries --------------===//

#include "dialects/Tile/IR/Tile.h"
#include "mlir/Interfaces/FunctionImplementation.h"

using namespace mlir;
using namespace moesaic::tile;

Attribute KernelOp::getArgAttr(unsigned index, StringRef name) {
  ArrayAttr all = getArgAttrsAttr();
  return all && index < all.size() ? cast<DictionaryAttr>(all[index]).get(name)
                                   : Attribute();
}

static StringRef getStringArgAttr(KernelOp kernel, unsigned index,
                                  StringRef name) {
  auto attribute = kernel.getArgAttrOfType<StringAttr>(index, name);
  return attribute ? attribute.getValue() : StringRef();
}

StringRef KernelOp::getArgName(unsigned index) {
  return getStringArgAttr(*this, index, nameAttr);
}
StringRef KernelOp::getArgAccess(unsigned index) {
  return getStringArgAttr(*this, index, accessAttr);
}
StringRef KernelOp::getArgRole(unsigned index) {
  return getStringArgAttr(*this, index, roleAttr);
}

/// tile.kernel @name(arguments) waves(N) attributes {...} launch {...} body
/// {...}
ParseResult KernelOp::parse(OpAsmParser &parser, OperationState &result) {
  StringAttr name;
  SmallVector<OpAsmParser::Argument> arguments;
  SmallVector<Type> resultTypes;
  SmallVector<DictionaryAttr> resultAttrs;
  bool isVariadic = false;
  Builder &builder = parser.getBuilder();
  int32_t waves = 0;
  if (parser.parseSymbolName(name, SymbolTable::getSymbolAttrName(),
                             result.attributes) ||
      function_interface_impl::parseFunctionSignatureWithArguments(
          parser, /*allowVariadic=*/false, arguments, isVariadic, resultTypes,
          resultAttrs) ||
      parser.parseKeyword("waves") || parser.parseLParen() ||
      parser.parseInteger(waves) || parser.parseRParen()) {
    return failure();
  }
  SmallVector<Type> inputs = llvm::map_to_vector(
      arguments, [](OpAsmParser::Argument &argument) { return argument.type; });
  result.addAttribute(
      getFunctionTypeAttrName(result.name),
      TypeAttr::get(builder.getFunctionType(inputs, resultTypes)));
  result.addAttribute(getWavesAttrName(result.name),
                      builder.getI32IntegerAttr(waves));
  SmallVector<Attribute> attributes =
      llvm::map_to_vector(arguments, [&](const auto &argument) {
        return Attribute(argument.attrs ? argument.attrs
                                        : builder.getDictionaryAttr({}));
      });
  result.addAttribute(getArgAttrsAttrName(result.name),
                      builder.getArrayAttr(attributes));
  Region *launch = result.addRegion();
  Region *body = result.addRegion();
  return failure(parser.parseOptionalAttrDictWithKeyword(result.attributes) ||
                 parser.parseKeyword("launch") || parser.parseRegion(*launch) ||
                 parser.parseKeyword("body") ||
                 parser.parseRegion(*body, arguments));
}

void KernelOp::print(OpAsmPrinter &printer) {
  printer << ' ';
  printer.printSymbolName(getSymName());
  printer << '(';
  llvm::interleaveComma(getArguments(), printer, [&](BlockArgument argument) {
    ArrayAttr all = getArgAttrsAttr();
    auto attributes = all ? cast<DictionaryAttr>(all[argument.getArgNumber()])
                          : DictionaryAttr();
    printer.printRegionArgument(argument, attributes
                                              ? attributes.getValue()
                                              : ArrayRef<NamedAttribute>());
  });
  printer << ')';
  printer << " waves(" << getWaves() << ")";
  function_interface_impl::printFunctionAttributes(
      printer, *this,
      {getFunctionTypeAttrName(), getWavesAttrName(), getArgAttrsAttrName()});
  printer << " launch ";
  printer.printRegion(getLaunch());
  printer << " body ";
  printer.printRegion(getBody(), /*printEntryBlockArgs=*/false);
}

LogicalResult KernelOp::verify() {
  if (getWaves() < 1 || getWaves() > 16 ||
      !llvm::isPowerOf2_32(getWaves())) { // kernel_c1
    return emitOpError("expected waves to be a power of two from 1 to 16, got ")
           << getWaves();
  }
  if (unsigned results = getFunctionType().getNumResults()) { // kernel_c2
    return emitOpError("expected no results, got ") << results;
  }
  for (auto [index, type] : llvm::enumerate(getArgumentTypes())) { // kernel_c4
    if (getArgName(index).empty()) {
      return emitOpError("argument ") << index << " has no 'tile.name'";
    }
    StringRef access = getArgAccess(index), role = getArgRole(index);
    if (isa<PointerType>(type)) {
      if (access != "in" && access != "out" && access != "inout") {
        return emitOpError("array '")
               << getArgName(index)
               << "' needs a 'tile.access' of \"in\", \"out\" or \"inout\"";
      }
    } else if (!type.isIntOrFloat()) {
      return emitOpError("argument '")
             << getArgName(index)
             << "' is neither a !tile.ptr nor a scalar: " << type;
    } else if (role != "scalar" && role != "extent" && role != "stride") {
      return emitOpError("scalar '")
             << getArgName(index)
             << "' needs a 'tile.role' of \"scalar\", \"extent\" or \"stride\"";
    }
  }
  return success();
}

LogicalResult KernelOp::verifyRegions() {
  for (Region *region : {&getBody(), &getLaunch()}) { // kernel_c3
    if (region->getArgumentTypes() != getArgumentTypes()) {
      return emitOpError(
          "expected both regions to take the kernel's arguments");
    }
  }
  if (!isa<GridOp>(getLaunch().front().getTerminator())) { // kernel_c5
    return emitOpError("expected 'launch' to end with 'tile.grid'");
  }
  if (!isa<ReturnOp>(getBody().front().getTerminator())) {
    return emitOpError("expected 'body' to end with 'tile.return'");
  }
  return success();
}

LogicalResult LaunchOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto kernel =
      symbols.lookupNearestSymbolFrom<KernelOp>(*this, getKernelAttr());
  if (!kernel) { // launch_c1
    return emitOpError("there is no kernel '") << getKernel() << "'";
  }
  if (getOperandTypes() != TypeRange(kernel.getArgumentTypes())) { // launch_c2
    InFlightDiagnostic error =
        emitOpError("operands do not match the arguments of kernel '")
        << getKernel() << "'";
    error.attachNote(kernel.getLoc())
        << "expected (" << kernel.getArgumentTypes() << ")";
    return error;
  }
  return success();
}
