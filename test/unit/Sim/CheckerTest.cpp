//===- CheckerTest.cpp - each rule of the checker: broken and mended ------===//
//
// Every rule has a kernel that breaks it, with the report it must give, and its
// mended twin, which must be silent.
//
//===----------------------------------------------------------------------===//

#include "Harness.h"
#include "llvm/BinaryFormat/ELF.h"
#include <map>

using namespace llvm;
using namespace moesaic::sim;
using namespace moesaic::sim::test;

namespace {

struct Outcome {
  std::string error;
  std::vector<std::string> reports;
  std::vector<uint32_t> out;

  std::string all() const {
    std::string text = error;
    for (const std::string &report : reports) {
      text += (text.empty() ? "" : "\n") + report;
    }
    return text;
  }
};

/// Runs `body` with s[4:5] = in (1024 dwords), s[6:7] = out (1024), s[8:9] =
/// memory that was never written (1024), v1 = lane * 4 in the workgroup.
Outcome runKernel(const std::string &body, unsigned lanes = 64,
                  LaunchConfig config = {}) {
  // Some run more than once.
  static std::map<std::string, std::unique_ptr<llvm::MemoryBuffer>> objects;
  std::unique_ptr<llvm::MemoryBuffer> &object = objects[body];
  if (!object) {
    object = assemble(R"(
  s_load_dwordx4 s[4:7], s[0:1], 0
  s_load_dwordx2 s[8:9], s[0:1], 16
  v_lshlrev_b32 v1, 2, v0
  s_waitcnt lgkmcnt(0)
)" + body);
  }
  Gpu gpu(object.get());
  Outcome result;
  if (!gpu.ok()) {
    ADD_FAILURE() << gpu.loadError;
    return result;
  }
  auto *in = gpu.upload(std::vector<uint32_t>(1024, 8), "in");
  auto *out = gpu.zeros<uint32_t>(1024, "out");
  auto *fresh = gpu.zeros<uint32_t>(1024, "fresh");
  gpu.device->memory().setUndefined(fresh);
  config.block = {lanes, 1, 1};
  if (config.check == CheckMode::Environment) {
    config.check = CheckMode::Report;
  }
  config.onReport = [&](llvm::StringRef text) {
    result.reports.push_back(text.str());
  };
  result.error = gpu.run(config, in, out, fresh);
  result.out.assign(out, out + 1024);
  return result;
}

/// A mistake may show at several instructions; one report must say `part`.
void expectReport(const Outcome &run, const std::string &part) {
  EXPECT_EQ(run.error, "");
  bool found = false;
  for (const std::string &report : run.reports) {
    found |= report.find(part) != std::string::npos;
  }
  EXPECT_TRUE(found) << "expected `" << part << "`, got:\n" << run.all();
}

void expectSilence(const Outcome &run) { EXPECT_EQ(run.all(), ""); }

struct Pair {
  const char *name;
  unsigned lanes;
  std::string broken, report, mended;
};

void check(const std::vector<Pair> &pairs) {
  for (const Pair &pair : pairs) {
    SCOPED_TRACE(pair.name);
    expectReport(runKernel(pair.broken, pair.lanes), pair.report);
    expectSilence(runKernel(pair.mended, pair.lanes));
  }
}

//===----------------------------------------------------------------------===//
// Missing waits
//===----------------------------------------------------------------------===//

TEST(Checker, MissingWait) {
  const std::string store = "\n global_store_dword v1, v2, s[6:7]\n";
  const std::string load = "\n global_load_dword v2, v1, s[4:5]\n";
  const std::string two = load + " global_load_dword v3, v1, s[4:5]\n";
  const std::string defineLds =
      "\n v_mov_b32 v5, 1\n ds_write_b32 v1, v5\n s_waitcnt lgkmcnt(0)\n";
  check({
      {"load, use", 64, load + store,
       "v2 is used before the load into it is waited for",
       load + " s_waitcnt vmcnt(0)" + store},
      {"load, overwrite", 64,
       load + " v_mov_b32 v2, 0\n s_waitcnt vmcnt(0)" + store,
       "v2 is overwritten before the load into it is waited for",
       load + " s_waitcnt vmcnt(0)\n v_mov_b32 v2, 0" + store},
      {"loads return in order", 64,
       two + " s_waitcnt vmcnt(1)\n v_add_u32 v2, v2, v3" + store,
       "v3 is used before",
       two +
           " s_waitcnt vmcnt(1)\n v_mov_b32 v4, v2\n s_waitcnt vmcnt(0)\n"
           " v_add_u32 v2, v4, v3" +
           store},
      {"stores count as well", 64,
       load +
           " global_store_dword v1, v1, s[6:7] offset:512\n"
           " global_store_dword v1, v1, s[6:7] offset:1024\n"
           " s_waitcnt vmcnt(3)" +
           store,
       "expected s_waitcnt vmcnt(2) between them",
       load +
           " global_store_dword v1, v1, s[6:7] offset:512\n"
           " global_store_dword v1, v1, s[6:7] offset:1024\n"
           " s_waitcnt vmcnt(2)" +
           store},
      {"LDS read", 64, defineLds + " ds_read_b32 v2, v1" + store,
       ": ds_read_b32 v2, v1; expected s_waitcnt lgkmcnt(0)",
       defineLds + " ds_read_b32 v2, v1\n s_waitcnt lgkmcnt(0)" + store},
      {"LDS reads return in order", 64,
       defineLds +
           " ds_read_b32 v3, v1\n ds_read_b32 v2, v1\n"
           " s_waitcnt lgkmcnt(1)" +
           store,
       "v2 is used before",
       defineLds +
           " ds_read_b32 v2, v1\n ds_read_b32 v3, v1\n"
           " s_waitcnt lgkmcnt(1)" +
           store},
      {"scalar loads return in any order", 64,
       "s_load_dword s10, s[4:5], 0\n s_load_dword s11, s[4:5], 4\n"
       "s_waitcnt lgkmcnt(1)\n v_mov_b32 v2, s10" +
           store,
       "s10 is used before the load into it is waited for",
       "s_load_dword s10, s[4:5], 0\n s_load_dword s11, s[4:5], 4\n"
       "s_waitcnt lgkmcnt(0)\n v_mov_b32 v2, s10" +
           store},
      {"scalar loads do not hold LDS back", 64,
       defineLds +
           "ds_read_b32 v2, v1\n ds_read_b32 v3, v1\n"
           "s_load_dword s11, s[4:5], 4\n s_waitcnt lgkmcnt(2)" +
           store,
       "v2 is used before",
       defineLds +
           "ds_read_b32 v2, v1\n ds_read_b32 v3, v1\n"
           "s_load_dword s11, s[4:5], 4\n s_waitcnt lgkmcnt(1)" +
           store},
      {"AGPRs and matrices", 64,
       "global_load_dwordx2 a[0:1], v1, s[4:5]\n v_mov_b32 v2, 0\n"
       "v_mov_b32 v3, 0\n v_mfma_f32_16x16x16_f16 v[4:7], v[2:3], a[0:1], 0\n"
       "s_waitcnt vmcnt(0)\n global_store_dword v1, v4, s[6:7]\n",
       "a0 is used before",
       "global_load_dwordx2 a[0:1], v1, s[4:5]\n v_mov_b32 v2, 0\n"
       "v_mov_b32 v3, 0\n s_waitcnt vmcnt(0)\n"
       "v_mfma_f32_16x16x16_f16 v[4:7], v[2:3], a[0:1], 0\n"
       "global_store_dword v1, v4, s[6:7]\n"},
      {"flat loads need both counters", 64,
       "v_mov_b32 v2, s4\n v_mov_b32 v3, s5\n flat_load_dword v4, v[2:3]\n"
       "s_waitcnt vmcnt(0)\n global_store_dword v1, v4, s[6:7]",
       "expected s_waitcnt vmcnt(0) lgkmcnt(0)",
       "v_mov_b32 v2, s4\n v_mov_b32 v3, s5\n flat_load_dword v4, v[2:3]\n"
       "s_waitcnt vmcnt(0) lgkmcnt(0)\n global_store_dword v1, v4, s[6:7]"},
      {"LDS DMA", 64,
       "s_mov_b32 m0, 0\n global_load_lds_dword v1, s[4:5]\n"
       "ds_read_b32 v2, v1\n s_waitcnt vmcnt(0) lgkmcnt(0)" +
           store,
       "LDS address 0 is used before the load into it is waited for",
       "s_mov_b32 m0, 0\n global_load_lds_dword v1, s[4:5]\n"
       "s_waitcnt vmcnt(0)\n ds_read_b32 v2, v1\n s_waitcnt lgkmcnt(0)" +
           store},
  });
}

TEST(Checker, LanesThatWereNotLoadedMayBeUsed) {
  expectSilence(runKernel(R"(
  v_mov_b32 v2, 7
  s_mov_b64 s[10:11], exec
  s_mov_b64 exec, 0xff
  global_load_dword v2, v1, s[4:5]
  s_not_b64 exec, exec
  global_store_dword v1, v2, s[6:7]
  s_mov_b64 exec, s[10:11]
  s_waitcnt vmcnt(0)
  global_store_dword v1, v2, s[6:7]
)"));
}

//===----------------------------------------------------------------------===//
// LDS between waves
//===----------------------------------------------------------------------===//

TEST(Checker, LdsRace) {
  // Each of two waves reads what the other wrote.
  const std::string start = "v_mov_b32 v2, v0\n v_xor_b32 v3, 0x100, v1\n"
                            "ds_write_b32 v1, v2\n";
  const std::string wait = "s_waitcnt lgkmcnt(0)\n";
  const std::string barrier = "s_barrier\n";
  const std::string finish = "ds_read_b32 v4, v3\n s_waitcnt lgkmcnt(0)\n"
                             "global_store_dword v1, v4, s[6:7]\n";
  const std::string dma = "s_mov_b32 m0, 0\n v_readfirstlane_b32 s12, v1\n"
                          "s_mov_b32 m0, s12\n"
                          "global_load_lds_dword v1, s[4:5]\n"
                          "v_xor_b32 v3, 0x100, v1\n";
  const std::string vmWait = "s_waitcnt vmcnt(0)\n";
  check({
      {"write, read", 128, start + wait + finish,
       "race: a wave reads LDS that another wave accesses",
       start + wait + barrier + finish},
      {"the write is not waited for", 128, start + barrier + wait + finish,
       "race: a wave reads LDS that", start + wait + barrier + finish},
      {"read, write", 128,
       start + wait + barrier + finish + "ds_write_b32 v1, v3\n",
       "race: a wave writes LDS that",
       start + wait + barrier + finish + barrier + "ds_write_b32 v1, v3\n"},
      {"write, write", 128,
       start + wait + barrier + "ds_write_b32 v3, v1\n" + wait +
           "ds_write_b32 v1, v2\n",
       "race: a wave writes LDS that",
       start + wait + barrier + "ds_write_b32 v3, v1\n" + wait + barrier +
           "ds_write_b32 v1, v2\n"},
      {"LDS DMA", 128, dma + barrier + vmWait + finish,
       "race: a wave reads LDS that", dma + vmWait + barrier + finish},
      {"atomics", 128,
       start + wait + barrier + "v_mov_b32 v5, 0\n ds_add_u32 v5, v1\n" + wait +
           "ds_read_b32 v4, v5\n" + wait,
       "LDS that another wave accesses (LDS address 0)",
       start + wait + barrier + "v_mov_b32 v5, 0\n ds_add_u32 v5, v1\n" + wait +
           barrier + "ds_read_b32 v4, v5\n" + wait},
  });
}

TEST(Checker, LoopsThatCompareAndSwapAreNoRace) {
  // Two waves add to one dword: they read it, and swap unless it has changed.
  const std::string start = "v_mov_b32 v2, 0\n v_mov_b32 v3, 0\n"
                            "ds_write_b32 v2, v3\n s_waitcnt lgkmcnt(0)\n"
                            "s_barrier\nloop:\n ds_read_b32 v4, v2\n"
                            "s_waitcnt lgkmcnt(0)\n v_add_u32 v5, 1, v4\n";
  check({{"swap, or just write", 128, start + "ds_write_b32 v2, v5\n",
          "race: a wave",
          start + "ds_cmpst_rtn_b32 v6, v2, v4, v5\n s_waitcnt lgkmcnt(0)\n"
                  "v_cmp_eq_u32 vcc, v6, v4\n s_cbranch_vccz loop\n"}});
}

TEST(Checker, LdsRaceAfterManyBarriers) {
  // Each of two waves reads what the other wrote, 5000 times.
  const std::string loop = "v_xor_b32 v3, 0x100, v1\n v_mov_b32 v2, 0\n"
                           "s_movk_i32 s20, 5000\nloop:\n"
                           "v_add_u32 v2, 1, v2\n ds_write_b32 v1, v2\n"
                           "s_waitcnt lgkmcnt(0)\n s_barrier\n"
                           "ds_read_b32 v4, v3\n s_waitcnt lgkmcnt(0)\n"
                           "s_barrier\n s_sub_u32 s20, s20, 1\n"
                           "s_cmp_lg_u32 s20, 0\n s_cbranch_scc1 loop\n";
  check({{"read, write", 128, loop + "ds_read_b32 v4, v3\n ds_write_b32 v1, v3",
          "race: a wave writes LDS that",
          loop + "ds_read_b32 v4, v3\n s_barrier\n ds_write_b32 v1, v3"}});
}

TEST(Checker, LdsRaceOfHalves) {
  // Lanes write 16 bits each, all of a run or every other half; the other wave
  // reads them.
  for (const char *shift : {"1", "2"}) {
    const std::string start =
        std::string("v_lshlrev_b32 v3, ") + shift +
        ", v0\n v_xor_b32 v4, 0x100, v3\n ds_write_b16 v3, v0\n"
        "s_waitcnt lgkmcnt(0)\n";
    const std::string finish = "ds_read_u16 v5, v4\n s_waitcnt lgkmcnt(0)\n";
    const std::string store = "global_store_dword v1, v5, s[6:7]";
    if (*shift == '2') {
      check({{"every other half", 128, start + finish,
              "race: a wave reads LDS that",
              start + "s_barrier\n" + finish + store},
             {"the halves between", 128,
              start +
                  "s_barrier\n ds_read_b32 v5, v4\n"
                  "s_waitcnt lgkmcnt(0)\n" +
                  store,
              "it was read from LDS that was never written",
              start +
                  "ds_write_b16 v3, v0 offset:2\n s_waitcnt lgkmcnt(0)\n"
                  "s_barrier\n ds_read_b32 v5, v4\n"
                  "s_waitcnt lgkmcnt(0)\n" +
                  store}});
      continue;
    }
    const std::string exchange = start + "v_xor_b32 v4, 0x80, v3\n";
    check({{"all halves", 128, exchange + finish, "race: a wave reads LDS that",
            exchange + "s_barrier\n" + finish + store}});
  }
}

TEST(Checker, NeighbouringBytesAndEqualValuesAreNoRace) {
  // Two waves write the bytes of one dword, and both write one value to 2048.
  expectSilence(runKernel(R"(
  v_lshrrev_b32 v3, 6, v0
  v_mov_b32 v4, 0x800
  v_mov_b32 v5, 5
  ds_write_b8 v3, v5
  ds_write_b32 v4, v5
)",
                          128));
}

//===----------------------------------------------------------------------===//
// Undefined values
//===----------------------------------------------------------------------===//

TEST(Checker, Undefined) {
  const std::string store = "\n global_store_dword v1, v2, s[6:7]\n";
  const std::string wait = "\n s_waitcnt vmcnt(0) lgkmcnt(0)\n";
  check({
      {"a register is stored", 64, store,
       "it comes from v2, which was never written", "v_mov_b32 v2, 0" + store},
      {"an address", 64, "global_load_dword v2, v3, s[4:5]" + wait,
       "an undefined value is used as an address",
       "v_mov_b32 v3, 0\n global_load_dword v2, v3, s[4:5]" + wait},
      {"arithmetic passes it on", 64,
       "v_add_u32 v3, v2, v1\n v_mul_lo_u32 v2, v3, v1" + store,
       "it comes from v2, which was never written",
       "v_mov_b32 v2, v1\n v_add_u32 v3, v2, v1\n v_mul_lo_u32 v2, v3, v1" +
           store},
      {"a branch", 64, "s_cmp_eq_u32 s40, 0\n s_cbranch_scc1 1f\n s_nop 0\n1:",
       "a branch depends on an undefined value",
       "s_mov_b32 s40, 0\n s_cmp_eq_u32 s40, 0\n s_cbranch_scc1 1f\n"
       "s_nop 0\n1:"},
      {"EXEC", 64, "v_cmp_eq_u32 vcc, 0, v2\n s_and_saveexec_b64 s[20:21], vcc",
       "EXEC is set from an undefined value",
       "v_mov_b32 v2, 0\n v_cmp_eq_u32 vcc, 0, v2\n"
       "s_and_saveexec_b64 s[20:21], vcc"},
      {"LDS", 64, "ds_read_b32 v2, v1" + wait + store,
       "it was read from LDS that was never written, at",
       "ds_write_b32 v1, v1\n ds_read_b32 v2, v1" + wait + store},
      {"global memory", 64,
       "global_load_dword v2, v1, s[8:9] offset:4" + wait + store,
       "at offset 4 of `fresh`",
       "global_store_dword v1, v1, s[8:9] offset:4\n"
       "global_load_dword v2, v1, s[8:9] offset:4" +
           wait + store},
      {"a scalar load", 64,
       "s_load_dword s20, s[8:9], 0" + wait + "v_mov_b32 v2, s20" + store,
       "it was read from global memory that was never written",
       "s_load_dword s20, s[4:5], 0" + wait + "v_mov_b32 v2, s20" + store},
      {"a lane", 64,
       "v_writelane_b32 v2, 1, 3\n v_readlane_b32 s20, v2, 4\n"
       "v_mov_b32 v2, s20" +
           store,
       "it comes from v2",
       "v_writelane_b32 v2, 1, 3\n v_readlane_b32 s20, v2, 3\n"
       "v_mov_b32 v2, s20" +
           store},
      {"an address in LDS", 64, "ds_write_b32 v3, v1" + wait,
       "an undefined value is used as an address",
       "ds_write_b32 v1, v1" + wait},
      {"an atomic operation", 64,
       "v_mov_b32 v3, 1\n global_atomic_add v1, v3, s[8:9]",
       "an atomic operation on memory never written",
       "v_mov_b32 v3, 1\n global_store_dword v1, v3, s[8:9]\n"
       "global_atomic_add v1, v3, s[8:9]"},
      {"half of a pair of scalars", 64,
       "v_mov_b32 v2, 0\n v_mov_b32 v3, 0\n s_mov_b32 s20, 0\n"
       "v_pk_add_f32 v[2:3], v[2:3], s[20:21]\n v_mov_b32 v2, v3" +
           store,
       "which was never written",
       "v_mov_b32 v2, 0\n v_mov_b32 v3, 0\n s_mov_b32 s20, 0\n"
       "v_pk_add_f32 v[2:3], v[2:3], s[20:21] op_sel_hi:[1,0]\n"
       "v_mov_b32 v2, v3" +
           store},
      {"a choice", 64,
       "v_cmp_gt_u32 vcc, 32, v0\n v_cndmask_b32 v2, v1, v2, vcc" + store,
       "lane 0\n  it comes from v2",
       "s_mov_b64 vcc, 0\n v_cndmask_b32 v2, v1, v2, vcc" + store},
      {"a matrix", 64,
       "v_mov_b32 v3, 0\n v_mov_b32 v4, 0\n v_mov_b32 v5, 0\n"
       "v_mfma_f32_16x16x16_f16 v[8:11], v[2:3], v[4:5], 0\n v_mov_b32 v2, v8" +
           store,
       "it comes from v2",
       "v_mov_b32 v2, 0\n v_mov_b32 v3, 0\n v_mov_b32 v4, 0\n v_mov_b32 v5, 0\n"
       "v_mfma_f32_16x16x16_f16 v[8:11], v[2:3], v[4:5], 0\n v_mov_b32 v2, v8" +
           store},
  });
}

TEST(Checker, PaddingOfMatricesStaysInItsRowsAndColumns) {
  // Rows 8 to 15 of A are never written; rows 0 to 7 of D are stored. In a
  // 16x16 D, lane 16 (i / 4) + j holds row i.
  const std::string body = R"(
  v_mov_b32 v4, 0
  v_mov_b32 v5, 0
  s_mov_b64 s[20:21], exec
  s_mov_b32 s22, 0x00ff00ff
  s_mov_b32 s23, 0x00ff00ff
  s_mov_b64 exec, s[22:23]
  v_mov_b32 v2, 0
  v_mov_b32 v3, 0
  s_mov_b64 exec, s[20:21]
  v_mfma_f32_16x16x16_f16 v[8:11], v[2:3], v[4:5], 0
)";
  expectSilence(runKernel(body + R"(
  s_mov_b32 s22, -1
  s_mov_b32 s23, 0
  s_mov_b64 exec, s[22:23]
  global_store_dwordx4 v1, v[8:11], s[6:7]
)"));
  expectReport(runKernel(body + "global_store_dwordx4 v1, v[8:11], s[6:7]"),
               "lane 32\n  it comes from v2");
}

//===----------------------------------------------------------------------===//
// Barriers and spins
//===----------------------------------------------------------------------===//

TEST(Checker, Barriers) {
  const std::string wave = "v_readfirstlane_b32 s20, v0\n"
                           "s_cmp_eq_u32 s20, 0\n";
  check({
      {"a wave has ended", 128,
       wave + "s_cbranch_scc1 1f\n s_endpgm\n1:\n s_barrier",
       "a wave waits at a barrier that another wave of its workgroup never "
       "reaches",
       wave + "s_barrier\n s_cbranch_scc1 1f\n s_endpgm\n1:"},
      {"a barrier for some waves only", 128,
       wave + "s_cbranch_scc1 1f\n s_barrier\n1:\n s_barrier",
       "wave 0 has ended; waves first met at different barriers: wave 0 at",
       wave + "s_cbranch_scc1 1f\n s_barrier\n s_branch 2f\n1:\n"
              "s_barrier\n2:"},
      {"waves that take turns", 128,
       wave + "s_cbranch_scc1 1f\n s_barrier\n1:\n s_barrier\n s_barrier",
       "wave 0 has ended; waves first met at different barriers: wave 0 at",
       wave + "s_cbranch_scc1 1f\n s_barrier\n1:\n s_barrier\n s_barrier\n"
              "s_cbranch_scc0 2f\n s_barrier\n2:"},
      {"lanes are off", 128, "s_mov_b64 exec, 0xff\n s_barrier",
       "a wave reaches the barrier with lanes switched off",
       "s_mov_b64 exec, 0xff\n s_mov_b64 exec, -1\n s_barrier"},
  });
}

TEST(Checker, SpinsThatNeverEnd) {
  // Waits until the dword at s[6:7] is `lanes`, which the other wave adds to.
  const std::string spin = R"(
again:
  s_sleep 1
  global_load_dword v3, v2, s[6:7] sc1
  s_waitcnt vmcnt(0)
  v_readfirstlane_b32 s20, v3
  s_cmp_lg_u32 s20, 2
  s_cbranch_scc1 again
)";
  const std::string start = "v_mov_b32 v2, 0\n v_mov_b32 v4, 1\n"
                            "s_mov_b64 exec, 1\n";
  const std::string add = "global_atomic_add v2, v4, s[6:7]\n";
  Outcome stuck = runKernel(start + spin, 128);
  EXPECT_NE(stuck.error.find("the wave spins forever"), std::string::npos)
      << stuck.all();
  EXPECT_NE(stuck.error.find("s_cbranch_scc1"), std::string::npos);
  expectSilence(runKernel(start + add + spin, 128));
  // A long loop that counts is no spin.
  expectSilence(runKernel("s_mov_b32 s20, 0x40000\n1:\n s_sub_u32 s20, s20, 1\n"
                          "s_cmp_lg_u32 s20, 0\n s_cbranch_scc1 1b"));
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

/// What faults on hardware fails the launch, with the checker and without.
TEST(Checker, Faults) {
  const std::string wait = "\n s_waitcnt vmcnt(0) lgkmcnt(0)\n";
  const std::string flat = "s_mov_b64 s[20:21], src_shared_base\n"
                           "v_mov_b32 v3, s21\n v_mov_b32 v4, 0\n";
  const std::string dma = "s_mov_b32 m0, s20\n"
                          "global_load_lds_dword v1, s[4:5]" +
                          wait;
  const std::string buffer = "s_mov_b32 s12, s6\n s_mov_b32 s13, s7\n"
                             "s_mov_b32 s15, 0x27000\n";
  const std::vector<Pair> pairs = {
      {"global memory", 64, "global_store_dword v1, v0, s[6:7] offset:3844",
       "memory access outside of any allocation: 4 bytes",
       "global_store_dword v1, v0, s[6:7] offset:3840"},
      {"global memory, below", 64,
       "global_load_dword v2, v1, s[4:5] offset:-4" + wait,
       "4 bytes behind the address",
       "global_load_dword v2, v1, s[4:5] offset:4" + wait},
      {"a scalar load", 64, "s_load_dwordx4 s[20:23], s[4:5], 0xff4" + wait,
       "memory access outside of any allocation: 16 bytes",
       "s_load_dwordx4 s[20:23], s[4:5], 0xff0" + wait},
      {"a scalar load at the end of the address space", 64,
       "s_mov_b64 s[20:21], -4\n s_load_dword s22, s[20:21], 0x0" + wait,
       "memory access outside of any allocation: 4 bytes at 0xfffffffffffffffc",
       "s_load_dword s22, s[4:5], 0x0" + wait},
      {"a descriptor larger than its array", 64,
       buffer + "s_movk_i32 s14, 0x2000\n"
                "v_lshlrev_b32 v2, 5, v0\n v_add_u32 v2, 0x1000, v2\n"
                "buffer_store_dword v0, v2, s[12:15], 0 offen",
       "memory access outside of any allocation",
       buffer + "s_movk_i32 s14, 0x1000\n"
                "v_lshlrev_b32 v2, 5, v0\n v_add_u32 v2, 0x1000, v2\n"
                "buffer_store_dword v0, v2, s[12:15], 0 offen"},
      {"an unaligned atomic", 64,
       "v_add_u32 v2, 2, v1\n global_atomic_add v2, v0, s[6:7]",
       "unaligned atomic",
       "v_add_u32 v2, 4, v1\n global_atomic_add v1, v0, s[6:7]"},
      {"LDS", 64, "v_add_u32 v2, 0xf04, v1\n ds_write_b32 v2, v0",
       "LDS access outside of the workgroup's LDS: 4 bytes at LDS address 4096 "
       "of 4096",
       "v_add_u32 v2, 0xf00, v1\n ds_write_b32 v2, v0"},
      {"two addresses in LDS", 64,
       "ds_write2st64_b32 v1, v0, v0 offset0:1 offset1:16",
       "LDS access outside of the workgroup's LDS",
       "ds_write2st64_b32 v1, v0, v0 offset0:1 offset1:15"},
      {"an atomic on LDS", 64,
       "v_lshlrev_b32 v2, 6, v0\n ds_add_u32 v2, v0 offset:68",
       "LDS access outside of the workgroup's LDS",
       "v_lshlrev_b32 v2, 6, v0\n ds_write_b32 v2, v0 offset:32" + wait +
           "ds_add_u32 v2, v0 offset:32"},
      {"LDS through the flat aperture", 64,
       flat + "v_add_u32 v2, 0xf04, v1\n flat_store_dword v[2:3], v0",
       "flat access outside of the workgroup's LDS",
       flat + "v_add_u32 v2, 0xf00, v1\n flat_store_dword v[2:3], v0"},
      {"LDS DMA", 64, "s_movk_i32 s20, 0xf04\n" + dma,
       "LDS access outside of the workgroup's LDS",
       "s_movk_i32 s20, 0xf00\n" + dma},
      {"LDS DMA below LDS", 64,
       "v_add_u32 v2, 8, v1\n s_mov_b32 m0, 0\n"
       "global_load_lds_dword v2, s[4:5] offset:-4" +
           wait,
       "LDS access outside of the workgroup's LDS",
       "v_add_u32 v2, 8, v1\n s_mov_b32 m0, 4\n"
       "global_load_lds_dword v2, s[4:5] offset:-4" +
           wait},
      {"a jump", 64, "s_mov_b64 s[20:21], 0x100\n s_setpc_b64 s[20:21]",
       "jump to an address that holds no decoded instruction",
       "s_getpc_b64 s[20:21]\n s_add_u32 s20, s20, 8\n s_nop 0"},
      {"a trap", 64, "s_trap 2", "the kernel trapped", "s_nop 0"},
  };
  for (const Pair &pair : pairs) {
    SCOPED_TRACE(pair.name);
    for (CheckMode mode : {CheckMode::Off, CheckMode::Report}) {
      LaunchConfig config;
      config.check = mode;
      Outcome broken = runKernel(pair.broken, pair.lanes, config);
      EXPECT_NE(broken.error.find(pair.report), std::string::npos)
          << broken.all();
      expectSilence(runKernel(pair.mended, pair.lanes, config));
    }
  }
}

TEST(Checker, PrivateMemory) {
  auto object = compileOpenCL("kernel void k(global int *out, int n) {\n"
                              "  volatile int mine[16];\n"
                              "  for (int i = 0; i < 16; ++i) mine[i] = i;\n"
                              "  out[__builtin_amdgcn_workitem_id_x()] = "
                              "mine[n];\n"
                              "}\n");
  Gpu gpu(object.get());
  ASSERT_TRUE(gpu.ok()) << gpu.loadError;
  auto *out = gpu.zeros<int>(64, "out");
  LaunchConfig config{{1, 1, 1}, {64, 1, 1}};
  EXPECT_EQ(gpu.run(config, out, 15), "");
  EXPECT_EQ(out[63], 15);
  EXPECT_NE(gpu.run(config, out, 5000)
                .find("scratch access outside of the lane's private memory"),
            std::string::npos);
}

TEST(Checker, RunawayLoops) {
  const std::string loop = "s_mov_b32 s20, 1000\n1:\n s_sub_u32 s20, s20, 1\n"
                           "s_cmp_lg_u32 s20, 0\n s_cbranch_scc1 1b";
  LaunchConfig config;
  config.instructionBudget = 2000;
  EXPECT_NE(runKernel(loop, 64, config)
                .error.find("the wave does not end within its instruction "
                            "budget"),
            std::string::npos);
  config.instructionBudget = 5000;
  expectSilence(runKernel(loop, 64, config));
}

/// Static and dynamic LDS together must fit the chip.
TEST(Checker, LdsOfTheChip) {
  for (auto [chip, most] : {std::pair<const char *, uint32_t>{"gfx942", 65536},
                            {"gfx950", 163840}}) {
    auto object = assemble("s_nop 0", chip);
    Gpu gpu(object.get(), chip);
    ASSERT_TRUE(gpu.ok()) << gpu.loadError;
    LaunchConfig config{{1, 1, 1}, {64, 1, 1}};
    config.dynamicLdsBytes = most - 4096;
    EXPECT_EQ(gpu.run(config, uint64_t(0)), "");
    config.dynamicLdsBytes += 1;
    EXPECT_NE(gpu.run(config, uint64_t(0))
                  .find("expected at most " + std::to_string(most) +
                        " bytes of LDS, got " + std::to_string(most + 1)),
              std::string::npos);
  }
}

/// A vector of three is stored as one of four; a hole is no padding.
TEST(Checker, PaddingOfStores) {
  const std::string define = "v_mov_b32 v4, 1\n v_mov_b32 v5, 1\n";
  const std::string address = "v_lshlrev_b32 v1, 4, v0\n";
  const std::string store = "global_store_dwordx4 v1, v[4:7], s[6:7]\n";
  expectSilence(runKernel(address + define + "v_mov_b32 v6, 1\n" + store));
  expectReport(runKernel(address + define + "v_mov_b32 v7, 1\n" + store),
               "an undefined value is stored");
  expectReport(runKernel(address + store), "an undefined value is stored");
  // What is stored as padding is undefined memory.
  expectReport(runKernel(address + define + R"(
  global_store_dwordx4 v1, v[4:7], s[8:9]
  global_load_dword v2, v1, s[8:9] offset:12
  s_waitcnt vmcnt(0)
  global_store_dword v1, v2, s[6:7]
)"),
               "it was read from global memory that was never written");
}

TEST(Checker, FreedMemory) {
  auto object = assemble(R"(
  s_load_dwordx2 s[4:5], s[0:1], 0
  v_lshlrev_b32 v1, 2, v0
  s_waitcnt lgkmcnt(0)
  global_store_dword v1, v1, s[4:5]
)");
  Gpu gpu(object.get());
  auto *kept = gpu.zeros<uint32_t>(64, "kept");
  auto *freed = gpu.zeros<uint32_t>(64, "freed");
  LaunchConfig config{{1, 1, 1}, {64, 1, 1}};
  gpu.device->memory().free(freed);
  auto *later = gpu.zeros<uint32_t>(64, "later"); // takes another place
  std::string error = gpu.run(config, freed);
  EXPECT_NE(error.find("outside of any allocation"), std::string::npos);
  EXPECT_NE(error.find("inside `freed`, which has been freed"),
            std::string::npos)
      << error;
  EXPECT_EQ(gpu.run(config, kept), "");
  EXPECT_EQ(gpu.run(config, later), "");
  // Far beyond the end is the red zone, not the next allocation.
  EXPECT_NE(gpu.run(config, kept + 15 * 1024).find("outside of any allocation"),
            std::string::npos);
}

//===----------------------------------------------------------------------===//
// Modes, seeds, lines
//===----------------------------------------------------------------------===//

TEST(Checker, Modes) {
  const std::string body = "global_store_dword v1, v2, s[6:7]\n";
  LaunchConfig config;
  config.check = CheckMode::Off;
  expectSilence(runKernel(body, 64, config));
  config.check = CheckMode::Trap;
  Outcome trapped = runKernel(body, 64, config);
  EXPECT_TRUE(trapped.reports.empty());
  EXPECT_NE(trapped.error.find("an undefined value is stored"),
            std::string::npos)
      << trapped.error;
  EXPECT_NE(trapped.error.find("workgroup (0, 0, 0), wave 0, lane 0"),
            std::string::npos);
  // Once per site, although two waves of two workgroups come by.
  config.check = CheckMode::Report;
  config.grid = {2, 1, 1};
  EXPECT_EQ(runKernel(body, 128, config).reports.size(), 1u);
}

TEST(Checker, SeedDecidesTheOrderOfWaves) {
  // Each wave adds 1 and stores what it found.
  const std::string body = R"(
  v_mov_b32 v2, 0
  v_mov_b32 v3, 1
  v_lshrrev_b32 v4, 4, v1
  s_mov_b64 s[20:21], exec
  s_mov_b64 exec, 1
  global_atomic_add v5, v2, v3, s[4:5] sc0
  s_waitcnt vmcnt(0)
  v_readfirstlane_b32 s22, v0
  s_lshr_b32 s22, s22, 4
  v_mov_b32 v6, s22
  global_store_dword v6, v5, s[6:7]
)";
  auto order = [&](uint64_t seed) {
    LaunchConfig config;
    config.seed = seed;
    Outcome run = runKernel(body, 512, config);
    EXPECT_EQ(run.all(), "");
    return std::vector<uint32_t>(run.out.begin(), run.out.begin() + 8);
  };
  std::vector<uint32_t> first = order(1);
  EXPECT_EQ(order(1), first);
  bool differs = false;
  for (uint64_t seed = 2; seed < 6; ++seed) {
    differs |= order(seed) != first;
  }
  EXPECT_TRUE(differs);
}

const char kStore[] = "kernel void k(global int *out) {\n"
                      "  int i = __builtin_amdgcn_workitem_id_x();\n"
                      "  out[i] =\n"
                      "      i;\n"
                      "}\n";

TEST(Checker, NamesTheSourceLine) {
  auto object = compileOpenCL(kStore, "-g");
  Gpu gpu(object.get());
  ASSERT_TRUE(gpu.ok()) << gpu.loadError;
  auto *out = gpu.zeros<uint32_t>(64, "out");
  std::string error = gpu.run({{1, 1, 1}, {128, 1, 1}}, out);
  EXPECT_NE(error.find("outside of any allocation"), std::string::npos);
  EXPECT_NE(error.find(".cl:3:"), std::string::npos) << error;
}

/// Sections that claim to hold 2^60 compressed bytes only cost the line.
TEST(Checker, DoesWithoutABrokenLineTable) {
  std::string bytes = compileOpenCL(kStore, "-g")->getBuffer().str();
  auto *header = reinterpret_cast<ELF::Elf64_Ehdr *>(bytes.data());
  auto *sections =
      reinterpret_cast<ELF::Elf64_Shdr *>(bytes.data() + header->e_shoff);
  for (unsigned n = 0; n < header->e_shnum; ++n) {
    ELF::Elf64_Shdr &section = sections[n];
    if (section.sh_type == ELF::SHT_PROGBITS && section.sh_addr == 0 &&
        section.sh_size >= sizeof(ELF::Elf64_Chdr)) {
      section.sh_flags |= ELF::SHF_COMPRESSED;
      ELF::Elf64_Chdr claim{ELF::ELFCOMPRESS_ZLIB, 0, 1ull << 60, 1};
      memcpy(bytes.data() + section.sh_offset, &claim, sizeof(claim));
    }
  }
  auto changed = MemoryBuffer::getMemBufferCopy(bytes);
  Gpu gpu(changed.get());
  ASSERT_TRUE(gpu.ok()) << gpu.loadError;
  auto *out = gpu.zeros<uint32_t>(64, "out");
  std::string error = gpu.run({{1, 1, 1}, {128, 1, 1}}, out);
  EXPECT_NE(error.find("outside of any allocation"), std::string::npos);
  EXPECT_EQ(error.find(".cl:"), std::string::npos) << error;
}

} // namespace
