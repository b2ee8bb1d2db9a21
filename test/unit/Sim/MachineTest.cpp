//===- MachineTest.cpp - memory, lanes, atomics, faults -------------------===//

#include "Harness.h"
#include <functional>
#include <initializer_list>
#include <numeric>

using namespace moesaic::sim;
using namespace moesaic::sim::test;

namespace {

/// Runs `body` on one wave with s[4:5] = in, s[6:7] = out (16 dwords a lane),
/// v1 = lane * 4, v2 = in[lane]; returns out.
std::vector<uint32_t> runWave(const std::string &body,
                              const std::vector<uint32_t> &in) {
  auto object = assemble(R"(
  s_load_dwordx4 s[4:7], s[0:1], 0
  v_lshlrev_b32 v1, 2, v0
  s_waitcnt lgkmcnt(0)
  global_load_dword v2, v1, s[4:5]
  s_waitcnt vmcnt(0)
)" + body);
  Gpu gpu(object.get());
  if (!gpu.ok()) {
    ADD_FAILURE() << gpu.loadError;
    return {};
  }
  auto *out = gpu.zeros<uint32_t>(1024);
  auto *data = gpu.upload(in);
  EXPECT_EQ(gpu.run({{1, 1, 1}, {64, 1, 1}}, data, out), "");
  return std::vector<uint32_t>(out, out + 1024);
}

std::vector<uint32_t> iota(unsigned count) {
  std::vector<uint32_t> values(count);
  std::iota(values.begin(), values.end(), 100u);
  return values;
}

//===----------------------------------------------------------------------===//
// Lanes
//===----------------------------------------------------------------------===//

struct DppCase {
  const char *modifiers;
  std::function<int(int)> source; ///< -1: keeps, -2: zero.
};

TEST(Lanes, Dpp) {
  auto in16 = [](int lane, int n) { return (lane & ~15) | n; };
  std::vector<DppCase> cases = {
      {"quad_perm:[3,1,0,2] row_mask:0xf bank_mask:0xf",
       [](int l) {
         const int p[] = {3, 1, 0, 2};
         return (l & ~3) | p[l & 3];
       }},
      {"row_shl:3 row_mask:0xf bank_mask:0xf",
       [](int l) { return (l & 15) < 13 ? l + 3 : -1; }},
      {"row_shr:1 row_mask:0xf bank_mask:0xf bound_ctrl:0",
       [](int l) { return (l & 15) >= 1 ? l - 1 : -2; }},
      {"row_ror:5 row_mask:0xf bank_mask:0xf",
       [=](int l) { return in16(l, (l + 11) & 15); }},
      {"row_mirror row_mask:0xf bank_mask:0xf",
       [=](int l) { return in16(l, 15 - (l & 15)); }},
      {"row_half_mirror row_mask:0xf bank_mask:0xf",
       [](int l) { return (l & ~7) | (7 - (l & 7)); }},
      {"row_bcast:15 row_mask:0xa bank_mask:0xf",
       [](int l) { return l / 16 % 2 == 1 ? l / 16 * 16 - 1 : -1; }},
      {"row_bcast:31 row_mask:0xc bank_mask:0xf",
       [](int l) { return l >= 32 ? 31 : -1; }},
      {"row_newbcast:6 row_mask:0xf bank_mask:0x5",
       [=](int l) { return l / 4 % 2 == 0 ? in16(l, 6) : -1; }},
      {"wave_shl:1 row_mask:0xf bank_mask:0xf",
       [](int l) { return l < 63 ? l + 1 : -1; }},
      {"wave_ror:1 row_mask:0xf bank_mask:0xf",
       [](int l) { return (l + 63) & 63; }},
  };
  for (const DppCase &c : cases) {
    auto out =
        runWave(std::string("  v_mov_b32 v3, 7\n  s_nop 1\n"
                            "  v_mov_b32_dpp v3, v2 ") +
                    c.modifiers + "\n  global_store_dword v1, v3, s[6:7]\n",
                iota(64));
    ASSERT_EQ(out.size(), 1024u);
    for (int lane = 0; lane < 64; ++lane) {
      int from = c.source(lane);
      EXPECT_EQ(out[lane], from >= 0    ? 100u + from
                           : from == -1 ? 7u
                                        : 0u)
          << c.modifiers << " lane " << lane;
    }
  }
}

TEST(Lanes, DppReadsNothingFromDisabledLanes) {
  auto out = runWave(R"(
  v_mov_b32 v3, 7
  v_mov_b32 v4, 7
  s_mov_b64 exec, 0xffff00fe
  v_mov_b32_dpp v3, v2 row_shr:1 row_mask:0xf bank_mask:0xf
  v_add_u32_dpp v4, v2, v2 quad_perm:[0,0,0,0] row_mask:0xf bank_mask:0xf bound_ctrl:0
  s_mov_b64 exec, -1
  global_store_dword v1, v3, s[6:7]
  global_store_dword v1, v4, s[6:7] offset:256
)",
                     iota(64));
  ASSERT_EQ(out.size(), 1024u);
  EXPECT_EQ(out[1], 7u); // lane 0 is off
  EXPECT_EQ(out[2], 101u);
  EXPECT_EQ(out[8], 7u);        // off itself
  EXPECT_EQ(out[64 + 1], 101u); // 0 + own value
  EXPECT_EQ(out[64 + 5], 104u + 105u);
}

TEST(Lanes, ReadWriteLaneAndCounts) {
  auto out = runWave(R"(
  s_mov_b32 s20, 5
  v_readlane_b32 s21, v2, s20
  v_mov_b32 v3, 0
  v_writelane_b32 v3, s21, 9
  s_mov_b64 exec, 0xff00
  v_readfirstlane_b32 s22, v2
  s_mov_b64 exec, -1
  v_writelane_b32 v3, s22, 10
  v_mbcnt_lo_u32_b32 v4, -1, 0
  v_mbcnt_hi_u32_b32 v4, -1, v4
  s_mov_b32 s23, 0xf0f0f0f0
  v_mbcnt_lo_u32_b32 v5, s23, 0
  v_xor_b32 v6, 12, v1
  ds_bpermute_b32 v7, v6, v2
  ds_permute_b32 v8, v6, v2
  ds_swizzle_b32 v9, v2 offset:swizzle(SWAP,16)
  ds_swizzle_b32 v10, v2 offset:swizzle(QUAD_PERM,1,0,3,2)
  ds_swizzle_b32 v11, v2 offset:swizzle(BROADCAST,8,3)
  ds_swizzle_b32 v12, v2 offset:swizzle(BITMASK_PERM,"01pi0")
  s_waitcnt lgkmcnt(0)
  global_store_dword v1, v3, s[6:7]
  global_store_dword v1, v4, s[6:7] offset:256
  global_store_dword v1, v5, s[6:7] offset:512
  global_store_dword v1, v7, s[6:7] offset:768
  global_store_dword v1, v8, s[6:7] offset:1024
  global_store_dword v1, v9, s[6:7] offset:1280
  global_store_dword v1, v10, s[6:7] offset:1536
  global_store_dword v1, v11, s[6:7] offset:1792
  global_store_dword v1, v12, s[6:7] offset:2048
)",
                     iota(64));
  ASSERT_EQ(out.size(), 1024u);
  EXPECT_EQ(out[9], 105u);
  EXPECT_EQ(out[10], 108u);
  for (unsigned lane = 0; lane < 64; ++lane) {
    EXPECT_EQ(out[64 + lane], lane);
    unsigned below = 0;
    for (unsigned n = 0; n < lane && n < 32; ++n) {
      below += 0xf0f0f0f0u >> n & 1;
    }
    EXPECT_EQ(out[128 + lane], below);
    EXPECT_EQ(out[192 + lane], 100 + (lane ^ 3));
    EXPECT_EQ(out[256 + lane], 100 + (lane ^ 3));
    EXPECT_EQ(out[320 + lane], 100 + (lane ^ 16));
    EXPECT_EQ(out[384 + lane], 100 + (lane ^ 1));
    EXPECT_EQ(out[448 + lane], 100 + ((lane & ~7u) | 3));
    EXPECT_EQ(out[512 + lane],
              100 + ((lane & 32) | 8 | (lane & 4) | ((lane & 2) ^ 2)));
  }
}

TEST(Lanes, IndexedRegisters) {
  auto out = runWave(R"(
  v_mov_b32 v10, 10
  v_mov_b32 v11, 11
  v_mov_b32 v12, 12
  s_mov_b32 s20, 2
  s_set_gpr_idx_on s20, gpr_idx(SRC0)
  v_mov_b32 v3, v10
  s_set_gpr_idx_off
  s_mov_b32 s20, 1
  s_set_gpr_idx_on s20, gpr_idx(DST)
  v_mov_b32 v10, v2
  s_set_gpr_idx_off
  global_store_dword v1, v3, s[6:7]
  global_store_dword v1, v11, s[6:7] offset:256
)",
                     iota(64));
  ASSERT_EQ(out.size(), 1024u);
  EXPECT_EQ(out[5], 12u);
  EXPECT_EQ(out[64 + 5], 105u);
}

//===----------------------------------------------------------------------===//
// Scalars
//===----------------------------------------------------------------------===//

TEST(Scalars, Arithmetic) {
  struct Case {
    const char *text; ///< s20 = 0xf0000003, s21 = 0x1000000e, scc = 0.
    uint64_t result;  ///< Of s[22:23].
    unsigned scc;
  };
  std::vector<Case> cases = {
      {"s_add_u32 s22, s20, s21", 0x00000011, 1},
      {"s_sub_u32 s22, s21, s20", 0x2000000b, 1},
      {"s_add_u32 s22, s20, s21\n s_addc_u32 s23, 1, 1", 0x300000011, 0},
      {"s_add_i32 s22, s20, s21", 0x00000011, 0},
      {"s_sub_i32 s22, s20, s21", 0xdffffff5, 0},
      {"s_mul_i32 s22, s20, s21", 0xf0000003u * 0x1000000eu, 0},
      {"s_mul_hi_u32 s22, s20, s21", 0xf0000003ull * 0x1000000eu >> 32, 0},
      {"s_mul_hi_i32 s22, s20, s21",
       uint32_t(int64_t(int32_t(0xf0000003)) * 0x1000000e >> 32), 0},
      {"s_and_b32 s22, s20, s21", 0x10000002, 1},
      {"s_andn2_b32 s22, s20, s21", 0xe0000001, 1},
      {"s_xor_b32 s22, s20, s20", 0, 0},
      {"s_not_b32 s22, s20", 0x0ffffffc, 1},
      {"s_lshl_b64 s[22:23], s[20:21], 4", 0x000000ef00000030, 1},
      {"s_ashr_i32 s22, s20, 4", 0xff000000, 1},
      {"s_lshr_b32 s22, s20, 28", 15, 1},
      {"s_bfe_u32 s22, s20, 0x8001a", 0x3c, 1},
      {"s_bfe_i32 s22, s20, 0x4001c", 0xffffffff, 1},
      {"s_bfm_b32 s22, 5, 3", 0xf8, 0},
      {"s_min_i32 s22, s20, s21", 0xf0000003, 1},
      {"s_max_u32 s22, s20, s21", 0xf0000003, 1},
      {"s_abs_i32 s22, s20", 0x0ffffffd, 1},
      {"s_ff1_i32_b32 s22, s21", 1, 0},
      {"s_flbit_i32_b32 s22, s21", 3, 0},
      {"s_bcnt1_i32_b64 s22, s[20:21]", 10, 1},
      {"s_brev_b32 s22, s20", 0xc000000f, 0},
      {"s_sext_i32_i8 s22, 0x80", 0xffffff80, 0},
      {"s_cmp_lt_i32 s20, s21\n s_cselect_b32 s22, 5, 6", 5, 1},
      {"s_cmp_lt_u32 s20, s21\n s_cselect_b32 s22, 5, 6", 6, 0},
      {"s_cmpk_gt_i32 s20, 0xfff0", 0, 0},
      {"s_bitcmp1_b32 s20, 1", 0, 1},
      {"s_bitset1_b32 s22, 7", 0x80, 0},
      {"s_movk_i32 s22, 0x8000", 0xffff8000, 0},
      {"s_pack_lh_b32_b16 s22, s20, s21", 0x10000003, 0},
      {"s_lshl2_add_u32 s22, s20, 1", 0xc000000d, 1},
      {"s_mov_b64 s[22:23], -2", 0xfffffffffffffffe, 0},
      {"s_movk_i32 s22, 5\n s_addk_i32 s22, 0xfffe\n s_mulk_i32 s22, 7", 21, 0},
  };
  std::string body;
  for (size_t n = 0; n < cases.size(); ++n) {
    body += "  s_mov_b32 s20, 0xf0000003\n  s_mov_b32 s21, 0x1000000e\n"
            "  s_mov_b64 s[22:23], 0\n  s_cmp_eq_u32 0, 1\n  ";
    body += cases[n].text;
    body += "\n  s_cselect_b32 s24, 1, 0\n  v_mov_b32 v8, s22\n"
            "  v_mov_b32 v9, s23\n  v_mov_b32 v10, s24\n  v_mov_b32 v6, 0\n"
            "  global_store_dwordx3 v6, v[8:10], s[6:7] offset:" +
            std::to_string(16 * n) + "\n";
  }
  auto out = runWave(body, iota(64));
  ASSERT_EQ(out.size(), 1024u);
  for (size_t n = 0; n < cases.size(); ++n) {
    uint64_t got = uint64_t(out[4 * n + 1]) << 32 | out[4 * n];
    EXPECT_EQ(got, cases[n].result) << cases[n].text;
    EXPECT_EQ(out[4 * n + 2], cases[n].scc) << cases[n].text;
  }
}

TEST(Scalars, ExecAndLoops) {
  auto out = runWave(R"(
  v_mov_b32 v3, 0
  s_mov_b32 s20, 0
loop:
  s_add_u32 s20, s20, 1
  v_cmp_lt_u32 vcc, s20, v0
  s_and_saveexec_b64 s[22:23], vcc
  v_add_u32 v3, v3, 1
  s_mov_b64 exec, s[22:23]
  s_cmp_lt_u32 s20, 10
  s_cbranch_scc1 loop
  s_getpc_b64 s[24:25]
here:
  s_add_u32 s24, s24, over-here
  s_addc_u32 s25, s25, 0
  s_setpc_b64 s[24:25]
  v_mov_b32 v3, 99
over:
  s_call_b64 s[26:27], function
  global_store_dword v1, v3, s[6:7]
  s_branch end
function:
  v_add_u32 v3, 1000, v3
  s_setpc_b64 s[26:27]
end:
)",
                     iota(64));
  ASSERT_EQ(out.size(), 1024u);
  for (unsigned lane = 0; lane < 64; ++lane) {
    EXPECT_EQ(out[lane], 1000 + (lane == 0 ? 0 : std::min(lane - 1, 10u)));
  }
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

TEST(MemoryOps, BufferRangeCheck) {
  // 100 bytes: dword 25 is out, so x4 at lane 6 has one dword in range.
  auto out = runWave(R"(
  s_mov_b32 s8, s4
  s_mov_b32 s9, s5
  s_movk_i32 s10, 100
  s_mov_b32 s11, 0x27000
  v_lshlrev_b32 v3, 4, v0
  buffer_load_dwordx4 v[4:7], v3, s[8:11], 0 offen
  s_movk_i32 s20, 8
  buffer_load_dword v8, v3, s[8:11], s20 offen offset:4
  v_mov_b32 v9, 0x80000000
  buffer_load_ushort v9, v9, s[8:11], 0 offen
  s_mov_b32 s12, s6
  s_mov_b32 s13, s7
  s_movk_i32 s14, 4000
  s_mov_b32 s15, 0x27000
  s_waitcnt vmcnt(0)
  buffer_store_dwordx4 v[4:7], v3, s[12:15], 0 offen
  buffer_store_dword v8, v1, s[12:15], 0 offen offset:1024
  buffer_store_dword v9, v1, s[12:15], 0 offen offset:1280
  s_movk_i32 s14, 1544
  buffer_store_dwordx2 v[4:5], v1, s[12:15], 0 offen offset:1536
)",
                     iota(64));
  ASSERT_EQ(out.size(), 1024u);
  for (unsigned n = 0; n < 256; ++n) {
    EXPECT_EQ(out[n], n < 25 ? 100 + n : 0) << n;
  }
  for (unsigned lane = 0; lane < 64; ++lane) {
    unsigned dword = 4 * lane + 3;
    EXPECT_EQ(out[256 + lane], dword < 25 ? 100 + dword : 0);
    EXPECT_EQ(out[320 + lane], 0u);
  }
  EXPECT_NE(out[384], 0u);
  EXPECT_NE(out[385], 0u);
  EXPECT_EQ(out[386], 0u);
}

TEST(MemoryOps, StructuredBuffer) {
  // Stride 8, 6 records: index 6 and beyond are out of range.
  auto out = runWave(R"(
  s_mov_b32 s8, s4
  s_or_b32 s9, s5, 0x80000
  s_movk_i32 s10, 6
  s_mov_b32 s11, 0x27000
  buffer_load_dword v4, v0, s[8:11], 0 idxen offset:4
  v_mov_b32 v6, v0
  v_mov_b32 v7, 4
  buffer_load_dword v5, v[6:7], s[8:11], 0 idxen offen
  s_waitcnt vmcnt(0)
  global_store_dword v1, v4, s[6:7]
  global_store_dword v1, v5, s[6:7] offset:256
)",
                     iota(64));
  ASSERT_EQ(out.size(), 1024u);
  for (unsigned lane = 0; lane < 64; ++lane) {
    uint32_t want = lane < 6 ? 100 + 2 * lane + 1 : 0;
    EXPECT_EQ(out[lane], want);
    EXPECT_EQ(out[64 + lane], want);
  }
}

TEST(MemoryOps, NarrowLoadsAndStores) {
  std::vector<uint32_t> in(64);
  for (unsigned n = 0; n < 64; ++n) {
    in[n] = 0x81f29364u + n * 0x01010101u;
  }
  auto out = runWave(R"(
  v_mov_b32 v10, -1
  v_mov_b32 v11, -1
  global_load_ubyte v3, v1, s[4:5] offset:3
  global_load_sbyte v4, v1, s[4:5] offset:1
  global_load_ushort v5, v1, s[4:5]
  global_load_sshort v6, v1, s[4:5] offset:2
  global_load_short_d16 v10, v1, s[4:5]
  global_load_ubyte_d16_hi v11, v1, s[4:5] offset:1
  v_mov_b32 v12, 0
  s_waitcnt vmcnt(0)
  global_store_dword v1, v3, s[6:7]
  global_store_dword v1, v4, s[6:7] offset:256
  global_store_dword v1, v5, s[6:7] offset:512
  global_store_dword v1, v6, s[6:7] offset:768
  global_store_dword v1, v10, s[6:7] offset:1024
  global_store_dword v1, v11, s[6:7] offset:1280
  global_store_byte v1, v2, s[6:7] offset:1537
  global_store_short_d16_hi v1, v2, s[6:7] offset:1538
  ds_write_b32 v1, v2
  ds_write_b32 v1, v12 offset:1024
  ds_write_b16 v1, v2 offset:1026
  ds_write_b8_d16_hi v1, v2 offset:1024
  s_waitcnt lgkmcnt(0)
  v_mov_b32 v13, -1
  ds_read_u16_d16_hi v13, v1 offset:2
  ds_read_i8 v14, v1 offset:3
  ds_read_b32 v15, v1 offset:1024
  s_waitcnt lgkmcnt(0)
  global_store_dword v1, v13, s[6:7] offset:1792
  global_store_dword v1, v14, s[6:7] offset:2048
  global_store_dword v1, v15, s[6:7] offset:2304
)",
                     in);
  ASSERT_EQ(out.size(), 1024u);
  for (unsigned n = 0; n < 64; ++n) {
    uint32_t x = in[n];
    EXPECT_EQ(out[n], x >> 24);
    EXPECT_EQ(out[64 + n], uint32_t(int8_t(x >> 8)));
    EXPECT_EQ(out[128 + n], x & 0xffff);
    EXPECT_EQ(out[192 + n], uint32_t(int16_t(x >> 16)));
    EXPECT_EQ(out[256 + n], 0xffff0000 | (x & 0xffff));
    EXPECT_EQ(out[320 + n], 0xffffu | (x >> 8 & 255) << 16);
    EXPECT_EQ(out[384 + n], (x & 0xffff0000) | (x & 255) << 8);
    EXPECT_EQ(out[448 + n], 0xffffu | (x & 0xffff0000));
    EXPECT_EQ(out[512 + n], uint32_t(int8_t(x >> 24)));
    EXPECT_EQ(out[576 + n], x << 16 | (x >> 16 & 255));
  }
}

TEST(MemoryOps, LdsForms) {
  auto out = runWave(R"(
  v_lshlrev_b32 v3, 3, v0
  v_add_u32 v4, 1, v2
  v_mov_b32 v5, 0
  ds_write_b32 v1, v5 offset:512
  ds_write2_b32 v3, v2, v4 offset0:0 offset1:1
  ds_write2st64_b32 v1, v2, v4 offset0:4 offset1:6
  s_waitcnt lgkmcnt(0)
  ds_read_b64 v[6:7], v3
  ds_read2st64_b32 v[8:9], v1 offset0:4 offset1:6
  ds_read2_b64 v[10:13], v3 offset0:0 offset1:1
  v_lshlrev_b32 v5, 4, v0
  v_and_b32 v5, 0x1ff, v5
  ds_read_b128 v[14:17], v5
  s_waitcnt lgkmcnt(0)
  global_store_dwordx2 v3, v[6:7], s[6:7]
  global_store_dword v1, v8, s[6:7] offset:512
  global_store_dword v1, v9, s[6:7] offset:768
  global_store_dword v1, v12, s[6:7] offset:1024
  global_store_dword v1, v17, s[6:7] offset:1280
  s_mov_b32 m0, 2048
  global_load_lds_dword v1, s[4:5] offset:16
  s_waitcnt vmcnt(0)
  ds_read_b32 v18, v1 offset:2064
  s_waitcnt lgkmcnt(0)
  global_store_dword v1, v18, s[6:7] offset:1536
)",
                     iota(128));
  ASSERT_EQ(out.size(), 1024u);
  for (unsigned n = 0; n < 64; ++n) {
    EXPECT_EQ(out[2 * n], 100 + n);
    EXPECT_EQ(out[2 * n + 1], 101 + n);
    EXPECT_EQ(out[128 + n], 100 + n);
    EXPECT_EQ(out[192 + n], 101 + n);
    if (n < 63) {
      EXPECT_EQ(out[256 + n], 101 + n);
    }
    EXPECT_EQ(out[320 + n], 100 + 2 * (n % 32) + 2);
    EXPECT_EQ(out[384 + n], 104 + n);
  }
}

TEST(MemoryOps, Atomics) {
  // Four workgroups of two waves add into the same words.
  auto object = assemble(R"(
  s_load_dwordx2 s[6:7], s[0:1], 0
  v_mov_b32 v1, 0
  v_mov_b32 v2, 1
  v_mov_b32 v3, 2.0
  v_mov_b32 v4, 0
  v_mov_b32 v5, 0x3ff00000
  v_mov_b32 v6, 0x3c004000
  v_mov_b32 v10, 0x3f804000
  v_lshl_add_u32 v7, s2, 7, v0
  s_waitcnt lgkmcnt(0)
  global_atomic_add v1, v2, s[6:7]
  global_atomic_add_f32 v1, v3, s[6:7] offset:4
  global_atomic_add_f64 v1, v[4:5], s[6:7] offset:8
  global_atomic_umax v1, v7, s[6:7] offset:16
  global_atomic_or v1, v7, s[6:7] offset:20
  global_atomic_pk_add_f16 v1, v6, s[6:7] offset:24
  global_atomic_pk_add_bf16 v1, v10, s[6:7] offset:28
  global_atomic_add v8, v1, v2, s[6:7] offset:32 sc0
  s_waitcnt vmcnt(0)
  v_lshlrev_b32 v9, 2, v8
  global_store_dword v9, v2, s[6:7] offset:64
  ds_write2_b32 v1, v1, v1 offset1:1
  s_waitcnt lgkmcnt(0)
  s_barrier
  ds_add_u32 v1, v2
  ds_add_rtn_u32 v11, v1, v2 offset:4
  s_waitcnt lgkmcnt(0)
  s_barrier
  ds_read_b32 v12, v1
  s_waitcnt lgkmcnt(0)
  global_atomic_smax v1, v12, s[6:7] offset:36
  v_mov_b32 v14, 77
  v_mov_b32 v15, 5
  global_atomic_cmpswap v1, v[14:15], s[6:7] offset:40
)");
  Gpu gpu(object.get());
  ASSERT_TRUE(gpu.ok()) << gpu.loadError;
  auto *out = gpu.zeros<uint32_t>(1024);
  out[10] = 5;
  ASSERT_EQ(gpu.run({{4, 1, 1}, {128, 1, 1}}, out), "");
  EXPECT_EQ(out[0], 512u);
  EXPECT_EQ(out[1], 0x44800000u); // 1024.0f
  EXPECT_EQ(out[3], 0x40800000u); // 512.0
  EXPECT_EQ(out[2], 0u);
  EXPECT_EQ(out[4], 511u);
  EXPECT_EQ(out[5], 511u);
  EXPECT_EQ(out[6], 0x60006400u); // 512 and 1024 in f16
  EXPECT_EQ(out[7], 0x43804400u); // bf16 sums stop at 256 + 1 and 512 + 2
  EXPECT_EQ(out[8], 512u);
  for (unsigned n = 0; n < 512; ++n) {
    EXPECT_EQ(out[16 + n], 1u) << n;
  }
  EXPECT_EQ(out[9], 128u);
  EXPECT_EQ(out[10], 77u);
}

TEST(MemoryOps, SparseBeyondFourGiB) {
  auto object = compileOpenCL(R"(
    kernel void k(global int *p, long where, int value) {
      p[where + __builtin_amdgcn_workitem_id_x()] = value;
    })");
  Gpu gpu(object.get());
  ASSERT_TRUE(gpu.ok()) << gpu.loadError;
  constexpr int64_t elements = int64_t(3) << 30; // 12 GiB
  auto *p = gpu.zeros<int>(elements);
  ASSERT_NE(p, nullptr);
  ASSERT_EQ(gpu.run({{1, 1, 1}, {64, 1, 1}}, p, elements - 64, 7), "");
  EXPECT_EQ(p[elements - 1], 7);
  EXPECT_EQ(p[elements - 65], 0);
}

//===----------------------------------------------------------------------===//
// Scheduling and faults
//===----------------------------------------------------------------------===//

/// All workgroups must arrive before any goes on.
static std::string meet(LaunchConfig config) {
  auto object = compileOpenCL(R"(
    kernel void k(volatile global atomic_int *arrived, global int *out,
                  int groups) {
      int n = __builtin_amdgcn_workgroup_id_x();
      __opencl_atomic_fetch_add(arrived, 1, memory_order_acq_rel,
                                memory_scope_device);
      while (__opencl_atomic_load(arrived, memory_order_acquire,
                                  memory_scope_device) < groups)
        ;
      out[n] = n + 1;
    })");
  Gpu gpu(object.get());
  EXPECT_TRUE(gpu.ok()) << gpu.loadError;
  int groups = config.grid[0];
  auto *arrived = gpu.zeros<int>(1);
  auto *out = gpu.zeros<int>(groups);
  std::string error = gpu.run(config, arrived, out, groups);
  for (int n = 0; n < groups && error.empty(); ++n) {
    EXPECT_EQ(out[n], n + 1);
  }
  return error;
}

TEST(Machine, WorkgroupsWaitForEachOther) {
  EXPECT_EQ(meet({{12, 1, 1}, {1, 1, 1}}), "");
  // More than gfx942 has compute units do so when launched together.
  LaunchConfig config{{400, 1, 1}, {1, 1, 1}};
  config.instructionBudget = 100000;
  config.threads = 2; // Each runs one workgroup more.
  EXPECT_NE(meet(config), "");
  config.together = true;
  EXPECT_EQ(meet(config), "");
}

TEST(Machine, ReportsAccessOutsideAllocations) {
  auto object = assemble(R"(
  s_load_dwordx2 s[4:5], s[0:1], 0
  v_lshlrev_b32 v1, 2, v0
  s_waitcnt lgkmcnt(0)
  global_store_dword v1, v0, s[4:5]
)");
  Gpu gpu(object.get());
  ASSERT_TRUE(gpu.ok()) << gpu.loadError;
  std::string error =
      gpu.run({{3, 1, 1}, {64, 1, 1}}, gpu.zeros<uint32_t>(40, "scores"));
  for (const char *part :
       {"kernel `k`", "outside of any allocation", "4 bytes at 0x",
        "global_store_dword v1, v0, s[4:5]", "workgroup (", "wave 0", "lane 40",
        "`scores`, 160 bytes", "offset 160"}) {
    EXPECT_NE(error.find(part), std::string::npos) << part << " in " << error;
  }
}

TEST(Machine, ReportsLdsOverflowTrapsAndRunaways) {
  auto fails = [](const char *body, const char *part) {
    auto object = assemble(body);
    Gpu gpu(object.get());
    ASSERT_TRUE(gpu.ok()) << gpu.loadError;
    LaunchConfig config{{1, 1, 1}, {64, 1, 1}};
    config.instructionBudget = 100000;
    std::string error = gpu.run(config, uint64_t(0));
    EXPECT_NE(error.find(part), std::string::npos) << error;
  };
  fails("v_mov_b32 v1, 0x1000\n ds_read_b32 v2, v1", "LDS access outside");
  fails("s_trap 2", "trapped");
  fails("again:\n s_branch again", "spins forever");
  fails("again:\n s_add_u32 s4, s4, 1\n s_branch again", "instruction budget");
  fails("s_mov_b64 s[4:5], 0x100\n s_setpc_b64 s[4:5]", "jump to an address");
  fails("v_mov_b32 v1, 2\n v_mov_b32 v2, 0\n s_load_dwordx2 s[4:5], s[0:1], "
        "0xf0000",
        "outside of any allocation");
}

TEST(Machine, ListsAllUnknownInstructions) {
  auto object =
      assemble("v_screen_partition_4se_b32 v1, v2\n v_mov_b32 v1, v2\n"
               "s_cbranch_join s2");
  Gpu gpu(object.get());
  EXPECT_FALSE(gpu.ok());
  EXPECT_NE(gpu.loadError.find("v_screen_partition_4se_b32"), std::string::npos)
      << gpu.loadError;
  EXPECT_NE(gpu.loadError.find("s_cbranch_join"), std::string::npos);
  EXPECT_NE(gpu.loadError.find("2 instructions"), std::string::npos);
}

TEST(Machine, RejectsMemoryOfAllWorkgroups) {
  auto object = assemble("ds_add_u32 v2, v4 gds", "gfx1100");
  Gpu gpu(object.get(), "gfx1100");
  EXPECT_NE(gpu.loadError.find("unknown operand or modifier `gds`"),
            std::string::npos)
      << gpu.loadError;
}

/// Encodings of 64 bits that name a literal, which LLVM's disassembler takes
/// from memory that is not there; and SDWA with reserved selects.
TEST(Machine, RejectsWordsThatCrashTheDisassembler) {
  for (const char *words :
       {"0xeac7b486, 0xff54bc2c", "0xe02c2796, 0xffccf8ec",
        "0xd037bb66, 0x4059fe54", "0xd06172ff, 0x041478f2",
        "0x4d9b06f9, 0x858f1095", "0x4d9b06f9, 0x878e1095",
        "0x4d9b06f9, 0x858e1795", "0x4d9b06f9, 0x858e1895"}) {
    auto object = assemble(std::string(".long ") + words);
    Gpu gpu(object.get());
    EXPECT_NE(gpu.loadError.find("not an instruction of gfx942"),
              std::string::npos)
        << words << ": " << gpu.loadError;
  }
}

TEST(Machine, RejectsWrongLaunches) {
  auto object = compileOpenCL(
      "__attribute__((reqd_work_group_size(64, 1, 1))) kernel void k(global "
      "int *p) { local int l[64]; l[__builtin_amdgcn_workitem_id_x()] = 1; *p "
      "= l[0]; }");
  Gpu gpu(object.get());
  ASSERT_TRUE(gpu.ok()) << gpu.loadError;
  EXPECT_NE(gpu.run({{1, 1, 1}, {32, 1, 1}}, uint64_t(0)).find("64 x 1 x 1"),
            std::string::npos);
  LaunchConfig large{{1, 1, 1}, {64, 1, 1}};
  large.dynamicLdsBytes = 65536;
  EXPECT_NE(gpu.run(large, uint64_t(0)).find("LDS"), std::string::npos);
  gpu.kernel = "other";
  EXPECT_NE(gpu.run({{1, 1, 1}, {64, 1, 1}}, uint64_t(0)).find("there are: k"),
            std::string::npos);
}

} // namespace
