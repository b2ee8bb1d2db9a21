//===- StageScratch.cpp - give scans, histograms and ranks their LDS ------===//

#include "dialects/Tile/Transforms/LaneScratch.h"
#include "dialects/Tile/Transforms/Passes.h"

namespace moesaic::tile {
#define GEN_PASS_DEF_STAGESCRATCH
#include "dialects/Tile/Transforms/Passes.h.inc"
} // namespace moesaic::tile

using namespace mlir;
using namespace moesaic::tile;

template <typename Op>
static void stage(Op op, KernelOp kernel) {
  SharedType type = getScratchType(op, kernel.getWaves());
  if (!type || op.getScratch()) {
    return;
  }
  // Buffers stand before everything else, in the order of their users.
  Block &entry = kernel.getBody().front();
  Block::iterator place = entry.begin();
  while (isa<AllocSharedOp>(*place)) {
    ++place;
  }
  OpBuilder builder(&entry, place);
  auto buffer =
      AllocSharedOp::create(builder, op.getLoc(), type, IntegerAttr());
  op.getScratchMutable().assign(buffer);
}

namespace {
struct StageScratchPass
    : public moesaic::tile::impl::StageScratchBase<StageScratchPass> {
  void runOnOperation() override {
    KernelOp kernel = getOperation();
    kernel.getBody().walk([&](ScanOp op) { stage(op, kernel); });
    kernel.getBody().walk([&](HistogramOp op) { stage(op, kernel); });
    kernel.getBody().walk([&](RankOp op) { stage(op, kernel); });
  }
};
} // namespace
