//===- LocationTest.cpp - every operation points at the source ------------===//

#include "Frontend/Frontend.h"
#include "dialects/Tile/IR/Tile.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/MemoryBuffer.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace moesaic;

TEST(FrontendLocations, AreKnown) {
  const std::string path = MOESAIC_KERNELS "/moe_layer.tile";
  auto buffer = llvm::MemoryBuffer::getFile(path);
  ASSERT_TRUE(bool(buffer));
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(std::move(*buffer), llvm::SMLoc());
  MLIRContext context(MLIRContext::Threading::DISABLED);
  FrontendOptions options;
  options.entry = "moe_layer";
  OwningOpRef<ModuleOp> module = compileTileFile(sources, context, options);
  ASSERT_TRUE(module);
  unsigned operations = 0;
  module->walk([&](Operation *op) {
    ++operations;
    auto loc = dyn_cast<FileLineColLoc>(op->getLoc());
    ASSERT_TRUE(loc) << op->getName().getStringRef().str();
    EXPECT_GT(loc.getLine(), 0u);
    EXPECT_GT(loc.getColumn(), 0u);
  });
  EXPECT_GT(operations, 100u);
}

TEST(FrontendLocations, AreThoseOfTheConstruct) {
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(
      llvm::MemoryBuffer::getMemBuffer("kernel f(x: inout array<f32, [N]>)\n"
                                       "  grid 1\n"
                                       "{\n"
                                       "  x[0] = 2.0 * x[1];\n"
                                       "}\n",
                                       "f.tile"),
      llvm::SMLoc());
  MLIRContext context(MLIRContext::Threading::DISABLED);
  OwningOpRef<ModuleOp> module =
      compileTileFile(sources, context, FrontendOptions());
  ASSERT_TRUE(module);
  auto expectAt = [&](StringRef name, unsigned line, unsigned column) {
    unsigned found = 0;
    module->walk([&](Operation *op) {
      if (op->getName().getStringRef() != name) {
        return;
      }
      ++found;
      auto loc = cast<FileLineColLoc>(op->getLoc());
      EXPECT_EQ(loc.getFilename().getValue().str(), "f.tile");
      EXPECT_EQ(loc.getLine(), line) << name.str();
      EXPECT_EQ(loc.getColumn(), column) << name.str();
    });
    EXPECT_EQ(found, 1u) << name.str();
  };
  expectAt("tile.kernel", 1, 8);
  expectAt("tile.grid", 2, 8);
  expectAt("tile.load", 4, 16);
  expectAt("arith.mulf", 4, 14);
  expectAt("tile.store", 4, 8);
}
