//===- SharedRules.cpp - buffers in LDS -----------------------------------===//
//
// A buffer keeps whole elements in the tile's order: where its layout places
// them does not matter here. Memory is not shared between buffers either;
// instead, a store to one buffer poisons those that have bytes in common with
// it, so that a wrong assignment of offsets shows. A workgroup is one thread
// here, so barriers have no effect.
//
//===----------------------------------------------------------------------===//

#include "Interp/Program.h"

using namespace mlir;
using namespace moesaic;
using namespace moesaic::interp;

/// The bits of a NaN, or -1.
static void poison(Frame &frame, Slot buffer) {
  std::memset(frame.get<char>(buffer), 0xff, buffer.bytes());
}

static Instruction translateAlloc(Operation *op, Translator &t) {
  auto alloc = cast<tile::AllocSharedOp>(op);
  return [buffer = t.buffer(alloc),
          result = t.slot(alloc.getResult())](Frame &frame) {
    *frame.ints(result) = reinterpret_cast<int64_t>(frame.get<char>(buffer));
    poison(frame, buffer);
  };
}

/// The buffers that have bytes in common with this one.
static SmallVector<Slot> findOverlapping(tile::AllocSharedOp alloc,
                                         Translator &t) {
  SmallVector<Slot> result;
  auto kernel = alloc->getParentOfType<tile::KernelOp>();
  if (!alloc.getOffset() || !kernel) {
    return result;
  }
  int64_t begin = *alloc.getOffset();
  int64_t end = begin + alloc.getResult().getType().getBytes();
  kernel.walk([&](tile::AllocSharedOp other) {
    if (other != alloc && other.getOffset()) {
      int64_t start = *other.getOffset();
      if (start < end &&
          begin < start + other.getResult().getType().getBytes()) {
        result.push_back(t.buffer(other));
      }
    }
  });
  return result;
}

static Instruction translateStore(Operation *op, Translator &t) {
  auto store = cast<tile::SharedStoreOp>(op);
  Slot value = t.slot(store.getValue()), address = t.slot(store.getBuffer());
  SmallVector<Slot> overlapping;
  if (auto alloc = store.getBuffer().getDefiningOp<tile::AllocSharedOp>()) {
    overlapping = findOverlapping(alloc, t);
  }
  return [=](Frame &frame) {
    for (Slot other : overlapping) {
      poison(frame, other);
    }
    std::memcpy(reinterpret_cast<void *>(*frame.ints(address)),
                frame.get<char>(value), value.bytes());
  };
}

static Instruction translateLoad(Operation *op, Translator &t) {
  return [address = t.slot(op->getOperand(0)),
          result = t.slot(op->getResult(0))](Frame &frame) {
    std::memcpy(frame.get<char>(result),
                reinterpret_cast<const void *>(*frame.ints(address)),
                result.bytes());
  };
}

void moesaic::interp::addSharedRules(RuleTable &rules) {
  rules["tile.alloc_shared"] = translateAlloc;
  rules["tile.shared_store"] = translateStore;
  rules["tile.shared_load"] = translateLoad;
  rules["tile.barrier"] = [](Operation *, Translator &) -> Instruction {
    return [](Frame &) {};
  };
}
