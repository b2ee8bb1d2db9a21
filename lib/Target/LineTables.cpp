//===- LineTables.cpp - source lines for the instructions of a kernel -----===//

#include "Target/CodeObject.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "llvm/BinaryFormat/Dwarf.h"
#include "llvm/Support/Path.h"

using namespace mlir;

void moesaic::addLineTables(ModuleOp module) {
  MLIRContext *context = module.getContext();
  module.walk([&](LLVM::LLVMFuncOp function) {
    auto location = function.getLoc()->findInstanceOf<FileLineColLoc>();
    if (!location || function.isExternal() ||
        function.getLoc()
            ->findInstanceOf<FusedLocWith<LLVM::DISubprogramAttr>>()) {
      return;
    }
    StringRef path = location.getFilename();
    auto file = LLVM::DIFileAttr::get(context, llvm::sys::path::filename(path),
                                      llvm::sys::path::parent_path(path));
    auto unit = LLVM::DICompileUnitAttr::get(
        DistinctAttr::create(UnitAttr::get(context)), llvm::dwarf::DW_LANG_C,
        file, StringAttr::get(context, "moesaic"), /*isOptimized=*/true,
        LLVM::DIEmissionKind::LineTablesOnly);
    auto type =
        LLVM::DISubroutineTypeAttr::get(context, llvm::dwarf::DW_CC_normal, {});
    auto name = StringAttr::get(context, function.getName());
    auto flags = LLVM::DISubprogramFlags::Definition |
                 LLVM::DISubprogramFlags::Optimized;
    auto subprogram = LLVM::DISubprogramAttr::get(
        context, DistinctAttr::create(UnitAttr::get(context)), unit, file, name,
        name, file, location.getLine(), location.getLine(), flags, type,
        /*retainedNodes=*/{},
        /*annotations=*/{});
    function->setLoc(FusedLoc::get(context, {function.getLoc()}, subprogram));
  });
}
