//===- Events.cpp - marks in streams, and the time between them -----------===//

#include "Hip/Runtime.h"

using namespace moesaic::hip;

static hipError_t create(hipEvent_t *result, unsigned flags) {
  constexpr unsigned known = hipEventBlockingSync | hipEventDisableTiming |
                             hipEventInterprocess | hipEventReleaseToDevice |
                             hipEventReleaseToSystem;
  if (!result || (flags & ~known)) {
    return hipErrorInvalidValue;
  }
  if (!currentDevice()) {
    return hipErrorNoDevice;
  }
  auto *event = new ihipEvent_t();
  event->flags = flags;
  event->device = currentDevice();
  std::lock_guard<std::mutex> lock(Runtime::get().mutex);
  Runtime::get().events.insert(event);
  *result = event;
  return hipSuccess;
}

hipError_t hipEventCreate(hipEvent_t *event) {
  return finish(create(event, hipEventDefault));
}

hipError_t hipEventCreateWithFlags(hipEvent_t *event, unsigned flags) {
  return finish(create(event, flags));
}

hipError_t hipEventDestroy(hipEvent_t event) {
  Runtime &runtime = Runtime::get();
  std::lock_guard<std::mutex> lock(runtime.mutex);
  if (!runtime.events.erase(event)) {
    return finish(hipErrorInvalidHandle);
  }
  delete event;
  return finish(hipSuccess);
}

hipError_t hipEventRecord(hipEvent_t event, hipStream_t handle) {
  hipStream_t stream = resolve(handle);
  Runtime &runtime = Runtime::get();
  {
    std::lock_guard<std::mutex> lock(runtime.mutex);
    if (!stream || !runtime.events.count(event)) {
      return finish(hipErrorInvalidHandle);
    }
    if (stream->capture) {
      return finish(captureEventRecord(stream, event));
    }
  }
  if (hipError_t error = submit(stream, Command())) {
    return finish(error);
  }
  std::lock_guard<std::mutex> lock(runtime.mutex);
  event->capture = nullptr;
  event->device = stream->device;
  event->ticket = stream->last;
  return finish(hipSuccess);
}

extern "C" __attribute__((visibility("default"))) hipError_t
hipEventRecord_spt(hipEvent_t event, hipStream_t stream);
hipError_t hipEventRecord_spt(hipEvent_t event, hipStream_t stream) {
  return hipEventRecord(event, perThread(stream));
}

/// Finds what stands in the way of asking `event`. The caller holds the lock.
static hipError_t check(hipEvent_t event) {
  if (!Runtime::get().events.count(event)) {
    return hipErrorInvalidHandle;
  }
  return event->capture ? hipErrorCapturedEvent : hipSuccess;
}

hipError_t hipEventSynchronize(hipEvent_t event) {
  std::unique_lock<std::mutex> lock(Runtime::get().mutex);
  if (hipError_t error = check(event)) {
    return finish(error);
  }
  if (TicketRef ticket = event->ticket) {
    waitFor(lock, ticket);
    return finish(ticket->result);
  }
  return finish(hipSuccess);
}

hipError_t hipEventQuery(hipEvent_t event) {
  std::lock_guard<std::mutex> lock(Runtime::get().mutex);
  if (hipError_t error = check(event)) {
    return finish(error);
  }
  if (!event->ticket) {
    return finish(hipSuccess);
  }
  return finish(event->ticket->done ? event->ticket->result : hipErrorNotReady);
}

/// Time on the host, of which the simulation takes far more than a GPU.
hipError_t hipEventElapsedTime(float *milliseconds, hipEvent_t start,
                               hipEvent_t stop) {
  if (!milliseconds) {
    return finish(hipErrorInvalidValue);
  }
  std::lock_guard<std::mutex> lock(Runtime::get().mutex);
  for (hipEvent_t event : {start, stop}) {
    if (hipError_t error = check(event)) {
      return finish(error);
    }
    if (!event->ticket || (event->flags & hipEventDisableTiming)) {
      return finish(hipErrorInvalidHandle);
    }
  }
  if (!start->ticket->done || !stop->ticket->done) {
    return finish(hipErrorNotReady);
  }
  std::chrono::duration<float, std::milli> time =
      stop->ticket->finished - start->ticket->finished;
  *milliseconds = time.count();
  return finish(hipSuccess);
}
