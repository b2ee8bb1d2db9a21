//===- TileInterfaces.td - what operations have in common -----------------===//

#ifndef MOESAIC_TILE_INTERFACES_TD
#define MOESAIC_TILE_INTERFACES_TD

include "mlir/IR/OpBase.td"

def Tile_GatherInterface : OpInterface<"Gather"> {
  let description = "Reads elements of an array, wherever they go.";
  let cppNamespace = "::moesaic::tile";
  let methods = [
    InterfaceMethod<"The array.", "::mlir::TypedValue<::moesaic::tile::ArrayType>", "getArray">,
    InterfaceMethod<"One index per array axis.", "::mlir::OperandRange", "getIndices">,
    InterfaceMethod<"The permutation of the tile's axes.", "::llvm::ArrayRef<int64_t>", "getOrder">,
    InterfaceMethod<"Array axes that are known to be in bounds.", "::llvm::ArrayRef<int64_t>", "getInBounds">,
    InterfaceMethod<"Says which array axes are in bounds.", "void", "setInBounds",
                    (ins "::llvm::ArrayRef<int64_t>":$axes)>,
    InterfaceMethod<"The tile that is read, in its layout, or a scalar.", "::mlir::Type", "getLoadedType">
  ];
}

#endif
