// An ordinary program runs: launch syntax, copies, code for several chips in
// one bundle, compressed bundles, and code of every optimization level.
// RUN: %hipcc --offload-arch=gfx942 %s -o %t -lamdhip64
// RUN: %hiprun %t | FileCheck %s
// RUN: %hipcc --offload-arch=gfx90a --offload-arch=gfx942 --offload-compress %s -o %t -lamdhip64
// RUN: %hiprun %t | FileCheck %s
// RUN: %hipcc --offload-arch=gfx942:xnack+ --offload-arch=gfx942:xnack- -O0 %s -o %t -lamdhip64
// RUN: %hiprun %t | FileCheck %s
// RUN: %hipcc --offload-arch=gfx90a %s -o %t -lamdhip64
// RUN: not %hiprun %t 2>&1 | FileCheck %s --check-prefix=NONE

#include "check.h"

__global__ void add(const float *a, const float *b, float *c, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) {
    c[i] = a[i] + b[i];
  }
}

int main() {
  hipDeviceProp_t properties;
  CHECK(hipGetDeviceProperties(&properties, 0));
  printf("%s: %d CUs, %zu bytes of LDS, waves of %d\n", properties.gcnArchName,
         properties.multiProcessorCount, properties.sharedMemPerBlock,
         properties.warpSize);
  // CHECK: gfx942:sramecc+:xnack-: 304 CUs, 65536 bytes of LDS, waves of 64

  const int n = 10001;
  std::vector<float> a(n), b(n);
  for (int i = 0; i < n; ++i) {
    a[i] = float(i) * 0.25f;
    b[i] = float(3 * i);
  }
  float *da = upload(a), *db = upload(b), *dc;
  CHECK(hipMalloc(&dc, n * sizeof(float)));
  CHECK(hipMemset(dc, 0xff, n * sizeof(float)));
  add<<<(n + 255) / 256, 256>>>(da, db, dc, n - 1);
  // NONE: no code for `gfx942:sramecc+:xnack-`; the program has: {{.*}}--gfx90a
  // NONE: hipGetLastError() gave hipErrorNoBinaryForGpu
  CHECK(hipGetLastError());
  CHECK(hipDeviceSynchronize());
  std::vector<float> c = download(dc, n);
  for (int i = 0; i < n - 1; ++i) {
    EXPECT(c[i] == a[i] + b[i]);
  }
  EXPECT(c[n - 1] != c[n - 1]); // the last element is still the NaN of memset
  CHECK(hipFree(da));
  CHECK(hipFree(db));
  CHECK(hipFree(dc));
  size_t free, total;
  CHECK(hipMemGetInfo(&free, &total));
  EXPECT(free == total);
  puts("done");
  // CHECK: done
}
