//===- FloatTest.cpp - bf16 on the simulator, bit for bit -----------------===//

#include "LaneHarness.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/bit.h"
#include "gtest/gtest.h"
#include <random>

using namespace llvm;
using namespace moesaic::test;

/// `value` rounded once to bf16; its bits.
static uint16_t toBF16(APFloat value) {
  bool losesInfo = false;
  value.convert(APFloat::BFloat(), APFloat::rmNearestTiesToEven, &losesInfo);
  return value.bitcastToAPInt().getZExtValue();
}

static APFloat fromBF16(uint16_t bits) {
  return APFloat(APFloat::BFloat(), APInt(16, bits));
}

static bool isNaN(uint16_t bits) { return (bits & 0x7fff) > 0x7f80; }

TEST(BF16, TruncationRoundsToNearestEven) {
  std::vector<uint32_t> inputs =
      sweepFloats({0x0000, 0x0001, 0x7fff, 0x8000, 0x8001, 0xffff});
  std::vector<uint16_t> results = asHalves(
      mapLanes("%y = arith.truncf %x : f32 to bf16", "f32", "bf16", inputs));
  ASSERT_EQ(results.size(), inputs.size());
  for (auto [input, result] : zip(inputs, results)) {
    // Includes NaN: quiet, with its sign and the upper payload.
    ASSERT_EQ(result, toBF16(APFloat(bit_cast<float>(input))))
        << "f32 bits " << input;
  }
}

TEST(BF16, TruncationOfVectorsIsThatOfScalars) {
  std::vector<uint32_t> inputs = sweepFloats({0x8000, 0x8001});
  std::vector<uint16_t> results = asHalves(mapLanes(R"(
    %one = arith.constant 1.0 : f32
    %v = vector.from_elements %one, %x : vector<2xf32>
    %t = arith.truncf %v : vector<2xf32> to vector<2xbf16>
    %y = vector.extract %t[1] : bf16 from vector<2xbf16>)",
                                                    "f32", "bf16", inputs));
  ASSERT_EQ(results.size(), inputs.size());
  for (auto [input, result] : zip(inputs, results)) {
    ASSERT_EQ(result, toBF16(APFloat(bit_cast<float>(input))))
        << "f32 bits " << input;
  }
}

/// All pairs of operands are packed as two bf16 in one word.
static void checkBinary(StringRef op,
                        APFloat::opStatus (*apply)(APFloat &,
                                                   const APFloat &)) {
  std::mt19937 random(1);
  std::vector<uint32_t> inputs;
  for (uint32_t special : {0x0000u, 0x8000u, 0x0001u, 0x007fu, 0x0080u, 0x3f80u,
                           0x3f81u, 0x7f7fu, 0x7f80u, 0xff80u, 0x7fc0u}) {
    for (uint32_t other : {0x0000u, 0x8000u, 0x0001u, 0x0080u, 0x3f80u, 0xbf81u,
                           0x7f7fu, 0x7f80u}) {
      inputs.push_back(special << 16 | other);
    }
  }
  while (inputs.size() < 100000) {
    inputs.push_back(random());
  }
  // Near exponents, where sums round.
  while (inputs.size() < 200000) {
    inputs.push_back((random() & 0x83ff83ff) | 0x3c003c00);
  }
  std::string body = ("%v = llvm.bitcast %x : i32 to vector<2xbf16>\n"
                      "%a = vector.extract %v[0] : bf16 from vector<2xbf16>\n"
                      "%b = vector.extract %v[1] : bf16 from vector<2xbf16>\n"
                      "%y = " +
                      op + " %a, %b : bf16")
                         .str();
  std::vector<uint16_t> results =
      asHalves(mapLanes(body, "i32", "bf16", inputs));
  ASSERT_EQ(results.size(), inputs.size());
  for (auto [input, result] : zip(inputs, results)) {
    APFloat expected = fromBF16(input & 0xffff);
    apply(expected, fromBF16(input >> 16));
    uint16_t bits = expected.bitcastToAPInt().getZExtValue();
    if (isNaN(bits)) {
      ASSERT_TRUE(isNaN(result)) << op.str() << " of " << input;
    } else {
      ASSERT_EQ(result, bits) << op.str() << " of " << input;
    }
  }
}

TEST(BF16, ArithmeticIsRoundedOnce) {
  checkBinary("arith.addf", [](APFloat &a, const APFloat &b) {
    return a.add(b, APFloat::rmNearestTiesToEven);
  });
  checkBinary("arith.subf", [](APFloat &a, const APFloat &b) {
    return a.subtract(b, APFloat::rmNearestTiesToEven);
  });
  checkBinary("arith.mulf", [](APFloat &a, const APFloat &b) {
    return a.multiply(b, APFloat::rmNearestTiesToEven);
  });
  checkBinary("arith.divf", [](APFloat &a, const APFloat &b) {
    return a.divide(b, APFloat::rmNearestTiesToEven);
  });
}

/// `body` converts the i32 `%x`, which stands for `widen` of it, to bf16.
static void checkInteger(StringRef body, bool isSigned,
                         APInt (*widen)(uint32_t)) {
  std::vector<uint32_t> inputs = {
      0, 1, 0x80000000, 0x7fffffff, 0xffffffff, 0x01010001, 0x00ffffff};
  std::mt19937 random(2);
  while (inputs.size() < 20000) {
    // Besides any values those around a tie of bf16, which f32 rounds to it.
    inputs.push_back(random());
    uint32_t tie = (0x81 + (random() & 0xfe)) << (random() % 24);
    inputs.push_back(tie + random() % 3 - 1);
  }
  std::vector<uint16_t> results =
      asHalves(mapLanes(body, "i32", "bf16", inputs));
  ASSERT_EQ(results.size(), inputs.size());
  for (auto [input, result] : zip(inputs, results)) {
    APFloat expected(APFloat::BFloat());
    expected.convertFromAPInt(widen(input), isSigned,
                              APFloat::rmNearestTiesToEven);
    ASSERT_EQ(result, expected.bitcastToAPInt().getZExtValue()) << input;
  }
}

TEST(BF16, IntegersAreRoundedOnce) {
  checkInteger("%y = arith.sitofp %x : i32 to bf16", true,
               [](uint32_t x) { return APInt(32, x); });
  checkInteger("%y = arith.uitofp %x : i32 to bf16", false,
               [](uint32_t x) { return APInt(32, x); });
  // Wider: x * 2^k + 1 is next to a tie that x may be.
  checkInteger(R"(
    %one = arith.constant 1 : i64
    %shift = arith.constant 21 : i64
    %wide = arith.extsi %x : i32 to i64
    %shifted = arith.shli %wide, %shift : i64
    %sum = arith.addi %shifted, %one : i64
    %y = arith.sitofp %sum : i64 to bf16)",
               true,
               [](uint32_t x) { return APInt(32, x).sext(64).shl(21) + 1; });
  checkInteger(R"(
    %one = arith.constant 1 : i64
    %shift = arith.constant 32 : i64
    %wide = arith.extui %x : i32 to i64
    %shifted = arith.shli %wide, %shift : i64
    %sum = arith.addi %shifted, %one : i64
    %y = arith.uitofp %sum : i64 to bf16)",
               false,
               [](uint32_t x) { return APInt(32, x).zext(64).shl(32) + 1; });
}

TEST(BF16, HalfConversionsRoundToNearestEven) {
  std::vector<uint32_t> inputs =
      sweepFloats({0x0000, 0x0001, 0x1000, 0xefff, 0xf000, 0xffff});
  std::vector<uint16_t> results = asHalves(
      mapLanes("%y = arith.truncf %x : f32 to f16", "f32", "f16", inputs));
  ASSERT_EQ(results.size(), inputs.size());
  for (auto [input, result] : zip(inputs, results)) {
    APFloat expected(bit_cast<float>(input));
    bool losesInfo = false;
    expected.convert(APFloat::IEEEhalf(), APFloat::rmNearestTiesToEven,
                     &losesInfo);
    if (expected.isNaN()) {
      ASSERT_GT(result & 0x7fff, 0x7c00) << "f32 bits " << input;
    } else {
      ASSERT_EQ(result, expected.bitcastToAPInt().getZExtValue())
          << "f32 bits " << input;
    }
  }
}

TEST(F32, DivisionIsIEEE) {
  std::vector<uint32_t> inputs = sweepFloats({0x0000, 0x0001, 0xffff});
  for (const char *numerator :
       {"0x3f800000", "0x7f7fffff", "0x00000001", "0x00800000"}) {
    std::string body = std::string("%b = arith.constant ") + numerator +
                       " : i32\n%n = arith.bitcast %b : i32 to f32\n"
                       "%y = arith.divf %n, %x : f32";
    auto n = bit_cast<float>(
        static_cast<uint32_t>(std::stoul(numerator, nullptr, 16)));
    std::vector<uint32_t> results =
        asWords(mapLanes(body, "f32", "f32", inputs));
    ASSERT_EQ(results.size(), inputs.size());
    for (auto [input, result] : zip(inputs, results)) {
      float expected = n / bit_cast<float>(input);
      if (expected != expected) {
        ASSERT_NE(bit_cast<float>(result), bit_cast<float>(result))
            << n << " / " << input;
      } else {
        ASSERT_EQ(result, bit_cast<uint32_t>(expected)) << n << " / " << input;
      }
    }
  }
}
