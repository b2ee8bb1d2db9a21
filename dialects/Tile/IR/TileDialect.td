//===- TileDialect.td - the tile dialect and its op base class ------------===//

#ifndef MOESAIC_TILE_DIALECT_TD
#define MOESAIC_TILE_DIALECT_TD

include "mlir/IR/OpBase.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Tile_Dialect : Dialect {
  let name = "tile";
  let cppNamespace = "::moesaic::tile";
  let summary = "Whole-tile operations of one workgroup";
  let description = [{
    A tile is a ranked tensor with static power-of-two extents. One workgroup
    executes a kernel body as one thread of tile operations; how a tile lies
    over registers, lanes and waves is the tensor's encoding, a
    `#tile.layout`. Element-wise work uses `arith` and `math`, control flow
    uses `scf`; this dialect adds what those lack.
  }];
  let useDefaultTypePrinterParser = 1;
  let useDefaultAttributePrinterParser = 1;
  let hasConstantMaterializer = 1;
  let dependentDialects = ["::mlir::arith::ArithDialect"];
  let extraClassDeclaration = [{
    void registerTypes();
    void registerAttributes();
  }];
}

/// Every op says since when it exists and which chapter of the reference it
/// belongs to; both are printed there.
class Tile_Op<string mnemonic, string sinceVersion, string chapter, list<Trait> traits = []>
    : Op<Tile_Dialect, mnemonic, traits> {
  string since = sinceVersion;
  string group = chapter;
}

#endif
