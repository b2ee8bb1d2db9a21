//===- MatrixSparse.cpp - SMFMAC: A with two of four elements -------------===//
//
// D = A B + D, where of each four consecutive k a row of A holds two. CDNA3 and
// CDNA4 ISA guides, "Sparse matrix". With e = K M / 64 elements of B in a lane
// and lane groups of M lanes:
//
//   A[i][k]: lane i + M (k / e), which holds e / 2 elements, two of each four
//            consecutive k in ascending order of their place in the register.
//   B[k][j]: the shapes of CDNA3: lane j + M (k / e), element k % e; the larger
//            ones of CDNA4 read B in two halves: element n of lane group g is
//            k = (e / 2) g + n % (e / 2), of the upper half K / 2 more.
//   D as in dense MFMA.
//
// The index register of a lane that holds A has two bits for each of its
// elements: which of the four k it is. Where these are fewer than 32 bits, ABID
// chooses the set, and CBSZ other than zero the lowest one.
//
//===----------------------------------------------------------------------===//

#include "Sim/Semantics/Vector.h"

using namespace moesaic::sim;

namespace {

struct Half {
  using Value = float;
  static constexpr unsigned width = 16;
  static float load(u32 raw) { return halfToFloat(u16(raw)); }
};
struct Brain {
  using Value = float;
  static constexpr unsigned width = 16;
  static float load(u32 raw) { return bf16ToFloat(u16(raw)); }
};
struct Byte {
  using Value = i32;
  static constexpr unsigned width = 8;
  static i32 load(u32 raw) { return int8_t(raw); }
};
struct FnuzFp8 {
  using Value = float;
  static constexpr unsigned width = 8;
  static float load(u32 raw) { return fnuzToFloat<3, 8>(uint8_t(raw)); }
};
struct FnuzBf8 {
  using Value = float;
  static constexpr unsigned width = 8;
  static float load(u32 raw) { return fnuzToFloat<2, 16>(uint8_t(raw)); }
};
struct OcpFp8 {
  using Value = float;
  static constexpr unsigned width = 8;
  static float load(u32 raw) {
    return smallToFloat<4, 3, Largest::Nan>(raw & 255);
  }
};
struct OcpBf8 {
  using Value = float;
  static constexpr unsigned width = 8;
  static float load(u32 raw) {
    return smallToFloat<5, 2, Largest::Ieee>(raw & 255);
  }
};

/// Element `n` of a lane's packed registers.
template <class E>
inline typename E::Value element(const Row *r, unsigned lane, unsigned n) {
  constexpr unsigned perWord = 32 / E::width;
  return E::load(r[n / perWord].lane[lane] >> (n % perWord * E::width));
}

inline float accumulate(float a, float b, float c) {
  return __builtin_fmaf(a, b, c);
}
inline i32 accumulate(i32 a, i32 b, i32 c) {
  return i32(u32(a) * u32(b) + u32(c));
}

/// `halves`: B comes in two halves of K.
template <class EA, class EB, unsigned M, unsigned K, bool halves>
void smfmac(Wave &w, const Inst &i) {
  using T = typename EA::Value;
  constexpr unsigned e = K * M / kLanes, groups = kLanes / M;
  constexpr unsigned indexBits = e; // two for each of e / 2 elements
  const Row *ra = &w.v[i.op[1].reg], *rb = &w.v[i.op[2].reg];
  const Operand &index = i.op[3];
  unsigned set = i.cbsz ? 0 : i.abid % (32 / indexBits);

  T b[K][M];
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    unsigned group = lane / M;
    for (unsigned n = 0; n < e; ++n) {
      unsigned k = halves ? e / 2 * group + n % (e / 2) + n / (e / 2) * (K / 2)
                          : e * group + n;
      b[k][lane % M] = element<EB>(rb, lane, n);
    }
  }
  constexpr unsigned registers = M * M / kLanes;
  Row result[registers];
  for (unsigned row = 0; row < M; ++row) {
    unsigned reg = 4 * (row / (4 * groups)) + row % 4;
    unsigned first = M * (row / 4 % groups);
    T sum[M];
    __builtin_memcpy(sum, &w.v[i.op[0].reg + reg].lane[first], sizeof(sum));
    for (unsigned group = 0; group < groups; ++group) {
      unsigned lane = row + M * group;
      u32 places = (index.kind == Operand::Vector ? w.v[index.reg].lane[lane]
                                                  : scalar32(w, index)) >>
                   (set * indexBits % 32);
      for (unsigned n = 0; n < e / 2; ++n) {
        T a = element<EA>(ra, lane, n);
        const T *y = b[e * group + n / 2 * 4 + (places >> (2 * n) & 3)];
        for (unsigned j = 0; j < M; ++j) {
          sum[j] = accumulate(a, y[j], sum[j]);
        }
      }
    }
    __builtin_memcpy(&result[reg].lane[first], sum, sizeof(sum));
  }
  __builtin_memcpy(static_cast<void *>(&w.v[i.op[0].reg]), result,
                   sizeof(result));
}

template <class EA, class EB, unsigned M, unsigned K, bool halves>
void addShape(OpcodeTable &t, const char *name) {
  t.add(name, {smfmac<EA, EB, M, K, halves>, InstClass::Mfma});
}

template <class F, class B>
void addBytes(OpcodeTable &t) {
  addShape<F, F, 16, 64, false>(t, "v_smfmac_f32_16x16x64_fp8_fp8");
  addShape<F, B, 16, 64, false>(t, "v_smfmac_f32_16x16x64_fp8_bf8");
  addShape<B, F, 16, 64, false>(t, "v_smfmac_f32_16x16x64_bf8_fp8");
  addShape<B, B, 16, 64, false>(t, "v_smfmac_f32_16x16x64_bf8_bf8");
  addShape<F, F, 32, 32, false>(t, "v_smfmac_f32_32x32x32_fp8_fp8");
  addShape<F, B, 32, 32, false>(t, "v_smfmac_f32_32x32x32_fp8_bf8");
  addShape<B, F, 32, 32, false>(t, "v_smfmac_f32_32x32x32_bf8_fp8");
  addShape<B, B, 32, 32, false>(t, "v_smfmac_f32_32x32x32_bf8_bf8");
  addShape<F, F, 16, 128, true>(t, "v_smfmac_f32_16x16x128_fp8_fp8");
  addShape<F, B, 16, 128, true>(t, "v_smfmac_f32_16x16x128_fp8_bf8");
  addShape<B, F, 16, 128, true>(t, "v_smfmac_f32_16x16x128_bf8_fp8");
  addShape<B, B, 16, 128, true>(t, "v_smfmac_f32_16x16x128_bf8_bf8");
  addShape<F, F, 32, 64, true>(t, "v_smfmac_f32_32x32x64_fp8_fp8");
  addShape<F, B, 32, 64, true>(t, "v_smfmac_f32_32x32x64_fp8_bf8");
  addShape<B, F, 32, 64, true>(t, "v_smfmac_f32_32x32x64_bf8_fp8");
  addShape<B, B, 32, 64, true>(t, "v_smfmac_f32_32x32x64_bf8_bf8");
}

} // namespace

void moesaic::sim::MOESAIC_SIM_HOST::addSparseMatrixOps(OpcodeTable &t) {
  addShape<Half, Half, 16, 32, false>(t, "v_smfmac_f32_16x16x32_f16");
  addShape<Half, Half, 32, 16, false>(t, "v_smfmac_f32_32x32x16_f16");
  addShape<Half, Half, 16, 64, true>(t, "v_smfmac_f32_16x16x64_f16");
  addShape<Half, Half, 32, 32, true>(t, "v_smfmac_f32_32x32x32_f16");
  addShape<Brain, Brain, 16, 32, false>(t, "v_smfmac_f32_16x16x32_bf16");
  addShape<Brain, Brain, 32, 16, false>(t, "v_smfmac_f32_32x32x16_bf16");
  addShape<Brain, Brain, 16, 64, true>(t, "v_smfmac_f32_16x16x64_bf16");
  addShape<Brain, Brain, 32, 32, true>(t, "v_smfmac_f32_32x32x32_bf16");
  addShape<Byte, Byte, 16, 64, false>(t, "v_smfmac_i32_16x16x64_i8");
  addShape<Byte, Byte, 32, 32, false>(t, "v_smfmac_i32_32x32x32_i8");
  addShape<Byte, Byte, 16, 128, true>(t, "v_smfmac_i32_16x16x128_i8");
  addShape<Byte, Byte, 32, 64, true>(t, "v_smfmac_i32_32x32x64_i8");
  if (t.chip->ocpFp8) {
    addBytes<OcpFp8, OcpBf8>(t);
  } else {
    addBytes<FnuzFp8, FnuzBf8>(t);
  }
}
