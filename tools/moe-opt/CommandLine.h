//===- CommandLine.h - options of moe-opt's compile mode --------*- C++ -*-===//
//
// Parsed by hand into a plain struct: lld resets every `cl::opt` of the
// process, and registering MLIR's own options costs start-up time.
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_TOOLS_MOE_OPT_COMMANDLINE_H
#define MOESAIC_TOOLS_MOE_OPT_COMMANDLINE_H

#include "Driver/Compiler.h"
#include "Frontend/Frontend.h"
#include "Report/KernelReport.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"
#include <string>
#include <utility>
#include <vector>

namespace moesaic {

/// What is made for host programs, instead of a stage.
enum class Artifact { Object, Header, Manifest };

/// What `--report` asks for.
struct ReportOptions {
  bool json = false;
  std::string baseline; ///< Path of a saved JSON report; empty: none.
  std::vector<report::Limit> limits;
};

struct CommandLine {
  std::string input;
  std::string output;
  std::optional<Stage> stage;
  std::optional<Artifact> artifact;
  std::vector<std::string> targets;
  std::string kernel;
  std::string entry;
  std::vector<std::pair<std::string, std::string>> defines;
  std::vector<std::string> importPaths;
  bool lineTables = true;
  bool remarks = false;
  std::optional<ReportOptions> report;
  // For host programs:
  std::string header, manifest;
  std::string host;
  std::optional<std::string> prefix; ///< None: the stem of the input.
  std::vector<std::pair<std::string, std::string>> instances;
  bool writeDependencies = false;
  std::string dependencies; ///< Path, or empty: beside the output.

  /// Whether nothing but a report is asked for.
  bool isReportOnly() const {
    return report && !artifact && output.empty() && header.empty();
  }
};

/// Whether the arguments ask for a compilation; otherwise they are mlir-opt's.
bool isCompileMode(llvm::ArrayRef<llvm::StringRef> arguments);

/// Parses the arguments of compile mode, without the program's name. The error
/// may have a second line that begins with "help: ".
llvm::Expected<CommandLine>
parseCommandLine(llvm::ArrayRef<llvm::StringRef> arguments);

/// What `moe-opt --help` prints.
llvm::StringRef helpText();

/// Reads the input into the main buffer of `sources`; false after an error was
/// printed.
bool readInput(const CommandLine &commandLine, llvm::SourceMgr &sources);

/// What the command line asks of the frontend.
FrontendOptions getFrontendOptions(const CommandLine &commandLine);

/// Makes an object, a header or a manifest; the program's exit status.
int runEmbedMode(const CommandLine &commandLine);

/// A code object and what it is for.
using TargetObject = std::pair<const Chip *, llvm::StringRef>;

/// Prints the report of code objects to standard output. False, with an error
/// printed, when a figure violates a limit or the baseline cannot be read.
bool printReport(const ReportOptions &options,
                 llvm::ArrayRef<TargetObject> objects);

/// Compiles; the program's exit status.
int runCompileMode(const CommandLine &commandLine);

} // namespace moesaic

#endif
