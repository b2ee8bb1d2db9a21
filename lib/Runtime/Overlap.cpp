//===- Overlap.cpp - arrays of one launch that share memory ---------------===//

#include "Internal.h"
#include <cinttypes>

using namespace moesaic::runtime;

static bool isOneRow(const moesaic_array &array) {
  return array.end - array.begin == array.row_bytes;
}

/// Whether two arrays can share a byte. When both repeat with one stride, it is
/// enough to look at the first byte of b's rows within a row of a's.
static bool overlap(const moesaic_array &a, const moesaic_array &b) {
  if (a.begin >= a.end || b.begin >= b.end || a.end <= b.begin ||
      b.end <= a.begin) {
    return false;
  }
  uint64_t stride = a.row_stride > b.row_stride ? a.row_stride : b.row_stride;
  bool isPeriodic = stride != 0 && (a.row_stride == stride || isOneRow(a)) &&
                    (b.row_stride == stride || isOneRow(b));
  if (!isPeriodic) {
    return true;
  }
  uint64_t shift = b.begin >= a.begin
                       ? (b.begin - a.begin) % stride
                       : (stride - (a.begin - b.begin) % stride) % stride;
  return shift < a.row_bytes || shift + b.row_bytes > stride;
}

moesaic_status moesaic_check_overlap(const char *callee, uint32_t count,
                                     const moesaic_array *arrays) {
  enum { In, Out, InOut };
  for (uint32_t i = 0; i < count; ++i) {
    for (uint32_t j = i + 1; j < count; ++j) {
      const moesaic_array &a = arrays[i], &b = arrays[j];
      bool isAllowed = a.access == b.access && a.access != Out;
      if (isAllowed || !overlap(a, b)) {
        continue;
      }
      Message().print("'%s': arrays '%s' and '%s' share memory: bytes "
                      "0x%" PRIx64 " to 0x%" PRIx64 " and 0x%" PRIx64
                      " to 0x%" PRIx64
                      "\nhelp: give '%s' memory of its own, or declare both "
                      "'inout' in the program",
                      callee, a.name, b.name, a.begin, a.end, b.begin, b.end,
                      b.access == In ? a.name : b.name);
      return MOESAIC_ERROR_OVERLAP;
    }
  }
  return MOESAIC_SUCCESS;
}
