//===- Errors.cpp - status names and the texts behind them ----------------===//

#include "Internal.h"
#include <cctype>
#include <cinttypes>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

using namespace moesaic::runtime;

static thread_local char errorText[kTextBytes];

Message::Message() : text(errorText) { text[0] = '\0'; }

Message &Message::print(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int printed = vsnprintf(text + used, kTextBytes - used, format, arguments);
  va_end(arguments);
  if (printed > 0) {
    used = used + size_t(printed) < kTextBytes ? used + size_t(printed)
                                               : kTextBytes - 1;
  }
  return *this;
}

void Message::cut(size_t newLength) {
  used = newLength;
  text[used] = '\0';
}

const char *moesaic_last_error(void) { return errorText; }

const char *moesaic_status_name(moesaic_status status) {
  switch (status) {
#define STATUS(name)                                                           \
  case name:                                                                   \
    return #name
    STATUS(MOESAIC_SUCCESS);
    STATUS(MOESAIC_ERROR_NO_PROVIDER);
    STATUS(MOESAIC_ERROR_NO_DEVICE);
    STATUS(MOESAIC_ERROR_TARGET);
    STATUS(MOESAIC_ERROR_VERSION);
    STATUS(MOESAIC_ERROR_CORRUPT);
    STATUS(MOESAIC_ERROR_REQUIREMENT);
    STATUS(MOESAIC_ERROR_POINTER);
    STATUS(MOESAIC_ERROR_EXTENT);
    STATUS(MOESAIC_ERROR_WORKSPACE);
    STATUS(MOESAIC_ERROR_LAUNCH);
    STATUS(MOESAIC_ERROR_OVERLAP);
#undef STATUS
  }
  return "unknown status";
}

//===----------------------------------------------------------------------===//
// Failed checks of generated code
//===----------------------------------------------------------------------===//

/// Takes `name % divisor == 0` apart, the commonest clause by far.
static bool isDivisibility(const char *clause, const char *name,
                           int64_t &divisor) {
  size_t length = strlen(name);
  if (strncmp(clause, name, length) != 0) {
    return false;
  }
  int end = 0;
  return sscanf(clause + length, " %% %" SCNd64 " == 0%n", &divisor, &end) ==
             1 &&
         end > 0 && clause[length + size_t(end)] == '\0' && divisor > 0;
}

moesaic_status moesaic_fail_requirement(const char *callee, const char *clause,
                                        uint32_t count,
                                        const char *const *names,
                                        const int64_t *values) {
  Message message;
  message.print("'%s' requires %s", callee, clause);
  for (uint32_t i = 0; i < count; ++i) {
    message.print("%s %s is %" PRId64, i == 0 ? ", but" : ",", names[i],
                  values[i]);
  }
  int64_t divisor;
  if (count == 1 && values[0] >= 0 &&
      isDivisibility(clause, names[0], divisor) &&
      values[0] <= INT64_MAX - divisor) {
    int64_t above = (values[0] / divisor + 1) * divisor;
    message.print("\nhelp: %s = %" PRId64 " would do", names[0], above);
  }
  return MOESAIC_ERROR_REQUIREMENT;
}

moesaic_status moesaic_fail_pointer(const char *callee, const char *argument,
                                    const void *pointer, uint32_t alignment) {
  Message message;
  if (!pointer) {
    message.print("'%s': argument '%s' is null\n"
                  "help: pass device memory, for example of hipMalloc",
                  callee, argument);
  } else {
    message.print(
        "'%s': expected argument '%s' to be a multiple of %u, got %p\n"
        "help: hipMalloc's memory is aligned to 256 bytes; offsets "
        "into it must be multiples of %u",
        callee, argument, alignment, pointer, alignment);
  }
  return MOESAIC_ERROR_POINTER;
}

moesaic_status moesaic_fail_extent(const char *callee, const char *what,
                                   int64_t expected, int64_t actual) {
  Message().print("'%s': %s: expected %" PRId64 ", got %" PRId64, callee, what,
                  expected, actual);
  return MOESAIC_ERROR_EXTENT;
}

moesaic_status moesaic_fail_workspace(const char *callee, uint64_t needed,
                                      uint64_t given) {
  Message().print("'%s' needs %" PRIu64 " bytes of workspace, got %" PRIu64
                  "\nhelp: the function of its header that ends in "
                  "%s_workspace_bytes gives the size for these extents",
                  callee, needed, given, callee);
  return MOESAIC_ERROR_WORKSPACE;
}

moesaic_status moesaic_fail_version(const char *callee, uint64_t header,
                                    uint64_t object) {
  Message().print("'%s': header and object were not made together: the header "
                  "has stamp %016" PRIx64 ", the object %016" PRIx64
                  "\nhelp: write both with one command, moe-opt FILE.tile "
                  "-o FILE.o --header=FILE.h, and recompile the program",
                  callee, header, object);
  return MOESAIC_ERROR_VERSION;
}
