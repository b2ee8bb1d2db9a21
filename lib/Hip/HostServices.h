//===- HostServices.h - what running kernels ask of the host ----*- C++ -*-===//

#ifndef MOESAIC_HIP_HOSTSERVICES_H
#define MOESAIC_HIP_HOSTSERVICES_H

#include "Hip/Runtime.h"

namespace moesaic::hip {

class HostcallBuffer;

/// The memory behind device-side `malloc` on one device.
class DeviceHeap {
public:
  explicit DeviceHeap(DeviceState &device) : device(device) {}

  /// The root that the device's allocator keeps in zeroed memory; 0 when there
  /// is no memory. Until `leave`, what is freed stays mapped: a kernel that
  /// runs may have looked at it just now.
  uint64_t enter();
  void leave();

  /// A block for the device's allocator, or 0, and back.
  uint64_t allocate(uint64_t bytes);
  void free(uint64_t block);

private:
  DeviceState &device;
  std::mutex mutex;
  uint64_t root = 0;
  unsigned users = 0;
  std::map<uint64_t, uint64_t> blocks; ///< To their sizes.
  std::vector<uint64_t> freed;
};

/// The services of one launch, for those hidden arguments that its kernel has.
class LaunchServices {
public:
  LaunchServices(const LoadedProgram &loaded, const sim::KernelInfo &kernel,
                 sim::LaunchConfig &config);
  ~LaunchServices();

  /// Prints what is left. Returns whether the kernel has written to standard
  /// error, as `assert` does before it traps.
  bool finish();

private:
  const LoadedProgram &loaded;
  std::unique_ptr<HostcallBuffer> hostcalls;
  uint8_t *printed = nullptr; ///< The buffer of `-mprintf-kind=buffered`.
  bool usesHeap = false;
};

} // namespace moesaic::hip

#endif
