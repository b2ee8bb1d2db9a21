//===- DistributeScalarAccess.cpp - scalars of device memory --------------===//

#include "Conversion/TileToGPU/Access.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace moesaic;
using namespace moesaic::tile;

/// A read-only array's memory does not change while the kernel runs.
static bool isReadOnly(KernelOp kernel, ViewOp view) {
  auto argument = dyn_cast<BlockArgument>(view.getBase());
  return argument && kernel.getArgAccess(argument.getArgNumber()) == "in";
}

LogicalResult Distributor::emitScalarLoad(LoadOp op) {
  Location loc = op.getLoc();
  Access access(*this, op, op.getArray(), op.getIndices(), op.getOrder(), {},
                Addressing::Global);
  if (failed(access.prepare())) {
    return failure();
  }
  Type type = op.getType(), stored = memoryElement(type);
  bool readOnly =
      isReadOnly(context.kernel, op.getArray().getDefiningOp<ViewOp>());
  auto branch = scf::IfOp::create(builder, loc, TypeRange(stored),
                                  access.scalarInBounds, true);
  {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(branch.thenBlock());
    int64_t bytes = byteSize(type);
    auto load =
        LLVM::LoadOp::create(builder, loc, builder.getIntegerType(bytes * 8),
                             access.baseAddress(), bytes, /*isVolatile=*/false,
                             /*isNonTemporal=*/false, /*isInvariant=*/readOnly);
    if (!readOnly && context.acquires) {
      // A fence does not invalidate the scalar cache, and LLVM makes scalar
      // loads of whatever nothing but a fence can change. Not of atomics.
      load.setOrdering(LLVM::AtomicOrdering::monotonic);
      load.setSyncscope("wavefront");
    }
    Value bits = load;
    if (isa<FloatType>(stored)) {
      bits = arith::BitcastOp::create(builder, loc, stored, bits);
    }
    scf::YieldOp::create(builder, loc, bits);
    builder.setInsertionPointToStart(branch.elseBlock());
    Value pad = op.getPad() ? scalar(op.getPad()) : Value();
    if (!pad) {
      pad =
          arith::ConstantOp::create(builder, loc, builder.getZeroAttr(stored));
    } else if (type != stored) {
      pad = arith::ExtUIOp::create(builder, loc, stored, pad);
    }
    scf::YieldOp::create(builder, loc, pad);
  }
  Value loaded = branch.getResult(0);
  if (!readOnly) {
    loaded = readFirstLane(loc, loaded);
  }
  if (type != stored) {
    loaded = arith::TruncIOp::create(builder, loc, type, loaded);
  }
  map(op.getResult(), loaded);
  return success();
}

LogicalResult Distributor::emitScalarStore(StoreOp op) {
  Location loc = op.getLoc();
  Access access(*this, op, op.getArray(), op.getIndices(), op.getOrder(), {},
                Addressing::Global);
  if (failed(access.prepare())) {
    return failure();
  }
  Value first = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq,
                                      context.thread, i32(loc, 0));
  Value mask =
      arith::AndIOp::create(builder, loc, first, access.scalarInBounds);
  auto branch = scf::IfOp::create(builder, loc, mask, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(branch.thenBlock());
  Value value = scalar(op.getValue());
  Type type = value.getType();
  if (type.isInteger(1)) {
    value = arith::ExtUIOp::create(builder, loc, builder.getI8Type(), value);
  } else if (isa<FloatType>(type)) {
    Type bits = builder.getIntegerType(type.getIntOrFloatBitWidth());
    value = arith::BitcastOp::create(builder, loc, bits, value);
  }
  LLVM::StoreOp::create(builder, loc, value, access.baseAddress(),
                        byteSize(type));
  return success();
}
