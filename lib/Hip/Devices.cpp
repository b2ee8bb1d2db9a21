//===- Devices.cpp - which devices there are, and the current one ---------===//
//
// `MOESAIC_DEVICE=CHIP[:COUNT],...` says which chips are simulated and how
// often.
//
//===----------------------------------------------------------------------===//

#include "Hip/Abi.h"
#include "Hip/Runtime.h"
#include "llvm/ADT/StringExtras.h"
#include <cstdlib>

using namespace llvm;
using namespace moesaic;
using namespace moesaic::hip;

static constexpr size_t kMaxDevices = 64;

/// Streams may still be working when the program ends: start nothing more, and
/// give what runs a moment before destructors take its ground away.
static void stopAtExit() {
  Runtime &runtime = Runtime::get();
  std::unique_lock<std::mutex> lock(runtime.mutex);
  runtime.exiting = true;
  runtime.changed.notify_all();
  runtime.changed.wait_for(lock, std::chrono::milliseconds(500),
                           [&] { return runtime.running == 0; });
}

Runtime &Runtime::get() {
  static Runtime *runtime = [] {
    auto *made = new Runtime();
    std::atexit(stopAtExit);
    return made;
  }();
  return *runtime;
}

/// The chips of a list such as `gfx942:2,gfx950`, or none if it is wrong.
static std::vector<const Chip *> parseDevices(StringRef list) {
  std::vector<const Chip *> chips;
  SmallVector<StringRef> parts;
  list.split(parts, ',');
  for (StringRef part : parts) {
    auto [name, countText] = part.split(':');
    const Chip *chip = findChip(name);
    size_t count = 1;
    bool hasCount = part.contains(':');
    if (!chip || (hasCount && countText.getAsInteger(10, count)) || count < 1 ||
        count > kMaxDevices - chips.size()) {
      return {};
    }
    chips.insert(chips.end(), count, chip);
  }
  return chips;
}

Runtime::Runtime() : memory(std::make_shared<sim::Memory>()) {
  const char *variable = getenv("MOESAIC_DEVICE");
  StringRef wanted = variable && *variable ? variable : "gfx942";
  std::vector<const Chip *> chips = parseDevices(wanted);
  if (chips.empty()) {
    std::string known;
    for (const Chip &candidate : supportedChips()) {
      known += " " + candidate.name.str();
    }
    say("no device: expected MOESAIC_DEVICE=CHIP[:COUNT],... with counts that "
        "make 1 to 64 and of the chips" +
        known + ", got `" + wanted + "`");
    return;
  }
  for (const Chip *chip : chips) {
    auto device = std::make_unique<DeviceState>();
    device->ordinal = int(devices.size());
    device->chip = chip;
    device->nullStream = new ihipStream_t();
    device->nullStream->device = device.get();
    devices.push_back(std::move(device));
  }
}

sim::Device *DeviceState::simulator() {
  std::call_once(once, [&] {
    auto made = sim::Device::create(chip->name, Runtime::get().memory);
    if (!made) {
      say(made.takeError());
      return;
    }
    sim = std::move(*made);
  });
  return sim.get();
}

static thread_local int currentOrdinal = 0;

DeviceState *moesaic::hip::deviceAt(int ordinal) {
  Runtime &runtime = Runtime::get();
  return ordinal >= 0 && size_t(ordinal) < runtime.devices.size()
             ? runtime.devices[ordinal].get()
             : nullptr;
}

DeviceState *moesaic::hip::currentDevice() { return deviceAt(currentOrdinal); }

void moesaic::hip::setCurrentDevice(int ordinal) { currentOrdinal = ordinal; }

//===----------------------------------------------------------------------===//
// Initialization and choice
//===----------------------------------------------------------------------===//

hipError_t hipInit(unsigned flags) {
  if (flags != 0) {
    return finish(hipErrorInvalidValue);
  }
  return finish(currentDevice() ? hipSuccess : hipErrorNoDevice);
}

hipError_t hipDriverGetVersion(int *version) {
  if (!version) {
    return finish(hipErrorInvalidValue);
  }
  int generation = hipGeneration();
  *version =
      generation == HIP_VERSION_MAJOR ? HIP_VERSION : generation * 10000000;
  return finish(hipSuccess);
}

hipError_t hipRuntimeGetVersion(int *version) {
  return hipDriverGetVersion(version);
}

hipError_t hipGetDeviceCount(int *count) {
  if (!count) {
    return finish(hipErrorInvalidValue);
  }
  *count = int(Runtime::get().devices.size());
  return finish(*count == 0 ? hipErrorNoDevice : hipSuccess);
}

hipError_t hipSetDevice(int ordinal) {
  if (!deviceAt(ordinal)) {
    return finish(hipErrorInvalidDevice);
  }
  setCurrentDevice(ordinal);
  return finish(hipSuccess);
}

hipError_t hipGetDevice(int *ordinal) {
  if (!ordinal) {
    return finish(hipErrorInvalidValue);
  }
  DeviceState *device = currentDevice();
  if (!device) {
    return finish(hipErrorNoDevice);
  }
  *ordinal = device->ordinal;
  return finish(hipSuccess);
}

hipError_t hipDeviceGet(hipDevice_t *device, int ordinal) {
  if (!device) {
    return finish(hipErrorInvalidValue);
  }
  if (!deviceAt(ordinal)) {
    return finish(hipErrorInvalidDevice);
  }
  *device = ordinal;
  return finish(hipSuccess);
}

hipError_t hipDeviceSynchronize() {
  DeviceState *device = currentDevice();
  return finish(device ? synchronize(device) : hipErrorNoDevice);
}

/// Unlike hardware, a reset keeps allocations: it clears the fault that an
/// earlier launch left.
hipError_t hipDeviceReset() {
  DeviceState *device = currentDevice();
  if (!device) {
    return finish(hipErrorNoDevice);
  }
  (void)synchronize(device);
  std::lock_guard<std::mutex> lock(Runtime::get().mutex);
  device->fault = hipSuccess;
  device->flags = 0;
  device->peers.clear();
  return finish(hipSuccess);
}

hipError_t hipGetDeviceFlags(unsigned *flags) {
  DeviceState *device = currentDevice();
  if (!flags || !device) {
    return finish(hipErrorInvalidValue);
  }
  *flags = device->flags;
  return finish(hipSuccess);
}

hipError_t hipSetDeviceFlags(unsigned flags) {
  DeviceState *device = currentDevice();
  if (!device) {
    return finish(hipErrorNoDevice);
  }
  device->flags = flags;
  return finish(hipSuccess);
}

// Caches and banks of shared memory are not configurable on these chips.

hipError_t hipDeviceSetCacheConfig(hipFuncCache_t) {
  return finish(hipSuccess);
}

hipError_t hipDeviceGetCacheConfig(hipFuncCache_t *config) {
  if (!config) {
    return finish(hipErrorInvalidValue);
  }
  *config = hipFuncCachePreferNone;
  return finish(hipSuccess);
}

hipError_t hipDeviceSetSharedMemConfig(hipSharedMemConfig) {
  return finish(hipSuccess);
}

hipError_t hipDeviceGetSharedMemConfig(hipSharedMemConfig *config) {
  if (!config) {
    return finish(hipErrorInvalidValue);
  }
  *config = hipSharedMemBankSizeFourByte;
  return finish(hipSuccess);
}

//===----------------------------------------------------------------------===//
// Peers
//===----------------------------------------------------------------------===//

hipError_t hipDeviceCanAccessPeer(int *can, int ordinal, int peer) {
  if (!can) {
    return finish(hipErrorInvalidValue);
  }
  if (!deviceAt(ordinal) || !deviceAt(peer)) {
    return finish(hipErrorInvalidDevice);
  }
  *can = ordinal != peer;
  return finish(hipSuccess);
}

hipError_t hipDeviceEnablePeerAccess(int peer, unsigned flags) {
  DeviceState *device = currentDevice();
  if (flags != 0) {
    return finish(hipErrorInvalidValue);
  }
  if (!device || !deviceAt(peer) || peer == device->ordinal) {
    return finish(hipErrorInvalidDevice);
  }
  std::lock_guard<std::mutex> lock(Runtime::get().mutex);
  return finish(device->peers.insert(peer).second
                    ? hipSuccess
                    : hipErrorPeerAccessAlreadyEnabled);
}

hipError_t hipDeviceDisablePeerAccess(int peer) {
  DeviceState *device = currentDevice();
  if (!device || !deviceAt(peer)) {
    return finish(hipErrorInvalidDevice);
  }
  std::lock_guard<std::mutex> lock(Runtime::get().mutex);
  return finish(device->peers.erase(peer) ? hipSuccess
                                          : hipErrorPeerAccessNotEnabled);
}

hipError_t hipDeviceGetP2PAttribute(int *value, hipDeviceP2PAttr attribute,
                                    int source, int target) {
  if (!value) {
    return finish(hipErrorInvalidValue);
  }
  if (!deviceAt(source) || !deviceAt(target) || source == target) {
    return finish(hipErrorInvalidDevice);
  }
  switch (attribute) {
  case hipDevP2PAttrPerformanceRank:
  case hipDevP2PAttrHipArrayAccessSupported:
    *value = 0;
    return finish(hipSuccess);
  case hipDevP2PAttrAccessSupported:
  case hipDevP2PAttrNativeAtomicSupported:
    *value = 1;
    return finish(hipSuccess);
  }
  return finish(hipErrorInvalidValue);
}

hipError_t hipExtGetLinkTypeAndHopCount(int first, int second, uint32_t *type,
                                        uint32_t *hops) {
  if (!type || !hops) {
    return finish(hipErrorInvalidValue);
  }
  if (!deviceAt(first) || !deviceAt(second) || first == second) {
    return finish(hipErrorInvalidDevice);
  }
  *type = 4; // HSA_AMD_LINK_INFO_TYPE_XGMI
  *hops = 1;
  return finish(hipSuccess);
}
