//===- BufferRange.h - the range check of RDNA's buffers --------*- C++ -*-===//
//
// "RDNA3" ISA guide, "Range checking". OOB_SELECT, bits 29:28 of word 3 of the
// descriptor, chooses what is out of range:
//
//   0  index >= num_records, or with a stride offset + bytes > stride
//   1  index >= num_records
//   2  nothing, unless num_records is zero
//   3  as 0 for swizzled buffers with a stride, else
//      offset + bytes > num_records; gfx12 adds soffset to the offset
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_SIM_SEMANTICS_BUFFERRANGE_H
#define MOESAIC_SIM_SEMANTICS_BUFFERRANGE_H

#include "Sim/Machine.h"

namespace moesaic::sim {

struct BufferRange {
  uint64_t stride = 0, records = 0, scalarOffset = 0;
  unsigned select = 0;
  bool swizzled = false;
};

/// The range of the descriptor `d` under `soffset`.
static inline BufferRange bufferRange(const ChipModel &chip, const uint32_t *d,
                                      uint64_t soffset) {
  BufferRange r;
  r.stride = d[1] >> 16 & 0x3fff;
  r.records = d[2];
  r.scalarOffset = chip.generation == 12 ? soffset : 0;
  r.select = d[3] >> 28 & 3;
  r.swizzled = d[1] >> 30 != 0;
  return r;
}

/// Whether `bytes` at `offset` of a record, `linear` of the whole buffer, are
/// in range.
static inline bool isInRange(const BufferRange &r, uint64_t index,
                             uint64_t offset, uint64_t linear, unsigned bytes) {
  bool outOfRecord =
      index >= r.records || (r.stride != 0 && offset + bytes > r.stride);
  switch (r.select) {
  case 0:
    return !outOfRecord;
  case 1:
    return index < r.records;
  case 2:
    return r.records != 0;
  default:
    return r.swizzled && r.stride != 0
               ? !outOfRecord
               : linear + bytes + r.scalarOffset <= r.records;
  }
}

} // namespace moesaic::sim

#endif
