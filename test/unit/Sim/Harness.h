//===- Harness.h - compiles and runs small kernels in tests -----*- C++ -*-===//

#ifndef MOESAIC_TEST_SIM_HARNESS_H
#define MOESAIC_TEST_SIM_HARNESS_H

#include "Sim/Simulator.h"
#include "llvm/Support/MemoryBuffer.h"
#include "gtest/gtest.h"
#include <cstring>
#include <vector>

namespace moesaic::sim::test {

/// Compiles OpenCL C with the packaged clang; fails the test and returns null
/// on errors.
std::unique_ptr<llvm::MemoryBuffer>
compileOpenCL(const std::string &source, const std::string &options = "-O3",
              const std::string &chip = "gfx942");
std::unique_ptr<llvm::MemoryBuffer>
compileOpenCL(const std::string &source,
              const std::vector<std::string> &options, const std::string &chip);

/// Compiles the device side of a HIP source that includes no header.
std::unique_ptr<llvm::MemoryBuffer>
compileHip(const std::string &source, const std::vector<std::string> &options,
           const std::string &chip);

/// Assembles and links a kernel `k` whose body is `body`. It starts with
/// s[0:1]: kernel arguments, s2: workgroup id x, v0: work-item id; it may use
/// v0-v63, a0-a63, s0-s95 and 4096 bytes of LDS. gfx12 has the workgroup id in
/// ttmp9. Waves of RDNA chips have `lanes` lanes.
std::unique_ptr<llvm::MemoryBuffer> assemble(const std::string &body,
                                             const std::string &chip = "gfx942",
                                             unsigned lanes = 32);

/// A device with one program.
class Gpu {
public:
  explicit Gpu(const llvm::MemoryBuffer *object,
               const std::string &chip = "gfx942");

  bool ok() const { return program != nullptr; }

  template <class T>
  T *upload(const std::vector<T> &values, const char *name = "test buffer") {
    void *p = device->memory().allocate(values.size() * sizeof(T), name);
    memcpy(p, values.data(), values.size() * sizeof(T));
    return static_cast<T *>(p);
  }
  template <class T>
  T *zeros(size_t count, const char *name = "test buffer") {
    return static_cast<T *>(device->memory().allocate(count * sizeof(T), name));
  }

  /// The checker must be silent unless the test receives its reports.
  /// Launches with `arguments` packed at their natural alignment. Returns the
  /// error message, empty on success.
  template <class... Args>
  std::string run(const LaunchConfig &config, Args... arguments) {
    std::vector<uint8_t> bytes;
    (append(bytes, arguments), ...);
    return launch(config, bytes);
  }
  std::string launch(const LaunchConfig &config,
                     const std::vector<uint8_t> &arguments);

  std::unique_ptr<Device> device;
  std::unique_ptr<Program> program;
  std::string loadError;
  std::string kernel = "k";
  LaunchStats stats;

private:
  template <class T>
  static void append(std::vector<uint8_t> &bytes, T value) {
    bytes.resize((bytes.size() + sizeof(T) - 1) / sizeof(T) * sizeof(T));
    const auto *raw = reinterpret_cast<const uint8_t *>(&value);
    bytes.insert(bytes.end(), raw, raw + sizeof(T));
  }
};

/// Interesting operand bits followed by `count` random ones.
std::vector<uint32_t> operands32(size_t count, uint32_t seed);
std::vector<uint64_t> operands64(size_t count, uint32_t seed);

} // namespace moesaic::sim::test

#endif
