//===- Image.cpp - all code objects of a program as one block -------------===//

#include "Embed/Image.h"
#include "moesaic/embed.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"

using namespace moesaic;
using namespace moesaic::embed;
using llvm::StringRef;

/// Alignment of code objects in the image.
static constexpr uint64_t codeAlignment = 256;

llvm::Error embed::checkAgainstMetadata(TargetCode &code,
                                        const Interface &interface) {
  llvm::SmallVector<KernelResources> ordered;
  for (const Layout &layout : interface.kernels) {
    auto differs = [&](const llvm::Twine &what) {
      return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                     "kernel '" + layout.callee.name + "' on " +
                                         code.chip->name + ": " + what);
    };
    auto *found = llvm::find_if(code.kernels, [&](const KernelResources &k) {
      return k.name == layout.callee.name;
    });
    if (found == code.kernels.end()) {
      return differs("not in the code object");
    }
    if (found->arguments.size() != layout.fields.size()) {
      return differs("another number of arguments in the code object");
    }
    for (auto [argument, field] : llvm::zip(found->arguments, layout.fields)) {
      if (argument.offset != field.offset || argument.bytes != field.bytes) {
        return differs("argument '" + llvm::Twine(field.name) +
                       "' lies elsewhere in the code object");
      }
    }
    ordered.push_back(*found);
  }
  code.kernels = std::move(ordered);
  return llvm::Error::success();
}

namespace {
/// Numbers of the image, little-endian whatever the host is.
class Writer {
public:
  std::string bytes;

  void u32(uint64_t value) { number(static_cast<uint32_t>(value)); }
  void u64(uint64_t value) { number(value); }
  void alignTo(uint64_t alignment) {
    bytes.resize(llvm::alignTo(bytes.size(), alignment), '\0');
  }
  void putU64(size_t at, uint64_t value) {
    llvm::support::endian::write64le(&bytes[at], value);
  }

private:
  template <typename T>
  void number(T value) {
    size_t at = bytes.size();
    bytes.resize(at + sizeof(T));
    llvm::support::endian::write<T>(&bytes[at], value,
                                    llvm::endianness::little);
  }
};

/// Strings behind the tables; equal ones once.
class StringTable {
public:
  explicit StringTable(uint64_t base) : base(base) {}
  std::string bytes;

  uint64_t offset(StringRef text) {
    auto [entry, isNew] = offsets.try_emplace(text, base + bytes.size());
    if (isNew) {
      bytes.append(text.begin(), text.end());
      bytes += '\0';
    }
    return entry->second;
  }

private:
  uint64_t base;
  llvm::StringMap<uint64_t> offsets;
};
} // namespace

std::string embed::getImage(const Interface &interface,
                            llvm::ArrayRef<TargetCode> targets) {
  size_t kernelCount = interface.kernels.size();
  uint64_t targetsOffset = sizeof(moesaic_image);
  uint64_t kernelsOffset =
      targetsOffset + targets.size() * sizeof(moesaic_image_target);
  StringTable strings(kernelsOffset + targets.size() * kernelCount *
                                          sizeof(moesaic_image_kernel));
  uint64_t sourceOffset = strings.offset(interface.source);
  for (const TargetCode &target : targets) {
    strings.offset(target.chip->name);
    for (const KernelResources &kernel : target.kernels) {
      strings.offset(kernel.name);
    }
  }
  uint64_t codeOffset = strings.offset("") + 1; // the end of the strings

  Writer writer;
  writer.bytes.append(MOESAIC_IMAGE_MAGIC, 8);
  writer.u32(MOESAIC_ABI_VERSION);
  writer.u32(codeObjectVersion);
  writer.u64(0); // bytes and checksum, once they are known
  writer.u64(0);
  writer.u32(targets.size());
  writer.u32(kernelCount);
  writer.u32(targetsOffset);
  writer.u32(kernelsOffset);
  writer.u32(sourceOffset);
  writer.u32(0);
  for (const TargetCode &target : targets) {
    codeOffset = llvm::alignTo(codeOffset, codeAlignment);
    writer.u32(strings.offset(target.chip->name));
    writer.u32(0);
    writer.u64(codeOffset);
    writer.u64(target.object.size());
    codeOffset += target.object.size();
  }
  for (const TargetCode &target : targets) {
    for (const KernelResources &kernel : target.kernels) {
      const Layout &layout =
          interface.kernels[&kernel - target.kernels.begin()];
      writer.u32(strings.offset(kernel.name));
      writer.u32(kernel.workgroupSize);
      writer.u32(layout.bytes);
      writer.u32(kernel.ldsBytes);
    }
  }
  writer.bytes += strings.bytes;
  for (const TargetCode &target : targets) {
    writer.alignTo(codeAlignment);
    writer.bytes.append(target.object.begin(), target.object.end());
  }
  constexpr size_t behindChecksum = offsetof(moesaic_image, target_count);
  writer.putU64(offsetof(moesaic_image, bytes), writer.bytes.size());
  writer.putU64(offsetof(moesaic_image, checksum),
                hashBytes(StringRef(writer.bytes).drop_front(behindChecksum)));
  return std::move(writer.bytes);
}
