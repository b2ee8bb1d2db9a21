//===- Harness.cpp - compiles and runs small kernels in tests -------------===//

#include "Harness.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"
#include <algorithm>
#include <random>

using namespace llvm;
using namespace moesaic::sim;
using namespace moesaic::sim::test;

static std::string temporary(const char *suffix) {
  SmallString<128> path;
  if (sys::fs::createTemporaryFile("moesaic-sim", suffix, path)) {
    return "";
  }
  return path.str().str();
}

/// Runs clang on `source` and returns the code object.
static std::unique_ptr<MemoryBuffer>
compile(const std::string &source, const char *suffix, const std::string &chip,
        const std::vector<std::string> &options) {
  std::string input = temporary(suffix), output = temporary("hsaco");
  std::string log = temporary("log");
  {
    std::error_code code;
    raw_fd_ostream os(input, code);
    os << source;
  }
  std::string clang = std::string(MOESAIC_LLVM_TOOLS) + "/clang";
  std::vector<std::string> arguments = {clang, "-nogpulib", "-w"};
  if (StringRef(suffix) == "hip") {
    arguments.insert(arguments.end(),
                     {"-nogpuinc", "--cuda-device-only",
                      "--no-gpu-bundle-output", "--offload-arch=" + chip});
  } else {
    arguments.insert(arguments.end(),
                     {"-target", "amdgcn-amd-amdhsa", "-mcpu=" + chip});
  }
  // An option of the caller may ask for another version.
  arguments.push_back("-mcode-object-version=5");
  arguments.insert(arguments.end(), options.begin(), options.end());
  arguments.insert(arguments.end(), {input, "-o", output});
  std::vector<StringRef> views(arguments.begin(), arguments.end());
  std::optional<StringRef> redirects[] = {std::nullopt, StringRef(log),
                                          StringRef(log)};
  int status = sys::ExecuteAndWait(clang, views, std::nullopt, redirects);
  std::unique_ptr<MemoryBuffer> object;
  if (status == 0) {
    if (auto buffer = MemoryBuffer::getFile(output)) {
      object = std::move(*buffer);
    }
  } else if (auto text = MemoryBuffer::getFile(log)) {
    ADD_FAILURE() << (*text)->getBuffer().str();
  }
  for (const std::string &path : {input, output, log}) {
    sys::fs::remove(path);
  }
  return object;
}

std::unique_ptr<MemoryBuffer>
moesaic::sim::test::compileOpenCL(const std::string &source,
                                  const std::string &options,
                                  const std::string &chip) {
  return compileOpenCL(source, std::vector<std::string>{options}, chip);
}

std::unique_ptr<MemoryBuffer>
moesaic::sim::test::compileOpenCL(const std::string &source,
                                  const std::vector<std::string> &options,
                                  const std::string &chip) {
  std::vector<std::string> all = {"-x", "cl", "-cl-std=CL2.0"};
  all.insert(all.end(), options.begin(), options.end());
  return compile(source, "cl", chip, all);
}

std::unique_ptr<MemoryBuffer>
moesaic::sim::test::compileHip(const std::string &source,
                               const std::vector<std::string> &options,
                               const std::string &chip) {
  std::vector<std::string> all = {"-x", "hip"};
  all.insert(all.end(), options.begin(), options.end());
  return compile(source, "hip", chip, all);
}

std::unique_ptr<MemoryBuffer>
moesaic::sim::test::assemble(const std::string &body, const std::string &chip,
                             unsigned lanes) {
  const bool rdna = StringRef(chip).starts_with("gfx1");
  const bool narrow = rdna && lanes == 32;
  std::string wave = !rdna    ? "  .amdhsa_accum_offset 64\n"
                     : narrow ? "  .amdhsa_wavefront_size32 1\n"
                              : "  .amdhsa_wavefront_size32 0\n";
  std::string source = R"(
.amdhsa_code_object_version 5
.text
.globl k
.p2align 8
.type k,@function
k:
)" + body + R"(
  s_endpgm
.size k, .-k
.rodata
.p2align 6
.amdhsa_kernel k
  .amdhsa_user_sgpr_kernarg_segment_ptr 1
  .amdhsa_system_sgpr_workgroup_id_x 1
  .amdhsa_next_free_vgpr 128
)" + wave + R"(
  .amdhsa_next_free_sgpr 96
  .amdhsa_group_segment_fixed_size 4096
  .amdhsa_float_denorm_mode_32 3
.end_amdhsa_kernel
.amdgpu_metadata
---
amdhsa.version: [1, 2]
amdhsa.target: amdgcn-amd-amdhsa--)" +
                       chip + R"(
amdhsa.kernels:
  - .name: k
    .symbol: k.kd
    .kernarg_segment_size: 64
    .group_segment_fixed_size: 4096
    .private_segment_fixed_size: 0
    .kernarg_segment_align: 8
    .wavefront_size: )" +
                       (narrow ? "32" : "64") + R"(
    .sgpr_count: 96
    .vgpr_count: 128
    .max_flat_workgroup_size: 1024
...
.end_amdgpu_metadata
)";
  std::vector<std::string> options = {"-x", "assembler"};
  if (rdna) { // 16-bit operands are halves of registers: v1.l, v1.h
    options.insert(options.end(), {"-Xclangas", "-target-feature", "-Xclangas",
                                   "+real-true16"});
  }
  if (rdna && !narrow) {
    options.push_back("-mwavefrontsize64");
  }
  return compile(source, "s", chip, options);
}

Gpu::Gpu(const MemoryBuffer *object, const std::string &chip) {
  auto made = Device::create(chip);
  if (!made) {
    loadError = toString(made.takeError());
    ADD_FAILURE() << loadError;
    return;
  }
  device = std::move(*made);
  if (!object) {
    loadError = "no object";
    return;
  }
  auto loaded = Program::load(object->getMemBufferRef(), *device);
  if (!loaded) {
    loadError = toString(loaded.takeError());
    return;
  }
  program = std::move(*loaded);
}

std::string Gpu::launch(const LaunchConfig &config,
                        const std::vector<uint8_t> &arguments) {
  if (!program) {
    return loadError;
  }
  auto result = device->launch(*program, kernel, config, arguments);
  if (!result) {
    return toString(result.takeError());
  }
  stats = *result;
  if (!config.onReport && !stats.reports.empty()) {
    ADD_FAILURE() << "the checker is not silent:\n" << stats.reports[0];
  }
  return "";
}

std::vector<uint32_t> moesaic::sim::test::operands32(size_t count,
                                                     uint32_t seed) {
  std::vector<uint32_t> values = {
      0,          0x80000000, 1,          0xffffffff, 0x7fffffff, 0x3f800000,
      0xbf800000, 0x7f800000, 0xff800000, 0x7fc00000, 0x00400000, 0x80000001,
      0x7f7fffff, 0x00800000, 0x4f000000, 0xcf000000, 0x4f800000, 0x33800000,
      0x477fe000, 0x0000ffff, 0x00010001, 0x3c003c00, 0x80008000, 0x7c00fc00};
  std::mt19937 random(seed);
  std::shuffle(values.begin(), values.end(), random);
  values.resize(std::min(values.size(), count));
  while (values.size() < count) {
    uint32_t value = random();
    // Half of them are floats of moderate size.
    values.push_back(random() & 1 ? value : (value & 0x83ffffff) | 0x3c000000);
  }
  return values;
}

std::vector<uint64_t> moesaic::sim::test::operands64(size_t count,
                                                     uint32_t seed) {
  std::vector<uint64_t> values = {0,
                                  1,
                                  ~0ull,
                                  1ull << 63,
                                  0x3ff0000000000000,
                                  0xbff0000000000000,
                                  0x7ff0000000000000,
                                  0x7fffffffffffffff,
                                  0x000fffffffffffff};
  std::mt19937_64 random(seed);
  values.resize(std::min(values.size(), count));
  while (values.size() < count) {
    uint64_t value = random();
    values.push_back(random() & 1
                         ? value
                         : (value & 0x803fffffffffffff) | 0x3fc0000000000000);
  }
  return values;
}
