//===- ResourcesTest.cpp - compiling a kernel and reading its resources ---===//

#include "Driver/Compiler.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace moesaic;

static constexpr llvm::StringLiteral source = R"(
gpu.module @kernels {
  llvm.mlir.global internal @lds() {addr_space = 3 : i32, alignment = 16 : i64} : !llvm.array<4096 x i8>
  gpu.func @spread(%x: !llvm.ptr<1> {tile.name = "x", tile.access = "inout"}, %n: i32 {tile.name = "N"}) kernel
      attributes {known_block_size = array<i32: 256, 1, 1>} {
    %tid = gpu.thread_id x
    %i = arith.index_cast %tid : index to i32
    %lds = llvm.mlir.addressof @lds : !llvm.ptr<3>
    %p = llvm.getelementptr %lds[%i] : (!llvm.ptr<3>, i32) -> !llvm.ptr<3>, f32
    %q = llvm.getelementptr %x[%i] : (!llvm.ptr<1>, i32) -> !llvm.ptr<1>, f32
    %v = llvm.load %q : !llvm.ptr<1> -> f32
    llvm.store volatile %v, %p : f32, !llvm.ptr<3>
    %a = llvm.inline_asm has_side_effects "v_accvgpr_write_b32 $0, 1", "=a" : () -> i32
    llvm.store %a, %q : i32, !llvm.ptr<1>
    gpu.return
  }
  gpu.func @other(%x: !llvm.ptr<1>) kernel attributes {known_block_size = array<i32: 64, 1, 1>} {
    gpu.return
  }
}
)";

namespace {
class ResourcesTest : public testing::Test {
protected:
  ResourcesTest() : context(getRegistry(), MLIRContext::Threading::DISABLED) {
    module = parseSourceString<ModuleOp>(source, &context);
  }

  static DialectRegistry getRegistry() {
    DialectRegistry registry;
    registerMoesaicDialects(registry);
    return registry;
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
};
} // namespace

TEST_F(ResourcesTest, AreReadFromTheCodeObject) {
  ASSERT_TRUE(module);
  FailureOr<CompiledKernel> kernel =
      compileKernel(*module, "spread", CompileOptions());
  ASSERT_TRUE(succeeded(kernel));
  EXPECT_EQ(kernel->symbol, "spread");
  EXPECT_EQ(kernel->blockSize, 256u);
  EXPECT_EQ(kernel->resources.ldsBytes, 4096u);
  EXPECT_EQ(kernel->resources.kernargBytes, 12u);
  EXPECT_EQ(kernel->resources.agprs, 1u);
  EXPECT_GT(kernel->resources.vgprs, 0u);
  EXPECT_LT(kernel->resources.vgprs, 16u);
  EXPECT_GT(kernel->resources.sgprs, 0u);
  EXPECT_EQ(kernel->resources.vgprSpills, 0u);
  EXPECT_EQ(kernel->resources.scratchBytes, 0u);
}

TEST_F(ResourcesTest, SeveralKernelsNeedAName) {
  std::string message;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    message = diagnostic.str();
    return success();
  });
  EXPECT_TRUE(failed(compileKernel(*module, "", CompileOptions())));
  EXPECT_EQ(message, "expected one kernel, got 2; name the one to compile");
}

TEST_F(ResourcesTest, TheModuleIsNotChanged) {
  std::string before, after;
  llvm::raw_string_ostream(before) << *module;
  ASSERT_TRUE(succeeded(compileKernel(*module, "other", CompileOptions())));
  llvm::raw_string_ostream(after) << *module;
  EXPECT_EQ(before, after);
}

TEST_F(ResourcesTest, DamagedCodeObjectsAreErrors) {
  FailureOr<CompiledKernel> kernel =
      compileKernel(*module, "spread", CompileOptions());
  ASSERT_TRUE(succeeded(kernel));
  StringRef object(kernel->object.data(), kernel->object.size());
  for (size_t size : {size_t(0), size_t(3), size_t(63), size_t(64), size_t(200),
                      object.size() / 4, object.size() / 2}) {
    auto resources = readResources(object.take_front(size));
    EXPECT_FALSE(bool(resources)) << size << " bytes";
    llvm::consumeError(resources.takeError());
  }
  // No byte of a header leads outside of the file.
  for (size_t i = 0; i < 0x400; ++i) {
    std::string damaged = object.str();
    damaged[i] = static_cast<char>(damaged[i] ^ 0xff);
    auto resources = readResources(damaged);
    if (!resources) {
      llvm::consumeError(resources.takeError());
    }
  }
}
