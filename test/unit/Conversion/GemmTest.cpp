//===- GemmTest.cpp - a matrix kernel of lane-level IR, executed ----------===//

#include "LaneHarness.h"
#include "llvm/Support/MemoryBuffer.h"
#include "gtest/gtest.h"
#include <cstring>

using namespace moesaic::test;

/// The bits of a small integer as bf16, which holds it exactly.
static uint16_t toBF16(int value) {
  auto number = static_cast<float>(value);
  uint32_t bits;
  std::memcpy(&bits, &number, sizeof(bits));
  return bits >> 16;
}

TEST(Gemm, IsExactOnIntegers) {
  constexpr unsigned rows = 16, columns = 48, depth = 32;
  std::vector<uint8_t> a(rows * depth * 2), b(columns * depth * 2),
      c(rows * columns * 2, 0xff);
  auto valueOfA = [](unsigned m, unsigned k) {
    return int(m * 3 + k * 5) % 7 - 3;
  };
  auto valueOfB = [](unsigned n, unsigned k) {
    return int(n * 5 + k * 3) % 3 - 1;
  };
  auto fill = [&](std::vector<uint8_t> &array, unsigned count, auto value) {
    for (unsigned i = 0; i < count; ++i) {
      for (unsigned k = 0; k < depth; ++k) {
        uint16_t bits = toBF16(value(i, k));
        std::memcpy(&array[(i * depth + k) * 2], &bits, 2);
      }
    }
  };
  fill(a, rows, valueOfA);
  fill(b, columns, valueOfB);
  auto source = llvm::MemoryBuffer::getFile(MOESAIC_GEMM);
  ASSERT_TRUE(bool(source));
  runKernel((*source)->getBuffer(), columns / 16, {&a, &b, &c},
            {0, columns, depth});
  for (unsigned m = 0; m < rows; ++m) {
    for (unsigned n = 0; n < columns; ++n) {
      int expected = 0;
      for (unsigned k = 0; k < depth; ++k) {
        expected += valueOfA(m, k) * valueOfB(n, k);
      }
      uint16_t result;
      std::memcpy(&result, &c[(m * columns + n) * 2], 2);
      ASSERT_EQ(result, toBF16(expected)) << "row " << m << ", column " << n;
    }
  }
}
