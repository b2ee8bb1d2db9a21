//===- LowerMath.cpp - math functions from a chip's instructions ----------===//
//
// AMDGPU's code generator expands exp, log and sqrt of f32 over the full range
// from v_exp, v_log and v_sqrt, which are within 1 ulp ("AMD Instinct MI300"
// ISA guide); rsqrt and tanh are written here. Other types go through f32,
// which has more than twice their precision.
//
//===----------------------------------------------------------------------===//

#include "Conversion/GPUToROCDL/GPUToROCDL.h"
#include "mlir/Conversion/ArithCommon/AttrToLLVMConverter.h"
#include "mlir/Conversion/LLVMCommon/VectorPattern.h"

using namespace mlir;
using namespace moesaic;

/// `type` with another element type.
static Type withElementType(Type type, Type element) {
  if (auto vector = dyn_cast<VectorType>(type)) {
    return vector.clone(element);
  }
  return element;
}

/// Applies `scalar` to each element of `value`, which is a scalar or a vector.
static Value mapElements(OpBuilder &builder, Location loc, Value value,
                         function_ref<Value(Value)> scalar) {
  auto type = dyn_cast<VectorType>(value.getType());
  if (!type) {
    return scalar(value);
  }
  SmallVector<Value> elements;
  auto extract = vector::ToElementsOp::create(builder, loc, value);
  for (Value element : extract.getResults()) {
    elements.push_back(scalar(element));
  }
  return vector::FromElementsOp::create(builder, loc, type, elements);
}

namespace {

/// Small builders for f32 scalars.
struct F32Builder {
  OpBuilder &builder;
  Location loc;

  Value constant(float value) const {
    return arith::ConstantOp::create(builder, loc,
                                     builder.getF32FloatAttr(value));
  }
  Value multiply(Value a, Value b) const {
    return arith::MulFOp::create(builder, loc, a, b);
  }
  Value subtract(Value a, Value b) const {
    return arith::SubFOp::create(builder, loc, a, b);
  }
  Value add(Value a, Value b) const {
    return arith::AddFOp::create(builder, loc, a, b);
  }
  Value fma(Value a, Value b, Value c) const {
    return math::FmaOp::create(builder, loc, a, b, c);
  }
  Value absolute(Value a) const {
    return math::AbsFOp::create(builder, loc, a);
  }
  Value less(Value a, Value b) const {
    return arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::OLT, a, b);
  }
  Value select(Value condition, Value a, Value b) const {
    return arith::SelectOp::create(builder, loc, condition, a, b);
  }
  Value intrinsic(StringRef name, Value a) const {
    return LLVM::CallIntrinsicOp::create(builder, loc, builder.getF32Type(),
                                         builder.getStringAttr(name), a)
        .getResult(0);
  }
};

/// v_rsq_f32 is within 1 ulp but takes denormals for zero, so those are scaled
/// by 2^24 before and by 2^12 after.
struct ExpandRsqrt : OpRewritePattern<math::RsqrtOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::RsqrtOp op,
                                PatternRewriter &rewriter) const override {
    if (!getElementTypeOrSelf(op.getType()).isF32()) {
      return rewriter.notifyMatchFailure(op, "not f32");
    }
    F32Builder f{rewriter, op.getLoc()};
    rewriter.replaceOp(
        op, mapElements(rewriter, op.getLoc(), op.getOperand(), [&](Value x) {
          Value tiny = f.less(f.absolute(x), f.constant(0x1p-126f));
          Value scaled = f.select(tiny, f.multiply(x, f.constant(0x1p24f)), x);
          Value root = f.intrinsic("llvm.amdgcn.rsq", scaled);
          return f.select(tiny, f.multiply(root, f.constant(0x1p12f)), root);
        }));
    return success();
  }
};

/// An odd polynomial below 0.625 (Cephes, tanhf), 1 - 2 / (exp(2|x|) + 1) from
/// there on. The sign comes last, so that -0 keeps it.
struct ExpandTanh : OpRewritePattern<math::TanhOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::TanhOp op,
                                PatternRewriter &rewriter) const override {
    if (!getElementTypeOrSelf(op.getType()).isF32()) {
      return rewriter.notifyMatchFailure(op, "not f32");
    }
    F32Builder f{rewriter, op.getLoc()};
    rewriter.replaceOp(
        op, mapElements(rewriter, op.getLoc(), op.getOperand(), [&](Value x) {
          Value magnitude = f.absolute(x);
          Value square = f.multiply(magnitude, magnitude);
          Value series = f.constant(-5.70498872745e-3f);
          for (float coefficient : {2.06390887954e-2f, -5.37397155531e-2f,
                                    1.33314422036e-1f, -3.33332819422e-1f}) {
            series = f.fma(series, square, f.constant(coefficient));
          }
          Value small = f.fma(f.multiply(series, square), magnitude, magnitude);
          Value exponential = math::ExpOp::create(rewriter, op.getLoc(),
                                                  f.add(magnitude, magnitude))
                                  .getResult();
          Value inverse = f.intrinsic("llvm.amdgcn.rcp",
                                      f.add(exponential, f.constant(1.0f)));
          Value large = f.fma(inverse, f.constant(-2.0f), f.constant(1.0f));
          Value result =
              f.select(f.less(magnitude, f.constant(0.625f)), small, large);
          return math::CopySignOp::create(rewriter, op.getLoc(), result, x)
              .getResult();
        }));
    return success();
  }
};

/// f16 and bf16: compute in f32, round once.
template <typename Op>
struct ComputeInF32 : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;

  LogicalResult matchAndRewrite(Op op,
                                PatternRewriter &rewriter) const override {
    Type element = getElementTypeOrSelf(op.getType());
    if (!element.isF16() && !element.isBF16()) {
      return rewriter.notifyMatchFailure(op, "neither f16 nor bf16");
    }
    Type wide = withElementType(op.getType(), rewriter.getF32Type());
    Value operand =
        arith::ExtFOp::create(rewriter, op.getLoc(), wide, op.getOperand());
    Value result = Op::create(rewriter, op.getLoc(), operand);
    rewriter.replaceOpWithNewOp<arith::TruncFOp>(op, op.getType(), result);
    return success();
  }
};

template <typename From, typename To>
using ToIntrinsic =
    VectorConvertToLLVMPattern<From, To, arith::AttrConvertFastMathToLLVM>;

} // namespace

/// Math ops with a lowering, all of them without a library call.
static bool isSupported(Operation *op) {
  return isa<math::AbsFOp, math::AbsIOp, math::CeilOp, math::CopySignOp,
             math::CountLeadingZerosOp, math::CountTrailingZerosOp,
             math::CtPopOp, math::ExpOp, math::Exp2Op, math::FloorOp,
             math::FmaOp, math::LogOp, math::Log2Op, math::Log10Op,
             math::RoundOp, math::RoundEvenOp, math::RsqrtOp, math::SqrtOp,
             math::TanhOp, math::TruncOp>(op);
}

LogicalResult moesaic::checkMathOps(Operation *root, StringRef chip) {
  WalkResult result = root->walk([&](Operation *op) -> WalkResult {
    if (!isa_and_nonnull<math::MathDialect>(op->getDialect())) {
      return WalkResult::advance();
    }
    Type element = getElementTypeOrSelf(op->getResult(0).getType());
    if (!isSupported(op) || (isa<FloatType>(element) && !element.isF16() &&
                             !element.isBF16() && !element.isF32())) {
      return op->emitError()
             << "'" << op->getName() << "' of type "
             << op->getResult(0).getType() << " is unsupported on " << chip;
    }
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

void moesaic::populateMathPatterns(RewritePatternSet &patterns) {
  patterns.add<ExpandRsqrt, ExpandTanh, ComputeInF32<math::ExpOp>,
               ComputeInF32<math::Exp2Op>, ComputeInF32<math::LogOp>,
               ComputeInF32<math::Log2Op>, ComputeInF32<math::Log10Op>,
               ComputeInF32<math::SqrtOp>, ComputeInF32<math::RsqrtOp>,
               ComputeInF32<math::TanhOp>>(patterns.getContext());
}

void moesaic::populateMathConversionPatterns(const LLVMTypeConverter &converter,
                                             RewritePatternSet &patterns) {
  // Upstream would call a device library for some of these.
  patterns.add<ToIntrinsic<math::CeilOp, LLVM::FCeilOp>,
               ToIntrinsic<math::ExpOp, LLVM::ExpOp>,
               ToIntrinsic<math::Exp2Op, LLVM::Exp2Op>,
               ToIntrinsic<math::FloorOp, LLVM::FFloorOp>,
               ToIntrinsic<math::LogOp, LLVM::LogOp>,
               ToIntrinsic<math::Log2Op, LLVM::Log2Op>,
               ToIntrinsic<math::Log10Op, LLVM::Log10Op>,
               ToIntrinsic<math::RoundOp, LLVM::RoundOp>,
               ToIntrinsic<math::RoundEvenOp, LLVM::RoundEvenOp>,
               ToIntrinsic<math::SqrtOp, LLVM::SqrtOp>>(converter,
                                                        PatternBenefit(10));
}
