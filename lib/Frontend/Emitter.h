//===- Emitter.h - checks and emits one body --------------------*- C++ -*-===//
//
// One walk over the syntax tree of an instance does type and shape inference
// and emits operations: parameters are known, so every tile shape is known
// where it arises, and functions are inlined. Failed expressions are `Error`
// data, which silence whatever uses them.
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_FRONTEND_EMITTER_H
#define MOESAIC_FRONTEND_EMITTER_H

#include "Frontend/Session.h"
#include "dialects/Tile/IR/Tile.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

namespace moesaic::frontend {

struct Binding {
  Datum datum;
  llvm::SMLoc loc;
  bool isVar = false;
  /// Why an argument is absent.
  const Expr *condition = nullptr;
};

/// The names of one block; those of the blocks around it are its parents'.
struct Scope {
  Scope *parent = nullptr;
  llvm::StringMap<Binding> names;

  explicit Scope(Scope *parent) : parent(parent) {}
  Binding *find(llvm::StringRef name);
};

/// What a body may contain.
enum class Mode {
  Constant, ///< Values of parameters: no operations.
  Launch,   ///< A kernel's `where` and `grid`: scalars.
  Kernel,   ///< A kernel's body.
  Entry     ///< Scalars, arrays and launches.
};

class Emitter {
public:
  Emitter(Session &session, Mode mode, Scope &scope)
      : session(session), diagnostics(session.getDiagnostics()), mode(mode),
        builder(session.getContext()), scope(&scope) {}

  mlir::OpBuilder &getBuilder() { return builder; }

  //===--------------------------------------------------------------------===//
  // Expressions (EmitExpressions.cpp)
  //===--------------------------------------------------------------------===//

  Datum evaluate(const Expr &expr);
  /// The binding of `expr` when it names an absent argument; else null.
  Binding *findAbsent(const Expr &expr);
  /// A compile-time integer; reports when `expr` is none.
  std::optional<int64_t> evaluateInt(const Expr &expr, llvm::StringRef what);
  std::optional<llvm::SmallVector<int64_t>> evaluateInts(const Expr &expr,
                                                         llvm::StringRef what);
  mlir::Type evaluateType(const Expr &expr);
  /// A scalar truth value, known or not.
  Datum evaluateCondition(const Expr &expr, llvm::StringRef what);
  /// An i32 scalar; null on error.
  mlir::Value evaluateI32(const Expr &expr, llvm::StringRef what);

  /// Binds a name of this scope; reports a second binding.
  void bind(const Name &name, Datum datum, bool isVar = false);

  //===--------------------------------------------------------------------===//
  // Operators (EmitOperators.cpp)
  //===--------------------------------------------------------------------===//

  /// Operands of an operation, where each was written.
  struct Operand {
    Datum datum;
    Place place;
  };
  Datum emitBinary(BinaryOp op, const Operand &lhs, const Operand &rhs,
                   Place place);
  Datum emitUnary(UnaryOp op, const Operand &operand, Place place);
  /// Brings operands to one element type and shape; false on error. `what`
  /// names the operation in messages.
  bool unify(llvm::ArrayRef<Operand> operands, llvm::StringRef what,
             Place place, llvm::SmallVectorImpl<mlir::Value> &values);

  //===--------------------------------------------------------------------===//
  // Conversions (EmitConversions.cpp)
  //===--------------------------------------------------------------------===//

  /// `operand` as elements of `element` and a tile of `shape` (empty: a
  /// scalar): constants adapt, shapes broadcast. Null on error.
  mlir::Value materialize(const Operand &operand, mlir::Type element,
                          llvm::ArrayRef<int64_t> shape);
  /// A scalar of `element`, from a constant or an equal type. Null on error.
  mlir::Value toScalar(const Operand &operand, mlir::Type element,
                       llvm::StringRef what);
  /// A constant becomes i32, f32 or bool; a runtime value stays.
  mlir::Value toRuntime(const Operand &operand);
  /// The type that a constant takes when nothing else decides.
  mlir::Type getDefaultType(const Datum &constant);
  Datum emitCast(const Operand &operand, mlir::Type type, Place place);
  /// The tile type; null, and reported, when an extent is no power of two or
  /// there are too many elements.
  mlir::RankedTensorType getTile(llvm::ArrayRef<int64_t> shape,
                                 mlir::Type element, Place place);
  bool broadcastShapes(llvm::ArrayRef<int64_t> a, llvm::ArrayRef<int64_t> b,
                       llvm::SmallVectorImpl<int64_t> &result);
  mlir::Value emitBroadcast(mlir::Value tile, llvm::ArrayRef<int64_t> shape,
                            mlir::Location loc);
  mlir::Value emitReshape(mlir::Value tile, llvm::ArrayRef<int64_t> shape,
                          mlir::Location loc);
  mlir::Value emitI32(int64_t value, mlir::Location loc);
  mlir::Value emitI64(int64_t value, mlir::Location loc);

  //===--------------------------------------------------------------------===//
  // Arrays (EmitAccess.cpp)
  //===--------------------------------------------------------------------===//

  Datum emitIndex(const IndexExpr &index);
  Datum emitLoad(const IndexExpr &index, const Expr *pad,
                 llvm::ArrayRef<int64_t> order, Place place);
  void emitStore(const IndexExpr &index, const Operand &value, Place place);

  //===--------------------------------------------------------------------===//
  // Shared arrays and atomics (EmitAtomics.cpp)
  //===--------------------------------------------------------------------===//

  Datum emitSharedArray(const CallExpr &call, mlir::Type element,
                        const Expr &extents);
  /// `value` and `expected` are null where `kind` takes none.
  Datum emitAtomic(const CallExpr &call, tile::AtomicKind kind,
                   const Expr &element, const Expr *value, const Expr *expected,
                   tile::MemoryOrder order, tile::MemoryScope scope);

  //===--------------------------------------------------------------------===//
  // Statements (EmitStatements.cpp)
  //===--------------------------------------------------------------------===//

  /// What follows a block once it is left at its end.
  struct Rest {
    llvm::ArrayRef<Stmt *> statements;
    Scope *scope;
    const Rest *next;
  };
  /// How a list of statements ends: `value` is what it returned, if it did.
  struct Outcome {
    bool returned = false;
    Datum value = Datum::nothing();
    llvm::SMLoc loc;
  };
  Outcome run(llvm::ArrayRef<Stmt *> statements, const Rest *rest = nullptr);

  //===--------------------------------------------------------------------===//
  // Calls (EmitCalls.cpp, Builtins*.cpp)
  //===--------------------------------------------------------------------===//

  Datum emitCall(const CallExpr &call);
  /// The arguments of a call in the order of `names`; null where one was not
  /// given. False on an unknown, repeated or superfluous one.
  bool matchArguments(const CallExpr &call,
                      llvm::ArrayRef<llvm::StringRef> names,
                      llvm::SmallVectorImpl<const Expr *> &values);
  bool checkType(const TypeSyntax &type, Operand &operand,
                 const llvm::Twine &what);
  std::optional<ParameterValues> bindParameters(const Routine &routine,
                                                const CallExpr &call);

  //===--------------------------------------------------------------------===//
  // Blocks of a launch (BuiltinsGrid.cpp)
  //===--------------------------------------------------------------------===//

  /// The number of this block in the grid that the kernel declares.
  mlir::Value emitProgramId(mlir::Location loc);
  /// Which part of its sums this block does, and how many parts there are.
  Datum emitSplitPart(mlir::Location loc);
  int64_t getSplitCount();
  bool usesSplit() const { return splitIsUsed; }

  //===--------------------------------------------------------------------===//
  // Entries (EmitEntry.cpp, EmitLaunch.cpp)
  //===--------------------------------------------------------------------===//

  Datum emitWorkspace(const CallExpr &call, mlir::Type element,
                      const Expr &extents, const Expr *blocks,
                      const Expr *order);
  Datum emitZero(const CallExpr &call, const Expr &array);
  Datum emitSlice(const IndexExpr &index, ArrayValue &array);
  Datum emitArrayReshape(const CallExpr &call, const Datum &array,
                         const Expr &extents);
  void emitLaunch(const LaunchStmt &launch);

  //===--------------------------------------------------------------------===//
  // Signatures (EmitKernel.cpp)
  //===--------------------------------------------------------------------===//

  void bindSignature(const Instance &instance, mlir::ValueRange values);
  /// What `blocks` and `order`, either may be null, say of an array of `rank`
  /// axes; nothing on error.
  std::optional<Storage> evaluateStorage(const Expr *blocks, const Expr *order,
                                         unsigned rank);
  /// Requires extents to be multiples of their blocks.
  void requireWholeBlocks(const ArrayValue &array, llvm::ArrayRef<Place> places,
                          llvm::ArrayRef<std::string> texts);
  /// Makes this a kernel's body: what `program_id` and the parts of split sums
  /// depend on.
  void enterKernel(const Instance &instance);
  /// Emits `tile.require` for each condition that is not known to hold.
  void emitConditions(const Instance &instance);

  Session &getSession() { return session; }
  Diagnostics &getDiagnostics() { return diagnostics; }
  Mode getMode() const { return mode; }
  mlir::Location getLoc(llvm::SMLoc loc) { return session.getLoc(loc); }
  /// Reports and fails unless the body is of `wanted` kind.
  bool require(Mode wanted, Place place, llvm::StringRef what);

private:
  // Expressions
  Datum evaluateName(const NameExpr &name);
  Datum emitNewAxes(const IndexExpr &index, const Datum &tile);

  // Operators
  mlir::Type getCommonType(llvm::ArrayRef<Operand> operands,
                           llvm::StringRef what, Place place);
  mlir::Value emitInteger(BinaryOp op, mlir::Value lhs, mlir::Value rhs,
                          mlir::Location loc);
  mlir::Value emitFloat(BinaryOp op, mlir::Value lhs, mlir::Value rhs,
                        mlir::Location loc);
  Datum emitLogical(const BinaryExpr &expr);

  // Access
  bool evaluateIndices(const IndexExpr &index, const ArrayValue &array,
                       llvm::SmallVectorImpl<mlir::Value> &indices);
  std::shared_ptr<ArrayValue> evaluateArray(const Expr &expr,
                                            llvm::StringRef what);

  // Statements
  void emitLet(const LetStmt &let);
  void emitAssign(const AssignStmt &assign);
  void assignVariable(const NameExpr &target, Operand value, Place place);
  void emitFor(const ForStmt &loop);
  void emitStaticFor(const ForStmt &loop);
  void emitWhile(const WhileStmt &loop);
  void emitIf(const IfStmt &branch, mlir::Value condition);
  Outcome emitReturningIf(const IfStmt &branch, mlir::Value condition,
                          const Rest &rest);
  void runInScope(llvm::ArrayRef<Stmt *> statements);
  Outcome runInScope(llvm::ArrayRef<Stmt *> statements, const Rest *rest);
  Datum evaluateReturn(const ReturnStmt &statement);
  /// The variables around `blocks` that they assign to.
  llvm::SmallVector<Binding *>
  findCarried(llvm::ArrayRef<const StmtList *> blocks);

  // Calls
  Datum inlineCall(const Routine &callee, const CallExpr &call);

  // Entries
  mlir::Value emitCount(llvm::ArrayRef<Datum> extents, mlir::Location loc);
  llvm::SmallVector<Datum> getStrides(const ArrayValue &array,
                                      mlir::Location loc);
  std::optional<llvm::SmallVector<Datum>> evaluateExtents(const Expr &expr,
                                                          llvm::StringRef what);
  void requireEqual(const Datum &a, const Datum &b, mlir::Type type,
                    Place place, const llvm::Twine &message);
  mlir::Operation *requireTrue(mlir::Value condition,
                               const llvm::Twine &message, mlir::Location loc);
  mlir::Value emitExtent(const Datum &extent, mlir::Location loc);

  Session &session;
  Diagnostics &diagnostics;
  Mode mode;
  mlir::OpBuilder builder;
  Scope *scope;
  std::vector<const Routine *> callStack;
  /// The result type of the function being inlined, and its depth.
  const TypeSyntax *resultType = nullptr;
  unsigned depth = 0;
  /// Of a kernel's body: SPLIT_K, and the declared grid where that is not 1.
  int64_t splitCount = 1;
  mlir::Value splitGrid;
  bool splitIsUsed = false;

  friend class LaunchEmitter;
};

} // namespace moesaic::frontend

#endif
