/* Calls the functions of host-code.tile; its header is included before. */
#include <inttypes.h>
#include <stdio.h>

void recorder_set_checks(int enabled);
void recorder_fail_after(int launches);

static void report(moesaic_status status) {
  static const char *const names[] = {
      "SUCCESS",           "ERROR_NO_PROVIDER", "ERROR_NO_DEVICE",
      "ERROR_TARGET",      "ERROR_VERSION",     "ERROR_CORRUPT",
      "ERROR_REQUIREMENT", "ERROR_POINTER",     "ERROR_EXTENT",
      "ERROR_WORKSPACE",   "ERROR_LAUNCH"};
  printf("MOESAIC_%s\n", names[status]);
}

#define STREAM ((struct ihipStream_t *)0x77)

static void callScale(void) {
  struct p_scale_args args = {
      (float *)0x1000, (void *)0x2000, 1.5f, 0x3c00, -5, 33, 5, 6};
  printf("scale\n");
  report(p_scale_launch(&args, STREAM));
  args.row = 7;
  report(p_scale_launch(&args, STREAM));
  args.row = 8;
  args.n = 100;
  report(p_scale_launch(&args, STREAM));
  recorder_set_checks(0);
  report(p_scale_launch(&args, STREAM));
  recorder_set_checks(1);
  report(p_scale_launch(0, STREAM));
}

static void callEdges(int32_t n, int32_t d, int32_t s) {
  struct p_edges_args args = {(int32_t *)0x1000, 0, 0, 0};
  args.N = n;
  args.d = d;
  args.s = s;
  report(p_edges_launch(&args, STREAM));
}

static void callLayer(void) {
  struct p_layer_args args = {(int32_t *)0x1000, 8, 8, (void *)0x10000, 1792};
  printf("layer\n");
  printf("needs %" PRIu64 "\n", p_layer_workspace_bytes(&args));
  report(p_layer_launch(&args, STREAM));
  args.n = args.N = 4;
  printf("needs %" PRIu64 "\n", p_layer_workspace_bytes(&args));
  report(p_layer_launch(&args, STREAM));
  args.n = 8;
  args.N = 7;
  report(p_layer_launch(&args, STREAM));
  args.N = 8;
  args.workspace_bytes = 1791;
  report(p_layer_launch(&args, STREAM));
  args.workspace_bytes = 4096;
  args.workspace = (void *)0x10080;
  report(p_layer_launch(&args, STREAM));
  args.workspace = 0;
  report(p_layer_launch(&args, STREAM));
  args.workspace = (void *)0x10000;
  args.n = 10;
  report(p_layer_launch(&args, STREAM));
  args.n = args.N = 6;
  report(p_layer_launch(&args, STREAM));
  args.n = args.N = 8;
  recorder_set_checks(0);
  recorder_fail_after(1);
  report(p_layer_launch(&args, STREAM));
  recorder_fail_after(1000);
  report(p_layer_launch_versioned(&args, STREAM, 1));
  report((p_layer_launch)(&args, STREAM));
}

static void callHuge(void) {
  struct p_huge_args args = {1500000, (void *)0x10000, 1 << 30};
  recorder_set_checks(1);
  printf("needs %" PRIu64 "\n", p_huge_workspace_bytes(&args));
  report(p_huge_launch(&args, STREAM));
}

int main(void) {
  callScale();
  printf("edges\n");
  callEdges(7, 2, 1);
  callEdges(7, -2, 32);
  callEdges(7, 0, -1);
  callEdges(INT32_MIN, -1, 32);
  callLayer();
  callHuge();
  return 0;
}
