//===- DistributeAtomics.cpp - atomic accesses and fences -----------------===//
//
// One lane executes what several hold, one place at a time. Addresses have 64
// bits whatever the size of the array: atomics of buffer descriptors take no
// order or scope from LLVM.
//
//===----------------------------------------------------------------------===//

#include "Conversion/TileToGPU/Places.h"
#include "Layout/Algebra.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/ROCDLDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace moesaic;
using namespace moesaic::tile;

/// LLVM's name of a scope; system-wide has none.
static StringRef scopeName(MemoryScope scope) {
  return scope == MemoryScope::Workgroup ? "workgroup"
         : scope == MemoryScope::Agent   ? "agent"
                                         : "";
}

static LLVM::AtomicBinOp binaryOp(AtomicKind kind, bool isFloat) {
  switch (kind) {
  case AtomicKind::Add:
    return isFloat ? LLVM::AtomicBinOp::fadd : LLVM::AtomicBinOp::add;
  case AtomicKind::Min:
    return isFloat ? LLVM::AtomicBinOp::fmin : LLVM::AtomicBinOp::min;
  case AtomicKind::Max:
    return isFloat ? LLVM::AtomicBinOp::fmax : LLVM::AtomicBinOp::max;
  case AtomicKind::And:
    return LLVM::AtomicBinOp::_and;
  case AtomicKind::Or:
    return LLVM::AtomicBinOp::_or;
  case AtomicKind::Xor:
    return LLVM::AtomicBinOp::_xor;
  default:
    return LLVM::AtomicBinOp::xchg;
  }
}

/// The access itself, relaxed: fences stand around it.
static Value createAtomic(OpBuilder &builder, AtomicOp op, Value address,
                          Value value, Value expected) {
  Location loc = op.getLoc();
  StringRef scope = scopeName(op.getScope());
  Type type = getElementTypeOrSelf(op.getType());
  unsigned bytes = type.getIntOrFloatBitWidth() / 8;
  if (op.getKind() == AtomicKind::Load) {
    return LLVM::LoadOp::create(
        builder, loc, type, address, bytes, /*isVolatile=*/false,
        /*isNonTemporal=*/false, /*isInvariant=*/false,
        /*isInvariantGroup=*/false, LLVM::AtomicOrdering::monotonic, scope);
  }
  if (op.getKind() == AtomicKind::Cas) {
    Value pair = LLVM::AtomicCmpXchgOp::create(
        builder, loc, address, expected, value, LLVM::AtomicOrdering::monotonic,
        LLVM::AtomicOrdering::monotonic, scope, bytes);
    return LLVM::ExtractValueOp::create(builder, loc, pair,
                                        ArrayRef<int64_t>{0});
  }
  bool isFloat = isa<FloatType>(type);
  auto access = LLVM::AtomicRMWOp::create(
      builder, loc, binaryOp(op.getKind(), isFloat), address, value,
      LLVM::AtomicOrdering::monotonic, scope, bytes);
  if (isFloat && op.getScope() != MemoryScope::System) {
    // The memory is the device's own, for which float atomics are native.
    access->setAttr("rocdl.no_fine_grained_memory", builder.getUnitAttr());
    access->setAttr("rocdl.no_remote_memory", builder.getUnitAttr());
  }
  return access;
}

Value Distributor::emitAtomicAt(AtomicOp op, Value address, Value mask,
                                Value value, Value expected) {
  Location loc = op.getLoc();
  Type type = getElementTypeOrSelf(op.getType());
  bool isUsed = !op.getResult().use_empty();
  auto branch = scf::IfOp::create(
      builder, loc, isUsed ? TypeRange(type) : TypeRange(), mask, isUsed);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(branch.thenBlock());
  Value old = createAtomic(builder, op, address, value, expected);
  if (!isUsed) {
    return {};
  }
  scf::YieldOp::create(builder, loc, old);
  builder.setInsertionPointToStart(branch.elseBlock());
  Value zero =
      arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type));
  scf::YieldOp::create(builder, loc, zero);
  return branch.getResult(0);
}

LogicalResult Distributor::emitAtomic(AtomicOp op) {
  Location loc = op.getLoc();
  if (op.getOrdering() != MemoryOrder::Relaxed) {
    return unsupported(op, "it is not relaxed; run moe-stage-atomics first");
  }
  auto tileType = dyn_cast<RankedTensorType>(op.getType());
  Places places(*this, op, op.getArray(), op.getIndices(), {}, tileType);
  if (failed(places.prepare())) {
    return failure();
  }
  Value owner = emitOwner(loc, op.getType());
  auto maskOf = [&](unsigned reg) -> Value {
    Value mask = places.inBounds(reg);
    return owner ? arith::AndIOp::create(builder, loc, mask, owner).getResult()
                 : mask;
  };
  if (!tileType) {
    Value value = op.getValue() ? scalar(op.getValue()) : Value();
    Value expected = op.getExpected() ? scalar(op.getExpected()) : Value();
    Value old = emitAtomicAt(op, places.address(0), maskOf(0), value, expected);
    if (old) {
      map(op.getResult(), readFirstLane(loc, old));
    }
    return success();
  }
  const LinearLayout &tileMap = layout(op.getResult()).getMap();
  uint32_t freeRegisters = freeVariables(tileMap, registerInput);
  SmallVector<Value> results;
  for (unsigned reg = 0, end = tileMap.size(registerInput); reg < end; ++reg) {
    if (reg & freeRegisters) {
      Value same = results[reg & ~freeRegisters];
      results.push_back(same);
      continue;
    }
    auto read = [&](Value operand) {
      return operand ? extractRegister(loc, fragments(operand), reg) : Value();
    };
    results.push_back(emitAtomicAt(op, places.address(reg), maskOf(reg),
                                   read(op.getValue()),
                                   read(op.getExpected())));
  }
  if (results.front()) {
    setFragments(
        op.getResult(),
        packRegisters(loc, results, layout(op.getResult()).getFragment()));
  }
  return success();
}

void Distributor::emitFence(FenceOp op) {
  LLVM::AtomicOrdering order = op.getOrdering() == MemoryOrder::Acquire
                                   ? LLVM::AtomicOrdering::acquire
                               : op.getOrdering() == MemoryOrder::Release
                                   ? LLVM::AtomicOrdering::release
                                   : LLVM::AtomicOrdering::acq_rel;
  LLVM::FenceOp::create(builder, op.getLoc(), order, scopeName(op.getScope()));
}
