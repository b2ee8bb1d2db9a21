// A HIP library without any devices of its own, told by variables what to
// answer: a provider's version, chips and failures. Its kernels do nothing.
#include <cstdio>
#include <cstdlib>
#include <cstring>

static long variable(const char *name, long otherwise) {
  const char *text = getenv(name);
  return text ? atol(text) : otherwise;
}

#ifdef OLD
constexpr size_t kArchNameOffset = 396;
#define PROPERTIES hipGetDeviceProperties
#else
constexpr size_t kArchNameOffset = 1160;
#define PROPERTIES hipGetDevicePropertiesR0600
#endif

static thread_local int captureMode = 0;

extern "C" {
int hipGetDeviceCount(int *count) {
  *count = int(variable("FAKE_DEVICES", 1));
  return *count ? 0 : 100;
}
int hipGetDevice(int *device) {
  *device = int(variable("FAKE_CURRENT", 0));
  return int(variable("FAKE_DEVICE_ERROR", 0));
}
int PROPERTIES(void *properties, int) {
  const char *arch = getenv("FAKE_ARCH");
  strcpy(static_cast<char *>(properties) + kArchNameOffset,
         arch ? arch : "gfx942:sramecc+:xnack-");
  return int(variable("FAKE_PROPERTIES_ERROR", 0));
}
int hipModuleLoadData(void **module, const void *) {
  *module = &captureMode;
  if (variable("FAKE_TRACE", 0)) {
    printf("load in capture mode %d\n", captureMode);
  }
  return int(variable("FAKE_LOAD_ERROR", 0));
}
int hipModuleUnload(void *) { return 0; }
int hipModuleGetFunction(void **function, void *, const char *name) {
  *function = &captureMode;
  const char *missing = getenv("FAKE_MISSING");
  return missing && strcmp(missing, name) == 0 ? 500 : 0;
}
int hipModuleLaunchKernel(void *, unsigned, unsigned, unsigned, unsigned,
                          unsigned, unsigned, unsigned, void *, void **,
                          void **) {
  return int(variable("FAKE_LAUNCH_ERROR", 0));
}
#ifndef NO_MEMSET
int hipMemsetAsync(void *, int, size_t, void *) {
  return int(variable("FAKE_MEMSET_ERROR", 0));
}
#endif
int hipDriverGetVersion(int *version) {
  *version = int(variable("FAKE_VERSION", 60342134));
  return 0;
}
int hipThreadExchangeStreamCaptureMode(int *mode) {
  int before = captureMode;
  captureMode = *mode;
  *mode = before;
  return 0;
}
const char *hipGetErrorName(int) { return "hipErrorFake"; }
const char *hipGetErrorString(int) { return "the words of HIP"; }
}
