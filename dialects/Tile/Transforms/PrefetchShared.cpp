//===- PrefetchShared.cpp - copy tiles of later steps straight to LDS -----===//
//
// A tile that goes from memory to LDS and is multiplied from there needs no
// registers on the way. Of S buffers one is in use and S - 1 are being filled:
//
//     step i   waits for the copies to buffer i mod S
//              starts those of step i + S - 1
//              multiplies buffer  i mod S
//
// StagedLoop.h has the loop around the steps.
//
//===----------------------------------------------------------------------===//

#include "Layout/Algebra.h"
#include "Layout/CopyLayout.h"
#include "Layout/SharedLayout.h"
#include "dialects/Tile/Transforms/AccessAnalysis.h"
#include "dialects/Tile/Transforms/ArrayReach.h"
#include "dialects/Tile/Transforms/LayoutChoice.h"
#include "dialects/Tile/Transforms/Passes.h"
#include "dialects/Tile/Transforms/StagedLoop.h"

namespace moesaic::tile {
#define GEN_PASS_DEF_PREFETCHSHARED
#include "dialects/Tile/Transforms/Passes.h.inc"
} // namespace moesaic::tile

using namespace mlir;
using namespace moesaic;
using namespace moesaic::tile;

namespace {
/// A loop whose tiles are copied to LDS. What a step has begun are the tokens
/// of its copies.
class CopyPipeliner : public StagedLoop {
public:
  CopyPipeliner(scf::ForOp loop, Prefetches &prefetches, int64_t stages)
      : StagedLoop(loop, prefetches, stages, /*rotation=*/stages) {}

private:
  void prepare() override;
  SmallVector<Value> begin(Value position, int64_t number) override;
  void emitStep(State &state, Value position, int64_t number,
                Later later) override;
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

/// Why a load cannot become a copy of `bytes` for each lane at once without
/// more bank conflicts than its way through registers has; nothing when it can.
static std::optional<StringRef> whyNotCopied(LoadOp load, int64_t bytes,
                                             AccessAnalysis &accesses,
                                             const Chip &chip) {
  SharedStoreOp store = getOnlyStore(load);
  LayoutAttr layout = getLayout(load.getType());
  if (!store || !layout) {
    return "it is read from registers";
  }
  if (load.getPad()) {
    return "it has a pad value";
  }
  int64_t bits =
      cast<RankedTensorType>(load.getType()).getElementTypeBitWidth();
  if (bits < 8 || layout.getFragment() * bits != bytes * 8 ||
      !isBijective(layout.getMap()) ||
      accessWidth(accesses.analyze(load), layout) != layout.getFragment()) {
    return "a lane cannot take as many bytes at once as the chip copies";
  }
  const LinearLayout &now = store.getBuffer().getType().getLayout().getMap();
  const LinearLayout then = getCopyType(load).getLayout().getMap();
  bool isAsGood =
      llvm::all_of(store.getBuffer().getUsers(), [&](Operation *user) {
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
  if (!isAsGood) {
    return "reads of the copy would have more bank conflicts";
  }
  return std::nullopt;
}

void CopyPipeliner::prepare() {
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
  leaveOutIndices();
}

/// Starts the copies of step number `number`, modulo the stages.
SmallVector<Value> CopyPipeliner::begin(Value position, int64_t number) {
  IRMapping mapping;
  prefetches.cloneIndices(builder, loop, position, mapping);
  SmallVector<Value> tokens;
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
  return tokens;
}

void CopyPipeliner::emitStep(State &state, Value position, int64_t number,
                             Later later) {
  SmallVector<Value> tokens = state.takeBegun();
  SharedWaitOp::create(builder, loc, tokens, IntegerAttr());
  if (later.begins) {
    // Nothing waits for copies that have not been started.
    beginLater(state, position, number, later, /*otherwise=*/tokens);
  }
  IRMapping mapping = mapStep(state, position, number);
  for (Operation &op : loop.getBody()->without_terminator()) {
    if (!unused.contains(&op)) {
      builder.clone(op, mapping);
    }
  }
  finishStep(state, mapping);
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
  SmallVector<scf::ForOp> loops = findSteadyLoops(kernel);
  if (asksForCopies(kernel) && chip->copyBytes == 0 && !loops.empty()) {
    InFlightDiagnostic error = kernel.emitError("'DMA' of kernel '")
                               << kernel.getSymName() << "' is 2, but "
                               << chip->name
                               << " loads nothing straight to LDS";
    error.attachNote() << "help: DMA=0 copies where the chip does that well";
    return signalPassFailure();
  }
  int64_t copyBytes = getCopyBytes(kernel, *chip);
  auto asked = kernel->getAttrOfType<IntegerAttr>(stagesAttr);
  if (copyBytes == 0 ||
      (asked && (asked.getInt() < 2 || asked.getInt() > mostStages))) {
    return;
  }
  AccessAnalysis accesses;
  for (scf::ForOp loop : loops) {
    Prefetches prefetches =
        findPrefetches(loop, kernel, /*report=*/false, [&](LoadOp load) {
          return !whyNotCopied(load, copyBytes, accesses, *chip);
        });
    // The hardware counts loads to registers, too: a wait for copies would be
    // one for all of them.
    SmallVector<LoadOp> others;
    for (LoadOp load : loop.getBody()->getOps<LoadOp>()) {
      if (isTile(load.getType()) &&
          !llvm::is_contained(prefetches.loads, load)) {
        others.push_back(load);
      }
    }
    if (asksForCopies(kernel)) {
      for (LoadOp load : others) {
        std::optional<StringRef> reason =
            whyNotCopied(load, copyBytes, accesses, *chip);
        load.emitRemark("this tile keeps those of the loop from being copied "
                        "to LDS: ")
            << reason.value_or("it cannot be loaded ahead");
      }
    }
    if (prefetches.loads.empty() || !others.empty()) {
      continue;
    }
    int64_t bytes = countStepBytes(prefetches);
    int64_t stages =
        asked ? asked.getInt() : chip->stages + prefetches.waitsForMemory(loop);
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
