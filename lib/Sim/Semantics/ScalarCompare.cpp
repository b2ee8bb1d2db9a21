//===- ScalarCompare.cpp - SOPC, SOPK compares ----------------------------===//

#include "Sim/Machine.h"
#include <string>

using namespace moesaic::sim;

namespace {
struct Eq {
  template <class T>
  static bool f(T a, T b) {
    return a == b;
  }
};
struct Ne {
  template <class T>
  static bool f(T a, T b) {
    return a != b;
  }
};
struct Lt {
  template <class T>
  static bool f(T a, T b) {
    return a < b;
  }
};
struct Le {
  template <class T>
  static bool f(T a, T b) {
    return a <= b;
  }
};
struct Gt {
  template <class T>
  static bool f(T a, T b) {
    return a > b;
  }
};
struct Ge {
  template <class T>
  static bool f(T a, T b) {
    return a >= b;
  }
};
} // namespace

template <class C, class T>
static void compare(Wave &w, const Inst &i) {
  w.scc = C::f(T(scalar32(w, i.op[0])), T(scalar32(w, i.op[1])));
}
template <class C>
static void compare64(Wave &w, const Inst &i) {
  w.scc = C::f(scalar64(w, i.op[0]), scalar64(w, i.op[1]));
}
/// The 16-bit immediate is sign- or zero-extended as the type says.
template <class C, class T, class Half>
static void compareK(Wave &w, const Inst &i) {
  w.scc = C::f(T(w.s[i.op[0].reg]), T(Half(i.op[1].word)));
}

template <class C>
static void addAll(OpcodeTable &t, const std::string &name) {
  t.add(("s_cmp_" + name + "_i32").c_str(),
        {compare<C, int32_t>, InstClass::Salu});
  t.add(("s_cmp_" + name + "_u32").c_str(),
        {compare<C, uint32_t>, InstClass::Salu});
  t.add(("s_cmpk_" + name + "_i32").c_str(),
        {compareK<C, int32_t, int16_t>, InstClass::Salu});
  t.add(("s_cmpk_" + name + "_u32").c_str(),
        {compareK<C, uint32_t, uint16_t>, InstClass::Salu});
}

static void bitcmp(Wave &w, const Inst &i) {
  bool bit = i.immediate & 2
                 ? scalar64(w, i.op[0]) >> (scalar32(w, i.op[1]) & 63) & 1
                 : scalar32(w, i.op[0]) >> (scalar32(w, i.op[1]) & 31) & 1;
  w.scc = bit == bool(i.immediate & 1);
}

void moesaic::sim::addScalarCompareOps(OpcodeTable &t) {
  addAll<Eq>(t, "eq");
  addAll<Ne>(t, "lg");
  addAll<Lt>(t, "lt");
  addAll<Le>(t, "le");
  addAll<Gt>(t, "gt");
  addAll<Ge>(t, "ge");
  t.add("s_cmp_eq_u64", {compare64<Eq>, InstClass::Salu});
  t.add("s_cmp_lg_u64", {compare64<Ne>, InstClass::Salu});
  t.add("s_bitcmp0_b32", {bitcmp, InstClass::Salu, false, false, 0});
  t.add("s_bitcmp1_b32", {bitcmp, InstClass::Salu, false, false, 1});
  t.add("s_bitcmp0_b64", {bitcmp, InstClass::Salu, false, false, 2});
  t.add("s_bitcmp1_b64", {bitcmp, InstClass::Salu, false, false, 3});
}
