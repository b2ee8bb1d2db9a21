//===- HostArithmetic.cpp - arithmetic of entries on the host -------------===//

#include "Embed/HostArithmetic.h"
#include "dialects/Tile/IR/Tile.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace moesaic;

/// Whether host code can compute with values of this type, not only pass them.
static bool isComputed(Type type) {
  return type.isSignlessInteger() || type.isIndex() || type.isF32() ||
         type.isF64();
}

static bool isHostOperation(Operation *op) {
  if (isa<tile::ShapeOp, tile::RequireOp, tile::GridOp, tile::LaunchOp,
          tile::WorkspaceOp, tile::ZeroOp, tile::OffsetOp, func::ReturnOp>(
          op)) {
    return true;
  }
  if (isa<scf::SCFDialect>(op->getDialect())) {
    return isa<scf::IfOp, scf::ForOp, scf::WhileOp, scf::ConditionOp,
               scf::YieldOp, scf::IndexSwitchOp>(op);
  }
  if (!isa<arith::ArithDialect>(op->getDialect())) {
    return false;
  }
  if (isa<arith::ConstantOp, arith::SelectOp>(op)) {
    auto number = dyn_cast<FloatType>(op->getResult(0).getType());
    return !number || number.getWidth() > 8;
  }
  // Conversions of floats to integers saturate; minima follow a NaN rule.
  if (isa<arith::FPToSIOp, arith::FPToUIOp, arith::MaximumFOp,
          arith::MinimumFOp, arith::MaxNumFOp, arith::MinNumFOp, arith::RemFOp>(
          op)) {
    return false;
  }
  return llvm::all_of(op->getOperandTypes(), isComputed) &&
         llvm::all_of(op->getResultTypes(), isComputed);
}

LogicalResult embed::checkHostOperations(Region &host) {
  if (!host.hasOneBlock()) {
    return host.getParentOp()->emitError(
        "expected structured control flow in host code, got blocks");
  }
  WalkResult result = host.walk([](Operation *op) {
    if (isHostOperation(op)) {
      return WalkResult::advance();
    }
    InFlightDiagnostic error = op->emitError("host code cannot carry out '")
                               << op->getName() << "'";
    if (op->getNumResults() == 1) {
      error << " on " << op->getResult(0).getType();
    }
    error.attachNote() << "help: compute it in a kernel, or pass its result "
                          "as an argument";
    return WalkResult::interrupt();
  });
  return failure(result.wasInterrupted());
}

static Value constant(OpBuilder &builder, Operation *op, Type type,
                      int64_t value) {
  return arith::ConstantOp::create(builder, op->getLoc(),
                                   builder.getIntegerAttr(type, value));
}

static Value equals(OpBuilder &builder, Operation *op, Value a, int64_t b) {
  return arith::CmpIOp::create(builder, op->getLoc(), arith::CmpIPredicate::eq,
                               a, constant(builder, op, a.getType(), b));
}

static void defineDivision(Operation *op) {
  bool isSigned = isa<arith::DivSIOp, arith::RemSIOp, arith::FloorDivSIOp,
                      arith::CeilDivSIOp>(op);
  Value divisor = op->getOperand(1);
  APInt known;
  if (matchPattern(divisor, m_ConstantInt(&known)) && !known.isZero() &&
      !(isSigned && known.isAllOnes())) {
    return;
  }
  OpBuilder builder(op);
  Location loc = op->getLoc();
  Type type = divisor.getType();
  Value one = constant(builder, op, type, 1),
        zero = constant(builder, op, type, 0);
  Value isZero = equals(builder, op, divisor, 0);
  Value safe = arith::SelectOp::create(builder, loc, isZero, one, divisor);
  Value isMinusOne;
  if (isSigned) {
    isMinusOne = equals(builder, op, divisor, -1);
    safe = arith::SelectOp::create(builder, loc, isMinusOne, one, safe);
  }
  op->setOperand(1, safe);
  builder.setInsertionPointAfter(op);
  Value result = op->getResult(0);
  SmallPtrSet<Operation *, 4> made;
  if (isSigned) {
    Value negated = zero;
    if (!isa<arith::RemSIOp>(op)) {
      negated = arith::SubIOp::create(builder, loc, zero, op->getOperand(0));
    }
    result = arith::SelectOp::create(builder, loc, isMinusOne, negated, result);
    made.insert(result.getDefiningOp());
  }
  result = arith::SelectOp::create(builder, loc, isZero, zero, result);
  made.insert(result.getDefiningOp());
  op->getResult(0).replaceAllUsesExcept(result, made);
}

static void defineShift(Operation *op) {
  OpBuilder builder(op);
  Location loc = op->getLoc();
  Value amount = op->getOperand(1);
  Type type = amount.getType();
  int64_t width = type.getIntOrFloatBitWidth();
  Value isSmall =
      arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ult, amount,
                            constant(builder, op, type, width));
  bool keepsSign = isa<arith::ShRSIOp>(op);
  op->setOperand(1,
                 arith::SelectOp::create(
                     builder, loc, isSmall, amount,
                     constant(builder, op, type, keepsSign ? width - 1 : 0)));
  if (keepsSign) {
    return;
  }
  Value zero = constant(builder, op, type, 0);
  builder.setInsertionPointAfter(op);
  Value result =
      arith::SelectOp::create(builder, loc, isSmall, op->getResult(0), zero);
  op->getResult(0).replaceAllUsesExcept(result, result.getDefiningOp());
}

void embed::defineIntegerEdges(Operation *root) {
  SmallVector<Operation *> divisions, shifts;
  root->walk([&](Operation *op) {
    if (isa<arith::DivSIOp, arith::RemSIOp, arith::FloorDivSIOp,
            arith::CeilDivSIOp, arith::DivUIOp, arith::RemUIOp,
            arith::CeilDivUIOp>(op)) {
      divisions.push_back(op);
    } else if (isa<arith::ShLIOp, arith::ShRSIOp, arith::ShRUIOp>(op)) {
      shifts.push_back(op);
    }
  });
  llvm::for_each(divisions, defineDivision);
  llvm::for_each(shifts, defineShift);
}
