//===- HostCode.cpp - launches and entries as C functions -----------------===//

#include "Embed/HostCode.h"
#include "Embed/HostArithmetic.h"
#include "Embed/HostBody.h"
#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"

using namespace mlir;
using namespace moesaic;
using namespace moesaic::embed;

namespace {
/// Builds the C functions around the bodies.
class HostModuleBuilder {
public:
  HostModuleBuilder(ModuleOp host, const Interface &interface)
      : builder(host), interface(interface) {}

  LogicalResult build();

private:
  void addGlobals();
  void addBody(const Layout &layout, Purpose purpose, StringRef name);
  void addLaunch(const Function &function);
  void addVersionedLaunch(const Function &function);
  void addWorkspaceBytes(const Function &function);
  /// An exported function that ends in `return result`, before which the
  /// builder then stands.
  LLVM::LLVMFuncOp begin(const Twine &name, Type result,
                         ArrayRef<Type> arguments, Operation *&end);
  LogicalResult run(llvm::function_ref<void(OpPassManager &)> addPasses,
                    bool verify);
  LLVM::LLVMFuncOp get(const Layout &layout, Purpose purpose) {
    return builder.host.lookupSymbol<LLVM::LLVMFuncOp>(
        HostBody::getName(layout.callee, purpose));
  }

  HostBuilder builder;
  const Interface &interface;
  std::vector<std::unique_ptr<HostBody>> bodies;
};
} // namespace

void HostModuleBuilder::addGlobals() {
  builder.setInsertionPointToStart(builder.host.getBody());
  LLVM::GlobalOp::create(
      builder, builder.loc, LLVM::LLVMArrayType::get(builder.i8, 0),
      /*isConstant=*/true, LLVM::Linkage::External, imageName, Attribute());
  auto type = LLVM::LLVMStructType::getLiteral(
      builder.getContext(), {builder.pointer, builder.pointer});
  auto module = LLVM::GlobalOp::create(
      builder, builder.loc, type,
      /*isConstant=*/false, LLVM::Linkage::Internal, moduleName, Attribute());
  OpBuilder::InsertionGuard guard(builder);
  builder.createBlock(&module.getInitializerRegion());
  Value value = LLVM::ZeroOp::create(builder, builder.loc, type);
  value = LLVM::InsertValueOp::create(builder, builder.loc, value,
                                      builder.addressOf(imageName),
                                      ArrayRef<int64_t>{0});
  LLVM::ReturnOp::create(builder, builder.loc, value);
}

void HostModuleBuilder::addBody(const Layout &layout, Purpose purpose,
                                StringRef name) {
  bodies.push_back(
      std::make_unique<HostBody>(builder, interface, layout, name, purpose));
  bodies.back()->clone();
}

LLVM::LLVMFuncOp HostModuleBuilder::begin(const Twine &name, Type result,
                                          ArrayRef<Type> arguments,
                                          Operation *&end) {
  LLVM::LLVMFuncOp function =
      builder.addFunction(name.str(), result, arguments, /*isExported=*/true);
  builder.setInsertionPointToStart(function.addEntryBlock(builder));
  Value none = builder.constant(result, 0);
  end = LLVM::ReturnOp::create(builder, builder.loc, none);
  builder.setInsertionPoint(end);
  return function;
}

void HostModuleBuilder::addLaunch(const Function &function) {
  const Layout &layout = function.layout;
  Operation *end = nullptr;
  LLVM::LLVMFuncOp launch = begin(function.symbol + "_launch", builder.i32,
                                  {builder.pointer, builder.pointer}, end);
  Value args = launch.getArgument(0), stream = launch.getArgument(1);
  builder.returnUnless(
      builder.compare(LLVM::ICmpPredicate::ne, args, builder.null()), end, [&] {
        return builder.callRuntime("moesaic_fail_pointer", builder.i32,
                                   {builder.text(function.symbol),
                                    builder.text("args"), args,
                                    builder.constant(builder.i32, 8)});
      });
  Value wanted =
      builder.callRuntime("moesaic_argument_checks", builder.i32, {});
  Value isWanted = builder.compare(LLVM::ICmpPredicate::ne, wanted,
                                   builder.constant(builder.i32, 0));
  Value status = builder.callIf(isWanted, end, [&] {
    return builder.call(get(layout, Purpose::Check), args);
  });
  builder.returnIfFailed(status, end);
  if (layout.callee.isEntry) {
    status = builder.call(get(layout, Purpose::Run), {args, stream});
  } else {
    Value blocks = builder.call(get(layout, Purpose::Grid), args);
    status = builder.callRuntime(
        "moesaic_launch", builder.i32,
        {builder.addressOf(moduleName),
         builder.constant(builder.i32, function.kernel), args,
         builder.constant(builder.i32, layout.bytes), blocks, stream});
  }
  end->setOperand(0, status);
}

void HostModuleBuilder::addVersionedLaunch(const Function &function) {
  Operation *end = nullptr;
  LLVM::LLVMFuncOp launch =
      begin(function.symbol + "_launch_versioned", builder.i32,
            {builder.pointer, builder.pointer, builder.i64}, end);
  Value own = builder.constant(builder.i64, function.interface);
  Value header = launch.getArgument(2);
  builder.returnUnless(builder.compare(LLVM::ICmpPredicate::eq, header, own),
                       end, [&] {
                         return builder.callRuntime(
                             "moesaic_fail_version", builder.i32,
                             {builder.text(function.symbol), header, own});
                       });
  auto plain =
      builder.host.lookupSymbol<LLVM::LLVMFuncOp>(function.symbol + "_launch");
  end->setOperand(
      0, builder.call(plain, {launch.getArgument(0), launch.getArgument(1)}));
}

void HostModuleBuilder::addWorkspaceBytes(const Function &function) {
  Operation *end = nullptr;
  LLVM::LLVMFuncOp size = begin(function.symbol + "_workspace_bytes",
                                builder.i64, {builder.pointer}, end);
  end->setOperand(0, builder.call(get(function.layout, Purpose::Size),
                                  size.getArgument(0)));
}

LogicalResult
HostModuleBuilder::run(llvm::function_ref<void(OpPassManager &)> addPasses,
                       bool verify) {
  PassManager manager(builder.getContext());
  manager.enableVerifier(verify);
  addPasses(manager);
  return manager.run(builder.host);
}

LogicalResult HostModuleBuilder::build() {
  addGlobals();
  auto getName = [&](size_t kernel) -> StringRef {
    for (const Function &function : interface.functions) {
      if (!function.layout.callee.isEntry && function.kernel == kernel) {
        return function.symbol;
      }
    }
    return interface.kernels[kernel].callee.name;
  };
  for (auto [number, layout] : llvm::enumerate(interface.kernels)) {
    if (failed(checkHostOperations(*layout.callee.host))) {
      return failure();
    }
    addBody(layout, Purpose::Check, getName(number));
    addBody(layout, Purpose::Grid, getName(number));
  }
  for (const Function &function : interface.functions) {
    const Layout &layout = function.layout;
    if (!layout.callee.isEntry) {
      continue;
    }
    if (failed(checkHostOperations(*layout.callee.host))) {
      return failure();
    }
    for (Purpose purpose : {Purpose::Size, Purpose::Check, Purpose::Run}) {
      addBody(layout, purpose, function.symbol);
    }
  }
  // The copies launch kernels that are not in this module; expand() follows
  // the names in the interface.
  if (failed(run(
          [](OpPassManager &manager) {
            manager.addPass(createSCFToControlFlowPass());
          },
          /*verify=*/false))) {
    return failure();
  }
  for (std::unique_ptr<HostBody> &body : bodies) {
    body->expand();
  }
  for (const Function &function : interface.functions) {
    addLaunch(function);
    addVersionedLaunch(function);
    if (function.layout.callee.isEntry) {
      addWorkspaceBytes(function);
    }
  }
  defineIntegerEdges(builder.host);
  return run(
      [](OpPassManager &manager) {
        manager.addPass(arith::createArithExpandOpsPass());
        manager.addPass(createArithToLLVMConversionPass());
        manager.addPass(createConvertControlFlowToLLVMPass());
      },
      /*verify=*/true);
}

OwningOpRef<ModuleOp> embed::buildHostModule(ModuleOp program,
                                             const Interface &interface) {
  OwningOpRef<ModuleOp> host = ModuleOp::create(program.getLoc());
  if (failed(HostModuleBuilder(*host, interface).build())) {
    return nullptr;
  }
  return host;
}
