//===- FuzzTest.cpp - the frontend on damaged programs --------------------===//
//
// Compiles mutants of the example kernels: whatever they are, the frontend
// ends, and either yields a module that verifies or reports an error.
// MOESAIC_FUZZ_MUTANTS sets how many mutants there are of each file,
// MOESAIC_FUZZ_SEED the first of their seeds.
//
//===----------------------------------------------------------------------===//

#include "Frontend/Frontend.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/Verifier.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "gtest/gtest.h"
#include <chrono>
#include <random>

using namespace mlir;
using namespace moesaic;

static unsigned getSetting(const char *name, unsigned otherwise) {
  const char *text = std::getenv(name);
  return text ? std::atoi(text) : otherwise;
}

static std::vector<std::string> getExamples() {
  std::vector<std::string> files;
  std::error_code error;
  for (llvm::sys::fs::directory_iterator it(MOESAIC_KERNELS, error), end;
       it != end && !error; it.increment(error)) {
    if (StringRef(it->path()).ends_with(".tile")) {
      files.push_back(it->path());
    }
  }
  llvm::sort(files);
  return files;
}

/// A random word of `text`: what is called, named or counted.
static StringRef pickWord(StringRef text, std::mt19937 &random) {
  StringRef rest = text.drop_front(random() % text.size());
  rest = rest.drop_until(llvm::isAlnum);
  return rest.take_while([](char c) { return llvm::isAlnum(c) || c == '_'; });
}

/// A few random edits: bytes, words and pieces removed, doubled, moved and
/// replaced.
static std::string mutate(std::string text, std::mt19937 &random) {
  static const char *const pieces[] = {
      "(",      ")",       "[",       "]",      "{",
      "}",      "<",       ">",       ";",      ",",
      ":",      "=",       "..",      "-",      "*",
      "/",      "%",       "0",       "1",      "-1",
      "48",     "65536",   "None",    "1e9",    "if ",
      "for ",   "let ",    "var ",    "while ", "fn ",
      "not ",   "true",    "i8",      "f32",    "zeros",
      "range",  "return;", "static ", "and ",   "9223372036854775807",
      "\"",     "//",      "\xff",    " in ",   " when ",
      " where "};
  auto below = [&](size_t bound) { return bound ? random() % bound : 0; };
  for (unsigned edits = 1 + below(4); edits && !text.empty(); --edits) {
    size_t at = below(text.size());
    size_t length = 1 + below(below(4) ? 12 : 200);
    switch (below(9)) {
    case 0:
      text.erase(at, length);
      break;
    case 1:
      text.insert(below(text.size()), text.substr(at, length));
      break;
    case 2:
      text[at] = static_cast<char>(random());
      break;
    case 3:
      text.insert(at, pieces[below(std::size(pieces))]);
      break;
    case 4:
      text.replace(at, length, pieces[below(std::size(pieces))]);
      break;
    case 5:
      text.resize(at);
      break;
    default: { // Often still a program, so that later stages see it.
      StringRef from = pickWord(text, random), to = pickWord(text, random);
      if (!from.empty()) {
        std::string copy = to.str();
        text.replace(from.data() - text.data(), from.size(), copy);
      }
      break;
    }
    }
  }
  return text;
}

static void swallow(const llvm::SMDiagnostic &, void *) {}

TEST(FrontendFuzz, SurvivesMutants) {
  unsigned mutants = getSetting("MOESAIC_FUZZ_MUTANTS", 150);
  unsigned seed = getSetting("MOESAIC_FUZZ_SEED", 1);
  std::vector<std::string> files = getExamples();
  ASSERT_FALSE(files.empty());
  MLIRContext context(MLIRContext::Threading::DISABLED);
  ScopedDiagnosticHandler quiet(&context,
                                [](Diagnostic &) { return success(); });
  unsigned compiled = 0;
  for (const std::string &file : files) {
    auto buffer = llvm::MemoryBuffer::getFile(file);
    ASSERT_TRUE(bool(buffer)) << file;
    for (unsigned i = 0; i < mutants; ++i) {
      std::mt19937 random(seed + i);
      std::string text = mutate((*buffer)->getBuffer().str(), random);
      auto trace = ::testing::ScopedTrace(
          __FILE__, __LINE__, file + ", seed " + std::to_string(seed + i));
      if (std::getenv("MOESAIC_FUZZ_VERBOSE")) {
        llvm::errs() << file << ", seed " << seed + i << "\n";
      }
      llvm::SourceMgr sources;
      sources.setDiagHandler(swallow);
      sources.AddNewSourceBuffer(
          llvm::MemoryBuffer::getMemBufferCopy(text, file), llvm::SMLoc());
      auto begin = std::chrono::steady_clock::now();
      OwningOpRef<ModuleOp> module =
          compileTileFile(sources, context, FrontendOptions());
      EXPECT_LT(std::chrono::steady_clock::now() - begin,
                std::chrono::seconds(10));
      if (module) {
        ++compiled;
        EXPECT_TRUE(succeeded(verify(*module)));
      }
    }
  }
  // Mutants that all fail, or all pass, would test little.
  EXPECT_GT(compiled, 0u);
  EXPECT_LT(compiled, mutants * files.size());
}
