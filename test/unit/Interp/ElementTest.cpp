//===- ElementTest.cpp - rounding and encoding against APFloat ------------===//

#include "Interp/Element.h"
#include "llvm/ADT/APFloat.h"
#include "gtest/gtest.h"
#include <random>

using namespace moesaic::interp;
using llvm::APFloat;

template <ElementKind kind>
static const llvm::fltSemantics &getSemantics() {
  switch (kind) {
  case ElementKind::BF16:
    return APFloat::BFloat();
  case ElementKind::F16:
    return APFloat::IEEEhalf();
  case ElementKind::F8E4M3FN:
    return APFloat::Float8E4M3FN();
  case ElementKind::F8E5M2:
    return APFloat::Float8E5M2();
  case ElementKind::F8E4M3FNUZ:
    return APFloat::Float8E4M3FNUZ();
  case ElementKind::F8E5M2FNUZ:
    return APFloat::Float8E5M2FNUZ();
  default:
    return APFloat::IEEEsingle();
  }
}

template <typename T>
class SmallFloats : public testing::Test {};

using Kinds =
    testing::Types<Kind<ElementKind::BF16>, Kind<ElementKind::F16>,
                   Kind<ElementKind::F8E4M3FN>, Kind<ElementKind::F8E5M2>,
                   Kind<ElementKind::F8E4M3FNUZ>,
                   Kind<ElementKind::F8E5M2FNUZ>>;
TYPED_TEST_SUITE(SmallFloats, Kinds);

/// The bits that APFloat rounds a double to.
template <ElementKind kind>
static uint64_t roundWithAPFloat(double value) {
  APFloat number(value);
  bool losesInfo;
  number.convert(getSemantics<kind>(), APFloat::rmNearestTiesToEven,
                 &losesInfo);
  return number.bitcastToAPInt().getZExtValue();
}

template <ElementKind kind>
static void expectSameRounding(double value) {
  uint64_t bits = 0;
  Codec<kind>::store(reinterpret_cast<char *>(&bits),
                     static_cast<float>(roundTo<kind>(value)));
  EXPECT_EQ(bits, roundWithAPFloat<kind>(value)) << value;
}

// Every bit pattern decodes to APFloat's value and encodes to itself.
TYPED_TEST(SmallFloats, EveryPatternDecodesAndEncodes) {
  constexpr ElementKind kind = TypeParam::value;
  unsigned width = getFloatFormat(kind).bits;
  for (uint32_t bits = 0; bits < 1u << width; ++bits) {
    APFloat expected(getSemantics<kind>(), llvm::APInt(width, bits));
    float value = Codec<kind>::load(reinterpret_cast<const char *>(&bits));
    ASSERT_EQ(std::isnan(value), expected.isNaN()) << bits;
    if (!expected.isNaN()) {
      ASSERT_EQ(value, expected.convertToFloat()) << bits;
      ASSERT_EQ(std::signbit(value), expected.isNegative()) << bits;
    }
    uint32_t encoded = 0;
    Codec<kind>::store(reinterpret_cast<char *>(&encoded), value);
    ASSERT_EQ(encoded, bits);
  }
}

// Ties, their neighbours and everything beyond the range, for each number.
TYPED_TEST(SmallFloats, RoundsAsAPFloatDoes) {
  constexpr ElementKind kind = TypeParam::value;
  unsigned width = getFloatFormat(kind).bits;
  double infinity = std::numeric_limits<double>::infinity();
  for (uint32_t bits = 0; bits < 1u << width; ++bits) {
    double value = Codec<kind>::load(reinterpret_cast<const char *>(&bits));
    uint32_t nextBits = bits + 1;
    double next = Codec<kind>::load(reinterpret_cast<const char *>(&nextBits));
    if (!std::isfinite(value)) {
      continue;
    }
    if (!std::isfinite(next)) {
      next = value * (1 + std::ldexp(1.0, -getFloatFormat(kind).mantissa));
    }
    double middle = (value + next) / 2;
    for (double start : {value, middle, next}) {
      expectSameRounding<kind>(start);
      expectSameRounding<kind>(std::nextafter(start, infinity));
      expectSameRounding<kind>(std::nextafter(start, -infinity));
    }
  }
  for (double special : {0.0, -0.0, infinity, -infinity, 1e300, -1e300, 1e-300,
                         -1e-300, 5e-324, -5e-324}) {
    expectSameRounding<kind>(special);
  }
}

// A fused multiply-add rounds once.
TYPED_TEST(SmallFloats, FusedMultiplyAddRoundsOnce) {
  constexpr ElementKind kind = TypeParam::value;
  unsigned width = getFloatFormat(kind).bits;
  std::mt19937 random(1);
  for (int i = 0; i < 100000; ++i) {
    uint32_t bits[3];
    float values[3];
    bool finite = true;
    for (int j = 0; j < 3; ++j) {
      bits[j] = random() & ((1u << width) - 1);
      values[j] = Codec<kind>::load(reinterpret_cast<char *>(&bits[j]));
      finite &= std::isfinite(values[j]);
    }
    if (!finite) {
      continue;
    }
    auto make = [&](int j) {
      return APFloat(getSemantics<kind>(), llvm::APInt(width, bits[j]));
    };
    // In quadruple precision the sum is exact, or far wider than the result and
    // rounded to odd.
    APFloat product = make(0), other = make(1), sum = make(2);
    bool losesInfo;
    for (APFloat *number : {&product, &other, &sum}) {
      number->convert(APFloat::IEEEquad(), APFloat::rmNearestTiesToEven,
                      &losesInfo);
    }
    product.multiply(other, APFloat::rmNearestTiesToEven);
    if (sum.add(product, APFloat::rmTowardZero) & APFloat::opInexact) {
      sum = APFloat(APFloat::IEEEquad(), sum.bitcastToAPInt() | 1);
    }
    sum.convert(getSemantics<kind>(), APFloat::rmNearestTiesToEven, &losesInfo);
    if (sum.isZero()) {
      continue; // the sign of an exact zero differs by rounding mode
    }
    uint32_t result = 0;
    Codec<kind>::store(reinterpret_cast<char *>(&result),
                       static_cast<float>(fusedMultiplyAdd<kind>(
                           values[0], values[1], values[2])));
    ASSERT_EQ(result, sum.bitcastToAPInt().getZExtValue())
        << values[0] << " * " << values[1] << " + " << values[2];
  }
}

TEST(Element, IntegersToDoubleRoundToOdd) {
  EXPECT_EQ(toOddDouble(int64_t(1) << 53), 0x1p53);
  EXPECT_EQ(toOddDouble((int64_t(1) << 53) + 1), 0x1.0000000000001p53);
  EXPECT_EQ(toOddDouble((int64_t(1) << 54) + 1), 0x1.0000000000001p54);
  EXPECT_EQ(toOddDouble((int64_t(1) << 54) + 7), 0x1.0000000000001p54);
  EXPECT_EQ(toOddDouble((int64_t(1) << 54) + 9), 0x1.0000000000003p54);
  EXPECT_EQ(toOddDouble(-(int64_t(1) << 54) - 1), -0x1.0000000000001p54);
  EXPECT_EQ(toOddDouble(std::numeric_limits<int64_t>::max()),
            0x1.fffffffffffffp62);
  EXPECT_EQ(toOddDouble(std::numeric_limits<uint64_t>::max()),
            0x1.fffffffffffffp63);
  EXPECT_EQ(toOddDouble(std::numeric_limits<int64_t>::min()), -0x1p63);
}

TEST(Element, WrapExtendsTheSign) {
  EXPECT_EQ(wrap(0xff, 8), -1);
  EXPECT_EQ(wrap(0x17f, 8), 127);
  EXPECT_EQ(wrap(1, 1), -1);
  EXPECT_EQ(wrap(0x80000000u, 32), -2147483648ll);
  EXPECT_EQ(asUnsigned(-1, 16), 65535u);
}
