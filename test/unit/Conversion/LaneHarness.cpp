//===- LaneHarness.cpp - runs lane-level IR on the simulator --------------===//

#include "LaneHarness.h"
#include "Driver/Compiler.h"
#include "Sim/Simulator.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"
#include <cstring>

using namespace mlir;
using namespace moesaic;

void test::runKernel(StringRef source, unsigned workgroups,
                     ArrayRef<std::vector<uint8_t> *> arrays,
                     ArrayRef<uint32_t> scalars) {
  DialectRegistry registry;
  registerMoesaicDialects(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(source, &context);
  ASSERT_TRUE(module);
  FailureOr<CompiledKernel> kernel =
      compileKernel(*module, "", CompileOptions());
  ASSERT_TRUE(succeeded(kernel));

  auto device = llvm::cantFail(sim::Device::create("gfx942"));
  llvm::MemoryBufferRef object(
      StringRef(kernel->object.data(), kernel->object.size()), "kernel");
  auto program = sim::Program::load(object, *device);
  ASSERT_TRUE(bool(program)) << llvm::toString(program.takeError());
  std::vector<uint8_t> kernargs;
  auto push = [&](auto value) {
    const auto *bytes = reinterpret_cast<const uint8_t *>(&value);
    kernargs.insert(kernargs.end(), bytes, bytes + sizeof(value));
  };
  std::vector<void *> memory;
  for (std::vector<uint8_t> *array : arrays) {
    memory.push_back(device->memory().allocate(array->size(), "array"));
    std::memcpy(memory.back(), array->data(), array->size());
    push(memory.back());
  }
  for (uint32_t scalar : scalars) {
    push(scalar);
  }
  sim::LaunchConfig config;
  config.grid = {workgroups, 1, 1};
  config.block = {kernel->blockSize, 1, 1};
  auto stats = device->launch(**program, kernel->symbol, config, kernargs);
  ASSERT_TRUE(bool(stats)) << llvm::toString(stats.takeError());
  for (auto [array, pointer] : llvm::zip(arrays, memory)) {
    std::memcpy(array->data(), pointer, array->size());
  }
}

std::vector<uint8_t> test::mapLanes(StringRef body, StringRef inType,
                                    StringRef outType,
                                    ArrayRef<uint32_t> input) {
  constexpr unsigned lanes = 256;
  unsigned outBytes = outType == "bf16" || outType == "f16" ? 2 : 4;
  unsigned workgroups = llvm::divideCeil(input.size(), lanes);
  std::string source = (R"(
gpu.module @kernels {
  gpu.func @map(%in: !llvm.ptr<1> {tile.access = "in"}, %out: !llvm.ptr<1> {tile.access = "out"})
      kernel attributes {known_block_size = array<i32: 256, 1, 1>} {
    %c256 = arith.constant 256 : i32
    %tid = gpu.thread_id x
    %lane = arith.index_cast %tid : index to i32
    %bid = gpu.block_id x
    %block = arith.index_cast %bid : index to i32
    %first = arith.muli %block, %c256 : i32
    %i = arith.addi %first, %lane : i32
    %p = llvm.getelementptr %in[%i] : (!llvm.ptr<1>, i32) -> !llvm.ptr<1>, )" +
                        inType + R"(
    %x = llvm.load %p : !llvm.ptr<1> -> )" +
                        inType + "\n" + body + R"(
    %q = llvm.getelementptr %out[%i] : (!llvm.ptr<1>, i32) -> !llvm.ptr<1>, )" +
                        outType + R"(
    llvm.store %y, %q : )" +
                        outType + R"(, !llvm.ptr<1>
    gpu.return
  }
}
)")
                           .str();
  std::vector<uint8_t> in(size_t(workgroups) * lanes * 4),
      out(size_t(workgroups) * lanes * outBytes);
  std::memcpy(in.data(), input.data(), input.size() * 4);
  runKernel(source, workgroups, {&in, &out});
  out.resize(input.size() * outBytes);
  return out;
}

std::vector<uint32_t> test::asWords(ArrayRef<uint8_t> bytes) {
  std::vector<uint32_t> words(bytes.size() / 4);
  std::memcpy(words.data(), bytes.data(), words.size() * 4);
  return words;
}

std::vector<uint16_t> test::asHalves(ArrayRef<uint8_t> bytes) {
  std::vector<uint16_t> halves(bytes.size() / 2);
  std::memcpy(halves.data(), bytes.data(), halves.size() * 2);
  return halves;
}

std::vector<uint32_t> test::sweepFloats(ArrayRef<uint32_t> lowHalves) {
  std::vector<uint32_t> result;
  for (uint32_t high = 0; high < 0x10000; ++high) {
    for (uint32_t low : lowHalves) {
      result.push_back(high << 16 | low);
    }
  }
  return result;
}
