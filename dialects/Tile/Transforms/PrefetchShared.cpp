//===- PrefetchShared.cpp - copy tiles of later steps straight to LDS -----===//
//
// A tile that goes from memory to LDS and is multiplied from there needs no
// registers on the way. Of S buffers one is in use and S - 1 are being filled:
//
//     step i   waits for the copies to buffer i mod S
//              starts those of step i + S - 1
//              multiplies buffer  i mod S
//
// The loop does S steps at once, which bring the buffers back in place. The
// first S - 1 steps' copies are started in front of it, the last S - 1 steps
// stand behind it and start none. Only steady loops are changed: what their
// branch does not do, the rest does.
//
//===----------------------------------------------------------------------===//

#include "Layout/Algebra.h"
#include "Layout/CopyLayout.h"
#include "Layout/SharedLayout.h"
#include "dialects/Tile/Transforms/AccessAnalysis.h"
#include "dialects/Tile/Transforms/ArrayReach.h"
#include "dialects/Tile/Transforms/LayoutChoice.h"
#include "dialects/Tile/Transforms/LoopLoads.h"
#include "dialects/Tile/Transforms/Passes.h"
#include "mlir/IR/Matchers.h"

namespace moesaic::tile {
#define GEN_PASS_DEF_PREFETCHSHARED
#include "dialects/Tile/Transforms/Passes.h.inc"
} // namespace moesaic::tile

using namespace mlir;
using namespace moesaic;
using namespace moesaic::tile;

namespace {
/// A steady loop, alone in its branch, while it is rewritten.
class CopyPipeliner {
public:
  CopyPipeliner(scf::ForOp loop, Prefetches &prefetches, int64_t stages,
                int64_t step)
      : builder(loop), loc(loop.getLoc()), loop(loop),
        branch(cast<scf::IfOp>(loop->getParentOp())), prefetches(prefetches),
        stages(stages), step(step) {}

  void run();

private:
  /// What stays between two steps: accumulators, and the tokens of the copies
  /// under way, by step.
  struct State {
    SmallVector<Value> carried;
    SmallVector<SmallVector<Value>> tokens;
  };

  Value i32(int64_t value) {
    return arith::ConstantOp::create(builder, loc,
                                     builder.getI32IntegerAttr(value));
  }
  Value advance(Value position, int64_t steps) {
    return steps == 0 ? position
                      : builder.createOrFold<arith::AddIOp>(loc, position,
                                                            i32(steps * step));
  }
  void makeBuffers();
  void startCopies(State &state, Value position, int64_t number);
  /// Emits step number `number`, modulo the steps of an iteration.
  void emitStep(State &state, Value position, int64_t number, bool copiesAhead);
  void emitLoop(State &state, Value end);
  Value emitEnd();

  OpBuilder builder;
  Location loc;
  scf::ForOp loop;
  scf::IfOp branch;
  Prefetches &prefetches;
  int64_t stages, step;
  /// Per load, the buffers it is copied to.
  SmallVector<SmallVector<Value>> buffers;
  /// What a step does no more: loads, stores, and what is only for them.
  SmallPtrSet<Operation *, 16> unused;
};

struct PrefetchSharedPass
    : public tile::impl::PrefetchSharedBase<PrefetchSharedPass> {
  using PrefetchSharedBase::PrefetchSharedBase;
  void runOnOperation() override;
};
} // namespace

/// The buffer that a load is copied to: as large as the one it is stored to
/// now.
static SharedType getCopyType(LoadOp load) {
  auto tile = cast<RankedTensorType>(load.getType());
  LayoutAttr layout = getLayout(tile);
  LinearLayout map = copiedSharedLayout(layout.getMap(), layout.getFragment());
  return SharedType::get(tile.getContext(), tile.getShape(),
                         tile.getElementType(),
                         SharedLayoutAttr::get(tile.getContext(), map));
}

/// Whether a load can become a copy of `bytes` for each lane at once, without
/// more bank conflicts than its way through registers has.
static bool canCopy(LoadOp load, int64_t bytes, AccessAnalysis &accesses,
                    const Chip &chip) {
  SharedStoreOp store = getOnlyStore(load);
  LayoutAttr layout = getLayout(load.getType());
  if (!store || !layout || load.getPad()) {
    return false;
  }
  int64_t bits =
      cast<RankedTensorType>(load.getType()).getElementTypeBitWidth();
  if (bits < 8 || layout.getFragment() * bits != bytes * 8 ||
      !isBijective(layout.getMap()) ||
      accessWidth(accesses.analyze(load), layout) != layout.getFragment()) {
    return false;
  }
  const LinearLayout &now = store.getBuffer().getType().getLayout().getMap();
  const LinearLayout then = getCopyType(load).getLayout().getMap();
  return llvm::all_of(store.getBuffer().getUsers(), [&](Operation *user) {
    auto use = dyn_cast<SharedLoadOp>(user);
    if (!use) {
      return true;
    }
    const LinearLayout &read = getLayout(use.getType()).getMap();
    auto cycles = [&](const LinearLayout &shared) {
      return readConflicts(read, shared, bits, chip).cycles;
    };
    return cycles(then) <= cycles(now);
  });
}

void CopyPipeliner::makeBuffers() {
  for (LoadOp load : prefetches.loads) {
    SharedStoreOp store = getOnlyStore(load);
    unused.insert(load);
    unused.insert(store);
    auto original = store.getBuffer().getDefiningOp<AllocSharedOp>();
    OpBuilder allocations(original);
    SmallVector<Value> &copies = buffers.emplace_back();
    for (int64_t stage = 0; stage < stages; ++stage) {
      copies.push_back(AllocSharedOp::create(allocations, original.getLoc(),
                                             getCopyType(load), IntegerAttr()));
    }
    // The rest shares the first buffer, and so the addresses.
    original.getResult().replaceAllUsesWith(copies.front());
    original.erase();
  }
  for (Operation *op : llvm::reverse(prefetches.indices)) {
    if (llvm::all_of(op->getUsers(),
                     [&](Operation *user) { return unused.contains(user); })) {
      unused.insert(op);
    }
  }
}

/// Starts the copies of step number `number`, modulo the stages.
void CopyPipeliner::startCopies(State &state, Value position, int64_t number) {
  IRMapping mapping;
  prefetches.cloneIndices(builder, loop, position, mapping);
  SmallVector<Value> &tokens = state.tokens.emplace_back();
  for (auto [load, copies] : llvm::zip_equal(prefetches.loads, buffers)) {
    SmallVector<Value> indices =
        llvm::map_to_vector(load.getIndices(), [&](Value index) {
          return mapping.lookupOrDefault(index);
        });
    auto copy =
        SharedCopyOp::create(builder, load.getLoc(), load.getArray(), indices,
                             copies[number % stages], getLayout(load.getType()),
                             load.getOrder(), load.getInBounds());
    if (Attribute inReach = load->getAttr(inReachAttr)) {
      copy->setAttr(inReachAttr, inReach);
    }
    tokens.push_back(copy);
  }
}

void CopyPipeliner::emitStep(State &state, Value position, int64_t number,
                             bool copiesAhead) {
  SharedWaitOp::create(builder, loc, state.tokens.front(), IntegerAttr());
  state.tokens.erase(state.tokens.begin());
  if (copiesAhead) {
    startCopies(state, advance(position, stages - 1), number + stages - 1);
  }
  IRMapping mapping;
  mapping.map(loop.getInductionVar(), position);
  mapping.map(loop.getRegionIterArgs(), state.carried);
  for (ArrayRef<Value> copies : buffers) {
    mapping.map(copies.front(), copies[number % stages]);
  }
  for (Operation &op : loop.getBody()->without_terminator()) {
    if (!unused.contains(&op)) {
      builder.clone(op, mapping);
    }
  }
  state.carried = llvm::map_to_vector(
      loop.getBody()->getTerminator()->getOperands(),
      [&](Value value) { return mapping.lookupOrDefault(value); });
}

/// Emits the loop itself, up to `end`.
void CopyPipeliner::emitLoop(State &state, Value end) {
  size_t carried = state.carried.size(), width = prefetches.loads.size();
  auto flatten = [](const State &state) {
    SmallVector<Value> values = state.carried;
    for (ArrayRef<Value> tokens : state.tokens) {
      llvm::append_range(values, tokens);
    }
    return values;
  };
  auto restore = [&](ValueRange values) {
    State state;
    state.carried.assign(values.begin(), values.begin() + carried);
    for (size_t i = carried; i < values.size(); i += width) {
      state.tokens.emplace_back(values.slice(i, width));
    }
    return state;
  };
  auto pipelined = scf::ForOp::create(builder, loc, loop.getLowerBound(), end,
                                      i32(stages * step), flatten(state));
  pipelined->setAttrs(loop->getAttrs());
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToEnd(pipelined.getBody());
  State inside = restore(pipelined.getRegionIterArgs());
  for (int64_t number = 0; number < stages; ++number) {
    emitStep(inside, advance(pipelined.getInductionVar(), number), number,
             /*copiesAhead=*/true);
  }
  scf::YieldOp::create(builder, loc, flatten(inside));
  state = restore(pipelined.getResults());
}

/// Emits where the loop ends, in front of the branch: behind the whole
/// iterations that leave the last steps. The branch is for that many steps.
Value CopyPipeliner::emitEnd() {
  Value lower = loop.getLowerBound(), upper = loop.getUpperBound();
  Value ahead = i32((stages - 1) * step), whole = i32(stages * step);
  Value length = arith::SubIOp::create(builder, loc, upper, lower);
  Value enough = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::sge,
                                       length, ahead);
  branch.getConditionMutable().assign(
      arith::AndIOp::create(builder, loc, branch.getCondition(), enough));
  Value room = arith::SubIOp::create(builder, loc, length, ahead);
  Value count = arith::DivUIOp::create(builder, loc, room, whole);
  Value covered = arith::MulIOp::create(builder, loc, count, whole);
  return arith::AddIOp::create(builder, loc, lower, covered);
}

void CopyPipeliner::run() {
  makeBuffers();
  builder.setInsertionPoint(branch);
  Value end = emitEnd();
  // In front of the branch, so that its divisors are known behind it.
  Value done = advance(end, stages - 1);
  builder.setInsertionPoint(loop);
  State state{SmallVector<Value>(loop.getInitArgs()), {}};
  for (int64_t number = 0; number + 1 < stages; ++number) {
    startCopies(state, advance(loop.getLowerBound(), number), number);
  }
  emitLoop(state, end);
  for (int64_t number = 0; number + 1 < stages; ++number) {
    emitStep(state, advance(end, number), number, /*copiesAhead=*/false);
  }
  branch.thenYield()
      .getResultsMutable()
      .slice(branch.getNumResults() - 1, 1)
      .assign(done);
  loop.replaceAllUsesWith(state.carried);
  loop.erase();
}

/// Whether a loop's step loads more registers than it accumulates into: it
/// waits for memory, not for products.
static bool waitsForMemory(scf::ForOp loop, const Prefetches &prefetches) {
  int64_t carried = 0, loaded = 0;
  for (Value value : loop.getRegionIterArgs()) {
    carried += registersOf(value);
  }
  for (LoadOp load : prefetches.loads) {
    loaded += registersOf(load.getResult());
  }
  return loaded > carried;
}

/// Bytes of LDS that one step's tiles take.
static int64_t countStepBytes(const Prefetches &prefetches) {
  int64_t bytes = 0;
  for (LoadOp load : prefetches.loads) {
    bytes += getCopyType(load).getBytes();
  }
  return bytes;
}

static void refuse(KernelOp kernel, const Prefetches &prefetches,
                   int64_t stages, int64_t bytes, const Chip &chip) {
  InFlightDiagnostic error =
      kernel.emitError("kernel '")
      << kernel.getSymName() << "' with " << stages << " stages needs "
      << stages * bytes << " = " << stages << " x " << bytes
      << " bytes of LDS, but a workgroup of " << chip.name << " has "
      << chip.ldsBytes << " bytes";
  for (LoadOp load : prefetches.loads) {
    SharedType buffer = getCopyType(load);
    Diagnostic &note = error.attachNote(load.getLoc());
    note << "this tile takes " << buffer.getBytes() << " bytes a stage = ";
    for (int64_t extent : buffer.getShape()) {
      note << extent << " x ";
    }
    note << buffer.getBytes() / llvm::product_of(buffer.getShape());
  }
  int64_t fits = chip.ldsBytes / bytes;
  error.attachNote() << "help: STAGES=" << std::max<int64_t>(fits, 1)
                     << (fits >= 2 ? " fits"
                                   : " keeps one step's tiles in LDS");
}

void PrefetchSharedPass::runOnOperation() {
  KernelOp kernel = getOperation();
  const Chip *chip = findChip(target);
  if (!chip) {
    kernel.emitError("chip '") << target << "' is not supported";
    return signalPassFailure();
  }
  int64_t copyBytes = getCopyBytes(kernel, *chip);
  auto asked = kernel->getAttrOfType<IntegerAttr>(stagesAttr);
  if (copyBytes == 0 ||
      (asked && (asked.getInt() < 2 || asked.getInt() > mostStages))) {
    return;
  }
  AccessAnalysis accesses;
  SmallVector<scf::ForOp> loops;
  kernel.getBody().walk([&](scf::ForOp loop) { loops.push_back(loop); });
  for (scf::ForOp loop : loops) {
    APInt step;
    if (loop.getBody()->getOps<MmaOp>().empty() || !loop->hasAttr(steadyAttr) ||
        !matchPattern(loop.getStep(), m_ConstantInt(&step))) {
      continue;
    }
    Prefetches prefetches =
        findPrefetches(loop, kernel, /*report=*/false, [&](LoadOp load) {
          return canCopy(load, copyBytes, accesses, *chip);
        });
    // The hardware counts loads to registers, too: a wait for copies would be
    // one for all of them.
    auto loadsTile = [](LoadOp load) { return isTile(load.getType()); };
    if (prefetches.loads.empty() ||
        llvm::count_if(loop.getBody()->getOps<LoadOp>(), loadsTile) !=
            int64_t(prefetches.loads.size())) {
      continue;
    }
    int64_t bytes = countStepBytes(prefetches);
    int64_t stages = asked ? asked.getInt() : chip->stages;
    if (!asked && waitsForMemory(loop, prefetches)) {
      ++stages;
    }
    while (!asked && stages > 1 && stages * bytes > chip->ldsBytes) {
      --stages;
    }
    if (stages * bytes > chip->ldsBytes) {
      refuse(kernel, prefetches, stages, bytes, *chip);
      return signalPassFailure();
    }
    if (stages > 1) {
      CopyPipeliner(loop, prefetches, stages, step.getSExtValue()).run();
    }
  }
}
