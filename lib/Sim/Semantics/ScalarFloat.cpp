//===- ScalarFloat.cpp - SALU operations that only RDNA chips have --------===//
//
// Float arithmetic of the SALU (gfx12), EXEC updates of waves of 32, and 64-bit
// integer arithmetic. f16 operands are the low half of a register; a f16 result
// clears the other half.
//
//===----------------------------------------------------------------------===//

#include "Sim/Machine.h"
#include "Sim/Semantics/FloatFormats.h"
#include <cmath>
#include <string>

using namespace moesaic::sim;

namespace {

/// How a value of a scalar register is read and written.
struct Single {
  static constexpr bool wide = false;
  static float read(const Wave &w, const Operand &o) {
    return bits<float>(scalar32(w, o));
  }
  static uint32_t write(float x) { return bits<uint32_t>(x); }
};
struct Half {
  static constexpr bool wide = true;
  static float read(const Wave &w, const Operand &o) {
    uint32_t raw = o.kind == Operand::Constant ? o.half : scalar32(w, o);
    return halfToFloat(uint16_t(raw));
  }
  static uint32_t write(float x) { return floatToHalf(x); }
};

template <class T, float (*fn)(float)>
void unary(Wave &w, const Inst &i) {
  w.s[i.op[0].reg] = T::write(fn(T::read(w, i.op[1])));
}
template <class T, float (*fn)(float, float)>
void binary(Wave &w, const Inst &i) {
  w.s[i.op[0].reg] = T::write(fn(T::read(w, i.op[1]), T::read(w, i.op[2])));
}

float sum(float a, float b) { return a + b; }
float subtract(float a, float b) { return a - b; }
float multiply(float a, float b) { return a * b; }
float roundUp(float a) { return std::ceil(a); }
float roundDown(float a) { return std::floor(a); }
float truncate(float a) { return std::trunc(a); }
float nearest(float a) { return __builtin_roundevenf(a); }

template <float (*fn)(float)>
void addUnary(OpcodeTable &t, const std::string &name) {
  t.add((name + "_f32").c_str(), {unary<Single, fn>, InstClass::Salu, true});
  t.add((name + "_f16").c_str(),
        {unary<Half, fn>, InstClass::Salu, true, false, 1});
}
template <float (*fn)(float, float)>
void addBinary(OpcodeTable &t, const std::string &name) {
  t.add((name + "_f32").c_str(), {binary<Single, fn>, InstClass::Salu, true});
  t.add((name + "_f16").c_str(),
        {binary<Half, fn>, InstClass::Salu, true, false, 1});
}

/// s_fmac: the destination is the addend.
template <class T>
void fmac(Wave &w, const Inst &i) {
  float a = T::read(w, i.op[1]), b = T::read(w, i.op[2]);
  Operand old = i.op[0];
  float c = T::read(w, old);
  // Half precision: the sum is exact in double, and rounds to odd in float.
  if (T::wide) {
    double exact = double(a) * b + c;
    float near = float(exact);
    if (double(near) != exact && !(bits<uint32_t>(near) & 1)) {
      uint32_t raw = bits<uint32_t>(near);
      near = bits<float>((double(near) < exact) == (exact > 0) ? raw | 1
                                                               : raw - 1);
    }
    w.s[i.op[0].reg] = T::write(near);
    return;
  }
  w.s[i.op[0].reg] = T::write(std::fma(a, b, c));
}
void fmaLiteral(Wave &w, const Inst &i) {
  // s_fmaak: a * b + literal; s_fmamk: a * literal + b, in the order printed.
  float a = Single::read(w, i.op[1]), b = Single::read(w, i.op[2]);
  w.s[i.op[0].reg] = Single::write(std::fma(a, b, Single::read(w, i.op[3])));
}

//===----------------------------------------------------------------------===//
// Comparisons: bit 0 of the kind says less, 1 equal, 2 greater, 3 unordered
//===----------------------------------------------------------------------===//

template <class T>
void compare(Wave &w, const Inst &i) {
  float a = T::read(w, i.op[0]), b = T::read(w, i.op[1]);
  unsigned relation = a < b ? 1 : a == b ? 2 : a > b ? 4 : 8;
  // Bit 0 of the immediate belongs to the MODE fields.
  w.scc = i.immediate >> 1 & relation;
}

void addCompares(OpcodeTable &t) {
  struct Kind {
    const char *name;
    int relations;
  };
  for (const Kind &kind :
       {Kind{"lt", 1}, Kind{"eq", 2}, Kind{"le", 3}, Kind{"gt", 4},
        Kind{"lg", 5}, Kind{"ge", 6}, Kind{"o", 7}, Kind{"u", 8},
        Kind{"nge", 9}, Kind{"nlg", 10}, Kind{"ngt", 11}, Kind{"nle", 12},
        Kind{"neq", 13}, Kind{"nlt", 14}}) {
    std::string name = std::string("s_cmp_") + kind.name;
    t.add((name + "_f32").c_str(),
          {compare<Single>, InstClass::Salu, true, false, kind.relations << 1});
    t.add((name + "_f16").c_str(), {compare<Half>, InstClass::Salu, true, false,
                                    kind.relations << 1 | 1});
  }
}

//===----------------------------------------------------------------------===//
// Conversions
//===----------------------------------------------------------------------===//

template <class I>
uint32_t toInteger(float a) {
  constexpr double low = std::is_signed_v<I> ? -0x1p31 : 0;
  constexpr double high = std::is_signed_v<I> ? 0x1p31 - 1 : 0x1p32 - 1;
  double x = a != a ? 0.0 : double(a);
  x = x < low ? low : x > high ? high : x;
  return uint32_t(int64_t(x));
}

enum class Convert {
  FromInt,
  FromUnsigned,
  ToInt,
  ToUnsigned,
  ToHalf,
  FromHalf,
  FromHighHalf
};

template <Convert kind>
void convert(Wave &w, const Inst &i) {
  const Operand &o = i.op[1];
  uint32_t a = scalar32(w, o), r = 0;
  switch (kind) {
  case Convert::FromInt:
    r = bits<uint32_t>(float(int32_t(a)));
    break;
  case Convert::FromUnsigned:
    r = bits<uint32_t>(float(a));
    break;
  case Convert::ToInt:
    r = toInteger<int32_t>(bits<float>(a));
    break;
  case Convert::ToUnsigned:
    r = toInteger<uint32_t>(bits<float>(a));
    break;
  case Convert::ToHalf:
    r = floatToHalf(bits<float>(a));
    break;
  case Convert::FromHalf:
    r = bits<uint32_t>(Half::read(w, o));
    break;
  case Convert::FromHighHalf:
    r = bits<uint32_t>(halfToFloat(uint16_t(a >> 16)));
    break;
  }
  w.s[i.op[0].reg] = r;
}

void packTowardZero(Wave &w, const Inst &i) {
  uint32_t low = floatToHalfTowardZero(Single::read(w, i.op[1]));
  uint32_t high = floatToHalfTowardZero(Single::read(w, i.op[2]));
  w.s[i.op[0].reg] = low | high << 16;
}

//===----------------------------------------------------------------------===//
// Integers and EXEC
//===----------------------------------------------------------------------===//

enum class Wide { Add, Subtract, Multiply };

template <Wide kind>
void arithmetic64(Wave &w, const Inst &i) {
  uint64_t a = scalar64(w, i.op[1]), b = scalar64(w, i.op[2]);
  writePair(w, i.op[0].reg,
            kind == Wide::Add        ? a + b
            : kind == Wide::Subtract ? a - b
                                     : a * b);
}

void packHighLow(Wave &w, const Inst &i) {
  w.s[i.op[0].reg] = scalar32(w, i.op[1]) >> 16 | scalar32(w, i.op[2]) << 16;
}

/// Waves of 32: EXEC is one register.
template <uint32_t (*fn)(uint32_t, uint32_t), bool writesResult>
void saveExec(Wave &w, const Inst &i) {
  uint32_t e = w.s[kExec], r = fn(scalar32(w, i.op[1]), e);
  w.s[i.op[0].reg] = writesResult ? r : e;
  w.s[kExec] = r;
  w.scc = r != 0;
}

uint32_t both(uint32_t a, uint32_t e) { return a & e; }
uint32_t either(uint32_t a, uint32_t e) { return a | e; }
uint32_t oneOf(uint32_t a, uint32_t e) { return a ^ e; }
uint32_t notBoth(uint32_t a, uint32_t e) { return ~(a & e); }
uint32_t neither(uint32_t a, uint32_t e) { return ~(a | e); }
uint32_t same(uint32_t a, uint32_t e) { return ~(a ^ e); }
uint32_t notFirst(uint32_t a, uint32_t e) { return ~a & e; }
uint32_t notSecond(uint32_t a, uint32_t e) { return a & ~e; }
uint32_t orNotFirst(uint32_t a, uint32_t e) { return ~a | e; }
uint32_t orNotSecond(uint32_t a, uint32_t e) { return a | ~e; }

void addSaveExec(OpcodeTable &t) {
  auto add = [&](const char *name, Handler run) {
    t.add(name, {run, InstClass::Salu});
  };
  add("s_and_saveexec_b32", saveExec<both, false>);
  add("s_or_saveexec_b32", saveExec<either, false>);
  add("s_xor_saveexec_b32", saveExec<oneOf, false>);
  add("s_nand_saveexec_b32", saveExec<notBoth, false>);
  add("s_nor_saveexec_b32", saveExec<neither, false>);
  add("s_xnor_saveexec_b32", saveExec<same, false>);
  add("s_andn1_saveexec_b32", saveExec<notFirst, false>);
  add("s_andn2_saveexec_b32", saveExec<notSecond, false>);
  add("s_orn1_saveexec_b32", saveExec<orNotFirst, false>);
  add("s_orn2_saveexec_b32", saveExec<orNotSecond, false>);
  add("s_andn1_wrexec_b32", saveExec<notFirst, true>);
  add("s_andn2_wrexec_b32", saveExec<notSecond, true>);
}

} // namespace

void moesaic::sim::addScalarFloatOps(OpcodeTable &t) {
  addUnary<roundUp>(t, "s_ceil");
  addUnary<roundDown>(t, "s_floor");
  addUnary<truncate>(t, "s_trunc");
  addUnary<nearest>(t, "s_rndne");
  addBinary<sum>(t, "s_add");
  addBinary<subtract>(t, "s_sub");
  addBinary<multiply>(t, "s_mul");
  addBinary<minNumber<float>>(t, "s_min_num");
  addBinary<maxNumber<float>>(t, "s_max_num");
  addBinary<minimumNaN<float>>(t, "s_minimum");
  addBinary<maximumNaN<float>>(t, "s_maximum");
  t.add("s_fmac_f32", {fmac<Single>, InstClass::Salu, true});
  t.add("s_fmac_f16", {fmac<Half>, InstClass::Salu, true, false, 1});
  t.add("s_fmaak_f32", {fmaLiteral, InstClass::Salu, true});
  t.add("s_fmamk_f32", {fmaLiteral, InstClass::Salu, true});
  addCompares(t);
  auto conversion = [&](const char *name, Handler run, bool wide = false) {
    t.add(name, {run, InstClass::Salu, true, false, wide});
  };
  conversion("s_cvt_f32_i32", convert<Convert::FromInt>);
  conversion("s_cvt_f32_u32", convert<Convert::FromUnsigned>);
  conversion("s_cvt_i32_f32", convert<Convert::ToInt>);
  conversion("s_cvt_u32_f32", convert<Convert::ToUnsigned>);
  conversion("s_cvt_f16_f32", convert<Convert::ToHalf>, true);
  conversion("s_cvt_f32_f16", convert<Convert::FromHalf>, true);
  conversion("s_cvt_hi_f32_f16", convert<Convert::FromHighHalf>, true);
  conversion("s_cvt_pk_rtz_f16_f32", packTowardZero);
  t.add("s_add_nc_u64", {arithmetic64<Wide::Add>, InstClass::Salu});
  t.add("s_sub_nc_u64", {arithmetic64<Wide::Subtract>, InstClass::Salu});
  t.add("s_mul_u64", {arithmetic64<Wide::Multiply>, InstClass::Salu});
  t.add("s_pack_hl_b32_b16", {packHighLow, InstClass::Salu});
  addSaveExec(t);
}
