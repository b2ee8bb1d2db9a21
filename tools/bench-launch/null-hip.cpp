//===- null-hip.cpp - a HIP library that does nothing ---------------------===//
//
// bench-launch times the runtime library on it, so that only the runtime's own
// work is left.
//
//===----------------------------------------------------------------------===//

#include <cstddef>
#include <cstring>

// Of gcnArchName in hipDeviceProp_t, as of ROCm 6.
static constexpr size_t kArchNameOffset = 1160;
static thread_local int currentDevice = 0;
static int something;

extern "C" {
int hipGetDeviceCount(int *count) {
  *count = 1;
  return 0;
}
int hipGetDevice(int *device) {
  *device = currentDevice;
  return 0;
}
int hipGetDevicePropertiesR0600(void *properties, int) {
  strcpy(static_cast<char *>(properties) + kArchNameOffset, "gfx942");
  return 0;
}
int hipModuleLoadData(void **module, const void *) {
  *module = &something;
  return 0;
}
int hipModuleUnload(void *) { return 0; }
int hipModuleGetFunction(void **function, void *, const char *) {
  *function = &something;
  return 0;
}
int hipModuleLaunchKernel(void *, unsigned, unsigned, unsigned, unsigned,
                          unsigned, unsigned, unsigned, void *, void **,
                          void **) {
  return 0;
}
int hipMemsetAsync(void *, int, size_t, void *) { return 0; }
const char *hipGetErrorName(int) { return "none"; }
const char *hipGetErrorString(int) { return "none"; }
}
