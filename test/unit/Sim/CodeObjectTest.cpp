//===- CodeObjectTest.cpp - metadata, relocations, malformed files --------===//

#include "Harness.h"
#include <random>

using namespace llvm;
using namespace moesaic::sim;
using namespace moesaic::sim::test;

namespace {

constexpr const char *kSource = R"(
  constant int table[4] = {10, 20, 30, 40};
  constant int *constant choice[2] = {&table[1], &table[3]};
  kernel __attribute__((reqd_work_group_size(64, 1, 1)))
  void k(global int *out, int which, long wide) {
    volatile local int l[32];
    l[which & 31] = which;
    out[0] = *choice[which & 1] + l[which & 31] + (int)wide;
  })";

TEST(CodeObject, DescribesKernelsAndAppliesRelocations) {
  auto object = compileOpenCL(kSource, "-O1");
  Gpu gpu(object.get());
  ASSERT_TRUE(gpu.ok()) << gpu.loadError;
  ASSERT_EQ(gpu.program->kernels().size(), 1u);
  const KernelInfo &info = gpu.program->kernels()[0];
  EXPECT_EQ(info.name, "k");
  EXPECT_EQ(info.requiredWorkgroupSize, (std::array<uint32_t, 3>{64, 1, 1}));
  EXPECT_EQ(info.ldsBytes, 128u);
  EXPECT_EQ(info.maxWorkgroupSize, 64u);
  ASSERT_GE(info.arguments.size(), 3u);
  EXPECT_EQ(info.arguments[0].kind, "global_buffer");
  EXPECT_EQ(info.arguments[1].offset, 8u);
  EXPECT_EQ(info.arguments[2].size, 8u);
  EXPECT_EQ(gpu.program->findKernel("nothing"), nullptr);
  auto *out = gpu.zeros<int>(1);
  ASSERT_EQ(gpu.run({{1, 1, 1}, {64, 1, 1}}, out, 1, int64_t(1000)), "");
  EXPECT_EQ(*out, 40 + 1 + 1000);
}

TEST(CodeObject, RefusesOtherFiles) {
  auto device = Device::create("gfx942");
  ASSERT_TRUE(bool(device));
  auto load = [&](StringRef bytes) {
    auto program = Program::load(MemoryBufferRef(bytes, "test"), **device);
    return program ? std::string() : toString(program.takeError());
  };
  EXPECT_NE(load(""), "");
  EXPECT_NE(load("not an ELF file at all"), "");
  auto chip = Device::create("gfx7");
  ASSERT_FALSE(bool(chip));
  EXPECT_NE(toString(chip.takeError()).find("gfx942"), std::string::npos);
}

/// The ELF flags name the processor; features of the target id do not matter.
TEST(CodeObject, ChecksTheProcessor) {
  auto object = compileOpenCL(kSource, "-O1", "gfx90a:sramecc+:xnack-");
  Gpu right(object.get(), "gfx90a");
  EXPECT_TRUE(right.ok()) << right.loadError;
  Gpu wrong(object.get(), "gfx950");
  EXPECT_EQ(wrong.loadError,
            "code object is for gfx90a, the device is a gfx950");
}

TEST(CodeObject, FamiliesOfProcessors) {
  for (const char *chip : {"gfx1100", "gfx1201", "gfx942"}) {
    std::string family = chip[3] == '9'   ? "gfx9-4-generic"
                         : chip[4] == '1' ? "gfx11-generic"
                                          : "gfx12-generic";
    auto object = compileOpenCL(kSource, "-mcode-object-version=6", family);
    Gpu gpu(object.get(), chip);
    ASSERT_TRUE(gpu.ok()) << gpu.loadError;
    auto *out = gpu.zeros<int>(1);
    ASSERT_EQ(gpu.run({{1, 1, 1}, {64, 1, 1}}, out, 1, int64_t(1000)), "");
    EXPECT_EQ(*out, 40 + 1 + 1000);
    EXPECT_EQ(Gpu(object.get(), "gfx90a").loadError,
              "code object is for " + family + ", the device is a gfx90a");
  }
}

/// Truncations and mutations give an error or load; they never crash. Code is
/// not mutated into a launch: what it does is its own business.
TEST(CodeObject, SurvivesMutations) {
  auto object = compileOpenCL(kSource, "-O1");
  ASSERT_NE(object, nullptr);
  auto device = Device::create("gfx942");
  ASSERT_TRUE(bool(device));
  std::mt19937 random(3);
  std::string good = object->getBuffer().str();
  unsigned loaded = 0, refused = 0;
  auto attempt = [&](const std::string &bytes) {
    auto program = Program::load(MemoryBufferRef(bytes, "mutant"), **device);
    if (program) {
      ++loaded;
    } else {
      consumeError(program.takeError());
      ++refused;
    }
  };
  for (size_t size = 0; size < good.size(); size += 1 + size / 60) {
    attempt(good.substr(0, size));
  }
  for (unsigned n = 0; n < 1500; ++n) {
    std::string bytes = good;
    for (unsigned flips = 1 + random() % 4; flips != 0; --flips) {
      // Headers and notes are at the front; most mutations go there.
      size_t range =
          random() % 2 ? std::min<size_t>(bytes.size(), 2048) : bytes.size();
      bytes[random() % range] = char(random());
    }
    attempt(bytes);
  }
  EXPECT_GT(loaded, 0u);
  EXPECT_GT(refused, 100u);
}

} // namespace
