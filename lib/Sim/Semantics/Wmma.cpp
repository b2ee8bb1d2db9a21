//===- Wmma.cpp - matrix products of a wave on RDNA -----------------------===//
//
// Layouts from the RDNA3 and RDNA4 ISA guides, "Wave Matrix Multiply
// Accumulate". D = A B + C with A 16 x K, B K x 16. Elements of A and B lie
// along k, packed from the lowest bits of the first register on.
//
//   gfx11: lane i holds row i of A, lane j column j of B, all K of them; every
//     further group of 16 lanes repeats that. With G = lanes / 16, lane
//     16 g + j holds D[G r + g][j] in register r. A 16-bit D uses one half of
//     its registers, which op_sel's third bit names, and keeps the other.
//   gfx12, waves of 32: nothing repeats. Lane 16 g + i holds elements K / 2 g
//     and on of row i of A, likewise B; and D[8 g + r][j] in register r. A
//     16-bit D packs two rows into a register.
//
// SWMMAC (gfx12) is D = A B + D, where of each four consecutive k a row of A
// holds two, whose places are two bits each in the index register: 16 bits for
// eight elements, in the half that index_key names. Elements of 8 and 4 bits
// are laid out as above: lane group g of 16 lanes has K / 2 g and on. With
// elements of 16 bits it has k = 8 g to 8 g + 7 and 16 more than that.
//
// EXEC is ignored. Sums run over k in ascending order, one fused multiply-add
// each, and round to 16 bits at the end. neg_lo and neg_hi flip the even and
// the odd 16-bit elements of A and B; of C they are the sign and the absolute
// value. For integers neg_lo says that A or B is signed.
//
//===----------------------------------------------------------------------===//

#include "Sim/Semantics/Vector.h"

using namespace moesaic::sim;

namespace {

constexpr unsigned kSide = 16;

struct Half16 {
  static constexpr unsigned bits = 16;
  using Value = float;
  static float load(u32 raw, bool) { return halfToFloat(u16(raw)); }
};
struct Brain16 {
  static constexpr unsigned bits = 16;
  using Value = float;
  static float load(u32 raw, bool) { return bf16ToFloat(u16(raw)); }
};
struct Fp8 {
  static constexpr unsigned bits = 8;
  using Value = float;
  static float load(u32 raw, bool) {
    return smallToFloat<4, 3, Largest::Nan>(raw);
  }
};
struct Bf8 {
  static constexpr unsigned bits = 8;
  using Value = float;
  static float load(u32 raw, bool) {
    return smallToFloat<5, 2, Largest::Ieee>(raw);
  }
};
template <unsigned width>
struct Integer {
  static constexpr unsigned bits = width;
  using Value = i64;
  static i64 load(u32 raw, bool isSigned) {
    return isSigned ? i64(i32(raw << (32 - width)) >> (32 - width)) : i64(raw);
  }
};

/// How a chip lays fragments over the lanes of a wave.
template <bool repeatsFactors, unsigned groupCount>
struct Layout {
  static constexpr bool repeats = repeatsFactors;
  static constexpr unsigned groups = groupCount; ///< Of 16 lanes.
};
using Gfx11Narrow = Layout<true, 2>;
using Gfx11Wide = Layout<true, 4>;
using Gfx12Narrow = Layout<false, 2>;

/// Whether lanes 16 apart hold the same words; else says where they do not.
template <class L, unsigned words>
bool checkCopies(Wave &w, const Inst &i, unsigned n) {
  const Row *rows = &w.v[i.op[n].reg];
  for (unsigned r = 0; r < words; ++r) {
    for (unsigned lane = kSide; lane < kSide * L::groups; ++lane) {
      if (rows[r].lane[lane] != rows[r].lane[lane % kSide]) {
        fault(w, i,
              n == 1 ? "lanes 16 apart hold different elements of A"
                     : "lanes 16 apart hold different elements of B",
              int(lane));
        return false;
      }
    }
  }
  return true;
}

/// Reads A or B (operand `n`, 1 or 2) into [k][row or column].
template <class E, class L, unsigned K>
bool readFactor(Wave &w, const Inst &i, unsigned n,
                typename E::Value out[K][kSide]) {
  constexpr unsigned perWord = 32 / E::bits;
  constexpr unsigned held = L::repeats ? K : K / L::groups;
  constexpr u32 mask = (u64(1) << E::bits) - 1;
  if (L::repeats && !checkCopies<L, held / perWord>(w, i, n)) {
    return false;
  }
  const Row *rows = &w.v[i.op[n].reg];
  const bool even = i.negLo >> (n - 1) & 1, odd = i.negHi >> (n - 1) & 1;
  for (unsigned group = 0; group < (L::repeats ? 1 : L::groups); ++group) {
    for (unsigned e = 0; e < held; ++e) {
      const u32 *words = &rows[e / perWord].lane[kSide * group];
      typename E::Value *to = out[group * held + e];
      for (unsigned lane = 0; lane < kSide; ++lane) {
        to[lane] = E::load(words[lane] >> (e % perWord * E::bits) & mask, even);
      }
      if (E::bits == 16 && (e % 2 ? odd : even)) {
        for (unsigned lane = 0; lane < kSide; ++lane) {
          to[lane] = -to[lane];
        }
      }
    }
  }
  return true;
}

//===----------------------------------------------------------------------===//
// C and D
//===----------------------------------------------------------------------===//

enum class Result16 { Half, Brain };

/// Where the 16 columns of a row of C and D lie: lanes side by side.
struct Place {
  unsigned reg, lane, shift;
};

template <class L>
Place place(const Inst &i, unsigned row, bool is16) {
  if (L::repeats) {
    unsigned shift = is16 && (i.opSel & 4) ? 16 : 0;
    return {row / L::groups, kSide * (row % L::groups), shift};
  }
  constexpr unsigned rows = kSide / L::groups;
  unsigned r = row % rows, lane = kSide * (row / rows);
  return is16 ? Place{r / 2, lane, 16 * (r % 2)} : Place{r, lane, 0};
}

float modifyAddend(const Inst &i, float x) {
  x = i.negHi & 4 ? __builtin_fabsf(x) : x;
  return i.negLo & 4 ? -x : x;
}

struct AddendF32 {
  static constexpr bool is16 = false;
  using Value = float;
  static float load(const Inst &i, u32 raw) {
    return modifyAddend(i, bits<float>(raw));
  }
  static float constant(const Operand &o) { return bits<float>(o.word); }
  static u32 store(float x) { return bits<u32>(x); }
};
template <Result16 kind>
struct Addend16 {
  static constexpr bool is16 = true;
  using Value = float;
  static float load(const Inst &i, u32 raw) {
    u16 half = u16(raw);
    return modifyAddend(i, kind == Result16::Half ? halfToFloat(half)
                                                  : bf16ToFloat(half));
  }
  static float constant(const Operand &o) {
    return kind == Result16::Half ? halfToFloat(o.half) : bits<float>(o.word);
  }
  static u32 store(float x) {
    return kind == Result16::Half ? floatToHalf(x) : floatToBf16(x);
  }
};
struct AddendI32 {
  static constexpr bool is16 = false;
  using Value = i64;
  static i64 load(const Inst &, u32 raw) { return i32(raw); }
  static i64 constant(const Operand &o) { return i32(o.word); }
  static u32 store(i64 x) { return u32(x); }
};

/// The products are exact in f32; a fused operation is slow on an old host.
inline float multiplyAdd(float a, float b, float c) {
#ifndef __FMA__
  return a * b + c;
#else
  return __builtin_fmaf(a, b, c);
#endif
}
inline i64 multiplyAdd(i64 a, i64 b, i64 c) { return a * b + c; }

inline float saturate(const Inst &, float x) { return x; }
inline i64 saturate(const Inst &i, i64 x) {
  constexpr i64 low = -0x80000000ll, high = 0x7fffffff;
  return !i.clamp ? x : x < low ? low : x > high ? high : x;
}

template <class C, class L>
void storeSums(Wave &w, const Inst &i,
               const typename C::Value (&sum)[kSide][kSide]) {
  for (unsigned row = 0; row < kSide; ++row) {
    Place at = place<L>(i, row, C::is16);
    u32 *words = &w.v[i.op[0].reg + at.reg].lane[at.lane];
    const u32 kept = C::is16 ? ~(0xffffu << at.shift) : 0;
    for (unsigned j = 0; j < kSide; ++j) {
      u32 value = C::store(saturate(i, sum[row][j]));
      words[j] = (words[j] & kept) | value << at.shift;
    }
  }
}

template <class E, class F, class C, unsigned K, class L>
void multiply(Wave &w, const Inst &i) {
  using T = typename C::Value;
  alignas(64) T a[K][kSide], b[K][kSide], sum[kSide][kSide];
  if (!readFactor<E, L, K>(w, i, 1, a) || !readFactor<F, L, K>(w, i, 2, b)) {
    return;
  }
  const Operand &addend = i.op[3];
  const T constant = C::constant(addend);
  for (unsigned row = 0; row < kSide; ++row) {
    Place at = place<L>(i, row, C::is16);
    T x[kSide];
    for (unsigned j = 0; j < kSide; ++j) {
      x[j] = constant;
    }
    if (addend.kind == Operand::Vector) {
      const u32 *words = &w.v[addend.reg + at.reg].lane[at.lane];
      for (unsigned j = 0; j < kSide; ++j) {
        x[j] = C::load(i, words[j] >> at.shift);
      }
    }
    for (unsigned k = 0; k < K; ++k) {
      for (unsigned j = 0; j < kSide; ++j) {
        x[j] = multiplyAdd(a[k][row], b[k][j], x[j]);
      }
    }
    __builtin_memcpy(sum[row], x, sizeof(x));
  }
  storeSums<C, L>(w, i, sum);
}

/// Of each row of A two of four elements; `i.op[0]` is the addend as well.
template <class E, class F, class C, unsigned K>
void multiplySparse(Wave &w, const Inst &i) {
  using T = typename C::Value;
  constexpr bool split = E::bits == 16;               // k in two runs of eight
  constexpr unsigned quads = K / 4, half = quads / 2; // of a lane group
  constexpr unsigned perWord = 32 / E::bits, perWordB = 32 / F::bits;
  constexpr u32 mask = (u64(1) << E::bits) - 1, maskB = (u64(1) << F::bits) - 1;
  const Row *ra = &w.v[i.op[1].reg], *rb = &w.v[i.op[2].reg];
  const Row *index = &w.v[i.op[3].reg];
  const bool signedA = i.negLo & 1, signedB = i.negLo & 2;
  T b[K][kSide], sum[kSide][kSide];
  for (unsigned k = 0; k < K; ++k) {
    unsigned group = split ? k / 8 % 2 : k / (K / 2);
    unsigned e = split ? k / 16 * 8 + k % 8 : k % (K / 2);
    for (unsigned j = 0; j < kSide; ++j) {
      u32 word = rb[e / perWordB].lane[kSide * group + j];
      b[k][j] = F::load(word >> (e % perWordB * F::bits) & maskB, signedB);
    }
  }
  for (unsigned row = 0; row < kSide; ++row) {
    Place at = place<Gfx12Narrow>(i, row, C::is16);
    const u32 *words = &w.v[i.op[0].reg + at.reg].lane[at.lane];
    T x[kSide];
    for (unsigned j = 0; j < kSide; ++j) {
      x[j] = C::load(i, words[j] >> at.shift);
    }
    for (unsigned quad = 0; quad < quads; ++quad) {
      unsigned group = split ? quad / 2 % 2 : quad / half;
      unsigned pair = split ? quad / 4 * 2 + quad % 2 : quad % half;
      unsigned lane = kSide * group + row;
      u32 places = index->lane[lane] >> (half <= 4 ? 16 * i.abid : 0);
      for (unsigned e = 2 * pair; e < 2 * pair + 2; ++e) {
        u32 word = ra[e / perWord].lane[lane];
        T a = E::load(word >> (e % perWord * E::bits) & mask, signedA);
        const T *y = b[4 * quad + (places >> (2 * e) & 3)];
        for (unsigned j = 0; j < kSide; ++j) {
          x[j] = multiplyAdd(a, y[j], x[j]);
        }
      }
    }
    __builtin_memcpy(sum[row], x, sizeof(x));
  }
  storeSums<C, Gfx12Narrow>(w, i, sum);
}

template <class E, class F, class C, unsigned K>
void gfx11(Wave &w, const Inst &i) {
  w.lanes == kLanes ? multiply<E, F, C, K, Gfx11Wide>(w, i)
                    : multiply<E, F, C, K, Gfx11Narrow>(w, i);
}

template <class E, class F, class C, unsigned K>
void addSparse(OpcodeTable &t, const char *name) {
  t.add(name, {multiplySparse<E, F, C, K>, InstClass::Mfma});
}

template <class E, class F, class C, unsigned K>
void addWmma(OpcodeTable &t, const char *name) {
  t.add(name, {t.chip->generation == 11 ? gfx11<E, F, C, K>
                                        : multiply<E, F, C, K, Gfx12Narrow>,
               InstClass::Mfma});
}

} // namespace

void moesaic::sim::MOESAIC_SIM_HOST::addWmmaOps(OpcodeTable &t) {
  using OutHalf = Addend16<Result16::Half>;
  using OutBrain = Addend16<Result16::Brain>;
  addWmma<Half16, Half16, AddendF32, 16>(t, "v_wmma_f32_16x16x16_f16");
  addWmma<Brain16, Brain16, AddendF32, 16>(t, "v_wmma_f32_16x16x16_bf16");
  addWmma<Half16, Half16, OutHalf, 16>(t, "v_wmma_f16_16x16x16_f16");
  addWmma<Brain16, Brain16, OutBrain, 16>(t, "v_wmma_bf16_16x16x16_bf16");
  addWmma<Integer<8>, Integer<8>, AddendI32, 16>(t, "v_wmma_i32_16x16x16_iu8");
  addWmma<Integer<4>, Integer<4>, AddendI32, 16>(t, "v_wmma_i32_16x16x16_iu4");
  addWmma<Integer<4>, Integer<4>, AddendI32, 32>(t, "v_wmma_i32_16x16x32_iu4");
  addWmma<Fp8, Fp8, AddendF32, 16>(t, "v_wmma_f32_16x16x16_fp8_fp8");
  addWmma<Fp8, Bf8, AddendF32, 16>(t, "v_wmma_f32_16x16x16_fp8_bf8");
  addWmma<Bf8, Fp8, AddendF32, 16>(t, "v_wmma_f32_16x16x16_bf8_fp8");
  addWmma<Bf8, Bf8, AddendF32, 16>(t, "v_wmma_f32_16x16x16_bf8_bf8");
  addSparse<Half16, Half16, AddendF32, 32>(t, "v_swmmac_f32_16x16x32_f16");
  addSparse<Brain16, Brain16, AddendF32, 32>(t, "v_swmmac_f32_16x16x32_bf16");
  addSparse<Half16, Half16, OutHalf, 32>(t, "v_swmmac_f16_16x16x32_f16");
  addSparse<Brain16, Brain16, OutBrain, 32>(t, "v_swmmac_bf16_16x16x32_bf16");
  addSparse<Integer<8>, Integer<8>, AddendI32, 32>(t,
                                                   "v_swmmac_i32_16x16x32_iu8");
  addSparse<Integer<4>, Integer<4>, AddendI32, 32>(t,
                                                   "v_swmmac_i32_16x16x32_iu4");
  addSparse<Integer<4>, Integer<4>, AddendI32, 64>(t,
                                                   "v_swmmac_i32_16x16x64_iu4");
  addSparse<Fp8, Fp8, AddendF32, 32>(t, "v_swmmac_f32_16x16x32_fp8_fp8");
  addSparse<Fp8, Bf8, AddendF32, 32>(t, "v_swmmac_f32_16x16x32_fp8_bf8");
  addSparse<Bf8, Fp8, AddendF32, 32>(t, "v_swmmac_f32_16x16x32_bf8_fp8");
  addSparse<Bf8, Bf8, AddendF32, 32>(t, "v_swmmac_f32_16x16x32_bf8_bf8");
}
