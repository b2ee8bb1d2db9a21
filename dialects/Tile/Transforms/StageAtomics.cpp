//===- StageAtomics.cpp - fences of atomics and their results -------------===//
//
// A workgroup counts as one thread, but has several waves. Release: every wave
// fences what it did, and after a barrier one lane executes the atomic.
// Acquire: every wave fences after a barrier behind the atomic. The result,
// which one lane has, goes to the others through LDS on the same barrier.
//
//===----------------------------------------------------------------------===//

#include "Layout/Algebra.h"
#include "dialects/Tile/Transforms/LayoutChoice.h"
#include "dialects/Tile/Transforms/Passes.h"

namespace moesaic::tile {
#define GEN_PASS_DEF_STAGEATOMICS
#include "dialects/Tile/Transforms/Passes.h.inc"
} // namespace moesaic::tile

using namespace mlir;
using namespace moesaic;
using namespace moesaic::tile;

namespace {
struct StageAtomicsPass
    : public tile::impl::StageAtomicsBase<StageAtomicsPass> {
  void runOnOperation() override;
};
} // namespace

static bool acquires(MemoryOrder order) {
  return order == MemoryOrder::Acquire || order == MemoryOrder::AcqRel;
}

static bool releases(MemoryOrder order) {
  return order == MemoryOrder::Release || order == MemoryOrder::AcqRel;
}

static void createBarrier(OpBuilder &builder, Location loc) {
  BarrierOp::create(builder, loc).setGlobal(true);
}

/// Whether lanes or waves besides the one that executes `atomic` hold its
/// result. Lane 0 of wave 0 executes one of scalars, and one wave can read that
/// lane's value without memory.
static bool isReplicated(AtomicOp atomic, KernelOp kernel) {
  LayoutAttr layout = getLayout(atomic.getType());
  return layout ? freeVariables(layout.getMap(), laneInput) != 0 ||
                      freeVariables(layout.getMap(), waveInput) != 0
                : kernel.getWaves() > 1;
}

/// One index per axis of the tile, or the index of a single element.
static SmallVector<Value> createIndices(OpBuilder &builder, Location loc,
                                        Type type) {
  auto tile = dyn_cast<RankedTensorType>(type);
  if (!tile) {
    return {
        arith::ConstantOp::create(builder, loc, builder.getI32IntegerAttr(0))};
  }
  SmallVector<Value> indices;
  for (int64_t axis = 0; axis < tile.getRank(); ++axis) {
    LayoutAttr layout = getIndexLayout(getLayout(tile), {axis});
    indices.push_back(RangeOp::create(
        builder, loc,
        getTileType({tile.getDimSize(axis)}, builder.getI32Type(), layout)));
  }
  return indices;
}

static void stage(AtomicOp atomic, KernelOp kernel) {
  OpBuilder builder(atomic);
  Location loc = atomic.getLoc();
  Type type = atomic.getType();
  MemoryOrder order = atomic.getOrdering();
  MemoryScope scope = atomic.getScope();
  bool isShared =
      !atomic.getResult().use_empty() && isReplicated(atomic, kernel);

  if (releases(order)) {
    FenceOp::create(builder, loc, MemoryOrder::Release, scope);
    createBarrier(builder, loc);
  }
  Value array;
  SmallVector<Value> indices;
  if (isShared) {
    auto tile = dyn_cast<RankedTensorType>(type);
    SmallVector<int64_t> shape =
        tile ? SmallVector<int64_t>(tile.getShape()) : SmallVector<int64_t>{1};
    array = SharedArrayOp::create(
        builder, loc,
        ArrayType::get(builder.getContext(), shape.size(),
                       getElementTypeOrSelf(type), /*shared=*/true),
        builder.getDenseI64ArrayAttr(shape), /*offset=*/nullptr);
    indices = createIndices(builder, loc, type);
  }
  builder.setInsertionPointAfter(atomic);
  SmallPtrSet<Operation *, 1> stores;
  if (isShared) {
    stores.insert(StoreOp::create(builder, loc, atomic.getResult(), array,
                                  indices, ArrayRef<int64_t>()));
  }
  if (acquires(order)) {
    createBarrier(builder, loc);
    FenceOp::create(builder, loc, MemoryOrder::Acquire, scope);
  }
  if (isShared) {
    Value read = LoadOp::create(builder, loc, type, array, indices,
                                /*pad=*/Value(), ArrayRef<int64_t>());
    atomic.getResult().replaceAllUsesExcept(read, stores);
  }
  atomic.setOrdering(MemoryOrder::Relaxed);
}

/// Puts the barriers that make it a fence of the whole workgroup.
static void stage(FenceOp fence) {
  OpBuilder builder(fence);
  Location loc = fence.getLoc();
  if (releases(fence.getOrdering())) {
    FenceOp::create(builder, loc, MemoryOrder::Release, fence.getScope());
  }
  createBarrier(builder, loc);
  if (acquires(fence.getOrdering())) {
    FenceOp::create(builder, loc, MemoryOrder::Acquire, fence.getScope());
  }
  fence.erase();
}

void StageAtomicsPass::runOnOperation() {
  KernelOp kernel = getOperation();
  SmallVector<AtomicOp> atomics;
  SmallVector<FenceOp> fences;
  kernel.getBody().walk([&](Operation *op) {
    if (auto atomic = dyn_cast<AtomicOp>(op)) {
      atomics.push_back(atomic);
    } else if (auto fence = dyn_cast<FenceOp>(op)) {
      fences.push_back(fence);
    }
  });
  for (FenceOp fence : fences) {
    stage(fence);
  }
  for (AtomicOp atomic : atomics) {
    stage(atomic, kernel);
  }
}
