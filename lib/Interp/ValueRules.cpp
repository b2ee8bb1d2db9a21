//===- ValueRules.cpp - tiles from scalars and from other tiles ---------===//

#include "Interp/Rules.h"
#include "dialects/Tile/IR/Tile.h"
#include <numeric>

using namespace mlir;
using namespace moesaic;
using namespace moesaic::interp;

/// Calls `function` with a null pointer to the decoded type of a slot.
template <typename F>
static Instruction visitValue(Slot slot, F function) {
  if (isInteger(slot.kind)) {
    return function(static_cast<int64_t *>(nullptr));
  }
  if (slot.kind == ElementKind::F64) {
    return function(static_cast<double *>(nullptr));
  }
  return function(static_cast<float *>(nullptr));
}

/// result[i] = source[i].
static Instruction makeCopy(Slot source, Slot result) {
  return [=](Frame &frame) {
    std::memcpy(frame.get<char>(result), frame.get<char>(source),
                result.bytes());
  };
}
static Instruction translateCopy(Operation *op, Translator &t) {
  return makeCopy(t.slot(op->getOperand(0)), t.slot(op->getResult(0)));
}

/// result[i] = source[from[i]].
static Instruction makeSelection(Slot source, Slot result,
                                 std::vector<uint32_t> from) {
  return visitValue(source, [&](auto *null) -> Instruction {
    using Value = std::remove_pointer_t<decltype(null)>;
    return [=, from = std::move(from)](Frame &frame) {
      const Value *x = frame.get<Value>(source);
      Value *z = frame.get<Value>(result);
      for (uint32_t i = 0; i < result.count; ++i) {
        z[i] = x[from[i]];
      }
    };
  });
}

/// For each element of `shape`, in row-major order, the sum of its coordinates
/// times `strides`.
static std::vector<uint32_t> listPositions(ArrayRef<int64_t> shape,
                                           ArrayRef<int64_t> strides) {
  std::vector<uint32_t> positions{0};
  for (auto [extent, stride] : llvm::zip_equal(shape, strides)) {
    std::vector<uint32_t> longer;
    longer.reserve(positions.size() * extent);
    for (uint32_t position : positions) {
      for (int64_t i = 0; i < extent; ++i) {
        longer.push_back(position + i * stride);
      }
    }
    positions = std::move(longer);
  }
  return positions;
}

static SmallVector<int64_t> getRowMajorStrides(ArrayRef<int64_t> shape) {
  SmallVector<int64_t> strides(shape.size(), 1);
  for (int64_t axis = shape.size() - 2; axis >= 0; --axis) {
    strides[axis] = strides[axis + 1] * shape[axis + 1];
  }
  return strides;
}

static ArrayRef<int64_t> getShape(Value tile) {
  return cast<RankedTensorType>(tile.getType()).getShape();
}

static Instruction translateRange(Operation *op, Translator &t) {
  return [result = t.slot(op->getResult(0))](Frame &frame) {
    std::iota(frame.ints(result), frame.ints(result) + result.count, 0);
  };
}

static Instruction translateSplat(Operation *op, Translator &t) {
  Slot scalar = t.slot(op->getOperand(0)), result = t.slot(op->getResult(0));
  return visitValue(scalar, [&](auto *null) -> Instruction {
    using Value = std::remove_pointer_t<decltype(null)>;
    return [=](Frame &frame) {
      std::fill_n(frame.get<Value>(result), result.count,
                  *frame.get<Value>(scalar));
    };
  });
}

/// An axis of extent 1 is not walked along: its stride is 0.
static Instruction translateBroadcast(Operation *op, Translator &t) {
  Value source = op->getOperand(0), result = op->getResult(0);
  SmallVector<int64_t> strides = getRowMajorStrides(getShape(source));
  for (auto [extent, stride] : llvm::zip_equal(getShape(source), strides)) {
    stride = extent == 1 ? 0 : stride;
  }
  return makeSelection(t.slot(source), t.slot(result),
                       listPositions(getShape(result), strides));
}

/// Axis i of the result walks along axis order[i] of the source.
static Instruction translatePermute(Operation *op, Translator &t) {
  auto permute = cast<tile::PermuteOp>(op);
  SmallVector<int64_t> strides =
      getRowMajorStrides(getShape(permute.getSource()));
  auto permuted = llvm::map_to_vector(
      permute.getOrder(), [&](int64_t axis) { return strides[axis]; });
  return makeSelection(t.slot(permute.getSource()), t.slot(permute.getResult()),
                       listPositions(getShape(permute.getResult()), permuted));
}

// The inner loop of mma becomes vector FMAs where the host has them. Without
// them the library's fma gives the same result, slowly.
#if defined(__x86_64__) && defined(__linux__)
#define MOESAIC_FMA_CLONES                                                     \
  __attribute__((target_clones("avx512f", "arch=haswell", "default")))
#else
#define MOESAIC_FMA_CLONES
#endif

/// c[m, n] += sum over k of a[m, k] * b[k, n], fused, in ascending k.
MOESAIC_FMA_CLONES
static void multiplyAccumulate(const float *a, const float *b, float *c,
                               size_t rows, size_t columns, size_t depth) {
  for (size_t m = 0; m < rows; ++m) {
    float *__restrict row = c + m * columns;
    for (size_t k = 0; k < depth; ++k) {
      float factor = a[m * depth + k];
      const float *__restrict other = b + k * columns;
      for (size_t n = 0; n < columns; ++n) {
        row[n] = __builtin_fmaf(factor, other[n], row[n]);
      }
    }
  }
}

/// Products are not rounded; each sum is, to f32, in ascending k.
static Instruction translateMma(Operation *op, Translator &t) {
  auto mma = cast<tile::MmaOp>(op);
  Slot a = t.slot(mma.getA()), b = t.slot(mma.getB());
  Slot accumulator = t.slot(mma.getAccumulator());
  Slot result = t.slot(mma.getResult());
  size_t rows = getShape(mma.getA())[0], depth = getShape(mma.getA())[1];
  size_t columns = getShape(mma.getB())[1];
  Instruction copy = makeCopy(accumulator, result);
  return [=](Frame &frame) {
    copy(frame);
    multiplyAccumulate(frame.floats(a), frame.floats(b), frame.floats(result),
                       rows, columns, depth);
  };
}

/// result[o, i] = combine over a of source[o, a, i], in ascending a. Narrow
/// floats are combined in f32 and rounded at the end.
template <typename Value, typename F>
static Instruction makeReduction(Slot source, Slot result, size_t extent,
                                 size_t inner, F combine) {
  return [=](Frame &frame) {
    const Value *x = frame.get<Value>(source);
    Value *z = frame.get<Value>(result);
    size_t outer = result.count / inner;
    for (size_t o = 0; o < outer; ++o) {
      const Value *block = x + o * extent * inner;
      Value *row = z + o * inner;
      std::copy_n(block, inner, row);
      for (size_t a = 1; a < extent; ++a) {
        for (size_t i = 0; i < inner; ++i) {
          row[i] = combine(row[i], block[a * inner + i]);
        }
      }
    }
    if constexpr (std::is_same_v<Value, float>) {
      roundAll(result.kind, z, result.count);
    } else if constexpr (std::is_same_v<Value, int64_t>) {
      for (size_t i = 0; i < result.count; ++i) {
        z[i] = wrap(z[i], result.width());
      }
    }
  };
}

static Instruction translateReduce(Operation *op, Translator &t) {
  auto reduce = cast<tile::ReduceOp>(op);
  Slot source = t.slot(reduce.getSource()), result = t.slot(reduce.getResult());
  ArrayRef<int64_t> shape = getShape(reduce.getSource());
  size_t extent = shape[reduce.getAxis()];
  size_t inner = llvm::product_of(shape.drop_front(reduce.getAxis() + 1));
  return visitValue(source, [&](auto *null) -> Instruction {
    using Value = std::remove_pointer_t<decltype(null)>;
    auto make = [&](auto combine) {
      return makeReduction<Value>(source, result, extent, inner, combine);
    };
    if constexpr (std::is_integral_v<Value>) {
      switch (reduce.getKind()) {
      case tile::ReduceKind::Add:
        return make([](uint64_t a, uint64_t b) { return a + b; });
      case tile::ReduceKind::Mul:
        return make([](uint64_t a, uint64_t b) { return a * b; });
      case tile::ReduceKind::Max:
        return make([](Value a, Value b) { return std::max(a, b); });
      case tile::ReduceKind::Min:
        return make([](Value a, Value b) { return std::min(a, b); });
      case tile::ReduceKind::And:
        return make([](Value a, Value b) { return a & b; });
      case tile::ReduceKind::Or:
        return make([](Value a, Value b) { return a | b; });
      case tile::ReduceKind::Xor:
        return make([](Value a, Value b) { return a ^ b; });
      }
    } else {
      switch (reduce.getKind()) {
      case tile::ReduceKind::Add:
        return make([](Value a, Value b) { return a + b; });
      case tile::ReduceKind::Mul:
        return make([](Value a, Value b) { return a * b; });
      case tile::ReduceKind::Max:
        return make([](Value a, Value b) { return maxIgnoringNaN(a, b); });
      case tile::ReduceKind::Min:
        return make([](Value a, Value b) { return minIgnoringNaN(a, b); });
      default:
        break; // refused by the verifier
      }
    }
    return nullptr;
  });
}

void moesaic::interp::addValueRules(RuleTable &rules) {
  rules["tile.range"] = translateRange;
  rules["tile.splat"] = translateSplat;
  rules["tile.broadcast"] = translateBroadcast;
  rules["tile.reshape"] = translateCopy;
  rules["tile.permute"] = translatePermute;
  rules["tile.mma"] = translateMma;
  rules["tile.reduce"] = translateReduce;

  // Where elements lie does not change what they are.
  rules["tile.convert_layout"] = translateCopy;
}
