//===- ScheduleLoops.cpp - order the work of loops with products ----------===//
//
// LLVM's scheduler looks for few registers first and leaves loads from memory
// where they wait for the next iteration: at the end of this one. This moves
// them, between two barriers of a loop, as early as they can be, so that the
// products hide them, and asks by scheduling groups that LDS is read first and
// the loads from memory are spread among the products. Waves that share a unit
// can take turns instead: one multiplies, with priority, while the other reads.
// Before that, products with an operand in common are interleaved everywhere.
//
//===----------------------------------------------------------------------===//

#include "Conversion/GPUToROCDL/GPUToROCDL.h"
#include "Conversion/GPUToROCDL/LoopBody.h"

namespace moesaic {
#define GEN_PASS_DEF_SCHEDULELOOPS
#include "Conversion/GPUToROCDL/Passes.h.inc"
} // namespace moesaic

using namespace mlir;
using namespace moesaic;
using tile::Sched;

// Kinds of instructions that a scheduling group takes (LLVM AMDGPU usage guide,
// llvm.amdgcn.sched.group.barrier).
static constexpr int32_t matrixGroup = 0x8;
static constexpr int32_t vmemReadGroup = 0x20;
static constexpr int32_t sharedReadGroup = 0x100;

/// Whether loads must stay on their side of it.
static bool isFence(Operation *op) {
  return !isPure(op) && !isSharedLoad(op) && !isGlobalLoad(op) &&
         !isProduct(op);
}

/// Moves loads from memory, and what computes their operands, to `front`.
static void hoistGlobalLoads(ArrayRef<Operation *> segment, Operation *front) {
  llvm::SmallPtrSet<Operation *, 32> inSegment(segment.begin(), segment.end());
  SetVector<Operation *> moved;
  std::function<bool(Operation *)> collect = [&](Operation *op) {
    if (moved.contains(op)) {
      return true;
    }
    for (Value operand : op->getOperands()) {
      Operation *def = operand.getDefiningOp();
      if (def && inSegment.contains(def) && !(isPure(def) && collect(def))) {
        return false;
      }
    }
    moved.insert(op);
    return true;
  };
  for (Operation *op : segment) {
    if (isGlobalLoad(op)) {
      collect(op);
    }
  }
  for (Operation *op : moved) {
    if (op == front) {
      front = front->getNextNode();
    } else {
      op->moveBefore(front);
    }
  }
}

/// Asks for most loads from LDS first and for the others while their operands
/// are not needed yet, so that they take the registers of those used up; and
/// for the loads from memory spread evenly over the products, but neither the
/// first, while operands take most registers, nor those of the last step over
/// k.
static void insertGroups(ArrayRef<Operation *> segment) {
  auto count = [&](auto isKind) {
    return static_cast<int32_t>(llvm::count_if(segment, isKind));
  };
  int32_t products = count(isProduct), loads = count(isGlobalLoad),
          reads = count(isSharedLoad);
  int32_t lastStep = count([](Operation *op) {
    return isProduct(op) && llvm::none_of(op->getUsers(), [](Operation *user) {
             return isProduct(user);
           });
  });
  Location loc = segment.back()->getLoc();
  OpBuilder builder(segment.back()->getNextNode());
  auto group = [&](int32_t kind, int32_t size) {
    if (size > 0) {
      ROCDL::SchedGroupBarrier::create(builder, loc, kind, size, 0);
    }
  };
  // Of `total`, those due when `done` products of the given ones have begun.
  auto due = [](int32_t total, int32_t done, int32_t from, int32_t to) {
    int32_t span = std::max(to - from, 1);
    return std::min<int32_t>(
        total, llvm::divideCeil(total * std::max(done - from, 0), span));
  };
  int32_t firstReads = reads - 3 * reads / 8, pending = 0;
  int32_t readsIssued = firstReads, loadsIssued = 0;
  group(sharedReadGroup, firstReads);
  for (int32_t done = 1; done <= products; ++done) {
    int32_t readsDue =
        firstReads + due(reads - firstReads, done, 0, products / 2);
    int32_t loadsDue =
        due(loads, done, products / 8, std::max(products - lastStep, 1));
    if (readsDue > readsIssued || loadsDue > loadsIssued) {
      group(matrixGroup, pending);
      group(sharedReadGroup, readsDue - readsIssued);
      group(vmemReadGroup, loadsDue - loadsIssued);
      readsIssued = readsDue;
      loadsIssued = loadsDue;
      pending = 0;
    }
    ++pending;
  }
  group(matrixGroup, pending);
}

/// Reads from LDS what a step over k multiplies right in front of it, and lets
/// the wave go first while it multiplies: the others of its unit read then.
static void takeTurns(ArrayRef<Operation *> segment) {
  SmallVector<SmallVector<Operation *>> steps = splitProducts(segment);
  llvm::DenseMap<Operation *, size_t> stepOf = assignSteps(segment, steps);
  for (Operation *op : segment) {
    if (size_t step = stepOf[op]; step > 0 && !isProduct(op)) {
      op->moveBefore(steps[step].front());
    }
  }
  OpBuilder builder(segment.front()->getContext());
  for (ArrayRef<Operation *> products : steps) {
    Location loc = products.front()->getLoc();
    builder.setInsertionPoint(products.front());
    ROCDL::SetPrioOp::create(builder, loc, 1);
    builder.setInsertionPointAfter(products.back());
    ROCDL::SetPrioOp::create(builder, loc, 0);
  }
}

/// Lets products that share an operand do each step over k one after the other:
/// what they share is in registers for one step, not for all.
static void interleaveProducts(ArrayRef<Operation *> segment) {
  llvm::DenseMap<Operation *, size_t> stepOf;
  SmallVector<Operations> steps;
  Operation *last = nullptr;
  for (Operation *op : segment) {
    size_t step = 0;
    for (Value operand : op->getOperands()) {
      auto before = stepOf.find(operand.getDefiningOp());
      if (before != stepOf.end()) {
        step = std::max(step, before->second + 1);
      }
    }
    if (isProduct(op)) {
      stepOf[op] = step;
      steps.resize(std::max(steps.size(), step + 1));
      steps[step].push_back(op);
      last = op;
    } else if (step > 0) {
      return; // It would have to stay behind its product.
    }
  }
  Operation *behind = last->getNextNode();
  for (ArrayRef<Operation *> products : steps) {
    for (Operation *product : products) {
      product->moveBefore(behind);
    }
  }
}

namespace {
struct ScheduleLoopsPass
    : public moesaic::impl::ScheduleLoopsBase<ScheduleLoopsPass> {
  using ScheduleLoopsBase::ScheduleLoopsBase;
  void runOnOperation() override;
};
} // namespace

/// What stands between barriers and other fences, where it has products.
static SmallVector<SmallVector<Operation *>> collectSegments(Block &body) {
  SmallVector<SmallVector<Operation *>> segments(1);
  for (Operation &op : body.without_terminator()) {
    if (isFence(&op)) {
      segments.emplace_back();
    } else {
      segments.back().push_back(&op);
    }
  }
  llvm::erase_if(segments, [](ArrayRef<Operation *> segment) {
    return llvm::none_of(segment, isProduct);
  });
  return segments;
}

/// Moves a segment's loads from memory to its front. Returns its new order.
static SmallVector<Operation *> loadFirst(Block &body,
                                          ArrayRef<Operation *> segment) {
  Operation *behind = segment.back()->getNextNode();
  Operation *before = segment.front()->getPrevNode();
  auto front = [&] { return before ? before->getNextNode() : &body.front(); };
  hoistGlobalLoads(segment, front());
  SmallVector<Operation *> ordered;
  for (Operation *op = front(); op != behind; op = op->getNextNode()) {
    ordered.push_back(op);
  }
  return ordered;
}

/// The best order that was measured with llvm-mca: groups, unless they would
/// take registers that large accumulators need. With WMMA, whose operands take
/// more registers, all but LLVM's own order spill; copies to LDS, which take
/// none, LLVM spreads well itself.
static Sched chooseOrder(scf::ForOp loop) {
  if (!loop.getBody()->getOps<amdgpu::WMMAOp>().empty() ||
      !loop.getBody()->getOps<ROCDL::RawPtrBufferLoadLdsOp>().empty()) {
    return Sched::Free;
  }
  constexpr int64_t largestAccumulators = 64;
  int64_t registers = 0;
  for (Value value : loop.getRegionIterArgs()) {
    auto type = dyn_cast<VectorType>(value.getType());
    if (type && type.getElementType().isF32()) {
      registers += type.getNumElements();
    }
  }
  return registers <= largestAccumulators ? Sched::Groups : Sched::Interleave1;
}

static void schedule(scf::ForOp loop, Sched order) {
  if (order == Sched::Default) {
    order = chooseOrder(loop);
  }
  if (order == Sched::Groups || order == Sched::TakeTurns) {
    Block &body = *loop.getBody();
    for (ArrayRef<Operation *> segment : collectSegments(body)) {
      SmallVector<Operation *> ordered = loadFirst(body, segment);
      order == Sched::Groups ? insertGroups(ordered) : takeTurns(ordered);
    }
  } else if (order == Sched::Interleave0 || order == Sched::Interleave1) {
    OpBuilder builder = OpBuilder::atBlockTerminator(loop.getBody());
    int32_t strategy = order == Sched::Interleave0 ? 0 : 1;
    ROCDL::IglpOpt::create(builder, loop.getLoc(), strategy);
  }
}

void ScheduleLoopsPass::runOnOperation() {
  for (auto function : getOperation().getOps<gpu::GPUFuncOp>()) {
    auto attribute = function->getAttrOfType<IntegerAttr>(tile::schedAttr);
    Sched order =
        attribute ? static_cast<Sched>(attribute.getInt()) : Sched::Default;
    function.walk([](Block *block) {
      for (ArrayRef<Operation *> segment : collectSegments(*block)) {
        interleaveProducts(segment);
      }
    });
    for (scf::ForOp loop : findProductLoops(function)) {
      schedule(loop, order);
    }
    if (order == Sched::MaxIlp) {
      Builder builder(function.getContext());
      ArrayAttr strategy =
          builder.getStrArrayAttr({"amdgpu-sched-strategy", "max-ilp"});
      function->setAttr("passthrough", builder.getArrayAttr(strategy));
    }
    function->removeAttr(tile::schedAttr);
  }
}
