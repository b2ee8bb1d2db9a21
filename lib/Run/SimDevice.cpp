//===- SimDevice.cpp - the simulator as a device --------------------------===//

#include "Driver/Compiler.h"
#include "Run/Device.h"
#include "Sim/Simulator.h"

using namespace mlir;
using namespace moesaic;
using namespace moesaic::run;

namespace {
/// Compiles each kernel when it is first launched. Addresses of the simulated
/// GPU are addresses of the host.
class SimDevice : public Device {
public:
  SimDevice(std::unique_ptr<sim::Device> device, MLIRContext *context,
            bool counts)
      : device(std::move(device)), context(context), counts(counts) {}

  FailureOr<uint64_t> allocate(uint64_t bytes, StringRef name) override {
    void *memory =
        device->memory().allocate(std::max<uint64_t>(bytes, 1), name);
    if (!memory) {
      return emitError(UnknownLoc::get(context))
             << "cannot allocate " << bytes << " bytes for '" << name << "'";
    }
    if (sim::checkMode() != sim::CheckMode::Off) {
      device->memory().setUndefined(memory);
    }
    return reinterpret_cast<uint64_t>(memory);
  }
  void copyIn(uint64_t address, const void *source, uint64_t bytes) override {
    std::memcpy(reinterpret_cast<void *>(address), source, bytes);
    device->memory().setDefined(reinterpret_cast<void *>(address), bytes);
  }
  void copyOut(void *target, uint64_t address, uint64_t bytes) override {
    std::memcpy(target, reinterpret_cast<void *>(address), bytes);
  }
  void fill(uint64_t address, uint8_t byte, uint64_t bytes) override {
    std::memset(reinterpret_cast<void *>(address), byte, bytes);
    device->memory().setDefined(reinterpret_cast<void *>(address), bytes);
  }

  FailureOr<LaunchReport> launch(tile::KernelOp kernel,
                                 ArrayRef<uint64_t> arguments,
                                 int64_t blocks) override {
    FailureOr<Loaded *> loaded = load(kernel);
    if (failed(loaded)) {
      return failure();
    }
    const CompiledKernel &compiled = (*loaded)->compiled;
    const sim::KernelInfo *info =
        (*loaded)->program->findKernel(compiled.symbol);
    if (!info) {
      return kernel.emitError("the code object has no kernel '")
             << compiled.symbol << "'";
    }
    FailureOr<SmallVector<uint8_t>> segment =
        packArguments(kernel, *info, arguments);
    if (failed(segment)) {
      return failure();
    }
    sim::LaunchConfig config;
    config.grid[0] = blocks;
    config.block[0] = compiled.blockSize;
    config.countLdsConflicts = counts;
    // The checker's reports are printed behind the launch, with the kernel.
    config.onReport = [](StringRef) {};
    llvm::Expected<sim::LaunchStats> stats =
        device->launch(*(*loaded)->program, compiled.symbol, config, *segment);
    if (!stats) {
      return kernel.emitError(llvm::toString(stats.takeError()));
    }
    for (const std::string &report : stats->reports) {
      kernel.emitWarning(report);
    }
    LaunchReport report = makeReport(compiled, *info, blocks, *stats);
    if (counts) {
      report.ldsBanks =
          LaunchReport::LdsBanks{stats->ldsAccesses, stats->ldsConflicts};
    }
    return report;
  }

private:
  struct Loaded {
    CompiledKernel compiled;
    std::unique_ptr<sim::Program> program;
  };
  std::unique_ptr<sim::Device> device;
  MLIRContext *context;
  bool counts; ///< Bank conflicts, too.
  llvm::DenseMap<Operation *, Loaded> kernels;

  FailureOr<Loaded *> load(tile::KernelOp kernel) {
    auto found = kernels.find(kernel);
    if (found != kernels.end()) {
      return &found->second;
    }
    CompileOptions options;
    options.target = device->chip();
    FailureOr<CompiledKernel> compiled = compileKernel(
        kernel->getParentOfType<ModuleOp>(), kernel.getSymName(), options);
    if (failed(compiled)) {
      return failure();
    }
    StringRef object(compiled->object.data(), compiled->object.size());
    llvm::Expected<std::unique_ptr<sim::Program>> program =
        sim::Program::load({object, compiled->symbol}, *device);
    if (!program) {
      return kernel.emitError(llvm::toString(program.takeError()));
    }
    Loaded &loaded = kernels[kernel];
    loaded.compiled = std::move(*compiled);
    loaded.program = std::move(*program);
    return &loaded;
  }

  /// Puts the arguments where the code object's metadata says.
  static FailureOr<SmallVector<uint8_t>>
  packArguments(tile::KernelOp kernel, const sim::KernelInfo &info,
                ArrayRef<uint64_t> arguments) {
    SmallVector<uint8_t> segment;
    size_t next = 0;
    for (const sim::KernelArgument &slot : info.arguments) {
      if (StringRef(slot.kind).starts_with("hidden_")) {
        continue;
      }
      if (next == arguments.size() || slot.size > sizeof(uint64_t)) {
        return kernel.emitError("the code object's argument '")
               << slot.name << "' is none of kernel '" << kernel.getSymName()
               << "'";
      }
      segment.resize(std::max<size_t>(segment.size(), slot.offset + slot.size));
      std::memcpy(segment.data() + slot.offset, &arguments[next++], slot.size);
    }
    if (next != arguments.size()) {
      return kernel.emitError("the code object takes ")
             << next << " arguments, kernel '" << kernel.getSymName() << "' "
             << arguments.size();
    }
    return segment;
  }

  static LaunchReport makeReport(const CompiledKernel &compiled,
                                 const sim::KernelInfo &info, int64_t blocks,
                                 const sim::LaunchStats &stats) {
    LaunchReport report;
    report.kernel = compiled.symbol;
    report.blocks = blocks;
    report.seconds = stats.seconds;
    report.bytesRead = stats.globalBytesRead + stats.scalarBytesRead;
    report.bytesWritten = stats.globalBytesWritten;
    report.resources =
        LaunchReport::Resources{compiled.blockSize, info.vgprs - info.agprs,
                                info.agprs, info.sgprs, info.ldsBytes};
    report.instructions = {{"VALU", stats.valu},
                           {"MFMA", stats.mfma},
                           {"SALU", stats.salu},
                           {"SMEM", stats.smem},
                           {"VMEM load", stats.vmemLoads},
                           {"VMEM store", stats.vmemStores},
                           {"VMEM atomic", stats.vmemAtomics},
                           {"LDS", stats.lds},
                           {"branch", stats.branches},
                           {"other", stats.other}};
    report.matrixInstructions = stats.mfma;
    return report;
  }
};
} // namespace

FailureOr<std::unique_ptr<Device>>
run::createSimDevice(StringRef chip, MLIRContext *context, bool counts) {
  auto device = sim::Device::create(chip);
  if (!device) {
    return emitError(UnknownLoc::get(context))
           << llvm::toString(device.takeError());
  }
  DialectRegistry registry;
  registerMoesaicDialects(registry);
  context->appendDialectRegistry(registry);
  return std::unique_ptr<Device>(
      std::make_unique<SimDevice>(std::move(*device), context, counts));
}
