//===- ReportTest.cpp - occupancy, figures, baselines, limits -------------===//

#include "Report/KernelReport.h"
#include "gtest/gtest.h"

using namespace llvm;
using namespace moesaic;
using namespace moesaic::report;

static KernelResources makeKernel(unsigned vgprs, unsigned agprs, unsigned lds,
                                  unsigned lanes) {
  KernelResources kernel;
  kernel.name = "k";
  kernel.vgprs = vgprs;
  kernel.agprs = agprs;
  kernel.sgprs = 32;
  kernel.ldsBytes = lds;
  kernel.workgroupSize = lanes;
  return kernel;
}

static Occupancy occupancy(StringRef chip, unsigned vgprs, unsigned agprs,
                           unsigned lds, unsigned lanes) {
  return computeOccupancy(*findChip(chip),
                          makeKernel(vgprs, agprs, lds, lanes));
}

TEST(Occupancy, NamesTheLimiter) {
  // 512 registers of 64 lanes: 128 for each of four waves.
  Occupancy registers = occupancy("gfx942", 128, 0, 0, 256);
  EXPECT_EQ(registers.wavesPerSimd, 4);
  EXPECT_EQ(registers.limiter, "VGPRs");
  EXPECT_EQ(occupancy("gfx942", 129, 0, 0, 256).wavesPerSimd, 3);
  // AGPRs come out of the same 512.
  EXPECT_EQ(occupancy("gfx942", 128, 128, 0, 256).wavesPerSimd, 2);
  Occupancy lds = occupancy("gfx942", 64, 0, 40000, 256);
  EXPECT_EQ(lds.workgroupsPerCu, 1);
  EXPECT_EQ(lds.wavesPerSimd, 1);
  EXPECT_EQ(lds.limiter, "LDS");
  EXPECT_EQ(occupancy("gfx950", 64, 0, 40000, 256).workgroupsPerCu, 4);
  EXPECT_EQ(occupancy("gfx942", 8, 0, 0, 256).limiter, "wave slots");
}

TEST(Occupancy, KnowsWavesOfThirtyTwo) {
  // 1536 registers in granules of 24: 96 for 16 waves, 120 for 12.
  EXPECT_EQ(occupancy("gfx1100", 96, 0, 0, 128).wavesPerSimd, 16);
  EXPECT_EQ(occupancy("gfx1100", 97, 0, 0, 128).wavesPerSimd, 12);
  // Two compute units share 128 KiB: three workgroups of 40 KiB.
  EXPECT_EQ(occupancy("gfx1100", 64, 0, 40960, 128).wavesPerSimd, 3);
}

TEST(AccessBytes, ReadsMnemonics) {
  EXPECT_EQ(accessBytes("buffer_load_dwordx4"), 16u);
  EXPECT_EQ(accessBytes("global_load_b96"), 12u);
  EXPECT_EQ(accessBytes("ds_read_b128"), 16u);
  EXPECT_EQ(accessBytes("ds_read2_b64"), 16u);
  EXPECT_EQ(accessBytes("ds_load_2addr_stride64_b32"), 8u);
  EXPECT_EQ(accessBytes("ds_read_u16_d16_hi"), 2u);
  EXPECT_EQ(accessBytes("buffer_store_short"), 2u);
  EXPECT_EQ(accessBytes("global_load_sbyte"), 1u);
  EXPECT_EQ(accessBytes("v_add_u32"), 0u);
}

static KernelReport makeReport(unsigned vgprs) {
  KernelReport report;
  report.chip = findChip("gfx942");
  report.resources = makeKernel(vgprs, 0, 0, 256);
  report.occupancy = computeOccupancy(*report.chip, report.resources);
  return report;
}

static std::string compareText(const KernelReport &before,
                               const KernelReport &now) {
  std::string json;
  raw_string_ostream(json) << toJson(before);
  return cantFail(compare(now, json));
}

TEST(LoadsLeft, ReadsWaits) {
  EXPECT_EQ(loadsLeft("s_waitcnt vmcnt(17)"), 17u);
  EXPECT_EQ(loadsLeft("s_waitcnt vmcnt(9) lgkmcnt(3)"), 9u);
  EXPECT_EQ(loadsLeft("s_waitcnt lgkmcnt(0)"), std::nullopt);
  EXPECT_EQ(loadsLeft("s_wait_loadcnt 0x6"), 6u);
  EXPECT_EQ(loadsLeft("s_wait_loadcnt_dscnt 0x402"), 4u);
  EXPECT_EQ(loadsLeft("s_wait_dscnt 0x2"), std::nullopt);
}

TEST(Compare, SaysWhatChanged) {
  EXPECT_EQ(compareText(makeReport(100), makeReport(100)), "");
  EXPECT_EQ(compareText(makeReport(128), makeReport(160)),
            "k on gfx942: vgprs 128 -> 160 (worse)\n"
            "k on gfx942: waves_per_simd 4 -> 3 (worse)\n");
  EXPECT_EQ(compareText(makeReport(128), makeReport(120)),
            "k on gfx942: vgprs 128 -> 120 (better)\n");
  KernelReport other = makeReport(1);
  other.resources.name = "other";
  EXPECT_EQ(compareText(makeReport(1), other),
            "other on gfx942: not in the baseline\n"
            "k on gfx942: only in the baseline\n");
}

TEST(Compare, RefusesOtherFiles) {
  for (StringRef text :
       {"", "[1", "{}", "[]", R"({"version":2,"kernels":[]})"}) {
    Expected<std::string> result = compare({}, text);
    EXPECT_FALSE(bool(result)) << text.str();
    consumeError(result.takeError());
  }
}

TEST(Limits, BoundBothDirections) {
  KernelReport report = makeReport(160);
  Limit registers = cantFail(parseLimit("vgprs=159"));
  Limit waves = cantFail(parseLimit("waves_per_simd=4"));
  EXPECT_EQ(checkLimits(report, {registers, waves}).size(), 2u);
  EXPECT_EQ(checkLimits(report, registers)[0],
            "k on gfx942: vgprs is 160, the limit 159");
  EXPECT_TRUE(checkLimits(report, cantFail(parseLimit("vgprs=160"))).empty());
  for (StringRef text : {"vgprs", "vgprs=", "vgprs=x", "registers=1"}) {
    Expected<Limit> limit = parseLimit(text);
    EXPECT_FALSE(bool(limit)) << text.str();
    consumeError(limit.takeError());
  }
}
