//===- Bundle.h - sizes and parts of code object images ---------*- C++ -*-===//
//
// HIP passes code as a bare pointer to an ELF file, to a clang offload bundle
// or to a compressed one; each says how long it is.
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_HIP_BUNDLE_H
#define MOESAIC_HIP_BUNDLE_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>

namespace moesaic::hip {

/// Sets `needed` to the bytes of the image, of which `available` may be read.
/// Returns false when the image is none or its header is not whole.
bool imageBytes(const void *image, uint64_t available, uint64_t &needed);

/// One entry of an offload bundle.
struct BundleEntry {
  llvm::StringRef id; ///< For example `hipv4-amdgcn-amd-amdhsa--gfx942`.
  llvm::StringRef object;
};

/// Reads an uncompressed bundle; false when it is malformed.
bool readBundle(llvm::StringRef bundle,
                llvm::SmallVectorImpl<BundleEntry> &entries);

} // namespace moesaic::hip

#endif
