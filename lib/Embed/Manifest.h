//===- Manifest.h - what is in an object, for tools -------------*- C++ -*-===//

#ifndef MOESAIC_EMBED_MANIFEST_H
#define MOESAIC_EMBED_MANIFEST_H

#include "Embed/Image.h"

namespace moesaic::embed {

/// JSON: the targets, every kernel with its arguments and resources, and the
/// functions that a host program can call.
std::string getManifest(const Interface &interface,
                        llvm::ArrayRef<TargetCode> targets,
                        llvm::StringRef host);

} // namespace moesaic::embed

#endif
