//===- bench-compile.cpp - how long each stage of a compilation takes -----===//
//
// bench-compile [FILE...]: for each file, the time from source to each stage
// and what the stage added, the fastest of several runs. Without files: the
// project's own kernels.
//
//===----------------------------------------------------------------------===//

#include "Driver/Compiler.h"
#include "Driver/Input.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SourceMgr.h"
#include <chrono>

using namespace mlir;
using namespace moesaic;

static constexpr int repetitions = 7;

static double now() {
  auto time = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double, std::milli>(time).count();
}

/// Compiles `path` from its text to `stage` in a fresh context; the time in
/// milliseconds, or a negative number after an error.
static double timeOnce(StringRef path, Stage stage) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer) {
    llvm::errs() << "cannot read '" << path << "'\n";
    return -1;
  }
  double start = now();
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(std::move(*buffer), llvm::SMLoc());
  DialectRegistry registry;
  registerMoesaicDialects(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  SourceMgrDiagnosticHandler handler(sources, &context);
  OwningOpRef<ModuleOp> module =
      loadModule(sources, context, FrontendOptions());
  if (!module || failed(emitStage(*module, /*kernel=*/"", stage,
                                  CompileOptions(), llvm::nulls()))) {
    return -1;
  }
  return now() - start;
}

static bool benchmark(StringRef path) {
  static constexpr std::pair<Stage, llvm::StringLiteral> stages[] = {
      {Stage::Tile, "tile"},    {Stage::Layout, "layout"},
      {Stage::GPU, "gpu"},      {Stage::LLVM, "llvm"},
      {Stage::Assembly, "asm"}, {Stage::CodeObject, "hsaco"}};
  llvm::outs() << llvm::sys::path::filename(path) << "\n";
  double previous = 0;
  for (auto [stage, name] : stages) {
    double best = -1;
    for (int i = 0; i < repetitions; ++i) {
      double time = timeOnce(path, stage);
      if (time < 0) {
        return false;
      }
      best = best < 0 ? time : std::min(best, time);
    }
    llvm::outs() << llvm::format("  %-7s%8.1f ms%+9.1f ms\n", name.data(), best,
                                 best - previous);
    previous = best;
  }
  return true;
}

/// The .tile files of a folder, in the order of their names.
static std::vector<std::string> findPrograms(StringRef folder) {
  std::vector<std::string> files;
  std::error_code error;
  for (llvm::sys::fs::directory_iterator file(folder, error), end;
       file != end && !error; file.increment(error)) {
    if (isTileFile(file->path())) {
      files.push_back(file->path());
    }
  }
  llvm::sort(files);
  return files;
}

int main(int argc, char **argv) {
  std::vector<std::string> files(argv + 1, argv + argc);
  if (files.empty()) {
    files = findPrograms(MOESAIC_KERNELS);
  }
  bool succeeded = true;
  for (StringRef file : files) {
    succeeded &= benchmark(file);
  }
  return succeeded ? 0 : 1;
}
