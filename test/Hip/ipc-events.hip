// An event that two processes share: the child's stream waits for work of the
// parent's stream, and the parent for the child's.
// RUN: %hipcc --offload-arch=gfx942 %s -o %t -lamdhip64
// RUN: %hiprun %t | FileCheck %s

#include "check.h"
#include <sys/wait.h>
#include <unistd.h>

__global__ void slow(int *data, int rounds) {
  for (int n = 0; n < rounds; ++n) {
    __builtin_amdgcn_s_sleep(10);
  }
  data[0] += 1;
}

__global__ void square(int *data) { data[1] = data[0] * data[0]; }

struct Message {
  hipIpcMemHandle_t memory;
  hipIpcEventHandle_t started, finished;
};

int main() {
  int pipes[2], back[2];
  EXPECT(pipe(pipes) == 0 && pipe(back) == 0);
  pid_t child = fork();
  Message message;
  hipEvent_t started, finished;
  if (child == 0) {
    EXPECT(read(pipes[0], &message, sizeof message) == sizeof message);
    int *data;
    CHECK(hipIpcOpenMemHandle(reinterpret_cast<void **>(&data), message.memory,
                              hipIpcMemLazyEnablePeerAccess));
    CHECK(hipIpcOpenEventHandle(&started, message.started));
    CHECK(hipIpcOpenEventHandle(&finished, message.finished));
    EXPECT_HIP(hipErrorInvalidHandle,
               hipIpcGetEventHandle(&message.started, started));
    hipStream_t stream;
    CHECK(hipStreamCreateWithFlags(&stream, hipStreamNonBlocking));
    CHECK(hipStreamWaitEvent(stream, started, 0));
    square<<<1, 1, 0, stream>>>(data);
    CHECK(hipEventRecord(finished, stream));
    EXPECT(write(back[1], "x", 1) == 1);
    CHECK(hipStreamSynchronize(stream));
    CHECK(hipEventQuery(started));
    CHECK(hipEventDestroy(started));
    fflush(stdout);
    _exit(0);
  }
  int *data = upload(std::vector<int>{6, 0});
  unsigned flags = hipEventInterprocess | hipEventDisableTiming;
  CHECK(hipEventCreateWithFlags(&started, flags));
  CHECK(hipEventCreateWithFlags(&finished, flags));
  CHECK(hipEventQuery(started)); // nothing recorded
  CHECK(hipIpcGetMemHandle(&message.memory, data));
  CHECK(hipIpcGetEventHandle(&message.started, started));
  CHECK(hipIpcGetEventHandle(&message.finished, finished));
  slow<<<1, 1>>>(data, 20000);
  CHECK(hipEventRecord(started, nullptr));
  EXPECT(write(pipes[1], &message, sizeof message) == sizeof message);
  char answer;
  EXPECT(read(back[0], &answer, 1) == 1);
  CHECK(hipEventSynchronize(finished));
  std::vector<int> host = download(data, 2);
  printf("%d %d\n", host[0], host[1]);
  // CHECK: 7 49
  int status = -1;
  EXPECT(waitpid(child, &status, 0) == child && status == 0);

  hipEvent_t event;
  EXPECT_HIP(hipErrorInvalidContext,
             hipIpcOpenEventHandle(&event, message.started));
  EXPECT_HIP(hipErrorInvalidValue,
             hipIpcOpenEventHandle(nullptr, message.started));
  message.started = {};
  EXPECT_HIP(hipErrorInvalidValue,
             hipIpcOpenEventHandle(&event, message.started));
  EXPECT_HIP(hipErrorInvalidValue,
             hipEventCreateWithFlags(&event, hipEventInterprocess));
  CHECK(hipEventCreate(&event));
  EXPECT_HIP(hipErrorInvalidHandle,
             hipIpcGetEventHandle(&message.started, event));
  float time;
  EXPECT_HIP(hipErrorInvalidHandle,
             hipEventElapsedTime(&time, started, finished));
  CHECK(hipEventDestroy(started));
  EXPECT_HIP(hipErrorInvalidHandle,
             hipIpcGetEventHandle(&message.started, started));
}
