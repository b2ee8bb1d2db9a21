//===- CorpusTest.cpp - shared formulas: scalar, vector, conversions ------===//

#include "Corpus.h"
#include <cmath>

using namespace moesaic::sim;
using namespace moesaic::sim::test;

namespace {

namespace host {
#include "Corpus/Arithmetic.h"
}

/// Each formula runs once per lane, and once for the whole wave, where clang
/// chooses scalar instructions.
class Arithmetic : public Corpus {};

constexpr const char *kKernels = R"(
  #include "Arithmetic.h"
  kernel void lanes(global u64 *out, global const u64 *in) {
    uint i = __builtin_amdgcn_workgroup_id_x() * 64 + __builtin_amdgcn_workitem_id_x();
    u64 a = in[3 * i], b = in[3 * i + 1], c = in[3 * i + 2];
    #pragma unroll
    for (u32 n = 0; n < kFormulas; ++n)
      out[kFormulas * i + n] = formula(n, a, b, c);
  }
  kernel void waves(global u64 *out, constant const u64 *in) {
    uint i = __builtin_amdgcn_workgroup_id_x();
    u64 a = in[3 * i], b = in[3 * i + 1], c = in[3 * i + 2];
    #pragma unroll
    for (u32 n = 0; n < kFormulas; ++n)
      out[kFormulas * i + n] = formula(n, a, b, c);
  }
)";

TEST_P(Arithmetic, MatchesTheHost) {
  Gpu &gpu = compiled(kKernels);
  ASSERT_TRUE(gpu.ok()) << gpu.loadError;
  constexpr unsigned count = 256;
  std::vector<uint64_t> wide = operands64(3 * count, 21);
  std::vector<uint32_t> narrow = operands32(3 * count, 22);
  std::vector<uint64_t> in(3 * count);
  for (unsigned n = 0; n < 3 * count; ++n) {
    // The low words hold floats and halves, or whole 64-bit operands.
    in[n] =
        n % 2 ? wide[n] : uint64_t(narrow[3 * count - 1 - n]) << 32 | narrow[n];
  }
  auto *device = gpu.upload(in, "in");
  for (const char *kernel : {"lanes", "waves"}) {
    gpu.kernel = kernel;
    bool perLane = gpu.kernel == "lanes";
    auto *out = gpu.zeros<uint64_t>(count * host::kFormulas, "out");
    ASSERT_EQ(gpu.run({{perLane ? count / 64 : count, 1, 1}, {64, 1, 1}}, out,
                      device),
              "");
    for (unsigned n = 0; n < host::kFormulas; ++n) {
      for (unsigned i = 0; i < count; ++i) {
        const uint64_t *x = &in[3 * i];
        ASSERT_EQ(out[host::kFormulas * i + n],
                  host::formula(n, x[0], x[1], x[2]))
            << kernel << ": formula " << n << std::hex << " of " << x[0] << ", "
            << x[1] << ", " << x[2];
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Chips, Arithmetic, corpusCases(Chips::All),
                         corpusName);

} // namespace
