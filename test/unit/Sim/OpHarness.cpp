//===- OpHarness.cpp - vector operations against host formulas ------------===//

#include "OpHarness.h"
#include "llvm/Support/Error.h"
#include <algorithm>
#include <cmath>
#include <map>
#include <set>

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

static bool startsWith(const std::string &text, const char *prefix) {
  return text.rfind(prefix, 0) == 0;
}

static bool isRdna(const std::string &chip) { return startsWith(chip, "gfx1"); }

//===----------------------------------------------------------------------===//
// RDNA's way to write an operation
//===----------------------------------------------------------------------===//

/// What is asked of the simulator is only what the chip has.
static const std::set<std::string> &instructionsOf(const std::string &chip) {
  static std::map<std::string, std::set<std::string>> lists;
  std::set<std::string> &list = lists[chip];
  if (list.empty()) {
    auto names = supportedInstructions(chip);
    if (names) {
      list.insert(names->begin(), names->end());
    }
  }
  return list;
}

static std::string replaced(std::string text, const std::string &from,
                            const std::string &to) {
  for (size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

/// The text of an operation on an RDNA chip, or nothing where it has no such
/// operation or names its 16-bit operands in another way.
static std::string translated(const std::string &text,
                              const std::string &chip) {
  static const std::map<std::string, std::string> since11 = {
      {"v_add_u32", "v_add_nc_u32"},
      {"v_sub_u32", "v_sub_nc_u32"},
      {"v_subrev_u32", "v_subrev_nc_u32"},
      {"v_sub_i32", "v_sub_nc_i32"},
      {"v_addc_co_u32", "v_add_co_ci_u32"},
      {"v_subb_co_u32", "v_sub_co_ci_u32"},
      {"v_ffbh_u32", "v_clz_i32_u32"},
      {"v_ffbl_b32", "v_ctz_i32_b32"}};
  static const std::map<std::string, std::string> since12 = {
      {"v_min_f32", "v_min_num_f32"},
      {"v_max_f32", "v_max_num_f32"},
      {"v_min3_f32", "v_min3_num_f32"},
      {"v_max3_f32", "v_max3_num_f32"},
      {"v_mad_u64_u32", "v_mad_co_u64_u32"},
      {"v_mad_i64_i32", "v_mad_co_i64_i32"}};
  std::string result;
  for (size_t begin = 0; begin < text.size();) {
    size_t end = std::min(text.find('\n', begin), text.size());
    std::string line = text.substr(begin, end - begin);
    begin = end + 1;
    line.erase(0, line.find_first_not_of(' '));
    std::string name = line.substr(0, line.find(' '));
    std::string rest = line.substr(name.size());
    auto it = since11.find(name);
    name = it == since11.end() ? name : it->second;
    it = since12.find(name);
    name = it == since12.end() || chip == "gfx1100" ? name : it->second;
    bool isHalf = name.size() > 2 && name.substr(name.size() - 2) == "16";
    bool isPacked = startsWith(name, "v_pk_") || startsWith(name, "v_dot") ||
                    startsWith(name, "v_fma_mix");
    // LLVM takes v_dot4_i32_i8 for another name of the unsigned dot product.
    if ((isHalf && !isPacked) || name == "v_dot4_i32_i8" ||
        name == "v_cvt_f16_f32" || !instructionsOf(chip).count(name)) {
      return "";
    }
    rest = replaced(replaced(rest, "s[20:21]", "s20"), "vcc", "vcc_lo");
    result += name + rest + "\n ";
  }
  return result;
}

static void checkOn(const std::string &chip, std::vector<Op> ops) {
  const bool rdna = isRdna(chip), split = startsWith(chip, "gfx12");
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
  if (rdna) {
    body = std::string(R"(
  s_load_b128 s[4:7], s[0:1], 0
)") + (split ? "  s_wait_kmcnt 0\n" : "  s_waitcnt lgkmcnt(0)\n") +
           R"(
  v_lshlrev_b32 v1, 5, v0
  global_load_b128 v[2:5], v1, s[4:5]
  global_load_b128 v[6:9], v1, s[4:5] offset:16
  v_lshlrev_b32 v1, 3, v0
)" + (split ? "  s_wait_loadcnt 0\n" : "  s_waitcnt vmcnt(0)\n") +
           R"(
  v_mov_b32 v20, v8
  v_mov_b32 v21, v9
)";
  }
  const char *store = rdna ? "  global_store_b64 v1, v[8:9], s[6:7]\n"
                           : "  global_store_dwordx2 v1, v[8:9], s[6:7]\n";
  const char *advance =
      split ? "  s_add_nc_u64 s[6:7], s[6:7], 4096\n"
            : "  s_add_u32 s6, s6, 4096\n  s_addc_u32 s7, s7, 0\n";
  const char *setVcc = rdna ? "  s_mov_b32 vcc_lo, 0xaaaaaaaa\n"
                            : "  s_mov_b32 vcc_lo, 0xaaaaaaaa\n"
                              "  s_mov_b32 vcc_hi, 0xaaaaaaaa\n";
  for (const Op &op : ops) {
    body += "  v_mov_b32 v8, v20\n  v_mov_b32 v9, v21\n";
    body += setVcc;
    body += "  " + op.text + "\n";
    body += store;
    body += advance;
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
    std::vector<Op> known;
    for (const Op &op : ops) {
      std::string text = isRdna(chip) ? translated(op.text, chip) : op.text;
      if (!text.empty() && !(op.since942 && chip == "gfx90a")) {
        known.push_back(op);
        known.back().text = text;
      }
    }
    checkOn(chip, known);
  }
}

void moesaic::sim::test::checkAsWritten(const std::vector<Op> &ops,
                                        const std::vector<std::string> &chips) {
  for (const std::string &chip : chips) {
    checkOn(chip, ops);
  }
}
