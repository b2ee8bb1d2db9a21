//===- bench-compile.cpp - how long each stage of a compilation takes -----===//
//
// bench-compile [--check] [FILE...]: for each file, the time from source to
// each stage and what the stage added, the fastest of several runs; then, for
// each of its kernels and each chip, processor time and peak memory from the
// source to the code object, in a process of its own. Without files: the
// project's own kernels. --check fails when a kernel takes more than it may.
//
//===----------------------------------------------------------------------===//

#include "Driver/Compiler.h"
#include "Driver/Input.h"
#include "Target/Chips.h"
#include "dialects/Tile/IR/Tile.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SourceMgr.h"
#include <chrono>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace mlir;
using namespace moesaic;
namespace cl = llvm::cl;

static cl::OptionCategory category("bench-compile options");
static cl::list<std::string>
    files(cl::Positional, cl::desc("<.tile files, or the example kernels>"),
          cl::cat(category));
static cl::opt<bool>
    check("check", cl::desc("Fail when a kernel takes more than it may"),
          cl::cat(category));

static constexpr int repetitions = 7;
/// What one kernel may take.
static constexpr double mostMilliseconds = 500;
static constexpr double mostMebibytes = 1024;

static double now() {
  auto time = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double, std::milli>(time).count();
}

/// Calls `use(module)` with a program in a context of its own; false after an
/// error.
static bool withProgram(StringRef path, function_ref<bool(ModuleOp)> use) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer) {
    llvm::errs() << "cannot read '" << path << "'\n";
    return false;
  }
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(std::move(*buffer), llvm::SMLoc());
  DialectRegistry registry;
  registerMoesaicDialects(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  SourceMgrDiagnosticHandler handler(sources, &context);
  OwningOpRef<ModuleOp> module =
      loadModule(sources, context, FrontendOptions());
  return module && use(*module);
}

/// Compiles `path` from its text to `stage` in a fresh context; the time in
/// milliseconds, or a negative number after an error.
static double timeOnce(StringRef path, Stage stage) {
  double start = now();
  bool isDone = withProgram(path, [&](ModuleOp module) {
    return succeeded(emitStage(module, /*kernel=*/"", stage, CompileOptions(),
                               llvm::nulls()));
  });
  return isDone ? now() - start : -1;
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

/// Processor time and peak memory of one kernel's compilation for a chip.
static bool benchmarkKernel(StringRef path, StringRef kernel, StringRef chip) {
  llvm::outs().flush();
  pid_t child = fork();
  if (child == 0) {
    CompileOptions options;
    options.target = chip.str();
    bool isDone = withProgram(path, [&](ModuleOp module) {
      return succeeded(
          emitStage(module, kernel, Stage::CodeObject, options, llvm::nulls()));
    });
    _exit(isDone ? 0 : 1);
  }
  int status = 0;
  rusage usage = {};
  if (child < 0 || wait4(child, &status, 0, &usage) != child || status != 0) {
    return false;
  }
  auto milliseconds = [](timeval time) {
    return time.tv_sec * 1e3 + time.tv_usec / 1e3;
  };
  double time = milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime);
  double memory = usage.ru_maxrss / 1024.0;
  bool isFine = time <= mostMilliseconds && memory <= mostMebibytes;
  llvm::outs() << llvm::format("  %-8s%8.1f ms%8.1f MiB  ", chip.str().c_str(),
                               time, memory)
               << kernel << (isFine ? "" : "  (more than it may)") << "\n";
  return isFine || !check;
}

static bool benchmarkKernels(StringRef path) {
  SmallVector<std::string> kernels;
  bool isFine = withProgram(path, [&](ModuleOp module) {
    for (auto kernel : module.getOps<tile::KernelOp>()) {
      kernels.push_back(kernel.getSymName().str());
    }
    return true;
  });
  for (StringRef kernel : kernels) {
    for (const Chip &chip : supportedChips()) {
      isFine &= benchmarkKernel(path, kernel, chip.name);
    }
  }
  return isFine;
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
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(
      argc, argv, "Measures compile times, and the memory they take\n");
  std::vector<std::string> programs = files;
  if (programs.empty()) {
    programs = findPrograms(MOESAIC_KERNELS);
  }
  bool succeeded = true;
  for (StringRef file : programs) {
    succeeded &= benchmark(file) && benchmarkKernels(file);
  }
  return succeeded ? 0 : 1;
}
