//===- HostBuilder.cpp - pieces that host code is made of -----------------===//

#include "Embed/HostBuilder.h"
#include "dialects/Tile/IR/Tile.h"

using namespace mlir;
using namespace moesaic;
using namespace moesaic::embed;

HostBuilder::HostBuilder(ModuleOp host)
    : OpBuilder(host.getContext()), host(host), loc(host.getLoc()) {
  pointer = LLVM::LLVMPointerType::get(getContext());
  i8 = getI8Type();
  i32 = getI32Type();
  i64 = getI64Type();
}

Type HostBuilder::toLLVM(Type type) {
  if (isa<tile::PointerType>(type)) {
    return pointer;
  }
  auto number = dyn_cast<FloatType>(type);
  return number && number.getWidth() == 8 ? i8 : type;
}

LLVM::LLVMFuncOp HostBuilder::addFunction(StringRef name, Type result,
                                          ArrayRef<Type> arguments,
                                          bool isExported) {
  InsertionGuard guard(*this);
  setInsertionPointToEnd(host.getBody());
  return LLVM::LLVMFuncOp::create(
      *this, loc, name, LLVM::LLVMFunctionType::get(result, arguments),
      isExported ? LLVM::Linkage::External : LLVM::Linkage::Internal);
}

Value HostBuilder::callRuntime(StringRef name, Type result,
                               ValueRange arguments) {
  auto function = host.lookupSymbol<LLVM::LLVMFuncOp>(name);
  if (!function) {
    function =
        addFunction(name, result, SmallVector<Type>(arguments.getTypes()),
                    /*isExported=*/true);
  }
  return call(function, arguments);
}

Value HostBuilder::call(LLVM::LLVMFuncOp function, ValueRange arguments) {
  return LLVM::CallOp::create(*this, loc, function, arguments).getResult();
}

Value HostBuilder::constant(Type type, int64_t value) {
  return LLVM::ConstantOp::create(*this, loc, type,
                                  getIntegerAttr(type, value));
}

Value HostBuilder::text(StringRef string) {
  LLVM::GlobalOp &global = strings[string];
  if (!global) {
    InsertionGuard guard(*this);
    setInsertionPointToStart(host.getBody());
    std::string bytes = string.str() + '\0';
    global = LLVM::GlobalOp::create(
        *this, loc, LLVM::LLVMArrayType::get(i8, bytes.size()),
        /*isConstant=*/true, LLVM::Linkage::Private,
        "text." + std::to_string(strings.size()), getStringAttr(bytes));
    global.setUnnamedAddr(LLVM::UnnamedAddr::Global); // equal texts may merge
  }
  return LLVM::AddressOfOp::create(*this, loc, global);
}

Value HostBuilder::null() { return LLVM::ZeroOp::create(*this, loc, pointer); }

Value HostBuilder::addressOf(StringRef global) {
  return LLVM::AddressOfOp::create(*this, loc, pointer, global);
}

Value HostBuilder::gep(Value base, Value bytes) {
  return LLVM::GEPOp::create(*this, loc, pointer, i8, base,
                             ArrayRef<LLVM::GEPArg>{bytes});
}

Value HostBuilder::gep(Value base, int32_t bytes) {
  return LLVM::GEPOp::create(*this, loc, pointer, i8, base,
                             ArrayRef<LLVM::GEPArg>{bytes});
}

Value HostBuilder::stack(unsigned bytes) {
  InsertionGuard guard(*this);
  Region *function = getInsertionBlock()->getParent();
  setInsertionPointToStart(&function->front());
  return LLVM::AllocaOp::create(*this, loc, pointer,
                                LLVM::LLVMArrayType::get(i8, bytes),
                                constant(i32, 1), /*alignment=*/8);
}

Value HostBuilder::load(Type type, Value base, int32_t offset) {
  return LLVM::LoadOp::create(*this, loc, type, gep(base, offset));
}

void HostBuilder::store(Value value, Value base, int32_t offset) {
  LLVM::StoreOp::create(*this, loc, value, gep(base, offset));
}

Value HostBuilder::compare(LLVM::ICmpPredicate predicate, Value a, Value b) {
  return LLVM::ICmpOp::create(*this, loc, predicate, a, b);
}

Value HostBuilder::isZero(Value value) {
  return compare(LLVM::ICmpPredicate::eq, value,
                 LLVM::ZeroOp::create(*this, loc, value.getType()));
}

Value HostBuilder::select(Value condition, Value a, Value b) {
  return LLVM::SelectOp::create(*this, loc, condition, a, b);
}
Value HostBuilder::add(Value a, Value b) {
  return LLVM::AddOp::create(*this, loc, a, b);
}
Value HostBuilder::sub(Value a, Value b) {
  return LLVM::SubOp::create(*this, loc, a, b);
}
Value HostBuilder::mul(Value a, Value b) {
  return LLVM::MulOp::create(*this, loc, a, b);
}
Value HostBuilder::bitAnd(Value a, Value b) {
  return LLVM::AndOp::create(*this, loc, a, b);
}
Value HostBuilder::bitOr(Value a, Value b) {
  return LLVM::OrOp::create(*this, loc, a, b);
}

Value HostBuilder::extend(Value value) {
  if (isa<LLVM::LLVMPointerType>(value.getType())) {
    return LLVM::PtrToIntOp::create(*this, loc, i64, value);
  }
  if (value.getType() == i64) {
    return value;
  }
  if (value.getType().isInteger(1)) {
    return LLVM::ZExtOp::create(*this, loc, i64, value);
  }
  return LLVM::SExtOp::create(*this, loc, i64, value);
}

Value HostBuilder::multiplySaturating(Value a, Value b) {
  Type results =
      LLVM::LLVMStructType::getLiteral(getContext(), {i64, getI1Type()});
  Value pair = LLVM::UMulWithOverflowOp::create(*this, loc, results, a, b);
  Value product =
      LLVM::ExtractValueOp::create(*this, loc, pair, ArrayRef<int64_t>{0});
  Value overflows =
      LLVM::ExtractValueOp::create(*this, loc, pair, ArrayRef<int64_t>{1});
  return select(overflows, constant(i64, -1), product);
}

void HostBuilder::returnUnless(Value condition, Operation *op,
                               llvm::function_ref<Value()> makeResult) {
  Block *before = op->getBlock();
  Block *behind = before->splitBlock(op);
  Block *leave = createBlock(before->getParent(), before->getParent()->end());
  setInsertionPointToEnd(before);
  LLVM::CondBrOp::create(*this, loc, condition, behind, ValueRange(), leave,
                         ValueRange());
  setInsertionPointToStart(leave);
  Value result = makeResult();
  LLVM::ReturnOp::create(*this, loc, result);
  setInsertionPoint(op);
}

Value HostBuilder::callIf(Value condition, Operation *op,
                          llvm::function_ref<Value()> makeCall) {
  Block *before = op->getBlock();
  Block *behind = before->splitBlock(op);
  Value result = behind->addArgument(i32, loc);
  Block *taken = createBlock(behind);
  Value called = makeCall();
  LLVM::BrOp::create(*this, loc, ValueRange{called}, behind);
  setInsertionPointToEnd(before);
  LLVM::CondBrOp::create(*this, loc, condition, taken, ValueRange(), behind,
                         ValueRange{constant(i32, 0)});
  setInsertionPoint(op);
  return result;
}

void HostBuilder::returnIfFailed(Value status, Operation *op) {
  returnUnless(isZero(status), op, [&] { return status; });
}
