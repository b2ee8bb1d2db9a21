//===- CommandLine.cpp - options of moe-opt's compile mode ----------------===//

#include "CommandLine.h"
#include "Embed/HostObject.h"
#include "Embed/Interface.h"
#include "Target/Chips.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace llvm;
using namespace moesaic;

StringRef moesaic::helpText() {
  return R"(moe-opt: compiles .tile programs and runs MLIR passes

usage:
  moe-opt FILE.tile --target=CHIP,... -o OUT.o --header=OUT.h [options]
                                    an object and a header for host programs
  moe-opt FILE.tile --target=CHIP --emit=STAGE [options] -o OUT
  moe-opt FILE.mlir --target=CHIP --emit=STAGE [options] -o OUT
  moe-opt FILE.mlir --PASS...       any pass or pipeline, as mlir-opt does

FILE.mlir holds tile.kernel ops or gpu.modules at one lane's level; - is
standard input.

options:
  --emit=STAGE         ast     the parsed program
                       tile    tile dialect
                       layout  tile dialect with layouts, LDS and barriers
                       gpu     gpu, vector and amdgpu ops of one lane
                       llvm    optimised LLVM IR
                       asm     assembly
                       hsaco   code object
                       obj     host object with the code for all chips and
                               the C functions that launch it; the default
                       header  the C header alone
                       manifest  JSON: what is in the object
  --target=CHIP,...    gfx90a, gfx942, gfx950, gfx1100, gfx1200 or gfx1201; needed
                       from layout on, several for obj and header
  --header=FILE        write the C header of the object too
  --manifest=FILE      write the manifest of the object too
  --prefix=NAME        begins all names in C; default: the input's stem
  --instance=NAME=KERNEL<P=V,...>
                       export this instance of a kernel as NAME; may be
                       repeated; replaces the kernels at their defaults
  --host=ARCH          x86_64 or aarch64; default: this machine's
  -MD                  write a depfile for make or ninja, OUT with .d
  -MF FILE             where the depfile goes
  -o OUT               output file; - is standard output, the default for text
  --kernel=NAME        emit this kernel only; default: all
  --entry=NAME         emit the kernels that this entry launches
  -D NAME=VALUE        set a parameter; also -DNAME=VALUE, --define NAME=VALUE
  -I FOLDER            look for imports here too
  --report=resources   print registers, LDS, occupancy and the matrix loop of
                       every kernel; resources:json for tools; --emit may be
                       left out then
  --report-baseline=FILE   a JSON report; print what changed since
  --report-limit=FIGURE=N  exit with 1 when a figure of the report is worse
  --remarks            say what will be fast or slow, and why
  --no-line-tables     leave source lines out of the code object
  --help               this text
  --help-passes        passes and options of the mlir-opt mode

exit status: 0, or 1 after an error; nothing is written then.
)";
}

/// Whether `argument` is the option `name` with or without "=VALUE", with one
/// dash or two.
static bool isOption(StringRef argument, StringRef name) {
  if (!argument.consume_front("-")) {
    return false;
  }
  argument.consume_front("-");
  return argument.consume_front(name) &&
         (argument.empty() || argument.starts_with("="));
}

bool moesaic::isCompileMode(ArrayRef<StringRef> arguments) {
  return any_of(arguments, [](StringRef argument) {
    return isOption(argument, "emit") || isOption(argument, "target") ||
           isOption(argument, "kernel") || isOption(argument, "entry") ||
           isOption(argument, "header") || isOption(argument, "manifest") ||
           isOption(argument, "instance") || isOption(argument, "report") ||
           argument.starts_with("-D") || isOption(argument, "define") ||
           argument.ends_with(".tile");
  });
}

static Error makeError(const Twine &message, const Twine &help = "") {
  std::string text = message.str();
  std::string helpText = help.str();
  if (!helpText.empty()) {
    text += "\nhelp: " + helpText;
  }
  return createStringError(inconvertibleErrorCode(), Twine(text));
}

/// The long option nearest to `name`, if it is near.
static StringRef nearestOption(StringRef name) {
  StringRef best;
  unsigned bestDistance = 3;
  for (StringRef option :
       {"emit", "target", "kernel", "entry", "define", "header", "manifest",
        "prefix", "instance", "host", "report", "report-baseline",
        "report-limit", "remarks", "no-line-tables", "help", "help-passes"}) {
    unsigned distance =
        name.edit_distance(option, /*AllowReplacements=*/true, bestDistance);
    if (distance < bestDistance) {
      bestDistance = distance;
      best = option;
    }
  }
  return best;
}

static std::string chipNames() {
  std::string names;
  for (const Chip &chip : supportedChips()) {
    names += (names.empty() ? "" : ", ") + chip.name.str();
  }
  return names;
}

static Error addDefine(CommandLine &result, StringRef definition) {
  auto [name, value] = definition.split('=');
  if (name.empty() || value.empty()) {
    return makeError("expected NAME=VALUE after -D, got '" + definition + "'",
                     "-D BM=64");
  }
  for (auto &[known, previous] : result.defines) {
    if (known == name && previous != value) {
      return makeError("'" + name + "' is defined as " + previous + " and as " +
                       value);
    }
  }
  result.defines.emplace_back(name.str(), value.str());
  return Error::success();
}

static Error setStage(CommandLine &result, StringRef name) {
  result.stage = parseStage(name);
  result.artifact = StringSwitch<std::optional<Artifact>>(name)
                        .Case("obj", Artifact::Object)
                        .Case("header", Artifact::Header)
                        .Case("manifest", Artifact::Manifest)
                        .Default(std::nullopt);
  if (!result.stage && !result.artifact) {
    return makeError("unknown stage '" + name + "'",
                     "--emit takes one of " + stageNames() +
                         ", obj, header, manifest");
  }
  return Error::success();
}

/// Adds the targets of a list such as "gfx942,gfx950"; once each.
static Error addTargets(CommandLine &result, StringRef list) {
  for (StringRef name : split(list, ',')) {
    if (!findChip(name)) {
      return makeError("unknown target '" + name + "'",
                       "the targets are " + chipNames());
    }
    if (!is_contained(result.targets, name)) {
      result.targets.push_back(name.str());
    }
  }
  return Error::success();
}

static Error setHost(CommandLine &result, StringRef name) {
  if (!is_contained(embed::getHosts(), name)) {
    return makeError("unknown host '" + name + "'",
                     "the hosts are " + join(embed::getHosts(), ", "));
  }
  result.host = name.str();
  return Error::success();
}

static Error addInstance(CommandLine &result, StringRef text) {
  auto [name, kernel] = text.split('=');
  if (kernel.empty() || embed::toIdentifier(name) != name) {
    return makeError("expected NAME=KERNEL<P=V,...> after --instance, got '" +
                         text + "', with a NAME that C accepts",
                     "--instance=gemm_64=grouped_gemm<BM=64>");
  }
  result.instances.emplace_back(name.str(), kernel.str());
  return Error::success();
}

/// `--report` and the options that refine it.
static Error setReport(CommandLine &result, StringRef name, StringRef value) {
  if (name == "report" && value != "resources" && value != "resources:json") {
    return makeError("unknown report '" + value + "'",
                     "--report=resources or --report=resources:json");
  }
  if (!result.report) {
    result.report.emplace();
  }
  if (name == "report") {
    result.report->json = value.ends_with(":json");
  } else if (name == "report-baseline") {
    result.report->baseline = value.str();
  } else {
    Expected<report::Limit> limit = report::parseLimit(value);
    if (!limit) {
      return makeError(toString(limit.takeError()), "--report-limit=vgprs=128");
    }
    result.report->limits.push_back(*limit);
  }
  return Error::success();
}

/// An option that takes a value, applied.
static Error setOption(CommandLine &result, StringRef name, StringRef value) {
  if (name == "emit") {
    return setStage(result, value);
  }
  if (name == "target") {
    return addTargets(result, value);
  }
  if (name == "define" || name == "D") {
    return addDefine(result, value);
  }
  if (name == "prefix") {
    result.prefix = value.str(); // may be empty: no prefix
    return Error::success();
  }
  if (name == "host") {
    return setHost(result, value);
  }
  if (name == "instance") {
    return addInstance(result, value);
  }
  if (value.empty()) {
    return makeError("expected a value for '" + name + "'");
  }
  if (name.starts_with("report")) {
    return setReport(result, name, value);
  }
  if (name == "kernel") {
    result.kernel = value.str();
  } else if (name == "entry") {
    result.entry = value.str();
  } else if (name == "header") {
    result.header = value.str();
  } else if (name == "manifest") {
    result.manifest = value.str();
  } else if (name == "MF") {
    result.writeDependencies = true;
    result.dependencies = value.str();
  } else if (name == "o") {
    result.output = value.str();
  } else {
    result.importPaths.push_back(value.str());
  }
  return Error::success();
}

/// What only objects have, and how many outputs they need.
static Error checkArtifact(const CommandLine &result) {
  if (*result.artifact == Artifact::Object && result.output.empty()) {
    return makeError("no output file for the object",
                     "-o OUT.o, or -o - for standard output");
  }
  if (*result.artifact != Artifact::Object &&
      !(result.header.empty() && result.manifest.empty())) {
    return makeError("--header and --manifest go with an object",
                     "-o OUT.o without --emit");
  }
  if (result.writeDependencies && result.dependencies.empty() &&
      (result.output.empty() || result.output == "-")) {
    return makeError("no name for the depfile", "-MF OUT.d");
  }
  return Error::success();
}

/// What may stand beside a report.
static Error checkReport(const CommandLine &result) {
  if (result.stage && *result.stage != Stage::CodeObject) {
    return makeError("--report is about machine code",
                     "--emit=hsaco, an object, or no output at all");
  }
  if (result.output == "-") {
    return makeError("the report and the code both go to standard output",
                     "-o OUT");
  }
  return Error::success();
}

static Error checkStage(const CommandLine &result) {
  if (result.isReportOnly()) {
    return Error::success();
  }
  if (result.targets.size() > 1) {
    return makeError("expected one target for this stage, got " +
                         join(result.targets, ", "),
                     "--emit=obj takes several");
  }
  if (result.output.empty() && result.stage == Stage::CodeObject) {
    return makeError("no output file for the code object",
                     "-o OUT.hsaco, or -o - for standard output");
  }
  if (!result.header.empty() || !result.manifest.empty() || result.prefix ||
      !result.host.empty() || !result.instances.empty() ||
      result.writeDependencies) {
    return makeError("--header, --manifest, --prefix, --instance, --host and "
                     "-MD belong to objects",
                     "leave --emit out");
  }
  return Error::success();
}

static Error checkComplete(CommandLine &result) {
  if (result.input.empty()) {
    return makeError("no input file",
                     "moe-opt FILE.tile --target=gfx942 --emit=asm");
  }
  if (result.report) {
    if (Error error = checkReport(result)) {
      return error;
    }
  }
  if (result.isReportOnly()) {
    result.stage = Stage::CodeObject;
  } else if (!result.stage && !result.artifact) {
    result.artifact = Artifact::Object;
  }
  if (result.targets.empty() &&
      (result.artifact || *result.stage > Stage::Tile)) {
    return makeError("no target", "--target takes " +
                                      Twine(result.artifact ? "some" : "one") +
                                      " of " + chipNames());
  }
  if (!result.kernel.empty() && !result.entry.empty()) {
    return makeError("--kernel and --entry exclude each other");
  }
  return result.artifact ? checkArtifact(result) : checkStage(result);
}

Expected<CommandLine> moesaic::parseCommandLine(ArrayRef<StringRef> arguments) {
  CommandLine result;
  for (size_t i = 0; i < arguments.size(); ++i) {
    StringRef argument = arguments[i];
    if (argument == "-" || !argument.starts_with("-")) {
      if (!result.input.empty()) {
        return makeError("expected one input file, got '" + result.input +
                         "' and '" + argument + "'");
      }
      result.input = argument.str();
      continue;
    }
    if (argument == "--no-line-tables") {
      result.lineTables = false;
      continue;
    }
    if (argument == "-MD") {
      result.writeDependencies = true;
      continue;
    }
    if (argument == "--remarks") {
      result.remarks = true;
      continue;
    }
    // -DX=1, -o OUT, -oOUT, -IFOLDER, --name=VALUE and --name VALUE.
    StringRef name, value;
    bool hasValue = false;
    bool isShort = argument.size() >= 2 &&
                   StringRef("DoI").contains(argument[1]) && argument[0] == '-';
    if (argument.starts_with("-MF")) {
      name = "MF";
      value = argument.substr(3);
      hasValue = !value.empty();
    } else if (isShort) {
      name = argument.substr(1, 1);
      value = argument.substr(2);
      hasValue = !value.empty();
    } else {
      StringRef body = argument.ltrim('-');
      hasValue = body.contains('=');
      std::tie(name, value) = body.split('=');
      if (!is_contained({"emit", "target", "kernel", "entry", "define",
                         "header", "manifest", "prefix", "instance", "host",
                         "report", "report-baseline", "report-limit"},
                        name)) {
        StringRef nearest = nearestOption(name);
        return makeError("unknown option '" + argument + "'",
                         nearest.empty()
                             ? "moe-opt --help lists the options"
                             : "did you mean --" + nearest.str() + "?");
      }
    }
    if (!hasValue) {
      if (i + 1 == arguments.size()) {
        return makeError("expected a value after '" + argument + "'");
      }
      value = arguments[++i];
    }
    if (Error error = setOption(result, name, value)) {
      return std::move(error);
    }
  }
  if (Error error = checkComplete(result)) {
    return std::move(error);
  }
  return result;
}
