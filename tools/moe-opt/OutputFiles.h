//===- OutputFiles.h - several files, whole or not at all -------*- C++ -*-===//

#ifndef MOESAIC_TOOLS_MOE_OPT_OUTPUTFILES_H
#define MOESAIC_TOOLS_MOE_OPT_OUTPUTFILES_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"

namespace moesaic {

struct OutputFile {
  llvm::StringRef path; ///< - is standard output.
  llvm::StringRef contents;
};

/// Writes each file to a temporary beside it, then gives all their names. On
/// failure, prints an error; files that were there are as they were.
bool writeFiles(llvm::ArrayRef<OutputFile> files);

/// Standard error, behind "moe-opt: error: ".
llvm::raw_ostream &printError();

} // namespace moesaic

#endif
