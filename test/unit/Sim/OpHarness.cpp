//===- OpHarness.cpp - vector operations against host formulas ------------===//

#include "OpHarness.h"
#include <algorithm>
#include <cmath>

using namespace moesaic::sim;
using namespace moesaic::sim::test;

static bool agrees(Kind kind, u64 got, u64 want) {
  if (got == want) {
    return true;
  }
  if (kind == F32 || kind == Near) {
    float x = as<float>(u32(got)), y = as<float>(u32(want));
    if (std::isnan(x) && std::isnan(y)) {
      return true;
    }
    return kind == Near &&
           (std::fabs(x - y) <= 1e-6f * std::fabs(y) ||
            (std::fabs(y) < 1.2e-38f && x == 0) || (std::fabs(x - y) < 1e-7f));
  }
  if (kind == F64) {
    return std::isnan(as<double>(got)) && std::isnan(as<double>(want));
  }
  if (kind == F16) {
    return (got & 0x7fff) > 0x7c00 && (want & 0x7fff) > 0x7c00 &&
           got >> 16 == want >> 16;
  }
  return false;
}

static constexpr unsigned kThreads = 512;

static void checkOn(const std::string &chip, std::vector<Op> ops) {
  if (chip == "gfx90a") {
    ops.erase(std::remove_if(ops.begin(), ops.end(),
                             [](const Op &op) { return op.since942; }),
              ops.end());
  }
  std::string body = R"(
  s_load_dwordx2 s[4:5], s[0:1], 0
  s_load_dwordx2 s[6:7], s[0:1], 8
  s_waitcnt lgkmcnt(0)
  v_lshlrev_b32 v1, 5, v0
  global_load_dwordx4 v[2:5], v1, s[4:5]
  global_load_dwordx4 v[6:9], v1, s[4:5] offset:16
  v_lshlrev_b32 v1, 3, v0
  s_waitcnt vmcnt(0)
  v_mov_b32 v20, v8
  v_mov_b32 v21, v9
)";
  for (const Op &op : ops) {
    body += "  v_mov_b32 v8, v20\n  v_mov_b32 v9, v21\n";
    body += "  s_mov_b32 vcc_lo, 0xaaaaaaaa\n  s_mov_b32 vcc_hi, 0xaaaaaaaa\n";
    body += std::string("  ") + op.text + "\n";
    body += "  global_store_dwordx2 v1, v[8:9], s[6:7]\n";
    body += "  s_add_u32 s6, s6, 4096\n  s_addc_u32 s7, s7, 0\n";
  }
  auto object = assemble(body, chip);
  Gpu gpu(object.get(), chip);
  ASSERT_TRUE(gpu.ok()) << gpu.loadError;
  std::vector<u32> a = operands32(2 * kThreads, 1),
                   b = operands32(2 * kThreads, 2),
                   c = operands32(2 * kThreads, 3);
  std::vector<u64> wideA = operands64(kThreads, 4),
                   wideB = operands64(kThreads, 5);
  std::vector<u64> in(4 * kThreads);
  for (unsigned n = 0; n < kThreads; ++n) {
    bool wide = n >= kThreads / 2;
    in[4 * n] = wide ? wideA[n] : u64(a[2 * n + 1]) << 32 | a[n];
    in[4 * n + 1] = wide ? wideB[n] : u64(b[2 * n + 1]) << 32 | b[n];
    in[4 * n + 2] = u64(c[2 * n + 1]) << 32 | c[n];
    in[4 * n + 3] = 0x1234567876543210ull + n;
  }
  u64 *out = gpu.zeros<u64>(kThreads * ops.size());
  ASSERT_EQ(gpu.run({{1, 1, 1}, {kThreads, 1, 1}}, gpu.upload(in), out), "");
  for (size_t k = 0; k < ops.size(); ++k) {
    for (unsigned n = 0; n < kThreads; ++n) {
      In x{in[4 * n], in[4 * n + 1], in[4 * n + 2], in[4 * n + 3], n % 2 == 1};
      u64 got = out[k * kThreads + n];
      u64 want = ops[k].expected(x);
      if (!ops[k].wide) {
        got = u32(got);
        want = u32(want);
      }
      if (!agrees(ops[k].kind, got, want)) {
        ADD_FAILURE() << chip << ": " << ops[k].text << std::hex << ": a "
                      << x.a << " b " << x.b << " c " << x.c << " old " << x.old
                      << ": got " << got << ", want " << want;
        break;
      }
    }
  }
}

void moesaic::sim::test::check(const std::vector<Op> &ops,
                               const std::vector<std::string> &chips) {
  for (const std::string &chip : chips) {
    checkOn(chip, ops);
  }
}
