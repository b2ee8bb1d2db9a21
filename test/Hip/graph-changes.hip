// Graphs that change: parameters of nodes and of executable graphs, edges,
// updates, and what a stream tells about its capture.
// RUN: %hipcc --offload-arch=gfx942 %s -o %t -lamdhip64
// RUN: %hiprun %t | FileCheck %s

#include "check.h"
#include <algorithm>

__global__ void add(int *data, int value) { data[threadIdx.x] += value; }

static int calls = 0;
static void call(void *step) { calls += *static_cast<int *>(step); }

/// fill data; data += value; copy to the host; call
struct Chain {
  int *data, value = 5, step = 1;
  int host[4] = {}, other[4] = {};
  hipGraph_t graph;
  hipGraphNode_t fill, kernel, copy, function;
  hipMemsetParams fillWith = {};
  hipKernelNodeParams launch = {};
  hipHostNodeParams called = {};
  void *arguments[2];

  Chain() {
    CHECK(hipMalloc(&data, 16));
    CHECK(hipGraphCreate(&graph, 0));
    fillWith.dst = data;
    fillWith.elementSize = 4;
    fillWith.width = 4;
    fillWith.height = 1;
    fillWith.value = 100;
    CHECK(hipGraphAddMemsetNode(&fill, graph, nullptr, 0, &fillWith));
    arguments[0] = &data;
    arguments[1] = &value;
    launch.func = reinterpret_cast<void *>(add);
    launch.gridDim = launch.blockDim = dim3(1);
    launch.blockDim.x = 4;
    launch.kernelParams = arguments;
    CHECK(hipGraphAddKernelNode(&kernel, graph, &fill, 1, &launch));
    hipMemcpy3DParms box = {};
    box.srcPtr = make_hipPitchedPtr(data, 16, 16, 1);
    box.dstPtr = make_hipPitchedPtr(host, 16, 16, 1);
    box.extent = make_hipExtent(16, 1, 1);
    box.kind = hipMemcpyDeviceToHost;
    CHECK(hipGraphAddMemcpyNode(&copy, graph, &kernel, 1, &box));
    called.fn = call;
    called.userData = &step;
    CHECK(hipGraphAddHostNode(&function, graph, &copy, 1, &called));
  }
};

static void run(hipGraphExec_t exec) {
  CHECK(hipGraphLaunch(exec, nullptr));
  CHECK(hipDeviceSynchronize());
}

static void checkParameters() {
  Chain c;
  hipGraphExec_t exec, second;
  CHECK(hipGraphInstantiateWithFlags(&exec, c.graph, 0));
  run(exec);
  EXPECT(c.host[3] == 105 && calls == 1);

  // In the graph: only what is instantiated later sees it.
  c.value = 7;
  c.fillWith.value = 200;
  c.launch.blockDim.x = 3;
  int ten = 10;
  c.called.userData = &ten;
  CHECK(hipGraphKernelNodeSetParams(c.kernel, &c.launch));
  CHECK(hipGraphMemsetNodeSetParams(c.fill, &c.fillWith));
  CHECK(hipGraphHostNodeSetParams(c.function, &c.called));
  CHECK(hipGraphMemcpyNodeSetParams1D(c.copy, c.other, c.data, 16,
                                      hipMemcpyDeviceToHost));
  run(exec);
  EXPECT(c.host[3] == 105 && c.other[3] == 0 && calls == 2);
  CHECK(hipGraphInstantiate(&second, c.graph, nullptr, nullptr, 0));
  run(second);
  EXPECT(c.other[2] == 207 && c.other[3] == 200 && calls == 12);
  hipKernelNodeParams kernel;
  hipMemsetParams fill;
  hipHostNodeParams host;
  hipMemcpy3DParms copy;
  CHECK(hipGraphKernelNodeGetParams(c.kernel, &kernel));
  CHECK(hipGraphMemsetNodeGetParams(c.fill, &fill));
  CHECK(hipGraphHostNodeGetParams(c.function, &host));
  CHECK(hipGraphMemcpyNodeGetParams(c.copy, &copy));
  EXPECT(kernel.blockDim.x == 3 && fill.value == 200 && host.userData == &ten);
  EXPECT(*static_cast<int *>(kernel.kernelParams[1]) == 7);
  EXPECT(copy.dstPtr.ptr == c.other);
  copy.dstPtr.ptr = c.host;
  CHECK(hipGraphMemcpyNodeSetParams(c.copy, &copy));

  // In the executable graph only.
  c.value = 9;
  c.fillWith.value = 300;
  CHECK(hipGraphExecKernelNodeSetParams(exec, c.kernel, &c.launch));
  CHECK(hipGraphExecMemsetNodeSetParams(exec, c.fill, &c.fillWith));
  CHECK(hipGraphExecHostNodeSetParams(exec, c.function, &c.called));
  CHECK(hipGraphExecMemcpyNodeSetParams(exec, c.copy, &copy));
  run(exec);
  EXPECT(c.host[2] == 309 && c.host[3] == 300 && calls == 22);
  CHECK(hipGraphExecMemcpyNodeSetParams1D(exec, c.copy, c.other, c.data, 8,
                                          hipMemcpyDeviceToHost));
  run(exec);
  EXPECT(c.other[1] == 309 && c.other[2] == 207);
  EXPECT_HIP(hipErrorInvalidValue,
             hipGraphExecKernelNodeSetParams(exec, c.fill, &c.launch));
  EXPECT_HIP(hipErrorInvalidValue,
             hipGraphMemsetNodeGetParams(c.kernel, &fill));
  EXPECT_HIP(hipErrorInvalidValue,
             hipGraphHostNodeSetParams(c.function, nullptr));

  // All at once, from a graph of the same shape.
  Chain like;
  hipGraphNode_t wrong;
  hipGraphExecUpdateResult result;
  CHECK(hipGraphExecUpdate(exec, like.graph, &wrong, &result));
  EXPECT(result == hipGraphExecUpdateSuccess);
  run(exec);
  EXPECT(like.host[0] == 105);
  CHECK(hipGraphDestroyNode(like.function));
  EXPECT_HIP(hipErrorGraphExecUpdateFailure,
             hipGraphExecUpdate(exec, like.graph, &wrong, &result));
  EXPECT(result == hipGraphExecUpdateErrorTopologyChanged);
}

static void checkEdges() {
  Chain c;
  size_t count = 0;
  CHECK(hipGraphNodeGetDependentNodes(c.fill, nullptr, &count));
  EXPECT(count == 1);
  hipGraphNode_t nodes[4], from[4], to[4];
  CHECK(hipGraphNodeGetDependentNodes(c.fill, nodes, &count));
  EXPECT(nodes[0] == c.kernel);
  CHECK(hipGraphRemoveDependencies(c.graph, &c.fill, &c.kernel, 1));
  EXPECT_HIP(hipErrorInvalidValue,
             hipGraphRemoveDependencies(c.graph, &c.fill, &c.kernel, 1));
  count = 4;
  CHECK(hipGraphGetRootNodes(c.graph, nodes, &count));
  EXPECT(count == 2);
  // The other way round, the fill is the last to write.
  CHECK(hipGraphAddDependencies(c.graph, &c.kernel, &c.fill, 1));
  CHECK(hipGraphAddDependencies(c.graph, &c.fill, &c.copy, 1));
  EXPECT_HIP(hipErrorInvalidValue,
             hipGraphAddDependencies(c.graph, &c.fill, &c.copy, 1));
  count = 4;
  CHECK(hipGraphGetEdges(c.graph, from, to, &count));
  EXPECT(count == 4);
  hipGraphExec_t exec;
  CHECK(hipGraphInstantiate(&exec, c.graph, nullptr, nullptr, 0));
  run(exec);
  EXPECT(c.host[0] == 100);
  CHECK(hipGraphAddDependencies(c.graph, &c.function, &c.kernel, 1));
  EXPECT_HIP(hipErrorInvalidValue,
             hipGraphInstantiate(&exec, c.graph, nullptr, nullptr, 0));
}

static void checkCapture() {
  hipStream_t stream;
  CHECK(hipStreamCreate(&stream));
  int *data = upload(std::vector<int>(4));
  hipStreamCaptureStatus status;
  unsigned long long id = 0, second = 0;
  hipGraph_t graph, ended;
  const hipGraphNode_t *last;
  size_t count;
  CHECK(hipStreamGetCaptureInfo(stream, &status, &id));
  EXPECT(status == hipStreamCaptureStatusNone);
  CHECK(hipStreamBeginCapture(stream, hipStreamCaptureModeThreadLocal));
  EXPECT_HIP(hipErrorIllegalState,
             hipStreamBeginCapture(stream, hipStreamCaptureModeThreadLocal));
  add<<<1, 4, 0, stream>>>(data, 1);
  CHECK(
      hipStreamGetCaptureInfo_v2(stream, &status, &id, &graph, &last, &count));
  EXPECT(status == hipStreamCaptureStatusActive && count == 1);
  // A node of one's own takes part.
  hipGraphNode_t node;
  hipMemsetParams fill = {};
  fill.dst = data;
  fill.elementSize = 4;
  fill.width = 2;
  fill.height = 1;
  fill.value = 50;
  CHECK(hipGraphAddMemsetNode(&node, graph, last, count, &fill));
  CHECK(hipStreamUpdateCaptureDependencies(stream, &node, 1,
                                           hipStreamSetCaptureDependencies));
  add<<<1, 4, 0, stream>>>(data, 2);
  CHECK(hipStreamGetCaptureInfo(stream, &status, &second));
  EXPECT(id == second);
  EXPECT_HIP(hipErrorStreamCaptureUnsupported, hipStreamSynchronize(stream));
  EXPECT_HIP(hipErrorStreamCaptureUnsupported, hipStreamQuery(stream));
  EXPECT_HIP(hipErrorInvalidHandle,
             hipStreamUpdateCaptureDependencies(
                 reinterpret_cast<hipStream_t>(data), &node, 1, 0));
  CHECK(hipStreamEndCapture(stream, &ended));
  EXPECT(ended == graph);
  EXPECT_HIP(hipErrorIllegalState,
             hipStreamUpdateCaptureDependencies(stream, &node, 1, 0));
  EXPECT_HIP(hipErrorIllegalState, hipStreamEndCapture(stream, &ended));
  hipGraphExec_t exec;
  CHECK(hipGraphInstantiate(&exec, graph, nullptr, nullptr, 0));
  run(exec);
  std::vector<int> result = download(data, 4);
  EXPECT(result[0] == 52 && result[3] == 3);
  hipStreamCaptureMode mode = hipStreamCaptureModeRelaxed;
  CHECK(hipThreadExchangeStreamCaptureMode(&mode));
  EXPECT(mode == hipStreamCaptureModeGlobal);
  EXPECT_HIP(hipErrorInvalidValue, hipThreadExchangeStreamCaptureMode(nullptr));
}

int main() {
  checkParameters();
  checkEdges();
  checkCapture();
  puts("done");
  // CHECK: done
}
