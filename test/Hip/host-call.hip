// A kernel calls a function of the host, lane by lane, and goes on with what it
// returns.
// RUN: %hipcc --offload-arch=gfx942 %s -o %t -lamdhip64
// RUN: %hiprun %t | FileCheck %s
// RUN: %hipcc -U__AMDGCN_WAVEFRONT_SIZE -D__AMDGCN_WAVEFRONT_SIZE=32 --offload-arch=gfx1100 %s -o %t -lamdhip64
// RUN: %hiprun MOESAIC_DEVICE=gfx1100 %t | FileCheck %s

#include "check.h"
#include <map>

using Pair = __attribute__((ext_vector_type(2))) unsigned long;

/// Of ROCm's device libraries.
extern "C" __device__ Pair __ockl_call_host_function(
    unsigned long function, unsigned long, unsigned long, unsigned long,
    unsigned long, unsigned long, unsigned long, unsigned long);

static std::map<uint64_t, int> asked;

/// Gets seven words and returns two.
static void divide(uint64_t *results, const uint64_t *words) {
  ++asked[words[0]];
  results[0] = words[0] / words[1];
  results[1] = words[0] % words[1] + words[6];
}

__global__ void ask(unsigned long function, unsigned long *out) {
  unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i % 3 != 1) {
    Pair answer = __ockl_call_host_function(function, i, 7, 0, 0, 0, 0, 1000);
    out[i] = answer.x * 10000 + answer.y;
  }
}

int main() {
  const int n = 150;
  auto *out = upload(std::vector<unsigned long>(n));
  ask<<<3, 50>>>(reinterpret_cast<unsigned long>(&divide), out);
  std::vector<unsigned long> result = download(out, n);
  for (unsigned long i = 0; i < n; ++i) {
    EXPECT(result[i] == (i % 3 == 1 ? 0 : i / 7 * 10000 + i % 7 + 1000));
    EXPECT(asked[i] == (i % 3 == 1 ? 0 : 1));
  }
  puts("done");
  // CHECK: done
}
