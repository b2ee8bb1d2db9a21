//===- DevicePrintf.h - what kernels print ----------------------*- C++ -*-===//

#ifndef MOESAIC_HIP_DEVICEPRINTF_H
#define MOESAIC_HIP_DEVICEPRINTF_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <cstdio>
#include <string>

namespace moesaic::hip {

/// Formats as printf does. Every argument takes 8 bytes, but a string, which
/// lies in place with its null, padded to a multiple of 8. Arguments that are
/// missing are zero.
std::string formatDeviceMessage(llvm::StringRef format,
                                llvm::ArrayRef<uint8_t> arguments);

/// Prints a message whose format string comes first among the arguments.
/// Returns what printf would.
int printDeviceMessage(FILE *stream, llvm::ArrayRef<uint8_t> message);

/// Prints what kernels left in the buffer of `-mprintf-kind=buffered`, whose
/// constant format strings are in the code object.
void printDeviceBuffer(llvm::ArrayRef<uint8_t> records,
                       llvm::ArrayRef<std::string> formats);

} // namespace moesaic::hip

#endif
