//===- AlternateWaves.cpp - one half multiplies, the other one loads ------===//
//
// Two waves of an execution unit do best when one multiplies while the other
// waits for LDS and memory. The body of a steady loop becomes phases of two
// kinds in turn, each closed by a barrier: one reads, copies and stores what
// the next one multiplies, with priority. Half of the waves, one of each pair
// that shares a unit, begins one barrier late:
//
//     first half     loads     | products | loads     | products | ...
//     second half              | loads    | products  | loads    | ...
//
// A barrier in front of the loop holds the second half back, and one behind it
// the first half until the second has caught up.
//
// Why no access to LDS comes too early or too late. In the loop as it was, two
// accesses that conflict have a barrier between them, and waits in front of it
// make the first one complete. Each of these barriers becomes two: itself,
// then a phase of products, then another. Accesses and waits stay on their side
// of both, so that two barriers separate what one did. A wave is at most one
// barrier behind another, and hence has passed the first of the two when the
// other passes the second: what it did in front of the first is complete. The
// barrier that begins the body stands at its end instead, and once in front of
// the loop, where all waves meet; the last one behind the loop lets them meet
// again. All other barriers only keep the phases apart.
//
//===----------------------------------------------------------------------===//

#include "Conversion/GPUToROCDL/GPUToROCDL.h"
#include "Conversion/GPUToROCDL/LoopBody.h"

namespace moesaic {
#define GEN_PASS_DEF_ALTERNATEWAVES
#include "Conversion/GPUToROCDL/Passes.h.inc"
} // namespace moesaic

using namespace mlir;
using namespace moesaic;

/// Products that a phase has, where there are so many: with fewer it would be
/// over before the other half has read the operands of its next one.
static constexpr size_t leastProducts = 8;

namespace {
/// What stands behind a barrier of the loop, up to the next one.
struct Segment {
  /// The barrier with its waits and fences.
  Operations barrier;
  Operations ops;

  bool hasProducts() const { return llvm::any_of(ops, isProduct); }
};

/// A loop that is divided into phases.
class Alternation {
public:
  explicit Alternation(scf::ForOp loop)
      : loop(loop), builder(loop), loc(loop.getLoc()) {}

  /// Divides the body at its barriers. What prevents phases, or nothing.
  std::optional<StringRef> collect();
  void rewrite(int64_t lanes);

private:
  std::optional<StringRef> findProducts(const Segment &segment);
  /// Whether it needs something that is multiplied in front of it.
  bool needsProducts(const Segment &segment) const;
  /// Moves operations to the end of the body as it will be.
  void emit(ArrayRef<Operation *> ops);
  void emitBarrier();
  void emitProducts(ArrayRef<Operation *> ops);
  void emitSegment(const Segment &segment);
  /// Emits a barrier as two, with some of the last products between them.
  void emitBarrierPair(const Segment &behind);
  /// Emits a barrier for one half of the waves.
  void emitHalfBarrier(Value isHalf);

  scf::ForOp loop;
  OpBuilder builder;
  Location loc;
  SmallVector<Segment> segments;
  /// Products, and what is computed from them in the same segment.
  llvm::SmallPtrSet<Operation *, 32> multiplied;
  /// What the last phase of products in front of here does, and the barriers
  /// that it is still to be divided among.
  Operations pending;
  size_t parts = 0;
};

struct AlternateWavesPass
    : public moesaic::impl::AlternateWavesBase<AlternateWavesPass> {
  using AlternateWavesBase::AlternateWavesBase;
  void runOnOperation() override;
};
} // namespace

static bool isBarrier(Operation *op) {
  return isa<amdgpu::LDSBarrierOp, ROCDL::SBarrierOp>(op);
}

/// Whether `op` may be what a barrier of LDS consists of.
static bool isBarrierPart(Operation *op) {
  return isBarrier(op) || isa<amdgpu::MemoryCounterWaitOp, LLVM::FenceOp>(op);
}

static bool touchesShared(Operation *op) {
  return isSharedLoad(op) || isSharedStore(op) ||
         isa<ROCDL::RawPtrBufferLoadLdsOp>(op);
}

std::optional<StringRef> Alternation::collect() {
  Operations front;
  bool isInBarrier = false;
  for (Operation &op : loop.getBody()->without_terminator()) {
    if (isBarrierPart(&op)) {
      if (!isInBarrier) {
        segments.emplace_back();
      }
      isInBarrier = true;
      segments.back().barrier.push_back(&op);
      continue;
    }
    if (!isPure(&op)) {
      isInBarrier = false;
      if (!isGlobalLoad(&op) && !touchesShared(&op)) {
        return "it does more than load, multiply and move tiles through LDS";
      }
    }
    if (!segments.empty()) {
      segments.back().ops.push_back(&op);
    } else if (touchesShared(&op) || isProduct(&op)) {
      return "its body does not begin with a barrier";
    } else {
      front.push_back(&op);
    }
  }
  if (segments.empty()) {
    return "no tile goes through LDS";
  }
  Operations &first = segments.front().ops;
  first.insert(first.begin(), front.begin(), front.end());
  for (const Segment &segment : segments) {
    if (llvm::none_of(segment.barrier, isBarrier)) {
      return "it waits without a barrier";
    }
    if (std::optional<StringRef> reason = findProducts(segment)) {
      return reason;
    }
  }
  return std::nullopt;
}

std::optional<StringRef> Alternation::findProducts(const Segment &segment) {
  llvm::SmallPtrSet<Operation *, 32> here;
  bool stores = false;
  for (Operation *op : segment.ops) {
    // No barrier orders what a lane reads and stores itself: phases would mix
    // them up.
    stores |= isSharedStore(op);
    if (stores && isProduct(op)) {
      return "it multiplies between a store to LDS and the next barrier";
    }
    bool follows = llvm::any_of(op->getOperands(), [&](Value operand) {
      return here.contains(operand.getDefiningOp());
    });
    if (isProduct(op) || follows) {
      if (!isPure(op)) {
        return "it moves what it has just multiplied";
      }
      here.insert(op);
    }
  }
  multiplied.insert(here.begin(), here.end());
  return std::nullopt;
}

bool Alternation::needsProducts(const Segment &segment) const {
  return llvm::any_of(segment.ops, [&](Operation *op) {
    return llvm::any_of(op->getOperands(), [&](Value operand) {
      return multiplied.contains(operand.getDefiningOp());
    });
  });
}

void Alternation::emit(ArrayRef<Operation *> ops) {
  for (Operation *op : ops) {
    op->moveBefore(loop.getBody()->getTerminator());
  }
}

void Alternation::emitBarrier() {
  // The fences keep accesses on their side in LLVM, and become nothing.
  LLVM::FenceOp::create(builder, loc, LLVM::AtomicOrdering::release,
                        "singlethread");
  ROCDL::SBarrierOp::create(builder, loc);
  LLVM::FenceOp::create(builder, loc, LLVM::AtomicOrdering::acquire,
                        "singlethread");
}

void Alternation::emitProducts(ArrayRef<Operation *> ops) {
  // LLVM's scheduler moves nothing across changes of the priority.
  ROCDL::SetPrioOp::create(builder, loc, 1);
  emit(ops);
  ROCDL::SetPrioOp::create(builder, loc, 0);
}

/// Divides copies to LDS among the first phases, and moves there what only they
/// need. All at once they would occupy the way from memory for longer than the
/// other half multiplies; from the last phases they would arrive late.
static void spreadCopies(const Segment &segment, size_t phases,
                         llvm::DenseMap<Operation *, size_t> &phaseOf) {
  Operations copies = llvm::filter_to_vector(segment.ops, [&](Operation *op) {
    return isa<ROCDL::RawPtrBufferLoadLdsOp>(op) && phaseOf[op] == 0;
  });
  for (auto [number, copy] : llvm::enumerate(copies)) {
    phaseOf[copy] = number * phases / copies.size();
  }
  for (Operation *op : llvm::reverse(segment.ops)) {
    if (isPure(op) && !isProduct(op) && !op->use_empty()) {
      auto phases = llvm::map_range(op->getUsers(), [&](Operation *user) {
        return phaseOf.lookup(user);
      });
      phaseOf[op] = std::max(phaseOf[op], *llvm::min_element(phases));
    }
  }
}

/// Divides the operations of a segment into phases. The last phase of products
/// becomes pending.
void Alternation::emitSegment(const Segment &segment) {
  if (!segment.hasProducts()) {
    emit(segment.ops);
    return;
  }
  SmallVector<Operations> steps = splitProducts(segment.ops);
  llvm::DenseMap<Operation *, size_t> stepOf = assignSteps(segment.ops, steps);
  llvm::BitVector reads(steps.size());
  Operation *lastProduct = steps.back().back();
  bool stores = false;
  for (Operation *op : segment.ops) {
    // Stores behind the products are for last, and so are the loads behind
    // them, whose registers they free.
    stores |= isSharedStore(op) && lastProduct->isBeforeInBlock(op);
    if (stores && !isPure(op)) {
      stepOf[op] = steps.size() - 1;
    }
    for (Value operand : op->getOperands()) {
      auto found = stepOf.find(operand.getDefiningOp());
      if (found != stepOf.end()) {
        stepOf[op] = std::max(stepOf[op], found->second);
      }
    }
    if (!isPure(op)) {
      reads.set(stepOf[op]);
    }
  }
  // A step that reads nothing new goes on multiplying.
  SmallVector<size_t> phaseOfStep(steps.size());
  size_t last = 0, products = 0;
  for (auto [number, step] : llvm::enumerate(steps)) {
    if (reads[number] && products >= leastProducts) {
      ++last;
      products = 0;
    }
    products += step.size();
    phaseOfStep[number] = last;
  }
  llvm::DenseMap<Operation *, size_t> phaseOf;
  for (Operation *op : segment.ops) {
    phaseOf[op] = phaseOfStep[stepOf[op]];
  }
  spreadCopies(segment, (last + 1) / 2, phaseOf);
  for (size_t phase = 0; phase <= last; ++phase) {
    Operations loads, products;
    for (Operation *op : segment.ops) {
      if (phaseOf[op] == phase) {
        (multiplied.contains(op) ? products : loads).push_back(op);
      }
    }
    emit(loads);
    if (phase == last) {
      pending = std::move(products);
    } else {
      emitBarrier();
      emitProducts(products);
      emitBarrier();
    }
  }
}

void Alternation::emitBarrierPair(const Segment &behind) {
  emit(behind.barrier);
  if (parts > 0) {
    size_t size = llvm::divideCeil(pending.size(), parts);
    emitProducts(ArrayRef(pending).take_front(size));
    pending.erase(pending.begin(), pending.begin() + size);
    --parts;
  }
  emitBarrier();
}

void Alternation::emitHalfBarrier(Value isHalf) {
  auto branch = scf::IfOp::create(builder, loc, isHalf);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(branch.thenBlock());
  emitBarrier();
}

void Alternation::rewrite(int64_t lanes) {
  builder.setInsertionPoint(loop);
  for (Operation *op : segments.front().barrier) {
    builder.clone(*op);
  }
  Type i32 = builder.getI32Type();
  Value id = gpu::ThreadIdOp::create(builder, loc, gpu::Dimension::x);
  Value thread = arith::IndexCastOp::create(builder, loc, i32, id);
  Value first = ROCDL::ReadfirstlaneOp::create(builder, loc, i32, thread);
  Value half = arith::ConstantOp::create(builder, loc,
                                         builder.getI32IntegerAttr(lanes / 2));
  auto compare = [&](arith::CmpIPredicate predicate) {
    return arith::CmpIOp::create(builder, loc, predicate, first, half);
  };
  emitHalfBarrier(compare(arith::CmpIPredicate::uge));
  builder.setInsertionPointAfter(loop);
  emitHalfBarrier(compare(arith::CmpIPredicate::ult));

  builder.setInsertionPoint(loop.getBody()->getTerminator());
  for (size_t number = 0; number < segments.size(); ++number) {
    const Segment &segment = segments[number];
    emitSegment(segment);
    if (segment.hasProducts()) {
      // Segments that only store take part of the products, too.
      auto rest = ArrayRef(segments).drop_front(number + 1);
      parts =
          1 +
          llvm::find_if(rest,
                        [&](const Segment &behind) {
                          return behind.hasProducts() || needsProducts(behind);
                        }) -
          rest.begin();
    }
    emitBarrierPair(segments[(number + 1) % segments.size()]);
  }
}

void AlternateWavesPass::runOnOperation() {
  for (auto function : getOperation().getOps<gpu::GPUFuncOp>()) {
    auto order = function->getAttrOfType<IntegerAttr>(tile::schedAttr);
    std::optional<ArrayRef<int32_t>> lanes = function.getKnownBlockSize();
    if (!order || order.getInt() != int64_t(tile::Sched::Alternate) || !lanes) {
      continue;
    }
    for (scf::ForOp loop : findProductLoops(function)) {
      Alternation alternation(loop);
      if (std::optional<StringRef> reason = alternation.collect()) {
        loop.emitRemark("waves do not take turns in this loop: ") << *reason;
      } else {
        alternation.rewrite(lanes->front());
      }
    }
  }
}
