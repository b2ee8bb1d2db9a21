//===- CompileMode.cpp - moe-opt as a compiler ----------------------------===//

#include "CommandLine.h"
#include "Driver/Input.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/WithColor.h"

using namespace mlir;
using namespace moesaic;

static llvm::raw_ostream &printError() {
  llvm::errs() << "moe-opt: ";
  return llvm::WithColor::error(llvm::errs());
}

/// Writes a file whole or not at all: to a temporary beside it, then renames.
static llvm::Error writeOutput(StringRef path, StringRef contents) {
  namespace fs = llvm::sys::fs;
  auto cannotWrite = [&](std::error_code error) {
    return llvm::createStringError(error, "cannot write '%s': %s",
                                   path.str().c_str(), error.message().c_str());
  };
  if (path == "-") {
    llvm::outs() << contents;
    llvm::outs().flush();
    return llvm::Error::success();
  }
  fs::file_status status;
  if (!fs::status(path, status) && fs::exists(status) &&
      !fs::is_regular_file(status)) {
    std::error_code error; // a device or a pipe cannot be replaced
    llvm::raw_fd_ostream stream(path, error);
    if (error) {
      return cannotWrite(error);
    }
    stream << contents;
    return llvm::Error::success();
  }
  llvm::Expected<fs::TempFile> file =
      fs::TempFile::create(path + ".%%%%%%.tmp");
  if (!file) {
    return cannotWrite(llvm::errorToErrorCode(file.takeError()));
  }
  llvm::raw_fd_ostream stream(file->FD, /*shouldClose=*/false);
  stream << contents;
  stream.flush();
  if (std::error_code error = stream.error()) {
    stream.clear_error();
    llvm::consumeError(file->discard());
    return cannotWrite(error);
  }
  if (llvm::Error error = file->keep(path)) {
    llvm::consumeError(file->discard());
    return cannotWrite(llvm::errorToErrorCode(std::move(error)));
  }
  return llvm::Error::success();
}

static LogicalResult compile(const CommandLine &commandLine, Stage stage,
                             llvm::SourceMgr &sources, MLIRContext &context,
                             llvm::raw_ostream &stream) {
  bool isTile = isTileFile(commandLine.input);
  if (stage == Stage::AST) {
    if (!isTile) {
      printError() << "expected a .tile file for --emit=ast, got '"
                   << commandLine.input << "'\n";
      return failure();
    }
    return printTileAST(sources, stream);
  }
  FrontendOptions frontendOptions;
  frontendOptions.kernel = commandLine.kernel;
  frontendOptions.entry = commandLine.entry;
  frontendOptions.defines = commandLine.defines;
  frontendOptions.importPaths = commandLine.importPaths;
  OwningOpRef<ModuleOp> module = loadModule(sources, context, frontendOptions);
  if (!module) {
    return failure();
  }
  if (isTile && stage == Stage::Tile) {
    module->print(stream); // with the entries, which are no kernels
    return success();
  }
  CompileOptions options;
  options.target = commandLine.target.value_or("");
  options.lineTables = commandLine.lineTables;
  options.remarks = commandLine.remarks;
  // The frontend has selected the kernel, and named it after its parameters.
  return emitStage(*module, isTile ? "" : commandLine.kernel, stage, options,
                   stream);
}

int moesaic::runCompileMode(const CommandLine &commandLine) {
  llvm::ErrorOr<std::unique_ptr<llvm::MemoryBuffer>> buffer =
      llvm::MemoryBuffer::getFileOrSTDIN(commandLine.input);
  if (!buffer) {
    printError() << "cannot read '" << commandLine.input
                 << "': " << buffer.getError().message() << "\n";
    return 1;
  }
  llvm::SourceMgr sources;
  sources.setIncludeDirs(commandLine.importPaths);
  sources.AddNewSourceBuffer(std::move(*buffer), llvm::SMLoc());

  DialectRegistry registry;
  registerMoesaicDialects(registry);
  // One thread: the crash guard protects the thread that it runs on.
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.printOpOnDiagnostic(false);
  SourceMgrDiagnosticHandler diagnostics(sources, &context);

  SmallString<0> contents;
  llvm::raw_svector_ostream stream(contents);
  Stage stage = commandLine.stage.value_or(Stage::CodeObject);
  if (failed(compile(commandLine, stage, sources, context, stream))) {
    return 1;
  }
  if (commandLine.report) {
    if (llvm::Error error = printReport(
            *commandLine.report, *findChip(*commandLine.target), contents)) {
      printError() << llvm::toString(std::move(error)) << "\n";
      return 1;
    }
    if (!commandLine.stage) {
      return 0;
    }
  }
  StringRef output =
      commandLine.output.empty() ? StringRef("-") : commandLine.output;
  if (llvm::Error error = writeOutput(output, contents)) {
    printError() << llvm::toString(std::move(error)) << "\n";
    return 1;
  }
  return 0;
}
