//===- ControlRules.cpp - loops, conditions and the workgroup's number ----===//

#include "Interp/Program.h"
#include "dialects/Tile/IR/Tile.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace moesaic;
using namespace moesaic::interp;

static SmallVector<Slot> getSlots(ValueRange values, Translator &t) {
  return llvm::map_to_vector(values, [&](Value v) { return t.slot(v); });
}

/// The assignment that a terminator makes to `targets`.
static Instruction makeYield(Block &block, ArrayRef<Slot> targets,
                             Translator &t) {
  Operation *terminator = block.getTerminator();
  return makeAssignment(getSlots(terminator->getOperands(), t), targets, t);
}

/// for (iv = lower; iv < upper; iv += step) with values carried along.
static Instruction translateFor(Operation *op, Translator &t) {
  auto loop = cast<scf::ForOp>(op);
  Slot lower = t.slot(loop.getLowerBound()),
       upper = t.slot(loop.getUpperBound());
  Slot step = t.slot(loop.getStep()), iv = t.slot(loop.getInductionVar());
  SmallVector<Slot> carried = getSlots(loop.getRegionIterArgs(), t);
  Instruction enter =
      makeAssignment(getSlots(loop.getInitArgs(), t), carried, t);
  FailureOr<Code> body = t.translate(*loop.getBody());
  if (failed(body)) {
    return nullptr;
  }
  Instruction next = makeYield(*loop.getBody(), carried, t);
  Instruction leave =
      makeAssignment(carried, getSlots(loop.getResults(), t), t);
  bool isUnsigned = loop.getUnsignedCmp();
  return [=, body = std::move(*body), width = iv.width()](Frame &frame) {
    auto bound = [&](Slot slot) -> __int128 {
      int64_t value = *frame.ints(slot);
      return isUnsigned ? __int128(asUnsigned(value, width)) : __int128(value);
    };
    __int128 end = bound(upper), increment = bound(step);
    if (increment <= 0) {
      return frame.fail(loop->getLoc(),
                        "expected a loop step above 0, got " +
                            std::to_string(static_cast<int64_t>(increment)));
    }
    enter(frame);
    for (__int128 i = bound(lower); i < end; i += increment) {
      *frame.ints(iv) = wrap(static_cast<uint64_t>(i), width);
      body.run(frame);
      if (frame.failed) {
        return;
      }
      next(frame);
    }
    leave(frame);
  };
}

static Instruction translateIf(Operation *op, Translator &t) {
  auto branch = cast<scf::IfOp>(op);
  Slot condition = t.slot(branch.getCondition());
  SmallVector<Slot> results = getSlots(branch.getResults(), t);
  Code arms[2];
  for (auto [arm, region] : llvm::zip_equal(arms, branch->getRegions())) {
    if (region.empty()) {
      continue;
    }
    FailureOr<Code> code = t.translate(region.front());
    if (failed(code)) {
      return nullptr;
    }
    arm = std::move(*code);
    arm.instructions.push_back(makeYield(region.front(), results, t));
  }
  return [=, then = std::move(arms[0]),
          otherwise = std::move(arms[1])](Frame &frame) {
    (*frame.ints(condition) ? then : otherwise).run(frame);
  };
}

/// Runs `before`; while its condition holds, `after`, and `before` again.
static Instruction translateWhile(Operation *op, Translator &t) {
  auto loop = cast<scf::WhileOp>(op);
  Block *before = loop.getBeforeBody(), *after = loop.getAfterBody();
  scf::ConditionOp test = loop.getConditionOp();
  SmallVector<Slot> beforeArgs = getSlots(before->getArguments(), t);
  SmallVector<Slot> passed = getSlots(test.getArgs(), t);
  Instruction enter =
      makeAssignment(getSlots(loop.getInits(), t), beforeArgs, t);
  FailureOr<Code> beforeCode = t.translate(*before);
  FailureOr<Code> afterCode = t.translate(*after);
  if (failed(beforeCode) || failed(afterCode)) {
    return nullptr;
  }
  Slot condition = t.slot(test.getCondition());
  Instruction go =
      makeAssignment(passed, getSlots(after->getArguments(), t), t);
  Instruction next = makeYield(*after, beforeArgs, t);
  Instruction leave = makeAssignment(passed, getSlots(loop.getResults(), t), t);
  return [=, beforeCode = std::move(*beforeCode),
          afterCode = std::move(*afterCode)](Frame &frame) {
    enter(frame);
    while (true) {
      beforeCode.run(frame);
      if (frame.failed) {
        return;
      }
      if (!*frame.ints(condition)) {
        return leave(frame);
      }
      go(frame);
      afterCode.run(frame);
      if (frame.failed) {
        return;
      }
      next(frame);
    }
  };
}

void moesaic::interp::addControlRules(RuleTable &rules) {
  rules["scf.for"] = translateFor;
  rules["scf.if"] = translateIf;
  rules["scf.while"] = translateWhile;
  rules["tile.program_id"] = [](Operation *op, Translator &t) -> Instruction {
    return [result = t.slot(op->getResult(0))](Frame &frame) {
      *frame.ints(result) = frame.programId;
    };
  };
  rules["tile.xcd_count"] = [](Operation *op, Translator &t) -> Instruction {
    return [result = t.slot(op->getResult(0))](Frame &frame) {
      *frame.ints(result) = 1;
    };
  };
}
