//===- Buffer.h - buffer descriptors and their range check ------*- C++ -*-===//
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

#ifndef MOESAIC_SIM_SEMANTICS_BUFFER_H
#define MOESAIC_SIM_SEMANTICS_BUFFER_H

#include "Sim/Semantics/BufferRange.h"

namespace moesaic::sim {

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

/// The bytes of an element in the format of a typed access; 0: there is no such
/// format.
unsigned typedBytes(const Wave &w, const Inst &i);

} // namespace moesaic::sim

#endif
