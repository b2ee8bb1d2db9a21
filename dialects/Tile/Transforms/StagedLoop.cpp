//===- StagedLoop.cpp - loops whose steps begin later ones ----------------===//

#include "dialects/Tile/Transforms/StagedLoop.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace moesaic;
using namespace moesaic::tile;

static int64_t getStep(scf::ForOp loop) {
  APInt step;
  return matchPattern(loop.getStep(), m_ConstantInt(&step))
             ? step.getSExtValue()
             : 0;
}

StagedLoop::StagedLoop(scf::ForOp loop, Prefetches &prefetches, int64_t stages,
                       int64_t rotation)
    : builder(loop), loc(loop.getLoc()), loop(loop), prefetches(prefetches),
      stages(stages), branch(cast<scf::IfOp>(loop->getParentOp())),
      rotation(rotation), step(getStep(loop)) {}

SmallVector<Value> StagedLoop::State::takeBegun() {
  SmallVector<Value> first = std::move(begun.front());
  begun.erase(begun.begin());
  return first;
}

Value StagedLoop::i32(int64_t value) {
  return arith::ConstantOp::create(builder, loc,
                                   builder.getI32IntegerAttr(value));
}

Value StagedLoop::advance(Value position, int64_t steps) {
  return steps == 0 ? position
                    : builder.createOrFold<arith::AddIOp>(loc, position,
                                                          i32(steps * step));
}

void StagedLoop::leaveOutIndices() {
  for (Operation *op : llvm::reverse(prefetches.indices)) {
    if (llvm::all_of(op->getUsers(),
                     [&](Operation *user) { return unused.contains(user); })) {
      unused.insert(op);
    }
  }
}

IRMapping StagedLoop::mapStep(const State &state, Value position,
                              int64_t number) {
  IRMapping mapping;
  mapping.map(loop.getInductionVar(), position);
  mapping.map(loop.getRegionIterArgs(), state.carried);
  for (ArrayRef<Value> copies : buffers) {
    mapping.map(copies.front(), copies[number % copies.size()]);
  }
  return mapping;
}

void StagedLoop::finishStep(State &state, const IRMapping &mapping) {
  state.carried =
      llvm::map_to_vector(loop.getYieldedValues(), [&](Value value) {
        return mapping.lookupOrDefault(value);
      });
}

void StagedLoop::beginLater(State &state, Value position, int64_t number,
                            Later later, ValueRange otherwise) {
  Value ahead = advance(position, stages - 1);
  number += stages - 1;
  if (!later.exists) {
    state.begun.push_back(begin(ahead, number));
    return;
  }
  auto branch = scf::IfOp::create(builder, loc, otherwise.getTypes(),
                                  later.exists, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(branch.thenBlock());
  scf::YieldOp::create(builder, loc, begin(ahead, number));
  builder.setInsertionPointToStart(branch.elseBlock());
  scf::YieldOp::create(builder, loc, otherwise);
  state.begun.emplace_back(branch.getResults());
}

Value StagedLoop::emitEnd() {
  Value lower = loop.getLowerBound(), upper = loop.getUpperBound();
  Value ahead = i32((stages - 1) * step);
  Value length = arith::SubIOp::create(builder, loc, upper, lower);
  // A branch that is taken does a step at least.
  if (stages > 2) {
    Value enough = arith::CmpIOp::create(
        builder, loc, arith::CmpIPredicate::sge, length, ahead);
    branch.getConditionMutable().assign(
        arith::AndIOp::create(builder, loc, branch.getCondition(), enough));
  }
  if (rotation == 1) {
    return arith::SubIOp::create(builder, loc, upper, ahead);
  }
  Value room = arith::SubIOp::create(builder, loc, length, ahead);
  Value whole = i32(rotation * step);
  Value count = arith::DivUIOp::create(builder, loc, room, whole);
  Value covered = arith::MulIOp::create(builder, loc, count, whole);
  return arith::AddIOp::create(builder, loc, lower, covered);
}

void StagedLoop::emitLoop(State &state, Value end) {
  size_t carried = state.carried.size(), width = prefetches.loads.size();
  auto flatten = [](const State &state) {
    SmallVector<Value> values = state.carried;
    for (ArrayRef<Value> begun : state.begun) {
      llvm::append_range(values, begun);
    }
    return values;
  };
  auto restore = [&](ValueRange values) {
    State state;
    state.carried.assign(values.begin(), values.begin() + carried);
    for (size_t i = carried; i < values.size(); i += width) {
      state.begun.emplace_back(values.slice(i, width));
    }
    return state;
  };
  auto staged = scf::ForOp::create(builder, loc, loop.getLowerBound(), end,
                                   i32(rotation * step), flatten(state));
  staged->setAttrs(loop->getAttrs());
  if (!staged.getBody()->empty()) {
    staged.getBody()->getTerminator()->erase();
  }
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToEnd(staged.getBody());
  State inside = restore(staged.getRegionIterArgs());
  for (int64_t number = 0; number < rotation; ++number) {
    emitStep(inside, advance(staged.getInductionVar(), number), number,
             {/*begins=*/true, /*exists=*/{}});
  }
  scf::YieldOp::create(builder, loc, flatten(inside));
  state = restore(staged.getResults());
}

void StagedLoop::emitLast(State &state, Value end) {
  auto exists = [&](int64_t number) {
    return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::slt,
                                 advance(end, number), loop.getUpperBound());
  };
  int64_t certain = stages - 1, atMost = certain + rotation - 1;
  for (int64_t number = 0; number < certain; ++number) {
    Later later;
    if (number + certain < atMost) {
      later = {/*begins=*/true, exists(number + certain)};
    }
    emitStep(state, advance(end, number), number, later);
  }
  for (int64_t number = certain; number < atMost; ++number) {
    auto step =
        scf::IfOp::create(builder, loc, ValueRange(state.carried).getTypes(),
                          exists(number), /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(step.elseBlock());
    scf::YieldOp::create(builder, loc, state.carried);
    builder.setInsertionPointToStart(step.thenBlock());
    emitStep(state, advance(end, number), number, /*later=*/{});
    scf::YieldOp::create(builder, loc, state.carried);
    state.carried = SmallVector<Value>(step.getResults());
  }
}

void StagedLoop::run() {
  prepare();
  builder.setInsertionPoint(branch);
  Value end = emitEnd();
  builder.setInsertionPoint(loop);
  State state{SmallVector<Value>(loop.getInitArgs()), {}};
  for (int64_t number = 0; number + 1 < stages; ++number) {
    emitFirst(state, advance(loop.getLowerBound(), number), number);
  }
  emitLoop(state, end);
  emitLast(state, end);
  loop.replaceAllUsesWith(state.carried);
  loop.erase();
}

SmallVector<scf::ForOp> moesaic::tile::findSteadyLoops(KernelOp kernel) {
  SmallVector<scf::ForOp> loops;
  kernel.getBody().walk([&](scf::ForOp loop) {
    if (loop->hasAttr(steadyAttr) && getStep(loop) > 0 &&
        !loop.getBody()->getOps<MmaOp>().empty()) {
      loops.push_back(loop);
    }
  });
  return loops;
}
