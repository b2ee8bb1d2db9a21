//===- Image.cpp - is an embedded image what moe-opt wrote? ---------------===//
//
// An image is checked once per module, before anything in it is used. The order
// matters: sizes first, with nothing read beyond them, then the checksum, then
// what the checksum does not cover.
//
//===----------------------------------------------------------------------===//

#include "Internal.h"
#include <cinttypes>
#include <cstring>

using namespace moesaic::runtime;

static_assert(sizeof(moesaic_image) == 56, "written by moe-opt");
static_assert(sizeof(moesaic_image_target) == 24, "written by moe-opt");
static_assert(sizeof(moesaic_image_kernel) == 16, "written by moe-opt");

static constexpr uint32_t kMaxLanes = 1024;

static moesaic_status corrupt(const char *what) {
  Message().print("the embedded image was changed since moe-opt wrote it: %s\n"
                  "help: build the object and the program again",
                  what);
  return MOESAIC_ERROR_CORRUPT;
}

static uint64_t fnv1a(const unsigned char *bytes, uint64_t count) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (uint64_t i = 0; i < count; ++i) {
    hash = (hash ^ bytes[i]) * 0x100000001b3u;
  }
  return hash;
}

/// A part of the image, given by offset and size.
static bool isInside(uint64_t offset, uint64_t count, uint64_t each,
                     uint64_t bytes) {
  return offset <= bytes && (each == 0 || count <= (bytes - offset) / each);
}

static bool isString(const moesaic_image &image, uint32_t offset) {
  return offset < image.bytes &&
         memchr(stringAt(image, offset), 0, image.bytes - offset);
}

/// ELF's header says for which code object version the file was made: its ABI
/// version is 2 for version 4, 3 for 5, 4 for 6 (LLVM's AMDGPUUsage).
static bool isCodeObject(const moesaic_image &image,
                         const moesaic_image_target &target) {
  static constexpr size_t kElfHeaderBytes = 64;
  static constexpr unsigned char kMachineAmdGpu = 224;
  const auto *elf =
      reinterpret_cast<const unsigned char *>(&image) + target.code_offset;
  return target.code_bytes >= kElfHeaderBytes &&
         memcmp(elf, "\177ELF\2\1", 6) == 0 && elf[18] == kMachineAmdGpu &&
         elf[19] == 0 && elf[8] + 2u == image.code_object_version;
}

moesaic_status moesaic::runtime::checkImage(const moesaic_image &image) {
  if (reinterpret_cast<uintptr_t>(&image) % alignof(moesaic_image) != 0) {
    return corrupt("its address is not aligned");
  }
  if (memcmp(image.magic, MOESAIC_IMAGE_MAGIC, sizeof image.magic) != 0) {
    return corrupt("it does not begin with '" MOESAIC_IMAGE_MAGIC "'");
  }
  if (image.abi_version != MOESAIC_ABI_VERSION) {
    bool isNewer = image.abi_version > MOESAIC_ABI_VERSION;
    Message().print(
        "the embedded image has interface version %u, libmoesaic_rt %d\n"
        "help: %s",
        image.abi_version, MOESAIC_ABI_VERSION,
        isNewer ? "link with the libmoesaic_rt of the moe-opt that made it"
                : "compile the kernels with the moe-opt of this libmoesaic_rt");
    return MOESAIC_ERROR_VERSION;
  }

  // Code objects end an image. Without that the checksum could run beyond the
  // memory that there is when the size was changed.
  if (image.target_count == 0 || image.kernel_count == 0 ||
      image.targets_offset % alignof(moesaic_image_target) != 0 ||
      image.kernels_offset % alignof(moesaic_image_kernel) != 0 ||
      image.targets_offset < sizeof image ||
      image.kernels_offset < sizeof image ||
      !isInside(image.targets_offset, image.target_count,
                sizeof(moesaic_image_target), image.bytes) ||
      !isInside(image.kernels_offset,
                uint64_t(image.target_count) * image.kernel_count,
                sizeof(moesaic_image_kernel), image.bytes)) {
    return corrupt("its tables lie outside of it");
  }
  uint64_t end = 0;
  const moesaic_image_target *targets = targetsOf(image);
  for (uint32_t i = 0; i < image.target_count; ++i) {
    if (!isInside(targets[i].code_offset, targets[i].code_bytes, 1,
                  image.bytes)) {
      return corrupt("a code object lies outside of it");
    }
    uint64_t codeEnd = targets[i].code_offset + targets[i].code_bytes;
    end = codeEnd > end ? codeEnd : end;
  }
  if (end != image.bytes) {
    return corrupt("its size is not that of its parts");
  }

  constexpr size_t kCovered = offsetof(moesaic_image, target_count);
  uint64_t sum =
      fnv1a(reinterpret_cast<const unsigned char *>(&image) + kCovered,
            image.bytes - kCovered);
  if (sum != image.checksum) {
    Message().print(
        "the embedded image was changed since moe-opt wrote it: expected "
        "checksum %016" PRIx64 ", got %016" PRIx64
        "\nhelp: build the object and the program again",
        image.checksum, sum);
    return MOESAIC_ERROR_CORRUPT;
  }

  if (!isString(image, image.source_offset)) {
    return corrupt("a name lies outside of it");
  }
  for (uint32_t i = 0; i < image.target_count; ++i) {
    if (!isString(image, targets[i].name_offset)) {
      return corrupt("a name lies outside of it");
    }
    if (!isCodeObject(image, targets[i])) {
      return corrupt("a code object is none, or of another version");
    }
    const moesaic_image_kernel *kernels = kernelsOf(image, i);
    for (uint32_t k = 0; k < image.kernel_count; ++k) {
      if (!isString(image, kernels[k].symbol_offset)) {
        return corrupt("a name lies outside of it");
      }
      if (kernels[k].block_size == 0 || kernels[k].block_size > kMaxLanes) {
        return corrupt("a kernel has no valid number of lanes");
      }
    }
  }
  return MOESAIC_SUCCESS;
}
