//===- RdnaMachineTest.cpp - lanes, memory, barriers on RDNA --------------===//

#include "Harness.h"
#include "OpHarness.h"
#include <functional>
#include <initializer_list>
#include <numeric>

using namespace moesaic::sim;
using namespace moesaic::sim::test;

namespace {

bool is12(const std::string &chip) { return chip.rfind("gfx12", 0) == 0; }

/// `wait loads`, `wait lds` and `wait scalars` become the chip's waits.
std::string withWaits(std::string text, const std::string &chip) {
  const bool split = is12(chip);
  const std::pair<std::string, std::string> waits[] = {
      {"wait loads", split ? "s_wait_loadcnt 0" : "s_waitcnt vmcnt(0)"},
      {"wait lds", split ? "s_wait_dscnt 0" : "s_waitcnt lgkmcnt(0)"},
      {"wait scalars", split ? "s_wait_kmcnt 0" : "s_waitcnt lgkmcnt(0)"},
      {"WITH RESULT", split ? "th:TH_ATOMIC_RETURN" : "glc"}};
  for (const auto &wait : waits) {
    for (size_t at = text.find(wait.first); at != text.npos;
         at = text.find(wait.first)) {
      text.replace(at, wait.first.size(), wait.second);
    }
  }
  return text;
}

/// Runs `body` on one wave with s[4:5] = in, s[6:7] = out, v1 = lane * 4,
/// v2 = in[lane], v9 = 7; returns 1024 dwords of out, to which v8 was stored.
std::vector<u32> runWave(const std::string &body, const std::string &chip,
                         unsigned lanes = 32, std::vector<u32> in = {}) {
  if (in.empty()) {
    in.resize(1024);
    std::iota(in.begin(), in.end(), 100u);
  }
  auto object = assemble(withWaits(R"(
  s_load_b128 s[4:7], s[0:1], 0
  v_lshlrev_b32 v1, 2, v0
  v_mov_b32 v8, 7
  v_mov_b32 v9, 7
  wait scalars
  global_load_b32 v2, v1, s[4:5]
  wait loads
)" + body + R"(
  global_store_b32 v1, v8, s[6:7]
)",
                                   chip),
                         chip, lanes);
  Gpu gpu(object.get(), chip);
  if (!gpu.ok()) {
    ADD_FAILURE() << gpu.loadError;
    return std::vector<u32>(1024);
  }
  auto *out = gpu.zeros<u32>(1024);
  EXPECT_EQ(gpu.run({{1, 1, 1}, {lanes, 1, 1}}, gpu.upload(in), out), "");
  return std::vector<u32>(out, out + 1024);
}

//===----------------------------------------------------------------------===//
// Lanes
//===----------------------------------------------------------------------===//

struct Move {
  const char *modifiers;
  std::function<int(int)> source; ///< -1: keeps, -2: zero.
};

const std::string kMasks = " row_mask:0xf bank_mask:0xf";

TEST(RdnaLanes, Dpp) {
  const Move moves[] = {
      {"quad_perm:[1,0,3,2]", [](int n) { return n ^ 1; }},
      {"row_shl:3", [](int n) { return n % 16 < 13 ? n + 3 : -1; }},
      {"row_shr:5", [](int n) { return n % 16 >= 5 ? n - 5 : -1; }},
      {"row_ror:4", [](int n) { return (n & 16) | ((n - 4) & 15); }},
      {"row_mirror", [](int n) { return n ^ 15; }},
      {"row_half_mirror", [](int n) { return n ^ 7; }},
      {"row_share:6", [](int n) { return (n & 16) | 6; }},
      {"row_xmask:5", [](int n) { return n ^ 5; }}};
  for (const std::string chip : {"gfx1100", "gfx1201"}) {
    std::string body;
    unsigned count = 0; // Each form stores 32 dwords.
    for (const Move &move : moves) {
      for (const char *bound : {"", " bound_ctrl:1"}) {
        body += std::string("  v_mov_b32 v8, 7\n  v_mov_b32_dpp v8, v2 ") +
                move.modifiers + kMasks + bound +
                "\n  global_store_b32 v1, v8, s[6:7] offset:" +
                std::to_string(128 * ++count) + "\n";
      }
    }
    auto out = runWave(body, chip);
    for (unsigned n = 1; n <= count; ++n) {
      const Move &move = moves[(n - 1) / 2];
      SCOPED_TRACE(chip + " " + move.modifiers);
      for (int lane = 0; lane < 32; ++lane) {
        int from = move.source(lane);
        EXPECT_EQ(out[32 * n + lane], from >= 0    ? 100u + from
                                      : n % 2 == 0 ? 0u
                                                   : 7u);
      }
    }
    // A group of eight lanes; a result in the encoding with three operands.
    auto eight = runWave("  v_mov_b32_dpp v8, v2 dpp8:[7,7,1,0,3,2,5,4]", chip);
    auto sum =
        runWave("  v_add3_u32_e64_dpp v8, v2, v2, v2 row_shl:1" + kMasks, chip);
    const int order[] = {7, 7, 1, 0, 3, 2, 5, 4};
    for (int lane = 0; lane < 32; ++lane) {
      EXPECT_EQ(eight[lane], 100u + (lane & ~7) + order[lane & 7]);
      EXPECT_EQ(sum[lane], lane % 16 == 15 ? 7u : 301u + 3 * lane);
    }
  }
}

TEST(RdnaLanes, RegistersThatM0Indexes) {
  for (const std::string chip : {"gfx1100", "gfx1200"}) {
    SCOPED_TRACE(chip);
    // Ten bits of M0 for the source, ten for the destination.
    auto out = runWave("  v_mov_b32 v20, v2\n  v_mov_b32 v21, 5\n"
                       "  s_mov_b32 m0, 0x30002\n"
                       "  v_swaprel_b32 v17, v19\n  v_mov_b32 v8, v20",
                       chip);
    auto scalar = runWave("  s_mov_b32 s20, 11\n  s_mov_b32 s22, 33\n"
                          "  s_mov_b32 m0, 0x20001\n"
                          "  s_movrelsd_2_b32 s20, s19\n"
                          "  v_mov_b32 v8, s22",
                          chip);
    for (unsigned lane = 0; lane < 32; ++lane) {
      EXPECT_EQ(out[lane], 5u);
      EXPECT_EQ(scalar[lane], 11u);
    }
  }
}

TEST(RdnaMemory, ThreadsAddTheirNumber) {
  for (const std::string chip : {"gfx1100", "gfx1200"}) {
    SCOPED_TRACE(chip);
    auto out = runWave("  global_load_addtid_b32 v8, s[4:5] offset:16\n"
                       "  wait loads\n"
                       "  global_store_addtid_b32 v8, s[6:7] offset:256",
                       chip);
    auto lds = runWave("  s_movk_i32 m0, 0x40\n  ds_store_addtid_b32 v2 "
                       "offset:8\n  wait lds\n  v_add_nc_u32 v3, 72, v1\n"
                       "  ds_load_b32 v8, v3\n  ds_load_addtid_b32 v9 "
                       "offset:8\n  wait lds\n  v_add_nc_u32 v8, v8, v9",
                       chip);
    for (unsigned lane = 0; lane < 32; ++lane) {
      EXPECT_EQ(out[lane], 104 + lane);
      EXPECT_EQ(out[64 + lane], 104 + lane);
      EXPECT_EQ(lds[lane], 2 * (100 + lane));
    }
  }
}

TEST(RdnaMemory, ExchangesTwo) {
  for (const std::string chip : {"gfx1100", "gfx1200"}) {
    SCOPED_TRACE(chip);
    auto out = runWave("  v_mov_b32 v10, 3\n  v_mov_b32 v11, 4\n"
                       "  ds_store_b32 v1, v10 offset:128\n"
                       "  ds_store_b32 v1, v11 offset:512\n  wait lds\n"
                       "  ds_storexchg_2addr_rtn_b32 v[12:13], v1, v2, v9 "
                       "offset0:32 offset1:128\n  wait lds\n"
                       "  ds_load_b32 v14, v1 offset:128\n"
                       "  ds_load_b32 v15, v1 offset:512\n  wait lds\n"
                       "  v_lshl_or_b32 v8, v13, 4, v12\n"
                       "  v_lshl_or_b32 v8, v14, 8, v8\n"
                       "  v_lshl_or_b32 v8, v15, 24, v8",
                       chip);
    for (unsigned lane = 0; lane < 32; ++lane) {
      EXPECT_EQ(out[lane], 0x07000043u | (100 + lane) << 8);
    }
  }
}

TEST(RdnaLanes, DisabledSources) {
  const std::string odd = "  s_mov_b32 s20, exec_lo\n s_mov_b32 exec_lo, "
                          "0xaaaaaaaa\n";
  const std::string all = "\n  s_mov_b32 exec_lo, s20";
  for (const std::string chip : {"gfx1100", "gfx1200"}) {
    auto run = [&](const std::string &op) {
      return runWave(odd + "  " + op + all, chip);
    };
    auto keep = run("v_mov_b32_dpp v8, v2 row_xmask:1" + kMasks);
    auto zero =
        run("v_mov_b32_dpp v8, v2 row_xmask:1" + kMasks + " bound_ctrl:1");
    auto fetch = run("v_mov_b32_dpp v8, v2 row_xmask:1" + kMasks + " fi:1");
    for (unsigned lane = 0; lane < 32; ++lane) {
      bool active = lane % 2;
      EXPECT_EQ(keep[lane], 7u);
      EXPECT_EQ(zero[lane], active ? 0u : 7u);
      EXPECT_EQ(fetch[lane], active ? 100 + (lane ^ 1) : 7u);
    }
  }
}

TEST(RdnaLanes, PermutationsOfRows) {
  const std::string reversed = "  s_mov_b32 s20, 0x89abcdef\n"
                               "  s_mov_b32 s21, 0x01234567\n";
  for (const std::string chip : {"gfx1100", "gfx1200"}) {
    auto own = runWave(reversed + " v_permlane16_b32 v8, v2, s20, s21", chip);
    auto other =
        runWave(reversed + " v_permlanex16_b32 v8, v2, s20, s21", chip);
    for (unsigned lane = 0; lane < 32; ++lane) {
      EXPECT_EQ(own[lane], 100 + (lane ^ 15));
      EXPECT_EQ(other[lane], 100 + (lane ^ 31));
    }
    auto halves = runWave("  v_permlane64_b32 v8, v2", chip, 64);
    for (unsigned lane = 0; lane < 64; ++lane) {
      EXPECT_EQ(halves[lane], 100 + (lane ^ 32));
    }
  }
  auto chosen = runWave("  v_mul_u32_u24 v3, 3, v0\n"
                        "  v_permlanex16_var_b32 v8, v2, v3",
                        "gfx1200");
  for (unsigned lane = 0; lane < 32; ++lane) {
    EXPECT_EQ(chosen[lane], 100 + ((lane & 16) ^ 16) + 3 * lane % 16);
  }
}

TEST(RdnaLanes, ReadWriteAndCount) {
  for (const std::string chip : {"gfx1100", "gfx1200"}) {
    auto out = runWave(R"(
  s_mov_b32 s21, 37            ; lane 5 of 32
  v_readlane_b32 s20, v2, s21
  v_mov_b32 v8, s20
  v_writelane_b32 v8, 1234, 35 ; lane 3
  v_mov_b32 v3, -1
  v_mbcnt_lo_u32_b32 v4, 0x0f0f0f0f, 0
  v_mbcnt_hi_u32_b32 v4, -1, v4
  v_lshl_add_u32 v8, v4, 16, v8
  v_readfirstlane_b32 s22, v2
  s_mov_b32 s23, exec_lo
  v_cmpx_gt_u32 4, v0
  v_add_nc_u32 v8, s22, v8
  s_mov_b32 exec_lo, s23
)",
                       chip);
    for (unsigned lane = 0; lane < 32; ++lane) {
      u32 below = lane ? ~0u >> (32 - lane) : 0;
      u32 count = u32(__builtin_popcount(0x0f0f0f0f & below));
      EXPECT_EQ(out[lane], (count << 16) + (lane == 3 ? 1234u : 105u) +
                               (lane < 4 ? 100u : 0u))
          << chip << " " << lane;
    }
  }
}

TEST(RdnaLanes, LdsPermutationsInBothSizesOfWaves) {
  const std::string rotate = "  v_add_nc_u32 v3, 20, v1 ; lane + 5\n"
                             "  ds_bpermute_b32 v8, v3, v2\n  wait lds";
  for (const std::string chip : {"gfx1100", "gfx1200"}) {
    auto narrow = runWave(rotate, chip), wide = runWave(rotate, chip, 64);
    for (unsigned lane = 0; lane < 64; ++lane) {
      if (lane < 32) {
        EXPECT_EQ(narrow[lane], 100 + (lane + 5) % 32);
      }
      // gfx11 permutes each half of a wide wave by itself.
      unsigned from =
          is12(chip) ? (lane + 5) % 64 : (lane & 32) | ((lane + 5) % 32);
      EXPECT_EQ(wide[lane], 100 + from) << chip << " " << lane;
    }
    auto pushed = runWave("  v_xor_b32 v3, 12, v1\n"
                          "  ds_permute_b32 v8, v3, v2\n  wait lds",
                          chip);
    EXPECT_EQ(pushed[9], 100u + (9 ^ 3));
  }
}

TEST(RdnaLanes, ExecAndLoops) {
  for (const std::string chip : {"gfx1100", "gfx1200"}) {
    // Each lane counts to its number; lanes leave the loop one by one.
    auto out = runWave(R"(
  v_mov_b32 v8, 0
  s_mov_b32 s20, exec_lo
again:
  v_cmp_lt_u32 vcc_lo, v8, v0
  s_and_b32 vcc_lo, exec_lo, vcc_lo
  s_cbranch_vccz done
  s_and_saveexec_b32 s21, vcc_lo
  v_add_nc_u32 v8, 1, v8
  s_and_not1_b32 s22, s21, exec_lo
  s_or_b32 exec_lo, exec_lo, s22
  s_branch again
done:
  s_mov_b32 exec_lo, s20
  s_mov_b32 s23, 0xff
  s_and_not0_saveexec_b32 s24, s23
  v_add_nc_u32 v8, 1000, v8
  s_mov_b32 exec_lo, s24
)",
                       chip);
    for (unsigned lane = 0; lane < 32; ++lane) {
      EXPECT_EQ(out[lane], lane + (lane < 8 ? 0u : 1000u)) << chip;
    }
  }
}

TEST(RdnaLanes, IndexedRegisters) {
  auto out = runWave(R"(
  v_mov_b32 v20, 11
  v_mov_b32 v21, 22
  v_mov_b32 v22, 33
  s_mov_b32 m0, 2
  v_movrels_b32 v8, v20
  v_movreld_b32 v20, v2
  v_add_nc_u32 v8, v8, v22
)",
                     "gfx1100");
  EXPECT_EQ(out[4], 33u + 104u);
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

TEST(RdnaMemory, BufferRangeCheck) {
  // num_records 64, stride 16 where there is one; OOB_SELECT in bits 29:28.
  struct Case {
    const char *name;
    u32 stride, select;
    const char *access;
    std::function<bool(u32 lane)> inRange;
    std::function<u32(u32 lane)> dword;
  };
  const Case cases[] = {
      {"raw", 0, 3, "v1, s[8:11], 0 offen",
       [](u32 lane) { return 4 * lane + 4 <= 64; },
       [](u32 lane) { return lane; }},
      {"raw, one dword further", 0, 3, "v1, s[8:11], 0 offen offset:4",
       [](u32 lane) { return 4 * lane + 8 <= 64; },
       [](u32 lane) { return lane + 1; }},
      {"structured", 16, 0, "v3, s[8:11], 0 idxen offset:4",
       [](u32 lane) { return lane < 16; },
       [](u32 lane) { return 4 * lane + 1; }},
      {"structured, beyond the record", 16, 0, "v3, s[8:11], 0 idxen offset:16",
       [](u32) { return false; }, [](u32) { return 0; }},
      {"index only", 16, 1, "v3, s[8:11], 0 idxen offset:16",
       [](u32 lane) { return lane < 16; },
       [](u32 lane) { return 4 * lane + 4; }},
      {"unchecked", 0, 2, "v1, s[8:11], 0 offen", [](u32) { return true; },
       [](u32 lane) { return lane; }},
  };
  for (const std::string chip : {"gfx1100", "gfx1200"}) {
    for (const Case &c : cases) {
      SCOPED_TRACE(chip + ": " + c.name);
      std::string access = c.access;
      if (is12(chip)) {
        access.replace(access.find(", 0 "), 4, ", null ");
      }
      u32 records = c.stride ? 16 : 64;
      auto out =
          runWave("  s_mov_b32 s8, s4\n  s_or_b32 s9, s5, " +
                      std::to_string(c.stride << 16) + "\n  s_mov_b32 s10, " +
                      std::to_string(records) + "\n  s_mov_b32 s11, " +
                      std::to_string(0x16000u | c.select << 28) +
                      "\n  v_mov_b32 v3, v0\n  buffer_load_b32 v8, " + access +
                      "\n  wait loads",
                  chip);
      for (u32 lane = 0; lane < 32; ++lane) {
        EXPECT_EQ(out[lane], c.inRange(lane) ? 100 + c.dword(lane) : 0u)
            << lane;
      }
    }
  }
}

TEST(RdnaMemory, BuffersCheckEachDword) {
  for (const std::string chip : {"gfx1100", "gfx1200"}) {
    const std::string zero = is12(chip) ? "null" : "0";
    auto out = runWave("  s_mov_b32 s8, s4\n  s_mov_b32 s9, s5\n"
                       "  s_mov_b32 s10, 24\n  s_mov_b32 s11, 0x31016000\n"
                       "  v_lshlrev_b32 v3, 4, v0\n"
                       "  buffer_load_b128 v[4:7], v3, s[8:11], " +
                           zero +
                           " offen\n  wait loads\n"
                           "  v_add3_u32 v8, v4, v5, v6\n"
                           "  v_add_nc_u32 v8, v8, v7",
                       chip);
    EXPECT_EQ(out[0], 100u + 101 + 102 + 103);
    EXPECT_EQ(out[1], 104u + 105); // The other half is out of range.
    EXPECT_EQ(out[2], 0u);
  }
}

TEST(RdnaMemory, Lds) {
  for (const std::string chip : {"gfx1100", "gfx1200"}) {
    auto out = runWave(R"(
  v_add_nc_u32 v3, 1000, v0
  ds_store_2addr_stride64_b32 v1, v2, v3 offset0:0 offset1:1
  wait lds
  ds_load_2addr_b32 v[4:5], v1 offset0:0 offset1:64
  wait lds
  v_sub_nc_u32 v8, v5, v4           ; 900
  ds_add_rtn_u32 v6, v1, v3         ; old: in
  v_mov_b32 v10, 5
  v_add_nc_u32 v11, v2, v3          ; what is there now
  wait lds
  ds_cmpstore_rtn_b32 v7, v1, v10, v11 ; new value first, then comparand
  ds_storexchg_rtn_b32 v12, v1, v3
  wait lds
  v_add_nc_u32 v8, v8, v6
  v_add_nc_u32 v8, v8, v7
  v_add_nc_u32 v8, v8, v12          ; 5 was stored
)",
                       chip);
    for (u32 lane = 0; lane < 32; ++lane) {
      u32 in = 100 + lane, other = 1000 + lane;
      EXPECT_EQ(out[lane], other - in + in + in + other + 5) << chip;
    }
  }
}

TEST(RdnaMemory, Atomics) {
  for (const std::string chip : {"gfx1100", "gfx1201"}) {
    const std::string maximum =
        is12(chip) ? "global_atomic_max_num_f32" : "global_atomic_max_f32";
    auto out = runWave("  global_atomic_add_u32 v4, v1, v0, s[6:7] offset:256 "
                       "WITH RESULT\n"
                       "  v_mov_b32 v10, 0\n  v_mov_b32 v11, 1\n  wait loads\n"
                       "  global_atomic_inc_u32 v5, v10, v9, s[6:7] offset:512 "
                       "WITH RESULT\n  wait loads\n"
                       "  v_cvt_f32_u32 v12, v0\n  " +
                           maximum +
                           " v10, v12, s[6:7] offset:516\n"
                           "  v_mov_b32 v13, 77\n  v_mov_b32 v14, v0\n"
                           "  global_atomic_cmpswap_b32 v6, v1, v[13:14], "
                           "s[6:7] offset:256 WITH RESULT\n  wait loads\n"
                           "  v_add3_u32 v8, v4, v5, v6\n",
                       chip);
    for (u32 lane = 0; lane < 32; ++lane) {
      // inc wraps behind 7; lanes go in order.
      EXPECT_EQ(out[lane], lane % 8 + lane) << chip << " " << lane;
      EXPECT_EQ(out[64 + lane], 77u);
    }
    EXPECT_EQ(out[129], fbits(31.0f));
  }
}

TEST(RdnaMemory, NarrowAccesses) {
  std::vector<u32> in(1024);
  for (u32 n = 0; n < 1024; ++n) {
    in[n] = 0x80ff7f01u + n;
  }
  for (const std::string chip : {"gfx1100", "gfx1200"}) {
    auto out = runWave(R"(
  global_load_i8 v3, v1, s[4:5] offset:2
  global_load_d16_hi_u8 v8, v1, s[4:5] offset:1
  global_load_u16 v4, v1, s[4:5] offset:2
  wait loads
  v_lshl_add_u32 v8, v3, 24, v8
  v_add_nc_u32 v8, v8, v4
  global_store_d16_hi_b16 v1, v2, s[6:7] offset:1024
)",
                       chip, 32, in);
    for (u32 lane = 0; lane < 32; ++lane) {
      u32 word = in[lane];
      u32 byte = u32(i32(int8_t(word >> 16)));
      EXPECT_EQ(out[lane],
                (7u | (word >> 8 & 255) << 16) + (byte << 24) + (word >> 16));
      EXPECT_EQ(out[256 + lane], word >> 16);
    }
  }
  auto scalars = runWave(R"(
  s_load_i8 s20, s[4:5], 2
  s_load_u8 s21, s[4:5], 3
  s_load_u16 s22, s[4:5], 2
  s_load_b96 s[24:26], s[4:5], 0
  s_wait_kmcnt 0
  s_add_co_i32 s20, s20, s21
  s_add_co_i32 s20, s20, s22
  s_sub_co_u32 s20, s20, s26
  v_mov_b32 v8, s20
)",
                         "gfx1200", 32, in);
  EXPECT_EQ(scalars[0], u32(-1) + 0x80 + 0x80ff - (0x80ff7f01u + 2));
}

//===----------------------------------------------------------------------===//
// Workgroups
//===----------------------------------------------------------------------===//

TEST(RdnaMachine, IdsInThreeDimensions) {
  for (const std::string chip : {"gfx1100", "gfx1200"}) {
    for (const std::string options : {"-O2", "-mwavefrontsize64"}) {
      auto object = compileOpenCL(R"(
        kernel void k(global uint *o) {
          uint x = __builtin_amdgcn_workitem_id_x();
          uint y = __builtin_amdgcn_workitem_id_y();
          uint z = __builtin_amdgcn_workitem_id_z();
          uint a = __builtin_amdgcn_workgroup_id_x();
          uint b = __builtin_amdgcn_workgroup_id_y();
          uint c = __builtin_amdgcn_workgroup_id_z();
          uint item = x + 5 * (y + 3 * z), group = a + 2 * (b + 3 * c);
          o[group * 60 + item] = x | y << 4 | z << 8 | a << 12 | b << 16 | c << 20;
        })",
                                  options, chip);
      Gpu gpu(object.get(), chip);
      ASSERT_TRUE(gpu.ok()) << gpu.loadError;
      auto *out = gpu.zeros<u32>(60 * 24);
      ASSERT_EQ(gpu.run({{2, 3, 4}, {5, 3, 4}}, out), "");
      EXPECT_EQ(gpu.stats.waves, options == "-O2" ? 48u : 24u);
      for (u32 n = 0; n < 60 * 24; ++n) {
        u32 item = n % 60, group = n / 60;
        EXPECT_EQ(out[n], item % 5 | item / 5 % 3 << 4 | item / 15 << 8 |
                              group % 2 << 12 | group / 2 % 3 << 16 |
                              group / 6 << 20);
      }
    }
  }
}

TEST(RdnaMachine, WavesOf64) {
  for (const std::string chip : {"gfx1100", "gfx1201"}) {
    auto object = compileOpenCL(R"(
      kernel void k(global int *o, global const int *in) {
        local int l[256];
        uint i = __builtin_amdgcn_workitem_id_x();
        l[i] = in[i];
        for (uint step = 128; step > 0; step /= 2) {
          __builtin_amdgcn_fence(__ATOMIC_SEQ_CST, "workgroup");
          __builtin_amdgcn_s_barrier();
          __builtin_amdgcn_fence(__ATOMIC_SEQ_CST, "workgroup");
          if (i < step)
            l[i] += l[i + step];
        }
        ulong votes = __builtin_amdgcn_ballot_w64(in[i] & 1);
        int quotient = in[i] / (int)(i % 13 + 1);
        o[i] = quotient + (int)__builtin_popcountll(votes);
        if (i == 0)
          o[256] = l[0];
      })",
                                "-mwavefrontsize64", chip);
    Gpu gpu(object.get(), chip);
    ASSERT_TRUE(gpu.ok()) << gpu.loadError;
    std::vector<int> in(256);
    for (int i = 0; i < 256; ++i) {
      in[i] = i * i % 977;
    }
    auto *out = gpu.zeros<int>(257);
    ASSERT_EQ(gpu.run({{1, 1, 1}, {256, 1, 1}}, out, gpu.upload(in)), "");
    EXPECT_EQ(gpu.stats.waves, 4u);
    int sum = 0;
    for (int i = 0; i < 256; ++i) {
      sum += in[i];
      int votes = 0;
      for (int k = i & ~63; k < (i & ~63) + 64; ++k) {
        votes += in[k] & 1;
      }
      EXPECT_EQ(out[i], in[i] / (i % 13 + 1) + votes);
    }
    EXPECT_EQ(out[256], sum);
  }
}

TEST(RdnaMachine, SplitBarriers) {
  // What a wave does between signal and wait is its own.
  auto object = assemble(R"(
  s_load_b64 s[6:7], s[0:1], 0
  v_lshlrev_b32 v1, 2, v0
  v_xor_b32 v3, 0x80, v1       ; the lane of the other wave
  v_mov_b32 v2, 0
  ds_store_b32 v1, v0
  s_wait_dscnt 0
  s_barrier_signal -1
  v_add_nc_u32 v2, 5, v0
  s_barrier_wait -1
  ds_load_b32 v4, v3
  s_wait_dscnt 0
  s_wait_kmcnt 0
  v_add_nc_u32 v4, v4, v2
  global_store_b32 v1, v4, s[6:7]
)",
                         "gfx1200");
  Gpu gpu(object.get(), "gfx1200");
  ASSERT_TRUE(gpu.ok()) << gpu.loadError;
  auto *out = gpu.zeros<u32>(64);
  ASSERT_EQ(gpu.run({{1, 1, 1}, {64, 1, 1}}, out), "");
  for (u32 n = 0; n < 64; ++n) {
    EXPECT_EQ(out[n], (n ^ 32) + n + 5);
  }
  const std::pair<const char *, const char *> wrong[] = {
      {"s_barrier_wait -1", "waits for a barrier that it has not signalled"},
      {"s_barrier_signal -1\n s_barrier_signal -1",
       "signals a barrier twice without waiting"},
      {"s_barrier_signal 3", "only the barrier of the workgroup"}};
  for (const auto &bad : wrong) {
    auto broken = assemble(bad.first, "gfx1200");
    Gpu other(broken.get(), "gfx1200");
    ASSERT_TRUE(other.ok()) << other.loadError;
    EXPECT_NE(other.run({{1, 1, 1}, {32, 1, 1}}).find(bad.second),
              std::string::npos)
        << bad.first;
  }
}

} // namespace
