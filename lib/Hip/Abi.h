//===- Abi.h - numbers that HIP has changed ---------------------*- C++ -*-===//
//
// Programs for HIP 5, 6 and 7 ask for libamdhip64.so.5, .6 and .7, which here
// are names of one file. The name under which it was loaded tells what the
// program's headers said: HIP 6 renumbered a few enumerations.
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_HIP_ABI_H
#define MOESAIC_HIP_ABI_H

#include <hip/hip_runtime_api.h>

namespace moesaic::hip {

/// The generation of HIP that the program was built for: 5, 6 or 7.
int hipGeneration();

/// The program's number for a kind of memory, and back.
unsigned memoryTypeForProgram(hipMemoryType type, bool managed);
hipMemoryType memoryTypeOfProgram(unsigned type);

/// The program's number for a kind of node.
unsigned nodeTypeForProgram(hipGraphNodeType type);

} // namespace moesaic::hip

#endif
