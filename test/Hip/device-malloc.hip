// Kernels allocate and free: blocks of all sizes, used by other kernels too,
// and a size that there is not.
// RUN: %hipcc --offload-arch=gfx90a --offload-arch=gfx942 %s -o %t -lamdhip64
// RUN: %hiprun %t | FileCheck %s
// RUN: %hiprun MOESAIC_DEVICE=gfx90a %t | FileCheck %s
// RUN: %hipcc -O0 -U__AMDGCN_WAVEFRONT_SIZE -D__AMDGCN_WAVEFRONT_SIZE=32 --offload-arch=gfx1201 %s -o %t -lamdhip64
// RUN: %hiprun MOESAIC_DEVICE=gfx1201 %t | FileCheck %s

#include "check.h"
#include <set>

struct Item {
  Item *next;
  int value;
};

__global__ void build(Item **lists) {
  Item *list = nullptr;
  for (int n = 0; n < 4; ++n) {
    auto *item = static_cast<Item *>(malloc(sizeof(Item)));
    item->next = list;
    item->value = threadIdx.x * 4 + n;
    list = item;
  }
  lists[threadIdx.x] = list;
}

__global__ void consume(Item **lists, int *sums) {
  Item *list = lists[threadIdx.x];
  while (list) {
    sums[threadIdx.x] += list->value;
    Item *next = list->next;
    free(list);
    list = next;
  }
}

__global__ void blocks(int words, unsigned *sum, unsigned long long *where) {
  auto *block = static_cast<unsigned *>(malloc(words * sizeof(int)));
  where[threadIdx.x] = reinterpret_cast<unsigned long long>(block);
  for (int n = 0; n < words; ++n) {
    block[n] = threadIdx.x;
  }
  __syncthreads();
  for (int n = 0; n < words; n += words - 1) {
    atomicAdd(sum, block[n]);
  }
  free(block);
}

__global__ void excess(int *result) { *result = malloc(1ull << 44) == nullptr; }

int main() {
  const int lanes = 70;
  Item **lists;
  CHECK(hipMalloc(&lists, lanes * sizeof *lists));
  int *sums = upload(std::vector<int>(lanes));
  build<<<1, lanes>>>(lists);
  consume<<<1, lanes>>>(lists, sums);
  std::vector<int> host = download(sums, lanes);
  for (int n = 0; n < lanes; ++n) {
    EXPECT(host[n] == 16 * n + 6);
  }
  unsigned long long *where;
  CHECK(hipMalloc(&where, lanes * sizeof *where));
  for (int words : {2, 24, 700, 5000}) {
    unsigned *sum = upload(std::vector<unsigned>{0});
    blocks<<<1, lanes>>>(words, sum, where);
    EXPECT(download(sum, 1)[0] == lanes * (lanes - 1));
    auto addresses = download(where, lanes);
    EXPECT(std::set<unsigned long long>(addresses.begin(), addresses.end())
               .size() == lanes);
  }
  excess<<<1, 1>>>(sums);
  EXPECT(download(sums, 1)[0] == 1);
  size_t limit = 0;
  CHECK(hipDeviceGetLimit(&limit, hipLimitMallocHeapSize));
  EXPECT(limit >= 4 << 20);
  EXPECT_HIP(hipErrorInvalidValue,
             hipDeviceGetLimit(nullptr, hipLimitMallocHeapSize));
  EXPECT_HIP(hipErrorUnsupportedLimit,
             hipDeviceGetLimit(&limit, hipLimit_t(9)));
  puts("done");
  // CHECK: done
}
