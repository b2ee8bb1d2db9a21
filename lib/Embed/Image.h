//===- Image.h - all code objects of a program as one block -----*- C++ -*-===//

#ifndef MOESAIC_EMBED_IMAGE_H
#define MOESAIC_EMBED_IMAGE_H

#include "Embed/Interface.h"
#include "Target/Chips.h"
#include "Target/CodeObject.h"

namespace moesaic::embed {

/// What one target's compilation gave.
struct TargetCode {
  const Chip *chip;
  llvm::SmallVector<char, 0> object;
  /// In the order of the interface's kernels.
  llvm::SmallVector<KernelResources> kernels;
};

/// Brings the resources into the interface's order and compares every
/// argument's place with the metadata. An error is one of the compiler.
llvm::Error checkAgainstMetadata(TargetCode &code, const Interface &interface);

/// The image that include/moesaic/embed.h describes.
std::string getImage(const Interface &interface,
                     llvm::ArrayRef<TargetCode> targets);

} // namespace moesaic::embed

#endif
