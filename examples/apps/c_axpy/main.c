/* Calls the kernel `axpy` of vector.tile from C99 and checks what it computed. */
#include "vector.h"
#include <hip/hip_runtime_api.h>
#include <stdio.h>
#include <stdlib.h>

enum { COUNT = 5000 };

static void check(hipError_t error) {
  if (error != hipSuccess) {
    fprintf(stderr, "HIP: %s\n", hipGetErrorString(error));
    exit(1);
  }
}

int main(void) {
  static float x[COUNT], y[COUNT], result[COUNT];
  const size_t bytes = sizeof x;
  for (int i = 0; i < COUNT; ++i) {
    x[i] = (float)i;
    y[i] = 1;
  }
  void *device_x, *device_y;
  check(hipMalloc(&device_x, bytes));
  check(hipMalloc(&device_y, bytes));
  check(hipMemcpy(device_x, x, bytes, hipMemcpyHostToDevice));
  check(hipMemcpy(device_y, y, bytes, hipMemcpyHostToDevice));

  struct vector_axpy_args args = {.x = device_x, .y = device_y, .a = 0.5f, .N = COUNT};
  if (vector_axpy_launch(&args, NULL) != MOESAIC_SUCCESS) {
    fprintf(stderr, "%s\n", moesaic_last_error());
    return 1;
  }

  check(hipMemcpy(result, device_y, bytes, hipMemcpyDeviceToHost));
  for (int i = 0; i < COUNT; ++i) {
    float expected = 0.5f * x[i] + y[i];
    if (result[i] != expected) {
      fprintf(stderr, "y[%d]: expected %g, got %g\n", i, expected, result[i]);
      return 1;
    }
  }
  check(hipFree(device_x));
  check(hipFree(device_y));
  printf("axpy: %d elements are right\n", COUNT);
  return 0;
}
