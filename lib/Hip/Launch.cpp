//===- Launch.cpp - running kernels ---------------------------------------===//

#include "Hip/HostServices.h"
#include "llvm/ADT/StringRef.h"

using namespace llvm;
using namespace moesaic;
using namespace moesaic::hip;

//===----------------------------------------------------------------------===//
// Arguments and checks
//===----------------------------------------------------------------------===//

static bool isHidden(const sim::KernelArgument &argument) {
  return StringRef(argument.kind).starts_with("hidden_");
}

/// Packs the kernarg segment up to the hidden arguments.
static hipError_t packArguments(const sim::KernelInfo &kernel,
                                void **parameters, void **extra,
                                std::vector<uint8_t> &kernarg) {
  uint32_t end = 0;
  bool any = false;
  for (const sim::KernelArgument &argument : kernel.arguments) {
    if (!isHidden(argument)) {
      end = std::max(end, argument.offset + argument.size);
      any = true;
    }
  }
  kernarg.assign(end, 0);
  if (extra) {
    const void *buffer = nullptr;
    size_t bytes = 0;
    for (void **at = extra; *at != HIP_LAUNCH_PARAM_END; at += 2) {
      if (*at == HIP_LAUNCH_PARAM_BUFFER_POINTER) {
        buffer = at[1];
      } else if (*at == HIP_LAUNCH_PARAM_BUFFER_SIZE) {
        bytes = *static_cast<size_t *>(at[1]);
      } else {
        return hipErrorInvalidValue;
      }
    }
    if (!buffer && bytes != 0) {
      return hipErrorInvalidValue;
    }
    // A buffer may be padded beyond the arguments, or leave out their end.
    memcpy(kernarg.data(), buffer, std::min<size_t>(bytes, end));
    return hipSuccess;
  }
  if (any && !parameters) {
    return hipErrorInvalidValue;
  }
  unsigned index = 0;
  for (const sim::KernelArgument &argument : kernel.arguments) {
    if (!isHidden(argument)) {
      if (!parameters[index]) {
        return hipErrorInvalidValue;
      }
      memcpy(kernarg.data() + argument.offset, parameters[index++],
             argument.size);
    }
  }
  return hipSuccess;
}

static hipError_t checkShape(const ihipModuleSymbol_t &function,
                             const LaunchShape &shape) {
  const sim::KernelInfo &kernel = *function.kernel;
  const Chip &chip = *function.loaded->device->chip;
  uint64_t lanes = 1;
  for (unsigned axis = 0; axis < 3; ++axis) {
    uint32_t block = shape.block[axis];
    if (block == 0 || block > 1024 || shape.lanes[axis] == 0) {
      return hipErrorInvalidConfiguration;
    }
    lanes *= block;
  }
  if (lanes > uint64_t(chip.maxWorkgroupSize)) {
    return hipErrorInvalidConfiguration;
  }
  const char *name = kernel.name.c_str();
  if (kernel.maxWorkgroupSize && lanes > kernel.maxWorkgroupSize) {
    say(Twine("kernel `") + name + "`: expected at most " +
        Twine(kernel.maxWorkgroupSize) +
        " lanes in a block (its __launch_bounds__), got " + Twine(lanes));
    return hipErrorLaunchFailure;
  }
  for (unsigned axis = 0; axis < 3; ++axis) {
    uint32_t required = kernel.requiredWorkgroupSize[axis];
    if (required != 0 && required != shape.block[axis]) {
      say(Twine("kernel `") + name + "`: expected blocks of " +
          Twine(required) + " lanes along axis " + Twine(axis) + ", got " +
          Twine(shape.block[axis]));
      return hipErrorInvalidConfiguration;
    }
  }
  if (kernel.ldsBytes + shape.dynamicLds > uint64_t(chip.ldsBytes)) {
    say(Twine("kernel `") + name + "`: expected at most " +
        Twine(chip.ldsBytes) + " bytes of LDS, got " + Twine(kernel.ldsBytes) +
        " static and " + Twine(shape.dynamicLds) + " dynamic");
    return hipErrorInvalidValue;
  }
  return hipSuccess;
}

/// Instructions of a wave before it counts as a runaway. A kernel may wait for
/// another device, process or the host, so the default is high.
static uint64_t instructionBudget() {
  static const uint64_t budget = [] {
    uint64_t value = uint64_t(1) << 34;
    const char *text = getenv("MOESAIC_BUDGET");
    if (text && (StringRef(text).getAsInteger(10, value) || value == 0)) {
      say(Twine("expected MOESAIC_BUDGET=COUNT, a number of instructions, got "
                "`") +
          text + "`");
      value = uint64_t(1) << 34;
    }
    return value;
  }();
  return budget;
}

/// Runs a kernel to its end.
static hipError_t run(const LoadedProgram &loaded,
                      const sim::KernelInfo &kernel, sim::LaunchConfig config,
                      ArrayRef<uint8_t> kernarg) {
  LaunchServices services(loaded, kernel, config);
  auto stats = loaded.device->simulator()->launch(*loaded.program, kernel.name,
                                                  config, kernarg);
  bool wroteError = services.finish();
  if (stats) {
    return hipSuccess;
  }
  std::string report = toString(stats.takeError());
  say(report);
  if (StringRef(report).contains("access outside")) {
    return hipErrorIllegalAddress;
  }
  return wroteError && StringRef(report).contains("trapped")
             ? hipErrorAssert
             : hipErrorLaunchFailure;
}

hipError_t moesaic::hip::makeLaunch(hipFunction_t function,
                                    const LaunchShape &shape, void **parameters,
                                    void **extra, Command &command) {
  if (!isFunction(function)) {
    return hipErrorInvalidHandle;
  }
  if (hipError_t error = checkShape(*function, shape)) {
    return error;
  }
  const sim::KernelInfo &kernel = *function->kernel;
  if (hipError_t error =
          packArguments(kernel, parameters, extra, command.kernarg)) {
    return error;
  }
  sim::LaunchConfig config;
  config.block = shape.block;
  config.lanes = shape.lanes;
  config.dynamicLdsBytes = uint32_t(shape.dynamicLds);
  config.instructionBudget = instructionBudget();
  config.together = shape.cooperation.together;
  config.services.multigridSync = shape.cooperation.multigrid;
  config.alone = false; // the host, streams and other processes write too
  for (unsigned axis = 0; axis < 3; ++axis) {
    config.grid[axis] = (shape.lanes[axis] - 1) / shape.block[axis] + 1;
  }
  command.type = hipGraphNodeTypeKernel;
  command.device = function->loaded->device;
  // The program stays loaded until the work is done.
  command.run = [loaded = function->loaded, &kernel, config,
                 kernarg = command.kernarg, memory = shape.cooperation.memory] {
    return run(*loaded, kernel, config, kernarg);
  };
  return hipSuccess;
}

hipError_t moesaic::hip::makeKernelNode(const hipKernelNodeParams &parameters,
                                        Command &command,
                                        Cooperation cooperation) {
  hipFunction_t function;
  hipError_t error = functionOf(parameters.func, function);
  if (error == hipErrorInvalidDeviceFunction) {
    function = static_cast<hipFunction_t>(parameters.func);
  } else if (error != hipSuccess) {
    return error;
  }
  const dim3 &grid = parameters.gridDim, &block = parameters.blockDim;
  LaunchShape shape;
  shape.block = {block.x, block.y, block.z};
  const uint32_t blocks[] = {grid.x, grid.y, grid.z};
  for (unsigned axis = 0; axis < 3; ++axis) {
    uint64_t lanes = uint64_t(blocks[axis]) * shape.block[axis];
    if (lanes > UINT32_MAX) {
      return hipErrorInvalidConfiguration;
    }
    shape.lanes[axis] = uint32_t(lanes);
  }
  shape.dynamicLds = parameters.sharedMemBytes;
  shape.cooperation = std::move(cooperation);
  error = makeLaunch(function, shape, parameters.kernelParams, parameters.extra,
                     command);
  if (error != hipSuccess) {
    return error;
  }
  // What the getters answer points into the command, not to the caller's
  // arrays, which may be gone.
  command.kernel = parameters;
  command.kernel.extra = nullptr;
  command.kernelParams.clear();
  for (const sim::KernelArgument &argument : function->kernel->arguments) {
    if (!isHidden(argument)) {
      command.kernelParams.push_back(command.kernarg.data() + argument.offset);
    }
  }
  return hipSuccess;
}

//===----------------------------------------------------------------------===//
// Entry points
//===----------------------------------------------------------------------===//

hipError_t moesaic::hip::launch(hipFunction_t function, void *symbol, dim3 grid,
                                dim3 block, void **parameters, void **extra,
                                size_t dynamicLds, hipStream_t handle,
                                Cooperation cooperation) {
  hipStream_t stream = resolve(handle);
  if (!stream) {
    return currentDevice() ? hipErrorInvalidHandle : hipErrorNoDevice;
  }
  if (!isFunction(function)) {
    return hipErrorInvalidHandle;
  }
  if (function->loaded->device != stream->device) {
    return hipErrorInvalidHandle;
  }
  if (dynamicLds > UINT32_MAX) {
    return hipErrorInvalidValue;
  }
  hipKernelNodeParams node = {};
  node.func = symbol;
  node.gridDim = grid;
  node.blockDim = block;
  node.kernelParams = parameters;
  node.extra = extra;
  node.sharedMemBytes = unsigned(dynamicLds);
  Command command;
  if (hipError_t error =
          makeKernelNode(node, command, std::move(cooperation))) {
    return error;
  }
  return submit(stream, std::move(command));
}

hipError_t moesaic::hip::launchSymbol(const void *symbol, dim3 grid, dim3 block,
                                      void **parameters, size_t dynamicLds,
                                      hipStream_t stream,
                                      Cooperation cooperation) {
  hipFunction_t function;
  if (hipError_t error = functionOf(symbol, function)) {
    return error;
  }
  return launch(function, const_cast<void *>(symbol), grid, block, parameters,
                nullptr, dynamicLds, stream, std::move(cooperation));
}

hipError_t hipLaunchKernel(const void *symbol, dim3 grid, dim3 block,
                           void **parameters, size_t dynamicLds,
                           hipStream_t stream) {
  return finish(
      launchSymbol(symbol, grid, block, parameters, dynamicLds, stream));
}

hipError_t hipLaunchKernel_spt(const void *symbol, dim3 grid, dim3 block,
                               void **parameters, size_t dynamicLds,
                               hipStream_t stream) {
  return finish(launchSymbol(symbol, grid, block, parameters, dynamicLds,
                             perThread(stream)));
}

static hipError_t recordAround(hipEvent_t event, hipStream_t stream) {
  return event ? hipEventRecord(event, stream) : hipSuccess;
}

hipError_t hipExtLaunchKernel(const void *symbol, dim3 grid, dim3 block,
                              void **parameters, size_t dynamicLds,
                              hipStream_t stream, hipEvent_t start,
                              hipEvent_t stop, int) {
  if (hipError_t error = recordAround(start, stream)) {
    return error;
  }
  if (hipError_t error =
          launchSymbol(symbol, grid, block, parameters, dynamicLds, stream)) {
    return finish(error);
  }
  return recordAround(stop, stream);
}

hipError_t hipModuleLaunchKernel(hipFunction_t function, unsigned gridX,
                                 unsigned gridY, unsigned gridZ,
                                 unsigned blockX, unsigned blockY,
                                 unsigned blockZ, unsigned dynamicLds,
                                 hipStream_t stream, void **parameters,
                                 void **extra) {
  if (parameters && extra) {
    return finish(hipErrorInvalidValue);
  }
  return finish(launch(function, function, dim3(gridX, gridY, gridZ),
                       dim3(blockX, blockY, blockZ), parameters, extra,
                       dynamicLds, stream));
}

/// The grid is given in work-items here, and need not fill its last blocks.
static hipError_t launchItems(hipFunction_t function, const LaunchShape &shape,
                              hipStream_t handle, void **parameters,
                              void **extra, hipEvent_t start, hipEvent_t stop) {
  hipStream_t stream = resolve(handle);
  if (!stream || !isFunction(function) ||
      function->loaded->device != stream->device) {
    return finish(hipErrorInvalidHandle);
  }
  if ((parameters && extra) || shape.dynamicLds > UINT32_MAX) {
    return finish(hipErrorInvalidValue);
  }
  Command command;
  if (hipError_t error =
          makeLaunch(function, shape, parameters, extra, command)) {
    return finish(error);
  }
  if (hipError_t error = recordAround(start, handle)) {
    return error;
  }
  if (hipError_t error = submit(stream, std::move(command))) {
    return finish(error);
  }
  return recordAround(stop, handle);
}

#define HIP_EXPORT __attribute__((visibility("default")))

HIP_EXPORT hipError_t hipExtModuleLaunchKernel(
    hipFunction_t function, uint32_t itemsX, uint32_t itemsY, uint32_t itemsZ,
    uint32_t blockX, uint32_t blockY, uint32_t blockZ, size_t dynamicLds,
    hipStream_t stream, void **parameters, void **extra, hipEvent_t start,
    hipEvent_t stop, uint32_t) {
  LaunchShape shape{
      {itemsX, itemsY, itemsZ}, {blockX, blockY, blockZ}, dynamicLds};
  return launchItems(function, shape, stream, parameters, extra, start, stop);
}

HIP_EXPORT hipError_t hipHccModuleLaunchKernel(
    hipFunction_t function, uint32_t itemsX, uint32_t itemsY, uint32_t itemsZ,
    uint32_t blockX, uint32_t blockY, uint32_t blockZ, size_t dynamicLds,
    hipStream_t stream, void **parameters, void **extra, hipEvent_t start,
    hipEvent_t stop) {
  return hipExtModuleLaunchKernel(function, itemsX, itemsY, itemsZ, blockX,
                                  blockY, blockZ, dynamicLds, stream,
                                  parameters, extra, start, stop, 0);
}

//===----------------------------------------------------------------------===//
// Launch syntax
//===----------------------------------------------------------------------===//

namespace {
/// One `kernel<<<...>>>` between its push and its pop, or hipLaunchByPtr's.
struct Configuration {
  dim3 grid, block;
  size_t dynamicLds = 0;
  hipStream_t stream = nullptr;
  std::vector<uint8_t> arguments;
};
} // namespace

static thread_local std::vector<Configuration> configurations;

hipError_t __hipPushCallConfiguration(dim3 grid, dim3 block, size_t dynamicLds,
                                      hipStream_t stream) {
  configurations.push_back({grid, block, dynamicLds, stream, {}});
  return hipSuccess;
}

hipError_t __hipPopCallConfiguration(dim3 *grid, dim3 *block,
                                     size_t *dynamicLds, hipStream_t *stream) {
  if (configurations.empty()) {
    return finish(hipErrorMissingConfiguration);
  }
  const Configuration &top = configurations.back();
  *grid = top.grid;
  *block = top.block;
  *dynamicLds = top.dynamicLds;
  *stream = top.stream;
  configurations.pop_back();
  return hipSuccess;
}

hipError_t hipConfigureCall(dim3 grid, dim3 block, size_t dynamicLds,
                            hipStream_t stream) {
  return __hipPushCallConfiguration(grid, block, dynamicLds, stream);
}

hipError_t hipSetupArgument(const void *argument, size_t bytes, size_t offset) {
  if (configurations.empty()) {
    return finish(hipErrorMissingConfiguration);
  }
  std::vector<uint8_t> &arguments = configurations.back().arguments;
  if (arguments.size() < offset + bytes) {
    arguments.resize(offset + bytes);
  }
  memcpy(arguments.data() + offset, argument, bytes);
  return finish(hipSuccess);
}

hipError_t hipLaunchByPtr(const void *symbol) {
  if (configurations.empty()) {
    return finish(hipErrorMissingConfiguration);
  }
  Configuration top = std::move(configurations.back());
  configurations.pop_back();
  hipFunction_t function;
  if (hipError_t error = functionOf(symbol, function)) {
    return finish(error);
  }
  size_t bytes = top.arguments.size();
  void *extra[] = {HIP_LAUNCH_PARAM_BUFFER_POINTER, top.arguments.data(),
                   HIP_LAUNCH_PARAM_BUFFER_SIZE, &bytes, HIP_LAUNCH_PARAM_END};
  return finish(launch(function, const_cast<void *>(symbol), top.grid,
                       top.block, nullptr, extra, top.dynamicLds, top.stream));
}
