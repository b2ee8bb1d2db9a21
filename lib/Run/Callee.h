//===- Callee.h - kernels and entries as their caller sees them -*- C++ -*-===//
//
// A kernel or an entry has named parameters: arrays, scalars, extents and
// strides. moe-run binds files to them, lib/Embed makes C structs of them.
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_RUN_CALLEE_H
#define MOESAIC_RUN_CALLEE_H

#include "dialects/Tile/IR/Tile.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace moesaic::run {

struct Parameter {
  enum Role { Array, Scalar, Extent, Stride };
  std::string name;
  Role role;
  mlir::Type type;    ///< of an element, for an array
  std::string access; ///< "in", "out" or "inout", for an array
  mlir::Location loc;
};

/// What is called: a kernel or an entry.
struct Callee {
  mlir::Operation *op;
  std::string name;
  bool isEntry;
  /// The launch region of a kernel, the body of an entry.
  mlir::Region *host;
  std::vector<Parameter> parameters;

  static Callee get(tile::KernelOp kernel);
  static mlir::FailureOr<Callee> get(mlir::func::FuncOp entry);
  /// "kernel 'NAME'" or "entry 'NAME'".
  std::string describe() const;
};

/// The numbers of the integer parameters that the text of a clause names.
llvm::SmallVector<size_t> getNamedIntegers(llvm::StringRef clause,
                                           const Callee &callee);

} // namespace moesaic::run

#endif
