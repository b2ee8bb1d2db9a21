//===- Pipeline.cpp - the order of the passes on tiles --------------------===//

#include "dialects/Tile/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace moesaic::tile;

void moesaic::tile::buildTilePipeline(OpPassManager &manager, StringRef chip) {
  OpPassManager &kernel = manager.nest<KernelOp>();
  kernel.addPass(createCanonicalizerPass());
  kernel.addPass(createCSEPass());
  kernel.addPass(createAssignLayouts({chip.str()}));
  kernel.addPass(createLoopInvariantCodeMotionPass());
  kernel.addPass(createCSEPass());
  kernel.addPass(createCheckRegisters({chip.str()}));
  kernel.addPass(createStageConversions());
  kernel.addPass(createAllocateShared({chip.str()}));
  kernel.addPass(createInsertBarriers());
}
