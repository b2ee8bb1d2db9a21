//===- Interpreter.h - the meaning of a tile program -----------*- C++ -*-===//
//
// Executes the tile dialect on the host, one rule per operation. A kernel's
// result here is what it means; compiled code is compared with it. Addresses
// are plain host addresses.
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_INTERP_INTERPRETER_H
#define MOESAIC_INTERP_INTERPRETER_H

#include "dialects/Tile/IR/Tile.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace moesaic::interp {

struct InterpOptions {
  /// Host threads; 0 takes as many as the host has.
  unsigned threads = 0;
  /// Report two elements of one store that go to the same place.
  bool checked = false;
};

/// What a run of a kernel did.
struct RunCounts {
  uint64_t bytesRead = 0;
  uint64_t bytesWritten = 0;
};

/// Runs the body of a kernel for workgroups 0 to blocks-1, several at a time;
/// they communicate through memory only. `arguments` holds the raw bits of
/// each kernel argument.
mlir::LogicalResult runKernel(tile::KernelOp kernel,
                              llvm::ArrayRef<uint64_t> arguments,
                              int64_t blocks, const InterpOptions &options = {},
                              RunCounts *counts = nullptr);

/// What host code (a launch region or an entry) does besides arithmetic.
/// Integers are sign-extended; addresses and floats are raw bits.
class HostActions {
public:
  virtual ~HostActions() = default;
  virtual mlir::LogicalResult shape(tile::ShapeOp op, uint64_t array,
                                    llvm::ArrayRef<int64_t> extents,
                                    llvm::ArrayRef<int64_t> strides);
  virtual mlir::LogicalResult require(tile::RequireOp op, bool holds);
  virtual mlir::LogicalResult grid(tile::GridOp op, int64_t blocks);
  virtual mlir::LogicalResult launch(tile::LaunchOp op,
                                     llvm::ArrayRef<uint64_t> arguments);
  virtual mlir::FailureOr<uint64_t> workspace(tile::WorkspaceOp op,
                                              int64_t count);
  virtual mlir::LogicalResult zero(tile::ZeroOp op, uint64_t address,
                                   int64_t count);
};

/// Evaluates the launch region of a kernel or the body of an entry, in order.
mlir::LogicalResult runHost(mlir::Region &region,
                            llvm::ArrayRef<uint64_t> arguments,
                            HostActions &actions);

/// Bytes that an element of this type takes in memory.
unsigned getElementBytes(mlir::Type elementType);

} // namespace moesaic::interp

#endif
