//===- Parser.cpp - tokens and declarations -------------------------------===//

#include "Frontend/Parser.h"
#include "llvm/ADT/StringSwitch.h"

using namespace llvm;
using namespace moesaic::frontend;

//===----------------------------------------------------------------------===//
// Tokens
//===----------------------------------------------------------------------===//

const Token &Parser::peek(unsigned ahead) const {
  return tokens[std::min(position + ahead, tokens.size() - 1)];
}

bool Parser::isWord(StringRef word) const {
  return is(TokenKind::Identifier) && peek().text == word;
}

Token Parser::take() {
  Token token = peek();
  if (position + 1 < tokens.size()) {
    ++position;
  }
  return token;
}

bool Parser::takeIf(TokenKind kind) {
  if (!is(kind)) {
    return false;
  }
  take();
  return true;
}

void Parser::reportUnexpected(const Twine &expected) {
  const Token &token = peek();
  std::string got = token.kind == TokenKind::End
                        ? describe(token.kind)
                        : ("'" + token.text + "'").str();
  diagnostics.error(Place(token.loc, {token.loc, token.getEnd()}),
                    Diag::UnexpectedToken, expected.str(), got);
}

bool Parser::expect(TokenKind kind, StringRef where) {
  if (takeIf(kind)) {
    return true;
  }
  reportUnexpected(describe(kind) + (where.empty() ? "" : " ") + where);
  return false;
}

bool Parser::expectName(Name &name, StringRef what) {
  if (!is(TokenKind::Identifier)) {
    reportUnexpected(what);
    return false;
  }
  Token token = take();
  name = {token.text, token.loc};
  return true;
}

SMRange Parser::rangeFrom(SMLoc begin) const {
  return {begin, position ? tokens[position - 1].getEnd() : begin};
}

bool Parser::Nesting::ok() {
  if (parser.depth <= maxDepth) {
    return true;
  }
  parser.diagnostics.error(parser.peek().loc, Diag::NestedTooDeeply, maxDepth);
  return false;
}

/// Skips past the next `;` or block, or to the `}` that ends this block.
void Parser::skipStatement() {
  unsigned open = 0;
  while (!is(TokenKind::End)) {
    TokenKind kind = peek().kind;
    if (kind == TokenKind::RBrace) {
      if (open == 0) {
        return;
      }
      take();
      if (--open == 0) {
        return;
      }
      continue;
    }
    take();
    if (kind == TokenKind::LBrace) {
      ++open;
    } else if (kind == TokenKind::Semicolon && open == 0) {
      return;
    }
  }
}

void Parser::skipToDeclaration() {
  while (!is(TokenKind::End) && !is(TokenKind::KwFn) &&
         !is(TokenKind::KwKernel) && !is(TokenKind::KwEntry) &&
         !is(TokenKind::KwImport)) {
    take();
  }
}

bool Parser::parseList(TokenKind close, StringRef where,
                       function_ref<bool()> parseItem) {
  while (!takeIf(close)) {
    if (!parseItem()) {
      return false;
    }
    if (is(close)) {
      continue;
    }
    if (!takeIf(TokenKind::Comma)) {
      reportUnexpected("',' or " + describe(close) + " " + where);
      return false;
    }
  }
  return true;
}

//===----------------------------------------------------------------------===//
// Declarations
//===----------------------------------------------------------------------===//

File Parser::parseFile() {
  File file;
  while (!is(TokenKind::End) && !diagnostics.isFull()) {
    if (is(TokenKind::KwImport)) {
      if (!parseImport(file)) {
        skipToDeclaration();
      }
    } else if (is(TokenKind::KwFn) || is(TokenKind::KwKernel) ||
               is(TokenKind::KwEntry)) {
      if (Routine *routine = parseRoutine()) {
        file.routines.push_back(routine);
      } else {
        skipToDeclaration();
      }
    } else {
      reportUnexpected("'import', 'fn', 'kernel' or 'entry'");
      take();
      skipToDeclaration();
    }
  }
  return file;
}

bool Parser::parseImport(File &file) {
  SMLoc loc = take().loc;
  if (!is(TokenKind::String)) {
    reportUnexpected("the path of a file, in quotes");
    return false;
  }
  file.imports.push_back({loc, take().text});
  return expect(TokenKind::Semicolon, "after the import");
}

/// [fn|kernel|entry] name <parameters> (arguments) -> type clauses { body }
Routine *Parser::parseRoutine() {
  Token keyword = take();
  auto *routine = context.create<Routine>(keyword.loc);
  routine->kind = keyword.kind == TokenKind::KwKernel ? Routine::Kind::Kernel
                  : keyword.kind == TokenKind::KwEntry
                      ? Routine::Kind::Entry
                      : Routine::Kind::Function;
  if (!expectName(routine->name,
                  ("the name of the " + getSpelling(routine->kind)).str())) {
    return nullptr;
  }
  routine->loc = routine->name.loc;
  routine->range = routine->name.getRange();
  if ((takeIf(TokenKind::Less) && !parseParameters(*routine)) ||
      !expect(TokenKind::LParen, "before the arguments") ||
      !parseArgumentDecls(*routine)) {
    return nullptr;
  }
  if (is(TokenKind::Arrow)) {
    Token arrow = take();
    if (routine->kind != Routine::Kind::Function) {
      diagnostics.error(arrow.loc, Diag::ResultOfKernel,
                        getSpelling(routine->kind));
      return nullptr;
    }
    if (!(routine->result = parseType())) {
      return nullptr;
    }
  }
  if (!parseClauses(*routine)) {
    return nullptr;
  }
  if (routine->kind == Routine::Kind::Kernel && !routine->grid) {
    diagnostics.error(*routine, Diag::MissingGrid, routine->name.text)
        .help("add `grid 1` before the body to launch one workgroup");
  }
  return parseBlock(routine->body) ? routine : nullptr;
}

bool Parser::parseParameters(Routine &routine) {
  return parseList(TokenKind::Greater, "in the list of parameters", [&] {
    Parameter parameter;
    if (!expectName(parameter.name, "the name of a parameter") ||
        !expect(TokenKind::Colon, "and the kind of the parameter")) {
      return false;
    }
    Name kind;
    if (!expectName(kind, "'int', 'bool', 'float' or 'type'")) {
      return false;
    }
    int known = StringSwitch<int>(kind.text)
                    .Case("int", int(Parameter::Kind::Int))
                    .Case("bool", int(Parameter::Kind::Bool))
                    .Case("float", int(Parameter::Kind::Float))
                    .Case("type", int(Parameter::Kind::Type))
                    .Default(-1);
    if (known < 0) {
      diagnostics.error(kind, Diag::UnknownParameterKind, kind.text);
      return false;
    }
    parameter.kind = Parameter::Kind(known);
    if (takeIf(TokenKind::Equal) &&
        !(parameter.defaultValue = parseParameterValue())) {
      return false;
    }
    routine.parameters.push_back(parameter);
    return true;
  });
}

bool Parser::parseArgumentDecls(Routine &routine) {
  bool isFunction = routine.kind == Routine::Kind::Function;
  return parseList(TokenKind::RParen, "in the list of arguments", [&] {
    ArgumentDecl argument;
    if (!expectName(argument.name, "the name of an argument")) {
      return false;
    }
    if (takeIf(TokenKind::Colon)) {
      if (!(argument.type = parseType())) {
        return false;
      }
    } else if (!isFunction) {
      reportUnexpected("':' and the type of '" + argument.name.text + "'");
      return false;
    }
    if (isWord("when")) {
      Token when = take();
      if (!(argument.condition = parseExpression())) {
        return false;
      }
      if (isFunction) {
        diagnostics.error(when.loc, Diag::WhenInFunction);
      }
    }
    routine.arguments.push_back(argument);
    return true;
  });
}

/// where condition, condition  grid blocks
bool Parser::parseClauses(Routine &routine) {
  while (is(TokenKind::KwWhere) || isWord("grid")) {
    Token clause = take();
    if (routine.kind == Routine::Kind::Function ||
        (clause.text == "grid" && routine.kind != Routine::Kind::Kernel)) {
      diagnostics.error(clause.loc, Diag::MisplacedClause, clause.text,
                        getWithArticle(routine.kind));
      return false;
    }
    if (clause.text == "grid") {
      if (routine.grid) {
        diagnostics.error(clause.loc, Diag::SecondGrid)
            .note(*routine.grid, "the first one is here");
      }
      if (!(routine.grid = parseExpression())) {
        return false;
      }
      continue;
    }
    do {
      Expr *condition = parseExpression();
      if (!condition) {
        return false;
      }
      routine.conditions.push_back(condition);
    } while (takeIf(TokenKind::Comma) && !is(TokenKind::KwWhere) &&
             !isWord("grid") && !is(TokenKind::LBrace));
    takeIf(TokenKind::Semicolon);
  }
  return true;
}

/// [out|inout] array<T, [extents], storage> | tile<T, [shape]> | (types) | T
TypeSyntax *Parser::parseType() {
  Nesting nesting(*this);
  if (!nesting.ok()) {
    return nullptr;
  }
  SMLoc begin = peek().loc;
  auto *type = context.create<TypeSyntax>(begin);
  if (takeIf(TokenKind::LParen)) {
    type->kind = TypeSyntax::Kind::Tuple;
    bool parsed = parseList(TokenKind::RParen, "in the tuple", [&] {
      type->members.push_back(parseType());
      return type->members.back() != nullptr;
    });
    type->range = rangeFrom(begin);
    return parsed ? type : nullptr;
  }
  bool hasAccess = isWord("out") || isWord("inout");
  if (hasAccess) {
    type->access = take().text == "out" ? TypeSyntax::Access::Out
                                        : TypeSyntax::Access::InOut;
  }
  if ((isWord("array") || isWord("tile")) && peek(1).kind == TokenKind::Less) {
    Token keyword = take();
    type->kind = keyword.text == "array" ? TypeSyntax::Kind::Array
                                         : TypeSyntax::Kind::Tile;
    if (!parseArrayType(*type)) {
      return nullptr;
    }
  } else if (!(type->element = parseParameterValue())) {
    return nullptr;
  }
  type->range = rangeFrom(begin);
  if (hasAccess && type->kind != TypeSyntax::Kind::Array) {
    diagnostics.error(*type, Diag::AccessOfNonArray);
  }
  return type;
}

/// <T, [extents]>, <T, [extents], [strides]> or
/// <T, [extents], blocks [...] order [...]>
bool Parser::parseArrayType(TypeSyntax &type) {
  auto parseExtents = [&](std::vector<Expr *> &extents, StringRef what) {
    return expect(TokenKind::LSquare, ("and the " + what).str()) &&
           parseList(TokenKind::RSquare, "in the list", [&] {
             extents.push_back(parseExpression());
             return extents.back() != nullptr;
           });
  };
  take(); // The '<' that the caller saw.
  if (!(type.element = parseParameterValue()) ||
      !expect(TokenKind::Comma, "and the extents") ||
      !parseExtents(type.extents, "extents")) {
    return false;
  }
  if (type.kind == TypeSyntax::Kind::Array && takeIf(TokenKind::Comma)) {
    SMLoc loc = peek().loc;
    bool isStorage = isWord("blocks") || isWord("order");
    for (auto [word, list] :
         {std::pair("blocks", &type.blocks), {"order", &type.order}}) {
      if (!isWord(word)) {
        continue;
      }
      take();
      SMLoc begin = peek().loc;
      *list = context.create<ListExpr>(begin);
      if (!parseExtents((*list)->elements, word)) {
        return false;
      }
      (*list)->range = rangeFrom(begin);
    }
    if (isStorage) {
      return expect(TokenKind::Greater, "after the type");
    }
    if (!parseExtents(type.strides, "strides")) {
      return false;
    }
    if (type.strides.size() != type.extents.size()) {
      diagnostics.error(Place(loc, rangeFrom(loc)), Diag::StrideCount,
                        type.extents.size(), type.strides.size());
      return false;
    }
  }
  return expect(TokenKind::Greater, "after the type");
}
