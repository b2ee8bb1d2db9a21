//===- Dispatch.cpp - programs and launches -------------------------------===//
//
// A launch spreads workgroups over host threads. A workgroup that has run for a
// while steps back for others, so that workgroups which wait for each other
// make progress.
//
//===----------------------------------------------------------------------===//

#include "Sim/RunningWorkgroup.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Endian.h"
#include <chrono>
#include <deque>
#include <thread>

using namespace llvm;
using namespace moesaic;
using namespace moesaic::sim;

/// A wave that executes more is taken for a runaway.
static constexpr uint64_t kDefaultBudget = uint64_t(1) << 28;
/// Scratch of a lane whose stack grows by an unknown amount.
static constexpr uint32_t kDynamicStackBytes = 16384;

//===----------------------------------------------------------------------===//
// Device and Program
//===----------------------------------------------------------------------===//

Device::Device(std::unique_ptr<Impl> impl) : impl(std::move(impl)) {}
Device::~Device() = default;
StringRef Device::chip() const { return impl->chip->name; }
Memory &Device::memory() { return impl->memory; }

std::vector<StringRef> moesaic::sim::simulatedChips() {
  std::vector<StringRef> names;
  for (const Chip &chip : supportedChips()) {
    if (findChipModel(chip.name.str().c_str())) {
      names.push_back(chip.name);
    }
  }
  return names;
}

Expected<std::unique_ptr<Device>>
Device::create(StringRef name, std::shared_ptr<Memory> memory) {
  const Chip *chip = findChip(name);
  const ChipModel *model = findChipModel(name.str().c_str());
  if (!chip || !model) {
    std::string known;
    for (StringRef candidate : simulatedChips()) {
      known += " " + candidate.str();
    }
    return createStringError("no simulated chip `%s`; there are:%s",
                             name.str().c_str(), known.c_str());
  }
  auto impl = std::make_unique<Impl>(memory ? std::move(memory)
                                            : std::make_shared<Memory>());
  impl->chip = chip;
  impl->model = model;
  auto decoder = Decoder::create(*model, isRdna(*model) ? 32 : kLanes);
  if (!decoder) {
    return decoder.takeError();
  }
  impl->decoder = std::move(*decoder);
  return std::unique_ptr<Device>(new Device(std::move(impl)));
}

Program::Impl::~Impl() {
  if (device) {
    device->memory().free(reinterpret_cast<void *>(object.base));
  }
}

Program::Program(std::unique_ptr<Impl> impl) : impl(std::move(impl)) {}
Program::~Program() = default;
ArrayRef<KernelInfo> Program::kernels() const { return impl->infos; }

const KernelInfo *Program::findKernel(StringRef name) const {
  for (const KernelInfo &info : impl->infos) {
    if (info.name == name) {
      return &info;
    }
  }
  return nullptr;
}

ArrayRef<std::string> Program::printfFormats() const {
  return impl->object.printfFormats;
}

std::pair<uint64_t, uint64_t> Program::findGlobal(StringRef name) const {
  auto it = impl->object.symbols.find(name);
  if (it == impl->object.symbols.end() || it->second.isFunction) {
    return {0, 0};
  }
  return {it->second.address, it->second.size};
}

uint64_t moesaic::sim::startAddress(const Kernel &kernel) {
  return kernel.entry + ((kernel.descriptor.preload & 0x7f) ? 256 : 0);
}

Expected<std::unique_ptr<Program>> Program::load(MemoryBufferRef object,
                                                 Device &device) {
  Device::Impl &gpu = device.implementation();
  auto loaded = loadCodeObject(object, gpu.chip->name, gpu.memory);
  if (!loaded) {
    return loaded.takeError();
  }
  auto impl = std::make_unique<Impl>();
  impl->device = &device;
  impl->object = std::move(*loaded);
  impl->bytes = object.getBuffer().str();
  std::vector<uint64_t> entries, functions;
  for (const Kernel &kernel : impl->object.kernels) {
    impl->infos.push_back(kernel.info);
    entries.push_back(startAddress(kernel));
  }
  for (const auto &symbol : impl->object.symbols) {
    uint64_t address = symbol.second.address;
    if (symbol.second.isFunction && address >= impl->object.textBegin &&
        address < impl->object.textEnd && address % 4 == 0) {
      functions.push_back(address);
    }
  }
  std::lock_guard<std::mutex> lock(gpu.decoding);
  auto decoder = decoderFor(gpu, impl->object);
  if (!decoder) {
    return decoder.takeError();
  }
  auto code = (*decoder)->decode(impl->object.textBegin, impl->object.textEnd,
                                 entries, functions);
  if (!code) {
    return code.takeError();
  }
  impl->code = std::move(*code);
  return std::unique_ptr<Program>(new Program(std::move(impl)));
}

LaunchStats &LaunchStats::operator+=(const LaunchStats &o) {
  salu += o.salu;
  valu += o.valu;
  mfma += o.mfma;
  smem += o.smem;
  vmemLoads += o.vmemLoads;
  vmemStores += o.vmemStores;
  vmemAtomics += o.vmemAtomics;
  lds += o.lds;
  branches += o.branches;
  other += o.other;
  workgroups += o.workgroups;
  waves += o.waves;
  globalBytesRead += o.globalBytesRead;
  globalBytesWritten += o.globalBytesWritten;
  scalarBytesRead += o.scalarBytesRead;
  ldsBytes += o.ldsBytes;
  ldsAccesses += o.ldsAccesses;
  ldsConflicts += o.ldsConflicts;
  seconds += o.seconds;
  reports.insert(reports.end(), o.reports.begin(), o.reports.end());
  for (const auto &entry : o.matrixOpcodes) {
    matrixOpcodes[entry.first] += entry.second;
  }
  return *this;
}

//===----------------------------------------------------------------------===//
// Launch
//===----------------------------------------------------------------------===//

/// Writes one hidden argument of code object v5 (AMDGPUUsage, "Code Object V5
/// Kernel Argument Metadata").
static void writeHidden(const KernelArgument &argument,
                        const LaunchConfig &config, uint64_t packet,
                        MutableArrayRef<uint8_t> kernarg) {
  StringRef kind = argument.kind;
  uint64_t value = 0;
  if (!kind.consume_front("hidden_")) {
    return;
  }
  unsigned axis = kind.ends_with("_z") ? 2 : kind.ends_with("_y") ? 1 : 0;
  if (kind.starts_with("block_count")) {
    value = gridLanes(config, axis) / config.block[axis]; // complete ones
  } else if (kind.starts_with("group_size")) {
    value = config.block[axis];
  } else if (kind.starts_with("remainder")) {
    value = gridLanes(config, axis) % config.block[axis];
  } else if (kind == "grid_dims") {
    value = gridLanes(config, 2) > 1 ? 3 : gridLanes(config, 1) > 1 ? 2 : 1;
  } else if (kind == "dynamic_lds_size") {
    value = config.dynamicLdsBytes;
  } else if (kind == "hostcall_buffer") {
    value = config.services.hostcallBuffer;
  } else if (kind == "printf_buffer") {
    value = config.services.printfBuffer;
  } else if (kind == "heap_v1") {
    value = config.services.heap;
  } else if (kind == "multigrid_sync_arg") {
    value = config.services.multigridSync;
  } else if (kind == "private_base") {
    value = kPrivateBase >> 32;
  } else if (kind == "shared_base") {
    value = kSharedBase >> 32;
  }
  for (unsigned n = 0; n < argument.size && n < 8; ++n) {
    kernarg[argument.offset + n] = uint8_t(value >> (8 * n));
  }
}

/// hsa_kernel_dispatch_packet_t.
static void writePacket(uint8_t *packet, const LaunchConfig &config,
                        uint32_t scratch, uint32_t lds, uint64_t kernarg) {
  using namespace support::endian;
  write16le(packet, 2); // kernel dispatch
  write16le(packet + 2, 3);
  for (unsigned axis = 0; axis < 3; ++axis) {
    write16le(packet + 4 + 2 * axis, uint16_t(config.block[axis]));
    write32le(packet + 12 + 4 * axis, gridLanes(config, axis));
  }
  write32le(packet + 24, scratch);
  write32le(packet + 28, lds);
  write64le(packet + 40, kernarg);
}

static Error checkConfig(const Kernel &kernel, const LaunchConfig &config,
                         const Chip &chip, ArrayRef<uint8_t> arguments) {
  const KernelInfo &info = kernel.info;
  const char *name = info.name.c_str();
  uint64_t lanes = 1;
  for (unsigned axis = 0; axis < 3; ++axis) {
    if (config.block[axis] == 0 || config.block[axis] > 1024) {
      return createStringError("kernel `%s`: expected 1 to 1024 lanes along "
                               "each axis, got %u",
                               name, config.block[axis]);
    }
    lanes *= config.block[axis];
    uint64_t whole = uint64_t(config.grid[axis]) * config.block[axis];
    uint64_t some = config.lanes[axis] ? config.lanes[axis] : whole;
    if (some > UINT32_MAX || some > whole ||
        whole - some >= config.block[axis]) {
      return createStringError(
          "kernel `%s`: expected %u workgroups of %u lanes "
          "to hold the grid, got %" PRIu64 " lanes",
          name, config.grid[axis], config.block[axis], some);
    }
    uint32_t required = info.requiredWorkgroupSize[axis];
    if (required != 0 && required != config.block[axis]) {
      return createStringError("kernel `%s`: expected a block of %u x %u x %u "
                               "lanes, got %u x %u x %u",
                               name, info.requiredWorkgroupSize[0],
                               info.requiredWorkgroupSize[1],
                               info.requiredWorkgroupSize[2], config.block[0],
                               config.block[1], config.block[2]);
    }
  }
  uint64_t most = info.maxWorkgroupSize ? info.maxWorkgroupSize
                                        : uint64_t(chip.maxWorkgroupSize);
  if (lanes > most) {
    return createStringError("kernel `%s`: expected at most %" PRIu64
                             " lanes in a block, got %" PRIu64,
                             name, most, lanes);
  }
  uint64_t lds =
      uint64_t(kernel.descriptor.groupBytes) + config.dynamicLdsBytes;
  if (lds > uint64_t(chip.ldsBytes)) {
    return createStringError("kernel `%s`: expected at most %d bytes of LDS, "
                             "got %" PRIu64,
                             name, chip.ldsBytes, lds);
  }
  if (arguments.size() >
      std::max(info.kernargBytes, kernel.descriptor.kernargBytes)) {
    return createStringError("kernel `%s`: expected at most %u bytes of "
                             "arguments, got %zu",
                             name, info.kernargBytes, arguments.size());
  }
  return Error::success();
}

static void addCounts(LaunchStats &stats, const Code &code,
                      const Worker &worker) {
  uint64_t *classes[] = {
      &stats.salu,      &stats.valu,       &stats.mfma,        &stats.smem,
      &stats.vmemLoads, &stats.vmemStores, &stats.vmemAtomics, &stats.lds,
      &stats.branches,  &stats.other};
  if (worker.executed.empty()) {
    return; // The thread was not needed.
  }
  for (const Inst &inst : code.insts) {
    uint64_t count = worker.executed[inst.index];
    if (count == 0) {
      continue;
    }
    *classes[unsigned(inst.kind)] += count;
    if (inst.kind == InstClass::Mfma) {
      stats.matrixOpcodes[code.mnemonics[inst.index]] += count;
    }
  }
  stats.globalBytesRead += worker.traffic.globalRead;
  stats.globalBytesWritten += worker.traffic.globalWritten;
  stats.scalarBytesRead += worker.traffic.scalarRead;
  stats.ldsBytes += worker.traffic.lds;
  stats.ldsAccesses += worker.ldsAccesses;
  stats.ldsConflicts += worker.ldsConflicts;
}

namespace {

/// Hands out workgroups: fresh ones first, up to what the chip could hold at
/// once, then those that stepped back.
class Queue {
public:
  /// `alone`: what spins on memory spins for ever once all workgroups do.
  Queue(uint64_t total, uint64_t resident, bool alone)
      : total(total), resident(resident), alone(alone) {}

  /// Sets either `number`, a fresh workgroup to start, or `group`, one to
  /// continue. Returns false when there is no work to be had.
  bool take(uint64_t &number, std::unique_ptr<RunningWorkgroup> &group) {
    std::lock_guard<std::mutex> lock(mutex);
    if (started < total && suspended.size() < resident) {
      number = started++;
      ++running;
      return true;
    }
    if (!suspended.empty()) {
      group = std::move(suspended.front());
      suspended.pop_front();
      ++running;
      return true;
    }
    return false;
  }

  /// Whether another thread would find work.
  bool hasMore() {
    std::lock_guard<std::mutex> lock(mutex);
    return started < total || !suspended.empty();
  }

  void finished() {
    std::lock_guard<std::mutex> lock(mutex);
    --running;
  }

  void putBack(std::unique_ptr<RunningWorkgroup> group) {
    std::lock_guard<std::mutex> lock(mutex);
    --running;
    suspended.push_back(std::move(group));
    bool full = started == total || suspended.size() >= resident;
    if (!alone || running != 0 || !full || !suspended.back()->isStuck()) {
      return;
    }
    for (const std::unique_ptr<RunningWorkgroup> &other : suspended) {
      if (!other->isStuck()) {
        return;
      }
    }
    suspended.back()->reportStuck();
  }

private:
  std::mutex mutex;
  const uint64_t total, resident;
  const bool alone;
  uint64_t started = 0, running = 0;
  std::deque<std::unique_ptr<RunningWorkgroup>> suspended;
};

} // namespace

CheckMode moesaic::sim::checkMode(CheckMode asked) {
  if (asked != CheckMode::Environment) {
    return asked;
  }
  const char *value = getenv("MOESAIC_CHECK");
  return StringSwitch<CheckMode>(value ? value : "report")
      .Case("off", CheckMode::Off)
      .Case("trap", CheckMode::Trap)
      .Case("report", CheckMode::Report)
      .Default(CheckMode::Environment);
}

static uint64_t environmentSeed() {
  const char *value = getenv("MOESAIC_SEED");
  return value ? strtoull(value, nullptr, 0) : 0;
}

Expected<LaunchStats> Device::launch(const Program &program, StringRef name,
                                     const LaunchConfig &config,
                                     ArrayRef<uint8_t> explicitKernargs) {
  const Program::Impl &loaded = program.implementation();
  const Kernel *kernel = nullptr;
  std::string known;
  for (const Kernel &candidate : loaded.object.kernels) {
    kernel = candidate.info.name == name ? &candidate : kernel;
    known += " " + candidate.info.name;
  }
  if (!kernel) {
    return createStringError("no kernel `%s`; there are:%s", name.str().c_str(),
                             known.c_str());
  }
  if (Error failed =
          checkConfig(*kernel, config, *impl->chip, explicitKernargs)) {
    return std::move(failed);
  }

  CheckMode check = checkMode(config.check);
  if (check == CheckMode::Environment) {
    return createStringError("expected MOESAIC_CHECK to be off, report or "
                             "trap, got `%s`",
                             getenv("MOESAIC_CHECK"));
  }

  auto begin = std::chrono::steady_clock::now();
  uint32_t scratchBytes =
      std::max(kernel->descriptor.privateBytes, kernel->info.scratchBytes);
  if (kernel->dynamicStack) {
    scratchBytes += kDynamicStackBytes;
  }
  scratchBytes = (scratchBytes + 15) & ~15u;
  uint32_t ldsBytes = kernel->descriptor.groupBytes + config.dynamicLdsBytes;
  uint32_t kernargBytes =
      std::max(kernel->info.kernargBytes, kernel->descriptor.kernargBytes);

  // The kernarg segment, and behind it the dispatch packet. Preloading may
  // read up to 16 registers from any offset.
  uint32_t packetOffset = (kernargBytes + 127) & ~63u;
  void *segment = impl->memory.allocate(packetOffset + 64, "kernel arguments");
  if (!segment) {
    return createStringError("no memory for kernel arguments");
  }
  uint64_t kernarg = reinterpret_cast<uint64_t>(segment);
  uint64_t packet = kernarg + packetOffset;
  MutableArrayRef<uint8_t> bytes(static_cast<uint8_t *>(segment), packetOffset);
  std::copy(explicitKernargs.begin(), explicitKernargs.end(), bytes.begin());
  for (const KernelArgument &argument : kernel->info.arguments) {
    writeHidden(argument, config, packet, bytes);
  }
  writePacket(reinterpret_cast<uint8_t *>(packet), config, scratchBytes,
              ldsBytes, kernarg);

  Launch launch;
  launch.program = &loaded;
  launch.kernel = kernel;
  launch.memory = &impl->memory;
  launch.config = config;
  launch.config.seed = config.seed ? config.seed : environmentSeed();
  launch.check = check;
  if (launch.check != CheckMode::Off) {
    std::lock_guard<std::mutex> lock(loaded.checking);
    if (!loaded.checks) {
      loaded.checks = std::make_unique<CheckTable>(
          loaded.code, *impl->model, waveLanes(*impl->model, *kernel));
    }
  }
  uint64_t total = uint64_t(config.grid[0]) * config.grid[1] * config.grid[2];
  unsigned lanes = config.block[0] * config.block[1] * config.block[2];
  unsigned perWave = waveLanes(*impl->model, *kernel);
  unsigned waves = (lanes + perWave - 1) / perWave;
  uint64_t budget =
      config.instructionBudget ? config.instructionBudget : kDefaultBudget;
  unsigned threads = config.threads
                         ? config.threads
                         : std::max(1u, std::thread::hardware_concurrency());
  threads = unsigned(std::min<uint64_t>(threads, std::max<uint64_t>(total, 1)));
  // One workgroup per compute unit is always resident together; a kernel whose
  // workgroups all meet is launched only if they all are.
  bool meets = config.together ||
               llvm::any_of(loaded.code.mnemonics, [](StringRef name) {
                 return name.starts_with("ds_gws");
               });
  Queue queue(total, meets ? total : uint64_t(impl->chip->computeUnits),
              config.alone);
  std::vector<Worker> workers(threads);
  launch.workers = workers;
  std::function<void(size_t)> work = [&](size_t index) {
    Worker &worker = workers[index];
    worker.launch = &launch;
    worker.executed.assign(loaded.code.insts.size(), 0);
    worker.recent.resize(loaded.code.insts.size());
    // Threads start in a tree, and none when the work is done before.
    std::vector<std::thread> others;
    for (size_t n = 2 * index + 1; n <= 2 * index + 2 && n < threads; ++n) {
      if (queue.hasMore()) {
        others.emplace_back(work, n);
      }
    }
    std::unique_ptr<RunningWorkgroup> group, spare;
    uint64_t number = 0;
    while (!launch.stop && queue.take(number, group)) {
      if (!group) {
        group = spare ? std::move(spare)
                      : std::make_unique<RunningWorkgroup>(
                            launch, waves, ldsBytes, scratchBytes);
        group->start(launch, number, kernarg, packet, scratchBytes, ldsBytes);
      }
      if (group->run(worker, budget)) {
        queue.putBack(std::move(group));
      } else {
        spare = std::move(group);
        queue.finished();
      }
    }
    for (std::thread &thread : others) {
      thread.join();
    }
  };
  work(0);
  impl->memory.free(segment);
  if (!launch.report.empty()) {
    return createStringError(Twine(launch.report));
  }
  LaunchStats stats;
  stats.reports = std::move(launch.reports);
  stats.workgroups = total;
  stats.waves = total * waves;
  for (const Worker &worker : workers) {
    addCounts(stats, loaded.code, worker);
  }
  stats.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin)
          .count();
  return stats;
}
