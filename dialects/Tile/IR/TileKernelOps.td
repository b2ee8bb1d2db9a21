//===- TileKernelOps.td - kernels, their launch and entries ---------------===//

#ifndef MOESAIC_TILE_KERNEL_OPS_TD
#define MOESAIC_TILE_KERNEL_OPS_TD

include "TileTypes.td"
include "mlir/IR/RegionKindInterface.td"
include "mlir/IR/SymbolInterfaces.td"

class Tile_KernelOpBase<string mnemonic, list<Trait> traits = []>
    : Tile_Op<mnemonic, "0.1", "kernels and entries", traits>;

def Tile_KernelOp : Tile_KernelOpBase<"kernel", [
    IsolatedFromAbove, Symbol]> {
  let summary = "kernel that one workgroup executes";
  let description = [{
    Has two regions with the same arguments. `launch` is evaluated on the host
    and uses scalars only: it declares the shape of every array argument
    (`tile.shape`), the conditions of the kernel (`tile.require`) and the
    number of workgroups (`tile.grid`). `body` is executed by every workgroup.

    Arguments are the kernarg segment: declared parameters in order (an array
    is a `!tile.ptr`, a scalar an integer or float), then extents (i32), then
    strides (i64). Each has these attributes:

    | attribute | on | meaning |
    |---|---|---|
    | `tile.name` | all | name in metadata, headers and messages |
    | `tile.access` | arrays | `"in"`, `"out"` or `"inout"` |
    | `tile.role` | others | `"scalar"`, `"extent"` or `"stride"` |
    | `tile.divisible` | integers | power of two that a `where` clause proves to divide it |

    C1. `waves` is a power of two from 1 to 16.
    C2. There are no results.
    C3. Both entry blocks have the types of the function type's inputs.
    C4. Every argument is a `!tile.ptr` with `tile.access`, or a scalar with
        `tile.role`; all have a `tile.name`.
    C5. `launch` ends with `tile.grid`, `body` with `tile.return`.

    Example:

    ```mlir
    tile.kernel @scale(%x: !tile.ptr<f32> {tile.name = "x", tile.access = "inout"},
                       %n: i32 {tile.name = "N", tile.role = "extent"}) waves(4) launch {
    ^bb0(%x: !tile.ptr<f32>, %n: i32):
      tile.shape %x[%n] : !tile.ptr<f32>
      %c64 = arith.constant 64 : i32
      %blocks = arith.ceildivsi %n, %c64 : i32
      tile.grid %blocks
    } body {
      %view = tile.view %x[%n] : !tile.ptr<f32> -> !tile.array<?xf32>
      tile.return
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttrOf<FunctionType>:$function_type,
                       I32Attr:$waves, OptionalAttr<DictArrayAttr>:$arg_attrs);
  let regions = (region SizedRegion<1>:$launch, SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    ::llvm::ArrayRef<::mlir::Type> getArgumentTypes() { return getFunctionType().getInputs(); }
    /// The arguments as the body sees them.
    ::mlir::Block::BlockArgListType getArguments() { return getBody().getArguments(); }
    unsigned getNumArguments() { return getFunctionType().getNumInputs(); }
    ::mlir::BlockArgument getArgument(unsigned index) { return getBody().getArgument(index); }
    /// An attribute of an argument; null when it has none of that name.
    ::mlir::Attribute getArgAttr(unsigned index, ::llvm::StringRef name);
    template <typename AttrT>
    AttrT getArgAttrOfType(unsigned index, ::llvm::StringRef name) {
      return ::llvm::dyn_cast_or_null<AttrT>(getArgAttr(index, name));
    }
    /// The name of an argument, as the user wrote it.
    ::llvm::StringRef getArgName(unsigned index);
    /// "in", "out" or "inout" for an array; empty for anything else.
    ::llvm::StringRef getArgAccess(unsigned index);
    /// "scalar", "extent" or "stride"; empty for an array.
    ::llvm::StringRef getArgRole(unsigned index);
  }];
}

def Tile_GridOp : Tile_KernelOpBase<"grid", [Terminator, ParentOneOf<["KernelOp"]>]> {
  let summary = "number of workgroups to launch";
  let description = [{
    Ends a kernel's `launch` region. Zero or less launches nothing.

    ```mlir
    tile.grid %blocks
    ```
  }];
  let arguments = (ins I32:$blocks);
  let assemblyFormat = "$blocks attr-dict";
}

def Tile_ShapeOp : Tile_KernelOpBase<"shape", [AttrSizedOperandSegments]> {
  let summary = "declared shape of an array argument";
  let description = [{
    Says which extents (and strides, in elements; row-major if absent) the
    array behind an argument has. It stands in a kernel's `launch` region and
    in an entry; whoever binds arrays reads it to find extents and to check
    those it was given.

    `blocks` and `order` are those of `tile.view`.

    C1. `strides` is empty or has one entry per extent.
    C2. `blocks` and `order` are as `tile.view` wants them.

    ```mlir
    tile.shape %a[%m, %k] strides [%row, %one] : !tile.ptr<bf16>
    ```
  }];
  let arguments = (ins Tile_PointerType:$array, Variadic<I32>:$extents, Variadic<I64>:$strides,
                       DefaultValuedAttr<DenseI64ArrayAttr, "{}">:$blocks,
                       DefaultValuedAttr<DenseI64ArrayAttr, "{}">:$order);
  let assemblyFormat = [{
    $array `[` $extents `]` (`strides` `[` $strides^ `]`)? (`blocks` $blocks^)? (`order` $order^)? attr-dict `:` qualified(type($array))
  }];
  let hasVerifier = 1;
}

def Tile_RequireOp : Tile_KernelOpBase<"require"> {
  let summary = "condition that must hold before a launch";
  let description = [{
    Stands in a kernel's `launch` region and in an entry. When `condition` is
    false the launch is refused with `message`, the text of the clause.

    ```mlir
    tile.require %multiple, "K % 8 == 0"
    ```
  }];
  let arguments = (ins I1:$condition, StrAttr:$message);
  let assemblyFormat = "$condition `,` $message attr-dict";
}

def Tile_ReturnOp : Tile_KernelOpBase<"return", [Terminator, ParentOneOf<["KernelOp"]>, Pure]> {
  let summary = "end of a kernel body";
  let description = [{
    ```mlir
    tile.return
    ```
  }];
  let assemblyFormat = "attr-dict";
}

def Tile_ProgramIdOp : Tile_KernelOpBase<"program_id", [Pure]> {
  let summary = "number of this workgroup";
  let description = [{
    From 0 to the number of workgroups less one.

    ```mlir
    %pid = tile.program_id
    ```
  }];
  let results = (outs I32:$result);
  let assemblyFormat = "attr-dict";
  let builders = [OpBuilder<(ins), [{ build($_builder, $_state, $_builder.getI32Type()); }]>];
}

def Tile_XcdCountOp : Tile_KernelOpBase<"xcd_count", [Pure]> {
  let summary = "number of dies that workgroups are dealt to";
  let description = [{
    A constant of the chip: a GPU of several dies (XCDs), each with a cache of
    its own, deals workgroup i to die i modulo this number. 1 in the
    interpreter.

    ```mlir
    %dies = tile.xcd_count
    ```
  }];
  let results = (outs I32:$result);
  let assemblyFormat = "attr-dict";
  let builders = [OpBuilder<(ins), [{ build($_builder, $_state, $_builder.getI32Type()); }]>];
}

def Tile_LaunchOp : Tile_KernelOpBase<"launch", [
    DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "launch of a kernel from an entry";
  let description = [{
    Passes the kernel's whole argument list. The grid follows from the
    kernel's `launch` region. Launches of one entry run in order.

    C1. `kernel` names a `tile.kernel` in the module.
    C2. The operands have the types of the kernel's arguments.

    ```mlir
    tile.launch @scale(%x, %n) : !tile.ptr<f32>, i32
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$kernel, Variadic<AnyTypeOf<[Tile_PointerType, Tile_Element]>>:$operands);
  let assemblyFormat = "$kernel `(` $operands `)` attr-dict (`:` qualified(type($operands))^)?";
}

def Tile_WorkspaceOp : Tile_KernelOpBase<"workspace"> {
  let summary = "device memory that an entry uses while it runs";
  let description = [{
    `count` elements, 256-byte aligned, undefined until written.

    ```mlir
    %cache = tile.workspace %count : !tile.ptr<f16>
    ```
  }];
  let arguments = (ins I64:$count, OptionalAttr<StrAttr>:$name);
  let results = (outs Res<Tile_PointerType, "", [MemAlloc]>:$result);
  let assemblyFormat = "$count attr-dict `:` qualified(type($result))";
}

def Tile_ZeroOp : Tile_KernelOpBase<"zero"> {
  let summary = "fill of device memory with zeros, from an entry";
  let description = [{
    ```mlir
    tile.zero %cache, %count : !tile.ptr<f16>
    ```
  }];
  let arguments = (ins Tile_PointerType:$array, I64:$count);
  let assemblyFormat = "$array `,` $count attr-dict `:` qualified(type($array))";
}

def Tile_OffsetOp : Tile_KernelOpBase<"offset", [Pure, AllTypesMatch<["base", "result"]>]> {
  let summary = "address some elements further, in an entry";
  let description = [{
    ```mlir
    %up = tile.offset %cache, %i : !tile.ptr<f16>
    ```
  }];
  let arguments = (ins Tile_PointerType:$base, I64:$elements);
  let results = (outs Tile_PointerType:$result);
  let assemblyFormat = "$base `,` $elements attr-dict `:` qualified(type($base))";
}

#endif
