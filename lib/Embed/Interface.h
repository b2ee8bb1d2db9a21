//===- Interface.h - what a host program sees of a program ------*- C++ -*-===//
//
// Kernels and entries as C functions and structs. Header, manifest and host
// code are all made from this one description, so that they agree.
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_EMBED_INTERFACE_H
#define MOESAIC_EMBED_INTERFACE_H

#include "Run/Callee.h"
#include "mlir/IR/BuiltinOps.h"

namespace moesaic::embed {

/// One argument of a kernel or an entry: where it lies in the struct.
struct Field {
  std::string name; ///< In C; the program's name where that is possible.
  std::string type; ///< In C, such as `const float *`.
  std::string text; ///< What it is: "bf16 [T, H]", "i32", "extent".
  unsigned offset = 0, bytes = 0;
  mlir::Type element; ///< Of the scalar, or of the array's elements.
};

/// A kernel or an entry with the layout of its arguments. A kernel's struct is
/// its kernarg segment; an entry's ends with `workspace`, `workspace_bytes`.
struct Layout {
  run::Callee callee;
  std::vector<Field> fields; ///< By parameter.
  unsigned bytes = 0;        ///< Up to the last byte of the last parameter.
  unsigned workspaceOffset = 0, structBytes = 0;
  bool usesWorkspace = false;
};

/// A kernel or an entry that the host program can call.
struct Function {
  std::string name;   ///< As the user calls it: "moe_layer".
  std::string symbol; ///< With the prefix: begins all of its C names.
  Layout layout;
  size_t kernel = 0; ///< The number of the kernel, if it is one.
  /// Names and values of its compile-time parameters, in C.
  std::vector<std::pair<std::string, std::string>> constants;
  /// Texts of the `where` clauses.
  std::vector<std::string> clauses;
  /// Of all that a header says about it.
  uint64_t interface = 0;
};

struct Interface {
  std::string prefix; ///< Ends with '_' unless it is empty.
  std::string source; ///< The file's name without its folder.
  std::vector<Layout> kernels;
  std::vector<Function> functions;
};

/// Describes all kernels and entries of a module. Fails, with a diagnostic, if
/// two would get the same name in C.
mlir::FailureOr<Interface> describeInterface(mlir::ModuleOp module,
                                             llvm::StringRef prefix,
                                             llvm::StringRef sourcePath);

/// The nearest identifier of C to `text`; for `text` that is one and no
/// keyword, itself.
std::string toIdentifier(llvm::StringRef text);

/// 64-bit FNV-1a.
uint64_t hashBytes(llvm::StringRef bytes);

/// The shape that a `tile.shape` declares, such as "[T, 2 * I]", with strides
/// behind it where there are any.
std::string getShapeText(tile::ShapeOp op, const run::Callee &callee);

} // namespace moesaic::embed

#endif
