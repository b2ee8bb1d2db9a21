//===- Pipeline.cpp - the order of the passes on tiles --------------------===//

#include "dialects/Tile/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace moesaic;
using namespace moesaic::tile;

void moesaic::tile::buildTilePipeline(OpPassManager &manager, StringRef chip) {
  OpPassManager &kernel = manager.nest<KernelOp>();
  kernel.addPass(createCanonicalizerPass());
  kernel.addPass(createExpandArgReductions());
  kernel.addPass(createCSEPass());
  kernel.addPass(createAssignLayouts({chip.str()}));
  kernel.addPass(createLoopInvariantCodeMotionPass());
  kernel.addPass(createCSEPass());
  kernel.addPass(createStageAtomics());
  kernel.addPass(createStageConversions({chip.str()}));
  kernel.addPass(createStageScratch());
  kernel.addPass(createSplitLoops());
  kernel.addPass(createPrefetchShared({chip.str()}));
  kernel.addPass(createPipelineLoops({chip.str()}));
  kernel.addPass(createCheckRegisters({chip.str()}));
  kernel.addPass(createCanonicalizerPass());
  kernel.addPass(createCSEPass());
  kernel.addPass(createSplitStores());
  kernel.addPass(createAllocateShared({chip.str()}));
  kernel.addPass(createInsertBarriers());
  kernel.addPass(createCountCopies());
  kernel.addPass(createVerifyLayouts({chip.str()}));
}

namespace {
struct PipelineOptions : PassPipelineOptions<PipelineOptions> {
  Option<std::string> target{
      *this, "target", llvm::cl::desc("chip that the kernels are compiled for"),
      llvm::cl::init("gfx942")};
};
} // namespace

void moesaic::tile::registerTilePipeline() {
  PassPipelineRegistration<PipelineOptions>(
      "moe-distribute-tiles",
      "Layouts, LDS and barriers: all passes on tiles in their order",
      [](OpPassManager &manager, const PipelineOptions &options) {
        buildTilePipeline(manager, options.target);
      });
}
