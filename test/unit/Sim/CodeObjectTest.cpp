//===- CodeObjectTest.cpp - metadata, relocations, malformed files --------===//

#include "Harness.h"
#include "llvm/BinaryFormat/ELF.h"
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

TEST(CodeObject, NamesUnknownProcessorsByNumber) {
  auto object = compileOpenCL(kSource, "-O1", "gfx942");
  std::string bytes = object->getBuffer().str();
  bytes[offsetof(ELF::Elf64_Ehdr, e_flags)] = '\xfe';
  auto changed = MemoryBuffer::getMemBufferCopy(bytes);
  EXPECT_EQ(Gpu(changed.get(), "gfx942").loadError,
            "code object is for processor 0xfe of the ELF flags, the device is "
            "a gfx942");
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

/// Truncations and mutations give an error or load, and what loads can be
/// launched: it may fault, but nothing crashes. MOESAIC_LONG asks for more.
class Mutations : public testing::TestWithParam<const char *> {
protected:
  void SetUp() override {
    object = compileOpenCL(kSource, "-O1", GetParam());
    ASSERT_NE(object, nullptr);
    auto made = Device::create(GetParam());
    ASSERT_TRUE(bool(made));
    device = std::move(*made);
    good = object->getBuffer().str();
    arguments = device->memory().allocate(4096, "out");
  }

  /// The file has no use for the bytes of `bytes` any more.
  void attempt(const std::string &bytes) {
    auto program = Program::load(MemoryBufferRef(bytes, "mutant"), *device);
    if (!program) {
      consumeError(program.takeError());
      ++refused;
      return;
    }
    ++loaded;
    for (const KernelInfo &info : (*program)->kernels()) {
      LaunchConfig config{{1, 1, 1}, {64, 1, 1}};
      config.instructionBudget = 3000;
      config.threads = 1;
      config.check = loaded % 2 ? CheckMode::Report : CheckMode::Off;
      config.onReport = [](StringRef) {};
      std::vector<uint8_t> kernargs(24);
      memcpy(kernargs.data(), &arguments, sizeof(arguments));
      auto stats = device->launch(**program, info.name, config, kernargs);
      if (!stats) {
        consumeError(stats.takeError());
      }
    }
  }

  unsigned rounds(unsigned usual) const {
    return getenv("MOESAIC_LONG") ? 200 * usual : usual;
  }

  std::unique_ptr<MemoryBuffer> object;
  std::unique_ptr<Device> device;
  std::string good;
  void *arguments = nullptr;
  unsigned loaded = 0, refused = 0;
  std::mt19937 random{3};
};

TEST_P(Mutations, Truncated) {
  for (size_t size = 0; size < good.size();
       size += getenv("MOESAIC_LONG") ? 1 : 1 + size / 60) {
    attempt(good.substr(0, size));
  }
  EXPECT_GT(refused, 50u);
}

TEST_P(Mutations, Flipped) {
  for (unsigned n = 0; n < rounds(400); ++n) {
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
  EXPECT_GT(refused, 50u);
}

/// Sizes, counts and offsets that mean something, in every place.
TEST_P(Mutations, ExtremeFields) {
  const uint64_t extremes[] = {0,          1,          0x7f,       0xff,
                               0xffff,     0x7fffffff, 0xffffffff, 1ull << 31,
                               1ull << 63, ~0ull,      ~0ull - 7,  good.size()};
  for (unsigned n = 0; n < rounds(400); ++n) {
    std::string bytes = good;
    unsigned width = 1u << random() % 4;
    size_t at = random() % (std::min<size_t>(bytes.size(), 4096) - width);
    uint64_t value = extremes[random() % std::size(extremes)];
    memcpy(&bytes[at / width * width], &value, width);
    attempt(bytes);
  }
  EXPECT_GT(refused, 20u);
}

/// Words of the code at random: what is no instruction of the chip is refused,
/// the rest runs into a fault, its budget or its end.
TEST_P(Mutations, RandomInstructions) {
  auto reference = Program::load(object->getMemBufferRef(), *device);
  ASSERT_TRUE(bool(reference));
  // s_endpgm ends the code; the words before it change.
  const std::string end("\x00\x00\x81\xbf", 4);
  size_t last = good.find(end);
  ASSERT_NE(last, std::string::npos);
  for (unsigned n = 0; n < rounds(300); ++n) {
    std::string bytes = good;
    for (unsigned words = 1 + random() % 3; words != 0; --words) {
      size_t at = last - 4 * (1 + random() % 24);
      uint32_t word;
      memcpy(&word, &bytes[at], 4);
      // Registers, opcodes or modifiers of an instruction that is there.
      word ^= random() % 3 ? 1u << random() % 32 : uint32_t(random());
      memcpy(&bytes[at], &word, 4);
    }
    attempt(bytes);
  }
  EXPECT_GT(loaded, 20u);
}

INSTANTIATE_TEST_SUITE_P(Chips, Mutations,
                         testing::Values("gfx90a", "gfx942", "gfx950"));

} // namespace
