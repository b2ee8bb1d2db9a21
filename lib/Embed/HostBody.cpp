//===- HostBody.cpp - one function made of host operations ----------------===//

#include "Embed/HostBody.h"
#include "Embed/HostCode.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace moesaic;
using namespace moesaic::embed;
using Predicate = LLVM::ICmpPredicate;

/// Pieces of a workspace begin at multiples of this.
static constexpr int64_t workspaceAlignment = 256;

std::string HostBody::getName(const run::Callee &callee, Purpose purpose) {
  static constexpr StringRef suffixes[] = {".check", ".grid", ".size", ".run"};
  return callee.name + (callee.isEntry ? ".entry" : "") +
         suffixes[static_cast<unsigned>(purpose)].str();
}

HostBody::HostBody(HostBuilder &builder, const Interface &interface,
                   const Layout &layout, StringRef name, Purpose purpose)
    : builder(builder), interface(interface), layout(layout), name(name),
      purpose(purpose) {
  SmallVector<Type> inputs = {builder.pointer};
  if (purpose == Purpose::Run) {
    inputs.push_back(builder.pointer);
  }
  function = builder.addFunction(
      getName(layout.callee, purpose),
      purpose == Purpose::Size ? builder.i64 : builder.i32, inputs,
      /*isExported=*/false);
}

void HostBody::clone() {
  Block *block = function.addEntryBlock(builder);
  builder.setInsertionPointToStart(block);
  IRMapping values;
  Block &host = layout.callee.host->front();
  for (auto [argument, field] : llvm::zip(host.getArguments(), layout.fields)) {
    Type type = builder.toLLVM(argument.getType());
    Value value = builder.load(type, block->getArgument(0), field.offset);
    // The copies still have the types of tiles; expand() takes the cast away.
    if (type != argument.getType()) {
      value = UnrealizedConversionCastOp::create(builder, builder.loc,
                                                 argument.getType(), value)
                  .getResult(0);
    }
    values.map(argument, value);
  }
  for (Operation &op : host) {
    builder.clone(op, values);
  }
}

/// The tile pointer that an operation makes or takes.
static Type getPointerType(Operation *op) {
  for (Type type :
       llvm::concat<const Type>(SmallVector<Type>(op->getResultTypes()),
                                SmallVector<Type>(op->getOperandTypes()))) {
    if (auto pointer = dyn_cast<tile::PointerType>(type)) {
      return pointer.getElementType();
    }
  }
  return {};
}

void HostBody::expand() {
  SmallVector<Operation *> casts, hostOps;
  auto makePlain = [&](Value value) {
    value.setType(builder.toLLVM(value.getType()));
  };
  function.walk([&](Operation *op) {
    if (isa<UnrealizedConversionCastOp>(op)) {
      casts.push_back(op);
    } else if (isa<tile::TileDialect>(op->getDialect()) ||
               isa<func::ReturnOp>(op)) {
      elementTypes[op] = getPointerType(op);
      hostOps.push_back(op);
    }
  });
  function.walk([&](Operation *op) {
    llvm::for_each(op->getResults(), makePlain);
    for (Region &region : op->getRegions()) {
      for (Block &block : region) {
        llvm::for_each(block.getArguments(), makePlain);
      }
    }
  });
  for (Operation *cast : casts) {
    cast->getResult(0).replaceAllUsesWith(cast->getOperand(0));
    cast->erase();
  }
  builder.setInsertionPointToStart(&function.getBody().front());
  if (layout.usesWorkspace) {
    workspaceUsed = builder.stack(8);
    builder.setInsertionPointAfterValue(workspaceUsed);
    builder.store(builder.constant(builder.i64, 0), workspaceUsed, 0);
  }
  for (Operation *op : hostOps) {
    builder.setInsertionPoint(op);
    llvm::TypeSwitch<Operation *>(op)
        .Case([&](tile::ShapeOp shape) { expandShape(shape); })
        .Case([&](tile::RequireOp require) { expandRequire(require); })
        .Case([&](tile::GridOp grid) { expandGrid(grid); })
        .Case([&](func::ReturnOp) { expandReturn(op); })
        .Case([&](tile::WorkspaceOp workspace) { expandWorkspace(workspace); })
        .Case([&](tile::ZeroOp zero) { expandZero(zero); })
        .Case([&](tile::OffsetOp offset) { expandOffset(offset); })
        .Case([&](tile::LaunchOp launch) { expandLaunch(launch); });
    op->erase();
  }
}

unsigned HostBody::getElementBytes(Operation *op) {
  return llvm::divideCeil(elementTypes[op].getIntOrFloatBitWidth(), 8);
}

void HostBody::expandGrid(tile::GridOp op) {
  Value result = op.getBlocks();
  if (purpose == Purpose::Check) {
    result = builder.constant(builder.i32, 0);
  }
  LLVM::ReturnOp::create(builder, builder.loc, result);
}

void HostBody::expandReturn(Operation *op) {
  Value result = purpose != Purpose::Size ? builder.constant(builder.i32, 0)
                 : workspaceUsed ? builder.load(builder.i64, workspaceUsed, 0)
                                 : builder.constant(builder.i64, 0);
  LLVM::ReturnOp::create(builder, builder.loc, result);
}

void HostBody::expandWorkspace(tile::WorkspaceOp op) {
  Value zero = builder.constant(builder.i64, 0);
  Value count =
      builder.select(builder.compare(Predicate::sgt, op.getCount(), zero),
                     op.getCount(), zero);
  Value bytes = builder.multiplySaturating(
      count, builder.constant(builder.i64, getElementBytes(op)));
  // Rounded up; what does not fit in 64 bits stays too large.
  auto addSaturating = [&](Value a, Value b) -> Value {
    return LLVM::UAddSat::create(builder, builder.loc, a, b);
  };
  Value rounded = builder.bitAnd(
      addSaturating(bytes,
                    builder.constant(builder.i64, workspaceAlignment - 1)),
      builder.constant(builder.i64, -workspaceAlignment));
  Value before = builder.load(builder.i64, workspaceUsed, 0);
  Value after = addSaturating(before, rounded);
  builder.store(after, workspaceUsed, 0);
  if (purpose == Purpose::Size) {
    op->getResult(0).replaceAllUsesWith(builder.null());
    return;
  }
  Value args = function.getArgument(0);
  Value base = builder.load(builder.pointer, args, layout.workspaceOffset);
  if (purpose == Purpose::Check) {
    Value given = builder.load(builder.i64, args, layout.workspaceOffset + 8);
    builder.returnUnless(
        builder.compare(Predicate::ule, after, given), op, [&] {
          auto size = builder.host.lookupSymbol<LLVM::LLVMFuncOp>(
              getName(layout.callee, Purpose::Size));
          return builder.callRuntime(
              "moesaic_fail_workspace", builder.i32,
              {builder.text(name), builder.call(size, args), given});
        });
    Value misaligned =
        builder.bitAnd(builder.extend(base),
                       builder.constant(builder.i64, workspaceAlignment - 1));
    Value isRight = builder.bitOr(
        builder.isZero(bytes),
        builder.bitAnd(builder.isZero(misaligned),
                       builder.compare(Predicate::ne, base, builder.null())));
    builder.returnUnless(isRight, op, [&] {
      return builder.callRuntime(
          "moesaic_fail_pointer", builder.i32,
          {builder.text(name), builder.text("workspace"), base,
           builder.constant(builder.i32, workspaceAlignment)});
    });
  }
  op->getResult(0).replaceAllUsesWith(builder.gep(base, before));
}

void HostBody::expandZero(tile::ZeroOp op) {
  if (purpose != Purpose::Run) {
    return;
  }
  Value bytes = builder.mul(op.getCount(),
                            builder.constant(builder.i64, getElementBytes(op)));
  Value isPositive = builder.compare(Predicate::sgt, op.getCount(),
                                     builder.constant(builder.i64, 0));
  bytes = builder.select(isPositive, bytes, builder.constant(builder.i64, 0));
  Value status =
      builder.callRuntime("moesaic_zero", builder.i32,
                          {builder.addressOf(moduleName), op->getOperand(0),
                           bytes, function.getArgument(1)});
  builder.returnIfFailed(status, op);
}

void HostBody::expandOffset(tile::OffsetOp op) {
  Value bytes = builder.mul(op.getElements(),
                            builder.constant(builder.i64, getElementBytes(op)));
  op->getResult(0).replaceAllUsesWith(builder.gep(op->getOperand(0), bytes));
}

void HostBody::expandLaunch(tile::LaunchOp op) {
  if (purpose == Purpose::Size) {
    return;
  }
  auto kernel = llvm::find_if(interface.kernels, [&](const Layout &layout) {
    return layout.callee.name == op.getKernel();
  });
  if (!arguments) {
    unsigned largest = 0;
    for (const Layout &other : interface.kernels) {
      largest = std::max(largest, other.structBytes);
    }
    arguments = builder.stack(llvm::alignTo(largest, 8));
  }
  for (auto [operand, field] : llvm::zip(op.getOperands(), kernel->fields)) {
    builder.store(operand, arguments, field.offset);
  }
  auto get = [&](Purpose wanted) {
    return builder.host.lookupSymbol<LLVM::LLVMFuncOp>(
        getName(kernel->callee, wanted));
  };
  if (purpose == Purpose::Check) {
    builder.returnIfFailed(builder.call(get(Purpose::Check), arguments), op);
    return;
  }
  Value blocks = builder.call(get(Purpose::Grid), arguments);
  int64_t number = kernel - interface.kernels.begin();
  Value status = builder.callRuntime(
      "moesaic_launch", builder.i32,
      {builder.addressOf(moduleName), builder.constant(builder.i32, number),
       arguments, builder.constant(builder.i32, kernel->bytes), blocks,
       function.getArgument(1)});
  builder.returnIfFailed(status, op);
}
