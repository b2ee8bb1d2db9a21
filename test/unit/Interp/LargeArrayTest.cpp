//===- LargeArrayTest.cpp - arrays beyond 4 GiB ---------------------------===//

#include "Kernels.h"
#include "gtest/gtest.h"
#include <sys/mman.h>

using namespace moesaic;

// Copies row `r` of an array to a buffer. Rows are 1 MiB apart.
static constexpr llvm::StringLiteral copyRow = R"(
tile.kernel @copy_row(%a: !tile.ptr<i32> {tile.name = "a", tile.access = "in"},
                      %c: !tile.ptr<i32> {tile.name = "c", tile.access = "out"},
                      %r: i32 {tile.name = "r", tile.role = "scalar"},
                      %m: i32 {tile.name = "M", tile.role = "extent"},
                      %n: i32 {tile.name = "N", tile.role = "extent"}) waves(1) launch {
^bb0(%a0: !tile.ptr<i32>, %c0: !tile.ptr<i32>, %r0: i32, %m0: i32, %n0: i32):
  tile.grid %r0
} body {
  %av = tile.view %a[%m, %n] : !tile.ptr<i32> -> !tile.array<?x?xi32>
  %cv = tile.view %c[%n] : !tile.ptr<i32> -> !tile.array<?xi32>
  %i = tile.range : tensor<64xi32>
  %x = tile.load %av[%r, %i] : !tile.array<?x?xi32>[i32, tensor<64xi32>] -> tensor<64xi32>
  tile.store %x, %cv[%i] : tensor<64xi32>, !tile.array<?xi32>[tensor<64xi32>]
  tile.return
}
)";

TEST(LargeArray, RowsBeyondFourGiBAreReached) {
  constexpr uint64_t rows = 6000, columns = 1 << 18; // 6 GB, sparse
  uint64_t bytes = rows * columns * sizeof(int32_t);
  void *memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  auto *array = static_cast<int32_t *>(memory);
  for (uint64_t row : {0, 2047, 2048, 4096, 5999}) {
    array[row * columns] = row + 1;
    array[row * columns + 63] = -row;
  }
  ParsedModule parsed(copyRow);
  ASSERT_TRUE(parsed.module) << parsed.errors;
  for (int64_t row : {0, 2047, 2048, 4096, 5999}) {
    std::vector<int32_t> copy(columns);
    uint64_t arguments[] = {reinterpret_cast<uint64_t>(array),
                            reinterpret_cast<uint64_t>(copy.data()),
                            static_cast<uint64_t>(row), rows, columns};
    ASSERT_TRUE(succeeded(interp::runKernel(parsed.kernel(), arguments, 1)));
    EXPECT_EQ(copy[0], row + 1);
    EXPECT_EQ(copy[63], -row);
  }
  munmap(memory, bytes);
}
