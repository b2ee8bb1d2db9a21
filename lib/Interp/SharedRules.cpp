//===- SharedRules.cpp - buffers and arrays in LDS ------------------------===//
//
// A buffer keeps whole elements in the tile's order: where its layout places
// them does not matter here. Memory is not shared between buffers either;
// instead, a store to one buffer poisons those that have bytes in common with
// it, and so does the start of a shared array, so that a wrong assignment of
// offsets shows. A workgroup is one thread here, so barriers have no effect.
//
//===----------------------------------------------------------------------===//

#include "Interp/Access.h"

using namespace mlir;
using namespace moesaic;
using namespace moesaic::interp;

void moesaic::interp::poison(Frame &frame, Slot buffer) {
  std::memset(frame.get<char>(buffer), 0xff, buffer.bytes());
}

static Instruction translateAlloc(Operation *op, Translator &t) {
  auto alloc = cast<tile::AllocSharedOp>(op);
  return [buffer = t.buffer(alloc.getResult()),
          result = t.slot(alloc.getResult())](Frame &frame) {
    *frame.ints(result) = reinterpret_cast<int64_t>(frame.get<char>(buffer));
    poison(frame, buffer);
  };
}

SmallVector<Slot> moesaic::interp::findOverlapping(Value buffer,
                                                   Translator &t) {
  SmallVector<Slot> result;
  std::optional<tile::SharedSpace> space = tile::getSharedSpace(buffer);
  if (!space || !space->offset) {
    return result;
  }
  buffer.getDefiningOp()->getParentOfType<tile::KernelOp>().walk(
      [&](Operation *other) {
        if (!isa<tile::AllocSharedOp, tile::SharedArrayOp>(other) ||
            other == buffer.getDefiningOp()) {
          return;
        }
        if (tile::getSharedSpace(other->getResult(0))->overlaps(*space)) {
          result.push_back(t.buffer(other->getResult(0)));
        }
      });
  return result;
}

/// Slot of an array, as `tile.view` fills it, over undefined memory.
static Instruction translateSharedArray(Operation *op, Translator &t) {
  auto array = cast<tile::SharedArrayOp>(op);
  SmallVector<Slot> overlapping = findOverlapping(array, t);
  return [=, memory = t.buffer(array), result = t.slot(array),
          shape = SmallVector<int64_t>(array.getShape()),
          bytes = array.getBytes()](Frame &frame) {
    poison(frame, memory);
    for (Slot other : overlapping) {
      poison(frame, other);
    }
    char *base = frame.get<char>(memory);
    std::memset(base + bytes, 0, memory.bytes() - bytes);
    int64_t *slot = frame.ints(result);
    slot[0] = reinterpret_cast<int64_t>(base);
    int64_t rowMajor = 1;
    for (size_t axis = shape.size(); axis-- > 0;) {
      slot[1 + axis] = shape[axis];
      slot[1 + shape.size() + axis] = rowMajor;
      rowMajor *= shape[axis];
    }
  };
}

static Instruction translateStore(Operation *op, Translator &t) {
  auto store = cast<tile::SharedStoreOp>(op);
  Slot value = t.slot(store.getValue()), address = t.slot(store.getBuffer());
  SmallVector<Slot> overlapping = findOverlapping(store.getBuffer(), t);
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
  rules["tile.shared_array"] = translateSharedArray;
  rules["tile.barrier"] = rules["tile.shared_wait"] =
      [](Operation *, Translator &) -> Instruction { return [](Frame &) {}; };
}
