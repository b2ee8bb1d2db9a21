//===- Capture.cpp - turning stream work into a graph ---------------------===//

#include "Hip/Graph.h"

using namespace moesaic;
using namespace moesaic::hip;

hipError_t moesaic::hip::captureCommand(hipStream_t stream, Command command) {
  Capture &capture = *stream->capture;
  if (capture.invalid) {
    return hipErrorStreamCaptureInvalidated;
  }
  stream->tail = {capture.graph->add(std::move(command), stream->tail)};
  return hipSuccess;
}

hipError_t moesaic::hip::captureEventRecord(hipStream_t stream,
                                            hipEvent_t event) {
  event->capture = stream->capture;
  event->nodes = stream->tail;
  return hipSuccess;
}

hipError_t moesaic::hip::captureEventWait(hipStream_t stream,
                                          hipEvent_t event) {
  if (!event->capture) {
    // Work from before the capture may not become part of it.
    stream->capture->invalid = true;
    return hipErrorStreamCaptureIsolation;
  }
  if (stream->capture && stream->capture != event->capture) {
    stream->capture->invalid = event->capture->invalid = true;
    return hipErrorStreamCaptureMerge;
  }
  stream->capture = event->capture; // a fork joins the capture
  for (hipGraphNode_t node : event->nodes) {
    if (std::find(stream->tail.begin(), stream->tail.end(), node) ==
        stream->tail.end()) {
      stream->tail.push_back(node);
    }
  }
  return hipSuccess;
}

hipError_t hipStreamBeginCapture(hipStream_t handle,
                                 hipStreamCaptureMode mode) {
  hipStream_t stream = resolve(handle);
  if (!stream) {
    return finish(hipErrorInvalidHandle);
  }
  if (mode < hipStreamCaptureModeGlobal || mode > hipStreamCaptureModeRelaxed) {
    return finish(hipErrorInvalidValue);
  }
  std::lock_guard<std::mutex> lock(Runtime::get().mutex);
  if (stream == stream->device->nullStream) {
    return finish(hipErrorStreamCaptureUnsupported);
  }
  if (stream->capture) {
    return finish(hipErrorIllegalState);
  }
  static unsigned long long captures = 0;
  auto capture = std::make_shared<Capture>();
  capture->origin = stream;
  capture->mode = mode;
  capture->thread = std::this_thread::get_id();
  capture->id = ++captures;
  stream->capture = std::move(capture);
  stream->tail.clear();
  return finish(hipSuccess);
}

/// Whether every node leads to the origin's latest nodes.
static bool isJoined(const Capture &capture) {
  std::set<hipGraphNode_t> reached;
  std::vector<hipGraphNode_t> next = capture.origin->tail;
  while (!next.empty()) {
    hipGraphNode_t node = next.back();
    next.pop_back();
    if (reached.insert(node).second) {
      next.insert(next.end(), node->after.begin(), node->after.end());
    }
  }
  return reached.size() == capture.graph->nodes.size();
}

hipError_t hipStreamEndCapture(hipStream_t handle, hipGraph_t *graph) {
  hipStream_t stream = resolve(handle);
  if (!stream) {
    return finish(hipErrorInvalidHandle);
  }
  if (!graph) {
    return finish(hipErrorInvalidValue);
  }
  Runtime &runtime = Runtime::get();
  std::lock_guard<std::mutex> lock(runtime.mutex);
  std::shared_ptr<Capture> capture = stream->capture;
  if (!capture) {
    return finish(hipErrorIllegalState);
  }
  if (capture->origin != stream) {
    return finish(hipErrorStreamCaptureUnmatched);
  }
  if (capture->mode != hipStreamCaptureModeRelaxed &&
      capture->thread != std::this_thread::get_id()) {
    return finish(hipErrorStreamCaptureWrongThread);
  }
  bool joined = isJoined(*capture);
  for (const auto &device : runtime.devices) {
    for (hipStream_t member : device->streams) {
      if (member->capture == capture) {
        member->capture = nullptr;
        member->tail.clear();
      }
    }
  }
  for (hipEvent_t event : runtime.events) {
    if (event->capture == capture) {
      event->capture = nullptr;
      event->nodes.clear();
    }
  }
  *graph = nullptr;
  if (capture->invalid) {
    return finish(hipErrorStreamCaptureInvalidated);
  }
  if (!joined) {
    return finish(hipErrorStreamCaptureUnjoined);
  }
  *graph = capture->graph.release();
  return finish(hipSuccess);
}

hipError_t hipStreamGetCaptureInfo_v2(hipStream_t handle,
                                      hipStreamCaptureStatus *status,
                                      unsigned long long *id, hipGraph_t *graph,
                                      const hipGraphNode_t **nodes,
                                      size_t *count) {
  hipStream_t stream = resolve(handle);
  if (!stream) {
    return finish(hipErrorInvalidHandle);
  }
  if (!status) {
    return finish(hipErrorInvalidValue);
  }
  std::lock_guard<std::mutex> lock(Runtime::get().mutex);
  Capture *capture = stream->capture.get();
  *status = !capture           ? hipStreamCaptureStatusNone
            : capture->invalid ? hipStreamCaptureStatusInvalidated
                               : hipStreamCaptureStatusActive;
  if (!capture) {
    return finish(hipSuccess);
  }
  if (id) {
    *id = capture->id;
  }
  if (graph) {
    *graph = capture->graph.get();
  }
  if (nodes) {
    *nodes = stream->tail.data();
  }
  if (count) {
    *count = stream->tail.size();
  }
  return finish(hipSuccess);
}

hipError_t hipStreamGetCaptureInfo(hipStream_t stream,
                                   hipStreamCaptureStatus *status,
                                   unsigned long long *id) {
  return hipStreamGetCaptureInfo_v2(stream, status, id, nullptr, nullptr,
                                    nullptr);
}

hipError_t hipStreamIsCapturing(hipStream_t stream,
                                hipStreamCaptureStatus *status) {
  return hipStreamGetCaptureInfo_v2(stream, status, nullptr, nullptr, nullptr,
                                    nullptr);
}

hipError_t hipStreamUpdateCaptureDependencies(hipStream_t handle,
                                              hipGraphNode_t *nodes,
                                              size_t count, unsigned flags) {
  hipStream_t stream = resolve(handle);
  if (!stream) {
    return finish(hipErrorInvalidHandle);
  }
  std::lock_guard<std::mutex> lock(Runtime::get().mutex);
  if (!stream->capture) {
    return finish(hipErrorIllegalState);
  }
  if ((count != 0 && !nodes) || flags > hipStreamSetCaptureDependencies) {
    return finish(hipErrorInvalidValue);
  }
  if (flags == hipStreamSetCaptureDependencies) {
    stream->tail.clear();
  }
  stream->tail.insert(stream->tail.end(), nodes, nodes + count);
  return finish(hipSuccess);
}

/// Calls that a mode would forbid are checked wherever they do harm, so the
/// mode of a thread changes nothing more.
hipError_t hipThreadExchangeStreamCaptureMode(hipStreamCaptureMode *mode) {
  static thread_local hipStreamCaptureMode mine = hipStreamCaptureModeGlobal;
  if (!mode || *mode < hipStreamCaptureModeGlobal ||
      *mode > hipStreamCaptureModeRelaxed) {
    return finish(hipErrorInvalidValue);
  }
  std::swap(mine, *mode);
  return finish(hipSuccess);
}
