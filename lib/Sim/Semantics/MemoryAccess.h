//===- MemoryAccess.h - lane accesses shared by the memories ----*- C++ -*-===//
//
// How one lane's data moves between registers and a host pointer, and what the
// read-modify-write operations compute. Global, buffer and LDS instructions
// differ only in how they find the pointer.
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_SIM_SEMANTICS_MEMORYACCESS_H
#define MOESAIC_SIM_SEMANTICS_MEMORYACCESS_H

#include "Sim/Machine.h"
#include "Sim/Semantics/FloatFormats.h"
#include <type_traits>

namespace moesaic::sim {

/// Which half of a register a 16-bit access touches.
enum class Half { None, Low, High };

/// A load of `bytes` into registers: 1 and 2 bytes are extended, or put into
/// one half of the destination (d16).
template <unsigned bytes, bool sign, Half half>
struct LoadKind {
  static constexpr unsigned size = bytes;
  static constexpr unsigned registers = bytes < 4 ? 1 : bytes / 4;

  static void toRegisters(Row *d, unsigned lane, const uint8_t *p) {
    if constexpr (bytes >= 4) {
      for (unsigned n = 0; n < registers; ++n) {
        __builtin_memcpy(&d[n].lane[lane], p + 4 * n, 4);
      }
      return;
    }
    uint32_t value;
    if (bytes == 1) {
      value = sign ? uint32_t(int32_t(int8_t(*p))) : *p;
    } else {
      uint16_t raw;
      __builtin_memcpy(&raw, p, 2);
      value = sign ? uint32_t(int32_t(int16_t(raw))) : raw;
    }
    uint32_t &to = d->lane[lane];
    if (half == Half::Low) {
      value = (to & 0xffff0000u) | (value & 0xffff);
    } else if (half == Half::High) {
      value = (to & 0xffff) | value << 16;
    }
    to = value;
  }
};

template <unsigned bytes, Half half>
struct StoreKind {
  static constexpr unsigned size = bytes;

  static void toMemory(uint8_t *p, const Row *d, unsigned lane) {
    if constexpr (bytes >= 4) {
      for (unsigned n = 0; n < bytes / 4; ++n) {
        __builtin_memcpy(p + 4 * n, &d[n].lane[lane], 4);
      }
      return;
    }
    uint32_t value = d->lane[lane];
    if (half == Half::High) {
      value >>= 16;
    }
    __builtin_memcpy(p, &value, bytes < 4 ? bytes : 4);
  }
};

/// Calls `visit(suffix, LoadKind)` for the loads that global, flat, scratch
/// and buffer instructions share.
template <class Visit>
static void forEachLoad(Visit visit) {
  visit("ubyte", LoadKind<1, false, Half::None>());
  visit("sbyte", LoadKind<1, true, Half::None>());
  visit("ushort", LoadKind<2, false, Half::None>());
  visit("sshort", LoadKind<2, true, Half::None>());
  visit("dword", LoadKind<4, false, Half::None>());
  visit("dwordx2", LoadKind<8, false, Half::None>());
  visit("dwordx3", LoadKind<12, false, Half::None>());
  visit("dwordx4", LoadKind<16, false, Half::None>());
  visit("ubyte_d16", LoadKind<1, false, Half::Low>());
  visit("ubyte_d16_hi", LoadKind<1, false, Half::High>());
  visit("sbyte_d16", LoadKind<1, true, Half::Low>());
  visit("sbyte_d16_hi", LoadKind<1, true, Half::High>());
  visit("short_d16", LoadKind<2, false, Half::Low>());
  visit("short_d16_hi", LoadKind<2, false, Half::High>());
}

template <class Visit>
static void forEachStore(Visit visit) {
  visit("byte", StoreKind<1, Half::None>());
  visit("byte_d16_hi", StoreKind<1, Half::High>());
  visit("short", StoreKind<2, Half::None>());
  visit("short_d16_hi", StoreKind<2, Half::High>());
  visit("dword", StoreKind<4, Half::None>());
  visit("dwordx2", StoreKind<8, Half::None>());
  visit("dwordx3", StoreKind<12, Half::None>());
  visit("dwordx4", StoreKind<16, Half::None>());
}

//===----------------------------------------------------------------------===//
// Atomics: f(old, data, compare) is the new value
//===----------------------------------------------------------------------===//

namespace atomic {

template <class T>
using Signed = std::make_signed_t<T>;

#define MOESAIC_SIM_ATOMIC(NAME, EXPRESSION)                                   \
  struct NAME {                                                                \
    static constexpr bool compares = false;                                    \
    template <class T>                                                         \
    static T f(T old, T data, T compare) {                                     \
      (void)old, (void)data, (void)compare;                                    \
      return EXPRESSION;                                                       \
    }                                                                          \
  };
MOESAIC_SIM_ATOMIC(Swap, data)
MOESAIC_SIM_ATOMIC(Add, old + data)
MOESAIC_SIM_ATOMIC(Sub, old - data)
MOESAIC_SIM_ATOMIC(ReverseSub, data - old)
MOESAIC_SIM_ATOMIC(SMin, Signed<T>(old) < Signed<T>(data) ? old : data)
MOESAIC_SIM_ATOMIC(SMax, Signed<T>(old) > Signed<T>(data) ? old : data)
MOESAIC_SIM_ATOMIC(UMin, old < data ? old : data)
MOESAIC_SIM_ATOMIC(UMax, old > data ? old : data)
MOESAIC_SIM_ATOMIC(And, old &data)
MOESAIC_SIM_ATOMIC(Or, old | data)
MOESAIC_SIM_ATOMIC(Xor, old ^ data)
MOESAIC_SIM_ATOMIC(Inc, old >= data ? T(0) : T(old + 1))
MOESAIC_SIM_ATOMIC(Dec, (old == 0 || old > data) ? data : T(old - 1))
MOESAIC_SIM_ATOMIC(SubClamp, old < data ? T(0) : T(old - data))
MOESAIC_SIM_ATOMIC(ConditionalSub, old < data ? old : T(old - data))
MOESAIC_SIM_ATOMIC(AddF32, bits<uint32_t>(bits<float>(old) + bits<float>(data)))
MOESAIC_SIM_ATOMIC(MinF32, bits<uint32_t>(minNumber(bits<float>(old),
                                                    bits<float>(data))))
MOESAIC_SIM_ATOMIC(MaxF32, bits<uint32_t>(maxNumber(bits<float>(old),
                                                    bits<float>(data))))
MOESAIC_SIM_ATOMIC(AddF64,
                   bits<uint64_t>(bits<double>(old) + bits<double>(data)))
MOESAIC_SIM_ATOMIC(MinF64, bits<uint64_t>(minNumber(bits<double>(old),
                                                    bits<double>(data))))
MOESAIC_SIM_ATOMIC(MaxF64, bits<uint64_t>(maxNumber(bits<double>(old),
                                                    bits<double>(data))))
MOESAIC_SIM_ATOMIC(PkAddF16,
                   uint32_t(floatToHalf(halfToFloat(uint16_t(old)) +
                                        halfToFloat(uint16_t(data)))) |
                       uint32_t(floatToHalf(halfToFloat(uint16_t(old >> 16)) +
                                            halfToFloat(uint16_t(data >> 16))))
                           << 16)
MOESAIC_SIM_ATOMIC(PkAddBf16,
                   uint32_t(floatToBf16(bf16ToFloat(uint16_t(old)) +
                                        bf16ToFloat(uint16_t(data)))) |
                       uint32_t(floatToBf16(bf16ToFloat(uint16_t(old >> 16)) +
                                            bf16ToFloat(uint16_t(data >> 16))))
                           << 16)
#undef MOESAIC_SIM_ATOMIC

struct CompareSwap {
  static constexpr bool compares = true;
  template <class T>
  static T f(T old, T data, T compare) {
    return old == compare ? data : old;
  }
};

/// Equal as floats: both zeros are, a NaN is not.
struct CompareSwapFloat {
  static constexpr bool compares = true;
  template <class T>
  static T f(T old, T data, T compare) {
    using F = std::conditional_t<sizeof(T) == 8, double, float>;
    return bits<F>(old) == bits<F>(compare) ? data : old;
  }
};

/// Applies `Op` atomically with respect to all host threads; returns the old
/// value.
template <class Op, class T>
static T apply(T *p, T data, T compare) {
  T old = __atomic_load_n(p, __ATOMIC_RELAXED);
  while (!__atomic_compare_exchange_n(p, &old, Op::f(old, data, compare), true,
                                      __ATOMIC_SEQ_CST, __ATOMIC_RELAXED)) {
  }
  return old;
}

} // namespace atomic

/// Calls `visit(suffix, Op, T)` for the atomics that global, flat and buffer
/// instructions share.
template <class Visit>
static void forEachAtomic(Visit visit) {
  using namespace atomic;
  uint32_t w = 0;
  uint64_t d = 0;
  visit("swap", Swap(), w), visit("swap_x2", Swap(), d);
  visit("cmpswap", CompareSwap(), w), visit("cmpswap_x2", CompareSwap(), d);
  visit("add", Add(), w), visit("add_x2", Add(), d);
  visit("sub", Sub(), w), visit("sub_x2", Sub(), d);
  visit("smin", SMin(), w), visit("smin_x2", SMin(), d);
  visit("smax", SMax(), w), visit("smax_x2", SMax(), d);
  visit("umin", UMin(), w), visit("umin_x2", UMin(), d);
  visit("umax", UMax(), w), visit("umax_x2", UMax(), d);
  visit("and", And(), w), visit("and_x2", And(), d);
  visit("or", Or(), w), visit("or_x2", Or(), d);
  visit("xor", Xor(), w), visit("xor_x2", Xor(), d);
  visit("inc", Inc(), w), visit("inc_x2", Inc(), d);
  visit("dec", Dec(), w), visit("dec_x2", Dec(), d);
  visit("add_f32", AddF32(), w), visit("add_f64", AddF64(), d);
  visit("min_f64", MinF64(), d), visit("max_f64", MaxF64(), d);
  visit("min_f32", MinF32(), w), visit("max_f32", MaxF32(), w);
  visit("cmpswap_f32", CompareSwapFloat(), w);
  visit("csub_u32", SubClamp(), w), visit("cond_sub_u32", ConditionalSub(), w);
  visit("pk_add_f16", PkAddF16(), w), visit("pk_add_bf16", PkAddBf16(), w);
}

template <class T>
static T laneData(const Row *d, unsigned lane) {
  if constexpr (sizeof(T) == 8) {
    return uint64_t(d[1].lane[lane]) << 32 | d[0].lane[lane];
  } else {
    return d[0].lane[lane];
  }
}

template <class T>
static void setLaneData(Row *d, unsigned lane, T value) {
  d[0].lane[lane] = uint32_t(value);
  if constexpr (sizeof(T) == 8) {
    d[1].lane[lane] = uint32_t(value >> 32);
  }
}

/// Calls `body(lane)` for the set bits of `mask`, until it returns false.
template <class Body>
static inline void forLanes(uint64_t mask, Body body) {
  while (mask != 0) {
    unsigned lane = unsigned(__builtin_ctzll(mask));
    mask &= mask - 1;
    if (!body(lane)) {
      return;
    }
  }
}

} // namespace moesaic::sim

#endif
