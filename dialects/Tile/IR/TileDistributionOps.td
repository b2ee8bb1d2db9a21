//===- TileDistributionOps.td - layouts, LDS and barriers -----------------===//
//
// Programs do not write these; layout assignment and the passes after it do.
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_TILE_DISTRIBUTION_OPS_TD
#define MOESAIC_TILE_DISTRIBUTION_OPS_TD

include "TileTypes.td"
include "TileAttrs.td"

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
