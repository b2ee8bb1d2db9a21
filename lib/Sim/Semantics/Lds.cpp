//===- Lds.cpp - LDS instructions -----------------------------------------===//

#include "Sim/Engine.h"
#include "Sim/Semantics/LdsBanks.h"
#include "Sim/Semantics/MemoryAccess.h"
#include <string>
#include <utility>

using namespace moesaic::sim;

static uint8_t *locate(Wave &w, const Inst &i, unsigned lane, uint64_t address,
                       unsigned bytes) {
  if (!fits(address, bytes, w.group->ldsBytes)) {
    fault(w, i, "LDS access outside of the workgroup's LDS", int(lane),
          kSharedBase + address, bytes);
    return nullptr;
  }
  return w.group->lds + address;
}

/// 32 bits wide: from gfx7 on, the offset may undo a negative base, and code
/// generators rely on it.
static uint64_t ldsAddress(const Wave &w, const Operand &o, unsigned lane,
                           int64_t offset) {
  uint32_t base = o.kind == Operand::Vector ? w.v[o.reg].lane[lane] : 0;
  return base + uint32_t(offset);
}

/// Apart, so that launches that count nothing pay for one test only.
[[gnu::noinline, gnu::cold]] static void addLanes(Wave &w, const Operand &o,
                                                  int64_t offset,
                                                  LdsAccess access,
                                                  unsigned bytes) {
  uint32_t at[kLanes];
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    at[lane] = uint32_t(ldsAddress(w, o, lane, offset));
  }
  addAccess(w, access, bytes, at);
}

/// Must see the addresses before the result replaces them.
static void countBanks(Wave &w, const Operand &o, int64_t offset,
                       LdsAccess access, unsigned bytes) {
  if (w.worker->launch->config.countLdsConflicts) {
    addLanes(w, o, offset, access, bytes);
  }
}

/// Both accesses of a two-address form.
template <unsigned size, unsigned stride>
static void countBanks2(Wave &w, const Inst &i, unsigned n, LdsAccess access) {
  countBanks(w, i.op[n], int64_t(i.offset) * size * stride, access, size);
  countBanks(w, i.op[n], int64_t(i.offset1) * size * stride, access, size);
}

template <class Kind>
static void read(Wave &w, const Inst &i) {
  countBanks(w, i.op[1], i.offset, LdsAccess::Read, Kind::size);
  Row result[Kind::registers];
  Row *d = &w.v[i.op[0].reg];
  memcpy(result, d, sizeof(result));
  unsigned bytes = 0;
  forLanes(exec(w), [&](unsigned lane) {
    uint64_t at = ldsAddress(w, i.op[1], lane, i.offset);
    uint8_t *p = locate(w, i, lane, at, Kind::size);
    if (!p) {
      return false;
    }
    Kind::toRegisters(result, lane, p);
    bytes += Kind::size;
    return true;
  });
  memcpy(static_cast<void *>(d), result, sizeof(result));
  traffic(w).lds += bytes;
}

template <class Kind>
static void write(Wave &w, const Inst &i) {
  countBanks(w, i.op[0], i.offset, LdsAccess::Write, Kind::size);
  const Row *d = &w.v[i.op[1].reg];
  unsigned bytes = 0;
  forLanes(exec(w), [&](unsigned lane) {
    uint8_t *p =
        locate(w, i, lane, ldsAddress(w, i.op[0], lane, i.offset), Kind::size);
    if (!p) {
      return false;
    }
    Kind::toMemory(p, d, lane);
    bytes += Kind::size;
    return true;
  });
  traffic(w).lds += bytes;
}

/// gfx950's transposing reads. Each lane reads elements of `bits` bits; those
/// of 16 lanes in a row are taken as a matrix with 16 columns, and lane n of
/// the 16 gets column n.
template <unsigned bits, unsigned bytes>
static void readTransposed(Wave &w, const Inst &i) {
  countBanks(w, i.op[1], i.offset, LdsAccess::Read, bytes);
  constexpr unsigned elements = bytes * 8 / bits, words = bytes / 4;
  uint8_t data[kLanes][bytes] = {};
  uint64_t mask = exec(w);
  unsigned count = 0;
  forLanes(mask, [&](unsigned lane) {
    uint64_t at = ldsAddress(w, i.op[1], lane, i.offset);
    uint8_t *p = locate(w, i, lane, at, bytes);
    if (p) {
      memcpy(data[lane], p, bytes);
      ++count;
    }
    return p != nullptr;
  });
  if (w.state == WaveState::Fault) {
    return;
  }
  forLanes(mask, [&](unsigned lane) {
    uint32_t out[words] = {};
    for (unsigned row = 0; row < elements; ++row) {
      unsigned number = row * 16 + lane % 16;
      const uint8_t *from = data[lane / 16 * 16 + number / elements];
      for (unsigned bit = 0; bit < bits; ++bit) {
        unsigned source = number % elements * bits + bit;
        unsigned to = row * bits + bit;
        out[to / 32] |= uint32_t(from[source / 8] >> (source % 8) & 1)
                        << (to % 32);
      }
    }
    for (unsigned n = 0; n < words; ++n) {
      w.v[i.op[0].reg + n].lane[lane] = out[n];
    }
    return true;
  });
  traffic(w).lds += count * bytes;
}

/// The two-address forms: offsets count elements, or 64 elements (st64).
template <unsigned size, unsigned stride>
static void read2(Wave &w, const Inst &i) {
  countBanks2<size, stride>(w, i, 1, LdsAccess::Read);
  constexpr unsigned words = size / 4;
  Row result[2 * words];
  Row *d = &w.v[i.op[0].reg];
  memcpy(result, d, sizeof(result));
  unsigned bytes = 0;
  forLanes(exec(w), [&](unsigned lane) {
    for (unsigned n = 0; n < 2; ++n) {
      uint64_t offset = uint64_t(n ? i.offset1 : i.offset) * size * stride;
      uint8_t *p =
          locate(w, i, lane, ldsAddress(w, i.op[1], lane, offset), size);
      if (!p) {
        return false;
      }
      LoadKind<size, false, Half::None>::toRegisters(result + n * words, lane,
                                                     p);
      bytes += size;
    }
    return true;
  });
  memcpy(static_cast<void *>(d), result, sizeof(result));
  traffic(w).lds += bytes;
}

template <unsigned size, unsigned stride>
static void write2(Wave &w, const Inst &i) {
  countBanks2<size, stride>(w, i, 0, LdsAccess::Write);
  unsigned bytes = 0;
  forLanes(exec(w), [&](unsigned lane) {
    for (unsigned n = 0; n < 2; ++n) {
      uint64_t offset = uint64_t(n ? i.offset1 : i.offset) * size * stride;
      uint8_t *p =
          locate(w, i, lane, ldsAddress(w, i.op[0], lane, offset), size);
      if (!p) {
        return false;
      }
      StoreKind<size, Half::None>::toMemory(p, &w.v[i.op[1 + n].reg], lane);
      bytes += size;
    }
    return true;
  });
  traffic(w).lds += bytes;
}

/// `returns` comes from the mnemonic: ds_add_rtn_u32.
template <class Op, class T, bool returns>
static void atomicAccess(Wave &w, const Inst &i) {
  constexpr unsigned first = returns ? 1 : 0;
  countBanks(w, i.op[first], i.offset, LdsAccess::Write, sizeof(T));
  const Row *data = &w.v[i.op[first + 1].reg];
  Row old[2];
  unsigned bytes = 0;
  forLanes(exec(w), [&](unsigned lane) {
    uint64_t at = ldsAddress(w, i.op[first], lane, i.offset);
    uint8_t *p = locate(w, i, lane, at, sizeof(T));
    if (!p) {
      return false;
    }
    if (at % sizeof(T)) {
      fault(w, i, "unaligned atomic", int(lane), kSharedBase + at, sizeof(T));
      return false;
    }
    // ds_cmpst has the comparand first, then the new value; ds_cmpstore the
    // other way round.
    T value = laneData<T>(data, lane), compare = 0;
    if (Op::compares) {
      compare = laneData<T>(&w.v[i.op[first + 2].reg], lane);
      if (!i.immediate) {
        std::swap(value, compare);
      }
    }
    T before;
    memcpy(&before, p, sizeof(T));
    T after = Op::f(before, value, compare);
    memcpy(p, &after, sizeof(T));
    setLaneData<T>(old, lane, before);
    bytes += sizeof(T);
    return true;
  });
  if (returns) {
    forLanes(exec(w), [&](unsigned lane) {
      setLaneData<T>(&w.v[i.op[0].reg], lane, laneData<T>(old, lane));
      return true;
    });
  }
  traffic(w).lds += bytes;
}

/// Operations with two data operands, f(old, first, second).
template <class T, T (*f)(T, T, T), bool returns>
static void combine(Wave &w, const Inst &i) {
  constexpr unsigned first = returns ? 1 : 0;
  countBanks(w, i.op[first], i.offset, LdsAccess::Write, sizeof(T));
  unsigned bytes = 0;
  forLanes(exec(w), [&](unsigned lane) {
    uint64_t at = ldsAddress(w, i.op[first], lane, i.offset);
    uint8_t *p = locate(w, i, lane, at, sizeof(T));
    if (!p) {
      return false;
    }
    T old, now;
    memcpy(&old, p, sizeof(T));
    now = f(old, laneData<T>(&w.v[i.op[first + 1].reg], lane),
            laneData<T>(&w.v[i.op[i.operands - 1].reg], lane));
    memcpy(p, &now, sizeof(T));
    if (returns) {
      setLaneData<T>(&w.v[i.op[0].reg], lane, old);
    }
    bytes += sizeof(T);
    return true;
  });
  traffic(w).lds += bytes;
}

template <class T>
static T maskOr(T old, T mask, T value) {
  return (old & ~mask) | value;
}
static uint32_t wrap(uint32_t old, uint32_t limit, uint32_t step) {
  return old >= limit ? old - limit : old + step;
}
/// Each half is exchanged if its sign bit is set, without that bit.
static uint64_t conditional(uint64_t old, uint64_t data, uint64_t) {
  constexpr uint64_t low = 0x7fffffff, high = low << 32;
  if (data >> 31 & 1) {
    old = (old & ~0xffffffffull) | (data & low);
  }
  if (data >> 63) {
    old = (old & 0xffffffffull) | (data & high);
  }
  return old;
}

/// ds_wrxchg2: exchanges two elements; offsets count as in ds_read2.
template <unsigned size, unsigned stride>
static void exchange2(Wave &w, const Inst &i) {
  countBanks2<size, stride>(w, i, 1, LdsAccess::Write);
  constexpr unsigned words = size / 4;
  Row result[2 * words];
  unsigned bytes = 0;
  uint64_t mask = exec(w);
  forLanes(mask, [&](unsigned lane) {
    for (unsigned n = 0; n < 2; ++n) {
      uint64_t offset = uint64_t(n ? i.offset1 : i.offset) * size * stride;
      uint8_t *p =
          locate(w, i, lane, ldsAddress(w, i.op[1], lane, offset), size);
      if (!p) {
        return false;
      }
      LoadKind<size, false, Half::None>::toRegisters(result + n * words, lane,
                                                     p);
      StoreKind<size, Half::None>::toMemory(p, &w.v[i.op[2 + n].reg], lane);
      bytes += size;
    }
    return true;
  });
  forLanes(w.state == WaveState::Fault ? 0 : mask, [&](unsigned lane) {
    for (unsigned n = 0; n < 2 * words; ++n) {
      w.v[i.op[0].reg + n].lane[lane] = result[n].lane[lane];
    }
    return true;
  });
  traffic(w).lds += bytes;
}

/// ds_append and ds_consume: one counter at M0 + offset goes up or down by the
/// number of active lanes, and all of them get its old value.
template <int sign>
static void count(Wave &w, const Inst &i) {
  uint64_t mask = exec(w);
  uint64_t at = (w.s[kM0] & 0xffff) + uint64_t(i.offset);
  uint8_t *p = locate(w, i, 0, at, 4);
  if (!p) {
    return;
  }
  uint32_t old;
  memcpy(&old, p, 4);
  uint32_t now = old + uint32_t(sign) * uint32_t(__builtin_popcountll(mask));
  memcpy(p, &now, 4);
  forLanes(mask, [&](unsigned lane) {
    w.v[i.op[0].reg].lane[lane] = old;
    return true;
  });
  traffic(w).lds += 4;
}

/// ds_read_addtid and ds_write_addtid: lane n at M0 + offset + 4 n.
template <bool writes>
static void addThread(Wave &w, const Inst &i) {
  uint64_t mask = exec(w);
  uint64_t base = (w.s[kM0] & 0xffff) + uint64_t(i.offset);
  forLanes(mask, [&](unsigned lane) {
    uint8_t *p = locate(w, i, lane, base + 4 * lane, 4);
    if (!p) {
      return false;
    }
    uint32_t &reg = w.v[i.op[0].reg].lane[lane];
    if (writes) {
      memcpy(p, &reg, 4);
    } else {
      memcpy(&reg, p, 4);
    }
    return true;
  });
  traffic(w).lds += 4 * unsigned(__builtin_popcountll(mask));
}

/// The lane that `lane` names in a permutation. gfx11 permutes each half of a
/// wave of 64 by itself.
static uint32_t exchanged(const Wave &w, const Inst &i, unsigned lane) {
  uint32_t other = (w.v[i.op[1].reg].lane[lane] + uint32_t(i.offset)) / 4;
  return w.chip->generation == 11 ? (lane & 32) | other % 32 : other % w.lanes;
}

static void permute(Wave &w, const Inst &i) {
  // Forward permute: each lane pushes its data to lane address / 4.
  uint32_t result[kLanes] = {};
  uint64_t mask = exec(w);
  forLanes(mask, [&](unsigned lane) {
    uint32_t to = exchanged(w, i, lane);
    result[to] = w.v[i.op[2].reg].lane[lane];
    return true;
  });
  forLanes(mask, [&](unsigned lane) {
    w.v[i.op[0].reg].lane[lane] = result[lane];
    return true;
  });
}

static void bpermute(Wave &w, const Inst &i) {
  // Backward permute: each lane pulls from lane address / 4; disabled lanes
  // give zero.
  uint32_t result[kLanes] = {};
  uint64_t mask = exec(w);
  forLanes(mask, [&](unsigned lane) {
    uint32_t from = exchanged(w, i, lane);
    bool valid = mask >> from & 1 || i.immediate; // the fi form
    result[lane] = valid ? w.v[i.op[2].reg].lane[from] : 0;
    return true;
  });
  forLanes(mask, [&](unsigned lane) {
    w.v[i.op[0].reg].lane[lane] = result[lane];
    return true;
  });
}

static void swizzle(Wave &w, const Inst &i) {
  uint32_t result[kLanes] = {};
  uint64_t mask = exec(w);
  unsigned code = unsigned(i.offset);
  forLanes(mask, [&](unsigned lane) {
    unsigned from;
    if (code & 0x8000) { // quad permutation
      from = (lane & ~3u) | (code >> (2 * (lane & 3)) & 3);
    } else { // and, or, xor masks within 32 lanes
      unsigned low =
          ((lane & 31 & code) | (code >> 5 & 31)) ^ (code >> 10 & 31);
      from = (lane & 32) | low;
    }
    result[lane] = mask >> from & 1 ? w.v[i.op[1].reg].lane[from] : 0;
    return true;
  });
  forLanes(mask, [&](unsigned lane) {
    w.v[i.op[0].reg].lane[lane] = result[lane];
    return true;
  });
}

template <class Op, class T>
static void addAtomic(OpcodeTable &t, const std::string &name,
                      const char *suffix, int64_t immediate = 0) {
  t.add(("ds_" + name + "_" + suffix).c_str(),
        {atomicAccess<Op, T, false>, InstClass::Lds, false, false, immediate});
  t.add(("ds_" + name + "_rtn_" + suffix).c_str(),
        {atomicAccess<Op, T, true>, InstClass::Lds, false, false, immediate});
}

template <class Op>
static void addBoth(OpcodeTable &t, const std::string &name,
                    const std::string &type, int64_t immediate = 0) {
  addAtomic<Op, uint32_t>(t, name, (type + "32").c_str(), immediate);
  addAtomic<Op, uint64_t>(t, name, (type + "64").c_str(), immediate);
}

void moesaic::sim::addLdsOps(OpcodeTable &t) {
  auto reads = [&](const char *name, auto kind) {
    t.add(name, {read<decltype(kind)>, InstClass::Lds});
  };
  reads("ds_read_u8", LoadKind<1, false, Half::None>());
  reads("ds_read_i8", LoadKind<1, true, Half::None>());
  reads("ds_read_u16", LoadKind<2, false, Half::None>());
  reads("ds_read_i16", LoadKind<2, true, Half::None>());
  reads("ds_read_b32", LoadKind<4, false, Half::None>());
  reads("ds_read_b64", LoadKind<8, false, Half::None>());
  reads("ds_read_b96", LoadKind<12, false, Half::None>());
  reads("ds_read_b128", LoadKind<16, false, Half::None>());
  reads("ds_read_u8_d16", LoadKind<1, false, Half::Low>());
  reads("ds_read_u8_d16_hi", LoadKind<1, false, Half::High>());
  reads("ds_read_i8_d16", LoadKind<1, true, Half::Low>());
  reads("ds_read_i8_d16_hi", LoadKind<1, true, Half::High>());
  reads("ds_read_u16_d16", LoadKind<2, false, Half::Low>());
  reads("ds_read_u16_d16_hi", LoadKind<2, false, Half::High>());
  auto writes = [&](const char *name, auto kind) {
    t.add(name, {write<decltype(kind)>, InstClass::Lds});
  };
  writes("ds_write_b8", StoreKind<1, Half::None>());
  writes("ds_write_b8_d16_hi", StoreKind<1, Half::High>());
  writes("ds_write_b16", StoreKind<2, Half::None>());
  writes("ds_write_b16_d16_hi", StoreKind<2, Half::High>());
  writes("ds_write_b32", StoreKind<4, Half::None>());
  writes("ds_write_b64", StoreKind<8, Half::None>());
  writes("ds_write_b96", StoreKind<12, Half::None>());
  writes("ds_write_b128", StoreKind<16, Half::None>());
  t.add("ds_read_b64_tr_b16", {readTransposed<16, 8>, InstClass::Lds});
  t.add("ds_read_b64_tr_b8", {readTransposed<8, 8>, InstClass::Lds});
  t.add("ds_read_b64_tr_b4", {readTransposed<4, 8>, InstClass::Lds});
  t.add("ds_read_b96_tr_b6", {readTransposed<6, 12>, InstClass::Lds});
  t.add("ds_read2_b32", {read2<4, 1>, InstClass::Lds});
  t.add("ds_read2_b64", {read2<8, 1>, InstClass::Lds});
  t.add("ds_read2st64_b32", {read2<4, 64>, InstClass::Lds});
  t.add("ds_read2st64_b64", {read2<8, 64>, InstClass::Lds});
  t.add("ds_write2_b32", {write2<4, 1>, InstClass::Lds});
  t.add("ds_write2_b64", {write2<8, 1>, InstClass::Lds});
  t.add("ds_write2st64_b32", {write2<4, 64>, InstClass::Lds});
  t.add("ds_write2st64_b64", {write2<8, 64>, InstClass::Lds});
  t.add("ds_wrxchg2_rtn_b32", {exchange2<4, 1>, InstClass::Lds});
  t.add("ds_wrxchg2_rtn_b64", {exchange2<8, 1>, InstClass::Lds});
  t.add("ds_wrxchg2st64_rtn_b32", {exchange2<4, 64>, InstClass::Lds});
  t.add("ds_wrxchg2st64_rtn_b64", {exchange2<8, 64>, InstClass::Lds});
  t.add("ds_mskor_b32",
        {combine<uint32_t, maskOr<uint32_t>, false>, InstClass::Lds});
  t.add("ds_mskor_rtn_b32",
        {combine<uint32_t, maskOr<uint32_t>, true>, InstClass::Lds});
  t.add("ds_mskor_b64",
        {combine<uint64_t, maskOr<uint64_t>, false>, InstClass::Lds});
  t.add("ds_mskor_rtn_b64",
        {combine<uint64_t, maskOr<uint64_t>, true>, InstClass::Lds});
  t.add("ds_wrap_rtn_b32", {combine<uint32_t, wrap, true>, InstClass::Lds});
  t.add("ds_condxchg32_rtn_b64",
        {combine<uint64_t, conditional, true>, InstClass::Lds});
  t.add("ds_append", {count<1>, InstClass::Lds});
  t.add("ds_consume", {count<-1>, InstClass::Lds});
  t.add("ds_read_addtid_b32", {addThread<false>, InstClass::Lds});
  t.add("ds_write_addtid_b32", {addThread<true>, InstClass::Lds});
  t.add("ds_permute_b32", {permute, InstClass::Lds});
  t.add("ds_bpermute_b32", {bpermute, InstClass::Lds});
  t.add("ds_bpermute_fi_b32", {bpermute, InstClass::Lds, false, false, 1});
  t.add("ds_swizzle_b32", {swizzle, InstClass::Lds});

  using namespace atomic;
  addBoth<Add>(t, "add", "u");
  addBoth<Sub>(t, "sub", "u");
  addBoth<ReverseSub>(t, "rsub", "u");
  addBoth<Inc>(t, "inc", "u");
  addBoth<Dec>(t, "dec", "u");
  addBoth<SMin>(t, "min", "i");
  addBoth<SMax>(t, "max", "i");
  addBoth<UMin>(t, "min", "u");
  addBoth<UMax>(t, "max", "u");
  addBoth<And>(t, "and", "b");
  addBoth<Or>(t, "or", "b");
  addBoth<Xor>(t, "xor", "b");
  addBoth<Swap>(t, "wrxchg", "b");
  addBoth<CompareSwap>(t, "cmpst", "b");
  addBoth<CompareSwap>(t, "cmpst", "f");
  addBoth<CompareSwap>(t, "cmpstore", "b", 1);
  addBoth<CompareSwapFloat>(t, "cmpstore", "f", 1);
  addAtomic<SubClamp, uint32_t>(t, "sub_clamp", "u32");
  addAtomic<ConditionalSub, uint32_t>(t, "cond_sub", "u32");
  addAtomic<AddF32, uint32_t>(t, "add", "f32");
  addAtomic<MinF32, uint32_t>(t, "min", "f32");
  addAtomic<MaxF32, uint32_t>(t, "max", "f32");
  addAtomic<AddF64, uint64_t>(t, "add", "f64");
  addAtomic<MinF64, uint64_t>(t, "min", "f64");
  addAtomic<MaxF64, uint64_t>(t, "max", "f64");
  addAtomic<PkAddF16, uint32_t>(t, "pk_add", "f16");
  addAtomic<PkAddBf16, uint32_t>(t, "pk_add", "bf16");
}
