// What the test programs share: CHECK ends the program at the first HIP error,
// EXPECT_HIP demands a certain result, EXPECT any fact.
#pragma once
#include <cstdio>
#include <cstdlib>
#include <hip/hip_runtime.h>
#include <vector>

#define EXPECT_HIP(expected, call)                                             \
  do {                                                                         \
    hipError_t gave = (call);                                                  \
    if (gave != (expected)) {                                                  \
      printf("%s:%d: %s gave %s\n", __FILE__, __LINE__, #call,                 \
             hipGetErrorName(gave));                                           \
      exit(1);                                                                 \
    }                                                                          \
  } while (0)

#define CHECK(call) EXPECT_HIP(hipSuccess, call)

#define EXPECT(fact)                                                           \
  do {                                                                         \
    if (!(fact)) {                                                             \
      printf("%s:%d: not so: %s\n", __FILE__, __LINE__, #fact);                \
      exit(1);                                                                 \
    }                                                                          \
  } while (0)

template <typename T>
T *upload(const std::vector<T> &host) {
  T *device = nullptr;
  CHECK(hipMalloc(&device, host.size() * sizeof(T)));
  CHECK(hipMemcpy(device, host.data(), host.size() * sizeof(T),
                  hipMemcpyHostToDevice));
  return device;
}

template <typename T>
std::vector<T> download(const T *device, size_t count) {
  std::vector<T> host(count);
  CHECK(
      hipMemcpy(host.data(), device, count * sizeof(T), hipMemcpyDeviceToHost));
  return host;
}
