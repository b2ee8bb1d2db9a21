//===- Binding.h - from names on a command line to arguments ---*- C++ -*-===//
//
// A kernel or an entry has named parameters: arrays, scalars, extents and
// strides. Arrays and scalars are given; extents follow from the shapes of the
// arrays that are given, or are given themselves; strides are row-major.
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_RUN_BINDING_H
#define MOESAIC_RUN_BINDING_H

#include "Run/Callee.h"
#include "Run/Npy.h"
#include "mlir/IR/Diagnostics.h"
#include <map>

namespace moesaic::run {

/// Arguments as the user gave them: by name, unchecked.
struct GivenArguments {
  struct File {
    std::string name;
    std::string input;  ///< path, or empty
    std::string output; ///< path, or empty
  };
  std::vector<File> files;
  std::vector<std::pair<std::string, std::string>> scalars;
  std::vector<std::pair<std::string, int64_t>> extents;
};

/// An array argument.
struct BoundArray {
  std::string inputPath, outputPath;
  std::optional<NpyArray> input;
  llvm::SmallVector<int64_t> shape;
  /// Bytes of the elements.
  uint64_t bytes = 0;
};

/// The value of every parameter; the addresses of arrays are still missing.
struct Binding {
  std::vector<uint64_t> bits;          ///< by parameter
  std::map<size_t, BoundArray> arrays; ///< by parameter
};

/// Matches what is given with the callee's parameters, solves the extents and
/// checks shapes and `where` clauses. Every complaint names both sides.
mlir::FailureOr<Binding> bindArguments(const Callee &callee,
                                       const GivenArguments &given);

/// Refuses with the text of a `where` clause and the values it speaks of.
mlir::LogicalResult refuse(tile::RequireOp op, const Callee &callee,
                           llvm::ArrayRef<uint64_t> bits);

} // namespace moesaic::run

#endif
