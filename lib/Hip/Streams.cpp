//===- Streams.cpp - queues of work, one thread each ----------------------===//
//
// A stream's thread takes its operations in order. An operation also waits for
// tickets of other streams: those of events it was told to wait for, and those
// that the null stream implies. As a ticket always belongs to an operation that
// was submitted earlier, streams cannot wait for each other in a circle, while
// kernels in different streams run at the same time and may signal each other.
//
//===----------------------------------------------------------------------===//

#include "Hip/Runtime.h"
#include <thread>

using namespace moesaic::hip;

static bool isDone(const TicketRef &ticket) { return !ticket || ticket->done; }

//===----------------------------------------------------------------------===//
// The queue
//===----------------------------------------------------------------------===//

void moesaic::hip::complete(Ticket &ticket, hipError_t result) {
  ticket.result = result;
  ticket.finished = std::chrono::steady_clock::now();
  ticket.done = true;
  Runtime::get().changed.notify_all();
}

/// Runs one operation. The caller holds the lock, which is open meanwhile.
static void execute(std::unique_lock<std::mutex> &lock, DeviceState &device,
                    const std::function<hipError_t()> &run,
                    const std::vector<TicketRef> &marks, Ticket &ticket) {
  Runtime &runtime = Runtime::get();
  hipError_t result = device.fault;
  if (result == hipSuccess && run) {
    ++runtime.running;
    lock.unlock();
    result = run();
    lock.lock();
    --runtime.running;
    if (result != hipSuccess) {
      device.fault = result;
    }
  }
  for (const TicketRef &mark : marks) {
    if (!mark->done) {
      complete(*mark, result);
    }
  }
  complete(ticket, result);
}

static void work(hipStream_t stream) {
  Runtime &runtime = Runtime::get();
  std::unique_lock<std::mutex> lock(runtime.mutex);
  while (true) {
    runtime.changed.wait(lock, [&] {
      return runtime.exiting || stream->closing || !stream->queue.empty();
    });
    if (runtime.exiting) {
      return;
    }
    if (stream->queue.empty()) {
      delete stream; // closing
      return;
    }
    Operation operation = std::move(stream->queue.front());
    stream->queue.pop_front();
    for (const TicketRef &ticket : operation.after) {
      waitFor(lock, ticket);
    }
    if (runtime.exiting) {
      return;
    }
    execute(lock, *stream->device, operation.run, operation.marks,
            *operation.ticket);
  }
}

/// What is unfinished in `stream`; the null stream counts all that it blocks.
static std::vector<TicketRef> unfinished(hipStream_t stream) {
  std::vector<TicketRef> tickets;
  auto add = [&](hipStream_t candidate) {
    if (!isDone(candidate->last)) {
      tickets.push_back(candidate->last);
    }
  };
  add(stream);
  DeviceState &device = *stream->device;
  if (stream == device.nullStream) {
    for (hipStream_t other : device.streams) {
      if (!(other->flags & hipStreamNonBlocking)) {
        add(other);
      }
    }
  }
  return tickets;
}

/// What work of `stream` submitted now has to wait for.
static std::vector<TicketRef> dependencies(hipStream_t stream) {
  std::vector<TicketRef> after = unfinished(stream);
  const TicketRef &null = stream->device->nullStream->last;
  if (!(stream->flags & hipStreamNonBlocking) && !isDone(null)) {
    after.push_back(null);
  }
  return after;
}

static TicketRef enqueue(hipStream_t stream, std::function<hipError_t()> run,
                         const TicketRef &also = nullptr,
                         std::vector<TicketRef> marks = {}) {
  Operation operation;
  operation.marks = std::move(marks);
  operation.run = std::move(run);
  operation.after = dependencies(stream);
  if (!isDone(also)) {
    operation.after.push_back(also);
  }
  operation.ticket = stream->last = std::make_shared<Ticket>();
  TicketRef ticket = operation.ticket;
  stream->queue.push_back(std::move(operation));
  if (!stream->started) {
    stream->started = true;
    std::thread(work, stream).detach();
  }
  Runtime::get().changed.notify_all();
  return ticket;
}

void moesaic::hip::waitFor(std::unique_lock<std::mutex> &lock,
                           const TicketRef &ticket) {
  Runtime &runtime = Runtime::get();
  runtime.changed.wait(lock, [&] { return runtime.exiting || isDone(ticket); });
}

/// Whether work in the null stream would have to wait for a capture.
static bool impliesCapture(hipStream_t stream) {
  DeviceState &device = *stream->device;
  if (stream != device.nullStream) {
    return false;
  }
  for (hipStream_t other : device.streams) {
    if (other->capture && !(other->flags & hipStreamNonBlocking)) {
      return true;
    }
  }
  return false;
}

/// What stands in the way of new work, or hipSuccess.
static hipError_t obstacle(hipStream_t stream) {
  if (Runtime::get().exiting) {
    return hipErrorDeinitialized;
  }
  if (impliesCapture(stream)) {
    return hipErrorStreamCaptureImplicit;
  }
  return stream->device->fault;
}

hipError_t moesaic::hip::submit(hipStream_t stream, Command command) {
  std::unique_lock<std::mutex> lock(Runtime::get().mutex);
  if (stream->capture) {
    return captureCommand(stream, std::move(command));
  }
  if (hipError_t error = obstacle(stream)) {
    return error;
  }
  enqueue(stream, std::move(command.run), nullptr, std::move(command.marks));
  return hipSuccess;
}

hipError_t moesaic::hip::submitAndWait(hipStream_t stream, Command command) {
  std::unique_lock<std::mutex> lock(Runtime::get().mutex);
  if (stream->capture) {
    return captureCommand(stream, std::move(command));
  }
  if (hipError_t error = obstacle(stream)) {
    return error;
  }
  if (dependencies(stream).empty()) {
    // Nothing is ahead: spare the way through the stream's thread. Whatever
    // follows waits for the ticket.
    TicketRef ticket = stream->last = std::make_shared<Ticket>();
    execute(lock, *stream->device, command.run, command.marks, *ticket);
    return ticket->result;
  }
  TicketRef ticket = enqueue(stream, std::move(command.run));
  waitFor(lock, ticket);
  return ticket->result;
}

hipError_t moesaic::hip::synchronize(DeviceState *only) {
  Runtime &runtime = Runtime::get();
  std::unique_lock<std::mutex> lock(runtime.mutex);
  std::vector<TicketRef> tickets;
  for (const auto &device : runtime.devices) {
    if (only && device.get() != only) {
      continue;
    }
    tickets.push_back(device->nullStream->last);
    for (hipStream_t stream : device->streams) {
      if (stream->capture) {
        return hipErrorStreamCaptureUnsupported;
      }
      tickets.push_back(stream->last);
    }
  }
  for (const TicketRef &ticket : tickets) {
    waitFor(lock, ticket);
  }
  return only ? only->fault : hipSuccess;
}

bool moesaic::hip::capturing(hipStream_t stream) {
  std::lock_guard<std::mutex> lock(Runtime::get().mutex);
  return stream->capture != nullptr;
}

//===----------------------------------------------------------------------===//
// Handles
//===----------------------------------------------------------------------===//

static const hipStream_t kLegacy = reinterpret_cast<hipStream_t>(1);

static hipError_t create(hipStream_t *result, DeviceState *device,
                         unsigned flags, int priority) {
  if (!result || (flags & ~unsigned(hipStreamNonBlocking))) {
    return hipErrorInvalidValue;
  }
  if (!device) {
    return hipErrorNoDevice;
  }
  auto *stream = new ihipStream_t();
  stream->device = device;
  stream->flags = flags;
  stream->priority = std::max(-1, std::min(1, priority));
  std::lock_guard<std::mutex> lock(Runtime::get().mutex);
  device->streams.insert(stream);
  *result = stream;
  return hipSuccess;
}

/// Takes a stream away; its thread ends it when its work is done.
static void close(hipStream_t stream) {
  stream->device->streams.erase(stream);
  stream->closing = true;
  if (stream->started) {
    Runtime::get().changed.notify_all();
  } else {
    delete stream;
  }
}

namespace {
/// The streams that a thread calls hipStreamPerThread, by device.
struct PerThreadStreams {
  std::map<DeviceState *, hipStream_t> streams;
  ~PerThreadStreams() {
    std::lock_guard<std::mutex> lock(Runtime::get().mutex);
    for (auto &entry : streams) {
      close(entry.second);
    }
  }
};
} // namespace

static thread_local PerThreadStreams perThreadStreams;

hipStream_t moesaic::hip::resolve(hipStream_t stream) {
  DeviceState *device = currentDevice();
  if (!stream || stream == kLegacy) {
    return device ? device->nullStream : nullptr;
  }
  if (stream == hipStreamPerThread) {
    hipStream_t &mine = perThreadStreams.streams[device];
    if (!mine && create(&mine, device, hipStreamDefault, 0) != hipSuccess) {
      return nullptr;
    }
    return mine;
  }
  Runtime &runtime = Runtime::get();
  std::lock_guard<std::mutex> lock(runtime.mutex);
  for (const auto &candidate : runtime.devices) {
    if (candidate->streams.count(stream)) {
      return stream;
    }
  }
  return nullptr;
}

hipStream_t moesaic::hip::perThread(hipStream_t stream) {
  return stream ? stream : hipStreamPerThread;
}

//===----------------------------------------------------------------------===//
// Entry points
//===----------------------------------------------------------------------===//

hipError_t hipStreamCreate(hipStream_t *stream) {
  return finish(create(stream, currentDevice(), hipStreamDefault, 0));
}

hipError_t hipStreamCreateWithFlags(hipStream_t *stream, unsigned flags) {
  return finish(create(stream, currentDevice(), flags, 0));
}

hipError_t hipStreamCreateWithPriority(hipStream_t *stream, unsigned flags,
                                       int priority) {
  return finish(create(stream, currentDevice(), flags, priority));
}

hipError_t hipExtStreamCreateWithCUMask(hipStream_t *stream, uint32_t words,
                                        const uint32_t *mask) {
  if (words == 0 || !mask) {
    return finish(hipErrorInvalidValue);
  }
  hipError_t error = create(stream, currentDevice(), hipStreamDefault, 0);
  if (error == hipSuccess) {
    (*stream)->unitMask.assign(mask, mask + words);
  }
  return finish(error);
}

/// The mask only answers this question.
hipError_t hipExtStreamGetCUMask(hipStream_t handle, uint32_t words,
                                 uint32_t *mask) {
  hipStream_t stream = resolve(handle);
  if (!stream) {
    return finish(hipErrorInvalidHandle);
  }
  unsigned units = unsigned(stream->device->chip->computeUnits);
  if (!mask || words < (units + 31) / 32) {
    return finish(hipErrorInvalidValue);
  }
  for (uint32_t n = 0; n < words; ++n) {
    uint32_t all = 32 * n >= units       ? 0
                   : units - 32 * n < 32 ? (1u << (units - 32 * n)) - 1
                                         : ~0u;
    mask[n] = stream->unitMask.empty()      ? all
              : n < stream->unitMask.size() ? stream->unitMask[n] & all
                                            : 0;
  }
  return finish(hipSuccess);
}

hipError_t hipDeviceGetStreamPriorityRange(int *least, int *greatest) {
  if (least) {
    *least = 1;
  }
  if (greatest) {
    *greatest = -1;
  }
  return finish(hipSuccess);
}

hipError_t hipStreamDestroy(hipStream_t stream) {
  DeviceState *device = currentDevice();
  if (!stream || stream == kLegacy || stream == hipStreamPerThread || !device ||
      !resolve(stream)) {
    return finish(hipErrorInvalidHandle);
  }
  std::lock_guard<std::mutex> lock(Runtime::get().mutex);
  close(stream);
  return finish(hipSuccess);
}

hipError_t hipStreamQuery(hipStream_t handle) {
  hipStream_t stream = resolve(handle);
  if (!stream) {
    return finish(hipErrorInvalidHandle);
  }
  std::lock_guard<std::mutex> lock(Runtime::get().mutex);
  if (stream->capture) {
    return finish(hipErrorStreamCaptureUnsupported);
  }
  if (!unfinished(stream).empty()) {
    return finish(hipErrorNotReady);
  }
  return finish(stream->device->fault);
}

hipError_t hipStreamSynchronize(hipStream_t handle) {
  hipStream_t stream = resolve(handle);
  if (!stream) {
    return finish(hipErrorInvalidHandle);
  }
  std::unique_lock<std::mutex> lock(Runtime::get().mutex);
  if (stream->capture) {
    return finish(hipErrorStreamCaptureUnsupported);
  }
  if (impliesCapture(stream)) {
    return finish(hipErrorStreamCaptureImplicit);
  }
  for (const TicketRef &ticket : unfinished(stream)) {
    waitFor(lock, ticket);
  }
  return finish(stream->device->fault);
}

hipError_t hipStreamWaitEvent(hipStream_t handle, hipEvent_t event,
                              unsigned flags) {
  hipStream_t stream = resolve(handle);
  Runtime &runtime = Runtime::get();
  std::lock_guard<std::mutex> lock(runtime.mutex);
  if (!stream || !runtime.events.count(event)) {
    return finish(hipErrorInvalidHandle);
  }
  if (flags != 0) {
    return finish(hipErrorInvalidValue);
  }
  if (stream->capture || event->capture) {
    return finish(captureEventWait(stream, event));
  }
  if (auto shared = event->shared) {
    enqueue(stream, [shared, record = shared->recorded.load()] {
      shared->waitFor(record);
      return hipSuccess;
    });
  } else if (!isDone(event->ticket)) {
    enqueue(stream, nullptr, event->ticket);
  }
  return finish(hipSuccess);
}

hipError_t hipStreamGetFlags(hipStream_t handle, unsigned *flags) {
  hipStream_t stream = resolve(handle);
  if (!flags || !stream) {
    return finish(stream ? hipErrorInvalidValue : hipErrorInvalidHandle);
  }
  *flags = stream->flags;
  return finish(hipSuccess);
}

hipError_t hipStreamGetPriority(hipStream_t handle, int *priority) {
  hipStream_t stream = resolve(handle);
  if (!priority || !stream) {
    return finish(stream ? hipErrorInvalidValue : hipErrorInvalidHandle);
  }
  *priority = stream->priority;
  return finish(hipSuccess);
}

int hipGetStreamDeviceId(hipStream_t handle) {
  hipStream_t stream = resolve(handle);
  return stream ? stream->device->ordinal : -1;
}

//===----------------------------------------------------------------------===//
// Host functions and memory words
//===----------------------------------------------------------------------===//

static hipError_t submitHost(hipStream_t handle, hipHostFn_t function,
                             void *data) {
  hipStream_t stream = resolve(handle);
  if (!stream) {
    return hipErrorInvalidHandle;
  }
  if (!function) {
    return hipErrorInvalidValue;
  }
  Command command;
  command.type = hipGraphNodeTypeHost;
  command.device = stream->device;
  command.host = {function, data};
  command.run = [=] {
    function(data);
    return hipSuccess;
  };
  return submit(stream, std::move(command));
}

hipError_t hipLaunchHostFunc(hipStream_t stream, hipHostFn_t function,
                             void *data) {
  return finish(submitHost(stream, function, data));
}

hipError_t hipStreamAddCallback(hipStream_t handle,
                                hipStreamCallback_t callback, void *data,
                                unsigned flags) {
  hipStream_t stream = resolve(handle);
  if (!stream) {
    return finish(hipErrorInvalidHandle);
  }
  if (!callback || flags != 0) {
    return finish(hipErrorInvalidValue);
  }
  if (capturing(stream)) {
    return finish(hipErrorStreamCaptureUnsupported);
  }
  Command command;
  command.run = [=] {
    callback(handle, hipSuccess, data);
    return hipSuccess;
  };
  return finish(submit(stream, std::move(command)));
}

template <typename T>
static bool holds(T value, T wanted, unsigned flags) {
  switch (flags) {
  case hipStreamWaitValueGte:
    return std::make_signed_t<T>(value - wanted) >= 0;
  case hipStreamWaitValueEq:
    return value == wanted;
  case hipStreamWaitValueAnd:
    return (value & wanted) != 0;
  default:
    return T(~(value | wanted)) != 0;
  }
}

template <typename T>
static hipError_t waitValue(hipStream_t handle, void *pointer, T wanted,
                            unsigned flags, T mask) {
  hipStream_t stream = resolve(handle);
  if (!stream) {
    return hipErrorInvalidHandle;
  }
  if (!pointer || flags > hipStreamWaitValueNor) {
    return hipErrorInvalidValue;
  }
  Command command;
  command.run = [=] {
    auto *word = static_cast<T *>(pointer);
    while (!holds<T>(__atomic_load_n(word, __ATOMIC_ACQUIRE) & mask, wanted,
                     flags)) {
      if (Runtime::get().exiting) {
        break;
      }
      std::this_thread::yield();
    }
    return hipSuccess;
  };
  return submit(stream, std::move(command));
}

template <typename T>
static hipError_t writeValue(hipStream_t handle, void *pointer, T value) {
  hipStream_t stream = resolve(handle);
  if (!stream) {
    return hipErrorInvalidHandle;
  }
  if (!pointer) {
    return hipErrorInvalidValue;
  }
  Command command;
  command.run = [=] {
    __atomic_store_n(static_cast<T *>(pointer), value, __ATOMIC_RELEASE);
    return hipSuccess;
  };
  return submit(stream, std::move(command));
}

hipError_t hipStreamWaitValue32(hipStream_t stream, void *pointer,
                                uint32_t value, unsigned flags, uint32_t mask) {
  return finish(waitValue<uint32_t>(stream, pointer, value, flags, mask));
}

hipError_t hipStreamWaitValue64(hipStream_t stream, void *pointer,
                                uint64_t value, unsigned flags, uint64_t mask) {
  return finish(waitValue<uint64_t>(stream, pointer, value, flags, mask));
}

hipError_t hipStreamWriteValue32(hipStream_t stream, void *pointer,
                                 uint32_t value, unsigned) {
  return finish(writeValue<uint32_t>(stream, pointer, value));
}

hipError_t hipStreamWriteValue64(hipStream_t stream, void *pointer,
                                 uint64_t value, unsigned) {
  return finish(writeValue<uint64_t>(stream, pointer, value));
}

//===----------------------------------------------------------------------===//
// The same with the thread's own stream for null
//===----------------------------------------------------------------------===//

hipError_t hipStreamQuery_spt(hipStream_t stream) {
  return hipStreamQuery(perThread(stream));
}

hipError_t hipStreamSynchronize_spt(hipStream_t stream) {
  return hipStreamSynchronize(perThread(stream));
}

hipError_t hipStreamWaitEvent_spt(hipStream_t stream, hipEvent_t event,
                                  unsigned flags) {
  return hipStreamWaitEvent(perThread(stream), event, flags);
}

hipError_t hipStreamGetFlags_spt(hipStream_t stream, unsigned *flags) {
  return hipStreamGetFlags(perThread(stream), flags);
}

hipError_t hipStreamGetPriority_spt(hipStream_t stream, int *priority) {
  return hipStreamGetPriority(perThread(stream), priority);
}
