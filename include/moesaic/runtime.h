/*===- runtime.h - what host programs need besides generated headers ------===*
 *
 * The C interface of libmoesaic_rt: status codes, error texts, settings. The
 * headers that `moe-opt --header=` writes include this one; together they are
 * all that a host program sees. C99 and C++17, no HIP header needed.
 *
 *===----------------------------------------------------------------------===*/

#ifndef MOESAIC_RUNTIME_H
#define MOESAIC_RUNTIME_H

#ifdef __cplusplus
extern "C" {
#endif

/* Of the interface between generated headers, generated objects and the
 * runtime. All three carry it, and a mismatch is an error. */
#define MOESAIC_ABI_VERSION 1

/* What every call returns. Zero is success. */
typedef enum moesaic_status {
  MOESAIC_SUCCESS = 0,
  MOESAIC_ERROR_NO_PROVIDER = 1, /* no HIP library could be opened */
  MOESAIC_ERROR_NO_DEVICE = 2,   /* the provider has no current device */
  MOESAIC_ERROR_TARGET = 3,      /* no code object for the device's chip */
  MOESAIC_ERROR_VERSION = 4,     /* header, object, runtime, driver disagree */
  MOESAIC_ERROR_CORRUPT = 5,     /* the embedded image was changed */
  MOESAIC_ERROR_REQUIREMENT = 6, /* a `where` clause does not hold */
  MOESAIC_ERROR_POINTER = 7,     /* a pointer is null or misaligned */
  MOESAIC_ERROR_EXTENT = 8,      /* extents are negative or contradictory */
  MOESAIC_ERROR_WORKSPACE = 9,   /* the workspace is too small */
  MOESAIC_ERROR_LAUNCH = 10,     /* HIP refused; the text has its words */
  MOESAIC_ERROR_OVERLAP = 11     /* arrays share memory, and one is written */
} moesaic_status;

/* The encodings behind the 8-bit floats of a chip's instructions, for the
 * constants of generated headers. */
typedef enum moesaic_fp8 {
  MOESAIC_FP8_NONE = 0,
  MOESAIC_FP8_FNUZ = 1,
  MOESAIC_FP8_OCP = 2
} moesaic_fp8;

/* Why the last failing call of this thread failed: one or more lines without
 * a final newline. Valid until the thread's next failing call; "" before. */
const char *moesaic_last_error(void);

/* The name of a status, such as "MOESAIC_ERROR_TARGET". */
const char *moesaic_status_name(moesaic_status status);

/* Whether launches check pointers, extents, `where` clauses and the size of the
 * workspace (1, the default) or trust the caller (0). For the whole process. */
void moesaic_set_argument_checks(int enabled);

/* The path of the HIP library in use, opened if none is yet; null when there is
 * none, with the reason in moesaic_last_error(). */
const char *moesaic_provider(void);

#ifdef __cplusplus
}
#endif

#endif
