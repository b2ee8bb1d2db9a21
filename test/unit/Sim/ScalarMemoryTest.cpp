//===- ScalarMemoryTest.cpp - scalar stores, atomics and what waves ask ---===//

#include "Harness.h"
#include <set>

using namespace moesaic::sim;
using namespace moesaic::sim::test;

namespace {

/// Runs `body` on one wave with s[4:5] = in, s[6:7] = out, both 64 dwords.
std::vector<uint32_t> run(const std::string &body,
                          const std::vector<uint32_t> &in,
                          const std::string &chip = "gfx90a",
                          LaunchConfig config = {{1, 1, 1}, {64, 1, 1}}) {
  const bool rdna = chip.rfind("gfx1", 0) == 0, split = chip == "gfx1200";
  auto object = assemble(
      std::string(rdna ? "  s_load_b128" : "  s_load_dwordx4") +
          " s[4:7], s[0:1], 0\n" +
          (split ? "  s_wait_kmcnt 0\n" : "  s_waitcnt lgkmcnt(0)\n") + body,
      chip);
  Gpu gpu(object.get(), chip);
  if (!gpu.ok()) {
    ADD_FAILURE() << gpu.loadError;
    return std::vector<uint32_t>(64);
  }
  auto *out = gpu.zeros<uint32_t>(64, "out");
  std::vector<uint32_t> data = in;
  data.resize(64);
  EXPECT_EQ(gpu.run(config, gpu.upload(data, "in"), out), "");
  return std::vector<uint32_t>(out, out + 64);
}

TEST(ScalarMemory, Stores) {
  for (const char *chip : {"gfx90a", "gfx942", "gfx950"}) {
    SCOPED_TRACE(chip);
    std::vector<uint32_t> out = run(R"(
  s_mov_b32 s12, 11
  s_mov_b32 s13, 12
  s_mov_b32 s14, 13
  s_mov_b32 s15, 14
  s_movk_i32 s16, 32
  s_store_dword s12, s[6:7], 0x4
  s_store_dwordx2 s[12:13], s[6:7], s16
  s_store_dwordx4 s[12:15], s[6:7], 0x40
  s_mov_b32 s8, s6
  s_and_b32 s9, s7, 0xffff
  s_movk_i32 s10, 140
  s_mov_b32 s11, 0
  s_movk_i32 s17, 128
  s_buffer_store_dwordx4 s[12:15], s[8:11], s17
  s_dcache_wb
  s_waitcnt lgkmcnt(0)
)",
                                    {}, chip);
    std::vector<uint32_t> expected(64);
    expected[1] = 11;
    expected[8] = 11, expected[9] = 12;
    expected[16] = 11, expected[17] = 12, expected[18] = 13, expected[19] = 14;
    // Three of the four are in the buffer's range.
    expected[32] = 11, expected[33] = 12, expected[34] = 13;
    EXPECT_EQ(out, expected);
  }
}

TEST(ScalarMemory, Atomics) {
  struct Case {
    const char *name;
    uint32_t old, data, now;
  };
  const Case cases[] = {{"add", 7, 9, 16},
                        {"sub", 7, 9, uint32_t(-2)},
                        {"swap", 7, 9, 9},
                        {"smin", uint32_t(-3), 4, uint32_t(-3)},
                        {"smax", uint32_t(-3), 4, 4},
                        {"umin", uint32_t(-3), 4, 4},
                        {"umax", uint32_t(-3), 4, uint32_t(-3)},
                        {"and", 0b1100, 0b1010, 0b1000},
                        {"or", 0b1100, 0b1010, 0b1110},
                        {"xor", 0b1100, 0b1010, 0b0110},
                        {"inc", 5, 5, 0},
                        {"dec", 0, 5, 5}};
  std::string body = "  s_mov_b32 s8, s6\n  s_and_b32 s9, s7, 0xffff\n"
                     "  s_movk_i32 s10, 256\n  s_mov_b32 s11, 0\n";
  auto number = [](uint32_t n) { return std::to_string(n); };
  unsigned at = 0;
  for (const Case &c : cases) { // The old value goes next to the new one.
    bool isBuffer = at % 16 == 8;
    body += "  s_mov_b32 s12, " + number(c.old) + "\n  s_store_dword s12, " +
            "s[6:7], " + number(at) + "\n  s_waitcnt lgkmcnt(0)\n" +
            "  s_mov_b32 s12, " + number(c.data) + "\n  " +
            (isBuffer ? "s_buffer_atomic_" : "s_atomic_") + c.name + " s12, " +
            (isBuffer ? "s[8:11], " : "s[6:7], ") + number(at) +
            " glc\n  s_waitcnt lgkmcnt(0)\n  s_store_dword s12, s[6:7], " +
            number(at + 4) + "\n  s_waitcnt lgkmcnt(0)\n";
    at += 8;
  }
  // 64 bits, and a comparand behind the data.
  body += R"(
  s_mov_b64 s[12:13], 5
  s_mov_b64 s[14:15], 0
  s_atomic_cmpswap_x2 s[12:15], s[6:7], 0x80
  s_mov_b64 s[12:13], -1
  s_waitcnt lgkmcnt(0)
  s_atomic_add_x2 s[12:13], s[6:7], 0x80 glc
  s_waitcnt lgkmcnt(0)
  s_store_dwordx2 s[12:13], s[6:7], 0x88
  s_waitcnt lgkmcnt(0)
)";
  std::vector<uint32_t> out = run(body, {});
  for (unsigned n = 0; n < std::size(cases); ++n) {
    EXPECT_EQ(out[2 * n], cases[n].now) << cases[n].name;
    EXPECT_EQ(out[2 * n + 1], cases[n].old) << cases[n].name;
  }
  EXPECT_EQ(out[32], 4u);
  EXPECT_EQ(out[33], 0u);
  EXPECT_EQ(out[34], 5u);
}

TEST(ScalarMemory, CheckedLikeOthers) {
  auto object = assemble("  s_load_dwordx2 s[6:7], s[0:1], 0\n"
                         "  s_waitcnt lgkmcnt(0)\n"
                         "  s_store_dword s40, s[6:7], 0\n");
  Gpu gpu(object.get());
  ASSERT_TRUE(gpu.ok()) << gpu.loadError;
  LaunchConfig config{{1, 1, 1}, {64, 1, 1}};
  config.check = CheckMode::Report;
  std::string report;
  config.onReport = [&](llvm::StringRef text) { report += text; };
  EXPECT_EQ(gpu.run(config, gpu.zeros<uint32_t>(4)), "");
  EXPECT_NE(report.find("an undefined value is stored"), report.npos) << report;
  EXPECT_NE(gpu.run(config, uint64_t(4096)).find("outside of any allocation"),
            std::string::npos);
}

/// Where a workgroup runs: dies take turns, and no two workgroups of a grid as
/// large as the chip share a compute unit.
TEST(HardwareRegisters, ComputeUnits) {
  const unsigned units = 304;
  auto object = assemble(R"(
  s_load_dwordx2 s[6:7], s[0:1], 0
  s_getreg_b32 s8, hwreg(HW_REG_XCC_ID)
  s_getreg_b32 s9, hwreg(HW_REG_HW_ID, 8, 8)
  v_mov_b32 v1, 0
  v_mov_b32 v2, s8
  v_mov_b32 v3, s9
  s_lshl_b32 s2, s2, 3
  s_waitcnt lgkmcnt(0)
  s_add_u32 s6, s6, s2
  s_addc_u32 s7, s7, 0
  global_store_dwordx2 v1, v[2:3], s[6:7]
)");
  Gpu gpu(object.get());
  ASSERT_TRUE(gpu.ok()) << gpu.loadError;
  auto *out = gpu.zeros<uint32_t>(2 * units);
  ASSERT_EQ(gpu.run({{units, 1, 1}, {1, 1, 1}}, out), "");
  std::set<std::pair<uint32_t, uint32_t>> seats;
  for (unsigned n = 0; n < units; ++n) {
    EXPECT_EQ(out[2 * n], n % 8);
    seats.insert({out[2 * n], out[2 * n + 1]});
  }
  EXPECT_EQ(seats.size(), units);
}

/// 100 MHz, whatever instruction reads it.
TEST(HardwareRegisters, RealTime) {
  struct Case {
    const char *chip, *read, *wait;
  };
  for (const Case &c :
       {Case{"gfx942", "s_memrealtime s[8:9]", "s_waitcnt lgkmcnt(0)"},
        Case{"gfx1100",
             "s_sendmsg_rtn_b64 s[8:9], "
             "sendmsg(MSG_RTN_GET_REALTIME)",
             "s_waitcnt lgkmcnt(0)"},
        Case{"gfx1200",
             "s_sendmsg_rtn_b64 s[8:9], "
             "sendmsg(MSG_RTN_GET_REALTIME)",
             "s_wait_kmcnt 0"}}) {
    // Waits for 2 ms.
    std::string read = std::string("  ") + c.read + "\n  " + c.wait + "\n";
    std::string body = read + "  s_mov_b64 s[10:11], s[8:9]\nloop:\n" + read +
                       "  s_sub_u32 s12, s8, s10\n"
                       "  s_cmp_lt_u32 s12, 200000\n"
                       "  s_cbranch_scc1 loop\n";
    auto object = assemble(body, c.chip);
    Gpu gpu(object.get(), c.chip);
    ASSERT_TRUE(gpu.ok()) << gpu.loadError;
    ASSERT_EQ(gpu.run({{1, 1, 1}, {32, 1, 1}}), "");
    EXPECT_GT(gpu.stats.seconds, 0.0019) << c.chip;
    EXPECT_LT(gpu.stats.seconds, 1.0) << c.chip;
  }
}

//===----------------------------------------------------------------------===//
// Global wave sync
//===----------------------------------------------------------------------===//

/// Each workgroup writes its number, all meet, each reads its neighbour's, and
/// all meet again.
TEST(GlobalSync, Barrier) {
  for (const char *chip : {"gfx90a", "gfx942", "gfx950"}) {
    SCOPED_TRACE(chip);
    const unsigned groups = 400; // More than there are compute units.
    auto object = assemble(R"(
  s_load_dwordx4 s[4:7], s[0:1], 0
  v_mov_b32 v8, 399
  v_mov_b32 v2, s2
  v_lshlrev_b32 v3, 2, v2
  s_mov_b32 m0, 0
  s_movk_i32 s8, 3
  s_waitcnt lgkmcnt(0)
round:
  global_store_dword v3, v2, s[4:5]
  s_waitcnt vmcnt(0)
  ds_gws_barrier v8 gds
  s_waitcnt lgkmcnt(0)
  v_xor_b32 v4, 4, v3
  global_load_dword v5, v4, s[4:5]
  s_waitcnt vmcnt(0)
  ds_gws_barrier v8 gds
  v_add_u32 v2, v2, v5
  s_sub_u32 s8, s8, 1
  s_cmp_lg_u32 s8, 0
  s_cbranch_scc1 round
  global_store_dword v3, v2, s[6:7]
)",
                           chip);
    Gpu gpu(object.get(), chip);
    ASSERT_TRUE(gpu.ok()) << gpu.loadError;
    auto *out = gpu.zeros<uint32_t>(groups);
    ASSERT_EQ(
        gpu.run({{groups, 1, 1}, {1, 1, 1}}, gpu.zeros<uint32_t>(groups), out),
        "");
    for (unsigned n = 0; n < groups; ++n) {
      EXPECT_EQ(out[n], 4 * (n + (n ^ 1))) << n;
    }
  }
}

TEST(GlobalSync, WaitsForever) {
  // Of three workgroups one ends early.
  auto object = assemble(R"(
  v_mov_b32 v8, 2
  s_mov_b32 m0, 0
  s_cmp_eq_u32 s2, 1
  s_cbranch_scc1 done
  ds_gws_barrier v8 gds
done:
)");
  Gpu gpu(object.get());
  ASSERT_TRUE(gpu.ok()) << gpu.loadError;
  EXPECT_NE(gpu.run({{3, 1, 1}, {64, 1, 1}}).find("never come"),
            std::string::npos);
}

TEST(GlobalSync, Semaphore) {
  // Workgroup 0 lets the others go after it has written what they copy.
  auto object = assemble(R"(
  s_load_dwordx4 s[4:7], s[0:1], 0
  v_mov_b32 v8, 7
  v_mov_b32 v2, 0
  v_mov_b32 v4, s2
  v_lshlrev_b32 v4, 2, v4
  s_mov_b32 m0, 0x30000
  s_waitcnt lgkmcnt(0)
  s_cmp_eq_u32 s2, 0
  s_cbranch_scc0 others
  v_mov_b32 v3, 42
  global_store_dword v2, v3, s[4:5]
  s_waitcnt vmcnt(0)
  ds_gws_sema_br v8 offset:1 gds
  s_endpgm
others:
  ds_gws_sema_p offset:1 gds
  s_waitcnt lgkmcnt(0)
  global_load_dword v3, v2, s[4:5]
  s_waitcnt vmcnt(0)
  global_store_dword v4, v3, s[6:7]
)");
  Gpu gpu(object.get());
  ASSERT_TRUE(gpu.ok()) << gpu.loadError;
  auto *out = gpu.zeros<uint32_t>(8);
  ASSERT_EQ(gpu.run({{8, 1, 1}, {1, 1, 1}}, gpu.zeros<uint32_t>(1), out), "");
  for (unsigned n = 1; n < 8; ++n) {
    EXPECT_EQ(out[n], 42u) << n;
  }
}

} // namespace
