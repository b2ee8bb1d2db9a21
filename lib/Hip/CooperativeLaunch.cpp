//===- CooperativeLaunch.cpp - grids whose workgroups wait for each other -===//
//
// A grid barrier needs all workgroups to run at once, so a grid that does not
// fit the chip is refused. Grids on several devices find each other through a
// record that ROCm's device libraries read.
//
//===----------------------------------------------------------------------===//

#include "Hip/Runtime.h"

using namespace moesaic;
using namespace moesaic::hip;

/// Whether all blocks of the grid fit the device at once.
static hipError_t checkResidency(hipFunction_t function, dim3 grid, dim3 block,
                                 size_t dynamicLds) {
  const Chip &chip = *function->loaded->device->chip;
  uint64_t lanes = uint64_t(block.x) * block.y * block.z;
  if (lanes == 0 || lanes > uint64_t(chip.maxWorkgroupSize)) {
    return hipErrorInvalidConfiguration;
  }
  uint64_t resident = uint64_t(residentBlocks(*function->kernel, chip,
                                              uint32_t(lanes), dynamicLds)) *
                      chip.computeUnits;
  return uint64_t(grid.x) * grid.y * grid.z > resident
             ? hipErrorCooperativeLaunchTooLarge
             : hipSuccess;
}

hipError_t moesaic::hip::launchCooperative(hipFunction_t function, dim3 grid,
                                           dim3 block, void **parameters,
                                           unsigned dynamicLds,
                                           hipStream_t stream) {
  if (!isFunction(function)) {
    return hipErrorInvalidHandle;
  }
  if (hipError_t error = checkResidency(function, grid, block, dynamicLds)) {
    return error;
  }
  Cooperation cooperation;
  cooperation.together = true;
  cooperation.multigrid = 1; // one grid: only that the argument is not null
  return launch(function, function, grid, block, parameters, nullptr,
                dynamicLds, stream, std::move(cooperation));
}

static hipError_t launchCooperative(const void *symbol, dim3 grid, dim3 block,
                                    void **parameters, unsigned dynamicLds,
                                    hipStream_t stream) {
  hipFunction_t function;
  if (hipError_t error = functionOf(symbol, function)) {
    return error;
  }
  return launchCooperative(function, grid, block, parameters, dynamicLds,
                           stream);
}

hipError_t hipLaunchCooperativeKernel(const void *symbol, dim3 grid, dim3 block,
                                      void **parameters, unsigned dynamicLds,
                                      hipStream_t stream) {
  return finish(
      launchCooperative(symbol, grid, block, parameters, dynamicLds, stream));
}

hipError_t hipLaunchCooperativeKernel_spt(const void *symbol, dim3 grid,
                                          dim3 block, void **parameters,
                                          uint32_t dynamicLds,
                                          hipStream_t stream) {
  return finish(launchCooperative(symbol, grid, block, parameters, dynamicLds,
                                  perThread(stream)));
}

//===----------------------------------------------------------------------===//
// Several devices
//===----------------------------------------------------------------------===//

namespace {

/// What the device libraries know about a grid among others.
struct GridRecord {
  uint32_t *arrived; ///< Grids at the barrier, in all grids the same word.
  uint32_t rank, grids;
  uint64_t lanesBefore, lanes;
};

/// Returns to the current device.
struct DeviceRestorer {
  int ordinal = currentDevice() ? currentDevice()->ordinal : 0;
  ~DeviceRestorer() { setCurrentDevice(ordinal); }
};

} // namespace

/// Lets each stream wait for what is in all the others.
static hipError_t meet(const hipLaunchParams *launches, int count) {
  std::vector<hipEvent_t> events(count, nullptr);
  hipError_t error = hipSuccess;
  for (int n = 0; n < count && error == hipSuccess; ++n) {
    error = hipEventCreateWithFlags(&events[n], hipEventDisableTiming);
    if (error == hipSuccess) {
      error = hipEventRecord(events[n], launches[n].stream);
    }
  }
  for (int n = 0; n < count; ++n) {
    for (int m = 0; m < count && error == hipSuccess; ++m) {
      if (m != n) {
        error = hipStreamWaitEvent(launches[n].stream, events[m], 0);
      }
    }
  }
  for (hipEvent_t event : events) {
    if (event) {
      (void)hipEventDestroy(event);
    }
  }
  return error;
}

static hipError_t checkLaunches(const hipLaunchParams *launches, int count,
                                unsigned flags, bool cooperative) {
  if (!launches || count <= 0 ||
      size_t(count) > Runtime::get().devices.size() ||
      (flags & ~unsigned(hipCooperativeLaunchMultiDeviceNoPreSync |
                         hipCooperativeLaunchMultiDeviceNoPostSync))) {
    return hipErrorInvalidValue;
  }
  std::set<DeviceState *> devices;
  for (int n = 0; n < count; ++n) {
    const hipLaunchParams &launch = launches[n];
    hipStream_t stream = launch.stream ? resolve(launch.stream) : nullptr;
    if (!stream) {
      return hipErrorInvalidHandle; // null streams are not allowed either
    }
    if (capturing(stream)) {
      return hipErrorStreamCaptureUnsupported;
    }
    if (!devices.insert(stream->device).second) {
      return hipErrorInvalidDevice;
    }
    setCurrentDevice(stream->device->ordinal);
    if (cooperative) {
      hipFunction_t function;
      if (hipError_t error = functionOf(launch.func, function)) {
        return error;
      }
      if (hipError_t error = checkResidency(
              function, launch.gridDim, launch.blockDim, launch.sharedMem)) {
        return error;
      }
    }
  }
  return hipSuccess;
}

/// Memory for the barrier's word and the record of each grid.
static std::shared_ptr<void> makeRecords(const hipLaunchParams *launches,
                                         int count, GridRecord *&records) {
  sim::Memory &memory = *Runtime::get().memory;
  void *words = memory.allocate(64 + count * sizeof(GridRecord),
                                "records of cooperating grids");
  if (!words) {
    return nullptr;
  }
  records = reinterpret_cast<GridRecord *>(static_cast<uint8_t *>(words) + 64);
  uint64_t lanes = 0;
  for (int n = 0; n < count; ++n) {
    const dim3 &grid = launches[n].gridDim, &block = launches[n].blockDim;
    records[n].arrived = static_cast<uint32_t *>(words);
    records[n].rank = uint32_t(n);
    records[n].grids = uint32_t(count);
    records[n].lanesBefore = lanes;
    lanes += uint64_t(grid.x) * grid.y * grid.z * block.x * block.y * block.z;
  }
  for (int n = 0; n < count; ++n) {
    records[n].lanes = lanes;
  }
  return {words, [&memory](void *pointer) { memory.free(pointer); }};
}

static hipError_t launchMany(const hipLaunchParams *launches, int count,
                             unsigned flags, bool cooperative) {
  DeviceRestorer restorer;
  if (hipError_t error = checkLaunches(launches, count, flags, cooperative)) {
    return error;
  }
  GridRecord *records = nullptr;
  Cooperation cooperation;
  if (cooperative) {
    cooperation.together = true;
    cooperation.memory = makeRecords(launches, count, records);
    if (!cooperation.memory) {
      return hipErrorOutOfMemory;
    }
  }
  if (!(flags & hipCooperativeLaunchMultiDeviceNoPreSync)) {
    if (hipError_t error = meet(launches, count)) {
      return error;
    }
  }
  for (int n = 0; n < count; ++n) {
    const hipLaunchParams &launch = launches[n];
    setCurrentDevice(resolve(launch.stream)->device->ordinal);
    if (cooperative) {
      cooperation.multigrid = reinterpret_cast<uint64_t>(&records[n]);
    }
    if (hipError_t error = launchSymbol(
            launch.func, launch.gridDim, launch.blockDim, launch.args,
            launch.sharedMem, launch.stream, cooperation)) {
      return error;
    }
  }
  return flags & hipCooperativeLaunchMultiDeviceNoPostSync
             ? hipSuccess
             : meet(launches, count);
}

hipError_t hipLaunchCooperativeKernelMultiDevice(hipLaunchParams *launches,
                                                 int count, unsigned flags) {
  return finish(launchMany(launches, count, flags, true));
}

hipError_t hipExtLaunchMultiKernelMultiDevice(hipLaunchParams *launches,
                                              int count, unsigned flags) {
  return finish(launchMany(launches, count, flags, false));
}
