//===- Vector.h - from a lane's formula to a vector instruction -*- C++ -*-===//
//
// A vector instruction is declared with the formula of one lane,
//
//   add(t, "v_add_f32", [](float a, float b) { return a + b; });
//
// and its types say how operands are read: 16-bit types take the low half of a
// register (or what SDWA or op_sel select), 64-bit types a register pair, bool
// results are compares. The loop over lanes works on whole rows, so that the
// host compiler can vectorise it. Included by the sources that are compiled
// once per host instruction set; MOESAIC_SIM_HOST names the copy.
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_SIM_SEMANTICS_VECTOR_H
#define MOESAIC_SIM_SEMANTICS_VECTOR_H

#include "Sim/Machine.h"
#include "Sim/Semantics/FloatFormats.h"
#include <type_traits>

namespace moesaic::sim {
namespace {

using u16 = uint16_t;
using i16 = int16_t;
using u32 = uint32_t;
using i32 = int32_t;
using u64 = uint64_t;
using i64 = int64_t;

/// A half-precision operand; arithmetic is done in float or double and rounded
/// once at the end, which is exact for the operations that use it.
struct F16 {
  u16 raw = 0;
  F16() = default;
  F16(float value) : raw(floatToHalf(value)) {}
  operator float() const { return halfToFloat(raw); }
  static F16 of(u16 raw) {
    F16 h;
    h.raw = raw;
    return h;
  }
};

template <class T>
constexpr bool isFloat = std::is_floating_point_v<T> || std::is_same_v<T, F16>;

/// How an instruction treats the upper half of a 16-bit result.
enum class High : bool { Clear, Keep };

//===----------------------------------------------------------------------===//
// Sources
//===----------------------------------------------------------------------===//

template <class T>
struct Source {
  Row temp[sizeof(T) == 8 ? 2 : 1];
  const u32 *low;
  const u32 *high;

  Source(Wave &w, const Inst &i, unsigned n) {
    const Operand &o = i.op[n];
    constexpr unsigned width = sizeof(T) * 8;
    if (o.plain) {
      low = w.v[o.reg].lane;
      high = low + kLanes;
      return;
    }
    low = materialise(w, i, n, width, 0, isFloat<T>, temp[0]);
    if constexpr (sizeof(T) == 8) {
      high = materialise(w, i, n, width, 1, isFloat<T>, temp[1]);
    }
  }

  T operator[](unsigned lane) const {
    if constexpr (sizeof(T) == 8) {
      return bits<T>(u64(high[lane]) << 32 | low[lane]);
    } else if constexpr (std::is_same_v<T, F16>) {
      return F16::of(u16(low[lane]));
    } else if constexpr (sizeof(T) == 2) {
      return T(low[lane]);
    } else {
      return bits<T>(low[lane]);
    }
  }
};

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

/// omod, then clamp. NaN clamps to zero, as DX10_CLAMP has it.
template <class T>
inline T modifyOutput(const Inst &i, T value) {
  T scale = i.omod == 1 ? T(2) : i.omod == 2 ? T(4) : T(0.5);
  value = i.omod != 0 ? value * scale : value;
  if (i.clamp) {
    value = value > T(0) ? (value < T(1) ? value : T(1)) : T(0);
  }
  return value;
}

inline void storeRow(Wave &w, const Inst &i, unsigned reg, const u32 *out,
                     unsigned width, bool keepHigh) {
  if (i.plainResult && width >= 32) {
    u64 mask = i.dpp == Dpp::None ? exec(w) : writeMask(w, i);
    u32 *d = w.v[reg].lane;
    if (mask == ~0ull) {
      __builtin_memcpy(d, out, sizeof(Row));
      return;
    }
    u32 low = u32(mask), high = u32(mask >> 32);
    for (unsigned lane = 0; lane < 32; ++lane) {
      d[lane] = (low >> lane & 1) ? out[lane] : d[lane];
    }
    for (unsigned lane = 0; lane < 32; ++lane) {
      d[32 + lane] = (high >> lane & 1) ? out[32 + lane] : d[32 + lane];
    }
    return;
  }
  writeRow(w, i, reg, out, width, keepHigh);
}

/// The result rows of one instruction.
template <class R>
struct Result {
  alignas(64) u32 low[kLanes];
  alignas(64) u32 high[sizeof(R) == 8 ? kLanes : 1];

  void set(unsigned lane, R value) {
    if constexpr (sizeof(R) == 8) {
      u64 raw = bits<u64>(value);
      low[lane] = u32(raw);
      high[lane] = u32(raw >> 32);
    } else if constexpr (std::is_same_v<R, F16>) {
      low[lane] = value.raw;
    } else if constexpr (sizeof(R) == 2) {
      low[lane] = u16(value);
    } else {
      low[lane] = bits<u32>(value);
    }
  }

  R get(unsigned lane) const {
    if constexpr (sizeof(R) == 8) {
      return bits<R>(u64(high[lane]) << 32 | low[lane]);
    } else if constexpr (std::is_same_v<R, F16>) {
      return F16::of(u16(low[lane]));
    } else if constexpr (sizeof(R) == 2) {
      return R(low[lane]);
    } else {
      return bits<R>(low[lane]);
    }
  }

  void store(Wave &w, const Inst &i, High upper = High::Clear) {
    if constexpr (isFloat<R>) {
      if (i.omod != 0 || i.clamp) {
        using Wide = std::conditional_t<std::is_same_v<R, F16>, float, R>;
        for (unsigned lane = 0; lane < kLanes; ++lane) {
          set(lane, R(modifyOutput<Wide>(i, Wide(get(lane)))));
        }
      }
    }
    unsigned reg = i.op[0].reg;
    storeRow(w, i, reg, low, sizeof(R) == 2 ? 16 : 32, upper == High::Keep);
    if constexpr (sizeof(R) == 8) {
      storeRow(w, i, reg + 1, high, 32, false);
    }
  }
};

/// A compare writes one bit per active lane, zeros elsewhere.
inline void storeMask(Wave &w, const Inst &i, u64 mask) {
  mask &= writeMask(w, i);
  writeLaneMask(w, i.op[0].reg, mask);
  if (i.immediate & 2) { // v_cmpx
    writeLaneMask(w, kExec, mask);
  }
}

inline u64 gather(const u32 *flags) {
  u64 mask = 0;
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    mask |= u64(flags[lane] & 1) << lane;
  }
  return mask;
}

//===----------------------------------------------------------------------===//
// Declaration
//===----------------------------------------------------------------------===//

/// Turns a captureless lambda's type back into a callable.
template <class Fn>
inline const Fn &instance() {
  static const char storage = 0;
  return reinterpret_cast<const Fn &>(storage);
}

/// Handlers for formulas of one, two or three operands; `From` is the index of
/// the first source.
template <class Fn, High upper, class R, class... A>
struct Vop;

template <class Fn, High upper, class R, class A>
struct Vop<Fn, upper, R, A> {
  static void run(Wave &w, const Inst &i) {
    Source<A> a(w, i, 1);
    Result<R> r;
    for (unsigned lane = 0; lane < kLanes; ++lane) {
      r.set(lane, instance<Fn>()(a[lane]));
    }
    r.store(w, i, upper);
  }
};

template <class Fn, High upper, class R, class A, class B>
struct Vop<Fn, upper, R, A, B> {
  static void run(Wave &w, const Inst &i) {
    Source<A> a(w, i, 1);
    Source<B> b(w, i, 2);
    if constexpr (std::is_same_v<R, bool>) {
      u32 flags[kLanes];
      for (unsigned lane = 0; lane < kLanes; ++lane) {
        flags[lane] = instance<Fn>()(a[lane], b[lane]);
      }
      storeMask(w, i, gather(flags));
    } else {
      Result<R> r;
      for (unsigned lane = 0; lane < kLanes; ++lane) {
        r.set(lane, instance<Fn>()(a[lane], b[lane]));
      }
      r.store(w, i, upper);
    }
  }
};

template <class Fn, High upper, class R, class A, class B, class C>
struct Vop<Fn, upper, R, A, B, C> {
  static void run(Wave &w, const Inst &i) {
    Source<A> a(w, i, 1);
    Source<B> b(w, i, 2);
    Source<C> c(w, i, 3);
    Result<R> r;
    for (unsigned lane = 0; lane < kLanes; ++lane) {
      r.set(lane, instance<Fn>()(a[lane], b[lane], c[lane]));
    }
    r.store(w, i, upper);
  }
};

/// The third source is the destination's old value (v_fmac, v_mac, v_dot2c).
template <class Fn, High upper, class R, class A, class B>
struct VopAccumulate {
  static void run(Wave &w, const Inst &i) {
    Source<A> a(w, i, 1);
    Source<B> b(w, i, 2);
    Result<R> r;
    const u32 *c = w.v[i.op[0].reg].lane;
    const unsigned shift = sizeof(R) == 2 && (i.opSel & 8) ? 16 : 0;
    for (unsigned lane = 0; lane < kLanes; ++lane) {
      r.low[lane] = c[lane] >> shift;
      if constexpr (sizeof(R) == 8) {
        r.high[lane] = c[kLanes + lane];
      }
    }
    for (unsigned lane = 0; lane < kLanes; ++lane) {
      r.set(lane, instance<Fn>()(a[lane], b[lane], r.get(lane)));
    }
    r.store(w, i, upper);
  }
};

template <class R, class... A>
constexpr Opcode vectorOpcode(Handler run) {
  Opcode o;
  o.run = run;
  o.kind = InstClass::Valu;
  o.usesFloat = isFloat<R> || (isFloat<A> || ...);
  // Bit 0: the f16 and f64 fields of MODE apply.
  bool wide = sizeof(R) == 8 || std::is_same_v<R, F16> ||
              ((sizeof(A) == 8 || std::is_same_v<A, F16>) || ...);
  o.immediate = wide ? 1 : 0;
  return o;
}

template <High upper, class Fn, class R, class... A>
inline void addAs(OpcodeTable &t, const char *name, Fn, R (*)(A...)) {
  t.add(name, vectorOpcode<R, A...>(Vop<Fn, upper, R, A...>::run));
}
template <High upper = High::Clear, class Fn>
inline void add(OpcodeTable &t, const char *name, Fn fn) {
  addAs<upper>(t, name, fn, +fn);
}

template <High upper, class Fn, class R, class A, class B>
inline void addAccumulateAs(OpcodeTable &t, const char *name, Fn,
                            R (*)(A, B, R)) {
  t.add(name, vectorOpcode<R, A, B>(VopAccumulate<Fn, upper, R, A, B>::run));
}
template <High upper = High::Clear, class Fn>
inline void addAccumulate(OpcodeTable &t, const char *name, Fn fn) {
  addAccumulateAs<upper>(t, name, fn, +fn);
}

inline Opcode vector(Handler run, bool usesFloat = false, i64 immediate = 0) {
  return {run, InstClass::Valu, usesFloat, false, immediate};
}

} // namespace
} // namespace moesaic::sim

#endif
