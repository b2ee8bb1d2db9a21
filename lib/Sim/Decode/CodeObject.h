//===- CodeObject.h - AMDGPU ELF code objects -------------------*- C++ -*-===//
//
// Reads an ELF code object: segments, relocations, kernel descriptors and the
// msgpack metadata note. Any malformed file gives an error.
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_SIM_DECODE_CODEOBJECT_H
#define MOESAIC_SIM_DECODE_CODEOBJECT_H

#include "Sim/Simulator.h"
#include "llvm/ADT/StringMap.h"

namespace moesaic::sim {

/// The fields of a 64-byte kernel descriptor that start a wave
/// (AMDGPUUsage, "Kernel Descriptor").
struct KernelDescriptor {
  uint32_t groupBytes = 0, privateBytes = 0, kernargBytes = 0;
  int64_t entryOffset = 0;
  uint32_t rsrc1 = 0, rsrc2 = 0, rsrc3 = 0;
  uint16_t properties = 0, preload = 0;

  /// ENABLE_WAVEFRONT_SIZE32
  bool isWave32() const { return properties >> 10 & 1; }
};

/// A kernel: its metadata, its descriptor, and where its code starts.
struct Kernel {
  KernelInfo info;
  KernelDescriptor descriptor;
  uint64_t entry = 0;
  bool dynamicStack = false;
};

struct SymbolRange {
  uint64_t address = 0, size = 0;
  bool isFunction = false;
};

/// A code object after loading: addresses are device addresses.
struct CodeObject {
  uint64_t base = 0, size = 0;         ///< The image in device memory.
  uint64_t lowest = 0;                 ///< The file's address of `base`.
  uint64_t textBegin = 0, textEnd = 0; ///< The executable segments.
  std::vector<Kernel> kernels;
  llvm::StringMap<SymbolRange> symbols;
  std::vector<std::string> printfFormats;
};

/// Parses `object`, which must be for `chip`, and loads it into `memory`.
llvm::Expected<CodeObject> loadCodeObject(llvm::MemoryBufferRef object,
                                          llvm::StringRef chip, Memory &memory);

} // namespace moesaic::sim

#endif
