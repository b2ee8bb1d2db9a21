//===- HostRules.cpp - what launch regions and entries do -----------------===//

#include "Interp/Interpreter.h"
#include "Interp/Program.h"

using namespace mlir;
using namespace moesaic;
using namespace moesaic::interp;

// By default nothing is checked and nothing happens.
LogicalResult HostActions::shape(tile::ShapeOp, uint64_t, ArrayRef<int64_t>,
                                 ArrayRef<int64_t>) {
  return success();
}
LogicalResult HostActions::require(tile::RequireOp, bool) { return success(); }
LogicalResult HostActions::grid(tile::GridOp, int64_t) { return success(); }
LogicalResult HostActions::launch(tile::LaunchOp, ArrayRef<uint64_t>) {
  return success();
}
FailureOr<uint64_t> HostActions::workspace(tile::WorkspaceOp, int64_t) {
  return uint64_t(0);
}
LogicalResult HostActions::zero(tile::ZeroOp, uint64_t, int64_t) {
  return success();
}

unsigned interp::getElementBytes(Type elementType) {
  return getMemoryBytes(*getElementKind(elementType));
}

static SmallVector<int64_t> readInts(ArrayRef<Slot> slots, Frame &frame) {
  return llvm::map_to_vector(slots, [&](Slot s) { return *frame.ints(s); });
}

/// The bits of a scalar as they lie in memory.
static uint64_t readBits(Slot slot, Frame &frame) {
  return visitKind(slot.kind, [&](auto k) {
    using Element = Codec<k.value>;
    uint64_t bits = 0;
    Element::store(reinterpret_cast<char *>(&bits),
                   *frame.get<typename Element::Value>(slot));
    return bits;
  });
}

/// An action emits its own message; the frame only stops.
static void stopUnless(LogicalResult result, Frame &frame) {
  frame.failed |= failed(result);
}

template <typename Op, typename F>
static void addAction(RuleTable &rules, F translate) {
  rules[Op::getOperationName()] = [=](Operation *op,
                                      Translator &t) -> Instruction {
    return translate(cast<Op>(op), t);
  };
}

void interp::addHostRules(RuleTable &rules) {
  auto getSlots = [](ValueRange values, Translator &t) {
    return llvm::map_to_vector(values, [&](Value v) { return t.slot(v); });
  };
  addAction<tile::ShapeOp>(
      rules, [=](tile::ShapeOp op, Translator &t) -> Instruction {
        return [=, array = t.slot(op.getArray()),
                extents = getSlots(op.getExtents(), t),
                strides = getSlots(op.getStrides(), t)](Frame &frame) {
          stopUnless(frame.host->shape(op, *frame.ints(array),
                                       readInts(extents, frame),
                                       readInts(strides, frame)),
                     frame);
        };
      });
  addAction<tile::RequireOp>(
      rules, [](tile::RequireOp op, Translator &t) -> Instruction {
        return [=, condition = t.slot(op.getCondition())](Frame &frame) {
          stopUnless(frame.host->require(op, *frame.ints(condition) != 0),
                     frame);
        };
      });
  addAction<tile::GridOp>(
      rules, [](tile::GridOp op, Translator &t) -> Instruction {
        return [=, blocks = t.slot(op.getBlocks())](Frame &frame) {
          stopUnless(frame.host->grid(op, *frame.ints(blocks)), frame);
        };
      });
  addAction<tile::LaunchOp>(
      rules, [=](tile::LaunchOp op, Translator &t) -> Instruction {
        return [=, operands = getSlots(op.getOperands(), t)](Frame &frame) {
          auto bits = llvm::map_to_vector(
              operands, [&](Slot s) { return readBits(s, frame); });
          stopUnless(frame.host->launch(op, bits), frame);
        };
      });
  addAction<tile::WorkspaceOp>(
      rules, [](tile::WorkspaceOp op, Translator &t) -> Instruction {
        return [=, count = t.slot(op.getCount()),
                result = t.slot(op.getResult())](Frame &frame) {
          auto address = frame.host->workspace(op, *frame.ints(count));
          stopUnless(address, frame);
          *frame.ints(result) = succeeded(address) ? *address : 0;
        };
      });
  addAction<tile::ZeroOp>(
      rules, [](tile::ZeroOp op, Translator &t) -> Instruction {
        return [=, array = t.slot(op.getArray()),
                count = t.slot(op.getCount())](Frame &frame) {
          stopUnless(
              frame.host->zero(op, *frame.ints(array), *frame.ints(count)),
              frame);
        };
      });
  addAction<tile::OffsetOp>(
      rules, [](tile::OffsetOp op, Translator &t) -> Instruction {
        int64_t bytes =
            getElementBytes(op.getBase().getType().getElementType());
        return [=, base = t.slot(op.getBase()),
                elements = t.slot(op.getElements()),
                result = t.slot(op.getResult())](Frame &frame) {
          *frame.ints(result) =
              *frame.ints(base) + *frame.ints(elements) * bytes;
        };
      });
}
