//===- PrefetchShared.cpp - copy tiles of later steps straight to LDS -----===//
//
// A tile that goes from memory to LDS and is multiplied from there needs no
// registers on the way. Of S buffers one is in use and S - 1 are being filled:
//
//     before the loop   starts the copies of iterations 0 to S - 2
//     iteration i       waits for the copies to buffer i mod S
//                       starts those of iteration i + S - 1
//                       multiplies buffer  i mod S
//     behind the loop   waits for what nobody needs
//
// Tokens and buffers rotate: what is in place p moves to p - 1. No iteration
// needs a condition, since a copy reads nothing outside its array, whatever its
// indices are.
//
//===----------------------------------------------------------------------===//

#include "Layout/Algebra.h"
#include "Layout/CopyLayout.h"
#include "Layout/SharedLayout.h"
#include "dialects/Tile/Transforms/AccessAnalysis.h"
#include "dialects/Tile/Transforms/LoopLoads.h"
#include "dialects/Tile/Transforms/Passes.h"
#include "mlir/IR/PatternMatch.h"

namespace moesaic::tile {
#define GEN_PASS_DEF_PREFETCHSHARED
#include "dialects/Tile/Transforms/Passes.h.inc"
} // namespace moesaic::tile

using namespace mlir;
using namespace moesaic;
using namespace moesaic::tile;

namespace {
/// One loop while it is rewritten.
class CopyPipeliner {
public:
  CopyPipeliner(scf::ForOp loop, Prefetches &prefetches, int64_t stages)
      : rewriter(loop), loop(loop), prefetches(prefetches), stages(stages) {}

  void run();

private:
  void makeBuffers();
  SmallVector<Value> startCopies(OpBuilder &builder, Value iteration,
                                 ArrayRef<Value> targets);
  SmallVector<Value> rewriteBody(ArrayRef<BlockArgument> carried);

  IRRewriter rewriter;
  scf::ForOp loop;
  Prefetches &prefetches;
  int64_t stages;
  /// Per load, the buffers it is copied to, in the order of their places.
  SmallVector<SmallVector<Value>> buffers;
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
static bool canCopy(LoadOp load, int64_t bytes, AccessAnalysis &accesses) {
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
    if (user == store) {
      return true;
    }
    const LinearLayout &read =
        getLayout(cast<SharedLoadOp>(user).getType()).getMap();
    auto cycles = [&](const LinearLayout &shared) {
      return bankConflicts(read, shared, bits, SharedAccess::Read).cycles;
    };
    return cycles(then) <= cycles(now);
  });
}

void CopyPipeliner::makeBuffers() {
  for (LoadOp load : prefetches.loads) {
    auto first = getOnlyStore(load).getBuffer().getDefiningOp<AllocSharedOp>();
    OpBuilder builder(first);
    SmallVector<Value> &copies = buffers.emplace_back();
    for (int64_t stage = 0; stage < stages; ++stage) {
      copies.push_back(AllocSharedOp::create(builder, first.getLoc(),
                                             getCopyType(load), IntegerAttr()));
    }
  }
}

/// Starts the copies of one iteration; returns their tokens.
SmallVector<Value> CopyPipeliner::startCopies(OpBuilder &builder,
                                              Value iteration,
                                              ArrayRef<Value> targets) {
  IRMapping mapping;
  prefetches.cloneIndices(builder, loop, iteration, mapping);
  SmallVector<Value> tokens;
  for (auto [load, target] : llvm::zip_equal(prefetches.loads, targets)) {
    SmallVector<Value> indices =
        llvm::map_to_vector(load.getIndices(), [&](Value index) {
          return mapping.lookupOrDefault(index);
        });
    tokens.push_back(SharedCopyOp::create(
        builder, load.getLoc(), load.getArray(), indices, target,
        getLayout(load.getType()), load.getOrder(), load.getInBounds()));
  }
  return tokens;
}

/// Makes the loop use what it carries; returns what it carries on. Carried are,
/// by place, the tokens and then, load by load, the buffers.
SmallVector<Value> CopyPipeliner::rewriteBody(ArrayRef<BlockArgument> carried) {
  size_t width = prefetches.loads.size();
  ArrayRef<BlockArgument> tokens = carried.take_front(width * (stages - 1));
  ArrayRef<BlockArgument> rotating = carried.drop_front(tokens.size());
  Block &body = *loop.getBody();

  SmallVector<Value> next(tokens.begin() + width, tokens.end()), targets;
  SmallVector<SharedStoreOp> stores;
  for (size_t number = 0; number < width; ++number) {
    ArrayRef<BlockArgument> places = rotating.slice(number * stages, stages);
    LoadOp load = prefetches.loads[number];
    SharedStoreOp store = getOnlyStore(load);
    stores.push_back(store);
    targets.push_back(places.back());
    for (Operation *user :
         llvm::make_early_inc_range(store.getBuffer().getUsers())) {
      if (isa<SharedLoadOp>(user)) {
        user->replaceUsesOfWith(store.getBuffer(), places.front());
      }
    }
  }
  OpBuilder builder(&body, body.begin());
  SharedWaitOp::create(builder, loop.getLoc(),
                       SmallVector<Value>(tokens.take_front(width)),
                       IntegerAttr());
  Value position = advance(builder, loop, loop.getInductionVar(), stages - 1);
  llvm::append_range(next, startCopies(builder, position, targets));
  for (size_t number = 0; number < width; ++number) {
    ArrayRef<BlockArgument> places = rotating.slice(number * stages, stages);
    next.append(places.begin() + 1, places.end());
    next.push_back(places.front());
    auto buffer = stores[number].getBuffer().getDefiningOp<AllocSharedOp>();
    rewriter.eraseOp(stores[number]);
    rewriter.eraseOp(prefetches.loads[number]);
    rewriter.eraseOp(buffer);
  }
  for (Operation *op : llvm::reverse(prefetches.indices)) {
    if (op->use_empty()) {
      rewriter.eraseOp(op);
    }
  }
  return next;
}

void CopyPipeliner::run() {
  makeBuffers();
  SmallVector<Value> carried;
  Value position = loop.getLowerBound();
  for (int64_t stage = 0; stage + 1 < stages; ++stage) {
    if (stage > 0) {
      position = advance(rewriter, loop, position, 1);
    }
    auto targets = llvm::map_to_vector(
        buffers, [&](ArrayRef<Value> copies) { return copies[stage]; });
    llvm::append_range(carried, startCopies(rewriter, position, targets));
  }
  size_t tokens = carried.size();
  for (ArrayRef<Value> copies : buffers) {
    llvm::append_range(carried, copies);
  }
  unsigned results = loop.getNumResults();
  FailureOr<LoopLikeOpInterface> pipelined = loop.replaceWithAdditionalYields(
      rewriter, carried, /*replaceInitOperandUsesInLoop=*/false,
      [&](OpBuilder &, Location, ArrayRef<BlockArgument> arguments) {
        return rewriteBody(arguments);
      });
  if (failed(pipelined)) {
    return;
  }
  Operation *done = *pipelined;
  done->setAttr(rotationAttr, rewriter.getI32IntegerAttr(stages));
  // Whoever gets these bytes of LDS next must not meet a late copy.
  rewriter.setInsertionPointAfter(done);
  SharedWaitOp::create(
      rewriter, done->getLoc(),
      SmallVector<Value>(done->getResults().slice(results, tokens)),
      IntegerAttr());
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
    if (loop.getBody()->getOps<MmaOp>().empty() || loop.getUnsignedCmp()) {
      continue;
    }
    Prefetches prefetches =
        findPrefetches(loop, kernel, /*report=*/false, [&](LoadOp load) {
          return canCopy(load, copyBytes, accesses);
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
      CopyPipeliner(loop, prefetches, stages).run();
    }
  }
}
