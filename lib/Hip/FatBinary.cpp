//===- FatBinary.cpp - code that the compiler embeds in host programs -----===//
//
// Clang's host code registers each translation unit's offload bundle, its
// kernels and variables before `main`. Nothing is loaded until it is used, and
// then once per device.
//
//===----------------------------------------------------------------------===//

#include "Hip/Bundle.h"
#include "Hip/Runtime.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace llvm;
using namespace moesaic;
using namespace moesaic::hip;

namespace {

struct ManagedVariable {
  std::string name;
  void *memory = nullptr;
};

/// One registered bundle, and what became of it on each device.
struct FatBinary {
  const void *image = nullptr;
  std::vector<ManagedVariable> managed;
  std::map<DeviceState *, std::shared_ptr<LoadedProgram>> programs;
  std::map<DeviceState *, hipError_t> failures;
};

struct Function {
  FatBinary *binary = nullptr;
  std::string name;
  std::map<DeviceState *, std::unique_ptr<ihipModuleSymbol_t>> byDevice;
};

struct Variable {
  FatBinary *binary = nullptr;
  std::string name;
  size_t bytes = 0;
  void *managed = nullptr; ///< Where a managed variable lives.
};

/// What has been registered; the lock is its own because loading takes long.
struct Registry {
  std::mutex mutex;
  std::set<FatBinary *> binaries;
  std::unordered_map<const void *, Function> functions;
  std::unordered_map<const void *, Variable> variables;

  static Registry &get() {
    static auto *registry = new Registry();
    return *registry;
  }
};

/// What clang's `__hip_fatbin_wrapper` holds.
struct Wrapper {
  uint32_t magic;
  uint32_t version;
  const void *binary;
  const void *unused;
};

} // namespace

static constexpr uint32_t kWrapperMagic = 0x48495046; // "HIPF"

/// The binary's program on the device. The caller holds the registry's lock.
static hipError_t programOf(FatBinary &binary, DeviceState &device,
                            std::shared_ptr<LoadedProgram> &result) {
  auto failed = binary.failures.find(&device);
  if (failed != binary.failures.end()) {
    return failed->second;
  }
  auto &slot = binary.programs[&device];
  if (!slot) {
    if (hipError_t error = loadImage(binary.image, device, slot)) {
      binary.failures[&device] = error;
      return error;
    }
    // A managed variable is a pointer on the device.
    for (const ManagedVariable &variable : binary.managed) {
      auto [address, bytes] = slot->program->findGlobal(variable.name);
      if (address != 0 && bytes >= sizeof(void *)) {
        *reinterpret_cast<void **>(address) = variable.memory;
      }
    }
  }
  result = slot;
  return hipSuccess;
}

hipError_t moesaic::hip::functionOf(const void *symbol, hipFunction_t &result) {
  DeviceState *device = currentDevice();
  if (!device) {
    return hipErrorNoDevice;
  }
  Registry &registry = Registry::get();
  std::lock_guard<std::mutex> lock(registry.mutex);
  auto it = registry.functions.find(symbol);
  if (it == registry.functions.end()) {
    return hipErrorInvalidDeviceFunction;
  }
  Function &function = it->second;
  auto &slot = function.byDevice[device];
  if (!slot) {
    std::shared_ptr<LoadedProgram> loaded;
    if (hipError_t error = programOf(*function.binary, *device, loaded)) {
      return error;
    }
    const sim::KernelInfo *kernel = loaded->program->findKernel(function.name);
    if (!kernel) {
      return hipErrorInvalidDeviceFunction;
    }
    slot = std::make_unique<ihipModuleSymbol_t>(std::move(loaded), kernel);
  }
  result = slot.get();
  return hipSuccess;
}

hipError_t moesaic::hip::symbolOf(const void *symbol, void *&address,
                                  size_t &bytes) {
  DeviceState *device = currentDevice();
  if (!device) {
    return hipErrorNoDevice;
  }
  Registry &registry = Registry::get();
  std::lock_guard<std::mutex> lock(registry.mutex);
  auto it = registry.variables.find(symbol);
  if (it == registry.variables.end()) {
    return hipErrorInvalidSymbol;
  }
  const Variable &variable = it->second;
  if (variable.managed) {
    address = variable.managed;
    bytes = variable.bytes;
    return hipSuccess;
  }
  std::shared_ptr<LoadedProgram> loaded;
  if (hipError_t error = programOf(*variable.binary, *device, loaded)) {
    return error;
  }
  auto [begin, size] = loaded->program->findGlobal(variable.name);
  if (begin == 0) {
    return hipErrorInvalidSymbol;
  }
  address = reinterpret_cast<void *>(begin);
  bytes = size ? size : variable.bytes;
  return hipSuccess;
}

hipError_t hipGetSymbolAddress(void **pointer, const void *symbol) {
  void *address;
  size_t bytes;
  if (!pointer) {
    return finish(hipErrorInvalidValue);
  }
  if (hipError_t error = symbolOf(symbol, address, bytes)) {
    return finish(error);
  }
  *pointer = address;
  return finish(hipSuccess);
}

hipError_t hipGetSymbolSize(size_t *result, const void *symbol) {
  void *address;
  size_t bytes;
  if (!result) {
    return finish(hipErrorInvalidValue);
  }
  if (hipError_t error = symbolOf(symbol, address, bytes)) {
    return finish(error);
  }
  *result = bytes;
  return finish(hipSuccess);
}

//===----------------------------------------------------------------------===//
// What the compiler's host code calls
//===----------------------------------------------------------------------===//

#define HIP_EXPORT extern "C" __attribute__((visibility("default")))

HIP_EXPORT void **__hipRegisterFatBinary(const void *data) {
  // Before anything that the compiler registers with atexit.
  (void)Runtime::get();
  auto *wrapper = static_cast<const Wrapper *>(data);
  if (!wrapper || wrapper->magic != kWrapperMagic) {
    say("the program registers a fat binary of another kind than HIP's");
    return nullptr;
  }
  auto *binary = new FatBinary();
  binary->image = wrapper->binary;
  Registry &registry = Registry::get();
  std::lock_guard<std::mutex> lock(registry.mutex);
  registry.binaries.insert(binary);
  return reinterpret_cast<void **>(binary);
}

HIP_EXPORT void __hipRegisterFunction(void **handle, const void *hostFunction,
                                      char *, const char *name, unsigned,
                                      void *, void *, void *, void *, int *) {
  auto *binary = reinterpret_cast<FatBinary *>(handle);
  if (!binary) {
    return;
  }
  Registry &registry = Registry::get();
  std::lock_guard<std::mutex> lock(registry.mutex);
  Function &function = registry.functions[hostFunction];
  function.binary = binary;
  function.name = name;
}

HIP_EXPORT void __hipRegisterVar(void **handle, void *symbol, char *,
                                 char *name, int, size_t bytes, int, int) {
  auto *binary = reinterpret_cast<FatBinary *>(handle);
  if (!binary) {
    return;
  }
  Registry &registry = Registry::get();
  std::lock_guard<std::mutex> lock(registry.mutex);
  registry.variables[symbol] = {binary, name, bytes, nullptr};
}

HIP_EXPORT void __hipRegisterManagedVar(void *handle, void **pointer,
                                        void *initial, const char *name,
                                        size_t bytes, unsigned) {
  auto *binary = static_cast<FatBinary *>(handle);
  if (!binary) {
    return;
  }
  Runtime &runtime = Runtime::get();
  void *memory = runtime.memory->allocate(bytes, name);
  if (!memory) {
    say(Twine("no memory for the managed variable `") + name + "`");
    return;
  }
  if (initial) {
    memcpy(memory, initial, bytes);
  }
  *pointer = memory;
  {
    std::lock_guard<std::mutex> lock(runtime.mutex);
    AllocationInfo info;
    info.managed = true;
    info.bytes = bytes;
    runtime.allocations[reinterpret_cast<uint64_t>(memory)] = info;
    if (!runtime.devices.empty()) {
      runtime.devices[0]->allocatedBytes += bytes;
    }
  }
  Registry &registry = Registry::get();
  std::lock_guard<std::mutex> lock(registry.mutex);
  binary->managed.push_back({name, memory});
  registry.variables[pointer] = {binary, name, bytes, memory};
}

/// Textures and surfaces need image instructions; a use of one says so.
HIP_EXPORT void __hipRegisterTexture(void **, void *, char *, char *, int, int,
                                     int) {}
HIP_EXPORT void __hipRegisterSurface(void **, void *, char *, char *, int,
                                     int) {}

HIP_EXPORT void __hipUnregisterFatBinary(void **handle) {
  auto *binary = reinterpret_cast<FatBinary *>(handle);
  if (!binary) {
    return;
  }
  // Work that still runs keeps its program alive.
  Registry &registry = Registry::get();
  std::lock_guard<std::mutex> lock(registry.mutex);
  if (!registry.binaries.erase(binary)) {
    return;
  }
  auto drop = [&](auto &map) {
    for (auto it = map.begin(); it != map.end();) {
      it = it->second.binary == binary ? map.erase(it) : std::next(it);
    }
  };
  drop(registry.functions);
  drop(registry.variables);
  delete binary;
}
