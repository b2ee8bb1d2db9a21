//===- Compiler.h - from a module to any stage of its kernels ---*- C++ -*-===//

#ifndef MOESAIC_DRIVER_COMPILER_H
#define MOESAIC_DRIVER_COMPILER_H

#include "Target/CodeObject.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Support/LLVM.h"
#include "llvm/ADT/SmallVector.h"
#include <optional>
#include <string>

namespace moesaic {

struct CompileOptions {
  std::string target = "gfx942";
  /// Instructions know their source line; the code is the same without.
  bool lineTables = true;
  /// Say as remarks what will be fast and what slow.
  bool remarks = false;
};

/// What a compilation can print, in the order in which the stages run.
enum class Stage { AST, Tile, Layout, GPU, LLVM, Assembly, CodeObject };

/// The stage called `name` ("ast", "tile", "layout", "gpu", "llvm", "asm",
/// "hsaco").
std::optional<Stage> parseStage(llvm::StringRef name);

/// The names that `parseStage` knows, separated by commas.
llvm::StringRef stageNames();

struct CompiledKernel {
  std::string symbol;
  llvm::SmallVector<char, 0> object;
  unsigned blockSize = 0;
  KernelResources resources;
};

/// Compiles one kernel, or the only one if `kernel` is empty. `module` holds
/// `tile.kernel`s or, at one lane's level, `gpu.module`s; it is not changed.
/// Diagnostics go to the context, crashes of the code generator too. Contexts
/// that run passes on threads of their own lose that last protection.
mlir::FailureOr<CompiledKernel> compileKernel(mlir::ModuleOp module,
                                              llvm::StringRef kernel,
                                              const CompileOptions &options);

/// Prints a stage of one kernel, or of all of them if `kernel` is empty.
mlir::LogicalResult emitStage(mlir::ModuleOp module, llvm::StringRef kernel,
                              Stage stage, const CompileOptions &options,
                              llvm::raw_ostream &out);

/// What parsing and compiling need and no more, for a fast start.
void registerMoesaicDialects(mlir::DialectRegistry &registry);

} // namespace moesaic

#endif
