//===- Modules.cpp - code objects that a program loads itself -------------===//

#include "Hip/Bundle.h"
#include "Hip/Runtime.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace llvm;
using namespace moesaic;
using namespace moesaic::hip;

hipError_t moesaic::hip::loadImage(const void *image, DeviceState &device,
                                   std::shared_ptr<LoadedProgram> &result) {
  std::unique_ptr<MemoryBuffer> storage;
  StringRef object;
  if (hipError_t error =
          selectCodeObject(image, *device.chip, storage, object)) {
    return error;
  }
  sim::Device *simulator = device.simulator();
  if (!simulator) {
    return hipErrorNoDevice;
  }
  auto program =
      sim::Program::load(MemoryBufferRef(object, "code object"), *simulator);
  if (!program) {
    say(program.takeError());
    return hipErrorInvalidImage;
  }
  result = std::make_shared<LoadedProgram>();
  result->device = &device;
  result->program = std::move(*program);
  return hipSuccess;
}

ihipModuleSymbol_t::ihipModuleSymbol_t(std::shared_ptr<LoadedProgram> loaded,
                                       const sim::KernelInfo *kernel)
    : loaded(std::move(loaded)), kernel(kernel) {
  std::lock_guard<std::mutex> lock(Runtime::get().mutex);
  Runtime::get().functions.insert(this);
}

ihipModuleSymbol_t::~ihipModuleSymbol_t() {
  std::lock_guard<std::mutex> lock(Runtime::get().mutex);
  Runtime::get().functions.erase(this);
}

bool moesaic::hip::isFunction(hipFunction_t function) {
  std::lock_guard<std::mutex> lock(Runtime::get().mutex);
  return Runtime::get().functions.count(function) != 0;
}

static hipError_t load(hipModule_t *module, const void *image) {
  DeviceState *device = currentDevice();
  if (!module || !image) {
    return hipErrorInvalidValue;
  }
  if (!device) {
    return hipErrorNoDevice;
  }
  std::shared_ptr<LoadedProgram> loaded;
  if (hipError_t error = loadImage(image, *device, loaded)) {
    return error;
  }
  *module = new ihipModule_t();
  (*module)->loaded = std::move(loaded);
  return hipSuccess;
}

hipError_t hipModuleLoad(hipModule_t *module, const char *path) {
  if (!module || !path) {
    return finish(hipErrorInvalidValue);
  }
  auto file = MemoryBuffer::getFile(path, /*IsText=*/false,
                                    /*RequiresNullTerminator=*/true);
  if (!file) {
    say(Twine("cannot read `") + path + "`: " + file.getError().message());
    return finish(hipErrorFileNotFound);
  }
  // Images carry their own size; a file that is cut short must not be read
  // beyond its end.
  StringRef bytes = (*file)->getBuffer();
  uint64_t needed;
  if (!imageBytes(bytes.data(), bytes.size(), needed) ||
      needed > bytes.size()) {
    say(Twine("`") + path + "` is no code object or offload bundle, or a part");
    return finish(hipErrorInvalidImage);
  }
  return finish(load(module, bytes.data()));
}

hipError_t hipModuleLoadData(hipModule_t *module, const void *image) {
  return finish(load(module, image));
}

/// Options speak to a compiler, which is not needed.
hipError_t hipModuleLoadDataEx(hipModule_t *module, const void *image, unsigned,
                               hipJitOption *, void **) {
  return finish(load(module, image));
}

/// Work that still runs keeps the code alive.
hipError_t hipModuleUnload(hipModule_t module) {
  if (!isAlive(module)) {
    return finish(hipErrorInvalidHandle);
  }
  delete module;
  return finish(hipSuccess);
}

hipError_t hipModuleGetFunction(hipFunction_t *function, hipModule_t module,
                                const char *name) {
  if (!function || !name) {
    return finish(hipErrorInvalidValue);
  }
  if (!isAlive(module)) {
    return finish(hipErrorInvalidHandle);
  }
  const sim::KernelInfo *kernel = module->loaded->program->findKernel(name);
  if (!kernel) {
    return finish(hipErrorNotFound);
  }
  std::lock_guard<std::mutex> lock(module->mutex);
  auto &slot = module->functions[name];
  if (!slot) {
    slot = std::make_unique<ihipModuleSymbol_t>(module->loaded, kernel);
  }
  *function = slot.get();
  return finish(hipSuccess);
}

hipError_t hipModuleGetGlobal(hipDeviceptr_t *pointer, size_t *bytes,
                              hipModule_t module, const char *name) {
  if (!name) {
    return finish(hipErrorInvalidValue);
  }
  if (!isAlive(module)) {
    return finish(hipErrorInvalidHandle);
  }
  auto [address, size] = module->loaded->program->findGlobal(name);
  if (address == 0) {
    return finish(hipErrorNotFound);
  }
  if (pointer) {
    *pointer = reinterpret_cast<void *>(address);
  }
  if (bytes) {
    *bytes = size;
  }
  return finish(hipSuccess);
}

//===----------------------------------------------------------------------===//
// Facts about kernels
//===----------------------------------------------------------------------===//

static int maxThreads(const ihipModuleSymbol_t &function) {
  uint32_t most = function.kernel->maxWorkgroupSize;
  return most ? int(most) : function.loaded->device->chip->maxWorkgroupSize;
}

hipError_t hipFuncGetAttributes(hipFuncAttributes *attributes,
                                const void *symbol) {
  if (!attributes) {
    return finish(hipErrorInvalidValue);
  }
  hipFunction_t function;
  if (hipError_t error = functionOf(symbol, function)) {
    return finish(error);
  }
  const sim::KernelInfo &kernel = *function->kernel;
  const Chip &chip = *function->loaded->device->chip;
  *attributes = {};
  attributes->localSizeBytes = kernel.scratchBytes;
  attributes->sharedSizeBytes = kernel.ldsBytes;
  attributes->maxDynamicSharedSizeBytes = chip.ldsBytes - int(kernel.ldsBytes);
  attributes->maxThreadsPerBlock = maxThreads(*function);
  attributes->numRegs = int(kernel.vgprs);
  return finish(hipSuccess);
}

hipError_t hipFuncGetAttribute(int *value, hipFunction_attribute attribute,
                               hipFunction_t function) {
  if (!value) {
    return finish(hipErrorInvalidValue);
  }
  if (!isFunction(function)) {
    return finish(hipErrorInvalidDeviceFunction);
  }
  const sim::KernelInfo &kernel = *function->kernel;
  switch (attribute) {
  case HIP_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK:
    *value = maxThreads(*function);
    break;
  case HIP_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES:
    *value = int(kernel.ldsBytes);
    break;
  case HIP_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES:
    *value = int(kernel.scratchBytes);
    break;
  case HIP_FUNC_ATTRIBUTE_NUM_REGS:
    *value = int(kernel.vgprs);
    break;
  case HIP_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES:
    *value = function->loaded->device->chip->ldsBytes - int(kernel.ldsBytes);
    break;
  case HIP_FUNC_ATTRIBUTE_CONST_SIZE_BYTES:
  case HIP_FUNC_ATTRIBUTE_PTX_VERSION:
  case HIP_FUNC_ATTRIBUTE_BINARY_VERSION:
  case HIP_FUNC_ATTRIBUTE_CACHE_MODE_CA:
  case HIP_FUNC_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT:
    *value = 0;
    break;
  default:
    return finish(hipErrorInvalidValue);
  }
  return finish(hipSuccess);
}

// LDS has one size and no carve-out on these chips; hints change nothing.

hipError_t hipFuncSetAttribute(const void *symbol, hipFuncAttribute attribute,
                               int value) {
  hipFunction_t function;
  if (hipError_t error = functionOf(symbol, function)) {
    return finish(error);
  }
  int least = 0, most = 0;
  switch (attribute) {
  case hipFuncAttributeMaxDynamicSharedMemorySize:
    most = function->loaded->device->chip->ldsBytes -
           int(function->kernel->ldsBytes);
    break;
  case hipFuncAttributePreferredSharedMemoryCarveout:
    least = -1; // the default
    most = 100; // percent
    break;
  default:
    return finish(hipErrorInvalidValue);
  }
  return finish(value < least || value > most ? hipErrorInvalidValue
                                              : hipSuccess);
}

hipError_t hipFuncSetCacheConfig(const void *, hipFuncCache_t) {
  return finish(hipSuccess);
}

hipError_t hipFuncSetSharedMemConfig(const void *, hipSharedMemConfig) {
  return finish(hipSuccess);
}

const char *hipKernelNameRef(const hipFunction_t function) {
  return isFunction(function) ? function->kernel->name.c_str() : nullptr;
}

const char *hipKernelNameRefByPtr(const void *symbol, hipStream_t) {
  hipFunction_t function;
  return functionOf(symbol, function) == hipSuccess
             ? function->kernel->name.c_str()
             : nullptr;
}
