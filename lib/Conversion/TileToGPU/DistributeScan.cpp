//===- DistributeScan.cpp - running totals over registers, lanes, waves ---===//
//
// Walks the bits of the axis from the lowest to the highest, run by run. So far
// as the bits that are done reach, each register has its running total, and for
// every group of registers that differ in these bits only there is the group's
// total. A run of register bits adds totals in order; a run of lane bits scans
// the totals with DPP; the waves exchange theirs through LDS, with one barrier.
//
//===----------------------------------------------------------------------===//

#include "Conversion/TileToGPU/Distributor.h"
#include "Conversion/TileToGPU/LaneMoves.h"
#include "mlir/Dialect/AMDGPU/IR/AMDGPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace moesaic;
using namespace moesaic::tile;

struct moesaic::ScanState {
  /// By register; null: what comes before is the result.
  SmallVector<Value> running;
  /// By the lowest register of a group.
  SmallVector<Value> totals;
};

/// The registers below `end` that have none of the bits `mask`.
static SmallVector<unsigned> registersWithout(unsigned mask, unsigned end) {
  SmallVector<unsigned> result;
  for (unsigned reg = 0; reg < end; ++reg) {
    if ((reg & mask) == 0) {
      result.push_back(reg);
    }
  }
  return result;
}

/// Calls `visit` with every combination of bits of `mask`.
template <typename Visit>
static void forEachSubset(unsigned mask, Visit visit) {
  unsigned subset = 0;
  do {
    visit(subset);
    subset = (subset - mask) & mask;
  } while (subset != 0);
}

/// The register bits of a run.
static unsigned registerMask(const AxisRun &run) {
  return run.input == registerInput ? ((1u << run.bits) - 1) << run.firstBit
                                    : 0;
}

/// What an exclusive scan begins with, where that is not the identity.
static TypedAttr getInitial(OpBuilder &builder, ReduceKind kind, Type type) {
  auto real = dyn_cast<FloatType>(type);
  if (!real) {
    return {};
  }
  const llvm::fltSemantics &semantics = real.getFloatSemantics();
  return builder.getFloatAttr(
      type, kind == ReduceKind::Add
                ? APFloat::getZero(semantics)
                : APFloat::getInf(semantics, kind == ReduceKind::Max));
}

void Distributor::scanRegisters(ScanOp op, const AxisRun &run, unsigned done,
                                ScanState &state) {
  Location loc = op.getLoc();
  unsigned mask = registerMask(run), steps = 1u << run.bits;
  unsigned registers = state.running.size();
  for (unsigned group : registersWithout(done | mask, registers)) {
    Value carry;
    for (unsigned step = 0; step < steps; ++step) {
      unsigned position = op.getReverse() ? steps - 1 - step : step;
      unsigned first = group | position << run.firstBit;
      if (!carry) {
        carry = state.totals[first];
        continue;
      }
      forEachSubset(done, [&](unsigned subset) {
        Value &value = state.running[first | subset];
        value = value ? combine(loc, op.getKind(), carry, value) : carry;
      });
      carry = combine(loc, op.getKind(), carry, state.totals[first]);
    }
    state.totals[group] = carry;
  }
}

void Distributor::scanLanes(ScanOp op, const AxisRun &run, unsigned done,
                            ScanState &state) {
  Location loc = op.getLoc();
  ReduceKind kind = op.getKind();
  bool reverse = op.getReverse();
  LaneMoves moves(builder, loc, context.chip, context.lane);
  LaneGroup lanes{run.firstBit, run.bits};
  Type element = op.getType().getElementType();
  Value identity = identityOf(loc, kind, element);
  for (unsigned group : registersWithout(done, state.running.size())) {
    Value total = state.totals[group];
    Value scanned =
        moves.scan(total, lanes, reverse, identity,
                   [&](Value a, Value b) { return combine(loc, kind, a, b); });
    state.totals[group] = moves.last(scanned, lanes, reverse);
    if (done == 0 && state.running[group] == total) {
      state.running[group] = scanned;
      continue;
    }
    Value before =
        kind == ReduceKind::Add && isa<IntegerType>(element)
            ? arith::SubIOp::create(builder, loc, scanned, total).getResult()
            : moves.previous(scanned, lanes, reverse, identity);
    forEachSubset(done, [&](unsigned subset) {
      Value &value = state.running[group | subset];
      value = value ? combine(loc, kind, before, value) : before;
    });
  }
}

void Distributor::scanWaves(ScanOp op, const AxisRun &run, unsigned done,
                            ScanState &state) {
  Location loc = op.getLoc();
  ReduceKind kind = op.getKind();
  Type element = op.getType().getElementType();
  const LinearLayout &map = layout(op.getResult()).getMap();
  unsigned bytes = element.getIntOrFloatBitWidth() / 8;
  SmallVector<unsigned> groups = registersWithout(done, state.running.size());

  // In the scratch, waves are next to each other, then the lanes that differ
  // across the axis, then groups.
  unsigned size = map.size(waveInput);
  SmallVector<uint32_t> laneImages;
  for (uint32_t basis : map.bases(laneInput)) {
    bool across = map.coordinates(basis)[op.getAxis()] == 0;
    laneImages.push_back(across ? size * bytes : 0);
    size *= across ? 2 : 1;
  }
  Value lanePart = threadPart(loc, laneImages, {});
  Value scratch = scalar(op.getScratch());
  auto address = [&](Value base, int32_t offset) -> Value {
    return LLVM::GEPOp::create(builder, loc, scratch.getType(),
                               builder.getI8Type(), base,
                               ArrayRef<LLVM::GEPArg>{offset});
  };
  auto shifted = [&](Value base, Value offset) -> Value {
    return LLVM::GEPOp::create(builder, loc, scratch.getType(),
                               builder.getI8Type(), base,
                               ArrayRef<LLVM::GEPArg>{offset});
  };
  Value ofLane = shifted(scratch, lanePart);
  Value ofWave =
      shifted(ofLane, arith::MulIOp::create(builder, loc, context.wave,
                                            i32(loc, bytes)));
  for (auto [number, group] : llvm::enumerate(groups)) {
    LLVM::StoreOp::create(builder, loc, state.totals[group],
                          address(ofWave, number * size * bytes), bytes);
  }
  amdgpu::LDSBarrierOp::create(builder, loc);

  // All waves along the axis, and this one's place among them.
  int32_t mask = ((1u << run.bits) - 1) << run.firstBit;
  Value others =
      arith::AndIOp::create(builder, loc, context.wave, i32(loc, ~mask));
  Value place =
      arith::AndIOp::create(builder, loc, context.wave, i32(loc, mask));
  Value ofOthers = shifted(
      ofLane, arith::MulIOp::create(builder, loc, others, i32(loc, bytes)));
  Value identity = identityOf(loc, kind, element);
  for (unsigned number : llvm::seq<unsigned>(groups.size())) {
    unsigned group = groups[number];
    Value carry, before = identity;
    for (unsigned step = 0, end = 1u << run.bits; step < end; ++step) {
      unsigned wave = (op.getReverse() ? end - 1 - step : step) << run.firstBit;
      if (carry) {
        Value isHere = arith::CmpIOp::create(
            builder, loc, arith::CmpIPredicate::eq, place, i32(loc, wave));
        before = arith::SelectOp::create(builder, loc, isHere, carry, before);
      }
      Value total = LLVM::LoadOp::create(
          builder, loc, element,
          address(ofOthers, (number * size + wave) * bytes), bytes);
      carry = carry ? combine(loc, kind, carry, total) : total;
    }
    state.totals[group] = carry;
    forEachSubset(done, [&](unsigned subset) {
      Value &value = state.running[group | subset];
      value = value ? combine(loc, kind, before, value) : before;
    });
  }
}

LogicalResult Distributor::emitScan(ScanOp op) {
  Location loc = op.getLoc();
  LayoutAttr held = layout(op.getResult());
  std::optional<SmallVector<AxisRun>> runs =
      axisRuns(held.getMap(), op.getAxis());
  if (!runs || layout(op.getSource()) != held) {
    return unsupported(op, "its layout cannot be scanned");
  }
  ScanState state;
  const Fragments &source = fragments(op.getSource());
  Type element = op.getType().getElementType();
  for (unsigned reg = 0, end = held.getMap().size(registerInput); reg < end;
       ++reg) {
    state.totals.push_back(extractRegister(loc, source, reg));
  }
  if (!op.getExclusive()) {
    state.running = state.totals;
  } else {
    TypedAttr initial = getInitial(builder, op.getKind(), element);
    state.running.resize(
        state.totals.size(),
        initial ? arith::ConstantOp::create(builder, loc, initial).getResult()
                : Value());
  }
  unsigned done = 0;
  for (const AxisRun &run : *runs) {
    if (run.input == registerInput) {
      scanRegisters(op, run, done, state);
      done |= registerMask(run);
    } else if (run.input == laneInput) {
      scanLanes(op, run, done, state);
    } else if (!op.getScratch()) {
      return unsupported(op, "it has no scratch; run moe-stage-scratch first");
    } else {
      scanWaves(op, run, done, state);
    }
  }
  for (Value &value : state.running) {
    if (!value) {
      value = identityOf(loc, op.getKind(), element);
    }
  }
  setFragments(op.getResult(),
               packRegisters(loc, state.running, held.getFragment()));
  return success();
}
