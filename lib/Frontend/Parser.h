//===- Parser.h - from tokens to the syntax tree ----------------*- C++ -*-===//
//
// Recursive descent, one function per rule of the grammar in docs/language.md.
// A function that fails has reported why and returns null or false; statements
// and declarations then skip to where the next one begins.
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_FRONTEND_PARSER_H
#define MOESAIC_FRONTEND_PARSER_H

#include "Frontend/AST.h"
#include "Frontend/Lexer.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace moesaic::frontend {

class Parser {
public:
  Parser(llvm::StringRef text, ASTContext &context, Diagnostics &diagnostics)
      : context(context), diagnostics(diagnostics),
        tokens(tokenize(text, diagnostics)) {}

  File parseFile();
  /// A whole buffer that is one expression; null on error.
  Expr *parseLoneExpression();

private:
  // Declarations (Parser.cpp)
  bool parseImport(File &file);
  Routine *parseRoutine();
  bool parseParameters(Routine &routine);
  bool parseArgumentDecls(Routine &routine);
  bool parseClauses(Routine &routine);
  TypeSyntax *parseType();
  bool parseArrayType(TypeSyntax &type);

  // Statements (ParseStatements.cpp)
  bool parseBlock(StmtList &block);
  void parseStatements(StmtList &block);
  Stmt *parseStatement();
  Stmt *parseLet();
  Stmt *parseFor();
  Stmt *parseWhile();
  Stmt *parseIf();
  Stmt *parseReturn();
  Stmt *parseLaunch();
  Stmt *parseCallOrAssignment();

  // Expressions (ParseExpressions.cpp)
  Expr *parseExpression();
  Expr *parseNot();
  Expr *parseBinary(unsigned minimum);
  Expr *parseUnary();
  Expr *parsePostfix();
  Expr *parsePrimary();
  Expr *parseNumber();
  Expr *parseNameOrCall();
  Expr *parseIndex(Expr *base);
  bool parseSubscript(Subscript &subscript);
  bool parseCall(CallExpr &call);
  bool parseArguments(std::vector<Argument> &arguments, TokenKind close);
  bool startsParameterList() const;
  /// A value of a compile-time parameter: no comparison, for `<` and `>`
  /// delimit it.
  Expr *parseParameterValue();
  Expr *setHeight(Expr *expr, llvm::ArrayRef<Expr *> children);
  Expr *makeBinary(BinaryOp op, const Token &token, Expr *lhs, Expr *rhs);

  // Tokens
  const Token &peek(unsigned ahead = 0) const;
  bool is(TokenKind kind) const { return peek().kind == kind; }
  bool isWord(llvm::StringRef word) const;
  Token take();
  bool takeIf(TokenKind kind);
  bool expect(TokenKind kind, llvm::StringRef where);
  bool expectName(Name &name, llvm::StringRef what);
  void reportUnexpected(const llvm::Twine &expected);
  llvm::SMRange rangeFrom(llvm::SMLoc begin) const;
  void skipStatement();
  void skipToDeclaration();
  /// Items up to `close`, separated by commas; a last comma is allowed.
  bool parseList(TokenKind close, llvm::StringRef where,
                 llvm::function_ref<bool()> parseItem);

  /// Counts how deep the parser is, so that input cannot exhaust the stack.
  class Nesting {
  public:
    explicit Nesting(Parser &parser) : parser(parser) { ++parser.depth; }
    ~Nesting() { --parser.depth; }
    /// Whether there is room; reports when there is not.
    bool ok();

  private:
    Parser &parser;
  };

  static constexpr unsigned maxDepth = 100;
  static constexpr unsigned maxHeight = 200;

  ASTContext &context;
  Diagnostics &diagnostics;
  std::vector<Token> tokens;
  size_t position = 0;
  unsigned depth = 0, loopDepth = 0;
  /// Set by `return`, to mark the `if`s around it.
  bool sawReturn = false;
};

} // namespace moesaic::frontend

#endif
