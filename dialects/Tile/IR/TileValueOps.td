//===- TileValueOps.td - tiles from scalars and from other tiles ----------===//

#ifndef MOESAIC_TILE_VALUE_OPS_TD
#define MOESAIC_TILE_VALUE_OPS_TD

include "TileTypes.td"
include "TileAttrs.td"
include "mlir/Interfaces/InferTypeOpInterface.td"

class Tile_ValueOp<string mnemonic, list<Trait> traits = []>
    : Tile_Op<mnemonic, "0.1", "values", !listconcat([Pure], traits)>;

def Tile_RangeOp : Tile_ValueOp<"range"> {
  let summary = "the integers from zero";
  let description = [{
    `result[i] = i`.

    C1. The result has rank 1.

    ```mlir
    %i = tile.range : tensor<64xi32>
    ```
  }];
  let results = (outs Tile_IndexTile:$result);
  let assemblyFormat = "attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def Tile_SplatOp : Tile_ValueOp<"splat"> {
  let summary = "tile with one value everywhere";
  let description = [{
    `result[...] = scalar`.

    C1. The element type is the scalar's type.

    ```mlir
    %t = tile.splat %s : f32 -> tensor<128x64xf32>
    ```
  }];
  let arguments = (ins Tile_Element:$scalar);
  let results = (outs Tile_AnyTile:$result);
  let assemblyFormat = "$scalar attr-dict `:` type($scalar) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Tile_BroadcastOp : Tile_ValueOp<"broadcast"> {
  let summary = "repetition along axes of extent 1";
  let description = [{
    `result[i, j, ...] = source[min(i, source extent - 1), ...]`.

    C1. Source and result have the same rank and element type.
    C2. Every source extent is 1 or the result's.

    ```mlir
    %w = tile.broadcast %c : tensor<128x1xf32> -> tensor<128x64xf32>
    ```
  }];
  let arguments = (ins Tile_AnyTile:$source);
  let results = (outs Tile_AnyTile:$result);
  let assemblyFormat = "$source attr-dict `:` type($source) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Tile_ReshapeOp : Tile_ValueOp<"reshape"> {
  let summary = "same elements in row-major order under another shape";
  let description = [{
    C1. Source and result have the same number of elements and element type.

    ```mlir
    %c = tile.reshape %v : tensor<128xf32> -> tensor<128x1xf32>
    ```
  }];
  let arguments = (ins Tile_AnyTile:$source);
  let results = (outs Tile_AnyTile:$result);
  let assemblyFormat = "$source attr-dict `:` type($source) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def Tile_PermuteOp : Tile_ValueOp<"permute"> {
  let summary = "permutation of axes";
  let description = [{
    Axis i of the result is axis `order[i]` of the source. A permute of a load
    folds into the load's `order`.

    C1. `order` is a permutation of the source's axes.
    C2. The result has the source's element type and its permuted shape.

    ```mlir
    %t = tile.permute %w order [1, 0] : tensor<128x64xbf16> -> tensor<64x128xbf16>
    ```
  }];
  let arguments = (ins Tile_AnyTile:$source, DenseI64ArrayAttr:$order);
  let results = (outs Tile_AnyTile:$result);
  let assemblyFormat = "$source `order` $order attr-dict `:` type($source) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def Tile_SigmoidOp : Tile_ValueOp<"sigmoid", [SameOperandsAndResultType]> {
  let summary = "logistic function";
  let description = [{
    `result = 1 / (1 + exp(-x))`, within 4 units in the last place of f32.

    ```mlir
    %y = tile.sigmoid %x : tensor<128x64xf32>
    ```
  }];
  let arguments = (ins AnyTypeOf<[F32, Tile_TileOf<[F32], "f32 elements">]>:$operand);
  let results = (outs AnyTypeOf<[F32, Tile_TileOf<[F32], "f32 elements">]>:$result);
  let assemblyFormat = "$operand attr-dict `:` type($operand)";
}

def Tile_MmaOp : Tile_ValueOp<"mma", [AllTypesMatch<["accumulator", "result"]>]> {
  let summary = "matrix multiply and accumulate";
  let description = [{
    `result[m, n] = accumulator[m, n] + sum over k of a[m, k] * b[k, n]`.

    | a, b | accumulator |
    |---|---|
    | f16, bf16, f32 | f32 |

    Products are exact for f16 and bf16; sums are rounded to f32 in an
    unspecified order.

    C1. `a` is MxK, `b` is KxN and `accumulator` MxN.
    C2. `a` and `b` have the same element type, from the table.
    C3. The accumulator's element type is the table's.

    ```mlir
    %d = tile.mma %a, %b, %c : tensor<128x64xbf16>, tensor<64x128xbf16>, tensor<128x128xf32>
    ```
  }];
  let arguments = (ins Tile_AnyTile:$a, Tile_AnyTile:$b, Tile_AnyTile:$accumulator);
  let results = (outs Tile_AnyTile:$result);
  let assemblyFormat = "$a `,` $b `,` $accumulator attr-dict `:` type($a) `,` type($b) `,` type($accumulator)";
  let hasVerifier = 1;
}

def Tile_ReduceOp : Tile_ValueOp<"reduce"> {
  let summary = "reduction along one axis";
  let description = [{
    Combines all elements along `axis`, which disappears; a tile of rank 1
    reduces to a scalar. Integers wrap. `max` and `min` of floats ignore NaN
    unless every element is one. Sums of floats are rounded in an unspecified
    order.

    C1. `axis` is an axis of the source.
    C2. The result is the source without that axis, or the element type itself
        for rank 1.
    C3. `and`, `or` and `xor` take integers.

    ```mlir
    %s = tile.reduce add %x axis 1 : tensor<128x8xf32> -> tensor<128xf32>
    ```
  }];
  let arguments = (ins Tile_ReduceKindAttr:$kind, Tile_AnyTile:$source, I64Attr:$axis);
  let results = (outs Tile_Value:$result);
  let assemblyFormat = "`` $kind $source `axis` $axis attr-dict `:` type($source) `->` type($result)";
  let hasVerifier = 1;
}

#endif
