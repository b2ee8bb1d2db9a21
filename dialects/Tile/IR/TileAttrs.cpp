//===- TileAttrs.cpp - text form and checks of layouts --------------------===//

#include "Layout/Algebra.h"
#include "dialects/Tile/IR/Tile.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace moesaic;
using namespace moesaic::tile;

#include "dialects/Tile/IR/TileEnums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/Tile/IR/TileAttrs.cpp.inc"

void TileDialect::registerAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/Tile/IR/TileAttrs.cpp.inc"
      >();
}

/// A place in a layout is numbered with 32 bits.
static constexpr size_t largestLayoutBits = 30;

namespace {
/// One input as written: the coordinate vector of each bit.
struct InputText {
  std::string name;
  SmallVector<SmallVector<int64_t>> vectors;
};
} // namespace

/// Parses `name = [[c0, c1], ...]`.
static ParseResult parseInput(AsmParser &parser, StringRef name,
                              InputText &input) {
  input.name = name.str();
  return failure(
      parser.parseKeyword(name) || parser.parseEqual() ||
      parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, [&] {
        SmallVector<int64_t> &vector = input.vectors.emplace_back();
        return parser.parseCommaSeparatedList(
            AsmParser::Delimiter::Square,
            [&] { return parser.parseInteger(vector.emplace_back()); });
      }));
}

static FailureOr<LinearLayout> buildLayout(AsmParser &parser, SMLoc location,
                                           ArrayRef<InputText> inputs,
                                           ArrayRef<int64_t> extents) {
  size_t rank = extents.size();
  for (const InputText &input : inputs) {
    for (const auto &vector : input.vectors) {
      if (vector.size() != rank) {
        return parser.emitError(location)
               << "expected " << rank << " coordinates in every vector, got "
               << vector.size();
      }
      for (auto [coordinate, extent] : llvm::zip(vector, extents)) {
        if (coordinate < 0 || coordinate >= extent) {
          return parser.emitError(location)
                 << "coordinate " << coordinate << " lies outside the extent "
                 << extent;
        }
      }
    }
  }
  LinearLayout shapeOnly(extents, {});
  SmallVector<LayoutInput> result;
  for (const InputText &input : inputs) {
    LayoutInput &added = result.emplace_back();
    added.name = input.name;
    for (const auto &vector : input.vectors) {
      added.bases.push_back(shapeOnly.index(vector));
    }
  }
  return LinearLayout(extents, result);
}

static void printInput(AsmPrinter &printer, const LinearLayout &layout,
                       StringRef name) {
  printer << name << " = [";
  llvm::interleaveComma(layout.bases(name), printer, [&](uint32_t basis) {
    printer << "[";
    llvm::interleaveComma(layout.coordinates(basis), printer);
    printer << "]";
  });
  printer << "]";
}

/// Parses `shape = [4, 8]`.
static ParseResult parseExtents(AsmParser &parser,
                                SmallVectorImpl<int64_t> &extents) {
  SMLoc location;
  if (parser.parseKeyword("shape") || parser.parseEqual() ||
      failed(parser.getCurrentLocation(&location)) ||
      parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, [&] {
        return parser.parseInteger(extents.emplace_back());
      })) {
    return failure();
  }
  constexpr int64_t largest = int64_t(1) << 24;
  int64_t product = 1;
  for (int64_t extent : extents) {
    if (extent <= 0 || extent > largest || !llvm::isPowerOf2_64(extent) ||
        (product *= extent) > largest) {
      return parser.emitError(location) << "expected extents that are powers "
                                           "of two with a product of at most "
                                        << largest;
    }
  }
  return success();
}

Attribute LayoutAttr::parse(AsmParser &parser, Type) {
  SmallVector<int64_t> extents;
  InputText inputs[3];
  int32_t fragment = 1;
  SMLoc location = parser.getCurrentLocation();
  if (parser.parseLess() || parseExtents(parser, extents) ||
      parser.parseComma() || parseInput(parser, registerInput, inputs[0]) ||
      parser.parseComma() || parseInput(parser, laneInput, inputs[1]) ||
      parser.parseComma() || parseInput(parser, waveInput, inputs[2]) ||
      parser.parseComma() || parser.parseKeyword("fragment") ||
      parser.parseEqual() || parser.parseInteger(fragment) ||
      parser.parseGreater()) {
    return {};
  }
  FailureOr<LinearLayout> map = buildLayout(parser, location, inputs, extents);
  if (failed(map)) {
    return {};
  }
  return parser.getChecked<LayoutAttr>(location, parser.getContext(), *map,
                                       fragment);
}

void LayoutAttr::print(AsmPrinter &printer) const {
  printer << "<shape = [";
  llvm::interleaveComma(getMap().shape(), printer);
  printer << "], ";
  for (StringRef name : {registerInput, laneInput, waveInput}) {
    printInput(printer, getMap(), name);
    printer << ", ";
  }
  printer << "fragment = " << getFragment() << ">";
}

LogicalResult LayoutAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                 LinearLayout map, int32_t fragment) {
  size_t bits = allBases(map).size();
  if (bits > largestLayoutBits) {
    return emitError() << "expected at most " << largestLayoutBits
                       << " vectors in all, got " << bits;
  }
  int64_t registers = map.size(registerInput);
  if (fragment < 1 || !llvm::isPowerOf2_64(fragment) || fragment > registers) {
    return emitError()
           << "expected a fragment that is a power of two and at most "
           << registers << " registers, got " << fragment;
  }
  return success();
}

LogicalResult
LayoutAttr::verifyEncoding(ArrayRef<int64_t> shape, Type elementType,
                           function_ref<InFlightDiagnostic()> emitError) const {
  if (getMap().shape() != shape) {
    InFlightDiagnostic error = emitError() << "expected a layout of shape [";
    llvm::interleaveComma(shape, error);
    error << "], got [";
    llvm::interleaveComma(getMap().shape(), error);
    return error << "]";
  }
  return success();
}

Attribute SharedLayoutAttr::parse(AsmParser &parser, Type) {
  SmallVector<int64_t> extents;
  InputText input;
  SMLoc location = parser.getCurrentLocation();
  if (parser.parseLess() || parseExtents(parser, extents) ||
      parser.parseComma() || parseInput(parser, offsetInput, input) ||
      parser.parseGreater()) {
    return {};
  }
  FailureOr<LinearLayout> map = buildLayout(parser, location, input, extents);
  if (failed(map)) {
    return {};
  }
  return parser.getChecked<SharedLayoutAttr>(location, parser.getContext(),
                                             *map);
}

void SharedLayoutAttr::print(AsmPrinter &printer) const {
  printer << "<shape = [";
  llvm::interleaveComma(getMap().shape(), printer);
  printer << "], ";
  printInput(printer, getMap(), offsetInput);
  printer << ">";
}

LogicalResult
SharedLayoutAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                         LinearLayout map) {
  size_t bits = map.bases(offsetInput).size();
  if (bits > largestLayoutBits || int64_t(1) << bits != map.elements()) {
    return emitError() << "expected as many offsets as the tile has elements ("
                       << map.elements() << "), got 2^" << bits;
  }
  if (!isBijective(map)) {
    return emitError()
           << "expected every element at one offset, got vectors that "
              "depend on each other";
  }
  return success();
}
