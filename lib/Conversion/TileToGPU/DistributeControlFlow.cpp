//===- DistributeControlFlow.cpp - loops and branches with carried tiles --===//

#include "Conversion/TileToGPU/Distributor.h"

using namespace mlir;
using namespace moesaic;
using namespace moesaic::tile;

SmallVector<Value> Distributor::flatten(ValueRange values) {
  SmallVector<Value> result;
  for (Value value : values) {
    if (isa<RankedTensorType>(value.getType())) {
      llvm::append_range(result, fragments(value));
    } else if (!isa<TokenType>(value.getType())) {
      result.push_back(scalar(value));
    }
  }
  return result;
}

void Distributor::bind(ValueRange originals, ValueRange values) {
  for (Value original : originals) {
    unsigned count = 1;
    if (isa<RankedTensorType>(original.getType())) {
      LayoutAttr held = layout(original);
      count = held.getMap().size(registerInput) / held.getFragment();
      setFragments(original, Fragments(values.take_front(count)));
    } else if (isa<TokenType>(original.getType())) {
      count = 0; // nothing at run time
    } else {
      map(original, values.front());
    }
    values = values.drop_front(count);
  }
}

LogicalResult Distributor::emitFor(scf::ForOp op) {
  auto loop =
      scf::ForOp::create(builder, op.getLoc(), scalar(op.getLowerBound()),
                         scalar(op.getUpperBound()), scalar(op.getStep()),
                         flatten(op.getInitArgs()));
  if (op->hasAttr(steadyAttr)) {
    loop->setAttr(steadyAttr, builder.getUnitAttr());
  }
  map(op.getInductionVar(), loop.getInductionVar());
  bind(op.getRegionIterArgs(), loop.getRegionIterArgs());
  OpBuilder::InsertionGuard guard(builder);
  // Without carried values the builder has already made the terminator.
  if (!loop.getBody()->empty()) {
    loop.getBody()->getTerminator()->erase();
  }
  builder.setInsertionPointToEnd(loop.getBody());
  if (failed(emitBlock(*op.getBody()))) {
    return failure();
  }
  scf::YieldOp::create(builder, op.getLoc(),
                       flatten(op.getBody()->getTerminator()->getOperands()));
  bind(op.getResults(), loop.getResults());
  return success();
}

SmallVector<Type> moesaic::flattenTypes(TypeRange types) {
  SmallVector<Type> result;
  for (Type type : types) {
    if (isa<TokenType>(type)) {
      continue;
    }
    LayoutAttr held = getLayout(type);
    if (!held) {
      result.push_back(type);
      continue;
    }
    Type fragment =
        VectorType::get({held.getFragment()}, getElementTypeOrSelf(type));
    result.append(held.getMap().size(registerInput) / held.getFragment(),
                  fragment);
  }
  return result;
}

LogicalResult Distributor::emitIf(scf::IfOp op) {
  auto branch =
      scf::IfOp::create(builder, op.getLoc(), flattenTypes(op.getResultTypes()),
                        scalar(op.getCondition()), op.elseBlock() != nullptr);
  OpBuilder::InsertionGuard guard(builder);
  for (auto [from, to] : llvm::zip(op->getRegions(), branch->getRegions())) {
    if (from.empty()) {
      continue;
    }
    if (!to.front().empty()) {
      to.front().getTerminator()->erase();
    }
    builder.setInsertionPointToEnd(&to.front());
    if (failed(emitBlock(from.front()))) {
      return failure();
    }
    scf::YieldOp::create(builder, op.getLoc(),
                         flatten(from.front().getTerminator()->getOperands()));
  }
  bind(op.getResults(), branch.getResults());
  return success();
}

LogicalResult Distributor::emitWhile(scf::WhileOp op) {
  auto loop = scf::WhileOp::create(builder, op.getLoc(),
                                   flattenTypes(op.getResultTypes()),
                                   flatten(op.getInits()));
  OpBuilder::InsertionGuard guard(builder);
  auto emitRegion = [&](Region &from, Region &to) {
    SmallVector<Type> types = flattenTypes(from.getArgumentTypes());
    SmallVector<Location> locations(types.size(), op.getLoc());
    Block *block = builder.createBlock(&to, {}, types, locations);
    bind(from.getArguments(), block->getArguments());
    return emitBlock(from.front());
  };
  if (failed(emitRegion(op.getBefore(), loop.getBefore()))) {
    return failure();
  }
  scf::ConditionOp condition = op.getConditionOp();
  scf::ConditionOp::create(builder, condition.getLoc(),
                           scalar(condition.getCondition()),
                           flatten(condition.getArgs()));
  if (failed(emitRegion(op.getAfter(), loop.getAfter()))) {
    return failure();
  }
  scf::YieldOp::create(builder, op.getLoc(),
                       flatten(op.getYieldOp().getOperands()));
  bind(op.getResults(), loop.getResults());
  return success();
}
