//===- Symbolic.cpp - when two extents must be equal ----------------------===//

#include "Frontend/Symbolic.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/Operation.h"
#include <map>

using namespace llvm;
using namespace mlir;
using namespace moesaic::frontend;

namespace {
/// Coefficients by monomial; a monomial is the sorted list of its atoms, each
/// written out.
using Monomial = std::vector<std::string>;
using Polynomial = std::map<Monomial, uint64_t>;
} // namespace

static Polynomial expand(Value value, unsigned depth);

static std::string write(const Polynomial &polynomial) {
  std::string text;
  for (auto &[monomial, coefficient] : polynomial) {
    text += "+" + std::to_string(coefficient);
    for (const std::string &atom : monomial) {
      text += "*" + atom;
    }
  }
  return text;
}

static Polynomial atom(const std::string &text) {
  return {{Monomial{text}, 1}};
}

static Polynomial opaque(Value value) {
  return atom(
      std::to_string(reinterpret_cast<uintptr_t>(value.getAsOpaquePointer())));
}

static void addTo(Polynomial &sum, const Polynomial &other, uint64_t factor) {
  for (auto &[monomial, coefficient] : other) {
    uint64_t &total = sum[monomial];
    total += factor * coefficient;
    if (total == 0) {
      sum.erase(monomial);
    }
  }
}

static Polynomial multiply(const Polynomial &a, const Polynomial &b) {
  Polynomial product;
  for (auto &[m, x] : a) {
    for (auto &[n, y] : b) {
      Monomial both = m;
      both.insert(both.end(), n.begin(), n.end());
      llvm::sort(both);
      addTo(product, {{both, x * y}}, 1);
    }
  }
  return product;
}

static Polynomial expand(Value value, unsigned depth) {
  constexpr unsigned maxDepth = 16, maxTerms = 32;
  APInt constant;
  if (matchPattern(value, m_ConstantInt(&constant))) {
    uint64_t bits = constant.getSExtValue();
    return bits ? Polynomial{{Monomial{}, bits}} : Polynomial{};
  }
  Operation *op = value.getDefiningOp();
  if (!op || depth > maxDepth || op->getNumResults() != 1 ||
      op->getNumRegions() != 0 || op->getNumOperands() == 0) {
    return opaque(value);
  }
  SmallVector<Polynomial> operands;
  for (Value operand : op->getOperands()) {
    operands.push_back(expand(operand, depth + 1));
    if (operands.back().size() > maxTerms) {
      return opaque(value);
    }
  }
  if (isa<arith::AddIOp, arith::SubIOp>(op)) {
    Polynomial sum = operands[0];
    addTo(sum, operands[1], isa<arith::AddIOp>(op) ? 1 : ~uint64_t(0));
    return sum;
  }
  if (isa<arith::MulIOp>(op)) {
    return multiply(operands[0], operands[1]);
  }
  // Equal operations on equal operands are equal.
  if (!isa<arith::FloorDivSIOp, arith::CeilDivSIOp, arith::MinSIOp,
           arith::MaxSIOp, arith::ExtSIOp>(op)) {
    return opaque(value);
  }
  std::string text = op->getName().getStringRef().str() + "(";
  for (const Polynomial &operand : operands) {
    text += write(operand) + ",";
  }
  return text.size() > 4096 ? opaque(value) : atom(text + ")");
}

static Polynomial expand(const Datum &datum) {
  if (datum.isRuntime()) {
    return expand(datum.getValue(), 0);
  }
  uint64_t bits = datum.getInt();
  return bits ? Polynomial{{Monomial{}, bits}} : Polynomial{};
}

bool moesaic::frontend::isProvablyEqual(const Datum &a, const Datum &b) {
  bool areIntegers =
      (a.isInt() || a.isRuntime()) && (b.isInt() || b.isRuntime());
  return areIntegers && expand(a) == expand(b);
}
