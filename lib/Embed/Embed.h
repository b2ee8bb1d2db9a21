//===- Embed.h - a program as an object and a header ------------*- C++ -*-===//

#ifndef MOESAIC_EMBED_EMBED_H
#define MOESAIC_EMBED_EMBED_H

#include "Embed/Image.h"
#include "mlir/IR/BuiltinOps.h"
#include <string>

namespace moesaic::embed {

struct EmbedOptions {
  std::vector<std::string> targets;
  /// "x86_64" or "aarch64".
  std::string host;
  /// Begins every name in C; may be empty.
  std::string prefix;
  /// Of the program, for messages.
  std::string sourcePath;
  bool lineTables = true;
  /// Say as remarks what will be fast and what slow, for every target.
  bool remarks = false;
};

/// What embedding gives. Equal programs and options give equal bytes.
struct Artifacts {
  llvm::SmallVector<char, 0> object;
  std::string header;
  std::string manifest;         ///< JSON: what is in the object.
  std::vector<TargetCode> code; ///< The code objects in it.
  /// Targets for which the program did not compile, and the others.
  std::vector<std::string> failedTargets, compiledTargets;
};

/// Compiles all kernels of a module for every target, and its launches and
/// entries for the host. On failure, diagnostics have been emitted and
/// `artifacts` tells which targets are to blame.
mlir::LogicalResult embedProgram(mlir::ModuleOp program,
                                 const EmbedOptions &options,
                                 Artifacts &artifacts);

} // namespace moesaic::embed

#endif
