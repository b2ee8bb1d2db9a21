//===- Program.cpp - from a file to what is called ------------------------===//

#include "Run/Program.h"
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
  if (!path.ends_with(".mlir") && !path.ends_with(".mlirbc")) {
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
  if (!request.defines.empty()) {
    emitError(loc) << "-D sets parameters of a .tile program, which '" << path
                   << "' is not";
    return nullptr;
  }
  return parseSourceFile<ModuleOp>(sources, context);
}

FailureOr<Callee> run::findCallee(ModuleOp module,
                                  const ProgramRequest &request) {
  Location loc = UnknownLoc::get(module.getContext());
  SmallVector<StringRef> kernels, entries;
  bool isClear = request.kernel.empty() != request.entry.empty();
  for (auto kernel : module.getOps<tile::KernelOp>()) {
    if (isClear && kernel.getSymName() == request.kernel) {
      return Callee::get(kernel);
    }
    kernels.push_back(kernel.getSymName());
  }
  for (auto entry : module.getOps<func::FuncOp>()) {
    if (!entry->hasAttr(tile::entryAttr)) {
      continue;
    }
    if (isClear && entry.getName() == request.entry) {
      return Callee::get(entry);
    }
    entries.push_back(entry.getName());
  }
  InFlightDiagnostic error = emitError(loc);
  if (!isClear) {
    error << "expected either --kernel or --entry";
  } else if (request.entry.empty()) {
    error << "there is no kernel '" << request.kernel << "' in '"
          << request.file << "'";
  } else {
    error << "there is no entry '" << request.entry << "' in '" << request.file
          << "'";
  }
  auto list = [&](StringRef what, ArrayRef<StringRef> names) {
    if (!names.empty()) {
      error.attachNote() << "its " << what << ": " << llvm::join(names, ", ");
    }
  };
  list("kernels", kernels);
  list("entries", entries);
  return error;
}
