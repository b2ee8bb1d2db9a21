//===- KernelAttributes.cpp - attributes of a kernel and its arguments ----===//

#include "Conversion/GPUToROCDL/GPUToROCDL.h"
#include "dialects/Tile/IR/Tile.h"

using namespace mlir;
using namespace moesaic;

/// Arrays do not alias unless one of them is `inout` (docs: memory model), and
/// what a kernel only reads may come through the scalar cache.
static void setAliasing(gpu::GPUFuncOp function, unsigned index,
                        StringRef access) {
  UnitAttr unit = UnitAttr::get(function.getContext());
  if (access == "in" || access == "out") {
    function.setArgAttr(index, LLVM::LLVMDialect::getNoAliasAttrName(), unit);
  }
  if (access == "in") {
    function.setArgAttr(index, LLVM::LLVMDialect::getReadonlyAttrName(), unit);
  }
}

LogicalResult moesaic::setKernelAttributes(gpu::GPUFuncOp function) {
  if (!function.getKnownBlockSize()) {
    return function.emitError()
           << "kernel '" << function.getName()
           << "' needs 'known_block_size', the extents of its workgroup";
  }
  Builder builder(function.getContext());
  // Without it the code generator assumes workgroups of up to 256 lanes.
  int64_t lanes = llvm::product_of(*function.getKnownBlockSize(), int64_t(1));
  std::string size = std::to_string(lanes);
  function->setAttr(
      ROCDL::ROCDLDialect::FlatWorkGroupSizeAttrHelper::getNameStr(),
      builder.getStringAttr(size + "," + size));
  SmallVector<StringRef> names;
  SmallVector<std::string> invented(function.getNumArguments());
  for (unsigned index = 0; index < function.getNumArguments(); ++index) {
    auto name = function.getArgAttrOfType<StringAttr>(index, tile::nameAttr);
    invented[index] = "arg" + std::to_string(index);
    names.push_back(name ? name.getValue() : StringRef(invented[index]));
    auto access =
        function.getArgAttrOfType<StringAttr>(index, tile::accessAttr);
    if (access &&
        isa<LLVM::LLVMPointerType>(function.getArgument(index).getType())) {
      setAliasing(function, index, access.getValue());
    }
  }
  function->setAttr(argumentNamesAttr, builder.getStrArrayAttr(names));
  return success();
}
