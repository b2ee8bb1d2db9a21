//===- DistributeAccess.cpp - gathers and scatters of device memory -------===//
//
// One access of a tile becomes one instruction per run of registers that lie
// next to each other in memory. Where it is not known before the kernel runs
// that descriptors reach the array, the access is there twice, under a uniform
// branch.
//
//===----------------------------------------------------------------------===//

#include "Conversion/TileToGPU/Access.h"
#include "Layout/Algebra.h"
#include "dialects/Tile/Transforms/ArrayReach.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace moesaic;
using namespace moesaic::tile;

Value Distributor::isInReach(Operation *op, Value array) {
  if (auto known = op->getAttrOfType<BoolAttr>(inReachAttr)) {
    return known.getValue() ? Value()
                            : constant(op->getLoc(), builder.getI1Type(), 0);
  }
  auto view = array.getDefiningOp<ViewOp>();
  return view ? inReach.lookup(view) : Value();
}

FailureOr<Fragments>
Distributor::emitByReach(Operation *op, Value array, TypeRange results,
                         function_ref<FailureOr<Fragments>(Addressing)> emit) {
  Value reaches = isInReach(op, array);
  if (!reaches) {
    return emit(Addressing::Buffer);
  }
  auto branch = scf::IfOp::create(builder, op->getLoc(), results, reaches,
                                  /*withElseRegion=*/true);
  for (auto [block, addressing] :
       {std::pair(branch.thenBlock(), Addressing::Buffer),
        std::pair(branch.elseBlock(), Addressing::Global)}) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(block);
    FailureOr<Fragments> values = emit(addressing);
    if (failed(values)) {
      return failure();
    }
    if (!results.empty()) {
      scf::YieldOp::create(builder, op->getLoc(), *values);
    }
  }
  return Fragments(branch.getResults());
}

FailureOr<Fragments> Distributor::emitLoad(LoadOp op, Addressing addressing) {
  auto tileType = cast<RankedTensorType>(op.getType());
  Location loc = op.getLoc();
  Access access(*this, op, op.getArray(), op.getIndices(), op.getOrder(),
                tileType, addressing);
  if (failed(access.prepare())) {
    return failure();
  }
  Value pad = op.getPad() ? scalar(op.getPad()) : Value();
  VectorType type = fragmentType(tileType);
  int64_t size = type.getNumElements();
  Fragments values;
  for (unsigned first = 0,
                end = layout(op.getResult()).getMap().size(registerInput);
       first < end; first += size) {
    if (access.width() == size) {
      values.push_back(access.load(first, pad));
      continue;
    }
    Value fragment =
        arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type));
    for (int64_t part = 0; part < size; part += access.width()) {
      fragment = vector::InsertStridedSliceOp::create(
          builder, loc, access.load(first + part, pad), fragment,
          ArrayRef<int64_t>{part}, ArrayRef<int64_t>{1});
    }
    values.push_back(fragment);
  }
  return values;
}

LogicalResult Distributor::emitLoad(LoadOp op) {
  if (!isa<RankedTensorType>(op.getType())) {
    return emitScalarLoad(op);
  }
  FailureOr<Fragments> values = emitByReach(
      op, op.getArray(), flattenTypes(op.getType()),
      [&](Addressing addressing) { return emitLoad(op, addressing); });
  if (failed(values)) {
    return failure();
  }
  setFragments(op.getResult(), std::move(*values));
  return success();
}

LogicalResult Distributor::emitSharedCopy(SharedCopyOp op) {
  return success(
      succeeded(emitByReach(op, op.getArray(), {}, [&](Addressing addressing) {
        return emitSharedCopy(op, addressing);
      })));
}

FailureOr<Fragments> Distributor::emitSharedCopy(SharedCopyOp op,
                                                 Addressing addressing) {
  Location loc = op.getLoc();
  RankedTensorType tile = op.getTileType();
  Access access(*this, op, op.getArray(), op.getIndices(), op.getOrder(), tile,
                addressing);
  if (failed(access.prepare())) {
    return failure();
  }
  const LinearLayout &map = op.getLayout().getMap();
  int64_t size = op.getLayout().getFragment();
  if (access.width() != size) {
    return unsupported(op, "fragments of the layout do not lie together in "
                           "memory");
  }
  BitMap offsetOf = *invert(op.getBuffer().getType().getLayout().getMap());
  int64_t elementBytes = byteSize(tile.getElementType());
  auto images = [&](StringRef input) {
    return llvm::map_to_vector(map.bases(input), [&](uint32_t index) {
      return static_cast<uint32_t>(offsetOf(index) * elementBytes);
    });
  };
  // Copies have one address for a wave, and add the lane's part themselves.
  bool copies = addressing == Addressing::Buffer;
  SmallVector<uint32_t> lanes, registers = images(registerInput);
  if (!copies) {
    lanes = images(laneInput);
  }
  Value base = scalar(op.getBuffer());
  auto addressAt = [&](Value from, LLVM::GEPArg offset) {
    return LLVM::GEPOp::create(builder, loc, base.getType(),
                               builder.getI8Type(), from,
                               ArrayRef<LLVM::GEPArg>{offset});
  };
  Value start = addressAt(base, threadPart(loc, lanes, images(waveInput)));
  for (unsigned first = 0, end = map.size(registerInput); first < end;
       first += size) {
    auto offset = static_cast<int32_t>(applyBases(registers, first));
    Value target = addressAt(start, offset);
    if (copies) {
      access.copy(first, target);
      continue;
    }
    Value value = reinterpret(builder, loc, access.load(first, {}),
                              transferType(builder, size * elementBytes));
    LLVM::StoreOp::create(builder, loc, value, target, size * elementBytes);
  }
  return Fragments();
}

LogicalResult Distributor::emitStore(StoreOp op) {
  if (!isa<RankedTensorType>(op.getValue().getType())) {
    return emitScalarStore(op);
  }
  return success(
      succeeded(emitByReach(op, op.getArray(), {}, [&](Addressing addressing) {
        return emitStore(op, addressing);
      })));
}

FailureOr<Fragments> Distributor::emitStore(StoreOp op, Addressing addressing) {
  auto tileType = cast<RankedTensorType>(op.getValue().getType());
  Location loc = op.getLoc();
  Access access(*this, op, op.getArray(), op.getIndices(), op.getOrder(),
                tileType, addressing);
  if (failed(access.prepare())) {
    return failure();
  }
  const LinearLayout &map = layout(op.getValue()).getMap();
  Value owner = emitOwner(loc, tileType);
  int64_t size = layout(op.getValue()).getFragment();
  uint32_t freeRegisters = freeVariables(map, registerInput);
  for (auto [number, fragment] : llvm::enumerate(fragments(op.getValue()))) {
    for (int64_t part = 0; part < size; part += access.width()) {
      unsigned first = number * size + part;
      if (first & freeRegisters) {
        continue;
      }
      Value value = fragment;
      if (access.width() == 1) {
        // From a slice of one element LLVM converts it again, alone, and keeps
        // what it was converted from in registers until then.
        value = vector::ExtractOp::create(builder, loc, fragment, part);
      } else if (access.width() != size) {
        value = vector::ExtractStridedSliceOp::create(
            builder, loc, fragment, ArrayRef<int64_t>{part},
            ArrayRef<int64_t>{access.width()}, ArrayRef<int64_t>{1});
      }
      access.store(first, value, owner);
    }
  }
  return Fragments();
}
