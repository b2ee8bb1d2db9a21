//===- Passes.td - the distribution of tiles ------------------------------===//

include "mlir/Pass/PassBase.td"

def ConvertTileToGPU : Pass<"convert-tile-to-gpu", "mlir::ModuleOp"> {
  let summary = "distributes the tiles of every kernel over lanes and waves";
  let description = [{
    Runs after the tile-level passes. Before it, every tile has a
    `#tile.layout` and every conversion of a layout stays within a lane; after
    it, each `tile.kernel` is a `gpu.module` of its name with one `gpu.func`
    that speaks of one lane: a tile has become one vector per fragment of its
    layout. Entries are left alone.

    See test/Conversion/TileToGPU.
  }];
  let options = [Option<"target", "target", "std::string", "\"gfx942\"", "the chip, as gfxNNN">];
  let dependentDialects = [
    "mlir::arith::ArithDialect", "mlir::amdgpu::AMDGPUDialect", "mlir::gpu::GPUDialect",
    "mlir::LLVM::LLVMDialect", "mlir::math::MathDialect", "mlir::ROCDL::ROCDLDialect",
    "mlir::scf::SCFDialect", "mlir::vector::VectorDialect"];
}
