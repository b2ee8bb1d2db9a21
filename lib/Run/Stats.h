//===- Stats.h - what launches did, as text --------------------*- C++ -*-===//

#ifndef MOESAIC_RUN_STATS_H
#define MOESAIC_RUN_STATS_H

#include "Run/Device.h"

namespace moesaic::run {

/// Prints a paragraph for each launch.
void printStats(llvm::ArrayRef<LaunchReport> reports, llvm::raw_ostream &os);

} // namespace moesaic::run

#endif
