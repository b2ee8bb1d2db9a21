//===- AST.h - the syntax tree ----------------------------------*- C++ -*-===//
//
// Names point into the source buffers; nodes belong to an `ASTContext`.
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_FRONTEND_AST_H
#define MOESAIC_FRONTEND_AST_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/SMLoc.h"
#include <memory>
#include <vector>

namespace llvm {
class raw_ostream;
}

namespace moesaic::frontend {

struct Node {
  /// Where the caret of a message points.
  llvm::SMLoc loc;
  /// What it underlines.
  llvm::SMRange range;
  virtual ~Node() = default;
};

/// A name and where it stands.
struct Name {
  llvm::StringRef text;
  llvm::SMLoc loc;

  explicit operator bool() const { return !text.empty(); }
  llvm::SMRange getRange() const {
    return {loc, llvm::SMLoc::getFromPointer(text.end())};
  }
};

//===----------------------------------------------------------------------===//
// Expressions
//===----------------------------------------------------------------------===//

struct Expr : Node {
  enum class Kind {
    Integer,
    Float,
    Bool,
    Name,
    Unary,
    Binary,
    Call,
    Index,
    List,
    Tuple
  };
  const Kind kind;
  /// Nodes on the longest way down; bounded, because walks recurse.
  unsigned height = 1;
  bool isParenthesized = false;

  explicit Expr(Kind kind) : kind(kind) {}
};

/// Implements LLVM's casts for the node of one kind.
template <Expr::Kind nodeKind>
struct ExprNode : Expr {
  ExprNode() : Expr(nodeKind) {}
  static bool classof(const Expr *expr) { return expr->kind == nodeKind; }
};

struct IntegerExpr : ExprNode<Expr::Kind::Integer> {
  int64_t value = 0;
};

struct FloatExpr : ExprNode<Expr::Kind::Float> {
  double value = 0;
  llvm::StringRef spelling;
};

struct BoolExpr : ExprNode<Expr::Kind::Bool> {
  bool value = false;
};

struct NameExpr : ExprNode<Expr::Kind::Name> {
  llvm::StringRef name;
};

enum class UnaryOp { Negate, Not };

struct UnaryExpr : ExprNode<Expr::Kind::Unary> {
  UnaryOp op = UnaryOp::Negate;
  Expr *operand = nullptr;
};

enum class BinaryOp {
  Add,
  Sub,
  Mul,
  Div,
  Rem,
  BitAnd,
  BitOr,
  BitXor,
  Shl,
  Shr,
  Eq,
  Ne,
  Lt,
  Le,
  Gt,
  Ge,
  And,
  Or
};
llvm::StringRef getSpelling(BinaryOp op);
bool isComparison(BinaryOp op);

struct BinaryExpr : ExprNode<Expr::Kind::Binary> {
  BinaryOp op = BinaryOp::Add;
  Expr *lhs = nullptr, *rhs = nullptr;
};

/// `value` or `name = value`.
struct Argument {
  Name name;
  Expr *value = nullptr;
};

/// `callee<parameters>(arguments)`.
struct CallExpr : ExprNode<Expr::Kind::Call> {
  Name callee;
  std::vector<Argument> parameters, arguments;
};

/// One entry of `base[...]`: `first`, `first:last` (either may be null) or
/// `None`.
struct Subscript : Node {
  enum class Kind { Index, Slice, NewAxis };
  Kind kind = Kind::Index;
  Expr *first = nullptr, *last = nullptr;
};

struct IndexExpr : ExprNode<Expr::Kind::Index> {
  Expr *base = nullptr;
  std::vector<Subscript> subscripts;
};

/// `[a, b, c]`: only as an argument of builtins.
struct ListExpr : ExprNode<Expr::Kind::List> {
  std::vector<Expr *> elements;
};

/// `(a, b)`: what a function returns.
struct TupleExpr : ExprNode<Expr::Kind::Tuple> {
  std::vector<Expr *> elements;
};

//===----------------------------------------------------------------------===//
// Types of arguments and results
//===----------------------------------------------------------------------===//

struct TypeSyntax : Node {
  enum class Kind { Scalar, Array, Tile, Tuple };
  enum class Access { In, Out, InOut };
  Kind kind = Kind::Scalar;
  Access access = Access::In;
  /// The scalar's type, or that of the elements.
  Expr *element = nullptr;
  std::vector<Expr *> extents, strides;
  /// How an array without strides is stored; null when not said.
  ListExpr *blocks = nullptr, *order = nullptr;
  std::vector<TypeSyntax *> members;
};

//===----------------------------------------------------------------------===//
// Statements
//===----------------------------------------------------------------------===//

struct Stmt : Node {
  enum class Kind { Let, Assign, For, While, If, Return, Call, Launch };
  const Kind kind;

  explicit Stmt(Kind kind) : kind(kind) {}
};

using StmtList = std::vector<Stmt *>;

template <Stmt::Kind nodeKind>
struct StmtNode : Stmt {
  StmtNode() : Stmt(nodeKind) {}
  static bool classof(const Stmt *stmt) { return stmt->kind == nodeKind; }
};

/// `let name = init;`, `var name = init;`, `let (a, b) = init;`.
struct LetStmt : StmtNode<Stmt::Kind::Let> {
  bool isVar = false, isTuple = false;
  std::vector<Name> names;
  Expr *init = nullptr;
};

/// `target = value;` or, with `op`, `target op= value;`.
struct AssignStmt : StmtNode<Stmt::Kind::Assign> {
  Expr *target = nullptr, *value = nullptr;
  bool isCompound = false;
  BinaryOp op = BinaryOp::Add;
};

/// `[static] for variable in first..last [step step] { body }`.
struct ForStmt : StmtNode<Stmt::Kind::For> {
  bool isStatic = false;
  Name variable;
  Expr *first = nullptr, *last = nullptr, *step = nullptr;
  StmtList body;
};

struct WhileStmt : StmtNode<Stmt::Kind::While> {
  Expr *condition = nullptr;
  StmtList body;
};

struct IfStmt : StmtNode<Stmt::Kind::If> {
  Expr *condition = nullptr;
  StmtList thenBlock, elseBlock;
  /// Whether a `return` stands anywhere inside.
  bool mayReturn = false;
};

struct ReturnStmt : StmtNode<Stmt::Kind::Return> {
  Expr *value = nullptr;
};

struct CallStmt : StmtNode<Stmt::Kind::Call> {
  Expr *call = nullptr;
};

struct LaunchStmt : StmtNode<Stmt::Kind::Launch> {
  CallExpr *call = nullptr;
};

//===----------------------------------------------------------------------===//
// Declarations
//===----------------------------------------------------------------------===//

/// `NAME: kind = default`.
struct Parameter {
  enum class Kind { Int, Bool, Float, Type };
  Name name;
  Kind kind = Kind::Int;
  Expr *defaultValue = nullptr;
};
llvm::StringRef getSpelling(Parameter::Kind kind);

/// `name: type when condition`.
struct ArgumentDecl {
  Name name;
  TypeSyntax *type = nullptr;
  Expr *condition = nullptr;
};

/// A function, kernel or entry.
struct Routine : Node {
  enum class Kind { Function, Kernel, Entry };
  Kind kind = Kind::Function;
  Name name;
  std::vector<Parameter> parameters;
  std::vector<ArgumentDecl> arguments;
  TypeSyntax *result = nullptr;
  std::vector<Expr *> conditions;
  Expr *grid = nullptr;
  StmtList body;
};
llvm::StringRef getSpelling(Routine::Kind kind);
/// `a kernel`, `an entry`.
llvm::StringRef getWithArticle(Routine::Kind kind);

struct Import {
  llvm::SMLoc loc;
  llvm::StringRef path;
};

struct File {
  std::vector<Import> imports;
  std::vector<Routine *> routines;
};

/// Owns all nodes, so that freeing a deep tree does not recurse.
class ASTContext {
public:
  template <typename T>
  T *create(llvm::SMLoc loc, llvm::SMRange range = {}) {
    auto node = std::make_unique<T>();
    node->loc = loc;
    node->range = range;
    T *result = node.get();
    nodes.push_back(std::move(node));
    return result;
  }

private:
  std::vector<std::unique_ptr<Node>> nodes;
};

/// Prints `file` as source text, every operation in parentheses.
void print(const File &file, llvm::raw_ostream &stream);
void print(const Expr &expr, llvm::raw_ostream &stream);

} // namespace moesaic::frontend

#endif
