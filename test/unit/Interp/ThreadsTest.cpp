//===- ThreadsTest.cpp - workgroups on several host threads ---------------===//

#include "Kernels.h"
#include "gtest/gtest.h"
#include <numeric>

using namespace moesaic;

// c[pid] = pid * pid; then a loop with step `s`, an error when that is zero.
static constexpr llvm::StringLiteral squares = R"(
tile.kernel @squares(%c: !tile.ptr<i32> {tile.name = "c", tile.access = "out"},
                     %bad: i32 {tile.name = "bad", tile.role = "scalar"},
                     %n: i32 {tile.name = "N", tile.role = "extent"}) waves(1) launch {
^bb0(%c0: !tile.ptr<i32>, %bad0: i32, %n0: i32):
  tile.grid %n0
} body {
  %cv = tile.view %c[%n] : !tile.ptr<i32> -> !tile.array<?xi32>
  %pid = tile.program_id
  %square = arith.muli %pid, %pid : i32
  tile.store %square, %cv[%pid] : i32, !tile.array<?xi32>[i32]
  %zero = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  %ok = arith.cmpi slt, %pid, %bad : i32
  %step = arith.select %ok, %one, %zero : i32
  scf.for %i = %zero to %one step %step : i32 {
  }
  tile.return
}
)";

TEST(Threads, EveryWorkgroupRunsOnce) {
  constexpr int count = 10000;
  ParsedModule parsed(squares);
  ASSERT_TRUE(parsed.module) << parsed.errors;
  for (unsigned threads : {0, 1, 2, 7}) {
    std::vector<int32_t> result(count, -1);
    uint64_t arguments[] = {reinterpret_cast<uint64_t>(result.data()), count,
                            count};
    interp::RunCounts counts;
    ASSERT_TRUE(succeeded(interp::runKernel(parsed.kernel(), arguments, count,
                                            {threads, false}, &counts)))
        << parsed.errors;
    for (int i = 0; i < count; ++i) {
      ASSERT_EQ(result[i], i * i);
    }
    EXPECT_EQ(counts.bytesWritten, count * sizeof(int32_t));
    EXPECT_EQ(counts.bytesRead, 0u);
  }
}

TEST(Threads, TheFirstFailureIsReportedWhateverTheThreads) {
  constexpr int count = 1000;
  ParsedModule parsed(squares);
  ASSERT_TRUE(parsed.module) << parsed.errors;
  for (unsigned threads : {1, 2, 7, 16}) {
    std::vector<int32_t> result(count);
    uint64_t arguments[] = {reinterpret_cast<uint64_t>(result.data()), 137,
                            count};
    parsed.errors.clear();
    ASSERT_TRUE(failed(interp::runKernel(parsed.kernel(), arguments, count,
                                         {threads, false})));
    EXPECT_EQ(parsed.errors,
              "expected a loop step above 0, got 0 (workgroup 137)\n");
  }
}
