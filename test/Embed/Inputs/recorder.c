/* A runtime that records what generated code asks of it, in place of
 * libmoesaic_rt: texts on standard output, no device. */
#include "moesaic/embed.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static int checks = 1;
static int launchesLeft = 1000;

void recorder_set_checks(int enabled) { checks = enabled; }
void recorder_fail_after(int launches) { launchesLeft = launches; }

int moesaic_argument_checks(void) { return checks; }

static const char *find(const struct moesaic_image *image, uint32_t offset) {
  return (const char *)image + offset;
}

moesaic_status moesaic_launch(struct moesaic_module *module, uint32_t kernel,
                              const void *arguments, uint32_t bytes,
                              int32_t blocks, struct ihipStream_t *stream) {
  const struct moesaic_image *image = module->image;
  const struct moesaic_image_kernel *kernels =
      (const void *)find(image, image->kernels_offset);
  const unsigned char *data = arguments;
  if (launchesLeft-- == 0) {
    return MOESAIC_ERROR_LAUNCH;
  }
  if (kernel >= image->kernel_count || bytes != kernels[kernel].kernarg_bytes) {
    printf("kernel %u has no %u bytes of arguments\n", kernel, bytes);
    exit(1);
  }
  printf("launch %s %s blocks=%d lanes=%u stream=%p",
         find(image, image->source_offset),
         find(image, kernels[kernel].symbol_offset), blocks,
         kernels[kernel].block_size, (void *)stream);
  for (uint32_t i = 0; i < bytes; ++i) {
    printf("%s%02x", i % 8 ? "" : " ", data[i]);
  }
  printf("\n");
  return MOESAIC_SUCCESS;
}

moesaic_status moesaic_zero(struct moesaic_module *module, void *memory,
                            uint64_t bytes, struct ihipStream_t *stream) {
  printf("zero %s %p %" PRIu64 " stream=%p\n",
         find(module->image, module->image->source_offset), memory, bytes,
         (void *)stream);
  return MOESAIC_SUCCESS;
}

moesaic_status moesaic_check_arrays(const char *callee, uint32_t count,
                                    const struct moesaic_array *arrays,
                                    const int64_t *values) {
  static const char *const accesses[] = {"in", "out", "inout"};
  for (uint32_t i = 0; i < count; ++i) {
    const struct moesaic_array *array = &arrays[i];
    printf("%s: %s %s %u-byte elements, %u-byte aligned, at 0x%" PRIx64 " [",
           callee, accesses[array->access], array->name, array->element_bytes,
           array->alignment, (uint64_t)*values++);
    for (uint32_t axis = 0; axis < array->rank; ++axis) {
      printf(" %" PRId64, *values++);
    }
    printf(" ]");
    for (uint32_t axis = 0; array->has_strides && axis < array->rank; ++axis) {
      printf(" %" PRId64, *values++);
    }
    printf("\n");
  }
  return MOESAIC_SUCCESS;
}

moesaic_status moesaic_fail_requirement(const char *callee, const char *clause,
                                        uint32_t count,
                                        const char *const *names,
                                        const int64_t *values) {
  printf("%s requires %s", callee, clause);
  for (uint32_t i = 0; i < count; ++i) {
    printf(", %s=%" PRId64, names[i], values[i]);
  }
  printf("\n");
  return MOESAIC_ERROR_REQUIREMENT;
}

moesaic_status moesaic_fail_pointer(const char *callee, const char *argument,
                                    const void *pointer, uint32_t alignment) {
  printf("%s: pointer %s=%p, alignment %u\n", callee, argument, pointer,
         alignment);
  return MOESAIC_ERROR_POINTER;
}

moesaic_status moesaic_fail_extent(const char *callee, const char *what,
                                   int64_t expected, int64_t actual) {
  printf("%s: %s: %" PRId64 ", not %" PRId64 "\n", callee, what, expected,
         actual);
  return MOESAIC_ERROR_EXTENT;
}

moesaic_status moesaic_fail_workspace(const char *callee, uint64_t needed,
                                      uint64_t given) {
  printf("%s: workspace %" PRIu64 ", not %" PRIu64 "\n", callee, needed, given);
  return MOESAIC_ERROR_WORKSPACE;
}

moesaic_status moesaic_fail_version(const char *callee, uint64_t header,
                                    uint64_t object) {
  printf("%s: versions differ: %d\n", callee, header != object);
  return MOESAIC_ERROR_VERSION;
}
