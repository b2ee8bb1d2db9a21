//===- CrashGuard.h - outlive code that may abort ---------------*- C++ -*-===//

#ifndef MOESAIC_TARGET_CRASHGUARD_H
#define MOESAIC_TARGET_CRASHGUARD_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include <string>

namespace moesaic {

/// Runs `body`. Returns true if it came to its end; false if it crashed or
/// LLVM raised a fatal error, with the reason in `reason`. Objects that `body`
/// owned then are lost, so whatever it leaves in memory must not be used.
/// Several threads may do this at once.
bool runGuarded(llvm::function_ref<void()> body, std::string &reason);

} // namespace moesaic

#endif
