//===- AtomicRules.cpp - atomic accesses and fences -----------------------===//
//
// Workgroups run on several host threads, so each element is changed by one
// atomic operation of the host. All of them are ordered strongly, which is one
// of the behaviours that every order allows.
//
//===----------------------------------------------------------------------===//

#include "Interp/Access.h"
#include "Interp/Rules.h"

using namespace mlir;
using namespace moesaic;
using namespace moesaic::interp;

/// What the place holds afterwards.
template <typename Value>
static Value apply(tile::AtomicKind kind, Value old, Value value,
                   Value expected, unsigned width) {
  using tile::AtomicKind;
  if (kind == AtomicKind::Load) {
    return old;
  }
  if (kind == AtomicKind::Exchange) {
    return value;
  }
  if constexpr (std::is_same_v<Value, int64_t>) {
    switch (kind) {
    case AtomicKind::Add:
      return wrap(uint64_t(old) + uint64_t(value), width);
    case AtomicKind::Min:
      return std::min(old, value);
    case AtomicKind::Max:
      return std::max(old, value);
    case AtomicKind::And:
      return old & value;
    case AtomicKind::Or:
      return old | value;
    case AtomicKind::Xor:
      return old ^ value;
    default:
      return old == expected ? value : old;
    }
  } else {
    return kind == AtomicKind::Add   ? old + value
           : kind == AtomicKind::Min ? minIgnoringNaN(old, value)
                                     : maxIgnoringNaN(old, value);
  }
}

static Instruction translateAtomic(Operation *op, Translator &t) {
  auto atomic = cast<tile::AtomicOp>(op);
  tile::AtomicKind kind = atomic.getKind();
  Slot result = t.slot(atomic.getResult());
  Slot value = atomic.getValue() ? t.slot(atomic.getValue()) : result;
  Slot expected = atomic.getExpected() ? t.slot(atomic.getExpected()) : value;
  Access access(atomic.getArray(), atomic.getIndices(), {}, t);
  SharedMemory shared(atomic.getArray());
  return visitKind(result.kind, [&](auto k) -> Instruction {
    using Element = Codec<k.value>;
    using Value = typename Element::Value;
    using Bits = std::conditional_t<
        Element::bytes == 8, uint64_t,
        std::conditional_t<Element::bytes == 4, uint32_t, uint16_t>>;
    if constexpr (Element::bytes < 2) {
      op->emitError("the interpreter has no atomic operations on this type");
      return nullptr;
    } else {
      return [=](Frame &frame) {
        thread_local std::vector<int64_t> offsets;
        access.listOffsets(frame, offsets);
        char *base = reinterpret_cast<char *>(*frame.ints(access.array));
        const Value *x = frame.get<Value>(value);
        const Value *y = frame.get<Value>(expected);
        Value *z = frame.get<Value>(result);
        for (uint32_t i = 0; i < result.count; ++i) {
          if (offsets[i] == outOfBounds) {
            z[i] = Value(0);
            continue;
          }
          if (kind != tile::AtomicKind::Exchange) {
            shared.checkRead(frame, op->getLoc(), base, offsets[i]);
          }
          Bits *place = reinterpret_cast<Bits *>(base) + offsets[i];
          Bits held = __atomic_load_n(place, __ATOMIC_SEQ_CST), next;
          do {
            Value old = Element::load(reinterpret_cast<const char *>(&held));
            Value stored = apply(kind, old, x[i], y[i], result.width());
            Element::store(reinterpret_cast<char *>(&next), stored);
          } while (kind != tile::AtomicKind::Load &&
                   !__atomic_compare_exchange_n(place, &held, next,
                                                /*weak=*/true, __ATOMIC_SEQ_CST,
                                                __ATOMIC_SEQ_CST));
          z[i] = Element::load(reinterpret_cast<const char *>(&held));
          shared.noteWrite(frame, base, offsets[i]);
          if (!shared.bytes) {
            frame.bytesRead += Element::bytes;
            frame.bytesWritten +=
                kind == tile::AtomicKind::Load ? 0 : Element::bytes;
          }
        }
      };
    }
  });
}

void moesaic::interp::addAtomicRules(RuleTable &rules) {
  rules["tile.atomic"] = translateAtomic;
  rules["tile.fence"] = [](Operation *, Translator &) -> Instruction {
    return [](Frame &) { __atomic_thread_fence(__ATOMIC_SEQ_CST); };
  };
}
