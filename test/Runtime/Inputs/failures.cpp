// Calls the runtime in ways that fail and prints status and text.
// Usage: failures COMMAND CHIP=FILE...
#include "image.h"
#include <thread>

static void report(moesaic_status status) {
  printf("%s\n", moesaic_status_name(status));
  if (status != MOESAIC_SUCCESS) {
    printf("%s\n", moesaic_last_error());
  }
}

static void checks() {
  const char *names[] = {"K", "N"};
  const int64_t values[] = {12, -3};
  report(moesaic_fail_requirement("gemm", "K % 8 == 0", 1, names, values));
  report(moesaic_fail_requirement("gemm", "K % 8 == 0 and N > 0", 2, names,
                                  values));
  report(moesaic_fail_requirement("gemm", "K % 8 != 0", 1, names, values));
  report(moesaic_fail_requirement("gemm", "false", 0, nullptr, nullptr));
  report(moesaic_fail_pointer("gemm", "a", nullptr, 16));
  report(
      moesaic_fail_pointer("gemm", "a", reinterpret_cast<void *>(0x7008), 16));
  report(moesaic_fail_extent("gemm", "extent of axis 0 of 'b' is K", 64, 48));
  const moesaic_array array{"a", 3, 8, 16, 0, 0};
  const int64_t negative[] = {0x1000, -2, 4, 4};
  report(moesaic_check_arrays("gemm", 1, &array, negative));
  const int64_t large[] = {0x1000, int64_t(1) << 31, int64_t(1) << 28, 2};
  report(moesaic_check_arrays("gemm", 1, &array, large));
  const int64_t misaligned[] = {0x1008, 1, 1, 1};
  report(moesaic_check_arrays("gemm", 1, &array, misaligned));
  // What has no elements may lie anywhere and have any extents.
  const int64_t empty[] = {0, int64_t(1) << 62, int64_t(1) << 62, 0};
  report(moesaic_check_arrays("gemm", 1, &array, empty));
  report(moesaic_fail_workspace("layer", 4096, 1024));
  report(moesaic_fail_version("layer", 0x1234, 0xabcd));
  printf("%s\n", moesaic_status_name(moesaic_status(99)));
  // A text is the thread's own.
  std::thread([] {
    printf("other thread: '%s'\n", moesaic_last_error());
  }).join();
  // A long clause is cut off, not written beyond the buffer.
  std::string clause(10000, 'x');
  moesaic_fail_requirement("gemm", clause.c_str(), 0, nullptr, nullptr);
  printf("length %zu\n", strlen(moesaic_last_error()));
}

namespace {
/// An array of rows of bytes.
struct Rows {
  const char *name;
  int64_t begin, rows, rowBytes, rowStride;
  uint16_t access;
};
} // namespace

static void overlaps() {
  auto check = [](Rows a, Rows b) {
    const moesaic_array arrays[] = {{a.name, 2, 1, 1, a.access, 1},
                                    {b.name, 2, 1, 1, b.access, 1}};
    const int64_t values[] = {a.begin, a.rows, a.rowBytes, a.rowStride, 1,
                              b.begin, b.rows, b.rowBytes, b.rowStride, 1};
    report(moesaic_check_arrays("gemm", 2, arrays, values));
  };
  Rows in{"a", 0x1000, 16, 0x100, 0x100, 0};
  Rows out{"c", 0x1800, 16, 0x100, 0x100, 1};
  check(in, out);
  check(out, in);
  check(in, {"c", 0x2000, 16, 0x100, 0x100, 1}); // side by side
  check(in, {"c", 0x1800, 16, 0x100, 0x100, 0}); // both are read
  Rows inout{"c", 0x1800, 16, 0x100, 0x100, 2};
  check(inout, inout);
  check(in, inout);
  check(in, {"c", 0x1800, 0, 0x100, 0x100, 1}); // empty
  // The left and the right half of a matrix's columns, and halves that touch.
  Rows left{"l", 0x1000, 8, 0x80, 0x100, 0};
  check(left, {"r", 0x1080, 8, 0x80, 0x100, 1});
  check(left, {"r", 0x1070, 8, 0x80, 0x100, 1});
  check({"r", 0x1080, 8, 0x80, 0x100, 1}, left);
}

int main(int argc, char **argv) {
  std::string command = argv[1];
  if (command == "checks") {
    checks();
    return 0;
  }
  if (command == "overlap") {
    overlaps();
    return 0;
  }
  if (command == "keep") {
    report(moesaic_fail_pointer("gemm", "a", nullptr, 16));
    printf("using %s\n", moesaic_provider());
    printf("still %s\n", moesaic_last_error());
    return 0;
  }
  if (command == "provider") {
    // Twice: the second answer is the same, and what is said is said once.
    for (int i = 0; i < 2; ++i) {
      const char *path = moesaic_provider();
      printf("%s\n", path ? path : moesaic_last_error());
    }
    return 0;
  }
  moesaic_module module = {&makeImage({argv + 2, argv + argc}), nullptr};
  ScaleArguments arguments = {};
  if (command == "launch") {
    report(moesaic_launch(&module, kScale, &arguments, sizeof arguments, 3,
                          nullptr));
  } else if (command == "empty") {
    report(moesaic_launch(&module, kScale, &arguments, sizeof arguments, 0,
                          nullptr));
    report(moesaic_launch(&module, kScale, &arguments, sizeof arguments, -1,
                          nullptr));
    report(moesaic_zero(&module, nullptr, 0, nullptr));
  } else if (command == "zero") {
    report(moesaic_zero(&module, &arguments, sizeof arguments, nullptr));
  } else if (command == "misfit") {
    report(moesaic_launch(&module, kScale, &arguments, 8, 3, nullptr));
    report(
        moesaic_launch(&module, 2, &arguments, sizeof arguments, 3, nullptr));
    report(moesaic_launch(&module, kScale, &arguments, sizeof arguments,
                          1 << 26, nullptr));
  } else {
    fprintf(stderr, "no command '%s'\n", command.c_str());
    return 2;
  }
  printf("checks are %s\n", moesaic_argument_checks() ? "on" : "off");
  moesaic_set_argument_checks(0);
  printf("checks are %s\n", moesaic_argument_checks() ? "on" : "off");
}
