//===- Program.cpp - the main file and all that it imports ----------------===//

#include "Frontend/Program.h"
#include "Frontend/Builtins.h"
#include "Frontend/Parser.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace moesaic::frontend;

StringRef moesaic::frontend::getPrelude() {
  return R"(
// Order of output blocks in groups of `group` rows, so that neighbours in time
// share operands in the cache. The result is (row, column) of block `id`.
fn grouped_order(id, rows, columns, group) -> (i32, i32) {
  let per_group = group * columns;
  let first = id / per_group * group;
  let height = min(rows - first, group);
  return (first + id % height, id % per_group / height);
}

// Block `id` of `count` in an order that gives each die neighbouring blocks,
// when the GPU deals its blocks to the dies in turn.
fn xcd_order(id, count) -> i32 {
  let dies = xcd_count();
  let die = id % dies;
  return die * (count / dies) + min(die, count % dies) + id / dies;
}

// The positions from `first` on and below `last` that this part of a split sum
// adds up: whole steps, as many as in every other part but the last ones.
fn split_range(first, last, step) -> (i32, i32) {
  if split_count() == 1 { return (first, last); }
  let share = ceildiv(ceildiv(last - first, step), split_count()) * step;
  let begin = first + split_part() * share;
  return (begin, min(begin + share, last));
}
)";
}

StringRef moesaic::frontend::suggest(StringRef name,
                                     ArrayRef<StringRef> candidates) {
  StringRef best;
  unsigned bestDistance = name.size() / 3 + 2;
  for (StringRef candidate : candidates) {
    unsigned distance = candidate.edit_distance_insensitive(
        name, /*AllowReplacements=*/true, bestDistance);
    if (distance < bestDistance && distance < candidate.size()) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

std::vector<StringRef> Program::getNames() const {
  std::vector<StringRef> names;
  for (const auto &entry : routines) {
    names.push_back(entry.getKey());
  }
  llvm::sort(names);
  return names;
}

void Program::load() {
  SourceMgr &sources = diagnostics.getSources();
  unsigned main = sources.getMainFileID();
  unsigned prelude = sources.AddNewSourceBuffer(
      MemoryBuffer::getMemBuffer(getPrelude(), "<prelude>"), SMLoc());
  parseBuffer(prelude);
  SmallString<256> path(sources.getMemoryBuffer(main)->getBufferIdentifier());
  if (!sys::fs::real_path(path, path)) {
    loaded.insert(path);
  }
  parseBuffer(main);
}

void Program::parseBuffer(unsigned buffer) {
  SourceMgr &sources = diagnostics.getSources();
  const MemoryBuffer *text = sources.getMemoryBuffer(buffer);
  File file = Parser(text->getBuffer(), context, diagnostics).parseFile();
  for (const Import &import : file.imports) {
    importFile(import, text->getBufferIdentifier());
  }
  for (Routine *routine : file.routines) {
    declare(routine);
  }
  if (buffer == sources.getMainFileID()) {
    mainRoutines = file.routines;
  }
}

/// Reads a file once, however often it is imported.
void Program::importFile(const Import &import, StringRef importer) {
  constexpr unsigned maxFiles = 256;
  std::vector<SmallString<256>> candidates;
  SmallString<256> beside(sys::path::parent_path(importer));
  sys::path::append(beside, import.path);
  candidates.push_back(beside);
  for (const std::string &folder : importPaths) {
    SmallString<256> path(folder);
    sys::path::append(path, import.path);
    candidates.push_back(path);
  }
  for (const SmallString<256> &path : candidates) {
    SmallString<256> real;
    if (!sys::fs::is_regular_file(path) || sys::fs::real_path(path, real)) {
      continue;
    }
    if (!loaded.insert(real).second) {
      return;
    }
    auto buffer = MemoryBuffer::getFile(path);
    if (!buffer || loaded.size() > maxFiles) {
      continue;
    }
    parseBuffer(diagnostics.getSources().AddNewSourceBuffer(std::move(*buffer),
                                                            import.loc));
    return;
  }
  Diagnostics::Report error =
      diagnostics.error(import.loc, Diag::UnreadableImport, import.path);
  for (const SmallString<256> &path : candidates) {
    error.help("looked for '" + path + "'");
  }
}

void Program::declare(Routine *routine) {
  StringRef name = routine->name.text;
  if (isBuiltin(name)) {
    diagnostics.error(*routine, Diag::RedefinedBuiltin, name);
    return;
  }
  auto [entry, isNew] = routines.try_emplace(name, routine);
  if (!isNew) {
    diagnostics.error(*routine, Diag::Redefinition, name)
        .note(*entry->second, "the other '" + name + "' is here");
  }
}
