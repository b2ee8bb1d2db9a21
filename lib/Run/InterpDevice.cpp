//===- InterpDevice.cpp - the interpreter as a device ---------------------===//

#include "Interp/Interpreter.h"
#include "Run/Device.h"
#include <chrono>
#include <sys/mman.h>

using namespace mlir;
using namespace moesaic;
using namespace moesaic::run;

namespace {
/// Device memory is host memory. It is mapped without reserving it, so that
/// arrays may be larger than memory as long as they are sparse.
class InterpDevice : public Device {
public:
  InterpDevice(MLIRContext *context, bool checked)
      : context(context), checked(checked) {}
  ~InterpDevice() override {
    for (auto [memory, bytes] : mappings) {
      munmap(memory, bytes);
    }
  }

  FailureOr<uint64_t> allocate(uint64_t bytes, StringRef name) override {
    bytes = std::max<uint64_t>(bytes, 1);
    void *memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
      return emitError(UnknownLoc::get(context))
             << "cannot allocate " << bytes << " bytes for '" << name << "'";
    }
    mappings.push_back({memory, bytes});
    return reinterpret_cast<uint64_t>(memory);
  }
  void copyIn(uint64_t address, const void *source, uint64_t bytes) override {
    std::memcpy(reinterpret_cast<void *>(address), source, bytes);
  }
  void copyOut(void *target, uint64_t address, uint64_t bytes) override {
    std::memcpy(target, reinterpret_cast<void *>(address), bytes);
  }
  void fill(uint64_t address, uint8_t byte, uint64_t bytes) override {
    std::memset(reinterpret_cast<void *>(address), byte, bytes);
  }

  FailureOr<LaunchReport> launch(tile::KernelOp kernel,
                                 ArrayRef<uint64_t> arguments,
                                 int64_t blocks) override {
    LaunchReport report;
    report.kernel = kernel.getSymName();
    report.blocks = blocks;
    interp::RunCounts counts;
    interp::InterpOptions options;
    options.checked = checked;
    auto start = std::chrono::steady_clock::now();
    if (failed(
            interp::runKernel(kernel, arguments, blocks, options, &counts))) {
      return failure();
    }
    report.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
            .count();
    report.bytesRead = counts.bytesRead;
    report.bytesWritten = counts.bytesWritten;
    return report;
  }

private:
  MLIRContext *context;
  bool checked;
  SmallVector<std::pair<void *, uint64_t>> mappings;
};
} // namespace

std::unique_ptr<Device> run::createInterpDevice(MLIRContext *context,
                                                bool checked) {
  return std::make_unique<InterpDevice>(context, checked);
}
