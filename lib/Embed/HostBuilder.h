//===- HostBuilder.h - pieces that host code is made of ---------*- C++ -*-===//
//
// Host code is built in the LLVM dialect; only the scalar arithmetic of launch
// regions and entries is `arith` until buildHostModule() converts it.
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_EMBED_HOSTBUILDER_H
#define MOESAIC_EMBED_HOSTBUILDER_H

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringMap.h"

namespace moesaic::embed {

class HostBuilder : public mlir::OpBuilder {
public:
  explicit HostBuilder(mlir::ModuleOp host);

  mlir::ModuleOp host;
  mlir::Location loc;
  mlir::Type pointer, i8, i32, i64;

  /// How values of `type` are held: tile pointers as plain ones, 8-bit floats
  /// as their bits.
  mlir::Type toLLVM(mlir::Type type);

  /// A function without a body, at the end of the module.
  mlir::LLVM::LLVMFuncOp addFunction(llvm::StringRef name, mlir::Type result,
                                     llvm::ArrayRef<mlir::Type> arguments,
                                     bool isExported);
  /// Calls a function of the runtime, which is declared on first use.
  mlir::Value callRuntime(llvm::StringRef name, mlir::Type result,
                          mlir::ValueRange arguments);
  mlir::Value call(mlir::LLVM::LLVMFuncOp function, mlir::ValueRange arguments);

  mlir::Value constant(mlir::Type type, int64_t value);
  /// The address of a string that ends with a zero.
  mlir::Value text(llvm::StringRef string);
  mlir::Value null();
  mlir::Value addressOf(llvm::StringRef global);
  mlir::Value gep(mlir::Value base, mlir::Value bytes);
  mlir::Value gep(mlir::Value base, int32_t bytes);
  /// Stack memory, taken in the entry block of the function built in.
  mlir::Value stack(unsigned bytes);
  mlir::Value load(mlir::Type type, mlir::Value base, int32_t offset);
  void store(mlir::Value value, mlir::Value base, int32_t offset);

  mlir::Value compare(mlir::LLVM::ICmpPredicate predicate, mlir::Value a,
                      mlir::Value b);
  mlir::Value isZero(mlir::Value value);
  mlir::Value select(mlir::Value condition, mlir::Value a, mlir::Value b);
  mlir::Value add(mlir::Value a, mlir::Value b);
  mlir::Value sub(mlir::Value a, mlir::Value b);
  mlir::Value mul(mlir::Value a, mlir::Value b);
  mlir::Value bitAnd(mlir::Value a, mlir::Value b);
  mlir::Value bitOr(mlir::Value a, mlir::Value b);
  /// An integer of at most 64 bits as i64, by its sign; a truth value as 0 or
  /// 1, an address by its bits.
  mlir::Value extend(mlir::Value value);
  /// The unsigned product, or 2^64 - 1 when it is larger.
  mlir::Value multiplySaturating(mlir::Value a, mlir::Value b);

  /// Leaves the function with `makeResult`'s value unless `condition` holds.
  /// Building goes on behind; `op` and what follows it move there.
  void returnUnless(mlir::Value condition, mlir::Operation *op,
                    llvm::function_ref<mlir::Value()> makeResult);
  /// The result of `makeCall`, or zero where `condition` does not hold.
  mlir::Value callIf(mlir::Value condition, mlir::Operation *op,
                     llvm::function_ref<mlir::Value()> makeCall);
  /// Leaves the function with `status` unless it is zero.
  void returnIfFailed(mlir::Value status, mlir::Operation *op);

private:
  llvm::StringMap<mlir::LLVM::GlobalOp> strings;
};

} // namespace moesaic::embed

#endif
