//===- Launch.cpp - loading modules and launching kernels -----------------===//
//
// A module has one slot per device. A slot is filled once, under a lock, and
// then only read, so that a launch costs two loads beyond HIP's own work.
//
//===----------------------------------------------------------------------===//

#include "Internal.h"
#include <atomic>
#include <cinttypes>
#include <cstdlib>
#include <cstring>

using namespace moesaic::runtime;

namespace {
/// A node of 64 GPUs in eight parts each.
constexpr int kMaxDevices = 512;

/// The code object of one device.
struct DeviceCode {
  HipModule module = nullptr;
  const moesaic_image_kernel *kernels = nullptr;
  const char *arch = nullptr;
  HipFunction *functions = nullptr;
};

/// What `moesaic_module::state` points to. It is never freed: programs launch
/// kernels from destructors of static objects.
struct ModuleState {
  std::atomic<DeviceCode *> devices[kMaxDevices];
};
} // namespace

static pthread_mutex_t loading = PTHREAD_MUTEX_INITIALIZER;
static std::atomic<int> checks{1};

void moesaic_set_argument_checks(int enabled) {
  checks.store(enabled != 0, std::memory_order_relaxed);
}

int moesaic_argument_checks(void) {
  return checks.load(std::memory_order_relaxed);
}

//===----------------------------------------------------------------------===//
// Loading
//===----------------------------------------------------------------------===//

static const char *sourceOf(const moesaic_module &module) {
  return stringAt(*module.image, module.image->source_offset);
}

static moesaic_status outOfMemory() {
  Message().print("out of host memory");
  return MOESAIC_ERROR_LAUNCH;
}

namespace {
/// While a stream of the program is being captured, HIP refuses calls that
/// could disturb the capture, in the capturing thread or in all. Loading code
/// touches no stream; in relaxed mode HIP believes that.
class RelaxedCapture {
public:
  explicit RelaxedCapture(const Hip &hip) : hip(hip) { exchange(); }
  ~RelaxedCapture() { exchange(); }

private:
  void exchange() {
    if (hip.exchangeCaptureMode) {
      hip.exchangeCaptureMode(&mode);
    }
  }
  const Hip &hip;
  int mode = kHipCaptureModeRelaxed;
};
} // namespace

static void printTargets(Message &message, const moesaic_image &image,
                         const char *separator) {
  for (uint32_t i = 0; i < image.target_count; ++i) {
    message.print("%s%s", i == 0 ? "" : separator,
                  stringAt(image, targetsOf(image)[i].name_offset));
  }
}

/// Finds the code object for a device; `arch` becomes the image's own name.
static moesaic_status chooseTarget(const Hip &hip, const moesaic_module &module,
                                   int device, uint32_t &target) {
  const moesaic_image &image = *module.image;
  alignas(16) char properties[kMaxPropertiesBytes] = {};
  if (HipError error = hip.getDeviceProperties(properties, device)) {
    Message message;
    message.print("cannot ask which chip device %d is: ", device);
    describe(message, hip, error);
    return MOESAIC_ERROR_NO_DEVICE;
  }
  // Target ids look like gfx942:sramecc+:xnack-; code is made for any features.
  char *arch = properties + hip.archNameOffset;
  arch[255] = '\0';
  arch[strcspn(arch, ":")] = '\0';
  for (target = 0; target < image.target_count; ++target) {
    if (strcmp(stringAt(image, targetsOf(image)[target].name_offset), arch) ==
        0) {
      return MOESAIC_SUCCESS;
    }
  }
  Message message;
  message.print("no code for device %d: it is %s, and '%s' was compiled for ",
                device, arch, sourceOf(module));
  printTargets(message, image, ", ");
  message.print("\nhelp: compile with --target=");
  printTargets(message, image, ",");
  message.print(",%s", arch);
  if (hip.isSimulator) {
    message.print(", or simulate a chip that it has code for: "
                  "MOESAIC_DEVICE=%s",
                  stringAt(image, targetsOf(image)[0].name_offset));
  }
  return MOESAIC_ERROR_TARGET;
}

/// HIP's versions look like 60342134: major 6, minor 3, patch 42134.
static moesaic_status explainLoad(const Hip &hip, const moesaic_module &module,
                                  const char *arch, HipError error) {
  constexpr int kFirstWithVersion5 = 60000000;
  Message message;
  message.print("cannot load the code of '%s' for %s: ", sourceOf(module),
                arch);
  describe(message, hip, error);
  bool isRefused = error == kHipInvalidImage || error == kHipNoBinaryForGpu ||
                   error == kHipInvalidKernelFile;
  int version = 0;
  if (!isRefused || !hip.driverGetVersion ||
      hip.driverGetVersion(&version) != 0 || version >= kFirstWithVersion5) {
    return MOESAIC_ERROR_LAUNCH;
  }
  message.print("\nnote: code object version %u may be newer than the driver, "
                "HIP %d.%d.%d, understands\n"
                "help: install ROCm 6.0 or newer",
                module.image->code_object_version, version / 10000000,
                version / 100000 % 100, version % 100000);
  return MOESAIC_ERROR_VERSION;
}

/// Loads the code object and looks up its kernels, into `code`.
static moesaic_status loadCode(const Hip &hip, const moesaic_module &module,
                               int device, DeviceCode &code) {
  const moesaic_image &image = *module.image;
  uint32_t target;
  if (moesaic_status status = chooseTarget(hip, module, device, target)) {
    return status;
  }
  const moesaic_image_target &chosen = targetsOf(image)[target];
  code.arch = stringAt(image, chosen.name_offset);
  code.kernels = kernelsOf(image, target);
  code.functions = static_cast<HipFunction *>(
      calloc(image.kernel_count, sizeof(HipFunction)));
  if (!code.functions) {
    return outOfMemory();
  }
  RelaxedCapture relaxed(hip);
  const char *object =
      reinterpret_cast<const char *>(&image) + chosen.code_offset;
  if (HipError error = hip.moduleLoadData(&code.module, object)) {
    return explainLoad(hip, module, code.arch, error);
  }
  for (uint32_t i = 0; i < image.kernel_count; ++i) {
    const char *symbol = stringAt(image, code.kernels[i].symbol_offset);
    if (HipError error =
            hip.moduleGetFunction(&code.functions[i], code.module, symbol)) {
      Message message;
      message.print("the code of '%s' for %s has no kernel '%s': ",
                    sourceOf(module), code.arch, symbol);
      describe(message, hip, error);
      hip.moduleUnload(code.module);
      return MOESAIC_ERROR_CORRUPT;
    }
  }
  return MOESAIC_SUCCESS;
}

/// Fills the slot of a device. Slow, and once per module and device.
static moesaic_status load(const Hip &hip, moesaic_module &module, int device,
                           DeviceCode *&result) {
  if (device < 0 || device >= kMaxDevices) {
    Message().print("expected a device below %d, got %d", kMaxDevices, device);
    return MOESAIC_ERROR_NO_DEVICE;
  }
  Lock lock(loading);
  auto *state = static_cast<ModuleState *>(
      __atomic_load_n(&module.state, __ATOMIC_ACQUIRE));
  if (!state) {
    if (moesaic_status status = checkImage(*module.image)) {
      return status;
    }
    state = static_cast<ModuleState *>(calloc(1, sizeof(ModuleState)));
    if (!state) {
      return outOfMemory();
    }
    __atomic_store_n(&module.state, state, __ATOMIC_RELEASE);
  }
  result = state->devices[device].load(std::memory_order_acquire);
  if (result) { // another thread was faster
    return MOESAIC_SUCCESS;
  }
  DeviceCode code;
  moesaic_status status = loadCode(hip, module, device, code);
  if (status == MOESAIC_SUCCESS) {
    result = static_cast<DeviceCode *>(malloc(sizeof code));
    if (result) {
      memcpy(result, &code, sizeof code);
      state->devices[device].store(result, std::memory_order_release);
      return MOESAIC_SUCCESS;
    }
    hip.moduleUnload(code.module);
    status = outOfMemory();
  }
  free(code.functions);
  return status;
}

/// The code of the current device, loaded if need be.
static moesaic_status findCode(const Hip &hip, moesaic_module &module,
                               int &device, DeviceCode *&code) {
  if (HipError error = hip.getDevice(&device)) {
    Message message;
    message.print("no current device: ");
    describe(message, hip, error);
    return MOESAIC_ERROR_NO_DEVICE;
  }
  auto *state = static_cast<ModuleState *>(
      __atomic_load_n(&module.state, __ATOMIC_ACQUIRE));
  if (state && unsigned(device) < unsigned(kMaxDevices)) {
    code = state->devices[device].load(std::memory_order_acquire);
    if (code) {
      return MOESAIC_SUCCESS;
    }
  }
  return load(hip, module, device, code);
}

//===----------------------------------------------------------------------===//
// Launching
//===----------------------------------------------------------------------===//

moesaic_status moesaic_launch(moesaic_module *module, uint32_t kernel,
                              const void *arguments, uint32_t bytes,
                              int32_t blocks, ihipStream_t *stream) {
  if (blocks <= 0) {
    return MOESAIC_SUCCESS;
  }
  const Hip *hip;
  if (moesaic_status status = openHip(hip)) {
    return status;
  }
  int device;
  DeviceCode *code;
  if (moesaic_status status = findCode(*hip, *module, device, code)) {
    return status;
  }
  if (kernel >= module->image->kernel_count ||
      bytes != code->kernels[kernel].kernarg_bytes) {
    Message().print("the host code of '%s' does not fit its image\n"
                    "help: build the object and the program again",
                    sourceOf(*module));
    return MOESAIC_ERROR_VERSION;
  }
  const moesaic_image_kernel &info = code->kernels[kernel];
  const char *symbol = stringAt(*module->image, info.symbol_offset);
  if (uint64_t(blocks) * info.block_size > UINT32_MAX) {
    Message().print("'%s': %d workgroups of %u lanes are more than the "
                    "4294967295 lanes that HIP launches at once",
                    symbol, blocks, info.block_size);
    return MOESAIC_ERROR_EXTENT;
  }
  size_t size = bytes;
  void *extra[] = {kLaunchBuffer, const_cast<void *>(arguments),
                   kLaunchBufferSize, &size, kLaunchEnd};
  HipError error = hip->moduleLaunchKernel(
      code->functions[kernel], unsigned(blocks), 1, 1, info.block_size, 1, 1,
      /*dynamicLds=*/0, stream, /*parameters=*/nullptr, extra);
  if (error == 0) {
    return MOESAIC_SUCCESS;
  }
  Message message;
  message.print("cannot launch '%s' on device %d (%s): ", symbol, device,
                code->arch);
  describe(message, *hip, error);
  message.print("\nnote: %d workgroups of %u lanes, %u bytes of LDS\n"
                "help: the stream must belong to the current device; earlier "
                "work on the device may have failed, AMD_LOG_LEVEL=3 says more",
                blocks, info.block_size, info.lds_bytes);
  return MOESAIC_ERROR_LAUNCH;
}

moesaic_status moesaic_zero(moesaic_module *module, void *memory,
                            uint64_t bytes, ihipStream_t *stream) {
  (void)module;
  if (bytes == 0) {
    return MOESAIC_SUCCESS;
  }
  const Hip *hip;
  if (moesaic_status status = openHip(hip)) {
    return status;
  }
  if (HipError error = hip->memsetAsync(memory, 0, bytes, stream)) {
    Message message;
    message.print("cannot fill %" PRIu64 " bytes at %p with zeros: ", bytes,
                  memory);
    describe(message, *hip, error);
    return MOESAIC_ERROR_LAUNCH;
  }
  return MOESAIC_SUCCESS;
}
