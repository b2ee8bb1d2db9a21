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
#include <cstring>

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

/// The largest distance of `results` from `function` of `inputs`.
static void checkBound(const Function &function,
                       const std::vector<uint32_t> &inputs,
                       const std::vector<uint32_t> &results) {
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
  testing::Test::RecordProperty("worst", std::to_string(worst));
  EXPECT_LE(worst, function.ulps) << function.name << " at " << worstInput;
}

TEST_P(MathTest, StaysWithinItsBound) {
  const Function &function = GetParam();
  std::vector<uint32_t> inputs = sweepFloats({0x0000, 0x0001, 0x5a5a, 0xffff});
  std::string body = std::string("%y = math.") + function.name + " %x : f32";
  checkBound(function, inputs, asWords(mapLanes(body, "f32", "f32", inputs)));
}

TEST(TileMath, SigmoidStaysWithinItsBound) {
  std::vector<uint32_t> inputs = sweepFloats({0x0000, 0x0001, 0x5a5a, 0xffff});
  std::vector<uint8_t> x(inputs.size() * 4), y(inputs.size() * 4);
  std::memcpy(x.data(), inputs.data(), x.size());
  auto count = static_cast<uint32_t>(inputs.size());
  runKernel(R"(
tile.kernel @sigmoid(%x: !tile.ptr<f32> {tile.access = "in", tile.name = "x"},
                     %y: !tile.ptr<f32> {tile.access = "out", tile.name = "y"},
                     %n: i32 {tile.name = "N", tile.role = "extent"}) waves(4) launch {
^bb0(%x: !tile.ptr<f32>, %y: !tile.ptr<f32>, %n: i32):
  tile.grid %n
} body {
  %in = tile.view %x[%n] : !tile.ptr<f32> -> !tile.array<?xf32>
  %out = tile.view %y[%n] : !tile.ptr<f32> -> !tile.array<?xf32>
  %block = tile.program_id
  %size = arith.constant 1024 : i32
  %first = arith.muli %block, %size : i32
  %range = tile.range : tensor<1024xi32>
  %start = tile.splat %first : i32 -> tensor<1024xi32>
  %i = arith.addi %start, %range : tensor<1024xi32>
  %v = tile.load %in[%i] : !tile.array<?xf32>[tensor<1024xi32>] -> tensor<1024xf32>
  %s = tile.sigmoid %v : tensor<1024xf32>
  tile.store %s, %out[%i] : tensor<1024xf32>, !tile.array<?xf32>[tensor<1024xi32>]
  tile.return
})",
            count / 1024, {&x, &y}, {count});
  checkBound({"sigmoid", [](double x) { return 1 / (1 + std::exp(-x)); }, 4},
             inputs, asWords(y));
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
