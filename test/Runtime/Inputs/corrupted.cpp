// Changes an image byte by byte, and field by field with a new checksum, and
// expects each launch to be refused. Usage: corrupted CHIP=FILE...
#include "image.h"
#include <functional>

static moesaic_image *original;

/// Launches from a copy of exactly the image's bytes after `change`.
static moesaic_status
launchChanged(const std::function<void(moesaic_image &)> &change) {
  auto *copy = static_cast<moesaic_image *>(malloc(original->bytes));
  memcpy(static_cast<void *>(copy), original, original->bytes);
  change(*copy);
  moesaic_module module = {copy, nullptr};
  ScaleArguments arguments = {};
  moesaic_status status =
      moesaic_launch(&module, kScale, &arguments, sizeof arguments, 1, nullptr);
  if (!module.state) {
    free(copy);
  }
  return status;
}

static void expectRefused(moesaic_status status, const char *what,
                          uint64_t at) {
  if (status != MOESAIC_ERROR_CORRUPT && status != MOESAIC_ERROR_VERSION) {
    printf("%s at %llu: %s\n", what, static_cast<unsigned long long>(at),
           moesaic_status_name(status));
    exit(1);
  }
}

static void show(moesaic_status status) {
  printf("%s: %s\n", moesaic_status_name(status), moesaic_last_error());
}

int main(int argc, char **argv) {
  original = &makeImage({argv + 1, argv + argc});
  if (launchChanged([](moesaic_image &) {}) != MOESAIC_SUCCESS) {
    puts(moesaic_last_error());
    return 1;
  }
  // Every byte of the tables, and one in 61 of the code.
  uint64_t firstCode =
      reinterpret_cast<const moesaic_image_target *>(original + 1)[0]
          .code_offset;
  unsigned bytes = 0, fields = 0;
  for (uint64_t at = 0; at < original->bytes; at += at < firstCode ? 1 : 61) {
    for (int bit : {0, 7}) {
      expectRefused(launchChanged([&](moesaic_image &image) {
                      reinterpret_cast<unsigned char *>(&image)[at] ^= 1u
                                                                       << bit;
                    }),
                    "byte", at);
      ++bytes;
    }
  }
  printf("%u changed bytes refused\n", bytes);

  // Offsets and sizes that lie outside, with a checksum that fits them. Lower
  // numbers may be right by chance; LDS and argument bytes are only compared.
  auto isNumber = [&](uint64_t at) {
    bool isReserved = at == offsetof(moesaic_image, reserved) / 4;
    uint64_t inTargets = at * 4 - sizeof(moesaic_image);
    bool isTargetReserved = at * 4 < original->kernels_offset &&
                            inTargets % sizeof(moesaic_image_target) == 4;
    bool isLds =
        at * 4 >= original->kernels_offset &&
        (at * 4 - original->kernels_offset) % sizeof(moesaic_image_kernel) >= 8;
    bool isSum = at * 4 == offsetof(moesaic_image, checksum) ||
                 at * 4 == offsetof(moesaic_image, checksum) + 4;
    return !isReserved && !isTargetReserved && !isLds && !isSum;
  };
  uint64_t tablesEnd = original->kernels_offset +
                       original->target_count * original->kernel_count *
                           sizeof(moesaic_image_kernel);
  for (uint64_t at = 2; at < tablesEnd / 4; ++at) {
    if (!isNumber(at)) {
      continue;
    }
    for (uint32_t value :
         {0x7fffffffu, 0xffffffffu, uint32_t(original->bytes + 8)}) {
      expectRefused(launchChanged([&](moesaic_image &image) {
                      reinterpret_cast<uint32_t *>(&image)[at] = value;
                      if (image.bytes == original->bytes) {
                        seal(image);
                      }
                    }),
                    "field", at * 4);
      ++fields;
    }
  }
  printf("%u changed fields refused\n", fields);

  show(launchChanged([](moesaic_image &image) { image.abi_version = 2; }));
  show(launchChanged([](moesaic_image &image) { image.abi_version = 0; }));
  show(launchChanged([](moesaic_image &image) {
    reinterpret_cast<unsigned char *>(&image)[image.bytes - 1] ^= 4;
  }));
}
