//===- EmbedMode.cpp - moe-opt as a maker of host objects -----------------===//

#include "CommandLine.h"
#include "Driver/Input.h"
#include "Driver/Kernels.h"
#include "Embed/Embed.h"
#include "Embed/HostObject.h"
#include "OutputFiles.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;
using namespace moesaic;

/// A path as make reads it.
static std::string escapeForMake(StringRef path) {
  std::string result;
  for (char c : path) {
    if (c == ' ' || c == '#') {
      result += '\\';
    } else if (c == '$') {
      result += '$';
    }
    result += c;
  }
  return result;
}

/// The rule that says which files the outputs are made from.
static std::string getDependencies(const CommandLine &commandLine,
                                   const llvm::SourceMgr &sources) {
  std::string rule = escapeForMake(commandLine.output);
  for (const std::string &path : {commandLine.header, commandLine.manifest}) {
    if (!path.empty()) {
      rule += " " + escapeForMake(path);
    }
  }
  rule += ":";
  for (unsigned i = 1; i <= sources.getNumBuffers(); ++i) {
    StringRef path = sources.getMemoryBuffer(i)->getBufferIdentifier();
    if (!path.starts_with("<")) { // no prelude, no command line
      rule += " \\\n  " + escapeForMake(path);
    }
  }
  return rule + "\n";
}

static void printTargets(const embed::Artifacts &artifacts) {
  if (artifacts.failedTargets.empty() ||
      artifacts.failedTargets.size() + artifacts.compiledTargets.size() < 2) {
    return;
  }
  printError();
  if (!artifacts.compiledTargets.empty()) {
    llvm::errs() << llvm::join(artifacts.compiledTargets, ", ")
                 << " compiled, ";
  }
  llvm::errs() << llvm::join(artifacts.failedTargets, ", ")
               << " did not; nothing was written\n";
}

/// What all names in C begin with: of standard input, nothing.
static std::string getPrefix(const CommandLine &commandLine) {
  if (commandLine.prefix) {
    return *commandLine.prefix;
  }
  return commandLine.input == "-"
             ? ""
             : llvm::sys::path::stem(commandLine.input).str();
}

int moesaic::runEmbedMode(const CommandLine &commandLine) {
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
  OwningOpRef<ModuleOp> module =
      loadModule(sources, context, getFrontendOptions(commandLine));
  // The frontend has selected the kernel, where there is one.
  if (!module || (!isTileFile(commandLine.input) &&
                  failed(keepKernel(*module, commandLine.kernel)))) {
    return 1;
  }

  embed::EmbedOptions options;
  options.targets = commandLine.targets;
  options.host = commandLine.host.empty() ? embed::getDefaultHost().str()
                                          : commandLine.host;
  options.prefix = getPrefix(commandLine);
  options.sourcePath = commandLine.input;
  options.lineTables = commandLine.lineTables;
  options.remarks = commandLine.remarks;
  embed::Artifacts artifacts;
  if (failed(embed::embedProgram(*module, options, artifacts))) {
    printTargets(artifacts);
    return 1;
  }

  if (commandLine.report) {
    SmallVector<TargetObject> objects;
    for (const embed::TargetCode &code : artifacts.code) {
      objects.emplace_back(code.chip,
                           StringRef(code.object.data(), code.object.size()));
    }
    if (!printReport(*commandLine.report, objects)) {
      return 1;
    }
  }
  SmallVector<OutputFile> files;
  StringRef output =
      commandLine.output.empty() ? StringRef("-") : commandLine.output;
  switch (*commandLine.artifact) {
  case Artifact::Object:
    files.push_back(
        {output, StringRef(artifacts.object.data(), artifacts.object.size())});
    break;
  case Artifact::Header:
    files.push_back({output, artifacts.header});
    break;
  case Artifact::Manifest:
    files.push_back({output, artifacts.manifest});
    break;
  }
  if (!commandLine.header.empty()) {
    files.push_back({commandLine.header, artifacts.header});
  }
  if (!commandLine.manifest.empty()) {
    files.push_back({commandLine.manifest, artifacts.manifest});
  }
  std::string dependencies = getDependencies(commandLine, sources);
  SmallString<128> path(commandLine.dependencies);
  if (commandLine.writeDependencies) {
    if (path.empty()) {
      path = output;
      llvm::sys::path::replace_extension(path, "d");
    }
    files.push_back({path, dependencies});
  }
  return writeFiles(files) ? 0 : 1;
}
