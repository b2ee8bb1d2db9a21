//===- Input.cpp - programs from .tile and .mlir files --------------------===//

#include "Driver/Input.h"
#include "Driver/Kernels.h"
#include "mlir/Parser/Parser.h"

using namespace mlir;
using namespace moesaic;

bool moesaic::isTileFile(StringRef path) { return path.ends_with(".tile"); }

OwningOpRef<ModuleOp> moesaic::loadModule(llvm::SourceMgr &sources,
                                          MLIRContext &context,
                                          const FrontendOptions &options) {
  StringRef path =
      sources.getMemoryBuffer(sources.getMainFileID())->getBufferIdentifier();
  if (isTileFile(path)) {
    return compileTileFile(sources, context, options);
  }
  if (!options.defines.empty()) {
    emitError(FileLineColLoc::get(&context, path, 1, 1))
        << "-D sets parameters of a .tile program, got '"
        << options.defines.front().first << "' for MLIR text";
    return nullptr;
  }
  if (!options.instances.empty()) {
    emitError(FileLineColLoc::get(&context, path, 1, 1))
        << "--instance names a kernel of a .tile program, got '"
        << options.instances.front().second << "' for MLIR text";
    return nullptr;
  }
  OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(sources, &context);
  if (module && !options.entry.empty() &&
      failed(keepEntry(*module, options.entry))) {
    return nullptr;
  }
  return module;
}
