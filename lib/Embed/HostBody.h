//===- HostBody.h - one function made of host operations --------*- C++ -*-===//
//
// The host operations of a launch region or an entry are copied into several
// functions; each gives them another meaning.
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_EMBED_HOSTBODY_H
#define MOESAIC_EMBED_HOSTBODY_H

#include "Embed/HostBuilder.h"
#include "Embed/Interface.h"

namespace moesaic::embed {

/// What a copy of host operations is for.
enum class Purpose {
  Check, ///< (args) -> status: everything that is wrong, before any launch
  Grid,  ///< (args) -> workgroups of a kernel
  Size,  ///< (args) -> bytes of workspace of an entry
  Run    ///< (args, stream) -> status: the launches of an entry
};

class HostBody {
public:
  /// `name` is the callee in messages.
  HostBody(HostBuilder &builder, const Interface &interface,
           const Layout &layout, llvm::StringRef name, Purpose purpose);

  /// Copies the host operations into the function. Control flow stays `scf`.
  void clone();
  /// Replaces what is left of the tile dialect, once control flow is blocks.
  void expand();

  mlir::LLVM::LLVMFuncOp function;

  /// The name of the function that holds one purpose of a kernel or entry.
  static std::string getName(const run::Callee &callee, Purpose purpose);

private:
  /// An array as the runtime checks it.
  struct Array {
    llvm::StringRef name, access;
    llvm::SmallVector<mlir::Value> values; ///< Address, extents, strides.
    unsigned rank = 0, elementBytes = 0, alignment = 0;
    bool hasStrides = false;
  };

  void expandShape(tile::ShapeOp op);
  void expandRequire(tile::RequireOp op);
  void expandGrid(tile::GridOp op);
  void expandReturn(mlir::Operation *op);
  void expandWorkspace(tile::WorkspaceOp op);
  void expandZero(tile::ZeroOp op);
  void expandOffset(tile::OffsetOp op);
  void expandLaunch(tile::LaunchOp op);
  void checkArrays(mlir::Operation *op);
  uint64_t getAlignment(tile::ShapeOp op, unsigned elementBytes);
  /// Bytes of the elements behind a pointer operand or result of `op`.
  unsigned getElementBytes(mlir::Operation *op);

  HostBuilder &builder;
  const Interface &interface;
  const Layout &layout;
  std::string name;
  Purpose purpose;
  mlir::Value workspaceUsed; ///< Where the bytes handed out are counted.
  mlir::Value arguments;     ///< Stack memory for a launch's arguments.
  llvm::DenseMap<mlir::Operation *, mlir::Type> elementTypes;
  llvm::SmallVector<Array> arrays; ///< Not checked yet.
  unsigned tables = 0;
};

} // namespace moesaic::embed

#endif
