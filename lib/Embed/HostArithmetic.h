//===- HostArithmetic.h - arithmetic of entries on the host -----*- C++ -*-===//

#ifndef MOESAIC_EMBED_HOSTARITHMETIC_H
#define MOESAIC_EMBED_HOSTARITHMETIC_H

#include "mlir/IR/Operation.h"
#include "mlir/Support/LLVM.h"

namespace moesaic::embed {

/// Reports the first operation of a launch region or an entry that host code
/// cannot carry out: it has no rounding of narrow floats and no math library.
mlir::LogicalResult checkHostOperations(mlir::Region &host);

/// Gives integer divisions and shifts the meaning that the language states for
/// operands which the machine refuses: a division by zero gives zero, one by
/// minus one wraps, a shift by the width or more leaves zero or the sign.
void defineIntegerEdges(mlir::Operation *root);

} // namespace moesaic::embed

#endif
