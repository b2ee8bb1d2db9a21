//===- OpHarness.h - vector operations against host formulas ----*- C++ -*-===//
//
// One assembled kernel executes a list of instructions on the same operands:
// v[2:3], v[4:5] and v[6:7] hold a, b and c, v[8:9] the old destination, vcc
// alternating lanes. Each result goes to its own slice of the output.
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_TEST_SIM_OPHARNESS_H
#define MOESAIC_TEST_SIM_OPHARNESS_H

#include "Harness.h"
#include <functional>

namespace moesaic::sim::test {

using u16 = uint16_t;
using u32 = uint32_t;
using u64 = uint64_t;
using i16 = int16_t;
using i32 = int32_t;
using i64 = int64_t;

template <class To, class From>
inline To as(From from) {
  To to;
  static_assert(sizeof(to) == sizeof(from), "sizes differ");
  memcpy(&to, &from, sizeof(to));
  return to;
}

/// The operands of one lane.
struct In {
  u64 a, b, c, old;
  bool vcc;
  u32 au() const { return u32(a); }
  u32 bu() const { return u32(b); }
  u32 cu() const { return u32(c); }
  i32 ai() const { return i32(a); }
  i32 bi() const { return i32(b); }
  i32 ci() const { return i32(c); }
  float af() const { return as<float>(u32(a)); }
  float bf() const { return as<float>(u32(b)); }
  float cf() const { return as<float>(u32(c)); }
  double ad() const { return as<double>(a); }
  double bd() const { return as<double>(b); }
  double cd() const { return as<double>(c); }
  float ah() const { return half(u16(a)); }
  float bh() const { return half(u16(b)); }
  float ch() const { return half(u16(c)); }
  static float half(u16 h) { return float(as<_Float16>(h)); }
};

inline u32 fbits(float f) { return as<u32>(f); }
inline u64 dbits(double d) { return as<u64>(d); }
inline u32 hbits(float f) { return as<u16>(_Float16(f)); }

enum Kind { Exact, F32, F64, F16, Near }; // Near: f32 within 1e-6 relative

struct Op {
  std::string text;
  Kind kind;
  std::function<u64(const In &)> expected; ///< 32 bits unless `wide`.
  bool wide = false;
  bool since942 = false; ///< gfx90a lacks it, or has another result.
};

/// Runs `ops` on each of `chips` and compares every lane with `expected`. For
/// RDNA chips the texts are translated, and what they lack is left out.
void check(const std::vector<Op> &ops,
           const std::vector<std::string> &chips = {
               "gfx90a", "gfx942", "gfx950", "gfx1100", "gfx1200"});

/// The same without a translation: the texts are RDNA's own.
void checkAsWritten(const std::vector<Op> &ops,
                    const std::vector<std::string> &chips);

} // namespace moesaic::sim::test

#endif
