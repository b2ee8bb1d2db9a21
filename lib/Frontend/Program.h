//===- Program.h - the main file and all that it imports --------*- C++ -*-===//

#ifndef MOESAIC_FRONTEND_PROGRAM_H
#define MOESAIC_FRONTEND_PROGRAM_H

#include "Frontend/AST.h"
#include "Frontend/Diagnostics.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

namespace moesaic::frontend {

class Program {
public:
  Program(Diagnostics &diagnostics, std::vector<std::string> importPaths)
      : diagnostics(diagnostics), importPaths(std::move(importPaths)) {}

  /// Parses the prelude, the main buffer and everything imported.
  void load();

  const Routine *find(llvm::StringRef name) const {
    return routines.lookup(name);
  }
  /// All names of routines, for suggestions.
  std::vector<llvm::StringRef> getNames() const;
  /// What the main file declares, in order.
  llvm::ArrayRef<Routine *> getMainRoutines() const { return mainRoutines; }
  ASTContext &getContext() { return context; }

private:
  void parseBuffer(unsigned buffer);
  void importFile(const Import &import, llvm::StringRef importer);
  void declare(Routine *routine);

  Diagnostics &diagnostics;
  std::vector<std::string> importPaths;
  ASTContext context;
  llvm::StringMap<Routine *> routines;
  std::vector<Routine *> mainRoutines;
  llvm::StringSet<> loaded;
};

/// The source of the functions that every program knows.
llvm::StringRef getPrelude();

/// The name closest to `name`, or an empty one when none is close.
llvm::StringRef suggest(llvm::StringRef name,
                        llvm::ArrayRef<llvm::StringRef> candidates);

} // namespace moesaic::frontend

#endif
