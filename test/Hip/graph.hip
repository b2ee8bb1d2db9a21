// A captured stream (with a fork into another) and a graph made by hand replay
// with the same numbers; parameters of an executable graph can be changed.
// RUN: %hipcc --offload-arch=gfx942 %s -o %t -lamdhip64
// RUN: %hiprun %t | FileCheck %s

#include "check.h"

__global__ void addTo(int *data, int n, int value) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) {
    data[i] += value;
  }
}

__global__ void join(const int *a, const int *b, int *c, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) {
    c[i] = a[i] * 1000 + b[i];
  }
}

constexpr int n = 500;

static void captured() {
  int *a = upload(std::vector<int>(n)), *b = upload(std::vector<int>(n, 7));
  int *c = upload(std::vector<int>(n)), *pinned;
  CHECK(hipHostMalloc(&pinned, n * sizeof(int)));
  pinned[9] = -1;
  hipStream_t main, side;
  hipEvent_t fork, back;
  CHECK(hipStreamCreate(&main));
  CHECK(hipStreamCreate(&side));
  CHECK(hipEventCreate(&fork));
  CHECK(hipEventCreate(&back));
  hipGraph_t graph;
  hipStreamCaptureStatus status;
  CHECK(hipStreamBeginCapture(main, hipStreamCaptureModeGlobal));
  CHECK(hipEventRecord(fork, main));
  CHECK(hipStreamWaitEvent(side, fork, 0));
  CHECK(hipStreamIsCapturing(side, &status));
  EXPECT(status == hipStreamCaptureStatusActive);
  addTo<<<2, 256, 0, main>>>(a, n, 1);
  CHECK(hipMemsetAsync(b, 0, n * sizeof(int), side));
  addTo<<<2, 256, 0, side>>>(b, n, 5);
  CHECK(hipEventRecord(back, side));
  EXPECT_HIP(hipErrorCapturedEvent, hipEventQuery(back));
  CHECK(hipStreamWaitEvent(main, back, 0));
  join<<<2, 256, 0, main>>>(a, b, c, n);
  CHECK(hipMemcpyAsync(pinned, c, n * sizeof(int), hipMemcpyDeviceToHost,
                       main));
  EXPECT_HIP(hipErrorStreamCaptureUnsupported, hipStreamSynchronize(main));
  CHECK(hipStreamEndCapture(main, &graph));
  EXPECT(pinned[9] == -1); // nothing has run

  size_t nodes, edges, roots;
  CHECK(hipGraphGetNodes(graph, nullptr, &nodes));
  CHECK(hipGraphGetEdges(graph, nullptr, nullptr, &edges));
  CHECK(hipGraphGetRootNodes(graph, nullptr, &roots));
  EXPECT(nodes == 5 && edges == 4 && roots == 2);
  hipGraphExec_t exec;
  CHECK(hipGraphInstantiate(&exec, graph, nullptr, nullptr, 0));
  CHECK(hipGraphDestroy(graph));
  for (int replay = 1; replay <= 3; ++replay) {
    CHECK(hipGraphLaunch(exec, main));
    CHECK(hipStreamSynchronize(main));
    EXPECT(pinned[9] == replay * 1000 + 5 && pinned[n - 1] == pinned[9]);
  }
  CHECK(hipGraphExecDestroy(exec));

  // A fork that does not come back spoils the capture.
  CHECK(hipStreamBeginCapture(main, hipStreamCaptureModeGlobal));
  CHECK(hipEventRecord(fork, main));
  CHECK(hipStreamWaitEvent(side, fork, 0));
  addTo<<<1, 1, 0, side>>>(a, n, 1);
  EXPECT_HIP(hipErrorStreamCaptureUnjoined, hipStreamEndCapture(main, &graph));
  puts("captured");
}

static void made() {
  int *data = upload(std::vector<int>(n, 99));
  static std::vector<int> result(n);
  hipGraph_t graph;
  hipGraphNode_t fill, add, copy, call;
  CHECK(hipGraphCreate(&graph, 0));
  hipMemsetParams memset = {};
  memset.dst = data;
  memset.elementSize = 4;
  memset.value = 10;
  memset.width = n;
  memset.height = 1;
  CHECK(hipGraphAddMemsetNode(&fill, graph, nullptr, 0, &memset));
  int size = n, value = 4;
  void *arguments[] = {&data, &size, &value};
  hipKernelNodeParams kernel = {};
  kernel.func = reinterpret_cast<void *>(addTo);
  kernel.gridDim = dim3(2);
  kernel.blockDim = dim3(256);
  kernel.kernelParams = arguments;
  CHECK(hipGraphAddKernelNode(&add, graph, nullptr, 0, &kernel));
  CHECK(hipGraphAddDependencies(graph, &fill, &add, 1));
  CHECK(hipGraphAddMemcpyNode1D(&copy, graph, &add, 1, result.data(), data,
                                n * sizeof(int), hipMemcpyDeviceToHost));
  static int calls = 0;
  hipHostNodeParams host = {
      [](void *count) { ++*static_cast<int *>(count); }, &calls};
  CHECK(hipGraphAddHostNode(&call, graph, &copy, 1, &host));
  hipGraphExec_t exec;
  CHECK(hipGraphInstantiate(&exec, graph, nullptr, nullptr, 0));
  CHECK(hipGraphLaunch(exec, nullptr));
  CHECK(hipDeviceSynchronize());
  EXPECT(result[3] == 14 && result[n - 1] == 14 && calls == 1);
  value = 30;
  CHECK(hipGraphExecKernelNodeSetParams(exec, add, &kernel));
  CHECK(hipGraphLaunch(exec, nullptr));
  CHECK(hipDeviceSynchronize());
  EXPECT(result[3] == 40 && calls == 2);
  hipKernelNodeParams read;
  CHECK(hipGraphKernelNodeGetParams(add, &read)); // the graph keeps its own
  EXPECT(read.gridDim.x == 2 && *static_cast<int *>(read.kernelParams[2]) == 4);

  CHECK(hipGraphAddDependencies(graph, &call, &fill, 1)); // a circle
  EXPECT_HIP(hipErrorInvalidValue,
             hipGraphInstantiate(&exec, graph, nullptr, nullptr, 0));
  puts("made");
}

int main() {
  captured();
  made();
  // CHECK: captured
  // CHECK: made
}
