/*===- embed.h - between generated objects and the runtime ---------*- C -*-===*
 *
 * Host programs do not need this file. `moe-opt` writes an object that holds
 * one image (all code objects and what the runtime must know of them), one
 * `moesaic_module` and the host code of kernels and entries, which calls the
 * functions below. All numbers are little-endian; offsets count bytes from the
 * beginning of the image.
 *
 *===----------------------------------------------------------------------===*/

#ifndef MOESAIC_EMBED_H
#define MOESAIC_EMBED_H

#include "moesaic/runtime.h"
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ihipStream_t;

#define MOESAIC_IMAGE_MAGIC "moesaic" /* eight bytes with the final zero */

/* Begins an image. Then come, each where its offset says: targets, for every
 * target one entry per kernel (target-major), strings, code objects. */
struct moesaic_image {
  char magic[8];
  uint32_t abi_version;
  uint32_t code_object_version; /* of all code objects: 5 */
  uint64_t bytes;               /* of the whole image */
  uint64_t checksum;            /* 64-bit FNV-1a of all that follows */
  uint32_t target_count;
  uint32_t kernel_count;
  uint32_t targets_offset; /* moesaic_image_target[target_count] */
  uint32_t kernels_offset; /* moesaic_image_kernel[targets][kernels] */
  uint32_t source_offset;  /* string: name of the .tile file, for messages */
  uint32_t reserved;
};

struct moesaic_image_target {
  uint32_t name_offset; /* string: "gfx942" */
  uint32_t reserved;
  uint64_t code_offset; /* a code object (ELF), 256-byte aligned in memory */
  uint64_t code_bytes;
};

struct moesaic_image_kernel {
  uint32_t symbol_offset; /* string: the kernel's name in the code object */
  uint32_t block_size;    /* lanes of a workgroup */
  uint32_t kernarg_bytes; /* explicit arguments, hidden ones excluded */
  uint32_t lds_bytes;
};

/* One per object, in writable memory. The runtime owns `state`, which is null
 * at first and holds what was loaded for each device. */
struct moesaic_module {
  const struct moesaic_image *image;
  void *state;
};

/* Launches `blocks` workgroups of a kernel with `bytes` of kernel arguments.
 * Loads the module for the current device on first use. Zero or fewer blocks
 * launch nothing. */
moesaic_status moesaic_launch(struct moesaic_module *module, uint32_t kernel,
                              const void *arguments, uint32_t bytes,
                              int32_t blocks, struct ihipStream_t *stream);

/* Fills device memory with zeros, in stream order. */
moesaic_status moesaic_zero(struct moesaic_module *module, void *memory,
                            uint64_t bytes, struct ihipStream_t *stream);

/* Nonzero while launches check their arguments. */
int moesaic_argument_checks(void);

/* An array argument, as far as its program tells. */
struct moesaic_array {
  const char *name;
  uint32_t rank;
  uint32_t element_bytes;
  uint32_t alignment;   /* of its address, in bytes */
  uint16_t access;      /* 0: in, 1: out, 2: inout */
  uint16_t has_strides; /* row-major without */
};

/* Checks the arrays of a launch. `values` holds for each its address, its
 * extents and, where it has them, its strides in elements. One array after
 * the other: its extents are not negative, its size is below 2^63 bytes, its
 * address is aligned and not null unless it is empty, and it shares no memory
 * with an earlier one unless both are read, or both are `inout`. Rows that
 * interleave without touching share none. */
moesaic_status moesaic_check_arrays(const char *callee, uint32_t count,
                                    const struct moesaic_array *arrays,
                                    const int64_t *values);

/* Each records a text for moesaic_last_error() and returns its status.
 * `callee` is the kernel or entry; names and values say what the violated
 * clause depends on. */
moesaic_status moesaic_fail_requirement(const char *callee, const char *clause,
                                        uint32_t count,
                                        const char *const *names,
                                        const int64_t *values);
moesaic_status moesaic_fail_pointer(const char *callee, const char *argument,
                                    const void *pointer, uint32_t alignment);
/* `what` is a sentence that says which two extents are equal: "extent of axis 0
 * of 'b' is K". */
moesaic_status moesaic_fail_extent(const char *callee, const char *what,
                                   int64_t expected, int64_t actual);
moesaic_status moesaic_fail_workspace(const char *callee, uint64_t needed,
                                      uint64_t given);
/* The header was made by another moe-opt run than the object. */
moesaic_status moesaic_fail_version(const char *callee, uint64_t header,
                                    uint64_t object);

#ifdef __cplusplus
}
#endif

#endif
