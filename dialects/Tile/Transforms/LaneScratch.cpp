//===- LaneScratch.cpp - LDS that operations across lanes need ------------===//

#include "dialects/Tile/Transforms/LaneScratch.h"
#include "Layout/AxisBits.h"

using namespace mlir;
using namespace moesaic;
using namespace moesaic::tile;

SharedType moesaic::tile::getRowMajorShared(ArrayRef<int64_t> shape,
                                            Type element) {
  LayoutInput offset{offsetInput.str(), {}};
  for (int64_t step = 1; step < llvm::product_of(shape); step *= 2) {
    offset.bases.push_back(step);
  }
  MLIRContext *context = element.getContext();
  return SharedType::get(
      context, shape, element,
      SharedLayoutAttr::get(context, LinearLayout(shape, {offset})));
}

static SharedType ofScan(ScanOp scan, int64_t waves) {
  const LinearLayout &map = getLayout(scan.getType()).getMap();
  std::optional<SmallVector<AxisRun>> runs = axisRuns(map, scan.getAxis());
  int64_t groups = map.size(registerInput), across = map.size(laneInput);
  bool sharedByWaves = false;
  for (const AxisRun &run : runs.value_or(SmallVector<AxisRun>())) {
    if (run.input == waveInput) {
      sharedByWaves = true;
    } else if (run.input == laneInput) {
      across >>= run.bits;
    } else if (!sharedByWaves) {
      groups >>= run.bits;
    }
  }
  return sharedByWaves ? getRowMajorShared({groups, across, waves},
                                           scan.getType().getElementType())
                       : SharedType();
}

SharedType moesaic::tile::getScratchType(Operation *op, int64_t waves) {
  if (auto scan = dyn_cast<ScanOp>(op)) {
    return ofScan(scan, waves);
  }
  auto counters = [](Value bins) {
    return cast<RankedTensorType>(bins.getType());
  };
  if (auto histogram = dyn_cast<HistogramOp>(op)) {
    RankedTensorType bins = counters(histogram.getResult());
    return getRowMajorShared(bins.getShape(), bins.getElementType());
  }
  if (auto rank = dyn_cast<RankOp>(op)) {
    RankedTensorType bins = counters(rank.getTotals());
    return getRowMajorShared({waves, bins.getDimSize(0)},
                             bins.getElementType());
  }
  return {};
}
