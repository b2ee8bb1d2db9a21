// Kernels print: every lane's line in order, formats of all kinds, and before
// what the host prints after it has waited. Both of clang's ways, without and
// with optimization, on chips of both generations.
// RUN: %hipcc --offload-arch=gfx942 --offload-arch=gfx950 %s -o %t -lamdhip64
// RUN: %hiprun %t | FileCheck %s
// RUN: %hiprun MOESAIC_DEVICE=gfx950 %t | FileCheck %s
// RUN: %hipcc -O0 --offload-arch=gfx942 %s -o %t -lamdhip64
// RUN: %hiprun %t | FileCheck %s
// RUN: %hipcc -O3 -mprintf-kind=buffered -DBUFFERED --offload-arch=gfx942 %s -o %t -lamdhip64
// RUN: %hiprun %t | FileCheck %s
// RUN: %hipcc -U__AMDGCN_WAVEFRONT_SIZE -D__AMDGCN_WAVEFRONT_SIZE=32 --offload-arch=gfx1100 --offload-arch=gfx1201 %s -o %t -lamdhip64
// RUN: %hiprun MOESAIC_DEVICE=gfx1100 %t | FileCheck %s
// RUN: %hiprun MOESAIC_DEVICE=gfx1201 %t | FileCheck %s

#include "check.h"
#include <cstring>

__global__ void formats(const char *text) {
  printf("<%d|%5d|%-5d|%05d|%+d|% d>\n", 42, 42, 42, 42, 42, 42);
  printf("<%x|%#X|%o|%u|%c|%%>\n", 255, 255, 8, 4000000000u, 'z');
  printf("<%lld|%llx|%lu|%hhd|%hd|%zu>\n", -(1ll << 40), 1ull << 63, 7ul,
         char(-1), short(-2), sizeof(int));
  printf("<%f|%8.3f|%-9.2e|%g|%a>\n", 1.5f, -2.25, 12345.678, 0.0001, 1.0);
  printf("<%s|%10s|%-10s|%.3s|%p>\n", "text", "right", "left", "shortened",
         static_cast<const void *>(reinterpret_cast<void *>(0x1234)));
  printf("<%*d|%.*f>\n", 6, 42, 3, 3.14159265);
  printf("%s", text);
  printf("no argument\n");
}

__global__ void lanes(int *counts) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i % 2 == 1) {
    counts[i] = printf("lane %d\n", i);
  }
}

int main() {
  std::string line(200, 'x');
  char *text;
  CHECK(hipHostMalloc(reinterpret_cast<void **>(&text), line.size() + 2));
  strcpy(text, (line + "\n").c_str());
  formats<<<1, 1>>>(text);
  CHECK(hipDeviceSynchronize());
  puts("host 1");
  // CHECK: <42|   42|42   |00042|+42| 42>
  // CHECK-NEXT: <ff|0XFF|10|4000000000|z|%>
  // CHECK-NEXT: <-1099511627776|8000000000000000|7|-1|-2|4>
  // CHECK-NEXT: <1.500000|  -2.250|1.23e+04 |0.0001|0x1p+0>
  // CHECK-NEXT: <text|     right|left      |sho|0x1234>
  // CHECK-NEXT: <    42|3.142>
  // CHECK-NEXT: {{^x{200}$}}
  // CHECK-NEXT: no argument
  // CHECK-NEXT: host 1

  int *counts = upload(std::vector<int>(12));
  for (int n = 0; n < 2; ++n) {
    lanes<<<1, 12>>>(counts);
  }
  CHECK(hipDeviceSynchronize());
  puts("host 2");
  // CHECK-NEXT: lane 1
  // CHECK-NEXT: lane 3
  // CHECK-NEXT: lane 5
  // CHECK-NEXT: lane 7
  // CHECK-NEXT: lane 9
  // CHECK-NEXT: lane 11
  // CHECK-NEXT: lane 1
  // CHECK-COUNT-5: lane {{[0-9]+}}
  // CHECK-NEXT: host 2
#ifndef BUFFERED // where printf only says whether there was room
  std::vector<int> host = download(counts, 12);
  for (int i = 0; i < 12; ++i) {
    EXPECT(host[i] == (i % 2 == 0 ? 0 : i < 10 ? 7 : 8));
  }
#endif
}
