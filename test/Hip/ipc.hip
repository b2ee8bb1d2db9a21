// Two processes share device memory through a handle: one's kernel waits for
// what the other's kernel writes.
// RUN: %hipcc --offload-arch=gfx942 %s -o %t -lamdhip64
// RUN: %hiprun %t | FileCheck %s

#include "check.h"
#include <sys/wait.h>
#include <unistd.h>

__global__ void answer(volatile int *shared) {
  while (shared[0] == 0) {
  }
  shared[1] = shared[0] * 2;
}

__global__ void ask(volatile int *shared) {
  shared[0] = 21;
  while (shared[1] == 0) {
  }
}

int main() {
  int pipes[2];
  EXPECT(pipe(pipes) == 0);
  pid_t child = fork(); // before HIP is used, as with real GPUs
  if (child == 0) {
    hipIpcMemHandle_t handle;
    EXPECT(read(pipes[0], &handle, sizeof handle) == sizeof handle);
    void *memory;
    CHECK(hipIpcOpenMemHandle(&memory, handle, hipIpcMemLazyEnablePeerAccess));
    answer<<<1, 1>>>(static_cast<int *>(memory));
    CHECK(hipDeviceSynchronize());
    EXPECT_HIP(hipErrorInvalidValue, hipFree(memory));
    CHECK(hipIpcCloseMemHandle(memory));
    fflush(stdout);
    _exit(0);
  }
  int *padding = upload(std::vector<int>(5000)), *shared;
  CHECK(hipMalloc(&shared, 64));
  CHECK(hipMemset(shared, 0, 64));
  hipIpcMemHandle_t handle;
  CHECK(hipIpcGetMemHandle(&handle, shared));
  EXPECT(write(pipes[1], &handle, sizeof handle) == sizeof handle);
  ask<<<1, 1>>>(shared);
  CHECK(hipDeviceSynchronize());
  int status = -1;
  EXPECT(waitpid(child, &status, 0) == child && status == 0);
  std::vector<int> result = download(shared, 2);
  printf("%d %d\n", result[0], result[1]);
  // CHECK: 21 42
  CHECK(hipFree(padding));
  void *memory;
  EXPECT_HIP(hipErrorInvalidContext, hipIpcOpenMemHandle(&memory, handle, 0));
}
