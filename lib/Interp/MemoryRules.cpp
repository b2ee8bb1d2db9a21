//===- MemoryRules.cpp - views, gathers and scatters ----------------------===//

#include "Interp/Program.h"
#include "dialects/Tile/IR/Tile.h"

using namespace mlir;
using namespace moesaic;
using namespace moesaic::interp;

/// Marks an element that is out of bounds. (No array is that large.)
static constexpr int64_t outOfBounds = std::numeric_limits<int64_t>::min();

/// Slot of an array: address, extents, strides.
static Instruction translateView(Operation *op, Translator &t) {
  auto view = cast<tile::ViewOp>(op);
  Slot base = t.slot(view.getBase()), result = t.slot(view.getResult());
  auto getSlots = [&](ValueRange values) {
    return llvm::map_to_vector(values, [&](Value v) { return t.slot(v); });
  };
  SmallVector<Slot> extents = getSlots(view.getExtents());
  SmallVector<Slot> strides = getSlots(view.getStrides());
  return [=](Frame &frame) {
    int64_t *array = frame.ints(result);
    size_t rank = extents.size();
    array[0] = *frame.ints(base);
    int64_t rowMajor = 1;
    for (size_t axis = rank; axis-- > 0;) {
      // An array with a negative extent is empty.
      int64_t extent = std::max<int64_t>(*frame.ints(extents[axis]), 0);
      array[1 + axis] = extent;
      array[1 + rank + axis] =
          strides.empty() ? rowMajor : *frame.ints(strides[axis]);
      rowMajor *= extent;
    }
  };
}

namespace {
/// The elements that a load or a store touches, in the tile's order.
struct Access {
  Slot array;
  SmallVector<Slot> indices;
  uint32_t count = 1;
  /// Element i of the tile is element source[i] in the order of the array's
  /// axes; empty when that is i.
  std::vector<uint32_t> source;

  Access(Value arrayValue, ValueRange indexValues, ArrayRef<int64_t> order,
         Translator &t)
      : array(t.slot(arrayValue)) {
    for (Value index : indexValues) {
      indices.push_back(t.slot(index));
      count *= indices.back().count;
    }
    if (llvm::is_sorted(order)) {
      return;
    }
    SmallVector<int64_t> shape = tile::getAccessShape(indexValues, {});
    SmallVector<int64_t> strides(shape.size(), 1);
    for (int64_t axis = shape.size() - 2; axis >= 0; --axis) {
      strides[axis] = strides[axis + 1] * shape[axis + 1];
    }
    source.assign(1, 0);
    for (int64_t axis : order) { // tile axis i walks along axis order[i]
      std::vector<uint32_t> longer;
      longer.reserve(source.size() * shape[axis]);
      for (uint32_t position : source) {
        for (int64_t i = 0; i < shape[axis]; ++i) {
          longer.push_back(position + i * strides[axis]);
        }
      }
      source = std::move(longer);
    }
  }

  /// Writes the distance from the array's base, in elements, of each element,
  /// or outOfBounds, in the order of the array's axes: the outer sum of what
  /// each index contributes.
  void listOffsets(Frame &frame, std::vector<int64_t> &offsets) const {
    offsets.resize(count);
    const int64_t *extents = frame.ints(array) + 1;
    const int64_t *strides = extents + indices.size();
    offsets[0] = 0;
    size_t done = 1;
    for (auto [axis, index] : llvm::enumerate(indices)) {
      const int64_t *positions = frame.ints(index);
      size_t length = index.count;
      uint64_t extent = extents[axis];
      int64_t stride = strides[axis];
      for (size_t i = done; i-- > 0;) { // backwards: each one becomes `length`
        int64_t start = offsets[i];
        int64_t *out = offsets.data() + i * length;
        for (size_t j = length; j-- > 0;) {
          bool inside = start != outOfBounds &&
                        static_cast<uint64_t>(positions[j]) < extent;
          out[j] = inside ? start + positions[j] * stride : outOfBounds;
        }
      }
      done *= length;
    }
  }
};
} // namespace

/// Reads the pad value where an index is negative or not below its extent.
static Instruction translateLoad(Operation *op, Translator &t) {
  auto load = cast<tile::LoadOp>(op);
  Slot result = t.slot(load.getResult());
  bool hasPad = load.getPad() != nullptr;
  Slot pad = hasPad ? t.slot(load.getPad()) : Slot();
  Access access(load.getArray(), load.getIndices(), load.getOrder(), t);
  return visitKind(result.kind, [&](auto k) -> Instruction {
    using Element = Codec<k.value>;
    using Value = typename Element::Value;
    return [=, access = std::move(access)](Frame &frame) {
      thread_local std::vector<int64_t> offsets;
      access.listOffsets(frame, offsets);
      const char *base =
          reinterpret_cast<const char *>(*frame.ints(access.array));
      Value outside = hasPad ? *frame.get<Value>(pad) : Value(0);
      Value *z = frame.get<Value>(result);
      uint64_t inside = 0;
      auto read = [&](int64_t offset) -> Value {
        if (offset == outOfBounds) {
          return outside;
        }
        ++inside;
        return Element::load(base + offset * int64_t(Element::bytes));
      };
      if (access.source.empty()) {
        for (uint32_t i = 0; i < result.count; ++i) {
          z[i] = read(offsets[i]);
        }
      } else {
        for (uint32_t i = 0; i < result.count; ++i) {
          z[i] = read(offsets[access.source[i]]);
        }
      }
      frame.bytesRead += inside * Element::bytes;
    };
  });
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
          frame.bytesWritten += Element::bytes;
        }
      }
    };
  });
}

void moesaic::interp::addMemoryRules(RuleTable &rules) {
  rules["tile.view"] = translateView;
  rules["tile.load"] = translateLoad;
  rules["tile.store"] = translateStore;
}
