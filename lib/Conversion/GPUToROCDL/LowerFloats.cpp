//===- LowerFloats.cpp - bf16 arithmetic and conversions ------------------===//
//
// No chip has bf16 arithmetic outside MFMA; gfx90a and gfx942 have no
// conversion instruction either. f32 has more than twice the precision of bf16,
// so an operation in f32 that is rounded again gives the correctly rounded
// result for + - * / (Figueroa, "When is double rounding innocuous?").
//
//===----------------------------------------------------------------------===//

#include "Conversion/GPUToROCDL/GPUToROCDL.h"
#include "Target/Chips.h"

using namespace mlir;
using namespace moesaic;

static Type withElementType(Type type, Type element) {
  if (auto vector = dyn_cast<VectorType>(type)) {
    return vector.clone(element);
  }
  return element;
}

static Value constant(OpBuilder &builder, Location loc, uint32_t value) {
  return arith::ConstantOp::create(builder, loc,
                                   builder.getI32IntegerAttr(value));
}

static Value intrinsic(OpBuilder &builder, Location loc, Type type,
                       StringRef name, ValueRange operands) {
  return LLVM::CallIntrinsicOp::create(builder, loc, type,
                                       builder.getStringAttr(name), operands)
      .getResult(0);
}

/// An i32 whose high half is `value` rounded to bf16: v_bfe, v_add3, v_cmp,
/// v_cndmask. A NaN is made quiet first and keeps its sign and high payload;
/// the code generator drops that where `value` comes from arithmetic.
static Value roundToHighHalf(OpBuilder &builder, Location loc, Value value) {
  Type i32 = builder.getI32Type();
  Value quiet =
      intrinsic(builder, loc, value.getType(), "llvm.canonicalize", value);
  Value bits = arith::BitcastOp::create(builder, loc, i32, quiet);
  Value sixteen = constant(builder, loc, 16), one = constant(builder, loc, 1);
  Value odd = arith::AndIOp::create(
      builder, loc, arith::ShRUIOp::create(builder, loc, bits, sixteen), one);
  Value rounded = arith::AddIOp::create(
      builder, loc, arith::AddIOp::create(builder, loc, bits, odd),
      constant(builder, loc, 0x7fff));
  Value isNan = arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::UNO,
                                      value, value);
  return arith::SelectOp::create(builder, loc, isNan, bits, rounded);
}

static Value highHalf(OpBuilder &builder, Location loc, Value bits) {
  Value shifted =
      arith::ShRUIOp::create(builder, loc, bits, constant(builder, loc, 16));
  Value half =
      arith::TruncIOp::create(builder, loc, builder.getI16Type(), shifted);
  return arith::BitcastOp::create(builder, loc, builder.getBF16Type(), half);
}

namespace {

struct TruncateToBF16 : OpRewritePattern<arith::TruncFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::TruncFOp op,
                                PatternRewriter &rewriter) const override {
    if (!getElementTypeOrSelf(op.getType()).isBF16() ||
        !getElementTypeOrSelf(op.getIn().getType()).isF32()) {
      return rewriter.notifyMatchFailure(op, "not from f32 to bf16");
    }
    Location loc = op.getLoc();
    auto type = dyn_cast<VectorType>(op.getType());
    if (!type) {
      rewriter.replaceOp(
          op,
          highHalf(rewriter, loc, roundToHighHalf(rewriter, loc, op.getIn())));
      return success();
    }
    SmallVector<Value> halves;
    for (Value element :
         vector::ToElementsOp::create(rewriter, loc, op.getIn()).getResults()) {
      halves.push_back(roundToHighHalf(rewriter, loc, element));
    }
    if (halves.size() % 2 != 0) {
      for (Value &half : halves) {
        half = highHalf(rewriter, loc, half);
      }
      rewriter.replaceOpWithNewOp<vector::FromElementsOp>(op, type, halves);
      return success();
    }
    // v_perm_b32 takes the high halves of two registers into one.
    SmallVector<Value> pairs;
    Value selector = constant(rewriter, loc, 0x07060302);
    for (size_t i = 0; i < halves.size(); i += 2) {
      pairs.push_back(intrinsic(rewriter, loc, rewriter.getI32Type(),
                                "llvm.amdgcn.perm",
                                {halves[i + 1], halves[i], selector}));
    }
    auto flat = VectorType::get(type.getNumElements(), type.getElementType());
    auto packed = VectorType::get(static_cast<int64_t>(pairs.size()),
                                  rewriter.getI32Type());
    Value words = vector::FromElementsOp::create(rewriter, loc, packed, pairs);
    Value result = vector::BitCastOp::create(rewriter, loc, flat, words);
    if (flat != type) {
      result = vector::ShapeCastOp::create(rewriter, loc, type, result);
    }
    rewriter.replaceOp(op, result);
    return success();
  }
};

/// A binary operation on bf16 through f32.
template <typename Op>
struct ComputeInF32 : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;

  LogicalResult matchAndRewrite(Op op,
                                PatternRewriter &rewriter) const override {
    if (!getElementTypeOrSelf(op.getType()).isBF16()) {
      return rewriter.notifyMatchFailure(op, "not bf16");
    }
    Type wide = withElementType(op.getType(), rewriter.getF32Type());
    Value lhs = arith::ExtFOp::create(rewriter, op.getLoc(), wide, op.getLhs());
    Value rhs = arith::ExtFOp::create(rewriter, op.getLoc(), wide, op.getRhs());
    Value result = Op::create(rewriter, op.getLoc(), lhs, rhs);
    rewriter.replaceOpWithNewOp<arith::TruncFOp>(op, op.getType(), result);
    return success();
  }
};

/// Integers wider than f32's precision would be rounded twice on the way to
/// bf16; to floats of 8 bits there is no other way. So large ones lose low bits
/// first, with the lowest bit that stays set if any of those was: f32 then
/// holds the rest exactly, on the same side of every tie of bf16 as before.
template <typename Op>
struct ConvertIntegerThroughF32 : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;

  LogicalResult matchAndRewrite(Op op,
                                PatternRewriter &rewriter) const override {
    Type element = getElementTypeOrSelf(op.getIn().getType());
    Type result = getElementTypeOrSelf(op.getType());
    if ((!result.isBF16() && result.getIntOrFloatBitWidth() != 8) ||
        element.getIntOrFloatBitWidth() > 64) {
      return rewriter.notifyMatchFailure(
          op, "not to bf16 or 8 bits, or wider than 64 bits");
    }
    Value value = op.getIn();
    unsigned width = element.getIntOrFloatBitWidth();
    // From 2^threshold on, at least ten bits stay after the lowest are dropped.
    ArrayRef<std::pair<unsigned, unsigned>> steps = {};
    static constexpr std::pair<unsigned, unsigned> steps32[] = {{24, 8}};
    static constexpr std::pair<unsigned, unsigned> steps64[] = {
        {24, 14}, {38, 28}, {52, 42}};
    if (width > 24) {
      steps = width <= 32 ? ArrayRef(steps32) : ArrayRef(steps64);
    }
    for (auto [threshold, dropped] : steps) {
      if (threshold < width) {
        value = dropLowBits(rewriter, op.getLoc(), op.getIn(), value, threshold,
                            dropped);
      }
    }
    Value wide =
        Op::create(rewriter, op.getLoc(),
                   withElementType(op.getType(), rewriter.getF32Type()), value);
    rewriter.replaceOpWithNewOp<arith::TruncFOp>(op, op.getType(), wide);
    return success();
  }

private:
  /// `source` without its `dropped` lowest bits where its magnitude is
  /// 2^threshold or more, `otherwise` where it is not.
  static Value dropLowBits(OpBuilder &builder, Location loc, Value source,
                           Value otherwise, unsigned threshold,
                           unsigned dropped) {
    Type type = source.getType();
    unsigned width = getElementTypeOrSelf(type).getIntOrFloatBitWidth();
    auto constant = [&](const APInt &value) -> Value {
      TypedAttr attribute =
          builder.getIntegerAttr(getElementTypeOrSelf(type), value);
      if (auto vector = dyn_cast<VectorType>(type)) {
        attribute = DenseElementsAttr::get(vector, attribute);
      }
      return arith::ConstantOp::create(builder, loc, attribute);
    };
    auto compare = [&](arith::CmpIPredicate predicate, Value a,
                       const APInt &b) -> Value {
      return arith::CmpIOp::create(builder, loc, predicate, a, constant(b));
    };
    APInt low = APInt::getLowBitsSet(width, dropped);
    Value rest = arith::AndIOp::create(builder, loc, source, constant(~low));
    Value sticky = arith::OrIOp::create(
        builder, loc, rest, constant(APInt::getOneBitSet(width, dropped)));
    Value lost = arith::AndIOp::create(builder, loc, source, constant(low));
    Value isExact =
        compare(arith::CmpIPredicate::eq, lost, APInt::getZero(width));
    Value reduced =
        arith::SelectOp::create(builder, loc, isExact, source, sticky);
    APInt limit = APInt::getOneBitSet(width, threshold);
    Value isLarge;
    if (std::is_same_v<Op, arith::UIToFPOp>) {
      isLarge = compare(arith::CmpIPredicate::uge, source, limit);
    } else {
      Value shifted =
          arith::AddIOp::create(builder, loc, source, constant(limit));
      isLarge = compare(arith::CmpIPredicate::uge, shifted, limit.shl(1));
    }
    return arith::SelectOp::create(builder, loc, isLarge, reduced, otherwise);
  }
};

} // namespace

void moesaic::populateFloatPatterns(RewritePatternSet &patterns,
                                    const Chip &chip) {
  if (!chip.convertsToBF16) {
    patterns.add<TruncateToBF16>(patterns.getContext());
  }
  patterns.add<ComputeInF32<arith::AddFOp>, ComputeInF32<arith::SubFOp>,
               ComputeInF32<arith::MulFOp>, ComputeInF32<arith::DivFOp>,
               ComputeInF32<arith::MaximumFOp>, ComputeInF32<arith::MinimumFOp>,
               ComputeInF32<arith::MaxNumFOp>, ComputeInF32<arith::MinNumFOp>,
               ConvertIntegerThroughF32<arith::SIToFPOp>,
               ConvertIntegerThroughF32<arith::UIToFPOp>>(
      patterns.getContext());
}

LogicalResult moesaic::checkFloatOps(Operation *root, StringRef chip) {
  WalkResult result = root->walk([&](Operation *op) -> WalkResult {
    auto truncate = dyn_cast<arith::TruncFOp>(op);
    bool roundsTwice =
        isa<math::FmaOp>(op) ||
        (truncate && getElementTypeOrSelf(truncate.getIn().getType()).isF64());
    if (!roundsTwice ||
        !getElementTypeOrSelf(op->getResult(0).getType()).isBF16()) {
      return WalkResult::advance();
    }
    return op->emitError() << "'" << op->getName() << "' with a result of type "
                           << op->getResult(0).getType()
                           << " is unsupported on " << chip
                           << ": it would be rounded twice";
  });
  return failure(result.wasInterrupted());
}
