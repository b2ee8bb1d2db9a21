//===- CountCopies.cpp - turn tokens of copies into counts ----------------===//
//
// Copies to LDS end in the order in which they start, and the hardware counts
// those under way. A wait is hence the number of instructions started since its
// newest token was made: the least one on any path. What else loads from memory
// is counted by the hardware only, so that a wait may last longer than needed,
// never less.
//
//===----------------------------------------------------------------------===//

#include "dialects/Tile/Transforms/Passes.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace moesaic::tile {
#define GEN_PASS_DEF_COUNTCOPIES
#include "dialects/Tile/Transforms/Passes.h.inc"
} // namespace moesaic::tile

using namespace mlir;
using namespace moesaic;
using namespace moesaic::tile;

/// Copy instructions started since each token was made. Tokens that it lacks
/// count as made last.
using Ages = llvm::MapVector<Value, int64_t>;

static int64_t lookup(const Ages &ages, Value token) {
  auto found = ages.find(token);
  return found == ages.end() ? 0 : found->second;
}

static bool isToken(Value value) { return isa<TokenType>(value.getType()); }

static void walkBlock(Block &block, Ages &ages);

/// Both ways may have been taken.
static void meet(Ages &ages, const Ages &other) {
  for (auto &[token, age] : ages) {
    age = std::min(age, lookup(other, token));
  }
}

static void walkFor(scf::ForOp loop, Ages &ages) {
  auto give = [&](ValueRange targets, ValueRange sources, const Ages &from,
                  bool isFirst) {
    bool changed = false;
    for (auto [target, source] : llvm::zip_equal(targets, sources)) {
      if (isToken(target)) {
        int64_t age = lookup(from, source);
        changed |= isFirst || age < lookup(ages, target);
        ages[target] = isFirst ? age : std::min(age, lookup(ages, target));
      }
    }
    return changed;
  };
  // Ages only grow within an iteration, so that the state in front of the loop
  // holds for all of them, but for what is carried.
  give(loop.getRegionIterArgs(), loop.getInits(), ages, /*isFirst=*/true);
  while (true) {
    Ages inside = ages;
    walkBlock(*loop.getBody(), inside);
    if (!give(loop.getRegionIterArgs(), loop.getYieldedValues(), inside,
              /*isFirst=*/false)) {
      break;
    }
  }
  for (auto [result, argument] :
       llvm::zip_equal(loop.getResults(), loop.getRegionIterArgs())) {
    if (isToken(result)) {
      ages[result] = lookup(ages, argument);
    }
  }
}

static void walkIf(scf::IfOp branch, Ages &ages) {
  Ages otherwise = ages;
  walkBlock(*branch.thenBlock(), ages);
  if (branch.elseBlock()) {
    walkBlock(*branch.elseBlock(), otherwise);
  }
  SmallVector<std::pair<Value, int64_t>> results;
  for (OpResult result : branch.getResults()) {
    if (isToken(result)) {
      unsigned number = result.getResultNumber();
      results.push_back(
          {result,
           std::min(lookup(ages, branch.thenYield().getOperand(number)),
                    lookup(otherwise, branch.elseYield().getOperand(number)))});
    }
  }
  meet(ages, otherwise);
  for (auto &[result, age] : results) {
    ages[result] = age;
  }
}

static void walkBlock(Block &block, Ages &ages) {
  // gfx9 counts up to 63 loads ("AMD Instinct MI300" ISA guide, VM_CNT).
  constexpr int64_t mostPending = 63;
  for (Operation &op : block) {
    if (auto copy = dyn_cast<SharedCopyOp>(op)) {
      for (auto &[token, age] : ages) {
        age = std::min(age + copy.getInstructions(), mostPending);
      }
      ages[copy.getToken()] = 0;
    } else if (auto wait = dyn_cast<SharedWaitOp>(op)) {
      int64_t pending = mostPending;
      for (Value token : wait.getTokens()) {
        pending = std::min(pending, lookup(ages, token));
      }
      wait.setPending(pending);
    } else if (auto loop = dyn_cast<scf::ForOp>(op)) {
      walkFor(loop, ages);
    } else if (auto branch = dyn_cast<scf::IfOp>(op)) {
      walkIf(branch, ages);
    } else {
      for (Region &region : op.getRegions()) {
        for (Block &inner : region) {
          Ages inside = ages;
          walkBlock(inner, inside);
        }
      }
    }
  }
}

namespace {
struct CountCopiesPass : public tile::impl::CountCopiesBase<CountCopiesPass> {
  void runOnOperation() override {
    Ages ages;
    for (Block &block : getOperation().getBody()) {
      walkBlock(block, ages);
    }
  }
};
} // namespace
