//===- CodeObject.cpp - AMDGPU ELF code objects ---------------------------===//

#include "Sim/Decode/CodeObject.h"
#include "Sim/Decode/Metadata.h"
#include "llvm/BinaryFormat/ELF.h"
#include "llvm/Object/ELF.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FormatVariadic.h"

using namespace llvm;
using namespace moesaic::sim;
using Elf = object::ELFFile<object::ELF64LE>;

/// An image larger than this is taken for a malformed file.
static constexpr uint64_t kLargestImage = uint64_t(1) << 31;

template <class... Args>
static Error malformed(const char *format, Args... args) {
  std::string message = std::string("malformed code object: ") + format;
  return createStringError(inconvertibleErrorCode(), message.c_str(), args...);
}

static Error malformed(Error cause) {
  return malformed("%s", toString(std::move(cause)).c_str());
}

namespace {

/// Loads one file; the members are what the steps share.
class Loader {
public:
  Loader(MemoryBufferRef object, StringRef chip, Memory &memory)
      : file(object), chip(chip), memory(memory) {}

  Expected<CodeObject> run();

private:
  Error checkHeader(const Elf &elf);
  Error loadSegments(const Elf &elf);
  Error readSymbols(const Elf &elf);
  Error relocate(const Elf &elf);
  Error readNotes(const Elf &elf);
  Error readMetadata(StringRef blob);
  Error readKernel(const MetadataNode &map);
  Error readDescriptor(Kernel &kernel);

  /// The loaded bytes [vaddr, vaddr + bytes), or null.
  uint8_t *image(uint64_t vaddr, uint64_t bytes);

  MemoryBufferRef file;
  StringRef chip;
  Memory &memory;
  CodeObject out;
  uint64_t lowest = 0;
  bool sawMetadata = false;
};

} // namespace

uint8_t *Loader::image(uint64_t vaddr, uint64_t bytes) {
  if (vaddr < lowest || vaddr - lowest > out.size ||
      bytes > out.size - (vaddr - lowest)) {
    return nullptr;
  }
  return reinterpret_cast<uint8_t *>(out.base + (vaddr - lowest));
}

/// The processor of an ELF header's flags. LLVM's own reader of these flags
/// takes every value for a known one.
static std::string processorName(unsigned machine) {
  switch (machine) {
#define PROCESSOR(flag, name)                                                  \
  case ELF::EF_AMDGPU_MACH_AMDGCN_##flag:                                      \
    return name;
    PROCESSOR(GFX900, "gfx900")
    PROCESSOR(GFX906, "gfx906")
    PROCESSOR(GFX908, "gfx908")
    PROCESSOR(GFX90A, "gfx90a")
    PROCESSOR(GFX942, "gfx942")
    PROCESSOR(GFX950, "gfx950")
    PROCESSOR(GFX1010, "gfx1010")
    PROCESSOR(GFX1030, "gfx1030")
    PROCESSOR(GFX1031, "gfx1031")
    PROCESSOR(GFX1032, "gfx1032")
    PROCESSOR(GFX1034, "gfx1034")
    PROCESSOR(GFX1035, "gfx1035")
    PROCESSOR(GFX1036, "gfx1036")
    PROCESSOR(GFX1100, "gfx1100")
    PROCESSOR(GFX1101, "gfx1101")
    PROCESSOR(GFX1102, "gfx1102")
    PROCESSOR(GFX1103, "gfx1103")
    PROCESSOR(GFX1150, "gfx1150")
    PROCESSOR(GFX1151, "gfx1151")
    PROCESSOR(GFX1152, "gfx1152")
    PROCESSOR(GFX1153, "gfx1153")
    PROCESSOR(GFX1200, "gfx1200")
    PROCESSOR(GFX1201, "gfx1201")
    PROCESSOR(GFX1250, "gfx1250")
    PROCESSOR(GFX9_GENERIC, "gfx9-generic")
    PROCESSOR(GFX9_4_GENERIC, "gfx9-4-generic")
    PROCESSOR(GFX11_GENERIC, "gfx11-generic")
    PROCESSOR(GFX12_GENERIC, "gfx12-generic")
#undef PROCESSOR
  default:
    return formatv("processor {0:x} of the ELF flags", machine);
  }
}

/// Whether code for the family `processor` runs on `chip` (AMDGPUUsage,
/// "Generic Processors"; code objects v6).
static bool isGenericFor(StringRef processor, StringRef chip) {
  return (processor == "gfx9-4-generic" &&
          (chip == "gfx942" || chip == "gfx950")) ||
         (processor == "gfx11-generic" && chip.starts_with("gfx11")) ||
         (processor == "gfx12-generic" && chip.starts_with("gfx120"));
}

Error Loader::checkHeader(const Elf &elf) {
  const auto &header = elf.getHeader();
  if (header.e_machine != ELF::EM_AMDGPU) {
    return createStringError("expected an AMDGPU code object, got ELF machine "
                             "%u",
                             unsigned(header.e_machine));
  }
  if (header.e_ident[ELF::EI_OSABI] != ELF::ELFOSABI_AMDGPU_HSA) {
    return createStringError("expected a code object for the HSA ABI, got OS "
                             "ABI %u",
                             unsigned(header.e_ident[ELF::EI_OSABI]));
  }
  // The flags hold the processor also when there is no metadata. Target
  // features (xnack, sramecc) change nothing here: any setting is accepted.
  if (unsigned machine = header.e_flags & ELF::EF_AMDGPU_MACH) {
    std::string processor = processorName(machine);
    if (processor != chip && !isGenericFor(processor, chip)) {
      return createStringError("code object is for %s, the device is a %s",
                               processor.c_str(), chip.str().c_str());
    }
  }
  if (header.e_type != ELF::ET_DYN) {
    return createStringError(
        "expected a linked code object, got ELF type %u (link it with ld.lld "
        "-shared)",
        unsigned(header.e_type));
  }
  return Error::success();
}

Error Loader::loadSegments(const Elf &elf) {
  auto headers = elf.program_headers();
  if (!headers) {
    return malformed(headers.takeError());
  }
  uint64_t low = ~0ull, high = 0;
  for (const auto &segment : *headers) {
    if (segment.p_type != ELF::PT_LOAD) {
      continue;
    }
    uint64_t begin = segment.p_vaddr, bytes = segment.p_memsz;
    if (bytes > kLargestImage || begin > kLargestImage) {
      return malformed("segment at 0x%" PRIx64 " has 0x%" PRIx64 " bytes",
                       begin, bytes);
    }
    if (segment.p_filesz > bytes || segment.p_offset > file.getBufferSize() ||
        segment.p_filesz > file.getBufferSize() - segment.p_offset) {
      return malformed("segment at 0x%" PRIx64 " lies outside the file", begin);
    }
    low = std::min(low, begin);
    high = std::max(high, begin + bytes);
  }
  if (low >= high) {
    return malformed("no segment to load");
  }
  lowest = low & ~uint64_t(4095);
  out.size = high - lowest;
  void *base = memory.allocate(out.size, "code object");
  if (!base) {
    return createStringError("no memory for a code object of %" PRIu64 " bytes",
                             out.size);
  }
  out.base = reinterpret_cast<uint64_t>(base);
  out.lowest = lowest;
  out.textBegin = ~0ull;
  for (const auto &segment : *headers) {
    if (segment.p_type != ELF::PT_LOAD) {
      continue;
    }
    uint8_t *to = image(segment.p_vaddr, segment.p_memsz);
    memcpy(to, file.getBufferStart() + segment.p_offset, segment.p_filesz);
    if (segment.p_flags & ELF::PF_X) {
      uint64_t begin = reinterpret_cast<uint64_t>(to);
      out.textBegin = std::min(out.textBegin, begin);
      out.textEnd = std::max<uint64_t>(out.textEnd, begin + segment.p_filesz);
    }
  }
  out.textBegin = std::min(out.textBegin, out.textEnd);
  return Error::success();
}

Error Loader::readSymbols(const Elf &elf) {
  auto sections = elf.sections();
  if (!sections) {
    return malformed(sections.takeError());
  }
  for (const auto &section : *sections) {
    if (section.sh_type != ELF::SHT_DYNSYM &&
        section.sh_type != ELF::SHT_SYMTAB) {
      continue;
    }
    auto symbols = elf.symbols(&section);
    if (!symbols) {
      return malformed(symbols.takeError());
    }
    auto strings = elf.getStringTableForSymtab(section);
    if (!strings) {
      return malformed(strings.takeError());
    }
    for (const auto &symbol : *symbols) {
      auto name = symbol.getName(*strings);
      if (!name) {
        return malformed(name.takeError());
      }
      if (symbol.st_shndx == ELF::SHN_UNDEF || name->empty() ||
          !image(symbol.st_value, 0)) {
        continue;
      }
      out.symbols[*name] = {out.base + (symbol.st_value - lowest),
                            symbol.st_size, symbol.getType() == ELF::STT_FUNC};
    }
  }
  return Error::success();
}

Error Loader::relocate(const Elf &elf) {
  auto sections = elf.sections();
  if (!sections) {
    return malformed(sections.takeError());
  }
  for (const auto &section : *sections) {
    if (section.sh_type != ELF::SHT_RELA ||
        !(section.sh_flags & ELF::SHF_ALLOC)) {
      continue;
    }
    auto relocations = elf.relas(section);
    if (!relocations) {
      return malformed(relocations.takeError());
    }
    auto table = elf.getSection(section.sh_link);
    if (!table) {
      return malformed(table.takeError());
    }
    for (const auto &relocation : *relocations) {
      unsigned type = relocation.getType(false);
      if (type == ELF::R_AMDGPU_NONE) {
        continue;
      }
      uint64_t value = out.base - lowest + relocation.r_addend;
      if (type != ELF::R_AMDGPU_RELATIVE64) {
        auto symbol = elf.getRelocationSymbol(relocation, *table);
        if (!symbol) {
          return malformed(symbol.takeError());
        }
        auto strings = elf.getStringTableForSymtab(**table);
        if (!strings) {
          return malformed(strings.takeError());
        }
        if (!*symbol || (*symbol)->st_shndx == ELF::SHN_UNDEF) {
          auto name = *symbol ? (*symbol)->getName(*strings)
                              : Expected<StringRef>(StringRef("?"));
          if (!name) {
            return malformed(name.takeError());
          }
          return createStringError("code object refers to `%s`, which it does "
                                   "not define",
                                   name->str().c_str());
        }
        value += (*symbol)->st_value;
      }
      bool wide =
          type == ELF::R_AMDGPU_RELATIVE64 || type == ELF::R_AMDGPU_ABS64;
      uint8_t *place = image(relocation.r_offset, wide ? 8 : 4);
      if (!place) {
        return malformed("relocation at 0x%" PRIx64 " outside the image",
                         uint64_t(relocation.r_offset));
      }
      switch (type) {
      case ELF::R_AMDGPU_RELATIVE64:
      case ELF::R_AMDGPU_ABS64:
        support::endian::write64le(place, value);
        break;
      case ELF::R_AMDGPU_ABS32:
      case ELF::R_AMDGPU_ABS32_LO:
        support::endian::write32le(place, uint32_t(value));
        break;
      case ELF::R_AMDGPU_ABS32_HI:
        support::endian::write32le(place, uint32_t(value >> 32));
        break;
      default:
        return createStringError("code object has a relocation of type %u, "
                                 "which the loader does not apply",
                                 type);
      }
    }
  }
  return Error::success();
}

Error Loader::readNotes(const Elf &elf) {
  auto headers = elf.program_headers();
  if (!headers) {
    return malformed(headers.takeError());
  }
  for (const auto &segment : *headers) {
    if (segment.p_type != ELF::PT_NOTE) {
      continue;
    }
    Error error = Error::success();
    std::string blob;
    bool found = false;
    for (const auto &note : elf.notes(segment, error)) {
      if (note.getType() == ELF::NT_AMDGPU_METADATA &&
          note.getName() == "AMDGPU") {
        blob = note.getDescAsStringRef(4).str();
        found = true;
      }
    }
    if (error) {
      return malformed(std::move(error));
    }
    if (found) {
      if (Error failed = readMetadata(blob)) {
        return failed;
      }
    }
  }
  if (!sawMetadata) {
    return malformed("no AMDGPU metadata note");
  }
  return Error::success();
}

static uint32_t getNumber(const MetadataNode &map, StringRef key) {
  return uint32_t(map[key].number);
}

Error Loader::readMetadata(StringRef blob) {
  std::optional<MetadataNode> root = parseMetadata(blob);
  if (!root || !root->isMap()) {
    return malformed("metadata is not a msgpack map");
  }
  sawMetadata = true;
  StringRef target = (*root)["amdhsa.target"].text;
  StringRef processor = target.rsplit("--").second.split(':').first;
  if (!target.empty() && processor != chip && !isGenericFor(processor, chip)) {
    return createStringError("code object is for %s, the device is a %s",
                             processor.str().c_str(), chip.str().c_str());
  }
  for (const MetadataNode &format : (*root)["amdhsa.printf"].elements) {
    out.printfFormats.push_back(format.text);
  }
  for (const MetadataNode &kernel : (*root)["amdhsa.kernels"].elements) {
    if (!kernel.isMap()) {
      return malformed("a kernel's metadata is not a map");
    }
    if (Error failed = readKernel(kernel)) {
      return failed;
    }
  }
  return Error::success();
}

Error Loader::readKernel(const MetadataNode &map) {
  Kernel kernel;
  KernelInfo &info = kernel.info;
  info.name = map[".name"].text;
  info.kernargBytes = getNumber(map, ".kernarg_segment_size");
  info.ldsBytes = getNumber(map, ".group_segment_fixed_size");
  info.scratchBytes = getNumber(map, ".private_segment_fixed_size");
  info.vgprs = getNumber(map, ".vgpr_count");
  info.agprs = getNumber(map, ".agpr_count");
  info.sgprs = getNumber(map, ".sgpr_count");
  info.vgprSpills = getNumber(map, ".vgpr_spill_count");
  info.sgprSpills = getNumber(map, ".sgpr_spill_count");
  info.maxWorkgroupSize = getNumber(map, ".max_flat_workgroup_size");
  kernel.dynamicStack = getNumber(map, ".uses_dynamic_stack") != 0;
  const MetadataNode &required = map[".reqd_workgroup_size"];
  for (size_t n = 0; n < required.elements.size() && n < 3; ++n) {
    info.requiredWorkgroupSize[n] = uint32_t(required.elements[n].number);
  }
  if (info.kernargBytes > (1u << 20) || info.scratchBytes > (1u << 24)) {
    return malformed(
        "kernel `%s` wants %u bytes of arguments and %u of scratch",
        info.name.c_str(), info.kernargBytes, info.scratchBytes);
  }
  for (const MetadataNode &argument : map[".args"].elements) {
    KernelArgument slot;
    slot.name = argument[".name"].text;
    slot.kind = argument[".value_kind"].text;
    slot.offset = getNumber(argument, ".offset");
    slot.size = getNumber(argument, ".size");
    if (slot.size > info.kernargBytes ||
        slot.offset > info.kernargBytes - slot.size) {
      return malformed("argument at %u of `%s` lies outside its %u bytes",
                       slot.offset, info.name.c_str(), info.kernargBytes);
    }
    info.arguments.push_back(std::move(slot));
  }
  auto symbol = out.symbols.find(map[".symbol"].text);
  if (symbol == out.symbols.end()) {
    return malformed("kernel `%s` has no descriptor", info.name.c_str());
  }
  kernel.entry = symbol->second.address;
  if (Error failed = readDescriptor(kernel)) {
    return failed;
  }
  out.kernels.push_back(std::move(kernel));
  return Error::success();
}

Error Loader::readDescriptor(Kernel &kernel) {
  using namespace support::endian;
  uint64_t address = kernel.entry;
  const uint8_t *bytes = image(address - out.base + lowest, 64);
  if (!bytes) {
    return malformed("descriptor of `%s` lies outside the image",
                     kernel.info.name.c_str());
  }
  KernelDescriptor &d = kernel.descriptor;
  d.groupBytes = read32le(bytes);
  d.privateBytes = read32le(bytes + 4);
  d.kernargBytes = read32le(bytes + 8);
  d.entryOffset = int64_t(read64le(bytes + 16));
  d.rsrc3 = read32le(bytes + 44);
  d.rsrc1 = read32le(bytes + 48);
  d.rsrc2 = read32le(bytes + 52);
  d.properties = read16le(bytes + 56);
  d.preload = read16le(bytes + 58);
  if (d.privateBytes > (1u << 24)) {
    return malformed("`%s` wants %u bytes of scratch for a lane",
                     kernel.info.name.c_str(), d.privateBytes);
  }
  kernel.entry = address + uint64_t(d.entryOffset);
  if (kernel.entry < out.textBegin || kernel.entry >= out.textEnd ||
      kernel.entry % 4) {
    return malformed("the entry of `%s` is not in the code",
                     kernel.info.name.c_str());
  }
  return Error::success();
}

Expected<CodeObject> Loader::run() {
  auto elf = Elf::create(file.getBuffer());
  if (!elf) {
    return malformed(elf.takeError());
  }
  if (Error failed = checkHeader(*elf)) {
    return std::move(failed);
  }
  Error failed = loadSegments(*elf);
  if (!failed) {
    failed = readSymbols(*elf);
  }
  if (!failed) {
    failed = relocate(*elf);
  }
  if (!failed) {
    failed = readNotes(*elf);
  }
  if (failed) {
    memory.free(reinterpret_cast<void *>(out.base));
    return std::move(failed);
  }
  return std::move(out);
}

Expected<CodeObject> moesaic::sim::loadCodeObject(MemoryBufferRef object,
                                                  StringRef chip,
                                                  Memory &memory) {
  return Loader(object, chip, memory).run();
}
