//===- Session.h - instances of one compilation -----------------*- C++ -*-===//
//
// An instance is a kernel or entry together with values of its compile-time
// parameters. A kernel's instance is made when it is asked for on the command
// line or launched, and emitted once.
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_FRONTEND_SESSION_H
#define MOESAIC_FRONTEND_SESSION_H

#include "Frontend/Datum.h"
#include "Frontend/Frontend.h"
#include "Frontend/Program.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/SetVector.h"

namespace moesaic::frontend {

class Emitter;

/// Names and values of parameters, in order of declaration.
using ParameterValues = llvm::SmallVector<std::pair<Name, Datum>>;

struct Instance {
  const Routine *routine = nullptr;
  ParameterValues parameters;
  std::string symbol;
  /// The arguments that are present, with the type of the scalar or elements.
  llvm::SmallVector<std::pair<const ArgumentDecl *, mlir::Type>> arguments;
  /// The names that array types introduce, in order of first appearance.
  llvm::SmallVector<Name> extents, strides;
  /// Where it was asked for; invalid on the command line.
  llvm::SMLoc launchLoc;
  /// Names to export it under; none if only launches ask for it.
  llvm::SmallVector<std::string> exports;

  bool isExtent(llvm::StringRef name) const;
  bool isStride(llvm::StringRef name) const;
  Datum getParameter(llvm::StringRef name) const;
};

/// Calls `visit` with each name in `expr`, from left to right.
void forEachName(const Expr *expr,
                 llvm::function_ref<void(const NameExpr &)> visit);

class Session {
public:
  Session(mlir::MLIRContext &context, Diagnostics &diagnostics,
          Program &program, const FrontendOptions &options);

  /// Emits what the options ask for. Null on error.
  mlir::OwningOpRef<mlir::ModuleOp> run();

  mlir::MLIRContext *getContext() { return &context; }
  Diagnostics &getDiagnostics() { return diagnostics; }
  Program &getProgram() { return program; }
  mlir::Location getLoc(llvm::SMLoc loc);

  /// Takes one step of the bounded work that a program may ask for. False when
  /// it is used up, which is reported.
  bool step(Place place);

  /// Whether a walk may go deeper: inlining nests walks that the parser bounds
  /// one by one. Reports once when not.
  bool mayNest(unsigned depth, Place place);

  /// Values of all parameters from those given, or none on error. `place` is
  /// the call; names not given take their defaults.
  std::optional<ParameterValues>
  bindParameters(const Routine &routine,
                 llvm::ArrayRef<std::pair<Argument, Datum>> given, Place place);

  /// The instance with these parameters, scheduled for emission; null on error.
  Instance *getKernel(const Routine &routine, ParameterValues parameters,
                      llvm::SMLoc launchLoc);

  /// The power of two that conditions of the form `name % constant == 0` prove
  /// to divide `name`; 1 when there is none.
  /// Reports a kernel that is asked to split its sums and does not.
  void checkSplit(const Instance &instance, const Emitter &emitter);
  /// The extent of the largest blocks in which an array with extent `name` is
  /// stored along it.
  int64_t getBlock(const Instance &instance, llvm::StringRef name);
  int64_t getDivisor(const Instance &instance, llvm::StringRef name);

private:
  /// The main file's routines that the options ask for, with their values.
  void emitWanted();
  /// The kernels that the options name.
  void emitInstances();
  /// Text of the command line, as a buffer for locations.
  llvm::StringRef addCommandLineText(const std::string &text);
  bool parseDefines();
  void checkDefines();
  std::optional<ParameterValues> bindDefines(const Routine &routine);
  const Routine *findRoutine(llvm::StringRef name, Routine::Kind kind);
  bool resolveSignature(Instance &instance);
  bool collectNames(Instance &instance);
  std::string mangle(const Routine &routine, const ParameterValues &values);
  void checkSupported(const Instance &instance);
  void emitPending();

  // EmitKernel.cpp
  void emitKernel(const Instance &instance);
  void emitEntry(const Instance &instance);
  mlir::ArrayAttr getArgumentAttrs(const Instance &instance);
  void markExport(mlir::Operation *op, const Instance &instance);
  llvm::SmallVector<mlir::Type> getArgumentTypes(const Instance &instance);

  mlir::MLIRContext &context;
  Diagnostics &diagnostics;
  Program &program;
  const FrontendOptions &options;
  mlir::OpBuilder builder;
  mlir::OwningOpRef<mlir::ModuleOp> module;

  struct Define {
    Argument argument;
    Datum value;
    bool isUsed = false;
  };
  std::vector<Define> defines;

  llvm::StringMap<std::unique_ptr<Instance>> kernels;
  std::vector<const Instance *> pending;
  unsigned stepsLeft;
  bool ranOut = false, nestedTooDeeply = false;
};

/// The parameters that every kernel has, after those it declares.
struct ReservedParameter {
  llvm::StringLiteral name;
  int64_t defaultValue;
};
llvm::ArrayRef<ReservedParameter> getReservedParameters();

} // namespace moesaic::frontend

#endif
