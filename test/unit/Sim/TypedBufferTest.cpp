//===- TypedBufferTest.cpp - buffer formats, from their names -------------===//

#include "OpHarness.h"
#include <cmath>
#include <sstream>

using namespace moesaic::sim;
using namespace moesaic::sim::test;

namespace {

const char *const kData[] = {
    "8",        "16",          "8_8",        "32",         "16_16",
    "10_11_11", "11_11_10",    "10_10_10_2", "2_10_10_10", "8_8_8_8",
    "32_32",    "16_16_16_16", "32_32_32",   "32_32_32_32"};
const char *const kNumbers[] = {"UNORM", "SNORM", "USCALED", "SSCALED",
                                "UINT",  "SINT",  "",        "FLOAT"};

/// The widths of the components, the first one first.
std::vector<int> widthsOf(const std::string &name) {
  std::vector<int> widths;
  std::stringstream parts(name);
  for (std::string part; std::getline(parts, part, '_');) {
    widths.insert(widths.begin(), std::stoi(part));
  }
  return widths;
}

/// A float of five bits of exponent without a sign.
double smallFloat(u32 raw, int mantissa) {
  int e = int(raw >> mantissa);
  double m = std::ldexp(double(raw & ((1u << mantissa) - 1)), -mantissa);
  return e == 31  ? (m == 0 ? INFINITY : NAN)
         : e == 0 ? std::ldexp(m, -14)
                  : std::ldexp(1 + m, e - 15);
}

double asSigned(u32 raw, int width) {
  double value = raw;
  return raw >> (width - 1) & 1 ? value - std::ldexp(1.0, width) : value;
}

/// What a load makes of a field.
u32 loaded(u32 raw, int width, const std::string &number) {
  double full = std::ldexp(1.0, width);
  if (number == "UNORM") {
    return fbits(float(raw / (full - 1)));
  }
  if (number == "SNORM") {
    return fbits(float(std::fmax(asSigned(raw, width) / (full / 2 - 1), -1)));
  }
  if (number == "USCALED") {
    return fbits(float(raw));
  }
  if (number == "SSCALED") {
    return fbits(float(asSigned(raw, width)));
  }
  if (number == "SINT") {
    return u32(i64(asSigned(raw, width)));
  }
  if (number == "FLOAT") {
    return width == 32   ? raw
           : width == 16 ? fbits(In::half(u16(raw)))
                         : fbits(float(smallFloat(raw, width - 5)));
  }
  return raw;
}

/// What a store makes of a register, but for floats.
u32 stored(u32 word, int width, const std::string &number) {
  double full = std::ldexp(1.0, width), x = as<float>(word);
  auto limit = [](double v, double low, double high) {
    return std::isnan(v) ? 0 : v < low ? low : v > high ? high : v;
  };
  u32 mask = width == 32 ? ~0u : u32(full) - 1;
  if (number == "UNORM") {
    return u32(std::rint(limit(x, 0, 1) * (full - 1)));
  }
  if (number == "SNORM") {
    return u32(i32(std::rint(limit(x, -1, 1) * (full / 2 - 1)))) & mask;
  }
  if (number == "USCALED") {
    return u32(limit(x, 0, full - 1));
  }
  if (number == "SSCALED") {
    return u32(i32(limit(x, -full / 2, full / 2 - 1))) & mask;
  }
  if (number == "SINT") {
    return u32(i64(limit(i32(word), -full / 2, full / 2 - 1))) & mask;
  }
  return word > mask ? mask : word;
}

bool isRdnaChip(const std::string &chip) { return chip.rfind("gfx1", 0) == 0; }

/// The assembler's name of a format, or nothing where the chip has none.
std::string nameOf(const std::string &chip, const char *data,
                   const std::string &number) {
  if (!isRdnaChip(chip)) {
    return std::string(" format:[BUF_DATA_FORMAT_") + data +
           ",BUF_NUM_FORMAT_" + number + "]";
  }
  std::string name = data;
  bool wide = name.find("32") == 0,
       tiny = name == "10_11_11" || name == "11_11_10";
  bool isInteger = number == "UINT" || number == "SINT";
  bool exists = tiny   ? number == "FLOAT"
                : wide ? isInteger || number == "FLOAT"
                : name == "10_10_10_2"
                    ? number.find("SCALED") == number.npos && number != "FLOAT"
                : number == "FLOAT" ? name.find("16") == 0
                                    : true;
  return exists ? " format:[BUF_FMT_" + name + "_" + number + "]" : "";
}

std::string prologue(const std::string &chip) {
  return isRdnaChip(chip)
             ? std::string("  s_load_b128 s[4:7], s[0:1], 0\n") +
                   (chip == "gfx1100" ? "  s_waitcnt lgkmcnt(0)\n"
                                      : "  s_wait_kmcnt 0\n")
             : "  s_load_dwordx4 s[4:7], s[0:1], 0\n  s_waitcnt lgkmcnt(0)\n";
}

/// s[8:11] describes `bytes` at s[4:5], s[12:15] those at s[6:7].
std::string descriptors(const std::string &chip, u32 lastWord) {
  const u32 raw = isRdnaChip(chip) ? 3u << 28 : 0; // bytes are counted
  std::string text;
  for (unsigned which = 0; which < 2; ++which) {
    std::string to = std::to_string(8 + 4 * which);
    text += "  s_mov_b32 s" + to + ", s" + std::to_string(4 + 2 * which) +
            "\n  s_and_b32 s" + std::to_string(9 + 4 * which) + ", s" +
            std::to_string(5 + 2 * which) + ", 0xffff\n  s_mov_b32 s" +
            std::to_string(10 + 4 * which) + ", 0x20000\n  s_mov_b32 s" +
            std::to_string(11 + 4 * which) + ", " +
            std::to_string(i64(raw | lastWord)) + "\n";
  }
  return text;
}

class Typed : public testing::TestWithParam<const char *> {};

TEST_P(Typed, LoadsAndStoresOfEveryFormat) {
  const std::string chip = GetParam();
  const unsigned lanes = 32;
  struct Case {
    const char *data, *number;
    std::vector<int> widths;
    int bits = 0;
  };
  std::vector<Case> cases;
  const bool rdna = isRdnaChip(chip);
  const std::string none = chip == "gfx1200" ? "null" : "0";
  const std::string wait =
      chip == "gfx1200" ? "  s_wait_loadcnt 0\n" : "  s_waitcnt vmcnt(0)\n";
  const std::string four = rdna ? "_b128" : "_dwordx4";
  std::string body =
      prologue(chip) + descriptors(chip, 0) + "  v_lshlrev_b32 v10, 4, v0\n";
  for (const char *data : kData) {
    for (const char *number : kNumbers) {
      Case c{data, number, widthsOf(data)};
      std::string format = *number ? nameOf(chip, data, number) : "";
      bool isFloat = !strcmp(number, "FLOAT");
      if (format.empty() || (isFloat && (c.widths[0] == 8 || c.widths[0] == 2 ||
                                         c.widths.back() == 2))) {
        continue;
      }
      for (int width : c.widths) {
        c.bits += width;
      }
      // What is loaded goes to a KiB of its own; in its second half is what
      // becomes of the raw words as registers.
      body += "  v_mul_u32_u24 v1, " + std::to_string(c.bits / 8) +
              ", v0\n  s_mov_b32 s20, " + std::to_string(1024 * cases.size()) +
              "\n  tbuffer_load_format_xyzw v[4:7], v1, s[8:11], " + none +
              format + " offen\n" + wait + "  buffer_store" + four +
              " v[4:7], v10, s[12:15], s20 offen\n  buffer_load" + four +
              " v[4:7], v10, s[8:11], " + none + " offen\n" + wait +
              "  tbuffer_store_format_xyzw v[4:7], v1, s[12:15], s20" + format +
              " offen offset:512\n";
      cases.push_back(c);
    }
  }
  auto object = assemble(body, chip, lanes);
  Gpu gpu(object.get(), chip);
  ASSERT_TRUE(gpu.ok()) << gpu.loadError;
  std::vector<u32> raw = operands32(1024, 5);
  for (unsigned n = 0; n < 128; n += 3) {
    raw[n] = fbits(float(int(n) - 60) / 40); // for normalised numbers
  }
  auto *out = gpu.zeros<u32>(256 * cases.size());
  LaunchConfig config{{1, 1, 1}, {lanes, 1, 1}};
  ASSERT_EQ(gpu.run(config, gpu.upload(raw), out), "");
  auto field = [](const u32 *words, int at, int width) {
    u64 both = words[at / 32] | u64(words[at / 32 + 1]) << 32;
    return u32(both >> (at % 32) & ((u64(1) << width) - 1));
  };
  for (unsigned k = 0; k < cases.size(); ++k) {
    const Case &format = cases[k];
    const std::string number = format.number;
    SCOPED_TRACE(chip + " " + format.data + " " + number);
    const bool isInteger = number == "UINT" || number == "SINT";
    for (unsigned lane = 0; lane < lanes; ++lane) {
      int at = int(lane) * format.bits;
      for (unsigned c = 0; c < 4; ++c) {
        u32 got = out[256 * k + 4 * lane + c];
        if (c >= format.widths.size()) {
          EXPECT_EQ(got, c < 3 ? 0u : isInteger ? 1u : fbits(1));
          continue;
        }
        const int width = format.widths[c];
        u32 want = loaded(field(raw.data(), at, width), width, number);
        bool bothNan = std::isnan(as<float>(got)) &&
                       std::isnan(as<float>(want)) && number == "FLOAT";
        EXPECT_TRUE(got == want || bothNan)
            << lane << " " << c << ": " << std::hex << got << " " << want;
        u32 now = field(out + 256 * k + 128, at, width);
        u32 source = raw[4 * lane + c];
        if (number != "FLOAT") {
          EXPECT_EQ(now, stored(source, width, number))
              << lane << " " << c << " of " << std::hex << source;
        } else if (width == 32) {
          EXPECT_EQ(now, source);
        } else if (width == 16 && !std::isnan(as<float>(source))) {
          EXPECT_EQ(now, hbits(as<float>(source)));
        }
        at += width;
      }
    }
  }
}

/// The descriptor's own format and choice of components, and halves.
TEST_P(Typed, DescriptorsFormat) {
  const std::string chip = GetParam();
  const bool rdna = isRdnaChip(chip);
  // 8_8_8_8 UNORM, as W, Z, one and X.
  const u32 choice = 7 | 6 << 3 | 1 << 6 | 4 << 9;
  const u32 format = rdna ? 42u << 12 : 10u << 15;
  const std::string none = chip == "gfx1200" ? "null" : "0";
  const std::string half = rdna ? "d16_format_" : "format_d16_";
  const std::string high = rdna ? "d16_hi_format_x" : "format_d16_hi_x";
  std::string wait =
      chip == "gfx1200" ? "  s_wait_loadcnt 0\n" : "  s_waitcnt vmcnt(0)\n";
  std::string store = rdna ? "  global_store_b128" : "  global_store_dwordx4";
  auto object =
      assemble(prologue(chip) + descriptors(chip, format | choice) +
                   "  v_lshlrev_b32 v1, 2, v0\n  v_lshlrev_b32 v10, 5, v0\n"
                   "  v_mov_b32 v22, 0\n  v_mov_b32 v23, 0\n"
                   "  buffer_load_format_xyzw v[4:7], v1, s[8:11], " +
                   none +
                   " offen\n"
                   "  buffer_load_" +
                   half + "xy v20, v1, s[8:11], " + none +
                   " offen\n"
                   "  buffer_load_" +
                   half + "x v22, v1, s[8:11], " + none +
                   " offen\n"
                   "  buffer_load_" +
                   high + " v22, v1, s[8:11], " + none + " offen\n" + wait +
                   "  v_mov_b32 v21, v22\n" + store + " v10, v[4:7], s[6:7]\n" +
                   store + " v10, v[20:23], s[6:7] offset:16\n",
               chip);
  Gpu gpu(object.get(), chip);
  ASSERT_TRUE(gpu.ok()) << gpu.loadError;
  std::vector<u32> raw = operands32(1024, 9);
  auto *out = gpu.zeros<u32>(1024);
  ASSERT_EQ(gpu.run({{1, 1, 1}, {32, 1, 1}}, gpu.upload(raw), out), "");
  for (unsigned lane = 0; lane < 32; ++lane) {
    float x = float(raw[lane] & 255) / 255,
          z = float(raw[lane] >> 16 & 255) / 255,
          w = float(raw[lane] >> 24) / 255;
    const u32 *got = out + 8 * lane;
    EXPECT_EQ(as<float>(got[0]), w);
    EXPECT_EQ(as<float>(got[1]), z);
    EXPECT_EQ(as<float>(got[2]), 1.0f);
    EXPECT_EQ(as<float>(got[3]), x);
    EXPECT_EQ(got[4], hbits(w) | hbits(z) << 16);
    EXPECT_EQ(got[5], hbits(w) | hbits(w) << 16);
  }
}

INSTANTIATE_TEST_SUITE_P(Chips, Typed,
                         testing::Values("gfx90a", "gfx942", "gfx1100",
                                         "gfx1200"));

TEST(TypedErrors, FormatThatDoesNotExist) {
  auto object = assemble(prologue("gfx942") + descriptors("gfx942", 0) +
                         "  buffer_load_format_x v4, off, s[8:11], 0\n");
  Gpu gpu(object.get());
  ASSERT_TRUE(gpu.ok()) << gpu.loadError;
  EXPECT_NE(gpu.run({{1, 1, 1}, {64, 1, 1}}, gpu.zeros<u32>(1024),
                    gpu.zeros<u32>(1024))
                .find("format does not exist"),
            std::string::npos);
}

} // namespace
