// Event, symbol and child nodes: events that a graph records and waits for,
// copies from and to variables, and changes of an executable graph.
// RUN: %hipcc --offload-arch=gfx942 %s -o %t -lamdhip64
// RUN: %hiprun %t | FileCheck %s

#include "check.h"

__constant__ int factors[4];
__device__ int result[4];

__global__ void multiply(const int *data) {
  result[threadIdx.x] = data[threadIdx.x] * factors[threadIdx.x];
}

/// Waits for the host.
__global__ void hold(volatile int *flag) {
  while (*flag == 0) {
    __builtin_amdgcn_s_sleep(1);
  }
}

int main() {
  int *data = upload(std::vector<int>{1, 2, 3, 4});
  int *flag, *from, *to;
  CHECK(hipHostMalloc(&flag, sizeof(int)));
  CHECK(hipHostMalloc(&from, 16));
  CHECK(hipHostMalloc(&to, 16));
  for (int i = 0; i < 4; ++i) {
    from[i] = 10 + i;
  }
  hipStream_t stream, other;
  CHECK(hipStreamCreateWithFlags(&stream, hipStreamNonBlocking));
  CHECK(hipStreamCreateWithFlags(&other, hipStreamNonBlocking));
  hipEvent_t begin, end, gate;
  CHECK(hipEventCreate(&begin));
  CHECK(hipEventCreate(&end));
  CHECK(hipEventCreate(&gate));

  // begin, wait for the gate, factors = from, multiply, to = result, end
  hipGraph_t graph;
  CHECK(hipGraphCreate(&graph, 0));
  hipGraphNode_t nodes[6];
  CHECK(hipGraphAddEventRecordNode(&nodes[0], graph, nullptr, 0, begin));
  CHECK(hipGraphAddEventWaitNode(&nodes[1], graph, &nodes[0], 1, gate));
  CHECK(hipGraphAddMemcpyNodeToSymbol(&nodes[2], graph, &nodes[1], 1, factors,
                                      from, 16, 0, hipMemcpyHostToDevice));
  void *arguments[] = {&data};
  hipKernelNodeParams kernel = {};
  kernel.func = reinterpret_cast<void *>(multiply);
  kernel.gridDim = dim3(1);
  kernel.blockDim = dim3(4);
  kernel.kernelParams = arguments;
  CHECK(hipGraphAddKernelNode(&nodes[3], graph, &nodes[2], 1, &kernel));
  CHECK(hipGraphAddMemcpyNodeFromSymbol(&nodes[4], graph, &nodes[3], 1, to,
                                        result, 16, 0, hipMemcpyDeviceToHost));
  CHECK(hipGraphAddEventRecordNode(&nodes[5], graph, &nodes[4], 1, end));
  hipGraphNodeType type;
  CHECK(hipGraphNodeGetType(nodes[0], &type));
  EXPECT(type == hipGraphNodeTypeEventRecord);
  hipEvent_t event;
  CHECK(hipGraphEventWaitNodeGetEvent(nodes[1], &event));
  EXPECT(event == gate);
  EXPECT_HIP(hipErrorInvalidValue,
             hipGraphEventRecordNodeGetEvent(nodes[1], &event));
  hipGraphExec_t exec;
  CHECK(hipGraphInstantiate(&exec, graph, nullptr, nullptr, 0));

  *flag = 0;
  hold<<<1, 1, 0, other>>>(flag);
  CHECK(hipEventRecord(gate, other));
  CHECK(hipGraphLaunch(exec, stream));
  CHECK(hipEventSynchronize(begin)); // done in the midst of the graph
  EXPECT_HIP(hipErrorNotReady, hipEventQuery(end));
  EXPECT_HIP(hipErrorNotReady, hipStreamQuery(stream));
  *static_cast<volatile int *>(flag) = 1;
  CHECK(hipEventSynchronize(end));
  for (int i = 0; i < 4; ++i) {
    EXPECT(to[i] == (i + 1) * (10 + i));
  }
  float time = -1;
  CHECK(hipEventElapsedTime(&time, begin, end));
  EXPECT(time > 0);
  CHECK(hipStreamSynchronize(stream));

  // Another event, another part of the variable, in the executable graph only.
  hipEvent_t later;
  CHECK(hipEventCreate(&later));
  CHECK(hipGraphExecEventRecordNodeSetEvent(exec, nodes[5], later));
  CHECK(hipGraphExecMemcpyNodeSetParamsToSymbol(exec, nodes[2], factors, from,
                                                8, 8, hipMemcpyHostToDevice));
  CHECK(hipGraphLaunch(exec, stream));
  CHECK(hipEventSynchronize(later));
  EXPECT(to[0] == 10 && to[1] == 22 && to[2] == 30 && to[3] == 44);
  CHECK(hipGraphEventRecordNodeGetEvent(nodes[5], &event));
  EXPECT(event == end);

  // The graph as a child, and a launch that is captured.
  hipGraph_t parent, captured;
  hipGraphNode_t child;
  hipGraphExec_t outer;
  CHECK(hipGraphCreate(&parent, 0));
  CHECK(hipGraphAddChildGraphNode(&child, parent, nullptr, 0, graph));
  CHECK(hipGraphInstantiate(&outer, parent, nullptr, nullptr, 0));
  to[3] = 0;
  CHECK(hipGraphLaunch(outer, stream));
  CHECK(hipEventSynchronize(end));
  EXPECT(to[3] == 4 * 13);
  CHECK(hipGraphMemcpyNodeSetParamsToSymbol(nodes[2], factors, from, 16, 0,
                                            hipMemcpyHostToDevice));
  CHECK(hipGraphExecChildGraphNodeSetParams(outer, child, graph));
  from[3] = 100;
  CHECK(hipStreamBeginCapture(stream, hipStreamCaptureModeGlobal));
  CHECK(hipGraphLaunch(outer, stream));
  CHECK(hipStreamEndCapture(stream, &captured));
  EXPECT(to[3] == 4 * 13);
  hipGraphExec_t again;
  CHECK(hipGraphInstantiate(&again, captured, nullptr, nullptr, 0));
  CHECK(hipGraphLaunch(again, stream));
  CHECK(hipEventSynchronize(end));
  EXPECT(to[3] == 400);

  // Wrong calls.
  hipGraph_t empty;
  CHECK(hipGraphCreate(&empty, 0));
  EXPECT_HIP(hipErrorInvalidValue,
             hipGraphExecChildGraphNodeSetParams(outer, child, empty));
  EXPECT_HIP(hipErrorInvalidValue,
             hipGraphAddEventRecordNode(&nodes[0], graph, nullptr, 0, nullptr));
  EXPECT_HIP(hipErrorInvalidValue,
             hipGraphAddEventWaitNode(nullptr, graph, nullptr, 0, gate));
  EXPECT_HIP(hipErrorInvalidSymbol, hipGraphAddMemcpyNodeFromSymbol(
                                        &nodes[0], graph, nullptr, 0, to,
                                        nullptr, 16, 0, hipMemcpyDeviceToHost));
  EXPECT_HIP(hipErrorInvalidValue,
             hipGraphMemcpyNodeSetParamsFromSymbol(nodes[4], to, result, 16, 4,
                                                   hipMemcpyDeviceToHost));
  CHECK(hipEventDestroy(gate));
  EXPECT_HIP(hipErrorInvalidHandle, hipGraphLaunch(exec, stream));
  puts("done");
  // CHECK: done
}
