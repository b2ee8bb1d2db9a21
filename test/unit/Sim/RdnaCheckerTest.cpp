//===- RdnaCheckerTest.cpp - the checker's rules on RDNA ------------------===//
//
// gfx11 counts loads, stores and LDS apart; gfx12 scalar loads as well. Each
// rule has a kernel that breaks it and a mended twin, in waves of 32 lanes.
//
//===----------------------------------------------------------------------===//

#include "Harness.h"

using namespace moesaic::sim;
using namespace moesaic::sim::test;

namespace {

/// All reports of a launch, one below the other.
std::string reportsOf(const std::string &body, const std::string &chip,
                      unsigned lanes) {
  const bool split = chip == "gfx1200";
  auto object = assemble(std::string(R"(
  s_load_b128 s[4:7], s[0:1], 0
  v_lshlrev_b32 v1, 2, v0
)") + (split ? "  s_wait_kmcnt 0\n" : "  s_waitcnt lgkmcnt(0)\n") +
                             body,
                         chip);
  Gpu gpu(object.get(), chip);
  if (!gpu.ok()) {
    return gpu.loadError;
  }
  auto *in = gpu.upload(std::vector<uint32_t>(1024, 8), "in");
  auto *out = gpu.zeros<uint32_t>(1024, "out");
  std::string all;
  LaunchConfig config{{1, 1, 1}, {lanes, 1, 1}};
  config.check = CheckMode::Report;
  config.onReport = [&](llvm::StringRef text) { all += text.str() + "\n"; };
  return all + gpu.run(config, in, out);
}

struct Pair {
  const char *name;
  const char *chip;
  unsigned lanes;
  std::string broken, report, mended;
};

void check(const std::vector<Pair> &pairs) {
  for (const Pair &pair : pairs) {
    SCOPED_TRACE(std::string(pair.chip) + ": " + pair.name);
    std::string reports = reportsOf(pair.broken, pair.chip, pair.lanes);
    EXPECT_NE(reports.find(pair.report), std::string::npos)
        << "expected `" << pair.report << "`, got:\n"
        << reports;
    EXPECT_EQ(reportsOf(pair.mended, pair.chip, pair.lanes), "");
  }
}

TEST(RdnaChecker, MissingWait) {
  const std::string load = " global_load_b32 v2, v1, s[4:5]\n";
  const std::string store = "\n global_store_b32 v1, v2, s[6:7]\n";
  const std::string stores = " global_store_b32 v1, v1, s[6:7] offset:512\n"
                             " global_store_b32 v1, v1, s[6:7] offset:1024\n";
  const std::string defineLds = " v_mov_b32 v5, 1\n ds_store_b32 v1, v5\n";
  check({
      {"load", "gfx1100", 32, load + store,
       "expected s_waitcnt vmcnt(0) between them",
       load + " s_waitcnt vmcnt(0)" + store},
      {"stores have a counter of their own", "gfx1100", 32,
       load + stores + " s_waitcnt vmcnt(1)" + store,
       "expected s_waitcnt vmcnt(0) between them",
       load + stores + " s_waitcnt vmcnt(0)" + store},
      {"waiting for stores does not wait for loads", "gfx1100", 32,
       load + stores + " s_waitcnt_vscnt null, 0" + store,
       "v2 is used before the load into it is waited for",
       load + " s_waitcnt_vmcnt null, 0" + store},
      {"LDS", "gfx1100", 32, defineLds + " ds_load_b32 v2, v1" + store,
       "expected s_waitcnt lgkmcnt(0) between them",
       defineLds + " ds_load_b32 v2, v1\n s_waitcnt lgkmcnt(0)" + store},
      {"a pair of operations", "gfx1100", 32,
       load +
           " v_dual_mov_b32 v4, v2 :: v_dual_mov_b32 v3, 0\n"
           " s_waitcnt vmcnt(0)" +
           store,
       "v2 is used before the load into it is waited for",
       load +
           " s_waitcnt vmcnt(0)\n"
           " v_dual_mov_b32 v4, v2 :: v_dual_mov_b32 v3, 0\n" +
           store},
      {"load", "gfx1200", 32, load + store,
       "expected s_wait_loadcnt 0 between them",
       load + " s_wait_loadcnt 0" + store},
      {"LDS does not count as a load", "gfx1200", 32,
       defineLds + " ds_load_b32 v2, v1\n s_wait_loadcnt 0" + store,
       "expected s_wait_dscnt 0 between them",
       defineLds + " ds_load_b32 v2, v1\n s_wait_dscnt 0" + store},
      {"both at once", "gfx1200", 32,
       load + defineLds +
           " ds_load_b32 v3, v1\n s_wait_loadcnt_dscnt 0x100\n"
           " v_add_nc_u32 v2, v2, v3" +
           store,
       "v2 is used before",
       load + defineLds +
           " ds_load_b32 v3, v1\n s_wait_loadcnt_dscnt 0x0\n"
           " v_add_nc_u32 v2, v2, v3" +
           store},
      {"scalar loads have a counter of their own", "gfx1200", 32,
       " s_load_b32 s8, s[4:5], 0\n s_wait_dscnt 0\n v_mov_b32 v2, s8" + store,
       "expected s_wait_kmcnt 0 between them",
       " s_load_b32 s8, s[4:5], 0\n s_wait_kmcnt 0\n v_mov_b32 v2, s8" + store},
      {"loads return in order", "gfx1200", 32,
       load +
           " global_load_b32 v3, v1, s[4:5]\n s_wait_loadcnt 1\n"
           " v_mov_b32 v2, v3" +
           store,
       "v3 is used before",
       load + " global_load_b32 v3, v1, s[4:5]\n s_wait_loadcnt 1" + store},
  });
}

TEST(RdnaChecker, RacesAndBarriers) {
  const std::string write = " ds_store_b32 v1, v0\n";
  const std::string read = " v_xor_b32 v3, 0x80, v1\n ds_load_b32 v4, v3\n";
  const std::string race = "race: a wave reads LDS that another wave accesses";
  check({
      {"no barrier", "gfx1100", 64, write + " s_waitcnt lgkmcnt(0)\n" + read,
       race, write + " s_waitcnt lgkmcnt(0)\n s_barrier\n" + read},
      {"not complete at the barrier", "gfx1100", 64,
       write + " s_barrier\n" + read, race,
       write + " s_waitcnt lgkmcnt(0)\n s_barrier\n" + read},
      {"not complete at the signal", "gfx1200", 64,
       write + " s_barrier_signal -1\n s_wait_dscnt 0\n s_barrier_wait -1\n" +
           read,
       race,
       write + " s_wait_dscnt 0\n s_barrier_signal -1\n s_barrier_wait -1\n" +
           read},
      {"lanes switched off", "gfx1100", 64,
       " s_mov_b32 s20, exec_lo\n s_mov_b32 exec_lo, 1\n s_barrier\n"
       " s_mov_b32 exec_lo, s20\n",
       "a wave reaches the barrier with lanes switched off",
       " s_mov_b32 s20, exec_lo\n s_mov_b32 exec_lo, s20\n s_barrier\n"},
  });
}

TEST(RdnaChecker, Undefined) {
  check({
      {"a register", "gfx1100", 32, " global_store_b32 v1, v9, s[6:7]\n",
       "it comes from v9, which was never written",
       " v_mov_b32 v9, 0\n global_store_b32 v1, v9, s[6:7]\n"},
      {"a pair of operations", "gfx1100", 32,
       " v_dual_mov_b32 v2, v9 :: v_dual_mov_b32 v3, 0\n"
       " global_store_b32 v1, v2, s[6:7]\n",
       "it comes from v9, which was never written",
       " v_dual_mov_b32 v2, v9 :: v_dual_mov_b32 v3, 0\n"
       " global_store_b32 v1, v3, s[6:7]\n"},
      {"a mask", "gfx1200", 32, " s_and_b32 exec_lo, exec_lo, s60\n",
       "EXEC is set from an undefined value",
       " s_mov_b32 s60, -1\n s_and_b32 exec_lo, exec_lo, s60\n"},
      {"a branch on half of VCC", "gfx1100", 32, " s_cbranch_vccz end\nend:\n",
       "a branch depends on an undefined value",
       " s_mov_b32 vcc_lo, 0\n s_cbranch_vccz end\nend:\n"},
  });
}

/// Undefined padding stays in its rows and columns.
TEST(RdnaChecker, PaddingOfMatrices) {
  const std::string define = [] {
    std::string text;
    for (unsigned n = 8; n < 24; ++n) {
      text += " v_mov_b32 v" + std::to_string(n) + ", 0\n";
    }
    return text;
  }();
  // Row 3 of A is undefined in lanes 3 and 19.
  const std::string undefinedRow = define + " s_mov_b32 s20, exec_lo\n"
                                            " s_mov_b32 exec_lo, 0x00080008\n"
                                            " v_mov_b32 v8, v40\n"
                                            " s_mov_b32 exec_lo, s20\n";
  const std::string product =
      " v_wmma_f32_16x16x16_f16 v[24:31], v[8:15], v[16:23], 0\n";
  // gfx11: register r holds rows 2 r and 2 r + 1.
  check({{"a row", "gfx1100", 32,
          undefinedRow + product + " global_store_b32 v1, v25, s[6:7]\n",
          "it comes from v40, which was never written",
          undefinedRow + product +
              " global_store_b32 v1, v24, s[6:7]\n"
              " global_store_b32 v1, v26, s[6:7]\n"}});
}

} // namespace
