//===- TileToGPU.cpp - from whole tiles to one lane's vectors -------------===//
//
// Makes a gpu.func of every tile.kernel.
//
//===----------------------------------------------------------------------===//

#include "Conversion/TileToGPU/TileToGPU.h"
#include "Conversion/TileToGPU/Distributor.h"
#include "mlir/Dialect/AMDGPU/IR/AMDGPUDialect.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/ROCDLDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace moesaic;
using namespace moesaic::tile;

namespace moesaic {
#define GEN_PASS_DEF_CONVERTTILETOGPU
#include "Conversion/TileToGPU/Passes.h.inc"
} // namespace moesaic

namespace {

/// Builds the gpu.module of one kernel.
class KernelBuilder {
public:
  KernelBuilder(KernelOp kernel, const Chip &chip)
      : kernel(kernel), chip(chip), builder(kernel), loc(kernel.getLoc()) {}

  LogicalResult run();

private:
  gpu::GPUFuncOp createFunction();
  KernelContext createContext(gpu::GPUFuncOp function);

  KernelOp kernel;
  const Chip &chip;
  OpBuilder builder;
  Location loc;
  LLVM::GlobalOp lds;
  AccessAnalysis accesses;
};

} // namespace

gpu::GPUFuncOp KernelBuilder::createFunction() {
  auto module = gpu::GPUModuleOp::create(builder, loc, kernel.getSymName());
  builder.setInsertionPointToStart(module.getBody());
  if (auto bytes = kernel->getAttrOfType<IntegerAttr>("tile.lds_bytes");
      bytes && bytes.getInt()) {
    auto type = LLVM::LLVMArrayType::get(builder.getI8Type(), bytes.getInt());
    lds = LLVM::GlobalOp::create(
        builder, loc, type, /*isConstant=*/false, LLVM::Linkage::Internal,
        (kernel.getSymName() + ".lds").str(), Attribute(), /*alignment=*/16,
        /*addrSpace=*/3);
  }
  auto pointer = LLVM::LLVMPointerType::get(builder.getContext(), 1);
  SmallVector<Type> inputs =
      llvm::map_to_vector(kernel.getArgumentTypes(), [&](Type type) {
        return isa<PointerType>(type) ? pointer : type;
      });
  auto function = gpu::GPUFuncOp::create(builder, loc, kernel.getSymName(),
                                         builder.getFunctionType(inputs, {}));
  function->setAttr(gpu::GPUDialect::getKernelFuncAttrName(),
                    builder.getUnitAttr());
  if (ArrayAttr attributes = kernel.getArgAttrsAttr()) {
    function.setArgAttrsAttr(attributes);
  }
  int32_t threads = kernel.getWaves() * chip.waveSize;
  function.setKnownBlockSizeAttr(builder.getDenseI32ArrayAttr({threads, 1, 1}));
  if (Attribute occupancy = kernel->getAttr("tile.waves_per_eu")) {
    function->setAttr("rocdl.waves_per_eu", occupancy);
  }
  if (Attribute order = kernel->getAttr(schedAttr)) {
    function->setAttr(schedAttr, order);
  }
  return function;
}

KernelContext KernelBuilder::createContext(gpu::GPUFuncOp function) {
  auto i32 = [&](int64_t value) -> Value {
    return arith::ConstantOp::create(builder, loc,
                                     builder.getI32IntegerAttr(value));
  };
  IntegerAttr bound = builder.getIndexAttr(kernel.getWaves() * chip.waveSize);
  Value id = gpu::ThreadIdOp::create(builder, loc, builder.getIndexType(),
                                     gpu::Dimension::x, bound);
  Value thread =
      arith::IndexCastOp::create(builder, loc, builder.getI32Type(), id);
  Value lane =
      arith::AndIOp::create(builder, loc, thread, i32(chip.waveSize - 1));
  Value wave = i32(0);
  if (kernel.getWaves() > 1) {
    Value number = arith::ShRUIOp::create(builder, loc, thread,
                                          i32(llvm::Log2_32(chip.waveSize)));
    wave = ROCDL::ReadfirstlaneOp::create(builder, loc, builder.getI32Type(),
                                          number);
  }
  Value shared;
  if (lds) {
    shared = LLVM::AddressOfOp::create(builder, loc, lds);
  }
  bool acquires = kernel.getBody()
                      .walk([](FenceOp fence) {
                        return fence.getOrdering() == MemoryOrder::Release
                                   ? WalkResult::advance()
                                   : WalkResult::interrupt();
                      })
                      .wasInterrupted();
  KernelContext context{kernel, chip,     lane,     wave, thread,
                        shared, accesses, acquires, {},   {}};
  bool copies = kernel.getBody()
                    .walk([](SharedCopyOp) { return WalkResult::interrupt(); })
                    .wasInterrupted();
  if (copies) {
    auto domain = LLVM::AliasScopeDomainAttr::get(builder.getContext(),
                                                  builder.getStringAttr("LDS"));
    auto makeScope = [&](StringRef name) {
      return builder.getArrayAttr(
          {LLVM::AliasScopeAttr::get(domain, builder.getStringAttr(name))});
    };
    context.copyScope = makeScope("copies");
    context.sharedScope = makeScope("accesses");
  }
  return context;
}

LogicalResult KernelBuilder::run() {
  gpu::GPUFuncOp function = createFunction();
  builder.setInsertionPointToStart(&function.getBody().front());
  KernelContext context = createContext(function);
  Distributor distributor(builder, context);
  for (auto [from, to] :
       llvm::zip(kernel.getBody().getArguments(), function.getArguments())) {
    distributor.map(from, to);
  }
  if (failed(distributor.emitBlock(kernel.getBody().front()))) {
    return failure();
  }
  gpu::ReturnOp::create(builder, loc);
  return success();
}

namespace {
struct ConvertTileToGPUPass
    : moesaic::impl::ConvertTileToGPUBase<ConvertTileToGPUPass> {
  using ConvertTileToGPUBase::ConvertTileToGPUBase;

  void runOnOperation() override {
    const Chip *chip = findChip(target);
    if (!chip) {
      getOperation().emitError() << "unknown target '" << target << "'";
      return signalPassFailure();
    }
    getOperation()->setAttr(gpu::GPUDialect::getContainerModuleAttrName(),
                            UnitAttr::get(&getContext()));
    for (KernelOp kernel :
         llvm::make_early_inc_range(getOperation().getOps<KernelOp>())) {
      if (failed(KernelBuilder(kernel, *chip).run())) {
        return signalPassFailure();
      }
      kernel.erase();
    }
  }
};
} // namespace
