//===- Bundle.cpp - choosing a code object from an image ------------------===//

#include "Hip/Bundle.h"
#include "Hip/Runtime.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/BinaryFormat/ELF.h"
#include "llvm/Support/Compression.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace llvm;
using namespace llvm::support::endian;
using namespace moesaic;
using namespace moesaic::hip;

static constexpr StringRef kBundleMagic = "__CLANG_OFFLOAD_BUNDLE__";
static constexpr StringRef kCompressedMagic = "CCOB";

//===----------------------------------------------------------------------===//
// Sizes
//===----------------------------------------------------------------------===//

static bool startsWith(const void *image, uint64_t available, StringRef magic) {
  return available >= magic.size() &&
         memcmp(image, magic.data(), magic.size()) == 0;
}

/// The end of the last thing that an ELF file's tables mention.
static bool elfBytes(const uint8_t *data, uint64_t available,
                     uint64_t &needed) {
  if (available < sizeof(ELF::Elf64_Ehdr) ||
      data[ELF::EI_CLASS] != ELF::ELFCLASS64) {
    return false;
  }
  auto *header = reinterpret_cast<const ELF::Elf64_Ehdr *>(data);
  uint64_t sections = header->e_shoff, segments = header->e_phoff;
  uint64_t sectionsEnd = sections + header->e_shnum * sizeof(ELF::Elf64_Shdr);
  uint64_t segmentsEnd = segments + header->e_phnum * sizeof(ELF::Elf64_Phdr);
  if (sections > available || segments > available) {
    return false;
  }
  needed = std::max(sectionsEnd, segmentsEnd);
  if (needed > available) {
    return true;
  }
  for (unsigned n = 0; n < header->e_phnum; ++n) {
    auto *segment = reinterpret_cast<const ELF::Elf64_Phdr *>(
        data + segments + n * sizeof(ELF::Elf64_Phdr));
    needed = std::max(needed, segment->p_offset + segment->p_filesz);
  }
  return true;
}

/// Walks the table of a bundle. Each entry: offset, size, length of id, id.
template <typename F>
static bool walkBundle(const uint8_t *data, uint64_t available, F visit) {
  uint64_t at = kBundleMagic.size() + 8;
  if (available < at) {
    return false;
  }
  uint64_t count = read64le(data + kBundleMagic.size());
  for (uint64_t n = 0; n < count; ++n) {
    if (available - at < 24) {
      return false;
    }
    uint64_t offset = read64le(data + at), size = read64le(data + at + 8);
    uint64_t idBytes = read64le(data + at + 16);
    at += 24;
    if (idBytes > available - at || offset + size < offset) {
      return false;
    }
    visit(StringRef(reinterpret_cast<const char *>(data) + at, idBytes), offset,
          size);
    at += idBytes;
  }
  return true;
}

bool moesaic::hip::imageBytes(const void *image, uint64_t available,
                              uint64_t &needed) {
  auto *data = static_cast<const uint8_t *>(image);
  if (startsWith(image, available, "\177ELF")) {
    return elfBytes(data, available, needed);
  }
  if (startsWith(image, available, kBundleMagic)) {
    needed = kBundleMagic.size() + 8;
    return walkBundle(data, available,
                      [&](StringRef, uint64_t offset, uint64_t size) {
                        needed = std::max(needed, offset + size);
                      });
  }
  if (startsWith(image, available, kCompressedMagic) && available >= 32) {
    uint16_t version = read16le(data + 4);
    needed = version == 2 ? read32le(data + 8) : read64le(data + 8);
    return version == 2 || version == 3; // version 1 has no size
  }
  return false;
}

bool moesaic::hip::readBundle(StringRef bundle,
                              SmallVectorImpl<BundleEntry> &entries) {
  bool inside = true;
  bool whole =
      walkBundle(bundle.bytes_begin(), bundle.size(),
                 [&](StringRef id, uint64_t offset, uint64_t size) {
                   inside &= offset + size <= bundle.size();
                   entries.push_back({id, bundle.substr(offset, size)});
                 });
  return whole && inside;
}

//===----------------------------------------------------------------------===//
// Compression
//===----------------------------------------------------------------------===//

/// "CCOB", version, method (0 zlib, 1 zstd), sizes of file and contents, hash.
static Expected<std::unique_ptr<MemoryBuffer>> decompress(StringRef image) {
  const uint8_t *data = image.bytes_begin();
  bool wide = read16le(data + 4) == 3;
  uint16_t method = read16le(data + 6);
  uint64_t bytes = wide ? read64le(data + 16) : read32le(data + 12);
  auto payload = arrayRefFromStringRef(image.drop_front(wide ? 32 : 24));
  SmallVector<uint8_t, 0> contents;
  if (method == 0 && compression::zlib::isAvailable()) {
    if (Error failed =
            compression::zlib::decompress(payload, contents, bytes)) {
      return std::move(failed);
    }
  } else if (method == 1 && compression::zstd::isAvailable()) {
    if (Error failed =
            compression::zstd::decompress(payload, contents, bytes)) {
      return std::move(failed);
    }
  } else {
    return createStringError("expected an offload bundle compressed by zlib "
                             "(0) or zstd (1), got method %u",
                             unsigned(method));
  }
  return MemoryBuffer::getMemBufferCopy(toStringRef(contents));
}

//===----------------------------------------------------------------------===//
// Choice
//===----------------------------------------------------------------------===//

std::string moesaic::hip::targetId(const Chip &chip) {
  // The gfx9 accelerators ship with ECC on and replay of faults off; the other
  // chips have no such features.
  bool features = chip.waveSize == 64;
  return chip.name.str() + (features ? ":sramecc+:xnack-" : "");
}

/// How well code for `id` suits the chip: 0 not at all, more is better.
static unsigned suits(StringRef id, const Chip &chip) {
  auto [triple, target] = id.rsplit("--");
  if (!triple.contains("amdgcn")) {
    return 0;
  }
  auto [processor, features] = target.split(':');
  if (processor != chip.name) {
    return 0;
  }
  unsigned score = 1;
  SmallVector<StringRef, 2> wanted;
  features.split(wanted, ':', -1, /*KeepEmpty=*/false);
  std::string has = targetId(chip);
  for (StringRef feature : wanted) {
    if (!StringRef(has).contains(feature)) {
      return 0;
    }
    ++score;
  }
  return score;
}

hipError_t
moesaic::hip::selectCodeObject(const void *image, const Chip &chip,
                               std::unique_ptr<MemoryBuffer> &storage,
                               StringRef &object) {
  uint64_t bytes;
  if (!image || !imageBytes(image, UINT64_MAX / 2, bytes)) {
    say("expected a code object or an offload bundle, got an image of another "
        "kind");
    return hipErrorInvalidImage;
  }
  StringRef whole(static_cast<const char *>(image), bytes);
  if (whole.starts_with("\177ELF")) {
    object = whole;
    return hipSuccess;
  }
  if (whole.starts_with(kCompressedMagic)) {
    auto contents = decompress(whole);
    if (!contents) {
      say(contents.takeError());
      return hipErrorInvalidImage;
    }
    storage = std::move(*contents);
    whole = storage->getBuffer();
  }
  SmallVector<BundleEntry, 8> entries;
  if (!whole.starts_with(kBundleMagic) || !readBundle(whole, entries)) {
    say("the offload bundle is malformed");
    return hipErrorInvalidImage;
  }
  unsigned best = 0;
  std::string offered;
  for (const BundleEntry &entry : entries) {
    unsigned score = suits(entry.id, chip);
    if (score > best) {
      best = score;
      object = entry.object;
    }
    offered += " " + entry.id.str();
  }
  if (best == 0) {
    say("no code for `" + targetId(chip) + "`; the program has:" + offered);
    return hipErrorNoBinaryForGpu;
  }
  if (uintptr_t(object.data()) % 8 != 0) {
    // The reader of ELF files wants aligned tables.
    auto copy = MemoryBuffer::getMemBufferCopy(object);
    object = copy->getBuffer();
    storage = std::move(copy);
  }
  return hipSuccess;
}
