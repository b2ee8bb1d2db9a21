//===- Header.cpp - the C header of a program -----------------------------===//
//
// Nothing in it may depend on where or when it is made: the same program gives
// the same bytes.
//
//===----------------------------------------------------------------------===//

#include "Embed/Header.h"
#include "moesaic/runtime.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"

using namespace moesaic;
using namespace moesaic::embed;
using llvm::formatv;
using llvm::StringRef;

/// `text` as it may stand inside a comment of C.
static std::string forComment(StringRef text) {
  std::string result;
  for (char c : text) {
    char last = result.empty() ? ' ' : result.back();
    if ((last == '*' && c == '/') || (last == '/' && c == '*')) {
      result += ' ';
    }
    result += c;
  }
  return result;
}

static std::string getStruct(const Function &function) {
  const Layout &layout = function.layout;
  std::string text = formatv("struct {0}_args {{\n", function.symbol);
  auto member = [&](StringRef type, StringRef name, StringRef comment) {
    text += ("  " + type + name + ";").str();
    if (!comment.empty()) {
      text += " /* " + forComment(comment) + " */";
    }
    text += "\n";
  };
  for (auto [field, parameter] :
       llvm::zip(layout.fields, layout.callee.parameters)) {
    std::string comment = field.text;
    if (!parameter.access.empty() && parameter.access != "in") {
      comment = parameter.access + " " + comment;
    }
    member(field.type, field.name, comment);
  }
  if (layout.callee.isEntry) {
    member("void *", "workspace", "device memory, 256-byte aligned");
    member("uint64_t ", "workspace_bytes", "at least what is needed");
  } else if (layout.fields.empty()) {
    member("char ", "nothing", "C has no empty struct");
  }
  return text + "};\n";
}

static std::string getLayoutChecks(const Function &function) {
  const Layout &layout = function.layout;
  std::string text;
  auto check = [&](StringRef field, unsigned offset, unsigned bytes) {
    text += formatv("MOESAIC_CHECK_FIELD({0}_args, {1}, {2}, {3});\n",
                    function.symbol, field, offset, bytes);
  };
  for (const Field &field : layout.fields) {
    check(field.name, field.offset, field.bytes);
  }
  if (layout.callee.isEntry) {
    check("workspace", layout.workspaceOffset, 8);
    check("workspace_bytes", layout.workspaceOffset + 8, 8);
  }
  return text;
}

std::string embed::getDeclarations(const Function &function) {
  bool isEntry = function.layout.callee.isEntry;
  const std::string &symbol = function.symbol;
  std::string text =
      formatv("/* {0} {1}", isEntry ? "entry" : "kernel", function.name);
  for (const std::string &clause : function.clauses) {
    text += "\n * requires " + forComment(clause);
  }
  text += " */\n";
  for (auto &[name, value] : function.constants) {
    text += formatv("#define {0}_{1} {2}\n", StringRef(symbol).upper(),
                    StringRef(toIdentifier(name)).upper(), value);
  }
  text += getStruct(function) + getLayoutChecks(function);
  if (isEntry) {
    text += formatv("uint64_t {0}_workspace_bytes(const struct {0}_args *args);"
                    "\n",
                    symbol);
  }
  text += formatv(
      "moesaic_status {0}_launch(const struct {0}_args *args, struct "
      "ihipStream_t *stream);\n"
      "moesaic_status {0}_launch_versioned(const struct {0}_args *args,\n"
      "    struct ihipStream_t *stream, uint64_t interface);\n",
      symbol);
  return text;
}

/// What every generated header needs once.
static constexpr StringRef sharedMacros = R"(
/* Refuses to compile where a field lies elsewhere than the object expects. */
#ifndef MOESAIC_CHECK_FIELD
#define MOESAIC_FIELD_IS(type, field, offset, bytes) \
  (offsetof(struct type, field) == (offset) && sizeof(((struct type *)0)->field) == (bytes))
#if defined(__cplusplus)
#define MOESAIC_CHECK_FIELD(type, field, offset, bytes) \
  static_assert(MOESAIC_FIELD_IS(type, field, offset, bytes), #type "." #field)
#elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L
#define MOESAIC_CHECK_FIELD(type, field, offset, bytes) \
  _Static_assert(MOESAIC_FIELD_IS(type, field, offset, bytes), #type "." #field)
#else
#define MOESAIC_CHECK_FIELD(type, field, offset, bytes) \
  typedef char type##_check_##field[MOESAIC_FIELD_IS(type, field, offset, bytes) ? 1 : -1]
#endif
#endif

#ifdef __cplusplus
extern "C" {
#endif

struct ihipStream_t; /* behind HIP's hipStream_t */
)";

static StringRef getFlavour(const Chip &chip) {
  switch (chip.fp8) {
  case Fp8Flavour::FNUZ:
    return "MOESAIC_FP8_FNUZ";
  case Fp8Flavour::OCP:
    return "MOESAIC_FP8_OCP";
  default:
    return "MOESAIC_FP8_NONE";
  }
}

std::string embed::getHeader(const Interface &interface,
                             llvm::ArrayRef<const Chip *> targets) {
  std::string stem = llvm::sys::path::stem(interface.source).str();
  std::string guard =
      "MOESAIC_" + toIdentifier(stem) + "_" + interface.prefix + "H";
  guard = StringRef(guard).upper();
  std::string prefix = StringRef(interface.prefix).upper();
  std::string text = formatv(
      "/* Made by moe-opt from {0}; changes here are lost. */\n\n"
      "#ifndef {1}\n#define {1}\n\n"
      "#include \"moesaic/runtime.h\"\n"
      "#include <stdbool.h>\n#include <stddef.h>\n#include <stdint.h>\n\n"
      "#if MOESAIC_ABI_VERSION != {2}\n"
      "#error \"this header needs version {2} of moesaic/runtime.h: make it "
      "again with the moe-opt beside that file\"\n"
      "#endif\n{3}\n",
      forComment(interface.source), guard, MOESAIC_ABI_VERSION, sharedMacros);

  std::string names;
  for (const Chip *chip : targets) {
    names += (names.empty() ? "" : ", ") + chip->name.str();
  }
  text += formatv("/* The chips in the object, and the encoding behind the "
                  "8-bit floats of each. */\n"
                  "#define {0}TARGETS \"{1}\"\n",
                  prefix, names);
  for (const Chip *chip : targets) {
    text += formatv("#define {0}FP8_{1} {2}\n", prefix, chip->name.upper(),
                    getFlavour(*chip));
  }
  for (const Function &function : interface.functions) {
    text += "\n" + getDeclarations(function);
  }
  text += "\n#ifdef __cplusplus\n}\n#endif\n\n"
          "/* Calls tell the object which header they were compiled with. */\n";
  for (const Function &function : interface.functions) {
    text += formatv("#define {0}_launch(args, stream) \\\n"
                    "  {0}_launch_versioned((args), (stream), "
                    "UINT64_C(0x{1:x-16}))\n",
                    function.symbol, function.interface);
  }
  return text + "\n#endif\n";
}
