//===- MathTest.cpp - the bounds of math functions, on the simulator ------===//
//
// Each function over all exponents and special values, against double
// precision, within the bound that GPUToROCDL.h documents.
//
//===----------------------------------------------------------------------===//

#include "LaneHarness.h"
#include "llvm/ADT/bit.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace moesaic::test;

namespace {
struct Function {
  const char *name;
  double (*reference)(double);
  double ulps;
};
class MathTest : public testing::TestWithParam<Function> {};
} // namespace

/// The distance from `result` to `exact` in units of the last place of the f32
/// nearest to `exact`; denormals have the last place of the smallest normal.
static double distance(float result, double exact) {
  auto nearest = static_cast<float>(exact);
  if (std::isnan(exact) || std::isinf(nearest) || std::isinf(result) ||
      std::isnan(result)) {
    bool same = std::isnan(exact) ? std::isnan(result) : result == nearest;
    // Either side of the overflow threshold is within a unit of the other.
    bool atLimit = std::isinf(nearest) &&
                   std::fabs(result) == std::numeric_limits<float>::max();
    return same ? 0 : atLimit ? 1 : INFINITY;
  }
  int exponent = std::max(std::ilogb(std::fabs(nearest)), -126);
  if (nearest == 0) {
    exponent = -126;
  }
  return std::fabs(result - exact) / std::ldexp(1.0, exponent - 23);
}

TEST_P(MathTest, StaysWithinItsBound) {
  const Function &function = GetParam();
  std::vector<uint32_t> inputs = sweepFloats({0x0000, 0x0001, 0x5a5a, 0xffff});
  std::string body = std::string("%y = math.") + function.name + " %x : f32";
  std::vector<uint32_t> results = asWords(mapLanes(body, "f32", "f32", inputs));
  ASSERT_EQ(results.size(), inputs.size());
  double worst = 0;
  float worstInput = 0;
  for (auto [input, result] : llvm::zip(inputs, results)) {
    auto x = llvm::bit_cast<float>(input);
    auto y = llvm::bit_cast<float>(result);
    double exact = function.reference(static_cast<double>(x));
    double ulps = distance(y, exact);
    if (y == 0 && exact == 0 && std::signbit(y) != std::signbit(exact)) {
      ulps = INFINITY; // zeros have signs
    }
    if (ulps > worst) {
      worst = ulps;
      worstInput = x;
    }
  }
  RecordProperty("worst", std::to_string(worst));
  EXPECT_LE(worst, function.ulps) << "at " << worstInput;
}

INSTANTIATE_TEST_SUITE_P(
    All, MathTest,
    testing::Values(
        Function{"exp", [](double x) { return std::exp(x); }, 2},
        Function{"exp2", [](double x) { return std::exp2(x); }, 1},
        Function{"log", [](double x) { return std::log(x); }, 2},
        Function{"log2", [](double x) { return std::log2(x); }, 1},
        Function{"log10", [](double x) { return std::log10(x); }, 2},
        Function{"sqrt", [](double x) { return std::sqrt(x); }, 0.5},
        Function{"rsqrt", [](double x) { return 1 / std::sqrt(x); }, 1},
        Function{"tanh", [](double x) { return std::tanh(x); }, 3},
        Function{"floor", [](double x) { return std::floor(x); }, 0},
        Function{"roundeven", [](double x) { return std::nearbyint(x); }, 0}),
    [](const testing::TestParamInfo<Function> &info) {
      return std::string(info.param.name);
    });
