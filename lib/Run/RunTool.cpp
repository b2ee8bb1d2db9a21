//===- RunTool.cpp - the tool moe-run -------------------------------------===//

#include "Run/RunTool.h"
#include "Run/CommandLine.h"
#include "Run/Stats.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;
using namespace moesaic;
using namespace moesaic::run;

namespace {
/// Prints messages with a caret where they have a place in a source file, and
/// after the tool's name where they have none.
class MessagePrinter {
public:
  MessagePrinter(MLIRContext *context, llvm::SourceMgr &sources)
      : sourceHandler(sources, context, llvm::errs()),
        handler(context, [this](Diagnostic &diagnostic) {
          print(diagnostic.getLocation(), diagnostic.str(),
                diagnostic.getSeverity());
          for (Diagnostic &note : diagnostic.getNotes()) {
            print(
                isa<UnknownLoc>(note.getLocation()) ||
                        note.getLocation() == diagnostic.getLocation()
                    ? Location(UnknownLoc::get(note.getLocation().getContext()))
                    : note.getLocation(),
                note.str(), DiagnosticSeverity::Note);
          }
          return success();
        }) {}

private:
  SourceMgrDiagnosticHandler sourceHandler;
  ScopedDiagnosticHandler handler; // asked first, because it is newer

  void print(Location loc, const std::string &text,
             DiagnosticSeverity severity) {
    if (!isa<UnknownLoc>(loc)) {
      sourceHandler.emitDiagnostic(loc, text, severity);
      return;
    }
    switch (severity) {
    case DiagnosticSeverity::Error:
      llvm::errs() << "moe-run: error: ";
      break;
    case DiagnosticSeverity::Warning:
      llvm::errs() << "moe-run: warning: ";
      break;
    default:
      if (!StringRef(text).starts_with("help: ")) {
        llvm::errs() << "note: ";
      }
      break;
    }
    llvm::errs() << text << "\n";
  }
};
} // namespace

static LogicalResult execute(const CommandLine &line, MLIRContext *context,
                             llvm::SourceMgr &sources) {
  Location loc = UnknownLoc::get(context);
  OutputFiles outputs;
  for (const GivenArguments::File &file : line.arguments.files) {
    if (!file.output.empty() && failed(outputs.announce(file.output, loc))) {
      return failure();
    }
  }
  FailureOr<std::unique_ptr<Device>> device =
      createDevice(line.device, context, line.stats);
  if (failed(device)) {
    return failure();
  }
  OwningOpRef<ModuleOp> module = loadProgram(line.program, sources, context);
  if (!module) {
    return failure();
  }
  FailureOr<Callee> callee = findCallee(*module, line.program);
  if (failed(callee)) {
    return failure();
  }
  FailureOr<Binding> binding = bindArguments(*callee, line.arguments);
  if (failed(binding)) {
    return failure();
  }
  Runner runner(**device, *callee, line.fill);
  if (failed(runner.run(*binding)) ||
      failed(outputs.write(*callee, *binding, runner))) {
    return failure();
  }
  if (line.stats) {
    printStats(runner.reports, llvm::outs());
  }
  return success();
}

int moesaic::run::runTool(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  llvm::Expected<CommandLine> line =
      parseCommandLine(ArrayRef(const_cast<const char **>(argv) + 1, argc - 1));
  if (!line) {
    llvm::errs() << "moe-run: error: " << llvm::toString(line.takeError())
                 << "\n";
    return 1;
  }
  if (line->help) {
    llvm::outs() << getHelp();
    return 0;
  }
  MLIRContext context(MLIRContext::Threading::DISABLED);
  context.printOpOnDiagnostic(false);
  llvm::SourceMgr sources;
  MessagePrinter printer(&context, sources);
  return failed(execute(*line, &context, sources)) ? 1 : 0;
}
