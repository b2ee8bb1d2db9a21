//===- Abi.cpp - numbers that HIP has changed -----------------------------===//

#include "Hip/Abi.h"
#include "llvm/ADT/StringRef.h"
#include <dlfcn.h>

using namespace moesaic::hip;

int moesaic::hip::hipGeneration() {
  static const int generation = [] {
    Dl_info info;
    unsigned number = 5;
    if (dladdr(reinterpret_cast<void *>(&hipGeneration), &info) &&
        info.dli_fname) {
      llvm::StringRef suffix =
          llvm::StringRef(info.dli_fname).rsplit(".so.").second;
      if (suffix.split('.').first.getAsInteger(10, number)) {
        number = 5;
      }
    }
    return int(number);
  }();
  return generation;
}

unsigned moesaic::hip::memoryTypeForProgram(hipMemoryType type, bool managed) {
  if (hipGeneration() < 6) {
    return type;
  }
  // 0 is unregistered memory since HIP 6.
  return managed                       ? 3
         : type == hipMemoryTypeHost   ? 1
         : type == hipMemoryTypeDevice ? 2
         : type == hipMemoryTypeArray  ? 10
                                       : 11;
}

hipMemoryType moesaic::hip::memoryTypeOfProgram(unsigned type) {
  if (hipGeneration() < 6) {
    return hipMemoryType(type);
  }
  switch (type) {
  case 0:
  case 1:
    return hipMemoryTypeHost;
  case 2:
  case 3:
    return hipMemoryTypeDevice;
  case 10:
    return hipMemoryTypeArray;
  default:
    return hipMemoryTypeUnified;
  }
}

unsigned moesaic::hip::nodeTypeForProgram(hipGraphNodeType type) {
  // Kernels had the number 1 before HIP 6, and no other kind here moved
  // against them.
  return hipGeneration() < 6 ? unsigned(type) : unsigned(type) - 1;
}
