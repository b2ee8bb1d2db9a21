//===- ParseStatements.cpp - statements and blocks ------------------------===//

#include "Frontend/Parser.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace llvm;
using namespace moesaic::frontend;

/// { statements }
bool Parser::parseBlock(StmtList &block) {
  Nesting nesting(*this);
  if (!nesting.ok() || !expect(TokenKind::LBrace, "to begin a block")) {
    return false;
  }
  parseStatements(block);
  return expect(TokenKind::RBrace, "to end the block");
}

void Parser::parseStatements(StmtList &block) {
  while (!is(TokenKind::RBrace) && !is(TokenKind::End) &&
         !diagnostics.isFull()) {
    if (takeIf(TokenKind::Semicolon)) {
      continue;
    }
    // A declaration here means that a brace is missing.
    if (is(TokenKind::KwFn) || is(TokenKind::KwKernel) ||
        is(TokenKind::KwEntry) || is(TokenKind::KwImport)) {
      return;
    }
    size_t begin = position;
    Stmt *statement = parseStatement();
    if (!statement) {
      skipStatement();
      if (position == begin) {
        take();
      }
      continue;
    }
    if (!block.empty() && isa<ReturnStmt>(block.back())) {
      diagnostics.error(*statement, Diag::Unreachable)
          .note(*block.back(), "the block returns here");
      continue;
    }
    block.push_back(statement);
  }
}

Stmt *Parser::parseStatement() {
  switch (peek().kind) {
  case TokenKind::KwLet:
  case TokenKind::KwVar:
    return parseLet();
  case TokenKind::KwStatic:
  case TokenKind::KwFor:
    return parseFor();
  case TokenKind::KwWhile:
    return parseWhile();
  case TokenKind::KwIf:
    return parseIf();
  case TokenKind::KwReturn:
    return parseReturn();
  case TokenKind::KwLaunch:
    return parseLaunch();
  default:
    return parseCallOrAssignment();
  }
}

Stmt *Parser::parseLet() {
  Token keyword = take();
  auto *let = context.create<LetStmt>(keyword.loc);
  let->isVar = keyword.kind == TokenKind::KwVar;
  if (takeIf(TokenKind::LParen)) {
    let->isTuple = true;
    bool parsed = parseList(TokenKind::RParen, "in the tuple", [&] {
      return expectName(let->names.emplace_back(), "a name");
    });
    if (!parsed) {
      return nullptr;
    }
  } else if (!expectName(let->names.emplace_back(), "a name")) {
    return nullptr;
  }
  if (!expect(TokenKind::Equal, "and a value") ||
      !(let->init = parseExpression())) {
    return nullptr;
  }
  let->range = rangeFrom(keyword.loc);
  return expect(TokenKind::Semicolon, "after the statement") ? let : nullptr;
}

/// [static] for name in first..last [step expression] { body }
Stmt *Parser::parseFor() {
  SMLoc begin = peek().loc;
  auto *loop = context.create<ForStmt>(begin);
  loop->isStatic = takeIf(TokenKind::KwStatic);
  if (!expect(TokenKind::KwFor, "after 'static'") ||
      !expectName(loop->variable, "the loop's variable") ||
      !expect(TokenKind::KwIn, "and a range") ||
      !(loop->first = parseExpression()) ||
      !expect(TokenKind::DotDot, "and the end of the range") ||
      !(loop->last = parseExpression())) {
    return nullptr;
  }
  if (isWord("step")) {
    take();
    if (!(loop->step = parseExpression())) {
      return nullptr;
    }
  }
  loop->range = rangeFrom(begin);
  SaveAndRestore inLoop(loopDepth, loopDepth + 1);
  return parseBlock(loop->body) ? loop : nullptr;
}

Stmt *Parser::parseWhile() {
  SMLoc begin = take().loc;
  auto *loop = context.create<WhileStmt>(begin);
  if (!(loop->condition = parseExpression())) {
    return nullptr;
  }
  loop->range = rangeFrom(begin);
  SaveAndRestore inLoop(loopDepth, loopDepth + 1);
  return parseBlock(loop->body) ? loop : nullptr;
}

Stmt *Parser::parseIf() {
  Nesting nesting(*this);
  if (!nesting.ok()) {
    return nullptr;
  }
  SMLoc begin = take().loc;
  auto *branch = context.create<IfStmt>(begin);
  bool outer = std::exchange(sawReturn, false);
  llvm::scope_exit leave([&] {
    branch->mayReturn = sawReturn;
    sawReturn |= outer;
  });
  if (!(branch->condition = parseExpression())) {
    return nullptr;
  }
  branch->range = rangeFrom(begin);
  if (!parseBlock(branch->thenBlock)) {
    return nullptr;
  }
  if (!takeIf(TokenKind::KwElse)) {
    return branch;
  }
  if (!is(TokenKind::KwIf)) {
    return parseBlock(branch->elseBlock) ? branch : nullptr;
  }
  Stmt *inner = parseIf();
  if (!inner) {
    return nullptr;
  }
  branch->elseBlock.push_back(inner);
  return branch;
}

Stmt *Parser::parseReturn() {
  SMLoc begin = take().loc;
  auto *statement = context.create<ReturnStmt>(begin);
  if (!is(TokenKind::Semicolon) && !(statement->value = parseExpression())) {
    return nullptr;
  }
  statement->range = rangeFrom(begin);
  sawReturn = true;
  if (loopDepth > 0) {
    diagnostics.error(*statement, Diag::ReturnInLoop)
        .help("let the loop run to its end and return after it");
  }
  return expect(TokenKind::Semicolon, "after 'return'") ? statement : nullptr;
}

Stmt *Parser::parseLaunch() {
  SMLoc begin = take().loc;
  auto *launch = context.create<LaunchStmt>(begin);
  launch->call = context.create<CallExpr>(peek().loc);
  if (!expectName(launch->call->callee, "the name of a kernel") ||
      !parseCall(*launch->call)) {
    return nullptr;
  }
  launch->range = rangeFrom(begin);
  return expect(TokenKind::Semicolon, "after the statement") ? launch : nullptr;
}

static bool isCompoundAssignment(TokenKind kind, BinaryOp &op) {
  switch (kind) {
  case TokenKind::PlusEqual:
    op = BinaryOp::Add;
    return true;
  case TokenKind::MinusEqual:
    op = BinaryOp::Sub;
    return true;
  case TokenKind::StarEqual:
    op = BinaryOp::Mul;
    return true;
  case TokenKind::SlashEqual:
    op = BinaryOp::Div;
    return true;
  case TokenKind::PercentEqual:
    op = BinaryOp::Rem;
    return true;
  case TokenKind::AmpEqual:
    op = BinaryOp::BitAnd;
    return true;
  case TokenKind::PipeEqual:
    op = BinaryOp::BitOr;
    return true;
  case TokenKind::CaretEqual:
    op = BinaryOp::BitXor;
    return true;
  default:
    return false;
  }
}

Stmt *Parser::parseCallOrAssignment() {
  SMLoc begin = peek().loc;
  Expr *target = parsePostfix();
  if (!target) {
    return nullptr;
  }
  if (isa<CallExpr>(target) && is(TokenKind::Semicolon)) {
    auto *statement = context.create<CallStmt>(begin, rangeFrom(begin));
    statement->call = target;
    take();
    return statement;
  }
  auto *assign = context.create<AssignStmt>(begin);
  assign->isCompound = isCompoundAssignment(peek().kind, assign->op);
  if (!assign->isCompound && !is(TokenKind::Equal)) {
    if (isa<NameExpr, IndexExpr>(target)) {
      reportUnexpected("'=' and a value");
    } else {
      diagnostics.error(*target, Diag::NoEffect);
    }
    return nullptr;
  }
  if (!isa<NameExpr, IndexExpr>(target)) {
    diagnostics.error(*target, Diag::NotAssignable);
    return nullptr;
  }
  assign->loc = take().loc;
  assign->target = target;
  if (!(assign->value = parseExpression())) {
    return nullptr;
  }
  assign->range = rangeFrom(begin);
  return expect(TokenKind::Semicolon, "after the statement") ? assign : nullptr;
}
