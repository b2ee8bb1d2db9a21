//===- AllocateShared.cpp - give every LDS buffer its place ---------------===//
//
// A buffer is live from its first access to its last. Within a loop that begins
// with a store of the whole tile, or with its use as scratch, it is dead from
// one iteration to the next; in any other case it lives as long as the loop.
//
//===----------------------------------------------------------------------===//

#include "Target/Chips.h"
#include "dialects/Tile/Transforms/Passes.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Interfaces/LoopLikeInterface.h"

namespace moesaic::tile {
#define GEN_PASS_DEF_ALLOCATESHARED
#include "dialects/Tile/Transforms/Passes.h.inc"
} // namespace moesaic::tile

using namespace mlir;
using namespace moesaic;
using namespace moesaic::tile;

/// LDS accesses of 16 bytes must be aligned.
static constexpr int64_t alignment = 16;

namespace {
struct Buffer {
  /// A `tile.alloc_shared` or a `tile.shared_array`.
  Operation *op;
  int64_t bytes;
  /// Positions in the kernel's text between which it is live.
  int64_t begin, end;
  int64_t offset = 0;

  bool livesWith(const Buffer &other) const {
    return begin <= other.end && other.begin <= end;
  }
};

/// Numbers ops such that an op spans all it contains.
class Positions {
public:
  explicit Positions(KernelOp kernel) {
    int64_t next = 0;
    kernel->walk([&](Operation *op, const WalkStage &stage) {
      if (stage.isBeforeAllRegions()) {
        begins[op] = next++;
      }
      if (stage.isAfterAllRegions()) {
        ends[op] = next++;
      }
    });
  }
  int64_t begin(Operation *op) const { return begins.lookup(op); }
  int64_t end(Operation *op) const { return ends.lookup(op); }

private:
  DenseMap<Operation *, int64_t> begins, ends;
};

struct AllocateSharedPass
    : public tile::impl::AllocateSharedBase<AllocateSharedPass> {
  using AllocateSharedBase::AllocateSharedBase;
  void runOnOperation() override;
};
} // namespace

/// The innermost block that contains all `ops`, in regions or directly.
static Block *commonBlock(ArrayRef<Operation *> ops) {
  Block *block = ops.front()->getBlock();
  while (!llvm::all_of(ops, [&](Operation *op) {
    return block->findAncestorOpInBlock(*op) != nullptr;
  })) {
    block = block->getParentOp()->getBlock();
  }
  return block;
}

static Buffer measure(AllocSharedOp op, const Positions &positions) {
  Buffer buffer{op, op.getType().getBytes(), positions.begin(op),
                positions.end(op)};
  SmallVector<Operation *> users(op->getUsers());
  if (users.empty()) {
    return buffer;
  }
  Block *block = commonBlock(users);
  Operation *first = nullptr, *last = nullptr;
  for (Operation *user : users) {
    Operation *here = block->findAncestorOpInBlock(*user);
    if (!first || here->isBeforeInBlock(first)) {
      first = here;
    }
    if (!last || last->isBeforeInBlock(here)) {
      last = here;
    }
  }
  if (!isa<SharedStoreOp, SharedCopyOp, ScanOp, HistogramOp, RankOp>(first)) {
    // Something may be read that an earlier iteration has stored.
    for (Operation *parent = block->getParentOp(); !isa<KernelOp>(parent);
         parent = parent->getParentOp()) {
      if (isa<LoopLikeOpInterface>(parent)) {
        first = last = parent;
      }
    }
  }
  buffer.begin = positions.begin(first);
  buffer.end = positions.end(last);
  return buffer;
}

/// A shared array lives from its statement to its last use, which is in the
/// same block or inside it.
static Buffer measure(SharedArrayOp op, const Positions &positions) {
  Operation *last = op;
  for (Operation *user : op->getUsers()) {
    Operation *here = op->getBlock()->findAncestorOpInBlock(*user);
    if (last->isBeforeInBlock(here)) {
      last = here;
    }
  }
  return {op, op.getBytes(), positions.begin(op), positions.end(last)};
}

/// The lowest offset at which `buffer` meets none of those placed that live
/// with it.
static int64_t findOffset(const Buffer &buffer, ArrayRef<Buffer *> placed) {
  SmallVector<const Buffer *> rivals;
  for (const Buffer *other : placed) {
    if (buffer.livesWith(*other)) {
      rivals.push_back(other);
    }
  }
  llvm::sort(rivals, [](const Buffer *a, const Buffer *b) {
    return a->offset < b->offset;
  });
  int64_t offset = 0;
  for (const Buffer *rival : rivals) {
    if (offset + buffer.bytes <= rival->offset) {
      break;
    }
    offset = std::max(offset, int64_t(llvm::alignTo(
                                  rival->offset + rival->bytes, alignment)));
  }
  return offset;
}

/// Sets the offsets, and returns the bytes used. Buffers share bytes when they
/// would reach beyond `budget` otherwise.
static int64_t place(MutableArrayRef<Buffer> buffers, int64_t budget) {
  // Large buffers first: small ones fit into what they leave.
  SmallVector<Buffer *> order;
  for (Buffer &buffer : buffers) {
    order.push_back(&buffer);
  }
  llvm::sort(order, [](const Buffer *a, const Buffer *b) {
    return std::make_pair(-a->bytes, a->begin) <
           std::make_pair(-b->bytes, b->begin);
  });
  int64_t total = 0;
  SmallVector<Buffer *> placed;
  for (Buffer *buffer : order) {
    int64_t apart = llvm::alignTo(total, alignment);
    buffer->offset =
        apart + buffer->bytes <= budget ? apart : findOffset(*buffer, placed);
    placed.push_back(buffer);
    total = std::max(total, buffer->offset + buffer->bytes);
  }
  return total;
}

/// The extent along which a product sums, when every buffer holds an operand of
/// products that sum over that many elements; 0 otherwise.
static int64_t commonDepth(MutableArrayRef<Buffer> buffers) {
  int64_t depth = 0;
  for (Buffer &buffer : buffers) {
    if (isa<SharedArrayOp>(buffer.op)) {
      return 0;
    }
    for (Operation *access : buffer.op->getUsers()) {
      if (isa<SharedStoreOp, SharedCopyOp>(access)) {
        continue;
      }
      for (Operation *user : access->getUsers()) {
        auto product = dyn_cast<MmaOp>(user);
        int64_t k =
            product ? cast<ShapedType>(product.getA().getType()).getDimSize(1)
                    : 0;
        if (k == 0 || (depth != 0 && depth != k)) {
          return 0;
        }
        depth = k;
      }
    }
  }
  return depth;
}

static LogicalResult refuse(KernelOp kernel, const Chip &chip, int64_t total,
                            MutableArrayRef<Buffer> buffers) {
  InFlightDiagnostic error = kernel.emitError("kernel '")
                             << kernel.getSymName() << "' needs " << total
                             << " bytes of LDS, but a workgroup of "
                             << chip.name << " has " << chip.ldsBytes
                             << " bytes";
  for (Buffer &buffer : buffers) {
    auto array = dyn_cast<SharedArrayOp>(buffer.op);
    ArrayRef<int64_t> shape =
        array ? array.getShape()
              : cast<AllocSharedOp>(buffer.op).getType().getShape();
    Diagnostic &note = error.attachNote(buffer.op->getLoc());
    note << "this " << (array ? "array" : "tile") << " takes " << buffer.bytes
         << " bytes = ";
    for (int64_t extent : shape) {
      note << extent << " x ";
    }
    note << buffer.bytes / llvm::product_of(shape);
  }
  int64_t depth = commonDepth(buffers), divisor = 2;
  while (total / divisor > chip.ldsBytes) {
    divisor *= 2;
  }
  if (depth > divisor) {
    error.attachNote() << "help: tiles that sum over " << depth / divisor
                       << " elements instead of " << depth << " need "
                       << total / divisor << " bytes";
  }
  return error;
}

void AllocateSharedPass::runOnOperation() {
  KernelOp kernel = getOperation();
  const Chip *chip = findChip(target);
  if (!chip) {
    kernel.emitError("chip '") << target << "' is not supported";
    return signalPassFailure();
  }
  Positions positions(kernel);
  SmallVector<Buffer> buffers;
  kernel.getBody().walk([&](Operation *op) {
    if (auto buffer = dyn_cast<AllocSharedOp>(op)) {
      buffers.push_back(measure(buffer, positions));
    } else if (auto array = dyn_cast<SharedArrayOp>(op)) {
      buffers.push_back(measure(array, positions));
    }
  });

  // Sharing bytes costs a barrier, so it is done only when it lets a second
  // workgroup run on the compute unit, or the kernel run at all.
  int64_t budget = chip->ldsBytes / 2;
  int64_t total = place(buffers, budget);
  if (total > budget) {
    total = place(buffers, /*budget=*/0);
  }
  if (total > chip->ldsBytes) {
    (void)refuse(kernel, *chip, total, buffers);
    return signalPassFailure();
  }

  Builder builder(kernel.getContext());
  for (Buffer &buffer : buffers) {
    if (auto array = dyn_cast<SharedArrayOp>(buffer.op)) {
      array.setOffset(buffer.offset);
    } else {
      cast<AllocSharedOp>(buffer.op).setOffset(buffer.offset);
    }
  }
  kernel->setAttr(ldsBytesAttr, builder.getI64IntegerAttr(total));
}
