//===- Arithmetic.h - formulas that device and host both compile ----------===//
//
// Included by OpenCL C kernels and by the test that checks them. Formula `n` of
// the operands a, b and c is compiled once for the simulated chip and once for
// the host; both must give the same bits. No formula has undefined behaviour,
// and NaN results are canonical, because their payload is nobody's promise.
//
//===----------------------------------------------------------------------===//

#ifdef __OPENCL_C_VERSION__
#pragma OPENCL EXTENSION cl_khr_fp16 : enable
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#pragma OPENCL FP_CONTRACT OFF
typedef char i8;
typedef short i16;
typedef int i32;
typedef long i64;
typedef uchar u8;
typedef ushort u16;
typedef uint u32;
typedef ulong u64;
typedef half f16;
#define CORPUS_BITS(TO, FROM, NAME)                                            \
  static inline TO NAME(FROM x) { return __builtin_astype(x, TO); }
#else
typedef int8_t i8;
typedef int16_t i16;
typedef int32_t i32;
typedef int64_t i64;
typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef _Float16 f16;
#define CORPUS_BITS(TO, FROM, NAME)                                            \
  static inline TO NAME(FROM x) {                                              \
    TO to;                                                                     \
    memcpy(&to, &x, sizeof(to));                                               \
    return to;                                                                 \
  }
#endif

CORPUS_BITS(f16, u16, f16Of)
CORPUS_BITS(float, u32, f32Of)
CORPUS_BITS(double, u64, f64Of)
CORPUS_BITS(u16, f16, bits16)
CORPUS_BITS(u32, float, bits32)
CORPUS_BITS(u64, double, bits64)

static inline u64 h(f16 x) { return x != x ? 0x7e00 : bits16(x); }
static inline u64 f(float x) { return x != x ? 0x7fc00000 : bits32(x); }
static inline u64 d(double x) {
  return x != x ? 0x7ff8000000000000 : bits64(x);
}

/// Values in the range of an integer of `width` bits, for conversions.
static inline float within(float x, float limit) {
  return x != x ? 0 : x < -limit ? -limit : x > limit ? limit : x;
}
static inline double withinWide(double x, double limit) {
  return x != x ? 0 : x < -limit ? -limit : x > limit ? limit : x;
}

enum { kFormulas = 96 };

static inline u64 formula(u32 n, u64 a, u64 b, u64 c) {
  u32 a32 = (u32)a, b32 = (u32)b, c32 = (u32)c;
  i32 ai = (i32)a, bi = (i32)b;
  i64 al = (i64)a, bl = (i64)b;
  u16 a16 = (u16)a, b16 = (u16)b, c16 = (u16)c;
  i16 as = (i16)a, bs = (i16)b;
  i8 ab = (i8)a, bb = (i8)b;
  float af = f32Of(a32), bf = f32Of(b32), cf = f32Of(c32);
  double ad = f64Of(a), bd = f64Of(b), cd = f64Of(c);
  f16 ah = f16Of(a16), bh = f16Of(b16), ch = f16Of(c16);
  switch (n) {
  // Integers of 32 and 64 bits.
  case 0:
    return a + b;
  case 1:
    return a - b;
  case 2:
    return a * b;
  case 3:
    return a / (b | 1);
  case 4:
    return a % (b | 1);
  case 5:
    return (u64)(bl == -1 || bl == 0 ? al : al / bl);
  case 6:
    return (u64)(bl == -1 || bl == 0 ? al : al % bl);
  case 7:
    return a32 / (b32 | 1) + ((u64)(a32 % (b32 | 1)) << 32);
  case 8:
    return (u64)(i64)(bi == -1 || bi == 0 ? ai : ai / bi);
  case 9:
    return (u64)(i64)(bi == -1 || bi == 0 ? ai : ai % bi);
  case 10:
    return (u64)a32 * b32 + c;
  case 11:
    return (u64)((i64)ai * bi) + c;
  case 12:
    return a << (b & 63);
  case 13:
    return a >> (b & 63);
  case 14:
    return (u64)(al >> (b & 63));
  case 15:
    return a32 << (b32 & 31) | a32 >> (-b32 & 31);
  case 16:
    return (u64)(i64)(ai >> (b32 & 31));
  case 17:
    return (a & b) | (~a & c);
  case 18:
    return (a ^ b) + (a & ~c);
  case 19:
    return a < b ? a : c;
  case 20:
    return al < bl ? b - a : c;
  case 21:
    return a32 > b32 ? a32 : b32;
  case 22:
    return (u32)(ai < bi ? ai : bi);
  case 23:
    return (u64)__builtin_popcountl(a) + ((u64)__builtin_popcount(b32) << 8);
  case 24:
    return (u64)(a ? __builtin_clzl(a) : 64);
  case 25:
    return (u64)(a32 ? __builtin_ctz(a32) : 32);
  case 26:
    return (a32 >> 7 & 0x1ff) | (u64)(u32)((i32)(a32 << 12) >> 20) << 32;
  case 27:
    return (u64)(((a32 & 0xffffff) * (u64)(b32 & 0xffffff)) & 0xffffffff);
  case 28:
    return (u64)(i64)(((i32)(a32 << 8) >> 8) * (i64)((i32)(b32 << 8) >> 8));
  case 29:
    return (u64)(u32)(a32 + b32 < a32) | (u64)(a + b < a) << 32;
  case 30:
    return (u32)((a32 << 3) + b32) ^ (u64)(u32)((a32 + b32) << (c32 & 31))
                                         << 32;
  case 31:
    return (u32)(a32 ^ b32 ^ c32) + ((u64)(u32)(a32 | b32 | c32) << 32);

  // 16 and 8 bits.
  case 32:
    return (u16)((u32)a16 * b16 + c16);
  case 33:
    return (u16)(as >> (b16 & 15)) | (u64)(u16)(a16 >> (c16 & 15)) << 16;
  case 34:
    return (u64)(i64)(as < bs ? as : bs);
  case 35:
    return (u16)(a16 << (b16 & 15));
  case 36:
    return (u64)(i64)(as * bs);
  case 37:
    return (u8)(ab * bb) | (u64)(u8)(ab + bb) << 8;
  case 38:
    return (u64)(i64)(ab - bb);
  case 39:
    return (u8)((u8)a / ((u8)b | 1));
  case 40:
    return ((a32 & 0xff) + (a32 >> 8 & 0xff) + (a32 >> 16 & 0xff) +
            (a32 >> 24)) |
           (u64)(a32 >> 24 | (a32 >> 8 & 0xff00) | (a32 << 8 & 0xff0000) |
                 a32 << 24)
               << 32;
  case 41:
    return (u32)((i16)(a32 >> 16) * (i16)(b32 >> 16) + as * (i32)bs / 2);
  case 42:
    return (u16)(a16 + b16) | (u64)(u16)((u16)(a32 >> 16) + (u16)(b32 >> 16))
                                  << 16;
  case 43:
    return (u16)((a16 > b16 ? a16 : b16) - (a16 > b16 ? b16 : a16));

  // Single precision.
  case 44:
    return f(af + bf);
  case 45:
    return f(af - bf);
  case 46:
    return f(af * bf);
  case 47:
    return f(af / bf);
  case 48:
    return f(__builtin_sqrtf(af));
  case 49:
    return f(__builtin_fmaf(af, bf, cf));
  case 50:
    return f(af * bf + cf);
  case 51:
    return f(__builtin_floorf(af)) | f(__builtin_ceilf(bf)) << 32;
  case 52:
    return f(__builtin_truncf(af)) | f(__builtin_rintf(bf)) << 32;
  case 53:
    return f(__builtin_fabsf(af)) | f(-bf) << 32;
  case 54:
    return f(__builtin_copysignf(af, bf));
  case 55:
    return (u64)((af < bf) | (af <= bf) << 1 | (af == bf) << 2 |
                 (af != bf) << 3 | (af > bf) << 4 | (af >= bf) << 5 |
                 !(af < bf) << 6 | (af != af) << 7);
  case 56:
    return f(af < bf ? cf : af);
  case 57:
    return f(-af * __builtin_fabsf(bf) + 0.5f);
  case 58:
    return f(1.0f / af);
  case 59:
    return f((af + bf) * 2.0f) | f((af - bf) * 0.5f) << 32;

  // Double precision.
  case 60:
    return d(ad + bd);
  case 61:
    return d(ad * bd);
  case 62:
    return d(ad / bd);
  case 63:
    return d(__builtin_sqrt(ad));
  case 64:
    return d(__builtin_fma(ad, bd, cd));
  case 65:
    return d(__builtin_floor(ad));
  case 66:
    return d(__builtin_rint(ad));
  case 67:
    return (u64)((ad < bd) | (ad <= bd) << 1 | (ad == bd) << 2 |
                 (ad != ad) << 3);
  case 68:
    return d(ad < bd ? -cd : __builtin_fabs(ad));
  case 69:
    return d(ad - bd * cd);

  // Half precision.
  case 70:
    return h(ah + bh);
  case 71:
    return h(ah * bh);
  case 72:
    return h(ah - ch);
  case 73:
    return h((f16)(ah < bh ? ah : ch));
  case 74:
    return (u64)((ah < bh) | (ah == bh) << 1 | (ah != ah) << 2);

  // Conversions.
  case 75:
    return f((float)ai) | f((float)a32) << 32;
  case 76:
    return d((double)ai);
  case 77:
    return d((double)a32);
  case 78:
    return d((double)al);
  case 79:
    return d((double)a);
  case 80:
    return f((float)al);
  case 81:
    return f((float)a);
  case 82:
    return (u32)(i32)within(af, 2147483520.0f);
  case 83:
    return (u32)__builtin_fabsf(within(af, 4294967040.0f));
  case 84:
    return (u64)(i64)withinWide(ad, 9223372036854774784.0);
  case 85:
    return (u64)__builtin_fabs(withinWide(ad, 18446744073709549568.0));
  case 86:
    return (u64)(i64)within(af, 9223371487098961920.0f);
  case 87:
    return f((float)ad) | (u64)(u32)(i32)withinWide(bd, 2147483647.0) << 32;
  case 88:
    return d((double)af);
  case 89:
    return f((float)ah);
  case 90:
    return h((f16)af);
  case 91:
    return h((f16)as) | h((f16)b16) << 16;
  case 92:
    return (u16)(i16)within((float)ah, 32752.0f);
  case 93:
    return f((float)(u8)(a32 >> 8)) | f((float)(i8)(b32 >> 24)) << 32;
  case 94:
    return f((float)(i16)(a32 >> 16)) | f((float)b16) << 32;
  default:
    return (u64)(u8)(i8)within(af, 127.0f) | (u64)(af != 0) << 8 |
           (u64)((i32)as) << 32;
  }
}
