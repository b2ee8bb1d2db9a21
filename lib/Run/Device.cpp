//===- Device.cpp - choosing a device by its name -------------------------===//

#include "Run/Device.h"

using namespace mlir;
using namespace moesaic::run;

FailureOr<std::unique_ptr<Device>>
moesaic::run::createDevice(StringRef name, MLIRContext *context, bool counts) {
  if (name == "interp") {
    return createInterpDevice(context, /*checked=*/false);
  }
  if (name == "interp:checked") {
    return createInterpDevice(context, /*checked=*/true);
  }
  if (name.consume_front("sim:")) {
    return createSimDevice(name, context, counts);
  }
  InFlightDiagnostic error = emitError(UnknownLoc::get(context))
                             << "unknown device '" << name << "'";
  error.attachNote() << "help: --device=interp, --device=interp:checked or "
                        "--device=sim:gfx942";
  return error;
}
