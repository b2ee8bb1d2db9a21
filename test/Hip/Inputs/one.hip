#include <hip/hip_runtime.h>
extern "C" __global__ void one(int *data) { data[threadIdx.x] = 1; }
