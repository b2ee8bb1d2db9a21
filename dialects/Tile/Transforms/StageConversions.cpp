//===- StageConversions.cpp - move tiles between lanes through LDS --------===//

#include "Layout/Algebra.h"
#include "Layout/SharedLayout.h"
#include "Target/Chips.h"
#include "dialects/Tile/Transforms/Passes.h"

namespace moesaic::tile {
#define GEN_PASS_DEF_STAGECONVERSIONS
#include "dialects/Tile/Transforms/Passes.h.inc"
} // namespace moesaic::tile

using namespace mlir;
using namespace moesaic;
using namespace moesaic::tile;

/// The first op in the block of `op` that uses its result, in a region or
/// itself; null when nothing does.
static Operation *firstUserInBlock(Operation *op) {
  Operation *first = nullptr;
  for (Operation *user : op->getUsers()) {
    Operation *here = op->getBlock()->findAncestorOpInBlock(*user);
    if (here && (!first || here->isBeforeInBlock(first))) {
      first = here;
    }
  }
  return first;
}

static LogicalResult stage(ConvertLayoutOp convert, KernelOp kernel,
                           const Chip &chip) {
  auto from = getLayout(convert.getSource().getType());
  auto to = getLayout(convert.getType());
  if (!from || !to) {
    return convert.emitOpError("expected a layout on source and result");
  }
  std::optional<Transfer> moved = transfer(from.getMap(), to.getMap());
  if (!moved) {
    return convert.emitOpError("the source's layout does not hold every "
                               "element of the tile");
  }
  if (moved->movement <= Movement::Registers) {
    return success();
  }
  Operation *user = firstUserInBlock(convert);
  if (!user) {
    convert.erase();
    return success();
  }

  auto type = cast<RankedTensorType>(convert.getType());
  Type element = type.getElementType();
  LinearLayout shared = swizzledSharedLayout(element.getIntOrFloatBitWidth(),
                                             from.getMap(), to.getMap(), chip);
  auto bufferType =
      SharedType::get(type.getContext(), type.getShape(), element,
                      SharedLayoutAttr::get(type.getContext(), shared));
  // Buffers stand before everything else, in the order of the conversions.
  Block &entry = kernel.getBody().front();
  Block::iterator place = entry.begin();
  while (isa<AllocSharedOp>(*place)) {
    ++place;
  }
  OpBuilder builder(&entry, place);
  auto buffer = AllocSharedOp::create(builder, convert.getLoc(), bufferType,
                                      IntegerAttr());
  // All that a user needs is stored, then all of it is loaded: one barrier
  // serves them, and loads from memory before it overlap.
  Operation *firstLoad = user;
  while (isa_and_present<SharedLoadOp>(firstLoad->getPrevNode()) &&
         firstLoad->getPrevNode() != convert.getSource().getDefiningOp()) {
    firstLoad = firstLoad->getPrevNode();
  }
  builder.setInsertionPoint(firstLoad);
  SharedStoreOp::create(builder, convert.getLoc(), convert.getSource(), buffer);
  builder.setInsertionPoint(user);
  auto load = SharedLoadOp::create(builder, convert.getLoc(), type, buffer);
  convert.getResult().replaceAllUsesWith(load);
  convert.erase();
  return success();
}

namespace {
struct StageConversionsPass
    : public tile::impl::StageConversionsBase<StageConversionsPass> {
  using StageConversionsBase::StageConversionsBase;

  void runOnOperation() override {
    const Chip *chip = findChip(target);
    if (!chip) {
      getOperation().emitError("chip '") << target << "' is not supported";
      return signalPassFailure();
    }
    SmallVector<ConvertLayoutOp> conversions;
    getOperation().getBody().walk(
        [&](ConvertLayoutOp convert) { conversions.push_back(convert); });
    for (ConvertLayoutOp convert : conversions) {
      if (failed(stage(convert, getOperation(), *chip))) {
        return signalPassFailure();
      }
    }
  }
};
} // namespace
