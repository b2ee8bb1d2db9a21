//===- Places.cpp - addresses of single elements --------------------------===//

#include "Conversion/TileToGPU/Places.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace moesaic;
using namespace moesaic::tile;

LogicalResult Distributor::Places::prepare() {
  auto view = array.getDefiningOp<ViewOp>();
  auto sharedArray = array.getDefiningOp<SharedArrayOp>();
  if (!view && !sharedArray) {
    return self.unsupported(
        op, "the array comes neither from 'tile.view' nor 'tile.shared_array'");
  }
  base = self.scalar(view ? view.getBase() : array);
  size_t rank = indices.size();
  axes.resize(rank);
  SmallVector<SmallVector<int64_t>> indexAxes = getIndexAxes(indices, order);
  SmallVector<StoredAxis> stored;
  if (view) {
    stored = self.getStoredAxes(loc, view);
  }
  int64_t below = 1;
  for (size_t axis = rank; axis-- > 0;) {
    Axis &here = axes[axis];
    if (sharedArray) {
      here.stored.extent = self.i32(loc, sharedArray.getShape()[axis]);
      here.stored.stride = self.i32(loc, below);
      below *= sharedArray.getShape()[axis];
    } else {
      here.stored = stored[axis];
    }
    Value index = indices[axis];
    if (!isa<RankedTensorType>(index.getType())) {
      here.scalar = self.scalar(index);
      continue;
    }
    const LinearLayout &map = getLayout(tile).getMap();
    const LinearLayout &held = self.layout(index).getMap();
    here.registers = matchRegisters(held, map, [&](uint32_t position) {
      SmallVector<int64_t> all = map.coordinates(position);
      return held.index(llvm::map_to_vector(indexAxes[axis],
                                            [&](int64_t i) { return all[i]; }));
    });
    if (here.registers.empty()) {
      return self.unsupported(op, "the layout of index " + Twine(axis) +
                                      " does not fit the tile's");
    }
  }
  return success();
}

Value Distributor::Places::indexOf(unsigned axis, unsigned reg) {
  return axes[axis].scalar
             ? axes[axis].scalar
             : self.extractRegister(loc, self.fragments(indices[axis]),
                                    axes[axis].registers[reg]);
}

Value Distributor::Places::both(Value a, Value b) {
  return a ? arith::AndIOp::create(builder, loc, a, b).getResult() : b;
}

Value Distributor::Places::inBounds(unsigned reg) {
  Value all;
  for (unsigned axis = 0; axis < axes.size(); ++axis) {
    // Unsigned: a negative index is beyond every extent.
    all = both(all, arith::CmpIOp::create(
                        builder, loc, arith::CmpIPredicate::ult,
                        indexOf(axis, reg), axes[axis].stored.extent));
  }
  return all;
}

Value Distributor::Places::address(unsigned reg) {
  Type element = cast<ArrayType>(array.getType()).getElementType();
  int64_t size = llvm::divideCeil(element.getIntOrFloatBitWidth(), 8);
  Value sum;
  for (unsigned axis = 0; axis < axes.size(); ++axis) {
    Value index = indexOf(axis, reg);
    if (!shared) {
      index = arith::ExtSIOp::create(builder, loc, builder.getI64Type(), index);
    }
    const StoredAxis &stored = axes[axis].stored;
    Value part = stored.distance(builder, loc, index, stored.stride);
    sum =
        sum ? arith::AddIOp::create(builder, loc, sum, part).getResult() : part;
  }
  Value bytes = arith::MulIOp::create(
      builder, loc, sum, shared ? self.i32(loc, size) : self.i64(loc, size));
  if (shared) {
    bytes = arith::SelectOp::create(builder, loc, inBounds(reg), bytes,
                                    self.i32(loc, 0));
  }
  return LLVM::GEPOp::create(builder, loc, base.getType(), builder.getI8Type(),
                             base, ArrayRef<LLVM::GEPArg>{bytes});
}
