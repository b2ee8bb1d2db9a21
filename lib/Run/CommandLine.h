//===- CommandLine.h - the command line of moe-run -------------*- C++ -*-===//

#ifndef MOESAIC_RUN_COMMANDLINE_H
#define MOESAIC_RUN_COMMANDLINE_H

#include "Run/Binding.h"
#include "Run/Program.h"
#include "Run/Runner.h"

namespace moesaic::run {

/// What the user asks for.
struct CommandLine {
  ProgramRequest program;
  GivenArguments arguments;
  std::string device = "interp";
  Fill fill;
  bool stats = false;
  bool help = false;
};

/// Parses the arguments after the tool's name. LLVM's own options have no say
/// here: one of them is called --stats, too.
llvm::Expected<CommandLine>
parseCommandLine(llvm::ArrayRef<const char *> arguments);

/// What --help prints.
llvm::StringRef getHelp();

} // namespace moesaic::run

#endif
