//===- CorpusLanesTest.cpp - builtins: lanes, packed, dot, media, modes ---===//

#include "Corpus.h"
#include "OpHarness.h"
#include <algorithm>
#include <cfenv>
#include <cmath>

using namespace moesaic::sim;
using namespace moesaic::sim::test;

namespace {

class Builtins : public Corpus {
protected:
  /// Runs `kernel` on `lanes` lanes; `count` results for each.
  const u32 *run(Gpu &gpu, const char *kernel, const std::vector<u32> &in,
                 unsigned count, unsigned lanes = 64) {
    gpu.kernel = kernel;
    u32 *out = gpu.zeros<u32>(64 * count, "out");
    EXPECT_EQ(gpu.run({{1, 1, 1}, {lanes, 1, 1}}, out, gpu.upload(in, "in")),
              "")
        << kernel;
    return out;
  }
};

/// Where lane `n` reads under a DPP control, from the guide's table; -1: from
/// nowhere.
int dppLane(unsigned control, int n) {
  int row = n / 16 * 16, in = n % 16;
  if (control < 0x100) {
    return n / 4 * 4 + int(control >> (2 * (n % 4)) & 3);
  }
  int by = int(control & 15);
  switch (control & 0x1f0) {
  case 0x100:
    return in + by < 16 ? n + by : -1;
  case 0x110:
    return in - by >= 0 ? n - by : -1;
  case 0x120:
    return row + (in - by + 16) % 16;
  case 0x150:
    return row + by;
  case 0x160: // RDNA's row_xmask
    return row + (in ^ by);
  }
  switch (control) {
  case 0x130:
    return n < 63 ? n + 1 : -1;
  case 0x134:
    return (n + 1) % 64;
  case 0x138:
    return n - 1;
  case 0x13c:
    return (n + 63) % 64;
  case 0x140:
    return row + 15 - in;
  case 0x141:
    return n / 8 * 8 + 7 - n % 8;
  case 0x142:
    return row - 1;
  default: // 0x143: lane 31 to the upper half
    return n < 32 ? -1 : 31;
  }
}

/// RDNA has no shifts of whole waves and no broadcasts to the next row.
bool hasControl(unsigned control, bool rdna) {
  bool ofWaves = control >= 0x130 && control < 0x140;
  bool broadcasts = control == 0x142 || control == 0x143;
  bool exchanges = control >= 0x160;
  return rdna ? !ofWaves && !broadcasts : !exchanges;
}

constexpr unsigned kDppControls[] = {
    0xb1,  0x1b,  0x00,  0xe4,  0x101, 0x10f, 0x111, 0x112, 0x118,
    0x121, 0x127, 0x12f, 0x130, 0x134, 0x138, 0x13c, 0x140, 0x141,
    0x142, 0x143, 0x150, 0x155, 0x15f, 0x161, 0x16f};

TEST_P(Builtins, DataParallelPrimitives) {
  // Four variants of each: plain, masks of rows and banks, bound_ctrl.
  std::string source = "kernel void k(global uint *out, global const uint *in) "
                       "{\n uint i = __builtin_amdgcn_workitem_id_x();\n"
                       " uint x = in[i], old = 7777 + i, n = 0;\n"
                       " global uint *o = out + 4 * COUNT * i;\n";
  std::vector<unsigned> controls;
  for (unsigned control : kDppControls) {
    if (!hasControl(control, isRdna())) {
      continue;
    }
    controls.push_back(control);
    for (const char *rest :
         {"15, 15, false", "5, 15, false", "15, 10, true", "15, 15, true"}) {
      source += " o[n++] = __builtin_amdgcn_update_dpp(old, x, " +
                std::to_string(control) + ", " + rest + ");\n";
    }
  }
  const unsigned count = unsigned(controls.size());
  Gpu &gpu = compiled(source + "}\n", {"-DCOUNT=" + std::to_string(count)});
  ASSERT_TRUE(gpu.ok()) << gpu.loadError;
  std::vector<u32> in = operands32(64, 31);
  const u32 *out = run(gpu, "k", in, 4 * count);
  struct Masks {
    unsigned rows, banks;
    bool bound;
  };
  const Masks masks[4] = {
      {15, 15, false}, {5, 15, false}, {15, 10, true}, {15, 15, true}};
  for (unsigned lane = 0; lane < 64; ++lane) {
    for (unsigned n = 0; n < count; ++n) {
      int from = dppLane(controls[n], int(lane));
      for (unsigned m = 0; m < 4; ++m) {
        unsigned inWave = lane % (isRdna() ? 32 : 64);
        bool enabled = (masks[m].rows >> (inWave / 16) & 1) &&
                       (masks[m].banks >> (lane / 4 % 4) & 1);
        u32 want = !enabled         ? 7777 + lane
                   : from >= 0      ? in[from]
                   : masks[m].bound ? 0
                                    : 7777 + lane;
        EXPECT_EQ(out[4 * count * lane + 4 * n + m], want)
            << std::hex << "control " << controls[n] << " variant " << m
            << " lane " << lane;
      }
    }
  }
}

TEST_P(Builtins, ExchangesBetweenLanes) {
  Gpu &gpu = compiled(R"(
    kernel void k(global uint *out, global const uint *in) {
      uint i = __builtin_amdgcn_workitem_id_x(), x = in[i], n = 0;
      global uint *o = out + 16 * i;
      ulong odd = __builtin_amdgcn_ballot_w64(x & 1);
      o[n++] = (uint)odd;
      o[n++] = (uint)(odd >> 32);
      o[n++] = __builtin_amdgcn_mbcnt_hi((uint)(odd >> 32), __builtin_amdgcn_mbcnt_lo((uint)odd, 5));
      o[n++] = __builtin_amdgcn_readlane(x, 17);
      o[n++] = __builtin_amdgcn_readfirstlane(x);
      o[n++] = __builtin_amdgcn_ds_bpermute((i * 7 + 3) * 4, x);
      o[n++] = __builtin_amdgcn_ds_permute((i * 5 + 1) * 4, x);
      o[n++] = __builtin_amdgcn_ds_swizzle(x, 0x801f); // quad broadcast of 3, 3, 1, 0
      o[n++] = __builtin_amdgcn_ds_swizzle(x, 0x041f); // lane ^ 1
      o[n++] = __builtin_amdgcn_ds_swizzle(x, 0x7c1f); // lane ^ 31
      // Half of the lanes are off: readfirstlane takes the first that is on,
      // and bpermute reads nothing from the others.
      uint first = 0, pulled = 0;
      if (i & 1) {
        first = __builtin_amdgcn_readfirstlane(x);
        pulled = __builtin_amdgcn_ds_bpermute((i ^ 3) * 4, x) +
                 __builtin_amdgcn_ds_bpermute((i ^ 1) * 4, x);
      }
      o[n++] = first;
      o[n++] = pulled;
    })");
  ASSERT_TRUE(gpu.ok()) << gpu.loadError;
  std::vector<u32> in = operands32(64, 32);
  const unsigned lanes = isRdna() ? 32 : 64;
  const u32 *out = run(gpu, "k", in, 16, lanes);
  u64 odd = 0;
  u32 pushed[64] = {};
  for (unsigned i = 0; i < lanes; ++i) {
    odd |= u64(in[i] & 1) << i;
    pushed[(i * 5 + 1) % lanes] = in[i];
  }
  for (unsigned i = 0; i < lanes; ++i) {
    const u32 *o = out + 16 * i;
    unsigned below = 0;
    for (unsigned n = 0; n < i; ++n) {
      below += in[n] & 1;
    }
    static const unsigned quad[4] = {3, 3, 1, 0};
    EXPECT_EQ(o[0], u32(odd));
    EXPECT_EQ(o[1], u32(odd >> 32));
    EXPECT_EQ(o[2], below + 5) << i;
    EXPECT_EQ(o[3], in[17]);
    EXPECT_EQ(o[4], in[0]);
    EXPECT_EQ(o[5], in[(i * 7 + 3) % lanes]);
    EXPECT_EQ(o[6], pushed[i]);
    EXPECT_EQ(o[7], in[i / 4 * 4 + quad[i % 4]]);
    EXPECT_EQ(o[8], in[i ^ 1]);
    EXPECT_EQ(o[9], in[i ^ 31]);
    EXPECT_EQ(o[10], i % 2 ? in[1] : 0);
    EXPECT_EQ(o[11], 0u);
  }
}

/// Bytes and halves of a word.
u32 byteOf(u32 x, unsigned n) { return x >> (8 * n) & 255; }
i32 halfOf(u32 x, unsigned n) { return i16(x >> (16 * n)); }
i32 nibbleOf(u32 x, unsigned n) { return i32(x << (28 - 4 * n)) >> 28; }

/// What only RDNA has: lanes of rows by selectors, of groups of eight.
TEST_P(Builtins, ExchangesOfRdna) {
  if (!isRdna()) {
    return;
  }
  Gpu &gpu =
      compiled(R"(
    kernel void k(global uint *out, global const uint *in) {
      uint i = __builtin_amdgcn_workitem_id_x(), x = in[i], n = 0;
      global uint *o = out + 8 * i;
      o[n++] = __builtin_amdgcn_permlane16(i, x, 0x76543210, 0xfedc89ab, false, false);
      o[n++] = __builtin_amdgcn_permlanex16(i, x, 0x01234567, 0xfedcba98, false, false);
      o[n++] = __builtin_amdgcn_mov_dpp8(x, 0x53977); // 7 6 5 4 3 2 1 0 read 0 0 1 2 3 4 5 7
    #ifdef GFX12
      o[n++] = __builtin_amdgcn_permlane16_var(i, x, i * 3, false, false);
      o[n++] = __builtin_amdgcn_permlanex16_var(i, x, i * 5 + 1, false, false);
    #endif
    })",
               chip() == "gfx1100" ? std::vector<std::string>()
                                   : std::vector<std::string>{"-DGFX12"});
  ASSERT_TRUE(gpu.ok()) << gpu.loadError;
  std::vector<u32> in = operands32(64, 39);
  const u32 *out = run(gpu, "k", in, 8, 32);
  const u64 straight = 0xfedc89ab76543210, crossed = 0xfedcba9801234567;
  for (unsigned i = 0; i < 32; ++i) {
    const unsigned row = i / 16 * 16, place = i % 16;
    const u32 *o = out + 8 * i;
    EXPECT_EQ(o[0], in[row + (straight >> (4 * place) & 15)]) << i;
    EXPECT_EQ(o[1], in[(row ^ 16) + (crossed >> (4 * place) & 15)]) << i;
    EXPECT_EQ(o[2], in[i / 8 * 8 + (0x53977 >> (3 * (i % 8)) & 7)]) << i;
    if (chip() != "gfx1100") {
      EXPECT_EQ(o[3], in[row + i * 3 % 16]) << i;
      EXPECT_EQ(o[4], in[(row ^ 16) + (i * 5 + 1) % 16]) << i;
    }
  }
}

TEST_P(Builtins, PackedDotAndMedia) {
  Gpu &gpu = compiled(R"(
    #pragma OPENCL EXTENSION cl_khr_fp16 : enable
    typedef half h2 __attribute__((ext_vector_type(2)));
    typedef short s2 __attribute__((ext_vector_type(2)));
    typedef ushort us2 __attribute__((ext_vector_type(2)));
    kernel void k(global uint *out, global const uint *in) {
      uint i = __builtin_amdgcn_workitem_id_x(), n = 0;
      uint a = in[3 * i], b = in[3 * i + 1], c = in[3 * i + 2];
      global uint *o = out + 40 * i;
      s2 as = __builtin_astype(a, s2), bs = __builtin_astype(b, s2), cs = __builtin_astype(c, s2);
      us2 au = __builtin_astype(a, us2), bu = __builtin_astype(b, us2);
      o[n++] = __builtin_astype(as + bs, uint);
      o[n++] = __builtin_astype(as - bs, uint);
      o[n++] = __builtin_astype(as * bs + cs, uint);
      o[n++] = __builtin_astype(as < bs ? as : bs, uint);
      o[n++] = __builtin_astype(au > bu ? au : bu, uint);
      o[n++] = __builtin_astype(as << (bs & (s2)15), uint);
      o[n++] = __builtin_astype(as >> (bs & (s2)15), uint);
      o[n++] = __builtin_astype(au >> (bu & (us2)15), uint);
      o[n++] = __builtin_astype(as.yx + bs, uint);
    #ifdef RDNA // Products of two are gone; signs are operands.
      o[n++] = as.x * bs.x + (uint)(as.y * bs.y) + c;
      o[n++] = (uint)au.x * bu.x + (uint)au.y * bu.y + c;
      o[n++] = __builtin_amdgcn_sudot4(true, a, true, b, c, false);
      o[n++] = __builtin_amdgcn_udot4(a, b, c, false);
      o[n++] = __builtin_amdgcn_sudot8(true, a, true, b, c, false);
    #else
      o[n++] = __builtin_amdgcn_sdot2(as, bs, c, false);
      o[n++] = __builtin_amdgcn_udot2(au, bu, c, false);
      o[n++] = __builtin_amdgcn_sdot4(a, b, c, false);
      o[n++] = __builtin_amdgcn_udot4(a, b, c, false);
      o[n++] = __builtin_amdgcn_sdot8(a, b, c, false);
    #endif
      o[n++] = __builtin_amdgcn_udot8(a, b, c, false);
      o[n++] = __builtin_amdgcn_perm(a, b, c & 0x0f0f0f0f);
      o[n++] = __builtin_amdgcn_alignbit(a, b, c);
      o[n++] = __builtin_amdgcn_alignbyte(a, b, c);
      o[n++] = __builtin_amdgcn_sad_u8(a, b, c);
      o[n++] = __builtin_amdgcn_msad_u8(a, b & 0xff00ffff, c);
      o[n++] = __builtin_amdgcn_sad_hi_u8(a, b, c);
      o[n++] = __builtin_amdgcn_sad_u16(a, b, c);
      o[n++] = __builtin_amdgcn_lerp(a, b, c);
      o[n++] = __builtin_amdgcn_ubfe(a, b & 31, c & 31);
      o[n++] = __builtin_amdgcn_sbfe(a, b & 31, c & 31);
      o[n++] = __builtin_astype(__builtin_amdgcn_cvt_pk_u16(a, b), uint);
      o[n++] = __builtin_astype(__builtin_amdgcn_cvt_pk_i16(a, b), uint);
      ulong q = __builtin_amdgcn_qsad_pk_u16_u8((ulong)b << 32 | a, c, (ulong)a << 32 | b);
      o[n++] = (uint)q;
      o[n++] = (uint)(q >> 32);
      q = __builtin_amdgcn_mqsad_pk_u16_u8((ulong)b << 32 | a, c & 0xffff00ff, (ulong)a << 32 | b);
      o[n++] = (uint)q;
      o[n++] = (uint)(q >> 32);
      typedef uint u4 __attribute__((ext_vector_type(4)));
      u4 wide = __builtin_amdgcn_mqsad_u32_u8((ulong)b << 32 | a, c, (u4)(a, b, c, i));
      o[n++] = wide.x;
      o[n++] = wide.y;
      o[n++] = wide.z;
      o[n++] = wide.w;
    })",
                      isRdna() ? std::vector<std::string>{"-DRDNA"}
                               : std::vector<std::string>());
  ASSERT_TRUE(gpu.ok()) << gpu.loadError;
  std::vector<u32> in = operands32(192, 33);
  const u32 *out = run(gpu, "k", in, 40);
  for (unsigned i = 0; i < 64; ++i) {
    u32 a = in[3 * i], b = in[3 * i + 1], c = in[3 * i + 2];
    auto halves = [&](auto f) {
      return u32(u16(f(halfOf(a, 0), halfOf(b, 0), halfOf(c, 0)))) |
             u32(u16(f(halfOf(a, 1), halfOf(b, 1), halfOf(c, 1)))) << 16;
    };
    auto sad = [](u32 x, u32 y, u32 sum, bool masked) {
      for (unsigned n = 0; n < 4; ++n) {
        i32 d = i32(byteOf(x, n)) - i32(byteOf(y, n));
        sum += masked && byteOf(y, n) == 0 ? 0 : u32(std::abs(d));
      }
      return sum;
    };
    u32 sdot2 = c, udot2 = c, sdot4 = c, udot4 = c, sdot8 = c, udot8 = c;
    for (unsigned n = 0; n < 2; ++n) {
      sdot2 += u32(halfOf(a, n)) * u32(halfOf(b, n));
      udot2 += u32(u16(halfOf(a, n))) * u32(u16(halfOf(b, n)));
    }
    u32 permuted = 0, lerped = 0;
    for (unsigned n = 0; n < 4; ++n) {
      sdot4 += u32(i32(int8_t(byteOf(a, n))) * int8_t(byteOf(b, n)));
      udot4 += byteOf(a, n) * byteOf(b, n);
      u32 pick = byteOf(c & 0x0f0f0f0f, n);
      u32 source = pick < 4 ? b : a; // 0 to 3: the second operand
      u32 value = pick < 8     ? byteOf(source, pick % 4)
                  : pick == 12 ? 0
                  : pick >= 13 ? 255
                  : (pick < 10 ? b : a) >> (pick % 2 ? 31 : 15) & 1 ? 255
                                                                    : 0;
      permuted |= value << (8 * n);
      lerped |= ((byteOf(a, n) + byteOf(b, n) + (byteOf(c, n) & 1)) >> 1)
                << (8 * n);
    }
    for (unsigned n = 0; n < 8; ++n) {
      sdot8 += u32(nibbleOf(a, n) * nibbleOf(b, n));
      udot8 += (a >> (4 * n) & 15) * (b >> (4 * n) & 15);
    }
    u64 ab = u64(a) << 32 | b, ba = u64(b) << 32 | a;
    auto clamp16 = [](i32 x) {
      return u32(u16(std::max(-32768, std::min(32767, x))));
    };
    u32 masked = c & 0xffff00ff, q[4], m[4], wide[4];
    const u32 old[4] = {a, b, c, i};
    for (unsigned n = 0; n < 4; ++n) {
      u32 window = u32(ba >> (8 * n));
      q[n] = u16(sad(window, c, u16(ab >> (16 * n)), false));
      m[n] = u16(sad(window, masked, u16(ab >> (16 * n)), true));
      wide[n] = sad(window, c, old[n], true);
    }
    u32 field = a >> (b & 31), width = c & 31;
    i32 d16 = std::abs(i32(u16(a)) - i32(u16(b))) +
              std::abs(i32(a >> 16) - i32(b >> 16));
    const u32 want[] = {
        halves([](i32 x, i32 y, i32) { return x + y; }),
        halves([](i32 x, i32 y, i32) { return x - y; }),
        halves([](i32 x, i32 y, i32 z) { return x * y + z; }),
        halves([](i32 x, i32 y, i32) { return std::min(x, y); }),
        halves([](i32 x, i32 y, i32) { return std::max(u16(x), u16(y)); }),
        halves([](i32 x, i32 y, i32) { return u32(x) << (y & 15); }),
        halves([](i32 x, i32 y, i32) { return x >> (y & 15); }),
        halves([](i32 x, i32 y, i32) { return u16(x) >> (y & 15); }),
        u32(u16(halfOf(a, 1) + halfOf(b, 0))) | u32(halfOf(a, 0) + halfOf(b, 1))
                                                    << 16,
        sdot2,
        udot2,
        sdot4,
        udot4,
        sdot8,
        udot8,
        permuted,
        u32((u64(a) << 32 | b) >> (c & 31)),
        u32((u64(a) << 32 | b) >> (8 * (c & 3))),
        sad(a, b, c, false),
        sad(a, b & 0xff00ffff, c, true),
        c + (sad(a, b, 0, false) << 16),
        c + u32(d16),
        lerped,
        width ? field & ((1u << width) - 1) : 0,
        width
            ? u32(i32(u32(i32(a) >> (b & 31)) << (32 - width)) >> (32 - width))
            : 0,
        std::min(a, 65535u) | std::min(b, 65535u) << 16,
        clamp16(i32(a)) | clamp16(i32(b)) << 16,
        q[0] | q[1] << 16,
        q[2] | q[3] << 16,
        m[0] | m[1] << 16,
        m[2] | m[3] << 16,
        wide[0],
        wide[1],
        wide[2],
        wide[3]};
    for (unsigned n = 0; n < std::size(want); ++n) {
      EXPECT_EQ(out[40 * i + n], want[n])
          << "result " << n << std::hex << " of " << a << ", " << b << ", "
          << c;
    }
  }
}

TEST_P(Builtins, FloatParts) {
  Gpu &gpu = compiled(R"(
    kernel void k(global uint *out, global const uint *in) {
      uint i = __builtin_amdgcn_workitem_id_x(), n = 0;
      float a = __builtin_astype(in[3 * i], float), b = __builtin_astype(in[3 * i + 1], float);
      float c = __builtin_astype(in[3 * i + 2], float);
      global uint *o = out + 16 * i;
      o[n++] = __builtin_astype(__builtin_amdgcn_frexp_mantf(a), uint);
      o[n++] = __builtin_amdgcn_frexp_expf(a);
      o[n++] = __builtin_astype(__builtin_amdgcn_fractf(a), uint);
      o[n++] = __builtin_astype(__builtin_amdgcn_ldexpf(a, (int)in[3 * i + 1] % 300), uint);
      o[n++] = __builtin_astype(__builtin_amdgcn_fmed3f(a, b, c), uint);
      o[n++] = __builtin_amdgcn_classf(a, 0x1) | __builtin_amdgcn_classf(a, 0x2) << 1 |
               __builtin_amdgcn_classf(a, 0x204) << 2 | __builtin_amdgcn_classf(a, 0x108) << 3 |
               __builtin_amdgcn_classf(a, 0x90) << 4 | __builtin_amdgcn_classf(a, 0x60) << 5;
      o[n++] = __builtin_astype(__builtin_amdgcn_cubeid(a, b, c), uint);
      o[n++] = __builtin_astype(__builtin_amdgcn_cubema(a, b, c), uint);
      o[n++] = __builtin_astype(__builtin_amdgcn_cubesc(a, b, c), uint);
      o[n++] = __builtin_astype(__builtin_amdgcn_cubetc(a, b, c), uint);
      o[n++] = __builtin_astype(__builtin_amdgcn_cvt_pkrtz(a, b), uint);
      o[n++] = __builtin_amdgcn_cvt_pk_u8_f32(a, 1, in[3 * i + 1]);
    })");
  ASSERT_TRUE(gpu.ok()) << gpu.loadError;
  std::vector<u32> in = operands32(192, 34);
  const u32 *out = run(gpu, "k", in, 16);
  auto towardZero = [](float x) -> u32 {
    // Truncate to a half by walking down from the nearest one.
    if (std::isnan(x)) {
      return 0x7e00;
    }
    u32 sign = std::signbit(x) ? 0x8000 : 0;
    if (std::isinf(x)) {
      return sign | 0x7c00;
    }
    u32 near = hbits(std::fabs(x));
    while (near == 0x7c00 || In::half(u16(near)) > std::fabs(x)) {
      --near;
    }
    return sign | near;
  };
  for (unsigned i = 0; i < 64; ++i) {
    float a = as<float>(in[3 * i]), b = as<float>(in[3 * i + 1]),
          c = as<float>(in[3 * i + 2]);
    const u32 *o = out + 16 * i;
    bool number = std::isfinite(a);
    int exponent = 0;
    float mantissa = number ? std::frexp(a, &exponent) : a;
    auto same = [](u32 got, float want) {
      return std::isnan(want) ? std::isnan(as<float>(got)) : got == fbits(want);
    };
    SCOPED_TRACE(testing::Message() << std::hex << in[3 * i] << " "
                                    << in[3 * i + 1] << " " << in[3 * i + 2]);
    EXPECT_TRUE(same(o[0], mantissa));
    EXPECT_EQ(i32(o[1]), number ? exponent : 0);
    if (number) {
      EXPECT_TRUE(same(o[2], float(std::fmin(double(a) - std::floor(double(a)),
                                             0x1.fffffep-1))));
    }
    EXPECT_TRUE(
        same(o[3], float(std::ldexp(double(a), i32(in[3 * i + 1]) % 300))));
    if (!std::isnan(a) && !std::isnan(b) && !std::isnan(c)) {
      float sorted[3] = {a, b, c};
      std::sort(sorted, sorted + 3);
      EXPECT_EQ(as<float>(o[4]), sorted[1]);
      bool z = std::fabs(c) >= std::fabs(a) && std::fabs(c) >= std::fabs(b);
      bool y = !z && std::fabs(b) >= std::fabs(a);
      float major = z ? c : y ? b : a;
      EXPECT_EQ(as<float>(o[6]), float((z ? 4 : y ? 2 : 0) + (major < 0)));
      EXPECT_TRUE(same(o[7], 2 * major));
      EXPECT_EQ(as<float>(o[8]), z ? (c < 0 ? -a : a) : y ? a : a < 0 ? c : -c);
      EXPECT_EQ(as<float>(o[9]), y ? (b < 0 ? -c : c) : -b);
    }
    int kind = std::fpclassify(a);
    bool quiet = std::isnan(a) && (in[3 * i] & 0x400000);
    EXPECT_EQ(o[5],
              u32(std::isnan(a) && !quiet) | u32(quiet) << 1 |
                  u32(kind == FP_INFINITE) << 2 | u32(kind == FP_NORMAL) << 3 |
                  u32(kind == FP_SUBNORMAL) << 4 | u32(kind == FP_ZERO) << 5);
    auto half = [&](u32 got, float x) {
      return std::isnan(x) ? (got & 0x7fff) > 0x7c00 : got == towardZero(x);
    };
    EXPECT_TRUE(half(o[10] & 0xffff, a) && half(o[10] >> 16, b)) << o[10];
    float byte = std::isnan(a) ? 0 : std::fmin(std::fmax(a, 0.0f), 255.0f);
    EXPECT_EQ(o[11], (in[3 * i + 1] & ~0xff00u) | u32(byte) << 8);
  }
}

/// s_setreg changes rounding and denormals; s_getreg reads them back.
TEST_P(Builtins, FloatModes) {
  Gpu &gpu = compiled(R"(
    __attribute__((noinline)) float third(float x, float y) { return x * y + x; }
    kernel void k(global uint *out, global const uint *in) {
      uint i = __builtin_amdgcn_workitem_id_x();
      volatile float x = __builtin_astype(in[2 * i], float), y = __builtin_astype(in[2 * i + 1], float);
      global uint *o = out + 8 * i;
      // MODE (1), offset 0, 2 bits: rounding of f32.
      #define SET_ROUND(mode) __builtin_amdgcn_s_setreg(1 | 0 << 6 | 1 << 11, mode)
      float r;
      r = x * y; o[0] = __builtin_astype(r, uint);
      SET_ROUND(1); r = x * y; o[1] = __builtin_astype(r, uint);
      SET_ROUND(2); r = x * y; o[2] = __builtin_astype(r, uint);
      SET_ROUND(3); r = x * y; o[3] = __builtin_astype(r, uint);
      o[4] = __builtin_amdgcn_s_getreg(1 | 0 << 6 | 1 << 11);
      SET_ROUND(0);
      // Offset 4, 2 bits: denormals of f32.
      __builtin_amdgcn_s_setreg(1 | 4 << 6 | 1 << 11, 0);
      r = x * y; o[5] = __builtin_astype(r, uint);
      __builtin_amdgcn_s_setreg(1 | 4 << 6 | 1 << 11, 3);
      o[6] = __builtin_astype(third(x, y), uint);
    })");
  ASSERT_TRUE(gpu.ok()) << gpu.loadError;
  std::vector<u32> in = operands32(128, 35);
  for (unsigned n = 0; n < 128; n += 2) { // products around the smallest normal
    if (n % 8 == 0) {
      in[n] = (in[n] & 0x807fffff) | 0x1f000000;
      in[n + 1] = (in[n + 1] & 0x807fffff) | 0x20000000;
    }
  }
  const u32 *out = run(gpu, "k", in, 8);
  for (unsigned i = 0; i < 64; ++i) {
    volatile float x = as<float>(in[2 * i]), y = as<float>(in[2 * i + 1]);
    volatile float want[4]; // stays between the changes of mode
    const int modes[4] = {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};
    for (int n = 0; n < 4; ++n) {
      std::fesetround(modes[n]);
      want[n] = x * y;
    }
    std::fesetround(FE_TONEAREST);
    if (std::isnan(want[0])) {
      continue;
    }
    for (int n = 0; n < 4; ++n) {
      EXPECT_EQ(out[8 * i + n], fbits(want[n])) << n;
    }
    EXPECT_EQ(out[8 * i + 4], 3u);
    auto flush = [](float v) {
      return std::fabs(v) < 0x1p-126f ? std::copysign(0.0f, v) : v;
    };
    EXPECT_EQ(out[8 * i + 5], fbits(flush(flush(x) * flush(y))));
  }
}

INSTANTIATE_TEST_SUITE_P(Chips, Builtins, corpusCases(Chips::All), corpusName);

} // namespace
