/* Raises a number on the device and prints it. */
#include "raise.h"
#include <hip/hip_runtime_api.h>
#include <stdio.h>

int main(void) {
  int value = 41;
  void *memory;
  struct my_raise_args args = {0};
  if (hipMalloc(&memory, sizeof value) != hipSuccess ||
      hipMemcpy(memory, &value, sizeof value, hipMemcpyHostToDevice) != hipSuccess) {
    return 1;
  }
  args.a = memory;
  args.N = 1;
  if (my_raise_launch(&args, NULL) != MOESAIC_SUCCESS) {
    fprintf(stderr, "%s\n", moesaic_last_error());
    return 1;
  }
  if (hipMemcpy(&value, memory, sizeof value, hipMemcpyDeviceToHost) != hipSuccess) {
    return 1;
  }
  printf("value %d, blocks of %d\n", value, MY_RAISE_BLOCK);
  return 0;
}
