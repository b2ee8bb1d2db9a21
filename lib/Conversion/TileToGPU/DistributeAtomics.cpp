//===- DistributeAtomics.cpp - atomic accesses and fences -----------------===//
//
// One lane executes what several hold, one place at a time. Addresses have 64
// bits whatever the size of the array: atomics of buffer descriptors take no
// order or scope from LLVM. Memory adds 16-bit floats in pairs that fill a
// word: neighbours of a lane go together, and one alone takes -0 along, which
// changes nothing.
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

/// The access itself, relaxed: fences stand around it. `type` is the element's,
/// or that of a pair.
static Value createAtomic(OpBuilder &builder, AtomicOp op, Type type,
                          Value address, Value value, Value expected) {
  Location loc = op.getLoc();
  StringRef scope = scopeName(op.getScope());
  Type element = getElementTypeOrSelf(type);
  unsigned bytes =
      element.getIntOrFloatBitWidth() / 8 * (type == element ? 1 : 2);
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
  bool isFloat = isa<FloatType>(element);
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

/// Adds `value` to one half of a word.
static Value createHalfAtomic(OpBuilder &builder, AtomicOp op, Value address,
                              Value value) {
  Location loc = op.getLoc();
  auto pairType = VectorType::get({2}, value.getType());
  auto constant = [&](TypedAttr value) {
    return arith::ConstantOp::create(builder, loc, value);
  };
  Value two = constant(builder.getI32IntegerAttr(2));
  Value zero = constant(builder.getI32IntegerAttr(0));
  Value low = LLVM::PtrToIntOp::create(builder, loc, two.getType(), address);
  Value inside = arith::AndIOp::create(builder, loc, low, two);
  Value isUpper = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ne,
                                        inside, zero);
  Value back = arith::SubIOp::create(builder, loc, zero, inside);
  Value word =
      LLVM::GEPOp::create(builder, loc, address.getType(), builder.getI8Type(),
                          address, ArrayRef<LLVM::GEPArg>{back});
  Value nothing = constant(DenseElementsAttr::get(
      pairType, builder.getFloatAttr(value.getType(), -0.0)));
  auto halves = [&](int64_t half) {
    return vector::InsertOp::create(builder, loc, value, nothing, half);
  };
  Value pair =
      arith::SelectOp::create(builder, loc, isUpper, halves(1), halves(0));
  Value old = createAtomic(builder, op, pairType, word, pair, {});
  return arith::SelectOp::create(
      builder, loc, isUpper, vector::ExtractOp::create(builder, loc, old, 1),
      vector::ExtractOp::create(builder, loc, old, 0));
}

Value Distributor::emitAtomicAt(AtomicOp op, Value address, Value mask,
                                Value value, Value expected) {
  Location loc = op.getLoc();
  Type type = value ? value.getType() : getElementTypeOrSelf(op.getType());
  bool isUsed = !op.getResult().use_empty();
  auto branch = scf::IfOp::create(
      builder, loc, isUsed ? TypeRange(type) : TypeRange(), mask, isUsed);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(branch.thenBlock());
  bool isHalf = type.isIntOrFloat() && type.getIntOrFloatBitWidth() == 16;
  Value old = isHalf
                  ? createHalfAtomic(builder, op, address, value)
                  : createAtomic(builder, op, type, address, value, expected);
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
  LayoutAttr tileLayout = layout(op.getResult());
  const LinearLayout &tileMap = tileLayout.getMap();
  uint32_t freeRegisters = freeVariables(tileMap, registerInput);
  bool inPairs = tileType.getElementTypeBitWidth() == 16 &&
                 accessWidth(context.accesses.analyze(op), tileLayout) > 1;
  SmallVector<Value> results;
  for (unsigned reg = 0, end = tileMap.size(registerInput); reg < end;
       reg += inPairs ? 2 : 1) {
    if (uint32_t same = reg & ~freeRegisters; same != reg) {
      results.push_back(results[same]);
      if (inPairs) {
        results.push_back(results[same + 1]);
      }
      continue;
    }
    auto read = [&](Value operand, unsigned from) {
      return operand ? extractRegister(loc, fragments(operand), from) : Value();
    };
    if (!inPairs) {
      results.push_back(emitAtomicAt(op, places.address(reg), maskOf(reg),
                                     read(op.getValue(), reg),
                                     read(op.getExpected(), reg)));
      continue;
    }
    Value pair = vector::FromElementsOp::create(
        builder, loc, VectorType::get({2}, tileType.getElementType()),
        ValueRange{read(op.getValue(), reg), read(op.getValue(), reg + 1)});
    Value old =
        emitAtomicAt(op, places.address(reg), maskOf(reg), pair, Value());
    for (int64_t half : {0, 1}) {
      results.push_back(
          old ? vector::ExtractOp::create(builder, loc, old, half).getResult()
              : Value());
    }
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
