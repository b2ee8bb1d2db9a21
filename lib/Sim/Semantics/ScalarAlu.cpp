//===- ScalarAlu.cpp - SOP1, SOP2 and SOPK arithmetic ---------------------===//
//
// SCC follows the ISA guide: "SCC = (result != 0)" for bit operations, carry or
// overflow for arithmetic, unchanged for moves, shifts excepted.
//
//===----------------------------------------------------------------------===//

#include "Sim/Machine.h"
#include <type_traits>

using namespace moesaic::sim;

using u32 = uint32_t;
using i32 = int32_t;
using u64 = uint64_t;
using i64 = int64_t;

static void set(Wave &w, const Operand &o, u32 value) { w.s[o.reg] = value; }
static void set(Wave &w, const Operand &o, u64 value) {
  writePair(w, o.reg, value);
}

/// How an operation sets SCC.
enum class Flag { Keep, NonZero };

template <class T>
static T source(const Wave &w, const Operand &o) {
  if constexpr (sizeof(T) == 8) {
    return T(scalar64(w, o));
  } else {
    return T(scalar32(w, o));
  }
}

template <class T>
using Unsigned = std::conditional_t<sizeof(T) == 8, u64, u32>;

/// Turns a captureless lambda's type back into a callable.
template <class Fn>
static const Fn &instance() {
  static const char storage = 0;
  return reinterpret_cast<const Fn &>(storage);
}

template <class Fn, Flag flag, class R, class A>
static void run1(Wave &w, const Inst &i) {
  R result = instance<Fn>()(source<A>(w, i.op[1]));
  set(w, i.op[0], Unsigned<R>(result));
  if (flag == Flag::NonZero) {
    w.scc = result != 0;
  }
}

template <class Fn, Flag flag, class R, class A, class B>
static void run2(Wave &w, const Inst &i) {
  R result = instance<Fn>()(source<A>(w, i.op[1]), source<B>(w, i.op[2]));
  set(w, i.op[0], Unsigned<R>(result));
  if (flag == Flag::NonZero) {
    w.scc = result != 0;
  }
}

template <Flag flag, class Fn, class R, class A>
static void addAs(OpcodeTable &t, const char *name, Fn, R (*)(A)) {
  t.add(name, {run1<Fn, flag, R, A>, InstClass::Salu});
}
template <Flag flag, class Fn, class R, class A, class B>
static void addAs(OpcodeTable &t, const char *name, Fn, R (*)(A, B)) {
  t.add(name, {run2<Fn, flag, R, A, B>, InstClass::Salu});
}
template <Flag flag, class Fn>
static void add(OpcodeTable &t, const char *name, Fn fn) {
  addAs<flag>(t, name, fn, +fn);
}

//===----------------------------------------------------------------------===//
// Arithmetic whose SCC is a carry, an overflow or a comparison
//===----------------------------------------------------------------------===//

template <int kind>
static void addSub(Wave &w, const Inst &i) {
  u32 a = scalar32(w, i.op[1]), b = scalar32(w, i.op[2]), r = 0;
  switch (kind) {
  case 0: // add_u32
    r = a + b;
    w.scc = r < a;
    break;
  case 1: // sub_u32
    r = a - b;
    w.scc = b > a;
    break;
  case 2: { // addc_u32
    u64 sum = u64(a) + b + w.scc;
    r = u32(sum);
    w.scc = sum >> 32;
    break;
  }
  case 3: { // subb_u32
    u64 take = u64(b) + w.scc;
    r = u32(a - take);
    w.scc = take > a;
    break;
  }
  case 4: // add_i32
    w.scc = __builtin_add_overflow(i32(a), i32(b), reinterpret_cast<i32 *>(&r));
    break;
  case 5: // sub_i32
    w.scc = __builtin_sub_overflow(i32(a), i32(b), reinterpret_cast<i32 *>(&r));
    break;
  case 6: // min_i32
    w.scc = i32(a) < i32(b);
    r = w.scc ? a : b;
    break;
  case 7: // max_i32
    w.scc = i32(a) > i32(b);
    r = w.scc ? a : b;
    break;
  case 8: // min_u32
    w.scc = a < b;
    r = w.scc ? a : b;
    break;
  case 9: // max_u32
    w.scc = a > b;
    r = w.scc ? a : b;
    break;
  case 10: // absdiff_i32
    // The difference wraps before its sign is looked at (ISA guide, examples).
    r = i32(a - b) < 0 ? b - a : a - b;
    w.scc = r != 0;
    break;
  }
  set(w, i.op[0], r);
}

template <unsigned shift>
static void shiftAdd(Wave &w, const Inst &i) {
  u64 sum = (u64(scalar32(w, i.op[1])) << shift) + scalar32(w, i.op[2]);
  set(w, i.op[0], u32(sum));
  w.scc = sum >> 32;
}

static void absI32(Wave &w, const Inst &i) {
  u32 a = scalar32(w, i.op[1]);
  u32 r = i32(a) < 0 ? 0 - a : a;
  set(w, i.op[0], r);
  w.scc = r != 0;
}

//===----------------------------------------------------------------------===//
// Selection, EXEC updates, SOPK
//===----------------------------------------------------------------------===//

template <class T>
static void cselect(Wave &w, const Inst &i) {
  set(w, i.op[0], w.scc ? source<T>(w, i.op[1]) : source<T>(w, i.op[2]));
}
template <class T>
static void cmov(Wave &w, const Inst &i) {
  if (w.scc) {
    set(w, i.op[0], source<T>(w, i.op[1]));
  }
}

template <int kind>
static void saveExec(Wave &w, const Inst &i) {
  u64 a = scalar64(w, i.op[1]), e = exec(w), r = 0;
  switch (kind) {
  case 0:
    r = a & e;
    break;
  case 1:
    r = a | e;
    break;
  case 2:
    r = a ^ e;
    break;
  case 3:
    r = a & ~e;
    break; // andn2
  case 4:
    r = a | ~e;
    break; // orn2
  case 5:
    r = ~(a & e);
    break;
  case 6:
    r = ~(a | e);
    break;
  case 7:
    r = ~(a ^ e);
    break;
  case 8:
    r = ~a & e;
    break; // andn1
  case 9:
    r = ~a | e;
    break; // orn1
  }
  // The wrexec forms put the new mask into the destination too.
  set(w, i.op[0], i.immediate ? r : e);
  writePair(w, kExec, r);
  w.scc = r != 0;
}

template <int kind>
static void sopk(Wave &w, const Inst &i) {
  u32 d = w.s[i.op[0].reg];
  i32 k = int16_t(i.op[1].word);
  switch (kind) {
  case 0: // movk
    d = u32(k);
    break;
  case 1: // cmovk
    d = w.scc ? u32(k) : d;
    break;
  case 2: { // addk
    i32 r;
    w.scc = __builtin_add_overflow(i32(d), k, &r);
    d = u32(r);
    break;
  }
  case 3: // mulk
    d *= u32(k);
    break;
  }
  set(w, i.op[0], d);
}

static u64 replicateBits(u32 value, unsigned step) {
  u64 r = 0;
  for (unsigned n = 0; n < 32; ++n) {
    if (value >> n & 1) {
      r |= ((u64(1) << step) - 1) << (step * n);
    }
  }
  return r;
}

/// Whole quad mode: a quad with any bit set is all ones.
static u64 wholeQuads(u64 a) {
  for (unsigned n = 0; n < 64; n += 4) {
    if (a >> n & 15) {
      a |= u64(15) << n;
    }
  }
  return a;
}

/// One bit for every quad with a bit set.
static u64 quadMask(u64 a) {
  u64 r = 0;
  for (unsigned n = 0; n < 16; ++n) {
    r |= u64((a >> (4 * n) & 15) != 0) << n;
  }
  return r;
}

template <class T>
static void bitset(Wave &w, const Inst &i) {
  T one = T(1) << (scalar32(w, i.op[1]) & (sizeof(T) * 8 - 1));
  T old = source<T>(w, i.op[0]);
  set(w, i.op[0], i.immediate ? T(old | one) : T(old & ~one));
}

static void movrels(Wave &w, const Inst &i) {
  unsigned reg = (i.op[1].reg + w.s[kM0]) & 127;
  if (i.immediate == 8) {
    set(w, i.op[0], readPair(w, reg & 126));
  } else {
    set(w, i.op[0], w.s[reg]);
  }
}
static void movreld(Wave &w, const Inst &i) {
  unsigned reg = (i.op[0].reg + w.s[kM0]) & 127;
  if (i.immediate == 8) {
    writePair(w, reg & 126, scalar64(w, i.op[1]));
  } else {
    w.s[reg] = scalar32(w, i.op[1]);
  }
}

/// gfx11 on: M0 has ten bits for each of two indices.
static void movrelsd2(Wave &w, const Inst &i) {
  unsigned from = (i.op[1].reg + (w.s[kM0] & 1023)) & 127;
  w.s[(i.op[0].reg + (w.s[kM0] >> 16 & 1023)) & 127] = w.s[from];
}

static void pack(Wave &w, const Inst &i) {
  u32 a = scalar32(w, i.op[1]), b = scalar32(w, i.op[2]);
  u32 low = i.immediate & 1 ? a >> 16 : a & 0xffff;
  u32 high = i.immediate & 2 ? b >> 16 : b & 0xffff;
  set(w, i.op[0], low | high << 16);
}

template <class T>
static T bfe(T a, u32 field) {
  constexpr unsigned size = sizeof(T) * 8;
  unsigned offset = field & (size - 1), width = field >> 16 & 0x7f;
  if (width == 0) {
    return 0;
  }
  T shifted = a >> offset;
  if (width >= size) {
    return shifted;
  }
  using U = Unsigned<T>;
  U up = U(shifted) << (size - width);
  return std::is_signed_v<T> ? T(T(up) >> (size - width))
                             : T(up >> (size - width));
}

void moesaic::sim::addScalarOps(OpcodeTable &t) {
  constexpr Flag keep = Flag::Keep, flag = Flag::NonZero;
  add<keep>(t, "s_mov_b32", [](u32 a) { return a; });
  add<keep>(t, "s_mov_b64", [](u64 a) { return a; });
  add<flag>(t, "s_not_b32", [](u32 a) { return ~a; });
  add<flag>(t, "s_not_b64", [](u64 a) { return ~a; });
  add<flag>(t, "s_wqm_b32", [](u32 a) { return u32(wholeQuads(a)); });
  add<flag>(t, "s_wqm_b64", [](u64 a) { return wholeQuads(a); });
  add<flag>(t, "s_quadmask_b32", [](u32 a) { return u32(quadMask(a)); });
  add<flag>(t, "s_quadmask_b64", [](u64 a) { return quadMask(a); });
  add<keep>(t, "s_brev_b32", [](u32 a) { return __builtin_bitreverse32(a); });
  add<keep>(t, "s_brev_b64", [](u64 a) { return __builtin_bitreverse64(a); });
  add<flag>(t, "s_bcnt0_i32_b32",
            [](u32 a) { return u32(__builtin_popcount(~a)); });
  add<flag>(t, "s_bcnt1_i32_b32",
            [](u32 a) { return u32(__builtin_popcount(a)); });
  add<flag>(t, "s_bcnt0_i32_b64",
            [](u64 a) { return u32(__builtin_popcountll(~a)); });
  add<flag>(t, "s_bcnt1_i32_b64",
            [](u64 a) { return u32(__builtin_popcountll(a)); });
  add<keep>(t, "s_ff1_i32_b32",
            [](u32 a) { return a ? __builtin_ctz(a) : -1; });
  add<keep>(t, "s_ff0_i32_b32",
            [](u32 a) { return ~a ? __builtin_ctz(~a) : -1; });
  add<keep>(t, "s_ff1_i32_b64",
            [](u64 a) { return a ? __builtin_ctzll(a) : -1; });
  add<keep>(t, "s_ff0_i32_b64",
            [](u64 a) { return ~a ? __builtin_ctzll(~a) : -1; });
  add<keep>(t, "s_flbit_i32_b32",
            [](u32 a) { return a ? __builtin_clz(a) : -1; });
  add<keep>(t, "s_flbit_i32_b64",
            [](u64 a) { return a ? __builtin_clzll(a) : -1; });
  add<keep>(t, "s_flbit_i32", [](i32 a) {
    u32 x = u32(a < 0 ? ~a : a);
    return x ? __builtin_clz(x) : -1;
  });
  add<keep>(t, "s_flbit_i32_i64", [](i64 a) {
    u64 x = u64(a < 0 ? ~a : a);
    return x ? __builtin_clzll(x) : -1;
  });
  add<keep>(t, "s_sext_i32_i8", [](u32 a) { return i32(int8_t(a)); });
  add<keep>(t, "s_sext_i32_i16", [](u32 a) { return i32(int16_t(a)); });
  add<keep>(t, "s_bitreplicate_b64_b32",
            [](u32 a) { return replicateBits(a, 2); });
  t.add("s_abs_i32", {absI32, InstClass::Salu});

  t.add("s_add_u32", {addSub<0>, InstClass::Salu});
  t.add("s_sub_u32", {addSub<1>, InstClass::Salu});
  t.add("s_addc_u32", {addSub<2>, InstClass::Salu});
  t.add("s_subb_u32", {addSub<3>, InstClass::Salu});
  t.add("s_add_i32", {addSub<4>, InstClass::Salu});
  t.add("s_sub_i32", {addSub<5>, InstClass::Salu});
  t.add("s_min_i32", {addSub<6>, InstClass::Salu});
  t.add("s_max_i32", {addSub<7>, InstClass::Salu});
  t.add("s_min_u32", {addSub<8>, InstClass::Salu});
  t.add("s_max_u32", {addSub<9>, InstClass::Salu});
  t.add("s_absdiff_i32", {addSub<10>, InstClass::Salu});
  t.add("s_lshl1_add_u32", {shiftAdd<1>, InstClass::Salu});
  t.add("s_lshl2_add_u32", {shiftAdd<2>, InstClass::Salu});
  t.add("s_lshl3_add_u32", {shiftAdd<3>, InstClass::Salu});
  t.add("s_lshl4_add_u32", {shiftAdd<4>, InstClass::Salu});

  add<flag>(t, "s_and_b32", [](u32 a, u32 b) { return a & b; });
  add<flag>(t, "s_and_b64", [](u64 a, u64 b) { return a & b; });
  add<flag>(t, "s_or_b32", [](u32 a, u32 b) { return a | b; });
  add<flag>(t, "s_or_b64", [](u64 a, u64 b) { return a | b; });
  add<flag>(t, "s_xor_b32", [](u32 a, u32 b) { return a ^ b; });
  add<flag>(t, "s_xor_b64", [](u64 a, u64 b) { return a ^ b; });
  add<flag>(t, "s_andn2_b32", [](u32 a, u32 b) { return a & ~b; });
  add<flag>(t, "s_andn2_b64", [](u64 a, u64 b) { return a & ~b; });
  add<flag>(t, "s_orn2_b32", [](u32 a, u32 b) { return a | ~b; });
  add<flag>(t, "s_orn2_b64", [](u64 a, u64 b) { return a | ~b; });
  add<flag>(t, "s_nand_b32", [](u32 a, u32 b) { return ~(a & b); });
  add<flag>(t, "s_nand_b64", [](u64 a, u64 b) { return ~(a & b); });
  add<flag>(t, "s_nor_b32", [](u32 a, u32 b) { return ~(a | b); });
  add<flag>(t, "s_nor_b64", [](u64 a, u64 b) { return ~(a | b); });
  add<flag>(t, "s_xnor_b32", [](u32 a, u32 b) { return ~(a ^ b); });
  add<flag>(t, "s_xnor_b64", [](u64 a, u64 b) { return ~(a ^ b); });
  add<flag>(t, "s_lshl_b32", [](u32 a, u32 b) { return a << (b & 31); });
  add<flag>(t, "s_lshl_b64", [](u64 a, u32 b) { return a << (b & 63); });
  add<flag>(t, "s_lshr_b32", [](u32 a, u32 b) { return a >> (b & 31); });
  add<flag>(t, "s_lshr_b64", [](u64 a, u32 b) { return a >> (b & 63); });
  add<flag>(t, "s_ashr_i32", [](i32 a, u32 b) { return a >> (b & 31); });
  add<flag>(t, "s_ashr_i64", [](i64 a, u32 b) { return a >> (b & 63); });
  add<flag>(t, "s_bfe_u32", [](u32 a, u32 b) { return bfe(a, b); });
  add<flag>(t, "s_bfe_i32", [](i32 a, u32 b) { return bfe(a, b); });
  add<flag>(t, "s_bfe_u64", [](u64 a, u32 b) { return bfe(a, b); });
  add<flag>(t, "s_bfe_i64", [](i64 a, u32 b) { return bfe(a, b); });
  add<keep>(t, "s_bfm_b32",
            [](u32 a, u32 b) { return ((1u << (a & 31)) - 1) << (b & 31); });
  add<keep>(t, "s_bfm_b64", [](u32 a, u32 b) {
    return ((u64(1) << (a & 63)) - 1) << (b & 63);
  });
  add<keep>(t, "s_mul_i32", [](u32 a, u32 b) { return a * b; });
  add<keep>(t, "s_mul_hi_u32",
            [](u32 a, u32 b) { return u32(u64(a) * b >> 32); });
  add<keep>(t, "s_mul_hi_i32",
            [](i32 a, i32 b) { return i32(i64(a) * b >> 32); });

  t.add("s_cselect_b32", {cselect<u32>, InstClass::Salu});
  t.add("s_cselect_b64", {cselect<u64>, InstClass::Salu});
  t.add("s_cmov_b32", {cmov<u32>, InstClass::Salu});
  t.add("s_cmov_b64", {cmov<u64>, InstClass::Salu});
  t.add("s_movk_i32", {sopk<0>, InstClass::Salu});
  t.add("s_cmovk_i32", {sopk<1>, InstClass::Salu});
  t.add("s_addk_i32", {sopk<2>, InstClass::Salu});
  t.add("s_mulk_i32", {sopk<3>, InstClass::Salu});
  t.add("s_bitset0_b32", {bitset<u32>, InstClass::Salu, false, false, 0});
  t.add("s_bitset1_b32", {bitset<u32>, InstClass::Salu, false, false, 1});
  t.add("s_bitset0_b64", {bitset<u64>, InstClass::Salu, false, false, 0});
  t.add("s_bitset1_b64", {bitset<u64>, InstClass::Salu, false, false, 1});
  t.add("s_movrels_b32", {movrels, InstClass::Salu, false, false, 4});
  t.add("s_movrels_b64", {movrels, InstClass::Salu, false, false, 8});
  t.add("s_movrelsd_2_b32", {movrelsd2, InstClass::Salu});
  t.add("s_movreld_b32", {movreld, InstClass::Salu, false, false, 4});
  t.add("s_movreld_b64", {movreld, InstClass::Salu, false, false, 8});
  t.add("s_pack_ll_b32_b16", {pack, InstClass::Salu, false, false, 0});
  t.add("s_pack_lh_b32_b16", {pack, InstClass::Salu, false, false, 2});
  t.add("s_pack_hh_b32_b16", {pack, InstClass::Salu, false, false, 3});

  t.add("s_and_saveexec_b64", {saveExec<0>, InstClass::Salu});
  t.add("s_or_saveexec_b64", {saveExec<1>, InstClass::Salu});
  t.add("s_xor_saveexec_b64", {saveExec<2>, InstClass::Salu});
  t.add("s_andn2_saveexec_b64", {saveExec<3>, InstClass::Salu});
  t.add("s_orn2_saveexec_b64", {saveExec<4>, InstClass::Salu});
  t.add("s_nand_saveexec_b64", {saveExec<5>, InstClass::Salu});
  t.add("s_nor_saveexec_b64", {saveExec<6>, InstClass::Salu});
  t.add("s_xnor_saveexec_b64", {saveExec<7>, InstClass::Salu});
  t.add("s_andn1_saveexec_b64", {saveExec<8>, InstClass::Salu});
  t.add("s_orn1_saveexec_b64", {saveExec<9>, InstClass::Salu});
  t.add("s_andn1_wrexec_b64", {saveExec<8>, InstClass::Salu, false, false, 1});
  t.add("s_andn2_wrexec_b64", {saveExec<3>, InstClass::Salu, false, false, 1});
}
