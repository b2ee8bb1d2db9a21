//===- Matrix.cpp - dense MFMA --------------------------------------------===//
//
// Layouts from the CDNA3 ISA guide, "Matrix fused multiply-add". D = A B + C
// with A M x K, B K x N, in `blocks` independent blocks, over 64 lanes:
//
//   A[i][k] of block b: lane i + M (b + blocks (k / e)), element k % e, where
//   a lane holds e = M K blocks / 64 consecutive k. B likewise with j and N.
//
//   D, 32-bit: row i of block b lies in consecutive lanes. With G = 64 / N
//   lane groups,
//     32x32, 16x16: lane N ((i / 4) % G) + j,
//                   register 4 (i / (4 G)) + i % 4 + b M N / 64;
//     4x4:          lane 4 b + j, register i.
//   D, 64-bit: 16x16: lane 16 (i % 4) + j, register pair i / 4;
//              4x4:   lane 16 i + 4 b + j.
//
// CBSZ broadcasts block ABID of each group of 2^CBSZ blocks of A; BLGP permutes
// groups of lanes of B. EXEC is ignored. Sums run over k in ascending order,
// one fused multiply-add each.
//
//===----------------------------------------------------------------------===//

#include "Sim/Vector.h"

using namespace moesaic::sim;

namespace {

//===----------------------------------------------------------------------===//
// Element kinds: how a lane's registers hold e elements
//===----------------------------------------------------------------------===//

struct ElementF32 {
  using Value = float;
  static constexpr unsigned bytes = 4;
  static Value load(u32 raw, unsigned) { return bits<float>(raw); }
};
/// XF32 reads the upper 19 bits of an f32: 8 exponent and 10 mantissa bits,
/// rounded to nearest even.
struct ElementXf32 {
  using Value = float;
  static constexpr unsigned bytes = 4;
  static Value load(u32 raw, unsigned) {
    bool finite = (raw & 0x7f800000) != 0x7f800000;
    u32 rounded = raw + 0xfff + (raw >> 13 & 1);
    return bits<float>((finite ? rounded : raw) & ~0x1fffu);
  }
};
struct ElementF16 {
  using Value = float;
  static constexpr unsigned bytes = 2;
  static Value load(u32 raw, unsigned n) {
    return halfToFloat(u16(raw >> (16 * n)));
  }
};
struct ElementBf16 {
  using Value = float;
  static constexpr unsigned bytes = 2;
  static Value load(u32 raw, unsigned n) {
    return bits<float>(n ? raw & 0xffff0000u : raw << 16);
  }
};
struct ElementI8 {
  using Value = i32;
  static constexpr unsigned bytes = 1;
  static Value load(u32 raw, unsigned n) { return int8_t(raw >> (8 * n)); }
};
struct ElementFp8 {
  using Value = float;
  static constexpr unsigned bytes = 1;
  static Value load(u32 raw, unsigned n) {
    return fnuzToFloat<3, 8>(uint8_t(raw >> (8 * n)));
  }
};
struct ElementBf8 {
  using Value = float;
  static constexpr unsigned bytes = 1;
  static Value load(u32 raw, unsigned n) {
    return fnuzToFloat<2, 16>(uint8_t(raw >> (8 * n)));
  }
};

/// A multiply-add. Products of 16- and 8-bit floats are exact in f32, so that
/// only f32 inputs need a fused operation, which is slow on an old host.
template <bool exactProduct>
inline float multiplyAdd(float a, float b, float c) {
#ifndef __FMA__
  if (exactProduct) {
    return a * b + c;
  }
#endif
  return __builtin_fmaf(a, b, c);
}
template <bool>
inline i32 multiplyAdd(i32 a, i32 b, i32 c) {
  return i32(u32(a) * u32(b) + u32(c));
}

/// Lane of B that `lane` reads under BLGP.
unsigned broadcastLane(unsigned lane, unsigned blgp) {
  switch (blgp) {
  case 1:
    return lane & 31;
  case 2:
    return (lane & 31) | 32;
  case 3:
    return (lane + 16) & 63;
  case 4:
  case 5:
  case 6:
  case 7:
    return (lane & 15) + 16 * (blgp - 4);
  default:
    return lane;
  }
}

/// Register row and first lane of row `i` of block `b` of a 32-bit D.
template <unsigned M, unsigned N>
inline void placeRow(unsigned i, unsigned b, unsigned &row, unsigned &lane) {
  if (M == 4) {
    row = i;
    lane = 4 * b;
    return;
  }
  constexpr unsigned groups = kLanes / N;
  row = 4 * (i / (4 * groups)) + i % 4 + b * (M * N / kLanes);
  lane = N * (i / 4 % groups);
}

template <class EA, class EB, unsigned M, unsigned N, unsigned K,
          unsigned blocks>
void mfma(Wave &w, const Inst &i) {
  using T = typename EA::Value;
  constexpr unsigned e = M * K * blocks / kLanes; // elements of a lane
  constexpr unsigned perWord = 4 / EA::bytes;
  constexpr bool exactProduct = EA::bytes < 4;
  alignas(64) T a[blocks][M][K];
  alignas(64) T b[blocks][K][N];
  const Row *ra = &w.v[i.op[1].reg], *rb = &w.v[i.op[2].reg];
  for (unsigned n = 0; n < e; ++n) {
    const u32 *wordsA = ra[n / perWord].lane, *wordsB = rb[n / perWord].lane;
    for (unsigned lane = 0; lane < kLanes; ++lane) {
      unsigned block = lane / M % blocks, k = lane / (M * blocks) * e + n;
      a[block][lane % M][k] = EA::load(wordsA[lane], n % perWord);
      unsigned from = i.blgp ? broadcastLane(lane, i.blgp) : lane;
      b[block][k][lane % N] = EB::load(wordsB[from], n % perWord);
    }
  }
  const Operand &oc = i.op[3];
  const Row *rc = oc.kind == Operand::Vector ? &w.v[oc.reg] : nullptr;
  T constant = bits<T>(scalar32(w, oc));
  Row *rd = &w.v[i.op[0].reg];
  // C is read before D is written: they may overlap partly.
  constexpr unsigned registers = M * N * blocks / kLanes;
  Row old[registers];
  if (rc) {
    __builtin_memcpy(old, rc, sizeof(old));
  }
  for (unsigned block = 0; block < blocks; ++block) {
    unsigned from = block;
    if (i.cbsz) {
      unsigned group = 1u << i.cbsz;
      from = ((block & ~(group - 1)) + (i.abid & (group - 1))) % blocks;
    }
    for (unsigned row = 0; row < M; ++row) {
      unsigned reg, lane;
      placeRow<M, N>(row, block, reg, lane);
      T sum[N];
      if (rc) {
        __builtin_memcpy(sum, &old[reg].lane[lane], sizeof(sum));
      } else {
        for (T &s : sum) {
          s = constant;
        }
      }
      for (unsigned k = 0; k < K; ++k) {
        T x = a[from][row][k];
        const T *y = b[block][k];
        for (unsigned j = 0; j < N; ++j) {
          sum[j] = multiplyAdd<exactProduct>(x, y[j], sum[j]);
        }
      }
      __builtin_memcpy(&rd[reg].lane[lane], sum, sizeof(sum));
    }
  }
}

/// f64 keeps its operands in register pairs; BLGP holds sign flips of A, B, C.
template <unsigned M, unsigned blocks>
void mfma64(Wave &w, const Inst &i) {
  constexpr unsigned K = 4, results = M * M * blocks / kLanes;
  auto pairAt = [&](unsigned reg, unsigned lane, bool negate) {
    double x =
        bits<double>(u64(w.v[reg + 1].lane[lane]) << 32 | w.v[reg].lane[lane]);
    return negate ? -x : x;
  };
  double a[blocks][M][K], b[blocks][K][M];
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    unsigned block = lane / M % blocks, k = lane / (M * blocks);
    a[block][lane % M][k] = pairAt(i.op[1].reg, lane, i.blgp & 1);
    b[block][k][lane % M] = pairAt(i.op[2].reg, lane, i.blgp & 2);
  }
  const Operand &oc = i.op[3];
  double constant = bits<double>(scalar64(w, oc, true));
  double d[results][kLanes];
  for (unsigned r = 0; r < results; ++r) {
    for (unsigned lane = 0; lane < kLanes; ++lane) {
      unsigned j = lane % M;
      unsigned block = M == 4 ? lane / 4 % blocks : 0;
      unsigned row = M == 4 ? lane / 16 : lane / 16 + 4 * r;
      double sum = oc.kind == Operand::Vector
                       ? pairAt(oc.reg + 2 * r, lane, i.blgp & 4)
                       : constant;
      for (unsigned k = 0; k < K; ++k) {
        sum = __builtin_fma(a[block][row][k], b[block][k][j], sum);
      }
      d[r][lane] = sum;
    }
  }
  for (unsigned r = 0; r < results; ++r) {
    for (unsigned lane = 0; lane < kLanes; ++lane) {
      u64 raw = bits<u64>(d[r][lane]);
      w.v[i.op[0].reg + 2 * r].lane[lane] = u32(raw);
      w.v[i.op[0].reg + 2 * r + 1].lane[lane] = u32(raw >> 32);
    }
  }
}

template <class EA, class EB, unsigned M, unsigned K, unsigned blocks>
Opcode matrix() {
  return {mfma<EA, EB, M, M, K, blocks>, InstClass::Mfma, false, false, 0};
}

} // namespace

void moesaic::sim::MOESAIC_SIM_HOST::addMatrixOps(OpcodeTable &t) {
  auto same = [&](const char *name, auto element, auto shape) {
    using E = decltype(element);
    using S = decltype(shape);
    t.add(name, matrix<E, E, S::m, S::k, S::blocks>());
  };
#define SHAPE(M, K, B)                                                         \
  [] {                                                                         \
    struct Shape {                                                             \
      enum : unsigned { m = M, k = K, blocks = B };                            \
    };                                                                         \
    return Shape();                                                            \
  }()
  same("v_mfma_f32_32x32x1_2b_f32", ElementF32(), SHAPE(32, 1, 2));
  same("v_mfma_f32_16x16x1_4b_f32", ElementF32(), SHAPE(16, 1, 4));
  same("v_mfma_f32_4x4x1_16b_f32", ElementF32(), SHAPE(4, 1, 16));
  same("v_mfma_f32_32x32x2_f32", ElementF32(), SHAPE(32, 2, 1));
  same("v_mfma_f32_16x16x4_f32", ElementF32(), SHAPE(16, 4, 1));
  same("v_mfma_f32_32x32x4_xf32", ElementXf32(), SHAPE(32, 4, 1));
  same("v_mfma_f32_16x16x8_xf32", ElementXf32(), SHAPE(16, 8, 1));
  same("v_mfma_f32_32x32x4_2b_f16", ElementF16(), SHAPE(32, 4, 2));
  same("v_mfma_f32_16x16x4_4b_f16", ElementF16(), SHAPE(16, 4, 4));
  same("v_mfma_f32_4x4x4_16b_f16", ElementF16(), SHAPE(4, 4, 16));
  same("v_mfma_f32_32x32x8_f16", ElementF16(), SHAPE(32, 8, 1));
  same("v_mfma_f32_16x16x16_f16", ElementF16(), SHAPE(16, 16, 1));
  same("v_mfma_f32_32x32x4_2b_bf16", ElementBf16(), SHAPE(32, 4, 2));
  same("v_mfma_f32_16x16x4_4b_bf16", ElementBf16(), SHAPE(16, 4, 4));
  same("v_mfma_f32_4x4x4_16b_bf16", ElementBf16(), SHAPE(4, 4, 16));
  same("v_mfma_f32_32x32x8_bf16", ElementBf16(), SHAPE(32, 8, 1));
  same("v_mfma_f32_16x16x16_bf16", ElementBf16(), SHAPE(16, 16, 1));
  same("v_mfma_i32_32x32x4_2b_i8", ElementI8(), SHAPE(32, 4, 2));
  same("v_mfma_i32_16x16x4_4b_i8", ElementI8(), SHAPE(16, 4, 4));
  same("v_mfma_i32_4x4x4_16b_i8", ElementI8(), SHAPE(4, 4, 16));
  same("v_mfma_i32_32x32x16_i8", ElementI8(), SHAPE(32, 16, 1));
  same("v_mfma_i32_16x16x32_i8", ElementI8(), SHAPE(16, 32, 1));
#undef SHAPE
  t.add("v_mfma_f32_16x16x32_fp8_fp8",
        matrix<ElementFp8, ElementFp8, 16, 32, 1>());
  t.add("v_mfma_f32_16x16x32_fp8_bf8",
        matrix<ElementFp8, ElementBf8, 16, 32, 1>());
  t.add("v_mfma_f32_16x16x32_bf8_fp8",
        matrix<ElementBf8, ElementFp8, 16, 32, 1>());
  t.add("v_mfma_f32_16x16x32_bf8_bf8",
        matrix<ElementBf8, ElementBf8, 16, 32, 1>());
  t.add("v_mfma_f32_32x32x16_fp8_fp8",
        matrix<ElementFp8, ElementFp8, 32, 16, 1>());
  t.add("v_mfma_f32_32x32x16_fp8_bf8",
        matrix<ElementFp8, ElementBf8, 32, 16, 1>());
  t.add("v_mfma_f32_32x32x16_bf8_fp8",
        matrix<ElementBf8, ElementFp8, 32, 16, 1>());
  t.add("v_mfma_f32_32x32x16_bf8_bf8",
        matrix<ElementBf8, ElementBf8, 32, 16, 1>());
  t.add("v_mfma_f64_16x16x4_f64", {mfma64<16, 1>, InstClass::Mfma});
  t.add("v_mfma_f64_4x4x4_4b_f64", {mfma64<4, 4>, InstClass::Mfma});
}
