//===- Interpreter.cpp - running kernels and host code --------------------===//

#include "Interp/Interpreter.h"
#include "Interp/Program.h"
#include <atomic>
#include <cstdlib>
#include <thread>

using namespace mlir;
using namespace moesaic;
using namespace moesaic::interp;

/// Zeroed memory for the slots of a frame; null if there is none.
using FrameMemory = std::unique_ptr<void, decltype(&std::free)>;
static FrameMemory allocateFrame(const Translator &translator) {
  return FrameMemory(std::calloc(translator.frameBytes() + 1, 1), std::free);
}

namespace {
/// A translated region and the slots of its arguments.
struct Program {
  Translator translator;
  Code code;
  SmallVector<Slot> arguments;

  LogicalResult translate(Region &region) {
    for (BlockArgument argument : region.getArguments()) {
      arguments.push_back(translator.slot(argument));
    }
    if (!region.hasOneBlock()) {
      return region.getParentOp()->emitError(
          "the interpreter needs structured control flow; expected one block");
    }
    FailureOr<Code> translated = translator.translate(region.front());
    if (failed(translated)) {
      return failure();
    }
    code = std::move(*translated);
    return success();
  }

  void run(Frame &frame, ArrayRef<uint64_t> bits) const {
    for (auto [slot, raw] : llvm::zip_equal(arguments, bits)) {
      visitKind(slot.kind, [&, slot = slot, raw = raw](auto k) {
        using Element = Codec<k.value>;
        *frame.get<typename Element::Value>(slot) =
            Element::load(reinterpret_cast<const char *>(&raw));
      });
    }
    code.run(frame);
  }
};
} // namespace

LogicalResult interp::runKernel(tile::KernelOp kernel,
                                ArrayRef<uint64_t> arguments, int64_t blocks,
                                const InterpOptions &options,
                                RunCounts *counts) {
  Program program;
  if (failed(program.translate(kernel.getBody()))) {
    return failure();
  }
  Findings findings;
  std::atomic<int64_t> next{0};
  std::atomic<uint64_t> bytesRead{0}, bytesWritten{0};
  // Numbers are handed out in order, so that when a workgroup fails all before
  // it have run, and the first failure does not depend on the threads.
  auto work = [&] {
    FrameMemory memory = allocateFrame(program.translator);
    if (!memory) {
      findings.error(kernel.getLoc(), 0,
                     "cannot allocate " +
                         std::to_string(program.translator.frameBytes()) +
                         " bytes for the values of a workgroup");
      return;
    }
    Frame frame(memory.get(), findings);
    frame.checked = options.checked;
    while (true) {
      int64_t id = next.fetch_add(1);
      if (id >= blocks) {
        break;
      }
      frame.programId = id;
      program.run(frame, arguments);
      if (frame.failed) {
        next = blocks;
        break;
      }
    }
    bytesRead += frame.bytesRead;
    bytesWritten += frame.bytesWritten;
  };
  int64_t threads =
      options.threads ? options.threads : std::thread::hardware_concurrency();
  std::vector<std::thread> others;
  for (int64_t i = 1; i < std::min(threads, blocks); ++i) {
    others.emplace_back(work);
  }
  work();
  for (std::thread &thread : others) {
    thread.join();
  }
  if (counts) {
    *counts = {bytesRead, bytesWritten};
  }
  return findings.report();
}

LogicalResult interp::runHost(Region &region, ArrayRef<uint64_t> arguments,
                              HostActions &actions) {
  Program program;
  if (failed(program.translate(region))) {
    return failure();
  }
  Findings findings;
  FrameMemory memory = allocateFrame(program.translator);
  if (!memory) {
    return region.getParentOp()->emitError("cannot allocate ")
           << program.translator.frameBytes() << " bytes for host values";
  }
  Frame frame(memory.get(), findings);
  frame.programId = -1;
  frame.host = &actions;
  program.run(frame, arguments);
  return failure(failed(findings.report()) || frame.failed);
}
