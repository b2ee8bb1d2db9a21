//===- TileTypes.td - types and operand constraints of the tile dialect ---===//

#ifndef MOESAIC_TILE_TYPES_TD
#define MOESAIC_TILE_TYPES_TD

include "TileDialect.td"
include "mlir/IR/AttrTypeBase.td"

class Tile_Type<string name, string typeMnemonic> : TypeDef<Tile_Dialect, name> {
  let mnemonic = typeMnemonic;
}

def Tile_PointerType : Tile_Type<"Pointer", "ptr"> {
  let summary = "address of device memory that holds elements of one type";
  let description = [{
    What a kernel receives for an array argument: 64 bits in the kernarg
    segment. Example: `!tile.ptr<bf16>`.
  }];
  let parameters = (ins "::mlir::Type":$elementType);
  let assemblyFormat = "`<` $elementType `>`";
  let builders = [TypeBuilder<(ins "::mlir::Type":$elementType), [{
    return $_get(elementType.getContext(), elementType);
  }], "">];
  let skipDefaultBuilders = 1;
  let genVerifyDecl = 1;
}

def Tile_ArrayType : Tile_Type<"Array", "array"> {
  let summary = "an array together with its extents and strides";
  let description = [{
    The result of `tile.view`, an array in device memory, or of
    `tile.shared_array`, one in LDS. Extents and strides belong to the value, so
    the type holds only the rank, one `?` per axis, the element type, and the
    memory where it is not the device's.
    Examples: `!tile.array<?x?xbf16>`, `!tile.array<?xi32, shared>`.
  }];
  let parameters = (ins "unsigned":$rank, "::mlir::Type":$elementType, "bool":$shared);
  let hasCustomAssemblyFormat = 1;
  let builders = [TypeBuilder<(ins "unsigned":$rank, "::mlir::Type":$elementType,
                                   CArg<"bool", "false">:$shared), [{
    return $_get(elementType.getContext(), rank, elementType, shared);
  }], "">];
  let skipDefaultBuilders = 1;
  let genVerifyDecl = 1;
}

def Tile_SharedType : Tile_Type<"Shared", "shared"> {
  let summary = "a buffer in LDS that holds one tile";
  let description = [{
    The result of `tile.alloc_shared`. `layout` says where each element lies.
    Example: `!tile.shared<128x64xbf16, #tile.shared_layout<...>>`.
  }];
  let parameters = (ins ArrayRefParameter<"int64_t">:$shape, "::mlir::Type":$elementType,
                        "::moesaic::tile::SharedLayoutAttr":$layout);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// Bytes of LDS that the buffer takes.
    int64_t getBytes() const;
  }];
}

def Tile_TokenType : Tile_Type<"Token", "token"> {
  let summary = "a copy to LDS that is under way";
  let description = [{
    The result of `tile.shared_copy`, for a `tile.shared_wait`. Nothing at run
    time. Example: `!tile.token`.
  }];
}
/// So that assembly formats need not name it.
def Tile_Token : Type<CPred<"::llvm::isa<::moesaic::tile::TokenType>($_self)">, "token">,
                 BuildableType<"$_builder.getType<::moesaic::tile::TokenType>()">;

/// Element types of arrays and tiles.
def Tile_Element : AnyTypeOf<[I1, I8, I16, I32, I64, BF16, F16, F32, F64,
                              F8E4M3FN, F8E5M2, F8E4M3FNUZ, F8E5M2FNUZ]>;

def Tile_IsTile : CPred<"::moesaic::tile::isTile($_self)">;

/// A tile: ranked, static, every extent a power of two.
class Tile_TileOf<list<Type> elements, string what>
    : Type<And<[Tile_IsTile, SubstLeaves<"$_self", "::llvm::cast<::mlir::ShapedType>($_self).getElementType()",
                                         AnyTypeOf<elements>.predicate>]>,
           "tile of " # what, "::mlir::RankedTensorType">;

def Tile_AnyTile : Tile_TileOf<[Tile_Element], "any element type">;
def Tile_FloatTile : Tile_TileOf<[BF16, F16, F32, F64], "floating-point elements">;
def Tile_IndexTile : Tile_TileOf<[I32], "i32 elements">;

/// Where an element is taken from: one position, or a tile of positions.
def Tile_Index : AnyTypeOf<[I32, Tile_IndexTile], "i32 or tile of i32">;
def Tile_Value : AnyTypeOf<[Tile_Element, Tile_AnyTile], "scalar or tile">;

#endif
