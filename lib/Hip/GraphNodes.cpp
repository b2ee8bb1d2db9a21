//===- GraphNodes.cpp - the kinds of graph nodes --------------------------===//

#include "Hip/Graph.h"
#include <algorithm>

using namespace moesaic;
using namespace moesaic::hip;

/// Adds a node whose command is ready.
static hipError_t add(hipGraphNode_t *result, hipGraph_t graph,
                      const hipGraphNode_t *after, size_t count,
                      Command command) {
  if (!result || !isAlive(graph) || (count != 0 && !after)) {
    return hipErrorInvalidValue;
  }
  for (size_t n = 0; n < count; ++n) {
    if (!isAlive(after[n]) || after[n]->graph != graph) {
      return hipErrorInvalidValue;
    }
  }
  *result = graph->add(std::move(command), {after, after + count});
  return hipSuccess;
}

/// Replaces a node's command by one of the same type.
static hipError_t set(hipGraphNode_t node, Command command) {
  if (node->command->type != command.type) {
    return hipErrorInvalidValue;
  }
  node->command = std::make_shared<const Command>(std::move(command));
  return hipSuccess;
}

/// The same in an executable graph.
static hipError_t set(hipGraphExec_t exec, hipGraphNode_t node,
                      Command command) {
  for (hipGraphExec::Step &step : exec->steps) {
    if (step.node == node && step.command->type == command.type) {
      step.command = std::make_shared<const Command>(std::move(command));
      return hipSuccess;
    }
  }
  return hipErrorInvalidValue;
}

/// Makes a command with `make` and hands it to `use`.
template <typename Make, typename Use>
static hipError_t with(Make make, Use use) {
  Command command;
  command.device = currentDevice();
  if (hipError_t error = make(command)) {
    return finish(error);
  }
  return finish(use(std::move(command)));
}

/// Runs `get` on the command of a node of the given type.
template <typename Get>
static hipError_t get(hipGraphNode_t node, hipGraphNodeType type,
                      const void *result, Get get) {
  if (!isAlive(node) || !result || node->command->type != type) {
    return finish(hipErrorInvalidValue);
  }
  get(*node->command);
  return finish(hipSuccess);
}

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

static auto kernelMaker(const hipKernelNodeParams *parameters) {
  return [=](Command &command) {
    return parameters ? makeKernelNode(*parameters, command)
                      : hipErrorInvalidValue;
  };
}

hipError_t hipGraphAddKernelNode(hipGraphNode_t *result, hipGraph_t graph,
                                 const hipGraphNode_t *after, size_t count,
                                 const hipKernelNodeParams *parameters) {
  return with(kernelMaker(parameters), [&](Command command) {
    return add(result, graph, after, count, std::move(command));
  });
}

hipError_t hipGraphKernelNodeGetParams(hipGraphNode_t node,
                                       hipKernelNodeParams *parameters) {
  return get(node, hipGraphNodeTypeKernel, parameters,
             [&](const Command &command) {
               *parameters = command.kernel;
               parameters->kernelParams =
                   const_cast<void **>(command.kernelParams.data());
             });
}

hipError_t hipGraphKernelNodeSetParams(hipGraphNode_t node,
                                       const hipKernelNodeParams *parameters) {
  if (!isAlive(node)) {
    return finish(hipErrorInvalidValue);
  }
  return with(kernelMaker(parameters),
              [&](Command command) { return set(node, std::move(command)); });
}

hipError_t
hipGraphExecKernelNodeSetParams(hipGraphExec_t exec, hipGraphNode_t node,
                                const hipKernelNodeParams *parameters) {
  if (!isAlive(exec)) {
    return finish(hipErrorInvalidValue);
  }
  return with(kernelMaker(parameters), [&](Command command) {
    return set(exec, node, std::move(command));
  });
}

//===----------------------------------------------------------------------===//
// Copies and fills
//===----------------------------------------------------------------------===//

static auto copyMaker(const hipMemcpy3DParms *parameters) {
  return [=](Command &command) {
    return parameters ? makeCopy(*parameters, command) : hipErrorInvalidValue;
  };
}

static auto copyMaker1D(void *to, const void *from, size_t bytes,
                        hipMemcpyKind kind) {
  return [=](Command &command) {
    return makeCopy(linearCopy(to, from, bytes, kind), command);
  };
}

hipError_t hipGraphAddMemcpyNode(hipGraphNode_t *result, hipGraph_t graph,
                                 const hipGraphNode_t *after, size_t count,
                                 const hipMemcpy3DParms *parameters) {
  return with(copyMaker(parameters), [&](Command command) {
    return add(result, graph, after, count, std::move(command));
  });
}

hipError_t hipGraphAddMemcpyNode1D(hipGraphNode_t *result, hipGraph_t graph,
                                   const hipGraphNode_t *after, size_t count,
                                   void *to, const void *from, size_t bytes,
                                   hipMemcpyKind kind) {
  return with(copyMaker1D(to, from, bytes, kind), [&](Command command) {
    return add(result, graph, after, count, std::move(command));
  });
}

hipError_t hipGraphMemcpyNodeGetParams(hipGraphNode_t node,
                                       hipMemcpy3DParms *parameters) {
  return get(node, hipGraphNodeTypeMemcpy, parameters,
             [&](const Command &command) { *parameters = command.copy; });
}

hipError_t hipGraphMemcpyNodeSetParams(hipGraphNode_t node,
                                       const hipMemcpy3DParms *parameters) {
  if (!isAlive(node)) {
    return finish(hipErrorInvalidValue);
  }
  return with(copyMaker(parameters),
              [&](Command command) { return set(node, std::move(command)); });
}

hipError_t hipGraphMemcpyNodeSetParams1D(hipGraphNode_t node, void *to,
                                         const void *from, size_t bytes,
                                         hipMemcpyKind kind) {
  if (!isAlive(node)) {
    return finish(hipErrorInvalidValue);
  }
  return with(copyMaker1D(to, from, bytes, kind),
              [&](Command command) { return set(node, std::move(command)); });
}

hipError_t hipGraphExecMemcpyNodeSetParams(hipGraphExec_t exec,
                                           hipGraphNode_t node,
                                           hipMemcpy3DParms *parameters) {
  if (!isAlive(exec)) {
    return finish(hipErrorInvalidValue);
  }
  return with(copyMaker(parameters), [&](Command command) {
    return set(exec, node, std::move(command));
  });
}

hipError_t hipGraphExecMemcpyNodeSetParams1D(hipGraphExec_t exec,
                                             hipGraphNode_t node, void *to,
                                             const void *from, size_t bytes,
                                             hipMemcpyKind kind) {
  if (!isAlive(exec)) {
    return finish(hipErrorInvalidValue);
  }
  return with(copyMaker1D(to, from, bytes, kind), [&](Command command) {
    return set(exec, node, std::move(command));
  });
}

static auto fillMaker(const hipMemsetParams *parameters) {
  return [=](Command &command) {
    return parameters ? makeMemset(*parameters, command) : hipErrorInvalidValue;
  };
}

hipError_t hipGraphAddMemsetNode(hipGraphNode_t *result, hipGraph_t graph,
                                 const hipGraphNode_t *after, size_t count,
                                 const hipMemsetParams *parameters) {
  return with(fillMaker(parameters), [&](Command command) {
    return add(result, graph, after, count, std::move(command));
  });
}

hipError_t hipGraphMemsetNodeGetParams(hipGraphNode_t node,
                                       hipMemsetParams *parameters) {
  return get(node, hipGraphNodeTypeMemset, parameters,
             [&](const Command &command) { *parameters = command.memset; });
}

hipError_t hipGraphMemsetNodeSetParams(hipGraphNode_t node,
                                       const hipMemsetParams *parameters) {
  if (!isAlive(node)) {
    return finish(hipErrorInvalidValue);
  }
  return with(fillMaker(parameters),
              [&](Command command) { return set(node, std::move(command)); });
}

hipError_t hipGraphExecMemsetNodeSetParams(hipGraphExec_t exec,
                                           hipGraphNode_t node,
                                           const hipMemsetParams *parameters) {
  if (!isAlive(exec)) {
    return finish(hipErrorInvalidValue);
  }
  return with(fillMaker(parameters), [&](Command command) {
    return set(exec, node, std::move(command));
  });
}

//===----------------------------------------------------------------------===//
// Host functions, child graphs and empty nodes
//===----------------------------------------------------------------------===//

static auto hostMaker(const hipHostNodeParams *parameters) {
  return [=](Command &command) {
    if (!parameters || !parameters->fn) {
      return hipErrorInvalidValue;
    }
    command.type = hipGraphNodeTypeHost;
    command.host = *parameters;
    command.run = [host = *parameters] {
      host.fn(host.userData);
      return hipSuccess;
    };
    return hipSuccess;
  };
}

hipError_t hipGraphAddHostNode(hipGraphNode_t *result, hipGraph_t graph,
                               const hipGraphNode_t *after, size_t count,
                               const hipHostNodeParams *parameters) {
  return with(hostMaker(parameters), [&](Command command) {
    return add(result, graph, after, count, std::move(command));
  });
}

hipError_t hipGraphHostNodeGetParams(hipGraphNode_t node,
                                     hipHostNodeParams *parameters) {
  return get(node, hipGraphNodeTypeHost, parameters,
             [&](const Command &command) { *parameters = command.host; });
}

hipError_t hipGraphHostNodeSetParams(hipGraphNode_t node,
                                     const hipHostNodeParams *parameters) {
  if (!isAlive(node)) {
    return finish(hipErrorInvalidValue);
  }
  return with(hostMaker(parameters),
              [&](Command command) { return set(node, std::move(command)); });
}

hipError_t hipGraphExecHostNodeSetParams(hipGraphExec_t exec,
                                         hipGraphNode_t node,
                                         const hipHostNodeParams *parameters) {
  if (!isAlive(exec)) {
    return finish(hipErrorInvalidValue);
  }
  return with(hostMaker(parameters), [&](Command command) {
    return set(exec, node, std::move(command));
  });
}

/// A child is copied when it is added.
static auto childMaker(hipGraph_t child, hipGraph_t parent) {
  return [=](Command &command) {
    if (!isAlive(child) || child == parent) {
      return hipErrorInvalidValue;
    }
    for (hipGraphNode_t node : sorted(*child)) {
      command.steps.push_back(node->command);
    }
    if (command.steps.size() != child->nodes.size()) {
      return hipErrorInvalidValue;
    }
    command.type = hipGraphNodeTypeGraph;
    command.child = child;
    return hipSuccess;
  };
}

hipError_t hipGraphAddChildGraphNode(hipGraphNode_t *result, hipGraph_t graph,
                                     const hipGraphNode_t *after, size_t count,
                                     hipGraph_t child) {
  return with(childMaker(child, graph), [&](Command command) {
    return add(result, graph, after, count, std::move(command));
  });
}

/// The new child must have the nodes of the old one.
hipError_t hipGraphExecChildGraphNodeSetParams(hipGraphExec_t exec,
                                               hipGraphNode_t node,
                                               hipGraph_t child) {
  if (!isAlive(exec) || !isAlive(node)) {
    return finish(hipErrorInvalidValue);
  }
  return with(childMaker(child, node->graph), [&](Command command) {
    const auto &old = node->command->steps;
    bool same = std::equal(
        old.begin(), old.end(), command.steps.begin(), command.steps.end(),
        [](const auto &a, const auto &b) { return a->type == b->type; });
    return same ? set(exec, node, std::move(command)) : hipErrorInvalidValue;
  });
}

hipError_t hipGraphChildGraphNodeGetGraph(hipGraphNode_t node,
                                          hipGraph_t *child) {
  return get(node, hipGraphNodeTypeGraph, child,
             [&](const Command &command) { *child = command.child; });
}

hipError_t hipGraphAddEmptyNode(hipGraphNode_t *result, hipGraph_t graph,
                                const hipGraphNode_t *after, size_t count) {
  return finish(add(result, graph, after, count, Command()));
}

//===----------------------------------------------------------------------===//
// Events
//===----------------------------------------------------------------------===//

static auto eventMaker(hipGraphNodeType type, hipEvent_t event) {
  return [=](Command &command) {
    std::lock_guard<std::mutex> lock(Runtime::get().mutex);
    if (!Runtime::get().events.count(event)) {
      return hipErrorInvalidValue;
    }
    command.type = type;
    command.event = event;
    return hipSuccess;
  };
}

static hipError_t addEvent(hipGraphNode_t *result, hipGraph_t graph,
                           const hipGraphNode_t *after, size_t count,
                           hipGraphNodeType type, hipEvent_t event) {
  return with(eventMaker(type, event), [&](Command command) {
    return add(result, graph, after, count, std::move(command));
  });
}

static hipError_t setEvent(hipGraphNode_t node, hipGraphNodeType type,
                           hipEvent_t event) {
  if (!isAlive(node)) {
    return finish(hipErrorInvalidValue);
  }
  return with(eventMaker(type, event),
              [&](Command command) { return set(node, std::move(command)); });
}

static hipError_t setEvent(hipGraphExec_t exec, hipGraphNode_t node,
                           hipGraphNodeType type, hipEvent_t event) {
  if (!isAlive(exec)) {
    return finish(hipErrorInvalidValue);
  }
  return with(eventMaker(type, event), [&](Command command) {
    return set(exec, node, std::move(command));
  });
}

hipError_t hipGraphAddEventRecordNode(hipGraphNode_t *result, hipGraph_t graph,
                                      const hipGraphNode_t *after, size_t count,
                                      hipEvent_t event) {
  return addEvent(result, graph, after, count, hipGraphNodeTypeEventRecord,
                  event);
}

hipError_t hipGraphAddEventWaitNode(hipGraphNode_t *result, hipGraph_t graph,
                                    const hipGraphNode_t *after, size_t count,
                                    hipEvent_t event) {
  return addEvent(result, graph, after, count, hipGraphNodeTypeWaitEvent,
                  event);
}

hipError_t hipGraphEventRecordNodeGetEvent(hipGraphNode_t node,
                                           hipEvent_t *event) {
  return get(node, hipGraphNodeTypeEventRecord, event,
             [&](const Command &command) { *event = command.event; });
}

hipError_t hipGraphEventWaitNodeGetEvent(hipGraphNode_t node,
                                         hipEvent_t *event) {
  return get(node, hipGraphNodeTypeWaitEvent, event,
             [&](const Command &command) { *event = command.event; });
}

hipError_t hipGraphEventRecordNodeSetEvent(hipGraphNode_t node,
                                           hipEvent_t event) {
  return setEvent(node, hipGraphNodeTypeEventRecord, event);
}

hipError_t hipGraphEventWaitNodeSetEvent(hipGraphNode_t node,
                                         hipEvent_t event) {
  return setEvent(node, hipGraphNodeTypeWaitEvent, event);
}

hipError_t hipGraphExecEventRecordNodeSetEvent(hipGraphExec_t exec,
                                               hipGraphNode_t node,
                                               hipEvent_t event) {
  return setEvent(exec, node, hipGraphNodeTypeEventRecord, event);
}

hipError_t hipGraphExecEventWaitNodeSetEvent(hipGraphExec_t exec,
                                             hipGraphNode_t node,
                                             hipEvent_t event) {
  return setEvent(exec, node, hipGraphNodeTypeWaitEvent, event);
}

//===----------------------------------------------------------------------===//
// Copies to and from variables of the program
//===----------------------------------------------------------------------===//

static auto symbolMaker(const void *symbol, void *other, size_t bytes,
                        size_t offset, hipMemcpyKind kind, bool toSymbol) {
  return [=](Command &command) {
    hipMemcpy3DParms copy;
    hipError_t error =
        symbolCopy(symbol, other, bytes, offset, kind, toSymbol, copy);
    return error ? error : makeCopy(copy, command);
  };
}

hipError_t hipGraphAddMemcpyNodeToSymbol(hipGraphNode_t *result,
                                         hipGraph_t graph,
                                         const hipGraphNode_t *after,
                                         size_t count, const void *symbol,
                                         const void *from, size_t bytes,
                                         size_t offset, hipMemcpyKind kind) {
  return with(
      symbolMaker(symbol, const_cast<void *>(from), bytes, offset, kind, true),
      [&](Command command) {
        return add(result, graph, after, count, std::move(command));
      });
}

hipError_t hipGraphMemcpyNodeSetParamsToSymbol(hipGraphNode_t node,
                                               const void *symbol,
                                               const void *from, size_t bytes,
                                               size_t offset,
                                               hipMemcpyKind kind) {
  if (!isAlive(node)) {
    return finish(hipErrorInvalidValue);
  }
  return with(
      symbolMaker(symbol, const_cast<void *>(from), bytes, offset, kind, true),
      [&](Command command) { return set(node, std::move(command)); });
}

hipError_t hipGraphExecMemcpyNodeSetParamsToSymbol(
    hipGraphExec_t exec, hipGraphNode_t node, const void *symbol,
    const void *from, size_t bytes, size_t offset, hipMemcpyKind kind) {
  if (!isAlive(exec)) {
    return finish(hipErrorInvalidValue);
  }
  return with(
      symbolMaker(symbol, const_cast<void *>(from), bytes, offset, kind, true),
      [&](Command command) { return set(exec, node, std::move(command)); });
}

hipError_t hipGraphAddMemcpyNodeFromSymbol(hipGraphNode_t *result,
                                           hipGraph_t graph,
                                           const hipGraphNode_t *after,
                                           size_t count, void *to,
                                           const void *symbol, size_t bytes,
                                           size_t offset, hipMemcpyKind kind) {
  return with(symbolMaker(symbol, to, bytes, offset, kind, false),
              [&](Command command) {
                return add(result, graph, after, count, std::move(command));
              });
}

hipError_t hipGraphMemcpyNodeSetParamsFromSymbol(hipGraphNode_t node, void *to,
                                                 const void *symbol,
                                                 size_t bytes, size_t offset,
                                                 hipMemcpyKind kind) {
  if (!isAlive(node)) {
    return finish(hipErrorInvalidValue);
  }
  return with(symbolMaker(symbol, to, bytes, offset, kind, false),
              [&](Command command) { return set(node, std::move(command)); });
}

hipError_t hipGraphExecMemcpyNodeSetParamsFromSymbol(
    hipGraphExec_t exec, hipGraphNode_t node, void *to, const void *symbol,
    size_t bytes, size_t offset, hipMemcpyKind kind) {
  if (!isAlive(exec)) {
    return finish(hipErrorInvalidValue);
  }
  return with(
      symbolMaker(symbol, to, bytes, offset, kind, false),
      [&](Command command) { return set(exec, node, std::move(command)); });
}
