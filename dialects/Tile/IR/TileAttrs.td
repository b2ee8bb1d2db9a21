//===- TileAttrs.td - layouts and enums of the tile dialect ---------------===//

#ifndef MOESAIC_TILE_ATTRS_TD
#define MOESAIC_TILE_ATTRS_TD

include "TileDialect.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/TensorEncoding.td"
include "mlir/IR/EnumAttr.td"

def Tile_LayoutParameter : AttrOrTypeParameter<"::moesaic::LinearLayout", "the linear map"> {
  let cppAccessorType = "const ::moesaic::LinearLayout &";
}

def Tile_LayoutAttr : AttrDef<Tile_Dialect, "Layout", [
    DeclareAttrInterfaceMethods<VerifiableTensorEncoding>]> {
  let mnemonic = "layout";
  let genMnemonicAlias = 1;
  let summary = "how a tile's elements lie over registers, lanes and waves";
  let description = [{
    A linear map over bits. Bit b of the register (lane, wave) number adds the
    b-th coordinate vector of that list, and addition is exclusive-or:

        element(register, lane, wave) = XOR of the vectors of all bits set

    A zero vector means that the elements are replicated over that bit.
    `fragment` registers with consecutive numbers form one vector value when
    the tile is distributed.

    Example, a 16x16 accumulator of `v_mfma_f32_16x16x16_f16`: four
    consecutive rows in registers, columns over sixteen lanes.

        #tile.layout<shape = [16, 16], register = [[1, 0], [2, 0]],
                     lane = [[0, 1], [0, 2], [0, 4], [0, 8], [4, 0], [8, 0]],
                     wave = [], fragment = 4>
  }];
  let parameters = (ins Tile_LayoutParameter:$map, "int32_t":$fragment);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

def Tile_SharedLayoutAttr : AttrDef<Tile_Dialect, "SharedLayout"> {
  let mnemonic = "shared_layout";
  let genMnemonicAlias = 1;
  let summary = "where a shared buffer keeps each element of a tile";
  let description = [{
    A linear bijection over bits from the offset, in elements, to the
    coordinates. Swizzles are such maps.

    Example, a 4x8 tile whose pairs of columns are exchanged in odd rows:

        #tile.shared_layout<shape = [4, 8], offset = [[0, 1], [0, 2], [0, 4], [1, 2], [2, 0]]>
  }];
  let parameters = (ins Tile_LayoutParameter:$map);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

def Tile_ReduceKind : I32EnumAttr<"ReduceKind", "how a reduction combines two elements", [
    I32EnumAttrCase<"Add", 0, "add">, I32EnumAttrCase<"Mul", 1, "mul">,
    I32EnumAttrCase<"Max", 2, "max">, I32EnumAttrCase<"Min", 3, "min">,
    I32EnumAttrCase<"And", 4, "and">, I32EnumAttrCase<"Or", 5, "or">,
    I32EnumAttrCase<"Xor", 6, "xor">]> {
  let cppNamespace = "::moesaic::tile";
  let genSpecializedAttr = 0;
}
def Tile_ReduceKindAttr : EnumAttr<Tile_Dialect, Tile_ReduceKind, "reduce_kind">;

def Tile_AtomicKind : I32EnumAttr<"AtomicKind", "what an atomic operation does", [
    I32EnumAttrCase<"Add", 0, "add">, I32EnumAttrCase<"Min", 1, "min">,
    I32EnumAttrCase<"Max", 2, "max">, I32EnumAttrCase<"And", 3, "and">,
    I32EnumAttrCase<"Or", 4, "or">, I32EnumAttrCase<"Xor", 5, "xor">,
    I32EnumAttrCase<"Exchange", 6, "exchange">, I32EnumAttrCase<"Cas", 7, "cas">,
    I32EnumAttrCase<"Load", 8, "load">]> {
  let cppNamespace = "::moesaic::tile";
  let genSpecializedAttr = 0;
}
def Tile_AtomicKindAttr : EnumAttr<Tile_Dialect, Tile_AtomicKind, "atomic_kind">;

def Tile_MemoryOrder : I32EnumAttr<"MemoryOrder", "what an access orders besides itself", [
    I32EnumAttrCase<"Relaxed", 0, "relaxed">, I32EnumAttrCase<"Acquire", 1, "acquire">,
    I32EnumAttrCase<"Release", 2, "release">, I32EnumAttrCase<"AcqRel", 3, "acq_rel">]> {
  let cppNamespace = "::moesaic::tile";
  let genSpecializedAttr = 0;
}
def Tile_MemoryOrderAttr : EnumAttr<Tile_Dialect, Tile_MemoryOrder, "memory_order">;

def Tile_MemoryScope : I32EnumAttr<"MemoryScope", "who sees an access as atomic", [
    I32EnumAttrCase<"Workgroup", 0, "workgroup">, I32EnumAttrCase<"Agent", 1, "agent">,
    I32EnumAttrCase<"System", 2, "system">]> {
  let cppNamespace = "::moesaic::tile";
  let genSpecializedAttr = 0;
}
def Tile_MemoryScopeAttr : EnumAttr<Tile_Dialect, Tile_MemoryScope, "memory_scope">;

#endif
