//===- Kernels.h - kernels from text for unit tests ------------*- C++ -*-===//

#ifndef MOESAIC_TEST_UNIT_INTERP_KERNELS_H
#define MOESAIC_TEST_UNIT_INTERP_KERNELS_H

#include "Interp/Interpreter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Parser/Parser.h"

namespace moesaic {

/// A module parsed from text, and the errors met since.
struct ParsedModule {
  mlir::MLIRContext context;
  std::string errors;
  mlir::ScopedDiagnosticHandler handler;
  mlir::OwningOpRef<mlir::ModuleOp> module;

  explicit ParsedModule(llvm::StringRef text)
      : handler(&context, [this](mlir::Diagnostic &diagnostic) {
          errors += diagnostic.str() + "\n";
        }) {
    context.loadDialect<tile::TileDialect, mlir::arith::ArithDialect,
                        mlir::scf::SCFDialect>();
    module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  }
  tile::KernelOp kernel() { return *module->getOps<tile::KernelOp>().begin(); }
};

} // namespace moesaic

#endif
