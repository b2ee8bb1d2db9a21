//===- CommandLine.h - options of moe-opt's compile mode --------*- C++ -*-===//
//
// Parsed by hand into a plain struct: lld resets every `cl::opt` of the
// process, and registering MLIR's own options costs start-up time.
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_TOOLS_MOE_OPT_COMMANDLINE_H
#define MOESAIC_TOOLS_MOE_OPT_COMMANDLINE_H

#include "Driver/Compiler.h"
#include "Report/KernelReport.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"
#include <string>
#include <utility>
#include <vector>

namespace moesaic {

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
  std::optional<std::string> target;
  std::string kernel;
  std::string entry;
  std::vector<std::pair<std::string, std::string>> defines;
  std::vector<std::string> importPaths;
  bool lineTables = true;
  bool remarks = false;
  std::optional<ReportOptions> report;
};

/// Whether the arguments ask for a compilation; otherwise they are mlir-opt's.
bool isCompileMode(llvm::ArrayRef<llvm::StringRef> arguments);

/// Parses the arguments of compile mode, without the program's name. The error
/// may have a second line that begins with "help: ".
llvm::Expected<CommandLine>
parseCommandLine(llvm::ArrayRef<llvm::StringRef> arguments);

/// What `moe-opt --help` prints.
llvm::StringRef helpText();

/// Prints the report of a code object to standard output. Fails when a figure
/// violates a limit, or when the baseline cannot be read.
llvm::Error printReport(const ReportOptions &options, const Chip &chip,
                        llvm::StringRef codeObject);

/// Compiles; the program's exit status.
int runCompileMode(const CommandLine &commandLine);

} // namespace moesaic

#endif
