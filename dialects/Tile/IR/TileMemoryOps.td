//===- TileMemoryOps.td - arrays: views, gathers and scatters -------------===//

#ifndef MOESAIC_TILE_MEMORY_OPS_TD
#define MOESAIC_TILE_MEMORY_OPS_TD

include "TileTypes.td"
include "TileAttrs.td"
include "TileInterfaces.td"

class Tile_MemoryOp<string mnemonic, list<Trait> traits = []>
    : Tile_Op<mnemonic, "0.1", "memory", traits>;

def Tile_ViewOp : Tile_MemoryOp<"view", [Pure, AttrSizedOperandSegments]> {
  let summary = "array made of an address, extents and strides";
  let description = [{
    Strides count elements; without them the array is row-major and its base is
    16-byte aligned. With them the base is aligned as far as every stride other
    than a constant 1 is known to be divisible, up to 16 bytes.

    C1. There is one extent per axis of the result.
    C2. `strides` is empty or has one entry per axis.
    C3. The element types of `base` and the result agree.
    `blocks` and `order` say that the array is not row-major: its axes, permuted
    by `order`, are cut into blocks of the extents that `blocks` names, by axis
    of the array; the blocks lie one after the other in row-major order, and so
    do the elements of each. Matrices of 16x8 blocks, for example, have element
    [n, k] at

        ((n / 16) * (K / 8) + k / 8) * 128 + (n % 16) * 8 + k % 8

    Extents are then multiples of their blocks', which is checked before the
    launch.

    C4. The result is in device memory.
    C5. `blocks` is empty or has a power of two for each axis.
    C6. `order` is empty (the identity) or a permutation of the axes.
    C7. Strides exclude `blocks` and `order`.

    ```mlir
    %a = tile.view %base[%m, %k] : !tile.ptr<bf16> -> !tile.array<?x?xbf16>
    ```
  }];
  let arguments = (ins Tile_PointerType:$base, Variadic<I32>:$extents, Variadic<I64>:$strides,
                       DefaultValuedAttr<DenseI64ArrayAttr, "{}">:$blocks,
                       DefaultValuedAttr<DenseI64ArrayAttr, "{}">:$order);
  let results = (outs Tile_ArrayType:$result);
  let assemblyFormat = [{
    $base `[` $extents `]` (`strides` `[` $strides^ `]`)? (`blocks` $blocks^)? (`order` $order^)? attr-dict `:` qualified(type($base)) `->` qualified(type($result))
  }];
  let hasVerifier = 1;
}

def Tile_SharedArrayOp : Tile_MemoryOp<"shared_array"> {
  let summary = "array in LDS";
  let description = [{
    Row-major, 16-byte aligned, and its elements are undefined each time that
    control passes here. It lives until the end of the block, which each
    iteration of a loop reaches. `offset`, in bytes from the start of the
    workgroup's LDS, is set by shared-memory allocation; arrays and buffers
    that do not live together may share bytes.

    C1. There is one extent per axis of the result, and each is positive.
    C2. The result is in LDS.
    C3. The array has less than 2^31 bytes.

    ```mlir
    %counts = tile.shared_array [4, 256] : !tile.array<?x?xi32, shared>
    ```
  }];
  let arguments = (ins DenseI64ArrayAttr:$shape, OptionalAttr<I64Attr>:$offset);
  let results = (outs Res<Tile_ArrayType, "", [MemAlloc]>:$result);
  let assemblyFormat = "$shape attr-dict `:` qualified(type($result))";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// Bytes of LDS that the array takes.
    int64_t getBytes();
  }];
}

def Tile_LoadOp : Tile_MemoryOp<"load", [
    AttrSizedOperandSegments, Tile_GatherInterface]> {
  let summary = "gather from an array";
  let description = [{
    One index per array axis: a scalar fixes the axis and adds no tile axis; a
    tile of rank r adds its r axes. The tile axes appear in the order of the
    array axes, then `order` permutes them: result axis i is axis `order[i]` of
    that. For a two-dimensional array:

        result[i, j] = array[rows[i], columns[j]]                 order = [0, 1]
        result[j, i] = array[rows[i], columns[j]]                 order = [1, 0]

    An element is out of bounds when any of its indices is negative or not
    below that axis' extent; it then reads as `pad`, or zero without one. When
    every index is a scalar the result is a scalar.

    `in_bounds` lists array axes whose indices are known to be in bounds, so
    that nothing needs to check them. An element that is out of bounds along
    one of them all the same has an unspecified value.

    C1. There is one index per axis of the array.
    C2. The result is a scalar exactly when no index is a tile.
    C3. The result's shape is the concatenation of the index shapes, permuted
        by `order`.
    C4. `order` is empty (the identity) or a permutation of the result's axes.
    C5. The result, `pad` and the array have one element type.
    C6. `in_bounds` is empty or lists array axes in ascending order.

    ```mlir
    %x = tile.load %a[%slots, %k] : !tile.array<?x?xbf16>[tensor<128xi32>, tensor<64xi32>] -> tensor<128x64xbf16>
    ```
  }];
  let arguments = (ins Arg<Tile_ArrayType, "", [MemRead]>:$array, Variadic<Tile_Index>:$indices,
                       Optional<Tile_Element>:$pad,
                       DefaultValuedAttr<DenseI64ArrayAttr, "{}">:$order,
                       DefaultValuedAttr<DenseI64ArrayAttr, "{}">:$in_bounds);
  let results = (outs Tile_Value:$result);
  let assemblyFormat = [{
    $array `[` $indices `]` (`order` $order^)? (`pad` $pad^ `:` type($pad))?
    (`in_bounds` $in_bounds^)? attr-dict
    `:` qualified(type($array)) `[` type($indices) `]` `->` type($result)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    ::mlir::Type getLoadedType() { return getType(); }
  }];
}

def Tile_StoreOp : Tile_MemoryOp<"store"> {
  let summary = "scatter to an array";
  let description = [{
    Indices and `order` mean what they mean for `tile.load`. An element that is
    out of bounds is dropped. When two elements of one store go to one place,
    one of them is kept, unspecified which.

    C1. There is one index per axis of the array.
    C2. `value` is a scalar exactly when no index is a tile.
    C3. The shape of `value` is the concatenation of the index shapes, permuted
        by `order`.
    C4. `order` is empty (the identity) or a permutation of the value's axes.
    C5. `value` and the array have one element type.

    ```mlir
    tile.store %v, %c[%slots, %n] : tensor<128x64xbf16>, !tile.array<?x?xbf16>[tensor<128xi32>, tensor<64xi32>]
    ```
  }];
  let arguments = (ins Tile_Value:$value, Arg<Tile_ArrayType, "", [MemWrite]>:$array,
                       Variadic<Tile_Index>:$indices,
                       DefaultValuedAttr<DenseI64ArrayAttr, "{}">:$order);
  let assemblyFormat = [{
    $value `,` $array `[` $indices `]` (`order` $order^)? attr-dict
    `:` type($value) `,` qualified(type($array)) `[` type($indices) `]`
  }];
  let hasVerifier = 1;
}

def Tile_AtomicOp : Tile_MemoryOp<"atomic", [AttrSizedOperandSegments]> {
  let summary = "atomic access to elements of an array";
  let description = [{
    Indices mean what they mean for `tile.load`. For each place, in an
    unspecified order and as one step for everyone in `scope`:

        result = place;  place = kind(place, value)

    `exchange` stores `value`, `cas` stores it where the place equals
    `expected`, and `load` stores nothing. Integers are signed and wrap; `min`
    and `max` of floats ignore a NaN. Out of bounds the result is zero and
    nothing is stored. LDS is seen by one workgroup, whatever `scope` says.
    f16 and bf16 change in aligned words of 4 bytes, of which the array must
    have whole ones; what is only in the same word keeps its value.

    A workgroup counts as one thread: `release` (and `acq_rel`) puts what all
    its waves did before, `acquire` what they do after, in order.

    C1. There is one index per axis of the array.
    C2. The result is a scalar exactly when no index is a tile.
    C3. The result's shape is the concatenation of the index shapes.
    C4. `value` is there unless the kind is `load`, `expected` exactly for
        `cas`; both have the result's type.
    C5. Elements are i32 or i64, or, for `add`, `min`, `max`, `exchange` and
        `load`, f32 or f64, or, for `add`, f16 or bf16; they are the array's.
    C6. A `load` is relaxed or acquires.
    C7. A shared array has a multiple of 4 bytes.

    ```mlir
    %old = tile.atomic add %counts[%bins] value %ones : tensor<64xi32> relaxed agent : !tile.array<?xi32>[tensor<64xi32>] -> tensor<64xi32>
    ```
  }];
  let arguments = (ins Tile_AtomicKindAttr:$kind, Arg<Tile_ArrayType, "", [MemRead, MemWrite]>:$array,
                       Variadic<Tile_Index>:$indices, Optional<Tile_Value>:$value,
                       Optional<Tile_Value>:$expected, Tile_MemoryOrderAttr:$ordering,
                       Tile_MemoryScopeAttr:$scope);
  let results = (outs Tile_Value:$result);
  let assemblyFormat = [{
    $kind $array `[` $indices `]` (`value` $value^ `:` type($value))?
    (`expected` $expected^ `:` type($expected))? $ordering $scope attr-dict
    `:` qualified(type($array)) `[` type($indices) `]` `->` type($result)
  }];
  let hasVerifier = 1;
}

def Tile_FenceOp : Tile_MemoryOp<"fence"> {
  let summary = "order between accesses of a workgroup and of others";
  let description = [{
    After `release`, nothing that the workgroup did before is seen later, by
    anyone in `scope`, than what it does after. With `acquire`, what others had
    released when an earlier access saw their mark is seen by all that follows.

    C1. `ordering` is not `relaxed`.

    ```mlir
    tile.fence acq_rel agent
    ```
  }];
  let arguments = (ins Tile_MemoryOrderAttr:$ordering, Tile_MemoryScopeAttr:$scope);
  let assemblyFormat = "$ordering $scope attr-dict";
  let hasVerifier = 1;
}

#endif
