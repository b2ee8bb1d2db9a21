//===- DistributeCounts.cpp - histograms and ranks ------------------------===//
//
// A histogram adds to counters in LDS atomically. A rank must know what came
// before: each wave walks its piece of the keys 'wave size' keys at a time,
// finds the lanes with equal keys by one ballot per bit of the key, and keeps
// counters of its own, which its instructions reach in order without barriers.
// Then the counters are scanned over the waves.
//
//===----------------------------------------------------------------------===//

#include "Conversion/TileToGPU/Distributor.h"
#include "Conversion/TileToGPU/LaneMoves.h"
#include "Layout/Algebra.h"
#include "dialects/Tile/Transforms/LaneScratch.h"
#include "mlir/Dialect/AMDGPU/IR/AMDGPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace moesaic;
using namespace moesaic::tile;

/// Rows of counters in LDS, of one i32 per bin.
class Distributor::Counters {
public:
  Counters(Distributor &d, Location loc, Value base, int64_t bins)
      : d(d), builder(d.builder), loc(loc), base(base), bins(bins) {}

  /// The address of a row, or of one counter of it.
  Value row(Value number) {
    Value offset =
        arith::MulIOp::create(builder, loc, number, d.i32(loc, bins * bytes));
    return at(base, offset);
  }
  Value counter(Value row, Value bin) {
    return at(row, arith::ShLIOp::create(builder, loc, bin, d.i32(loc, 2)));
  }
  Value load(Value address) {
    return LLVM::LoadOp::create(builder, loc, builder.getI32Type(), address,
                                bytes);
  }
  void store(Value value, Value address) {
    LLVM::StoreOp::create(builder, loc, value, address, bytes);
  }
  void barrier() { amdgpu::LDSBarrierOp::create(builder, loc); }

  /// Calls `visit(bin)` such that `workers` lanes, of which this one is
  /// `worker`, visit every bin once.
  void forEachBin(Value worker, int64_t workers,
                  function_ref<void(Value bin)> visit) {
    if (bins < workers) {
      Value hasBin = arith::CmpIOp::create(
          builder, loc, arith::CmpIPredicate::ult, worker, d.i32(loc, bins));
      onlyWhere(hasBin, [&] { visit(worker); });
      return;
    }
    for (int64_t first = 0; first < bins; first += workers) {
      visit(arith::AddIOp::create(builder, loc, worker, d.i32(loc, first)));
    }
  }
  /// Emits what only the lanes do for which `condition` holds.
  void onlyWhere(Value condition, function_ref<void()> emit) {
    auto branch = scf::IfOp::create(builder, loc, condition, false);
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(branch.thenBlock());
    emit();
  }
  /// i1: the key has a counter.
  Value isCounted(Value key) {
    return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ult, key,
                                 d.i32(loc, bins));
  }
  Value select(Value condition, Value a, Value b) {
    return arith::SelectOp::create(builder, loc, condition, a, b);
  }

private:
  static constexpr int64_t bytes = 4;

  Value at(Value pointer, Value offset) {
    return LLVM::GEPOp::create(builder, loc, base.getType(),
                               builder.getI8Type(), pointer,
                               ArrayRef<LLVM::GEPArg>{offset});
  }

  Distributor &d;
  OpBuilder &builder;
  Location loc;
  Value base;
  int64_t bins;
};

LogicalResult Distributor::emitHistogram(HistogramOp op) {
  Location loc = op.getLoc();
  if (!op.getScratch()) {
    return unsupported(op, "it has no scratch; run moe-stage-scratch first");
  }
  Value base = scalar(op.getScratch());
  Counters counters(*this, loc, base, op.getType().getDimSize(0));
  int64_t threads = KernelOp(context.kernel).getWaves() * context.chip.waveSize;
  counters.forEachBin(context.thread, threads, [&](Value bin) {
    counters.store(i32(loc, 0), counters.counter(base, bin));
  });
  counters.barrier();

  // Each key is counted by one of the lanes that hold it.
  const LinearLayout &map = layout(op.getKeys()).getMap();
  Value owner = emitOwner(loc, op.getKeys().getType());
  uint32_t freeRegisters = freeVariables(map, registerInput);
  for (unsigned reg : llvm::seq(map.size(registerInput))) {
    if (reg & freeRegisters) {
      continue;
    }
    Value key = extractRegister(loc, fragments(op.getKeys()), reg);
    Value counts = counters.isCounted(key);
    if (owner) {
      counts = arith::AndIOp::create(builder, loc, counts, owner);
    }
    counters.onlyWhere(counts, [&] {
      LLVM::AtomicRMWOp::create(builder, loc, LLVM::AtomicBinOp::add,
                                counters.counter(base, key), i32(loc, 1),
                                LLVM::AtomicOrdering::monotonic, "workgroup");
    });
  }
  counters.barrier();
  setFragments(op.getResult(),
               loadShared(loc, op.getType(), op.getScratch().getType(), base));
  return success();
}

LogicalResult Distributor::emitRank(RankOp op) {
  Location loc = op.getLoc();
  if (!op.getScratch()) {
    return unsupported(op, "it has no scratch; run moe-stage-scratch first");
  }
  LayoutAttr held = layout(op.getKeys());
  const LinearLayout &map = held.getMap();
  int64_t lanes = context.chip.waveSize;
  int64_t waves = KernelOp(context.kernel).getWaves();
  if (map != stripedLayout(map.shape(), lanes, waves)) {
    return unsupported(op, "its keys are not in pieces of one wave each");
  }
  auto totalsType = cast<RankedTensorType>(op.getTotals().getType());
  int64_t bins = totalsType.getDimSize(0);
  Counters counters(*this, loc, scalar(op.getScratch()), bins);
  LaneMoves moves(builder, loc, context.chip, context.lane);
  // Lanes that repeat others are not counted, but know the same.
  int64_t distinct = std::min(lanes, map.elements());
  Value own = counters.row(context.wave);
  counters.forEachBin(context.lane, lanes, [&](Value bin) {
    counters.store(i32(loc, 0), counters.counter(own, bin));
  });
  // The lanes of a wave reach LDS in the order of its instructions; the
  // compiler must keep that order.
  auto keepOrder = [&] {
    LLVM::FenceOp::create(builder, loc, LLVM::AtomicOrdering::acq_rel,
                          "wavefront");
  };

  SmallVector<Value> keys, counted, ranks;
  for (unsigned reg : llvm::seq(map.size(registerInput))) {
    Value key = extractRegister(loc, fragments(op.getKeys()), reg);
    Value isCounted = counters.isCounted(key);
    Value equal = moves.match(key, llvm::Log2_64(bins), isCounted, distinct);
    Value ahead = moves.countBelow(equal, distinct);
    key = counters.select(isCounted, key, i32(loc, 0));
    Value counter = counters.counter(own, key);
    keepOrder();
    Value before = counters.load(counter);
    keepOrder();
    Value isFirst = arith::CmpIOp::create(
        builder, loc, arith::CmpIPredicate::eq, ahead, i32(loc, 0));
    Value writes = arith::AndIOp::create(builder, loc, isFirst, isCounted);
    counters.onlyWhere(writes, [&] {
      counters.store(
          arith::AddIOp::create(builder, loc, before, moves.count(equal)),
          counter);
    });
    keys.push_back(key);
    counted.push_back(isCounted);
    ranks.push_back(arith::AddIOp::create(builder, loc, before, ahead));
  }

  // The first of the rows, whose scan is zero, takes the totals.
  int64_t pieces = 1;
  for (uint32_t basis : map.bases(waveInput)) {
    pieces *= basis != 0 ? 2 : 1;
  }
  Value totals = own;
  if (pieces > 1) {
    totals = scalar(op.getScratch());
    counters.barrier();
    counters.forEachBin(context.thread, waves * lanes, [&](Value bin) {
      SmallVector<Value> places, counts;
      for (int64_t piece = 0; piece < pieces; ++piece) {
        Value row = counters.row(i32(loc, piece));
        places.push_back(counters.counter(row, bin));
        counts.push_back(counters.load(places.back()));
      }
      Value sum = counts.front();
      for (auto [place, count] :
           llvm::drop_begin(llvm::zip_equal(places, counts))) {
        counters.store(sum, place);
        sum = arith::AddIOp::create(builder, loc, sum, count);
      }
      counters.store(sum, places.front());
    });
    counters.barrier();
    Value piece =
        arith::AndIOp::create(builder, loc, context.wave, i32(loc, pieces - 1));
    Value isFirst = arith::CmpIOp::create(
        builder, loc, arith::CmpIPredicate::eq, piece, i32(loc, 0));
    Value row = counters.row(piece);
    for (auto [key, rank] : llvm::zip_equal(keys, ranks)) {
      Value before = counters.load(counters.counter(row, key));
      before = counters.select(isFirst, i32(loc, 0), before);
      rank = arith::AddIOp::create(builder, loc, rank, before);
    }
  } else {
    keepOrder();
  }
  for (auto [isCounted, rank] : llvm::zip_equal(counted, ranks)) {
    rank = counters.select(isCounted, rank, i32(loc, 0));
  }
  setFragments(op.getRanks(), packRegisters(loc, ranks, held.getFragment()));
  SharedType totalsRow = getRowMajorShared({bins}, totalsType.getElementType());
  setFragments(op.getTotals(), loadShared(loc, totalsType, totalsRow, totals));
  return success();
}
