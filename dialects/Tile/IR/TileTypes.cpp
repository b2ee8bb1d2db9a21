//===- TileTypes.cpp - pointers, arrays and shared buffers ----------------===//

#include "dialects/Tile/IR/Tile.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace moesaic::tile;

#define GET_TYPEDEF_CLASSES
#include "dialects/Tile/IR/TileTypes.cpp.inc"

void TileDialect::registerTypes() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/Tile/IR/TileTypes.cpp.inc"
      >();
}

static LogicalResult
verifyElementType(function_ref<InFlightDiagnostic()> emitError, Type type) {
  bool supported =
      type.isInteger(1) || type.isInteger(8) || type.isInteger(16) ||
      type.isInteger(32) || type.isInteger(64) ||
      isa<BFloat16Type, Float16Type, Float32Type, Float64Type, Float8E4M3FNType,
          Float8E5M2Type, Float8E4M3FNUZType, Float8E5M2FNUZType>(type);
  return supported
             ? success()
             : emitError() << "element type " << type << " is not supported";
}

LogicalResult PointerType::verify(function_ref<InFlightDiagnostic()> emitError,
                                  Type elementType) {
  return verifyElementType(emitError, elementType);
}

LogicalResult ArrayType::verify(function_ref<InFlightDiagnostic()> emitError,
                                unsigned rank, Type elementType, bool shared) {
  if (rank == 0) {
    return emitError() << "an array has at least one axis";
  }
  return verifyElementType(emitError, elementType);
}

Type ArrayType::parse(AsmParser &parser) {
  SmallVector<int64_t> shape;
  Type elementType;
  SMLoc location = parser.getCurrentLocation();
  if (parser.parseLess() || parser.parseDimensionList(shape) ||
      parser.parseType(elementType)) {
    return {};
  }
  bool shared = succeeded(parser.parseOptionalComma());
  if ((shared && parser.parseKeyword("shared")) || parser.parseGreater()) {
    return {};
  }
  if (!llvm::all_of(shape, ShapedType::isDynamic)) {
    parser.emitError(location, "expected '?' for every extent of an array");
    return {};
  }
  return parser.getChecked<ArrayType>(location, parser.getContext(),
                                      static_cast<unsigned>(shape.size()),
                                      elementType, shared);
}

void ArrayType::print(AsmPrinter &printer) const {
  printer << "<";
  for (unsigned axis = 0; axis < getRank(); ++axis) {
    printer << "?x";
  }
  printer << getElementType() << (getShared() ? ", shared>" : ">");
}

LogicalResult SharedType::verify(function_ref<InFlightDiagnostic()> emitError,
                                 ArrayRef<int64_t> shape, Type elementType,
                                 SharedLayoutAttr layout) {
  if (layout.getMap().shape() != shape) {
    return emitError() << "expected a layout of the buffer's own shape";
  }
  return verifyElementType(emitError, elementType);
}

int64_t SharedType::getBytes() const {
  int64_t elements = ShapedType::getNumElements(getShape());
  return elements *
         llvm::divideCeil(getElementType().getIntOrFloatBitWidth(), 8);
}

Type SharedType::parse(AsmParser &parser) {
  SmallVector<int64_t> shape;
  Type elementType;
  SharedLayoutAttr layout;
  SMLoc location = parser.getCurrentLocation();
  if (parser.parseLess() ||
      parser.parseDimensionList(shape, /*allowDynamic=*/false) ||
      parser.parseType(elementType) || parser.parseComma() ||
      parser.parseAttribute(layout) || parser.parseGreater()) {
    return {};
  }
  return parser.getChecked<SharedType>(location, parser.getContext(), shape,
                                       elementType, layout);
}

void SharedType::print(AsmPrinter &printer) const {
  printer << "<";
  printer.printDimensionList(getShape());
  printer << "x" << getElementType() << ", " << getLayout() << ">";
}
