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

static LogicalResult compile(const CommandLine &commandLine,
                             llvm::SourceMgr &sources, MLIRContext &context,
                             llvm::raw_ostream &stream) {
  bool isTile = isTileFile(commandLine.input);
  if (*commandLine.stage == Stage::AST) {
    if (!isTile) {
      printError() << "expected a .tile file for --emit=ast, got '"
                   << commandLine.input << "'\n";
      return failure();
    }
    return printTileAST(sources, stream);
  }
  OwningOpRef<ModuleOp> module =
      loadModule(sources, context, getFrontendOptions(commandLine));
  if (!module) {
    return failure();
  }
  if (isTile && *commandLine.stage == Stage::Tile) {
    module->print(stream); // with the entries, which are no kernels
    return success();
  }
  CompileOptions options;
  options.target =
      commandLine.targets.empty() ? "" : commandLine.targets.front();
  options.lineTables = commandLine.lineTables;
  // The frontend has selected the kernel, and named it after its parameters.
  return emitStage(*module, isTile ? "" : commandLine.kernel,
                   *commandLine.stage, options, stream);
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

  SmallString<0> contents;
  llvm::raw_svector_ostream stream(contents);
  if (failed(compile(commandLine, sources, context, stream))) {
    return 1;
  }
  StringRef output =
      commandLine.output.empty() ? StringRef("-") : commandLine.output;
  return writeFiles({{output, contents}}) ? 0 : 1;
}
