//===- StagedLoop.h - loops whose steps begin later ones --------*- C++ -*-===//
//
// What the passes that load ahead have in common. Of S stages one is multiplied
// while the S - 1 steps behind it have begun already:
//
//     begin steps 0 to S - 2            in front of the loop
//     for whole iterations:
//       finish step i, begin i + S - 1
//     finish the last S - 1 steps       behind the loop, under conditions those
//                                       that do not fill an iteration
//
// An iteration has as many steps as bring buffers and registers back in place,
// so that nothing has to be moved.
//
// How a step begins and where its tiles wait is the pass's own matter. Only
// steady loops are changed: what their branch does not do, the rest does.
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_DIALECTS_TILE_TRANSFORMS_STAGEDLOOP_H
#define MOESAIC_DIALECTS_TILE_TRANSFORMS_STAGEDLOOP_H

#include "dialects/Tile/Transforms/LoopLoads.h"

namespace moesaic::tile {

/// A steady loop, alone in its branch, while it is rewritten.
class StagedLoop {
public:
  virtual ~StagedLoop() = default;

  /// Replaces the loop.
  void run();

protected:
  /// What stays between two steps.
  struct State {
    /// What the loop carries: accumulators.
    llvm::SmallVector<mlir::Value> carried;
    /// What steps that have begun gave, a value for each load, in their order.
    llvm::SmallVector<llvm::SmallVector<mlir::Value>> begun;

    llvm::SmallVector<mlir::Value> takeBegun();
  };

  /// `stages`: the steps under way at once; `rotation`: the steps of an
  /// iteration.
  StagedLoop(mlir::scf::ForOp loop, Prefetches &prefetches, int64_t stages,
             int64_t rotation);

  /// Brings buffers and the loop's body into shape before steps are emitted.
  virtual void prepare() = 0;
  /// Whether a step begins the one that is `stages` - 1 behind it.
  struct Later {
    bool begins = false;
    /// i1: whether there is one; null when that is certain.
    mlir::Value exists;
  };

  /// Begins a step; what it gave, a value for each load.
  virtual llvm::SmallVector<mlir::Value> begin(mlir::Value position,
                                               int64_t number) = 0;
  /// Begins one of the steps in front of the loop.
  virtual void emitFirst(State &state, mlir::Value position, int64_t number) {
    state.begun.push_back(begin(position, number));
  }
  /// Emits step number `number`, modulo the rotation.
  virtual void emitStep(State &state, mlir::Value position, int64_t number,
                        Later later) = 0;

  /// Begins the step that is `stages` - 1 behind; `otherwise` is what it gives
  /// when it does not exist.
  void beginLater(State &state, mlir::Value position, int64_t number,
                  Later later, mlir::ValueRange otherwise);
  mlir::Value i32(int64_t value);
  /// The induction variable `steps` later.
  mlir::Value advance(mlir::Value position, int64_t steps);
  /// Leaves out of the steps what nothing but `unused` needs.
  void leaveOutIndices();
  /// What the loop's own values are in a step.
  mlir::IRMapping mapStep(const State &state, mlir::Value position,
                          int64_t number);
  /// Takes what a step leaves to the next one.
  void finishStep(State &state, const mlir::IRMapping &mapping);

  mlir::OpBuilder builder;
  mlir::Location loc;
  mlir::scf::ForOp loop;
  Prefetches &prefetches;
  int64_t stages;
  /// For tiles that wait in LDS, the buffers that they take in turn.
  llvm::SmallVector<llvm::SmallVector<mlir::Value>> buffers;
  /// What a step itself does not do: the loads, and what is only for them.
  llvm::SmallPtrSet<mlir::Operation *, 16> unused;

private:
  /// Emits where the loop ends, in front of the branch, and that the branch is
  /// for enough steps.
  mlir::Value emitEnd();
  /// Emits the loop itself, up to `end`.
  void emitLoop(State &state, mlir::Value end);
  /// Emits the steps behind the loop.
  void emitLast(State &state, mlir::Value end);

  mlir::scf::IfOp branch;
  int64_t rotation;
  int64_t step;
};

/// The steady loops of a kernel that hold products.
llvm::SmallVector<mlir::scf::ForOp> findSteadyLoops(KernelOp kernel);

} // namespace moesaic::tile

#endif
