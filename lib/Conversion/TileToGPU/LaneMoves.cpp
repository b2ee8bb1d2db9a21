//===- LaneMoves.cpp - values that travel between lanes of a wave ---------===//

#include "Conversion/TileToGPU/LaneMoves.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/ROCDLDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace moesaic;
using amdgpu::DPPPerm;
using arith::CmpIPredicate;

/// Lanes among which DPP moves operands.
static constexpr unsigned rowBits = 4;

Value LaneMoves::constant(int64_t value) {
  return arith::ConstantOp::create(builder, loc,
                                   builder.getI32IntegerAttr(value));
}

Value LaneMoves::isLane(unsigned mask, CmpIPredicate predicate,
                        unsigned number) {
  Value bits = arith::AndIOp::create(builder, loc, lane, constant(mask));
  return arith::CmpIOp::create(builder, loc, predicate, bits, constant(number));
}

Value LaneMoves::byWords(ArrayRef<Value> values,
                         function_ref<Value(ArrayRef<Value>)> move) {
  Type type = values.front().getType();
  unsigned bits = type.getIntOrFloatBitWidth();
  Type integer = builder.getIntegerType(bits), word = builder.getI32Type();
  SmallVector<Value> integers;
  for (Value value : values) {
    integers.push_back(
        isa<FloatType>(type)
            ? arith::BitcastOp::create(builder, loc, integer, value).getResult()
            : value);
  }
  Value moved;
  if (bits <= 32) {
    if (bits < 32) {
      for (Value &value : integers) {
        value = arith::ExtUIOp::create(builder, loc, word, value);
      }
    }
    moved = move(integers);
    if (bits < 32) {
      moved = arith::TruncIOp::create(builder, loc, integer, moved);
    }
  } else {
    Value shift = arith::ConstantOp::create(
        builder, loc, builder.getIntegerAttr(integer, 32));
    SmallVector<Value> low, high;
    for (Value value : integers) {
      low.push_back(arith::TruncIOp::create(builder, loc, word, value));
      Value upper = arith::ShRUIOp::create(builder, loc, value, shift);
      high.push_back(arith::TruncIOp::create(builder, loc, word, upper));
    }
    Value upper = arith::ExtUIOp::create(builder, loc, integer, move(high));
    upper = arith::ShLIOp::create(builder, loc, upper, shift);
    Value lower = arith::ExtUIOp::create(builder, loc, integer, move(low));
    moved = arith::OrIOp::create(builder, loc, upper, lower);
  }
  return isa<FloatType>(type)
             ? arith::BitcastOp::create(builder, loc, type, moved).getResult()
             : moved;
}

Value LaneMoves::dpp(Value value, Value fill, DPPPerm control,
                     Attribute argument, unsigned rows) {
  return byWords({value, fill}, [&](ArrayRef<Value> words) -> Value {
    return amdgpu::DPPOp::create(builder, loc, words[0].getType(), words[1],
                                 words[0], control, argument, rows,
                                 /*bank_mask=*/0xf, /*bound_ctrl=*/false);
  });
}

/// The DPP control that exchanges lanes across `bit`, where one exists. That
/// across bit 2 is a reversal, right only when the lanes of each quad already
/// hold the same value.
static std::optional<std::pair<DPPPerm, Attribute>>
getRowExchange(OpBuilder &builder, uint32_t bit, bool quadsAreUniform) {
  switch (bit) {
  case 1:
    return {{DPPPerm::quad_perm, builder.getI32ArrayAttr({1, 0, 3, 2})}};
  case 2:
    return {{DPPPerm::quad_perm, builder.getI32ArrayAttr({2, 3, 0, 1})}};
  case 4:
    if (quadsAreUniform) {
      return {{DPPPerm::row_half_mirror, builder.getUnitAttr()}};
    }
    return std::nullopt;
  case 8:
    return {{DPPPerm::row_ror, builder.getI32IntegerAttr(8)}};
  default:
    return std::nullopt;
  }
}

Value LaneMoves::exchange(Value value, uint32_t bit, uint32_t reduced) {
  return byWords({value}, [&](ArrayRef<Value> words) -> Value {
    Value word = words.front();
    if (auto row = getRowExchange(builder, bit, (reduced & 3) == 3)) {
      // Every lane has a partner; saying so lets the exchange become part of
      // the instruction that uses it.
      return amdgpu::DPPOp::create(builder, loc, word.getType(), word, word,
                                   row->first, row->second, /*row_mask=*/0xf,
                                   /*bank_mask=*/0xf, /*bound_ctrl=*/true);
    }
    return gpu::ShuffleOp::create(builder, loc, word, constant(bit),
                                  constant(chip.waveSize),
                                  gpu::ShuffleMode::XOR)
        .getShuffleResult();
  });
}

Value LaneMoves::reduceRows(Value value, uint32_t rows, Value identity,
                            Combine combine) {
  if (rows == 0x10 && chip.waveSize == 32) {
    return combine(read(value, 0), read(value, 16));
  }
  if (!chip.hasDppAcrossRows() || (rows & 0x10) == 0) {
    return {};
  }
  // The last row of each pair, then of the wave, gets the result.
  value = combine(dpp(value, identity, DPPPerm::row_bcast_15, {}, 0xa), value);
  if (rows == 0x30) {
    value =
        combine(dpp(value, identity, DPPPerm::row_bcast_31, {}, 0xc), value);
    return read(value, 63);
  }
  return arith::SelectOp::create(builder, loc,
                                 isLane(0x20, CmpIPredicate::eq, 0),
                                 read(value, 31), read(value, 63));
}

Value LaneMoves::reduce(Value value, uint32_t lanes, Value identity,
                        Combine combine) {
  constexpr uint32_t row = (1u << rowBits) - 1;
  for (uint32_t bit = 1; bit != 0 && bit <= lanes; bit <<= 1) {
    if ((lanes & bit) == 0) {
      continue;
    }
    if (bit > row && (lanes & row) == row && (lanes & (bit - 1)) == row) {
      if (Value reduced = reduceRows(value, lanes & ~row, identity, combine)) {
        return reduced;
      }
    }
    value = combine(value, exchange(value, bit, lanes & (bit - 1)));
  }
  return value;
}

Value LaneMoves::read(Value value, unsigned from) {
  return byWords({value}, [&](ArrayRef<Value> words) -> Value {
    return ROCDL::ReadlaneOp::create(builder, loc, words[0].getType(), words[0],
                                     constant(from));
  });
}

Value LaneMoves::gather(Value value, Value from) {
  Value address = arith::ShLIOp::create(builder, loc, from, constant(2));
  return byWords({value}, [&](ArrayRef<Value> words) -> Value {
    return ROCDL::DsBpermuteOp::create(builder, loc, words[0].getType(),
                                       address, words[0]);
  });
}

Value LaneMoves::shiftInRow(Value value, unsigned distance, bool reverse,
                            Value fill) {
  return dpp(value, fill, reverse ? DPPPerm::row_shl : DPPPerm::row_shr,
             builder.getI32IntegerAttr(distance));
}

Value LaneMoves::acrossRows(Value value, LaneGroup half, bool reverse,
                            Value identity, bool &isExact) {
  unsigned bit = half.endBit();
  isExact = false;
  if (half.firstBit != 0) {
    // Lanes below differ too: each takes from the lane like itself.
    Value keep = constant(~(half.mask() | 1u << bit));
    Value from = arith::AndIOp::create(builder, loc, lane, keep);
    Value set = constant(reverse ? 1u << bit : half.mask());
    return gather(value, arith::OrIOp::create(builder, loc, from, set));
  }
  if (!reverse && chip.hasDppAcrossRows()) {
    isExact = true;
    return bit == 4 ? dpp(value, identity, DPPPerm::row_bcast_15, {}, 0xa)
                    : dpp(value, identity, DPPPerm::row_bcast_31, {}, 0xc);
  }
  unsigned from = reverse ? 1u << bit : half.mask();
  Value result = read(value, from);
  for (unsigned other = 2u << bit; other < unsigned(chip.waveSize);
       other += 2u << bit) {
    Value isOther = isLane(~((2u << bit) - 1) & (chip.waveSize - 1),
                           CmpIPredicate::eq, other);
    result = arith::SelectOp::create(builder, loc, isOther,
                                     read(value, other | from), result);
  }
  return result;
}

Value LaneMoves::scan(Value value, LaneGroup group, bool reverse,
                      Value identity, Combine combine) {
  unsigned inRow = std::min(group.endBit(), std::max(group.firstBit, rowBits));
  LaneGroup row{group.firstBit, inRow - group.firstBit};
  for (unsigned bit = group.firstBit; bit < inRow; ++bit) {
    Value other = shiftInRow(value, 1u << bit, reverse, identity);
    Value next = combine(other, value);
    if (inRow < rowBits) {
      // The row holds several groups, so that the shift reaches into others.
      unsigned edge = reverse
                          ? row.mask() + (1u << group.firstBit) - (1u << bit)
                          : 1u << bit;
      Value inside = isLane(
          row.mask(), reverse ? CmpIPredicate::ult : CmpIPredicate::uge, edge);
      next = arith::SelectOp::create(builder, loc, inside, next, value);
    }
    value = next;
  }
  for (unsigned bit = inRow; bit < group.endBit(); ++bit) {
    bool isExact;
    LaneGroup half{group.firstBit, bit - group.firstBit};
    Value other = acrossRows(value, half, reverse, identity, isExact);
    Value next = combine(other, value);
    if (!isExact) {
      Value inside =
          isLane(1u << bit, reverse ? CmpIPredicate::eq : CmpIPredicate::ne, 0);
      next = arith::SelectOp::create(builder, loc, inside, next, value);
    }
    value = next;
  }
  return value;
}

Value LaneMoves::previous(Value value, LaneGroup group, bool reverse,
                          Value first) {
  unsigned step = 1u << group.firstBit;
  Value moved;
  if (1u << group.bits == unsigned(chip.waveSize) && chip.hasDppAcrossRows()) {
    return dpp(value, first, reverse ? DPPPerm::wave_shl : DPPPerm::wave_shr,
               {});
  }
  if (group.endBit() <= rowBits) {
    moved = shiftInRow(value, step, reverse, first);
    if (group.endBit() == rowBits) {
      return moved;
    }
  } else {
    Value distance = constant(step);
    Value from =
        reverse
            ? arith::AddIOp::create(builder, loc, lane, distance).getResult()
            : arith::SubIOp::create(builder, loc, lane, distance);
    moved = gather(value, from);
  }
  Value isFirst =
      isLane(group.mask(), CmpIPredicate::eq, reverse ? group.mask() : 0);
  return arith::SelectOp::create(builder, loc, isFirst, first, moved);
}

Value LaneMoves::last(Value value, LaneGroup group, bool reverse) {
  if (1u << group.bits == unsigned(chip.waveSize)) {
    return read(value, reverse ? 0 : chip.waveSize - 1);
  }
  Value mask = constant(reverse ? ~group.mask() : group.mask());
  Value from = reverse
                   ? arith::AndIOp::create(builder, loc, lane, mask).getResult()
                   : arith::OrIOp::create(builder, loc, lane, mask);
  return gather(value, from);
}

Value LaneMoves::mask(uint64_t lanes) {
  APInt bits(chip.waveSize, lanes, /*isSigned=*/false, /*implicitTrunc=*/true);
  return arith::ConstantOp::create(builder, loc,
                                   builder.getIntegerAttr(maskType(), bits));
}

Value LaneMoves::ballot(Value condition) {
  return ROCDL::BallotOp::create(builder, loc, maskType(), condition);
}

Value LaneMoves::match(Value key, unsigned bits, Value condition,
                       unsigned distinct) {
  // The lanes that differ in one of the bits so far.
  Value differ = mask(0);
  for (unsigned bit = 0; bit < bits; ++bit) {
    Value atTop = arith::ShLIOp::create(builder, loc, key, constant(31 - bit));
    Value own = arith::ShRSIOp::create(builder, loc, atTop, constant(31));
    Value isSet = arith::CmpIOp::create(builder, loc, CmpIPredicate::ne, own,
                                        constant(0));
    if (own.getType() != maskType()) {
      own = arith::ExtSIOp::create(builder, loc, maskType(), own);
    }
    Value others = arith::XOrIOp::create(builder, loc, ballot(isSet), own);
    differ = arith::OrIOp::create(builder, loc, differ, others);
  }
  Value alike = arith::XOrIOp::create(builder, loc, differ, mask(~0ull));
  alike = arith::AndIOp::create(builder, loc, alike, ballot(condition));
  if (distinct < unsigned(chip.waveSize)) {
    alike = arith::AndIOp::create(builder, loc, alike,
                                  mask((uint64_t(1) << distinct) - 1));
  }
  return alike;
}

Value LaneMoves::count(Value mask) {
  Value bits = math::CtPopOp::create(builder, loc, mask);
  Type word = builder.getI32Type();
  return bits.getType() == word
             ? bits
             : arith::TruncIOp::create(builder, loc, word, bits).getResult();
}

Value LaneMoves::countBelow(Value lanes, unsigned distinct) {
  Type word = builder.getI32Type();
  if (distinct < unsigned(chip.waveSize)) {
    Value place =
        arith::AndIOp::create(builder, loc, lane, constant(distinct - 1));
    if (word != maskType()) {
      place = arith::ExtUIOp::create(builder, loc, maskType(), place);
    }
    Value bit = arith::ShLIOp::create(builder, loc, mask(1), place);
    Value below = arith::SubIOp::create(builder, loc, bit, mask(1));
    return count(arith::AndIOp::create(builder, loc, lanes, below));
  }
  if (word == maskType()) {
    return ROCDL::MbcntLoOp::create(builder, loc, word, lanes, constant(0),
                                    ArrayAttr(), ArrayAttr());
  }
  Value low = arith::TruncIOp::create(builder, loc, word, lanes);
  Value upper = arith::ShRUIOp::create(builder, loc, lanes, mask(32));
  Value high = arith::TruncIOp::create(builder, loc, word, upper);
  Value ofLow = ROCDL::MbcntLoOp::create(builder, loc, word, low, constant(0),
                                         ArrayAttr(), ArrayAttr());
  return ROCDL::MbcntHiOp::create(builder, loc, word, high, ofLow, ArrayAttr(),
                                  ArrayAttr());
}
