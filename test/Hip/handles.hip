// Handles that are null, of the wrong kind or destroyed give errors.
// RUN: %hipcc --offload-arch=gfx942 --cuda-device-only --no-gpu-bundle-output %s -o %t.hsaco
// RUN: %hipcc --offload-arch=gfx942 %s -o %t -lamdhip64
// RUN: %hiprun %t %t.hsaco 2>&1 | FileCheck %s

#include "check.h"

extern "C" __global__ void one(int *data) { data[0] = 1; }

static void checkGraphs() {
  int *data = upload(std::vector<int>(16));
  hipGraph_t graph, clone, other;
  hipGraphExec_t exec;
  hipGraphNode_t node, second, found;
  hipMemsetParams fill = {};
  fill.dst = data;
  fill.elementSize = 4;
  fill.width = 16;
  fill.height = 1;
  CHECK(hipGraphCreate(&graph, 0));
  CHECK(hipGraphCreate(&other, 0));
  CHECK(hipGraphAddMemsetNode(&node, graph, nullptr, 0, &fill));
  CHECK(hipGraphAddEmptyNode(&second, graph, &node, 1));
  EXPECT_HIP(hipErrorInvalidValue,
             hipGraphAddEmptyNode(&found, other, &node, 1));
  CHECK(hipGraphClone(&clone, graph));
  CHECK(hipGraphNodeFindInClone(&found, node, clone));
  CHECK(hipGraphInstantiate(&exec, graph, nullptr, nullptr, 0));

  CHECK(hipGraphDestroyNode(second));
  EXPECT_HIP(hipErrorInvalidValue, hipGraphDestroyNode(second));
  hipGraphNodeType type;
  EXPECT_HIP(hipErrorInvalidValue, hipGraphNodeGetType(second, &type));
  size_t count = 0;
  EXPECT_HIP(hipErrorInvalidValue,
             hipGraphNodeGetDependencies(second, nullptr, &count));
  EXPECT_HIP(hipErrorInvalidValue,
             hipGraphAddDependencies(graph, &node, &second, 1));
  CHECK(hipGraphDestroy(graph));
  EXPECT_HIP(hipErrorInvalidValue, hipGraphDestroy(graph));
  EXPECT_HIP(hipErrorInvalidValue, hipGraphGetNodes(graph, nullptr, &count));
  EXPECT_HIP(hipErrorInvalidValue, hipGraphMemsetNodeGetParams(node, &fill));
  EXPECT_HIP(hipErrorInvalidValue,
             hipGraphInstantiate(&exec, graph, nullptr, nullptr, 0));
  EXPECT_HIP(hipErrorInvalidValue, hipGraphClone(&clone, graph));
  EXPECT_HIP(hipErrorInvalidValue, hipGraphDestroy(nullptr));
  CHECK(hipGraphLaunch(exec, nullptr)); // lives without its graph
  CHECK(hipGraphExecDestroy(exec));
  EXPECT_HIP(hipErrorInvalidValue, hipGraphLaunch(exec, nullptr));
  EXPECT_HIP(hipErrorInvalidValue, hipGraphExecDestroy(exec));
  CHECK(hipGraphMemsetNodeGetParams(found, &fill));
  CHECK(hipGraphDestroy(clone));
}

static void checkModules(const char *path) {
  hipModule_t module;
  hipFunction_t function;
  hipDeviceptr_t address;
  size_t bytes;
  CHECK(hipModuleLoad(&module, path));
  EXPECT_HIP(hipErrorNotFound, hipModuleGetFunction(&function, module, "two"));
  EXPECT_HIP(hipErrorNotFound,
             hipModuleGetGlobal(&address, &bytes, module, "two"));
  CHECK(hipModuleGetFunction(&function, module, "one"));
  int *data = upload(std::vector<int>{0});
  void *arguments[] = {&data};
  CHECK(hipModuleLaunchKernel(function, 1, 1, 1, 1, 1, 1, 0, nullptr, arguments,
                              nullptr));
  EXPECT_HIP(hipErrorInvalidValue,
             hipModuleLaunchKernel(function, 1, 1, 1, 1, 1, 1, 0, nullptr,
                                   nullptr, nullptr));
  CHECK(hipModuleUnload(module));
  EXPECT_HIP(hipErrorInvalidHandle, hipModuleUnload(module));
  EXPECT_HIP(hipErrorInvalidHandle,
             hipModuleGetFunction(&function, module, "one"));
  EXPECT_HIP(hipErrorInvalidHandle,
             hipModuleLaunchKernel(function, 1, 1, 1, 1, 1, 1, 0, nullptr,
                                   arguments, nullptr));
  int value;
  EXPECT_HIP(
      hipErrorInvalidDeviceFunction,
      hipFuncGetAttribute(&value, HIP_FUNC_ATTRIBUTE_NUM_REGS, function));
  EXPECT(download(data, 1)[0] == 1);
}

static void checkStreamsAndEvents() {
  hipStream_t stream;
  hipEvent_t event;
  CHECK(hipStreamCreate(&stream));
  CHECK(hipEventCreate(&event));
  CHECK(hipEventRecord(event, stream));
  CHECK(hipStreamDestroy(stream));
  CHECK(hipEventSynchronize(event)); // outlives its stream
  EXPECT_HIP(hipErrorInvalidHandle, hipStreamDestroy(stream));
  EXPECT_HIP(hipErrorInvalidHandle, hipStreamQuery(stream));
  EXPECT_HIP(hipErrorInvalidHandle, hipEventRecord(event, stream));
  EXPECT_HIP(hipErrorInvalidHandle, hipStreamWaitEvent(stream, event, 0));
  EXPECT_HIP(hipErrorInvalidHandle, hipStreamDestroy(nullptr));
  uint32_t *word;
  CHECK(hipMalloc(&word, 4));
  EXPECT_HIP(hipErrorInvalidHandle,
             hipStreamWaitValue32(stream, word, 0, hipStreamWaitValueEq, ~0u));
  EXPECT_HIP(hipErrorInvalidValue,
             hipStreamWaitValue32(nullptr, word, 0, 17, ~0u));
  EXPECT_HIP(hipErrorInvalidValue,
             hipStreamWriteValue32(nullptr, nullptr, 0, 0));
  CHECK(hipEventDestroy(event));
  EXPECT_HIP(hipErrorInvalidHandle, hipEventDestroy(event));
  EXPECT_HIP(hipErrorInvalidHandle, hipEventQuery(event));
  EXPECT_HIP(hipErrorInvalidHandle, hipEventSynchronize(nullptr));
}

static void checkPointers() {
  char *memory, local;
  CHECK(hipMalloc(&memory, 64));
  CHECK(hipFree(nullptr));
  CHECK(hipHostFree(nullptr));
  EXPECT_HIP(hipErrorInvalidValue, hipFree(memory + 1));
  EXPECT_HIP(hipErrorInvalidValue, hipHostFree(memory));
  EXPECT_HIP(hipErrorInvalidValue, hipFreeAsync(memory + 1, nullptr));
  CHECK(hipFree(memory));
  EXPECT_HIP(hipErrorInvalidValue, hipFree(memory));
  EXPECT_HIP(hipErrorInvalidValue, hipMemset(memory, 0, 1));
  EXPECT_HIP(hipErrorInvalidValue, hipMemset(nullptr, 0, 1));
  hipPointerAttribute_t attributes;
  EXPECT_HIP(hipErrorInvalidValue,
             hipPointerGetAttributes(&attributes, &local));
  EXPECT_HIP(hipErrorInvalidValue, hipPointerGetAttributes(nullptr, memory));
  EXPECT_HIP(hipErrorHostMemoryNotRegistered, hipHostUnregister(&local));
  void *device;
  EXPECT_HIP(hipErrorInvalidValue, hipHostGetDevicePointer(&device, &local, 0));
  EXPECT_HIP(hipErrorInvalidSymbol, hipGetSymbolAddress(&device, &local));
  EXPECT_HIP(hipErrorInvalidSymbol,
             hipMemcpyToSymbol(&local, memory, 1, 0, hipMemcpyHostToDevice));
}

int main(int argc, char **argv) {
  checkGraphs();
  checkModules(argv[1]);
  checkStreamsAndEvents();
  checkPointers();
  puts("done");
  // CHECK: done
}
