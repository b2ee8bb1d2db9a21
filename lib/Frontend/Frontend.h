//===- Frontend.h - from .tile source to the tile dialect -------*- C++ -*-===//
//
// docs/language.md is the reference of the language.
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_FRONTEND_FRONTEND_H
#define MOESAIC_FRONTEND_FRONTEND_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/SourceMgr.h"
#include <string>
#include <utility>
#include <vector>

namespace moesaic {

struct FrontendOptions {
  /// Emit exactly this kernel, or
  std::string kernel;
  /// this entry and every kernel instance it launches. When both are empty:
  /// every kernel and every entry of the main file.
  std::string entry;
  /// Values of compile-time parameters (`-D NAME=VALUE`): constant expressions
  /// or types.
  std::vector<std::pair<std::string, std::string>> defines;
  /// Kernels asked for by name, in place of the main file's: a name and
  /// `kernel<PARAMETER = VALUE, ...>`.
  std::vector<std::pair<std::string, std::string>> instances;
  /// Mark what was asked for with `tile.exports` (the names to export it
  /// under) and `tile.parameters` (its parameters and their values).
  bool markExports = false;
  /// Where imports are looked for after the importing file's own folder.
  std::vector<std::string> importPaths;
};

/// Compiles the main buffer of `sources` to the tile dialect. Null on error;
/// every diagnostic has then been printed through `sources`.
mlir::OwningOpRef<mlir::ModuleOp>
compileTileFile(llvm::SourceMgr &sources, mlir::MLIRContext &context,
                const FrontendOptions &options);

/// Parses the main buffer of `sources` and prints it in canonical form, every
/// expression in parentheses. What is printed parses to the same tree.
mlir::LogicalResult printTileAST(llvm::SourceMgr &sources,
                                 llvm::raw_ostream &stream);

} // namespace moesaic

#endif
