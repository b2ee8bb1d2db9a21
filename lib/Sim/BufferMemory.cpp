//===- BufferMemory.cpp - buffer instructions and their range check -------===//
//
// From the CDNA3 ISA guide, "Buffer addressing". The descriptor's words: base
// in bits 47:0, stride in 61:48, num_records in 95:64; in word 3, add_tid in
// bit 23; swizzle_enable is bit 31 of word 1, element_size bits 20:19 and
// index_stride bits 22:21 of word 3.
//
// gfx9 range check: without an index, or with stride 0, num_records counts
// bytes and a dword is out when offset + size > num_records - soffset;
// with an index and a stride it counts records. Loads out of range give zero,
// stores vanish. Multi-dword accesses check each dword. BufferRange.h has
// RDNA's rule.
//
//===----------------------------------------------------------------------===//

#include "Sim/BufferRange.h"
#include "Sim/MemoryAccess.h"
#include <string>

using namespace moesaic::sim;

namespace {

class Buffer {
public:
  /// `operand` is the index of the vaddr operand; the descriptor and soffset
  /// follow.
  Buffer(Wave &w, const Inst &i, unsigned operand)
      : w(w), i(i), address(i.op[operand]) {
    uint32_t d[4];
    memcpy(d, &w.s[i.op[operand + 1].reg], sizeof(d));
    base = uint64_t(d[1] & 0xffff) << 32 | d[0];
    isScratch = (d[1] & 0xffff) == kScratchDescriptor;
    stride = d[1] >> 16 & 0x3fff;
    swizzle = d[1] >> 31;
    records = d[2];
    addThread = d[3] >> 23 & 1;
    elementSize = 2u << (d[3] >> 19 & 3);
    indexStride = 8u << (d[3] >> 21 & 3);
    if (addThread) { // with add_tid the format field extends the stride
      stride |= (d[3] >> 15 & 15) << 14;
    }
    scalarOffset = scalar32(w, i.op[operand + 2]);
    if (isRdna(*w.chip)) {
      range = bufferRange(*w.chip, d, scalarOffset);
      isScratch = false;
      swizzle = range.swizzled;
      elementSize = 2u << (d[1] >> 30);
      stride = range.stride;
    }
  }

  /// Where a lane's access starts: the offset that is range-checked and the
  /// device address.
  void locate(unsigned lane) {
    uint32_t index = 0, offset = 0;
    unsigned reg = address.reg;
    if (i.idxen) {
      index = w.v[reg++].lane[lane];
    }
    if (i.offen) {
      offset = w.v[reg].lane[lane];
    }
    if (addThread) {
      index += lane;
    }
    inner = uint64_t(offset) + uint64_t(i.offset);
    indexed = stride != 0 && i.idxen;
    inRecords = index < records;
    number = index;
    if (swizzle && stride != 0) {
      uint64_t high = index / indexStride, low = index % indexStride;
      uint64_t offsetHigh = inner / elementSize,
               offsetLow = inner % elementSize;
      start = (high * stride + offsetHigh * elementSize) * indexStride +
              low * elementSize + offsetLow;
    } else {
      start = uint64_t(index) * stride + inner;
    }
  }

  /// The host pointer of `bytes` at `skip` behind the start, or null when the
  /// access is out of range or faults.
  uint8_t *piece(unsigned lane, unsigned skip, unsigned bytes) {
    if (isScratch) {
      return scratch(lane, skip, bytes);
    }
    if (isRdna(*w.chip)) {
      if (!isInRange(range, number, inner + skip, start + skip, bytes)) {
        return nullptr;
      }
    } else if (indexed) {
      if (!inRecords) {
        return nullptr;
      }
    } else if (start + skip + bytes + scalarOffset > records) {
      return nullptr;
    }
    uint64_t at = base + scalarOffset + start + skip;
    if (!checkAccess(w, i, at, bytes, int(lane))) {
      return nullptr;
    }
    return reinterpret_cast<uint8_t *>(at);
  }

private:
  /// The scratch descriptor interleaves the lanes' dwords: soffset counts bytes
  /// of all 64, the other offsets those of one lane.
  uint8_t *scratch(unsigned lane, unsigned skip, unsigned bytes) {
    uint64_t at = scalarOffset / kLanes + inner + skip;
    if (!fits(at, bytes, w.scratchBytes)) {
      fault(w, i, "scratch access outside of the lane's private memory",
            int(lane), kPrivateBase + at, bytes);
      return nullptr;
    }
    return w.scratch + uint64_t(lane) * w.scratchBytes + at;
  }

  Wave &w;
  const Inst &i;
  const Operand &address;
  uint64_t base, stride, records, scalarOffset, start = 0, inner = 0;
  uint32_t elementSize, indexStride, number = 0;
  BufferRange range;
  bool isScratch, swizzle, addThread, indexed = false, inRecords = true;
};

} // namespace

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
    if (at + step > w.group->ldsBytes) {
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
