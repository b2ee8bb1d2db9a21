//===- Frontend.cpp - from .tile source to the tile dialect ---------------===//

#include "Frontend/Frontend.h"
#include "Frontend/Parser.h"
#include "Frontend/Session.h"

using namespace llvm;
using namespace mlir;
using namespace moesaic;
using namespace moesaic::frontend;

OwningOpRef<ModuleOp> moesaic::compileTileFile(SourceMgr &sources,
                                               MLIRContext &context,
                                               const FrontendOptions &options) {
  Diagnostics diagnostics(sources);
  Program program(diagnostics, options.importPaths);
  program.load();
  if (diagnostics.hasErrors()) {
    return nullptr;
  }
  return Session(context, diagnostics, program, options).run();
}

LogicalResult moesaic::printTileAST(SourceMgr &sources, raw_ostream &stream) {
  Diagnostics diagnostics(sources);
  ASTContext context;
  StringRef text =
      sources.getMemoryBuffer(sources.getMainFileID())->getBuffer();
  File file = Parser(text, context, diagnostics).parseFile();
  if (diagnostics.hasErrors()) {
    return failure();
  }
  print(file, stream);
  return success();
}
