//===- ArrayReach.cpp - arrays that a buffer descriptor covers ------------===//

#include "dialects/Tile/Transforms/ArrayReach.h"
#include "dialects/Tile/Transforms/IndexParts.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/SmallBitVector.h"

using namespace mlir;
using namespace moesaic::tile;

/// The axes that some access indexes with tiles.
static llvm::SmallBitVector findTileAxes(ViewOp view) {
  llvm::SmallBitVector axes(view.getType().getRank());
  auto add = [&](ValueRange indices) {
    for (auto [axis, index] : llvm::enumerate(indices)) {
      if (isa<RankedTensorType>(index.getType())) {
        axes.set(axis);
      }
    }
  };
  for (Operation *user : view->getUsers()) {
    if (auto load = dyn_cast<Gather>(user)) {
      add(load.getIndices());
    } else if (auto store = dyn_cast<StoreOp>(user)) {
      add(store.getIndices());
    }
  }
  return axes;
}

Value moesaic::tile::emitInReach(OpBuilder &builder, ViewOp view,
                                 function_ref<Value(Value)> lookup) {
  constexpr int64_t limit = int64_t(1) << 31;
  Location loc = view.getLoc();
  llvm::SmallBitVector axes = findTileAxes(view);
  auto i64 = [&](int64_t value) -> Value {
    return arith::ConstantOp::create(builder, loc,
                                     builder.getI64IntegerAttr(value));
  };
  Value inReach;
  auto demandBelow = [&](Value a) {
    Value below = builder.createOrFold<arith::CmpIOp>(
        loc, arith::CmpIPredicate::ult, a, i64(limit));
    if (!matchPattern(below, m_One())) {
      inReach = inReach
                    ? builder.createOrFold<arith::AndIOp>(loc, inReach, below)
                    : below;
    }
  };
  auto multiply = [&](Value a, Value b) {
    return builder.createOrFold<arith::MulIOp>(loc, a, b);
  };
  Type element = view.getType().getElementType();
  Value size = i64(llvm::divideCeil(element.getIntOrFloatBitWidth(), 8));
  Value stride = size, reach = size;
  SmallVector<StorageDigit> digits = getStorageDigits(
      view.getType().getRank(), view.getBlocks(), view.getOrder());
  for (const StorageDigit &digit : llvm::reverse(digits)) {
    Value extent;
    if (digit.isInside) {
      extent = i64(digit.block);
    } else {
      extent = builder.createOrFold<arith::ExtUIOp>(
          loc, builder.getI64Type(), lookup(view.getExtents()[digit.axis]));
      if (digit.block > 1) {
        extent = builder.createOrFold<arith::ShRUIOp>(
            loc, extent, i64(llvm::Log2_64(digit.block)));
      }
    }
    bool isTiled = axes.test(digit.axis);
    if (!view.getStrides().empty()) {
      Value declared = lookup(view.getStrides()[digit.axis]);
      if (isTiled) {
        demandBelow(declared);
      }
      stride = multiply(declared, size);
    }
    if (isTiled) {
      // Each factor is below 2^33, so that no product wraps before it is
      // compared with the limit.
      Value part = multiply(extent, stride);
      demandBelow(stride);
      demandBelow(part);
      reach = builder.createOrFold<arith::AddIOp>(loc, reach, part);
    }
    if (view.getStrides().empty()) {
      stride = multiply(stride, extent);
    }
  }
  demandBelow(reach);
  return inReach;
}

std::optional<Windows> moesaic::tile::planWindows(ViewOp view,
                                                  ValueRange indices) {
  bool isBlocked =
      llvm::any_of(view.getBlocks(), [](int64_t block) { return block > 1; });
  if (isBlocked || !view.getStrides().empty()) {
    return std::nullopt;
  }
  int64_t rank = view.getType().getRank();
  int64_t contiguous =
      getStorageDigits(rank, view.getBlocks(), view.getOrder()).back().axis;
  Windows windows;
  for (auto [axis, index] : llvm::enumerate(indices)) {
    if (!isa<RankedTensorType>(index.getType())) {
      continue;
    }
    if (static_cast<int64_t>(axis) == contiguous && splitIndex(index)) {
      windows.moved = axis;
    } else if (windows.cut < 0) {
      windows.cut = axis;
    } else {
      return std::nullopt;
    }
  }
  return windows;
}
