//===- Tile.h - the tile dialect: types, attributes and ops -----*- C++ -*-===//

#ifndef MOESAIC_DIALECTS_TILE_IR_TILE_H
#define MOESAIC_DIALECTS_TILE_IR_TILE_H

#include "Layout/LinearLayout.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/RegionKindInterface.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/IR/TensorEncoding.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace moesaic::tile {

/// Names of the argument attributes of kernels and entries (see `tile.kernel`).
inline constexpr llvm::StringLiteral nameAttr = "tile.name";
inline constexpr llvm::StringLiteral accessAttr = "tile.access";
inline constexpr llvm::StringLiteral roleAttr = "tile.role";
inline constexpr llvm::StringLiteral divisibleAttr = "tile.divisible";
/// Bytes of LDS that a kernel uses, on the kernel, once LDS is allocated.
inline constexpr llvm::StringLiteral ldsBytesAttr = "tile.lds_bytes";
/// On a kernel: how many steps of its loops are under way at once.
inline constexpr llvm::StringLiteral stagesAttr = "tile.stages";
/// On a kernel: how the work of its loops is ordered, as SCHED says.
inline constexpr llvm::StringLiteral schedAttr = "tile.sched";
enum class Sched {
  Default,
  Free,
  Groups,
  Interleave0,
  Interleave1,
  MaxIlp,
  TakeTurns,
  Alternate
};
/// On a kernel: whether tiles go to LDS straight from memory, as DMA says.
inline constexpr llvm::StringLiteral dmaAttr = "tile.dma";
/// On a loop and the one after it: the second does what the first leaves.
inline constexpr llvm::StringLiteral steadyAttr = "tile.steady";
inline constexpr llvm::StringLiteral restAttr = "tile.rest";
/// Marks a `func.func` as an entry.
inline constexpr llvm::StringLiteral entryAttr = "tile.entry";
/// On a kernel or entry that a host program may call: the names to call it by,
/// and its compile-time parameters with their values.
inline constexpr llvm::StringLiteral exportsAttr = "tile.exports";
inline constexpr llvm::StringLiteral parametersAttr = "tile.parameters";
/// On a `tile.require` whose condition compares two extents, or strides, that
/// have to be equal.
inline constexpr llvm::StringLiteral comparesAttr = "tile.compares";

/// Whether `type` is a tile: a ranked tensor of rank 1 or more whose extents
/// are static powers of two.
bool isTile(mlir::Type type);

/// The tile type with another shape, element type or layout; `layout` may be
/// null.
mlir::RankedTensorType getTileType(llvm::ArrayRef<int64_t> shape,
                                   mlir::Type elementType,
                                   mlir::Attribute layout = {});

/// Whether `order` is a permutation of 0 .. rank-1.
bool isPermutation(llvm::ArrayRef<int64_t> order, int64_t rank);

/// One axis of an array whose blocked axes are taken apart: which of its
/// blocks, or which element inside them.
struct StorageDigit {
  unsigned axis;
  int64_t block; ///< Elements of a block along the axis.
  bool isInside;
};
/// How an array without strides is stored: the digits of a position, slowest
/// first. `blocks` and `order` are those of `tile.view`.
llvm::SmallVector<StorageDigit> getStorageDigits(unsigned rank,
                                                 llvm::ArrayRef<int64_t> blocks,
                                                 llvm::ArrayRef<int64_t> order);

/// The shape of what `tile.load` reads or `tile.store` writes: the index shapes
/// concatenated, then permuted by `order` (empty: not permuted).
llvm::SmallVector<int64_t> getAccessShape(mlir::ValueRange indices,
                                          llvm::ArrayRef<int64_t> order);

/// The axes of the accessed tile that each index spans, in the index's own axis
/// order; none for a scalar.
llvm::SmallVector<llvm::SmallVector<int64_t>>
getIndexAxes(mlir::ValueRange indices, llvm::ArrayRef<int64_t> order);

} // namespace moesaic::tile

#include "dialects/Tile/IR/TileDialect.h.inc"
#include "dialects/Tile/IR/TileEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/Tile/IR/TileAttrs.h.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/Tile/IR/TileTypes.h.inc"

namespace moesaic::tile {
/// The layout of a tile, or null while none is assigned.
LayoutAttr getLayout(mlir::Type tileType);
/// Whether elements of this type have this atomic operation.
bool supportsAtomic(AtomicKind kind, mlir::Type element);
/// False for a shared array that is known to end inside a word of 4 bytes, of
/// which atomics of 16-bit elements take whole ones.
bool hasWholeWords(mlir::Value array);

/// The bytes of LDS behind a buffer or a shared array.
struct SharedSpace {
  std::optional<int64_t> offset; ///< Null before LDS is allocated.
  int64_t bytes;

  /// Whether the two have bytes in common; unallocated space has none.
  bool overlaps(const SharedSpace &other) const {
    return offset && other.offset && *offset < *other.offset + other.bytes &&
           *other.offset < *offset + bytes;
  }
};
/// Nothing for a value that neither op made.
std::optional<SharedSpace> getSharedSpace(mlir::Value buffer);
} // namespace moesaic::tile

#include "dialects/Tile/IR/TileInterfaces.h.inc"

#define GET_OP_CLASSES
#include "dialects/Tile/IR/TileOps.h.inc"

#endif
