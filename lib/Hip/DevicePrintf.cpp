//===- DevicePrintf.cpp - what kernels print ------------------------------===//
//
// Arguments arrive as clang's AMDGPUEmitPrintf packs them: integers and
// pointers in 64 bits, floats as doubles, strings in place.
//
//===----------------------------------------------------------------------===//

#include "Hip/DevicePrintf.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>

using namespace llvm;
using namespace moesaic::hip;

namespace {

/// Takes one argument after the other.
class Arguments {
public:
  explicit Arguments(ArrayRef<uint8_t> bytes) : bytes(bytes) {}

  uint64_t word() {
    if (bytes.size() < 8) {
      return 0;
    }
    uint64_t value = support::endian::read64le(bytes.data());
    bytes = bytes.drop_front(8);
    return value;
  }

  std::string text() {
    auto end = std::find(bytes.begin(), bytes.end(), 0);
    std::string result(bytes.begin(), end);
    bytes = bytes.drop_front(
        std::min<size_t>(bytes.size(), alignTo(result.size() + 1, 8)));
    return result;
  }

  ArrayRef<uint8_t> rest() const { return bytes; }

private:
  ArrayRef<uint8_t> bytes;
};

} // namespace

/// snprintf into a string.
template <typename T>
static std::string print(const std::string &specifier, T value) {
  int size = snprintf(nullptr, 0, specifier.c_str(), value);
  std::string result(size_t(std::max(size, 0)) + 1, 0);
  snprintf(result.data(), result.size(), specifier.c_str(), value);
  result.pop_back();
  return result;
}

/// Formats one argument. `flags` is the specifier up to its length modifier.
static std::string formatOne(const std::string &flags, StringRef length,
                             char conversion, Arguments &arguments) {
  switch (conversion) {
  case 'd':
  case 'i':
  case 'o':
  case 'u':
  case 'x':
  case 'X': {
    uint64_t value = arguments.word();
    if (length.empty() || length.starts_with("h")) {
      return print(flags + length.str() + conversion, int(value));
    }
    return print(flags + "ll" + conversion, static_cast<long long>(value));
  }
  case 'c':
    return print(flags + conversion, int(arguments.word()));
  case 'p':
    return print(flags + conversion,
                 reinterpret_cast<void *>(arguments.word()));
  case 's':
    return print(flags + conversion, arguments.text().c_str());
  case 'n':
    (void)arguments.word(); // as on devices, nothing is written
    return "";
  default:
    return print(flags + conversion, bit_cast<double>(arguments.word()));
  }
}

std::string moesaic::hip::formatDeviceMessage(StringRef format,
                                              ArrayRef<uint8_t> bytes) {
  Arguments arguments(bytes);
  std::string out;
  while (!format.empty()) {
    size_t percent = format.find('%');
    out += format.take_front(percent);
    StringRef specifier = format.drop_front(std::min(percent, format.size()));
    if (specifier.empty()) {
      break;
    }
    // Flags, width and precision; a star is a number among the arguments.
    std::string flags = "%";
    size_t at = 1;
    while (at < specifier.size() &&
           StringRef("-+ #0123456789.*").contains(specifier[at])) {
      char c = specifier[at++];
      flags +=
          c == '*' ? std::to_string(int(arguments.word())) : std::string(1, c);
    }
    size_t end =
        std::min(specifier.find_first_not_of("hlLjzt", at), specifier.size());
    StringRef length = specifier.slice(at, end);
    if (end == specifier.size() ||
        !StringRef("diouxXcpsneEfFgGaA").contains(specifier[end])) {
      // `%%`, or nothing that printf knows.
      bool escape = specifier.starts_with("%%");
      out += escape ? "%" : specifier.take_front(1);
      format = specifier.drop_front(escape ? 2 : 1);
      continue;
    }
    out += formatOne(flags, length, specifier[end], arguments);
    format = specifier.drop_front(end + 1);
  }
  return out;
}

int moesaic::hip::printDeviceMessage(FILE *stream, ArrayRef<uint8_t> message) {
  Arguments arguments(message);
  std::string format = arguments.text();
  std::string out = formatDeviceMessage(format, arguments.rest());
  fwrite(out.data(), 1, out.size(), stream);
  return int(out.size());
}

/// The string of `ID:SIZES:HASH,FORMAT` with the hash, or an empty one.
static StringRef findFormat(ArrayRef<std::string> formats, uint64_t hash) {
  std::string digits = utohexstr(hash, /*LowerCase=*/true);
  for (StringRef entry : formats) {
    auto [head, text] = entry.split(',');
    if (head.rsplit(':').second == digits) {
      return text;
    }
  }
  return "";
}

void moesaic::hip::printDeviceBuffer(ArrayRef<uint8_t> records,
                                     ArrayRef<std::string> formats) {
  while (records.size() >= 4) {
    // Bit 0: standard error; bit 1: a constant format, given by the hash of its
    // text; above: the size of the record.
    uint32_t control = support::endian::read32le(records.data());
    size_t size = control >> 2;
    if (size < 4 || size > records.size()) {
      return;
    }
    FILE *stream = control & 1 ? stderr : stdout;
    ArrayRef<uint8_t> body = records.slice(4, size - 4);
    if (!(control & 2)) {
      printDeviceMessage(stream, body);
    } else if (body.size() >= 8) {
      uint64_t hash = support::endian::read64le(body.data());
      std::string out =
          formatDeviceMessage(findFormat(formats, hash), body.drop_front(8));
      fwrite(out.data(), 1, out.size(), stream);
    }
    records = records.drop_front(size);
  }
}
