//===- Npy.h - NumPy array files -------------------------------*- C++ -*-===//
//
// Reads and writes `.npy` files (format versions 1 to 3): C order, little
// endian, plain numbers. bf16 is kept as uint16 and the fp8 types as uint8,
// because NumPy has no types for them.
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_RUN_NPY_H
#define MOESAIC_RUN_NPY_H

#include "mlir/IR/Types.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"
#include <string>

namespace moesaic::run {

struct NpyArray {
  /// NumPy's name of the element type, such as "<f4".
  std::string descr;
  llvm::SmallVector<int64_t> shape;
  /// The elements; they point into `file`.
  llvm::StringRef data;
  std::unique_ptr<llvm::MemoryBuffer> file;
};

/// Reads the bytes of a file; messages do not name the file.
llvm::Expected<NpyArray> parseNpy(std::unique_ptr<llvm::MemoryBuffer> file);

/// Reads a file; messages name it.
llvm::Expected<NpyArray> readNpy(llvm::StringRef path);

/// What stands before the elements in a file.
std::string makeNpyHeader(llvm::StringRef descr, llvm::ArrayRef<int64_t> shape);

/// The descr under which elements of `type` are written.
llvm::StringRef getNpyDescr(mlir::Type type);
/// Whether elements of a file can be taken as `type`: the same, or the same
/// bits unsigned.
bool isNpyDescrOf(llvm::StringRef descr, mlir::Type type);
/// "float32" for "<f4".
std::string describeNpyDescr(llvm::StringRef descr);

} // namespace moesaic::run

#endif
