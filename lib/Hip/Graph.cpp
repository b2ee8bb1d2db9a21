//===- Graph.cpp - graphs: edges, instantiation and launch ----------------===//
//
// A launch is one operation of its stream that runs the nodes one after the
// other, in an order that respects the edges.
//
//===----------------------------------------------------------------------===//

#include "Hip/Graph.h"
#include "Hip/Abi.h"
#include <algorithm>

using namespace moesaic;
using namespace moesaic::hip;

hipGraphNode_t ihipGraph::add(Command command,
                              const std::vector<hipGraphNode_t> &after) {
  auto node = std::make_unique<hipGraphNode>();
  node->command = std::make_shared<const Command>(std::move(command));
  node->graph = this;
  node->after = after;
  nodes.push_back(std::move(node));
  return nodes.back().get();
}

std::vector<hipGraphNode_t> moesaic::hip::sorted(const ihipGraph &graph) {
  std::vector<hipGraphNode_t> order;
  std::set<hipGraphNode_t> placed;
  bool progress = true;
  while (progress && order.size() != graph.nodes.size()) {
    progress = false;
    for (const auto &node : graph.nodes) {
      bool ready =
          !placed.count(node.get()) &&
          std::all_of(node->after.begin(), node->after.end(),
                      [&](hipGraphNode_t n) { return placed.count(n) != 0; });
      if (ready) {
        placed.insert(node.get());
        order.push_back(node.get());
        progress = true;
      }
    }
  }
  return order.size() == graph.nodes.size() ? order
                                            : std::vector<hipGraphNode_t>();
}

//===----------------------------------------------------------------------===//
// Graphs and edges
//===----------------------------------------------------------------------===//

hipError_t hipGraphCreate(hipGraph_t *graph, unsigned flags) {
  if (!graph || flags != 0) {
    return finish(hipErrorInvalidValue);
  }
  *graph = new ihipGraph();
  return finish(hipSuccess);
}

hipError_t hipGraphDestroy(hipGraph_t graph) {
  if (!isAlive(graph)) {
    return finish(hipErrorInvalidValue);
  }
  delete graph;
  return finish(hipSuccess);
}

hipError_t hipGraphAddDependencies(hipGraph_t graph, const hipGraphNode_t *from,
                                   const hipGraphNode_t *to, size_t count) {
  if (!isAlive(graph) || (count != 0 && (!from || !to))) {
    return finish(hipErrorInvalidValue);
  }
  for (size_t n = 0; n < count; ++n) {
    if (!isAlive(from[n]) || !isAlive(to[n]) || from[n] == to[n] ||
        from[n]->graph != graph || to[n]->graph != graph) {
      return finish(hipErrorInvalidValue);
    }
    std::vector<hipGraphNode_t> &after = to[n]->after;
    if (std::find(after.begin(), after.end(), from[n]) != after.end()) {
      return finish(hipErrorInvalidValue);
    }
    after.push_back(from[n]);
  }
  return finish(hipSuccess);
}

hipError_t hipGraphRemoveDependencies(hipGraph_t graph,
                                      const hipGraphNode_t *from,
                                      const hipGraphNode_t *to, size_t count) {
  if (!isAlive(graph) || (count != 0 && (!from || !to))) {
    return finish(hipErrorInvalidValue);
  }
  for (size_t n = 0; n < count; ++n) {
    if (!isAlive(to[n])) {
      return finish(hipErrorInvalidValue);
    }
    std::vector<hipGraphNode_t> &after = to[n]->after;
    auto it = std::find(after.begin(), after.end(), from[n]);
    if (it == after.end()) {
      return finish(hipErrorInvalidValue);
    }
    after.erase(it);
  }
  return finish(hipSuccess);
}

/// Answers with up to `count` nodes; with no array, with their number.
static hipError_t answer(const std::vector<hipGraphNode_t> &found,
                         hipGraphNode_t *nodes, size_t *count) {
  if (!count) {
    return hipErrorInvalidValue;
  }
  if (nodes) {
    size_t most = std::min(*count, found.size());
    std::copy_n(found.begin(), most, nodes);
    std::fill(nodes + most, nodes + *count, nullptr);
  }
  *count = found.size();
  return hipSuccess;
}

hipError_t hipGraphGetEdges(hipGraph_t graph, hipGraphNode_t *from,
                            hipGraphNode_t *to, size_t *count) {
  if (!isAlive(graph) || !count || (!from != !to)) {
    return finish(hipErrorInvalidValue);
  }
  size_t edges = 0;
  for (const auto &node : graph->nodes) {
    for (hipGraphNode_t before : node->after) {
      if (from && edges < *count) {
        from[edges] = before;
        to[edges] = node.get();
      }
      ++edges;
    }
  }
  *count = edges;
  return finish(hipSuccess);
}

hipError_t hipGraphGetNodes(hipGraph_t graph, hipGraphNode_t *nodes,
                            size_t *count) {
  if (!isAlive(graph)) {
    return finish(hipErrorInvalidValue);
  }
  std::vector<hipGraphNode_t> found;
  for (const auto &node : graph->nodes) {
    found.push_back(node.get());
  }
  return finish(answer(found, nodes, count));
}

hipError_t hipGraphGetRootNodes(hipGraph_t graph, hipGraphNode_t *nodes,
                                size_t *count) {
  if (!isAlive(graph)) {
    return finish(hipErrorInvalidValue);
  }
  std::vector<hipGraphNode_t> found;
  for (const auto &node : graph->nodes) {
    if (node->after.empty()) {
      found.push_back(node.get());
    }
  }
  return finish(answer(found, nodes, count));
}

hipError_t hipGraphNodeGetDependencies(hipGraphNode_t node,
                                       hipGraphNode_t *nodes, size_t *count) {
  return finish(isAlive(node) ? answer(node->after, nodes, count)
                              : hipErrorInvalidValue);
}

hipError_t hipGraphNodeGetDependentNodes(hipGraphNode_t node,
                                         hipGraphNode_t *nodes, size_t *count) {
  if (!isAlive(node)) {
    return finish(hipErrorInvalidValue);
  }
  std::vector<hipGraphNode_t> found;
  for (const auto &other : node->graph->nodes) {
    if (std::find(other->after.begin(), other->after.end(), node) !=
        other->after.end()) {
      found.push_back(other.get());
    }
  }
  return finish(answer(found, nodes, count));
}

hipError_t hipGraphNodeGetType(hipGraphNode_t node, hipGraphNodeType *type) {
  if (!isAlive(node) || !type) {
    return finish(hipErrorInvalidValue);
  }
  *type = hipGraphNodeType(nodeTypeForProgram(node->command->type));
  return finish(hipSuccess);
}

hipError_t hipGraphDestroyNode(hipGraphNode_t node) {
  if (!isAlive(node)) {
    return finish(hipErrorInvalidValue);
  }
  auto &nodes = node->graph->nodes;
  for (auto &other : nodes) {
    auto &after = other->after;
    after.erase(std::remove(after.begin(), after.end(), node), after.end());
  }
  nodes.erase(std::find_if(nodes.begin(), nodes.end(),
                           [&](auto &other) { return other.get() == node; }));
  return finish(hipSuccess);
}

hipError_t hipGraphClone(hipGraph_t *result, hipGraph_t graph) {
  if (!result || !isAlive(graph)) {
    return finish(hipErrorInvalidValue);
  }
  auto *clone = new ihipGraph();
  std::map<hipGraphNode_t, hipGraphNode_t> copies;
  for (const auto &node : graph->nodes) {
    hipGraphNode_t copy = clone->add(*node->command, {});
    copy->command = node->command;
    copy->original = node.get();
    copies[node.get()] = copy;
  }
  for (const auto &node : graph->nodes) {
    for (hipGraphNode_t before : node->after) {
      copies[node.get()]->after.push_back(copies[before]);
    }
  }
  *result = clone;
  return finish(hipSuccess);
}

hipError_t hipGraphNodeFindInClone(hipGraphNode_t *result,
                                   hipGraphNode_t original, hipGraph_t clone) {
  if (!result || !isAlive(original) || !isAlive(clone)) {
    return finish(hipErrorInvalidValue);
  }
  for (const auto &node : clone->nodes) {
    if (node->original == original) {
      *result = node.get();
      return finish(hipSuccess);
    }
  }
  return finish(hipErrorInvalidValue);
}

//===----------------------------------------------------------------------===//
// Instantiation and launch
//===----------------------------------------------------------------------===//

hipError_t hipGraphInstantiate(hipGraphExec_t *result, hipGraph_t graph,
                               hipGraphNode_t *errorNode, char *log,
                               size_t logBytes) {
  if (!result || !isAlive(graph)) {
    return finish(hipErrorInvalidValue);
  }
  if (log && logBytes != 0) {
    *log = 0;
  }
  std::vector<hipGraphNode_t> order = sorted(*graph);
  if (order.size() != graph->nodes.size()) {
    return finish(hipErrorInvalidValue); // a circle
  }
  auto *exec = new hipGraphExec();
  for (hipGraphNode_t node : order) {
    exec->steps.push_back({node, node->command});
  }
  *result = exec;
  return finish(hipSuccess);
}

hipError_t hipGraphInstantiateWithFlags(hipGraphExec_t *result,
                                        hipGraph_t graph, unsigned long long) {
  return hipGraphInstantiate(result, graph, nullptr, nullptr, 0);
}

hipError_t hipGraphExecDestroy(hipGraphExec_t exec) {
  if (!isAlive(exec)) {
    return finish(hipErrorInvalidValue);
  }
  delete exec;
  return finish(hipSuccess);
}

namespace {
/// A command of one launch; those of events have what the event stood for then.
struct LaunchStep {
  std::shared_ptr<const Command> command;
  TicketRef ticket; ///< To be done, or to wait for.
  std::shared_ptr<SharedEvent> shared;
  uint64_t record = 0;
};
} // namespace

static void flatten(const std::shared_ptr<const Command> &command,
                    std::vector<LaunchStep> &steps) {
  if (command->type != hipGraphNodeTypeGraph) {
    steps.push_back({command, nullptr, nullptr, 0});
  }
  for (const auto &step : command->steps) {
    flatten(step, steps);
  }
}

/// Records the events of a graph that is being launched, which waits of the
/// same graph see if they come later. The caller holds the lock.
static hipError_t bindEvents(std::vector<LaunchStep> &steps,
                             DeviceState *device,
                             std::vector<TicketRef> &marks) {
  for (LaunchStep &step : steps) {
    bool records = step.command->type == hipGraphNodeTypeEventRecord;
    if (!records && step.command->type != hipGraphNodeTypeWaitEvent) {
      continue;
    }
    hipEvent_t event = step.command->event;
    if (!Runtime::get().events.count(event)) {
      return hipErrorInvalidHandle;
    }
    step.shared = event->shared;
    if (step.shared) {
      step.record =
          records ? ++step.shared->recorded : step.shared->recorded.load();
    } else if (records) {
      step.ticket = event->ticket = std::make_shared<Ticket>();
      event->device = device;
      marks.push_back(step.ticket);
    } else {
      step.ticket = event->ticket;
    }
  }
  return hipSuccess;
}

static hipError_t runStep(const LaunchStep &step) {
  const Command &command = *step.command;
  if (command.type == hipGraphNodeTypeEventRecord) {
    if (step.shared) {
      step.shared->finish(step.record);
      return hipSuccess;
    }
    std::lock_guard<std::mutex> lock(Runtime::get().mutex);
    complete(*step.ticket, hipSuccess);
    return hipSuccess;
  }
  if (command.type == hipGraphNodeTypeWaitEvent) {
    if (step.shared) {
      step.shared->waitFor(step.record);
    } else if (step.ticket) {
      std::unique_lock<std::mutex> lock(Runtime::get().mutex);
      waitFor(lock, step.ticket);
    }
    return hipSuccess;
  }
  return command.run ? command.run() : hipSuccess;
}

hipError_t hipGraphLaunch(hipGraphExec_t exec, hipStream_t handle) {
  hipStream_t stream = resolve(handle);
  if (!isAlive(exec)) {
    return finish(hipErrorInvalidValue);
  }
  if (!stream) {
    return finish(hipErrorInvalidHandle);
  }
  // Later changes of the executable graph do not reach this launch.
  Command command;
  command.type = hipGraphNodeTypeGraph;
  command.device = stream->device;
  std::vector<LaunchStep> steps;
  for (const hipGraphExec::Step &step : exec->steps) {
    command.steps.push_back(step.command);
    flatten(step.command, steps);
  }
  {
    std::lock_guard<std::mutex> lock(Runtime::get().mutex);
    if (stream->capture) {
      return finish(captureCommand(stream, std::move(command)));
    }
    if (hipError_t error = bindEvents(steps, stream->device, command.marks)) {
      return finish(error);
    }
  }
  std::vector<TicketRef> marks = command.marks;
  command.run = [steps = std::move(steps)] {
    for (const LaunchStep &step : steps) {
      if (hipError_t error = runStep(step)) {
        return error;
      }
    }
    return hipSuccess;
  };
  hipError_t error = submit(stream, std::move(command));
  if (error != hipSuccess) {
    std::lock_guard<std::mutex> lock(Runtime::get().mutex);
    for (const TicketRef &mark : marks) {
      complete(*mark, error);
    }
  }
  return finish(error);
}

hipError_t hipGraphExecUpdate(hipGraphExec_t exec, hipGraph_t graph,
                              hipGraphNode_t *errorNode,
                              hipGraphExecUpdateResult *result) {
  if (!isAlive(exec) || !isAlive(graph) || !result) {
    return finish(hipErrorInvalidValue);
  }
  std::vector<hipGraphNode_t> order = sorted(*graph);
  *result = hipGraphExecUpdateSuccess;
  if (order.size() != exec->steps.size()) {
    *result = hipGraphExecUpdateErrorTopologyChanged;
    return finish(hipErrorGraphExecUpdateFailure);
  }
  for (size_t n = 0; n < order.size(); ++n) {
    if (order[n]->command->type != exec->steps[n].command->type) {
      *result = hipGraphExecUpdateErrorNodeTypeChanged;
      if (errorNode) {
        *errorNode = order[n];
      }
      return finish(hipErrorGraphExecUpdateFailure);
    }
  }
  for (size_t n = 0; n < order.size(); ++n) {
    exec->steps[n].command = order[n]->command;
  }
  return finish(hipSuccess);
}
