//===- Element.h - element types: storage, rounding, encoding --*- C++ -*-===//
//
// The interpreter computes on decoded native values:
//
//   integers      int64_t, sign-extended from their width (so i1 true is -1)
//   f64           double
//   other floats  float, holding a value that the element type has exactly
//
// An operation computes in float or double and then rounds to the element type
// (`roundTo`). Memory holds the encoded bits (`Codec`).
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_INTERP_ELEMENT_H
#define MOESAIC_INTERP_ELEMENT_H

#include "mlir/IR/Types.h"
#include "llvm/ADT/bit.h"
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>

namespace moesaic::interp {

enum class ElementKind : uint8_t {
  I1,
  I8,
  I16,
  I32,
  I64,
  BF16,
  F16,
  F32,
  F64,
  F8E4M3FN,
  F8E5M2,
  F8E4M3FNUZ,
  F8E5M2FNUZ,
};

/// The kind of an integer, float or `index` type; none for any other type.
std::optional<ElementKind> getElementKind(mlir::Type type);

inline bool isInteger(ElementKind kind) { return kind <= ElementKind::I64; }
/// Bits of an integer kind.
unsigned getIntegerWidth(ElementKind kind);
/// Bytes that one element takes in memory.
unsigned getMemoryBytes(ElementKind kind);

/// What a binary format narrower than f32 can hold: `mantissa` explicit bits,
/// normal numbers from 2^minExponent to `max`.
struct FloatFormat {
  enum Specials {
    IEEE,    ///< infinities and NaNs
    NanOnly, ///< no infinity; overflow gives NaN (f8E4M3FN)
    Fnuz,    ///< no infinity, no negative zero; NaN is the bits of -0
  };
  int bits;
  int mantissa;
  int minExponent;
  double max;
  Specials specials;
};

inline constexpr FloatFormat getFloatFormat(ElementKind kind) {
  switch (kind) {
  case ElementKind::BF16:
    return {16, 7, -126, 0x1.fep127, FloatFormat::IEEE};
  case ElementKind::F16:
    return {16, 10, -14, 65504.0, FloatFormat::IEEE};
  case ElementKind::F8E4M3FN:
    return {8, 3, -6, 448.0, FloatFormat::NanOnly};
  case ElementKind::F8E5M2:
    return {8, 2, -14, 57344.0, FloatFormat::IEEE};
  case ElementKind::F8E4M3FNUZ:
    return {8, 3, -7, 240.0, FloatFormat::Fnuz};
  case ElementKind::F8E5M2FNUZ:
    return {8, 2, -15, 57344.0, FloatFormat::Fnuz};
  default:
    return {32, 23, -126, 0x1.fffffep127, FloatFormat::IEEE};
  }
}

/// Keeps the low `width` bits of an integer and extends their sign.
inline int64_t wrap(uint64_t value, unsigned width) {
  return static_cast<int64_t>(value << (64 - width)) >> (64 - width);
}
/// The low `width` bits as an unsigned number.
inline uint64_t asUnsigned(int64_t value, unsigned width) {
  return static_cast<uint64_t>(value) << (64 - width) >> (64 - width);
}

/// `value` rounded to the nearest number of the format, ties to even. Adding a
/// power of two whose last bit has the weight of the result's last bit makes
/// the addition round there.
template <ElementKind kind>
inline double roundTo(double value) {
  if constexpr (kind == ElementKind::F64) {
    return value;
  } else if constexpr (kind == ElementKind::F32) {
    return static_cast<float>(value);
  } else {
    constexpr FloatFormat format = getFloatFormat(kind);
    int exponent =
        static_cast<int>(llvm::bit_cast<uint64_t>(value) >> 52 & 0x7ff) - 1023;
    exponent = exponent < format.minExponent ? format.minExponent : exponent;
    exponent = exponent > 200 ? 200 : exponent; // overflows in any case
    double lastBit = llvm::bit_cast<double>(
        static_cast<uint64_t>(exponent - format.mantissa + 52 + 1023) << 52);
    double magic = 1.5 * lastBit;
    double magnitude = std::fabs(value);
    double rounded = (magnitude + magic) - magic;
    double overflow = format.specials == FloatFormat::IEEE
                          ? std::numeric_limits<double>::infinity()
                          : std::numeric_limits<double>::quiet_NaN();
    rounded = rounded > format.max ? overflow : rounded;
    rounded = std::copysign(rounded, value);
    return format.specials == FloatFormat::Fnuz ? rounded + 0.0 : rounded;
  }
}

/// `value` to the nearest double, except that an inexact result has its last
/// bit set: rounding it again to a narrower type then rounds only once.
double toOddDouble(int64_t value);
double toOddDouble(uint64_t value);

/// a * b + c with one rounding, for a, b and c of `kind` as double.
template <ElementKind kind>
double fusedMultiplyAdd(double a, double b, double c) {
  if constexpr (kind == ElementKind::F64) {
    return std::fma(a, b, c);
  } else if constexpr (kind == ElementKind::F32) {
    return std::fma(static_cast<float>(a), static_cast<float>(b),
                    static_cast<float>(c));
  } else {
    // The product is exact. The sum is rounded to odd, then to the type.
    double product = a * b, sum = product + c;
    double part = sum - product;
    double error = (product - (sum - part)) + (c - part);
    uint64_t bits = llvm::bit_cast<uint64_t>(sum);
    if (error != 0 && std::isfinite(sum) && (bits & 1) == 0) {
      bits += (error > 0) == (sum > 0) ? 1 : -1;
      sum = llvm::bit_cast<double>(bits);
    }
    return roundTo<kind>(sum);
  }
}

/// How one kind of element lies in memory. `Value` is the decoded type.
template <ElementKind kind>
struct Codec;

template <typename Bits, unsigned valueBits>
struct IntegerCodec {
  using Value = int64_t;
  static constexpr unsigned bytes = sizeof(Bits);
  static Value load(const char *memory) {
    Bits bits;
    std::memcpy(&bits, memory, sizeof(bits));
    return wrap(bits, valueBits);
  }
  static void store(char *memory, Value value) {
    Bits bits = static_cast<Bits>(asUnsigned(value, valueBits));
    std::memcpy(memory, &bits, sizeof(bits));
  }
};
template <>
struct Codec<ElementKind::I1> : IntegerCodec<uint8_t, 1> {};
template <>
struct Codec<ElementKind::I8> : IntegerCodec<uint8_t, 8> {};
template <>
struct Codec<ElementKind::I16> : IntegerCodec<uint16_t, 16> {};
template <>
struct Codec<ElementKind::I32> : IntegerCodec<uint32_t, 32> {};
template <>
struct Codec<ElementKind::I64> : IntegerCodec<uint64_t, 64> {};

template <typename Native>
struct NativeCodec {
  using Value = Native;
  static constexpr unsigned bytes = sizeof(Native);
  static Value load(const char *memory) {
    Native value;
    std::memcpy(&value, memory, sizeof(value));
    return value;
  }
  static void store(char *memory, Value value) {
    std::memcpy(memory, &value, sizeof(value));
  }
};
template <>
struct Codec<ElementKind::F32> : NativeCodec<float> {};
template <>
struct Codec<ElementKind::F64> : NativeCodec<double> {};

/// bf16 is the upper half of f32.
template <>
struct Codec<ElementKind::BF16> {
  using Value = float;
  static constexpr unsigned bytes = 2;
  static Value load(const char *memory) {
    uint16_t bits;
    std::memcpy(&bits, memory, sizeof(bits));
    return llvm::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
  }
  static void store(char *memory, Value value) {
    uint16_t bits = llvm::bit_cast<uint32_t>(value) >> 16;
    std::memcpy(memory, &bits, sizeof(bits));
  }
};

/// The bits of a number that the format has exactly.
uint32_t encodeFloat(float value, const FloatFormat &format);
/// The number that bits of the format mean.
float decodeFloat(uint32_t bits, const FloatFormat &format);
/// decodeFloat of every number of up to 16 bits, by its bits.
const float *getDecodeTable(ElementKind kind);

template <typename Bits, ElementKind kind>
struct SmallFloatCodec {
  using Value = float;
  static constexpr unsigned bytes = sizeof(Bits);
  static Value load(const char *memory) {
    static const float *const table = getDecodeTable(kind);
    Bits bits;
    std::memcpy(&bits, memory, sizeof(bits));
    return table[bits];
  }
  static void store(char *memory, Value value) {
    Bits bits = encodeFloat(value, getFloatFormat(kind));
    std::memcpy(memory, &bits, sizeof(bits));
  }
};
template <>
struct Codec<ElementKind::F16> : SmallFloatCodec<uint16_t, ElementKind::F16> {};
template <>
struct Codec<ElementKind::F8E4M3FN>
    : SmallFloatCodec<uint8_t, ElementKind::F8E4M3FN> {};
template <>
struct Codec<ElementKind::F8E5M2>
    : SmallFloatCodec<uint8_t, ElementKind::F8E5M2> {};
template <>
struct Codec<ElementKind::F8E4M3FNUZ>
    : SmallFloatCodec<uint8_t, ElementKind::F8E4M3FNUZ> {};
template <>
struct Codec<ElementKind::F8E5M2FNUZ>
    : SmallFloatCodec<uint8_t, ElementKind::F8E5M2FNUZ> {};

template <ElementKind value>
using Kind = std::integral_constant<ElementKind, value>;

/// Calls `function` with `Kind<kind>()`, for a float kind.
template <typename F>
decltype(auto) visitFloat(ElementKind kind, F &&function) {
  switch (kind) {
  case ElementKind::BF16:
    return function(Kind<ElementKind::BF16>());
  case ElementKind::F16:
    return function(Kind<ElementKind::F16>());
  case ElementKind::F64:
    return function(Kind<ElementKind::F64>());
  case ElementKind::F8E4M3FN:
    return function(Kind<ElementKind::F8E4M3FN>());
  case ElementKind::F8E5M2:
    return function(Kind<ElementKind::F8E5M2>());
  case ElementKind::F8E4M3FNUZ:
    return function(Kind<ElementKind::F8E4M3FNUZ>());
  case ElementKind::F8E5M2FNUZ:
    return function(Kind<ElementKind::F8E5M2FNUZ>());
  default:
    return function(Kind<ElementKind::F32>());
  }
}

/// Calls `function` with `Kind<kind>()`, for any kind.
template <typename F>
decltype(auto) visitKind(ElementKind kind, F &&function) {
  switch (kind) {
  case ElementKind::I1:
    return function(Kind<ElementKind::I1>());
  case ElementKind::I8:
    return function(Kind<ElementKind::I8>());
  case ElementKind::I16:
    return function(Kind<ElementKind::I16>());
  case ElementKind::I32:
    return function(Kind<ElementKind::I32>());
  case ElementKind::I64:
    return function(Kind<ElementKind::I64>());
  default:
    return visitFloat(kind, std::forward<F>(function));
  }
}

} // namespace moesaic::interp

#endif
