//===- Lexer.h - from characters to tokens ----------------------*- C++ -*-===//

#ifndef MOESAIC_FRONTEND_LEXER_H
#define MOESAIC_FRONTEND_LEXER_H

#include "Frontend/Diagnostics.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/SMLoc.h"
#include <vector>

namespace moesaic::frontend {

enum class TokenKind {
  End,
  Identifier,
  Integer,
  Float,
  String,
#define KEYWORD(name, spelling) name,
#define PUNCTUATION(name, spelling) name,
#include "Frontend/Tokens.def"
};

struct Token {
  TokenKind kind;
  /// The characters; without the quotes for a string.
  llvm::StringRef text;
  llvm::SMLoc loc;

  llvm::SMLoc getEnd() const {
    return llvm::SMLoc::getFromPointer(text.data() + text.size());
  }
};

/// How a message names a kind of token: `';'`, `an identifier`.
std::string describe(TokenKind kind);

/// All tokens of `text`, the last of kind End. Bytes that start no token are
/// reported and skipped.
std::vector<Token> tokenize(llvm::StringRef text, Diagnostics &diagnostics);

} // namespace moesaic::frontend

#endif
