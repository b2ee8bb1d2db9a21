//===- TileToGPU.h - from whole tiles to one lane's vectors -----*- C++ -*-===//

#ifndef MOESAIC_CONVERSION_TILETOGPU_TILETOGPU_H
#define MOESAIC_CONVERSION_TILETOGPU_TILETOGPU_H

#include "mlir/Pass/Pass.h"

namespace moesaic {

#define GEN_PASS_DECL_CONVERTTILETOGPU
#include "Conversion/TileToGPU/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "Conversion/TileToGPU/Passes.h.inc"

} // namespace moesaic

#endif
