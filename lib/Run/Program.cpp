//===- Program.cpp - from a file to what is called ------------------------===//

#include "Run/Program.h"
#include "Frontend/Frontend.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace moesaic;
using namespace moesaic::run;

OwningOpRef<ModuleOp> run::loadProgram(const ProgramRequest &request,
                                       llvm::SourceMgr &sources,
                                       MLIRContext *context) {
  Location loc = UnknownLoc::get(context);
  StringRef path = request.file;
  bool isTile = path.ends_with(".tile");
  if (!isTile && !path.ends_with(".mlir") && !path.ends_with(".mlirbc")) {
    emitError(loc) << "expected a file named *.tile or *.mlir, got '" << path
                   << "'";
    return nullptr;
  }
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer) {
    emitError(loc) << "cannot read '" << path
                   << "': " << buffer.getError().message();
    return nullptr;
  }
  sources.AddNewSourceBuffer(std::move(*buffer), llvm::SMLoc());
  context->loadDialect<tile::TileDialect, arith::ArithDialect,
                       func::FuncDialect, math::MathDialect, scf::SCFDialect>();
  if (isTile) {
    FrontendOptions options;
    options.kernel = request.kernel;
    options.entry = request.entry;
    options.defines = request.defines;
    options.importPaths = request.importPaths;
    return compileTileFile(sources, *context, options);
  }
  if (!request.defines.empty()) {
    emitError(loc) << "-D sets parameters of a .tile program, which '" << path
                   << "' is not";
    return nullptr;
  }
  return parseSourceFile<ModuleOp>(sources, context);
}

/// Tells what the program has.
static void noteChoices(InFlightDiagnostic &error, ModuleOp module) {
  SmallVector<StringRef> kernels, entries;
  for (auto kernel : module.getOps<tile::KernelOp>()) {
    kernels.push_back(kernel.getSymName());
  }
  for (auto entry : module.getOps<func::FuncOp>()) {
    if (entry->hasAttr(tile::entryAttr)) {
      entries.push_back(entry.getName());
    }
  }
  if (!kernels.empty()) {
    error.attachNote() << "its kernels: " << llvm::join(kernels, ", ");
  }
  if (!entries.empty()) {
    error.attachNote() << "its entries: " << llvm::join(entries, ", ");
  }
}

FailureOr<Callee> run::findCallee(ModuleOp module,
                                  const ProgramRequest &request) {
  Location loc = UnknownLoc::get(module.getContext());
  if (request.kernel.empty() == request.entry.empty()) {
    InFlightDiagnostic error = emitError(loc)
                               << "expected either --kernel or --entry";
    noteChoices(error, module);
    return error;
  }
  if (!request.entry.empty()) {
    auto entry = module.lookupSymbol<func::FuncOp>(request.entry);
    if (entry && entry->hasAttr(tile::entryAttr)) {
      return Callee::get(entry);
    }
  } else if (auto kernel =
                 module.lookupSymbol<tile::KernelOp>(request.kernel)) {
    return Callee::get(kernel);
  } else if (StringRef(request.file).ends_with(".tile")) {
    // The only one there, whose symbol also tells its parameters.
    auto kernels = module.getOps<tile::KernelOp>();
    if (llvm::hasSingleElement(kernels)) {
      return Callee::get(*kernels.begin());
    }
  }
  InFlightDiagnostic error = emitError(loc)
                             << "there is no "
                             << (request.entry.empty() ? "kernel '" : "entry '")
                             << request.kernel << request.entry << "' in '"
                             << request.file << "'";
  noteChoices(error, module);
  return error;
}
