//===- Header.h - the C header of a program ---------------------*- C++ -*-===//

#ifndef MOESAIC_EMBED_HEADER_H
#define MOESAIC_EMBED_HEADER_H

#include "Embed/Interface.h"
#include "Target/Chips.h"

namespace moesaic::embed {

/// Constants, struct, checks of its layout and prototypes of one function.
std::string getDeclarations(const Function &function);

/// The whole header, C99 and C++17.
std::string getHeader(const Interface &interface,
                      llvm::ArrayRef<const Chip *> targets);

} // namespace moesaic::embed

#endif
