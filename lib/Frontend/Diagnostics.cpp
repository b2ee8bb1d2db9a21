//===- Diagnostics.cpp - messages with carets -----------------------------===//

#include "Frontend/Diagnostics.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace moesaic::frontend;

/// Sources without a user's text: notes into them would only confuse.
static bool isBuiltIn(SourceMgr &sources, SMLoc loc) {
  unsigned buffer = loc.isValid() ? sources.FindBufferContainingLoc(loc) : 0;
  return buffer &&
         sources.getMemoryBuffer(buffer)->getBufferIdentifier().starts_with(
             "<");
}

static void printAt(SourceMgr &sources, const Place &place,
                    SourceMgr::DiagKind kind, const Twine &text) {
  SmallVector<SMRange, 1> ranges;
  if (place.range.isValid()) {
    ranges.push_back(place.range);
  }
  sources.PrintMessage(place.loc, kind, text, ranges);
}

const char *Diagnostics::getText(Diag diag) {
  static const char *const texts[] = {
#define DIAG(name, code, text) text,
#include "Frontend/Diagnostics.def"
  };
  return texts[static_cast<unsigned>(diag)];
}

static unsigned getCode(Diag diag) {
  static const unsigned codes[] = {
#define DIAG(name, code, text) code,
#include "Frontend/Diagnostics.def"
  };
  return codes[static_cast<unsigned>(diag)];
}

Diagnostics::Report Diagnostics::report(Place place, Diag diag,
                                        const std::string &text) {
  bool isNew = seen.insert({place.loc.getPointer(), text}).second;
  if (!isNew || isFull()) {
    return Report(nullptr, place.loc);
  }
  ++errorCount;
  printAt(
      sources, place, SourceMgr::DK_Error,
      formatv("{0} [MOE-E{1}]", text, utostr(10000 + getCode(diag)).substr(1))
          .str());
  if (isFull()) {
    sources.PrintMessage(SMLoc(), SourceMgr::DK_Note,
                         "too many errors; the rest is not shown");
  }
  return Report(this, place.loc);
}

Diagnostics::Report &Diagnostics::Report::note(Place place, const Twine &text) {
  if (owner && !isBuiltIn(owner->sources, place.loc)) {
    printAt(owner->sources, place, SourceMgr::DK_Note, text);
  }
  return *this;
}

Diagnostics::Report &Diagnostics::Report::help(const Twine &text) {
  if (!owner) {
    return *this;
  }
  SourceMgr &sources = owner->sources;
  unsigned buffer = loc.isValid() ? sources.FindBufferContainingLoc(loc) : 0;
  StringRef file =
      sources.getMemoryBuffer(buffer ? buffer : sources.getMainFileID())
          ->getBufferIdentifier();
  if (auto *handler = sources.getDiagHandler()) {
    handler(SMDiagnostic(file, SourceMgr::DK_Note, ("help: " + text).str()),
            sources.getDiagContext());
  } else {
    errs() << file << ": help: " << text << "\n";
  }
  return *this;
}

Diagnostics::Report::~Report() {
  if (!owner) {
    return;
  }
  for (auto &[place, text] : reverse(owner->frames)) {
    note(place, text);
  }
}
