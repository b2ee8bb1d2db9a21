//===- ScalarMemory.cpp - SMEM loads, stores and atomics ------------------===//

#include "Sim/Semantics/MemoryAccess.h"
#include <algorithm>
#include <string>

using namespace moesaic::sim;

/// The offset of an SMEM access: register, immediate, or both. Scalar loads
/// ignore the two lowest address bits (ISA guide, "Scalar memory").
static uint64_t scalarOffset(const Wave &w, const Inst &i) {
  const Operand &o = i.op[2];
  uint64_t offset = uint64_t(int64_t(i.offset));
  if (o.kind == Operand::Constant) {
    return offset + o.wide;
  }
  return offset + (o.kind == Operand::None ? 0 : scalar32(w, o));
}

static void load(Wave &w, const Inst &i) {
  unsigned dwords = unsigned(i.immediate);
  uint64_t address = (scalar64(w, i.op[1]) + scalarOffset(w, i)) & ~uint64_t(3);
  if (!checkAccess(w, i, address, 4 * dwords, -1)) {
    return;
  }
  memcpy(&w.s[i.op[0].reg], reinterpret_cast<const void *>(address),
         4 * dwords);
  traffic(w).scalarRead += 4 * dwords;
}

/// gfx12: one or two bytes, extended to a register.
template <class T>
static void loadSmall(Wave &w, const Inst &i) {
  uint64_t address = scalar64(w, i.op[1]) + scalarOffset(w, i);
  address &= ~uint64_t(sizeof(T) - 1);
  if (!checkAccess(w, i, address, sizeof(T), -1)) {
    return;
  }
  T value;
  memcpy(&value, reinterpret_cast<const void *>(address), sizeof(T));
  w.s[i.op[0].reg] = uint32_t(int32_t(value));
  traffic(w).scalarRead += sizeof(T);
}

template <class T>
static void bufferLoadSmall(Wave &w, const Inst &i) {
  const uint32_t *d = &w.s[i.op[1].reg];
  uint64_t base = uint64_t(d[1] & 0xffff) << 32 | d[0];
  uint64_t stride = d[1] >> 16 & 0x3fff;
  uint64_t records = stride ? stride * d[2] : d[2];
  uint64_t offset = scalarOffset(w, i);
  T value = 0;
  if (fits(offset, sizeof(T), records)) {
    if (!checkAccess(w, i, base + offset, sizeof(T), -1)) {
      return;
    }
    memcpy(&value, reinterpret_cast<const void *>(base + offset), sizeof(T));
  }
  w.s[i.op[0].reg] = uint32_t(int32_t(value));
  traffic(w).scalarRead += sizeof(T);
}

/// s_buffer_load: dwords beyond num_records read as zero. num_records counts
/// strides when the descriptor has one.
static void bufferLoad(Wave &w, const Inst &i) {
  unsigned dwords = unsigned(i.immediate);
  const uint32_t *d = &w.s[i.op[1].reg];
  uint64_t base = (uint64_t(d[1] & 0xffff) << 32 | d[0]) & ~uint64_t(3);
  uint64_t stride = d[1] >> 16 & 0x3fff;
  uint64_t records = stride ? stride * d[2] : d[2];
  uint64_t offset = scalarOffset(w, i) & ~uint64_t(3);
  uint32_t values[16] = {};
  for (unsigned n = 0; n < dwords; ++n) {
    uint64_t at = offset + 4 * n;
    if (!fits(at, 4, records)) {
      continue;
    }
    if (!checkAccess(w, i, base + at, 4, -1)) {
      return;
    }
    memcpy(&values[n], reinterpret_cast<const void *>(base + at), 4);
  }
  memcpy(&w.s[i.op[0].reg], values, 4 * dwords);
  traffic(w).scalarRead += 4 * dwords;
}

/// The bytes of a scalar buffer that are in range from `offset` on.
static uint64_t bytesInRange(const uint32_t *d, uint64_t offset) {
  uint64_t stride = d[1] >> 16 & 0x3fff;
  uint64_t records = stride ? stride * d[2] : d[2];
  return offset < records ? records - offset : 0;
}

/// gfx9: dwords that a buffer does not hold are not written.
template <bool isBuffer>
static void store(Wave &w, const Inst &i) {
  unsigned bytes = 4 * unsigned(i.immediate);
  uint64_t base = scalar64(w, i.op[1]), offset = scalarOffset(w, i);
  if (isBuffer) {
    const uint32_t *d = &w.s[i.op[1].reg];
    base &= 0xffffffffffffull;
    bytes = unsigned(std::min<uint64_t>(bytes, bytesInRange(d, offset))) & ~3u;
  }
  uint64_t address = (base + offset) & ~uint64_t(3);
  if (bytes != 0 && checkAccess(w, i, address, bytes, -1)) {
    memcpy(reinterpret_cast<void *>(address), &w.s[i.op[0].reg], bytes);
  }
}

/// gfx9: one operation for the whole wave. A comparand follows the data.
template <class Op, class T, bool isBuffer>
static void atomicAccess(Wave &w, const Inst &i) {
  uint64_t base = scalar64(w, i.op[1]), offset = scalarOffset(w, i);
  if (isBuffer) {
    base &= 0xffffffffffffull;
    if (bytesInRange(&w.s[i.op[1].reg], offset) < sizeof(T)) {
      return;
    }
  }
  uint64_t address = (base + offset) & ~uint64_t(3);
  if (address % sizeof(T)) {
    fault(w, i, "unaligned atomic", -1, address, sizeof(T));
    return;
  }
  if (!checkAccess(w, i, address, sizeof(T), -1)) {
    return;
  }
  T data[2] = {};
  memcpy(data, &w.s[i.op[0].reg], Op::compares ? 2 * sizeof(T) : sizeof(T));
  T old =
      atomic::apply<Op, T>(reinterpret_cast<T *>(address), data[0], data[1]);
  if (i.returns) {
    memcpy(&w.s[i.op[0].reg], &old, sizeof(T));
  }
}

static void addScalarAtomics(OpcodeTable &t) {
  auto add = [&](std::string name, auto op, auto type) {
    using Op = decltype(op);
    using T = decltype(type);
    t.add(("s_atomic_" + name).c_str(),
          {atomicAccess<Op, T, false>, InstClass::Smem});
    t.add(("s_buffer_atomic_" + name).c_str(),
          {atomicAccess<Op, T, true>, InstClass::Smem});
  };
  auto addBoth = [&](std::string name, auto op) {
    add(name, op, uint32_t());
    add(name + "_x2", op, uint64_t());
  };
  using namespace atomic;
  addBoth("swap", Swap());
  addBoth("cmpswap", CompareSwap());
  addBoth("add", Add());
  addBoth("sub", Sub());
  addBoth("smin", SMin());
  addBoth("umin", UMin());
  addBoth("smax", SMax());
  addBoth("umax", UMax());
  addBoth("and", And());
  addBoth("or", Or());
  addBoth("xor", Xor());
  addBoth("inc", Inc());
  addBoth("dec", Dec());
}

void moesaic::sim::addScalarMemoryOps(OpcodeTable &t) {
  t.add("s_store_dword", {store<false>, InstClass::Smem, false, false, 1});
  t.add("s_store_dwordx2", {store<false>, InstClass::Smem, false, false, 2});
  t.add("s_store_dwordx4", {store<false>, InstClass::Smem, false, false, 4});
  t.add("s_buffer_store_dword",
        {store<true>, InstClass::Smem, false, false, 1});
  t.add("s_buffer_store_dwordx2",
        {store<true>, InstClass::Smem, false, false, 2});
  t.add("s_buffer_store_dwordx4",
        {store<true>, InstClass::Smem, false, false, 4});
  addScalarAtomics(t);
  struct Width {
    const char *load, *bufferLoad;
    int64_t dwords;
  };
  for (const Width &width :
       {Width{"s_load_dword", "s_buffer_load_dword", 1},
        Width{"s_load_dwordx2", "s_buffer_load_dwordx2", 2},
        Width{"s_load_b96", "s_buffer_load_b96", 3},
        Width{"s_load_dwordx4", "s_buffer_load_dwordx4", 4},
        Width{"s_load_dwordx8", "s_buffer_load_dwordx8", 8},
        Width{"s_load_dwordx16", "s_buffer_load_dwordx16", 16}}) {
    t.add(width.load, {load, InstClass::Smem, false, false, width.dwords});
    t.add(width.bufferLoad,
          {bufferLoad, InstClass::Smem, false, false, width.dwords});
  }
  t.add("s_load_u8", {loadSmall<uint8_t>, InstClass::Smem});
  t.add("s_load_i8", {loadSmall<int8_t>, InstClass::Smem});
  t.add("s_load_u16", {loadSmall<uint16_t>, InstClass::Smem});
  t.add("s_load_i16", {loadSmall<int16_t>, InstClass::Smem});
  t.add("s_buffer_load_u8", {bufferLoadSmall<uint8_t>, InstClass::Smem});
  t.add("s_buffer_load_i8", {bufferLoadSmall<int8_t>, InstClass::Smem});
  t.add("s_buffer_load_u16", {bufferLoadSmall<uint16_t>, InstClass::Smem});
  t.add("s_buffer_load_i16", {bufferLoadSmall<int16_t>, InstClass::Smem});
}
