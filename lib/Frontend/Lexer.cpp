//===- Lexer.cpp - from characters to tokens ------------------------------===//

#include "Frontend/Lexer.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace llvm;
using namespace moesaic::frontend;

std::string moesaic::frontend::describe(TokenKind kind) {
  switch (kind) {
  case TokenKind::End:
    return "the end of the file";
  case TokenKind::Identifier:
    return "a name";
  case TokenKind::Integer:
    return "an integer";
  case TokenKind::Float:
    return "a number";
  case TokenKind::String:
    return "a string";
#define KEYWORD(name, spelling)                                                \
  case TokenKind::name:                                                        \
    return "'" spelling "'";
#define PUNCTUATION(name, spelling)                                            \
  case TokenKind::name:                                                        \
    return "'" spelling "'";
#include "Frontend/Tokens.def"
  }
  return "a token";
}

static SMLoc locOf(StringRef text) {
  return SMLoc::getFromPointer(text.data());
}

static bool startsName(char c) { return isAlpha(c) || c == '_'; }
static bool continuesName(char c) { return isAlnum(c) || c == '_'; }

static TokenKind classifyName(StringRef name) {
  return StringSwitch<TokenKind>(name)
#define KEYWORD(name, spelling) .Case(spelling, TokenKind::name)
#include "Frontend/Tokens.def"
      .Default(TokenKind::Identifier);
}

/// The length of the number at the start of `text`: digits, and for a decimal
/// one a fraction and an exponent. `0..n` is an integer and a range.
static size_t lexNumber(StringRef text, TokenKind &kind) {
  kind = TokenKind::Integer;
  auto skipWord = [&](size_t from) {
    while (from < text.size() && continuesName(text[from])) {
      ++from;
    }
    return from;
  };
  if (text.starts_with_insensitive("0x") ||
      text.starts_with_insensitive("0b")) {
    return skipWord(2);
  }
  size_t end = 0;
  auto skipDigits = [&] {
    while (end < text.size() && (isDigit(text[end]) || text[end] == '_')) {
      ++end;
    }
  };
  skipDigits();
  if (end + 1 < text.size() && text[end] == '.' && isDigit(text[end + 1])) {
    kind = TokenKind::Float;
    ++end;
    skipDigits();
  }
  if (end < text.size() && (text[end] == 'e' || text[end] == 'E')) {
    size_t digits = end + 1;
    if (digits < text.size() && (text[digits] == '+' || text[digits] == '-')) {
      ++digits;
    }
    if (digits < text.size() && isDigit(text[digits])) {
      kind = TokenKind::Float;
      end = digits;
      skipDigits();
    }
  }
  return skipWord(end);
}

static bool lexPunctuation(StringRef text, TokenKind &kind, size_t &length) {
#define PUNCTUATION(name, spelling)                                            \
  if (text.starts_with(spelling)) {                                            \
    kind = TokenKind::name;                                                    \
    length = sizeof(spelling) - 1;                                             \
    return true;                                                               \
  }
#include "Frontend/Tokens.def"
  return false;
}

std::vector<Token> moesaic::frontend::tokenize(StringRef text,
                                               Diagnostics &diagnostics) {
  std::vector<Token> tokens;
  while (true) {
    text = text.ltrim(" \t\r\n\f\v");
    if (text.empty()) {
      break;
    }
    if (text.starts_with("//")) {
      text = text.drop_until([](char c) { return c == '\n'; });
      continue;
    }
    TokenKind kind = TokenKind::End;
    size_t length = 0;
    if (startsName(text.front())) {
      StringRef name = text.take_while(continuesName);
      tokens.push_back({classifyName(name), name, locOf(name)});
      text = text.drop_front(name.size());
    } else if (isDigit(text.front())) {
      length = lexNumber(text, kind);
      tokens.push_back({kind, text.take_front(length), locOf(text)});
      text = text.drop_front(length);
    } else if (text.front() == '"') {
      StringRef body = text.drop_front().take_until(
          [](char c) { return c == '"' || c == '\n'; });
      if (body.size() + 1 >= text.size() || text[body.size() + 1] != '"') {
        diagnostics.error(locOf(text), Diag::UnterminatedString);
        text = text.drop_front(body.size() + 1);
        continue;
      }
      tokens.push_back({TokenKind::String, body, locOf(text)});
      text = text.drop_front(body.size() + 2);
    } else if (lexPunctuation(text, kind, length)) {
      tokens.push_back({kind, text.take_front(length), locOf(text)});
      text = text.drop_front(length);
    } else {
      // One message for a run of bytes that cannot start a token.
      size_t run = 1;
      while (run < text.size() && !isASCII(text[run])) {
        ++run;
      }
      unsigned char byte = text.front();
      std::string shown = isPrint(byte) ? std::string(1, byte)
                                        : "\\x" + utohexstr(byte, true, 2);
      diagnostics.error(locOf(text), Diag::UnexpectedCharacter, shown);
      text = text.drop_front(run);
    }
  }
  tokens.push_back({TokenKind::End, text.take_front(0), locOf(text)});
  return tokens;
}
