//===- Program.h - from a file to what is called ---------------*- C++ -*-===//

#ifndef MOESAIC_RUN_PROGRAM_H
#define MOESAIC_RUN_PROGRAM_H

#include "Run/Binding.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/SourceMgr.h"

namespace moesaic::run {

/// Which part of which file is wanted.
struct ProgramRequest {
  std::string file, kernel, entry;
  std::vector<std::pair<std::string, std::string>> defines;
  std::vector<std::string> importPaths;
};

/// Reads a program: `.tile` source, or the tile dialect in MLIR's text or
/// bytecode (`.mlir`, `.mlirbc`). Null after an error was emitted.
mlir::OwningOpRef<mlir::ModuleOp> loadProgram(const ProgramRequest &request,
                                              llvm::SourceMgr &sources,
                                              mlir::MLIRContext *context);

/// The kernel or the entry that the request names.
mlir::FailureOr<Callee> findCallee(mlir::ModuleOp module,
                                   const ProgramRequest &request);

} // namespace moesaic::run

#endif
