//===- ShapeText.cpp - extents as a person writes them --------------------===//

#include "Embed/Interface.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace moesaic;
using namespace moesaic::embed;

namespace {
/// Prints the scalar arithmetic behind an extent. `precedence` is that of the
/// surrounding operator: 0 none, 1 additive, 2 multiplicative.
class Printer {
public:
  explicit Printer(const run::Callee &callee) : callee(callee) {}

  std::string print(Value value, int precedence = 0) {
    if (auto argument = dyn_cast<BlockArgument>(value)) {
      return argument.getOwner() == &callee.host->front()
                 ? callee.parameters[argument.getArgNumber()].name
                 : "...";
    }
    APInt constant;
    if (matchPattern(value, m_ConstantInt(&constant))) {
      return std::to_string(constant.getSExtValue());
    }
    Operation *op = value.getDefiningOp();
    return llvm::TypeSwitch<Operation *, std::string>(op)
        .Case<arith::AddIOp>(
            [&](auto) { return binary(op, " + ", 1, precedence); })
        .Case<arith::SubIOp>(
            [&](arith::SubIOp sub) { return remainder(sub, precedence); })
        .Case<arith::MulIOp>(
            [&](auto) { return binary(op, " * ", 2, precedence); })
        .Case<arith::FloorDivSIOp>(
            [&](auto) { return binary(op, " / ", 2, precedence); })
        .Case<arith::CeilDivSIOp>([&](auto) { return call(op, "ceildiv"); })
        .Case<arith::MinSIOp>([&](auto) { return call(op, "min"); })
        .Case<arith::MaxSIOp>([&](auto) { return call(op, "max"); })
        .Case<arith::ExtSIOp, arith::TruncIOp>(
            [&](auto) { return print(op->getOperand(0), precedence); })
        .Default([](auto) { return "..."; });
  }

private:
  const run::Callee &callee;

  std::string binary(Operation *op, StringRef sign, int own, int outer) {
    std::string text = print(op->getOperand(0), own) + sign.str() +
                       print(op->getOperand(1), own + 1);
    return own < outer ? "(" + text + ")" : text;
  }

  std::string call(Operation *op, StringRef name) {
    return name.str() + "(" + print(op->getOperand(0)) + ", " +
           print(op->getOperand(1)) + ")";
  }

  /// a - a / b * b is how the frontend writes a % b.
  std::string remainder(arith::SubIOp sub, int outer) {
    auto product = sub.getRhs().getDefiningOp<arith::MulIOp>();
    auto quotient = product
                        ? product.getLhs().getDefiningOp<arith::FloorDivSIOp>()
                        : nullptr;
    if (quotient && quotient.getLhs() == sub.getLhs() &&
        quotient.getRhs() == product.getRhs()) {
      std::string text =
          print(sub.getLhs(), 2) + " % " + print(product.getRhs(), 3);
      return outer > 2 ? "(" + text + ")" : text;
    }
    return binary(sub, " - ", 1, outer);
  }
};
} // namespace

std::string embed::getShapeText(tile::ShapeOp op, const run::Callee &callee) {
  Printer printer(callee);
  auto list = [&](ValueRange values) {
    std::string text;
    for (Value value : values) {
      text += (text.empty() ? "" : ", ") + printer.print(value);
    }
    return "[" + text + "]";
  };
  std::string text = list(op.getExtents());
  if (!op.getStrides().empty()) {
    text += " with strides " + list(op.getStrides());
  }
  auto add = [&](StringRef what, ArrayRef<int64_t> numbers) {
    if (!numbers.empty()) {
      text +=
          what.str() + " [" +
          llvm::join(llvm::map_range(
                         numbers, [](int64_t n) { return std::to_string(n); }),
                     ", ") +
          "]";
    }
  };
  add(" in blocks", op.getBlocks());
  add(" in order", op.getOrder());
  return text;
}
