//===- Element.cpp - element types: storage, rounding, encoding ----------===//

#include "Interp/Element.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/TypeSwitch.h"
#include <array>
#include <vector>

using namespace mlir;
using namespace moesaic::interp;

std::optional<ElementKind> moesaic::interp::getElementKind(Type type) {
  using Result = std::optional<ElementKind>;
  return llvm::TypeSwitch<Type, Result>(type)
      .Case<IndexType>([](auto) { return ElementKind::I64; })
      .Case<IntegerType>([](IntegerType integer) -> Result {
        switch (integer.getWidth()) {
        case 1:
          return ElementKind::I1;
        case 8:
          return ElementKind::I8;
        case 16:
          return ElementKind::I16;
        case 32:
          return ElementKind::I32;
        case 64:
          return ElementKind::I64;
        default:
          return std::nullopt;
        }
      })
      .Case<BFloat16Type>([](auto) { return ElementKind::BF16; })
      .Case<Float16Type>([](auto) { return ElementKind::F16; })
      .Case<Float32Type>([](auto) { return ElementKind::F32; })
      .Case<Float64Type>([](auto) { return ElementKind::F64; })
      .Case<Float8E4M3FNType>([](auto) { return ElementKind::F8E4M3FN; })
      .Case<Float8E5M2Type>([](auto) { return ElementKind::F8E5M2; })
      .Case<Float8E4M3FNUZType>([](auto) { return ElementKind::F8E4M3FNUZ; })
      .Case<Float8E5M2FNUZType>([](auto) { return ElementKind::F8E5M2FNUZ; })
      .Default(Result());
}

unsigned moesaic::interp::getIntegerWidth(ElementKind kind) {
  switch (kind) {
  case ElementKind::I1:
    return 1;
  case ElementKind::I8:
    return 8;
  case ElementKind::I16:
    return 16;
  case ElementKind::I32:
    return 32;
  default:
    return 64;
  }
}

unsigned moesaic::interp::getMemoryBytes(ElementKind kind) {
  return visitKind(kind, [](auto k) { return Codec<k.value>::bytes; });
}

template <typename Integer>
static double roundToOdd(Integer value) {
  double nearest = static_cast<double>(value);
  // A double of this size is an integer; compare it without overflow.
  __int128 error = static_cast<__int128>(value) -
                   static_cast<__int128>(static_cast<long double>(nearest));
  uint64_t bits = llvm::bit_cast<uint64_t>(nearest);
  if (error == 0 || (bits & 1)) {
    return nearest;
  }
  bits += (error > 0) == (nearest > 0) ? 1 : -1;
  return llvm::bit_cast<double>(bits);
}
double moesaic::interp::toOddDouble(int64_t value) { return roundToOdd(value); }
double moesaic::interp::toOddDouble(uint64_t value) {
  return roundToOdd(value);
}

uint32_t moesaic::interp::encodeFloat(float value, const FloatFormat &format) {
  uint32_t bits = llvm::bit_cast<uint32_t>(value);
  uint32_t sign = bits >> 31 << (format.bits - 1);
  uint32_t allOnes = (1u << (format.bits - 1)) - 1;
  uint32_t infinity = allOnes >> format.mantissa << format.mantissa;
  if (std::isnan(value)) {
    switch (format.specials) {
    case FloatFormat::Fnuz:
      return 1u << (format.bits - 1);
    case FloatFormat::NanOnly:
      return sign | allOnes;
    case FloatFormat::IEEE:
      uint32_t payload = (bits & 0x7fffff) >> (23 - format.mantissa);
      uint32_t quiet = 1u << (format.mantissa - 1);
      return sign | infinity | (payload ? payload : quiet);
    }
  }
  if (std::isinf(value)) {
    return sign | infinity;
  }
  if (value == 0) {
    return sign;
  }
  // Units in the last place, plus one binade for each exponent above the least.
  int exponent = std::max(std::ilogb(value), format.minExponent);
  auto units = static_cast<uint32_t>(
      std::scalbn(std::fabs(value), format.mantissa - exponent));
  return sign | ((exponent - format.minExponent) << format.mantissa) + units;
}

float moesaic::interp::decodeFloat(uint32_t bits, const FloatFormat &format) {
  uint32_t signBit = 1u << (format.bits - 1);
  bool negative = bits & signBit;
  uint32_t allOnes = signBit - 1;
  uint32_t magnitude = bits & allOnes;
  uint32_t infinity = allOnes >> format.mantissa << format.mantissa;
  float nan = llvm::bit_cast<float>(0x7fc00000u | (negative ? 1u << 31 : 0));
  switch (format.specials) {
  case FloatFormat::Fnuz:
    if (bits == signBit) {
      return llvm::bit_cast<float>(0x7fc00000u);
    }
    break;
  case FloatFormat::NanOnly:
    if (magnitude == allOnes) {
      return nan;
    }
    break;
  case FloatFormat::IEEE:
    if (magnitude >= infinity) { // the payload moves to the upper bits
      uint32_t payload = (magnitude & ((1u << format.mantissa) - 1))
                         << (23 - format.mantissa);
      return llvm::bit_cast<float>((negative ? 1u << 31 : 0) | 0x7f800000u |
                                   payload);
    }
    break;
  }
  uint32_t units = magnitude & ((1u << format.mantissa) - 1);
  int exponent = static_cast<int>(magnitude >> format.mantissa);
  if (exponent > 0) {
    units |= 1u << format.mantissa;
    --exponent;
  }
  float value = std::scalbn(static_cast<float>(units),
                            exponent + format.minExponent - format.mantissa);
  return negative ? -value : value;
}

const float *moesaic::interp::getDecodeTable(ElementKind kind) {
  static const auto tables = [] {
    std::array<std::vector<float>, 16> result;
    for (ElementKind small :
         {ElementKind::F16, ElementKind::F8E4M3FN, ElementKind::F8E5M2,
          ElementKind::F8E4M3FNUZ, ElementKind::F8E5M2FNUZ}) {
      FloatFormat format = getFloatFormat(small);
      std::vector<float> &table = result[static_cast<unsigned>(small)];
      for (uint32_t bits = 0; bits < 1u << format.bits; ++bits) {
        table.push_back(decodeFloat(bits, format));
      }
    }
    return result;
  }();
  return tables[static_cast<unsigned>(kind)].data();
}
