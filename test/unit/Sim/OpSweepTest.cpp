//===- OpSweepTest.cpp - whole families of operations ---------------------===//
//
// Compares, scalar arithmetic and atomic operations, generated from tables of
// names and formulas, over the operands of the other op tests.
//
//===----------------------------------------------------------------------===//

#include "OpHarness.h"
#include <algorithm>
#include <cmath>
#include <deque>

using namespace moesaic::sim;
using namespace moesaic::sim::test;

namespace {

/// Ops whose text is made here.
class Sweep {
public:
  void add(const std::string &text, std::function<u64(const In &)> expected,
           bool wide = false, bool since942 = false) {
    texts.push_back(text);
    ops.push_back(
        {texts.back().c_str(), Exact, std::move(expected), wide, since942});
  }
  void run(const std::vector<std::string> &chips = {"gfx90a", "gfx942",
                                                    "gfx950"}) {
    // A kernel of moderate size for each part.
    for (size_t n = 0; n < ops.size(); n += 128) {
      check(std::vector<Op>(ops.begin() + n,
                            ops.begin() + std::min(n + 128, ops.size())),
            chips);
    }
  }

private:
  std::deque<std::string> texts;
  std::vector<Op> ops;
};

//===----------------------------------------------------------------------===//
// Compares
//===----------------------------------------------------------------------===//

/// -1, 0, 1, or 2 for unordered.
template <class T>
int order(T a, T b) {
  return a < b ? -1 : a > b ? 1 : a == b ? 0 : 2;
}

int compare(const std::string &type, const In &x) {
  if (type == "f16") {
    return order(x.ah(), x.bh());
  }
  if (type == "f32") {
    return order(x.af(), x.bf());
  }
  if (type == "f64") {
    return order(x.ad(), x.bd());
  }
  if (type == "i16") {
    return order(i16(x.a), i16(x.b));
  }
  if (type == "u16") {
    return order(u16(x.a), u16(x.b));
  }
  if (type == "i32") {
    return order(x.ai(), x.bi());
  }
  if (type == "u32") {
    return order(x.au(), x.bu());
  }
  return type == "i64" ? order(i64(x.a), i64(x.b)) : order(x.a, x.b);
}

struct Predicate {
  const char *name;
  bool less, equal, greater, unordered;
};

TEST(Sweeps, Compares) {
  const std::vector<Predicate> forFloats = {
      {"f", false, false, false, false}, {"lt", true, false, false, false},
      {"eq", false, true, false, false}, {"le", true, true, false, false},
      {"gt", false, false, true, false}, {"lg", true, false, true, false},
      {"ge", false, true, true, false},  {"o", true, true, true, false},
      {"u", false, false, false, true},  {"nge", true, false, false, true},
      {"nlg", false, true, false, true}, {"ngt", true, true, false, true},
      {"nle", false, false, true, true}, {"neq", true, false, true, true},
      {"nlt", false, true, true, true},  {"tru", true, true, true, true}};
  const std::vector<Predicate> forIntegers = {
      {"f", false, false, false, false}, {"lt", true, false, false, false},
      {"eq", false, true, false, false}, {"le", true, true, false, false},
      {"gt", false, false, true, false}, {"ne", true, false, true, false},
      {"ge", false, true, true, false},  {"t", true, true, true, false}};
  Sweep sweep;
  for (const std::string type :
       {"f16", "f32", "f64", "i16", "u16", "i32", "u32", "i64", "u64"}) {
    for (const Predicate &p : type[0] == 'f' ? forFloats : forIntegers) {
      std::string operands =
          type.substr(1) == "64" ? "v[2:3], v[4:5]" : "v2, v4";
      std::string name = std::string(p.name) + "_" + type;
      auto holds = [=](const In &x) -> u64 {
        int o = compare(type, x);
        return o < 0    ? p.less
               : o == 0 ? p.equal
               : o == 1 ? p.greater
                        : p.unordered;
      };
      sweep.add("v_cmp_" + name + " vcc, " + operands +
                    "\n v_cndmask_b32 v8, 0, 1, vcc",
                holds);
      sweep.add("s_mov_b64 s[20:21], exec\n v_mov_b32 v8, 0\n v_cmpx_" + name +
                    " vcc, " + operands +
                    "\n v_mov_b32 v8, 1\n s_mov_b64 exec, s[20:21]",
                holds);
    }
  }
  // Classes: the mask's bits from signalling NaN to +infinity.
  auto classes = [](int kind, bool negative, bool signalling, u32 mask) {
    int bit = kind == FP_NAN         ? (signalling ? 0 : 1)
              : kind == FP_INFINITE  ? (negative ? 2 : 9)
              : kind == FP_NORMAL    ? (negative ? 3 : 8)
              : kind == FP_SUBNORMAL ? (negative ? 4 : 7)
                                     : (negative ? 5 : 6);
    return u64(mask >> bit & 1);
  };
  sweep.add("v_cmp_class_f32 vcc, v2, v4\n v_cndmask_b32 v8, 0, 1, vcc",
            [=](const In &x) {
              return classes(std::fpclassify(x.af()), std::signbit(x.af()),
                             !(x.au() & 0x400000), x.bu());
            });
  sweep.add("v_cmp_class_f64 vcc, v[2:3], v4\n v_cndmask_b32 v8, 0, 1, vcc",
            [=](const In &x) {
              return classes(std::fpclassify(x.ad()), std::signbit(x.ad()),
                             !(x.a & 1ull << 51), x.bu());
            });
  sweep.add("v_cmp_class_f16 vcc, v2, v4\n v_cndmask_b32 v8, 0, 1, vcc",
            [=](const In &x) {
              u32 raw = u16(x.a), e = raw >> 10 & 31, m = raw & 0x3ff;
              int kind = e == 31  ? (m ? FP_NAN : FP_INFINITE)
                         : e != 0 ? FP_NORMAL
                         : m != 0 ? FP_SUBNORMAL
                                  : FP_ZERO;
              return classes(kind, raw >> 15, !(raw & 0x200), x.bu());
            });
  sweep.run();
}

//===----------------------------------------------------------------------===//
// Scalar operations
//===----------------------------------------------------------------------===//

/// A result and SCC; SCC -1: as it was.
struct Scalar {
  u64 value;
  int scc = -1;
};

/// Runs `text` once per lane: s[20:21], s[22:23] and s[24:25] hold a, b and c,
/// s[30:31] the old destination and then the result, SCC bit 0 of c.
std::string perLane(const std::string &text, bool flag) {
  std::string body = "s_mov_b32 s40, 0\n1:\n";
  const char *const registers[] = {"s20, v2",  "s21, v3", "s22, v4",
                                   "s23, v5",  "s24, v6", "s25, v7",
                                   "s30, v20", "s31, v21"};
  for (const char *pair : registers) {
    body += std::string(" v_readlane_b32 ") + pair + ", s40\n";
  }
  body += " s_bitcmp1_b32 s24, 0\n " + text +
          "\n s_cselect_b32 s28, 1, 0\n s_mov_b32 m0, s40\n";
  body += flag ? " v_writelane_b32 v8, s28, m0\n"
               : " v_writelane_b32 v8, s30, m0\n"
                 " v_writelane_b32 v9, s31, m0\n";
  return body + " s_add_u32 s40, s40, 1\n s_cmp_lt_u32 s40, 64\n"
                " s_cbranch_scc1 1b";
}

TEST(Sweeps, Scalars) {
  Sweep sweep;
  auto both = [&](const std::string &text, bool wide,
                  std::function<Scalar(const In &)> f) {
    sweep.add(
        perLane(text, false),
        [=](const In &x) {
          u64 value = f(x).value;
          return wide ? value : (x.old & 0xffffffff00000000) | u32(value);
        },
        true);
    sweep.add(perLane(text, true), [=](const In &x) {
      int scc = f(x).scc;
      return u64(scc < 0 ? x.cu() & 1 : u32(scc));
    });
  };
  auto two = [&](const char *name, std::function<Scalar(const In &)> f) {
    both(std::string(name) + " s30, s20, s22", false, f);
  };
  auto twoWide = [&](const char *name, std::function<Scalar(const In &)> f) {
    both(std::string(name) + " s[30:31], s[20:21], s[22:23]", true, f);
  };
  auto one = [&](const char *name, std::function<Scalar(const In &)> f) {
    both(std::string(name) + " s30, s20", false, f);
  };
  auto nonZero = [](u64 v) { return Scalar{v, v != 0}; };
  two("s_add_u32", [](const In &x) {
    u64 sum = u64(x.au()) + x.bu();
    return Scalar{sum, int(sum >> 32)};
  });
  two("s_sub_u32", [](const In &x) {
    return Scalar{u32(x.au() - x.bu()), x.bu() > x.au()};
  });
  two("s_add_i32", [](const In &x) {
    i64 sum = i64(x.ai()) + x.bi();
    return Scalar{u32(sum), sum != i32(sum)};
  });
  two("s_sub_i32", [](const In &x) {
    i64 rest = i64(x.ai()) - x.bi();
    return Scalar{u32(rest), rest != i32(rest)};
  });
  two("s_addc_u32", [](const In &x) {
    u64 sum = u64(x.au()) + x.bu() + (x.cu() & 1);
    return Scalar{sum, int(sum >> 32)};
  });
  two("s_subb_u32", [](const In &x) {
    i64 rest = i64(x.au()) - x.bu() - (x.cu() & 1);
    return Scalar{u32(rest), rest < 0};
  });
  two("s_min_i32", [](const In &x) {
    return Scalar{u32(std::min(x.ai(), x.bi())), x.ai() < x.bi()};
  });
  two("s_max_i32", [](const In &x) {
    return Scalar{u32(std::max(x.ai(), x.bi())), x.ai() > x.bi()};
  });
  two("s_min_u32", [](const In &x) {
    return Scalar{std::min(x.au(), x.bu()), x.au() < x.bu()};
  });
  two("s_max_u32", [](const In &x) {
    return Scalar{std::max(x.au(), x.bu()), x.au() > x.bu()};
  });
  struct Logic {
    const char *name;
    u64 (*f)(u64, u64);
  };
  for (Logic l : {Logic{"s_and", [](u64 a, u64 b) { return a & b; }},
                  {"s_or", [](u64 a, u64 b) { return a | b; }},
                  {"s_xor", [](u64 a, u64 b) { return a ^ b; }},
                  {"s_andn2", [](u64 a, u64 b) { return a & ~b; }},
                  {"s_orn2", [](u64 a, u64 b) { return a | ~b; }},
                  {"s_nand", [](u64 a, u64 b) { return ~(a & b); }},
                  {"s_nor", [](u64 a, u64 b) { return ~(a | b); }},
                  {"s_xnor", [](u64 a, u64 b) { return ~(a ^ b); }}}) {
    two((std::string(l.name) + "_b32").c_str(),
        [=](const In &x) { return nonZero(u32(l.f(x.au(), x.bu()))); });
    twoWide((std::string(l.name) + "_b64").c_str(),
            [=](const In &x) { return nonZero(l.f(x.a, x.b)); });
  }
  one("s_not_b32", [=](const In &x) { return nonZero(~x.au()); });
  both("s_not_b64 s[30:31], s[20:21]", true,
       [=](const In &x) { return nonZero(~x.a); });
  two("s_lshl_b32", [=](const In &x) { return nonZero(x.au() << (x.b & 31)); });
  two("s_lshr_b32", [=](const In &x) { return nonZero(x.au() >> (x.b & 31)); });
  two("s_ashr_i32",
      [=](const In &x) { return nonZero(u32(x.ai() >> (x.b & 31))); });
  both("s_lshl_b64 s[30:31], s[20:21], s22", true,
       [=](const In &x) { return nonZero(x.a << (x.b & 63)); });
  both("s_lshr_b64 s[30:31], s[20:21], s22", true,
       [=](const In &x) { return nonZero(x.a >> (x.b & 63)); });
  both("s_ashr_i64 s[30:31], s[20:21], s22", true,
       [=](const In &x) { return nonZero(u64(i64(x.a) >> (x.b & 63))); });
  two("s_bfm_b32", [](const In &x) {
    return Scalar{((1u << (x.a & 31)) - 1) << (x.b & 31)};
  });
  both("s_bfm_b64 s[30:31], s20, s22", true, [](const In &x) {
    return Scalar{((1ull << (x.a & 63)) - 1) << (x.b & 63)};
  });
  two("s_mul_i32", [](const In &x) { return Scalar{x.au() * x.bu()}; });
  two("s_mul_hi_u32",
      [](const In &x) { return Scalar{u64(x.au()) * x.bu() >> 32}; });
  two("s_mul_hi_i32",
      [](const In &x) { return Scalar{u32(i64(x.ai()) * x.bi() >> 32)}; });
  auto field = [](auto value, unsigned offset, unsigned width) {
    using T = decltype(value);
    constexpr unsigned bits = sizeof(T) * 8;
    if (width == 0) {
      return T(0);
    }
    T shifted = T(value >> offset);
    unsigned unused = width < bits ? bits - width : 0;
    using U = std::make_unsigned_t<T>;
    return T(T(U(shifted) << unused) >> unused);
  };
  auto width = [](const In &x) { return x.bu() >> 16 & 127; };
  two("s_bfe_u32", [=](const In &x) {
    return nonZero(field(x.au(), x.bu() & 31, width(x)));
  });
  two("s_bfe_i32", [=](const In &x) {
    return nonZero(u32(field(x.ai(), x.bu() & 31, width(x))));
  });
  both("s_bfe_u64 s[30:31], s[20:21], s22", true,
       [=](const In &x) { return nonZero(field(x.a, x.bu() & 63, width(x))); });
  both("s_bfe_i64 s[30:31], s[20:21], s22", true, [=](const In &x) {
    return nonZero(u64(field(i64(x.a), x.bu() & 63, width(x))));
  });
  one("s_abs_i32",
      [=](const In &x) { return nonZero(x.ai() < 0 ? 0u - x.au() : x.au()); });
  two("s_absdiff_i32", [=](const In &x) {
    u32 d = x.au() - x.bu();
    return nonZero(i32(d) < 0 ? 0u - d : d);
  });
  auto ones = [](u64 v) {
    u32 n = 0;
    for (; v; v &= v - 1) {
      ++n;
    }
    return n;
  };
  auto lowest = [](u64 v, unsigned bits) -> u32 {
    for (unsigned n = 0; n < bits; ++n) {
      if (v >> n & 1) {
        return n;
      }
    }
    return ~0u;
  };
  auto leading = [](u64 v, unsigned bits, bool isSigned) -> u32 {
    u64 top = v >> (bits - 1) & 1;
    for (unsigned n = 0; n < bits; ++n) {
      if ((v >> (bits - 1 - n) & 1) != (isSigned ? top : 0)) {
        return n;
      }
    }
    return ~0u;
  };
  auto oneOfWide = [&](const char *name, std::function<Scalar(const In &)> f) {
    both(std::string(name) + " s30, s[20:21]", false, f);
  };
  one("s_bcnt0_i32_b32",
      [=](const In &x) { return nonZero(32 - ones(x.au())); });
  oneOfWide("s_bcnt0_i32_b64",
            [=](const In &x) { return nonZero(64 - ones(x.a)); });
  one("s_bcnt1_i32_b32", [=](const In &x) { return nonZero(ones(x.au())); });
  oneOfWide("s_bcnt1_i32_b64", [=](const In &x) { return nonZero(ones(x.a)); });
  one("s_ff0_i32_b32",
      [=](const In &x) { return Scalar{lowest(~x.au(), 32)}; });
  oneOfWide("s_ff0_i32_b64",
            [=](const In &x) { return Scalar{lowest(~x.a, 64)}; });
  one("s_ff1_i32_b32", [=](const In &x) { return Scalar{lowest(x.au(), 32)}; });
  oneOfWide("s_ff1_i32_b64",
            [=](const In &x) { return Scalar{lowest(x.a, 64)}; });
  one("s_flbit_i32_b32",
      [=](const In &x) { return Scalar{leading(x.au(), 32, false)}; });
  oneOfWide("s_flbit_i32_b64",
            [=](const In &x) { return Scalar{leading(x.a, 64, false)}; });
  one("s_flbit_i32",
      [=](const In &x) { return Scalar{leading(x.au(), 32, true)}; });
  oneOfWide("s_flbit_i32_i64",
            [=](const In &x) { return Scalar{leading(x.a, 64, true)}; });
  one("s_sext_i32_i8", [](const In &x) { return Scalar{u32(int8_t(x.a))}; });
  one("s_sext_i32_i16", [](const In &x) { return Scalar{u32(i16(x.a))}; });
  auto reversed = [](u64 v, unsigned bits) {
    u64 r = 0;
    for (unsigned n = 0; n < bits; ++n) {
      r |= (v >> n & 1) << (bits - 1 - n);
    }
    return r;
  };
  one("s_brev_b32", [=](const In &x) { return Scalar{reversed(x.au(), 32)}; });
  both("s_brev_b64 s[30:31], s[20:21]", true,
       [=](const In &x) { return Scalar{reversed(x.a, 64)}; });
  one("s_bitset0_b32",
      [](const In &x) { return Scalar{u32(x.old) & ~(1u << (x.a & 31))}; });
  one("s_bitset1_b32",
      [](const In &x) { return Scalar{u32(x.old) | 1u << (x.a & 31)}; });
  both("s_bitset0_b64 s[30:31], s20", true,
       [](const In &x) { return Scalar{x.old & ~(1ull << (x.a & 63))}; });
  both("s_bitset1_b64 s[30:31], s20", true,
       [](const In &x) { return Scalar{x.old | 1ull << (x.a & 63)}; });
  for (unsigned by = 1; by <= 4; ++by) {
    two(("s_lshl" + std::to_string(by) + "_add_u32").c_str(), [=](const In &x) {
      u64 sum = (u64(x.au()) << by) + x.bu();
      return Scalar{u32(sum), sum > 0xffffffff};
    });
  }
  two("s_pack_ll_b32_b16",
      [](const In &x) { return Scalar{u16(x.a) | u32(u16(x.b)) << 16}; });
  two("s_pack_lh_b32_b16",
      [](const In &x) { return Scalar{u16(x.a) | (x.bu() & 0xffff0000)}; });
  two("s_pack_hh_b32_b16",
      [](const In &x) { return Scalar{x.au() >> 16 | (x.bu() & 0xffff0000)}; });
  two("s_cselect_b32",
      [](const In &x) { return Scalar{x.cu() & 1 ? x.au() : x.bu()}; });
  twoWide("s_cselect_b64",
          [](const In &x) { return Scalar{x.cu() & 1 ? x.a : x.b}; });
  one("s_cmov_b32",
      [](const In &x) { return Scalar{x.cu() & 1 ? x.au() : u32(x.old)}; });
  both("s_cmov_b64 s[30:31], s[20:21]", true,
       [](const In &x) { return Scalar{x.cu() & 1 ? x.a : x.old}; });
  auto quads = [](u64 v, unsigned bits, bool spread) {
    u64 r = 0;
    for (unsigned n = 0; n < bits / 4; ++n) {
      if (v >> (4 * n) & 15) {
        r |= spread ? 15ull << (4 * n) : 1ull << n;
      }
    }
    return r;
  };
  one("s_quadmask_b32",
      [=](const In &x) { return nonZero(quads(x.au(), 32, false)); });
  one("s_wqm_b32",
      [=](const In &x) { return nonZero(quads(x.au(), 32, true)); });
  both("s_quadmask_b64 s[30:31], s[20:21]", true,
       [=](const In &x) { return nonZero(quads(x.a, 64, false)); });
  both("s_wqm_b64 s[30:31], s[20:21]", true,
       [=](const In &x) { return nonZero(quads(x.a, 64, true)); });
  both("s_bitreplicate_b64_b32 s[30:31], s20", true, [](const In &x) {
    u64 r = 0;
    for (unsigned n = 0; n < 32; ++n) {
      r |= u64(x.au() >> n & 1) * 3 << (2 * n);
    }
    return Scalar{r};
  });
  both("s_movk_i32 s30, 0x8001", false,
       [](const In &) { return Scalar{0xffff8001}; });
  both("s_cmovk_i32 s30, 0x7fff", false,
       [](const In &x) { return Scalar{x.cu() & 1 ? 0x7fff : u32(x.old)}; });
  both("s_mov_b32 s30, s20\n s_addk_i32 s30, 0x8001", false, [](const In &x) {
    i64 sum = i64(x.ai()) - 32767;
    return Scalar{u32(sum), sum != i32(sum)};
  });
  both("s_mov_b32 s30, s20\n s_mulk_i32 s30, 0x8001", false,
       [](const In &x) { return Scalar{x.au() * 0xffff8001u}; });
  // Compares only set SCC.
  struct Relation {
    const char *name;
    bool less, equal, greater;
  };
  auto old = [](const In &x) { return u64(u32(x.old)); };
  for (Relation r : {Relation{"eq", false, true, false},
                     {"lg", true, false, true},
                     {"gt", false, false, true},
                     {"ge", false, true, true},
                     {"lt", true, false, false},
                     {"le", true, true, false}}) {
    auto holds = [=](int o) {
      return int(o < 0 ? r.less : o == 0 ? r.equal : r.greater);
    };
    std::string name = r.name;
    both("s_cmp_" + name + "_i32 s20, s22", false, [=](const In &x) {
      return Scalar{old(x), holds(order(x.ai(), x.bi()))};
    });
    both("s_cmp_" + name + "_u32 s20, s22", false, [=](const In &x) {
      return Scalar{old(x), holds(order(x.au(), x.bu()))};
    });
    both("s_cmpk_" + name + "_i32 s20, 0xfff0", false, [=](const In &x) {
      return Scalar{old(x), holds(order(x.ai(), -16))};
    });
    both("s_cmpk_" + name + "_u32 s20, 0xfff0", false, [=](const In &x) {
      return Scalar{old(x), holds(order(x.au(), 0xfff0u))};
    });
  }
  both("s_cmp_eq_u64 s[20:21], s[22:23]", false,
       [=](const In &x) { return Scalar{old(x), x.a == x.b}; });
  both("s_cmp_lg_u64 s[20:21], s[22:23]", false,
       [=](const In &x) { return Scalar{old(x), x.a != x.b}; });
  for (unsigned set = 0; set < 2; ++set) {
    std::string name = "s_bitcmp" + std::to_string(set);
    both(name + "_b32 s20, s22", false, [=](const In &x) {
      return Scalar{old(x), (x.au() >> (x.b & 31) & 1) == set};
    });
    both(name + "_b64 s[20:21], s22", false, [=](const In &x) {
      return Scalar{old(x), (x.a >> (x.b & 63) & 1) == set};
    });
  }
  sweep.run();
}

//===----------------------------------------------------------------------===//
// Atomic operations
//===----------------------------------------------------------------------===//

struct Atomic {
  const char *memory, *lds; ///< Suffixes; null: there is none.
  u64 (*f)(u64 old, u64 data);
};

template <class T, class F>
u64 of(u64 a, u64 b, F f) {
  return u64(std::make_unsigned_t<T>(f(T(a), T(b))));
}

/// A lane's cell holds c; the data are a. The old value comes back, and the
/// cell holds f(c, a).
TEST(Sweeps, Atomics) {
  const Atomic narrow[] = {
      {"add", "add_u32", [](u64 o, u64 d) { return u64(u32(o + d)); }},
      {"sub", "sub_u32", [](u64 o, u64 d) { return u64(u32(o - d)); }},
      {nullptr, "rsub_u32", [](u64 o, u64 d) { return u64(u32(d - o)); }},
      {"smin", "min_i32",
       [](u64 o, u64 d) {
         return of<i32>(o, d, [](i32 x, i32 y) { return std::min(x, y); });
       }},
      {"smax", "max_i32",
       [](u64 o, u64 d) {
         return of<i32>(o, d, [](i32 x, i32 y) { return std::max(x, y); });
       }},
      {"umin", "min_u32",
       [](u64 o, u64 d) { return u64(std::min(u32(o), u32(d))); }},
      {"umax", "max_u32",
       [](u64 o, u64 d) { return u64(std::max(u32(o), u32(d))); }},
      {"and", "and_b32", [](u64 o, u64 d) { return u64(u32(o & d)); }},
      {"or", "or_b32", [](u64 o, u64 d) { return u64(u32(o | d)); }},
      {"xor", "xor_b32", [](u64 o, u64 d) { return u64(u32(o ^ d)); }},
      {"inc", "inc_u32",
       [](u64 o, u64 d) { return u32(o) >= u32(d) ? 0 : u64(u32(o + 1)); }},
      {"dec", "dec_u32",
       [](u64 o, u64 d) {
         return u32(o) == 0 || u32(o) > u32(d) ? u64(u32(d)) : u64(u32(o - 1));
       }},
      {"swap", nullptr, [](u64, u64 d) { return u64(u32(d)); }},
  };
  const Atomic wide[] = {
      {"add_x2", "add_u64", [](u64 o, u64 d) { return o + d; }},
      {"sub_x2", "sub_u64", [](u64 o, u64 d) { return o - d; }},
      {nullptr, "rsub_u64", [](u64 o, u64 d) { return d - o; }},
      {"smin_x2", "min_i64",
       [](u64 o, u64 d) {
         return of<i64>(o, d, [](i64 x, i64 y) { return std::min(x, y); });
       }},
      {"smax_x2", "max_i64",
       [](u64 o, u64 d) {
         return of<i64>(o, d, [](i64 x, i64 y) { return std::max(x, y); });
       }},
      {"umin_x2", "min_u64", [](u64 o, u64 d) { return std::min(o, d); }},
      {"umax_x2", "max_u64", [](u64 o, u64 d) { return std::max(o, d); }},
      {"and_x2", "and_b64", [](u64 o, u64 d) { return o & d; }},
      {"or_x2", "or_b64", [](u64 o, u64 d) { return o | d; }},
      {"xor_x2", "xor_b64", [](u64 o, u64 d) { return o ^ d; }},
      {"inc_x2", "inc_u64", [](u64 o, u64 d) { return o >= d ? 0 : o + 1; }},
      {"dec_x2", "dec_u64",
       [](u64 o, u64 d) { return o == 0 || o > d ? d : o - 1; }},
      {"swap_x2", nullptr, [](u64, u64 d) { return d; }},
  };
  const std::string wait = "\n s_waitcnt vmcnt(0) lgkmcnt(0)\n ";
  const std::string fill =
      "global_store_dwordx2 v1, v[6:7], s[6:7]" + wait +
      "v_mov_b32 v11, s7\n v_add_co_u32 v10, vcc, s6, v1\n"
      " v_addc_co_u32 v11, vcc, 0, v11, vcc\n"
      " s_mov_b32 s12, s6\n s_mov_b32 s13, s7\n s_mov_b32 s14, -1\n"
      " s_mov_b32 s15, 0x27000\n ";
  const std::string read =
      wait + "global_load_dwordx2 v[8:9], v1, s[6:7]" + wait;
  // gfx90a spells the returning form in its own way.
  Sweep sweep, older, newer;
  auto addAll = [&](const Atomic &a, bool isWide) {
    std::string data = isWide ? "v[2:3]" : "v2";
    std::string result = isWide ? "v[8:9]" : "v8";
    auto after = [=](const In &x) {
      u64 r = a.f(isWide ? x.c : x.cu(), isWide ? x.a : x.au());
      return isWide ? r : (x.c & 0xffffffff00000000) | r;
    };
    auto before = [=](const In &x) {
      return isWide ? x.c : (x.old & 0xffffffff00000000) | x.cu();
    };
    if (a.memory) {
      std::string name = std::string("_atomic_") + a.memory + " ";
      sweep.add(fill + "global" + name + "v1, " + data + ", s[6:7]" + read,
                after, true);
      sweep.add(fill + "flat" + name + "v[10:11], " + data + read, after, true);
      sweep.add(fill + "buffer" + name + data + ", v1, s[12:15], 0 offen" +
                    read,
                after, true);
      std::string returning =
          fill + "global" + name + result + ", v1, " + data + ", s[6:7] ";
      older.add(returning + "glc" + wait, before, true);
      newer.add(returning + "sc0" + wait, before, true);
    }
    if (a.lds) {
      std::string lds = "ds_write_b64 v1, v[6:7]" + wait + "ds_";
      std::string suffix = std::string(a.lds);
      size_t at = suffix.rfind('_');
      std::string readLds = wait + "ds_read_b64 v[8:9], v1" + wait;
      sweep.add(lds + suffix + " v1, " + data + readLds, after, true);
      sweep.add(lds + suffix.substr(0, at) + "_rtn" + suffix.substr(at) + " " +
                    result + ", v1, " + data + wait,
                before, true);
    }
  };
  for (const Atomic &a : narrow) {
    addAll(a, false);
  }
  for (const Atomic &a : wide) {
    addAll(a, true);
  }
  sweep.run();
  older.run({"gfx90a"});
  newer.run({"gfx942", "gfx950"});
}

} // namespace
