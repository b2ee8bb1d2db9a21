//===- Provider.cpp - finding and opening a HIP library -------------------===//
//
// In this order: $MOESAIC_HIP; the HIP library that the program is linked with
// or has opened, because its streams and memory come from there; ROCm's, newest
// first; the simulator's. A ROCm library without a device counts as absent.
//
//===----------------------------------------------------------------------===//

#include "Internal.h"
#include <atomic>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <unistd.h>

using namespace moesaic::runtime;

static constexpr const char *kSonames[] = {
    "libamdhip64.so.7", "libamdhip64.so.6", "libamdhip64.so.5"};
static constexpr const char *kRocmFolder = "/opt/rocm/lib";
static constexpr const char *kSimulatorSoname = "libamdhip64.so.5";

// Of gcnArchName in hipDeviceProp_t, as of ROCm 6 and before.
static constexpr size_t kArchNameR0600 = 1160;
static constexpr size_t kArchNameR0000 = 396;

static pthread_mutex_t opening = PTHREAD_MUTEX_INITIALIZER;
static Hip opened;
static char openedPath[PATH_MAX];
static std::atomic<const Hip *> provider{nullptr};

void moesaic::runtime::describe(Message &message, const Hip &hip,
                                HipError error) {
  const char *name = hip.getErrorName(error);
  const char *text = hip.getErrorString(error);
  name = name ? name : "unknown error";
  message.print("%s", name);
  if (text && strcmp(name, text) != 0) { // older libraries have only names
    message.print(", '%s'", text);
  }
  message.print(" (%d)", error);
}

//===----------------------------------------------------------------------===//
// One library
//===----------------------------------------------------------------------===//

namespace {
enum class Probe { Usable, NoDevice, Unusable };
} // namespace

template <typename T>
static bool resolve(void *library, const char *name, T &function) {
  function = reinterpret_cast<T>(dlsym(library, name));
  return function != nullptr;
}

/// Fills `hip` from a library and asks it for devices. What is wrong with it
/// is appended to the message as one line.
static Probe probe(void *library, const char *name, Hip &hip,
                   Message &message) {
  const char *missing = nullptr;
  auto need = [&](const char *symbol, auto &function) {
    if (!resolve(library, symbol, function) && !missing) {
      missing = symbol;
    }
  };
  need("hipGetDeviceCount", hip.getDeviceCount);
  need("hipGetDevice", hip.getDevice);
  need("hipModuleLoadData", hip.moduleLoadData);
  need("hipModuleUnload", hip.moduleUnload);
  need("hipModuleGetFunction", hip.moduleGetFunction);
  need("hipModuleLaunchKernel", hip.moduleLaunchKernel);
  need("hipMemsetAsync", hip.memsetAsync);
  need("hipGetErrorName", hip.getErrorName);
  need("hipGetErrorString", hip.getErrorString);
  // Libraries since ROCm 6 keep the old structure under the old name.
  hip.archNameOffset = kArchNameR0600;
  if (!resolve(library, "hipGetDevicePropertiesR0600",
               hip.getDeviceProperties)) {
    hip.archNameOffset = kArchNameR0000;
    need("hipGetDeviceProperties", hip.getDeviceProperties);
  }
  resolve(library, "hipDriverGetVersion", hip.driverGetVersion);
  resolve(library, "hipThreadExchangeStreamCaptureMode",
          hip.exchangeCaptureMode);
  if (missing) {
    message.print("\n  %s: no HIP library, it has no '%s'", name, missing);
    return Probe::Unusable;
  }
  Dl_info info;
  bool isKnown =
      dladdr(reinterpret_cast<void *>(hip.moduleLaunchKernel), &info) != 0;
  // Whole, so that it can be opened from another working folder.
  if (!isKnown || !realpath(info.dli_fname, openedPath)) {
    snprintf(openedPath, sizeof openedPath, "%s",
             isKnown ? info.dli_fname : name);
  }
  hip.path = openedPath;
  int count = 0;
  HipError error = hip.getDeviceCount(&count);
  if (error == 0 && count > 0) {
    return Probe::Usable;
  }
  message.print("\n  %s: no device", openedPath);
  if (error != 0) {
    message.print(": ");
    describe(message, hip, error);
  }
  return Probe::NoDevice;
}

static Probe probeFile(const char *file, Hip &hip, Message &message) {
  void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    // The loader's text begins with the name.
    message.print("\n  %s", dlerror());
    return Probe::Unusable;
  }
  // A library that was opened is left open: ROCm's starts threads.
  return probe(library, file, hip, message);
}

/// Uses a HIP library that something in the program has opened, such as a
/// Python module. One without a device may be another copy of this code's try.
static bool useOpen(Hip &hip, Message &message) {
  size_t length = message.length();
  for (const char *soname : kSonames) {
    void *library = dlopen(soname, RTLD_NOW | RTLD_NOLOAD);
    if (library && probe(library, soname, hip, message) == Probe::Usable) {
      return true;
    }
  }
  message.cut(length); // useRocm says it again
  return false;
}

//===----------------------------------------------------------------------===//
// The simulator's library
//===----------------------------------------------------------------------===//

/// The folder of the file that holds this code: libmoesaic_rt, or the program
/// when it was linked statically.
static bool ownFolder(char (&folder)[PATH_MAX]) {
  Dl_info info;
  bool isFound = dladdr(reinterpret_cast<void *>(&ownFolder), &info) != 0 &&
                 realpath(info.dli_fname, folder);
  // A program knows itself only by the name it was called with.
  if (!isFound && !realpath("/proc/self/exe", folder)) {
    return false;
  }
  *strrchr(folder, '/') = '\0';
  return true;
}

/// Where the simulator's library may lie: beside this library when installed
/// and in the build tree, then where both were at compile time.
static bool findSimulator(char (&path)[PATH_MAX + 64], Message &message) {
  char own[PATH_MAX];
  struct {
    const char *folder, *below;
  } places[] = {{own, "moesaic"},
                {own, "hip"},
                {MOESAIC_INSTALL_LIBDIR, "moesaic"},
                {MOESAIC_BUILD_LIBDIR, "hip"}};
  bool hasOwn = ownFolder(own);
  for (const auto &place : places) {
    if (place.folder == own && !hasOwn) {
      continue;
    }
    snprintf(path, sizeof path, "%s/%s/%s", place.folder, place.below,
             kSimulatorSoname);
    if (access(path, R_OK) == 0) {
      return true;
    }
    message.print("\n  %s: no such file", path);
  }
  return false;
}

//===----------------------------------------------------------------------===//
// The choice
//===----------------------------------------------------------------------===//

static moesaic_status useGiven(const char *file, Hip &hip) {
  Message message;
  message.print("cannot use the HIP library that MOESAIC_HIP names:");
  Probe result = probeFile(file, hip, message);
  if (result == Probe::Usable) {
    return MOESAIC_SUCCESS;
  }
  message.print("\nhelp: set it to the path of a libamdhip64, or unset it");
  return result == Probe::NoDevice ? MOESAIC_ERROR_NO_DEVICE
                                   : MOESAIC_ERROR_NO_PROVIDER;
}

/// Uses the HIP library that the program is linked with.
static moesaic_status useLinked(Hip &hip) {
  Message message;
  message.print("the HIP library of this program cannot be used:");
  Probe result = probe(RTLD_DEFAULT, "the program", hip, message);
  if (result == Probe::Usable) {
    return MOESAIC_SUCCESS;
  }
  char path[PATH_MAX + 64];
  size_t length = message.length();
  bool isThere = findSimulator(path, message);
  message.cut(length);
  if (isThere) {
    *strrchr(path, '/') = '\0';
    message.print("\nhelp: LD_LIBRARY_PATH=%s runs it on the simulator", path);
  }
  return result == Probe::NoDevice ? MOESAIC_ERROR_NO_DEVICE
                                   : MOESAIC_ERROR_NO_PROVIDER;
}

static bool useRocm(Hip &hip, Message &message) {
  for (const char *soname : kSonames) {
    if (probeFile(soname, hip, message) == Probe::Usable) {
      return true;
    }
  }
  for (const char *soname : kSonames) {
    char path[64];
    snprintf(path, sizeof path, "%s/%s", kRocmFolder, soname);
    if (access(path, R_OK) == 0 &&
        probeFile(path, hip, message) == Probe::Usable) {
      return true;
    }
  }
  message.print("\n  %s: nothing there that works", kRocmFolder);
  return false;
}

static moesaic_status choose(Hip &hip) {
  const char *simulation = getenv("MOESAIC_SIM");
  bool isNever = simulation && strcmp(simulation, "never") == 0;
  if (simulation && *simulation && !isNever) {
    Message().print("expected MOESAIC_SIM to be 'never' or unset, got '%s'",
                    simulation);
    return MOESAIC_ERROR_NO_PROVIDER;
  }
  const char *given = getenv("MOESAIC_HIP");
  if (given && *given) {
    return useGiven(given, hip);
  }
  if (dlsym(RTLD_DEFAULT, "hipModuleLaunchKernel")) {
    return useLinked(hip);
  }
  Message message;
  message.print("no HIP library with a device found; looked for");
  if (useOpen(hip, message) || useRocm(hip, message)) {
    return MOESAIC_SUCCESS;
  }
  if (isNever) {
    message.print("\n  the simulator: MOESAIC_SIM=never forbids it\n"
                  "help: unset MOESAIC_SIM to run on the simulator");
    return MOESAIC_ERROR_NO_PROVIDER;
  }
  char path[PATH_MAX + 64];
  if (findSimulator(path, message) &&
      probeFile(path, hip, message) == Probe::Usable) {
    hip.isSimulator = true;
    fprintf(stderr,
            "moesaic: no GPU found, so kernels run on the simulator %s; "
            "MOESAIC_SIM=never makes this an error\n",
            path);
    return MOESAIC_SUCCESS;
  }
  message.print("\nhelp: install ROCm, or set MOESAIC_HIP to the path of a "
                "libamdhip64");
  return MOESAIC_ERROR_NO_PROVIDER;
}

moesaic_status moesaic::runtime::openHip(const Hip *&hip) {
  hip = provider.load(std::memory_order_acquire);
  if (hip) {
    return MOESAIC_SUCCESS;
  }
  Lock lock(opening);
  hip = provider.load(std::memory_order_acquire);
  if (hip) {
    return MOESAIC_SUCCESS;
  }
  opened = {};
  char before[kTextBytes];
  memcpy(before, moesaic_last_error(), kTextBytes);
  moesaic_status status = choose(opened);
  if (status == MOESAIC_SUCCESS) {
    // What was wrong with other libraries is no error of the caller's.
    Message().print("%s", before);
    hip = &opened;
    provider.store(hip, std::memory_order_release);
  }
  return status;
}

const char *moesaic_provider(void) {
  const Hip *hip;
  return openHip(hip) == MOESAIC_SUCCESS ? hip->path : nullptr;
}
