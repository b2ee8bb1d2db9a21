//===- Graph.h - graphs, their nodes and captures ---------------*- C++ -*-===//

#ifndef MOESAIC_HIP_GRAPH_H
#define MOESAIC_HIP_GRAPH_H

#include "Hip/Runtime.h"
#include <thread>

struct ihipGraph : moesaic::hip::Handle<ihipGraph> {
  std::vector<std::unique_ptr<hipGraphNode>> nodes;

  /// Appends a node after others.
  hipGraphNode_t add(moesaic::hip::Command command,
                     const std::vector<hipGraphNode_t> &after);
};

/// Commands in an order that respects every edge.
struct hipGraphExec : moesaic::hip::Handle<hipGraphExec> {
  struct Step {
    hipGraphNode_t node; ///< For hipGraphExec*SetParams.
    std::shared_ptr<const moesaic::hip::Command> command;
  };
  std::vector<Step> steps;
};

namespace moesaic::hip {

/// One capture, which several streams may have joined.
struct Capture {
  std::unique_ptr<ihipGraph> graph = std::make_unique<ihipGraph>();
  hipStream_t origin = nullptr;
  hipStreamCaptureMode mode = hipStreamCaptureModeGlobal;
  std::thread::id thread;
  unsigned long long id = 0;
  bool invalid = false;
};

/// Nodes in an order that respects every edge, or nothing when they go round
/// in a circle.
std::vector<hipGraphNode_t> sorted(const ihipGraph &graph);

} // namespace moesaic::hip

#endif
