//===- bench-launch.cpp - what a launch costs beyond HIP's own ------------===//
//
// Times launches of an embedded kernel on a HIP library that does nothing:
// directly, through the generated function without checks of arguments, and
// with them. The differences are the costs of the runtime and of the checks.
//
//===----------------------------------------------------------------------===//

#include "silu_and_mul.h"
#include <benchmark/benchmark.h>
#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>

static silu_and_mul_silu_and_mul_args makeArguments() {
  alignas(256) static char memory[3][256];
  silu_and_mul_silu_and_mul_args args = {};
  args.gate = memory[0];
  args.up = memory[1];
  args.out = memory[2];
  args.S = 1;
  args.I = 64;
  args.gate_row = args.up_row = 64;
  return args;
}

static void provider(benchmark::State &state) {
  using Launch =
      int (*)(void *, unsigned, unsigned, unsigned, unsigned, unsigned,
              unsigned, unsigned, void *, void **, void **);
  void *library = dlopen(MOESAIC_NULL_HIP, RTLD_NOW);
  auto launch =
      reinterpret_cast<Launch>(dlsym(library, "hipModuleLaunchKernel"));
  silu_and_mul_silu_and_mul_args args = makeArguments();
  size_t bytes = sizeof args;
  for (auto _ : state) {
    void *extra[] = {reinterpret_cast<void *>(1), &args,
                     reinterpret_cast<void *>(2), &bytes,
                     reinterpret_cast<void *>(3)};
    benchmark::DoNotOptimize(
        launch(library, 1, 1, 1, 256, 1, 1, 0, nullptr, nullptr, extra));
  }
}
BENCHMARK(provider);

static void launch(benchmark::State &state) {
  moesaic_set_argument_checks(state.range(0) != 0);
  silu_and_mul_silu_and_mul_args args = makeArguments();
  for (auto _ : state) {
    if (silu_and_mul_silu_and_mul_launch(&args, nullptr) != MOESAIC_SUCCESS) {
      state.SkipWithError(moesaic_last_error());
      break;
    }
  }
}
BENCHMARK(launch)->ArgName("checks")->Arg(0)->Arg(1);

int main(int argc, char **argv) {
  setenv("MOESAIC_HIP", MOESAIC_NULL_HIP, /*overwrite=*/1);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
