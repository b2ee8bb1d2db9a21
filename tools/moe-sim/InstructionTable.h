//===- InstructionTable.h - lists of simulated instructions -----*- C++ -*-===//

#ifndef MOESAIC_TOOLS_MOE_SIM_INSTRUCTIONTABLE_H
#define MOESAIC_TOOLS_MOE_SIM_INSTRUCTIONTABLE_H

#include "llvm/Support/Error.h"

namespace moesaic::sim {

/// Prints the mnemonics that are simulated on the chip called `name`; for
/// `table` all instructions by chip, for `summary` the text of
/// docs/instructions.md.
llvm::Error printInstructions(llvm::StringRef name);

} // namespace moesaic::sim

#endif
