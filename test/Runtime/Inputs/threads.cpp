// Two threads for each of two devices, each thread with two streams, load one
// module and launch its kernels at once. Usage: threads CHIP=FILE...
#include "program.h"
#include <atomic>
#include <thread>

static constexpr int kCount = 1000, kRounds = 10, kThreads = 4;

/// How many threads have their arrays. All then load the module at once.
static std::atomic<int> ready{0};

static void work(moesaic_module &module, int device) {
  CHECK(hipSetDevice(device));
  hipStream_t streams[2];
  std::vector<float> given[2];
  float *a[2], *b[2];
  for (int s = 0; s < 2; ++s) {
    CHECK(hipStreamCreate(&streams[s]));
    given[s] = numbers(kCount, 100 * device + 10 * s);
    a[s] = upload(given[s]);
    b[s] = upload(given[s]);
  }
  for (++ready; ready < kThreads;) {
  }
  for (int round = 1; round <= kRounds; ++round) {
    for (int s = 0; s < 2; ++s) {
      ScaleArguments arguments = {a[s], b[s], float(round), kCount};
      LAUNCH(moesaic_zero(&module, b[s], kCount * sizeof(float), streams[s]));
      LAUNCH(moesaic_launch(&module, kScale, &arguments, sizeof arguments,
                            blocksFor(kCount), streams[s]));
    }
  }
  for (int s = 0; s < 2; ++s) {
    CHECK(hipStreamSynchronize(streams[s]));
    std::vector<float> result = download(b[s], kCount);
    for (int i = 0; i < kCount; ++i) {
      EXPECT(result[i] == given[s][i] * kRounds);
    }
    CHECK(hipStreamDestroy(streams[s]));
  }
}

int main(int argc, char **argv) {
  moesaic_module module = {&makeImage({argv + 1, argv + argc}), nullptr};
  int devices = 0;
  CHECK(hipGetDeviceCount(&devices));
  EXPECT(devices == 2);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&module, thread] { work(module, thread % 2); });
  }
  for (std::thread &thread : threads) {
    thread.join();
  }
  puts("done");
}
