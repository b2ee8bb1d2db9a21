//===- CheckerMemory.cpp - global memory and addresses --------------------===//

#include "Sim/Checker/Checker.h"
#include "Sim/Engine.h"
#include "Sim/Semantics/Buffer.h"

using namespace llvm;
using namespace moesaic::sim;

/// Marks that an address is out of a buffer's range or faults.
static constexpr uint64_t kNowhere = ~0ull;

namespace {
/// A buffer descriptor (CDNA3 ISA guide, "Buffer addressing").
struct Descriptor {
  uint64_t base, stride, records, scalarOffset;
  uint32_t elementSize, indexStride;
  bool swizzle, addThread;
  BufferRange range;

  Descriptor(const Wave &w, const Inst &i, unsigned operand) {
    const uint32_t *d = &w.s[i.op[operand].reg];
    base = uint64_t(d[1] & 0xffff) << 32 | d[0];
    stride = d[1] >> 16 & 0x3fff;
    swizzle = d[1] >> 31;
    records = d[2];
    addThread = d[3] >> 23 & 1;
    elementSize = 2u << (d[3] >> 19 & 3);
    indexStride = 8u << (d[3] >> 21 & 3);
    if (addThread) {
      stride |= (d[3] >> 15 & 15) << 14;
    }
    scalarOffset = scalar32(w, i.op[operand + 1]);
    if (isRdna(*w.chip)) {
      range = bufferRange(*w.chip, d, scalarOffset);
      swizzle = range.swizzled;
      elementSize = 2u << (d[1] >> 30);
      stride = range.stride;
    }
  }

  uint64_t address(const Wave &w, const Inst &i, const Operand &o,
                   unsigned lane, unsigned bytes) const {
    uint32_t index = 0, offset = 0;
    unsigned reg = o.reg;
    if (i.idxen) {
      index = w.v[reg++].lane[lane];
    }
    if (i.offen) {
      offset = w.v[reg].lane[lane];
    }
    index += addThread ? lane : 0;
    uint64_t inner = uint64_t(offset) + uint64_t(i.offset), start;
    if (swizzle && stride != 0) {
      start =
          (index / indexStride * stride + inner / elementSize * elementSize) *
              indexStride +
          index % indexStride * elementSize + inner % elementSize;
    } else {
      start = uint64_t(index) * stride + inner;
    }
    if (isRdna(*w.chip)) {
      return isInRange(range, index, inner, start, bytes)
                 ? base + scalarOffset + start
                 : kNowhere;
    }
    if (stride != 0 && i.idxen) {
      return index < records ? base + scalarOffset + start : kNowhere;
    }
    return start + bytes + scalarOffset > records ? kNowhere
                                                  : base + scalarOffset + start;
  }
};
} // namespace

static bool allSet(const uint8_t *p, unsigned bytes) {
  for (; bytes >= 4; bytes -= 4, p += 4) {
    uint32_t word;
    memcpy(&word, p, 4);
    if (word != 0x01010101) {
      return false;
    }
  }
  for (; bytes != 0; --bytes, ++p) {
    if (!*p) {
      return false;
    }
  }
  return true;
}

/// The bytes of a lane's access.
static unsigned bytesOf(const Wave &w, const Inst &i, const InstCheck &c) {
  return c.bytes != 0 ? c.bytes : typedBytes(w, i);
}

/// Fills `addresses` and returns the lanes that have one.
uint64_t GroupChecker::locate(Wave &w, const Inst &i, const InstCheck &c,
                              uint64_t lanes) {
  const Operand &vector = i.op[unsigned(c.address)];
  uint64_t valid = lanes;
  uint64_t offset = uint64_t(int64_t(i.offset));
  switch (c.space) {
  case CheckSpace::Lds:
    if (c.fromM0) {
      for (unsigned lane = 0; lane < kLanes; ++lane) {
        addresses[0][lane] =
            (w.s[kM0] & 0xffff) + offset + (c.perLane ? 4 * lane : 0);
      }
      return valid;
    }
    for (unsigned piece = 0; piece < c.pieces; ++piece) {
      uint64_t add = c.pieces == 1
                         ? offset
                         : uint64_t(piece ? i.offset1 : i.offset) * c.scale;
      const uint32_t *row = w.v[vector.reg].lane;
      for (unsigned lane = 0; lane < kLanes; ++lane) {
        addresses[piece][lane] = row[lane] + uint32_t(add);
      }
    }
    return valid;
  case CheckSpace::Buffer: {
    Descriptor buffer(w, i, c.address + 1);
    const unsigned bytes = bytesOf(w, i, c);
    for (uint64_t rest = lanes; rest != 0; rest &= rest - 1) {
      unsigned lane = unsigned(__builtin_ctzll(rest));
      addresses[0][lane] = buffer.address(w, i, vector, lane, bytes);
      if (addresses[0][lane] == kNowhere) {
        valid &= ~(uint64_t(1) << lane);
      }
    }
    return valid;
  }
  default: {
    const Operand &scalar = i.op[unsigned(c.scalarAddress)];
    bool hasScalar =
        c.space == CheckSpace::Global && scalar.kind != Operand::None;
    uint64_t base = offset + (hasScalar ? scalar64(w, scalar) : 0);
    if (c.perLane) {
      for (unsigned lane = 0; lane < kLanes; ++lane) {
        addresses[0][lane] = base + 4 * lane;
      }
      return valid;
    }
    const uint32_t *low = w.v[vector.reg].lane;
    const uint32_t *high = hasScalar ? nullptr : low + kLanes;
    for (unsigned lane = 0; lane < kLanes; ++lane) {
      addresses[0][lane] =
          base + (high ? uint64_t(high[lane]) << 32 : 0) + low[lane];
    }
    return valid;
  }
  }
}

/// The shadow bytes of a global access, or null when the allocation has none
/// or the access faults.
uint8_t *GroupChecker::definedShadow(const Inst &i, uint64_t address,
                                     unsigned bytes) {
  const Memory::Allocation *&a = recent[i.index];
  if (!a || address < a->begin || address >= a->end) {
    a = launch.memory->find(address);
  }
  if (!a || !a->defined || bytes > a->end - address) {
    return nullptr;
  }
  return a->defined + (address - a->begin);
}

/// Reports undefined addresses; returns the lanes that are left.
uint64_t GroupChecker::checkAddress(Wave &w, const Inst &i, const InstCheck &c,
                                    uint64_t lanes) {
  Shadow &s = shadows[w.index];
  const Operand &vector = i.op[unsigned(c.address)];
  uint64_t undefined = 0;
  Origin origin;
  unsigned width = vector.width;
  if (vector.kind == Operand::Vector) {
    for (unsigned n = 0; n < width; ++n) {
      if (s.undefined[vector.reg + n] & lanes) {
        undefined |= s.undefined[vector.reg + n] & lanes;
        origin = s.origin[vector.reg + n];
      }
    }
  }
  if (undefined) {
    reportUndefined(w, i, "an undefined value is used as an address",
                    __builtin_ctzll(undefined), origin);
  }
  for (unsigned n = 0; n < c.scalarReads; ++n) {
    for (unsigned k = 0; k < c.scalarRead[n].count; ++k) {
      unsigned reg = c.scalarRead[n].first + k;
      if (s.scalarUndefined[reg] && lanes) {
        reportUndefined(w, i, "an undefined value is used as an address", -1,
                        s.scalarOrigin[reg]);
        return 0;
      }
    }
  }
  return lanes & ~undefined;
}

void GroupChecker::checkScalarLoad(Wave &w, const Inst &i, const InstCheck &c) {
  Shadow &s = shadows[w.index];
  for (unsigned n = 0; n < c.scalarReads; ++n) {
    for (unsigned k = 0; k < c.scalarRead[n].count; ++k) {
      unsigned reg = c.scalarRead[n].first + k;
      if (s.scalarUndefined[reg]) {
        bool isData = c.isStore && c.scalarRead[n].operand == 0;
        reportUndefined(w, i,
                        isData ? "an undefined value is stored"
                               : "an undefined value is used as an address",
                        -1, s.scalarOrigin[reg]);
        break;
      }
    }
  }
  issue(w, i, c, ~0ull);
  bool isBuffer = i.op[1].width == 4;
  uint64_t address = 0;
  if ((i.immediate != 0 || c.isStore) && !isBuffer) {
    address = scalar64(w, i.op[1]) + uint64_t(int64_t(i.offset));
    const Operand &o = i.op[2];
    address += o.kind == Operand::Constant ? o.wide
               : o.kind == Operand::None   ? 0
                                           : scalar32(w, o);
    address &= ~uint64_t(3);
  } else if (c.isStore) {
    const uint32_t *d = &w.s[i.op[1].reg];
    address = (uint64_t(d[1] & 0xffff) << 32 | d[0]) +
              uint64_t(int64_t(i.offset)) + scalar32(w, i.op[2]);
  }
  if (c.isStore) {
    if (uint8_t *d = definedShadow(i, address, c.bytes)) {
      memset(d, 1, c.bytes);
    }
    address = 0; // What an atomic operation returns counts as defined.
  }
  for (unsigned n = 0; n < c.scalarWrites; ++n) {
    for (unsigned k = 0; k < c.scalarWrite[n].count; ++k) {
      unsigned reg = (c.scalarWrite[n].first + k) & 127;
      uint8_t *d = address ? definedShadow(i, address + 4 * k, 4) : nullptr;
      bool undefined = d && !(d[0] && d[1] && d[2] && d[3]);
      s.scalarUndefined[reg] = undefined ? ~0u : 0;
      if (undefined) {
        Origin &o = s.scalarOrigin[reg];
        o.kind = Origin::Global;
        o.inst = i.index;
        o.address = address + 4 * k;
      }
    }
  }
}

/// Compilers store vectors of three as vectors of four: undefined registers
/// behind defined ones are padding. They make memory undefined.
void GroupChecker::findPadding(const Shadow &s, const Operand &data,
                               uint64_t lanes, uint64_t (&padding)[4]) const {
  uint64_t tail = lanes & ~s.undefined[data.reg];
  for (unsigned k = data.width - 1u; k > 0 && k < 4 && tail != 0; --k) {
    tail &= s.undefined[data.reg + k];
    padding[k] = tail;
  }
}

/// Whether all of the lanes store where values may be undefined.
bool GroupChecker::mayStoreUndefined(uint64_t lanes) const {
  for (; lanes != 0; lanes &= lanes - 1) {
    const Memory::Allocation *a =
        launch.memory->find(addresses[0][__builtin_ctzll(lanes)]);
    if (!a || !a->undefinedStores) {
      return false;
    }
  }
  return true;
}

/// LDS DMA writes `lanes`, each behind the last.
void GroupChecker::touchByDma(Wave &w, const Inst &i, const InstCheck &c,
                              uint64_t lanes, uint64_t undefined,
                              uint32_t sequence) {
  unsigned step = c.bytes < 4 ? 4 : c.bytes;
  uint64_t to =
      (w.s[kM0] & w.chip->ldsAddressMask) + uint64_t(int64_t(i.offset));
  LdsAccess access;
  access.kind = LdsAccess::Write;
  access.dma = true;
  access.wave = uint8_t(w.index);
  access.sequence = sequence;
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    addresses[1][lane] = to + step * lane;
  }
  // Lanes out of a buffer's range write zeros.
  touchLanes(w, i, addresses[1], step, lanes, undefined, access);
}

void GroupChecker::checkMemory(Wave &w, const Inst &i, const InstCheck &c) {
  Shadow &s = shadows[w.index];
  uint64_t mask = exec(w);
  uint64_t sure = checkAddress(w, i, c, mask);
  bool isScratch = c.space == CheckSpace::Scratch ||
                   (c.space == CheckSpace::Buffer && !isRdna(*w.chip) &&
                    (w.s[i.op[unsigned(c.address) + 1].reg + 1] & 0xffff) ==
                        kScratchDescriptor);
  if (isScratch) {
    // Private memory is where registers are kept; it is not tracked.
    uint32_t sequence = s.vm.issued;
    issue(w, i, c, mask);
    if (c.toLds) {
      touchByDma(w, i, c, mask, 0, sequence);
    }
    for (unsigned n = 0; n < c.writes; ++n) {
      for (unsigned k = 0; k < c.write[n].count; ++k) {
        s.undefined[c.write[n].first + k] &= ~mask;
      }
    }
    return;
  }
  const unsigned bytes = bytesOf(w, i, c);
  uint64_t valid = locate(w, i, c, mask), global = valid;
  if (c.space == CheckSpace::Flat) {
    for (uint64_t rest = valid; rest != 0; rest &= rest - 1) {
      unsigned lane = unsigned(__builtin_ctzll(rest));
      if (addresses[0][lane] >= kSharedBase) {
        global &= ~(uint64_t(1) << lane);
      }
    }
  }
  uint64_t padding[4] = {}; // Lanes by register of the data.
  if (c.data >= 0) {
    const Operand &data = i.op[unsigned(c.data)];
    if (c.isStore && c.bytes != 0) {
      findPadding(s, data, global & sure, padding);
    }
    for (unsigned k = 0; k < data.width; ++k) {
      uint64_t undefined = s.undefined[data.reg + k] & global & sure;
      undefined &= ~padding[k & 3];
      if (undefined && !mayStoreUndefined(undefined)) {
        reportUndefined(w, i, "an undefined value is stored",
                        __builtin_ctzll(undefined), s.origin[data.reg + k]);
        break;
      }
    }
  }
  if (c.isAtomic) {
    atomicsBefore.resize(kLanes);
    atomicLanes = 0;
  }
  uint64_t undefined = 0, where = 0;
  for (uint64_t rest = global; rest != 0; rest &= rest - 1) {
    unsigned lane = unsigned(__builtin_ctzll(rest));
    uint64_t at = addresses[0][lane];
    if (c.isAtomic && checkAccess(w, i, at, c.bytes, -2)) {
      atomicLanes |= uint64_t(1) << lane;
      memcpy(&atomicsBefore[lane], reinterpret_cast<void *>(at), c.bytes);
    }
    uint8_t *d = definedShadow(i, at, bytes);
    if (!d) {
      continue;
    }
    if (c.isStore) {
      memset(d, 1, bytes);
      for (unsigned k = 1; k < 4; ++k) {
        if (padding[k] >> lane & 1) {
          memset(d + 4 * k, 0, 4);
        }
      }
      continue;
    }
    if (!allSet(d, bytes)) {
      where = undefined ? where : at;
      undefined |= uint64_t(1) << lane;
    }
  }
  Origin origin;
  origin.kind = Origin::Global;
  origin.inst = i.index;
  origin.address = where;
  if (c.isAtomic && undefined) {
    reportUndefined(w, i, "an atomic operation on memory never written",
                    __builtin_ctzll(undefined), origin);
    for (uint64_t rest = undefined; rest != 0; rest &= rest - 1) {
      if (uint8_t *d =
              definedShadow(i, addresses[0][__builtin_ctzll(rest)], c.bytes)) {
        memset(d, 1, c.bytes);
      }
    }
    undefined = 0;
  }
  uint32_t sequence = s.vm.issued;
  issue(w, i, c, mask);
  if (c.toLds) {
    touchByDma(w, i, c, mask, undefined, sequence);
    return;
  }
  for (unsigned n = 0; n < c.writes; ++n) {
    for (unsigned k = 0; k < c.write[n].count; ++k) {
      unsigned reg = c.write[n].first + k;
      s.undefined[reg] = (s.undefined[reg] & ~mask) | undefined;
      if (undefined) {
        s.origin[reg] = origin;
      }
    }
  }
}
