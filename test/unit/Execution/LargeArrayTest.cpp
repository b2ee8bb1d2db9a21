//===- LargeArrayTest.cpp - gathers and scatters beyond 4 GiB -------------===//
//
// One kernel, small and large arrays: of the large ones, sparse, loads take the
// branch with 64-bit addresses, and stores several windows.
//
//===----------------------------------------------------------------------===//

#include "Driver/Compiler.h"
#include "Interp/Interpreter.h"
#include "Sim/Simulator.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"
#include <cstring>

using namespace mlir;
using namespace moesaic;

// c[to[i], j] = a[from[i], j]; indices out of bounds vanish.
static constexpr llvm::StringLiteral moveRows = R"(
tile.kernel @move_rows(%a: !tile.ptr<i16> {tile.name = "a", tile.access = "in"},
                       %c: !tile.ptr<i16> {tile.name = "c", tile.access = "out"},
                       %from: !tile.ptr<i32> {tile.name = "from", tile.access = "in"},
                       %to: !tile.ptr<i32> {tile.name = "to", tile.access = "in"},
                       %m: i32 {tile.name = "M", tile.role = "extent"},
                       %n: i32 {tile.name = "N", tile.role = "extent", tile.divisible = 8 : i64},
                       %p: i32 {tile.name = "P", tile.role = "extent"}) waves(1) launch {
^bb0(%a0: !tile.ptr<i16>, %c0: !tile.ptr<i16>, %f0: !tile.ptr<i32>, %t0: !tile.ptr<i32>, %m0: i32, %n0: i32, %p0: i32):
  %c1 = arith.constant 1 : i32
  tile.grid %c1
} body {
  %av = tile.view %a[%m, %n] : !tile.ptr<i16> -> !tile.array<?x?xi16>
  %cv = tile.view %c[%m, %n] : !tile.ptr<i16> -> !tile.array<?x?xi16>
  %fv = tile.view %from[%p] : !tile.ptr<i32> -> !tile.array<?xi32>
  %tv = tile.view %to[%p] : !tile.ptr<i32> -> !tile.array<?xi32>
  %i = tile.range : tensor<8xi32>
  %j = tile.range : tensor<64xi32>
  %source = tile.load %fv[%i] : !tile.array<?xi32>[tensor<8xi32>] -> tensor<8xi32>
  %target = tile.load %tv[%i] : !tile.array<?xi32>[tensor<8xi32>] -> tensor<8xi32>
  %x = tile.load %av[%source, %j] : !tile.array<?x?xi16>[tensor<8xi32>, tensor<64xi32>] -> tensor<8x64xi16>
  tile.store %x, %cv[%target, %j] : tensor<8x64xi16>, !tile.array<?x?xi16>[tensor<8xi32>, tensor<64xi32>]
  tile.return
}
)";

namespace {
/// The kernarg segment, which has no padding at its end.
struct __attribute__((packed)) Arguments {
  int16_t *a, *c;
  int32_t *from, *to;
  int32_t m, n, p;
};

class LargeArray : public testing::Test {
protected:
  void SetUp() override {
    DialectRegistry registry;
    registerMoesaicDialects(registry);
    context.appendDialectRegistry(registry);
    module = parseSourceString<ModuleOp>(moveRows, &context);
    ASSERT_TRUE(module);
    device = llvm::cantFail(sim::Device::create("gfx942"));
  }

  void launchOnSimulator(const Arguments &arguments) {
    FailureOr<CompiledKernel> compiled =
        compileKernel(*module, "move_rows", {});
    ASSERT_TRUE(succeeded(compiled));
    StringRef object(compiled->object.data(), compiled->object.size());
    auto program =
        sim::Program::load(llvm::MemoryBufferRef(object, "object"), *device);
    ASSERT_TRUE(static_cast<bool>(program))
        << llvm::toString(program.takeError());
    sim::LaunchConfig config;
    config.block = {compiled->blockSize, 1, 1};
    auto stats =
        device->launch(**program, "move_rows", config,
                       ArrayRef(reinterpret_cast<const uint8_t *>(&arguments),
                                sizeof(arguments)));
    ASSERT_TRUE(static_cast<bool>(stats)) << llvm::toString(stats.takeError());
  }

  void launchOnInterpreter(const Arguments &arguments) {
    auto kernel = *module->getOps<tile::KernelOp>().begin();
    auto bits = [](const void *pointer) {
      return reinterpret_cast<uint64_t>(pointer);
    };
    uint64_t raw[] = {bits(arguments.a),     bits(arguments.c),
                      bits(arguments.from),  bits(arguments.to),
                      uint64_t(arguments.m), uint64_t(arguments.n),
                      uint64_t(arguments.p)};
    ASSERT_TRUE(succeeded(interp::runKernel(kernel, raw, 1)));
  }

  /// Moves rows between arrays of `rows` x `columns` and checks every row that
  /// is named. Out-of-bounds and negative rows read zero and store nothing.
  void check(int32_t rows, int32_t columns, bool simulate) {
    uint64_t bytes = uint64_t(rows) * columns * sizeof(int16_t);
    auto *a = static_cast<int16_t *>(device->memory().allocate(bytes, "a"));
    auto *c = static_cast<int16_t *>(device->memory().allocate(bytes, "c"));
    auto *from = static_cast<int32_t *>(device->memory().allocate(32, "from"));
    auto *to = static_cast<int32_t *>(device->memory().allocate(32, "to"));
    ASSERT_TRUE(a && c && from && to);
    const int32_t last = rows - 1;
    const int32_t sources[8] = {0,    last, last / 2, -1,
                                rows, 3,    last - 1, INT32_MAX};
    const int32_t targets[8] = {last, 1, last - 2, 2, 4, -1, rows, 5};
    std::memcpy(from, sources, sizeof(sources));
    std::memcpy(to, targets, sizeof(targets));
    for (int32_t row : {0, last, last / 2, 3, last - 1}) {
      for (int32_t column = 0; column < 64; ++column) {
        a[int64_t(row) * columns + column] = row % 1000 * 32 + column;
      }
    }
    for (int32_t row : {2, 4, 5}) { // read from out-of-bounds rows
      c[int64_t(row) * columns] = 77;
    }
    Arguments arguments{a, c, from, to, rows, columns, 8};
    if (simulate) {
      launchOnSimulator(arguments);
    } else {
      launchOnInterpreter(arguments);
    }
    auto expectRow = [&](int32_t target, int32_t source) {
      for (int32_t column : {0, 1, 31, 63}) {
        EXPECT_EQ(c[int64_t(target) * columns + column],
                  int16_t(source % 1000 * 32 + column))
            << "row " << target << ", column " << column;
      }
    };
    expectRow(last, 0);
    expectRow(1, last);
    expectRow(last - 2, last / 2);
    for (int32_t row : {2, 4, 5}) {
      EXPECT_EQ(c[int64_t(row) * columns], 0) << "row " << row;
    }
    EXPECT_EQ(c[int64_t(last - 1) * columns], 0);
    for (void *pointer : {static_cast<void *>(a), static_cast<void *>(c),
                          static_cast<void *>(from), static_cast<void *>(to)}) {
      device->memory().free(pointer);
    }
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  std::unique_ptr<sim::Device> device;
};
} // namespace

TEST_F(LargeArray, SmallOnSimulator) { check(20, 64, /*simulate=*/true); }
// 5.4 GB each.
TEST_F(LargeArray, LargeOnSimulator) { check(41000, 65536, /*simulate=*/true); }
// Just above 2 GiB, where a 32-bit offset is no longer enough.
TEST_F(LargeArray, TwoGiBOnSimulator) {
  check(16385, 65536, /*simulate=*/true);
}
// One row in each window, and 64-bit distances between rows.
TEST_F(LargeArray, RowsOfTwoGiBOnSimulator) {
  check(10, (1 << 30) + 8, /*simulate=*/true);
}
TEST_F(LargeArray, LargeOnInterpreter) {
  check(41000, 65536, /*simulate=*/false);
}
