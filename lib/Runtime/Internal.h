//===- Internal.h - what the parts of libmoesaic_rt share -------*- C++ -*-===//
//
// The library is C++17 without exceptions, RTTI and the C++ standard library's
// shared object: a C program links it with the C compiler alone.
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_RUNTIME_INTERNAL_H
#define MOESAIC_RUNTIME_INTERNAL_H

#pragma GCC visibility push(default)
#include "moesaic/embed.h"
#pragma GCC visibility pop
#include <cstddef>
#include <cstdint>
#include <pthread.h>

namespace moesaic::runtime {

//===----------------------------------------------------------------------===//
// Errors.cpp
//===----------------------------------------------------------------------===//

/// Of a thread's error text, with the final zero.
constexpr size_t kTextBytes = 4096;

/// Writes the calling thread's error text, from its beginning. What does not
/// fit is cut off.
class Message {
public:
  Message();
  Message &print(const char *format, ...) __attribute__((format(printf, 2, 3)));
  /// Takes back what was printed after `length()` gave this.
  void cut(size_t newLength);
  size_t length() const { return used; }

private:
  char *text;
  size_t used = 0;
};

class Lock {
public:
  explicit Lock(pthread_mutex_t &mutex) : mutex(mutex) {
    pthread_mutex_lock(&mutex);
  }
  ~Lock() { pthread_mutex_unlock(&mutex); }
  Lock(const Lock &) = delete;
  Lock &operator=(const Lock &) = delete;

private:
  pthread_mutex_t &mutex;
};

//===----------------------------------------------------------------------===//
// Provider.cpp
//===----------------------------------------------------------------------===//

// HIP's types and numbers, as far as they are needed. They are part of its
// binary interface and the same in all versions that are opened.
using HipError = int;
using HipModule = struct ihipModule_t *;
using HipFunction = struct ihipModuleSymbol_t *;

constexpr HipError kHipInvalidImage = 200;
constexpr HipError kHipNoBinaryForGpu = 209;
constexpr HipError kHipInvalidKernelFile = 218;
constexpr int kHipCaptureModeRelaxed = 2;

inline void *const kLaunchBuffer = reinterpret_cast<void *>(1);
inline void *const kLaunchBufferSize = reinterpret_cast<void *>(2);
inline void *const kLaunchEnd = reinterpret_cast<void *>(3);

/// A HIP library that was opened. It stays open until the program ends.
struct Hip {
  HipError (*getDeviceCount)(int *);
  HipError (*getDevice)(int *);
  HipError (*getDeviceProperties)(void *, int);
  HipError (*moduleLoadData)(HipModule *, const void *);
  HipError (*moduleUnload)(HipModule);
  HipError (*moduleGetFunction)(HipFunction *, HipModule, const char *);
  HipError (*moduleLaunchKernel)(HipFunction, unsigned gridX, unsigned gridY,
                                 unsigned gridZ, unsigned blockX,
                                 unsigned blockY, unsigned blockZ,
                                 unsigned dynamicLds, ihipStream_t *,
                                 void **parameters, void **extra);
  HipError (*memsetAsync)(void *, int, size_t, ihipStream_t *);
  const char *(*getErrorName)(HipError);
  const char *(*getErrorString)(HipError);
  HipError (*driverGetVersion)(int *);    ///< May be null.
  HipError (*exchangeCaptureMode)(int *); ///< May be null.
  size_t archNameOffset;                  ///< Of gcnArchName in the properties.
  bool isSimulator;                       ///< Opened for want of another.
  const char *path;
};

/// Enough for every version's structure of device properties.
constexpr size_t kMaxPropertiesBytes = 8192;

/// The provider; opens it on first use. On failure the text is recorded.
moesaic_status openHip(const Hip *&hip);

/// Appends HIP's words on an error: name, text and number.
void describe(Message &message, const Hip &hip, HipError error);

//===----------------------------------------------------------------------===//
// Image.cpp
//===----------------------------------------------------------------------===//

/// Whether an image is what moe-opt wrote: afterwards every offset and string
/// in it may be used.
moesaic_status checkImage(const moesaic_image &image);

inline const char *stringAt(const moesaic_image &image, uint32_t offset) {
  return reinterpret_cast<const char *>(&image) + offset;
}
inline const moesaic_image_target *targetsOf(const moesaic_image &image) {
  return reinterpret_cast<const moesaic_image_target *>(
      stringAt(image, image.targets_offset));
}
inline const moesaic_image_kernel *kernelsOf(const moesaic_image &image,
                                             uint32_t target) {
  return reinterpret_cast<const moesaic_image_kernel *>(
             stringAt(image, image.kernels_offset)) +
         size_t(target) * image.kernel_count;
}

} // namespace moesaic::runtime

#endif
