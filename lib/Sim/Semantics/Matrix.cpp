//===- Matrix.cpp - dense MFMA --------------------------------------------===//
//
// Layouts from the CDNA2, CDNA3 and CDNA4 ISA guides, "Matrix fused
// multiply-add". D = A B + C with A M x K, B K x N, in `blocks` independent
// blocks, over 64 lanes:
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

#include "Sim/Semantics/Vector.h"

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
  static constexpr float smallest = 0x1p-14f;
  static Value load(u32 raw, unsigned n) {
    return halfToFloat(u16(raw >> (16 * n)));
  }
};
struct ElementBf16 {
  using Value = float;
  static constexpr unsigned bytes = 2;
  static constexpr float smallest = 0x1p-126f;
  static Value load(u32 raw, unsigned n) {
    return bits<float>(n ? raw & 0xffff0000u : raw << 16);
  }
};
struct ElementI8 {
  using Value = i32;
  static constexpr unsigned bytes = 1;
  static Value load(u32 raw, unsigned n) { return int8_t(raw >> (8 * n)); }
};
template <float (*convert)(uint8_t)>
struct Element8 {
  using Value = float;
  static constexpr unsigned bytes = 1;
  static Value load(u32 raw, unsigned n) {
    return convert(uint8_t(raw >> (8 * n)));
  }
};
float fromOcpFp8(uint8_t a) { return smallToFloat<4, 3, Largest::Nan>(a); }
float fromOcpBf8(uint8_t a) { return smallToFloat<5, 2, Largest::Ieee>(a); }
using ElementFnuzFp8 = Element8<fnuzToFloat<3, 8>>;
using ElementFnuzBf8 = Element8<fnuzToFloat<2, 16>>;
using ElementOcpFp8 = Element8<fromOcpFp8>;
using ElementOcpBf8 = Element8<fromOcpBf8>;

/// Values below `smallest`, the least normal one, as zeros of their sign.
inline float flush(float value, float smallest) {
  return __builtin_fabsf(value) < smallest ? __builtin_copysignf(0, value)
                                           : value;
}

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
          unsigned blocks, bool flushes = false>
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
      T x = EA::load(wordsA[lane], n % perWord);
      unsigned from = i.blgp ? broadcastLane(lane, i.blgp) : lane;
      T y = EB::load(wordsB[from], n % perWord);
      if constexpr (flushes) {
        x = flush(x, EA::smallest);
        y = flush(y, EB::smallest);
      }
      a[block][lane % M][k] = x;
      b[block][k][lane % N] = y;
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
      if constexpr (flushes) {
        for (T &s : sum) {
          s = flush(s, 0x1p-126f);
        }
      }
      for (unsigned k = 0; k < K; ++k) {
        T x = a[from][row][k];
        const T *y = b[block][k];
        for (unsigned j = 0; j < N; ++j) {
          sum[j] = multiplyAdd<exactProduct>(x, y[j], sum[j]);
        }
      }
      if constexpr (flushes) {
        for (T &s : sum) {
          s = flush(s, 0x1p-126f);
        }
      }
      __builtin_memcpy(&rd[reg].lane[lane], sum, sizeof(sum));
    }
  }
}

/// Element `n` of the 32 that a lane holds in a packed format (CBSZ for A, BLGP
/// for B): 0 fp8, 1 bf8, 2 fp6, 3 bf6, 4 fp4.
float packedElement(const Row *r, unsigned lane, unsigned n, unsigned format) {
  unsigned width = format < 2 ? 8 : format < 4 ? 6 : 4, bit = n * width;
  u64 pair = r[bit / 32].lane[lane];
  if (bit % 32 + width > 32) {
    pair |= u64(r[bit / 32 + 1].lane[lane]) << 32;
  }
  u32 code = u32(pair >> (bit % 32)) & ((1u << width) - 1);
  switch (format) {
  case 0:
    return smallToFloat<4, 3, Largest::Nan>(code);
  case 1:
    return smallToFloat<5, 2, Largest::Ieee>(code);
  case 2:
    return smallToFloat<2, 3, Largest::Number>(code);
  case 3:
    return smallToFloat<3, 2, Largest::Number>(code);
  default:
    return smallToFloat<2, 1, Largest::Number>(code);
  }
}

/// 2^(byte - 127) as a double; 255 is NaN.
double blockScale(u32 byte) {
  return byte == 255 ? __builtin_nan("") : bits<double>(u64(byte + 896) << 52);
}

/// v_mfma_[scale_]f32_16x16x128_f8f6f4 and 32x32x64. Lane group g holds 32
/// elements of k from 32 g on; of the 8-bit formats k from 16 g on and from
/// K / 2 + 16 g on. Lane group g holds the scale of k from 32 g on in the byte
/// that op_sel names. Each block of 32 products is summed in ascending k, then
/// scaled and added to D with one rounding.
template <unsigned M, bool scaled>
void mfmaPacked(Wave &w, const Inst &i) {
  constexpr unsigned K = 2048 / M, blocks = K / 32;
  alignas(64) float a[M][K], b[K][M];
  double scaleA[blocks][M], scaleB[blocks][M];
  const Row *ra = &w.v[i.op[1].reg], *rb = &w.v[i.op[2].reg];
  auto position = [](unsigned group, unsigned n, unsigned format) {
    return format < 2 ? 16 * group + n % 16 + n / 16 * (K / 2) : 32 * group + n;
  };
  auto scale = [&](unsigned operand, unsigned lane) {
    if (!scaled) {
      return 1.0;
    }
    const Operand &o = i.op[operand];
    u32 word =
        o.kind == Operand::Vector ? w.v[o.reg].lane[lane] : scalar32(w, o);
    unsigned n = operand - 4;
    unsigned byte = (i.opSel >> n & 1) | (i.opSelHi >> n & 1) << 1;
    return blockScale(word >> (8 * byte) & 255);
  };
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    unsigned group = lane / M, line = lane % M;
    for (unsigned n = 0; n < 32; ++n) {
      a[line][position(group, n, i.cbsz)] = packedElement(ra, lane, n, i.cbsz);
      b[position(group, n, i.blgp)][line] = packedElement(rb, lane, n, i.blgp);
    }
    scaleA[group][line] = scale(4, lane);
    scaleB[group][line] = scale(5, lane);
  }
  const Operand &oc = i.op[3];
  constexpr unsigned registers = M * M / kLanes;
  Row result[registers];
  for (unsigned row = 0; row < M; ++row) {
    unsigned reg, lane;
    placeRow<M, M>(row, 0, reg, lane);
    for (unsigned j = 0; j < M; ++j) {
      float sum = bits<float>(oc.kind == Operand::Vector
                                  ? w.v[oc.reg + reg].lane[lane + j]
                                  : scalar32(w, oc));
      for (unsigned block = 0; block < blocks; ++block) {
        float dot = 0;
        for (unsigned k = 32 * block; k < 32 * block + 32; ++k) {
          dot = multiplyAdd<true>(a[row][k], b[k][j], dot);
        }
        sum = float(double(sum) +
                    double(dot) * scaleA[block][row] * scaleB[block][j]);
      }
      result[reg].lane[lane + j] = bits<u32>(sum);
    }
  }
  __builtin_memcpy(static_cast<void *>(&w.v[i.op[0].reg]), result,
                   sizeof(result));
}

/// f64 keeps its operands in register pairs. BLGP holds sign flips of A, B and
/// C where the chip has those, else it permutes lanes as in the other types.
template <unsigned M, unsigned blocks>
void mfma64(Wave &w, const Inst &i) {
  constexpr unsigned K = 4, results = M * M * blocks / kLanes;
  auto pairAt = [&](unsigned reg, unsigned lane, bool negate) {
    double x =
        bits<double>(u64(w.v[reg + 1].lane[lane]) << 32 | w.v[reg].lane[lane]);
    return negate ? -x : x;
  };
  double a[blocks][M][K], b[blocks][K][M];
  unsigned negate = w.chip->f64MatrixNegates ? i.blgp : 0;
  unsigned permute = w.chip->f64MatrixNegates ? 0 : i.blgp;
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    unsigned block = lane / M % blocks, k = lane / (M * blocks);
    a[block][lane % M][k] = pairAt(i.op[1].reg, lane, negate & 1);
    unsigned from = permute ? broadcastLane(lane, permute) : lane;
    b[block][k][lane % M] = pairAt(i.op[2].reg, from, negate & 2);
  }
  const Operand &oc = i.op[3];
  double constant = bits<double>(scalar64(w, oc, true));
  double d[results][kLanes];
  for (unsigned r = 0; r < results; ++r) {
    for (unsigned lane = 0; lane < kLanes; ++lane) {
      unsigned j = lane % M;
      unsigned block = M == 4 ? lane / 4 % blocks : 0;
      unsigned row = M == 4 ? lane / 16 : lane / 16 + 4 * r;
      unsigned source = block;
      if (i.cbsz) {
        unsigned group = 1u << i.cbsz;
        source = ((block & ~(group - 1)) + (i.abid & (group - 1))) % blocks;
      }
      double sum = oc.kind == Operand::Vector
                       ? pairAt(oc.reg + 2 * r, lane, negate & 4)
                       : constant;
      for (unsigned k = 0; k < K; ++k) {
        sum = __builtin_fma(a[source][row][k], b[block][k][j], sum);
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

template <class EA, class EB, unsigned M, unsigned K, unsigned blocks,
          bool flushes = false>
Opcode matrix() {
  return {mfma<EA, EB, M, M, K, blocks, flushes>, InstClass::Mfma};
}

/// The 8-bit floats of every pair of kinds.
template <class Fp8, class Bf8>
void addMatrix8(OpcodeTable &t) {
  t.add("v_mfma_f32_16x16x32_fp8_fp8", matrix<Fp8, Fp8, 16, 32, 1>());
  t.add("v_mfma_f32_16x16x32_fp8_bf8", matrix<Fp8, Bf8, 16, 32, 1>());
  t.add("v_mfma_f32_16x16x32_bf8_fp8", matrix<Bf8, Fp8, 16, 32, 1>());
  t.add("v_mfma_f32_16x16x32_bf8_bf8", matrix<Bf8, Bf8, 16, 32, 1>());
  t.add("v_mfma_f32_32x32x16_fp8_fp8", matrix<Fp8, Fp8, 32, 16, 1>());
  t.add("v_mfma_f32_32x32x16_fp8_bf8", matrix<Fp8, Bf8, 32, 16, 1>());
  t.add("v_mfma_f32_32x32x16_bf8_fp8", matrix<Bf8, Fp8, 32, 16, 1>());
  t.add("v_mfma_f32_32x32x16_bf8_bf8", matrix<Bf8, Bf8, 32, 16, 1>());
}

} // namespace

void moesaic::sim::MOESAIC_SIM_HOST::addMatrixOps(OpcodeTable &t) {
  auto same = [&](auto element, auto shape, const char *name,
                  const char *other = nullptr) {
    using E = decltype(element);
    using S = decltype(shape);
    Opcode opcode = matrix<E, E, S::m, S::k, S::blocks>();
    if constexpr (E::bytes == 2) {
      if (t.chip->matrixFlushesDenormals) {
        opcode = matrix<E, E, S::m, S::k, S::blocks, true>();
      }
    }
    t.add(name, opcode);
    if (other) {
      t.add(other, opcode);
    }
  };
#define SHAPE(M, K, B)                                                         \
  [] {                                                                         \
    struct Shape {                                                             \
      enum : unsigned { m = M, k = K, blocks = B };                            \
    };                                                                         \
    return Shape();                                                            \
  }()
  // gfx90a writes the names in its own way, given second.
  same(ElementF32(), SHAPE(32, 1, 2), "v_mfma_f32_32x32x1_2b_f32",
       "v_mfma_f32_32x32x1f32");
  same(ElementF32(), SHAPE(16, 1, 4), "v_mfma_f32_16x16x1_4b_f32",
       "v_mfma_f32_16x16x1f32");
  same(ElementF32(), SHAPE(4, 1, 16), "v_mfma_f32_4x4x1_16b_f32",
       "v_mfma_f32_4x4x1f32");
  same(ElementF32(), SHAPE(32, 2, 1), "v_mfma_f32_32x32x2_f32",
       "v_mfma_f32_32x32x2f32");
  same(ElementF32(), SHAPE(16, 4, 1), "v_mfma_f32_16x16x4_f32",
       "v_mfma_f32_16x16x4f32");
  same(ElementXf32(), SHAPE(32, 4, 1), "v_mfma_f32_32x32x4_xf32");
  same(ElementXf32(), SHAPE(16, 8, 1), "v_mfma_f32_16x16x8_xf32");
  same(ElementF16(), SHAPE(32, 4, 2), "v_mfma_f32_32x32x4_2b_f16",
       "v_mfma_f32_32x32x4f16");
  same(ElementF16(), SHAPE(16, 4, 4), "v_mfma_f32_16x16x4_4b_f16",
       "v_mfma_f32_16x16x4f16");
  same(ElementF16(), SHAPE(4, 4, 16), "v_mfma_f32_4x4x4_16b_f16",
       "v_mfma_f32_4x4x4f16");
  same(ElementF16(), SHAPE(32, 8, 1), "v_mfma_f32_32x32x8_f16",
       "v_mfma_f32_32x32x8f16");
  same(ElementF16(), SHAPE(16, 16, 1), "v_mfma_f32_16x16x16_f16",
       "v_mfma_f32_16x16x16f16");
  same(ElementF16(), SHAPE(32, 16, 1), "v_mfma_f32_32x32x16_f16");
  same(ElementF16(), SHAPE(16, 32, 1), "v_mfma_f32_16x16x32_f16");
  same(ElementBf16(), SHAPE(32, 2, 2), "v_mfma_f32_32x32x2bf16");
  same(ElementBf16(), SHAPE(16, 2, 4), "v_mfma_f32_16x16x2bf16");
  same(ElementBf16(), SHAPE(4, 2, 16), "v_mfma_f32_4x4x2bf16");
  same(ElementBf16(), SHAPE(32, 4, 1), "v_mfma_f32_32x32x4bf16");
  same(ElementBf16(), SHAPE(16, 8, 1), "v_mfma_f32_16x16x8bf16");
  same(ElementBf16(), SHAPE(32, 4, 2), "v_mfma_f32_32x32x4_2b_bf16",
       "v_mfma_f32_32x32x4bf16_1k");
  same(ElementBf16(), SHAPE(16, 4, 4), "v_mfma_f32_16x16x4_4b_bf16",
       "v_mfma_f32_16x16x4bf16_1k");
  same(ElementBf16(), SHAPE(4, 4, 16), "v_mfma_f32_4x4x4_16b_bf16",
       "v_mfma_f32_4x4x4bf16_1k");
  same(ElementBf16(), SHAPE(32, 8, 1), "v_mfma_f32_32x32x8_bf16",
       "v_mfma_f32_32x32x8bf16_1k");
  same(ElementBf16(), SHAPE(16, 16, 1), "v_mfma_f32_16x16x16_bf16",
       "v_mfma_f32_16x16x16bf16_1k");
  same(ElementBf16(), SHAPE(32, 16, 1), "v_mfma_f32_32x32x16_bf16");
  same(ElementBf16(), SHAPE(16, 32, 1), "v_mfma_f32_16x16x32_bf16");
  same(ElementI8(), SHAPE(32, 4, 2), "v_mfma_i32_32x32x4_2b_i8",
       "v_mfma_i32_32x32x4i8");
  same(ElementI8(), SHAPE(16, 4, 4), "v_mfma_i32_16x16x4_4b_i8",
       "v_mfma_i32_16x16x4i8");
  same(ElementI8(), SHAPE(4, 4, 16), "v_mfma_i32_4x4x4_16b_i8",
       "v_mfma_i32_4x4x4i8");
  same(ElementI8(), SHAPE(32, 8, 1), "v_mfma_i32_32x32x8i8");
  same(ElementI8(), SHAPE(16, 16, 1), "v_mfma_i32_16x16x16i8");
  same(ElementI8(), SHAPE(32, 16, 1), "v_mfma_i32_32x32x16_i8");
  same(ElementI8(), SHAPE(16, 32, 1), "v_mfma_i32_16x16x32_i8");
  same(ElementI8(), SHAPE(32, 32, 1), "v_mfma_i32_32x32x32_i8");
  same(ElementI8(), SHAPE(16, 64, 1), "v_mfma_i32_16x16x64_i8");
#undef SHAPE
  if (t.chip->ocpFp8) {
    addMatrix8<ElementOcpFp8, ElementOcpBf8>(t);
  } else {
    addMatrix8<ElementFnuzFp8, ElementFnuzBf8>(t);
  }
  Opcode packed16 = {mfmaPacked<16, false>, InstClass::Mfma};
  Opcode packed32 = {mfmaPacked<32, false>, InstClass::Mfma};
  t.add("v_mfma_f32_16x16x128_f8f6f4", packed16);
  t.add("v_mfma_f32_32x32x64_f8f6f4", packed32);
  packed16.run = mfmaPacked<16, true>;
  packed32.run = mfmaPacked<32, true>;
  t.add("v_mfma_scale_f32_16x16x128_f8f6f4", packed16);
  t.add("v_mfma_scale_f32_32x32x64_f8f6f4", packed32);
  Opcode wide16 = {mfma64<16, 1>, InstClass::Mfma};
  Opcode wide4 = {mfma64<4, 4>, InstClass::Mfma};
  t.add("v_mfma_f64_16x16x4_f64", wide16);
  t.add("v_mfma_f64_16x16x4f64", wide16);
  t.add("v_mfma_f64_4x4x4_4b_f64", wide4);
  t.add("v_mfma_f64_4x4x4f64", wide4);
}
