//===- TileDistributionOps.td - layouts, LDS and barriers -----------------===//
//
// Programs do not write these; layout assignment and the passes after it do.
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_TILE_DISTRIBUTION_OPS_TD
#define MOESAIC_TILE_DISTRIBUTION_OPS_TD

include "TileTypes.td"
include "TileAttrs.td"
include "TileInterfaces.td"

class Tile_DistributionOp<string mnemonic, list<Trait> traits = []>
    : Tile_Op<mnemonic, "0.1", "distribution", traits>;

def Tile_ConvertLayoutOp : Tile_DistributionOp<"convert_layout", [Pure]> {
  let summary = "same tile in another layout";
  let description = [{
    C1. Source and result differ in nothing but their encoding.

    ```mlir
    %y = tile.convert_layout %x : tensor<16x16xf32, #acc> -> tensor<16x16xf32, #rows>
    ```
  }];
  let arguments = (ins Tile_AnyTile:$source);
  let results = (outs Tile_AnyTile:$result);
  let assemblyFormat = "$source attr-dict `:` type($source) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Tile_AllocSharedOp : Tile_DistributionOp<"alloc_shared"> {
  let summary = "buffer in LDS";
  let description = [{
    Lives as long as the kernel; `offset`, in bytes from the start of the
    workgroup's LDS, is set by shared-memory allocation. Buffers that are never
    live together may share bytes.

    ```mlir
    %buffer = tile.alloc_shared : !tile.shared<128x64xbf16, #swizzled>
    ```
  }];
  let arguments = (ins OptionalAttr<I64Attr>:$offset);
  let results = (outs Res<Tile_SharedType, "", [MemAlloc]>:$result);
  let assemblyFormat = "attr-dict `:` qualified(type($result))";
}

def Tile_SharedStoreOp : Tile_DistributionOp<"shared_store"> {
  let summary = "store of a whole tile to LDS";
  let description = [{
    C1. `value` and the buffer have the same shape and element type.

    ```mlir
    tile.shared_store %x, %buffer : tensor<128x64xbf16, #rows>, !tile.shared<128x64xbf16, #swizzled>
    ```
  }];
  let arguments = (ins Tile_AnyTile:$value, Arg<Tile_SharedType, "", [MemWrite]>:$buffer);
  let assemblyFormat = "$value `,` $buffer attr-dict `:` type($value) `,` qualified(type($buffer))";
  let hasVerifier = 1;
}

def Tile_SharedLoadOp : Tile_DistributionOp<"shared_load"> {
  let summary = "load of a whole tile from LDS";
  let description = [{
    C1. The result and the buffer have the same shape and element type.

    ```mlir
    %x = tile.shared_load %buffer : !tile.shared<128x64xbf16, #swizzled> -> tensor<128x64xbf16, #operand>
    ```
  }];
  let arguments = (ins Arg<Tile_SharedType, "", [MemRead]>:$buffer);
  let results = (outs Tile_AnyTile:$result);
  let assemblyFormat = "$buffer attr-dict `:` qualified(type($buffer)) `->` type($result)";
  let hasVerifier = 1;
}

def Tile_SharedCopyOp : Tile_DistributionOp<"shared_copy", [Tile_GatherInterface]> {
  let summary = "gather from an array straight into LDS";
  let description = [{
    Starts to copy what `tile.load` with these operands, and without a pad,
    reads. When the buffer has it is for `tile.shared_wait` to say; until then
    its contents are undefined. `layout` says which lane asks for which element;
    one instruction of a wave copies the elements of one fragment of every lane
    to consecutive places of the buffer, in the order of the lanes.

    C1. There is one index per axis of the array, and one of them is a tile.
    C2. The buffer's shape is the concatenation of the index shapes, permuted by
        `order`.
    C3. `order` is empty (the identity) or a permutation of the buffer's axes.
    C4. The buffer and the array have one element type.
    C5. `in_bounds` is empty or lists array axes in ascending order.
    C6. `layout` has the buffer's shape, no element twice, and fragments and
        lanes that follow each other in the buffer.

    ```mlir
    %t = tile.shared_copy %a[%slots, %k] layout #rows to %buffer : !tile.array<?x?xbf16>[tensor<128xi32>, tensor<64xi32>] to !tile.shared<128x64xbf16, #swizzled>
    ```
  }];
  let arguments = (ins Arg<Tile_ArrayType, "", [MemRead]>:$array, Variadic<Tile_Index>:$indices,
                       Arg<Tile_SharedType, "", [MemWrite]>:$buffer, Tile_LayoutAttr:$layout,
                       DefaultValuedAttr<DenseI64ArrayAttr, "{}">:$order,
                       DefaultValuedAttr<DenseI64ArrayAttr, "{}">:$in_bounds);
  let results = (outs Tile_Token:$token);
  let assemblyFormat = [{
    $array `[` $indices `]` (`order` $order^)? (`in_bounds` $in_bounds^)?
    `layout` qualified($layout) `to` $buffer attr-dict
    `:` qualified(type($array)) `[` type($indices) `]` `to` qualified(type($buffer))
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// The tile that is copied, in the layout in which lanes ask for it.
    ::mlir::RankedTensorType getTileType();
    ::mlir::Type getLoadedType() { return getTileType(); }
    /// How many instructions each wave issues.
    int64_t getInstructions();
  }];
}

def Tile_SharedWaitOp : Tile_DistributionOp<"shared_wait"> {
  let summary = "wait until copies to LDS have been done";
  let description = [{
    Waits for what this wave has started to copy and the tokens stand for; a
    barrier behind it makes the other waves' parts visible too. Copies end in
    the order in which they start, so that a wait is a number: `pending`, which
    `moe-count-copies` sets, is how many instructions of later copies may still
    be under way.

    C1. `pending` is not negative.

    ```mlir
    tile.shared_wait %t
    tile.shared_wait %t pending 8
    ```
  }];
  let arguments = (ins Variadic<Tile_Token>:$tokens, OptionalAttr<I64Attr>:$pending);
  let assemblyFormat = "$tokens (`pending` $pending^)? attr-dict";
  let hasVerifier = 1;
}

def Tile_BarrierOp : Tile_DistributionOp<"barrier"> {
  let summary = "wait of all waves for each other's LDS accesses";
  let description = [{
    Orders every access to LDS before it with every one after it, for all waves
    of the workgroup. With `global` it orders accesses to device memory too.

    ```mlir
    tile.barrier
    tile.barrier global
    ```
  }];
  let arguments = (ins UnitAttr:$global);
  let assemblyFormat = "(`global` $global^)? attr-dict";
}

#endif
