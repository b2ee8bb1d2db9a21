//===- MemoryRules.cpp - views, gathers and scatters ----------------------===//

#include "Interp/Access.h"

using namespace mlir;
using namespace moesaic;
using namespace moesaic::interp;

/// Slot of an array: address, extents, strides.
static Instruction translateView(Operation *op, Translator &t) {
  auto view = cast<tile::ViewOp>(op);
  Slot base = t.slot(view.getBase()), result = t.slot(view.getResult());
  auto getSlots = [&](ValueRange values) {
    return llvm::map_to_vector(values, [&](Value v) { return t.slot(v); });
  };
  SmallVector<Slot> extents = getSlots(view.getExtents());
  SmallVector<Slot> strides = getSlots(view.getStrides());
  SmallVector<tile::StorageDigit> digits =
      tile::getStorageDigits(extents.size(), view.getBlocks(), view.getOrder());
  return [=](Frame &frame) {
    int64_t *array = frame.ints(result);
    size_t rank = extents.size();
    array[0] = *frame.ints(base);
    for (size_t axis = 0; axis < rank; ++axis) {
      // An array with a negative extent is empty.
      array[1 + axis] = std::max<int64_t>(*frame.ints(extents[axis]), 0);
      if (!strides.empty()) {
        array[1 + rank + axis] = *frame.ints(strides[axis]);
      }
    }
    if (!strides.empty()) {
      return;
    }
    // The stride between blocks, for each axis; those inside them are known.
    int64_t stride = 1;
    for (const tile::StorageDigit &digit : llvm::reverse(digits)) {
      if (digit.isInside) {
        stride *= digit.block;
        continue;
      }
      array[1 + rank + digit.axis] = stride;
      stride *= array[1 + digit.axis] / digit.block;
    }
  };
}

/// Reads the pad value where an index is negative or not below its extent.
/// `getTarget(frame)`: where elements of kind `kind` go, `count` of them.
template <typename GetTarget>
static Instruction translateGather(tile::Gather load, Value padding,
                                   ElementKind kind, uint32_t count,
                                   GetTarget getTarget, Translator &t) {
  bool hasPad = padding != nullptr;
  Slot pad = hasPad ? t.slot(padding) : Slot();
  Access access(load.getArray(), load.getIndices(), load.getOrder(), t);
  SharedMemory shared(load.getArray());
  Operation *op = load;
  return visitKind(kind, [&](auto k) -> Instruction {
    using Element = Codec<k.value>;
    using Value = typename Element::Value;
    return [=, access = std::move(access)](Frame &frame) {
      thread_local std::vector<int64_t> offsets;
      access.listOffsets(frame, offsets);
      char *base = reinterpret_cast<char *>(*frame.ints(access.array));
      Value outside = hasPad ? *frame.get<Value>(pad) : Value(0);
      auto *z = static_cast<Value *>(getTarget(frame));
      uint64_t inside = 0;
      auto read = [&](int64_t offset) -> Value {
        if (offset == outOfBounds) {
          return outside;
        }
        ++inside;
        shared.checkRead(frame, op->getLoc(), base, offset);
        return Element::load(base + offset * int64_t(Element::bytes));
      };
      if (access.source.empty()) {
        for (uint32_t i = 0; i < count; ++i) {
          z[i] = read(offsets[i]);
        }
      } else {
        for (uint32_t i = 0; i < count; ++i) {
          z[i] = read(offsets[access.source[i]]);
        }
      }
      frame.bytesRead += shared.bytes ? 0 : inside * Element::bytes;
    };
  });
}

static Instruction translateLoad(Operation *op, Translator &t) {
  auto load = cast<tile::LoadOp>(op);
  Slot result = t.slot(load.getResult());
  return translateGather(
      load, load.getPad(), result.kind, result.count,
      [=](Frame &frame) -> void * { return frame.get<char>(result); }, t);
}

/// Copies at once what a program may use only after a wait.
static Instruction translateSharedCopy(Operation *op, Translator &t) {
  auto copy = cast<tile::SharedCopyOp>(op);
  RankedTensorType tile = copy.getTileType();
  Slot address = t.slot(copy.getBuffer());
  SmallVector<Slot> overlapping = findOverlapping(copy.getBuffer(), t);
  return translateGather(
      copy, {}, *getElementKind(tile.getElementType()), tile.getNumElements(),
      [=](Frame &frame) {
        for (Slot other : overlapping) {
          poison(frame, other);
        }
        return reinterpret_cast<void *>(*frame.ints(address));
      },
      t);
}

/// Finds two elements that go to one place.
static void checkOverlap(Frame &frame, Location loc,
                         const std::vector<int64_t> &offsets) {
  std::vector<std::pair<int64_t, size_t>> sorted;
  for (auto [i, offset] : llvm::enumerate(offsets)) {
    if (offset != outOfBounds) {
      sorted.push_back({offset, i});
    }
  }
  llvm::sort(sorted);
  auto same = [](const auto &a, const auto &b) { return a.first == b.first; };
  auto found = std::adjacent_find(sorted.begin(), sorted.end(), same);
  if (found != sorted.end()) {
    frame.fail(loc, "elements " + std::to_string(found->second) + " and " +
                        std::to_string(std::next(found)->second) +
                        " of one store go to the same place, offset " +
                        std::to_string(found->first) + " of the array");
  }
}

/// Drops what is out of bounds.
static Instruction translateStore(Operation *op, Translator &t) {
  auto store = cast<tile::StoreOp>(op);
  Slot value = t.slot(store.getValue());
  Access access(store.getArray(), store.getIndices(), store.getOrder(), t);
  SharedMemory shared(store.getArray());
  return visitKind(value.kind, [&](auto k) -> Instruction {
    using Element = Codec<k.value>;
    using Value = typename Element::Value;
    return [=, access = std::move(access)](Frame &frame) {
      thread_local std::vector<int64_t> offsets;
      access.listOffsets(frame, offsets);
      if (frame.checked) {
        checkOverlap(frame, op->getLoc(), offsets);
      }
      char *base = reinterpret_cast<char *>(*frame.ints(access.array));
      const Value *x = frame.get<Value>(value);
      for (uint32_t i = 0; i < value.count; ++i) {
        int64_t offset = offsets[access.source.empty() ? i : access.source[i]];
        if (offset != outOfBounds) {
          Element::store(base + offset * int64_t(Element::bytes), x[i]);
          shared.noteWrite(frame, base, offset);
          frame.bytesWritten += shared.bytes ? 0 : Element::bytes;
        }
      }
    };
  });
}

void moesaic::interp::addMemoryRules(RuleTable &rules) {
  rules["tile.view"] = translateView;
  rules["tile.load"] = translateLoad;
  rules["tile.shared_copy"] = translateSharedCopy;
  rules["tile.store"] = translateStore;
}
