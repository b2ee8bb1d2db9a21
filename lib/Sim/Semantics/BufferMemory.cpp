//===- BufferMemory.cpp - untyped buffer instructions ---------------------===//

#include "Sim/Semantics/Buffer.h"
#include "Sim/Semantics/MemoryAccess.h"
#include <string>

using namespace moesaic::sim;

static const uint8_t zeros[16] = {};

template <class Kind>
static void load(Wave &w, const Inst &i) {
  Buffer buffer(w, i, i.lds ? 0 : 1);
  unsigned bytes = 0;
  // The destination may hold the offsets; results wait in a copy.
  Row result[Kind::registers];
  Row *d = &w.v[i.lds ? 0 : i.op[0].reg];
  uint64_t mask = exec(w);
  constexpr unsigned piece = Kind::size < 4 ? Kind::size : 4;
  constexpr unsigned pieces = Kind::size / piece;
  uint64_t to = (w.s[kM0] & w.chip->ldsAddressMask) + uint64_t(i.offset);
  if (!i.lds) {
    memcpy(result, d, sizeof(result));
  }
  forLanes(mask, [&](unsigned lane) {
    buffer.locate(lane);
    uint8_t data[16] = {};
    // Usually the whole access is in range, in one allocation.
    const uint8_t *p = zeros;
    if (uint8_t *whole = buffer.piece(lane, 0, Kind::size)) {
      p = whole;
      bytes += Kind::size;
    } else if (pieces > 1 && w.state != WaveState::Fault) {
      for (unsigned n = 0; n < pieces; ++n) {
        if (uint8_t *part = buffer.piece(lane, n * piece, piece)) {
          memcpy(data + n * piece, part, piece);
          bytes += piece;
        }
      }
      p = data;
    }
    if (w.state == WaveState::Fault) {
      return false;
    }
    if (!i.lds) {
      Kind::toRegisters(result, lane, p);
      return true;
    }
    // LDS DMA: lane n writes M0 + offset + n times the width.
    constexpr unsigned step = Kind::registers * 4;
    uint64_t at = to + step * lane;
    if (!fits(at, step, w.group->ldsBytes)) {
      fault(w, i, "LDS access outside of the workgroup's LDS", int(lane),
            kSharedBase + at, step);
      return false;
    }
    Kind::toRegisters(result, 0, p);
    for (unsigned n = 0; n < Kind::registers; ++n) {
      memcpy(w.group->lds + at + 4 * n, &result[n].lane[0], 4);
    }
    traffic(w).lds += step;
    return true;
  });
  if (!i.lds && w.state != WaveState::Fault) {
    memcpy(static_cast<void *>(d), result, sizeof(result));
  }
  traffic(w).globalRead += bytes;
}

template <class Kind>
static void store(Wave &w, const Inst &i) {
  Buffer buffer(w, i, 1);
  const Row *d = &w.v[i.op[0].reg];
  unsigned bytes = 0;
  constexpr unsigned piece = Kind::size < 4 ? Kind::size : 4;
  forLanes(exec(w), [&](unsigned lane) {
    buffer.locate(lane);
    if (uint8_t *whole = buffer.piece(lane, 0, Kind::size)) {
      Kind::toMemory(whole, d, lane);
      bytes += Kind::size;
    } else if (Kind::size > 4 && w.state != WaveState::Fault) {
      for (unsigned n = 0; n < Kind::size / piece; ++n) {
        if (uint8_t *part = buffer.piece(lane, n * piece, piece)) {
          StoreKind<4, Half::None>::toMemory(part, d + n, lane);
          bytes += piece;
        }
      }
    }
    return w.state != WaveState::Fault;
  });
  traffic(w).globalWritten += bytes;
}

template <class Op, class T>
static void atomicAccess(Wave &w, const Inst &i) {
  Buffer buffer(w, i, 1);
  Row *d = &w.v[i.op[0].reg];
  constexpr unsigned words = sizeof(T) / 4;
  unsigned bytes = 0;
  forLanes(exec(w), [&](unsigned lane) {
    buffer.locate(lane);
    uint8_t *p = buffer.piece(lane, 0, sizeof(T));
    T old = 0;
    if (p) {
      if (reinterpret_cast<uintptr_t>(p) % sizeof(T)) {
        fault(w, i, "unaligned atomic", int(lane),
              reinterpret_cast<uint64_t>(p), sizeof(T));
        return false;
      }
      T compare = Op::compares ? laneData<T>(d + words, lane) : T(0);
      old = atomic::apply<Op, T>(reinterpret_cast<T *>(p), laneData<T>(d, lane),
                                 compare);
      bytes += sizeof(T);
    }
    if (i.returns) {
      setLaneData<T>(d, lane, old);
    }
    return w.state != WaveState::Fault;
  });
  traffic(w).globalWritten += bytes;
}

void moesaic::sim::addBufferOps(OpcodeTable &t) {
  forEachLoad([&](const char *suffix, auto kind) {
    t.add((std::string("buffer_load_") + suffix).c_str(),
          {load<decltype(kind)>, InstClass::VmemLoad});
  });
  forEachStore([&](const char *suffix, auto kind) {
    t.add((std::string("buffer_store_") + suffix).c_str(),
          {store<decltype(kind)>, InstClass::VmemStore});
  });
  forEachAtomic([&](const char *suffix, auto op, auto type) {
    t.add((std::string("buffer_atomic_") + suffix).c_str(),
          {atomicAccess<decltype(op), decltype(type)>, InstClass::VmemAtomic});
  });
}
