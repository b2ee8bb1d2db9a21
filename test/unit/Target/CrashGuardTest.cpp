//===- CrashGuardTest.cpp - crashes are survived, and reported ------------===//

#include "Target/CrashGuard.h"
#include "llvm/Support/ErrorHandling.h"
#include "gtest/gtest.h"
#include <csignal>
#include <cstdlib>
#include <thread>

using namespace moesaic;

TEST(CrashGuard, RunsToTheEnd) {
  std::string reason;
  bool ran = false;
  EXPECT_TRUE(runGuarded([&] { ran = true; }, reason));
  EXPECT_TRUE(ran);
  EXPECT_EQ(reason, "");
}

TEST(CrashGuard, ReportsFatalErrors) {
  std::string reason;
  EXPECT_FALSE(
      runGuarded([] { llvm::report_fatal_error("no such register"); }, reason));
  EXPECT_EQ(reason, "no such register");
}

TEST(CrashGuard, ReportsSignals) {
  std::string reason;
  EXPECT_FALSE(runGuarded([] { std::raise(SIGSEGV); }, reason));
  EXPECT_EQ(reason, "Segmentation fault");
  EXPECT_FALSE(runGuarded([] { std::abort(); }, reason));
  EXPECT_EQ(reason, "Aborted");
}

TEST(CrashGuard, NestedFailureLeavesTheOuterRunning) {
  std::string outer, inner;
  bool wentOn = false;
  EXPECT_TRUE(runGuarded(
      [&] {
        EXPECT_FALSE(
            runGuarded([] { llvm::report_fatal_error("inside"); }, inner));
        wentOn = true;
      },
      outer));
  EXPECT_TRUE(wentOn);
  EXPECT_EQ(inner, "inside");
  EXPECT_EQ(outer, "");
}

TEST(CrashGuard, ThreadsHaveTheirOwnReason) {
  std::string reasons[2];
  std::thread threads[2];
  for (int i = 0; i < 2; ++i) {
    threads[i] = std::thread([&reasons, i] {
      for (int repeat = 0; repeat < 100; ++repeat) {
        runGuarded([i] { llvm::report_fatal_error(i ? "one" : "zero", false); },
                   reasons[i]);
      }
    });
  }
  for (std::thread &thread : threads) {
    thread.join();
  }
  EXPECT_EQ(reasons[0], "zero");
  EXPECT_EQ(reasons[1], "one");
}
