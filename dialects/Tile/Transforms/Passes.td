//===- Passes.td - passes on tiles -----------------------------------------===//
//
// Keep alphabetical. `buildTilePipeline` has the order in which they run.
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_TILE_PASSES_TD
#define MOESAIC_TILE_PASSES_TD

include "mlir/Pass/PassBase.td"

class Tile_Pass<string flag> : Pass<flag, "::moesaic::tile::KernelOp"> {
  let dependentDialects = ["::moesaic::tile::TileDialect"];
  string example = "";
}

/// A pass that asks the table of chips.
class Tile_ChipPass<string flag> : Tile_Pass<flag> {
  let options = [
    Option<"target", "target", "std::string", "\"gfx942\"",
           "chip that the kernel is compiled for, for example gfx942">
  ];
}

def AllocateShared : Tile_ChipPass<"moe-allocate-shared"> {
  let summary = "Give every LDS buffer its place";
  let description = [{
    Sets the `offset` of every `tile.alloc_shared` and `tile.shared_array` such
    that those whose
    lifetimes overlap do not share bytes, and the kernel's `tile.lds_bytes`.
    Buffers share bytes only when they take more than half of the chip's LDS
    otherwise. Refuses a kernel that needs more than all of it.

    Runs after the last pass that adds buffers and before barriers are placed:
    buffers that share bytes need barriers between them.

    Example: test/dialects/Tile/Transforms/allocate-shared.mlir
  }];
}

def AssignLayouts : Tile_ChipPass<"moe-assign-layouts"> {
  let summary = "Distribute every tile over registers, lanes and waves";
  let description = [{
    Gives every tile a `#tile.layout`. Matrix products, loads and reductions
    say which layouts they want; what is made from them follows; cheap values,
    such as indices, are made once in each layout that asks for them, where
    they are defined. Where a tile is wanted in a layout that it does not have,
    a `tile.convert_layout` appears.

    Before: no tile has a layout. After: all have one. A kernel without tiles
    does not change.

    Example: test/dialects/Tile/Transforms/assign-layouts.mlir
  }];
}

def CheckRegisters : Tile_ChipPass<"moe-check-registers"> {
  let summary = "Refuse kernels whose tiles cannot fit in registers";
  let description = [{
    Counts the registers of a lane that loop-carried tiles and the operands of
    a product need at the same time. More than the chip has would spill, after
    minutes of register allocation.

    Runs after layout assignment. Changes nothing.

    Example: test/dialects/Tile/Transforms/check-registers-invalid.mlir
  }];
}

def CountCopies : Tile_Pass<"moe-count-copies"> {
  let summary = "Turn tokens of copies into counts";
  let description = [{
    Sets `pending` of every `tile.shared_wait`: how many copy instructions a
    wave may have started since the newest of its tokens, at least, whatever way
    control took.

    Runs last: nothing may add or move copies behind it. A kernel without copies
    does not change.

    Example: test/dialects/Tile/Transforms/count-copies.mlir
  }];
}

def ExpandArgReductions : Tile_Pass<"moe-expand-arg-reductions"> {
  let summary = "Turn arg-reductions into two reductions";
  let description = [{
    A `tile.arg_reduce` becomes the reduction of its elements and the reduction
    of the least position whose element equals it.

    Runs before layouts are assigned. A kernel without arg-reductions does not
    change.

    Example: test/dialects/Tile/Transforms/expand-arg-reductions.mlir
  }];
}

def ExplainPerformance : Tile_ChipPass<"moe-explain-performance"> {
  let summary = "Say as remarks what will be fast and what slow, and why";
  let description = [{
    Remarks at the operations of a kernel: the matrix instruction of a product
    or why it has none; loads and stores that move less than 16 bytes at once,
    the reason, and the `where` clause that would help; bank conflicts; tiles
    that go through LDS; operations that the chip emulates.

    Runs after all other passes on tiles. Changes nothing.

    Example: test/dialects/Tile/Transforms/explain-performance.mlir
  }];
}

def InsertBarriers : Tile_Pass<"moe-insert-barriers"> {
  let summary = "Place the barriers that memory accesses need";
  let description = [{
    A barrier stands between two accesses to the same bytes of LDS, or to an
    array that the kernel writes, unless both are reads, every lane touches
    the same elements in both, or both are atomics of one kind whose results
    nobody uses; also when the second one follows in the next
    iteration of a loop. Each is placed as late as possible, so that one serves
    as many accesses as it can.

    Runs after LDS is allocated. A kernel that needs no barrier does not change.

    Example: test/dialects/Tile/Transforms/insert-barriers.mlir
  }];
}

def PipelineLoops : Tile_ChipPass<"moe-pipeline-loops"> {
  let summary = "Load the tiles of a loop's next iterations during its products";
  let description = [{
    In a kernel with `tile.stages` = S, steady loops that hold a `tile.mma` load
    from arrays that the kernel does not write S - 1 iterations ahead, when the
    indices depend on nothing but the induction variable. The tiles wait in
    registers, carried by the loop; from S = 3 on one of them waits in a second
    LDS buffer, if all tiles go through LDS and it has the room. The first tiles
    are loaded in front of the loop; the last S - 1 steps stand behind it, and so
    do those that do not fill an iteration, each under a branch. Fewer than S - 1
    steps in all are left to `tile.rest`. Where stages are asked for, loads that stay where they are get a remark. With `tile.sched` = 7
    tiles go to LDS behind the products of the step before theirs, and two waves
    on each SIMD are required. Loops that load nothing ahead store the tiles of
    a step to LDS at its beginning; of those that are not steady, loops with
    several products only.

    Runs after loops were split. The attribute becomes 1, with which nothing
    changes. Without it the pass takes what the table has for the chip, one more
    where a loop loads more registers than it accumulates into, and fewer where
    they would not fit.

    Example: test/dialects/Tile/Transforms/pipeline-loops.mlir
  }];
}

def PrefetchShared : Tile_ChipPass<"moe-prefetch-shared"> {
  let summary = "Copy the tiles of a loop's next iterations straight to LDS";
  let description = [{
    In steady loops that hold a `tile.mma` and load nothing but tiles that go to
    LDS and nowhere else, these loads become `tile.shared_copy`s, S - 1 steps
    ahead, to S buffers. That is so on chips that copy 16 bytes for each lane at
    once, and where `tile.dma` says so; for loads from arrays that the kernel does
    not write, whose indices depend on nothing but the induction variable, and
    whose layout `moe-assign-layouts` chose for it. S is `tile.stages`; without
    it, what the table has for the chip, one more where a loop loads more
    registers than it accumulates into, and fewer where LDS does not suffice. A
    number that is asked for and does not fit is refused. An iteration does S
    steps; the first steps are copied in front of the loop, the last S - 1 stand
    behind it, and so do those that do not fill an iteration, each under a branch.
    Fewer than S - 1 steps in all are left to `tile.rest`. Where `tile.dma` asks
    for copies, chips without them are refused and tiles that prevent them get a
    remark.

    Runs after loops were split and before other loads are pipelined. A kernel
    with `tile.stages` = 1 does not change, nor do chips without such loads.

    Example: test/dialects/Tile/Transforms/prefetch-shared.mlir
  }];
}

def SplitLoops : Tile_Pass<"moe-split-loops"> {
  let summary = "Take the checks out of a loop's steady part";
  let description = [{
    A loop with a `tile.mma` that loads tiles is split in two: `tile.steady`
    does the iterations in which indices that count from the induction variable
    are in bounds for certain, and its loads say so; `tile.rest` does those
    after them. The steady loop is skipped when a descriptor does not reach some
    array that it loads from: `tile.in_reach` on its loads says that they need
    not ask. Where all iterations are known to be in bounds, the rest's loads
    say so, too.

    Runs after conversions went through LDS.

    Example: test/dialects/Tile/Transforms/split-loops.mlir
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect"];
}

def SplitStores : Tile_Pass<"moe-split-stores"> {
  let summary = "Branch around stores by whether descriptors reach the array";
  let description = [{
    A `tile.store` to an array whose size alone does not say that a buffer
    descriptor reaches it is there twice under a branch, and `tile.in_reach`
    says which is which. What nothing but the store uses goes into the branch
    with it. Stores that have the attribute do not change, nor do those that
    descriptors reach in windows along one axis of the array: their indices
    along the others are scalars, or along the contiguous one a uniform
    position and a range.

    Runs after loops were split and before LDS is allocated.

    Example: test/dialects/Tile/Transforms/split-stores.mlir
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect"];
}

def StageAtomics : Tile_Pass<"moe-stage-atomics"> {
  let summary = "Expand orders of atomics, and share their results";
  let description = [{
    Of the lanes that hold one element of a `tile.atomic`, one executes it. Where
    its result is used and other lanes or waves hold it too, it goes to them
    through a `tile.shared_array`.

    An order other than `relaxed` becomes fences of all waves, with a barrier
    towards the atomic, which is relaxed then: `tile.fence release` in front,
    `tile.fence acquire` behind. Barriers are added to the fences of the
    program, too.

    Runs after layout assignment and before LDS is allocated. Other kernels do
    not change.

    Example: test/dialects/Tile/Transforms/stage-atomics.mlir
  }];
}

def StageConversions : Tile_ChipPass<"moe-stage-conversions"> {
  let summary = "Move tiles between lanes through LDS";
  let description = [{
    Replaces each `tile.convert_layout` that takes elements from other lanes by
    a store to a new LDS buffer and a load from it. The buffer is swizzled for
    both and for the banks of the chip. Conversions within a lane remain.

    Runs after layout assignment. The loads are placed where the tile is first
    used, so that several stores share one barrier.

    Example: test/dialects/Tile/Transforms/stage-conversions.mlir
  }];
}

def StageScratch : Tile_Pass<"moe-stage-scratch"> {
  let summary = "Give scans, histograms and ranks their LDS";
  let description = [{
    Adds an LDS buffer as `scratch` to every histogram and rank, and to the
    scans whose axis is spread over waves.

    Runs after layout assignment, before LDS is allocated.

    Example: test/dialects/Tile/Transforms/stage-scratch.mlir
  }];
}

def VerifyLayouts : Tile_ChipPass<"moe-verify-layouts"> {
  let summary = "Check that the layouts of a kernel fit together";
  let description = [{
    Every tile has a layout of the kernel's lanes and waves that holds all its
    elements; element-wise operations have one layout; indices have the part of
    their access's layout that they span; products have the layouts of the
    chip's instructions; reductions stay within a wave.

    Runs before tiles are distributed, which relies on all of this. Changes
    nothing.

    Example: test/dialects/Tile/Transforms/verify-layouts-invalid.mlir
  }];
}

#endif
