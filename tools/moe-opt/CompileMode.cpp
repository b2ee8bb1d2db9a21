//===- CompileMode.cpp - moe-opt as a compiler ----------------------------===//

#include "CommandLine.h"
#include "Driver/Input.h"
#include "OutputFiles.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;
using namespace moesaic;

bool moesaic::readInput(const CommandLine &commandLine,
                        llvm::SourceMgr &sources) {
  llvm::ErrorOr<std::unique_ptr<llvm::MemoryBuffer>> buffer =
      llvm::MemoryBuffer::getFileOrSTDIN(commandLine.input);
  if (!buffer) {
    printError() << "cannot read '" << commandLine.input
                 << "': " << buffer.getError().message() << "\n";
    return false;
  }
  sources.setIncludeDirs(commandLine.importPaths);
  sources.AddNewSourceBuffer(std::move(*buffer), llvm::SMLoc());
  return true;
}

FrontendOptions moesaic::getFrontendOptions(const CommandLine &commandLine) {
  FrontendOptions options;
  options.kernel = commandLine.kernel;
  options.entry = commandLine.entry;
  options.defines = commandLine.defines;
  options.importPaths = commandLine.importPaths;
  options.instances = commandLine.instances;
  options.markExports = commandLine.artifact.has_value();
  return options;
}

namespace {
/// What one run makes: a stage, or the code objects of a report.
struct Compiled {
  const Chip *chip = nullptr;
  SmallString<0> contents;
};
} // namespace

static LogicalResult compile(const CommandLine &commandLine,
                             llvm::SourceMgr &sources, MLIRContext &context,
                             std::vector<Compiled> &results) {
  Stage stage = *commandLine.stage;
  bool isTile = isTileFile(commandLine.input);
  if (stage == Stage::AST) {
    if (!isTile) {
      printError() << "expected a .tile file for --emit=ast, got '"
                   << commandLine.input << "'\n";
      return failure();
    }
    llvm::raw_svector_ostream stream(results.emplace_back().contents);
    return printTileAST(sources, stream);
  }
  OwningOpRef<ModuleOp> module =
      loadModule(sources, context, getFrontendOptions(commandLine));
  if (!module) {
    return failure();
  }
  if (isTile && stage == Stage::Tile) {
    // With the entries, which are no kernels.
    llvm::raw_svector_ostream stream(results.emplace_back().contents);
    module->print(stream);
    return success();
  }
  std::vector<std::string> targets = commandLine.targets;
  if (targets.empty()) {
    targets.push_back(""); // the stage needs none
  }
  for (const std::string &target : targets) {
    CompileOptions options;
    options.target = target;
    options.lineTables = commandLine.lineTables;
    options.remarks = commandLine.remarks;
    Compiled &result = results.emplace_back();
    result.chip = findChip(target);
    llvm::raw_svector_ostream stream(result.contents);
    // The frontend has selected the kernel, and named it after its parameters.
    if (failed(emitStage(*module, isTile ? "" : commandLine.kernel, stage,
                         options, stream))) {
      return failure();
    }
  }
  return success();
}

int moesaic::runCompileMode(const CommandLine &commandLine) {
  if (commandLine.artifact) {
    return runEmbedMode(commandLine);
  }
  llvm::SourceMgr sources;
  if (!readInput(commandLine, sources)) {
    return 1;
  }

  DialectRegistry registry;
  registerMoesaicDialects(registry);
  // One thread: the crash guard protects the thread that it runs on.
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.printOpOnDiagnostic(false);
  SourceMgrDiagnosticHandler diagnostics(sources, &context);

  std::vector<Compiled> results;
  if (failed(compile(commandLine, sources, context, results))) {
    return 1;
  }
  if (commandLine.report) {
    SmallVector<TargetObject> objects;
    for (const Compiled &result : results) {
      objects.emplace_back(result.chip, result.contents);
    }
    if (!printReport(*commandLine.report, objects)) {
      return 1;
    }
    if (commandLine.isReportOnly()) {
      return 0;
    }
  }
  StringRef output =
      commandLine.output.empty() ? StringRef("-") : commandLine.output;
  return writeFiles({{output, results.front().contents}}) ? 0 : 1;
}
