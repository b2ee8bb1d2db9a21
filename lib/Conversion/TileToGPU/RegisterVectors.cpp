//===- RegisterVectors.cpp - vectors of any registers of a tile -----------===//

#include "Conversion/TileToGPU/Distributor.h"
#include "Layout/BankConflicts.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace moesaic;

/// Integers of 16 bits from any halves of registers, two by one v_perm_b32.
/// LLVM takes up to three moves for two of them where registers have names for
/// their halves, as on gfx11.
static Value permutePairs(OpBuilder &builder, Location loc,
                          const Fragments &values,
                          ArrayRef<uint32_t> registers) {
  auto type = cast<VectorType>(values.front().getType());
  int64_t size = type.getNumElements();
  Type word = builder.getI32Type();
  auto wordOf = [&](uint32_t number) -> Value {
    Value words = vector::BitCastOp::create(
        builder, loc, VectorType::get({size / 2}, word), values[number / size]);
    return vector::ExtractOp::create(builder, loc, words,
                                     int64_t(number % size / 2));
  };
  SmallVector<Value> words;
  for (size_t i = 0; i < registers.size(); i += 2) {
    // Bytes 0 to 3 are those of the second operand, 4 to 7 of the first.
    uint32_t low = registers[i], high = registers[i + 1];
    int32_t selector =
        (low % 2 ? 0x0302 : 0x0100) | (high % 2 ? 0x07060000 : 0x05040000);
    Value select = arith::ConstantOp::create(
        builder, loc, builder.getI32IntegerAttr(selector));
    words.push_back(LLVM::CallIntrinsicOp::create(
                        builder, loc, word,
                        builder.getStringAttr("llvm.amdgcn.perm"),
                        ValueRange{wordOf(high), wordOf(low), select})
                        .getResult(0));
  }
  auto count = static_cast<int64_t>(registers.size());
  Value together = vector::FromElementsOp::create(
      builder, loc, VectorType::get({count / 2}, word), words);
  return vector::BitCastOp::create(
      builder, loc, VectorType::get({count}, type.getElementType()), together);
}

Value Distributor::gatherRegisters(Location loc, const Fragments &values,
                                   ArrayRef<uint32_t> registers) {
  auto type = cast<VectorType>(values.front().getType());
  auto count = static_cast<int64_t>(registers.size());
  int64_t size = type.getNumElements(), first = registers.front();
  if (!isRun(registers) || first % size + count > size) {
    if (type.getElementTypeBitWidth() == 16 && size % 2 == 0 &&
        count % 2 == 0) {
      return permutePairs(builder, loc, values, registers);
    }
    SmallVector<Value> elements;
    for (uint32_t number : registers) {
      elements.push_back(extractRegister(loc, values, number));
    }
    return packRegisters(loc, elements, count).front();
  }
  Value fragment = values[first / size];
  if (count == size) {
    return fragment;
  }
  return vector::ExtractStridedSliceOp::create(
      builder, loc, fragment, ArrayRef<int64_t>{first % size},
      ArrayRef<int64_t>{count}, ArrayRef<int64_t>{1});
}

void Distributor::scatterRegisters(Location loc, Value vector,
                                   ArrayRef<uint32_t> registers,
                                   VectorType type, Fragments &values) {
  auto count = static_cast<int64_t>(registers.size());
  int64_t size = type.getNumElements(), first = registers.front();
  bool isSlice = isRun(registers) && first % size + count <= size;
  if (isSlice && count == size) {
    values[first / size] = vector;
    return;
  }
  auto fragmentOf = [&](int64_t number) -> Value & {
    Value &fragment = values[number / size];
    if (!fragment) {
      fragment =
          arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type));
    }
    return fragment;
  };
  if (isSlice) {
    Value &fragment = fragmentOf(first);
    fragment = vector::InsertStridedSliceOp::create(
        builder, loc, vector, fragment, ArrayRef<int64_t>{first % size},
        ArrayRef<int64_t>{1});
    return;
  }
  for (auto [i, number] : llvm::enumerate(registers)) {
    Value &fragment = fragmentOf(number);
    Value element = vector::ExtractOp::create(builder, loc, vector,
                                              static_cast<int64_t>(i));
    fragment = vector::InsertOp::create(builder, loc, element, fragment,
                                        static_cast<int64_t>(number % size));
  }
}
