//===- GlobalMemory.cpp - global, flat and scratch instructions -----------===//

#include "Sim/Semantics/MemoryAccess.h"
#include <string>

using namespace moesaic::sim;

namespace {

enum class Space { Global, Flat, Scratch };

/// Finds the host pointer of a lane's access.
template <Space space>
struct Locator {
  Wave &w;
  const Inst &i;
  const Operand &vector, &scalar;
  uint64_t base;

  Locator(Wave &w, const Inst &i, unsigned vectorOperand,
          unsigned scalarOperand)
      : w(w), i(i), vector(i.op[vectorOperand]), scalar(i.op[scalarOperand]) {
    base = uint64_t(int64_t(i.offset));
    if (space != Space::Flat && scalar.kind != Operand::None) {
      base +=
          space == Space::Scratch ? scalar32(w, scalar) : scalar64(w, scalar);
    }
  }

  uint64_t address(unsigned lane) const {
    if (vector.kind == Operand::None) {
      return base;
    }
    uint64_t low = w.v[vector.reg].lane[lane];
    if (space == Space::Scratch) {
      return base + low;
    }
    if (space == Space::Global && scalar.kind != Operand::None) {
      return base + low; // a 32-bit unsigned offset to the scalar base
    }
    return base + (uint64_t(w.v[vector.reg + 1].lane[lane]) << 32 | low);
  }

  uint8_t *scratch(unsigned lane, uint32_t offset, unsigned bytes) {
    if (uint64_t(offset) + bytes > w.scratchBytes) {
      fault(w, i, "scratch access outside of the lane's private memory",
            int(lane), kPrivateBase + offset, bytes);
      return nullptr;
    }
    return w.scratch + uint64_t(lane) * w.scratchBytes + offset;
  }

  /// Finds the pointers of all of `lanes`, or faults. Mostly they lie in one
  /// allocation, which is found out at once.
  bool locateAll(uint64_t lanes, unsigned bytes, uint8_t *(&pointers)[kLanes]) {
    if constexpr (space != Space::Scratch) {
      uint64_t low = ~0ull, high = 0;
      forLanes(lanes, [&](unsigned lane) {
        uint64_t at = address(lane);
        low = at < low ? at : low;
        high = at > high ? at : high;
        pointers[lane] = reinterpret_cast<uint8_t *>(at);
        return true;
      });
      if (low <= high && high < kSharedBase &&
          checkAccess(w, i, low, high - low + bytes, -2)) {
        return true;
      }
    }
    forLanes(lanes, [&](unsigned lane) {
      pointers[lane] = locate(lane, bytes);
      return pointers[lane] != nullptr;
    });
    return w.state != WaveState::Fault;
  }

  uint8_t *locate(unsigned lane, unsigned bytes) {
    uint64_t at = address(lane);
    if (space == Space::Scratch) {
      return scratch(lane, uint32_t(at), bytes);
    }
    if (space == Space::Flat) {
      if (at >> 32 == kPrivateBase >> 32) {
        return scratch(lane, uint32_t(at), bytes);
      }
      if (at >> 32 == kSharedBase >> 32) {
        if (!fits(uint32_t(at), bytes, w.group->ldsBytes)) {
          fault(w, i, "flat access outside of the workgroup's LDS", int(lane),
                at, bytes);
          return nullptr;
        }
        return w.group->lds + uint32_t(at);
      }
    }
    if (!checkAccess(w, i, at, bytes, int(lane))) {
      return nullptr;
    }
    return reinterpret_cast<uint8_t *>(at);
  }
};

} // namespace

template <Space space, class Kind>
static void load(Wave &w, const Inst &i) {
  Locator<space> locator(w, i, 1, 2);
  Row *d = &w.v[i.op[0].reg];
  // The destination may be the address: read all addresses first.
  uint8_t *pointers[kLanes];
  uint64_t mask = exec(w);
  if (!locator.locateAll(mask, Kind::size, pointers)) {
    return;
  }
  forLanes(mask, [&](unsigned lane) {
    Kind::toRegisters(d, lane, pointers[lane]);
    return true;
  });
  if (space != Space::Scratch) {
    traffic(w).globalRead += unsigned(__builtin_popcountll(mask)) * Kind::size;
  }
}

template <Space space, class Kind>
static void store(Wave &w, const Inst &i) {
  Locator<space> locator(w, i, 0, 2);
  const Row *d = &w.v[i.op[1].reg];
  uint8_t *pointers[kLanes];
  const uint64_t mask = exec(w);
  if (!locator.locateAll(mask, Kind::size, pointers)) {
    return;
  }
  forLanes(mask, [&](unsigned lane) {
    Kind::toMemory(pointers[lane], d, lane);
    return true;
  });
  if (space != Space::Scratch) {
    traffic(w).globalWritten +=
        unsigned(__builtin_popcountll(mask)) * Kind::size;
  }
}

template <Space space, class Op, class T>
static void atomicAccess(Wave &w, const Inst &i) {
  // Returning forms have the destination in front.
  unsigned first = i.returns ? 1 : 0;
  Locator<space> locator(w, i, first, first + 2);
  const Row *data = &w.v[i.op[first + 1].reg];
  constexpr unsigned words = sizeof(T) / 4;
  uint8_t *pointers[kLanes];
  uint64_t mask = exec(w);
  if (!locator.locateAll(mask, sizeof(T), pointers)) {
    return;
  }
  forLanes(mask, [&](unsigned lane) {
    if (reinterpret_cast<uintptr_t>(pointers[lane]) % sizeof(T)) {
      fault(w, i, "unaligned atomic", int(lane), locator.address(lane),
            sizeof(T));
    }
    return w.state != WaveState::Fault;
  });
  if (w.state == WaveState::Fault) {
    return;
  }
  forLanes(mask, [&](unsigned lane) {
    T compare = Op::compares ? laneData<T>(data + words, lane) : T(0);
    T old = atomic::apply<Op, T>(reinterpret_cast<T *>(pointers[lane]),
                                 laneData<T>(data, lane), compare);
    if (i.returns) {
      setLaneData<T>(&w.v[i.op[0].reg], lane, old);
    }
    return true;
  });
  traffic(w).globalWritten += unsigned(__builtin_popcountll(mask)) * sizeof(T);
}

/// global_load_lds, scratch_load_lds: lane n writes the dword at M0 + offset +
/// 4 n of LDS; the instruction's offset applies to both addresses.
template <Space space, class Kind>
static void loadToLds(Wave &w, const Inst &i) {
  Locator<space> locator(w, i, 0, 1);
  uint64_t to =
      (w.s[kM0] & w.chip->ldsAddressMask) + uint64_t(int64_t(i.offset));
  unsigned count = 0;
  constexpr unsigned step = Kind::size < 4 ? 4 : Kind::size;
  forLanes(exec(w), [&](unsigned lane) {
    uint8_t *p = locator.locate(lane, Kind::size);
    if (!p) {
      return false;
    }
    uint64_t at = to + step * lane;
    if (!fits(at, step, w.group->ldsBytes)) {
      fault(w, i, "LDS access outside of the workgroup's LDS", int(lane),
            kSharedBase + at, step);
      return false;
    }
    Row value[4];
    Kind::toRegisters(value, 0, p);
    for (unsigned n = 0; n < step / 4; ++n) {
      memcpy(w.group->lds + at + 4 * n, &value[n].lane[0], 4);
    }
    ++count;
    return true;
  });
  traffic(w).globalRead += space == Space::Scratch ? 0 : count * Kind::size;
  traffic(w).lds += count * step;
}

/// global_load_addtid: the dword of lane n is 4 n behind a scalar address.
template <bool stores>
static void addThread(Wave &w, const Inst &i) {
  const Operand &base = i.op[1];
  uint64_t from = uint64_t(int64_t(i.offset)) +
                  (base.kind == Operand::None ? 0 : scalar64(w, base));
  unsigned count = 0;
  forLanes(exec(w), [&](unsigned lane) {
    uint64_t at = from + 4 * lane;
    if (!checkAccess(w, i, at, 4, int(lane))) {
      return false;
    }
    uint32_t &reg = w.v[i.op[0].reg].lane[lane];
    if (stores) {
      memcpy(reinterpret_cast<void *>(at), &reg, 4);
    } else {
      memcpy(&reg, reinterpret_cast<const void *>(at), 4);
    }
    ++count;
    return true;
  });
  (stores ? traffic(w).globalWritten : traffic(w).globalRead) += 4 * count;
}

template <Space space>
static void addSpace(OpcodeTable &t, const std::string &prefix) {
  forEachLoad([&](const char *suffix, auto kind) {
    t.add((prefix + "_load_" + suffix).c_str(),
          {load<space, decltype(kind)>, InstClass::VmemLoad});
  });
  forEachStore([&](const char *suffix, auto kind) {
    t.add((prefix + "_store_" + suffix).c_str(),
          {store<space, decltype(kind)>, InstClass::VmemStore});
  });
  if constexpr (space != Space::Scratch) {
    forEachAtomic([&](const char *suffix, auto op, auto type) {
      t.add((prefix + "_atomic_" + suffix).c_str(),
            {atomicAccess<space, decltype(op), decltype(type)>,
             InstClass::VmemAtomic});
    });
  }
}

void moesaic::sim::addGlobalOps(OpcodeTable &t) {
  addSpace<Space::Global>(t, "global");
  addSpace<Space::Flat>(t, "flat");
  addSpace<Space::Scratch>(t, "scratch");
  forEachLoad([&](const char *suffix, auto kind) {
    t.add((std::string("global_load_lds_") + suffix).c_str(),
          {loadToLds<Space::Global, decltype(kind)>, InstClass::VmemLoad});
    t.add((std::string("scratch_load_lds_") + suffix).c_str(),
          {loadToLds<Space::Scratch, decltype(kind)>, InstClass::VmemLoad});
  });
  t.add("global_load_addtid_b32", {addThread<false>, InstClass::VmemLoad});
  t.add("global_store_addtid_b32", {addThread<true>, InstClass::VmemStore});
}
