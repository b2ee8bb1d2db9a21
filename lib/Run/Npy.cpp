//===- Npy.cpp - NumPy array files ----------------------------------------===//

#include "Run/Npy.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"

using namespace moesaic::run;
using llvm::createStringError;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

static constexpr StringRef magic("\x93NUMPY", 6);

namespace {
/// Parses the header: a Python dictionary such as
/// {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
class HeaderParser {
public:
  explicit HeaderParser(StringRef text) : rest(text) {}

  Error parse(NpyArray &array) {
    bool hasDescr = false, hasOrder = false, hasShape = false;
    if (!take("{")) {
      return malformed("expected '{'");
    }
    while (!take("}")) {
      std::string key;
      if (!takeString(key) || !take(":")) {
        return malformed("expected a key and ':'");
      }
      if (key == "descr") {
        hasDescr = true;
        if (take("[")) {
          return createStringError("structured elements are not supported");
        }
        if (!takeString(array.descr)) {
          return malformed("expected a string after 'descr'");
        }
      } else if (key == "fortran_order") {
        hasOrder = true;
        if (take("True")) {
          return createStringError(
              "the array is in Fortran order, expected C order\nhelp: save "
              "numpy.ascontiguousarray(array)");
        }
        if (!take("False")) {
          return malformed("expected True or False after 'fortran_order'");
        }
      } else if (key == "shape") {
        hasShape = true;
        if (Error error = parseShape(array)) {
          return error;
        }
      } else {
        return malformed("unknown key '" + key + "'");
      }
      if (!take(",") && !peek("}")) {
        return malformed("expected ',' or '}'");
      }
    }
    if (!hasDescr || !hasOrder || !hasShape) {
      return malformed("expected the keys descr, fortran_order and shape");
    }
    if (!rest.trim().empty()) {
      return malformed("expected the end after '}'");
    }
    return Error::success();
  }

private:
  StringRef rest;

  static Error malformed(const llvm::Twine &why) {
    return createStringError("malformed .npy header: " + why);
  }
  bool peek(StringRef token) { return rest.ltrim().starts_with(token); }
  bool take(StringRef token) {
    if (!peek(token)) {
      return false;
    }
    rest = rest.ltrim().drop_front(token.size());
    return true;
  }
  bool takeString(std::string &string) {
    if (!peek("'") && !peek("\"")) {
      return false;
    }
    rest = rest.ltrim();
    size_t end = rest.find(rest.front(), 1);
    if (end == StringRef::npos) {
      return false;
    }
    string = rest.slice(1, end).str();
    rest = rest.drop_front(end + 1);
    return true;
  }
  Error parseShape(NpyArray &array) {
    if (!take("(")) {
      return malformed("expected a tuple after 'shape'");
    }
    while (!take(")")) {
      rest = rest.ltrim();
      int64_t extent;
      if (rest.consumeInteger(10, extent) || extent < 0) {
        return malformed("expected an extent in 'shape'");
      }
      array.shape.push_back(extent);
      if (!take(",") && !peek(")")) {
        return malformed("expected ',' or ')' in 'shape'");
      }
    }
    return Error::success();
  }
};
} // namespace

/// Bytes of one element, or an error if its type is none of ours.
static Expected<unsigned> getDescrBytes(StringRef descr) {
  unsigned bytes;
  if (descr.size() < 3 || !llvm::is_contained("<>|=", descr[0]) ||
      descr.drop_front(2).getAsInteger(10, bytes)) {
    return createStringError("unknown element type '" + descr + "'");
  }
  if (descr[0] == '>' && bytes > 1) {
    return createStringError("elements of type '" + descr +
                             "' are big-endian, expected little-endian");
  }
  if (!llvm::is_contained("biufV", descr[1]) || bytes > 8 ||
      !llvm::isPowerOf2_32(bytes)) {
    return createStringError("elements of type '" + descr +
                             "' are not supported");
  }
  return bytes;
}

Expected<NpyArray>
moesaic::run::parseNpy(std::unique_ptr<llvm::MemoryBuffer> file) {
  NpyArray array;
  StringRef bytes = file->getBuffer();
  if (!bytes.consume_front(magic)) {
    return createStringError("this is not a .npy file");
  }
  if (bytes.size() < 2) {
    return createStringError("the .npy header is cut off");
  }
  unsigned version = static_cast<unsigned char>(bytes[0]);
  if (version < 1 || version > 3) {
    return createStringError("unknown .npy version %u, expected 1 to 3",
                             version);
  }
  bytes = bytes.drop_front(2);
  size_t lengthBytes = version == 1 ? 2 : 4;
  if (bytes.size() < lengthBytes) {
    return createStringError("the .npy header is cut off");
  }
  size_t length = version == 1 ? llvm::support::endian::read16le(bytes.data())
                               : llvm::support::endian::read32le(bytes.data());
  bytes = bytes.drop_front(lengthBytes);
  if (bytes.size() < length) {
    return createStringError("the .npy header is cut off");
  }
  if (Error error = HeaderParser(bytes.take_front(length)).parse(array)) {
    return error;
  }
  Expected<unsigned> elementBytes = getDescrBytes(array.descr);
  if (!elementBytes) {
    return elementBytes.takeError();
  }
  uint64_t expected = *elementBytes;
  bool overflow = false;
  // Without the zeros, so that (0, 2^62, 2^62) is an empty array.
  for (int64_t extent : array.shape) {
    bool tooLarge = false;
    expected = llvm::SaturatingMultiply<uint64_t>(
        expected, std::max<int64_t>(extent, 1), &tooLarge);
    overflow |= tooLarge;
  }
  if (llvm::is_contained(array.shape, 0)) {
    expected = 0;
  } else if (overflow) {
    return createStringError("the shape has too many elements");
  }
  array.data = bytes.drop_front(length);
  if (array.data.size() != expected) {
    return createStringError("%zu bytes of elements, expected %llu",
                             array.data.size(),
                             static_cast<unsigned long long>(expected));
  }
  array.file = std::move(file);
  return array;
}

Expected<NpyArray> moesaic::run::readNpy(StringRef path) {
  auto file = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                          /*RequiresNullTerminator=*/false);
  if (!file) {
    return createStringError("cannot read '" + path +
                             "': " + file.getError().message());
  }
  Expected<NpyArray> array = parseNpy(std::move(*file));
  if (!array) {
    return createStringError("'" + path +
                             "': " + llvm::toString(array.takeError()));
  }
  return array;
}

std::string moesaic::run::makeNpyHeader(StringRef descr,
                                        llvm::ArrayRef<int64_t> shape) {
  std::string tuple = "(";
  for (int64_t extent : shape) {
    tuple += std::to_string(extent) + (shape.size() == 1 ? "," : ", ");
  }
  if (shape.size() > 1) {
    tuple.resize(tuple.size() - 2);
  }
  std::string header = "{'descr': '" + descr.str() +
                       "', 'fortran_order': False, 'shape': " + tuple + "), }";
  // Elements start at a multiple of 64; the header ends with a newline.
  size_t prefix = magic.size() + 4;
  header.resize(llvm::alignTo(prefix + header.size() + 1, 64) - prefix - 1,
                ' ');
  header += '\n';
  std::string result = magic.str();
  result += {'\x01', '\x00', static_cast<char>(header.size() & 0xff),
             static_cast<char>(header.size() >> 8)};
  return result + header;
}

StringRef moesaic::run::getNpyDescr(mlir::Type type) {
  unsigned width = type.getIntOrFloatBitWidth();
  if (width == 1) {
    return "|b1";
  }
  if (llvm::isa<mlir::BFloat16Type>(type)) {
    return "<u2";
  }
  bool isFloat = llvm::isa<mlir::FloatType>(type);
  switch (width) {
  case 8:
    return isFloat ? "|u1" : "|i1";
  case 16:
    return isFloat ? "<f2" : "<i2";
  case 32:
    return isFloat ? "<f4" : "<i4";
  default:
    return isFloat ? "<f8" : "<i8";
  }
}

bool moesaic::run::isNpyDescrOf(StringRef descr, mlir::Type type) {
  StringRef given = descr.drop_front(),
            expected = getNpyDescr(type).drop_front();
  bool isInteger = type.isInteger() && type.getIntOrFloatBitWidth() > 1;
  bool hasNoNumpyType = type.isBF16() || (llvm::isa<mlir::FloatType>(type) &&
                                          type.getIntOrFloatBitWidth() == 8);
  return given == expected ||
         (isInteger && given[0] == 'u' && given[1] == expected[1]) ||
         (hasNoNumpyType && given[0] == 'V' && given[1] == expected[1]);
}

std::string moesaic::run::describeNpyDescr(StringRef descr) {
  unsigned bytes;
  if (descr.size() < 3 || descr.drop_front(2).getAsInteger(10, bytes)) {
    return descr.str();
  }
  if (descr[1] == 'b') {
    return "bool";
  }
  StringRef name = llvm::StringSwitch<StringRef>(descr.slice(1, 2))
                       .Case("i", "int")
                       .Case("u", "uint")
                       .Case("f", "float")
                       .Default("void");
  return name.str() + std::to_string(bytes * 8);
}
