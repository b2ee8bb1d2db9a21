//===- Distributor.cpp - dispatch and helpers of the distribution ---------===//

#include "Conversion/TileToGPU/Distributor.h"
#include "dialects/Tile/Transforms/ArrayReach.h"
#include "mlir/Dialect/LLVMIR/ROCDLDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace moesaic;
using namespace moesaic::tile;

LogicalResult Distributor::emitBlock(Block &block) {
  for (Operation &op : block.without_terminator()) {
    if (failed(emit(op))) {
      return failure();
    }
  }
  return success();
}

static bool hasTile(Operation &op) {
  auto isTensor = [](Type type) { return isa<RankedTensorType>(type); };
  return llvm::any_of(op.getOperandTypes(), isTensor) ||
         llvm::any_of(op.getResultTypes(), isTensor);
}

LogicalResult Distributor::emit(Operation &op) {
  for (Value result : op.getResults()) {
    if (isa<RankedTensorType>(result.getType()) && !layout(result)) {
      return unsupported(
          &op, "its result has no layout; run moe-assign-layouts first");
    }
  }
  return llvm::TypeSwitch<Operation *, LogicalResult>(&op)
      .Case([&](scf::ForOp op) { return emitFor(op); })
      .Case([&](scf::IfOp op) { return emitIf(op); })
      .Case([&](scf::WhileOp op) { return emitWhile(op); })
      .Case([&](ViewOp op) {
        inReach[op] = emitInReach(builder, op,
                                  [&](Value value) { return scalar(value); });
        return success();
      })
      .Case([&](LoadOp op) {
        return op.getArray().getType().getShared() ? emitArrayLoad(op)
                                                   : emitLoad(op);
      })
      .Case([&](StoreOp op) {
        return op.getArray().getType().getShared() ? emitArrayStore(op)
                                                   : emitStore(op);
      })
      .Case([&](AtomicOp op) { return emitAtomic(op); })
      .Case([&](FenceOp op) {
        emitFence(op);
        return success();
      })
      .Case<AllocSharedOp, SharedArrayOp>(
          [&](auto op) { return emitSpace(op.getResult()); })
      .Case([&](SharedStoreOp op) { return emitSharedStore(op); })
      .Case([&](SharedLoadOp op) { return emitSharedLoad(op); })
      .Case([&](SharedCopyOp op) { return emitSharedCopy(op); })
      .Case([&](SharedWaitOp op) {
        emitSharedWait(op);
        return success();
      })
      .Case([&](BarrierOp op) {
        emitBarrier(op);
        return success();
      })
      .Case([&](MmaOp op) { return emitMma(op); })
      .Case([&](ReduceOp op) { return emitReduce(op); })
      .Case([&](ScanOp op) { return emitScan(op); })
      .Case([&](HistogramOp op) { return emitHistogram(op); })
      .Case([&](RankOp op) { return emitRank(op); })
      .Case([&](RangeOp op) { return emitRange(op); })
      .Case([&](SplatOp op) { return emitSplat(op); })
      .Case([&](SigmoidOp op) { return emitSigmoid(op); })
      .Case([&](BroadcastOp op) { return emitBroadcast(op); })
      .Case([&](PermuteOp op) { return emitPermute(op); })
      .Case<ReshapeOp, ConvertLayoutOp>([&](auto op) {
        return emitRearrangement(op, op.getSource(), op.getResult(),
                                 [](uint32_t index) { return index; });
      })
      .Default([&](Operation *) {
        if (!hasTile(op)) {
          return emitScalar(op);
        }
        if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
          return emitConstant(constant);
        }
        return emitElementwise(op);
      });
}

VectorType Distributor::fragmentType(Type tileType) {
  return VectorType::get({getLayout(tileType).getFragment()},
                         getElementTypeOrSelf(tileType));
}

Value Distributor::extractRegister(Location loc, const Fragments &values,
                                   unsigned reg) {
  int64_t size = cast<VectorType>(values.front().getType()).getNumElements();
  return vector::ExtractOp::create(
      builder, loc, values[reg / size],
      ArrayRef<int64_t>{static_cast<int64_t>(reg % size)});
}

Fragments Distributor::packRegisters(Location loc, ArrayRef<Value> registers,
                                     int size) {
  auto type = VectorType::get({size}, registers.front().getType());
  Fragments result;
  for (size_t first = 0; first < registers.size(); first += size) {
    result.push_back(vector::FromElementsOp::create(
        builder, loc, type, registers.slice(first, size)));
  }
  return result;
}

Value Distributor::constant(Location loc, Type type, int64_t value) {
  return arith::ConstantOp::create(builder, loc, type,
                                   builder.getIntegerAttr(type, value));
}

Value Distributor::viaInteger(Location loc, Value value,
                              function_ref<Value(Value)> move) {
  Type type = value.getType();
  unsigned bits = type.getIntOrFloatBitWidth();
  Type integer = builder.getIntegerType(bits);
  if (isa<FloatType>(type)) {
    value = arith::BitcastOp::create(builder, loc, integer, value);
  }
  if (bits < 32) {
    value = arith::ExtUIOp::create(builder, loc, builder.getI32Type(), value);
  }
  value = move(value);
  if (bits < 32) {
    value = arith::TruncIOp::create(builder, loc, integer, value);
  }
  if (isa<FloatType>(type)) {
    value = arith::BitcastOp::create(builder, loc, type, value);
  }
  return value;
}

Value Distributor::readFirstLane(Location loc, Value value) {
  return viaInteger(loc, value, [&](Value integer) {
    return ROCDL::ReadfirstlaneOp::create(builder, loc, integer.getType(),
                                          integer)
        .getResult();
  });
}

LogicalResult Distributor::unsupported(Operation *op, const Twine &reason) {
  return op->emitError() << "cannot distribute '" << op->getName() << "' on "
                         << context.chip.name << ": " << reason;
}

/// Emits the XOR over the set bits of `number` of `images`, as few shifts and
/// masks as runs of neighbouring bits allow; null when all images are zero.
static Value emitBits(OpBuilder &builder, Location loc, Value number,
                      ArrayRef<uint32_t> images) {
  auto i32 = [&](int64_t value) -> Value {
    return arith::ConstantOp::create(builder, loc,
                                     builder.getI32IntegerAttr(value));
  };
  Value sum;
  auto add = [&](Value part) {
    sum =
        sum ? arith::XOrIOp::create(builder, loc, sum, part).getResult() : part;
  };
  for (size_t bit = 0; bit < images.size();) {
    if (images[bit] == 0) {
      ++bit;
      continue;
    }
    if (!llvm::isPowerOf2_32(images[bit])) {
      // A bit that moves several coordinates: spread it over them.
      Value shifted = arith::ShRUIOp::create(builder, loc, number, i32(bit));
      Value one = arith::AndIOp::create(builder, loc, shifted, i32(1));
      add(arith::MulIOp::create(builder, loc, one, i32(images[bit])));
      ++bit;
      continue;
    }
    size_t end = bit + 1;
    while (end < images.size() && images[end] == images[end - 1] << 1) {
      ++end;
    }
    int64_t mask = ((int64_t(1) << (end - bit)) - 1) << bit;
    Value part = arith::AndIOp::create(builder, loc, number, i32(mask));
    int64_t shift = static_cast<int64_t>(llvm::Log2_32(images[bit])) -
                    static_cast<int64_t>(bit);
    if (shift > 0) {
      part = arith::ShLIOp::create(builder, loc, part, i32(shift));
    } else if (shift < 0) {
      part = arith::ShRUIOp::create(builder, loc, part, i32(-shift));
    }
    add(part);
    bit = end;
  }
  return sum;
}

Value Distributor::threadPart(Location loc, ArrayRef<uint32_t> laneImages,
                              ArrayRef<uint32_t> waveImages) {
  Value lane = emitBits(builder, loc, context.lane, laneImages);
  Value wave = emitBits(builder, loc, context.wave, waveImages);
  if (lane && wave) {
    return arith::XOrIOp::create(builder, loc, lane, wave);
  }
  if (!lane && !wave) {
    return i32(loc, 0);
  }
  return lane ? lane : wave;
}

Value Distributor::addLinear(Location loc, Value a, Value b, bool disjoint) {
  if (disjoint) {
    return arith::AddIOp::create(builder, loc, a, b);
  }
  return arith::XOrIOp::create(builder, loc, a, b);
}

bool moesaic::areDisjoint(ArrayRef<uint32_t> registers,
                          ArrayRef<uint32_t> lanes, ArrayRef<uint32_t> waves) {
  uint32_t ofRegisters = 0, ofThreads = 0;
  for (uint32_t basis : registers) {
    ofRegisters |= basis;
  }
  for (ArrayRef<uint32_t> bases : {lanes, waves}) {
    for (uint32_t basis : bases) {
      ofThreads |= basis;
    }
  }
  return (ofRegisters & ofThreads) == 0;
}

uint32_t moesaic::applyBases(ArrayRef<uint32_t> bases, uint32_t value) {
  uint32_t result = 0;
  for (auto [bit, basis] : llvm::enumerate(bases)) {
    if (value >> bit & 1) {
      result ^= basis;
    }
  }
  return result;
}

SmallVector<unsigned>
moesaic::matchRegisters(const LinearLayout &from, const LinearLayout &to,
                        function_ref<uint32_t(uint32_t)> sourceIndex) {
  for (StringRef input : {laneInput, waveInput}) {
    ArrayRef<uint32_t> ours = from.bases(input), theirs = to.bases(input);
    for (size_t bit = 0; bit < std::max(ours.size(), theirs.size()); ++bit) {
      uint32_t held = bit < ours.size() ? ours[bit] : 0;
      uint32_t wanted = bit < theirs.size() ? sourceIndex(theirs[bit]) : 0;
      if (held != wanted) {
        return {};
      }
    }
  }
  DenseMap<uint32_t, unsigned> holder;
  for (unsigned reg = 0, end = from.size(registerInput); reg < end; ++reg) {
    holder.try_emplace(applyBases(from.bases(registerInput), reg), reg);
  }
  SmallVector<unsigned> result;
  for (unsigned reg = 0, end = to.size(registerInput); reg < end; ++reg) {
    auto found =
        holder.find(sourceIndex(applyBases(to.bases(registerInput), reg)));
    if (found == holder.end()) {
      return {};
    }
    result.push_back(found->second);
  }
  return result;
}
