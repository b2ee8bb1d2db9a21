//===- moe-opt.cpp - the compiler driver and pass runner ------------------===//
//
// Two modes behind one name. Compile mode loads a dozen dialects and one code
// generator; the mlir-opt mode registers everything that is packaged.
//
//===----------------------------------------------------------------------===//

#include "CommandLine.h"
#include "Conversion/GPUToROCDL/GPUToROCDL.h"
#include "Conversion/TileToGPU/TileToGPU.h"
#include "dialects/Tile/IR/Tile.h"
#include "dialects/Tile/Transforms/Passes.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "llvm/Support/WithColor.h"

using namespace moesaic;

/// Behaves as mlir-opt with our dialects and passes added.
static int runMlirOpt(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  mlir::registerAllPasses();
  registry.insert<tile::TileDialect>();
  registerTileToGPUPasses();
  registerGPUToROCDLPasses();
  tile::registerTilePasses();
  tile::registerTilePipeline();
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "Moesaic's pass runner\n", registry));
}

int main(int argc, char **argv) {
  llvm::SmallVector<llvm::StringRef> arguments(argv + 1, argv + argc);
  if (llvm::is_contained(arguments, "--help-passes")) {
    const char *help[] = {argv[0], "--help", nullptr};
    return runMlirOpt(2, const_cast<char **>(help));
  }
  if (arguments.empty() || llvm::is_contained(arguments, "--help") ||
      llvm::is_contained(arguments, "-h")) {
    (arguments.empty() ? llvm::errs() : llvm::outs()) << helpText();
    return arguments.empty() ? 1 : 0;
  }
  if (!isCompileMode(arguments)) {
    return runMlirOpt(argc, argv);
  }
  llvm::Expected<CommandLine> commandLine = parseCommandLine(arguments);
  if (!commandLine) {
    llvm::errs() << "moe-opt: ";
    llvm::WithColor::error(llvm::errs())
        << llvm::toString(commandLine.takeError()) << "\n";
    return 1;
  }
  return runCompileMode(*commandLine);
}
