//===- Resources.cpp - what a code object says about its kernels ----------===//

#include "Target/CodeObject.h"
#include "llvm/BinaryFormat/ELF.h"
#include "llvm/BinaryFormat/MsgPackDocument.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/AMDHSAKernelDescriptor.h"
#include "llvm/Support/Endian.h"

using namespace llvm;
using namespace moesaic;
using Elf = object::ELF64LEFile;

static Error malformed(const Twine &what) {
  return createStringError(inconvertibleErrorCode(),
                           "malformed code object: " + what);
}

/// Finds the metadata note and decodes it.
static Error readMetadata(const Elf &elf, msgpack::Document &document) {
  auto headers = elf.program_headers();
  if (!headers) {
    return headers.takeError();
  }
  for (const auto &header : *headers) {
    if (header.p_type != ELF::PT_NOTE) {
      continue;
    }
    Error error = Error::success();
    for (const auto &note : elf.notes(header, error)) {
      if (note.getName() == "AMDGPU" &&
          note.getType() == ELF::NT_AMDGPU_METADATA) {
        consumeError(std::move(error));
        return document.readFromBlob(note.getDescAsStringRef(4),
                                     /*Multi=*/false)
                   ? Error::success()
                   : malformed("metadata is not MessagePack");
      }
    }
    if (error) {
      return error;
    }
  }
  return malformed("no metadata note");
}

static unsigned getNumber(msgpack::MapDocNode map, StringRef key) {
  auto entry = map.find(key);
  if (entry == map.end()) {
    return 0;
  }
  if (entry->second.getKind() == msgpack::Type::UInt) {
    return entry->second.getUInt();
  }
  return entry->second.getKind() == msgpack::Type::Int ? entry->second.getInt()
                                                       : 0;
}

static StringRef getString(msgpack::MapDocNode map, StringRef key) {
  auto entry = map.find(key);
  return entry != map.end() && entry->second.isString()
             ? entry->second.getString()
             : StringRef();
}

/// The arguments of a kernel that its caller passes.
static SmallVector<KernelArgument> readArguments(msgpack::MapDocNode kernel) {
  SmallVector<KernelArgument> arguments;
  auto list = kernel.find(".args");
  if (list == kernel.end() || !list->second.isArray()) {
    return arguments;
  }
  for (msgpack::DocNode &node : list->second.getArray()) {
    if (!node.isMap()) {
      continue;
    }
    msgpack::MapDocNode argument = node.getMap();
    if (!getString(argument, ".value_kind").starts_with("hidden_")) {
      arguments.push_back({getString(argument, ".name").str(),
                           getNumber(argument, ".offset"),
                           getNumber(argument, ".size")});
    }
  }
  return arguments;
}

/// Where the accumulation registers begin, from the kernel descriptor: on
/// gfx90a and gfx942 both kinds share one file and the metadata only has the
/// sum. Null if the symbol is missing.
static std::optional<unsigned>
readAccumulatorOffset(const Elf &elf, const object::ELF64LEObjectFile &file,
                      StringRef symbolName) {
  for (object::ELFSymbolRef symbol : file.getDynamicSymbolIterators()) {
    Expected<StringRef> name = symbol.getName();
    Expected<uint64_t> address = symbol.getAddress();
    if (!name || !address) {
      consumeError(name.takeError());
      consumeError(address.takeError());
      continue;
    }
    if (*name != symbolName) {
      continue;
    }
    Expected<const uint8_t *> bytes = elf.toMappedAddr(*address);
    if (!bytes) {
      consumeError(bytes.takeError());
      return std::nullopt;
    }
    StringRef buffer(file.getData());
    const auto *begin = reinterpret_cast<const uint8_t *>(buffer.data());
    if (*bytes + sizeof(amdhsa::kernel_descriptor_t) > begin + buffer.size()) {
      return std::nullopt;
    }
    uint32_t word = support::endian::read32le(
        *bytes + offsetof(amdhsa::kernel_descriptor_t, compute_pgm_rsrc3));
    // COMPUTE_PGM_RSRC3 bits 5:0, granules of four less one.
    return ((word & 63) + 1) * 4;
  }
  return std::nullopt;
}

Expected<SmallVector<KernelResources>>
moesaic::readResources(StringRef codeObject) {
  auto file = object::ObjectFile::createELFObjectFile(
      MemoryBufferRef(codeObject, "code object"));
  if (!file) {
    return file.takeError();
  }
  auto *elfFile = dyn_cast<object::ELF64LEObjectFile>(file->get());
  if (!elfFile) {
    return malformed("not a 64-bit little-endian ELF file");
  }
  const Elf &elf = elfFile->getELFFile();
  msgpack::Document document;
  if (Error error = readMetadata(elf, document)) {
    return error;
  }
  if (!document.getRoot().isMap()) {
    return malformed("metadata is not a map");
  }
  msgpack::MapDocNode root = document.getRoot().getMap();
  auto kernels = root.find("amdhsa.kernels");
  if (kernels == root.end() || !kernels->second.isArray()) {
    return malformed("metadata has no kernels");
  }
  SmallVector<KernelResources> result;
  for (msgpack::DocNode &node : kernels->second.getArray()) {
    if (!node.isMap()) {
      return malformed("a kernel's metadata is not a map");
    }
    msgpack::MapDocNode kernel = node.getMap();
    KernelResources resources;
    auto name = kernel.find(".name"), symbol = kernel.find(".symbol");
    if (name == kernel.end() || symbol == kernel.end() ||
        !name->second.isString() || !symbol->second.isString()) {
      return malformed("a kernel has no name");
    }
    resources.name = name->second.getString().str();
    resources.agprs = getNumber(kernel, ".agpr_count");
    resources.vgprs = getNumber(kernel, ".vgpr_count");
    resources.sgprs = getNumber(kernel, ".sgpr_count");
    resources.vgprSpills = getNumber(kernel, ".vgpr_spill_count");
    resources.sgprSpills = getNumber(kernel, ".sgpr_spill_count");
    resources.ldsBytes = getNumber(kernel, ".group_segment_fixed_size");
    resources.scratchBytes = getNumber(kernel, ".private_segment_fixed_size");
    resources.kernargBytes = getNumber(kernel, ".kernarg_segment_size");
    resources.workgroupSize = getNumber(kernel, ".max_flat_workgroup_size");
    resources.arguments = readArguments(kernel);
    if (resources.agprs != 0) {
      if (auto offset = readAccumulatorOffset(elf, *elfFile,
                                              symbol->second.getString())) {
        resources.vgprs = std::min(resources.vgprs - resources.agprs, *offset);
      }
    }
    result.push_back(std::move(resources));
  }
  return result;
}
