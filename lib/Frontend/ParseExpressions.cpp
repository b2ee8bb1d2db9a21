//===- ParseExpressions.cpp - expressions ---------------------------------===//

#include "Frontend/Parser.h"

using namespace llvm;
using namespace moesaic::frontend;

namespace {
struct Operator {
  BinaryOp op;
  unsigned precedence;
};
} // namespace

/// Precedences as in Python; `not` lies between 2 and 3.
static constexpr unsigned comparisonPrecedence = 3;
static constexpr unsigned additivePrecedence = 8;

static std::optional<Operator> getOperator(TokenKind kind) {
  switch (kind) {
  case TokenKind::KwOr:
  case TokenKind::PipePipe:
    return Operator{BinaryOp::Or, 1};
  case TokenKind::KwAnd:
  case TokenKind::AmpAmp:
    return Operator{BinaryOp::And, 2};
  case TokenKind::EqualEqual:
    return Operator{BinaryOp::Eq, comparisonPrecedence};
  case TokenKind::BangEqual:
    return Operator{BinaryOp::Ne, comparisonPrecedence};
  case TokenKind::Less:
    return Operator{BinaryOp::Lt, comparisonPrecedence};
  case TokenKind::LessEqual:
    return Operator{BinaryOp::Le, comparisonPrecedence};
  case TokenKind::Greater:
    return Operator{BinaryOp::Gt, comparisonPrecedence};
  case TokenKind::GreaterEqual:
    return Operator{BinaryOp::Ge, comparisonPrecedence};
  case TokenKind::Pipe:
    return Operator{BinaryOp::BitOr, 4};
  case TokenKind::Caret:
    return Operator{BinaryOp::BitXor, 5};
  case TokenKind::Amp:
    return Operator{BinaryOp::BitAnd, 6};
  case TokenKind::LessLess:
    return Operator{BinaryOp::Shl, 7};
  case TokenKind::GreaterGreater:
    return Operator{BinaryOp::Shr, 7};
  case TokenKind::Plus:
    return Operator{BinaryOp::Add, additivePrecedence};
  case TokenKind::Minus:
    return Operator{BinaryOp::Sub, additivePrecedence};
  case TokenKind::Star:
    return Operator{BinaryOp::Mul, 9};
  case TokenKind::Slash:
    return Operator{BinaryOp::Div, 9};
  case TokenKind::Percent:
    return Operator{BinaryOp::Rem, 9};
  default:
    return std::nullopt;
  }
}

Expr *Parser::setHeight(Expr *expr, ArrayRef<Expr *> children) {
  for (Expr *child : children) {
    if (child) {
      expr->height = std::max(expr->height, child->height + 1);
    }
  }
  if (expr->height <= maxHeight) {
    return expr;
  }
  diagnostics.error(expr->loc, Diag::NestedTooDeeply, maxHeight);
  return nullptr;
}

Expr *Parser::makeBinary(BinaryOp op, const Token &token, Expr *lhs,
                         Expr *rhs) {
  auto *binary = context.create<BinaryExpr>(
      token.loc, SMRange(lhs->range.Start, rhs->range.End));
  binary->op = op;
  binary->lhs = lhs;
  binary->rhs = rhs;
  return setHeight(binary, {lhs, rhs});
}

Expr *Parser::parseLoneExpression() {
  Expr *expr = parseExpression();
  if (expr && !is(TokenKind::End)) {
    reportUnexpected("the end of the value");
    return nullptr;
  }
  return expr;
}

Expr *Parser::parseExpression() { return parseBinary(1); }
Expr *Parser::parseParameterValue() { return parseBinary(additivePrecedence); }

/// Operators of at least the precedence `minimum`, all left-associative.
Expr *Parser::parseBinary(unsigned minimum) {
  Nesting nesting(*this);
  if (!nesting.ok()) {
    return nullptr;
  }
  Expr *lhs = is(TokenKind::KwNot) ? parseNot() : parseUnary();
  while (lhs) {
    std::optional<Operator> next = getOperator(peek().kind);
    if (!next || next->precedence < minimum) {
      return lhs;
    }
    auto *left = dyn_cast<BinaryExpr>(lhs);
    if (next->precedence == comparisonPrecedence && left &&
        isComparison(left->op) && !left->isParenthesized) {
      diagnostics.error(peek().loc, Diag::ChainedComparison)
          .help("write `a < b and b < c`");
      return nullptr;
    }
    Token token = take();
    Expr *rhs = parseBinary(next->precedence + 1);
    lhs = rhs ? makeBinary(next->op, token, lhs, rhs) : nullptr;
  }
  return nullptr;
}

Expr *Parser::parseNot() {
  SMLoc begin = take().loc;
  Expr *operand = parseBinary(comparisonPrecedence);
  if (!operand) {
    return nullptr;
  }
  auto *unary = context.create<UnaryExpr>(begin, rangeFrom(begin));
  unary->op = UnaryOp::Not;
  unary->operand = operand;
  return setHeight(unary, {operand});
}

Expr *Parser::parseUnary() {
  Nesting nesting(*this);
  if (!nesting.ok()) {
    return nullptr;
  }
  if (!is(TokenKind::Minus) && !is(TokenKind::Bang)) {
    return parsePostfix();
  }
  Token token = take();
  Expr *operand = parseUnary();
  if (!operand) {
    return nullptr;
  }
  auto *unary = context.create<UnaryExpr>(token.loc, rangeFrom(token.loc));
  unary->op = token.kind == TokenKind::Minus ? UnaryOp::Negate : UnaryOp::Not;
  unary->operand = operand;
  return setHeight(unary, {operand});
}

Expr *Parser::parsePostfix() {
  Expr *expr = parsePrimary();
  while (expr && is(TokenKind::LSquare)) {
    expr = parseIndex(expr);
  }
  return expr;
}

/// base[subscript, subscript]
Expr *Parser::parseIndex(Expr *base) {
  take();
  auto *index = context.create<IndexExpr>(base->loc);
  index->base = base;
  SmallVector<Expr *> children{base};
  bool parsed = parseList(TokenKind::RSquare, "in the subscript", [&] {
    Subscript &subscript = index->subscripts.emplace_back();
    if (!parseSubscript(subscript)) {
      return false;
    }
    children.append({subscript.first, subscript.last});
    return true;
  });
  index->range = rangeFrom(base->range.Start);
  if (!parsed) {
    return nullptr;
  }
  if (index->subscripts.empty()) {
    diagnostics.error(*index, Diag::EmptySubscript);
    return nullptr;
  }
  return setHeight(index, children);
}

/// None | index | [first] : [last]
bool Parser::parseSubscript(Subscript &subscript) {
  SMLoc begin = peek().loc;
  subscript.loc = begin;
  if (takeIf(TokenKind::KwNone)) {
    subscript.kind = Subscript::Kind::NewAxis;
  } else {
    if (!is(TokenKind::Colon)) {
      if (!(subscript.first = parseExpression())) {
        return false;
      }
      subscript.loc = subscript.first->loc;
    }
    if (takeIf(TokenKind::Colon)) {
      subscript.kind = Subscript::Kind::Slice;
      if (!is(TokenKind::Comma) && !is(TokenKind::RSquare) &&
          !(subscript.last = parseExpression())) {
        return false;
      }
    }
  }
  subscript.range = rangeFrom(begin);
  return true;
}

Expr *Parser::parsePrimary() {
  SMLoc begin = peek().loc;
  switch (peek().kind) {
  case TokenKind::Integer:
  case TokenKind::Float:
    return parseNumber();
  case TokenKind::KwTrue:
  case TokenKind::KwFalse: {
    auto *expr = context.create<BoolExpr>(begin);
    expr->value = take().kind == TokenKind::KwTrue;
    expr->range = rangeFrom(begin);
    return expr;
  }
  case TokenKind::Identifier:
    return parseNameOrCall();
  case TokenKind::LSquare: {
    take();
    auto *list = context.create<ListExpr>(begin);
    bool parsed = parseList(TokenKind::RSquare, "in the list", [&] {
      list->elements.push_back(parseExpression());
      return list->elements.back() != nullptr;
    });
    list->range = rangeFrom(begin);
    return parsed ? setHeight(list, list->elements) : nullptr;
  }
  case TokenKind::LParen: {
    take();
    Expr *first = parseExpression();
    if (!first || !is(TokenKind::Comma)) {
      if (!first || !expect(TokenKind::RParen, "")) {
        return nullptr;
      }
      first->isParenthesized = true;
      first->range = rangeFrom(begin);
      return first;
    }
    auto *tuple = context.create<TupleExpr>(begin);
    tuple->elements.push_back(first);
    take();
    bool parsed = parseList(TokenKind::RParen, "in the tuple", [&] {
      tuple->elements.push_back(parseExpression());
      return tuple->elements.back() != nullptr;
    });
    tuple->range = rangeFrom(begin);
    return parsed ? setHeight(tuple, tuple->elements) : nullptr;
  }
  default:
    reportUnexpected("an expression");
    return nullptr;
  }
}

/// Digits may be grouped by `_`.
Expr *Parser::parseNumber() {
  Token token = take();
  Place place(token.loc, {token.loc, token.getEnd()});
  std::string digits = token.text.str();
  llvm::erase(digits, '_');
  if (token.kind == TokenKind::Float) {
    auto *expr = context.create<FloatExpr>(place.loc, place.range);
    expr->spelling = token.text;
    if (StringRef(digits).getAsDouble(expr->value)) {
      diagnostics.error(place, Diag::MalformedNumber, token.text);
      return nullptr;
    }
    return expr;
  }
  auto *expr = context.create<IntegerExpr>(place.loc, place.range);
  StringRef text = digits;
  unsigned radix = text.consume_front_insensitive("0x")   ? 16
                   : text.consume_front_insensitive("0b") ? 2
                                                          : 10;
  APInt value;
  if (text.empty() || text.getAsInteger(radix, value)) {
    diagnostics.error(place, Diag::MalformedNumber, token.text);
    return nullptr;
  }
  if (!value.isSignedIntN(64) || value.isNegative()) {
    // The parsed value is unsigned: its top bit is not a sign.
    if (value.getActiveBits() > 63) {
      diagnostics.error(place, Diag::IntegerTooLarge, token.text);
      return nullptr;
    }
  }
  expr->value = static_cast<int64_t>(value.getZExtValue());
  return expr;
}

/// name | name(arguments) | name<parameters>(arguments)
Expr *Parser::parseNameOrCall() {
  Token token = take();
  Name name{token.text, token.loc};
  bool isCall =
      is(TokenKind::LParen) || (is(TokenKind::Less) && startsParameterList());
  if (!isCall) {
    auto *expr = context.create<NameExpr>(name.loc, name.getRange());
    expr->name = name.text;
    return expr;
  }
  auto *call = context.create<CallExpr>(name.loc);
  call->callee = name;
  if (!parseCall(*call)) {
    return nullptr;
  }
  SmallVector<Expr *> children;
  for (const Argument &argument : call->arguments) {
    children.push_back(argument.value);
  }
  for (const Argument &parameter : call->parameters) {
    children.push_back(parameter.value);
  }
  return setHeight(call, children);
}

/// Whether the `<` here opens parameters: what follows looks like a list of
/// parameter values, closed by `>` and followed by `(`. The other reading,
/// a comparison of a comparison with something in parentheses, is no program.
bool Parser::startsParameterList() const {
  unsigned open = 0;
  for (unsigned ahead = 1;; ++ahead) {
    switch (peek(ahead).kind) {
    case TokenKind::LParen:
    case TokenKind::LSquare:
      ++open;
      break;
    case TokenKind::RParen:
    case TokenKind::RSquare:
      if (open-- == 0) {
        return false;
      }
      break;
    case TokenKind::Greater:
      if (open == 0) {
        return peek(ahead + 1).kind == TokenKind::LParen;
      }
      break;
    case TokenKind::Identifier:
    case TokenKind::Integer:
    case TokenKind::Float:
    case TokenKind::KwTrue:
    case TokenKind::KwFalse:
    case TokenKind::Comma:
    case TokenKind::Equal:
    case TokenKind::Plus:
    case TokenKind::Minus:
    case TokenKind::Star:
    case TokenKind::Slash:
    case TokenKind::Percent:
      break;
    case TokenKind::End:
    case TokenKind::Semicolon:
    case TokenKind::LBrace:
    case TokenKind::RBrace:
      return false;
    default:
      if (open == 0) {
        return false;
      }
    }
  }
}

/// [<parameters>] (arguments), after the callee's name
bool Parser::parseCall(CallExpr &call) {
  if (takeIf(TokenKind::Less) &&
      !parseArguments(call.parameters, TokenKind::Greater)) {
    return false;
  }
  if (!expect(TokenKind::LParen, "before the arguments") ||
      !parseArguments(call.arguments, TokenKind::RParen)) {
    return false;
  }
  call.range = rangeFrom(call.callee.loc);
  return true;
}

bool Parser::parseArguments(std::vector<Argument> &arguments, TokenKind close) {
  bool isParameters = close == TokenKind::Greater;
  return parseList(
      close,
      isParameters ? "in the list of parameters" : "in the list of arguments",
      [&] {
        Argument &argument = arguments.emplace_back();
        if (is(TokenKind::Identifier) && peek(1).kind == TokenKind::Equal) {
          Token token = take();
          argument.name = {token.text, token.loc};
          take();
        } else if (arguments.size() > 1 &&
                   arguments[arguments.size() - 2].name) {
          diagnostics.error(peek().loc, Diag::PositionalAfterNamed);
          return false;
        }
        argument.value =
            isParameters ? parseParameterValue() : parseExpression();
        return argument.value != nullptr;
      });
}
