//===- Diagnostics.h - messages with carets ---------------------*- C++ -*-===//
//
// Every message is declared in Diagnostics.def. An error is followed by notes
// (the other half of the story), help (what would work) and, inside an inlined
// function or a kernel instance, by notes that lead back to the user's call.
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_FRONTEND_DIAGNOSTICS_H
#define MOESAIC_FRONTEND_DIAGNOSTICS_H

#include "Frontend/AST.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/SourceMgr.h"
#include <set>

namespace moesaic::frontend {

enum class Diag {
#define DIAG(name, code, text) name,
#include "Frontend/Diagnostics.def"
};

/// Where a message points: a caret, and what is underlined.
struct Place {
  llvm::SMLoc loc;
  llvm::SMRange range;

  Place(llvm::SMLoc loc) : loc(loc) {}
  Place(llvm::SMLoc loc, llvm::SMRange range) : loc(loc), range(range) {}
  Place(const Node &node) : loc(node.loc), range(node.range) {}
  Place(const Name &name) : loc(name.loc), range(name.getRange()) {}
};

class Diagnostics {
public:
  explicit Diagnostics(llvm::SourceMgr &sources) : sources(sources) {}

  /// An error being reported; notes and help follow it.
  class Report {
  public:
    Report(Diagnostics *owner, llvm::SMLoc loc) : owner(owner), loc(loc) {}
    Report(Report &&other) : owner(other.owner), loc(other.loc) {
      other.owner = nullptr;
    }
    ~Report();

    Report &note(Place place, const llvm::Twine &text);
    Report &help(const llvm::Twine &text);

  private:
    Diagnostics *owner; ///< Null: the error was not printed.
    llvm::SMLoc loc;
  };

  template <typename... Args>
  Report error(Place place, Diag diag, Args &&...args) {
    return report(
        place, diag,
        llvm::formatv(false, getText(diag), std::forward<Args>(args)...).str());
  }

  bool hasErrors() const { return errorCount > 0; }
  unsigned getErrorCount() const { return errorCount; }
  /// Whether so many errors were printed that going on is pointless.
  bool isFull() const { return errorCount >= maxErrors; }

  llvm::SourceMgr &getSources() { return sources; }

  /// While alive, errors end with a note `text` at `place`.
  class Frame {
  public:
    Frame(Diagnostics &owner, Place place, std::string text) : owner(owner) {
      owner.frames.push_back({place, std::move(text)});
    }
    ~Frame() { owner.frames.pop_back(); }
    Frame(const Frame &) = delete;

  private:
    Diagnostics &owner;
  };

private:
  static constexpr unsigned maxErrors = 20;

  static const char *getText(Diag diag);
  Report report(Place place, Diag diag, const std::string &text);

  llvm::SourceMgr &sources;
  unsigned errorCount = 0;
  /// What was reported: an instance of a kernel repeats the errors of another.
  std::set<std::pair<const char *, std::string>> seen;
  std::vector<std::pair<Place, std::string>> frames;
};

} // namespace moesaic::frontend

#endif
