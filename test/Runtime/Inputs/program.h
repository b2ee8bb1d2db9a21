// What the programs that launch kernels of Inputs/scale.cl share: HIP by its
// own header, without a HIP compiler.
#pragma once
#include "image.h"
#include <hip/hip_runtime_api.h>

#define EXPECT(fact)                                                           \
  do {                                                                         \
    if (!(fact)) {                                                             \
      fprintf(stderr, "%s:%d: not so: %s\n%s\n", __FILE__, __LINE__, #fact,    \
              moesaic_last_error());                                           \
      exit(1);                                                                 \
    }                                                                          \
  } while (0)
#define CHECK(call) EXPECT((call) == hipSuccess)
#define LAUNCH(call) EXPECT((call) == MOESAIC_SUCCESS)

template <typename T>
T *upload(const std::vector<T> &host) {
  void *device = nullptr;
  CHECK(hipMalloc(&device, host.size() * sizeof(T)));
  CHECK(hipMemcpy(device, host.data(), host.size() * sizeof(T),
                  hipMemcpyHostToDevice));
  return static_cast<T *>(device);
}

template <typename T>
std::vector<T> download(const T *device, size_t count) {
  std::vector<T> host(count);
  CHECK(
      hipMemcpy(host.data(), device, count * sizeof(T), hipMemcpyDeviceToHost));
  return host;
}

inline std::vector<float> numbers(int count, int first) {
  std::vector<float> result;
  for (int i = 0; i < count; ++i) {
    result.push_back(float(first + i));
  }
  return result;
}

inline int blocksFor(int count) { return (count + 63) / 64; }
