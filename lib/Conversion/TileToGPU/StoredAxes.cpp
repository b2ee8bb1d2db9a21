//===- StoredAxes.cpp - how far apart an array's elements lie -------------===//

#include "Conversion/TileToGPU/Distributor.h"

using namespace mlir;
using namespace moesaic;
using namespace moesaic::tile;

Value StoredAxis::distance(OpBuilder &builder, Location loc, Value index,
                           Value stride, int64_t scale) const {
  if (block == 1) {
    return arith::MulIOp::create(builder, loc, index, stride);
  }
  auto constant = [&](int64_t value) -> Value {
    return arith::ConstantOp::create(
        builder, loc, builder.getIntegerAttr(index.getType(), value));
  };
  Value number = arith::ShRSIOp::create(builder, loc, index,
                                        constant(llvm::Log2_64(block)));
  Value inside =
      arith::AndIOp::create(builder, loc, index, constant(block - 1));
  Value before = arith::MulIOp::create(builder, loc, number, stride);
  Value within =
      arith::MulIOp::create(builder, loc, inside, constant(step * scale));
  return arith::AddIOp::create(builder, loc, before, within);
}

SmallVector<StoredAxis> Distributor::getStoredAxes(Location loc, ViewOp view) {
  SmallVector<StoredAxis> axes(view.getType().getRank());
  for (auto [axis, extent] : llvm::zip(axes, view.getExtents())) {
    axis.extent = scalar(extent);
  }
  if (!view.getStrides().empty()) {
    for (auto [axis, stride] : llvm::zip(axes, view.getStrides())) {
      axis.stride = scalar(stride);
    }
    return axes;
  }
  Value stride;
  int64_t inside = 1;
  SmallVector<StorageDigit> digits =
      getStorageDigits(axes.size(), view.getBlocks(), view.getOrder());
  for (const StorageDigit &digit : llvm::reverse(digits)) {
    StoredAxis &axis = axes[digit.axis];
    if (digit.isInside) {
      axis.block = digit.block;
      axis.step = inside;
      inside *= digit.block;
      continue;
    }
    axis.stride = stride ? stride : i64(loc, inside);
    if (&digit == digits.begin()) {
      break; // No axis is slower.
    }
    Value blocks =
        arith::ExtSIOp::create(builder, loc, builder.getI64Type(), axis.extent);
    if (digit.block > 1) {
      blocks = arith::ShRSIOp::create(builder, loc, blocks,
                                      i64(loc, llvm::Log2_64(digit.block)));
    }
    stride = arith::MulIOp::create(builder, loc, axis.stride, blocks);
  }
  return axes;
}
