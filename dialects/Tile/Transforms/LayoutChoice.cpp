//===- LayoutChoice.cpp - the layouts that operations ask for -------------===//

#include "dialects/Tile/Transforms/LayoutChoice.h"
#include "Layout/Algebra.h"
#include "Layout/AxisBits.h"
#include "Layout/BlockedLayout.h"
#include "Layout/CopyLayout.h"
#include "Layout/SharedLayout.h"
#include <tuple>

using namespace mlir;
using namespace moesaic;
using namespace moesaic::tile;

/// Widest access to memory, in bytes.
static constexpr int64_t accessBytes = 16;
/// Elements of a lane along the fast axis where nothing asks for more: enough
/// for one 16-byte access of f32.
static constexpr int64_t defaultVector = 4;

static RankedTensorType tileType(Value value) {
  return cast<RankedTensorType>(value.getType());
}

int64_t moesaic::tile::registersOf(Value tile) {
  LayoutAttr layout = getLayout(tile.getType());
  if (!layout) {
    return 0;
  }
  int64_t bits = tileType(tile).getElementTypeBitWidth();
  return llvm::divideCeil(int64_t(layout.getMap().size(registerInput)) *
                              std::max<int64_t>(bits, 8),
                          32);
}

static StringRef elementName(Type type) {
  return type.isF16() ? "f16" : type.isBF16() ? "bf16" : "";
}

std::optional<ProductPlan>
moesaic::tile::planProduct(MmaOp product, const Chip &chip, int64_t waves) {
  int64_t m = tileType(product.getA()).getDimSize(0);
  int64_t k = tileType(product.getA()).getDimSize(1);
  int64_t n = tileType(product.getB()).getDimSize(1);
  StringRef element = elementName(tileType(product.getA()).getElementType());

  LayoutAttr assigned = getLayout(product.getType());
  AccessAnalysis accesses;
  std::optional<ProductPlan> best;
  std::tuple<int64_t, int64_t, int64_t, int64_t, int64_t> bestCost;
  for (const MatrixInstruction &entry : chip.matrixInstructions) {
    if (entry.elementType != element || m % entry.m || n % entry.n ||
        k % entry.k) {
      continue;
    }
    for (int64_t alongM = 1; alongM <= waves; alongM *= 2) {
      WaveGrid grid{alongM, waves / alongM};
      int64_t blockM = std::max<int64_t>(m / grid.m, entry.m);
      int64_t blockN = std::max<int64_t>(n / grid.n, entry.n);
      MatrixExtents instruction{entry.m, entry.n, entry.k, chip.matrixFamily};
      if (assigned &&
          assigned.getMap() != accumulatorLayout(m, n, instruction, grid)) {
        continue;
      }
      DirectOperands direct;
      if (!assigned) {
        direct = findDirectOperands(product, instruction, grid, chip, accesses);
      }
      // What waves load from memory more than once.
      int64_t repeated =
          (direct.a ? (grid.n - 1) * m : 0) + (direct.b ? (grid.m - 1) * n : 0);
      // Products per wave, then repeated loads, then what it reads, then the
      // larger instruction, then the deeper one.
      std::tuple cost(blockM * blockN, repeated, blockM + blockN,
                      -int64_t(entry.m) * entry.n, -entry.k);
      if (!best || cost < bestCost) {
        best = {instruction, grid, direct};
        bestCost = cost;
      }
    }
  }
  return best;
}

LayoutAttr moesaic::tile::getDerivedLayout(MLIRContext *context,
                                           const LinearLayout &map) {
  int64_t axis = map.shape().size() - 1;
  while (axis > 0 && map.shape()[axis] == 1) {
    --axis;
  }
  int64_t fragment = std::min(contiguousElements(map, axis), defaultVector);
  return LayoutAttr::get(context, map, fragment);
}

LayoutAttr moesaic::tile::getLayoutLike(LayoutAttr fragments,
                                        const LinearLayout &map) {
  if (fragments.getFragment() > int64_t(map.size(registerInput))) {
    return getDerivedLayout(fragments.getContext(), map);
  }
  return LayoutAttr::get(fragments.getContext(), map, fragments.getFragment());
}

LayoutAttr moesaic::tile::getIndexLayout(LayoutAttr access,
                                         ArrayRef<int64_t> axes) {
  return getDerivedLayout(access.getContext(), keepAxes(access.getMap(), axes));
}

LayoutAttr moesaic::tile::getReducedLayout(LayoutAttr source, int64_t axis) {
  return getDerivedLayout(source.getContext(),
                          removeAxis(source.getMap(), axis));
}

LayoutAttr moesaic::tile::getSourceLayout(Operation *op, LayoutAttr layout) {
  auto source = tileType(op->getOperand(0));
  if (auto permute = dyn_cast<PermuteOp>(op)) {
    SmallVector<int64_t> inverse(permute.getOrder().size());
    for (auto [to, from] : llvm::enumerate(permute.getOrder())) {
      inverse[from] = to;
    }
    return getLayoutLike(layout, permuteAxes(layout.getMap(), inverse));
  }
  if (isa<ReshapeOp>(op)) {
    return getLayoutLike(layout, reshape(layout.getMap(), source.getShape()));
  }
  LinearLayout map = layout.getMap();
  for (auto [axis, extent] : llvm::enumerate(source.getShape())) {
    if (extent != map.shape()[axis]) {
      map = shrinkAxis(map, axis);
    }
  }
  return map == layout.getMap() ? layout
                                : getDerivedLayout(layout.getContext(), map);
}

int64_t LayoutChoice::vectorFor(RankedTensorType tile, int64_t elements) const {
  int64_t bytes = llvm::divideCeil(tile.getElementTypeBitWidth(), 8);
  int64_t perLane =
      std::max<int64_t>(tile.getNumElements() / (chip.waveSize * waves), 1);
  return std::min(
      {elements, std::max<int64_t>(accessBytes / bytes, 1), perLane});
}

LayoutAttr LayoutChoice::ofAccess(RankedTensorType tile,
                                  const AccessFacts &facts) const {
  int64_t vector = std::min(vectorFor(tile, facts.elements),
                            tile.getDimSize(facts.axisOrder.front()));
  return blocked(tile, facts, vector);
}

LayoutAttr LayoutChoice::blocked(RankedTensorType tile,
                                 const AccessFacts &facts, int64_t vector,
                                 ArrayRef<uint32_t> next, unsigned kept) const {
  SmallVector<std::pair<int64_t, int64_t>> fastest;
  for (auto [axis, step] : facts.memorySteps) {
    fastest.push_back({axis, step});
  }
  return LayoutAttr::get(tile.getContext(),
                         blockedLayout(tile.getShape(), facts.axisOrder, vector,
                                       chip.waveSize, waves, fastest, next,
                                       kept),
                         vector);
}

LayoutAttr LayoutChoice::ofAtomic(RankedTensorType tile,
                                  AccessFacts facts) const {
  int64_t word = std::max<int64_t>(32 / tile.getElementTypeBitWidth(), 1);
  facts.elements = std::min(facts.elements, word);
  return ofAccess(tile, facts);
}

LayoutAttr LayoutChoice::ofCopy(RankedTensorType tile, const AccessFacts &facts,
                                LayoutAttr read, int64_t bytes) const {
  int64_t bits = tile.getElementTypeBitWidth(), vector = bytes * 8 / bits;
  if (bits < 8 || vector < 1 || facts.elements < vector ||
      vectorFor(tile, facts.elements) < vector) {
    return {};
  }
  std::optional<LinearLayout> map = copyLayout(
      bits, vector, ofAccess(tile, facts).getMap(), read.getMap(), chip);
  return map ? LayoutAttr::get(tile.getContext(), *map, vector) : LayoutAttr();
}

LayoutAttr LayoutChoice::ofStagedLoad(RankedTensorType tile,
                                      const AccessFacts &facts,
                                      LayoutAttr read) const {
  LayoutAttr best = ofAccess(tile, facts);
  int64_t bits = tile.getElementTypeBitWidth();
  ArrayRef<uint32_t> wanted = read.getMap().bases(registerInput);
  auto vectorOf = [](LayoutAttr layout) {
    return layout.getMap()
        .bases(registerInput)
        .take_front(llvm::Log2_64(layout.getFragment()));
  };
  if (wanted.empty() || llvm::is_contained(vectorOf(best), wanted.front())) {
    return best;
  }
  auto costOf = [&](LayoutAttr load) {
    const LinearLayout &map = load.getMap();
    LinearLayout shared = swizzledSharedLayout(bits, map, read.getMap(), chip);
    return memoryAccessCost * map.size(registerInput) / load.getFragment() +
           sharedCost(bits, map, shared, read.getMap(), chip);
  };
  // Blocks of rows that a lane transposes in its registers, so that neighbours
  // in the order of the reader are written together. Where it has fewer rows
  // than one read takes, the next lane has the others: they write to one place.
  int64_t perLane = tile.getNumElements() / (chip.waveSize * waves);
  ArrayRef<uint32_t> next = wanted.take_front(
      std::min<size_t>(llvm::Log2_64(widestVector(bits)), wanted.size()));
  int64_t leastCost = costOf(best);
  for (int64_t vector = best.getFragment(); vector >= 1; vector /= 2) {
    for (size_t rows = 1; rows <= next.size() && vector << rows <= perLane;
         ++rows) {
      LayoutAttr block = blocked(tile, facts, vector, next, rows);
      int64_t cost = costOf(block);
      if (cost < leastCost) {
        best = block;
        leastCost = cost;
      }
    }
  }
  return best;
}

LayoutAttr LayoutChoice::ofAnything(RankedTensorType tile) const {
  // The same for every element type, so that tiles of equal shape meet.
  auto words = RankedTensorType::get(tile.getShape(),
                                     Float32Type::get(tile.getContext()));
  AccessFacts facts;
  facts.axisOrder = rowMajorOrder(tile.getRank());
  facts.elements = defaultVector;
  return ofAccess(words, facts);
}

bool LayoutChoice::reducesWithinWaves(LayoutAttr layout, int64_t axis) {
  const LinearLayout &map = layout.getMap();
  return llvm::all_of(map.bases(waveInput), [&](uint32_t basis) {
    return map.coordinates(basis)[axis] == 0;
  });
}

LayoutAttr LayoutChoice::alongAxis(RankedTensorType tile, int64_t axis,
                                   bool sharedByWaves) const {
  // The axis goes to registers and lanes, waves share the other axes first.
  LinearLayout tileShape(tile.getShape(), {});
  SmallVector<uint32_t> along, across;
  for (int64_t other : rowMajorOrder(tile.getRank())) {
    SmallVector<int64_t> coordinates(tile.getRank());
    for (int64_t step = 1; step < tile.getDimSize(other); step *= 2) {
      coordinates[other] = step;
      (other == axis ? along : across).push_back(tileShape.index(coordinates));
    }
  }
  LayoutInput registers{registerInput.str(), {}}, lanes{laneInput.str(), {}},
      wave{waveInput.str(), {}};
  auto take = [](SmallVectorImpl<uint32_t> &from, LayoutInput &to,
                 size_t count) {
    count = std::min(count, from.size());
    to.bases.append(from.begin(), from.begin() + count);
    from.erase(from.begin(), from.begin() + count);
  };
  size_t laneBits = llvm::Log2_64(chip.waveSize),
         waveBits = llvm::Log2_64(waves);
  bool fastest = axis == tile.getRank() - 1;
  int64_t vector = vectorFor(tile, accessBytes);
  if (fastest) {
    take(along, registers, llvm::Log2_64(vector));
  } else {
    // Lanes walk memory along the fastest axis; the rest of the reduced axis
    // then needs no exchange between lanes.
    take(across, lanes, laneBits);
  }
  take(along, lanes, laneBits - lanes.bases.size());
  take(across, lanes, laneBits - lanes.bases.size());
  lanes.bases.resize(laneBits, 0);
  take(across, wave, waveBits);
  if (sharedByWaves) {
    take(along, wave, waveBits - wave.bases.size());
  }
  wave.bases.resize(waveBits, 0);
  registers.bases.append(along);
  registers.bases.append(across);
  return getDerivedLayout(
      tile.getContext(),
      LinearLayout(tile.getShape(), {registers, lanes, wave}));
}

LayoutAttr LayoutChoice::ofReduction(RankedTensorType tile,
                                     int64_t axis) const {
  return alongAxis(tile, axis, /*sharedByWaves=*/false);
}

bool LayoutChoice::canScan(LayoutAttr layout, int64_t axis) {
  std::optional<SmallVector<AxisRun>> runs = axisRuns(layout.getMap(), axis);
  return runs && llvm::count_if(*runs, [](const AxisRun &run) {
                   return run.input == waveInput;
                 }) <= 1;
}

LayoutAttr LayoutChoice::ofScan(RankedTensorType tile, int64_t axis) const {
  // What a lane can do in a few registers is not worth a barrier.
  constexpr int64_t fewRegisters = 4;
  return alongAxis(tile, axis,
                   tile.getNumElements() > fewRegisters * chip.waveSize);
}

LayoutAttr LayoutChoice::ofRank(RankedTensorType keys) const {
  return getDerivedLayout(keys.getContext(),
                          stripedLayout(keys.getShape(), chip.waveSize, waves));
}

ProductLayouts LayoutChoice::ofProduct(MmaOp product) const {
  MLIRContext *context = product.getContext();
  int64_t m = tileType(product.getA()).getDimSize(0);
  int64_t k = tileType(product.getA()).getDimSize(1);
  int64_t n = tileType(product.getB()).getDimSize(1);
  if (std::optional<ProductPlan> plan = planProduct(product, chip, waves)) {
    MatrixExtents instruction = plan->instruction;
    int64_t kVector = preferredKVector(k, instruction);
    return {LayoutAttr::get(context,
                            operandLayout(MatrixOperand::A, m, k, instruction,
                                          plan->waves, kVector),
                            kVector),
            LayoutAttr::get(context,
                            operandLayout(MatrixOperand::B, n, k, instruction,
                                          plan->waves, kVector),
                            kVector),
            LayoutAttr::get(context,
                            accumulatorLayout(m, n, instruction, plan->waves),
                            accumulatorRegisters(instruction)),
            plan->direct};
  }
  LayoutAttr accumulator = ofAnything(tileType(product.getAccumulator()));
  auto operand = [&](MatrixOperand which) {
    LinearLayout map = scalarOperandLayout(which, accumulator.getMap(), k);
    return LayoutAttr::get(context, map, std::min(k, defaultVector));
  };
  return {operand(MatrixOperand::A), operand(MatrixOperand::B), accumulator,
          DirectOperands()};
}
