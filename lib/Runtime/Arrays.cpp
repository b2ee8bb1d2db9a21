//===- Arrays.cpp - checks of the arrays of one launch --------------------===//

#include "Internal.h"
#include <cinttypes>

using namespace moesaic::runtime;

namespace {
enum Access { In, Out, InOut };

/// An array together with what this launch gives for it.
struct Argument {
  const moesaic_array *type;
  const int64_t *values;

  uint64_t address() const { return static_cast<uint64_t>(values[0]); }
  const int64_t *extents() const { return values + 1; }
  const int64_t *strides() const { return extents() + type->rank; }
  const int64_t *end() const {
    return strides() + (type->has_strides ? type->rank : 0);
  }
};

/// The bytes that an array spans, and its rows: along the axis of the largest
/// stride, or the whole array when nothing lies between its elements.
struct Span {
  uint64_t begin = 0, end = 0;
  uint64_t rowStride = 0, rowBytes = 0;
};
} // namespace

static bool isEmpty(const Argument &argument) {
  for (uint32_t axis = 0; axis < argument.type->rank; ++axis) {
    if (argument.extents()[axis] == 0) {
      return true;
    }
  }
  return false;
}

static moesaic_status checkExtents(const char *callee,
                                   const Argument &argument) {
  const moesaic_array &type = *argument.type;
  int64_t bytes = type.element_bytes;
  bool isTooLarge = false;
  for (uint32_t axis = 0; axis < type.rank; ++axis) {
    int64_t extent = argument.extents()[axis];
    if (extent < 0) {
      Message().print("'%s': expected axis %" PRIu32
                      " of array '%s' to have an extent of 0 or more, got "
                      "%" PRId64,
                      callee, axis, type.name, extent);
      return MOESAIC_ERROR_EXTENT;
    }
    isTooLarge |= __builtin_mul_overflow(bytes, extent, &bytes);
  }
  if (isTooLarge && !isEmpty(argument)) {
    Message().print("'%s': array '%s' is too large: its extents make 2^63 "
                    "bytes or more",
                    callee, type.name);
    return MOESAIC_ERROR_EXTENT;
  }
  return MOESAIC_SUCCESS;
}

/// An array that is empty, or that goes backwards, spans nothing here.
static Span getSpan(const Argument &argument) {
  const moesaic_array &type = *argument.type;
  Span span;
  if (isEmpty(argument)) {
    return span;
  }
  uint64_t bytes = type.element_bytes, outerReach = 0;
  if (!type.has_strides) {
    for (uint32_t axis = 0; axis < type.rank; ++axis) {
      bytes *= static_cast<uint64_t>(argument.extents()[axis]);
    }
    span.rowStride = bytes;
  } else {
    span.rowStride = bytes;
    for (uint32_t axis = type.rank; axis-- > 0;) {
      int64_t extent = argument.extents()[axis];
      int64_t stride = argument.strides()[axis];
      if (stride < 0) {
        return Span();
      }
      uint64_t step = static_cast<uint64_t>(stride) * type.element_bytes;
      uint64_t reach = static_cast<uint64_t>(extent - 1) * step;
      bytes += reach;
      if (extent > 1 && step >= span.rowStride) {
        span.rowStride = step;
        outerReach = reach;
      }
    }
  }
  span.begin = argument.address();
  span.end = span.begin + bytes;
  span.rowBytes = bytes - outerReach;
  return span;
}

static bool isOneRow(const Span &span) {
  return span.end - span.begin == span.rowBytes;
}

/// Whether two arrays can share a byte. When both repeat with one stride, it is
/// enough to look at the first byte of b's rows within a row of a's.
static bool overlap(const Span &a, const Span &b) {
  if (a.begin >= a.end || b.begin >= b.end || a.end <= b.begin ||
      b.end <= a.begin) {
    return false;
  }
  uint64_t stride = a.rowStride > b.rowStride ? a.rowStride : b.rowStride;
  bool isPeriodic = stride != 0 && (a.rowStride == stride || isOneRow(a)) &&
                    (b.rowStride == stride || isOneRow(b));
  if (!isPeriodic) {
    return true;
  }
  uint64_t shift = b.begin >= a.begin
                       ? (b.begin - a.begin) % stride
                       : (stride - (a.begin - b.begin) % stride) % stride;
  return shift < a.rowBytes || shift + b.rowBytes > stride;
}

static moesaic_status checkOverlap(const char *callee, const moesaic_array &a,
                                   const Span &spanOfA, const moesaic_array &b,
                                   const Span &spanOfB) {
  bool isAllowed = a.access == b.access && a.access != Out;
  if (isAllowed || !overlap(spanOfA, spanOfB)) {
    return MOESAIC_SUCCESS;
  }
  Message().print("'%s': arrays '%s' and '%s' share memory: bytes "
                  "0x%" PRIx64 " to 0x%" PRIx64 " and 0x%" PRIx64
                  " to 0x%" PRIx64
                  "\nhelp: give '%s' memory of its own, or declare both "
                  "'inout' in the program",
                  callee, a.name, b.name, spanOfA.begin, spanOfA.end,
                  spanOfB.begin, spanOfB.end, b.access == In ? a.name : b.name);
  return MOESAIC_ERROR_OVERLAP;
}

moesaic_status moesaic_check_arrays(const char *callee, uint32_t count,
                                    const moesaic_array *arrays,
                                    const int64_t *values) {
  // Spans are computed once for as many arrays as launches have.
  constexpr uint32_t kKept = 32;
  Span kept[kKept];
  const int64_t *next = values;
  for (uint32_t i = 0; i < count; ++i) {
    Argument argument{&arrays[i], next};
    next = argument.end();
    if (moesaic_status status = checkExtents(callee, argument)) {
      return status;
    }
    uint64_t address = argument.address();
    if ((!address || address % arrays[i].alignment) && !isEmpty(argument)) {
      return moesaic_fail_pointer(callee, arrays[i].name,
                                  reinterpret_cast<const void *>(address),
                                  arrays[i].alignment);
    }
    Span span = getSpan(argument);
    const int64_t *earlier = values;
    for (uint32_t j = 0; j < i; ++j) {
      Argument other{&arrays[j], earlier};
      earlier = other.end();
      Span otherSpan = j < kKept ? kept[j] : getSpan(other);
      if (moesaic_status status =
              checkOverlap(callee, arrays[j], otherSpan, arrays[i], span)) {
        return status;
      }
    }
    if (i < kKept) {
      kept[i] = span;
    }
  }
  return MOESAIC_SUCCESS;
}
