//===- LdsBanksTest.cpp - bank conflicts of LDS ---------------------------===//

#include "Sim/Semantics/LdsBanks.h"
#include "Harness.h"
#include <functional>

using namespace moesaic::sim;
using namespace moesaic::sim::test;

namespace {

constexpr uint64_t allLanes = ~0ull;

using Pattern = std::function<uint32_t(unsigned lane)>;

unsigned conflicts(const char *chip, LdsAccess access, unsigned bytes,
                   const Pattern &address, uint64_t mask = allLanes) {
  uint32_t at[kLanes];
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    at[lane] = address(lane);
  }
  return countConflicts(*findChipModel(chip), access, bytes, mask, at);
}

unsigned readConflicts(const char *chip, unsigned bytes, const Pattern &address,
                       uint64_t mask = allLanes) {
  return conflicts(chip, LdsAccess::Read, bytes, address, mask);
}

Pattern strided(unsigned bytes) {
  return [bytes](unsigned lane) { return lane * bytes; };
}

/// Eight lanes have a row of 128 bytes, its pieces of 16 bytes exchanged by
/// row.
uint32_t swizzledRow(unsigned row, unsigned piece) {
  return row * 128 + (piece ^ row % 8) * 16;
}

/// Loads of `name` with lanes `stride` bytes apart, then what was counted.
LaunchStats runReads(const std::string &name, unsigned stride, bool counts) {
  auto object = assemble("  s_movk_i32 s4, " + std::to_string(stride) +
                         "\n  v_mul_lo_u32 v1, v0, s4\n  " + name +
                         ", v1\n  s_waitcnt lgkmcnt(0)\n");
  Gpu gpu(object.get());
  LaunchConfig config{{1, 1, 1}, {64, 1, 1}};
  config.dynamicLdsBytes = 32768;
  config.check = CheckMode::Off;
  config.countLdsConflicts = counts;
  EXPECT_EQ(gpu.run(config), "");
  return gpu.stats;
}

} // namespace

// What MI300X's SQ_LDS_BANK_CONFLICT says, for one read ("CDNA3 MI300X LDS
// Measurements", nod-ai/amd-shark-ai).
TEST(LdsBanksTest, CountsAsMeasuredOnMI300X) {
  struct {
    const char *name;
    unsigned firstStride;
    std::vector<uint64_t> conflicts;
  } rows[] = {{"ds_read_b32 v2", 4, {0, 2, 6, 14, 30, 62, 62, 62}},
              {"ds_read_b64 v[2:3]", 8, {0, 4, 12, 28, 60, 60, 60}},
              {"ds_read_b128 v[4:7]", 16, {0, 8, 24, 56, 56, 56}}};
  for (const auto &row : rows) {
    unsigned stride = row.firstStride;
    for (uint64_t expected : row.conflicts) {
      LaunchStats stats = runReads(row.name, stride, /*counts=*/true);
      EXPECT_EQ(stats.ldsAccesses, 1u);
      EXPECT_EQ(stats.ldsConflicts, expected) << row.name << " " << stride;
      stride *= 2;
    }
  }
}

TEST(LdsBanksTest, CountsOnlyWhenAsked) {
  LaunchStats stats = runReads("ds_read_b32 v2", 128, /*counts=*/false);
  EXPECT_EQ(stats.ldsAccesses, 0u);
  EXPECT_EQ(stats.ldsConflicts, 0u);
}

TEST(LdsBanksTest, CountsAddressesThatTheResultReplaces) {
  EXPECT_EQ(runReads("ds_read_b32 v1", 8, true).ldsConflicts, 2u);
  EXPECT_EQ(runReads("ds_read_b128 v[0:3]", 32, true).ldsConflicts, 8u);
}

TEST(LdsBanksTest, CountsBothAddresses) {
  LaunchStats stats = runReads("ds_read2_b32 v[2:3]", 8, true);
  EXPECT_EQ(stats.ldsAccesses, 2u);
  EXPECT_EQ(stats.ldsConflicts, 4u);
  // 64 words further in the second access: another row of the same banks.
  stats = runReads("ds_read2st64_b32 v[2:3]", 4, true);
  EXPECT_EQ(stats.ldsAccesses, 2u);
  EXPECT_EQ(stats.ldsConflicts, 0u);
}

TEST(LdsBanksTest, StridesOfWords) {
  // Words 33 apart walk through the banks, 32 apart stay in one of 32 banks
  // and in two of 64.
  for (const char *chip : {"gfx90a", "gfx942", "gfx950"}) {
    EXPECT_EQ(readConflicts(chip, 4, strided(4)), 0u) << chip;
    EXPECT_EQ(readConflicts(chip, 4, strided(4 * 33)), 0u) << chip;
    EXPECT_EQ(conflicts(chip, LdsAccess::Write, 4, strided(4 * 32)), 62u)
        << chip;
    EXPECT_EQ(conflicts(chip, LdsAccess::Write, 4, strided(4 * 33)), 0u)
        << chip;
  }
  EXPECT_EQ(readConflicts("gfx942", 4, strided(4 * 32)), 62u);
  EXPECT_EQ(readConflicts("gfx950", 4, strided(4 * 32)), 31u);
  EXPECT_EQ(readConflicts("gfx942", 4, strided(8)), 2u);
  EXPECT_EQ(readConflicts("gfx950", 4, strided(8)), 1u);
}

TEST(LdsBanksTest, EqualWordsAreFree) {
  auto same = [](unsigned) { return 20u; };
  auto halves = [](unsigned lane) { return lane * 2; };
  for (const char *chip :
       {"gfx90a", "gfx942", "gfx950", "gfx1100", "gfx1201"}) {
    for (unsigned bytes : {1u, 2u, 4u, 8u, 16u}) {
      EXPECT_EQ(readConflicts(chip, bytes, same), 0u) << chip << " " << bytes;
    }
    EXPECT_EQ(readConflicts(chip, 2, halves), 0u) << chip;
    EXPECT_EQ(conflicts(chip, LdsAccess::Write, 2, halves), 0u) << chip;
  }
}

TEST(LdsBanksTest, InactiveLanesDoNotCount) {
  EXPECT_EQ(readConflicts("gfx942", 4, strided(128), 0), 0u);
  EXPECT_EQ(readConflicts("gfx942", 4, strided(128), 1), 0u);
  EXPECT_EQ(readConflicts("gfx942", 4, strided(128), 7), 2u);
  // The halves of a wave are served apart, on chips with 32 banks.
  EXPECT_EQ(readConflicts("gfx942", 4, strided(256), 1ull << 40 | 1), 0u);
  EXPECT_EQ(readConflicts("gfx950", 4, strided(256), 1ull << 40 | 1), 1u);
}

TEST(LdsBanksTest, SubDwordsOfManyWordsConflict) {
  EXPECT_EQ(readConflicts("gfx942", 2, strided(128)), 62u);
  // An access that is not aligned touches a word more.
  EXPECT_EQ(readConflicts(
                "gfx942", 4,
                [](unsigned lane) { return lane < 2 ? 2 + 126 * lane : 0; }, 3),
            1u);
}

/// Two lanes conflict exactly when one phase serves both.
TEST(LdsBanksTest, PhasesOfWideReads) {
  struct {
    const char *chip;
    unsigned lanes;                            ///< Of the wave.
    std::vector<std::vector<unsigned>> phases; ///< First lanes of four each.
  } rows[] = {{"gfx942", 64, {{0, 20}, {4, 16}, {8, 28}, {12, 24}}},
              {"gfx950", 64, {{0, 12, 20, 24}, {4, 8, 16, 28}}},
              {"gfx1100", 32, {{0, 20}, {4, 16}, {8, 28}, {12, 24}}},
              {"gfx1201", 32, {{0, 4}, {8, 12}, {16, 20}, {24, 28}}}};
  for (const auto &row : rows) {
    auto phaseOf = [&](unsigned lane) {
      for (unsigned n = 0; n < row.phases.size(); ++n) {
        for (unsigned first : row.phases[n]) {
          if (lane % 32 / 4 * 4 == first) {
            return n + lane / 32 * 100;
          }
        }
      }
      return ~0u;
    };
    for (unsigned a = 0; a < row.lanes; ++a) {
      for (unsigned b = 0; b < a; ++b) {
        unsigned expected = phaseOf(a) == phaseOf(b);
        EXPECT_EQ(
            readConflicts(row.chip, 16, strided(256), 1ull << a | 1ull << b),
            expected)
            << row.chip << " lanes " << a << ", " << b;
      }
    }
  }
}

TEST(LdsBanksTest, PhasesOfWritesAreInOrder) {
  for (const char *chip : {"gfx90a", "gfx942", "gfx950"}) {
    for (unsigned bytes : {4u, 8u, 16u}) {
      unsigned lanes = 128 / bytes;
      auto pair = [&](unsigned a, unsigned b) {
        return conflicts(chip, LdsAccess::Write, bytes, strided(128),
                         1ull << a | 1ull << b);
      };
      EXPECT_EQ(pair(0, lanes - 1), 1u) << chip << " " << bytes;
      EXPECT_EQ(pair(0, lanes), 0u) << chip << " " << bytes;
      EXPECT_EQ(pair(lanes, 2 * lanes - 1), 1u) << chip << " " << bytes;
    }
  }
}

TEST(LdsBanksTest, RowsOfATile) {
  // A fragment of 16-bit elements: lanes 0 to 15 read a row each, the next 16
  // the following piece of it.
  auto plain = [](unsigned lane) { return lane % 16 * 128 + lane / 16 * 16; };
  auto swizzled = [](unsigned lane) {
    return swizzledRow(lane % 16, lane / 16);
  };
  EXPECT_EQ(readConflicts("gfx942", 16, plain), 24u);
  EXPECT_EQ(readConflicts("gfx942", 16, swizzled), 0u);
  EXPECT_EQ(readConflicts("gfx90a", 16, swizzled), 0u);
  // A phase of gfx950 has twice the rows, which are half of its banks long.
  EXPECT_EQ(readConflicts("gfx950", 16, plain), 12u);

  auto written = [](unsigned lane) { return swizzledRow(lane / 8, lane % 8); };
  for (const char *chip : {"gfx90a", "gfx942", "gfx950"}) {
    EXPECT_EQ(conflicts(chip, LdsAccess::Write, 16, written), 0u) << chip;
  }
}
