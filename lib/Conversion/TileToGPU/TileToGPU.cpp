//===- TileToGPU.cpp - from whole tiles to one lane's vectors -------------===//
//
// Makes a gpu.func of every tile.kernel. The body is emitted twice under a
// uniform branch: with buffer descriptors, which reach 2 GiB from a scalar
// base, and with 64-bit addresses for launches in which some array's indexed
// part is larger. The second copy is right for every array, so that programs
// need not know.
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

/// The axes of each array that some access indexes with tiles.
static llvm::MapVector<ViewOp, llvm::SmallBitVector>
findTileAxes(KernelOp kernel) {
  llvm::MapVector<ViewOp, llvm::SmallBitVector> result;
  auto add = [&](Value array, ValueRange indices) {
    auto view = array.getDefiningOp<ViewOp>();
    for (auto [axis, index] : llvm::enumerate(indices)) {
      if (view && isa<RankedTensorType>(index.getType())) {
        llvm::SmallBitVector &axes = result[view];
        axes.resize(view.getType().getRank());
        axes.set(axis);
      }
    }
  };
  kernel.getBody().walk([&](Operation *op) {
    if (auto load = dyn_cast<Gather>(op)) {
      add(load.getArray(), load.getIndices());
    } else if (auto store = dyn_cast<StoreOp>(op)) {
      add(store.getArray(), store.getIndices());
    }
  });
  return result;
}

/// Copies what a scalar is computed from; false when that is more than
/// arithmetic on arguments.
static bool cloneComputation(OpBuilder &builder, Value value,
                             IRMapping &mapping) {
  if (mapping.contains(value)) {
    return true;
  }
  Operation *op = value.getDefiningOp();
  if (!op || op->getNumRegions() != 0 || !isPure(op) ||
      isa<TileDialect>(op->getDialect())) {
    return false;
  }
  for (Value operand : op->getOperands()) {
    if (!cloneComputation(builder, operand, mapping)) {
      return false;
    }
  }
  builder.clone(*op, mapping);
  return true;
}

/// Emits i1: the part of `view` that tiles index spans less than 2 GiB, and its
/// strides are not negative. Null when that cannot be told before the body.
static Value emitFitsBuffer(OpBuilder &builder, ViewOp view,
                            const llvm::SmallBitVector &axes,
                            IRMapping &mapping) {
  Location loc = view.getLoc();
  for (Value operand : view->getOperands()) {
    if (!cloneComputation(builder, operand, mapping)) {
      return {};
    }
  }
  auto i64 = [&](int64_t value) -> Value {
    return arith::ConstantOp::create(builder, loc,
                                     builder.getI64IntegerAttr(value));
  };
  auto below = [&](Value a, int64_t limit) -> Value {
    return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ult, a,
                                 i64(limit));
  };
  auto both = [&](Value a, Value b) -> Value {
    return a ? arith::AndIOp::create(builder, loc, a, b).getResult() : b;
  };
  constexpr int64_t limit = int64_t(1) << 31;
  Type element = view.getType().getElementType();
  Value size = i64(llvm::divideCeil(element.getIntOrFloatBitWidth(), 8));
  Value stride = size, reach = size, fits;
  SmallVector<StorageDigit> digits = getStorageDigits(
      view.getType().getRank(), view.getBlocks(), view.getOrder());
  for (const StorageDigit &digit : llvm::reverse(digits)) {
    Value extent;
    if (digit.isInside) {
      extent = i64(digit.block);
    } else {
      extent =
          arith::ExtUIOp::create(builder, loc, builder.getI64Type(),
                                 mapping.lookup(view.getExtents()[digit.axis]));
      if (digit.block > 1) {
        extent = arith::ShRUIOp::create(builder, loc, extent,
                                        i64(llvm::Log2_64(digit.block)));
      }
    }
    bool isTiled = axes.test(digit.axis);
    if (!view.getStrides().empty()) {
      Value declared = mapping.lookup(view.getStrides()[digit.axis]);
      fits = isTiled ? both(fits, below(declared, limit)) : fits;
      stride = arith::MulIOp::create(builder, loc, declared, size);
    }
    if (isTiled) {
      // Each factor is below 2^33, so that no product wraps before it is
      // compared with the limit.
      Value part = arith::MulIOp::create(builder, loc, extent, stride);
      fits = both(both(fits, below(stride, limit)), below(part, limit));
      reach = arith::AddIOp::create(builder, loc, reach, part);
    }
    if (view.getStrides().empty()) {
      stride = arith::MulIOp::create(builder, loc, stride, extent);
    }
  }
  return both(fits, below(reach, limit));
}

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
  LogicalResult emitBody(const KernelContext &context, gpu::GPUFuncOp function,
                         Addressing addressing);

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

LogicalResult KernelBuilder::emitBody(const KernelContext &context,
                                      gpu::GPUFuncOp function,
                                      Addressing addressing) {
  Distributor distributor(builder, context, addressing);
  for (auto [from, to] :
       llvm::zip(kernel.getBody().getArguments(), function.getArguments())) {
    distributor.map(from, to);
  }
  return distributor.emitBlock(kernel.getBody().front());
}

LogicalResult KernelBuilder::run() {
  gpu::GPUFuncOp function = createFunction();
  builder.setInsertionPointToStart(&function.getBody().front());
  KernelContext context = createContext(function);

  IRMapping mapping;
  for (auto [from, to] :
       llvm::zip(kernel.getBody().getArguments(), function.getArguments())) {
    mapping.map(from, to);
  }
  Value fits;
  bool known = true;
  for (auto &[view, axes] : findTileAxes(kernel)) {
    Value one = emitFitsBuffer(builder, view, axes, mapping);
    known &= static_cast<bool>(one);
    if (one) {
      fits = fits ? arith::AndIOp::create(builder, loc, fits, one).getResult()
                  : one;
    }
  }
  if (!known || !fits) {
    Addressing addressing = known ? Addressing::Buffer : Addressing::Global;
    if (failed(emitBody(context, function, addressing))) {
      return failure();
    }
  } else {
    auto branch =
        scf::IfOp::create(builder, loc, fits, /*withElseRegion=*/true);
    for (auto [block, addressing] :
         {std::pair(branch.thenBlock(), Addressing::Buffer),
          std::pair(branch.elseBlock(), Addressing::Global)}) {
      builder.setInsertionPointToStart(block);
      if (failed(emitBody(context, function, addressing))) {
        return failure();
      }
    }
    builder.setInsertionPointAfter(branch);
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
