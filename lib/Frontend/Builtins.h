//===- Builtins.h - the functions the language provides ---------*- C++ -*-===//

#ifndef MOESAIC_FRONTEND_BUILTINS_H
#define MOESAIC_FRONTEND_BUILTINS_H

#include "Frontend/Datum.h"

namespace moesaic::frontend {

class Emitter;

/// A call of a builtin whose arguments are matched but not evaluated.
struct BuiltinCall {
  Emitter &emitter;
  const CallExpr &call;
  /// By position in `Builtin::arguments`; null when left out.
  llvm::ArrayRef<const Expr *> arguments;
  /// The value of `<T>`; null when the builtin takes none.
  mlir::Type type;
};

struct Builtin {
  using Emit = Datum (*)(const BuiltinCall &);

  llvm::StringLiteral name;
  /// Names of the arguments, separated by spaces; `[` begins the optional
  /// ones, `...` allows any number.
  llvm::StringLiteral arguments;
  bool takesType;
  Emit emit;
  /// It does something even where nobody uses its result.
  bool hasEffect = false;
};

/// Null when there is no such builtin.
const Builtin *findBuiltin(llvm::StringRef name);
inline bool isBuiltin(llvm::StringRef name) { return findBuiltin(name); }
std::vector<llvm::StringRef> getBuiltinNames();

/// Evaluates an argument that must be a tile; a null datum on error.
Datum evaluateTile(const BuiltinCall &b, unsigned index);
/// Evaluates the argument that names an axis of a tile of rank `rank`, counted
/// from the end when negative.
std::optional<int64_t> evaluateAxis(const BuiltinCall &b, unsigned index,
                                    int64_t rank);
/// Reports elements that are no numbers to calculate with: bool, 8-bit floats.
bool requireNumbers(const BuiltinCall &b, mlir::Type element);

/// The parts of the table: blocks of a launch, scalars and elements, tiles,
/// what goes across a tile's elements, arrays, bits, shared arrays and atomics.
llvm::ArrayRef<Builtin> getGridBuiltins();
llvm::ArrayRef<Builtin> getElementBuiltins();
llvm::ArrayRef<Builtin> getTileBuiltins();
llvm::ArrayRef<Builtin> getLaneBuiltins();
llvm::ArrayRef<Builtin> getArrayBuiltins();
llvm::ArrayRef<Builtin> getBitBuiltins();
llvm::ArrayRef<Builtin> getAtomicBuiltins();

} // namespace moesaic::frontend

#endif
