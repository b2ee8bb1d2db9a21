//===- Dispatch.cpp - programs, launches and the scheduling of waves ------===//
//
// A launch spreads workgroups over host threads. The waves of a workgroup take
// turns on one thread; a workgroup that has run for a while steps back for
// others, so that workgroups which wait for each other make progress.
//
//===----------------------------------------------------------------------===//

#include "Sim/Engine.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Endian.h"
#include <chrono>
#include <deque>
#include <numeric>
#include <thread>

using namespace llvm;
using namespace moesaic;
using namespace moesaic::sim;

/// Instructions of a wave's turn, and of a workgroup's.
static constexpr uint64_t kTurn = 4096;
static constexpr uint64_t kSlice = 1 << 18;
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

/// Where a wave starts: hardware that preloads kernel arguments skips the 256
/// bytes of code that load them (AMDGPUUsage, "Preloaded Kernel Arguments").
static uint64_t startAddress(const Kernel &kernel) {
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
// Workgroups
//===----------------------------------------------------------------------===//

/// Lanes of the whole grid along an axis.
static uint32_t gridLanes(const LaunchConfig &config, unsigned axis) {
  return config.lanes[axis] ? config.lanes[axis]
                            : config.grid[axis] * config.block[axis];
}

namespace {

/// A workgroup with the storage of its waves.
class RunningWorkgroup {
public:
  RunningWorkgroup(Launch &launch, unsigned waves, uint32_t ldsBytes,
                   uint32_t scratchBytes)
      : waves(waves), rows(waves), lds(ldsBytes + 16),
        scratch(size_t(scratchBytes) * kLanes * waves) {
    if (launch.check != CheckMode::Off) {
      checker = std::make_unique<GroupChecker>(*launch.program->checks, launch,
                                               waves, ldsBytes);
    }
    for (auto &file : rows) {
      file.reset(new Row[kRows]);
    }
  }

  /// Lays out the start state of the workgroup with linear number `number`.
  void start(const Launch &launch, uint64_t number, uint64_t kernarg,
             uint64_t packet, uint32_t scratchBytes, uint32_t ldsBytes);

  /// Runs for one slice. Returns false when there is nothing left to run.
  bool run(Worker &worker, uint64_t budget);

  /// Whether every wave has ended, waits at a barrier or spins on memory that
  /// has not changed since.
  bool isStuck() const;

  /// Stops the launch: no wave of any workgroup can go on.
  void reportStuck();

private:
  Workgroup group;
  std::vector<Wave> waves;
  std::vector<std::unique_ptr<Row[]>> rows;
  std::vector<uint8_t> lds;
  std::vector<uint8_t> scratch;
  std::unique_ptr<GroupChecker> checker;
  uint64_t random = 0; ///< The state of the seeded order; 0: none.
  std::vector<unsigned> order;

  uint64_t draw();
};

} // namespace

void RunningWorkgroup::start(const Launch &launch, uint64_t number,
                             uint64_t kernarg, uint64_t packet,
                             uint32_t scratchBytes, uint32_t ldsBytes) {
  const LaunchConfig &config = launch.config;
  const KernelDescriptor &d = launch.kernel->descriptor;
  group.id[0] = number % config.grid[0];
  group.id[1] = number / config.grid[0] % config.grid[1];
  group.id[2] = number / config.grid[0] / config.grid[1];
  group.lds = lds.data();
  group.ldsBytes = ldsBytes;
  group.signals = 0;
  memset(lds.data(), 0, lds.size());
  random = config.seed ? (config.seed + number) * 0x9e3779b97f4a7c15ull | 1 : 0;
  order.resize(waves.size());
  std::iota(order.begin(), order.end(), 0u);
  if (checker) {
    checker->start();
  }
  std::array<uint32_t, 3> block; // smaller at the end of a partial grid
  for (unsigned axis = 0; axis < 3; ++axis) {
    block[axis] =
        std::min(config.block[axis],
                 gridLanes(config, axis) - group.id[axis] * config.block[axis]);
  }
  uint32_t lanes = block[0] * block[1] * block[2];
  const ChipModel &chip = *launch.program->device->implementation().model;
  const unsigned perWave = waveLanes(chip, *launch.kernel);
  uint32_t groupWaves = (lanes + perWave - 1) / perWave;
  unsigned vgprs = std::min(kAgprBase, ((d.rsrc1 & 63) + 1) * 8);
  for (unsigned n = 0; n < waves.size(); ++n) {
    Wave &w = waves[n];
    w = Wave();
    w.v = rows[n].get();
    memset(static_cast<void *>(w.v), 0, vgprs * sizeof(Row));
    memset(static_cast<void *>(w.v + kAgprBase), 0, vgprs * sizeof(Row));
    w.group = &group;
    w.chip = &chip;
    w.lanes = uint8_t(perWave);
    w.laneMask = ~0ull >> (kLanes - perWave);
    w.index = n;
    w.scratchBytes = scratchBytes;
    w.scratch = scratch.data() + size_t(scratchBytes) * kLanes * n;
    w.mode = d.rsrc1 >> 12 & 0xff;      // rounding and denormals
    w.mode |= (d.rsrc1 >> 21 & 1) << 8; // DX10_CLAMP
    w.mode |= (d.rsrc1 >> 23 & 1) << 9; // IEEE
    w.mode |= d.rsrc1 >> 26 & 1 ? kModeFp16Overflow : 0;
    w.next = launch.program->code.at(startAddress(*launch.kernel));
    uint32_t first = n * perWave;
    if (n >= groupWaves) {
      w.state = WaveState::Done;
      w.absent = true;
      continue;
    }
    uint64_t active = lanes - first >= perWave
                          ? w.laneMask
                          : (uint64_t(1) << (lanes - first)) - 1;
    writePair(w, kExec, active);
    // gfx90a and later, and gfx11, pack the work-item id: x, y and z in 10 bits
    // each.
    for (unsigned lane = 0; lane < perWave; ++lane) {
      uint32_t flat = first + lane;
      uint32_t x = flat % block[0];
      uint32_t y = flat / block[0] % block[1];
      uint32_t z = flat / block[0] / block[1];
      w.v[0].lane[lane] = x | y << 10 | z << 20;
    }
    // User SGPRs in the order that AMDGPUUsage gives, then the system's.
    unsigned s = 0;
    uint16_t properties = d.properties;
    if (properties & 1) { // private segment buffer
      // 4-byte elements interleaved over 64 lanes (add_tid, swizzled).
      w.s[s + 1] = kScratchDescriptor | 1u << 31;
      w.s[s + 2] = ~0u;
      w.s[s + 3] = 1u << 19 | 3u << 21 | 1u << 23;
      s += 4;
    }
    if (properties & 2) {
      writePair(w, s, packet);
      s += 2;
    }
    if (properties & 4) {
      s += 2; // queue
    }
    if (properties & 8) {
      writePair(w, s, kernarg);
      s += 2;
    }
    if (properties & 16) {
      s += 2; // dispatch id
    }
    if (properties & 32) {
      s += 2; // flat scratch
    }
    if (properties & 64) {
      w.s[s++] = scratchBytes;
    }
    unsigned preload = d.preload & 0x7f, from = d.preload >> 7;
    for (unsigned k = 0; k < preload && s < 16; ++k) {
      w.s[s++] = support::endian::read32le(
          reinterpret_cast<const uint8_t *>(kernarg) + 4 * (from + k));
    }
    s = std::max(s, d.rsrc2 >> 1 & 31);
    if (chip.generation == 12) {
      w.s[kTtmp + 9] = group.id[0];
      w.s[kTtmp + 7] = group.id[1] | group.id[2] << 16;
    }
    for (unsigned axis = 0; axis < 3 && chip.generation < 12; ++axis) {
      if (d.rsrc2 >> (7 + axis) & 1) {
        w.s[s++] = group.id[axis];
      }
    }
    if (d.rsrc2 >> 10 & 1) {
      w.s[s++] = (n == 0 ? 1u << 31 : 0) | groupWaves;
    }
    if ((d.rsrc2 & 1) && !w.chip->architectedScratch) {
      w.s[s++] = 0; // the wave's offset: its descriptor is its own
    }
    if (checker) {
      checker->startWave(n, s, active, w.laneMask);
    }
  }
}

/// xorshift64*
uint64_t RunningWorkgroup::draw() {
  random ^= random >> 12;
  random ^= random << 25;
  random ^= random >> 27;
  return random * 0x2545f4914f6cdd1dull >> 16;
}

bool RunningWorkgroup::run(Worker &worker, uint64_t budget) {
  Launch &launch = *worker.launch;
  for (uint64_t spent = 0; spent < kSlice;) {
    unsigned done = 0, waiting = 0, asleep = 0;
    uint64_t longest = kTurn;
    if (random) {
      // Turns of 1 to 4096 instructions, short ones as often as long ones.
      longest = uint64_t(1) << draw() % 13;
      for (size_t n = waves.size(); n > 1; --n) {
        std::swap(order[n - 1], order[draw() % n]);
      }
    }
    for (unsigned n : order) {
      Wave &w = waves[n];
      if (launch.stop.load(std::memory_order_relaxed)) {
        return false;
      }
      if (w.state == WaveState::Ready) {
        w.worker = &worker;
        w.yield = false;
        const uint64_t turn = std::min(longest, budget - w.executed);
        if (checker) {
          runWaveChecked(w, turn, *checker);
        } else {
          runWave(w, turn);
        }
        asleep += w.yield;
        if (w.yield && launch.config.onSleep) {
          launch.config.onSleep();
        }
        w.executed +=
            w.yield ? std::min<uint64_t>(64, turn) : turn; // an upper bound
        spent += turn;
        if (w.executed >= budget && w.state == WaveState::Ready) {
          fault(w, *w.next,
                "the wave does not end within its instruction budget "
                "(LaunchConfig::instructionBudget)");
        }
      }
      done += w.state == WaveState::Done;
      waiting += w.state == WaveState::Barrier;
    }
    if (done == waves.size()) {
      return false;
    }
    // Waves that have ended do not take part in a barrier.
    if (done + waiting == waves.size()) {
      if (checker) {
        checker->meet(waves);
      }
      for (Wave &w : waves) {
        if (w.state == WaveState::Barrier) {
          w.state = WaveState::Ready;
        }
      }
      group.signals = 0;
    } else if (asleep != 0) {
      return true; // s_sleep: let other workgroups run
    }
  }
  return true;
}

bool RunningWorkgroup::isStuck() const {
  bool syncs = false;
  for (const Wave &w : waves) {
    if (w.state == WaveState::Ready && !isSyncing(w) &&
        !(checker && checker->spins(w))) {
      return false;
    }
    syncs |= isSyncing(w);
  }
  return syncs || checker != nullptr;
}

void RunningWorkgroup::reportStuck() {
  for (Wave &w : waves) {
    if (w.state == WaveState::Ready && isSyncing(w)) {
      fault(w, *w.next,
            "the wave waits forever: the others that it waits for never come");
      return;
    }
    if (w.state == WaveState::Ready) {
      fault(w, checker->spinJump(w),
            "the wave spins forever: every resident wave spins, waits at a "
            "barrier or has ended, and none can change memory");
      return;
    }
  }
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
