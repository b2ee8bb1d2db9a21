//===- Distributor.h - rewrites one kernel body for one lane ----*- C++ -*-===//
//
// Walks a kernel body in order and emits what one lane does. Scalars are
// uniform and map one to one. A tile maps to one vector per fragment of its
// layout: fragment f holds the registers f*F .. f*F+F-1, where F is the
// layout's fragment size. The methods are spread over files by kind of op.
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_CONVERSION_TILETOGPU_DISTRIBUTOR_H
#define MOESAIC_CONVERSION_TILETOGPU_DISTRIBUTOR_H

#include "Conversion/TileToGPU/StoredAxes.h"
#include "Layout/AxisBits.h"
#include "Layout/MatrixLayouts.h"
#include "Target/Chips.h"
#include "dialects/Tile/IR/Tile.h"
#include "dialects/Tile/Transforms/AccessAnalysis.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"

namespace moesaic {

/// A tile as one lane holds it.
using Fragments = llvm::SmallVector<mlir::Value>;

/// How device memory is addressed.
enum class Addressing {
  /// Buffer descriptors with 32-bit offsets; the hardware drops what lies
  /// outside. Right for arrays in reach (Transforms/ArrayReach.h).
  Buffer,
  /// 64-bit addresses under a mask; right for every array.
  Global,
};

/// A scan on its way from the lowest bits of the axis to the highest.
struct ScanState;

/// What all copies of a kernel's body share.
struct KernelContext {
  tile::KernelOp kernel;
  const Chip &chip;
  mlir::Value lane, wave; ///< i32; the wave is in a scalar register.
  mlir::Value thread;     ///< i32, lane + wave size * wave.
  mlir::Value lds;        ///< Start of the workgroup's LDS, or null.
  tile::AccessAnalysis &accesses;
  bool acquires; ///< What others write may be read after a fence.
  /// Of a kernel that copies to LDS while it reads there, else null: the alias
  /// scopes of copies and of other accesses. Passes on tiles have placed waits
  /// and barriers between those that meet; without scopes LLVM would wait for
  /// all copies before every access.
  mlir::ArrayAttr copyScope, sharedScope;
};

class Distributor {
public:
  Distributor(mlir::OpBuilder &builder, const KernelContext &context)
      : builder(builder), context(context) {}

  /// Says what stands for a kernel argument.
  void map(mlir::Value from, mlir::Value to) { scalars.map(from, to); }
  /// Emits the operations of a block but its terminator.
  mlir::LogicalResult emitBlock(mlir::Block &block);

private:
  mlir::LogicalResult emit(mlir::Operation &op);

  // DistributeValues.cpp
  mlir::LogicalResult emitScalar(mlir::Operation &op);
  mlir::LogicalResult emitElementwise(mlir::Operation &op);
  mlir::LogicalResult emitConstant(mlir::arith::ConstantOp op);
  mlir::LogicalResult emitRange(tile::RangeOp op);
  mlir::LogicalResult emitSplat(tile::SplatOp op);
  mlir::LogicalResult emitSigmoid(tile::SigmoidOp op);
  /// A tile whose element at index i is the source's at `sourceIndex(i)`, a
  /// linear map over bits; both are held by the same lane.
  mlir::LogicalResult
  emitRearrangement(mlir::Operation *op, mlir::Value source, mlir::Value result,
                    llvm::function_ref<uint32_t(uint32_t)> sourceIndex);
  mlir::LogicalResult emitBroadcast(tile::BroadcastOp op);
  mlir::LogicalResult emitPermute(tile::PermuteOp op);

  // StoredAxes.cpp
  llvm::SmallVector<StoredAxis> getStoredAxes(mlir::Location loc,
                                              tile::ViewOp view);

  // DistributeAccess.cpp
  mlir::LogicalResult emitLoad(tile::LoadOp op);
  mlir::LogicalResult emitStore(tile::StoreOp op);
  mlir::LogicalResult emitSharedCopy(tile::SharedCopyOp op);
  /// The same with one kind of addresses; only a load has values.
  mlir::FailureOr<Fragments> emitLoad(tile::LoadOp op, Addressing addressing);
  mlir::FailureOr<Fragments> emitStore(tile::StoreOp op, Addressing addressing);
  mlir::FailureOr<Fragments> emitSharedCopy(tile::SharedCopyOp op,
                                            Addressing addressing);
  /// Emits an access with the kind of addresses that reaches its array, with
  /// both under a uniform branch where only the running kernel knows which.
  mlir::FailureOr<Fragments>
  emitByReach(mlir::Operation *op, mlir::Value array, mlir::TypeRange results,
              llvm::function_ref<mlir::FailureOr<Fragments>(Addressing)> emit);
  /// i1: descriptors reach the array of an access; null where that is certain.
  mlir::Value isInReach(mlir::Operation *op, mlir::Value array);

  // Access.cpp
  /// The address of zeros, as many as one load reads.
  mlir::Value zeros(mlir::Location loc);

  // DistributeScalarAccess.cpp
  mlir::LogicalResult emitScalarLoad(tile::LoadOp op);
  mlir::LogicalResult emitScalarStore(tile::StoreOp op);

  // DistributeAtomics.cpp
  mlir::LogicalResult emitAtomic(tile::AtomicOp op);
  void emitFence(tile::FenceOp op);
  /// One place, or one register's: i1 `mask` may be null. The old value, or
  /// null when it is not used.
  mlir::Value emitAtomicAt(tile::AtomicOp op, mlir::Value address,
                           mlir::Value mask, mlir::Value value,
                           mlir::Value expected);

  // DistributeSharedArrays.cpp
  mlir::LogicalResult emitArrayLoad(tile::LoadOp op);
  mlir::LogicalResult emitArrayStore(tile::StoreOp op);

  // DistributeShared.cpp
  /// The address of a buffer or shared array.
  mlir::LogicalResult emitSpace(mlir::Value buffer);
  mlir::LogicalResult emitSharedStore(tile::SharedStoreOp op);
  mlir::LogicalResult emitSharedLoad(tile::SharedLoadOp op);
  /// What lane and wave contribute to the offset of an access.
  mlir::Value sharedThreadPart(mlir::Location loc,
                               llvm::ArrayRef<uint32_t> lanes,
                               llvm::ArrayRef<uint32_t> waves);
  /// Some registers of a tile as one vector, and back; `values` has null for
  /// fragments of which nothing is there yet.
  mlir::Value gatherRegisters(mlir::Location loc, const Fragments &values,
                              llvm::ArrayRef<uint32_t> registers);
  void scatterRegisters(mlir::Location loc, mlir::Value vector,
                        llvm::ArrayRef<uint32_t> registers,
                        mlir::VectorType type, Fragments &values);
  mlir::Value readShared(mlir::Location loc, mlir::VectorType type,
                         mlir::Value address, bool transposes);
  /// A tile out of the buffer of type `buffer` at `base`.
  Fragments loadShared(mlir::Location loc, mlir::Type tileType,
                       tile::SharedType buffer, mlir::Value base);
  void emitBarrier(tile::BarrierOp op);
  void emitSharedWait(tile::SharedWaitOp op);
  /// Tells LLVM that no copy is under way where `access` reads or writes.
  template <typename Access>
  void setScopes(Access access);
  /// Whether copies to LDS are under way while the lane goes on.
  bool copiesAhead() const { return static_cast<bool>(context.copyScope); }

  // DistributeMatrix.cpp
  mlir::LogicalResult emitMma(tile::MmaOp op);
  mlir::LogicalResult emitMatrixInstructions(tile::MmaOp op,
                                             MatrixExtents instruction);
  mlir::LogicalResult emitMultiplyAdds(tile::MmaOp op);

  // DistributeReduce.cpp
  mlir::LogicalResult emitReduce(tile::ReduceOp op);
  mlir::Value combine(mlir::Location loc, tile::ReduceKind kind, mlir::Value a,
                      mlir::Value b);
  /// What changes no value that it is combined with.
  mlir::Value identityOf(mlir::Location loc, tile::ReduceKind kind,
                         mlir::Type type);

  // DistributeScan.cpp
  mlir::LogicalResult emitScan(tile::ScanOp op);
  void scanRegisters(tile::ScanOp op, const AxisRun &run,
                     unsigned doneRegisters, ScanState &state);
  void scanLanes(tile::ScanOp op, const AxisRun &run, unsigned doneRegisters,
                 ScanState &state);
  void scanWaves(tile::ScanOp op, const AxisRun &run, unsigned doneRegisters,
                 ScanState &state);

  // DistributeCounts.cpp
  mlir::LogicalResult emitHistogram(tile::HistogramOp op);
  mlir::LogicalResult emitRank(tile::RankOp op);

  // DistributeControlFlow.cpp
  mlir::LogicalResult emitFor(mlir::scf::ForOp op);
  mlir::LogicalResult emitIf(mlir::scf::IfOp op);
  mlir::LogicalResult emitWhile(mlir::scf::WhileOp op);
  /// The lane's values of scalars and tiles, one after the other.
  llvm::SmallVector<mlir::Value> flatten(mlir::ValueRange values);
  /// Maps scalars and tiles to consecutive `values`.
  void bind(mlir::ValueRange originals, mlir::ValueRange values);

  // Distributor.cpp
  mlir::Value scalar(mlir::Value original) { return scalars.lookup(original); }
  const Fragments &fragments(mlir::Value original) {
    return tiles.find(original)->second;
  }
  void setFragments(mlir::Value original, Fragments values) {
    tiles[original] = std::move(values);
  }
  tile::LayoutAttr layout(mlir::Value tileValue) {
    return tile::getLayout(tileValue.getType());
  }
  /// The vector type of one fragment.
  mlir::VectorType fragmentType(mlir::Type tileType);
  /// One register of a distributed tile.
  mlir::Value extractRegister(mlir::Location loc, const Fragments &values,
                              unsigned reg);
  /// Fragments of `size` registers each, out of single registers.
  Fragments packRegisters(mlir::Location loc,
                          llvm::ArrayRef<mlir::Value> registers, int size);
  /// i32: exclusive-or over the set bits of the lane and the wave number of
  /// the given images.
  mlir::Value threadPart(mlir::Location loc,
                         llvm::ArrayRef<uint32_t> laneImages,
                         llvm::ArrayRef<uint32_t> waveImages);
  /// a XOR b, as an addition where the two have no bit in common: additions of
  /// constants fold into the offsets of memory instructions.
  mlir::Value addLinear(mlir::Location loc, mlir::Value a, mlir::Value b,
                        bool disjoint);
  /// `move` of a scalar's bits as an integer of 32 bits or more: instructions
  /// that move values between lanes know no others.
  mlir::Value viaInteger(mlir::Location loc, mlir::Value value,
                         llvm::function_ref<mlir::Value(mlir::Value)> move);
  /// Makes a value that every lane has for itself uniform.
  mlir::Value readFirstLane(mlir::Location loc, mlir::Value value);
  mlir::Value constant(mlir::Location loc, mlir::Type type, int64_t value);
  mlir::Value i32(mlir::Location loc, int64_t value) {
    return constant(loc, builder.getI32Type(), value);
  }
  mlir::Value i64(mlir::Location loc, int64_t value) {
    return constant(loc, builder.getI64Type(), value);
  }
  mlir::LogicalResult unsupported(mlir::Operation *op,
                                  const llvm::Twine &reason);

  /// i1: this lane is the one of those holding the same elements that acts for
  /// them, and of a scalar the first of the workgroup; null when none repeats
  /// another.
  mlir::Value emitOwner(mlir::Location loc, mlir::Type type);

  class Access;
  class Places;
  class Counters;

  mlir::OpBuilder &builder;
  const KernelContext &context;
  mlir::IRMapping scalars;
  llvm::DenseMap<mlir::Value, Fragments> tiles;
  /// i1: the array is in reach; null where that is certain.
  llvm::DenseMap<mlir::Operation *, mlir::Value> inReach;
};

/// For every register of `to`, the register of `from` in the same lane whose
/// element index is `sourceIndex` of its own; empty when some element is held
/// by another lane or wave. `sourceIndex` must be linear over bits.
llvm::SmallVector<unsigned>
matchRegisters(const LinearLayout &from, const LinearLayout &to,
               llvm::function_ref<uint32_t(uint32_t)> sourceIndex);

/// Whether no bit that registers can set can be set by lanes or waves.
bool areDisjoint(llvm::ArrayRef<uint32_t> registers,
                 llvm::ArrayRef<uint32_t> lanes,
                 llvm::ArrayRef<uint32_t> waves);

/// The types that stand for those of scalars and tiles in the lane's code.
llvm::SmallVector<mlir::Type> flattenTypes(mlir::TypeRange types);

/// The image of one number under the bases of one input of a layout.
uint32_t applyBases(llvm::ArrayRef<uint32_t> bases, uint32_t value);

} // namespace moesaic

#endif
