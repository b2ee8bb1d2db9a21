//===- TileLaneOps.td - scans, arg-reductions, histograms and ranks -------===//
//
// What elements of one tile say about each other. A machine needs LDS for some
// of it: `scratch`, which moe-stage-scratch adds, is a buffer that the
// operation may overwrite, and then it has effects on that buffer alone.
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_TILE_LANE_OPS_TD
#define MOESAIC_TILE_LANE_OPS_TD

include "TileTypes.td"
include "TileAttrs.td"
include "mlir/Interfaces/InferTypeOpInterface.td"

class Tile_LaneOp<string mnemonic, list<Trait> traits = []>
    : Tile_Op<mnemonic, "0.2", "lanes", !listconcat([AlwaysSpeculatable], traits)>;

def Tile_Scratch : Arg<Optional<Tile_SharedType>, "LDS to work in", [MemRead, MemWrite]>;

/// Elements that can be compared and added.
def Tile_NumberTile : Tile_TileOf<[I8, I16, I32, I64, BF16, F16, F32, F64], "numbers">;
def Tile_Number : AnyTypeOf<[I8, I16, I32, I64, BF16, F16, F32, F64]>;
def Tile_NumberValue : AnyTypeOf<[Tile_Number, Tile_NumberTile], "number or tile of numbers">;

def Tile_ScanOp : Tile_LaneOp<"scan", [AllTypesMatch<["source", "result"]>]> {
  let summary = "running sum, maximum or minimum along one axis";
  let description = [{
    With positions along `axis` as the only index:

        result[i] = source[0] op ... op source[i]
        result[i] = initial op source[0] op ... op source[i - 1]      exclusive

    `reverse` counts positions from the end. `initial` is 0 for `add`, and the
    least (greatest) value for `max` (`min`): an infinity for floats. Integers
    wrap. `max` and `min` ignore NaN unless there is nothing else. Sums of
    floats are rounded in an unspecified order.

    C1. `axis` is an axis of the source.
    C2. The kind is `add`, `max` or `min`.

    ```mlir
    %s = tile.scan add %x axis 0 exclusive : tensor<128xi32>
    ```
  }];
  let arguments = (ins Tile_ReduceKindAttr:$kind, Tile_NumberTile:$source, I64Attr:$axis,
                       UnitAttr:$exclusive, UnitAttr:$reverse, Tile_Scratch:$scratch);
  let results = (outs Tile_NumberTile:$result);
  let assemblyFormat = [{
    $kind $source `axis` $axis (`exclusive` $exclusive^)? (`reverse` $reverse^)?
    (`scratch` $scratch^ `:` qualified(type($scratch)))? attr-dict `:` type($source)
  }];
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Tile_ArgReduceOp : Tile_LaneOp<"arg_reduce", [NoMemoryEffect]> {
  let summary = "greatest or least element along one axis and its position";
  let description = [{
    `value` is what `tile.reduce` gives; `index` is the lowest position along
    `axis` whose element equals it. NaN loses against numbers, and where all
    elements are NaN the position is 0. A tile of rank 1 gives two scalars.

    C1. `axis` is an axis of the source.
    C2. The kind is `max` or `min`.
    C3. `value` is the source without that axis, `index` the same with elements
        of type i32; scalars for rank 1.

    ```mlir
    %v, %i = tile.arg_reduce max %x axis 1 : tensor<4x64xf32> -> tensor<4xf32>, tensor<4xi32>
    ```
  }];
  let arguments = (ins Tile_ReduceKindAttr:$kind, Tile_NumberTile:$source, I64Attr:$axis);
  let results = (outs Tile_NumberValue:$value, AnyTypeOf<[I32, Tile_IndexTile]>:$index);
  let assemblyFormat = [{
    $kind $source `axis` $axis attr-dict `:` type($source) `->` type($value) `,` type($index)
  }];
  let hasVerifier = 1;
  let hasCanonicalizer = 1;
}

def Tile_HistogramOp : Tile_LaneOp<"histogram"> {
  let summary = "how often each key occurs";
  let description = [{
    `result[k]` is the number of elements of `keys` that equal k. Keys that are
    negative or not below the result's extent are not counted.

    C1. The result has rank 1.

    ```mlir
    %counts = tile.histogram %keys : tensor<256xi32> -> tensor<64xi32>
    ```
  }];
  let arguments = (ins Tile_IndexTile:$keys, Tile_Scratch:$scratch);
  let results = (outs Tile_IndexTile:$result);
  let assemblyFormat = [{
    $keys (`scratch` $scratch^ `:` qualified(type($scratch)))? attr-dict `:` type($keys) `->` type($result)
  }];
  let hasVerifier = 1;
}

def Tile_RankOp : Tile_LaneOp<"rank", [AllTypesMatch<["keys", "ranks"]>]> {
  let summary = "position of each key among its equals";
  let description = [{
    `ranks[i]` is the number of elements before i, in row-major order, that
    equal `keys[i]`, and `totals` is the histogram of the keys. A key that is
    negative or not below the extent of `totals` has rank 0 and is not counted.

        totals exclusively scanned, at the key, plus the rank: a stable sort

    C1. `totals` has rank 1.

    ```mlir
    %r, %n = tile.rank %keys : tensor<256xi32>, tensor<64xi32>
    ```
  }];
  let arguments = (ins Tile_IndexTile:$keys, Tile_Scratch:$scratch);
  let results = (outs Tile_IndexTile:$ranks, Tile_IndexTile:$totals);
  let assemblyFormat = [{
    $keys (`scratch` $scratch^ `:` qualified(type($scratch)))? attr-dict `:` type($keys) `,` type($totals)
  }];
  let hasVerifier = 1;
  let hasCanonicalizer = 1;
}

#endif
