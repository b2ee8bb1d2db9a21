// Runs the mixture-of-experts layer of moe_layer.tile on a stream, times it
// with events, and then replays it as a graph with another routing; both
// results are checked against the sums on the host.
#include "moe_layer.h"
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <hip/hip_runtime_api.h>
#include <random>
#include <vector>

static constexpr int kTokens = 24, kHidden = 128, kExperts = 8, kInner = 64;
static constexpr int kTopK = 2;
static constexpr double kBound = 2e-2; // of the norm, for bf16

static void check(hipError_t error) {
  if (error != hipSuccess) {
    fprintf(stderr, "HIP: %s\n", hipGetErrorString(error));
    exit(1);
  }
}

static void check(moesaic_status status) {
  if (status != MOESAIC_SUCCESS) {
    fprintf(stderr, "%s\n", moesaic_last_error());
    exit(1);
  }
}

//===----------------------------------------------------------------------===//
// bf16 and device memory
//===----------------------------------------------------------------------===//

static uint16_t toBf16(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return uint16_t((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
}

static float toFloat(uint16_t bf16) {
  uint32_t bits = uint32_t(bf16) << 16;
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

template <typename T>
static T *upload(const std::vector<T> &host) {
  void *device;
  check(hipMalloc(&device, host.size() * sizeof(T)));
  check(hipMemcpy(device, host.data(), host.size() * sizeof(T),
                  hipMemcpyHostToDevice));
  return static_cast<T *>(device);
}

//===----------------------------------------------------------------------===//
// The problem and its answer
//===----------------------------------------------------------------------===//

namespace {
struct Weights {
  std::vector<uint16_t> hidden, w1, w2;
};
struct Routing {
  std::vector<int32_t> ids;
  std::vector<float> weights;
};
} // namespace

static std::vector<uint16_t> randomBf16(size_t count, float scale,
                                        std::mt19937 &random) {
  std::uniform_real_distribution<float> uniform(-scale, scale);
  std::vector<uint16_t> result(count);
  for (uint16_t &value : result) {
    value = toBf16(uniform(random));
  }
  return result;
}

/// Every token goes to neighbouring experts, from a random one on.
static Routing randomRouting(std::mt19937 &random) {
  Routing routing;
  for (int token = 0; token < kTokens; ++token) {
    uint32_t first = random();
    for (uint32_t j = 0; j < kTopK; ++j) {
      routing.ids.push_back(int32_t((first + j) % kExperts));
      routing.weights.push_back(j == 0 ? 0.75f : 0.25f);
    }
  }
  return routing;
}

static float dot(const uint16_t *a, const float *b, int count) {
  float sum = 0;
  for (int i = 0; i < count; ++i) {
    sum += toFloat(a[i]) * b[i];
  }
  return sum;
}

/// One token through one expert, added to `out`.
static void addExpert(const Weights &weights, const float *x, int expert,
                      float weight, float *out) {
  const uint16_t *gate = &weights.w1[size_t(expert) * 2 * kInner * kHidden];
  const uint16_t *up = gate + size_t(kInner) * kHidden;
  const uint16_t *down = &weights.w2[size_t(expert) * kHidden * kInner];
  std::vector<float> inner(kInner);
  for (int i = 0; i < kInner; ++i) {
    float g = dot(gate + size_t(i) * kHidden, x, kHidden);
    inner[size_t(i)] =
        g / (1 + std::exp(-g)) * dot(up + size_t(i) * kHidden, x, kHidden);
  }
  for (int h = 0; h < kHidden; ++h) {
    out[h] += weight * dot(down + size_t(h) * kInner, inner.data(), kInner);
  }
}

/// The norm of the difference from the host's result, relative to its norm.
static double errorOf(const std::vector<uint16_t> &result,
                      const Weights &weights, const Routing &routing) {
  double difference = 0, norm = 0;
  for (int token = 0; token < kTokens; ++token) {
    std::vector<float> x(kHidden), expected(kHidden, 0.0f);
    for (int h = 0; h < kHidden; ++h) {
      x[size_t(h)] = toFloat(weights.hidden[size_t(token * kHidden + h)]);
    }
    for (int j = 0; j < kTopK; ++j) {
      size_t slot = size_t(token * kTopK + j);
      addExpert(weights, x.data(), routing.ids[slot], routing.weights[slot],
                expected.data());
    }
    for (int h = 0; h < kHidden; ++h) {
      double gave = toFloat(result[size_t(token * kHidden + h)]);
      double wanted = expected[size_t(h)];
      difference += (gave - wanted) * (gave - wanted);
      norm += wanted * wanted;
    }
  }
  return std::sqrt(difference / norm);
}

static bool report(const char *what, double error) {
  bool isRight = error <= kBound; // false for NaN
  printf("%s: norm-wise error %.1e, bound %.0e: %s\n", what, error, kBound,
         isRight ? "right" : "WRONG");
  return isRight;
}

//===----------------------------------------------------------------------===//
// The two runs
//===----------------------------------------------------------------------===//

int main() {
  std::mt19937 random(1);
  Weights weights = {
      randomBf16(size_t(kTokens) * kHidden, 1.0f, random),
      randomBf16(size_t(kExperts) * 2 * kInner * kHidden, 0.2f, random),
      randomBf16(size_t(kExperts) * kHidden * kInner, 0.2f, random)};
  Routing routing = randomRouting(random);

  moe_layer_moe_layer_args args = {};
  args.hidden = upload(weights.hidden);
  args.w1 = upload(weights.w1);
  args.w2 = upload(weights.w2);
  int32_t *ids = upload(routing.ids);
  float *scores = upload(routing.weights);
  args.topk_ids = ids;
  args.topk_weights = scores;
  std::vector<uint16_t> result(size_t(kTokens) * kHidden);
  uint16_t *out = upload(result);
  args.out = out;
  args.T = kTokens;
  args.H = kHidden;
  args.E = kExperts;
  args.I = kInner;
  args.k = kTopK;
  args.workspace_bytes = moe_layer_moe_layer_workspace_bytes(&args);
  check(hipMalloc(&args.workspace, args.workspace_bytes));

  hipStream_t stream;
  hipEvent_t start, stop;
  check(hipStreamCreate(&stream));
  check(hipEventCreate(&start));
  check(hipEventCreate(&stop));

  // Launched directly.
  check(hipEventRecord(start, stream));
  check(moe_layer_moe_layer_launch(&args, stream));
  check(hipEventRecord(stop, stream));
  check(hipMemcpyAsync(result.data(), out, result.size() * sizeof(uint16_t),
                       hipMemcpyDeviceToHost, stream));
  check(hipStreamSynchronize(stream));
  float milliseconds;
  check(hipEventElapsedTime(&milliseconds, start, stop));
  printf("%d tokens, %d experts, %.0f KiB of workspace, %.3f ms\n", kTokens,
         kExperts, double(args.workspace_bytes) / 1024, double(milliseconds));
  bool isRight = report("launched", errorOf(result, weights, routing));

  // Captured once, then replayed with another routing.
  hipGraph_t graph;
  hipGraphExec_t replay;
  check(hipStreamBeginCapture(stream, hipStreamCaptureModeGlobal));
  check(moe_layer_moe_layer_launch(&args, stream));
  check(hipStreamEndCapture(stream, &graph));
  check(hipGraphInstantiate(&replay, graph, nullptr, nullptr, 0));
  for (int round = 1; round <= 2; ++round) {
    routing = randomRouting(random);
    check(hipMemcpy(ids, routing.ids.data(),
                    routing.ids.size() * sizeof(int32_t),
                    hipMemcpyHostToDevice));
    check(hipGraphLaunch(replay, stream));
    check(hipStreamSynchronize(stream));
    check(hipMemcpy(result.data(), out, result.size() * sizeof(uint16_t),
                    hipMemcpyDeviceToHost));
    isRight &= report("replayed", errorOf(result, weights, routing));
  }

  check(hipGraphExecDestroy(replay));
  check(hipGraphDestroy(graph));
  check(hipEventDestroy(start));
  check(hipEventDestroy(stop));
  check(hipStreamDestroy(stream));
  return isRight ? 0 : 1;
}
