// Builds an image in memory out of code objects of Inputs/scale.cl, the way
// moesaic/embed.h describes it and independently of moe-opt.
#pragma once
#include "moesaic/embed.h"
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

inline constexpr uint32_t kScale = 0, kScaleSome = 1;

struct ScaleArguments {
  const float *a;
  float *b;
  float factor;
  int n;
};
struct ScaleSomeArguments {
  const float *a;
  float *b;
  const int *count;
};

/// FNV-1a over what lies behind the field, as the last step.
inline void seal(moesaic_image &image) {
  image.checksum = 14695981039346656037u;
  for (uint64_t i = offsetof(moesaic_image, checksum) + 8; i < image.bytes;
       ++i) {
    image.checksum ^= reinterpret_cast<unsigned char *>(&image)[i];
    image.checksum *= 1099511628211u;
  }
}

/// An image of code objects given as CHIP=FILE. It is never freed.
inline moesaic_image &makeImage(const std::vector<std::string> &targets) {
  struct Part {
    std::string name, code;
  };
  std::vector<Part> parts;
  for (const std::string &target : targets) {
    size_t equals = target.find('=');
    std::ifstream file(target.substr(equals + 1), std::ios::binary);
    parts.push_back({target.substr(0, equals),
                     std::string(std::istreambuf_iterator<char>(file), {})});
    if (parts.back().code.empty()) {
      fprintf(stderr, "cannot read %s\n", target.c_str());
      exit(2);
    }
  }
  const char *symbols[] = {"scale", "scale_some"};
  uint32_t kernargs[] = {sizeof(ScaleArguments), sizeof(ScaleSomeArguments)};
  uint32_t count = uint32_t(parts.size());
  uint32_t targetsAt = sizeof(moesaic_image);
  uint32_t kernelsAt = targetsAt + count * sizeof(moesaic_image_target);
  uint32_t stringsAt = kernelsAt + count * 2 * sizeof(moesaic_image_kernel);
  std::string strings;
  auto string = [&](const std::string &text) {
    uint32_t at = stringsAt + uint32_t(strings.size());
    strings += text;
    strings += '\0';
    return at;
  };
  std::vector<moesaic_image_target> targetTable;
  std::vector<moesaic_image_kernel> kernelTable;
  for (const Part &part : parts) {
    targetTable.push_back({string(part.name), 0, 0, part.code.size()});
    for (int k = 0; k < 2; ++k) {
      kernelTable.push_back({string(symbols[k]), 64, kernargs[k], 0});
    }
  }
  moesaic_image header = {};
  memcpy(header.magic, MOESAIC_IMAGE_MAGIC, sizeof header.magic);
  header.abi_version = MOESAIC_ABI_VERSION;
  header.code_object_version = 5;
  header.target_count = count;
  header.kernel_count = 2;
  header.targets_offset = targetsAt;
  header.kernels_offset = kernelsAt;
  header.source_offset = string("scale.tile");
  auto align = [](uint64_t at) { return (at + 4095) / 4096 * 4096; };
  uint64_t end = stringsAt + strings.size();
  for (size_t i = 0; i < parts.size(); ++i) {
    targetTable[i].code_offset = align(end);
    end = targetTable[i].code_offset + parts[i].code.size();
  }
  header.bytes = end;
  char *memory = static_cast<char *>(aligned_alloc(4096, align(end)));
  memset(memory, 0, align(end));
  memcpy(memory, &header, sizeof header);
  memcpy(memory + targetsAt, targetTable.data(),
         count * sizeof(moesaic_image_target));
  memcpy(memory + kernelsAt, kernelTable.data(),
         2 * count * sizeof(moesaic_image_kernel));
  memcpy(memory + stringsAt, strings.data(), strings.size());
  for (size_t i = 0; i < parts.size(); ++i) {
    memcpy(memory + targetTable[i].code_offset, parts[i].code.data(),
           parts[i].code.size());
  }
  auto &image = *reinterpret_cast<moesaic_image *>(memory);
  seal(image);
  return image;
}
