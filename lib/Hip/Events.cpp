//===- Events.cpp - marks in streams, and the time between them -----------===//

#include "Hip/Ipc.h"
#include <sys/mman.h>
#include <thread>
#include <unistd.h>

using namespace moesaic::hip;

//===----------------------------------------------------------------------===//
// Events that processes share
//===----------------------------------------------------------------------===//

void SharedEvent::finish(uint64_t record) {
  uint64_t before = done.load();
  while (before < record && !done.compare_exchange_weak(before, record)) {
  }
}

void SharedEvent::waitFor(uint64_t record) const {
  while (done.load() < record && !Runtime::get().exiting) {
    std::this_thread::sleep_for(std::chrono::microseconds(20));
  }
}

/// Maps the counters in `file`, or returns null.
static std::shared_ptr<SharedEvent> mapCounters(int file) {
  void *memory = mmap(nullptr, sizeof(SharedEvent), PROT_READ | PROT_WRITE,
                      MAP_SHARED, file, 0);
  if (memory == MAP_FAILED) {
    return nullptr;
  }
  // A file of zeros holds the counters of an event that was never recorded.
  return {static_cast<SharedEvent *>(memory),
          [](SharedEvent *event) { munmap(event, sizeof *event); }};
}

//===----------------------------------------------------------------------===//
// Events
//===----------------------------------------------------------------------===//

static hipError_t create(hipEvent_t *result, unsigned flags) {
  constexpr unsigned known = hipEventBlockingSync | hipEventDisableTiming |
                             hipEventInterprocess | hipEventReleaseToDevice |
                             hipEventReleaseToSystem;
  bool timed = !(flags & hipEventDisableTiming);
  if (!result || (flags & ~known) ||
      ((flags & hipEventInterprocess) && timed)) {
    return hipErrorInvalidValue;
  }
  if (!currentDevice()) {
    return hipErrorNoDevice;
  }
  auto *event = new ihipEvent_t();
  event->flags = flags;
  event->device = currentDevice();
  if (flags & hipEventInterprocess) {
    event->file = memfd_create("event", MFD_CLOEXEC);
    if (event->file >= 0 && ftruncate(event->file, sizeof(SharedEvent)) == 0) {
      event->shared = mapCounters(event->file);
    }
    if (!event->shared) {
      delete event;
      return hipErrorOperatingSystem;
    }
  }
  std::lock_guard<std::mutex> lock(Runtime::get().mutex);
  Runtime::get().events.insert(event);
  *result = event;
  return hipSuccess;
}

ihipEvent_t::~ihipEvent_t() {
  if (file >= 0) {
    close(file);
  }
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
  Command command;
  auto shared = event->shared;
  uint64_t record = 0;
  if (shared) {
    record = ++shared->recorded;
    command.run = [=] {
      shared->finish(record);
      return hipSuccess;
    };
  }
  if (hipError_t error = submit(stream, std::move(command))) {
    if (shared) {
      shared->finish(record);
    }
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
  if (auto shared = event->shared) {
    lock.unlock();
    shared->waitFor(shared->recorded.load());
    return finish(hipSuccess);
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
  if (event->shared) {
    return finish(event->shared->done >= event->shared->recorded
                      ? hipSuccess
                      : hipErrorNotReady);
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

//===----------------------------------------------------------------------===//
// Handles for other processes
//===----------------------------------------------------------------------===//

static constexpr uint32_t kEventMagic = 0x45454f4d; // "MOEE"

hipError_t hipIpcGetEventHandle(hipIpcEventHandle_t *result, hipEvent_t event) {
  if (!result) {
    return finish(hipErrorInvalidValue);
  }
  std::lock_guard<std::mutex> lock(Runtime::get().mutex);
  if (!Runtime::get().events.count(event) || event->file < 0) {
    return finish(hipErrorInvalidHandle);
  }
  IpcHandle handle = {};
  handle.magic = kEventMagic;
  handle.process = getpid();
  handle.file = event->file;
  memset(result, 0, sizeof *result);
  memcpy(result, &handle, sizeof handle);
  return finish(hipSuccess);
}

hipError_t hipIpcOpenEventHandle(hipEvent_t *result,
                                 hipIpcEventHandle_t reserved) {
  IpcHandle handle;
  memcpy(&handle, &reserved, sizeof handle);
  if (!result || handle.magic != kEventMagic) {
    return finish(hipErrorInvalidValue);
  }
  if (!currentDevice()) {
    return finish(hipErrorNoDevice);
  }
  if (handle.process == getpid()) {
    return finish(hipErrorInvalidContext); // as in HIP
  }
  int file = openFileOf(handle.process, handle.file);
  if (file < 0) {
    return finish(hipErrorMapFailed);
  }
  auto shared = mapCounters(file);
  close(file); // the mapping keeps it
  if (!shared) {
    return finish(hipErrorMapFailed);
  }
  auto *event = new ihipEvent_t();
  event->flags = hipEventInterprocess | hipEventDisableTiming;
  event->device = currentDevice();
  event->shared = std::move(shared);
  std::lock_guard<std::mutex> lock(Runtime::get().mutex);
  Runtime::get().events.insert(event);
  *result = event;
  return finish(hipSuccess);
}
